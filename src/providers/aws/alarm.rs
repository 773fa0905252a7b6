//! CloudWatch alarms that set off step and simple scaling policies: made with a policy, copied with it, removed with it.
//!
//! What CloudWatch says of an alarm is given back to it for another server group. Alarms of target tracking policies are
//! AWS's own: it makes and removes them.

use std::collections::BTreeMap;

use super::Aws;
use super::client::Service;
use super::error::invalid;
use super::params::Params;
use super::reading;
use super::xml::{Answer, Node};
use crate::model::Map;
use crate::providers::Error;

/// The dimension of metrics that are a group's.
pub(super) const GROUP_DIMENSION: &str = "AutoScalingGroupName";
/// What names of AWS's own alarms begin with.
const OF_TARGET_TRACKING: &str = "TargetTracking-";
/// Most names in one question.
const BATCH: usize = 100;
/// Longest name of an alarm.
const LONGEST: usize = 255;
/// Namespaces of metrics that each group has for itself.
const OF_GROUPS: [&str; 2] = ["AWS/AutoScaling", "AWS/EC2"];
/// Lists of what an alarm sets off.
const ACTIONS: [&str; 3] = ["AlarmActions", "InsufficientDataActions", "OKActions"];
/// What of an alarm makes another like it, besides what it sets off.
const GIVEN_BACK: &[&str] = &[
    "ActionsEnabled",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
];

/// From which server group to which alarms are carried over.
#[derive(Debug)]
pub(in crate::providers) struct Carried<'a> {
    /// Name of the server group they are of.
    pub(in crate::providers) from: &'a str,
    /// Its region.
    pub(in crate::providers) from_region: &'a str,
    /// Name of the server group they are for.
    pub(in crate::providers) to: &'a str,
    /// Its region.
    pub(in crate::providers) region: &'a str,
    /// The dimensions that say which server group a metric is of, and what they are to say.
    pub(in crate::providers) dimensions: &'a [(&'a str, &'a str)],
    /// ARNs of policies by those of the policies they were made after.
    pub(in crate::providers) policies: &'a BTreeMap<String, String>,
}

impl Carried<'_> {
    /// The name in the place of another: with the server group's name in the place of the other's, so that making it
    /// again makes nothing new.
    pub(in crate::providers) fn name(&self, name: &str) -> String {
        match !self.from.is_empty() && name.contains(self.from) {
            true => name.replace(self.from, self.to),
            false => name.to_owned(),
        }
    }

    fn alarm_name(&self, name: &str) -> String {
        let renamed = self.name(name);
        let renamed = if renamed == name { format!("{}-alarm-{name}", self.to) } else { renamed };
        renamed.chars().take(LONGEST).collect()
    }

    /// What an alarm sets off instead of this; nothing for what is of the other region only, as in Spinnaker.
    fn action(&self, arn: &str) -> Option<String> {
        match self.policies.get(arn) {
            Some(ours) => Some(ours.clone()),
            None if self.from_region != self.region && arn.contains(self.from_region) => None,
            None => Some(arn.to_owned()),
        }
    }

    fn request(&self, alarm: &Node) -> Params {
        let mut params =
            Params::query().with("AlarmName", self.alarm_name(alarm.text("AlarmName").unwrap_or_default()));
        let mut kept = redirected(alarm, self.dimensions);
        kept.children.retain(|child| GIVEN_BACK.contains(&child.name.as_str()));
        params.node("", &kept);
        for list in ACTIONS {
            params.list(list, alarm.items(list).filter_map(|action| self.action(&action.content)));
        }
        params
    }
}

/// The same with these values in every dimension of these names.
pub(super) fn redirected(node: &Node, dimensions: &[(&str, &str)]) -> Node {
    let mut node = node.clone();
    let meant = dimensions.iter().find(|(name, _)| node.text("Name") == Some(name));
    for child in &mut node.children {
        match meant.filter(|_| child.name == "Value") {
            Some((_, value)) => (*value).clone_into(&mut child.content),
            None => *child = redirected(child, dimensions),
        }
    }
    node
}

/// Names of a policy's alarms that are not AWS's own.
pub(super) fn names_of(policy: &Node) -> Vec<String> {
    let names = policy.items("Alarms").map(|alarm| alarm.string("AlarmName"));
    names.filter(|name| is_copied(name)).collect()
}

