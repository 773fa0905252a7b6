//! `kill -9` before and after every record of a journal, then `resume`: the end is the same as without it, no instance
//! is started twice and none is left over.

mod common;
#[cfg(feature = "aws")]
mod servers;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;

use common::{TestProject, text};
use serde_json::Value;

fn pipeline(project: &TestProject, strategy: &str, ports: u16) -> String {
    format!(
        "name: deploy\napplication: hello\nspelEvaluator: v4\nparameters: {{version: \"1\"}}\nstages:\n\
         - name: Deploy\n  type: deploy\n  clusters:\n  - account: local\n    application: hello\n    {strategy}\n\
         \x20   capacity: {{min: 2, max: 2, desired: 2}}\n    command: exec \"$GENNAKER\" respond\n\
         \x20   portRange: {ports}-{}\n    stopTimeout: 2\n    drainTimeout: 1\n\
         \x20   environment: {{BODY: \"${{parameters.version}}\", {}}}\n\
         \x20   healthCheck: {{type: http, path: /health, interval: 50ms}}\n",
        ports + 99,
        project.mark_entry()
    )
}

/// What a run ended with: status of each stage by reference, the server groups, and how many instances of each live.
#[derive(Debug, PartialEq, Eq)]
struct End {
    stages: BTreeMap<String, String>,
    groups: BTreeMap<String, (bool, u64, usize)>,
    processes: usize,
}

fn end(project: &TestProject) -> End {
    let shown: Value = serde_json::from_str(&project.ok(&["history", "show", "-o", "json", &newest(project)])).unwrap();
    let stages = shown["stages"].as_array().unwrap().iter();
    let stages = stages
        .map(|stage| {
            let key = format!("{} {}", stage["refId"].as_str().unwrap(), stage["type"].as_str().unwrap());
            (key, stage["status"].as_str().unwrap().to_owned())
        })
        .collect();
    let groups = group_files(project);
    let groups: BTreeMap<_, _> = groups
        .into_iter()
        .map(|(name, group)| {
            let disabled = group["disabled"].as_bool().unwrap_or(false);
            let desired = group["capacity"]["desired"].as_u64().unwrap();
            let live = project.processes().iter().filter(|(pid, _)| is_of(*pid, &name)).count();
            (name, (disabled, desired, live))
        })
        .collect();
    End { stages, groups, processes: project.processes().len() }
}

fn is_of(pid: u32, group: &str) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let wanted = format!("GENNAKER_SERVER_GROUP={group}");
    environment.split(|byte| *byte == 0).any(|line| line == wanted.as_bytes())
}

fn group_files(project: &TestProject) -> BTreeMap<String, Value> {
    let folder = project.path().join(".gennaker/local/local/server-groups");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if let Ok(text) = std::fs::read_to_string(entry.path().join("group.json")) {
            found.insert(entry.file_name().to_string_lossy().into_owned(), serde_json::from_str(&text).unwrap());
        }
    }
    found
}

fn newest(project: &TestProject) -> String {
    journal(project)[0]["execution"]["id"].as_str().unwrap().to_owned()
}

