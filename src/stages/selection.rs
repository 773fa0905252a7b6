//! Which server groups of a cluster a cluster-wide stage acts on: pure rules of contract 3.4.

use std::cmp::Reverse;

use super::cloud::Cloud;
use super::operation;
use super::reading;
use crate::engine::ports::Call;
use crate::model::{Map, ServerGroup};

/// What a cluster-wide stage does with those it selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Take them out of traffic.
    Disable,
    /// Scale them to nothing.
    ScaleDown,
    /// Destroy them.
    Shrink,
}

/// Names of server groups that enclosing or earlier deploys of the execution made in a location.
pub(crate) fn deployed(call: &Call<'_>, cloud: &Cloud, location: &str) -> Vec<String> {
    let deploys = call.execution.ancestors(call.stage).into_iter().filter(|stage| {
        matches!(stage.kind.as_str(), "createServerGroup" | "cloneServerGroup")
            && reading::text(&stage.context, "deploy.account.name").as_deref() == Some(&cloud.account)
    });
    let groups = deploys.flat_map(|stage| operation::recorded(cloud, &stage.context));
    groups.filter(|group| group.location == location).map(|group| group.name).collect()
}

/// The server groups to act on. `groups` are all of the cluster in one location; those `deployed` and newer ones are
/// never touched, but count as kept.
pub(crate) fn select<'a>(
    purpose: Purpose,
    context: &Map,
    groups: &'a [ServerGroup],
    deployed: &[String],
) -> Vec<&'a ServerGroup> {
    let total = groups.len();
    let mut candidates = without_deployed(groups, deployed);
    let keep = |key, among: usize| {
        let wished = reading::integer(context, key).unwrap_or(1).max(0);
        usize::try_from(wished).unwrap_or(usize::MAX).saturating_sub(total - among)
    };
    let newest = |group: &&ServerGroup| Reverse((group.created_time, group.moniker.sequence));
    let size = |group: &ServerGroup, key| reading::flag(context, key).then_some(Reverse(group.instances.len()));
    let activity = |group: &ServerGroup, wanted: bool| wanted.then(|| Reverse(group.is_active()));
    let kept = match purpose {
        Purpose::Disable => {
            let kept = keep("remainingEnabledServerGroups", candidates.len());
            candidates.retain(|group| group.is_active());
            candidates.sort_by_key(|group| (size(group, "preferLargerOverNewer"), newest(group)));
            kept
        }
        Purpose::ScaleDown | Purpose::Shrink => {
            let (active, larger, wish) = match purpose {
                Purpose::Shrink => ("allowDeleteActive", "retainLargerOverNewer", "shrinkToSize"),
                _ => ("allowScaleDownActive", "preferLargerOverNewer", "remainingFullSizeServerGroups"),
            };
            let allowed = reading::flag(context, active);
            candidates.retain(|group| allowed || !group.is_active());
            candidates.sort_by_key(|group| (activity(group, allowed), size(group, larger), newest(group)));
            keep(wish, candidates.len())
        }
    };
    candidates.into_iter().skip(kept).collect()
}

fn without_deployed<'a>(groups: &'a [ServerGroup], deployed: &[String]) -> Vec<&'a ServerGroup> {
    let ours = groups.iter().filter(|group| deployed.contains(&group.name));
    let first = ours.map(|group| group.created_time).min();
    groups
        .iter()
        .filter(|group| !deployed.contains(&group.name) && first.is_none_or(|first| group.created_time <= first))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{HealthState, Instance};
    use crate::stages::cluster::object;

    /// `+v002*3` is enabled with three instances, `-v001` disabled with none; the oldest first.
    fn cluster(words: &str) -> Vec<ServerGroup> {
        let group = |(position, word): (usize, &str)| {
            let (name, size) = word[1..].split_once('*').unwrap_or((&word[1..], "0"));
            let disabled = word.starts_with('-');
            let health_state = if disabled { HealthState::OutOfService } else { HealthState::Up };
            let instance = Instance { health_state, ..Instance::default() };
            ServerGroup {
                name: name.to_owned(),
                created_time: i64::try_from(position).unwrap(),
                disabled,
                instances: vec![instance; size.parse().unwrap()],
                ..ServerGroup::default()
            }
        };
        words.split(' ').enumerate().map(group).collect()
    }

    #[test]
    fn the_right_server_groups_are_selected() {
        use Purpose::{Disable, ScaleDown, Shrink};
        for (purpose, context, groups, deployed, expected) in [
            // An enclosing deploy's own group counts as kept.
            (Disable, json!({}), "+v0*1 +v1*1 +v2*1", "v2", "v1 v0"),
            (Disable, json!({"remainingEnabledServerGroups": 2}), "+v0*1 +v1*1 +v2*1", "v2", "v0"),
            (Disable, json!({}), "+v0*1 +v1*1", "", "v0"),
            (Disable, json!({"preferLargerOverNewer": true}), "+v0*5 +v1*1", "", "v1"),
            (Disable, json!({}), "-v0 +v1*1 +v2*1", "v2", "v1"),
            (Disable, json!({"remainingEnabledServerGroups": 0}), "+v0*1", "", "v0"),
            // Newer ones than the deployed are not touched either.
            (Disable, json!({}), "+v0*1 +v1*1 +v2*1", "v1", "v0"),
            (Shrink, json!({}), "-v0 +v1*1 +v2*1", "v2", "v0"),
            (Shrink, json!({"shrinkToSize": 2}), "-v0 +v1*1 +v2*1", "v2", "v0"),
            (Shrink, json!({"shrinkToSize": 2}), "-v0 -v1 +v2*1", "v2", "v0"),
            (Shrink, json!({"shrinkToSize": 3}), "-v0 -v1 +v2*1", "v2", ""),
            (Shrink, json!({"allowDeleteActive": true}), "-v0 +v1*1 +v2*1", "v2", "v1 v0"),
            (Shrink, json!({"allowDeleteActive": true, "shrinkToSize": 2}), "+v0*1 -v1 +v2*1", "v2", "v1"),
            (Shrink, json!({"allowDeleteActive": true, "retainLargerOverNewer": "true"}), "+v0*4 +v1*1", "", "v1"),
            (Shrink, json!({"shrinkToSize": 0, "allowDeleteActive": true}), "+v0*1 +v1*1", "", "v1 v0"),
            (ScaleDown, json!({}), "-v0*2 -v1*2 +v2*1", "v2", "v1 v0"),
            (ScaleDown, json!({}), "+v0*2 +v2*1", "v2", ""),
            (ScaleDown, json!({"allowScaleDownActive": true}), "+v0*2 +v2*1", "v2", "v0"),
            (ScaleDown, json!({"remainingFullSizeServerGroups": 2}), "-v0*2 -v1*2 +v2*1", "v2", "v0"),
        ] {
            let deployed: Vec<String> = deployed.split_whitespace().map(str::to_owned).collect();
            let all = cluster(groups);
            let names: Vec<_> =
                select(purpose, &object(context.clone()), &all, &deployed).iter().map(|g| g.name.as_str()).collect();
            assert_eq!(names.join(" "), expected, "{purpose:?} {context} {groups}");
        }
    }
}
