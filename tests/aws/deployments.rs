//! What deployments do on AWS besides what every provider does (conformance.rs), looked at with boto3.

use serde_json::json;

use crate::world::World;

const OFF: [&str; 3] = ["AddToLoadBalancer", "Launch", "Terminate"];

#[test]
fn red_black_moves_traffic_to_a_new_group() {
    let world = World::new();
    world.deploy_pipeline(&json!({"subnetType": "internal", "loadBalancers": ["old"]}));
    world.deploy("web-1");
    let first = world.groups();
    let group = &first["shop-prod-v000"];
    assert_eq!((&group["size"], &group["healthy"], &group["classic"]), (&json!([3, 3, 3]), &json!(3), &json!(3)));
    assert_eq!((&group["image"], &group["zones"]), (&json!("web-1"), &json!(2)));
    assert_eq!(group["tags"]["gennaker:cluster"], "shop-prod");
    assert_eq!((&group["tags"]["team"], &group["subnets"].as_array().unwrap().len()), (&json!("shop"), &2));
    assert_eq!(group["data"]["MetadataOptions"]["HttpTokens"], "required");

    let said = world.deploy("web-2");
    assert!(said.contains("account prod: ") && said.contains(" API calls, none throttled"), "{said}");
    let second = world.groups();
    assert_eq!(
        (&second["shop-prod-v001"]["healthy"], &second["shop-prod-v001"]["image"]),
        (&json!(3), &json!("web-2"))
    );
    let old = &second["shop-prod-v000"];
    assert_eq!((&old["healthy"], &old["classic"], &old["instances"]), (&json!(0), &json!(0), &json!(3)));
    assert_eq!(old["suspended"], json!(OFF));
    world.assert_contract();
}

#[test]
fn rolling_red_black_needs_no_load_balancer() {
    let world = World::new();
    let keys = json!({"strategy": "rollingredblack", "targetPercentages": [50, 100], "targetGroups": null});
    world.deploy_pipeline(&keys);
    world.deploy("web-1");
    world.deploy("web-2");
    assert_eq!(world.groups()["shop-prod-v000"]["suspended"], json!(OFF));
    world.assert_contract();
}

