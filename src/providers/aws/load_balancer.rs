//! Application and network load balancers with their target groups, listeners and rules, as Spinnaker's descriptions
//! write them; classic ones are in `classic.rs`.
//!
//! What a description names is made or changed. Listeners it does not name go when it names any, as in Spinnaker; target
//! groups are left, for other balancers and server groups may use them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::{join_all, try_join_all};

use super::Aws;
use super::client::{Service, once_visible};
use super::cluster::Cluster;
use super::error::{PROVIDER, during, invalid};
use super::group::target_group_name;
use super::params::Params;
use super::reading;
use super::xml::{Answer, Node};
use crate::model::{HealthState, LoadBalancer, LoadBalancerInstance, Map};
use crate::providers::{Error, ErrorKind, LoadBalancers};

/// Kinds of load balancers, in Spinnaker's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Application,
    Network,
    Classic,
}

fn kind_of(description: &Map) -> Result<Kind, Error> {
    let word = reading::text(description, "loadBalancerType")?.unwrap_or_else(|| {
        let is_classic =
            reading::objects(description, "listeners").is_ok_and(|l| l.iter().any(|l| l.contains_key("internalPort")));
        if is_classic { "classic".to_owned() } else { "application".to_owned() }
    });
    match word.as_str() {
        "application" => Ok(Kind::Application),
        "network" => Ok(Kind::Network),
        "classic" => Ok(Kind::Classic),
        other => Err(invalid(format!("'loadBalancerType' is '{other}'; write application, network or classic"))),
    }
}

fn name_of(description: &Map) -> Result<String, Error> {
    let name = reading::first_text(description, &["name", "loadBalancerName"])?;
    name.ok_or_else(|| invalid("the load balancer has no 'name'"))
}

/// Where a new balancer stands.
pub(super) struct Site {
    pub(super) region: String,
    pub(super) subnets: Vec<String>,
    /// Whether the description says which subnets: else a balancer keeps those it has.
    pub(super) is_said: bool,
    pub(super) vpc: String,
    pub(super) security_groups: Vec<String>,
}

impl Aws {
    /// Resolves region, subnets and security groups of a description.
    async fn site(&self, description: &Map) -> Result<Site, Error> {
        let zones = reading::object(description, "availabilityZones")?;
        let region = self.region_of(description)?;
        let vpc = match reading::text(description, "vpcId")?.filter(|vpc| !vpc.is_empty()) {
            Some(wish) => Some(self.vpc(&region, Some(&wish)).await?),
            None => None,
        };
        let is_narrowed = ["subnetType", "subnetIds"].iter().any(|key| description.contains_key(*key));
        let cluster = Cluster {
            vpc,
            subnet_type: reading::text(description, "subnetType")?,
            subnet_ids: reading::texts(description, "subnetIds")?,
            zones: match zones {
                Some(zones) => reading::texts(zones, &region)?,
                None => Vec::new(),
            },
            ..Cluster::default()
        };
        let (subnets, vpc) = self.subnets(&region, &cluster).await?;
        let names = reading::texts(description, "securityGroups")?;
        let security_groups = self.security_group_ids(&region, &names, &vpc).await?;
        let is_said = is_narrowed || !cluster.zones.is_empty();
        Ok(Site { region, subnets, is_said, vpc, security_groups })
    }

    fn region_of(&self, description: &Map) -> Result<String, Error> {
        let zones = reading::object(description, "availabilityZones")?;
        match reading::text(description, "region")? {
            Some(region) => self.account.region(&region),
            None => self.account.region(zones.and_then(|zones| zones.keys().next()).map_or("", String::as_str)),
        }
    }

    pub(super) async fn balancer(&self, region: &str, name: &str) -> Result<Option<Node>, Error> {
        let names = [&name.to_owned()];
        let found =
            self.named(Service::Elbv2, region, "DescribeLoadBalancers", "Names", &names, "LoadBalancers").await?;
        Ok(found.into_iter().next())
    }

