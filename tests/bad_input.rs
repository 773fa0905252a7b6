//! What is wrong is said once, with its place and what to do about it, ends with the documented exit code, and leaves
//! nothing behind.

mod common;

use std::fs;
use std::process::Output;

use common::{TestProject, text};

/// Fits every document of this file.
fn one_stage(stage: &str) -> String {
    format!("name: p\napplication: shop\nstages:\n{stage}\n")
}

fn run(document: &str) -> (TestProject, Output) {
    let project = TestProject::new();
    project.write("pipelines/p.yaml", document);
    let output = project.run(&["run", "p"]);
    (project, output)
}

/// The exit code, and what was said with the project's folder taken out.
fn said(project: &TestProject, output: &Output) -> (i32, String) {
    let folder = project.path().display().to_string();
    let all = text(&output.stderr).replace(&format!("{folder}/"), "").replace(&folder, ".");
    (output.status.code().unwrap(), all)
}

#[track_caller]
fn assert_said(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "'{part}' was not said, but:\n{said}");
    }
}

/// A document that is refused before anything begins.
#[track_caller]
fn refused(document: &str, parts: &[&str]) {
    let (project, output) = run(document);
    let (code, said) = said(&project, &output);
    assert_eq!(code, 2, "{said}");
    assert_eq!(said.matches("error[").count(), 1, "not one message:\n{said}");
    assert_said(&said, parts);
    assert!(!project.path().join(".gennaker").exists(), "something was recorded");
    assert!(project.processes().is_empty());
}

#[test]
fn wrong_documents_are_refused_with_place_and_remedy() {
    let wait = |more: &str| one_stage(&format!("- {{name: x, type: wait, waitTime: 0, {more}}}"));
    refused("name: p\nstages:\n- name: x\n   type: wait\n", &["error[GNK0001]", "pipelines/p.yaml:4:", "^"]);
    refused(
        &one_stage("- {type: wait, waitTime: [1]}"),
        &["p.yaml:4:", "'waitTime' must be a number of seconds", "^^^"],
    );
    refused(
        &one_stage("- {refId: \"1\", type: wait, waitTime: 0}\n- {refId: \"1\", type: wait, waitTime: 0}"),
        &["two stages have the refId '1'", "p.yaml:5:", "give each stage its own refId"],
    );
    refused(&wait("requisiteStageRefIds: [\"7\"]"), &["requires '7', which no stage is called", "p.yaml:4:"]);
    refused(
        &one_stage(
            "- {refId: a, type: wait, waitTime: 0, requisiteStageRefIds: [b]}\n\
             - {refId: b, type: wait, waitTime: 0, requisiteStageRefIds: [a]}",
        ),
        &["wait for each other in a circle: a → b → a", "remove one of the requirements"],
    );
    refused(&one_stage("- {type: dploy}"), &["unknown stage type 'dploy'", "p.yaml:4:", "did you mean 'deploy'?"]);
    refused(
        &one_stage("- {type: deploy, clusters: [{application: shop, account: loca, command: x}]}"),
        &["there is no account 'loca'", "p.yaml:4:", "did you mean 'local'?"],
    );
    refused(
        &one_stage("- {type: deployManifest, cloudProvider: kubernetes, account: production, manifests: []}"),
        &["add it to gennaker.yaml: 'accounts: {production: {provider: kubernetes, …}}'", "there is 'local'"],
    );
    refused(
        &format!("disabled: true\n{}", one_stage("- {type: wait, waitTime: 0}")),
        &["error[GNK0034]: pipeline 'p' is disabled", "p.yaml:1:11", "take 'disabled: true' out"],
    );
    refused(
        &one_stage("- {type: mine, alias: preconfiguredJob, name: x}"),
        &["error[GNK0033]: stage type 'mine' is not configured", "services: job: preconfigured: kubernetes"],
    );
}

