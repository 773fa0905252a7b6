//! What a provider that stands on an account of AWS may use of it: its regions, its calls, its network.

use std::collections::BTreeMap;

use super::Aws;
use super::client::Service;
use super::cluster::Cluster;
use super::error::Fault;
use super::health::of_target;
use super::params::Params;
use super::xml::Answer;
use crate::aws::Call;
use crate::http::Response;
use crate::model::HealthState;
use crate::providers::{Error, ErrorKind};

/// State and reason of targets by host and port.
pub(in crate::providers) type Targets = BTreeMap<(String, u64), (HealthState, Option<String>)>;

impl Aws {
    /// Name of the account.
    pub(in crate::providers) fn account_name(&self) -> &str {
        &self.account.name
    }

    /// Its regions, the default one first.
    pub(in crate::providers) fn regions(&self) -> &[String] {
        &self.account.regions
    }

    /// The region a document names, which must be one of the account's.
    pub(in crate::providers) fn region(&self, location: &str) -> Result<String, Error> {
        self.account.region(location)
    }

    /// Sends a call, signed, paced, repeated and counted.
    pub(in crate::providers) async fn send(&self, region: &str, call: &Call<'_>) -> Result<Response, Fault> {
        self.calls.send(region, call).await
    }

    /// Subnets by id, by purpose or the default ones, and their network.
    pub(in crate::providers) async fn network_of(
        &self,
        region: &str,
        subnet_ids: &[String],
        purpose: Option<&str>,
    ) -> Result<(Vec<String>, String), Error> {
        let cluster =
            Cluster { subnet_ids: subnet_ids.to_vec(), subnet_type: purpose.map(str::to_owned), ..Cluster::default() };
        self.subnets(region, &cluster).await
    }

    /// Ids of security groups of a network, given by name or id.
    pub(in crate::providers) async fn security_groups_in(
        &self,
        region: &str,
        wanted: &[String],
        vpc: &str,
    ) -> Result<Vec<String>, Error> {
        self.security_group_ids(region, wanted, vpc).await
    }

    /// ARNs of target groups given by name or ARN, which must be in the network when one is given.
    pub(in crate::providers) async fn target_groups_in(
        &self,
        region: &str,
        names: &[String],
        vpc: Option<&str>,
    ) -> Result<Vec<String>, Error> {
        match vpc {
            Some(vpc) => self.target_group_arns(region, names, vpc).await,
            None => {
                let found = self.target_groups_by_name(region, names).await?;
                let vpc = found.first().map(|group| group.string("VpcId")).unwrap_or_default();
                self.target_group_arns(region, names, &vpc).await
            }
        }
    }

    /// What a target group says of its targets. One that is gone has none.
    pub(in crate::providers) async fn targets_of(&self, region: &str, arn: &str) -> Result<Targets, Error> {
        let params = Params::query().with("TargetGroupArn", arn);
        let answer = match self.calls.query(Service::Elbv2, region, "DescribeTargetHealth", &params).await {
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(Targets::new()),
            other => other?,
        };
        let found = answer.items("TargetHealthDescriptions").map(|node| {
            let target = of_target(node);
            let port = node.text("Target/Port").and_then(|port| port.parse().ok()).unwrap_or_default();
            ((node.string("Target/Id"), port), (target.state, target.why))
        });
        Ok(found.collect())
    }
}
