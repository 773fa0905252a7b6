//! Ad-hoc operations: executions of one stage, so that they are recorded, locked and guarded like any other.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::GlobalOptions;
use crate::cli::error::Findings;
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::wiring::Drive;
use crate::diagnostic::{Diagnostic, Source};
use crate::engine::{NewExecution, new_execution};
use crate::model::ExecutionKind;
use crate::pipeline::{ParseOptions, parse};
use crate::stages::Catalogue;

/// Runs one stage to its end, as an execution of its own.
pub async fn run(
    project: Project,
    application: &str,
    name: &str,
    stage: Value,
    global: &GlobalOptions,
) -> anyhow::Result<Exit> {
    let project = Arc::new(project);
    let document = json!({"application": application, "name": name, "stages": [stage]});
    let source = Arc::new(Source::new("command line", document.to_string()));
    let mut parsed = parse(&source, &ParseOptions { application: None, catalogue: Some(&Catalogue) });
    parsed.diagnostics.retain(Diagnostic::is_error);
    let Some(pipeline) = parsed.pipelines.pop().filter(|_| parsed.diagnostics.is_empty()) else {
        return Err(Findings(parsed.diagnostics).into());
    };
    let new = NewExecution { user: project.user.clone(), ..NewExecution::default() };
    let mut execution = new_execution(&pipeline, new)?;
    execution.kind = ExecutionKind::Orchestration;
    let history = project.open_history()?;
    let observer = global.report();
    Drive { project, history, observer, wait_in_queue: true }.run(&execution, true, global).await
}
