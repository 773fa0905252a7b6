//! Creates a server group, waits until it is up, and lets the strategy deal with the old ones.
//!
//! A `deploy` stage makes one of these for each of its clusters; on its own it takes the keys of one cluster directly.
//!
//! ```yaml
//! - name: Create
//!   type: createServerGroup
//!   application: hello
//!   stack: test
//!   strategy: none
//!   capacity: {min: 1, max: 1, desired: 1}
//!   command: ["./server"]
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::capture_source_server_group_capacity::SNAPSHOT;
use super::cluster::{self, Cluster};
use super::cluster_fields::CLUSTER;
use super::forecast::Change;
use super::strategies::{self, Rollout};
use super::tasks::{
    CHOOSE_SERVER_GROUP_NAME, CHOSEN, CREATE_SERVER_GROUP_TASK, DETERMINE_SOURCE_SERVER_GROUP,
    DetermineHealthProviders, MONITOR_DEPLOY, WaitForUpInstances, capacity_of, cloned, description, over_source,
};
use super::{Services, Stage, Task, capacity, naming, operation, reading, source};
use crate::engine::ports::{Call, NewStage, Plan, in_sequence};
use crate::model::{Capacity, Failure, Field, HealthState, Instance, Map, Millis, ServerGroup, Status};
use crate::providers::NewServerGroup;

/// How long a rollback after a failed deploy may take.
const ROLLBACK_TIMEOUT_MS: u64 = 30 * 60 * 1000;
/// How long the removal of the failed server group may take.
const DESTROY_TIMEOUT_MS: u64 = 5 * 60 * 1000;

/// The `createServerGroup` stage.
pub(super) struct CreateServerGroup;

#[async_trait]
impl Stage for CreateServerGroup {
    fn kind(&self) -> &'static str {
        "createServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("create_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        CLUSTER
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &DETERMINE_SOURCE_SERVER_GROUP,
            &DetermineHealthProviders,
            &CHOOSE_SERVER_GROUP_NAME,
            &CREATE_SERVER_GROUP_TASK,
            &MONITOR_DEPLOY,
            &WaitForUpInstances,
        ]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        plan_creation(call, self.tasks())
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        after_creation(call, services)
    }

    async fn on_failure(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        after_failed_creation(call, services)
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        FORGOTTEN
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let context = flattened(call.context);
        preview_creation(call, services, self.kind(), &cluster::over(&context, call.context)).await
    }
}

/// What a deploy that runs again must find out anew.
pub(crate) const FORGOTTEN: &[&str] = &[
    CHOSEN,
    SNAPSHOT,
    "capacitySnapshot",
    "clonedFrom",
    "currentInstanceCount",
    "deploy.server.groups",
    "kato.last.task.id",
    "kato.tasks",
    "lastCapacityCheck",
    "takenServerGroupNames",
    "targetDesiredSize",
];

/// The tasks, with the cluster's keys lifted into the context and what the strategy changes in it.
pub(crate) fn plan_creation(call: &Call<'_>, tasks: &[&dyn Task]) -> Result<Plan, Failure> {
    let mut changes = flattened(call.context);
    let context = cluster::over(&changes, call.context);
    let strategy = strategies::of(&context);
    if let Some(failure) = strategy.unsupported() {
        return Err(failure);
    }
    changes.extend(strategy.prepare(&context));
    let tasks: Vec<_> = match strategy.replaces_creation() {
        true if strategy.changes_source() => vec![DETERMINE_SOURCE_SERVER_GROUP.name],
        true => Vec::new(),
        false => tasks.iter().map(|task| task.name()).collect(),
    };
    Ok(Plan { context: changes, ..Plan::of_tasks(tasks) })
}

/// What the strategy does when the server group is up.
pub(crate) fn after_creation(call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
    let rollout = Rollout::of(call, services, call.context)?;
    let mut stages = strategies::of(call.context).after(&rollout)?;
    stages.extend(restored_minimum(&rollout));
    Ok(in_sequence(stages))
}

