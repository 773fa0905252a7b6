//! Filters and methods that Spinnaker's templates know and the Jinja engine does not, or knows otherwise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value as Jinja};
use serde_json::Value;

use super::java_text::java_text;
use super::jinja::to_json;
use crate::model::parse_name;

/// Adds the filters.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("frigga", frigga);
    environment.add_filter("json", json);
    environment.add_filter("tojson", json);
    environment.add_filter("base64", base64);
    environment.add_filter("b64encode", base64);
    environment.add_filter("max", |value: Jinja| extreme(&value, "max", f64::max));
    environment.add_filter("min", |value: Jinja| extreme(&value, "min", f64::min));
    environment.add_filter("default", or_default);
    environment.add_filter("d", or_default);
    environment.add_filter("string", |value: Jinja| java_text(&to_json(&value)));
    environment.add_filter("fromjson", |text: String| {
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(format!("no JSON: {error}")))?;
        Ok::<Jinja, Error>(Jinja::from(Serde(value)))
    });
    // Their width is a number, so they could make texts of any size.
    for filter in ["center", "indent", "format"] {
        environment.remove_filter(filter);
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// A part of a server group's name.
fn frigga(name: String, part: String) -> Result<Jinja, Error> {
    let found = parse_name(&name);
    let text = |part: Option<String>| part.map_or_else(|| Jinja::from(()), Jinja::from);
    Ok(match part.to_ascii_lowercase().as_str() {
        "app" => text(found.app),
        "stack" => text(found.stack),
        "detail" => text(found.detail),
        "cluster" => text(found.cluster),
        "group" => text(Some(name)),
        "sequence" => found.sequence.map_or_else(|| Jinja::from(()), Jinja::from),
        "push" => text(name.rsplit('-').next().filter(|_| found.sequence.is_some()).map(str::to_owned)),
        other => {
            let known = "app, stack, detail, cluster, group, push or sequence";
            return Err(wrong(format!("the filter 'frigga' knows no part '{other}', only {known}")));
        }
    })
}

fn json(value: Jinja) -> String {
    to_json(&value).to_string()
}

fn base64(value: Jinja) -> String {
    STANDARD.encode(java_text(&to_json(&value)))
}

fn extreme(value: &Jinja, filter: &str, choose: impl Fn(f64, f64) -> f64) -> Result<Jinja, Error> {
    let numbers = match to_json(value) {
        Value::Array(items) => items,
        _ => return Err(wrong(format!("the filter '{filter}' can only be used with a list"))),
    };
    let mut found: Option<f64> = None;
    for item in &numbers {
        let number = java_text(item).trim().parse::<f64>();
        let number = number.map_err(|_| wrong(format!("the filter '{filter}' needs numbers, not {item}")))?;
        found = Some(found.map_or(number, |known| choose(known, number)));
    }
    let found = found.ok_or_else(|| wrong(format!("the filter '{filter}' needs at least one number")))?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and of a sensible size, as just checked")]
    let whole = || Jinja::from(found as i64);
    Ok(if found.fract() == 0.0 && found.abs() < 1e15 { whole() } else { Jinja::from(found) })
}

/// The default takes the place of an unknown and of a null; of anything false only when asked to.
fn or_default(value: Jinja, default: Option<Jinja>, falsy: Option<bool>) -> Jinja {
    let missing = value.is_undefined() || value.is_none() || (falsy == Some(true) && !value.is_true());
    if missing { default.unwrap_or_else(|| Jinja::from("")) } else { value }
}

/// Methods of Java's and Python's texts, lists and maps that templates call.
pub(super) fn method(_: &mut State<'_, '_>, value: &Jinja, method: &str, arguments: &[Jinja]) -> Result<Jinja, Error> {
    let text = |index: usize| arguments.get(index).and_then(Jinja::as_str).unwrap_or_default();
    if let Some(own) = value.as_str() {
        if let Some(result) = text_method(own, method, text(0), text(1)) {
            return Ok(result);
        }
        if method == "substring" {
            let number = |index: usize| arguments.get(index).and_then(|n| usize::try_from(n.clone()).ok());
            let characters: Vec<char> = own.chars().collect();
            let end = number(1).unwrap_or(characters.len()).min(characters.len());
            let begin = number(0).unwrap_or(0).min(end);
            return Ok(Jinja::from(characters[begin..end].iter().collect::<String>()));
        }
    } else if let Some(result) = collection_method(value, method, arguments) {
        return Ok(result);
    }
    Err(Error::new(ErrorKind::UnknownMethod, format!("a {} has no method '{method}'", value.kind())))
}

fn text_method(own: &str, method: &str, first: &str, second: &str) -> Option<Jinja> {
    Some(match method {
        "lower" | "toLowerCase" => Jinja::from(own.to_lowercase()),
        "upper" | "toUpperCase" => Jinja::from(own.to_uppercase()),
        "strip" | "trim" => Jinja::from(own.trim()),
        "startswith" | "startsWith" => Jinja::from(own.starts_with(first)),
        "endswith" | "endsWith" => Jinja::from(own.ends_with(first)),
        "contains" => Jinja::from(own.contains(first)),
        "equals" => Jinja::from(own == first),
        "equalsIgnoreCase" => Jinja::from(own.eq_ignore_ascii_case(first)),
        // An empty needle stands between all characters and could double a text again and again.
        "replace" if !first.is_empty() => Jinja::from(own.replace(first, second)),
        "split" if first.is_empty() => own.split_whitespace().map(Jinja::from).collect(),
        "split" => own.split(first).map(Jinja::from).collect(),
        "length" => Jinja::from(own.encode_utf16().count()),
        "isEmpty" => Jinja::from(own.is_empty()),
        "indexOf" => Jinja::from(own.find(first).map_or(-1, |at| i64::try_from(at).unwrap_or(i64::MAX))),
        "toString" => Jinja::from(own),
        _ => return None,
    })
}

fn collection_method(value: &Jinja, method: &str, arguments: &[Jinja]) -> Option<Jinja> {
    let first = arguments.first().cloned().unwrap_or_default();
    let items = || value.try_iter().into_iter().flatten();
    let is_map = value.kind() == ValueKind::Map;
    Some(match method {
        "size" | "length" => Jinja::from(value.len()?),
        "isEmpty" => Jinja::from(value.len()? == 0),
        "toString" => Jinja::from(java_text(&to_json(value))),
        "get" if is_map => match value.get_item(&first).ok().filter(|found| !found.is_undefined()) {
            Some(found) => found,
            None => arguments.get(1).cloned().unwrap_or_default(),
        },
        "get" => value.get_item(&first).ok()?,
        "items" | "entrySet" if is_map => items()
            .map(|key| {
                let item = value.get_item(&key).unwrap_or_default();
                Jinja::from(vec![key, item])
            })
            .collect(),
        "keys" | "keySet" if is_map => items().collect(),
        "values" if is_map => items().map(|key| value.get_item(&key).unwrap_or_default()).collect(),
        "containsKey" | "contains" => Jinja::from(items().any(|item| item == first)),
        "indexOf" => {
            Jinja::from(items().position(|item| item == first).map_or(-1, |at| i64::try_from(at).unwrap_or(-1)))
        }
        _ => return None,
    })
}
