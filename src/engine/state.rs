//! The state of an execution: a fold over its events. No clock and no I/O here, so that reading a journal and living
//! through it give the same state.

mod graph;
mod restart;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::history::{Event, Mutation, Phase, Record};
use crate::model::{Execution, Failure, Map, Millis, Paused, StageExecution, Status, TaskExecution};

/// An event that cannot follow what happened before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IllegalEvent(String);

/// An execution with what the engine derives from it. [`State::apply`] is the only way to change it.
#[derive(Clone, Debug, Default)]
pub struct State {
    execution: Arc<Execution>,
    nodes: Vec<Node>,
    positions: HashMap<String, usize>,
    attention: BTreeSet<usize>,
    seq: u64,
    last_at: Millis,
    pauses: Vec<(Millis, Option<Millis>)>,
    cancel_requested: bool,
    mutations: Vec<(String, Mutation)>,
    top: Tally,
}

/// What the graph adds to a stage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) parent: Option<usize>,
    pub(crate) before: Vec<usize>,
    pub(crate) after: Vec<usize>,
    requisites: Vec<usize>,
    downstream: Vec<usize>,
    /// Requisites that do not let it start (yet).
    open: usize,
    /// Whether the stages after its tasks, or those for its failure, were planned.
    pub(crate) after_planned: bool,
    pub(crate) on_failure_planned: bool,
    pub(crate) plan_failed: bool,
    /// Whether it exists because its parent failed.
    pub(crate) because_of_failure: bool,
    /// Position of the first task that has not ended.
    pub(crate) task: usize,
}

/// How many top-level stages stand where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) total: usize,
    pub(crate) passed: usize,
    pub(crate) running: usize,
    pub(crate) terminal: usize,
    pub(crate) canceled: usize,
    pub(crate) stopped: usize,
    pub(crate) fail_at_end: bool,
}

impl State {
    /// The state after these records.
    pub fn replay(records: &[Record]) -> Result<Self, IllegalEvent> {
        let mut state = Self::default();
        for record in records {
            state.apply(record)?;
        }
        Ok(state)
    }

    /// The execution document.
    #[must_use]
    pub fn execution(&self) -> &Arc<Execution> {
        &self.execution
    }

    /// Number of the last record.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Time of the last record.
    #[must_use]
    pub fn last_at(&self) -> Millis {
        self.last_at
    }

    /// Whether somebody asked for the end.
    #[must_use]
    pub fn is_cancel_requested(&self) -> bool {
        self.cancel_requested
    }

    /// Changes of the world that were announced, but for those that were then not made: (stage id, mutation).
    #[must_use]
    pub fn mutations(&self) -> &[(String, Mutation)] {
        &self.mutations
    }

    /// Milliseconds of a span during which the execution was paused.
    #[must_use]
    pub fn paused_between(&self, from: Millis, to: Millis) -> Millis {
        self.pauses.iter().map(|(start, end)| (end.unwrap_or(to).min(to) - (*start).max(from)).max(0)).sum()
    }

    /// The stage at a position.
    pub(crate) fn stage(&self, at: usize) -> &StageExecution {
        &self.execution.stages[at]
    }

    pub(crate) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// Position of a stage by its id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }

    pub(crate) fn top(&self) -> &Tally {
        &self.top
    }

    /// Whether all requisites let the stage start.
    pub(crate) fn is_ready(&self, at: usize) -> bool {
        self.nodes[at].open == 0
    }

    /// Takes a stage that something happened to since it was last looked at.
    pub(crate) fn take_attention(&mut self) -> Option<usize> {
        self.attention.pop_first()
    }

    pub(crate) fn attend(&mut self, at: usize) {
        self.attention.insert(at);
    }

    /// Looks at every stage that is running or could start: after attaching, unpausing, a cancellation.
    pub(crate) fn attend_all(&mut self) {
        for at in 0..self.nodes.len() {
            let status = self.stage(at).status;
            if status == Status::Running || (status == Status::NotStarted && self.is_ready(at)) {
                self.attention.insert(at);
            }
        }
    }

