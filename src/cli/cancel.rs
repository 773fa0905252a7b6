//! `gennaker cancel`: ends an execution, with all that its stages do about it.

use std::sync::Arc;

use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::find;
use super::project::Project;
use super::requests::{self, Taken};
use super::wiring::Drive;
use crate::history::Request;

/// Cancel an execution
///
/// When no process drives it, this one does, so that its stages can stop what they left going.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker cancel 01K7 --reason 'wrong version'
  gennaker cancel 01K7 --no-wait              only leave the request")]
pub struct CancelArgs {
    /// Its id or the first letters of it
    execution: String,
    /// Why, for whoever reads the history
    #[arg(long, short, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// Leave the request and go, also when no process is there to take it
    #[arg(long)]
    no_wait: bool,
}

pub async fn run(args: CancelArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let history = project.open_history()?;
    let found = find::execution(&*history, Some(&args.execution)).await?;
    let execution = Arc::clone(found.state.execution());
    if execution.status.is_complete() {
        let text = format!("execution {} has ended already: {}", found.id, execution.status);
        return Err(Told::usage(text).exit(Exit::Conflict).into());
    }
    let request = Request::Cancel { by: project.user.clone(), reason: args.reason };
    let taken = requests::submit(&*history, &found, &request).await?;
    if taken == Taken::NoProcess && !args.no_wait {
        let observer = global.report();
        let exit = Drive { project, history, observer, wait_in_queue: false }.run(&execution, false, global).await?;
        // Canceled is what was wished for here.
        return Ok(if exit == Exit::Canceled { Exit::Succeeded } else { exit });
    }
    let done = format!("execution {} is being canceled; its process stops what runs", found.id);
    requests::tell(&found, taken, &done, &format!("cancellation of {}", found.id), global);
    Ok(Exit::Succeeded)
}
