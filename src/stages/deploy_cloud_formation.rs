//! Makes a CloudFormation stack, or changes it to what the stage says, and waits until it is so.
//!
//! The template is written in the stage or taken from an artifact; one in a bucket (`s3://…`) is read by CloudFormation
//! itself. What happens to its resources is shown while it waits. When it fails, it says which resource failed first
//! and why; CloudFormation restores what was before. Values under `parameters` may be `{fromEnv: NAME}` or
//! `{fromFile: path}`: these are never recorded.
//!
//! With `isChangeSet` only a change set is made, which later stages see in its outputs. With `executeChangeSet` it is
//! carried out as well, unless it would put a new resource in the place of an old one: then `actionOnReplacement`
//! decides. `ask` waits for `gennaker judge <execution> <stage> continue --input execute` (or `skip`; `stop` fails
//! the stage). A change set without changes is removed again.
//!
//! The stack's outputs are `outputs` of the stage: `${#stage('Queues')['outputs']['outputs']['Url']}`.
//!
//! ```yaml
//! - name: Queues
//!   type: deployCloudFormation
//!   account: prod
//!   regions: [us-east-1]
//!   stackName: shop-queues
//!   source: text
//!   templateBody: |
//!     Parameters:
//!       Name: {Type: String}
//!     Resources:
//!       Orders:
//!         Type: AWS::SQS::Queue
//!         Properties: {QueueName: !Ref Name}
//!     Outputs:
//!       Url: {Value: !Ref Orders}
//!   parameters: {Name: shop-orders}
//!   tags: {team: shop}
//! ```

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::json;

use super::cloud_formation::{
    CHANGE_SET_NAME, REGIONS, STACK_ID, STACK_NAME, TOKEN, Target, change_set_name, outputs, settled, token, wish,
};
use super::judges::may_judge;
use super::tasks::{Acting, Waiting, patient, waiting};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Awaits, Call, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, FailureKind, Field, Shape, optional};
use crate::providers::{Accepted, ChangeSet, StackPhase};

/// The `deployCloudFormation` stage.
pub(super) struct DeployCloudFormation;

/// Context key: there is nothing to change, so the change set is removed.
const DELETE: &str = "deleteChangeSet";
/// Context key: the change set puts new resources in the place of old ones.
const REPLACES: &str = "changeSetContainsReplacement";
/// Context key: what is to be done then.
const CHOICE: &str = "changeSetExecutionChoice";
const CHOICES: &[&str] = &["execute", "fail", "skip"];
/// Name of the task that may ask somebody.
pub(super) const EVALUATE: &str = "evaluateCloudFormationChangeSetExecution";

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional(
        "actionOnReplacement",
        Shape::OneOf(&["ask", "execute", "fail", "skip"]),
        "what is done with a change set that replaces resources; ask",
    ),
    optional("capabilities", Shape::List(&Shape::Text), "what the template is allowed to make: CAPABILITY_IAM, …"),
    CHANGE_SET_NAME,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("executeChangeSet", Shape::Boolean, "carries the change set out; false"),
    optional("isChangeSet", Shape::Boolean, "makes a change set instead of changing the stack; false"),
    optional("notificationARNs", Shape::List(&Shape::Text), "topics that are told of events"),
    optional("parameters", Shape::Map, "values of the template's parameters"),
    REGIONS,
    optional("roleARN", Shape::Text, "role CloudFormation acts as; the account's own when left out"),
    optional("source", Shape::OneOf(&["artifact", "text"]), "where the template is; text"),
    optional("stackArtifact", Shape::Map, "artifact with the template"),
    optional("stackArtifactAccount", Shape::Text, "account it is fetched with"),
    optional("stackArtifactId", Shape::Text, "the same by the id of an expected artifact"),
    STACK_NAME,
    optional("tags", Shape::Map, "its tags"),
    optional("templateBody", Shape::Any, "the template: text or an object"),
];

#[async_trait]
impl Stage for DeployCloudFormation {
    fn kind(&self) -> &'static str {
        "deployCloudFormation"
    }

    fn source(&self) -> &'static str {
        include_str!("deploy_cloud_formation.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DEPLOY, &WaitForCompletion, &PROPOSE, &WAIT_FOR_CHANGE_SET, &DISCARD, &Evaluate, &EXECUTE, &WaitForExecution]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[STACK_ID, TOKEN, DELETE, REPLACES, CHOICE, "judgmentStatus", "judgmentInput", "lastModifiedBy"]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Target::of(call, services)?;
        if !reading::flag(call.context, "isChangeSet") {
            return Ok(Plan::of_tasks([DEPLOY.name(), WaitForCompletion.name()]));
        }
        let mut names = vec![PROPOSE.name(), WAIT_FOR_CHANGE_SET.name, DISCARD.name()];
        if reading::flag(call.context, "executeChangeSet") {
            names.extend([Evaluate.name(), EXECUTE.name(), WaitForExecution.name()]);
        }
        let mut plan = Plan::of_tasks(names);
        // Recorded, so that a restart and the judge see the same name.
        plan.context.insert("changeSetName".to_owned(), change_set_name(call).into());
        Ok(plan)
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let target = Target::of(call, services)?;
        let mut lines = target.stacks()?.foresee(&wish(call, services, &target).await?).await?;
        if reading::flag(call.context, "isChangeSet") {
            let verb = if reading::flag(call.context, "executeChangeSet") { "make and execute" } else { "make" };
            lines.insert(0, format!("{verb} change set {}:", change_set_name(call)));
        }
        Ok(lines)
    }
}

