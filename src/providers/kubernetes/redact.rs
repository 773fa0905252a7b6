//! Takes out of objects what secrets hold: nothing of it is ever recorded, shown or put out.

use serde_json::Value;

use super::annotations::LAST_APPLIED;
use super::kind::ObjectKind;
use crate::model::Map;

/// What stands where a value of a secret stood.
const HIDDEN: &str = "***";
/// Keys of a secret that hold its values.
const VALUES: [&str; 2] = ["data", "stringData"];

fn is_secret(manifest: &Value) -> bool {
    ObjectKind::of(manifest).is_ok_and(|kind| kind.is("secret"))
}

/// The object as it may be recorded: a secret without its values, and nothing without the bookkeeping of managers.
pub(super) fn redacted(manifest: &Value) -> Value {
    let mut clean = manifest.clone();
    let secret = is_secret(manifest);
    if let Some(map) = clean.as_object_mut().filter(|_| secret) {
        VALUES.iter().for_each(|key| drop(map.shift_remove(*key)));
    }
    if let Some(metadata) = clean.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if secret && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove(LAST_APPLIED);
        }
    }
    clean
}

/// The object with a secret's values masked, its keys left to be seen.
pub(super) fn masked(manifest: &Value) -> Value {
    if !is_secret(manifest) {
        return manifest.clone();
    }
    let mut clean = manifest.clone();
    for key in VALUES {
        if let Some(values) = clean.get_mut(key).and_then(Value::as_object_mut) {
            mask(values);
        }
    }
    if let Some(annotations) = clean.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove(LAST_APPLIED);
    }
    clean
}

fn mask(values: &mut Map) {
    values.values_mut().for_each(|value| *value = HIDDEN.into());
}

/// Whether two secrets hold different values under a key: what a masked comparison cannot see.
pub(super) fn changed_values(one: &Value, other: &Value) -> Vec<String> {
    if !is_secret(one) {
        return Vec::new();
    }
    let of = |secret: &Value| secret.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    let (one, other) = (of(one), of(other));
    one.iter()
        .filter(|(key, value)| other.get(*key).is_some_and(|now| now != *value))
        .map(|(key, _)| key.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_lose_their_values_everywhere() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "cGFzcw=="}, "stringData": {"b": "word"},
            "metadata": {"name": "s", "annotations": {LAST_APPLIED: "{\"data\": \"cGFzcw==\"}", "x": "y"}, "managedFields": []}});
        assert_eq!(
            redacted(&secret),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "annotations": {"x": "y"}}})
        );
        let shown = masked(&secret).to_string();
        assert!(!shown.contains("cGFz") && !shown.contains("word") && shown.contains("***"), "{shown}");
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}, "metadata": {"name": "m"}});
        assert_eq!(redacted(&map), map);
        let other = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "b3RoZXI="}});
        assert_eq!(changed_values(&secret, &other), ["a"]);
    }
}
