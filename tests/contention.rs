//! Processes that contend for an execution, a cluster or a pipeline, and processes that are told to stop.

mod common;

use common::{Running, TestProject, eventually};
use serde_json::Value;

/// A script that notes its start and goes on until it is let go.
const HOLD: &str = "name: hold\napplication: shop\nstages:\n- name: Hold\n  type: script\n  command: |\n    echo started >> \
                    starts\n    until [ -e go ]; do sleep 0.02; done\n";

/// A short time to live, so that nobody has to wait for leases to run out.
const TIME_TO_LIVE: (&str, &str) = ("GENNAKER_LEASE_TTL_MS", "600");

fn project(documents: &[(&str, &str)]) -> TestProject {
    let project = TestProject::new();
    for (name, document) in documents {
        project.write(&format!("pipelines/{name}.yaml"), document);
    }
    project
}

fn start(project: &TestProject, args: &[&str]) -> Running {
    project.start(project.command(args).env(TIME_TO_LIVE.0, TIME_TO_LIVE.1))
}

fn starts(project: &TestProject) -> usize {
    std::fs::read_to_string(project.path().join("starts")).unwrap_or_default().lines().count()
}

fn let_go(project: &TestProject) {
    project.write("go", "");
}

fn has(records: &[Value], event: &str) -> bool {
    records.iter().any(|record| record["event"] == event)
}

/// The end of each execution, oldest first: its status and who canceled it why.
fn ends(project: &TestProject) -> Vec<String> {
    let end = |(_, records): &(String, Vec<Value>)| {
        let found = |event: &str| records.iter().find(|record| record["event"] == event);
        let status = found("executionCompleted").map_or("", |record| record["status"].as_str().unwrap());
        let reason = found("executionCancelRequested").map_or("", |record| record["reason"].as_str().unwrap());
        format!("{status} {reason}").trim().to_owned()
    };
    project.executions().iter().map(end).collect()
}

#[test]
fn of_two_that_resume_one_goes_on_and_one_is_refused() {
    let project = project(&[("hold", HOLD)]);
    let run = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    run.signal("KILL");
    assert_eq!(run.end().0, 137);
    let mut contenders = [start(&project, &["resume"]), start(&project, &["resume"])];
    eventually("one of them giving up", || contenders.iter_mut().any(|contender| !contender.is_running()));
    let_go(&project);
    let mut ends: Vec<(i32, String)> = contenders.into_iter().map(Running::end).collect();
    ends.sort();
    assert_eq!((ends[0].0, ends[1].0), (0, 8), "{ends:?}");
    let said = &ends[1].1;
    assert_eq!(said.matches("error:").count(), 1, "{said}");
    for part in ["is driven by process", "which is alive", "gennaker cancel"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(starts(&project), 1);
}

#[test]
fn a_frozen_process_is_taken_over_and_acts_no_more_when_it_thaws() {
    let project = project(&[("hold", HOLD)]);
    let frozen = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    frozen.freeze();
    let heir = start(&project, &["resume"]);
    heir.until_it_says("waiting up to 600ms for a sign of life");
    let attached = |records: &[Value]| records.iter().filter(|record| record["event"] == "runnerAttached").count();
    eventually("the execution being taken over", || attached(&project.journal()) == 2);
    frozen.signal("CONT");
    let (code, said) = frozen.end();
    assert_eq!(code, 10, "{said}");
    assert!(said.contains("error: ") && said.contains("another process"), "{said}");
    let_go(&project);
    let (code, said) = heir.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(starts(&project), 1);
    let after_the_first = project.journal().iter().filter(|record| record["event"] == "runnerDetached").count();
    assert_eq!(after_the_first, 0, "the frozen process wrote after it was taken over");
}

fn deployment(project: &TestProject, name: &str) -> String {
    format!(
        "name: {name}\napplication: shop\nstages:\n- name: Deploy\n  type: deploy\n  clusters:\n  - account: local\n\
         \x20   application: shop\n    strategy: redblack\n    capacity: {{min: 1, max: 1, desired: 1}}\n\
         \x20   command: until [ -e go ]; do sleep 0.02; done; exec \"$GENNAKER\" respond\n    workingDirectory: .\n\
         \x20   environment: {{{}}}\n    healthCheck: {{type: http, path: /health, interval: 50ms}}\n",
        project.mark_entry()
    )
}

#[test]
fn two_deployments_of_one_cluster_take_turns() {
    let project = TestProject::new();
    for name in ["one", "two"] {
        project.write(&format!("pipelines/{name}.yaml"), &deployment(&project, name));
    }
    let groups = project.path().join(".gennaker/local/local/server-groups");
    let first = project.start(&mut project.command(&["run", "one"]));
    eventually("the first server group", || groups.join("shop-v000").exists());
    let second = project.start(&mut project.command(&["run", "two"]));
    second.until_it_says("waiting for cluster local/local/shop, held by execution");
    assert!(!groups.join("shop-v001").exists());
    let_go(&project);
    for run in [first, second] {
        let (code, said) = run.end();
        assert_eq!(code, 0, "{said}");
    }
    let mut names: Vec<_> = std::fs::read_dir(groups).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["shop-v000", "shop-v001"]);
    assert_eq!(ends(&project), ["SUCCEEDED", "SUCCEEDED"]);
}

