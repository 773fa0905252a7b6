//! What every provider with server groups must do: pipelines run by the built binary, and a look at what they leave.
//!
//! A provider's tests implement [`Cloud`] and name the cases with `conformance!`.
#![allow(dead_code, reason = "only test binaries of providers run it")]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{TestProject, text};

/// A cloud of one region with two images, `web-1` and `web-2`, and a load balancer; and a project with account `prod`.
pub trait Cloud {
    /// A new one.
    fn start() -> Self;
    /// Its project.
    fn project(&self) -> &TestProject;
    /// Writes the project's settings, with these besides the account.
    fn configure(&self, more: &Value);
    /// Its region.
    fn region(&self) -> &'static str;
    /// Cluster keys for instances of this image behind the load balancer.
    fn cluster(&self, image: &str) -> Value;
    /// Cluster keys for instances that never get healthy.
    fn sick(&self) -> Value;
    /// What is there, by name; seen without the tool where that can be.
    fn groups(&self) -> BTreeMap<String, Seen>;
    /// Nothing is left that should not be, nothing was asked that may not be.
    fn finish(&self);
}

/// A server group as it stands.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub min: u64,
    pub desired: u64,
    pub max: u64,
    pub disabled: bool,
    pub image: String,
    /// Instances there are.
    pub ids: Vec<String>,
    /// How many of them take traffic.
    pub serving: u64,
}

