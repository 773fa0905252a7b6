//! From rendered text to the value it means: YAML 1.1, with the exceptions that orca's converter makes.

use serde_json::Value;

use crate::expr::{Level, Scope, evaluate_text};
use crate::model::Map;

/// Converts a rendered text. `Err` says why it is neither a text nor YAML.
pub(super) fn convert(text: String) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if let Some(kept) = text.strip_prefix("noexpand:") {
        return Ok(Value::String(kept.to_owned()));
    }
    if is_plain(&text) {
        return Ok(Value::String(text));
    }
    let structured = text.starts_with(['[', '{']);
    match yaml(&text) {
        Ok(Value::String(_) | Value::Null) => Ok(Value::String(text)),
        // Spinnaker turns dates into milliseconds here, which nobody means.
        Ok(Value::Number(_)) if is_date(&text) => Ok(Value::String(text)),
        Ok(value) => Ok(value),
        Err(reason) if structured && !ends_before_text(&text) => Err(reason),
        // `{a} b` and the like: orca takes what follows a value as a sign that a text is meant.
        Err(_) => Ok(Value::String(text)),
    }
}

/// Texts that are never read as YAML, and those where reading could not change anything.
fn is_plain(text: &str) -> bool {
    // A map as the key of a map is never meant; a text with the marks of Jinja, kept by `raw`, is.
    if text.starts_with("${") || text.starts_with("{{") || text.starts_with('*') || text.starts_with("@class") {
        return true;
    }
    if ["yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    let words = ["true", "false", "null"];
    text.starts_with(|c: char| c.is_alphabetic())
        && !text.contains(['\n', '#'])
        && !text.contains(": ")
        && !text.ends_with(':')
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Whether the brackets at the beginning are closed and something follows them.
fn ends_before_text(text: &str) -> bool {
    let mut open = 0usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return !text[at + c.len_utf8()..].trim().is_empty();
                }
            }
            _ => {}
        }
    }
    false
}

/// Reads YAML 1.1 as the expression language does, which has it from Spinnaker.
pub(super) fn yaml(text: &str) -> Result<Value, String> {
    let root = Map::from_iter([("text".to_owned(), Value::String(text.to_owned()))]);
    let evaluated = evaluate_text("${#readYaml(text)}", &Scope::of_document(root));
    match evaluated.failures.into_iter().find(|failure| failure.level == Level::Error) {
        // What the function says is enough; that it was a function does not help.
        Some(failure) => Err(in_one_line(&failure.description)),
        // A null leaves the expression in place.
        None if evaluated.value == "${#readYaml(text)}" => Ok(Value::Null),
        None => Ok(evaluated.value),
    }
}

fn in_one_line(said: &str) -> String {
    let said = said.split(" - EL").next().unwrap_or_default();
    said.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rendered_texts_become_the_values_of_orcas_own_tests() {
        for (text, expected) in [
            ("1", json!(1)),
            ("1.1", json!(1.1)),
            ("true", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("[\n  \"us-east-1\",\n  \"us-west-2\"\n]", json!(["us-east-1", "us-west-2"])),
            ("- us-east-1\n\n- us-west-2", json!(["us-east-1", "us-west-2"])),
            ("[5, 10]", json!([5, 10])),
            ("\"${ false }\".equalsIgnoreCase(\"True\")", json!("\"${ false }\".equalsIgnoreCase(\"True\")")),
            ("#stage(\"a\")[\"status\"] == \"x\"", json!("#stage(\"a\")[\"status\"] == \"x\"")),
            ("${ parameters.X ?: '' }", json!("${ parameters.X ?: '' }")),
            ("", Value::Null),
            ("* markdown list", json!("* markdown list")),
            ("noexpand:{\"t\": 1}", json!("{\"t\": 1}")),
            ("{\"a\": [1]}", json!({"a": [1]})),
            ("[prod] Deploy", json!("[prod] Deploy")),
            ("2024-01-31", json!("2024-01-31")),
            ("null", json!("null")),
            ("{{ kept }}", json!("{{ kept }}")),
        ] {
            assert_eq!(convert(text.to_owned()), Ok(expected), "{text}");
        }
        assert!(convert("[1, 2".to_owned()).is_err());
    }
}
