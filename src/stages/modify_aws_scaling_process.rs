//! Suspends or resumes scaling processes of a server group and waits until they are so.
//!
//! ```yaml
//! - name: No replacements tonight
//!   type: modifyAwsScalingProcess
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   action: suspend
//!   processes: [ReplaceUnhealthy]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::texts;
use super::scaling::{Begun, begin, done, settings};
use super::tasks::{Acting, Waiting};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    required("action", Shape::OneOf(&["resume", "suspend"]), "what happens to the processes"),
    required("processes", Shape::List(&Shape::Text), "names of the processes: Launch, Terminate, AddToLoadBalancer, …"),
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    target::TARGET,
];

/// The `modifyAwsScalingProcess` stage.
pub(super) struct ModifyAwsScalingProcess;

#[async_trait]
impl Stage for ModifyAwsScalingProcess {
    fn kind(&self) -> &'static str {
        "modifyAwsScalingProcess"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["modifyScalingProcess"]
    }

    fn source(&self) -> &'static str {
        include_str!("modify_aws_scaling_process.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&MODIFY, &WAIT_FOR_PROCESSES]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("change scaling processes of {}", group.name)).collect())
    }
}

/// Names of the processes, and whether they are suspended.
fn wish(call: &Call<'_>) -> Result<(Vec<String>, bool), Failure> {
    let suspend = match reading::filled(call.context, "action").as_deref() {
        Some("suspend") => true,
        Some("resume") => false,
        _ => return Err(Failure::user("the stage does not say what to do").detail("add action: suspend, or resume")),
    };
    match texts(call.context, "processes") {
        names if names.is_empty() => {
            Err(Failure::user("the stage names no processes").detail("add processes: [<name>, …]"))
        }
        names => Ok((names, suspend)),
    }
}

const MODIFY: Acting = Acting { name: "modifyScalingProcess", look: |call, services| modify(call, services).boxed() };

async fn modify(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (names, suspend) = wish(call)?;
    let verb = if suspend { "suspendProcesses" } else { "resumeProcesses" };
    match begin(call, services, verb, names.join(", ")).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            settings(&cloud)?.set_processes(&group, &names, suspend).await?;
            Ok(done(call, verb, &cloud, &group))
        }
    }
}

const WAIT_FOR_PROCESSES: Waiting =
    Waiting { name: "waitForScalingProcess", look: |call, services| wait(call, services).boxed() };

async fn wait(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (names, suspend) = wish(call)?;
    let (cloud, group) = target::chosen(call, services).await?;
    let suspended = settings(&cloud)?.processes(&group).await?;
    match names.iter().find(|name| suspended.contains(name) != suspend) {
        None => Ok(TaskResult::succeeded()),
        Some(name) => {
            call.progress(format!("{}: process {name} is not changed yet", group.name));
            Ok(cloud.look_again())
        }
    }
}
