//! Watches that expire, break and end; and how soon they tell.

use std::fs;

use serde_json::{Value, json};

use crate::cluster::{Space, cluster};
use crate::manifests::{deploy, deployment, service};
use crate::servers::Server;

/// A front of the API server that does these things to watches; its log counts them.
fn front(deeds: &[&str]) -> Server {
    let cluster = cluster();
    let upstream = cluster.entry()["server"].as_str().unwrap().to_owned();
    Server::script("between.py", |folder| {
        let log = folder.join("log").display().to_string();
        let mut arguments =
            vec![upstream, cluster.pki("ca.crt"), cluster.pki("server.crt"), cluster.pki("server.key"), log];
        arguments.extend(deeds.iter().map(|deed| (*deed).to_owned()));
        arguments
    })
}

fn lines(front: &Server, part: &str) -> Vec<String> {
    let log = fs::read_to_string(front.folder().join("log")).unwrap();
    log.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
}

fn slow(seconds: &str) -> Value {
    let mut slow = deployment("web", "nginx:1", 2);
    slow["spec"]["template"]["metadata"]["annotations"] = json!({"test.kubelet/ready-after": seconds});
    slow
}

#[test]
fn watches_that_expire_break_and_end_are_begun_again() {
    if !cluster().stands_in {
        return;
    }
    let space = Space::new();
    let front = front(&["expire:httproutes", "cut:deployments", "end:deployments", "refuse:services"]);
    space.log_in(&json!({"token": "admin-token"}), &json!({"server": front.url.replace("http:", "https:")}));
    // The server has not watched routes from its beginning: of their first moments it knows nothing.
    let route = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r"}, "spec": {}});
    let ran = space.run(&[deploy(&[slow("6"), service("front", json!({"app": "web"})), route])]).ok();
    let took = ran.stage("Deploy")["endTime"].as_i64().unwrap() - ran.stage("Deploy")["startTime"].as_i64().unwrap();
    assert!(took < 9_500, "a watch that ends is noticed: {took} ms");
    assert_eq!(space.get("deployment", "web")["status"]["readyReplicas"], 2);
    let watches = lines(&front, "watch=true");
    for deed in ["expire", "cut", "end", "refuse"] {
        assert!(watches.iter().any(|line| line.ends_with(deed)), "no watch met '{deed}': {watches:#?}");
    }
    assert!(watches.len() < 20, "a watch that ends is not begun again without pause: {watches:#?}");
}

#[test]
fn nothing_is_asked_again_and_again_while_a_watch_is_quiet() {
    if !cluster().stands_in {
        return;
    }
    let space = Space::new();
    let front = front(&[]);
    space.log_in(&json!({"token": "admin-token"}), &json!({"server": front.url.replace("http:", "https:")}));
    space.run(&[deploy(&[slow("5")])]).ok();
    let lists = lines(&front, "GET /apis/apps/v1/namespaces");
    let polls = lists.iter().filter(|line| line.contains("/deployments?") && !line.contains("watch=true")).count();
    assert!(polls <= 2, "deployments are watched, not listed: {lists:#?}");
    assert_eq!(lines(&front, "watch=true").len(), 1, "{lists:#?}");
}
