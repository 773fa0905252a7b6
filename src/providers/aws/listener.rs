//! Listeners and rules of application and network load balancers, and the weights of the target groups they forward to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Aws;
use super::client::Service;
use super::error::invalid;
use super::params::Params;
use super::reading;
use super::xml::{Answer, Node};
use crate::model::Map;
use crate::providers::Error;

/// Target groups by ARN with their share of traffic.
type Weights = BTreeMap<String, i64>;

impl Aws {
    pub(super) async fn upsert_listeners(
        &self,
        region: &str,
        balancer: &str,
        description: &Map,
        targets: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let wished = reading::objects(description, "listeners")?;
        if wished.is_empty() {
            return Ok(());
        }
        let present = self.listeners(region, balancer).await?;
        let mut kept = Vec::new();
        for wish in wished {
            let port = reading::integer(&wish, "port")?.unwrap_or(80);
            let mut params = Params::query();
            params.set("Protocol", reading::text(&wish, "protocol")?.unwrap_or_else(|| "HTTP".to_owned()));
            params.set("Port", port);
            params.set_some("SslPolicy", reading::text(&wish, "sslPolicy")?);
            for (position, certificate) in reading::objects(&wish, "certificates")?.iter().enumerate() {
                let item = params.item("Certificates", position);
                params.set_some(&format!("{item}.CertificateArn"), reading::text(certificate, "certificateArn")?);
            }
            let actions = self.actions(region, &reading::objects(&wish, "defaultActions")?, targets).await?;
            params.json("DefaultActions", &actions);
            let found = present.iter().find(|listener| listener.text("Port") == Some(&port.to_string()));
            kept.push(port.to_string());
            let listener = match found {
                Some(found) => {
                    let arn = found.string("ListenerArn");
                    params.set("ListenerArn", &arn);
                    self.calls.query(Service::Elbv2, region, "ModifyListener", &params).await?;
                    arn
                }
                None => {
                    params.set("LoadBalancerArn", balancer);
                    let answer = self.calls.query(Service::Elbv2, region, "CreateListener", &params).await?;
                    answer.items("Listeners").next().map(|one| one.string("ListenerArn")).unwrap_or_default()
                }
            };
            self.upsert_rules(region, &listener, &reading::objects(&wish, "rules")?, targets).await?;
        }
        for listener in present.iter().filter(|one| !kept.iter().any(|port| one.text("Port") == Some(port))) {
            let params = Params::query().with("ListenerArn", listener.string("ListenerArn"));
            self.calls.query(Service::Elbv2, region, "DeleteListener", &params).await?;
        }
        Ok(())
    }

    async fn listeners(&self, region: &str, balancer: &str) -> Result<Vec<Node>, Error> {
        let params = Params::query().with("LoadBalancerArn", balancer);
        let call = (Service::Elbv2, region, "DescribeListeners");
        Ok(self.calls.pages(call, params, "Listeners", ("NextMarker", "Marker")).await?)
    }

    async fn rules(&self, region: &str, listener: &str) -> Result<Vec<Node>, Error> {
        let params = Params::query().with("ListenerArn", listener);
        let call = (Service::Elbv2, region, "DescribeRules");
        let found = self.calls.pages(call, params, "Rules", ("NextMarker", "Marker")).await?;
        Ok(found.into_iter().filter(|rule| rule.text("Priority") != Some("default")).collect())
    }

    /// Rules are told apart by priority; those the description does not name go when it names any.
    async fn upsert_rules(
        &self,
        region: &str,
        listener: &str,
        wished: &[Map],
        targets: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        if wished.is_empty() {
            return Ok(());
        }
        let present = self.rules(region, listener).await?;
        let mut kept = Vec::new();
        for (position, wish) in wished.iter().enumerate() {
            let priority = reading::text(wish, "priority")?.unwrap_or_else(|| (position + 1).to_string());
            let mut params = Params::query();
            let conditions = wish.get("conditions").cloned().unwrap_or_else(|| json!([]));
            params.json("Conditions", &conditions);
            params.json("Actions", &self.actions(region, &reading::objects(wish, "actions")?, targets).await?);
            let found = present.iter().find(|rule| rule.text("Priority") == Some(&priority));
            kept.push(priority.clone());
            match found {
                Some(rule) => {
                    params.set("RuleArn", rule.string("RuleArn"));
                    self.calls.query(Service::Elbv2, region, "ModifyRule", &params).await?;
                }
                None => {
                    params.set("ListenerArn", listener).set("Priority", priority);
                    self.calls.query(Service::Elbv2, region, "CreateRule", &params).await?;
                }
            }
        }
        for rule in present.iter().filter(|rule| !kept.iter().any(|priority| rule.text("Priority") == Some(priority))) {
            let params = Params::query().with("RuleArn", rule.string("RuleArn"));
            self.calls.query(Service::Elbv2, region, "DeleteRule", &params).await?;
        }
        Ok(())
    }

