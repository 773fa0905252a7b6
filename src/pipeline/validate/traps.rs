//! Settings that mean something else than they seem to, or nothing at all.

use serde_json::Value;

use super::Findings;
use crate::diagnostic::Diagnostic;
use crate::model::Map;
use crate::pipeline::{Pipeline, StageDefinition};

pub(super) fn check(pipeline: &Pipeline, findings: &mut Findings<'_>) {
    let mut windows = 0;
    for stage in &pipeline.stages {
        ignored_text(stage, findings);
        failure_options(stage, findings);
        if is(&stage.context, "restrictExecutionDuringTimeWindow", true) {
            windows += 1;
            window(stage, windows == 1, findings);
        }
    }
}

/// Whether a flag of a stage is set so, also as text.
fn is(context: &Map, key: &str, wanted: bool) -> bool {
    match context.get(key) {
        Some(Value::Bool(flag)) => *flag == wanted,
        Some(Value::String(text)) => text.eq_ignore_ascii_case(if wanted { "true" } else { "false" }),
        _ => false,
    }
}

fn ignored_text(stage: &StageDefinition, findings: &mut Findings<'_>) {
    for key in ["stageTimeoutMs", "backoffPeriodMs"] {
        if let Some(Value::String(text)) = stage.context.get(key)
            && let Ok(number) = text.trim().parse::<f64>()
        {
            let finding = Diagnostic::warning("GNK0053", format!("'{key}' is text and therefore ignored"))
                .label("text")
                .help(format!("write the number {number} without quotes"));
            findings.add(finding, stage.place.key(key));
        }
    }
    if let Some(Value::String(text)) = stage.context.get("failOnFailedExpressions")
        && !text.is_empty()
    {
        let finding = Diagnostic::warning("GNK0054", "'failOnFailedExpressions' is text and therefore ignored")
            .label("text")
            .help("write true or false without quotes");
        findings.add(finding, stage.place.key("failOnFailedExpressions"));
    }
}

fn failure_options(stage: &StageDefinition, findings: &mut Findings<'_>) {
    if !is(&stage.context, "continuePipeline", true) {
        return;
    }
    let contrary = if is(&stage.context, "failPipeline", true) {
        "failPipeline"
    } else if is(&stage.context, "completeOtherBranchesThenFail", true) {
        "completeOtherBranchesThenFail"
    } else {
        return;
    };
    let title = format!("'continuePipeline: true' makes '{contrary}: true' of stage '{}' void", stage.name);
    let finding = Diagnostic::warning("GNK0055", title)
        .label("a failure is ignored")
        .help("keep the one that is meant")
        .related(stage.place.key(contrary), "has no effect");
    findings.add(finding, stage.place.key("continuePipeline"));
}

fn window(stage: &StageDefinition, is_first: bool, findings: &mut Findings<'_>) {
    let place = stage.place.key("restrictedExecutionWindow");
    let window = match stage.context.get("restrictedExecutionWindow") {
        Some(Value::Object(window)) => window,
        None | Some(Value::Null) => {
            return findings.add(never_opens(stage), stage.place.key("restrictExecutionDuringTimeWindow"));
        }
        Some(_) => return,
    };
    let items = |key: &str| window.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let computed = window.values().any(|value| value.as_str().is_some_and(|text| text.contains("${")));
    let (days, hours) = (items("days"), items("whitelist"));
    if days.is_empty() && hours.is_empty() && !computed {
        return findings.add(never_opens(stage), place);
    }
    for (index, day) in days.iter().enumerate() {
        out_of_range("day", day, 1..=7, place.key("days").index(index), findings);
    }
    for (index, range) in hours.iter().enumerate() {
        for (key, limit) in [("startHour", 23), ("endHour", 24), ("startMin", 59), ("endMin", 59)] {
            if let Some(value) = range.get(key) {
                out_of_range(key, value, 0..=limit, place.key("whitelist").index(index).key(key), findings);
            }
        }
    }
    if is_first {
        let finding =
            Diagnostic::hint("GNK0050", format!("the window of stage '{}' is in the configured time zone", stage.name))
                .help(
                    "'timeZone' in gennaker.yaml, America/Los_Angeles unless set; days are 1 = Sunday to 7 = Saturday",
                );
        findings.add(finding, place.on_key());
    }
}

fn never_opens(stage: &StageDefinition) -> Diagnostic {
    Diagnostic::error("GNK0051", format!("the execution window of stage '{}' has neither days nor hours", stage.name))
        .label("never open")
        .help("give 'days', 'whitelist', or both, or drop 'restrictExecutionDuringTimeWindow'")
}

fn out_of_range(
    what: &str,
    value: &Value,
    range: std::ops::RangeInclusive<i64>,
    place: crate::diagnostic::Place,
    findings: &mut Findings<'_>,
) {
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    if let Some(number) = number.filter(|number| !range.contains(number)) {
        let help = if what == "day" { "1 is Sunday, 7 is Saturday" } else { "times are written as on a 24 hour clock" };
        let title = format!("{number} is no {what}: it goes from {} to {}", range.start(), range.end());
        findings.add(Diagnostic::error("GNK0052", title).label("out of range").help(help), place);
    }
}