/// The newest execution's records, from its file or, where history is elsewhere, as the tool tells them.
fn journal(project: &TestProject) -> Vec<Value> {
    if project.path().join(".gennaker/executions").exists() {
        return project.journal();
    }
    let lines = project.ok(&["history", "show", "--events", "-o", "json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A deployment to be killed, and where its history is kept.
struct Case<'a> {
    strategy: &'a str,
    ports: u16,
    /// URL of a store; the project's folder when absent.
    store: Option<&'a str>,
    /// Kill at every so many records.
    every: usize,
}

fn deployed_once(case: &Case<'_>) -> TestProject {
    let project = TestProject::new();
    let pipeline = pipeline(&project, case.strategy, case.ports);
    project.write("pipelines/deploy.yaml", &pipeline);
    if let Some(url) = case.store {
        let prefix = project.path().file_name().unwrap().to_string_lossy().into_owned();
        let settings = format!(
            "history:\n  url: s3://history/{prefix}\n  endpoint: {url}\n  region: us-east-1\n  accessKeyId: k\n  \
             secretAccessKey: s\n"
        );
        project.write("gennaker.yaml", &settings);
    }
    project.ok(&["run", "deploy"]);
    project
}

fn survives(case: &Case<'_>) {
    let strategy = case.strategy;
    let undisturbed = deployed_once(case);
    undisturbed.ok(&["run", "deploy", "-p", "version=2"]);
    let records = journal(&undisturbed);
    let wanted = end(&undisturbed);
    assert!(records.len() > 20, "{strategy}: {} records are too few to be a deployment", records.len());
    drop(undisturbed);
    for (index, record) in records.iter().enumerate().skip(1).step_by(case.every) {
        // Killed before a record is killed after the one before it, unless something was done in between.
        let follows_a_deed = matches!(record["event"].as_str(), Some("taskCompleted" | "mutationRecorded"));
        let moments: &[&str] = if follows_a_deed { &["before", "after"] } else { &["after"] };
        for moment in moments {
            survives_one(case, &format!("{moment}:{}", index + 1), &wanted);
        }
    }
}

fn survives_one(case: &Case<'_>, crash: &str, wanted: &End) {
    let strategy = case.strategy;
    let project = deployed_once(case);
    let mut command = project.command(&["run", "deploy", "-p", "version=2"]);
    let killed = command.env("GENNAKER_CRASH", crash).output().unwrap();
    // How often a waiting task finds something new differs from run to run, and so does the number of records.
    let is_over = journal(&project).last().unwrap()["event"] == "executionCompleted";
    if killed.status.signal() != Some(9) {
        assert!(killed.status.success() && is_over, "{strategy} {crash}: {}", text(&killed.stderr));
    }
    if !is_over {
        let resumed = project.run(&["resume"]);
        let said = text(&resumed.stderr);
        assert!(resumed.status.success(), "{strategy} {crash}: {}\n{said}", resumed.status);
    }
    assert_eq!(&end(&project), wanted, "{strategy} killed {crash}");
}

#[test]
fn a_red_black_deployment_survives_being_killed_at_every_record() {
    survives(&Case { strategy: "strategy: redblack\n    scaleDown: true", ports: 21000, store: None, every: 1 });
}

#[test]
fn a_rolling_red_black_deployment_survives_being_killed_at_every_record() {
    survives(&Case {
        strategy: "strategy: rollingredblack\n    targetPercentages: [50, 100]",
        ports: 21100,
        store: None,
        every: 1,
    });
}

#[test]
fn a_highlander_deployment_survives_being_killed_at_every_record() {
    survives(&Case { strategy: "strategy: highlander", ports: 21200, store: None, every: 1 });
}

#[cfg(feature = "aws")]
#[test]
fn a_red_black_deployment_whose_history_is_in_s3_survives_being_killed() {
    let moto = servers::Server::moto_s3(0);
    let strategy = "strategy: redblack\n    scaleDown: true";
    survives(&Case { strategy, ports: 21300, store: Some(&moto.url), every: stride() });
}

#[cfg(feature = "aws")]
#[test]
fn a_rolling_red_black_deployment_whose_history_is_in_s3_survives_being_killed() {
    let moto = servers::Server::moto_s3(0);
    let strategy = "strategy: rollingredblack\n    targetPercentages: [50, 100]";
    survives(&Case { strategy, ports: 21400, store: Some(&moto.url), every: 2 * stride() });
}

/// Every so many records; all of them (GENNAKER_CRASH_STRIDE=1) take many minutes.
#[cfg(feature = "aws")]
fn stride() -> usize {
    std::env::var("GENNAKER_CRASH_STRIDE").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}
