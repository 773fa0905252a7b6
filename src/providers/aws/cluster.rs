//! What a deploy stage says of a cluster on AWS, in the words of Spinnaker's deploy description, read and checked.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::error::invalid;
use super::reading;
use crate::model::{Field, Map, Shape, Unit, optional};
use crate::providers::Error;

/// Keys of a cluster that only this provider knows.
pub(super) const CLUSTER_FIELDS: &[Field] = &[
    optional("amiName", Shape::Text, "image: its name or id; that of an earlier stage when left out"),
    optional("associatePublicIpAddress", Shape::Boolean, "public addresses; what the subnet says when left out"),
    optional("base64UserData", Shape::Text, "user data, base64"),
    optional("blockDevices", Shape::List(&Shape::Map), "volumes: deviceName, size, volumeType, encrypted, …"),
    optional("capacityRebalance", Shape::Boolean, "replaces spot instances before they are taken"),
    optional("cooldown", Shape::Duration(Unit::Seconds), "wait between scaling activities"),
    optional("copySourceScalingPoliciesAndActions", Shape::Boolean, COPY),
    optional("ebsOptimized", Shape::Boolean, "dedicated throughput to volumes"),
    optional("enabledMetrics", Shape::List(&Shape::Text), "group metrics that are collected"),
    optional("healthCheckGracePeriod", Shape::Duration(Unit::Seconds), "time until health checks count; 600 s"),
    optional("healthCheckType", Shape::OneOf(&["EC2", "ELB"]), "whose word makes an instance unhealthy; EC2"),
    optional("iamRole", Shape::Text, "instance profile: its name or ARN"),
    optional("imageId", Shape::Text, "the same as amiName"),
    optional("instanceMonitoring", Shape::Boolean, "detailed monitoring"),
    optional("instanceType", Shape::Text, "instance type"),
    optional("keyPair", Shape::Text, "key pair; the account's defaultKeyPair"),
    optional("launchTemplateOverridesForInstanceType", Shape::List(&Shape::Map), MIXED),
    optional("lifecycleHooks", Shape::List(&Shape::Map), "hooks: name, lifecycleTransition, heartbeatTimeout, …"),
    optional("onDemandAllocationStrategy", Shape::Text, "mixed instances: how on-demand types are chosen"),
    optional("onDemandBaseCapacity", Shape::Integer, "mixed instances: on-demand instances before any spot"),
    optional("onDemandPercentageAboveBaseCapacity", Shape::Integer, "mixed instances: on-demand share above those"),
    optional("requireIMDSv2", Shape::Boolean, "metadata only with a token; true"),
    optional("setLaunchTemplate", Shape::Boolean, "there are launch templates only; kept, not used"),
    optional("spotAllocationStrategy", Shape::Text, "mixed instances: how spot types are chosen"),
    optional("spotInstancePools", Shape::Integer, "mixed instances: number of spot pools"),
    optional("spotPrice", Shape::Text, "highest price of a spot instance; on-demand when left out"),
    optional("subnetIds", Shape::List(&Shape::Text), "subnets; those of subnetType when left out"),
    optional("subnetType", Shape::Text, SUBNETS),
    optional("terminationPolicies", Shape::List(&Shape::Text), "which instances go first"),
    optional("unlimitedCpuCredits", Shape::Boolean, "burstable types may go over their credits"),
    optional("userData", Shape::Text, "user data as text"),
];

const COPY: &str = "copies scaling policies and scheduled actions of the server group it replaces; true";
const MIXED: &str = "mixed instances: instanceType, weightedCapacity, priority of each";
const SUBNETS: &str = "purpose of its subnets: the one in their tag immutable_metadata, or in their name vpc.purpose.zone; \
                       the default subnets when left out";

/// Processes that a disabled server group has suspended, as Spinnaker does it.
pub(super) const TRAFFIC_PROCESSES: [&str; 3] = ["Launch", "Terminate", "AddToLoadBalancer"];
/// The process whose suspension means: disabled.
pub(super) const DISABLING: &str = "AddToLoadBalancer";

const PROCESSES: [&str; 9] = [
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
];

