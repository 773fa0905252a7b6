//! deployManifest: what is applied, under which names, with which annotations.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{annotated, config_map, deploy, deploy_with, deployment, replica_set, service, with_config};

fn annotation<'a>(object: &'a Value, key: &str) -> &'a Value {
    &object["metadata"]["annotations"][key]
}

#[test]
fn manifests_of_a_stage_become_stable_and_carry_spinnakers_annotations() {
    let space = Space::new();
    let ran = space.run(&[deploy(&[deployment("web", "nginx:1", 2), service("web", json!({"app": "web"}))])]).ok();
    let live = space.get("deployment", "web");
    assert_eq!(live["status"]["availableReplicas"], 2);
    let expected = [
        ("artifact.spinnaker.io/type", "kubernetes/deployment"),
        ("artifact.spinnaker.io/name", "web"),
        ("artifact.spinnaker.io/location", space.namespace.as_str()),
        ("artifact.spinnaker.io/version", ""),
        ("moniker.spinnaker.io/application", "shop"),
        ("moniker.spinnaker.io/cluster", "deployment web"),
    ];
    for (key, value) in expected {
        assert_eq!(annotation(&live, key), value, "{key}");
        assert_eq!(annotation(&live["spec"]["template"], key), value, "{key} of the template");
    }
    assert_eq!(
        live["metadata"]["labels"],
        json!({"app.kubernetes.io/managed-by": "spinnaker", "app.kubernetes.io/name": "shop"})
    );
    assert!(annotation(&live, "kubectl.kubernetes.io/last-applied-configuration").as_str().unwrap().ends_with("}\n"));
    let names = &ran.output("Deploy", "outputs.manifestNamesByNamespace")[&space.namespace];
    assert_eq!(*names, json!(["service web", "deployment web"]), "services come before workloads");
    let created = ran.output("Deploy", "artifacts").as_array().unwrap();
    let references: Vec<&Value> = created.iter().map(|artifact| &artifact["type"]).collect();
    assert_eq!(references, ["kubernetes/service", "kubernetes/deployment"]);
    // kubectl sees nothing it would change.
    let manifest = deployment("web", "nginx:1", 2);
    space.project.write("same.json", &manifest.to_string());
    let file = space.project.path().join("same.json");
    space.kubectl(&["get", "-f", file.to_str().unwrap()]);
}

#[test]
fn config_maps_get_versions_are_reused_and_bound() {
    let space = Space::new();
    let stage = |value: &str| {
        deploy(&[with_config(deployment("web", "nginx:1", 1), "settings"), config_map("settings", value)])
    };
    let bound = || {
        let live = space.get("deployment", "web");
        live["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"].clone()
    };
    space.run(&[stage("a")]).ok();
    assert_eq!((space.names("configmaps"), bound()), (vec!["settings-v000".to_owned()], json!("settings-v000")));
    space.run(&[stage("a")]).ok();
    assert_eq!(space.names("configmaps"), ["settings-v000"], "what is unchanged is used again");
    let ran = space.run(&[stage("b")]).ok();
    assert_eq!((space.names("configmaps").len(), bound()), (2, json!("settings-v001")));
    let bound_artifacts = ran.output("Deploy", "outputs.boundArtifacts").as_array().unwrap();
    assert_eq!(bound_artifacts[0]["reference"], "settings-v001");
    let map = space.get("configmap", "settings-v001");
    assert_eq!(annotation(&map, "artifact.spinnaker.io/version"), "v001");
    assert_eq!(map["metadata"]["labels"]["moniker.spinnaker.io/sequence"], "1");
    space.run(&[stage("a")]).ok();
    assert_eq!((space.names("configmaps").len(), bound()), (2, json!("settings-v000")), "back to the first");
}

#[test]
fn versions_beyond_the_history_are_deleted() {
    let space = Space::new();
    for value in ["a", "b", "c"] {
        let map = annotated(config_map("settings", value), "strategy.spinnaker.io/max-version-history", "2");
        space.run(&[deploy(&[map])]).ok();
    }
    assert_eq!(space.names("configmaps"), ["settings-v001", "settings-v002"]);
}

