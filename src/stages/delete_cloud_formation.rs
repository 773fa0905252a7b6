//! Deletes a CloudFormation stack and waits until its resources are gone; nothing happens when there is none.
//!
//! ```yaml
//! - name: Away with the queues
//!   type: deleteCloudFormation
//!   account: prod
//!   regions: [us-east-1]
//!   stackName: shop-queues
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud_formation::{REGIONS, STACK_ID, STACK_NAME, TOKEN, Target, settled, token};
use super::tasks::{Acting, patient, waiting};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Shape, optional};
use crate::providers::Accepted;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    REGIONS,
    optional("roleARN", Shape::Text, "role CloudFormation acts as; that of its last change when left out"),
    STACK_NAME,
];

/// The `deleteCloudFormation` stage.
pub(super) struct DeleteCloudFormation;

#[async_trait]
impl Stage for DeleteCloudFormation {
    fn kind(&self) -> &'static str {
        "deleteCloudFormation"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_cloud_formation.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE, &WaitForDeletion]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[STACK_ID, TOKEN]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        let found = target.stacks()?.get(&target.location, &target.name).await?;
        Ok(vec![match found {
            Some(stack) => format!("delete stack {} in {} ({})", stack.name, stack.location, stack.status),
            None => format!("nothing: there is no stack {} in {}", target.name, target.location),
        }])
    }
}

const DELETE: Acting = Acting { name: "deleteCloudFormation", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let (role, token) = (reading::filled(call.context, "roleARN"), token(call, "delete"));
    call.mutation("deleteCloudFormation", target.path(), "").await?;
    let accepted = target.stacks()?.delete(&target.location, &target.name, role.as_deref(), &token).await?;
    if let Accepted::Unchanged(_) = accepted {
        call.progress(format!("there is no stack {}", target.name));
    }
    Ok(target.accepted(call, "deleteCloudFormation", accepted).with_context(TOKEN, token))
}

struct WaitForDeletion;

#[async_trait]
impl Task for WaitForDeletion {
    fn name(&self) -> &'static str {
        "waitForCloudFormationCompletion"
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        if reading::filled(call.context, STACK_ID).is_none() {
            return TaskResult::succeeded();
        }
        let looked = async { settled(call, &Target::of(call, services)?, true).await };
        patient(call, looked.await)
    }
}
