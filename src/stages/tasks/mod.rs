//! Tasks that several stage types share, one a file.

mod act_on_manifest;
mod act_on_target;
mod bind_produced_artifacts;
mod choose_manifest_versions;
mod choose_server_group_name;
mod clean_up_manifest_versions;
mod cluster_wide;
mod create_server_group;
mod deploy_manifest;
mod describe_source_server_group;
mod determine_health_providers;
mod determine_source_server_group;
mod monitor_deploy;
mod read_traffic;
mod relaunch_instances;
mod resolve_manifest_source;
mod resolve_target_manifest;
mod run_job;
mod version_services;
mod wait_for_capacity_match;
mod wait_for_destroyed;
mod wait_for_disabled;
mod wait_for_manifest_stable;
mod wait_for_up_instances;

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

pub(crate) use self::act_on_manifest::{ManifestDeed, act_on_manifest};
pub(crate) use self::act_on_target::{Deed, act_on_target};
pub(crate) use self::bind_produced_artifacts::{BindProducedArtifacts, bound, bound_ahead};
pub(crate) use self::choose_manifest_versions::{
    ChooseManifestVersions, Strategy as ManifestStrategy, Traffic as ManifestTraffic,
    description as manifest_description,
};
pub(crate) use self::choose_server_group_name::{CHOOSE_SERVER_GROUP_NAME, CHOSEN};
pub(crate) use self::clean_up_manifest_versions::CLEAN_UP_MANIFEST_VERSIONS;
pub(crate) use self::cluster_wide::{ActOnSelected, SelectServerGroups, WaitForSelected, selected_now};
pub(crate) use self::create_server_group::{CREATE_SERVER_GROUP_TASK, capacity_of, description, over_source};
pub(crate) use self::deploy_manifest::DEPLOY_MANIFEST_TASK;
pub(crate) use self::describe_source_server_group::{DESCRIBE_SOURCE_SERVER_GROUP, cloned};
pub(crate) use self::determine_health_providers::DetermineHealthProviders;
pub(crate) use self::determine_source_server_group::DETERMINE_SOURCE_SERVER_GROUP;
pub(crate) use self::monitor_deploy::MONITOR_DEPLOY;
pub(crate) use self::read_traffic::READ_TRAFFIC;
pub(crate) use self::relaunch_instances::{
    DETERMINE_TERMINATION_CANDIDATES, RELAUNCH_INSTANCES, RELAUNCHED, TERMINATION, relaunches,
};
pub(crate) use self::resolve_manifest_source::RESOLVE_MANIFEST_SOURCE;
pub(crate) use self::resolve_target_manifest::RESOLVE_TARGET_MANIFEST;
pub(crate) use self::run_job::{CONSUME_JOB_OUTPUT, MonitorJob, START_JOB, job_target, only_jobs};
pub(crate) use self::version_services::{MAKE_VERSION_SERVICE, TELL_VERSIONS_APART, still_serves};
pub(crate) use self::wait_for_capacity_match::WaitForCapacityMatch;
pub(crate) use self::wait_for_destroyed::WaitForDestroyed;
pub(crate) use self::wait_for_disabled::WAIT_FOR_DISABLED;
pub(crate) use self::wait_for_manifest_stable::WaitForManifestStable;
pub(crate) use self::wait_for_up_instances::WaitForUpInstances;
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Map, Status};
use crate::stages::cloud::Cloud;
use crate::stages::{Services, Task, reading};

/// How long a cloud that refuses for the moment is asked again.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// How long an account may take to answer at all, once a task ran out of time.
const REACH_LIMIT: Duration = Duration::from_secs(3);

/// How a task that asks a cloud for something is polled. It may have to wait for its cluster, which takes as long as
/// it takes: its own time limit only counts refusals ([`patient`]).
pub(crate) fn acting() -> TaskPolicy {
    TaskPolicy { backoff: Duration::from_secs(5), ..TaskPolicy::default() }
}

/// One look at a task, boxed.
pub(crate) type Look = for<'a> fn(&'a Call<'a>, &'a Services) -> BoxFuture<'a, Result<TaskResult, Failure>>;

/// A task that asks a cloud for something: polled as [`acting`] says, and [`patient`].
pub(crate) struct Acting {
    pub(crate) name: &'static str,
    pub(crate) look: Look,
}

#[async_trait]
impl Task for Acting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, (self.look)(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        unreachable(call, services).await
    }
}

/// A task that waits for what was asked for: polled as [`waiting`] says, and [`patient`].
pub(crate) struct Waiting {
    pub(crate) name: &'static str,
    pub(crate) look: Look,
}

#[async_trait]
impl Task for Waiting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, (self.look)(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        unreachable(call, services).await
    }
}

/// Why an account does not answer, naming where it was asked; `None` when it does.
pub(crate) async fn unreachable(call: &Call<'_>, services: &Services) -> Option<Failure> {
    let cloud = Cloud::of(call.context, services).ok()?;
    let error = cloud.provider.checks()?.reach(REACH_LIMIT).await.err()?;
    Some(error.into())
}

/// How a task that waits for instances is polled.
pub(crate) fn waiting() -> TaskPolicy {
    let two_hours = Duration::from_secs(2 * 60 * 60);
    TaskPolicy { timeout: Some(two_hours), overridable: true, ..acting() }
}

/// What a look came to; one that failed for the moment is repeated.
pub(crate) fn patient(call: &Call<'_>, looked: Result<TaskResult, Failure>) -> TaskResult {
    match looked {
        Err(failure) if failure.retryable && call.now.saturating_sub(call.started) < reading::millis(PATIENCE) => {
            call.progress(failure.message);
            TaskResult::running().with_unmade(failure.unmade)
        }
        other => other.into(),
    }
}

/// The result with only those context keys that say something new, so that a look at an unchanged world records
/// nothing.
pub(crate) fn only_news(call: &Call<'_>, mut result: TaskResult) -> TaskResult {
    let news: Map = std::mem::take(&mut result.context)
        .into_iter()
        .filter(|(key, value)| call.stage.context.get(key) != Some(value))
        .collect();
    result.context = news;
    result
}

/// Whether a result ends a look before its time: the task waits or failed.
pub(crate) fn is_unfinished(result: &TaskResult) -> bool {
    result.status != Status::Succeeded
}