/// The cases as tests of this cloud.
#[macro_export]
macro_rules! conformance {
    ($cloud:ty: $($case:ident),+ $(,)?) => {
        $(#[test] fn $case() { $crate::common::suite::$case::<$cloud>(); })+
    };
    ($cloud:ty) => {
        $crate::conformance!($cloud: the_first_deploy_replaces_nothing, none_leaves_both, highlander_leaves_one,
            red_black_disables_the_old_one, red_black_scales_the_old_one_down, red_black_keeps_so_many,
            rolling_red_black_goes_by_percentages, rolling_red_black_of_one_step, custom_runs_a_pipeline,
            clusters_are_deployed_side_by_side, deploys_of_one_cluster_take_turns,
            a_sick_deploy_leaves_the_old_one_alone, a_sick_deploy_is_rolled_back,
            a_sick_rolling_deploy_is_rolled_back, wrong_capacity_is_refused, capacity_comes_from_the_source,
            every_resize_action, pins_hold_the_minimum, enable_and_disable, a_share_is_disabled, destroy_disables_first,
            bulk_destroy_removes_several, targets_are_found_by_place, a_clone_is_like_its_source,
            an_explicit_rollback_goes_back, a_cluster_rolls_back, a_rollback_to_an_image_clones,
            cluster_wide_stages_choose, a_traffic_guard_refuses, terminated_instances_end, an_image_is_found_and_deployed,
            a_plan_changes_nothing,
        );
    };
}

fn pinned(size: u64) -> Value {
    json!({"min": size, "max": size, "desired": size})
}

fn merged(mut into: Value, more: &Value) -> Value {
    into.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    into
}

/// A cloud and what is done to it.
struct World<C: Cloud>(C);

impl<C: Cloud> World<C> {
    fn new() -> Self {
        let cloud = C::start();
        cloud.configure(&json!({}));
        Self(cloud)
    }

    /// v000 of `web-1`, disabled, and v001 of `web-2`, both of two instances.
    fn two() -> Self {
        let world = Self::new();
        world.deploy("web-1", &json!({"capacity": pinned(2)}));
        world.deploy("web-2", &json!({"capacity": pinned(2), "strategy": "redblack"}));
        assert_eq!(world.standing(), "v000 off 2, v001 on 2");
        world
    }

    fn cluster(&self, image: &str, more: &Value) -> Value {
        let common = json!({"account": "prod", "application": "shop", "stack": "prod", "region": self.0.region()});
        merged(merged(common, &self.0.cluster(image)), more)
    }

    /// Runs stages one after the other; whether they succeeded, and what was said.
    fn run(&self, stages: &[Value]) -> (bool, String) {
        let numbered = |(number, stage): (usize, &Value)| {
            let before: Vec<String> = (number > 0).then(|| number.to_string()).into_iter().collect();
            merged(
                json!({"refId": (number + 1).to_string(), "requisiteStageRefIds": before, "name": stage["type"]}),
                stage,
            )
        };
        let stages: Vec<Value> = stages.iter().enumerate().map(numbered).collect();
        let pipeline = json!({"name": "p", "application": "shop", "spelEvaluator": "v4", "stages": stages});
        self.0.project().write("pipelines/p.yaml", &pipeline.to_string());
        let output = self.0.project().run(&["run", "p"]);
        (output.status.success(), text(&output.stderr))
    }

    fn ok(&self, stage: Value) -> String {
        let (succeeded, said) = self.run(&[stage]);
        assert!(succeeded, "{said}");
        said
    }

    fn fails(&self, stage: Value, part: &str) {
        let (succeeded, said) = self.run(&[stage]);
        assert!(!succeeded && said.contains(part), "'{part}' is not in\n{said}");
    }

    fn deploy(&self, image: &str, more: &Value) -> String {
        self.ok(json!({"type": "deploy", "clusters": [self.cluster(image, more)]}))
    }

    /// A stage on the cluster `shop-prod`.
    fn on_cluster(&self, kind: &str, more: &Value) -> String {
        self.ok(self.stage(kind, more))
    }

    fn stage(&self, kind: &str, more: &Value) -> Value {
        let cluster =
            json!({"type": kind, "cluster": "shop-prod", "credentials": "prod", "regions": [self.0.region()]});
        merged(cluster, more)
    }

    /// `v000 off 2, v001 on 2`: on are those all of whose instances serve, off are disabled ones none of which does.
    fn standing(&self) -> String {
        let groups = self.0.groups();
        let one = |(name, group): (&String, &Seen)| {
            let word = match (group.disabled, group.serving) {
                (true, 0) => "off".to_owned(),
                (false, serving) if serving == group.desired && group.ids.len() as u64 == serving => "on".to_owned(),
                (disabled, serving) => format!("disabled {disabled}, {serving} of {} serve,", group.ids.len()),
            };
            let bounds = match group.min == group.max {
                true => String::new(),
                false => format!("({}-{})", group.min, group.max),
            };
            format!("{} {word} {}{bounds}", name.rsplit('-').next().unwrap(), group.desired)
        };
        groups.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn image_of(&self, name: &str) -> String {
        self.0.groups().remove(name).map(|group| group.image).unwrap_or_default()
    }

    fn assert(&self, standing: &str) {
        assert_eq!(self.standing(), standing);
        self.0.finish();
    }
}

pub fn the_first_deploy_replaces_nothing<C: Cloud>() {
    for (strategy, more) in [("redblack", json!({})), ("rollingredblack", json!({"targetPercentages": [50]}))] {
        let world = World::<C>::new();
        world.deploy("web-1", &merged(json!({"strategy": strategy, "capacity": pinned(3)}), &more));
        assert_eq!(world.image_of("shop-prod-v000"), "web-1");
        world.assert("v000 on 3");
    }
}

/// Deploys `web-2` over three instances of `web-1` with these keys.
fn over<C: Cloud>(more: &Value, standing: &str) -> (World<C>, String) {
    let world = World::<C>::new();
    world.deploy("web-1", &json!({"capacity": pinned(3)}));
    let said = world.deploy("web-2", &merged(json!({"capacity": pinned(3)}), more));
    assert_eq!(world.image_of("shop-prod-v001"), "web-2");
    world.assert(standing);
    (world, said)
}

pub fn none_leaves_both<C: Cloud>() {
    over::<C>(&json!({"strategy": "none"}), "v000 on 3, v001 on 3");
}

pub fn highlander_leaves_one<C: Cloud>() {
    over::<C>(&json!({"strategy": "highlander"}), "v001 on 3");
}

pub fn red_black_disables_the_old_one<C: Cloud>() {
    over::<C>(&json!({"strategy": "RedBlack"}), "v000 off 3, v001 on 3");
}

pub fn red_black_scales_the_old_one_down<C: Cloud>() {
    over::<C>(&json!({"strategy": "redblack", "scaleDown": true}), "v000 off 0, v001 on 3");
}

pub fn red_black_keeps_so_many<C: Cloud>() {
    let keys = json!({"strategy": "redblack", "maxRemainingAsgs": 2});
    let (world, _) = over::<C>(&keys, "v000 off 3, v001 on 3");
    world.deploy("web-1", &merged(json!({"capacity": pinned(3)}), &keys));
    world.assert("v001 off 3, v002 on 3");
}

pub fn rolling_red_black_goes_by_percentages<C: Cloud>() {
    let keys = json!({"strategy": "rollingredblack", "targetPercentages": [33, 66, 100]});
    let (_, said) = over::<C>(&keys, "v000 off 3, v001 on 3");
    for part in ["from 0 to 1 instance", "(33 % of its instances)", "(66 % of its instances)"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

pub fn rolling_red_black_of_one_step<C: Cloud>() {
    over::<C>(&json!({"strategy": "rollingredblack", "scaleDown": true}), "v000 off 0, v001 on 3");
}

pub fn custom_runs_a_pipeline<C: Cloud>() {
    let world = World::<C>::new();
    let cluster = world.cluster("web-1", &json!({"capacity": pinned(1), "strategy": "none"}));
    let pipeline = json!({
        "name": "mine", "application": "shop", "stages": [{"name": "Deploy", "type": "deploy", "clusters": [cluster]}],
        "parameterConfig": [],
    });
    world.0.project().write("pipelines/mine.yaml", &pipeline.to_string());
    let keys = json!({"strategy": "custom", "strategyPipeline": "mine", "strategyApplication": "shop"});
    world.deploy("web-1", &keys);
    world.assert("v000 on 1");
}

pub fn clusters_are_deployed_side_by_side<C: Cloud>() {
    let world = World::<C>::new();
    let one = |stack: &str| world.cluster("web-1", &json!({"stack": stack, "capacity": pinned(1)}));
    world.ok(json!({"type": "deploy", "clusters": [one("a"), one("b")]}));
    let names: Vec<String> = world.0.groups().into_keys().collect();
    assert_eq!(names, ["shop-a-v000", "shop-b-v000"]);
    world.assert("v000 on 1, v000 on 1");
}

pub fn deploys_of_one_cluster_take_turns<C: Cloud>() {
    let world = World::<C>::new();
    let cluster = world.cluster("web-1", &json!({"capacity": pinned(1), "strategy": "redblack"}));
    for name in ["a", "b"] {
        let stage = json!({"name": "Deploy", "type": "deploy", "clusters": [cluster]});
        let pipeline = json!({"name": name, "application": "shop", "stages": [stage]});
        world.0.project().write(&format!("pipelines/{name}.yaml"), &pipeline.to_string());
    }
    let running = ["a", "b"].map(|name| world.0.project().start(&mut world.0.project().command(&["run", name])));
    for one in running {
        let (code, said) = one.end();
        assert_eq!(code, 0, "{said}");
    }
    world.assert("v000 off 1, v001 on 1");
}

/// A deploy over two instances that must fail within seconds.
fn sick<C: Cloud>(more: &Value) -> World<C> {
    let world = World::<C>::new();
    world.deploy("web-1", &json!({"capacity": pinned(2)}));
    let cluster = world.cluster("web-2", &merged(json!({"capacity": pinned(2)}), &world.0.sick()));
    let stage = json!({"type": "deploy", "stageTimeoutMs": 6000, "clusters": [merged(cluster, more)]});
    world.fails(stage, "instances of shop-prod-v001 are up");
    world
}

pub fn a_sick_deploy_leaves_the_old_one_alone<C: Cloud>() {
    let world = sick::<C>(&json!({"strategy": "redblack"}));
    let groups = world.0.groups();
    assert_eq!((groups["shop-prod-v000"].serving, groups["shop-prod-v001"].serving), (2, 0), "{groups:?}");
}

pub fn a_sick_deploy_is_rolled_back<C: Cloud>() {
    let rollback = json!({"strategy": "redblack", "rollback": {"onFailure": true, "destroyLatest": true}});
    sick::<C>(&rollback).assert("v000 on 2");
}

pub fn a_sick_rolling_deploy_is_rolled_back<C: Cloud>() {
    let rollback = json!({
        "strategy": "rollingredblack", "targetPercentages": [50, 100],
        "rollback": {"onFailure": true, "destroyLatest": true},
    });
    let world = World::<C>::new();
    world.deploy("web-1", &json!({"capacity": pinned(2)}));
    let cluster = world.cluster("web-2", &merged(json!({"capacity": pinned(2)}), &world.0.sick()));
    world.fails(
        json!({"type": "deploy", "stageTimeoutMs": 6000, "clusters": [merged(cluster, &rollback)]}),
        "instances of shop-prod-v001 are up",
    );
    world.assert("v000 on 2");
}

pub fn wrong_capacity_is_refused<C: Cloud>() {
    let world = World::<C>::new();
    let cluster = |capacity: Value| world.cluster("web-1", &json!({"capacity": capacity}));
    for (capacity, part) in [
        (json!({"min": 3, "max": 1, "desired": 2}), "min is 3, which is more than max, 1"),
        (json!({"min": 1, "max": 2, "desired": 5}), "desired is 5, which is not between min, 1, and max, 2"),
    ] {
        world.fails(json!({"type": "deploy", "clusters": [cluster(capacity)]}), part);
    }
    let wanting = world.cluster("web-1", &json!({"useSourceCapacity": true}));
    world.fails(json!({"type": "deploy", "clusters": [wanting]}), "to take the size of");
    world.assert("");
}

pub fn capacity_comes_from_the_source<C: Cloud>() {
    let world = World::<C>::new();
    let preferred = json!({"useSourceCapacity": true, "preferSourceCapacity": true, "capacity": pinned(2)});
    world.deploy("web-1", &preferred);
    assert_eq!(world.standing(), "v000 on 2");
    world.on_cluster(
        "resizeServerGroup",
        &json!({"target": "current_asg_dynamic", "capacity": {"min": 1, "max": 4, "desired": 3}}),
    );
    world.deploy("web-2", &json!({"useSourceCapacity": true, "strategy": "highlander"}));
    world.assert("v001 on 3(1-4)");
}

pub fn every_resize_action<C: Cloud>() {
    let world = World::<C>::two();
    let target = json!({"target": "current_asg_dynamic"});
    for (keys, standing) in [
        (json!({"capacity": {"min": 1, "max": 4, "desired": 3}}), "v000 off 2, v001 on 3(1-4)"),
        (json!({"action": "scale_up", "scaleNum": 1}), "v000 off 2, v001 on 4(2-5)"),
        (json!({"action": "scale_down", "scalePct": 50}), "v000 off 2, v001 on 2(1-2)"),
        (json!({"action": "scale_exact", "capacity": pinned(1)}), "v000 off 2, v001 on 1"),
        (json!({"action": "scale_to_cluster"}), "v000 off 2, v001 on 2"),
        (
            json!({"action": "scale_to_server_group", "scalePct": 50, "source": {
                "serverGroupName": "shop-prod-v000", "region": world.0.region(), "credentials": "prod",
            }}),
            "v000 off 2, v001 on 1(1-2)",
        ),
    ] {
        world.on_cluster("resizeServerGroup", &merged(target.clone(), &keys));
        assert_eq!(world.standing(), standing, "{keys}");
    }
    // A disabled one has its size at once, and serves nothing.
    let old = json!({"target": "ancestor_asg_dynamic", "capacity": pinned(1)});
    world.on_cluster("resizeServerGroup", &old);
    world.assert("v000 off 1, v001 on 1(1-2)");
}

pub fn pins_hold_the_minimum<C: Cloud>() {
    let world = World::<C>::new();
    world.deploy("web-1", &json!({"capacity": {"min": 1, "max": 3, "desired": 2}}));
    let source = json!({"serverGroupName": "shop-prod-v000", "region": world.0.region(), "credentials": "prod"});
    let pin = json!({"action": "scale_to_server_group", "source": source, "target": "current_asg_dynamic"});
    world.on_cluster("pinServerGroup", &merged(pin.clone(), &json!({"pinMinimumCapacity": true})));
    assert_eq!(world.standing(), "v000 on 2(2-3)");
    world.on_cluster("pinServerGroup", &merged(pin, &json!({"pinCapacity": true})));
    world.assert("v000 on 2");
}

pub fn enable_and_disable<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("enableServerGroup", &json!({"target": "ancestor_asg_dynamic"}));
    assert_eq!(world.standing(), "v000 on 2, v001 on 2");
    // Done twice, it is done.
    world.on_cluster("enableServerGroup", &json!({"serverGroupName": "shop-prod-v000"}));
    world.on_cluster("disableAsg", &json!({"asgName": "shop-prod-v001"}));
    assert_eq!(world.standing(), "v000 on 2, v001 off 2");
    world.on_cluster("disableServerGroup", &json!({"target": "current_asg"}));
    world.assert("v000 on 2, v001 off 2");
}

pub fn a_share_is_disabled<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("disableServerGroup", &json!({"target": "current_asg_dynamic", "desiredPercentage": 50}));
    let groups = world.0.groups();
    let newest = &groups["shop-prod-v001"];
    assert_eq!((newest.serving, newest.disabled), (1, false), "{groups:?}");
    world.on_cluster("enableServerGroup", &json!({"target": "current_asg_dynamic"}));
    world.assert("v000 off 2, v001 on 2");
}

pub fn destroy_disables_first<C: Cloud>() {
    let world = World::<C>::two();
    let said = world.on_cluster("destroyServerGroup", &json!({"target": "current_asg_dynamic"}));
    let place = said.find("disable server group").expect("it is disabled");
    assert!(said[place..].contains("destroy server group"), "{said}");
    assert_eq!(world.standing(), "v000 off 2");
    world.on_cluster("destroyAsg", &json!({"asgName": "shop-prod-v000", "skipDisableBeforeDestroy": true}));
    world.assert("");
}

pub fn bulk_destroy_removes_several<C: Cloud>() {
    let world = World::<C>::two();
    let names = json!({"serverGroupNames": ["shop-prod-v000", "shop-prod-v001"], "region": world.0.region()});
    world.ok(merged(json!({"type": "bulkDestroyServerGroup", "credentials": "prod"}), &names));
    world.assert("");
}

pub fn targets_are_found_by_place<C: Cloud>() {
    let world = World::<C>::new();
    for image in ["web-1", "web-2", "web-1"] {
        world.deploy(image, &json!({"capacity": pinned(1), "strategy": "none"}));
    }
    for (target, standing) in [
        ("oldest_asg_dynamic", "v000 off 1, v001 on 1, v002 on 1"),
        ("ancestor_asg", "v000 off 1, v001 off 1, v002 on 1"),
        ("current_asg_dynamic", "v000 off 1, v001 off 1, v002 off 1"),
    ] {
        world.on_cluster("disableServerGroup", &json!({"target": target}));
        assert_eq!(world.standing(), standing, "{target}");
    }
    let found = json!({"target": "oldest_asg_dynamic"});
    let determine = world.stage("determineTargetServerGroup", &found);
    let check = json!({"type": "checkPreconditions", "preconditions": [{
        "type": "expression",
        "context": {"expression":
            "${#stage('determineTargetServerGroup').context['targetReferences'][0]['name'] == 'shop-prod-v000'}"},
        "failPipeline": true,
    }]});
    let (succeeded, said) = world.run(&[determine, check]);
    assert!(succeeded, "{said}");
    world.0.finish();
}

pub fn a_clone_is_like_its_source<C: Cloud>() {
    let world = World::<C>::two();
    let source = json!({"serverGroupName": "shop-prod-v000", "region": world.0.region(), "account": "prod"});
    let clone = json!({"type": "cloneServerGroup", "credentials": "prod", "application": "shop", "stack": "prod",
        "region": world.0.region(), "source": source, "strategy": "highlander"});
    world.ok(clone);
    assert_eq!(world.image_of("shop-prod-v002"), "web-1");
    world.assert("v002 on 2");
}

pub fn an_explicit_rollback_goes_back<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("resizeServerGroup", &json!({"target": "current_asg_dynamic", "capacity": pinned(3)}));
    world.ok(json!({
        "type": "rollbackServerGroup", "credentials": "prod", "region": world.0.region(), "cluster": "shop-prod",
        "rollbackType": "EXPLICIT",
        "rollbackContext": {
            "rollbackServerGroupName": "shop-prod-v001", "restoreServerGroupName": "shop-prod-v000",
            "targetHealthyRollbackPercentage": 100,
        },
    }));
    world.assert("v000 on 3, v001 off 3");
}

pub fn a_cluster_rolls_back<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("rollbackCluster", &json!({}));
    world.assert("v000 on 2, v001 off 2");
}

