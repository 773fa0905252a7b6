//! Scaling policies and scheduled actions: copied from the server group a deploy replaces, and set by stages.
//!
//! What AWS says of them is given back to it as it is; no shape of theirs is known here.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::try_join;
use jiff::Timestamp;
use serde_json::Value;

use super::Aws;
use super::alarm::{self, Carried, GROUP_DIMENSION, Policy};
use super::client::{Service, fault};
use super::cluster::{Cluster, check_processes};
use super::error::{during, invalid};
use super::group::suspended;
use super::launch_template::template_name;
use super::params::Params;
use super::reading;
use super::tags;
use super::xml::{Answer, Node};
use crate::model::{Map, ServerGroupRef};
use crate::providers::{Error, ErrorKind, NewServerGroup, Replacement, ScalingSettings};

/// Parts of an answer that are no parameters.
const OF_ANSWERS: &[&str] =
    &["Alarms", "AutoScalingGroupName", "MinAdjustmentStep", "PolicyARN", "PolicyName", "ScheduledActionARN", "Time"];

/// Seconds between two activities of a simple policy of Spinnaker's that does not say.
const SIMPLE_COOLDOWN: u32 = 600;

/// Policies with their alarms, and schedules of a group, in AWS's own words.
#[derive(Clone, Debug, Default)]
pub(super) struct Scaling {
    /// Region and name of the group.
    source: (String, String),
    policies: Vec<Node>,
    alarms: Vec<Node>,
    actions: Vec<Node>,
}

impl Scaling {
    /// How many policies, alarms and scheduled actions.
    pub(super) fn counts(&self) -> [usize; 3] {
        [self.policies.len(), self.alarms.len(), self.actions.len()]
    }

    /// Whether alarms come with it.
    pub(super) fn has_alarms(&self) -> bool {
        !self.alarms.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.actions.is_empty()
    }
}

impl Aws {
    /// What a new group takes over from the one it replaces.
    pub(super) async fn scaling_of_source(&self, new: &NewServerGroup, cluster: &Cluster) -> Result<Scaling, Error> {
        let source = new.source.as_ref().filter(|source| cluster.copies_source && source.account == self.account.name);
        let Some(source) = source else { return Ok(Scaling::default()) };
        let region = self.account.region(&source.location)?;
        match self.ahead.scaling.take(&format!("{region} {}", source.name)) {
            Some(scaling) => scaling,
            None => self.read_scaling(&region, &source.name).await,
        }
    }

    /// Policies of a group, and scheduled actions that are still to come.
    pub(super) async fn read_scaling(&self, region: &str, group: &str) -> Result<Scaling, Error> {
        let params = Params::query().with("AutoScalingGroupName", group);
        let tokens = ("NextToken", "NextToken");
        let list = |action, list| {
            let params = params.clone();
            async move { self.calls.pages((Service::AutoScaling, region, action), params, list, tokens).await }
        };
        let policies = list("DescribePolicies", "ScalingPolicies");
        let actions = list("DescribeScheduledActions", "ScheduledUpdateGroupActions");
        let (policies, actions) = try_join(policies, actions).await?;
        let mut names: Vec<String> = policies.iter().flat_map(alarm::names_of).collect();
        names.sort();
        names.dedup();
        let alarms = self.alarms(region, &names).await?;
        let now = Timestamp::now();
        let actions = actions.into_iter().filter_map(|action| coming(action, now)).collect();
        Ok(Scaling { source: (region.to_owned(), group.to_owned()), policies, alarms, actions })
    }

