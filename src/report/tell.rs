//! What happened, in words: the one place that turns records into lines for people.

use std::time::Duration;

use super::style::{Role, mark_of, role_of, words_of};
use super::unresolved::remarks;
use crate::history::{Event, Mutation, Record};
use crate::model::{Execution, Failure, Map, Millis, StageExecution, Status, human_duration};

/// How much a line matters, which decides where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Something begins; a live display shows it by itself.
    Beginning,
    /// Something happened or ended.
    News,
    /// Something went wrong: shown also to those who asked for less.
    Alarm,
}

/// A line for people, with lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// How deep it stands.
    pub(super) depth: usize,
    /// Its sign; none when empty.
    pub(super) mark: &'static str,
    /// What it means.
    pub(super) role: Role,
    /// The line.
    pub(super) text: String,
    /// Lines below it.
    pub(super) details: Vec<String>,
    /// How much it matters.
    pub(super) weight: Weight,
}

impl Said {
    pub(super) fn new(depth: usize, mark: &'static str, role: Role, text: impl Into<String>) -> Self {
        Self { depth, mark, role, text: text.into(), details: Vec::new(), weight: Weight::News }
    }

    fn weighing(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }
}

/// What a record says; nothing for those that are of use to the engine only.
pub(super) fn tell(execution: &Execution, record: &Record) -> Option<Said> {
    let about = |id: &str| execution.stage(id).map(|stage| (stage, depth(execution, stage)));
    match &record.event {
        Event::StageStarted { stage, failure, .. } => {
            let (stage, depth) = about(stage)?;
            Some(match failure {
                Some(failure) => failed(depth, &format!("{} could not be planned", stage.name), failure),
                None => begins(stage, depth),
            })
        }
        Event::StageSkipped { stage, reason } => {
            let (stage, depth) = about(stage)?;
            let text = format!("{} was skipped: {reason}", stage.name);
            Some(Said::new(depth, mark_of(Status::Skipped), Role::Dim, text))
        }
        Event::StagePlanningFailed { stage, failure, .. } => {
            let (stage, depth) = about(stage)?;
            Some(failed(depth, &format!("{}: what follows could not be planned", stage.name), failure))
        }
        Event::MutationRecorded { stage, mutation, .. } => {
            let (_, depth) = about(stage)?;
            Some(Said::new(depth + 1, "~", Role::Plain, mutation_words(mutation)))
        }
        Event::TaskCompleted { stage, failure: Some(failure), .. } => {
            let (stage, depth) = about(stage)?;
            Some(failed(depth, &stage.name, failure))
        }
        Event::StagePatched { stage, by, patch } => {
            let (stage, depth) = about(stage)?;
            Some(Said::new(depth + 1, "✎", Role::Hint, format!("{}: {}", stage.name, patch_words(patch, by))))
        }
        Event::StageCompleted { stage, status } => {
            let (stage, depth) = about(stage)?;
            Some(ends(stage, *status, depth))
        }
        Event::StageRestarted { stage, by, .. } => {
            let (stage, depth) = about(stage)?;
            Some(Said::new(depth, "↻", Role::Hint, format!("{} restarted by {by}", stage.name)))
        }
        _ => tell_of_execution(execution, record),
    }
}

fn tell_of_execution(execution: &Execution, record: &Record) -> Option<Said> {
    let name = title(execution);
    let id = &execution.id;
    let said = match &record.event {
        Event::ExecutionStarted if execution.start_time == Some(record.at) => {
            let by = &execution.authentication.user;
            Said::new(0, "▸", Role::Strong, format!("{name} begins: execution {id}, run by {by}"))
        }
        // The first runner's attaching is the beginning itself.
        Event::RunnerAttached { runner } if execution.start_time.is_some() => {
            let text = format!("{name} goes on: execution {id}, in process {} on {}", runner.pid, runner.host);
            Said::new(0, "▸", Role::Strong, text)
        }
        Event::RunnerDetached { reason } => Said::new(0, "‖", Role::Wait, format!("{name} is left: {reason}")),
        Event::ExecutionCancelRequested { by, reason } => {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            Said::new(0, "⊘", Role::Wait, format!("{name} is being canceled by {by}{reason}"))
        }
        Event::ExecutionPaused { by } => Said::new(0, "‖", Role::Wait, format!("{name} paused by {by}")),
        Event::ExecutionUnpaused { by } => Said::new(0, "▸", Role::Hint, format!("{name} goes on, says {by}")),
        Event::ExecutionCompleted { status } => {
            let weight = if role_of(*status) == Role::Fail { Weight::Alarm } else { Weight::News };
            let text = format!("{name} {}", completed_words(execution, *status));
            Said::new(0, mark_of(*status), role_of(*status), text).weighing(weight)
        }
        Event::Unknown => Said::new(0, "?", Role::Dim, "something that only a newer gennaker knows"),
        _ => return None,
    };
    Some(said)
}

fn begins(stage: &StageExecution, depth: usize) -> Said {
    let kind = if stage.kind == stage.name { String::new() } else { format!(" ({})", stage.kind) };
    Said::new(depth, "▸", Role::Plain, format!("{}{kind} begins", stage.name)).weighing(Weight::Beginning)
}

