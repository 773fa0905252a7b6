//! What people get to see for what they get wrong.

use std::sync::Arc;

use super::*;
use crate::diagnostic::render;
use crate::model::{Field, Shape, Unit, optional, required};
use crate::pipeline::{ParseOptions, parse};

struct Catalogue;

const CAPACITY: &[Field] =
    &[optional("min", Shape::Integer, "Lower bound"), optional("max", Shape::Integer, "Upper bound")];
const DEPLOY: &[Field] = &[
    required("account", Shape::Text, "Account to deploy to"),
    optional("capacity", Shape::Object(CAPACITY), "Size"),
    optional("enabled", Shape::Boolean, "Whether it takes traffic"),
    optional("regions", Shape::List(&Shape::Text), "Where"),
    optional("strategy", Shape::OneOf(&["redblack", "highlander", "none"]), "Deployment strategy"),
];
const WAIT: &[Field] = &[required("waitTime", Shape::Duration(Unit::Seconds), "How long")];

impl StageCatalogue for Catalogue {
    fn kinds(&self) -> Vec<&str> {
        vec!["deploy", "wait"]
    }

    fn fields(&self, kind: &str) -> Option<&'static [Field]> {
        match kind {
            "deploy" => Some(DEPLOY),
            "wait" => Some(WAIT),
            _ => None,
        }
    }

    fn summary(&self, _: &str) -> Option<&str> {
        None
    }

    fn unsupported(&self, kind: &str) -> Option<&'static str> {
        (kind == "terraform").then_some("it is a plugin of Armory; run terraform in a 'runJob' stage")
    }
}

fn check(text: &str) -> Vec<Diagnostic> {
    let source = Arc::new(Source::new("p.yaml", text));
    let parsed = parse(
        &source,
        &ParseOptions { application: Some("shop"), catalogue: Some(&Catalogue), ..ParseOptions::default() },
    );
    let mut findings = parsed.diagnostics;
    for pipeline in &parsed.pipelines {
        findings.extend(validate(pipeline, &Catalogue, Some(&crate::expr::check)));
    }
    findings
}

fn codes(text: &str) -> Vec<&'static str> {
    check(text).iter().map(|finding| finding.code).collect()
}

