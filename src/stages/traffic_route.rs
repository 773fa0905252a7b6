//! What the stages that shift traffic by weight share: how a route is named, its steps, what it was before.

use serde_json::{Value, json};

use super::cluster::object;
use super::forecast::{Change, Effect};
use super::manifest::Objects;
use super::{Services, cloud, reading};
use crate::engine::ports::{Call, NewStage, in_sequence};
use crate::model::{Failure, Field, Map, Shape, Status, Unit, human_duration, joined, optional, required};
use crate::providers::{TrafficRoute, TrafficShare, VersionServices};

/// Context key of how traffic was split when a stage began.
pub(crate) const BEFORE: &str = "trafficBefore";

/// Context key of the Services that are made for single versions.
pub(crate) const VERSION_SERVICES: &str = "versionServices";

/// How long giving traffic back may take.
const RESTORE_TIMEOUT_MS: u64 = 5 * 60 * 1000;

const KINDS: &[&str] = &["HTTPRoute", "Ingress", "TrafficSplit", "VirtualService"];

const ROUTE_FIELDS: [Field; 6] = [
    optional(
        "canary",
        Shape::Text,
        "with kind Ingress: the canary Ingress; `<name>-canary`, made when it is not there",
    ),
    optional("from", Shape::Text, "the version that serves; found in the route when it names one other than `to`"),
    required("kind", Shape::OneOf(KINDS), "what splits the traffic"),
    required("name", Shape::Text, "its name"),
    optional("namespace", Shape::Text, "its namespace; the account's default when left out"),
    optional(
        "rules",
        Shape::List(&Shape::Text),
        "rules of it, by name or number from 0; those that name either version when left out",
    ),
];

const SHIFTED: &[Field] = &joined::<1, 6, 7>(
    [required(
        "to",
        Shape::Text,
        "the version traffic is given to: its Service, or its subset with kind VirtualService",
    )],
    ROUTE_FIELDS,
);

const DEPLOYED: &[Field] = &joined::<2, 6, 8>(
    [
        optional("service", Shape::Text, "without `to`: the Service that selects all versions; found in the route"),
        optional(
            "to",
            Shape::Text,
            "the version traffic is given to: its Service, or its subset with kind VirtualService; a Service that is \
             made for the new version when left out",
        ),
    ],
    ROUTE_FIELDS,
);

const ABOUT_ROUTE: &str = "what splits traffic between versions";
pub(crate) const ROUTE: Field = optional("route", Shape::Object(SHIFTED), ABOUT_ROUTE);
pub(crate) const ROUTE_OF_DEPLOY: Field = optional("route", Shape::Object(DEPLOYED), ABOUT_ROUTE);
pub(crate) const STEPS: Field = optional(
    "steps",
    Shape::List(&Shape::Integer),
    "shares of the new version in percent, one after the other, as in [10, 50, 100]; [100]",
);
pub(crate) const WAIT: Field = optional(
    "wait",
    Shape::Duration(Unit::Seconds),
    "how long to wait between two steps, in seconds or as 5m; not at all",
);

/// Traffic to be shifted: along which route, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shift {
    pub(crate) route: TrafficRoute,
    /// What the new version is to get, in percent, in order.
    pub(crate) steps: Vec<u32>,
    /// Whether the one share is set, whatever it is now; steps only give more.
    pub(crate) is_set: bool,
    /// Whether Services are made for the versions, because the stage names none.
    pub(crate) derives: bool,
    /// As the document has it.
    wait: Option<Value>,
    /// The same, read.
    pause: std::time::Duration,
}

impl Shift {
    /// Of a map that holds `route`, and `weight` or `steps`.
    pub(crate) fn of(map: &Map) -> Result<Self, Failure> {
        let shift = Self::read(map)?;
        if shift.derives { Err(Failure::user("'route' has no 'to'")) } else { Ok(shift) }
    }

