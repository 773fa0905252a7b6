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
    let more = json!({"consumeArtifactSource": "propertyFile", "propertyFile": "main", "application": "billing"});
    let ran = space.run(&[run_job(manifest, more), uses]).ok();
    let context = &ran.stage("Job")["context"];
    assert_eq!(context["jobStatus"]["jobState"], "Succeeded", "{context:#}");
    assert_eq!(ran.output("Use", "used"), "1.2 3");
    assert_eq!(ran.output("Job", "jobStatus")["jobState"], "Succeeded");
    assert_eq!(ran.output("Job", "completionDetails")["exitCode"], "0");
    assert_eq!(ran.output("Job", "outputs.manifests")[0]["kind"], "Job");
    let application = "moniker.spinnaker.io/application";
    assert_eq!(ran.output("Job", "outputs.manifests")[0]["metadata"]["annotations"][application], "billing");
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

/// A project that configures a job under a name of its own, as Spinnaker's settings do.
fn configured(space: &Space) {
    let mut manifest = job("greet", "tool:1", json!({"test.kubelet/log": "SPINNAKER_PROPERTY_GREETING=hello"}));
    manifest["metadata"].as_object_mut().unwrap().shift_remove("name");
    manifest["metadata"]["generateName"] = "greet-".into();
    manifest["metadata"]["labels"] = json!({"app": "none"});
    manifest["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "TONGUE", "value": ""}]);
    let parameter = |name: &str, mapping: &str, default: Value| json!({"name": name, "label": name, "mapping": mapping, "defaultValue": default});
    let job = json!({
        "type": "greet", "label": "Greet", "description": "Says hello", "cloudProvider": "kubernetes",
        "account": "k8s", "credentials": "k8s", "application": "shop", "uiType": "BASIC", "producesArtifacts": false,
        "waitForCompletion": true, "propertyFile": "main", "manifest": manifest,
        "parameters": [
            parameter("Tongue", "manifest.spec.template.spec.containers[0].env[0].value", "en".into()),
            parameter("Owner", "manifest.metadata.labels.owner", "nobody".into()),
            parameter("App", "manifest.metadata.labels.app", Value::Null),
        ],
    });
    let settings = space.project.path().join("gennaker.yaml");
    let mut settings: Value = serde_json::from_str(&std::fs::read_to_string(settings).unwrap()).unwrap();
    settings["services"] = json!({"job": {"preconfigured": {"kubernetes": [job]}}});
    space.project.write("gennaker.yaml", &settings.to_string());
}

#[test]
fn a_configured_job_runs_under_its_own_type_with_the_values_of_the_stage() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    configured(&space);
    // Deck writes an alias; people need not.
    let deck = json!({"type": "greet", "name": "Deck", "alias": "preconfiguredJob", "refId": "1", "requisiteStageRefIds": [],
        "cloudProvider": "kubernetes", "account": "elsewhere", "credentials": "elsewhere",
        "parameters": {"Tongue": "de", "App": 7}, "dynamicParameters": {"manifest.metadata.labels.more": true}});
    let plain = json!({"type": "greet", "name": "Plain", "refId": "2", "requisiteStageRefIds": ["1"]});
    let ran = space.run(&[deck, plain]).ok();
    assert_eq!(ran.output("Deck", "greeting"), "hello");
    let made = |stage: &str| -> Value {
        let names = &ran.stage(stage)["context"]["deploy.jobs"][&space.namespace];
        let name = names[0].as_str().unwrap().strip_prefix("job ").unwrap().to_owned();
        space.get("job", &name)
    };
    let (deck, plain) = (made("Deck"), made("Plain"));
    let tongue = |job: &Value| job["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"].clone();
    assert_eq!((tongue(&deck), tongue(&plain)), (json!("de"), json!("en")));
    let label = |job: &Value, name: &str| job["metadata"]["labels"][name].clone();
    assert_eq!(["owner", "app", "more"].map(|name| label(&deck, name)), ["nobody", "7", "true"].map(Value::from));
    assert_eq!(label(&plain, "app"), "none", "{plain:#}");
}

#[test]
fn a_configured_job_is_checked_planned_and_documented() {
    let space = Space::new();
    configured(&space);
    let stage = json!({"type": "greet", "name": "Greet", "parameters": {"Tonque": "de"}});
    space.write("greet", &[stage]);
    let output = space.project.run(&["validate", "pipelines/greet.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("'greet' has no parameter 'Tonque'"), "{said}");
    assert!(said.contains("did you mean 'Tongue'?"), "{said}");
    let plan = space.project.ok(&["plan", "pipelines/greet.json"]);
    assert!(plan.contains("run job greet-…"), "{plan}");
    let page = space.project.ok(&["docs", "greet"]);
    assert!(page.contains("Says hello") && page.contains("- `Owner` (default 'nobody')"), "{page}");
    assert!(space.project.ok(&["docs"]).contains("Greet: Says hello (configured in gennaker.yaml)"));
    let schema: Value = serde_json::from_str(&space.project.ok(&["schema"])).unwrap();
    assert!(schema.pointer("/$defs/stage-greet/properties/parameters/properties/Tongue").is_some());
    space.write("other", &[json!({"type": "other", "name": "Other", "alias": "preconfiguredJob"})]);
    let output = space.project.run(&["plan", "pipelines/other.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("error[GNK0033]: stage type 'other' is not configured"), "{said}");
    assert!(said.contains("under 'services: job: preconfigured: kubernetes'"), "{said}");
}

#[test]
fn what_a_job_says_before_it_fails_is_kept() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let log = "SPINNAKER_PROPERTY_REASON = no room \ncannot write";
    let manifest = job("migrate", "tool:fail", json!({"test.kubelet/log": log}));
    let ran = space.run(&[run_job(manifest, json!({"propertyFile": "main"}))]).fails("cannot write");
    assert_eq!(ran.stage("Job")["context"]["reason"], "no room");
    assert_eq!(ran.output("Job", "jobStatus")["jobState"], "Failed");
}

#[test]
fn only_jobs_are_run() {
    let space = Space::new();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "main", "image": "nginx:1"}]}});
    space.run(&[run_job(pod, json!({}))]).fails("its manifest is a Pod");
    assert_eq!(space.names("pods"), Vec::<String>::new());
}
