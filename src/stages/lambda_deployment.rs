//! Makes a Lambda function, or brings its code and settings to what the stage says.
//!
//! What a stage does not name stays as it is: event sources without `triggerArns`, reserved concurrency without
//! `reservedConcurrentExecutions`. Values under `envVariables` may be `{fromEnv: NAME}` or `{fromFile: path}`: these
//! are never recorded, and what a function has in its environment is not shown. With `publish` a version is made of it,
//! unless nothing has changed since the last one; `aliases` are put on the code as it is, and moved to versions by a
//! `lambdaTrafficRouting` stage.
//!
//! Later stages read `functionARN`, `version`, `revisionId`, `lambdaCreated` and `lambdaObject` from its outputs.
//!
//! ```yaml
//! - name: Orders
//!   type: Aws.LambdaDeploymentStage
//!   account: prod
//!   region: us-east-1
//!   functionName: orders
//!   runtime: python3.13
//!   handler: index.handler
//!   role: arn:aws:iam::123456789012:role/orders
//!   s3bucket: shop-code
//!   s3key: orders/1.4.zip
//!   memorySize: 256
//!   timeout: 10
//!   envVariables: {TABLE: orders, TOKEN: {fromEnv: ORDERS_TOKEN}}
//!   publish: true
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::texts;
use super::lambda::{
    ALIAS_NAME, CODE_ARTIFACT, CODE_ARTIFACT_ID, FUNCTION_NAME, IMAGE_URI, PREFIX, PUBLISH, S3_BUCKET, S3_KEY,
    S3_VERSION, Target, needed_code, outputs, settings,
};
use super::lambda_settings::{
    CREATE_EVENT_SOURCES, CREATED, PUBLISH_VERSION, PUT_CONCURRENCY, TRIGGERS, UPDATE_CODE, WAIT_TO_STABILIZE,
};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, joined, optional};
use crate::providers::FunctionAlias;

/// The `lambdaDeployment` stage.
pub(super) struct LambdaDeployment;

const OWN: [Field; 32] = [
    target::ACCOUNT_ALIAS,
    ALIAS_NAME,
    optional("aliases", Shape::List(&Shape::Text), "aliases that are put on the code as it is"),
    target::CLOUD_PROVIDER,
    CODE_ARTIFACT,
    CODE_ARTIFACT_ID,
    target::ACCOUNT,
    optional("deadLetterConfig", Shape::Map, "where events go that failed: {targetArn}"),
    optional("description", Shape::Text, "what it is"),
    optional("detailName", Shape::Text, "detail, for people"),
    optional("enableLambdaAtEdge", Shape::Boolean, "it is to run at the edge: checks what is allowed there; false"),
    optional("envVariables", Shape::Map, "its environment"),
    FUNCTION_NAME,
    optional("functionUid", Shape::Text, "part of its name, for people"),
    optional("handler", Shape::Text, "file and function: index.handler"),
    IMAGE_URI,
    optional("kmskeyArn", Shape::Text, "key that encrypts its environment"),
    optional("layers", Shape::List(&Shape::Text), "ARNs of layers"),
    optional("memorySize", Shape::Integer, "megabytes"),
    PREFIX,
    PUBLISH,
    target::REGION,
    optional("role", Shape::Text, "ARN of the role it runs as"),
    optional("runtime", Shape::Text, "python3.13, nodejs22.x, …"),
    S3_BUCKET,
    S3_KEY,
    S3_VERSION,
    optional("securityGroupIds", Shape::List(&Shape::Text), "its security groups"),
    optional("stackName", Shape::Text, "stack, for people"),
    optional("subnetIds", Shape::List(&Shape::Text), "its subnets"),
    optional("tags", Shape::Map, "tags of a new function"),
    optional("targetGroups", Shape::Text, "target group that calls it"),
];

const MORE: [Field; 3] = [
    optional("timeout", Shape::Integer, "seconds it may take"),
    optional("tracingConfig", Shape::Map, "{mode}: Active or PassThrough"),
    optional("vpcId", Shape::Text, "network of its subnets, for people"),
];

const FIELDS: &[Field] = &joined::<32, 16, 48>(OWN, joined::<3, 13, 16>(MORE, TRIGGERS));

#[async_trait]
impl Stage for LambdaDeployment {
    fn kind(&self) -> &'static str {
        "lambdaDeployment"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["Aws.LambdaDeploymentStage"]
    }

    fn source(&self) -> &'static str {
        include_str!("lambda_deployment.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &CREATE,
            &UPDATE_CODE,
            &WAIT_TO_STABILIZE,
            &UPDATE_CONFIG,
            &PUT_CONCURRENCY,
            &CREATE_EVENT_SOURCES,
            &UPDATE_ALIASES,
            &PUBLISH_VERSION,
            &OUTPUT,
        ]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[CREATED, "codeSha256", "originalRevisionId", "versionId", "lambdaCodeUpdated", "lambdaConfigUpdated"]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        check_edge(call)?;
        needed_code(call, services).await?;
        target.functions()?.check(&target.function, &settings(call, services)?).await?;
        let there = target.functions()?.get(&target.function, None).await?;
        let verb = if there.is_some() { "update" } else { "create" };
        let mut lines = vec![format!("{verb} function {} in {}", target.name(), target.function.location)];
        if reading::flag(call.context, "publish") {
            lines.push("publish a version of it".to_owned());
        }
        lines
            .extend(texts(call.context, "aliases").iter().map(|alias| format!("put alias {alias} on its newest code")));
        Ok(lines)
    }
}

