//! Whether an artifact is the one expected.

use crate::expr::matches_wholly;
use crate::model::{Artifact, ExpectedArtifact};

/// The types that hold their content; Spinnaker takes one for the other.
const CONTENT_TYPES: &[&str] = &["embedded/base64", "remote/base64"];

/// A part of an artifact by its name.
type Part = fn(&Artifact) -> Option<&str>;

/// The parts that are compared; account, metadata and the rest are not.
const PARTS: &[(&str, Part)] = &[
    ("type", |artifact| artifact.kind.as_deref()),
    ("name", |artifact| artifact.name.as_deref()),
    ("version", |artifact| artifact.version.as_deref()),
    ("location", |artifact| artifact.location.as_deref()),
    ("reference", |artifact| artifact.reference.as_deref()),
];

/// Whether the artifact is one the expected artifact asks for: every part it names is equal or matches as a regular
/// expression of Java, from end to end.
#[must_use]
pub fn matches(expected: &ExpectedArtifact, artifact: &Artifact) -> bool {
    mismatch(expected, artifact).is_none()
}

/// The first part that differs, and how, for people.
pub(super) fn mismatch(expected: &ExpectedArtifact, artifact: &Artifact) -> Option<String> {
    PARTS.iter().find_map(|(name, part)| {
        let wanted = part(&expected.match_artifact).filter(|wanted| !wanted.is_empty())?;
        let Some(found) = part(artifact) else { return Some(format!("has no {name}, '{wanted}' is wanted")) };
        let same_content = *name == "type" && CONTENT_TYPES.contains(&wanted) && CONTENT_TYPES.contains(&found);
        if wanted == found || same_content {
            return None;
        }
        match matches_wholly(wanted, found) {
            Ok(true) => None,
            Ok(false) => Some(format!("its {name} '{found}' does not match '{wanted}'")),
            Err(why) => Some(format!("its {name} '{found}' is not '{wanted}', which is no pattern: {why}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn matched(expected: Value, artifact: Value) -> bool {
        let expected = ExpectedArtifact::from_value(&json!({"matchArtifact": expected})).unwrap();
        matches(&expected, &Artifact::from_value(&artifact).unwrap())
    }

    #[test]
    fn parts_are_equal_or_patterns_or_not_asked_for() {
        let image = json!({"type": "docker/image", "name": "gcr.io/a/hello", "version": "1.2", "artifactAccount": "x"});
        for (expected, matches) in [
            (json!({}), true),
            (json!({"type": "docker/image", "name": ""}), true),
            (json!({"name": "gcr.io/a/hello", "artifactAccount": "other", "metadata": {"a": 1}}), true),
            (json!({"name": "gcr.io/.*", "version": "1\\..+"}), true),
            // A search is not enough, and a dot matches anything.
            (json!({"name": "hello"}), false),
            (json!({"name": "gcrXio/.*"}), false),
            (json!({"name": "gcr.io.a.hello"}), true),
            (json!({"location": ".*"}), false),
            (json!({"type": "DOCKER/image"}), false),
            (json!({"version": "("}), false),
        ] {
            assert_eq!(matched(expected.clone(), image.clone()), matches, "{expected}");
        }
    }

    #[test]
    fn texts_that_are_no_patterns_still_equal_themselves() {
        assert!(matched(json!({"name": "a(b"}), json!({"name": "a(b"})));
        assert!(matched(json!({"name": "c++"}), json!({"name": "c++"})));
    }

    #[test]
    fn embedded_and_remote_content_is_the_same() {
        assert!(matched(json!({"type": "embedded/base64"}), json!({"type": "remote/base64"})));
        assert!(matched(json!({"type": "remote/base64"}), json!({"type": "embedded/base64"})));
        assert!(!matched(json!({"type": "remote/base64"}), json!({"type": "http/file"})));
    }
}
