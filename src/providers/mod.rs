//! What a cloud can do, as small traits named by noun, and the table of the clouds there are.
//!
//! A provider is one folder here and one line in [`PROVIDERS`]. What it lacks is an accessor that answers `None`,
//! so "not supported by …" is one sentence written once, in [`Error::unsupported`].
//!
//! Rules every provider keeps (docs/providers.md):
//! - The name of what a call makes is chosen beforehand by the caller and recorded before the call.
//! - Every mutating call looks before it acts: made twice, it is harmless, also when the first one was cut short by
//!   `kill -9`. What it finds under its name but of another `owner` is `ErrorKind::AlreadyExists`.
//! - Calls return when the provider has accepted the wish; waiting for the effect is the caller's, by reading.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "aws")]
pub mod ecs;
mod error;
mod functions;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(feature = "local")]
pub mod local;
mod manifest;
mod stacks;
mod traffic;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::error::{Error, ErrorKind};
pub use self::functions::{
    Function, FunctionAlias, FunctionCode, FunctionPhase, FunctionRef, FunctionTraffic, FunctionTriggers, Functions,
    Invocation, Invoked,
};
pub use self::manifest::{
    AppliedManifest, DeleteOptions, FoundManifest, JobState, LabelSelector, LogPart, ManifestChange, ManifestDeploy,
    ManifestPatch, ManifestQuery, ManifestRef, Manifests, PreparedManifest, Propagation, Rollback, Settling, Stability,
    Tell,
};
pub use self::stacks::{Accepted, ChangeSet, Stack, StackChange, StackEvent, StackPhase, StackWish, Stacks, Template};
pub use self::traffic::{TrafficRoute, TrafficRoutes, TrafficShare, TrafficShift, VersionService, VersionServices};
use crate::model::{
    Capacity, Fence, Field, Firewall, Image, LoadBalancer, LoadBalancerInstance, Map, Moniker, ServerGroup,
    ServerGroupRef,
};

/// One kind of provider: a line of the table.
#[derive(Clone, Copy)]
pub struct Kind {
    /// `cloudProvider` in documents and `provider` of accounts.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Settings of an account of this kind.
    pub account_fields: &'static [Field],
    /// Keys of a cluster in a deploy stage that only this provider knows.
    pub cluster_fields: &'static [Field],
    /// Opens an account. Touches no network: the first call does.
    pub connect: fn(Connection) -> Result<Box<dyn Provider>, Error>,
}

/// What an account is opened with.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Name of the account.
    pub account: String,
    /// Its settings.
    pub settings: Map,
    /// The project's state folder, absolute; the local provider keeps its world below it.
    pub state: PathBuf,
    /// The project's root, absolute; relative paths in documents start here.
    pub root: PathBuf,
    /// The execution that this process drives, for the cloud's own records of who did what.
    pub execution: Option<String>,
    /// Asked for leave before each call that changes something, where the process works under leases.
    pub fence: Option<Arc<dyn Fence>>,
}

/// The providers there are, sorted by name.
pub const PROVIDERS: &[Kind] = &[
    #[cfg(feature = "aws")]
    aws::KIND,
    #[cfg(feature = "aws")]
    ecs::KIND,
    #[cfg(feature = "kubernetes")]
    kubernetes::KIND,
    #[cfg(feature = "local")]
    local::KIND,
];

/// The kind of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    PROVIDERS.iter().find(|kind| kind.name == name)
}

