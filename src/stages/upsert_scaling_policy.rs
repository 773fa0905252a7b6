//! Makes a scaling policy of a server group, or changes the one of its name.
//!
//! A step or simple policy acts when an `alarm` sets it off, which is made with it; its `dimensions` are those of the
//! server group when left out. Target tracking needs none.
//!
//! ```yaml
//! - name: Follow the load
//!   type: upsertScalingPolicy
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   policyName: cpu
//!   targetTrackingConfiguration:
//!     targetValue: 60
//!     predefinedMetricSpecification: {predefinedMetricType: ASGAverageCPUUtilization}
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::scaling::{Begun, begin, done, settings};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("alarm", Shape::Map, "sets off a step or simple policy: metricName, namespace, threshold, …"),
    optional("adjustmentType", Shape::Text, "what a step changes: ChangeInCapacity, ExactCapacity, …"),
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    target::TARGET,
    optional("estimatedInstanceWarmup", Shape::Integer, "seconds until a new instance counts"),
    optional("minAdjustmentMagnitude", Shape::Integer, "least number of instances of a step in percent"),
    optional("policyName", Shape::Text, "its name; the stage's name when left out"),
    optional("simple", Shape::Map, "a simple policy: scalingAdjustment, cooldown"),
    optional("step", Shape::Map, "a step policy: stepAdjustments, metricAggregationType"),
    optional("targetTrackingConfiguration", Shape::Map, "a policy that keeps a metric at its target"),
];

/// The `upsertScalingPolicy` stage.
pub(super) struct UpsertScalingPolicy;

#[async_trait]
impl Stage for UpsertScalingPolicy {
    fn kind(&self) -> &'static str {
        "upsertScalingPolicy"
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_scaling_policy.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPSERT]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("put a scaling policy on {}", group.name)).collect())
    }
}

const UPSERT: Acting = Acting { name: "upsertScalingPolicy", look: |call, services| upsert(call, services).boxed() };

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let mut policy = call.context.clone();
    let name = reading::filled(&policy, "policyName").unwrap_or_else(|| call.stage.name.clone());
    policy.insert("policyName".to_owned(), name.as_str().into());
    match begin(call, services, "upsertScalingPolicy", name.as_str()).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            let made = settings(&cloud)?.put_policy(&group, &policy).await?;
            Ok(done(call, "upsertScalingPolicy", &cloud, &group).with_context("policyName", made))
        }
    }
}
