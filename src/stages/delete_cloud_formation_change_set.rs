//! Deletes a change set of a CloudFormation stack; nothing happens when there is none.
//!
//! ```yaml
//! - name: Forget the changes
//!   type: deleteCloudFormationChangeSet
//!   account: prod
//!   regions: [us-east-1]
//!   stackName: shop-queues
//!   changeSetName: larger-queues
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud_formation::{REGIONS, STACK_NAME, Target};
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    required("changeSetName", Shape::Text, "name of the change set"),
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    REGIONS,
    STACK_NAME,
];

/// The `deleteCloudFormationChangeSet` stage.
pub(super) struct DeleteCloudFormationChangeSet;

#[async_trait]
impl Stage for DeleteCloudFormationChangeSet {
    fn kind(&self) -> &'static str {
        "deleteCloudFormationChangeSet"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_cloud_formation_change_set.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        Ok(vec![format!("delete change set {} of stack {}", name(call)?, target.name)])
    }
}

fn name(call: &Call<'_>) -> Result<String, Failure> {
    reading::filled(call.context, "changeSetName")
        .ok_or_else(|| Failure::user("the stage names no change set").detail("add changeSetName: <name>"))
}

const DELETE: Acting =
    Acting { name: "deleteCloudFormationChangeSet", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let name = name(call)?;
    call.mutation("deleteCloudFormationChangeSet", target.path(), name.as_str()).await?;
    target.stacks()?.discard(&target.location, &target.name, &name).await?;
    let mut result = operation::accepted(call, "deleteCloudFormationChangeSet", &target.cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}