    pub(super) async fn put_scaling(&self, region: &str, group: &str, scaling: &Scaling) -> Result<(), Error> {
        let (from_region, from) = (scaling.source.0.as_str(), scaling.source.1.as_str());
        let none = BTreeMap::new();
        let dimensions = &[(GROUP_DIMENSION, group)];
        let carried = |policies| Carried { from, from_region, to: group, region, dimensions, policies };
        let mut arns = BTreeMap::new();
        for policy in &scaling.policies {
            let name = carried(&none).name(policy.text("PolicyName").unwrap_or_default());
            let mut params = Params::query().with("AutoScalingGroupName", group).with("PolicyName", name);
            params.node("", &alarm::redirected(&without(policy, OF_ANSWERS), dimensions));
            let answer = self.calls.query(Service::AutoScaling, region, "PutScalingPolicy", &params).await?;
            arns.insert(policy.string("PolicyARN"), answer.string("PolicyARN"));
        }
        self.carry_alarms(&scaling.alarms, &carried(&arns)).await?;
        if scaling.actions.is_empty() {
            return Ok(());
        }
        let mut params = Params::query().with("AutoScalingGroupName", group);
        for (position, action) in scaling.actions.iter().enumerate() {
            let item = params.item("ScheduledUpdateGroupActions", position);
            params.node(&item, &without(action, OF_ANSWERS));
        }
        self.put_actions(region, &params).await
    }

    async fn put_actions(&self, region: &str, params: &Params) -> Result<(), Error> {
        let action = "BatchPutScheduledUpdateGroupAction";
        let answer = self.calls.query(Service::AutoScaling, region, action, params).await?;
        match answer.items("FailedScheduledUpdateGroupActions").next() {
            None => Ok(()),
            Some(failed) => Err(invalid(format!(
                "scheduled action '{}' was refused: {}",
                failed.string("ScheduledActionName"),
                failed.text("ErrorMessage").or(failed.text("ErrorCode")).unwrap_or("no reason given")
            ))),
        }
    }

    async fn start_refresh(&self, group: &ServerGroupRef, preferences: &Map) -> Result<String, Error> {
        let region = self.account.region(&group.location)?;
        let mut params = Params::query().with("AutoScalingGroupName", &group.name);
        params.json("Preferences", &Value::Object(preferences.clone()));
        match self.calls.query(Service::AutoScaling, &region, "StartInstanceRefresh", &params).await {
            Ok(answer) => Ok(answer.string("InstanceRefreshId")),
            // An earlier try of ours, or somebody else's: either way the instances are being replaced.
            Err(fault) if fault.code == "InstanceRefreshInProgress" => {
                let params = Params::query().with("AutoScalingGroupName", &group.name);
                let answer =
                    self.calls.query(Service::AutoScaling, &region, "DescribeInstanceRefreshes", &params).await?;
                let running = answer.items("InstanceRefreshes").find(|one| is_running(one));
                running.map(|one| one.string("InstanceRefreshId")).ok_or_else(|| fault.into())
            }
            Err(fault) => Err(fault.into()),
        }
    }
}

fn is_running(refresh: &Node) -> bool {
    !matches!(
        refresh.text("Status").unwrap_or_default(),
        "Successful" | "Failed" | "Cancelled" | "RollbackSuccessful" | "RollbackFailed"
    )
}

#[async_trait]
impl ScalingSettings for Aws {
    async fn processes(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        let region = self.account.region(&group.location)?;
        Ok(suspended(&self.existing(&region, &group.name).await?))
    }

