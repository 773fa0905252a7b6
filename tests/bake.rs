//! bakeManifest with real helm, helmfile and kustomize (`tests/servers/kubernetes/tools.sh`).

mod common;
mod servers;

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use common::{TestProject, text};
use servers::Server;

/// Folder of the programs.
fn tools() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kubernetes/tools.sh");
    let output = Command::new(script).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().into()
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\nspec:\n  \
     replicas: {{ .Values.replicas }}\n  template: {spec: {containers: [{name: main, image: \"{{ .Values.image }}:{{ .Values.tag }}\"}]}}\n";

/// A chart with a test, packed as charts are.
fn chart(project: &TestProject) -> Vec<u8> {
    project.write("charts/hello/Chart.yaml", "apiVersion: v2\nname: hello\nversion: 1.0.0\n");
    project.write("charts/hello/values.yaml", "replicas: 1\nimage: nginx\ntag: '1'\n");
    project.write("charts/hello/templates/deployment.yaml", DEPLOYMENT);
    project.write("charts/hello/crds/thing.yaml", "kind: CustomResourceDefinition\nmetadata: {name: things}\n");
    project.write("charts/hello/templates/tests/t.yaml", "kind: Pod\nmetadata: {name: a-test}\n");
    packed(&project.path().join("charts"), "hello")
}

fn packed(folder: &Path, name: &str) -> Vec<u8> {
    let output = Command::new("tar").arg("-C").arg(folder).args(["-cz", name]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output.stdout
}

fn embedded(content: &[u8]) -> Value {
    json!({"artifact": {"type": "embedded/base64", "name": "input", "reference": STANDARD.encode(content)}})
}

struct Baked {
    said: String,
    manifests: String,
    stage: Value,
}

/// Bakes with these programs on the PATH, each a name and the program it is.
fn bake(project: &TestProject, programs: &[(&str, &str)], more: Value) -> Result<Baked, String> {
    let bin = project.path().join("bin");
    let _ = std::fs::remove_dir_all(&bin);
    std::fs::create_dir(&bin).unwrap();
    for (name, program) in programs {
        std::os::unix::fs::symlink(tools().join(program), bin.join(name)).unwrap();
    }
    let mut stage = json!({"type": "bakeManifest", "name": "Bake", "refId": "1", "cloudProvider": "kubernetes", "outputName": "hello",
        "expectedArtifacts": [{"id": "m", "matchArtifact": {"type": "embedded/base64", "name": "manifests"}}]});
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let pipeline = json!({"name": "bake", "application": "shop", "spelEvaluator": "v4", "stages": [stage]});
    project.write("bake.json", &pipeline.to_string());
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let output = project.command(&["run", "bake.json"]).env("PATH", path).output().unwrap();
    let said = text(&output.stderr);
    if !output.status.success() {
        return Err(said);
    }
    let id = project.executions().pop().unwrap().0;
    let execution: Value = serde_json::from_str(&project.ok(&["history", "show", "-o", "json", &id])).unwrap();
    let stage = execution["stages"][0].clone();
    let artifact = &stage["outputs"]["artifacts"][0];
    assert_eq!((&artifact["type"], &artifact["name"]), (&json!("embedded/base64"), &json!("manifests")));
    let manifests = STANDARD.decode(artifact["reference"].as_str().unwrap()).unwrap();
    Ok(Baked { said, manifests: text(&manifests), stage })
}

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no '{part}' in\n{text}");
    }
}

#[test]
fn charts_are_rendered_by_helm_3_and_4() {
    let project = TestProject::new();
    let chart = chart(&project);
    for (renderer, name, program) in [
        ("HELM3", "helm", "helm3"),
        ("HELM3", "helm3", "helm3"),
        ("HELM4", "helm", "helm4"),
        ("HELM3", "helm", "helm4"),
    ] {
        let more = json!({"templateRenderer": renderer, "namespace": "prod", "overrides": {"tag": "${1 + 1}.0", "replicas": 2},
            "inputArtifacts": [embedded(&chart), embedded(b"replicas: 5\nimage: a"), embedded(b"image: httpd")]});
        let baked = bake(&project, &[(name, program)], more).unwrap();
        println!("{renderer}: {}", baked.stage["context"]["renderedWith"]);
        contains(&baked.manifests, &["name: hello", "namespace: prod", "replicas: 2", "image: \"httpd:2.0\""]);
        assert!(
            !baked.manifests.contains("a-test") && !baked.manifests.contains("CustomResourceDefinition"),
            "{}",
            baked.manifests
        );
        assert!(baked.stage["context"]["renderedWith"].as_str().unwrap().starts_with(name), "{}", baked.said);
        assert_eq!(baked.stage["outputs"]["resolvedExpectedArtifacts"][0]["boundArtifact"]["name"], "manifests");
    }
    let more = json!({"templateRenderer": "HELM3", "includeCRDs": true, "rawOverrides": true, "overrides": {"replicas": 3}, "inputArtifacts": [embedded(&chart)]});
    let baked = bake(&project, &[("helm", "helm3")], more).unwrap();
    contains(&baked.manifests, &["CustomResourceDefinition", "replicas: 3"]);
}

#[test]
fn a_chart_in_a_repository_is_rendered_where_it_lies() {
    let project = TestProject::new();
    chart(&project);
    let folder = project.path().to_owned();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command
            .current_dir(folder.join("charts"))
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["clone", "-q", "--bare", ".", "../served/charts.git"]);
    let server = Server::script("git_http.py", |_| vec![project.path().join("served").display().to_string()]);
    let repository =
        json!({"artifact": {"type": "git/repo", "reference": format!("{}/charts.git", server.url), "version": "main"}});
    let more =
        |path: &str| json!({"templateRenderer": "HELM3", "helmChartFilePath": path, "inputArtifacts": [repository]});
    contains(&bake(&project, &[("helm", "helm3")], more("hello")).unwrap().manifests, &["name: hello"]);
    contains(
        &bake(&project, &[("helm", "helm3")], more("missing")).err().unwrap(),
        &["there is no 'missing' in the repository"],
    );
    contains(&bake(&project, &[("helm", "helm3")], more("../x")).err().unwrap(), &["lies outside the repository"]);
}

#[test]
fn helmfiles_are_rendered() {
    let project = TestProject::new();
    chart(&project);
    let helmfile =
        format!("releases:\n- name: hello\n  namespace: prod\n  chart: {}/charts/hello\n", project.path().display());
    let more = json!({"templateRenderer": "HELMFILE", "inputArtifacts": [embedded(helmfile.as_bytes()), embedded(b"image: httpd")], "overrides": {"tag": "7"}});
    let baked = bake(&project, &[("helm", "helm3"), ("helmfile", "helmfile")], more.clone()).unwrap();
    println!("{}", baked.stage["context"]["renderedWith"]);
    contains(&baked.manifests, &["image: \"httpd:7\"", "namespace: prod"]);
    contains(&bake(&project, &[("helmfile", "helmfile")], more).err().unwrap(), &["no program of version 3", "helm"]);
}

#[test]
fn kustomizations_are_rendered_by_the_kustomize_of_kubectl() {
    let project = TestProject::new();
    project.write("k/base/kustomization.yaml", "resources: [deployment.yaml]\n");
    project.write(
        "k/base/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n",
    );
    project.write("k/prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\npatches: [{path: more.yaml}]\nconfigMapGenerator: [{name: c, files: [f.txt]}]\n");
    project.write(
        "k/prod/more.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n",
    );
    project.write("k/prod/f.txt", "hello\n");
    let server = Server::nginx("");
    for file in
        ["base/kustomization.yaml", "base/deployment.yaml", "prod/kustomization.yaml", "prod/more.yaml", "prod/f.txt"]
    {
        server.put(file, std::fs::read(project.path().join("k").join(file)).unwrap());
    }
    let artifact = |name: &str| json!({"artifact": {"type": "http/file", "name": name, "reference": format!("{}/{name}", server.url)}});
    for (renderer, program) in [("KUSTOMIZE", "kubectl"), ("KUSTOMIZE4", "kubectl-1.28")] {
        let more = json!({"templateRenderer": renderer, "inputArtifacts": [artifact("prod/kustomization.yaml")]});
        let baked = bake(&project, &[("kubectl", program)], more).unwrap();
        println!("{renderer}: {}", baked.stage["context"]["renderedWith"]);
        contains(&baked.manifests, &["replicas: 4", "namespace: prod", "f.txt"]);
    }
    let more = json!({"templateRenderer": "KUSTOMIZE", "inputArtifacts": [artifact("prod/more.yaml")]});
    contains(&bake(&project, &[("kubectl", "kubectl")], more).err().unwrap(), &["is no kustomization file"]);
}

#[test]
fn what_the_program_says_is_shown_and_wrong_programs_are_refused() {
    let project = TestProject::new();
    let more = json!({"templateRenderer": "HELM3", "inputArtifacts": [embedded(b"no chart")]});
    contains(&bake(&project, &[("helm", "helm3")], more.clone()).err().unwrap(), &["'helm template' failed"]);
    contains(
        &bake(&project, &[], more).err().unwrap(),
        &["no program of version 3 was found", "services: bake: helm3"],
    );
    let wrong = json!({"templateRenderer": "HELM2", "inputArtifacts": [embedded(&chart(&project))]});
    contains(&bake(&project, &[("helm", "helm3")], wrong).err().unwrap(), &["is version v3."]);
    project.write("gennaker.yaml", &format!("services: {{bake: {{helm4: {}}}}}\n", tools().join("helm4").display()));
    let configured = json!({"templateRenderer": "HELM4", "inputArtifacts": [embedded(&chart(&project))]});
    bake(&project, &[], configured).unwrap();
}
