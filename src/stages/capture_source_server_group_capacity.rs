//! Remembers the size of the server group a deploy replaces, and takes it over with a pinned minimum.
//!
//! `applySourceServerGroupCapacity` gives the new server group the remembered minimum later.
//!
//! ```yaml
//! - name: Remember its size
//!   type: captureSourceServerGroupCapacity
//!   useSourceCapacity: true
//!   source: {serverGroupName: hello-prod-v003}
//! ```

use futures_util::FutureExt;

use super::cloud::{self, Cloud};
use super::cluster::{self, object};
use super::tasks::Acting;
use super::{Services, Stage, Task, capacity, reading, source, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Capacity, Failure, Field, Shape, optional};

/// Context key of the remembered size.
pub(crate) const SNAPSHOT: &str = "sourceServerGroupCapacitySnapshot";

const FIELDS: &[Field] = &[
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("source", Shape::Map, "the server group: {serverGroupName, region, account}"),
    optional("useSourceCapacity", Shape::Boolean, "nothing is done unless it is true"),
];

/// The `captureSourceServerGroupCapacity` stage.
pub(super) struct CaptureSourceServerGroupCapacity;

impl Stage for CaptureSourceServerGroupCapacity {
    fn kind(&self) -> &'static str {
        "captureSourceServerGroupCapacity"
    }

    fn source(&self) -> &'static str {
        include_str!("capture_source_server_group_capacity.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&CAPTURE]
    }
}

const CAPTURE: Acting =
    Acting { name: "snapshotSourceServerGroup", look: |call, services| capture(call, services).boxed() };

async fn capture(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if !reading::flag(call.context, "useSourceCapacity") {
        return Ok(TaskResult::succeeded());
    }
    let named = reading::object(call.context, "source").and_then(cloud::account);
    let context = match named {
        Some(account) => cluster::over(&object(serde_json::json!({"account": account})), call.context),
        None => call.context.clone(),
    };
    let cloud = Cloud::of(&context, services)?;
    let source = source::of(&cloud, call.context).ok_or_else(|| Failure::user("the stage has no 'source'"))?;
    let found = cloud.server_groups()?.get(&source.location, &source.name).await?;
    let size = found.ok_or_else(|| target::gone(&source))?.capacity;
    let pinned = Capacity { min: size.desired, ..size };
    Ok(TaskResult::succeeded()
        .with_context("useSourceCapacity", false)
        .with_context("capacity", capacity::value(pinned))
        .with_context(SNAPSHOT, capacity::value(size)))
}
