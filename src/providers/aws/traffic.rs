//! Putting server groups into traffic and taking them out: suspended processes and registrations, as Spinnaker does it.

use aws_sdk_autoscaling::types::{AutoScalingGroup, Tag};
use futures_util::future::{try_join, try_join_all};

use super::Aws;
use super::client::{Service, fault};
use super::cluster::{DISABLING, TRAFFIC_PROCESSES};
use super::error::not_found;
use super::group::{is_disabled, is_going, suspended, tag_of};
use super::params::Params;
use super::tags;
use crate::model::ServerGroupRef;
use crate::providers::{Error, ErrorKind};

/// Targets in one call.
const BATCH: usize = 100;

/// The instances that are this share of a group, rounded up: always the same ones, so that a larger share holds a
/// smaller.
pub(super) fn share_of(group: &AutoScalingGroup, percentage: u32) -> Vec<String> {
    let mut ids = instance_ids(group);
    ids.sort();
    let count = (ids.len() * percentage.min(100) as usize).div_ceil(100);
    ids.truncate(count);
    ids
}

fn instance_ids(group: &AutoScalingGroup) -> Vec<String> {
    group.instances().iter().filter_map(|instance| instance.instance_id().map(str::to_owned)).collect()
}

/// Instances of a group besides these.
fn others(group: &AutoScalingGroup, known: &[String]) -> Vec<String> {
    instance_ids(group).into_iter().filter(|id| !known.contains(id)).collect()
}

impl Aws {
    /// A group that must be there and not on its way out.
    pub(super) async fn existing(&self, region: &str, name: &str) -> Result<AutoScalingGroup, Error> {
        let found = self.describe_one(region, name).await?.filter(|group| !is_going(group));
        found.ok_or_else(|| {
            not_found(format!("there is no server group '{name}' in {region} of account '{}'", self.account.name))
        })
    }

    pub(super) async fn disable_group(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        let share = percentage.unwrap_or(100).min(100);
        if share < 100 && found.target_group_arns().is_empty() && found.load_balancer_names().is_empty() {
            return self.put_tag(&region, &group.name, tags::OUT_OF_TRAFFIC, &share.to_string()).await;
        }
        if share < 100 {
            return self.deregister(&region, &found, &share_of(&found, share)).await;
        }
        self.remember_suspended(&region, &found).await?;
        self.suspend(&region, &group.name, &TRAFFIC_PROCESSES.map(str::to_owned)).await?;
        // Read again beside it: an instance that came into service up to now was still put into traffic.
        let known = instance_ids(&found);
        let again = self.existing(&region, &group.name);
        let (again, ()) = try_join(again, self.deregister(&region, &found, &known)).await?;
        self.deregister(&region, &again, &others(&again, &known)).await
    }

    /// What of the three processes was suspended for another reason stays so when the group is enabled again. Of a
    /// group that is disabled already it is known, and what is suspended now is so because it is disabled.
    async fn remember_suspended(&self, region: &str, group: &AutoScalingGroup) -> Result<(), Error> {
        if is_disabled(group) || tag_of(group, tags::SUSPENDED).is_some() {
            return Ok(());
        }
        let name = group.auto_scaling_group_name().unwrap_or_default();
        let before: Vec<String> =
            suspended(group).into_iter().filter(|process| TRAFFIC_PROCESSES.contains(&process.as_str())).collect();
        if before.is_empty() {
            return Ok(());
        }
        self.put_tag(region, name, tags::SUSPENDED, &before.join(" ")).await
    }

