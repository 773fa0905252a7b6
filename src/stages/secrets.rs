//! Values that documents name but never hold: `{fromEnv: NAME}` and `{fromFile: path}`, read when they are used and
//! taken out of everything that is recorded.

use std::path::Path;

use serde_json::Value;

use super::reading;
use crate::model::{Failure, Map};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Secret values in use, to be hidden.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    values: Vec<String>,
}

impl Secrets {
    /// The text of a value: itself, or what its `fromEnv` or `fromFile` names; relative files start at `root`.
    /// `what` names the value in errors.
    pub(super) fn resolve(&mut self, value: &Value, what: &str, root: &Path) -> Result<String, Failure> {
        let Value::Object(source) = value else { return plain(value, what) };
        let text = match (reading::filled(source, "fromEnv"), reading::filled(source, "fromFile")) {
            (Some(name), None) => std::env::var(&name).map_err(|_| {
                Failure::user(format!("{what} comes from the environment variable {name}, which is not set"))
            })?,
            (None, Some(path)) => {
                let read = std::fs::read_to_string(root.join(&path));
                let text = read.map_err(|error| Failure::user(format!("{what} comes from file '{path}': {error}")))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            _ => return Err(Failure::user(format!("{what} must be text, {{fromEnv: NAME}} or {{fromFile: path}}"))),
        };
        self.hide(&text);
        Ok(text)
    }

    /// The values of these environment variables of this process.
    pub(super) fn of_environment(names: &[String]) -> Self {
        let mut secrets = Self::default();
        for value in names.iter().filter_map(|name| std::env::var(name).ok()) {
            secrets.hide(&value);
        }
        secrets
    }

    /// Takes over what must not be seen.
    fn hide(&mut self, text: &str) {
        // Output is seen line by line, so each line of a secret is one.
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        self.values
            .extend(std::iter::once(text).filter(|text| !text.trim().is_empty()).chain(lines).map(str::to_owned));
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        self.values.dedup();
    }

    /// The text without secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), HIDDEN))
    }

    /// The value without secrets, keys included.
    pub(super) fn clean_value(&self, value: &Value) -> Value {
        if self.values.is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.clean(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.clean_value(item)).collect()),
            Value::Object(map) => Value::Object(self.clean_map(map)),
            // A number or boolean that reads like a secret is one.
            other if self.values.contains(&other.to_string()) => Value::String(HIDDEN.to_owned()),
            other => other.clone(),
        }
    }

    /// The map without secrets.
    pub(super) fn clean_map(&self, map: &Map) -> Map {
        map.iter().map(|(key, value)| (self.clean(key), self.clean_value(value))).collect()
    }
}

fn plain(value: &Value, what: &str) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(Failure::user(format!("{what} must be text, {{fromEnv: NAME}} or {{fromFile: path}}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_read_when_used_and_hidden_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "first line\nsecond\n").unwrap();
        let mut secrets = Secrets::default();
        assert_eq!(
            secrets.resolve(&json!({"fromFile": "token"}), "header A", folder.path()).unwrap(),
            "first line\nsecond"
        );
        assert_eq!(secrets.resolve(&json!("open"), "header B", folder.path()).unwrap(), "open");
        assert_eq!(secrets.clean("says first line, then second; open"), "says ***, then ***; open");
        assert_eq!(secrets.clean_value(&json!({"second": ["first line\nsecond", 2]})), json!({"***": ["***", 2]}));
    }

    #[test]
    fn missing_secrets_are_named_not_shown() {
        let mut secrets = Secrets::default();
        let error = |value: Value, secrets: &mut Secrets| {
            secrets.resolve(&value, "header A", Path::new("/")).unwrap_err().message
        };
        assert!(error(json!({"fromEnv": "GENNAKER_NO_SUCH"}), &mut secrets).contains("GENNAKER_NO_SUCH"));
        assert!(error(json!({"fromFile": "no/such"}), &mut secrets).contains("no/such"));
        assert!(error(json!({"from": "x"}), &mut secrets).contains("header A"));
    }
}
