//! What our YAML adds to Spinnaker's documents: `needs`, refIds from names, durations, `parameters`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::document::{Parameter, StageDefinition};
use super::header::{Reader, describe};
use super::stage_fields::COMMON_FIELDS;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::model::{Field, Map, Shape, StageCatalogue, Unit, parse_duration};

/// A stage before refIds are given out and names in `needs` become refIds.
pub(super) struct Draft {
    stage: StageDefinition,
    ref_id: Option<String>,
    needs: Option<Vec<String>>,
}

/// Reads one stage.
pub(super) fn draft(
    map: &Map,
    place: Place,
    source: &Arc<Source>,
    catalogue: Option<&dyn StageCatalogue>,
    findings: &mut Vec<Diagnostic>,
) -> Draft {
    let mut header = Reader { map, place: &place, source, findings };
    let mut kind = header.text("type").unwrap_or_default();
    if let Some(provider) = header.text("providerType").filter(|provider| !matches!(provider.as_str(), "aws" | "titus"))
        && !kind.is_empty()
    {
        kind = format!("{kind}_{provider}");
    }
    let name = header.text("name").filter(|name| !name.is_empty()).unwrap_or_else(|| kind.clone());
    let ref_id = header.text("refId").filter(|id| !id.is_empty());
    let start_time_expiry = header.whole::<u64>("startTimeExpiry").and_then(|millis| i64::try_from(millis).ok());
    let requisites = references(map, "requisiteStageRefIds", &place, source, findings).unwrap_or_default();
    let needs = references(map, "needs", &place, source, findings);
    let mut context = map.clone();
    context.retain(|key, _| !is_header(key));
    durations_of_stage(&mut context, &kind, catalogue, &place, source, findings);
    let requisites_key = if needs.is_some() { "needs" } else { "requisiteStageRefIds" };
    let stage = StageDefinition {
        ref_id: String::new(),
        kind,
        name,
        requisites,
        requisites_key,
        start_time_expiry,
        context,
        place,
    };
    Draft { stage, ref_id, needs }
}

fn is_header(key: &str) -> bool {
    matches!(key, "type" | "name" | "refId" | "requisiteStageRefIds" | "needs" | "startTimeExpiry")
}

/// A reference or a list of them; numbers become text.
fn references(
    map: &Map,
    key: &str,
    place: &Place,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<String>> {
    let value = map.get(key)?;
    let place = place.key(key);
    let one = |value: &Value, place: Place, findings: &mut Vec<Diagnostic>| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        other => {
            let title = format!("'{key}' names stages, but here is {}", describe(other));
            findings
                .push(Diagnostic::error("GNK0010", title).label("the refId of a stage belongs here").at(source, place));
            None
        }
    };
    Some(match value {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            let read = |(index, item)| one(item, place.index(index), findings);
            items.iter().enumerate().filter_map(read).collect()
        }
        single => one(single, place, findings).into_iter().collect(),
    })
}

