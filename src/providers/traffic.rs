//! Traffic split by weight between two versions, through an object that routes it; plain data in and out.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Error, ManifestRef, PreparedManifest};

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
    /// The version traffic is given to; empty where it is derived.
    pub to: String,
    /// What selects all versions; found in the route when it is not said.
    pub service: Option<String>,
}

/// What sends to one version alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VersionService {
    /// Its name: `shop-v003`.
    pub name: String,
    /// The same as the route names it: `shop-v003.prod.svc.cluster.local`.
    pub backend: String,
    /// The workload behind it; it goes with it.
    pub workload: ManifestRef,
    /// Number of the version, as its pods bear it.
    pub sequence: String,
}

/// What sends to single versions, derived from what selects all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VersionServices {
    /// What selects all versions: `shop`.
    pub base: String,
    /// The same as the route names it.
    pub base_backend: String,
    /// Where all of them are.
    pub namespace: String,
    /// For the version that comes.
    pub to: VersionService,
    /// For the version that serves, where the route sends to all of them yet.
    pub serving: Option<VersionService>,
    /// Whether no version serves yet that traffic could be split with.
    pub is_first: bool,
}

impl VersionServices {
    /// What sends to a version, as an object.
    #[must_use]
    pub fn target(&self, version: &VersionService) -> ManifestRef {
        ManifestRef { kind: "service".into(), name: version.name.clone(), namespace: self.namespace.clone() }
    }

    /// The name for another version of the same: `v002`.
    #[must_use]
    pub fn name_of(&self, version: &str) -> String {
        format!("{}-{version}", self.base)
    }
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
    /// Why traffic sent to `to` would be lost: nothing is behind it. `None` when it can be sent; waits at most this long
    /// for that.
    async fn obstacle(&self, route: &TrafficRoute, limit: Duration) -> Result<Option<String>, Error>;
    /// Whether the object says already what is wished. Fails when somebody else set other shares than expected.
    async fn is_shifted(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<bool, Error>;
    /// Makes it so; touches nothing but the shares of the two versions, and nothing that changed meanwhile.
    async fn shift(&self, route: &TrafficRoute, shift: TrafficShift) -> Result<(), Error>;
    /// What is missing until those who carry traffic follow the object; `None` when they do, or never say. Waits at most
    /// this long for that.
    async fn unobserved(&self, route: &TrafficRoute, limit: Duration) -> Result<Option<String>, Error>;
    /// What would send to the version that these manifests bring alone, and to the one that serves. Only reads.
    async fn derive(&self, route: &TrafficRoute, prepared: &[PreparedManifest]) -> Result<VersionServices, Error>;
    /// Whether what sends to a version is there. Fails when something else has its name.
    async fn is_derived(&self, services: &VersionServices, version: &VersionService) -> Result<bool, Error>;
    /// Makes what sends to a version; it goes with the version.
    async fn make_derived(&self, services: &VersionServices, version: &VersionService) -> Result<(), Error>;
}
