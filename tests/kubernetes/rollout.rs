//! Stages that change what is there: scale, undo, restart, pause, delete, patch, and how they choose their target.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{config_map, deploy, deployment, replica_set, stage};

fn on(space: &Space, kind: &str, target: &str, more: Value) -> Value {
    let mut context = json!({"location": space.namespace, "manifestName": target, "mode": "static"});
    context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage(kind, "Act", context)
}

fn image(space: &Space) -> Value {
    space.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

#[test]
fn workloads_are_scaled_and_waited_for() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let ran = space.run(&[on(&space, "scaleManifest", "deployment web", json!({"replicas": "3"}))]).ok();
    assert_eq!(space.get("deployment", "web")["status"]["readyReplicas"], 3);
    let context = &ran.stage("Act")["context"];
    assert_eq!(
        (&context["manifest.name"], &context["manifest.location"], &context["manifest.account.name"]),
        (&json!("deployment web"), &json!(space.namespace), &json!("k8s"))
    );
    space.run(&[on(&space, "scaleManifest", "deploy web", json!({"replicas": 0}))]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["replicas"], 0);
}

#[test]
fn rollouts_are_undone() {
    let space = Space::new();
    for version in ["nginx:1", "nginx:2", "nginx:3"] {
        space.run(&[deploy(&[deployment("web", version, 1)])]).ok();
    }
    space.run(&[on(&space, "undoRolloutManifest", "deployment web", json!({"numRevisionsBack": 1}))]).ok();
    assert_eq!(image(&space), "nginx:2");
    space.run(&[on(&space, "undoRolloutManifest", "deployment web", json!({"revision": 1}))]).ok();
    assert_eq!(image(&space), "nginx:1");
    space.run(&[on(&space, "undoRolloutManifest", "deployment web", json!({"revision": 99}))]).fails("99");
}

#[test]
fn workloads_are_restarted() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let before = space.names("pods");
    space.run(&[on(&space, "rollingRestartManifest", "deployment web", json!({}))]).ok();
    space.until("other pods being there", || space.names("pods").iter().all(|pod| !before.contains(pod)));
    let template = &space.get("deployment", "web")["spec"]["template"]["metadata"]["annotations"];
    assert!(template["kubectl.kubernetes.io/restartedAt"].is_string());
}

#[test]
fn rollouts_are_paused_and_resumed() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    space.run(&[on(&space, "pauseRolloutManifest", "deployment web", json!({}))]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["paused"], true);
    space.run(&[on(&space, "resumeRolloutManifest", "deployment web", json!({}))]).ok();
    assert_ne!(space.get("deployment", "web")["spec"]["paused"], true);
}

#[test]
fn objects_are_deleted_by_name_and_by_label() {
    let space = Space::new();
    let mut one = config_map("one", "a");
    one["metadata"]["labels"] = json!({"tier": "web"});
    let deployed = [
        crate::manifests::deploy_with(&[one, config_map("two", "a")], json!({"versioned": false})),
        deploy(&[replica_set("web", "nginx:1", 1)]),
    ];
    space.run(&deployed).ok();
    let by_label = json!({"location": space.namespace, "mode": "label", "kinds": ["configMap"],
        "labelSelectors": {"selectors": [{"kind": "EQUALS", "key": "tier", "values": ["web"]}]}});
    space.run(&[stage("deleteManifest", "Act", by_label)]).ok();
    assert_eq!(space.names("configmaps"), ["two"]);
    space.run(&[on(&space, "deleteManifest", "replicaSet web-v000", json!({"options": {"cascading": false}}))]).ok();
    assert_eq!((space.names("replicasets").len(), space.names("pods").len()), (0, 1), "pods are orphaned");
    let cascading = json!({"options": {"cascading": true, "gracePeriodSeconds": 0}});
    space.run(&[on(&space, "deleteManifest", "configMap two", cascading.clone())]).ok();
    space.run(&[on(&space, "deleteManifest", "configMap two", cascading)]).ok();
    assert_eq!(space.names("configmaps"), Vec::<String>::new());
}

#[test]
fn objects_are_patched_in_three_ways() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let patch = |strategy: &str, body: Value| {
        let more = json!({"source": "text", "patchBody": body, "options": {"mergeStrategy": strategy, "record": true}});
        space.run(&[on(&space, "patchManifest", "deployment web", more)])
    };
    let container = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:2"}, {"name": "side", "image": "side:1"}]}}}});
    patch("strategic", container).ok();
    let live = space.get("deployment", "web");
    assert_eq!(
        (image(&space), live["spec"]["template"]["spec"]["containers"].as_array().unwrap().len()),
        (json!("nginx:2"), 2)
    );
    patch("merge", json!({"metadata": {"labels": {"patched": "yes"}}})).ok();
    assert_eq!(space.get("deployment", "web")["metadata"]["labels"]["patched"], "yes");
    patch("json", json!([{"op": "remove", "path": "/metadata/labels/patched"}])).ok();
    assert_eq!(space.get("deployment", "web")["metadata"]["labels"]["patched"], Value::Null);
    patch("json", json!([{"op": "remove", "path": "/metadata/labels/patched"}])).fails("patched");
    patch("strategic", json!({})).fails("patch");
}

#[test]
fn targets_are_chosen_when_the_stage_runs() {
    let space = Space::new();
    for image in ["nginx:1", "nginx:2", "nginx:3"] {
        space.run(&[deploy(&[replica_set("web", image, 1)])]).ok();
        // Ages are told in seconds.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let choose = |criteria: &str| {
        let context = json!({"location": space.namespace, "mode": "dynamic", "kind": "replicaSet", "cluster": "replicaSet web", "app": "shop", "criteria": criteria});
        let ran = space.run(&[stage("findArtifactsFromResource", "Find", context)]).ok();
        ran.stage("Find")["context"]["manifestName"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(choose("newest"), "replicaSet web-v002");
    assert_eq!(choose("second_newest"), "replicaSet web-v001");
    assert_eq!(choose("oldest"), "replicaSet web-v000");
    space.kubectl(&["scale", "replicaset", "web-v001", "--replicas=2"]);
    assert_eq!(choose("largest"), "replicaSet web-v001");
}

#[test]
fn artifacts_of_an_object_are_found() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let ran = space.run(&[on(&space, "findArtifactsFromResource", "deployment web", json!({}))]).ok();
    let artifacts = ran.output("Act", "artifacts").as_array().unwrap();
    assert!(
        artifacts.iter().any(|artifact| artifact["type"] == "docker/image" && artifact["reference"] == "nginx:1"),
        "{artifacts:?}"
    );
    space.run(&[on(&space, "findArtifactsFromResource", "deployment none", json!({}))]).fails("deployment none");
}
