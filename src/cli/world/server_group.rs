//! `gennaker server-group`: one server group, to look at and to act on.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::clusters::{head, row};
use super::look::World;
use super::operation;
use crate::cli::exit_code::Exit;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, find, out, ui};
use crate::model::ServerGroup;
use crate::providers::ServerGroupQuery;
use crate::report::{Table, quoted};

/// Look at a server group, or enable, disable, resize or destroy it
#[derive(Args, Debug)]
pub struct ServerGroupArgs {
    #[command(subcommand)]
    command: ServerGroupCommand,
}

#[derive(Subcommand, Debug)]
enum ServerGroupCommand {
    /// Stop its instances and remove it
    #[command(after_help = "Example:\n  gennaker server-group destroy hello-v001 --yes")]
    Destroy(DestroyArgs),
    /// Take it out of traffic; its instances keep running
    #[command(after_help = "Example:\n  gennaker server-group disable hello-v001")]
    Disable(OneArgs),
    /// Put it into traffic
    #[command(after_help = "Example:\n  gennaker server-group enable hello-v001")]
    Enable(OneArgs),
    /// List server groups
    #[command(after_help = "Example:\n  gennaker server-group list --account prod")]
    List(ListArgs),
    /// Change its size
    #[command(after_help = "Example:\n  gennaker server-group resize hello-v002 5")]
    Resize(ResizeArgs),
    /// Show it with its instances
    #[command(after_help = "Example:\n  gennaker server-group show hello-v002 -o json")]
    Show(OneArgs),
}

/// Which server group.
#[derive(Args, Debug)]
struct OneArgs {
    /// Its name, such as hello-prod-v012
    name: String,
    /// Its account, where the name alone is not enough
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Its region or namespace, where the name alone is not enough
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
}

#[derive(Args, Debug)]
struct DestroyArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Answer the question with yes
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args, Debug)]
struct ResizeArgs {
    #[command(flatten)]
    one: OneArgs,
    /// How many instances it is to have
    size: u32,
    /// Lower bound; the size when absent
    #[arg(long, value_name = "COUNT")]
    min: Option<u32>,
    /// Upper bound; the size when absent
    #[arg(long, value_name = "COUNT")]
    max: Option<u32>,
    /// Answer the question, asked when most of its instances would go, with yes
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Only of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: ServerGroupArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    match args.command {
        ServerGroupCommand::List(args) => list(&project, &args, global).await,
        ServerGroupCommand::Show(one) => show(&named(&project, &one).await?, global),
        ServerGroupCommand::Enable(one) => act(project, &one, "enable", json!({}), global).await,
        ServerGroupCommand::Disable(one) => act(project, &one, "disable", json!({}), global).await,
        ServerGroupCommand::Destroy(DestroyArgs { one, yes }) => {
            let group = named(&project, &one).await?;
            if !yes {
                let question = format!("destroy {} with {} instances?", group.name, group.instances.len());
                ui::confirm(&question, "--yes", global)?;
            }
            act(project, &one, "destroy", json!({}), global).await
        }
        ServerGroupCommand::Resize(args) => {
            let group = named(&project, &args.one).await?;
            // Turning ten into one is as severe as destroying nine.
            if args.size.saturating_mul(2) < group.capacity.desired && !args.yes {
                let question = format!("shrink {} from {} to {}?", group.name, group.capacity.desired, args.size);
                ui::confirm(&question, "--yes", global)?;
            }
            let (min, max) = (args.min.unwrap_or(args.size), args.max.unwrap_or(args.size));
            let capacity = json!({"action": "scale_exact", "capacity": {"min": min, "max": max, "desired": args.size}});
            act(project, &args.one, "resize", capacity, global).await
        }
    }
}

async fn named(project: &Project, one: &OneArgs) -> anyhow::Result<ServerGroup> {
    World::open(project, one.account.as_deref())?.server_group(&one.name, one.region.as_deref()).await
}

async fn list(project: &Project, args: &ListArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let groups = World::open(project, args.account.as_deref())?.server_groups(&ServerGroupQuery::default()).await?;
    if global.is_json() {
        out::json(&groups);
        return Ok(Exit::Succeeded);
    }
    if groups.is_empty() {
        eprintln!("there is no server group");
        return Ok(Exit::Succeeded);
    }
    let mut table = Table::new(global.style(), &["SERVER GROUP", "ACCOUNT", "REGION", "STATE", "UP", "SIZE"]);
    for group in &groups {
        let state = if group.disabled { "disabled" } else { "enabled" };
        let up = format!("{}/{}", group.up(), group.instances.len());
        table.row(&[&group.name, &group.account, &group.region, state, &up, &group.capacity.desired.to_string()]);
    }
    out::lines(table.lines());
    Ok(Exit::Succeeded)
}

fn show(group: &ServerGroup, global: &GlobalOptions) -> anyhow::Result<Exit> {
    if global.is_json() {
        out::json(group);
        return Ok(Exit::Succeeded);
    }
    let now = find::now();
    let mut lines = vec![head(group, global.style(), now)];
    let mut field = |name: &str, value: String| lines.push(format!("  {name:<16}{value}"));
    field("account", format!("{} ({})", group.account, group.cloud_provider));
    field("size", format!("{} ({}–{})", group.capacity.desired, group.capacity.min, group.capacity.max));
    if let Some(image) = &group.image {
        field("image", format!("{} ({})", image.image_name, image.image_id));
    }
    if !group.security_groups.is_empty() {
        field("firewalls", group.security_groups.join(", "));
    }
    for (name, value) in &group.tags {
        field("tag", format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    }
    lines.extend(group.instances.iter().map(|instance| format!("  {}", row(instance, global.style(), now))));
    out::lines(lines);
    Ok(Exit::Succeeded)
}

/// Runs `<verb>ServerGroup` on it, as an execution of its own.
async fn act(project: Project, one: &OneArgs, verb: &str, more: Value, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let group = named(&project, one).await?;
    let name = format!("{verb} {}", quoted(&group.name));
    let mut stage = json!({
        "type": format!("{verb}ServerGroup"),
        "name": name,
        "cloudProvider": group.cloud_provider,
        "credentials": group.account,
        "region": group.region,
        "serverGroupName": group.name,
    });
    if let (Some(stage), Value::Object(more)) = (stage.as_object_mut(), more) {
        stage.extend(more);
    }
    let application = group.moniker.app.as_deref().unwrap_or(&group.name);
    operation::run(project, application, &name, stage, global).await
}
