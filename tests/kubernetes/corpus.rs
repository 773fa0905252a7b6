//! Pipelines and manifests that others wrote, run as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::accounts::certificate;
use crate::cluster::{Cluster, Ran, Space, cluster};
use crate::common::text;
use crate::manifests::stage;
use crate::servers::Server;

/// A pipeline, what it is given, and what comes of it.
pub struct Row {
    /// Its file below `tests/corpus/pipelines`.
    pub file: &'static str,
    arguments: &'static [&'static str],
    /// Accounts it names, each with the namespace of manifests that name none.
    accounts: &'static [(&'static str, &'static str)],
    /// Stages that ask people; all are told to go on.
    judgments: &'static [&'static str],
    /// Objects that are there before.
    before: &'static str,
    status: &'static str,
    /// Part of what it says.
    says: &'static str,
    /// What is left: words of `kubectl get`, and what it prints.
    left: &'static [(&'static str, &'static str)],
}

const ROW: Row = Row {
    file: "",
    arguments: &[],
    accounts: &[],
    judgments: &[],
    before: "",
    status: "SUCCEEDED",
    says: "",
    left: &[],
};

pub const ROWS: &[Row] = &[
    Row {
        file: "spinnaker__spinnaker__examples_solutions_kayenta_pipelines_simple-deploy.json",
        arguments: &["-p", "successRate=70"],
        accounts: &[("my-kubernetes-account", "default")],
        left: &[
            ("-n default deployment sampleapp -o jsonpath={.status.readyReplicas}", "4"),
            ("-n default configmap sampleapp-config-prod-v000 -o jsonpath={.data.SUCCESS_RATE}", "70"),
            ("-n default deployment sampleapp -o jsonpath={..configMapKeyRef.name}", "sampleapp-config-prod-v000"),
        ],
        ..ROW
    },
    Row {
        file: "spinnaker__spinnaker__deck_test_functional_cypress_fixtures_kubernetes_pipelines_pipelineConfigs.json#1",
        accounts: &[("k8s-local", "default")],
        left: &[
            ("-n dev deployment -o jsonpath={.items[*].metadata.name}", "backend database frontend"),
            ("-n test statefulset statefulset -o jsonpath={.status.readyReplicas}", "3"),
            ("-n prod daemonset daemonset -o jsonpath={.status.numberReady}", "1"),
            ("-n prod ingress backend -o jsonpath={.spec.rules[*].host}", "backend.com api.backend.com"),
            ("-n prod networkpolicy -o jsonpath={.items[*].metadata.name}", "backend-security-policy"),
            ("-n prod deployment backend -o jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}", "kubernetesapp"),
        ],
        ..ROW
    },
    Row {
        file: "armory__minnaker__pipelines_armory-basic-k8s-pipe.yaml",
        accounts: &[("spinnaker", "default")],
        judgments: &["This deploys locally on K3s.  Want External K8s?"],
        left: &[("-n prod deployment new-microservice -o jsonpath={.status.readyReplicas}", "2")],
        ..ROW
    },
    Row {
        file: "armory__minnaker__pipelines_sample-pipe.yaml@cf22a9b98c",
        accounts: &[("spinnaker", "default")],
        judgments: &["Slack Chat Ops Approval"],
        left: &[(
            "-n prod deployment new-microservice -o jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}",
            "armory-sample",
        )],
        ..ROW
    },
    Row {
        file: "armory__minnaker__pipelines_sample-pipe.yaml@d0733b8217",
        accounts: &[("spinnaker", "default")],
        left: &[("-n prod deployment nginx-deployment -o jsonpath={.status.readyReplicas}", "2")],
        ..ROW
    },
    Row {
        file: "armory__minnaker__templates_addons_demo_demok8s_pipelines_PIPELINE_UUID_pipeline-metadata.json.tmpl",
        accounts: &[("spinnaker", "default")],
        judgments: &["Manual Judgment: Deploy to Test", "Manual Judgment: Deploy to Prod"],
        left: &[
            ("-n dev deployment demok8s -o jsonpath={..image}", "justinrlee/nginx:monday"),
            ("-n test ingress demok8s -o jsonpath={.metadata.name}", "demok8s"),
            ("-n prod replicaset demok8s-v000 -o jsonpath={.status.readyReplicas}", "3"),
        ],
        ..ROW
    },
    // Again with another tag: blue/green leaves the old version, without traffic.
    Row {
        file: "armory__minnaker__templates_addons_demo_demok8s_pipelines_PIPELINE_UUID_pipeline-metadata.json.tmpl",
        arguments: &["-p", "tag=friday"],
        accounts: &[("spinnaker", "default")],
        judgments: &["Manual Judgment: Deploy to Test", "Manual Judgment: Deploy to Prod"],
        left: &[
            ("-n dev deployment demok8s -o jsonpath={..image}", "justinrlee/nginx:friday"),
            (
                "-n prod replicaset -l app.kubernetes.io/name=demok8s -o jsonpath={.items[*].metadata.name}",
                "demok8s-v000 demok8s-v001",
            ),
            (
                "-n prod pods -l lb=demok8s -o jsonpath={.items[*].spec.containers[*].image}",
                "justinrlee/nginx:friday justinrlee/nginx:friday justinrlee/nginx:friday",
            ),
        ],
        ..ROW
    },
    Row {
        file: "joatmon08__cloud-migration__spinnaker_delete.json@d50f9e6222",
        accounts: &[("demo", "default")],
        before: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: web}}, spec: {selector: {matchLabels: {app: web}}, \
                 template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: 'nginx:1'}]}}}}\n---\n\
                 {apiVersion: v1, kind: Service, metadata: {name: web, labels: {app: web}}, spec: {ports: [{port: 80}]}}\n---\n\
                 {apiVersion: v1, kind: Service, metadata: {name: api, labels: {app: api}}, spec: {ports: [{port: 80}]}}",
        left: &[
            ("-n default deployment,service -l app=web -o jsonpath={.items[*].metadata.name}", ""),
            ("-n default service api -o jsonpath={.metadata.name}", "api"),
        ],
        ..ROW
    },
    Row {
        file: "spinnaker__spinnaker__orca_orca-core_src_test_resources_com_netflix_spinnaker_orca_testconfig_ad-hoc_deploy-manifest.json",
        accounts: &[("k8s-prod-deploy-v2-account", "default")],
        status: "TERMINAL",
        says: "manifest 1: the manifest that is empty has no 'apiVersion'",
        ..ROW
    },
    Row {
        file: "karlskewes__spinnaker-pac__tests_golden_test-e2e.pass.json#pipeline-myapp-deploy",
        arguments: &["--artifact", "docker/image:index.docker.io/myorg/myapp:git-1a2b3c4"],
        accounts: &[
            ("stg-us-east-1-cluster-admin", "stg-us"),
            ("prd-us-east-1-cluster-admin", "prd-us"),
            ("prd-ap-southeast-2-cluster-admin", "prd-ap"),
        ],
        judgments: &["Manual Judgment"],
        left: &[
            ("-n stg-us job -o jsonpath={.items[*].status.succeeded}", "1 1"),
            ("-n prd-ap job -o jsonpath={.items[*].status.succeeded}", "1"),
            ("-n stg-us deployment -o jsonpath={.items[*].status.readyReplicas}", "3 1 2"),
            ("-n prd-us deployment -o jsonpath={.items[*].metadata.name}", "frontend redis-master redis-replica"),
            ("-n prd-ap service -o jsonpath={.items[*].metadata.name}", "frontend redis-master redis-replica"),
        ],
        ..ROW
    },
];

