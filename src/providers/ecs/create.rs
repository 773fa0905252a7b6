//! Making a service so that being cut short anywhere and made again is harmless.
//!
//! Its task definition is known by the owner in its tags; the service is made with a token of owner and name, and known
//! by its owner's tag. Bounds and policies come last, and are set again when they are not there.

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::scaling::Policies;
use super::service::Service;
use super::{Ecs, PROVIDER, tags, task_definition};
use crate::providers::aws::{invalid, reading};
use crate::providers::{Error, ErrorKind, NewServerGroup};

/// What a cluster's names stand for.
pub(super) struct Resolved {
    pub(super) cluster: Cluster,
    /// `awsvpcConfiguration`, for tasks that have a network of their own.
    network: Option<Value>,
    /// ARNs in the order of the cluster's mappings.
    target_groups: Vec<String>,
}

impl Ecs {
    /// Looks up what a cluster names: all that a person can have got wrong is said here.
    pub(super) async fn resolve(&self, region: &str, new: &NewServerGroup) -> Result<Resolved, Error> {
        let cluster = Cluster::parse(&new.cluster)?;
        if cluster.task_definition.is_some() || !cluster.takes_artifact() {
            task_definition::request(new, &cluster)?;
        }
        let body = json!({"clusters": [cluster.name]});
        let there = self.ask(region, "DescribeClusters", body).await?;
        if there["clusters"][0]["status"] != "ACTIVE" {
            return Err(invalid(format!(
                "there is no ECS cluster '{}' in {region}; correct 'ecsClusterName', or create it first",
                cluster.name
            )));
        }
        let mut vpc = None;
        let mut network = None;
        if cluster.mode() == Some("awsvpc") {
            let (subnets, own) =
                self.aws.network_of(region, &cluster.subnet_ids, cluster.subnet_type.as_deref()).await?;
            let groups = self.aws.security_groups_in(region, &cluster.security_groups, &own).await?;
            let mut config = json!({"subnets": subnets, "securityGroups": groups});
            if let Some(public) = cluster.public_ip {
                config["assignPublicIp"] = if public { "ENABLED".into() } else { "DISABLED".into() };
            }
            network = Some(config);
            vpc = Some(own);
        }
        let names: Vec<String> = cluster.mappings.iter().map(|mapping| mapping.target_group.clone()).collect();
        let target_groups = self.aws.target_groups_in(region, &names, vpc.as_deref()).await?;
        Ok(Resolved { cluster, network, target_groups })
    }

    pub(super) async fn create_service(&self, new: &NewServerGroup) -> Result<(), Error> {
        let region = self.aws.region(&new.location)?;
        let resolved = self.resolve(&region, new).await?;
        let source = match &new.source {
            Some(source) if resolved.cluster.copies_scaling => self.find(&region, &source.name).await?,
            _ => None,
        };
        let policies = match &source {
            Some(source) => self.policies_of(source).await?,
            None => Policies::default(),
        };
        let service = match self.find(&region, &new.name).await? {
            Some(there) => adopted(there, new, &region)?,
            None => {
                let definition = self.register(&region, new, &resolved.cluster).await?;
                self.make(&region, new, &resolved, (&definition, policies.have_alarms())).await?
            }
        };
        self.bound(&service, new.capacity, !policies.is_empty()).await?;
        self.copy_policies(&policies, &service).await
    }

    async fn make(
        &self,
        region: &str,
        new: &NewServerGroup,
        resolved: &Resolved,
        (definition, has_alarms): (&str, bool),
    ) -> Result<Service, Error> {
        let mut body = service_request(new, resolved, definition)?;
        if let (true, Some(tags)) = (has_alarms, body["tags"].as_array_mut()) {
            tags.push(json!({"key": tags::ALARMS, "value": "true"}));
        }
        let mut answer = match self.ask(region, "CreateService", body).await {
            // Made at this moment by somebody else, or still draining under this name.
            Err(fault) if fault.error.message.contains("Creation of service was not idempotent") => {
                return Err(taken(new, region));
            }
            other => other?,
        };
        Ok(Service {
            region: region.to_owned(),
            cluster: resolved.cluster.name.clone(),
            name: new.name.clone(),
            value: answer["service"].take(),
        })
    }
}

