//! Values of secrets that a document holds itself: they are kept beside the history, never in it.
//!
//! When an execution is recorded, each literal value of a Secret in its stages moves to `secrets/<execution>.json` in the
//! project's state folder, which only its owner may read, and `{fromState: <execution>/<number>}` takes its place. The
//! file goes when `gennaker history prune` removes the execution. Values with expressions are none: they stay.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::expr::contains_expression;
use crate::model::{Execution, Failure, Map};

/// Key that says where a value is kept.
const REFERENCE: &str = "fromState";
/// Keys of a Secret that hold its values.
const VALUES: [&str; 2] = ["data", "stringData"];

/// Where the values of an execution are kept.
#[must_use]
pub fn sealed_file(state: &Path, execution: &str) -> PathBuf {
    state.join("secrets").join(format!("{execution}.json"))
}

/// The execution as it may be recorded; what it loses is kept in the state folder first.
pub fn seal(execution: &Execution, state: &Path) -> io::Result<Execution> {
    let mut sealed = execution.clone();
    let mut kept = Vec::new();
    for stage in &mut sealed.stages {
        let mut context = Value::Object(stage.context.clone());
        let before = kept.len();
        take(&mut context, &execution.id, &mut kept);
        if let (true, Some(patch)) = (patches_secret(&stage.kind, &stage.context), context.get_mut("patchBody")) {
            take_patch(patch, &execution.id, &mut kept);
        }
        if let (Value::Object(context), true) = (context, kept.len() > before) {
            Arc::make_mut(stage).context = context;
        }
    }
    if !kept.is_empty() {
        let file = sealed_file(state, &execution.id);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        file.write_all(json!(kept).to_string().as_bytes())?;
        file.sync_all()?;
    }
    Ok(sealed)
}

/// Takes the values of all Secrets in a value.
fn take(value: &mut Value, execution: &str, kept: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take(item, execution, kept)),
        Value::Object(map) if map.get("kind").and_then(Value::as_str) == Some("Secret") => {
            for values in VALUES {
                let values = map.get_mut(values).and_then(Value::as_object_mut);
                values.into_iter().flat_map(Map::values_mut).for_each(|value| keep(value, execution, kept));
            }
        }
        Value::Object(map) => map.values_mut().for_each(|value| take(value, execution, kept)),
        Value::String(text) => {
            if let Some(mut manifests) = pasted(text) {
                take(&mut manifests, execution, kept);
                *value = manifests;
            }
        }
        _ => {}
    }
}

/// Whether a stage patches a Secret.
fn patches_secret(kind: &str, context: &Map) -> bool {
    let of_secret = |key: &str| {
        let word = context.get(key).and_then(Value::as_str).and_then(|name| name.split(' ').next());
        word.is_some_and(|word| word.eq_ignore_ascii_case("secret"))
    };
    kind == "patchManifest" && ["manifestName", "kind", "cluster"].into_iter().any(of_secret)
}

/// Takes the values of a patch of a Secret: those it merges, and those of its operations.
fn take_patch(patch: &mut Value, execution: &str, kept: &mut Vec<Value>) {
    match patch {
        Value::Array(items) => items.iter_mut().for_each(|item| take_patch(item, execution, kept)),
        Value::Object(map) => {
            let path = map.get("path").and_then(Value::as_str).unwrap_or_default();
            let sets_values = VALUES.iter().any(|key| path.trim_start_matches('/').starts_with(key));
            let operation = map.get_mut("value").filter(|_| sets_values);
            operation.into_iter().for_each(|value| keep_all(value, execution, kept));
            for key in VALUES {
                map.get_mut(key).into_iter().for_each(|values| keep_all(values, execution, kept));
            }
        }
        _ => {}
    }
}

fn keep_all(value: &mut Value, execution: &str, kept: &mut Vec<Value>) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| keep(value, execution, kept)),
        value => keep(value, execution, kept),
    }
}

/// Numbers and the like are no values a Secret may have: they are kept all the same, for they were meant to be.
fn keep(value: &mut Value, execution: &str, kept: &mut Vec<Value>) {
    let is_kept = match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !contains_expression(text),
    };
    if is_kept {
        let reference = format!("{execution}/{}", kept.len());
        kept.push(value.take());
        *value = json!({REFERENCE: reference});
    }
}

/// The manifests of a whole YAML text that people pasted, where one of them is a Secret.
fn pasted(text: &str) -> Option<Value> {
    let is_secret = |line: &str| line.trim_start_matches(['-', ' ']).trim_end() == "kind: Secret";
    if !text.lines().any(is_secret) {
        return None;
    }
    let read: Result<Vec<Value>, _> = serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect();
    read.ok().filter(|manifests| manifests.iter().all(|it| it.is_object() || it.is_null())).map(Value::Array)
}

