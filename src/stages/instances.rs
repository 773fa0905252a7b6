//! What the stages that act on single instances have in common: their ids, their traffic guard, their end.

use std::collections::{BTreeMap, BTreeSet};

use super::cloud::{self, Cloud};
use super::{Services, cluster, reading, target, traffic_guard};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{
    Failure, Field, HealthState, Instance, Map, ServerGroup, ServerGroupRef, Shape, optional, required,
};
use crate::providers::{Balancing, RunningInstance};

/// Which instances, and where they are.
pub(crate) const WHERE: [Field; 8] = [
    target::ACCOUNT_ALIAS,
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    required("instanceIds", Shape::List(&Shape::Text), "the instances"),
    target::REGION,
    optional("serverGroupName", Shape::Text, "the server group they belong to"),
];

/// Balancers of a stage that registers instances.
pub(crate) const BALANCERS: [Field; 2] = [
    optional("loadBalancerNames", Shape::List(&Shape::Text), "load balancers that instances are registered with"),
    optional("targetGroupNames", Shape::List(&Shape::Text), "target groups of load balancers"),
];

/// The ids a stage names; `instance` names one.
pub(crate) fn ids(context: &Map) -> Result<Vec<String>, Failure> {
    let mut ids = cloud::texts(context, "instanceIds");
    ids.extend(reading::filled(context, "instance").filter(|_| ids.is_empty()));
    if ids.is_empty() {
        return Err(Failure::user("the stage names no instances").detail("add instanceIds: [<id>, …]"));
    }
    Ok(ids)
}

/// The balancers a stage names.
pub(crate) fn balancing(context: &Map, location: String) -> Balancing {
    Balancing {
        location,
        load_balancers: cloud::texts(context, "loadBalancerNames"),
        target_groups: cloud::texts(context, "targetGroupNames"),
        server_group: target::named(context),
    }
}

/// Names each of the instances in the journal; only then it may be changed.
pub(crate) async fn announce(
    call: &Call<'_>,
    verb: &str,
    (cloud, location): (&Cloud, &str),
    ids: &[String],
    detail: &str,
) -> Result<(), Failure> {
    for id in ids {
        call.mutation(verb, format!("{}/{location}/{id}", cloud.account), detail).await?;
    }
    Ok(())
}

/// Server groups of instances, those instances with them.
pub(crate) async fn homes(cloud: &Cloud, location: &str, ids: &[String]) -> Result<Vec<ServerGroup>, Failure> {
    let running = cloud.instances()?.running(location, ids).await?;
    let names: BTreeSet<&str> = running.iter().map(|one| one.server_group.as_str()).filter(|n| !n.is_empty()).collect();
    let mut groups = Vec::new();
    for name in names {
        groups.extend(cloud.server_groups()?.get(location, name).await?);
    }
    Ok(groups)
}

/// Refuses to let instances go that are all that serve of a guarded cluster.
pub(crate) async fn guard(
    services: &Services,
    cloud: &Cloud,
    location: &str,
    ids: &[String],
    verb: &str,
) -> Result<(), Failure> {
    if services.traffic_guards.is_empty() {
        return Ok(());
    }
    let mut leaving: BTreeMap<String, Vec<ServerGroupRef>> = BTreeMap::new();
    for group in homes(cloud, location, ids).await? {
        let stays = |one: &Instance| one.health_state == HealthState::Up && !ids.contains(&one.id);
        if !group.instances.iter().any(stays) {
            leaving.entry(target::cluster_of(&group.reference())).or_default().push(group.reference());
        }
    }
    for (name, groups) in leaving {
        traffic_guard::check(services, cloud, location, &name, &groups, verb).await?;
    }
    Ok(())
}

/// Locks the clusters of instances; the result to give back while somebody else holds one.
pub(crate) async fn lock(
    call: &Call<'_>,
    services: &Services,
    (cloud, location): (&Cloud, &str),
    running: &[RunningInstance],
) -> Result<Option<TaskResult>, Failure> {
    let named = target::named(call.context);
    let groups = running.iter().map(|one| one.server_group.as_str()).chain(named.as_deref());
    let clusters: BTreeSet<String> = groups
        .filter(|name| !name.is_empty())
        .map(|name| target::cluster_of(&cloud.reference(location, name)))
        .collect();
    for name in clusters {
        if let Some(waiting) = cluster::lock(call, services, cloud, location, &name).await? {
            return Ok(Some(waiting));
        }
    }
    Ok(None)
}

/// Done when none of the instances runs any more.
pub(crate) async fn ended(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    match cloud.instances()?.running(&location, &ids(call.context)?).await?.first() {
        Some(running) => {
            call.progress(format!("instance {} has not ended yet", running.id));
            Ok(cloud.look_again())
        }
        None => Ok(TaskResult::succeeded()),
    }
}
