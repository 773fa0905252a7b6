//! Names a cluster gives, looked up: image, subnets, security groups, target groups, classic load balancers. Everything
//! that can be known to be wrong is found here, before anything is made.

use futures_util::future::{try_join, try_join3};

use super::Aws;
use super::ahead::about_subnets;
use super::client::Service;
use super::cluster::Cluster;
use super::error::{Fault, invalid};
use super::params::Params;
use super::xml::{Answer, Node};
use crate::model::{Image, Map};
use crate::providers::{Error, ErrorKind};

/// Key of the tag that Spinnaker keeps a subnet's purpose in.
const METADATA: &str = "immutable_metadata";

/// What a cluster's names stand for in one region.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) cluster: Cluster,
    pub(super) image: Image,
    pub(super) subnets: Vec<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) target_groups: Vec<String>,
}

impl Aws {
    /// Reads and resolves a cluster. What was resolved a moment ago for the same words is not asked for again.
    pub(super) async fn resolve(&self, region: &str, cluster: &Map) -> Result<Resolved, Error> {
        let key = format!("{region} {}", serde_json::Value::Object(cluster.clone()));
        if let Some(found) = self.resolved.get(&key) {
            return Ok(found);
        }
        let cluster = Cluster::parse(cluster, region)?;
        let wish = cluster.image.as_deref().unwrap_or_default();
        let (image, (subnets, vpc)) = try_join(self.image(region, wish), self.subnets(region, &cluster)).await?;
        let mut groups = cluster.security_groups.clone();
        groups.extend(
            self.account.security_groups.iter().filter(|name| !cluster.security_groups.contains(name)).cloned(),
        );
        let (security_groups, target_groups, ()) = try_join3(
            self.security_group_ids(region, &groups, &vpc),
            self.target_group_arns(region, &cluster.target_groups, &vpc),
            self.check_classic(region, &cluster.load_balancers),
        )
        .await?;
        let resolved = Resolved { cluster, image, subnets, security_groups, target_groups };
        self.resolved.put(key, resolved.clone());
        Ok(resolved)
    }

    /// The subnets instances go to, and their VPC.
    pub(super) async fn subnets(&self, region: &str, cluster: &Cluster) -> Result<(Vec<String>, String), Error> {
        if let Some(found) = self.ahead.subnets.take(&about_subnets(region, cluster)) {
            return found;
        }
        let params = if !cluster.subnet_ids.is_empty() {
            Params::ec2().with_list("SubnetId", &cluster.subnet_ids)
        } else if let Some(vpc) = &cluster.vpc {
            Params::ec2().with_filters(&[("vpc-id", std::slice::from_ref(vpc))])
        } else if cluster.subnet_type.is_some() {
            Params::ec2()
        } else {
            Params::ec2().with_filters(&[("default-for-az", &["true"])])
        };
        let call = (Service::Ec2, region, "DescribeSubnets");
        let found = self.calls.pages(call, params, "subnetSet", ("nextToken", "NextToken")).await;
        let mut found = found.map_err(|fault| missing(fault, &format!("subnets {}", cluster.subnet_ids.join(", "))))?;
        if let Some(purpose) = cluster.subnet_type.as_deref().filter(|_| cluster.subnet_ids.is_empty()) {
            let known = purposes(&found);
            found.retain(|subnet| has_purpose(subnet, purpose));
            if found.is_empty() {
                return Err(invalid(format!(
                    "no subnet in {region} has the purpose '{purpose}'; correct 'subnetType' ({}), or name 'subnetIds'",
                    if known.is_empty() { "no subnet has one".to_owned() } else { format!("there are {known}") }
                )));
            }
        }
        if !cluster.zones.is_empty() {
            found.retain(|subnet| {
                subnet.text("availabilityZone").is_some_and(|zone| cluster.zones.iter().any(|z| z == zone))
            });
            if found.is_empty() {
                return Err(invalid(format!(
                    "none of the cluster's subnets is in {}; correct 'availabilityZones'",
                    cluster.zones.join(", ")
                )));
            }
        }
        let Some(vpc) = found.first().map(|subnet| subnet.string("vpcId")) else {
            let what = cluster.vpc.as_ref().map_or_else(|| "default".to_owned(), |vpc| format!("{vpc}'s"));
            return Err(invalid(format!("{region} has no {what} subnets; name 'subnetType' or 'subnetIds'")));
        };
        if let Some(wished) = cluster.vpc.as_ref().filter(|wished| **wished != vpc) {
            return Err(in_other_network("subnet", &found[0].string("subnetId"), Some(&vpc), wished));
        }
        if let Some(other) = found.iter().find(|subnet| subnet.text("vpcId") != Some(&vpc)) {
            return Err(invalid(format!(
                "the cluster's subnets are in two networks, {vpc} and {}; name 'subnetIds' of one of them",
                other.string("vpcId")
            )));
        }
        let mut ids: Vec<(String, String)> =
            found.iter().map(|subnet| (subnet.string("availabilityZone"), subnet.string("subnetId"))).collect();
        ids.sort();
        if cluster.vpc.is_some() && cluster.subnet_ids.is_empty() && cluster.subnet_type.is_none() {
            // A network has several in a zone, of which a balancer takes one.
            ids.dedup_by(|one, other| one.0 == other.0);
        }
        Ok((ids.into_iter().map(|(_, id)| id).collect(), vpc))
    }