    fn read(map: &Map) -> Result<Self, Failure> {
        let route = reading::object(map, "route").ok_or_else(|| {
            Failure::user("the stage names no route").detail("add route: {kind: HTTPRoute, name: …, to: …}")
        })?;
        let needed =
            |key: &str| reading::filled(route, key).ok_or_else(|| Failure::user(format!("'route' has no '{key}'")));
        let route = TrafficRoute {
            kind: needed("kind")?,
            name: needed("name")?,
            namespace: reading::filled(route, "namespace").unwrap_or_default(),
            rules: cloud::texts(route, "rules"),
            canary: reading::filled(route, "canary"),
            from: reading::filled(route, "from"),
            to: reading::filled(route, "to").unwrap_or_default(),
            service: reading::filled(route, "service"),
        };
        let derives = route.to.is_empty();
        let pause = reading::duration(map, "wait", Unit::Seconds)?.unwrap_or_default();
        let wait = map.get("wait").filter(|_| !pause.is_zero()).cloned();
        let is_set = map.get("weight").is_some_and(|weight| !weight.is_null());
        Ok(Self { route, steps: steps(map)?, is_set, derives, wait, pause })
    }

    /// Of `trafficManagement.options` of a deployment; `None` when it names no route.
    pub(crate) fn of_deploy(context: &Map) -> Result<Option<Self>, Failure> {
        let Some(management) = reading::object(context, "trafficManagement") else { return Ok(None) };
        let options = reading::object(management, "options").filter(|_| reading::flag(management, "enabled"));
        match options.filter(|options| options.get("route").is_some_and(|route| !route.is_null())) {
            Some(options) => {
                let shift = Self::read(options)?;
                Ok(Some(match recorded_services(context) {
                    Some(services) if shift.derives => shift.with(&services),
                    _ => shift,
                }))
            }
            None => Ok(None),
        }
    }

    /// The same to the version that comes.
    pub(crate) fn with(mut self, services: &VersionServices) -> Self {
        self.route.to.clone_from(&services.to.backend);
        if services.is_first {
            // All traffic reaches this version already: there is nothing to split.
            (self.steps, self.wait, self.pause) = (vec![100], None, std::time::Duration::ZERO);
        }
        self
    }

    /// The share that is shifted to last.
    pub(crate) fn last(&self) -> u32 {
        self.steps.last().copied().unwrap_or(100)
    }

    /// The steps that give the new version more than it has.
    fn ahead(&self, percent: u32) -> Vec<u32> {
        self.steps.iter().copied().filter(|step| *step > percent).collect()
    }

    /// Stages that shift traffic step by step.
    pub(crate) fn stages(&self, objects: &Objects, before: &Before) -> Vec<NewStage> {
        let mut stages = Vec::new();
        let mut expected = before.percent;
        for percent in self.ahead(before.percent) {
            if let (Some(wait), false) = (&self.wait, stages.is_empty()) {
                let name = format!("Wait Before {percent}%");
                stages.push(NewStage::new("wait", name, object(json!({"waitTime": wait}))));
            }
            let more = json!({"weight": percent, "expectedWeight": expected, "restoreOnFailure": false});
            stages.push(self.child(objects, before, &format!("Shift {percent}% to {}", self.route.to), more));
            expected = percent;
        }
        in_sequence(stages)
    }