#[test]
fn what_is_versioned_can_be_told() {
    let space = Space::new();
    space.run(&[deploy_with(&[config_map("plain", "a")], json!({"versioned": false}))]).ok();
    let forced = annotated(deployment("web", "nginx:1", 1), "strategy.spinnaker.io/versioned", "true");
    space.run(&[deploy(&[forced])]).ok();
    assert_eq!(
        (space.names("configmaps"), space.names("deployments")),
        (vec!["plain".to_owned()], vec!["web-v000".to_owned()])
    );
}

#[test]
fn replica_sets_are_new_versions_each_time() {
    let space = Space::new();
    space.run(&[deploy(&[replica_set("web", "nginx:1", 1)])]).ok();
    space.run(&[deploy(&[replica_set("web", "nginx:2", 1)])]).ok();
    assert_eq!(space.names("replicasets"), ["web-v000", "web-v001"]);
    let live = space.get("replicaset", "web-v001");
    assert_eq!(annotation(&live, "moniker.spinnaker.io/sequence"), "1");
    assert_eq!(annotation(&live, "moniker.spinnaker.io/cluster"), "replicaSet web");
}

#[test]
fn manifests_come_from_artifacts_with_their_expressions() {
    let space = Space::new();
    let text = "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: one}\n  data: {key: \"${trigger.user}\"}\n---\nnull\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\ndata: {key: \"${ nonsense( }\"}\n";
    let artifact = json!({"type": "embedded/base64", "name": "m", "reference": STANDARD.encode(text)});
    let source = |skip: bool| json!({"source": "artifact", "manifestArtifact": artifact, "versioned": false, "skipExpressionEvaluation": skip});
    space.run(&[deploy_with(&[], source(false))]).ok();
    assert_eq!(space.get("configmap", "one")["data"]["key"], "tester");
    assert_eq!(space.get("configmap", "two")["data"]["key"], "${ nonsense( }");
    space.run(&[deploy_with(&[], source(true))]).ok();
    assert_eq!(space.get("configmap", "one")["data"]["key"], "${trigger.user}");
}

