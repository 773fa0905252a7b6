//! Every pipeline and template of the corpus, put through the built program: each is read, and each plans, or what it
//! lacks is named with its place. `GENNAKER_CORPUS` names other files of the same form.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use common::{TestProject, text};

/// A file of the corpus, laid out where it was in its repository, so that it finds its modules and templates.
struct Case {
    /// Its name in the corpus.
    name: String,
    /// `kind` of the index; empty when it has none.
    kind: String,
    /// Below the project.
    path: String,
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    std::env::var_os("GENNAKER_CORPUS").map_or(own, PathBuf::from)
}

/// Repository, path and kind by file.
fn index() -> BTreeMap<String, [String; 3]> {
    let text = fs::read_to_string(root().join("INDEX.tsv")).unwrap_or_default();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let Some(head) = lines.next() else { return BTreeMap::new() };
    let column = |name: &str| head.iter().position(|known| *known == name).expect("the index has this column");
    let (file, repo, path, kind) = (column("file"), column("repo"), column("path"), column("kind"));
    lines
        .filter(|line| line.len() > kind)
        .map(|line| (line[file].to_owned(), [line[repo], line[path], line[kind]].map(str::to_owned)))
        .collect()
}

fn lay_out(project: &TestProject) -> Vec<Case> {
    let index = index();
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("pipelines")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut taken = BTreeSet::new();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let [repo, path, kind] = index.get(&name).cloned().unwrap_or_default();
        let mut place = if path.is_empty() { name.clone() } else { format!("{}/{path}", repo.replace('/', "__")) };
        if !taken.insert(place.clone()) {
            // Two versions of a file.
            place = format!("{place}@{}", taken.len());
        }
        let path = project.path().join(&place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&file, &path).unwrap();
        cases.push(Case { name, kind, path: place });
    }
    cases
}

/// Codes of the errors it printed. Whatever a document holds, the program ends in time with a code and, where it
/// refuses something, says what and where.
fn errors(case: &Case, args: &[&str], output: &Output, begun: Instant) -> Vec<(String, String)> {
    let said = text(&output.stderr);
    let at = format!("{}: gennaker {}", case.name, args.join(" "));
    assert!(begun.elapsed() < Duration::from_secs(20), "{at} took {:?}", begun.elapsed());
    assert!(matches!(output.status.code(), Some(0 | 2)), "{at} ended with {}\n{said}", output.status);
    let mut errors = Vec::new();
    for part in said.split("\n\n") {
        let Some(line) = part.lines().find(|line| line.starts_with("error")) else { continue };
        let Some((code, title)) = line.strip_prefix("error[").and_then(|rest| rest.split_once("]: ")) else {
            panic!("{at} says no code:\n{part}");
        };
        let placed = part.contains("\n --> ") || part.contains("--> ");
        assert!(placed || code == "GNK0071", "{at} says no place:\n{part}");
        errors.push((code.to_owned(), title.to_owned()));
    }
    assert_eq!(errors.is_empty(), output.status.success(), "{at} ended with {}\n{said}", output.status);
    errors
}

fn run(project: &TestProject, case: &Case, args: &[&str]) -> (Vec<(String, String)>, Output) {
    let begun = Instant::now();
    let output = project.run(args);
    (errors(case, args, &output, begun), output)
}

/// Texts in quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Plans a file, every pipeline of it, with a value for each parameter that is asked for.
fn plan(project: &TestProject, case: &Case, pick: Option<&str>) -> Vec<(String, String)> {
    let mut args = vec!["plan", case.path.as_str(), "--application", "app"];
    args.extend(pick.iter().flat_map(|name| ["--pipeline", name]));
    let (first, output) = run(project, case, &args);
    if first.iter().any(|(code, _)| code == "GNK0071") {
        let said = text(&output.stderr);
        let names = said.split_once("--pipeline: ").map(|(_, names)| quoted(names)).unwrap_or_default();
        assert!(names.len() > 1 && pick.is_none(), "{}: {said}", case.name);
        return names.iter().flat_map(|name| plan(project, case, Some(name))).collect();
    }
    let missing = first.iter().filter(|(code, _)| code == "GNK0063").filter_map(|(_, title)| quoted(title).pop());
    let given: Vec<String> = missing.map(|name| format!("{name}=1")).collect();
    if given.is_empty() {
        return first;
    }
    args.extend(given.iter().flat_map(|given| ["-p", given]));
    run(project, case, &args).0
}

/// What a pipeline lacks here, which is no mistake of its document: a stage type that is not supported or that a
/// plugin brings, an account, an application, a value of a parameter.
const LACKS: &[&str] = &["GNK0012", "GNK0022", "GNK0023", "GNK0032", "GNK0063", "GNK0064"];
/// What cannot be had: a template, a module of dinghyfiles.
const UNREACHABLE: &[&str] = &["GNK0090", "GNK0099"];
/// Something else than a pipeline.
const SOMETHING_ELSE: &[&str] = &["GNK0007", "GNK0008"];

