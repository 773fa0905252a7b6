//! Points an alias of a Lambda function at a version, or at two that share its calls.
//!
//! - `$SIMPLE` gives version A all calls.
//! - `$WEIGHTED` gives A `trafficPercentA` percent of them, and B the others.
//! - `$BLUEGREEN` calls the newest version with a payload first, and gives it all calls when it answers what
//!   `outputArtifact` holds; white space does not count. Otherwise everything stays as it is.
//!
//! A version is `$LATEST` (the newest one that was published), `$PREVIOUS`, `$OLDEST`, or `$PROVIDED` with its number
//! beside it; which one that is is settled when the stage begins.
//!
//! ```yaml
//! - name: A tenth of the calls
//!   type: Aws.LambdaTrafficRoutingStage
//!   account: prod
//!   region: us-east-1
//!   functionName: shop-orders
//!   aliasName: live
//!   deploymentStrategy: $WEIGHTED
//!   versionNameA: $LATEST
//!   versionNameB: $PREVIOUS
//!   trafficPercentA: 10
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::lambda::{FUNCTION_NAME, PAYLOAD, PAYLOAD_ARTIFACT, PREFIX, Target, body_of, content, payload};
use super::lambda_invoke::{answered, failed, timeout};
use super::lambda_settings::{CREATE_EVENT_SOURCES, PUT_CONCURRENCY, TRIGGERS};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, Unit, joined, optional, required};
use crate::providers::{FunctionAlias, Invocation};

/// The `lambdaTrafficRouting` stage.
pub(super) struct LambdaTrafficRouting;

const STRATEGIES: &[&str] = &["$BLUEGREEN", "$SIMPLE", "$WEIGHTED"];
/// Context keys of the versions that were chosen.
const MAJOR: &str = "majorFunctionVersion";
const MINOR: &str = "minorFunctionVersion";

const OWN: [Field; 18] = [
    target::ACCOUNT_ALIAS,
    required("aliasName", Shape::Text, "the alias"),
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    required("deploymentStrategy", Shape::OneOf(STRATEGIES), "how calls are given to versions"),
    FUNCTION_NAME,
    optional("outputArtifact", Shape::Map, "artifact with the answer that is expected: {id}, or {account, artifact}"),
    optional("output", Shape::Any, "the answer that is expected, in place of an artifact"),
    PAYLOAD,
    PAYLOAD_ARTIFACT,
    PREFIX,
    target::REGION,
    optional("timeout", Shape::Duration(Unit::Seconds), "time for an answer; 15 minutes"),
    optional("trafficPercentA", Shape::Integer, "share of version A, 0 to 100"),
    optional("versionNameA", Shape::Text, "version A"),
    optional("versionNameB", Shape::Text, "version B"),
    optional("versionNumberA", Shape::Text, "number of version A, with $PROVIDED"),
    optional("versionNumberB", Shape::Text, "number of version B, with $PROVIDED"),
];

const MORE: [Field; 1] = [optional("trafficPercentB", Shape::Integer, "the rest, for people")];
const FIELDS: &[Field] = &joined::<18, 14, 32>(OWN, joined::<1, 13, 14>(MORE, TRIGGERS));

#[async_trait]
impl Stage for LambdaTrafficRouting {
    fn kind(&self) -> &'static str {
        "lambdaTrafficRouting"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["Aws.LambdaTrafficRoutingStage"]
    }

    fn source(&self) -> &'static str {
        include_str!("lambda_traffic_routing.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&TEST_VERSION, &UPDATE, &PUT_CONCURRENCY, &CREATE_EVENT_SOURCES]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[MAJOR, MINOR]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let (_, wish) = wish(call, services).await?;
        let tests = strategy(call)? == "$BLUEGREEN";
        let names = self.tasks().iter().map(|task| task.name()).filter(|name| tests || *name != TEST_VERSION.name);
        let mut plan = Plan::of_tasks(names);
        plan.context.insert(MAJOR.to_owned(), wish.version.into());
        if let Some((version, _)) = wish.other {
            plan.context.insert(MINOR.to_owned(), version.into());
        }
        Ok(plan)
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let (target, wish) = wish(call, services).await?;
        let there = target.functions()?.alias(&target.function, &wish.name).await?;
        let from = there.map_or_else(|| "new".to_owned(), |there| format!("now {}", there.told()));
        let mut lines = vec![format!("point alias {}:{} at {} ({from})", target.name(), wish.name, wish.told())];
        if strategy(call)? == "$BLUEGREEN" {
            lines.insert(0, format!("call version {} of {} and compare its answer", wish.version, target.name()));
        }
        Ok(lines)
    }
}

fn strategy(call: &Call<'_>) -> Result<String, Failure> {
    let word = reading::filled(call.context, "deploymentStrategy").unwrap_or_default();
    let known = STRATEGIES.iter().find(|known| known.eq_ignore_ascii_case(&word));
    known.map(|known| (*known).to_owned()).ok_or_else(|| {
        Failure::user(format!("'{word}' is no way to give calls to versions"))
            .detail(format!("write deploymentStrategy: one of {}", STRATEGIES.join(", ")))
    })
}

