//! Values of documents, read as leniently as Spinnaker reads them: numbers and flags may be text.

use serde_json::Value;

use super::error::invalid;
use crate::model::Map;
use crate::providers::Error;

/// Whether a key says anything.
fn given<'a>(map: &'a Map, key: &str) -> Option<&'a Value> {
    map.get(key).filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

fn wrong(key: &str, value: &Value, what: &str) -> Error {
    invalid(format!("'{key}' is {value}, but must be {what}"))
}

/// Text; numbers and flags are taken as text.
pub(in crate::providers) fn text(map: &Map, key: &str) -> Result<Option<String>, Error> {
    match given(map, key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(value.to_string())),
        Some(value) => Err(wrong(key, value, "text")),
    }
}

/// The first of several keys that says something.
pub(in crate::providers) fn first_text(map: &Map, keys: &[&str]) -> Result<Option<String>, Error> {
    for key in keys {
        if let Some(found) = text(map, key)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// `true` or `false`.
pub(in crate::providers) fn flag(map: &Map, key: &str) -> Result<Option<bool>, Error> {
    match given(map, key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(value) => Err(wrong(key, value, "true or false")),
    }
}

/// A whole number.
pub(in crate::providers) fn integer(map: &Map, key: &str) -> Result<Option<i32>, Error> {
    let Some(value) = given(map, key) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    match number.and_then(|number| i32::try_from(number).ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(wrong(key, value, "a whole number")),
    }
}

/// A list of texts; a single text is a list of one.
pub(in crate::providers) fn texts(map: &Map, key: &str) -> Result<Vec<String>, Error> {
    let Some(value) = given(map, key) else { return Ok(Vec::new()) };
    let item = |item: &Value| match item {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(_) => Ok(item.to_string()),
        other => Err(wrong(key, other, "a list of texts")),
    };
    let list = match value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(item).collect::<Result<Vec<_>, _>>()?,
        other => vec![item(other)?],
    };
    Ok(list.into_iter().filter(|text| !text.is_empty()).collect())
}

/// A list of objects.
pub(in crate::providers) fn objects(map: &Map, key: &str) -> Result<Vec<Map>, Error> {
    let Some(value) = given(map, key) else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or_else(|| wrong(key, value, "a list of objects"))?;
    let object = |item: &Value| item.as_object().cloned().ok_or_else(|| wrong(key, item, "an object"));
    items.iter().map(object).collect()
}

/// An object.
pub(in crate::providers) fn object<'a>(map: &'a Map, key: &str) -> Result<Option<&'a Map>, Error> {
    match given(map, key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(value) => Err(wrong(key, value, "an object")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_may_stand_for_numbers_and_flags() {
        let Value::Object(map) = json!({"n": "3", "f": "True", "l": "one", "many": ["a", 1, null], "bad": {}}) else {
            unreachable!()
        };
        assert_eq!(integer(&map, "n").unwrap(), Some(3));
        assert_eq!(flag(&map, "f").unwrap(), Some(true));
        assert_eq!(texts(&map, "l").unwrap(), ["one"]);
        assert_eq!(texts(&map, "many").unwrap(), ["a", "1"]);
        assert_eq!(text(&map, "bad").unwrap_err().message, "'bad' is {}, but must be text");
        assert_eq!(integer(&map, "none").unwrap(), None);
    }
}
