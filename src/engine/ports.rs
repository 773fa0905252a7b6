//! What the engine asks of the world above it. It knows no stage and no cloud; these traits are all it sees of them.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::expr::Host;
pub use crate::history::Mutation;
use crate::history::Record;
use crate::model::{Execution, Failure, Map, Millis, StageExecution, Status};

/// What a stage consists of, decided when it starts and recorded before anything of it runs.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Names of its tasks, in order; each is found again by [`Stages::run`].
    pub tasks: Vec<String>,
    /// Stages that run before the tasks.
    pub before: Vec<NewStage>,
    /// Keys merged into the stage's context.
    pub context: Map,
}

impl Plan {
    /// A plan of these tasks.
    pub fn of_tasks<I: IntoIterator<Item = &'static str>>(names: I) -> Self {
        Self { tasks: names.into_iter().map(str::to_owned).collect(), ..Self::default() }
    }

    /// A plan that only consists of other stages.
    #[must_use]
    pub fn of_stages(before: Vec<NewStage>) -> Self {
        Self { before, ..Self::default() }
    }
}

/// A synthetic stage to be.
#[derive(Clone, Debug, Default)]
pub struct NewStage {
    /// Stage type.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Its context, evaluated when it is planned.
    pub context: Map,
    /// Positions, in the same list, of the stages it waits for; none means it starts at once.
    pub after: Vec<usize>,
    /// What follows `<` or `>` in its reference; its number among its siblings when absent.
    pub ref_id: Option<String>,
}

impl NewStage {
    /// A stage that waits for none of its siblings.
    pub fn new(kind: impl Into<String>, name: impl Into<String>, context: Map) -> Self {
        Self { kind: kind.into(), name: name.into(), context, after: Vec::new(), ref_id: None }
    }
}

/// The stages one after the other, in the order given.
#[must_use]
pub fn in_sequence(mut stages: Vec<NewStage>) -> Vec<NewStage> {
    for (position, stage) in stages.iter_mut().enumerate() {
        stage.after = position.checked_sub(1).into_iter().collect();
    }
    stages
}

/// What one look at a task gave.
#[derive(Clone, Debug, Default)]
pub struct TaskResult {
    /// `Running` means: call me again after `retry_in`.
    pub status: Status,
    /// Merged into the stage's context.
    pub context: Map,
    /// Merged into the stage's outputs.
    pub outputs: Map,
    /// When to look again; the task's backoff when absent.
    pub retry_in: Option<Duration>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What only somebody or something outside can end; lets a run without a terminal stop and be resumed later.
    pub awaits: Option<Awaits>,
    /// Targets of mutations recorded last that were then not made: the world was so already, or refused.
    pub unmade: Vec<String>,
}

/// What a task waits for that no work of ours brings about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// A person's word.
    Judgment,
    /// A moment.
    Until(Millis),
}

impl TaskResult {
    /// Done.
    #[must_use]
    pub fn succeeded() -> Self {
        Self { status: Status::Succeeded, ..Self::default() }
    }

    /// Not done yet: look again after the task's backoff.
    #[must_use]
    pub fn running() -> Self {
        Self { status: Status::Running, ..Self::default() }
    }

    /// Failed, to be mapped by the stage's failure options.
    pub fn terminal(failure: impl Into<Failure>) -> Self {
        Self { status: Status::Terminal, failure: Some(failure.into()), ..Self::default() }
    }

    /// The same with a context key.
    #[must_use]
    pub fn with_context(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }

    /// The same with an output key.
    #[must_use]
    pub fn with_output(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.outputs.insert(key.to_owned(), value.into());
        self
    }

    /// The same, telling that mutations of these targets were not made.
    #[must_use]
    pub fn with_unmade(mut self, targets: Vec<String>) -> Self {
        self.unmade = targets;
        self
    }

    /// The same, to be looked at after this time.
    #[must_use]
    pub fn retry_in(mut self, wait: Duration) -> Self {
        self.retry_in = Some(wait);
        self
    }
}

/// `?` in a task turns a failure into its result.
impl From<Result<TaskResult, Failure>> for TaskResult {
    fn from(result: Result<TaskResult, Failure>) -> Self {
        result.unwrap_or_else(TaskResult::terminal)
    }
}

/// How a task is polled.
#[derive(Clone, Copy, Debug)]
pub struct TaskPolicy {
    /// Time between two looks.
    pub backoff: Duration,
    /// When it fails by itself; `None` means never.
    pub timeout: Option<Duration>,
    /// Whether `stageTimeoutMs` replaces the timeout (marked OT in contract 3).
    pub overridable: bool,
    /// Whether it touches nothing outside the process: such a task runs in the loop and needs no durable record first.
    pub pure: bool,
}

