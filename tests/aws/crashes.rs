//! `kill -9` before and after every record of a journal, then `resume`: the end is the same as without it, no group is
//! made twice and no template is left over.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{eventually, text};
use crate::world::World;

/// What a run ended with.
fn end(world: &World) -> (Value, Value) {
    let groups = world.groups();
    let shown: serde_json::Map<String, Value> = groups
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, group)| {
            let part = |key: &str| group[key].clone();
            (name.clone(), json!([part("size"), part("instances"), part("healthy"), part("suspended"), part("image")]))
        })
        .collect();
    (Value::Object(shown), world.boto(&["templates"]))
}

fn prepared(world: &World, keys: &Value) {
    let running = world.eval(
        "[asg.delete_auto_scaling_group(AutoScalingGroupName=g['AutoScalingGroupName'], ForceDelete=True) and 1 \
        for g in asg.describe_auto_scaling_groups()['AutoScalingGroups']]",
    );
    assert!(running.is_array());
    world.eval("[ec2.delete_launch_template(LaunchTemplateName=t['LaunchTemplateName']) and 1 for t in ec2.describe_launch_templates()['LaunchTemplates']]");
    let _ = std::fs::remove_dir_all(world.project.path().join(".gennaker"));
    world.deploy_pipeline(keys);
    world.deploy("web-1");
}

/// Kills at every `stride`-th record; all of them (GENNAKER_CRASH_STRIDE=1) take many minutes.
fn survives(keys: &Value, stride: usize) {
    let world = World::with(&[("FM_BOOT", "0.05"), ("FM_HEALTH", "0.05"), ("FM_DRAIN", "0.05")]);
    world.configure(&json!({"pollInterval": "20ms"}));
    prepared(&world, keys);
    world.deploy("web-2");
    let records = world.project.journal().len();
    let wanted = end(&world);
    for position in (2..=records).step_by(stride) {
        for moment in ["before", "after"] {
            prepared(&world, keys);
            let crash = format!("{moment}:{position}");
            let mut command = world.project.command(&["run", "deploy", "-p", "image=web-2"]);
            let killed = command.env("GENNAKER_CRASH", &crash).output().unwrap();
            let is_over = world.project.journal().last().unwrap()["event"] == "executionCompleted";
            assert!(killed.status.signal() == Some(9) || killed.status.success(), "{crash}: {}", text(&killed.stderr));
            if !is_over {
                let resumed = world.run(&["resume"]);
                assert!(resumed.status.success(), "{crash}: {}", text(&resumed.stderr));
            }
            assert_eq!(end(&world), wanted, "{keys} killed {crash}");
        }
    }
    world.assert_contract();
}

fn stride(usual: usize) -> usize {
    std::env::var("GENNAKER_CRASH_STRIDE").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_red_black_deployment_survives_being_killed() {
    survives(&json!({"scaleDown": true}), stride(4));
}

#[test]
fn a_rolling_red_black_deployment_survives_being_killed() {
    survives(&json!({"strategy": "rollingredblack", "targetPercentages": [50, 100]}), stride(8));
}

#[test]
fn a_group_is_finished_when_its_maker_was_killed_between_two_calls() {
    let world = World::new();
    // Processes to suspend: the group is made empty and gets its size last.
    world.deploy_pipeline(&json!({"suspendedProcesses": ["AZRebalance"]}));
    for action in ["SuspendProcesses", "UpdateAutoScalingGroup", "CreateAutoScalingGroup"] {
        // The answer is a failure of the service for longer than one call is tried: the stage asks again.
        world.order(
            "fail",
            &json!({"action": action, "code": "ServiceUnavailable", "status": 503, "message": "later", "count": 7}),
        );
        world.deploy("web-1");
    }
    let groups = world.groups();
    let newest = &groups["shop-prod-v002"];
    assert_eq!(
        (&newest["size"], &newest["healthy"], &newest["suspended"]),
        (&json!([3, 3, 3]), &json!(3), &json!(["AZRebalance"]))
    );
    world.assert_contract();
}

#[test]
fn a_frozen_runner_that_was_taken_over_sends_no_call_it_had_in_mind() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    // What the frozen runner is about to send is recorded already: only the lease says that it must not any more.
    world.order("slow", &json!({"action": "CreateLaunchTemplate", "count": 1, "seconds": 1.5}));
    let start = |args: &[&str]| world.project.start(world.project.command(args).env("GENNAKER_LEASE_TTL_MS", "3000"));
    let frozen = start(&["run", "deploy", "-p", "image=web-2"]);
    let is_recorded =
        |records: &[Value]| records.iter().any(|record| record["mutation"]["operation"] == "createServerGroup");
    eventually("the creation being recorded", || is_recorded(&world.project.journal()));
    // The call is on its way, and is answered while nobody listens.
    std::thread::sleep(Duration::from_millis(500));
    frozen.freeze();
    let (code, said) = start(&["resume"]).end();
    assert_eq!(code, 0, "{said}");
    let left = world.groups();
    assert_eq!(left["shop-prod-v001"]["healthy"], 3, "{left}");
    world.reset();
    frozen.signal("CONT");
    let (code, said) = frozen.end();
    assert!(code == 10 && said.contains("another process took this execution over"), "{code} {said}");
    let changes: Vec<Value> = world
        .asked()
        .into_iter()
        .filter(|call| !call["action"].as_str().is_some_and(|action| action.starts_with("Describe")))
        .collect();
    assert!(changes.is_empty(), "{changes:?}");
    assert_eq!(world.groups(), left);
    world.assert_contract();
}