/// Starts three runs of a limited pipeline, one after the other, and lets the first go when the others wait.
fn three_in_a_queue(options: &str) -> (TestProject, Vec<(i32, String)>) {
    let project = project(&[("hold", &HOLD.replace("stages:", &format!("limitConcurrent: true\n{options}stages:")))]);
    let mut runs = vec![start(&project, &["run", "hold"])];
    eventually("the script running", || starts(&project) == 1);
    for number in 2..=3 {
        let run = start(&project, &["run", "hold"]);
        eventually("the execution being recorded", || project.executions().len() == number);
        runs.push(run);
        runs[number - 1].until_it_says("waiting for execution");
    }
    let_go(&project);
    let ends = runs.into_iter().map(Running::end).collect();
    (project, ends)
}

#[test]
fn of_those_that_wait_for_a_limited_pipeline_the_newest_runs() {
    let (project, runs) = three_in_a_queue("");
    assert_eq!(runs.iter().map(|run| run.0).collect::<Vec<_>>(), [0, 6, 0], "{runs:?}");
    let newest = project.executions()[2].0.clone();
    let given_way = format!("CANCELED execution {newest} of this pipeline is newer");
    assert_eq!(ends(&project), ["SUCCEEDED", &given_way, "SUCCEEDED"]);
    assert_eq!(starts(&project), 2);
}

#[test]
fn those_that_keep_waiting_run_in_order() {
    let (project, runs) = three_in_a_queue("keepWaitingPipelines: true\n");
    assert_eq!(runs.iter().map(|run| run.0).collect::<Vec<_>>(), [0, 0, 0], "{runs:?}");
    let time = |index: usize, event: &str| {
        let (_, records) = &project.executions()[index];
        records.iter().find(|record| record["event"] == event).unwrap()["at"].as_i64().unwrap()
    };
    assert!(time(0, "executionCompleted") <= time(1, "executionStarted"));
    assert!(time(1, "executionCompleted") <= time(2, "executionStarted"));
}

#[test]
fn a_run_that_is_not_to_wait_is_refused() {
    let project = project(&[("hold", &HOLD.replace("stages:", "limitConcurrent: true\nstages:"))]);
    let first = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    let (code, said) = start(&project, &["run", "hold", "--no-wait"]).end();
    assert_eq!(code, 8, "{said}");
    assert!(said.contains("waiting for execution") || said.contains("execution"), "{said}");
    let_go(&project);
    assert_eq!(first.end().0, 0);
    assert_eq!(starts(&project), 1);
}

#[test]
fn a_terminated_run_is_resumed_as_if_nothing_had_happened() {
    let project = project(&[("hold", HOLD)]);
    let run = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    run.signal("TERM");
    let (code, said) = run.end();
    assert_eq!(code, 143, "{said}");
    assert!(said.contains("gennaker resume"), "{said}");
    assert!(!has(&project.journal(), "executionCancelRequested"));
    let_go(&project);
    let (code, said) = start(&project, &["resume"]).end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(starts(&project), 1);
}

#[test]
fn an_interrupted_run_cancels_what_it_started_and_says_so() {
    let project = project(&[("hold", HOLD)]);
    let run = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    run.signal("INT");
    let (code, said) = run.end();
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("Ctrl-C again leaves at once"), "{said}");
    assert_eq!(ends(&project), ["CANCELED interrupted at the terminal"]);
    eventually("the script ending", || project.processes().is_empty());
}

