//! Changes a part of an object, and waits until it is stable.
//!
//! `patchBody` is merged by `options.mergeStrategy`: `strategic` (lists by their keys, Kubernetes' own kinds only),
//! `merge` (RFC 7386) or `json` (a list of operations, RFC 6902). Operations are done once, however often a run is killed
//! and resumed: with them the object gets the annotation `gennaker.io/patched-by`. The patch can come from an artifact (`source: artifact`), and
//! artifacts are bound in it as in a deployment.
//!
//! ```yaml
//! - name: Use the tested image
//!   type: patchManifest
//!   account: prod
//!   location: shop
//!   manifestName: deployment frontend
//!   patchBody:
//!     - spec: {template: {spec: {containers: [{name: frontend, image: example/frontend}]}}}
//!   options: {mergeStrategy: strategic}
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::expressions::{self, Evaluated};
use super::manifest::{self, Objects, names_by_namespace, values};
use super::tasks::{Acting, BindProducedArtifacts, RESOLVE_TARGET_MANIFEST, WaitForManifestStable};
use super::{Need, Services, Stage, Task, manifest_source, manifest_target, needs, reading, sealed};
use crate::artifacts;
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Artifact, Failure, Field, Map, Shape, optional};
use crate::providers::{ErrorKind, ManifestPatch, ManifestRef};

/// The `patchManifest` stage.
pub(super) struct PatchManifest;

const STRATEGIES: &[&str] = &["json", "merge", "strategic"];

const OPTIONS: &[Field] = &[
    optional("mergeStrategy", Shape::OneOf(STRATEGIES), "how the patch is merged; strategic"),
    optional(
        "record",
        Shape::Boolean,
        "writes into the annotation kubernetes.io/change-cause which stage and execution it was; false",
    ),
];

const FIELDS: &[Field] = &[
    manifest::ACCOUNT,
    manifest_target::APP,
    manifest::CLOUD_PROVIDER,
    manifest_target::CLUSTER,
    manifest::CREDENTIALS,
    manifest_target::CRITERIA_FIELD,
    manifest::EXPECTED_ARTIFACTS,
    manifest_target::KIND,
    manifest_target::LOCATION,
    manifest::MANIFEST_ARTIFACT,
    manifest::MANIFEST_ARTIFACT_ACCOUNT,
    manifest::MANIFEST_ARTIFACT_ID,
    manifest_target::MANIFEST_NAME,
    manifest_target::MODE,
    manifest::MONIKER,
    optional("options", Shape::Object(OPTIONS), "how the patch is applied"),
    optional(
        "patchBody",
        Shape::Any,
        "the patch: an object, or a list of one; with mergeStrategy json a list of operations",
    ),
    manifest::REQUIRED_ARTIFACT_IDS,
    manifest::REQUIRED_ARTIFACTS,
    manifest::SKIP_EVALUATION,
    manifest::SOURCE,
];

#[async_trait]
impl Stage for PatchManifest {
    fn kind(&self) -> &'static str {
        "patchManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("patch_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &PATCH, &WaitForManifestStable, &BindProducedArtifacts]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &["patchBody"]
    }

    async fn plan(&self, _call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        Ok(Plan::of_tasks(self.tasks().iter().map(|task| task.name())))
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "patch"], &[("pod", &["list"]), ("event", &["list"])]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let targets = manifest_target::resolve(call, &objects).await?;
        let visible = artifacts::visible(call.execution, call.stage, call.context)?;
        let (bodies, _) = bodies(call, services, &objects).await?;
        let whole = sealed::unsealed(&Value::Array(bodies), "a value of the patch", &services.state)?;
        let whole = whole.as_array().cloned().unwrap_or_default();
        let mut lines = Vec::new();
        for target in &targets {
            let patch = patch(call.context, &objects, target, &whole, &visible, &mut Vec::new()).await?;
            match objects.manifests().patch_diff(target, &patch).await {
                Ok(change) if change.lines.is_empty() => {}
                Ok(change) => {
                    lines.push(format!("patch {target}"));
                    lines.extend(change.lines.into_iter().map(|line| format!("  {line}")));
                }
                // A stage before it may bring the object.
                Err(error) if error.kind == ErrorKind::NotFound => lines.push(format!("patch {target}")),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(lines)
    }
}

