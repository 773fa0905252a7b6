//! Finds the image a cluster runs, for a later deploy of the same.
//!
//! In every region one server group of the cluster is chosen (`NEWEST`, `OLDEST`, `LARGEST`, or `FAIL` when there are
//! several); on AWS also in the regions that deploys after this stage with the same account are for. A deploy after this
//! stage whose cluster names no image uses the one found.
//!
//! ```yaml
//! - name: What runs in test
//!   type: findImage
//!   cluster: hello-test
//!   selectionStrategy: NEWEST
//! ```

use std::cmp::Reverse;
use std::time::Duration;

use async_trait::async_trait;
use fancy_regex::Regex;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::{self, Cluster, object};
use super::image::{AWS, is_named};
use super::tasks::{acting, patient};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Image, Map, ServerGroup, Shape, StageExecution, optional};

const STRATEGIES: &[&str] = &["FAIL", "LARGEST", "NEWEST", "OLDEST"];

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    optional("imageNamePattern", Shape::Text, "regular expression the whole name of the image must match"),
    target::MONIKER_FIELD,
    target::NAMESPACE,
    target::NAMESPACES,
    optional("onlyEnabled", Shape::Boolean, "leaves disabled server groups aside; true"),
    target::REGION,
    target::REGIONS,
    optional(
        "resolveMissingLocations",
        Shape::Boolean,
        "finds the same image where the cluster does not run yet; false",
    ),
    optional("selectionStrategy", Shape::OneOf(STRATEGIES), "which server group is looked at; NEWEST"),
    optional("skipRegionDetection", Shape::Boolean, "only the regions named here, not those of later deploys; false"),
    target::ZONES,
];

/// The `findImage` stage.
pub(super) struct FindImage;

#[async_trait]
impl Stage for FindImage {
    fn kind(&self) -> &'static str {
        "findImage"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["findAmi", "findImageFromCluster"]
    }

    fn source(&self) -> &'static str {
        include_str!("find_image.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&Find]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        strategy(call)?;
        pattern(call)?;
        let context = cluster::inherited_coordinates(call.execution);
        Ok(Plan { context, ..Plan::of_tasks([Find.name()]) })
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let found = find(call, services).await?;
        Ok(found.iter().map(|found| format!("find image {} in {}", found.image.image_name, found.location)).collect())
    }
}

struct Find;

#[async_trait]
impl Task for Find {
    fn name(&self) -> &'static str {
        "findImage"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(10 * 60)), ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }
}

/// An image, and the server group it was found in.
struct Found {
    location: String,
    server_group: String,
    image: Image,
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let mut cluster = Cluster::of(call.execution, call.context, services)?;
    let found = find(call, services).await?;
    let inferred = inferred(call, services, &cluster);
    cluster.locations.extend(inferred.iter().cloned());
    let provider = &cluster.cloud.provider_name;
    let details: Vec<Value> = found.iter().map(|found| found.detail(provider, &call.stage.ref_id)).collect();
    let artifacts: Vec<Value> = found.iter().map(|found| found.artifact(provider, &call.stage.ref_id)).collect();
    Ok(TaskResult::succeeded()
        .with_context("amiDetails", details.clone())
        .with_context("artifacts", artifacts)
        .with_context("regions", cluster.locations)
        .with_output("deploymentDetails", details)
        .with_output("inferredRegions", inferred))
}

async fn find(call: &Call<'_>, services: &Services) -> Result<Vec<Found>, Failure> {
    let mut cluster = Cluster::of(call.execution, call.context, services)?;
    let inferred = inferred(call, services, &cluster);
    cluster.locations.extend(inferred.iter().cloned());
    let only_enabled = reading::optional_flag(call.context, "onlyEnabled").unwrap_or(true);
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for location in &cluster.locations {
        let mut groups = cluster.groups(location).await?;
        groups.retain(|group| !(only_enabled && group.disabled));
        match choose(&strategy(call)?, &groups, location)? {
            Some(group) => found.push(of_group(group, location)?),
            None => missing.push(location.clone()),
        }
    }
    if let Some(location) = missing.first() {
        if !reading::flag(call.context, "resolveMissingLocations") {
            let kind = if only_enabled { "enabled server group" } else { "server group" };
            let failure = Failure::new(format!(
                "cluster {}/{location}/{} has no {kind} to take the image of",
                cluster.cloud.account, cluster.name
            ));
            return Err(match inferred.contains(location) {
                false => failure,
                true => failure.detail(format!(
                    "{location} was inferred from a deploy after this stage; add resolveMissingLocations: true, or \
                     skipRegionDetection: true"
                )),
            });
        }
        found.extend(elsewhere(&cluster, &found, missing).await?);
    }
    if let Some(pattern) = pattern(call)? {
        found.retain(|found| pattern.is_match(&found.image.image_name).unwrap_or(false));
    }
    Ok(found)
}

/// Locations that deploys after this stage need an image in, besides those named here (contract 3.5); of deploys with
/// this account, for the places of another one may not be this one's.
fn inferred(call: &Call<'_>, services: &Services, cluster: &Cluster) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if cluster.cloud.provider_name != AWS || reading::flag(call.context, "skipRegionDetection") {
        return found;
    }
    let is_later = |stage: &&StageExecution| {
        let above = call.execution.ancestors(stage);
        stage.kind == "deploy" && above.iter().any(|one| one.id == call.stage.id)
    };
    for stage in call.execution.stages.iter().map(AsRef::as_ref).filter(is_later) {
        let one = reading::object(&stage.context, "cluster").into_iter();
        let listed = reading::list(&stage.context, "clusters").iter().filter_map(Value::as_object);
        for wish in one.chain(listed) {
            let context = cluster::over(wish, &stage.context);
            let is_same = Cloud::of(&context, services).is_ok_and(|cloud| cloud.account == cluster.cloud.account);
            // What is still an expression is not known yet.
            let fresh = wished_regions(wish).into_iter().filter(|region| {
                !region.contains("${") && !cluster.locations.contains(region) && !found.contains(region)
            });
            let fresh: Vec<_> = fresh.filter(|_| is_same).collect();
            found.extend(fresh);
        }
    }
    found
}

