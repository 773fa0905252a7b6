//! Stage types and the shapes of their fields.

use std::collections::HashMap;

use serde_json::Value;

use super::{Findings, with_help};
use crate::diagnostic::{Diagnostic, Place, Step, one_of};
use crate::model::{Field, Map, Shape, StageCatalogue};
use crate::pipeline::header::describe;
use crate::pipeline::stage_fields::{BOOKKEEPING_KEYS, COMMON_FIELDS, HEADER_KEYS};
use crate::pipeline::sugar::unit_name;
use crate::pipeline::{Pipeline, StageDefinition};

pub(super) fn check(pipeline: &Pipeline, catalogue: &dyn StageCatalogue, findings: &mut Findings<'_>) {
    // Pipelines have many stages of few types: each type is looked up once.
    let mut tables: HashMap<&str, Option<&'static [Field]>> = HashMap::new();
    for stage in &pipeline.stages {
        let kind = working_kind(stage);
        if kind.is_empty() {
            let title =
                format!("stage '{}' has no type", if stage.name.is_empty() { &stage.ref_id } else { &stage.name });
            let help = "write 'type: …'; 'gennaker docs stages' lists all types";
            findings.add(Diagnostic::error("GNK0021", title).label("no type").help(help), stage.place.clone());
            continue;
        }
        match *tables.entry(kind).or_insert_with(|| catalogue.fields(kind)) {
            Some(fields) => {
                check_stage(stage, kind, fields, findings);
                check_values(stage, catalogue, findings);
            }
            None => unknown_kind(stage, kind, catalogue, findings),
        }
    }
}

/// Spinnaker runs the stage registered for `alias` when there is one.
pub(super) fn working_kind(stage: &StageDefinition) -> &str {
    stage.context.get("alias").and_then(Value::as_str).filter(|alias| !alias.is_empty()).unwrap_or(&stage.kind)
}

fn unknown_kind(stage: &StageDefinition, kind: &str, catalogue: &dyn StageCatalogue, findings: &mut Findings<'_>) {
    let place = stage.place.key(if kind == stage.kind { "type" } else { "alias" });
    if let Some(reason) = catalogue.unsupported(kind) {
        let title = format!("stages of type '{kind}' are not supported");
        return findings.add(Diagnostic::error("GNK0023", title).label("not supported").help(reason), place);
    }
    let finding = Diagnostic::error("GNK0022", format!("unknown stage type '{kind}'")).label("no such stage type");
    let guess = findings.did_you_mean(kind, catalogue.kinds());
    let help = guess.unwrap_or_else(|| {
        "'gennaker docs stages' lists all types; preconfigured webhooks and jobs are configured in gennaker.yaml under \
         'services'"
            .to_owned()
    });
    findings.add(finding.help(help), place);
}

fn check_stage(stage: &StageDefinition, kind: &str, fields: &'static [Field], findings: &mut Findings<'_>) {
    let mut walk = Walk { place: stage.place.clone(), kind, findings, foreign: is_foreign(&stage.context) };
    walk.missing(&stage.context, fields, Some("type"));
    for (key, value) in &stage.context {
        match fields.iter().chain(COMMON_FIELDS).find(|field| field.name == key) {
            Some(field) => walk.below_key(key, |walk| walk.value(value, &field.shape)),
            None if BOOKKEEPING_KEYS.binary_search(&key.as_str()).is_ok() || HEADER_KEYS.contains(&key.as_str()) => {}
            None => {
                let names =
                    fields.iter().chain(COMMON_FIELDS).map(|field| field.name).chain(HEADER_KEYS.iter().copied());
                walk.unknown(key, names, &format!("a '{kind}' stage"));
            }
        }
    }
}

/// Values for parameters that the configured type does not have.
fn check_values(stage: &StageDefinition, catalogue: &dyn StageCatalogue, findings: &mut Findings<'_>) {
    let Some(configured) = catalogue.configured(&stage.kind) else { return };
    let Some(Value::Object(values)) = stage.context.get(configured.field) else { return };
    for name in values.keys().filter(|name| !configured.takes(name)) {
        let title = format!("'{}' has no parameter '{name}'", stage.kind);
        let finding = Diagnostic::warning("GNK0029", title).label("nothing reads this");
        let help = findings.did_you_mean(name, configured.names.iter().map(String::as_str));
        findings.add(with_help(finding, help), stage.place.key(configured.field).key(name).on_key());
    }
}

/// A walk down a stage's context.
struct Walk<'a, 'f> {
    place: Place,
    kind: &'a str,
    findings: &'a mut Findings<'f>,
    /// Inside of what a cloud reads: its own fields are not in our tables.
    foreign: bool,
}

/// Whether an object is for a cloud rather than for this machine.
fn is_foreign(map: &Map) -> bool {
    let provider = ["cloudProvider", "cloudProviderType", "provider"].iter().find_map(|key| map.get(*key)?.as_str());
    provider.is_some_and(|provider| !matches!(provider, "" | "local"))
}

impl Walk<'_, '_> {
    fn below_key(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        self.place.steps.push(Step::Key(key.to_owned()));
        then(self);
        self.place.steps.pop();
    }

