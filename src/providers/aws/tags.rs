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
/// The server group of its cluster that a deploy found in its place, and that one's image.
const PREVIOUS: &str = "gennaker:previous";
const PREVIOUS_IMAGE_ID: &str = "gennaker:previous-image-id";
const PREVIOUS_IMAGE_NAME: &str = "gennaker:previous-image-name";
/// Tags whose values are only known in a run.
pub(super) const OF_RUN: [&str; 3] = [OWNER, EXECUTION, EPOCH];
/// All our tags begin with this.
const PREFIX: &str = "gennaker:";

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
