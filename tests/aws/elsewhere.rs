//! From one region to another, and from one size to the next: what a deploy takes over from what is there.

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

const WEST: &str = "boto3.client('ec2', **{**more, 'region_name': 'us-west-2'})";

/// The image web-1, the security group web and subnets for the purpose `internal` in us-west-2; id of the image.
fn west(world: &World) -> Value {
    world.eval(&format!(
        "(lambda w: [w.create_security_group(GroupName='web', Description='web', VpcId=w.describe_subnets()['Subnets'][0]['VpcId']), \
         w.create_tags(Resources=[s['SubnetId'] for s in w.describe_subnets()['Subnets'][:2]], Tags=[{{'Key': 'immutable_metadata', \
         'Value': json.dumps({{'purpose': 'internal'}})}}]), w.create_image(InstanceId=w.run_instances(ImageId='ami-12c6146b', \
         MinCount=1, MaxCount=1)['Instances'][0]['InstanceId'], Name='web-1')['ImageId']][-1])({WEST})"
    ))
}

fn group_in_the_west(world: &World) -> Value {
    world.eval(
        "(lambda w, a: [dict(name=g['AutoScalingGroupName'], size=[g['MinSize'], g['DesiredCapacity'], g['MaxSize']], \
         subnets=len(g['VPCZoneIdentifier'].split(',')), data=w.describe_launch_template_versions(LaunchTemplateId=\
         g['LaunchTemplate']['LaunchTemplateId'], Versions=['1'])['LaunchTemplateVersions'][0]['LaunchTemplateData']) \
         for g in a.describe_auto_scaling_groups()['AutoScalingGroups']])(\
         boto3.client('ec2', **{**more, 'region_name': 'us-west-2'}), boto3.client('autoscaling', **{**more, 'region_name': 'us-west-2'}))",
    )
}

#[test]
fn a_clone_in_another_region_names_what_its_source_has_by_id() {
    let world = World::new();
    let image = west(&world);
    world.deploy_pipeline(&json!({"subnetType": "internal", "targetGroups": null, "userData": "x"}));
    world.deploy("web-1");
    let clone = json!({
        "name": "Clone", "type": "cloneServerGroup", "account": "prod", "application": "shop", "stack": "prod",
        "region": "us-west-2", "strategy": "none", "capacity": {"min": 1, "max": 1, "desired": 1},
        "source": {"account": "prod", "region": "us-east-1", "serverGroupName": "shop-prod-v000"},
    });
    world.pipeline("clone", &json!([clone]));
    let planned = world.run(&["plan", "clone"]);
    assert!(
        text(&planned.stdout).contains("create shop-prod-v000 with 1 instance (image web-1)"),
        "{}",
        text(&planned.stdout)
    );
    world.run_ok("clone");
    let made = group_in_the_west(&world)[0].clone();
    assert_eq!((&made["name"], &made["subnets"]), (&json!("shop-prod-v000"), &json!(2)));
    assert_eq!((&made["data"]["ImageId"], &made["data"]["UserData"]), (&image, &json!("eA==")));
    let firewall = world.eval(&format!(
        "{WEST}.describe_security_groups(Filters=[{{'Name': 'group-name', 'Values': ['web']}}])['SecurityGroups'][0]['GroupId']"
    ));
    assert_eq!(made["data"]["SecurityGroupIds"], json!([firewall]));
    world.assert_contract();
}

#[test]
fn a_group_with_a_launch_configuration_says_why_it_is_not_cloned() {
    let world = World::new();
    world.eval(
        "(asg.create_launch_configuration(LaunchConfigurationName='old', ImageId='ami-12c6146b', InstanceType='t3.small'), \
         asg.create_auto_scaling_group(AutoScalingGroupName='shop-prod-v000', MinSize=1, MaxSize=1, LaunchConfigurationName='old', \
         VPCZoneIdentifier=ec2.describe_subnets()['Subnets'][0]['SubnetId'])) and 1",
    );
    let clone = json!({
        "name": "Clone", "type": "cloneServerGroup", "account": "prod", "application": "shop", "stack": "prod",
        "region": "us-east-1", "strategy": "none",
        "source": {"account": "prod", "region": "us-east-1", "serverGroupName": "shop-prod-v000"},
    });
    world.pipeline("clone", &json!([clone]));
    let said = world.run_fails("clone");
    assert!(said.contains("server group 'shop-prod-v000' has a launch configuration"), "{said}");
    world.assert_contract();
}

#[test]
fn an_image_is_found_for_the_regions_of_later_deploys_too() {
    let world = World::new();
    let image = west(&world);
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let find = |more: Value| {
        let mut stage = json!({"refId": "1", "requisiteStageRefIds": [], "name": "Find", "type": "findImage",
            "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws", "regions": ["us-east-1"]});
        stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let cluster = json!({"account": "prod", "cloudProvider": "aws", "application": "shop", "stack": "west", "strategy": "none",
            "availabilityZones": {"us-west-2": []}, "instanceType": "t3.small", "capacity": {"min": 1, "max": 1, "desired": 1}});
        world.pipeline(
            "found",
            &json!([stage, {"refId": "2", "requisiteStageRefIds": ["1"], "name": "Deploy", "type": "deploy",
            "clusters": [cluster]}]),
        );
    };
    find(json!({}));
    let said = world.run_fails("found");
    assert!(said.contains("us-west-2 was inferred from a deploy after this stage"), "{said}");
    find(json!({"resolveMissingLocations": true}));
    world.run_ok("found");
    assert_eq!(group_in_the_west(&world)[0]["data"]["ImageId"], image);
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(journal.contains("\"inferredRegions\":[\"us-west-2\"]"), "{journal}");
    world.assert_contract();
}

#[test]
fn a_size_that_is_taken_over_does_not_shrink_before_it_serves() {
    let world = World::new();
    world.deploy_pipeline(&json!({"capacity": {"min": 1, "max": 5, "desired": 3}}));
    world.deploy("web-1");
    world.deploy_pipeline(&json!({"capacity": null, "useSourceCapacity": true}));
    let planned = world.run(&["plan", "deploy", "-p", "image=web-2"]);
    let planned = text(&planned.stdout);
    assert!(planned.contains("create shop-prod-v001 with 3 (3–5) instances"), "{planned}");
    assert!(planned.contains("give shop-prod-v001 the minimum of 1 back"), "{planned}");
    world.reset();
    world.deploy("web-2");
    let asked = world.asked();
    let made = asked.iter().find(|one| one["action"] == "CreateAutoScalingGroup").unwrap();
    assert_eq!((&made["parameters"]["MinSize"], &made["parameters"]["DesiredCapacity"]), (&json!("3"), &json!("3")));
    let group = &world.groups()["shop-prod-v001"];
    assert_eq!((&group["size"], &group["healthy"]), (&json!([1, 3, 5]), &json!(3)));
    world.assert_contract();
}
