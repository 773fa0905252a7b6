//! Manual judgments: at the prompt of a real terminal, from a second terminal, and from nobody.

mod common;

use common::terminal::Terminal;
use common::{TestProject, text};

const PIPELINE: &str = "
name: judged
application: demo
spelEvaluator: v4
stages:
  - name: Approve
    type: manualJudgment
    instructions: Is the canary fine?
    judgmentInputs: [{value: blue}, {value: green}]
  - name: Choose
    type: evaluateVariables
    needs: Approve
    variables:
      - {key: color, value: \"${#judgment('Approve')}\"}
";

fn project() -> TestProject {
    let project = TestProject::new();
    project.write("pipelines/judged.yaml", PIPELINE);
    project
}

fn newest(project: &TestProject) -> String {
    project.journal()[0]["execution"]["id"].as_str().unwrap().to_owned()
}

fn output(project: &TestProject, stage: &str, key: &str) -> String {
    let shown: serde_json::Value =
        serde_json::from_str(&project.ok(&["history", "show", "-o", "json", &newest(project)])).unwrap();
    let found = shown["stages"].as_array().unwrap().iter().find(|record| record["name"] == stage).unwrap().clone();
    found["outputs"][key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_person_at_the_terminal_is_asked_and_asked_again_after_a_slip() {
    let project = project();
    let mut terminal = Terminal::start(&project, &["run", "judged"]);
    terminal.sees("Approve needs a judgment");
    terminal.sees("Is the canary fine?");
    terminal.types("purple");
    terminal.sees("'purple' is neither stop nor one of the choices");
    terminal.types("2");
    terminal.ends_with(0);
    assert_eq!(output(&project, "Choose", "color"), "green");
}

#[test]
fn stopping_at_the_prompt_fails_the_pipeline_with_nothing_changed() {
    let project = project();
    let mut terminal = Terminal::start(&project, &["run", "judged"]);
    terminal.sees("Approve needs a judgment");
    terminal.types("s");
    terminal.ends_with(4);
}

#[test]
fn a_second_terminal_judges_while_the_first_asks() {
    let project = project();
    let terminal = Terminal::start(&project, &["run", "judged"]);
    terminal.sees("Approve needs a judgment");
    project.ok(&["judge", &newest(&project), "Approve", "continue", "--input", "blue"]);
    terminal.ends_with(0);
    assert_eq!(output(&project, "Choose", "color"), "blue");
}

#[test]
fn without_a_terminal_the_run_suspends_and_goes_on_after_the_judgment() {
    let project = project();
    let suspended = project.run(&["run", "judged", "--no-input"]);
    assert_eq!(suspended.status.code(), Some(7), "{}", text(&suspended.stderr));
    let id = newest(&project);
    let wrong = project.run(&["judge", &id, "Aprove", "continue"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("Approve"), "{}", text(&wrong.stderr));
    project.ok(&["judge", &id, "Approve", "continue", "--input", "green"]);
    project.ok(&["resume", &id]);
    assert_eq!(output(&project, "Choose", "color"), "green");
}

#[test]
fn where_users_have_roles_only_those_with_one_may_judge() {
    let project = TestProject::new();
    project.write("gennaker.yaml", "roles: {ann: [ops]}\n");
    project.write(
        "pipelines/judged.yaml",
        &PIPELINE.replace("    instructions", "    selectedStageRoles: [ops]\n    instructions"),
    );
    assert_eq!(project.run(&["run", "judged", "--no-input"]).status.code(), Some(7));
    let id = project.executions()[0].0.clone();
    let judge = |user: &str| {
        let mut command = project.command(&["judge", &id, "Approve", "continue", "--input", "blue"]);
        command.env("GENNAKER_USER", user).output().unwrap()
    };
    let denied = judge("ben");
    assert_eq!(denied.status.code(), Some(9));
    assert!(text(&denied.stderr).contains("ben may not judge: it takes role ops"), "{}", text(&denied.stderr));
    assert!(judge("ann").status.success());
    assert_eq!(project.run(&["resume", "--no-input"]).status.code(), Some(0));
}
