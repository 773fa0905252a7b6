//! NetworkPolicies as firewalls.

use async_trait::async_trait;
use serde_json::Value;

use super::kind::{self, ObjectKind};
use super::{Kubernetes, error};
use crate::model::Firewall;
use crate::providers::{DeleteOptions, Error, ErrorKind, Firewalls, ManifestRef};

#[async_trait]
impl Firewalls for Kubernetes {
    async fn list(&self) -> Result<Vec<Firewall>, Error> {
        let policies = self.cluster.resource_of(&ObjectKind::parse("networkPolicy")).await?;
        let mut found = Vec::new();
        for namespace in self.namespaces(None) {
            let listed = match self.list_all(&policies, &namespace, &[]).await {
                Err(error) => self.list_all(&policies, self.home_instead(&namespace, error).await?, &[]).await?.items,
                Ok(listed) => listed.items,
            };
            let allowed = listed.iter().filter(|policy| self.cluster.account.allows_namespace(kind::namespace(policy)));
            found.extend(allowed.map(|policy| self.firewall(policy)));
        }
        Ok(found)
    }

    async fn upsert(&self, _firewall: &Firewall) -> Result<(), Error> {
        let message = "firewalls of kubernetes are NetworkPolicies, made from manifests";
        Err(error::new("upsert firewall", ErrorKind::Unsupported, message)
            .with_details(vec!["use the 'deployManifest' stage".into()]))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        let name = name.strip_prefix("networkPolicy ").unwrap_or(name);
        let target = ManifestRef { kind: "networkPolicy".into(), name: name.into(), namespace: location.into() };
        self.remove(&target, DeleteOptions::default()).await
    }
}

impl Kubernetes {
    fn firewall(&self, policy: &Value) -> Firewall {
        let rules = policy.pointer("/spec/ingress").and_then(Value::as_array).into_iter().flatten();
        let peers = rules.flat_map(|rule| rule["from"].as_array().into_iter().flatten());
        let source_ranges =
            peers.filter_map(|peer| peer.pointer("/ipBlock/cidr")?.as_str().map(str::to_owned)).collect();
        Firewall {
            name: kind::name(policy).unwrap_or_default().to_owned(),
            cloud_provider: error::PROVIDER.to_owned(),
            account: self.cluster.account.name.clone(),
            region: kind::namespace(policy).to_owned(),
            source_ranges,
            description: format!("NetworkPolicy for {}", policy.pointer("/spec/podSelector").unwrap_or(&Value::Null)),
            details: policy.get("spec").and_then(Value::as_object).cloned().unwrap_or_default(),
        }
    }
}