    pub(super) async fn enable_group(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        let stays = tag_of(&found, tags::SUSPENDED).unwrap_or_default();
        let resumed: Vec<String> = TRAFFIC_PROCESSES
            .into_iter()
            .filter(|process| *process == DISABLING || !stays.split(' ').any(|word| word == *process))
            .map(str::to_owned)
            .collect();
        self.resume(&region, &group.name, &resumed).await?;
        // Read again beside it: from now on new instances are put into traffic by Auto Scaling.
        let known = instance_ids(&found);
        let again = self.existing(&region, &group.name);
        let (found, ()) = try_join(again, self.register(&region, &found, &known)).await?;
        self.register(&region, &found, &others(&found, &known)).await?;
        for key in [tags::SUSPENDED, tags::OUT_OF_TRAFFIC, tags::LIFTED] {
            if tag_of(&found, key).is_some() {
                self.delete_tag(&region, &group.name, key).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn suspend(&self, region: &str, name: &str, processes: &[String]) -> Result<(), Error> {
        let call = self.calls.autoscaling(region).suspend_processes().auto_scaling_group_name(name);
        call.set_scaling_processes(Some(processes.to_vec())).send().await.map_err(fault)?;
        Ok(())
    }

    pub(super) async fn resume(&self, region: &str, name: &str, processes: &[String]) -> Result<(), Error> {
        if processes.is_empty() {
            return Ok(());
        }
        let call = self.calls.autoscaling(region).resume_processes().auto_scaling_group_name(name);
        call.set_scaling_processes(Some(processes.to_vec())).send().await.map_err(fault)?;
        Ok(())
    }

    /// Registers instances with everything their group stands behind.
    pub(super) async fn register(&self, region: &str, group: &AutoScalingGroup, ids: &[String]) -> Result<(), Error> {
        self.set_members(region, balancers_of(group), ids, true).await
    }

    async fn deregister(&self, region: &str, group: &AutoScalingGroup, ids: &[String]) -> Result<(), Error> {
        self.set_members(region, balancers_of(group), ids, false).await
    }

    /// Registers instances with target groups and classic balancers, or deregisters them.
    pub(super) async fn set_members(
        &self,
        region: &str,
        (target_groups, classic): (&[String], &[String]),
        ids: &[String],
        behind: bool,
    ) -> Result<(), Error> {
        let (targets, instances) = match behind {
            true => ("RegisterTargets", "RegisterInstancesWithLoadBalancer"),
            false => ("DeregisterTargets", "DeregisterInstancesFromLoadBalancer"),
        };
        let batches: Vec<&[String]> = ids.chunks(BATCH).collect();
        let of_targets = target_groups.iter().flat_map(|arn| batches.iter().map(move |ids| (arn, *ids)));
        let of_targets = try_join_all(of_targets.map(|(arn, ids)| self.change_targets(region, arn, ids, targets)));
        let of_classic = classic.iter().flat_map(|name| batches.iter().map(move |ids| (name, *ids)));
        let of_classic = try_join_all(of_classic.map(|(name, ids)| self.change_classic(region, name, ids, instances)));
        try_join(of_targets, of_classic).await.map(|_| ())
    }

    async fn change_targets(&self, region: &str, arn: &str, ids: &[String], action: &str) -> Result<(), Error> {
        let mut params = Params::query().with("TargetGroupArn", arn);
        for (position, id) in ids.iter().enumerate() {
            let target = params.item("Targets", position);
            params.set(&format!("{target}.Id"), id);
        }
        gone_is_fine(self.calls.query(Service::Elbv2, region, action, &params).await.map(|_| ()).map_err(Error::from))
    }

    async fn change_classic(&self, region: &str, name: &str, ids: &[String], action: &str) -> Result<(), Error> {
        let mut params = Params::query().with("LoadBalancerName", name);
        for (position, id) in ids.iter().enumerate() {
            let instance = params.item("Instances", position);
            params.set(&format!("{instance}.InstanceId"), id);
        }
        gone_is_fine(self.calls.query(Service::Elb, region, action, &params).await.map(|_| ()).map_err(Error::from))
    }

    /// Sets a tag of a group that its instances do not get.
    pub(super) async fn put_tag(&self, region: &str, group: &str, key: &str, value: &str) -> Result<(), Error> {
        let tag = group_tag(group, key, value);
        self.calls.autoscaling(region).create_or_update_tags().tags(tag).send().await.map_err(fault)?;
        Ok(())
    }

    pub(super) async fn delete_tag(&self, region: &str, group: &str, key: &str) -> Result<(), Error> {
        let tag = group_tag(group, key, "");
        self.calls.autoscaling(region).delete_tags().tags(tag).send().await.map_err(fault)?;
        Ok(())
    }
}

/// A tag of a group.
pub(super) fn group_tag(group: &str, key: &str, value: &str) -> Tag {
    let tag = Tag::builder().resource_id(group).resource_type("auto-scaling-group").key(key).value(value);
    tag.propagate_at_launch(false).build()
}

/// A balancer that was removed takes no traffic to anything. Instances that ended meanwhile neither.
fn gone_is_fine(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind == ErrorKind::NotFound || error.message.contains("(InvalidInstance)") => Ok(()),
        other => other,
    }
}

/// Target groups and classic balancers a group stands behind.
fn balancers_of(group: &AutoScalingGroup) -> (&[String], &[String]) {
    (group.target_group_arns(), group.load_balancer_names())
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::Instance;

    use super::*;

    #[test]
    fn a_larger_share_holds_a_smaller() {
        let instance = |id: &str| Instance::builder().instance_id(id).protected_from_scale_in(false).build();
        let group = AutoScalingGroup::builder();
        let group = ["i-3", "i-1", "i-2"].iter().fold(group, |group, id| group.instances(instance(id))).build();
        assert_eq!(share_of(&group, 0), Vec::<String>::new());
        assert_eq!(share_of(&group, 30), ["i-1"]);
        assert_eq!(share_of(&group, 50), ["i-1", "i-2"]);
        assert_eq!(share_of(&group, 100), ["i-1", "i-2", "i-3"]);
    }
}
