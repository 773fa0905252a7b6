//! Calls a Lambda function and waits for its answer.
//!
//! The call fails the stage when the function fails: with its own words and the last lines it wrote. Later stages read
//! `invokeResultsList` from its outputs: `body`, `response`, `logs` and `errors` of every call.
//!
//! A call whose answer was lost because the run was killed is made again. Both have the same
//! `clientContext.custom.gennakerInvocation`, by which a function that must not run twice can tell.
//!
//! ```yaml
//! - name: Smoke test
//!   type: Aws.LambdaInvokeStage
//!   account: prod
//!   region: us-east-1
//!   functionName: shop-orders
//!   aliasName: live
//!   payload: {order: 1}
//!   executionCount: 1
//!   timeout: 30
//! ```

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::lambda::{ALIAS_NAME, FUNCTION_NAME, PAYLOAD, PAYLOAD_ARTIFACT, PREFIX, Target, body_of, payload};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, FailureKind, Field, Shape, Unit, optional};
use crate::providers::{Invocation, Invoked};

/// The `lambdaInvoke` stage.
pub(super) struct LambdaInvoke;

/// How long a call may take when the stage does not say: as long as Lambda lets it.
const LONGEST: Duration = Duration::from_secs(900);
/// Lines of a function's log that a failure shows.
const SHOWN: usize = 10;
/// Context key: what the calls gave so far.
const RESULTS: &str = "invokeResultsList";

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    ALIAS_NAME,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("executionCount", Shape::Integer, "how often it is called; 1"),
    FUNCTION_NAME,
    PAYLOAD,
    PAYLOAD_ARTIFACT,
    PREFIX,
    target::REGION,
    optional("timeout", Shape::Duration(Unit::Seconds), "time for an answer; 15 minutes"),
];

#[async_trait]
impl Stage for LambdaInvoke {
    fn kind(&self) -> &'static str {
        "lambdaInvoke"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["Aws.LambdaInvokeStage"]
    }

    fn source(&self) -> &'static str {
        include_str!("lambda_invoke.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&INVOKE]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[RESULTS]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        payload(call, services).await?;
        target.found().await?;
        let times = count(call);
        let plural = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        Ok(vec![format!("call function {} {plural}", target.name())])
    }
}

fn count(call: &Call<'_>) -> usize {
    let count = reading::integer(call.context, "executionCount").unwrap_or(1).max(1);
    usize::try_from(count).unwrap_or(1)
}

const INVOKE: Acting = Acting { name: "lambdaInvokeTask", look: |call, services| invoke(call, services).boxed() };

async fn invoke(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let done = reading::list(call.context, RESULTS).to_vec();
    let total = count(call);
    if done.len() >= total {
        return Ok(finished(done));
    }
    if done.is_empty() {
        target.found().await?;
    }
    let invocation = Invocation {
        qualifier: reading::filled(call.context, "aliasName"),
        payload: payload(call, services).await?,
        timeout: timeout(call)?,
        token: format!("{}-{}-{}", call.execution.id, call.stage.id, done.len() + 1),
    };
    target.announce(call, "invokeLambdaFunction", format!("{} of {total}", done.len() + 1)).await?;
    call.progress(format!("{} is called, {} of {total}", target.name(), done.len() + 1));
    let Some(invoked) = answered(call, &target, &invocation).await? else { return Ok(TaskResult::running()) };
    if invoked.error.is_some() {
        return Err(failed(target.name(), &invoked));
    }
    let mut done = done;
    done.push(shown(&invoked));
    if done.len() == total {
        return Ok(finished(done));
    }
    // One call a look, so that what was answered is on record before the next.
    Ok(TaskResult::running().retry_in(Duration::ZERO).with_context(RESULTS, done))
}

fn finished(results: Vec<Value>) -> TaskResult {
    TaskResult::succeeded().with_context(RESULTS, results.clone()).with_output(RESULTS, results)
}

pub(super) fn timeout(call: &Call<'_>) -> Result<Duration, Failure> {
    let given = reading::duration(call.context, "timeout", Unit::Seconds)?;
    Ok(given.filter(|time| !time.is_zero()).unwrap_or(LONGEST).min(LONGEST))
}

/// One call of the function; `None` when the stage is to end before there is an answer.
pub(super) async fn answered(
    call: &Call<'_>,
    target: &Target,
    invocation: &Invocation,
) -> Result<Option<Invoked>, Failure> {
    let functions = target.functions()?;
    let invoked = tokio::select! {
        invoked = functions.invoke(&target.function, invocation) => invoked,
        () = call.stop.cancelled() => return Ok(None),
    };
    let seconds = invocation.timeout.as_secs();
    match invoked {
        // Whether it ran is not known: it is not called once more by itself.
        Err(mut error) if error.kind == crate::providers::ErrorKind::Unavailable => {
            error.retryable = false;
            let failure = Failure::from(error).of_kind(FailureKind::Timeout);
            Err(failure.detail(format!("it had {seconds} s: 'timeout'; it may have done its work nevertheless")))
        }
        other => Ok(Some(other?)),
    }
}

pub(super) fn failed(name: &str, invoked: &Invoked) -> Failure {
    let error = invoked.error.clone().unwrap_or_default();
    let failure = Failure::new(format!("function {name}, version {}: {error}", invoked.version));
    let from = invoked.logs.len().saturating_sub(SHOWN);
    invoked.logs[from..].iter().fold(failure, |failure, line| failure.detail(line.clone()))
}

fn shown(invoked: &Invoked) -> Value {
    json!({
        "body": body_of(&invoked.payload), "response": invoked.payload, "logs": invoked.logs.join("\n"),
        "executedVersion": invoked.version,
    })
}
