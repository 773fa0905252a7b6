//! What making a server group comes to, for `gennaker plan`: what is made, tagged, registered, and the calls it takes.

use super::Aws;
use super::group::target_group_name;
use super::tags;
use crate::providers::{Error, NewServerGroup, Preview, Work};

/// A look at a group: itself, and one balancer it stands behind.
const LOOK: u64 = 2;

/// Calls of a change of a group behind one balancer, its first looks with it.
pub(super) fn calls_for(work: Work) -> u64 {
    match work {
        // Its processes, the group again, the registrations; whether that has had its effect.
        Work::Enable => 3 + LOOK,
        Work::Disable => 2 + LOOK,
        Work::Resize => 1 + LOOK,
        // The group, its template, and out of traffic first.
        Work::Destroy => 4 + LOOK,
    }
}

impl Aws {
    pub(super) async fn preview_group(&self, new: &NewServerGroup) -> Result<Preview, Error> {
        let region = self.account.region(&new.location)?;
        let resolved = self.resolve(&region, &new.cluster).await?;
        let cluster = &resolved.cluster;
        let scaling = self.scaling_of_source(new, cluster).await?;
        let types = match cluster.mixed.overrides.is_empty() {
            true => cluster.instance_type.clone().unwrap_or_default(),
            false => format!("{} instance types", cluster.mixed.overrides.len()),
        };
        let mut lines = vec![
            format!("launch template {}: {}, {types}", new.name, resolved.image.image_id),
            format!("Auto Scaling group {} in {}", new.name, resolved.subnets.join(", ")),
        ];
        let own = tags::of_new(new, &resolved.image);
        let user = cluster.tags.iter().map(|(key, value)| format!("{key}={value}"));
        let shown =
            own.iter().filter(|(key, _)| !tags::OF_RUN.contains(key)).map(|(key, value)| format!("{key}={value}"));
        lines.push(format!("tags {}", user.chain(shown).collect::<Vec<_>>().join(", ")));
        let mut behind: Vec<&str> = resolved.target_groups.iter().map(|arn| target_group_name(arn)).collect();
        behind.extend(cluster.load_balancers.iter().map(String::as_str));
        if !behind.is_empty() {
            lines.push(format!("instances registered with {}", behind.join(", ")));
        }
        if !cluster.suspended.is_empty() {
            lines.push(format!("processes suspended: {}", cluster.suspended.join(", ")));
        }
        if !cluster.hooks.is_empty() {
            lines.push(format!("{} lifecycle hooks", cluster.hooks.len()));
        }
        let [policies, alarms, actions] = scaling.counts();
        if let Some(source) = new.source.as_ref().filter(|_| policies + actions > 0) {
            let alarms = if alarms > 0 { format!(" with {alarms} alarms") } else { String::new() };
            lines.push(format!(
                "{policies} scaling policies{alarms} and {actions} scheduled actions of {}",
                source.name
            ));
        }
        let some = |is_some: bool| u64::from(is_some);
        let balancers = u64::try_from(behind.len()).unwrap_or_default();
        // The cluster's groups, their instances and health; image and subnets, and what is named.
        let named = match new.source {
            // Its own say what the same names mean; its policies and schedules are read.
            Some(_) => 2,
            // Without a group of ours, templates are looked through for those of other tools.
            None => 1 + some(!cluster.security_groups.is_empty()) + some(!resolved.target_groups.is_empty()),
        };
        let reads = 4 + balancers + named + some(alarms > 0) + some(!cluster.load_balancers.is_empty());
        let settings = some(!cluster.suspended.is_empty())
            + some(!cluster.metrics.is_empty())
            + u64::try_from(policies + alarms).unwrap_or_default()
            + some(actions > 0);
        // Template and group, what has to be there before its size, and a look at it.
        let changes = 2 + settings + some(settings > 0);
        Ok(Preview { lines, calls: Some(reads + changes + 1 + balancers) })
    }
}
