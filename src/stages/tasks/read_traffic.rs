//! Reads how a route splits traffic before a stage changes anything, so that it can be given back.

use futures_util::FutureExt;
use serde_json::Value;

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::manifest::Objects;
use crate::stages::traffic_route::{BEFORE, Before, Shift};
use crate::stages::{Services, reading};

/// Gives [`BEFORE`].
pub(crate) const READ_TRAFFIC: Acting =
    Acting { name: "readTraffic", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let shift = match Shift::of_deploy(call.context)? {
        Some(shift) => {
            refuse_own_route(call, &shift)?;
            shift
        }
        None => Shift::of(call.context)?,
    };
    let share = objects.routes()?.share(&shift.route).await?;
    Ok(TaskResult::succeeded().with_context(BEFORE, Before::now(&share).to_value()))
}

/// A stage that deploys the route it shifts would set its weights back before every rollout.
pub(super) fn refuse_own_route(call: &Call<'_>, shift: &Shift) -> Result<(), Failure> {
    let is_route = |manifest: &&Value| {
        let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        text("/kind").eq_ignore_ascii_case(&shift.route.kind) && text("/metadata/name") == shift.route.name
    };
    match reading::list(call.context, "manifests").iter().find(is_route) {
        None => Ok(()),
        Some(_) => Err(Failure::user(format!(
            "the stage deploys {} {}, whose weights it is to shift: deploying sets them back",
            shift.route.kind, shift.route.name
        ))
        .detail("deploy the route once, in a stage or pipeline of its own")),
    }
}
