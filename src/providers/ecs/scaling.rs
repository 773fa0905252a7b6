//! How services scale by themselves: Application Auto Scaling's targets and policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::service::Service;
use super::{Ecs, tags};
use crate::aws::Element;
use crate::model::Capacity;
use crate::providers::aws::alarm::{Carried, is_copied};
use crate::providers::{Error, ErrorKind};

/// The only thing of a service that scales.
const DIMENSION: &str = "ecs:service:DesiredCount";

/// What a policy of either kind does.
const CONFIGURATIONS: [&str; 2] = ["StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration"];

/// Policies of a service, and the alarms that set off those that do not make them themselves.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Name of the service.
    from: String,
    from_region: String,
    values: Vec<Value>,
    alarms: Vec<Element>,
}

impl Policies {
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether alarms come with them.
    pub(super) fn have_alarms(&self) -> bool {
        !self.alarms.is_empty()
    }
}

/// Bounds of a service's size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) min: u32,
    pub(super) max: u32,
    /// Whether it does not scale at the moment.
    pub(super) is_suspended: bool,
}

fn of(service: &Service) -> Value {
    json!({"ServiceNamespace": "ecs", "ResourceId": service.resource(), "ScalableDimension": DIMENSION})
}

fn suspension(is: bool) -> Value {
    json!({"DynamicScalingInSuspended": is, "DynamicScalingOutSuspended": is, "ScheduledScalingSuspended": is})
}

impl Ecs {
    /// The bounds of a service that scales by itself.
    pub(super) async fn scalable_target(&self, service: &Service) -> Result<Option<Target>, Error> {
        let body =
            json!({"ServiceNamespace": "ecs", "ResourceIds": [service.resource()], "ScalableDimension": DIMENSION});
        let answer = self.scale(&service.region, "DescribeScalableTargets", body).await?;
        let Some(found) = answer["ScalableTargets"].as_array().and_then(|all| all.first()) else { return Ok(None) };
        let count = |key: &str| found[key].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
        let suspended = &found["SuspendedState"];
        let keys = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
        let is_suspended = keys.iter().all(|key| suspended[*key] == true);
        Ok(Some(Target { min: count("MinCapacity"), max: count("MaxCapacity"), is_suspended }))
    }

    /// Sets the bounds of a service's size. One that has no room between them needs none.
    pub(super) async fn bound(&self, service: &Service, capacity: Capacity, always: bool) -> Result<(), Error> {
        let there = self.scalable_target(service).await?;
        let fits = there.as_ref().is_some_and(|there| (there.min, there.max) == (capacity.min, capacity.max));
        if fits || there.is_none() && capacity.is_pinned() && !always {
            return Ok(());
        }
        let mut body = of(service);
        body["MinCapacity"] = capacity.min.into();
        body["MaxCapacity"] = capacity.max.into();
        self.scale(&service.region, "RegisterScalableTarget", body).await?;
        Ok(())
    }

    /// Stops a service from scaling by itself, or lets it again.
    pub(super) async fn suspend(&self, service: &Service, is: bool) -> Result<(), Error> {
        let Some(there) = self.scalable_target(service).await? else { return Ok(()) };
        if there.is_suspended == is {
            return Ok(());
        }
        let mut body = of(service);
        body["SuspendedState"] = suspension(is);
        self.scale(&service.region, "RegisterScalableTarget", body).await?;
        Ok(())
    }

    /// Forgets how a service scales.
    pub(super) async fn unbound(&self, service: &Service) -> Result<(), Error> {
        if self.scalable_target(service).await?.is_none() {
            return Ok(());
        }
        if service.tags().contains_key(tags::ALARMS) {
            // Nobody knows any more which they were when the policies are gone.
            self.delete_alarms(service).await?;
        }
        match self.scale(&service.region, "DeregisterScalableTarget", of(service)).await {
            Err(fault) if fault.code != "ObjectNotFoundException" && fault.error.kind != ErrorKind::NotFound => {
                Err(fault.into())
            }
            _ => Ok(()),
        }
    }