const DEPLOY: Acting = Acting { name: "deployCloudFormation", look: |call, services| deploy(call, services).boxed() };

async fn deploy(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let wish = wish(call, services, &target).await?;
    call.mutation("deployCloudFormation", target.path(), "").await?;
    let accepted = target.stacks()?.deploy(&wish).await?;
    if let Accepted::Unchanged(_) = accepted {
        call.progress(format!("stack {} is as it should be", target.name));
    }
    Ok(target.accepted(call, "deployCloudFormation", accepted).with_context(TOKEN, wish.token))
}

struct WaitForCompletion;

#[async_trait]
impl Task for WaitForCompletion {
    fn name(&self) -> &'static str {
        "waitForCloudFormationCompletion"
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let looked = async { settled(call, &Target::of(call, services)?, false).await };
        patient(call, looked.await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        still_busy(call, services).await
    }
}

/// What a stack was busy with when time ran out.
async fn still_busy(call: &Call<'_>, services: &Services) -> Option<Failure> {
    let target = Target::of(call, services).ok()?;
    let stacks = target.stacks().ok()?;
    let stack = stacks.get(&target.location, &target.stack_id(call)).await.ok()??;
    let events = stacks.events(&stack.location, &stack.id, None).await.unwrap_or_default();
    let failure = Failure::new(format!("stack {} is still {} after the stage's time", stack.name, stack.status));
    let told = events.iter().rev().take(3).map(|event| event.told());
    Some(told.fold(failure.of_kind(FailureKind::Timeout), Failure::detail))
}

const PROPOSE: Acting =
    Acting { name: "createCloudFormationChangeSet", look: |call, services| propose(call, services).boxed() };

async fn propose(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let wish = wish(call, services, &target).await?;
    let name = change_set_name(call);
    call.mutation("createCloudFormationChangeSet", target.path(), name.as_str()).await?;
    let accepted = target.stacks()?.propose(&wish, &name).await?;
    Ok(target.accepted(call, "deployCloudFormation", accepted).with_context("changeSetName", name))
}

/// The stage's change set; a failure when it is gone.
async fn change_set(call: &Call<'_>, target: &Target) -> Result<ChangeSet, Failure> {
    let name = change_set_name(call);
    let found = target.stacks()?.change_set(&target.location, &target.stack_id(call), &name).await?;
    found.ok_or_else(|| {
        Failure::new(format!("change set {name} of stack {} is gone", target.name))
            .detail("somebody deleted or executed it while the stage waited")
    })
}

fn replaces(set: &ChangeSet) -> Vec<String> {
    let replaced = set.changes.iter().filter(|change| change.replacement == "True");
    replaced.map(|change| format!("{} ({})", change.resource, change.kind)).collect()
}

const WAIT_FOR_CHANGE_SET: Waiting =
    Waiting { name: "waitForCloudFormationChangeSet", look: |call, services| worked_out(call, services).boxed() };

async fn worked_out(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let set = change_set(call, &target).await?;
    if set.phase == StackPhase::Busy {
        call.progress(format!("change set {} is {}", set.name, set.status));
        return Ok(target.cloud.look_again());
    }
    if set.phase == StackPhase::Failed && !set.is_empty {
        let reason = set.reason.unwrap_or_else(|| set.status.clone());
        return Err(Failure::new(format!("change set {} of stack {}: {reason}", set.name, target.name)));
    }
    let stack = target.stacks()?.get(&target.location, &set.stack_id).await?;
    let shown = stack.map(|stack| outputs(&target, &stack, Some(&set))).unwrap_or_default();
    let replaced = replaces(&set);
    let mut result = TaskResult { outputs: shown, ..TaskResult::succeeded() };
    result = result.with_context(DELETE, set.is_empty).with_context(REPLACES, !replaced.is_empty());
    let asks = reading::filled(call.context, "actionOnReplacement").is_none_or(|word| word == "ask");
    if asks && !replaced.is_empty() {
        let question = format!(
            "change set {} replaces {}: what is in them is lost. continue --input execute or skip, or stop",
            set.name,
            replaced.join(", ")
        );
        let inputs = json!([{"value": "execute"}, {"value": "skip"}]);
        result = result.with_context("instructions", question).with_context("judgmentInputs", inputs);
    }
    Ok(result)
}

