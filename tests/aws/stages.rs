//! Single stages: sizes, traffic, clones, rollbacks, images, balancers, firewalls, instances.

use serde_json::{Value, json};

use crate::common::text;
use crate::world::World;

/// A stage on the newest group of shop-prod.
fn on_current(kind: &str, more: Value) -> Value {
    let mut stage = json!({
        "name": kind, "type": kind, "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1"], "target": "current_asg_dynamic",
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn deployed() -> World {
    let world = World::new();
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    world
}

fn step(world: &World, stage: Value) -> String {
    world.pipeline("step", &json!([stage]));
    world.run_ok("step")
}

#[test]
fn sizes_change_also_of_a_disabled_group() {
    let world = deployed();
    let capacity = |n: u32| json!({"capacity": {"min": n, "max": n, "desired": n}});
    step(&world, on_current("resizeServerGroup", capacity(5)));
    assert_eq!(world.groups()["shop-prod-v000"]["healthy"], 5);
    step(&world, on_current("disableServerGroup", json!({})));
    let group = &world.groups()["shop-prod-v000"];
    assert_eq!((&group["healthy"], &group["instances"]), (&json!(0), &json!(5)));
    step(&world, on_current("resizeServerGroup", capacity(2)));
    assert_eq!(world.groups()["shop-prod-v000"]["instances"], 2);
    step(&world, on_current("enableServerGroup", json!({})));
    let group = &world.groups()["shop-prod-v000"];
    assert_eq!((&group["healthy"], &group["suspended"]), (&json!(2), &json!([])));
    world.assert_contract();
}

#[test]
fn a_clone_is_like_its_source() {
    let world = World::new();
    world.deploy_pipeline(&json!({"blockDevices": [{"deviceName": "/dev/sdb", "size": 9}], "userData": "x"}));
    world.deploy("web-1");
    let clone = json!({
        "name": "Clone", "type": "cloneServerGroup", "account": "prod", "application": "shop", "stack": "prod",
        "region": "us-east-1", "strategy": "none", "amiName": "web-2", "capacity": {"min": 1, "max": 1, "desired": 1},
        "source": {"account": "prod", "region": "us-east-1", "serverGroupName": "shop-prod-v000"},
    });
    step(&world, clone);
    let groups = world.groups();
    let (one, two) = (&groups["shop-prod-v000"], &groups["shop-prod-v001"]);
    assert_eq!((&two["image"], &two["size"]), (&json!("web-2"), &json!([1, 1, 1])));
    for key in ["InstanceType", "SecurityGroupIds", "UserData", "MetadataOptions", "BlockDeviceMappings"] {
        assert_eq!(one["data"][key], two["data"][key], "{key}");
    }
    assert_eq!((&two["tags"]["team"], &two["healthy"]), (&json!("shop"), &json!(1)));
    world.assert_contract();
}

#[test]
fn a_cluster_shrinks_and_its_image_is_found() {
    let world = deployed();
    world.deploy("web-2");
    let shrink = json!({"name": "Shrink", "type": "shrinkCluster", "cluster": "shop-prod", "credentials": "prod",
        "cloudProvider": "aws", "regions": ["us-east-1"], "shrinkToSize": 1, "allowDeleteActive": true});
    step(&world, shrink);
    assert_eq!(world.groups().as_object().unwrap().len(), 1);
    let find = json!({"name": "Find", "type": "findImage", "cluster": "shop-prod", "credentials": "prod", "cloudProvider": "aws",
        "regions": ["us-east-1"]});
    let said = step(&world, find);
    assert!(said.contains("succeeded"), "{said}");
    let journal = Value::Array(world.project.journal()).to_string();
    assert!(journal.contains("\"imageName\":\"web-2\"") && !journal.contains("\"imageName\":\"web-1\""), "{journal}");
    world.assert_contract();
}

#[test]
fn instances_are_replaced_a_few_at_a_time() {
    let world = deployed();
    let before = world.groups()["shop-prod-v000"]["ids"].clone();
    step(&world, on_current("updateLaunchTemplate", json!({"amiName": "web-2", "instanceType": "t3.large"})));
    step(&world, on_current("rollingPush", json!({"minHealthyPercentage": 50})));
    let group = &world.groups()["shop-prod-v000"];
    assert_eq!(
        (&group["image"], &group["type"], &group["instances"]),
        (&json!("web-2"), &json!("t3.large"), &json!(3))
    );
    let after = group["ids"].as_array().unwrap();
    assert!(after.iter().all(|id| !before.as_array().unwrap().contains(id)), "{before} {after:?}");
    assert_eq!(group["tags"]["gennaker:image-name"], "web-2");
    world.assert_contract();
}

#[test]
fn images_are_tagged_found_by_tags_and_removed() {
    let world = World::new();
    step(
        &world,
        json!({"name": "Tag", "type": "upsertImageTags", "credentials": "prod", "regions": ["us-east-1"],
        "imageNames": ["web-2"], "tags": {"stage": "tested"}}),
    );
    let cluster = json!({"account": "prod", "application": "shop", "stack": "prod", "region": "us-east-1", "strategy": "none",
        "instanceType": "t3.small", "capacity": {"min": 1, "max": 1, "desired": 1}});
    world.pipeline("found", &json!([
        {"refId": "1", "requisiteStageRefIds": [], "name": "Find", "type": "findImageFromTags", "credentials": "prod", "packageName": "web",
         "regions": ["us-east-1"], "tags": {"stage": "tested"}},
        {"refId": "2", "requisiteStageRefIds": ["1"], "name": "Deploy", "type": "deploy", "clusters": [cluster]},
    ]));
    world.run_ok("found");
    assert_eq!(world.groups()["shop-prod-v000"]["image"], "web-2");
    let id = world.eval("ec2.describe_images(Filters=[{'Name': 'name', 'Values': ['web-1']}])['Images'][0]['ImageId']");
    for _ in 0..2 {
        step(
            &world,
            json!({"name": "Delete", "type": "deleteImage", "credentials": "prod", "region": "us-east-1", "imageIds": [id]}),
        );
    }
    let left = world.eval("ec2.describe_images(Filters=[{'Name': 'name', 'Values': ['web-1']}])['Images']");
    assert_eq!(left, json!([]));
    world.assert_contract();
}

#[test]
fn balancers_and_firewalls_are_made_changed_and_removed() {
    let world = World::new();
    let firewall = |port: u16| {
        json!({"name": "Firewall", "type": "upsertSecurityGroup", "credentials": "prod", "regions": ["us-east-1"],
        "securityGroupName": "shop", "description": "the shop", "ipIngress": [{"cidr": "10.0.0.0/8", "type": "tcp", "startPort": port, "endPort": port}],
        "securityGroupIngress": [{"name": "web", "type": "tcp", "startPort": 22, "endPort": 22}]})
    };
    step(&world, firewall(80));
    step(&world, firewall(443));
    let rules = world.eval("[(p['FromPort'], [r['CidrIp'] for r in p['IpRanges']], len(p['UserIdGroupPairs'])) for p in \
        ec2.describe_security_groups(Filters=[{'Name': 'group-name', 'Values': ['shop']}])['SecurityGroups'][0]['IpPermissions']]");
    let mut rules = rules.as_array().unwrap().clone();
    rules.sort_by_key(|rule| rule[0].as_i64());
    assert_eq!(rules, [json!([22, [], 1]), json!([443, ["10.0.0.0/8"], 0])]);
    let balancer = |weight: u32| {
        json!({"name": "Balancer", "type": "upsertLoadBalancer", "credentials": "prod", "region": "us-east-1",
        "loadBalancerName": "shop", "loadBalancerType": "application", "securityGroups": ["shop"], "idleTimeout": 30,
        "targetGroups": [
            {"name": "shop-a", "protocol": "HTTP", "port": 8080, "healthCheckPath": "/health", "healthCheckInterval": 10,
             "attributes": {"deregistrationDelay": 15}},
            {"name": "shop-b", "protocol": "HTTP", "port": 8080}],
        "listeners": [{"protocol": "HTTP", "port": 80,
            "defaultActions": [{"type": "forward", "targetGroupName": "shop-a"}],
            "rules": [{"priority": "1", "conditions": [{"field": "path-pattern", "values": ["/new/*"]}],
                       "actions": [{"type": "forward", "forwardConfig": {"targetGroups": [
                            {"targetGroupName": "shop-a", "weight": 100 - weight}, {"targetGroupName": "shop-b", "weight": weight}]}}]}]}]})
    };
    step(&world, balancer(10));
    step(&world, balancer(50));
    let lb = "v2.describe_load_balancers(Names=['shop'])['LoadBalancers'][0]['LoadBalancerArn']";
    let listeners = world.eval(&format!("v2.describe_listeners(LoadBalancerArn={lb})['Listeners']"));
    assert_eq!(listeners.as_array().unwrap().len(), 1);
    let rules = world.eval(&format!("v2.describe_rules(ListenerArn=v2.describe_listeners(LoadBalancerArn={lb})['Listeners'][0]['ListenerArn'])['Rules']"));
    let weights = &rules[0]["Actions"][0]["ForwardConfig"]["TargetGroups"];
    assert_eq!((&weights[0]["Weight"], &weights[1]["Weight"]), (&json!(50), &json!(50)), "{rules}");
    shifts_weights(&world);
    let classic = |listeners: Value| {
        json!({"name": "Classic", "type": "upsertLoadBalancer", "credentials": "prod", "region": "us-east-1",
        "loadBalancerName": "older", "loadBalancerType": "classic", "healthCheck": "HTTP:8080/health",
        "crossZoneBalancing": true, "listeners": listeners})
    };
    let port =
        |outer: u32, inner: u32| json!({"externalProtocol": "HTTP", "externalPort": outer, "internalPort": inner});
    let shown = || {
        let all = world.eval("sorted([d['Listener']['LoadBalancerPort'], d['Listener']['InstancePort']] for d in \
            v1.describe_load_balancers(LoadBalancerNames=['older'])['LoadBalancerDescriptions'][0]['ListenerDescriptions'])");
        serde_json::to_string(&all).unwrap()
    };
    for (listeners, expected) in [
        (json!([port(80, 8080)]), "[[80,8080]]"),
        (json!([port(80, 8080)]), "[[80,8080]]"),
        (json!([port(80, 9090), port(81, 8081)]), "[[80,9090],[81,8081]]"),
        (json!([port(81, 8081)]), "[[81,8081]]"),
    ] {
        step(&world, classic(listeners));
        assert_eq!(shown(), expected);
    }
    for name in ["shop", "older", "shop"] {
        step(
            &world,
            json!({"name": "Delete", "type": "deleteLoadBalancer", "credentials": "prod", "regions": ["us-east-1"], "loadBalancerName": name}),
        );
    }
    step(
        &world,
        json!({"name": "Delete", "type": "deleteSecurityGroup", "credentials": "prod", "regions": ["us-east-1"], "securityGroupName": "shop"}),
    );
    assert_eq!(world.eval("len(v2.describe_load_balancers()['LoadBalancers'])"), 1);
    world.assert_contract();
}

/// `weights` alone moves traffic wherever the balancer forwards to one of them, once.
fn shifts_weights(world: &World) {
    let shift = |weights: Value| {
        json!({"name": "Shift", "type": "upsertLoadBalancer", "credentials": "prod", "region": "us-east-1",
        "loadBalancerName": "shop", "weights": weights})
    };
    step(world, shift(json!({"shop-a": 75, "shop-b": 25})));
    let lb = "v2.describe_load_balancers(Names=['shop'])['LoadBalancers'][0]['LoadBalancerArn']";
    let actions = world.eval(&format!(
        "[sorted(g['Weight'] for g in r['Actions'][0]['ForwardConfig']['TargetGroups']) for r in \
        v2.describe_rules(ListenerArn=v2.describe_listeners(LoadBalancerArn={lb})['Listeners'][0]['ListenerArn'])['Rules']]"
    ));
    assert_eq!(actions, json!([[25, 75], [25, 75]]));
    world.reset();
    step(world, shift(json!({"shop-a": 75, "shop-b": 25})));
    let calls = world.calls();
    assert!(calls.as_object().unwrap().keys().all(|call| call.contains("Describe")), "{calls}");
    for (weights, part) in [
        (json!({"web": 1}), "no listener of load balancer 'shop' forwards to any target group of 'weights'"),
        (json!({"shop-a": 0}), "'weights' leaves no target group any traffic"),
        (json!({"shop-a": 1000}), "write a number from 0 to 999"),
    ] {
        world.pipeline("step", &json!([shift(weights)]));
        let said = world.run_fails("step");
        assert!(said.contains(part), "{part}\n{said}");
    }
}

/// A stage on these instances.
fn on_instances(kind: &str, ids: &Value, more: Value) -> Value {
    let mut stage =
        json!({"name": kind, "type": kind, "credentials": "prod", "region": "us-east-1", "instanceIds": ids});
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

#[test]
fn instances_are_registered_and_deregistered() {
    let world = World::new();
    world.deploy_pipeline(&json!({"loadBalancers": ["old"]}));
    world.deploy("web-1");
    let one = json!([world.groups()["shop-prod-v000"]["ids"][0]]);
    let serving = || {
        let group = world.groups()["shop-prod-v000"].clone();
        (group["healthy"].clone(), group["classic"].clone())
    };
    let both = json!({"loadBalancerNames": ["old"], "targetGroupNames": ["web"]});
    step(&world, on_instances("deregisterInstancesFromLoadBalancer", &one, both.clone()));
    assert_eq!(serving(), (json!(2), json!(2)));
    step(&world, on_instances("registerInstancesWithLoadBalancer", &one, both));
    assert_eq!(serving(), (json!(3), json!(3)));
    let of_group = json!({"asgName": "shop-prod-v000"});
    step(&world, on_instances("deregisterInstancesFromLoadBalancer", &one, of_group.clone()));
    assert_eq!(serving(), (json!(2), json!(2)));
    step(&world, on_instances("registerInstancesWithLoadBalancer", &one, of_group));
    assert_eq!(serving(), (json!(3), json!(3)));
    for (more, part) in [
        (json!({"targetGroupNames": ["wbe"]}), "target group 'wbe' does not exist in us-east-1"),
        (json!({"loadBalancerNames": ["front"]}), "load balancer 'front' is no classic one"),
        (json!({}), "no balancer is named; add loadBalancerNames or targetGroupNames"),
    ] {
        world.pipeline("step", &json!([on_instances("registerInstancesWithLoadBalancer", &one, more)]));
        let said = world.run_fails("step");
        assert!(said.contains(part), "{part}\n{said}");
    }
    world.assert_contract();
}

#[test]
fn instances_are_rebooted() {
    let world = deployed();
    let ids = world.groups()["shop-prod-v000"]["ids"].clone();
    world.reset();
    step(&world, on_instances("rebootInstances", &ids, json!({})));
    assert_eq!(world.calls()["ec2.RebootInstances"], 1);
    let group = &world.groups()["shop-prod-v000"];
    assert_eq!((&group["ids"], &group["healthy"]), (&ids, &json!(3)));
    world.assert_contract();
}

#[test]
fn instances_are_detached() {
    let world = deployed();
    let ids = world.groups()["shop-prod-v000"]["ids"].clone();
    let state = |id: &Value| {
        let found =
            format!("ec2.describe_instances(InstanceIds=[{id}])['Reservations'][0]['Instances'][0]['State']['Name']");
        world.eval(&found)
    };
    // Another takes its place, and it runs on.
    step(&world, on_instances("detachInstances", &json!([ids[0]]), json!({})));
    let group = world.groups()["shop-prod-v000"].clone();
    assert_eq!((&group["size"], &group["instances"]), (&json!([3, 3, 3]), &json!(3)));
    assert!(!group["ids"].as_array().unwrap().contains(&ids[0]) && state(&ids[0]) == "running");
    // The group shrinks with it, and it ends.
    let shrinking =
        json!({"asgName": "shop-prod-v000", "decrementDesiredCapacity": true, "terminateDetachedInstances": true});
    world.pipeline("step", &json!([on_instances("detachInstances", &json!([ids[1]]), shrinking.clone())]));
    let said = world.run_fails("step");
    assert!(said.contains("has a minimum of 3 and would shrink to 2; set adjustMinIfNecessary: true"), "{said}");
    let mut lowering = shrinking;
    lowering["adjustMinIfNecessary"] = json!(true);
    step(&world, on_instances("detachInstances", &json!([ids[1]]), lowering));
    let group = world.groups()["shop-prod-v000"].clone();
    assert_eq!((&group["size"], &group["instances"]), (&json!([2, 2, 3]), &json!(2)));
    assert_eq!(state(&ids[1]), "terminated");
    world.assert_contract();
}

#[test]
fn an_instance_ends_and_its_group_shrinks() {
    let world = deployed();
    let ids = world.groups()["shop-prod-v000"]["ids"].clone();
    let stage = json!({"name": "Less", "type": "terminateInstanceAndDecrementServerGroup", "credentials": "prod",
        "region": "us-east-1", "serverGroupName": "shop-prod-v000", "instance": ids[0], "adjustMinIfNecessary": true,
        "setMaxToNewDesired": true});
    step(&world, stage.clone());
    let group = world.groups()["shop-prod-v000"].clone();
    assert_eq!((&group["size"], &group["instances"]), (&json!([2, 2, 2]), &json!(2)));
    // Done, it is done.
    step(&world, stage);
    assert_eq!(world.groups()["shop-prod-v000"]["size"], json!([2, 2, 2]));
    world.assert_contract();
}

#[test]
fn the_oldest_instances_are_relaunched_one_by_one() {
    let world = deployed();
    let before = world.groups()["shop-prod-v000"]["ids"].clone();
    let push = |termination: Value| on_current("rollingPush", json!({"termination": termination}));
    step(&world, push(json!({"order": "oldest", "totalRelaunches": 2, "concurrentRelaunches": 1, "waitTime": 0})));
    let after = world.groups()["shop-prod-v000"].clone();
    let kept = |after: &Value| {
        let ids = after["ids"].as_array().unwrap();
        before.as_array().unwrap().iter().filter(|id| ids.contains(id)).count()
    };
    assert_eq!((kept(&after), &after["healthy"]), (1, &json!(3)));
    step(&world, push(json!({"relaunchAllInstances": true, "concurrentRelaunches": 2})));
    let all = world.groups()["shop-prod-v000"].clone();
    assert_eq!((kept(&all), &all["healthy"]), (0, &json!(3)));
    assert_eq!(world.calls()["autoscaling.StartInstanceRefresh"], 1);
    let preferences = world.eval(
        "asg.describe_instance_refreshes(AutoScalingGroupName='shop-prod-v000')['InstanceRefreshes'][0]['Preferences']",
    );
    assert_eq!(preferences["MinHealthyPercentage"], 33);
    world.assert_contract();
}

#[test]
fn a_rolling_push_changes_the_group_that_is_there() {
    let world = World::new();
    world.deploy_pipeline(&json!({"strategy": "rollingpush", "termination": {"relaunchAllInstances": true}}));
    let said = world.run_fails("deploy");
    assert!(said.contains("cluster shop-prod has no server group for a rolling push"), "{said}");
    world.deploy_pipeline(&json!({}));
    world.deploy("web-1");
    let before = world.groups()["shop-prod-v000"]["ids"].clone();
    world.deploy_pipeline(&json!({
        "strategy": "rollingpush", "instanceType": "t3.large",
        "termination": {"relaunchAllInstances": true, "concurrentRelaunches": 3},
    }));
    let shown = world.run(&["plan", "deploy", "-p", "image=web-2"]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("change the launch template of shop-prod-v000"), "{shown}");
    world.deploy("web-2");
    let groups = world.groups();
    let group = &groups["shop-prod-v000"];
    assert_eq!(groups.as_object().unwrap().len(), 1);
    assert_eq!((&group["image"], &group["type"], &group["healthy"]), (&json!("web-2"), &json!("t3.large"), &json!(3)));
    let ids = group["ids"].as_array().unwrap();
    assert!(before.as_array().unwrap().iter().all(|id| !ids.contains(id)), "{group}");
    world.assert_contract();
}

#[test]
fn a_launch_template_is_removed() {
    let world = World::new();
    world.eval(
        "ec2.create_launch_template(LaunchTemplateName='left', LaunchTemplateData={'InstanceType': 't3.small'}) and 1",
    );
    let stage = json!({"name": "Tidy", "type": "deleteLaunchTemplate", "credentials": "prod", "region": "us-east-1",
        "launchTemplateName": "left"});
    step(&world, stage.clone());
    step(&world, stage);
    assert_eq!(world.boto(&["templates"]), json!([]));
    world.assert_contract();
}

#[test]
fn an_instance_that_is_terminated_is_replaced() {
    let world = deployed();
    let ids = world.groups()["shop-prod-v000"]["ids"].clone();
    step(
        &world,
        json!({"name": "Stop", "type": "terminateInstances", "credentials": "prod", "region": "us-east-1",
        "serverGroupName": "shop-prod-v000", "instanceIds": [ids[0]]}),
    );
    crate::common::eventually("another instance", || {
        let group = world.groups()["shop-prod-v000"].clone();
        group["instances"] == 3 && !group["ids"].as_array().unwrap().contains(&ids[0])
    });
    world.assert_contract();
}

#[test]
fn an_account_says_who_it_is() {
    let world = World::new();
    let output = world.run(&["account", "check"]);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.contains("account 123456789012, as arn:aws:"), "{said}");
    world.configure(&json!({"accountId": "999999999999"}));
    let output = world.run(&["account", "check"]);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!output.status.success() && said.contains("'accountId' is 999999999999"), "{said}");
    world.assert_contract();
}
