//! `gennaker pause` and `gennaker unpause`: nothing new starts in between, and time counts against no timeout.

use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::find;
use super::project::Project;
use super::requests;
use crate::history::Request;
use crate::model::Status;

/// Pause an execution: nothing new starts until it is unpaused
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker pause 01K7
  gennaker unpause 01K7")]
pub struct PauseArgs {
    /// Its id or the first letters of it
    execution: String,
}

/// Let a paused execution go on
#[derive(Args, Debug)]
#[command(after_help = "Example:
  gennaker unpause 01K7")]
pub struct UnpauseArgs {
    /// Its id or the first letters of it
    execution: String,
}

pub async fn pause(args: PauseArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    ask(&args.execution, Status::Running, |by| Request::Pause { by }, "paused", "pause", global).await
}

pub async fn unpause(args: UnpauseArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    ask(&args.execution, Status::Paused, |by| Request::Unpause { by }, "unpaused", "unpause", global).await
}

async fn ask(
    execution: &str,
    wanted: Status,
    request: impl Fn(String) -> Request,
    done: &str,
    verb: &str,
    global: &GlobalOptions,
) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let found = find::execution(&*history, Some(execution)).await?;
    let status = found.execution().status;
    if status != wanted {
        let text = format!("execution {} is {status}; only {wanted} ones can be {done}", found.id);
        return Err(Told::usage(text).exit(Exit::Conflict).into());
    }
    let taken = requests::submit(&*history, &found, &request(project.user.clone())).await?;
    let said = format!("execution {} is {done}", found.id);
    requests::tell(&found, taken, &said, &format!("{verb} of {}", found.id), global);
    Ok(Exit::Succeeded)
}
