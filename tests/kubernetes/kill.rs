//! `kill -9` before and after every record of a stage, then `resume`: the end is the same as without it. Nothing is there
//! twice, and no version number is burned.

use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{
    annotated, config_map, deploy, deploy_behind, deployment, replica_set, service, stage, with_config,
};

/// Points to be killed at, from the journal of an undisturbed run.
pub fn points(space: &Space) -> Vec<String> {
    let mut points = Vec::new();
    for (index, record) in space.project.journal().iter().enumerate().skip(1) {
        // Killed before a record is killed after the one before it, unless something was done in between.
        if matches!(record["event"].as_str(), Some("taskCompleted" | "taskUpdated" | "mutationRecorded")) {
            points.push(format!("before:{}", index + 1));
        }
        points.push(format!("after:{}", index + 1));
    }
    assert!(points.len() > 10, "{} points are too few", points.len());
    points
}

/// Runs the pipeline `test`, killed at a point, and resumes it.
pub fn killed(space: &Space, point: &str) -> Result<(), String> {
    let killed = space.project.command(&["run", "pipelines/test.json"]).env("GENNAKER_CRASH", point).output().unwrap();
    let is_over = space.project.journal().last().unwrap()["event"] == "executionCompleted";
    if killed.status.signal() != Some(9) && !(killed.status.success() && is_over) {
        return Err(format!("{point}: {}", text(&killed.stderr)));
    }
    if is_over {
        return Ok(());
    }
    let resumed = space.project.run(&["resume"]);
    if resumed.status.success() { Ok(()) } else { Err(format!("{point}: not resumed: {}", text(&resumed.stderr))) }
}

/// Does it at all points, a few at a time; none may fail.
pub fn at_all(points: &[String], killed_at: impl Fn(&str) -> Result<(), String> + Sync) {
    let (points, failed) = (Mutex::new(points.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(point) = points.lock().unwrap().next() else { break };
                    if let Err(message) = killed_at(point) {
                        failed.lock().unwrap().push(message);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A stage, what is there before it, and what is to be there after it.
struct Case {
    before: fn(&Space),
    stage: fn(&Space) -> Value,
    /// What is left in the cluster.
    end: fn(&Space) -> Value,
    wanted: Value,
}

impl Case {
    fn ready(&self) -> Space {
        let space = Space::new();
        (self.before)(&space);
        space.write("test", &[(self.stage)(&space)]);
        space
    }

    fn survives(&self) {
        let undisturbed = self.ready();
        let ran = undisturbed.project.run(&["run", "pipelines/test.json"]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert_eq!((self.end)(&undisturbed), self.wanted);
        at_all(&points(&undisturbed), |point| {
            let space = self.ready();
            killed(&space, point)?;
            let found = (self.end)(&space);
            if found == self.wanted { Ok(()) } else { Err(format!("{point}: ended with {found}")) }
        });
    }
}

/// A replica set of a version with its configuration, behind a Service.
fn version(strategy: &str, version: &str) -> Value {
    let set = with_config(replica_set("web", &format!("nginx:{version}"), 1), "settings");
    deploy_behind("front", strategy, &[config_map("settings", version), set])
}

/// Names, replicas and whether the pods of each set are in traffic; and how many are behind the Service.
fn versions(space: &Space) -> Value {
    let sets = space.names("replicasets").into_iter().map(|name| {
        let live = space.get("replicaset", &name);
        let in_traffic = live["spec"]["template"]["metadata"]["labels"]["lb"] == "front";
        json!([name, live["spec"]["replicas"], in_traffic])
    });
    let sets: Vec<Value> = sets.collect();
    json!([space.names("configmaps"), sets, space.behind("front", 1).len()])
}

fn first_version(space: &Space) {
    space.run(&[deploy(&[service("front", json!({"lb": "front"}))]), version("none", "1")]).ok();
}

fn on_web(space: &Space, kind: &str, more: Value) -> Value {
    let mut context = json!({"location": space.namespace, "manifestName": "deployment web", "mode": "static"});
    context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage(kind, "Act", context)
}

/// Image, replicas and revision of a deployment, how often it was changed, and how many sets it has made.
fn rollout(space: &Space) -> Value {
    let live = space.get("deployment", "web");
    json!({
        "image": live["spec"]["template"]["spec"]["containers"][0]["image"],
        "ready": live["status"]["readyReplicas"],
        "revision": live["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "generation": live["metadata"]["generation"],
        "sets": space.names("replicasets").len(),
    })
}

fn deployed(space: &Space, images: &[&str]) {
    for image in images {
        space.run(&[deploy(&[deployment("web", image, 1)])]).ok();
    }
}

#[test]
fn a_red_black_deployment() {
    let settings = json!(["settings-v000", "settings-v001"]);
    let wanted = json!([settings, [["web-v000", 1, false], ["web-v001", 1, true]], 1]);
    Case { before: first_version, stage: |_| version("redblack", "2"), end: versions, wanted }.survives();
}

#[test]
fn a_highlander_deployment() {
    let wanted = json!([["settings-v000", "settings-v001"], [["web-v001", 1, true]], 1]);
    Case { before: first_version, stage: |_| version("highlander", "2"), end: versions, wanted }.survives();
}

#[test]
fn a_deployment_that_is_made_anew() {
    let end = |space: &Space| {
        // The sets of the old one go after it.
        space.until("one set being left", || space.names("replicasets").len() == 1);
        rollout(space)
    };
    let wanted = json!({"image": "nginx:2", "ready": 1, "revision": "1", "generation": 1, "sets": 1});
    let stage =
        |_: &Space| deploy(&[annotated(deployment("web", "nginx:2", 1), "strategy.spinnaker.io/recreate", "true")]);
    Case { before: |space| deployed(space, &["nginx:1"]), stage, end, wanted }.survives();
}

#[test]
fn a_patch() {
    let wanted = json!({"image": "nginx:2", "ready": 1, "revision": "2", "generation": 2, "sets": 2});
    let stage = |space: &Space| {
        let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:2"}]}}}});
        let options = json!({"mergeStrategy": "strategic", "record": true});
        on_web(space, "patchManifest", json!({"patchBody": [patch], "options": options}))
    };
    Case { before: |space| deployed(space, &["nginx:1"]), stage, end: rollout, wanted }.survives();
}

#[test]
fn a_scaling() {
    let wanted = json!({"image": "nginx:1", "ready": 3, "revision": "1", "generation": 2, "sets": 1});
    let stage = |space: &Space| on_web(space, "scaleManifest", json!({"replicas": 3}));
    Case { before: |space| deployed(space, &["nginx:1"]), stage, end: rollout, wanted }.survives();
}

#[test]
fn going_back_to_an_earlier_rollout() {
    let wanted = json!({"image": "nginx:2", "ready": 1, "revision": "4", "generation": 4, "sets": 3});
    let stage = |space: &Space| on_web(space, "undoRolloutManifest", json!({"numRevisionsBack": 1}));
    let before = |space: &Space| deployed(space, &["nginx:1", "nginx:2", "nginx:3"]);
    Case { before, stage, end: rollout, wanted }.survives();
}
