//! Health of instances: what Auto Scaling and EC2 say together ("Amazon"), each target group, each classic balancer.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance as Member, LifecycleState};
use serde_json::{Value, json};

use super::Aws;
use super::client::Service;
use super::group::{is_disabled, tag_of, target_group_name};
use super::params::Params;
use super::tags;
use super::traffic::share_of;
use super::xml::{Answer, Node};
use crate::model::{HealthState, Instance, Map};
use crate::providers::{Error, ErrorKind};

/// The source that knows no more than that an instance runs.
pub(super) const PLATFORM: &str = "Amazon";

/// An instance as EC2 knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ec2Instance {
    /// `running`, `pending`, …
    pub(super) state: String,
    pub(super) group: String,
    pub(super) image: String,
    pub(super) security_groups: Vec<String>,
    pub(super) vpc: String,
    address: Option<String>,
    launched: Option<i64>,
}

impl Ec2Instance {
    pub(super) fn of(node: &Node) -> Self {
        let tags = node.tags("tagSet");
        let group = tags.get("aws:autoscaling:groupName").and_then(Value::as_str).unwrap_or_default();
        let launched = node.text("launchTime").and_then(|time| time.parse::<jiff::Timestamp>().ok());
        Self {
            state: node.string("instanceState/name"),
            group: group.to_owned(),
            image: node.string("imageId"),
            security_groups: node.items("groupSet").filter_map(|one| one.text("groupId").map(str::to_owned)).collect(),
            vpc: node.string("vpcId"),
            address: node.text("privateIpAddress").map(str::to_owned),
            launched: launched.map(jiff::Timestamp::as_millisecond),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.state == "running"
    }
}

/// One target's state, in the balancer's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) state: HealthState,
    pub(super) why: Option<String>,
}

/// What every source says of the instances of some groups.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) ec2: BTreeMap<String, Ec2Instance>,
    /// By target group's ARN, then instance.
    pub(super) targets: BTreeMap<String, BTreeMap<String, Target>>,
    /// By classic load balancer's name, then instance.
    pub(super) classic: BTreeMap<String, BTreeMap<String, Target>>,
}

impl Sources {
    /// An instance of a group with all that is said of it.
    pub(super) fn instance(&self, group: &AutoScalingGroup, member: &Member) -> Instance {
        let id = member.instance_id().unwrap_or_default();
        let ec2 = self.ec2.get(id);
        let platform = platform(member, ec2);
        let mut said = vec![(PLATFORM, None, platform.clone())];
        if platform.state != HealthState::Starting {
            let absent = || Target { state: HealthState::OutOfService, why: Some("is not registered".to_owned()) };
            for arn in group.target_group_arns() {
                let target = self.targets.get(arn).and_then(|targets| targets.get(id)).cloned();
                said.push(("TargetGroup", Some(target_group_name(arn)), target.unwrap_or_else(absent)));
            }
            for name in group.load_balancer_names() {
                let target = self.classic.get(name).and_then(|members| members.get(id)).cloned();
                said.push(("LoadBalancer", Some(name), target.unwrap_or_else(absent)));
            }
        }
        if said.len() == 1 && out_of_traffic(group, id) {
            // Without a load balancer nobody else can say so.
            said.push((
                "Traffic",
                None,
                Target { state: HealthState::OutOfService, why: Some("is disabled".to_owned()) },
            ));
        }
        let health = said.iter().map(|(kind, name, target)| source(kind, *name, target)).collect();
        let reasons: Vec<String> = said
            .iter()
            .filter_map(|(_, name, target)| {
                let why = target.why.as_deref()?;
                Some(name.map_or_else(|| why.to_owned(), |name| format!("{name}: {why}")))
            })
            .collect();
        Instance {
            id: id.to_owned(),
            health_state: together(said.iter().map(|(_, _, target)| target.state)),
            health,
            launch_time: ec2.and_then(|ec2| ec2.launched),
            zone: member.availability_zone().map(str::to_owned),
            address: ec2.and_then(|ec2| ec2.address.clone()),
            reason: (!reasons.is_empty()).then(|| reasons.join(", ")),
        }
    }

    /// Security groups of a group's instances.
    pub(super) fn security_groups(&self, group: &AutoScalingGroup) -> Vec<String> {
        let first = group.instances().iter().find_map(|member| self.ec2.get(member.instance_id()?));
        first.map(|instance| instance.security_groups.clone()).unwrap_or_default()
    }
}

