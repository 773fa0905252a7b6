//! Artifacts put into manifests: images by their name, config maps and secrets by the version just deployed.

use serde_json::Value;

use super::kind::{self, ObjectKind};
use crate::model::Artifact;

/// How artifacts are bound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binding<'a> {
    /// Account the manifest goes to: an artifact of another account's cluster does not match.
    pub account: &'a str,
    /// Compares the image as it is written with the artifact's name, tag and all.
    pub match_name_only: bool,
}

/// A required artifact that no manifest has a place for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "required artifacts were not bound: {0}: no manifest of the stage names them (an image is named as in the manifest, without tag or digest)"
)]
pub struct Unbound(String);

/// A field that may hold an artifact.
struct Slot<'a> {
    /// Type of the artifacts it holds.
    artifact: &'static str,
    /// Whether its text is an image with tag or digest, of which the artifact's name is but a part.
    image: bool,
    text: &'a mut Value,
}

/// Artifacts for the manifests of a stage: the required, then the optional; the first of a type, name and location
/// wins.
#[must_use]
pub fn candidates(required: &[Artifact], optional: &[Artifact]) -> Vec<Artifact> {
    let mut candidates: Vec<Artifact> = Vec::new();
    for artifact in required.iter().chain(optional) {
        if !candidates.iter().any(|other| same_thing(other, artifact)) {
            candidates.push(artifact.clone());
        }
    }
    candidates
}

/// Adds what the stage has just deployed to the candidates: it replaces an artifact of its type, name and location.
pub fn add_created(candidates: &mut Vec<Artifact>, created: Artifact) {
    match candidates.iter_mut().find(|other| same_thing(other, &created)) {
        Some(other) => *other = created,
        None => candidates.push(created),
    }
}

fn same_thing(one: &Artifact, other: &Artifact) -> bool {
    let key = |artifact: &Artifact| {
        (artifact.kind.clone(), artifact.name.clone(), artifact.location.clone().unwrap_or_default())
    };
    key(one) == key(other)
}

/// Writes the references of matching artifacts into a manifest; says which were written.
pub fn bind(manifest: &mut Value, artifacts: &[Artifact], binding: &Binding<'_>) -> Vec<Artifact> {
    let namespace = kind::namespace(manifest).to_owned();
    let usable: Vec<&Artifact> =
        artifacts.iter().filter(|artifact| is_usable(artifact, &namespace, binding.account)).collect();
    let mut bound: Vec<Artifact> = Vec::new();
    each_slot(manifest, &mut |slot| {
        for artifact in usable.iter().filter(|artifact| artifact.kind() == slot.artifact) {
            let (Some(text), Some(reference)) = (slot.text.as_str(), &artifact.reference) else { continue };
            let name = if slot.image && !binding.match_name_only { image_name(text) } else { text };
            if artifact.name.as_deref() == Some(name) {
                *slot.text = reference.clone().into();
                if !bound.contains(artifact) {
                    bound.push((*artifact).clone());
                }
            }
        }
    });
    bound
}

/// Objects of a cluster fit manifests of their namespace and account only; no account fits any.
fn is_usable(artifact: &Artifact, namespace: &str, account: &str) -> bool {
    if artifact.kind().is_empty() {
        return false;
    }
    let of_account = artifact.metadata.get("account").and_then(Value::as_str).unwrap_or_default();
    !artifact.kind().starts_with("kubernetes/")
        || artifact.location.as_deref().unwrap_or_default() == namespace
            && (of_account.is_empty() || of_account == account)
}

/// The artifacts a manifest holds, each once.
#[must_use]
pub fn artifacts_in(manifest: &Value) -> Vec<Artifact> {
    let mut found: Vec<Artifact> = Vec::new();
    each_slot(&mut manifest.clone(), &mut |slot| {
        let Some(text) = slot.text.as_str() else { return };
        let name = if slot.image { image_name(text) } else { text };
        let artifact = Artifact {
            kind: Some(slot.artifact.to_owned()),
            name: Some(name.to_owned()),
            reference: Some(text.to_owned()),
            ..Artifact::default()
        };
        if !found.contains(&artifact) {
            found.push(artifact);
        }
    });
    found
}

/// Checks that all required artifacts were bound.
///
/// # Errors
/// Names those that were not.
pub fn check_required(required: &[Artifact], bound: &[Artifact]) -> Result<(), Unbound> {
    let key = |artifact: &Artifact| {
        let Artifact { kind, name, version, location, reference, .. } = artifact.clone();
        (kind, name, version, location, reference)
    };
    let is_missing = |artifact: &&Artifact| !bound.iter().any(|other| key(other) == key(artifact));
    let mut missing: Vec<String> = Vec::new();
    for artifact in required.iter().filter(is_missing) {
        let name = Artifact::filled(&artifact.name).map(|name| format!(" (name '{name}')")).unwrap_or_default();
        missing.push(format!("{artifact}{name}"));
    }
    missing.dedup();
    if missing.is_empty() { Ok(()) } else { Err(Unbound(missing.join(", "))) }
}

