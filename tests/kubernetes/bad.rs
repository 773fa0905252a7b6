//! What goes wrong, said in one message with the object, the field and the server's reason.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cluster::{Ran, Space};
use crate::manifests::{annotated, config_map, deploy, deploy_with, deployment, job, service, stage};
use crate::servers::Server;

fn plain(manifest: Value) -> Value {
    deploy_with(&[manifest], json!({"versioned": false}))
}

fn as_account(mut stage: Value, account: &str) -> Value {
    stage["account"] = account.into();
    stage
}

fn all(ran: Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
    assert_eq!(ran.execution["status"], "TERMINAL", "{}", ran.said);
}

#[test]
fn what_is_forbidden_is_named() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let ran = space.run(&[as_account(plain(config_map("c", "a")), "readonly")]);
    all(ran, &["configMap c", "readonly", "configmaps"]);
    let ran = space.run(&[as_account(plain(config_map("c", "a")), "limited")]);
    all(ran, &["limited", &space.namespace]);
    let mut allowed = config_map(&space.namespace, "a");
    allowed["metadata"]["namespace"] = "limited".into();
    space.run(&[as_account(plain(allowed), "limited")]).ok();
    space.run(&[as_account(plain(config_map("c", "a")), "certificate")]).ok();
}

#[test]
fn an_unknown_version_is_told_with_those_that_are_served() {
    let space = Space::new();
    let mut old = deployment("web", "nginx:1", 1);
    old["apiVersion"] = "apps/v1beta1".into();
    all(space.run(&[deploy(&[old])]), &["apps/v1beta1", "apps/v1"]);
    let nothing = json!({"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "a"}});
    all(space.run(&[deploy(&[nothing])]), &["Nothing", "example.com"]);
}

#[test]
fn an_immutable_field_is_named() {
    let space = Space::new();
    space.run(&[deploy(&[deployment("web", "nginx:1", 1)])]).ok();
    let mut other = deployment("web", "nginx:1", 1);
    other["spec"]["selector"]["matchLabels"] = json!({"app": "other"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
    all(space.run(&[deploy(&[other])]), &["deployment web", "spec.selector", "immutable"]);
}

#[test]
fn a_field_of_another_manager_is_not_taken_without_force() {
    let space = Space::new();
    space.project.write("theirs.json", &config_map("c", "theirs").to_string());
    let file = space.project.path().join("theirs.json");
    space.kubectl(&["apply", "--server-side", "--field-manager=somebody", "-f", file.to_str().unwrap()]);
    let ours = |how: &str| plain(annotated(config_map("c", "ours"), "strategy.spinnaker.io/server-side-apply", how));
    all(space.run(&[ours("true")]), &["configMap c", "somebody", ".data.key"]);
    assert_eq!(space.get("configmap", "c")["data"]["key"], "theirs");
    space.run(&[ours("force-conflicts")]).ok();
    assert_eq!(space.get("configmap", "c")["data"]["key"], "ours");
}

#[test]
fn an_invalid_field_is_named() {
    let space = Space::new();
    let mut wrong = service("front", json!({"app": "web"}));
    wrong["spec"]["ports"][0]["port"] = 99_999.into();
    all(space.run(&[deploy(&[wrong])]), &["service front", "spec.ports[0].port", "99999"]);
}

#[test]
fn manifests_without_kind_or_name_are_refused_before_anything_is_sent() {
    let space = Space::new();
    let nameless = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
    all(
        space.run(&[deploy_with(&[config_map("c", "a"), nameless], json!({"versioned": false}))]),
        &["manifest 2", "metadata.name"],
    );
    assert_eq!(space.names("configmaps"), Vec::<String>::new());
}

#[test]
fn a_half_applied_stage_says_what_changed_and_goes_on_from_there() {
    let space = Space::new();
    let mut wrong = service("front", json!({"app": "web"}));
    wrong["spec"]["ports"][0]["port"] = 99_999.into();
    let ran = space.run(&[deploy_with(&[config_map("c", "a"), wrong], json!({"versioned": false}))]);
    all(ran, &["configMap c", "service front"]);
    assert_eq!(space.names("configmaps"), ["c"]);
}

#[test]
fn rollouts_that_cannot_succeed_fail_early_with_the_reason() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    all(
        space.run(&[deploy(&[deployment("crashing", "nginx:crash", 1)])]),
        &["deployment crashing", "CrashLoopBackOff", "panic: cannot start"],
    );
    all(
        space.run(&[deploy(&[deployment("missing", "nginx:bad", 1)])]),
        &["deployment missing", "ImagePullBackOff", "nginx:bad"],
    );
    let mut huge = deployment("huge", "nginx:1", 1);
    huge["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "5000"}});
    all(space.run(&[deploy(&[huge])]), &["deployment huge", "Insufficient cpu"]);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}});
    space.run(&[deploy(&[quota])]).ok();
    all(space.run(&[deploy(&[deployment("refused", "nginx:1", 1)])]), &["deployment refused", "exceeded quota"]);
}

#[test]
fn a_deployment_that_stays_unready_times_out_naming_what_it_waited_for() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let stage = deploy_with(&[deployment("slow", "nginx:unready", 1)], json!({"stageTimeoutMs": 3000}));
    let ran = space.run(&[stage]);
    let exception = ran.stage("Deploy")["context"]["exception"].to_string();
    all(ran, &["deployment slow", "did not become stable in time"]);
    assert!(exception.contains("deployment slow") && !exception.contains("did not answer"), "{exception}");
    let mut own = deploy_with(&[deployment("slow", "nginx:unready", 1)], json!({"stableManifestTimeoutMinutes": 0.05}));
    own.as_object_mut().unwrap().shift_remove("stageTimeoutMs");
    let started = std::time::Instant::now();
    all(space.run(&[own]), &["did not become stable in time"]);
    assert!(started.elapsed() < std::time::Duration::from_secs(9), "{:?}", started.elapsed());
}