fn source(kind: &str, name: Option<&str>, target: &Target) -> Map {
    let mut said = Map::new();
    said.insert("type".to_owned(), kind.into());
    said.insert("state".to_owned(), json!(target.state));
    if let Some(name) = name {
        said.insert("name".to_owned(), name.into());
    }
    if let Some(why) = &target.why {
        said.insert("description".to_owned(), why.as_str().into());
    }
    said
}

/// All sources together. What finishes or failed matters more than what is up.
fn together(states: impl Iterator<Item = HealthState>) -> HealthState {
    let states: Vec<HealthState> = states.collect();
    let order = [
        HealthState::Draining,
        HealthState::Down,
        HealthState::OutOfService,
        HealthState::Starting,
        HealthState::Unknown,
        HealthState::Up,
    ];
    order.into_iter().find(|state| states.contains(state)).unwrap_or_default()
}

/// Whether an instance of a group without load balancers counts as taken out of traffic.
fn out_of_traffic(group: &AutoScalingGroup, id: &str) -> bool {
    if !group.target_group_arns().is_empty() || !group.load_balancer_names().is_empty() {
        return false;
    }
    if is_disabled(group) {
        return true;
    }
    let share = tag_of(group, tags::OUT_OF_TRAFFIC).and_then(|share| share.parse().ok()).unwrap_or(0);
    share_of(group, share).iter().any(|out| out == id)
}

