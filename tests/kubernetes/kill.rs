//! `kill -9` before and after every record of a red/black deployment, then `resume`: the end is the same as without it.

use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{config_map, deploy, deploy_behind, replica_set, service, with_config};

/// What is left in the cluster: names, replicas and whether the pods of each set are in traffic.
#[derive(Debug, PartialEq, Eq)]
struct End {
    config_maps: Vec<String>,
    sets: Vec<(String, Value, bool)>,
    behind: usize,
}

fn stage(version: &str) -> Value {
    let set = with_config(replica_set("web", &format!("nginx:{version}"), 1), "settings");
    deploy_behind("front", "redblack", &[config_map("settings", version), set])
}

fn deployed_once() -> Space {
    let space = Space::new();
    space.run(&[deploy(&[service("front", json!({"lb": "front"}))]), stage("1")]).ok();
    space.write("test", &[stage("2")]);
    space
}

fn end(space: &Space) -> End {
    let sets = space.names("replicasets").into_iter().map(|name| {
        let live = space.get("replicaset", &name);
        let in_traffic = live["spec"]["template"]["metadata"]["labels"]["lb"] == "front";
        (name, live["spec"]["replicas"].clone(), in_traffic)
    });
    End { config_maps: space.names("configmaps"), sets: sets.collect(), behind: space.behind("front", 1).len() }
}

fn killed_at(crash: &str, wanted: &End) -> Result<(), String> {
    let space = deployed_once();
    let killed = space.project.command(&["run", "pipelines/test.json"]).env("GENNAKER_CRASH", crash).output().unwrap();
    let is_over = space.project.journal().last().unwrap()["event"] == "executionCompleted";
    if killed.status.signal() != Some(9) && !(killed.status.success() && is_over) {
        return Err(format!("{crash}: {}", text(&killed.stderr)));
    }
    if !is_over {
        let resumed = space.project.run(&["resume"]);
        if !resumed.status.success() {
            return Err(format!("{crash}: not resumed: {}", text(&resumed.stderr)));
        }
    }
    let found = end(&space);
    if &found == wanted { Ok(()) } else { Err(format!("{crash}: ended with {found:?} instead of {wanted:?}")) }
}

#[test]
fn a_red_black_deployment_survives_being_killed_at_every_record() {
    let undisturbed = deployed_once();
    let ran = undisturbed.project.run(&["run", "pipelines/test.json"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let wanted = end(&undisturbed);
    let expected = [("web-v000".to_owned(), json!(1), false), ("web-v001".to_owned(), json!(1), true)];
    assert_eq!((&wanted.sets[..], wanted.config_maps.len()), (&expected[..], 2));
    let mut points = Vec::new();
    for (index, record) in undisturbed.project.journal().iter().enumerate().skip(1) {
        // Killed before a record is killed after the one before it, unless something was done in between.
        if matches!(record["event"].as_str(), Some("taskCompleted" | "mutationRecorded")) {
            points.push(format!("before:{}", index + 1));
        }
        points.push(format!("after:{}", index + 1));
    }
    assert!(points.len() > 20, "{} points are too few", points.len());
    let (points, failed) = (Mutex::new(points.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(point) = points.lock().unwrap().next() else { break };
                    if let Err(message) = killed_at(&point, &wanted) {
                        failed.lock().unwrap().push(message);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
