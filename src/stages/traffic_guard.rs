//! Traffic guards: no stage may take the last server group with traffic out of a guarded cluster (contract 3.1).

use super::services::TrafficGuard;
use super::{Services, cloud::Cloud};
use crate::model::{Failure, ServerGroup, ServerGroupRef, parse_name};
use crate::providers::ServerGroupQuery;

/// Refuses to let these server groups of one cluster and location go when none with traffic would remain.
/// `verb` is what is about to be done to them: `disable`.
pub(crate) async fn check(
    services: &Services,
    cloud: &Cloud,
    location: &str,
    cluster: &str,
    leaving: &[ServerGroupRef],
    verb: &str,
) -> Result<(), Failure> {
    let moniker = parse_name(cluster);
    let guarded = |guard: &TrafficGuard| {
        covers(&guard.account, Some(&cloud.account))
            && covers(&guard.location, Some(location))
            && covers(&guard.application, moniker.app.as_deref())
            && covers(&guard.stack, moniker.stack.as_deref())
            && covers(&guard.detail, moniker.detail.as_deref())
    };
    if !services.traffic_guards.iter().any(guarded) {
        return Ok(());
    }
    let query = ServerGroupQuery {
        application: moniker.app.clone(),
        cluster: Some(cluster.to_owned()),
        location: Some(location.to_owned()),
    };
    let groups = cloud.server_groups()?.list(&query).await?;
    verify(&groups, leaving, verb, &format!("{}/{location}/{cluster}", cloud.account))
}

fn verify(groups: &[ServerGroup], leaving: &[ServerGroupRef], verb: &str, cluster: &str) -> Result<(), Failure> {
    let leaves = |group: &&ServerGroup| leaving.iter().any(|gone| gone.name == group.name);
    let serves = |group: &&ServerGroup| !group.disabled && group.up() > 0;
    // What carries no traffic may go: the cluster loses nothing by it.
    if !groups.iter().filter(leaves).any(|group| serves(&group)) {
        return Ok(());
    }
    if groups.iter().filter(|group| !leaves(group)).any(|group| serves(&group)) {
        return Ok(());
    }
    let names: Vec<_> = leaving.iter().map(|group| group.name.as_str()).collect();
    Err(Failure::user(format!(
        "a traffic guard forbids to {verb} {}: no other server group of {cluster} has traffic",
        names.join(", ")
    ))
    .detail("enable another server group of the cluster first, or change 'trafficGuards' of the project"))
}

fn covers(part: &Option<String>, actual: Option<&str>) -> bool {
    match part.as_deref() {
        None | Some("" | "*") => true,
        Some(wanted) => actual == Some(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HealthState, Instance};

    fn group(name: &str, disabled: bool, up: usize) -> ServerGroup {
        let instance = Instance { health_state: HealthState::Up, ..Instance::default() };
        ServerGroup { name: name.to_owned(), disabled, instances: vec![instance; up], ..ServerGroup::default() }
    }

    #[test]
    fn the_last_one_with_traffic_stays() {
        let gone = |name: &str| vec![ServerGroupRef { name: name.to_owned(), ..ServerGroupRef::default() }];
        for (groups, leaving, allowed) in [
            (vec![group("v0", false, 1)], "v0", false),
            (vec![group("v0", false, 1), group("v1", false, 0)], "v0", false),
            (vec![group("v0", false, 1), group("v1", true, 1)], "v0", false),
            (vec![group("v0", false, 1), group("v1", false, 1)], "v0", true),
            (vec![group("v0", true, 1), group("v1", false, 0)], "v0", true),
            (vec![group("v0", false, 0)], "v0", true),
        ] {
            assert_eq!(verify(&groups, &gone(leaving), "disable", "a/l/v").is_ok(), allowed, "{groups:?}");
        }
    }
}
