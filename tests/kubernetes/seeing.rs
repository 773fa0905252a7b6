//! What people see: clusters, plans, accounts; and what they never see.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{config_map, deploy, deploy_behind, deployment, replica_set, service};

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
