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
use serde_json::{Value, json};

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

/// An error as it was printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    code: String,
    title: String,
    help: String,
}

/// Texts of an operating system, of a parser, or of a program that broke: nobody who reads a pipeline can use them.
const NO_REASONS: &[&str] = &[
    "os error",
    "No such file or directory",
    "panicked",
    "RUST_BACKTRACE",
    "internal error",
    "EOF while",
    "expected value",
    "invalid type",
    "missing field",
    "unknown variant",
    "untagged enum",
];

/// The errors it printed. Whatever a document holds, the program ends in time with a code and, where it refuses
/// something, says what, where, and what to do about it.
fn errors(case: &Case, args: &[&str], output: &Output, begun: Instant) -> Vec<Found> {
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
        for reason in NO_REASONS {
            assert!(!part.contains(reason), "{at} says '{reason}':\n{part}");
        }
        let help = part.lines().find_map(|line| line.trim_start().strip_prefix("= help: ")).unwrap_or_default();
        let is_labelled = part.lines().any(|line| line.rsplit_once("^ ").is_some_and(|(_, label)| !label.is_empty()));
        assert!(!help.is_empty() || is_labelled, "{at} does not say what belongs there:\n{part}");
        assert!(code == "GNK0071" || has_place(part), "{at} says no place:\n{part}");
        errors.push(Found { code: code.to_owned(), title: title.to_owned(), help: help.to_owned() });
    }
    assert_eq!(errors.is_empty(), output.status.success(), "{at} ended with {}\n{said}", output.status);
    errors
}

/// Whether a printed finding shows file, line, column and the line itself.
fn has_place(part: &str) -> bool {
    let place = part.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let numbers = place.and_then(|place| {
        let (rest, column) = place.rsplit_once(':')?;
        let (_, line) = rest.rsplit_once(':')?;
        Some((line.parse::<usize>().ok()?, column.parse::<usize>().ok()?))
    });
    numbers.is_some_and(|(line, column)| line > 0 && column > 0) && part.lines().any(|line| line.contains(" | "))
}

fn run(project: &TestProject, case: &Case, args: &[&str]) -> (Vec<Found>, Output) {
    let begun = Instant::now();
    let output = project.run(args);
    (errors(case, args, &output, begun), output)
}

/// Texts in quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a pipeline of a file came to.
struct Planned {
    /// Its name, where the file has several.
    name: Option<String>,
    found: Vec<Found>,
}

/// Plans a file, every pipeline of it, with a value for each parameter that is asked for.
fn plan(project: &TestProject, case: &Case, pick: Option<&str>) -> Vec<Planned> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let mut args = vec!["plan", case.path.as_str(), "--application", "app"];
        args.extend(pick.iter().flat_map(|name| ["--pipeline", name]));
        let pairs: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
        args.extend(pairs.iter().flat_map(|pair| ["-p", pair]));
        let (found, output) = run(project, case, &args);
        if found.iter().any(|found| found.code == "GNK0071") {
            let said = text(&output.stderr);
            let names = said.split_once("--pipeline: ").map(|(_, names)| quoted(names)).unwrap_or_default();
            assert!(names.len() > 1 && pick.is_none(), "{}: {said}", case.name);
            return names.iter().flat_map(|name| plan(project, case, Some(name))).collect();
        }
        let before = given.clone();
        for found in found.iter().filter(|found| found.code == "GNK0063") {
            let name = quoted(&found.title).pop().unwrap();
            let (how, options) = found.help.split_once("=VALUE").unwrap_or_else(|| panic!("{}", found.help));
            assert_eq!(how, format!("give it with -p {name}"), "{}", case.name);
            let value = quoted(options).into_iter().next().unwrap_or_else(|| "1".to_owned());
            given.entry(name).or_insert(value);
        }
        for found in found.iter().filter(|found| found.code == "GNK0065") {
            let name = quoted(&found.title).pop().unwrap();
            given.insert(name, "2024-12-31".to_owned());
        }
        if given == before {
            return vec![Planned { name: pick.map(str::to_owned), found }];
        }
    }
}

