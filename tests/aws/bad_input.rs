//! Wrong wishes and a world that refuses: one clear message, the old group untouched or restored, and what was made
//! named and gone, or kept.

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

/// A world with three instances of `web-1` in `shop-prod-v000`.
fn deployed() -> World {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world
}

/// The old group is as it was.
fn untouched(world: &World) {
    let groups = world.groups();
    let old = &groups["shop-prod-v000"];
    assert_eq!(
        (&old["healthy"], &old["suspended"], &old["size"]),
        (&json!(3), &json!([]), &json!([3, 3, 3])),
        "{groups}"
    );
}

/// A deploy with these keys that must fail with these words, change nothing, leave nothing and say so.
fn refused(world: &World, more: &Value, part: &str) {
    world.deploy_pipeline(more);
    let output = world.run(&["run", "deploy"]);
    let said = text(&output.stderr);
    assert!(said.contains(part), "{part}\n{said}");
    let is_told = said.contains("what changed: nothing") || said.contains(": failed, nothing of it is left");
    assert!(is_told && output.status.code() == Some(4), "{:?}\n{said}", output.status);
    untouched(world);
    assert_eq!(world.groups().as_object().unwrap().len(), 1, "{more}");
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v000"]), "{more}");
}

/// Clusters that must be refused before anything is made.
fn refused_beforehand(clusters: &[(Value, &str)]) {
    let world = deployed();
    world.reset();
    for (more, part) in clusters {
        refused(&world, more, part);
    }
    let calls = world.calls();
    assert!(calls.get("ec2.CreateLaunchTemplate").is_none(), "{calls}");
    world.assert_contract();
}

/// A refusal of AWS in the middle of a deploy.
fn refused_by_aws(action: &str, code: &str, status: u16, message: &str, parts: &[&str]) {
    let world = deployed();
    for part in parts {
        world.order("fail", &json!({"action": action, "code": code, "status": status, "message": message}));
        refused(&world, &json!({}), part);
    }
    world.assert_contract();
}

#[test]
fn an_unknown_image_is_named() {
    refused_beforehand(&[
        (json!({"amiName": "web-9"}), "image 'web-9' does not exist in us-east-1 among those of self"),
        (json!({"amiName": "ami-00000000000000009"}), "image 'ami-00000000000000009' does not exist in us-east-1"),
    ]);
}

#[test]
fn an_unknown_subnet_is_named() {
    refused_beforehand(&[
        (
            json!({"subnetType": "external"}),
            "no subnet in us-east-1 has the purpose 'external'; correct 'subnetType' (there are internal)",
        ),
        (json!({"subnetIds": ["subnet-0123"]}), "subnets subnet-0123 cannot be used"),
    ]);
}

#[test]
fn an_unknown_security_group_is_named() {
    refused_beforehand(&[
        (json!({"securityGroups": ["wbe"]}), "security group 'wbe' does not exist in network vpc-"),
        (json!({"securityGroups": ["sg-0123456789"]}), "security groups sg-0123456789 cannot be used"),
    ]);
}

#[test]
fn an_unknown_load_balancer_is_named() {
    refused_beforehand(&[
        (json!({"targetGroups": ["wbe"]}), "target group 'wbe' does not exist in us-east-1; create it first"),
        (json!({"loadBalancers": ["nowhere"]}), "load balancer 'nowhere' does not exist in us-east-1; create it first"),
        (
            json!({"loadBalancers": ["front"]}),
            "load balancer 'front' is no classic one; name its target groups in 'targetGroups'",
        ),
    ]);
}

#[test]
fn a_target_group_in_another_network_is_named() {
    refused_beforehand(&[(json!({"targetGroups": ["elsewhere"]}), "target group 'elsewhere' is in network vpc-")]);
}

#[test]
fn a_wrong_region_is_named() {
    refused_beforehand(&[(
        json!({"region": "eu-central-1"}),
        "has no region 'eu-central-1', only us-east-1, us-west-2",
    )]);
    // Of the account's, but not where its things are.
    refused_beforehand(&[(json!({"region": "us-west-2"}), "in us-west-2")]);
}

#[test]
fn an_incomplete_cluster_is_refused() {
    refused_beforehand(&[
        (json!({"instanceType": null}), "names no instance type; add instanceType"),
        (json!({"suspendedProcesses": ["launch"]}), "'launch' is no scaling process"),
    ]);
}

