//! The samples in `pipelines/`: each parses, validates without a warning, and can be planned.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{TestProject, text};

/// The samples, sorted.
fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    found.sort();
    found
}

#[test]
fn every_sample_validates_without_warnings_and_plans() {
    let project = TestProject::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let samples = samples();
    assert!(samples.len() >= 5, "only {} samples were found", samples.len());
    for sample in &samples {
        let name = sample.file_name().unwrap().to_str().unwrap();
        // Whatever listens where the samples do is not this test's business.
        let text = fs::read_to_string(sample).unwrap().replace("127.0.0.1:8080", &address);
        project.write(&format!("pipelines/{name}"), &text);
    }
    for sample in &samples {
        let name = sample.file_stem().unwrap().to_str().unwrap();
        let validated = project.run(&["validate", "--strict", &format!("pipelines/{name}.yaml")]);
        assert!(validated.status.success(), "{name} does not validate:\n{}", text(&validated.stderr));
        if fs::read_to_string(sample).unwrap().contains("cloudProvider: kubernetes") {
            // What a cluster holds decides its plan; tests/kubernetes/ plans and runs it.
            continue;
        }
        let planned = project.ok(&["plan", name]);
        assert!(planned.contains(&format!("· {name}")), "the plan of {name} does not say its name:\n{planned}");
        assert!(!planned.contains("cannot tell"), "{name} cannot be planned:\n{planned}");
    }
    assert!(!project.path().join(".gennaker/executions").exists(), "a plan recorded something");
}

#[test]
fn every_sample_says_what_it_shows() {
    for sample in samples() {
        let text = fs::read_to_string(&sample).unwrap();
        assert!(text.starts_with("# "), "{} opens without a comment that says what it shows", sample.display());
    }
}
