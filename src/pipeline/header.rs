//! Reads typed values out of objects that people wrote, with a finding for every wrong type.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::model::Map;

/// An object being read, and where findings go.
pub(super) struct Reader<'a> {
    pub(super) map: &'a Map,
    pub(super) place: &'a Place,
    pub(super) source: &'a Arc<Source>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Text; numbers and booleans are taken as text, `null` and absence as none.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.map.get(key)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            scalar @ (Value::Number(_) | Value::Bool(_)) => Some(scalar.to_string()),
            other => self.wrong(key, "text", other),
        }
    }

    /// `true` or `false`, also as text.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.map.get(key)? {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            other => self.wrong(key, "true or false", other),
        }
    }

    /// A whole number from 0, also as text.
    pub(super) fn whole<N: TryFrom<u64> + std::str::FromStr>(&mut self, key: &str) -> Option<N> {
        let value = self.map.get(key)?;
        let number = match value {
            Value::Null => return None,
            Value::Number(number) => number.as_u64().and_then(|number| N::try_from(number).ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.or_else(|| self.wrong(key, "a whole number", value))
    }

    /// A list; absence and `null` are an empty one.
    pub(super) fn list(&mut self, key: &str) -> Vec<Value> {
        match self.map.get(key) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.clone(),
            Some(other) => self.wrong(key, "a list", other).unwrap_or_default(),
        }
    }

    /// An object.
    pub(super) fn object(&mut self, key: &str) -> Option<Map> {
        match self.map.get(key)? {
            Value::Null => None,
            Value::Object(map) => Some(map.clone()),
            other => self.wrong(key, "an object", other),
        }
    }

    fn wrong<T>(&mut self, key: &str, wanted: &str, found: &Value) -> Option<T> {
        let finding = Diagnostic::error("GNK0010", format!("'{key}' must be {wanted}, but is {}", describe(found)))
            .label(format!("{wanted} belongs here"))
            .at(self.source, self.place.key(key));
        self.findings.push(finding);
        None
    }
}

/// What a value is, for people: `the number 3`, `a list`.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("{flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "empty text".to_owned(),
        Value::String(text) => {
            let short: String = text.chars().take(40).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            format!("the text '{}{dots}'", short.replace('\n', " "))
        }
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
