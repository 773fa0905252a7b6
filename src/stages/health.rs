//! How many instances must be up, and which are (contract 3.2).

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::reading;
use crate::model::{Capacity, Failure, HealthState, Instance, Map, ServerGroup};

/// Lines of an instance's log shown with its failure.
const LOG_LINES: usize = 20;

/// Which health sources count: all of them, or those named. None named means health is not waited for at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interest(Option<Vec<String>>);

impl Interest {
    /// What `interestingHealthProviderNames` says.
    pub(crate) fn of(context: &Map) -> Self {
        let named = context.get("interestingHealthProviderNames").filter(|value| !value.is_null());
        Self(named.map(|_| super::cloud::texts(context, "interestingHealthProviderNames")))
    }

    /// Whether nobody is to wait for health.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.as_ref().is_some_and(Vec::is_empty)
    }

    /// States of an instance as the sources that count see it; its overall state when no source reports.
    fn states(&self, instance: &Instance) -> Vec<HealthState> {
        let counts = |source: &Map| match (&self.0, source.get("type").and_then(Value::as_str)) {
            (None, _) => true,
            (Some(names), Some(kind)) => names.iter().any(|name| name == kind),
            (Some(_), None) => false,
        };
        let state = |source: &Map| source.get("state").and_then(|state| serde_json::from_value(state.clone()).ok());
        let states: Vec<_> = instance.health.iter().filter(|source| counts(source)).filter_map(state).collect();
        if states.is_empty() && instance.health.is_empty() { vec![instance.health_state] } else { states }
    }

    /// Some source says Up and none says otherwise.
    pub(crate) fn is_up(&self, instance: &Instance) -> bool {
        use HealthState::{Down, Draining, OutOfService, Starting, Up};
        let states = self.states(instance);
        states.contains(&Up) && !states.iter().any(|state| matches!(state, Down | OutOfService | Starting | Draining))
    }

    /// It takes no traffic any more: not up, and nothing left to finish. An instance that still runs well says so, but
    /// whoever takes it out of traffic contradicts.
    pub(crate) fn is_out(&self, instance: &Instance) -> bool {
        let is_draining =
            instance.health_state == HealthState::Draining || self.states(instance).contains(&HealthState::Draining);
        instance.health_state == HealthState::OutOfService || !self.is_up(instance) && !is_draining
    }

    /// Instances of a group that are up.
    pub(crate) fn up(&self, group: &ServerGroup) -> u32 {
        count(group.instances.iter().filter(|instance| self.is_up(instance)).count())
    }

    /// `{up, down, outOfService, starting, succeeded, failed, unknown}` as `lastCapacityCheck` holds it.
    pub(crate) fn counts(&self, group: &ServerGroup) -> Value {
        let of = |states: &[HealthState]| {
            let others = group.instances.iter().filter(|instance| !self.is_up(instance));
            others.filter(|instance| states.contains(&instance.health_state)).count()
        };
        json!({
            "up": self.up(group),
            "down": of(&[HealthState::Down]),
            "outOfService": of(&[HealthState::OutOfService, HealthState::Draining]),
            "starting": of(&[HealthState::Starting]),
            "succeeded": of(&[HealthState::Succeeded]),
            "failed": of(&[HealthState::Failed]),
            "unknown": of(&[HealthState::Unknown, HealthState::Up]),
        })
    }
}

/// How many instances must be up, of a group of this current size.
pub(crate) fn needed(context: &Map, current: Option<Capacity>) -> Result<u32, Failure> {
    let base = base_size(context, current);
    if let Some(percentage) = reading::integer(context, "targetHealthyDeployPercentage") {
        return percent_of(base, percentage, "targetHealthyDeployPercentage");
    }
    match (reading::integer(context, "desiredPercentage"), current) {
        (Some(percentage), Some(capacity)) => Ok(desired_share(capacity, percentage)),
        _ => Ok(base),
    }
}

