//! Changing what a server group's new instances are made from: a new version of its launch template, and what the group
//! itself says of mixed instances.
//!
//! A change is laid over what the version says that the group uses. Only the parts that differ are written, on top of
//! that version, so what gennaker has no key for stays; a part that is to go can only be left out of a version that
//! stands on no other.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateSpecification};
use serde_json::Value;

use super::Aws;
use super::client::{Service, fault};
use super::cluster::Cluster;
use super::create::mixed;
use super::error::invalid;
use super::group::{tags_of, template_of};
use super::launch_template::{Template, cluster_keys, template_data};
use super::params::Params;
use super::reading;
use super::resolve::Resolved;
use super::server_group::mixed_keys;
use super::tags;
use super::xml::Answer;
use crate::model::{Image, Map, ServerGroupRef};
use crate::providers::Error;

const DATA: &str = "LaunchTemplateData";
/// Keys of which a change means one thing, whichever it says.
const IMAGE: [&str; 4] = ["amiName", "image", "imageId", "imageName"];
/// Keys that go into a template as they are.
const PASSED: [(&str, &str); 3] =
    [("enableEnclave", "EnclaveOptions.Enabled"), ("kernelId", "KernelId"), ("ramdiskId", "RamDiskId")];

/// A template's data by its parts: what EC2 takes over from another version, or not, as a whole.
type Parts<'a> = BTreeMap<&'a str, Vec<&'a (String, String)>>;

/// The version to make.
#[derive(Debug, PartialEq)]
enum Version {
    /// The template says all of it.
    Same,
    /// With these parts in the place of those of the version the group uses.
    Over(Vec<(String, String)>),
    /// Of this alone.
    Anew(Vec<(String, String)>),
}

