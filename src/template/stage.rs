//! Stages, modules and partials of schema 1, as their documents define them.

use std::collections::HashMap;

use serde_json::Value;

use super::inject::{Node, Rule};
use super::origin::{Finding, Origin};
use super::read::{list, text};
use super::refs::Refs;
use crate::diagnostic::Diagnostic;
use crate::model::Map;

/// A stage.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) kind: String,
    /// An object, or a text that renders to one.
    pub(super) config: Value,
    pub(super) when: Vec<String>,
    pub(super) requisites: Refs,
    pub(super) rule: Rule,
    pub(super) inheritance: Map,
    pub(super) loop_with: Option<String>,
    /// What the loop makes of it.
    pub(super) looped: Vec<Stage>,
    /// `templateLoop.value`, in a stage that a loop has made.
    pub(super) loop_value: Option<Value>,
    /// `<partial>: <stage that calls it>`, in a stage of a partial.
    pub(super) group: Option<String>,
    /// Whether a condition takes it out.
    pub(super) removed: bool,
    pub(super) origin: Origin,
}

impl Node for Stage {
    fn id(&self) -> &str {
        &self.id
    }
    fn requisites(&self) -> &Refs {
        &self.requisites
    }
    fn requisites_mut(&mut self) -> &mut Refs {
        &mut self.requisites
    }
    fn rule(&self) -> &Rule {
        &self.rule
    }
    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Stage {
    /// The id of the partial it calls: what follows the last dot of `partial.<id>`.
    pub(super) fn partial(&self) -> Option<&str> {
        let id = self.kind.strip_prefix("partial.")?;
        Some(id.rsplit('.').next().unwrap_or(id))
    }

    pub(super) fn is_looping(&self) -> bool {
        self.loop_with.is_some()
    }

    /// The name, which is the id when there is none.
    pub(super) fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Reads a list of stages; everything that is wrong with them is found at once.
    pub(super) fn list(value: Option<&Value>, origin: &Origin, findings: &mut Vec<Diagnostic>) -> Vec<Self> {
        match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                let read = |(index, item)| Self::of(item, origin.index(index), findings);
                items.iter().enumerate().filter_map(read).collect()
            }
            Some(_) => {
                let help = "write a list of stages, or Jinja that renders to one";
                findings.push(*origin.error("GNK0095", "'stages' is no list of stages", help));
                Vec::new()
            }
        }
    }

    fn of(value: &Value, origin: Origin, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut wrong = |title: String, help: &str| findings.push(*origin.error("GNK0095", title, help));
        let Value::Object(map) = value else {
            wrong("a stage of a template is an object".to_owned(), "write id, type and config");
            return None;
        };
        let id = scalar(map, "id").unwrap_or_default();
        if id.is_empty() {
            wrong("a stage has no id".to_owned(), "give it an 'id', which others name in 'dependsOn'");
        }
        let kind = scalar(map, "type").unwrap_or_default();
        if kind.is_empty() {
            wrong(format!("stage '{id}' has no type"), "write 'type'; 'gennaker docs' lists all stage types");
        }
        let config = map.get("config").cloned().unwrap_or(Value::Null);
        if config.is_null() {
            wrong(
                format!("stage '{id}' has no config"),
                "its fields stand below 'config'; write 'config: {}' for none",
            );
        }
        let rule = Rule::of(map.get("inject"));
        let requisites = words(map, "dependsOn");
        if requisites.as_ref().is_some_and(|ids| !ids.is_empty()) && rule.is_some() {
            wrong(format!("stage '{id}' has both dependsOn and a rule of injection"), "keep one of them");
        }
        if rule.count() > 1 {
            wrong(format!("stage '{id}' has several rules of injection"), "keep one of first, last, before and after");
        }
        if id.is_empty() || kind.is_empty() {
            return None;
        }
        Some(Self {
            // Loops and partials change the id; the name stays as short as it was, as in orca's own expectations.
            name: Some(scalar(map, "name").unwrap_or_else(|| id.clone())),
            id,
            kind,
            config,
            when: words(map, "when").unwrap_or_default(),
            requisites: requisites.map_or_else(Refs::default, Refs::hashed),
            rule,
            inheritance: map.get("inheritanceControl").and_then(Value::as_object).cloned().unwrap_or_default(),
            loop_with: scalar(map, "loopWith").filter(|text| !text.is_empty()),
            looped: Vec::new(),
            loop_value: None,
            group: None,
            removed: false,
            origin,
        })
    }
}

/// Text; numbers and booleans count as text.
fn scalar(map: &Map, key: &str) -> Option<String> {
    match map.get(key)? {
        Value::String(text) => Some(text.clone()),
        scalar @ (Value::Number(_) | Value::Bool(_)) => Some(scalar.to_string()),
        _ => None,
    }
}

fn words(map: &Map, key: &str) -> Option<Vec<String>> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match map.get(key)? {
        Value::Array(items) => Some(items.iter().map(word).collect()),
        Value::Null => None,
        single => Some(vec![word(single)]),
    }
}

/// A named piece of configuration that `{% module %}` puts in.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub(super) id: String,
    pub(super) variables: Vec<Map>,
    pub(super) definition: Value,
    pub(super) origin: Origin,
}

impl Module {
    pub(super) fn list(map: &Map, origin: &Origin) -> Result<Vec<Self>, Finding> {
        let one = |(index, value): (usize, Value)| {
            let origin = origin.key("modules").index(index);
            let Some((id, module)) = identified(&value) else {
                return Err(origin.error("GNK0095", "a module has no id", "give it an 'id' and a 'definition'"));
            };
            Ok(Self {
                id,
                variables: list(module, "variables", &origin)?.iter().filter_map(Value::as_object).cloned().collect(),
                definition: module.get("definition").cloned().unwrap_or(Value::Null),
                origin,
            })
        };
        list(map, "modules", origin)?.into_iter().enumerate().map(one).collect()
    }
}

/// A named group of stages that a stage of type `partial.<id>` stands for.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) stages: Vec<Stage>,
    /// What was made of it, by the id of the stage that calls it.
    pub(super) rendered: HashMap<String, Vec<Stage>>,
}

impl Partial {
    pub(super) fn list(map: &Map, origin: &Origin, findings: &mut Vec<Diagnostic>) -> Result<Vec<Self>, Finding> {
        let mut partials = Vec::new();
        for (index, value) in list(map, "partials", origin)?.iter().enumerate() {
            let origin = origin.key("partials").index(index);
            let Some((id, partial)) = identified(value) else {
                return Err(origin.error("GNK0095", "a partial has no id", "give it an 'id' and 'stages'"));
            };
            let stages = Stage::list(partial.get("stages"), &origin.key("stages"), findings);
            let name = text(partial, "name").unwrap_or(&id).to_owned();
            partials.push(Self { id, name, stages, rendered: HashMap::new() });
        }
        Ok(partials)
    }
}

fn identified(value: &Value) -> Option<(String, &Map)> {
    let map = value.as_object()?;
    scalar(map, "id").filter(|id| !id.is_empty()).map(|id| (id, map))
}