/// Where a cluster is deployed to, when it may need an image.
fn wished_regions(cluster: &Map) -> Vec<String> {
    match reading::object(cluster, "availabilityZones") {
        Some(zones) => zones.keys().cloned().collect(),
        None if is_named(cluster) => Vec::new(),
        None => reading::filled(cluster, "region").into_iter().collect(),
    }
}

/// The same image in places where the cluster does not run.
async fn elsewhere(cluster: &Cluster, found: &[Found], missing: Vec<String>) -> Result<Vec<Found>, Failure> {
    let mut names: Vec<_> = found.iter().map(|found| found.image.image_name.as_str()).collect();
    names.dedup();
    let [name] = names.as_slice() else {
        return Err(Failure::new(format!("resolving missing locations needs exactly one image, not {}", names.len()))
            .detail(format!("missing: {}", missing.join(", "))));
    };
    let images = cluster.cloud.images()?.find(Some(name), &object(json!({}))).await?;
    let resolve = |location: String| {
        // A search by name also finds those whose names only begin with it.
        let image = images.iter().find(|image| image.region == location && image.image_name == *name).cloned();
        let image = image.ok_or_else(|| Failure::new(format!("there is no image '{name}' in {location}")))?;
        Ok(Found { location, server_group: cluster.name.clone(), image })
    };
    missing.into_iter().map(resolve).collect()
}

fn of_group(group: &ServerGroup, location: &str) -> Result<Found, Failure> {
    let image = group.image.clone().ok_or_else(|| {
        Failure::new(format!("server group {} has no image", group.name))
            .detail("it was deployed without one; deploy it with 'image' to find it here")
    })?;
    Ok(Found { location: location.to_owned(), server_group: group.name.clone(), image })
}

impl Found {
    fn detail(&self, provider: &str, ref_id: &str) -> Value {
        json!({
            "ami": self.image.image_id,
            "imageId": self.image.image_id,
            "imageName": self.image.image_name,
            "cloudProvider": provider,
            "refId": ref_id,
            "sourceServerGroup": self.server_group,
            "region": self.location,
            "version": self.image.version,
        })
    }

    fn artifact(&self, provider: &str, ref_id: &str) -> Value {
        json!({
            "type": format!("{provider}/image"),
            "reference": format!("{provider}/image"),
            "name": self.image.image_name,
            "location": self.location,
            "metadata": {"sourceServerGroup": self.server_group, "refId": ref_id, "imageId": self.image.image_id},
            "uuid": format!("{ref_id}-{}-{}", self.location, self.image.image_id),
        })
    }
}

fn strategy(call: &Call<'_>) -> Result<String, Failure> {
    let word = reading::filled(call.context, "selectionStrategy").unwrap_or_else(|| "NEWEST".to_owned());
    let upper = word.to_ascii_uppercase();
    if STRATEGIES.contains(&upper.as_str()) {
        return Ok(upper);
    }
    Err(Failure::user(format!("'selectionStrategy' is '{word}'"))
        .detail(format!("use one of {}", STRATEGIES.join(", "))))
}

fn pattern(call: &Call<'_>) -> Result<Option<Regex>, Failure> {
    let Some(text) = reading::filled(call.context, "imageNamePattern") else { return Ok(None) };
    let whole = Regex::new(&format!("^(?:{text})$"));
    whole.map(Some).map_err(|error| Failure::user(format!("'imageNamePattern' is no regular expression: {error}")))
}

fn choose<'a>(
    strategy: &str,
    newest_first: &'a [ServerGroup],
    location: &str,
) -> Result<Option<&'a ServerGroup>, Failure> {
    match strategy {
        "OLDEST" => Ok(newest_first.last()),
        // Of several as large the newest: the first one wins.
        "LARGEST" => Ok(newest_first.iter().min_by_key(|group| Reverse(group.instances.len()))),
        "FAIL" if newest_first.len() > 1 => Err(Failure::new(format!("several server groups run in {location}"))
            .detail("choose with selectionStrategy: NEWEST, OLDEST or LARGEST")),
        _ => Ok(newest_first.first()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instance;

    #[test]
    fn one_server_group_is_chosen() {
        let group = |name: &str, size| ServerGroup {
            name: name.to_owned(),
            instances: vec![Instance::default(); size],
            ..ServerGroup::default()
        };
        let all = [group("v3", 1), group("v2", 2), group("v1", 2)];
        for (strategy, name) in [("NEWEST", "v3"), ("OLDEST", "v1"), ("LARGEST", "v2")] {
            assert_eq!(choose(strategy, &all, "l").unwrap().unwrap().name, name, "{strategy}");
        }
        assert!(choose("FAIL", &all, "l").is_err());
        assert_eq!(choose("FAIL", &all[..1], "l").unwrap().unwrap().name, "v3");
        assert!(choose("NEWEST", &[], "l").unwrap().is_none());
    }
}
