//! Calls of stage code: each gets a snapshot of the execution and answers with one message.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::context;
use super::ports::{Call, Mutation, NewStage, Plan, Recorder, Stages, TaskResult};
use crate::history::Phase;
use crate::model::{Execution, Failure, FailureKind, Map, Millis, Status};

/// How long a task that was cut short is asked why.
const REASON_LIMIT: Duration = Duration::from_secs(5);

/// What a call tells the loop.
pub(crate) enum Message {
    /// A mutation is about to be made; it waits for the answer.
    Mutation { stage: String, task: String, mutation: Mutation, answer: oneshot::Sender<Result<(), Failure>> },
    /// Something for people.
    Progress { stage: String, text: String },
    /// A line a stage wrote.
    Output { stage: String, line: String },
    /// The call ended.
    Done { stage: String, outcome: Outcome },
}

/// What a call gave.
pub(crate) enum Outcome {
    Planned { context: Map, plan: Result<Plan, Failure> },
    Disabled(String),
    PlannedMore(Phase, Result<Vec<NewStage>, Failure>),
    Looked { task: usize, result: TaskResult, is_late: bool },
    Canceled(Vec<String>),
}

/// What a call is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Plan,
    PlanMore(Phase),
    Run(usize),
    Cancel,
}

/// Everything a call needs, owned.
pub(crate) struct Job {
    pub(crate) stages: Arc<dyn Stages>,
    pub(crate) execution: Arc<Execution>,
    pub(crate) at: usize,
    pub(crate) work: Work,
    pub(crate) now: Millis,
    pub(crate) stop: CancellationToken,
    pub(crate) messages: mpsc::UnboundedSender<Message>,
    /// Epoch of the lease under which the execution is driven.
    pub(crate) epoch: u64,
    /// After this time the call is given up.
    pub(crate) limit: Option<Duration>,
    /// Whether the task's time is over: this look is its last.
    pub(crate) is_late: bool,
}

impl Job {
    /// Makes the call.
    pub(crate) async fn call(self) -> Outcome {
        let stage = &self.execution.stages[self.at];
        if self.work == Work::Plan
            && stage.parent_stage_id.is_none()
            && let Some(reason) = context::disabled_reason(&self.execution, stage, self.stages.host(), self.now)
        {
            return Outcome::Disabled(reason);
        }
        let leave = self.stages.leaves_unevaluated(stage);
        let context = context::evaluated(&self.execution, stage, leave, self.stages.host(), self.now);
        let task = match self.work {
            Work::Run(task) => task,
            _ => stage.tasks.iter().position(|task| !task.status.is_complete()).unwrap_or(0),
        };
        let task_record = stage.tasks.get(task);
        let recorder = Notes {
            stage: stage.id.clone(),
            task: task_record.map(|task| task.id.clone()).unwrap_or_default(),
            messages: self.messages.clone(),
            epoch: self.epoch,
        };
        let call = Call {
            execution: &self.execution,
            stage,
            context: &context,
            now: self.now,
            started: task_record.and_then(|task| task.start_time).unwrap_or(self.now),
            stop: &self.stop,
            recorder: &recorder,
        };
        match self.work {
            Work::Plan => {
                let plan = self.stages.plan(&call).await;
                Outcome::Planned { context, plan }
            }
            Work::PlanMore(Phase::After) => Outcome::PlannedMore(Phase::After, self.stages.plan_after(&call).await),
            Work::PlanMore(Phase::OnFailure) => {
                Outcome::PlannedMore(Phase::OnFailure, self.stages.plan_on_failure(&call).await)
            }
            Work::Run(task) => {
                let name = &stage.tasks[task].name;
                let look = self.stages.run(&call, name);
                let result = match self.limit {
                    Some(limit) => match tokio::time::timeout(limit, look).await {
                        Ok(result) => result,
                        Err(_) => TaskResult::terminal(unanswered(&*self.stages, &call, name).await),
                    },
                    None => look.await,
                };
                let result = match result.status {
                    Status::Running if self.is_late => {
                        TaskResult { failure: self.stages.timed_out(&call, name).await, ..result }
                    }
                    _ => result,
                };
                Outcome::Looked { task, result, is_late: self.is_late }
            }
            Work::Cancel => Outcome::Canceled(self.stages.cancel(&call).await),
        }
    }
}

/// Why a look was cut short: asked once, and not waited for long.
async fn unanswered(stages: &dyn Stages, call: &Call<'_>, task: &str) -> Failure {
    let reason = tokio::time::timeout(REASON_LIMIT, stages.timed_out(call, task)).await.ok().flatten();
    let unknown = || Failure::new(format!("'{task}' did not answer in time"));
    reason.unwrap_or_else(unknown).of_kind(FailureKind::Timeout)
}

/// The recorder of one call.
struct Notes {
    stage: String,
    task: String,
    messages: mpsc::UnboundedSender<Message>,
    epoch: u64,
}

#[async_trait]
impl Recorder for Notes {
    async fn mutation(&self, mutation: Mutation) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        let (stage, task) = (self.stage.clone(), self.task.clone());
        let gone = || Failure::new("the execution is no longer driven by this process");
        self.messages.send(Message::Mutation { stage, task, mutation, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    fn progress(&self, text: String) {
        // Nobody listens any more when the loop has ended: then nobody needs to know.
        let _ = self.messages.send(Message::Progress { stage: self.stage.clone(), text });
    }

    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn output(&self, line: String) {
        let _ = self.messages.send(Message::Output { stage: self.stage.clone(), line });
    }
}
