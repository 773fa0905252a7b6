//! Server groups as Auto Scaling groups: sized, taken in and out of traffic, cloned, removed.

use async_trait::async_trait;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LifecycleHook, ScalingActivityStatusCode};
use futures_util::future::{join, try_join_all};
use serde_json::{Value, json};

use super::Aws;
use super::client::fault;
use super::error::{during, invalid};
use super::group::{is_disabled, is_going, suspended, tag_of, tags_of, target_group_name, template_of};
use super::launch_template::{cluster_keys, template_name};
use super::reading;
use super::tags;
use crate::model::{Capacity, Map, ServerGroup, ServerGroupRef};
use crate::providers::{Error, ErrorKind, NewServerGroup, Preview, ServerGroupQuery, ServerGroups};

/// Failed activities shown.
const ACTIVITIES: i32 = 20;

impl Aws {
    async fn resize_group(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        // A disabled group has both suspended, and its size would stay a wish.
        let live = u32::try_from(found.instances().len()).unwrap_or(u32::MAX);
        let needed = match capacity.desired.cmp(&live) {
            std::cmp::Ordering::Less => "Terminate",
            std::cmp::Ordering::Greater => "Launch",
            std::cmp::Ordering::Equal => "",
        };
        if suspended(&found).iter().any(|process| process == needed) {
            let mut lifted = tag_of(&found, tags::LIFTED).unwrap_or_default();
            if !lifted.split(' ').any(|process| process == needed) {
                lifted = format!("{lifted} {needed}").trim().to_owned();
                self.put_tag(&region, &group.name, tags::LIFTED, &lifted).await?;
            }
            self.resume(&region, &group.name, &[needed.to_owned()]).await?;
        }
        self.set_size(&region, &group.name, capacity).await
    }

    async fn suspend_lifted(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        let Some(lifted) = tag_of(&found, tags::LIFTED) else { return Ok(()) };
        let processes: Vec<String> = lifted.split_whitespace().map(str::to_owned).collect();
        self.suspend(&region, &group.name, &processes).await?;
        self.delete_tag(&region, &group.name, tags::LIFTED).await
    }

    /// Removes a group, its instances and its template; what is gone already is no error.
    pub(super) async fn destroy_group(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.describe_one(&region, &group.name).await?;
        if found.as_ref().is_some_and(|found| !is_going(found) && tag_of(found, tags::ALARMS).is_some()) {
            self.delete_alarms(&region, &group.name, None).await?;
        }
        self.expect_no_more(&region, &group.name);
        if let Some(found) = found.as_ref().filter(|found| !is_going(found)) {
            let name = found.auto_scaling_group_name().unwrap_or_default();
            let call = self.calls.autoscaling(&region).delete_auto_scaling_group();
            let deleted = call.auto_scaling_group_name(name).force_delete(true).send().await.map_err(fault);
            match deleted {
                Err(fault) if fault.error.kind != ErrorKind::NotFound => return Err(fault.into()),
                _ => {}
            }
        }
        // Its own template, also one that another tool made for it; never one that groups share.
        let own = template_name(&group.name);
        let used = found.as_ref().and_then(template_name_of).unwrap_or_else(|| own.clone());
        match used.starts_with(&own) {
            true => self.delete_template(&region, "LaunchTemplateName", &used).await,
            false => Ok(()),
        }
    }

    async fn clone_keys(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        let region = self.account.region(&source.location)?;
        let group = self.existing(&region, &source.name).await?;
        let mut keys = match template_of(&group) {
            Some(template) => cluster_keys(&self.template_version(&region, &template).await?),
            None if group.launch_configuration_name().is_some() => {
                return Err(invalid(format!(
                    "server group '{}' has a launch configuration, which gennaker does not read; deploy the cluster with a \
                 'deploy' stage instead of a clone of it",
                    source.name
                )));
            }
            None => Map::new(),
        };
        let hooks = self.calls.autoscaling(&region).describe_lifecycle_hooks().auto_scaling_group_name(&source.name);
        let hooks = hooks.send().await.map_err(fault)?.lifecycle_hooks.unwrap_or_default();
        let subnets: Vec<&str> =
            group.vpc_zone_identifier().unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
        let target_groups: Vec<&str> = group.target_group_arns().iter().map(|arn| target_group_name(arn)).collect();
        let metrics: Vec<&str> = group.enabled_metrics().iter().filter_map(|metric| metric.metric()).collect();
        let more = json!({
            "subnetIds": subnets,
            "targetGroups": target_groups,
            "loadBalancers": group.load_balancer_names(),
            "healthCheckType": group.health_check_type(),
            "healthCheckGracePeriod": group.health_check_grace_period(),
            "cooldown": group.default_cooldown(),
            "terminationPolicies": group.termination_policies(),
            "capacityRebalance": group.capacity_rebalance(),
            "enabledMetrics": metrics,
            "suspendedProcesses": own_processes(&group),
            "lifecycleHooks": hooks.iter().map(hook_keys).collect::<Vec<_>>(),
            "tags": tags::of_user(&tags_of(&group)),
        });
        let Value::Object(more) = more else { return Ok(keys) };
        keys.extend(more.into_iter().chain(mixed_keys(&group)));
        keys.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
        Ok(keys)
    }

