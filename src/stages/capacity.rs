//! The sizes a resize comes to: pure formulas of contract 3.3.

use serde_json::{Value, json};

use super::reading;
use crate::model::{Capacity, Failure, Map};

/// What a resize does with a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// To the configured numbers.
    Exact,
    /// Up by a number or a share.
    Up,
    /// Down by a number or a share.
    Down,
    /// To the largest numbers of the cluster.
    ToCluster,
    /// To the numbers of another server group.
    ToServerGroup,
}

/// The words of `action`.
pub(crate) const ACTIONS: &[&str] =
    &["scale_down", "scale_exact", "scale_to_cluster", "scale_to_server_group", "scale_up"];

impl Action {
    /// What a context asks for; `scale_exact` when it does not say.
    pub(crate) fn of(context: &Map) -> Result<Self, Failure> {
        let word = reading::filled(context, "action").unwrap_or_else(|| "scale_exact".to_owned());
        match word.to_ascii_lowercase().as_str() {
            "scale_exact" => Ok(Self::Exact),
            "scale_up" => Ok(Self::Up),
            "scale_down" => Ok(Self::Down),
            "scale_to_cluster" => Ok(Self::ToCluster),
            "scale_to_server_group" => Ok(Self::ToServerGroup),
            _ => {
                Err(Failure::user(format!("'action' is '{word}'")).detail(format!("use one of {}", ACTIONS.join(", "))))
            }
        }
    }
}

/// `scale_exact`: the configured size over the current one, then the share, then the pins.
pub(crate) fn exact(context: &Map, current: Capacity, original_min: Option<u32>) -> Capacity {
    scale_and_pin(context, merged(context, current), original_min)
}

/// `scale_to_server_group`: the source's size, then the share, then the pins.
pub(crate) fn like(context: &Map, source: Capacity, original_min: Option<u32>) -> Capacity {
    scale_and_pin(context, source, original_min)
}

/// `scale_up` and `scale_down`: all three bounds move, never below none.
pub(crate) fn stepped(context: &Map, current: Capacity, up: bool) -> Capacity {
    let step = |value: u32| {
        let by = match (reading::integer(context, "scalePct"), reading::integer(context, "scaleNum")) {
            (Some(percent), _) => share(value, percent),
            (None, Some(number)) => number,
            (None, None) => 0,
        };
        bounded(if up { i64::from(value) + by } else { i64::from(value) - by })
    };
    Capacity { min: step(current.min), max: step(current.max), desired: step(current.desired) }
}

/// `scale_to_cluster`: the largest bounds of the cluster, `desired` grown by the share but not beyond the largest.
pub(crate) fn cluster_wide(context: &Map, sizes: impl IntoIterator<Item = Capacity>) -> Capacity {
    let largest = sizes.into_iter().fold(Capacity::default(), |a, b| Capacity {
        min: a.min.max(b.min),
        max: a.max.max(b.max),
        desired: a.desired.max(b.desired),
    });
    let max = largest.max.max(largest.min);
    let desired = largest.desired.max(largest.min);
    let growth = match (reading::integer(context, "scalePct"), reading::integer(context, "scaleNum")) {
        (Some(percent), _) if percent != 0 => share(largest.desired, percent.abs()),
        (_, Some(number)) => number.abs(),
        _ => 0,
    };
    Capacity { min: largest.min, max, desired: bounded(i64::from(desired) + growth).min(max) }
}

/// `{min, max, desired}` as text of people.
pub(crate) fn words(capacity: Capacity) -> String {
    if capacity.is_pinned() {
        return capacity.desired.to_string();
    }
    format!("{} ({}–{})", capacity.desired, capacity.min, capacity.max)
}

/// The same with its noun: `3 instances`.
pub(crate) fn instances(capacity: Capacity) -> String {
    let noun = if capacity == Capacity::exactly(1) { "instance" } else { "instances" };
    format!("{} {noun}", words(capacity))
}

/// The capacity under a key, all of whose bounds are there.
pub(crate) fn read(context: &Map, key: &str) -> Result<Option<Capacity>, Failure> {
    let Some(value) = context.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let read = serde_json::from_value(value.clone());
    read.map(Some).map_err(|error| Failure::user(format!("'{key}': {error}")).detail("write {min, max, desired}"))
}

/// Refuses a size that contradicts itself.
pub(crate) fn check(capacity: Capacity) -> Result<(), Failure> {
    let Capacity { min, desired, max } = capacity;
    if min > max {
        return Err(Failure::user(format!("'capacity': min is {min}, which is more than max, {max}")));
    }
    if desired < min || desired > max {
        return Err(Failure::user(format!(
            "'capacity': desired is {desired}, which is not between min, {min}, and max, {max}"
        )));
    }
    Ok(())
}