#[test]
fn every_document_plans_or_says_what_it_lacks() {
    let project = TestProject::new();
    let cases = lay_out(&project);
    assert!(!cases.is_empty());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for case in &cases {
        let path = case.path.as_str();
        run(&project, case, &["validate", path, "--application", "app"]);
        let mut found = match case.kind.as_str() {
            "template-v1" | "template-v2" => run(&project, case, &["template", "validate", path]).0,
            "template-v1-config" | "template-v2-config" => run(&project, case, &["template", "plan", path]).0,
            "dinghyfile" | "dinghy-module" | "j2-pipeline" | "j2-stage" => {
                let rendered = run(&project, case, &["template", "render", path, "--application", "app"]).0;
                if case.kind == "dinghyfile" && rendered.is_empty() { plan(&project, case, None) } else { rendered }
            }
            _ => plan(&project, case, None),
        };
        found.sort();
        found.dedup();
        let only = |codes: &[&str]| found.iter().all(|(code, _)| codes.contains(&code.as_str()));
        let result = if found.is_empty() {
            "plans"
        } else if only(LACKS) {
            "lacks"
        } else if only(UNREACHABLE) {
            "cannot be reached"
        } else if only(SOMETHING_ELSE) {
            "is something else"
        } else {
            "is refused"
        };
        let why: Vec<String> = found.iter().take(3).map(|(code, title)| format!("{code} {title}")).collect();
        println!("{} ({}): {result} {}", case.name, case.kind, why.join(" · "));
        *counts.entry(format!("{} {result}", case.kind)).or_default() += 1;
        // A text of a generator that is indexed by what it makes is told apart by its name.
        let is_pipeline = matches!(case.kind.as_str(), "pipeline" | "pacrd");
        let unreadable = found.iter().any(|(code, _)| ("GNK0001"..="GNK0006").contains(&code.as_str()));
        assert!(!(is_pipeline && unreadable), "{} cannot be read: {why:?}", case.name);
    }
    println!("{} files", cases.len());
    for (what, count) in counts {
        println!("{count:5} {what}");
    }
}

#[test]
fn the_whole_corpus_is_validated_at_once() {
    let project = TestProject::new();
    let folder = root().display().to_string();
    let begun = Instant::now();
    let output = project.run(&["validate", &folder, "-o", "json"]);
    let took = begun.elapsed();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    println!(
        "{} files, {} pipelines, {} templates, {} others, {} findings in {took:?}",
        document["files"],
        document["pipelines"],
        document["templates"],
        document["passedOver"],
        document["findings"].as_array().unwrap().len()
    );
    assert!(document["pipelines"].as_u64().unwrap() > 0);
    // Optimised it takes a tenth of a second (docs/benchmarks.md); here it only must not be slow.
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// A document of our own copy of the corpus.
fn own(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/pipelines").join(name).display().to_string()
}

#[test]
fn pipelines_without_clouds_run_from_their_unmodified_documents() {
    let project = TestProject::new();
    let fixtures = "spinnaker__spinnaker__deck_test_functional_cypress_fixtures";
    for name in [
        "spinnaker__spinnaker__echo_echo-core_src_test_resources_pipelines.json#1".to_owned(),
        format!("{fixtures}_appengine_pipelines_list_pipelineConfigs.json#3"),
    ] {
        project.ok(&["run", &own(&name), "--application", "app", "--no-input"]);
    }
    assert_eq!(project.executions().len(), 2);
}

#[test]
fn a_dinghyfile_of_the_corpus_runs_and_its_long_wait_is_skipped() {
    let project = TestProject::new();
    let file = own("armory__minnaker__pipelines_dinghyfile@a23ff5e299");
    let running = project.start(&mut project.command(&["run", &file, "--no-input"]));
    running.until_it_says("Wait (wait) begins");
    project.ok(&["skip", &project.executions()[0].0, "Wait"]);
    let (code, said) = running.end();
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_judgment_of_the_corpus_waits_for_a_person() {
    let project = TestProject::new();
    let file = own("armory__minnaker__pipelines_armory-slack.yaml");
    let suspended = project.run(&["run", &file, "--no-input"]);
    assert_eq!(suspended.status.code(), Some(7), "{}", text(&suspended.stderr));
    let id = project.executions()[0].0.clone();
    project.ok(&["judge", &id, "Configure Slack Integration", "continue"]);
    project.ok(&["resume", &id]);
}

#[test]
fn a_webhook_of_the_corpus_binds_the_artifact_that_is_answered() {
    // The document names this port.
    let Ok(listener) = TcpListener::bind("127.0.0.1:9090") else {
        println!("port 9090 is taken: the webhook of the corpus was not called");
        return;
    };
    std::thread::spawn(move || {
        let body =
            r#"{"artifacts": [{"type": "gcs/object", "name": "gs://sbws/manifests/nginx.yaml", "version": "7"}]}"#;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 2048]).unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let project = TestProject::new();
    let name =
        "spinnaker__spinnaker__deck_test_functional_cypress_fixtures_google_pipelines_list_pipelineConfigs.json#8";
    project.ok(&["run", &own(name), "--no-input"]);
    let version = project.ok(&[
        "eval",
        "--execution",
        &project.executions()[0].0,
        "#stage('Webhook').outputs.resolvedExpectedArtifacts[0].boundArtifact.version",
    ]);
    assert_eq!(version, "7\n");
}
