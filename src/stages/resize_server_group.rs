//! Changes the size of a server group and waits until it has it.
//!
//! `action` says how the new size is found:
//!
//! - `scale_exact` (the default): the numbers of `capacity`; what it leaves out stays as it is.
//! - `scale_up`, `scale_down`: all three numbers move by `scaleNum` or by `scalePct` percent, never below 0.
//! - `scale_to_cluster`: the largest numbers found in the cluster, and so much more.
//! - `scale_to_server_group`: the numbers of `source`.
//!
//! ```yaml
//! - name: Grow
//!   type: resizeServerGroup
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   action: scale_up
//!   scaleNum: 1
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::Value;

use super::capacity::{self, ACTIONS, Action, words};
use super::cluster::{CAPACITY, Cluster};
use super::forecast::Change;
use super::tasks::{Acting, Deed, DetermineHealthProviders, WaitForCapacityMatch, act_on_target};
use super::{Services, Stage, Task, reading, source, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Capacity, Failure, Field, Map, ServerGroup, Shape, joined, optional, parse_name};

/// The `resizeServerGroup` stage.
pub(super) struct ResizeServerGroup;

#[async_trait]
impl Stage for ResizeServerGroup {
    fn kind(&self) -> &'static str {
        "resizeServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("resize_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineHealthProviders, &CALCULATE_CAPACITY, &RESIZE, &WaitForCapacityMatch]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Action::of(call.context)?;
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        preview_resize(call, services).await
    }
}

/// Fields of the stages that change a size.
pub(crate) const FIELDS: &[Field] = &joined::<11, 13, 24>(
    [
        optional("action", Shape::OneOf(ACTIONS), "how the new size is found; scale_exact"),
        optional("capacity", Shape::Object(CAPACITY), "the new size, for scale_exact"),
        target::HEALTH_PROVIDERS,
        optional("pinCapacity", Shape::Boolean, "makes all three numbers the wished one"),
        optional("pinMinimumCapacity", Shape::Boolean, "makes the lower bound the wished number"),
        optional(
            "resizeType",
            Shape::OneOf(&["exact", "incr", "pct"]),
            "what the editor showed; the keys below decide",
        ),
        optional("scaleNum", Shape::Integer, "so many instances more or less"),
        optional("scalePct", Shape::Integer, "so many percent more or less; of the size for the other actions"),
        optional("source", Shape::Map, "server group whose size is taken, for scale_to_server_group"),
        target::TARGET_HEALTHY,
        optional("unpinMinimumCapacity", Shape::Boolean, "gives the lower bound it had before it was pinned"),
    ],
    target::SERVER_GROUP,
);

/// The size a server group is to get.
pub(crate) async fn wished(
    call: &Call<'_>,
    services: &Services,
    context: &Map,
    group: &ServerGroup,
) -> Result<Capacity, Failure> {
    let original = original_minimum(call, context);
    match Action::of(context)? {
        Action::Exact => Ok(capacity::exact(context, group.capacity, original)),
        Action::Up => Ok(capacity::stepped(context, group.capacity, true)),
        Action::Down => Ok(capacity::stepped(context, group.capacity, false)),
        Action::ToCluster => {
            let mut named = context.clone();
            if super::cluster::name(context).is_none() {
                let name = parse_name(&group.name).cluster.unwrap_or_else(|| group.name.clone());
                named.insert("cluster".to_owned(), Value::String(name));
            }
            let cluster = Cluster::of(call.execution, &named, services)?;
            let groups = cluster.groups(&group.region).await?;
            Ok(capacity::cluster_wide(context, groups.into_iter().map(|group| group.capacity)))
        }
        Action::ToServerGroup => {
            let cloud = super::cloud::Cloud::of(context, services)?;
            let source = source::of(&cloud, context).ok_or_else(|| {
                Failure::user("scale_to_server_group needs 'source'")
                    .detail("add source: {serverGroupName, region, credentials}")
            })?;
            let found = cloud.server_groups()?.get(&source.location, &source.name).await?;
            let found = found.ok_or_else(|| target::gone(&source))?;
            Ok(capacity::like(context, found.capacity, original))
        }
    }
}

/// The lower bound the source had before the deploy pinned it.
fn original_minimum(call: &Call<'_>, context: &Map) -> Option<u32> {
    let source = reading::object(context, "source").and_then(target::named);
    let recorded = source.and_then(|name| call.lookup(&format!("originalCapacity.{name}")));
    let saved = || call.lookup("savedCapacity");
    let capacity = recorded.or_else(saved)?.as_object()?;
    reading::integer(capacity, "min").and_then(|min| u32::try_from(min).ok())
}

/// `scale hello-v001 from 3 to 0`, for every server group targeted now.
pub(crate) async fn preview_resize(call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for group in target::resolve(call, services, call.context).await? {
        let wished = wished(call, services, call.context, &group).await?;
        lines.push(format!("scale {} from {} to {}", group.name, words(group.capacity), words(wished)));
        services.foresee(Change::Resized(group.reference(), wished));
    }
    Ok(lines)
}

/// Records the new size before anything is changed: a step up must not be taken twice.
pub(crate) const CALCULATE_CAPACITY: Acting =
    Acting { name: "calculateCapacity", look: |call, services| calculate(call, services).boxed() };

async fn calculate(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (_, reference, found) = target::current(call, services).await?;
    let group = found.ok_or_else(|| target::gone(&reference))?;
    let wished = wished(call, services, call.context, &group).await?;
    let result = target::with_names(TaskResult::succeeded(), &reference);
    let result = result.with_context("capacity", capacity::value(wished));
    let key = format!("originalCapacity.{}", reference.name);
    if call.lookup(&key).is_some() {
        return Ok(result);
    }
    Ok(result.with_output(&key, capacity::value(group.capacity)))
}

/// Asks for the recorded size.
pub(crate) const RESIZE: Acting =
    Acting { name: "resizeServerGroup", look: |call, services| resize(call, services).boxed() };

async fn resize(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let capacity = capacity::read(call.context, "capacity")?;
    let capacity = capacity.ok_or_else(|| Failure::new("no size was calculated").detail("restart the stage"))?;
    act_on_target(call, services, Deed::Resize(capacity)).await
}
