//! `gennaker account`: the accounts of the project, and whether they work.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::look::World;
use super::needs;
use crate::cli::exit_code::Exit;
use crate::cli::pipeline_args::PipelineArgs;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, out};
use crate::model::{Failure, FailureKind};
use crate::providers::Provider;
use crate::report::{Role, Table};

/// Look at the project's accounts
#[derive(Args, Debug)]
pub struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Subcommand, Debug)]
enum AccountCommand {
    /// Ask each account who it is and whether it may do what gennaker needs
    ///
    /// With --pipeline: whether they may do what its stages need. Ends with 9 when something is lacking.
    #[command(after_help = "Examples:
  gennaker account check
  gennaker account check prod
  gennaker account check prod --pipeline deploy -p version=2")]
    Check(CheckArgs),
    /// List accounts with their providers
    #[command(after_help = "Example:\n  gennaker account list")]
    List,
}

#[derive(Args, Debug)]
struct CheckArgs {
    /// Only this one
    name: Option<String>,
    /// Ask for what this pipeline needs: a file, a name under pipelines/, FILE:NAME
    #[arg(long, value_name = "PIPELINE")]
    pipeline: Option<String>,
    /// A parameter of the pipeline; may be repeated
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE", requires = "pipeline")]
    parameter: Vec<String>,
}

pub async fn run(args: AccountArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    match args.command {
        AccountCommand::List => list(&project, global),
        AccountCommand::Check(CheckArgs { name, pipeline: None, .. }) => check(&project, name.as_deref(), global).await,
        AccountCommand::Check(CheckArgs { name, pipeline: Some(pipeline), parameter }) => {
            // An account that is not there is said before anything is asked.
            World::open(&project, name.as_deref())?;
            let pipeline = PipelineArgs { pipeline, parameter, ..PipelineArgs::default() };
            needs::check(project, pipeline, name.as_deref(), global).await
        }
    }
}

fn list(project: &Project, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let accounts = project.accounts()?;
    if global.is_json() {
        let account = |(name, provider)| json!({"name": name, "provider": provider});
        out::json(&accounts.names().map(account).collect::<Vec<Value>>());
        return Ok(Exit::Succeeded);
    }
    let mut table = Table::new(global.style(), &["ACCOUNT", "PROVIDER"]);
    for (name, provider) in accounts.names() {
        table.row(&[name, provider]);
    }
    out::lines(table.lines());
    Ok(Exit::Succeeded)
}

async fn check(project: &Project, name: Option<&str>, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let world = World::open(project, name)?;
    let mut exit = Exit::Succeeded;
    let mut documents = Vec::new();
    for (name, provider) in world.providers()? {
        let answer = ask(&*provider).await;
        exit = match &answer {
            Err(failure) if failure.kind == FailureKind::Permission => Exit::Permission,
            Err(_) if exit == Exit::Succeeded => Exit::Internal,
            _ => exit,
        };
        if global.is_json() {
            documents.push(match answer {
                Ok(lines) => json!({"name": name, "provider": provider.name(), "ok": true, "lines": lines}),
                Err(failure) => json!({"name": name, "provider": provider.name(), "ok": false, "failure": failure}),
            });
            continue;
        }
        let style = global.style();
        match answer {
            Ok(lines) => {
                out::lines([format!("{} ({})", style.paint(Role::Ok, &format!("✓ {name}")), provider.name())]);
                out::lines(lines.iter().map(|line| format!("    {line}")));
            }
            Err(failure) => {
                let head = style.paint(Role::Fail, &format!("✗ {name}"));
                out::lines([format!("{head} ({}): {}", provider.name(), failure.message)]);
                out::lines(failure.details.iter().map(|line| format!("    {line}")));
            }
        }
    }
    if global.is_json() {
        out::json(&documents);
    }
    Ok(exit)
}

async fn ask(provider: &dyn Provider) -> Result<Vec<String>, Failure> {
    match provider.checks() {
        Some(checks) => Ok(checks.check().await?),
        None => Ok(vec![format!("provider '{}' has nothing to check", provider.name())]),
    }
}
