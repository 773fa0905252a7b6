//! Server groups and clusters through the real engine, on a cloud in memory.

use serde_json::{Value, json};

use super::TrafficGuard;
use super::test_world::{World, after_stages, failures};
use crate::engine::ports::Stages;
use crate::model::{Execution, Status};

fn pinned(size: u32) -> Value {
    json!({"min": size, "max": size, "desired": size})
}

/// Two server groups of cluster `hello`: v000 disabled by a red/black deploy of v001.
async fn two() -> World {
    let world = World::default();
    world.deploy(json!({"capacity": pinned(2), "image": "one"})).await;
    world.deploy(json!({"capacity": pinned(2), "image": "two", "strategy": "redblack"})).await;
    assert_eq!(world.cloud.standing(), "v000 disabled 2, v001 2");
    world
}

fn context_of<'a>(execution: &'a Execution, name: &str) -> &'a crate::model::Map {
    &execution.stages.iter().find(|stage| stage.name == name).unwrap_or_else(|| panic!("no stage {name}")).context
}

fn failure_of(execution: &Execution) -> String {
    failures(execution)
}

#[tokio::test]
async fn a_deploy_writes_what_expressions_read() {
    let world = World::default();
    let execution = world
        .deploy(json!({"application": "hello", "stack": "prod", "capacity": {"min": 1, "max": 3, "desired": 2}}))
        .await;
    let child = context_of(&execution, "Deploy in here");
    assert_eq!(child["deploy.server.groups"], json!({"here": ["hello-prod-v000"]}));
    assert_eq!(child["deploy.account.name"], "test");
    assert_eq!(child["notification.type"], "createservergroup");
    assert_eq!(child["source"], json!({}));
    assert_eq!(child["capacitySnapshot"], json!({"minSize": 1, "desiredCapacity": 2, "maxSize": 3}));
    assert_eq!(child["targetDesiredSize"], 2);
    assert_eq!(child["lastCapacityCheck"]["up"], 2);
    let deployment = &child["kato.tasks"][0]["resultObjects"][0]["deployments"][0];
    assert_eq!(deployment["serverGroupName"], "hello-prod-v000");
    assert_eq!(child["kato.last.task.id"]["id"], child["kato.tasks"][0]["id"]);
}

#[tokio::test]
async fn clusters_are_deployed_side_by_side_and_stage_keys_are_their_defaults() {
    let world = World::default();
    let clusters = json!([{"stack": "a"}, {"stack": "b", "capacity": pinned(1)}]);
    let execution = world.succeed("deploy", json!({"capacity": pinned(3), "clusters": clusters})).await;
    assert_eq!(world.cloud.calls().len(), 2);
    assert_eq!(world.cloud.standing().matches("v000").count(), 2);
    let children: Vec<_> = execution.stages.iter().filter(|stage| stage.kind == "createServerGroup").collect();
    assert!(children.iter().all(|stage| stage.requisite_stage_ref_ids.is_empty()));
    assert!(world.cloud.calls().contains(&"create hello-a-v000 3".to_owned()));
    assert!(world.cloud.calls().contains(&"create hello-b-v000 1".to_owned()));
}

#[tokio::test]
async fn each_strategy_leaves_the_cluster_as_it_should() {
    for (cluster, standing) in [
        (json!({}), "v000 3, v001 3"),
        (json!({"strategy": "unheard of"}), "v000 3, v001 3"),
        (json!({"strategy": "highlander"}), "v001 3"),
        (json!({"strategy": "RedBlack"}), "v000 disabled 3, v001 3"),
        (json!({"strategy": "redblack", "scaleDown": true}), "v000 disabled 0, v001 3"),
        (json!({"strategy": "redblack", "maxRemainingAsgs": 1, "allowDeleteActive": true}), "v001 3"),
        (json!({"strategy": "redblack", "maxRemainingAsgs": 1}), "v000 disabled 3, v001 3"),
        (json!({"strategy": "rollingredblack", "targetPercentages": [33, 66]}), "v000 disabled 3, v001 3"),
        (json!({"strategy": "rollingredblack", "scaleDown": true}), "v000 disabled 0, v001 3"),
    ] {
        for twice in [false, true] {
            let world = World { twice, ..World::default() };
            world.deploy(json!({"capacity": pinned(3)})).await;
            let mut next = cluster.clone();
            next["capacity"] = pinned(3);
            world.deploy(next).await;
            assert_eq!(world.cloud.standing(), standing, "{cluster} {twice}");
            let creations = world.cloud.calls().iter().filter(|call| call.starts_with("create")).count();
            assert_eq!(creations, 2, "{cluster} {twice}");
        }
    }
}