/// Gives the new server group the minimum of the one whose size it took over, where that was pinned.
fn restored_minimum(rollout: &Rollout<'_>) -> Option<NewStage> {
    let size = capacity::read(rollout.context, SNAPSHOT).ok().flatten()?;
    if size.min >= size.desired {
        return None;
    }
    let created = operation::recorded(&rollout.cloud, rollout.context).into_iter().next()?;
    let context = cluster::object(json!({
        "credentials": rollout.cloud.account,
        "cloudProvider": rollout.cloud.provider_name,
        "target": {
            "asgName": created.name,
            "serverGroupName": created.name,
            "region": created.location,
            "account": rollout.cloud.account,
            "cloudProvider": rollout.cloud.provider_name,
        },
    }));
    Some(NewStage::new("applySourceServerGroupCapacity", "restoreMinCapacityFromSnapshot", context))
}

/// The rollback the cluster asks for, then what the strategy has to tidy up.
pub(crate) fn after_failed_creation(call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
    let rollout = Rollout::of(call, services, call.context)?;
    let created = operation::recorded(&rollout.cloud, call.context).into_iter().next();
    let wish = reading::object(call.context, "rollback").filter(|rollback| reading::flag(rollback, "onFailure"));
    let mut stages = Vec::new();
    if let (Some(wish), Some(created)) = (wish, created) {
        if let Some(how) = rollback_of(call) {
            let context = cluster::object(json!({
                "credentials": rollout.cloud.account,
                "cloudProvider": rollout.cloud.provider_name,
                "regions": [created.location],
                "serverGroup": created.name,
                "stageTimeoutMs": ROLLBACK_TIMEOUT_MS,
                "additionalRollbackContext": how,
            }));
            stages.push(NewStage::new("rollbackCluster", format!("Rollback {}", rollout.cluster()), context));
        }
        if reading::flag(wish, "destroyLatest") {
            let context = cluster::object(json!({
                "cloudProvider": rollout.cloud.provider_name,
                "cloudProviderType": rollout.cloud.provider_name,
                "cluster": rollout.cluster(),
                "credentials": rollout.cloud.account,
                "region": created.location,
                "serverGroupName": created.name,
                "stageTimeoutMs": DESTROY_TIMEOUT_MS,
            }));
            stages.push(NewStage::new("destroyServerGroup", format!("Destroy {}", created.name), context));
        }
    }
    stages.extend(strategies::of(call.context).on_failure(&rollout));
    Ok(in_sequence(stages))
}

/// How a failed deploy is rolled back; Spinnaker compares the strategy's letter case here and nowhere else.
fn rollback_of(call: &Call<'_>) -> Option<Value> {
    match reading::text(call.context, "strategy")?.as_str() {
        "rollingredblack" => Some(json!({"enableAndDisableOnly": true, "onlyEnabledServerGroups": true})),
        // Once its own tasks are through, the old server groups may be half gone: then there is nothing to go back to.
        "redblack" if call.stage.tasks.iter().any(|task| task.status == Status::Terminal) => {
            Some(json!({"disableOnly": true, "onlyEnabledServerGroups": true}))
        }
        _ => None,
    }
}

