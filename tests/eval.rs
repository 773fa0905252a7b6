//! `gennaker eval`: values and failures as people see them, on contexts, on recorded executions, at a prompt.

mod common;

use std::process::Stdio;

use serde_json::{Value, json};

use common::terminal::Terminal;
use common::{TestProject, text};

/// What a command prints: results, then what is said about them, and its exit code when it failed.
fn shown(project: &TestProject, args: &[&str]) -> String {
    let output = project.run(args);
    let code = match output.status.code() {
        Some(0) => String::new(),
        code => format!("[exit code {}]\n", code.unwrap()),
    };
    format!("{}{}{code}", text(&output.stdout), text(&output.stderr))
}

fn eval(project: &TestProject, args: &[&str]) -> String {
    shown(project, &[&["eval"], args].concat())
}

#[test]
fn expressions_have_values_with_or_without_their_marks() {
    let project = TestProject::new();
    for (expression, expected) in [
        ("1 + 1", "2\n"),
        ("${1 + 1}", "2\n"),
        ("7 / 2", "3\n"),
        ("7 / 2.0", "3.5\n"),
        ("build ${1 + 1} of ${'x'.toUpperCase()}", "build 2 of X\n"),
        ("'a,b'.split(',')", "[\n  \"a\",\n  \"b\"\n]\n"),
        ("{1, 2, 3}.?[#this > 1]", "[\n  2,\n  3\n]\n"),
        ("#toBase64('hi')", "aGk=\n"),
        ("new java.text.SimpleDateFormat('yyyy').format(new java.util.Date(0))", "1970\n"),
    ] {
        assert_eq!(eval(&project, &[expression]), expected, "{expression}");
    }
}

