//! Makes load balancers, or changes them to what the stage says.
//!
//! One is described by the stage itself, several by a list under `loadBalancers`. What a load balancer is made of is
//! up to its provider.
//!
//! ```yaml
//! - name: Load balancer
//!   type: upsertLoadBalancer
//!   loadBalancerName: hello
//!   listen: 127.0.0.1:8080
//! ```
//!
//! On AWS, `weights` shifts traffic between target groups and changes nothing else:
//! `weights: {hello: 90, hello-canary: 10}`.

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster;
use super::forecast::Change;
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Map, Shape, Unit, optional};

const ONE: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("attributes", Shape::Map, "further settings, as the provider writes them"),
    optional("availabilityZones", Shape::Map, "zones by region"),
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("crossZoneBalancing", Shape::Boolean, "classic: evens out over zones"),
    optional("deletionProtection", Shape::Boolean, "refuses to be deleted"),
    optional("deregistrationDelay", Shape::Integer, "classic: seconds open connections get to finish"),
    optional("drainTimeout", Shape::Duration(Unit::Seconds), "longest time open connections get to finish"),
    optional("healthCheck", Shape::Any, "classic: HTTP:8080/health"),
    optional("healthInterval", Shape::Integer, "classic: seconds between checks; 10"),
    optional("healthTimeout", Shape::Integer, "classic: seconds for a check; 5"),
    optional("healthyThreshold", Shape::Integer, "classic: successes in a row that make it healthy; 10"),
    optional("idleTimeout", Shape::Integer, "seconds until an idle connection is closed"),
    optional("ipAddressType", Shape::Text, "ipv4 or dualstack"),
    optional("isInternal", Shape::Boolean, "reachable from inside only; false"),
    optional("listen", Shape::Text, "address it listens on, host:port"),
    optional("listeners", Shape::List(&Shape::Map), "ports it listens on, with actions and rules"),
    optional("loadBalancerName", Shape::Text, "the same as name, which in a pipeline is the stage's"),
    optional("name", Shape::Text, "its name"),
    optional("loadBalancerType", Shape::OneOf(&["application", "classic", "network"]), "its kind; application"),
    optional("loadBalancingCrossZone", Shape::Boolean, "network: evens out over zones"),
    optional("protocol", Shape::OneOf(&["http", "tcp"]), "what it passes on"),
    target::REGION,
    optional("securityGroups", Shape::List(&Shape::Text), "firewalls before it"),
    optional("subnetIds", Shape::List(&Shape::Text), "subnets it stands in; those of subnetType when left out"),
    optional("subnetType", Shape::Text, "purpose of its subnets; the default ones when left out"),
    optional("targetGroups", Shape::List(&Shape::Map), "target groups: name, protocol, port, health check, attributes"),
    optional("unhealthyThreshold", Shape::Integer, "classic: failures in a row that take it out; 2"),
    optional("vpcId", Shape::Text, "network it belongs to; that of its subnets"),
    optional(
        "weights",
        Shape::Map,
        "shares of traffic by target group, where it forwards to any of them; nothing else",
    ),
];

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("attributes", Shape::Map, "further settings, as the provider writes them"),
    optional("availabilityZones", Shape::Map, "zones by region"),
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("crossZoneBalancing", Shape::Boolean, "classic: evens out over zones"),
    optional("deletionProtection", Shape::Boolean, "refuses to be deleted"),
    optional("deregistrationDelay", Shape::Integer, "classic: seconds open connections get to finish"),
    optional("drainTimeout", Shape::Duration(Unit::Seconds), "longest time open connections get to finish"),
    optional("healthCheck", Shape::Any, "classic: HTTP:8080/health"),
    optional("healthInterval", Shape::Integer, "classic: seconds between checks; 10"),
    optional("healthTimeout", Shape::Integer, "classic: seconds for a check; 5"),
    optional("healthyThreshold", Shape::Integer, "classic: successes in a row that make it healthy; 10"),
    optional("idleTimeout", Shape::Integer, "seconds until an idle connection is closed"),
    optional("ipAddressType", Shape::Text, "ipv4 or dualstack"),
    optional("isInternal", Shape::Boolean, "reachable from inside only; false"),
    optional("listen", Shape::Text, "address it listens on, host:port"),
    optional("listeners", Shape::List(&Shape::Map), "ports it listens on, with actions and rules"),
    optional("loadBalancerName", Shape::Text, "its name; the stage's name when left out"),
    optional("loadBalancers", Shape::List(&Shape::Object(ONE)), "several at once, each with these keys"),
    optional("loadBalancerType", Shape::OneOf(&["application", "classic", "network"]), "its kind; application"),
    optional("loadBalancingCrossZone", Shape::Boolean, "network: evens out over zones"),
    optional("protocol", Shape::OneOf(&["http", "tcp"]), "what it passes on"),
    target::REGION,
    optional("securityGroups", Shape::List(&Shape::Text), "firewalls before it"),
    optional("subnetIds", Shape::List(&Shape::Text), "subnets it stands in; those of subnetType when left out"),
    optional("subnetType", Shape::Text, "purpose of its subnets; the default ones when left out"),
    optional("targetGroups", Shape::List(&Shape::Map), "target groups: name, protocol, port, health check, attributes"),
    optional("unhealthyThreshold", Shape::Integer, "classic: failures in a row that take it out; 2"),
    optional("vpcId", Shape::Text, "network it belongs to; that of its subnets"),
    optional(
        "weights",
        Shape::Map,
        "shares of traffic by target group, where it forwards to any of them; nothing else",
    ),
];

