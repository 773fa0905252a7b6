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
    patch("json", json!([{"op": "remove", "path": "/metadata/labels/patched"}])).fails("deployment web");
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

#[test]
fn objects_are_found_by_what_a_stage_names_when_it_has_no_mode() {
    let space = Space::new();
    let labelled = |name: &str, tier: &str| {
        let mut map = crate::manifests::config_map(name, "a");
        map["metadata"]["labels"] = json!({"tier": tier});
        map
    };
    let all = [labelled("one", "old"), labelled("two", "old"), labelled("three", "new")];
    space.run(&[crate::manifests::deploy_with(&all, json!({"versioned": false}))]).ok();
    let selectors = json!({"selectors": [{"kind": "EQUALS", "key": "tier", "values": ["old"]}]});
    let delete = json!({"location": space.namespace, "kinds": ["configMap"], "labelSelectors": selectors});
    space.run(&[stage("deleteManifest", "Act", delete)]).ok();
    assert_eq!(space.names("configmaps"), ["three"]);
}

#[test]
fn what_an_object_owns_stays_when_it_is_to_be_orphaned() {
    let space = Space::new();
    space.run(&[deploy(&[crate::manifests::replica_set("web", "nginx:1", 1)])]).ok();
    let orphan = json!({"options": {"orphanDependents": "true", "cascading": "foreground"}});
    space.run(&[on(&space, "deleteManifest", "replicaSet web-v000", orphan)]).ok();
    assert_eq!((space.names("replicasets").len(), space.names("pods").len()), (0, 1), "pods are orphaned");
    let wrong = json!({"options": {"cascading": "sometimes"}});
    space
        .run(&[on(&space, "deleteManifest", "replicaSet web-v000", wrong)])
        .fails("'options.cascading' is 'sometimes'");
}

#[test]
fn patches_that_lack_something_change_nothing() {
    use base64::Engine;
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let before = space.get("deployment", "web")["metadata"]["resourceVersion"].clone();
    let labels = |value: &str| json!({"metadata": {"labels": {"patched": value}}});
    let patch = |more: Value| space.run(&[on(&space, "patchManifest", "deployment web", more)]);
    let required = json!([{"artifact": {"type": "docker/image", "name": "other", "reference": "other:1"}}]);
    patch(json!({"patchBody": labels("yes"), "requiredArtifacts": required})).fails("was not bound");
    patch(json!({"patchBody": labels("${nope('x')}"), "failOnFailedExpressions": true}))
        .fails("expressions in the patch");
    assert_eq!(space.get("deployment", "web")["metadata"]["resourceVersion"], before);
    let operations = json!([{"op": "add", "path": "/metadata/labels/patched", "value": "json"}]);
    let json = json!({"mergeStrategy": "json"});
    patch(json!({"patchBody": operations, "requiredArtifacts": required, "options": json})).ok();
    let text = "---\nnull\n---\nmetadata: {labels: {patched: documents}}\n---\n";
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    let artifact = json!({"type": "embedded/base64", "name": "p", "reference": text});
    patch(json!({"source": "artifact", "manifestArtifact": artifact})).ok();
    assert_eq!(space.get("deployment", "web")["metadata"]["labels"]["patched"], "documents");
}

#[test]
fn a_stage_that_is_restarted_finds_its_object_again() {
    let space = Space::new();
    let set = |image: &str| deploy(&[crate::manifests::replica_set("web", image, 1)]);
    space.run(&[set("nginx:1")]).ok();
    let scale = json!({"location": space.namespace, "kind": "replicaSet", "cluster": "replicaSet web", "app": "shop",
        "criteria": "newest", "replicas": 2});
    space.run(&[stage("scaleManifest", "Act", scale)]).ok();
    let id = space.project.executions().pop().unwrap().0;
    // Ages of objects are in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    space.run(&[set("nginx:2")]).ok();
    space.project.ok(&["restart", &id, "Act"]);
    let shown: Value = serde_json::from_str(&space.project.ok(&["history", "show", "-o", "json", &id])).unwrap();
    assert_eq!(shown["stages"][0]["context"]["restartDetails"]["resolvedManifestName"], "replicaSet web-v000");
    let replicas = |name: &str| space.get("replicaset", name)["spec"]["replicas"].clone();
    assert_eq!((replicas("web-v000"), replicas("web-v001")), (json!(2), json!(2)));
}