const PATCH: Acting = Acting { name: "patchManifest", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let targets = manifest_target::resolve(call, &objects).await?;
    let required = manifest_source::required(call)?;
    let mut all = required.clone();
    all.extend(artifacts::visible(call.execution, call.stage, call.context)?);
    let (bodies, problems) = bodies(call, services, &objects).await?;
    let whole = sealed::unsealed(&Value::Array(bodies.clone()), "a value of the patch", &services.state)?;
    let whole = whole.as_array().cloned().unwrap_or_default();
    let mut patches = Vec::new();
    let mut bound = Vec::new();
    for target in &targets {
        patches.push(patch(call.context, &objects, target, &whole, &all, &mut bound).await?);
    }
    // In operations nothing is bound.
    let binds = strategy(call.context) != "json";
    if let Some(missing) = required.iter().find(|artifact| binds && !bound.contains(*artifact)) {
        return Err(Failure::user(format!("required artifact {missing} was not bound: the patch does not name it")));
    }
    let mut patched = Vec::new();
    for (target, patch) in targets.iter().zip(&patches) {
        objects.announce(call, "patchManifest", target, "").await?;
        let cause = cause(call);
        let answer = match patch {
            ManifestPatch::Json(Value::Array(operations)) => {
                objects.manifests().patch_once(target, operations, &mark(call), cause.as_deref()).await
            }
            patch => match cause {
                Some(cause) => {
                    let patch = objects.manifests().with_cause(patch.clone(), &cause);
                    objects.manifests().patch(target, &patch).await
                }
                None => objects.manifests().patch(target, patch).await,
            },
        };
        patched.push(answer.map_err(|error| objects.refused(target, error))?);
    }
    let (names, bound, all) = (names_by_namespace(&targets), values(&bound), values(&all));
    let results = json!({"manifestNamesByNamespace": names, "boundArtifacts": bound});
    let mut result = manifest::accepted(call, "patchManifest", &objects, results);
    for (key, value) in [
        ("outputs.manifests", Value::Array(patched)),
        ("outputs.manifestNamesByNamespace", names),
        ("outputs.boundArtifacts", bound),
    ] {
        result.outputs.insert(key.to_owned(), value.clone());
        result.context.insert(key.to_owned(), value);
    }
    let result = result
        .with_context("manifests", bodies)
        .with_context("requiredArtifacts", values(&required))
        .with_context("allArtifacts", all);
    Ok(problems.record(call, result))
}

/// What tells this patch from every other, also from that of the same stage when it is restarted.
fn mark(call: &Call<'_>) -> String {
    format!("{}.{}.{}", call.execution.id, call.stage.ref_id, call.started)
}

/// Why the object is changed, with `options.record`: what kubectl's history of rollouts shows.
fn cause(call: &Call<'_>) -> Option<String> {
    let options = reading::object(call.context, "options")?;
    let (pipeline, id) = (&call.execution.name, &call.execution.id);
    let cause = format!("gennaker: stage '{}' of {pipeline}, execution {id}", call.stage.name);
    reading::flag(options, "record").then_some(cause)
}

