//! Renders manifests from a chart, a kustomization or a helmfile, with your own helm, kustomize or helmfile.
//!
//! The first of `inputArtifacts` is the chart (an archive, or a git repository with `helmChartFilePath`), the others are
//! values files, later ones winning. `overrides` win over values files; they are text unless `rawOverrides` is set.
//! Objects of a chart's tests are left out. The result is one artifact of type `embedded/base64`, named as the one
//! expected artifact is.
//!
//! `templateRenderer` is HELM2, HELM3, HELM4, HELMFILE, KUSTOMIZE or KUSTOMIZE4. The programs are found on the PATH, as
//! `helm3` or `helm`, and asked for their version; `services: bake: helm3: /opt/helm3` in gennaker.yaml names another one
//! (`helm2`, `helm3`, `helm4`, `helmfile`, `kustomize`, `kubectl`). Without kustomize, that of kubectl is used.
//!
//! ```yaml
//! - name: Bake
//!   type: bakeManifest
//!   templateRenderer: HELM3
//!   outputName: hello
//!   namespace: production
//!   inputArtifacts:
//!     - artifact: {type: helm/chart, name: hello, version: 1.2.3, artifactAccount: charts}
//!     - artifact: {type: http/file, reference: https://files.example.com/values.yaml}
//!   overrides:
//!     image.tag: ${trigger.parameters.version}
//!   expectedArtifacts:
//!     - id: manifests
//!       matchArtifact: {type: embedded/base64, name: hello}
//! ```

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::bake_command::{Inputs, Renderer, Wish, without_tests};
use super::bake_input::{Scratch, chart, kustomization, values};
use super::bake_program::Program;
use super::tasks::{BindProducedArtifacts, bound_ahead};
use super::{Services, Stage, Task, expressions, reading};
use crate::artifacts;
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Artifact, Failure, Field, Map, Shape, optional, required};

/// The `bakeManifest` stage.
pub(super) struct BakeManifest;

const INPUT: &[Field] = &[
    optional("id", Shape::Text, "id of an expected artifact found before"),
    optional("artifact", Shape::Map, "the artifact itself"),
    optional("account", Shape::Text, "account it is fetched with"),
];

const FIELDS: &[Field] = &[
    required("templateRenderer", Shape::Text, "HELM2, HELM3, HELM4, HELMFILE, KUSTOMIZE or KUSTOMIZE4"),
    required("expectedArtifacts", Shape::List(&Shape::Map), "exactly one: the manifests this stage makes"),
    optional("inputArtifacts", Shape::List(&Shape::Object(INPUT)), "the chart or kustomization, then values files"),
    optional("inputArtifact", Shape::Object(INPUT), "the kustomization"),
    optional("outputName", Shape::Text, "name of the release"),
    optional("namespace", Shape::Text, "namespace given to the templates"),
    optional("overrides", Shape::Map, "values that win over values files"),
    optional("rawOverrides", Shape::Boolean, "whether overrides may be numbers and booleans; default false: text"),
    optional("evaluateOverrideExpressions", Shape::Boolean, "whether expressions in overrides are evaluated once more"),
    optional("includeCRDs", Shape::Boolean, "whether the chart's resource definitions are part of it"),
    optional("apiVersions", Shape::Text, "API versions the chart is told are served"),
    optional("kubeVersion", Shape::Text, "Kubernetes version the chart is told"),
    optional("environment", Shape::Text, "environment of the helmfile"),
    optional("helmChartFilePath", Shape::Text, "folder of the chart in a repository"),
    optional("helmfileFilePath", Shape::Text, "the helmfile in a repository"),
    optional("kustomizeFilePath", Shape::Text, "the kustomization file in a repository"),
    optional("cloudProvider", Shape::Text, "kubernetes"),
];

#[async_trait]
impl Stage for BakeManifest {
    fn kind(&self) -> &'static str {
        "bakeManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("bake_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&CreateBake, &BindProducedArtifacts]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["artifacts", "resolvedExpectedArtifacts"]
    }

    async fn foretell(&self, call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
        bound_ahead(call, bake(call, services).await?)
    }
}

struct CreateBake;

#[async_trait]
impl Task for CreateBake {
    fn name(&self) -> &'static str {
        "createBake"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(super::bake_program::LIMIT), overridable: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        bake(call, services).await.into()
    }
}