#[test]
fn everything_a_cluster_may_say_is_said_to_aws() {
    let world = World::new();
    world.deploy_pipeline(&json!({
        "strategy": "none",
        "instanceType": null,
        "launchTemplateOverridesForInstanceType": [
            {"instanceType": "t3.small", "weightedCapacity": "1", "priority": 2},
            {"instanceType": "t3a.small", "weightedCapacity": "1", "priority": 1},
        ],
        "onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 50, "spotAllocationStrategy": "capacity-optimized",
        "suspendedProcesses": ["AZRebalance"],
        "enabledMetrics": ["GroupInServiceInstances"],
        "terminationPolicies": ["OldestInstance"],
        "lifecycleHooks": [{"name": "warm", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "heartbeatTimeout": 60, "defaultResult": "CONTINUE"}],
        "blockDevices": [{"deviceName": "/dev/sdb", "size": 20, "volumeType": "gp3", "encrypted": true}],
        "healthCheckType": "ELB", "healthCheckGracePeriod": 30, "cooldown": 10, "capacityRebalance": true,
        "associatePublicIpAddress": true, "ebsOptimized": true, "instanceMonitoring": true, "keyPair": "keys",
        "userData": "#!/bin/sh\necho hello\n", "unlimitedCpuCredits": true, "iamRole": "shop",
    }));
    world.deploy("web-1");
    let groups = world.groups();
    let group = &groups["shop-prod-v000"];
    assert_eq!((&group["suspended"], &group["size"]), (&json!(["AZRebalance"]), &json!([3, 3, 3])));
    let data = &group["data"];
    assert_eq!(data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"], 20);
    assert_eq!(data["NetworkInterfaces"][0]["AssociatePublicIpAddress"], true);
    let asg = "asg.describe_auto_scaling_groups()['AutoScalingGroups'][0]";
    let policy = world.eval(&format!("{asg}['MixedInstancesPolicy']"));
    assert_eq!(policy["LaunchTemplate"]["Overrides"][0]["InstanceType"], "t3a.small");
    let hooks = world.eval("asg.describe_lifecycle_hooks(AutoScalingGroupName='shop-prod-v000')['LifecycleHooks']");
    assert_eq!(hooks[0]["LifecycleHookName"], "warm");
    world.assert_contract();
}

#[test]
fn policies_and_schedules_go_on_to_the_next_group() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let target = json!({"cluster": "shop-prod", "credentials": "prod", "regions": ["us-east-1"], "target": "current_asg_dynamic"});
    let stage = |kind: &str, id: u32, more: serde_json::Value| {
        let mut stage = target.as_object().unwrap().clone();
        stage.extend(more.as_object().unwrap().clone());
        stage.insert("type".into(), kind.into());
        stage.insert("name".into(), kind.into());
        stage.insert("refId".into(), id.to_string().into());
        stage.insert("requisiteStageRefIds".into(), if id > 1 { json!([(id - 1).to_string()]) } else { json!([]) });
        serde_json::Value::Object(stage)
    };
    world.pipeline(
        "scale",
        &json!([
            stage(
                "upsertScalingPolicy",
                1,
                json!({"policyName": "cpu", "targetTrackingConfiguration": {"targetValue": 60,
            "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"}}})
            ),
            stage(
                "upsertScalingPolicy",
                2,
                json!({"policyName": "gone", "adjustmentType": "ChangeInCapacity",
            "simple": {"scalingAdjustment": 1, "cooldown": 60}})
            ),
            stage("deleteScalingPolicy", 3, json!({"policyName": "gone"})),
            stage(
                "upsertAsgScheduledActions",
                4,
                json!({"scheduledActions": [{"scheduledActionName": "night",
            "recurrence": "0 22 * * *", "minSize": 1, "maxSize": 3, "desiredCapacity": 1}]})
            ),
            stage("modifyAwsScalingProcess", 5, json!({"action": "suspend", "processes": ["AlarmNotification"]})),
        ]),
    );
    world.run_ok("scale");
    assert_eq!(world.groups()["shop-prod-v000"]["suspended"], json!(["AlarmNotification"]));
    world.deploy("web-2");
    let policies = world.eval("asg.describe_policies(AutoScalingGroupName='shop-prod-v001')['ScalingPolicies']");
    assert_eq!(policies.as_array().unwrap().len(), 1, "{policies}");
    assert_eq!(policies[0]["TargetTrackingConfiguration"]["TargetValue"], 60.0);
    let actions = world
        .eval("asg.describe_scheduled_actions(AutoScalingGroupName='shop-prod-v001')['ScheduledUpdateGroupActions']");
    assert_eq!((&actions[0]["ScheduledActionName"], &actions[0]["DesiredCapacity"]), (&json!("night"), &json!(1)));
    world.assert_contract();
}

#[test]
fn groups_of_another_tool_are_seen_and_replaced() {
    let world = World::new();
    world.eval("(ec2.create_launch_template(LaunchTemplateName='shop-prod-v007-1699', LaunchTemplateData={'ImageId': \
        ec2.describe_images(Filters=[{'Name': 'name', 'Values': ['web-1']}])['Images'][0]['ImageId'], 'InstanceType': 't3.small'}), \
        asg.create_auto_scaling_group(AutoScalingGroupName='shop-prod-v007', MinSize=1, MaxSize=1, DesiredCapacity=1, \
        LaunchTemplate={'LaunchTemplateName': 'shop-prod-v007-1699', 'Version': '$Latest'}, \
        VPCZoneIdentifier=ec2.describe_subnets()['Subnets'][0]['SubnetId'], \
        TargetGroupARNs=[v2.describe_target_groups(Names=['web'])['TargetGroups'][0]['TargetGroupArn']]))");
    world.deploy_pipeline(&json!({"strategy": "highlander"}));
    world.deploy("web-2");
    let groups = world.groups();
    assert_eq!(groups.as_object().unwrap().keys().collect::<Vec<_>>(), ["shop-prod-v008"]);
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v008"]));
    world.assert_contract();
}
