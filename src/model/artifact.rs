//! Artifacts and the artifacts a pipeline or a stage expects (contract 7.4).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Map;

/// A reference to something outside that a pipeline works with: an image, a file, a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// Type: `docker/image`, `http/file`, …
    pub kind: Option<String>,
    /// Whether the type was written by hand.
    pub custom_kind: bool,
    /// Name; what it names depends on the type.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Location: a namespace, a region, a path in a repository.
    pub location: Option<String>,
    /// What it is fetched by.
    pub reference: Option<String>,
    /// Everything else, unknown keys included.
    pub metadata: Map,
    /// Account it is fetched with.
    pub artifact_account: Option<String>,
    /// Where it comes from.
    pub provenance: Option<String>,
    /// Id of its own.
    pub uuid: Option<String>,
}

/// An artifact that must be found when a pipeline or a stage needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedArtifact {
    /// Id that stages and triggers name it by; may be empty.
    pub id: String,
    /// Name for people.
    pub display_name: Option<String>,
    /// What an artifact must look like; its texts are patterns.
    pub match_artifact: Artifact,
    /// Whether the one of the pipeline's last execution will do.
    pub use_prior_artifact: bool,
    /// Whether the default will do.
    pub use_default_artifact: bool,
    /// The default.
    pub default_artifact: Option<Artifact>,
    /// The one that was found.
    pub bound_artifact: Option<Artifact>,
}

/// A value that is no artifact, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidArtifact(String);

impl Artifact {
    /// Reads an artifact as Spinnaker does: `kind` is ignored, unknown keys go to the metadata, scalars become text.
    pub fn from_value(value: &Value) -> Result<Self, InvalidArtifact> {
        let map = object(value, "an artifact")?;
        let mut artifact = Self::default();
        if let Some(metadata) = map.get("metadata").filter(|metadata| !metadata.is_null()) {
            artifact.metadata = object(metadata, "'metadata' of an artifact")?.clone();
        }
        for (key, value) in map {
            let field = match key.as_str() {
                "type" => &mut artifact.kind,
                "name" => &mut artifact.name,
                "version" => &mut artifact.version,
                "location" => &mut artifact.location,
                "reference" => &mut artifact.reference,
                "artifactAccount" => &mut artifact.artifact_account,
                "provenance" => &mut artifact.provenance,
                "uuid" => &mut artifact.uuid,
                "customKind" => {
                    artifact.custom_kind = flag(value, key)?;
                    continue;
                }
                "kind" | "metadata" => continue,
                _ => {
                    artifact.metadata.insert(key.clone(), value.clone());
                    continue;
                }
            };
            *field = text(value, key, "an artifact")?;
        }
        Ok(artifact)
    }

    /// The artifact as documents and expressions hold it; absent parts are left out.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        let mut put = |key: &str, part: &Option<String>| {
            if let Some(text) = part {
                map.insert(key.to_owned(), text.clone().into());
            }
        };
        put("type", &self.kind);
        put("name", &self.name);
        put("version", &self.version);
        put("location", &self.location);
        put("reference", &self.reference);
        put("artifactAccount", &self.artifact_account);
        put("provenance", &self.provenance);
        put("uuid", &self.uuid);
        map.insert("customKind".to_owned(), self.custom_kind.into());
        map.insert("metadata".to_owned(), Value::Object(self.metadata.clone()));
        map
    }

    /// The type; empty when it has none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or_default()
    }

    /// A part that is there and not blank.
    #[must_use]
    pub fn filled(part: &Option<String>) -> Option<&str> {
        part.as_deref().filter(|text| !text.trim().is_empty())
    }
}

/// `docker/image hello:1.2`, for people.
impl std::fmt::Display for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.kind().is_empty() { "artifact" } else { self.kind() })?;
        let embedded = self.kind().ends_with("/base64");
        let reference = Self::filled(&self.reference).filter(|_| !embedded);
        match (reference, Self::filled(&self.name), Self::filled(&self.version)) {
            (Some(reference), ..) => write!(f, " {reference}"),
            (None, Some(name), Some(version)) => write!(f, " {name} version {version}"),
            (None, Some(name), None) => write!(f, " {name}"),
            (None, None, Some(version)) => write!(f, " version {version}"),
            (None, None, None) => Ok(()),
        }
    }
}