    async fn upsert_balancer(&self, description: &Map) -> Result<LoadBalancer, Error> {
        let name = name_of(description)?;
        if description.contains_key("weights") {
            let region = self.region_of(description)?;
            self.shift_weights(&region, &name, description).await?;
            return self.listed(&region, &name).await;
        }
        let kind = kind_of(description)?;
        let site = self.site(description).await?;
        if kind == Kind::Classic {
            self.upsert_classic(&name, description, &site).await?;
            return self.listed(&site.region, &name).await;
        }
        let found = self.balancer(&site.region, &name).await?;
        let balancer = match found {
            Some(found) => {
                self.change_balancer(&site, &found, kind, &name).await?;
                found
            }
            None => self.create_balancer(&site, kind, &name, description).await?,
        };
        let arn = balancer.string("LoadBalancerArn");
        self.set_attributes(&site.region, &arn, description).await?;
        let mut targets = BTreeMap::new();
        for wish in reading::objects(description, "targetGroups")? {
            let (name, arn) = self.upsert_target_group(&site, &wish).await?;
            targets.insert(name, arn);
        }
        self.upsert_listeners(&site.region, &arn, description, &mut targets).await?;
        self.listed(&site.region, &name).await
    }

    async fn listed(&self, region: &str, name: &str) -> Result<LoadBalancer, Error> {
        let found = self.balancers_of(region, Some(name)).await?.into_iter().next();
        found.ok_or_else(|| invalid(format!("load balancer '{name}' is not there after it was made")))
    }

    async fn create_balancer(&self, site: &Site, kind: Kind, name: &str, description: &Map) -> Result<Node, Error> {
        let internal = reading::flag(description, "isInternal")?.unwrap_or(false);
        let mut params = Params::query()
            .with("Name", name)
            .with("Type", if kind == Kind::Network { "network" } else { "application" })
            .with("Scheme", if internal { "internal" } else { "internet-facing" })
            .with_list("Subnets", &site.subnets)
            .with_list("SecurityGroups", &site.security_groups);
        params.set_some("IpAddressType", reading::text(description, "ipAddressType")?);
        let answer = self.calls.query(Service::Elbv2, &site.region, "CreateLoadBalancer", &params).await?;
        Ok(answer.items("LoadBalancers").next().cloned().unwrap_or_default())
    }

    async fn change_balancer(&self, site: &Site, found: &Node, kind: Kind, name: &str) -> Result<(), Error> {
        let is_network = found.text("Type") == Some("network");
        if is_network != (kind == Kind::Network) {
            return Err(invalid(format!(
                "load balancer '{name}' is a {} one and stays so; choose another name, or delete it first",
                found.text("Type").unwrap_or("different")
            )));
        }
        let arn = found.string("LoadBalancerArn");
        let mut present: Vec<String> = found.items("SecurityGroups").map(|group| group.content.clone()).collect();
        let mut wished = site.security_groups.clone();
        present.sort();
        wished.sort();
        if !wished.is_empty() && present != wished {
            let params = Params::query().with("LoadBalancerArn", &arn).with_list("SecurityGroups", &wished);
            self.calls.query(Service::Elbv2, &site.region, "SetSecurityGroups", &params).await?;
        }
        let zones = found.items("AvailabilityZones");
        let mut present: Vec<String> = zones.map(|zone| zone.string("SubnetId")).collect();
        let mut wished = site.subnets.clone();
        present.sort();
        wished.sort();
        if site.is_said && present != wished {
            let params = Params::query().with("LoadBalancerArn", arn).with_list("Subnets", &wished);
            self.calls.query(Service::Elbv2, &site.region, "SetSubnets", &params).await?;
        }
        Ok(())
    }

    async fn set_attributes(&self, region: &str, arn: &str, description: &Map) -> Result<(), Error> {
        let attributes = [
            ("idleTimeout", "idle_timeout.timeout_seconds"),
            ("deletionProtection", "deletion_protection.enabled"),
            ("loadBalancingCrossZone", "load_balancing.cross_zone.enabled"),
        ];
        let mut params = Params::query().with("LoadBalancerArn", arn);
        let mut count = 0;
        for (key, attribute) in attributes {
            if let Some(value) = reading::text(description, key)? {
                let item = params.item("Attributes", count);
                params.set(&format!("{item}.Key"), attribute).set(&format!("{item}.Value"), value);
                count += 1;
            }
        }
        if count > 0 {
            self.calls.query(Service::Elbv2, region, "ModifyLoadBalancerAttributes", &params).await?;
        }
        Ok(())
    }