pub fn corpus(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(path)
}

/// A control plane for pipelines that say themselves which namespaces they use.
pub fn own() -> &'static Cluster {
    static OWN: OnceLock<Cluster> = OnceLock::new();
    OWN.get_or_init(|| {
        let own = Cluster::own();
        for name in ["canary", "dev", "prd-ap", "prd-us", "prod", "stg-us", "test"] {
            own.kubectl(&["create", "namespace", name]);
        }
        own
    })
}

/// A project whose web is ours, with these accounts.
struct Others {
    space: Space,
    web: Server,
    authority: String,
}

impl Others {
    fn new() -> Self {
        let space = Space::on(own());
        let names = "subjectAltName=DNS:www.google.com,DNS:gitlab.com\nextendedKeyUsage=serverAuth\n";
        let (certificate, key) = certificate(&space, "web", "/CN=web", names, "1 hour ago");
        let web = Server::script("web.py", |folder| vec![certificate, key, folder.join("www").display().to_string()]);
        web.put("www.google.com/index", "<html>");
        let job = |name: &str| {
            format!(
                "{{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: 'busybox:1'}}]}}}}}}}}"
            )
        };
        let files = "gitlab.com/api/v4/projects/myorg/myparent/myproject/repository/files";
        let guestbook =
            fs::read_to_string(corpus("manifests/guestbook/web/guestbook/all-in-one/guestbook-all-in-one.yaml"))
                .unwrap();
        for place in ["stg/us-east-1", "prd/us-east-1", "prd/ap-southeast-2"] {
            web.put(&format!("{files}/{place}/infra/myapp.yaml/raw"), &guestbook);
            web.put(&format!("{files}/{place}/infra/myapp-setup.yaml/raw"), job("myapp-setup"));
            web.put(&format!("{files}/{place}/infra/myapp-integration-tests-job.yaml/raw"), job("myapp-tests"));
        }
        let authority = own().pki("ca.crt");
        Self { space, web, authority }
    }

