//! Findings in the Static Analysis Results Interchange Format (SARIF 2.1.0), which code scanning services read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Diagnostic, Severity, explain};

/// The log of one run with these findings.
#[must_use]
pub fn sarif(findings: &[Diagnostic]) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    let rules: Vec<Value> = codes.iter().filter_map(|code| rule(code)).collect();
    let index = |code: &str| codes.iter().position(|known| *known == code);
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, index(finding.code))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "gennaker",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Option<Value> {
    let explanation = explain(code)?;
    Some(json!({
        "id": explanation.code,
        "shortDescription": {"text": explanation.title},
        "fullDescription": {"text": explanation.text},
    }))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn result(finding: &Diagnostic, rule: Option<usize>) -> Value {
    let message = match &finding.help {
        Some(help) => format!("{}. {help}", finding.title),
        None => finding.title.clone(),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": {"text": message},
    });
    if let Some(source) = &finding.source {
        let mut place = json!({"artifactLocation": {"uri": uri(source.shown())}});
        if let Some(at) = finding.location() {
            place["region"] = json!({
                "startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column,
            });
        }
        let logical = json!([{"fullyQualifiedName": finding.place.to_string()}]);
        result["locations"] = json!([{"physicalLocation": place, "logicalLocations": logical}]);
    }
    result
}

/// A relative reference or a `file:` address, with what addresses cannot hold escaped.
fn uri(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let escaped: String = name
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if name.starts_with('/') { format!("file://{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{Place, Source};

    #[test]
    fn a_finding_has_rule_level_and_region() {
        let source = Arc::new(Source::new("my pipelines/a.yaml", "name: x\nstages: 3\n"));
        let finding =
            Diagnostic::warning("GNK0010", "wrong").help("do right").at(&source, Place::default().key("stages"));
        let log = sarif(&[finding, Diagnostic::hint("GNK0042", "no evaluator")]);
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][1]["id"], "GNK0042");
        let result = &run["results"][0];
        assert_eq!((&result["level"], &result["ruleIndex"]), (&json!("warning"), &json!(0)));
        assert_eq!(result["message"]["text"], "wrong. do right");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20pipelines/a.yaml");
        assert_eq!(place["region"], json!({"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 10}));
        assert!(run["results"][1].get("locations").is_none());
    }
}
