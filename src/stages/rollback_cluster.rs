//! Goes back to the previous server group of a cluster, region by region.
//!
//! In every region the newest enabled server group is the bad one. Restored is the newest other one, or, where it is
//! known which image the bad one replaced, the one with that image.
//!
//! ```yaml
//! - name: Go back
//!   type: rollbackCluster
//!   cluster: hello-prod
//!   targetHealthyRollbackPercentage: 100
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::cluster::{self, Cluster, object};
use super::forecast::{Change, Effect};
use super::tasks::{acting, patient};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult, in_sequence};
use crate::model::{Capacity, Failure, Field, Image, Map, ServerGroup, Shape, Unit, optional, parse_name};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional(
        "additionalRollbackContext",
        Shape::Map,
        "keys for the rollbacks; onlyEnabledServerGroups restores no disabled one",
    ),
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    target::MONIKER_FIELD,
    optional("originalServerGroup", Shape::Text, "the server group that served before; it is restored if it can be"),
    target::REGION,
    target::REGIONS,
    optional("rollbackTimeout", Shape::Duration(Unit::Minutes), "longest time for it, in minutes"),
    optional("serverGroup", Shape::Text, "a server group of the cluster, in place of cluster"),
    optional("targetHealthyRollbackPercentage", Shape::Integer, "share that must be up, 0-100; 90 to 100 by size"),
    optional("waitTimeBetweenRegions", Shape::Duration(Unit::Seconds), "wait between two regions; none"),
];

/// The `rollbackCluster` stage.
pub(super) struct RollbackCluster;

#[async_trait]
impl Stage for RollbackCluster {
    fn kind(&self) -> &'static str {
        "rollbackCluster"
    }

    fn source(&self) -> &'static str {
        include_str!("rollback_cluster.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineRollbackCandidates]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        of(call, services)?;
        let mut plan = Plan::of_tasks([DetermineRollbackCandidates.name()]);
        if let Some(limit) = reading::duration(call.context, "rollbackTimeout", Unit::Minutes)? {
            plan.context.insert("stageTimeoutMs".to_owned(), json!(reading::millis(limit)));
        }
        Ok(plan)
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        let cluster = of(call, services)?;
        let regions = regions_to_roll_back(call.stage.outputs.get("rollbackTypes"), &cluster.locations);
        let wait = call.context.get("waitTimeBetweenRegions").filter(|time| !time.is_null());
        let mut stages = Vec::new();
        for (position, region) in regions.iter().enumerate() {
            let output = |key: &str| call.stage.outputs.get(key).and_then(|by_region| by_region.get(region));
            let mut context = object(json!({
                "rollbackType": output("rollbackTypes"),
                "rollbackContext": output("rollbackContexts"),
                "type": "rollbackServerGroup",
                "region": region,
                "credentials": cluster.cloud.account,
                "cloudProvider": cluster.cloud.provider_name,
            }));
            context.extend(handed_down(call));
            stages.push(NewStage::new("rollbackServerGroup", format!("Rollback {region}"), context));
            if let Some(time) = wait.filter(|_| position + 1 < regions.len()) {
                let time = object(json!({"waitTime": time}));
                stages.push(NewStage::new("wait", format!("Wait after {region}"), time));
            }
        }
        Ok(in_sequence(stages))
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let cluster = of(call, services)?;
        let mut lines = Vec::new();
        for location in &cluster.locations {
            match candidate(call.context, &cluster.groups(location).await?) {
                None => lines.push(format!("nothing to go back to in {location}")),
                Some(Candidate { bad, restored: Some(restored), .. }) => lines.extend(services.foresee_all(vec![
                    Effect::new(format!("enable {}", restored.name), Change::Enabled(restored.reference())),
                    Effect::new(format!("disable {}", bad.name), Change::Disabled(bad.reference())),
                ])),
                Some(Candidate { bad, .. }) => lines.push(format!("clone {} with its earlier image", bad.name)),
            }
        }
        Ok(lines)
    }
}