/// Gives out refIds and turns names into them.
///
/// When no stage says anything of its place, they run one after the other as `0`, `1`, … as in Spinnaker.
pub(super) fn connect(
    mut drafts: Vec<Draft>,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<StageDefinition> {
    let silent = |draft: &Draft| draft.ref_id.is_none() && draft.needs.is_none() && draft.stage.requisites.is_empty();
    if drafts.iter().all(silent) {
        for (number, draft) in drafts.iter_mut().enumerate() {
            draft.stage.ref_id = number.to_string();
            draft.stage.requisites = number.checked_sub(1).map(|before| before.to_string()).into_iter().collect();
        }
        return drafts.into_iter().map(|draft| draft.stage).collect();
    }
    name_stages(&mut drafts);
    let mut known: HashSet<String> = HashSet::with_capacity(drafts.len());
    let mut named: HashMap<String, Vec<String>> = HashMap::with_capacity(drafts.len());
    for draft in &drafts {
        known.insert(draft.stage.ref_id.clone());
        named.entry(draft.stage.name.clone()).or_default().push(draft.stage.ref_id.clone());
    }
    for draft in &mut drafts {
        let Some(needs) = draft.needs.take() else { continue };
        for (index, need) in needs.into_iter().enumerate() {
            let meant = match named.get(&need).map(Vec::as_slice) {
                _ if known.contains(&need) => need,
                Some([only]) => only.clone(),
                Some(several) => {
                    let title = format!("'{need}' is the name of {} stages", several.len());
                    let finding = Diagnostic::error("GNK0031", title).label("which of them?");
                    let help = format!(
                        "write one of their refIds: {}",
                        crate::diagnostic::one_of(several.iter().map(String::as_str))
                    );
                    findings.push(finding.help(help).at(source, need_place(&draft.stage.place, index)));
                    continue;
                }
                None => need,
            };
            if !draft.stage.requisites.contains(&meant) {
                draft.stage.requisites.push(meant);
            }
        }
    }
    drafts.into_iter().map(|draft| draft.stage).collect()
}

/// `needs` is a name or a list of them; a place into a list that is none means the value itself.
fn need_place(stage: &Place, index: usize) -> Place {
    stage.key("needs").index(index)
}

/// Stages without refId take their name's, made unique.
fn name_stages(drafts: &mut [Draft]) {
    let mut taken: HashSet<String> = drafts.iter().filter_map(|draft| draft.ref_id.clone()).collect();
    let mut next: HashMap<String, usize> = HashMap::new();
    for draft in drafts {
        if let Some(ref_id) = draft.ref_id.take() {
            draft.stage.ref_id = ref_id;
            continue;
        }
        let base = match kebab(&draft.stage.name) {
            name if name.is_empty() => "stage".to_owned(),
            name => name,
        };
        let number = next.entry(base.clone()).or_insert(1);
        loop {
            let candidate = if *number == 1 { base.clone() } else { format!("{base}-{number}") };
            *number += 1;
            if taken.insert(candidate.clone()) {
                draft.stage.ref_id = candidate;
                break;
            }
        }
    }
}

/// `Deploy to Prod (EU)` → `deploy-to-prod-eu`.
pub(super) fn kebab(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_alphanumeric() {
            text.extend(c.to_lowercase());
        } else if !text.is_empty() && !text.ends_with('-') {
            text.push('-');
        }
    }
    text.truncate(text.trim_end_matches('-').len());
    text
}

fn durations_of_stage(
    context: &mut Map,
    kind: &str,
    catalogue: Option<&dyn StageCatalogue>,
    place: &Place,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) {
    let own = catalogue.and_then(|catalogue| catalogue.fields(kind)).unwrap_or(&[]);
    for (key, value) in context.iter_mut() {
        let field = own.iter().chain(COMMON_FIELDS).find(|field| field.name == key);
        if let Some(field) = field {
            durations(value, &field.shape, &|| place.key(key), source, findings);
        }
    }
}

/// Turns durations into numbers of the unit their field counts in.
fn durations(
    value: &mut Value,
    shape: &Shape,
    place: &dyn Fn() -> Place,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) {
    match (shape, value) {
        (Shape::Duration(unit), value) => {
            let Value::String(text) = &*value else { return };
            if text.contains("${") || text.trim().parse::<f64>().is_ok() || text.is_empty() {
                return;
            }
            match parse_duration(text).map(|duration| in_unit(duration, *unit)) {
                Some(number) => *value = number,
                None => {
                    let finding = Diagnostic::error("GNK0057", format!("'{text}' is no duration"));
                    let help = "write a number and a unit, such as '90s', '5m' or '1h30m'";
                    findings.push(finding.label("a duration belongs here").help(help).at(source, place()));
                }
            }
        }
        (Shape::List(item), Value::Array(items)) => {
            for (index, value) in items.iter_mut().enumerate() {
                durations(value, item, &|| place().index(index), source, findings);
            }
        }
        (Shape::Object(fields), Value::Object(map)) => {
            for (key, value) in map.iter_mut() {
                if let Some(field) = fields.iter().find(|field: &&Field| field.name == key) {
                    durations(value, &field.shape, &|| place().key(key), source, findings);
                }
            }
        }
        _ => {}
    }
}

