//! The server groups a stage targets: by name, or by their place in the cluster (contract 3.1).

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::{self, Cluster, MONIKER};
use super::naming::title;
use super::{Services, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskResult, in_sequence};
use crate::model::{
    Failure, Field, Map, ServerGroup, ServerGroupRef, Shape, StageExecution, joined, optional, parse_name,
};

/// Words of `target`.
const TARGETS: &[&str] =
    &["ancestor_asg", "ancestor_asg_dynamic", "current_asg", "current_asg_dynamic", "oldest_asg_dynamic"];

/// Where a stage says what it acts on.
pub(crate) const ACCOUNT: Field = optional("credentials", Shape::Text, "account; the project's only one when left out");
pub(crate) const ACCOUNT_ALIAS: Field = optional("account", Shape::Text, "the same as credentials");
pub(crate) const CLOUD_PROVIDER: Field = optional("cloudProvider", Shape::Text, "provider of the account");
pub(crate) const CLUSTER: Field = optional("cluster", Shape::Text, "name of the cluster: application-stack-detail");
pub(crate) const MONIKER_FIELD: Field = optional("moniker", Shape::Object(MONIKER), "the cluster's name in parts");
pub(crate) const REGION: Field = optional("region", Shape::Text, "where it is; the provider's default when left out");
pub(crate) const REGIONS: Field = optional("regions", Shape::List(&Shape::Text), "where they are");
pub(crate) const NAMESPACE: Field = optional("namespace", Shape::Text, "where it is, for clouds with namespaces");
pub(crate) const NAMESPACES: Field = optional("namespaces", Shape::List(&Shape::Text), "the same for several");
pub(crate) const ZONES: Field = optional("zones", Shape::List(&Shape::Text), "where it is, for clouds with zones only");
pub(crate) const SERVER_GROUP_NAME: Field = optional("serverGroupName", Shape::Text, "one server group, by its name");
pub(crate) const ASG_NAME: Field = optional("asgName", Shape::Text, "the same as serverGroupName");
pub(crate) const ASGS: Field =
    optional("asgs", Shape::List(&Shape::Map), "server groups in their regions: [{serverGroupName, region}]");
pub(crate) const TARGET: Field = optional(
    "target",
    Shape::OneOf(TARGETS),
    "one server group of the cluster: the current (newest), its ancestor, or the oldest; found when the stage runs",
);
pub(crate) const HEALTH_PROVIDERS: Field = optional(
    "interestingHealthProviderNames",
    Shape::List(&Shape::Text),
    "health sources that count; all when left out, an empty list waits for no health",
);
pub(crate) const TARGET_HEALTHY: Field = optional(
    "targetHealthyDeployPercentage",
    Shape::Integer,
    "share of its instances that must be up, 0-100; all when left out",
);
pub(crate) const DESIRED_PERCENTAGE: Field =
    optional("desiredPercentage", Shape::Integer, "share of its instances to act on, 0-100; all when left out");

/// Where a cluster is.
pub(crate) const COORDINATES: [Field; 10] =
    [ACCOUNT_ALIAS, CLOUD_PROVIDER, CLUSTER, ACCOUNT, MONIKER_FIELD, NAMESPACE, NAMESPACES, REGION, REGIONS, ZONES];

/// Which server group of it is meant.
pub(crate) const SERVER_GROUP: [Field; 13] = joined([ASG_NAME, SERVER_GROUP_NAME, TARGET], COORDINATES);

/// A place in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The newest.
    Current,
    /// The one before the newest.
    Ancestor,
    /// The oldest.
    Oldest,
}

impl Place {
    /// Reads a `target`: Spinnaker's words and their short forms.
    pub(crate) fn parse(word: &str) -> Result<Self, Failure> {
        match word.trim().to_ascii_lowercase().trim_end_matches("_dynamic").trim_end_matches("_asg") {
            "current" | "newest" => Ok(Self::Current),
            "ancestor" | "previous" => Ok(Self::Ancestor),
            "oldest" => Ok(Self::Oldest),
            _ => {
                Err(Failure::user(format!("'target' is '{word}'")).detail(format!("use one of {}", TARGETS.join(", "))))
            }
        }
    }

