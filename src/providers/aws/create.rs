//! Making a server group so that being cut short anywhere and made again is harmless.
//!
//! The template claims the name. The group is made at its size at once when nothing has to be arranged before its
//! instances start, else empty: processes, metrics, policies and schedules come first and the size last, so an empty
//! group of ours is one that is not finished.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup, InstancesDistribution, LaunchTemplate, LaunchTemplateOverrides, LaunchTemplateSpecification,
    LifecycleHookSpecification, MixedInstancesPolicy, Tag,
};

use futures_util::future::try_join;

use super::Aws;
use super::client::{fault, once_visible};
use super::cluster::{Cluster, Mixed};
use super::error::{Fault, PROVIDER};
use super::group::{tag_of, tags_of};
use super::launch_template::Template;
use super::reading;
use super::resolve::Resolved;
use super::scaling::Scaling;
use super::tags;
use super::traffic::group_tag;
use crate::model::{Capacity, Map, ServerGroupRef, parse_name};
use crate::providers::{Error, ErrorKind, NewServerGroup};

impl Aws {
    pub(super) async fn create_group(&self, new: &NewServerGroup) -> Result<(), Error> {
        let region = self.account.region(&new.location)?;
        let resolved = self.resolve(&region, &new.cluster).await?;
        let (scaling, mut previous) =
            try_join(self.scaling_of_source(new, &resolved.cluster), self.previous(&region, new)).await?;
        let template = self.create_template(&region, new, &resolved).await?;
        let is_staged =
            !resolved.cluster.suspended.is_empty() || !resolved.cluster.metrics.is_empty() || !scaling.is_empty();
        let first = if is_staged { Capacity::exactly(0) } else { new.capacity };
        previous.extend(self.others_of(&region, &new.moniker).await?);
        if scaling.has_alarms() {
            previous.push((tags::ALARMS, "true".to_owned()));
        }
        let made = match self.create_asg(&region, new, &resolved, &template, first, &previous).await {
            Ok(()) => {
                let key = format!("{region} {}", new.name);
                self.clusters.put(key.clone(), new.moniker.cluster.clone().unwrap_or_default());
                self.made.put(key, ());
                self.expect(&region, &new.name);
                Ok(None)
            }
            Err(fault) if fault.error.kind == ErrorKind::AlreadyExists => self.adopt(&region, new).await.map(Some),
            Err(fault) => Err(fault.into()),
        };
        let finished = match made {
            Ok(found) if is_staged || found.is_some() => {
                self.finish(&region, new, &resolved.cluster, &scaling, found).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match finished {
            Err(error) if !error.retryable => Err(self.undo(&region, new, &template, error).await),
            other => other,
        }
    }

    /// A failed creation leaves nothing behind that it made; what cannot be removed is named.
    async fn undo(&self, region: &str, new: &NewServerGroup, template: &Template, error: Error) -> Error {
        let mut details = error.details.clone();
        let is_theirs = error.kind == ErrorKind::AlreadyExists;
        let group = ServerGroupRef { account: String::new(), location: region.to_owned(), name: new.name.clone() };
        let removed = match is_theirs {
            true => self.delete_template(region, "LaunchTemplateId", &template.id).await,
            false => self.destroy_group(&group).await,
        };
        if let Err(left) = removed {
            details.push(format!("what was made of {} could not be removed again: {left}", new.name));
        }
        error.with_details(details)
    }

    async fn create_asg(
        &self,
        region: &str,
        new: &NewServerGroup,
        resolved: &Resolved,
        template: &Template,
        size: Capacity,
        previous: &[(&'static str, String)],
    ) -> Result<(), Fault> {
        let cluster = &resolved.cluster;
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let list = |items: &[String]| (!items.is_empty()).then(|| items.to_vec());
        let specification =
            LaunchTemplateSpecification::builder().launch_template_id(&template.id).version(&template.version).build();
        let hooks: Vec<_> = cluster.hooks.iter().filter_map(hook).collect();
        let mut call = self
            .calls
            .autoscaling(region)
            .create_auto_scaling_group()
            .auto_scaling_group_name(&new.name)
            .min_size(count(size.min))
            .max_size(count(size.max))
            .desired_capacity(count(size.desired))
            .vpc_zone_identifier(resolved.subnets.join(","))
            .set_target_group_arns(list(&resolved.target_groups))
            .set_load_balancer_names(list(&cluster.load_balancers))
            .health_check_type(&cluster.health_check_type)
            .health_check_grace_period(cluster.grace_period)
            .set_default_cooldown(cluster.cooldown)
            .set_termination_policies(list(&cluster.termination_policies))
            .set_capacity_rebalance(cluster.capacity_rebalance)
            .set_lifecycle_hook_specification_list((!hooks.is_empty()).then_some(hooks))
            .set_tags(Some(tags_of_new(new, resolved, previous)));
        call = match cluster.mixed.is_wanted() {
            false => call.launch_template(specification),
            true => call.mixed_instances_policy(mixed(&cluster.mixed, specification, cluster.spot_price.as_deref())),
        };
        once_visible(|| {
            let call = call.clone();
            async move { call.send().await.map(|_| ()).map_err(fault) }
        })
        .await
    }

    /// Tags that tell which group of its cluster the new one takes the place of, and from what image that was made.
    async fn previous(&self, region: &str, new: &NewServerGroup) -> Result<Vec<(&'static str, String)>, Error> {
        let is_here = |source: &&ServerGroupRef| {
            source.account == self.account.name
                && source.location == new.location
                && parse_name(&source.name).cluster == new.moniker.cluster
        };
        let Some(source) = new.source.as_ref().filter(is_here) else { return Ok(Vec::new()) };
        if let Some(image) = self.own_images.get(&format!("{region} {}", source.name)) {
            return Ok(tags::of_previous(&source.name, &image));
        }
        let Some(found) = self.describe_one(region, &source.name).await? else { return Ok(Vec::new()) };
        let image = match tags::own_image(&tags_of(&found), region) {
            Some(image) => Some(image),
            None => self.show_one(region, found).await?.and_then(|shown| shown.image),
        };
        Ok(image.map(|image| tags::of_previous(&source.name, &image)).unwrap_or_default())
    }

    /// The group of this name, when it is what an earlier try of the same owner made.
    async fn adopt(&self, region: &str, new: &NewServerGroup) -> Result<AutoScalingGroup, Error> {
        // It is there, so it will be found.
        self.expect(region, &new.name);
        let found = self.describe_one(region, &new.name).await?;
        let owner = found.as_ref().and_then(|group| tag_of(group, tags::OWNER));
        found.filter(|_| owner.as_deref() == Some(&new.owner)).ok_or_else(|| {
            let message = format!(
                "server group '{}' exists already in {region} of account '{}' and belongs to another stage; destroy it \
                 first or deploy under another name",
                new.name, self.account.name
            );
            Error::new(PROVIDER, "create server group", ErrorKind::AlreadyExists, message)
        })
    }

    /// Arranges what comes before the first instance, then sets the size.
    async fn finish(
        &self,
        region: &str,
        new: &NewServerGroup,
        cluster: &Cluster,
        scaling: &Scaling,
        found: Option<AutoScalingGroup>,
    ) -> Result<(), Error> {
        let is_empty = |group: &AutoScalingGroup| group.max_size() == Some(0);
        if found.as_ref().is_some_and(|group| !is_empty(group)) {
            return Ok(());
        }
        if !cluster.suspended.is_empty() {
            self.suspend(region, &new.name, &cluster.suspended).await?;
        }
        if !cluster.metrics.is_empty() {
            let call = self.calls.autoscaling(region).enable_metrics_collection().auto_scaling_group_name(&new.name);
            let call = call.granularity("1Minute").set_metrics(Some(cluster.metrics.clone()));
            call.send().await.map_err(fault)?;
        }
        self.put_scaling(region, &new.name, scaling).await?;
        match new.capacity.max {
            0 => Ok(()),
            _ => self.set_size(region, &new.name, new.capacity).await,
        }
    }

    pub(super) async fn set_size(&self, region: &str, name: &str, size: Capacity) -> Result<(), Error> {
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let call = self.calls.autoscaling(region).update_auto_scaling_group().auto_scaling_group_name(name);
        let call = call.min_size(count(size.min)).max_size(count(size.max)).desired_capacity(count(size.desired));
        call.send().await.map_err(fault)?;
        Ok(())
    }
}

/// The user's tags go on to instances, ours do not.
fn tags_of_new(new: &NewServerGroup, resolved: &Resolved, previous: &[(&'static str, String)]) -> Vec<Tag> {
    let user = resolved.cluster.tags.iter().map(|(key, value)| {
        let tag = Tag::builder().resource_id(&new.name).resource_type("auto-scaling-group");
        tag.key(key).value(value).propagate_at_launch(true).build()
    });
    let own = tags::of_new(new, &resolved.image);
    user.chain(own.iter().chain(previous).map(|(key, value)| group_tag(&new.name, key, value))).collect()
}

fn hook(wish: &Map) -> Option<LifecycleHookSpecification> {
    let text = |key: &str| reading::text(wish, key).ok().flatten();
    let transition = text("lifecycleTransition")?;
    // Documents may write the short form.
    let transition = match transition.contains(':') {
        true => transition,
        false => format!("autoscaling:{transition}"),
    };
    LifecycleHookSpecification::builder()
        .lifecycle_hook_name(text("name")?)
        .lifecycle_transition(transition)
        .set_heartbeat_timeout(reading::integer(wish, "heartbeatTimeout").ok().flatten())
        .set_default_result(text("defaultResult"))
        .set_role_arn(text("roleARN"))
        .set_notification_target_arn(text("notificationTargetARN"))
        .set_notification_metadata(text("notificationMetadata"))
        .build()
        .into()
}

/// A policy of mixed instances.
pub(super) fn mixed(
    wish: &Mixed,
    template: LaunchTemplateSpecification,
    spot_price: Option<&str>,
) -> MixedInstancesPolicy {
    let text = |map: &Map, key: &str| reading::text(map, key).ok().flatten();
    let mut overrides: Vec<&Map> = wish.overrides.iter().collect();
    // AWS takes the order for the priority.
    overrides.sort_by_key(|one| reading::integer(one, "priority").ok().flatten().unwrap_or(i32::MAX));
    let overrides: Vec<_> = overrides
        .into_iter()
        .map(|one| {
            LaunchTemplateOverrides::builder()
                .set_instance_type(text(one, "instanceType"))
                .set_weighted_capacity(text(one, "weightedCapacity"))
                .build()
        })
        .collect();
    let distribution = InstancesDistribution::builder()
        .set_on_demand_allocation_strategy(wish.on_demand_strategy.clone())
        .set_on_demand_base_capacity(wish.on_demand_base)
        .set_on_demand_percentage_above_base_capacity(wish.on_demand_share)
        .set_spot_allocation_strategy(wish.spot_strategy.clone())
        .set_spot_instance_pools(wish.spot_pools)
        .set_spot_max_price(spot_price.map(str::to_owned))
        .build();
    let template = LaunchTemplate::builder()
        .launch_template_specification(template)
        .set_overrides((!overrides.is_empty()).then_some(overrides))
        .build();
    MixedInstancesPolicy::builder().launch_template(template).instances_distribution(distribution).build()
}