const DISCARD: Acting =
    Acting { name: "deleteCloudFormationChangeSet", look: |call, services| discard(call, services).boxed() };

async fn discard(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if !reading::flag(call.context, DELETE) {
        return Ok(TaskResult::succeeded());
    }
    let target = Target::of(call, services)?;
    let name = change_set_name(call);
    call.progress(format!("change set {name} changes nothing"));
    call.mutation("deleteCloudFormationChangeSet", target.path(), name.as_str()).await?;
    target.stacks()?.discard(&target.location, &target.stack_id(call), &name).await?;
    Ok(TaskResult::succeeded())
}

struct Evaluate;

#[async_trait]
impl Task for Evaluate {
    fn name(&self) -> &'static str {
        EVALUATE
    }

    fn policy(&self) -> TaskPolicy {
        let three_days = Duration::from_secs(3 * 24 * 3600);
        TaskPolicy { timeout: Some(three_days), overridable: true, backoff: Duration::from_millis(500), pure: true }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        evaluate(call, services).into()
    }
}

/// What is to be done with a change set that replaces resources, as soon as it is known.
fn evaluate(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let action = reading::filled(call.context, "actionOnReplacement").unwrap_or_else(|| "ask".to_owned());
    if action != "ask" || !reading::flag(call.context, REPLACES) {
        return Ok(TaskResult::succeeded());
    }
    let chosen = reading::filled(call.context, CHOICE).filter(|word| CHOICES.contains(&word.as_str()));
    if let Some(word) = chosen {
        return Ok(TaskResult::succeeded().with_context(CHOICE, word));
    }
    let question = reading::filled(call.context, "instructions").unwrap_or_default();
    let waits = || TaskResult { awaits: Some(Awaits::Judgment), ..TaskResult::running() };
    let by = reading::filled(call.context, "lastModifiedBy");
    let word = reading::filled(call.context, "judgmentStatus").unwrap_or_default().to_ascii_lowercase();
    let input = reading::filled(call.context, "judgmentInput");
    match (word.as_str(), input.as_deref()) {
        ("continue" | "stop", _) if may_judge(&services.roles, call.context, by.as_deref()).is_err() => {
            call.progress("the word of somebody who may not judge does not count");
            Ok(waits().with_context("judgmentStatus", ""))
        }
        ("stop", _) => Ok(TaskResult::succeeded().with_context(CHOICE, "fail")),
        ("continue", Some(word @ ("execute" | "skip"))) => Ok(TaskResult::succeeded().with_context(CHOICE, word)),
        _ => {
            call.progress(question);
            Ok(waits())
        }
    }
}

const EXECUTE: Acting =
    Acting { name: "executeCloudFormationChangeSet", look: |call, services| execute(call, services).boxed() };

async fn execute(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let target = Target::of(call, services)?;
    let name = change_set_name(call);
    if reading::flag(call.context, DELETE) {
        return Ok(TaskResult::succeeded());
    }
    if reading::flag(call.context, REPLACES) {
        let action = [CHOICE, "actionOnReplacement"];
        match action.iter().find_map(|key| reading::filled(call.context, key)).as_deref() {
            Some("execute") => {}
            Some("skip") => {
                call.progress(format!("change set {name} replaces resources and is left as it is"));
                return Ok(TaskResult::succeeded().with_context("changeSetSkipped", true));
            }
            Some("fail") if reading::filled(call.context, CHOICE).is_some() => {
                let by = reading::filled(call.context, "lastModifiedBy").unwrap_or_else(|| "somebody".to_owned());
                return Err(Failure::new(format!("change set {name} of stack {} was stopped by {by}", target.name)));
            }
            _ => {
                return Err(Failure::new(format!("change set {name} of stack {} replaces resources", target.name))
                    .detail("add actionOnReplacement: execute to let it, or ask, or skip"));
            }
        }
    }
    let token = token(call, "execute");
    call.mutation("executeCloudFormationChangeSet", target.path(), name.as_str()).await?;
    let accepted = target.stacks()?.execute(&target.location, &target.stack_id(call), &name, &token).await?;
    let result = target.accepted(call, "executeCloudFormationChangeSet", accepted);
    Ok(result.with_context(TOKEN, token).with_context("isChangeSetExecution", true))
}

struct WaitForExecution;

#[async_trait]
impl Task for WaitForExecution {
    fn name(&self) -> &'static str {
        "waitForCloudFormationExecution"
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        if !reading::flag(call.context, "isChangeSetExecution") {
            return TaskResult::succeeded();
        }
        let looked = async { settled(call, &Target::of(call, services)?, false).await };
        patient(call, looked.await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        still_busy(call, services).await
    }
}