    async fn policies(&self, service: &Service) -> Result<Vec<Value>, Error> {
        let body = json!({"ServiceNamespace": "ecs", "ResourceId": service.resource(), "ScalableDimension": DIMENSION});
        let mut answer = self.scale(&service.region, "DescribeScalingPolicies", body).await?;
        match answer.get_mut("ScalingPolicies").map(Value::take) {
            Some(Value::Array(policies)) => Ok(policies),
            _ => Ok(Vec::new()),
        }
    }

    /// Policies of a service with the alarms that set them off, for another to have.
    pub(super) async fn policies_of(&self, service: &Service) -> Result<Policies, Error> {
        let values = self.policies(service).await?;
        let alarms = self.aws.alarms(&service.region, &alarm_names(&values)).await?;
        Ok(Policies { from: service.name.clone(), from_region: service.region.clone(), values, alarms })
    }

    /// Gives a service the policies of another.
    pub(super) async fn copy_policies(&self, policies: &Policies, service: &Service) -> Result<(), Error> {
        let dimensions = &[("ClusterName", service.cluster.as_str()), ("ServiceName", service.name.as_str())];
        let carried = |arns| Carried {
            from: &policies.from,
            from_region: &policies.from_region,
            to: &service.name,
            region: &service.region,
            dimensions,
            policies: arns,
        };
        let none = BTreeMap::new();
        let mut arns = BTreeMap::new();
        for policy in &policies.values {
            let Some(key) = CONFIGURATIONS.into_iter().find(|key| policy[*key].is_object()) else { continue };
            let mut body = of(service);
            // A policy's name often holds its service's, and names are the key of the call.
            body["PolicyName"] = carried(&none).name(policy["PolicyName"].as_str().unwrap_or_default()).into();
            body["PolicyType"] = policy["PolicyType"].clone();
            body[key] = redirected(&policy[key], dimensions);
            let answer = self.scale(&service.region, "PutScalingPolicy", body).await?;
            let arn = |value: &Value| value["PolicyARN"].as_str().unwrap_or_default().to_owned();
            arns.insert(arn(policy), arn(&answer));
        }
        self.aws.carry_alarms(&policies.alarms, &carried(&arns)).await
    }

    /// Removes the alarms that were made for a service and set off nothing else.
    async fn delete_alarms(&self, service: &Service) -> Result<(), Error> {
        let policies = self.policies(service).await?;
        let arns: Vec<String> =
            policies.iter().filter_map(|policy| policy["PolicyARN"].as_str().map(str::to_owned)).collect();
        self.aws.delete_orphans(&service.region, &alarm_names(&policies), &arns).await
    }
}

/// Names of policies' alarms that are not AWS's own.
fn alarm_names(policies: &[Value]) -> Vec<String> {
    let alarms = policies.iter().flat_map(|policy| policy["Alarms"].as_array().into_iter().flatten());
    let names = alarms.filter_map(|alarm| alarm["AlarmName"].as_str().map(str::to_owned));
    let names: BTreeSet<String> = names.filter(|name| is_copied(name)).collect();
    names.into_iter().collect()
}

/// The same with these values in every dimension of these names.
fn redirected(value: &Value, dimensions: &[(&str, &str)]) -> Value {
    match value {
        Value::Object(map) => {
            let meant = dimensions.iter().find(|(name, _)| map.get("Name").is_some_and(|own| own == name));
            let pairs = map.iter().map(|(key, value)| match meant.filter(|_| key == "Value") {
                Some((_, value)) => (key.clone(), (*value).into()),
                None => (key.clone(), redirected(value, dimensions)),
            });
            Value::Object(pairs.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| redirected(item, dimensions)).collect()),
        other => other.clone(),
    }
}