    /// A clone's keys as they mean the same elsewhere: security groups and the image by name, subnets by purpose.
    async fn portable(
        &self,
        source: &ServerGroupRef,
        account: &str,
        location: &str,
        mut keys: Map,
    ) -> Result<Map, Error> {
        let region = self.account.region(&source.location)?;
        let is_here = account == self.account.name;
        if is_here && location == region {
            return Ok(keys);
        }
        let subnets = reading::texts(&keys, "subnetIds")?;
        keys.shift_remove("subnetIds");
        if let Some(purpose) = self.purpose_of(&region, &subnets).await? {
            keys.insert("subnetType".to_owned(), purpose.into());
        }
        let ids = reading::texts(&keys, "securityGroups")?;
        if !ids.is_empty() {
            keys.insert("securityGroups".to_owned(), self.security_group_names(&region, &ids).await?.into());
        }
        let image = reading::text(&keys, "amiName")?.filter(|id| location != region && id.starts_with("ami-"));
        if let Some(id) = image {
            // The same image has another id there. When it is gone its name is not known.
            match self.image_by_id(&region, &id).await {
                Ok(image) => keys.insert("amiName".to_owned(), image.image_name.into()),
                Err(error) if error.kind == ErrorKind::Invalid => keys.shift_remove("amiName"),
                Err(error) => return Err(error),
            };
        }
        Ok(keys)
    }

