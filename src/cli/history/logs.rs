//! `gennaker history logs`: what stages wrote.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::GlobalOptions;
use crate::cli::exit_code::Exit;
use crate::cli::find;
use crate::cli::out;
use crate::cli::project::Project;
use crate::history::LogMark;
use crate::model::Execution;
use crate::report::Role;

/// How often a followed log is looked at, unless the store wants to be asked less often.
const LOOK: Duration = Duration::from_millis(300);

/// Show what stages wrote: scripts, jobs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history logs 01K7
  gennaker history logs 01K7 'Run the tests' --follow")]
pub struct LogsArgs {
    /// The execution's id or the first letters of it; the newest when absent
    execution: Option<String>,
    /// Only of this stage: its name, reference or id
    stage: Option<String>,
    /// Go on until the execution ends
    #[arg(long, short)]
    follow: bool,
}

pub async fn run(args: LogsArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let mut found = find::execution(&*history, args.execution.as_deref()).await?;
    let stage = match &args.stage {
        Some(stage) => Some(find::stage(found.execution(), stage, |_| false)?.id.clone()),
        None => None,
    };
    let mut shown = 0;
    let mut mark = LogMark::default();
    loop {
        // Asked before reading, so that nothing written before the end is missed.
        let is_over = found.execution().status.is_complete() || found.driver.is_none();
        let (lines, behind) = history.log(&found.id, stage.as_deref(), &mark).await?;
        mark = behind;
        shown += lines.len();
        show(&lines, found.execution(), stage.is_some(), global);
        if !args.follow || is_over {
            break;
        }
        tokio::time::sleep(LOOK.max(history.look_interval())).await;
        found = find::execution(&*history, Some(&found.id)).await?;
    }
    if shown == 0 && !global.is_json() {
        eprintln!("no stage of execution {} wrote anything", found.id);
    }
    Ok(Exit::Succeeded)
}

/// Shows lines, with the names of their stages unless they are of one.
fn show(lines: &[(String, String)], execution: &Execution, is_one: bool, global: &GlobalOptions) {
    for (id, line) in lines {
        let name = execution.stage(id).map_or(id.as_str(), |stage| stage.name.as_str());
        if global.is_json() {
            out::json_line(&json!({"stage": id, "name": name, "line": line}));
        } else if is_one {
            out::lines([line]);
        } else {
            out::lines([format!("{} {line}", global.style().paint(Role::Dim, &format!("{name} |")))]);
        }
    }
}
