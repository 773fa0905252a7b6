//! What comes next: pure rules over a state (contract 2.2). Branch, join, skip, failure options and cancellation live
//! here and nowhere else.

use serde_json::Value;

use super::state::State;
use crate::history::{Event, Phase};
use crate::model::{StageExecution, Status};

/// The next thing to do about a stage.
#[derive(Debug)]
pub(crate) enum Step {
    /// Record this.
    Record(Box<Event>),
    /// Decide what the stage consists of.
    Plan,
    /// Plan what follows its tasks, or its failure.
    PlanMore(Phase),
    /// Look at this task.
    Run(usize),
    /// Stop what its running task left going, then record its end.
    Cancel,
    /// Nothing, until something else happens.
    Rest,
}

impl Step {
    fn record(event: Event) -> Self {
        Self::Record(Box::new(event))
    }
}

/// What a failure of this stage becomes (contract 2.2).
#[must_use]
pub(crate) fn failure_status(stage: &StageExecution, default: Status) -> Status {
    let flag = |key: &str| stage.context.get(key).and_then(boolean);
    if flag("continuePipeline") == Some(true) {
        Status::FailedContinue
    } else if flag("failPipeline").unwrap_or(true) {
        default
    } else {
        Status::Stopped
    }
}

/// Orca's maps hold booleans as such or as text.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => Some(text.eq_ignore_ascii_case("true")),
        _ => None,
    }
}

/// The next step of the stage at this position.
pub(crate) fn step(state: &State, at: usize) -> Step {
    match state.stage(at).status {
        Status::NotStarted => step_waiting(state, at),
        Status::Running => step_running(state, at),
        _ => Step::Rest,
    }
}

fn step_waiting(state: &State, at: usize) -> Step {
    let startable = state.execution().status == Status::Running && !state.is_cancel_requested() && state.is_ready(at);
    if !startable {
        return Step::Rest;
    }
    match state.node(at).parent {
        None if state.top().terminal > 0 || state.top().canceled > 0 => Step::Rest,
        None => Step::Plan,
        Some(parent) if state.stage(parent).status == Status::Running => Step::Plan,
        Some(_) => Step::Rest,
    }
}

fn step_running(state: &State, at: usize) -> Step {
    let node = state.node(at);
    if must_end(state, at) {
        return step_canceling(state, at);
    }
    if node.plan_failed {
        return finish(state, at);
    }
    if !node.before.iter().all(|child| passes(state, *child)) {
        // A child that ended badly ends its parent; otherwise the children go on first.
        let ended_badly = node.before.iter().any(|child| ends_parent(state, *child));
        return if ended_badly { finish(state, at) } else { Step::Rest };
    }
    let stage = state.stage(at);
    if let Some(task) = stage.tasks.get(node.task).filter(|_| node.after.is_empty()) {
        return match task.status {
            Status::NotStarted => Step::record(Event::TaskStarted { stage: stage.id.clone(), task: task.id.clone() }),
            Status::Running => Step::Run(node.task),
            _ => finish(state, at),
        };
    }
    finish(state, at)
}

/// Whether a running stage may not go on: the execution or something above it ends, or a sibling ended badly.
fn must_end(state: &State, at: usize) -> bool {
    if state.is_cancel_requested() {
        return true;
    }
    let node = state.node(at);
    let Some(parent) = node.parent else { return state.top().terminal > 0 || state.top().canceled > 0 };
    let siblings =
        if state.node(parent).before.contains(&at) { &state.node(parent).before } else { &state.node(parent).after };
    let same_phase = |sibling: &usize| state.node(*sibling).because_of_failure == node.because_of_failure;
    state.stage(parent).status.is_complete()
        || siblings.iter().any(|sibling| *sibling != at && same_phase(sibling) && ends_parent(state, *sibling))
        || must_end(state, parent)
}

fn passes(state: &State, child: usize) -> bool {
    state.stage(child).status.lets_downstream_start() && !ends_parent(state, child)
}

/// Whether a synthetic child's end ends its parent (contract 2.2, propagation).
fn ends_parent(state: &State, child: usize) -> bool {
    let child = state.stage(child);
    match child.status {
        Status::FailedContinue => {
            child.context.get("allowSiblingStagesToContinueOnFailure").and_then(boolean) != Some(true)
        }
        status => status.is_halt(),
    }
}

