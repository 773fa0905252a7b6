//! DNS records in Route 53: made, changed, and what is wrong with them.

use serde_json::{Value, json};

use crate::world::World;

const RECORDS: &str = "(lambda r: {s['Name'] + ' ' + s['Type']: [s['TTL'], [v['Value'] for v in s['ResourceRecords']]] for s in \
    r.list_resource_record_sets(HostedZoneId=r.list_hosted_zones()['HostedZones'][0]['Id'])['ResourceRecordSets'] \
    if s['Type'] not in ('NS', 'SOA')})(client('route53'))";

fn zoned() -> World {
    let world = World::new();
    for name in ["shop.example.", "shop.example.org."] {
        world.eval(&format!("client('route53').create_hosted_zone(Name='{name}', CallerReference='{name}') and 1"));
    }
    world.reset();
    world
}

fn record(more: &Value) -> Value {
    let mut stage = json!({"name": "Record", "type": "upsertAmazonDNS", "credentials": "prod", "hostedZone": "shop.example",
        "recordName": "www.shop.example.", "recordType": "CNAME"});
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

#[test]
fn a_record_is_made_and_changed() {
    let world = zoned();
    for target in ["one.example", "two.example"] {
        world.pipeline("step", &json!([record(&json!({"target": target}))]));
        world.run_ok("step");
        assert_eq!(world.eval(RECORDS), json!({"www.shop.example. CNAME": [60, [target]]}));
    }
    let calls = world.calls();
    assert_eq!(calls["route53.ChangeResourceRecordSets"], 2, "{calls}");
    world.assert_contract();
}

#[test]
fn a_record_stands_for_the_balancer_that_was_made_before() {
    let world = zoned();
    let balancer = json!({"refId": "1", "requisiteStageRefIds": [], "name": "Balancer", "type": "upsertLoadBalancer",
        "credentials": "prod", "region": "us-east-1", "loadBalancerName": "shop", "loadBalancerType": "application",
        "targetGroups": [{"name": "shop", "protocol": "HTTP", "port": 8080}],
        "listeners": [{"protocol": "HTTP", "port": 80, "defaultActions": [{"type": "forward", "targetGroupName": "shop"}]}]});
    let named = record(&json!({"refId": "2", "requisiteStageRefIds": ["1"]}));
    world.pipeline("step", &json!([balancer, named]));
    world.run_ok("step");
    let name = world.eval("v2.describe_load_balancers(Names=['shop'])['LoadBalancers'][0]['DNSName']");
    assert_eq!(world.eval(RECORDS)["www.shop.example. CNAME"][1], json!([name]));
    world.assert_contract();
}

#[test]
fn a_record_that_cannot_be_made_says_why() {
    let world = zoned();
    for (more, part) in [
        (
            json!({"target": "x.example", "hostedZone": "shpo.example"}),
            "account 'prod' has no hosted zone 'shpo.example.'",
        ),
        (json!({}), "the record stands for nothing"),
        (json!({"target": "x.example", "recordType": "NONE"}), "'NONE'"),
    ] {
        world.pipeline("step", &json!([record(&more)]));
        let said = world.run_fails("step");
        assert!(said.contains(part), "{part}\n{said}");
        assert_eq!(world.eval(RECORDS), json!({}));
    }
}
