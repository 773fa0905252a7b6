//! The commands about recorded executions, and those that talk to the process that drives one: the built binary, in
//! folders of its own.

mod common;

use std::process::{Child, Output, Stdio};

use common::{TestProject, eventually, text};
use serde_json::Value;

const QUICK: &str = "name: hello\napplication: shop\nstages:\n\
    - {name: Greet, type: script, command: 'echo good; echo morning'}\n\
    - {name: Breathe, type: wait, waitTime: 0}\n";

const JUDGED: &str = "name: hello\napplication: shop\nstages:\n\
    - {name: Ship it?, type: manualJudgment, instructions: Look at the dashboards, judgmentInputs: [{value: slowly}]}\n\
    - {name: Soak, type: wait, waitTime: 1h}\n";

/// The newest execution's id.
fn id(project: &TestProject) -> String {
    let listed: Value = serde_json::from_str(&project.ok(&["history", "list", "-o", "json"])).unwrap();
    listed[0]["id"].as_str().unwrap().to_owned()
}

fn shown(project: &TestProject, id: &str) -> Value {
    serde_json::from_str(&project.ok(&["history", "show", id, "-o", "json"])).unwrap()
}

fn status_of(execution: &Value, stage: &str) -> String {
    let stages = execution["stages"].as_array().unwrap();
    let found = stages.iter().find(|found| found["name"] == stage).unwrap();
    found["status"].as_str().unwrap().to_owned()
}

/// Runs something in the background, its output thrown away.
fn background(project: &TestProject, args: &[&str]) -> Child {
    project.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A stage of the newest execution that runs in the background has this status.
fn wait_for(project: &TestProject, stage: &str, status: &str) {
    let has = || {
        let output = project.run(&["history", "show", "-o", "json"]);
        serde_json::from_slice(&output.stdout).is_ok_and(|shown: Value| {
            let stages = shown["stages"].as_array().unwrap().iter();
            stages.clone().any(|found| found["name"] == stage && found["status"] == status)
        })
    };
    eventually(&format!("'{stage}' being {status}"), has);
}

/// What a command printed and ended with, without what differs from run to run.
fn screen(output: &Output) -> String {
    let mut screen = String::new();
    for (name, bytes) in [("", &output.stdout), ("stderr:\n", &output.stderr)] {
        if !bytes.is_empty() {
            screen.push_str(name);
            screen.push_str(&redacted(&text(bytes)));
        }
    }
    match output.status.code() {
        Some(0) => screen,
        code => format!("{screen}[exit {}]\n", code.unwrap_or(-1)),
    }
}

/// Ids, times, durations and processes become words of their own.
fn redacted(text: &str) -> String {
    let host = String::from_utf8(std::process::Command::new("hostname").output().unwrap().stdout).unwrap();
    let word = |word: &str| -> String {
        let bare = word.trim_end_matches([',', '.', ':', ';', '\'']);
        let tail = &word[bare.len()..];
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let new = if bare.len() == 26 && bare.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
            "ID"
        } else if bare.len() == 8 && bare.matches(':').count() == 2 {
            "TIME"
        } else if bare.len() == 10 && bare.matches('-').count() == 2 && bare.starts_with('2') {
            "DATE"
        } else if ["ms", "s"].iter().any(|unit| bare.strip_suffix(unit).is_some_and(digits)) {
            "SPAN"
        } else if bare == host.trim() {
            "HOST"
        } else if bare.len() > 1 && digits(bare) {
            "NUMBER"
        } else {
            bare
        };
        format!("{new}{tail}")
    };
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let words: Vec<String> = line.split(' ').map(word).collect();
        if words[0] == "TIME" {
            return words.join(" ") + "\n";
        }
        // The width of a column follows what is in it.
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        format!("{}{}\n", " ".repeat(indent), words.join(" "))
    };
    text.lines().map(line).collect()
}

