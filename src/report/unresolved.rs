//! What a stage did in another way than its document says: expressions it kept as they were, which is what
//! `expressionEvaluationSummary` holds (contract 6.3), and what it warns of.

use serde_json::Value;

use super::tell::failure_of;
use crate::model::StageExecution;

/// Expressions shown before the rest is only counted.
const MOST: usize = 5;
/// Characters of an expression that are shown.
const LONGEST: usize = 60;

/// A line per expression of the stage that could not be evaluated. A failure that tells of it already is enough.
fn unresolved(stage: &StageExecution) -> Vec<String> {
    let Some(Value::Object(summary)) = stage.context.get("expressionEvaluationSummary") else { return Vec::new() };
    let told = failure_of(stage).map(|(message, details)| format!("{message}\n{}", details.join("\n")));
    let mut lines: Vec<String> = Vec::new();
    for (expression, entries) in summary {
        for entry in entries.as_array().into_iter().flatten() {
            let Some(description) = entry.get("description").and_then(Value::as_str) else { continue };
            let why = reason(description, expression);
            let line = format!("could not be evaluated: {} - {why}", shortened(expression));
            if !lines.contains(&line) && !told.as_ref().is_some_and(|told| told.contains(why)) {
                lines.push(line);
            }
        }
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// Lines below the end of a stage: its expressions that were kept, and what it warns of.
pub(super) fn remarks(stage: &StageExecution) -> Vec<String> {
    let warnings = stage.context.get("warnings").and_then(Value::as_array).into_iter().flatten();
    let lines = warnings.filter_map(Value::as_str).map(|line| format!("warning: {line}"));
    unresolved(stage).into_iter().chain(lines).collect()
}

/// A description without the words that name the expression again.
fn reason<'d>(description: &'d str, expression: &str) -> &'d str {
    let rest = description.strip_prefix("Failed to evaluate [").and_then(|rest| rest.split_once("] "));
    let rest = rest.map_or(description, |(_, rest)| rest);
    rest.strip_prefix(expression).map_or(rest, |rest| rest.trim_start_matches([':', ' ']))
}

fn shortened(expression: &str) -> String {
    let line = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stage(context: Value) -> StageExecution {
        StageExecution { context: context.as_object().expect("an object").clone(), ..StageExecution::default() }
    }

    #[test]
    fn each_expression_is_told_once_with_its_reason() {
        let entry = |text: &str| json!([{"level": "ERROR", "description": text}]);
        let kept = stage(json!({"expressionEvaluationSummary": {
            "nope.x": entry("Failed to evaluate [comments] EL1007E: Property or field 'x' cannot be found on null"),
        }}));
        assert_eq!(
            unresolved(&kept),
            ["could not be evaluated: nope.x - EL1007E: Property or field 'x' cannot be found on null"]
        );
        let failed = stage(json!({
            "expressionEvaluationSummary": {"a": entry("Failed to evaluate [k] EL1: broken")},
            "exception": {"details": {"error": "EL1: broken", "errors": []}},
        }));
        assert!(unresolved(&failed).is_empty());
        assert!(unresolved(&stage(json!({}))).is_empty());
        let warned = stage(json!({"warnings": ["deployment web: unknown field 'x'", 3]}));
        assert_eq!(remarks(&warned), ["warning: deployment web: unknown field 'x'"]);
    }
}
