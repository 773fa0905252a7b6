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
            Listener::of_wish(listener)?.write(&mut wished, position);
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

    /// Makes listeners that are missing, replaces those that differ, and removes those the description does not name,
    /// when it names any.
    async fn change_listeners(&self, region: &str, name: &str, description: &Map, found: &Node) -> Result<(), Error> {
        let wished = reading::objects(description, "listeners")?;
        if wished.is_empty() {
            return Ok(());
        }
        let present: Vec<Listener> = found.items("ListenerDescriptions").map(Listener::of_answer).collect();
        let wished = wished.iter().map(Listener::of_wish).collect::<Result<Vec<_>, Error>>()?;
        let going: Vec<&str> =
            present.iter().filter(|one| !wished.contains(one)).map(|one| one.external_port.as_str()).collect();
        if !going.is_empty() {
            let params = Params::query().with("LoadBalancerName", name).with_list("LoadBalancerPorts", going);
            self.calls.query(Service::Elb, region, "DeleteLoadBalancerListeners", &params).await?;
        }
        let coming: Vec<&Listener> = wished.iter().filter(|one| !present.contains(one)).collect();
        if !coming.is_empty() {
            let mut params = Params::query().with("LoadBalancerName", name);
            for (position, listener) in coming.into_iter().enumerate() {
                listener.write(&mut params, position);
            }
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

/// A listener, as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listener {
    protocol: String,
    external_port: String,
    inner_protocol: String,
    internal_port: String,
    certificate: Option<String>,
}

impl Listener {
    fn of_wish(wish: &Map) -> Result<Self, Error> {
        let protocol = reading::text(wish, "externalProtocol")?.unwrap_or_else(|| "HTTP".to_owned()).to_uppercase();
        let external = reading::integer(wish, "externalPort")?.unwrap_or(80);
        let inner = reading::text(wish, "internalProtocol")?.map(|inner| inner.to_uppercase());
        Ok(Self {
            // A certificate is for the outside.
            inner_protocol: inner.unwrap_or_else(|| match protocol.as_str() {
                "HTTPS" => "HTTP".to_owned(),
                "SSL" => "TCP".to_owned(),
                _ => protocol.clone(),
            }),
            protocol,
            external_port: external.to_string(),
            internal_port: reading::integer(wish, "internalPort")?.unwrap_or(external).to_string(),
            certificate: reading::first_text(wish, &["sslCertificateId", "sslCertificateName"])?,
        })
    }

    fn of_answer(node: &Node) -> Self {
        let text = |key: &str| node.string(&format!("Listener/{key}"));
        Self {
            protocol: text("Protocol").to_uppercase(),
            external_port: text("LoadBalancerPort"),
            inner_protocol: text("InstanceProtocol").to_uppercase(),
            internal_port: text("InstancePort"),
            certificate: Some(text("SSLCertificateId")).filter(|id| !id.is_empty() && id != "None"),
        }
    }

    fn write(&self, params: &mut Params, position: usize) {
        let item = params.item("Listeners", position);
        params.set(&format!("{item}.Protocol"), &self.protocol);
        params.set(&format!("{item}.LoadBalancerPort"), &self.external_port);
        params.set(&format!("{item}.InstanceProtocol"), &self.inner_protocol);
        params.set(&format!("{item}.InstancePort"), &self.internal_port);
        params.set_some(&format!("{item}.SSLCertificateId"), self.certificate.as_ref());
    }
}
