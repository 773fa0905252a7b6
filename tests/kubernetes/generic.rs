//! Stages of every provider on Kubernetes' own server groups: replica sets behind a Service, and those behind none.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{deploy, deploy_behind, replica_set, service, stage};

const MARK: &str = "traffic.gennaker.io/disabled";

/// A stage on one replica set.
fn on(space: &Space, kind: &str, name: &str) -> Value {
    stage(kind, "Act", json!({"region": space.namespace, "serverGroupName": format!("replicaSet {name}")}))
}

/// A stage on the cluster of the replica sets `web`.
fn on_cluster(space: &Space, kind: &str, more: Value) -> Value {
    let moniker = json!({"app": "shop", "cluster": "replicaSet web"});
    let mut stage =
        stage(kind, "Act", json!({"regions": [space.namespace], "cluster": "replicaSet web", "moniker": moniker}));
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

/// Two versions, the newer one in traffic.
fn red_black() -> Space {
    let space = Space::new();
    space
        .run(&[
            deploy(&[service("front", json!({"lb": "front"}))]),
            deploy_behind("front", "none", &[replica_set("web", "nginx:1", 2)]),
        ])
        .ok();
    space.behind("front", 2);
    space.run(&[deploy_behind("front", "redblack", &[replica_set("web", "nginx:2", 2)])]).ok();
    assert!(space.behind("front", 2).iter().all(|pod| pod.starts_with("web-v001-")));
    space
}

#[test]
fn one_behind_a_service_is_disabled_enabled_and_destroyed() {
    let space = red_black();
    space.run(&[on(&space, "enableServerGroup", "web-v000")]).ok();
    space.behind("front", 4);
    space.run(&[on(&space, "disableServerGroup", "web-v000")]).ok();
    assert!(space.behind("front", 2).iter().all(|pod| pod.starts_with("web-v001-")));
    let mark = &space.get("replicaset", "web-v000")["metadata"]["annotations"][MARK];
    assert_eq!(*mark, Value::Null, "its labels say so");
    space.run(&[on(&space, "destroyServerGroup", "web-v001")]).ok();
    assert_eq!(space.names("replicasets"), ["web-v000"]);
}

#[test]
fn a_cluster_goes_back_to_the_version_before() {
    let space = red_black();
    let ran = space.run(&[on_cluster(&space, "rollbackCluster", json!({"targetHealthyRollbackPercentage": 100}))]).ok();
    assert!(ran.kinds().contains(&"enableServerGroup"), "{:?}", ran.kinds());
    assert!(space.behind("front", 2).iter().all(|pod| pod.starts_with("web-v000-")));
}

#[test]
fn versions_out_of_traffic_are_scaled_down() {
    let space = red_black();
    let keep_one = json!({"remainingFullSizeServerGroups": 1, "allowScaleDownActive": false});
    space.run(&[on_cluster(&space, "scaleDownCluster", keep_one)]).ok();
    let replicas = |name: &str| space.get("replicaset", name)["spec"]["replicas"].clone();
    assert_eq!((replicas("web-v000"), replicas("web-v001")), (json!(0), json!(2)));
}

#[test]
fn one_behind_no_service_is_marked_while_it_is_disabled() {
    let space = Space::new();
    space.run(&[deploy(&[replica_set("web", "nginx:1", 1)])]).ok();
    let mark = || space.get("replicaset", "web-v000")["metadata"]["annotations"][MARK].clone();
    space.run(&[on(&space, "disableServerGroup", "web-v000")]).ok();
    assert_eq!(mark(), "true");
    space.run(&[on(&space, "enableServerGroup", "web-v000")]).ok();
    assert_eq!(mark(), Value::Null);
    space.run(&[on(&space, "destroyServerGroup", "web-v000")]).ok();
    assert_eq!(space.names("replicasets"), Vec::<String>::new());
}

#[test]
fn objects_that_are_to_be_ignored_are_no_server_groups() {
    let space = Space::new();
    let ignored =
        crate::manifests::annotated(replica_set("hidden", "nginx:1", 1), "caching.spinnaker.io/ignore", "true");
    space.run(&[deploy(&[ignored, replica_set("web", "nginx:1", 1)])]).ok();
    let shown = space.project.ok(&["clusters"]);
    assert!(shown.contains("web-v000") && !shown.contains("hidden"), "{shown}");
}