#[test]
fn a_run_reports_itself_line_by_line() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    insta::assert_snapshot!(screen(&project.run(&["run", "hello.yaml"])), @r"
    stderr:
    TIME ▸ hello begins: execution ID, run by tester
    TIME   ▸ Greet (script) begins
    TIME     ~ run script Greet (echo good; echo morning)
    TIME Greet | good
    TIME Greet | morning
    TIME   ✓ Greet succeeded after SPAN
    TIME   ▸ Breathe (wait) begins
    TIME   ✓ Breathe succeeded after SPAN
    TIME ✓ hello succeeded after SPAN
    TIME what changed:
    TIME     run script Greet (echo good; echo morning)
    TIME next:
    TIME     gennaker history show ID
    ");
    insta::assert_snapshot!(screen(&project.run(&["run", "hello.yaml", "--quiet"])), @r"
    stderr:
    TIME ✓ hello succeeded after SPAN
    TIME next:
    TIME     gennaker history show ID
    ");
}

#[test]
fn a_run_for_programs_is_json_lines_from_first_to_last() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    let output = project.run(&["run", "hello.yaml", "-o", "json"]);
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a JSON document")).collect();
    assert_eq!(lines[0]["format"], "gennaker-events");
    assert_eq!(lines[1]["event"], "executionRecorded");
    assert!(lines.iter().any(|line| line["output"]["line"] == "morning"));
    let last = lines.last().unwrap();
    assert_eq!(last["execution"]["status"], "SUCCEEDED");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_job_of_github_gets_groups_annotations_summary_and_outputs() {
    let project = TestProject::new();
    project.write("hello.yaml", &QUICK.replace("echo morning", "echo morning; exit 3"));
    let (summary, outputs) = (project.path().join("summary"), project.path().join("outputs"));
    let mut command = project.command(&["run", "hello.yaml"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &outputs);
    let output = command.output().unwrap();
    let error = text(&output.stderr);
    assert!(error.contains("::group::Greet\n") && error.contains("::endgroup::\n"), "{error}");
    assert!(error.contains("::error title=gennaker::Greet: "), "{error}");
    let outputs = std::fs::read_to_string(outputs).unwrap();
    assert_eq!(outputs, format!("execution={}\nstatus=TERMINAL\n", id(&project)));
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.contains("| Greet | script | failed |"), "{summary}");
}

#[test]
fn what_is_recorded_can_be_listed_shown_and_read() {
    let project = TestProject::new();
    insta::assert_snapshot!(screen(&project.run(&["history", "list"])).replace(&project.path().display().to_string(), "PROJECT"), @r"
    stderr:
    no such execution is recorded in PROJECT/.gennaker
    ");
    project.write("hello.yaml", QUICK);
    project.run(&["run", "hello.yaml"]);
    insta::assert_snapshot!(screen(&project.run(&["history", "list"])), @r"
    EXECUTION APPLICATION PIPELINE STATUS BEGAN TOOK BY
    ID shop hello SUCCEEDED DATE TIME SPAN tester
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "show"])), @r"
    hello of shop SUCCEEDED
      execution ID
      run by tester (manual)
      began DATE TIME, took SPAN

      ✓ Greet (script) SUCCEEDED SPAN
      ✓ Breathe (wait) SUCCEEDED SPAN

    what changed:
      run script Greet (echo good; echo morning)
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "show", "--events"])), @r"
    TIME ▸ hello begins: execution ID, run by tester
    TIME   ▸ Greet (script) begins
    TIME     ~ run script Greet (echo good; echo morning)
    TIME   ✓ Greet succeeded after SPAN
    TIME   ▸ Breathe (wait) begins
    TIME   ✓ Breathe succeeded after SPAN
    TIME ✓ hello succeeded after SPAN
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "logs"])), @r"
    Greet | good
    Greet | morning
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "logs", &id(&project), "greet"])), @r"
    good
    morning
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "logs", &id(&project), "Gret"])), @r"
    stderr:
    error: execution ID has no stage 'Gret'
    hint: did you mean Greet?
    [exit 2]
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "show", "ZZZ"])).replace(&project.path().display().to_string(), "PROJECT"), @r"
    stderr:
    error: no execution 'ZZZ' in PROJECT/.gennaker; list them with 'gennaker history list'
    [exit 2]
    ");
}

