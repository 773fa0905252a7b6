//! Manifests as people write them: several YAML documents, lists of manifests, lists in lists.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use serde_json::{Number, Value};

use super::kind::{self, described, json_type};
use crate::model::Map;

const MAX_DEPTH: usize = 100;
/// Most values of a text, aliases written out: a few lines of them can stand for billions.
const MAX_VALUES: usize = 1_000_000;

/// A text that holds no manifests, or wrong ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Not YAML.
    #[error("the manifests are no YAML: line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A document that is no manifest.
    #[error("document {document}, line {line}: {message}")]
    Manifest {
        /// Number of the document, from 1; those that are empty count.
        document: usize,
        /// Line the manifest starts at, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A manifest of a stage's own list that is none.
    #[error("manifest {number}: {message}")]
    Item {
        /// Its place in the list, from 1.
        number: usize,
        /// What is wrong with it.
        message: String,
    },
}

/// Manifests of a text, in their order: empty documents are dropped, lists of manifests are written out.
///
/// # Errors
/// The first thing that is no YAML or no manifest, with its place.
pub fn read(text: &str) -> Result<Vec<Value>, SourceError> {
    let mut manifests = Vec::new();
    each_document(text, |document, line, value| {
        let wrong = |message| SourceError::Manifest { document, line, message };
        flatten(value, &mut manifests).map_err(wrong)
    })?;
    Ok(manifests)
}

/// Values of a text that need be no manifests: several documents, lists written out, nulls dropped.
///
/// # Errors
/// The first thing that is no YAML, with its place.
pub fn documents(text: &str) -> Result<Vec<Value>, SourceError> {
    fn spread(value: Value, values: &mut Vec<Value>) {
        match value {
            Value::Null => {}
            Value::Array(items) => items.into_iter().for_each(|item| spread(item, values)),
            other => values.push(other),
        }
    }
    let mut values = Vec::new();
    each_document(text, |_, _, value| {
        spread(value, &mut values);
        Ok(())
    })?;
    Ok(values)
}

/// Calls this with each document's number, line and value.
fn each_document(
    text: &str,
    mut take: impl FnMut(usize, usize, Value) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    // Editors of Windows open files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), values: 0, text };
    let mut document = 0;
    while let Some((event, _)) = reader.next()? {
        if !matches!(event, Event::DocumentStart(_)) {
            continue;
        }
        document += 1;
        let first = reader.event()?;
        let line = first.1.start.line();
        let value = reader.node(first, 0)?;
        take(document, line, value)?;
    }
    Ok(())
}

/// Manifests of a stage's own list, lists in it written out and nulls dropped. An item may be the text of manifests, as
/// those of Armory's `Pipeline` resources are.
///
/// # Errors
/// The first item that is no manifest.
pub fn flatten_list(items: &[Value]) -> Result<Vec<Value>, SourceError> {
    let mut manifests = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let wrong = |message| SourceError::Item { number: index + 1, message };
        match item {
            Value::String(text) => manifests.extend(read(text).map_err(|inner| wrong(inner.to_string()))?),
            other => flatten(other.clone(), &mut manifests).map_err(wrong)?,
        }
    }
    Ok(manifests)
}

fn flatten(value: Value, manifests: &mut Vec<Value>) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items.into_iter().try_for_each(|item| flatten(item, manifests)),
        Value::Object(ref map) if is_list(map) => {
            let items = map.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            items.into_iter().try_for_each(|item| flatten(item, manifests))
        }
        Value::Object(_) => {
            check(&value)?;
            manifests.push(value);
            Ok(())
        }
        other => Err(format!("a manifest must be an object, but this is {}: {other}", json_type(&other))),
    }
}

/// `kind: List`, and the typed lists `kubectl get -o yaml` of old wrote.
fn is_list(map: &Map) -> bool {
    let text = |key| map.get(key).and_then(Value::as_str).unwrap_or_default();
    map.contains_key("items") && !map.contains_key("spec") && text("kind").ends_with("List")
}

