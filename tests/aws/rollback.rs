//! Going back: which server group, and that it really takes traffic again.

use serde_json::{Value, json};

use crate::world::World;

fn stage(world: &World, kind: &str, more: &Value) {
    let mut stage = json!({
        "name": kind, "type": kind, "credentials": "prod", "cloudProvider": "aws", "regions": ["us-east-1"],
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.pipeline("step", &json!([stage]));
    world.run_ok("step");
}

fn go_back(world: &World) {
    stage(world, "rollbackCluster", &json!({"cluster": "shop-prod", "targetHealthyRollbackPercentage": 100}));
}

fn on(name: &str, more: Value) -> Value {
    let mut target = json!({"serverGroupName": name, "region": "us-east-1"});
    target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    target
}

fn healthy(world: &World) -> Vec<(String, u64)> {
    let groups = world.groups();
    groups.as_object().unwrap().iter().map(|(name, group)| (name.clone(), group["healthy"].as_u64().unwrap())).collect()
}

#[test]
fn one_that_was_scaled_down_and_disabled_twice_takes_traffic_again() {
    let world = World::new();
    world.deploy_pipeline(&json!({"scaleDown": true}));
    world.deploy("web-1");
    world.deploy("web-2");
    assert_eq!(world.groups()["shop-prod-v000"]["instances"], 0);
    stage(&world, "disableServerGroup", &on("shop-prod-v000", json!({})));
    assert_eq!(world.groups()["shop-prod-v000"]["tags"]["gennaker:suspended"], Value::Null);
    go_back(&world);
    let groups = world.groups();
    let (old, bad) = (&groups["shop-prod-v000"], &groups["shop-prod-v001"]);
    assert_eq!((&old["healthy"], &old["suspended"], &bad["healthy"]), (&json!(3), &json!([]), &json!(0)));
    world.assert_contract();
}

#[test]
fn the_image_that_was_replaced_comes_back() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world.deploy("web-2");
    go_back(&world);
    world.deploy("web-1");
    assert_eq!(world.groups()["shop-prod-v002"]["tags"]["gennaker:previous"], "shop-prod-v000");
    go_back(&world);
    // The newest other one is v001, which was rolled back itself.
    let expected = [("shop-prod-v000", 3), ("shop-prod-v001", 0), ("shop-prod-v002", 0)];
    assert_eq!(healthy(&world), expected.map(|(name, count)| (name.to_owned(), count)));
    world.assert_contract();
}

#[test]
fn one_that_was_made_out_of_traffic_is_put_into_it() {
    let world = World::new();
    world.deploy_pipeline(&json!({"suspendedProcesses": ["AddToLoadBalancer"]}));
    // It ends, though no balancer ever says that its instances are up.
    world.deploy("web-1");
    assert_eq!(world.groups()["shop-prod-v000"]["healthy"], 0);
    for kind in ["disableServerGroup", "enableServerGroup"] {
        stage(&world, kind, &on("shop-prod-v000", json!({})));
    }
    let group = &world.groups()["shop-prod-v000"];
    assert_eq!((&group["healthy"], &group["suspended"]), (&json!(3), &json!([])));
    world.assert_contract();
}

#[test]
fn a_disabled_one_stays_as_it_is_when_its_size_changes() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    stage(&world, "disableServerGroup", &on("shop-prod-v000", json!({})));
    for size in [5, 2] {
        let capacity = json!({"capacity": {"min": size, "max": size, "desired": size}});
        stage(&world, "resizeServerGroup", &on("shop-prod-v000", capacity));
        let group = &world.groups()["shop-prod-v000"];
        let all = json!(["AddToLoadBalancer", "Launch", "Terminate"]);
        assert_eq!((&group["instances"], &group["suspended"]), (&json!(size), &all));
        assert_eq!(group["tags"]["gennaker:lifted"], Value::Null);
    }
    world.assert_contract();
}