#[test]
fn a_server_that_is_gone_is_told_while_it_is_waited_for() {
    let space = Space::new();
    let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}], "users": [{"name": "u", "user": {"token": "t"}}]});
    let file = space.project.write("gone.json", &kubeconfig.to_string());
    space.configure(&json!({"kubeconfigFile": file}));
    let mut stage = plain(config_map("c", "a"));
    stage["stageTimeoutMs"] = 10_000.into();
    all(space.run(&[stage]), &["the API server does not answer", "Connection refused"]);
}

/// A stage whose manifests are this text.
fn text(manifests: &str) -> Value {
    let artifact = json!({"type": "embedded/base64", "name": "m", "reference": STANDARD.encode(manifests)});
    stage(
        "deployManifest",
        "Deploy",
        json!({"source": "artifact", "manifestArtifact": artifact, "moniker": {"app": "shop"}, "versioned": false}),
    )
}

#[test]
fn tabs_are_named_with_their_line() {
    let space = Space::new();
    let tabs = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: c\n";
    all(space.run(&[text(tabs)]), &["line 4", "tabs cannot indent YAML"]);
    assert_eq!(space.names("configmaps"), Vec::<String>::new());
}

#[test]
fn documents_lists_in_lists_and_nulls_are_all_manifests_there_are() {
    let space = Space::new();
    let many = "\u{feff}---\n---\n# nothing but a comment\n---\nnull\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n\
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n- null\n- - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n\
                apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  \
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}\n...\n";
    space.run(&[text(many)]).ok();
    assert_eq!(space.names("configmaps"), ["a", "b", "c", "d"]);
    let nested =
        json!([[config_map("e", "1"), null], {"apiVersion": "v1", "kind": "List", "items": [config_map("f", "1")]}]);
    let mut inline = deploy_with(&[], json!({"versioned": false}));
    inline["manifests"] = nested;
    space.run(&[inline]).ok();
    assert_eq!(space.names("configmaps"), ["a", "b", "c", "d", "e", "f"]);
    space.run(&[text("---\nnull\n---\n")]).ok();
}