impl Default for TaskPolicy {
    fn default() -> Self {
        Self { backoff: Duration::from_secs(1), timeout: None, overridable: false, pure: false }
    }
}

/// One call of a stage's code: what it may see, and how it reports.
pub struct Call<'a> {
    /// The execution as it stands; never changes during the call.
    pub execution: &'a Execution,
    /// The stage, its context as recorded.
    pub stage: &'a StageExecution,
    /// The stage's context with expressions evaluated.
    pub context: &'a Map,
    /// The engine's clock, epoch milliseconds.
    pub now: Millis,
    /// When the task first began; `now` while planning.
    pub started: Millis,
    /// Canceled when the call should end early: the execution is being canceled or the process leaves.
    pub stop: &'a CancellationToken,
    /// Where durable notes and progress go.
    pub recorder: &'a dyn Recorder,
}

impl Call<'_> {
    /// Records a mutation durably and only then lets the caller make it. Fails when the execution was taken over by
    /// another process or its journal cannot be written: then the mutation must not be made.
    pub async fn mutation(
        &self,
        operation: &str,
        target: impl Into<String>,
        detail: impl Into<String>,
    ) -> Result<(), Failure> {
        let mutation = Mutation { operation: operation.to_owned(), target: target.into(), detail: detail.into() };
        self.recorder.mutation(mutation).await
    }

    /// Tells people what is being waited for. Lossy, never recorded.
    pub fn progress(&self, text: impl Into<String>) {
        self.recorder.progress(text.into());
    }

    /// A context value of the stage, evaluated, or the nearest ancestor's output of that name.
    #[must_use]
    pub fn lookup(&self, key: &str) -> Option<&Value> {
        self.context.get(key).or_else(|| self.execution.lookup(self.stage, key))
    }
}

/// Where a call's durable notes and progress go.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// Appends the mutation to the journal and returns once it is durable.
    async fn mutation(&self, mutation: Mutation) -> Result<(), Failure>;
    /// A line of progress for people; may be dropped.
    fn progress(&self, text: String);
    /// A line of output of a stage (a script, a job), stored in the execution's log and shown live.
    fn output(&self, line: String);
    /// Epoch of the lease under which the execution is driven: it grows with every runner that takes it over.
    fn epoch(&self) -> u64 {
        0
    }
}

/// The stage types, as the engine sees them.
#[async_trait]
pub trait Stages: Send + Sync {
    /// What the stage consists of. Only reads the world.
    async fn plan(&self, call: &Call<'_>) -> Result<Plan, Failure>;
    /// Stages to run after its tasks. Only reads the world.
    async fn plan_after(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure>;
    /// Stages to run because it failed. Only reads the world.
    async fn plan_on_failure(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure>;
    /// One look at a task.
    async fn run(&self, call: &Call<'_>, task: &str) -> TaskResult;
    /// How a task is polled.
    fn policy(&self, stage: &StageExecution, task: &str) -> TaskPolicy;
    /// Why a task that ran out of time was not done: asked once, in place of a bare "timed out".
    async fn timed_out(&self, _call: &Call<'_>, _task: &str) -> Option<Failure> {
        None
    }
    /// Cancels what a running task left going outside; returns lines saying what was done or is left.
    async fn cancel(&self, call: &Call<'_>) -> Vec<String>;
    /// Keys to take out of a stage's context before it runs again.
    fn forget_on_restart(&self, stage: &StageExecution) -> Vec<&'static str>;
    /// What functions of expressions need from outside.
    fn host(&self) -> &dyn Host;
    /// Context keys that the stage's own code evaluates (v4 only): `variables` of `evaluateVariables`.
    fn leaves_unevaluated(&self, stage: &StageExecution) -> &'static [&'static str];
}

/// Whoever shows or stores what happens; the journal itself is none of them.
pub trait Observe: Send + Sync {
    /// A record was made durable and applied.
    fn recorded(&self, execution: &Execution, record: &Record);
    /// What a stage waits for, for people. Lossy.
    fn progress(&self, execution: &Execution, stage: &StageExecution, text: &str);
    /// A line that a stage wrote.
    fn output(&self, execution: &Execution, stage: &StageExecution, line: &str);
    /// What the execution as a whole waits for before it can begin.
    fn waiting(&self, execution: &Execution, text: &str);
}