#[test]
fn a_context_is_read_from_a_file() {
    let project = TestProject::new();
    project.write("context.yaml", "parameters: {count: 3, region: eu-west-1}\ndeployed: [{serverGroup: shop-v001}]\n");
    assert_eq!(eval(&project, &["--context", "context.yaml", "parameters.count > 2"]), "true\n");
    assert_eq!(eval(&project, &["--context", "context.yaml", "deployed[0].serverGroup"]), "shop-v001\n");
    insta::assert_snapshot!(eval(&project, &["--context", "context.yaml", "parameters.regoin + '-' + parameters.count"]), @"
    null-3
    hint[GNK0045]: there is no 'regoin', so this is null
     --> expression:1:1
      |
    1 | parameters.regoin + '-' + parameters.count
      | ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean 'region'?
    ");
    for (expression, hint) in [
        ("'x' + paramters.region", "there is no 'paramters'"),
        ("parameters['cuont'] ?: 1", "there is no 'cuont'"),
        ("#toJson({parameters.cuont})", "there is no 'cuont'"),
        ("parameters.regoin.length()", "there is no 'regoin'"),
        ("region: ${parameters.regoin == 'x' ? 1 : 2}", "there is no 'regoin'"),
    ] {
        let said = eval(&project, &["--context", "context.yaml", expression]);
        assert_eq!(said.matches(hint).count(), 1, "{expression}:\n{said}");
    }
    let whole = eval(&project, &["--context", "context.yaml", "parameters.regoin"]);
    assert_eq!(whole.matches("did you mean 'region'?").count(), 1, "{whole}");
    let json = shown(&project, &["-o", "json", "eval", "--context", "context.yaml", "'x' + paramters"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["misses"],
        json!([{"span": [6, 15], "hint": "there is no 'paramters'; did you mean 'parameters'?"}])
    );
    insta::assert_snapshot!(eval(&project, &["--context", "context.yaml", "--explain", "parameters.region ?: 'none'"]), @r#"
    eu-west-1
      parameters                   = {"count":3,"region":"eu-west-1"}
      parameters.region            = "eu-west-1"
      parameters.region ?: 'none'  = "eu-west-1"
    "#);
    insta::assert_snapshot!(eval(&project, &["--context", "nowhere.yaml", "1"]), @r"
    error[GNK0072]: cannot read 'nowhere.yaml': there is no such file
    [exit code 2]
    ");
}

#[test]
fn failures_show_the_place_and_the_value_of_every_part() {
    let project = TestProject::new();
    let mut report = String::new();
    for expression in [
        "'abc'.substring(1) + {1, 2}.get(5)",
        "1 +",
        "T(java.lang.Runtime).getRuntime()",
        "#nope(1)",
        "'x'.nope()",
        "${ never closed",
        "#fromUrl('file:///etc/passwd')",
        "(1 + 2) / (3 - 3)",
    ] {
        report += &format!("> {expression}\n{}\n", eval(&project, &[expression]));
    }
    insta::assert_snapshot!(report, @r#"
    > 'abc'.substring(1) + {1, 2}.get(5)
    error[GNK0044]: EL1004E: Method call: Method get(java.lang.Integer) cannot be found on type java.util.CollectionsUnmodifiableRandomAccessList
     --> expression:1:29
      |
    1 | 'abc'.substring(1) + {1, 2}.get(5)
      |                             ^^^^^^
      |
      = help: read an item with [0]
      'abc'.substring(1)  = "bc"
      {1, 2}              = [1,2]
    [exit code 2]

    > 1 +
    error[GNK0044]: EL1042E: Problem parsing right operand
     --> expression:1:3
      |
    1 | 1 +
      |   ^
    [exit code 2]

    > T(java.lang.Runtime).getRuntime()
    error[GNK0044]: EL1021E: A problem occurred whilst attempting to access the property 'java.lang.Runtime': '{1}'
     --> expression:1:1
      |
    1 | T(java.lang.Runtime).getRuntime()
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: expressions may not use java.lang.Runtime; they may use String, Date, Integer, Long, Double, Byte, Boolean, SimpleDateFormat, Math, Random, UUID, LocalDate, LocalDateTime, DayOfWeek, Instant, ChronoUnit, TemporalAdjusters, URLEncoder
    [exit code 2]

    > #nope(1)
    error[GNK0044]: EL1006E: Function 'nope' could not be found
     --> expression:1:1
      |
    1 | #nope(1)
      | ^^^^^^^^
    [exit code 2]

    > 'x'.nope()
    error[GNK0044]: EL1004E: Method call: Method nope() cannot be found on type java.lang.String
     --> expression:1:5
      |
    1 | 'x'.nope()
      |     ^^^^^^
    [exit code 2]

    > ${ never closed
    error[GNK0044]: No ending suffix '}' for expression starting at character 0: { never closed
     --> expression:1:1
      |
    1 | ${ never closed
      | ^^^^^^^^^^^^^^^
    [exit code 2]

    > #fromUrl('file:///etc/passwd')
    error[GNK0044]: #fromUrl(file:///etc/passwd) failed: only http and https URLs can be fetched - EL1023E: A problem occurred whilst attempting to invoke the function 'fromUrl': 'null'
     --> expression:1:1
      |
    1 | #fromUrl('file:///etc/passwd')
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    [exit code 2]

    > (1 + 2) / (3 - 3)
    error[GNK0044]: / by zero
     --> expression:1:2
      |
    1 | (1 + 2) / (3 - 3)
      |  ^^^^^^^^^^^^^^^
      1 + 2  = 3
      3 - 3  = 0
    [exit code 2]
    "#);
}

const PIPELINE: &str = "
name: two
application: demo
spelEvaluator: v4
stages:
  - {name: Choose, type: evaluateVariables, variables: [{key: color, value: blue}]}
  - {name: Breathe, type: wait, needs: Choose, waitTime: 0, comments: '${color}'}
";

#[test]
fn expressions_are_tried_on_recorded_executions() {
    let project = TestProject::new();
    project.write("pipelines/two.yaml", PIPELINE);
    project.ok(&["run", "two", "--quiet"]);
    let id = project.executions()[0].0.clone();
    let on = |rest: &[&str]| eval(&project, &[&["--execution", &id], rest].concat()).replace(&id, "ID");
    assert_eq!(on(&["#stage('Choose').status.toString()"]), "SUCCEEDED\n");
    assert_eq!(on(&["#stage('Choose').outputs.color"]), "blue\n");
    assert_eq!(on(&["--stage", "Breathe", "color"]), "blue\n");
    assert_eq!(on(&["execution.name + '/' + trigger.user"]), "two/tester\n");
    insta::assert_snapshot!(on(&["#stage('Chose').status"]), @r"
    error[GNK0044]: Unable to locate [Chose] using #stage(Chose) in execution ID - EL1023E: A problem occurred whilst attempting to invoke the function 'stage': 'null'
     --> expression:1:1
      |
    1 | #stage('Chose').status
      | ^^^^^^^^^^^^^^^
      |
      = help: did you mean 'Choose'?
    [exit code 2]
    ");
    insta::assert_snapshot!(on(&["--stage", "Breath", "color"]), @r"
    error: execution ID has no stage 'Breath'
    hint: did you mean Breathe?
    [exit code 2]
    ");
    let unknown = project.run(&["eval", "--execution", "01JNOPE", "1"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown.stderr));
    project.write("saved.json", &json!({
        "type": "PIPELINE", "id": "01X", "application": "shop", "name": "p", "trigger": {"user": "ann"},
        "stages": [{"id": "1", "refId": "1", "type": "wait", "name": "W", "status": "SUCCEEDED", "context": {"a": 1}}],
    }).to_string());
    assert_eq!(eval(&project, &["--execution", "saved.json", "#stage('W').context.a + trigger.user"]), "1ann\n");
}

#[test]
fn programs_get_values_failures_and_parts() {
    let project = TestProject::new();
    let document: Value = serde_json::from_str(&project.ok(&["eval", "-o", "json", "{1, 2}.size()"])).unwrap();
    assert_eq!((&document["value"], &document["failures"]), (&json!(2), &json!([])));
    let output = project.run(&["eval", "-o", "json", "1 + missing.key"]);
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["failures"][0]["level"], "ERROR");
    assert!(document["failures"][0]["span"].is_array() && document["parts"].is_array(), "{document:#}");
}

#[test]
fn lines_of_standard_input_are_evaluated_one_by_one() {
    let project = TestProject::new();
    let file = project.write("lines", "1 + 1\n\n'a' + 'b'\nnope.nope\n");
    let mut command = project.command(&["eval"]);
    let output = command.stdin(Stdio::from(std::fs::File::open(file).unwrap())).output().unwrap();
    assert_eq!(text(&output.stdout), "2\nab\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_person_is_prompted_and_mistakes_end_nothing() {
    let project = TestProject::new();
    project.write("context.yaml", "name: shop\n");
    let mut terminal = Terminal::start(&project, &["eval", "--context", "context.yaml"]);
    terminal.sees("> ");
    terminal.types("name + '-' + (2 * 21)");
    terminal.sees("shop-42");
    terminal.types("nam.size()");
    terminal.sees("name");
    terminal.sees("error");
    terminal.types("'still ' + 'here'");
    terminal.sees("still here");
    terminal.types("exit");
    terminal.ends_with(0);
    let output = project.run(&["eval", "--no-input"]);
    assert_eq!(output.status.code(), Some(0), "no lines, no mistakes: {}", text(&output.stderr));
}
