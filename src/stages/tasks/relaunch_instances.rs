//! Ends instances of a server group, so many at once, and waits each time until others are up in their place.
//!
//! What is to end is chosen once and recorded; each phase is recorded before it begins, so that one that was cut short
//! is gone on with and not begun again.

use futures_util::FutureExt;
use serde_json::Value;

use super::Acting;
use super::wait_for_up_instances::instances_up;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Instance, Map, Shape, Unit, optional};
use crate::stages::{Services, cloud, cluster, instances, operation, reading, target};

/// Keys of `termination`.
pub(crate) const TERMINATION: &[Field] = &[
    optional("concurrentRelaunches", Shape::Integer, "instances replaced at once; 1"),
    optional("instances", Shape::List(&Shape::Text), "the instances; all of the server group when left out"),
    optional("order", Shape::OneOf(&["given", "newest", "oldest"]), "which first; oldest"),
    optional("relaunchAllInstances", Shape::Boolean, "replaces all of them; false"),
    optional("totalRelaunches", Shape::Integer, "how many of them"),
    optional("waitTime", Shape::Duration(Unit::Seconds), "wait before each phase but the first"),
];

/// Instances that are still to end.
const LEFT: &str = "terminationInstanceIds";
/// Instances of the server group before the first ended.
const KNOWN: &str = "knownInstanceIds";
/// Instances of the phase that runs.
const PHASE: &str = "terminate.instance.ids";
/// Whether those were told to end.
const TOLD: &str = "terminate.told";
/// When the last phase was over.
const OVER: &str = "terminate.over";

/// All of these, for a stage that runs again.
pub(crate) const RELAUNCHED: [&str; 5] = [LEFT, KNOWN, PHASE, TOLD, OVER];

/// Chooses what is to end.
pub(crate) const DETERMINE_TERMINATION_CANDIDATES: Acting =
    Acting { name: "determineTerminationCandidates", look: |call, services| choose(call, services).boxed() };

/// Ends them.
pub(crate) const RELAUNCH_INSTANCES: Acting =
    Acting { name: "relaunchInstances", look: |call, services| relaunch(call, services).boxed() };

/// How many of a pool of this size are replaced.
pub(crate) fn relaunches(termination: &Map, pool: usize) -> usize {
    let total = reading::integer(termination, "totalRelaunches").filter(|total| *total > 0);
    match total.filter(|_| !reading::flag(termination, "relaunchAllInstances")) {
        Some(total) => pool.min(usize::try_from(total).unwrap_or(usize::MAX)),
        None => pool,
    }
}

fn termination(call: &Call<'_>) -> Map {
    reading::object(call.context, "termination").cloned().unwrap_or_default()
}

async fn choose(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (cloud, group, found) = target::current(call, services).await?;
    let name = target::cluster_of(&group);
    if let Some(waiting) = cluster::lock(call, services, &cloud, &group.location, &name).await? {
        return Ok(waiting);
    }
    let found = found.ok_or_else(|| target::gone(&group))?;
    let (known, chosen) = candidates(&termination(call), found.instances);
    call.progress(format!("{}: {} of {} instances are replaced", group.name, chosen.len(), known.len()));
    Ok(TaskResult::succeeded().with_context(LEFT, chosen).with_context(KNOWN, known))
}

/// All instances in order, and those to end.
fn candidates(termination: &Map, mut all: Vec<Instance>) -> (Vec<String>, Vec<String>) {
    all.sort_by(|a, b| (a.launch_time, &a.id).cmp(&(b.launch_time, &b.id)));
    let order = reading::text(termination, "order").unwrap_or_default();
    if order == "newest" {
        all.reverse();
    }
    let known: Vec<String> = all.into_iter().map(|instance| instance.id).collect();
    let named = cloud::texts(termination, "instances");
    let mut pool: Vec<String> = known.iter().filter(|id| named.is_empty() || named.contains(id)).cloned().collect();
    if order == "given" {
        pool.sort_by_key(|id| named.iter().position(|one| one == id));
    }
    pool.truncate(relaunches(termination, pool.len()));
    (known, pool)
}