#[tokio::test]
async fn each_strategy_runs_its_stages_in_order() {
    let delays = json!({"delayBeforeDisableSec": "2ms", "delayBeforeScaleDownSec": "2ms", "scaleDown": true, "maxRemainingAsgs": 3});
    let with = |strategy: &str, more: Value| {
        let mut cluster = json!({"strategy": strategy, "capacity": pinned(4)});
        cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cluster
    };
    for (cluster, expected) in [
        (with("none", json!({})), vec![]),
        (with("highlander", json!({})), vec!["shrinkCluster \"Shrink Cluster hello\""]),
        (with("redblack", json!({})), vec!["disableCluster \"Disable Cluster hello\""]),
        (
            with("redblack", delays),
            vec![
                "shrinkCluster \"Shrink Cluster hello\"",
                "wait \"Wait Before Disable\"",
                "disableCluster \"Disable Cluster hello\"",
                "wait \"Wait Before Scale Down\"",
                "scaleDownCluster \"Scale Down Cluster hello\"",
            ],
        ),
        (
            with("rollingredblack", json!({"targetPercentages": [50], "delayBeforeCleanup": "1ms"})),
            vec![
                "determineTargetServerGroup \"Determine Deployed Server Group\"",
                "pinServerGroup \"Pin hello-v000\"",
                "resizeServerGroup \"Grow to 50% of Desired Size\"",
                "wait \"wait\"",
                "disableServerGroup \"Disable 50% of Traffic on hello-v000\"",
                "resizeServerGroup \"Grow to 100% of Desired Size\"",
                "wait \"wait\"",
                "disableServerGroup \"Disable 100% of Traffic on hello-v000\"",
                "pinServerGroup \"Unpin hello-v000\"",
            ],
        ),
    ] {
        let world = World::default();
        world.deploy(json!({"capacity": pinned(4)})).await;
        let execution = world.deploy(cluster.clone()).await;
        assert_eq!(after_stages(&execution), expected, "{cluster}");
    }
}

#[tokio::test]
async fn three_instances_roll_in_thirds() {
    let world = World::default();
    world.deploy(json!({"capacity": pinned(3)})).await;
    let before = world.cloud.calls().len();
    let rolling = json!({"strategy": "rollingredblack", "targetPercentages": [33, 66], "capacity": pinned(3)});
    world.deploy(rolling).await;
    let calls = world.cloud.calls()[before..].join("; ");
    assert_eq!(
        calls,
        "create hello-v001 0; resize to 1-1-1 hello-v001; disable 33 % of hello-v000; resize to 2-2-2 hello-v001; \
         disable 66 % of hello-v000; resize to 3-3-3 hello-v001; disable hello-v000"
    );
    assert_eq!(world.cloud.standing(), "v000 disabled 3, v001 3");
}

#[tokio::test]
async fn the_first_deploy_has_nothing_to_replace() {
    for (strategy, expected) in [
        ("redblack", vec![]),
        ("highlander", vec!["shrinkCluster \"Shrink Cluster hello\""]),
        (
            "rollingredblack",
            vec![
                "determineTargetServerGroup \"Determine Deployed Server Group\"",
                "resizeServerGroup \"Grow to 100% of Desired Size\"",
            ],
        ),
    ] {
        let world = World::default();
        let execution = world.deploy(json!({"strategy": strategy, "capacity": pinned(2)})).await;
        assert_eq!(after_stages(&execution), expected, "{strategy}");
        assert_eq!(world.cloud.standing(), "v000 2");
    }
}

