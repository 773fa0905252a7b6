//! ECS: services as server groups, deployed with strategies, sized, stopped, started, cloned and removed.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

/// A cluster, and a target group of addresses behind a balancer.
const SCENE: &str = "(lambda subnets: (lambda tg: (client('ecs').create_cluster(clusterName='shop'), v2.create_listener(LoadBalancerArn=\
    v2.create_load_balancer(Name='tasks', Subnets=[s['SubnetId'] for s in subnets[:2]])['LoadBalancers'][0]['LoadBalancerArn'], \
    Protocol='HTTP', Port=80, DefaultActions=[{'Type': 'forward', 'TargetGroupArn': tg}])) and 1)(v2.create_target_group(Name='tasks', \
    Protocol='HTTP', Port=80, VpcId=subnets[0]['VpcId'], TargetType='ip')['TargetGroups'][0]['TargetGroupArn']))(\
    ec2.describe_subnets(Filters=[{'Name': 'default-for-az', 'Values': ['true']}])['Subnets'])";

fn world() -> World {
    let world = World::with(&[("FM_BOOT", "0.15"), ("FM_HEALTH", "0.1"), ("FM_DRAIN", "0.2")]);
    world.eval(SCENE);
    world.reset();
    let account = json!({
        "provider": "ecs", "regions": ["us-east-1"], "endpoint": world.url, "accessKeyId": "AKIATEST", "secretAccessKey": "x",
        "pollInterval": "100ms", "settleTime": 0,
    });
    world.project.write("gennaker.yaml", &json!({"accounts": {"containers": account}}).to_string());
    world
}

fn cluster(image: &str, more: &Value) -> Value {
    let mut cluster = json!({
        "account": "containers", "application": "shop", "stack": "prod", "strategy": "redblack", "region": "us-east-1",
        "capacity": {"min": 2, "max": 2, "desired": 2}, "ecsClusterName": "shop", "launchType": "FARGATE", "networkMode": "awsvpc",
        "computeUnits": 256, "reservedMemory": 512, "dockerImageAddress": image, "securityGroupNames": ["web"],
        "targetGroupMappings": [{"targetGroup": "tasks", "containerPort": 8080}], "environmentVariables": {"MODE": "live"},
        "tags": {"team": "shop"},
    });
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cluster.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    cluster
}

fn deployment(image: &str, more: &Value) -> Value {
    json!({"name": "Deploy", "type": "deploy", "clusters": [cluster(image, more)]})
}

fn run(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step")
}

fn fails(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_fails("step")
}

