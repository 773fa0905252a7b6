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

/// Tags that are the user's.
pub(super) fn of_user(tags: &Map) -> Map {
    let own = |key: &str| !key.starts_with(PREFIX) && !key.starts_with("aws:");
    tags.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}