#[tokio::test]
async fn a_rolling_deploy_moves_traffic_in_steps_and_gives_back_the_minimum() {
    let world = World::default();
    world.deploy(json!({"capacity": {"min": 1, "max": 8, "desired": 4}})).await;
    let cluster = json!({"strategy": "rollingredblack", "targetPercentages": [25, 50], "useSourceCapacity": true});
    world.deploy(cluster).await;
    assert_eq!(
        world.cloud.calls(),
        [
            "create hello-v000 4",
            "create hello-v001 0",
            "resize to 4-4-8 hello-v000",
            "resize to 1-1-1 hello-v001",
            "disable 25 % of hello-v000",
            "resize to 2-2-2 hello-v001",
            "disable 50 % of hello-v000",
            "resize to 1-4-8 hello-v001",
            "disable hello-v000",
            "resize to 1-4-8 hello-v000",
        ]
    );
}

#[tokio::test]
async fn a_failed_deploy_names_every_instance_and_its_last_lines() {
    let world = World::default();
    world.deploy(json!({"capacity": pinned(1)})).await;
    let clusters = json!([{"strategy": "redblack", "capacity": pinned(2), "command": "die"}]);
    let (status, execution) = world.run(json!([{"type": "deploy", "clusters": clusters}])).await;
    assert_eq!(status, Status::Terminal);
    let failure = failure_of(&execution);
    for text in
        ["only 0 of 2 instances of hello-v001 are up", "exited with status 1", "hello-v001-1 cannot open its database"]
    {
        assert!(failure.contains(text), "{text} is not in {failure}");
    }
    assert_eq!(world.cloud.standing(), "v000 1, v001 2", "the old one still serves");
}

#[tokio::test]
async fn a_failed_deploy_is_rolled_back_when_asked() {
    for (strategy, destroy, standing) in [
        ("redblack", false, "v000 1, v001 disabled 2"),
        ("redblack", true, "v000 1"),
        ("rollingredblack", false, "v000 1, v001 disabled 1"),
        ("highlander", false, "v000 1, v001 2"),
    ] {
        let world = World::default();
        world.deploy(json!({"capacity": pinned(1)})).await;
        let clusters = json!([{
            "strategy": strategy, "capacity": pinned(2), "command": "die",
            "rollback": {"onFailure": true, "destroyLatest": destroy},
        }]);
        let (status, execution) = world.run(json!([{"type": "deploy", "clusters": clusters}])).await;
        assert_eq!(status, Status::Terminal);
        let stands = world.cloud.standing();
        assert_eq!(stands, standing, "{strategy} {destroy}: {}", failures(&execution));
    }
}

#[tokio::test]
async fn a_name_taken_meanwhile_is_passed_over() {
    let world = World::default();
    world.cloud.snatched.lock().unwrap().insert("hello-v000".to_owned());
    let execution = world.deploy(json!({})).await;
    assert_eq!(context_of(&execution, "Deploy in here")["deploy.server.groups"], json!({"here": ["hello-v001"]}));
    assert_eq!(world.cloud.calls(), ["create hello-v001 1"]);
}

#[tokio::test]
async fn unsupported_strategies_are_refused_before_anything_is_made() {
    for strategy in ["monitored", "cfrollingredblack"] {
        let world = World::default();
        let (status, execution) = world.run(json!([{"type": "deploy", "clusters": [{"strategy": strategy}]}])).await;
        assert_eq!(status, Status::Terminal);
        assert!(failure_of(&execution).contains("is not supported yet"), "{strategy}");
        assert!(world.cloud.calls().is_empty());
    }
}

#[tokio::test]
async fn server_groups_are_resized() {
    for (context, call) in [
        (json!({"serverGroupName": "hello-v001", "capacity": pinned(5)}), "resize to 5-5-5 hello-v001"),
        (json!({"action": "scale_up", "scaleNum": 1}), "resize to 3-3-3 hello-v001"),
        (json!({"action": "scale_down", "scalePct": 50}), "resize to 1-1-1 hello-v001"),
        (json!({"target": "ancestor_asg_dynamic", "capacity": {"max": 4}}), "resize to 2-2-4 hello-v000"),
        (
            json!({"action": "scale_to_server_group", "source": {"serverGroupName": "hello-v000"}, "scalePct": 50}),
            "resize to 1-1-2 hello-v001",
        ),
    ] {
        for twice in [false, true] {
            let mut world = two().await;
            world.twice = twice;
            let mut stage = context.clone();
            if stage.get("serverGroupName").is_none() && stage.get("target").is_none() {
                stage["target"] = json!("current_asg_dynamic");
            }
            stage["cluster"] = json!("hello");
            let execution = world.succeed("resizeServerGroup", stage).await;
            assert_eq!(world.cloud.calls().last().unwrap(), call, "{context} {twice}");
            let child = execution.stages.iter().find(|s| s.kind == "resizeServerGroup" && s.parent_stage_id.is_some());
            let child = child.unwrap();
            let name = call.rsplit(' ').next().unwrap();
            assert_eq!(child.context["asgName"], name);
            assert_eq!(child.outputs[&format!("originalCapacity.{name}")], json!({"min": 2, "max": 2, "desired": 2}));
        }
    }
}

