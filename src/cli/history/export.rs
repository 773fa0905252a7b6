//! `gennaker history export`: whole executions as one file, to keep or to send.

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::GlobalOptions;
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::find;
use crate::cli::project::Project;
use crate::history::{FORMAT_VERSION, History, LogMark, Wanted};

/// Write executions with all their events and logs, one JSON document per line
///
/// Each line is `{"format":"gennaker-execution","version":1,"execution":{…},"records":[…],"log":[…]}`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history export 01K7 > execution.json
  gennaker history export --all --file history.jsonl")]
pub struct ExportArgs {
    /// Their ids or the first letters of them
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    executions: Vec<String>,
    /// All executions, oldest first
    #[arg(long)]
    all: bool,
    /// Where to; standard output when absent or -
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub async fn run(args: ExportArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let mut ids = Vec::new();
    if args.all {
        ids.extend(history.list(&Wanted::default()).await?.into_iter().rev().map(|execution| execution.id));
    }
    for prefix in &args.executions {
        ids.push(history.resolve(prefix).await?);
    }
    let file = args.file.filter(|path| path.as_os_str() != "-");
    let mut out: Box<dyn Write> = match &file {
        Some(path) => {
            let file = File::create_new(path).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => anyhow::Error::from(
                    Told::usage(format!("{} exists already", path.display())).hint("choose another file or remove it"),
                ),
                _ => anyhow::Error::from(error).context(format!("writing {}", path.display())),
            })?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(stdout().lock()),
    };
    for id in &ids {
        let document = document(&*history, id).await?;
        match writeln!(out, "{document}").and_then(|()| out.flush()) {
            // A reader that went away has read enough.
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::BrokenPipe => {
                return Ok(Exit::Succeeded);
            }
            written => written.context("writing the export")?,
        }
    }
    let place = file.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    eprintln!("exported {} to {place}", executions(ids.len()));
    Ok(Exit::Succeeded)
}

async fn document(history: &dyn History, id: &str) -> anyhow::Result<Value> {
    let found = find::execution(history, Some(id)).await?;
    let recorded = history.read(id).await?;
    let (log, _) = history.log(id, None, &LogMark::default()).await?;
    let log: Vec<Value> = log.into_iter().map(|(stage, line)| json!({"stage": stage, "line": line})).collect();
    Ok(json!({
        "format": "gennaker-execution",
        "version": FORMAT_VERSION,
        "execution": found.execution(),
        "records": recorded.records,
        "log": log,
    }))
}

/// `1 execution`, `2 executions`.
pub(super) fn executions(count: usize) -> String {
    format!("{count} execution{}", if count == 1 { "" } else { "s" })
}