    /// Notes that there was nothing to add to a running stage. Not recorded: whoever replays asks again.
    pub(crate) fn added_nothing(&mut self, at: usize, phase: Phase) {
        match phase {
            Phase::After => self.nodes[at].after_planned = true,
            Phase::OnFailure => self.nodes[at].on_failure_planned = true,
        }
        self.attention.insert(at);
    }

    /// Folds one record in. Nothing is changed when it is illegal.
    pub fn apply(&mut self, record: &Record) -> Result<(), IllegalEvent> {
        if record.seq != self.seq + 1 {
            return Err(IllegalEvent(format!("record {} follows record {}", record.seq, self.seq)));
        }
        self.change(record)?;
        self.seq = record.seq;
        self.last_at = self.last_at.max(record.at);
        Ok(())
    }

    fn change(&mut self, record: &Record) -> Result<(), IllegalEvent> {
        let status = self.execution.status;
        let at = record.at;
        match (&record.event, status) {
            (Event::ExecutionRecorded { execution }, _) if self.seq == 0 => {
                self.execution = Arc::new((**execution).clone());
                self.reindex();
            }
            (_, _) if self.seq == 0 => {
                return Err(IllegalEvent("the first record does not record an execution".into()));
            }
            (Event::RunnerAttached { .. }, _) => self.attend_all(),
            (Event::RunnerDetached { .. }, _) => {}
            (Event::ExecutionStarted, Status::NotStarted) => {
                let execution = self.edit();
                execution.status = Status::Running;
                execution.start_time.get_or_insert(at);
                self.attend_all();
            }
            (Event::ExecutionCancelRequested { by, reason }, _) if !status.is_complete() => {
                let execution = self.edit();
                execution.canceled = true;
                execution.canceled_by = Some(by.clone());
                execution.cancellation_reason = Some(reason.clone());
                if status == Status::Paused {
                    execution.status = Status::Running;
                }
                self.close_pause(at, by);
                self.cancel_requested = true;
                self.attend_all();
            }
            (Event::ExecutionPaused { by }, Status::Running) => {
                let execution = self.edit();
                execution.status = Status::Paused;
                execution.paused = Some(Paused { paused_by: by.clone(), pause_time: at, ..Paused::default() });
                self.pauses.push((at, None));
            }
            (Event::ExecutionUnpaused { by }, Status::Paused) => {
                self.edit().status = Status::Running;
                self.close_pause(at, by);
                self.attend_all();
            }
            (Event::ExecutionCompleted { status: end }, _) if !status.is_complete() && end.is_complete() => {
                let execution = self.edit();
                execution.status = *end;
                execution.end_time = Some(at);
            }
            (Event::StageRestarted { stage, by, forget, forget_after, queued }, _) => {
                let forget_of = |id: &str| if id == stage { Some(forget) } else { forget_after.get(id) };
                self.restart(stage, by, forget_of, *queued, at)?;
            }
            (event, Status::Running | Status::Paused) => self.change_stage(event, at)?,
            (event, status) => return Err(IllegalEvent(format!("{} cannot happen while {status}", name_of(event)))),
        }
        Ok(())
    }

