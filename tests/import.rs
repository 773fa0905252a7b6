//! `gennaker import`: what it writes means what it read, for every pipeline of the corpus.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gennaker::diagnostic::Source;
use gennaker::pipeline::{ParseOptions, Pipeline, parse};
use gennaker::stages::Catalogue;
use serde_json::{Value, json};

use common::{TestProject, text};

fn corpus() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let root = std::env::var_os("GENNAKER_CORPUS").map_or(own, PathBuf::from);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root.join("pipelines")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(name: &str, text: &str) -> Vec<Pipeline> {
    let options = ParseOptions { application: Some("app"), catalogue: Some(&Catalogue), ..ParseOptions::default() };
    parse(&Arc::new(Source::new(name, text)), &options).pipelines
}

/// What an engine sees of a pipeline: what it is resolved to, without what user interfaces keep in it and without what
/// stands there as if it did not.
fn resolved(pipeline: &Pipeline) -> Value {
    let mut value = pipeline.to_value();
    let document = value.as_object_mut().unwrap();
    for key in [
        "appConfig",
        "createTs",
        "executionEngine",
        "index",
        "isNew",
        "lastModified",
        "lastModifiedBy",
        "migrationStatus",
        "parallel",
        "stageCounter",
        "updateTs",
    ] {
        document.remove(key);
    }
    for (key, default) in [
        ("description", json!("")),
        ("expectedArtifacts", json!([])),
        ("keepWaitingPipelines", json!(false)),
        ("limitConcurrent", json!(false)),
        ("maxConcurrentExecutions", json!(0)),
        ("notifications", json!([])),
        ("parameterConfig", json!([])),
        ("triggers", json!([])),
    ] {
        if document.get(key).is_some_and(|value| *value == default || value.is_null()) {
            document.remove(key);
        }
    }
    document.retain(|_, value| !value.is_null());
    for stage in document["stages"].as_array_mut().unwrap() {
        stage.as_object_mut().unwrap().remove("isNew");
    }
    value
}

#[test]
fn every_pipeline_of_the_corpus_means_the_same_after_import() {
    let mut compared = 0;
    for file in corpus() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(original) = fs::read_to_string(&file) else { continue };
        let pipelines = read(&name, &original);
        if pipelines.is_empty() || pipelines.iter().any(|pipeline| pipeline.stages.is_empty()) {
            continue;
        }
        let project = TestProject::new();
        let path = project.write(&format!("from/{name}"), &original);
        let output = project.run(&["import", path.to_str().unwrap(), "--application", "app"]);
        if !output.status.success() {
            // Documents with mistakes are not imported; the mistake is named.
            let said = text(&output.stderr);
            assert!(said.contains("error[GNK"), "{name}: {said}");
            println!("{name}: {}", said.lines().next().unwrap_or_default());
            continue;
        }
        let yaml = text(&output.stdout);
        let again = read("again.yaml", &yaml);
        assert_eq!(pipelines.len(), again.len(), "{name}:\n{yaml}");
        for (before, after) in pipelines.iter().zip(&again) {
            assert_eq!(resolved(before), resolved(after), "{name}:\n{yaml}");
            compared += 1;
        }
    }
    println!("{compared} pipelines mean the same after import");
    assert!(compared > 0);
}

const TWO: &str = r#"[
  {"name": "Deploy it", "application": "shop", "index": 3, "updateTs": "1", "limitConcurrent": true,
   "parameterConfig": [{"name": "tag", "default": "", "required": true}],
   "stages": [
     {"refId": "1", "requisiteStageRefIds": [], "type": "wait", "name": "Breathe", "waitTime": 90},
     {"refId": "2", "requisiteStageRefIds": ["1"], "type": "bake", "name": "Bake", "package": "shop"}]},
  {"name": "Deploy/it", "application": "shop", "stages": [{"refId": "1", "type": "wait", "waitTime": "${ 1 + 1 }"}]}
]"#;

#[test]
fn a_list_becomes_a_tidy_file_per_pipeline() {
    let project = TestProject::new();
    project.write("export.json", TWO);
    let written = project.ok(&["import", "export.json", "--out", "pipelines"]);
    assert_eq!(written, "pipelines/shop/Deploy-it-2.yaml\npipelines/shop/Deploy-it.yaml\n");
    let yaml = fs::read_to_string(project.path().join("pipelines/shop/Deploy-it.yaml")).unwrap();
    insta::assert_snapshot!(yaml, @r"
    name: Deploy it
    application: shop
    id: 227bf365-f1d2-84d2-9aa7-7e15cd27739d
    limitConcurrent: true
    parameters:
      tag:
        default: ''
        required: true
    stages:
    - refId: '1'
      name: Breathe
      type: wait
      waitTime: 1m30s
    - refId: '2'
      name: Bake
      type: bake
      needs: Breathe
      package: shop
    ");
    let again = project.run(&["import", "export.json", "--out", "pipelines"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("would be overwritten; nothing was written"), "{}", text(&again.stderr));
    project.ok(&["import", "export.json", "--out", "pipelines", "--force"]);
}

#[test]
fn a_check_names_what_is_not_supported_and_writes_nothing() {
    let project = TestProject::new();
    project.write("export/two.json", TWO);
    project.write("export/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n");
    let output = project.run(&["import", "export", "--check"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(format!("{}{}", text(&output.stdout), text(&output.stderr)), @r"
    shop/Deploy it: stage 'Bake' (bake): images are baked by other tools; run Packer with a 'script' and find the image with 'findImage'
    2 pipelines, 3 stages, 1 of them not supported
    ");
    let json = project.run(&["import", "export", "--check", "-o", "json"]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&document["pipelines"], &document["stages"]), (&json!(2), &json!(3)));
    assert_eq!(document["unsupported"][0]["type"], "bake");
    assert!(!project.path().join("pipelines").exists());
}

#[test]
fn what_holds_no_pipeline_is_said_to() {
    let project = TestProject::new();
    project.write("service.yaml", "apiVersion: v1\nkind: Service\n");
    let output = project.run(&["import", "service.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("this is a Kubernetes Service, not a pipeline"), "{}", text(&output.stderr));
    let none = project.run(&["import", "nowhere"]);
    assert!(text(&none.stderr).contains("cannot read 'nowhere'"), "{}", text(&none.stderr));
}
