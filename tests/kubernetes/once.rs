//! What must not be done twice, killed before and after every record: lists of operations, objects made anew. And
//! secrets of a document, which are needed after a kill and recorded nowhere.

use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::common::text;
use crate::kill::{killed, points};
use crate::manifests::{annotated, config_map, deploy, deployment, stage};
use crate::watching::Watching;

#[test]
fn operations_are_done_once() {
    let space = Space::new();
    let container = |name: &str| json!({"name": name, "image": "nginx:1"});
    let add = |name: &str| {
        let patch = json!([{"op": "add", "path": "/spec/template/spec/containers/-", "value": container(name)}]);
        stage(
            "patchManifest",
            "Patch",
            json!({"location": space.namespace, "manifestName": "deployment web", "patchBody": patch, "options": {"mergeStrategy": "json"}}),
        )
    };
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let containers =
        || space.get("deployment", "web")["spec"]["template"]["spec"]["containers"].as_array().unwrap().len();
    space.run(&[add("first")]).ok();
    for (number, point) in points(&space).into_iter().enumerate() {
        let before = containers();
        space.write("test", &[add(&format!("c{number}"))]);
        killed(&space, &point).unwrap();
        assert_eq!(containers(), before + 1, "{point}");
    }
    let wrong = json!([{"op": "remove", "path": "/spec/nothing"}]);
    let mut patch = add("x");
    patch["patchBody"] = wrong;
    let ran = space.run(&[patch]).fails("/spec/nothing");
    assert!(!ran.said.contains("resourceVersion"), "{}", ran.said);
}

#[test]
fn an_object_is_made_anew_once() {
    let space = Space::new();
    let map = || annotated(config_map("settings", "a"), "strategy.spinnaker.io/versioned", "false");
    let stage = || deploy(&[annotated(map(), "strategy.spinnaker.io/recreate", "true")]);
    space.run(&[stage()]).ok();
    let uid = || space.get("configmap", "settings")["metadata"]["uid"].clone();
    space.write("test", &[stage()]);
    assert!(space.project.run(&["run", "pipelines/test.json"]).status.success());
    for point in points(&space) {
        let before = uid();
        // Watched from outside: how often the object is deleted.
        let watch = Watching::new(space.cluster, &space.namespace, "configmaps");
        killed(&space, &point).unwrap();
        assert_ne!(uid(), before, "{point}: it was not made anew");
        let deleted = watch.deleted("settings");
        assert_eq!(deleted, 1, "{point}: it was deleted {deleted} times");
    }
}

#[test]
fn secrets_of_a_document_survive_a_kill_and_are_recorded_nowhere() {
    let space = Space::new();
    let value = "hunter2-in-the-document";
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": value}});
    let stages = [deploy(&[secret]), stage("wait", "Wait", json!({"waitTime": 0}))];
    space.write("test", &stages);
    let killed =
        space.project.command(&["run", "pipelines/test.json"]).env("GENNAKER_CRASH", "after:4").output().unwrap();
    assert_eq!(killed.status.signal(), Some(9));
    // What the document says now does not matter any more.
    space.write("test", &[stage("wait", "Wait", json!({}))]);
    let resumed = space.project.run(&["resume"]);
    assert!(resumed.status.success(), "{}", text(&resumed.stderr));
    let live = space.get("secret", "s-v000");
    assert_eq!(live["data"]["password"], "aHVudGVyMi1pbi10aGUtZG9jdW1lbnQ=");
    let id = space.project.executions().pop().unwrap().0;
    let mut shown = vec![text(&killed.stdout), text(&killed.stderr), text(&resumed.stdout), text(&resumed.stderr)];
    for args in [&["history", "show", &id][..], &["history", "show", "-o", "json", &id], &["history", "logs", &id]] {
        let output = space.project.run(args);
        shown.extend([text(&output.stdout), text(&output.stderr)]);
    }
    shown.extend(space.project.journal().iter().map(Value::to_string));
    for place in shown {
        assert!(!place.contains("hunter2") && !place.contains("aHVudGVy"), "{place}");
    }
    let kept = space.project.path().join(format!(".gennaker/secrets/{id}.json"));
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&kept).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    space.project.ok(&["history", "prune", "--keep", "0"]);
    assert!(!kept.exists(), "it goes with its execution");
}

#[test]
fn a_patch_of_a_secret_is_recorded_without_its_values() {
    let space = Space::new();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"},
        "metadata": {"name": "s", "namespace": space.namespace}});
    space.cluster.apply(&secret.to_string());
    for (merge, patch) in [
        ("merge", json!([{"stringData": {"a": "hunter2-merged"}}])),
        ("json", json!([{"op": "replace", "path": "/data/a", "value": "aHVudGVyMg=="}])),
    ] {
        let context = json!({"location": space.namespace, "manifestName": "secret s", "patchBody": patch, "options": {"mergeStrategy": merge}});
        let ran = space.run(&[stage("patchManifest", "Patch", context)]).ok();
        for place in [ran.said.clone(), ran.execution.to_string(), json!(space.project.journal()).to_string()] {
            assert!(!place.contains("hunter2") && !place.contains("aHVudGVy"), "{merge}: {place}");
        }
    }
    assert_eq!(space.get("secret", "s")["data"]["a"], "aHVudGVyMg==");
}

#[test]
fn a_secret_that_is_not_here_is_said() {
    let space = Space::new();
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "x"}});
    space.write("test", &[deploy(&[secret])]);
    space.project.command(&["run", "pipelines/test.json"]).env("GENNAKER_CRASH", "after:3").output().unwrap();
    std::fs::remove_dir_all(space.project.path().join(".gennaker/secrets")).unwrap();
    let resumed = space.project.run(&["resume"]);
    let said = text(&resumed.stderr);
    assert!(said.contains("'password' of the secret was kept in") && said.contains("fromEnv"), "{said}");
}
