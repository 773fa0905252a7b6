//! Tags by which server groups are found again: who made them, for what cluster, from what image.

use crate::model::{Image, Map, Moniker};
use crate::providers::NewServerGroup;

/// The stage that made it.
pub(super) const OWNER: &str = "gennaker:owner";
/// Its cluster.
pub(super) const CLUSTER: &str = "gennaker:cluster";
/// Its application.
pub(super) const APPLICATION: &str = "gennaker:application";
/// The execution that made it.
const EXECUTION: &str = "gennaker:execution";
/// Epoch of the lease its maker had.
pub(super) const EPOCH: &str = "gennaker:epoch";
const STACK: &str = "gennaker:stack";
const DETAIL: &str = "gennaker:detail";
const SEQUENCE: &str = "gennaker:sequence";
/// Id and name of its image, so that showing a cluster needs no look at templates and images.
pub(super) const IMAGE_ID: &str = "gennaker:image-id";
pub(super) const IMAGE_NAME: &str = "gennaker:image-name";
/// Share of a group without load balancers that is out of traffic, in percent.
pub(super) const OUT_OF_TRAFFIC: &str = "gennaker:out-of-traffic";
/// Processes that were suspended before it was disabled, to be left so when it is enabled again.
pub(super) const SUSPENDED: &str = "gennaker:suspended";
/// Processes that were resumed for a change of size, to be suspended again.
pub(super) const LIFTED: &str = "gennaker:lifted";
/// Whether alarms were made for its policies, which go when it goes.
pub(super) const ALARMS: &str = "gennaker:alarms";
/// The server group of its cluster that a deploy found in its place, and that one's image.
const PREVIOUS: &str = "gennaker:previous";
const PREVIOUS_IMAGE_ID: &str = "gennaker:previous-image-id";
const PREVIOUS_IMAGE_NAME: &str = "gennaker:previous-image-name";
/// Tags whose values are only known in a run.
pub(super) const OF_RUN: [&str; 3] = [OWNER, EXECUTION, EPOCH];
/// Groups of its cluster that another tool made, by what their names add to the cluster's: they need not be looked for
/// where they have no instances that tell of them.
pub(super) const OTHERS: &str = "gennaker:others";
/// Longest value of a tag.
const LONGEST: usize = 256;
/// All our tags begin with this.
pub(super) const PREFIX: &str = "gennaker:";

/// The tags of a new server group; they are not passed on to its instances.
pub(super) fn of_new(new: &NewServerGroup, image: &Image) -> Vec<(&'static str, String)> {
    let Moniker { app, cluster, stack, detail, sequence } = new.moniker.clone();
    let all = [
        (OWNER, Some(new.owner.clone())),
        (EXECUTION, Some(new.execution.clone())),
        (EPOCH, Some(new.epoch.to_string())),
        (APPLICATION, app),
        (CLUSTER, cluster),
        (STACK, stack),
        (DETAIL, detail),
        (SEQUENCE, sequence.map(|sequence| sequence.to_string())),
        (IMAGE_ID, Some(image.image_id.clone())),
        (IMAGE_NAME, Some(image.image_name.clone())),
    ];
    let present = |value: Option<String>| value.filter(|value| !value.is_empty());
    all.into_iter().filter_map(|(key, value)| Some((key, present(value)?))).collect()
}

/// The tags by which it is known what a new server group took the place of.
pub(super) fn of_previous(name: &str, image: &Image) -> Vec<(&'static str, String)> {
    let all = [(PREVIOUS, name), (PREVIOUS_IMAGE_ID, &image.image_id), (PREVIOUS_IMAGE_NAME, &image.image_name)];
    all.into_iter().map(|(key, value)| (key, value.to_owned())).collect()
}

/// The tag that tells of other tools' groups in a cluster: of as many as there is room for.
pub(super) fn of_others(cluster: &str, names: &[String]) -> Option<(&'static str, String)> {
    let mut value = String::new();
    for word in names.iter().filter_map(|name| name.strip_prefix(cluster)?.strip_prefix('-')) {
        if value.len() + word.len() < LONGEST {
            value = format!("{value} {word}");
        }
    }
    let value = value.trim_start().to_owned();
    (!value.is_empty()).then_some((OTHERS, value))
}

/// Names of the groups that tag tells of.
pub(super) fn others(cluster: &str, value: &str) -> Vec<String> {
    value.split_whitespace().map(|word| format!("{cluster}-{word}")).collect()
}

/// The image a server group was made from, where its tags name it.
pub(super) fn own_image(tags: &Map, region: &str) -> Option<Image> {
    named(tags, [IMAGE_ID, IMAGE_NAME], region)
}

/// The image of what it took the place of.
pub(super) fn previous_image(tags: &Map, region: &str) -> Option<Image> {
    named(tags, [PREVIOUS_IMAGE_ID, PREVIOUS_IMAGE_NAME], region)
}

fn named(tags: &Map, keys: [&str; 2], region: &str) -> Option<Image> {
    let [image_id, image_name] = keys.map(|key| tags.get(key).and_then(|value| value.as_str()).map(str::to_owned));
    let (image_id, image_name) = (image_id?, image_name?);
    Some(Image { image_id, image_name, region: region.to_owned(), ..Image::default() })
}

/// Tags that are the user's.
pub(super) fn of_user(tags: &Map) -> Map {
    let own = |key: &str| !key.starts_with(PREFIX) && !key.starts_with("aws:");
    tags.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_groups_of_a_cluster_are_told_by_what_their_names_add() {
        let names = ["shop-prod-v003", "shop-prod", "shop-prod-v011"].map(str::to_owned);
        let (_, value) = of_others("shop-prod", &names).unwrap();
        assert_eq!(value, "v003 v011");
        assert_eq!(others("shop-prod", &value), ["shop-prod-v003", "shop-prod-v011"]);
        assert_eq!(of_others("shop-prod", &names[1..2]), None);
        let many: Vec<String> = (0..200).map(|n| format!("a-v{n:03}")).collect();
        assert!(of_others("a", &many).unwrap().1.len() <= LONGEST);
    }
}
