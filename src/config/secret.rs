//! Secrets: read when they are used, never shown.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::model::Map;

/// Parts of names whose values are secrets even when they are written down.
const SECRET_NAMES: &[&str] =
    &["apikey", "accesskey", "credential", "passphrase", "password", "privatekey", "secret", "token"];

/// How a secret is referred to.
enum Reference<'a> {
    Environment(&'a str),
    File(&'a str),
}

/// `{fromEnv: NAME}` or `{fromFile: path}`, and nothing else in it.
fn reference(value: &Value) -> Option<Reference<'_>> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    text("fromEnv").map(Reference::Environment).or_else(|| text("fromFile").map(Reference::File))
}

/// The settings with every reference replaced by the secret it names. Files are relative to the project's root; the
/// line break at a file's end is not part of the secret. The error names what could not be read, never a value.
#[expect(clippy::result_large_err, reason = "made once, when the program is about to end")]
pub fn resolve_secrets(
    settings: &Map,
    root: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Map, Diagnostic> {
    let mut resolved = Map::new();
    for (key, value) in settings {
        let value = resolve(value, root, environment)
            .map_err(|why| Diagnostic::error("GNK0084", format!("the secret '{key}' cannot be read: {why}")))?;
        resolved.insert(key.clone(), value);
    }
    Ok(resolved)
}

fn resolve(value: &Value, root: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
    match reference(value) {
        Some(Reference::Environment(name)) => match environment(name) {
            Some(secret) => return Ok(Value::String(secret)),
            None => return Err(format!("the environment has no {name}")),
        },
        Some(Reference::File(path)) => {
            let text = fs::read_to_string(root.join(path)).map_err(|error| format!("file '{path}': {error}"))?;
            return Ok(Value::String(text.trim_end_matches(['\r', '\n']).to_owned()));
        }
        None => {}
    }
    match value {
        Value::Array(items) => items.iter().map(|item| resolve(item, root, environment)).collect(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| Ok((key.clone(), resolve(value, root, environment)?)));
            pairs.collect::<Result<Map, String>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

/// The value as it may be shown: references by their name, written secrets not at all.
pub(super) fn redact(key: &str, value: &Value) -> Value {
    match reference(value) {
        Some(Reference::Environment(name)) => return format!("<secret from environment {name}>").into(),
        Some(Reference::File(path)) => return format!("<secret from file {path}>").into(),
        None => {}
    }
    match value {
        Value::Array(items) => items.iter().map(|item| redact(key, item)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), redact(key, value))).collect()),
        Value::Null | Value::Bool(_) => value.clone(),
        _ if is_secret_name(key) => "<secret>".into(),
        other => other.clone(),
    }
}

fn is_secret_name(key: &str) -> bool {
    let name: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_when_used_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("key"), "from a file\n").expect("a file");
        let written = serde_json::json!({
            "a": {"fromEnv": "NAME"}, "b": [{"fromFile": "key"}], "apiKey": "plain", "host": "h"
        });
        let map = written.as_object().expect("an object");
        let environment = |name: &str| (name == "NAME").then(|| "from env".to_owned());
        let resolved = resolve_secrets(map, folder.path(), &environment).expect("all there");
        let expected = serde_json::json!({"a": "from env", "b": ["from a file"], "apiKey": "plain", "host": "h"});
        assert_eq!(Value::Object(resolved), expected);
        let shown = redact("", &written);
        let expected = serde_json::json!({
            "a": "<secret from environment NAME>", "b": ["<secret from file key>"], "apiKey": "<secret>", "host": "h"
        });
        assert_eq!(shown, expected);
        assert_eq!(resolve_secrets(map, folder.path(), &|_| None).expect_err("no NAME").code, "GNK0084");
    }
}