#[test]
fn files_that_no_parser_reads_are_explained() {
    let project = TestProject::new();
    let files: [(&str, &[u8], [&str; 2]); 5] = [
        ("cut.json", b"{\"name\": \"p\", \"stages\": [", ["the text ends inside of a list", "a ']' is missing"]),
        ("comment.json", b"{\"name\": \"p\", // x\n\"stages\": []}", ["a key in double quotes", "neither comments"]),
        ("nan.json", b"{\"stages\": [], \"x\": NaN}", ["no value of JSON stands here", "a value is a text"]),
        ("wide.json", b"\xff\xfe{\0}\0", ["it is no UTF-8 text, byte 1", "it is UTF-16; save it as UTF-8"]),
        ("colon.yaml", b"name: a: b\n", ["mapping values are not allowed", "quote a text that holds ': '"]),
    ];
    for (name, bytes, parts) in files {
        fs::write(project.path().join(name), bytes).unwrap();
        let output = project.run(&["plan", name]);
        let (code, said) = said(&project, &output);
        assert_eq!((code, said.matches("error[").count()), (2, 1), "{said}");
        assert_said(&said, &parts);
    }
}

#[test]
fn a_stage_is_what_its_alias_says_whatever_its_type() {
    let project = TestProject::new();
    project.write("pipelines/p.yaml", &one_stage("- {type: mine, alias: wait, name: x, waitTime: 0}"));
    assert!(project.ok(&["plan", "p"]).contains("x (mine)"));
    project.ok(&["run", "p"]);
}

#[test]
fn a_stage_type_that_is_configured_wrongly_is_found_where_it_stands() {
    let project = TestProject::new();
    project.write("pipelines/p.yaml", &one_stage("- {type: wait, waitTime: 0}"));
    project.write(
        "gennaker.yaml",
        "services:\n  job:\n    preconfigured:\n      kubernetes:\n      - type: mine\n        manifest: {spec: {}}\n        \
         parameters:\n        - {name: size, mapping: 'manifest.spec.containers[0].size'}\n",
    );
    let output = project.run(&["plan", "p"]);
    let (code, said) = said(&project, &output);
    assert_eq!(code, 2, "{said}");
    assert_said(&said, &["gennaker.yaml:8:", "'manifest.spec.containers[0].size': there is no 'containers'"]);
}

#[test]
fn an_unknown_parameter_is_refused_unless_it_is_to_be_passed_on() {
    let project = TestProject::new();
    let document = format!("parameters: {{version: \"1\"}}\n{}", one_stage("- {type: wait, waitTime: 0}"));
    project.write("pipelines/p.yaml", &document);
    let (code, said) = said(&project, &project.run(&["run", "p", "-p", "verison=2"]));
    assert_eq!(code, 2, "{said}");
    assert_said(&said, &["pipeline 'p' declares no parameter 'verison'", "did you mean 'version'?"]);
    assert!(!project.path().join(".gennaker").exists());
    project.ok(&["run", "p", "-p", "verison=2", "--unchecked-parameters"]);
    project.write("trigger.json", "{\"type\": \"git\", \"parameters\": {\"hash\": \"abc\"}}");
    project.ok(&["run", "p", "--trigger", "trigger.json"]);
}

#[test]
fn an_unknown_pipeline_names_those_there_are() {
    let (project, _) = run(&one_stage("- {type: wait, waitTime: 0}"));
    let (code, said) = said(&project, &project.run(&["run", "q"]));
    assert_eq!(code, 2, "{said}");
    assert_said(&said, &["no pipeline called 'q'", "'p'"]);
}

fn deployment(project: &TestProject, more: &str) -> String {
    let cluster = format!(
        "account: local, application: shop, strategy: redblack, capacity: {{min: 1, max: 1, desired: 1}}, environment: \
         {{{}}}, {more}",
        project.mark_entry()
    );
    one_stage(&format!("- {{name: Deploy, type: deploy, stageTimeoutMs: 1500, clusters: [{{{cluster}}}]}}"))
}