#[test]
fn a_missing_permission_names_action_and_resource() {
    let words = "User: arn:aws:sts::123456789012:assumed-role/deployer/ci is not authorized to perform: \
                 autoscaling:CreateAutoScalingGroup on resource: arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*";
    refused_by_aws(
        "CreateAutoScalingGroup",
        "AccessDenied",
        403,
        words,
        &[
            "its policy must allow autoscaling:CreateAutoScalingGroup",
            "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*",
        ],
    );
    refused_by_aws("CreateLaunchTemplate", "UnauthorizedOperation", 403, "No.", &["ec2:CreateLaunchTemplate"]);
    refused_by_aws("DescribeSubnets", "UnauthorizedOperation", 403, "No.", &["ec2:DescribeSubnets"]);
    refused_by_aws("DescribePolicies", "AccessDenied", 403, "No.", &["autoscaling:DescribePolicies on shop-prod-v000"]);
}

#[test]
fn quotas_are_told_with_what_to_do() {
    let words = "You've reached your quota for maximum Auto Scaling groups";
    refused_by_aws("CreateAutoScalingGroup", "LimitExceeded", 400, words, &[words, "ask AWS for a higher quota"]);
    let words = "You have reached the limit on the number of launch templates";
    refused_by_aws("CreateLaunchTemplate", "LaunchTemplateLimitExceeded", 400, words, &["ask AWS for a higher quota"]);
}

#[test]
fn no_credentials_is_said() {
    let world = deployed();
    world.configure(&json!({"accessKeyId": null, "secretAccessKey": null}));
    let output = world.project.command(&["run", "deploy"]).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("there are no credentials: none in the environment"), "{said}");
    untouched(&world);
}

#[test]
fn credentials_that_are_not_valid_are_said() {
    let world = deployed();
    world.order("credentials", &json!({"valid": ["AKIASETUP"]}));
    refused(&world, &json!({}), "its credentials are not accepted");
    // Services are asked side by side and have words of their own for it.
    refused(&world, &json!({}), "); correct the access key, or enable region us-east-1");
    world.assert_contract();
}

#[test]
fn an_aws_that_does_not_answer_is_named() {
    let world = deployed();
    world.configure(&json!({"endpoint": "http://127.0.0.1:1"}));
    let text = std::fs::read_to_string(world.project.path().join("pipelines/deploy.yaml")).unwrap();
    let text = text.replace("\"type\":\"deploy\"", "\"type\":\"deploy\",\"stageTimeoutMs\":2000");
    world.project.write("pipelines/deploy.yaml", &text);
    let said = world.run_fails("deploy");
    assert!(said.contains("account 'prod': autoscaling:Describe") && said.contains("http://127.0.0.1:1/"), "{said}");
    assert!(said.contains("could not connect: Connection refused"), "{said}");
    untouched(&world);
}

#[test]
fn what_could_not_be_removed_again_is_named() {
    let world = deployed();
    for (action, code) in
        [("CreateAutoScalingGroup", "AccessDenied"), ("DeleteLaunchTemplate", "UnauthorizedOperation")]
    {
        world.order("fail", &json!({"action": action, "code": code, "status": 403, "message": "No."}));
    }
    let output = world.run(&["run", "deploy", "-p", "image=web-2"]);
    let said = text(&output.stderr);
    assert!(said.contains("what was made of shop-prod-v001 could not be removed again: account 'prod':"), "{said}");
    assert!(said.contains("its policy must allow ec2:DeleteLaunchTemplate"), "{said}");
    assert_eq!(output.status.code(), Some(5), "{said}");
    untouched(&world);
    // What is left is in nobody's way: the next deploy takes it over, or passes over the name.
    world.deploy("web-2");
    world.assert_contract();
}

#[test]
fn expired_credentials_are_said() {
    let world = deployed();
    for code in ["ExpiredToken", "RequestExpired"] {
        let order = json!({"action": "Describe*", "count": 99, "code": code, "status": 403,
            "message": "The security token included in the request is expired"});
        world.order("fail", &order);
        world.deploy_pipeline(&json!({}));
        let said = world.run_fails("deploy");
        assert!(said.contains("expired") && said.contains("account 'prod'"), "{said}");
        world.reset();
        untouched(&world);
    }
}