/// `ceil((p/100 − 1)·max + min)`: how many instances a share of a group comes to; never below none.
pub(crate) fn desired_share(capacity: Capacity, percentage: i64) -> u32 {
    // In whole numbers, so that 100 % of 3 is not 4 by a rounding error.
    let hundredths = (percentage - 100) * i64::from(capacity.max) + 100 * i64::from(capacity.min);
    u32::try_from(hundredths.max(0).div_euclid(100) + i64::from(hundredths.max(0) % 100 > 0)).unwrap_or(u32::MAX)
}

fn percent_of(base: u32, percentage: i64, key: &str) -> Result<u32, Failure> {
    let share = u64::try_from(percentage).ok().filter(|share| *share <= 100);
    let share = share.ok_or_else(|| Failure::user(format!("'{key}' is {percentage}; write a number from 0 to 100")))?;
    let rounded = (u64::from(base) * share + 50) / 100;
    let least = u64::from(share > 0 && base > 0);
    Ok(u32::try_from(rounded.max(least)).unwrap_or(u32::MAX))
}

fn base_size(context: &Map, current: Option<Capacity>) -> u32 {
    let configured = reading::object(context, "capacity");
    let bound = |key| configured.and_then(|map| reading::integer(map, key)).and_then(|n| u32::try_from(n).ok());
    let snapshot = reading::object(context, "capacitySnapshot")
        .and_then(|snapshot| reading::integer(snapshot, "desiredCapacity"))
        .and_then(|n| u32::try_from(n).ok());
    let base = match (bound("desired"), current) {
        (Some(desired), None) => desired,
        (None, None) => 0,
        (None, Some(current)) => current.desired,
        (Some(desired), Some(current)) => {
            let pinned = bound("min") == Some(desired) && bound("max") == Some(desired);
            if pinned || current.is_pinned() { desired } else { current.desired }
        }
    };
    // A group that is scaled down while it is waited for would never reach what it began with.
    snapshot.map_or(base, |snapshot| base.min(snapshot))
}

/// `2 of 3 instances up: i-2 GET /health answered 503`.
pub(crate) fn progress(group: &ServerGroup, interest: &Interest, needed: u32) -> String {
    let mut line = format!("{}: {} of {needed} instances up", group.name, interest.up(group));
    for (position, reason) in reasons(group, interest).into_iter().enumerate() {
        line.push_str(if position == 0 { ": " } else { "; " });
        line.push_str(&reason);
    }
    line
}

fn reasons(group: &ServerGroup, interest: &Interest) -> Vec<String> {
    let waiting = group.instances.iter().filter(|instance| !interest.is_up(instance));
    waiting.filter_map(|instance| Some(format!("{} {}", instance.id, instance.reason.as_deref()?))).collect()
}

/// Whether so many can never be up: too many ended, and the provider starts no others.
pub(crate) fn is_hopeless(cloud: &Cloud, group: &ServerGroup, needed: u32) -> bool {
    let left = count(group.instances.iter().filter(|instance| !has_ended(cloud, instance)).count());
    !cloud.provider.replaces_instances() && count(group.instances.len()) >= needed && left < needed
}

/// Whether the provider itself gave an instance up. What a load balancer thinks of it may change again.
fn has_ended(cloud: &Cloud, instance: &Instance) -> bool {
    let own = |source: &&Map| source.get("type").and_then(Value::as_str) == cloud.provider.platform_health();
    match instance.health.iter().find(own) {
        Some(source) => source.get("state").and_then(Value::as_str) == Some("Down"),
        None => instance.health.is_empty() && matches!(instance.health_state, HealthState::Down | HealthState::Failed),
    }
}