/// What Auto Scaling's lifecycle and EC2's state say together.
fn platform(member: &Member, ec2: Option<&Ec2Instance>) -> Target {
    let lifecycle = member.lifecycle_state().map(LifecycleState::as_str).unwrap_or_default();
    let state = ec2.map(|ec2| ec2.state.as_str()).unwrap_or_default();
    let of = |state, why: String| Target { state, why: (!why.is_empty()).then_some(why) };
    match lifecycle {
        _ if lifecycle.starts_with("Terminating") => of(HealthState::Draining, "is being terminated".to_owned()),
        _ if lifecycle.starts_with("Pending") || lifecycle.starts_with("Warmed") => {
            of(HealthState::Starting, format!("is {lifecycle}"))
        }
        "Standby" | "EnteringStandby" => of(HealthState::OutOfService, "is in standby".to_owned()),
        "Detaching" | "Detached" | "Terminated" | "Quarantined" => of(HealthState::Down, format!("is {lifecycle}")),
        _ if matches!(state, "shutting-down" | "terminated" | "stopping" | "stopped") => {
            of(HealthState::Down, format!("is {state}"))
        }
        _ if member.health_status().is_some_and(|status| status != "Healthy") => {
            of(HealthState::Down, "was marked unhealthy and will be replaced".to_owned())
        }
        "InService" if state == "pending" => of(HealthState::Starting, "is booting".to_owned()),
        "InService" => of(HealthState::Up, String::new()),
        other => of(HealthState::Unknown, format!("is {other}")),
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
pub(super) fn of_target(node: &Node) -> Target {
    let state = match node.text("TargetHealth/State").unwrap_or_default() {
        "healthy" | "unhealthy.draining" => HealthState::Up,
        "initial" => HealthState::Starting,
        "unhealthy" => HealthState::Down,
        "unused" => HealthState::OutOfService,
        "draining" => HealthState::Draining,
        _ => HealthState::Unknown,
    };
    let why = node.text("TargetHealth/Description").or(node.text("TargetHealth/Reason")).map(str::to_owned);
    Target { state, why: why.filter(|_| state != HealthState::Up) }
}

/// Of several registrations of one instance (ports) the worst counts.
fn worse(old: Option<Target>, new: Target) -> Target {
    match old {
        Some(old) if together([old.state, new.state].into_iter()) == old.state => old,
        _ => new,
    }
}

impl Aws {
    /// Health of a target group's targets, by instance. A target group that is gone has none.
    pub(super) async fn target_health(&self, region: &str, arn: &str) -> Result<BTreeMap<String, Target>, Error> {
        let question = format!("{region} {arn}");
        let before = self.calls.changes();
        if let Some(found) = self.targets.get(&question, before) {
            return Ok(found);
        }
        let params = Params::query().with("TargetGroupArn", arn);
        let answer = match self.calls.query(Service::Elbv2, region, "DescribeTargetHealth", &params).await {
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            other => other?,
        };
        let mut found = BTreeMap::new();
        for node in answer.items("TargetHealthDescriptions") {
            let id = node.string("Target/Id");
            let target = worse(found.remove(&id), of_target(node));
            found.insert(id, target);
        }
        let name = format!("{region} {}", target_group_name(arn));
        self.balanced.put(name, (arn.to_owned(), found.keys().cloned().collect()));
        self.targets.put(question, before, found.clone());
        Ok(found)
    }

    /// Health of a classic load balancer's instances. A balancer that is gone has none.
    pub(super) async fn classic_health(&self, region: &str, name: &str) -> Result<BTreeMap<String, Target>, Error> {
        let params = Params::query().with("LoadBalancerName", name);
        let answer = match self.calls.query(Service::Elb, region, "DescribeInstanceHealth", &params).await {
            Err(fault) if fault.error.kind == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            other => other?,
        };
        let target = |node: &Node| {
            let state = match (node.text("State").unwrap_or_default(), node.text("ReasonCode")) {
                ("InService", _) => HealthState::Up,
                ("OutOfService", Some("ELB")) => HealthState::Starting,
                ("OutOfService", _) => HealthState::Down,
                _ => HealthState::Unknown,
            };
            let why = node.text("Description").filter(|why| *why != "N/A" && state != HealthState::Up);
            Target { state, why: why.map(str::to_owned) }
        };
        Ok(answer.items("InstanceStates").map(|node| (node.string("InstanceId"), target(node))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(lifecycle: &str, health: &str) -> Member {
        Member::builder()
            .instance_id("i-1")
            .availability_zone("us-east-1a")
            .lifecycle_state(LifecycleState::from(lifecycle))
            .health_status(health)
            .protected_from_scale_in(false)
            .build()
    }

    #[test]
    fn auto_scaling_and_ec2_are_one_source() {
        let running = Ec2Instance { state: "running".into(), ..Ec2Instance::default() };
        let stopped = Ec2Instance { state: "stopped".into(), ..Ec2Instance::default() };
        for (lifecycle, health, ec2, expected) in [
            ("Pending:Wait", "Healthy", None, HealthState::Starting),
            ("InService", "Healthy", Some(&running), HealthState::Up),
            ("InService", "Healthy", None, HealthState::Up),
            ("InService", "Healthy", Some(&stopped), HealthState::Down),
            ("InService", "Unhealthy", Some(&running), HealthState::Down),
            ("Standby", "Healthy", Some(&running), HealthState::OutOfService),
            ("Terminating:Wait", "Healthy", Some(&running), HealthState::Draining),
        ] {
            assert_eq!(platform(&member(lifecycle, health), ec2).state, expected, "{lifecycle} {health}");
        }
    }

    #[test]
    fn a_group_behind_a_target_group_is_as_healthy_as_its_targets() {
        let group = AutoScalingGroup::builder().target_group_arns("arn:aws:x:targetgroup/web/1").build();
        let target = |state: &str| {
            let text = format!(
                "<member><Target><Id>i-1</Id></Target><TargetHealth><State>{state}</State><Description>d</Description>\
                 </TargetHealth></member>"
            );
            BTreeMap::from([("i-1".to_owned(), of_target(&Node::read(&text).unwrap()))])
        };
        for (state, expected) in [
            ("healthy", HealthState::Up),
            ("initial", HealthState::Starting),
            ("unhealthy", HealthState::Down),
            ("draining", HealthState::Draining),
            ("unused", HealthState::OutOfService),
        ] {
            let targets = BTreeMap::from([("arn:aws:x:targetgroup/web/1".to_owned(), target(state))]);
            let sources = Sources { targets, ..Sources::default() };
            let instance = sources.instance(&group, &member("InService", "Healthy"));
            assert_eq!(instance.health_state, expected, "{state}");
            assert_eq!(instance.reason.is_some(), expected != HealthState::Up, "{state}");
        }
        let instance = Sources::default().instance(&group, &member("InService", "Healthy"));
        assert_eq!(instance.health_state, HealthState::OutOfService);
        assert_eq!(instance.reason.as_deref(), Some("web: is not registered"));
    }
}