/// An image without digest, else without what follows its last colon. A port without tag is cut too, as Spinnaker
/// does.
fn image_name(image: &str) -> &str {
    match image.split_once('@') {
        Some((name, _)) => name,
        None => image.rsplit_once(':').map_or(image, |(name, _)| name),
    }
}

fn each_slot(manifest: &mut Value, found: &mut dyn FnMut(Slot<'_>)) {
    let Ok(kind) = ObjectKind::of(manifest) else { return };
    match kind.known().map(|known| known.name) {
        Some("cronJob" | "daemonSet" | "deployment" | "job" | "replicaSet" | "statefulSet") => {
            template_slots(manifest, found)
        }
        Some("pod") => {
            for container in items(manifest.pointer_mut("/spec/containers")) {
                slot(container, "/image", "docker/image", found);
            }
        }
        Some("horizontalpodautoscaler") => {
            let target = manifest.pointer("/spec/scaleTargetRef/kind").and_then(Value::as_str);
            let artifact = match target {
                Some("Deployment" | "deployment") => "kubernetes/deployment",
                Some("ReplicaSet" | "replicaSet") => "kubernetes/replicaSet",
                _ => return,
            };
            slot(manifest, "/spec/scaleTargetRef/name", artifact, found);
        }
        _ => {}
    }
}

/// Pod templates at any depth: a cron job's lies in its job template.
fn template_slots(value: &mut Value, found: &mut dyn FnMut(Slot<'_>)) {
    if let Some(spec) = value.pointer_mut("/spec/template/spec") {
        pod_slots(spec, found);
    }
    let children: Vec<&mut Value> = match value {
        Value::Object(map) => map.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => return,
    };
    for child in children {
        template_slots(child, found);
    }
}

fn pod_slots(spec: &mut Value, found: &mut dyn FnMut(Slot<'_>)) {
    for list in ["containers", "initContainers"] {
        for container in items(spec.get_mut(list)) {
            if let Some(text) = container.get_mut("image") {
                found(Slot { artifact: "docker/image", image: true, text });
            }
            for source in items(container.get_mut("envFrom")) {
                slot(source, "/configMapRef/name", "kubernetes/configMap", found);
                slot(source, "/secretRef/name", "kubernetes/secret", found);
            }
            for variable in items(container.get_mut("env")) {
                slot(variable, "/valueFrom/configMapKeyRef/name", "kubernetes/configMap", found);
                slot(variable, "/valueFrom/secretKeyRef/name", "kubernetes/secret", found);
            }
        }
    }
    for volume in items(spec.get_mut("volumes")) {
        slot(volume, "/configMap/name", "kubernetes/configMap", found);
        slot(volume, "/secret/secretName", "kubernetes/secret", found);
        for source in items(volume.pointer_mut("/projected/sources")) {
            slot(source, "/configMap/name", "kubernetes/configMap", found);
            slot(source, "/secret/name", "kubernetes/secret", found);
        }
    }
}

fn slot(value: &mut Value, path: &str, artifact: &'static str, found: &mut dyn FnMut(Slot<'_>)) {
    if let Some(text) = value.pointer_mut(path) {
        found(Slot { artifact, image: false, text });
    }
}

fn items(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_array_mut).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn artifact(value: Value) -> Artifact {
        Artifact::from_value(&value).unwrap()
    }

    fn image(reference: &str) -> Artifact {
        artifact(json!({"type": "docker/image", "name": image_name(reference), "reference": reference}))
    }

    fn deployment(containers: &Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "prod"},
            "spec": {"template": {"spec": {"containers": containers}}}})
    }

    const K: Binding<'static> = Binding { account: "k", match_name_only: false };

    #[test]
    fn images_match_without_tag_and_digest() {
        for (written, bound) in [
            ("nginx", true),
            ("nginx:1", true),
            ("nginx@sha256:00", true),
            ("nginx:1@sha256:00", false),
            ("my/nginx:1", false),
        ] {
            let mut manifest = deployment(&json!([{"name": "c", "image": written}]));
            let result = bind(&mut manifest, &[image("nginx:1.27")], &K);
            let image = &manifest["spec"]["template"]["spec"]["containers"][0]["image"];
            assert_eq!((image == "nginx:1.27", result.len() == 1), (bound, bound), "{written}");
        }
    }

    #[test]
    fn a_port_without_a_tag_is_cut() {
        assert_eq!(image_name("host:5000/x"), "host");
        assert_eq!(image_name("host:5000/x:1"), "host:5000/x");
    }

    #[test]
    fn names_can_be_matched_as_they_are_written() {
        let mut manifest = deployment(&json!([{"name": "c", "image": "nginx:1"}]));
        let whole = Binding { match_name_only: true, ..K };
        assert!(bind(&mut manifest, &[image("nginx:1.27")], &whole).is_empty());
    }

    #[test]
    fn init_containers_and_cron_jobs_are_bound_but_pods_by_raw_text() {
        let mut cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {"initContainers": [{"image": "busybox:1"}]}}}}}});
        assert_eq!(bind(&mut cron, &[image("busybox:2")], &K).len(), 1);
        assert!(cron.to_string().contains("busybox:2"));
        let pod = |image: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"image": image}]}});
        assert!(bind(&mut pod("busybox:1"), &[image("busybox:2")], &K).is_empty());
        assert_eq!(bind(&mut pod("busybox"), &[image("busybox:2")], &K).len(), 1);
    }

    #[test]
    fn config_maps_and_secrets_are_bound_everywhere() {
        let map = artifact(
            json!({"type": "kubernetes/configMap", "name": "m", "location": "prod", "reference": "m-v003", "metadata": {"account": "k"}}),
        );
        let secret =
            artifact(json!({"type": "kubernetes/secret", "name": "s", "location": "prod", "reference": "s-v001"}));
        let mut manifest = deployment(&json!([{
            "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "a"}}}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "b"}}}],
            "envFrom": [{"configMapRef": {"name": "m"}}, {"secretRef": {"name": "s"}}],
        }]));
        manifest["spec"]["template"]["spec"]["volumes"] = json!([
            {"name": "m", "configMap": {"name": "m"}}, {"name": "s", "secret": {"secretName": "s"}},
            {"name": "p", "projected": {"sources": [{"configMap": {"name": "m"}}, {"secret": {"name": "s"}}, {"configMap": {"name": "other"}}]}},
        ]);
        let bound = bind(&mut manifest, &[map.clone(), secret.clone()], &K);
        assert_eq!(bound.len(), 2);
        let text = manifest.to_string();
        assert_eq!((text.matches("m-v003").count(), text.matches("s-v001").count()), (4, 4), "{text}");
        for (namespace, account) in [("test", "k"), ("prod", "other")] {
            let mut manifest = deployment(&json!([{"envFrom": [{"configMapRef": {"name": "m"}}]}]));
            manifest["metadata"]["namespace"] = namespace.into();
            assert!(
                bind(&mut manifest, std::slice::from_ref(&map), &Binding { account, ..K }).is_empty(),
                "{namespace} {account}"
            );
        }
    }

    #[test]
    fn scalers_follow_the_version_of_their_target() {
        let mut scaler = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h", "namespace": "prod"},
            "spec": {"scaleTargetRef": {"kind": "ReplicaSet", "name": "web"}}});
        let set = artifact(
            json!({"type": "kubernetes/replicaSet", "name": "web", "location": "prod", "reference": "web-v002"}),
        );
        assert_eq!(bind(&mut scaler, &[set], &K).len(), 1);
        assert_eq!(scaler["spec"]["scaleTargetRef"]["name"], "web-v002");
    }

    #[test]
    fn required_come_first_and_what_was_deployed_replaces_them() {
        let optional = image("nginx:2");
        let mut candidates = candidates(&[image("nginx:1")], &[optional, image("redis:1")]);
        assert_eq!(
            candidates.iter().filter_map(|artifact| artifact.reference.as_deref()).collect::<Vec<_>>(),
            ["nginx:1", "redis:1"]
        );
        add_created(&mut candidates, image("nginx:3"));
        assert_eq!(candidates[0].reference.as_deref(), Some("nginx:3"));
    }

    #[test]
    fn what_was_required_and_not_bound_is_named() {
        let error = check_required(&[image("nginx:1"), image("redis:1")], &[image("redis:1")]).unwrap_err();
        assert!(
            error.to_string().starts_with("required artifacts were not bound: docker/image nginx:1 (name 'nginx'):"),
            "{error}"
        );
        check_required(&[image("redis:1")], &[image("redis:1")]).unwrap();
    }

    #[test]
    fn artifacts_of_an_object_are_found() {
        let manifest = deployment(
            &json!([{"image": "nginx:1"}, {"image": "nginx:1", "envFrom": [{"configMapRef": {"name": "m-v001"}}]}]),
        );
        let found: Vec<String> = artifacts_in(&manifest).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["docker/image nginx:1", "kubernetes/configMap m-v001"]);
    }
}
