//! Evaluation of an expression, beside minijinja on the same work: both read the text anew each time, as a run does.

use std::hint::black_box;
use std::time::Instant;

use gennaker::expr::{Scope, evaluate_text};
use serde_json::json;

/// Measurements of which the median is shown, and evaluations in each.
const SAMPLES: usize = 1001;
const BATCH: u32 = 20;

fn main() {
    let data = json!({
        "parameters": {"version": "1.4.2", "region": "eu", "count": 3},
        "trigger": {"user": "ann", "tags": ["a", "b", "stable"]},
        "deploy": {"groups": [{"name": "shop-v001", "up": 3}, {"name": "shop-v002", "up": 0}]},
    });
    let cases = [
        ("a property", "${parameters.version}", "{{ parameters.version }}"),
        (
            "text around it",
            "shop-${parameters.region}-${parameters.version}",
            "shop-{{ parameters.region }}-{{ parameters.version }}",
        ),
        (
            "arithmetic and a choice",
            "${parameters.count * 2 > 5 ? 'large' : 'small'}",
            "{{ 'large' if parameters.count * 2 > 5 else 'small' }}",
        ),
        (
            "a function",
            "${trigger.tags.contains('stable') ? 'yes' : 'no'}",
            "{{ 'yes' if 'stable' in trigger.tags else 'no' }}",
        ),
        (
            "a filter over a list",
            "${deploy.groups.?[up > 0][0].name}",
            "{{ (deploy.groups | selectattr('up') | first).name }}",
        ),
    ];
    let jinja = minijinja::Environment::new();
    println!("| expression | gennaker, median µs | minijinja, median µs |\n| --- | ---: | ---: |");
    for (name, ours, theirs) in cases {
        let expected = jinja.render_str(theirs, minijinja::value::Serde(&data)).expect("the template is sound");
        let root = data.as_object().expect("an object").clone();
        let found = evaluate_text(ours, &Scope::of_document(root.clone())).value;
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        assert_eq!(found, expected, "both say the same of {name}");
        let scope = Scope::of_document(root);
        let own = median(|| drop(black_box(evaluate_text(black_box(ours), &scope))));
        let value = minijinja::Value::from(minijinja::value::Serde(&data));
        let other = median(|| drop(black_box(jinja.render_str(black_box(theirs), &value))));
        println!("| {name}: `{ours}` | {own:.2} | {other:.2} |");
    }
}

/// Median time of one call in microseconds.
fn median(mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let started = Instant::now();
            (0..BATCH).for_each(|_| call());
            started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[SAMPLES / 2]
}