/// The cluster, also when only one of its server groups is named.
fn of(call: &Call<'_>, services: &Services) -> Result<Cluster, Failure> {
    let mut context = cluster::over(&cluster::inherited_coordinates(call.execution), call.context);
    if cluster::name(&context).is_none()
        && let Some(group) = reading::filled(&context, "serverGroup")
    {
        let name = parse_name(&group).cluster.unwrap_or(group);
        context.insert("cluster".to_owned(), Value::String(name));
    }
    Cluster::of(call.execution, &context, services)
}

fn regions_to_roll_back(types: Option<&Value>, locations: &[String]) -> Vec<String> {
    locations
        .iter()
        .filter(|location| types.is_some_and(|types| types.get(location.as_str()).is_some()))
        .cloned()
        .collect()
}

/// What a failed deploy that rolls back hands down to the rollbacks.
fn handed_down(call: &Call<'_>) -> Map {
    let parent = call.stage.parent_stage_id.as_ref().and_then(|id| call.execution.stage(id));
    let keys = ["interestingHealthProviderNames", "sourceServerGroupCapacitySnapshot"];
    let found = |key: &str| Some((key.to_owned(), parent?.context.get(key)?.clone()));
    keys.into_iter().filter_map(found).collect()
}

struct DetermineRollbackCandidates;

#[async_trait]
impl Task for DetermineRollbackCandidates {
    fn name(&self) -> &'static str {
        "determineRollbackCandidates"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(5 * 60)), ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, determine(call, services).await)
    }
}

async fn determine(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cluster = of(call, services)?;
    let (mut images, mut types, mut contexts) = (Vec::new(), Map::new(), Map::new());
    let additional = reading::object(call.context, "additionalRollbackContext").cloned().unwrap_or_default();
    for location in &cluster.locations {
        let groups = cluster.groups(location).await?;
        let Some(found) = candidate(call.context, &groups) else {
            call.progress(format!("nothing to go back to in {location}"));
            continue;
        };
        let kind = if found.restored.is_some() { "EXPLICIT" } else { "PREVIOUS_IMAGE" };
        let mut context = additional.clone();
        context.extend(object(found.context(call.context)));
        images.push(json!({"region": location, "image": found.image_name(), "rollbackMethod": kind}));
        types.insert(location.clone(), json!(kind));
        contexts.insert(location.clone(), Value::Object(context));
    }
    Ok(TaskResult::succeeded()
        .with_context("imagesToRestore", images)
        .with_output("rollbackTypes", types)
        .with_output("rollbackContexts", contexts))
}

/// What to do in one location.
struct Candidate<'a> {
    bad: &'a ServerGroup,
    /// What to enable again; when there is none, the image to clone the bad one with.
    restored: Option<&'a ServerGroup>,
    image: Option<Image>,
}

impl Candidate<'_> {
    fn image_name(&self) -> Option<String> {
        let image = self.restored.and_then(|group| group.image.clone()).or_else(|| self.image.clone())?;
        Some(image.image_name)
    }

    fn context(&self, stage: &Map) -> Value {
        let percentage = reading::integer(stage, "targetHealthyRollbackPercentage");
        let percentage = percentage.unwrap_or_else(|| healthy_percentage(self.bad.capacity));
        match (self.restored, &self.image) {
            (Some(restored), _) => json!({
                "rollbackServerGroupName": self.bad.name,
                "restoreServerGroupName": restored.name,
                "targetHealthyRollbackPercentage": percentage,
            }),
            (None, image) => json!({
                "rollbackServerGroupName": self.bad.name,
                "imageName": image.as_ref().map(|image| &image.image_name),
                "imageId": image.as_ref().map(|image| &image.image_id),
                "targetHealthyRollbackPercentage": percentage,
            }),
        }
    }
}

