//! Finds the artifacts that are expected among those there are: when an execution begins, and for stages that produce.

use serde_json::Value;

use super::find;
use super::matching::{matches, mismatch};
use crate::model::{Artifact, ExpectedArtifact, Failure, Map};

/// Where expected artifacts are looked for.
pub(super) struct Candidates<'a> {
    /// Artifacts at hand.
    pub(super) current: &'a [Artifact],
    /// Artifacts of the last execution, for those that take prior ones.
    pub(super) prior: &'a [Artifact],
    /// Whether more than one match is an error; otherwise the first counts.
    pub(super) unique: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The artifacts, each once.
    pub artifacts: Vec<Artifact>,
    /// The expected artifacts with what was found for them.
    pub expected: Vec<ExpectedArtifact>,
}

impl Resolved {
    /// The artifacts as documents hold them.
    #[must_use]
    pub fn artifacts_value(&self) -> Value {
        values(&self.artifacts)
    }

    /// The expected artifacts as documents hold them.
    #[must_use]
    pub fn expected_value(&self) -> Value {
        self.expected.iter().map(|expected| Value::Object(expected.to_map())).collect()
    }
}

pub(super) fn values(artifacts: &[Artifact]) -> Value {
    artifacts.iter().map(|artifact| Value::Object(artifact.to_map())).collect()
}

/// Each item once, the first staying where it is.
pub(super) fn distinct(artifacts: impl IntoIterator<Item = Artifact>) -> Vec<Artifact> {
    let mut found = Vec::new();
    for artifact in artifacts {
        if !found.contains(&artifact) {
            found.push(artifact);
        }
    }
    found
}

/// Finds every expected artifact, or says which could not be found and why.
pub(super) fn resolve(expected: Vec<ExpectedArtifact>, candidates: &Candidates<'_>) -> Result<Resolved, Failure> {
    let mut artifacts = Vec::new();
    let mut bound = Vec::new();
    for mut expected in expected {
        let found = resolve_one(&expected, candidates)?;
        artifacts.push(found.clone());
        expected.bound_artifact = Some(found);
        bound.push(expected);
    }
    Ok(Resolved { artifacts: distinct(artifacts), expected: bound })
}

fn resolve_one(expected: &ExpectedArtifact, candidates: &Candidates<'_>) -> Result<Artifact, Failure> {
    if let Some(found) = single(expected, candidates.current, candidates.unique)? {
        return Ok(found);
    }
    if expected.use_prior_artifact
        && let Some(found) = single(expected, candidates.prior, candidates.unique)?
    {
        return Ok(found);
    }
    match &expected.default_artifact {
        Some(default) if expected.use_default_artifact => Ok(default.clone()),
        _ => Err(unmatched(expected, candidates)),
    }
}

fn single(expected: &ExpectedArtifact, among: &[Artifact], unique: bool) -> Result<Option<Artifact>, Failure> {
    let found: Vec<&Artifact> = among.iter().filter(|artifact| matches(expected, artifact)).collect();
    if unique && found.len() > 1 {
        let mut failure = Failure::user(format!("expected artifact {expected} matches {} artifacts", found.len()));
        for artifact in found.iter().take(SHOWN) {
            failure = failure.detail(format!("matches {artifact}"));
        }
        return Err(failure.detail("make its matchArtifact narrower: version and reference can be patterns too"));
    }
    Ok(found.first().copied().cloned())
}

/// Candidates listed in an error.
const SHOWN: usize = 5;

fn unmatched(expected: &ExpectedArtifact, candidates: &Candidates<'_>) -> Failure {
    let mut failure = Failure::user(format!("no artifact matches expected artifact {expected}"));
    // Those of the same type first: they are what was meant.
    let same_type = |artifact: &&Artifact| artifact.kind != expected.match_artifact.kind;
    let mut near: Vec<&Artifact> = candidates.current.iter().collect();
    near.sort_by_key(same_type);
    for artifact in near.iter().take(SHOWN) {
        failure =
            failure.detail(format!("{artifact}: {}", mismatch(expected, artifact).unwrap_or_else(|| "matches".into())));
    }
    if near.is_empty() {
        failure = failure.detail("there are no artifacts to choose from");
    }
    if expected.use_prior_artifact {
        failure = failure.detail("nor has the pipeline's last execution one");
    }
    if expected.use_default_artifact {
        failure = failure.detail("useDefaultArtifact is set, but there is no defaultArtifact");
    }
    failure
}

/// Whether any of a pipeline's expected artifacts may be taken from its last execution.
#[must_use]
pub fn wants_prior(expected: &[Value]) -> bool {
    expected
        .iter()
        .filter_map(|value| ExpectedArtifact::from_value(value).ok())
        .any(|expected| expected.use_prior_artifact)
}

/// Ids of the expected artifacts that one of the artifacts matches: what a trigger that brings them asks for.
#[must_use]
pub fn matched_ids(expected: &[Value], artifacts: &[Artifact]) -> Vec<String> {
    let expected = expected.iter().filter_map(|value| ExpectedArtifact::from_value(value).ok());
    expected
        .filter(|expected| artifacts.iter().any(|artifact| matches(expected, artifact)))
        .map(|expected| expected.id)
        .collect()
}

