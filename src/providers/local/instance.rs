//! Instances as they are now: process, health check, and what the load balancers say.

use std::collections::HashMap;
use std::path::Path;

use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::control::Status;
use super::error::{self, PROVIDER, during};
use super::group::{Group, Slot, group_of};
use super::launch::{self, Presence};
use super::{Local, health, log, world};
use crate::model::{HealthState, Instance, Map, ServerGroup, ServerGroupRef};
use crate::providers::{Error, Instances, RunningInstance, ServerGroups};

/// What load balancers say, by name; `None` of one that does not answer.
type Statuses = HashMap<String, Option<Status>>;

/// One source's opinion of an instance.
struct Opinion {
    state: HealthState,
    reason: Option<String>,
}

impl Opinion {
    fn new(state: HealthState, reason: impl Into<String>) -> Self {
        Self { state, reason: Some(reason.into()) }
    }

    const UP: Self = Self { state: HealthState::Up, reason: None };
}

/// Server groups with the health of their instances, looked at all at once.
pub(super) async fn show_groups(local: &Local, groups: Vec<Group>) -> Result<Vec<ServerGroup>, Error> {
    let mut described = Vec::new();
    for group in groups {
        let cluster = group.description()?;
        described.push((group, cluster));
    }
    let mut names: Vec<&String> = described.iter().flat_map(|(_, cluster)| &cluster.load_balancers).collect();
    names.sort_unstable();
    names.dedup();
    let statuses: Statuses =
        join_all(names.into_iter().map(async |name| (name.clone(), local.balancer_status(name).await)))
            .await
            .into_iter()
            .collect();
    Ok(join_all(described.iter().map(|(group, cluster)| show_group(local, group, cluster, &statuses))).await)
}

async fn show_group(local: &Local, group: &Group, cluster: &Cluster, statuses: &Statuses) -> ServerGroup {
    let instances = group.instances.iter().map(|slot| show_instance(local, group, cluster, slot, statuses));
    ServerGroup {
        name: group.name.clone(),
        cloud_provider: PROVIDER.to_owned(),
        account: local.account.name.clone(),
        region: group.region.clone(),
        zones: Vec::new(),
        moniker: group.moniker.clone(),
        created_time: group.created_time,
        disabled: group.disabled,
        capacity: group.capacity,
        instances: join_all(instances).await,
        load_balancers: cluster.load_balancers.clone(),
        security_groups: cluster.security_groups.clone(),
        image: group.image.clone(),
        tags: Map::new(),
        launch_config: group.cluster.clone(),
    }
}

async fn show_instance(local: &Local, group: &Group, cluster: &Cluster, slot: &Slot, statuses: &Statuses) -> Instance {
    let folder = local.world.instance(&group.name, &slot.id);
    log::bound(&folder);
    let own = look(local, cluster, slot, &folder).await;
    let traffic = traffic(group, cluster, slot, statuses);
    // As with Spinnaker's clouds, a running process is no reason to count an instance as up that is to get no traffic:
    // whoever waits for it to leave traffic waits until no source says up.
    let is_resting = own.state == HealthState::Up && !group.is_in_traffic(slot);
    let own_state = if is_resting { HealthState::Unknown } else { own.state };
    let mut sources = vec![json!({"type": "Local", "state": own_state})];
    if let Some(traffic) = &traffic {
        sources.push(json!({
            "type": "LoadBalancer",
            "state": traffic.state,
            "loadBalancers": cluster.load_balancers.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        }));
    }
    let states: Vec<HealthState> =
        std::iter::once(own_state).chain(traffic.iter().map(|traffic| traffic.state)).collect();
    Instance {
        id: slot.id.clone(),
        health_state: overall(&states),
        health: sources
            .into_iter()
            .filter_map(|source| match source {
                Value::Object(map) => Some(map),
                _ => None,
            })
            .collect(),
        launch_time: Some(slot.launch_time),
        zone: None,
        address: Some(health::address(slot.port).to_string()),
        reason: own.reason.or(traffic.and_then(|traffic| traffic.reason)),
    }
}

/// All sources together: up if some source is up and none says otherwise.
fn overall(states: &[HealthState]) -> HealthState {
    const WORST_FIRST: [HealthState; 5] =
        [HealthState::Down, HealthState::Draining, HealthState::OutOfService, HealthState::Starting, HealthState::Up];
    WORST_FIRST.into_iter().find(|state| states.contains(state)).unwrap_or(HealthState::Unknown)
}

