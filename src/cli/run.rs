//! `gennaker run`: runs a pipeline to its end.

use std::sync::Arc;

use clap::Args;

use super::GlobalOptions;
use super::exit_code::Exit;
use super::host::Host;
use super::pipeline_args::PipelineArgs;
use super::project::Project;
use super::wiring::Drive;

/// Run a pipeline to its end
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker run quickstart                     pipelines/quickstart.yaml
  gennaker run quickstart -p version=2
  gennaker run deploy.json --no-input         in CI: a judgment suspends the run (exit code 7)
  gennaker run deploy.json -o json | jq       events as they happen, one per line

Ctrl-C cancels and says what is left; a second one leaves at once. Whatever ends the process, even kill -9:
'gennaker resume' goes on where it stopped.")]
pub struct RunArgs {
    #[command(flatten)]
    pipeline: PipelineArgs,
    /// Refuse (exit code 8) instead of waiting for another execution of a limited pipeline
    #[arg(long)]
    no_wait: bool,
}

/// Runs the command.
pub async fn run(args: &RunArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let mut prepared = args.pipeline.prepare(&project, global)?;
    let history = project.open_history()?;
    let host = Host::new(Arc::clone(&project), Arc::clone(&history));
    prepared.new.prior_artifacts = host.prior_artifacts(&prepared.pipeline).await?;
    let execution = prepared.execution()?;
    let observer = global.report();
    Drive { project, history, observer, wait_in_queue: !args.no_wait }.run(&execution, true, global).await
}