#[tokio::test]
async fn server_groups_are_enabled_disabled_and_destroyed() {
    let world = two().await;
    world.succeed("enableServerGroup", json!({"cluster": "hello", "target": "ancestor_asg_dynamic"})).await;
    assert_eq!(world.cloud.standing(), "v000 2, v001 2");
    let execution = world.succeed("disableServerGroup", json!({"serverGroupName": "hello-v001"})).await;
    let child = execution.stages.iter().find(|stage| stage.parent_stage_id.is_some()).unwrap();
    assert_eq!(child.context["targetop.asg.disableServerGroup.name"], "hello-v001");
    assert_eq!(child.context["targetop.asg.disableServerGroup.regions"], json!(["here"]));
    let execution = world.succeed("destroyServerGroup", json!({"cluster": "hello", "target": "current_asg"})).await;
    let kinds: Vec<_> = execution.stages.iter().map(|stage| stage.kind.as_str()).collect();
    assert_eq!(kinds, ["destroyServerGroup", "destroyServerGroup", "disableServerGroup"]);
    assert_eq!(world.cloud.standing(), "v000 2");
    let (status, execution) =
        world.run(json!([{"type": "destroyServerGroup", "cluster": "hello", "target": "ancestor_asg"}])).await;
    assert_eq!(status, Status::Terminal);
    assert!(failure_of(&execution).contains("has no ancestor server group"));
}

#[tokio::test]
async fn cluster_wide_stages_act_on_the_right_ones() {
    for (kind, context, standing) in [
        ("disableCluster", json!({"remainingEnabledServerGroups": 0}), "v000 disabled 2, v001 disabled 2"),
        ("scaleDownCluster", json!({}), "v000 disabled 0, v001 2"),
        ("shrinkCluster", json!({}), "v001 2"),
        ("shrinkCluster", json!({"shrinkToSize": 0, "allowDeleteActive": true}), ""),
    ] {
        for twice in [false, true] {
            let mut world = two().await;
            world.twice = twice;
            let mut stage = context.clone();
            stage["cluster"] = json!("hello");
            world.succeed(kind, stage).await;
            assert_eq!(world.cloud.standing(), standing, "{kind} {context} {twice}");
        }
    }
    let world = World::default();
    let missing = |more: Value| {
        let mut stage = json!({"type": "disableCluster", "cluster": "hello"});
        stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([stage])
    };
    assert_eq!(world.run(missing(json!({}))).await.0, Status::Terminal);
    assert_eq!(world.run(missing(json!({"continueIfClusterNotFound": true}))).await.0, Status::Succeeded);
}

#[tokio::test]
async fn a_traffic_guard_keeps_the_last_one_serving() {
    let mut world = two().await;
    world.guards = vec![TrafficGuard { application: Some("hello".to_owned()), ..TrafficGuard::default() }];
    for stage in [
        json!({"type": "disableServerGroup", "serverGroupName": "hello-v001"}),
        json!({"type": "destroyServerGroup", "serverGroupName": "hello-v001", "skipDisableBeforeDestroy": true}),
        json!({"type": "resizeServerGroup", "serverGroupName": "hello-v001", "capacity": pinned(0)}),
        json!({"type": "shrinkCluster", "cluster": "hello", "shrinkToSize": 0, "allowDeleteActive": true}),
        json!({"type": "bulkDestroyServerGroup", "serverGroupNames": ["hello-v000", "hello-v001"]}),
    ] {
        let (status, execution) = world.run(json!([stage])).await;
        assert_eq!(status, Status::Terminal, "{stage}");
        assert!(failure_of(&execution).contains("a traffic guard forbids"), "{}", failure_of(&execution));
        assert_eq!(world.cloud.standing(), "v000 disabled 2, v001 2");
    }
    world.deploy(json!({"strategy": "highlander"})).await;
    assert_eq!(world.cloud.standing(), "v002 1");
}