async fn bake(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let context = call.context;
    let renderer = Renderer::of(&reading::filled(context, "templateRenderer").unwrap_or_default())?;
    let name = output_name(context)?;
    let inputs = inputs(call)?;
    let mut problems = expressions::Evaluated::default();
    let mut overrides = reading::object(context, "overrides").cloned().unwrap_or_default();
    if reading::flag(context, "evaluateOverrideExpressions") {
        let scope = expressions::scope(call, services, context);
        let evaluated = problems.absorb(expressions::evaluate(&scope, "overrides", &Value::Object(overrides)));
        overrides = evaluated.as_object().cloned().unwrap_or_default();
    }
    let program = Program::find(renderer, services).await?;
    call.progress(format!("rendering with {program}"));
    let scratch = Scratch::new()?;
    let files = if renderer.is_kustomize() {
        let path = reading::filled(context, "kustomizeFilePath");
        Inputs { template: kustomization(&scratch, services, &inputs[0], path).await?, values: Vec::new() }
    } else {
        let key = if renderer == Renderer::Helmfile { "helmfileFilePath" } else { "helmChartFilePath" };
        let template = chart(&scratch, services, &inputs[0], reading::filled(context, key)).await?;
        Inputs { template, values: values(&scratch, services, &inputs[1..]).await? }
    };
    let wish = Wish::of(context, overrides);
    let helm = program.helm();
    let arguments = renderer.arguments(&wish, &files, helm.as_deref())?;
    let output = program.run(&arguments, scratch.path(), call).await?;
    let manifests = if renderer.is_kustomize() { output } else { without_tests(&output) };
    if manifests.trim().is_empty() {
        return Err(Failure::user(format!("{program} rendered nothing: the chart has no manifests with these values")));
    }
    let mut artifact = json!({
        "type": "embedded/base64",
        "artifactAccount": "embedded-artifact",
        "reference": STANDARD.encode(&manifests),
    });
    if let Some(name) = name {
        artifact["name"] = name.into();
    }
    let result = TaskResult::succeeded()
        .with_context("artifacts", json!([artifact]))
        .with_context("cloudProvider", "kubernetes")
        .with_context("renderedWith", program.to_string())
        .with_output("artifacts", json!([artifact]))
        .with_output("cloudProvider", "kubernetes");
    Ok(problems.record(call, result))
}

/// The name of the one artifact the stage is expected to make, when it has one.
fn output_name(context: &Map) -> Result<Option<String>, Failure> {
    let expected = reading::list(context, "expectedArtifacts");
    let [only] = expected else {
        return Err(Failure::user(format!(
            "a bake makes one artifact, so 'expectedArtifacts' must hold exactly one, but it holds {}",
            expected.len()
        )));
    };
    let name = only.pointer("/matchArtifact/name").and_then(Value::as_str).filter(|name| !name.is_empty());
    Ok(name.map(str::to_owned))
}

/// The artifacts to render, the template first.
fn inputs(call: &Call<'_>) -> Result<Vec<Artifact>, Failure> {
    let listed = reading::list(call.context, "inputArtifacts");
    let single = call.context.get("inputArtifact").filter(|input| input.is_object());
    let items: Vec<&Value> = if listed.is_empty() { single.into_iter().collect() } else { listed.iter().collect() };
    let mut inputs = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let none = Map::new();
        let item = item.as_object().unwrap_or(&none);
        let keys = ("id", "artifact");
        let found = artifacts::consumed(call.execution, call.stage, item, keys)
            .or_else(|failure| by_id(call, item).ok_or(failure).map(Some))?;
        let mut artifact = found.ok_or_else(|| {
            Failure::user(format!("inputArtifacts[{position}] names no artifact: set 'id' or 'artifact'"))
        })?;
        if let Some(account) = reading::filled(item, "account") {
            artifact.artifact_account = Some(account);
        }
        inputs.push(artifact);
    }
    if inputs.is_empty() {
        return Err(Failure::user("there is nothing to render: 'inputArtifacts' is empty"));
    }
    Ok(inputs)
}

/// What the stage itself was given to know, besides what came before it.
fn by_id(call: &Call<'_>, item: &Map) -> Option<Artifact> {
    artifacts::bound(call.execution, call.stage, call.context, &reading::filled(item, "id")?)
}

#[cfg(test)]
mod tests {
    use crate::stages::testing::Driver;

    use super::*;

    fn expected() -> Value {
        json!([{"id": "m", "matchArtifact": {"type": "embedded/base64", "name": "hello"}}])
    }

    async fn failure(context: Value) -> String {
        Driver::new("bakeManifest", context).run("createBake").await.failure.unwrap().message
    }

    #[tokio::test]
    async fn what_is_missing_is_said_before_anything_is_run() {
        let chart = json!([{"artifact": {"type": "embedded/base64", "reference": "aGk="}}]);
        let none = json!({"templateRenderer": "HELM3", "inputArtifacts": chart, "expectedArtifacts": []});
        assert!(failure(none).await.contains("must hold exactly one, but it holds 0"));
        let empty = json!({"templateRenderer": "HELM3", "expectedArtifacts": expected()});
        assert_eq!(failure(empty).await, "there is nothing to render: 'inputArtifacts' is empty");
        let renderer = json!({"templateRenderer": "HELM9", "inputArtifacts": chart, "expectedArtifacts": expected()});
        assert!(failure(renderer).await.starts_with("there is no template renderer 'HELM9'"));
        let unbound =
            json!({"templateRenderer": "HELM3", "inputArtifacts": [{"id": "x"}], "expectedArtifacts": expected()});
        assert!(failure(unbound).await.contains("names expected artifact 'x', which was not found"));
    }
}