    fn configure(&self, accounts: &[(&str, &str)]) {
        let account = |(name, namespace): &(&str, &str)| {
            let settings = json!({"provider": "kubernetes", "kubeconfigFile": own().admin, "namespace": namespace, "rolloutTolerance": 2});
            ((*name).to_owned(), settings)
        };
        let accounts: serde_json::Map<String, Value> = accounts.iter().map(account).collect();
        let artifacts = json!({"example-gitlab-acc": {"type": "gitlab", "token": "secret"}});
        let settings = json!({"accounts": accounts, "artifacts": artifacts});
        self.space.project.write("gennaker.yaml", &settings.to_string());
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = self.space.project.command(arguments);
        command.env("HTTPS_PROXY", &self.web.url).env("NO_PROXY", "127.0.0.1").env("SSL_CERT_FILE", &self.authority);
        command.output().unwrap()
    }

    /// Runs a pipeline; people say yes to everything.
    fn run(&self, file: &Path, arguments: &[&str], judgments: &[&str]) -> Ran {
        let mut all = vec!["run", file.to_str().unwrap(), "--no-input"];
        all.extend(arguments);
        let mut output = self.command(&all);
        let mut said = String::new();
        for judgment in judgments {
            let so_far = text(&output.stderr);
            assert_eq!(output.status.code(), Some(7), "'{judgment}' is not asked:\n{said}{so_far}");
            said += &so_far;
            let id = self.space.project.executions().pop().unwrap().0;
            self.space.project.ok(&["judge", &id, judgment, "continue"]);
            output = self.command(&["resume", &id, "--no-input"]);
        }
        let mut ran = self.space.ended(&output);
        ran.said = said + &ran.said;
        ran
    }
}

fn statuses(ran: &Ran) -> String {
    let stages = ran.execution["stages"].as_array().unwrap();
    stages.iter().map(|stage| format!("{}: {}\n", stage["name"], stage["status"])).collect()
}

