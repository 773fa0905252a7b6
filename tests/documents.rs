//! Documents of other people, and documents of nobody: all are read or refused with a reason, none brings us down.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gennaker::diagnostic::{Diagnostic, Source, render};
use gennaker::model::{Field, StageCatalogue};
use gennaker::pipeline::{ParseOptions, parse, validate};
use proptest::prelude::*;

/// Knows every type and no field: what is left are findings about documents.
struct AnyStage;

impl StageCatalogue for AnyStage {
    fn kinds(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn fields(&self, _: &str) -> Option<&'static [Field]> {
        Some(&[])
    }

    fn summary(&self, _: &str) -> Option<&'static str> {
        None
    }

    fn unsupported(&self, _: &str) -> Option<&'static str> {
        None
    }
}

fn check(name: &str, text: &str) -> (usize, Vec<Diagnostic>) {
    let source = Arc::new(Source::new(name, text));
    let parsed = parse(
        &source,
        &ParseOptions { application: Some("app"), catalogue: Some(&AnyStage), ..ParseOptions::default() },
    );
    let mut findings = parsed.diagnostics;
    for pipeline in &parsed.pipelines {
        let round_trip = Source::new("again.json", pipeline.to_value().to_string());
        let again = parse(&Arc::new(round_trip), &ParseOptions::default());
        assert_eq!(again.pipelines.len(), 1, "{name} is still a pipeline when written again");
        findings.extend(validate(pipeline, &AnyStage, None));
    }
    (parsed.pipelines.len(), findings)
}

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/documents");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn other_peoples_documents_are_read_or_refused_with_a_reason() {
    let mut report = String::new();
    for (name, text) in corpus() {
        let (pipelines, findings) = check(&name, &text);
        let errors: Vec<&Diagnostic> = findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(pipelines > 0 || !errors.is_empty(), "{name} was passed over in silence");
        write!(report, "{name}: {pipelines}").unwrap();
        for error in errors {
            write!(report, " {} {}", error.code, error.title).unwrap();
        }
        report.push('\n');
    }
    insta::assert_snapshot!(report, @r#"
    aca-deploy-istio.json: 1
    armory-slack.yaml: 1
    bakeAndTag.yml: 0 GNK0008 this is a pipeline template, not a pipeline
    demo-pipeline.json: 1
    deploy-canary-pipeline.json: 1
    dinghyfile: 0 GNK0008 'dinghyfile' is a template (Jinja, or a dinghyfile), not a pipeline
    echo-pipelines-12.json: 1
    example-config.yml: 0 GNK0008 this is the configuration of a templated pipeline, not a pipeline
    execution.json: 0 GNK0007 this is the record of an execution, not a pipeline
    pipeline_create.json: 1
    pipeline_wrapper.json.j2: 0 GNK0008 'pipeline_wrapper.json.j2' is a Jinja template, not a pipeline
    simple-deploy.json: 1
    update-application.json: 1
    "#);
}