    fn child(&self, objects: &Objects, before: &Before, name: &str, more: Value) -> NewStage {
        let TrafficRoute { kind, name: route, namespace, rules, canary, to, .. } = &self.route;
        let mut written = object(json!({
            "kind": kind, "name": route, "namespace": namespace, "rules": rules, "canary": canary,
            "from": before.from, "to": to,
        }));
        written.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!(""));
        let mut context = object(json!({
            "account": objects.cloud.account,
            "cloudProvider": objects.cloud.provider_name,
            "route": written,
        }));
        context.extend(object(more));
        NewStage::new("shiftTraffic", name, context)
    }

    /// The stage that gives back what was taken: none when nothing was, or when somebody else has shifted traffic since.
    pub(crate) async fn restoring(&self, call: &Call<'_>, objects: &Objects) -> Result<Vec<NewStage>, Failure> {
        let Some(before) = Before::recorded(call.context) else { return Ok(Vec::new()) };
        let route = before.of(&self.route);
        let share = objects.routes()?.share(&route).await?;
        let is_ours = self.steps.contains(&share.percent) && share.percent != before.percent;
        let is_left_over = share.percent == before.percent && share.is_listed && !before.is_listed;
        if !is_ours && !is_left_over {
            return Ok(Vec::new());
        }
        // A time limit of its own: that of the stage that failed may be over.
        let more = json!({
            "weight": before.percent, "delist": !before.is_listed, "restores": true, "restoreOnFailure": false,
            "stageTimeoutMs": RESTORE_TIMEOUT_MS,
        });
        Ok(vec![self.child(objects, &before, "Restore Traffic", more)])
    }

    /// What it would do to the world as a plan foresees it, a line for people; stages after it see it done. `serving` is
    /// the version that serves where that is about to be told apart from others.
    pub(crate) async fn preview(
        &self,
        services: &Services,
        objects: &Objects,
        serving: Option<&str>,
    ) -> Result<Vec<String>, Failure> {
        let account = &objects.cloud.account;
        let mut share = services.foreseen_share(account, objects.routes()?.share(&self.route).await?);
        if let Some(serving) = serving {
            share.from = Some(serving.to_owned());
        }
        let Some(text) = self.words(&share) else { return Ok(Vec::new()) };
        let (route, to, percent) = (share.route, share.to, self.last());
        let change = Change::Traffic { account: account.clone(), route, to, percent };
        Ok(services.foresee_all(vec![Effect::new(text, change)]))
    }

    /// What it would do, for people; nothing when the new version has that much already.
    fn words(&self, share: &TrafficShare) -> Option<String> {
        let from = share.from.as_ref().or(self.route.from.as_ref())?;
        let ahead = match self.steps.as_slice() {
            [weight] if self.is_set && *weight != share.percent => vec![*weight],
            _ => self.ahead(share.percent),
        };
        let split = |percent: &u32| format!("{}/{percent}", 100 - percent);
        let steps: Vec<String> = ahead.iter().map(split).collect();
        let apart = match (self.wait.is_some(), steps.len()) {
            (_, 0) => return None,
            (true, 2..) => format!(", {} apart", human_duration(self.pause)),
            _ => String::new(),
        };
        let now = split(&share.percent);
        Some(format!("traffic: {}: {from}/{} {now} → {}{apart}", share.route, share.to, steps.join(" → ")))
    }
}

/// The steps of a map: `steps`, rising, or the one `weight`.
fn steps(map: &Map) -> Result<Vec<u32>, Failure> {
    let share = |key: &str, value: &Value| {
        let share =
            reading::as_integer(value).and_then(|share| u32::try_from(share).ok()).filter(|share| *share <= 100);
        share.ok_or_else(|| Failure::user(format!("'{key}' has {value}, which is no share in percent, 0 to 100")))
    };
    if let Some(weight) = map.get("weight").filter(|weight| !weight.is_null()) {
        return Ok(vec![share("weight", weight)?]);
    }
    let steps: Vec<u32> =
        reading::list(map, "steps").iter().map(|step| share("steps", step)).collect::<Result<_, _>>()?;
    if steps.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Failure::user("'steps' must rise, as in [10, 50, 100]")
            .detail("traffic is given back with weight: 0 in a stage of its own"));
    }
    Ok(if steps.is_empty() { vec![100] } else { steps })
}

/// How traffic was split when a stage began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) from: Option<String>,
    pub(crate) percent: u32,
    pub(crate) is_listed: bool,
}

impl Before {
    /// As a stage recorded it.
    pub(crate) fn recorded(context: &Map) -> Option<Self> {
        let before = reading::object(context, BEFORE)?;
        Some(Self {
            from: reading::filled(before, "from"),
            percent: reading::integer(before, "percent").and_then(|percent| percent.try_into().ok())?,
            is_listed: reading::flag(before, "listed"),
        })
    }

