//! An API server that stops answering for a while, and one that is not who it should be.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Space, cluster};
use crate::manifests::{deploy, deployment, service, stage};

#[test]
fn a_server_that_stops_for_a_while_is_waited_for() {
    if !cluster().stands_in {
        return;
    }
    let own: &'static Cluster = Box::leak(Box::new(Cluster::own()));
    let space = Space::on(own);
    let mut slow = deployment("web", "nginx:1", 2);
    slow["spec"]["template"]["metadata"]["annotations"] = json!({"test.kubelet/ready-after": "3"});
    space.write("test", &[deploy(&[slow, service("front", json!({"app": "web"}))])]);
    let mut command = space.project.command(&["run", "pipelines/test.json"]);
    let mut running = space.project.start(&mut command);
    running.until_it_says("deployment web");
    own.signal("kube-apiserver", "STOP");
    std::thread::sleep(Duration::from_secs(4));
    assert!(running.is_running(), "{}", running.said());
    own.signal("kube-apiserver", "CONT");
    space.until("the run ending", || !running.is_running());
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(space.get("deployment", "web")["status"]["readyReplicas"], 2);
}

#[test]
fn a_stage_that_runs_out_of_time_names_the_server_that_is_silent() {
    if !cluster().stands_in {
        return;
    }
    let own: &'static Cluster = Box::leak(Box::new(Cluster::own()));
    let space = Space::on(own);
    let mut stage = deploy(&[service("front", json!({"app": "web"}))]);
    stage["stageTimeoutMs"] = 3000.into();
    own.signal("kube-apiserver", "STOP");
    let ran = space.run(&[stage]);
    own.signal("kube-apiserver", "CONT");
    // The reason itself, not that a task was cut short.
    let ran = ran.fails("'Deploy': the API server https://127.0.0.1:");
    assert!(ran.said.contains("does not answer within 3 s"), "{}", ran.said);
}

#[test]
fn a_server_that_cannot_prove_who_it_is_is_not_talked_to() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let text = std::fs::read_to_string(&space.cluster.admin).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("users:")).collect();
    let unknown = lines.join("\n").replace("certificate-authority", "unknown-authority")
        + "\nusers: [{name: admin, user: {token: never-sent}}]\n";
    let file = space.project.write("unknown.yaml", &unknown);
    space.configure(&json!({"kubeconfigFile": file}));
    let mut deploy = deploy(&[service("front", json!({"app": "web"}))]);
    deploy["stageTimeoutMs"] = 30_000.into();
    space.run(&[deploy]).fails("certificate");
}

#[test]
fn a_token_that_is_not_known_is_refused_with_the_place_it_came_from() {
    let space = Space::new();
    let mut config = stage(
        "deleteManifest",
        "Act",
        json!({"location": space.namespace, "manifestName": "configMap c", "mode": "static"}),
    );
    config["account"] = "k8s".into();
    let text = std::fs::read_to_string(&space.cluster.admin).unwrap().replace("admin-token", "expired-token");
    let file = space.project.write("expired.yaml", &text);
    space.configure(&json!({"kubeconfigFile": file}));
    if space.cluster.stands_in {
        let ran = space.run(&[config]).fails("nauthorized");
        assert_ne!(ran.execution["status"], Value::Null);
    }
}
