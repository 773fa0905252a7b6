//! Which resources serve a kind: asked of the server, so that old and new clusters and custom kinds work alike.

use std::time::Duration;

use serde_json::Value;

use super::client::{Cluster, encoded};
use super::error;
use super::kind::ObjectKind;
use crate::providers::{Error, ErrorKind, ManifestRef};

/// Versions of Kubernetes' own kinds, newest first, so that naming one needs no search.
const VERSIONS: &[(&str, &[&str])] = &[
    ("apiService", &["apiregistration.k8s.io/v1"]),
    ("clusterRole", &["rbac.authorization.k8s.io/v1"]),
    ("clusterRoleBinding", &["rbac.authorization.k8s.io/v1"]),
    ("cronJob", &["batch/v1", "batch/v1beta1"]),
    ("customResourceDefinition", &["apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"]),
    ("daemonSet", &["apps/v1"]),
    ("deployment", &["apps/v1"]),
    ("horizontalpodautoscaler", &["autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v1"]),
    ("ingress", &["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"]),
    ("job", &["batch/v1"]),
    ("networkPolicy", &["networking.k8s.io/v1"]),
    ("podDisruptionBudget", &["policy/v1", "policy/v1beta1"]),
    ("replicaSet", &["apps/v1"]),
    ("role", &["rbac.authorization.k8s.io/v1"]),
    ("roleBinding", &["rbac.authorization.k8s.io/v1"]),
    ("statefulSet", &["apps/v1"]),
    ("storageClass", &["storage.k8s.io/v1"]),
];

/// A resource the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// `apps/v1`.
    pub(super) api_version: String,
    /// `Deployment`.
    pub(super) kind: String,
    /// `deployments`.
    pub(super) plural: String,
    /// Whether its objects live in a namespace.
    pub(super) namespaced: bool,
}

impl Resource {
    /// The resources in the server's answer; subresources left out.
    pub(super) fn of_list(api_version: &str, list: &Value) -> Vec<Self> {
        let resources = list["resources"].as_array().into_iter().flatten();
        let read = |entry: &Value| {
            let plural = entry["name"].as_str().filter(|name| !name.contains('/'))?;
            Some(Self {
                api_version: api_version.to_owned(),
                kind: entry["kind"].as_str()?.to_owned(),
                plural: plural.to_owned(),
                namespaced: entry["namespaced"].as_bool().unwrap_or(false),
            })
        };
        resources.filter_map(read).collect()
    }

    /// Where its objects are; all namespaces when none is given.
    pub(super) fn collection(&self, namespace: &str) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        let within = match namespace {
            "" => String::new(),
            _ if !self.namespaced => String::new(),
            name => format!("/namespaces/{}", encoded(name)),
        };
        format!("/{root}/{}{within}/{}", self.api_version, self.plural)
    }

    /// Where an object is.
    pub(super) fn path(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.collection(namespace), encoded(name))
    }

    /// The kind as Spinnaker writes it.
    pub(super) fn spinnaker_kind(&self) -> ObjectKind {
        ObjectKind::new(&self.kind, Some(&self.api_version))
    }
}

impl Cluster {
    /// The resource of a manifest's `apiVersion` and `kind`.
    pub(super) async fn resource(&self, what: &str, api_version: &str, kind: &str) -> Result<Resource, Error> {
        let find = |resources: &[Resource]| resources.iter().find(|resource| resource.kind == kind).cloned();
        loop {
            let served = self.resources(api_version).await.map_err(|error| about(what, error))?;
            if let Some(found) = served.and_then(|resources| find(&resources)) {
                return Ok(found);
            }
            if !self.may_be_served_soon() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(self.not_served(what, api_version, kind).await)
    }

    /// The resource of a kind a document names without a version.
    pub(super) async fn resource_of(&self, kind: &ObjectKind) -> Result<Resource, Error> {
        let find = |resources: &[Resource]| {
            resources.iter().find(|resource| resource.kind.eq_ignore_ascii_case(kind.name())).cloned()
        };
        let versions = VERSIONS.iter().find(|(name, _)| kind.is(name)).map_or(&["v1"][..], |(_, versions)| *versions);
        if kind.group().is_none() {
            for version in versions {
                if let Some(found) = self.resources(version).await?.and_then(|resources| find(&resources)) {
                    return Ok(found);
                }
            }
        }
        for (group, versions) in self.groups().await? {
            if kind.group().is_some_and(|wanted| wanted != group) {
                continue;
            }
            for version in &versions {
                if let Some(found) = self.resources(version).await?.and_then(|resources| find(&resources)) {
                    return Ok(found);
                }
            }
        }
        Err(error::invalid("read", format!("the cluster serves no kind '{kind}'")).with_details(vec![
            "write custom kinds with their group, as in 'Gateway.networking.istio.io my-gateway'".into(),
        ]))
    }

    /// The resource of an object.
    pub(super) async fn resource_for(&self, target: &ManifestRef) -> Result<Resource, Error> {
        self.resource_of(&ObjectKind::parse(&target.kind)).await
    }

    /// Says what is served in place of what a manifest asks for.
    async fn not_served(&self, what: &str, api_version: &str, kind: &str) -> Error {
        let mut serving = Vec::new();
        let mut same_group = Vec::new();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        match self.groups().await {
            Err(error) => return error,
            Ok(groups) => {
                for (name, versions) in groups {
                    if name == group {
                        same_group = versions.clone();
                    }
                    for version in versions {
                        let resources = self.resources(&version).await.ok().flatten().unwrap_or_default();
                        serving.extend(resources.iter().filter(|it| it.kind.eq_ignore_ascii_case(kind)).cloned());
                    }
                }
            }
        }
        let mut details = Vec::new();
        let mut words: Vec<String> = serving.iter().map(|it| format!("{} {}", it.api_version, it.kind)).collect();
        words.dedup();
        if !words.is_empty() {
            details.push(format!("it serves {}", words.join(", ")));
        } else if same_group.is_empty() {
            details.push(format!("it serves nothing of group '{group}': is the definition of this kind installed?"));
        } else {
            details.push(format!("of group '{group}' it serves {}", same_group.join(", ")));
        }
        error::new("read", ErrorKind::Invalid, format!("{what}: the cluster does not serve {api_version} {kind}"))
            .with_details(details)
    }
}

/// An error of a look-up as one of the object that needs it.
fn about(what: &str, mut error: Error) -> Error {
    error.message = format!("{what}: {}", error.message);
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_follow_group_and_scope() {
        let list = json!({"resources": [
            {"name": "deployments", "kind": "Deployment", "namespaced": true},
            {"name": "deployments/scale", "kind": "Scale", "namespaced": true},
        ]});
        let resources = Resource::of_list("apps/v1", &list);
        assert_eq!(resources.len(), 1);
        assert_eq!(resources[0].path("prod", "web"), "/apis/apps/v1/namespaces/prod/deployments/web");
        assert_eq!(resources[0].collection(""), "/apis/apps/v1/deployments");
        let namespaces = Resource::of_list(
            "v1",
            &json!({"resources": [{"name": "namespaces", "kind": "Namespace", "namespaced": false}]}),
        );
        assert_eq!(namespaces[0].path("ignored", "prod"), "/api/v1/namespaces/prod");
        assert_eq!(resources[0].spinnaker_kind().to_string(), "deployment");
    }
}
