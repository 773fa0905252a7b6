//! Chooses the name of the server group to be made, so that it is recorded before anything is made.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::cloud::Cloud;
use crate::stages::{Services, cluster, naming, reading};

/// Context key of the chosen name: `{name, location, sequence}`.
pub(crate) const CHOSEN: &str = "chosenServerGroup";

/// The next free sequence of the cluster in the location.
pub(crate) const CHOOSE_SERVER_GROUP_NAME: Acting =
    Acting { name: "chooseServerGroupName", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let chosen = choose(call, &cloud, &[]).await?;
    Ok(TaskResult::succeeded().with_context(CHOSEN, chosen))
}

/// A free name that is none of `taken`.
pub(super) async fn choose(call: &Call<'_>, cloud: &Cloud, taken: &[String]) -> Result<Value, Failure> {
    let location = cloud.deploy_location(call.context)?;
    let moniker = cluster::moniker(call.execution, call.context)?;
    if reading::flag(call.context, "ignoreSequence") {
        return Ok(json!({"name": moniker.cluster, "location": location}));
    }
    let (name, moniker) = naming::next_name(cloud, &moniker, &location, taken).await?;
    Ok(json!({"name": name, "location": location, "sequence": moniker.sequence}))
}
