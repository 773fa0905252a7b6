//! Fields of a manifest that the server does not know: it drops them, so they are missing in what it answers. Servers of
//! every version do so, whatever they say about it.

use serde_json::Value;

/// Fields of an object's metadata that only the server writes, or that it reads and does not keep.
const SERVER_METADATA: &[&str] = &[
    "clusterName",
    "creationTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Lines at most: a manifest of another kind altogether has no end of them.
const MOST: usize = 20;

/// The fields that were sent and not kept, a line each. What holds nothing is not missed: servers leave that out.
pub(super) fn dropped(sent: &Value, kept: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(sent, kept, &mut String::new(), &mut found);
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(format!("and {more} more unknown fields"));
    }
    found
}

fn compare(sent: &Value, kept: &Value, path: &mut String, found: &mut Vec<String>) {
    let before = path.len();
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => {
            for (key, value) in sent {
                if holds_nothing(value) || is_servers(path, key) {
                    continue;
                }
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                match kept.get(key) {
                    Some(now) => compare(value, now, path, found),
                    None => {
                        let others = kept.keys().filter(|other| !sent.contains_key(*other)).map(String::as_str);
                        let meant = meant(key, others).map(|meant| format!(": did you mean '{meant}'?"));
                        found.push(format!("unknown field '{path}', dropped{}", meant.unwrap_or_default()));
                    }
                }
                path.truncate(before);
            }
        }
        (Value::Array(sent), Value::Array(kept)) => {
            for (at, item) in sent.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str);
                let now = match name {
                    // Others may have put items between.
                    Some(_) => kept.iter().find(|other| other.get("name").and_then(Value::as_str) == name),
                    None if sent.len() == kept.len() => kept.get(at),
                    None => None,
                };
                let Some(now) = now else { continue };
                path.push_str(&name.map_or_else(|| format!("[{at}]"), |name| format!("[{name}]")));
                compare(item, now, path, found);
                path.truncate(before);
            }
        }
        _ => {}
    }
}

fn is_servers(path: &str, key: &str) -> bool {
    match path {
        // A secret's texts are kept as its data; a status has a door of its own.
        "" => matches!(key, "status" | "stringData"),
        "metadata" => SERVER_METADATA.contains(&key),
        _ => false,
    }
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(holds_nothing),
        Value::Object(map) => map.values().all(holds_nothing),
    }
}

/// The field that was meant, among those the answer has beyond what was sent.
fn meant<'a>(key: &str, others: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |other: &&str| strsim::damerau_levenshtein(&key.to_lowercase(), &other.to_lowercase()) <= 2;
    others.filter(near).min_by_key(|other| strsim::damerau_levenshtein(key, other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_kept_is_named_with_what_was_meant() {
        let sent = json!({"apiVersion": "apps/v1", "kind": "Deployment", "status": {"replicas": 1},
            "metadata": {"name": "web", "lables": {"a": "b"}, "creationTimestamp": "now"},
            "spec": {"replcas": 3, "minReadySeconds": 0, "template": {"spec": {"containers": [
                {"name": "main", "image": "nginx", "comand": ["x"], "resources": {"limits": {}}}]}}}});
        let kept = json!({"apiVersion": "apps/v1", "kind": "Deployment", "status": {},
            "metadata": {"name": "web", "uid": "1", "labels": {}},
            "spec": {"replicas": 1, "template": {"spec": {"containers": [
                {"name": "injected"}, {"name": "main", "image": "nginx", "resources": {}}]}}}});
        assert_eq!(
            dropped(&sent, &kept),
            [
                "unknown field 'metadata.lables', dropped: did you mean 'labels'?",
                "unknown field 'spec.replcas', dropped: did you mean 'replicas'?",
                "unknown field 'spec.template.spec.containers[main].comand', dropped",
            ]
        );
    }

    #[test]
    fn secrets_and_lists_of_plain_values_are_kept_otherwise() {
        let sent = json!({"kind": "Secret", "stringData": {"a": "b"}, "rules": [{"verbs": ["get"]}], "list": [1, 2]});
        let kept = json!({"kind": "Secret", "data": {"a": "Yg=="}, "rules": [{"verbs": ["get"]}], "list": [2]});
        assert!(dropped(&sent, &kept).is_empty());
        let many: Value = (0..25).map(|at| (format!("f{at}"), json!(1))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(dropped(&many, &json!({})).last().unwrap(), "and 5 more unknown fields");
    }
}
