//! Makes a firewall, or changes it to what the stage says.
//!
//! Spinnaker's documents call a firewall a security group.
//!
//! ```yaml
//! - name: Let the office in
//!   type: upsertSecurityGroup
//!   securityGroupName: office
//!   description: our office and this machine
//!   sourceRanges: [127.0.0.0/8, 192.0.2.0/24]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::cloud::{self, Cloud};
use super::forecast::Change;
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Firewall, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("description", Shape::Text, "free text"),
    optional("ipIngress", Shape::List(&Shape::Any), "rules with a cidr each, as the editor writes them"),
    optional("port", Shape::Integer, "port that sourceRanges may connect to, where the provider has ports; all"),
    optional("protocol", Shape::Text, "protocol of port; tcp"),
    target::REGION,
    target::REGIONS,
    optional("securityGroupIngress", Shape::List(&Shape::Any), "rules that let other firewalls in: name, type, ports"),
    optional("securityGroupName", Shape::Text, "its name; the stage's name when left out"),
    optional("sourceRanges", Shape::List(&Shape::Text), "addresses that may connect, CIDR"),
    optional("vpcId", Shape::Text, "network it belongs to, for clouds with several; the default one"),
];

/// The `upsertSecurityGroup` stage.
pub(super) struct UpsertSecurityGroup;

#[async_trait]
impl Stage for UpsertSecurityGroup {
    fn kind(&self) -> &'static str {
        "upsertSecurityGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["upsertFirewall"]
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_security_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPSERT]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let cloud = Cloud::of(call.context, services)?;
        let name = name(call);
        let exists = cloud.firewalls()?.list().await?.iter().any(|firewall| firewall.name == name);
        let line = format!("{} firewall {name}", if exists { "update" } else { "create" });
        services.foresee(Change::Firewall { account: cloud.account, name });
        Ok(vec![line])
    }
}

const UPSERT: Acting = Acting { name: "upsertSecurityGroup", look: |call, services| upsert(call, services).boxed() };

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let name = name(call);
    let source_ranges = source_ranges(call);
    let wish = |region: String| Firewall {
        name: name.clone(),
        cloud_provider: cloud.provider_name.clone(),
        account: cloud.account.clone(),
        region,
        source_ranges: source_ranges.clone(),
        description: reading::text(call.context, "description").unwrap_or_default(),
        details: call.context.clone(),
    };
    let wishes: Vec<Firewall> = cloud.cluster_locations(call.context).into_iter().map(wish).collect();
    for firewall in &wishes {
        cloud.firewalls()?.check(firewall).await?;
    }
    let mut targets = Vec::new();
    for firewall in wishes {
        let target = format!("{}/{}/{name}", cloud.account, firewall.region);
        call.mutation("upsertSecurityGroup", target, source_ranges.join(", ")).await?;
        cloud.firewalls()?.upsert(&firewall).await?;
        targets.push(json!({"credentials": cloud.account, "region": firewall.region, "name": name}));
    }
    let mut result = operation::accepted(call, "upsertSecurityGroup", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("targets", targets))
}

fn name(call: &Call<'_>) -> String {
    reading::filled(call.context, "securityGroupName").unwrap_or_else(|| call.stage.name.clone())
}

/// `sourceRanges`, and the `cidr` of every rule in `ipIngress`.
fn source_ranges(call: &Call<'_>) -> Vec<String> {
    let mut ranges = cloud::texts(call.context, "sourceRanges");
    let rules = reading::list(call.context, "ipIngress").iter().filter_map(Value::as_object);
    ranges.extend(rules.filter_map(|rule| reading::filled(rule, "cidr")));
    ranges
}