/// A deployment that fails while it runs: its exit code and what was said.
fn failed(more: &str) -> (TestProject, i32, String) {
    let project = TestProject::new();
    project.write("pipelines/p.yaml", &deployment(&project, more));
    let (code, said) = said(&project, &project.run(&["run", "p"]));
    (project, code, said)
}

fn has_no_server_group(project: &TestProject) {
    let groups = project.path().join(".gennaker/local/local/server-groups");
    assert!(fs::read_dir(groups).map_or(0, Iterator::count) == 0, "a server group is left");
    assert!(project.processes().is_empty(), "{:?}", project.processes());
}

#[test]
fn a_command_that_does_not_exist_changes_nothing() {
    let (project, code, said) = failed("command: no-such-program --x");
    assert_eq!(code, 4, "{said}");
    assert_said(&said, &["command 'no-such-program' exists neither in . nor on the PATH; correct 'command'"]);
    assert_said(&said, &["what changed: nothing"]);
    has_no_server_group(&project);
    let (project, output) = run(&one_stage("- {type: script, command: [no-such-program]}"));
    let (code, said) = self::said(&project, &output);
    assert_eq!(code, 5, "{said}");
    assert_said(&said, &["'no-such-program' exists neither in", "nor on the PATH; correct 'command'"]);
    assert!(project.processes().is_empty());
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let port = address.port();
    let (project, code, said) = failed(&format!("command: \"true\", portRange: {port}-{port}"));
    assert_eq!(code, 4, "{said}");
    assert_said(&said, &["0 of", "are free", "widen 'portRange'"]);
    has_no_server_group(&project);
    let balancer = format!("- {{type: upsertLoadBalancer, loadBalancers: [{{name: web, listen: \"{address}\"}}]}}");
    let (project, output) = run(&one_stage(&balancer));
    let (code, said) = self::said(&project, &output);
    assert_eq!(code, 4, "{said}");
    assert_said(&said, &["what changed: nothing"]);
    assert_said(&said, &[&format!("cannot listen on {address}: address already in use; stop the program")]);
    assert!(project.processes().is_empty());
}

#[test]
fn a_service_that_dies_at_start_shows_its_last_words() {
    let check = "healthCheck: {type: http, interval: 50ms}";
    let (project, code, said) = failed(&format!("command: echo starting; echo no database >&2; exit 3, {check}"));
    assert_eq!(code, 5, "{said}");
    assert_said(&said, &["0 of 1 instances of shop-v000 are up", "exited with status 3", "no database"]);
    assert!(project.processes().is_empty());
}

#[test]
fn a_service_that_never_gets_healthy_shows_its_last_words() {
    let command = "command: echo waiting for a miracle; exec sleep 1000";
    let (_project, code, said) = failed(&format!("{command}, healthCheck: {{type: http, interval: 50ms}}"));
    assert_eq!(code, 5, "{said}");
    assert_said(&said, &["was not done after 1.5s", "connection refused on", "waiting for a miracle"]);
    assert_said(&said, &["create server group local/local/shop-v000"]);
}

/// A project with one execution that succeeded, the path of its journal and its lines.
fn recorded() -> (TestProject, std::path::PathBuf, Vec<String>) {
    let (project, output) = run(&one_stage("- {type: wait, waitTime: 0}\n- {type: wait, waitTime: 0}"));
    assert!(output.status.success());
    let path = fs::read_dir(project.path().join(".gennaker/executions")).unwrap().next().unwrap().unwrap().path();
    let lines = fs::read_to_string(&path).unwrap().lines().map(|line| format!("{line}\n")).collect();
    (project, path, lines)
}