#[tokio::test]
async fn a_cluster_goes_back_to_its_previous_server_group() {
    for twice in [false, true] {
        let mut world = two().await;
        world.succeed("resizeServerGroup", json!({"serverGroupName": "hello-v001", "capacity": pinned(3)})).await;
        world.twice = twice;
        let execution = world.succeed("rollbackCluster", json!({"cluster": "hello"})).await;
        assert_eq!(world.cloud.standing(), "v000 3, v001 disabled 3");
        let names: Vec<_> = execution.stages.iter().map(|stage| stage.name.as_str()).collect();
        for name in [
            "Rollback here",
            "Snapshot Source Server Group",
            "Enable hello-v000 due to rollback",
            "Resize Server Group: hello-v000 to (min: 3, max: 3, desired: 3)",
            "Disable hello-v001 due to rollback",
            "Restore Min Capacity From Snapshot due to rollback",
        ] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        let stage = &execution.stages[0];
        assert_eq!(stage.outputs["rollbackTypes"], json!({"here": "EXPLICIT"}));
        assert_eq!(stage.outputs["rollbackContexts"]["here"]["targetHealthyRollbackPercentage"], 100);
        assert_eq!(stage.context["imagesToRestore"][0]["image"], "one");
    }
}

#[tokio::test]
async fn a_rollback_to_an_image_clones_the_bad_one() {
    let world = two().await;
    let how = json!({"rollbackServerGroupName": "hello-v001", "imageName": "zero", "imageId": "zero"});
    world.succeed("rollbackServerGroup", json!({"rollbackType": "PREVIOUS_IMAGE", "rollbackContext": how})).await;
    assert_eq!(world.cloud.standing(), "v000 disabled 2, v001 disabled 2, v002 2");
    assert_eq!(world.cloud.cluster_of("hello-v002")["image"], "zero");
}

#[tokio::test]
async fn a_clone_is_like_its_source_but_for_what_is_said() {
    let world = two().await;
    let source = json!({"serverGroupName": "hello-v000"});
    world.succeed("cloneServerGroup", json!({"source": source, "strategy": "highlander"})).await;
    assert_eq!(world.cloud.standing(), "v002 2");
    assert_eq!(world.cloud.cluster_of("hello-v002")["image"], "one");
    world.succeed("cloneServerGroup", json!({"image": "three", "capacity": pinned(1)})).await;
    assert_eq!(world.cloud.standing(), "v002 2, v003 1");
    assert_eq!(world.cloud.cluster_of("hello-v003")["image"], "three");
}

#[tokio::test]
async fn a_deploy_takes_the_image_that_was_found_before_it() {
    let world = two().await;
    let (status, execution) = world
        .run(json!([
            {"type": "findImage", "cluster": "hello"},
            {"type": "deploy", "clusters": [{"stack": "prod"}]},
        ]))
        .await;
    assert_eq!(status, Status::Succeeded, "{}", failures(&execution));
    assert_eq!(world.cloud.cluster_of("hello-prod-v000")["image"], "two");
    let detail = &execution.stages[0].outputs["deploymentDetails"][0];
    assert_eq!((detail["sourceServerGroup"].as_str(), detail["region"].as_str()), (Some("hello-v001"), Some("here")));
}

#[tokio::test]
async fn capacity_comes_from_the_source_when_asked() {
    let world = two().await;
    world.deploy(json!({"useSourceCapacity": true})).await;
    assert_eq!(world.cloud.standing(), "v000 disabled 2, v001 2, v002 2");
    let world = World::default();
    let (status, execution) = world.run(json!([{"type": "deploy", "clusters": [{"useSourceCapacity": true}]}])).await;
    assert_eq!(status, Status::Terminal);
    assert!(failure_of(&execution).contains("to take the size of"));
    world.deploy(json!({"useSourceCapacity": true, "preferSourceCapacity": true, "capacity": pinned(3)})).await;
    assert_eq!(world.cloud.standing(), "v000 3");
}

