//! Replaces the instances of a server group a few at a time by new ones made from its launch template as it is now.
//!
//! The provider does it (on AWS an instance refresh); the stage starts it, or finds it running, and waits for its end.
//!
//! ```yaml
//! - name: Renew all
//!   type: rollingPush
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   minHealthyPercentage: 90
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::scaling::{Begun, begin, done, settings};
use super::tasks::{Acting, patient, waiting};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};
use crate::providers::Replacement;

/// Context key of what was started.
const STARTED: &str = "instanceRefreshId";

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    target::TARGET,
    optional("instanceWarmup", Shape::Integer, "seconds a new instance gets before it counts"),
    optional("minHealthyPercentage", Shape::Integer, "share of instances that stay in service, 0-100; 90"),
    optional("skipMatching", Shape::Boolean, "leaves instances alone that are as they should be; false"),
];

/// The `rollingPush` stage.
pub(super) struct RollingPush;

#[async_trait]
impl Stage for RollingPush {
    fn kind(&self) -> &'static str {
        "rollingPush"
    }

    fn source(&self) -> &'static str {
        include_str!("rolling_push.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&START, &WaitForReplacement]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        if reading::filled(call.context, STARTED).is_none() {
            return Vec::new();
        }
        let Ok((cloud, group)) = target::chosen(call, services).await else { return Vec::new() };
        let Ok(scaling) = settings(&cloud) else { return Vec::new() };
        match scaling.cancel_replacement(&group).await {
            Ok(()) => vec![format!("{}: no further instances are replaced", group.name)],
            Err(error) => vec![format!("{}: the replacement of instances goes on: {error}", group.name)],
        }
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[STARTED]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups
            .iter()
            .map(|group| format!("replace {} instances of {}", group.instances.len(), group.name))
            .collect())
    }
}

const START: Acting = Acting { name: "startInstanceRefresh", look: |call, services| start(call, services).boxed() };

async fn start(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let mut preferences = Map::new();
    for key in ["instanceWarmup", "minHealthyPercentage", "skipMatching"] {
        if let Some(value) = call.context.get(key).filter(|value| !value.is_null()) {
            preferences.insert(key.to_owned(), value.clone());
        }
    }
    match begin(call, services, "rollingPush", "").await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            let id = settings(&cloud)?.replace_instances(&group, &preferences).await?;
            Ok(done(call, "rollingPush", &cloud, &group).with_context(STARTED, id))
        }
    }
}

struct WaitForReplacement;

#[async_trait]
impl Task for WaitForReplacement {
    fn name(&self) -> &'static str {
        "waitForInstanceRefresh"
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, wait(call, services).await)
    }
}

async fn wait(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let (_, group) = target::chosen(call, services).await?;
    let id = reading::filled(call.context, STARTED).unwrap_or_default();
    match settings(&cloud)?.replacement(&group, &id).await? {
        Replacement::Done => Ok(TaskResult::succeeded()),
        Replacement::Failed(why) => {
            Err(Failure::new(format!("instances of {} were not all replaced: {why}", group.name)))
        }
        Replacement::Running { percentage, reason } => {
            let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            call.progress(format!("{}: {percentage} % replaced{reason}", group.name));
            Ok(cloud.look_again())
        }
    }
}
