//! Reads and sets the weights of routes: each change with the version of the object it was decided on.

use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};

use super::client::{Ask, JSON};
use super::traffic::JSON_PATCH;
use super::weighted::{self, Change, Edit, Place, Seen, Weighted};
use super::weights::{Rule, Sides, Wish, sides};
use super::{Kubernetes, error};
use crate::providers::{
    Error, ErrorKind, ManifestRef, PreparedManifest, TrafficRoute, TrafficRoutes, TrafficShare, TrafficShift,
    VersionService, VersionServices,
};

pub(super) const OPERATION: &str = "shift traffic";
/// Name under which weights are written: of all fields of a route, only they are gennaker's.
pub(super) const MANAGER: &str = "gennaker";
/// Times a route that keeps changing is read again.
const TRIES: u32 = 8;

/// A route as it is now, whatever its versions are.
pub(super) struct Routed {
    pub(super) kind: &'static dyn Weighted,
    pub(super) seen: Seen,
    pub(super) rules: Vec<Rule>,
    targets: Vec<ManifestRef>,
    /// The route, for people.
    pub(super) what: String,
}

/// A route as it is now, and its two versions.
struct Found {
    kind: &'static dyn Weighted,
    seen: Seen,
    /// Objects of the route, in the order of [`Place`].
    targets: Vec<ManifestRef>,
    sides: Sides,
    /// The route, for people.
    what: String,
}

impl Found {
    fn wish<'a>(&'a self, route: &'a TrafficRoute, percent: u32, delist: bool) -> Wish<'a> {
        Wish { from: self.sides.from.as_deref(), to: &route.to, percent, delist }
    }

    fn edits(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<Vec<Edit>, Error> {
        let wish = self.wish(route, shift.percent, shift.delist);
        self.kind.edits(&self.seen, &self.sides.rules, wish).map_err(|wrong| self.wrong(&wrong))
    }

    fn wrong(&self, message: &str) -> Error {
        error::invalid(OPERATION, format!("{}: {message}", self.what))
    }
}

#[async_trait]
impl TrafficRoutes for Kubernetes {
    fn kind_of(&self, route: &TrafficRoute) -> Result<&'static str, Error> {
        Ok(kind_of(route)?.served_as())
    }

    async fn share(&self, route: &TrafficRoute) -> Result<TrafficShare, Error> {
        let found = self.found(route).await?;
        let Sides { from, percent, is_listed, .. } = found.sides;
        let target = ManifestRef { kind: found.kind.kind().to_owned(), ..found.targets[0].clone() };
        Ok(TrafficShare { route: target, from, to: route.to.clone(), percent, is_listed })
    }

    async fn obstacle(&self, route: &TrafficRoute, limit: Duration) -> Result<Option<String>, Error> {
        let found = self.found(route).await?;
        let backend = found.kind.backend(&found.seen, &found.sides.rules, found.wish(route, 100, false));
        if let Some((namespace, name)) = &backend.service
            && self.not_serving(namespace, name).await?.is_some()
        {
            self.wait_until_serving(namespace, name, limit).await?;
            if let Some(obstacle) = self.not_serving(namespace, name).await? {
                return Ok(Some(obstacle));
            }
        }
        match &backend.subset {
            Some((host, subset)) => self.undefined_subset(&found.seen.namespace, host, subset).await,
            None => Ok(None),
        }
    }

