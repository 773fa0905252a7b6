//! Wrong wishes and a world that refuses: one clear message, the old group untouched, nothing left that was not named.

use serde_json::{Value, json};

use crate::world::World;

/// One good group, then a deploy with these keys that must fail with these words and change nothing.
fn refused(world: &World, more: &Value, part: &str) {
    world.deploy_pipeline(more);
    let said = world.run_fails("deploy");
    assert!(said.contains(part), "{part}\n{said}");
    let groups = world.groups();
    assert_eq!(groups.as_object().unwrap().len(), 1, "{more}: {groups}");
    assert_eq!((&groups["shop-prod-v000"]["healthy"], &groups["shop-prod-v000"]["suspended"]), (&json!(3), &json!([])));
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v000"]), "{more}");
}

#[test]
fn wrong_clusters_are_refused_before_anything_is_made() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    for (more, part) in [
        (json!({"amiName": "web-9"}), "image 'web-9' does not exist in us-east-1 among those of self"),
        (json!({"amiName": "ami-00000000000000009"}), "image 'ami-00000000000000009' does not exist in us-east-1"),
        (
            json!({"subnetType": "external"}),
            "no subnet in us-east-1 has the purpose 'external'; correct 'subnetType' (there are internal)",
        ),
        (json!({"subnetIds": ["subnet-0123"]}), "subnets subnet-0123 cannot be used"),
        (json!({"securityGroups": ["wbe"]}), "security group 'wbe' does not exist in network vpc-"),
        (json!({"securityGroups": ["sg-0123456789"]}), "security groups sg-0123456789 cannot be used"),
        (json!({"targetGroups": ["wbe"]}), "target group 'wbe' does not exist in us-east-1; create it first"),
        (json!({"targetGroups": ["elsewhere"]}), "target group 'elsewhere' is in network vpc-"),
        (json!({"loadBalancers": ["nowhere"]}), "load balancer 'nowhere' does not exist in us-east-1; create it first"),
        (
            json!({"loadBalancers": ["front"]}),
            "load balancer 'front' is no classic one; name its target groups in 'targetGroups'",
        ),
        (json!({"region": "eu-central-1"}), "has no region 'eu-central-1', only us-east-1, us-west-2"),
        (json!({"instanceType": null}), "names no instance type; add instanceType"),
        (json!({"suspendedProcesses": ["launch"]}), "'launch' is no scaling process"),
    ] {
        refused(&world, &more, part);
    }
    world.assert_contract();
}

#[test]
fn refusals_of_aws_name_action_and_remedy() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    for (action, code, status, part) in [
        ("CreateLaunchTemplate", "UnauthorizedOperation", 403, "ec2:CreateLaunchTemplate"),
        ("CreateAutoScalingGroup", "AccessDenied", 403, "its policy must allow autoscaling:CreateAutoScalingGroup"),
        ("CreateAutoScalingGroup", "LimitExceeded", 400, "ask AWS for a higher quota"),
    ] {
        world.order("fail", &json!({"action": action, "code": code, "status": status, "message": "No."}));
        refused(&world, &json!({}), part);
    }
    world.order("credentials", &json!({"valid": ["AKIASETUP"]}));
    refused(&world, &json!({}), "its credentials are not accepted");
    world.reset();
    world.configure(&json!({"accessKeyId": null, "secretAccessKey": null}));
    let output = world.project.command(&["run", "deploy"]).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
    let said = crate::common::text(&output.stderr);
    assert!(!output.status.success() && said.contains("credentials"), "{said}");
}

#[test]
fn instances_that_never_get_healthy_leave_the_old_group_alone() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world.pipeline("deploy", &json!([{"name": "Deploy", "type": "deploy", "stageTimeoutMs": 2000, "clusters": [{
        "account": "prod", "application": "shop", "stack": "prod", "strategy": "redblack", "region": "us-east-1",
        "capacity": {"min": 2, "max": 2, "desired": 2}, "amiName": "web-2", "instanceType": "t3.small",
        "targetGroups": ["web"], "tags": {"fm-health": "bad"}, "rollback": {"onFailure": true, "destroyLatest": true},
    }]}]));
    let said = world.run_fails("deploy");
    assert!(said.contains("only 0 of 2 instances of shop-prod-v001 are up"), "{said}");
    assert!(said.contains("Health checks failed with these codes: [503]"), "{said}");
    let groups = world.groups();
    assert_eq!((&groups["shop-prod-v000"]["healthy"], groups.as_object().unwrap().len()), (&json!(3), 1), "{groups}");
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v000"]));
    world.assert_contract();
}

#[test]
fn capacity_that_aws_does_not_have_is_told_in_its_words() {
    let world = World::new();
    world.order(
        "launches",
        &json!({"group": "shop-*", "reason": "We currently do not have sufficient t3.small capacity in us-east-1a."}),
    );
    world.deploy_pipeline(&json!({}));
    let text = std::fs::read_to_string(world.project.path().join("pipelines/deploy.yaml")).unwrap();
    let text = text.replace("\"type\":\"deploy\"", "\"type\":\"deploy\",\"stageTimeoutMs\":1500");
    world.project.write("pipelines/deploy.yaml", &text);
    let said = world.run_fails("deploy");
    assert!(
        said.contains("Launching a new EC2 instance: We currently do not have sufficient t3.small capacity"),
        "{said}"
    );
    world.assert_contract();
}