#[test]
fn a_list_can_be_narrowed() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    project.write("other.yaml", &QUICK.replace("name: hello", "name: other").replace("echo good", "exit 1"));
    project.run(&["run", "hello.yaml"]);
    project.run(&["run", "other.yaml"]);
    let names = |args: &[&str]| {
        let args = [&["history", "list", "-o", "json"], args].concat();
        let listed: Value = serde_json::from_str(&project.ok(&args)).unwrap();
        let names: Vec<String> =
            listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(names(&[]), "other hello");
    assert_eq!(names(&["--limit", "1"]), "other");
    assert_eq!(names(&["--pipeline", "hello"]), "hello");
    assert_eq!(names(&["--status", "terminal"]), "other");
    assert_eq!(names(&["--application", "nobody"]), "");
    assert_eq!(names(&["--since", "1h"]), "other hello");
    insta::assert_snapshot!(screen(&project.run(&["history", "list", "--status", "fine", "--since", "2 days"])), @r"
    stderr:
    error: invalid value 'fine' for '--status <STATUS>': a status is one of not_started, running, paused, suspended, succeeded, failed_continue, terminal, canceled, stopped, skipped

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn the_document_has_the_keys_of_spinnakers() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    project.run(&["run", "hello.yaml"]);
    let shown = shown(&project, &id(&project));
    for key in ["id", "rootId", "application", "name", "buildTime", "startTime", "endTime", "status", "canceled"] {
        assert!(shown.get(key).is_some(), "{key}");
    }
    for key in ["limitConcurrent", "keepWaitingPipelines", "authentication", "origin", "trigger", "pipelineConfigId"] {
        assert!(shown.get(key).is_some(), "{key}");
    }
    for key in ["id", "refId", "type", "name", "startTime", "endTime", "status", "context", "outputs", "tasks"] {
        assert!(shown["stages"][0].get(key).is_some(), "{key}");
    }
    for key in ["id", "implementingClass", "name", "startTime", "endTime", "status", "stageStart", "loopEnd"] {
        assert!(shown["stages"][0]["tasks"][0].get(key).is_some(), "{key}");
    }
}

#[test]
fn executions_are_exported_with_records_and_logs() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    project.run(&["run", "hello.yaml"]);
    project.run(&["run", "hello.yaml"]);
    let file = project.path().join("all.jsonl");
    project.ok(&["history", "export", "--all", "--file", file.to_str().unwrap()]);
    let lines: Vec<Value> =
        std::fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["execution"]["id"], id(&project));
    assert_eq!(lines[0]["records"][0]["event"], "executionRecorded");
    assert_eq!(lines[0]["log"][1]["line"], "morning");
    let again = project.run(&["history", "export", "--all", "--file", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
}

#[test]
fn pruning_forgets_what_has_ended_and_nothing_else() {
    let project = TestProject::new();
    project.write("hello.yaml", QUICK);
    project.write("judged.yaml", JUDGED);
    project.run(&["run", "hello.yaml"]);
    project.run(&["run", "judged.yaml", "--no-input"]);
    insta::assert_snapshot!(screen(&project.run(&["history", "prune"])), @r"
    stderr:
    error: nothing says what to remove
    hint: give --keep COUNT, --older-than TIME or both
    [exit 2]
    ");
    insta::assert_snapshot!(screen(&project.run(&["history", "prune", "--keep", "0", "--dry-run"])), @r"
    ID hello SUCCEEDED ended DATE TIME
    stderr:
    would remove 1 execution
    ");
    let scripts = project.path().join(".gennaker/scripts");
    let before = std::fs::read_dir(&scripts).unwrap().count();
    project.ok(&["history", "prune", "--keep", "0"]);
    assert_eq!(std::fs::read_dir(&scripts).unwrap().count(), before - 1, "what its scripts left is still there");
    let left: Value = serde_json::from_str(&project.ok(&["history", "list", "-o", "json"])).unwrap();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["status"], "RUNNING");
}

#[test]
fn a_judgment_of_a_suspended_run_is_taken_when_it_is_resumed() {
    let project = TestProject::new();
    project.write("judged.yaml", &JUDGED.replace("1h", "0"));
    insta::assert_snapshot!(screen(&project.run(&["run", "judged.yaml", "--no-input"])), @r"
    stderr:
    TIME ▸ hello begins: execution ID, run by tester
    TIME   ▸ Ship it? (manualJudgment) begins
    TIME ‖ hello is left: waiting for a judgment
    TIME ‖ hello is not at its end and can be resumed
    TIME     'Ship it?' asks: Look at the dashboards
    TIME what changed: nothing
    TIME next:
    TIME     gennaker judge ID 'Ship it?' continue
    TIME     gennaker judge ID 'Ship it?' stop
    TIME     gennaker resume ID
    TIME     gennaker cancel ID
    [exit 7]
    ");
    let id = id(&project);
    let reference = shown(&project, &id)["stages"][0]["refId"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, "Ship it", "continue"])), @r"
    stderr:
    error: execution ID has no stage 'Ship it'
    hint: did you mean 'Ship it?'?
    [exit 2]
    ");
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, "Soak", "continue"])), @r"
    stderr:
    error: 'Soak' is a wait stage; only manualJudgment stages are judged
    [exit 2]
    ");
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, "ship it?", "continue", "--input", "slowyl"])), @r"
    stderr:
    error: 'slowyl' is no answer to 'Ship it?'
    hint: did you mean --input slowly?
    [exit 2]
    ");
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, &reference, "continue", "--input", "slowly"])), @r"
    stderr:
    judgment 'continue' of 'Ship it?': noted; no process drives execution ID
    to go on: gennaker resume ID
    ");
    project.ok(&["resume", &id]);
    let shown = shown(&project, &id);
    assert_eq!(shown["status"], "SUCCEEDED");
    assert_eq!(shown["stages"][0]["context"]["judgmentInput"], "slowly");
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, &reference, "stop"])), @r"
    stderr:
    error: 'Ship it?' was judged 'continue' by tester already (SUCCEEDED)
    hint: to ask again: gennaker restart ID 'Ship it?'
    [exit 10]
    ");
}