    /// As it is now.
    pub(crate) fn now(share: &TrafficShare) -> Self {
        Self { from: share.from.clone(), percent: share.percent, is_listed: share.is_listed }
    }

    /// As it is recorded.
    pub(crate) fn to_value(&self) -> Value {
        json!({"from": self.from, "percent": self.percent, "listed": self.is_listed})
    }

    /// The route with the version that served then.
    pub(crate) fn of(&self, route: &TrafficRoute) -> TrafficRoute {
        TrafficRoute { from: self.from.clone().or_else(|| route.from.clone()), ..route.clone() }
    }
}

/// The Services of single versions as a stage recorded them.
pub(crate) fn recorded_services(context: &Map) -> Option<VersionServices> {
    serde_json::from_value(context.get(VERSION_SERVICES)?.clone()).ok()
}

/// Whether old versions of a deployment have begun to leave: then traffic cannot be given back to them.
pub(crate) fn old_versions_leave(call: &Call<'_>) -> bool {
    call.execution.stages.iter().any(|child| {
        child.parent_stage_id.as_ref() == Some(&call.stage.id)
            && matches!(child.kind.as_str(), "disableManifest" | "deleteManifest")
            && child.status != Status::NotStarted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::ManifestRef;

    fn shift(more: Value) -> Result<Shift, Failure> {
        let mut map = object(json!({"route": {"kind": "HTTPRoute", "name": "shop", "to": "v2"}}));
        map.extend(object(more));
        Shift::of(&map)
    }

    fn share(percent: u32) -> TrafficShare {
        let route = ManifestRef { kind: "HTTPRoute".into(), name: "shop".into(), namespace: "prod".into() };
        TrafficShare { route, from: Some("v1".into()), to: "v2".into(), percent, is_listed: true }
    }

    #[test]
    fn steps_rise_and_shares_are_percents() {
        assert_eq!(shift(json!({})).unwrap().steps, [100]);
        assert_eq!(shift(json!({"weight": "25"})).unwrap().steps, [25]);
        assert_eq!(shift(json!({"steps": [10, 50]})).unwrap().last(), 50);
        for wrong in
            [json!({"weight": 101}), json!({"steps": [50, 10]}), json!({"steps": ["a few"]}), json!({"wait": "long"})]
        {
            assert!(shift(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(Shift::of(&object(json!({}))).unwrap_err().message.contains("no route"));
        assert!(
            Shift::of(&object(json!({"route": {"kind": "HTTPRoute", "name": "a"}})))
                .unwrap_err()
                .message
                .contains("'to'")
        );
    }

    #[test]
    fn a_plan_says_every_step_that_is_left() {
        let back = shift(json!({"weight": 0})).unwrap();
        let shift = shift(json!({"steps": [10, 50, 100], "wait": "5m"})).unwrap();
        let head = "traffic: HTTPRoute shop in prod: v1/v2";
        assert_eq!(shift.words(&share(0)).unwrap(), format!("{head} 100/0 → 90/10 → 50/50 → 0/100, 5m 00s apart"));
        assert_eq!(shift.words(&share(50)).unwrap(), format!("{head} 50/50 → 0/100"));
        assert_eq!(shift.words(&share(100)), None);
        assert_eq!(back.words(&share(10)).unwrap(), format!("{head} 90/10 → 100/0"));
    }

    #[test]
    fn a_deployment_shifts_only_when_traffic_is_managed() {
        let options = json!({"route": {"kind": "Ingress", "name": "shop", "to": "v2"}});
        let of = |enabled: bool| {
            Shift::of_deploy(&object(json!({"trafficManagement": {"enabled": enabled, "options": options}})))
        };
        assert!(of(true).unwrap().is_some());
        assert!(of(false).unwrap().is_none());
    }

    #[test]
    fn what_was_before_survives_being_recorded() {
        let before = Before::now(&share(30));
        assert_eq!(Before::recorded(&object(json!({BEFORE: before.to_value()}))), Some(before));
    }
}
