//! Puts engine, stages, accounts, history and reports together for the commands that drive executions.

use std::sync::Arc;

use super::exit_code::Exit;
use super::host::{Host, read_state};
use super::judgments::Asking;
use super::project::Project;
use super::{GlobalOptions, signals, ui};
use crate::engine::ports::Observe;
use crate::engine::{Ended, Engine};
use crate::history::{History, ProcessIdentity, Runner};
use crate::model::{Execution, Fence};
use crate::report::Screen;
use crate::stages::{Services, Table};

/// An execution about to be driven in this process.
pub struct Drive {
    /// The project.
    pub project: Arc<Project>,
    /// Its history.
    pub history: Arc<dyn History>,
    /// Who is shown what happens.
    pub observer: Arc<dyn Screen>,
    /// Wait in the pipeline's queue.
    pub wait_in_queue: bool,
}

impl Drive {
    /// Drives an execution to its end and says how it ended. A `new` one is recorded first.
    pub async fn run(self, execution: &Execution, new: bool, global: &GlobalOptions) -> anyhow::Result<Exit> {
        let host = Host::new(Arc::clone(&self.project), Arc::clone(&self.history));
        let mut services = services(&self.project, &host)?;
        services.accounts.act_for(&execution.id);
        let fence: Arc<dyn Fence> = host.clone();
        services.accounts.act_behind(&fence);
        let services = Arc::new(services);
        let observer: Arc<dyn Observe> = match ui::may_ask(global) {
            true => Asking::over(self.observer.clone(), Arc::clone(&self.history), &self.project),
            false => self.observer.clone(),
        };
        let (signals, received) = signals::listen(&self.project.user, &execution.id, Arc::clone(&self.observer))?;
        let process = ProcessIdentity::current();
        let runner = Runner {
            pid: process.pid,
            host: process.host,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            user: self.project.user.clone(),
            epoch: 0,
        };
        host.use_engine(Engine {
            history: Arc::clone(&self.history),
            stages: Arc::new(Table::new(Arc::clone(&services))),
            observer,
            signals,
            runner,
            suspend_on_judgment: global.no_input,
            wait_in_queue: self.wait_in_queue,
        });
        host.look_beside(execution);
        if new {
            self.observer.recorded(execution, &host.record(execution).await?);
        }
        let ended = host.drive(&execution.id, &execution.root_id).await?;
        let state = read_state(&*self.history, &execution.id).await?;
        let asked = services.accounts.usage();
        if !asked.is_empty() {
            self.observer.asked(state.execution(), &asked);
        }
        self.observer.finish(state.execution(), state.mutations());
        if let Some(calls) = self.history.calls().filter(|_| !global.quiet && !global.is_json()) {
            eprintln!("history: {calls}");
        }
        Ok(match ended {
            Ended::Completed(_) => Exit::of(&state),
            Ended::Suspended => Exit::Suspended,
            Ended::Left => received.exit().unwrap_or(Exit::Suspended),
            Ended::Refused(_) => Exit::Refused,
        })
    }
}

/// What stages may use, for this project.
pub fn services(project: &Project, host: &Arc<Host>) -> anyhow::Result<Services> {
    Ok(Services {
        accounts: project.accounts()?,
        artifacts: project.artifacts()?,
        pipelines: host.clone(),
        locks: host.clone(),
        expressions: host.clone(),
        root: project.root.clone(),
        state: project.state.clone(),
        time_zone: project.settings.time_zone.value.clone(),
        roles: project.settings.roles.value.clone(),
        traffic_guards: project.traffic_guards(),
        settings: project.service_settings(),
    })
}
