//! What can happen to an execution. Events are written by this program only, never by people, and never rewritten.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Execution, Failure, Map, Millis, StageExecution, Status};

/// An event with its place and time: one line of a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// 1, 2, 3, … without a gap.
    pub seq: u64,
    /// When, epoch milliseconds; never before the record before it, whatever the clock says.
    pub at: Millis,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. `stage` is a stage's id, `task` a task's id inside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// An execution exists; always the first event.
    ExecutionRecorded {
        /// The document with its top-level stages.
        execution: Box<Execution>,
    },
    /// A process drives it from here on.
    RunnerAttached {
        /// Which.
        runner: Runner,
    },
    /// The process stopped driving it before its end.
    RunnerDetached {
        /// Why, for people.
        reason: String,
    },
    /// Its turn came: initial stages start.
    ExecutionStarted,
    /// Somebody wants it to end.
    ExecutionCancelRequested {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Nothing new starts until it is unpaused.
    ExecutionPaused {
        /// By whom.
        by: String,
    },
    /// It goes on.
    ExecutionUnpaused {
        /// By whom.
        by: String,
    },
    /// It ended.
    ExecutionCompleted {
        /// How.
        status: Status,
    },
    /// A stage was planned and begins.
    StageStarted {
        /// Which.
        stage: String,
        /// Its context with expressions evaluated.
        context: Map,
        /// Names of its tasks.
        tasks: Vec<String>,
        /// Stages that run before the tasks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        before: Vec<StageExecution>,
        /// Why it could not be planned; then it fails at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// A stage is not run, on purpose.
    StageSkipped {
        /// Which.
        stage: String,
        /// Why, for people.
        reason: String,
    },
    /// The stages that follow a stage's tasks, or its failure, were planned. Not recorded when there are none: then
    /// nothing depends on it, and a process that takes over asks again.
    StagesAdded {
        /// The parent.
        stage: String,
        /// What made them necessary.
        phase: Phase,
        /// The new stages.
        stages: Vec<StageExecution>,
    },
    /// The stages that follow a stage's tasks could not be planned: it fails.
    StagePlanningFailed {
        /// The parent.
        stage: String,
        /// What they were to follow.
        phase: Phase,
        /// Why.
        failure: Failure,
    },
    /// A task is about to be run for the first time, or again after its process died.
    TaskStarted {
        /// Its stage.
        stage: String,
        /// Which.
        task: String,
    },
    /// A look at a running task changed what is known.
    TaskUpdated {
        /// Its stage.
        stage: String,
        /// Which.
        task: String,
        /// Merged into the stage's context.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        context: Map,
        /// Merged into the stage's outputs.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        outputs: Map,
        /// Targets of changes that were recorded last and then not made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unmade: Vec<String>,
    },
    /// A task is about to change the world.
    MutationRecorded {
        /// Its stage.
        stage: String,
        /// Its task.
        task: String,
        /// What it is about to do.
        mutation: Mutation,
    },
    /// A task ended.
    TaskCompleted {
        /// Its stage.
        stage: String,
        /// Which.
        task: String,
        /// How, with the stage's failure options applied.
        status: Status,
        /// Merged into the stage's context.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        context: Map,
        /// Merged into the stage's outputs.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        outputs: Map,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
        /// Targets of changes that were recorded last and then not made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unmade: Vec<String>,
    },
    /// Somebody changed a stage's context: a judgment, a skipped wait.
    StagePatched {
        /// Which.
        stage: String,
        /// Who.
        by: String,
        /// Merged into its context.
        patch: Map,
    },
    /// A stage ended.
    StageCompleted {
        /// Which.
        stage: String,
        /// How.
        status: Status,
    },
    /// A stage and what comes after it run again.
    StageRestarted {
        /// The top-level stage.
        stage: String,
        /// Who asked.
        by: String,
        /// Keys taken out of its context.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        forget: Vec<String>,
        /// Keys taken out of the contexts of stages after it, by stage.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        forget_after: BTreeMap<String, Vec<String>>,
        /// Whether the execution had ended: then it waits for its pipeline's turn again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        queued: bool,
    },
    /// Written by a newer version: such an execution can be shown, not resumed.
    #[serde(other)]
    Unknown,
}

/// Which planning added stages to a parent that had begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Its tasks ended well.
    After,
    /// It failed; stages of it that had not begun are dropped.
    OnFailure,
}

/// A change of the world that is about to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mutation {
    /// The verb: `createServerGroup`.
    pub operation: String,
    /// What it acts on: `local/local/hello-v001`.
    pub target: String,
    /// For people: `3 instances`.
    pub detail: String,
}

/// A process that drives executions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Runner {
    /// Process id.
    pub pid: u32,
    /// Machine.
    pub host: String,
    /// Version of gennaker.
    pub version: String,
    /// User.
    pub user: String,
    /// Epoch of its lease.
    pub epoch: u64,
}
