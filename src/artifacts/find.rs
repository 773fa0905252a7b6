//! Artifacts where stages find them: their own, those of the stages before them, those of the trigger.

use serde_json::Value;

use super::resolve::list;
use crate::model::{Artifact, Execution, ExpectedArtifact, Failure, Map, StageExecution};

/// Reads a list of artifacts; `place` names it in an error.
pub(super) fn read(values: &[Value], place: &str) -> Result<Vec<Artifact>, Failure> {
    let numbered = values.iter().enumerate().filter(|(_, value)| !value.is_null());
    numbered
        .map(|(position, value)| {
            Artifact::from_value(value).map_err(|invalid| Failure::user(format!("{place}: item {position}: {invalid}")))
        })
        .collect()
}

/// Every list of this name that a stage sees, nearest first: in its context (evaluated, as the stage's code has it),
/// its outputs, its ancestors' outputs, the trigger. With the name of where it is.
fn lists<'a>(
    execution: &'a Execution,
    stage: &'a StageExecution,
    context: &'a Map,
    key: &'a str,
) -> impl Iterator<Item = (String, &'a [Value])> {
    let own = [context, &stage.outputs].map(|map| (format!("'{key}' of stage '{}'", stage.name), list(map, key)));
    let ancestors = execution
        .ancestors(stage)
        .into_iter()
        .map(move |ancestor| (format!("'{key}' of stage '{}'", ancestor.name), list(&ancestor.outputs, key)));
    let trigger = std::iter::once((format!("'{key}' of the trigger"), list(&execution.trigger, key)));
    own.into_iter().chain(ancestors).chain(trigger)
}

/// The artifacts a stage sees, nearest first.
pub fn visible(execution: &Execution, stage: &StageExecution, context: &Map) -> Result<Vec<Artifact>, Failure> {
    let mut found = Vec::new();
    for (place, values) in lists(execution, stage, context, "artifacts") {
        found.extend(read(values, &place)?);
    }
    Ok(found)
}

/// All artifacts of an execution: those its stages put out, of later stages first, and those of its trigger. Stages
/// with `without` as reference are left aside.
pub fn of_execution(execution: &Execution, without: Option<&str>) -> Result<Vec<Artifact>, Failure> {
    let mut emitted = Vec::new();
    for stage in execution.stages.iter().filter(|stage| Some(stage.ref_id.as_str()) != without) {
        emitted.extend(read(list(&stage.outputs, "artifacts"), &format!("'artifacts' of stage '{}'", stage.name))?);
    }
    emitted.reverse();
    emitted.extend(read(list(&execution.trigger, "artifacts"), "'artifacts' of the trigger")?);
    Ok(emitted)
}

/// The artifact found for an expected artifact, by the expected artifact's id: nearest first. It has the account of
/// the expected artifact when it names none itself.
#[must_use]
pub fn bound(execution: &Execution, stage: &StageExecution, context: &Map, id: &str) -> Option<Artifact> {
    let expected = lists(execution, stage, context, "resolvedExpectedArtifacts")
        .flat_map(|(_, values)| values)
        .filter_map(|value| ExpectedArtifact::from_value(value).ok())
        .find(|expected| expected.id == id)?;
    let mut artifact = expected.bound_artifact?;
    if Artifact::filled(&artifact.artifact_account).is_none() {
        artifact.artifact_account = expected.match_artifact.artifact_account;
    }
    Some(artifact)
}

