//! What a plan says of AWS: what would be made, tagged, registered, removed, and how many calls that takes.

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

fn plan(world: &World) -> (String, Value) {
    let output = world.run(&["plan", "deploy", "-p", "image=web-2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let output = world.run(&["plan", "deploy", "-p", "image=web-2", "-o", "json"]);
    (shown, serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_plan_names_everything_and_does_nothing() {
    let world = World::new();
    world.deploy_pipeline(&json!({"scaleDown": true, "loadBalancers": ["old"], "suspendedProcesses": ["AZRebalance"]}));
    world.deploy("web-1");
    world.reset();
    let (shown, _) = plan(&world);
    for part in [
        "create shop-prod-v001 with 3 instances (image web-2)",
        "launch template shop-prod-v001: ami-",
        "Auto Scaling group shop-prod-v001 in subnet-",
        "tags team=shop, gennaker:application=shop, gennaker:cluster=shop-prod, gennaker:stack=prod, gennaker:sequence=1",
        "instances registered with web, old",
        "processes suspended: AZRebalance",
        "disable shop-prod-v000",
        "scale shop-prod-v000 from 3 to 0",
        "account prod: about ",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let calls = world.calls();
    assert!(calls.as_object().unwrap().keys().all(|call| call.contains("Describe")), "{calls}");
    let groups = world.groups();
    assert_eq!(groups.as_object().unwrap().keys().collect::<Vec<_>>(), ["shop-prod-v000"]);
    world.assert_contract();
}

/// The estimate is of a cloud that does all at once: looks while it takes its time come on top.
#[test]
fn the_estimate_of_calls_is_about_right() {
    for more in [
        json!({}),
        json!({"strategy": "highlander"}),
        json!({"strategy": "redblack", "scaleDown": true}),
        json!({"strategy": "rollingredblack", "targetPercentages": [50, 100]}),
    ] {
        let world = World::with(&[]);
        world.deploy_pipeline(&more);
        world.deploy("web-1");
        let (_, planned) = plan(&world);
        let estimate = planned["calls"]["prod"].as_u64().unwrap();
        world.reset();
        world.deploy("web-2");
        let calls = world.calls();
        let actual: u64 = calls.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        eprintln!("{more}: estimated {estimate}, made {actual}");
        assert!(estimate * 2 >= actual && estimate <= actual * 3 / 2, "{more}: {estimate} of {actual}: {calls}");
    }
}
