//! Reads what would make another server group like the source, and records it before anything is made.

use futures_util::FutureExt;
use serde_json::Value;

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::cloud::Cloud;
use crate::stages::{Services, capacity, cluster, reading, source, target};

/// Writes `clonedFrom`, and the source's size when no `capacity` is given.
pub(crate) const DESCRIBE_SOURCE_SERVER_GROUP: Acting =
    Acting { name: "describeSourceServerGroup", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let source = source::of(&cloud, call.context).ok_or_else(|| {
        Failure::user(format!("stage '{}' finds no server group to clone", call.stage.name))
            .detail("add source: {serverGroupName, region, account}, or deploy the cluster once before")
    })?;
    let theirs = match source.account == cloud.account {
        true => cloud,
        false => Cloud::of(&cluster::object(serde_json::json!({"account": source.account})), services)?,
    };
    let groups = theirs.server_groups()?;
    let found = groups.get(&source.location, &source.name).await?.ok_or_else(|| target::gone(&source))?;
    let description = groups.clone_description(&source).await?;
    let result = TaskResult::succeeded().with_context("clonedFrom", Value::Object(description));
    if call.context.contains_key("capacity") || reading::integer(call.context, "targetSize").is_some() {
        return Ok(result);
    }
    Ok(result.with_context("capacity", capacity::value(found.capacity)))
}
