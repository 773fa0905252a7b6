//! Traffic split by weight between two versions, through an object that routes it; plain data in and out.

use async_trait::async_trait;

use super::{Error, ManifestRef};

/// Two versions behind an object that splits traffic between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficRoute {
    /// Kind of the object, as documents write it: `HTTPRoute`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; the account's own when empty.
    pub namespace: String,
    /// Rules of it, by name or number from 0; when empty, those that name either version.
    pub rules: Vec<String>,
    /// The second object, where the kind needs one and it does not have its usual name.
    pub canary: Option<String>,
    /// The version that serves; found in the object when it is not said.
    pub from: Option<String>,
    /// The version traffic is given to.
    pub to: String,
}

/// How traffic is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficShare {
    /// The object, its kind without its group: `HTTPRoute shop in prod`.
    pub route: ManifestRef,
    /// The version that serves; `None` when the object names no other than `to`.
    pub from: Option<String>,
    /// The version traffic is given to.
    pub to: String,
    /// What `to` gets, in percent.
    pub percent: u32,
    /// Whether the object names `to` at all.
    pub is_listed: bool,
}

/// How traffic is to be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrafficShift {
    /// What `to` is to get, in percent; `from` gets the rest.
    pub percent: u32,
    /// What it must have had until now: another share was set by somebody else, and is not overwritten.
    pub expected: Option<u32>,
    /// Whether `to` leaves the object, as it was not in it before.
    pub delist: bool,
}

/// Objects that split traffic by weight. Every change looks before it acts; made twice it is harmless.
#[async_trait]
pub trait TrafficRoutes: Send + Sync {
    /// The kind of a route as the account is asked for it, its group included.
    fn kind_of(&self, route: &TrafficRoute) -> Result<&'static str, Error>;
    /// How traffic is split now. `Invalid` when the object does not split it between two versions.
    async fn share(&self, route: &TrafficRoute) -> Result<TrafficShare, Error>;
    /// Why traffic sent to `to` would be lost: nothing is behind it. `None` when it can be sent.
    async fn obstacle(&self, route: &TrafficRoute) -> Result<Option<String>, Error>;
    /// Whether the object says already what is wished. Fails when somebody else set other shares than expected.
    async fn is_shifted(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<bool, Error>;
    /// Makes it so; touches nothing but the shares of the two versions, and nothing that changed meanwhile.
    async fn shift(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<(), Error>;
    /// What is missing until those who carry traffic follow the object; `None` when they do, or never say.
    async fn unobserved(&self, route: &TrafficRoute) -> Result<Option<String>, Error>;
}
