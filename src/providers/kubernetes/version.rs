//! Versions of objects: which number a manifest gets, and which old ones are too many.

use serde_json::Value;

use super::annotations::{LAST_APPLIED, Strategy, annotation, artifact_of};
use super::kind::{self, InvalidManifest, ObjectKind};
use crate::model::{Artifact, Map};

/// The version a manifest is deployed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number: 7 in `v007`.
    pub number: u32,
    /// Whether an object of this version is there and holds the same.
    pub reused: bool,
}

/// Whether a manifest is deployed under a name with a version: its annotation says so, else the stage, else its kind.
///
/// # Errors
/// The manifest has no kind.
pub fn is_versioned(manifest: &Value, stage: Option<bool>) -> Result<bool, InvalidManifest> {
    let kind = ObjectKind::of(manifest)?;
    let of_kind = || kind.known().is_some_and(|known| known.versioned);
    Ok(Strategy::of(manifest).versioned.or(stage).unwrap_or_else(of_kind))
}

/// Objects of a manifest's kind and namespace that are versions of it, oldest first. `live` may hold others too.
///
/// # Errors
/// The manifest has no kind.
pub fn prior_versions<'a>(manifest: &Value, live: &'a [Value]) -> Result<Vec<&'a Value>, InvalidManifest> {
    let kind = ObjectKind::of(manifest)?;
    let is_version = |object: &&Value| {
        ObjectKind::of(object).as_ref() == Ok(&kind)
            && kind::namespace(object) == kind::namespace(manifest)
            && artifact_of(object, "").is_some_and(|artifact| artifact.name.as_deref() == kind::name(manifest))
    };
    let mut versions: Vec<&Value> = live.iter().filter(is_version).collect();
    versions.sort_by_key(|object| created(object));
    Ok(versions)
}

/// Chooses the version of a manifest among the objects that are its prior versions: one that was last applied with the
/// same content (all but metadata) is used again, else it is the highest number and one.
///
/// The manifest is as the stage has it, artifacts bound and nothing annotated: that is what Spinnaker compares, so a
/// workload whose pod template was annotated always gets a new version.
#[must_use]
pub fn choose(manifest: &Value, prior: &[&Value]) -> Version {
    let same = prior.iter().find_map(|object| {
        let number = number_of(object)?;
        let applied: Value = serde_json::from_str(annotation(object, LAST_APPLIED)?).ok()?;
        same_but_metadata(&applied, manifest).then_some(number)
    });
    match same {
        Some(number) => Version { number, reused: true },
        None => Version { number: latest(prior).map_or(0, |number| number + 1), reused: false },
    }
}

/// The highest version there is.
#[must_use]
pub fn latest(prior: &[&Value]) -> Option<u32> {
    prior.iter().filter_map(|object| number_of(object)).max()
}

/// Names of the versions beyond the newest `keep`, oldest first.
#[must_use]
pub fn surplus(prior: &[&Value], keep: usize) -> Vec<String> {
    let too_many = prior.len().saturating_sub(keep);
    prior[..too_many].iter().filter_map(|object| kind::name(object)).map(str::to_owned).collect()
}

/// The artifact that deploying a manifest makes.
///
/// # Errors
/// The manifest has no kind.
pub fn artifact(manifest: &Value, account: &str, version: Option<u32>) -> Result<Artifact, InvalidManifest> {
    let kind = ObjectKind::of(manifest)?;
    let name = kind::name(manifest).unwrap_or_default();
    let version = version.map(version_text);
    let reference = version.as_ref().map_or_else(|| name.to_owned(), |version| format!("{name}-{version}"));
    let mut metadata = Map::new();
    metadata.insert("account".to_owned(), account.into());
    Ok(Artifact {
        kind: Some(format!("kubernetes/{kind}")),
        name: Some(name.to_owned()),
        location: Some(kind::namespace(manifest).to_owned()),
        version: Some(version.unwrap_or_default()),
        reference: Some(reference),
        metadata,
        ..Artifact::default()
    })
}

/// `v007`.
#[must_use]
pub fn version_text(number: u32) -> String {
    format!("v{number:03}")
}

/// The number in `artifact.spinnaker.io/version`; whatever is not `v<digits>` is none.
#[must_use]
pub fn number_of(object: &Value) -> Option<u32> {
    artifact_of(object, "")?.version?.strip_prefix('v')?.parse().ok()
}

/// Whether two manifests are the same in all but their metadata.
#[must_use]
pub fn same_but_metadata(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return false };
    let rest = |map: &Map| map.keys().filter(|key| *key != "metadata").count();
    rest(one) == rest(other) && one.iter().all(|(key, value)| key == "metadata" || other.get(key) == Some(value))
}