#[test]
fn a_journal_that_was_cut_or_edited_is_named_with_its_line() {
    let (project, path, lines) = recorded();
    let id = path.file_stem().unwrap().to_string_lossy().into_owned();
    let without_fourth: String = lines.iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| &**line).collect();
    let edited = lines.concat().replacen("\"seq\":3", "\"sqe\":3", 1);
    let other =
        lines.concat().replacen("\"event\":\"taskStarted\",\"stage\":\"", "\"event\":\"taskStarted\",\"stage\":\"X", 1);
    for (content, part) in [
        (without_fourth, ".jsonl:4: record 4 stands where record 3 belongs; the file was cut or edited"),
        (edited, ".jsonl:4: not a record (missing field `seq`"),
        (other, "contradicts itself: there is no stage X"),
        (lines[1..].concat(), ".jsonl:1: is not the header of a gennaker history file"),
        (lines[0].clone() + &lines[1][..20], ".jsonl:2: no execution is recorded"),
        (String::new(), ".jsonl:2: no execution is recorded"),
    ] {
        fs::write(&path, &content).unwrap();
        for command in [["history", "show", &id], ["resume", &id, "-q"]] {
            let (code, said) = said(&project, &project.run(&command));
            assert_eq!(code, 10, "{command:?}: {said}");
            assert_eq!(said.matches("error").count(), 1, "{command:?}: {said}");
            assert_said(&said, &[part]);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "it was touched");
    }
    // Others go on beside it.
    project.ok(&["run", "p"]);
}

#[test]
fn a_torn_last_line_is_mended_by_resuming() {
    let (project, path, lines) = recorded();
    fs::write(&path, lines[..4].concat() + "{\"seq\":4,\"at\":17").unwrap();
    fs::write(project.path().join(".gennaker/active").join(path.file_stem().unwrap()), "").unwrap();
    project.ok(&["resume"]);
    assert!(project.journal().iter().enumerate().all(|(at, record)| record["seq"] == at as u64 + 1));
}

#[test]
fn the_state_of_a_newer_version_is_left_alone() {
    let (project, path, lines) = recorded();
    let newer = lines.concat().replacen("\"version\":1", "\"version\":9", 1);
    fs::write(&path, &newer).unwrap();
    let id = path.file_stem().unwrap().to_string_lossy().into_owned();
    let (code, text) = said(&project, &project.run(&["resume", &id]));
    assert_eq!(code, 10, "{text}");
    assert_said(&text, &["written by a newer gennaker (format 9, this one reads 1); update gennaker"]);
    fs::write(project.path().join(".gennaker/format.json"), "{\"format\":\"gennaker-history\",\"version\":9}\n")
        .unwrap();
    let (code, text) = said(&project, &project.run(&["run", "p"]));
    assert_eq!(code, 10, "{text}");
    assert_said(&text, &["format.json", "update gennaker"]);
    assert_eq!(fs::read_dir(project.path().join(".gennaker/executions")).unwrap().count(), 1);
}

#[test]
fn a_file_in_place_of_the_state_folder_is_named() {
    let (project, _) = run(&one_stage("- {type: wait, waitTime: 0}"));
    project.write("plain", "");
    let (code, said) = said(&project, &project.run(&["run", "p", "--history", "plain"]));
    assert_eq!(code, 9, "{said}");
    assert_said(&said, &["plain", "a file stands in the way; remove it, or choose another folder with --history"]);
}

/// Runs a pipeline whose history is a file system of its own, mounted with these options for this command alone.
fn run_on_mount(project: &TestProject, options: &str, after: &str) -> (i32, String) {
    fs::create_dir_all(project.path().join("state")).unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} none state && {{ \"$0\" --history state/history run p; code=$?; {after}; exit $code; }}"
    );
    let mut command = std::process::Command::new("unshare");
    // Without being root, a user namespace of one's own allows to mount.
    command.args(["--mount", "--map-root-user", "sh", "-c", &script, env!("CARGO_BIN_EXE_gennaker")]);
    said(project, &command.current_dir(project.path()).env("HOME", project.path()).output().unwrap())
}

