//! What a cluster of a deploy stage may say of an ECS service, in Spinnaker's words.

use serde_json::{Value, json};

use crate::model::{Field, Map, Shape, optional};
use crate::providers::Error;
use crate::providers::aws::{invalid, reading};

/// Keys of a cluster that only this provider knows.
pub(super) const CLUSTER_FIELDS: &[Field] = &[
    optional("associatePublicIpAddress", Shape::Boolean, "tasks get a public address; false"),
    optional("capacityProviderStrategy", Shape::List(&Shape::Map), "where tasks run: {capacityProvider, base, weight}"),
    optional("computeUnits", Shape::Integer, "CPU units of a task; 1024 are one CPU"),
    optional("containerMappings", Shape::List(&Shape::Map), "images of containers: {containerName, image}"),
    optional("containerPort", Shape::Integer, "port of the container behind targetGroup"),
    optional("containerToImageMap", Shape::Map, "images by container's name"),
    optional("copySourceScalingPoliciesAndActions", Shape::Boolean, "scales like the service it replaces; true"),
    optional("dockerImageAddress", Shape::Text, "the image; the same as image"),
    optional("dockerImageCredentialsSecret", Shape::Text, "ARN of the secret the image is fetched with"),
    optional("dockerLabels", Shape::Map, "labels of the container"),
    optional("ecsClusterName", Shape::Text, "cluster the service runs in; default"),
    optional("enableDeploymentCircuitBreaker", Shape::Boolean, "ECS gives up tasks that never start; false"),
    optional("enableExecuteCommand", Shape::Boolean, "lets people run commands in its containers; false"),
    optional("environmentVariables", Shape::Map, "environment of the container"),
    optional("evaluateTaskDefinitionArtifactExpressions", Shape::Boolean, "evaluates expressions in it; false"),
    optional("executionRole", Shape::Text, "role by which ECS fetches images and writes logs"),
    optional("healthCheckGracePeriodSeconds", Shape::Integer, "time a task has before load balancers count"),
    optional("iamRole", Shape::Text, "role of the tasks: its name or ARN"),
    optional("launchType", Shape::OneOf(&["EC2", "EXTERNAL", "FARGATE"]), "what tasks run on"),
    optional("loadBalancedContainer", Shape::Text, "container behind targetGroup"),
    optional("logDriver", Shape::Text, "how the container's log is kept: awslogs, …"),
    optional("logOptions", Shape::Map, "options of logDriver"),
    optional("networkMode", Shape::OneOf(&["awsvpc", "bridge", "default", "host", "none"]), "network of tasks"),
    optional("placementConstraints", Shape::List(&Shape::Map), "where tasks may run: {type, expression}"),
    optional("placementStrategySequence", Shape::List(&Shape::Map), "how tasks are spread: {type, field}"),
    optional("platformVersion", Shape::Text, "version of Fargate; LATEST"),
    optional("portProtocol", Shape::OneOf(&["tcp", "udp"]), "protocol of containerPort; tcp"),
    optional("reservedMemory", Shape::Integer, "megabytes of a task"),
    optional("securityGroupNames", Shape::List(&Shape::Text), "security groups by name or id"),
    optional("serviceDiscoveryAssociations", Shape::List(&Shape::Map), "registries: {registry: {arn}, containerPort}"),
    optional("subnetIds", Shape::List(&Shape::Text), "subnets; those of subnetType when left out"),
    optional("subnetType", Shape::Text, "purpose of its subnets; the default ones when left out"),
    optional("subnetTypes", Shape::List(&Shape::Text), "purposes of its subnets"),
    optional("targetGroup", Shape::Text, "target group in front of containerPort"),
    optional("targetGroupMappings", Shape::List(&Shape::Map), "{containerName, containerPort, targetGroup} of each"),
    optional("taskDefinition", Shape::Map, "a whole task definition, as ECS writes it"),
    optional("taskDefinitionArtifact", Shape::Map, "artifact with a task definition: {artifactId} or {artifact}"),
    optional("taskDefinitionArtifactAccount", Shape::Text, "account it is fetched with"),
    optional("useTaskDefinitionArtifact", Shape::Boolean, "takes the task definition from an artifact; false"),
];