#[test]
fn a_document_without_kind_or_name_is_named_by_its_place() {
    let space = Space::new();
    let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n";
    for (document, parts) in [
        ("apiVersion: v1\nmetadata: {name: a}\n", &["document 2", "line 5", "no 'kind'"][..]),
        ("kind: ConfigMap\nmetadata: {name: a}\n", &["document 2", "no 'apiVersion'"]),
        ("apiVersion: v1\nkind: ConfigMap\n", &["document 2", "no 'metadata.name'"]),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 12}\n", &["document 2", "must be text", "12"]),
        ("just words\n", &["document 2", "must be an object", "just words"]),
        ("a: b: c\n", &["line 5"]),
    ] {
        all(space.run(&[text(&format!("{good}{document}"))]), parts);
    }
    assert_eq!(space.names("configmaps"), Vec::<String>::new(), "nothing was sent");
}

#[test]
fn objects_without_a_namespace_and_objects_that_need_one_are_told_apart() {
    let space = Space::new();
    let name = space.namespace.clone();
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [],
        "metadata": {"name": name, "namespace": name}});
    let ran = space.run(&[plain(role)]).ok();
    let warned = ran.stage("Deploy")["context"]["warnings"].to_string();
    assert!(warned.contains("lives in no namespace"), "{warned}");
    space.kubectl(&["delete", "clusterrole", &name]);
    // One whose namespace is not there.
    let mut lost = config_map("c", "a");
    lost["metadata"]["namespace"] = format!("{name}-nowhere").into();
    all(space.run(&[plain(lost)]), &["configMap c", &format!("namespaces \"{name}-nowhere\" not found")]);
    // A binding in a namespace cannot be one of the whole cluster.
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}});
    all(space.run(&[plain(binding)]), &["clusterRoleBinding", "roleRef.kind", "ClusterRole"]);
}

#[test]
fn fields_that_cannot_change_are_named_for_every_kind_that_has_some() {
    let space = Space::new();
    let job = job("once", "busybox:1", json!({}));
    space.run(&[plain(job.clone())]).ok();
    let mut other = job;
    other["spec"]["template"]["spec"]["containers"][0]["image"] = "busybox:2".into();
    all(space.run(&[plain(other)]), &["job once", "spec.template", "immutable", "recreate"]);
    space.run(&[plain(service("front", json!({"app": "web"})))]).ok();
    let mut moved = service("front", json!({"app": "web"}));
    moved["spec"]["clusterIP"] = "None".into();
    all(space.run(&[plain(moved)]), &["service front", "spec.clusterIP", "may not change once set", "recreate"]);
}

#[test]
fn annotations_that_are_too_large_are_told_with_the_way_out() {
    let space = Space::new();
    let mut large = config_map("large", "a");
    large["data"]["key"] = "x".repeat(300 * 1024).into();
    all(
        space.run(&[plain(large.clone())]),
        &["configMap large", "metadata.annotations: Too long", "server-side-apply"],
    );
    space.run(&[plain(annotated(large, "strategy.spinnaker.io/server-side-apply", "true"))]).ok();
    assert_eq!(space.names("configmaps"), ["large"]);
}

#[test]
fn selectors_that_select_nothing_are_told() {
    let space = Space::new();
    let selectors = json!({"selectors": [{"kind": "EQUALS", "key": "tier", "values": ["web"]}]});
    let ran = space.run(&[deploy_with(&[config_map("c", "a")], json!({"labelSelectors": selectors}))]);
    all(ran, &["deploys nothing", "label selectors select none", "allowNothingSelected"]);
    let more = json!({"labelSelectors": selectors, "allowNothingSelected": true});
    space.run(&[deploy_with(&[config_map("c", "a")], more)]).ok();
    assert_eq!(space.names("configmaps"), Vec::<String>::new());
}

