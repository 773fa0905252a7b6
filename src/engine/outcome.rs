//! What calls of stage code gave, put into records: plans, looks at tasks, timeouts (contract 2.2, 2.3).

use std::cmp::Reverse;
use std::time::Duration;

use super::job::Outcome;
use super::ports::{NewStage, Plan, TaskResult};
use super::run::Drive;
use super::step::failure_status;
use super::synthetic::synthetic_stages;
use crate::history::{Error, Event, Phase};
use crate::model::{Failure, FailureKind, Map, Millis, Status, SyntheticStageOwner, human_duration};

/// When a task fails by itself, and the time it was given.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) moment: Millis,
    limit: Duration,
}

impl Drive<'_> {
    /// Records what a call gave.
    pub(super) fn finish_call(&mut self, id: &str, outcome: Outcome) -> Result<(), Error> {
        // The stage may be gone: its parent failed and dropped it, or it was restarted.
        let Some(at) = self.state.position(id) else { return Ok(()) };
        match outcome {
            Outcome::Disabled(reason) => self.record(Event::StageSkipped { stage: id.to_owned(), reason }),
            Outcome::Planned { context, plan } => self.record_plan(at, context, plan),
            Outcome::PlannedMore(phase, stages) => self.record_more(at, phase, stages),
            Outcome::Looked { task, result, is_late } => self.record_look(at, task, result, is_late),
            Outcome::Canceled(lines) => {
                for line in lines {
                    self.engine.observer.progress(self.state.execution(), self.state.stage(at), &line);
                }
                let running = self.state.stage(at).tasks.iter().find(|task| task.status == Status::Running);
                let Some(task) = running.map(|task| task.id.clone()) else { return Ok(()) };
                self.record(Event::TaskCompleted {
                    stage: id.to_owned(),
                    task,
                    status: Status::Canceled,
                    context: Map::new(),
                    outputs: Map::new(),
                    failure: None,
                    unmade: Vec::new(),
                })
            }
        }
    }

    fn record_plan(&mut self, at: usize, mut context: Map, plan: Result<Plan, Failure>) -> Result<(), Error> {
        let stage = self.state.stage(at);
        if stage.status != Status::NotStarted || self.state.is_cancel_requested() {
            return Ok(());
        }
        let (plan, failure) = match plan {
            Ok(plan) => (plan, None),
            Err(failure) => (Plan::default(), Some(failure)),
        };
        context.extend(plan.context);
        let before = synthetic_stages(stage, SyntheticStageOwner::StageBefore, plan.before, 0);
        let stage = stage.id.clone();
        self.record(Event::StageStarted { stage, context, tasks: plan.tasks, before, failure })
    }

    fn record_more(&mut self, at: usize, phase: Phase, new: Result<Vec<NewStage>, Failure>) -> Result<(), Error> {
        let stage = self.state.stage(at);
        if stage.status != Status::Running {
            return Ok(());
        }
        // Children that have not begun are dropped when their parent failed.
        let kept = |child: &&usize| phase == Phase::After || self.state.stage(**child).status != Status::NotStarted;
        let existing = self.state.node(at).after.iter().filter(kept).count();
        match new {
            // A failure drops children that have not begun, which must be on record.
            Ok(new) if new.is_empty() && !(phase == Phase::OnFailure && self.has_unstarted(at)) => {
                self.state.added_nothing(at, phase);
                Ok(())
            }
            Ok(new) => {
                let stages = synthetic_stages(stage, SyntheticStageOwner::StageAfter, new, existing);
                let stage = stage.id.clone();
                self.record(Event::StagesAdded { stage, phase, stages })
            }
            Err(failure) => {
                // What cannot be planned fails the stage like a task of it would.
                let stage = stage.id.clone();
                self.record(Event::StagePlanningFailed { stage, phase, failure })
            }
        }
    }

    fn has_unstarted(&self, at: usize) -> bool {
        let node = self.state.node(at);
        node.before.iter().chain(&node.after).any(|child| self.state.stage(*child).status == Status::NotStarted)
    }

    fn record_look(&mut self, at: usize, task: usize, result: TaskResult, is_late: bool) -> Result<(), Error> {
        let stage = self.state.stage(at);
        let id = stage.id.clone();
        let task = if task == usize::MAX { self.state.node(at).task } else { task };
        let Some(task_record) = stage.tasks.get(task).filter(|record| record.status == Status::Running) else {
            // A panic while planning: the stage cannot be planned.
            return match result.failure {
                Some(failure) if stage.status == Status::NotStarted => {
                    let context = stage.context.clone();
                    self.record_plan(at, context, Err(failure))
                }
                _ => Ok(()),
            };
        };
        let task_id = task_record.id.clone();
        if result.status == Status::Running {
            return self.record_running(at, task, &task_id, result, is_late);
        }
        self.awaiting.remove(&id);
        self.outdated.remove(&id);
        let status = match result.status {
            Status::Terminal => failure_status(stage, Status::Terminal),
            Status::Canceled => failure_status(stage, Status::Canceled),
            status => status,
        };
        let TaskResult { context, outputs, failure, unmade, .. } = result;
        self.record(Event::TaskCompleted { stage: id, task: task_id, status, context, outputs, failure, unmade })
    }

    fn record_running(
        &mut self,
        at: usize,
        task: usize,
        task_id: &str,
        result: TaskResult,
        is_late: bool,
    ) -> Result<(), Error> {
        let policy = self.policy(at, task);
        let now = self.clock.now();
        let stage = self.state.stage(at);
        let id = stage.id.clone();
        // A look that began in time and ended late was not asked why: one more is.
        if is_late && let Some(deadline) = self.deadline(at, task).filter(|deadline| deadline.moment <= now) {
            return self.time_out(at, task_id, deadline, result);
        }
        let is_outdated = self.outdated.remove(&id);
        let raised = stage.context.get("backoffPeriodMs").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let wait = result.retry_in.unwrap_or(policy.backoff).max(Duration::from_millis(raised));
        let mut due = now + Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX / 4);
        if let Some(deadline) = self.deadline(at, task) {
            due = due.min(deadline.moment);
        }
        if is_outdated {
            due = now;
        }
        let is_new = |(key, value): (&String, &serde_json::Value)| stage.context.get(key) != Some(value);
        let is_news = result.context.iter().any(is_new)
            || result.outputs.iter().any(|(key, value)| stage.outputs.get(key) != Some(value))
            || !result.unmade.is_empty();
        match result.awaits.filter(|_| !is_outdated) {
            Some(awaits) => self.awaiting.insert(id.clone(), awaits),
            None => self.awaiting.remove(&id),
        };
        self.due.insert(id.clone(), due);
        self.timers.push(Reverse((due, id.clone())));
        if is_news {
            let TaskResult { context, outputs, unmade, .. } = result;
            self.record(Event::TaskUpdated { stage: id, task: task_id.to_owned(), context, outputs, unmade })?;
        }
        Ok(())
    }

    fn time_out(&mut self, at: usize, task_id: &str, deadline: Deadline, result: TaskResult) -> Result<(), Error> {
        let stage = self.state.stage(at);
        let marked = stage.context.get("markSuccessfulOnTimeout") == Some(&serde_json::Value::Bool(true));
        let name = task_id.parse::<usize>().ok().and_then(|id| stage.tasks.get(id - 1)).map(|task| task.name.clone());
        let mut failure = Failure::new(format!(
            "'{}' was not done after {}",
            name.unwrap_or_default(),
            human_duration(deadline.limit)
        ))
        .of_kind(FailureKind::Timeout);
        // What the task said while it was still waiting is why it is late.
        if let Some(reason) = result.failure {
            failure.details.push(reason.message);
            failure.details.extend(reason.details);
        }
        let status = if marked { Status::Succeeded } else { failure_status(stage, Status::Terminal) };
        let failure = (!marked).then_some(failure);
        let (stage, task) = (stage.id.clone(), task_id.to_owned());
        self.awaiting.remove(&stage);
        let TaskResult { context, outputs, unmade, .. } = result;
        self.record(Event::TaskCompleted { stage, task, status, context, outputs, failure, unmade })
    }

    /// When a task fails by itself (contract 2.3): its own timeout, or the nearest `stageTimeoutMs` above it.
    pub(super) fn deadline(&self, at: usize, task: usize) -> Option<Deadline> {
        let stage = self.state.stage(at);
        if stage.kind == "restrictExecutionDuringTimeWindow" {
            return None;
        }
        let policy = self.policy(at, task);
        let task_start = stage.tasks.get(task)?.start_time?;
        let mut limit: Option<(Millis, Millis)> = None;
        let mut above = Some(at);
        while let Some(position) = above {
            let record = self.state.stage(position);
            let timeout = record.context.get("stageTimeoutMs").filter(|value| value.is_number());
            if let Some(timeout) = timeout.and_then(|value| value.as_f64()) {
                let start = record.start_time.unwrap_or(task_start) + self.window_wait(position);
                limit = Some((start, timeout as Millis));
                break;
            }
            above = self.state.node(position).parent;
        }
        let own = policy.timeout.map(|own| (task_start, Millis::try_from(own.as_millis()).unwrap_or(Millis::MAX / 4)));
        let candidates = match (limit, own) {
            (Some(stage), Some(_)) if policy.overridable => vec![stage],
            (stage, own) => stage.into_iter().chain(own).collect(),
        };
        let now = self.clock.now();
        let deadline = |(start, limit): (Millis, Millis)| Deadline {
            moment: start + limit + self.state.paused_between(start, now),
            limit: Duration::from_millis(u64::try_from(limit).unwrap_or(0)),
        };
        candidates.into_iter().map(deadline).min_by_key(|deadline| deadline.moment)
    }

    /// Time that a stage's execution window took, which no timeout counts.
    fn window_wait(&self, at: usize) -> Millis {
        let windows = self.state.node(at).before.iter().map(|child| self.state.stage(*child));
        windows
            .filter(|child| child.kind == "restrictExecutionDuringTimeWindow")
            .filter_map(|window| Some(window.end_time? - window.start_time?))
            .sum()
    }
}
