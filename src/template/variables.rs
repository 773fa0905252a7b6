//! Template variables: defaults, missing values and types (contract 1.5), for both schemas.

use serde_json::Value;

use super::origin::{Finding, Origin};
use crate::diagnostic::nearest;
use crate::model::Map;

/// A variable that a template declares.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The type's name; `object` takes anything.
    pub(super) kind: String,
    pub(super) default: Value,
    pub(super) nullable: bool,
    /// The declaration as it was written.
    pub(super) declaration: Map,
    pub(super) origin: Origin,
}

impl Variable {
    /// Reads the declarations of a template.
    pub(super) fn list(value: Option<&Value>, origin: &Origin) -> Result<Vec<Self>, Finding> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
        let shape = "a template's 'variables' is a list of objects with a 'name'";
        let Value::Array(items) = value else {
            return Err(origin.error("GNK0093", "'variables' is no list", shape));
        };
        let one = |(index, item): (usize, &Value)| {
            let origin = origin.index(index);
            let Some(declaration) = item.as_object() else {
                return Err(origin.error("GNK0093", "a variable is an object with a 'name'", shape));
            };
            Self::of(declaration.clone(), origin)
        };
        items.iter().enumerate().map(one).collect()
    }

    pub(super) fn of(declaration: Map, origin: Origin) -> Result<Self, Finding> {
        let Some(name) = declaration.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            return Err(origin.error("GNK0093", "a template variable has no name", "give it a 'name'"));
        };
        let kind = declaration.get("type").and_then(Value::as_str).unwrap_or("object").to_owned();
        Ok(Self {
            name: name.to_owned(),
            kind,
            default: declaration.get("defaultValue").cloned().unwrap_or(Value::Null),
            nullable: declaration.get("nullable") == Some(&Value::Bool(true)),
            declaration,
            origin,
        })
    }

    fn accepts(&self, value: &Value) -> bool {
        let kind = self.kind.to_ascii_lowercase();
        match value {
            _ if kind == "object" => true,
            Value::Null => self.nullable,
            Value::Bool(_) => matches!(kind.as_str(), "bool" | "boolean"),
            Value::String(_) => kind == "string",
            Value::Array(_) => matches!(kind.as_str(), "list" | "arraylist"),
            Value::Object(_) => kind == "linkedhashmap",
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) if i32::try_from(whole).is_ok() => matches!(kind.as_str(), "int" | "integer"),
                (Some(_), _) => kind == "long",
                (None, Some(real)) if real.fract() == 0.0 && kind == "int" => true,
                _ => matches!(kind.as_str(), "float" | "double"),
            },
        }
    }
}

/// What a value's type is called in messages.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Double",
        Value::Number(number) if number.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok()) => "Integer",
        Value::Number(_) => "Long",
        Value::String(_) => "String",
        Value::Array(_) => "ArrayList",
        Value::Object(_) => "LinkedHashMap",
    }
}

/// Adds defaults to the values and checks them all.
///
/// # Errors
/// One finding for each variable without value or with a value of the wrong type.
pub(super) fn assign(
    variables: &[Variable],
    values: &mut Map,
    given: &Origin,
) -> Result<(), Vec<crate::diagnostic::Diagnostic>> {
    for variable in variables.iter().filter(|variable| !variable.default.is_null()) {
        values.entry(variable.name.clone()).or_insert_with(|| variable.default.clone());
    }
    let mut findings = Vec::new();
    for variable in variables {
        let name = &variable.name;
        let written = given.key("variables").key(name);
        match values.get(name) {
            None if variable.nullable => {}
            None => {
                let declared = values.keys().map(String::as_str).filter(|key| variables.iter().all(|v| v.name != *key));
                let help = match nearest(name, declared) {
                    Some(meant) => format!("'{meant}' is given, which the template does not declare"),
                    None => format!("give it in 'variables': {name}: …"),
                };
                let title = format!("template variable '{name}' has no value");
                let finding = given.key("variables").error("GNK0093", title, help);
                findings.push(*finding);
            }
            Some(Value::Null) if !variable.nullable => {
                let title = format!("template variable '{name}' is null, but not nullable");
                findings.push(*written.error("GNK0093", title, "give it a value, or leave it out to take the default"));
            }
            Some(value) if !variable.accepts(value) => {
                let found = type_name(value);
                let title = format!("template variable '{name}' must be of type '{}', but is {found}", variable.kind);
                let help = match variable.kind.to_ascii_lowercase().as_str() {
                    "map" => "Spinnaker knows no type 'map'; declare the variable as 'object'".to_owned(),
                    kind => format!("write a value of type {kind}, or change the declaration"),
                };
                findings.push(*written.error("GNK0093", title, help));
            }
            Some(_) => {}
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// Named values that differ by overlay: `remove` deletes, `merge` overlays, anything else replaces.
pub(super) fn merge_variables(below: Vec<Variable>, above: Vec<Variable>) -> Result<Vec<Variable>, Finding> {
    if below.is_empty() || above.is_empty() {
        return Ok(if below.is_empty() { above } else { below });
    }
    let mut merged = below;
    for variable in above {
        let flag = |key: &str| variable.declaration.get(key) == Some(&Value::Bool(true));
        match merged.iter().position(|known| known.name == variable.name) {
            Some(at) if flag("remove") => drop(merged.remove(at)),
            Some(at) if flag("merge") => {
                let mut declaration = merged[at].declaration.clone();
                for key in ["group", "description", "type", "defaultValue", "example"] {
                    if let Some(value) = variable.declaration.get(key).filter(|value| !value.is_null()) {
                        declaration.insert(key.to_owned(), value.clone());
                    }
                }
                merged[at] = Variable::of(declaration, variable.origin)?;
            }
            Some(at) => merged[at] = variable,
            None => merged.push(variable),
        }
    }
    Ok(merged)
}
