//! Questions to people. Each has a flag that answers it, and none is asked without a terminal.

use std::io::IsTerminal;

use dialoguer::{Confirm, Input, Select};
use serde_json::Value;

use super::GlobalOptions;
use super::error::Told;
use crate::model::Map;
use crate::pipeline::{Parameter, Pipeline};

/// Whether a person is there to answer.
pub fn may_ask(global: &GlobalOptions) -> bool {
    !global.no_input && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for required parameters that have neither a value nor a default.
pub fn ask_for_parameters(pipeline: &Pipeline, given: &mut Map) -> anyhow::Result<()> {
    for parameter in &pipeline.parameters {
        let has_default =
            parameter.default.as_ref().is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
        if parameter.required && !has_default && !given.contains_key(&parameter.name) && parameter.condition.is_none() {
            given.insert(parameter.name.clone(), Value::String(ask_for(parameter)?));
        }
    }
    Ok(())
}

fn ask_for(parameter: &Parameter) -> anyhow::Result<String> {
    let title = parameter.label.as_deref().filter(|label| !label.is_empty()).unwrap_or(&parameter.name);
    let prompt = match parameter.description.as_deref().filter(|text| !text.is_empty()) {
        Some(description) => format!("{title} ({description})"),
        None => title.to_owned(),
    };
    match &parameter.options {
        Some(options) if !options.is_empty() => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let options: Vec<String> = options.iter().map(text).collect();
            let chosen = Select::new().with_prompt(prompt).items(&options).default(0).interact()?;
            Ok(options[chosen].clone())
        }
        _ => Ok(Input::<String>::new().with_prompt(prompt).interact_text()?),
    }
}

/// Asks for a yes before something that cannot be taken back; `flag` answers it beforehand.
pub fn confirm(question: &str, flag: &str, global: &GlobalOptions) -> anyhow::Result<()> {
    if !may_ask(global) {
        return Err(Told::usage(format!("{question} needs a yes")).hint(format!("say it with {flag}")).into());
    }
    if Confirm::new().with_prompt(question).default(false).interact()? {
        Ok(())
    } else {
        Err(Told::usage("nothing was done").into())
    }
}