/// A cluster, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cluster {
    pub(super) image: Option<String>,
    pub(super) instance_type: Option<String>,
    pub(super) key_pair: Option<String>,
    pub(super) iam_role: Option<String>,
    pub(super) subnet_type: Option<String>,
    pub(super) subnet_ids: Vec<String>,
    /// The network, where only its subnets are to be taken.
    pub(super) vpc: Option<String>,
    pub(super) zones: Vec<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) target_groups: Vec<String>,
    pub(super) load_balancers: Vec<String>,
    /// Base64.
    pub(super) user_data: Option<String>,
    pub(super) block_devices: Vec<Map>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) suspended: Vec<String>,
    pub(super) termination_policies: Vec<String>,
    pub(super) health_check_type: String,
    pub(super) grace_period: i32,
    pub(super) cooldown: Option<i32>,
    pub(super) spot_price: Option<String>,
    pub(super) public_address: Option<bool>,
    pub(super) ebs_optimized: Option<bool>,
    pub(super) monitoring: Option<bool>,
    pub(super) imds_v2: bool,
    pub(super) unlimited_credits: Option<bool>,
    pub(super) capacity_rebalance: Option<bool>,
    pub(super) mixed: Mixed,
    pub(super) hooks: Vec<Map>,
    pub(super) metrics: Vec<String>,
    pub(super) copies_source: bool,
}

/// Mixed instances; not asked for when nothing is said of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mixed {
    pub(super) overrides: Vec<Map>,
    pub(super) on_demand_strategy: Option<String>,
    pub(super) on_demand_base: Option<i32>,
    pub(super) on_demand_share: Option<i32>,
    pub(super) spot_strategy: Option<String>,
    pub(super) spot_pools: Option<i32>,
}

impl Mixed {
    /// Whether a group has them: any one of the settings is enough, as in Spinnaker.
    pub(super) fn is_wanted(&self) -> bool {
        *self != Self::default()
    }
}

impl Cluster {
    /// Reads the keys of a deploy into this region.
    pub(super) fn parse(map: &Map, region: &str) -> Result<Self, Error> {
        let cluster = Self {
            image: reading::first_text(map, &["amiName", "imageId", "image", "imageName"])?,
            instance_type: reading::text(map, "instanceType")?,
            key_pair: reading::text(map, "keyPair")?,
            iam_role: reading::text(map, "iamRole")?,
            subnet_type: reading::text(map, "subnetType")?,
            subnet_ids: reading::texts(map, "subnetIds")?,
            vpc: None,
            zones: match reading::object(map, "availabilityZones")? {
                Some(by_region) => reading::texts(by_region, region)?,
                None => Vec::new(),
            },
            security_groups: reading::texts(map, "securityGroups")?,
            target_groups: reading::texts(map, "targetGroups")?,
            load_balancers: reading::texts(map, "loadBalancers")?,
            user_data: user_data(map)?,
            block_devices: reading::objects(map, "blockDevices")?,
            tags: tags(map)?,
            suspended: processes(map)?,
            termination_policies: reading::texts(map, "terminationPolicies")?,
            health_check_type: reading::text(map, "healthCheckType")?.unwrap_or_else(|| "EC2".to_owned()),
            grace_period: reading::integer(map, "healthCheckGracePeriod")?.unwrap_or(600),
            cooldown: reading::integer(map, "cooldown")?,
            spot_price: reading::text(map, "spotPrice")?,
            public_address: reading::flag(map, "associatePublicIpAddress")?,
            ebs_optimized: reading::flag(map, "ebsOptimized")?,
            monitoring: reading::flag(map, "instanceMonitoring")?,
            imds_v2: reading::flag(map, "requireIMDSv2")?.unwrap_or(true),
            unlimited_credits: reading::flag(map, "unlimitedCpuCredits")?,
            capacity_rebalance: reading::flag(map, "capacityRebalance")?,
            mixed: Mixed {
                overrides: reading::objects(map, "launchTemplateOverridesForInstanceType")?,
                on_demand_strategy: reading::text(map, "onDemandAllocationStrategy")?,
                on_demand_base: reading::integer(map, "onDemandBaseCapacity")?,
                on_demand_share: reading::integer(map, "onDemandPercentageAboveBaseCapacity")?,
                spot_strategy: reading::text(map, "spotAllocationStrategy")?,
                spot_pools: reading::integer(map, "spotInstancePools")?,
            },
            hooks: reading::objects(map, "lifecycleHooks")?,
            metrics: reading::texts(map, "enabledMetrics")?,
            copies_source: reading::flag(map, "copySourceScalingPoliciesAndActions")?.unwrap_or(true),
        };
        cluster.check()?;
        Ok(cluster)
    }

