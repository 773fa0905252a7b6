//! Documents: every text of a JSON value evaluated, keys too, and the summary of what failed.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::model::Map;

use super::failure::{Evaluated, ExpressionFailure};
use super::scope::Scope;
use super::template::{contains_expression, evaluate_text};

/// Evaluates every text of a value: lists, maps and their keys.
#[must_use]
pub fn evaluate(value: &Json, scope: &Scope<'_>) -> Evaluated {
    let mut failures = Vec::new();
    let value = walk(value, scope, &mut |failure| failures.push(failure));
    Evaluated { value, is_json: true, failures }
}

/// Evaluates a map (a stage's context); with it the `expressionEvaluationSummary`, if anything failed.
#[must_use]
pub fn evaluate_map(map: &Map, scope: &Scope<'_>) -> (Map, Option<Map>) {
    let now = scope.now().unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    });
    let mut result = Map::with_capacity(map.len());
    let mut summary = Map::new();
    for (key, value) in map {
        let mut record = |failure: ExpressionFailure| {
            let entry = json!({
                "level": failure.level.as_str(),
                "description": format!("Failed to evaluate [{}] {}", key.replace('$', ""), failure.description),
                "timestamp": now,
                "exceptionType": if failure.exception_type.is_empty() { Json::Null } else { failure.exception_type.into() },
            });
            match summary.entry(failure.expression).or_insert_with(|| Json::Array(Vec::new())) {
                Json::Array(entries) if !entries.contains(&entry) => entries.push(entry),
                _ => {}
            }
        };
        let new_key = walk_key(key, scope, &mut record);
        result.insert(new_key, walk(value, scope, &mut record));
    }
    (result, (!summary.is_empty()).then_some(summary))
}

fn walk(value: &Json, scope: &Scope<'_>, record: &mut dyn FnMut(ExpressionFailure)) -> Json {
    match value {
        Json::String(text) if contains_expression(text) => {
            let evaluated = evaluate_text(text, scope);
            evaluated.failures.into_iter().for_each(record);
            evaluated.value
        }
        Json::Array(items) => Json::Array(items.iter().map(|item| walk(item, scope, record)).collect()),
        Json::Object(map) => {
            let entry = |(key, item): (&String, &Json)| {
                let key = walk_key(key, scope, record);
                (key, walk(item, scope, record))
            };
            Json::Object(map.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn walk_key(key: &str, scope: &Scope<'_>, record: &mut dyn FnMut(ExpressionFailure)) -> String {
    if !contains_expression(key) {
        return key.to_owned();
    }
    let evaluated = evaluate_text(key, scope);
    evaluated.failures.into_iter().for_each(record);
    let text: Cow<'_, str> = match &evaluated.value {
        Json::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    };
    text.into_owned()
}