/// The newest enabled one, and what to restore in its place; `None` when there is nothing to go back from or to.
fn candidate<'a>(context: &Map, newest_first: &'a [ServerGroup]) -> Option<Candidate<'a>> {
    let bad = newest_first.iter().find(|group| !group.disabled).filter(|_| newest_first.len() > 1)?;
    let how = reading::object(context, "additionalRollbackContext");
    let only_enabled = how.is_some_and(|how| reading::flag(how, "onlyEnabledServerGroups"));
    let others = || newest_first.iter().filter(|group| group.name != bad.name && !(only_enabled && group.disabled));
    let original = reading::filled(context, "originalServerGroup");
    if let Some(original) = original.and_then(|name| others().find(|group| group.name == name)) {
        return Some(Candidate { bad, restored: Some(original), image: None });
    }
    let image = previous_image(bad);
    let restored = match &image {
        Some(image) => others().find(|group| {
            group.image.as_ref().is_some_and(|theirs| theirs.image_id.eq_ignore_ascii_case(&image.image_id))
        }),
        None => others().next(),
    };
    (restored.is_some() || image.is_some()).then_some(Candidate { bad, restored, image })
}

/// The image the bad one replaced, where its provider or its tag `spinnaker:metadata` tells.
fn previous_image(group: &ServerGroup) -> Option<Image> {
    group.previous_image.clone().or_else(|| image_of_metadata(group))
}

fn image_of_metadata(group: &ServerGroup) -> Option<Image> {
    let previous = group.tags.get("spinnaker:metadata")?.get("previousServerGroup")?.as_object()?;
    let image_name = reading::filled(previous, "imageName")?;
    let image_id = reading::filled(previous, "imageId").unwrap_or_default();
    Some(Image { image_id, image_name, ..Image::default() })
}

/// All of a small group must be up, somewhat less of a large one.
fn healthy_percentage(capacity: Capacity) -> i64 {
    match capacity.desired {
        0..10 => 100,
        10..20 => 90,
        _ => 95,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, disabled: bool, image: &str, replaced: Option<&str>) -> ServerGroup {
        let metadata =
            |id| object(json!({"spinnaker:metadata": {"previousServerGroup": {"imageName": id, "imageId": id}}}));
        ServerGroup {
            name: name.to_owned(),
            disabled,
            image: Some(Image { image_id: image.to_owned(), image_name: image.to_owned(), ..Image::default() }),
            tags: replaced.map(metadata).unwrap_or_default(),
            ..ServerGroup::default()
        }
    }

    #[test]
    fn the_newest_enabled_is_rolled_back_to_the_newest_other() {
        let plain = |name, disabled| group(name, disabled, "i", None);
        let enabled = json!({"additionalRollbackContext": {"onlyEnabledServerGroups": true}});
        for (context, groups, expected) in [
            (json!({}), vec![plain("v2", false), plain("v1", true)], Some(("v2", Some("v1")))),
            (json!({}), vec![plain("v3", true), plain("v2", false), plain("v1", true)], Some(("v2", Some("v3")))),
            (
                enabled.clone(),
                vec![plain("v3", true), plain("v2", false), plain("v1", false)],
                Some(("v2", Some("v1"))),
            ),
            (enabled, vec![plain("v2", false), plain("v1", true)], None),
            (json!({}), vec![plain("v2", true), plain("v1", true)], None),
            (json!({}), vec![plain("v2", false)], None),
            (
                json!({}),
                vec![group("v3", false, "c", Some("a")), group("v2", true, "b", None), group("v1", true, "A", None)],
                Some(("v3", Some("v1"))),
            ),
            (json!({}), vec![group("v3", false, "c", Some("z")), plain("v2", true)], Some(("v3", None))),
            (
                json!({"originalServerGroup": "v1"}),
                vec![plain("v3", false), plain("v2", false), plain("v1", false)],
                Some(("v3", Some("v1"))),
            ),
        ] {
            let found = candidate(&object(context.clone()), &groups);
            let names = found.map(|found| (found.bad.name.as_str(), found.restored.map(|group| group.name.as_str())));
            assert_eq!(names, expected, "{context}");
        }
    }

    #[test]
    fn larger_groups_may_be_less_than_whole() {
        for (desired, percentage) in [(0, 100), (9, 100), (10, 90), (19, 90), (20, 95), (500, 95)] {
            assert_eq!(healthy_percentage(Capacity::exactly(desired)), percentage);
        }
    }
}
