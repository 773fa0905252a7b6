//! The policy of docs/aws.md, as it stands there: it is enough for a deployment, and an action less is named.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::World;

/// The policy in the documentation.
fn documented() -> Value {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/aws.md")).unwrap();
    let section = page.split("## Permissions").nth(1).expect("docs/aws.md has a section of permissions");
    serde_json::from_str(section.split("```json\n").nth(1).unwrap().split("```").next().unwrap()).unwrap()
}

/// The same without an action; one that a pattern allows is taken out of it by listing the others.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let Some(actions) = statement["Action"].as_array_mut() else { continue };
        let pattern = |one: &Value| {
            let one = one.as_str().unwrap();
            one.strip_suffix('*').is_some_and(|start| action.starts_with(start))
        };
        let read: &[&str] = match action.split(':').next().unwrap() {
            "ec2" => {
                &["ec2:DescribeSubnets", "ec2:DescribeInstances", "ec2:DescribeImages", "ec2:DescribeSecurityGroups"]
            }
            "autoscaling" => &[
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribePolicies",
                "autoscaling:DescribeScheduledActions",
            ],
            _ => &["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"],
        };
        if actions.iter().any(pattern) {
            actions.retain(|one| !pattern(one));
            actions.extend(read.iter().map(|one| json!(one)));
        }
        actions.retain(|one| one != action);
    }
    policy
}

/// Makes a user with this policy and lets the account call as this user.
fn act_as(world: &World, name: &str, policy: &Value) {
    let iam = "boto3.client('iam', **more)";
    world.eval(&format!("{iam}.create_user(UserName='{name}') and 1"));
    let policy = json!(policy.to_string());
    world.eval(&format!("{iam}.put_user_policy(UserName='{name}', PolicyName='p', PolicyDocument={policy}) and 1"));
    let key = world.eval(&format!("{iam}.create_access_key(UserName='{name}')['AccessKey']"));
    world.configure(&json!({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}));
}

/// From now on, or from now on no more, moto checks who may do what.
fn check_policies(world: &World, is_on: bool) {
    let count = if is_on { "0" } else { "inf" };
    let url = format!("{}/moto-api/reset-auth", world.url);
    let done = Command::new("curl")
        .args([
            "-sSf",
            "--max-time",
            "10",
            "-X",
            "POST",
            "-H",
            "Content-Type: text/plain",
            "--data-binary",
            count,
            &url,
        ])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", crate::common::text(&done.stderr));
}

#[test]
fn the_documented_policy_is_enough_for_a_red_black_deployment() {
    let world = World::new();
    world.deploy_pipeline(&json!({"scaleDown": true, "suspendedProcesses": ["AZRebalance"]}));
    act_as(&world, "documented", &documented());
    check_policies(&world, true);
    world.deploy("web-1");
    world.deploy("web-2");
    let checked = world.run(&["account", "check", "prod"]);
    let said = crate::common::text(&checked.stdout) + &crate::common::text(&checked.stderr);
    assert!(checked.status.success() && said.contains("'upsertSecurityGroup' needs ec2:CreateSecurityGroup"), "{said}");
    check_policies(&world, false);
    let groups = world.groups();
    assert_eq!((&groups["shop-prod-v001"]["healthy"], &groups["shop-prod-v000"]["instances"]), (&json!(3), &json!(0)));
    world.assert_contract();
}

#[test]
fn an_action_less_than_documented_is_named_and_the_old_group_serves_on() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let policy = documented();
    for (number, action) in [
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeImages",
        "elasticloadbalancing:DescribeTargetHealth",
        "ec2:CreateLaunchTemplate",
        "autoscaling:CreateAutoScalingGroup",
    ]
    .into_iter()
    .enumerate()
    {
        act_as(&world, &format!("fewer-{number}"), &without(&policy, action));
        check_policies(&world, true);
        let said = world.run_fails("deploy");
        check_policies(&world, false);
        eprintln!("--- {action}\n{said}");
        assert!(said.contains(&format!("must allow {action}")), "{action}:\n{said}");
        let groups = world.groups();
        assert_eq!(
            (&groups["shop-prod-v000"]["healthy"], groups.as_object().unwrap().len()),
            (&json!(3), 1),
            "{action}"
        );
        assert_eq!(world.boto(&["templates"]), json!(["shop-prod-v000"]), "{action}");
    }
    world.assert_contract();
}

#[test]
fn what_was_begun_and_may_not_be_ended_is_told_with_action_and_group() {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let policy = documented();
    for (number, action) in
        ["autoscaling:SuspendProcesses", "elasticloadbalancing:DeregisterTargets"].into_iter().enumerate()
    {
        act_as(&world, &format!("late-{number}"), &without(&policy, action));
        check_policies(&world, true);
        let said = world.run_fails("deploy");
        check_policies(&world, false);
        eprintln!("--- {action}\n{said}");
        let what = if action.starts_with("auto") { "shop-prod-v000" } else { "arn:aws:elasticloadbalancing:" };
        assert!(said.contains(&format!("must allow {action}")), "{action}:\n{said}");
        assert!(said.contains(&format!("{action} on {what}")), "{action}:\n{said}");
        let groups = world.groups();
        assert_eq!(groups[format!("shop-prod-v00{}", number + 1)]["healthy"], 3, "the new one is in service: {groups}");
    }
    world.assert_contract();
}