fn ends(stage: &StageExecution, status: Status, depth: usize) -> Said {
    let after = elapsed(stage.start_time, stage.end_time).map(|time| format!(" after {time}")).unwrap_or_default();
    let weight = if role_of(status) == Role::Fail { Weight::Alarm } else { Weight::News };
    let text = format!("{} {}{after}", stage.name, words_of(status));
    let mut said = Said::new(depth, mark_of(status), role_of(status), text).weighing(weight);
    said.details = remarks(stage);
    said
}

fn failed(depth: usize, what: &str, failure: &Failure) -> Said {
    let mut said = Said::new(depth + 1, "!", Role::Fail, format!("{what}: {}", failure.message));
    said.details.clone_from(&failure.details);
    said.weighing(Weight::Alarm)
}

/// `succeeded in 3m 05s`.
pub(super) fn completed_words(execution: &Execution, status: Status) -> String {
    let time = elapsed(execution.start_time, execution.end_time);
    let time = time.map(|time| format!(" after {time}")).unwrap_or_default();
    let why = match (status, &execution.canceled_by) {
        (Status::Canceled, Some(by)) => format!(" by {by}"),
        _ => String::new(),
    };
    format!("{}{why}{time}", words_of(status))
}

/// The execution by the name people know it by.
pub(super) fn title(execution: &Execution) -> &str {
    if execution.name.is_empty() { "the execution" } else { &execution.name }
}

/// `create server group local/local/hello-v001 (3 instances)`.
#[must_use]
pub fn mutation_words(mutation: &Mutation) -> String {
    let mut text = spaced(&mutation.operation);
    if !mutation.target.is_empty() {
        text.push(' ');
        text.push_str(&mutation.target);
    }
    if !mutation.detail.is_empty() {
        text.push_str(&format!(" ({})", mutation.detail));
    }
    text
}

/// `createServerGroup` as `create server group`.
fn spaced(operation: &str) -> String {
    let mut text = String::with_capacity(operation.len() + 4);
    for c in operation.chars() {
        if c.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn patch_words(patch: &Map, by: &str) -> String {
    let text = |key: &str| patch.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    if let Some(word) = text("judgmentStatus") {
        let input = text("judgmentInput").map(|input| format!(", '{input}'")).unwrap_or_default();
        return format!("judged '{word}'{input} by {by}");
    }
    if patch.contains_key("skipRemainingWait") {
        return format!("the rest of the wait is skipped by {by}");
    }
    let keys: Vec<&str> = patch.keys().map(String::as_str).collect();
    format!("{by} set {}", keys.join(", "))
}

/// How far below the top level a stage stands.
pub(super) fn depth(execution: &Execution, stage: &StageExecution) -> usize {
    let mut depth = 1;
    let mut above = stage.parent_stage_id.as_deref();
    while let Some(parent) = above.and_then(|id| execution.stage(id)) {
        depth += 1;
        above = parent.parent_stage_id.as_deref();
    }
    depth
}

/// The time from one moment to another.
pub(super) fn elapsed(from: Option<Millis>, to: Option<Millis>) -> Option<String> {
    Some(human_duration(Duration::from_millis(u64::try_from(to? - from?).unwrap_or(0))))
}

/// A stage's recorded failure: its message and the lines below it.
#[must_use]
pub fn failure_of(stage: &StageExecution) -> Option<(String, Vec<String>)> {
    let details = stage.context.get("exception")?.get("details")?;
    let message = details.get("error")?.as_str()?.to_owned();
    let lines = details.get("errors").and_then(|errors| errors.as_array()).into_iter().flatten();
    let more = lines.filter_map(|line| line.as_str()).filter(|line| *line != message).map(str::to_owned).collect();
    Some((message, more))
}

/// What a stage wrote, without what would move the cursor.
pub(super) fn clean_output(line: &str) -> &str {
    let line = line.trim_end_matches(['\r', '\n']);
    // A progress bar that overwrites itself: what it ended with.
    line.rsplit('\r').next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_become_words() {
        let mutation = Mutation {
            operation: "createServerGroup".into(),
            target: "local/local/hello-v001".into(),
            detail: "3 instances".into(),
        };
        assert_eq!(mutation_words(&mutation), "create server group local/local/hello-v001 (3 instances)");
        assert_eq!(mutation_words(&Mutation { operation: "wait".into(), ..Mutation::default() }), "wait");
    }

    #[test]
    fn a_bar_that_overwrites_itself_is_its_last_state() {
        assert_eq!(clean_output("10%\r50%\r100%\r\n"), "100%");
        assert_eq!(clean_output("plain"), "plain");
    }

    #[test]
    fn a_failure_is_read_back_from_the_document() {
        let exception = serde_json::json!({"details": {"error": "gone", "errors": ["gone", "line 1"]}});
        let context = serde_json::json!({"exception": exception}).as_object().unwrap().clone();
        let stage = StageExecution { context, ..StageExecution::default() };
        assert_eq!(failure_of(&stage), Some(("gone".to_owned(), vec!["line 1".to_owned()])));
    }
}
