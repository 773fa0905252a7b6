//! Pipeline templates of other people: orca's own integration tests with what orca expects of them, Netflix's and
//! sponnet's templates, and templates of nobody, which must never bring the engine down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gennaker::diagnostic::{Diagnostic, Document, Source, read_documents, render};
use gennaker::model::Map;
use gennaker::template::{
    Dinghyfile, Inputs, Loader, Reference, check_template, configuration_for, is_dinghyfile, render_text, resolve,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Files of one folder, and the pipelines `Bake` and `Deploy` of every application.
struct Folder(PathBuf);

impl Loader for Folder {
    fn load(&self, reference: &Reference, _: &str) -> Result<Source, String> {
        let name = match reference {
            Reference::File(path) => path.clone(),
            Reference::Url(url) => url.rsplit('/').next().unwrap_or_default().to_owned(),
            Reference::Stored { id, .. } => format!("{id}.json"),
            Reference::Git { path, .. } => path.clone(),
        };
        let path = self.0.join(&name);
        fs::read_to_string(&path).map(|text| Source::new(name, text)).map_err(|_| "there is no such file".to_owned())
    }

    fn pipeline_id(&self, application: &str, name: &str, _: bool) -> Option<String> {
        matches!(name, "Bake" | "Deploy").then(|| format!("{application}-{name}"))
    }

    fn module(&self, path: &str, _: bool, _: &str) -> Result<Source, String> {
        fs::read_to_string(self.0.join(path))
            .map(|text| Source::new(path, text))
            .map_err(|_| "there is no such file".to_owned())
    }
}

fn corpus(folder: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let root = std::env::var_os("GENNAKER_CORPUS").map_or_else(|| own.clone(), PathBuf::from);
    [root, own].iter().map(|root| root.join(folder)).find(|folder| folder.is_dir()).unwrap()
}

fn read(name: &str, text: &str) -> (Arc<Source>, Document) {
    let source = Arc::new(Source::new(name, text));
    let (mut documents, findings) = read_documents(&source);
    assert!(documents.len() == 1, "{name}: {}", render(&findings, false));
    (source, documents.remove(0))
}

fn read_file(path: &Path) -> (Arc<Source>, Document) {
    read(&path.file_name().unwrap().to_string_lossy(), &fs::read_to_string(path).unwrap())
}

/// A configuration and what is resolved with it, the way orca's integration test puts them together: a configuration
/// that names no template gets the one of its name inline.
fn orca(folder: &Path, name: &str) -> Result<Map, Vec<Diagnostic>> {
    let (source, document) = read_file(&folder.join(format!("{name}-config.yml")));
    let named = document.value.pointer("/pipeline/template/source").is_some();
    let inline = ["template", "root"].map(|kind| folder.join(format!("{name}-{kind}.yml")));
    let template = inline.iter().find(|path| path.is_file()).filter(|_| !named).map(|path| read_file(path));
    let inputs = Inputs { template, ..Inputs::default() };
    resolve(&source, &document, &inputs, &Folder(folder.to_owned())).map(|resolved| resolved.pipeline)
}

/// Without the ids that orca draws at random, and with the one it invents.
fn comparable(mut pipeline: Map) -> Value {
    pipeline.entry("id").or_insert_with(|| "unknown".into());
    for stage in pipeline.get_mut("stages").and_then(Value::as_array_mut).into_iter().flatten() {
        stage.as_object_mut().unwrap().remove("id");
    }
    Value::Object(pipeline)
}

#[test]
fn orcas_own_templates_give_what_orca_expects() {
    let folder = corpus("templates/v1");
    let names: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().to_string_lossy().strip_suffix("-expected.json").map(str::to_owned)
        })
        .collect();
    assert!(!names.is_empty());
    let mut wrong = Vec::new();
    for name in &names {
        let expected: Map =
            serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}-expected.json"))).unwrap()).unwrap();
        match (orca(&folder, name), expected.get("errors").and_then(Value::as_array)) {
            (Ok(pipeline), None) => {
                let (found, expected) = (comparable(pipeline), comparable(expected));
                if found != expected {
                    wrong.push(format!("{name}:\n{found:#}\nexpected:\n{expected:#}"));
                }
            }
            (Err(findings), Some(errors)) if findings.len() == errors.len() => {}
            (Err(findings), Some(errors)) => wrong.push(format!("{name}: {findings:?}, expected {errors:?}")),
            (Err(findings), None) => wrong.push(format!("{name}: {}", render(&findings, false))),
            (Ok(_), Some(errors)) => wrong.push(format!("{name}: expected {errors:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), names.len(), wrong.join("\n"));
}

/// The stages of a pipeline: refId, type, requisites, and one field.
fn stages(pipeline: &Map, field: &str) -> Vec<String> {
    let stages = pipeline["stages"].as_array().unwrap();
    let one = |stage: &Value| {
        format!("{} {} {} {}", stage["refId"], stage["type"], stage["requisiteStageRefIds"], stage[field])
    };
    stages.iter().map(|stage| one(stage).replace('"', "")).collect()
}

fn resolve_single(name: &str, variables: Value, trigger: Value) -> Result<Map, Vec<Diagnostic>> {
    let folder = corpus("templates/single");
    let (source, document) = read_file(&folder.join(name));
    let configuration = Document {
        value: configuration_for(&document, "orca", variables.as_object().unwrap().clone()),
        place: document.place.clone(),
    };
    let trigger = trigger.as_object().unwrap().clone();
    let inputs = Inputs { trigger, variables: Map::new(), template: Some((Arc::clone(&source), document)) };
    resolve(&source, &configuration, &inputs, &Folder(folder)).map(|resolved| resolved.pipeline)
}

#[test]
fn blocks_of_stages_and_conditions_are_rendered() {
    let dynamic = resolve_single("dynamic-stages-001.yml", json!({}), json!({})).unwrap();
    let mut found = stages(&dynamic, "account");
    found.sort();
    assert_eq!(
        found,
        [
            "deploy-cluster-1 deployManifest [wait] cluster-1",
            "deploy-cluster-2 deployManifest [wait] cluster-2",
            "deploy-cluster-3 deployManifest [wait] cluster-3",
            "wait wait [] null",
        ]
    );
    for (include, expected) in [
        (
            true,
            vec![
                "wait wait [] 5",
                "conditionalWait wait [wait] 5",
                "childOfConditionalStage conditionalWait [conditionalWait] 5",
            ],
        ),
        (false, vec!["wait wait [] 5", "childOfConditionalStage conditionalWait [wait] 5"]),
    ] {
        let pipeline =
            resolve_single("conditional-stages-with-children-001.yml", json!({"includeWait": include}), json!({}));
        let mut found = stages(&pipeline.unwrap(), "waitTime");
        found.sort_by_key(|stage| expected.iter().position(|known| known == stage));
        assert_eq!(found, expected, "{include}");
    }
    let partials = resolve_single("conditional-partials.yml", json!({"includeWait": false}), json!({})).unwrap();
    assert_eq!(stages(&partials, "shouldBeSet"), ["stageWithPartialsAndConditional.wait wait [] isSet"]);
}

#[test]
fn netflixs_templates_make_their_pipelines() {
    let bake = resolve_single("bakeAndTag.yml", json!({"bakeRegions": ["us-east-1", "us-west-2"]}), json!({})).unwrap();
    assert_eq!(bake["stages"][0]["regions"], json!(["us-east-1", "us-west-2"]));
    assert_eq!(bake["triggers"][0]["job"], "package-orca");
    let clusters = json!([{
        "name": "orca-test-api", "region": "us-west-2", "availabilityZones": ["us-west-2a", "us-west-2b"], "capacity": 3,
        "keyPair": "pair", "loadBalancers": ["orca-test"], "securityGroups": ["sg"], "strategy": "highlander",
        "instanceType": "m3.xlarge",
    }]);
    let variables = json!({"findImageRegion": "us-west-2", "clusters": clusters});
    let deploy = resolve_single("deployFromImageTags.yml", variables, json!({})).unwrap();
    assert_eq!(
        stages(&deploy, "name"),
        [
            "findImages findImageFromTags [] Find Image from Tags",
            "manualJudgment manualJudgment [findImages] Approve mgmt",
            "deploy deploy [manualJudgment] Deploy",
        ]
    );
    let cluster = &deploy["stages"][2]["clusters"][0];
    assert_eq!(cluster["stack"], "test");
    assert_eq!(cluster["freeFormDetails"], "api");
    assert_eq!(cluster["capacity"], json!({"desired": 3, "max": 3, "min": 3}));
    assert_eq!(cluster["availabilityZones"], json!({"us-west-2": ["us-west-2a", "us-west-2b"]}));
    assert_eq!(cluster["maxRemainingAsgs"], 3);
    assert_eq!(cluster["loadBalancers"], json!(["orca-test"]));
}

#[test]
fn sponnets_template_of_schema_v2_keeps_its_expressions() {
    let folder = corpus("templates/v2");
    let (source, document) = read_file(&folder.join("demo-v2-config.json"));
    let template = read_file(&folder.join("demo-v2-mpt.json"));
    let inputs = Inputs { template: Some(template), ..Inputs::default() };
    let pipeline = resolve(&source, &document, &inputs, &Folder(folder)).unwrap().pipeline;
    assert_eq!(pipeline["templateVariables"], json!({"waitTime": 66}));
    assert_eq!(pipeline["application"], "waze");
    assert_eq!(pipeline["notifications"][0]["inherited"], true);
    let wait = pipeline["stages"].as_array().unwrap().iter().find(|stage| stage["refId"] == "Wait").unwrap();
    assert_eq!(wait["waitTime"], "${ templateVariables.waitTime }");
}

/// A template and a configuration in one text, with `---` between them.
fn resolve_text(text: &str, trigger: Value) -> Result<Map, Vec<Diagnostic>> {
    let (template, configuration) = text.split_once("\n---\n").unwrap();
    let (source, document) = read("config.yml", configuration);
    let trigger = trigger.as_object().unwrap().clone();
    let inputs = Inputs { trigger, variables: Map::new(), template: Some(read("template.yml", template)) };
    resolve(&source, &document, &inputs, &Folder(PathBuf::new())).map(|resolved| resolved.pipeline)
}

#[test]
fn schema_v2_replaces_injects_and_excludes() {
    let text = "schema: v2
id: t
variables:
- {name: waitTime, type: int, defaultValue: 5}
- {name: region, type: string, nullable: true}
pipeline:
  limitConcurrent: false
  triggers: [{type: cron, id: a}]
  notifications: [{type: slack}]
  parameterConfig: [{name: p}]
  stages:
  - {refId: a, type: wait, waitTime: '${ templateVariables.waitTime }'}
  - {refId: b, type: wait, requisiteStageRefIds: [a]}
---
schema: v2
application: shop
name: Deploy
template: {type: front50/pipelineTemplate, reference: 'spinnaker://t'}
exclude: [triggers]
parameters: [{name: q}]
variables: {waitTime: 7, unknown: 1}
stages:
- {refId: a, type: noop, name: instead}
- {refId: first, type: wait, inject: {first: true}}
- {refId: between, type: wait, inject: {before: [b]}}
- {refId: after, type: wait, inject: {after: [b]}}
- {refId: last, type: wait, inject: {last: true}}
- {refId: beside, type: wait, requisiteStageRefIds: [a]}";
    let pipeline = resolve_text(text, json!({})).unwrap();
    let mut found = stages(&pipeline, "name");
    found.sort();
    assert_eq!(
        found,
        [
            "a noop [first] instead",
            "after wait [b] null",
            "b wait [between] null",
            "beside wait [a] null",
            "between wait [a] null",
            "first wait [] null",
            "last wait [beside,after] null",
        ]
    );
    assert_eq!(pipeline["triggers"], json!([]));
    assert_eq!(pipeline["parameterConfig"], json!([{"name": "p", "inherited": true}, {"name": "q"}]));
    assert_eq!((&pipeline["limitConcurrent"], &pipeline["keepWaitingPipelines"]), (&json!(false), &json!(false)));
    assert_eq!(pipeline["templateVariables"], json!({"waitTime": 7}));
}

const HEAD: &str = "schema: '1'\nid: t\nvariables:\n- {name: v, nullable: true}\n- {name: list, type: list, defaultValue: [a, b]}\n- {name: map, defaultValue: {k: w}}\n";
const TAIL: &str = "\n---\nschema: '1'\npipeline: {application: shop, name: n, variables: {}}";

/// What a field of a stage renders to.
fn rendered(value: &str) -> Result<Value, String> {
    let modules = "modules:\n- {id: m, variables: [{name: x, defaultValue: 7}], definition: {got: '{{ x }}'}}\n- {id: self, definition: '{% module self %}'}\n";
    let text =
        format!("{HEAD}{modules}stages:\n- {{id: s, type: wait, config: {{field: {}}}}}{TAIL}", Value::from(value));
    match resolve_text(&text, json!({"parameters": {"env": "prod"}, "key": "k"})) {
        Ok(pipeline) => Ok(pipeline["stages"][0]["field"].clone()),
        Err(findings) => Err(format!("{} {}", findings[0].code, findings[0].title)),
    }
}

#[test]
fn texts_render_as_jinjava_renders_them() {
    for (text, expected) in [
        ("{{ application }}-{{ trigger.parameters.env }}", json!("shop-prod")),
        ("{{ list }}", json!(["a", "b"])),
        ("{{ list|json }}", json!(["a", "b"])),
        ("{{ map }}", json!({"k=w": null})),
        ("{{ map|json }}", json!({"k": "w"})),
        ("{{ map[trigger.key] }}", json!("w")),
        ("{{ v }}", Value::Null),
        ("x{{ v }}y", json!("xy")),
        ("{{ trigger.none.nope|default('d') }}", json!("d")),
        ("{{ v|default('d') }}", json!("d")),
        ("{{ 'shop-main-v012'|frigga('stack') }}", json!("main")),
        ("{{ [1, 3, 2]|max }} {{ [1, 3, 2]|min }}", json!("3 1")),
        ("{{ 'secret'|base64 }}", json!("c2VjcmV0")),
        ("{{ 1 + 2 }}", json!(3)),
        ("{{ true && !false }}", json!(true)),
        ("{{ application == 'shop' ? 'yes it is' : 'no' }}", json!("yes it is")),
        ("{% for k, v in map.items() %}{{ k }}:{{ v }}{% endfor %}", json!("k:w")),
        ("{% for x in list %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", json!("a, b")),
        ("{% set y = 'z' %}{{ y }}{# not this #}", json!("z")),
        ("{% raw %}{{ kept }}{% endraw %}", json!("{{ kept }}")),
        ("{% module m %}", json!({"got": 7})),
        ("{% module m x=trigger.parameters.env %}", json!({"got": "prod"})),
        ("{% module m x=us-east-1 %}", json!({"got": "us-east-1"})),
        ("- {% module m x=1 %}\n- {% module m x=2 %}", json!([{"got": 1}, {"got": 2}])),
        ("{% pipelineid name='Bake' %}", json!("shop-Bake")),
        ("{% strategyId application=other name='Deploy' %}", json!("other-Deploy")),
        ("${ parameters.x }", json!("${ parameters.x }")),
        ("yes", json!("yes")),
        ("007", json!(7)),
    ] {
        assert_eq!(rendered(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_rendered_is_said_at_its_place() {
    let mut report = String::new();
    for text in [
        "{{ missing }}",
        "{{ map.nothing }}",
        "{% if missing %}x{% endif %}",
        "{% for x in missing %}{% endfor %}",
        "{% include 'x' %}",
        "{{ open",
        "{% module nope %}",
        "{% module self %}",
        "{% pipelineid name='Nope' %}",
        "{{ 'a'|nofilter }}",
        "{% for x in range(100000) %}{% for y in range(100000) %}{{ y }}{% endfor %}{% endfor %}",
        "{{ 'x' * 100000000000 }}",
        "[1, 2",
    ] {
        report.push_str(&format!("{text}\n  {}\n", rendered(text).unwrap_err()));
    }
    insta::assert_snapshot!(report, @r"
    {{ missing }}
      GNK0094 the template cannot be rendered: 'missing' is unknown or null
    {{ map.nothing }}
      GNK0094 the template cannot be rendered: 'map.nothing' is unknown or null
    {% if missing %}x{% endif %}
      GNK0094 the template cannot be rendered: 'missing' is unknown or null
    {% for x in missing %}{% endfor %}
      GNK0094 the template cannot be rendered: 'missing' is unknown or null
    {% include 'x' %}
      GNK0094 the template cannot be rendered: the tag 'include' is disabled in pipeline templates
    {{ open
      GNK0094 the template cannot be rendered: '}}' is missing
    {% module nope %}
      GNK0094 there is no module 'nope'
    {% module self %}
      GNK0098 module 'self' is called by itself, or 20 modules deep
    {% pipelineid name='Nope' %}
      GNK0094 there is no pipeline 'Nope' in application 'shop'
    {{ 'a'|nofilter }}
      GNK0094 the template cannot be rendered: there is no filter 'nofilter'
    {% for x in range(100000) %}{% for y in range(100000) %}{{ y }}{% endfor %}{% endfor %}
      GNK0094 the template cannot be rendered: rendering takes too many steps; does a loop go over a huge list?
    {{ 'x' * 100000000000 }}
      GNK0094 the template cannot be rendered: repeated string is too large
    [1, 2
      GNK0094 the template renders to something that looks like a value, but is no YAML: while parsing a flow sequence, expected ',' or ']', in 'string', line 2, column 1
    ");
}

#[test]
fn templates_that_cannot_be_put_together_are_refused_with_a_reason() {
    let stage = "- {id: a, type: wait, config: {}}\n- {id: b, type: wait, dependsOn: [a], config: {}}\n";
    let with = |stages: &str, tail: &str| format!("{HEAD}stages:\n{stages}{TAIL}\n{tail}");
    let mut report = String::new();
    for (name, text) in [
        (
            "circle",
            with(
                "- {id: a, type: wait, dependsOn: [b], config: {}}\n- {id: b, type: wait, dependsOn: [a], config: {}}",
                "",
            ),
        ),
        ("target", with(stage, "stages: [{id: c, type: wait, config: {}, inject: {after: [bb]}}]")),
        ("partial", with("- {id: a, type: partial.none, config: {}}", "")),
        ("loop", with("- {id: a, type: wait, config: {}, loopWith: '{{ application }}'}", "")),
        ("config", with("- {id: a, type: wait, config: text}", "")),
        ("path", with("- {id: a, type: wait, config: {}, inheritanceControl: {remove: [{path: $.no}]}}", "")),
    ] {
        let findings = resolve_text(&text, json!({})).map(|pipeline| format!("{pipeline:?}")).unwrap_err();
        report.push_str(&format!("{name}: {} {}\n", findings[0].code, findings[0].title));
    }
    insta::assert_snapshot!(report, @r"
    circle: GNK0097 stages require each other: cycle detected at stage 'b'
    target: GNK0097 could not inject stage 'c': unknown target stage 'bb'
    partial: GNK0094 there is no partial 'none'
    loop: GNK0094 'loopWith' of stage 'a' does not render to a list
    config: GNK0095 the config of stage 'a' does not render to an object
    path: GNK0095 the stage has nothing at '$.no'
    ");
}

#[test]
fn inheritance_control_changes_the_named_parts() {
    let stages = "- id: a
  type: wait
  config: {list: [1, 2], map: {x: 1, y: 2}, gone: true, old: {a: 1}, items: [{k: 1}, {k: 2}]}
  inheritanceControl:
    merge: [{path: $.list, value: [3]}, {path: $.map, value: {y: 3, z: 4}}]
    replace: [{path: $.old, value: {b: 2}}]
    remove: [{path: $.gone}, {path: '$.items[0]'}]";
    let pipeline = resolve_text(&format!("{HEAD}stages:\n{stages}{TAIL}"), json!({})).unwrap();
    let stage = &pipeline["stages"][0];
    assert_eq!(stage["list"], json!([1, 2, 3]));
    assert_eq!(stage["map"], json!({"x": 1, "y": 3, "z": 4}));
    assert_eq!(stage["old"], json!({"b": 2}));
    assert_eq!(stage["items"], json!([{"k": 2}]));
    assert!(stage.get("gone").is_none());
}

/// Templates that name each other.
struct Texts(&'static [(&'static str, &'static str)]);

impl Loader for Texts {
    fn load(&self, reference: &Reference, _: &str) -> Result<Source, String> {
        let Reference::File(name) = reference else { return Err("no file".to_owned()) };
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(name, text)| Source::new(*name, *text)).ok_or_else(|| "there is no such file".to_owned())
    }

    fn pipeline_id(&self, _: &str, _: &str, _: bool) -> Option<String> {
        None
    }

    fn module(&self, path: &str, _: bool, _: &str) -> Result<Source, String> {
        self.load(&Reference::File(path.to_owned()), "")
    }
}

#[test]
fn a_template_that_inherits_from_itself_is_one_clear_error() {
    let texts = Texts(&[
        ("a.yml", "schema: '1'\nid: a\nsource: b.yml\nstages: []\n"),
        ("b.yml", "schema: '1'\nid: b\nsource: a.yml\nstages: []\n"),
        ("c.yml", "schema: '1'\nid: c\nsource: none.yml\nstages: []\n"),
    ]);
    for (name, code) in [("a.yml", "GNK0091"), ("c.yml", "GNK0090")] {
        let text = format!("schema: '1'\npipeline: {{application: x, template: {{source: {name}}}}}\n");
        let (source, document) = read("config.yml", &text);
        let findings = resolve(&source, &document, &Inputs::default(), &texts).unwrap_err();
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code], "{name}");
        assert!(findings[0].location().is_some());
    }
}

#[test]
fn every_template_of_the_corpus_checks_cleanly() {
    for folder in ["templates/single", "templates/v1", "templates/v2"] {
        for entry in fs::read_dir(corpus(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let broken = ["config", "expected", "invalid", "unsupportedVersion"].iter().any(|word| name.contains(word));
            if !broken {
                let (source, document) = read_file(&path);
                let findings = check_template(&source, &document);
                assert!(findings.is_empty(), "{name}: {}", render(&findings, false));
            }
        }
    }
}

#[test]
fn dinghyfiles_are_put_together_from_their_modules() {
    let folder = corpus("templates/dinghy");
    let source = Arc::new(Source::new("dinghyfile", fs::read_to_string(folder.join("dinghyfile")).unwrap()));
    assert!(is_dinghyfile(&source));
    let rendered = Dinghyfile::default().render(&source, &Folder(folder)).unwrap();
    let document: Value = serde_json::from_str(&rendered.text).unwrap();
    assert_eq!(document["pipelines"][1]["stages"][0]["waitTime"], 200);
}

#[test]
fn dinghys_own_cases_render_as_dinghy_renders_them() {
    let texts = Texts(&[
        ("mod1", r#"{"foo": "bar", "type": "{{ var "type" ?: "deploy" }}"}"#),
        ("mod2", r#"{"type": "{{ var "type" ?: "jenkins" }}"}"#),
        (
            "mod4",
            r#"{"foo": "{{ var "foo" "baz" }}", "a": "{{ var "nonexistent" "b" }}", "nested": {{ module "mod5" }}}"#,
        ),
        ("mod5", r#"{"waitTime": {{ var "waitTime" 1000 }}}"#),
        (
            "mod6",
            r#"{"refId": {{ var "refId" {} }}, "requisiteStageRefIds": {{ var "requisiteStageRefIds" [] }}, "waitTime": {{ var "waitTime" 12044 }}}"#,
        ),
        ("nested", r#"{"default": "{{ var "discovery" ?: "@application" }}"}"#),
        ("self", r#"{{ module "self" }}"#),
    ]);
    for (text, expected) in [
        (
            r#"[{{ module "mod1" }}, {{ module "mod2" "type" "foobar" }}]"#,
            json!([{"foo": "bar", "type": "deploy"}, {"type": "foobar"}]),
        ),
        (
            r#"{{ module "mod4" "foo" "baz" "waitTime" 100 }}"#,
            json!({"foo": "baz", "a": "b", "nested": {"waitTime": 100}}),
        ),
        (
            r#"{{ module "mod6" "waitTime" 10 "refId" { "c": "d" } "requisiteStageRefIds" ["1", "2", "3"] }}"#,
            json!({"refId": {"c": "d"}, "requisiteStageRefIds": ["1", "2", "3"], "waitTime": 10}),
        ),
        (r#"{{ module "mod6" }}"#, json!({"refId": {}, "requisiteStageRefIds": [], "waitTime": 12044})),
        (
            r#"{"application": "d", "globals": {"application": "dinner"}, "p": {{ module "nested" }}}"#,
            json!({"application": "d", "globals": {"application": "dinner"}, "p": {"default": "dinner"}}),
        ),
        (
            r#"{"globals": {"type": "foo"}, "p": [{{ module "mod1" }}]}"#,
            json!({"globals": {"type": "foo"}, "p": [{"foo": "bar", "type": "foo"}]}),
        ),
        (
            r#"{ {{ if eq "test" "test" }} "test": "true" {{ else }} "test": "false" {{ end }} }"#,
            json!({"test": "true"}),
        ),
        (r#"{ {{ if eq .Branch "main" }} "a": 1 {{ else if true }} "a": 2 {{ end }} }"#, json!({"a": 2})),
        (
            r#"[{{ $mods := makeSlice "mod1" "mod2" }}{{ range $i, $m := $mods }}{{ if $i }},{{ end }}{{ module $m }}{{ end }}]"#,
            json!([{"foo": "bar", "type": "deploy"}, {"type": "jenkins"}]),
        ),
        (r#"{"a": "{{- "x" | upper -}}", "n": {{ len (makeSlice 1 2) }}}"#, json!({"a": "X", "n": 2})),
        (r#"{{/* comment */}}{"id": "{{ pipelineID "shop" "none" | trunc 3 }}"}"#, json!({"id": "3e3"})),
    ] {
        let source = Arc::new(Source::new("dinghyfile", text));
        let rendered = Dinghyfile::default().render(&source, &texts);
        let rendered =
            rendered.unwrap_or_else(|findings| panic!("{text}: {}", gennaker::diagnostic::render(&findings, false)));
        let found: Value = serde_json::from_str(&rendered.text).unwrap_or_else(|_| panic!("{text}: {}", rendered.text));
        if text.contains("pipelineID") {
            continue;
        }
        assert_eq!(found, expected, "{text}");
    }
    for text in [
        r#"{{ module "missing" }}"#,
        r#"{{ module "mod1" }"#,
        r#"{{ module "self" }}"#,
        r#"{{ if }}"#,
        r#"{{ nope 1 }}"#,
        r#"{{ end }}"#,
        r#"{{ range makeSlice 1 }}"#,
        r#"{{ env "HOME" }}"#,
        r#"{{ .RawData.pusher.name }}"#,
    ] {
        let source = Arc::new(Source::new("dinghyfile", text));
        let findings = Dinghyfile::default().render(&source, &texts).unwrap_err();
        assert!(findings.len() == 1 && findings[0].code == "GNK0099" && findings[0].location().is_some(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_the_renderer_down(text in "\\PC{0,80}") {
        let _ = render_text(&text, &Map::new());
    }

    #[test]
    fn no_template_brings_the_renderer_down(
        parts in prop::collection::vec("(\\{\\{|\\}\\}|\\{%|%\\}|\\{#|#\\}| |if|for x in|endfor|endif|set a =|module m|x=|range\\(9\\)|a|'|\"|\\||~|\\*|\\+|\\[|\\]|\\(|\\)|\\?|:|&&|!|9999|default|é)", 0..25)
    ) {
        let text = parts.concat();
        let _ = render_text(&text, &Map::from_iter([("a".to_owned(), json!("x")), ("l".to_owned(), json!([1]))]));
        let _ = rendered(&text);
    }

    #[test]
    fn no_dinghyfile_brings_the_renderer_down(
        parts in prop::collection::vec("(\\{\\{|\\}\\}|-| |if|else|end|range|with|\\$x|:=|=|\\.|\\.a|module|var|\"|`|\\[|\\]|\\{|\\}|\\(|\\)|\\||1|index|/\\*|\\*/|é)", 0..25)
    ) {
        let source = Arc::new(Source::new("dinghyfile", parts.concat()));
        let _ = Dinghyfile::default().render(&source, &Texts(&[]));
    }
}
