//! `gennaker history prune`: forgets executions that ended long ago.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::export::executions;
use crate::cli::GlobalOptions;
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::find::{self, drivers};
use crate::cli::out;
use crate::cli::project::Project;
use crate::history::{Summary, Wanted};
use crate::model::Millis;
use crate::report::moment;
use crate::stages::sealed_file;

/// Remove executions that have ended, with their logs
///
/// With both limits, only what exceeds both is removed. What has not ended is never removed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history prune --older-than 30d --keep 10 --dry-run
  gennaker history prune --keep 100")]
pub struct PruneArgs {
    /// Keep the newest so many of each pipeline
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    /// Only what ended longer ago than this, such as 12h, 30d
    #[arg(long, value_name = "TIME", value_parser = find::duration)]
    older_than: Option<Duration>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: PruneArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    if args.keep.is_none() && args.older_than.is_none() {
        return Err(Told::usage("nothing says what to remove")
            .hint("give --keep COUNT, --older-than TIME or both")
            .into());
    }
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let drivers = drivers(&*history).await?;
    let chosen: Vec<Summary> = choose(history.list(&Wanted::default()).await?, &args, find::now())
        .into_iter()
        .filter(|execution| !drivers.contains_key(&execution.id))
        .collect();
    if !args.dry_run {
        for execution in &chosen {
            history.remove(&execution.id).await?;
            let state = &project.state;
            gone(std::fs::remove_dir_all(state.join("scripts").join(&execution.id)))
                .with_context(|| format!("removing what scripts of {} left", execution.id))?;
            gone(std::fs::remove_file(sealed_file(state, &execution.id)))
                .with_context(|| format!("removing the secrets of {}", execution.id))?;
        }
    }
    if global.is_json() {
        let ids: Vec<&str> = chosen.iter().map(|execution| execution.id.as_str()).collect();
        let document: Value = json!({"removed": ids, "dryRun": args.dry_run});
        out::json(&document);
        return Ok(Exit::Succeeded);
    }
    let zone = TimeZone::system();
    out::lines(chosen.iter().map(|execution| {
        let ended = moment(execution.end_time.unwrap_or(execution.build_time), &zone);
        format!("{}  {}  {}  ended {ended}", execution.id, execution.name, execution.status)
    }));
    let verb = if args.dry_run { "would remove" } else { "removed" };
    eprintln!("{verb} {}", executions(chosen.len()));
    Ok(Exit::Succeeded)
}

/// What is not there is removed.
fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    removed.or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// What to remove of these executions, which are newest first.
fn choose(all: Vec<Summary>, args: &PruneArgs, now: Millis) -> Vec<Summary> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let ended = all.into_iter().filter(|execution| execution.status.is_complete());
    let is_beyond = |execution: &Summary| {
        let newer = seen.entry(execution.pipeline_config_id.clone()).or_default();
        *newer += 1;
        let is_many = args.keep.is_none_or(|keep| *newer > keep);
        let end = execution.end_time.unwrap_or(execution.build_time);
        let is_old = args.older_than.is_none_or(|age| end < now - find::millis(age));
        is_many && is_old
    };
    ended.filter(is_beyond).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn chosen(keep: Option<usize>, older_than: Option<Duration>) -> Vec<String> {
        let one = |id: &str, pipeline: &str, status, end_time| Summary {
            id: id.into(),
            pipeline_config_id: pipeline.into(),
            status,
            end_time,
            ..Summary::default()
        };
        let all = vec![
            one("5", "a", Status::Running, None),
            one("4", "a", Status::Succeeded, Some(9_000)),
            one("3", "b", Status::Terminal, Some(5_000)),
            one("2", "a", Status::Canceled, Some(2_000)),
            one("1", "a", Status::Succeeded, Some(1_000)),
        ];
        let args = PruneArgs { keep, older_than, dry_run: false };
        choose(all, &args, 10_000).into_iter().map(|execution| execution.id).collect()
    }

    #[test]
    fn only_what_ended_and_exceeds_every_limit_given() {
        assert_eq!(chosen(Some(1), None), ["2", "1"]);
        assert_eq!(chosen(None, Some(Duration::from_secs(4))), ["3", "2", "1"]);
        assert_eq!(chosen(Some(2), Some(Duration::from_secs(4))), ["1"]);
        assert_eq!(chosen(Some(9), None), Vec::<String>::new());
    }
}
