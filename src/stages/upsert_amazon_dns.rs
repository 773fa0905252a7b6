//! Makes a DNS record in Route 53, or gives the one of its name and type another value.
//!
//! Without a `target` the record stands for the load balancer that an earlier stage made or changed.
//!
//! ```yaml
//! - name: Point at the new one
//!   type: upsertAmazonDNS
//!   hostedZone: shop.example.
//!   recordName: www.shop.example.
//!   recordType: CNAME
//!   target: front-123.eu-west-1.elb.amazonaws.com
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::Value;

use super::cloud::Cloud;
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};
use crate::providers::DnsRecord;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    required("hostedZone", Shape::Text, "the zone, by its name"),
    optional("recordName", Shape::Text, "name of the record; the stage's name when left out"),
    required("recordType", Shape::Text, "A, CNAME, TXT, …"),
    optional("target", Shape::Text, "what it stands for; the load balancer of an earlier stage when left out"),
];

/// The `upsertAmazonDNS` stage.
pub(super) struct UpsertAmazonDns;

#[async_trait]
impl Stage for UpsertAmazonDns {
    fn kind(&self) -> &'static str {
        "upsertAmazonDNS"
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_amazon_dns.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPSERT]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        let name = reading::filled(call.context, "recordName").unwrap_or_else(|| call.stage.name.clone());
        let value = value(call).unwrap_or_else(|| "the load balancer".to_owned());
        Ok(vec![format!("let {name} stand for {value}")])
    }
}

/// What the record stands for, when the stage or one before it says so.
fn value(call: &Call<'_>) -> Option<String> {
    let balanced = || {
        let ancestors = call.execution.ancestors(call.stage);
        ancestors.into_iter().filter(|stage| stage.kind.starts_with("upsertLoadBalancer")).find_map(|stage| {
            let targets = reading::list(&stage.context, "targets").iter();
            targets.filter_map(|target| target["listeners"].as_array()?.first()?.as_str()).find_map(host_of)
        })
    };
    reading::filled(call.context, "target").or_else(balanced)
}

/// `HTTP name.example:80` → `name.example`.
fn host_of(listener: &str) -> Option<String> {
    let (_, address) = listener.rsplit_once(' ')?;
    let (host, _) = address.rsplit_once(':')?;
    Some(host.to_owned()).filter(|host| !host.is_empty())
}

const UPSERT: Acting = Acting { name: "upsertAmazonDNS", look: |call, services| upsert(call, services).boxed() };

fn record(call: &Call<'_>) -> Result<DnsRecord, Failure> {
    let said = |key: &str| {
        let missing = || Failure::user(format!("the stage has no '{key}'")).detail(format!("add {key}"));
        reading::filled(call.context, key).ok_or_else(missing)
    };
    Ok(DnsRecord {
        zone: said("hostedZone")?,
        name: reading::filled(call.context, "recordName").unwrap_or_else(|| call.stage.name.clone()),
        kind: said("recordType")?.to_ascii_uppercase(),
        value: value(call).ok_or_else(|| {
            Failure::user("the record stands for nothing")
                .detail("add target, or a stage before this one that makes a load balancer with listeners")
        })?,
    })
}

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let records = cloud.provider.dns_records().ok_or_else(|| cloud.lacks("DNS records"))?;
    let record = record(call)?;
    let target = format!("{}/{}/{}", cloud.account, record.zone, record.name);
    call.mutation("upsertAmazonDNS", target, record.value.as_str()).await?;
    records.put(&record).await?;
    let mut result = operation::accepted(call, "upsertAmazonDNS", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("dnsName", Value::String(record.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_listener_is_what_a_record_stands_for() {
        assert_eq!(host_of("HTTP front-1.elb.amazonaws.com:80").as_deref(), Some("front-1.elb.amazonaws.com"));
        assert_eq!(host_of("front-1.elb.amazonaws.com"), None);
    }
}
