//! Traffic: replica sets behind services, red/black, highlander, enabled and disabled by hand.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{deploy, deploy_behind, deployment, replica_set, service, stage};

fn with_service() -> Space {
    let space = Space::new();
    space.run(&[deploy(&[service("front", json!({"lb": "front"}))])]).ok();
    space
}

fn of(pods: &[String], set: &str) -> bool {
    pods.iter().all(|pod| pod.starts_with(&format!("{set}-")))
}

#[test]
fn red_black_takes_the_old_version_out_of_traffic() {
    let space = with_service();
    space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:1", 2)])]).ok();
    assert!(of(&space.behind("front", 2), "web-v000"));
    let live = space.get("replicaset", "web-v000");
    assert_eq!(live["metadata"]["annotations"]["traffic.spinnaker.io/load-balancers"], r#"["service front"]"#);
    let ran = space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:2", 2)])]).ok();
    assert!(of(&space.behind("front", 2), "web-v001"));
    assert!(ran.kinds().contains(&"disableManifest"), "{:?}", ran.kinds());
    let old = space.get("replicaset", "web-v000");
    assert_eq!(old["spec"]["replicas"], 2, "the old version stays");
    assert_eq!(old["spec"]["template"]["metadata"]["labels"]["lb"], Value::Null);
}

#[test]
fn red_black_deletes_old_versions_that_never_worked() {
    let space = with_service();
    if !space.cluster.stands_in {
        return;
    }
    let failing = stage(
        "deployManifest",
        "Broken",
        json!({"source": "text", "moniker": {"app": "shop"}, "manifests": [replica_set("web", "nginx:unready", 1)], "stageTimeoutMs": 3000,
        "trafficManagement": {"enabled": true, "options": {"enableTraffic": true, "services": ["service front"], "strategy": "redblack"}}}),
    );
    space.run(&[failing]).fails("web-v000");
    let ran = space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:2", 1)])]).ok();
    assert!(ran.kinds().contains(&"deleteManifest"), "{:?}", ran.kinds());
    assert_eq!(space.names("replicasets"), ["web-v001"]);
}

#[test]
fn highlander_deletes_all_others() {
    let space = with_service();
    for image in ["nginx:1", "nginx:2", "nginx:3"] {
        space.run(&[deploy_behind("front", "highlander", &[replica_set("web", image, 1)])]).ok();
    }
    space.until("only one being left", || space.names("replicasets") == ["web-v002"]);
    assert!(of(&space.behind("front", 1), "web-v002"));
}

#[test]
fn workloads_are_disabled_and_enabled_by_hand() {
    let space = with_service();
    space.run(&[deploy_behind("front", "none", &[replica_set("web", "nginx:1", 2)])]).ok();
    let act = |kind: &str| {
        let context = json!({"location": space.namespace, "manifestName": "replicaSet web-v000", "mode": "static"});
        space.run(&[stage(kind, "Act", context)]).ok();
    };
    act("disableManifest");
    space.behind("front", 0);
    act("disableManifest");
    act("enableManifest");
    assert!(of(&space.behind("front", 2), "web-v000"));
}

#[test]
fn services_that_select_what_workloads_are_known_by_are_refused() {
    let space = Space::new();
    space.run(&[deploy(&[service("front", json!({"app": "web"})), service("empty", json!({}))])]).ok();
    let with = |service: &str| space.run(&[deploy_behind(service, "redblack", &[replica_set("web", "nginx:1", 1)])]);
    with("front").fails("app");
    with("empty").fails("selector");
    with("missing").fails("missing");
    assert_eq!(space.names("replicasets"), Vec::<String>::new());
}

#[test]
fn deployments_are_left_alone_by_strategies() {
    let space = with_service();
    for image in ["nginx:1", "nginx:2"] {
        let ran = space.run(&[deploy_behind("front", "redblack", &[deployment("web", image, 1)])]).ok();
        assert!(!ran.kinds().contains(&"disableManifest"));
    }
}

#[test]
fn red_black_needs_a_history_of_two() {
    let space = with_service();
    let set =
        crate::manifests::annotated(replica_set("web", "nginx:1", 1), "strategy.spinnaker.io/max-version-history", "1");
    space.run(&[deploy_behind("front", "redblack", &[set])]).fails("max-version-history");
}

#[test]
fn a_plan_says_which_traffic_moves() {
    let space = with_service();
    space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:1", 2)])]).ok();
    space.behind("front", 2);
    let plan = |stage: Value| {
        space.write("test", &[stage]);
        space.project.ok(&["plan", "pipelines/test.json"])
    };
    let moves = |plan: &str| {
        let lines =
            plan.lines().map(str::trim).filter(|line| line.starts_with("traffic: ") || line.starts_with("delete "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let red_black = plan(deploy_behind("front", "redblack", &[replica_set("web", "nginx:2", 2)]));
    let shifted = [
        "traffic: service front sends to replicaSet web-v001".to_owned(),
        "traffic: service front no longer sends to replicaSet web-v000".to_owned(),
    ];
    assert_eq!(moves(&red_black), shifted, "{red_black}");
    let highlander = plan(deploy_behind("front", "highlander", &[replica_set("web", "nginx:2", 2)]));
    assert_eq!(moves(&highlander)[..2], shifted, "{highlander}");
    assert_eq!(moves(&highlander)[2], format!("delete replicaSet web-v000 in {}", space.namespace));
    let disable = json!({"location": space.namespace, "manifestName": "replicaSet web-v000", "mode": "static"});
    let disable = plan(stage("disableManifest", "Act", disable));
    let line = format!("traffic: service front no longer sends to replicaSet web-v000 in {}", space.namespace);
    assert_eq!(moves(&disable), [line], "{disable}");
    assert!(of(&space.behind("front", 2), "web-v000"), "a plan changes nothing");
}

#[test]
fn versions_that_stand_behind_no_service_are_left_as_they_are() {
    let space = with_service();
    space.run(&[deploy(&[replica_set("web", "nginx:1", 1)])]).ok();
    let ran = space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:2", 1)])]).ok();
    assert!(ran.kinds().contains(&"disableManifest"), "{:?}", ran.kinds());
    assert!(of(&space.behind("front", 1), "web-v001"));
    assert_eq!(space.get("replicaset", "web-v000")["spec"]["template"]["metadata"]["labels"]["app"], "web");
    let act = json!({"location": space.namespace, "manifestName": "replicaSet web-v000"});
    space.run(&[stage("enableManifest", "Act", act)]).ok();
}

#[test]
fn services_that_share_a_label_are_both_left() {
    let space = Space::new();
    let both = json!({"lb": "front", "more": "yes"});
    space.run(&[deploy(&[service("front", json!({"lb": "front"})), service("also", both)])]).ok();
    let mut set = replica_set("web", "nginx:1", 1);
    set["spec"]["template"]["metadata"]["labels"] = json!({"app": "web", "lb": "front", "more": "yes"});
    space.run(&[deploy(&[set])]).ok();
    let act = |kind: &str| {
        let services = json!(["service front", "service also"]);
        let act =
            json!({"location": space.namespace, "manifestName": "replicaSet web-v000", "loadBalancers": services});
        space.run(&[stage(kind, "Act", act)]).ok();
        let labels = space.get("replicaset", "web-v000")["spec"]["template"]["metadata"]["labels"].clone();
        (labels["lb"].clone(), labels["more"].clone())
    };
    assert_eq!(act("disableManifest"), (Value::Null, Value::Null));
    assert_eq!(act("enableManifest"), (json!("front"), json!("yes")));
}