    /// Makes or changes a target group; its name and ARN.
    async fn upsert_target_group(&self, site: &Site, wish: &Map) -> Result<(String, String), Error> {
        let name = reading::first_text(wish, &["name", "targetGroupName"])?;
        let name = name.ok_or_else(|| invalid("a target group in 'targetGroups' has no 'name'"))?;
        let found = self.target_groups_by_name(&site.region, std::slice::from_ref(&name)).await?;
        let mut params = Params::query();
        health_check(&mut params, wish)?;
        let arn = match found.first() {
            Some(found) => {
                let arn = found.string("TargetGroupArn");
                if found.text("VpcId").is_some_and(|vpc| vpc != site.vpc) {
                    return Err(invalid(format!(
                        "target group '{name}' is in network {}, the load balancer in {}; choose another name",
                        found.string("VpcId"),
                        site.vpc
                    )));
                }
                params.set("TargetGroupArn", &arn);
                self.calls.query(Service::Elbv2, &site.region, "ModifyTargetGroup", &params).await?;
                arn
            }
            None => {
                params.set("Name", &name).set("VpcId", &site.vpc);
                params.set("Protocol", reading::text(wish, "protocol")?.unwrap_or_else(|| "HTTP".to_owned()));
                params.set("Port", reading::integer(wish, "port")?.unwrap_or(80));
                params.set("TargetType", reading::text(wish, "targetType")?.unwrap_or_else(|| "instance".to_owned()));
                let answer = self.calls.query(Service::Elbv2, &site.region, "CreateTargetGroup", &params).await?;
                answer.items("TargetGroups").next().map(|group| group.string("TargetGroupArn")).unwrap_or_default()
            }
        };
        if let Some(attributes) = reading::object(wish, "attributes")? {
            self.set_target_attributes(&site.region, &arn, attributes).await?;
        }
        Ok((name, arn))
    }

    async fn set_target_attributes(&self, region: &str, arn: &str, attributes: &Map) -> Result<(), Error> {
        const WORDS: &[(&str, &str)] = &[
            ("deregistrationDelay", "deregistration_delay.timeout_seconds"),
            ("proxyProtocolV2", "proxy_protocol_v2.enabled"),
            ("stickinessDuration", "stickiness.lb_cookie.duration_seconds"),
            ("stickinessEnabled", "stickiness.enabled"),
            ("stickinessType", "stickiness.type"),
        ];
        let mut params = Params::query().with("TargetGroupArn", arn);
        let mut count = 0;
        for (key, attribute) in WORDS {
            if let Some(value) = reading::text(attributes, key)? {
                let item = params.item("Attributes", count);
                params.set(&format!("{item}.Key"), attribute).set(&format!("{item}.Value"), value);
                count += 1;
            }
        }
        if count > 0 {
            once_visible(|| self.calls.query(Service::Elbv2, region, "ModifyTargetGroupAttributes", &params)).await?;
        }
        Ok(())
    }

