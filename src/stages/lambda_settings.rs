//! Tasks that several Lambda stages share: code, waiting, concurrency, event sources, versions.

use futures_util::FutureExt;

use super::cloud::texts;
use super::lambda::{Target, needed_code};
use super::tasks::Acting;
use super::{Services, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, optional};
use crate::providers::FunctionTriggers;

/// Context key: the stage made the function.
pub(super) const CREATED: &str = "lambdaCreated";

/// Fields of event sources and concurrency.
pub(super) const TRIGGERS: [Field; 13] = [
    optional("batchsize", Shape::Integer, "how many events it gets at once"),
    optional("bisectBatchOnError", Shape::Boolean, "streams: halves a batch that failed"),
    optional("destinationConfig", Shape::Map, "streams: where outcomes go: {onFailureArn, onSuccessArn}"),
    optional("maxBatchingWindowSecs", Shape::Integer, "seconds until a batch is given although it is not full"),
    optional("maxRecordAgeSecs", Shape::Integer, "streams: age of records that are dropped"),
    optional("maxRetryAttempts", Shape::Integer, "streams: tries of a batch that failed"),
    optional("parallelizationFactor", Shape::Integer, "streams: batches of a shard at a time"),
    optional(
        "provisionedConcurrentExecutions",
        Shape::Integer,
        "instances of the alias that are kept warm; 0 keeps none",
    ),
    optional("qualifier", Shape::Text, "the same as aliasName"),
    optional("reservedConcurrentExecutions", Shape::Integer, "simultaneous calls that are kept for it; -1 keeps none"),
    optional("startingPosition", Shape::Text, "streams: where reading begins; LATEST"),
    optional("triggerArns", Shape::List(&Shape::Text), "queues and streams that feed it; others are disconnected"),
    optional("tumblingWindowSecs", Shape::Integer, "streams: seconds of a window"),
];

pub(super) const UPDATE_CODE: Acting =
    Acting { name: "lambdaUpdateCodeTask", look: |call, services| update_code(call, services).boxed() };

async fn update_code(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if reading::flag(call.context, CREATED) {
        return Ok(TaskResult::succeeded());
    }
    let target = Target::of(call, services)?;
    let code = needed_code(call, services).await?;
    let function = match target.idle(call).await? {
        Ok(function) => function,
        Err(waits) => return Ok(waits),
    };
    // The same code again is the same function: made twice, this is harmless.
    target.announce(call, "updateLambdaFunctionCode", "").await?;
    target.functions()?.update_code(&target.function, &code, &function.revision).await?;
    let result = target.accepted(call, "updateLambdaFunctionCode");
    Ok(result.with_context("codeSha256Before", function.digest))
}

pub(super) const WAIT_TO_STABILIZE: Acting =
    Acting { name: "LambdaWaitToStabilizeTask", look: |call, services| wait_to_stabilize(call, services).boxed() };

async fn wait_to_stabilize(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let function = match target.ready(call).await? {
        Ok(function) => function,
        Err(waits) => return Ok(waits),
    };
    let changed = reading::filled(call.context, "codeSha256Before").is_none_or(|before| before != function.digest);
    Ok(TaskResult::succeeded()
        .with_context("functionARN", function.arn)
        .with_context("codeSha256", function.digest)
        .with_context("lambdaCodeUpdated", changed))
}

pub(super) const PUBLISH_VERSION: Acting =
    Acting { name: "lambdaPublishVersionTask", look: |call, services| publish(call, services).boxed() };

async fn publish(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if !reading::flag(call.context, "publish") {
        return Ok(TaskResult::succeeded().with_output("lambdaVersionPublished", false));
    }
    let target = Target::of(call, services)?;
    let function = match target.ready(call).await? {
        Ok(function) => function,
        Err(waits) => return Ok(waits),
    };
    let digest = reading::filled(call.context, "codeSha256").unwrap_or_else(|| function.digest.clone());
    if digest != function.digest {
        return Err(Failure::new(format!("somebody changed the code of {} while the stage ran", target.name()))
            .detail("no version was published; run the pipeline again"));
    }
    // Lambda makes no version of what has not changed since the last one, so this may be asked twice.
    target.announce(call, "publishLambdaFunctionVersion", "").await?;
    let version = target.functions()?.publish(&target.function, "", &digest).await?;
    let result = target.accepted(call, "publishLambdaFunctionVersion").with_output("lambdaVersionPublished", true);
    Ok(result
        .with_context("versionId", version.as_str())
        .with_context("version", version.as_str())
        .with_output("version", version))
}

pub(super) const PUT_CONCURRENCY: Acting =
    Acting { name: "lambdaPutConcurrencyTask", look: |call, services| put_concurrency(call, services).boxed() };

async fn put_concurrency(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    // With two versions behind an alias neither can be kept warm for it.
    if reading::filled(call.context, "deploymentStrategy").as_deref() == Some("$WEIGHTED") {
        return Ok(TaskResult::succeeded());
    }
    let target = Target::of(call, services)?;
    let given = |key: &str| reading::integer(call.context, key);
    let (reserved, provisioned) = (given("reservedConcurrentExecutions"), given("provisionedConcurrentExecutions"));
    let alias = reading::filled(call.context, "aliasName").filter(|_| provisioned.is_some());
    if reserved.is_none() && alias.is_none() {
        return Ok(TaskResult::succeeded());
    }
    if let Err(waits) = target.ready(call).await? {
        return Ok(waits);
    }
    if let Some(count) = reserved {
        target.announce(call, "putLambdaReservedConcurrency", count.to_string()).await?;
        target.functions()?.reserve(&target.function, Some(count).filter(|count| *count >= 0)).await?;
    }
    if let (Some(alias), Some(count)) = (alias, provisioned) {
        target.announce(call, "putLambdaProvisionedConcurrency", format!("{alias}: {count}")).await?;
        let wish = Some(count).filter(|count| *count > 0);
        if !target.functions()?.provision(&target.function, &alias, wish).await? {
            call.progress(format!("{}:{alias} is being warmed up", target.name()));
            return Ok(target.cloud.look_again());
        }
    }
    Ok(target.accepted(call, "putLambdaConcurrency"))
}

pub(super) const CREATE_EVENT_SOURCES: Acting =
    Acting { name: "lambdaEventConfigurationTask", look: |call, services| connect(call, services).boxed() };

async fn connect(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if !call.context.get("triggerArns").is_some_and(serde_json::Value::is_array) {
        return Ok(TaskResult::succeeded());
    }
    let target = Target::of(call, services)?;
    if let Err(waits) = target.ready(call).await? {
        return Ok(waits);
    }
    let triggers = FunctionTriggers { sources: texts(call.context, "triggerArns"), settings: call.context.clone() };
    let alias = ["aliasName", "qualifier"].iter().find_map(|key| reading::filled(call.context, key));
    target.announce(call, "upsertLambdaFunctionEventMapping", triggers.sources.join(", ")).await?;
    for line in target.functions()?.connect(&target.function, alias.as_deref(), &triggers).await? {
        call.progress(line);
    }
    Ok(target.accepted(call, "upsertLambdaFunctionEventMapping"))
}