/// Puts a value that was kept in the place of its reference; anything else is left alone.
pub(super) fn unseal(value: &mut Value, what: &str, state: &Path) -> Result<bool, Failure> {
    let Some(reference) = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.get(REFERENCE)) else {
        return Ok(false);
    };
    let parts = reference.as_str().and_then(|text| text.split_once('/'));
    let parts = parts.and_then(|(execution, number)| Some((execution, number.parse::<usize>().ok()?)));
    let (execution, number) = parts
        .filter(|(execution, _)| execution.chars().all(|c| c.is_ascii_alphanumeric()))
        .ok_or_else(|| Failure::user(format!("{what} has {REFERENCE}: {reference}, which gennaker did not write")))?;
    let file = sealed_file(state, execution);
    let kept = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Vec<Value>>(&bytes).ok());
    let whole = kept.and_then(|mut kept| (number < kept.len()).then(|| kept.swap_remove(number))).ok_or_else(|| {
        Failure::new(format!("{what} was kept in {} when the execution began, and is not there", file.display()))
            .detail("go on where the execution began, or run the pipeline anew")
            .detail("{fromEnv: NAME} or {fromFile: path} in the document work everywhere")
    })?;
    *value = whole;
    Ok(true)
}

/// The value with everything in it that was kept.
pub(super) fn unsealed(value: &Value, what: &str, state: &Path) -> Result<Value, Failure> {
    let mut value = value.clone();
    if unseal(&mut value, what, state)? {
        return Ok(value);
    }
    let again = |part: &mut Value| unsealed(part, what, state).map(|whole| *part = whole);
    match &mut value {
        Value::Array(items) => items.iter_mut().try_for_each(again)?,
        Value::Object(map) => map.values_mut().try_for_each(again)?,
        _ => {}
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StageExecution;

    fn execution(context: Value) -> Execution {
        let Value::Object(context) = context else { panic!("no object") };
        let stage = StageExecution { context, ..StageExecution::default() };
        Execution { id: "01A".into(), stages: vec![Arc::new(stage)], ..Execution::default() }
    }

    #[test]
    fn literal_values_are_kept_apart_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let secret = json!({"kind": "Secret", "data": {"a": "cGFzcw==", "b": "${ #x }"}, "stringData": {"c": {"fromEnv": "C"}, "d": "word"}});
        let map = json!({"kind": "ConfigMap", "data": {"a": "plain"}});
        let text = "kind: ConfigMap\n---\nkind: Secret\nstringData: {e: pasted}\n";
        let sealed = seal(&execution(json!({"manifests": [[secret], map], "other": text})), folder.path()).unwrap();
        let recorded = json!(sealed.stages[0].context);
        for value in ["cGFzcw", "word", "pasted"] {
            assert!(!recorded.to_string().contains(value), "{recorded}");
        }
        let kept = &recorded["manifests"][0][0];
        assert_eq!(kept["data"]["b"], "${ #x }");
        assert_eq!(kept["stringData"]["c"], json!({"fromEnv": "C"}));
        assert_eq!(recorded["manifests"][1]["data"]["a"], "plain");
        let mut found = kept["stringData"]["d"].clone();
        assert!(unseal(&mut found, "'d'", folder.path()).unwrap());
        assert_eq!(found, "word");
        let mut pasted = recorded["other"][1]["stringData"]["e"].clone();
        unseal(&mut pasted, "'e'", folder.path()).unwrap();
        assert_eq!(pasted, "pasted");
        fs::remove_file(sealed_file(folder.path(), "01A")).unwrap();
        let gone = unseal(&mut kept["data"]["a"].clone(), "'a'", folder.path()).unwrap_err();
        assert!(gone.message.contains("is not there"), "{gone}");
    }

    #[test]
    fn values_of_patches_are_kept_apart_too() {
        let folder = tempfile::tempdir().unwrap();
        let patches = json!([{"stringData": {"a": "word-a"}, "metadata": {"labels": {"x": "y"}}}, {"op": "add", "path": "/data/b", "value": "word-b"}]);
        let mut execution = execution(json!({"manifestName": "secret s", "patchBody": patches}));
        Arc::make_mut(&mut execution.stages[0]).kind = "patchManifest".into();
        let sealed = seal(&execution, folder.path()).unwrap();
        let recorded = &sealed.stages[0].context["patchBody"];
        assert!(!recorded.to_string().contains("word"), "{recorded}");
        assert_eq!(recorded[0]["metadata"]["labels"]["x"], "y");
        assert_eq!(unsealed(recorded, "the patch", folder.path()).unwrap(), patches);
    }

    #[test]
    fn nothing_is_kept_of_documents_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        seal(&execution(json!({"manifests": [{"kind": "ConfigMap", "data": {"a": "b"}}]})), folder.path()).unwrap();
        assert!(!folder.path().join("secrets").exists());
        let mut other = json!({"fromEnv": "X"});
        assert!(!unseal(&mut other, "'x'", folder.path()).unwrap());
        assert!(unseal(&mut json!({"fromState": "../x/1"}), "'x'", folder.path()).is_err());
    }
}