#[test]
fn instances_that_never_get_healthy_leave_the_old_group_alone() {
    let world = deployed();
    let deploy = |more: Value| {
        let mut cluster = json!({
            "account": "prod", "application": "shop", "stack": "prod", "strategy": "redblack", "region": "us-east-1",
            "capacity": {"min": 2, "max": 2, "desired": 2}, "amiName": "web-2", "instanceType": "t3.small",
            "targetGroups": ["web"], "tags": {"fm-health": "bad"},
        });
        cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.pipeline(
            "deploy",
            &json!([{"name": "Deploy", "type": "deploy", "stageTimeoutMs": 6000, "clusters": [cluster]}]),
        );
        world.run_fails("deploy")
    };
    let said = deploy(json!({"rollback": {"onFailure": true, "destroyLatest": true}}));
    assert!(said.contains("only 0 of 2 instances of shop-prod-v001 are up"), "{said}");
    assert!(said.contains("Health checks failed with these codes: [503]"), "{said}");
    untouched(&world);
    assert_eq!(world.groups().as_object().unwrap().len(), 1);
    assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v000"]));
    // Kept, to be looked at, when nobody asks for its removal; it is named.
    let said = deploy(json!({}));
    assert!(said.contains("instances of shop-prod-v001 are up"), "{said}");
    untouched(&world);
    assert_eq!(world.groups()["shop-prod-v001"]["instances"], 2);
    world.assert_contract();
}

/// A deploy whose instances AWS does not launch, for this reason.
fn not_launched(reason: &str, part: &str) {
    let world = deployed();
    world.order("launches", &json!({"group": "shop-*-v001", "reason": reason}));
    let text = std::fs::read_to_string(world.project.path().join("pipelines/deploy.yaml")).unwrap();
    let text = text.replace("\"type\":\"deploy\"", "\"type\":\"deploy\",\"stageTimeoutMs\":6000");
    world.project.write("pipelines/deploy.yaml", &text);
    let said = world.run_fails("deploy");
    assert!(said.contains("shop-prod-v001") && said.contains(part), "{said}");
    untouched(&world);
    world.assert_contract();
}

#[test]
fn capacity_that_aws_does_not_have_is_told_in_its_words() {
    let reason = "We currently do not have sufficient t3.small capacity in us-east-1a.";
    not_launched(reason, "Launching a new EC2 instance: We currently do not have sufficient t3.small capacity");
}

#[test]
fn a_quota_of_instances_is_told_in_aws_s_words() {
    let reason = "You have requested more vCPU capacity than your current vCPU limit of 32 allows.";
    not_launched(reason, "You have requested more vCPU capacity than your current vCPU limit of 32 allows");
}

#[test]
fn a_template_deleted_before_its_group_is_made_is_told() {
    // For a minute it may only be that AWS has not heard of it everywhere.
    let world = deployed();
    let words = "You must use a valid fully-formed launch template. The specified launch template does not exist.";
    let order = json!({"action": "CreateAutoScalingGroup", "count": 999, "code": "ValidationError", "message": words});
    world.order("fail", &order);
    refused(&world, &json!({}), "The specified launch template does not exist");
    world.assert_contract();
}

#[test]
fn a_template_deleted_under_a_running_group_is_told() {
    let world = deployed();
    world.eval("ec2.delete_launch_template(LaunchTemplateName='shop-prod-v000') and 1");
    let target = |kind: &str, more: Value| {
        let mut stage = json!({"name": kind, "type": kind, "cluster": "shop-prod", "credentials": "prod",
            "regions": ["us-east-1"], "target": "current_asg_dynamic"});
        stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([stage])
    };
    let source = json!({"account": "prod", "region": "us-east-1", "serverGroupName": "shop-prod-v000"});
    let clone = json!([{"name": "Clone", "type": "cloneServerGroup", "account": "prod", "application": "shop",
        "stack": "prod", "region": "us-east-1", "source": source}]);
    for stages in [target("updateLaunchTemplate", json!({"instanceType": "t3.large"})), clone] {
        world.pipeline("step", &stages);
        let said = world.run_fails("step");
        assert!(said.contains("launch template") && said.contains("lt-"), "{said}");
    }
    // A deploy makes its own and needs the old one's no more.
    world.deploy("web-2");
    assert_eq!(world.groups_without_templates()["shop-prod-v001"], json!([3, 3, 3]));
    world.assert_contract();
}