    async fn is_shifted(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<bool, Error> {
        let found = self.found(route).await?;
        let is_so = found.edits(route, shift)?.is_empty();
        if is_so { Ok(true) } else { refuse_conflict(&found, route, shift).map(|()| false) }
    }

    async fn shift(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<(), Error> {
        let mut refused = None;
        // One round for each object, and one that finds nothing left to do; more when somebody else writes as well.
        for _ in 0..TRIES {
            let found = self.found(route).await?;
            let edits = found.edits(route, shift)?;
            let Some(edit) = edits.into_iter().next() else { return Ok(()) };
            refuse_conflict(&found, route, shift)?;
            match self.edit(&found, edit).await {
                Ok(()) => {}
                Err(error) if is_outdated(&error) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| {
            error::new(OPERATION, ErrorKind::Unavailable, "a route is changed again and again by somebody else")
        }))
    }

    async fn unobserved(&self, route: &TrafficRoute, limit: Duration) -> Result<Option<String>, Error> {
        let routed = self.routed(route).await?;
        let missing = |object: &Value| routed.kind.unobserved(&Seen::of(object.clone()));
        if limit.is_zero() || missing(&routed.seen.object).is_none() {
            return Ok(missing(&routed.seen.object));
        }
        let object = self.until(&routed.targets[0], limit, |object| missing(object).is_none()).await?;
        Ok(object.as_ref().and_then(missing))
    }

    async fn derive(&self, route: &TrafficRoute, prepared: &[PreparedManifest]) -> Result<VersionServices, Error> {
        self.derived(route, prepared).await
    }

    async fn is_derived(&self, services: &VersionServices, version: &VersionService) -> Result<bool, Error> {
        self.has_service(services, version).await
    }

    async fn make_derived(&self, services: &VersionServices, version: &VersionService) -> Result<(), Error> {
        self.make_service(services, version).await
    }
}

impl Kubernetes {
    async fn found(&self, route: &TrafficRoute) -> Result<Found, Error> {
        let Routed { kind, seen, rules, targets, what } = self.routed(route).await?;
        let sides = sides(&rules, route).map_err(|message| error::invalid(OPERATION, format!("{what}: {message}")))?;
        Ok(Found { kind, seen, targets, sides, what })
    }

    pub(super) async fn routed(&self, route: &TrafficRoute) -> Result<Routed, Error> {
        let kind = kind_of(route)?;
        let named = self.reference(&format!("{} {}", kind.served_as(), route.name), &route.namespace).await;
        let target = named.map_err(|error| match error.kind {
            ErrorKind::Invalid => {
                let hint = format!("install the definition of {}, or name another kind of route", kind.kind());
                Error { details: vec![hint], ..error }
            }
            _ => error,
        })?;
        let what = format!("{} {} in {}", kind.kind(), target.name, target.namespace);
        let object = self.live(&target).await?.ok_or_else(|| {
            error::not_found(OPERATION, &what)
                .with_details(vec!["gennaker sets weights of a route that is there; deploy it first".into()])
        })?;
        let mut seen = Seen { namespace: target.namespace.clone(), ..Seen::of(object) };
        let mut targets = vec![target];
        if let Some(name) = kind.companion(route) {
            let companion = ManifestRef { name: name.clone(), ..targets[0].clone() };
            seen.companion = self.live(&companion).await?;
            seen.companion_name = Some(name);
            targets.push(companion);
        }
        let rules = kind.rules(&seen).map_err(|message| error::invalid(OPERATION, format!("{what}: {message}")))?;
        Ok(Routed { kind, seen, rules, targets, what })
    }

    async fn edit(&self, found: &Found, edit: Edit) -> Result<(), Error> {
        let (target, live) = match edit.place {
            Place::Main => (&found.targets[0], Some(&found.seen.object)),
            Place::Companion => (&found.targets[1], found.seen.companion.as_ref()),
        };
        let resource = self.cluster.resource_for(target).await?;
        let query = [("fieldManager", MANAGER.to_owned())];
        let (method, path, body) = match edit.change {
            Change::Create(object) => (Method::POST, resource.collection(&target.namespace), (JSON, object)),
            Change::Patch(mut operations) => {
                // Holds for the object as it was read, and for no other.
                let version = live.map_or(&Value::Null, |live| &live["metadata"]["resourceVersion"]);
                operations.insert(0, json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}));
                let path = resource.path(&target.namespace, &target.name);
                (Method::PATCH, path, (JSON_PATCH, Value::Array(operations)))
            }
        };
        let ask = Ask { method, query: &query, body: Some(body), ..Ask::get(OPERATION, &found.what, &path) };
        self.cluster.ask(ask).await.map(drop)
    }