    /// Events of stages and tasks of a running execution.
    fn change_stage(&mut self, event: &Event, at: Millis) -> Result<(), IllegalEvent> {
        match event {
            Event::StageStarted { stage, context, tasks, before, failure } => {
                let position = self.expect(stage, Status::NotStarted, event)?;
                let record = self.edit_stage(position);
                record.status = Status::Running;
                record.start_time = Some(at);
                record.context.clone_from(context);
                record.tasks = planned_tasks(tasks);
                if let Some(failure) = failure {
                    record_exception(record, failure, at);
                    record.context.insert("beforeStagePlanningFailed".into(), Value::Bool(true));
                    self.nodes[position].plan_failed = true;
                }
                self.add(position, before, false);
                self.count_top(position, Status::NotStarted, Status::Running);
                self.attention.insert(position);
            }
            Event::StageSkipped { stage, .. } => {
                let position = self.expect(stage, Status::NotStarted, event)?;
                self.complete(position, Status::Skipped, at);
            }
            Event::StagesAdded { stage, phase, stages } => {
                let position = self.expect(stage, Status::Running, event)?;
                if *phase == Phase::OnFailure {
                    self.drop_unstarted(position);
                }
                let position = self.position(stage).expect("a running stage is never dropped");
                match phase {
                    Phase::After => self.nodes[position].after_planned = true,
                    Phase::OnFailure => self.nodes[position].on_failure_planned = true,
                }
                self.add(position, stages, *phase == Phase::OnFailure);
                self.attention.insert(position);
            }
            Event::StagePlanningFailed { stage, phase, failure } => {
                let position = self.expect(stage, Status::Running, event)?;
                record_exception(self.edit_stage(position), failure, at);
                let node = &mut self.nodes[position];
                node.plan_failed = true;
                match phase {
                    Phase::After => node.after_planned = true,
                    Phase::OnFailure => node.on_failure_planned = true,
                }
                self.attention.insert(position);
            }
            Event::TaskStarted { stage, task } => {
                let position = self.expect(stage, Status::Running, event)?;
                let task = self.edit_task(position, task, event)?;
                if task.status.is_complete() {
                    return Err(IllegalEvent(format!("task {} of stage {stage} starts after its end", task.name)));
                }
                task.status = Status::Running;
                task.start_time.get_or_insert(at);
                self.attention.insert(position);
            }
            Event::TaskUpdated { stage, task, context, outputs, unmade } => {
                let position = self.expect(stage, Status::Running, event)?;
                self.forget_mutations(stage, unmade);
                self.edit_task(position, task, event)?;
                self.merge(position, context, outputs);
            }
            Event::MutationRecorded { stage, task, mutation } => {
                let position = self.expect(stage, Status::Running, event)?;
                self.edit_task(position, task, event)?;
                self.mutations.push((stage.clone(), mutation.clone()));
            }
            Event::TaskCompleted { stage, task, status, context, outputs, failure, unmade } => {
                let position = self.expect(stage, Status::Running, event)?;
                self.forget_mutations(stage, unmade);
                self.forget_mutations(stage, failure.as_ref().map_or(&[], |failure| failure.unmade.as_slice()));
                let task = self.edit_task(position, task, event)?;
                if task.status != Status::Running {
                    return Err(IllegalEvent(format!("task {} of stage {stage} ends without running", task.name)));
                }
                task.status = *status;
                task.end_time = Some(at);
                self.merge(position, context, outputs);
                if *status == Status::Redirect {
                    self.rewind(position);
                } else if !status.is_halt() {
                    self.nodes[position].task += 1;
                }
                if let Some(failure) = failure {
                    record_exception(self.edit_stage(position), failure, at);
                }
                self.attention.insert(position);
            }
            Event::StagePatched { stage, by, patch } => {
                let position = self.known(stage)?;
                self.merge(position, patch, &Map::new());
                let record = self.edit_stage(position);
                record.context.insert("lastModifiedBy".into(), Value::String(by.clone()));
                record.last_modified = Some(json!({"user": by, "allowedAccounts": [], "lastModifiedTime": at}));
                self.attention.insert(position);
            }
            Event::StageCompleted { stage, status } => {
                let position = self.expect(stage, Status::Running, event)?;
                self.complete(position, *status, at);
            }
            other => return Err(IllegalEvent(format!("{} is not known to this version", name_of(other)))),
        }
        Ok(())
    }

    fn complete(&mut self, position: usize, status: Status, at: Millis) {
        let record = self.edit_stage(position);
        let previous = record.status;
        record.status = status;
        record.end_time = Some(at);
        record.start_time.get_or_insert(at);
        self.count_top(position, previous, status);
        if status.lets_downstream_start() {
            for next in self.nodes[position].downstream.clone() {
                self.nodes[next].open -= 1;
                if self.nodes[next].open == 0 {
                    self.attention.insert(next);
                }
            }
        }
        self.attention.extend(self.nodes[position].parent);
        // What runs beside it may have to end now.
        if status.is_halt() || (status == Status::FailedContinue && self.nodes[position].parent.is_some()) {
            self.attend_all();
        }
    }