#[test]
fn quotas_ranges_and_namespaces_that_end_refuse_with_the_servers_reason() {
    let space = Space::new();
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"services": "1"}}});
    let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"},
        "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}});
    space.run(&[deploy(&[quota, range, service("first", json!({"app": "web"}))])]).ok();
    space.until("the quota being counted", || space.get("resourcequota", "few")["status"]["used"]["services"] == "1");
    all(
        space.run(&[plain(service("second", json!({"app": "web"})))]),
        &["service second", "exceeded quota: few", "services=1", "make the quota larger"],
    );
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big"}, "spec": {"containers": [
        {"name": "main", "image": "nginx:1", "resources": {"limits": {"memory": "1Gi"}}}]}});
    all(space.run(&[plain(pod.clone())]), &["pod big", "maximum memory usage per Container is 64Mi"]);
    // Pods of a deployment are refused to its controller: that is found in its conditions.
    if space.cluster.stands_in {
        let mut big = deployment("big", "nginx:1", 1);
        big["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": "1Gi"}});
        all(space.run(&[deploy(&[big])]), &["deployment big", "maximum memory usage per Container is 64Mi"]);
    }
    let ending = format!("{}-ending", space.namespace);
    space.cluster.kubectl(&["create", "namespace", &ending]);
    let kept = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": ending, "finalizers": ["test/wait"]}});
    space.cluster.apply(&kept.to_string());
    space.cluster.kubectl(&["delete", "namespace", &ending, "--wait=false"]);
    pod["metadata"]["namespace"] = ending.as_str().into();
    all(space.run(&[plain(pod)]), &["pod big", "because it is being terminated"]);
    let free = json!([{"op": "remove", "path": "/metadata/finalizers"}]).to_string();
    space.cluster.kubectl(&["-n", &ending, "patch", "configmap", "kept", "--type=json", "-p", &free]);
}

#[test]
fn webhooks_refuse_with_their_reason_and_a_restart_finishes_what_is_left() {
    let space = Space::new();
    if !space.cluster.stands_in {
        return;
    }
    let webhook = Server::script("kubernetes/admission.py", |_| {
        vec![space.cluster.pki("server.crt"), space.cluster.pki("server.key")]
    });
    space.cluster.kubectl(&["label", "namespace", &space.namespace, &format!("test={}", space.namespace)]);
    let authority = STANDARD.encode(std::fs::read(space.cluster.pki("ca.crt")).unwrap());
    let configuration = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": space.namespace}, "webhooks": [{"name": "owners.test.example.com", "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "failurePolicy": "Fail", "timeoutSeconds": 5,
            "clientConfig": {"url": webhook.url.replace("http:", "https:") + "/", "caBundle": authority},
            "namespaceSelector": {"matchLabels": {"test": space.namespace}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["services", "configmaps"]}]}]});
    space.cluster.apply(&configuration.to_string());
    let mut owned = config_map("owned", "a");
    owned["metadata"]["labels"] = json!({"owner": "ann"});
    let stage = deploy_with(&[owned, service("nobodys", json!({"app": "web"}))], json!({"versioned": false}));
    let refused = || space.run(std::slice::from_ref(&stage));
    // It takes the server a moment to know of webhooks.
    space.until("the webhook being known", || {
        let known = refused().execution["status"] == "TERMINAL";
        if !known {
            space.kubectl(&["delete", "configmap/owned", "service/nobodys"]);
        }
        known
    });
    let ran = refused();
    for part in [
        "service nobodys",
        "owners.test.example.com",
        "metadata.labels.owner: every object names its owner",
        "already as the stage has them: configMap owned in",
        "gennaker restart",
    ] {
        assert!(ran.said.contains(part), "no '{part}' in\n{}", ran.said);
    }
    assert_eq!((space.names("configmaps"), space.names("services")), (vec!["owned".to_owned()], Vec::new()));
    let before = space.get("configmap", "owned")["metadata"]["resourceVersion"].clone();
    // One that cannot be reached refuses too.
    drop(webhook);
    all(refused(), &["configMap owned", "failed calling webhook", "connection refused"]);
    space.cluster.kubectl(&["delete", "validatingwebhookconfiguration", &space.namespace]);
    let id = space.project.executions().pop().unwrap().0;
    space.until("the restart finishing it", || space.project.run(&["restart", &id, "Deploy"]).status.success());
    assert_eq!(space.names("services"), ["nobodys"]);
    assert_eq!(space.get("configmap", "owned")["metadata"]["resourceVersion"], before, "nothing is applied twice");
}