    async fn set_processes(&self, group: &ServerGroupRef, names: &[String], suspend: bool) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        check_processes(names)?;
        let done = if suspend {
            self.suspend(&region, &group.name, names).await
        } else {
            self.resume(&region, &group.name, names).await
        };
        done.map_err(during(if suspend { "suspend processes" } else { "resume processes" }))
    }

    async fn put_policy(&self, group: &ServerGroupRef, policy: &Map) -> Result<String, Error> {
        let region = self.account.region(&group.location)?;
        let name = reading::first_text(policy, &["policyName", "name"])?;
        let name = name.ok_or_else(|| invalid("the scaling policy has no 'name'"))?;
        let mut params = Params::query().with("AutoScalingGroupName", &group.name).with("PolicyName", &name);
        let words = policy_words(policy);
        // Target tracking makes its own.
        let alarm = reading::object(policy, "alarm")?.filter(|_| !words.contains_key("targetTrackingConfiguration"));
        params.json("", &Value::Object(words));
        let put = async {
            if alarm.is_some() {
                self.put_tag(&region, &group.name, tags::ALARMS, "true").await?;
            }
            let answer = self.calls.query(Service::AutoScaling, &region, "PutScalingPolicy", &params).await?;
            match alarm {
                Some(alarm) => {
                    let arn = answer.string("PolicyARN");
                    self.put_alarm(&region, &Policy { group: &group.name, name: &name, arn: &arn }, alarm).await
                }
                None => Ok(()),
            }
        };
        put.await.map_err(during("put scaling policy"))?;
        Ok(name)
    }

    async fn delete_policy(&self, group: &ServerGroupRef, name: &str) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        // First the alarms: nobody knows any more which they were when the policy is gone.
        match self.delete_alarms(&region, &group.name, Some(name)).await.map_err(during("delete alarms")) {
            Err(error) if error.kind != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let params = Params::query().with("AutoScalingGroupName", &group.name).with("PolicyName", name);
        match self.calls.query(Service::AutoScaling, &region, "DeletePolicy", &params).await {
            Err(fault) if fault.error.kind != ErrorKind::NotFound => Err(fault.into()),
            _ => Ok(()),
        }
    }

    async fn put_schedule(&self, group: &ServerGroupRef, actions: &[Map]) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let mut params = Params::query().with("AutoScalingGroupName", &group.name);
        let words = actions.iter().map(|action| Value::Object(action_words(action))).collect();
        params.json("ScheduledUpdateGroupActions", &Value::Array(words));
        self.put_actions(&region, &params).await.map_err(during("put scheduled actions"))
    }

    async fn update_template(&self, group: &ServerGroupRef, changes: &Map) -> Result<(), Error> {
        self.change_template(group, changes).await.map_err(during("update launch template"))
    }

    async fn delete_template(&self, location: &str, name: &str) -> Result<(), Error> {
        let region = self.account.region(location)?;
        let key = if name.starts_with("lt-") { "LaunchTemplateId" } else { "LaunchTemplateName" };
        let name = if name.starts_with("lt-") { name.to_owned() } else { template_name(name) };
        Self::delete_template(self, &region, key, &name).await.map_err(during("delete launch template"))
    }

    async fn replace_instances(&self, group: &ServerGroupRef, preferences: &Map) -> Result<String, Error> {
        self.start_refresh(group, preferences).await.map_err(during("start instance refresh"))
    }

    async fn replacement(&self, group: &ServerGroupRef, id: &str) -> Result<Replacement, Error> {
        let region = self.account.region(&group.location)?;
        let params = Params::query().with("AutoScalingGroupName", &group.name).with_list("InstanceRefreshIds", [id]);
        let answer = self.calls.query(Service::AutoScaling, &region, "DescribeInstanceRefreshes", &params).await?;
        let refresh = answer.items("InstanceRefreshes").next().cloned().unwrap_or_default();
        let percentage = refresh.text("PercentageComplete").and_then(|text| text.parse().ok()).unwrap_or(0);
        let reason = refresh.text("StatusReason").map(str::to_owned);
        Ok(match refresh.text("Status").unwrap_or_default() {
            "Successful" => Replacement::Done,
            _ if is_running(&refresh) => Replacement::Running { percentage, reason },
            status => Replacement::Failed(reason.unwrap_or_else(|| format!("the instance refresh is {status}"))),
        })
    }

    async fn cancel_replacement(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let call = self.calls.autoscaling(&region).cancel_instance_refresh().auto_scaling_group_name(&group.name);
        match call.send().await.map_err(fault) {
            Err(fault) if fault.code != "ActiveInstanceRefreshNotFound" => Err(fault.into()),
            _ => Ok(()),
        }
    }
}

