//! An AWS that takes its time: hooks hold instances, reads lag behind what was done, what is deleted is still shown.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::text;
use crate::world::World;

fn hooks() -> serde_json::Value {
    json!([
        {"name": "warm", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 30},
        {"name": "drain", "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "heartbeatTimeout": 30},
    ])
}

#[test]
fn a_deployment_waits_for_lifecycle_hooks() {
    let world = World::with(&[("FM_BOOT", "0.2"), ("FM_HOOK", "0.8"), ("FM_DELETE", "0.3")]);
    world.deploy_pipeline(&json!({"lifecycleHooks": hooks(), "scaleDown": true}));
    world.deploy("web-1");
    let begun = Instant::now();
    world.deploy("web-2");
    // Once for those that come, once for those that go.
    assert!(begun.elapsed() > Duration::from_millis(1600), "{:?}", begun.elapsed());
    let groups = world.groups();
    assert_eq!(groups["shop-prod-v001"]["healthy"], 3);
    // Scaled down is one whose instances are gone, not one that was told so.
    assert_eq!(
        (&groups["shop-prod-v000"]["size"], &groups["shop-prod-v000"]["instances"]),
        (&json!([0, 0, 0]), &json!(0))
    );
    world.assert_contract();
}

#[test]
fn an_abandoned_hook_is_told() {
    let world = World::with(&[("FM_BOOT", "0.1"), ("FM_HOOK", "-1")]);
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let hook = json!([{"name": "warm", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 1,
        "defaultResult": "ABANDON"}]);
    world.pipeline(
        "deploy",
        &json!([{"name": "Deploy", "type": "deploy", "stageTimeoutMs": 6000, "clusters": [{
            "account": "prod", "application": "shop", "stack": "prod", "strategy": "redblack", "region": "us-east-1",
            "capacity": {"min": 1, "max": 1, "desired": 1}, "amiName": "web-2", "instanceType": "t3.small",
            "targetGroups": ["web"], "lifecycleHooks": hook,
        }]}]),
    );
    let said = world.run_fails("deploy");
    assert!(said.contains("Lifecycle Action Token was abandoned: Heartbeat Timeout"), "{said}");
    assert_eq!(world.groups()["shop-prod-v000"]["healthy"], 3);
    world.assert_contract();
}

#[test]
fn a_hook_that_is_completed_by_hand_lets_the_deployment_go_on() {
    let world = World::with(&[("FM_BOOT", "0.1"), ("FM_HOOK", "-1")]);
    world.deploy_pipeline(&json!({"lifecycleHooks": hooks(), "capacity": {"min": 1, "max": 1, "desired": 1}}));
    let running = world.project.start(&mut world.project.command(&["run", "deploy"]));
    running.until_it_says("is Pending:Wait");
    world.eval(
        "[asg.complete_lifecycle_action(AutoScalingGroupName=g['AutoScalingGroupName'], LifecycleHookName='warm', \
        InstanceId=i['InstanceId'], LifecycleActionResult='CONTINUE') and 1 \
        for g in asg.describe_auto_scaling_groups()['AutoScalingGroups'] for i in g['Instances']]",
    );
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
    world.assert_contract();
}

#[test]
fn deployments_pass_when_reads_lag() {
    for more in [
        json!({"strategy": "redblack", "scaleDown": true}),
        json!({"strategy": "highlander", "suspendedProcesses": ["AZRebalance"]}),
        json!({"strategy": "rollingredblack", "targetPercentages": [50, 100]}),
    ] {
        let world = World::with(&[("FM_LAG", "1.5"), ("FM_DELETE", "0.3")]);
        world.deploy_pipeline(&more);
        world.deploy("web-1");
        world.deploy("web-2");
        let groups = world.groups();
        assert_eq!(
            (&groups["shop-prod-v001"]["healthy"], &groups["shop-prod-v001"]["size"]),
            (&json!(3), &json!([3, 3, 3])),
            "{more}"
        );
        if let Some(old) = groups.get("shop-prod-v000") {
            let is_disabled = old["suspended"].as_array().unwrap().contains(&json!("AddToLoadBalancer"));
            assert_eq!((&old["healthy"], is_disabled), (&json!(0), true), "{more}");
        }
        world.assert_contract();
    }
}

#[test]
fn a_group_that_was_made_is_found_again_after_a_kill() {
    let world = World::with(&[("FM_LAG", "2")]);
    world.deploy_pipeline(&json!({}));
    // Killed when the creation is on record, resumed while nobody knows of the group yet.
    let output = world.run(&["run", "deploy"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let records = world.project.journal();
    let made = records.iter().position(|record| record["event"] == "mutationRecorded");
    let made = made.expect("a creation is on record") + 1;
    let _ = std::fs::remove_dir_all(world.project.path().join(".gennaker"));
    for moment in ["after", "before"] {
        let mut command = world.project.command(&["run", "deploy"]);
        command.env("GENNAKER_CRASH", format!("{moment}:{}", made + usize::from(moment == "before")));
        let _ = command.output().unwrap();
        let resumed = world.run(&["resume"]);
        assert!(resumed.status.success(), "{}", text(&resumed.stderr));
    }
    let groups = world.groups();
    assert!(groups.as_object().unwrap().values().all(|group| group["instances"] == 3), "{groups}");
    world.assert_contract();
}
