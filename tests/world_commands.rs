//! The commands that look at the world and act on it, on the local provider.

mod common;

use std::process::Output;

use common::{TestProject, text};
use serde_json::Value;

/// A project with two instances behind a load balancer.
fn deployed(ports: u16) -> TestProject {
    let project = TestProject::new();
    let document = format!(
        "name: deploy\napplication: hello\nstages:\n\
         - name: Balancer\n  type: upsertLoadBalancer\n\
         \x20 loadBalancers: [{{name: hello, credentials: local, listen: '127.0.0.1:{}'}}]\n\
         - name: Deploy\n  type: deploy\n  clusters:\n  - account: local\n    application: hello\n\
         \x20   capacity: {{min: 2, max: 2, desired: 2}}\n    command: exec \"$GENNAKER\" respond\n\
         \x20   portRange: {ports}-{}\n    stopTimeout: 2\n    drainTimeout: 1\n    loadBalancers: [hello]\n\
         \x20   environment: {{{}}}\n    healthCheck: {{type: http, path: /health, interval: 50ms}}\n",
        ports + 99,
        ports + 90,
        project.mark_entry()
    );
    project.write("deploy.yaml", &document);
    project.ok(&["run", "deploy.yaml"]);
    project
}

fn clusters(project: &TestProject) -> Value {
    serde_json::from_str(&project.ok(&["clusters", "-o", "json"])).unwrap()
}

fn error(output: &Output) -> String {
    text(&output.stderr)
}

#[test]
fn what_runs_can_be_seen() {
    let project = deployed(28_600);
    let shown = project.ok(&["clusters"]);
    assert!(shown.starts_with("hello  local (local)\n  hello-v000  local  enabled, 2/2 up  behind hello"), "{shown}");
    assert!(shown.contains("      hello-v000-0000  Up            127.0.0.1:28600"), "{shown}");
    assert_eq!(project.ok(&["clusters", "other"]), "");
    assert_eq!(clusters(&project)[0]["instances"][1]["healthState"], "Up");
    let balancer: Value = serde_json::from_str(&project.ok(&["load-balancer", "show", "hello", "-o", "json"])).unwrap();
    assert_eq!(balancer["instances"].as_array().unwrap().len(), 2);
    assert!(project.ok(&["load-balancer", "list"]).contains("127.0.0.1:28699"));
    assert!(project.ok(&["server-group", "show", "hello-v000"]).contains("account         local (local)"));
    assert!(project.ok(&["instance", "logs", "hello-v000-0001"]).contains("listening on 127.0.0.1:28601"));
    let ambiguous = project.run(&["instance", "logs", "hello-v000"]);
    assert!(error(&ambiguous).contains("begins several instances"), "{}", error(&ambiguous));
    assert!(project.ok(&["account", "list"]).contains("local    local"));
    let checked: Value = serde_json::from_str(&project.ok(&["account", "check", "-o", "json"])).unwrap();
    assert_eq!(checked[0]["ok"], true);
    for (args, hint) in [
        (["server-group", "show", "hello-v0000"], "did you mean hello-v000?"),
        (["load-balancer", "show", "helo"], "did you mean hello?"),
        (["account", "check", "locl"], "did you mean local?"),
    ] {
        let output = project.run(&args);
        assert_eq!(output.status.code(), Some(2));
        assert!(error(&output).contains(hint), "{}", error(&output));
    }
}

#[test]
fn a_server_group_is_acted_on_by_executions_of_one_stage() {
    let project = deployed(28_700);
    let grown = project.run(&["server-group", "resize", "hello-v000", "3"]);
    assert!(
        error(&grown).contains("~ resize server group local/local/hello-v000 (from 2 to 3 instances)"),
        "{}",
        error(&grown)
    );
    assert_eq!(clusters(&project)[0]["capacity"]["desired"], 3);
    let shrunk = project.run(&["server-group", "resize", "hello-v000", "1"]);
    assert_eq!(shrunk.status.code(), Some(2));
    assert!(error(&shrunk).contains("shrink hello-v000 from 3 to 1?"), "{}", error(&shrunk));
    project.ok(&["server-group", "disable", "hello-v000"]);
    assert_eq!(clusters(&project)[0]["disabled"], true);
    project.ok(&["server-group", "enable", "hello-v000"]);
    assert_eq!(clusters(&project)[0]["disabled"], false);
    assert_eq!(project.run(&["server-group", "destroy", "hello-v000"]).status.code(), Some(2));
    project.ok(&["server-group", "destroy", "hello-v000", "--yes"]);
    assert_eq!(clusters(&project), Value::Array(Vec::new()));
    project.ok(&["load-balancer", "delete", "hello", "--yes"]);
    let listed: Value = serde_json::from_str(&project.ok(&["history", "list", "-o", "json"])).unwrap();
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "delete load balancer hello",
            "destroy hello-v000",
            "enable hello-v000",
            "disable hello-v000",
            "resize hello-v000",
            "deploy"
        ]
    );
}

#[test]
fn every_command_shows_an_example_in_its_help() {
    let project = TestProject::new();
    for command in [
        "account check",
        "account list",
        "cancel",
        "clusters",
        "firewall list",
        "history export",
        "history list",
        "history logs",
        "history prune",
        "history show",
        "image list",
        "instance logs",
        "judge",
        "load-balancer delete",
        "load-balancer list",
        "load-balancer show",
        "lock break",
        "lock list",
        "lock show",
        "pause",
        "restart",
        "server-group destroy",
        "server-group disable",
        "server-group enable",
        "server-group list",
        "server-group resize",
        "server-group show",
        "skip",
        "unpause",
    ] {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("--help");
        let help = project.ok(&args);
        assert!(help.contains("Example"), "{command}\n{help}");
    }
}
