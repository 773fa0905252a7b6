//! What the manifest stages share: their account, their fields, the keys they leave behind (contract 3.6).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cloud::{self, Cloud};
use super::{Services, operation, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Artifact, Failure, Field, Map, Moniker, Shape, optional};
use crate::providers::{Error, LabelSelector, ManifestRef, Manifests, TrafficRoutes};

pub(crate) const ACCOUNT: Field = optional("account", Shape::Text, "account; the project's only one when left out");
pub(crate) const CREDENTIALS: Field = optional("credentials", Shape::Text, "the same as account");
pub(crate) const CLOUD_PROVIDER: Field = optional("cloudProvider", Shape::Text, "`kubernetes`");
pub(crate) const EXPECTED_ARTIFACTS: Field =
    optional("expectedArtifacts", Shape::List(&Shape::Map), "artifacts this stage produces");
pub(crate) const MANIFESTS: Field =
    optional("manifests", Shape::Any, "the manifests, a list; lists in it are written out");
pub(crate) const MANIFEST: Field = optional("manifest", Shape::Any, "the one manifest, as older documents have it");
pub(crate) const SOURCE: Field =
    optional("source", Shape::OneOf(&["text", "artifact"]), "where the manifests are: here, or in an artifact; text");
pub(crate) const MANIFEST_ARTIFACT_ID: Field =
    optional("manifestArtifactId", Shape::Text, "expected artifact that holds the manifests");
pub(crate) const MANIFEST_ARTIFACT: Field =
    optional("manifestArtifact", Shape::Map, "artifact that holds the manifests");
pub(crate) const MANIFEST_ARTIFACT_ACCOUNT: Field =
    optional("manifestArtifactAccount", Shape::Text, "account that artifact is fetched with");
pub(crate) const REQUIRED_ARTIFACT_IDS: Field = optional(
    "requiredArtifactIds",
    Shape::List(&Shape::Text),
    "expected artifacts that must find their place in the manifests",
);
pub(crate) const REQUIRED_ARTIFACTS: Field =
    optional("requiredArtifacts", Shape::List(&Shape::Map), "the same, as {expectedArtifactId} or {artifact}");
pub(crate) const SKIP_EVALUATION: Field =
    optional("skipExpressionEvaluation", Shape::Boolean, "leaves expressions in the manifests as they are; false");
pub(crate) const MONIKER: Field =
    optional("moniker", Shape::Map, "`app`, `cluster`, `stack` and `detail` of what is deployed");
pub(crate) const LABEL_SELECTOR: &[Field] = &[
    optional("key", Shape::Text, "key of the label"),
    optional("kind", Shape::Text, "EQUALS, NOT_EQUALS, CONTAINS, NOT_CONTAINS, EXISTS or NOT_EXISTS"),
    optional("values", Shape::List(&Shape::Text), "values of the label"),
];
pub(crate) const LABEL_SELECTORS: Field = optional(
    "labelSelectors",
    Shape::Object(&[optional("selectors", Shape::List(&Shape::Object(LABEL_SELECTOR)), "all must hold")]),
    "only objects with such labels",
);

/// An account with manifests.
pub(crate) struct Objects {
    pub(crate) cloud: Cloud,
}

impl Objects {
    /// The account a context names.
    pub(crate) fn of(context: &Map, services: &Services) -> Result<Self, Failure> {
        let mut named = context.clone();
        if cloud::account(context).is_none() && reading::filled(context, "cloudProvider").is_none() {
            named.insert("cloudProvider".into(), "kubernetes".into());
        }
        let cloud = Cloud::of(&named, services)?;
        if cloud.provider.manifests().is_none() {
            return Err(cloud.lacks("manifests"));
        }
        Ok(Self { cloud })
    }

    /// What can be done with its manifests.
    pub(crate) fn manifests(&self) -> &dyn Manifests {
        self.cloud.provider.manifests().expect("an account without manifests is refused when it is opened")
    }

    /// What can be done with its routes.
    pub(crate) fn routes(&self) -> Result<&dyn TrafficRoutes, Failure> {
        self.cloud.provider.traffic_routes().ok_or_else(|| self.cloud.lacks("routes with weights"))
    }

