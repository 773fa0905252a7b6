//! Security groups: their ingress rules are made what a stage says; rules it does not name go.
//!
//! A stage writes them as Spinnaker does: `ipIngress: [{cidr, type, startPort, endPort}]`, `securityGroupIngress: [{name
//! or id, type, startPort, endPort}]`, or in short `sourceRanges` with `port` and `protocol`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::Aws;
use super::client::{Service, once_visible};
use super::error::{PROVIDER, during, invalid};
use super::params::Params;
use super::reading;
use super::xml::{Answer, Node};
use crate::model::{Firewall, Map};
use crate::providers::{Error, ErrorKind, Firewalls};

/// Source of a rule that lets a group's own members in, until its id is known.
const ITSELF: &str = "itself";

/// One rule, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    protocol: String,
    from: i32,
    to: i32,
    /// A range in CIDR form, or the id of a security group.
    source: String,
}

impl Rule {
    /// The rule as `IpPermissions.N`.
    fn write(&self, params: &mut Params, position: usize) {
        let permission = params.item("IpPermissions", position);
        params.set(&format!("{permission}.IpProtocol"), &self.protocol);
        if self.protocol != "-1" {
            params.set(&format!("{permission}.FromPort"), self.from).set(&format!("{permission}.ToPort"), self.to);
        }
        let key = match &self.source {
            source if source.starts_with("sg-") => "Groups.1.GroupId",
            source if source.contains(':') => "Ipv6Ranges.1.CidrIpv6",
            _ => "IpRanges.1.CidrIp",
        };
        params.set(&format!("{permission}.{key}"), &self.source);
    }

    fn shown(&self) -> String {
        match self.protocol.as_str() {
            "-1" => format!("all from {}", self.source),
            protocol if self.from == self.to => format!("{protocol} {} from {}", self.from, self.source),
            protocol => format!("{protocol} {}-{} from {}", self.from, self.to, self.source),
        }
    }
}

/// The ingress rules of a group as EC2 tells them.
fn rules_of(group: &Node) -> BTreeSet<Rule> {
    let mut rules = BTreeSet::new();
    for permission in group.items("ipPermissions") {
        let port = |key: &str| permission.text(key).and_then(|text| text.parse().ok()).unwrap_or(-1);
        let sources = [("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6"), ("groups", "groupId")];
        for (list, key) in sources {
            rules.extend(permission.items(list).filter_map(|item| item.text(key)).map(|source| Rule {
                protocol: permission.string("ipProtocol"),
                from: port("fromPort"),
                to: port("toPort"),
                source: source.to_owned(),
            }));
        }
    }
    rules
}

fn shown(group: &Node, account: &str, region: &str) -> Firewall {
    let rules = rules_of(group);
    let ranges: BTreeSet<String> =
        rules.iter().map(|rule| rule.source.clone()).filter(|source| !source.starts_with("sg-")).collect();
    let details = json!({
        "id": group.text("groupId"),
        "vpcId": group.text("vpcId"),
        "rules": rules.iter().map(Rule::shown).collect::<Vec<_>>(),
    });
    Firewall {
        name: group.string("groupName"),
        cloud_provider: PROVIDER.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        source_ranges: ranges.into_iter().collect(),
        description: group.string("groupDescription"),
        details: if let Value::Object(details) = details { details } else { Map::new() },
    }
}

impl Aws {
    async fn security_groups(&self, region: &str, filters: &[(&str, &[String])]) -> Result<Vec<Node>, Error> {
        let call = (Service::Ec2, region, "DescribeSecurityGroups");
        let params = Params::ec2().with_filters(filters);
        Ok(self.calls.pages(call, params, "securityGroupInfo", ("nextToken", "NextToken")).await?)
    }