    fn check(&self) -> Result<(), Error> {
        if self.image.is_none() {
            return Err(invalid("the cluster names no image; add amiName, or a findImage stage before the deploy"));
        }
        if self.instance_type.is_none() && self.mixed.overrides.is_empty() {
            return Err(invalid("the cluster names no instance type; add instanceType: t3.small, for instance"));
        }
        for hook in &self.hooks {
            for key in ["name", "lifecycleTransition"] {
                if reading::text(hook, key)?.is_none() {
                    return Err(invalid(format!("a hook in 'lifecycleHooks' has no '{key}'")));
                }
            }
        }
        for device in &self.block_devices {
            if reading::text(device, "deviceName")?.is_none() {
                return Err(invalid("a volume in 'blockDevices' has no 'deviceName'; write /dev/sdb, for instance"));
            }
        }
        Ok(())
    }
}

/// User data of a document, base64.
pub(super) fn user_data(map: &Map) -> Result<Option<String>, Error> {
    if let Some(encoded) = reading::text(map, "base64UserData")? {
        BASE64_STANDARD.decode(&encoded).map_err(|error| {
            invalid(format!("'base64UserData' is no base64: {error}; use 'userData' for plain text"))
        })?;
        return Ok(Some(encoded));
    }
    Ok(reading::text(map, "userData")?.map(|plain| BASE64_STANDARD.encode(plain)))
}

/// Tags of a document: numbers and flags are taken as text.
pub(super) fn tags(map: &Map) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for (key, value) in reading::object(map, "tags")?.into_iter().flatten() {
        let value = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            other => return Err(invalid(format!("tag '{key}' is {other}, but must be text"))),
        };
        tags.insert(key.clone(), value);
    }
    Ok(tags)
}

fn processes(map: &Map) -> Result<Vec<String>, Error> {
    let named = reading::texts(map, "suspendedProcesses")?;
    check_processes(&named)?;
    Ok(named)
}

/// Refuses names that Auto Scaling has no process for.
pub(super) fn check_processes(names: &[String]) -> Result<(), Error> {
    match names.iter().find(|name| !PROCESSES.contains(&name.as_str())) {
        Some(name) => Err(invalid(format!("'{name}' is no scaling process; there are {}", PROCESSES.join(", ")))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Result<Cluster, Error> {
        Cluster::parse(value.as_object().unwrap(), "us-east-1")
    }

    #[test]
    fn a_cluster_of_spinnaker_is_read() {
        let cluster = parse(json!({
            "amiName": "web-1", "instanceType": "t3.small", "availabilityZones": {"us-east-1": ["us-east-1a"]},
            "securityGroups": ["sg-1"], "userData": "#!/bin/sh\n", "healthCheckGracePeriod": "30",
            "tags": {"team": "web", "cost": 7}, "suspendedProcesses": ["AZRebalance"],
        }))
        .unwrap();
        assert_eq!(cluster.zones, ["us-east-1a"]);
        assert_eq!(cluster.user_data.as_deref(), Some("IyEvYmluL3No"));
        assert_eq!((cluster.grace_period, cluster.imds_v2, cluster.copies_source), (30, true, true));
        assert_eq!(cluster.tags["cost"], "7");
    }

    #[test]
    fn wrong_clusters_name_key_and_remedy() {
        for (cluster, part) in [
            (json!({"instanceType": "t3.small"}), "names no image; add amiName"),
            (json!({"amiName": "a"}), "names no instance type"),
            (
                json!({"amiName": "a", "instanceType": "t", "suspendedProcesses": ["launch"]}),
                "'launch' is no scaling process",
            ),
            (json!({"amiName": "a", "instanceType": "t", "base64UserData": "%"}), "'base64UserData' is no base64"),
            (
                json!({"amiName": "a", "instanceType": "t", "lifecycleHooks": [{"name": "h"}]}),
                "has no 'lifecycleTransition'",
            ),
            (json!({"amiName": "a", "instanceType": "t", "blockDevices": [{"size": 8}]}), "has no 'deviceName'"),
        ] {
            let error = parse(cluster.clone()).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
    }
}
