//! One history in S3, several folders and host names: what one started, another watches, judges, cancels and resumes.

mod common;
mod servers;

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use common::{Running, TestProject, eventually, text};
use serde_json::Value;
use servers::Server;

/// Time to live of leases here, in milliseconds.
const TIME_TO_LIVE: u64 = 2000;
/// Where people see the job that every command here runs in.
const PAGE: &str = "https://git.example/shop/-/jobs/7";

fn store() -> Server {
    Server::moto_s3(0)
}

/// A folder whose history is in S3; it knows no pipelines but those it is given.
fn machine(store: &Server) -> TestProject {
    let project = TestProject::new();
    let settings = format!(
        "history:\n  url: s3://history/shop\n  endpoint: {}\n  region: us-east-1\n  accessKeyId: key\n  \
         secretAccessKey: {{fromEnv: SECRET}}\n",
        store.url
    );
    project.write("gennaker.yaml", &settings);
    project
}

/// A command on a host of this name.
fn on(host: &str, project: &TestProject, args: &[&str]) -> Command {
    let inner = project.command(args);
    let mut command = Command::new("unshare");
    command.args(["--uts", "sh", "-c", "echo \"$0\" > /proc/sys/kernel/hostname && exec \"$@\"", host]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(project.path()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("SECRET", "s3cr3t").env("GENNAKER_LEASE_TTL_MS", TIME_TO_LIVE.to_string()).env("CI_JOB_URL", PAGE);
    command
}

fn output(host: &str, project: &TestProject, args: &[&str]) -> (i32, String, String) {
    let output = on(host, project, args).output().unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn ok(host: &str, project: &TestProject, args: &[&str]) -> String {
    let (code, out, err) = output(host, project, args);
    assert_eq!(code, 0, "{args:?}\n{out}\n{err}");
    assert!(!err.contains("s3cr3t"));
    out
}

fn json(host: &str, project: &TestProject, args: &[&str]) -> Value {
    serde_json::from_str(&ok(host, project, &[args, &["-o", "json"]].concat())).unwrap()
}

fn newest(project: &TestProject) -> String {
    let listed = json("watcher", project, &["history", "list", "-n", "1"]);
    listed[0]["id"].as_str().unwrap_or_default().to_owned()
}

/// The records of an execution as another machine sees them.
fn records(project: &TestProject, id: &str) -> Vec<Value> {
    let lines = ok("watcher", project, &["history", "show", id, "--events", "-o", "json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn count(records: &[Value], event: &str) -> usize {
    records.iter().filter(|record| record["event"] == event).count()
}

const JUDGE: &str = "name: judge\napplication: shop\nstages:\n- name: Greet\n  type: script\n  command: echo hello from \
                     the script\n- name: Ship it?\n  type: manualJudgment\n  requisiteStageRefIds: ['1']\n  refId: \
                     '2'\n";
const HOLD: &str = "name: hold\napplication: shop\nstages:\n- name: Hold\n  type: wait\n  waitTime: 3600\n";

fn judge() -> String {
    JUDGE.replace("- name: Greet\n", "- name: Greet\n  refId: '1'\n")
}

/// A run on host 'one' that waits, and its id.
fn waiting(store: &Server, pipeline: &str) -> (TestProject, Running, String) {
    let project = machine(store);
    project.write("pipelines/p.yaml", pipeline);
    let run = project.start(&mut on("one", &project, &["run", "p"]));
    let mut id = String::new();
    let stage = if pipeline.contains("manualJudgment") { "manualJudgment" } else { "wait" };
    eventually("the last stage running", || {
        id = newest(&project);
        let shown = if id.is_empty() { Value::Null } else { json("watcher", &project, &["history", "show", &id]) };
        let stages = shown["stages"].as_array().cloned().unwrap_or_default();
        stages.iter().any(|found| found["type"] == stage && found["status"] == "RUNNING")
    });
    (project, run, id)
}

#[test]
fn a_run_is_watched_and_judged_from_another_machine() {
    let store = store();
    let (_one, run, id) = waiting(&store, &judge());
    let two = machine(&store);
    let listed = json("two", &two, &["history", "list"]);
    assert_eq!((listed[0]["status"].as_str(), listed[0]["driver"]["host"].as_str()), (Some("RUNNING"), Some("one")));
    let shown = ok("two", &two, &["history", "show", &id]);
    assert!(shown.contains("Ship it?") && shown.contains("on one"), "{shown}");
    let locks = ok("two", &two, &["lock", "list"]);
    assert!(locks.contains(&format!("execution/{id}")) && locks.contains("on one"), "{locks}");
    let lease: Value = serde_json::from_str(&servers::boto3(&format!(
        "import boto3\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s')\nkey = s3.list_objects_v2(Bucket='history', \
         Prefix='shop/leases/execution')['Contents'][0]['Key']\nprint(s3.get_object(Bucket='history', \
         Key=key)['Body'].read().decode())",
        store.url
    )))
    .unwrap();
    assert_eq!(lease["held"]["ttlMs"], TIME_TO_LIVE, "{lease}");
    assert_eq!(lease["held"]["holder"]["ciUrl"], PAGE, "{lease}");
    eventually("the log being written", || {
        ok("two", &two, &["history", "logs", &id]).contains("hello from the script")
    });
    let follow = ["history", "logs", &id, "--follow"];
    let followed = on("two", &two, &follow).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = output("two", &two, &["judge", &id, "Ship it?", "continue"]);
    assert_eq!(said.0, 0, "{said:?}");
    let (code, said) = run.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("history: ") && said.contains("AWS API calls"), "{said}");
    // It ends with the run, and has shown what the other machine's scripts said.
    let followed = followed.wait_with_output().unwrap();
    assert!(followed.status.success() && text(&followed.stdout).contains("hello from the script"));
    let records = records(&two, &id);
    assert_eq!(records.last().unwrap()["status"], "SUCCEEDED");
    assert!(!ok("two", &two, &["lock", "list"]).contains("execution/"), "the lease was given back");
}

#[test]
fn a_run_is_canceled_from_another_machine() {
    let store = store();
    let (_one, run, id) = waiting(&store, HOLD);
    let two = machine(&store);
    let (code, _, said) = output("two", &two, &["cancel", &id, "--reason", "wrong version"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run.end().0, 6);
    let records = records(&two, &id);
    let request = records.iter().find(|record| record["event"] == "executionCancelRequested").unwrap();
    assert_eq!(request["reason"], "wrong version");
}

#[test]
fn a_dead_machines_run_is_resumed_elsewhere_within_the_time_to_live_and_one_poll() {
    let store = store();
    let (_one, run, id) = waiting(&store, &judge());
    run.signal("KILL");
    assert_eq!(run.end().0, 137);
    let two = machine(&store);
    let resumed = two.start(&mut on("two", &two, &["resume", &id]));
    // It has seen the lease for the first time just before it says so.
    resumed.until_it_says("waiting up to 2.0s for a sign of life");
    let begun = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    eventually("the run being taken over", || count(&records(&two, &id), "runnerAttached") == 2);
    let attached = records(&two, &id).into_iter().rfind(|record| record["event"] == "runnerAttached").unwrap();
    let took = Duration::from_millis(attached["at"].as_u64().unwrap()).saturating_sub(begun);
    // A poll is a twentieth of the time to live; the rest is for the requests on a busy machine.
    let most = Duration::from_millis(TIME_TO_LIVE + TIME_TO_LIVE / 20) + Duration::from_millis(400);
    eprintln!("taken over after {took:.2?} of at most {most:.2?}");
    assert!(took <= most && took >= Duration::from_millis(TIME_TO_LIVE * 3 / 4), "{took:?}");
    ok("three", &machine(&store), &["judge", &id, "Ship it?", "continue"]);
    let (code, said) = resumed.end();
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_frozen_machine_is_taken_over_and_writes_no_more_when_it_thaws() {
    let store = store();
    let (_one, frozen, id) = waiting(&store, &judge());
    frozen.signal("STOP");
    let two = machine(&store);
    let heir = two.start(&mut on("two", &two, &["resume", &id]));
    eventually("the run being taken over", || count(&records(&two, &id), "runnerAttached") == 2);
    let before = records(&two, &id).len();
    frozen.signal("CONT");
    let (code, said) = frozen.end();
    assert_eq!(code, 10, "{said}");
    assert!(said.contains("another process"), "{said}");
    assert_eq!(records(&two, &id).len(), before, "the frozen process wrote");
    ok("two", &two, &["judge", &id, "Ship it?", "continue"]);
    assert_eq!(heir.end().0, 0);
    assert_eq!(count(&records(&two, &id), "runnerDetached"), 0);
}

#[test]
fn a_lock_that_is_broken_stops_its_holder_before_its_next_change() {
    let store = store();
    let (_one, run, id) = waiting(&store, &judge());
    let (two, scope) = (machine(&store), format!("execution/{id}"));
    assert!(ok("two", &two, &["lock", "show", &scope]).contains("on one"));
    ok("two", &two, &["lock", "break", &scope, "--yes"]);
    let resumed = two.start(&mut on("two", &two, &["resume", &id]));
    let (code, said) = run.end();
    assert_eq!(code, 10, "{said}");
    ok("two", &two, &["judge", &id, "Ship it?", "continue"]);
    assert_eq!(resumed.end().0, 0);
    assert_eq!(records(&two, &id).last().unwrap()["status"], "SUCCEEDED");
}

#[test]
fn executions_are_copied_between_a_folder_and_s3_and_stay_the_same() {
    let store = store();
    let project = machine(&store);
    project.write(
        "pipelines/p.yaml",
        "name: p\napplication: shop\nstages:\n- {name: Say, type: script, command: echo ä}\n",
    );
    for _ in 0..3 {
        ok("one", &project, &["run", "p", "--history", "folder"]);
    }
    let (code, _, said) = output("one", &project, &["history", "copy", "folder", "s3://history/shop"]);
    assert!(code == 0 && said.contains("copied 3 executions from"), "{said}");
    let (_, _, said) = output("one", &project, &["history", "copy", "folder", "s3://history/shop"]);
    assert!(said.contains("copied 0 executions") && said.contains("3 executions were there already"), "{said}");
    ok("one", &project, &["history", "copy", "s3://history/shop", "back"]);
    let exported = |place: &str| ok("one", &project, &["history", "export", "--all", "--history", place]);
    let original = exported("folder");
    assert!(original.contains('ä') && original.lines().count() == 3);
    assert_eq!(exported("s3://history/shop"), original);
    assert_eq!(exported("back"), original);
    // Retention: the newest one stays, the others leave nothing behind but that they are gone.
    ok("one", &project, &["history", "prune", "--keep", "1"]);
    assert_eq!(json("one", &project, &["history", "list"]).as_array().unwrap().len(), 1);
    let keys = servers::boto3(&format!(
        "import boto3\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='k', \
         aws_secret_access_key='s')\nfor o in s3.list_objects_v2(Bucket='history')['Contents']:\n  print(o['Key'])",
        store.url
    ));
    let kept = || keys.lines().filter(|key| !key.ends_with("~gone"));
    let of = |prefix: &str| kept().filter(|key| key.starts_with(&format!("shop/{prefix}/"))).count();
    assert_eq!((of("index"), of("active"), of("leases")), (1, 0, 0), "{keys}");
    let left: std::collections::BTreeSet<&str> =
        keys.lines().filter_map(|key| key.strip_prefix("shop/executions/")?.split('/').next()).collect();
    assert_eq!(left.len(), 1, "{keys}");
}

#[test]
fn init_tries_a_store_out() {
    let store = store();
    let place = format!("s3://history/new?endpoint={}&region=us-east-1&accessKeyId=k&secretAccessKey=s", store.url);
    let project = TestProject::new();
    let (code, _, said) = output("one", &project, &["init", "--history", &place]);
    assert!(code == 0 && said.contains("s3://history/new can hold history"), "{said}");
    assert!(
        std::fs::read_to_string(project.path().join("gennaker.yaml")).unwrap().contains("history: s3://history/new")
    );
    let refusing = Server::s3rver();
    let place =
        format!("s3://history/a?endpoint={}&region=us-east-1&accessKeyId=S3RVER&secretAccessKey=S3RVER", refusing.url);
    let project = TestProject::new();
    let (code, _, said) = output("one", &project, &["init", "--history", &place]);
    assert!(code != 0 && said.contains("ignores 'If-None-Match: *'"), "{said}");
    assert!(!project.path().join("gennaker.yaml").exists(), "nothing was written");
}

#[test]
fn what_is_wrong_with_a_place_is_one_line_and_no_stack_of_causes() {
    let store = store();
    let project = machine(&store);
    project.write("pipelines/p.yaml", HOLD);
    for (place, wanted) in [
        ("s3://", "it names no bucket; write s3://BUCKET/PREFIX"),
        ("s3://history/a?colour=blue", "there is no option 'colour'"),
        ("s3://missing/a", "bucket 'missing' does not exist; create it"),
        ("s3://history/a?endpoint=http://127.0.0.1:1", "could not connect"),
    ] {
        let (code, _, said) = output("one", &project, &["history", "list", "--history", place]);
        assert!(said.contains(wanted) && said.trim_end().lines().count() == 1, "{place}: {code} {said}");
        assert!(code != 0 && code != 101, "{place}: {code}");
    }
    // No credentials at all, and none to be found.
    let bare = TestProject::new();
    let place = format!("s3://history/a?endpoint={}&region=us-east-1", store.url);
    let output =
        bare.command(&["history", "list", "--history", &place]).env("AWS_EC2_METADATA_DISABLED", "true").output();
    let said = text(&output.unwrap().stderr);
    assert!(said.contains("history: there are no credentials: none in the environment (AWS_ACCESS_KEY_ID)"), "{said}");
}