/// Finds what a pipeline expects when it begins, among the artifacts its trigger brings, and writes `artifacts`,
/// `expectedArtifacts` and `resolvedExpectedArtifacts` into the trigger. Expected are those whose id is in the
/// trigger's `expectedArtifactIds` and those that take prior or default ones; any other is ignored. `prior` are the
/// artifacts of the pipeline's last execution.
pub fn resolve_trigger(expected: &[Value], trigger: &mut Map, prior: &[Artifact]) -> Result<Resolved, Failure> {
    let ids: Vec<&Value> = list(trigger, "expectedArtifactIds").iter().collect();
    let mut wanted = Vec::new();
    for (position, value) in expected.iter().enumerate() {
        let expected = ExpectedArtifact::from_value(value)
            .map_err(|invalid| Failure::user(format!("expectedArtifacts[{position}] of the pipeline: {invalid}")))?;
        let asked = ids.iter().any(|id| id.as_str() == Some(&expected.id));
        if asked || expected.use_default_artifact || expected.use_prior_artifact {
            wanted.push(expected);
        }
    }
    let mut received = Vec::new();
    for key in ["receivedArtifacts", "artifacts"] {
        received.extend(find::read(list(trigger, key), &format!("'{key}' of the trigger"))?);
    }
    let received = distinct(received);
    let prior = distinct(prior.iter().cloned());
    let resolved = resolve(wanted, &Candidates { current: &received, prior: &prior, unique: true })?;
    let all = distinct(received.into_iter().chain(resolved.artifacts.iter().cloned()));
    trigger.insert("artifacts".to_owned(), values(&all));
    trigger.insert("expectedArtifacts".to_owned(), resolved.expected_value());
    trigger.insert("resolvedExpectedArtifacts".to_owned(), resolved.expected_value());
    Ok(resolved)
}

pub(super) fn list<'a>(map: &'a Map, key: &str) -> &'a [Value] {
    map.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expected(more: Value) -> Value {
        let mut expected = json!({"id": "e", "matchArtifact": {"type": "docker/image", "name": "hello"}});
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        expected
    }

    fn image(version: &str) -> Value {
        json!({"type": "docker/image", "name": "hello", "version": version, "customKind": false, "metadata": {}})
    }

    fn resolved(expected: Value, trigger: Value, prior: &[Value]) -> Result<Map, Failure> {
        let mut trigger = trigger.as_object().unwrap().clone();
        let prior: Vec<_> = prior.iter().map(|value| Artifact::from_value(value).unwrap()).collect();
        resolve_trigger(&[expected], &mut trigger, &prior).map(|_| trigger)
    }

    fn bound(trigger: &Map) -> &Value {
        &trigger["resolvedExpectedArtifacts"][0]["boundArtifact"]
    }

    #[test]
    fn current_comes_before_prior_and_prior_before_default() {
        let all = json!({"usePriorArtifact": true, "useDefaultArtifact": true, "defaultArtifact": image("default")});
        let given = json!({"artifacts": [image("1")]});
        assert_eq!(bound(&resolved(expected(all.clone()), given, &[image("0")]).unwrap()), &image("1"));
        assert_eq!(bound(&resolved(expected(all.clone()), json!({}), &[image("0")]).unwrap()), &image("0"));
        let by_default = resolved(expected(all), json!({}), &[]).unwrap();
        assert_eq!(bound(&by_default), &image("default"));
        assert_eq!(by_default["artifacts"], json!([image("default")]));
        assert_eq!(by_default["expectedArtifacts"], by_default["resolvedExpectedArtifacts"]);
    }

    #[test]
    fn one_that_nobody_asks_for_is_ignored() {
        let trigger = resolved(expected(json!({})), json!({"artifacts": [image("1")]}), &[]).unwrap();
        assert_eq!(trigger["resolvedExpectedArtifacts"], json!([]));
        let asked = json!({"artifacts": [image("1")], "expectedArtifactIds": ["e"]});
        assert_eq!(bound(&resolved(expected(json!({})), asked, &[]).unwrap()), &image("1"));
    }

    #[test]
    fn none_or_several_matches_are_errors_that_say_which() {
        let asked = |artifacts: Value| json!({"artifacts": artifacts, "expectedArtifactIds": ["e"]});
        let twice = resolved(expected(json!({})), asked(json!([image("1"), image("2")])), &[]).unwrap_err();
        assert_eq!(twice.message, "expected artifact 'e' (docker/image hello) matches 2 artifacts");
        assert_eq!(twice.details[1], "matches docker/image hello version 2");
        // The same artifact twice is one.
        assert!(resolved(expected(json!({})), asked(json!([image("1"), image("1")])), &[]).is_ok());
        let other = json!([{"type": "http/file", "name": "x"}, {"type": "docker/image", "name": "hullo"}]);
        let none = resolved(expected(json!({})), asked(other), &[]).unwrap_err();
        assert_eq!(none.message, "no artifact matches expected artifact 'e' (docker/image hello)");
        assert_eq!(none.details[0], "docker/image hullo: its name 'hullo' does not match 'hello'");
        let empty = expected(json!({"useDefaultArtifact": true}));
        assert!(resolved(empty, json!({}), &[]).unwrap_err().details[1].contains("no defaultArtifact"));
    }

    #[test]
    fn what_is_no_artifact_is_named() {
        let wrong = resolved(json!({"matchArtifact": 1}), json!({}), &[]).unwrap_err();
        assert!(wrong.message.starts_with("expectedArtifacts[0] of the pipeline: 'matchArtifact'"), "{wrong}");
        let wrong = resolved(expected(json!({})), json!({"artifacts": [1]}), &[]).unwrap_err();
        assert_eq!(wrong.message, "'artifacts' of the trigger: item 0: an artifact must be an object, but is 1");
    }

    #[test]
    fn what_a_trigger_brings_decides_what_it_is_asked_for() {
        let artifact = Artifact::from_value(&image("1")).unwrap();
        let other = json!({"id": "f", "matchArtifact": {"type": "http/file"}});
        assert_eq!(matched_ids(&[expected(json!({})), other], &[artifact]), ["e"]);
        assert!(wants_prior(&[expected(json!({"usePriorArtifact": true}))]) && !wants_prior(&[expected(json!({}))]));
    }
}