    /// Why instances were not launched or terminated, newest first.
    async fn failed_activities(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        let region = self.account.region(&group.location)?;
        let call = self.calls.autoscaling(&region).describe_scaling_activities();
        let call = call.auto_scaling_group_name(&group.name).max_records(ACTIVITIES);
        let found = match call.send().await.map_err(fault) {
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.activities.unwrap_or_default(),
        };
        let mut lines: Vec<String> = Vec::new();
        for activity in found.iter().filter(|one| is_failure(one.status_code())) {
            let what = activity.description().unwrap_or("a scaling activity").split("  ").next().unwrap_or_default();
            let why = activity.status_message().or(activity.cause()).unwrap_or("no reason given");
            let line = format!("{}: {why}", what.trim_end_matches('.'));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        Ok(lines)
    }
}

/// Name of the template a group uses.
fn template_name_of(group: &AutoScalingGroup) -> Option<String> {
    let mixed = || group.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    let template = group.launch_template().or_else(mixed)?;
    template.launch_template_name().map(str::to_owned)
}

fn is_failure(status: Option<&ScalingActivityStatusCode>) -> bool {
    matches!(status, Some(ScalingActivityStatusCode::Failed | ScalingActivityStatusCode::Cancelled))
}

/// Suspended processes of a group besides those that disabling it suspends.
fn own_processes(group: &AutoScalingGroup) -> Vec<String> {
    let all = suspended(group);
    match is_disabled(group) {
        false => all,
        true => all.into_iter().filter(|name| !super::cluster::TRAFFIC_PROCESSES.contains(&name.as_str())).collect(),
    }
}

fn hook_keys(hook: &LifecycleHook) -> Value {
    json!({
        "name": hook.lifecycle_hook_name(),
        "lifecycleTransition": hook.lifecycle_transition(),
        "heartbeatTimeout": hook.heartbeat_timeout(),
        "defaultResult": hook.default_result(),
        "roleARN": hook.role_arn(),
        "notificationTargetARN": hook.notification_target_arn(),
        "notificationMetadata": hook.notification_metadata(),
    })
}

/// What a group says of mixed instances, in the words of a cluster.
pub(super) fn mixed_keys(group: &AutoScalingGroup) -> Map {
    let Some(policy) = group.mixed_instances_policy() else { return Map::new() };
    let overrides = policy.launch_template().map(|template| template.overrides()).unwrap_or_default();
    let overrides: Vec<Value> = overrides
        .iter()
        .enumerate()
        .map(|(position, one)| {
            json!({
                "instanceType": one.instance_type(),
                "weightedCapacity": one.weighted_capacity(),
                "priority": position + 1,
            })
        })
        .collect();
    let distribution = policy.instances_distribution();
    let keys = json!({
        "launchTemplateOverridesForInstanceType": overrides,
        "onDemandAllocationStrategy": distribution.and_then(|d| d.on_demand_allocation_strategy()),
        "onDemandBaseCapacity": distribution.and_then(|d| d.on_demand_base_capacity()),
        "onDemandPercentageAboveBaseCapacity": distribution.and_then(|d| d.on_demand_percentage_above_base_capacity()),
        "spotAllocationStrategy": distribution.and_then(|d| d.spot_allocation_strategy()),
        "spotInstancePools": distribution.and_then(|d| d.spot_instance_pools()),
        "spotPrice": distribution.and_then(|d| d.spot_max_price()),
    });
    match keys {
        Value::Object(keys) => keys,
        _ => Map::new(),
    }
}

#[async_trait]
impl ServerGroups for Aws {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let regions = match query.location.as_deref() {
            Some(location) => vec![self.account.region(location).map_err(during("list server groups"))?],
            None => self.account.regions.clone(),
        };
        let found = try_join_all(regions.iter().map(|region| self.list_region(region, query))).await;
        Ok(found.map_err(during("list server groups"))?.into_iter().flatten().collect())
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        let get = async {
            let region = self.account.region(location)?;
            let (found, ()) = join(self.describe_one(&region, name), self.ask_for_health(&region, name)).await;
            match found? {
                Some(group) => self.show_one(&region, group).await,
                None => Ok(None),
            }
        };
        get.await.map_err(during("get server group"))
    }

    async fn look_ahead(&self, location: &str, cluster_name: &str, cluster: &Map) {
        self.ask_ahead(location, cluster_name, cluster).await;
    }

    async fn check(&self, new: &NewServerGroup) -> Result<(), Error> {
        let check = async {
            let region = self.account.region(&new.location)?;
            self.resolve(&region, &new.cluster).await
        };
        check.await.map(|_| ()).map_err(during("check server group"))
    }

    async fn preview(&self, new: &NewServerGroup) -> Result<Preview, Error> {
        self.preview_group(new).await.map_err(during("check server group"))
    }

    async fn create(&self, new: &NewServerGroup) -> Result<(), Error> {
        self.create_group(new).await.map_err(during("create server group"))
    }

    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        self.clone_keys(source).await.map_err(during("clone server group"))
    }

    async fn clone_elsewhere(&self, source: &ServerGroupRef, account: &str, location: &str) -> Result<Map, Error> {
        let keys = async {
            let keys = self.clone_keys(source).await?;
            self.portable(source, account, location, keys).await
        };
        keys.await.map_err(during("clone server group"))
    }

    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        self.resize_group(group, capacity).await.map_err(during("resize server group"))
    }

    async fn is_lifted(&self, group: &ServerGroupRef) -> Result<bool, Error> {
        let look = async {
            let region = self.account.region(&group.location)?;
            self.describe_one(&region, &group.name).await
        };
        let found = look.await.map_err(during("get server group"))?;
        Ok(found.is_some_and(|group| !is_going(&group) && tag_of(&group, tags::LIFTED).is_some()))
    }

    async fn put_back(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.suspend_lifted(group).await.map_err(during("suspend processes"))
    }

    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.enable_group(group).await.map_err(during("enable server group"))
    }

    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        self.disable_group(group, percentage).await.map_err(during("disable server group"))
    }

    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.destroy_group(group).await.map_err(during("destroy server group"))
    }

    async fn problems(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        self.failed_activities(group).await.map_err(during("describe scaling activities"))
    }
}
