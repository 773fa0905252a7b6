//! `gennaker clusters`: what runs, as Spinnaker's clusters page shows it.

use clap::Args;

use super::look::{World, age, health_words, role_of};
use crate::cli::GlobalOptions;
use crate::cli::exit_code::Exit;
use crate::cli::find;
use crate::cli::out;
use crate::cli::project::Project;
use crate::model::{HealthState, Instance, Millis, ServerGroup};
use crate::providers::ServerGroupQuery;
use crate::report::{Role, Style};

/// Show clusters with their server groups and instances
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker clusters
  gennaker clusters shop --account prod
  gennaker clusters -o json | jq '.[] | {name, disabled}'")]
pub struct ClustersArgs {
    /// Only of this application
    #[arg(value_name = "APPLICATION")]
    only: Option<String>,
    /// Only of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

pub async fn run(args: ClustersArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let world = World::open(&project, args.account.as_deref())?;
    let query = ServerGroupQuery {
        application: args.only.or_else(|| global.application.clone()),
        ..ServerGroupQuery::default()
    };
    let groups = world.server_groups(&query).await?;
    if global.is_json() {
        out::json(&groups);
        return Ok(Exit::Succeeded);
    }
    if groups.is_empty() {
        eprintln!("there is no server group");
    }
    out::lines(picture(&groups, global.style(), find::now()));
    Ok(Exit::Succeeded)
}

/// Server groups, sorted, under their clusters.
fn picture(groups: &[ServerGroup], style: Style, now: Millis) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last: Option<(&str, &str)> = None;
    for group in groups {
        let cluster = (group.account.as_str(), group.moniker.cluster.as_deref().unwrap_or(&group.name));
        if last.replace(cluster) != Some(cluster) {
            let name = style.paint(Role::Strong, cluster.1);
            lines.push(format!("{name}  {} ({})", cluster.0, group.cloud_provider));
        }
        lines.push(format!("  {}", head(group, style, now)));
        lines.extend(group.instances.iter().map(|instance| format!("      {}", row(instance, style, now))));
    }
    lines
}

/// A server group in one line.
pub(super) fn head(group: &ServerGroup, style: Style, now: Millis) -> String {
    let (up, all) = (group.up(), group.instances.len());
    let role = match (group.disabled, up == all && up as u64 >= u64::from(group.capacity.desired)) {
        (true, _) => Role::Dim,
        (false, true) => Role::Ok,
        (false, false) => Role::Fail,
    };
    let state = if group.disabled { "disabled" } else { "enabled" };
    let mut parts = vec![
        style.paint(Role::Strong, &group.name),
        group.region.clone(),
        style.paint(role, &format!("{state}, {up}/{all} up")),
        sizes(group),
    ];
    let image = group.image.as_ref();
    if let Some(version) = image.and_then(|image| image.version.as_ref().or(Some(&image.image_name))) {
        parts.push(format!("version {version}"));
    }
    if !group.load_balancers.is_empty() {
        parts.push(format!("behind {}", group.load_balancers.join(", ")));
    }
    parts.push(format!("{} old", age(group.created_time, now)));
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// The size wished for, where it is not what there is.
fn sizes(group: &ServerGroup) -> String {
    let capacity = group.capacity;
    let is_plain = capacity.is_pinned() && capacity.desired as usize == group.instances.len();
    match is_plain {
        true => String::new(),
        false => format!("size {} ({}–{})", capacity.desired, capacity.min, capacity.max),
    }
}

/// An instance in one line.
pub(super) fn row(instance: &Instance, style: Style, now: Millis) -> String {
    let health = style.paint(role_of(instance.health_state), &format!("{:<12}", health_words(instance.health_state)));
    let mut parts = vec![instance.id.clone(), health];
    parts.extend(instance.address.clone());
    parts.extend(instance.zone.clone());
    parts.extend(instance.launch_time.map(|launched| format!("{} old", age(launched, now))));
    let is_as_wished = matches!(instance.health_state, HealthState::Up | HealthState::OutOfService);
    parts.extend(instance.reason.clone().filter(|_| !is_as_wished));
    parts.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Capacity, Image, parse_name};

    fn group(name: &str, disabled: bool, health: &[HealthState]) -> ServerGroup {
        let instance = |(index, state): (usize, &HealthState)| Instance {
            id: format!("i-{index}"),
            health_state: *state,
            launch_time: Some(0),
            reason: (*state == HealthState::Down).then(|| "answered 500".to_owned()),
            ..Instance::default()
        };
        ServerGroup {
            name: name.into(),
            cloud_provider: "local".into(),
            account: "local".into(),
            region: "local".into(),
            moniker: parse_name(name),
            disabled,
            capacity: Capacity::exactly(2),
            instances: health.iter().enumerate().map(instance).collect(),
            load_balancers: vec!["hello".into()],
            image: Some(Image { version: Some("2.0".into()), ..Image::default() }),
            ..ServerGroup::default()
        }
    }

    #[test]
    fn server_groups_stand_under_their_cluster() {
        let groups = [
            group("hello-v002", false, &[HealthState::Up, HealthState::Down]),
            group("hello-v001", true, &[HealthState::OutOfService]),
            group("other-v000", false, &[HealthState::Up, HealthState::Up]),
        ];
        insta::assert_snapshot!(picture(&groups, Style::default(), 125_000).join("\n"), @r"
        hello  local (local)
          hello-v002  local  enabled, 1/2 up  version 2.0  behind hello  2m 05s old
              i-0  Up            2m 05s old
              i-1  Down          2m 05s old  answered 500
          hello-v001  local  disabled, 0/1 up  size 2 (2–2)  version 2.0  behind hello  2m 05s old
              i-0  OutOfService  2m 05s old
        other  local (local)
          other-v000  local  enabled, 2/2 up  version 2.0  behind hello  2m 05s old
              i-0  Up            2m 05s old
              i-1  Up            2m 05s old
        ");
    }
}
