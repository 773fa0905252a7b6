//! What stages change of a server group besides size and traffic: tags, warm pools, firewalls, all of its template.

use serde_json::{Value, json};

use crate::world::World;

fn deployed(more: &Value) -> World {
    let world = World::new();
    world.deploy_pipeline(more);
    world.deploy("web-1");
    world
}

fn stage(kind: &str, more: &Value) -> Value {
    let mut stage = json!({
        "name": kind, "type": kind, "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1"], "target": "current_asg_dynamic",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn step(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step")
}

fn fails(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_fails("step")
}

#[test]
fn a_group_gets_tags_that_its_instances_get_too() {
    let world = deployed(&json!({}));
    step(&world, stage("upsertServerGroupTags", &json!({"tags": {"reviewed": "yes", "cost": 7}})));
    let listed = json!({"name": "Tag", "type": "upsertAsgTags", "credentials": "prod", "tags": {"by": "list"},
        "asgs": [{"serverGroupName": "shop-prod-v000", "region": "us-east-1"}]});
    step(&world, listed);
    let tags = &world.groups()["shop-prod-v000"]["tags"];
    assert_eq!((&tags["reviewed"], &tags["cost"], &tags["by"]), (&json!("yes"), &json!("7"), &json!("list")));
    assert_eq!((&tags["team"], &tags["gennaker:cluster"]), (&json!("shop"), &json!("shop-prod")));
    let passed = world.eval("[t['PropagateAtLaunch'] for t in asg.describe_tags()['Tags'] if t['Key'] == 'reviewed']");
    assert_eq!(passed, json!([true]));
    let said = fails(&world, stage("upsertServerGroupTags", &json!({"tags": {"gennaker:owner": "me"}})));
    assert!(said.contains("tag 'gennaker:owner' is not for stages to set"), "{said}");
    let gone = json!({"name": "Tag", "type": "upsertServerGroupTags", "credentials": "prod", "tags": {"a": "b"},
        "asgs": [{"asgName": "shop-prod-v009", "region": "us-east-1"}]});
    let said = fails(&world, gone);
    assert!(said.contains("server group prod/us-east-1/shop-prod-v009 does not exist"), "{said}");
    world.assert_contract();
}

#[test]
fn schedules_are_put_on_listed_groups() {
    let world = deployed(&json!({}));
    let night = json!({"name": "Night", "type": "upsertAsgScheduledActions", "credentials": "prod",
        "asgs": [{"asgName": "shop-prod-v000", "region": "us-east-1"}],
        "scheduledActions": [{"scheduledActionName": "night", "recurrence": "0 22 * * *", "minSize": 1, "maxSize": 3}]});
    step(&world, night);
    let actions = world
        .eval("asg.describe_scheduled_actions(AutoScalingGroupName='shop-prod-v000')['ScheduledUpdateGroupActions']");
    assert_eq!(actions[0]["ScheduledActionName"], "night");
    world.assert_contract();
}

#[test]
fn a_warm_pool_is_made_changed_and_removed() {
    let world = deployed(&json!({}));
    let pool = "asg.describe_warm_pool(AutoScalingGroupName='shop-prod-v000').get('WarmPoolConfiguration')";
    for size in [1, 2] {
        let wish = json!({"action": "upsert", "minSize": size, "poolState": "Stopped", "reuseOnScaleIn": true});
        step(&world, stage("modifyWarmPool", &wish));
        let found = world.eval(pool);
        assert_eq!((&found["MinSize"], &found["PoolState"]), (&json!(size), &json!("Stopped")), "{found}");
    }
    for _ in 0..2 {
        step(&world, stage("modifyWarmPool", &json!({"action": "delete", "forceDelete": true})));
        assert_eq!(world.eval(pool), Value::Null);
    }
    assert_eq!(world.calls()["autoscaling.DeleteWarmPool"], 1);
    let said = fails(&world, stage("modifyWarmPool", &json!({"minSize": 1})));
    assert!(said.contains("a 'modifyWarmPool' stage needs 'action'"), "{said}");
    world.assert_contract();
}

#[test]
fn what_runs_and_what_comes_gets_other_firewalls() {
    let world = deployed(&json!({}));
    let ids = "[s['GroupId'] for i in asg.describe_auto_scaling_groups()['AutoScalingGroups'][0]['Instances'] for s in \
        ec2.describe_instances(InstanceIds=[i['InstanceId']])['Reservations'][0]['Instances'][0]['SecurityGroups']]";
    let web = world.groups()["shop-prod-v000"]["data"]["SecurityGroupIds"][0].clone();
    let vpc = world.eval("ec2.describe_subnets()['Subnets'][0]['VpcId']");
    let more =
        world.eval(&format!("ec2.create_security_group(GroupName='more', Description='more', VpcId={vpc})['GroupId']"));
    let kind = "updateSecurityGroupsForServerGroup";
    step(&world, stage(kind, &json!({"securityGroups": ["more"], "hasLaunchTemplate": true})));
    assert_eq!(world.eval(ids), json!([more, more, more]));
    let data = |world: &World| world.groups()["shop-prod-v000"]["data"].clone();
    assert_eq!(
        (&data(&world)["SecurityGroupIds"], &data(&world)["InstanceType"]),
        (&json!([more]), &json!("t3.small"))
    );
    step(&world, stage(kind, &json!({"securityGroups": ["web"], "securityGroupsAppendOnly": true})));
    assert_eq!(data(&world)["SecurityGroupIds"], json!([web, more]));
    assert_eq!(world.eval(ids).as_array().unwrap().len(), 6);
    let said = fails(&world, stage(kind, &json!({"securityGroups": ["wbe"]})));
    assert!(said.contains("security group 'wbe' does not exist"), "{said}");
    world.assert_contract();
}

#[test]
fn all_of_a_launch_template_can_be_changed() {
    let world =
        deployed(&json!({"blockDevices": [{"deviceName": "/dev/sdb", "size": 9}], "userData": "x", "keyPair": "keys",
        "spotPrice": "0.1"}));
    let data = |world: &World| world.groups()["shop-prod-v000"]["data"].clone();
    let before = data(&world);
    step(
        &world,
        stage(
            "updateLaunchTemplate",
            &json!({"iamRole": "shop", "instanceMonitoring": true, "requireIMDSv2": false, "userData": "y",
            "blockDevices": [{"deviceName": "/dev/sdb", "size": 20, "volumeType": "gp3"}]}),
        ),
    );
    let after = data(&world);
    // What is not named stays.
    for key in ["ImageId", "InstanceType", "KeyName", "SecurityGroupIds", "InstanceMarketOptions", "TagSpecifications"]
    {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!((&after["IamInstanceProfile"]["Name"], &after["Monitoring"]["Enabled"]), (&json!("shop"), &json!(true)));
    assert_eq!((&after["UserData"], &after["MetadataOptions"]["HttpTokens"]), (&json!("eQ=="), &json!("optional")));
    assert_eq!(after["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"], 20);
    // A price that is taken away, and groups that go to the network interface, need a version that stands on no other.
    step(&world, stage("updateLaunchTemplate", &json!({"spotPrice": "", "associatePublicIpAddress": false})));
    let last = data(&world);
    assert_eq!((&last["InstanceMarketOptions"], &last["SecurityGroupIds"]), (&Value::Null, &Value::Null));
    assert_eq!(last["NetworkInterfaces"][0]["Groups"], after["SecurityGroupIds"]);
    for key in ["ImageId", "InstanceType", "KeyName", "UserData", "BlockDeviceMappings"] {
        assert_eq!(last[key], after[key], "{key}");
    }
    assert_eq!(last["TagSpecifications"][0], after["TagSpecifications"][0]);
    world.reset();
    let mixed = json!({"launchTemplateOverridesForInstanceType": [{"instanceType": "t3.large"}, {"instanceType": "t3a.large"}],
        "onDemandPercentageAboveBaseCapacity": 20});
    step(&world, stage("updateLaunchTemplate", &mixed));
    let policy = world.eval("asg.describe_auto_scaling_groups()['AutoScalingGroups'][0]['MixedInstancesPolicy']");
    assert_eq!(policy["LaunchTemplate"]["Overrides"][1]["InstanceType"], "t3a.large", "{policy}");
    assert_eq!(policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"], 20);
    // The template says all of it already.
    assert!(world.calls().get("ec2.CreateLaunchTemplateVersion").is_none(), "{}", world.calls());
    world.assert_contract();
}
