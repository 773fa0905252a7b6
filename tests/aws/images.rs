//! Which image is deployed: the one a stage names, or the one another found, also in the execution that started this.

use serde_json::{Value, json};

use crate::world::World;

const WEST: &str = "boto3.client('ec2', **{**more, 'region_name': 'us-west-2'})";

fn id(world: &World, name: &str) -> Value {
    world.eval(&format!(
        "ec2.describe_images(Filters=[{{'Name': 'name', 'Values': ['{name}']}}])['Images'][0]['ImageId']"
    ))
}

/// Images of these names in us-west-2; their ids.
fn in_the_west(world: &World, names: &str) -> Value {
    world.eval(&format!(
        "(lambda w: [w.create_image(InstanceId=w.run_instances(ImageId='ami-12c6146b', MinCount=1, MaxCount=1)\
         ['Instances'][0]['InstanceId'], Name=name)['ImageId'] for name in {names}])({WEST})"
    ))
}

fn step(world: &World, stage: Value) {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step");
}

fn find_tested(ref_id: &str) -> Value {
    json!({"refId": ref_id, "requisiteStageRefIds": [], "name": "Find", "type": "findImageFromTags", "credentials": "prod",
        "packageName": "web", "regions": ["us-east-1"], "tags": {"stage": "tested"}})
}

fn clone(more: &Value) -> Value {
    let mut stage = json!({
        "name": "Clone", "type": "cloneServerGroup", "account": "prod", "application": "shop", "stack": "prod",
        "region": "us-east-1", "strategy": "none", "capacity": {"min": 1, "max": 1, "desired": 1},
        "source": {"account": "prod", "region": "us-east-1", "serverGroupName": "shop-prod-v000"},
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

#[test]
fn what_a_clone_says_wins_over_its_source() {
    let world = World::new();
    world.deploy_pipeline(&json!({"userData": "one"}));
    world.deploy("web-1");
    step(&world, clone(&json!({"imageId": id(&world, "web-2"), "subnetType": "internal", "base64UserData": "dHdv"})));
    let groups = world.groups();
    let (one, two) = (&groups["shop-prod-v000"], &groups["shop-prod-v001"]);
    assert_eq!((&one["image"], &two["image"]), (&json!("web-1"), &json!("web-2")));
    assert_eq!((&two["data"]["UserData"], two["subnets"].as_array().unwrap().len()), (&json!("dHdv"), 2));
    let tag = json!({"name": "Tag", "type": "upsertImageTags", "credentials": "prod", "regions": ["us-east-1"],
        "imageNames": ["web-2"], "tags": {"stage": "tested"}});
    step(&world, tag);
    let mut found = clone(&json!({"refId": "2", "requisiteStageRefIds": ["1"]}));
    found["name"] = "Found".into();
    world.pipeline("found", &json!([find_tested("1"), found]));
    world.run_ok("found");
    assert_eq!(world.groups()["shop-prod-v002"]["image"], "web-2");
    world.assert_contract();
}

#[test]
fn what_the_execution_found_that_started_this_one_is_deployed() {
    let world = World::new();
    world.deploy_pipeline(&json!({"amiName": null, "strategy": "none"}));
    // By its id alone, and in whichever of the regions it is.
    let tag = json!({"name": "Tag", "type": "upsertImageTags", "credentials": "prod", "regions": ["us-west-2", "us-east-1"],
        "imageIds": [id(&world, "web-2")], "tags": {"stage": "tested"}});
    step(&world, tag);
    let start = json!({"refId": "2", "requisiteStageRefIds": ["1"], "name": "Start", "type": "pipeline",
        "application": "shop", "pipeline": "deploy"});
    world.pipeline("parent", &json!([find_tested("1"), start]));
    world.run_ok("parent");
    assert_eq!(world.groups()["shop-prod-v000"]["image"], "web-2");
    world.assert_contract();
}

#[test]
fn the_same_image_elsewhere_is_the_one_of_the_same_name() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    // The newest of those whose names begin alike is another one.
    let ids = in_the_west(&world, "('web-1', 'web-10')");
    step(
        &world,
        json!({"name": "Find", "type": "findImage", "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1", "us-west-2"], "resolveMissingLocations": true}),
    );
    let journal = Value::Array(world.project.journal()).to_string();
    let (right, wrong) = (ids[0].as_str().unwrap(), ids[1].as_str().unwrap());
    assert!(journal.contains(right) && !journal.contains(wrong), "{journal}");
    world.assert_contract();
}

#[test]
fn mixed_instances_need_no_list_of_types_and_firewalls_may_let_themselves_in() {
    let world = World::new();
    step(
        &world,
        json!({"name": "Firewall", "type": "upsertSecurityGroup", "credentials": "prod", "regions": ["us-east-1"],
        "securityGroupName": "peers", "description": "each other",
        "securityGroupIngress": [{"name": "peers", "type": "tcp", "startPort": 7000, "endPort": 7001}]}),
    );
    let group =
        "ec2.describe_security_groups(Filters=[{'Name': 'group-name', 'Values': ['peers']}])['SecurityGroups'][0]";
    let pairs =
        world.eval(&format!("[{group}['GroupId'], {group}['IpPermissions'][0]['UserIdGroupPairs'][0]['GroupId']]"));
    assert_eq!(pairs[0], pairs[1]);
    world.deploy_pipeline(
        &json!({"onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 0, "spotPrice": "0.2"}),
    );
    world.deploy("web-1");
    let policy = world.eval("asg.describe_auto_scaling_groups()['AutoScalingGroups'][0]['MixedInstancesPolicy']");
    let distribution = &policy["InstancesDistribution"];
    assert_eq!(
        (&distribution["OnDemandBaseCapacity"], &distribution["SpotMaxPrice"]),
        (&json!(1), &json!("0.2")),
        "{policy}"
    );
    assert_eq!(world.groups()["shop-prod-v000"]["data"]["InstanceMarketOptions"], Value::Null);
    world.assert_contract();
}
