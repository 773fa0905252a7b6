//! Task definitions: written from a cluster's keys or completed from a whole one, registered once for each server group.

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::{Ecs, tags};
use crate::model::{Map, Moniker};
use crate::providers::aws::{invalid, reading};
use crate::providers::{Error, NewServerGroup};

/// What ECS tells of a task definition and does not take.
const TOLD: &[&str] = &[
    "compatibilities",
    "deregisteredAt",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "revision",
    "status",
    "tags",
    "taskDefinitionArn",
];
/// Spinnaker's labels.
const LABELS: [&str; 3] = ["spinnaker.servergroup", "spinnaker.stack", "spinnaker.detail"];

impl Ecs {
    /// Registers the task definition of a new server group, unless an earlier try of the same owner has; its ARN.
    pub(super) async fn register(
        &self,
        region: &str,
        new: &NewServerGroup,
        cluster: &Cluster,
    ) -> Result<String, Error> {
        let request = request(new, cluster)?;
        let family = request["family"].clone();
        let newest = json!({"familyPrefix": family, "sort": "DESC", "maxResults": 1});
        let newest = self.ask(region, "ListTaskDefinitions", newest).await?;
        if let Some(arn) = newest["taskDefinitionArns"][0].as_str() {
            let there = self.describe_task_definition(region, arn).await?;
            let tags = tags::read(&there);
            let name = tags.get("gennaker:sequence").and_then(Value::as_str);
            let is_same = name == new.moniker.sequence.map(|sequence| sequence.to_string()).as_deref();
            if is_same && tags.get(tags::OWNER).and_then(Value::as_str) == Some(&new.owner) {
                return Ok(arn.to_owned());
            }
        }
        let made = self.ask(region, "RegisterTaskDefinition", request).await?;
        Ok(made["taskDefinition"]["taskDefinitionArn"].as_str().unwrap_or_default().to_owned())
    }

    /// A task definition with its tags: `{taskDefinition, tags}`.
    pub(super) async fn describe_task_definition(&self, region: &str, arn: &str) -> Result<Value, Error> {
        let body = json!({"taskDefinition": arn, "include": ["TAGS"]});
        Ok(self.ask(region, "DescribeTaskDefinition", body).await?)
    }
}

/// What ECS is asked to register.
pub(super) fn request(new: &NewServerGroup, cluster: &Cluster) -> Result<Value, Error> {
    let mut request = match &cluster.task_definition {
        Some(whole) => completed(whole, cluster)?,
        None => written(new, cluster)?,
    };
    for container in request["containerDefinitions"].as_array_mut().into_iter().flatten() {
        sign(container, new);
    }
    let family = new.moniker.cluster.clone().unwrap_or_else(|| new.name.clone());
    request["family"] = family.into();
    request["tags"] = tags::of_new(new, &cluster.tags);
    Ok(request)
}

/// A whole task definition with the cluster's images and network.
fn completed(whole: &Map, cluster: &Cluster) -> Result<Value, Error> {
    let mut request = whole.clone();
    request.retain(|key, value| !TOLD.contains(&key.as_str()) && !value.is_null());
    let own = request.get("networkMode").and_then(Value::as_str).map(str::to_owned);
    match (own, &cluster.network_mode) {
        (Some(own), Some(wish)) if own != *wish => {
            return Err(invalid(format!(
                "the task definition has networkMode {own}, and the cluster {wish}; make them the same"
            )));
        }
        (None, Some(wish)) => {
            request.insert("networkMode".to_owned(), wish.as_str().into());
        }
        _ => {}
    }
    let mut request = Value::Object(request);
    let containers = request["containerDefinitions"]
        .as_array_mut()
        .ok_or_else(|| invalid("the task definition has no containers; add containerDefinitions to it"))?;
    for (name, image) in &cluster.images {
        let container = containers.iter_mut().find(|container| container["name"] == name.as_str());
        let container = container.ok_or_else(|| {
            invalid(format!("the task definition has no container '{name}'; correct 'containerMappings'"))
        })?;
        container["image"] = image.clone();
    }
    // A clone with another image: it is the container that load balancers stand before, or the only one.
    if let Some(image) = cluster.image.as_ref().filter(|_| cluster.images.is_empty()) {
        let named = cluster.mappings.iter().find_map(|mapping| mapping.container.clone());
        let at = containers.iter().position(|one| named.as_deref().is_none_or(|name| one["name"] == name));
        containers[at.unwrap_or_default()]["image"] = image.as_str().into();
    }
    if let Some(role) = reading::text(&cluster.keys, "executionRole")?
        && request["executionRoleArn"].is_null()
    {
        request["executionRoleArn"] = role.into();
    }
    Ok(request)
}