#[test]
fn a_second_interrupt_leaves_at_once_and_the_rest_is_done_later() {
    let stubborn = HOLD.replace("    echo started", "    trap '' TERM\n    echo started");
    let project = project(&[("hold", &stubborn)]);
    let run = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    run.signal("INT");
    run.until_it_says("canceling");
    eventually("the cancellation being recorded", || has(&project.journal(), "executionCancelRequested"));
    run.signal("INT");
    let (code, said) = run.end();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("left at once; go on with: gennaker resume"), "{said}");
    assert!(!has(&project.journal(), "executionCompleted"));
    let (code, said) = start(&project, &["resume"]).end();
    assert_eq!(code, 6, "{said}");
    assert_eq!(ends(&project), ["CANCELED interrupted at the terminal"]);
    eventually("the script ending", || project.processes().is_empty());
}

#[test]
fn what_a_frozen_process_held_is_free_once_its_execution_is_taken_over() {
    let project = TestProject::new();
    project.write("pipelines/one.yaml", &deployment(&project, "one"));
    let_go(&project);
    project.ok(&["run", "one"]);
    std::fs::remove_file(project.path().join("go")).unwrap();
    let patient = |args: &[&str]| project.start(project.command(args).env(TIME_TO_LIVE.0, "1500"));
    let frozen = patient(&["run", "one"]);
    let cluster = project.path().join(".gennaker/leases/cluster%2flocal%2flocal%2fshop.json");
    let holds = || std::fs::read_to_string(&cluster).is_ok_and(|text| text.contains("\"owner\":"));
    eventually("the cluster being locked", || {
        holds() && project.path().join(".gennaker/local/local/server-groups/shop-v001").exists()
    });
    frozen.freeze();
    let heir = patient(&["resume"]);
    let attached = |records: &[Value]| records.iter().filter(|record| record["event"] == "runnerAttached").count();
    eventually("the execution being taken over", || attached(&project.journal()) == 2);
    let taken_over = std::time::Instant::now();
    let_go(&project);
    let (code, said) = heir.end();
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("waiting for cluster"), "{said}");
    assert!(taken_over.elapsed().as_millis() < 1400, "it waited for the lease to run out");
    frozen.signal("CONT");
    assert_eq!(frozen.end().0, 10);
}

#[test]
fn whose_lock_was_broken_makes_no_change_any_more() {
    let project = TestProject::new();
    project.write("pipelines/one.yaml", &deployment(&project, "one"));
    let_go(&project);
    project.ok(&["run", "one"]);
    std::fs::remove_file(project.path().join("go")).unwrap();
    // So long that the renewals in the background do not notice it.
    let run = project.start(project.command(&["run", "one"]).env(TIME_TO_LIVE.0, "600000"));
    let groups = project.path().join(".gennaker/local/local/server-groups");
    eventually("the second server group", || groups.join("shop-v001").exists());
    project.ok(&["lock", "break", "cluster/local/local/shop", "--yes"]);
    let_go(&project);
    let (code, said) = run.end();
    assert_eq!(code, 10, "{said}");
    assert!(said.contains("another process took cluster/local/local/shop over"), "{said}");
    let shown: Value = serde_json::from_str(&project.ok(&["server-group", "list", "-o", "json"])).unwrap();
    let is_disabled = |name: &str| {
        let found = shown.as_array().unwrap().iter().find(|group| group["name"] == name);
        found.unwrap_or_else(|| panic!("{shown}"))["disabled"].clone()
    };
    assert_eq!((is_disabled("shop-v000"), is_disabled("shop-v001")), (false.into(), false.into()));
}

