//! Gives a Lambda function other code and waits until it has it.
//!
//! With `publish` a version is made of it, unless nothing has changed since the last one. Later stages read
//! `functionARN`, `version` and `revisionId` from its outputs.
//!
//! ```yaml
//! - name: New code
//!   type: Aws.LambdaUpdateCodeStage
//!   account: prod
//!   region: us-east-1
//!   functionName: shop-orders
//!   s3bucket: shop-code
//!   s3key: orders/1.5.zip
//!   publish: true
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::lambda::{
    CODE_ARTIFACT, CODE_ARTIFACT_ID, FUNCTION_NAME, IMAGE_URI, PREFIX, PUBLISH, S3_BUCKET, S3_KEY, S3_VERSION, Target,
    needed_code, outputs,
};
use super::lambda_settings::{PUBLISH_VERSION, UPDATE_CODE, WAIT_TO_STABILIZE};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field};

/// The `lambdaUpdateCode` stage.
pub(super) struct LambdaUpdateCode;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    CODE_ARTIFACT,
    CODE_ARTIFACT_ID,
    target::ACCOUNT,
    FUNCTION_NAME,
    IMAGE_URI,
    PREFIX,
    PUBLISH,
    target::REGION,
    S3_BUCKET,
    S3_KEY,
    S3_VERSION,
];

#[async_trait]
impl Stage for LambdaUpdateCode {
    fn kind(&self) -> &'static str {
        "lambdaUpdateCode"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["Aws.LambdaUpdateCodeStage"]
    }

    fn source(&self) -> &'static str {
        include_str!("lambda_update_code.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPDATE_CODE, &WAIT_TO_STABILIZE, &PUBLISH_VERSION, &OUTPUT]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["codeSha256", "codeSha256Before", "versionId", "version"]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        needed_code(call, services).await?;
        target.found().await?;
        let publishes = if reading::flag(call.context, "publish") { " and publish a version of it" } else { "" };
        Ok(vec![format!("update the code of function {} in {}{publishes}", target.name(), target.function.location)])
    }
}

const OUTPUT: Acting = Acting { name: "lambdaOutputTask", look: |call, services| output(call, services).boxed() };

async fn output(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let function = target.found().await?;
    let result = TaskResult { outputs: outputs(&target, &function), ..TaskResult::succeeded() };
    Ok(result.with_output("lambdaCodeUpdated", reading::flag(call.context, "lambdaCodeUpdated")))
}
