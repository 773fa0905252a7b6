//! How many instances a server group is to have.

use serde::{Deserialize, Deserializer, Serialize};

/// Bounds and wish of a server group's size, in instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Lower bound.
    #[serde(default, deserialize_with = "count")]
    pub min: u32,
    /// Upper bound.
    #[serde(default, deserialize_with = "count")]
    pub max: u32,
    /// What it has when nothing scales it.
    #[serde(default, deserialize_with = "count")]
    pub desired: u32,
}

impl Capacity {
    /// The same number for all three: a pinned server group.
    #[must_use]
    pub const fn exactly(count: u32) -> Self {
        Self { min: count, max: count, desired: count }
    }

    /// Whether all three are the same.
    #[must_use]
    pub const fn is_pinned(&self) -> bool {
        self.min == self.max && self.max == self.desired
    }
}

/// Deck and `spin` write sizes as text or number; orca takes both.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    use serde::de::Error;
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(n) => n
            .as_u64()
            .or_else(|| n.as_f64().filter(|f| f.fract() == 0.0 && *f >= 0.0).map(|f| f as u64))
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| D::Error::custom(format!("{n} is no number of instances"))),
        serde_json::Value::String(s) => {
            s.trim().parse().map_err(|_| D::Error::custom(format!("\"{s}\" is no number of instances")))
        }
        other => Err(D::Error::custom(format!("{other} is no number of instances"))),
    }
}