/// What AWS allows at the edge.
fn check_edge(call: &Call<'_>) -> Result<(), Failure> {
    if !reading::flag(call.context, "enableLambdaAtEdge") {
        return Ok(());
    }
    let filled = |key: &str| !reading::list(call.context, key).is_empty();
    let more_than = |key: &str, most: i64| reading::integer(call.context, key).is_some_and(|value| value > most);
    let variables = reading::object(call.context, "envVariables").is_some_and(|map| !map.is_empty());
    let problems = [
        (variables, "no 'envVariables'"),
        (more_than("timeout", 5), "a 'timeout' of at most 5"),
        (more_than("memorySize", 128), "a 'memorySize' of at most 128"),
        (reading::filled(call.context, "region").is_some_and(|region| region != "us-east-1"), "region us-east-1"),
        (filled("subnetIds"), "no 'subnetIds'"),
        (filled("securityGroupIds"), "no 'securityGroupIds'"),
    ];
    let wrong: Vec<&str> = problems.iter().filter(|(is, _)| *is).map(|(_, needs)| *needs).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::user(format!("a function at the edge needs {}", wrong.join(", ")))),
    }
}

const CREATE: Acting = Acting { name: "lambdaCreateTask", look: |call, services| create(call, services).boxed() };

async fn create(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    check_edge(call)?;
    let (code, settings) = (needed_code(call, services).await?, settings(call, services)?);
    let functions = target.functions()?;
    functions.check(&target.function, &settings).await?;
    if let Some(there) = functions.get(&target.function, None).await? {
        let result = TaskResult::succeeded().with_context("originalRevisionId", there.revision.as_str());
        return Ok(result.with_context(CREATED, false).with_output("originalRevisionId", there.revision));
    }
    target.announce(call, "createLambdaFunction", "").await?;
    functions.create(&target.function, &code, &settings).await?;
    Ok(target.accepted(call, "createLambdaFunction").with_context(CREATED, true))
}

const UPDATE_CONFIG: Acting =
    Acting { name: "lambdaUpdateConfigTask", look: |call, services| update_config(call, services).boxed() };

async fn update_config(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if reading::flag(call.context, CREATED) {
        return Ok(TaskResult::succeeded());
    }
    let target = Target::of(call, services)?;
    if let Err(waits) = target.ready(call).await? {
        return Ok(waits);
    }
    target.announce(call, "updateLambdaFunctionConfiguration", "").await?;
    let changed = target.functions()?.configure(&target.function, &settings(call, services)?).await?;
    if !changed.is_empty() {
        call.progress(format!("{}: changed {}", target.name(), changed.join(", ")));
    }
    let result = target.accepted(call, "updateLambdaFunctionConfiguration");
    Ok(result.with_context("lambdaConfigUpdated", !changed.is_empty()))
}

const UPDATE_ALIASES: Acting =
    Acting { name: "lambdaUpdateAliasesTask", look: |call, services| update_aliases(call, services).boxed() };

async fn update_aliases(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let names = texts(call.context, "aliases");
    if let Err(waits) = target.ready(call).await? {
        return Ok(waits);
    }
    for name in &names {
        let there = target.functions()?.alias(&target.function, name.trim()).await?.unwrap_or_default();
        let wish = FunctionAlias {
            name: name.trim().to_owned(),
            version: "$LATEST".to_owned(),
            other: None,
            revision: there.revision.clone(),
        };
        if there != wish {
            target.announce(call, "upsertLambdaFunctionAlias", name.as_str()).await?;
            target.functions()?.put_alias(&target.function, &wish).await?;
        }
    }
    Ok(TaskResult::succeeded().with_output("lambdaAliasesUpdated", !names.is_empty()))
}

const OUTPUT: Acting = Acting { name: "lambdaOutputTask", look: |call, services| output(call, services).boxed() };

async fn output(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let function = match target.ready(call).await? {
        Ok(function) => function,
        Err(waits) => return Ok(waits),
    };
    if let Some(group) = reading::filled(call.context, "targetGroups") {
        target.announce(call, "registerLambdaTarget", group.as_str()).await?;
        target.functions()?.register(&target.function, &group).await?;
    }
    let mut result = TaskResult { outputs: outputs(&target, &function), ..TaskResult::succeeded() };
    result = result.with_output(CREATED, reading::flag(call.context, CREATED));
    for key in ["versionId", "version", "lambdaCodeUpdated", "lambdaConfigUpdated"] {
        if let Some(value) = call.context.get(key) {
            result = result.with_output(key, value.clone());
        }
    }
    Ok(result)
}