pub fn a_rollback_to_an_image_clones<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("destroyServerGroup", &json!({"target": "ancestor_asg_dynamic"}));
    let image = world.0.cluster("web-1");
    let image = image["amiName"].as_str().or(image["image"].as_str()).unwrap().to_owned();
    world.ok(json!({
        "type": "rollbackServerGroup", "credentials": "prod", "region": world.0.region(), "cluster": "shop-prod",
        "rollbackType": "PREVIOUS_IMAGE",
        "rollbackContext": {"rollbackServerGroupName": "shop-prod-v001", "imageName": image},
    }));
    assert_eq!(world.image_of("shop-prod-v002"), "web-1");
    world.assert("v001 off 2, v002 on 2");
}

pub fn cluster_wide_stages_choose<C: Cloud>() {
    let world = World::<C>::two();
    world.on_cluster("scaleDownCluster", &json!({}));
    assert_eq!(world.standing(), "v000 off 0, v001 on 2");
    world.on_cluster("disableCluster", &json!({"remainingEnabledServerGroups": 0}));
    assert_eq!(world.standing(), "v000 off 0, v001 off 2");
    world.on_cluster("enableServerGroup", &json!({"target": "current_asg_dynamic"}));
    world.on_cluster("shrinkCluster", &json!({"shrinkToSize": 1}));
    assert_eq!(world.standing(), "v001 on 2");
    world.on_cluster("shrinkCluster", &json!({"shrinkToSize": 0, "allowDeleteActive": true}));
    world.assert("");
    world.fails(world.stage("disableCluster", &json!({})), "has no server groups");
    world.on_cluster("disableCluster", &json!({"continueIfClusterNotFound": true}));
}

