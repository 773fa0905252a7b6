//! What a run says it changed is what it changed, no more and no less; and what servers repeat of secrets is kept quiet.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::common::text;
use crate::manifests::{config_map, deploy, deploy_behind, deploy_with, deployment, replica_set, service, stage};

/// The lines below `what changed:`.
fn changed(ran: &Ran) -> Vec<String> {
    let lines = ran.said.lines().skip_while(|line| !line.contains("what changed:"));
    let (head, rest) = lines.skip(1).fold((true, Vec::new()), |(open, mut found), line| {
        let open = open && !line.contains("next:");
        if open {
            found.push(line.split_once("    ").map_or(line, |(_, change)| change).trim().to_owned());
        }
        (open, found)
    });
    assert!(!head, "no end of the changes in\n{}", ran.said);
    rest
}

#[test]
fn a_version_that_was_out_of_traffic_is_not_said_to_have_left_it() {
    let space = Space::new();
    space.run(&[unversioned(&[service("front", json!({"lb": "front"}))])]).ok();
    let stages = |image: &str| [deploy_behind("front", "redblack", &[replica_set("web", image, 1)])];
    space.run(&stages("nginx:1")).ok();
    space.run(&stages("nginx:2")).ok();
    let ran = space.run(&stages("nginx:3")).ok();
    let place = format!("k8s/{}/replicaSet", space.namespace);
    let expected = [
        format!("deploy manifest {place} web-v002 (apply, new version v002)"),
        format!("disable manifest {place} web-v001 (service front)"),
    ];
    assert_eq!(changed(&ran), expected);
    assert!(ran.said.contains("disable manifest") && ran.kinds().len() == 3, "{}", ran.said);
}

fn unversioned(manifests: &[Value]) -> Value {
    deploy_with(manifests, json!({"versioned": false}))
}

#[test]
fn what_was_as_it_should_be_is_not_said_to_have_changed() {
    let space = Space::new();
    let of =
        |value: &str| unversioned(&[config_map("a", value), config_map("b", "1"), deployment("web", "nginx:1", 1)]);
    assert_eq!(changed(&space.run(&[of("1")]).ok()).len(), 3);
    let ran = space.run(&[of("1")]).ok();
    assert!(ran.said.contains("what changed: nothing"), "{}", ran.said);
    let ran = space.run(&[of("2")]).ok();
    assert_eq!(changed(&ran), [format!("deploy manifest k8s/{}/configMap a (apply)", space.namespace)]);
    let id = ran.execution["id"].as_str().unwrap().to_owned();
    let shown = space.project.ok(&["history", "show", &id]);
    assert!(shown.contains("configMap a (apply)") && !shown.contains("configMap b (apply)"), "{shown}");
    // By the other ways of sending a manifest, too.
    for way in ["replace", "server-side-apply"] {
        let mut manifest = config_map(way, "1");
        manifest["metadata"]["annotations"] = json!({format!("strategy.spinnaker.io/{way}"): "true"});
        let stages = [unversioned(&[manifest])];
        assert_eq!(changed(&space.run(&stages).ok()).len(), 1, "{way}");
        let ran = space.run(&stages).ok();
        assert!(ran.said.contains("what changed: nothing"), "{way}: {}", ran.said);
    }
}

