//! Makes Services for single versions, where a deployment shifts traffic by weight and names none.
//!
//! Before the new version is sent, the one that serves gets a Service of its own and the route sends to that: else
//! pods of the new version would take part as soon as they are ready. All names are recorded before anything is made.

use std::time::Duration;

use futures_util::FutureExt;
use serde_json::json;

use super::Acting;
use super::choose_manifest_versions::description;
use super::read_traffic::refuse_own_route;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::providers::{ManifestRef, TrafficRoute, TrafficShift, VersionService, VersionServices};
use crate::stages::manifest::Objects;
use crate::stages::traffic_route::{BEFORE, Before, Shift, VERSION_SERVICES, recorded_services};
use crate::stages::{Services, manifest_source};

/// How long one look follows what is to be ready.
const FOLLOWED: Duration = Duration::from_secs(10);

/// Gives [`VERSION_SERVICES`] and [`BEFORE`]: afterwards the route sends to the version that serves, and to no other.
pub(crate) const TELL_VERSIONS_APART: Acting =
    Acting { name: "tellVersionsApart", look: |call, services| tell_apart(call, services).boxed() };

/// Makes the Service of the version that has come.
pub(crate) const MAKE_VERSION_SERVICE: Acting =
    Acting { name: "makeVersionService", look: |call, services| make_new(call, services).boxed() };

async fn tell_apart(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let Some(shift) = Shift::of_deploy(call.context)? else { return Ok(TaskResult::succeeded()) };
    let objects = Objects::of(call.context, services)?;
    let routes = objects.routes()?;
    let Some(derived) = recorded_services(call.context) else {
        refuse_own_route(call, &shift)?;
        let manifests = manifest_source::resolved(call, services, &objects).await?;
        let prepared = objects.manifests().prepare(&description(call, manifests)?).await?;
        let derived = routes.derive(&shift.route, &prepared).await?;
        // What is in the way is found before anything is sent.
        routes.is_derived(&derived, &derived.to).await?;
        return Ok(TaskResult::running().retry_in(Duration::ZERO).with_context(VERSION_SERVICES, json!(derived)));
    };
    if let Some(serving) = &derived.serving {
        make(call, &objects, &derived, serving).await?;
        if let Some(waiting) = send_to_serving(call, &objects, &shift.route, &derived, serving).await? {
            return Ok(waiting);
        }
    }
    let share = routes.share(&shift.route).await?;
    Ok(TaskResult::succeeded().with_context(BEFORE, Before::now(&share).to_value()))
}

/// Lets the route send to the version that serves in place of all of them; what to give back while that cannot be.
async fn send_to_serving(
    call: &Call<'_>,
    objects: &Objects,
    route: &TrafficRoute,
    derived: &VersionServices,
    serving: &VersionService,
) -> Result<Option<TaskResult>, Failure> {
    let routes = objects.routes()?;
    let (from, to) = (Some(derived.base_backend.clone()), serving.backend.clone());
    let moved = TrafficRoute { from, to, ..route.clone() };
    let whole = TrafficShift { percent: 100, expected: None, delist: false };
    if routes.is_shifted(&moved, whole).await? {
        return Ok(None);
    }
    if let Some(obstacle) = routes.obstacle(&moved, Duration::ZERO).await? {
        call.progress(obstacle);
        tokio::select! {
            left = routes.obstacle(&moved, FOLLOWED) => drop(left?),
            () = call.stop.cancelled() => {}
        }
        return Ok(Some(TaskResult::running().retry_in(Duration::from_millis(100))));
    }
    let share = routes.share(&moved).await?;
    let words = format!("{} → {}, the same pods", derived.base, serving.name);
    objects.announce(call, "shiftTraffic", &share.route, words).await?;
    routes.shift(&moved, whole).await?;
    Ok(None)
}

async fn make_new(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if let Some(derived) = recorded_services(call.context) {
        let objects = Objects::of(call.context, services)?;
        make(call, &objects, &derived, &derived.to).await?;
    }
    Ok(TaskResult::succeeded())
}

async fn make(
    call: &Call<'_>,
    objects: &Objects,
    derived: &VersionServices,
    version: &VersionService,
) -> Result<(), Failure> {
    let routes = objects.routes()?;
    if routes.is_derived(derived, version).await? {
        return Ok(());
    }
    let words = format!("for {} alone", version.workload.full_name());
    objects.announce(call, "createService", &derived.target(version), words).await?;
    Ok(routes.make_derived(derived, version).await?)
}

/// Whether an old version still has traffic by weight: it must stay, however many versions are kept.
pub(crate) fn still_serves(call: &Call<'_>, old: &ManifestRef) -> bool {
    let (Some(derived), Some(before)) = (recorded_services(call.context), Before::recorded(call.context)) else {
        return false;
    };
    let version = old.name.rsplit_once('-').map(|(_, version)| derived.name_of(version));
    let is_sibling = old.kind == derived.to.workload.kind && old.namespace == derived.namespace;
    let from = before.from.as_deref().and_then(|from| from.split('.').next());
    is_sibling && version.is_some() && version.as_deref() == from
}