/// A capacity as contexts hold it.
pub(crate) fn value(capacity: Capacity) -> Value {
    json!({"min": capacity.min, "max": capacity.max, "desired": capacity.desired})
}

fn merged(context: &Map, current: Capacity) -> Capacity {
    let configured = reading::object(context, "capacity");
    let bound = |key| configured.and_then(|map| reading::integer(map, key)).map(bounded);
    let mut min = bound("min").unwrap_or(current.min);
    let max = match bound("max") {
        Some(max) => {
            min = min.min(max);
            max
        }
        None => min.max(current.max),
    };
    let desired = bound("desired").unwrap_or_else(|| current.desired.clamp(min, max));
    Capacity { min, max, desired }
}

fn scale_and_pin(context: &Map, capacity: Capacity, original_min: Option<u32>) -> Capacity {
    let mut sized = capacity;
    if let Some(percent) = reading::integer(context, "scalePct") {
        let desired = bounded(share(capacity.desired, percent));
        sized = Capacity { min: capacity.min.min(desired), max: capacity.max.max(desired), desired };
    }
    if reading::flag(context, "unpinMinimumCapacity")
        && let Some(min) = original_min.filter(|min| *min <= sized.min)
    {
        sized.min = min;
    }
    if reading::flag(context, "pinCapacity") {
        return Capacity::exactly(sized.desired);
    }
    if reading::flag(context, "pinMinimumCapacity") {
        sized.min = sized.desired;
    }
    sized
}

/// `ceil(value · percent / 100)`.
fn share(value: u32, percent: i64) -> i64 {
    let product = i64::from(value) * percent;
    product.div_euclid(100) + i64::from(product.rem_euclid(100) > 0)
}

fn bounded(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::cluster::object;

    fn capacity(min: u32, max: u32, desired: u32) -> Capacity {
        Capacity { min, max, desired }
    }

    #[test]
    fn exact_takes_what_is_configured_and_keeps_the_rest() {
        let current = capacity(2, 6, 4);
        for (context, expected) in [
            (json!({"capacity": {"min": 1, "max": 3, "desired": 2}}), capacity(1, 3, 2)),
            (json!({"capacity": {"desired": "5"}}), capacity(2, 6, 5)),
            (json!({"capacity": {"max": 1}}), capacity(1, 1, 1)),
            (json!({"capacity": {"min": 8}}), capacity(8, 8, 8)),
            (json!({}), current),
            (json!({"scalePct": 50}), capacity(2, 6, 2)),
            (json!({"scalePct": 200}), capacity(2, 8, 8)),
            (json!({"scalePct": 25}), capacity(1, 6, 1)),
            (json!({"scalePct": 50, "pinCapacity": true}), capacity(2, 2, 2)),
            (json!({"pinMinimumCapacity": true}), capacity(4, 6, 4)),
            (json!({"unpinMinimumCapacity": true}), capacity(1, 6, 4)),
        ] {
            assert_eq!(exact(&object(context.clone()), current, Some(1)), expected, "{context}");
        }
        let unpin = object(json!({"unpinMinimumCapacity": true}));
        assert_eq!(like(&unpin, current, Some(3)), current, "a larger minimum is no unpinning");
        assert_eq!(like(&unpin, current, None), current);
    }

    #[test]
    fn steps_move_all_bounds() {
        let current = capacity(1, 9, 3);
        for (context, up, expected) in [
            (json!({"scaleNum": 2}), true, capacity(3, 11, 5)),
            (json!({"scaleNum": 2}), false, capacity(0, 7, 1)),
            (json!({"scalePct": 50}), true, capacity(2, 14, 5)),
            (json!({"scalePct": 50}), false, capacity(0, 4, 1)),
            (json!({}), true, current),
        ] {
            assert_eq!(stepped(&object(context.clone()), current, up), expected, "{context} {up}");
        }
    }

    #[test]
    fn the_cluster_lends_its_largest_bounds() {
        let sizes = [capacity(1, 4, 2), capacity(2, 3, 3)];
        for (context, expected) in [
            (json!({}), capacity(2, 4, 3)),
            (json!({"scaleNum": -1}), capacity(2, 4, 4)),
            (json!({"scalePct": 100}), capacity(2, 4, 4)),
        ] {
            assert_eq!(cluster_wide(&object(context.clone()), sizes), expected, "{context}");
        }
    }
}