/// A running stage that must end: its children first, then its task, then itself.
fn step_canceling(state: &State, at: usize) -> Step {
    let node = state.node(at);
    let children = node.before.iter().chain(&node.after);
    if children.clone().any(|child| state.stage(*child).status == Status::Running) {
        return Step::Rest;
    }
    let stage = state.stage(at);
    if stage.tasks.iter().any(|task| task.status == Status::Running) {
        return Step::Cancel;
    }
    Step::record(Event::StageCompleted { stage: stage.id.clone(), status: Status::Canceled })
}

/// Everything planned so far has ended: more to plan, or the end.
fn finish(state: &State, at: usize) -> Step {
    let node = state.node(at);
    let stage = state.stage(at);
    let running = node.before.iter().chain(&node.after).any(|child| state.stage(*child).status == Status::Running);
    if running {
        return Step::Rest;
    }
    let status = status_of(state, at);
    let end = |status| Step::record(Event::StageCompleted { stage: stage.id.clone(), status });
    match status {
        // After-stages that wait for each other or are about to start.
        Status::Running => Step::Rest,
        Status::NotStarted if node.after_planned => end(Status::Skipped),
        status if !status.is_halt() && !node.after_planned => Step::PlanMore(Phase::After),
        status if status.is_halt() && status.is_failure() && !node.on_failure_planned => {
            Step::PlanMore(Phase::OnFailure)
        }
        status => end(status),
    }
}

/// The status that a stage's parts give it: the first rule that applies (contract 2.2).
fn status_of(state: &State, at: usize) -> Status {
    let node = state.node(at);
    let stage = state.stage(at);
    let children = || node.before.iter().chain(&node.after).map(|child| state.stage(*child).status);
    let parts = || children().chain(stage.tasks.iter().map(|task| task.status));
    let any = |wanted: Status| parts().any(|status| status == wanted);
    let waiting = || node.after.iter().any(|child| state.stage(*child).status == Status::NotStarted);
    let for_failure = || node.after.iter().filter(|child| state.node(**child).because_of_failure);
    let cures = for_failure().any(|child| state.stage(*child).status == Status::NotStarted)
        && !for_failure().any(|child| ends_parent(state, *child));
    let derived = if cures {
        // Stages planned because of the failure run before it counts.
        Status::Running
    } else if node.plan_failed || any(Status::Terminal) {
        failure_status(stage, Status::Terminal)
    } else if parts().next().is_none() {
        Status::NotStarted
    } else if any(Status::Stopped) {
        Status::Stopped
    } else if any(Status::Canceled) {
        Status::Canceled
    } else if any(Status::FailedContinue) && (!waiting() || node.after.iter().any(|c| ends_parent(state, *c))) {
        Status::FailedContinue
    } else if waiting() {
        Status::Running
    } else if any(Status::Skipped) && stage.context.get("manualSkip").and_then(boolean) == Some(true) {
        Status::Skipped
    } else if parts().all(|status| status.lets_downstream_start()) {
        Status::Succeeded
    } else {
        Status::Terminal
    };
    let strict = stage.context.get("failOnFailedExpressions") == Some(&Value::Bool(true));
    let failed_expressions =
        stage.context.get("expressionEvaluationSummary").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    // Bypasses continuePipeline, as orca does.
    if strict && failed_expressions && derived.is_complete() { Status::Terminal } else { derived }
}

/// How the execution ends, once it does (contract 2.2, pipeline status). `busy` tells whether any work is under way.
pub(crate) fn execution_end(state: &State, busy: bool) -> Option<Status> {
    let top = state.top();
    if busy || top.running > 0 {
        return None;
    }
    if top.terminal > 0 {
        return Some(Status::Terminal);
    }
    if top.canceled > 0 || state.is_cancel_requested() {
        return Some(Status::Canceled);
    }
    if top.total == 0 {
        return Some(Status::Terminal);
    }
    if top.passed == top.total {
        return Some(Status::Succeeded);
    }
    // A stopped branch, or (never after validation) stages that nothing can start.
    Some(if top.stopped == 0 || top.fail_at_end { Status::Terminal } else { Status::Succeeded })
}