#[test]
fn images_are_bound_and_required_ones_must_be() {
    let space = Space::new();
    let image = json!({"type": "docker/image", "name": "nginx", "reference": "nginx:9"});
    let stage =
        |name: &str| deploy_with(&[deployment("web", name, 1)], json!({"requiredArtifacts": [{"artifact": image}]}));
    space.run(&[stage("nginx:1")]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:9");
    space.run(&[stage("httpd:1")]).fails("required artifacts were not bound: docker/image nginx:9");
    let unbound = deploy_with(
        &[deployment("web", "nginx:1", 1)],
        json!({"enableArtifactBinding": false, "requiredArtifacts": [{"artifact": image}]}),
    );
    space.run(&[unbound]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:1");
}

#[test]
fn optional_artifacts_of_the_trigger_are_bound() {
    let space = Space::new();
    let image = r#"{"type": "docker/image", "name": "nginx", "reference": "nginx:7"}"#;
    space.run_with(&[deploy(&[deployment("web", "nginx", 1)])], &["--artifact", image]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:7");
}

#[test]
fn annotations_choose_how_a_manifest_is_brought() {
    let space = Space::new();
    let uid = || space.get("configmap", "c")["metadata"]["uid"].clone();
    let with = |key: &str, value: &str, data: &str| {
        let manifest = annotated(config_map("c", data), &format!("strategy.spinnaker.io/{key}"), value);
        space.run(&[deploy_with(&[manifest], json!({"versioned": false}))]).ok()
    };
    with("replace", "true", "a");
    let first = uid();
    space.kubectl(&["annotate", "configmap", "c", "theirs=yes"]);
    with("replace", "true", "b");
    let live = space.get("configmap", "c");
    assert_eq!((&live["data"]["key"], annotation(&live, "theirs"), uid()), (&json!("b"), &Value::Null, first.clone()));
    with("recreate", "true", "c");
    assert_ne!(uid(), first);
    space.kubectl(&["delete", "configmap", "c"]);
    with("server-side-apply", "true", "d");
    let live: Value =
        serde_json::from_str(&space.kubectl(&["get", "configmap", "c", "-o", "json", "--show-managed-fields"]))
            .unwrap();
    assert_eq!(annotation(&live, "kubectl.kubernetes.io/last-applied-configuration"), &Value::Null);
    assert_eq!(live["metadata"]["managedFields"][0]["operation"], "Apply");
}

#[test]
fn the_replicas_of_the_cluster_can_be_kept() {
    let space = Space::new();
    let manifest =
        |image: &str| annotated(deployment("web", image, 1), "strategy.spinnaker.io/use-source-capacity", "true");
    space.run(&[deploy(&[manifest("nginx:1")])]).ok();
    space.kubectl(&["scale", "deployment", "web", "--replicas=3"]);
    space.run(&[deploy(&[manifest("nginx:2")])]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["replicas"], 3);
}

#[test]
fn the_namespace_can_be_overridden() {
    let space = Space::new();
    let mut manifest = config_map("c", "a");
    manifest["metadata"]["namespace"] = "elsewhere".into();
    space.run(&[deploy_with(&[manifest], json!({"namespaceOverride": space.namespace, "versioned": false}))]).ok();
    assert_eq!(space.names("configmaps"), ["c"]);
}

#[test]
fn label_selectors_choose_manifests() {
    let space = Space::new();
    let labelled = |name: &str, tier: &str| {
        let mut manifest = config_map(name, "a");
        manifest["metadata"]["labels"] = json!({"tier": tier});
        manifest
    };
    let selecting = |tier: &str, allow: bool| {
        let selectors = json!({"selectors": [{"kind": "EQUALS", "key": "tier", "values": [tier]}]});
        deploy_with(
            &[labelled("one", "web"), labelled("two", "data")],
            json!({"versioned": false, "labelSelectors": selectors, "allowNothingSelected": allow}),
        )
    };
    space.run(&[selecting("web", false)]).ok();
    assert_eq!(space.names("configmaps"), ["one"]);
    space.run(&[selecting("none", false)]).fails("label selector");
    space.run(&[selecting("none", true)]).ok();
}

#[test]
fn custom_resources_come_after_their_definition() {
    let space = Space::new();
    let group = format!("{}.example.com", space.namespace);
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("things.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let thing = |size: u32| json!({"apiVersion": format!("{group}/v1"), "kind": "Thing", "metadata": {"name": "a"}, "spec": {"size": size}});
    space.run(&[deploy(&[thing(1), definition.clone()])]).ok();
    space.run(&[deploy(&[thing(2), definition])]).ok();
    assert_eq!(space.get(&format!("things.{group}"), "a")["spec"]["size"], 2);
    space.cluster.kubectl(&["delete", "crd", &format!("things.{group}"), "--wait=false"]);
}

#[test]
fn names_can_be_generated() {
    let space = Space::new();
    let mut map = config_map("x", "a");
    map["metadata"] = json!({"generateName": "many-"});
    for _ in 0..2 {
        space.run(&[deploy_with(std::slice::from_ref(&map), json!({"versioned": false}))]).ok();
    }
    assert_eq!(space.names("configmaps").iter().filter(|name| name.starts_with("many-")).count(), 2);
}

#[test]
fn monikers_are_written_and_selectors_see_the_labels_of_the_deployment() {
    let space = Space::new();
    let selectors = json!({"selectors": [{"kind": "EQUALS", "key": "app.kubernetes.io/name", "values": ["shop"]}]});
    let moniker = json!({"app": "shop", "cluster": "shop-main", "stack": "main", "detail": "blue"});
    let more = json!({"versioned": false, "labelSelectors": selectors, "moniker": moniker});
    space.run(&[deploy_with(&[config_map("c", "a")], more)]).ok();
    let annotations = space.get("configmap", "c")["metadata"]["annotations"].clone();
    let moniker = ["cluster", "stack", "detail"].map(|key| annotations[format!("moniker.spinnaker.io/{key}")].clone());
    assert_eq!(moniker, ["shop-main", "main", "blue"].map(Value::from));
}
