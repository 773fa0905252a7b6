//! Disables and destroys several server groups at once, named one by one.
//!
//! ```yaml
//! - name: Remove what the experiment left
//!   type: bulkDestroyServerGroup
//!   serverGroupNames: [hello-test-v001, hello-test-v002]
//! ```

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::{self, Cloud};
use super::forecast::{Change, Effect};
use super::tasks::{Acting, WAIT_FOR_DISABLED, WaitForDestroyed};
use super::{Services, Stage, Task, cluster, operation, target, traffic_guard};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, ServerGroupRef, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    target::NAMESPACE,
    target::REGION,
    required("serverGroupNames", Shape::List(&Shape::Text), "the server groups"),
];

/// The `bulkDestroyServerGroup` stage.
pub(super) struct BulkDestroyServerGroup;

#[async_trait]
impl Stage for BulkDestroyServerGroup {
    fn kind(&self) -> &'static str {
        "bulkDestroyServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("bulk_destroy_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&BULK_DISABLE, &WAIT_FOR_DISABLED, &BULK_DESTROY, &WaitForDestroyed]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let (_, groups) = named(call, services)?;
        let effect = |group: &ServerGroupRef| {
            Effect::new(format!("disable and destroy {}", group.name), Change::Removed(group.clone()))
        };
        Ok(services.foresee_all(groups.iter().map(effect).collect()))
    }
}

const BULK_DISABLE: Acting =
    Acting { name: "bulkDisableServerGroup", look: |call, services| act(call, services, "disableServerGroup").boxed() };

const BULK_DESTROY: Acting =
    Acting { name: "bulkDestroyServerGroup", look: |call, services| act(call, services, "destroyServerGroup").boxed() };

fn named(call: &Call<'_>, services: &Services) -> Result<(Cloud, Vec<ServerGroupRef>), Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let names = cloud::texts(call.context, "serverGroupNames");
    if names.is_empty() {
        return Err(Failure::user("the stage names no server groups").detail("add serverGroupNames: [<name>, …]"));
    }
    let groups = names.iter().map(|name| cloud.reference(&location, name)).collect();
    Ok((cloud, groups))
}

async fn act(call: &Call<'_>, services: &Services, verb: &str) -> Result<TaskResult, Failure> {
    let (cloud, named) = named(call, services)?;
    let mut clusters: BTreeMap<String, Vec<ServerGroupRef>> = BTreeMap::new();
    for group in &named {
        clusters.entry(target::cluster_of(group)).or_default().push(group.clone());
    }
    // All clusters and all guards first: either every server group goes or none.
    for (name, groups) in &clusters {
        let location = &groups[0].location;
        if let Some(waiting) = cluster::lock(call, services, &cloud, location, name).await? {
            return Ok(waiting);
        }
        traffic_guard::check(services, &cloud, location, name, groups, "destroy").await?;
    }
    let provider = cloud.server_groups()?;
    for group in &named {
        if provider.get(&group.location, &group.name).await?.is_none() {
            continue;
        }
        operation::announce(call, verb, group, "").await?;
        match verb {
            "disableServerGroup" => provider.disable(group, None).await?,
            _ => provider.destroy(group).await?,
        }
    }
    Ok(operation::accepted(call, verb, &cloud, &named))
}
