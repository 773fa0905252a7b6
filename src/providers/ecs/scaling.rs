//! How services scale by themselves: Application Auto Scaling's targets and policies.

use serde_json::{Value, json};

use super::Ecs;
use super::service::Service;
use crate::model::Capacity;
use crate::providers::{Error, ErrorKind};

/// The only thing of a service that scales.
const DIMENSION: &str = "ecs:service:DesiredCount";

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

    /// Policies of a service that another can have: those that make their alarms themselves.
    pub(super) async fn own_policies(&self, service: &Service) -> Result<Vec<Value>, Error> {
        let mut found = self.policies(service).await?;
        found.retain(|policy| policy["PolicyType"] == "TargetTrackingScaling");
        Ok(found)
    }

    /// Gives a service the policies of another.
    pub(super) async fn copy_policies(&self, policies: &[Value], from: &str, service: &Service) -> Result<(), Error> {
        for policy in policies {
            // A policy's name often holds its service's, and names are the key of the call.
            let name = policy["PolicyName"].as_str().unwrap_or_default().replace(from, &service.name);
            let mut body = of(service);
            body["PolicyName"] = name.into();
            body["PolicyType"] = "TargetTrackingScaling".into();
            let key = "TargetTrackingScalingPolicyConfiguration";
            body[key] = policy[key].clone();
            self.scale(&service.region, "PutScalingPolicy", body).await?;
        }
        Ok(())
    }
}