/// Keys of a policy that are AWS's, from Spinnaker's description.
fn policy_words(policy: &Map) -> Map {
    const PASSED: &[&str] = &[
        "adjustmentType",
        "cooldown",
        "enabled",
        "estimatedInstanceWarmup",
        "metricAggregationType",
        "minAdjustmentMagnitude",
        "policyType",
        "predictiveScalingConfiguration",
        "scalingAdjustment",
        "stepAdjustments",
        "targetTrackingConfiguration",
    ];
    let mut words: Map =
        policy.iter().filter(|(key, _)| PASSED.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
    words.retain(|_, value| !value.is_null());
    // Deck nests the two kinds of step and simple policies.
    for nested in ["step", "simple"] {
        if let Some(Value::Object(inside)) = policy.get(nested) {
            words.extend(inside.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    if let (false, Some(kind)) = (words.contains_key("policyType"), kind_of(&words)) {
        words.insert("policyType".to_owned(), kind.into());
    }
    let is_simple = words.get("policyType").is_some_and(|kind| kind == "SimpleScaling");
    if is_simple || words.get("policyType").is_some_and(|kind| kind == "StepScaling") {
        words.entry("adjustmentType").or_insert_with(|| "ChangeInCapacity".into());
    }
    if is_simple && policy.contains_key("simple") {
        words.entry("cooldown").or_insert_with(|| SIMPLE_COOLDOWN.into());
    }
    words
}

fn kind_of(words: &Map) -> Option<&'static str> {
    [
        ("targetTrackingConfiguration", "TargetTrackingScaling"),
        ("predictiveScalingConfiguration", "PredictiveScaling"),
        ("stepAdjustments", "StepScaling"),
        ("scalingAdjustment", "SimpleScaling"),
    ]
    .into_iter()
    .find(|(key, _)| words.contains_key(*key))
    .map(|(_, kind)| kind)
}

fn action_words(action: &Map) -> Map {
    let mut words = action.clone();
    if let Some(name) = words.shift_remove("name") {
        words.insert("scheduledActionName".to_owned(), name);
    }
    words
}

/// A schedule that still has an effect; a start that has passed is left out.
fn coming(mut action: Node, now: Timestamp) -> Option<Node> {
    let has_passed = |key: &str, action: &Node| {
        action.text(key).and_then(|time| time.parse::<Timestamp>().ok()).is_some_and(|time| time <= now)
    };
    if has_passed("EndTime", &action) {
        return None;
    }
    if has_passed("StartTime", &action) {
        action.text("Recurrence")?;
        action.children.retain(|child| child.name != "StartTime");
    }
    Some(action)
}

fn without(node: &Node, names: &[&str]) -> Node {
    let mut kept = node.clone();
    kept.children.retain(|child| !names.contains(&child.name.as_str()));
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schedules_that_have_passed_are_left_behind() {
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let action = |text: &str| Node::read(&format!("<member>{text}</member>")).unwrap();
        let once = action("<StartTime>2026-01-01T00:00:00Z</StartTime>");
        let daily = action("<StartTime>2026-01-01T00:00:00Z</StartTime><Recurrence>0 9 * * *</Recurrence>");
        let future = action("<StartTime>2027-01-01T00:00:00Z</StartTime>");
        assert_eq!(coming(once, now), None);
        assert_eq!(coming(daily, now), Some(action("<Recurrence>0 9 * * *</Recurrence>")));
        assert_eq!(coming(future.clone(), now), Some(future));
    }

    #[test]
    fn a_policy_of_deck_is_written_as_aws_wants_it() {
        let value = json!({
            "cloudProvider": "aws", "serverGroupName": "a-v000", "name": "p", "adjustmentType": "ChangeInCapacity",
            "step": {"stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}]},
        });
        let words = policy_words(value.as_object().unwrap());
        assert_eq!(words["policyType"], "StepScaling");
        assert!(!words.contains_key("name") && !words.contains_key("serverGroupName"));
        let value = json!({"simple": {"scalingAdjustment": -1}, "minAdjustmentMagnitude": null});
        let words = policy_words(value.as_object().unwrap());
        assert_eq!(
            Value::Object(words),
            json!({"scalingAdjustment": -1, "policyType": "SimpleScaling", "adjustmentType": "ChangeInCapacity", "cooldown": 600})
        );
    }
}