/// What a pipeline lacks here, which is no mistake of its document, and what the finding must name in quotes.
const LACKS: &[(&str, &str)] = &[
    ("GNK0012", "an application"),
    ("GNK0022", "a stage type, of a plugin or configured"),
    ("GNK0023", "a stage type that is not supported, with the reason"),
    ("GNK0032", "an account"),
    ("GNK0033", "a configured stage type"),
    ("GNK0068", "an artifact"),
    ("GNK0090", "a template"),
    ("GNK0099", "a module"),
];
/// What keeps the document from running in Spinnaker too: a mistake in it, at its place.
const MISTAKES: std::ops::RangeInclusive<&str> = "GNK0010"..="GNK0068";
/// What keeps a template from being rendered by itself: values, functions of another program, a version.
const PARTS: std::ops::RangeInclusive<&str> = "GNK0090"..="GNK0099";
/// Something else than a pipeline, which the finding names.
const SOMETHING_ELSE: &[&str] = &["GNK0007", "GNK0008"];

/// The result of a case, or nothing when its findings are of no kind that says exactly what is lacking.
fn verdict(case: &Case, found: &[Found]) -> Option<&'static str> {
    let lacks = |found: &Found| LACKS.iter().any(|(code, _)| *code == found.code);
    let is_pipeline = matches!(case.kind.as_str(), "" | "pipeline" | "pacrd" | "dinghyfile");
    if found.is_empty() {
        Some("plans")
    } else if found.iter().all(lacks) {
        Some("lacks")
    } else if found.iter().all(|found| SOMETHING_ELSE.contains(&found.code.as_str())) {
        Some("is something else")
    } else if !is_pipeline && found.iter().all(|found| PARTS.contains(&found.code.as_str())) {
        Some("is a part of something")
    } else if found.iter().all(|found| lacks(found) || MISTAKES.contains(&found.code.as_str())) {
        Some("is wrong")
    } else {
        None
    }
}

#[test]
fn every_document_plans_or_says_what_it_lacks() {
    let project = TestProject::new();
    let cases = lay_out(&project);
    assert!(!cases.is_empty());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for case in &cases {
        let path = case.path.as_str();
        run(&project, case, &["validate", path, "--application", "app"]);
        let one = |found: Vec<Found>| vec![Planned { name: None, found }];
        let planned = match case.kind.as_str() {
            "template-v1" | "template-v2" => one(run(&project, case, &["template", "validate", path]).0),
            "template-v1-config" | "template-v2-config" => one(run(&project, case, &["template", "plan", path]).0),
            "dinghyfile" | "dinghy-module" | "j2-pipeline" | "j2-stage" => {
                let rendered = run(&project, case, &["template", "render", path, "--application", "app"]).0;
                match case.kind == "dinghyfile" && rendered.is_empty() {
                    true => plan(&project, case, None),
                    false => one(rendered),
                }
            }
            _ => plan(&project, case, None),
        };
        for Planned { name, mut found } in planned {
            found.sort();
            found.dedup();
            let lacking = found.iter().filter(|found| LACKS.iter().any(|(code, _)| *code == found.code));
            for found in lacking {
                // Two of them are about what no file has a name for.
                let unnamed = found.title.starts_with("the configuration names no template") || found.code == "GNK0012";
                assert!(unnamed || !quoted(&found.title).is_empty(), "{} names nothing: {found:?}", case.name);
                assert!(!found.help.is_empty(), "{} does not say what to do: {found:?}", case.name);
            }
            let result = verdict(case, &found);
            let why: Vec<String> = found.iter().map(|found| format!("{} {}", found.code, found.title)).collect();
            let name = name.map(|name| format!(" '{name}'")).unwrap_or_default();
            let line =
                format!("{}{name} ({}): {} {}", case.name, case.kind, result.unwrap_or("FAILS"), why.join(" · "));
            println!("{line}");
            *counts.entry(format!("{} {}", case.kind, result.unwrap_or("FAILS"))).or_default() += 1;
            if result.is_none() {
                failed.push(line);
            }
        }
    }
    println!("{} files", cases.len());
    for (what, count) in counts {
        println!("{count:5} {what}");
    }
    assert!(failed.is_empty(), "neither planned nor told what is lacking:\n{}", failed.join("\n"));
}

/// A document that was changed: which case it was made of, and how.
struct Mutant {
    path: String,
    what: String,
}