    /// Names a change of an object in the journal; only then it may be made.
    pub(crate) async fn announce(
        &self,
        call: &Call<'_>,
        operation: &str,
        target: &ManifestRef,
        detail: impl Into<String>,
    ) -> Result<(), Failure> {
        call.mutation(operation, self.place(target), detail).await
    }

    /// An object as the journal names it: `prod/shop/deployment web`.
    pub(crate) fn place(&self, target: &ManifestRef) -> String {
        let place = if target.namespace.is_empty() { String::new() } else { format!("{}/", target.namespace) };
        format!("{}/{place}{}", self.cloud.account, target.full_name())
    }

    /// The failure of the one request an announced change consists of: refused outright, it was not made.
    pub(crate) fn refused(&self, target: &ManifestRef, error: Error) -> Failure {
        let unmade = if error.refused { vec![self.place(target)] } else { Vec::new() };
        Failure { unmade, ..Failure::from(error) }
    }
}

/// Application of what a stage deploys.
pub(crate) fn application(call: &Call<'_>) -> String {
    named_application(call.context).unwrap_or_else(|| call.execution.application.clone())
}

/// Application of the job a stage runs: such stages may name it `application`, too.
pub(crate) fn application_of_job(call: &Call<'_>) -> String {
    named_application(call.context)
        .or_else(|| reading::filled(call.context, "application"))
        .unwrap_or_else(|| call.execution.application.clone())
}

fn named_application(context: &Map) -> Option<String> {
    reading::object(context, "moniker")
        .and_then(|moniker| reading::filled(moniker, "app"))
        .or_else(|| reading::filled(context, "app"))
}

/// Cluster, stack and detail that a stage gives to what it deploys.
pub(crate) fn moniker(context: &Map) -> Moniker {
    let text = |key: &str| reading::object(context, "moniker").and_then(|moniker| reading::filled(moniker, key));
    Moniker { cluster: text("cluster"), stack: text("stack"), detail: text("detail"), ..Moniker::default() }
}

/// The label selectors of a stage.
pub(crate) fn selectors(context: &Map) -> Vec<LabelSelector> {
    let Some(map) = reading::object(context, "labelSelectors") else { return Vec::new() };
    let read = |selector: &Value| {
        let selector = selector.as_object()?;
        Some(LabelSelector {
            kind: reading::filled(selector, "kind").unwrap_or_else(|| "EQUALS".into()),
            key: reading::filled(selector, "key")?,
            values: cloud::texts(selector, "values"),
        })
    };
    reading::list(map, "selectors").iter().filter_map(read).collect()
}

/// `{namespace: ["kind name"]}`, as `outputs.manifestNamesByNamespace` holds it.
pub(crate) fn names_by_namespace(targets: &[ManifestRef]) -> Value {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for target in targets {
        names.entry(&target.namespace).or_default().push(target.full_name());
    }
    json!(names)
}

/// The objects under `outputs.manifestNamesByNamespace`.
pub(crate) async fn recorded(objects: &Objects, context: &Map) -> Result<Vec<ManifestRef>, Failure> {
    let Some(map) = reading::object(context, "outputs.manifestNamesByNamespace") else { return Ok(Vec::new()) };
    let mut targets = Vec::new();
    for (namespace, names) in map {
        for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
            targets.push(objects.manifests().named(name, namespace).await?);
        }
    }
    Ok(targets)
}

/// Artifacts as documents hold them.
pub(crate) fn values(artifacts: &[Artifact]) -> Value {
    artifacts.iter().map(|artifact| Value::Object(artifact.to_map())).collect()
}

/// The operation is accepted: done, with the record of it under the keys every cloud operation leaves.
pub(crate) fn accepted(call: &Call<'_>, operation: &str, objects: &Objects, results: Value) -> TaskResult {
    let mut accepted = operation::accepted_with(call, operation, &objects.cloud, &[], vec![results]);
    accepted.context.shift_remove("deploy.server.groups");
    accepted
}

/// Whether a manifest is a secret, whose values are never recorded.
pub(crate) fn is_secret(manifest: &Value) -> bool {
    manifest.get("kind").and_then(Value::as_str) == Some("Secret")
}
