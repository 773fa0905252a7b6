//! Where load balancers stand and how they balance, and changes of both.

use serde_json::{Value, json};

use crate::world::World;

fn upsert(world: &World, more: &Value) {
    let mut stage = json!({
        "name": "Balancer", "type": "upsertLoadBalancer", "credentials": "prod", "region": "us-east-1",
        "loadBalancerName": "shop",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.pipeline("step", &json!([stage]));
    world.run_ok("step");
}

#[test]
fn they_stand_in_the_named_network_and_move_to_other_subnets() {
    let world = World::new();
    let vpc = world.eval("ec2.create_vpc(CidrBlock='10.8.0.0/16')['Vpc']['VpcId']");
    let subnet = |range: u8, zone: char| {
        let id = vpc.as_str().unwrap();
        world.eval(&format!(
            "ec2.create_subnet(VpcId='{id}', CidrBlock='10.8.{range}.0/24', AvailabilityZone='us-east-1{zone}')['Subnet']['SubnetId']"
        ))
    };
    let (one, two) = (subnet(1, 'a'), subnet(2, 'b'));
    upsert(&world, &json!({"loadBalancerType": "application", "vpcId": vpc}));
    let balancer = "v2.describe_load_balancers(Names=['shop'])['LoadBalancers'][0]";
    let found =
        world.eval(&format!("[{balancer}['VpcId'], sorted(z['SubnetId'] for z in {balancer}['AvailabilityZones'])]"));
    let mut wished = [one.to_string(), two.to_string()];
    wished.sort();
    assert_eq!((&found[0], found[1].to_string()), (&vpc, format!("[{}]", wished.join(","))));
    let three = subnet(3, 'c');
    upsert(&world, &json!({"loadBalancerType": "application", "vpcId": vpc, "subnetIds": [two, three]}));
    let zones = world.eval(&format!("sorted(z['ZoneName'] for z in {balancer}['AvailabilityZones'])"));
    assert_eq!(zones, json!(["us-east-1b", "us-east-1c"]));
    // Without a word about subnets they stay.
    upsert(&world, &json!({"loadBalancerType": "application", "vpcId": vpc, "idleTimeout": 40}));
    assert_eq!(world.eval(&format!("sorted(z['ZoneName'] for z in {balancer}['AvailabilityZones'])")), zones);
    world.assert_contract();
}

#[test]
fn network_balancers_cross_zones_and_tell_the_sender_when_they_are_to() {
    let world = World::new();
    upsert(
        &world,
        &json!({
            "loadBalancerType": "network", "loadBalancingCrossZone": true,
            "targetGroups": [{"name": "raw", "protocol": "TCP", "port": 7000, "attributes": {"proxyProtocolV2": true}}],
        }),
    );
    let attributes =
        |of: &str, list: &str| world.eval(&format!("{{a['Key']: a['Value'] for a in v2.{of}({list})['Attributes']}}"));
    let balancer = "LoadBalancerArn=v2.describe_load_balancers(Names=['shop'])['LoadBalancers'][0]['LoadBalancerArn']";
    let group = "TargetGroupArn=v2.describe_target_groups(Names=['raw'])['TargetGroups'][0]['TargetGroupArn']";
    let found = attributes("describe_load_balancer_attributes", balancer);
    assert_eq!(found["load_balancing.cross_zone.enabled"], "true");
    let found = attributes("describe_target_group_attributes", group);
    assert_eq!(found["proxy_protocol_v2.enabled"], "true");
    world.assert_contract();
}
