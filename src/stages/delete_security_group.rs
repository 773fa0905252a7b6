//! Removes a firewall; nothing happens when there is none of that name.
//!
//! ```yaml
//! - name: Remove it
//!   type: deleteSecurityGroup
//!   securityGroupName: office
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
    target::REGION,
    target::REGIONS,
    required("securityGroupName", Shape::Text, "its name"),
];

/// The `deleteSecurityGroup` stage.
pub(super) struct DeleteSecurityGroup;

#[async_trait]
impl Stage for DeleteSecurityGroup {
    fn kind(&self) -> &'static str {
        "deleteSecurityGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["deleteFirewall"]
    }

    fn source(&self) -> &'static str {
        include_str!("delete_security_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(vec![format!("delete firewall {}", name(call)?)])
    }
}

const DELETE: Acting = Acting { name: "deleteSecurityGroup", look: |call, services| delete(call, services).boxed() };

fn name(call: &Call<'_>) -> Result<String, Failure> {
    reading::filled(call.context, "securityGroupName")
        .ok_or_else(|| Failure::user("the stage names no firewall").detail("add securityGroupName: <name>"))
}

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let name = name(call)?;
    for location in cloud.cluster_locations(call.context) {
        call.mutation("deleteSecurityGroup", format!("{}/{location}/{name}", cloud.account), "").await?;
        cloud.firewalls()?.delete(&location, &name).await?;
    }
    let mut result = operation::accepted(call, "deleteSecurityGroup", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}
