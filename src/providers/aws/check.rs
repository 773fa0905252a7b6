//! Who an account is and what it may do: asked without changing anything.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::Aws;
use super::client::Service;
use super::error::{Fault, PROVIDER, during};
use super::params::Params;
use super::xml::Answer;
use crate::providers::{AccountCheck, Error, ErrorKind};

/// Reads that a deployment needs.
const READS: &[(Service, &str)] = &[
    (Service::AutoScaling, "DescribeAutoScalingGroups"),
    (Service::Ec2, "DescribeInstances"),
    (Service::Ec2, "DescribeSubnets"),
    (Service::Ec2, "DescribeSecurityGroups"),
    (Service::Elb, "DescribeLoadBalancers"),
    (Service::Elbv2, "DescribeTargetGroups"),
];

/// Changes that EC2 tells about without making them: the one that every deployment makes, and one that only
/// `upsertSecurityGroup` does.
const NEEDED: &str = "CreateLaunchTemplate";
const OPTIONAL: &str = "CreateSecurityGroup";

impl Aws {
    /// The caller's number and ARN.
    async fn caller(&self) -> Result<(String, String), Fault> {
        let region = &self.account.regions[0];
        let answer = self.calls.query(Service::Sts, region, "GetCallerIdentity", &Params::query()).await?;
        Ok((answer.string("Account"), answer.string("Arn")))
    }

    async fn may_read(&self, region: &str, service: Service, action: &str) -> Result<(), Fault> {
        let params = match (service, action) {
            (Service::AutoScaling, _) => Params::query().with("MaxRecords", 1),
            (Service::Elb | Service::Elbv2, _) => Params::query().with("PageSize", 1),
            _ => Params::ec2().with("MaxResults", 5),
        };
        self.calls.query(service, region, action, &params).await.map(|_| ())
    }

    /// EC2 answers a trial with an error either way: `DryRunOperation` when it would have been allowed.
    async fn may_change(&self, region: &str, action: &str) -> Result<(), Fault> {
        let mut params = Params::ec2().with("DryRun", true);
        match action {
            NEEDED => {
                params.set("LaunchTemplateName", "gennaker-account-check");
                params.set("LaunchTemplateData.InstanceType", "t3.nano");
            }
            _ => {
                params.set("GroupName", "gennaker-account-check").set("GroupDescription", "never made");
            }
        }
        match self.calls.query(Service::Ec2, region, action, &params).await {
            Err(fault) if fault.error.kind == ErrorKind::Permission => Err(fault),
            _ => Ok(()),
        }
    }

    async fn check_account(&self) -> Result<Vec<String>, Error> {
        let (number, arn) = self.caller().await?;
        let mut lines = vec![format!("account {number}, as {arn}")];
        if let Some(wanted) = self.account.account_id.as_deref().filter(|wanted| *wanted != number) {
            return Err(Error::new(
                PROVIDER,
                "check account",
                ErrorKind::Permission,
                format!(
                    "these are credentials of account {number}, but 'accountId' is {wanted}; set 'assumeRole' or another \
                     'profile'"
                ),
            ));
        }
        let mut missing = Vec::new();
        for region in &self.account.regions {
            let reads = join_all(READS.iter().map(|(service, action)| self.may_read(region, *service, action))).await;
            let (needed, optional) =
                futures_util::future::join(self.may_change(region, NEEDED), self.may_change(region, OPTIONAL)).await;
            let refused: Vec<String> =
                reads.into_iter().chain([needed]).filter_map(Result::err).map(|fault| fault.error.message).collect();
            if refused.is_empty() {
                lines.push(format!("{region}: may read groups, instances and load balancers, and make templates"));
            }
            if optional.is_err() {
                lines.push(format!(
                    "{region}: may not make security groups: 'upsertSecurityGroup' needs ec2:{OPTIONAL}"
                ));
            }
            missing.extend(refused);
        }
        match missing.is_empty() {
            true => Ok(lines),
            false => {
                let first = missing.remove(0);
                lines.extend(missing);
                Err(Error::new(PROVIDER, "check account", ErrorKind::Permission, first).with_details(lines))
            }
        }
    }
}

#[async_trait]
impl AccountCheck for Aws {
    async fn check(&self) -> Result<Vec<String>, Error> {
        self.check_account().await.map_err(during("check account"))
    }

    async fn reach(&self, limit: Duration) -> Result<(), Error> {
        let reached = self.calls.reach(&self.account.regions[0], limit).await;
        reached.map_err(Error::from).map_err(during("reach"))
    }
}
