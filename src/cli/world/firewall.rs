//! `gennaker firewall`: who may connect.

use clap::{Args, Subcommand};

use super::look::{World, told};
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, out};
use crate::model::Firewall;
use crate::report::Table;

/// Look at firewalls (security groups)
#[derive(Args, Debug)]
pub struct FirewallArgs {
    #[command(subcommand)]
    command: FirewallCommand,
}

#[derive(Subcommand, Debug)]
enum FirewallCommand {
    /// List firewalls with the ranges they let in
    #[command(after_help = "Example:\n  gennaker firewall list --account prod")]
    List(ListArgs),
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Only of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: FirewallArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let FirewallCommand::List(args) = args.command;
    let project = Project::find(global)?;
    let world = World::open(&project, args.account.as_deref())?;
    let mut found: Vec<Firewall> = Vec::new();
    for (name, provider) in world.providers()? {
        if let Some(firewalls) = provider.firewalls() {
            found.extend(firewalls.list().await.map_err(|error| told(error, name))?);
        }
    }
    found.sort_by(|a, b| (&a.account, &a.region, &a.name).cmp(&(&b.account, &b.region, &b.name)));
    if global.is_json() {
        out::json(&found);
        return Ok(Exit::Succeeded);
    }
    if found.is_empty() {
        eprintln!("there is no firewall");
        return Ok(Exit::Succeeded);
    }
    let mut table = Table::new(global.style(), &["FIREWALL", "ACCOUNT", "REGION", "LETS IN", "DESCRIPTION"]);
    for firewall in &found {
        let Firewall { name, account, region, source_ranges, description, .. } = firewall;
        table.row(&[name, account, region, &source_ranges.join(", "), description]);
    }
    out::lines(table.lines());
    Ok(Exit::Succeeded)
}