/// A stage on the newest group of shop-prod.
fn on_current(kind: &str, more: &Value) -> Value {
    let mut stage = json!({
        "name": kind, "type": kind, "cluster": "shop-prod", "credentials": "containers", "cloudProvider": "ecs",
        "regions": ["us-east-1"], "target": "current_asg_dynamic",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

/// `{name: [desired, running, image]}` as boto3 sees it.
fn services(world: &World) -> Value {
    world.eval(
        "(lambda e: {s['serviceName']: [s['desiredCount'], s['runningCount'], e.describe_task_definition(taskDefinition=\
         s['taskDefinition'])['taskDefinition']['containerDefinitions'][0]['image']] for a in [e.list_services(cluster='shop')\
         ['serviceArns']] if a for s in e.describe_services(cluster='shop', services=a)['services'] if s['status'] == 'ACTIVE'})(client('ecs'))",
    )
}

/// How many targets are healthy.
fn healthy(world: &World) -> Value {
    world.eval(
        "len([1 for g in v2.describe_target_groups(Names=['tasks'])['TargetGroups'] for t in v2.describe_target_health(\
        TargetGroupArn=g['TargetGroupArn'])['TargetHealthDescriptions'] if t['TargetHealth']['State'] == 'healthy'])",
    )
}

fn definitions(world: &World) -> Value {
    world.eval("len(client('ecs').list_task_definitions(familyPrefix='shop-prod')['taskDefinitionArns'])")
}

#[test]
fn a_red_black_deployment_moves_traffic_and_back() {
    let world = world();
    run(&world, deployment("shop:1", &json!({})));
    assert_eq!((services(&world), healthy(&world)), (json!({"shop-prod-v000": [2, 2, "shop:1"]}), json!(2)));
    let said = run(&world, deployment("shop:2", &json!({})));
    assert!(said.contains("none throttled"), "{said}");
    assert_eq!(services(&world), json!({"shop-prod-v000": [0, 0, "shop:1"], "shop-prod-v001": [2, 2, "shop:2"]}));
    assert_eq!(healthy(&world), 2);
    let shown = world.run(&["clusters"]);
    let shown = format!("{}{}", text(&shown.stdout), text(&shown.stderr));
    assert!(shown.contains("shop-prod-v001"), "{shown}");
    let back = json!({"name": "Back", "type": "rollbackCluster", "cluster": "shop-prod", "credentials": "containers",
        "cloudProvider": "ecs", "regions": ["us-east-1"], "targetHealthyRollbackPercentage": 100});
    run(&world, back);
    assert_eq!(services(&world), json!({"shop-prod-v000": [2, 2, "shop:1"], "shop-prod-v001": [0, 0, "shop:2"]}));
    world.assert_contract();
}

#[test]
fn a_highlander_leaves_one() {
    let world = world();
    for image in ["shop:1", "shop:2"] {
        run(&world, deployment(image, &json!({"strategy": "highlander"})));
    }
    assert_eq!(services(&world), json!({"shop-prod-v001": [2, 2, "shop:2"]}));
    assert_eq!(definitions(&world), 1);
    world.assert_contract();
}

#[test]
fn services_are_sized_stopped_started_cloned_and_removed() {
    let world = world();
    run(&world, deployment("shop:1", &json!({"capacity": {"min": 1, "max": 4, "desired": 2}})));
    let target = "[[t['MinCapacity'], t['MaxCapacity'], t.get('SuspendedState', {}).get('ScheduledScalingSuspended')] for t in \
        client('application-autoscaling').describe_scalable_targets(ServiceNamespace='ecs')['ScalableTargets']]";
    assert_eq!(world.eval(target)[0][1], 4);
    world.eval(
        "client('application-autoscaling').put_scaling_policy(PolicyName='shop-prod-v000-cpu', PolicyType='TargetTrackingScaling', \
         ServiceNamespace='ecs', ResourceId='service/shop/shop-prod-v000', ScalableDimension='ecs:service:DesiredCount', \
         TargetTrackingScalingPolicyConfiguration={'TargetValue': 50.0, 'PredefinedMetricSpecification': \
         {'PredefinedMetricType': 'ECSServiceAverageCPUUtilization'}}) and 1",
    );
    run(&world, on_current("resizeServerGroup", &json!({"capacity": {"min": 1, "max": 5, "desired": 3}})));
    assert_eq!((services(&world)["shop-prod-v000"][1].clone(), world.eval(target)[0][1].clone()), (json!(3), json!(5)));
    run(&world, on_current("disableServerGroup", &json!({})));
    assert_eq!((services(&world)["shop-prod-v000"][0].clone(), healthy(&world)), (json!(0), json!(0)));
    assert_eq!(world.eval(target)[0][2], true, "it must not scale while it is disabled");
    run(&world, on_current("enableServerGroup", &json!({})));
    assert_eq!((services(&world)["shop-prod-v000"][1].clone(), healthy(&world)), (json!(3), json!(3)));
    let clone = json!({
        "name": "Clone", "type": "cloneServerGroup", "account": "containers", "application": "shop", "stack": "prod",
        "region": "us-east-1", "strategy": "none", "image": "shop:2", "capacity": {"min": 1, "max": 1, "desired": 1},
        "source": {"account": "containers", "region": "us-east-1", "serverGroupName": "shop-prod-v000"},
    });
    run(&world, clone);
    assert_eq!(services(&world)["shop-prod-v001"], json!([1, 1, "shop:2"]));
    let policies = "sorted(p['PolicyName'] for p in client('application-autoscaling').describe_scaling_policies(ServiceNamespace='ecs')['ScalingPolicies'])";
    assert_eq!(world.eval(policies), json!(["shop-prod-v000-cpu", "shop-prod-v001-cpu"]));
    run(&world, on_current("destroyServerGroup", &json!({})));
    assert_eq!(services(&world).as_object().unwrap().keys().collect::<Vec<_>>(), ["shop-prod-v000"]);
    world.assert_contract();
}

#[test]
fn step_policies_go_on_with_their_alarms() {
    let world = world();
    let more = json!({"capacity": {"min": 1, "max": 4, "desired": 1}, "strategy": "highlander"});
    run(&world, deployment("shop:1", &more));
    world.eval(
        "(lambda arn: client('cloudwatch').put_metric_alarm(AlarmName='busy-shop-prod-v000', Namespace='AWS/ECS', MetricName='CPU', \
         Statistic='Average', Period=60, EvaluationPeriods=1, Threshold=80, ComparisonOperator='GreaterThanThreshold', AlarmActions=[arn], \
         Dimensions=[{'Name': 'ClusterName', 'Value': 'shop'}, {'Name': 'ServiceName', 'Value': 'shop-prod-v000'}]))(\
         client('application-autoscaling').put_scaling_policy(PolicyName='up', PolicyType='StepScaling', ServiceNamespace='ecs', \
         ResourceId='service/shop/shop-prod-v000', ScalableDimension='ecs:service:DesiredCount', StepScalingPolicyConfiguration=\
         {'AdjustmentType': 'ChangeInCapacity', 'StepAdjustments': [{'MetricIntervalLowerBound': 0, 'ScalingAdjustment': 1}]})['PolicyARN']) and 1",
    );
    let alarms = "{a['AlarmName']: [[d['Value'] for d in a['Dimensions']], len(a['AlarmActions'])] for a in \
        client('cloudwatch').describe_alarms()['MetricAlarms']}";
    let policies = "{p['ResourceId']: [p['PolicyName'], p['PolicyType'], [a['AlarmName'] for a in p['Alarms']]] for p in \
        client('application-autoscaling').describe_scaling_policies(ServiceNamespace='ecs')['ScalingPolicies']}";
    for (number, image) in [(1, "shop:2"), (2, "shop:3")] {
        run(&world, deployment(image, &more));
        let service = format!("shop-prod-v{number:03}");
        let found = world.eval(policies);
        let wanted = json!(["up", "StepScaling", [format!("busy-{service}")]]);
        assert_eq!(found[format!("service/shop/{service}")], wanted, "{found}");
        assert_eq!(world.eval(alarms)[format!("busy-{service}")], json!([["shop", service], 1]));
    }
    // The first was not gennaker's; the second went with its service.
    let left = world.eval(alarms);
    assert_eq!(left.as_object().unwrap().keys().collect::<Vec<_>>(), ["busy-shop-prod-v000", "busy-shop-prod-v002"]);
    world.assert_contract();
}

#[test]
fn a_task_definition_may_come_from_an_artifact() {
    use base64::Engine;
    let world = world();
    let definition = json!({
        "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [
            {"name": "web", "image": "none", "portMappings": [{"containerPort": 8080}]}, {"name": "log", "image": "log:1"}],
    });
    let reference = base64::engine::general_purpose::STANDARD.encode(definition.to_string());
    let more = json!({
        "dockerImageAddress": null, "computeUnits": null, "reservedMemory": null, "useTaskDefinitionArtifact": true,
        "taskDefinitionArtifact": {"artifact": {"type": "embedded/base64", "name": "task", "reference": reference,
            "artifactAccount": "embedded-artifact"}},
        "containerMappings": [{"containerName": "web", "imageDescription": {"imageId": "shop:7"}}],
        "targetGroupMappings": [{"targetGroup": "tasks", "containerName": "web", "containerPort": 8080}],
    });
    run(&world, deployment("", &more));
    assert_eq!((services(&world), healthy(&world)), (json!({"shop-prod-v000": [2, 2, "shop:7"]}), json!(2)));
    world.assert_contract();
}

#[test]
fn wrong_clusters_are_refused_before_anything_is_made() {
    let world = world();
    run(&world, deployment("shop:1", &json!({})));
    for (more, part) in [
        (json!({"ecsClusterName": "shpo"}), "there is no ECS cluster 'shpo' in us-east-1"),
        (json!({"securityGroupNames": ["wbe"]}), "security group 'wbe' does not exist in network vpc-"),
        (json!({"subnetType": "external"}), "no subnet in us-east-1 has the purpose 'external'"),
        (
            json!({"targetGroupMappings": [{"targetGroup": "nowhere", "containerPort": 80}]}),
            "target group 'nowhere' does not exist",
        ),
        (
            json!({"targetGroupMappings": [{"targetGroup": "elsewhere", "containerPort": 80}]}),
            "target group 'elsewhere' is in network vpc-",
        ),
        (json!({"dockerImageAddress": null}), "the cluster names no image"),
        (json!({"networkMode": "bridge"}), "add networkMode: awsvpc"),
        (json!({"computeUnits": null}), "add computeUnits"),
    ] {
        let said = fails(&world, deployment("shop:2", &more));
        assert!(said.contains(part), "{part}\n{said}");
        assert_eq!(
            (services(&world), definitions(&world)),
            (json!({"shop-prod-v000": [2, 2, "shop:1"]}), json!(1)),
            "{more}"
        );
    }
    world.order(
        "fail",
        &json!({"action": "CreateService", "code": "AccessDeniedException", "status": 403, "message": "No."}),
    );
    let said = fails(&world, deployment("shop:2", &json!({})));
    assert!(said.contains("its policy must allow ecs:CreateService"), "{said}");
    world.assert_contract();
}

#[test]
fn tasks_that_end_say_why() {
    let world = world();
    run(&world, deployment("shop:1", &json!({})));
    let mut stage = deployment("broken:1", &json!({}));
    stage["stageTimeoutMs"] = json!(2500);
    let said = fails(&world, stage);
    assert!(said.contains("Essential container in task exited (exit code 1)"), "{said}");
    assert_eq!(services(&world)["shop-prod-v000"], json!([2, 2, "shop:1"]));
    world.assert_contract();
}

/// Kills a red/black deployment at records all over it: there is one new service with one new task definition.
#[test]
fn a_deployment_that_is_killed_makes_nothing_twice() {
    let world = world();
    let deploy = |image: &str| {
        world.pipeline("step", &json!([deployment(image, &json!({"scaleDown": false, "maxRemainingAsgs": 2}))]))
    };
    deploy("shop:0");
    world.run_ok("step");
    deploy("shop:1");
    world.run_ok("step");
    let records = world.project.journal().len();
    let stride = std::env::var("GENNAKER_CRASH_STRIDE").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    for (number, position) in (2..=records).step_by(stride).enumerate() {
        let image = format!("shop:{}", number + 2);
        deploy(&image);
        let crash = format!("{}:{position}", if number % 2 == 0 { "before" } else { "after" });
        let killed = world.project.command(&["run", "step"]).env("GENNAKER_CRASH", &crash).output().unwrap();
        assert!(killed.status.signal() == Some(9) || killed.status.success(), "{crash}: {}", text(&killed.stderr));
        if world.project.journal().last().unwrap()["event"] != "executionCompleted" {
            let resumed = world.run(&["resume"]);
            assert!(resumed.status.success(), "{crash}: {}", text(&resumed.stderr));
        }
        let newest = format!("shop-prod-v{:03}", number + 2);
        let there = services(&world);
        assert_eq!((&there[&newest], healthy(&world)), (&json!([2, 2, image]), json!(2)), "{crash}: {there}");
        assert_eq!(definitions(&world), 2, "{crash}");
    }
    world.assert_contract();
}

#[test]
fn the_example_of_the_documentation_runs() {
    let world = world();
    world.example("ECS");
    world.run_ok("example");
    assert_eq!(services(&world), json!({"shop-prod-v000": [2, 2, "example/shop:1.4"]}));
}