    fn count_top(&mut self, position: usize, from: Status, to: Status) {
        if self.nodes[position].parent.is_some() {
            return;
        }
        if from == Status::Running {
            self.top.running -= 1;
        }
        match to {
            Status::Running => self.top.running += 1,
            Status::Terminal => self.top.terminal += 1,
            Status::Canceled => self.top.canceled += 1,
            Status::Stopped => {
                self.top.stopped += 1;
                let context = &self.execution.stages[position].context;
                self.top.fail_at_end |= context.get("completeOtherBranchesThenFail") == Some(&Value::Bool(true));
            }
            status if status.lets_downstream_start() => self.top.passed += 1,
            _ => {}
        }
    }

    /// Takes back what was announced last for these targets: it was not made. What was announced before, by a process
    /// that died or in a look that went wrong, may have been.
    fn forget_mutations(&mut self, stage: &str, targets: &[String]) {
        for target in targets {
            let of_target = |(of, mutation): &(String, Mutation)| of == stage && mutation.target == *target;
            if let Some(last) = self.mutations.iter().rposition(of_target) {
                self.mutations.remove(last);
            }
        }
    }

    fn merge(&mut self, position: usize, context: &Map, outputs: &Map) {
        if context.is_empty() && outputs.is_empty() {
            return;
        }
        let record = self.edit_stage(position);
        record.context.extend(context.iter().map(|(key, value)| (key.clone(), value.clone())));
        let kept = outputs.iter().filter(|(key, _)| *key != "stageTimeoutMs");
        record.outputs.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    }

    fn close_pause(&mut self, at: Millis, by: &str) {
        if let Some((_, end @ None)) = self.pauses.last_mut() {
            *end = Some(at);
            if let Some(paused) = &mut self.edit().paused {
                paused.resumed_by = Some(by.to_owned());
                paused.resume_time = Some(at);
            }
        }
    }

    fn known(&self, stage: &str) -> Result<usize, IllegalEvent> {
        self.position(stage).ok_or_else(|| IllegalEvent(format!("there is no stage {stage}")))
    }

    fn expect(&self, stage: &str, wanted: Status, event: &Event) -> Result<usize, IllegalEvent> {
        let position = self.known(stage)?;
        let status = self.stage(position).status;
        if status == wanted {
            Ok(position)
        } else {
            Err(IllegalEvent(format!("{} cannot happen to stage {stage} while it is {status}", name_of(event))))
        }
    }

    fn edit(&mut self) -> &mut Execution {
        Arc::make_mut(&mut self.execution)
    }

    fn edit_stage(&mut self, position: usize) -> &mut StageExecution {
        Arc::make_mut(&mut self.edit().stages[position])
    }

    fn edit_task(&mut self, position: usize, id: &str, event: &Event) -> Result<&mut TaskExecution, IllegalEvent> {
        let found = id.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match found.filter(|index| *index < self.stage(position).tasks.len()) {
            Some(index) => Ok(&mut self.edit_stage(position).tasks[index]),
            None => Err(IllegalEvent(format!("{} names task {id}, which its stage does not have", name_of(event)))),
        }
    }
}

fn planned_tasks(names: &[String]) -> Vec<TaskExecution> {
    let last = names.len().saturating_sub(1);
    let task = |(index, name): (usize, &String)| TaskExecution {
        id: (index + 1).to_string(),
        name: name.clone(),
        implementing_class: name.clone(),
        stage_start: index == 0,
        stage_end: index == last,
        ..TaskExecution::default()
    };
    names.iter().enumerate().map(task).collect()
}

/// The `exception` of a stage's context, in Spinnaker's shape (contract 2.6).
fn record_exception(stage: &mut StageExecution, failure: &Failure, at: Millis) {
    let mut errors = vec![failure.message.clone()];
    errors.extend(failure.details.iter().cloned());
    let exception = json!({
        "exceptionType": format!("{:?}", failure.kind),
        "operation": stage.kind,
        "timestamp": at,
        "shouldRetry": failure.retryable,
        "details": {"error": failure.message, "errors": errors},
    });
    stage.context.insert("exception".into(), exception);
}

fn name_of(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap_or_default();
    value["event"].as_str().unwrap_or("an event").to_owned()
}
