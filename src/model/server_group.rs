//! What a provider shows of its world: server groups, instances, load balancers, firewalls, images.

use serde::{Deserialize, Serialize};

use super::{Capacity, Map, Millis, Moniker};

/// Health of an instance as one source sees it, in Spinnaker's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HealthState {
    /// Takes traffic or could.
    Up,
    /// Failed its check or died.
    Down,
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// Booting; not checked yet.
    Starting,
    /// Taken out of traffic on purpose.
    OutOfService,
    /// Finishing what it has before it stops.
    Draining,
    /// Completed (jobs).
    Succeeded,
    /// Completed with an error (jobs).
    Failed,
}

/// One instance of a server group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Instance {
    /// Provider's id.
    pub id: String,
    /// All sources together: `Up` if some source is Up and none says otherwise.
    pub health_state: HealthState,
    /// Each source: `{type, state, …}`.
    pub health: Vec<Map>,
    /// When it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_time: Option<Millis>,
    /// Availability zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where it can be reached, `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why it is not healthy, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a server group is: enough to act on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerGroupRef {
    /// Account that owns it.
    pub account: String,
    /// Region, namespace or zone.
    pub location: String,
    /// `app-stack-detail-v007`.
    pub name: String,
}

/// A server group as its provider reports it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerGroup {
    /// `app-stack-detail-v007`.
    pub name: String,
    /// Provider: `local`, `aws`, …
    pub cloud_provider: String,
    /// Account that owns it.
    pub account: String,
    /// Region or namespace.
    pub region: String,
    /// Zones it spans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// Application, cluster, stack, detail, sequence.
    pub moniker: Moniker,
    /// When it was created.
    pub created_time: Millis,
    /// Whether it is kept out of traffic.
    pub disabled: bool,
    /// Its size.
    pub capacity: Capacity,
    /// What runs in it.
    pub instances: Vec<Instance>,
    /// Load balancers it belongs to.
    pub load_balancers: Vec<String>,
    /// Firewalls it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// What it was made from: `{imageId, imageName, …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What the server group was made from that it took the place of, where that is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_image: Option<Image>,
    /// Labels or tags.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub tags: Map,
    /// What its provider needs to make another like it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub launch_config: Map,
}

impl ServerGroup {
    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> ServerGroupRef {
        ServerGroupRef { account: self.account.clone(), location: self.region.clone(), name: self.name.clone() }
    }

    /// Instances that are up.
    #[must_use]
    pub fn up(&self) -> usize {
        self.instances.iter().filter(|instance| instance.health_state == HealthState::Up).count()
    }

    /// Whether it can be in traffic: not disabled, or still with a healthy instance (contract 3.4).
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.disabled || self.up() > 0
    }
}

/// An image: what instances are started from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Image {
    /// Provider's id.
    pub image_id: String,
    /// Name for people.
    pub image_name: String,
    /// Version, where the provider knows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it exists.
    pub region: String,
    /// When it was made.
    pub created_time: Millis,
    /// Labels or tags.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub tags: Map,
}

/// A load balancer as its provider reports it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancer {
    /// Name, unique in account and region.
    pub name: String,
    /// Provider: `local`, `aws`, …
    pub cloud_provider: String,
    /// Account that owns it.
    pub account: String,
    /// Region or namespace.
    pub region: String,
    /// Addresses it listens on.
    pub listeners: Vec<String>,
    /// Whether it serves now.
    pub health_state: HealthState,
    /// What it sends traffic to.
    pub instances: Vec<LoadBalancerInstance>,
    /// Firewalls in front of it.
    pub security_groups: Vec<String>,
}

/// A target of a load balancer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancerInstance {
    /// Instance id.
    pub id: String,
    /// Its server group.
    pub server_group: String,
    /// Where traffic goes.
    pub address: String,
    /// Share of traffic relative to its siblings.
    pub weight: u32,
    /// As the load balancer sees it.
    pub health_state: HealthState,
    /// Open connections now.
    pub connections: u64,
}

/// A firewall (Spinnaker's API calls it security group): who may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Firewall {
    /// Name, unique in account and region.
    pub name: String,
    /// Provider.
    pub cloud_provider: String,
    /// Account that owns it.
    pub account: String,
    /// Region or namespace.
    pub region: String,
    /// Source ranges allowed in, CIDR.
    pub source_ranges: Vec<String>,
    /// Free text.
    pub description: String,
    /// What else its provider reads or shows: network, rules with ports.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub details: Map,
}
