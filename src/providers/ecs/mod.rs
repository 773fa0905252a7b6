//! Amazon ECS: server groups are services, each with a task definition of its own, behind target groups.
//!
//! Names, what disabled means (no tasks, scaling suspended) and the keys of a cluster are Spinnaker's. The account is
//! one of `aws`: its network, load balancers and firewalls are looked up there. What has to be remembered is on the
//! service itself, in tags (`tags.rs`).
//!
//! ```text
//! cluster ── cluster ──> typed keys ── create ──> task definition ──> service ──> scalable target, policies
//! service ── service ──> ECS by name ── tasks ──> tasks, target groups
//! ```

mod cluster;
mod create;
mod scaling;
mod server_group;
mod service;
mod tags;
mod task_definition;
mod tasks;

use std::time::Duration;

use serde_json::Value;

use self::cluster::CLUSTER_FIELDS;
use super::aws::{self, Aws, Fault};
use super::{
    AccountCheck, Connection, Error, Firewalls, Functions, Kind, LoadBalancers, Provider, ServerGroups, Stacks, Usage,
};
use crate::aws::service::{APPLICATION_AUTO_SCALING, ECS};
use crate::aws::{Call, Service};

/// This provider's name.
const PROVIDER: &str = "ecs";
/// The source of health that knows no more than that a task runs.
const PLATFORM: &str = "Ecs";

/// This provider's line in the table.
pub const KIND: Kind = Kind {
    name: PROVIDER,
    about: "Amazon ECS: services of clusters, behind target groups",
    account_fields: aws::ACCOUNT_FIELDS,
    cluster_fields: CLUSTER_FIELDS,
    connect,
};

fn connect(connection: Connection) -> Result<Box<dyn Provider>, Error> {
    Ok(Box::new(Ecs { aws: aws::open(&connection)? }))
}

/// An open account.
struct Ecs {
    /// The account of AWS it is.
    aws: Aws,
}

impl Ecs {
    /// An operation of ECS; the regions of an account share its credentials, limits and counts.
    async fn ask(&self, region: &str, operation: &str, body: Value) -> Result<Value, Fault> {
        self.post(&ECS, region, operation, body).await
    }

    /// An operation of Application Auto Scaling.
    async fn scale(&self, region: &str, operation: &str, body: Value) -> Result<Value, Fault> {
        self.post(&APPLICATION_AUTO_SCALING, region, operation, body).await
    }

    async fn post(
        &self,
        service: &'static Service,
        region: &str,
        operation: &str,
        body: Value,
    ) -> Result<Value, Fault> {
        let mut call = Call::new(service, operation, "POST", "/")
            .with_header("content-type", format!("application/x-amz-json-{}", service.json))
            .with_header("x-amz-target", format!("{}.{operation}", service.target));
        call.body = body.to_string().into_bytes();
        let answer = self.aws.send(region, &call).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        let read = serde_json::from_slice(&answer.body);
        read.map_err(|_| {
            Fault::other(format!("{}:{operation} was answered with something that is no JSON", service.name))
        })
    }

    /// All pages of a list: `list` is its name in the answer.
    async fn list_all(&self, region: &str, operation: &str, body: Value, list: &str) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        let mut page = body;
        loop {
            let mut answer = self.ask(region, operation, page.clone()).await?;
            if let Some(Value::Array(items)) = answer.get_mut(list).map(Value::take) {
                found.extend(items);
            }
            match answer.get("nextToken").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => page["nextToken"] = next.into(),
                _ => return Ok(found),
            }
        }
    }
}

impl Provider for Ecs {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn poll_interval(&self) -> Duration {
        self.aws.poll_interval()
    }

    fn settle_time(&self) -> Duration {
        self.aws.settle_time()
    }

    fn platform_health(&self) -> Option<&'static str> {
        Some(PLATFORM)
    }

    fn default_locations(&self) -> Vec<String> {
        self.aws.default_locations()
    }

    fn usage(&self) -> Option<Usage> {
        self.aws.usage()
    }

    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        self.aws.load_balancers()
    }

    fn firewalls(&self) -> Option<&dyn Firewalls> {
        self.aws.firewalls()
    }

    fn functions(&self) -> Option<&dyn Functions> {
        self.aws.functions()
    }

    fn stacks(&self) -> Option<&dyn Stacks> {
        self.aws.stacks()
    }

    fn checks(&self) -> Option<&dyn AccountCheck> {
        self.aws.checks()
    }
}