/// The patch as it is written or fetched, expressions evaluated; and which of them could not be.
async fn bodies(call: &Call<'_>, services: &Services, objects: &Objects) -> Result<(Vec<Value>, Evaluated), Failure> {
    let from_artifact = reading::filled(call.context, "source").is_some_and(|it| it.eq_ignore_ascii_case("artifact"));
    let written = match from_artifact {
        false => call.context.get("patchBody").cloned().unwrap_or_default(),
        true => {
            let keys = ("manifestArtifactId", "manifestArtifact");
            let artifact = artifacts::consumed(call.execution, call.stage, call.context, keys)?;
            let mut artifact =
                artifact.ok_or_else(|| Failure::user("the stage takes its patch from an artifact, but names none"))?;
            if let Some(account) = reading::filled(call.context, "manifestArtifactAccount") {
                artifact.artifact_account.get_or_insert(account);
            }
            let bytes = services.artifacts.fetch(&artifact).await?;
            let read = objects.manifests().documents(&String::from_utf8_lossy(&bytes)).map_err(|wrong| {
                let mut failure = Failure::from(wrong);
                failure.message = format!("{artifact}: {}", failure.message);
                failure
            })?;
            Value::Array(read)
        }
    };
    let here = from_artifact || call.execution.spel_evaluator.as_deref() == Some("v4");
    let mut problems = Evaluated::default();
    let evaluated = match here && !reading::flag(call.context, "skipExpressionEvaluation") {
        true => problems.absorb(expressions::evaluate(
            &expressions::scope(call, services, call.context),
            "patchBody",
            &written,
        )),
        false => written,
    };
    let failed = problems.problems();
    if reading::flag(call.context, "failOnFailedExpressions") && !failed.is_empty() {
        let failure = Failure::user("expressions in the patch cannot be evaluated");
        return Err(failed.into_iter().fold(failure, Failure::detail));
    }
    let is_empty = |item: &Value| item.is_null() || item.as_object().is_some_and(Map::is_empty);
    let bodies = match evaluated {
        Value::Array(items) => items.into_iter().filter(|item| !is_empty(item)).collect(),
        ref empty if is_empty(empty) => Vec::new(),
        Value::String(text) => {
            let read: Value = serde_yaml::from_str(&text)
                .map_err(|wrong| Failure::user(format!("'patchBody' is text, but no YAML: {wrong}")))?;
            read.as_array().cloned().unwrap_or_else(|| vec![read])
        }
        one => vec![one],
    };
    Ok((bodies, problems))
}

fn strategy(context: &Map) -> String {
    let options = reading::object(context, "options");
    let strategy = options.and_then(|options| reading::filled(options, "mergeStrategy"));
    strategy.map_or_else(|| "strategic".to_owned(), |strategy| strategy.to_ascii_lowercase())
}

/// The patch of an object, artifacts bound in it.
async fn patch(
    context: &Map,
    objects: &Objects,
    target: &ManifestRef,
    bodies: &[Value],
    artifacts: &[Artifact],
    bound: &mut Vec<Artifact>,
) -> Result<ManifestPatch, Failure> {
    let strategy = strategy(context);
    if bodies.is_empty() {
        return Err(Failure::user("the patch is empty").detail("add patchBody"));
    }
    if strategy == "json" {
        return Ok(ManifestPatch::Json(Value::Array(bodies.to_vec())));
    }
    let [body] = bodies else {
        return Err(Failure::user(format!(
            "the stage has {} patches; only mergeStrategy json takes several",
            bodies.len()
        )));
    };
    // A patch says neither kind nor namespace, which binding asks for.
    let live = objects.manifests().get(target).await?.unwrap_or_default();
    let mut whole = body.clone();
    let map =
        whole.as_object_mut().ok_or_else(|| Failure::user(format!("the patch must be an object, but is {body}")))?;
    let kind = map.insert("kind".into(), live["kind"].clone());
    let version = map.insert("apiVersion".into(), live["apiVersion"].clone());
    let metadata = map.get("metadata").cloned();
    let mut placed = metadata.clone().unwrap_or_else(|| json!({}));
    placed["namespace"] = target.namespace.clone().into();
    map.insert("metadata".into(), placed);
    let (mut whole, found) = objects.manifests().bind(&whole, artifacts);
    bound.extend(found);
    if let Some(map) = whole.as_object_mut() {
        for (key, before) in [("kind", kind), ("apiVersion", version), ("metadata", metadata)] {
            match before {
                Some(before) => drop(map.insert(key.into(), before)),
                None => drop(map.shift_remove(key)),
            }
        }
    }
    match strategy.as_str() {
        "strategic" => Ok(ManifestPatch::Strategic(whole)),
        "merge" => Ok(ManifestPatch::Merge(whole)),
        other => Err(Failure::user(format!("'options.mergeStrategy' is '{other}'"))
            .detail(format!("use one of {}", STRATEGIES.join(", ")))),
    }
}
