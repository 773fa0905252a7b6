//! The order manifests of one stage are deployed in: namespaces first, what depends on others later.

use serde_json::Value;

use super::kind::{InvalidManifest, ObjectKind};

/// Priority of kinds nothing is known of.
pub const LAST: u32 = 1000;

/// Place of a kind in the order, low first.
///
/// # Errors
/// Kubernetes alone makes objects of this kind.
pub fn priority(kind: &ObjectKind) -> Result<u32, InvalidManifest> {
    let Some(known) = kind.known() else { return Ok(LAST) };
    let plural = if kind.is("event") { "events" } else { "controller revisions" };
    known.priority.ok_or(InvalidManifest::NotDeployed(plural))
}

/// Sorts manifests for deployment; those of one priority stay as they were written.
///
/// # Errors
/// A manifest has no kind, or one that is never deployed.
pub fn sort(manifests: Vec<Value>) -> Result<Vec<Value>, InvalidManifest> {
    let mut ordered = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        ordered.push((priority(&ObjectKind::of(&manifest)?)?, manifest));
    }
    ordered.sort_by_key(|(priority, _)| *priority);
    Ok(ordered.into_iter().map(|(_, manifest)| manifest).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::kubernetes::kind::full_name;

    #[test]
    fn what_others_need_comes_first_and_equals_keep_their_order() {
        let of =
            |api: &str, kind: &str, name: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}});
        let manifests = vec![
            of("networking.istio.io/v1", "VirtualService", "v"),
            of("autoscaling/v2", "HorizontalPodAutoscaler", "h"),
            of("apps/v1", "Deployment", "b"),
            of("apps/v1", "ReplicaSet", "a"),
            of("policy/v1", "PodDisruptionBudget", "p"),
            of("v1", "Service", "s"),
            of("v1", "Secret", "x"),
            of("v1", "ServiceAccount", "sa"),
            of("rbac.authorization.k8s.io/v1", "RoleBinding", "rb"),
            of("rbac.authorization.k8s.io/v1", "Role", "r"),
            of("v1", "Namespace", "n"),
        ];
        let names: Vec<String> = sort(manifests).unwrap().iter().map(|manifest| full_name(manifest).unwrap()).collect();
        let expected = [
            "namespace n",
            "role r",
            "roleBinding rb",
            "serviceAccount sa",
            "secret x",
            "service s",
            "podDisruptionBudget p",
            "deployment b",
            "replicaSet a",
            "horizontalpodautoscaler h",
            "VirtualService.networking.istio.io v",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn events_are_refused() {
        let error = sort(vec![json!({"apiVersion": "v1", "kind": "Event"})]).unwrap_err();
        assert_eq!(error.to_string(), "events are made by Kubernetes and cannot be deployed");
    }
}
