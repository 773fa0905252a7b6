//! Tasks of a service as instances: what ECS says of them, and every target group.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::service::Service;
use super::{Ecs, PLATFORM};
use crate::model::{HealthState, Instance, Map};
use crate::providers::Error;

/// Tasks that ECS describes in one call.
const DESCRIBED: usize = 100;

/// Where a target group reaches a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u64,
}

/// What a target group says of each host and port.
type Targets = BTreeMap<(String, u64), (HealthState, Option<String>)>;
/// What one source says of a task.
type Said = (&'static str, Option<String>, HealthState, Option<String>);

impl Ecs {
    /// The tasks of a service that run or are to run; of one that has none to run, those that have not stopped yet.
    pub(super) async fn instances_of(&self, service: &Service) -> Result<Vec<Instance>, Error> {
        let mut tasks = self.tasks(service, "RUNNING").await?;
        if service.count("desiredCount") == 0 {
            let going = self.tasks(service, "STOPPED").await?;
            tasks.extend(going.into_iter().filter(|task| task["lastStatus"] != "STOPPED"));
        }
        let hosts = self.hosts(service, &tasks).await?;
        let mut targets = BTreeMap::new();
        for arn in service.target_groups() {
            targets.insert(arn.clone(), self.aws.targets_of(&service.region, &arn).await?);
        }
        Ok(tasks.iter().map(|task| instance(service, task, &hosts, &targets)).collect())
    }

    pub(super) async fn tasks(&self, service: &Service, status: &str) -> Result<Vec<Value>, Error> {
        let body = json!({"cluster": service.cluster, "serviceName": service.name, "desiredStatus": status});
        let arns = self.list_all(&service.region, "ListTasks", body, "taskArns").await?;
        let mut found = Vec::new();
        for arns in arns.chunks(DESCRIBED) {
            let body = json!({"cluster": service.cluster, "tasks": arns});
            let mut answer = self.ask(&service.region, "DescribeTasks", body).await?;
            if let Some(Value::Array(tasks)) = answer.get_mut("tasks").map(Value::take) {
                found.extend(tasks);
            }
        }
        Ok(found)
    }

    /// EC2 instances by container instance, for tasks that share their host's network.
    async fn hosts(&self, service: &Service, tasks: &[Value]) -> Result<BTreeMap<String, String>, Error> {
        let shares = |task: &&Value| private_address(task).is_none() && !service.target_groups().is_empty();
        let mut arns: Vec<&str> =
            tasks.iter().filter(shares).filter_map(|task| task["containerInstanceArn"].as_str()).collect();
        arns.sort_unstable();
        arns.dedup();
        let mut found = BTreeMap::new();
        for arns in arns.chunks(DESCRIBED) {
            let body = json!({"cluster": service.cluster, "containerInstances": arns});
            let answer = self.ask(&service.region, "DescribeContainerInstances", body).await?;
            for one in answer["containerInstances"].as_array().into_iter().flatten() {
                let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
                found.insert(text("containerInstanceArn"), text("ec2InstanceId"));
            }
        }
        Ok(found)
    }
}

/// The address of a task that has a network of its own.
fn private_address(task: &Value) -> Option<String> {
    let details = task["attachments"].as_array()?.iter().flat_map(|one| one["details"].as_array()).flatten();
    let found = details.into_iter().find(|detail| detail["name"] == "privateIPv4Address");
    found?["value"].as_str().map(str::to_owned)
}

/// Where the target group of a container's port reaches a task.
fn address(task: &Value, container: &str, port: u64, hosts: &BTreeMap<String, String>) -> Option<Address> {
    if let Some(host) = private_address(task) {
        return Some(Address { host, port });
    }
    let host = hosts.get(task["containerInstanceArn"].as_str()?)?.clone();
    let containers = task["containers"].as_array()?;
    let bindings = containers.iter().find(|one| one["name"] == container)?["networkBindings"].as_array()?;
    let port = bindings.iter().find(|one| one["containerPort"].as_u64() == Some(port))?["hostPort"].as_u64()?;
    Some(Address { host, port })
}

fn instance(
    service: &Service,
    task: &Value,
    hosts: &BTreeMap<String, String>,
    targets: &BTreeMap<String, Targets>,
) -> Instance {
    let (state, why) = platform(task);
    let mut said: Vec<Said> = vec![(PLATFORM, None, state, why)];
    if state == HealthState::Up {
        for one in service.value["loadBalancers"].as_array().into_iter().flatten() {
            let Some(arn) = one["targetGroupArn"].as_str() else { continue };
            let name = arn.split('/').nth(1).unwrap_or(arn).to_owned();
            let container = one["containerName"].as_str().unwrap_or_default();
            let place = address(task, container, one["containerPort"].as_u64().unwrap_or_default(), hosts);
            let found = place.and_then(|place| targets.get(arn)?.get(&(place.host, place.port)).cloned());
            // ECS registers a task a moment after it runs.
            let absent = || (HealthState::Starting, Some("is not registered yet".to_owned()));
            let (state, why) = found.unwrap_or_else(absent);
            said.push(("TargetGroup", Some(name), state, why));
        }
    }
    let id = task["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    let reasons: Vec<String> = said
        .iter()
        .filter_map(|(_, name, _, why)| {
            let why = why.as_deref()?;
            Some(name.as_deref().map_or_else(|| why.to_owned(), |name| format!("{name}: {why}")))
        })
        .collect();
    let started = task["startedAt"].as_f64().or_else(|| task["createdAt"].as_f64());
    Instance {
        id: id.to_owned(),
        health_state: together(&said),
        health: said.iter().map(shown).collect(),
        // Seconds with a fraction; far below the range where that loses milliseconds.
        launch_time: started.map(|seconds| (seconds * 1000.0) as i64),
        zone: task["availabilityZone"].as_str().map(str::to_owned),
        address: private_address(task),
        reason: (!reasons.is_empty()).then(|| reasons.join(", ")),
    }
}

fn shown((kind, name, state, why): &Said) -> Map {
    let mut map = Map::new();
    map.insert("type".to_owned(), (*kind).into());
    map.insert("state".to_owned(), json!(state));
    map.extend(name.iter().map(|name| ("name".to_owned(), name.as_str().into())));
    map.extend(why.iter().map(|why| ("description".to_owned(), why.as_str().into())));
    map
}

/// What ECS itself says of a task.
fn platform(task: &Value) -> (HealthState, Option<String>) {
    let last = task["lastStatus"].as_str().unwrap_or_default();
    let told = |text: &str| Some(format!("is {text}"));
    match (last, task["healthStatus"].as_str()) {
        ("RUNNING", Some("UNHEALTHY")) => (HealthState::Down, told("UNHEALTHY")),
        ("RUNNING", _) if task["desiredStatus"] == "STOPPED" => (HealthState::Draining, told("about to stop")),
        ("RUNNING", _) => (HealthState::Up, None),
        ("PROVISIONING" | "PENDING" | "ACTIVATING", _) => (HealthState::Starting, told(last)),
        ("DEACTIVATING" | "STOPPING" | "DEPROVISIONING", _) => (HealthState::Draining, told(last)),
        ("STOPPED", _) => (HealthState::Down, told(last)),
        _ => (HealthState::Unknown, None),
    }
}

/// Up when every source says so; else what is worst.
fn together(said: &[Said]) -> HealthState {
    let rank = |state: &HealthState| match state {
        HealthState::Down => 0,
        HealthState::OutOfService => 1,
        HealthState::Draining => 2,
        HealthState::Starting => 3,
        HealthState::Unknown => 4,
        _ => 5,
    };
    said.iter().map(|(_, _, state, _)| *state).min_by_key(rank).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_reached_by_their_own_address_or_their_hosts() {
        let own = json!({"attachments": [{"details": [{"name": "privateIPv4Address", "value": "10.0.0.7"}]}]});
        assert_eq!(address(&own, "web", 80, &BTreeMap::new()), Some(Address { host: "10.0.0.7".into(), port: 80 }));
        let shared = json!({"containerInstanceArn": "c", "containers": [{"name": "web", "networkBindings": [
            {"containerPort": 80, "hostPort": 32768}]}]});
        let hosts = [("c".to_owned(), "i-1".to_owned())].into();
        assert_eq!(address(&shared, "web", 80, &hosts), Some(Address { host: "i-1".into(), port: 32768 }));
        assert_eq!(address(&shared, "log", 80, &hosts), None);
    }

    #[test]
    fn what_is_worst_counts() {
        for (last, health, state) in [
            ("RUNNING", "UNKNOWN", HealthState::Up),
            ("RUNNING", "UNHEALTHY", HealthState::Down),
            ("PENDING", "UNKNOWN", HealthState::Starting),
            ("DEPROVISIONING", "UNKNOWN", HealthState::Draining),
        ] {
            assert_eq!(platform(&json!({"lastStatus": last, "healthStatus": health})).0, state, "{last}");
        }
        let said: Vec<Said> =
            vec![("Ecs", None, HealthState::Up, None), ("TargetGroup", None, HealthState::Starting, None)];
        assert_eq!(together(&said), HealthState::Starting);
    }
}
