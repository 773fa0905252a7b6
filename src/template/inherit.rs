//! `inheritanceControl`: JsonPath rules that merge into, replace or remove parts of a stage (contract 1.5).

use jsonpath_rust::JsonPath;
use serde_json::Value;

use super::merge::deep;
use super::origin::{Finding, Origin};
use super::stage::Stage;

/// Applies the rules of every stage.
pub(super) fn apply(stages: &mut [Stage]) -> Result<(), Finding> {
    for stage in stages.iter_mut().filter(|stage| !stage.inheritance.is_empty()) {
        let origin = stage.origin.key("inheritanceControl");
        for kind in ["merge", "replace", "remove"] {
            let Some(rules) = stage.inheritance.get(kind).and_then(Value::as_array) else { continue };
            for (index, rule) in rules.iter().enumerate() {
                rule_on(&mut stage.config, kind, rule, &origin.key(kind).index(index))?;
            }
        }
    }
    Ok(())
}

fn rule_on(config: &mut Value, kind: &str, rule: &Value, origin: &Origin) -> Result<(), Finding> {
    let wrong = |title: String, help: &str| origin.error("GNK0095", title, help);
    let Some(path) = rule.get("path").and_then(Value::as_str) else {
        return Err(wrong("a rule of inheritance has no 'path'".to_owned(), "write path: $.field"));
    };
    let value = rule.get("value").cloned().unwrap_or(Value::Null);
    let places = config.query_only_path(path).map_err(|error| {
        wrong(format!("'{path}' is no JsonPath: {error}"), "write a path such as $.clusters[0].account")
    })?;
    let pointers: Vec<String> = places.iter().map(|place| pointer(place)).collect();
    if pointers.is_empty() {
        return Err(wrong(format!("the stage has nothing at '{path}'"), "correct the path, or remove the rule"));
    }
    // From the last to the first, so that removing one item of a list does not move the others.
    for pointer in pointers.iter().rev() {
        if kind == "remove" {
            remove(config, pointer);
            continue;
        }
        let Some(old) = config.pointer_mut(pointer) else { continue };
        let new = match (kind, &*old, &value) {
            ("merge", Value::Array(items), Value::Array(more)) => items.iter().chain(more).cloned().collect(),
            ("merge", Value::Object(below), Value::Object(above)) => Value::Object(deep(below, above, origin)?),
            ("merge", Value::Array(_), _) => {
                return Err(wrong(format!("'{path}' is a list, so only a list can be merged into it"), "write a list"));
            }
            ("merge", Value::Object(_), _) => {
                let title = format!("'{path}' is an object, so only an object can be merged into it");
                return Err(wrong(title, "write an object"));
            }
            ("merge", ..) => {
                return Err(wrong(format!("'{path}' is neither a list nor an object"), "use 'replace' instead"));
            }
            (_, Value::Array(_), other) if !other.is_array() => {
                return Err(wrong(format!("'{path}' is a list and can only be replaced by one"), "write a list"));
            }
            (_, Value::Object(_), other) if !other.is_object() => {
                return Err(wrong(format!("'{path}' is an object and can only be replaced by one"), "write an object"));
            }
            _ => value.clone(),
        };
        *old = new;
    }
    Ok(())
}

/// A normalized path, `$['a'][0]`, as a JSON pointer, `/a/0`.
fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    let mut rest = path.trim_start_matches('$');
    while let Some(inner) = rest.strip_prefix('[') {
        let (key, behind) = match inner.strip_prefix('\'') {
            Some(name) => name.split_once("']").unwrap_or((name, "")),
            None => inner.split_once(']').unwrap_or((inner, "")),
        };
        pointer.push('/');
        pointer.push_str(&key.replace("\\'", "'").replace('~', "~0").replace('/', "~1"));
        rest = behind;
    }
    pointer
}

fn remove(config: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let key = key.replace("~1", "/").replace("~0", "~");
    match config.pointer_mut(parent) {
        Some(Value::Object(map)) => drop(map.shift_remove(&key)),
        Some(Value::Array(items)) => {
            if let Some(index) = key.parse::<usize>().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}
