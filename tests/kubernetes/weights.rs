//! Traffic shifted by weight: HTTPRoute, VirtualService, Ingress, TrafficSplit; conflicts, failures, plans, kills.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{deploy, deploy_with, deployment, service, stage};

const KINDS: [&str; 4] = ["HTTPRoute", "Ingress", "TrafficSplit", "VirtualService"];

/// The manifests of a version: pods and the Service in front of them.
fn version(name: &str) -> [Value; 2] {
    [service(name, json!({"app": name})), deployment(name, "nginx:1", 1)]
}

/// A route called `shop` that sends everything to `shop-v1`.
fn manifest(kind: &str, namespace: &str) -> Value {
    let (api_version, spec) = match kind {
        "HTTPRoute" => (
            "gateway.networking.k8s.io/v1",
            json!({"parentRefs": [{"name": "edge"}], "hostnames": ["shop.test"], "rules": [{"backendRefs": [{"name": "shop-v1", "port": 80}]}]}),
        ),
        "VirtualService" => (
            "networking.istio.io/v1",
            json!({"hosts": ["shop.test"], "http": [{"name": "all", "route": [{"destination": {"host": "shop-v1"}}]}]}),
        ),
        "TrafficSplit" => (
            "split.smi-spec.io/v1alpha2",
            json!({"service": "shop", "backends": [{"service": "shop-v1", "weight": 100}]}),
        ),
        _ => (
            "networking.k8s.io/v1",
            json!({"ingressClassName": "nginx", "rules": [{"host": "shop.test", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop-v1", "port": {"number": 80}}}}]}}]}),
        ),
    };
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "shop", "namespace": namespace}, "spec": spec})
}

/// Both versions run, and the route sends everything to the first.
fn with_route(kind: &str) -> Space {
    let space = Space::new();
    space.cluster.apply(&manifest(kind, &space.namespace).to_string());
    let manifests: Vec<Value> = version("shop-v1").into_iter().chain(version("shop-v2")).collect();
    space.run(&[deploy(&manifests)]).ok();
    space.behind("shop-v2", 1);
    space
}

fn shift(kind: &str, more: Value) -> Value {
    let mut shift = stage("shiftTraffic", "Shift", json!({"route": {"kind": kind, "name": "shop", "to": "shop-v2"}}));
    shift.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shift
}

/// What the new version gets, as the live objects say.
fn share(space: &Space, kind: &str) -> i64 {
    let of = |list: &Value, name: &dyn Fn(&Value) -> Value| {
        let backends = list.as_array().unwrap();
        let own = backends.iter().find(|it| name(it) == "shop-v2");
        own.map_or(0, |it| it["weight"].as_i64().unwrap_or(100))
    };
    match kind {
        "Ingress" => {
            let main = space.get("ingress", "shop");
            let canary = space.get("ingress", "shop-canary");
            let service = |it: &Value| it["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"].clone();
            let weight = &canary["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"];
            match service(&main) == "shop-v2" {
                true => 100,
                false if canary.is_null() => 0,
                false => weight.as_str().unwrap().parse().unwrap(),
            }
        }
        "HTTPRoute" => of(&space.get("httproute", "shop")["spec"]["rules"][0]["backendRefs"], &|it| it["name"].clone()),
        "TrafficSplit" => of(&space.get("trafficsplit", "shop")["spec"]["backends"], &|it| it["service"].clone()),
        _ => of(&space.get("virtualservice", "shop")["spec"]["http"][0]["route"], &|it| {
            it["destination"]["host"].clone()
        }),
    }
}

#[test]
fn every_kind_of_route_is_shifted_step_by_step_and_back() {
    std::thread::scope(|scope| {
        for kind in KINDS {
            scope.spawn(move || {
                let space = with_route(kind);
                let ran = space.run(&[shift(kind, json!({"weight": 10}))]).ok();
                assert_eq!(share(&space, kind), 10, "{kind}");
                assert_eq!(*ran.output("Shift", "trafficWeights"), json!({"shop-v1": 90, "shop-v2": 10}));
                let ran = space.run(&[shift(kind, json!({"steps": [10, 50, 100], "wait": 1}))]).ok();
                assert_eq!(share(&space, kind), 100, "{kind}");
                // It has 10 % already.
                assert_eq!(ran.kinds().iter().filter(|kind| **kind == "shiftTraffic").count(), 3, "{:?}", ran.kinds());
                assert!(ran.kinds().contains(&"wait"));
                space.run(&[shift(kind, json!({"steps": [10, 50, 100]}))]).ok();
                assert_eq!(share(&space, kind), 100, "{kind}: the same again changes nothing");
                let back =
                    json!({"weight": 0, "route": {"kind": kind, "name": "shop", "from": "shop-v1", "to": "shop-v2"}});
                space.run(&[shift(kind, back)]).ok();
                assert_eq!(share(&space, kind), 0, "{kind}");
            });
        }
    });
}

#[test]
fn only_weights_are_written_and_a_version_that_comes_takes_the_place_of_an_idle_one() {
    let space = with_route("HTTPRoute");
    space.run(&[shift("HTTPRoute", json!({"weight": 25}))]).ok();
    let live = space.get("httproute", "shop");
    let backends = &live["spec"]["rules"][0]["backendRefs"];
    assert_eq!((backends[1]["name"].clone(), backends[1]["port"].clone()), (json!("shop-v2"), json!(80)));
    assert_eq!(live["spec"]["hostnames"], json!(["shop.test"]));
    space.run(&[shift("HTTPRoute", json!({"weight": 100}))]).ok();
    let next = json!({"weight": 5, "route": {"kind": "HTTPRoute", "name": "shop", "to": "shop-v3"}});
    space.run(&[deploy(&version("shop-v3")), shift("HTTPRoute", next)]).ok();
    let backends = space.get("httproute", "shop")["spec"]["rules"][0]["backendRefs"].clone();
    let names: Vec<_> =
        backends.as_array().unwrap().iter().map(|it| (it["name"].clone(), it["weight"].clone())).collect();
    assert_eq!(names, [(json!("shop-v2"), json!(95)), (json!("shop-v3"), json!(5))]);
}

/// A deployment of the second version that shifts traffic to it.
fn rolled_in(kind: &str, steps: Value) -> Value {
    let options = json!({"route": {"kind": kind, "name": "shop", "to": "shop-v2"}, "steps": steps});
    deploy_with(&version("shop-v2"), json!({"trafficManagement": {"enabled": true, "options": options}}))
}

#[test]
fn a_deployment_shifts_traffic_to_its_version_once_it_is_stable() {
    let space = Space::new();
    space.cluster.apply(&manifest("HTTPRoute", &space.namespace).to_string());
    space.run(&[deploy(&version("shop-v1"))]).ok();
    space.write("test", &[rolled_in("HTTPRoute", json!([10, 100]))]);
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    let line = format!("traffic: HTTPRoute shop in {}: shop-v1/shop-v2 100/0 → 90/10 → 0/100", space.namespace);
    assert!(plan.contains(&line), "no '{line}' in\n{plan}");
    assert_eq!(share(&space, "HTTPRoute"), 0, "a plan changes nothing");
    let ran = space.run(&[rolled_in("HTTPRoute", json!([10, 100]))]).ok();
    assert_eq!(share(&space, "HTTPRoute"), 100);
    assert_eq!(ran.kinds().iter().filter(|kind| **kind == "shiftTraffic").count(), 2);
}

#[test]
fn a_plan_sees_what_the_stages_before_shift() {
    let space = with_route("TrafficSplit");
    let steps = json!({"steps": [50, 100], "wait": "90s"});
    space.write("test", &[shift("TrafficSplit", json!({"weight": 10})), shift("TrafficSplit", steps)]);
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    let route = format!("traffic: TrafficSplit shop in {}: shop-v1/shop-v2", space.namespace);
    for line in [format!("{route} 100/0 → 90/10"), format!("{route} 90/10 → 50/50 → 0/100, 1m 30s apart")] {
        assert!(plan.contains(&line), "no '{line}' in\n{plan}");
    }
}

#[test]
fn traffic_is_given_back_when_a_rollout_fails() {
    let space = Space::new();
    space.cluster.apply(&manifest("HTTPRoute", &space.namespace).to_string());
    space.run(&[deploy(&version("shop-v1"))]).ok();
    let status = json!({"status": {"parents": [{"parentRef": {"name": "edge"}, "controllerName": "test/edge", "conditions": [
        {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "no such backend"}]}]}});
    space.kubectl(&["patch", "httproute", "shop", "--subresource=status", "--type=merge", "-p", &status.to_string()]);
    let mut deploying = rolled_in("HTTPRoute", json!([10, 100]));
    deploying["stageTimeoutMs"] = 10_000.into();
    let ran = space.run(&[deploying]).fails("gateway edge says BackendNotFound: no such backend");
    assert_eq!(ran.stage("Restore Traffic")["status"], "SUCCEEDED");
    let backends = space.get("httproute", "shop")["spec"]["rules"][0]["backendRefs"].clone();
    assert_eq!(backends.as_array().unwrap().len(), 1, "the new version has left the route: {backends}");
    let mut shifting = shift("HTTPRoute", json!({"weight": 30, "stageTimeoutMs": 3000}));
    let ran = space.run(&[shifting.clone()]).fails("BackendNotFound");
    assert_eq!(ran.code, Some(4), "all is as before: {}", ran.said);
    assert_eq!(share(&space, "HTTPRoute"), 0);
    shifting["restoreOnFailure"] = false.into();
    assert_eq!(space.run(&[shifting]).fails("BackendNotFound").code, Some(5));
    assert_eq!(share(&space, "HTTPRoute"), 30);
}

#[test]
fn traffic_is_not_given_to_a_version_without_ready_pods() {
    let space = with_route("HTTPRoute");
    space.kubectl(&["scale", "deployment", "shop-v2", "--replicas=0"]);
    space.behind("shop-v2", 0);
    space.run(&[shift("HTTPRoute", json!({"weight": 10, "stageTimeoutMs": 2000}))]).fails("selects no pod that runs");
    space.kubectl(&["delete", "service", "shop-v2"]);
    let ran = space.run(&[shift("HTTPRoute", json!({"weight": 10, "stageTimeoutMs": 2000}))]);
    assert_eq!(ran.fails("service shop-v2").code, Some(4));
    assert_eq!(share(&space, "HTTPRoute"), 0);
}

#[test]
fn shares_that_somebody_else_set_in_between_are_left() {
    let space = with_route("TrafficSplit");
    space.write("test", &[shift("TrafficSplit", json!({"steps": [10, 100], "wait": 4}))]);
    let mut run = space.project.command(&["run", "pipelines/test.json"]).spawn().unwrap();
    space.until("a tenth being shifted", || share(&space, "TrafficSplit") == 10);
    let theirs =
        json!({"spec": {"backends": [{"service": "shop-v1", "weight": 60}, {"service": "shop-v2", "weight": 40}]}});
    space.kubectl(&["patch", "trafficsplit", "shop", "--type=merge", "-p", &theirs.to_string()]);
    assert_eq!(run.wait().unwrap().code(), Some(5));
    let output = space.project.run(&["history", "show", &space.project.executions().pop().unwrap().0]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("gives shop-v2 40 %, but had been left at 10 %"), "{said}");
    assert!(said.contains("kubectl"), "who did it is said: {said}");
    assert!(!said.contains("60/40"), "what was refused is no change: {said}");
    assert_eq!(share(&space, "TrafficSplit"), 40);
}

#[test]
fn other_changes_of_a_route_in_between_do_no_harm() {
    let space = with_route("HTTPRoute");
    space.write("test", &[shift("HTTPRoute", json!({"steps": [10, 100], "wait": 3}))]);
    let mut run = space.project.command(&["run", "pipelines/test.json"]).spawn().unwrap();
    space.until("a tenth being shifted", || share(&space, "HTTPRoute") == 10);
    let theirs = json!({"spec": {"hostnames": ["shop.test", "www.shop.test"]}});
    space.kubectl(&["patch", "httproute", "shop", "--type=merge", "-p", &theirs.to_string()]);
    assert!(run.wait().unwrap().success());
    assert_eq!(share(&space, "HTTPRoute"), 100);
    assert_eq!(space.get("httproute", "shop")["spec"]["hostnames"], theirs["spec"]["hostnames"]);
}

#[test]
fn a_route_that_is_not_there_is_said_before_anything_is_deployed() {
    let space = Space::new();
    let ran = space.run(&[rolled_in("HTTPRoute", json!([100]))]);
    let missing = format!("HTTPRoute shop in {} does not exist", space.namespace);
    assert_eq!(ran.fails(&missing).code, Some(4));
    assert_eq!(space.names("deployments"), Vec::<String>::new());
    let mut own = rolled_in("HTTPRoute", json!([100]));
    own["manifests"].as_array_mut().unwrap().push(manifest("HTTPRoute", &space.namespace));
    space.run(&[own]).fails("deploying sets them back");
    space.write("test", &[shift("Gateway", json!({"weight": 1}))]);
    let refused = space.project.run(&["run", "pipelines/test.json"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    space.cluster.apply(&manifest("VirtualService", &space.namespace).to_string());
    let unknown = json!({"route": {"kind": "VirtualService", "name": "shop", "from": "shop-v8", "to": "shop-v9"}});
    space.run(&[shift("VirtualService", unknown)]).fails("it sends to shop-v1, and neither is shop-v9 nor shop-v8");
}

#[test]
fn a_subset_must_be_defined() {
    let space = Space::new();
    let mut route = manifest("VirtualService", &space.namespace);
    route["spec"]["http"][0]["route"] = json!([{"destination": {"host": "shop", "subset": "v1"}}]);
    space.cluster.apply(&route.to_string());
    let subsets = |names: &[&str]| {
        let subsets: Vec<Value> = names.iter().map(|name| json!({"name": name, "labels": {"version": name}})).collect();
        let rule = json!({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
            "metadata": {"name": "shop", "namespace": space.namespace}, "spec": {"host": "shop", "subsets": subsets}});
        space.cluster.apply(&rule.to_string());
    };
    subsets(&["v1"]);
    space.run(&[deploy(&[service("shop", json!({"app": "shop"})), deployment("shop", "nginx:1", 1)])]).ok();
    space.behind("shop", 1);
    let to =
        json!({"weight": 20, "stageTimeoutMs": 2000, "route": {"kind": "VirtualService", "name": "shop", "to": "v2"}});
    space.run(&[shift("VirtualService", to.clone())]).fails("defines subset v2");
    subsets(&["v1", "v2"]);
    space.run(&[shift("VirtualService", to)]).ok();
    let live = space.get("virtualservice", "shop");
    assert_eq!(
        live["spec"]["http"][0]["route"],
        json!([{"destination": {"host": "shop", "subset": "v1"}, "weight": 80}, {"destination": {"host": "shop", "subset": "v2"}, "weight": 20}])
    );
}

/// Killed at a point, resumed, and how often weights were written until then.
fn killed_at(space: &Space, kind: &str, crash: &str) -> Result<(), String> {
    if kind == "Ingress" {
        space.kubectl(&["delete", "ingress", "shop-canary", "--ignore-not-found"]);
    }
    space.kubectl(&["delete", kind, "shop", "--ignore-not-found"]);
    space.cluster.apply(&manifest(kind, &space.namespace).to_string());
    let killed = space.project.command(&["run", "pipelines/test.json"]).env("GENNAKER_CRASH", crash).output().unwrap();
    let is_over = space.project.journal().last().unwrap()["event"] == "executionCompleted";
    if killed.status.signal() != Some(9) && !(killed.status.success() && is_over) {
        return Err(format!("{kind} {crash}: {}", text(&killed.stderr)));
    }
    if !is_over {
        let resumed = space.project.run(&["resume"]);
        if !resumed.status.success() {
            return Err(format!("{kind} {crash}: not resumed: {}", text(&resumed.stderr)));
        }
    }
    let found = share(space, kind);
    // Three steps, and one object is made for the first of an Ingress: what is written once is not written again.
    let live = space.get(kind, "shop");
    let generation = live["metadata"]["generation"].as_i64().unwrap_or(0);
    let written = if kind == "Ingress" { 2 } else { 4 };
    if found == 100 && generation == written {
        return Ok(());
    }
    Err(format!("{kind} {crash}: ended with {found} % at generation {generation} instead of {written}"))
}

#[test]
fn a_shift_survives_being_killed_at_every_record() {
    std::thread::scope(|scope| {
        for kind in ["HTTPRoute", "Ingress"] {
            scope.spawn(move || {
                let space = with_route(kind);
                space.write("test", &[shift(kind, json!({"steps": [10, 50, 100]}))]);
                let ran = space.project.run(&["run", "pipelines/test.json"]);
                assert!(ran.status.success(), "{}", text(&ran.stderr));
                let mut points = Vec::new();
                for (index, record) in space.project.journal().iter().enumerate().skip(1) {
                    if matches!(record["event"].as_str(), Some("taskCompleted" | "mutationRecorded")) {
                        points.push(format!("before:{}", index + 1));
                    }
                    points.push(format!("after:{}", index + 1));
                }
                assert!(points.len() > 20, "{} points are too few", points.len());
                let failed: Vec<String> =
                    points.iter().filter_map(|point| killed_at(&space, kind, point).err()).collect();
                assert!(failed.is_empty(), "{}", failed.join("\n"));
            });
        }
    });
}
