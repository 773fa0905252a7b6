//! `gennaker docs` and `gennaker explain`: what the program knows about itself.

use clap::Args;

use super::error::Told;
use super::exit_code::Exit;
use crate::diagnostic::{CODES, explain, nearest};
use crate::model::{Shape, StageCatalogue, Unit};
use crate::stages::{Catalogue, STAGES, documentation, stage};

/// Read the documentation of a stage type
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker docs                 all stage types, a line each
  gennaker docs deploy          what it does, its fields, an example")]
pub struct DocsArgs {
    /// A stage type; all of them when absent
    stage: Option<String>,
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
pub fn docs(args: &DocsArgs) -> anyhow::Result<Exit> {
    let Some(wanted) = &args.stage else {
        let width = STAGES.iter().map(|stage| stage.kind().len()).max().unwrap_or(0);
        for stage in STAGES {
            println!("{:width$}  {}", stage.kind(), Catalogue.summary(stage.kind()).unwrap_or_default());
        }
        return Ok(Exit::Succeeded);
    };
    let Some(found) = stage(wanted) else {
        let told = Told::usage(format!("there is no stage type '{wanted}'"));
        let told = match nearest(wanted, Catalogue.kinds()) {
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
