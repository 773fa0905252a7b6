//! The expression language against what Spinnaker's own evaluator answered: kind and value of every case.

use gennaker::expr::{Evaluated, Scope, evaluate_text};
use gennaker::model::{Execution, Map};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let folder = std::env::var("GENNAKER_CONFORMANCE");
    let folder = folder.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/expressions.json"))
        .expect("the conformance data is part of the repository");
    let more = std::fs::read_to_string(format!("{folder}/expressions-more.json")).ok();
    let read = |text: String| {
        let data: Value = serde_json::from_str(&text).expect("the conformance data is JSON");
        data["cases"].as_array().expect("it has cases").clone()
    };
    [Some(text), more].into_iter().flatten().flat_map(read).collect()
}

/// Evaluates a case as its `meta` says: over an execution's stage, an execution, or a plain root.
fn answer(case: &Value) -> Evaluated {
    let template = case["template"].as_str().expect("a case has a template");
    let mut context: Map = case["context"].as_object().expect("a case has a context").clone();
    let strict = case["allowUnknownKeys"] == false;
    let finish =
        |scope: Scope<'_>| evaluate_text(template, &if strict { scope.unknown_keys_forbidden() } else { scope });
    let Some(execution) = context.remove("execution") else {
        return finish(Scope::of_document(context));
    };
    let mut execution: Execution = serde_json::from_value(execution).expect("an execution");
    if let Some(Value::Object(trigger)) = context.remove("trigger") {
        execution.trigger = trigger;
    }
    if let Some(Value::Object(variables)) = context.get("templateVariables") {
        execution.template_variables = Some(variables.clone());
    }
    match case["stageId"].as_str() {
        Some(id) => {
            let stage = execution.stage(id).expect("the stage exists");
            let mut own = stage.context.clone();
            own.extend(context);
            finish(Scope::of_stage_with_context(&execution, stage, &own))
        }
        None => finish(Scope::of_execution(&execution)),
    }
}

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.is_f64() == b.is_f64() && a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a == b)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
fn every_expression_gives_what_spinnaker_gives() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut described = 0;
    for case in cases.iter().filter(|case| case.get("unreliable").is_none()) {
        let expected = &case["expected"];
        let evaluated = answer(case);
        let kept = !evaluated.failures.is_empty() && evaluated.value == case["template"];
        let kind = if kept { "kept" } else { "value" };
        let value = if kept { &evaluated.value } else { evaluated.strict_json() };
        let random = case.get("nondeterministic").is_some() || !kept && expected["notJson"] == true && value.is_null();
        let type_fits = !random || std::mem::discriminant(value) == std::mem::discriminant(&expected["value"]);
        let value_fits = random || same(&expected["value"], value);
        let described_as =
            evaluated.failures.first().map(|failure| format!("Failed to evaluate [expr] {}", failure.description));
        described += usize::from(described_as.as_deref() == expected["error"].as_str());
        if kind != expected["kind"] && case.get("nondeterministic").is_none() || !type_fits || !value_fits {
            wrong.push(format!(
                "{} {}\n   expected {} {} ({})\n   got      {kind} {value} {:?}",
                case["id"],
                case["template"],
                expected["kind"],
                expected["value"],
                expected["error"],
                evaluated.failures
            ));
        }
    }
    println!("{} of {} cases differ; {described} have the very same description", wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Descriptions are for people; most should still be Spring's to the letter.
#[test]
fn most_descriptions_are_springs() {
    let cases = cases();
    let failing: Vec<_> = cases.iter().filter(|case| case["expected"]["error"].is_string()).collect();
    let different: Vec<String> = failing
        .iter()
        .filter_map(|case| {
            let evaluated = answer(case);
            let ours =
                evaluated.failures.first().map(|failure| format!("Failed to evaluate [expr] {}", failure.description));
            let theirs = case["expected"]["error"].as_str()?;
            (ours.as_deref() != Some(theirs))
                .then(|| format!("{}\n  {theirs}\n  {}", case["template"], ours.unwrap_or_default()))
        })
        .collect();
    let share = different.len() * 100 / failing.len();
    println!("{} of {} descriptions differ\n{}", different.len(), failing.len(), different.join("\n"));
    assert!(share < 10, "{share} % of the descriptions differ:\n{}", different.join("\n"));
}