    /// Ids of security groups given by name or id.
    pub(super) async fn security_group_ids(
        &self,
        region: &str,
        wanted: &[String],
        vpc: &str,
    ) -> Result<Vec<String>, Error> {
        let (mut ids, names): (Vec<String>, Vec<String>) =
            wanted.iter().cloned().partition(|wanted| wanted.starts_with("sg-"));
        let call = (Service::Ec2, region, "DescribeSecurityGroups");
        let tokens = ("nextToken", "NextToken");
        if !ids.is_empty() {
            let params = Params::ec2().with_list("GroupId", &ids);
            let found = self.calls.pages(call, params, "securityGroupInfo", tokens).await;
            let found = found.map_err(|fault| missing(fault, &format!("security groups {}", ids.join(", "))))?;
            if let Some(other) = found.iter().find(|group| group.text("vpcId") != Some(vpc)) {
                return Err(in_other_network("security group", &other.string("groupId"), other.text("vpcId"), vpc));
            }
        }
        let mut unknown = Vec::new();
        for name in names {
            match self.firewall_ids.get(&format!("{region} {vpc} {name}")) {
                Some(id) => ids.push(id),
                None => unknown.push(name),
            }
        }
        if !unknown.is_empty() {
            let params =
                Params::ec2().with_filters(&[("group-name", unknown.as_slice()), ("vpc-id", &[vpc.to_owned()])]);
            let found = self.calls.pages(call, params, "securityGroupInfo", tokens).await.map_err(Error::from)?;
            for name in unknown {
                let group = found.iter().find(|group| group.text("groupName") == Some(&name));
                let group = group.ok_or_else(|| {
                    invalid(format!(
                        "security group '{name}' does not exist in network {vpc} of {region}; create it first \
                         (upsertSecurityGroup), or correct 'securityGroups'"
                    ))
                })?;
                ids.push(group.string("groupId"));
            }
        }
        Ok(ids)
    }

    /// The purpose that subnets have in common, as a document names it; the default ones need none.
    pub(super) async fn purpose_of(&self, region: &str, ids: &[String]) -> Result<Option<String>, Error> {
        if ids.is_empty() {
            return Ok(None);
        }
        let params = Params::ec2().with_list("SubnetId", ids);
        let found = self.calls.query(Service::Ec2, region, "DescribeSubnets", &params).await?;
        let subnets: Vec<&Node> = found.items("subnetSet").collect();
        let first = subnets.first().map(|subnet| purposes_of(subnet)).unwrap_or_default();
        let is_common = |purpose: &&String| subnets.iter().all(|subnet| has_purpose(subnet, purpose));
        Ok(first.iter().find(is_common).cloned())
    }

