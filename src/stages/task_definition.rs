//! The task definition of a container cluster that comes from an artifact: its content goes into the cluster under
//! `taskDefinition`, where the provider reads it.

use serde_json::Value;

use super::{Services, expressions, reading};
use crate::artifacts;
use crate::engine::ports::Call;
use crate::model::{Artifact, Failure, Map};

/// Deck's key of the artifact: `{artifactId}` of an expected artifact, or `{artifact}`.
const ARTIFACT: &str = "taskDefinitionArtifact";

/// Puts the content of the cluster's artifact into it, when it has one. Expressions in it are evaluated with
/// `evaluateTaskDefinitionArtifactExpressions`.
pub(crate) async fn fill(call: &Call<'_>, services: &Services, cluster: &mut Map) -> Result<(), Failure> {
    if !reading::flag(cluster, "useTaskDefinitionArtifact") {
        return Ok(());
    }
    let field = reading::object(cluster, ARTIFACT).cloned().unwrap_or_default();
    let resolved = cluster.get("resolvedTaskDefinitionArtifact").filter(|value| value.is_object());
    let written = field.get("artifact").filter(|value| value.is_object()).or(resolved);
    let artifact = match (reading::filled(&field, "artifactId"), written) {
        (Some(id), _) => artifacts::bound(call.execution, call.stage, call.context, &id).ok_or_else(|| {
            Failure::user(format!("'{ARTIFACT}' names expected artifact '{id}', which was not found"))
        })?,
        (None, Some(value)) => {
            Artifact::from_value(value).map_err(|wrong| Failure::user(format!("'{ARTIFACT}': {wrong}")))?
        }
        (None, None) => {
            return Err(Failure::user("the cluster takes its task definition from an artifact, but names none")
                .detail("add taskDefinitionArtifact: {artifactId: <id>}, or {artifact: {…}}"));
        }
    };
    let mut artifact = artifact;
    if let Some(account) = reading::filled(cluster, "taskDefinitionArtifactAccount") {
        artifact.artifact_account.get_or_insert(account);
    }
    let bytes = services.artifacts.fetch(&artifact).await?;
    let mut definition: Value = serde_json::from_slice(&bytes)
        .map_err(|wrong| Failure::user(format!("{artifact} is no task definition in JSON: {wrong}")))?;
    if reading::flag(cluster, "evaluateTaskDefinitionArtifactExpressions") {
        let scope = expressions::scope(call, services, call.context);
        definition = expressions::evaluate(&scope, "taskDefinition", &definition).value;
    }
    cluster.insert("taskDefinition".to_owned(), definition);
    Ok(())
}
