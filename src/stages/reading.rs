//! Reads values out of a stage's context the way Spinnaker takes them: numbers and booleans may be written as text.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Failure, Map, Unit, parse_duration};

/// The text under this key; numbers and booleans are taken as text. `None` when absent, null or an object or list.
pub(super) fn text(context: &Map, key: &str) -> Option<String> {
    match context.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The text under this key, when it is not blank.
pub(super) fn filled(context: &Map, key: &str) -> Option<String> {
    text(context, key).filter(|text| !text.trim().is_empty())
}

/// Whether the key holds `true`, also as text.
pub(super) fn flag(context: &Map, key: &str) -> bool {
    optional_flag(context, key).unwrap_or(false)
}

/// `true` or `false` under this key, also as text; `None` when it is anything else.
pub(super) fn optional_flag(context: &Map, key: &str) -> Option<bool> {
    text(context, key)?.trim().to_ascii_lowercase().parse().ok()
}

/// The whole number under this key, also as text.
pub(super) fn integer(context: &Map, key: &str) -> Option<i64> {
    context.get(key).and_then(as_integer)
}

/// A value as a whole number, also from text and from `3.0`.
pub(super) fn as_integer(value: &Value) -> Option<i64> {
    match value {
        // Java binds 3.0 to an int as 3; the cast saturates.
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The items under this key; a single value counts as a list of one, absence as none.
pub(super) fn list<'a>(context: &'a Map, key: &str) -> &'a [Value] {
    match context.get(key) {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => &[],
        Some(single) => std::slice::from_ref(single),
    }
}

/// The object under this key.
pub(super) fn object<'a>(context: &'a Map, key: &str) -> Option<&'a Map> {
    context.get(key).and_then(Value::as_object)
}

/// The length of time under this key: a number of `unit`, or `90s`, `2h`.
pub(super) fn duration(context: &Map, key: &str, unit: Unit) -> Result<Option<Duration>, Failure> {
    let Some(value) = context.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let seconds = match unit {
        Unit::Milliseconds => 0.001,
        Unit::Seconds => 1.0,
        Unit::Minutes => 60.0,
        Unit::Hours => 3600.0,
    };
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let read = match (number, value) {
        // A negative time is one that has passed, as in Java.
        (Some(number), _) => Duration::try_from_secs_f64(number.max(0.0) * seconds).ok(),
        (None, Value::String(text)) => parse_duration(text),
        (None, _) => None,
    };
    read.map(Some).ok_or_else(|| {
        Failure::user(format!("'{key}' is {value}, which is no length of time"))
            .detail("write a number of seconds, or a time such as 90s, 5m, 2h")
    })
}

/// Milliseconds of a duration; saturates after 292 million years.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn values_are_taken_as_spinnaker_takes_them() {
        let context = map(json!({"n": 3, "t": "4", "b": "True", "f": 3.0, "o": {}, "l": [1], "z": null}));
        assert_eq!(text(&context, "n").as_deref(), Some("3"));
        assert_eq!(integer(&context, "t"), Some(4));
        assert_eq!(integer(&context, "f"), Some(3));
        assert!(flag(&context, "b") && !flag(&context, "o") && !flag(&context, "absent"));
        assert_eq!((list(&context, "l").len(), list(&context, "n").len(), list(&context, "z").len()), (1, 1, 0));
    }

    #[test]
    fn times_are_numbers_of_their_unit_or_words() {
        let context = map(json!({"a": 30, "b": "30", "c": "2m", "d": -1, "e": "soon"}));
        let read = |key| duration(&context, key, Unit::Seconds);
        assert_eq!(read("a").unwrap(), Some(Duration::from_secs(30)));
        assert_eq!(read("b").unwrap(), Some(Duration::from_secs(30)));
        assert_eq!(read("c").unwrap(), Some(Duration::from_secs(120)));
        assert_eq!(read("d").unwrap(), Some(Duration::ZERO));
        assert_eq!(read("absent").unwrap(), None);
        assert!(read("e").unwrap_err().message.contains("\"soon\""));
    }
}