#[test]
fn broken_texts_get_one_clear_finding() {
    let mut report = String::new();
    for (name, text) in [
        ("comma.json", "{\n  \"name\": \"x\",\n}\n"),
        ("open.json", "{\"name\": \"x\", \"stages\": ["),
        ("tab.yaml", "name: x\nstages:\n\t- type: wait\n"),
        ("colon.yaml", "name: x: y\n"),
        ("twice.yaml", "name: x\nname: y\nstages: [{type: wait}]\n"),
        ("twice.json", "{\"name\": \"x\", \"name\": \"y\", \"stages\": [{\"type\": \"wait\"}]}"),
        ("tag.yaml", "name: !secret x\n"),
        ("number.yaml", "limit: .inf\n"),
        ("empty.yaml", "# nothing\n"),
        ("text.yaml", "hello\n"),
        ("jinja.yaml", "stages:\n{% for s in stages %}\n- {{ s }}\n{% endfor %}\n"),
        ("crlf.yaml", "\u{feff}name: x\r\nstages:\r\n- tpye: wait\r\n"),
    ] {
        report.push_str(&render(&check(name, text).1, false));
    }
    insta::assert_snapshot!(report, @r#"
    error[GNK0001]: not readable as JSON: trailing comma
     --> comma.json:3:1
      |
    3 | }
      | ^
      |
      = help: remove the comma before the closing bracket

    error[GNK0001]: not readable as JSON: the text ends inside of a list
     --> open.json:1:25
      |
    1 | {"name": "x", "stages": [
      |                         ^
      |
      = help: the file is cut off, or a ']' is missing

    error[GNK0001]: not readable as YAML: found character that cannot start any token
     --> tab.yaml:3:1
      |
    3 |     - type: wait
      | ^^^^
      |
      = help: YAML is indented with spaces; replace the tabs

    error[GNK0001]: not readable as YAML: mapping values are not allowed in this context
     --> colon.yaml:1:8
      |
    1 | name: x: y
      |        ^
      |
      = help: quote a text that holds ': ', and check the indentation of the line before

    error[GNK0002]: the key 'name' stands here twice
     --> twice.yaml:2:1
      |
    2 | name: y
      | ^^^^ written again
      |
      = help: keep one of the two

    warning[GNK0002]: the key 'name' stands here twice
     --> twice.json:1:15
      |
    1 | {"name": "x", "name": "y", "stages": [{"type": "wait"}]}
      |               ^^^^^^ written again
      |
      = help: the last one counts, as in Spinnaker; drop the other

    error[GNK0005]: YAML tags such as '!text' have no meaning here
     --> tag.yaml:1:15
      |
    1 | name: !secret x
      |               ^
      |
      = help: write the value without the tag

    error[GNK0005]: 'inf' is a number that JSON cannot hold
     --> number.yaml:1:8
      |
    1 | limit: .inf
      |        ^^^^
      |
      = help: put it in quotes

    error[GNK0006]: 'empty.yaml' is empty
     --> empty.yaml:1:1
      |
    1 | # nothing
      | ^
      |
      = help: a pipeline has a name and a list of stages

    error[GNK0007]: a pipeline is an object, but this is the text 'hello'
     --> text.yaml:1:1
      |
    1 | hello
      | ^^^^^

    error[GNK0008]: 'jinja.yaml' is a Jinja template, not a pipeline
     --> jinja.yaml:2:1
      |
    2 | {% for s in stages %}
      | ^^ a template begins here
      |
      = help: render it first; gennaker reads the rendered pipeline

    error[GNK0021]: stage '0' has no type
     --> crlf.yaml:3:3
      |
    3 | - tpye: wait␍
      |   ^^^^^^^^^^ no type
      |
      = help: write 'type: …'; 'gennaker docs stages' lists all types
    "#);
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let aliases: String = (b'b'..b'k')
        .map(|c| {
            let (name, before) = (char::from(c), char::from(c - 1));
            format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 10].join(","))
        })
        .collect();
    for (name, text, code) in [
        ("brackets.yaml", "[".repeat(1_000_000), "GNK0003"),
        ("brackets.json", "[".repeat(1_000_000), "GNK0003"),
        ("dashes.yaml", "- ".repeat(100_000), "GNK0003"),
        ("indent.yaml", (0..1_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(), "GNK0003"),
        ("deep.json", format!("{}1{}", "{\"a\":".repeat(128), "}".repeat(128)), "GNK0003"),
        ("bomb.yaml", format!("a: &a [x,x,x,x,x,x,x,x,x,x]\n{aliases}"), "GNK0004"),
        ("large.yaml", "#".repeat(65 << 20), "GNK0004"),
        ("list.json", format!("[{}1]", "[],".repeat(100_000)), "GNK0007"),
    ] {
        let begin = Instant::now();
        let (pipelines, findings) = check(name, &text);
        let _ = render(&findings, false);
        assert_eq!((pipelines, findings[0].code), (0, code), "{name}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{name} took {:?}", begin.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_the_parser_down(text in "\\PC{0,200}", json in any::<bool>()) {
        let name = if json { "p.json" } else { "p.yaml" };
        let _ = render(&check(name, &text).1, true);
    }

    #[test]
    fn no_document_brings_the_parser_down(
        lines in prop::collection::vec("(  ){0,3}(- )?(name|type|stages|needs|refId|parameters|<<|a)?:? ?(\\*a|&a|x|1|\\[|\\]|\\{|\\}|~|\\$\\{|'|\"|\\||>)?", 0..12)
    ) {
        let _ = render(&check("p.yaml", &format!("name: n\nstages:\n{}", lines.join("\n"))).1, false);
    }

    #[test]
    fn no_cut_of_a_real_document_brings_the_parser_down(at in 0usize..18_000, file in 0usize..13) {
        let (name, text) = corpus().swap_remove(file);
        let cut: String = text.chars().take(at).collect();
        let _ = render(&check(&name, &cut).1, false);
    }
}