/// An open account: identity and the nouns it knows.
pub trait Provider: Send + Sync {
    /// Name of its kind.
    fn name(&self) -> &'static str;
    /// How long to wait between two looks at the same thing.
    fn poll_interval(&self) -> Duration {
        Duration::from_secs(5)
    }
    /// Regions, namespaces or zones used when a document names none.
    fn default_locations(&self) -> Vec<String> {
        Vec::new()
    }
    /// How long a change of traffic takes to reach everything that routes it.
    fn settle_time(&self) -> Duration {
        Duration::from_secs(90)
    }
    /// The same for server groups that no load balancer of the provider stands before: who calls them found them in a
    /// way the provider knows nothing of.
    fn settle_time_unbalanced(&self) -> Duration {
        self.settle_time()
    }
    /// Whether a server group puts new instances in the place of those that ended; where it does not, waiting for
    /// them is in vain.
    fn replaces_instances(&self) -> bool {
        true
    }
    /// Whether a server group that takes over another's size starts with its minimum pinned to that size, so that it
    /// cannot shrink before it serves, and gets the other's minimum afterwards.
    fn pins_taken_size(&self) -> bool {
        false
    }
    /// Name of the health source that knows no more than that an instance runs: `Amazon`, `Google`.
    fn platform_health(&self) -> Option<&'static str> {
        None
    }
    /// How long something that was just made may not be found.
    fn propagation(&self) -> Duration {
        Duration::ZERO
    }
    /// How many calls a piece of work takes, about, besides looks while it waits; where calls cost something.
    fn calls_for(&self, _work: Work) -> Option<u64> {
        None
    }
    /// What was asked of it so far, where asking costs something; for the end of a run.
    fn usage(&self) -> Option<Usage> {
        None
    }
    /// Server groups, where it has them.
    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        None
    }
    /// Load balancers, where it has them.
    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        None
    }
    /// Firewalls, where it has them.
    fn firewalls(&self) -> Option<&dyn Firewalls> {
        None
    }
    /// Images, where it has them.
    fn images(&self) -> Option<&dyn Images> {
        None
    }
    /// Changes of images, where it has them.
    fn image_upkeep(&self) -> Option<&dyn ImageUpkeep> {
        None
    }
    /// How server groups scale by themselves, where they do.
    fn scaling(&self) -> Option<&dyn ScalingSettings> {
        None
    }
    /// Changes of server groups besides size and traffic, where it makes them.
    fn server_group_upkeep(&self) -> Option<&dyn ServerGroupUpkeep> {
        None
    }
    /// Single instances, where it can reach them.
    fn instances(&self) -> Option<&dyn Instances> {
        None
    }
    /// Changes of single instances, where it makes them.
    fn instance_upkeep(&self) -> Option<&dyn InstanceUpkeep> {
        None
    }
    /// Manifests, where it has them.
    fn manifests(&self) -> Option<&dyn Manifests> {
        None
    }
    /// Objects that split traffic by weight, where it has them.
    fn traffic_routes(&self) -> Option<&dyn TrafficRoutes> {
        None
    }
    /// Functions, where it has them.
    fn functions(&self) -> Option<&dyn Functions> {
        None
    }
    /// Stacks, where it has them.
    fn stacks(&self) -> Option<&dyn Stacks> {
        None
    }
    /// Who the account is and what it may do, a line each; an error says what is missing. For `account check`.
    fn checks(&self) -> Option<&dyn AccountCheck> {
        None
    }
}

/// A piece of work on a server group, for the estimate of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It is put into traffic, or another share of it is.
    Enable,
    /// It is taken out of traffic.
    Disable,
    /// It gets another size.
    Resize,
    /// It is removed.
    Destroy,
}

/// What making a server group comes to, for a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What is made, tagged, registered, a line each.
    pub lines: Vec<String>,
    /// How many calls it takes, about, besides looks while it waits; where calls cost something.
    pub calls: Option<u64>,
}

/// What was asked of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls, repeated ones included.
    pub calls: u64,
    /// Of these, how many were told to come later.
    pub throttled: u64,
}

/// Which server groups to read. Empty parts match anything.
#[derive(Clone, Debug, Default)]
pub struct ServerGroupQuery {
    /// Application.
    pub application: Option<String>,
    /// Cluster name.
    pub cluster: Option<String>,
    /// Region, namespace or zone.
    pub location: Option<String>,
}

