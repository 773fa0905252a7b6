//! Artifacts as people write them on a command line: `TYPE:REFERENCE`, a bare reference, or JSON.

use serde_json::Value;

use crate::model::{Artifact, Failure};

/// References whose scheme says the type.
const SCHEMES: &[(&str, &str)] = &[
    ("gs://", "gcs/object"),
    ("http://", "http/file"),
    ("https://", "http/file"),
    ("oci://", "helm/image"),
    ("s3://", "s3/object"),
];

/// Reads an artifact. Name and version are taken from the reference as Spinnaker's types have them: of an image what
/// stands before its tag and the tag, of a file in a repository its path.
pub fn parse(text: &str) -> Result<Artifact, Failure> {
    let text = text.trim();
    if text.starts_with('{') {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Failure::user(format!("the artifact is no JSON: {error}")))?;
        return Artifact::from_value(&value).map_err(|invalid| Failure::user(invalid.to_string()));
    }
    let by_scheme = SCHEMES.iter().find(|(scheme, _)| text.starts_with(scheme)).map(|(_, kind)| (*kind, text));
    let by_type = text.split_once(':').filter(|(kind, reference)| {
        let is_type = kind.split('/').count() == 2 && kind.split('/').all(|part| !part.is_empty());
        is_type && !kind.contains('.') && !reference.is_empty()
    });
    let Some((kind, reference)) = by_scheme.or(by_type) else {
        return Err(Failure::user(format!("'{text}' is no artifact"))
            .detail("write TYPE:REFERENCE, such as docker/image:hello:1.2 or http/file:https://example.com/a.yaml")
            .detail("or JSON: {\"type\": \"docker/image\", \"name\": \"hello\", \"reference\": \"hello:1.2\"}"));
    };
    let (name, version) = name_and_version(kind, reference);
    Ok(Artifact {
        kind: Some(kind.to_owned()),
        name,
        version,
        reference: Some(reference.to_owned()),
        ..Artifact::default()
    })
}

fn name_and_version(kind: &str, reference: &str) -> (Option<String>, Option<String>) {
    let own = |text: &str| Some(text.to_owned());
    match kind {
        "docker/image" | "helm/image" => {
            let (name, version) = image_name(reference);
            (own(name), version.map(str::to_owned))
        }
        "embedded/base64" | "remote/base64" => (None, None),
        "github/file" => (own(reference.split_once("/contents/").map_or(reference, |(_, path)| path)), None),
        _ => (own(reference), None),
    }
}

/// An image's name, and its tag or digest: the colon of a registry's port is none of a tag.
pub(super) fn image_name(reference: &str) -> (&str, Option<&str>) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, Some(digest));
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (reference, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_names_and_versions_are_taken_from_what_is_written() {
        for (text, kind, name, version) in [
            ("docker/image:gcr.io/a/hello:1.2", "docker/image", Some("gcr.io/a/hello"), Some("1.2")),
            ("docker/image:host:5000/hello", "docker/image", Some("host:5000/hello"), None),
            ("docker/image:hello@sha256:ab", "docker/image", Some("hello"), Some("sha256:ab")),
            ("s3://bucket/key", "s3/object", Some("s3://bucket/key"), None),
            ("https://example.com/a", "http/file", Some("https://example.com/a"), None),
            ("github/file:https://api.github.com/repos/o/r/contents/dir/a.yml", "github/file", Some("dir/a.yml"), None),
            ("embedded/base64:aGk=", "embedded/base64", None, None),
        ] {
            let read = parse(text).unwrap();
            assert_eq!((read.kind(), read.name.as_deref(), read.version.as_deref()), (kind, name, version), "{text}");
        }
        let json = parse(r#"{"type": "a/b", "x": 1}"#).unwrap();
        assert_eq!(json.metadata["x"], 1);
        for text in ["hello:1.2", "docker/image:", "", "{", "a/b/c:d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
