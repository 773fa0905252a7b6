//! `gennaker plan`: what a run would do to the world as it is now. Changes nothing and records nothing.

use std::sync::Arc;

use async_trait::async_trait;
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::exit_code::Exit;
use super::host::Host;
use super::pipeline_args::PipelineArgs;
use super::project::Project;
use super::{GlobalOptions, OutputForm};
use crate::engine::ports::{Call, Mutation, Recorder};
use crate::engine::previewed_context;
use crate::model::{Failure, Status};
use crate::pipeline::Graph;
use crate::stages::working_stage;

/// Show what a run would do, without doing it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker plan quickstart -p version=2
  gennaker plan deploy.json --exit-code || echo 'there is something to do'")]
pub struct PlanArgs {
    #[command(flatten)]
    pipeline: PipelineArgs,
    /// End with 3 when the run would change something
    #[arg(long)]
    exit_code: bool,
}

/// A plan makes no mutation; asking for one is a mistake of the stage that does.
pub(super) struct ReadOnly;

#[async_trait]
impl Recorder for ReadOnly {
    async fn mutation(&self, mutation: Mutation) -> Result<(), Failure> {
        Err(Failure::new(format!("a plan changes nothing, but was to {} {}", mutation.operation, mutation.target)))
    }
    fn progress(&self, _text: String) {}
    fn output(&self, _line: String) {}
}

/// Runs the command.
pub async fn run(args: &PlanArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let mut prepared = args.pipeline.prepare(&project, global)?;
    let host = Host::new(Arc::clone(&project), project.open_history()?);
    prepared.new.prior_artifacts = host.prior_artifacts(&prepared.pipeline).await?;
    let mut execution = prepared.execution()?;
    let mut services = super::wiring::services(&project, &host)?;
    services.accounts.plan_ahead();
    let stop = CancellationToken::new();
    let graph = Graph::new(
        execution
            .stages
            .iter()
            .map(|stage| (stage.ref_id.as_str(), stage.requisite_stage_ref_ids.iter().map(String::as_str))),
    );
    let mut steps = Vec::new();
    let mut changes = 0;
    for at in graph.order() {
        let record = Arc::clone(&execution.stages[at]);
        let record = &record;
        let now = execution.build_time;
        let (context, skipped) = previewed_context(&execution, record, &*services.expressions, now);
        let call = Call {
            execution: &execution,
            stage: record,
            context: &context,
            now,
            started: now,
            stop: &stop,
            recorder: &ReadOnly,
        };
        let found = working_stage(&record.kind, &record.context, &services.settings)
            .expect("validation has refused unknown types");
        if let Some(reason) = skipped {
            steps.push((at, vec![format!("skipped: {reason}")]));
            continue;
        }
        let mut lines = match found.preview(&call, &services).await {
            Ok(lines) => {
                changes += lines.len();
                lines
            }
            Err(failure) => vec![format!("cannot tell: {failure}")],
        };
        match found.foretell(&call, &services).await {
            Ok(told) => {
                let stage = Arc::make_mut(&mut execution.stages[at]);
                stage.context.extend(told.context);
                stage.outputs.extend(told.outputs);
            }
            Err(failure) if lines.is_empty() => lines.push(format!("cannot tell: {failure}")),
            Err(_) => {}
        }
        steps.push((at, lines));
    }
    let steps: Vec<_> = steps.into_iter().map(|(at, lines)| (&execution.stages[at], lines)).collect();
    if global.output == OutputForm::Json {
        let step = |(record, lines): &(&Arc<crate::model::StageExecution>, Vec<String>)| {
            json!({
                "refId": record.ref_id, "name": record.name, "type": record.kind,
                "requisiteStageRefIds": record.requisite_stage_ref_ids, "effects": lines,
            })
        };
        let list: Vec<_> = steps.iter().map(step).collect();
        let result = json!({
            "version": 1, "application": execution.application, "pipeline": execution.name,
            "parameters": execution.trigger.get("parameters"), "stages": list,
            "calls": services.accounts.planned_calls(),
        });
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        println!("{} · {}", execution.application, execution.name);
        if let Some(parameters) = execution.trigger.get("parameters").and_then(|p| p.as_object()) {
            for (name, value) in parameters {
                println!("  {name} = {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        for (number, (record, lines)) in steps.iter().enumerate() {
            println!("{:>3}. {} ({})", number + 1, record.name, record.kind);
            for line in lines {
                println!("       {line}");
            }
        }
        for (account, calls) in services.accounts.planned_calls() {
            println!("account {account}: about {calls} API calls, and looks while it waits");
        }
        eprintln!("nothing was changed; {} does it", run_command(args, global));
    }
    debug_assert!(execution.status == Status::NotStarted);
    Ok(if args.exit_code && changes > 0 { Exit::Changes } else { Exit::Succeeded })
}

/// The command that runs what was planned, for people to copy.
fn run_command(args: &PlanArgs, _global: &GlobalOptions) -> String {
    let quoted = |text: &str| {
        let plain = text.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+".contains(c));
        if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
    };
    let mut words = vec!["gennaker run".to_owned(), quoted(&args.pipeline.pipeline)];
    words.extend(args.pipeline.parameter.iter().map(|given| format!("-p {}", quoted(given))));
    if let Some(file) = &args.pipeline.parameters {
        words.push(format!("--parameters {}", quoted(&file.display().to_string())));
    }
    format!("'{}'", words.join(" "))
}