    /// Actions with target groups' names in the place of ARNs; weighted ones for canaries under `forwardConfig`.
    async fn actions(
        &self,
        region: &str,
        wished: &[Map],
        targets: &mut BTreeMap<String, String>,
    ) -> Result<Value, Error> {
        let mut actions = Vec::new();
        for wish in wished {
            let mut action = wish.clone();
            if let Some(name) = reading::text(wish, "targetGroupName")? {
                action.shift_remove("targetGroupName");
                action.insert("targetGroupArn".to_owned(), self.target_arn(region, &name, targets).await?.into());
            }
            if let Some(config) = reading::object(wish, "forwardConfig")? {
                let mut groups = Vec::new();
                for group in reading::objects(config, "targetGroups")? {
                    let name = reading::first_text(&group, &["targetGroupName", "name", "targetGroupArn"])?;
                    let name =
                        name.ok_or_else(|| invalid("a target group in 'forwardConfig' has no 'targetGroupName'"))?;
                    let arn = self.target_arn(region, &name, targets).await?;
                    groups.push(json!({"targetGroupArn": arn, "weight": group.get("weight")}));
                }
                let mut config = config.clone();
                config.insert("targetGroups".to_owned(), Value::Array(groups));
                action.insert("forwardConfig".to_owned(), Value::Object(config));
            }
            // Deck keeps what it shows beside what AWS takes.
            action.entry("type").or_insert_with(|| "forward".into());
            actions.push(Value::Object(action));
        }
        Ok(Value::Array(actions))
    }

    async fn target_arn(
        &self,
        region: &str,
        name: &str,
        targets: &mut BTreeMap<String, String>,
    ) -> Result<String, Error> {
        if name.starts_with("arn:") {
            return Ok(name.to_owned());
        }
        if let Some(arn) = targets.get(name) {
            return Ok(arn.clone());
        }
        let found = self.target_groups_by_name(region, &[name.to_owned()]).await?;
        let arn = found.first().map(|group| group.string("TargetGroupArn"));
        let arn =
            arn.ok_or_else(|| invalid(format!("target group '{name}' of a listener does not exist in {region}")))?;
        targets.insert(name.to_owned(), arn.clone());
        Ok(arn)
    }

    /// Gives target groups the shares of traffic a description names under `weights`, wherever the balancer forwards to
    /// any of them. What is as it should be is not touched.
    pub(super) async fn shift_weights(&self, region: &str, name: &str, description: &Map) -> Result<(), Error> {
        let Some(balancer) = self.balancer(region, name).await? else {
            return Err(invalid(format!("load balancer '{name}' does not exist in {region}; create it first")));
        };
        let mut weights = Weights::new();
        for (group, weight) in reading::object(description, "weights")?.into_iter().flatten() {
            let whole = weight.as_i64().or_else(|| weight.as_str()?.trim().parse().ok());
            let weight = whole.filter(|weight| (0..=999).contains(weight)).ok_or_else(|| {
                invalid(format!("'weights' gives target group '{group}' {weight}; write a number from 0 to 999"))
            })?;
            weights.insert(self.target_arn(region, group, &mut BTreeMap::new()).await?, weight);
        }
        if weights.values().all(|weight| *weight == 0) {
            return Err(invalid("'weights' leaves no target group any traffic; give at least one more than 0"));
        }
        let mut is_found = false;
        for listener in self.listeners(region, &balancer.string("LoadBalancerArn")).await? {
            is_found |=
                self.shift(region, &listener, ("ModifyListener", "ListenerArn", "DefaultActions"), &weights).await?;
            for rule in self.rules(region, &listener.string("ListenerArn")).await? {
                is_found |= self.shift(region, &rule, ("ModifyRule", "RuleArn", "Actions"), &weights).await?;
            }
        }
        match is_found {
            true => Ok(()),
            false => Err(invalid(format!(
                "no listener of load balancer '{name}' forwards to any target group of 'weights'; describe its listeners"
            ))),
        }
    }