/// The process and its health check.
async fn look(local: &Local, cluster: &Cluster, slot: &Slot, folder: &Path) -> Opinion {
    match launch::presence(folder) {
        Err(error) => Opinion::new(HealthState::Unknown, error.message),
        Ok(Presence::Absent) => Opinion::new(HealthState::Starting, "not started yet"),
        Ok(Presence::Buried) => Opinion::new(HealthState::Down, "stopped before it started"),
        Ok(Presence::Ended(process)) => {
            let how = local.exit_status(&slot.id).unwrap_or_else(|| format!("process {} has ended", process.pid));
            let last = log::tail(folder, 1).ok().and_then(|mut lines| lines.pop());
            let last = last.map_or_else(|| "; it wrote nothing".to_owned(), |line| format!("; its last line: {line}"));
            Opinion::new(HealthState::Down, how + &last)
        }
        Ok(Presence::Running(_)) => match health::probe_to_threshold(&cluster.health_check, slot.port).await {
            Ok(()) => Opinion::UP,
            Err(reason) => {
                let age = u128::try_from(world::now() - slot.launch_time).unwrap_or(0);
                let is_young = age < cluster.health_check.grace_period.as_millis();
                Opinion::new(if is_young { HealthState::Starting } else { HealthState::Down }, reason)
            }
        },
    }
}

/// What the load balancers say together; `None` when there is none to say anything.
fn traffic(group: &Group, cluster: &Cluster, slot: &Slot, statuses: &Statuses) -> Option<Opinion> {
    let enabled = group.is_in_traffic(slot);
    if cluster.load_balancers.is_empty() {
        return (!enabled).then(|| Opinion::new(HealthState::OutOfService, "out of service"));
    }
    let opinions = cluster.load_balancers.iter().map(|name| {
        let Some(Some(status)) = statuses.get(name) else {
            let state = if enabled { HealthState::Down } else { HealthState::OutOfService };
            return Opinion::new(state, format!("load balancer '{name}' does not run"));
        };
        let Some(target) = status.targets.iter().find(|target| target.id == slot.id) else {
            let state = if enabled { HealthState::Starting } else { HealthState::OutOfService };
            return Opinion::new(state, format!("not registered with load balancer '{name}' yet"));
        };
        let reason = target.reason.clone().or_else(|| match target.state {
            HealthState::Draining => Some(format!("{} connections at '{name}' are draining", target.connections)),
            HealthState::OutOfService => Some("out of service".to_owned()),
            HealthState::Starting => Some(format!("not checked by load balancer '{name}' yet")),
            _ => None,
        });
        Opinion { state: target.state, reason }
    });
    let opinions: Vec<Opinion> = opinions.collect();
    let state = overall(&opinions.iter().map(|opinion| opinion.state).collect::<Vec<_>>());
    opinions.into_iter().find(|opinion| opinion.state == state)
}

impl Local {
    /// How an instance ended, which only the process that started it can know.
    fn exit_status(&self, id: &str) -> Option<String> {
        let status = self.children().get_mut(id)?.try_wait().ok()??;
        Some(match status.code() {
            Some(code) => format!("exited with status {code}"),
            None => format!("ended by {status}"),
        })
    }

    /// The group and slot of an instance.
    fn find_instance(&self, location: &str, id: &str) -> Result<(Group, Slot), Error> {
        let group = self.existing(location, group_of(id)?)?;
        let slot = group.instances.iter().find(|slot| slot.id == id).cloned();
        let slot = slot.ok_or_else(|| {
            error::not_found(format!("server group '{}' has no instance '{id}'; it may have been stopped", group.name))
        })?;
        Ok((group, slot))
    }

    async fn terminate_instances(&self, location: &str, ids: &[String]) -> Result<(), Error> {
        let mut groups: Vec<&str> = ids.iter().map(|id| group_of(id)).collect::<Result<_, _>>()?;
        groups.sort_unstable();
        groups.dedup();
        for name in groups {
            let reference = ServerGroupRef {
                account: self.account.name.clone(),
                location: location.to_owned(),
                name: name.to_owned(),
            };
            let group = self.change(&reference, |group| {
                let wanted = group.instances.iter_mut().filter(|slot| ids.contains(&slot.id));
                wanted.for_each(|slot| slot.stopping = true);
                Ok(())
            })?;
            self.stop_and_forget(&reference, &group).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Instances for Local {
    async fn logs(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        let read = || {
            let (group, slot) = self.find_instance(location, instance)?;
            let folder = self.world.instance(&group.name, &slot.id);
            log::tail(&folder, lines).map_err(|cause| error::io("read", &log::file(&folder), &cause))
        };
        read().map_err(during("read logs"))
    }

    async fn terminate(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        self.terminate_instances(location, instances).await.map_err(during("terminate instances"))
    }

    async fn running(&self, location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error> {
        let mut found = Vec::new();
        for id in instances {
            let name = group_of(id)?;
            let Some(group) = ServerGroups::get(self, location, name).await? else { continue };
            let is_it = |instance: &&Instance| instance.id == *id && instance.health_state != HealthState::Down;
            let running = group.instances.iter().find(is_it);
            found.extend(running.map(|_| RunningInstance { id: id.clone(), server_group: name.to_owned() }));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_word_outweighs_good_ones() {
        use HealthState::{Down, Draining, OutOfService, Starting, Unknown, Up};
        for (states, whole) in [
            (vec![Up, Up], Up),
            (vec![Up, Unknown], Up),
            (vec![Up, Starting], Starting),
            (vec![Up, OutOfService], OutOfService),
            (vec![Down, Draining], Down),
            (vec![Unknown], Unknown),
        ] {
            assert_eq!(overall(&states), whole, "{states:?}");
        }
    }
}
