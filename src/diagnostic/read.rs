//! Reads YAML or JSON text into values, with one clear finding for everything that can be wrong with the text itself.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::syntax::in_words;
use super::{Diagnostic, Place, Source, Step};
use crate::model::Map;

/// Nesting of lists and objects beyond which a text is refused.
const DEEPEST: usize = 127;
/// Bytes of text beyond which it is refused.
const LONGEST: usize = 64 << 20;
/// Values a text may hold once its YAML aliases are expanded.
const MOST_VALUES: usize = 2_000_000;
/// Open brackets beyond which no parser is asked: theirs is quadratic there.
const MOST_OPEN_BRACKETS: usize = 2_000;

/// One document of a text and where it stands.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// Its top.
    pub place: Place,
}

/// Reads every document of a text. Findings that are errors mean that the documents are incomplete.
#[must_use]
pub fn read_documents(source: &Arc<Source>) -> (Vec<Document>, Vec<Diagnostic>) {
    if let Some(refused) = refuse(source) {
        return (Vec::new(), vec![refused]);
    }
    if !source.is_json() {
        return read_yaml(source);
    }
    match read_json(source) {
        (documents, findings) if !findings.iter().any(Diagnostic::is_error) => (documents, findings),
        failed if source.is_named_json() => failed,
        failed => match read_yaml(source) {
            (documents, findings) if !findings.iter().any(Diagnostic::is_error) => (documents, findings),
            _ => failed,
        },
    }
}

fn refuse(source: &Arc<Source>) -> Option<Diagnostic> {
    let text = &source.text;
    if text.len() > LONGEST {
        let title =
            format!("'{}' is too large: {} MiB, the limit is {} MiB", source.name, text.len() >> 20, LONGEST >> 20);
        return Some(Diagnostic::error("GNK0004", title).at(source, Place::file(0..0)));
    }
    let mut open = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MOST_OPEN_BRACKETS {
            return Some(too_deep().at(source, Place::file(at..at + 1)));
        }
    }
    None
}

fn too_deep() -> Diagnostic {
    Diagnostic::error("GNK0003", format!("lists and objects are nested deeper than {DEEPEST} levels"))
        .label("too deep")
        .help("documents this deep are mistakes of a generator; flatten it")
}

fn read_json(source: &Arc<Source>) -> (Vec<Document>, Vec<Diagnostic>) {
    let mut walk = Walk::new(0, false);
    let mut json = serde_json::Deserializer::from_str(&source.text);
    let read = Node(&mut walk).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    let mut findings = walk.duplicate_findings(source);
    match read {
        Ok(value) => (vec![Document { value, place: Place::default() }], findings),
        Err(error) => {
            let at = source.byte_at(error.line(), error.column());
            findings.push(walk.explain(source, &error.to_string(), (error.line() > 0).then_some(at)));
            (Vec::new(), findings)
        }
    }
}

fn read_yaml(source: &Arc<Source>) -> (Vec<Document>, Vec<Diagnostic>) {
    let mut documents = Vec::new();
    let mut findings = Vec::new();
    let mut values = 0;
    for (number, yaml) in serde_yaml::Deserializer::from_str(&source.text).enumerate() {
        let mut walk = Walk::new(number, true);
        walk.values = values;
        let read = Node(&mut walk).deserialize(yaml);
        findings.append(&mut walk.duplicate_findings(source));
        values = walk.values;
        match read {
            Ok(value) => documents.push(Document { value, place: Place::document(number) }),
            Err(error) => {
                let at = error.location().map(|location| source.byte_at(location.line(), location.column()));
                findings.push(walk.explain(source, &error.to_string(), at));
                break;
            }
        }
    }
    // An empty document behind a closing `---` is punctuation, not content.
    if documents.len() > 1 {
        documents.retain(|document| !document.value.is_null());
    }
    (documents, findings)
}

/// What is remembered while one document is read.
struct Walk {
    document: usize,
    yaml: bool,
    path: Vec<Step>,
    values: usize,
    duplicates: Vec<Vec<Step>>,
    stop: Option<Stop>,
}

/// Why reading was given up by us rather than by the parser.
enum Stop {
    Deep,
    Many,
    Tag,
    Number(String),
}

impl Walk {
    fn new(document: usize, yaml: bool) -> Self {
        Self { document, yaml, path: Vec::new(), values: 0, duplicates: Vec::new(), stop: None }
    }

    fn place(&self, steps: &[Step]) -> Place {
        Place { document: self.document, steps: steps.to_vec(), ..Place::default() }
    }

    fn stop<E: serde::de::Error>(&mut self, stop: Stop) -> E {
        self.stop = Some(stop);
        E::custom("stopped")
    }

    fn duplicate_findings(&self, source: &Arc<Source>) -> Vec<Diagnostic> {
        let finding = |steps: &Vec<Step>| {
            let Some(Step::Key(key)) = steps.last() else { unreachable!("only keys are doubled") };
            let title = format!("the key '{key}' stands here twice");
            let finding = if self.yaml {
                Diagnostic::error("GNK0002", title).help("keep one of the two")
            } else {
                Diagnostic::warning("GNK0002", title).help("the last one counts, as in Spinnaker; drop the other")
            };
            finding.label("written again").at(source, self.place(steps).on_key())
        };
        self.duplicates.iter().map(finding).collect()
    }

