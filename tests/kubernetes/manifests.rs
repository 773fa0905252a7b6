//! Manifests and stages the tests are made of.

use serde_json::{Value, json};

/// A stage that acts on Kubernetes.
pub fn stage(kind: &str, name: &str, more: Value) -> Value {
    let mut stage =
        json!({"type": kind, "name": name, "account": "k8s", "cloudProvider": "kubernetes", "stageTimeoutMs": 60_000});
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

/// A deployment of manifests written in the stage.
pub fn deploy(manifests: &[Value]) -> Value {
    stage("deployManifest", "Deploy", json!({"source": "text", "moniker": {"app": "shop"}, "manifests": manifests}))
}

/// The same with more fields.
pub fn deploy_with(manifests: &[Value], more: Value) -> Value {
    let mut stage = deploy(manifests);
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

/// A stage that deploys replica sets behind a service.
pub fn deploy_behind(service: &str, strategy: &str, manifests: &[Value]) -> Value {
    let options = json!({"enableTraffic": true, "services": [format!("service {service}")], "strategy": strategy});
    deploy_with(manifests, json!({"trafficManagement": {"enabled": true, "options": options}}))
}

fn workload(kind: &str, name: &str, image: &str, replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "main", "image": image}]}}}})
}

pub fn deployment(name: &str, image: &str, replicas: u32) -> Value {
    workload("Deployment", name, image, replicas)
}

pub fn replica_set(name: &str, image: &str, replicas: u32) -> Value {
    workload("ReplicaSet", name, image, replicas)
}

pub fn service(name: &str, selector: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": selector, "ports": [{"port": 80, "protocol": "TCP"}]}})
}

pub fn config_map(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}})
}

pub fn job(name: &str, image: &str, annotations: Value) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": {
        "metadata": {"annotations": annotations},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}}}})
}

/// The same with an annotation.
pub fn annotated(mut manifest: Value, key: &str, value: &str) -> Value {
    let metadata = manifest["metadata"].as_object_mut().unwrap();
    metadata.entry("annotations").or_insert_with(|| json!({}))[key] = value.into();
    manifest
}

/// The same with a variable from a config map.
pub fn with_config(mut manifest: Value, config_map: &str) -> Value {
    manifest["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!([{"configMapRef": {"name": config_map}}]);
    manifest
}
