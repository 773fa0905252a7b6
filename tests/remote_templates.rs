//! Templates that lie elsewhere, read from real servers: nginx, git's http-backend, a repository on this machine, and
//! the templates of the project itself.

mod common;
mod servers;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use common::{TestProject, text};
use servers::Server;

const ROOT: &str = "schema: '1'
id: root
variables: [{name: waitTime, type: int, defaultValue: 1}]
stages:
- {id: a, type: wait, name: first, config: {waitTime: '{{ waitTime }}'}}
";

fn child(parent: &str) -> String {
    format!(
        "schema: '1'\nid: child\nsource: {parent}\nstages:\n- {{id: b, type: wait, name: second, dependsOn: [a], config: {{waitTime: 0}}}}\n"
    )
}

fn configuration(name: &str, source: &str) -> String {
    format!(
        "schema: '1'\npipeline:\n  application: shop\n  name: {name}\n  template: {{source: '{source}'}}\n  variables: {{waitTime: 0}}\n"
    )
}

fn stages(project: &TestProject, file: &str) -> Vec<String> {
    let planned: Value = serde_json::from_str(&project.ok(&["template", "plan", file])).unwrap();
    planned["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap().to_owned()).collect()
}

fn refused(project: &TestProject, args: &[&str]) -> String {
    let output = project.run(args);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    text(&output.stderr)
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
}

/// A bare repository `templates.git` with a template whose wait is another one at tag `v1`.
fn repository(folder: &Path) {
    let work = folder.join("work");
    fs::create_dir_all(work.join("dir")).unwrap();
    git(&work, &["init", "-q"]);
    fs::write(work.join("dir/t.yml"), ROOT.replace("name: first", "name: old")).unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "-qm", "one"]);
    git(&work, &["tag", "v1"]);
    fs::write(work.join("dir/t.yml"), ROOT).unwrap();
    git(&work, &["commit", "-qam", "two"]);
    git(folder, &["clone", "-q", "--bare", "work", "templates.git"]);
}

#[test]
fn templates_are_read_from_web_servers_with_their_ancestors() {
    let server = Server::nginx("location /slow { proxy_pass http://127.0.0.1:1; }");
    server.put("t/root.yml", ROOT);
    server.put("t/child.yml", child(&format!("{}/t/root.yml", server.url)));
    server.put("t/list.yml", "- a\n- b\n");
    server.put("t/filled.yml", configuration("filled", "root.yml"));
    server.put("t/around.yml", child(&format!("{}/t/around.yml", server.url)));
    server.put("t/large.yml", "#".repeat(17 << 20));
    let project = TestProject::new();
    let at = |name: &str| {
        project.write(name, &configuration(name, &format!("{}/t/{name}.yml", server.url)));
        name.to_owned()
    };
    assert_eq!(stages(&project, &at("child")), ["first", "second"]);
    project.ok(&["run", "child", "--quiet"]);
    for (name, expected) in [
        ("none", "the server answers 404"),
        ("list", "it does not hold one object"),
        ("filled", "it is itself the configuration of a templated pipeline"),
        ("around", "the template inherits from itself"),
        ("large", "bytes, which is the most that is read"),
    ] {
        let said = refused(&project, &["template", "plan", &at(name)]);
        assert!(said.contains(expected) && said.contains("GNK009"), "{name}: {said}");
    }
    project.write("nobody", &configuration("nobody", "http://127.0.0.1:1/t.yml"));
    let said = refused(&project, &["plan", "nobody"]);
    assert!(said.contains("error[GNK0090]: cannot load template 'http://127.0.0.1:1/t.yml'"), "{said}");
    project.write("gennaker.yaml", "urlPolicy: {deny: ['127.0.0.1']}\n");
    let said = refused(&project, &["plan", "child"]);
    assert!(said.contains("GNK0090") && said.contains("127.0.0.1"), "{said}");
}

