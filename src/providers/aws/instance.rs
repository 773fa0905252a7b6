//! Single instances: ended, restarted, taken out of their group, put behind balancers, and what they wrote to their
//! console.

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use aws_sdk_autoscaling::types::AutoScalingGroup;
use futures_util::future::try_join_all;

use super::Aws;
use super::client::{Service, fault};
use super::error::{during, invalid};
use super::group::{LIVE, target_group_name};
use super::health::{Ec2Instance, Target};
use super::params::Params;
use super::xml::Answer;
use crate::model::{HealthState, LoadBalancerInstance, ServerGroupRef};
use crate::providers::{Balancing, Error, ErrorKind, InstanceUpkeep, Instances, Leaving, RunningInstance};

/// Instances that leave a group in one call.
const DETACHED: usize = 20;

/// Balancers as AWS names them.
struct Found {
    region: String,
    /// ARNs of target groups.
    target_groups: Vec<String>,
    /// Names of classic balancers.
    classic: Vec<String>,
}

impl Aws {
    async fn console(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        let region = self.account.region(location)?;
        let params = Params::ec2().with("InstanceId", instance);
        let answer = match self.calls.query(Service::Ec2, &region, "GetConsoleOutput", &params).await {
            // An instance that was replaced meanwhile says nothing any more.
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let encoded: String = answer.string("output").split_whitespace().collect();
        let output = BASE64_STANDARD.decode(encoded).unwrap_or_default();
        let output = String::from_utf8_lossy(&output);
        let all: Vec<&str> = output.lines().map(str::trim_end).collect();
        Ok(all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect())
    }

    async fn end(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        let region = self.account.region(location)?;
        for batch in instances.chunks(100) {
            let params = Params::ec2().with_list("InstanceId", batch);
            match self.calls.query(Service::Ec2, &region, "TerminateInstances", &params).await {
                // One that is gone fails all of them.
                Err(fault) if fault.error.kind == ErrorKind::NotFound => {
                    for id in batch {
                        let params = Params::ec2().with_list("InstanceId", [id]);
                        match self.calls.query(Service::Ec2, &region, "TerminateInstances", &params).await {
                            Err(fault) if fault.error.kind != ErrorKind::NotFound => return Err(fault.into()),
                            _ => {}
                        }
                    }
                }
                Err(fault) => return Err(fault.into()),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    async fn live(&self, location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error> {
        let region = self.account.region(location)?;
        let live: Vec<String> =
            LIVE.iter().filter(|state| **state != "shutting-down").map(|s| (*s).to_owned()).collect();
        let mut found = Vec::new();
        // By filter: an id that is unknown by now is no error.
        for batch in instances.chunks(200) {
            let params =
                Params::ec2().with_filters(&[("instance-id", batch), ("instance-state-name", live.as_slice())]);
            let call = (Service::Ec2, region.as_str(), "DescribeInstances");
            let reservations = self.calls.pages(call, params, "reservationSet", ("nextToken", "NextToken")).await?;
            let nodes = reservations.iter().flat_map(|reservation| reservation.items("instancesSet"));
            found.extend(nodes.map(|node| RunningInstance {
                id: node.string("instanceId"),
                server_group: Ec2Instance::of(node).group,
            }));
        }
        Ok(found)
    }

    async fn restart(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        let region = self.account.region(location)?;
        for batch in instances.chunks(100) {
            let params = Params::ec2().with_list("InstanceId", batch);
            self.calls.query(Service::Ec2, &region, "RebootInstances", &params).await?;
        }
        Ok(())
    }

    async fn take_out(&self, group: &ServerGroupRef, instances: &[String], leaving: Leaving) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        let ids = members_of(&found, instances);
        if leaving.shrinks {
            self.make_room(&region, &found, ids.len(), leaving.lowers_minimum).await?;
        }
        match leaving.terminates && leaving.shrinks {
            true => {
                let client = self.calls.autoscaling(&region);
                for id in &ids {
                    let call = client.terminate_instance_in_auto_scaling_group().instance_id(id);
                    call.should_decrement_desired_capacity(true).send().await.map_err(fault)?;
                }
            }
            false => {
                self.detach(&region, &group.name, &ids, leaving.shrinks).await?;
                if leaving.terminates {
                    // All of them: an earlier try may have been cut short between the two.
                    self.end(&group.location, instances).await?;
                }
            }
        }
        if !leaving.lowers_maximum {
            return Ok(());
        }
        let now = self.existing(&region, &group.name).await?;
        if now.max_size() == now.desired_capacity() {
            return Ok(());
        }
        let call = self.calls.autoscaling(&region).update_auto_scaling_group().auto_scaling_group_name(&group.name);
        call.set_max_size(now.desired_capacity()).send().await.map_err(fault)?;
        Ok(())
    }

    /// Lets a group shrink by so many where its lower bound would keep it up.
    async fn make_room(
        &self,
        region: &str,
        group: &AutoScalingGroup,
        count: usize,
        may_lower: bool,
    ) -> Result<(), Error> {
        let name = group.auto_scaling_group_name().unwrap_or_default();
        let minimum = group.min_size().unwrap_or_default();
        let left = group.desired_capacity().unwrap_or_default() - i32::try_from(count).unwrap_or(i32::MAX);
        if left >= minimum {
            return Ok(());
        }
        if !may_lower {
            return Err(invalid(format!(
                "server group '{name}' has a minimum of {minimum} and would shrink to {left}; set \
                 adjustMinIfNecessary: true, or resize it first"
            )));
        }
        let call = self.calls.autoscaling(region).update_auto_scaling_group().auto_scaling_group_name(name);
        call.min_size(left.max(0)).send().await.map_err(fault)?;
        Ok(())
    }

    async fn detach(&self, region: &str, group: &str, ids: &[String], shrinks: bool) -> Result<(), Error> {
        for batch in ids.chunks(DETACHED) {
            let call = self.calls.autoscaling(region).detach_instances().auto_scaling_group_name(group);
            let call = call.set_instance_ids(Some(batch.to_vec())).should_decrement_desired_capacity(shrinks);
            call.send().await.map_err(fault)?;
        }
        Ok(())
    }

    /// The balancers meant, which must be there.
    async fn balancers(&self, wish: &Balancing) -> Result<Found, Error> {
        let region = self.account.region(&wish.location)?;
        if wish.load_balancers.is_empty() && wish.target_groups.is_empty() {
            let Some(name) = &wish.server_group else {
                return Err(invalid("no balancer is named; add loadBalancerNames or targetGroupNames, or asgName"));
            };
            let group = self.existing(&region, name).await?;
            let (target_groups, classic) = (group.target_group_arns().to_vec(), group.load_balancer_names().to_vec());
            return Ok(Found { region, target_groups, classic });
        }
        self.check_classic(&region, &wish.load_balancers).await?;
        let found = match wish.target_groups.is_empty() {
            true => Vec::new(),
            false => self.target_groups_by_name(&region, &wish.target_groups).await?,
        };
        let arn = |name: &String| {
            let group = found.iter().find(|group| group.text("TargetGroupName") == Some(name));
            group.map(|group| group.string("TargetGroupArn")).ok_or_else(|| {
                invalid(format!("target group '{name}' does not exist in {region}; correct 'targetGroupNames'"))
            })
        };
        let target_groups = wish.target_groups.iter().map(arn).collect::<Result<_, _>>()?;
        Ok(Found { region, target_groups, classic: wish.load_balancers.clone() })
    }
}

/// Those of the instances that are in a group.
fn members_of(group: &AutoScalingGroup, instances: &[String]) -> Vec<String> {
    let is_in = |id: &&String| {
        let mut members = group.instances().iter();
        members.any(|one| {
            let leaves = one
                .lifecycle_state()
                .is_some_and(|state| state.as_str().starts_with("Terminat") || state.as_str().starts_with("Detach"));
            one.instance_id() == Some(id.as_str()) && !leaves
        })
    };
    instances.iter().filter(is_in).cloned().collect()
}

/// What a balancer says of an instance; what it does not know is out of service.
fn seen(id: &str, balancer: &str, target: Option<&Target>) -> LoadBalancerInstance {
    LoadBalancerInstance {
        id: id.to_owned(),
        address: balancer.to_owned(),
        health_state: target.map_or(HealthState::OutOfService, |target| target.state),
        weight: 1,
        ..LoadBalancerInstance::default()
    }
}

#[async_trait]
impl InstanceUpkeep for Aws {
    async fn reboot(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        self.restart(location, instances).await.map_err(during("reboot instances"))
    }

    async fn leave(&self, group: &ServerGroupRef, instances: &[String], leaving: Leaving) -> Result<(), Error> {
        self.take_out(group, instances, leaving).await.map_err(during("detach instances"))
    }

    async fn balance(&self, balancing: &Balancing, instances: &[String], behind: bool) -> Result<(), Error> {
        let found = self.balancers(balancing).await.map_err(during("find balancers"))?;
        self.set_members(&found.region, (&found.target_groups, &found.classic), instances, behind)
            .await
            .map_err(during(if behind { "register instances" } else { "deregister instances" }))
    }

    async fn balanced(&self, balancing: &Balancing, instances: &[String]) -> Result<Vec<LoadBalancerInstance>, Error> {
        let found = self.balancers(balancing).await.map_err(during("find balancers"))?;
        let targets = try_join_all(found.target_groups.iter().map(|arn| self.target_health(&found.region, arn)));
        let members = try_join_all(found.classic.iter().map(|name| self.classic_health(&found.region, name)));
        let (targets, members) = futures_util::future::try_join(targets, members).await?;
        let names = found.target_groups.iter().map(|arn| target_group_name(arn));
        let names = names.chain(found.classic.iter().map(String::as_str));
        let all = names.zip(targets.iter().chain(&members));
        Ok(all.flat_map(|(name, health)| instances.iter().map(|id| seen(id, name, health.get(id)))).collect())
    }
}

#[async_trait]
impl Instances for Aws {
    async fn logs(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        self.console(location, instance, lines).await.map_err(during("read console output"))
    }

    async fn terminate(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        self.end(location, instances).await.map_err(during("terminate instances"))
    }

    async fn running(&self, location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error> {
        self.live(location, instances).await.map_err(during("describe instances"))
    }
}
