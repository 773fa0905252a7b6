//! Classic load balancers, in the words of Spinnaker's description of them.

use super::Aws;
use super::client::Service;
use super::error::PROVIDER;
use super::load_balancer::Site;
use super::params::Params;
use super::reading;
use super::xml::{Answer, Node};
use crate::model::{HealthState, LoadBalancer, LoadBalancerInstance, Map};
use crate::providers::{Error, ErrorKind};

impl Aws {
    async fn classic_one(&self, region: &str, name: &str) -> Result<Option<Node>, Error> {
        let names = [&name.to_owned()];
        let (key, list) = ("LoadBalancerNames", "LoadBalancerDescriptions");
        Ok(self.named(Service::Elb, region, "DescribeLoadBalancers", key, &names, list).await?.into_iter().next())
    }

    pub(super) async fn upsert_classic(&self, name: &str, description: &Map, site: &Site) -> Result<(), Error> {
        let mut wished = Params::query().with("LoadBalancerName", name);
        for (position, listener) in reading::objects(description, "listeners")?.iter().enumerate() {
            write_listener(&mut wished, position, listener)?;
        }
        let found = self.classic_one(&site.region, name).await?;
        match &found {
            None => {
                let mut params =
                    wished.with_list("Subnets", &site.subnets).with_list("SecurityGroups", &site.security_groups);
                if reading::flag(description, "isInternal")?.unwrap_or(false) {
                    params.set("Scheme", "internal");
                }
                self.calls.query(Service::Elb, &site.region, "CreateLoadBalancer", &params).await?;
            }
            Some(found) => {
                self.change_listeners(&site.region, name, description, found).await?;
                if !site.security_groups.is_empty() {
                    let params = Params::query().with("LoadBalancerName", name);
                    let params = params.with_list("SecurityGroups", &site.security_groups);
                    self.calls.query(Service::Elb, &site.region, "ApplySecurityGroupsToLoadBalancer", &params).await?;
                }
            }
        }
        self.configure_check(&site.region, name, description).await?;
        self.configure_attributes(&site.region, name, description).await
    }

    /// Adds listeners whose port there is none on yet, and replaces those that differ.
    async fn change_listeners(&self, region: &str, name: &str, description: &Map, found: &Node) -> Result<(), Error> {
        let present: Vec<String> =
            found.items("ListenerDescriptions").map(|one| one.string("Listener/LoadBalancerPort")).collect();
        let mut params = Params::query().with("LoadBalancerName", name);
        let mut position = 0;
        for listener in reading::objects(description, "listeners")? {
            let port = reading::text(&listener, "externalPort")?.unwrap_or_else(|| "80".to_owned());
            if !present.contains(&port) {
                write_listener(&mut params, position, &listener)?;
                position += 1;
            }
        }
        if position > 0 {
            self.calls.query(Service::Elb, region, "CreateLoadBalancerListeners", &params).await?;
        }
        Ok(())
    }

    async fn configure_check(&self, region: &str, name: &str, description: &Map) -> Result<(), Error> {
        let Some(target) = reading::text(description, "healthCheck")? else { return Ok(()) };
        let number = |key: &str, default: i32| Ok::<_, Error>(reading::integer(description, key)?.unwrap_or(default));
        let params = Params::query()
            .with("LoadBalancerName", name)
            .with("HealthCheck.Target", target)
            .with("HealthCheck.Interval", number("healthInterval", 10)?)
            .with("HealthCheck.Timeout", number("healthTimeout", 5)?)
            .with("HealthCheck.HealthyThreshold", number("healthyThreshold", 10)?)
            .with("HealthCheck.UnhealthyThreshold", number("unhealthyThreshold", 2)?);
        self.calls.query(Service::Elb, region, "ConfigureHealthCheck", &params).await?;
        Ok(())
    }