impl ServerGroupQuery {
    /// Whether a server group is one of those asked for.
    #[must_use]
    pub fn is_met_by(&self, group: &ServerGroup) -> bool {
        let fits = |wish: &Option<String>, value: Option<&String>| wish.is_none() || wish.as_ref() == value;
        fits(&self.application, group.moniker.app.as_ref())
            && fits(&self.cluster, group.moniker.cluster.as_ref())
            && fits(&self.location, Some(&group.region))
    }
}

/// What a new server group is made from.
#[derive(Clone, Debug, Default)]
pub struct NewServerGroup {
    /// `app-stack-detail-v007`, chosen and recorded by the caller.
    pub name: String,
    /// Region, namespace or zone.
    pub location: String,
    /// Application, cluster, stack, detail, sequence.
    pub moniker: Moniker,
    /// Its size.
    pub capacity: Capacity,
    /// The stage that makes it; a second call by the same owner is the same wish.
    pub owner: String,
    /// The execution the stage belongs to.
    pub execution: String,
    /// Epoch of the lease under which that is driven: whoever took it over has a larger one.
    pub epoch: u64,
    /// The server group it replaces, where there is one.
    pub source: Option<ServerGroupRef>,
    /// The cluster of the deploy stage: the provider's own keys are read from here.
    pub cluster: Map,
}

