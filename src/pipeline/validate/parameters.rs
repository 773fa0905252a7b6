//! Declarations of parameters.

use std::collections::HashMap;

use serde_json::Value;

use super::{Findings, with_help};
use crate::diagnostic::{Diagnostic, one_of};
use crate::pipeline::{Parameter, Pipeline};

pub(super) fn check(pipeline: &Pipeline, findings: &mut Findings<'_>) {
    let mut first: HashMap<&str, &Parameter> = HashMap::new();
    for parameter in &pipeline.parameters {
        let name = parameter.name.as_str();
        if let Some(before) = first.insert(name, parameter) {
            let finding = Diagnostic::error("GNK0060", format!("parameter '{name}' is declared twice"))
                .label("declared again")
                .help("keep one of the two")
                .related(before.place.key("name"), "declared here first");
            findings.add(finding, parameter.place.key("name"));
        }
    }
    for parameter in &pipeline.parameters {
        check_default(parameter, findings);
        if let Some((other, ..)) = &parameter.condition
            && !first.contains_key(other.as_str())
        {
            let title = format!("parameter '{}' depends on '{other}', which is not declared", parameter.name);
            let help = findings.did_you_mean(other, first.keys().copied());
            let place = parameter.place.key("condition").key("parameter");
            findings.add(with_help(Diagnostic::warning("GNK0067", title), help), place);
        }
    }
}

fn check_default(parameter: &Parameter, findings: &mut Findings<'_>) {
    let (Some(default), Some(options)) = (&parameter.default, &parameter.options) else { return };
    let is_text = |text: &str| default.as_str() == Some(text);
    let computed = default.as_str().is_some_and(|text| text.contains("${"));
    if options.is_empty() || computed || is_text("") || options.iter().any(|option| plain(option) == plain(default)) {
        return;
    }
    let options: Vec<String> = options.iter().map(plain).collect();
    let title = format!("the default '{}' of parameter '{}' is none of its options", plain(default), parameter.name);
    let finding = Diagnostic::warning("GNK0062", title)
        .label("not an option")
        .help(format!("the options are {}", one_of(options.iter().map(String::as_str))));
    findings.add(finding, parameter.place.key("default"));
}

/// A value as text: Deck and spin send text for everything.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
