//! Which pipelines of the corpus run on Kubernetes, which do not and why, and those that need more than a row of
//! `corpus.rs`.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cluster::{Space, cluster};
use crate::common::text;
use crate::corpus::{ROWS, corpus, own};
use crate::servers::Server;

/// Reasons why a pipeline does not run here.
const CANARY: &str = "its canary is analysed, which gennaker does not do yet";
const GOOGLE: &str = "its manifests are in Google Cloud Storage, which gennaker does not read yet";
const HELM_2: &str = "it renders with helm 2, which no registry has any more";
const JENKINS: &str = "it starts a job of Jenkins, which gennaker does not do yet";
const SOURCE: &str = "it is the source of a generator; what it generates is beside it";

/// Pipelines of the corpus with Kubernetes stages that are not run, each with what is missing.
const NOT_RUN: &[(&str, &str)] = &[
    ("FuriKuri__spinnaker-istio-canary__spinnaker_aca-deploy-istio.json", CANARY),
    ("armory__minnaker__templates_addons_demo_democanary_pipelines_PIPELINE_UUID_pipeline-metadata.json.tmpl", CANARY),
    ("foremast__foremast__slate_cool.json.j2@b2dc7515dd", CANARY),
    ("foremast__foremast__src_foremast_templates_pipeline_pipeline_kubernetes_canary.json.j2@584c04a8f1", CANARY),
    ("foremast__foremast__src_foremast_templates_pipeline_pipeline_kubernetes_simple.json.j2@2bea08a6cf", GOOGLE),
    ("joatmon08__cloud-migration__spinnaker_deploy.json@898f8aaf51", CANARY),
    ("spinnaker__spinnaker__deck_test_functional_cypress_fixtures_kubernetes_pipelines_pipelineConfigs.json#0", HELM_2),
    ("spinnaker__spinnaker__examples_codelabs_gke-kayenta-workshop_front50_deploy-canary-pipeline.json", GOOGLE),
    (
        "spinnaker__spinnaker__examples_codelabs_gke-source-to-prod_front50_pipelines_f1d724be-7f75-43fc-b0f5-d7efa4b173af_specification.json",
        GOOGLE,
    ),
    ("spinnaker__spinnaker__examples_solutions_kayenta_pipelines_automated-canary-1-9.json", CANARY),
    ("spinnaker__sponnet__demo_demo-pipeline.jsonnet", SOURCE),
    ("spinnaker__sponnet__demo_demo-pipeline.jsonnet.rendered.json", JENKINS),
    ("spinnaker__sponnet__demo_demo-v2-mpt.jsonnet", SOURCE),
    ("spinnaker__sponnet__demo_demo-v2-mpt.jsonnet.rendered.json", JENKINS),
];

/// Those that have a test of their own below.
const WITH_OTHERS: &[&str] = &[
    "FuriKuri__spinnaker-istio-canary__spinnaker_canary-deploy-istio.json",
    "FuriKuri__spinnaker-istio-canary__spinnaker_simple-deploy.json",
    "armory-io__sandwich-facts__deploy_lib_partials_stages_deploy-manifest@bf79963bf5",
    "armory-io__sandwich-facts__deploy_lib_partials_stages_kustomize-bake@bf79963bf5",
    "spinnaker__spinnaker__orca_orca-pipelinetemplate_src_test_resources_templates_dynamic-stages-001.yml",
];

