//! `gennaker skip`: ends a wait before its time, or the wait for a child pipeline.

use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::find;
use super::project::Project;
use super::requests;
use crate::history::Request;
use crate::model::{Execution, Map, StageExecution, Status};

/// Stage types that wait for a time, and look whether they may stop.
const WAITS: [&str; 3] = ["restrictExecutionDuringTimeWindow", "wait", "waitUntil"];

/// Skip the rest of a wait, or the wait for an execution window or a skippable child pipeline
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker skip 01K7 'Let it soak'
  gennaker skip 01K7 Deploy                   the execution window that holds Deploy")]
pub struct SkipArgs {
    /// The execution's id or the first letters of it
    execution: String,
    /// The stage that waits: its name, reference or id
    stage: String,
}

pub async fn run(args: SkipArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let found = find::execution(&*history, Some(&args.execution)).await?;
    let named = find::stage(found.execution(), &args.stage, |stage| stage.status == Status::Running)?;
    let (stage, key) = waiting(found.execution(), named).ok_or_else(|| {
        let Execution { id, .. } = found.execution();
        let told = Told::usage(format!("'{}' ({}) is {} and waits for no time", named.name, named.kind, named.status))
            .exit(Exit::Conflict);
        match named.kind.as_str() {
            "pipeline" if named.status == Status::Running => told.hint("only with 'skippable: true' it can be skipped"),
            _ => told.hint(format!("to see what runs: gennaker history show {id}")),
        }
    })?;
    let mut patch = Map::new();
    patch.insert(key.into(), true.into());
    let request = Request::Patch { stage: stage.id.clone(), by: project.user.clone(), patch };
    let taken = requests::submit(&*history, &found, &request).await?;
    let done = format!("'{}' waits no longer", stage.name);
    requests::tell(&found, taken, &done, &format!("end of the wait '{}'", stage.name), global);
    Ok(Exit::Succeeded)
}

/// The stage itself if it waits, or the window that holds it; and the key that ends the wait.
fn waiting<'a>(execution: &'a Execution, named: &'a StageExecution) -> Option<(&'a StageExecution, &'static str)> {
    let is_skippable = named.context.get("skippable").and_then(|value| value.as_bool()) == Some(true);
    if named.kind == "pipeline" && named.status == Status::Running && is_skippable {
        return Some((named, "manualSkip"));
    }
    let waits = |stage: &StageExecution| stage.status == Status::Running && WAITS.contains(&stage.kind.as_str());
    let children = execution.stages.iter().map(AsRef::as_ref);
    let mut below = children.filter(|child: &&StageExecution| child.parent_stage_id.as_ref() == Some(&named.id));
    let waiting = if waits(named) { Some(named) } else { below.find(|child| waits(child)) };
    waiting.map(|stage| (stage, "skipRemainingWait"))
}
