//! Traffic by weight where one Service selects all versions: a Service is made for each, and goes with it.

use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::manifests::{annotated, deploy, deploy_with, deployment, replica_set, service};

const KINDS: [&str; 4] = ["HTTPRoute", "Ingress", "TrafficSplit", "VirtualService"];

/// A route called `shop` that sends everything to the Service `shop`.
fn route(kind: &str, namespace: &str) -> Value {
    let (api_version, spec) = match kind {
        "HTTPRoute" => (
            "gateway.networking.k8s.io/v1",
            json!({"parentRefs": [{"name": "edge"}], "rules": [{"backendRefs": [{"name": "shop", "port": 80}]}]}),
        ),
        "VirtualService" => {
            let host = format!("shop.{namespace}.svc.cluster.local");
            (
                "networking.istio.io/v1",
                json!({"hosts": ["shop.test"], "http": [{"route": [{"destination": {"host": host}}]}]}),
            )
        }
        "TrafficSplit" => {
            ("split.smi-spec.io/v1alpha2", json!({"service": "shop", "backends": [{"service": "shop", "weight": 100}]}))
        }
        _ => (
            "networking.k8s.io/v1",
            json!({"ingressClassName": "nginx", "rules": [{"host": "shop.test", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 80}}}}]}}]}),
        ),
    };
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "shop", "namespace": namespace}, "spec": spec})
}

/// One Service for all versions, and a route that sends to it.
fn with_route(kind: &str) -> Space {
    let space = Space::new();
    space.cluster.apply(&route(kind, &space.namespace).to_string());
    space.run(&[deploy(&[service("shop", json!({"app": "shop"}))])]).ok();
    space
}

/// A deployment of an image as a new version, its traffic shifted in these steps.
fn version(kind: &str, image: &str, steps: Value, strategy: &str) -> Value {
    let options = json!({"route": {"kind": kind, "name": "shop"}, "steps": steps, "strategy": strategy});
    deploy_with(&[replica_set("shop", image, 1)], json!({"trafficManagement": {"enabled": true, "options": options}}))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(100)
}

/// Where the route sends to and how much, those that get nothing left out.
fn shares(space: &Space, kind: &str) -> Vec<(String, i64)> {
    let of = |list: &Value, name: &dyn Fn(&Value) -> Value| -> Vec<(String, i64)> {
        let backends = list.as_array().unwrap();
        backends.iter().map(|it| (name(it).as_str().unwrap().to_owned(), number(&it["weight"]))).collect()
    };
    let mut found = match kind {
        "Ingress" => {
            let name = |it: &Value| {
                it["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"].as_str().unwrap().to_owned()
            };
            let canary = space.get("ingress", "shop-canary");
            let weight = &canary["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"];
            let weight: i64 = weight.as_str().unwrap_or("0").parse().unwrap();
            let mut all = vec![(name(&space.get("ingress", "shop")), 100 - weight)];
            all.extend((weight > 0).then(|| (name(&canary), weight)));
            all
        }
        "HTTPRoute" => of(&space.get("httproute", "shop")["spec"]["rules"][0]["backendRefs"], &|it| it["name"].clone()),
        "TrafficSplit" => of(&space.get("trafficsplit", "shop")["spec"]["backends"], &|it| it["service"].clone()),
        _ => of(&space.get("virtualservice", "shop")["spec"]["http"][0]["route"], &|it| {
            it["destination"]["host"].as_str().unwrap().split('.').next().unwrap().into()
        }),
    };
    found.retain(|(_, weight)| *weight > 0);
    found.sort();
    // What gets all of it may weigh anything.
    if let [(_, weight)] = found.as_mut_slice() {
        *weight = 100;
    }
    found
}

fn wholly(name: &str) -> Vec<(String, i64)> {
    vec![(name.to_owned(), 100)]
}

fn shifts(ran: &Ran) -> usize {
    ran.kinds().iter().filter(|kind| **kind == "shiftTraffic").count()
}

#[test]
fn versions_get_services_of_their_own_along_every_kind_of_route() {
    std::thread::scope(|scope| {
        for kind in KINDS {
            scope.spawn(move || {
                let space = with_route(kind);
                let ran = space.run(&[version(kind, "nginx:1", json!([10, 50, 100]), "none")]).ok();
                // There is nothing to split yet.
                assert_eq!((shares(&space, kind), shifts(&ran)), (wholly("shop-v000"), 1), "{kind}");
                space.run(&[version(kind, "nginx:2", json!([20]), "none")]).ok();
                let split = vec![("shop-v000".to_owned(), 80), ("shop-v001".to_owned(), 20)];
                assert_eq!(shares(&space, kind), split, "{kind}");
                let pods = space.behind("shop-v001", 1);
                assert!(pods[0].starts_with("shop-v001-"), "{kind}: {pods:?}");
                // Each goes with its version; those that are left go on.
                space.kubectl(&["delete", "replicaset", "shop-v001"]);
                space.until("its Service going with it", || space.names("services") == ["shop", "shop-v000"]);
            });
        }
    });
}