    /// The network a stage names by id or by name; the default one when it names none.
    pub(super) async fn vpc(&self, region: &str, wish: Option<&str>) -> Result<String, Error> {
        let params = match wish {
            Some(id) if id.starts_with("vpc-") => return Ok(id.to_owned()),
            Some(name) => Params::ec2().with_filters(&[("tag:Name", &[name])]),
            None => Params::ec2().with_filters(&[("is-default", &["true"])]),
        };
        let call = (Service::Ec2, region, "DescribeVpcs");
        let found = self.calls.pages(call, params, "vpcSet", ("nextToken", "NextToken")).await?;
        let what = wish.map_or_else(|| "default network".to_owned(), |name| format!("network '{name}'"));
        let found = found.first().map(|vpc| vpc.string("vpcId"));
        found.ok_or_else(|| invalid(format!("{region} has no {what}; name one in 'vpcId'")))
    }

    async fn wished_rules(&self, region: &str, vpc: &str, firewall: &Firewall) -> Result<BTreeSet<Rule>, Error> {
        let details = &firewall.details;
        let mut rules = BTreeSet::new();
        let mut with_cidr = BTreeSet::new();
        for rule in reading::objects(details, "ipIngress")? {
            let Some(source) = reading::text(&rule, "cidr")? else {
                return Err(invalid(format!("a rule in 'ipIngress' of '{}' has no 'cidr'", firewall.name)));
            };
            with_cidr.insert(source.clone());
            rules.insert(read_rule(&rule, source)?);
        }
        for source in firewall.source_ranges.iter().filter(|source| !with_cidr.contains(*source)) {
            // A stage's own `type` is not the rule's.
            let mut rule = details.clone();
            rule.retain(|key, _| matches!(key.as_str(), "port" | "protocol"));
            rules.insert(read_rule(&rule, source.clone())?);
        }
        for rule in reading::objects(details, "securityGroupIngress")? {
            let name = reading::first_text(&rule, &["id", "name", "securityGroupName"])?;
            let name = name.ok_or_else(|| invalid("a rule in 'securityGroupIngress' has no 'name'"))?;
            let source = match name == firewall.name {
                true => ITSELF.to_owned(),
                false => self.security_group_ids(region, &[name], vpc).await?.pop().unwrap_or_default(),
            };
            rules.insert(read_rule(&rule, source)?);
        }
        Ok(rules)
    }

    async fn upsert_group(&self, firewall: &Firewall) -> Result<(), Error> {
        let region = self.account.region(&firewall.region)?;
        let vpc = self.vpc(&region, reading::text(&firewall.details, "vpcId")?.as_deref()).await?;
        let name = [firewall.name.clone()];
        let network = [vpc.clone()];
        let filters = [("group-name", &name[..]), ("vpc-id", &network[..])];
        let wished = self.wished_rules(&region, &vpc, firewall).await?;
        let found = self.security_groups(&region, &filters).await?.into_iter().next();
        let (id, present) = match found {
            Some(group) => (group.string("groupId"), rules_of(&group)),
            None => (self.create_security_group(&region, &vpc, firewall).await?, BTreeSet::new()),
        };
        let with_id = |rule: Rule| match rule.source.as_str() {
            ITSELF => Rule { source: id.clone(), ..rule },
            _ => rule,
        };
        let wished: BTreeSet<Rule> = wished.into_iter().map(with_id).collect();
        let missing: Vec<&Rule> = wished.difference(&present).collect();
        let surplus: Vec<&Rule> = present.difference(&wished).collect();
        self.change_rules(&region, "AuthorizeSecurityGroupIngress", &id, &missing).await?;
        self.change_rules(&region, "RevokeSecurityGroupIngress", &id, &surplus).await
    }

    async fn create_security_group(&self, region: &str, vpc: &str, firewall: &Firewall) -> Result<String, Error> {
        let about = if firewall.description.is_empty() { &firewall.name } else { &firewall.description };
        let params = Params::ec2().with("GroupName", &firewall.name).with("GroupDescription", about).with("VpcId", vpc);
        let answer = self.calls.query(Service::Ec2, region, "CreateSecurityGroup", &params).await?;
        Ok(answer.string("groupId"))
    }

