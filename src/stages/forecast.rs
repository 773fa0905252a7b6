//! The world a stage of a plan begins in: as it is now, changed by what the stages before it would do.
//!
//! Only `gennaker plan` has one. Previews report their changes to it with [`Services::foresee`]; [`Foreseen`] stands
//! between them and the cloud and shows the changed world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;

use super::Services;
use crate::model::{Capacity, HealthState, Instance, LoadBalancer, Map, ServerGroup, ServerGroupRef};
use crate::providers::{
    Error, ErrorKind, LoadBalancers, ManifestRef, NewServerGroup, Preview, Provider, ServerGroupQuery, ServerGroups,
    TrafficShare, Work,
};

/// One change of the world.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A load balancer is there from now on.
    LoadBalancer { account: String, name: String },
    /// A firewall is there from now on.
    Firewall { account: String, name: String },
    /// A server group is there, all its instances up.
    Created(Box<ServerGroup>),
    /// It is out of traffic.
    Disabled(ServerGroupRef),
    /// It is in traffic.
    Enabled(ServerGroupRef),
    /// It has another size.
    Resized(ServerGroupRef, Capacity),
    /// Something was done to it that later stages see nothing of.
    Touched(ServerGroupRef, Work),
    /// It is gone.
    Removed(ServerGroupRef),
    /// A route gives a version this share, in percent.
    Traffic { account: String, route: ManifestRef, to: String, percent: u32 },
}

impl Change {
    /// The server group that is worked on, and how; nothing of what is made, which tells its calls itself.
    fn work(&self) -> Option<(&ServerGroupRef, Work)> {
        match self {
            Self::Disabled(group) => Some((group, Work::Disable)),
            Self::Enabled(group) => Some((group, Work::Enable)),
            Self::Resized(group, _) => Some((group, Work::Resize)),
            Self::Removed(group) => Some((group, Work::Destroy)),
            Self::Touched(group, work) => Some((group, *work)),
            Self::Created(_) | Self::LoadBalancer { .. } | Self::Firewall { .. } | Self::Traffic { .. } => None,
        }
    }
}

/// A line of a plan, and what it changes for the stages after it.
pub(crate) struct Effect {
    pub(crate) text: String,
    pub(crate) change: Option<Change>,
}

impl Effect {
    pub(crate) fn new(text: String, change: Change) -> Self {
        Self { text, change: Some(change) }
    }

    /// A line that later stages see nothing of.
    pub(crate) fn unseen(text: String) -> Self {
        Self { text, change: None }
    }
}

/// What the stages of a plan so far would have done.
#[derive(Default)]
pub(crate) struct Forecast {
    changes: Mutex<Vec<Change>>,
    /// Calls of accounts, about.
    calls: Mutex<BTreeMap<String, u64>>,
}

impl Forecast {
    pub(crate) fn add(&self, change: Change) {
        self.changes.lock().expect("no holder of this lock can panic").push(change);
    }

    fn changes(&self) -> Vec<Change> {
        self.changes.lock().expect("no holder of this lock can panic").clone()
    }

    fn add_calls(&self, account: &str, calls: Option<u64>) {
        if let Some(calls) = calls {
            *self.calls.lock().expect("no holder of this lock can panic").entry(account.to_owned()).or_default() +=
                calls;
        }
    }

    /// How many calls it all takes, about, by account; without accounts whose calls cost nothing.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().expect("no holder of this lock can panic").clone()
    }

    /// Names of load balancers and firewalls of an account that are not there yet.
    fn made(&self, of_account: &str) -> Vec<String> {
        let name = |change| match change {
            Change::LoadBalancer { account, name } | Change::Firewall { account, name } if account == of_account => {
                Some(name)
            }
            _ => None,
        };
        self.changes().into_iter().filter_map(name).collect()
    }
}

impl Services {
    /// Tells later stages of the same plan of a change; nothing outside of a plan.
    pub(crate) fn foresee(&self, change: Change) {
        if let Some(forecast) = self.accounts.forecast() {
            if let Some((group, work)) = change.work() {
                let calls = self.accounts.open(&group.account).ok().and_then(|provider| provider.calls_for(work));
                forecast.add_calls(&group.account, calls);
            }
            forecast.add(change);
        }
    }

    /// Counts calls of a plan.
    pub(crate) fn foresee_calls(&self, account: &str, calls: Option<u64>) {
        if let Some(forecast) = self.accounts.forecast() {
            forecast.add_calls(account, calls);
        }
    }

    /// How traffic is split once the stages before have run.
    pub(crate) fn foreseen_share(&self, account: &str, mut share: TrafficShare) -> TrafficShare {
        for change in self.accounts.forecast().map(|forecast| forecast.changes()).unwrap_or_default() {
            if let Change::Traffic { account: of, route, to, percent } = change
                && of == account
                && route == share.route
                && to == share.to
            {
                share.percent = percent;
            }
        }
        share
    }

    /// The lines of these effects, foreseen.
    pub(crate) fn foresee_all(&self, effects: Vec<Effect>) -> Vec<String> {
        let line = |effect: Effect| {
            if let Some(change) = effect.change {
                self.foresee(change);
            }
            effect.text
        };
        effects.into_iter().map(line).collect()
    }
}

/// An account as a later stage of a plan will find it.
#[derive(Clone)]
pub(crate) struct Foreseen {
    pub(crate) account: String,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) forecast: Arc<Forecast>,
}