impl ExpectedArtifact {
    /// Reads an expected artifact.
    pub fn from_value(value: &Value) -> Result<Self, InvalidArtifact> {
        let map = object(value, "an expected artifact")?;
        let artifact = |key: &str| {
            let value = map.get(key).filter(|value| !value.is_null());
            let read = value.map(Artifact::from_value).transpose();
            read.map_err(|invalid| InvalidArtifact(format!("'{key}' of an expected artifact: {invalid}")))
        };
        let flag = |key: &str| map.get(key).map_or(Ok(false), |value| flag(value, key));
        let text = |key: &str| map.get(key).map_or(Ok(None), |value| text(value, key, "an expected artifact"));
        Ok(Self {
            id: text("id")?.unwrap_or_default(),
            display_name: text("displayName")?,
            match_artifact: artifact("matchArtifact")?.unwrap_or_default(),
            use_prior_artifact: flag("usePriorArtifact")?,
            use_default_artifact: flag("useDefaultArtifact")?,
            default_artifact: artifact("defaultArtifact")?,
            bound_artifact: artifact("boundArtifact")?,
        })
    }

    /// The expected artifact as documents and expressions hold it; absent parts are left out.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        map.insert("id".to_owned(), self.id.clone().into());
        if let Some(name) = &self.display_name {
            map.insert("displayName".to_owned(), name.clone().into());
        }
        map.insert("matchArtifact".to_owned(), self.match_artifact.to_map().into());
        map.insert("usePriorArtifact".to_owned(), self.use_prior_artifact.into());
        map.insert("useDefaultArtifact".to_owned(), self.use_default_artifact.into());
        for (key, artifact) in [("defaultArtifact", &self.default_artifact), ("boundArtifact", &self.bound_artifact)] {
            if let Some(artifact) = artifact {
                map.insert(key.to_owned(), artifact.to_map().into());
            }
        }
        map
    }
}

/// Its name or id, and what it matches, for people.
impl std::fmt::Display for ExpectedArtifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Artifact::filled(&self.display_name).or(Some(&*self.id).filter(|id| !id.is_empty())) {
            Some(name) => write!(f, "'{name}' ({})", self.match_artifact),
            None => write!(f, "{}", self.match_artifact),
        }
    }
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map, InvalidArtifact> {
    value.as_object().ok_or_else(|| InvalidArtifact(format!("{what} must be an object, but is {}", shown(value))))
}

fn text(value: &Value, key: &str, what: &str) -> Result<Option<String>, InvalidArtifact> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok(Some(value.to_string())),
        _ => Err(InvalidArtifact(format!("'{key}' of {what} must be text, but is {}", shown(value)))),
    }
}

fn flag(value: &Value, key: &str) -> Result<bool, InvalidArtifact> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text.is_empty() => Ok(false),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(InvalidArtifact(format!("'{key}' must be true or false, but is {}", shown(value)))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string().chars().take(60).collect(),
    }
}

impl Serialize for Artifact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_map().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Artifact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for ExpectedArtifact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_map().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ExpectedArtifact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_keys_become_metadata_and_kind_is_ignored() {
        let read = Artifact::from_value(&json!({
            "type": "docker/image", "kind": "docker", "name": "hello", "version": 7, "location": null,
            "metadata": {"a": 1}, "registry": "gcr.io"
        }))
        .unwrap();
        assert_eq!(
            Value::Object(read.to_map()),
            json!({"type": "docker/image", "name": "hello", "version": "7", "customKind": false,
                "metadata": {"a": 1, "registry": "gcr.io"}})
        );
        let again: Artifact = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn wrong_types_are_named() {
        for (value, message) in [
            (json!([]), "an artifact must be an object, but is a list"),
            (json!({"name": {}}), "'name' of an artifact must be text, but is an object"),
            (json!({"metadata": 3}), "'metadata' of an artifact must be an object, but is 3"),
            (json!({"customKind": "maybe"}), "'customKind' must be true or false, but is \"maybe\""),
        ] {
            assert_eq!(Artifact::from_value(&value).unwrap_err().to_string(), message);
        }
        let wrong = ExpectedArtifact::from_value(&json!({"matchArtifact": "x"})).unwrap_err().to_string();
        assert_eq!(wrong, "'matchArtifact' of an expected artifact: an artifact must be an object, but is \"x\"");
    }

    #[test]
    fn expected_artifacts_keep_their_parts() {
        let written = json!({
            "id": "a", "displayName": "image", "matchArtifact": {"type": "docker/image"}, "useDefaultArtifact": "true",
            "defaultArtifact": {"type": "docker/image", "reference": "hello:1"}, "usePriorArtifact": null, "other": 1
        });
        let read = ExpectedArtifact::from_value(&written).unwrap();
        assert!(read.use_default_artifact && !read.use_prior_artifact && read.bound_artifact.is_none());
        assert_eq!(read.to_string(), "'image' (docker/image)");
        assert_eq!(ExpectedArtifact::from_value(&Value::Object(read.to_map())).unwrap(), read);
    }
}