/// Why a group did not get its instances up: a reason for each, and the last lines each wrote.
pub(crate) async fn explain(cloud: &Cloud, group: &ServerGroup, interest: &Interest, needed: u32) -> Failure {
    let up = interest.up(group);
    let mut failure = Failure::new(format!("only {up} of {needed} instances of {} are up", group.name));
    if group.instances.is_empty() {
        failure = failure.detail("it has no instances");
    }
    if let Some(groups) = cloud.provider.server_groups()
        && let Ok(problems) = groups.problems(&group.reference()).await
    {
        failure.details.extend(problems);
    }
    for instance in group.instances.iter().filter(|instance| !interest.is_up(instance)) {
        let reason = instance.reason.clone().unwrap_or_else(|| "no reason known".to_owned());
        failure = failure.detail(format!("{}: {:?}, {reason}", instance.id, instance.health_state));
        let Some(instances) = cloud.provider.instances() else { continue };
        match instances.logs(&group.region, &instance.id, LOG_LINES).await {
            Ok(lines) => failure.details.extend(lines.into_iter().map(|line| format!("  {line}"))),
            Err(error) => failure = failure.detail(format!("  its log cannot be read: {error}")),
        }
    }
    failure
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::cluster::object;

    fn capacity(min: u32, max: u32, desired: u32) -> Capacity {
        Capacity { min, max, desired }
    }

    #[test]
    fn as_many_must_be_up_as_the_contract_says() {
        let pinned = json!({"min": 3, "max": 3, "desired": 3});
        let open = json!({"min": 1, "max": 5, "desired": 3});
        for (context, current, expected) in [
            (json!({}), Some(capacity(1, 5, 2)), 2),
            (json!({"capacity": open}), Some(capacity(1, 5, 2)), 2),
            (json!({"capacity": pinned}), Some(capacity(1, 5, 2)), 3),
            (json!({"capacity": open}), Some(capacity(2, 2, 2)), 3),
            (json!({"capacity": open}), None, 3),
            (json!({"capacity": pinned, "targetHealthyDeployPercentage": 50}), Some(capacity(3, 3, 3)), 2),
            (json!({"capacity": pinned, "targetHealthyDeployPercentage": 0}), Some(capacity(3, 3, 3)), 0),
            (json!({"capacity": pinned, "targetHealthyDeployPercentage": "1"}), Some(capacity(3, 3, 3)), 1),
            (json!({"desiredPercentage": 50}), Some(capacity(4, 4, 4)), 2),
            (json!({"desiredPercentage": 50}), Some(capacity(3, 10, 4)), 0),
            (json!({"desiredPercentage": 100}), Some(capacity(3, 10, 4)), 3),
            (json!({"capacitySnapshot": {"desiredCapacity": 4}}), Some(capacity(1, 9, 6)), 4),
        ] {
            assert_eq!(needed(&object(context.clone()), current).unwrap(), expected, "{context} {current:?}");
        }
        assert!(needed(&object(json!({"targetHealthyDeployPercentage": 101})), None).is_err());
    }

    #[test]
    fn an_instance_is_up_when_a_source_that_counts_says_so_and_none_denies_it() {
        let source = |kind: &str, state: &str| object(json!({"type": kind, "state": state}));
        let both =
            Instance { health: vec![source("Platform", "Up"), source("LoadBalancer", "Down")], ..Instance::default() };
        let interest = |names: Value| Interest::of(&object(json!({"interestingHealthProviderNames": names})));
        assert!(!interest(Value::Null).is_up(&both));
        assert!(interest(json!(["Platform"])).is_up(&both));
        assert!(!interest(json!(["Other"])).is_up(&both) && interest(json!(["Other"])).is_out(&both));
        assert!(interest(json!([])).is_nothing());
        let drains =
            Instance { health: vec![source("Platform", "Up"), source("LB", "Draining")], ..Instance::default() };
        assert!(!interest(Value::Null).is_up(&drains) && !interest(Value::Null).is_out(&drains));
        let apart = Instance {
            health_state: HealthState::OutOfService,
            health: vec![source("Platform", "Up"), source("LB", "OutOfService")],
            ..Instance::default()
        };
        assert!(interest(Value::Null).is_out(&apart) && interest(json!(["Platform"])).is_out(&apart));
        let bare = Instance { health_state: HealthState::Up, ..Instance::default() };
        assert!(interest(Value::Null).is_up(&bare));
    }
}