    /// Names of security groups given by id.
    pub(super) async fn security_group_names(&self, region: &str, ids: &[String]) -> Result<Vec<String>, Error> {
        let params = Params::ec2().with_list("GroupId", ids);
        let call = (Service::Ec2, region, "DescribeSecurityGroups");
        let found = self.calls.pages(call, params, "securityGroupInfo", ("nextToken", "NextToken")).await?;
        Ok(found.iter().map(|group| group.string("groupName")).collect())
    }

    pub(super) async fn target_group_arns(
        &self,
        region: &str,
        names: &[String],
        vpc: &str,
    ) -> Result<Vec<String>, Error> {
        let known: Vec<Option<String>> = names.iter().map(|name| self.known_target_group(region, name, vpc)).collect();
        let unknown = names.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(name, _)| name.clone());
        let found = self.target_groups_by_name(region, &unknown.collect::<Vec<_>>()).await?;
        let mut arns = Vec::new();
        for (name, known) in names.iter().zip(known) {
            if let Some(arn) = known {
                arns.push(arn);
                continue;
            }
            let group = found.iter().find(|group| {
                group.text("TargetGroupName") == Some(name) || group.text("TargetGroupArn") == Some(name)
            });
            let group = group.ok_or_else(|| {
                invalid(format!(
                    "target group '{name}' does not exist in {region}; create it first (upsertLoadBalancer), or correct \
                     'targetGroups'"
                ))
            })?;
            if group.text("VpcId").is_some_and(|other| other != vpc) {
                return Err(in_other_network("target group", name, group.text("VpcId"), vpc));
            }
            arns.push(group.string("TargetGroupArn"));
        }
        Ok(arns)
    }

    /// The ARN of a target group that told of its targets a moment ago. They are in its network: nothing else is let in.
    fn known_target_group(&self, region: &str, name: &str, vpc: &str) -> Option<String> {
        let (arn, instances) = self.balanced.get(&format!("{region} {name}"))?;
        let is_here = |id: &String| self.running.get(&format!("{region} {id}")).is_some_and(|one| one.vpc == vpc);
        instances.iter().any(is_here).then_some(arn)
    }

    /// Target groups of these names or ARNs that there are.
    pub(super) async fn target_groups_by_name(&self, region: &str, names: &[String]) -> Result<Vec<Node>, Error> {
        let (arns, names): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| name.starts_with("arn:"));
        let mut found = Vec::new();
        for (key, wanted) in [("TargetGroupArns", arns), ("Names", names)] {
            if wanted.is_empty() {
                continue;
            }
            found.extend(
                self.named(Service::Elbv2, region, "DescribeTargetGroups", key, &wanted, "TargetGroups").await?,
            );
        }
        Ok(found)
    }

    /// Things of these names that there are; one unknown name fails the whole call, so then each is asked for.
    pub(super) async fn named(
        &self,
        service: Service,
        region: &str,
        action: &str,
        key: &str,
        wanted: &[&String],
        list: &str,
    ) -> Result<Vec<Node>, Error> {
        let tokens = ("NextMarker", "Marker");
        let ask = |names: &[&String]| {
            let params = Params::query().with_list(key, names);
            async move { self.calls.pages((service, region, action), params, list, tokens).await }
        };
        match ask(wanted).await {
            Ok(found) => Ok(found),
            Err(fault) if fault.error.kind == ErrorKind::NotFound && wanted.len() == 1 => Ok(Vec::new()),
            Err(fault) if fault.error.kind == ErrorKind::NotFound => {
                let mut found = Vec::new();
                for name in wanted {
                    match ask(&[name]).await {
                        Ok(one) => found.extend(one),
                        Err(fault) if fault.error.kind == ErrorKind::NotFound => {}
                        Err(fault) => return Err(fault.into()),
                    }
                }
                Ok(found)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn check_classic(&self, region: &str, names: &[String]) -> Result<(), Error> {
        let wanted: Vec<&String> = names.iter().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let key = "LoadBalancerNames";
        let list = "LoadBalancerDescriptions";
        let found = self.named(Service::Elb, region, "DescribeLoadBalancers", key, &wanted, list).await?;
        for name in wanted {
            if found.iter().any(|balancer| balancer.text("LoadBalancerName") == Some(name)) {
                continue;
            }
            let names = [name];
            let newer = self.named(Service::Elbv2, region, "DescribeLoadBalancers", "Names", &names, "LoadBalancers");
            return Err(invalid(match newer.await?.is_empty() {
                true => format!(
                    "load balancer '{name}' does not exist in {region}; create it first (upsertLoadBalancer), or take it \
                     out of 'loadBalancers'"
                ),
                false => format!(
                    "load balancer '{name}' is no classic one; name its target groups in 'targetGroups' instead of it in \
                     'loadBalancers'"
                ),
            }));
        }
        Ok(())
    }
}

/// A description that names something that is not there is wrong.
fn missing(fault: Fault, what: &str) -> Error {
    match fault.error.kind {
        ErrorKind::NotFound | ErrorKind::Invalid => invalid(format!("{what} cannot be used: {}", fault.error.message)),
        _ => fault.into(),
    }
}

fn in_other_network(what: &str, name: &str, theirs: Option<&str>, vpc: &str) -> Error {
    invalid(format!(
        "{what} '{name}' is in network {}, but the cluster's subnets are in {vpc}; choose one of the same network",
        theirs.unwrap_or("EC2-Classic")
    ))
}

/// The purposes of a subnet: that of Spinnaker's tag, and those its name says as `vpc.purpose.zone`.
fn purposes_of(subnet: &Node) -> Vec<String> {
    let tags = subnet.tags("tagSet");
    let text = |key: &str| tags.get(key).and_then(|value| value.as_str());
    let mut purposes = Vec::new();
    if let Some(metadata) = text(METADATA).and_then(|text| serde_json::from_str::<Map>(text).ok()) {
        purposes.extend(metadata.get("purpose").and_then(|purpose| purpose.as_str()).map(str::to_owned));
    }
    if let Some(name) = text("Name").or_else(|| text("name")) {
        let parts: Vec<&str> = name.split('.').collect();
        if let [vpc, purpose, _zone] = parts.as_slice() {
            purposes.push(format!("{purpose} ({vpc})"));
            purposes.push((*purpose).to_owned());
        }
    }
    purposes
}

fn has_purpose(subnet: &Node, purpose: &str) -> bool {
    purposes_of(subnet).iter().any(|known| known == purpose)
}

fn purposes(subnets: &[Node]) -> String {
    let mut known: Vec<String> = subnets.iter().filter_map(|subnet| purposes_of(subnet).into_iter().next()).collect();
    known.sort();
    known.dedup();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_say_their_purpose_as_spinnaker_reads_it() {
        let subnet = |key: &str, value: &str| {
            let value = value.replace('"', "&quot;");
            let text = format!("<item><tagSet><item><key>{key}</key><value>{value}</value></item></tagSet></item>");
            Node::read(&text).unwrap()
        };
        let tagged = subnet(METADATA, r#"{"purpose": "internal", "target": "ec2"}"#);
        assert!(has_purpose(&tagged, "internal") && !has_purpose(&tagged, "external"));
        let named = subnet("Name", "main.internal.us-east-1a");
        assert!(has_purpose(&named, "internal (main)") && has_purpose(&named, "internal"));
        assert!(purposes_of(&subnet("Name", "a subnet")).is_empty());
        assert_eq!(purposes(&[tagged, named]), "internal, internal (main)");
    }
}
