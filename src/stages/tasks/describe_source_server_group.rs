//! Reads what would make another server group like the source, and records it before anything is made.

use futures_util::FutureExt;
use serde_json::Value;

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Map, ServerGroupRef};
use crate::stages::cloud::Cloud;
use crate::stages::{Services, capacity, cluster, reading, source, target};

/// Writes `clonedFrom`, and the source's size when no `capacity` is given.
pub(crate) const DESCRIBE_SOURCE_SERVER_GROUP: Acting =
    Acting { name: "describeSourceServerGroup", look: |call, services| look(call, services).boxed() };

/// The account a source is in.
fn theirs(cloud: &Cloud, source: &ServerGroupRef, services: &Services) -> Result<Cloud, Failure> {
    match source.account == cloud.account {
        true => Ok(cloud.clone()),
        false => Cloud::of(&cluster::object(serde_json::json!({"account": source.account})), services),
    }
}

/// What would make another server group like the source in this place.
pub(crate) async fn cloned(
    cloud: &Cloud,
    source: &ServerGroupRef,
    services: &Services,
    location: &str,
) -> Result<Map, Failure> {
    let theirs = theirs(cloud, source, services)?;
    let groups = theirs.server_groups()?;
    Ok(match source.account == cloud.account && source.location == location {
        true => groups.clone_description(source).await?,
        false => groups.clone_elsewhere(source, &cloud.account, location).await?,
    })
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let source = source::of(&cloud, call.context).ok_or_else(|| {
        Failure::user(format!("stage '{}' finds no server group to clone", call.stage.name))
            .detail("add source: {serverGroupName, region, account}, or deploy the cluster once before")
    })?;
    let theirs = theirs(&cloud, &source, services)?;
    let found = theirs.server_groups()?.get(&source.location, &source.name).await?;
    let found = found.ok_or_else(|| target::gone(&source))?;
    let location = cloud.deploy_location(call.context)?;
    let description = cloned(&cloud, &source, services, &location).await?;
    let result = TaskResult::succeeded().with_context("clonedFrom", Value::Object(description));
    if call.context.contains_key("capacity") || reading::integer(call.context, "targetSize").is_some() {
        return Ok(result);
    }
    Ok(result.with_context("capacity", capacity::value(found.capacity)))
}