    /// The one in that place; the only server group of a cluster is neither an ancestor nor the oldest.
    pub(crate) fn pick(self, newest_first: &[ServerGroup]) -> Option<&ServerGroup> {
        match self {
            Self::Current => newest_first.first(),
            Self::Ancestor => newest_first.get(1),
            Self::Oldest => newest_first.last().filter(|_| newest_first.len() > 1),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Ancestor => "ancestor",
            Self::Oldest => "oldest",
        }
    }
}

/// Whether the target is looked up when the stage runs, not when it is planned.
fn is_dynamic(context: &Map) -> bool {
    reading::filled(context, "target").is_some_and(|target| target.to_ascii_lowercase().ends_with("dynamic"))
}

/// The name a context gives, when it targets by name.
pub(crate) fn named(context: &Map) -> Option<String> {
    ["serverGroupName", "asgName"].into_iter().find_map(|key| reading::filled(context, key))
}

/// The server groups a context targets as the world is now, at most one per location.
pub(crate) async fn resolve(call: &Call<'_>, services: &Services, context: &Map) -> Result<Vec<ServerGroup>, Failure> {
    let mut found = Vec::new();
    if !is_dynamic(context)
        && let Some(name) = named(context)
    {
        let cloud = Cloud::of(context, services)?;
        for location in cloud.target_locations(context) {
            found.extend(cloud.server_groups()?.get(&location, &name).await?);
        }
        if found.is_empty() {
            return Err(Failure::new(format!("there is no server group '{name}' in account '{}'", cloud.account))
                .detail(format!("looked in {}", cloud.target_locations(context).join(", "))));
        }
        return Ok(found);
    }
    if !is_dynamic(context) && !reading::list(context, "asgs").is_empty() {
        return listed(services, context).await;
    }
    let Some(word) = reading::filled(context, "target") else {
        return Err(Failure::user("the stage names no server group")
            .detail("add serverGroupName: <name>, or target: current_asg_dynamic with cluster and regions"));
    };
    let place = Place::parse(&word)?;
    let cluster = Cluster::of(call.execution, context, services)?;
    for location in cluster.cloud.target_locations(context) {
        let groups = cluster.groups(&location).await?;
        let Some(group) = place.pick(&groups) else {
            return Err(Failure::new(format!(
                "cluster {}/{location}/{} has no {} server group",
                cluster.cloud.account,
                cluster.name,
                place.words()
            ))
            .detail(format!("it has {} server groups", groups.len())));
        };
        found.push(group.clone());
    }
    Ok(found)
}

/// The server groups under `asgs`, each of which must be there.
async fn listed(services: &Services, context: &Map) -> Result<Vec<ServerGroup>, Failure> {
    let cloud = Cloud::of(context, services)?;
    let mut found = Vec::new();
    for one in reading::list(context, "asgs").iter().filter_map(Value::as_object) {
        let name = named(one).ok_or_else(|| {
            Failure::user("an item of 'asgs' names no server group").detail("write asgs: [{serverGroupName, region}]")
        })?;
        for location in cloud.target_locations(&cluster::over(one, context)) {
            let group = cloud.server_groups()?.get(&location, &name).await?;
            found.push(group.ok_or_else(|| gone(&cloud.reference(&location, &name)))?);
        }
    }
    Ok(found)
}

/// What a target stage consists of: at the top one child per server group, one after the other; below, its tasks.
/// `before` gives stages to run in front of a child's tasks.
pub(crate) async fn plan(
    call: &Call<'_>,
    services: &Services,
    tasks: Vec<&'static str>,
    before: Vec<NewStage>,
) -> Result<Plan, Failure> {
    if call.stage.parent_stage_id.is_some() {
        return Ok(Plan { before, ..Plan::of_tasks(tasks) });
    }
    let inherited = cluster::inherited_coordinates(call.execution);
    let context = cluster::over(&inherited, call.context);
    let children = if is_dynamic(&context) {
        dynamic_children(call, services, &context)?
    } else {
        let groups = resolve(call, services, &context).await?;
        groups.iter().map(|group| static_child(call.stage, &context, group)).collect()
    };
    Ok(Plan { context: inherited, ..Plan::of_stages(in_sequence(children)) })
}