#[test]
fn every_kubernetes_pipeline_of_the_corpus_runs_or_has_its_reason() {
    let stages = [
        "bakeManifest",
        "deleteManifest",
        "deployManifest",
        "disableManifest",
        "enableManifest",
        "findArtifactsFromResource",
        "patchManifest",
        "runJobManifest",
        "scaleManifest",
        "undoRolloutManifest",
    ];
    let mut unknown = Vec::new();
    for entry in fs::read_dir(corpus("pipelines")).unwrap() {
        let file = entry.unwrap();
        let name = file.file_name().into_string().unwrap();
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        let runs = ROWS.iter().any(|row| row.file == name) || WITH_OTHERS.contains(&name.as_str());
        let is_known = runs || NOT_RUN.iter().any(|(file, _)| *file == name);
        if stages.iter().any(|stage| text.contains(stage)) && !is_known {
            unknown.push(name);
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "run them in ROWS, or say in NOT_RUN why not");
}

/// Lays a file of the corpus out in a project.
fn lay_out(space: &Space, files: &[(&str, &str)]) {
    for (file, place) in files {
        let path = corpus("pipelines").join(file);
        space.project.write(place, &fs::read_to_string(path).unwrap());
    }
}

/// Accounts of our own cluster.
fn accounts_of(names: &[(&str, &str)]) -> Value {
    let account = |(name, namespace): &(&str, &str)| {
        let settings = json!({"provider": "kubernetes", "kubeconfigFile": own().admin, "namespace": namespace});
        ((*name).to_owned(), settings)
    };
    names.iter().map(account).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn a_dinghyfile_of_others_renders_a_kustomization_and_deploys_it_everywhere() {
    if !cluster().stands_in {
        return;
    }
    let space = Space::on(own());
    let partials = "armory-io__sandwich-facts__deploy_lib_partials_";
    let (infrastructure, deploy, bake) = (
        format!("{partials}pipelines_deploy-infrastructure@bf79963bf5"),
        format!("{partials}stages_deploy-manifest@bf79963bf5"),
        format!("{partials}stages_kustomize-bake@bf79963bf5"),
    );
    lay_out(
        &space,
        &[
            ("armory-io__sandwich-facts__deploy_spinsum_dinghyfile@bf79963bf5", "deploy/spinsum/dinghyfile"),
            (&infrastructure, "deploy/lib/partials/pipelines/deploy-infrastructure"),
            (&deploy, "deploy/lib/partials/stages/deploy-manifest"),
            (&bake, "deploy/lib/partials/stages/kustomize-bake"),
        ],
    );
    // Their repository, of which the corpus has these files only.
    let kustomization = "namespace: canary\nnamePrefix: argo-\nresources: [service.yml]\n";
    space.project.write("served/facts/infrastructure/argo/kustomization.yml", kustomization);
    let manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: server}\nspec: {ports: [{port: 80}]}\n";
    space.project.write("served/facts/infrastructure/argo/service.yml", manifest);
    let git = |arguments: &[&str]| {
        let folder = space.project.path().join("served/facts");
        let output = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["add", "."]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "first"]);
    let served = space.project.path().join("served").display().to_string();
    let server = Server::script("git_http.py", |_| vec![served]);
    let artifact = json!({"type": "git/repo", "reference": format!("{}/facts", server.url), "version": "main"});
    space.project.write("deploy/lib/partials/artifacts/sandwich-facts-repo", &artifact.to_string());
    let names = [("k8s-spinnaker-summit-22", "dev"), ("k8s-dynamo-staging", "test"), ("k8s-splat-dev", "prod")];
    let settings = json!({"accounts": accounts_of(&names), "artifacts": {"gitrepo": {"type": "git/repo"}}});
    space.project.write("gennaker.yaml", &settings.to_string());
    let path = format!("{}:{}", space.cluster.tools_as(&space, "kubectl", "kubectl"), std::env::var("PATH").unwrap());
    let arguments = ["run", "deploy/spinsum/dinghyfile", "--pipeline", "02 Deploy ArgoCD"];
    let output = space.project.command(&arguments).env("PATH", path).output().unwrap();
    let ran = space.ended(&output).ok();
    assert_eq!(ran.kinds(), ["bakeManifest", "deployManifest", "deployManifest", "deployManifest"], "{}", ran.said);
    let service = own().kubectl(&["-n", "canary", "get", "service", "argo-server", "-o", "json"]);
    let service: Value = serde_json::from_str(&service).unwrap();
    assert_eq!(service["metadata"]["labels"]["app.kubernetes.io/managed-by"], "spinnaker");
    // As Spinnaker does, the last to deploy names the application only where nobody did.
    assert!(service["metadata"]["labels"]["app.kubernetes.io/name"].is_string());
}

#[test]
fn a_template_of_others_deploys_to_each_cluster_it_is_given() {
    if !cluster().stands_in {
        return;
    }
    let space = Space::on(own());
    let template =
        "spinnaker__spinnaker__orca_orca-pipelinetemplate_src_test_resources_templates_dynamic-stages-001.yml";
    lay_out(&space, &[(template, "templates/dynamic.yml")]);
    space.project.write(
        "gennaker.yaml",
        &json!({"accounts": accounts_of(&[("cluster-1", "dev"), ("cluster-3", "prod")])}).to_string(),
    );
    let baked = json!({"type": "embedded/base64", "name": "baked",
        "reference": STANDARD.encode("{apiVersion: v1, kind: ConfigMap, metadata: {name: dynamic}, data: {a: b}}")});
    let configuration = json!({"inherit": [], "expectedArtifacts": [{"id": "baked-manifest", "useDefaultArtifact": true,
        "matchArtifact": {"type": "embedded/base64", "name": "baked"}, "defaultArtifact": baked}]});
    let pipeline = json!({"schema": "1", "configuration": configuration, "pipeline": {"application": "shop", "name": "dynamic",
        "template": {"source": "templates/dynamic.yml"}, "variables": {"clusters": ["cluster-1", "cluster-3"]}}});
    space.project.write("dynamic.json", &pipeline.to_string());
    let ran = space.ended(&space.project.run(&["run", "dynamic.json"])).ok();
    assert_eq!(ran.kinds(), ["wait", "deployManifest", "deployManifest"]);
    for namespace in ["dev", "prod"] {
        let name =
            own().kubectl(&["-n", namespace, "get", "configmap", "dynamic-v000", "-o", "jsonpath={.metadata.labels}"]);
        assert!(name.contains("\"app.kubernetes.io/name\":\"shop\""), "{name}");
    }
}