#[test]
fn a_sound_pipeline_has_no_findings() {
    let text = "
name: deploy
spelEvaluator: v4
parameters:
  region: {default: eu, options: [eu, us]}
stages:
  - {name: Cool down, type: wait, waitTime: 90s, stageTimeoutMs: 2h}
  - {name: Deploy, type: deploy, account: prod, needs: Cool down, enabled: 'true', capacity: {min: '2', max: \"${x}\"}}
  - {type: wait, waitTime: \"${#stage('Deploy').context.pause}\", needs: [deploy]}
";
    assert_eq!(render(&check(text), false), "");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = r#"name: deploy
limitConcurent: true
stages:
  - name: Deploy
    type: depoly
  - name: Roll out
    type: deploy
    needs: Depoly
    regions: eu
    strategy: redblak
    capacity: {min: two, mx: 3}
    stageTimeoutMs: "60000"
  - {type: terraform}
  - {waitTime: 5}
  - {name: Pause, type: wait, waitTime: 90x, comments: "${ #stage('Rollout')..status }"}
"#;
    insta::assert_snapshot!(render(&check(text), false), @r#"
    warning[GNK0011]: a pipeline has no key 'limitConcurent'
     --> p.yaml:2:1
      |
    2 | limitConcurent: true
      | ^^^^^^^^^^^^^^ nothing reads this
      |
      = help: did you mean 'limitConcurrent'?

    error[GNK0022]: unknown stage type 'depoly'
     --> p.yaml:5:11
      |
    5 |     type: depoly
      |           ^^^^^^ no such stage type
      |
      = help: did you mean 'deploy'?

    error[GNK0027]: a 'deploy' stage needs 'account'
     --> p.yaml:7:11
      |
    7 |     type: deploy
      |           ^^^^^^ 'account' is missing
      |
      = help: account: Account to deploy to

    error[GNK0025]: stage 'Roll out' requires 'Depoly', which no stage is called
     --> p.yaml:8:12
      |
    8 |     needs: Depoly
      |            ^^^^^^ no such stage
      |
      = help: did you mean 'deploy'?

    error[GNK0028]: 'regions' must be a list, but is the text 'eu'
     --> p.yaml:9:14
      |
    9 |     regions: eu
      |              ^^ a list belongs here
      |
      = help: 'gennaker docs deploy' describes the fields of the stage

    error[GNK0028]: 'redblak' is no choice for 'strategy'
      --> p.yaml:10:15
       |
    10 |     strategy: redblak
       |               ^^^^^^^ not a choice
       |
       = help: did you mean 'redblack'?

    error[GNK0028]: 'capacity.min' must be a whole number, but is the text 'two'
      --> p.yaml:11:21
       |
    11 |     capacity: {min: two, mx: 3}
       |                     ^^^ a whole number belongs here
       |
       = help: 'gennaker docs deploy' describes the fields of the stage

    warning[GNK0029]: 'capacity' has no field 'mx'
      --> p.yaml:11:26
       |
    11 |     capacity: {min: two, mx: 3}
       |                          ^^ nothing reads this
       |
       = help: did you mean 'max'?

    warning[GNK0053]: 'stageTimeoutMs' is text and therefore ignored
      --> p.yaml:12:21
       |
    12 |     stageTimeoutMs: "60000"
       |                     ^^^^^^^ text
       |
       = help: write the number 60000 without quotes

    error[GNK0023]: stages of type 'terraform' are not supported
      --> p.yaml:13:12
       |
    13 |   - {type: terraform}
       |            ^^^^^^^^^ not supported
       |
       = help: it is a plugin of Armory; run terraform in a 'runJob' stage

    error[GNK0021]: stage 'stage' has no type
      --> p.yaml:14:5
       |
    14 |   - {waitTime: 5}
       |     ^^^^^^^^^^^^^ no type
       |
       = help: write 'type: …'; 'gennaker docs stages' lists all types

    error[GNK0057]: '90x' is no duration
      --> p.yaml:15:41
       |
    15 |   - {name: Pause, type: wait, waitTime: 90x, comments: "${ #stage('Rollout')..status }"}
       |                                         ^^^ a duration belongs here
       |
       = help: write a number and a unit, such as '90s', '5m' or '1h30m'

    hint[GNK0042]: this expression is about a stage, and the pipeline names no evaluator
      --> p.yaml:15:60
       |
    15 |   - {name: Pause, type: wait, waitTime: 90x, comments: "${ #stage('Rollout')..status }"}
       |                                                            ^^^^^^
       |
       = help: write 'spelEvaluator: v4' at the top: v3, the default, evaluates it before any stage has run as well

    warning[GNK0041]: no stage of this pipeline is called 'Rollout'
      --> p.yaml:15:68
       |
    15 |   - {name: Pause, type: wait, waitTime: 90x, comments: "${ #stage('Rollout')..status }"}
       |                                                                    ^^^^^^^ no such stage
       |
       = help: did you mean 'Roll out'?

    warning[GNK0040]: the expression cannot be read: EL1049E: Unexpected data after '.': 'dot(.)'
      --> p.yaml:15:77
       |
    15 |   - {name: Pause, type: wait, waitTime: 90x, comments: "${ #stage('Rollout')..status }"}
       |                                                                             ^ EL1049E: Unexpected data after '.': 'dot(.)'
       |
       = help: keys that are no plain names are read with ['…']; the text stays as it is when the stage runs

    9 errors, 5 warnings, 1 hint
    "#);
}

#[test]
fn circles_are_named_in_order() {
    let text = "
name: n
stages:
  - {refId: a, type: wait, waitTime: 1, requisiteStageRefIds: [c]}
  - {refId: b, type: wait, waitTime: 1, requisiteStageRefIds: [a]}
  - {refId: c, type: wait, waitTime: 1, requisiteStageRefIds: [b]}
  - {refId: d, name: After, type: wait, waitTime: 1, requisiteStageRefIds: [c]}
";
    insta::assert_snapshot!(render(&check(text), false), @r#"
    error[GNK0026]: stages wait for each other in a circle: a → b → c → a
     --> p.yaml:4:63
      |
    4 |   - {refId: a, type: wait, waitTime: 1, requisiteStageRefIds: [c]}
      |                                                               ^^^ part of the circle
      |
      = help: remove one of the requirements

    hint[GNK0056]: stage 'After' can never start
     --> p.yaml:7:22
      |
    7 |   - {refId: d, name: After, type: wait, waitTime: 1, requisiteStageRefIds: [c]}
      |                      ^^^^^
      |
      = help: each waits for a stage that can never start

    1 error, 1 hint
    "#);
}

#[test]
fn each_trap_has_its_code() {
    let stage =
        |fields: &str| format!("name: n\nspelEvaluator: v4\nstages:\n- {{type: wait, waitTime: 1, {fields}}}\n");
    let cases: &[(&str, &[&str])] = &[
        ("failOnFailedExpressions: 'true'", &["GNK0054"]),
        ("continuePipeline: true, failPipeline: true", &["GNK0055"]),
        ("continuePipeline: true, failPipeline: false", &[]),
        ("restrictExecutionDuringTimeWindow: true", &["GNK0051"]),
        ("restrictExecutionDuringTimeWindow: true, restrictedExecutionWindow: {days: [], whitelist: []}", &["GNK0051"]),
        ("restrictExecutionDuringTimeWindow: true, restrictedExecutionWindow: {days: [0]}", &["GNK0052", "GNK0050"]),
        ("requisiteStageRefIds: [9], refId: 1", &["GNK0025"]),
        ("needs: wait", &["GNK0026"]),
        ("waitTme: 1", &["GNK0029"]),
        ("backoffPeriodMs: 250us", &["GNK0057"]),
        ("isNew: true, group: x, user: y", &[]),
    ];
    for (fields, expected) in cases {
        assert_eq!(codes(&stage(fields)), *expected, "{fields}");
    }
    assert_eq!(codes("name: n\nstages: [{type: wait, waitTime: 1}, ~]"), ["GNK0020"]);
    assert_eq!(codes("name: n\nspelEvaluator: v5\nstages: [{type: wait, waitTime: 1}]"), ["GNK0043"]);
    assert_eq!(codes("name: n\nstages: [{type: wait, waitTime: \"${#stage('wait').x}\"}]"), ["GNK0042"]);
    assert_eq!(codes("name: n\nstages: []"), ["GNK0030"]);
    assert_eq!(
        codes("name: n\nstages: [{refId: 1, type: wait, waitTime: 1}, {refId: 1, type: wait, waitTime: 1}]"),
        ["GNK0024"]
    );
}

#[test]
fn ten_thousand_mistaken_stages_are_checked_in_no_time() {
    let mut text = "name: n\nstages:\n".to_owned();
    for number in 0..10_000 {
        text.push_str(&format!("- {{refId: s{number}, type: wiat, waitTme: 1, requisiteStageRefIds: [x{number}]}}\n"));
    }
    let begin = std::time::Instant::now();
    assert_eq!(check(&text).len(), 20_000);
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

#[test]
fn mistakes_in_expressions_stand_where_they_were_written() {
    let text = r#"
parameterConfig: [{name: region}]
stages:
  - type: wait
    refId: "1"
    name: "é \"q\" ${a..b} \u00e9 ${parameters.regoin}"
    waitTime: '${it''s}'
    comments: |
      first ${ok}
        second é ${a +}
      third ${#stge('x')}
    folded: >-
      some words
      and ${b..c} here

      more ${T(java.io.File)} end
    plain: one
      two ${t..u}
    key ${v..w}: 1
  - type: checkPreconditions
    refId: "2"
    name: c
    preconditions: [{type: expression, context: {expression: 'parameters.regoin == 1'}}]
    other: a ${b && #stage('c')}
"#;
    let shown = |finding: Diagnostic| {
        let location = finding.location().expect("it is about the text");
        let source = finding.source.as_ref().expect("it is about a text");
        let marked = &source.text[source.resolve(&finding.place).expect("the place is there")];
        format!("{} {}:{} {marked}", finding.code, location.line, location.column)
    };
    let about = |finding: &Diagnostic| matches!(finding.code, "GNK0040" | "GNK0046" | "GNK0047");
    let mut findings = check(text);
    findings.retain(about);
    crate::diagnostic::sort(&mut findings);
    let help = findings.last().and_then(|finding| finding.help.clone()).unwrap_or_default();
    assert!(help.contains("' #' starts a comment"), "{help}");
    let found: Vec<String> = findings.into_iter().map(shown).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    GNK0040 6:23 .
    GNK0047 6:48 regoin
    GNK0040 7:20 ''s}
    GNK0040 10:22 +
    GNK0046 11:15 #stge
    GNK0040 14:14 .
    GNK0046 16:14 T(java.io.File)
    GNK0040 18:14 .
    GNK0040 19:5 key ${v..w}
    GNK0047 23:74 regoin
    GNK0040 24:14 ${b &&
    ");
}

#[test]
fn mistakes_in_expressions_stand_where_they_were_written_in_json() {
    let text = r#"{"name":"J","spelEvaluator":"v4","stages":[{"type":"wait","refId":"1",
        "name":"\u00e9\t\"${a..b}\" \n ${c..d}\/${e +}","waitTime":"${'"#;
    let text = format!("{text}{}", r#"\"${\ud83d\ude00"}]}"#);
    let places: Vec<String> = check(&text)
        .into_iter()
        .filter(|finding| finding.code == "GNK0040")
        .map(|finding| finding.location().map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default())
        .collect();
    insta::assert_snapshot!(places.join(" "), @"2:69 2:74 2:30 2:43 2:53");
}

#[test]
fn artifacts_that_nothing_makes_are_found() {
    let text = "
name: p
expectedArtifacts: [{id: image, matchArtifact: {type: docker/image}}]
triggers: [{type: webhook, expectedArtifactIds: [image, imgae]}]
stages:
- {type: wait, refId: a, waitTime: 1, manifestArtifactId: image, requiredArtifactIds: [made, lost], needs: []}
- {type: wait, refId: b, waitTime: 1, expectedArtifacts: [{id: made}], cluster: {imageArtifactId: '${ x }'}, needs: []}
- {type: wait, refId: c, waitTime: 1, inputArtifacts: [{id: chart}, {id: inline, artifact: {type: x}}], needs: []}
";
    let found: Vec<String> = check(text)
        .iter()
        .filter(|finding| finding.code == "GNK0058")
        .map(|finding| format!("{} {} | {}", finding.place, finding.title, finding.help.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    stages[0].requiredArtifactIds[1] nothing expects or makes an artifact with the id 'lost' | declare it under 'expectedArtifacts' of the pipeline or of a stage
    stages[2].inputArtifacts[0].id nothing expects or makes an artifact with the id 'chart' | declare it under 'expectedArtifacts' of the pipeline or of a stage
    triggers[0].expectedArtifactIds[1] nothing expects or makes an artifact with the id 'imgae' | did you mean 'image'?
    ");
}

#[test]
fn artifacts_and_triggers_of_the_wrong_form_are_found() {
    let text = "
name: p
expectedArtifacts: [x, {id: a, matchArtifact: docker}]
triggers: [5]
stages: [{type: wait, waitTime: 1, expectedArtifacts: [{id: b, defaultArtifact: 7}]}]
";
    let found = check(text);
    let found: Vec<String> = found.iter().map(|f| format!("{} {} {}", f.code, f.place, f.title)).collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    GNK0059 expectedArtifacts[0] this expected artifact cannot be read: an expected artifact must be an object, but is "x"
    GNK0059 expectedArtifacts[1] this expected artifact cannot be read: 'matchArtifact' of an expected artifact: an artifact must be an object, but is "docker"
    GNK0010 triggers[0] a trigger is an object with a 'type', but this is the number 5
    GNK0059 stages[0].expectedArtifacts[0] this expected artifact cannot be read: 'defaultArtifact' of an expected artifact: an artifact must be an object, but is 7
    "#);
}
