//! Groups of a cluster that another tool made, and that therefore have no tag of ours.
//!
//! Those that have instances are found by the names these carry. One without instances is known by its launch template,
//! which Spinnaker names after its group; templates are looked through only where there is no group of ours, or where
//! another tool is at work. What was found is told by a tag of the group that is made next, so that later runs need not
//! look for it again.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::types::AutoScalingGroup;
use futures_util::future::try_join;

use super::Aws;
use super::client::Service;
use super::group::tag_of;
use super::health::Ec2Instance;
use super::params::Params;
use super::tags;
use super::xml::Answer;
use crate::model::{Moniker, parse_name};
use crate::providers::Error;

/// Digits of the time that Spinnaker ends a template's name with, at least.
const DIGITS: usize = 8;

/// EC2's instances by id, where they were asked for.
type Instances = Option<BTreeMap<String, Ec2Instance>>;

/// Patterns of the names of a cluster's groups.
pub(super) fn names_of(cluster: &str) -> [String; 2] {
    [cluster.to_owned(), format!("{cluster}-v*")]
}

/// The group that a template of Spinnaker's is for: `<group>-<time>`.
fn group_of(template: &str) -> Option<&str> {
    let (group, time) = template.rsplit_once('-')?;
    (time.len() >= DIGITS && time.bytes().all(|byte| byte.is_ascii_digit())).then_some(group)
}

impl Aws {
    /// Groups with this tag, and those of other tools whose names are like these.
    pub(super) async fn known_groups(
        &self,
        region: &str,
        tag: (&str, &String),
        names: &[String; 2],
    ) -> Result<(Vec<AutoScalingGroup>, Instances), Error> {
        let tagged = self.describe_tagged(region, Some((tag.0, tag.1)));
        let question = format!("{region} {names:?}");
        let (mut groups, mut others, instances) = match self.others.get(&question) {
            Some(others) => (tagged.await?, others, None),
            None => {
                let (groups, instances) = try_join(tagged, self.instances_of(region, names)).await?;
                let others = self.untagged(region, &groups, &instances, &names[1]).await?;
                self.others.put(question, others.clone());
                (groups, others, Some(instances))
            }
        };
        for group in &groups {
            let cluster = parse_name(group.auto_scaling_group_name().unwrap_or_default()).cluster.unwrap_or_default();
            others.extend(tags::others(&cluster, &tag_of(group, tags::OTHERS).unwrap_or_default()));
        }
        let known = named(&groups);
        others.retain(|name| !known.contains(name));
        others.sort();
        others.dedup();
        let found = self.describe(region, &others).await?;
        if tag.0 == tags::CLUSTER {
            self.foreign.put(format!("{region} {}", tag.1), named(&found).into_iter().collect());
        }
        groups.extend(found);
        Ok((groups, instances))
    }

    /// Names of groups without our tag: of those that have instances, and of those that templates tell of.
    async fn untagged(
        &self,
        region: &str,
        tagged: &[AutoScalingGroup],
        instances: &BTreeMap<String, Ec2Instance>,
        pattern: &str,
    ) -> Result<Vec<String>, Error> {
        let known = named(tagged);
        let running = instances.values().map(|instance| instance.group.clone());
        let mut found: BTreeSet<String> = running.filter(|name| !name.is_empty() && !known.contains(name)).collect();
        if tagged.is_empty() || !found.is_empty() {
            let mut told = self.templated(region, pattern).await?;
            told.retain(|name| !known.contains(name) && !found.contains(name));
            // A template may outlive its group.
            let there = self.describe(region, &told.into_iter().collect::<Vec<_>>()).await?;
            found.extend(named(&there));
        }
        Ok(found.into_iter().collect())
    }

    /// Groups that templates of names like this are for.
    async fn templated(&self, region: &str, pattern: &str) -> Result<BTreeSet<String>, Error> {
        let params = Params::ec2().with_filters(&[("launch-template-name", &[pattern])]);
        let call = (Service::Ec2, region, "DescribeLaunchTemplates");
        let found = self.calls.pages(call, params, "launchTemplates", ("nextToken", "NextToken")).await?;
        let names = found.iter().map(|template| template.string("launchTemplateName"));
        Ok(names.filter_map(|name| group_of(&name).map(str::to_owned)).collect())
    }

    /// The tag that tells a new group of those that other tools made in its cluster.
    pub(super) async fn others_of(
        &self,
        region: &str,
        moniker: &Moniker,
    ) -> Result<Option<(&'static str, String)>, Error> {
        let cluster = moniker.cluster.clone().unwrap_or_default();
        let key = format!("{region} {cluster}");
        if self.foreign.get(&key).is_none() {
            self.known_groups(region, (tags::CLUSTER, &cluster), &names_of(&cluster)).await?;
        }
        Ok(tags::of_others(&cluster, &self.foreign.get(&key).unwrap_or_default()))
    }
}

fn named(groups: &[AutoScalingGroup]) -> BTreeSet<String> {
    groups.iter().filter_map(|group| group.auto_scaling_group_name().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_spinnaker_are_known_by_the_time_in_their_names() {
        for (template, group) in [
            ("shop-prod-v003-11212025101112", Some("shop-prod-v003")),
            ("shop-prod-v003", None),
            ("shop-prod-v003-1", None),
            ("shop", None),
        ] {
            assert_eq!(group_of(template), group, "{template}");
        }
    }
}