/// What a create or clone would do now.
pub(crate) async fn preview_creation(
    call: &Call<'_>,
    services: &Services,
    kind: &str,
    context: &Map,
) -> Result<Vec<String>, Failure> {
    let strategy = strategies::of(context);
    if let Some(failure) = strategy.unsupported() {
        return Err(failure);
    }
    let now = Call { context, ..*call };
    let mut rollout = Rollout::of(&now, services, context)?;
    if strategy.replaces_creation() {
        if strategy.changes_source() {
            let found = source::find(&now, services, &rollout.cloud, &rollout.moniker, &rollout.location).await?;
            rollout.source = found.as_ref().map(ServerGroup::reference);
        }
        return Ok(services.foresee_all(strategy.preview(&rollout, &[])));
    }
    let found = source::find(&now, services, &rollout.cloud, &rollout.moniker, &rollout.location).await?;
    rollout.source = found.as_ref().map(ServerGroup::reference);
    let (name, moniker) = naming::next_name(&rollout.cloud, &rollout.moniker, &rollout.location, &[]).await?;
    let takes_over =
        reading::flag(context, "useSourceCapacity") || kind == "cloneServerGroup" && !context.contains_key("capacity");
    let size = match found.as_ref().filter(|_| takes_over) {
        Some(source) => source.capacity,
        None => capacity_of(context)?,
    };
    let taken = found.as_ref().filter(|_| reading::flag(context, "useSourceCapacity"));
    let is_pinned = taken.is_some() && size.min < size.desired && rollout.cloud.provider.pins_taken_size();
    let whole = size;
    let size = if is_pinned { Capacity { min: size.desired, ..size } } else { size };
    let mut cluster = description(&now, services, &rollout.cloud, context, &rollout.location).await?;
    if let Some(source) = rollout.source.as_ref().filter(|_| kind == "cloneServerGroup") {
        cluster = over_source(&cluster, &cloned(&rollout.cloud, source, services, &rollout.location).await?);
    }
    let image = ["image", "imageName", "imageId", "amiName"].iter().find_map(|key| reading::filled(&cluster, key));
    let new = NewServerGroup {
        name: name.clone(),
        location: rollout.location.clone(),
        moniker,
        capacity: size,
        owner: call.stage.id.clone(),
        execution: call.execution.id.clone(),
        epoch: call.recorder.epoch(),
        source: rollout.source.clone(),
        cluster,
    };
    let checked = rollout.cloud.server_groups()?.preview(&new).await;
    let image = image.map(|image| format!(" (image {image})")).unwrap_or_default();
    let mut lines = vec![format!("create {name} with {}{image}", capacity::instances(size))];
    // What it complains of may be put right by what a stage before this one leaves, so it is no end of the preview.
    match checked {
        Ok(preview) => {
            services.foresee_calls(&rollout.cloud.account, preview.calls);
            lines.extend(preview.lines.into_iter().map(|line| format!("  {line}")));
        }
        Err(error) => lines.push(format!("which would fail now: {error}")),
    }
    let groups = with_new(&rollout, new, call.now).await?;
    services.foresee(Change::Created(Box::new(groups[0].clone())));
    lines.extend(services.foresee_all(strategy.preview(&rollout, &groups)));
    if is_pinned {
        lines.push(format!("give {name} the minimum of {} back", whole.min));
        services.foresee(Change::Resized(rollout.reference(&name), whole));
    }
    Ok(lines)
}

/// The cluster as it will be once the new server group is up, which comes first.
async fn with_new(rollout: &Rollout<'_>, new: NewServerGroup, now: Millis) -> Result<Vec<ServerGroup>, Failure> {
    let cluster = Cluster {
        cloud: rollout.cloud.clone(),
        application: rollout.moniker.app.clone().unwrap_or_default(),
        name: rollout.cluster().to_owned(),
        locations: vec![rollout.location.clone()],
    };
    let mut groups = cluster.groups(&rollout.location).await?;
    let up = Instance { health_state: HealthState::Up, ..Instance::default() };
    let group = ServerGroup {
        name: new.name,
        account: rollout.cloud.account.clone(),
        region: new.location,
        moniker: new.moniker,
        created_time: groups.iter().map(|group| group.created_time).max().map_or(now, |last| now.max(last + 1)),
        instances: vec![up; new.capacity.desired as usize],
        capacity: new.capacity,
        ..ServerGroup::default()
    };
    groups.insert(0, group);
    Ok(groups)
}

/// The keys of `cluster`, to be lifted into the context.
pub(crate) fn flattened(context: &Map) -> Map {
    reading::object(context, "cluster").cloned().unwrap_or_default()
}
