//! Shifts traffic from one version to another by weight, at once or step by step. gennaker's own; Spinnaker has none.
//!
//! `route` names what splits the traffic, which must be there:
//!
//! - `HTTPRoute` (Gateway API): `to` and `from` are Services among its `backendRefs`.
//! - `VirtualService` (Istio): they are subsets of its destinations, or hosts where these have no subset. A
//!   DestinationRule must define the subsets.
//! - `Ingress` (ingress-nginx): they are Services. A second Ingress, `<name>-canary`, gets the share of `to`; it is made
//!   when it is not there. At 100 % the main Ingress sends to `to` itself.
//! - `TrafficSplit` (Service Mesh Interface): they are Services among its `backends`.
//!
//! A version the route does not name yet is added to it, in the place of those that get nothing. Only weights are
//! changed, by the field manager `gennaker`, and only in the object as it was read. Shares that somebody else set
//! meanwhile are not overwritten: the stage fails and says so.
//!
//! Traffic is given only to a Service with pods that are ready; the stage waits for them, and afterwards until the
//! gateways say they follow, where they do. When it fails, traffic is given back as it was: `restoreOnFailure: false`
//! leaves it.
//!
//! ```yaml
//! - name: To the new version
//!   type: shiftTraffic
//!   account: prod
//!   route: {kind: HTTPRoute, name: shop, namespace: shop, from: shop-v1, to: shop-v2}
//!   steps: [10, 50, 100]
//!   wait: 5m
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::manifest::{self, Objects};
use super::tasks::{READ_TRAFFIC, acting, patient};
use super::traffic_route::{self, BEFORE, Before, Shift};
use super::{Need, Services, Stage, Task, needs, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, FailureKind, Field, Shape, optional};
use crate::providers::TrafficShift;

/// The `shiftTraffic` stage.
pub(super) struct ShiftTraffic;

/// How long a version may take to be ready, or a gateway to follow.
const LIMIT: Duration = Duration::from_secs(5 * 60);
/// Time between two looks where there is nothing to watch.
const LOOK: Duration = Duration::from_secs(1);
/// How long one look follows either.
const FOLLOWED: Duration = Duration::from_secs(10);

const FIELDS: &[Field] = &[
    manifest::ACCOUNT,
    manifest::CLOUD_PROVIDER,
    manifest::CREDENTIALS,
    optional("delist", Shape::Boolean, "with weight 0: takes the version out of the route as well; false"),
    optional(
        "expectedWeight",
        Shape::Integer,
        "what the new version must have until now; what it had when the stage began",
    ),
    optional("restoreOnFailure", Shape::Boolean, "whether traffic is given back when the stage fails; true"),
    optional("restores", Shape::Boolean, "whether the stage gives traffic back, whatever the shares are; false"),
    traffic_route::ROUTE,
    traffic_route::STEPS,
    traffic_route::WAIT,
    optional("weight", Shape::Integer, "share of the new version in percent, in place of steps; 0 gives all back"),
];

#[async_trait]
impl Stage for ShiftTraffic {
    fn kind(&self) -> &'static str {
        "shiftTraffic"
    }

    fn source(&self) -> &'static str {
        include_str!("shift_traffic.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&READ_TRAFFIC, &SetWeights, &WaitForTraffic]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        let shift = Shift::of(call.context)?;
        let own = if shift.is_set { self.tasks() } else { &self.tasks()[..1] };
        Ok(Plan::of_tasks(own.iter().map(|task| task.name())))
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        let shift = Shift::of(call.context)?;
        let before = Before::recorded(call.context).filter(|_| !shift.is_set);
        let Some(before) = before else { return Ok(Vec::new()) };
        Ok(shift.stages(&Objects::of(call.context, services)?, &before))
    }

    async fn on_failure(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        if reading::optional_flag(call.context, "restoreOnFailure") == Some(false) {
            return Ok(Vec::new());
        }
        Shift::of(call.context)?.restoring(call, &Objects::of(call.context, services)?).await
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[BEFORE]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_shift(call, services, &Shift::of(call.context)?).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        Shift::of(call.context)?.preview(services, &Objects::of(call.context, services)?, None).await
    }
}

