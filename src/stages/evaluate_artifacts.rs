//! Makes text artifacts out of expressions.
//!
//! Each item becomes an artifact of type `embedded/base64` that later stages can use, its `contents` evaluated; empty
//! ones are left out.
//!
//! ```yaml
//! - name: Write the release notes
//!   type: evaluateArtifacts
//!   artifactContents:
//!     - id: notes
//!       name: notes.md
//!       contents: "Release of ${execution.application} by ${trigger.user}"
//! ```

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::expressions::{self, Evaluated};
use super::tasks::BindProducedArtifacts;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};

/// The `evaluateArtifacts` stage.
pub(super) struct EvaluateArtifacts;

const CONTENT: &[Field] = &[
    optional("id", Shape::Text, "id of the artifact"),
    required("name", Shape::Text, "name of the artifact"),
    optional("contents", Shape::Any, "its text, with expressions; objects become JSON"),
];

const FIELDS: &[Field] = &[
    required("artifactContents", Shape::List(&Shape::Object(CONTENT)), "the artifacts to make"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "artifacts this stage produces"),
];

impl Stage for EvaluateArtifacts {
    fn kind(&self) -> &'static str {
        "evaluateArtifacts"
    }

    fn source(&self) -> &'static str {
        include_str!("evaluate_artifacts.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&EvaluateArtifactsTask, &BindProducedArtifacts]
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &["artifactContents"]
    }
}

struct EvaluateArtifactsTask;

#[async_trait]
impl Task for EvaluateArtifactsTask {
    fn name(&self) -> &'static str {
        "evaluateArtifacts"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        make_artifacts(call, services).into()
    }
}

fn make_artifacts(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let scope = expressions::scope(call, services, call.context);
    let one_by_one = call.execution.spel_evaluator.as_deref() == Some("v4");
    let mut problems = Evaluated::default();
    let mut contents = Vec::new();
    let mut artifacts = Vec::new();
    for (position, item) in reading::list(call.context, "artifactContents").iter().enumerate() {
        let mut item = item.as_object().cloned().ok_or_else(|| {
            Failure::user(format!("artifactContents[{position}] is no object with name and contents"))
        })?;
        if one_by_one {
            for part in ["name", "contents"] {
                if let Some(value) = item.get_mut(part) {
                    *value = problems.absorb(expressions::evaluate(&scope, part, value));
                }
            }
        }
        let text = match item.get("contents") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if !text.is_empty() {
            let name = reading::filled(&item, "name")
                .ok_or_else(|| Failure::user(format!("artifactContents[{position}] has no 'name'")))?;
            artifacts.push(json!({
                "type": "embedded/base64",
                "name": name,
                "artifactAccount": "embedded-artifact",
                "reference": STANDARD.encode(&text),
            }));
        }
        contents.push(Value::Object(item));
    }
    let result = TaskResult::succeeded().with_output("artifacts", artifacts).with_context("artifactContents", contents);
    Ok(problems.record(call, result))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn filled_contents_become_embedded_artifacts() {
        let contents = json!([{"id": "a", "name": "a.txt", "contents": "hi"}, {"name": "b", "contents": ""}, {"name": "c", "contents": {"x": 1}}]);
        let driver = Driver::new("evaluateArtifacts", json!({"artifactContents": contents}));
        let result = driver.run("evaluateArtifacts").await;
        let artifact = |name: &str, reference: &str| json!({"type": "embedded/base64", "name": name, "artifactAccount": "embedded-artifact", "reference": reference});
        assert_eq!(result.outputs["artifacts"], json!([artifact("a.txt", "aGk="), artifact("c", "eyJ4IjoxfQ==")]));
    }
}
