//! Services as load balancers.

use async_trait::async_trait;
use serde_json::Value;

use super::kind::{self, ObjectKind};
use super::server_group::members_of;
use super::{Kubernetes, error};
use crate::model::{HealthState, LoadBalancer, LoadBalancerInstance, Map};
use crate::providers::{DeleteOptions, Error, ErrorKind, LoadBalancers, ManifestRef};

#[async_trait]
impl LoadBalancers for Kubernetes {
    async fn list(&self, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let mut found = Vec::new();
        for namespace in self.namespaces(None) {
            found.extend(match self.balancers_in(&namespace, name).await {
                Err(error) => self.balancers_in(self.home_instead(&namespace, error).await?, name).await?,
                Ok(balancers) => balancers,
            });
        }
        Ok(found)
    }

    async fn upsert(&self, _description: &Map) -> Result<LoadBalancer, Error> {
        Err(unsupported("upsert load balancer"))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        let name = name.strip_prefix("service ").unwrap_or(name);
        let target = ManifestRef { kind: "service".into(), name: name.into(), namespace: location.into() };
        self.remove(&target, DeleteOptions::default()).await
    }

    async fn check(&self, _description: &Map) -> Result<(), Error> {
        Err(unsupported("upsert load balancer"))
    }
}

fn unsupported(operation: &'static str) -> Error {
    error::new(operation, ErrorKind::Unsupported, "load balancers of kubernetes are Services, made from manifests")
        .with_details(vec!["use the 'deployManifest' stage".into()])
}

impl Kubernetes {
    /// Those of a namespace, or of all when it is empty.
    async fn balancers_in(&self, namespace: &str, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let parse = |kind: &str| ObjectKind::parse(kind);
        let services = self.cluster.resource_of(&parse("service")).await?;
        let pods = self.cluster.resource_of(&parse("pod")).await?;
        let sets = self.cluster.resource_of(&parse("replicaSet")).await?;
        let wanted = |service: &Value| {
            let own = kind::name(service).unwrap_or_default();
            let is_named = name.is_none_or(|name| name == own || name == format!("service {own}"));
            is_named && self.cluster.account.allows_namespace(kind::namespace(service))
        };
        let services = self.list_all(&services, namespace, &[]).await?.items;
        let services: Vec<Value> = services.into_iter().filter(wanted).collect();
        if services.is_empty() {
            return Ok(Vec::new());
        }
        let pods = self.cluster.pods(&pods.collection(namespace), &[], |pod| pod).await?;
        let owners = self.list_all(&sets, namespace, &[]).await?.items;
        Ok(services.iter().map(|service| self.load_balancer(service, &pods, &owners)).collect())
    }

    fn load_balancer(&self, service: &Value, pods: &[Value], owners: &[Value]) -> LoadBalancer {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ip = text(&service["spec"]["clusterIP"]);
        let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
        let listeners = ports.map(|port| format!("{ip}:{}", port["port"])).collect();
        let instances: Vec<LoadBalancerInstance> = members_of(service, pods, owners)
            .into_iter()
            .map(|(id, server_group, instance)| LoadBalancerInstance {
                id,
                server_group,
                address: instance.address.unwrap_or_default(),
                weight: 100,
                health_state: instance.health_state,
                connections: 0,
            })
            .collect();
        let up = instances.iter().any(|instance| instance.health_state == HealthState::Up);
        LoadBalancer {
            name: text(&service["metadata"]["name"]),
            cloud_provider: error::PROVIDER.to_owned(),
            account: self.cluster.account.name.clone(),
            region: kind::namespace(service).to_owned(),
            listeners,
            health_state: if up { HealthState::Up } else { HealthState::Down },
            instances,
            security_groups: Vec::new(),
        }
    }
}
