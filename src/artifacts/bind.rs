//! Binds what a stage produces ("Produces Artifacts"): its expected artifacts among those it sees.

use serde_json::Value;

use super::resolve::{Candidates, Resolved, resolve};
use crate::model::{Artifact, ExpectedArtifact, Failure};

/// Finds each of a stage's expected artifacts among these, nearest first; the first match counts. `expected` is a
/// list as the stage holds it.
pub fn bind(expected: &[Value], among: &[Artifact]) -> Result<Resolved, Failure> {
    let read = |(position, value): (usize, &Value)| {
        ExpectedArtifact::from_value(value)
            .map_err(|invalid| Failure::user(format!("expectedArtifacts[{position}]: {invalid}")))
    };
    let expected = expected.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    resolve(expected, &Candidates { current: among, prior: &[], unique: false })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_match_is_bound_and_a_missing_one_fails() {
        let among: Vec<_> =
            ["1", "2"].map(|version| Artifact { version: Some(version.to_owned()), ..Artifact::default() }).into();
        let expected = |version: &str| json!({"id": version, "matchArtifact": {"version": version}});
        let bound = bind(&[expected("."), expected("2"), expected("[12]")], &among).unwrap();
        assert_eq!(bound.artifacts, among);
        let versions: Vec<_> =
            bound.expected.iter().map(|e| e.bound_artifact.as_ref().unwrap().version.as_deref()).collect();
        assert_eq!(versions, [Some("1"), Some("2"), Some("1")]);
        assert!(bind(&[expected("3")], &among).unwrap_err().message.starts_with("no artifact matches"));
        assert!(bind(&[json!(1)], &among).unwrap_err().message.starts_with("expectedArtifacts[0]: "));
    }
}