fn static_child(stage: &StageExecution, context: &Map, group: &ServerGroup) -> NewStage {
    let own = cluster::object(json!({
        "asgName": group.name,
        "serverGroupName": group.name,
        "region": group.region,
        "deployServerGroupsRegion": group.region,
        "targetLocation": {"type": "REGION", "value": group.region},
    }));
    NewStage::new(stage.kind.as_str(), title(&stage.kind, &group.name), cluster::over(&own, context))
}

fn dynamic_children(call: &Call<'_>, services: &Services, context: &Map) -> Result<Vec<NewStage>, Failure> {
    let cloud = Cloud::of(context, services)?;
    let locations = cloud.target_locations(context);
    let mut scrubbed = context.clone();
    for key in ["zone", "zones", "region", "regions", "namespace", "namespaces"] {
        scrubbed.shift_remove(key);
    }
    let plural = cluster::object(json!({"regions": locations}));
    let mut children = vec![NewStage::new(
        "determineTargetServerGroup",
        title("determineTargetServerGroup", ""),
        cluster::over(&plural, &scrubbed),
    )];
    let kind = call.stage.kind.as_str();
    children.extend(locations.iter().map(|location| {
        let own = cluster::object(json!({
            "region": location,
            "targetLocation": {"type": "REGION", "value": location},
        }));
        NewStage::new(kind, title(kind, &format!("in {location}")), cluster::over(&own, &scrubbed))
    }));
    Ok(children)
}

/// The server group a child acts on: the one determined for its location, or the one named.
pub(crate) async fn chosen(call: &Call<'_>, services: &Services) -> Result<(Cloud, ServerGroupRef), Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = location(&cloud, call.context)?;
    if is_dynamic(call.context) {
        return match determined(call, &location) {
            Some(name) => Ok((cloud.clone(), cloud.reference(&location, &name))),
            None => Err(Failure::new(format!("no server group was determined for '{location}'"))),
        };
    }
    if let Some(name) = named(call.context) {
        return Ok((cloud.clone(), cloud.reference(&location, &name)));
    }
    let groups = resolve(call, services, call.context).await?;
    let group = groups.first().ok_or_else(|| Failure::new("the stage targets no server group"))?;
    Ok((cloud, group.reference()))
}

/// The server group a child acts on, as it stands now; `None` when it is gone.
pub(crate) async fn current(
    call: &Call<'_>,
    services: &Services,
) -> Result<(Cloud, ServerGroupRef, Option<ServerGroup>), Failure> {
    let (cloud, group) = chosen(call, services).await?;
    let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
    Ok((cloud, group, found))
}

/// The failure of a server group that is gone.
pub(crate) fn gone(group: &ServerGroupRef) -> Failure {
    Failure::new(format!("server group {}/{}/{} does not exist", group.account, group.location, group.name))
}

/// The cluster a server group belongs to, for locks and guards.
pub(crate) fn cluster_of(group: &ServerGroupRef) -> String {
    parse_name(&group.name).cluster.unwrap_or_else(|| group.name.clone())
}

/// The keys an action on a server group leaves besides the operation's own.
pub(crate) fn with_names(result: TaskResult, group: &ServerGroupRef) -> TaskResult {
    result.with_context("asgName", group.name.as_str()).with_context("serverGroupName", group.name.as_str())
}

fn location(cloud: &Cloud, context: &Map) -> Result<String, Failure> {
    let target = reading::object(context, "targetLocation").and_then(|target| reading::filled(target, "value"));
    target
        .or_else(|| cloud.target_locations(context).into_iter().next())
        .ok_or_else(|| Failure::user("the stage names no 'region'").detail("add region: <name>"))
}

fn determined(call: &Call<'_>, location: &str) -> Option<String> {
    let stages = call.execution.ancestors(call.stage);
    let determine = stages.into_iter().filter(|stage| stage.kind == "determineTargetServerGroup");
    determine
        .flat_map(|stage| reading::list(&stage.context, "targetReferences"))
        .find(|reference| reference.get("region").and_then(Value::as_str) == Some(location))
        .and_then(|reference| reference.get("name")?.as_str().map(str::to_owned))
}
