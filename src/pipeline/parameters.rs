//! The values of an execution's parameters: what was given, and defaults for the rest (contract 1.3).

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use super::{Parameter, Pipeline};
use crate::diagnostic::{Diagnostic, Place, Source, nearest, one_of, read_documents};
use crate::model::Map;

/// The values an execution starts with.
#[derive(Clone, Debug, Default)]
pub struct ParameterValues {
    /// `trigger.parameters`: every declared parameter, and every other that was given.
    pub values: Map,
    /// What is wrong with them; errors only when values are enforced.
    pub diagnostics: Vec<Diagnostic>,
}

/// Fills in defaults. Spinnaker checks nothing of this when a pipeline starts; with `enforce`, as for people, required
/// parameters, options, dates and conditions are checked, and a parameter that is not declared is an error.
#[must_use]
pub fn resolve(pipeline: &Pipeline, given: &Map, enforce: bool) -> ParameterValues {
    let mut values = Map::new();
    for parameter in &pipeline.parameters {
        let value = given.get(&parameter.name).or(parameter.default.as_ref()).cloned().unwrap_or(Value::Null);
        values.insert(parameter.name.clone(), value);
    }
    let mut diagnostics = Vec::new();
    for (name, value) in given {
        if !values.contains_key(name) {
            diagnostics.push(undeclared(pipeline, name, enforce));
            values.insert(name.clone(), value.clone());
        }
    }
    if enforce {
        let broken = pipeline.parameters.iter().filter_map(|parameter| check(parameter, &values));
        diagnostics.extend(broken.map(|(finding, place)| finding.at(&pipeline.source, place)));
    }
    ParameterValues { values, diagnostics }
}

fn undeclared(pipeline: &Pipeline, name: &str, enforce: bool) -> Diagnostic {
    let title = format!("pipeline '{}' declares no parameter '{name}'", pipeline.name);
    let finding = if enforce { Diagnostic::error("GNK0066", title) } else { Diagnostic::warning("GNK0066", title) };
    match nearest(name, pipeline.parameters.iter().map(|parameter| parameter.name.as_str())) {
        Some(meant) => finding.help(format!("did you mean '{meant}'?")),
        None if enforce => finding.help(match pipeline.parameters.is_empty() {
            true => "it takes none".to_owned(),
            false => format!("it takes {}", one_of(pipeline.parameters.iter().map(|parameter| &*parameter.name))),
        }),
        None => finding.help("it is passed on as it is"),
    }
}

fn check(parameter: &Parameter, values: &Map) -> Option<(Diagnostic, Place)> {
    let value = values.get(&parameter.name)?;
    let name = &parameter.name;
    if !is_asked_for(parameter, values) {
        return None;
    }
    if value.is_null() || value.as_str() == Some("") {
        let options: Vec<String> = parameter.options.iter().flatten().map(plain).collect();
        let help = match options.len() {
            0 => format!("give it with -p {name}=VALUE"),
            1..=10 => format!("give it with -p {name}=VALUE: {}", one_of(options.iter().map(String::as_str))),
            more => format!("give it with -p {name}=VALUE, one of {more} options such as '{}'", options[0]),
        };
        let finding = Diagnostic::error("GNK0063", format!("parameter '{name}' is required")).label("declared here");
        return parameter.required.then(|| (finding.help(help), parameter.place.key("name")));
    }
    if let Some(options) = parameter.options.as_ref().filter(|options| !options.is_empty()) {
        let options: Vec<String> = options.iter().map(plain).collect();
        if !options.contains(&plain(value)) {
            let title = format!("'{}' is no option of parameter '{name}'", plain(value));
            let help = format!("the options are {}", one_of(options.iter().map(String::as_str)));
            let finding = Diagnostic::error("GNK0064", title).label("declared here").help(help);
            return Some((finding, parameter.place.key("options")));
        }
    }
    if parameter.constraint.as_deref() == Some("date") && plain(value).parse::<jiff::civil::Date>().is_err() {
        let title = format!("'{}' is no date, which parameter '{name}' must be", plain(value));
        let finding = Diagnostic::error("GNK0065", title).label("declared here").help("write it as 2024-12-31");
        return Some((finding, parameter.place.key("constraint")));
    }
    None
}

