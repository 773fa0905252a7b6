//! Alarms of scaling policies: made with them, carried to the next group, removed with policy or group.

use serde_json::{Value, json};

use crate::world::World;

const ALARMS: &str = "{a['AlarmName']: [a['MetricName'], a['Dimensions'][0]['Value'], a['AlarmActions'], a['Threshold']] \
    for a in client('cloudwatch').describe_alarms()['MetricAlarms']}";

fn policies(world: &World, group: &str) -> Value {
    world.eval(&format!(
        "{{p['PolicyName']: [p['PolicyARN'], p.get('PolicyType')] \
         for p in asg.describe_policies(AutoScalingGroupName='{group}')['ScalingPolicies']}}"
    ))
}

fn step(world: &World, kind: &str, more: &Value) {
    let mut stage = json!({
        "name": kind, "type": kind, "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1"], "target": "current_asg_dynamic",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.pipeline("step", &json!([stage]));
    world.run_ok("step");
}

fn up(more: &Value) -> Value {
    let mut alarm = json!({"metricName": "CPUUtilization", "namespace": "AWS/EC2", "threshold": 80, "evaluationPeriods": 2,
        "comparisonOperator": "GreaterThanThreshold"});
    alarm.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"policyName": "up", "alarm": alarm,
        "step": {"stepAdjustments": [{"metricIntervalLowerBound": 0, "scalingAdjustment": 1}]}})
}

#[test]
fn alarms_are_made_carried_on_and_removed_with_their_policies() {
    let world = World::new();
    world.deploy_pipeline(&json!({"strategy": "highlander"}));
    world.deploy("web-1");
    let topic = "arn:aws:sns:us-east-1:123456789012:pager";
    step(&world, "upsertScalingPolicy", &up(&json!({"alarmActionArns": [topic]})));
    // A change of the policy changes its alarm, and makes no other.
    step(&world, "upsertScalingPolicy", &up(&json!({"alarmActionArns": [topic], "threshold": 70.5})));
    let down = json!({"policyName": "shop-prod-v000-down", "simple": {"scalingAdjustment": -1},
        "alarm": {"name": "idle", "metricName": "RequestCount", "namespace": "Custom", "threshold": 1, "statistic": "Sum",
        "comparisonOperator": "LessThanThreshold", "dimensions": [{"name": "AutoScalingGroupName", "value": ""}]}});
    step(&world, "upsertScalingPolicy", &down);
    let (made, named) = (world.eval(ALARMS), policies(&world, "shop-prod-v000"));
    assert_eq!(named["up"][1], "StepScaling");
    assert_eq!(
        made,
        json!({
            "shop-prod-v000-alarm-CPUUtilization-up": ["CPUUtilization", "shop-prod-v000", [topic, named["up"][0]], 70.5],
            "idle": ["RequestCount", "shop-prod-v000", [named["shop-prod-v000-down"][0]], 1.0],
        })
    );
    world.reset();
    // The highlander removes the old group with its alarms; the one that also pages somebody is not of the policy alone.
    world.deploy("web-2");
    let (carried, named) = (world.eval(ALARMS), policies(&world, "shop-prod-v001"));
    assert_eq!(
        carried["shop-prod-v001-alarm-idle"],
        json!(["RequestCount", "shop-prod-v001", [named["shop-prod-v001-down"][0]], 1.0])
    );
    assert_eq!(
        carried["shop-prod-v001-alarm-CPUUtilization-up"],
        json!(["CPUUtilization", "shop-prod-v001", [topic, named["up"][0]], 70.5])
    );
    assert!(carried.get("idle").is_none(), "{carried}");
    assert_eq!(world.groups().as_object().unwrap().keys().collect::<Vec<_>>(), ["shop-prod-v001"]);
    step(&world, "deleteScalingPolicy", &json!({"policyName": "shop-prod-v001-down"}));
    assert!(world.eval(ALARMS).get("shop-prod-v001-alarm-idle").is_none());
    assert_eq!(policies(&world, "shop-prod-v001").as_object().unwrap().keys().collect::<Vec<_>>(), ["up"]);
    world.assert_contract();
}

#[test]
fn the_example_of_the_documentation_runs() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world.example("Policies, alarms, tags, warm pools");
    world.run_ok("example");
    let alarm = &world.eval(ALARMS)["shop-prod-v000-alarm-CPUUtilization-busy"];
    assert_eq!((&alarm[1], &alarm[3]), (&json!("shop-prod-v000"), &json!(80.0)), "{alarm}");
    world.assert_contract();
}

#[test]
fn a_group_without_alarms_asks_nothing_of_cloud_watch() {
    let world = World::new();
    world.deploy_pipeline(&json!({"strategy": "highlander"}));
    world.deploy("web-1");
    step(
        &world,
        "upsertScalingPolicy",
        &json!({"policyName": "cpu", "targetTrackingConfiguration": {"targetValue": 60,
        "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"}}}),
    );
    // AWS makes such an alarm by itself.
    let arn = policies(&world, "shop-prod-v000")["cpu"][0].clone();
    world.eval(&format!(
        "client('cloudwatch').put_metric_alarm(AlarmName='TargetTracking-shop-prod-v000-AlarmHigh', MetricName='CPU', \
         Namespace='AWS/EC2', Statistic='Average', Period=60, EvaluationPeriods=1, Threshold=1, AlarmActions=[{arn}], \
         ComparisonOperator='GreaterThanThreshold') and 1"
    ));
    world.reset();
    world.deploy("web-2");
    let calls = world.calls();
    assert!(calls.as_object().unwrap().keys().all(|call| !call.starts_with("cloudwatch.")), "{calls}");
    assert_eq!(policies(&world, "shop-prod-v001")["cpu"][1], "TargetTrackingScaling");
    world.assert_contract();
}

#[test]
fn a_policy_whose_alarm_lacks_something_says_so() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let mut stage = up(&json!({"threshold": null}));
    for (key, value) in
        [("name", "P"), ("type", "upsertScalingPolicy"), ("credentials", "prod"), ("region", "us-east-1")]
    {
        stage[key] = value.into();
    }
    stage["serverGroupName"] = "shop-prod-v000".into();
    world.pipeline("step", &json!([stage]));
    let said = world.run_fails("step");
    assert!(said.contains("the 'alarm' of policy 'up' has no 'threshold'"), "{said}");
    world.assert_contract();
}
