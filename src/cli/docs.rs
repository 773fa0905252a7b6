//! `gennaker docs` and `gennaker explain`: what the program knows about itself.

use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::project::Project;
use crate::diagnostic::{CODES, explain, nearest};
use crate::model::{Shape, StageCatalogue, Unit};
use crate::stages::{ProjectTypes, STAGES, documentation, stage};

/// Read the documentation of stage types and settings
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker docs                 all stage types, a line each
  gennaker docs deploy          what it does, its fields, an example
  gennaker docs config          all settings of gennaker.yaml")]
pub struct DocsArgs {
    /// A stage type, or 'config'; all stage types when absent
    #[arg(value_name = "STAGE")]
    about: Vec<String>,
}

/// Explain a code that a finding carries
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker explain GNK0020")]
pub struct ExplainArgs {
    /// The code; all of them when absent
    code: Option<String>,
}

/// Prints documentation.
pub fn docs(args: &DocsArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let about: Vec<&str> = args.about.iter().map(String::as_str).collect();
    match about.as_slice() {
        [] | ["stages"] => Ok(list(global)),
        ["config"] => {
            print!("{}", crate::config::EXAMPLE);
            Ok(Exit::Succeeded)
        }
        ["stage", wanted] | [wanted] => page(wanted, global),
        more => Err(Told::usage(format!("there is no page '{}'", more.join(" "))).hint("name one stage type").into()),
    }
}

/// The stage types that the project here configures; none where its settings cannot be read.
fn configured(global: &GlobalOptions) -> ProjectTypes {
    Project::find(global).map(|project| project.types).unwrap_or_default()
}

fn list(global: &GlobalOptions) -> Exit {
    let types = configured(global);
    let names = || STAGES.iter().map(|stage| stage.kind()).chain(types.own().map(|(name, _)| name));
    let width = names().map(str::len).max().unwrap_or(0);
    for stage in STAGES {
        println!("{:width$}  {}", stage.kind(), types.summary(stage.kind()).unwrap_or_default());
    }
    for (name, summary) in types.own() {
        println!("{name:width$}  {summary} (configured in gennaker.yaml)");
    }
    Exit::Succeeded
}

fn page(wanted: &str, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let Some(found) = stage(wanted) else {
        let types = configured(global);
        if let Some(text) = types.documentation(wanted) {
            println!("# {wanted}\n\n{text}");
            return Ok(Exit::Succeeded);
        }
        let told = Told::usage(format!("there is no stage type '{wanted}'"));
        if let Some(reason) = types.unsupported(wanted) {
            return Err(told.hint(format!("Spinnaker has it: {reason}")).into());
        }
        let told = match nearest(wanted, types.kinds()) {
            Some(meant) => told.hint(format!("did you mean '{meant}'?")),
            None => told.hint("'gennaker docs' lists them"),
        };
        return Err(told.into());
    };
    println!("# {}\n\n{}\n\n## Fields\n", found.kind(), documentation(found));
    for field in found.fields() {
        let required = if field.required { ", required" } else { "" };
        println!("- `{}` ({}{required}): {}", field.name, shape(&field.shape), field.about);
    }
    if !found.aliases().is_empty() {
        println!("\nAlso known as: {}", found.aliases().join(", "));
    }
    Ok(Exit::Succeeded)
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".into(),
        Shape::Boolean => "true or false".into(),
        Shape::Duration(Unit::Milliseconds) => "duration, a number means milliseconds".into(),
        Shape::Duration(Unit::Seconds) => "duration, a number means seconds".into(),
        Shape::Duration(Unit::Minutes) => "duration, a number means minutes".into(),
        Shape::Duration(Unit::Hours) => "duration, a number means hours".into(),
        Shape::Integer => "whole number".into(),
        Shape::List(of) => format!("list of: {}", self::shape(of)),
        Shape::Map => "map".into(),
        Shape::Number => "number".into(),
        Shape::Object(fields) => {
            format!("object: {}", fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", "))
        }
        Shape::OneOf(words) => format!("one of {}", words.join(", ")),
        Shape::Text => "text".into(),
    }
}

/// Explains a code.
pub fn explain_code(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let Some(code) = &args.code else {
        for explanation in CODES {
            println!("{}  {}", explanation.code, explanation.title);
        }
        return Ok(Exit::Succeeded);
    };
    let code = code.to_ascii_uppercase();
    match explain(&code) {
        Some(explanation) => {
            println!("{}: {}\n\n{}", explanation.code, explanation.title, explanation.text);
            Ok(Exit::Succeeded)
        }
        None => Err(Told::usage(format!("there is no code '{code}'")).hint("'gennaker explain' lists them").into()),
    }
}