/// Whether the parameter's condition on another one holds.
fn is_asked_for(parameter: &Parameter, values: &Map) -> bool {
    let Some((other, comparator, wanted)) = &parameter.condition else { return true };
    let found = values.get(other).cloned().unwrap_or(Value::Null);
    let (found, wanted) = (plain(&found), plain(wanted));
    let order = match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted).unwrap_or(Ordering::Equal),
        _ => found.cmp(&wanted),
    };
    match comparator.as_str() {
        ">" => order == Ordering::Greater,
        "<" => order == Ordering::Less,
        ">=" => order != Ordering::Less,
        "<=" => order != Ordering::Greater,
        "!=" => order != Ordering::Equal,
        _ => order == Ordering::Equal,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads `name=value` arguments; values are text, as Deck and spin send them.
pub fn given_as_pairs<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Result<Map, Vec<Diagnostic>> {
    let mut given = Map::new();
    let mut diagnostics = Vec::new();
    for pair in pairs {
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                given.insert(name.to_owned(), value.into());
            }
            _ => diagnostics.push(
                Diagnostic::error("GNK0061", format!("'{pair}' gives no parameter a value")).help("write NAME=VALUE"),
            ),
        }
    }
    if diagnostics.is_empty() { Ok(given) } else { Err(diagnostics) }
}

/// Reads a YAML or JSON file of values: an object by name.
pub fn given_as_file(source: &Arc<Source>) -> Result<Map, Vec<Diagnostic>> {
    let (documents, diagnostics) = read_documents(source);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    match documents.into_iter().next().map(|document| document.value) {
        Some(Value::Object(given)) => Ok(given),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => {
            let title = format!("'{}' must hold 'NAME: VALUE' lines", source.name);
            Err(vec![Diagnostic::error("GNK0010", title).at(source, Place::default())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{ParseOptions, parse};

    fn pipeline() -> Pipeline {
        let text = r#"{"name": "p", "application": "a", "stages": [{"type": "wait"}], "parameterConfig": [
            {"name": "region", "required": true, "hasOptions": true, "options": [{"value": "eu"}, {"value": "us"}]},
            {"name": "count", "default": "3"},
            {"name": "day", "constraint": "date"},
            {"name": "reason", "required": true, "conditional": true,
             "condition": {"parameter": "count", "comparator": ">", "comparatorValue": "5"}}]}"#;
        let parsed = parse(&Arc::new(Source::new("p.json", text)), &ParseOptions::default());
        parsed.pipelines.into_iter().next().expect("a pipeline")
    }

    fn codes(pairs: &[&str], enforce: bool) -> Vec<&'static str> {
        let given = given_as_pairs(pairs.iter().copied()).expect("pairs");
        resolve(&pipeline(), &given, enforce).diagnostics.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn defaults_fill_what_was_not_given() {
        let given = given_as_pairs(["region=", "other=1=2"]).expect("pairs");
        let resolved = resolve(&pipeline(), &given, false);
        let expected = serde_json::json!({"region": "", "count": "3", "day": null, "reason": null, "other": "1=2"});
        assert_eq!(Value::Object(resolved.values), expected);
        assert!(given_as_pairs(["=x", "y"]).is_err());
    }

    #[test]
    fn people_are_held_to_what_is_declared() {
        assert_eq!(codes(&[], false), [] as [&str; 0]);
        assert_eq!(codes(&["region=eu"], true), [] as [&str; 0]);
        assert_eq!(codes(&[], true), ["GNK0063"]);
        assert_eq!(codes(&["region=mars", "day=tomorrow"], true), ["GNK0064", "GNK0065"]);
        assert_eq!(codes(&["region=us", "count=10"], true), ["GNK0063"]);
        assert_eq!(codes(&["region=us", "coumt=10", "day=2024-02-29"], true), ["GNK0066"]);
    }
}
