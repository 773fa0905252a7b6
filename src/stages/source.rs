//! The server group that a deploy replaces: found before anything is made (contract 3.2).

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::{self, Cluster};
use super::target::{self, Place};
use super::{Services, reading};
use crate::engine::ports::Call;
use crate::model::{Failure, Map, Moniker, ServerGroup, ServerGroupRef};

/// The source of a deploy into this location: the one named, the one targeted, else the newest enabled server group
/// of the cluster (a disabled one only when none is enabled), the largest when its size is to be copied.
pub(crate) async fn find(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    moniker: &Moniker,
    location: &str,
) -> Result<Option<ServerGroup>, Failure> {
    if let Some(source) = reading::object(call.context, "source").filter(|source| !source.is_empty()) {
        return explicit(call, services, cloud, source, location).await;
    }
    let cluster = Cluster {
        cloud: cloud.clone(),
        application: moniker.app.clone().unwrap_or_default(),
        name: moniker.cluster.clone().unwrap_or_default(),
        locations: vec![location.to_owned()],
    };
    if let Some(word) = reading::filled(call.context, "target") {
        let name = reading::filled(call.context, "targetCluster").unwrap_or_else(|| cluster.name.clone());
        let application = cluster::application(call.execution, &Map::new(), &name);
        let cluster = Cluster { name, application, ..cluster };
        return Ok(Place::parse(&word)?.pick(&cluster.groups(location).await?).cloned());
    }
    let groups = cluster.groups(location).await?;
    Ok(latest(&groups, reading::flag(call.context, "useSourceCapacity")).cloned())
}

async fn explicit(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    source: &Map,
    location: &str,
) -> Result<Option<ServerGroup>, Failure> {
    let cloud = match super::cloud::account(source) {
        Some(account) if account != cloud.account => {
            Cloud::of(&cluster::object(json!({"account": account})), services)?
        }
        _ => cloud.clone(),
    };
    let location = cloud_location(source).unwrap_or_else(|| location.to_owned());
    if let Some(name) = target::named(source) {
        return Ok(cloud.server_groups()?.get(&location, &name).await?);
    }
    let (Some(name), Some(word)) = (reading::filled(source, "clusterName"), reading::filled(source, "target")) else {
        return Err(Failure::user("'source' names no server group")
            .detail("write source: {serverGroupName, region, account}, or {clusterName, target}"));
    };
    let application = cluster::application(call.execution, &Map::new(), &name);
    let cluster = Cluster { cloud, application, name, locations: vec![location.clone()] };
    Ok(Place::parse(&word)?.pick(&cluster.groups(&location).await?).cloned())
}

fn cloud_location(source: &Map) -> Option<String> {
    ["region", "namespace", "zone"].into_iter().find_map(|key| reading::filled(source, key))
}

/// The newest enabled of a cluster's server groups, the newest of all when none is enabled; among them the largest
/// when its size is to be copied.
fn latest(newest_first: &[ServerGroup], largest: bool) -> Option<&ServerGroup> {
    let enabled = newest_first.iter().any(|group| !group.disabled);
    let mut candidates = newest_first.iter().filter(|group| !enabled || !group.disabled);
    if !largest {
        return candidates.next();
    }
    let mut best = candidates.next()?;
    for group in candidates {
        if group.instances.len() > best.instances.len() {
            best = group;
        }
    }
    Some(best)
}

/// `source` as contexts hold it: `{}` when there is none.
pub(crate) fn recorded(source: Option<&ServerGroup>, use_capacity: bool) -> Value {
    let Some(source) = source else { return json!({}) };
    json!({
        "asgName": source.name,
        "serverGroupName": source.name,
        "account": source.account,
        "region": source.region,
        "useSourceCapacity": use_capacity,
    })
}

/// The source a context holds.
pub(crate) fn of(cloud: &Cloud, context: &Map) -> Option<ServerGroupRef> {
    let source = reading::object(context, "source")?;
    let account = super::cloud::account(source).unwrap_or_else(|| cloud.account.clone());
    let location = cloud_location(source).or_else(|| cloud.deploy_location(context).ok())?;
    Some(ServerGroupRef { account, location, name: target::named(source)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instance;

    #[test]
    fn the_newest_enabled_is_the_source() {
        let group = |name: &str, disabled, size| ServerGroup {
            name: name.to_owned(),
            disabled,
            instances: vec![Instance::default(); size],
            ..ServerGroup::default()
        };
        for (groups, largest, expected) in [
            (vec![group("v3", true, 1), group("v2", false, 1), group("v1", false, 5)], false, Some("v2")),
            (vec![group("v3", true, 9), group("v2", false, 1), group("v1", false, 5)], true, Some("v1")),
            (vec![group("v3", true, 1), group("v2", true, 2)], false, Some("v3")),
            (vec![], false, None),
        ] {
            assert_eq!(latest(&groups, largest).map(|group| group.name.as_str()), expected);
        }
    }
}