async fn relaunch(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (left, phase) = (cloud::texts(call.context, LEFT), cloud::texts(call.context, PHASE));
    match phase.is_empty() {
        true if left.is_empty() => Ok(TaskResult::succeeded()),
        true => next_phase(call, left),
        false if reading::flag(call.context, TOLD) => see_through(call, services, &phase).await,
        false => end(call, services, &phase).await,
    }
}

/// Records what ends next, after the wait between two phases.
fn next_phase(call: &Call<'_>, mut left: Vec<String>) -> Result<TaskResult, Failure> {
    let termination = termination(call);
    let wait = reading::duration(&termination, "waitTime", Unit::Seconds)?.unwrap_or_default();
    let over = reading::integer(call.context, OVER).unwrap_or(0);
    let waited = call.now.saturating_sub(over);
    if waited < reading::millis(wait) {
        call.progress(format!("waiting {} s before the next instances end", (reading::millis(wait) - waited) / 1000));
        return Ok(TaskResult::running().retry_in(wait.min(std::time::Duration::from_secs(5))));
    }
    let at_once = reading::integer(&termination, "concurrentRelaunches").and_then(|n| usize::try_from(n).ok());
    let rest = left.split_off(left.len().min(at_once.unwrap_or(1).max(1)));
    let now = TaskResult::running().retry_in(std::time::Duration::ZERO);
    Ok(now.with_context(PHASE, left).with_context(LEFT, rest).with_context(TOLD, false))
}

async fn end(call: &Call<'_>, services: &Services, phase: &[String]) -> Result<TaskResult, Failure> {
    let (cloud, group) = target::chosen(call, services).await?;
    let provider = cloud.instances()?;
    instances::guard(services, &cloud, &group.location, phase, "terminate the last instances of").await?;
    instances::announce(call, "terminateInstances", (&cloud, &group.location), phase, "").await?;
    provider.terminate(&group.location, phase).await?;
    let done = operation::accepted(call, "terminateInstances", &cloud, std::slice::from_ref(&group));
    let again = TaskResult { context: done.context, ..cloud.look_again() };
    Ok(target::with_names(again, &group).with_context(TOLD, true))
}

/// The phase is over when its instances are gone and as many as there should be are up.
async fn see_through(call: &Call<'_>, services: &Services, phase: &[String]) -> Result<TaskResult, Failure> {
    let (cloud, group, found) = target::current(call, services).await?;
    let found = found.ok_or_else(|| target::gone(&group))?;
    if let Some(still) = found.instances.iter().find(|instance| phase.contains(&instance.id)) {
        call.progress(format!("{}: instance {} has not ended yet", group.name, still.id));
        return Ok(cloud.look_again());
    }
    let looked = instances_up(call, &cloud, &found).await?;
    if super::is_unfinished(&looked) {
        return Ok(looked);
    }
    let over = TaskResult::running().retry_in(std::time::Duration::ZERO);
    Ok(over.with_context(PHASE, Vec::<Value>::new()).with_context(OVER, call.now).with_context(TOLD, false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::cluster::object;

    #[test]
    fn candidates_are_chosen_as_orca_chooses_them() {
        let instance = |id: &str, at: i64| Instance { id: id.to_owned(), launch_time: Some(at), ..Instance::default() };
        let all = vec![instance("b", 2), instance("c", 3), instance("a", 1)];
        for (termination, expected) in [
            (json!({"totalRelaunches": 2}), vec!["a", "b"]),
            (json!({"totalRelaunches": 2, "order": "newest"}), vec!["c", "b"]),
            (json!({"totalRelaunches": 1, "relaunchAllInstances": true}), vec!["a", "b", "c"]),
            (json!({"instances": ["c", "x", "a"]}), vec!["a", "c"]),
            (json!({"instances": ["c", "x", "a"], "order": "given"}), vec!["c", "a"]),
            (json!({}), vec!["a", "b", "c"]),
        ] {
            assert_eq!(candidates(&object(termination.clone()), all.clone()).1, expected, "{termination}");
        }
    }
}
