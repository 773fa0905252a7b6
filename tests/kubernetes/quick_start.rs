//! The Kubernetes quick start of the README: its commands, run as they stand there, print what stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cluster::cluster;
use crate::common::{TestProject, text};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The blocks of a language in the section on Kubernetes.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let section = readme.split("\n## ").find(|section| section.starts_with("The same on Kubernetes")).unwrap();
    let opening = format!("```{language}\n");
    section.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A line without times and ids.
fn redacted(line: &str) -> String {
    let line = line.split(": execution ").next().unwrap().split(" after ").next().unwrap();
    let is_time = |word: &str| word.len() == 8 && word.bytes().filter(|b| *b == b':').count() == 2;
    line.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ")
}

/// Runs a line of shell in a project, as somebody whose cluster is the tests'.
fn shell(project: &TestProject, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_gennaker"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(project.path()).env("PATH", path).env("KUBECONFIG", &cluster().admin);
    let output = command.env("NO_COLOR", "1").env("HOME", project.path()).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "'{line}' ended with {}:\n{said}", output.status);
    said
}

#[test]
fn the_readme_deploys_to_kubernetes() {
    let project = TestProject::new();
    // As in a clone, where there are no settings yet.
    fs::remove_file(project.path().join("gennaker.yaml")).ok();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("pipelines/{}", path.file_name().unwrap().to_string_lossy());
        project.write(&name, &fs::read_to_string(&path).unwrap());
    }
    for line in blocks("sh")[0].lines() {
        shell(&project, line);
    }
    for block in blocks("text") {
        let mut lines = block.lines();
        let command = lines.next().unwrap().strip_prefix("$ ").unwrap();
        let said = shell(&project, command);
        let mut printed = said.lines().map(redacted);
        // What is waited for differs from run to run.
        for line in lines.filter(|line| !line.contains(" … ")) {
            let wanted = redacted(line);
            assert!(printed.any(|it| it == wanted), "'{command}' does not print '{line}', or not there:\n{said}");
        }
    }
    // The first quick start goes on working beside the account that is there now.
    for name in ["quickstart", "rolling", "highlander", "cleanup"] {
        let plan = shell(&project, &format!("gennaker plan {name}"));
        assert!(!plan.contains("several"), "{name}: {plan}");
    }
    cluster().kubectl(&["delete", "namespace", "hello", "--wait=false"]);
}
