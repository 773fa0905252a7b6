//! Calls of stage code: in place when they answer at once, else beside the loop.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::Drive;
use crate::engine::job::{Job, Message, Outcome, Work};
use crate::engine::ports::{TaskPolicy, TaskResult};
use crate::history::Error;
use crate::model::{Failure, FailureKind};

impl Drive<'_> {
    pub(in crate::engine) fn policy(&self, at: usize, task: usize) -> TaskPolicy {
        let stage = self.state.stage(at);
        self.engine.stages.policy(stage, &stage.tasks[task].name)
    }

    /// Begins the calls that waited for the journal.
    pub(super) fn launch(&mut self) {
        for (id, work) in std::mem::take(&mut self.to_launch) {
            if let Some(at) = self.state.position(&id) {
                let job = self.job(at, work);
                let stop = job.stop.clone();
                self.spawn(id, stop, job.call().boxed());
            }
        }
    }

    fn job(&self, at: usize, work: Work) -> Job {
        let deadline = match work {
            Work::Run(task) => self.deadline(at, task),
            _ => None,
        };
        Job {
            stages: Arc::clone(&self.engine.stages),
            execution: Arc::clone(self.state.execution()),
            at,
            work,
            now: self.clock.now(),
            stop: CancellationToken::new(),
            messages: self.sender.clone(),
            epoch: self.keeper.epoch(),
            limit: deadline.map(|deadline| self.clock.until(deadline.moment).max(Duration::from_secs(1))),
            is_late: deadline.is_some_and(|deadline| deadline.moment <= self.clock.now()),
        }
    }

    /// Makes a call that touches nothing outside: in place when it answers at once.
    pub(super) fn begin(&mut self, at: usize, work: Work) -> Result<(), Error> {
        let id = self.state.stage(at).id.clone();
        let job = self.job(at, work);
        let stop = job.stop.clone();
        let mut call = job.call().boxed();
        match (&mut call).now_or_never() {
            Some(outcome) => {
                drop(call);
                self.finish_call(&id, outcome)
            }
            None => {
                self.spawn(id, stop, call);
                Ok(())
            }
        }
    }

    fn spawn(&mut self, stage: String, stop: CancellationToken, call: BoxFuture<'static, Outcome>) {
        self.in_flight.insert(stage.clone(), stop);
        let sender = self.sender.clone();
        self.jobs.spawn(async move {
            // A panic in stage code is a failure of that stage, never a lost execution.
            let outcome = std::panic::AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                let text = format!("gennaker itself failed: {}", text.unwrap_or_default());
                let failure = Failure::new(text).of_kind(FailureKind::Bug);
                Outcome::Looked { task: usize::MAX, result: TaskResult::terminal(failure), is_late: false }
            });
            let _ = sender.send(Message::Done { stage, outcome });
        });
    }
}
