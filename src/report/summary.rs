//! The end of a report: how it ended, what changed, and which commands come next.

use serde_json::Value;

use super::style::{Role, mark_of, role_of};
use super::tell::{Said, Weight, completed_words, failure_of, mutation_words, title};
use crate::history::Mutation;
use crate::model::{Execution, StageExecution, Status};

/// Changes listed before the rest is only counted.
const MOST_CHANGES: usize = 20;

/// The lines that end a report. `mutations` are (stage id, change).
pub(super) fn summary(execution: &Execution, mutations: &[(String, Mutation)]) -> Vec<Said> {
    let status = execution.status;
    let mut said = Vec::new();
    let (mark, words) = match status.is_complete() {
        true => (mark_of(status), completed_words(execution, status)),
        false => ("‖", "is not at its end and can be resumed".to_owned()),
    };
    let mut head = Said::new(0, mark, role_of(status), format!("{} {words}", title(execution)));
    head.weight = Weight::Alarm;
    if let Some(stage) = first_failed(execution)
        && status != Status::Succeeded
        && let Some((message, _)) = failure_of(stage)
    {
        head.details.push(format!("'{}': {message}", stage.name));
    }
    if let (true, Some(reason)) = (execution.canceled, &execution.cancellation_reason)
        && !reason.is_empty()
    {
        head.details.push(reason.clone());
    }
    for stage in judgments(execution) {
        let question = stage.context.get("instructions").and_then(|text| text.as_str()).unwrap_or("continue or stop?");
        head.details.push(format!("'{}' asks: {question}", stage.name));
    }
    said.push(head);
    said.push(changes(execution, mutations));
    let mut next = Said::new(0, "", Role::Hint, "next:");
    next.details = next_commands(execution);
    next.weight = Weight::Alarm;
    said.push(next);
    said
}

fn changes(execution: &Execution, mutations: &[(String, Mutation)]) -> Said {
    let lines = change_lines(execution, mutations);
    if lines.is_empty() {
        return Said::new(0, "", Role::Plain, "what changed: nothing");
    }
    let mut said = Said::new(0, "", Role::Plain, "what changed:");
    let more = lines.len().saturating_sub(MOST_CHANGES);
    said.details = lines.into_iter().take(MOST_CHANGES).collect();
    if more > 0 {
        said.details.push(format!("… and {more} more: gennaker history show {}", execution.id));
    }
    said
}

/// Changes in words, in order; one that was announced again after a crash is one.
pub(super) fn change_lines(execution: &Execution, mutations: &[(String, Mutation)]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (stage, mutation) in mutations {
        let mut line = mutation_words(mutation);
        if execution.stage(stage).is_some_and(|stage| stage.context.get("leftNothing") == Some(&Value::Bool(true))) {
            line.push_str(": failed, nothing of it is left");
        }
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Commands that make sense now, ready to be pasted.
pub(super) fn next_commands(execution: &Execution) -> Vec<String> {
    let id = &execution.id;
    let mut commands = Vec::new();
    if execution.status.is_complete() {
        let failed = first_failed(execution).map(|stage| top_of(execution, stage));
        match failed.filter(|_| execution.status != Status::Succeeded) {
            Some(stage) => commands.push(format!("gennaker restart {id} {}", quoted(&stage.name))),
            None if execution.status == Status::Canceled => {
                let canceled = execution.stages.iter().find(|stage| {
                    stage.parent_stage_id.is_none() && matches!(stage.status, Status::Canceled | Status::NotStarted)
                });
                commands.extend(canceled.map(|stage| format!("gennaker restart {id} {}", quoted(&stage.name))));
            }
            None => {}
        }
        commands.push(format!("gennaker history show {id}"));
        return commands;
    }
    for stage in judgments(execution) {
        commands.push(format!("gennaker judge {id} {} continue", quoted(&stage.name)));
        commands.push(format!("gennaker judge {id} {} stop", quoted(&stage.name)));
    }
    commands.push(format!("gennaker resume {id}"));
    commands.push(format!("gennaker cancel {id}"));
    commands
}

/// Stages that wait for a person's word.
fn judgments(execution: &Execution) -> impl Iterator<Item = &StageExecution> {
    let stages = execution.stages.iter().map(AsRef::as_ref);
    let open = |stage: &&StageExecution| stage.kind == "manualJudgment" && stage.status == Status::Running;
    stages.filter(move |stage| !execution.status.is_complete() && open(stage))
}

/// The failed stage that says most: the first that recorded why, else the first that failed.
pub(super) fn first_failed(execution: &Execution) -> Option<&StageExecution> {
    let failed = || execution.stages.iter().map(AsRef::as_ref).filter(|stage| role_of(stage.status) == Role::Fail);
    failed()
        .find(|stage| stage.status != Status::FailedContinue && failure_of(stage).is_some())
        .or_else(|| failed().next())
}

fn top_of<'a>(execution: &'a Execution, stage: &'a StageExecution) -> &'a StageExecution {
    let mut top = stage;
    while let Some(parent) = top.parent_stage_id.as_deref().and_then(|id| execution.stage(id)) {
        top = parent;
    }
    top
}

/// A word for a shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | '@' | ',' | '+');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn execution(status: Status, stages: Vec<StageExecution>) -> Execution {
        Execution {
            id: "E1".into(),
            name: "hello".into(),
            status,
            stages: stages.into_iter().map(Arc::new).collect(),
            ..Execution::default()
        }
    }

    fn stage(name: &str, kind: &str, status: Status) -> StageExecution {
        StageExecution { id: name.into(), name: name.into(), kind: kind.into(), status, ..StageExecution::default() }
    }

    #[test]
    fn a_failure_can_be_restarted_at_its_top_level_stage() {
        let mut child = stage("inner", "wait", Status::Terminal);
        child.parent_stage_id = Some("Roll out".into());
        let failed = execution(Status::Terminal, vec![stage("Roll out", "deploy", Status::Terminal), child]);
        assert_eq!(next_commands(&failed), ["gennaker restart E1 'Roll out'", "gennaker history show E1"]);
    }

    #[test]
    fn a_suspended_execution_names_what_lets_it_go_on() {
        let waiting = execution(Status::Running, vec![stage("Ship?", "manualJudgment", Status::Running)]);
        assert_eq!(
            next_commands(&waiting),
            [
                "gennaker judge E1 'Ship?' continue",
                "gennaker judge E1 'Ship?' stop",
                "gennaker resume E1",
                "gennaker cancel E1"
            ]
        );
    }

    #[test]
    fn a_change_announced_twice_is_listed_once() {
        let change = |target: &str| {
            let mutation =
                Mutation { operation: "resizeServerGroup".into(), target: target.into(), detail: String::new() };
            ("s".to_owned(), mutation)
        };
        let mut failed = stage("s", "resizeServerGroup", Status::Terminal);
        let lines = |stage: &StageExecution| {
            let execution = execution(Status::Terminal, vec![stage.clone()]);
            change_lines(&execution, &[change("a"), change("a"), change("b")])
        };
        assert_eq!(lines(&failed), ["resize server group a", "resize server group b"]);
        failed.context.insert("leftNothing".into(), true.into());
        assert_eq!(lines(&failed)[0], "resize server group a: failed, nothing of it is left");
    }

    #[test]
    fn words_for_a_shell_survive_it() {
        assert_eq!(quoted("plain-1"), "plain-1");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
