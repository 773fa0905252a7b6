//! The language as its users meet it: places, hints, bounds, working copies.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::model::{Execution, Map, StageExecution};

use super::parser::parse;
use super::{Known, Scope, check, evaluate, evaluate_map, evaluate_text};

fn map(value: Json) -> Map {
    value.as_object().expect("an object").clone()
}

fn scope(root: Json) -> Scope<'static> {
    Scope::of_document(map(root)).at(1_700_000_000_123)
}

fn value(text: &str, root: Json) -> Json {
    let evaluated = evaluate_text(text, &scope(root));
    assert!(evaluated.failures.is_empty(), "{text}: {:?}", evaluated.failures);
    evaluated.value
}

/// The text a failure points at, and its first hint.
fn failure(text: &str, scope: &Scope<'_>) -> (String, String) {
    let evaluated = evaluate_text(text, scope);
    let failure = evaluated.failures.first().unwrap_or_else(|| panic!("{text} gave {}", evaluated.value));
    let place = failure.span.clone().map(|span| text[span].to_owned()).unwrap_or_default();
    (place, failure.hints.first().cloned().unwrap_or_default())
}

#[test]
fn every_node_knows_its_place() {
    let text = "a.b['c'] + #f(1, x ? 2 : 3)";
    let tree = format!("{:?}", parse(text).expect("it parses"));
    for part in ["a", "b", "['c']", "#f(1, x ? 2 : 3)", "x ? 2 : 3"] {
        let start = text.find(part).expect("it is in the text");
        let span = format!("span: {}..{}", start, start + part.len());
        assert!(tree.contains(&span), "{part}: {span} in {tree}");
    }
}

#[test]
fn failures_point_at_their_cause_in_the_text_as_written() {
    let root = json!({"map": {"image": "x"}, "list": [1]});
    let strict = scope(root.clone()).unknown_keys_forbidden();
    assert_eq!(failure("é ${map.imgae}!", &strict), ("imgae".into(), "did you mean 'image'?".into()));
    assert_eq!(failure("${list[4]}", &scope(root.clone())).0, "[4]");
    assert_eq!(failure("${1 + }", &scope(root.clone())).0, "+");
    assert_eq!(failure("${'a'.lenght()}", &scope(root)), ("lenght()".into(), "did you mean 'length'?".into()));
}

#[test]
fn places_survive_the_execution_put_into_calls() {
    let mut execution = Execution { id: "E".into(), ..Execution::default() };
    execution.stages.push(StageExecution { id: "1".into(), name: "Deploy".into(), ..StageExecution::default() }.into());
    let scope = Scope::of_execution(&execution);
    let (place, hint) = failure("${#stage('Deploy').name}, ${#stage('Deplyo').name}", &scope);
    assert_eq!((place.as_str(), hint.as_str()), ("#stage('Deplyo')", "did you mean 'Deploy'?"));
}

#[test]
fn a_null_says_which_key_was_meant() {
    let root = json!({"trigger": {"parameters": {"replicas": 3}}});
    let (place, hint) = failure("${parameters.replica}", &scope(root));
    assert_eq!(place, "parameters.replica");
    assert_eq!(hint, "there is no 'replica'; did you mean 'replicas'?");
}

#[test]
fn forbidden_things_are_explained() {
    for (text, word) in [
        ("${T(java.lang.System).exit(1)}", "may not use"),
        ("${T(LocalDate).now()}", "java.time.LocalDate"),
        ("${list.get(0)}", "[0]"),
        ("${list.stream()}", ".?["),
        ("${T(java.time.temporal.ChronoUnit).DAYS}", "valueOf('DAYS')"),
    ] {
        let (_, hint) = failure(text, &scope(json!({"list": [1]})));
        assert!(hint.contains(word), "{text}: {hint}");
    }
}