/// Server groups of an account.
#[async_trait]
pub trait ServerGroups: Send + Sync {
    /// Server groups that match, with their instances and health, in no particular order.
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error>;
    /// One server group; `None` when there is none (a destroyed one is none).
    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error>;
    /// Looks up what making a server group of this cluster needs, beside other looks, so that the answers are there when
    /// it is checked. Whatever is wrong is said then.
    async fn look_ahead(&self, _location: &str, _cluster_name: &str, _cluster: &Map) {}
    /// Checks a new server group without making it: what `plan` shows, and the errors `create` would give.
    async fn check(&self, new: &NewServerGroup) -> Result<(), Error>;
    /// What making it comes to; the errors are those of `check`.
    async fn preview(&self, new: &NewServerGroup) -> Result<Preview, Error> {
        self.check(new).await.map(|()| Preview::default())
    }
    /// Makes it and starts its instances; it takes traffic as its instances become healthy.
    async fn create(&self, new: &NewServerGroup) -> Result<(), Error>;
    /// The cluster (provider keys) that would make another like it, for `cloneServerGroup` and rollbacks by image.
    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error>;
    /// The same for another account or location, where what it names by id is something else or nothing.
    async fn clone_elsewhere(&self, source: &ServerGroupRef, _account: &str, _location: &str) -> Result<Map, Error> {
        self.clone_description(source).await
    }
    /// Sets its size.
    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error>;
    /// Whether something was lifted so that a resize can have its effect, and is to be put back after it.
    async fn is_lifted(&self, _group: &ServerGroupRef) -> Result<bool, Error> {
        Ok(false)
    }
    /// Puts back what was lifted.
    async fn put_back(&self, _group: &ServerGroupRef) -> Result<(), Error> {
        Ok(())
    }
    /// Puts all its instances into traffic.
    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error>;
    /// Takes its instances out of traffic, draining what they have; with `percentage` so many of them (0–100), the
    /// group itself staying enabled while some remain.
    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error>;
    /// Stops its instances and removes it.
    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error>;
    /// What the provider met while it started or stopped instances, a line each, newest first.
    async fn problems(&self, _group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}

/// Load balancers of an account.
#[async_trait]
pub trait LoadBalancers: Send + Sync {
    /// All of them, or those of an application or of this name.
    async fn list(&self, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error>;
    /// Makes or changes one from a stage's load balancer description (provider keys); returns it.
    async fn upsert(&self, description: &Map) -> Result<LoadBalancer, Error>;
    /// Removes one; nothing happens when there is none.
    async fn delete(&self, location: &str, name: &str) -> Result<(), Error>;
    /// Checks a description without applying it.
    async fn check(&self, description: &Map) -> Result<(), Error>;
}

/// Firewalls of an account.
#[async_trait]
pub trait Firewalls: Send + Sync {
    /// All of them.
    async fn list(&self) -> Result<Vec<Firewall>, Error>;
    /// Checks one without applying it; by default nothing is known to be wrong before it is tried.
    async fn check(&self, _firewall: &Firewall) -> Result<(), Error> {
        Ok(())
    }
    /// Makes or changes one.
    async fn upsert(&self, firewall: &Firewall) -> Result<(), Error>;
    /// Removes one; nothing happens when there is none.
    async fn delete(&self, location: &str, name: &str) -> Result<(), Error>;
}

/// Images of an account.
#[async_trait]
pub trait Images: Send + Sync {
    /// Images whose name matches the glob-free text prefix `name` and all `tags`, newest first.
    async fn find(&self, name: Option<&str>, tags: &Map) -> Result<Vec<Image>, Error>;
}

/// Changes of images.
#[async_trait]
pub trait ImageUpkeep: Send + Sync {
    /// Sets tags of images given by id or name; returns the images.
    async fn tag(&self, location: &str, images: &[String], tags: &Map) -> Result<Vec<Image>, Error>;
    /// Removes images given by id; nothing happens to those that are gone.
    async fn delete(&self, location: &str, images: &[String]) -> Result<(), Error>;
}

/// How far the replacement of a server group's instances is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// So many percent are new; the provider may say what it waits for.
    Running {
        /// 0–100.
        percentage: u32,
        /// What it waits for.
        reason: Option<String>,
    },
    /// All are new.
    Done,
    /// It was given up, and why.
    Failed(String),
}

/// How server groups scale and renew themselves. Descriptions are the provider's own.
#[async_trait]
pub trait ScalingSettings: Send + Sync {
    /// Processes that are suspended.
    async fn processes(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error>;
    /// Suspends or resumes processes.
    async fn set_processes(&self, group: &ServerGroupRef, names: &[String], suspend: bool) -> Result<(), Error>;
    /// Makes or changes a scaling policy; returns its name.
    async fn put_policy(&self, group: &ServerGroupRef, policy: &Map) -> Result<String, Error>;
    /// Removes a scaling policy; nothing happens when there is none.
    async fn delete_policy(&self, group: &ServerGroupRef, name: &str) -> Result<(), Error>;
    /// Makes or changes scheduled actions.
    async fn put_schedule(&self, group: &ServerGroupRef, actions: &[Map]) -> Result<(), Error>;
    /// Changes what new instances are made from; those that run stay as they are.
    async fn update_template(&self, group: &ServerGroupRef, changes: &Map) -> Result<(), Error>;
    /// Removes what instances are made from, by name or id; nothing happens when there is none.
    async fn delete_template(&self, location: &str, name: &str) -> Result<(), Error>;
    /// Begins to put new instances in the place of all, as the preferences say; returns what to ask about it.
    async fn replace_instances(&self, group: &ServerGroupRef, preferences: &Map) -> Result<String, Error>;
    /// How far that is.
    async fn replacement(&self, group: &ServerGroupRef, id: &str) -> Result<Replacement, Error>;
    /// Stops replacing; instances that are new stay.
    async fn cancel_replacement(&self, group: &ServerGroupRef) -> Result<(), Error>;
}

/// Changes of server groups that leave their size and their traffic as they are.
#[async_trait]
pub trait ServerGroupUpkeep: Send + Sync {
    /// Sets tags, which instances that come get too; other tags stay.
    async fn put_tags(&self, group: &ServerGroupRef, tags: &Map) -> Result<(), Error>;
    /// Keeps instances ready to come into service, as the settings say.
    async fn put_warm_pool(&self, group: &ServerGroupRef, settings: &Map) -> Result<(), Error>;
    /// Keeps no instances ready any more; nothing happens when none are. By force, theirs end at once.
    async fn delete_warm_pool(&self, group: &ServerGroupRef, by_force: bool) -> Result<(), Error>;
    /// Whether instances are kept ready.
    async fn has_warm_pool(&self, group: &ServerGroupRef) -> Result<bool, Error>;
    /// Gives what runs and what comes these firewalls, by name or id; besides those it has when `adds`.
    async fn set_firewalls(&self, group: &ServerGroupRef, names: &[String], adds: bool) -> Result<(), Error>;
}

/// Single instances of an account.
#[async_trait]
pub trait Instances: Send + Sync {
    /// The last `lines` lines an instance wrote, oldest first.
    async fn logs(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error>;
    /// Stops instances; the server group does not replace them by itself where the provider has no scaler.
    async fn terminate(&self, location: &str, instances: &[String]) -> Result<(), Error>;
    /// Those of these instances that have not ended, with the server group they are in.
    async fn running(&self, location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error>;
}

/// An instance that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunningInstance {
    /// Its id.
    pub id: String,
    /// The server group it is in; empty when it is in none.
    pub server_group: String,
}

/// Balancers that instances are put behind, or taken away from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balancing {
    /// Region, namespace or zone.
    pub location: String,
    /// Load balancers that instances themselves are registered with.
    pub load_balancers: Vec<String>,
    /// Target groups of load balancers.
    pub target_groups: Vec<String>,
    /// The server group whose balancers are meant when none is named.
    pub server_group: Option<String>,
}

/// What becomes of a server group that instances leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Its desired size shrinks with them; otherwise others take their place.
    pub shrinks: bool,
    /// Its lower bound goes down where it would keep the size up; otherwise that is an error.
    pub lowers_minimum: bool,
    /// Its upper bound becomes its new size.
    pub lowers_maximum: bool,
    /// The instances end; otherwise they run on by themselves.
    pub terminates: bool,
}

/// Changes of single instances.
#[async_trait]
pub trait InstanceUpkeep: Send + Sync {
    /// Restarts instances where they are.
    async fn reboot(&self, location: &str, instances: &[String]) -> Result<(), Error>;
    /// Takes instances out of their server group; nothing happens to those that are out.
    async fn leave(&self, group: &ServerGroupRef, instances: &[String], leaving: Leaving) -> Result<(), Error>;
    /// Puts instances behind balancers, or takes them away.
    async fn balance(&self, balancing: &Balancing, instances: &[String], behind: bool) -> Result<(), Error>;
    /// What each of the balancers says of each of the instances; `address` is the balancer's name.
    async fn balanced(&self, balancing: &Balancing, instances: &[String]) -> Result<Vec<LoadBalancerInstance>, Error>;
}

/// Who an account is and what it may do.
#[async_trait]
pub trait AccountCheck: Send + Sync {
    /// Lines for people; an error names what is missing.
    async fn check(&self) -> Result<Vec<String>, Error>;
    /// Whether it answers at all, said within this time; the error names where it was asked.
    async fn reach(&self, _limit: Duration) -> Result<(), Error> {
        Ok(())
    }
    /// Which of these deeds the account may not do, in the order given; nothing where that cannot be asked.
    async fn lacking(&self, _deeds: &[AccountDeed]) -> Result<Vec<AccountDeed>, Error> {
        Ok(Vec::new())
    }
}

/// Something an account is to be allowed: a verb, a kind of thing, a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountDeed {
    /// Namespace or region; empty where the kind lives in none.
    pub place: String,
    /// Kind of the thing as documents write it, with what is below it: `deployment`, `pod/log`.
    pub kind: String,
    /// Name of the one thing, where it is known and matters; empty for all.
    pub name: String,
    /// `get`, `list`, `watch`, `create`, `patch`, `update`, `delete`.
    pub verb: String,
    /// What for: the stages that need it.
    pub purpose: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_names_are_unique() {
        assert!(PROVIDERS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