/// A container's port in front of which a target group stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapping {
    pub(super) container: Option<String>,
    pub(super) port: i32,
    pub(super) target_group: String,
}

/// A cluster, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// The ECS cluster.
    pub(super) name: String,
    pub(super) image: Option<String>,
    pub(super) images: Map,
    pub(super) task_definition: Option<Map>,
    pub(super) network_mode: Option<String>,
    pub(super) subnet_ids: Vec<String>,
    /// Purpose of its subnets.
    pub(super) subnet_type: Option<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) public_ip: Option<bool>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) launch_type: Option<String>,
    pub(super) providers: Vec<Map>,
    pub(super) grace_period: Option<i32>,
    pub(super) copies_scaling: bool,
    pub(super) tags: Map,
    /// All keys, for what is passed on as it is.
    pub(super) keys: Map,
}

impl Cluster {
    pub(super) fn parse(keys: &Map) -> Result<Self, Error> {
        let text = |key| reading::text(keys, key);
        let mut groups = reading::texts(keys, "securityGroupNames")?;
        groups.extend(
            reading::texts(keys, "securityGroups")?.into_iter().filter(|_| groups.is_empty()).collect::<Vec<_>>(),
        );
        let cluster = Self {
            name: text("ecsClusterName")?.unwrap_or_else(|| "default".to_owned()),
            image: reading::first_text(keys, &["dockerImageAddress", "image", "imageId"])?,
            images: images(keys)?,
            task_definition: task_definition(keys)?,
            network_mode: text("networkMode")?.filter(|mode| mode != "default"),
            subnet_ids: reading::texts(keys, "subnetIds")?,
            subnet_type: reading::texts(keys, "subnetTypes")?.into_iter().next().or(text("subnetType")?),
            security_groups: groups,
            public_ip: reading::flag(keys, "associatePublicIpAddress")?,
            mappings: mappings(keys)?,
            launch_type: text("launchType")?.map(|kind| kind.to_ascii_uppercase()),
            providers: reading::objects(keys, "capacityProviderStrategy")?,
            grace_period: reading::integer(keys, "healthCheckGracePeriodSeconds")?,
            copies_scaling: reading::flag(keys, "copySourceScalingPoliciesAndActions")?.unwrap_or(true),
            tags: reading::object(keys, "tags")?.cloned().unwrap_or_default(),
            keys: keys.clone(),
        };
        cluster.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.launch_type.is_some() && !self.providers.is_empty() {
            return Err(invalid(
                "the cluster names both 'launchType' and 'capacityProviderStrategy'; leave one of them out",
            ));
        }
        if self.task_definition.is_none() && self.image.is_none() && !self.takes_artifact() {
            return Err(invalid(
                "the cluster names no image; add dockerImageAddress, imageArtifactId, taskDefinition or \
                 taskDefinitionArtifact",
            ));
        }
        if self.runs_on_fargate() && self.mode() != Some("awsvpc") {
            return Err(invalid("tasks on Fargate have a network of their own; add networkMode: awsvpc"));
        }
        let has_size = |key| reading::integer(&self.keys, key).is_ok_and(|size| size.is_some());
        if self.runs_on_fargate() && self.task_definition.is_none() && !self.takes_artifact() {
            for key in ["computeUnits", "reservedMemory"] {
                if !has_size(key) {
                    return Err(invalid(format!("tasks on Fargate have a size; add {key}")));
                }
            }
        }
        Ok(self)
    }

    /// Whether the task definition is in an artifact.
    pub(super) fn takes_artifact(&self) -> bool {
        reading::flag(&self.keys, "useTaskDefinitionArtifact").is_ok_and(|flag| flag == Some(true))
    }

    pub(super) fn runs_on_fargate(&self) -> bool {
        let is_fargate = |item: &Map| {
            item.get("capacityProvider").and_then(Value::as_str).is_some_and(|one| one.starts_with("FARGATE"))
        };
        self.launch_type.as_deref() == Some("FARGATE") || self.providers.iter().any(is_fargate)
    }