/// The server group with its traffic switched.
fn switched(mut group: ServerGroup, on: bool) -> ServerGroup {
    group.disabled = !on;
    for instance in &mut group.instances {
        instance.health_state = if on { HealthState::Up } else { HealthState::OutOfService };
    }
    group
}

fn resized(mut group: ServerGroup, capacity: Capacity) -> ServerGroup {
    let health_state = if group.disabled { HealthState::OutOfService } else { HealthState::Up };
    group.instances.resize(capacity.desired as usize, Instance { health_state, ..Instance::default() });
    group.capacity = capacity;
    group
}

impl Foreseen {
    fn groups(&self) -> Result<&dyn ServerGroups, Error> {
        self.provider.server_groups().ok_or_else(|| Error::unsupported(self.provider.name(), "server groups"))
    }

    fn balancers(&self) -> Result<&dyn LoadBalancers, Error> {
        self.provider.load_balancers().ok_or_else(|| Error::unsupported(self.provider.name(), "load balancers"))
    }

    /// The server groups after the changes so far.
    fn changed(&self, mut groups: Vec<ServerGroup>, is_wanted: impl Fn(&ServerGroup) -> bool) -> Vec<ServerGroup> {
        for change in self.forecast.changes() {
            let mut alter = |target: &ServerGroupRef, change: &dyn Fn(ServerGroup) -> ServerGroup| {
                if let Some(group) = groups.iter_mut().find(|group| group.reference() == *target) {
                    *group = change(std::mem::take(group));
                }
            };
            match change {
                Change::Created(group) if group.account == self.account && is_wanted(&group) => groups.push(*group),
                Change::Disabled(target) => alter(&target, &|group| switched(group, false)),
                Change::Enabled(target) => alter(&target, &|group| switched(group, true)),
                Change::Resized(target, capacity) => alter(&target, &|group| resized(group, capacity)),
                Change::Removed(target) => groups.retain(|group| group.reference() != target),
                Change::Created(_)
                | Change::Touched(..)
                | Change::LoadBalancer { .. }
                | Change::Firewall { .. }
                | Change::Traffic { .. } => {}
            }
        }
        groups
    }

    /// A description that names nothing that is yet to be made.
    fn without_made(&self, description: &Map) -> Map {
        let made = self.forecast.made(&self.account);
        let is_made = |value: &Value| value.as_str().is_some_and(|name| made.iter().any(|made| made == name));
        let mut description = description.clone();
        for key in ["loadBalancers", "securityGroups"] {
            match description.get_mut(key) {
                Some(Value::Array(names)) => names.retain(|name| !is_made(name)),
                Some(name) if is_made(name) => drop(description.shift_remove(key)),
                _ => {}
            }
        }
        description
    }

    fn refusal<T>(&self, operation: &'static str) -> Result<T, Error> {
        let text = format!("a plan changes nothing, but was to {operation}");
        Err(Error::new(self.provider.name(), operation, ErrorKind::Unsupported, text))
    }
}

#[async_trait]
impl ServerGroups for Foreseen {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let now = self.groups()?.list(query).await?;
        Ok(self.changed(now, |group| query.is_met_by(group)))
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        let now = self.groups()?.get(location, name).await?.into_iter().collect();
        Ok(self.changed(now, |group| group.region == location && group.name == name).into_iter().next())
    }

    async fn check(&self, new: &NewServerGroup) -> Result<(), Error> {
        let cluster = self.without_made(&new.cluster);
        self.groups()?.check(&NewServerGroup { cluster, ..new.clone() }).await
    }

    async fn preview(&self, new: &NewServerGroup) -> Result<Preview, Error> {
        let cluster = self.without_made(&new.cluster);
        self.groups()?.preview(&NewServerGroup { cluster, ..new.clone() }).await
    }

    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        self.groups()?.clone_description(source).await
    }

    async fn clone_elsewhere(&self, source: &ServerGroupRef, account: &str, location: &str) -> Result<Map, Error> {
        self.groups()?.clone_elsewhere(source, account, location).await
    }

    async fn create(&self, _new: &NewServerGroup) -> Result<(), Error> {
        self.refusal("create server group")
    }

    async fn resize(&self, _group: &ServerGroupRef, _capacity: Capacity) -> Result<(), Error> {
        self.refusal("resize server group")
    }

    async fn enable(&self, _group: &ServerGroupRef) -> Result<(), Error> {
        self.refusal("enable server group")
    }

    async fn disable(&self, _group: &ServerGroupRef, _percentage: Option<u32>) -> Result<(), Error> {
        self.refusal("disable server group")
    }

    async fn destroy(&self, _group: &ServerGroupRef) -> Result<(), Error> {
        self.refusal("destroy server group")
    }
}

#[async_trait]
impl LoadBalancers for Foreseen {
    async fn list(&self, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let mut found = self.balancers()?.list(name).await?;
        for change in self.forecast.changes() {
            if let Change::LoadBalancer { account, name: made } = change
                && account == self.account
                && name.is_none_or(|name| name == made)
                && !found.iter().any(|balancer| balancer.name == made)
            {
                found.push(LoadBalancer { name: made, account, ..LoadBalancer::default() });
            }
        }
        Ok(found)
    }

    async fn check(&self, description: &Map) -> Result<(), Error> {
        self.balancers()?.check(&self.without_made(description)).await
    }

    async fn upsert(&self, _description: &Map) -> Result<LoadBalancer, Error> {
        self.refusal("upsert load balancer")
    }

    async fn delete(&self, _location: &str, _name: &str) -> Result<(), Error> {
        self.refusal("delete load balancer")
    }
}