#[test]
fn changes_stay_in_the_working_copy() {
    let root = json!({"i": 7, "list": [1], "deep": {"list": []}});
    assert_eq!(value("${i++} ${i} ${++i}", root.clone()), "7 8 9");
    assert_eq!(value("${{list.add(2), list}}", root.clone()), json!([true, [1, 2]]));
    assert_eq!(value("${{deep.list.add(1), deep['list'].size()}}", root.clone()), json!([true, 1]));
    let scope = scope(root);
    let _ = evaluate_text("${list.add(2)}", &scope);
    assert_eq!(evaluate_text("${list}", &scope).value, json!([1]));
}

#[test]
fn documents_are_evaluated_with_their_keys() {
    let scope = scope(json!({"name": "web", "n": 2}));
    let document = json!({"${name}-x": ["${n}", {"k": "v${n}"}], "plain": 1});
    assert_eq!(evaluate(&document, &scope).value, json!({"web-x": [2, {"k": "v2"}], "plain": 1}));
    let (evaluated, summary) = evaluate_map(&map(json!({"image": "${nmae}", "n": "${n / 0}"})), &scope);
    assert_eq!(Json::Object(evaluated), json!({"image": "${nmae}", "n": "${n / 0}"}));
    let summary = summary.expect("two failures");
    assert_eq!(summary["nmae"][0]["description"], "Failed to evaluate [image] : nmae not found");
    assert_eq!(summary["n / 0"][0]["exceptionType"], "java.lang.ArithmeticException");
    assert_eq!(evaluate_map(&map(json!({"a": "${n}"})), &scope).1, None);
}

#[test]
fn time_and_chance_follow_the_given_clock() {
    assert_eq!(value("${T(java.time.Instant).now().toString()}", json!({})), "2023-11-14T22:13:20.123Z");
    let draw = || value("${T(java.util.UUID).randomUUID().toString()}", json!({}));
    assert_eq!(draw(), draw());
}

#[test]
fn syntax_is_checked_without_evaluating() {
    assert!(check("no ${a.b} and ${#stage('x').status}", &Known::default()).is_empty());
    let text = "${a..b} ${ok} ${c";
    let errors = check(text, &Known::default());
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(&text[errors[0].span.clone()], ".");
    assert_eq!(&text[errors[1].span.clone()], "${c");
}

#[test]
fn nothing_hangs_or_overflows() {
    let deep = |open: &str, close: &str, n: usize| format!("${{{}1{}}}", open.repeat(n), close.repeat(n));
    for text in [
        deep("(", ")", 100_000),
        deep("(", ")", 3_000),
        deep("{", "}", 3_000),
        deep("-", "", 9_000),
        deep("!", "", 9_000),
        deep("a?b:", "", 2_000),
        deep("x[", "]", 2_000),
        deep("list.![", "]", 30),
        "${'a'.repeat(2000000000)}".to_owned(),
        "${new int[60000][60000]}".to_owned(),
        "${T(String).format('%999999999d', 1)}".to_owned(),
        "${{list.add(list), list.toString()}}".to_owned(),
        "${#readYaml('a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]')}".to_owned(),
    ] {
        let items: Vec<u32> = (0..100).collect();
        let evaluated = evaluate_text(&text, &scope(json!({"list": items})));
        let shown = text.chars().take(40).collect::<String>();
        assert_eq!(evaluated.failures.len(), 1, "{shown}");
    }
    // Whether a pattern is linear or given up is the engine's affair; it must answer.
    let pattern =
        "${'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' matches '(?:(a)|(aa))+(?!c)\\\\1\\\\2c'}".replace("\\\\", "\\");
    assert!(evaluate_text(&pattern, &scope(json!({}))).failures.len() <= 1);
    let sum = format!("${{1{}}}", "+1".repeat(4_900));
    assert_eq!(value(&sum, json!({})), 4_901);
}

proptest! {
    #[test]
    fn the_parser_never_panics(text in r##"[a-c0-9 .,:;?!'"#$%&()*+/<=>@\[\]{}^|~L_éT-]{0,60}"##) {
        let _ = parse(&text);
        let _ = check(&text, &Known::default());
        let _ = check(&format!("${{{text}}}"), &Known::default());
        let _ = evaluate_text(&format!("${{{text}}}"), &scope(json!({"a": 1, "b": [1, "x"], "c": {"a": null}})));
    }
}
