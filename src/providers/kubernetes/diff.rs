//! The difference between two states of an object, a line per field; secrets masked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::annotations::LAST_APPLIED;
use super::redact::{changed_values, masked};

/// Fields the server writes: no difference anybody asked for.
const BOOKKEEPING: &[&str] = &[
    "metadata.creationTimestamp",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.selfLink",
    "metadata.uid",
    "status",
];
/// Longest value shown.
const LONGEST: usize = 120;

/// What becomes of `before`: `- path: value` and `+ path: value`, in the order of paths.
pub(super) fn lines(before: &Value, after: &Value) -> Vec<String> {
    let hidden = changed_values(before, after);
    let (old, new) = (leaves(&masked(before)), leaves(&masked(after)));
    let mut lines = Vec::new();
    for path in old.keys().chain(new.keys().filter(|path| !old.contains_key(*path))) {
        match (old.get(path), new.get(path)) {
            (Some(was), Some(is)) if was == is => {}
            (was, is) => {
                lines.extend(was.map(|was| format!("- {path}: {}", shown(was))));
                lines.extend(is.map(|is| format!("+ {path}: {}", shown(is))));
            }
        }
    }
    lines.extend(hidden.into_iter().map(|key| format!("~ data.{key}: changed, not shown")));
    lines
}

fn leaves(object: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect(object, &mut String::new(), &mut found);
    found
}

fn collect(value: &Value, path: &mut String, found: &mut BTreeMap<String, Value>) {
    if BOOKKEEPING.contains(&path.as_str()) || path.ends_with(LAST_APPLIED) {
        return;
    }
    let before = path.len();
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                collect(inner, path, found);
                path.truncate(before);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, inner) in items.iter().enumerate() {
                // A name says more than a place.
                match inner.get("name").and_then(Value::as_str) {
                    Some(name) => path.push_str(&format!("[{name}]")),
                    None => path.push_str(&format!("[{index}]")),
                }
                collect(inner, path, found);
                path.truncate(before);
            }
        }
        leaf => drop(found.insert(path.clone(), leaf.clone())),
    }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = text.replace('\n', "⏎");
    if line.chars().count() <= LONGEST {
        line
    } else {
        format!("{}…", line.chars().take(LONGEST).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_compared_and_bookkeeping_is_not() {
        let before = json!({"metadata": {"generation": 1, "labels": {"a": "1"}}, "status": {"x": 1},
            "spec": {"replicas": 1, "containers": [{"name": "app", "image": "hello:1"}]}});
        let after = json!({"metadata": {"generation": 2, "labels": {"b": "2"}},
            "spec": {"replicas": 1, "containers": [{"name": "app", "image": "hello:2"}]}});
        let expected = [
            "- metadata.labels.a: 1",
            "- spec.containers[app].image: hello:1",
            "+ spec.containers[app].image: hello:2",
            "+ metadata.labels.b: 2",
        ];
        assert_eq!(lines(&before, &after), expected);
    }

    #[test]
    fn secrets_show_which_keys_change_only() {
        let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "data": {"key": value}});
        assert_eq!(lines(&secret("b25l"), &secret("dHdv")), ["~ data.key: changed, not shown"]);
    }
}