/// What the alias is to be, with the versions that were chosen when the stage began.
async fn wish(call: &Call<'_>, services: &Services) -> Result<(Target, FunctionAlias), Failure> {
    let target = Target::of(call, services)?;
    let name = reading::filled(call.context, "aliasName")
        .ok_or_else(|| Failure::user("the stage names no alias").detail("add aliasName: <name>"))?;
    let strategy = strategy(call)?;
    let text = |key: &str| reading::filled(call.context, key);
    let chosen = |kept: &str, name: String, number: Option<String>| {
        let kept = text(kept);
        let target = &target;
        async move {
            match kept {
                Some(version) => Ok(Some(version)),
                None => target.version(&name, number).await,
            }
        }
    };
    let word_a = if strategy == "$BLUEGREEN" { Some("$LATEST".to_owned()) } else { text("versionNameA") };
    let word_a = word_a.ok_or_else(|| {
        Failure::user("the stage does not say which version gets the calls").detail("add versionNameA: $LATEST")
    })?;
    if text(MAJOR).is_none() {
        target.found().await?;
    }
    let none = |word: &str| {
        Failure::user(format!("function {} has no version that is '{word}'", target.name()))
            .detail("publish one: publish: true in a 'lambdaDeployment' or 'lambdaUpdateCode' stage")
    };
    let version = chosen(MAJOR, word_a.clone(), text("versionNumberA")).await?.ok_or_else(|| none(&word_a))?;
    let mut other = None;
    if strategy == "$WEIGHTED" {
        let share = reading::integer(call.context, "trafficPercentA").filter(|share| (0..=100).contains(share));
        let share = share.ok_or_else(|| {
            Failure::user("the stage does not say which share version A gets").detail("add trafficPercentA: 0 to 100")
        })?;
        let word_b = text("versionNameB").ok_or_else(|| {
            Failure::user("the stage names one version, and two share the calls").detail("add versionNameB: $PREVIOUS")
        })?;
        let second = chosen(MINOR, word_b.clone(), text("versionNumberB")).await?.ok_or_else(|| none(&word_b))?;
        // An integer below 101 is a share without loss.
        let rest = f64::from(u8::try_from(100 - share).unwrap_or_default()) / 100.0;
        other = Some((second, rest)).filter(|(second, rest)| *second != version && *rest > 0.0);
    }
    Ok((target, FunctionAlias { name, version, other, revision: String::new() }))
}

const TEST_VERSION: Acting =
    Acting { name: "lambdaTestVersionTask", look: |call, services| test_version(call, services).boxed() };

async fn test_version(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (target, wish) = wish(call, services).await?;
    let invocation = Invocation {
        qualifier: Some(wish.version.clone()),
        payload: payload(call, services).await?,
        timeout: timeout(call)?,
        token: format!("{}-{}-test", call.execution.id, call.stage.id),
    };
    let expected = match call.context.get("output") {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => {
            let bytes = content(call, services, "outputArtifact").await?;
            let bytes = bytes.ok_or_else(|| {
                Failure::user("the stage does not say what the version has to answer")
                    .detail("add outputArtifact, or output")
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    target.announce(call, "invokeLambdaFunction", format!("version {}", wish.version)).await?;
    let Some(invoked) = answered(call, &target, &invocation).await? else { return Ok(TaskResult::running()) };
    if invoked.error.is_some() {
        return Err(failed(target.name(), &invoked).detail(format!("alias {} stays as it is", wish.name)));
    }
    let plain = |text: &str| text.chars().filter(|c| !matches!(c, '\n' | '\t' | ' ')).collect::<String>();
    let (wanted, got) = (plain(&expected), plain(&body_of(&invoked.payload)));
    if wanted != got {
        let message = format!("version {} of {} does not answer what was expected", wish.version, target.name());
        return Err(Failure::new(message)
            .detail(format!("expected: {wanted}"))
            .detail(format!("answered: {got}"))
            .detail(format!("alias {} stays as it is", wish.name)));
    }
    Ok(TaskResult::succeeded())
}

const UPDATE: Acting =
    Acting { name: "lambdaTrafficUpdateTask", look: |call, services| update(call, services).boxed() };

async fn update(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (target, mut wish) = wish(call, services).await?;
    let there = target.functions()?.alias(&target.function, &wish.name).await?;
    wish.revision = there.as_ref().map(|there| there.revision.clone()).unwrap_or_default();
    if there.as_ref() != Some(&wish) {
        target.announce(call, "upsertLambdaFunctionAlias", format!("{}: {}", wish.name, wish.told())).await?;
        target.functions()?.put_alias(&target.function, &wish).await?;
    }
    let used = match strategy(call)?.as_str() {
        "$BLUEGREEN" => "BlueGreenDeploymentStrategy",
        "$WEIGHTED" => "WeightedDeploymentStrategy",
        _ => "SimpleDeploymentStrategy",
    };
    let mut result = target.accepted(call, "upsertLambdaFunctionAlias");
    let mut said = vec![
        ("deployment:majorVersionDeployed", wish.version.clone()),
        ("deployment:aliasDeployed", wish.name.clone()),
        ("deployment:strategyUsed", used.to_owned()),
    ];
    said.extend(wish.other.iter().map(|(version, _)| ("deployment:minorVersionDeployed", version.clone())));
    for (key, value) in said {
        result = result.with_context(key, value.as_str()).with_output(key, value);
    }
    Ok(result.with_output("functionName", target.name()))
}
