//! The table of stage types as the engine and the document floor see it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::configured::working_stage;
use super::restrict_execution_during_time_window::{hold, strip_window_keys};
use super::unsupported::unsupported;
use super::{STAGES, Services, Stage};
use crate::engine::ports::{Call, NewStage, Plan, Stages, TaskPolicy, TaskResult};
use crate::expr::Host;
use crate::model::{Failure, Field, StageCatalogue, StageExecution};

/// The stage type of this name or alias.
#[must_use]
pub fn stage(kind: &str) -> Option<&'static dyn Stage> {
    match STAGES.binary_search_by(|stage| stage.kind().cmp(kind)) {
        Ok(position) => Some(STAGES[position]),
        Err(_) => STAGES.iter().find(|stage| stage.aliases().contains(&kind)).copied(),
    }
}

/// The user's documentation of a stage type: the `//!` lines of its file.
#[must_use]
pub fn documentation(stage: &dyn Stage) -> String {
    let lines = stage.source().lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The stage types with the services their code uses.
pub struct Table {
    services: Arc<Services>,
}

impl Table {
    /// The table over these services.
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    /// The services.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    fn of(&self, stage: &StageExecution) -> Result<&'static dyn Stage, Failure> {
        working_stage(&stage.kind, &stage.context, &self.services.settings).ok_or_else(|| {
            Failure::user(format!("stage '{}' has type '{}', which is not known", stage.name, stage.kind))
        })
    }
}

/// Children that do not wait for their parent's window again.
fn unheld(mut children: Vec<NewStage>) -> Vec<NewStage> {
    for child in &mut children {
        strip_window_keys(&mut child.context);
    }
    children
}

#[async_trait]
impl Stages for Table {
    async fn plan(&self, call: &Call<'_>) -> Result<Plan, Failure> {
        let plan = self.of(call.stage)?.plan(call, &self.services).await?;
        Ok(hold(plan, call.context))
    }

    async fn plan_after(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        Ok(unheld(self.of(call.stage)?.after(call, &self.services).await?))
    }

    async fn plan_on_failure(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        Ok(unheld(self.of(call.stage)?.on_failure(call, &self.services).await?))
    }

    async fn run(&self, call: &Call<'_>, task: &str) -> TaskResult {
        let found = self.of(call.stage).and_then(|stage| {
            stage.tasks().iter().find(|candidate| candidate.name() == task).ok_or_else(|| {
                Failure::user(format!("stage type '{}' of this version has no task '{task}'", call.stage.kind))
                    .detail("the execution was planned by another version of gennaker; restart the stage")
            })
        });
        match found {
            Ok(task) => task.run(call, &self.services).await,
            Err(failure) => TaskResult::terminal(failure),
        }
    }

    fn policy(&self, stage: &StageExecution, task: &str) -> TaskPolicy {
        self.of(stage)
            .ok()
            .and_then(|stage| stage.tasks().iter().find(|candidate| candidate.name() == task))
            .map_or_else(
                || TaskPolicy { backoff: Duration::from_secs(1), ..TaskPolicy::default() },
                |task| task.policy(),
            )
    }

    async fn timed_out(&self, call: &Call<'_>, task: &str) -> Option<Failure> {
        let task = self.of(call.stage).ok()?.tasks().iter().find(|candidate| candidate.name() == task)?;
        task.timed_out(call, &self.services).await
    }

    async fn cancel(&self, call: &Call<'_>) -> Vec<String> {
        match self.of(call.stage) {
            Ok(stage) => stage.cancel(call, &self.services).await,
            Err(_) => Vec::new(),
        }
    }

    fn forget_on_restart(&self, stage: &StageExecution) -> Vec<&'static str> {
        self.of(stage).map(|stage| stage.forget_on_restart().to_vec()).unwrap_or_default()
    }

    fn host(&self) -> &dyn Host {
        &*self.services.expressions
    }

    fn leaves_unevaluated(&self, stage: &StageExecution) -> &'static [&'static str] {
        self.of(stage).map(Stage::leaves_unevaluated).unwrap_or_default()
    }
}

/// The stage types, for the document floor.
pub struct Catalogue;

impl StageCatalogue for Catalogue {
    fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<_> = STAGES
            .iter()
            .flat_map(|stage| std::iter::once(stage.kind()).chain(stage.aliases().iter().copied()))
            .collect();
        kinds.sort_unstable();
        kinds
    }

    fn fields(&self, kind: &str) -> Option<&'static [Field]> {
        stage(kind).map(Stage::fields)
    }

    fn summary(&self, kind: &str) -> Option<&str> {
        stage(kind).and_then(|stage| stage.source().lines().next()).map(|line| line.trim_start_matches("//! "))
    }

    fn unsupported(&self, kind: &str) -> Option<&'static str> {
        unsupported(kind)
    }
}
