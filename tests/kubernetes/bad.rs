//! What goes wrong, said in one message with the object, the field and the server's reason.

use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::manifests::{annotated, config_map, deploy, deploy_with, deployment, service};

fn plain(manifest: Value) -> Value {
    deploy_with(&[manifest], json!({"versioned": false}))
}

fn as_account(mut stage: Value, account: &str) -> Value {
    stage["account"] = account.into();
    stage
}

fn all(ran: Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
    assert_eq!(ran.execution["status"], "TERMINAL", "{}", ran.said);
}

#[test]
fn what_is_forbidden_is_named() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let ran = space.run(&[as_account(plain(config_map("c", "a")), "readonly")]);
    all(ran, &["configMap c", "readonly", "configmaps"]);
    let ran = space.run(&[as_account(plain(config_map("c", "a")), "limited")]);
    all(ran, &["limited", &space.namespace]);
    let mut allowed = config_map(&space.namespace, "a");
    allowed["metadata"]["namespace"] = "limited".into();
    space.run(&[as_account(plain(allowed), "limited")]).ok();
    space.run(&[as_account(plain(config_map("c", "a")), "certificate")]).ok();
}

#[test]
fn an_unknown_version_is_told_with_those_that_are_served() {
    let space = Space::new();
    let mut old = deployment("web", "nginx:1", 1);
    old["apiVersion"] = "apps/v1beta1".into();
    all(space.run(&[deploy(&[old])]), &["apps/v1beta1", "apps/v1"]);
    let nothing = json!({"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "a"}});
    all(space.run(&[deploy(&[nothing])]), &["Nothing", "example.com"]);
}

#[test]
fn an_immutable_field_is_named() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let mut other = deployment("web", "nginx:1", 1);
    other["spec"]["selector"]["matchLabels"] = json!({"app": "other"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
    all(space.run(&[deploy(&[other])]), &["deployment web", "spec.selector", "immutable"]);
}

#[test]
fn a_field_of_another_manager_is_not_taken_without_force() {
    let space = Space::new();
    space.project.write("theirs.json", &config_map("c", "theirs").to_string());
    let file = space.project.path().join("theirs.json");
    space.kubectl(&["apply", "--server-side", "--field-manager=somebody", "-f", file.to_str().unwrap()]);
    let ours = |how: &str| plain(annotated(config_map("c", "ours"), "strategy.spinnaker.io/server-side-apply", how));
    all(space.run(&[ours("true")]), &["configMap c", "somebody", ".data.key"]);
    assert_eq!(space.get("configmap", "c")["data"]["key"], "theirs");
    space.run(&[ours("force-conflicts")]).ok();
    assert_eq!(space.get("configmap", "c")["data"]["key"], "ours");
}

#[test]
fn an_invalid_field_is_named() {
    let space = Space::new();
    let mut wrong = service("front", json!({"app": "web"}));
    wrong["spec"]["ports"][0]["port"] = 99_999.into();
    all(space.run(&[deploy(&[wrong])]), &["service front", "spec.ports[0].port", "99999"]);
}

#[test]
fn manifests_without_kind_or_name_are_refused_before_anything_is_sent() {
    let space = Space::new();
    let nameless = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
    all(
        space.run(&[deploy_with(&[config_map("c", "a"), nameless], json!({"versioned": false}))]),
        &["manifest 2", "metadata.name"],
    );
    assert_eq!(space.names("configmaps"), Vec::<String>::new());
}

#[test]
fn a_half_applied_stage_says_what_changed_and_goes_on_from_there() {
    let space = Space::new();
    let mut wrong = service("front", json!({"app": "web"}));
    wrong["spec"]["ports"][0]["port"] = 99_999.into();
    let ran = space.run(&[deploy_with(&[config_map("c", "a"), wrong], json!({"versioned": false}))]);
    all(ran, &["configMap c", "service front"]);
    assert_eq!(space.names("configmaps"), ["c"]);
}

#[test]
fn rollouts_that_cannot_succeed_fail_early_with_the_reason() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    all(
        space.run(&[deploy(&[deployment("crashing", "nginx:crash", 1)])]),
        &["deployment crashing", "CrashLoopBackOff", "panic: cannot start"],
    );
    all(
        space.run(&[deploy(&[deployment("missing", "nginx:bad", 1)])]),
        &["deployment missing", "ImagePullBackOff", "nginx:bad"],
    );
    let mut huge = deployment("huge", "nginx:1", 1);
    huge["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "5000"}});
    all(space.run(&[deploy(&[huge])]), &["deployment huge", "Insufficient cpu"]);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}});
    space.run(&[deploy(&[quota])]).ok();
    all(space.run(&[deploy(&[deployment("refused", "nginx:1", 1)])]), &["deployment refused", "exceeded quota"]);
}

#[test]
fn a_deployment_that_stays_unready_times_out_naming_what_it_waited_for() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let stage = deploy_with(&[deployment("slow", "nginx:unready", 1)], json!({"stageTimeoutMs": 3000}));
    all(space.run(&[stage]), &["deployment slow"]);
}

#[test]
fn a_server_that_is_gone_is_named() {
    let space = Space::new();
    let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}], "users": [{"name": "u", "user": {"token": "t"}}]});
    let file = space.project.write("gone.json", &kubeconfig.to_string());
    space.configure(&json!({"kubeconfigFile": file}));
    let mut stage = plain(config_map("c", "a"));
    stage["stageTimeoutMs"] = 3000.into();
    all(space.run(&[stage]), &["127.0.0.1:9"]);
}
