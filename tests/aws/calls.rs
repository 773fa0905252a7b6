//! How much is asked of AWS, and what happens when it is too much.

use serde_json::{Value, json};

use crate::world::World;

fn total(calls: &Value) -> u64 {
    calls.as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

#[test]
fn a_red_black_deployment_needs_few_calls_however_large_the_account() {
    let world = World::with(&[]);
    // However busy this machine is: what was seen is good until it is time for another look.
    world.configure(&json!({"pollInterval": "5s"}));
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    // A large account: none of its groups may be read.
    world.eval("[asg.create_auto_scaling_group(AutoScalingGroupName=f'other-v{n:03}', MinSize=0, MaxSize=0, DesiredCapacity=0, \
        LaunchTemplate={'LaunchTemplateName': 'shop-prod-v000', 'Version': '1'}, \
        VPCZoneIdentifier=ec2.describe_subnets()['Subnets'][0]['SubnetId']) and n for n in range(120)]");
    world.reset();
    world.deploy("web-2");
    let calls = world.calls();
    // As many as the script of aws commands needs that does the same (benches/aws/awscli.sh).
    assert!(total(&calls) <= 15, "{} calls: {calls}", total(&calls));
    assert_eq!(calls["autoscaling.CreateAutoScalingGroup"], 1);
    assert_eq!(calls["ec2.DescribeImages"], 1);
    assert_eq!(calls["ec2.DescribeSubnets"], 1);
    world.assert_contract();
}

#[test]
fn throttling_slows_a_deployment_and_never_fails_it() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world.reset();
    world.order("throttle", &json!({"every": 4}));
    let said = world.deploy("web-2");
    let throttled = world.throttled();
    assert!(throttled > 3, "{throttled}");
    assert!(said.contains(&format!("{throttled} throttled and repeated")), "{said}");
    world.order("throttle", &json!({"every": 0}));
    let groups = world.groups();
    assert_eq!((&groups["shop-prod-v001"]["healthy"], &groups["shop-prod-v000"]["healthy"]), (&json!(3), &json!(0)));
    world.assert_contract();
}

#[test]
fn answers_that_take_long_are_waited_for() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    for action in ["DescribeAutoScalingGroups", "CreateAutoScalingGroup"] {
        world.order("slow", &json!({"action": action, "seconds": 7}));
    }
    world.deploy("web-1");
    let calls = world.calls();
    assert_eq!(calls["autoscaling.CreateAutoScalingGroup"], 1, "{calls}");
    world.assert_contract();
}