struct SetWeights;

#[async_trait]
impl Task for SetWeights {
    fn name(&self) -> &'static str {
        "shiftTraffic"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(LIMIT), overridable: true, ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, set(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        let objects = Objects::of(call.context, services).ok()?;
        let shift = Shift::of(call.context).ok()?;
        match objects.routes().ok()?.obstacle(&shift.route, Duration::ZERO).await {
            Ok(obstacle) => obstacle.map(|why| {
                let message = format!("no traffic was shifted to {}: {why}", shift.route.to);
                Failure::new(message).of_kind(FailureKind::Timeout)
            }),
            Err(error) => Some(error.into()),
        }
    }
}

async fn set(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let shift = Shift::of(call.context)?;
    let before = Before::recorded(call.context).unwrap_or_default();
    let (route, percent) = (before.of(&shift.route), shift.last());
    let routes = objects.routes()?;
    let share = routes.share(&route).await?;
    let expected = reading::integer(call.context, "expectedWeight").and_then(|share| share.try_into().ok());
    let wish = TrafficShift {
        percent,
        expected: (!reading::flag(call.context, "restores")).then_some(expected.unwrap_or(before.percent)),
        delist: reading::flag(call.context, "delist"),
    };
    let (from, to) = (share.from.as_deref().unwrap_or("nothing"), &share.to);
    if !routes.is_shifted(&route, wish).await? {
        if percent > share.percent
            && let Some(obstacle) = routes.obstacle(&route, Duration::ZERO).await?
        {
            call.progress(obstacle);
            let left = tokio::select! {
                left = routes.obstacle(&route, FOLLOWED) => left?,
                () = call.stop.cancelled() => return Ok(TaskResult::running()),
            };
            return Ok(TaskResult::running().retry_in(if left.is_none() { Duration::ZERO } else { LOOK }));
        }
        let words = format!("{from}/{to} {}/{} → {}/{percent}", 100 - share.percent, share.percent, 100 - percent);
        objects.announce(call, "shiftTraffic", &share.route, words).await?;
        routes.shift(&route, wish).await?;
    }
    let mut weights = json!({to.as_str(): percent});
    if let Some(from) = &share.from {
        weights[from.as_str()] = (100 - percent).into();
    }
    Ok(TaskResult::succeeded().with_output("trafficWeights", weights))
}

struct WaitForTraffic;

#[async_trait]
impl Task for WaitForTraffic {
    fn name(&self) -> &'static str {
        "waitForTraffic"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(LIMIT), overridable: true, ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, follow(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        match unobserved(call, services, Duration::ZERO).await {
            Ok(missing) => missing.map(|missing| Failure::new(missing).of_kind(FailureKind::Timeout)),
            Err(failure) => Some(failure),
        }
    }
}

async fn follow(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let Some(missing) = unobserved(call, services, Duration::ZERO).await? else { return Ok(TaskResult::succeeded()) };
    call.progress(missing);
    let left = tokio::select! {
        left = unobserved(call, services, FOLLOWED) => left?,
        () = call.stop.cancelled() => return Ok(TaskResult::running()),
    };
    Ok(if left.is_none() { TaskResult::succeeded() } else { TaskResult::running().retry_in(LOOK) })
}

/// What those who carry the traffic have not done yet; waits at most this long for it.
async fn unobserved(call: &Call<'_>, services: &Services, limit: Duration) -> Result<Option<String>, Failure> {
    let objects = Objects::of(call.context, services)?;
    let shift = Shift::of(call.context)?;
    let before = Before::recorded(call.context).unwrap_or_default();
    let route = before.of(&shift.route);
    // What is given back is not waited for: those who carry the traffic may be what failed.
    if reading::flag(call.context, "restores") {
        return Ok(None);
    }
    let missing = objects.routes()?.unobserved(&route, limit).await?;
    Ok(missing.map(|missing| format!("{} {}: {missing}", shift.route.kind, shift.route.name)))
}