#[tokio::test]
async fn instances_are_terminated_and_several_server_groups_destroyed() {
    let world = two().await;
    world.succeed("terminateInstances", json!({"instanceIds": ["hello-v001-1"]})).await;
    assert_eq!(world.cloud.calls().last().unwrap(), "terminate an instance of hello-v001");
    world.succeed("bulkDestroyServerGroup", json!({"serverGroupNames": ["hello-v000", "hello-v001"]})).await;
    assert_eq!(world.cloud.standing(), "");
}

#[tokio::test]
async fn previews_say_what_would_happen_now() {
    let world = two().await;
    for (kind, context, expected) in [
        (
            "deploy",
            json!({"clusters": [{"capacity": pinned(3), "image": "x"}]}),
            "create hello-v002 with 3 instances (image x)",
        ),
        (
            "deploy",
            json!({"cluster": {"strategy": "redblack", "scaleDown": true}}),
            "create hello-v002 with 1 instance; disable hello-v001; scale hello-v001 from 2 to 0; scale hello-v000 from 2 to 0",
        ),
        (
            "deploy",
            json!({"cluster": {"strategy": "highlander"}}),
            "create hello-v002 with 1 instance; disable and destroy hello-v001; disable and destroy hello-v000",
        ),
        (
            "createServerGroup",
            json!({"strategy": "rollingredblack", "targetPercentages": [50], "capacity": pinned(4)}),
            "create hello-v002 with 4 instances; grow hello-v002 to 50 % of its size; disable 50 % of hello-v001; \
             grow hello-v002 to 100 % of its size; disable 100 % of hello-v001",
        ),
        (
            "cloneServerGroup",
            json!({"source": {"serverGroupName": "hello-v000"}}),
            "create hello-v002 with 2 instances (image one)",
        ),
        (
            "resizeServerGroup",
            json!({"serverGroupName": "hello-v001", "capacity": pinned(0)}),
            "scale hello-v001 from 2 to 0",
        ),
        ("disableServerGroup", json!({"cluster": "hello", "target": "current_asg_dynamic"}), "disable hello-v001"),
        ("destroyServerGroup", json!({"cluster": "hello", "target": "ancestor_asg"}), "disable and destroy hello-v000"),
        ("enableServerGroup", json!({"cluster": "hello", "target": "oldest_asg_dynamic"}), "enable hello-v000"),
        ("shrinkCluster", json!({"cluster": "hello"}), "destroy hello-v000"),
        ("scaleDownCluster", json!({"cluster": "hello"}), "scale hello-v000 from 2 to 0"),
        ("disableCluster", json!({"cluster": "hello"}), "nothing to disable"),
        ("rollbackCluster", json!({"cluster": "hello"}), "enable hello-v000; disable hello-v001"),
        ("findImage", json!({"cluster": "hello"}), "find image two in here"),
    ] {
        let lines = world.preview(kind, context.clone()).await.unwrap_or_else(|failure| vec![failure.message]);
        assert_eq!(lines.join("; "), expected, "{kind} {context}");
    }
}