#[test]
fn what_was_refused_is_not_said_to_have_changed() {
    let space = Space::new();
    space.run(&[unversioned(&[config_map("old", "1")])]).ok();
    let elsewhere = |name: &str| {
        let mut manifest = config_map(name, "1");
        manifest["metadata"]["namespace"] = "there-is-none".into();
        manifest
    };
    let stages = [unversioned(&[
        config_map("old", "1"),
        elsewhere("first"),
        config_map("new", "1"),
        elsewhere("second"),
        service("front", json!({"app": "web"})),
    ])];
    let ran = space.run(&stages).fails("configMap first in there-is-none: namespaces \"there-is-none\" not found");
    for part in [
        "refused as well: configMap second in there-is-none",
        &format!("deployed before it: configMap new in {0}\n", space.namespace),
        &format!("already as the stage has them: configMap old in {}", space.namespace),
        &format!(
            "not deployed: configMap first in there-is-none, configMap second in there-is-none, service front in {}; 'gennaker restart'",
            space.namespace
        ),
    ] {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
    assert_eq!(changed(&ran), [format!("deploy manifest k8s/{}/configMap new (apply)", space.namespace)]);
    assert_eq!(ran.code, Some(5), "{}", ran.said);
    // Nothing at all: there is nothing for a person to tidy up.
    let ran = space.run(&stages);
    assert!(ran.said.contains("what changed: nothing"), "{}", ran.said);
    assert_eq!(ran.code, Some(4), "{}", ran.said);
    for (kind, more) in [
        ("scaleManifest", json!({"manifestName": "deployment none", "replicas": 2})),
        ("patchManifest", json!({"manifestName": "configMap old", "patchBody": {"data": {"key": {"a": "map"}}}})),
        ("rollingRestartManifest", json!({"manifestName": "deployment none"})),
    ] {
        let mut more = more;
        more["location"] = space.namespace.as_str().into();
        let ran = space.run(&[stage(kind, "Change", more)]);
        assert_eq!((ran.execution["status"].as_str(), ran.code), (Some("TERMINAL"), Some(4)), "{kind}: {}", ran.said);
        assert!(ran.said.contains("what changed: nothing"), "{kind}: {}", ran.said);
    }
}

#[test]
fn a_namespace_that_is_left_out_is_said() {
    let space = Space::new();
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 5,
        "metadata": {"name": format!("class-{}", space.namespace), "namespace": space.namespace}});
    let stages = [deploy(std::slice::from_ref(&class))];
    let says = format!("lives in no namespace; its namespace '{}' is left out", space.namespace);
    space.write("test", &stages);
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    assert!(plan.contains(&says), "{plan}");
    let ran = space.run(&stages).ok();
    assert!(ran.said.contains(&says), "{}", ran.said);
    space.cluster.kubectl(&["delete", "priorityclass", class["metadata"]["name"].as_str().unwrap()]);
}

#[test]
fn a_plan_of_a_patch_shows_what_it_changes_and_changes_nothing() {
    let space = Space::new();
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "hunter2"}});
    space.run(&[unversioned(&[deployment("web", "nginx:1", 1), secret])]).ok();
    let patch = |name: &str, body: Value| {
        let more = json!({"manifestName": name, "location": space.namespace, "patchBody": body});
        stage("patchManifest", "Patch", more)
    };
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:2"}]}}}});
    space.write(
        "test",
        &[
            patch("deployment web", image),
            patch("secret s", json!({"stringData": {"password": "hunter3"}})),
            patch("deployment later", json!({"spec": {"replicas": 2}})),
            patch("deployment web", json!({"spec": {"replicas": 1}})),
        ],
    );
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    for part in [
        "- spec.template.spec.containers[main].image: nginx:1",
        "+ spec.template.spec.containers[main].image: nginx:2",
        "~ data.password: changed, not shown",
        "patch deployment later",
    ] {
        assert!(plan.contains(part), "no '{part}' in\n{plan}");
    }
    assert!(!plan.contains("spec.replicas") && !plan.contains("hunter"), "{plan}");
    assert_eq!(space.get("deployment", "web")["metadata"]["generation"], 1);
}

#[test]
fn a_secret_the_server_cannot_read_is_not_repeated() {
    let space = Space::new();
    let secret = |key: &str, value: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, key: {"token": value}});
    let words = "hunter2 in plain words";
    let (none, number) = (secret("data", words.into()), secret("stringData", json!(918_273_645)));
    let patch = |body: Value| {
        stage(
            "patchManifest",
            "Patch",
            json!({"manifestName": "secret s", "location": space.namespace, "patchBody": body}),
        )
    };
    space.run(&[unversioned(&[secret("data", STANDARD.encode("x").into())])]).ok();
    let wrong_type = json!({"data": {"token": words}, "type": {"a": 1}});
    let cases = [
        (unversioned(&[none]), "secret s: data.token is no base64: encode it, or write it as it is under stringData"),
        (unversioned(&[number]), "secret s: stringData.token is no text: put it in quotes"),
        (patch(json!({"data": {"token": words}})), "secret s in"),
        (patch(wrong_type), "secret s in"),
    ];
    for (stage, says) in cases {
        space.write("test", std::slice::from_ref(&stage));
        let plan = space.project.run(&["plan", "pipelines/test.json"]);
        let events = space.project.run(&["run", "pipelines/test.json", "--output", "json"]);
        let ran = space.run(&[stage]).fails(says);
        let journal =
            ran.execution.to_string() + &space.project.journal().iter().map(Value::to_string).collect::<String>();
        for place in
            [text(&plan.stdout), text(&plan.stderr), text(&events.stdout), text(&events.stderr), ran.said, journal]
        {
            let told = ["hunter", "plain words", "918273645", &STANDARD.encode(words)];
            assert!(told.iter().all(|part| !place.contains(part)), "{place}");
        }
    }
}