/// A task definition of one container.
fn written(new: &NewServerGroup, cluster: &Cluster) -> Result<Value, Error> {
    let keys = &cluster.keys;
    let size = |key| reading::integer(keys, key);
    let variables = reading::object(keys, "environmentVariables")?.cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let environment: Vec<Value> =
        variables.iter().map(|(name, value)| json!({"name": name, "value": text(value)})).collect();
    let is_own = matches!(cluster.mode(), Some("awsvpc" | "host"));
    let protocol = reading::text(keys, "portProtocol")?.unwrap_or_else(|| "tcp".to_owned());
    let mut ports: Vec<i32> = cluster.mappings.iter().map(|mapping| mapping.port).collect();
    ports.extend(reading::integer(keys, "containerPort")?);
    ports.sort_unstable();
    ports.dedup();
    let ports: Vec<Value> = ports
        .iter()
        .map(|port| json!({"containerPort": port, "hostPort": if is_own { *port } else { 0 }, "protocol": protocol}))
        .collect();
    let mut container = json!({
        "name": container_name(&new.moniker, &new.name), "image": cluster.image, "environment": environment,
        "portMappings": ports, "essential": true,
    });
    if let Some(units) = size("computeUnits")? {
        container["cpu"] = units.into();
    }
    if let Some(memory) = size("reservedMemory")? {
        container["memoryReservation"] = memory.into();
    }
    if let Some(labels) = reading::object(keys, "dockerLabels")? {
        container["dockerLabels"] = json!(labels);
    }
    if let Some(secret) = reading::text(keys, "dockerImageCredentialsSecret")? {
        container["repositoryCredentials"] = json!({"credentialsParameter": secret});
    }
    if let Some(driver) = reading::text(keys, "logDriver")?.filter(|driver| driver != "None") {
        let options = reading::object(keys, "logOptions")?.cloned().unwrap_or_default();
        container["logConfiguration"] = json!({"logDriver": driver, "options": options});
    }
    let mut request = json!({"containerDefinitions": [container]});
    for (key, name) in [("iamRole", "taskRoleArn"), ("executionRole", "executionRoleArn")] {
        if let Some(role) = reading::text(keys, key)?.filter(|role| !role.starts_with("No IAM Role")) {
            request[name] = role.into();
        }
    }
    if let Some(mode) = cluster.mode() {
        request["networkMode"] = mode.into();
    }
    if let Some(kind) = &cluster.launch_type {
        request["requiresCompatibilities"] = json!([kind]);
    } else if cluster.runs_on_fargate() {
        request["requiresCompatibilities"] = json!(["FARGATE"]);
    }
    if cluster.runs_on_fargate() {
        for (key, name) in [("computeUnits", "cpu"), ("reservedMemory", "memory")] {
            request[name] = size(key)?.map(|size| size.to_string()).into();
        }
    }
    Ok(request)
}

/// Name of the container that a cluster's keys describe: Spinnaker's.
fn container_name(moniker: &Moniker, name: &str) -> String {
    match moniker.sequence {
        Some(sequence) => format!("v{sequence:03}"),
        None => name.to_owned(),
    }
}

