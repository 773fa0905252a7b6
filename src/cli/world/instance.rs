//! `gennaker instance`: a single instance.

use clap::{Args, Subcommand};
use serde_json::json;

use super::look::{World, told};
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, out};
use crate::model::{Instance, ServerGroup};
use crate::providers::{Error, ServerGroupQuery};

/// Look at a single instance
#[derive(Args, Debug)]
pub struct InstanceArgs {
    #[command(subcommand)]
    command: InstanceCommand,
}

#[derive(Subcommand, Debug)]
enum InstanceCommand {
    /// Print the last lines an instance wrote
    #[command(after_help = "Examples:\n  gennaker instance logs hello-v002-0 --lines 50")]
    Logs(LogsArgs),
}

#[derive(Args, Debug)]
struct LogsArgs {
    /// Its id, or the first letters of it
    id: String,
    /// How many lines
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 100)]
    lines: usize,
    /// Its account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: InstanceArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let InstanceCommand::Logs(args) = args.command;
    let project = Project::find(global)?;
    let world = World::open(&project, args.account.as_deref())?;
    let groups = world.server_groups(&ServerGroupQuery::default()).await?;
    let (group, instance) = find(&groups, &args.id)?;
    let (name, provider) = world
        .providers()?
        .into_iter()
        .find(|(name, _)| *name == group.account)
        .ok_or_else(|| Told::usage(format!("there is no account '{}'", group.account)))?;
    let Some(instances) = provider.instances() else {
        return Err(told(Error::unsupported(provider.name(), "logs of instances"), name).into());
    };
    let lines = instances.logs(&group.region, &instance.id, args.lines).await.map_err(|error| told(error, name))?;
    if global.is_json() {
        out::json(&json!({"instance": instance.id, "serverGroup": group.name, "lines": lines}));
    } else if lines.is_empty() {
        eprintln!("{} wrote nothing", instance.id);
    } else {
        out::lines(lines);
    }
    Ok(Exit::Succeeded)
}

/// The instance of this id, or the only one whose id begins so.
fn find<'a>(groups: &'a [ServerGroup], wanted: &str) -> Result<(&'a ServerGroup, &'a Instance), Told> {
    let all = || groups.iter().flat_map(|group| group.instances.iter().map(move |instance| (group, instance)));
    if let Some(exact) = all().find(|(_, instance)| instance.id == wanted) {
        return Ok(exact);
    }
    let mut found = all().filter(|(_, instance)| instance.id.starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some((_, first)), Some((_, second))) => {
            Err(Told::usage(format!("'{wanted}' begins several instances, such as {} and {}", first.id, second.id)))
        }
        (None, _) => {
            Err(Told::usage(format!("there is no instance '{wanted}'")).hint("to see them: gennaker clusters"))
        }
    }
}
