//! Reads the configuration of a templated pipeline out of the shapes it is kept in.

use std::sync::Arc;

use serde_json::Value;

use super::origin::{Finding, Origin};
use crate::diagnostic::{Document, Source};
use crate::model::Map;

/// A configuration: of schema 1 mostly below `config` of the stored pipeline, of schema v2 the pipeline itself.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    /// `1`, `v2` or what else stands there.
    pub(super) schema: String,
    /// The stored pipeline; empty when the configuration stands by itself.
    pub(super) request: Map,
    /// The configuration.
    pub(super) body: Map,
    /// Where the configuration stands.
    pub(super) origin: Origin,
}

impl Configuration {
    pub(super) fn of(source: &Arc<Source>, document: &Document) -> Result<Self, Finding> {
        let origin = Origin::new(source, document.place.clone());
        let Value::Object(map) = &document.value else {
            return Err(origin.error(
                "GNK0008",
                "a configuration of a templated pipeline is an object",
                "write 'schema', and 'pipeline' with its 'template'",
            ));
        };
        let nested = map.get("config").and_then(Value::as_object).filter(|_| !map.contains_key("pipeline"));
        let (body, origin, request) = match nested {
            Some(config) => (config.clone(), origin.key("config"), map.clone()),
            None if map.contains_key("pipeline") => (map.clone(), origin, Map::new()),
            None => (map.clone(), origin, map.clone()),
        };
        let schema = schema_of(&Value::Object(body.clone()));
        Ok(Self { schema, request, body, origin })
    }

    /// Whether it says which template it fills in.
    pub(super) fn names_template(&self) -> bool {
        let in_pipeline = self.body.get("pipeline").and_then(|pipeline| pipeline.get("template"));
        [in_pipeline, self.body.get("template"), self.request.get("template")]
            .into_iter()
            .flatten()
            .any(|template| !template.is_null() && template.as_object().is_none_or(|map| !map.is_empty()))
    }
}

/// The schema of a configuration or template; numbers count as text.
pub(super) fn schema_of(value: &Value) -> String {
    match value.get("schema") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The text of a key.
pub(super) fn text<'v>(map: &'v Map, key: &str) -> Option<&'v str> {
    map.get(key).and_then(Value::as_str)
}

/// The list of a key; absence and `null` are an empty one.
pub(super) fn list(map: &Map, key: &str, origin: &Origin) -> Result<Vec<Value>, Finding> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(_) => Err(origin.key(key).error("GNK0010", format!("'{key}' must be a list"), "write a list here")),
    }
}

/// The object of a key; absence and `null` are an empty one.
pub(super) fn object(map: &Map, key: &str, origin: &Origin) -> Result<Map, Finding> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(_) => Err(origin.key(key).error("GNK0010", format!("'{key}' must be an object"), "write an object here")),
    }
}

/// Whether `what` stands in the list of words at `key`.
pub(super) fn lists_word(map: &Map, key: &str, what: &str) -> bool {
    map.get(key).and_then(Value::as_array).is_some_and(|words| words.iter().any(|word| word == what))
}
