//! Runs a job in a cluster and waits until it has ended.
//!
//! The job is a manifest, written in the stage or taken from an artifact as in `deployManifest`. Its log is shown while
//! it runs and kept. Lines `SPINNAKER_PROPERTY_<NAME>=value` and `SPINNAKER_CONFIG_JSON={…}` that the container
//! `propertyFile` writes become outputs, also when the job fails; with `consumeArtifactSource: artifact`, the content of
//! an artifact does.
//!
//! A job with `generateName` gets a name of its own each time. One with a fixed name takes the place of a job of that
//! name that has ended. When the stage is canceled, the job is deleted.
//!
//! ```yaml
//! - name: Migrate the database
//!   type: runJobManifest
//!   account: prod
//!   manifest:
//!     apiVersion: batch/v1
//!     kind: Job
//!     metadata: {generateName: migrate-, namespace: shop}
//!     spec:
//!       backoffLimit: 0
//!       template:
//!         spec:
//!           restartPolicy: Never
//!           containers: [{name: migrate, image: "example/migrate:1.0"}]
//! ```

use async_trait::async_trait;

use super::manifest::{self, Objects};
use super::tasks::{
    BindProducedArtifacts, CONSUME_JOB_OUTPUT, ChooseManifestVersions, MonitorJob, RESOLVE_MANIFEST_SOURCE, START_JOB,
    job_target, only_jobs,
};
use super::{Need, Services, Stage, Task, needs, reading};
use crate::engine::ports::{Call, Plan};
use crate::model::{Failure, Field, Shape, optional};
use crate::providers::DeleteOptions;

/// The `runJobManifest` stage, `runJob` in engines.
pub(super) struct RunJob;

const SOURCES: &[&str] = &["artifact", "none", "propertyFile"];

pub(super) const FIELDS: [Field; 23] = [
    manifest::ACCOUNT,
    optional("application", Shape::Text, "application of the job; this pipeline's when left out"),
    manifest::CLOUD_PROVIDER,
    optional("consumeArtifact", Shape::Map, "artifact whose content becomes outputs"),
    optional("consumeArtifactAccount", Shape::Text, "account it is fetched with"),
    optional("consumeArtifactId", Shape::Text, "the same by the id of an expected artifact"),
    optional("consumeArtifactSource", Shape::OneOf(SOURCES), "where outputs come from; none"),
    manifest::CREDENTIALS,
    manifest::EXPECTED_ARTIFACTS,
    manifest::MANIFEST,
    manifest::MANIFEST_ARTIFACT,
    manifest::MANIFEST_ARTIFACT_ACCOUNT,
    manifest::MANIFEST_ARTIFACT_ID,
    manifest::MANIFESTS,
    manifest::MONIKER,
    optional("namespaceOverride", Shape::Text, "namespace of the job, in place of its own"),
    optional("noOutput", Shape::Boolean, "puts out nothing of the job; false"),
    optional("propertyFile", Shape::Text, "container whose log holds the properties"),
    manifest::REQUIRED_ARTIFACT_IDS,
    manifest::REQUIRED_ARTIFACTS,
    manifest::SKIP_EVALUATION,
    manifest::SOURCE,
    optional("waitForCompletion", Shape::Boolean, "whether to wait until it has ended; true"),
];

#[async_trait]
impl Stage for RunJob {
    fn kind(&self) -> &'static str {
        "runJobManifest"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["runJob"]
    }

    fn source(&self) -> &'static str {
        include_str!("run_job.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &RESOLVE_MANIFEST_SOURCE,
            &ChooseManifestVersions,
            &START_JOB,
            &MonitorJob,
            &CONSUME_JOB_OUTPUT,
            &BindProducedArtifacts,
        ]
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &["manifest", "manifests"]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[
            "manifestVersions",
            "deploy.jobs",
            "jobStatus",
            "completionDetails",
            "jobLogAfter",
            "propertyFileContents",
            "execution.logs",
        ]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Objects::of(call.context, services)?;
        let waits =
            reading::text(call.context, "waitForCompletion").is_none_or(|text| !text.eq_ignore_ascii_case("false"));
        let all = self.tasks().iter().map(|task| task.name());
        Ok(match waits {
            true => Plan::of_tasks(all),
            false => Plan::of_tasks(all.filter(|name| ![MonitorJob.name(), CONSUME_JOB_OUTPUT.name].contains(name))),
        })
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        let deleted = async {
            let objects = Objects::of(call.context, services)?;
            let Some(target) = job_target(call.context) else { return Ok(None) };
            objects.announce(call, "deleteManifest", &target, "canceled").await?;
            objects.manifests().delete(&target, DeleteOptions::default()).await?;
            Ok::<_, Failure>(Some(target))
        };
        match deleted.await {
            Ok(Some(target)) => vec![format!("{target} is deleted")],
            Ok(None) => Vec::new(),
            Err(failure) => vec![format!("the job could not be deleted: {failure}")],
        }
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_job(call, services).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let source = super::manifest_source::read(call, services, &objects).await?;
        source.manifests.iter().try_for_each(only_jobs)?;
        let name = |it: &serde_json::Value| {
            let text = |path: &str| it.pointer(path).and_then(serde_json::Value::as_str).map(str::to_owned);
            let name =
                text("/metadata/name").or_else(|| text("/metadata/generateName").map(|start| format!("{start}…")));
            format!("run job {}", name.unwrap_or_default())
        };
        Ok(source.manifests.iter().map(name).collect())
    }
}
