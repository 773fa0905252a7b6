//! Cron expressions against what Quartz and Spinnaker's `H` token answered.

use gennaker::model::{Cron, resolve_hash_tokens, text_hash};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

fn vectors(kind: &str) -> Vec<Value> {
    let folder = std::env::var("GENNAKER_CONFORMANCE");
    let folder = folder.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/cron.json")).expect("the conformance data can be read");
    let data: Value = serde_json::from_str(&text).expect("the conformance data is JSON");
    data[kind].as_array().expect("it has vectors").clone()
}

fn text<'v>(vector: &'v Value, key: &str) -> &'v str {
    vector[key].as_str().unwrap_or_else(|| panic!("{vector} has no {key}"))
}

fn expect_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_expression_is_taken_or_refused_as_quartz_does() {
    let mut wrong = Vec::new();
    for vector in vectors("cases") {
        let expression = text(&vector, "expression");
        let parsed = Cron::parse(expression);
        if parsed.is_ok() != (vector["valid"] == true) {
            wrong.push(format!("{expression:?}: got {parsed:?}, Quartz {}", vector["error"]));
        }
        if let Err(error) = parsed {
            assert!(expression.get(error.span.clone()).is_some(), "{expression:?}: {error:?}");
        }
    }
    expect_none(&wrong);
}

#[test]
fn every_expression_fires_when_quartz_fires_it() {
    let mut wrong = Vec::new();
    for vector in vectors("cases").iter().filter(|vector| vector["valid"] == true) {
        let expression = text(vector, "expression");
        let Ok(cron) = Cron::parse(expression) else { continue };
        for fires in vector["fires"].as_array().expect("fire times") {
            let zone = TimeZone::get(text(fires, "zone")).expect("the zone exists");
            let after: Timestamp = text(fires, "after").parse().expect("an instant");
            let mut now = after.as_millisecond();
            let mut found = Vec::new();
            let expected: Vec<&str> =
                fires["next"].as_array().expect("times").iter().filter_map(Value::as_str).collect();
            while found.len() < 5 {
                let Some(next) = cron.next_after(now, &zone) else { break };
                found.push(Timestamp::from_millisecond(next).expect("an instant").to_string());
                now = next;
            }
            if found != expected {
                wrong.push(format!(
                    "{expression:?} {} after {after}: got {found:?}, Quartz {expected:?}",
                    fires["zone"]
                ));
            }
        }
    }
    expect_none(&wrong);
}

#[test]
fn every_h_becomes_the_number_spinnaker_draws() {
    let mut wrong = Vec::new();
    for vector in vectors("fuzz") {
        let (id, expression) = (text(&vector, "id"), text(&vector, "expression"));
        assert_eq!(i64::from(text_hash(id)), vector["hash"].as_i64().expect("a hash"), "{id}");
        let resolved = resolve_hash_tokens(expression, id);
        if resolved.as_deref().ok() != vector["fuzzed"].as_str() {
            wrong.push(format!("{vector}: got {resolved:?}"));
        } else if let Ok(resolved) = resolved {
            let valid = Cron::parse(&resolved).is_ok();
            assert_eq!(valid, vector["fuzzedIsValid"] == true, "{resolved}");
        }
    }
    expect_none(&wrong);
}
