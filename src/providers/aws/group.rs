//! Server groups as they stand: read from Auto Scaling by name or tag, with their instances' health.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::types::{AutoScalingGroup, Filter, Instance};
use futures_util::future::try_join_all;
use serde_json::json;

use super::Aws;
use super::client::{Service, fault, pause};
use super::cluster::DISABLING;
use super::error::PROVIDER;
use super::health::{Ec2Instance, Sources};
use super::launch_template::Template;
use super::others::names_of;
use super::params::Params;
use super::tags;
use super::xml::{Answer, Node};
use crate::model::{Capacity, HealthState, Image, Map, ServerGroup, parse_name};
use crate::providers::{Error, ServerGroupQuery};

/// Names asked for in one call.
const BATCH: usize = 50;
/// What EC2 marks instances of a group with.
const GROUP_TAG: &str = "tag:aws:autoscaling:groupName";
/// States of instances that still are something.
pub(super) const LIVE: [&str; 5] = ["pending", "running", "shutting-down", "stopping", "stopped"];

impl Aws {
    /// Groups of these names that there are.
    pub(super) async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<AutoScalingGroup>, Error> {
        let before = self.calls.group_changes();
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match self.groups.get(&format!("{region} {name}"), before) {
                Some(group) => found.push(group),
                None => unknown.push(name.clone()),
            }
        }
        let client = self.calls.autoscaling(region);
        for names in unknown.chunks(BATCH) {
            let call = client.describe_auto_scaling_groups().set_auto_scaling_group_names(Some(names.to_vec()));
            let page = call.send().await.map_err(fault)?.auto_scaling_groups.unwrap_or_default();
            self.keep(region, before, &page);
            found.extend(page);
        }
        Ok(found)
    }

    fn keep(&self, region: &str, before: u64, groups: &[AutoScalingGroup]) {
        for group in groups {
            let name = group.auto_scaling_group_name().unwrap_or_default();
            self.groups.put(format!("{region} {name}"), before, group.clone());
        }
    }

    /// One group. One that was made a moment ago is looked for until it is seen.
    pub(super) async fn describe_one(&self, region: &str, name: &str) -> Result<Option<AutoScalingGroup>, Error> {
        let mut tried = 0;
        loop {
            let found = self.look_for(region, name).await?;
            if found.is_some() || self.expected.get(&format!("{region} {name}")) != Some(true) {
                return Ok(found);
            }
            pause(tried).await;
            tried += 1;
        }
    }

    async fn look_for(&self, region: &str, name: &str) -> Result<Option<AutoScalingGroup>, Error> {
        let key = format!("{region} {name}");
        if self.groups.get(&key, self.calls.group_changes()).is_none()
            && let Some(cluster) = self.clusters.get(&key)
        {
            let groups = self.describe_tagged(region, Some((tags::CLUSTER, &cluster))).await?;
            let found = groups.into_iter().find(|group| group.auto_scaling_group_name() == Some(name));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(self.describe(region, &[name.to_owned()]).await?.pop())
    }

    /// A group is there from now on, though AWS may not say so yet.
    pub(super) fn expect(&self, region: &str, name: &str) {
        self.expected.put(format!("{region} {name}"), true);
    }

    /// A group goes, and may be gone at any time.
    pub(super) fn expect_no_more(&self, region: &str, name: &str) {
        self.expected.put(format!("{region} {name}"), false);
    }

    /// Names of groups that are expected.
    fn expected_names(&self, region: &str) -> Vec<String> {
        let expected = self.expected.all().into_iter().filter(|(_, is_there)| *is_there);
        expected.filter_map(|(place, _)| place.strip_prefix(&format!("{region} ")).map(str::to_owned)).collect()
    }

    /// Groups with this tag; all groups of the region when none is given.
    pub(super) async fn describe_tagged(
        &self,
        region: &str,
        tag: Option<(&str, &str)>,
    ) -> Result<Vec<AutoScalingGroup>, Error> {
        let question = format!("{region} {tag:?}");
        let _turn = self.turns.wait(&question).await;
        let before = self.calls.group_changes();
        if let Some(found) = self.listed.get(&question, before) {
            return Ok(found);
        }
        let client = self.calls.autoscaling(region);
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let mut call = client.describe_auto_scaling_groups().max_records(100).set_next_token(token);
            if let Some((key, value)) = tag {
                call = call.filters(Filter::builder().name(format!("tag:{key}")).values(value).build());
            }
            let page = call.send().await.map_err(fault)?;
            found.extend(page.auto_scaling_groups.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                self.keep(region, before, &found);
                if let Some((tags::CLUSTER, cluster)) = tag
                    && found.len() <= BATCH
                {
                    for name in found.iter().filter_map(AutoScalingGroup::auto_scaling_group_name) {
                        self.clusters.put(format!("{region} {name}"), cluster.to_owned());
                    }
                }
                self.listed.put(question, before, found.clone());
                return Ok(found);
            }
        }
    }

    /// Groups of a query in one region.
    ///
    /// A cluster's groups are found by our tag, and those another tool made as `others.rs` says: a look at a few groups
    /// and not at all of the account's.
    pub(super) async fn list_region(&self, region: &str, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let wanted = |group: &AutoScalingGroup| {
            let moniker = parse_name(group.auto_scaling_group_name().unwrap_or_default());
            let same = |wish: &Option<String>, value: &Option<String>| wish.is_none() || wish == value;
            same(&query.application, &moniker.app) && same(&query.cluster, &moniker.cluster) && !is_going(group)
        };
        let (tag, prefix) = match (&query.cluster, &query.application) {
            (Some(cluster), _) => ((tags::CLUSTER, cluster), names_of(cluster)),
            (None, Some(application)) => {
                ((tags::APPLICATION, application), [application.clone(), format!("{application}-*")])
            }
            (None, None) => {
                let groups = self.describe_tagged(region, None).await?;
                return self.show(region, groups.into_iter().filter(wanted).collect(), None).await;
            }
        };
        if self.account.reads_all {
            let groups = self.describe_tagged(region, None).await?;
            return self.show(region, groups.into_iter().filter(wanted).collect(), None).await;
        }
        let (mut groups, instances) = self.known_groups(region, tag, &prefix).await?;
        self.add_expected(region, &mut groups, query).await?;
        self.show(region, groups.into_iter().filter(wanted).collect(), instances).await
    }

    /// Adds groups of a query that were made a moment ago and that no list shows yet.
    async fn add_expected(
        &self,
        region: &str,
        groups: &mut Vec<AutoScalingGroup>,
        query: &ServerGroupQuery,
    ) -> Result<(), Error> {
        for name in self.expected_names(region) {
            let moniker = parse_name(&name);
            let same = |wish: &Option<String>, value: &Option<String>| wish.is_none() || wish == value;
            let is_wanted = same(&query.application, &moniker.app) && same(&query.cluster, &moniker.cluster);
            if is_wanted && !groups.iter().any(|group| group.auto_scaling_group_name() == Some(&name)) {
                groups.extend(self.describe_one(region, &name).await?);
            }
        }
        Ok(())
    }

    /// EC2's instances of groups of these names, which may end in `*`; by id.
    pub(super) async fn instances_of(
        &self,
        region: &str,
        groups: &[String],
    ) -> Result<BTreeMap<String, Ec2Instance>, Error> {
        let question = format!("{region} {groups:?}");
        let before = self.calls.group_changes();
        if let Some(instances) = self.instances.get(&question, before) {
            return Ok(instances);
        }
        let live: Vec<String> = LIVE.iter().map(|state| (*state).to_owned()).collect();
        let params = Params::ec2().with_filters(&[(GROUP_TAG, groups), ("instance-state-name", live.as_slice())]);
        let call = (Service::Ec2, region, "DescribeInstances");
        let reservations = self.calls.pages(call, params, "reservationSet", ("nextToken", "NextToken")).await?;
        let instances = reservations.iter().flat_map(|reservation| reservation.items("instancesSet"));
        let instances: BTreeMap<String, Ec2Instance> = instances
            .inspect(|node| self.note_firewalls(region, node))
            .map(|node| (node.string("instanceId"), Ec2Instance::of(node)))
            .collect();
        for (id, instance) in instances.iter().filter(|(_, instance)| instance.is_running()) {
            self.running.put(format!("{region} {id}"), instance.clone());
        }
        self.instances.put(question, before, instances.clone());
        Ok(instances)
    }

    /// The names of an instance's security groups need no looking up any more.
    fn note_firewalls(&self, region: &str, instance: &Node) {
        let vpc = instance.text("vpcId").unwrap_or_default();
        for group in instance.items("groupSet") {
            if let (Some(id), Some(name)) = (group.text("groupId"), group.text("groupName")) {
                self.firewall_ids.put(format!("{region} {vpc} {name}"), id.to_owned());
            }
        }
    }

    /// One group with its instances' health.
    pub(super) async fn show_one(&self, region: &str, group: AutoScalingGroup) -> Result<Option<ServerGroup>, Error> {
        Ok(self.show(region, vec![group], None).await?.pop())
    }

    /// Groups with their instances' health; EC2 is asked about instances that were not seen running before. Of a group
    /// that was just made here it has nothing to add as long as balancers reach its instances.
    async fn show(
        &self,
        region: &str,
        groups: Vec<AutoScalingGroup>,
        instances: Option<BTreeMap<String, Ec2Instance>>,
    ) -> Result<Vec<ServerGroup>, Error> {
        let ids: BTreeSet<&str> =
            groups.iter().flat_map(|group| group.instances()).filter_map(|one| one.instance_id()).collect();
        let known: BTreeMap<String, Ec2Instance> = match instances {
            Some(instances) => instances,
            None => ids
                .iter()
                .filter_map(|id| Some(((*id).to_owned(), self.running.get(&format!("{region} {id}"))?)))
                .collect(),
        };
        let unknown: BTreeSet<String> = groups
            .iter()
            .filter(|group| {
                let mut booted = group.instances().iter().filter(|one| !is_booting(one));
                booted.any(|one| one.instance_id().is_some_and(|id| !known.contains_key(id)))
            })
            .filter_map(|group| group.auto_scaling_group_name().map(str::to_owned))
            .collect();
        let is_told_of = |name: &String| {
            let is_balanced = |group: &&AutoScalingGroup| {
                group.auto_scaling_group_name() == Some(name.as_str())
                    && !(group.target_group_arns().is_empty() && group.load_balancer_names().is_empty())
            };
            self.made.get(&format!("{region} {name}")).is_some() && groups.iter().any(|group| is_balanced(&group))
        };
        let (told_of, asked): (Vec<String>, Vec<String>) = unknown.into_iter().partition(is_told_of);
        // Nobody balances to instances that are still booting.
        let booted = || groups.iter().filter(|group| !group.instances().iter().all(is_booting));
        let arns: BTreeSet<String> = booted().flat_map(|group| group.target_group_arns().to_vec()).collect();
        let classic: BTreeSet<String> = booted().flat_map(|group| group.load_balancer_names().to_vec()).collect();
        let more = async {
            match asked.is_empty() {
                true => Ok(BTreeMap::new()),
                false => self.instances_of(region, &asked).await,
            }
        };
        let targets = try_join_all(arns.iter().map(|arn| self.target_health(region, arn)));
        let members = try_join_all(classic.iter().map(|name| self.classic_health(region, name)));
        let (more, targets, members) = futures_util::future::try_join3(more, targets, members).await?;
        let mut ec2 = known;
        ec2.extend(more);
        let mut sources = Sources {
            ec2,
            targets: arns.into_iter().zip(targets).collect(),
            classic: classic.into_iter().zip(members).collect(),
        };
        let is_well = |group: &AutoScalingGroup| {
            group.instances().iter().all(|member| {
                matches!(sources.instance(group, member).health_state, HealthState::Up | HealthState::Starting)
            })
        };
        let named = |name: &String| groups.iter().find(|group| group.auto_scaling_group_name() == Some(name.as_str()));
        let doubtful: Vec<String> =
            told_of.into_iter().filter(|name| named(name).is_none_or(|group| !is_well(group))).collect();
        if !doubtful.is_empty() {
            sources.ec2.extend(self.instances_of(region, &doubtful).await?);
        }
        try_join_all(groups.iter().map(|group| self.server_group(region, group, &sources))).await
    }

    async fn server_group(
        &self,
        region: &str,
        group: &AutoScalingGroup,
        sources: &Sources,
    ) -> Result<ServerGroup, Error> {
        let name = group.auto_scaling_group_name().unwrap_or_default().to_owned();
        let size = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let all = tags_of(group);
        let mut load_balancers: Vec<String> =
            group.target_group_arns().iter().map(|arn| target_group_name(arn).to_owned()).collect();
        load_balancers.extend(group.load_balancer_names().iter().cloned());
        let instances: Vec<_> = group.instances().iter().map(|instance| sources.instance(group, instance)).collect();
        let mut launch_config = Map::new();
        if let Some(template) = template_of(group) {
            launch_config.insert("launchTemplate".to_owned(), json!({"id": template.id, "version": template.version}));
        }
        Ok(ServerGroup {
            cloud_provider: PROVIDER.to_owned(),
            account: self.account.name.clone(),
            region: region.to_owned(),
            zones: group.availability_zones().to_vec(),
            moniker: parse_name(&name),
            created_time: group.created_time().and_then(|time| time.to_millis().ok()).unwrap_or_default(),
            disabled: is_disabled(group) || is_going(group),
            capacity: Capacity {
                min: size(group.min_size()),
                max: size(group.max_size()),
                desired: size(group.desired_capacity()),
            },
            instances,
            load_balancers,
            security_groups: sources.security_groups(group),
            image: self.image_of(region, group, &all, sources).await?,
            previous_image: tags::previous_image(&all, region),
            tags: tags::of_user(&all),
            launch_config,
            name,
        })
    }

    /// The image a group was made from: our tag says it; for groups of others their instances or their template do.
    async fn image_of(
        &self,
        region: &str,
        group: &AutoScalingGroup,
        all: &Map,
        sources: &Sources,
    ) -> Result<Option<Image>, Error> {
        if let Some(image) = tags::own_image(all, region) {
            let name = group.auto_scaling_group_name().unwrap_or_default();
            self.own_images.put(format!("{region} {name}"), image.clone());
            return Ok(Some(image));
        }
        let running = group.instances().iter().filter_map(|one| sources.ec2.get(one.instance_id()?));
        let id = running.map(|instance| instance.image.clone()).find(|image| !image.is_empty());
        let id = match (id, template_of(group)) {
            (Some(id), _) => Some(id),
            // A template deleted under way is no reason not to show the group.
            (None, Some(template)) => {
                let version = self.template_version(region, &template).await.ok();
                version.and_then(|version| version.text("launchTemplateData/imageId").map(str::to_owned))
            }
            (None, None) => None,
        };
        match id {
            Some(id) => self.image_by_id(region, &id).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Whether an instance is not in service yet.
pub(super) fn is_booting(instance: &Instance) -> bool {
    instance.lifecycle_state().is_some_and(|state| state.as_str().starts_with("Pending"))
}

/// The template and version of a group, also inside a mixed instances policy.
pub(super) fn template_of(group: &AutoScalingGroup) -> Option<Template> {
    let mixed = || group.mixed_instances_policy()?.launch_template()?.launch_template_specification();
    let template = group.launch_template().or_else(mixed)?;
    Some(Template {
        id: template.launch_template_id().or(template.launch_template_name())?.to_owned(),
        version: template.version().unwrap_or("$Default").to_owned(),
    })
}

/// All tags of a group.
pub(super) fn tags_of(group: &AutoScalingGroup) -> Map {
    let pair = |tag: &aws_sdk_autoscaling::types::TagDescription| {
        Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().into()))
    };
    group.tags().iter().filter_map(pair).collect()
}

/// A tag of a group.
pub(super) fn tag_of(group: &AutoScalingGroup, key: &str) -> Option<String> {
    group.tags().iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value().map(str::to_owned))
}

/// Names of a group's suspended processes.
pub(super) fn suspended(group: &AutoScalingGroup) -> Vec<String> {
    group.suspended_processes().iter().filter_map(|process| process.process_name().map(str::to_owned)).collect()
}

/// Whether a group is kept out of traffic, as Spinnaker tells it.
pub(super) fn is_disabled(group: &AutoScalingGroup) -> bool {
    suspended(group).iter().any(|process| process == DISABLING)
}

/// Whether a group is being deleted.
pub(super) fn is_going(group: &AutoScalingGroup) -> bool {
    group.status().is_some_and(|status| status.starts_with("Delete"))
}

/// `arn:…:targetgroup/NAME/ID` → NAME.
pub(super) fn target_group_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}