/// The artifact a stage works with: by the id of an expected artifact, which wins, or written into the stage. `None`
/// when it names neither.
pub fn consumed(
    execution: &Execution,
    stage: &StageExecution,
    context: &Map,
    (id_key, inline_key): (&str, &str),
) -> Result<Option<Artifact>, Failure> {
    let id = context.get(id_key).and_then(Value::as_str).filter(|id| !id.is_empty());
    if let Some(id) = id {
        let found = bound(execution, stage, context, id);
        return found.map(Some).ok_or_else(|| {
            let known: Vec<String> = lists(execution, stage, context, "resolvedExpectedArtifacts")
                .flat_map(|(_, values)| values)
                .filter_map(|value| ExpectedArtifact::from_value(value).ok())
                .map(|expected| expected.to_string())
                .collect();
            let failure = Failure::user(format!("'{id_key}' names expected artifact '{id}', which was not found"));
            if known.is_empty() {
                return failure.detail("neither the trigger nor a stage before this one found any expected artifact");
            }
            failure.detail(format!("found before this stage: {}", known.join(", ")))
        });
    }
    let inline = context.get(inline_key).filter(|value| !value.is_null()).map(Artifact::from_value).transpose();
    inline.map_err(|invalid| Failure::user(format!("'{inline_key}': {invalid}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map {
        value.as_object().unwrap().clone()
    }

    fn stage(ref_id: &str, after: &[&str], outputs: Value) -> Arc<StageExecution> {
        Arc::new(StageExecution {
            id: format!("id{ref_id}"),
            ref_id: ref_id.to_owned(),
            name: format!("stage {ref_id}"),
            requisite_stage_ref_ids: after.iter().map(|after| (*after).to_owned()).collect(),
            outputs: map(outputs),
            ..StageExecution::default()
        })
    }

    fn execution() -> Execution {
        let expected = |id: &str, name: &str| json!({"id": id, "matchArtifact": {"artifactAccount": "acc"}, "boundArtifact": {"name": name}});
        Execution {
            trigger: map(json!({
                "artifacts": [{"name": "t"}],
                "resolvedExpectedArtifacts": [expected("a", "from trigger"), expected("b", "from trigger")]
            })),
            stages: vec![
                stage(
                    "1",
                    &[],
                    json!({"artifacts": [{"name": "1"}], "resolvedExpectedArtifacts": [expected("a", "from 1")]}),
                ),
                stage("2", &["1"], json!({"artifacts": [{"name": "2a"}, {"name": "2b"}]})),
                stage("3", &["2"], json!({})),
                stage("4", &[], json!({"artifacts": [{"name": "elsewhere"}]})),
            ],
            ..Execution::default()
        }
    }

    fn names(artifacts: Vec<Artifact>) -> Vec<String> {
        artifacts.into_iter().filter_map(|artifact| artifact.name).collect()
    }

    #[test]
    fn the_nearest_artifacts_come_first() {
        let execution = execution();
        let own = map(json!({"artifacts": [{"name": "own"}]}));
        let seen = visible(&execution, &execution.stages[2], &own).unwrap();
        assert_eq!(names(seen), ["own", "2a", "2b", "1", "t"]);
        assert_eq!(names(of_execution(&execution, None).unwrap()), ["elsewhere", "2b", "2a", "1", "t"]);
        assert_eq!(names(of_execution(&execution, Some("2")).unwrap()), ["elsewhere", "1", "t"]);
        let wrong = map(json!({"artifacts": ["x"]}));
        let error = visible(&execution, &execution.stages[2], &wrong).unwrap_err();
        assert_eq!(
            error.message,
            "'artifacts' of stage 'stage 3': item 0: an artifact must be an object, but is \"x\""
        );
    }

    #[test]
    fn a_stage_consumes_by_id_before_its_inline_artifact() {
        let execution = execution();
        let consume =
            |context: Value| consumed(&execution, &execution.stages[2], &map(context), ("xArtifactId", "xArtifact"));
        let found = consume(json!({"xArtifactId": "a", "xArtifact": {"name": "inline"}})).unwrap().unwrap();
        assert_eq!((found.name.as_deref(), found.artifact_account.as_deref()), (Some("from 1"), Some("acc")));
        assert_eq!(consume(json!({"xArtifactId": "b"})).unwrap().unwrap().name.as_deref(), Some("from trigger"));
        let inline = consume(json!({"xArtifactId": "", "xArtifact": {"name": "inline"}})).unwrap().unwrap();
        assert_eq!(inline.name.as_deref(), Some("inline"));
        assert_eq!(consume(json!({})).unwrap(), None);
        let unknown = consume(json!({"xArtifactId": "z"})).unwrap_err();
        assert_eq!(unknown.message, "'xArtifactId' names expected artifact 'z', which was not found");
        assert!(unknown.details[0].contains("'a'"), "{:?}", unknown.details);
    }
}