/// The `upsertLoadBalancer` stage.
pub(super) struct UpsertLoadBalancer;

#[async_trait]
impl Stage for UpsertLoadBalancer {
    fn kind(&self) -> &'static str {
        "upsertLoadBalancer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["upsertLoadBalancers"]
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_load_balancer.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPSERT]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        for description in descriptions(call)? {
            let cloud = Cloud::of(&description, services)?;
            let name = name(&description);
            cloud.load_balancers()?.check(&description).await?;
            let exists = !cloud.load_balancers()?.list(Some(&name)).await?.is_empty();
            lines.push(format!("{} load balancer {name}", if exists { "update" } else { "create" }));
            services.foresee(Change::LoadBalancer { account: cloud.account, name });
        }
        Ok(lines)
    }
}

const UPSERT: Acting = Acting { name: "upsertLoadBalancer", look: |call, services| upsert(call, services).boxed() };

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let mut wishes = Vec::new();
    for description in descriptions(call)? {
        let cloud = Cloud::of(&description, services)?;
        // What can be known to be wrong is said of all of them before anything is on record as changed.
        cloud.load_balancers()?.check(&description).await?;
        wishes.push((cloud, description));
    }
    let mut targets = Vec::new();
    let mut result = TaskResult::succeeded();
    for (cloud, description) in wishes {
        let location = cloud.deploy_location(&description)?;
        let target = format!("{}/{location}/{}", cloud.account, name(&description));
        call.mutation("upsertLoadBalancer", target, reading::text(&description, "listen").unwrap_or_default()).await?;
        let made = cloud.load_balancers()?.upsert(&description).await?;
        targets.push(json!({
            "credentials": cloud.account,
            "availabilityZones": {(made.region.as_str()): []},
            "name": made.name,
            "listeners": made.listeners,
        }));
        result = operation::accepted(call, "upsertLoadBalancer", &cloud, &[]);
    }
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("targets", targets))
}

/// What each load balancer is to be, with the stage's account and region where it says nothing of them.
fn descriptions(call: &Call<'_>) -> Result<Vec<Map>, Failure> {
    let listed = reading::list(call.context, "loadBalancers");
    if listed.is_empty() {
        let mut one = call.context.clone();
        let own = reading::filled(&one, "loadBalancerName").unwrap_or_else(|| call.stage.name.clone());
        one.insert("name".to_owned(), Value::String(own));
        return Ok(vec![one]);
    }
    let mut defaults = call.context.clone();
    defaults.retain(|key, _| matches!(key.as_str(), "account" | "credentials" | "cloudProvider" | "region"));
    let read = |value: &Value| {
        let one = value.as_object().ok_or_else(|| Failure::user(format!("a load balancer is {value}, no object")))?;
        let mut one = cluster::over(one, &defaults);
        match ["loadBalancerName", "name"].iter().find_map(|key| reading::filled(&one, key)) {
            Some(name) => one.insert("name".to_owned(), Value::String(name)),
            None => return Err(Failure::user("a load balancer of the stage has no 'name'")),
        };
        Ok(one)
    };
    listed.iter().map(read).collect()
}

fn name(description: &Map) -> String {
    reading::filled(description, "name").unwrap_or_default()
}