    fn missing(&mut self, map: &Map, fields: &[Field], mark: Option<&str>) {
        for field in fields.iter().filter(|field| field.required) {
            if map.get(field.name).is_none_or(Value::is_null) {
                let owner =
                    if mark.is_some() { format!("a '{}' stage", self.kind) } else { format!("'{}'", self.place) };
                let finding = Diagnostic::error("GNK0027", format!("{owner} needs '{}'", field.name))
                    .label(format!("'{}' is missing", field.name))
                    .help(format!("{}: {}", field.name, field.about));
                let place = mark.map_or_else(|| self.place.clone(), |key| self.place.key(key));
                self.findings.add(finding, place);
            }
        }
    }

    fn unknown<'c>(&mut self, key: &str, names: impl IntoIterator<Item = &'c str>, owner: &str) {
        let finding =
            Diagnostic::warning("GNK0029", format!("{owner} has no field '{key}'")).label("nothing reads this");
        let help = self.findings.did_you_mean(key, names);
        if self.foreign && help.is_none() {
            return;
        }
        self.findings.add(with_help(finding, help), self.place.key(key).on_key());
    }

    fn value(&mut self, value: &Value, shape: &Shape) {
        match (shape, value) {
            (_, Value::Null) | (Shape::Any, _) | (Shape::Map, Value::Object(_)) => {}
            // Where we have labels, some clouds have lists.
            (Shape::Map, Value::Array(_)) if self.foreign => {}
            (_, Value::String(text)) if text.contains("${") => {}
            (Shape::Text, Value::String(_) | Value::Number(_) | Value::Bool(_)) => {}
            // Deck leaves empty text where a field was cleared.
            (_, Value::String(text)) if text.is_empty() => {}
            (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Boolean, Value::String(text)) if is_boolean(text) => {}
            (Shape::Number | Shape::Duration(_), Value::Number(_)) => {}
            (Shape::Integer, Value::Number(number)) if is_whole(number.as_f64()) => {}
            (Shape::Number, Value::String(text)) if text.trim().parse::<f64>().is_ok() => {}
            // What is no duration was found when the document was read.
            (Shape::Duration(_), Value::String(_)) => {}
            (Shape::Integer, Value::String(text)) if is_whole(text.trim().parse().ok()) => {}
            (Shape::OneOf(words), Value::String(text)) => self.one_of(text, words),
            (Shape::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.place.steps.push(Step::Index(index));
                    self.value(value, item);
                    self.place.steps.pop();
                }
            }
            (Shape::Object(fields), Value::Object(map)) => {
                let around = self.foreign;
                self.foreign |= is_foreign(map);
                self.object(map, fields);
                self.foreign = around;
            }
            (shape, value) => self.wrong(value, shape),
        }
    }

    fn object(&mut self, map: &Map, fields: &[Field]) {
        self.missing(map, fields, None);
        for (key, value) in map {
            match fields.iter().find(|field| field.name == key) {
                Some(field) => self.below_key(key, |walk| walk.value(value, &field.shape)),
                None => {
                    let owner = self.place.steps.iter().rev().find_map(|step| match step {
                        Step::Key(key) => Some(format!("'{key}'")),
                        Step::Index(_) => None,
                    });
                    self.unknown(key, fields.iter().map(|field| field.name), &owner.unwrap_or_default());
                }
            }
        }
    }

    fn one_of(&mut self, text: &str, words: &[&'static str]) {
        if words.iter().any(|word| word.eq_ignore_ascii_case(text)) {
            return;
        }
        let finding = Diagnostic::error("GNK0028", format!("'{text}' is no choice for {}", self.field_name()))
            .label("not a choice");
        let guess = self.findings.did_you_mean(text, words.iter().copied());
        let help = guess.unwrap_or_else(|| format!("the choices are {}", one_of(words.iter().copied())));
        self.findings.add(finding.help(help), self.place.clone());
    }

    fn wrong(&mut self, value: &Value, shape: &Shape) {
        let wanted = wanted(shape);
        let title = format!("{} must be {wanted}, but is {}", self.field_name(), describe(value));
        let finding = Diagnostic::error("GNK0028", title).label(format!("{wanted} belongs here"));
        let help = format!("'gennaker docs {}' describes the fields of the stage", self.kind);
        self.findings.add(finding.help(help), self.place.clone());
    }

    /// `'capacity.min'`: the way from the stage on.
    fn field_name(&self) -> String {
        let below = self.place.steps.iter().rposition(|step| matches!(step, Step::Key(key) if key == "stages"));
        let steps = below.and_then(|i| self.place.steps.get(i + 2..)).unwrap_or(&self.place.steps).to_vec();
        format!("'{}'", Place { steps, ..Place::default() })
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn is_whole(number: Option<f64>) -> bool {
    number.is_some_and(|number| number.fract() == 0.0)
}

fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_owned(),
        Shape::Boolean => "true or false".to_owned(),
        Shape::Duration(unit) => format!("a number of {} or a duration such as '90s'", unit_name(*unit)),
        Shape::Integer => "a whole number".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map | Shape::Object(_) => "an object".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::OneOf(words) => one_of(words.iter().copied()),
        Shape::Text => "text".to_owned(),
    }
}