    /// Why a Service has nothing behind it.
    async fn not_serving(&self, namespace: &str, name: &str) -> Result<Option<String>, Error> {
        let what = format!("service {name} in {namespace}");
        if self.cluster.get(&what, &format!("/api/v1/namespaces/{namespace}/services/{name}")).await?.is_none() {
            return Ok(Some(format!("{what} does not exist")));
        }
        let path = format!("/api/v1/namespaces/{namespace}/endpoints/{name}");
        let endpoints = match self.cluster.get(&format!("endpoints of {what}"), &path).await {
            Ok(endpoints) => endpoints.unwrap_or_default(),
            // Who may not look cannot be told.
            Err(error) if error.kind == ErrorKind::Permission => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(match (addresses(&endpoints, "addresses"), addresses(&endpoints, "notReadyAddresses")) {
            (0, 0) => Some(format!("{what} selects no pod that runs")),
            (0, waiting) => Some(format!("none of the {waiting} pods of {what} is ready")),
            _ => None,
        })
    }

    /// Follows a Service until it has something behind it.
    async fn wait_until_serving(&self, namespace: &str, name: &str, limit: Duration) -> Result<(), Error> {
        let endpoints =
            ManifestRef { kind: "endpoints".into(), name: name.to_owned(), namespace: namespace.to_owned() };
        match self.until(&endpoints, limit, |object| addresses(object, "addresses") > 0).await {
            Err(error) if error.kind == ErrorKind::Permission => Ok(()),
            other => other.map(drop),
        }
    }

    /// Why Istio would not find a subset.
    async fn undefined_subset(&self, namespace: &str, host: &str, subset: &str) -> Result<Option<String>, Error> {
        let kind = super::kind::ObjectKind::parse("DestinationRule.networking.istio.io");
        let rules = match self.cluster.resource_of(&kind).await {
            Ok(resource) => self.list_all(&resource, namespace, &[]).await,
            Err(error) => Err(error),
        };
        let rules = match rules {
            Ok(rules) => rules.items,
            // They may be where this account does not look.
            Err(error) if matches!(error.kind, ErrorKind::Permission | ErrorKind::Invalid) => return Ok(None),
            Err(error) => return Err(error),
        };
        let short = host.split('.').next().unwrap_or(host);
        let of_host: Vec<&Value> = rules
            .iter()
            .filter(|rule| {
                rule["spec"]["host"].as_str().is_some_and(|it| it == host || it.split('.').next() == Some(short))
            })
            .collect();
        let has = |rule: &&Value| {
            rule["spec"]["subsets"].as_array().into_iter().flatten().any(|it| it["name"].as_str() == Some(subset))
        };
        Ok(match of_host.iter().any(has) {
            true => None,
            // Rules of other namespaces count as well, and are not seen from here.
            false if of_host.is_empty() => None,
            false => Some(format!("no DestinationRule of {host} in {namespace} defines subset {subset}")),
        })
    }
}

/// Addresses of an Endpoints object, ready or not.
fn addresses(endpoints: &Value, key: &str) -> usize {
    let subsets = endpoints["subsets"].as_array();
    subsets.into_iter().flatten().filter_map(|subset| subset[key].as_array()).map(Vec::len).sum()
}

fn kind_of(route: &TrafficRoute) -> Result<&'static dyn Weighted, Error> {
    weighted::kind(&route.kind).ok_or_else(|| {
        let kinds: Vec<&str> = weighted::KINDS.iter().map(|kind| kind.kind()).collect();
        error::invalid(OPERATION, format!("'{}' splits no traffic by weight", route.kind))
            .with_details(vec![format!("'route.kind' is one of {}", kinds.join(", "))])
    })
}

/// Refuses to overwrite weights that somebody else set since the last that are known.
fn refuse_conflict(found: &Found, route: &TrafficRoute, shift: TrafficShift) -> Result<(), Error> {
    let now = found.sides.percent;
    let Some(expected) = shift.expected.filter(|expected| *expected != now && now != shift.percent) else {
        return Ok(());
    };
    let message = format!(
        "{} gives {} {now} %, but had been left at {expected} %: somebody else shifts its traffic",
        found.what, route.to
    );
    let managers = found.seen.list("/metadata/managedFields");
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let latest = managers.iter().max_by_key(|it| text(it, "time"));
    let mut details: Vec<String> = latest
        .map(|it| format!("last written by '{}' at {}", text(it, "manager"), text(it, "time")))
        .into_iter()
        .collect();
    details.push("it is left as it is; restart the stage to shift from there".into());
    Err(error::new(OPERATION, ErrorKind::Other, message).with_details(details))
}

/// Whether the object changed between being read and being written, or was made in between.
fn is_outdated(error: &Error) -> bool {
    error.kind == ErrorKind::AlreadyExists
        || error.kind == ErrorKind::Other && error.message.contains("the object has been modified")
        || error.kind == ErrorKind::Invalid
            && error.details.iter().chain([&error.message]).any(|line| {
                line.contains("/metadata/resourceVersion")
                    || line.contains("the server rejected our request due to an error")
            })
}