impl Aws {
    /// Changes the template of a group and its mixed instances; the group uses the new version from then on.
    pub(super) async fn change_template(&self, group: &ServerGroupRef, changes: &Map) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let found = self.existing(&region, &group.name).await?;
        let Some(template) = template_of(&found) else {
            return Err(invalid(format!(
                "server group '{}' has a launch configuration and no launch template; deploy it anew",
                group.name
            )));
        };
        let version = self.template_version(&region, &template).await?;
        let mut before = cluster_keys(&version);
        before.extend(mixed_keys(&found).into_iter().filter(|(_, value)| !value.is_null()));
        let was = unchanged(&before, &region)?;
        let wished = self.wished(&region, &found, &before, changes).await?;
        let data = |resolved: &Resolved, own: &Map| {
            let mut params = Params::ec2();
            template_data(&mut params, resolved, None);
            for (key, part) in PASSED {
                params.set_some(&format!("{DATA}.{part}"), reading::text(own, key)?);
            }
            Ok::<_, Error>(params)
        };
        let number = version.string("versionNumber");
        let made = match version_of(data(&was, &Map::new())?.pairs(), data(&wished, changes)?.pairs()) {
            Version::Same => number,
            Version::Over(pairs) => self.make_version(&region, &template, Some(&number), &pairs).await?,
            Version::Anew(pairs) => self.make_version(&region, &template, None, &pairs).await?,
        };
        self.use_version(&region, &group.name, &Template { version: made, ..template }, &wished.cluster).await?;
        if wished.image.image_id != was.image.image_id {
            self.put_tag(&region, &group.name, tags::IMAGE_ID, &wished.image.image_id).await?;
            self.put_tag(&region, &group.name, tags::IMAGE_NAME, &wished.image.image_name).await?;
        }
        Ok(())
    }

    /// What a group is made from with the changes, its names looked up.
    async fn wished(
        &self,
        region: &str,
        group: &AutoScalingGroup,
        before: &Map,
        changes: &Map,
    ) -> Result<Resolved, Error> {
        let mut keys = laid_over(before, changes);
        keys.insert("tags".to_owned(), Value::Object(tags::of_user(&tags_of(group))));
        let cluster = Cluster::parse(&keys, region)?;
        let mut resolved = unchanged(before, region)?;
        if let Some(wish) = reading::first_text(changes, &IMAGE)? {
            // An id wins, as for a new group: a name may mean several.
            let id = reading::text(changes, "imageId")?.filter(|id| id.starts_with("ami-"));
            resolved.image = self.image(region, &id.unwrap_or(wish)).await?;
        }
        let groups = reading::texts(changes, "securityGroups")?;
        if !groups.is_empty() {
            let vpc = self.network_of_group(region, group).await?;
            let mut ids = self.security_group_ids(region, &groups, &vpc).await?;
            if reading::flag(changes, "securityGroupsAppendOnly")?.unwrap_or(false) {
                let more: Vec<_> = resolved.security_groups.iter().filter(|id| !ids.contains(id)).cloned().collect();
                ids.extend(more);
            }
            resolved.security_groups = ids;
        }
        Ok(Resolved { cluster, ..resolved })
    }

    /// The network a group's subnets are in.
    async fn network_of_group(&self, region: &str, group: &AutoScalingGroup) -> Result<String, Error> {
        let subnet = group.vpc_zone_identifier().unwrap_or_default().split(',').next().unwrap_or_default();
        let params = Params::ec2().with_list("SubnetId", [subnet]);
        let answer = self.calls.query(Service::Ec2, region, "DescribeSubnets", &params).await?;
        Ok(answer.items("subnetSet").next().map(|subnet| subnet.string("vpcId")).unwrap_or_default())
    }

    async fn make_version(
        &self,
        region: &str,
        template: &Template,
        source: Option<&str>,
        pairs: &[(String, String)],
    ) -> Result<String, Error> {
        let by = if template.id.starts_with("lt-") { "LaunchTemplateId" } else { "LaunchTemplateName" };
        let mut params = Params::ec2().with(by, &template.id);
        params.set_some("SourceVersion", source);
        for (name, value) in pairs {
            params.set(name, value);
        }
        let answer = self.calls.query(Service::Ec2, region, "CreateLaunchTemplateVersion", &params).await?;
        Ok(answer.text("launchTemplateVersion/versionNumber").unwrap_or("$Latest").to_owned())
    }

    async fn use_version(&self, region: &str, name: &str, template: &Template, cluster: &Cluster) -> Result<(), Error> {
        let specification = LaunchTemplateSpecification::builder().version(&template.version);
        let specification = match template.id.starts_with("lt-") {
            true => specification.launch_template_id(&template.id),
            false => specification.launch_template_name(&template.id),
        };
        let specification = specification.build();
        let call = self.calls.autoscaling(region).update_auto_scaling_group().auto_scaling_group_name(name);
        let call = match cluster.mixed.is_wanted() {
            true => call.mixed_instances_policy(mixed(&cluster.mixed, specification, cluster.spot_price.as_deref())),
            false => call.launch_template(specification),
        };
        call.send().await.map_err(fault)?;
        Ok(())
    }

    /// Gives what runs and what comes these security groups, or these besides those it has.
    pub(super) async fn change_firewalls(
        &self,
        group: &ServerGroupRef,
        names: &[String],
        adds: bool,
    ) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let changes = Map::from_iter([
            ("securityGroups".to_owned(), names.into()),
            ("securityGroupsAppendOnly".to_owned(), adds.into()),
        ]);
        self.change_template(group, &changes).await?;
        let found = self.existing(&region, &group.name).await?;
        let Some(template) = template_of(&found) else { return Ok(()) };
        // What the template says now is what all are to have.
        let keys = cluster_keys(&self.template_version(&region, &template).await?);
        let ids = reading::texts(&keys, "securityGroups")?;
        for instance in found.instances().iter().filter_map(|instance| instance.instance_id()) {
            let params = Params::ec2().with("InstanceId", instance).with_list("GroupId", &ids);
            match self.calls.query(Service::Ec2, &region, "ModifyInstanceAttribute", &params).await {
                // It ended meanwhile.
                Err(fault) if fault.code == "InvalidInstanceID.NotFound" => {}
                other => {
                    other?;
                }
            }
        }
        Ok(())
    }
}

