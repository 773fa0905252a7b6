//! `gennaker resume`: goes on with an execution whose process is gone.

use std::sync::Arc;

use clap::Args;

use super::GlobalOptions;
use super::exit_code::Exit;
use super::host::read_state;
use super::project::Project;
use super::wiring::Drive;

/// Go on with an execution whose process ended before it did
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Its id or the first letters of it; the newest unfinished one when absent
    execution: Option<String>,
}

pub async fn run(args: ResumeArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let history = project.open_history()?;
    let id = match args.execution {
        Some(prefix) => history.resolve(&prefix).await?,
        None => match history.active().await?.pop() {
            Some(newest) => newest.id,
            None => return Err(super::error::Told::usage("there is no unfinished execution").into()),
        },
    };
    let state = read_state(&*history, &id).await?;
    if state.execution().status.is_complete() {
        eprintln!("execution {id} has ended: {}", state.execution().status);
        return Ok(Exit::of(&state));
    }
    let observer = global.report();
    let execution = Arc::clone(state.execution());
    Drive { project, history, observer, wait_in_queue: true }.run(&execution, false, global).await
}
