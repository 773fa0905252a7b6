//! `gennaker load-balancer`: what stands in front of server groups.

use clap::{Args, Subcommand};
use serde_json::json;

use super::look::{World, health_words, role_of, told};
use super::operation;
use crate::cli::error::Told;
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, out, ui};
use crate::diagnostic::nearest;
use crate::model::LoadBalancer;
use crate::report::{Role, Table};

/// Look at load balancers, or delete one
#[derive(Args, Debug)]
pub struct LoadBalancerArgs {
    #[command(subcommand)]
    command: LoadBalancerCommand,
}

#[derive(Subcommand, Debug)]
enum LoadBalancerCommand {
    /// Remove a load balancer; what is behind it keeps running
    #[command(after_help = "Example:\n  gennaker load-balancer delete hello --yes")]
    Delete(DeleteArgs),
    /// List load balancers
    #[command(after_help = "Example:\n  gennaker load-balancer list")]
    List(ListArgs),
    /// Show one with what it sends traffic to
    #[command(after_help = "Example:\n  gennaker load-balancer show hello")]
    Show(OneArgs),
}

#[derive(Args, Debug)]
struct OneArgs {
    /// Its name
    name: String,
    /// Its account, where the name alone is not enough
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Its region, where the name alone is not enough
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
}

#[derive(Args, Debug)]
struct DeleteArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Answer the question with yes
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Only of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: LoadBalancerArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    match args.command {
        LoadBalancerCommand::List(args) => {
            show_all(&all(&project, args.account.as_deref()).await?, global);
            Ok(Exit::Succeeded)
        }
        LoadBalancerCommand::Show(one) => {
            show(&find(&project, &one).await?, global);
            Ok(Exit::Succeeded)
        }
        LoadBalancerCommand::Delete(DeleteArgs { one, yes }) => {
            let found = find(&project, &one).await?;
            if !yes {
                let question = format!("delete load balancer {} with {} targets?", found.name, found.instances.len());
                ui::confirm(&question, "--yes", global)?;
            }
            let stage = json!({
                "type": "deleteLoadBalancer",
                "name": format!("delete {}", found.name),
                "cloudProvider": found.cloud_provider,
                "credentials": found.account,
                "regions": [found.region],
                "loadBalancerName": found.name,
            });
            let application = crate::model::parse_name(&found.name).app.unwrap_or_else(|| found.name.clone());
            operation::run(project, &application, &format!("delete load balancer {}", found.name), stage, global).await
        }
    }
}

async fn all(project: &Project, account: Option<&str>) -> anyhow::Result<Vec<LoadBalancer>> {
    let world = World::open(project, account)?;
    let mut found = Vec::new();
    for (name, provider) in world.providers()? {
        if let Some(load_balancers) = provider.load_balancers() {
            found.extend(load_balancers.list(None).await.map_err(|error| told(error, name))?);
        }
    }
    found.sort_by(|a, b| (&a.account, &a.region, &a.name).cmp(&(&b.account, &b.region, &b.name)));
    Ok(found)
}

async fn find(project: &Project, one: &OneArgs) -> anyhow::Result<LoadBalancer> {
    let all = all(project, one.account.as_deref()).await?;
    let is_there = |found: &&LoadBalancer| one.region.as_ref().is_none_or(|region| *region == found.region);
    let mut found = all.iter().filter(|found| found.name == one.name).filter(is_there);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => {
            let told = Told::usage(format!("there are several load balancers '{}'", one.name));
            Err(told.hint("say which with --account or --region").into())
        }
        (None, _) => {
            let told = Told::usage(format!("there is no load balancer '{}'", one.name));
            Err(match nearest(&one.name, all.iter().map(|found| found.name.as_str())) {
                Some(meant) => told.hint(format!("did you mean {meant}?")),
                None => told.hint("to see what there is: gennaker load-balancer list"),
            }
            .into())
        }
    }
}

fn show_all(found: &[LoadBalancer], global: &GlobalOptions) {
    if global.is_json() {
        out::json(&found);
        return;
    }
    if found.is_empty() {
        eprintln!("there is no load balancer");
        return;
    }
    let mut table =
        Table::new(global.style(), &["LOAD BALANCER", "ACCOUNT", "REGION", "LISTENS ON", "HEALTH", "TARGETS"]);
    for balancer in found {
        let LoadBalancer { name, account, region, listeners, health_state, instances, .. } = balancer;
        table.painted_row(&[
            (Role::Strong, name),
            (Role::Plain, account),
            (Role::Plain, region),
            (Role::Plain, &listeners.join(", ")),
            (role_of(*health_state), &health_words(*health_state)),
            (Role::Plain, &instances.len().to_string()),
        ]);
    }
    out::lines(table.lines());
}

fn show(balancer: &LoadBalancer, global: &GlobalOptions) {
    if global.is_json() {
        out::json(balancer);
        return;
    }
    let style = global.style();
    let health = style.paint(role_of(balancer.health_state), &health_words(balancer.health_state));
    let name = style.paint(Role::Strong, &balancer.name);
    out::lines([
        format!("{name}  {} {}  {health}", balancer.account, balancer.region),
        format!("  listens on  {}", balancer.listeners.join(", ")),
        format!(
            "  firewalls   {}",
            if balancer.security_groups.is_empty() { "none".to_owned() } else { balancer.security_groups.join(", ") }
        ),
    ]);
    let mut table = Table::new(style, &["TARGET", "SERVER GROUP", "ADDRESS", "HEALTH", "WEIGHT", "CONNECTIONS"]);
    for target in &balancer.instances {
        table.painted_row(&[
            (Role::Plain, &target.id),
            (Role::Plain, &target.server_group),
            (Role::Plain, &target.address),
            (role_of(target.health_state), &health_words(target.health_state)),
            (Role::Plain, &target.weight.to_string()),
            (Role::Plain, &target.connections.to_string()),
        ]);
    }
    if balancer.instances.is_empty() {
        out::lines(["  sends traffic nowhere"]);
    } else {
        out::lines(table.lines().into_iter().map(|line| format!("  {line}")));
    }
}