/// What a group is made from now: ids, all of them.
fn unchanged(before: &Map, region: &str) -> Result<Resolved, Error> {
    let cluster = Cluster::parse(before, region)?;
    let image = Image { image_id: cluster.image.clone().unwrap_or_default(), ..Image::default() };
    let security_groups = cluster.security_groups.clone();
    Ok(Resolved { cluster, image, subnets: Vec::new(), security_groups, target_groups: Vec::new() })
}

/// The changes over what is there; who says one of several keys of the same thing wants none of the others.
fn laid_over(before: &Map, changes: &Map) -> Map {
    let mut keys = before.clone();
    for family in [&IMAGE[..], &["base64UserData", "userData"]] {
        if family.iter().any(|key| changes.contains_key(*key)) {
            keys.retain(|key, _| !family.contains(&key.as_str()));
        }
    }
    for (key, value) in changes {
        // Text that is empty is how Spinnaker takes a price away.
        match value.as_str().is_some_and(|text| text.trim().is_empty()) {
            true => keys.shift_remove(key),
            false => keys.insert(key.clone(), value.clone()),
        };
    }
    keys
}

fn parts(pairs: &[(String, String)]) -> Parts<'_> {
    let mut parts = Parts::new();
    for pair in pairs {
        let part = pair.0.split('.').nth(1).unwrap_or_default();
        parts.entry(part).or_default().push(pair);
    }
    parts
}

fn version_of(was: &[(String, String)], wished: &[(String, String)]) -> Version {
    /// Only a version that stands on no other needs to be told them: they are the group's tags.
    const TAGS: &str = "TagSpecification";
    let (was, wished_parts) = (parts(was), parts(wished));
    if was.keys().any(|part| !wished_parts.contains_key(part)) {
        return Version::Anew(wished.to_vec());
    }
    let changed = wished_parts.iter().filter(|(part, pairs)| **part != TAGS && was.get(**part) != Some(*pairs));
    let pairs: Vec<_> = changed.flat_map(|(_, pairs)| pairs.iter().map(|pair| (*pair).clone())).collect();
    if pairs.is_empty() { Version::Same } else { Version::Over(pairs) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let pair = |word: &str| word.split_once('=').map(|(name, value)| (format!("{DATA}.{name}"), value.to_owned()));
        text.split(' ').filter_map(pair).collect()
    }

    #[test]
    fn only_what_differs_is_written_over_the_version_there_is() {
        let was = pairs("ImageId=ami-1 SecurityGroupId.1=sg-1");
        for (wished, expected) in [
            ("ImageId=ami-1 SecurityGroupId.1=sg-1 TagSpecification.1.x=y", Version::Same),
            ("ImageId=ami-2 SecurityGroupId.1=sg-1", Version::Over(pairs("ImageId=ami-2"))),
            (
                "ImageId=ami-1 SecurityGroupId.1=sg-1 SecurityGroupId.2=sg-2",
                Version::Over(pairs("SecurityGroupId.1=sg-1 SecurityGroupId.2=sg-2")),
            ),
            (
                "ImageId=ami-1 NetworkInterface.1.SecurityGroupId.1=sg-1",
                Version::Anew(pairs("ImageId=ami-1 NetworkInterface.1.SecurityGroupId.1=sg-1")),
            ),
        ] {
            assert_eq!(version_of(&was, &pairs(wished)), expected, "{wished}");
        }
    }

    #[test]
    fn a_change_takes_the_place_of_what_says_the_same() {
        let before = json!({"amiName": "ami-1", "base64UserData": "eA==", "spotPrice": "0.1", "keyPair": "k"});
        let changes = json!({"imageId": "ami-2", "userData": "y", "spotPrice": ""});
        let keys = laid_over(before.as_object().unwrap(), changes.as_object().unwrap());
        assert_eq!(Value::Object(keys), json!({"keyPair": "k", "imageId": "ami-2", "userData": "y"}));
    }
}
