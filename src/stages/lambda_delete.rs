//! Deletes a Lambda function, or versions of it; nothing happens when there are none.
//!
//! `version` is `$ALL` for the function itself, `$PROVIDED` with `versionNumber`, `$OLDEST`, `$PREVIOUS`, a number, or
//! `$MOVING` for all but the newest `retentionNumber`. Which versions these are is settled when the stage begins. A
//! version that an alias stands for is not deleted.
//!
//! ```yaml
//! - name: Keep five versions
//!   type: Aws.LambdaDeleteStage
//!   account: prod
//!   region: us-east-1
//!   functionName: shop-orders
//!   version: $MOVING
//!   retentionNumber: 5
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::texts;
use super::lambda::{FUNCTION_NAME, PREFIX, Target};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};

/// The `lambdaDelete` stage.
pub(super) struct LambdaDelete;

/// Context key: the versions that were chosen; `$ALL` for the function itself.
const CHOSEN: &str = "lambdaVersionsToDelete";

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    FUNCTION_NAME,
    PREFIX,
    target::REGION,
    optional("retentionNumber", Shape::Integer, "how many of the newest versions stay, with $MOVING"),
    required("version", Shape::Text, "what is deleted: $ALL, $MOVING, $OLDEST, $PREVIOUS, $PROVIDED, or a number"),
    optional("versionNumber", Shape::Text, "number of the version, with $PROVIDED"),
];

#[async_trait]
impl Stage for LambdaDelete {
    fn kind(&self) -> &'static str {
        "lambdaDelete"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["Aws.LambdaDeleteStage"]
    }

    fn source(&self) -> &'static str {
        include_str!("lambda_delete.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[CHOSEN]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let chosen = chosen(call, &Target::of(call, services)?).await?;
        let mut plan = Plan::of_tasks([DELETE.name]);
        plan.context.insert(CHOSEN.to_owned(), chosen.into());
        Ok(plan)
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        let chosen = chosen(call, &target).await?;
        Ok(match chosen.as_slice() {
            [] => vec![format!("nothing: function {} has no such version", target.name())],
            [all] if all == "$ALL" => {
                vec![format!("delete function {} in {}", target.name(), target.function.location)]
            }
            versions => vec![format!("delete versions {} of function {}", versions.join(", "), target.name())],
        })
    }
}

async fn chosen(call: &Call<'_>, target: &Target) -> Result<Vec<String>, Failure> {
    let word = reading::filled(call.context, "version")
        .ok_or_else(|| Failure::user("the stage does not say which versions go").detail("add version: $ALL, or …"))?;
    if word == "$ALL" {
        return Ok(vec![word]);
    }
    if target.functions()?.get(&target.function, None).await?.is_none() {
        return Ok(Vec::new());
    }
    if word == "$MOVING" {
        let kept = reading::integer(call.context, "retentionNumber").and_then(|kept| usize::try_from(kept).ok());
        let kept = kept.ok_or_else(|| {
            Failure::user("the stage does not say how many versions stay").detail("add retentionNumber: <number>")
        })?;
        let numbers = target.functions()?.versions(&target.function).await?;
        return Ok(numbers.iter().skip(kept).map(ToString::to_string).collect());
    }
    let number = reading::filled(call.context, "versionNumber");
    Ok(target.version(&word, number).await?.into_iter().collect())
}

const DELETE: Acting = Acting { name: "lambdaDeleteTask", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let chosen = texts(call.context, CHOSEN);
    for version in &chosen {
        target.announce(call, "deleteLambdaFunction", version.as_str()).await?;
        let version = Some(version.as_str()).filter(|version| *version != "$ALL");
        target.functions()?.delete(&target.function, version).await?;
    }
    let result = target.accepted(call, "deleteLambdaFunction");
    Ok(result.with_context("deleteTask:deleteVersion", chosen.join(",")).with_output("deletedVersions", chosen))
}