/// Whether an alarm of this name goes on with its policy: those of target tracking policies come by themselves.
pub(in crate::providers) fn is_copied(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(OF_TARGET_TRACKING)
}

impl Aws {
    /// Alarms of these names that there are.
    pub(in crate::providers) async fn alarms(&self, region: &str, names: &[String]) -> Result<Vec<Node>, Error> {
        let mut found = Vec::new();
        for names in names.chunks(BATCH) {
            let params = Params::query().with_list("AlarmNames", names);
            let call = (Service::CloudWatch, region, "DescribeAlarms");
            found.extend(self.calls.pages(call, params, "MetricAlarms", ("NextToken", "NextToken")).await?);
        }
        Ok(found)
    }

    /// Makes alarms like these for another server group.
    pub(in crate::providers) async fn carry_alarms(&self, alarms: &[Node], how: &Carried<'_>) -> Result<(), Error> {
        for alarm in alarms {
            self.calls.query(Service::CloudWatch, how.region, "PutMetricAlarm", &how.request(alarm)).await?;
        }
        Ok(())
    }

    /// Makes the alarm of a policy, in the words of Spinnaker's description of it, or changes the one of its name.
    pub(super) async fn put_alarm(&self, region: &str, policy: &Policy<'_>, wish: &Map) -> Result<(), Error> {
        let params = policy.alarm(wish)?;
        self.calls.query(Service::CloudWatch, region, "PutMetricAlarm", &params).await?;
        Ok(())
    }

    /// Removes those of these alarms that set off nothing but these policies.
    pub(in crate::providers) async fn delete_orphans(
        &self,
        region: &str,
        names: &[String],
        policies: &[String],
    ) -> Result<(), Error> {
        let alarms = self.alarms(region, names).await?;
        let is_orphan = |alarm: &&Node| alarm.items("AlarmActions").all(|action| policies.contains(&action.content));
        let orphans: Vec<String> = alarms.iter().filter(is_orphan).map(|alarm| alarm.string("AlarmName")).collect();
        for names in orphans.chunks(BATCH) {
            let params = Params::query().with_list("AlarmNames", names);
            self.calls.query(Service::CloudWatch, region, "DeleteAlarms", &params).await?;
        }
        Ok(())
    }

    /// Removes the alarms of a group's policies: those of one of them, or of all.
    pub(super) async fn delete_alarms(&self, region: &str, group: &str, policy: Option<&str>) -> Result<(), Error> {
        let params = Params::query().with("AutoScalingGroupName", group).with_list("PolicyNames", policy);
        let call = (Service::AutoScaling, region, "DescribePolicies");
        let policies = self.calls.pages(call, params, "ScalingPolicies", ("NextToken", "NextToken")).await?;
        let mut names: Vec<String> = policies.iter().flat_map(names_of).collect();
        names.sort();
        names.dedup();
        let arns: Vec<String> = policies.iter().map(|policy| policy.string("PolicyARN")).collect();
        self.delete_orphans(region, &names, &arns).await
    }
}

/// A policy that an alarm sets off.
pub(super) struct Policy<'a> {
    pub(super) group: &'a str,
    pub(super) name: &'a str,
    pub(super) arn: &'a str,
}

