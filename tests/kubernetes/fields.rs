//! Fields that the cluster does not know, versions it will not serve for long, and what an account's settings write.

use serde_json::{Value, json};

use crate::cluster::Space;
use crate::manifests::{config_map, deploy, deploy_behind, deploy_with, deployment, job, service, stage};

fn misspelt() -> Value {
    let mut web = deployment("web", "nginx:1", 1);
    let spec = web["spec"].as_object_mut().unwrap();
    spec.shift_remove("replicas");
    spec.insert("replcas".into(), 2.into());
    web["spec"]["template"]["spec"]["containers"][0]["imagePullPolcy"] = "Always".into();
    web
}

const REPLICAS: &str = "unknown field 'spec.replcas', dropped: did you mean 'replicas'?";

#[test]
fn fields_the_cluster_does_not_know_are_told_in_plans_and_runs() {
    let space = Space::new();
    let lines = [
        format!("warning: deployment web in {}: {REPLICAS}", space.namespace),
        format!(
            "warning: deployment web in {}: unknown field 'spec.template.spec.containers[main].imagePullPolcy'",
            space.namespace
        ),
    ];
    space.write("test", &[deploy(&[misspelt()])]);
    let plan = space.project.ok(&["plan", "pipelines/test.json"]);
    let ran = space.run(&[deploy(&[misspelt()])]).ok();
    assert_eq!(space.get("deployment", "web")["spec"]["replicas"], 1);
    let id = space.project.executions().pop().unwrap().0;
    let shown = space.project.ok(&["history", "show", &id]);
    for line in &lines {
        assert!(plan.contains(line), "no '{line}' in\n{plan}");
        assert!(ran.said.contains(line), "no '{line}' in\n{}", ran.said);
        assert!(shown.contains(line), "no '{line}' in\n{shown}");
    }
    assert_eq!(ran.stage("Deploy")["context"]["warnings"].as_array().unwrap().len(), 2);
    // A second time nothing but these fields differs.
    space.write("test", &[deploy(&[misspelt()])]);
    assert!(space.project.ok(&["plan", "pipelines/test.json"]).contains(REPLICAS));
    let good = space.run(&[deploy(&[deployment("fine", "nginx:1", 1), service("fine", json!({"app": "fine"}))])]).ok();
    assert_eq!(good.stage("Deploy")["context"]["warnings"], Value::Null, "{}", good.said);
}

#[test]
fn custom_kinds_and_every_way_of_bringing_a_manifest_tell_them_too() {
    let space = Space::new();
    let split = json!({"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "metadata": {"name": "s"},
        "spec": {"service": "shop", "mathces": "all", "backends": [{"service": "shop-v1", "weight": 1, "wieght": 3}]}});
    let ran = space.run(&[deploy(&[split])]).ok();
    for field in ["'spec.mathces'", "'spec.backends[0].wieght'"] {
        assert!(ran.said.contains(&format!("unknown field {field}")), "{}", ran.said);
    }
    for (number, way) in ["recreate", "replace"].into_iter().enumerate() {
        let key = format!("strategy.spinnaker.io/{way}");
        let web = crate::manifests::annotated(misspelt(), &key, "true");
        let ran = space.run(&[deploy(&[web])]).ok();
        assert!(ran.said.contains(REPLICAS), "{number} {way}: {}", ran.said);
    }
}

#[test]
fn versions_that_will_not_be_served_for_long_are_told() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let budget = json!({"apiVersion": "networking.k8s.io/v1beta1", "kind": "Ingress", "metadata": {"name": "old"},
        "spec": {"backend": {"serviceName": "web", "servicePort": 80}}});
    let ran = space.run(&[deploy(&[budget])]).ok();
    assert!(ran.said.contains("networking.k8s.io/v1beta1 Ingress is deprecated in v1.19+"), "{}", ran.said);
}