#[test]
fn pipelines_of_others_run_unmodified() {
    if !cluster().stands_in {
        return;
    }
    let others = Others::new();
    let mut wrong = Vec::new();
    for row in ROWS {
        others.configure(row.accounts);
        if !row.before.is_empty() {
            own().apply(&format!("---\n{}", row.before));
        }
        let ran = others.run(&corpus("pipelines").join(row.file), row.arguments, row.judgments);
        let mut problem = |what: String| wrong.push(format!("{}: {what}\n{}{}", row.file, statuses(&ran), ran.said));
        if ran.execution["status"] != row.status || !ran.said.contains(row.says) {
            problem(format!("ended as {}, not as {} with '{}'", ran.execution["status"], row.status, row.says));
            continue;
        }
        for (what, expected) in row.left {
            let mut get = vec!["get"];
            get.extend(what.split(' '));
            let mut found = String::new();
            // Old pods go away a moment after the stage that took them out of traffic.
            for _ in 0..20 {
                found = own().kubectl(&get);
                if found == *expected {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            if found != *expected {
                problem(format!("kubectl get {what} prints '{found}', not '{expected}'"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_pipeline_finds_what_another_of_the_same_author_deployed() {
    if !cluster().stands_in {
        return;
    }
    let others = Others::new();
    others.configure(&[("my-kubernetes-account", "default")]);
    let crds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kubernetes/crds.yaml");
    own().apply(&fs::read_to_string(crds).unwrap());
    // Spinnaker gives pipelines their ids when they are saved; the other one names this id.
    let simple = corpus("pipelines/FuriKuri__spinnaker-istio-canary__spinnaker_simple-deploy.json");
    let mut simple: Value = serde_json::from_str(&fs::read_to_string(simple).unwrap()).unwrap();
    simple["id"] = "f9cb170a-c824-4091-a0fe-9e0923202568".into();
    let simple = others.space.project.write("pipelines/simple-deploy.json", &simple.to_string());
    let ran = others.run(&simple, &["-p", "successRate=50"], &[]).ok();
    let get = |what: &str| own().kubectl(&what.split(' ').collect::<Vec<_>>());
    assert_eq!(get("-n default get deployment canaryapp -o jsonpath={.status.readyReplicas}"), "4", "{}", ran.said);
    assert_eq!(get("-n default get configmap canaryapp-config-prod-v000 -o jsonpath={.data.SUCCESS_RATE}"), "50");
    let canary = corpus("pipelines/FuriKuri__spinnaker-istio-canary__spinnaker_canary-deploy-istio.json");
    let ran = others.run(&canary, &["-p", "successRate=90"], &[]);
    // As in Spinnaker: the map is of another namespace than the deployment, so that it cannot be bound.
    assert_eq!(ran.execution["status"], "TERMINAL", "{}{}", statuses(&ran), ran.said);
    assert_eq!(ran.stage("Find Baseline Version")["status"], "SUCCEEDED");
    assert_eq!(ran.stage("Deploy Baseline")["status"], "TERMINAL", "{}", ran.said);
    assert!(ran.said.contains("canaryapp-config-prod"), "{}", ran.said);
    assert_eq!(ran.stage("Deploy Canary Config")["status"], "SUCCEEDED");
    assert_eq!(get("-n canary get configmap canaryapp-config-canary-v000 -o jsonpath={.data.SUCCESS_RATE}"), "90");
}

/// Files of an application, and what comes of deploying them: objects, or what is said.
const APPLICATIONS: &[(&str, usize, &str)] = &[
    ("guestbook/web/guestbook/all-in-one/frontend.yaml", 2, ""),
    ("guestbook/web/guestbook/all-in-one/guestbook-all-in-one.yaml", 6, ""),
    ("guestbook/web/guestbook/all-in-one/redis-replica.yaml", 2, ""),
    ("guestbook/web/guestbook/frontend-deployment.yaml", 1, ""),
    ("guestbook/web/guestbook/frontend-service.yaml", 1, ""),
    ("guestbook/web/guestbook/legacy/frontend-controller.yaml", 1, ""),
    ("guestbook/web/guestbook/legacy/redis-master-controller.yaml", 1, ""),
    ("guestbook/web/guestbook/legacy/redis-replica-controller.yaml", 1, ""),
    ("guestbook/web/guestbook/redis-master-deployment.yaml", 1, ""),
    ("guestbook/web/guestbook/redis-master-service.yaml", 1, ""),
    ("guestbook/web/guestbook/redis-replica-deployment.yaml", 1, ""),
    ("guestbook/web/guestbook/redis-replica-service.yaml", 1, ""),
    ("microservices-demo-release/release/istio-manifests.yaml", 0, ""),
    ("microservices-demo-release/release/kubernetes-manifests.yaml", 35, ""),
    ("podinfo/kustomize/podinfo/deployment.yaml", 1, ""),
    ("podinfo/kustomize/podinfo/hpa.yaml", 0, "it serves autoscaling/v1 HorizontalPodAutoscaler, autoscaling/v2beta1"),
];

#[test]
fn applications_of_others_become_stable() {
    let mut wrong = Vec::new();
    for (file, objects, says) in APPLICATIONS {
        let space = Space::new();
        // The control plane is of before probes by gRPC; it would see a probe without any deed.
        let manifests = fs::read_to_string(corpus("manifests").join(file)).unwrap().replace(" grpc:", " tcpSocket:");
        let artifact = json!({"type": "embedded/base64", "name": "m", "reference": STANDARD.encode(manifests)});
        let more = json!({"source": "artifact", "manifestArtifact": artifact, "moniker": {"app": "demo"},
            "namespaceOverride": space.namespace, "skipExpressionEvaluation": true});
        let ran = space.run(&[stage("deployManifest", "Deploy", more)]);
        let expected = if says.is_empty() { "SUCCEEDED" } else { "TERMINAL" };
        if ran.execution["status"] != expected || !ran.said.contains(says) {
            wrong.push(format!("{file} ended as {}\n{}", ran.execution["status"], ran.said));
            continue;
        }
        let kinds = "deployment,service,serviceaccount,replicationcontroller";
        let labelled = space.kubectl(&["get", kinds, "-l", "app.kubernetes.io/managed-by=spinnaker", "-o", "name"]);
        let ready = space.kubectl(&[
            "get",
            "deployment",
            "-o",
            "jsonpath={range .items[*]}{.spec.replicas}={.status.readyReplicas}{'\\n'}{end}",
        ]);
        if labelled.lines().count() != *objects {
            wrong.push(format!("{file} left {labelled}, not {objects} objects"));
        }
        if ready.lines().any(|line| line.split_once('=').is_none_or(|(wished, ready)| wished != ready)) {
            wrong.push(format!("{file} is not stable: {ready}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_chart_of_others_is_baked_deployed_and_rolled_to_another_release() {
    let space = Space::new();
    let folder = corpus("manifests/podinfo/charts");
    let packed = Command::new("tar").arg("-C").arg(folder).args(["-cz", "podinfo"]).output().unwrap();
    let chart = json!({"type": "embedded/base64", "name": "podinfo", "reference": STANDARD.encode(packed.stdout)});
    let expected = json!([{"id": "baked", "matchArtifact": {"type": "embedded/base64", "name": "podinfo-manifests"}}]);
    // The control plane serves no autoscaling/v2.
    let stages = |tag: &str| {
        let overrides = json!({"hpa.enabled": false, "service.enabled": true, "image.tag": tag});
        let bake = json!({"type": "bakeManifest", "name": "Bake", "cloudProvider": "kubernetes", "templateRenderer": "HELM3",
            "outputName": "podinfo", "rawOverrides": true, "namespace": space.namespace, "overrides": overrides, "expectedArtifacts": expected,
            "inputArtifacts": [{"artifact": chart}]});
        let more = json!({"source": "artifact", "manifestArtifactId": "baked", "moniker": {"app": "podinfo"}});
        [bake, stage("deployManifest", "Deploy", more)]
    };
    for tag in ["6.1.3", "6.2.0"] {
        space.write("test", &stages(tag));
        let path = format!("{}:{}", space.cluster.tools_as(&space, "helm", "helm3"), std::env::var("PATH").unwrap());
        let output = space.project.command(&["run", "pipelines/test.json"]).env("PATH", path).output().unwrap();
        let ran = space.ended(&output).ok();
        assert_eq!(ran.kinds(), ["bakeManifest", "deployManifest"]);
        let live = space.get("deployment", "podinfo");
        assert_eq!(
            live["spec"]["template"]["spec"]["containers"][0]["image"],
            format!("ghcr.io/stefanprodan/podinfo:{tag}")
        );
        assert_eq!(live["status"]["updatedReplicas"], live["status"]["readyReplicas"]);
        assert_eq!(live["metadata"]["labels"]["app.kubernetes.io/name"], "podinfo");
    }
    assert_eq!(space.names("services"), ["podinfo"]);
}
