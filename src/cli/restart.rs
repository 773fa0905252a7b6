//! `gennaker restart`: runs a stage and what comes after it once more, in the same execution.

use std::sync::Arc;

use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::find::{self, driver_words};
use super::host::Host;
use super::project::Project;
use super::requests;
use super::wiring::{Drive, services};
use crate::engine::ports::Stages;
use crate::engine::{Clock, Held, LeaseKeeper, State};
use crate::history::{Error, Event, History, Record};
use crate::model::{Execution, StageExecution, Status};
use crate::report::quoted;
use crate::stages::Table;

/// Run a stage of an execution again, and all stages after it
#[derive(Args, Debug)]
#[command(after_help = "Example:
  gennaker restart 01K7 Deploy")]
pub struct RestartArgs {
    /// The execution's id or the first letters of it
    execution: String,
    /// The stage: its name, reference or id
    stage: String,
}

pub async fn run(args: RestartArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let history = project.open_history()?;
    let found = find::execution(&*history, Some(&args.execution)).await?;
    if let Some(driver) = &found.driver {
        let text =
            format!("execution {} is driven by {}; a stage restarts when nothing runs", found.id, driver_words(driver));
        return Err(Told::usage(text)
            .exit(Exit::Refused)
            .hint(format!("wait for its end, or end it: gennaker cancel {}", found.id))
            .into());
    }
    let execution = found.execution();
    let is_restartable = |stage: &StageExecution| stage.parent_stage_id.is_none() && stage.status.is_complete();
    let stage = find::stage(execution, &args.stage, is_restartable)?;
    check(execution, stage)?;
    let host = Host::new(Arc::clone(&project), Arc::clone(&history));
    let table = Table::new(Arc::new(services(&project, &host)?));
    let restart = Restart { stage: stage.id.clone(), by: project.user.clone(), stages: &table };
    let execution = restart.record(&history, execution).await?;
    let observer = global.report();
    Drive { project, history, observer, wait_in_queue: true }.run(&execution, false, global).await
}

/// Only whole top-level stages that are not under way can run again.
fn check(execution: &Execution, stage: &StageExecution) -> Result<(), Told> {
    let mut top = stage;
    while let Some(parent) = top.parent_stage_id.as_deref().and_then(|parent| execution.stage(parent)) {
        top = parent;
    }
    if top.id != stage.id {
        return Err(Told::usage(format!("'{}' is a part of '{}' and restarts with it only", stage.name, top.name))
            .hint(format!("gennaker restart {} {}", execution.id, quoted(&top.name))));
    }
    if stage.status.is_complete() || stage.status == Status::NotStarted {
        return Ok(());
    }
    Err(Told::usage(format!("'{}' is {}; only a stage that has ended can restart", stage.name, stage.status))
        .exit(Exit::Conflict)
        .hint(format!("to go on with it: gennaker resume {}", execution.id)))
}

/// A restart to be recorded.
struct Restart<'a> {
    stage: String,
    by: String,
    stages: &'a dyn Stages,
}

impl Restart<'_> {
    /// Records it under the execution's lease and returns the execution as it is then.
    async fn record(&self, history: &Arc<dyn History>, execution: &Execution) -> anyhow::Result<Arc<Execution>> {
        let id = &execution.id;
        let held = LeaseKeeper::acquire(Arc::clone(history), id, &execution.root_id, "restarting a stage").await?;
        let keeper = match held {
            Held::Ours(keeper) => keeper,
            Held::By { holder, .. } => {
                let text = format!("execution {id} is driven by {}", driver_words(&holder));
                return Err(Told::usage(text).exit(Exit::Refused).into());
            }
        };
        let recorded = self.append(&**history, id, keeper.epoch()).await;
        keeper.release().await?;
        recorded
    }

    async fn append(&self, history: &dyn History, id: &str, epoch: u64) -> anyhow::Result<Arc<Execution>> {
        let (recorded, mut journal) = history.open(id, epoch).await?;
        let corrupt = |illegal| Error::corrupt_execution(id, &illegal);
        let mut state = State::replay(&recorded.records).map_err(corrupt)?;
        let at = Clock::starting(state.last_at()).now();
        let mut keys = state.restarted_with(&self.stage).map(|stage| (stage.id.clone(), self.forget(stage)));
        let forget = keys.next().map(|(_, forget)| forget).unwrap_or_default();
        let forget_after = keys.filter(|(_, forget)| !forget.is_empty()).collect();
        let queued = state.execution().status.is_complete();
        let (stage, by) = (self.stage.clone(), self.by.clone());
        let event = Event::StageRestarted { stage, by, forget, forget_after, queued };
        let record = Record { seq: state.seq() + 1, at, event };
        state.apply(&record).map_err(corrupt)?;
        journal.append(&record);
        // The engine clears them at the end; one that was killed there could not.
        requests::forget(history, id).await?;
        // Listed as unfinished first: whatever happens in between, the records decide whether it is.
        history.set_active(id, true).await?;
        journal.sync().await?;
        Ok(Arc::clone(state.execution()))
    }

    /// Keys of a stage's context that must not be there when it runs again.
    fn forget(&self, stage: &StageExecution) -> Vec<String> {
        let keys = self.stages.forget_on_restart(stage).into_iter();
        keys.filter(|key| stage.context.contains_key(*key)).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ended_top_level_stages_restart() {
        let stage = |id: &str, status, parent: Option<&str>| StageExecution {
            id: id.into(),
            name: id.into(),
            status,
            parent_stage_id: parent.map(str::to_owned),
            ..StageExecution::default()
        };
        let stages = [
            stage("deploy", Status::Terminal, None),
            stage("create", Status::Terminal, Some("deploy")),
            stage("wait", Status::Running, None),
            stage("later", Status::NotStarted, None),
        ];
        let execution = Execution { id: "E".into(), stages: stages.map(Into::into).into(), ..Execution::default() };
        let checked = |id: &str| check(&execution, execution.stage(id).unwrap());
        assert!(checked("deploy").is_ok() && checked("later").is_ok());
        assert_eq!(checked("create").unwrap_err().hints, ["gennaker restart E deploy"]);
        assert_eq!(checked("wait").unwrap_err().exit, Exit::Conflict);
    }
}