fn created(object: &Value) -> &str {
    object.pointer("/metadata/creationTimestamp").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config_map(data: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "prod"}, "data": {"a": data}})
    }

    fn live(version: &str, created: &str, data: &str) -> Value {
        let mut applied = config_map(data);
        applied["metadata"]["name"] = format!("settings-{version}").into();
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": data}, "metadata": {"name": format!("settings-{version}"),
            "namespace": "prod", "creationTimestamp": created, "annotations": {
                "artifact.spinnaker.io/type": "kubernetes/configMap", "artifact.spinnaker.io/name": "settings",
                "artifact.spinnaker.io/location": "prod", "artifact.spinnaker.io/version": version,
                LAST_APPLIED: applied.to_string()}}})
    }

    fn chosen(live: &[Value], data: &str) -> Version {
        let manifest = config_map(data);
        choose(&manifest, &prior_versions(&manifest, live).unwrap())
    }

    #[test]
    fn the_first_version_is_zero_and_the_next_is_one_more_than_the_highest() {
        assert_eq!(chosen(&[], "x"), Version { number: 0, reused: false });
        let objects = [live("v007", "2024-01-02T00:00:00Z", "a"), live("v003", "2024-01-03T00:00:00Z", "b")];
        assert_eq!(chosen(&objects, "x"), Version { number: 8, reused: false });
        let many = [live("v999", "2024-01-02T00:00:00Z", "a")];
        assert_eq!(chosen(&many, "x").number, 1000, "numbers do not wrap");
        assert_eq!(version_text(1000), "v1000");
    }

    #[test]
    fn what_is_there_unchanged_is_used_again() {
        let objects = [live("v000", "2024-01-01T00:00:00Z", "a"), live("v001", "2024-01-02T00:00:00Z", "b")];
        assert_eq!(chosen(&objects, "a"), Version { number: 0, reused: true });
        assert_eq!(chosen(&objects, "c"), Version { number: 2, reused: false });
    }

    #[test]
    fn malformed_versions_and_other_objects_are_left_out() {
        let mut other = live("v009", "2024-01-01T00:00:00Z", "a");
        other["metadata"]["annotations"]["artifact.spinnaker.io/name"] = "other".into();
        let mut elsewhere = live("v010", "2024-01-01T00:00:00Z", "a");
        elsewhere["metadata"]["namespace"] = "test".into();
        let mut broken = live("v002", "2024-01-01T00:00:00Z", "q");
        broken["metadata"]["annotations"][LAST_APPLIED] = "{".into();
        let objects = [other, elsewhere, live("latest", "2024-01-01T00:00:00Z", "z"), broken];
        assert_eq!(chosen(&objects, "a"), Version { number: 3, reused: false });
    }

    #[test]
    fn the_oldest_are_too_many() {
        let objects = [
            live("v001", "2024-01-02T00:00:00Z", "b"),
            live("v000", "2024-01-01T00:00:00Z", "a"),
            live("v002", "2024-01-03T00:00:00Z", "c"),
        ];
        let manifest = config_map("c");
        let prior = prior_versions(&manifest, &objects).unwrap();
        assert_eq!(surplus(&prior, 2), ["settings-v000"]);
        assert_eq!(surplus(&prior, 5), Vec::<String>::new());
    }

    #[test]
    fn the_annotation_wins_over_the_stage_and_the_stage_over_the_kind() {
        let mut manifest = config_map("a");
        assert_eq!(is_versioned(&manifest, None), Ok(true));
        assert_eq!(is_versioned(&manifest, Some(false)), Ok(false));
        manifest["metadata"]["annotations"] = json!({"strategy.spinnaker.io/versioned": "true"});
        assert_eq!(is_versioned(&manifest, Some(false)), Ok(true));
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
        assert_eq!((is_versioned(&deployment, None), is_versioned(&deployment, Some(true))), (Ok(false), Ok(true)));
    }

    #[test]
    fn artifacts_name_the_version_they_are() {
        let made = artifact(&config_map("a"), "k", Some(4)).unwrap();
        assert_eq!(made.to_map()["reference"], "settings-v004");
        assert_eq!(
            (made.kind(), made.version.as_deref(), made.location.as_deref()),
            ("kubernetes/configMap", Some("v004"), Some("prod"))
        );
        let unversioned = artifact(&config_map("a"), "k", None).unwrap();
        assert_eq!((unversioned.reference.as_deref(), unversioned.version.as_deref()), (Some("settings"), Some("")));
    }
}
