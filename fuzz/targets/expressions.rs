//! Expressions: checked, evaluated at every moment there is, explained.
#![no_main]

use std::sync::LazyLock;

use gennaker::expr::{Evaluated, Known, Scope, check, evaluate_text, explain};
use gennaker::model::Execution;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static EXECUTION: LazyLock<Execution> = LazyLock::new(|| {
    serde_json::from_value(json!({
        "type": "PIPELINE", "id": "01J", "application": "shop", "name": "Deploy",
        "trigger": {
            "type": "manual", "user": "ann",
            "parameters": {"region": "eu-west-1", "count": 3, "tags": ["a", "b"], "flag": true, "map": {"k": {"l": null}}},
            "resolvedExpectedArtifacts": [{"boundArtifact": {"type": "docker/image", "name": "n", "reference": "r"}}],
        },
        "stages": [
            {"id": "1", "refId": "1", "type": "deploy", "name": "Deploy", "status": "SUCCEEDED",
             "context": {"deploy.server.groups": {"eu": ["shop-v001"]}, "judgmentInput": "yes"},
             "outputs": {"image": "ami-1", "n": 1.5}},
            {"id": "2", "refId": "2", "type": "wait", "name": "Wait", "status": "RUNNING",
             "requisiteStageRefIds": ["1"],
             "context": {"list": [3, 1, 2], "text": "{\"a\": [1, 2]}", "yaml": "a: &x [1]\nb: *x", "at": 1700000000000_i64}},
        ],
    }))
    .expect("it is an execution")
});

fuzz_target!(|text: &str| {
    let stage = EXECUTION.stage("2").expect("it is there");
    let scope = || Scope::of_stage(&EXECUTION, stage).at(1_700_000_000_123);
    let places = |spans: &mut dyn Iterator<Item = std::ops::Range<usize>>, text: &str| {
        spans.for_each(|span| assert!(text.get(span).is_some()));
    };
    for text in [text.to_owned(), format!("${{{text}}}")] {
        let known = Known { parameters: &["region", "count"] };
        places(&mut check(&text, &known).into_iter().map(|mistake| mistake.span), &text);
        let strict = scope().unknown_keys_forbidden();
        for scope in [scope(), strict, Scope::of_execution(&EXECUTION), Scope::of_document(stage.context.clone())] {
            let Evaluated { failures, .. } = evaluate_text(&text, &scope.at(1_700_000_000_123));
            places(&mut failures.into_iter().filter_map(|failure| failure.span), &text);
        }
        places(&mut explain(&text, &scope()).into_iter().map(|part| part.span), &text);
    }
});