pub fn a_traffic_guard_refuses<C: Cloud>() {
    let world = World::<C>::two();
    world.0.configure(&json!({"trafficGuards": [{"account": "prod", "application": "shop"}]}));
    for (kind, keys) in [
        ("disableServerGroup", json!({})),
        ("destroyServerGroup", json!({})),
        ("resizeServerGroup", json!({"capacity": pinned(0)})),
    ] {
        let stage = world.stage(kind, &merged(json!({"target": "current_asg_dynamic"}), &keys));
        world.fails(stage, "a traffic guard forbids");
        assert_eq!(world.standing(), "v000 off 2, v001 on 2", "{kind}");
    }
    let all = world.0.groups()["shop-prod-v001"].ids.clone();
    let stage =
        json!({"type": "terminateInstances", "credentials": "prod", "region": world.0.region(), "instanceIds": all});
    world.fails(stage, "a traffic guard forbids");
    world.on_cluster("destroyServerGroup", &json!({"target": "ancestor_asg_dynamic"}));
    world.assert("v001 on 2");
}

pub fn terminated_instances_end<C: Cloud>() {
    let world = World::<C>::two();
    let id = world.0.groups()["shop-prod-v001"].ids[0].clone();
    let stage =
        json!({"type": "terminateInstances", "credentials": "prod", "region": world.0.region(), "instanceIds": [id]});
    world.ok(stage);
    assert!(!world.0.groups()["shop-prod-v001"].ids.contains(&id));
    world.0.finish();
}