/// Every way to break a pipeline that is tried. Each gives the changed pipeline, or nothing where it does not apply.
type Mutation = (&'static str, fn(Value) -> Option<Value>);

fn set(mut pipeline: Value, key: &str, value: Value) -> Option<Value> {
    pipeline.as_object_mut()?.insert(key.to_owned(), value);
    Some(pipeline)
}

fn set_in_last_stage(mut pipeline: Value, key: &str, value: Value) -> Option<Value> {
    pipeline["stages"].as_array_mut()?.last_mut()?.as_object_mut()?.insert(key.to_owned(), value);
    Some(pipeline)
}

fn without(mut pipeline: Value, key: &str) -> Option<Value> {
    pipeline["stages"].as_array_mut()?.first_mut()?.as_object_mut()?.shift_remove(key)?;
    Some(pipeline)
}

const MUTATIONS: &[Mutation] = &[
    ("no stages", |mut it| it.as_object_mut()?.shift_remove("stages").map(|_| it.clone())),
    ("stages are an object", |it| set(it, "stages", json!({}))),
    ("stages are null", |it| set(it, "stages", json!(null))),
    ("stages are empty", |it| set(it, "stages", json!([]))),
    ("stages hold no stage", |it| set(it, "stages", json!([null, 1, "wait", []]))),
    ("a stage without type", |it| without(it, "type")),
    ("a stage without refId", |it| without(it, "refId")),
    ("a stage without name", |it| without(it, "name")),
    ("a type that is a number", |it| set_in_last_stage(it, "type", json!(7))),
    ("a type that is an object", |it| set_in_last_stage(it, "type", json!({"a": 1}))),
    ("an unknown type", |it| set_in_last_stage(it, "type", json!("depolyManifest"))),
    ("an unknown alias", |it| set_in_last_stage(it, "alias", json!("runJop"))),
    ("an alias over an unknown type", |it| {
        set_in_last_stage(set_in_last_stage(it, "alias", json!("wait"))?, "type", json!("mine"))
    }),
    ("an alias that must be configured", |it| set_in_last_stage(it, "alias", json!("preconfiguredJob"))),
    ("a requirement of nothing", |it| set_in_last_stage(it, "requisiteStageRefIds", json!(["nowhere"]))),
    ("a requirement that is text", |it| set_in_last_stage(it, "requisiteStageRefIds", json!("1"))),
    ("a requirement that is an object", |it| set_in_last_stage(it, "requisiteStageRefIds", json!([{"a": 1}]))),
    ("a requirement of itself", |it| {
        let it = set_in_last_stage(it, "refId", json!("me"))?;
        set_in_last_stage(it, "requisiteStageRefIds", json!(["me"]))
    }),
    ("a refId that is a list", |it| set_in_last_stage(it, "refId", json!([1]))),
    ("a refId twice", |it| {
        let first = it["stages"][0]["refId"].clone();
        let more = it["stages"].as_array()?.len() > 1 && !first.is_null();
        if more { set_in_last_stage(it, "refId", first) } else { None }
    }),
    ("a name that is a number", |it| set(it, "name", json!(3))),
    ("an application that is a list", |it| set(it, "application", json!([]))),
    ("parameters that are text", |it| set(it, "parameterConfig", json!("x"))),
    ("a parameter without name", |it| set(it, "parameterConfig", json!([{}, null, 3]))),
    ("a required parameter", |it| set(it, "parameterConfig", json!([{"name": "p", "required": true}]))),
    ("triggers that are text", |it| set(it, "triggers", json!("x"))),
    ("expected artifacts that are numbers", |it| set(it, "expectedArtifacts", json!([1, {}, {"id": 4}]))),
    ("notifications that are a number", |it| set(it, "notifications", json!(3))),
    ("an unknown evaluator", |it| set(it, "spelEvaluator", json!("v9"))),
    ("a limit that is text", |it| set(it, "maxConcurrentExecutions", json!("many"))),
    ("a disabled pipeline", |it| set(it, "disabled", json!(true))),
    ("an expression that never closes", |it| set_in_last_stage(it, "comments", json!("${ #stage('x'"))),
    ("an expression about nothing", |it| {
        set_in_last_stage(it, "comments", json!("${ #stage('no such stage').status }"))
    }),
    ("an expression for everything", |it| set_in_last_stage(it, "stageEnabled", json!("${ false }"))),
    ("a window that never opens", |it| {
        let it = set_in_last_stage(it, "restrictExecutionDuringTimeWindow", json!(true))?;
        set_in_last_stage(
            it,
            "restrictedExecutionWindow",
            json!({"days": ["monday"], "whitelist": [{"startHour": 99}]}),
        )
    }),
    ("a huge text", |it| set_in_last_stage(it, "comments", json!("x".repeat(300_000)))),
    ("deep nesting", |it| {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        set_in_last_stage(it, "comments", deep)
    }),
];

/// The pipelines of a case that is JSON.
fn pipelines(project: &TestProject, case: &Case) -> Vec<Value> {
    let read = fs::read_to_string(project.path().join(&case.path)).unwrap();
    match serde_json::from_str::<Value>(&read) {
        Ok(Value::Array(list)) => list.into_iter().filter(|it| it.get("stages").is_some()).collect(),
        Ok(one) if one.get("stages").is_some() => vec![one],
        _ => Vec::new(),
    }
}

/// Each field of the first stage with a value of another type.
fn of_wrong_type(pipeline: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (at, stage) in pipeline["stages"].as_array().into_iter().flatten().take(1).enumerate() {
        for (key, value) in stage.as_object().into_iter().flatten() {
            let wrong = match value {
                Value::String(_) => json!([{"a": []}]),
                Value::Array(_) => json!("x"),
                Value::Object(_) => json!(7),
                Value::Bool(_) => json!("maybe"),
                Value::Number(_) | Value::Null => json!({"a": "b"}),
            };
            let mut changed = pipeline.clone();
            changed["stages"][at][key] = wrong;
            all.push((format!("stages[{at}].{key} of a wrong type"), changed));
        }
    }
    all
}

#[test]
fn a_document_broken_on_purpose_plans_or_says_what_is_wrong() {
    let project = TestProject::new();
    let cases = lay_out(&project);
    let broken = TestProject::new();
    let mut mutants = Vec::new();
    let mut planned = Vec::new();
    for (number, case) in cases.iter().filter(|case| matches!(case.kind.as_str(), "" | "pipeline")).enumerate() {
        for pipeline in pipelines(&project, case).into_iter().take(1) {
            let mut write = |what: String, changed: &Value| {
                let path = format!("broken/{}.json", mutants.len());
                broken.write(&path, &serde_json::to_string_pretty(changed).unwrap());
                mutants.push(Mutant { path, what: format!("{}: {what}", case.name) });
                mutants.len() - 1
            };
            for (at, (what, mutate)) in MUTATIONS.iter().enumerate() {
                let Some(changed) = mutate(pipeline.clone()) else { continue };
                let written = write((*what).to_owned(), &changed);
                // Every mutation of some file is planned too, and every file with some mutation.
                if (at + number).is_multiple_of(12) {
                    planned.push(written);
                }
            }
            for (what, changed) in of_wrong_type(&pipeline) {
                write(what, &changed);
            }
        }
    }
    let begun = Instant::now();
    let output = broken.run(&["validate", "broken", "--application", "app", "-o", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{}\n{}", output.status, text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["files"], mutants.len());
    let findings = document["findings"].as_array().unwrap();
    println!("{} broken documents, {} findings in {:?}", mutants.len(), findings.len(), begun.elapsed());
    for finding in findings {
        let code = finding["code"].as_str().unwrap();
        assert!(code.starts_with("GNK") && finding["line"].as_u64().is_some_and(|line| line > 0), "{finding:#}");
        let said = finding.to_string();
        for reason in NO_REASONS {
            assert!(!said.contains(reason), "{finding:#}");
        }
    }
    for mutant in planned.into_iter().map(|at| &mutants[at]) {
        let case = Case { name: mutant.what.clone(), kind: String::new(), path: mutant.path.clone() };
        for Planned { found, .. } in plan(&broken, &case, None) {
            let known = |found: &Found| ("GNK0001"..="GNK0099").contains(&found.code.as_str());
            assert!(found.iter().all(known), "{}: {found:?}", mutant.what);
        }
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