impl Policy<'_> {
    fn alarm(&self, wish: &Map) -> Result<Params, Error> {
        let lacking = |key: &str| invalid(format!("the 'alarm' of policy '{}' has no '{key}'", self.name));
        let metric = reading::text(wish, "metricName")?.ok_or_else(|| lacking("metricName"))?;
        let namespace = reading::text(wish, "namespace")?.ok_or_else(|| lacking("namespace"))?;
        let name = match reading::text(wish, "name")? {
            Some(name) => name,
            // Always the same, so that changing the policy changes its alarm.
            None => format!("{}-alarm-{metric}-{}", self.group, self.name).chars().take(LONGEST).collect(),
        };
        let mut params = Params::query().with("AlarmName", name).with("MetricName", metric);
        params.set("ActionsEnabled", reading::flag(wish, "actionsEnabled")?.unwrap_or(true));
        params.set("Period", reading::integer(wish, "period")?.unwrap_or(300));
        params.set("Statistic", reading::text(wish, "statistic")?.unwrap_or_else(|| "Average".to_owned()));
        params.set("EvaluationPeriods", reading::integer(wish, "evaluationPeriods")?.unwrap_or(1));
        for (key, param) in [("comparisonOperator", "ComparisonOperator"), ("threshold", "Threshold")] {
            params.set(param, reading::text(wish, key)?.ok_or_else(|| lacking(key))?);
        }
        params.set_some("AlarmDescription", reading::text(wish, "alarmDescription")?);
        params.set_some("Unit", reading::text(wish, "unit")?);
        params.set_some("TreatMissingData", reading::text(wish, "treatMissingData")?);
        let mut dimensions = Vec::new();
        for one in reading::objects(wish, "dimensions")? {
            let part = |key: &str| Ok::<_, Error>(reading::text(&one, key)?.unwrap_or_default());
            dimensions.push((part("name")?, part("value")?));
        }
        if dimensions.is_empty() && OF_GROUPS.contains(&namespace.as_str()) {
            dimensions.push((GROUP_DIMENSION.to_owned(), String::new()));
        }
        params.set("Namespace", namespace);
        for (position, (name, value)) in dimensions.into_iter().enumerate() {
            // A stage that finds its server group when it runs cannot name it.
            let is_ours = name == GROUP_DIMENSION && value.is_empty();
            let item = params.item("Dimensions", position);
            params.set(&format!("{item}.Name"), name);
            params.set(&format!("{item}.Value"), if is_ours { self.group } else { &value });
        }
        let mut actions = reading::texts(wish, "alarmActionArns")?;
        if !actions.iter().any(|action| action == self.arn) {
            actions.push(self.arn.to_owned());
        }
        params.list("AlarmActions", actions);
        params.list("InsufficientDataActions", reading::texts(wish, "insufficientDataActionArns")?);
        params.list("OKActions", reading::texts(wish, "okActionArns")?);
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(params: &Params) -> Vec<String> {
        params.pairs().iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn an_alarm_is_carried_to_another_group_and_sets_off_its_policy() {
        let alarm = Node::read(
            "<member><AlarmName>app-v000-alarm-cpu</AlarmName><StateValue>OK</StateValue><Dimensions><member>\
             <Name>AutoScalingGroupName</Name><Value>app-v000</Value></member></Dimensions><AlarmActions>\
             <member>arn:old</member><member>arn:us-east-1:topic</member></AlarmActions></member>",
        )
        .unwrap();
        let policies = BTreeMap::from([("arn:old".to_owned(), "arn:new".to_owned())]);
        let carried = |region| Carried {
            from: "app-v000",
            from_region: "us-east-1",
            to: "app-v001",
            region,
            dimensions: &[(GROUP_DIMENSION, "app-v001")],
            policies: &policies,
        };
        let here = written(&carried("us-east-1").request(&alarm));
        assert_eq!(
            here,
            [
                "AlarmName=app-v001-alarm-cpu",
                "Dimensions.member.1.Name=AutoScalingGroupName",
                "Dimensions.member.1.Value=app-v001",
                "AlarmActions.member.1=arn:new",
                "AlarmActions.member.2=arn:us-east-1:topic",
            ]
        );
        assert!(!written(&carried("us-west-2").request(&alarm)).iter().any(|pair| pair.contains("topic")));
        assert_eq!(carried("us-east-1").alarm_name("busy"), "app-v001-alarm-busy");
    }

    #[test]
    fn an_alarm_of_deck_is_written_as_cloud_watch_wants_it() {
        let policy = Policy { group: "app-v000", name: "up", arn: "arn:up" };
        let wish = json!({"metricName": "CPUUtilization", "namespace": "AWS/EC2", "threshold": 80,
            "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2});
        let pairs = written(&policy.alarm(wish.as_object().unwrap()).unwrap());
        for pair in [
            "AlarmName=app-v000-alarm-CPUUtilization-up",
            "Period=300",
            "Threshold=80",
            "Dimensions.member.1.Value=app-v000",
            "AlarmActions.member.1=arn:up",
        ] {
            assert!(pairs.iter().any(|one| one == pair), "{pair}: {pairs:?}");
        }
        let error = policy.alarm(json!({"metricName": "m"}).as_object().unwrap()).unwrap_err();
        assert!(error.message.contains("the 'alarm' of policy 'up' has no 'namespace'"), "{error}");
    }
}