    /// Network mode of its tasks, that of the task definition when the cluster does not say.
    pub(super) fn mode(&self) -> Option<&str> {
        let own = || self.task_definition.as_ref()?.get("networkMode")?.as_str();
        self.network_mode.as_deref().or_else(own)
    }
}

/// Images by container: `containerToImageMap`, or `containerMappings` with `image` or Deck's `imageDescription`.
fn images(keys: &Map) -> Result<Map, Error> {
    let mut images = reading::object(keys, "containerToImageMap")?.cloned().unwrap_or_default();
    for mapping in reading::objects(keys, "containerMappings")? {
        let described = reading::object(&mapping, "imageDescription")?.cloned().unwrap_or_default();
        let image = match reading::first_text(&mapping, &["image", "dockerImageAddress"])? {
            Some(image) => Some(image),
            None => reading::first_text(&described, &["imageId", "reference", "imageName"])?,
        };
        if let (Some(name), Some(image)) = (reading::text(&mapping, "containerName")?, image) {
            images.insert(name, image.into());
        }
    }
    Ok(images)
}

fn task_definition(keys: &Map) -> Result<Option<Map>, Error> {
    let found = reading::object(keys, "taskDefinition")?;
    let has_containers =
        |map: &Map| map.get("containerDefinitions").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    match found {
        Some(map) if !has_containers(map) => {
            Err(invalid("the task definition has no containers; add containerDefinitions to it"))
        }
        found => Ok(found.cloned()),
    }
}

fn mappings(keys: &Map) -> Result<Vec<Mapping>, Error> {
    let mut items = reading::objects(keys, "targetGroupMappings")?;
    if let Some(group) = reading::text(keys, "targetGroup")? {
        let container = keys.get("loadBalancedContainer").cloned().unwrap_or_default();
        let port = keys.get("containerPort").cloned().unwrap_or_default();
        let item = json!({"targetGroup": group, "containerName": container, "containerPort": port});
        items.extend(item.as_object().cloned());
    }
    let mapping = |item: &Map| {
        let group = reading::text(item, "targetGroup")?;
        let group = group.ok_or_else(|| invalid("an item of 'targetGroupMappings' names no targetGroup"))?;
        let port = reading::integer(item, "containerPort")?;
        let port = port.ok_or_else(|| {
            invalid(format!("target group '{group}' stands before no port of a container; add containerPort"))
        })?;
        Ok(Mapping { container: reading::text(item, "containerName")?, port, target_group: group })
    };
    items.iter().map(mapping).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(keys: Value) -> Result<Cluster, String> {
        Cluster::parse(keys.as_object().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn decks_clusters_are_read() {
        let cluster = parse(json!({
            "ecsClusterName": "shop", "launchType": "Fargate", "networkMode": "awsvpc", "computeUnits": 256, "reservedMemory": 512,
            "imageDescription": {"imageId": "x"}, "dockerImageAddress": "shop:1", "subnetTypes": ["internal"],
            "securityGroupNames": ["web"], "targetGroupMappings": [{"targetGroup": "web", "containerPort": "80"}],
        }))
        .unwrap();
        assert_eq!((cluster.name.as_str(), cluster.mappings[0].port), ("shop", 80));
        assert_eq!(cluster.subnet_type.as_deref(), Some("internal"));
        assert!(cluster.runs_on_fargate());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_add() {
        for (keys, part) in [
            (json!({}), "add dockerImageAddress"),
            (json!({"image": "a", "launchType": "FARGATE"}), "add networkMode: awsvpc"),
            (json!({"image": "a", "launchType": "FARGATE", "networkMode": "awsvpc"}), "add computeUnits"),
            (json!({"image": "a", "targetGroup": "web"}), "add containerPort"),
            (json!({"taskDefinition": {"family": "a"}}), "add containerDefinitions"),
            (
                json!({"image": "a", "launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "x"}]}),
                "leave one of them out",
            ),
        ] {
            let said = parse(keys).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}