#[tokio::test]
async fn a_plan_sees_what_the_stages_before_it_would_leave() {
    let world = World::default();
    let mut services = world.services();
    services.accounts.plan_ahead();
    for (kind, context, expected) in [
        (
            "deploy",
            json!({"clusters": [{"capacity": pinned(3)}, {"capacity": pinned(2), "strategy": "redblack", "scaleDown": true}]}),
            "create hello-v000 with 3 instances; create hello-v001 with 2 instances; disable hello-v000; \
             scale hello-v000 from 3 to 0",
        ),
        (
            "resizeServerGroup",
            json!({"cluster": "hello", "target": "current_asg_dynamic", "action": "scale_up", "scaleNum": 2}),
            "scale hello-v001 from 2 to 4",
        ),
        ("scaleDownCluster", json!({"cluster": "hello"}), "nothing to scale down"),
        ("enableServerGroup", json!({"cluster": "hello", "target": "ancestor_asg"}), "enable hello-v000"),
        ("disableServerGroup", json!({"serverGroupName": "hello-v001"}), "disable hello-v001"),
        ("shrinkCluster", json!({"cluster": "hello"}), "destroy hello-v001"),
        ("deploy", json!({"cluster": {}}), "create hello-v001 with 1 instance"),
        ("deploy", json!({"cluster": {}}), "create hello-v002 with 1 instance"),
        (
            "shrinkCluster",
            json!({"cluster": "hello", "shrinkToSize": 0, "allowDeleteActive": true}),
            "destroy hello-v002; destroy hello-v001; destroy hello-v000",
        ),
        ("deploy", json!({"cluster": {}}), "create hello-v000 with 1 instance"),
    ] {
        let preview = world.call(kind, context.clone(), async |_, call| {
            super::stage(kind).unwrap().preview(call, &services).await.unwrap_or_else(|failure| vec![failure.message])
        });
        assert_eq!(preview.await.join("; "), expected, "{kind} {context}");
    }
    assert_eq!(world.cloud.calls(), Vec::<String>::new(), "a plan changed something");
}

/// A deploy of cluster hello-prod whose new server group is up.
fn deployed(more: Value) -> Value {
    let mut context = json!({
        "application": "hello", "stack": "prod", "account": "test",
        "source": {"serverGroupName": "hello-prod-v000", "region": "here", "account": "test"},
        "deploy.server.groups": {"here": ["hello-prod-v001"]}, "deploy.account.name": "test",
        "savedCapacity": pinned(4), "targetHealthyDeployPercentage": 90, "interestingHealthProviderNames": ["Test"],
    });
    context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    context
}

#[tokio::test]
async fn strategies_tell_their_stages_what_the_contract_says() {
    let world = World::default();
    let after = async |more: Value| world.after("createServerGroup", deployed(more)).await.unwrap();
    let base = json!({
        "region": "here", "cluster": "hello-prod", "credentials": "test", "cloudProvider": "test",
        "moniker": {"app": "hello", "cluster": "hello-prod", "stack": "prod"},
    });
    let source =
        json!({"region": "here", "serverGroupName": "hello-prod-v000", "credentials": "test", "cloudProvider": "test"});
    let place = json!({"type": "REGION", "value": "here"});
    let redblack = json!({"strategy": "redblack", "scaleDown": true, "maxRemainingAsgs": 2, "allowDeleteActive": true});
    let rolling = json!({"strategy": "rollingredblack", "targetPercentages": [40]});
    for (cluster, position, own) in [
        (
            json!({"strategy": "highlander"}),
            0,
            json!({"shrinkToSize": 1, "allowDeleteActive": true, "retainLargerOverNewer": false,
                   "interestingHealthProviderNames": ["Test"]}),
        ),
        (redblack.clone(), 0, json!({"shrinkToSize": 2, "allowDeleteActive": true, "retainLargerOverNewer": false})),
        (redblack.clone(), 1, json!({"remainingEnabledServerGroups": 1, "preferLargerOverNewer": false})),
        (
            redblack,
            2,
            json!({"allowScaleDownActive": false, "remainingFullSizeServerGroups": 1, "preferLargerOverNewer": false}),
        ),
        (rolling.clone(), 0, json!({"target": "current_asg_dynamic", "targetLocation": place})),
        (
            rolling.clone(),
            1,
            json!({"serverGroupName": "hello-prod-v000", "action": "scale_to_server_group", "source": source,
                   "pinMinimumCapacity": true}),
        ),
        (
            rolling.clone(),
            2,
            json!({"target": "current_asg_dynamic", "targetLocation": place, "scalePct": 40, "pinCapacity": true,
                   "unpinMinimumCapacity": false, "pinMinimumCapacity": true, "targetHealthyDeployPercentage": 90,
                   "action": "scale_to_server_group", "source": source}),
        ),
        (rolling.clone(), 3, json!({"desiredPercentage": 40, "serverGroupName": "hello-prod-v000"})),
        (
            rolling.clone(),
            4,
            json!({"scalePct": 100, "pinCapacity": false, "unpinMinimumCapacity": true, "pinMinimumCapacity": false}),
        ),
        (rolling, 6, json!({"serverGroupName": "hello-prod-v000", "source": source, "unpinMinimumCapacity": true})),
    ] {
        let stages = after(cluster.clone()).await;
        let context = &stages[position].context;
        for (key, value) in base.as_object().unwrap().iter().chain(own.as_object().unwrap()) {
            assert_eq!(context.get(key), Some(value), "{cluster} {position} {key}");
        }
        let chained = stages.iter().enumerate().skip(1).all(|(position, stage)| stage.after == [position - 1]);
        assert!(chained && stages[0].after.is_empty());
    }
}

