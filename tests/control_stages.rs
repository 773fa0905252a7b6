//! Control stages run by the real binary: scripts that outlive it, cancellation, windows, judgments, conditions.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use gennaker::engine::State;
use gennaker::history::{FileHistory, History, LogMark, Wanted};
use gennaker::model::{Execution, StageExecution, Status};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A project folder and what ran in it.
struct Project {
    folder: TempDir,
}

impl Project {
    /// A project whose pipeline has these stages, written as a YAML list.
    fn new(stages: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let indented: Vec<String> = stages.lines().map(|line| format!("  {line}")).collect();
        let text = format!("application: hello\nname: ship\nstages:\n{}\n", indented.join("\n"));
        fs::write(folder.path().join("ship.yaml"), text).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gennaker"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        command.env("GENNAKER_TEST_SECRET", "hunter2").env_remove("GENNAKER_HISTORY");
        command
    }

    fn run(&self) -> Output {
        self.command(&["run", "ship.yaml", "--no-input"]).output().unwrap()
    }

    fn begin(&self) -> Child {
        let mut command = self.command(&["run", "ship.yaml", "--no-input"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The only execution.
    async fn execution(&self) -> Execution {
        let history = self.history();
        let id = history.list(&Wanted::newest(1)).await.unwrap().remove(0).id;
        let recorded = history.read(&id).await.unwrap();
        (**State::replay(&recorded.records).unwrap().execution()).clone()
    }

    fn history(&self) -> FileHistory {
        FileHistory::open(self.path().join(".gennaker")).unwrap()
    }

    async fn stage(&self, name: &str) -> StageExecution {
        self.execution().await.stage_named(name).unwrap().clone()
    }

    async fn log(&self) -> Vec<String> {
        let history = self.history();
        let id = self.execution().await.id;
        history.log(&id, None, &LogMark::default()).await.unwrap().0.into_iter().map(|(_, line)| line).collect()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// Waits until a file holds something.
    fn wait_for(&self, name: &str) -> String {
        let begun = Instant::now();
        loop {
            let text = self.read(name);
            if text.ends_with('\n') {
                return text;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{name} never appeared");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn errors(stage: &StageExecution) -> String {
    stage.context.get("exception").map(Value::to_string).unwrap_or_default()
}

fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Whether a process is there and no zombie.
fn lives(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn wait_with_limit(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "gennaker did not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_script_sees_its_environment_and_leaves_outputs() {
    let project = Project::new(
        r#"- name: go
  type: script
  command: |
    echo "it is $GENNAKER_APPLICATION $GENNAKER_PIPELINE $MINE in $(basename "$PWD")"
    echo "to stderr" >&2
    echo "version=1.2" >> "$GENNAKER_OUTPUT"
    printf '{"build": 7}' > build.json
  environment: {MINE: "a b"}
  workingDirectory: sub
  propertyFile: build.json"#,
    );
    fs::create_dir(project.path().join("sub")).unwrap();
    let output = project.run();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(project.log().await, ["it is hello ship a b in sub", "to stderr"]);
    let stage = project.stage("go").await;
    assert_eq!(stage.outputs["version"], "1.2");
    assert_eq!((&stage.outputs["build"], &stage.context["build"]), (&json!(7), &json!(7)));
    assert_eq!(stage.outputs["propertyFileContents"], json!({"build": 7}));
    assert_eq!(stage.context["exitCode"], 0);
}

#[tokio::test]
async fn a_failed_script_shows_its_end() {
    for (command, part) in [
        ("seq 30; exit 3", "the script exited with code 3"),
        ("kill -9 $$", "signal 9 (KILL)"),
        ("[no-such-program]", "'no-such-program' exists neither in"),
    ] {
        let project = Project::new(&format!(
            "- {{name: go, type: script, command: {}}}",
            match command.strip_prefix('[') {
                Some(_) => command.to_owned(),
                None => format!("{command:?}"),
            }
        ));
        assert!(!project.run().status.success());
        let stage = project.stage("go").await;
        assert_eq!(stage.status, Status::Terminal);
        assert!(errors(&stage).contains(part), "{}", errors(&stage));
        if command.starts_with("seq") {
            assert!(errors(&stage).contains("\"11\"") && !errors(&stage).contains("\"10\""), "{}", errors(&stage));
        }
    }
    let project = Project::new("- {name: go, type: script, command: exit 3, successExitCodes: [0, 3]}");
    assert!(project.run().status.success());
}

#[tokio::test]
async fn secrets_of_a_script_are_written_nowhere() {
    let project = Project::new(
        r#"- name: go
  refId: "1"
  type: script
  command: |
    echo "length ${#TOKEN}, value $TOKEN"
    echo "token=$TOKEN" >> "$GENNAKER_OUTPUT"
    echo "p=$TOKEN" > left.properties
    exit 0
  environment: {TOKEN: {fromEnv: GENNAKER_TEST_SECRET}}
  propertyFile: left.properties
- name: fails
  refId: "2"
  type: script
  requisiteStageRefIds: ["1"]
  command: echo "$TOKEN"; exit 1
  environment: {TOKEN: {fromEnv: GENNAKER_TEST_SECRET}}"#,
    );
    let output = project.run();
    let shown = format!("{output:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(project.stage("fails").await.status, Status::Terminal);
    assert!(project.log().await.contains(&"length 7, value ***".to_owned()));
    assert_eq!(project.stage("go").await.outputs["token"], "***");
    let found = Command::new("grep").args(["-rl", "hunter2"]).arg(project.path().join(".gennaker")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[tokio::test]
async fn a_script_outlives_gennaker_and_runs_once() {
    let project = Project::new(
        r#"- name: go
  type: script
  command: |
    echo begun
    echo run >> runs
    while [ ! -e go-on ]; do sleep 0.02; done
    echo ended
    echo "x=1" >> "$GENNAKER_OUTPUT""#,
    );
    let mut first = project.begin();
    project.wait_for("runs");
    std::thread::sleep(Duration::from_millis(200));
    first.kill().unwrap();
    first.wait().unwrap();
    let id = project.execution().await.id;
    fs::write(project.path().join("go-on"), "").unwrap();
    let resumed = project.command(&["resume", &id, "--no-input"]).output().unwrap();
    assert!(resumed.status.success(), "{resumed:?}");
    assert_eq!(project.read("runs"), "run\n");
    assert_eq!(project.log().await, ["begun", "ended"]);
    let stage = project.stage("go").await;
    assert_eq!((stage.status, &stage.outputs["x"]), (Status::Succeeded, &json!("1")));
}

#[tokio::test]
async fn a_script_that_ended_meanwhile_is_not_run_again() {
    let project =
        Project::new("- {name: go, type: script, command: \"echo run >> runs; sleep 0.5; echo done >> runs\"}");
    let mut first = project.begin();
    project.wait_for("runs");
    first.kill().unwrap();
    first.wait().unwrap();
    std::thread::sleep(Duration::from_millis(900));
    let id = project.execution().await.id;
    assert!(project.command(&["resume", &id]).output().unwrap().status.success());
    assert_eq!(project.read("runs"), "run\ndone\n");
}

#[tokio::test]
async fn a_canceled_script_leaves_no_process() {
    for stubborn in [false, true] {
        let trap = if stubborn { "trap '' TERM" } else { "true" };
        let project = Project::new(&format!(
            "- name: go\n  type: script\n  command: |\n    {trap}\n    (trap '' HUP; sleep 100) & echo $! > background\n    \
             set -m; sleep 100 & echo $! > group\n    echo $$ > main\n    wait"
        ));
        let mut run = project.begin();
        let main = project.wait_for("main");
        signal(run.id(), "INT");
        wait_with_limit(&mut run);
        for process in [main, project.read("background"), project.read("group")] {
            assert!(!lives(&process), "process {process} is left, stubborn: {stubborn}");
        }
        assert_eq!(project.stage("go").await.status, Status::Canceled);
    }
}

#[tokio::test]
async fn a_script_that_takes_too_long_is_ended() {
    let project =
        Project::new("- {name: go, type: script, stageTimeoutMs: 300, command: \"echo $$ > main; sleep 100\"}");
    assert!(!project.run().status.success());
    assert!(!lives(&project.read("main")));
    assert_eq!(project.stage("go").await.status, Status::Terminal);
}

#[tokio::test]
async fn a_lost_supervisor_is_said() {
    let project = Project::new("- {name: go, type: script, command: \"echo hi; echo $PPID > supervisor; sleep 3\"}");
    let mut run = project.begin();
    let supervisor: u32 = project.wait_for("supervisor").trim().parse().unwrap();
    signal(supervisor, "KILL");
    assert!(!wait_with_limit(&mut run).success());
    let errors = errors(&project.stage("go").await);
    assert!(errors.contains("supervisor died") && errors.contains("hi"), "{errors}");
}

#[tokio::test]
async fn documents_for_jenkins_are_explained() {
    let project = Project::new("- {name: go, type: script, scriptPath: x.sh, repoUrl: git, job: run-script}");
    let output = project.run();
    assert!(!output.status.success());
    assert!(errors(&project.stage("go").await).contains("Jenkins job"));
}

#[tokio::test]
async fn a_window_holds_a_stage_and_its_children_are_numbered_as_ever() {
    let project = Project::new(
        r#"- name: check
  refId: "1"
  type: checkPreconditions
  preconditions:
    - {type: noop}
    - {type: stageStatus, context: {stageName: check, stageStatus: RUNNING}}
  restrictExecutionDuringTimeWindow: true
  restrictedExecutionWindow: {days: [1, 2, 3, 4, 5, 6, 7]}"#,
    );
    let output = project.run();
    assert!(output.status.success(), "{output:?}");
    let execution = project.execution().await;
    let children: Vec<_> =
        execution.stages[1..].iter().map(|stage| (stage.ref_id.as_str(), stage.kind.as_str())).collect();
    let check = "checkPreconditions";
    assert_eq!(children, [("1<0", "restrictExecutionDuringTimeWindow"), ("1<1", check), ("1<2", check)]);
    assert!(execution.stages[1..].iter().all(|stage| stage.status == Status::Succeeded));
    assert!(!execution.stages[2].context.contains_key("restrictedExecutionWindow"));
}

#[tokio::test]
async fn a_judgment_suspends_a_run_without_a_person() {
    let project = Project::new(
        "- {name: ok?, refId: '1', type: manualJudgment, instructions: look}\n- {name: after, refId: '2', type: noop, requisiteStageRefIds: ['1']}",
    );
    let output = project.run();
    assert!(!output.status.success());
    let execution = project.execution().await;
    assert_eq!(execution.stages[0].status, Status::Running);
    assert_eq!(execution.stages[1].status, Status::NotStarted);
}

#[tokio::test]
async fn a_child_pipeline_hands_over_its_outputs_or_its_failure() {
    for (size, status) in [("0", Status::Succeeded), ("4", Status::Terminal)] {
        let project = Project::new(&format!(
            "- {{name: kid, refId: '1', type: pipeline, pipeline: child, pipelineParameters: {{size: '{size}'}}}}"
        ));
        fs::create_dir(project.path().join("pipelines")).unwrap();
        let command = "echo \"n=$GENNAKER_PARAM_SIZE\" >> $GENNAKER_OUTPUT; exit $GENNAKER_PARAM_SIZE";
        let child = format!(
            "application: hello\nname: child\nparameterConfig: [{{name: size}}]\nstages:\n  - name: go\n    type: script\n    \
             command: '{command}'\n"
        );
        fs::write(project.path().join("pipelines/child.yaml"), child).unwrap();
        project.run();
        let history = project.history();
        let mut executions = Vec::new();
        for summary in history.list(&Wanted::default()).await.unwrap() {
            let recorded = history.read(&summary.id).await.unwrap();
            executions.push((**State::replay(&recorded.records).unwrap().execution()).clone());
        }
        let parent = executions.iter().find(|execution| execution.name == "ship").unwrap();
        let child = executions.iter().find(|execution| execution.name == "child").unwrap();
        let stage = &parent.stages[0];
        assert_eq!((stage.status, child.status), (status, status));
        assert_eq!(stage.context["executionId"], json!(child.id));
        assert_eq!(child.trigger["parentPipelineStageId"], json!(stage.id));
        if status == Status::Succeeded {
            assert_eq!(stage.outputs["n"], "0");
        } else {
            assert!(errors(stage).contains("exited with code 4"), "{}", errors(stage));
        }
    }
}

#[tokio::test]
async fn a_canceled_parent_cancels_its_child() {
    let project = Project::new("- {name: kid, refId: '1', type: pipeline, pipeline: child}");
    fs::create_dir(project.path().join("pipelines")).unwrap();
    let child = "application: hello\nname: child\nstages:\n  - {name: go, type: script, command: 'echo $$ > main; sleep 100'}\n";
    fs::write(project.path().join("pipelines/child.yaml"), child).unwrap();
    let mut run = project.begin();
    let main = project.wait_for("main");
    signal(run.id(), "INT");
    wait_with_limit(&mut run);
    assert!(!lives(&main));
    for summary in project.history().list(&Wanted::default()).await.unwrap() {
        assert_eq!(summary.status, Status::Canceled, "{}", summary.name);
    }
}

#[tokio::test]
async fn variables_are_evaluated_one_after_another_and_seen_by_later_stages() {
    let project = Project::new(
        r#"- refId: "1"
  name: compute
  type: evaluateVariables
  variables:
    - {key: first, value: "${1 + 2}"}
    - {key: second, value: "v${first}"}
- refId: "2"
  name: check
  requisiteStageRefIds: ["1"]
  type: checkPreconditions
  preconditions:
    - {type: expression, context: {expression: "second == 'v3'"}}
    - {type: stageStatus, context: {stageName: compute, stageStatus: SUCCEEDED}}
- refId: "3"
  name: use
  requisiteStageRefIds: ["2"]
  type: script
  command: echo "$IT"
  environment: {IT: "${second}"}"#,
    );
    let text = project.read("ship.yaml").replace("name: ship\n", "name: ship\nspelEvaluator: v4\n");
    fs::write(project.path().join("ship.yaml"), text).unwrap();
    let output = project.run();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(project.log().await, ["v3"]);
    assert_eq!(
        project.stage("compute").await.outputs,
        json!({"first": 3, "second": "v3"}).as_object().unwrap().clone()
    );
}