#[test]
fn a_version_that_serves_already_is_told_apart_before_a_new_one_comes() {
    let space = with_route("HTTPRoute");
    space.run(&[deploy(&[replica_set("shop", "nginx:1", 1)])]).ok();
    space.behind("shop", 1);
    let next = version("HTTPRoute", "nginx:2", json!([10, 100]), "highlander");
    space.write("test", std::slice::from_ref(&next));
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    let namespace = &space.namespace;
    for line in [
        format!("create service shop-v000 in {namespace}: what service shop selects, of replicaSet shop-v000 alone"),
        format!("traffic: HTTPRoute shop in {namespace}: shop → shop-v000, the same pods"),
        format!("create service shop-v001 in {namespace}: what service shop selects, of replicaSet shop-v001 alone"),
        format!("traffic: HTTPRoute shop in {namespace}: shop-v000/shop-v001 100/0 → 90/10 → 0/100"),
        format!("delete replicaSet shop-v000 in {namespace}, and service shop-v000 with it"),
    ] {
        assert!(plan.contains(&line), "no '{line}' in\n{plan}");
    }
    assert_eq!((space.names("services"), shares(&space, "HTTPRoute")), (vec!["shop".to_owned()], wholly("shop")));
    let ran = space.run(&[next]).ok();
    assert_eq!((shares(&space, "HTTPRoute"), shifts(&ran)), (wholly("shop-v001"), 2));
    space.until("the old one going", || space.names("services") == ["shop", "shop-v001"]);
    assert_eq!(space.names("replicasets"), ["shop-v001"]);
    for words in ["shop → shop-v000, the same pods", "service shop-v001"] {
        assert!(ran.said.contains(words), "no '{words}' in\n{}", ran.said);
    }
}

#[test]
fn a_rollout_that_fails_gives_traffic_back_and_the_next_one_goes_on_from_there() {
    let space = with_route("HTTPRoute");
    if !space.cluster.stands_in {
        return;
    }
    space.run(&[version("HTTPRoute", "nginx:1", json!([100]), "none")]).ok();
    let mut broken = version("HTTPRoute", "nginx:unready", json!([10, 100]), "none");
    broken["stageTimeoutMs"] = 4000.into();
    space.run(&[broken]).fails("did not become stable in time");
    assert_eq!(shares(&space, "HTTPRoute"), wholly("shop-v000"));
    // What is kept by their number alone would be the one that never came up.
    let mut next = version("HTTPRoute", "nginx:3", json!([50, 100]), "none");
    let history = "strategy.spinnaker.io/max-version-history";
    next["manifests"][0] = annotated(next["manifests"][0].clone(), history, "1");
    let ran = space.run(&[next]).ok();
    assert_eq!((shares(&space, "HTTPRoute"), shifts(&ran)), (wholly("shop-v002"), 2));
    assert_eq!(space.names("replicasets"), ["shop-v000", "shop-v002"], "what had traffic was kept");
}

#[test]
fn what_cannot_be_told_apart_is_refused_before_anything_is_sent() {
    let space = with_route("HTTPRoute");
    let shifted = |manifest: Value, more: Value| {
        let mut route = json!({"kind": "HTTPRoute", "name": "shop"});
        route.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let management = json!({"enabled": true, "options": {"route": route}});
        space.run(&[deploy_with(&[manifest], json!({"trafficManagement": management}))])
    };
    shifted(deployment("shop", "nginx:1", 1), json!({})).fails("is changed in place");
    shifted(replica_set("other", "nginx:1", 1), json!({})).fails("that service shop selects");
    shifted(replica_set("shop", "nginx:1", 1), json!({"service": "elsewhere"}))
        .fails("it sends to nothing of service elsewhere");
    space.cluster.apply(
        &json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop-v000", "namespace": space.namespace},
            "spec": {"selector": {"app": "theirs"}, "ports": [{"port": 80}]}})
        .to_string(),
    );
    shifted(replica_set("shop", "nginx:1", 1), json!({})).fails("is there, and is not the one that gennaker makes");
    assert_eq!((space.names("replicasets"), space.names("deployments")), (Vec::<String>::new(), Vec::new()));
    assert_eq!(shares(&space, "HTTPRoute"), wholly("shop"));
}

#[test]
fn versioned_deployments_have_services_too() {
    let space = with_route("HTTPRoute");
    let versioned = |image: &str| {
        let mut stage = version("HTTPRoute", image, json!([100]), "none");
        stage["manifests"] =
            json!([annotated(deployment("shop", image, 1), "strategy.spinnaker.io/versioned", "true")]);
        stage
    };
    space.run(&[versioned("nginx:1")]).ok();
    space.run(&[versioned("nginx:2")]).ok();
    assert_eq!(shares(&space, "HTTPRoute"), wholly("shop-v001"));
    assert_eq!(space.behind("shop-v001", 1).len(), 1);
}

/// Killed at a point, resumed: services, replica sets, shares.
fn killed_at(point: &str) -> Result<(), String> {
    let space = with_route("HTTPRoute");
    space.run(&[deploy(&[replica_set("shop", "nginx:1", 1)])]).ok();
    space.write("test", &[version("HTTPRoute", "nginx:2", json!([50, 100]), "none")]);
    crate::kill::killed(&space, point)?;
    let found = (space.names("services"), space.names("replicasets"), shares(&space, "HTTPRoute"));
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let wanted = (names(&["shop", "shop-v000", "shop-v001"]), names(&["shop-v000", "shop-v001"]), wholly("shop-v001"));
    if found == wanted { Ok(()) } else { Err(format!("{point}: ended with {found:?}")) }
}

#[test]
fn services_of_versions_survive_being_killed_at_every_record() {
    let space = with_route("HTTPRoute");
    space.run(&[deploy(&[replica_set("shop", "nginx:1", 1)])]).ok();
    space.run(&[version("HTTPRoute", "nginx:2", json!([50, 100]), "none")]).ok();
    crate::kill::at_all(&crate::kill::points(&space), killed_at);
}