#[test]
fn a_read_only_folder_is_named() {
    let (project, _) = run(&one_stage("- {type: wait, waitTime: 0}"));
    let (code, said) = run_on_mount(&project, "ro", "true");
    assert_eq!(code, 9, "{said}");
    assert_said(
        &said,
        &["cannot create state/history", "make the folder writable, or choose another one with --history"],
    );
    assert_eq!(said.matches("error").count(), 1 + said.matches("os error").count(), "{said}");
}

#[test]
fn a_full_disk_stops_before_the_act_that_could_not_be_recorded() {
    let stages: String =
        (0..40).map(|n| format!("- {{name: s{n}, type: script, command: echo {n} >> acts}}\n")).collect();
    let (project, _) = run("name: x");
    project.write("pipelines/p.yaml", &one_stage(&stages));
    let tail = "echo; tail -c1 state/history/executions/*.jsonl | od -An -c >&2; ls state/history/leases >&2";
    let (code, said) = run_on_mount(&project, "size=128k", tail);
    assert_eq!(code, 1, "{said}");
    assert_said(
        &said,
        &["No space left on device", "the disk is full: free some space and go on with 'gennaker resume'"],
    );
    assert_said(&said, &["\\n"]);
    assert!(!said.contains(".tmp"), "a half-written file is left:\n{said}");
    assert!(project.processes().is_empty());
}

#[test]
fn a_limit_of_file_sizes_is_reported() {
    let project = TestProject::new();
    let stages: Vec<String> = (0..40).map(|n| format!("- {{name: s{n}, type: wait, waitTime: 0}}")).collect();
    project.write("pipelines/p.yaml", &one_stage(&stages.join("\n")));
    let mut limited = std::process::Command::new("sh");
    let script = format!("ulimit -f 24; exec {} run p", env!("CARGO_BIN_EXE_gennaker"));
    let command = project.command(&[]);
    limited.args(["-c", &script]).current_dir(project.path()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (code, said) = said(&project, &limited.output().unwrap());
    assert_eq!(code, 1, "{said}");
    assert_said(&said, &["error: ", "executions/", "File too large", "raise the limit of file sizes"]);
}

#[test]
fn a_clock_set_back_is_told_and_time_goes_on() {
    let project = TestProject::new();
    project
        .write("pipelines/p.yaml", &one_stage("- {type: script, command: \"until [ -e go ]; do sleep 0.02; done\"}"));
    let run = project.start(&mut project.command(&["run", "p"]));
    common::eventually("the script running", || project.executions().iter().any(|(_, records)| records.len() > 6));
    run.signal("KILL");
    run.end();
    project.write("go", "");
    let mut command = std::process::Command::new("faketime");
    command.args(["2020-01-01 00:00:00", env!("CARGO_BIN_EXE_gennaker"), "resume"]).current_dir(project.path());
    let output = command.env("HOME", project.path()).output().expect("faketime is installed by tests/run");
    let (code, said) = said(&project, &output);
    assert_eq!(code, 0, "{said}");
    assert_said(&said, &["this machine's clock is", "behind the last record; time goes on from there"]);
    let times: Vec<i64> = project.journal().iter().map(|record| record["at"].as_i64().unwrap()).collect();
    assert!(times.is_sorted() && times[0] > 1_600_000_000_000, "{times:?}");
}

#[test]
fn validate_knows_the_project_it_is_called_in() {
    let project = TestProject::new();
    project.ok(&["init", "--force"]);
    project.ok(&["validate", "--strict"]);
    let elsewhere = "name: p\napplication: shop\nstages:\n- {type: destroyServerGroup, credentials: pord, region: local, \
                     cloudProvider: local, serverGroupName: shop-v000}\n";
    project.write("pipelines/p.yaml", elsewhere);
    let output = project.run(&["validate"]);
    let (code, said) = said(&project, &output);
    assert_eq!(code, 2, "{said}");
    assert_said(&said, &["error[GNK0032]: there is no account 'pord'", "pipelines/p.yaml:4:"]);

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.yaml"), elsewhere).unwrap();
    project.ok(&["validate", &folder.path().display().to_string()]);
}
