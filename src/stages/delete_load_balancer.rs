//! Removes a load balancer; nothing happens when there is none of that name.
//!
//! ```yaml
//! - name: Remove it
//!   type: deleteLoadBalancer
//!   loadBalancerName: hello
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    required("loadBalancerName", Shape::Text, "its name"),
    target::REGION,
    target::REGIONS,
];

/// The `deleteLoadBalancer` stage.
pub(super) struct DeleteLoadBalancer;

#[async_trait]
impl Stage for DeleteLoadBalancer {
    fn kind(&self) -> &'static str {
        "deleteLoadBalancer"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_load_balancer.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(vec![format!("delete load balancer {}", name(call)?)])
    }
}

const DELETE: Acting = Acting { name: "deleteLoadBalancer", look: |call, services| delete(call, services).boxed() };

fn name(call: &Call<'_>) -> Result<String, Failure> {
    reading::filled(call.context, "loadBalancerName")
        .ok_or_else(|| Failure::user("the stage names no load balancer").detail("add loadBalancerName: <name>"))
}

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let name = name(call)?;
    let balancers = cloud.load_balancers()?;
    for location in cloud.cluster_locations(call.context) {
        call.mutation("deleteLoadBalancer", format!("{}/{location}/{name}", cloud.account), "").await?;
        balancers.delete(&location, &name).await?;
    }
    let mut result = operation::accepted(call, "deleteLoadBalancer", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}