fn check(manifest: &Value) -> Result<(), String> {
    for key in ["apiVersion", "kind"] {
        match manifest.get(key) {
            None | Some(Value::Null) => return Err(format!("the manifest {} has no '{key}'", described(manifest))),
            Some(Value::String(text)) if !text.trim().is_empty() => {}
            Some(other) => {
                return Err(format!("'{key}' of the manifest {} must be text, but is {other}", described(manifest)));
            }
        }
    }
    let metadata = manifest.get("metadata").unwrap_or(&Value::Null);
    if !metadata.is_object() && !metadata.is_null() {
        return Err(format!("'metadata' of the manifest {} must be an object", described(manifest)));
    }
    if let Some(name) = metadata.get("name").filter(|name| !name.is_string() && !name.is_null()) {
        return Err(format!(
            "'metadata.name' of the manifest {} must be text, but is {name}: quote it",
            described(manifest)
        ));
    }
    if kind::name(manifest).is_none() && kind::generate_name(manifest).is_none() {
        return Err(format!("the manifest {} has no 'metadata.name'", described(manifest)));
    }
    Ok(())
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Value>,
    values: usize,
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, SourceError> {
        let Some(event) = self.events.next() else { return Ok(None) };
        event.map(Some).map_err(|error| {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            let tab = self
                .text
                .lines()
                .nth(line.saturating_sub(1))
                .is_some_and(|line| line.chars().take_while(|c| c.is_whitespace() || *c == '-').any(|c| c == '\t'));
            let message = if tab { "tabs cannot indent YAML: use spaces".to_owned() } else { error.info().to_owned() };
            SourceError::Syntax { line, column, message }
        })
    }

    fn event(&mut self) -> Result<(Event<'t>, Span), SourceError> {
        let missing = || SourceError::Syntax { line: 1, column: 1, message: "the document ends too early".to_owned() };
        self.next()?.ok_or_else(missing)
    }

    fn node(&mut self, (event, span): (Event<'t>, Span), depth: usize) -> Result<Value, SourceError> {
        let wrong = |message: String| {
            Err(SourceError::Syntax { line: span.start.line(), column: span.start.col() + 1, message })
        };
        self.values += 1;
        if depth > MAX_DEPTH {
            return wrong(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let quoted = || Value::String(text.to_string());
                (anchor, if plain { scalar(&text) } else { quoted() })
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.event()? {
                        (Event::SequenceEnd, _) => break,
                        item => items.push(self.node(item, depth + 1)?),
                    }
                }
                (anchor, Value::Array(items))
            }
            Event::MappingStart(anchor, _) => (anchor, self.mapping(depth)?),
            Event::Alias(anchor) => {
                let Some(known) = self.anchors.get(&anchor) else { return wrong("unknown alias".to_owned()) };
                self.values += size(known);
                if self.values > MAX_VALUES {
                    return wrong(format!("aliases stand for more than {MAX_VALUES} values"));
                }
                return Ok(known.clone());
            }
            _ => return Ok(Value::Null),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, SourceError> {
        let mut map = Map::new();
        let mut merged = Map::new();
        loop {
            let (event, span) = self.event()?;
            let at = |message| SourceError::Syntax { line: span.start.line(), column: span.start.col() + 1, message };
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.to_string(),
                _ => return Err(at("a key must be text".to_owned())),
            };
            let value = self.event()?;
            let value = self.node(value, depth + 1)?;
            if merge {
                let sources = if let Value::Array(items) = value { items } else { vec![value] };
                for source in sources.iter().filter_map(Value::as_object) {
                    for (key, value) in source {
                        merged.entry(key).or_insert_with(|| value.clone());
                    }
                }
            } else if map.insert(key.clone(), value).is_some() {
                return Err(at(format!("the key '{key}' is there twice")));
            }
        }
        for (key, value) in merged {
            map.entry(key).or_insert(value);
        }
        Ok(Value::Object(map))
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// A plain scalar by the rules of YAML 1.1, which Spinnaker and kubectl read by; dates and times stay text.
fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return true.into(),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return false.into(),
        _ => {}
    }
    if let Some(number) = integer(text) {
        return number;
    }
    let float = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-._eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !text.starts_with('_');
    let number = if float { text.replace('_', "").parse::<f64>().ok().and_then(Number::from_f64) } else { None };
    number.map_or_else(|| text.into(), Value::Number)
}

fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain = digits.replace('_', "");
    let in_base = |prefix: &str, base| plain.strip_prefix(prefix).and_then(|rest| u64::from_str_radix(rest, base).ok());
    let octal = || if plain.len() > 1 { in_base("0", 8) } else { None };
    let decimal = || if plain.len() > 1 && plain.starts_with('0') { None } else { plain.parse().ok() };
    let number = in_base("0x", 16).or_else(|| in_base("0b", 2)).or_else(|| in_base("0o", 8)).or_else(octal);
    let number: u64 = number.or_else(decimal)?;
    if negative { i64::try_from(number).ok().map(|number| Value::from(-number)) } else { Some(number.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    fn names(text: &str) -> Vec<String> {
        read(text).unwrap().iter().map(|manifest| kind::full_name(manifest).unwrap()).collect()
    }

    #[test]
    fn documents_and_lists_are_written_out_and_nulls_dropped() {
        let text = "---\n# only a comment\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\nnull\n---\n\
                    - {kind: Pod, apiVersion: v1, metadata: {name: b}}\n- - {kind: Pod, apiVersion: v1, metadata: {name: c}}\n  - null\n---\n\
                    kind: List\napiVersion: v1\nitems:\n- kind: ConfigMapList\n  apiVersion: v1\n  items: [{kind: ConfigMap, apiVersion: v1, metadata: {generateName: d-}}]\n...\n";
        assert_eq!(names(text), ["pod a", "pod b", "pod c", "configMap d-"]);
        assert_eq!(read("").unwrap(), Vec::<Value>::new());
    }

    #[test]
    fn documents_need_be_no_manifests() {
        let text = "---\nnull\n---\nspec: {a: 1}\n---\n- {op: remove, path: /a}\n- null\n- [{op: add}]\n";
        let read = documents(text).unwrap();
        assert_eq!(read, [json!({"spec": {"a": 1}}), json!({"op": "remove", "path": "/a"}), json!({"op": "add"})]);
        assert!(documents("a: [").is_err());
    }

    #[test]
    fn windows_line_ends_and_byte_order_marks_do_no_harm() {
        assert_eq!(names("\u{feff}kind: Pod\r\napiVersion: v1\r\nmetadata:\r\n  name: a\r\n"), ["pod a"]);
    }

    #[test]
    fn what_is_missing_is_named_with_document_and_line() {
        assert_eq!(
            message("kind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\n\nkind: Pod\napiVersion: v1\n"),
            "document 2, line 6: the manifest of kind 'Pod' has no 'metadata.name'"
        );
        assert_eq!(
            message("metadata: {name: a}\nkind: Pod\n"),
            "document 1, line 1: the manifest 'Pod a' has no 'apiVersion'"
        );
        assert_eq!(
            message("apiVersion: v1\nmetadata: {name: a}\n"),
            "document 1, line 1: the manifest 'a' has no 'kind'"
        );
        assert_eq!(message("hello\n"), "document 1, line 1: a manifest must be an object, but this is text: \"hello\"");
        assert_eq!(
            message("{kind: Pod, apiVersion: v1, metadata: {name: 1}}"),
            "document 1, line 1: 'metadata.name' of the manifest of kind 'Pod' must be text, but is 1: quote it"
        );
        let items = [json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}), json!({"kind": "Pod"})];
        assert_eq!(
            flatten_list(&items).unwrap_err().to_string(),
            "manifest 2: the manifest of kind 'Pod' has no 'apiVersion'"
        );
    }

    #[test]
    fn items_of_a_list_may_be_texts() {
        let text =
            "kind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\n";
        let items = [json!(text), json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "c"}})];
        let names: Vec<Value> = flatten_list(&items).unwrap().iter().map(|it| it["metadata"]["name"].clone()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(
            flatten_list(&[json!("hello")]).unwrap_err().to_string(),
            "manifest 1: document 1, line 1: a manifest must be an object, but this is text: \"hello\""
        );
        assert!(flatten_list(&[json!([["hello"]])]).is_err());
    }

    #[test]
    fn tabs_and_other_mistakes_have_their_place() {
        let tab = message("kind: Pod\nmetadata:\n\tname: a\n");
        assert!(
            tab.starts_with("the manifests are no YAML: line 3, column ")
                && tab.ends_with("tabs cannot indent YAML: use spaces"),
            "{tab}"
        );
        assert_eq!(message("a: 1\na: 2\n"), "the manifests are no YAML: line 2, column 1: the key 'a' is there twice");
        assert!(message("a: [1\nb: 2").starts_with("the manifests are no YAML: line "));
    }

    #[test]
    fn aliases_are_written_out_but_not_without_end() {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbase: &b {x: '1', y: '2'}\ndata: {<<: *b, y: '3'}\n";
        assert_eq!(read(text).unwrap()[0]["data"], json!({"x": "1", "y": "3"}));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert!(message(&bomb).ends_with("aliases stand for more than 1000000 values"));
    }

    #[test]
    fn scalars_follow_yaml_1_1() {
        let cases = [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("~", Value::Null),
            ("0644", json!(420)),
            ("0o644", json!(420)),
            ("0x1F", json!(31)),
            ("1_000", json!(1000)),
            ("-7", json!(-7)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000.0)),
            ("089", json!(89.0)),
            ("1.2.3", json!("1.2.3")),
            ("12:30", json!("12:30")),
            ("2024-01-01", json!("2024-01-01")),
            ("-", json!("-")),
            (".", json!(".")),
            ("v1", json!("v1")),
            ("n", json!("n")),
            ("1e999", json!("1e999")),
        ];
        for (text, value) in cases {
            assert_eq!(scalar(text), value, "{text}");
        }
        assert_eq!(
            read("{kind: C, apiVersion: v1, metadata: {name: 'yes'}, a: \"0644\", b: !!str 7}").unwrap()[0]["b"],
            "7"
        );
    }
}
