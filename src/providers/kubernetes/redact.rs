//! Takes out of objects what secrets hold: nothing of it is ever recorded, shown or put out.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::annotations::LAST_APPLIED;
use super::kind::ObjectKind;
use crate::model::Map;
use crate::providers::Error;

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

/// What a server said of a secret it was sent: servers repeat what they could not read.
pub(super) fn hushed(mut error: Error, path: &str, sent: &Value) -> Error {
    let of_secrets = path.split('/').any(|part| part == "secrets");
    if !of_secrets && !is_secret(sent) {
        return error;
    }
    let mut values = BTreeSet::new();
    collect(sent, false, &mut values);
    let encoded: Vec<String> = values.iter().flat_map(|value| both_ways(value)).collect();
    values.extend(encoded);
    // Longer ones first: one may hold another.
    let mut values: Vec<String> = values.into_iter().filter(|value| !value.trim().is_empty()).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    error.message = without(&error.message, &values);
    error.details = error.details.iter().map(|line| without(line, &values)).collect();
    error
}

/// Texts that stand where values of secrets stand: below `data` and `stringData`, and the values of operations.
fn collect(sent: &Value, within: bool, found: &mut BTreeSet<String>) {
    match sent {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, within || VALUES.contains(&key.as_str()) || key == "value", found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, within, found)),
        Value::String(text) if within => drop(found.insert(text.clone())),
        Value::Number(number) if within => drop(found.insert(number.to_string())),
        _ => {}
    }
}

/// A value as the other of `data` and `stringData` holds it.
fn both_ways(value: &str) -> Vec<String> {
    let decoded = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.into_iter().chain([STANDARD.encode(value)]).collect()
}

fn without(text: &str, values: &[String]) -> String {
    // Go's JSON reader shows what surrounds its error, cut anywhere.
    let mut clean = text.split(", error found in #").next().unwrap_or_default().to_owned();
    for value in values {
        // Short ones are parts of many words.
        if value.len() > 3 {
            clean = clean.replace(value, HIDDEN);
        } else {
            clean =
                clean.split_inclusive(|c: char| !c.is_alphanumeric()).map(|word| hidden_word(word, value)).collect();
        }
    }
    clean
}

fn hidden_word(word: &str, value: &str) -> String {
    let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    if &word[..end] == value { format!("{HIDDEN}{}", &word[end..]) } else { word.to_owned() }
}

/// What is wrong with the values of a secret, as the API server would find it: it must not be asked, because it repeats
/// what it finds.
pub(super) fn check_values(manifest: &Value) -> Result<(), String> {
    if !is_secret(manifest) {
        return Ok(());
    }
    for key in VALUES {
        for (name, value) in manifest.get(key).and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{key}.{name}");
            match value {
                Value::Null => {}
                Value::String(text) if key == "data" => {
                    let lines: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
                    if STANDARD.decode(lines).is_err() {
                        return Err(format!("{place} is no base64: encode it, or write it as it is under stringData"));
                    }
                }
                Value::String(_) => {}
                _ => return Err(format!("{place} is no text: put it in quotes")),
            }
        }
    }
    Ok(())
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

    #[test]
    fn what_a_server_repeats_of_a_secret_is_not_told() {
        let sent = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
            "data": {"token": "cGFzc3dvcmQ="}, "stringData": {"port": 5432, "user": "me", "more": "hunter2"}});
        let told = |message: &str| {
            let error = crate::providers::kubernetes::error::invalid("deploy", message);
            hushed(error.with_details(vec![message.to_owned()]), "/api/v1/namespaces/n/secrets", &sent)
        };
        let cut =
            told("cannot be handled: illegal base64, error found in #10 byte of ...|nter2\"}}|..., bigger context");
        assert_eq!(cut.message, "cannot be handled: illegal base64");
        let echoed = told("Invalid value: map[more:hunter2 password port:5432 user:me] for some, me: aHVudGVyMg==");
        let expected = "Invalid value: map[more:*** *** port:*** user:***] for some, ***: ***";
        assert_eq!((echoed.message.as_str(), echoed.details[0].as_str()), (expected, expected));
        let operations = json!([{"op": "add", "path": "/data/x", "value": "cGFzc3dvcmQ="}]);
        let error = crate::providers::kubernetes::error::invalid("patch", "no: cGFzc3dvcmQ=");
        assert_eq!(hushed(error, "/api/v1/namespaces/n/secrets/s", &operations).message, "no: ***");
        let other = crate::providers::kubernetes::error::invalid("patch", "no: x");
        assert_eq!(hushed(other, "/api/v1/namespaces/n/configmaps/s", &json!({"data": {"a": "x"}})).message, "no: x");
    }

    #[test]
    fn values_no_server_would_take_are_named_and_not_repeated() {
        let secret = |key: &str, value: Value| json!({"apiVersion": "v1", "kind": "Secret", key: {"a": value}});
        let wrong = |key: &str, value: Value| check_values(&secret(key, value)).unwrap_err();
        assert!(wrong("data", json!("hunter2")).starts_with("data.a is no base64"));
        assert_eq!(wrong("stringData", json!(5432)), "stringData.a is no text: put it in quotes");
        assert_eq!(check_values(&secret("data", json!("cGFz\ncw=="))), Ok(()));
        assert_eq!(check_values(&secret("data", Value::Null)), Ok(()));
        assert_eq!(check_values(&json!({"kind": "ConfigMap", "data": {"a": 5}})), Ok(()));
    }
}
