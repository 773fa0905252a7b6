//! Findings as SARIF, checked against the published JSON Schema of SARIF 2.1.0 (`@microsoft/jest-sarif` brings it, with a
//! validator) with the documents of the corpus. `tests/run` installs it; `GENNAKER_SARIF` names a folder that has it.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{TestProject, text};
use serde_json::Value;

const CHECK: &str = r"
const [folder, file] = process.argv.slice(-2);
const need = name => require(require.resolve(name, { paths: [folder] }));
const Ajv = need('ajv');
const ajv = new Ajv({ schemaId: 'auto', allErrors: true });
ajv.addMetaSchema(need('ajv/lib/refs/json-schema-draft-04.json'));
const schema = need('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const fits = ajv.compile(schema)(JSON.parse(require('fs').readFileSync(file, 'utf8')));
console.log(fits ? 'valid' : 'invalid');
";

/// Where the schema and its validator are installed.
fn installed() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sarif");
    let folder = std::env::var_os("GENNAKER_SARIF").map_or(own, PathBuf::from);
    let schema = folder.join("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
    assert!(schema.is_file(), "there is no {}: 'tests/run --test sarif' installs it", schema.display());
    folder
}

/// What the validator says of a document.
fn checked(project: &TestProject, sarif: &str) -> String {
    let folder = installed();
    let script = project.write("check.js", CHECK);
    let file = project.write("findings.sarif", sarif);
    let output = Command::new("node").arg(script).arg(folder).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

#[test]
fn findings_of_the_corpus_are_valid_sarif() {
    let project = TestProject::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").display().to_string();
    project.write("pipelines/b \u{fc}%.json", r#"{"name": "x", "stages": [{"type": "depoly"}, {"type": "${ 1 +"}]}"#);
    project.write("pipelines/broken.yaml", "stages: [\n");
    project.write("pipelines/none.json", "");
    let output = project.run(&["validate", "pipelines", &corpus, "-o", "sarif"]);
    let sarif = text(&output.stdout);
    let document: Value = serde_json::from_str(&sarif).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 100, "{} results", results.len());
    assert_eq!(checked(&project, &sarif), "valid");
}

#[test]
fn no_findings_are_valid_sarif_too() {
    let project = TestProject::new();
    project.write("pipelines/p.yaml", "application: a\nspelEvaluator: v4\nstages:\n- {type: wait, waitTime: 1}\n");
    assert_eq!(checked(&project, &project.ok(&["validate", "-o", "sarif"])), "valid");
}

#[test]
fn the_validator_refuses_what_is_no_sarif() {
    assert_eq!(checked(&TestProject::new(), r#"{"version": "2.1.0", "runs": [{"tool": {}}]}"#), "invalid");
}