    async fn configure_attributes(&self, region: &str, name: &str, description: &Map) -> Result<(), Error> {
        let attributes = "LoadBalancerAttributes";
        let mut params = Params::query().with("LoadBalancerName", name);
        let before = params.pairs().len();
        if let Some(cross) = reading::flag(description, "crossZoneBalancing")? {
            params.set(&format!("{attributes}.CrossZoneLoadBalancing.Enabled"), cross);
        }
        if let Some(delay) = reading::integer(description, "deregistrationDelay")? {
            params.set(&format!("{attributes}.ConnectionDraining.Enabled"), delay > 0);
            params.set(&format!("{attributes}.ConnectionDraining.Timeout"), delay);
        }
        if let Some(idle) = reading::integer(description, "idleTimeout")? {
            params.set(&format!("{attributes}.ConnectionSettings.IdleTimeout"), idle);
        }
        if params.pairs().len() > before {
            self.calls.query(Service::Elb, region, "ModifyLoadBalancerAttributes", &params).await?;
        }
        Ok(())
    }

    pub(super) async fn delete_classic(&self, region: &str, name: &str) -> Result<(), Error> {
        let params = Params::query().with("LoadBalancerName", name);
        match self.calls.query(Service::Elb, region, "DeleteLoadBalancer", &params).await {
            Err(fault) if fault.error.kind != ErrorKind::NotFound => Err(fault.into()),
            _ => Ok(()),
        }
    }

    pub(super) async fn classic_balancers(&self, region: &str, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let nodes: Vec<Node> = match name {
            Some(name) => self.classic_one(region, name).await?.into_iter().collect(),
            None => {
                let call = (Service::Elb, region, "DescribeLoadBalancers");
                self.calls.pages(call, Params::query(), "LoadBalancerDescriptions", ("NextMarker", "Marker")).await?
            }
        };
        let mut found = Vec::new();
        for node in nodes {
            let mut balancer = self.shown_classic(region, &node);
            if name.is_some() {
                let health = self.classic_health(region, &balancer.name).await?;
                balancer.instances = health
                    .into_iter()
                    .map(|(id, target)| LoadBalancerInstance {
                        id,
                        health_state: target.state,
                        weight: 1,
                        ..LoadBalancerInstance::default()
                    })
                    .collect();
            }
            found.push(balancer);
        }
        Ok(found)
    }

    fn shown_classic(&self, region: &str, node: &Node) -> LoadBalancer {
        let dns = node.string("DNSName");
        let listener = |one: &Node| {
            format!("{} {dns}:{}", one.string("Listener/Protocol"), one.string("Listener/LoadBalancerPort"))
        };
        LoadBalancer {
            name: node.string("LoadBalancerName"),
            cloud_provider: PROVIDER.to_owned(),
            account: self.account.name.clone(),
            region: region.to_owned(),
            listeners: node.items("ListenerDescriptions").map(listener).collect(),
            health_state: HealthState::Up,
            instances: Vec::new(),
            security_groups: node.items("SecurityGroups").map(|group| group.content.clone()).collect(),
        }
    }
}

fn write_listener(params: &mut Params, position: usize, listener: &Map) -> Result<(), Error> {
    let item = params.item("Listeners", position);
    let protocol = reading::text(listener, "externalProtocol")?.unwrap_or_else(|| "HTTP".to_owned());
    let external = reading::integer(listener, "externalPort")?.unwrap_or(80);
    params.set(&format!("{item}.Protocol"), &protocol);
    params.set(&format!("{item}.LoadBalancerPort"), external);
    let inner = reading::text(listener, "internalProtocol")?.unwrap_or(protocol);
    params.set(&format!("{item}.InstanceProtocol"), inner);
    params.set(&format!("{item}.InstancePort"), reading::integer(listener, "internalPort")?.unwrap_or(external));
    params.set_some(&format!("{item}.SSLCertificateId"), reading::text(listener, "sslCertificateId")?);
    Ok(())
}
