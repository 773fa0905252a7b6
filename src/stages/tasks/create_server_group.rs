//! Asks the cloud for the server group whose name was chosen.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::Acting;
use super::choose_server_group_name::{CHOSEN, choose};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Capacity, Failure, Map, Moniker};
use crate::providers::{ErrorKind, NewServerGroup};
use crate::stages::capture_source_server_group_capacity::SNAPSHOT;
use crate::stages::cloud::{self, Cloud};
use crate::stages::{Services, capacity, cluster, image, operation, reading, source, task_definition};

/// Context key of names that turned out to belong to somebody else.
const TAKEN: &str = "takenServerGroupNames";

/// Keys of a deploy's context that are the stage's own business and no part of what is made.
const NOT_DESCRIPTION: &[&str] = &[
    "allowDeleteActive",
    "allowScaleDownActive",
    "asgName",
    "capacity",
    "capacitySnapshot",
    "clonedFrom",
    "cluster",
    "clusters",
    "completeOtherBranchesThenFail",
    "continuePipeline",
    "currentInstanceCount",
    "delayBeforeCleanup",
    "delayBeforeDisableSec",
    "delayBeforeScaleDownSec",
    "exception",
    "failPipeline",
    "lastCapacityCheck",
    "maxRemainingAsgs",
    "name",
    "pipelineBeforeCleanup",
    "pipelineParameters",
    "preferSourceCapacity",
    "refId",
    "requisiteStageRefIds",
    "rollback",
    "savedCapacity",
    "scaleDown",
    "source",
    "stageTimeoutMs",
    "strategy",
    "strategyApplication",
    "strategyPipeline",
    "target",
    "targetCluster",
    "targetDesiredSize",
    "targetHealthyDeployPercentage",
    "targetPercentages",
    "targetSize",
    "type",
    "useSourceCapacity",
    CHOSEN,
    SNAPSHOT,
    TAKEN,
];

/// Creates, or finds that an earlier look has created.
pub(crate) const CREATE_SERVER_GROUP_TASK: Acting =
    Acting { name: "createServerGroup", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let chosen = reading::object(call.context, CHOSEN)
        .ok_or_else(|| Failure::new("no name was chosen for the server group").detail("restart the stage"))?;
    let name = reading::filled(chosen, "name").unwrap_or_default();
    let location = reading::filled(chosen, "location").unwrap_or_default();
    let sequence = reading::integer(chosen, "sequence").and_then(|n| u32::try_from(n).ok());
    let moniker = Moniker { sequence, ..cluster::moniker(call.execution, call.context)? };
    let mut new = new_server_group(call, services, &cloud, name, location, moniker).await?;
    task_definition::fill(call, services, &mut new.cluster).await?;
    let group = cloud.reference(&new.location, &new.name);
    let groups = cloud.server_groups()?;
    // What can be known to be wrong is said before anything is on record as changed; of a group that an earlier look
    // has made nothing matters any more.
    if let Err(error) = groups.check(&new).await
        && groups.get(&new.location, &new.name).await?.is_none()
    {
        return Err(error.into());
    }
    let verb = if call.stage.kind == "cloneServerGroup" { "cloneServerGroup" } else { "createServerGroup" };
    let detail = capacity::instances(new.capacity);
    operation::announce(call, verb, &group, detail).await?;
    match groups.create(&new).await {
        Err(error) if error.kind == ErrorKind::AlreadyExists => taken(call, &cloud, new.name).await,
        Err(error) => Err(error.into()),
        Ok(()) => {
            let result = json!({
                "serverGroupNames": [format!("{}:{}", new.location, new.name)],
                "serverGroupNameByRegion": {(new.location.as_str()): new.name},
                "deployments": [{
                    "serverGroupName": new.name,
                    "location": new.location,
                    "capacity": capacity::value(new.capacity),
                }],
            });
            let accepted = operation::accepted_with(call, verb, &cloud, std::slice::from_ref(&group), vec![result]);
            Ok(with_platform_health(call, &cloud, &new, accepted))
        }
    }
}

/// Somebody else took the name in between: choose another, and act on it when it is recorded.
async fn taken(call: &Call<'_>, cloud: &Cloud, name: String) -> Result<TaskResult, Failure> {
    call.progress(format!("the name {name} was taken meanwhile, choosing the next"));
    let mut taken = cloud::texts(call.context, TAKEN);
    taken.push(name);
    let chosen = choose(call, cloud, &taken).await?;
    Ok(cloud.look_again().with_context(CHOSEN, chosen).with_context(TAKEN, taken))
}

/// Of what is made out of traffic only the platform itself says that it is up.
fn with_platform_health(call: &Call<'_>, cloud: &Cloud, new: &NewServerGroup, accepted: TaskResult) -> TaskResult {
    let key = "interestingHealthProviderNames";
    let is_said = call.context.get(key).is_some_and(|names| !names.is_null());
    let is_out = cloud::texts(&new.cluster, "suspendedProcesses").iter().any(|name| name == "AddToLoadBalancer");
    match cloud.provider.platform_health() {
        Some(name) if is_out && !is_said => accepted.with_context(key, json!([name])),
        _ => accepted,
    }
}

async fn new_server_group(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    name: String,
    location: String,
    moniker: Moniker,
) -> Result<NewServerGroup, Failure> {
    let cluster = description(call, services, cloud, call.context, &location).await?;
    let capacity = capacity_of(call.context)?;
    let source = source::of(cloud, call.context);
    let (owner, execution) = (call.stage.id.clone(), call.execution.id.clone());
    let epoch = call.recorder.epoch();
    Ok(NewServerGroup { name, location, moniker, capacity, owner, execution, epoch, source, cluster })
}

/// The size a deploy asks for: `capacity`, `targetSize`, else one instance.
pub(crate) fn capacity_of(context: &Map) -> Result<Capacity, Failure> {
    if let Some(capacity) = capacity::read(context, "capacity")? {
        capacity::check(capacity)?;
        return Ok(capacity);
    }
    let size = reading::integer(context, "targetSize").and_then(|size| u32::try_from(size).ok());
    Ok(Capacity::exactly(size.unwrap_or(1)))
}

/// What the provider reads: the cluster's keys, over those of the server group it is cloned from, with the image an
/// earlier stage found when it names none itself.
pub(crate) async fn description(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    context: &Map,
    location: &str,
) -> Result<Map, Failure> {
    let mut own: Map = context
        .iter()
        .filter(|(key, value)| !NOT_DESCRIPTION.contains(&key.as_str()) && !key.contains('.') && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    image::inherit(call, services, cloud, location, &mut own).await?;
    Ok(match reading::object(context, "clonedFrom") {
        Some(source) => over_source(&own, source),
        None => own,
    })
}

/// Keys of one thing each: who says one of the first list wants none that its source says of the second.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["amiName", "image", "imageId", "imageName"], &["amiName", "image", "imageId", "imageName"]),
    (&["subnetIds", "subnetType"], &["availabilityZones", "subnetIds", "subnetType"]),
    (&["base64UserData", "userData"], &["base64UserData", "userData"]),
    (
        &["instanceType", "launchTemplateOverridesForInstanceType"],
        &["instanceType", "launchTemplateOverridesForInstanceType"],
    ),
];

/// What a clone says over what its source says.
pub(crate) fn over_source(own: &Map, source: &Map) -> Map {
    let is_said = |key: &str| match own.get(key) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    };
    let mut kept = source.clone();
    for (said, theirs) in FAMILIES {
        if said.iter().any(|key| is_said(key)) {
            kept.retain(|key, _| !theirs.contains(&key.as_str()));
        }
    }
    cluster::over(own, &kept)
}