#[tokio::test]
async fn pipelines_of_a_strategy_are_told_what_is_deployed() {
    let world = World::default();
    let judge = json!({"application": "ops", "pipelineId": "judge", "pipelineParameters": {"extra": 1}});
    let cluster = json!({"strategy": "rollingredblack", "pipelineBeforeCleanup": judge});
    let stages = world.after("createServerGroup", deployed(cluster)).await.unwrap();
    let stage = stages.iter().find(|stage| stage.kind == "pipeline").unwrap();
    assert_eq!((stage.name.as_str(), &stage.context["pipeline"]), ("Run Validation Pipeline", &json!("judge")));
    let parameters = &stage.context["pipelineParameters"];
    assert_eq!(parameters["deployedServerGroup"]["serverGroupName"], "hello-prod-v001");
    assert_eq!(parameters["sourceServerGroup"]["serverGroupName"], "hello-prod-v000");
    assert_eq!((&parameters["percentageComplete"], &parameters["extra"]), (&json!(100), &json!(1)));

    let cluster = json!({"strategy": "custom", "strategyPipeline": "mine", "strategyApplication": "ops",
                         "pipelineParameters": {"slow": true}});
    let plan =
        world.call("createServerGroup", deployed(cluster.clone()), async |table, call| table.plan(call).await).await;
    assert!(plan.unwrap().tasks.is_empty(), "the pipeline makes the server group");
    let stages = world.after("createServerGroup", deployed(cluster)).await.unwrap();
    let context = &stages[0].context;
    assert_eq!((&context["pipelineApplication"], &context["pipelineId"]), (&json!("ops"), &json!("mine")));
    let parameters = &context["pipelineParameters"];
    for (key, value) in [
        ("application", json!("hello")),
        ("credentials", json!("test")),
        ("cluster", json!("hello-prod")),
        ("region", json!("here")),
        ("cloudProvider", json!("test")),
        ("strategy", json!(true)),
        ("clone", json!(false)),
        ("parentPipelineId", json!("X")),
        ("parentStageId", json!("S1")),
        ("slow", json!(true)),
    ] {
        assert_eq!(parameters[key], value, "{key}");
    }
}

#[tokio::test]
async fn a_task_waits_for_its_cluster_and_says_why_it_ran_out_of_time() {
    let world = World::default();
    let context = json!({"application": "busy"});
    let held = world
        .call("createServerGroup", context, async |table, call| table.run(call, "determineSourceServerGroup").await);
    assert_eq!(held.await.status, Status::Running);
    world.deploy(json!({"capacity": pinned(1)})).await;
    let context = json!({"capacity": pinned(2), "deploy.server.groups": {"here": ["hello-v000"]}});
    let why =
        world.call("createServerGroup", context, async |table, call| table.timed_out(call, "waitForUpInstances").await);
    assert_eq!(why.await.unwrap().message, "only 1 of 2 instances of hello-v000 are up");
}

#[tokio::test]
async fn a_stage_that_names_no_account_uses_the_only_one_that_fits() {
    let world = World::default();
    for (cluster, message) in [
        (json!({"cloudProvider": "aws"}), "no account of this project belongs to provider 'aws'"),
        (json!({"account": "other"}), "there is no account 'other'"),
        (json!({"account": "test", "cloudProvider": "aws"}), "account 'test' belongs to provider 'test'"),
        (json!({"account": "test", "credentials": "other"}), "the cluster names two accounts"),
        (json!({"stack": "a b"}), "stack 'a b' may only hold"),
    ] {
        let failure = world.preview("deploy", json!({"clusters": [cluster]})).await.unwrap_err();
        assert!(failure.message.contains(message), "{} for {cluster}", failure.message);
    }
}