/// Adds what Spinnaker lets a container know of itself.
fn sign(container: &mut Value, new: &NewServerGroup) {
    let Moniker { stack, detail, .. } = new.moniker.clone();
    let known =
        [("SERVER_GROUP", Some(new.name.clone())), ("CLOUD_STACK", stack.clone()), ("CLOUD_DETAIL", detail.clone())];
    let mut environment = container["environment"].as_array().cloned().unwrap_or_default();
    environment.retain(|one| !known.iter().any(|(name, _)| one["name"] == *name));
    environment.extend(known.iter().filter_map(|(name, value)| Some(json!({"name": name, "value": value.as_ref()?}))));
    container["environment"] = environment.into();
    let mut labels = container["dockerLabels"].as_object().cloned().unwrap_or_default();
    for (key, value) in LABELS.into_iter().zip([Some(new.name.clone()), stack, detail]) {
        labels.shift_remove(key);
        labels.extend(value.filter(|value| !value.is_empty()).map(|value| (key.to_owned(), value.into())));
    }
    container["dockerLabels"] = labels.into();
}

/// A task definition as a cluster gives it to the next: without what is the old server group's.
pub(super) fn of_clone(described: &Value) -> Map {
    let mut map = described["taskDefinition"].as_object().cloned().unwrap_or_default();
    map.retain(|key, value| !TOLD.contains(&key.as_str()) && key != "family" && !value.is_null());
    map
}

/// Images of a task definition's containers.
pub(super) fn images(described: &Value) -> Vec<String> {
    let containers = described["taskDefinition"]["containerDefinitions"].as_array();
    containers.into_iter().flatten().filter_map(|one| one["image"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_name;

    fn asked(keys: Value) -> Result<Value, String> {
        let new = NewServerGroup {
            name: "shop-prod-v003".into(),
            moniker: parse_name("shop-prod-v003"),
            owner: "O".into(),
            ..NewServerGroup::default()
        };
        let cluster = Cluster::parse(keys.as_object().unwrap()).map_err(|error| error.message)?;
        request(&new, &cluster).map_err(|error| error.message)
    }

    #[test]
    fn one_container_is_written_as_spinnaker_writes_it() {
        let asked = asked(json!({
            "dockerImageAddress": "shop:1", "computeUnits": 256, "reservedMemory": 512, "targetGroup": "web",
            "containerPort": 8080, "environmentVariables": {"A": 1}, "launchType": "FARGATE", "networkMode": "awsvpc",
        }))
        .unwrap();
        let container = &asked["containerDefinitions"][0];
        assert_eq!(
            (&asked["family"], &asked["cpu"], &asked["memory"]),
            (&json!("shop-prod"), &json!("256"), &json!("512"))
        );
        assert_eq!((&container["name"], &container["image"]), (&json!("v003"), &json!("shop:1")));
        assert_eq!(container["portMappings"], json!([{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]));
        assert!(container["environment"].to_string().contains("shop-prod-v003"));
        assert_eq!(container["dockerLabels"]["spinnaker.stack"], "prod");
    }

    #[test]
    fn a_whole_definition_gets_images_by_name() {
        let whole = json!({"containerDefinitions": [{"name": "web", "image": "a"}, {"name": "log", "image": "b"}], "revision": 3});
        let asked = |more: Value| {
            let mut keys = json!({"taskDefinition": whole});
            keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            self::asked(keys)
        };
        let mapped = asked(json!({"containerMappings": [{"containerName": "log", "image": "c"}]})).unwrap();
        assert_eq!(mapped["containerDefinitions"][1]["image"], "c");
        assert!(mapped["revision"].is_null());
        let one = asked(json!({"image": "d"})).unwrap();
        assert_eq!(one["containerDefinitions"][0]["image"], "d");
        assert!(asked(json!({"containerToImageMap": {"x": "y"}})).unwrap_err().contains("no container 'x'"));
    }
}
