//! Replaces the instances of a server group a few at a time by new ones made from its launch template as it is now.
//!
//! The provider does it (on AWS an instance refresh); the stage starts it, or finds it running, and waits for its end.
//! With a `termination` that names an order, a number, instances or a wait, the stage itself ends instances, so many at
//! once, and goes on when others are up in their place.
//!
//! ```yaml
//! - name: Renew all
//!   type: rollingPush
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   minHealthyPercentage: 90
//! - name: Renew the two oldest
//!   type: rollingPush
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   termination: {order: oldest, totalRelaunches: 2, concurrentRelaunches: 1}
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::scaling::{Begun, begin, done, settings};
use super::tasks::{
    Acting, DETERMINE_TERMINATION_CANDIDATES, RELAUNCH_INSTANCES, RELAUNCHED, TERMINATION, WaitForUpInstances, Waiting,
    relaunches,
};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Map, ServerGroup, Shape, optional};
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
    optional("termination", Shape::Object(TERMINATION), "which instances are replaced, and how many at once"),
];

/// How many of its tasks are those of a replacement that the provider does; the others are the stage's own way.
const REFRESH: usize = 3;

/// What a stage that runs again must find out anew.
const FORGOTTEN: &[&str] = &[STARTED, RELAUNCHED[0], RELAUNCHED[1], RELAUNCHED[2], RELAUNCHED[3], RELAUNCHED[4]];

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
        &[&START, &WAIT_FOR_REPLACEMENT, &WaitForUpInstances, &DETERMINE_TERMINATION_CANDIDATES, &RELAUNCH_INSTANCES]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let (refresh, relaunch) = self.tasks().split_at(REFRESH);
        let tasks = if is_particular(call.context) { relaunch } else { refresh };
        target::plan(call, services, tasks.iter().map(|task| task.name()).collect(), Vec::new()).await
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
        FORGOTTEN
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        let termination = reading::object(call.context, "termination");
        let count = |group: &ServerGroup| match termination.filter(|_| is_particular(call.context)) {
            Some(termination) => relaunches(termination, group.instances.len()),
            None => group.instances.len(),
        };
        Ok(groups.iter().map(|group| format!("replace {} instances of {}", count(group), group.name)).collect())
    }
}

/// Whether `termination` says more than that all are to be replaced, so many at once.
fn is_particular(context: &Map) -> bool {
    let Some(termination) = reading::object(context, "termination") else { return false };
    let has = |key: &str| reading::integer(termination, key).is_some_and(|number| number > 0);
    let all = reading::flag(termination, "relaunchAllInstances");
    has("totalRelaunches") && !all || has("waitTime") || !reading::list(termination, "instances").is_empty()
}

/// The share that stays in service when so many are replaced at once.
fn share_in_service(termination: &Map, size: usize) -> Option<u32> {
    let at_once = reading::integer(termination, "concurrentRelaunches").filter(|count| *count > 0)?;
    let size = i64::try_from(size).ok().filter(|size| *size > 0)?;
    u32::try_from((100 * (size - at_once)).max(0) / size).ok()
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
            let termination = reading::object(call.context, "termination");
            if let Some(termination) = termination.filter(|_| !preferences.contains_key("minHealthyPercentage")) {
                let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
                let size = found.map_or(0, |found| found.instances.len());
                if let Some(share) = share_in_service(termination, size) {
                    preferences.insert("minHealthyPercentage".to_owned(), share.into());
                }
            }
            let id = settings(&cloud)?.replace_instances(&group, &preferences).await?;
            Ok(done(call, "rollingPush", &cloud, &group).with_context(STARTED, id))
        }
    }
}

const WAIT_FOR_REPLACEMENT: Waiting =
    Waiting { name: "waitForInstanceRefresh", look: |call, services| wait(call, services).boxed() };

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::cluster::object;

    #[test]
    fn an_instance_refresh_does_what_a_plain_termination_says() {
        let of = |termination: serde_json::Value| object(json!({"termination": termination}));
        for (termination, particular) in [
            (json!({"relaunchAllInstances": true, "concurrentRelaunches": 2, "order": "oldest"}), false),
            (json!({"relaunchAllInstances": true, "totalRelaunches": 2}), false),
            (json!({"relaunchAllInstances": false, "totalRelaunches": "2"}), true),
            (json!({"relaunchAllInstances": true, "waitTime": 60}), true),
            (json!({"instances": ["i-1"]}), true),
            (json!(null), false),
        ] {
            assert_eq!(is_particular(&of(termination.clone())), particular, "{termination}");
        }
        for (at_once, size, share) in [(1, 3, Some(66)), (3, 3, Some(0)), (5, 3, Some(0)), (1, 0, None), (0, 3, None)] {
            assert_eq!(share_in_service(&object(json!({"concurrentRelaunches": at_once})), size), share);
        }
    }
}
