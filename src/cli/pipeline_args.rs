//! The arguments of every command that takes a pipeline and its parameters.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::artifact_args::{ArtifactArgs, ask_for_received};
use super::error::{Findings, Told};
use super::project::Project;
use super::{GlobalOptions, ui};
use crate::diagnostic::{self, Diagnostic, read_documents};
use crate::engine::{NewExecution, new_execution};
use crate::model::{Execution, ExpectedArtifact, Failure, Map};
use crate::pipeline::{
    Found, Pipeline, given_as_file, given_as_pairs, read_source, resolve, validate, validate_in_project,
};
use crate::template::Inputs;

/// A pipeline and what it is to run with.
#[derive(Args, Clone, Debug, Default)]
pub struct PipelineArgs {
    /// A file, a name under pipelines/, FILE:NAME, or - for standard input
    #[arg(value_name = "PIPELINE")]
    pub pipeline: String,
    /// A parameter; may be repeated
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE")]
    pub parameter: Vec<String>,
    /// A YAML or JSON file of parameters; -p wins over it
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// A recorded trigger to run with: a JSON or YAML object
    #[arg(long, value_name = "FILE")]
    pub trigger: Option<PathBuf>,
    #[command(flatten)]
    pub artifacts: ArtifactArgs,
    /// Which pipeline of the file, by name or id
    #[arg(long = "pipeline", value_name = "NAME", id = "pick")]
    pub pick: Option<String>,
    /// Take parameters as Spinnaker's engine does: nothing is required, options are not checked
    #[arg(long)]
    pub unchecked_parameters: bool,
}

/// A pipeline that may run, and what with.
pub struct Prepared {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Trigger and parameters.
    pub new: NewExecution,
}

impl Prepared {
    /// The execution that would run; what keeps it from starting is found in the document.
    pub fn execution(self) -> anyhow::Result<Execution> {
        let pipeline = self.pipeline;
        new_execution(&pipeline, self.new).map_err(|failure| Findings(vec![found(&pipeline, failure)]).into())
    }
}

/// Why an execution cannot start, as a finding in the pipeline.
fn found(pipeline: &Pipeline, failure: Failure) -> Diagnostic {
    if pipeline.disabled {
        let finding = Diagnostic::error("GNK0034", failure.message).label("disabled here");
        return finding.help(failure.details.join("; ")).at(&pipeline.source, pipeline.place.key("disabled"));
    }
    let is_it = |value: &Value| {
        let expected = ExpectedArtifact::from_value(value).ok();
        expected.is_some_and(|expected| failure.message.contains(&expected.to_string()))
    };
    let place = pipeline.expected_artifacts.iter().position(is_it);
    let mut help = failure.details;
    if failure.message.starts_with("no artifact") {
        help.push("give one with --artifact TYPE:REFERENCE, --artifacts FILE, or --trigger FILE".to_owned());
    }
    let finding = Diagnostic::error("GNK0068", failure.message).help(help.join("; "));
    match place {
        Some(index) => {
            let place = pipeline.place.key("expectedArtifacts").index(index);
            finding.label("expected here").at(&pipeline.source, place)
        }
        None => finding,
    }
}

impl PipelineArgs {
    /// Reads and checks everything; prompts for what is missing on a terminal. Warnings are printed.
    pub fn prepare(&self, project: &Project, global: &GlobalOptions) -> anyhow::Result<Prepared> {
        let mut trigger = match &self.trigger {
            Some(path) => read_object(path, "a trigger")?,
            None => Map::new(),
        };
        self.artifacts.add_to(&mut trigger)?;
        let recorded = trigger.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut typed = Map::new();
        if let Some(path) = &self.parameters {
            let source = Arc::new(read_source(path).map_err(|finding| Findings(vec![finding]))?);
            typed.extend(given_as_file(&source).map_err(Findings)?);
        }
        typed.extend(given_as_pairs(self.parameter.iter().map(String::as_str)).map_err(Findings)?);
        let mut given = recorded.clone();
        given.extend(typed.clone());
        let mut found = self.find(project, &trigger, &given)?;
        let enforce = !self.unchecked_parameters;
        if enforce && ui::may_ask(global) {
            let before = given.clone();
            ui::ask_for_parameters(&found.pipeline, &mut given)?;
            if given != before {
                // A template may have been rendered with what was missing.
                found = self.find(project, &trigger, &given)?;
            }
        }
        let (pipeline, mut findings) = (found.pipeline, found.diagnostics);
        ask_for_received(&pipeline, None, &mut trigger);
        findings.extend(validate(&pipeline, &project.types, super::validate::EXPRESSIONS));
        let accounts: Vec<&str> = project.settings.accounts.keys().map(String::as_str).collect();
        findings.extend(validate_in_project(&pipeline, &project.types, &accounts));
        // What a recorded trigger holds beside is passed on, as Spinnaker does; what a person types is checked.
        let is_typed = |name: &String| !recorded.contains_key(name) || typed.contains_key(name);
        let is_declared = |name: &String| pipeline.parameters.iter().any(|parameter| parameter.name == *name);
        let (given, beside): (Map, Map) = given.into_iter().partition(|(name, _)| is_declared(name) || is_typed(name));
        let mut resolved = resolve(&pipeline, &given, enforce);
        resolved.values.extend(beside);
        findings.extend(resolved.diagnostics);
        show(findings, global)?;
        let user = project.user.clone();
        let new = NewExecution { trigger, parameters: resolved.values, user, ..NewExecution::default() };
        Ok(Prepared { pipeline, new })
    }

    /// The pipeline, its template rendered with the trigger it is to run with.
    fn find(&self, project: &Project, trigger: &Map, given: &Map) -> anyhow::Result<Found> {
        let mut trigger = trigger.clone();
        trigger.insert("parameters".into(), Value::Object(given.clone()));
        trigger.entry("type").or_insert_with(|| "manual".into());
        trigger.entry("user").or_insert_with(|| project.user.clone().into());
        let inputs = Inputs { trigger, ..Inputs::default() };
        project.pipeline_with(&self.pipeline, self.pick.as_deref(), inputs)
    }
}

/// Prints findings that do not keep the document from running; errors become the command's error, all of them.
fn show(mut findings: Vec<Diagnostic>, global: &GlobalOptions) -> anyhow::Result<()> {
    diagnostic::sort(&mut findings);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Findings(findings).into());
    }
    // A run is not the place for advice on style; `validate` gives it.
    findings.retain(|finding| finding.severity == diagnostic::Severity::Warning);
    if !findings.is_empty() && !global.quiet {
        eprint!("{}", diagnostic::render(&findings, super::use_colors(global.color)));
    }
    Ok(())
}

/// A file that holds one object.
pub fn read_object(path: &std::path::Path, what: &str) -> anyhow::Result<Map> {
    let source = Arc::new(read_source(path).map_err(|finding| Findings(vec![finding]))?);
    let (mut documents, findings) = read_documents(&source);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Findings(findings).into());
    }
    match documents.pop().map(|document| document.value) {
        Some(Value::Object(map)) if documents.is_empty() => Ok(map),
        _ => Err(Told::usage(format!("{} does not hold {what}: one object is expected", path.display())).into()),
    }
}
