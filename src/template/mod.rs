//! Pipeline templates: from a configuration to the pipeline it means (contract 1.5).
//!
//! Both of Spinnaker's schemas: `v2` (expressions on `templateVariables`, [`v2`]) and `1` (Jinja, modules, partials,
//! injection, inheritance, loops and conditions, [`v1`]); and Armory's dinghyfiles, which are Go templates of JSON
//! ([`dinghy`]). Nothing here opens a file or a connection: templates come through a [`Loader`].

mod conditions;
mod convert;
mod dinghy;
mod filters;
mod generate;
mod go_eval;
mod go_functions;
mod go_lex;
mod go_parse;
mod inherit;
mod inject;
mod java_text;
mod jinja;
mod load;
mod loops;
mod merge;
mod modules;
mod origin;
mod partials;
mod read;
mod refs;
mod render;
mod stage;
mod tags;
mod v1;
mod v2;
mod variables;

use std::sync::Arc;

use serde_json::Value;

pub use dinghy::{Dinghyfile, is_dinghyfile};
pub use jinja::{Cause, Unrendered, is_jinja, render_text};
pub use load::{Loader, Reference, StoredVersion};

use crate::diagnostic::{Diagnostic, Document, Source};
use crate::model::Map;

/// What a templated pipeline is resolved with, besides its templates.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The trigger, visible to templates as `trigger`; its `parameters` are filled up with defaults.
    pub trigger: Map,
    /// Values that win over the configuration's `variables`.
    pub variables: Map,
    /// The template to use instead of the one the configuration names.
    pub template: Option<(Arc<Source>, Document)>,
}

/// A pipeline made from a template.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The pipeline document, as Spinnaker's engine would get it.
    pub pipeline: Map,
    /// Warnings and hints.
    pub findings: Vec<Diagnostic>,
}

/// Makes the pipeline that a configuration of a templated pipeline means.
///
/// # Errors
/// Everything that is wrong with the configuration or its templates, as far as it can be told at once.
pub fn resolve(
    source: &Arc<Source>,
    document: &Document,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Resolved, Vec<Diagnostic>> {
    let configuration = read::Configuration::of(source, document).map_err(|finding| vec![*finding])?;
    let origin = configuration.origin.clone();
    let bare = inputs.template.is_none() && !configuration.names_template();
    let forgotten = |findings: Vec<Diagnostic>| {
        let title = "the configuration names no template, and cannot stand by itself";
        let help = "name one, or try one: gennaker template plan CONFIGURATION --template TEMPLATE";
        let mut all = vec![*origin.error("GNK0090", title, help)];
        all.extend(findings);
        all
    };
    let resolved = match configuration.schema.as_str() {
        "1" => v1::resolve(configuration, inputs, loader),
        "v2" => v2::resolve(&configuration, inputs, loader),
        "" => {
            let title = "this is no configuration of a templated pipeline: it has no 'schema'";
            let help = "'gennaker plan' shows what an ordinary pipeline would do";
            return Err(vec![*origin.error("GNK0092", title, help)]);
        }
        other => {
            let title = format!("unexpected schema version '{other}'");
            return Err(vec![*origin.error("GNK0092", title, "write schema: \"1\" or schema: v2")]);
        }
    };
    let resolved = resolved.map_err(|findings| if bare { forgotten(findings) } else { findings })?;
    // Spinnaker takes a configuration without template for itself; one without stages is a forgotten template.
    if bare && resolved.pipeline.get("stages").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(forgotten(Vec::new()));
    }
    Ok(resolved)
}

/// Checks a template by itself: its schema, the shape of its variables and stages, and the syntax of its Jinja.
#[must_use]
pub fn check_template(source: &Arc<Source>, document: &Document) -> Vec<Diagnostic> {
    match read::schema_of(&document.value).as_str() {
        "1" => v1::check(source, document),
        "v2" => v2::check(source, document),
        other => {
            let origin = origin::Origin::new(source, document.place.clone());
            let title = format!("template schema version is unsupported: '{other}'");
            vec![*origin.key("schema").error("GNK0092", title, "write schema: \"1\" or schema: v2")]
        }
    }
}

/// The configuration of a pipeline that is nothing but a template with values for its variables: for rendering a
/// template by itself.
#[must_use]
pub fn configuration_for(template: &Document, application: &str, variables: Map) -> Value {
    let name = template.value.get("id").cloned().unwrap_or_else(|| "template".into());
    if read::schema_of(&template.value) == "v2" {
        return serde_json::json!({
            "schema": "v2", "application": application, "name": name, "variables": variables, "template": {},
        });
    }
    serde_json::json!({
        "schema": "1",
        "pipeline": {"application": application, "name": name, "variables": variables},
        "configuration": {
            "inherit": ["concurrentExecutions", "triggers", "parameters", "expectedArtifacts", "notifications"],
        },
    })
}
