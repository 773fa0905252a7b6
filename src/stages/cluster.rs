//! A cluster as a stage names it: application, name, account, locations; and what stands in it now.

use serde_json::{Map as JsonMap, Value, json};

use super::cloud::Cloud;
use super::{Services, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Execution, Failure, Field, Map, Moniker, ServerGroup, Shape, optional, parse_name};
use crate::providers::ServerGroupQuery;
use crate::stages::ClusterLock;

/// Size of a server group.
pub(crate) const CAPACITY: &[Field] = &[
    optional("min", Shape::Integer, "lower bound"),
    optional("max", Shape::Integer, "upper bound"),
    optional("desired", Shape::Integer, "instances it has when nothing scales it"),
];

/// The parts of a name.
pub(crate) const MONIKER: &[Field] = &[
    optional("app", Shape::Text, "application"),
    optional("cluster", Shape::Text, "name without the push number"),
    optional("stack", Shape::Text, "stack"),
    optional("detail", Shape::Text, "free-form detail"),
    optional("sequence", Shape::Integer, "number of the push"),
];

/// A cluster as the stages that act on all of it name it.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// Through which account.
    pub(crate) cloud: Cloud,
    /// Application.
    pub(crate) application: String,
    /// `app-stack-detail`.
    pub(crate) name: String,
    /// Regions, namespaces or zones to act in.
    pub(crate) locations: Vec<String>,
}

impl Cluster {
    /// The cluster a context names by `moniker.cluster` or `cluster`.
    pub(crate) fn of(execution: &Execution, context: &Map, services: &Services) -> Result<Self, Failure> {
        let name = name(context).ok_or_else(|| {
            Failure::user("the stage names no cluster").detail("add cluster: <application>-<stack>-<detail>")
        })?;
        let cloud = Cloud::of(context, services)?;
        let locations = cloud.cluster_locations(context);
        if locations.is_empty() {
            return Err(
                Failure::user(format!("the stage names no region of cluster '{name}'")).detail("add regions: [<name>]")
            );
        }
        Ok(Self { application: application(execution, context, &name), cloud, name, locations })
    }

    /// Its server groups in a location, the newest first.
    pub(crate) async fn groups(&self, location: &str) -> Result<Vec<ServerGroup>, Failure> {
        let query = ServerGroupQuery {
            application: Some(self.application.clone()),
            cluster: Some(self.name.clone()),
            location: Some(location.to_owned()),
        };
        let mut groups = self.cloud.server_groups()?.list(&query).await?;
        groups.sort_by_key(|group| std::cmp::Reverse((group.created_time, group.moniker.sequence)));
        Ok(groups)
    }
}

/// The name of the cluster in a context: the moniker's wins; a `cluster` that is an object describes one instead.
pub(crate) fn name(context: &Map) -> Option<String> {
    reading::object(context, "moniker")
        .and_then(|moniker| reading::filled(moniker, "cluster"))
        .or_else(|| reading::filled(context, "cluster"))
}

/// Application for a look-up: the moniker's, else what the name of cluster or server group says, else the execution's.
pub(crate) fn application(execution: &Execution, context: &Map, name: &str) -> String {
    reading::object(context, "moniker")
        .and_then(|moniker| reading::filled(moniker, "app"))
        .or_else(|| parse_name(name).app)
        .unwrap_or_else(|| execution.application.clone())
}

/// The moniker of a deploy: the one given, or made from application, stack and detail.
pub(crate) fn moniker(execution: &Execution, context: &Map) -> Result<Moniker, Failure> {
    let given = reading::object(context, "moniker").filter(|given| reading::filled(given, "cluster").is_some());
    if let Some(given) = given {
        let text = |key| reading::filled(given, key);
        let parsed = parse_name(&text("cluster").unwrap_or_default());
        return Ok(Moniker {
            app: text("app").or(parsed.app),
            cluster: text("cluster"),
            stack: text("stack").or(parsed.stack),
            detail: text("detail").or(parsed.detail),
            sequence: None,
        });
    }
    let application = reading::filled(context, "application").unwrap_or_else(|| execution.application.clone());
    let stack = reading::text(context, "stack");
    let detail = reading::text(context, "freeFormDetails").or_else(|| reading::text(context, "detail"));
    Moniker::of(&application, stack.as_deref(), detail.as_deref()).map_err(|error| Failure::user(error.to_string()))
}

/// Asks for a cluster; the result to give back while somebody else holds it.
pub(crate) async fn lock(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    location: &str,
    cluster: &str,
) -> Result<Option<TaskResult>, Failure> {
    let scope = format!("{}/{location}/{cluster}", cloud.account);
    match services.locks.acquire(call.execution, &scope).await? {
        ClusterLock::Held => Ok(None),
        ClusterLock::HeldBy(who) => {
            call.progress(format!("waiting for cluster {scope}, held by {who}"));
            Ok(Some(cloud.look_again()))
        }
    }
}

/// Coordinates that a strategy pipeline is given by the deploy that started it; nothing in any other pipeline.
pub(crate) fn inherited_coordinates(execution: &Execution) -> Map {
    let Some(parameters) = strategy_parameters(execution) else { return Map::new() };
    let mut inherited = Map::new();
    for key in ["cloudProvider", "cluster", "credentials"] {
        if let Some(value) = parameters.get(key).filter(|value| !value.is_null()) {
            inherited.insert(key.to_owned(), value.clone());
        }
    }
    for (singular, plural) in [("region", "regions"), ("zone", "zones"), ("namespace", "namespaces")] {
        if let Some(location) = reading::filled(parameters, singular) {
            inherited.insert(plural.to_owned(), json!([location]));
        }
    }
    inherited
}

/// The parameters of an execution that runs as a deployment strategy.
pub(crate) fn strategy_parameters(execution: &Execution) -> Option<&Map> {
    reading::object(&execution.trigger, "parameters").filter(|parameters| reading::flag(parameters, "strategy"))
}

/// One map over another: the upper one's keys win.
pub(crate) fn over(upper: &Map, lower: &Map) -> Map {
    let mut merged = lower.clone();
    merged.extend(upper.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

/// The object a `json!` literal holds.
pub(crate) fn object(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        _ => JsonMap::new(),
    }
}
