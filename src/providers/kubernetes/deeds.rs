//! What an account must be allowed for a deployment: verbs on kinds in namespaces, from the manifests alone.

use serde_json::Value;

use super::annotations::{self, Deploy, Strategy};
use super::kind::{self, ObjectKind};
use super::{Kubernetes, error, selector, version};
use crate::providers::{AccountDeed, Error, ManifestDeploy};

const OPERATION: &str = "check account";

impl Kubernetes {
    pub(super) async fn deeds_of(&self, deploy: &ManifestDeploy) -> Result<Vec<AccountDeed>, Error> {
        let mut deeds = Vec::new();
        let default = self.cluster.namespace().await?;
        for manifest in deploy.manifests.iter().filter(|it| selector::selects(&deploy.selectors, it)) {
            let kind = ObjectKind::of(manifest).map_err(error::of_manifest(OPERATION))?;
            let namespaced = match kind.known() {
                Some(known) => known.namespaced,
                // A kind that is not served yet is taken for one that lives in a namespace, as most do.
                None => self.cluster.resource_of(&kind).await.map_or(true, |resource| resource.namespaced),
            };
            let place = match (&deploy.namespace, kind::namespace(manifest)) {
                _ if !namespaced => "",
                (Some(namespace), _) => namespace,
                (None, "") => default,
                (None, given) => given,
            };
            let mut add = |kind: &str, verbs: &[&str]| {
                deeds.extend(verbs.iter().map(|verb| AccountDeed {
                    place: place.to_owned(),
                    kind: kind.to_owned(),
                    verb: (*verb).to_owned(),
                    ..AccountDeed::default()
                }));
            };
            add(&kind.to_string(), &verbs(manifest, deploy)?);
            if kind.known().is_some_and(|known| known.receives_traffic) || kind.is("job") || kind.is("cronJob") {
                // What is waited for, and why it is not there.
                add("pod", &["list"]);
                add("event", &["list"]);
            }
            if kind.is("deployment") {
                add("replicaSet", &["list"]);
            }
            let services = deploy.services.iter().cloned().chain(annotations::load_balancers(manifest));
            if kind.known().is_some_and(|known| known.receives_traffic) && services.count() > 0 {
                add("service", &["get"]);
            }
        }
        Ok(deeds)
    }
}

/// What is done with the object of a manifest, and with its other versions.
fn verbs(manifest: &Value, deploy: &ManifestDeploy) -> Result<Vec<&'static str>, Error> {
    let strategy = Strategy::of(manifest);
    let mut verbs = vec!["get"];
    verbs.extend(match strategy.deploy {
        Deploy::Recreate => &["create", "delete"][..],
        Deploy::Replace => &["create", "update"],
        _ if kind::generate_name(manifest).is_some() => &["create"],
        _ => &["create", "patch"],
    });
    if version::is_versioned(manifest, deploy.versioned).map_err(error::of_manifest(OPERATION))? {
        verbs.push("list");
    }
    if strategy.max_version_history.is_some() && !verbs.contains(&"delete") {
        verbs.push("delete");
    }
    Ok(verbs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn verbs_follow_kind_and_strategy() {
        let of = |kind: &str, key: &str| {
            let manifest =
                json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "annotations": {key: "true"}}});
            verbs(&manifest, &ManifestDeploy::default()).unwrap()
        };
        assert_eq!(of("Service", "x"), ["get", "create", "patch"]);
        assert_eq!(of("ConfigMap", "x"), ["get", "create", "patch", "list"]);
        assert_eq!(of("Service", "strategy.spinnaker.io/recreate"), ["get", "create", "delete"]);
        assert_eq!(of("Service", "strategy.spinnaker.io/replace"), ["get", "create", "update"]);
    }
}