#[test]
fn an_account_may_refuse_unknown_fields_or_say_nothing_of_them() {
    let space = Space::new();
    space.configure(&json!({"fieldValidation": "strict"}));
    let manifests = [config_map("settings", "a"), misspelt()];
    let ran = space.run(&[deploy(&manifests)]).fails(REPLICAS);
    assert!(ran.said.contains("fieldValidation: strict"), "{}", ran.said);
    assert_eq!(space.names("deployments"), Vec::<String>::new());
    space.run(&[deploy(&[deployment("fine", "nginx:1", 1)])]).ok();
    space.configure(&json!({"fieldValidation": "ignore"}));
    let ran = space.run(&[deploy(&[misspelt()])]).ok();
    assert!(!ran.said.contains("unknown field"), "{}", ran.said);
}

#[test]
fn labels_and_image_names_follow_the_account() {
    let space = Space::new();
    let labels = || space.get("deployment", "web")["metadata"]["labels"].clone();
    space.configure(&json!({"managedBySuffix": "eu"}));
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    assert_eq!(labels(), json!({"app.kubernetes.io/managed-by": "spinnaker-eu", "app.kubernetes.io/name": "shop"}));
    space.kubectl(&["delete", "deployment", "web"]);
    let image = json!({"type": "docker/image", "name": "nginx", "reference": "nginx:9"});
    let bound = |image_of: &str| {
        let more = json!({"requiredArtifacts": [{"artifact": image}]});
        space.run(&[deploy_with(&[deployment("web", image_of, 1)], more)])
    };
    space.configure(&json!({"applyAppLabels": false, "dockerImageBinding": "match-name-only"}));
    // The name alone is what is compared: one with a tag is another.
    bound("nginx:1").fails("required artifacts were not bound");
    bound("nginx").ok();
    let live = space.get("deployment", "web");
    assert_eq!((labels(), &live["spec"]["template"]["metadata"]["labels"]), (Value::Null, &json!({"app": "web"})));
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:9");
    assert_eq!(live["metadata"]["annotations"]["moniker.spinnaker.io/application"], "shop");
}

#[test]
fn jobs_and_cron_jobs_are_never_put_behind_services() {
    let space = Space::new();
    space.run(&[deploy(&[service("front", json!({"lb": "front"}))])]).ok();
    let once = job("once", "tool:1", json!({}));
    let nightly = json!({"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "nightly"},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": once["spec"]}}});
    space.run(&[deploy_behind("front", "none", &[once, nightly, deployment("web", "nginx:1", 1)])]).ok();
    for (kind, name, template) in
        [("job", "once", "/spec/template"), ("cronjob", "nightly", "/spec/jobTemplate/spec/template")]
    {
        let live = space.get(kind, name);
        assert_eq!(live["metadata"]["annotations"]["traffic.spinnaker.io/load-balancers"], Value::Null, "{kind}");
        assert_eq!(live.pointer(&format!("{template}/metadata/labels/lb")), None, "{kind}");
    }
    let web = space.get("deployment", "web");
    assert_eq!(web["spec"]["template"]["metadata"]["labels"]["lb"], "front");
}

#[test]
fn patches_say_who_made_them_where_that_is_asked_for() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let cause = || space.get("deployment", "web")["metadata"]["annotations"]["kubernetes.io/change-cause"].clone();
    let patch = |strategy: &str, record: bool, body: Value| {
        let context = json!({"location": space.namespace, "manifestName": "deployment web", "patchBody": body,
            "options": {"mergeStrategy": strategy, "record": record}});
        space.run(&[stage("patchManifest", "Patch", context)]).ok();
        space.project.executions().pop().unwrap().0
    };
    let label = |value: &str| json!({"metadata": {"labels": {"patched": value}}});
    patch("strategic", false, label("a"));
    assert_eq!(cause(), Value::Null);
    for strategy in ["strategic", "merge"] {
        let id = patch(strategy, true, label(strategy));
        assert_eq!(cause(), format!("gennaker: stage 'Patch' of test, execution {id}"));
    }
    let id = patch("json", true, json!([{"op": "replace", "path": "/metadata/labels/patched", "value": "json"}]));
    assert_eq!(cause(), format!("gennaker: stage 'Patch' of test, execution {id}"));
    assert!(space.kubectl(&["rollout", "history", "deployment", "web"]).contains(&id));
}