    /// Turns a parser's error into a finding; `at` is where the parser stood.
    fn explain(&self, source: &Arc<Source>, message: &str, at: Option<usize>) -> Diagnostic {
        let here = self.place(&self.path);
        let finding = match &self.stop {
            Some(Stop::Deep) => too_deep(),
            Some(Stop::Many) => expands_too_far(),
            Some(Stop::Tag) => Diagnostic::error("GNK0005", "YAML tags such as '!text' have no meaning here")
                .help("write the value without the tag"),
            Some(Stop::Number(number)) => {
                Diagnostic::error("GNK0005", format!("'{number}' is a number that JSON cannot hold"))
                    .help("put it in quotes")
            }
            None if message.contains("recursion limit") => too_deep(),
            None if message.contains("repetition limit") => expands_too_far(),
            None => return self.explain_syntax(source, message, at),
        };
        finding.at(source, here)
    }

    fn explain_syntax(&self, source: &Arc<Source>, message: &str, at: Option<usize>) -> Diagnostic {
        let at = at.unwrap_or(0).min(source.text.len());
        let place = Place { document: self.document, ..Place::file(mark(&source.text, at)) };
        if let Some((kind, found)) = template_mark(&source.text) {
            return Diagnostic::error("GNK0008", format!("'{}' is a {kind}, not a pipeline", source.name))
                .label("a template begins here")
                .help("render it first; gennaker reads the rendered pipeline")
                .at(source, Place { document: self.document, ..Place::file(found..found + 2) });
        }
        if source.name.ends_with("sonnet") {
            return Diagnostic::error("GNK0008", format!("'{}' is a Jsonnet program, not a pipeline", source.name))
                .help("run it with 'jsonnet'; gennaker reads the JSON it prints")
                .at(source, place);
        }
        let format = if self.yaml { "YAML" } else { "JSON" };
        let (words, help) = in_words(message, self.yaml);
        let finding = Diagnostic::error("GNK0001", format!("not readable as {format}: {words}"));
        let line_start = source.text[..at].rfind('\n').map_or(0, |i| i + 1);
        let indent = source.text[line_start..].split(|c: char| !c.is_whitespace()).next().unwrap_or("");
        if self.yaml && indent.contains('\t') {
            return finding.help("YAML is indented with spaces; replace the tabs").at(source, place);
        }
        finding.help(help).at(source, place)
    }
}

fn expands_too_far() -> Diagnostic {
    Diagnostic::error("GNK0004", format!("YAML aliases expand to more than {MOST_VALUES} values"))
        .help("aliases of aliases multiply; write the values out or drop some")
}

/// What to mark for a parser that stopped at a byte: that character, or the last one of the text.
fn mark(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = if at >= text.len() { text.trim_end().char_indices().last().map_or(0, |(i, _)| i) } else { at };
    let width = text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    at..at + width
}

/// The first mark of a text template: what it is a template of, and where.
fn template_mark(text: &str) -> Option<(&'static str, usize)> {
    let block = text.find("{%").map(|at| ("Jinja template", at));
    let value = text.find("{{").map(|at| ("template (Jinja, or a dinghyfile)", at));
    block.or(value)
}

/// Reads one value, whatever it is.
struct Node<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.values += 1;
        if self.0.values > MOST_VALUES {
            return Err(self.0.stop(Stop::Many));
        }
        if self.0.path.len() > DEEPEST {
            return Err(self.0.stop(Stop::Deep));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(self.0.stop(Stop::Number(value.to_string()))),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    /// What an empty YAML document is.
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(self.0.stop(Stop::Tag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            self.0.path.push(Step::Index(list.len()));
            let Some(item) = items.next_element_seed(Node(self.0))? else { break };
            list.push(item);
            self.0.path.pop();
        }
        self.0.path.pop();
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.path.push(Step::Key(key.clone()));
            if map.contains_key(&key) {
                self.0.duplicates.push(self.0.path.clone());
            }
            let value = entries.next_value_seed(Node(self.0))?;
            self.0.path.pop();
            match value {
                Value::Object(_) | Value::Array(_) if self.0.yaml && key == "<<" => merged.push(value),
                value => {
                    map.insert(key, value);
                }
            }
        }
        for value in merged {
            merge(&mut map, value).map_err(A::Error::custom)?;
        }
        Ok(Value::Object(map))
    }
}

/// YAML's merge key: what the map lacks comes from the merged one; among several the first wins.
fn merge(map: &mut Map, value: Value) -> Result<(), &'static str> {
    match value {
        Value::Object(other) => {
            for (key, value) in other {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(others) => others.into_iter().try_for_each(|other| match other {
            Value::Object(_) => merge(map, other),
            _ => Err("'<<' merges objects only"),
        }),
        _ => Err("'<<' merges objects only"),
    }
}
