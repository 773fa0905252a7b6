//! What a pipeline needs that its account may not do, asked before it runs, with RBAC on.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::common::text;
use crate::manifests::{annotated, config_map, deploy, deploy_behind, deployment, job, replica_set, service, stage};

/// The stages, run by an account of the tests.
fn by(account: &str, stages: &[Value]) -> Vec<Value> {
    stages
        .iter()
        .map(|stage| {
            let mut stage = stage.clone();
            stage["account"] = account.into();
            stage
        })
        .collect()
}

fn stages(space: &Space) -> Vec<Value> {
    vec![
        deploy(&[config_map("settings", "a"), deployment("web", "nginx:1", 1)]),
        stage(
            "scaleManifest",
            "Scale",
            json!({"location": space.namespace, "manifestName": "deployment web", "replicas": 2}),
        ),
        stage("runJob", "Migrate", json!({"source": "text", "manifest": job("migrate", "nginx:1", json!({}))})),
    ]
}

#[test]
fn what_is_lacking_is_one_table() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    space.write("test", &by("readonly", &stages(&space)));
    let checked = space.project.run(&["account", "check", "readonly", "--pipeline", "pipelines/test.json"]);
    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(9), "{said}{}", text(&checked.stderr));
    let line = |kind: &str| {
        let found = said.lines().find(|line| line.split_whitespace().nth(2) == Some(kind));
        found.unwrap_or_else(|| panic!("no {kind} in\n{said}")).to_owned()
    };
    assert!(line("configMap").contains("create, patch"), "{said}");
    assert!(line("deployment/scale").contains("patch") && line("deployment/scale").contains("Scale"), "{said}");
    assert!(line("job").contains("create, delete"), "{said}");
    assert!(!said.contains("list"), "what it may do is not listed: {said}");
    assert_eq!(space.names("deployments"), Vec::<String>::new(), "nothing was changed");
    let checked = space.project.run(&["account", "check", "--pipeline", "pipelines/test.json", "-o", "json"]);
    let document: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!((&document["accounts"][0]["name"], &document["accounts"][0]["ok"]), (&json!("readonly"), &json!(false)));
    let needs = document["accounts"][0]["needs"].as_array().unwrap();
    let of = |kind: &str, verb: &str| needs.iter().find(|it| it["kind"] == kind && it["verb"] == verb).unwrap();
    assert_eq!(of("deployment", "get")["allowed"], true);
    assert_eq!(of("deployment", "create")["stages"], json!(["Deploy"]));
}

#[test]
fn an_account_that_may_do_everything_lacks_nothing() {
    let space = Space::new();
    let mut all = stages(&space);
    all.push(deploy_behind(
        "front",
        "redblack",
        &[replica_set("web", "nginx:1", 1), service("front", json!({"lb": "front"}))],
    ));
    let recreated = annotated(service("other", json!({})), "strategy.spinnaker.io/recreate", "true");
    all.push(deploy(&[recreated]));
    let route = json!({"kind": "HTTPRoute", "name": "shop", "from": "a", "to": "b"});
    all.push(stage("shiftTraffic", "Shift", json!({"route": route})));
    space.write("test", &all);
    let said = space.project.ok(&["account", "check", "--pipeline", "pipelines/test.json"]);
    assert!(said.contains("✓ k8s may do") && !said.contains("MAY NOT"), "{said}");
}

/// A role that lacks exactly one thing.
#[test]
fn a_pipeline_that_lacks_nothing_runs_and_one_verb_less_is_named() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let role = |verbs: &[&str]| {
        let rules = json!([
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
            {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get", "list"]},
            {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]}]);
        let of = |kind: &str, more: Value| {
            let mut object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": "deployer", "namespace": space.namespace}});
            object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            space.cluster.apply(&object.to_string());
        };
        of("Role", json!({"rules": rules}));
        of(
            "RoleBinding",
            json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "limited"}]}),
        );
    };
    // The account `limited` of the tests is kept to another namespace.
    let settings = json!({"application": "shop", "accounts": {"k8s": {"provider": "kubernetes",
        "kubeconfigFile": space.cluster.kubeconfig_of("limited"), "namespace": space.namespace}}});
    space.project.write("gennaker.yaml", &settings.to_string());
    space.write("test", &[deploy(&[deployment("web", "nginx:1", 1)])]);
    let check = || space.project.run(&["account", "check", "--pipeline", "pipelines/test.json"]);
    role(&["get", "create"]);
    let checked = check();
    let said = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(9), "{said}");
    let rows: Vec<&str> = said.lines().filter(|line| line.starts_with("k8s ")).collect();
    assert_eq!(rows.len(), 1, "{said}");
    assert!(rows[0].contains("deployment") && rows[0].contains("patch") && rows[0].ends_with("Deploy"), "{said}");
    role(&["get", "create", "patch"]);
    let checked = check();
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
}