/// A service of this name, when it is what an earlier try of the same owner made.
fn adopted(there: Service, new: &NewServerGroup, region: &str) -> Result<Service, Error> {
    let is_ours = there.tags().get(tags::OWNER).and_then(Value::as_str) == Some(&new.owner);
    if there.is_active() && is_ours { Ok(there) } else { Err(taken(new, region)) }
}

fn taken(new: &NewServerGroup, region: &str) -> Error {
    let message = format!(
        "server group '{}' exists already in {region} and belongs to another stage; destroy it first or deploy under \
         another name",
        new.name
    );
    Error::new(PROVIDER, "create server group", ErrorKind::AlreadyExists, message)
}

/// What ECS is asked to make.
fn service_request(new: &NewServerGroup, resolved: &Resolved, definition: &str) -> Result<Value, Error> {
    let cluster = &resolved.cluster;
    let keys = &cluster.keys;
    let only = || new.moniker.sequence.map_or_else(|| new.name.clone(), |sequence| format!("v{sequence:03}"));
    let first = || {
        let containers = cluster.task_definition.as_ref()?.get("containerDefinitions")?.as_array()?;
        containers.first()?["name"].as_str().map(str::to_owned)
    };
    let container = |name: &Option<String>| name.clone().or_else(first).unwrap_or_else(only);
    let pairs = cluster.mappings.iter().zip(&resolved.target_groups);
    let balancers: Vec<Value> = pairs
        .map(|(mapping, arn)| {
            json!({"targetGroupArn": arn, "containerName": container(&mapping.container), "containerPort": mapping.port})
        })
        .collect();
    let mut body = json!({
        "cluster": cluster.name, "serviceName": new.name, "taskDefinition": definition,
        "desiredCount": new.capacity.desired, "clientToken": token(new), "loadBalancers": balancers,
        "deploymentConfiguration": {
            "minimumHealthyPercent": 100, "maximumPercent": 200,
            "deploymentCircuitBreaker": {
                "enable": reading::flag(keys, "enableDeploymentCircuitBreaker")?.unwrap_or(false), "rollback": false,
            },
        },
        "enableExecuteCommand": reading::flag(keys, "enableExecuteCommand")?.unwrap_or(false),
        "tags": tags::of_new(new, &cluster.tags), "enableECSManagedTags": true, "propagateTags": "SERVICE",
    });
    for (key, name) in
        [("placementConstraints", "placementConstraints"), ("placementStrategySequence", "placementStrategy")]
    {
        let items = reading::objects(keys, key)?;
        if !items.is_empty() {
            body[name] = json!(items);
        }
    }
    if let Some(network) = &resolved.network {
        body["networkConfiguration"] = json!({"awsvpcConfiguration": network});
    }
    if let Some(kind) = &cluster.launch_type {
        body["launchType"] = kind.as_str().into();
    } else if !cluster.providers.is_empty() {
        body["capacityProviderStrategy"] = json!(cluster.providers);
    }
    if let Some(version) = reading::text(keys, "platformVersion")? {
        body["platformVersion"] = version.into();
    }
    if let Some(seconds) = cluster.grace_period.filter(|_| !cluster.mappings.is_empty()) {
        body["healthCheckGracePeriodSeconds"] = seconds.into();
    }
    let registries = registries(cluster, &container(&None))?;
    if !registries.is_empty() {
        body["serviceRegistries"] = registries.into();
    }
    Ok(body)
}

fn registries(cluster: &Cluster, container: &str) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for one in reading::objects(&cluster.keys, "serviceDiscoveryAssociations")? {
        let registry = reading::object(&one, "registry")?.cloned().unwrap_or_default();
        let arn = reading::text(&registry, "arn")?;
        let arn = arn.ok_or_else(|| invalid("an item of 'serviceDiscoveryAssociations' names no registry: {arn}"))?;
        let mut item = json!({"registryArn": arn});
        if let Some(port) = reading::integer(&one, "containerPort")?.filter(|port| *port > 0) {
            item["containerPort"] = port.into();
            let name = reading::text(&one, "containerName")?;
            item["containerName"] = name.unwrap_or_else(|| container.to_owned()).into();
        }
        found.push(item);
    }
    Ok(found)
}

/// Makes the same call once; ECS takes 36 characters.
fn token(new: &NewServerGroup) -> String {
    let number = new.moniker.sequence.map(|number| format!("-{number}")).unwrap_or_default();
    let token = format!("{}{number}", new.owner);
    token.chars().filter(char::is_ascii_graphic).take(36).collect()
}