pub fn an_image_is_found_and_deployed<C: Cloud>() {
    let world = World::<C>::two();
    let find = world.stage("findImage", &json!({"selectionStrategy": "NEWEST", "cloudProvider": world.provider()}));
    let mut cluster: Map<String, Value> =
        world.cluster("web-1", &json!({"strategy": "highlander"})).as_object().unwrap().clone();
    for key in ["amiName", "image"] {
        cluster.remove(key);
    }
    cluster.insert("capacity".to_owned(), pinned(1));
    let (succeeded, said) = world.run(&[find, json!({"type": "deploy", "clusters": [cluster]})]);
    assert!(succeeded, "{said}");
    assert_eq!(world.image_of("shop-prod-v002"), "web-2");
    world.assert("v002 on 1");
}

pub fn a_plan_changes_nothing<C: Cloud>() {
    let world = World::<C>::two();
    let cluster = world.cluster("web-1", &json!({"capacity": pinned(3), "strategy": "redblack"}));
    let stage = json!({"name": "Deploy", "type": "deploy", "clusters": [cluster]});
    let pipeline = json!({"name": "later", "application": "shop", "stages": [stage]});
    world.0.project().write("pipelines/later.yaml", &pipeline.to_string());
    let shown = world.0.project().ok(&["plan", "later"]);
    for part in ["create shop-prod-v002 with 3 instances", "disable shop-prod-v001"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    world.assert("v000 off 2, v001 on 2");
}

impl<C: Cloud> World<C> {
    /// `cloudProvider` of the account.
    fn provider(&self) -> Value {
        let settings = std::fs::read_to_string(self.0.project().path().join("gennaker.yaml")).unwrap();
        let settings: Value = serde_json::from_str(&settings).unwrap();
        settings["accounts"]["prod"]["provider"].clone()
    }
}