#[test]
fn templates_are_read_from_repositories_at_a_version() {
    let server = Server::script("git_http.py", |folder| {
        repository(folder);
        vec![folder.display().to_string()]
    });
    let project = TestProject::new();
    let over_http = format!("git+{}/templates.git//dir/t.yml", server.url);
    let local = format!("git+file://{}/templates.git//dir/t.yml", server.folder().display());
    for source in [&over_http, &local] {
        project.write("latest.yml", &configuration("latest", source));
        assert_eq!(stages(&project, "latest.yml"), ["first"]);
        project.write("old.yml", &configuration("old", &format!("{source}?ref=v1")));
        assert_eq!(stages(&project, "old.yml"), ["old"]);
    }
    for (source, expected) in [
        (format!("{over_http}?ref=v9"), "git says: "),
        (format!("git+{}/templates.git//none.yml", server.url), "git says: "),
        (format!("git+{}/nowhere.git//dir/t.yml", server.url), "git says: "),
        (format!("git+{}/templates.git//dir/t.yml?ref=--upload-pack=x", server.url), "through https"),
        ("git+ext::sh -c id//t.yml".to_owned(), "GNK0090"),
    ] {
        project.write("wrong.yml", &configuration("wrong", &source));
        let said = refused(&project, &["template", "plan", "wrong.yml"]);
        assert!(said.contains("error[GNK0090]") && said.contains(expected), "{source}: {said}");
    }
}

const V2: &str = r#"{"schema": "v2", "id": "deploy", TAG
  "variables": [{"name": "seconds", "type": "int", "defaultValue": 0}],
  "pipeline": {"stages": [{"refId": "1", "type": "wait", "name": "NAME", "waitTime": "${templateVariables.seconds}"}]}}"#;

fn v2(reference: &str) -> String {
    format!(
        r#"{{"schema": "v2", "application": "shop", "name": "made", "variables": {{}},
            "template": {{"artifactAccount": "front50ArtifactCredentials", "type": "front50/pipelineTemplate",
                          "reference": "{reference}"}}}}"#
    )
}

#[test]
fn stored_templates_are_those_of_the_project() {
    let project = TestProject::new();
    let stored = |name: &str, tag: &str| V2.replace("NAME", name).replace("TAG", tag);
    project.write("templates/deploy.json", &stored("newest", ""));
    for (reference, expected) in [("spinnaker://deploy", "newest"), ("spinnaker://deploy:stable", "newest")] {
        project.write("made.json", &v2(reference));
        assert_eq!(stages(&project, "made.json"), [expected], "{reference}");
    }
    project.write("templates/deploy.json", &stored("tagged", r#""tag": "stable","#));
    project.write("made.json", &v2("spinnaker://deploy:stable"));
    assert_eq!(stages(&project, "made.json"), ["tagged"]);
    project.ok(&["run", "made.json", "--quiet"]);
    for (reference, expected) in [
        ("spinnaker://deploy:other", "'deploy' is there, but not in this version"),
        ("spinnaker://deploy@sha256:00", "'deploy' is there, but not in this version"),
        ("spinnaker://nothing", "no file below templates/ or pipelines/ has the id 'nothing'"),
    ] {
        project.write("made.json", &v2(reference));
        let said = refused(&project, &["plan", "made.json"]);
        assert!(said.contains(expected), "{reference}: {said}");
    }
}

#[test]
fn a_name_is_looked_up_without_fetching_what_other_pipelines_need() {
    let server = Server::nginx("");
    server.put("root.yml", ROOT);
    let project = TestProject::new();
    let remote = format!("{}/root.yml", server.url);
    project.write("pipelines/remote.yml", &configuration("Remote", &remote));
    project.write("pipelines/plain.yml", "name: Plain\napplication: shop\nstages: [{type: wait, waitTime: 0}]\n");
    let log = server.folder().join("access.log");
    assert!(!log.exists(), "nginx keeps no log here");
    // Where nothing answers, only the pipeline that needs it is refused.
    project.write("pipelines/nobody.yml", &configuration("Nobody", "http://127.0.0.1:1/t.yml"));
    project.ok(&["run", "Plain", "--quiet"]);
    project.ok(&["run", "shop/Remote", "--quiet"]);
    project.ok(&["plan", "Remote"]);
    let said = refused(&project, &["plan", "Nobody"]);
    assert!(said.contains("error[GNK0090]: cannot load template 'http://127.0.0.1:1/t.yml'"), "{said}");
    let said = refused(&project, &["plan", "Remte"]);
    assert!(said.contains("did you mean 'Remote'?"), "{said}");
}
