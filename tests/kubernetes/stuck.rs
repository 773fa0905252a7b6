//! Rollouts that hang: what is shown while they do, which end early and with what words, and what their stage leaves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::manifests::{deploy, deploy_with, deployment};

/// A space whose account waits ten minutes for what is hindered.
fn patient() -> Space {
    let space = Space::new();
    space.configure(&json!({"rolloutTolerance": "10m"}));
    space
}

fn says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
}

#[test]
fn what_can_never_come_up_is_not_waited_for() {
    let space = patient();
    if !space.cluster.stands_in {
        return;
    }
    let began = Instant::now();
    let ran = space.run(&[deploy(&[deployment("web", "nginx:invalid", 1)])]).fails("cannot become stable");
    says(&ran, &["container main: InvalidImageName", "invalid reference format"]);
    let mut slow = deployment("slow", "nginx:unready", 1);
    slow["spec"]["progressDeadlineSeconds"] = 2.into();
    let ran = space.run(&[deploy(&[slow])]).fails("exceeded its progress deadline");
    says(&ran, &["runs but is not ready; Unhealthy: Readiness probe failed: connection refused"]);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "once", "annotations": {"test.kubelet/log": "no such table"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "tool:fail"}]}});
    // It runs for a moment, which is all Spinnaker asks of a pod; then it has failed.
    let mut dying = pod.clone();
    dying["metadata"]["annotations"]["test.kubelet/run-for"] = "0".into();
    let ran = space.run(&[deploy(&[dying])]);
    if ran.execution["status"] == "TERMINAL" {
        says(&ran, &["Pod has failed", "ended with exit code 1 (Error)", "no such table"]);
    }
    assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
}

#[test]
fn a_stateful_set_that_a_quota_stops_in_the_middle_says_so() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "one"}, "spec": {"hard": {"pods": "1"}}});
    space.run(&[deploy(&[quota])]).ok();
    space.until("the quota being known", || space.get("resourcequota", "one")["status"]["hard"]["pods"] == "1");
    let mut set = deployment("db", "nginx:1", 2);
    set["kind"] = "StatefulSet".into();
    set["spec"]["serviceName"] = "db".into();
    let ran = space.run(&[deploy(&[set])]).fails("is hindered and does not come up");
    says(&ran, &["statefulSet db", "FailedCreate", "exceeded quota: one", "rolloutTolerance"]);
}

#[test]
fn why_it_is_not_there_yet_is_shown_while_it_is_waited_for() {
    let space = patient();
    if !space.cluster.stands_in {
        return;
    }
    for (image, words) in [
        ("nginx:crash", "CrashLoopBackOff: back-off 10s restarting failed container=main"),
        ("nginx:crash2-crash", "(it ended with exit code 1 (Error)); it wrote: panic: cannot start"),
        ("nginx:bad", "ImagePullBackOff: Back-off pulling image \"nginx:bad\""),
        ("nginx:unready", "runs but is not ready; Unhealthy: Readiness probe failed: connection refused"),
    ] {
        space.write("test", &[deploy(&[deployment("web", image, 1)])]);
        let mut command = space.project.command(&["run", "pipelines/test.json"]);
        let running = space.project.start(&mut command);
        // News of one stage are ten seconds apart at least.
        space.until(words, || running.said().contains(words));
        running.signal("INT");
        let (_, said) = running.end();
        assert!(said.contains("deployment web"), "{said}");
        space.kubectl(&["delete", "deployment", "web"]);
    }
    let mut huge = deployment("huge", "nginx:1", 1);
    huge["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "5000"}});
    space.write("test", &[deploy(&[huge])]);
    let mut command = space.project.command(&["run", "pipelines/test.json"]);
    let running = space.project.start(&mut command);
    space.until("no room being said", || running.said().contains("Insufficient cpu"));
    running.signal("INT");
    running.end();
}

#[test]
fn who_may_not_watch_is_served_by_looking_again() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    space.kubectl(&["create", "serviceaccount", "blind"]);
    let verbs = "--verb=get,list,create,patch,delete";
    let resources = "--resource=deployments.apps,replicasets.apps,pods,events,jobs.batch";
    space.kubectl(&["create", "role", "blind", verbs, resources]);
    let account = format!("--serviceaccount={}:blind", space.namespace);
    space.kubectl(&["create", "rolebinding", "blind", "--role=blind", &account]);
    let token = space.kubectl(&["create", "token", "blind"]).trim().to_owned();
    space.log_in(&json!({"token": token}), &json!({}));
    let mut slow = deployment("web", "nginx:1", 1);
    slow["spec"]["template"]["metadata"]["annotations"] = json!({"test.kubelet/ready-after": "2"});
    space.run(&[deploy(&[slow])]).ok();
    assert_eq!(space.get("deployment", "web")["status"]["readyReplicas"], 1);
    space.run(&[deploy(&[deployment("bad", "nginx:bad", 1)])]).fails("ImagePullBackOff");
}

#[test]
fn messages_and_events_are_left_in_the_context() {
    let space = Space::new();
    let events = |ran: &Ran| ran.stage("Deploy")["context"]["events"].clone();
    let with_events = |image: &str| deploy_with(&[deployment("web", image, 1)], json!({"includeEvents": true}));
    let ran = space.run(&[deploy(&[deployment("plain", "nginx:1", 1)])]).ok();
    assert_eq!((&ran.stage("Deploy")["context"]["messages"], events(&ran)), (&json!([]), Value::Null));
    let ran = space.run(&[with_events("nginx:1")]).ok();
    let found = events(&ran);
    let scaled = |event: &Value| {
        event["reason"] == "ScalingReplicaSet"
            && event["involvedObject"]["name"] == "web"
            && event["kind"] != Value::Bool(true)
    };
    assert!(found.as_array().is_some_and(|events| events.iter().any(scaled)), "{found:#}");
    if !space.cluster.stands_in {
        return;
    }
    let ran = space.run(&[with_events("nginx:bad")]).fails("ImagePullBackOff");
    let messages = ran.stage("Deploy")["context"]["messages"].clone();
    let name = format!("'deployment web' in '{}' for account k8s", space.namespace);
    assert_eq!(messages[0], format!("{name}: waiting for manifest to stabilize"));
    let last = messages.as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    assert!(last.starts_with(&name) && last.contains("ImagePullBackOff"), "{messages:#}");
    let failed = json!([{"manifestName": "deployment web", "location": space.namespace}]);
    assert_eq!(ran.stage("Deploy")["context"]["failedManifests"], failed);
}
