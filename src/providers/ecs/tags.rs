//! Tags by which services are known again: who made them, for what cluster, how large they were before.

use serde_json::{Value, json};

use crate::model::{Map, Moniker};
use crate::providers::NewServerGroup;

/// The stage that made it.
pub(super) const OWNER: &str = "gennaker:owner";
/// Whether alarms were made for its policies, which go when it goes.
pub(super) const ALARMS: &str = "gennaker:alarms";
/// How many tasks it had before it was disabled.
pub(super) const DESIRED: &str = "gennaker:desired";
/// All our tags begin with this.
const PREFIX: &str = "gennaker:";

/// The tags of a new service and its task definition.
pub(super) fn of_new(new: &NewServerGroup, user: &Map) -> Value {
    let Moniker { app, cluster, stack, detail, sequence } = new.moniker.clone();
    let own = [
        (OWNER, Some(new.owner.clone())),
        ("gennaker:execution", Some(new.execution.clone())),
        ("gennaker:application", app),
        ("gennaker:cluster", cluster),
        ("gennaker:stack", stack),
        ("gennaker:detail", detail),
        ("gennaker:sequence", sequence.map(|sequence| sequence.to_string())),
    ];
    let own =
        own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.filter(|value| !value.is_empty())?)));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let user = user.iter().map(|(key, value)| (key.clone(), text(value)));
    own.chain(user).map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// Tags as ECS tells them.
pub(super) fn read(value: &Value) -> Map {
    let pair = |tag: &Value| Some((tag["key"].as_str()?.to_owned(), tag["value"].clone()));
    value["tags"].as_array().into_iter().flatten().filter_map(pair).collect()
}

/// Tags that are the user's.
pub(super) fn of_user(tags: &Map) -> Map {
    let own = |key: &str| !key.starts_with(PREFIX) && !key.starts_with("aws:");
    tags.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}