    async fn change_rules(&self, region: &str, action: &str, id: &str, rules: &[&Rule]) -> Result<(), Error> {
        if rules.is_empty() {
            return Ok(());
        }
        let mut params = Params::ec2().with("GroupId", id);
        rules.iter().enumerate().for_each(|(position, rule)| rule.write(&mut params, position));
        let changed = once_visible(|| self.calls.query(Service::Ec2, region, action, &params)).await;
        match changed {
            // Somebody else, or an earlier try, was faster.
            Err(fault)
                if matches!(fault.code.as_str(), "InvalidPermission.Duplicate" | "InvalidPermission.NotFound") =>
            {
                Ok(())
            }
            Err(fault) => Err(fault.into()),
            Ok(_) => Ok(()),
        }
    }

    async fn delete_group(&self, location: &str, name: &str) -> Result<(), Error> {
        let region = self.account.region(location)?;
        let wanted = [name.to_owned()];
        let filter = if name.starts_with("sg-") { "group-id" } else { "group-name" };
        let found = self.security_groups(&region, &[(filter, &wanted[..])]).await?;
        if let [_, _, ..] = found.as_slice() {
            let ids: Vec<String> = found.iter().map(|group| group.string("groupId")).collect();
            return Err(invalid(format!(
                "there are {} security groups '{name}' in {region}; name one by its id: {}",
                ids.len(),
                ids.join(", ")
            )));
        }
        for group in found {
            let params = Params::ec2().with("GroupId", group.string("groupId"));
            match self.calls.query(Service::Ec2, &region, "DeleteSecurityGroup", &params).await {
                Err(fault) if fault.code == "DependencyViolation" => {
                    let message = format!("security group '{name}' is in use in {region}; remove what uses it first");
                    return Err(Error::new(PROVIDER, "delete firewall", ErrorKind::Other, message));
                }
                Err(fault) if fault.error.kind != ErrorKind::NotFound => return Err(fault.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Protocol and ports of a rule; all of TCP when it names no port.
fn read_rule(rule: &Map, source: String) -> Result<Rule, Error> {
    let protocol = reading::first_text(rule, &["type", "ipProtocol", "protocol"])?.unwrap_or_else(|| "tcp".to_owned());
    if matches!(protocol.as_str(), "-1" | "all") {
        return Ok(Rule { protocol: "-1".to_owned(), from: -1, to: -1, source });
    }
    let number = |keys: [&str; 2]| -> Result<Option<i32>, Error> {
        for key in keys {
            if let Some(number) = reading::integer(rule, key)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    };
    let from = number(["startPort", "port"])?;
    let to = number(["endPort", "port"])?.or(from);
    let (least, most) = if protocol.starts_with("icmp") { (-1, -1) } else { (0, 65_535) };
    Ok(Rule { protocol, from: from.unwrap_or(least), to: to.unwrap_or(most), source })
}

#[async_trait]
impl Firewalls for Aws {
    async fn list(&self) -> Result<Vec<Firewall>, Error> {
        let regions = self.account.regions.iter().map(|region| async move {
            let found = self.security_groups(region, &[]).await?;
            Ok::<_, Error>(found.iter().map(|group| shown(group, &self.account.name, region)).collect::<Vec<_>>())
        });
        let found = try_join_all(regions).await.map_err(during("list firewalls"))?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn upsert(&self, firewall: &Firewall) -> Result<(), Error> {
        self.upsert_group(firewall).await.map_err(during("upsert firewall"))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        self.delete_group(location, name).await.map_err(during("delete firewall"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_compared_as_ec2_tells_them() {
        let group = Node::read(
            "<item><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>80</fromPort><toPort>80</toPort>\
             <ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges><groups><item><groupId>sg-1</groupId></item></groups>\
             </item><item><ipProtocol>-1</ipProtocol><ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item>\
             </ipPermissions></item>",
        )
        .unwrap();
        let rules = rules_of(&group);
        let Value::Object(wish) = json!({"type": "tcp", "startPort": 80, "endPort": "80"}) else { unreachable!() };
        assert!(rules.contains(&read_rule(&wish, "10.0.0.0/8".into()).unwrap()));
        assert!(rules.contains(&read_rule(&wish, "sg-1".into()).unwrap()));
        let shown: Vec<String> = rules.iter().map(Rule::shown).collect();
        assert_eq!(shown, ["all from ::/0", "tcp 80 from 10.0.0.0/8", "tcp 80 from sg-1"]);
    }
}