#[test]
fn a_running_process_takes_judgments_pauses_and_skips_at_once() {
    let project = TestProject::new();
    project.write("judged.yaml", JUDGED);
    let mut run = background(&project, &["run", "judged.yaml"]);
    wait_for(&project, "Ship it?", "RUNNING");
    let id = id(&project);
    insta::assert_snapshot!(screen(&project.run(&["judge", &id, "Ship it?", "continue"])), @r"
    stderr:
    'Ship it?' was judged 'continue'
    ");
    wait_for(&project, "Soak", "RUNNING");
    insta::assert_snapshot!(screen(&project.run(&["pause", &id])), @r"
    stderr:
    execution ID is paused
    ");
    assert_eq!(shown(&project, &id)["status"], "PAUSED");
    insta::assert_snapshot!(screen(&project.run(&["pause", &id])), @r"
    stderr:
    error: execution ID is PAUSED; only RUNNING ones can be paused
    [exit 10]
    ");
    let unpaused: Value = serde_json::from_str(&project.ok(&["unpause", &id, "-o", "json"])).unwrap();
    assert_eq!((&unpaused["taken"], &unpaused["driver"]["pid"]), (&true.into(), &run.id().into()));
    insta::assert_snapshot!(screen(&project.run(&["restart", &id, "Soak"])), @r"
    stderr:
    error: execution ID is driven by process NUMBER on HOST; a stage restarts when nothing runs
    hint: wait for its end, or end it: gennaker cancel ID
    [exit 8]
    ");
    insta::assert_snapshot!(screen(&project.run(&["skip", &id, "Ship it?"])), @r"
    stderr:
    error: 'Ship it?' (manualJudgment) is SUCCEEDED and waits for no time
    hint: to see what runs: gennaker history show ID
    [exit 10]
    ");
    insta::assert_snapshot!(screen(&project.run(&["skip", &id, "Soak"])), @r"
    stderr:
    'Soak' waits no longer
    ");
    assert!(run.wait().unwrap().success());
    insta::assert_snapshot!(screen(&project.run(&["skip", &id, "Soak"])), @r"
    stderr:
    error: 'Soak' (wait) is SUCCEEDED and waits for no time
    hint: to see what runs: gennaker history show ID
    [exit 10]
    ");
}

#[test]
fn a_living_execution_is_canceled_by_its_process() {
    let project = TestProject::new();
    project.write("judged.yaml", JUDGED);
    let mut run = background(&project, &["run", "judged.yaml"]);
    wait_for(&project, "Ship it?", "RUNNING");
    insta::assert_snapshot!(screen(&project.run(&["cancel", &id(&project), "--reason", "wrong version"])), @r"
    stderr:
    execution ID is being canceled; its process stops what runs
    ");
    assert_eq!(run.wait().unwrap().code(), Some(6));
    let shown = shown(&project, &id(&project));
    assert_eq!((&shown["status"], &shown["cancellationReason"]), (&"CANCELED".into(), &"wrong version".into()));
    insta::assert_snapshot!(screen(&project.run(&["cancel", &id(&project)])), @r"
    stderr:
    error: execution ID has ended already: CANCELED
    [exit 10]
    ");
}

#[test]
fn an_execution_without_a_process_is_canceled_by_the_command_itself() {
    let project = TestProject::new();
    project.write("judged.yaml", JUDGED);
    project.run(&["run", "judged.yaml", "--no-input"]);
    let id = id(&project);
    insta::assert_snapshot!(screen(&project.run(&["cancel", &id, "--no-wait"])), @r"
    stderr:
    cancellation of ID: noted; no process drives execution ID
    to go on: gennaker resume ID
    ");
    assert_eq!(shown(&project, &id)["status"], "RUNNING");
    insta::assert_snapshot!(screen(&project.run(&["cancel", &id])), @r"
    stderr:
    TIME ▸ hello goes on: execution ID, in process NUMBER on HOST
    TIME     … Ship it?: Look at the dashboards [slowly]
    TIME ⊘ hello is being canceled by tester
    TIME   ⊘ Ship it? was canceled after SPAN
    TIME ⊘ hello was canceled by tester after SPAN
    TIME what changed: nothing
    TIME next:
    TIME     gennaker restart ID 'Ship it?'
    TIME     gennaker history show ID
    ");
    assert_eq!(shown(&project, &id)["status"], "CANCELED");
}

#[test]
fn a_failed_stage_runs_again_in_the_same_execution() {
    let project = TestProject::new();
    project.write("hello.yaml", &QUICK.replace("echo morning", "test -e ready"));
    let failed = project.run(&["run", "hello.yaml"]);
    assert_eq!(failed.status.code(), Some(5), "{}", text(&failed.stderr));
    let id = id(&project);
    project.write("ready", "");
    insta::assert_snapshot!(screen(&project.run(&["restart", &id, "Greet"])), @r"
    stderr:
    TIME ▸ hello goes on: execution ID, in process NUMBER on HOST
    TIME   ▸ Greet (script) begins
    TIME     ~ run script Greet (echo good; test -e ready)
    TIME Greet | good
    TIME   ✓ Greet succeeded after SPAN
    TIME   ▸ Breathe (wait) begins
    TIME   ✓ Breathe succeeded after SPAN
    TIME ✓ hello succeeded after SPAN
    TIME what changed:
    TIME     run script Greet (echo good; test -e ready)
    TIME next:
    TIME     gennaker history show ID
    ");
    let shown = shown(&project, &id);
    assert_eq!(shown["status"], "SUCCEEDED");
    assert_eq!(shown["stages"][0]["context"]["restartDetails"]["restartedBy"], "tester");
}

#[test]
fn a_restart_asks_later_judgments_anew() {
    let project = TestProject::new();
    project.write("hello.yaml", &JUDGED.replace("1h", "0").replace("stages:\n", "stages:\n- {name: A, type: wait}\n"));
    project.run(&["run", "hello.yaml", "--no-input"]);
    let id = id(&project);
    project.ok(&["judge", &id, "Ship it?", "continue"]);
    project.ok(&["resume", &id]);
    let again = project.run(&["restart", &id, "A", "--no-input"]);
    assert_eq!(again.status.code(), Some(7), "{}", text(&again.stderr));
    assert_eq!(status_of(&shown(&project, &id), "Ship it?"), "RUNNING");
}

#[test]
fn a_request_that_came_too_late_does_not_hit_the_next_life() {
    let project = TestProject::new();
    project.write("judged.yaml", &JUDGED.replace("1h", "0"));
    project.run(&["run", "judged.yaml", "--no-input"]);
    let id = id(&project);
    project.ok(&["judge", &id, "Ship it?", "stop"]);
    project.run(&["resume", &id]);
    let folder = project.path().join(".gennaker/requests").join(&id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("01ARZ3NDEKTSV4RRFFQ69G5FAV"), r#"{"request":"cancel","by":"x","reason":""}"#).unwrap();
    let again = project.run(&["restart", &id, "Ship it?", "--no-input"]);
    assert_eq!(again.status.code(), Some(7), "{}", text(&again.stderr));
}

#[test]
fn locks_are_shown_and_can_be_broken() {
    let project = TestProject::new();
    project.write("judged.yaml", JUDGED);
    insta::assert_snapshot!(screen(&project.run(&["lock", "list"])), @r"
    stderr:
    nothing is locked
    ");
    let mut run = background(&project, &["run", "judged.yaml"]);
    wait_for(&project, "Ship it?", "RUNNING");
    let scope = format!("execution/{}", id(&project));
    let shown: Value = serde_json::from_str(&project.ok(&["lock", "show", &scope, "-o", "json"])).unwrap();
    assert_eq!((&shown["holder"]["process"]["pid"], &shown["dead"]), (&run.id().into(), &false.into()));
    let refused = project.run(&["lock", "break", &scope]);
    assert!(text(&refused.stderr).contains("say it with --yes"), "{}", text(&refused.stderr));
    project.ok(&["lock", "break", &scope, "--yes"]);
    assert_eq!(project.run(&["lock", "show", &scope]).status.code(), Some(2));
    run.kill().unwrap();
    run.wait().unwrap();
}
