//! `gennaker run`: runs a pipeline to its end.

use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::project::Project;
use super::wiring::Drive;
use crate::engine::{NewExecution, new_execution};
use crate::model::Map;

/// Run a pipeline
#[derive(Args, Debug)]
pub struct RunArgs {
    /// A file, a name under pipelines/, or - for standard input
    pipeline: String,
    /// A parameter
    #[arg(long, short, value_name = "NAME=VALUE")]
    parameter: Vec<String>,
    /// Refuse instead of waiting for another execution of a limited pipeline
    #[arg(long)]
    no_wait: bool,
}

pub async fn run(args: RunArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let pipeline = project.pipeline(&args.pipeline)?;
    let mut parameters = Map::new();
    for given in &args.parameter {
        let Some((name, value)) = given.split_once('=') else {
            return Err(Told::usage(format!("'{given}' is no NAME=VALUE")).into());
        };
        parameters.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    let new = NewExecution { parameters, user: project.user.clone(), ..NewExecution::default() };
    let execution = new_execution(&pipeline, new)?;
    let history = project.open_history()?;
    let observer = global.report();
    Drive { project, history, observer, wait_in_queue: !args.no_wait }.run(&execution, true, global).await
}