    async fn delete_balancer(&self, location: &str, name: &str) -> Result<(), Error> {
        let region = self.account.region(location)?;
        let Some(found) = self.balancer(&region, name).await? else {
            return self.delete_classic(&region, name).await;
        };
        let arn = found.string("LoadBalancerArn");
        let groups = self.target_groups_of(&region, &arn).await?;
        let params = Params::query().with("LoadBalancerArn", arn);
        self.calls.query(Service::Elbv2, &region, "DeleteLoadBalancer", &params).await?;
        // Spinnaker removes its target groups with it, but not those that something else uses.
        for group in groups {
            let params = Params::query().with("TargetGroupArn", group.string("TargetGroupArn"));
            match self.calls.query(Service::Elbv2, &region, "DeleteTargetGroup", &params).await {
                Err(fault) if fault.code != "ResourceInUse" && fault.error.kind != ErrorKind::NotFound => {
                    return Err(fault.into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn target_groups_of(&self, region: &str, balancer: &str) -> Result<Vec<Node>, Error> {
        let params = Params::query().with("LoadBalancerArn", balancer);
        let call = (Service::Elbv2, region, "DescribeTargetGroups");
        match self.calls.pages(call, params, "TargetGroups", ("NextMarker", "Marker")).await {
            // A balancer that forwards to none.
            Err(fault) if fault.error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            other => Ok(other?),
        }
    }

    /// Balancers of a region, or the one of this name; members with their health only for the one.
    async fn balancers_of(&self, region: &str, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let nodes = match name {
            Some(name) => self.balancer(region, name).await?.into_iter().collect(),
            None => {
                let call = (Service::Elbv2, region, "DescribeLoadBalancers");
                self.calls.pages(call, Params::query(), "LoadBalancers", ("NextMarker", "Marker")).await?
            }
        };
        let shown = nodes.iter().map(|node| self.shown(region, node, name.is_some()));
        let mut found = try_join_all(shown).await?;
        found.extend(self.classic_balancers(region, name).await?);
        Ok(found)
    }

    async fn shown(&self, region: &str, node: &Node, with_members: bool) -> Result<LoadBalancer, Error> {
        let arn = node.string("LoadBalancerArn");
        let mut balancer = LoadBalancer {
            name: node.string("LoadBalancerName"),
            cloud_provider: PROVIDER.to_owned(),
            account: self.account.name.clone(),
            region: region.to_owned(),
            listeners: Vec::new(),
            health_state: match node.text("State/Code") {
                Some("active" | "active_impaired") => HealthState::Up,
                Some("provisioning") => HealthState::Starting,
                Some("failed") => HealthState::Down,
                _ => HealthState::Unknown,
            },
            instances: Vec::new(),
            security_groups: node.items("SecurityGroups").map(|group| group.content.clone()).collect(),
        };
        if !with_members {
            balancer.listeners = vec![node.string("DNSName")];
            return Ok(balancer);
        }
        let params = Params::query().with("LoadBalancerArn", &arn);
        let call = (Service::Elbv2, region, "DescribeListeners");
        let listeners = self.calls.pages(call, params, "Listeners", ("NextMarker", "Marker")).await?;
        let address =
            |one: &Node| format!("{} {}:{}", one.string("Protocol"), node.string("DNSName"), one.string("Port"));
        balancer.listeners = listeners.iter().map(address).collect();
        let groups = self.target_groups_of(region, &arn).await?;
        let health = join_all(groups.iter().map(|group| async {
            (group.string("TargetGroupArn"), self.target_health(region, &group.string("TargetGroupArn")).await)
        }));
        for (arn, targets) in health.await {
            balancer.instances.extend(targets?.into_iter().map(|(id, target)| LoadBalancerInstance {
                id,
                server_group: String::new(),
                address: target_group_name(&arn).to_owned(),
                weight: 1,
                health_state: target.state,
                connections: 0,
            }));
        }
        Ok(balancer)
    }

    async fn check_description(&self, description: &Map) -> Result<(), Error> {
        name_of(description)?;
        if description.contains_key("weights") {
            return self.region_of(description).map(|_| ());
        }
        kind_of(description)?;
        self.site(description).await.map(|_| ())
    }
}

/// Health check keys of a target group, the same in creating and changing.
fn health_check(params: &mut Params, wish: &Map) -> Result<(), Error> {
    const TEXTS: &[(&str, &str)] = &[
        ("healthCheckPath", "HealthCheckPath"),
        ("healthCheckPort", "HealthCheckPort"),
        ("healthCheckProtocol", "HealthCheckProtocol"),
        ("healthCheckInterval", "HealthCheckIntervalSeconds"),
        ("healthCheckTimeout", "HealthCheckTimeoutSeconds"),
        ("healthyThreshold", "HealthyThresholdCount"),
        ("unhealthyThreshold", "UnhealthyThresholdCount"),
        ("healthCheckMatcher", "Matcher.HttpCode"),
    ];
    for (key, parameter) in TEXTS {
        params.set_some(parameter, reading::text(wish, key)?);
    }
    Ok(())
}

#[async_trait]
impl LoadBalancers for Aws {
    async fn list(&self, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let found = try_join_all(self.account.regions.iter().map(|region| self.balancers_of(region, name))).await;
        Ok(found.map_err(during("list load balancers"))?.into_iter().flatten().collect())
    }

    async fn upsert(&self, description: &Map) -> Result<LoadBalancer, Error> {
        self.upsert_balancer(description).await.map_err(during("upsert load balancer"))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        self.delete_balancer(location, name).await.map_err(during("delete load balancer"))
    }

    async fn check(&self, description: &Map) -> Result<(), Error> {
        self.check_description(description).await.map_err(during("check load balancer"))
    }
}
