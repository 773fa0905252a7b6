//! `gennaker history copy`: executions from one history into another.

use clap::Args;
use serde_json::json;

use super::export::executions;
use crate::cli::GlobalOptions;
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::find::drivers;
use crate::cli::out;
use crate::cli::project::Project;
use crate::history::{Error, ErrorKind, Event, History, LogMark, Wanted};

/// Copy executions with their logs into another history
///
/// What is there already stays as it is, so that a copy that was cut short is finished by the same command. Executions
/// that a process drives are left out: they are not over, and go on where they are.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history copy .gennaker s3://example-history/shop
  gennaker history copy s3://example-history/shop backup --pipeline 'Deploy hello'")]
pub struct CopyArgs {
    /// Where from: a folder or s3://BUCKET/PREFIX
    from: String,
    /// Where to: a folder or s3://BUCKET/PREFIX
    to: String,
    /// Only of this pipeline: its name or id
    #[arg(long, short, value_name = "PIPELINE")]
    pipeline: Option<String>,
}

/// What became of one execution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Copied,
    ThereAlready,
}

pub async fn run(args: CopyArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let (from, to) = (project.open_history_at(&args.from)?, project.open_history_at(&args.to)?);
    if from.location() == to.location() {
        return Err(Told::usage(format!("{} is the place to copy from and to", from.location())).into());
    }
    to.prepare().await?;
    let driven = drivers(&*from).await?;
    let wanted = Wanted { application: global.application.clone(), pipeline: args.pipeline, ..Wanted::default() };
    let (mut copied, mut there, mut left) = (Vec::new(), 0, Vec::new());
    for summary in from.list(&wanted).await?.into_iter().rev() {
        if driven.contains_key(&summary.id) {
            left.push(summary.id);
        } else if copy(&*from, &*to, &summary.id).await? == Fate::Copied {
            copied.push(summary.id);
        } else {
            there += 1;
        }
    }
    if global.is_json() {
        out::json(&json!({"copied": copied, "thereAlready": there, "driven": left}));
        return Ok(Exit::Succeeded);
    }
    eprintln!("copied {} from {} to {}", executions(copied.len()), from.location(), to.location());
    if there > 0 {
        eprintln!("{} were there already", executions(there));
    }
    for id in left {
        eprintln!("execution {id} is left out: a process drives it");
    }
    Ok(Exit::Succeeded)
}

/// Copies one execution: its log first, so that one that is there is there as a whole.
async fn copy(from: &dyn History, to: &dyn History, id: &str) -> anyhow::Result<Fate> {
    let records = from.read(id).await?.records;
    match to.read(id).await {
        Ok(other) if other.records.len() >= records.len() => return Ok(Fate::ThereAlready),
        // A copy that was cut short.
        Ok(_) => to.remove(id).await?,
        Err(error) if error.kind == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let first = records.first().ok_or_else(|| Error::corrupt_execution(id, &"it has no records"))?;
    let mut journal = to.create(id, first, 0).await?;
    copy_log(from, to, id).await?;
    records[1..].iter().for_each(|record| journal.append(record));
    journal.sync().await?;
    let is_over = records.iter().rev().find_map(|record| match record.event {
        Event::ExecutionCompleted { .. } => Some(true),
        Event::StageRestarted { .. } => Some(false),
        _ => None,
    });
    if is_over == Some(true) {
        to.set_active(id, false).await?;
    }
    Ok(Fate::Copied)
}

async fn copy_log(from: &dyn History, to: &dyn History, id: &str) -> anyhow::Result<()> {
    let (lines, _) = from.log(id, None, &LogMark::default()).await?;
    for piece in lines.chunk_by(|(one, _), (other, _)| one == other) {
        let texts: Vec<String> = piece.iter().map(|(_, line)| line.clone()).collect();
        to.append_log(id, &piece[0].0, &texts).await?;
    }
    Ok(())
}