/// A whole number where it is one, as Spinnaker writes it; else a fraction, which every duration of ours may be.
fn in_unit(duration: Duration, unit: Unit) -> Value {
    let per_unit = match unit {
        Unit::Milliseconds => 1,
        Unit::Seconds => 1_000,
        Unit::Minutes => 60_000,
        Unit::Hours => 3_600_000,
    };
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis % per_unit == 0 { (millis / per_unit).into() } else { (millis as f64 / per_unit as f64).into() }
}

pub(super) const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Milliseconds => "milliseconds",
        Unit::Seconds => "seconds",
        Unit::Minutes => "minutes",
        Unit::Hours => "hours",
    }
}

/// Reads `parameterConfig`, and `parameters` in its place; the document then holds `parameterConfig` only.
pub(super) fn parameters(
    map: &mut Map,
    place: &Place,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Parameter> {
    let mut declared = Vec::new();
    let mut written = Vec::new();
    for key in ["parameterConfig", "parameters"] {
        let place = place.key(key);
        match map.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let place = place.index(index);
                    match item {
                        Value::Object(entry) => declared.extend(parameter(entry, None, place, source, findings)),
                        other => findings.push(no_declaration(other).at(source, place)),
                    }
                    written.push(item.clone());
                }
            }
            Some(Value::Object(entries)) if key == "parameters" => {
                for (name, value) in entries {
                    let entry = spelled_out(name, value);
                    declared.extend(parameter(&entry, Some(name), place.key(name), source, findings));
                    written.push(Value::Object(entry));
                }
            }
            Some(other) => findings.push(no_declaration(other).at(source, place)),
        }
    }
    if map.contains_key("parameters") {
        map.shift_remove("parameters");
        map.insert("parameterConfig".into(), Value::Array(written));
    }
    declared
}

fn no_declaration(value: &Value) -> Diagnostic {
    let title = format!("a parameter is declared by an object with a 'name', not by {}", describe(value));
    Diagnostic::error("GNK0061", title).help("write '- name: NAME', or 'parameters:' with 'NAME: DEFAULT' lines")
}

/// Spinnaker's form of `name: default` or `name: {default, description, required, options}`.
fn spelled_out(name: &str, value: &Value) -> Map {
    let mut entry = Map::new();
    entry.insert("name".into(), name.into());
    match value {
        Value::Object(map) => entry.extend(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
        Value::Null => {}
        default => {
            entry.insert("default".into(), default.clone());
        }
    }
    if let Some(Value::Array(options)) = entry.get("options") {
        let options =
            options.iter().map(|option| if option.is_object() { option.clone() } else { json!({"value": option}) });
        let options = options.collect();
        entry.insert("options".into(), options);
        entry.entry("hasOptions").or_insert(true.into());
    }
    entry
}

fn parameter(
    entry: &Map,
    name: Option<&str>,
    place: Place,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Parameter> {
    let mut reader = Reader { map: entry, place: &place, source, findings };
    let name = name.map(str::to_owned).or_else(|| reader.text("name")).filter(|name| !name.is_empty());
    let Some(name) = name else {
        let finding = Diagnostic::error("GNK0061", "this parameter has no name").label("'name' is missing");
        findings.push(finding.at(source, place));
        return None;
    };
    let options = reader.list("options");
    let has_options = reader.flag("hasOptions").unwrap_or(false);
    let condition = reader.object("condition").filter(|_| reader.flag("conditional").unwrap_or(true));
    let label = reader.text("label").filter(|label| !label.is_empty());
    let description = reader.text("description").filter(|text| !text.is_empty());
    let required = reader.flag("required").unwrap_or(false);
    let constraint = reader.text("constraint").filter(|text| !text.is_empty());
    let text_of = |map: &Map, key: &str| map.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    Some(Parameter {
        name,
        label,
        description,
        default: entry.get("default").filter(|default| !default.is_null()).cloned(),
        required,
        options: has_options
            .then(|| options.into_iter().map(|option| option.get("value").cloned().unwrap_or(option)).collect()),
        constraint,
        condition: condition.map(|condition| {
            let value = condition.get("comparatorValue").cloned().unwrap_or(Value::Null);
            (text_of(&condition, "parameter"), text_of(&condition, "comparator"), value)
        }),
        place,
    })
}