    /// Whether a listener or rule forwards to any of the target groups; it does so with these weights then.
    async fn shift(
        &self,
        region: &str,
        owner: &Node,
        (action, key, list): (&str, &str, &str),
        weights: &Weights,
    ) -> Result<bool, Error> {
        let actions: Vec<&Node> = owner.items(list).collect();
        let forwards = |node: &Node| forwarded(node).keys().any(|arn| weights.contains_key(arn));
        let concerned: Vec<&Node> = actions.iter().copied().filter(|node| forwards(node)).collect();
        if concerned.is_empty() {
            return Ok(false);
        }
        if concerned.iter().all(|node| forwarded(node) == *weights) {
            return Ok(true);
        }
        let mut params = Params::query().with(key, owner.string(key));
        for (position, node) in actions.iter().enumerate() {
            let item = params.item(list, position);
            match forwards(node) {
                false => params.node(&item, node),
                true => params.json(&item, &weighted(node, weights)),
            };
        }
        self.calls.query(Service::Elbv2, region, action, &params).await?;
        Ok(true)
    }
}

/// Target groups an action forwards to; one that stands alone has all.
fn forwarded(action: &Node) -> Weights {
    let config = action.child("ForwardConfig").map(|config| config.items("TargetGroups").collect::<Vec<_>>());
    let listed: Weights = config
        .unwrap_or_default()
        .into_iter()
        .map(|group| {
            let weight = group.text("Weight").and_then(|weight| weight.parse().ok()).unwrap_or(1);
            (group.string("TargetGroupArn"), weight)
        })
        .collect();
    match (listed.is_empty(), action.text("TargetGroupArn")) {
        (true, Some(arn)) => BTreeMap::from([(arn.to_owned(), 1)]),
        _ => listed,
    }
}

/// A forward action with these weights, and the stickiness it had.
fn weighted(action: &Node, weights: &Weights) -> Value {
    let groups: Vec<Value> =
        weights.iter().map(|(arn, weight)| json!({"targetGroupArn": arn, "weight": weight})).collect();
    let sticky = "ForwardConfig/TargetGroupStickinessConfig";
    let mut config = json!({"targetGroups": groups});
    if let Some(enabled) = action.text(&format!("{sticky}/Enabled")) {
        let mut stickiness = json!({"enabled": enabled});
        if let Some(seconds) = action.text(&format!("{sticky}/DurationSeconds")) {
            stickiness["durationSeconds"] = seconds.into();
        }
        config["targetGroupStickinessConfig"] = stickiness;
    }
    json!({"type": "forward", "order": action.text("Order"), "forwardConfig": config})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_from_either_form_of_forwarding() {
        let alone = Node::read("<member><Type>forward</Type><TargetGroupArn>a</TargetGroupArn></member>").unwrap();
        assert_eq!(forwarded(&alone), BTreeMap::from([("a".to_owned(), 1)]));
        let several = Node::read(
            "<member><ForwardConfig><TargetGroups><member><TargetGroupArn>a</TargetGroupArn><Weight>90</Weight></member>\
             <member><TargetGroupArn>b</TargetGroupArn><Weight>10</Weight></member></TargetGroups>\
             <TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>60</DurationSeconds>\
             </TargetGroupStickinessConfig></ForwardConfig></member>",
        )
        .unwrap();
        let weights = BTreeMap::from([("a".to_owned(), 90), ("b".to_owned(), 10)]);
        assert_eq!(forwarded(&several), weights);
        let written = weighted(&several, &weights);
        assert_eq!(written["forwardConfig"]["targetGroups"][1], json!({"targetGroupArn": "b", "weight": 10}));
        assert_eq!(written["forwardConfig"]["targetGroupStickinessConfig"]["durationSeconds"], "60");
    }
}
