//! What people see: clusters, plans, accounts; and what they never see.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{config_map, deploy, deploy_behind, deployment, replica_set, service, stage, with_config};

#[test]
fn clusters_show_what_runs() {
    let space = Space::new();
    space
        .run(&[
            deploy(&[service("front", json!({"lb": "front"}))]),
            deploy_behind("front", "none", &[replica_set("web", "nginx:1", 2)]),
        ])
        .ok();
    let shown = space.project.ok(&["clusters"]);
    assert!(shown.contains("web-v000") && shown.contains("2"), "{shown}");
}

#[test]
fn who_may_not_look_everywhere_looks_at_home() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let account = json!({"provider": "kubernetes", "kubeconfigFile": space.cluster.kubeconfig_of("limited"), "namespace": "limited"});
    space.project.write("gennaker.yaml", &json!({"application": "shop", "accounts": {"k8s": account}}).to_string());
    let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "closed"}, "spec": {"podSelector": {}}});
    let manifests = [service("home-front", json!({"app": "home"})), deployment("home", "nginx:1", 1), policy];
    space.run(&[deploy(&manifests)]).ok();
    for (command, name) in [("clusters", "home"), ("load-balancer list", "home-front"), ("firewall list", "closed")] {
        let shown = space.project.ok(&command.split(' ').collect::<Vec<_>>());
        assert!(shown.contains(name), "{command}: {shown}");
    }
    space.cluster.kubectl(&[
        "-n",
        "limited",
        "delete",
        "deployment/home",
        "service/home-front",
        "networkpolicy/closed",
    ]);
}

#[test]
fn a_plan_shows_versions_and_differences_and_changes_nothing() {
    let space = Space::new();
    space.run(&[deploy(&[config_map("settings", "a"), deployment("web", "nginx:1", 1)])]).ok();
    space.write("test", &[deploy(&[config_map("settings", "b"), deployment("web", "nginx:2", 1)])]);
    let shown = space.project.ok(&["plan", "pipelines/test.json"]);
    for part in ["settings-v001", "deployment web", "nginx:2"] {
        assert!(shown.contains(part), "no '{part}' in\n{shown}");
    }
    assert_eq!(space.names("configmaps"), ["settings-v000"]);
    space.write("test", &[deploy(&[config_map("settings", "a")])]);
    let shown = space.project.ok(&["plan", "pipelines/test.json"]);
    assert!(shown.contains("settings-v000"), "the version is used again:\n{shown}");
}

#[test]
fn a_plan_knows_what_stages_before_leave() {
    let space = Space::new();
    let web = |image: &str| with_config(deployment("web", image, 1), "settings");
    space.run(&[deploy(&[config_map("settings", "a"), web("nginx:1")])]).ok();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/manifests/podinfo/charts");
    let packed = Command::new("tar").args(["-C", folder, "-cz", "podinfo"]).output().unwrap();
    let chart = json!({"type": "embedded/base64", "name": "podinfo", "reference": STANDARD.encode(packed.stdout)});
    let bake = json!({"type": "bakeManifest", "name": "Bake", "cloudProvider": "kubernetes", "templateRenderer": "HELM3",
        "outputName": "podinfo", "rawOverrides": true, "overrides": {"hpa.enabled": false}, "inputArtifacts": [{"artifact": chart}],
        "expectedArtifacts": [{"id": "baked", "matchArtifact": {"type": "embedded/base64", "name": "podinfo"}}]});
    let find = json!({"location": space.namespace, "manifestName": "deployment web"});
    let variables = json!([{"key": "tag", "value": "7"}, {"key": "image", "value": "nginx:${tag}"}]);
    space.write(
        "test",
        &[
            json!({"type": "evaluateVariables", "name": "Variables", "variables": variables}),
            deploy(&[config_map("settings", "b")]),
            deploy(&[web("${image}")]),
            stage("findArtifactsFromResource", "Find", find),
            deploy(&[replica_set("found", "${#stage('Find').outputs.artifacts[0].reference}", 1)]),
            bake,
            stage("deployManifest", "Deploy podinfo", json!({"source": "artifact", "manifestArtifactId": "baked"})),
        ],
    );
    let path = format!("{}:{}", space.cluster.tools_as(&space, "helm", "helm3"), std::env::var("PATH").unwrap());
    let output = space.project.command(&["plan", "pipelines/test.json"]).env("PATH", path).output().unwrap();
    let plan = text(&output.stdout);
    for part in [
        "create configMap settings-v001 in",
        "+ spec.template.spec.containers[main].image: nginx:7",
        "+ spec.template.spec.containers[main].envFrom[0].configMapRef.name: settings-v001",
        "create replicaSet found-v000 in",
        "create deployment podinfo in",
    ] {
        assert!(plan.contains(part), "no '{part}' in\n{plan}");
    }
    assert!(!plan.contains("cannot tell"), "{plan}");
    assert_eq!(space.names("configmaps"), ["settings-v000"]);
    // What cannot be known is said where it is, and again where it lacks.
    let output = space.project.command(&["plan", "pipelines/test.json"]).env("PATH", "/nowhere").output().unwrap();
    let plan = text(&output.stdout);
    assert!(plan.contains("cannot tell: no program of version 3 was found"), "{plan}");
}

#[test]
fn values_of_secrets_appear_nowhere() {
    let space = Space::new();
    let (plain, encoded) = ("hunter2-hunter2", STANDARD.encode("hunter2-hunter2"));
    let secret = |key: &str, value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, key: {"password": value}});
    let manifests = json!([secret("data", &encoded)]);
    let artifact = json!({"type": "embedded/base64", "name": "m", "reference": STANDARD.encode(manifests.to_string())});
    space.project.write("artifact.json", &artifact.to_string());
    let mut stage = deploy(&[]);
    stage["source"] = "artifact".into();
    stage["manifestArtifact"] = artifact;
    space.write("test", std::slice::from_ref(&stage));
    let plan = space.project.run(&["plan", "pipelines/test.json"]);
    let ran = space.run(&[stage]).ok();
    assert_eq!(space.get("secret", "s-v000")["data"]["password"], encoded);
    let shown = [text(&plan.stdout), text(&plan.stderr), ran.said.clone(), ran.execution["stages"].to_string()];
    for place in shown {
        assert!(!place.contains(plain) && !place.contains(&encoded), "{place}");
    }
}

#[test]
fn an_account_tells_who_it_is_and_what_it_may_do() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let shown = space.project.ok(&["account", "check", "k8s"]);
    assert!(shown.contains("1.20"), "{shown}");
    let checked = space.project.run(&["account", "check", "readonly"]);
    let said = text(&checked.stdout) + &text(&checked.stderr);
    assert!(said.contains("deployments") || said.contains("create"), "{said}");
}
