//! Jobs: waited for, their logs read, their properties captured, ended when they are canceled.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{job, stage};

fn run_job(manifest: Value, more: Value) -> Value {
    let mut context =
        json!({"alias": "runJob", "credentials": "k8s", "application": "shop", "source": "text", "manifest": manifest});
    context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage("runJobManifest", "Job", context)
}

#[test]
fn a_job_ends_and_what_it_wrote_is_captured() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let log = "begins\nSPINNAKER_PROPERTY_VERSION=1.2\nSPINNAKER_CONFIG_JSON={\"size\": 3}\nends";
    let manifest = job("migrate", "tool:1", json!({"test.kubelet/log": log, "test.kubelet/run-for": "1"}));
    let uses = json!({"type": "evaluateVariables", "name": "Use", "variables": [{"key": "used", "value": "${version} ${size}"}]});
    let ran = space
        .run(&[run_job(manifest, json!({"consumeArtifactSource": "propertyFile", "propertyFile": "main"})), uses])
        .ok();
    let context = &ran.stage("Job")["context"];
    assert_eq!(context["jobStatus"]["jobState"], "Succeeded", "{context:#}");
    assert_eq!(ran.output("Use", "used"), "1.2 3");
    assert!(context["deploy.jobs"][&space.namespace].as_array().is_some_and(|jobs| jobs.len() == 1), "{context:#}");
    assert!(ran.said.contains("begins") && ran.said.contains("ends"), "logs are followed:\n{}", ran.said);
}

#[test]
fn a_job_that_fails_fails_the_stage_with_its_last_words() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let manifest = job("migrate", "tool:fail", json!({"test.kubelet/log": "cannot open the database"}));
    space.run(&[run_job(manifest, json!({}))]).fails("cannot open the database");
}

#[test]
fn a_canceled_job_is_removed() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let manifest =
        job("long", "tool:1", json!({"test.kubelet/run-for": "60", "test.kubelet/log": "working\nworking still"}));
    space.write("test", &[run_job(manifest, json!({}))]);
    let mut command = space.project.command(&["run", "pipelines/test.json"]);
    let running = space.project.start(&mut command);
    space.until("the job being there", || !space.names("jobs").is_empty());
    running.until_it_says("working");
    running.signal("INT");
    let (_, said) = running.end();
    space.until("the job being removed", || space.names("jobs").is_empty());
    assert!(said.contains("cancel"), "{said}");
}