#[test]
fn a_process_of_another_machine_is_taken_over_when_its_lease_has_run_out() {
    let project = project(&[("hold", HOLD)]);
    let gone = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 1);
    gone.signal("KILL");
    gone.end();
    let id = project.executions()[0].0.clone();
    let lease = project.path().join(format!(".gennaker/leases/execution%2f{id}.json"));
    let mut far: Value = serde_json::from_str(&std::fs::read_to_string(&lease).unwrap()).unwrap();
    far["holder"]["process"]["host"] = "another-machine".into();
    std::fs::write(&lease, far.to_string()).unwrap();
    // Whether a process of another machine lives cannot be known: only silence tells, on the heir's own clock.
    let asked = std::time::Instant::now();
    let heir = start(&project, &["resume"]);
    heir.until_it_says("on another-machine drives it; waiting up to 600ms for a sign of life");
    eventually("the execution being taken over", || {
        project.journal().iter().filter(|record| record["event"] == "runnerAttached").count() == 2
    });
    assert!(asked.elapsed().as_millis() >= 600, "it was taken over before its time");
    let_go(&project);
    let (code, said) = heir.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(starts(&project), 1);
    let after: Value = serde_json::from_str(&std::fs::read_to_string(&lease).unwrap()).unwrap();
    assert!(after["epoch"].as_u64() > far["epoch"].as_u64(), "the epoch fences the machine that may come back");
}

#[test]
fn a_lease_says_how_long_it_lives_and_where_people_see_its_job() {
    let project = project(&[("hold", HOLD)]);
    let page = "https://git.example/shop/-/jobs/7";
    let mut command = project.command(&["run", "hold"]);
    let run = project.start(command.env(TIME_TO_LIVE.0, TIME_TO_LIVE.1).env("CI_JOB_URL", page));
    eventually("the script running", || starts(&project) == 1);
    let id = project.executions()[0].0.clone();
    let lease = project.path().join(format!(".gennaker/leases/execution%2f{id}.json"));
    let lease: Value = serde_json::from_str(&std::fs::read_to_string(lease).unwrap()).unwrap();
    assert_eq!((&lease["ttlMs"], &lease["holder"]["ciUrl"]), (&600.into(), &page.into()), "{lease}");
    let shown = project.ok(&["lock", "list"]);
    assert!(shown.contains(page), "{shown}");
    // A contender that would let leases of its own live longer goes by what this one says.
    run.freeze();
    let asked = std::time::Instant::now();
    let heir = project.start(project.command(&["resume"]).env(TIME_TO_LIVE.0, "600000"));
    heir.until_it_says(&format!(", {page} drives it; waiting up to 600ms for a sign of life"));
    eventually("the execution being taken over", || {
        project.journal().iter().filter(|record| record["event"] == "runnerAttached").count() == 2
    });
    assert!(asked.elapsed().as_millis() >= 600, "it was taken over before its time");
    let_go(&project);
    let (code, said) = heir.end();
    assert_eq!(code, 0, "{said}");
    run.signal("CONT");
    assert_eq!(run.end().0, 10);
}

#[test]
fn a_restarted_stage_waits_for_the_turn_of_its_execution() {
    let project = project(&[("hold", &HOLD.replace("stages:", "limitConcurrent: true\nstages:"))]);
    let_go(&project);
    project.ok(&["run", "hold"]);
    let first = project.executions()[0].0.clone();
    std::fs::remove_file(project.path().join("go")).unwrap();
    let second = start(&project, &["run", "hold"]);
    eventually("the script running", || starts(&project) == 2);
    let again = start(&project, &["restart", &first, "Hold"]);
    again.until_it_says("waiting for execution");
    assert_eq!(starts(&project), 2);
    let_go(&project);
    for run in [second, again] {
        let (code, said) = run.end();
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(starts(&project), 3);
    assert_eq!(ends(&project), ["SUCCEEDED", "SUCCEEDED"]);
}

#[test]
fn the_wait_for_a_skippable_child_can_be_skipped() {
    let parent =
        "name: parent\napplication: shop\nstages:\n- {name: Child, type: pipeline, pipeline: hold, skippable: true}\n";
    let project = project(&[("hold", HOLD), ("parent", parent)]);
    let run = start(&project, &["run", "parent"]);
    eventually("the script running", || starts(&project) == 1);
    let id = project.executions()[0].0.clone();
    let skipped = project.run(&["skip", &id, "Child"]);
    assert!(skipped.status.success(), "{}", common::text(&skipped.stderr));
    eventually("the parent ending", || has(&project.executions()[0].1, "executionCompleted"));
    assert!(!has(&project.executions()[1].1, "executionCompleted"), "the child goes on by itself");
    let_go(&project);
    let (code, said) = run.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(ends(&project), ["SUCCEEDED", "SUCCEEDED"]);
    let shown: Value = serde_json::from_str(&project.ok(&["history", "show", "-o", "json", &id])).unwrap();
    assert_eq!(shown["stages"][0]["status"], "SKIPPED");
}
