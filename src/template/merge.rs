//! Merging templates of schema 1, the root first, and the lists of configurations (contract 1.5).

use serde_json::Value;

use super::origin::{Finding, Origin};
use crate::model::Map;

/// The union of two lists, items that are equal only once.
pub(super) fn distinct(first: Vec<Value>, second: Vec<Value>) -> Vec<Value> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let mut merged: Vec<Value> = Vec::with_capacity(first.len() + second.len());
    for item in first.into_iter().chain(second) {
        if !merged.contains(&item) {
            merged.push(item);
        }
    }
    merged
}

/// Objects with a `name`, the second list laid over the first: `remove: true` deletes, `merge: true` overlays, anything
/// else replaces.
pub(super) fn by_name(first: Vec<Value>, second: Vec<Value>) -> Vec<Value> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let flag = |item: &Value, key: &str| item.get(key).is_some_and(|flag| flag == true || flag == "true");
    let mut merged = first;
    for item in second {
        match merged.iter().position(|known| known.get("name") == item.get("name")) {
            Some(at) if flag(&item, "remove") => drop(merged.remove(at)),
            Some(at) if flag(&item, "merge") => {
                if let (Value::Object(below), Value::Object(above)) = (&mut merged[at], item) {
                    below.extend(above);
                    below.shift_remove("merge");
                }
            }
            Some(at) => merged[at] = item,
            None => merged.push(item),
        }
    }
    merged
}

/// Anything with an id: the second list replaces items of the first and adds to them.
pub(super) fn by_id<T>(mut first: Vec<T>, second: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
    for item in second {
        match first.iter().position(|known| id(known) == id(&item)) {
            Some(at) => first[at] = item,
            None => first.push(item),
        }
    }
    first
}

/// A deep merge: `null` removes a key, objects merge, lists and other values replace.
///
/// # Errors
/// An object or a list that is to become something else.
pub(super) fn deep(below: &Map, above: &Map, origin: &Origin) -> Result<Map, Finding> {
    let mut merged = Map::new();
    for (key, value) in below {
        let merged_value = match (value, above.get(key)) {
            (value, None) => value.clone(),
            (_, Some(Value::Null)) => continue,
            (Value::Object(below), Some(Value::Object(above))) => Value::Object(deep(below, above, origin)?),
            (Value::Object(_) | Value::Array(_), Some(other)) if !same_kind(value, other) => {
                let title = format!("'{key}' cannot be merged: an object or a list would become something else");
                return Err(origin.error("GNK0095", title, "write a value of the same kind"));
            }
            (_, Some(other)) => other.clone(),
        };
        merged.insert(key.clone(), merged_value);
    }
    for (key, value) in above {
        if !below.contains_key(key) {
            merged.insert(key.clone(), value.clone());
        }
    }
    Ok(merged)
}

fn same_kind(first: &Value, second: &Value) -> bool {
    (first.is_array() && second.is_array()) || (first.is_object() && second.is_object())
}
