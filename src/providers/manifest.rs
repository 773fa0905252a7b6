//! Manifests: objects of a cluster that a document describes, as plain data in and out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccountDeed, Error};
use crate::model::{Artifact, Map, Moniker};

/// One object: `deployment hello` in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManifestRef {
    /// Its kind as Spinnaker writes it: `replicaSet`, `Gateway.networking.istio.io`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; empty for objects that live in none.
    pub namespace: String,
}

impl ManifestRef {
    /// `deployment hello`: the name documents and outputs use.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

/// `deployment hello in prod`, for people.
impl fmt::Display for ManifestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if self.namespace.is_empty() { Ok(()) } else { write!(f, " in {}", self.namespace) }
    }
}

/// What a stage deploys.
#[derive(Clone, Debug, Default)]
pub struct ManifestDeploy {
    /// The manifests as the document has them, secrets included; never to be recorded.
    pub manifests: Vec<Value>,
    /// Application they belong to.
    pub application: String,
    /// Cluster, stack and detail of all of them, where they are given.
    pub moniker: Moniker,
    /// Namespace of all of them, in place of their own.
    pub namespace: Option<String>,
    /// Whether they are versioned, where they do not say so themselves.
    pub versioned: Option<bool>,
    /// Whether artifacts are put in the place of what they name.
    pub bind: bool,
    /// Artifacts that must find their place.
    pub required: Vec<Artifact>,
    /// Artifacts that may find a place.
    pub optional: Vec<Artifact>,
    /// Whether pod templates keep the labels they have.
    pub skip_spec_template_labels: bool,
    /// Only manifests whose labels these select.
    pub selectors: Vec<LabelSelector>,
    /// Services that are to send traffic to the workloads, as full names.
    pub services: Vec<String>,
    /// Whether they send it at once.
    pub enable_traffic: bool,
    /// Whether it is only planned: services that are not there yet may be made by a stage before it.
    pub planned: bool,
    /// What an earlier look chose and recorded, by [`PreparedManifest::key`]: versions, generated names.
    pub chosen: BTreeMap<String, String>,
    /// Versions that turned out to be somebody else's, by the same key.
    pub taken: BTreeMap<String, Vec<String>>,
}

/// A manifest as it is sent to the cluster.
#[derive(Clone, Debug)]
pub struct PreparedManifest {
    /// The object it becomes.
    pub target: ManifestRef,
    /// What it is before it has a version: `namespace/configMap settings`.
    pub key: String,
    /// The manifest, secrets included; never to be recorded.
    pub manifest: Value,
    /// `v003`; `None` for objects without versions.
    pub version: Option<String>,
    /// What was chosen for it and is to be recorded before it is sent: its version, or the name made for a
    /// `generateName`.
    pub choice: Option<String>,
    /// Whether this version is there already.
    pub reused: bool,
    /// Place in the order, low first; those of one place may be sent at once.
    pub priority: u32,
    /// The artifact it becomes.
    pub artifact: Artifact,
    /// Artifacts that found their place in it.
    pub bound: Vec<Artifact>,
    /// What is done with it, in a word: `apply`, `replace`, `recreate`.
    pub verb: &'static str,
    /// When it is made anew: the uid of the object it takes the place of, empty when there was none. One of another uid
    /// that holds the same has taken its place already.
    pub replaces: Option<String>,
    /// Lines for people: what is odd about it.
    pub warnings: Vec<String>,
}

/// A manifest as the cluster took it.
#[derive(Clone, Debug, Default)]
pub struct AppliedManifest {
    /// The object as it then is, without secrets.
    pub object: Value,
    /// Whether sending it changed anything.
    pub changed: bool,
    /// Lines for people: fields the cluster does not know, versions it will not serve for long.
    pub warnings: Vec<String>,
}

/// What applying a manifest would change.
#[derive(Clone, Debug, Default)]
pub struct ManifestChange {
    /// Whether the object is not there yet.
    pub created: bool,
    /// Lines `+ path: value`, `- path: value`; secrets masked. Empty when nothing changes.
    pub lines: Vec<String>,
    /// Lines for people: fields the cluster does not know, versions it will not serve for long.
    pub warnings: Vec<String>,
}

/// How a label is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelSelector {
    /// `EQUALS`, `NOT_EQUALS`, `CONTAINS`, `NOT_CONTAINS`, `EXISTS`, `NOT_EXISTS`, `ANY`.
    pub kind: String,
    /// Key of the label.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
}

/// Which objects to read. Empty parts match anything.
#[derive(Clone, Debug, Default)]
pub struct ManifestQuery {
    /// Kind as Spinnaker writes it.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Labels.
    pub selectors: Vec<LabelSelector>,
    /// Application as the annotation says.
    pub application: Option<String>,
    /// Cluster as the annotation says.
    pub cluster: Option<String>,
}

/// What was found of an object that is listed.
#[derive(Clone, Debug)]
pub struct FoundManifest {
    /// Which it is.
    pub target: ManifestRef,
    /// When it was made, epoch milliseconds.
    pub created: i64,
    /// How many replicas it wishes.
    pub replicas: i64,
    /// The object without secrets.
    pub manifest: Value,
}

/// What becomes of an object, as far as it can be seen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stability {
    /// It is as it was wished.
    Stable,
    /// It is on its way: what is missing.
    Waiting(String),
    /// It is on its way, but hindered by something that seldom heals: lines saying what.
    Hindered(Vec<String>),
    /// It will not become as it was wished: lines saying why.
    Failed(Vec<String>),
    /// Its rollout is paused.
    Paused,
}

/// An object and what becomes of it.
#[derive(Clone, Debug)]
pub struct Settling {
    /// Which it is.
    pub target: ManifestRef,
    /// What becomes of it.
    pub stability: Stability,
}

/// How a patch is merged.
#[derive(Clone, Debug, PartialEq)]
pub enum ManifestPatch {
    /// By the lists' keys, as Kubernetes does for its own kinds.
    Strategic(Value),
    /// RFC 7386.
    Merge(Value),
    /// RFC 6902: a list of operations.
    Json(Value),
}

/// How an object is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// What becomes of what it owns.
    pub propagation: Propagation,
    /// Seconds its pods get to end.
    pub grace_period: Option<u64>,
}

/// What becomes of what a deleted object owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// It goes after the object.
    #[default]
    Background,
    /// It goes before the object.
    Foreground,
    /// It stays.
    Orphan,
}

/// Which rollout is gone back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// So many revisions back.
    Back(u64),
    /// To this revision.
    To(u64),
}

/// How a job stands.
#[derive(Clone, Debug)]
pub struct JobState {
    /// The job in Spinnaker's words: `{name, account, location, jobState, completionDetails, …}`.
    pub status: Map,
    /// `None` while it runs; else whether it succeeded.
    pub succeeded: Option<bool>,
    /// Why it failed or does not begin, lines for people.
    pub reasons: Vec<String>,
    /// Its newest pod.
    pub pod: Option<String>,
    /// Containers of that pod, first the job's own.
    pub containers: Vec<String>,
    /// What its log annotation says.
    pub logs: Option<String>,
}

/// A part of a pod's log.
#[derive(Clone, Debug, Default)]
pub struct LogPart {
    /// Its lines.
    pub lines: Vec<String>,
    /// Where the next part begins: the time of the last line.
    pub after: Option<String>,
}

/// Told what is waited for, while waiting.
pub type Tell<'a> = &'a (dyn Fn(&[Settling]) + Send + Sync);

/// Manifests of an account. Every change looks before it acts; made twice it is harmless.
#[async_trait]
pub trait Manifests: Send + Sync {
    /// The manifests in a text: several documents, lists of manifests.
    fn read(&self, text: &str) -> Result<Vec<Value>, Error>;
    /// Whatever a text holds that need be no manifest: several documents, lists in them written out, nulls dropped.
    fn documents(&self, text: &str) -> Result<Vec<Value>, Error>;
    /// The manifests in a list, lists in it written out and nulls dropped.
    fn flatten(&self, items: &[Value]) -> Result<Vec<Value>, Error>;
    /// A manifest fit to be recorded: without what secrets hold.
    fn without_secrets(&self, manifest: &Value) -> Value;
    /// How long a rollout may be hindered before it counts as failed.
    fn tolerance(&self) -> Duration;
    /// The namespace of objects that name none.
    async fn default_namespace(&self) -> Result<String, Error>;
    /// What a deployment would send, in order: bound, versioned, annotated. Only reads.
    async fn prepare(&self, deploy: &ManifestDeploy) -> Result<Vec<PreparedManifest>, Error>;
    /// Sends one; gives what became of it. `AlreadyExists` means the version is somebody else's; `Invalid` also that the
    /// account refuses fields that the cluster does not know.
    async fn apply(&self, prepared: &PreparedManifest) -> Result<AppliedManifest, Error>;
    /// What an account must be allowed to deploy this and to wait for it; `purpose` is left to the caller.
    async fn deeds(&self, deploy: &ManifestDeploy) -> Result<Vec<AccountDeed>, Error>;
    /// What sending it would change, asked of the server without changing anything.
    async fn diff(&self, prepared: &PreparedManifest) -> Result<ManifestChange, Error>;
    /// What patching an object would change, asked of the server without changing anything.
    async fn patch_diff(&self, target: &ManifestRef, patch: &ManifestPatch) -> Result<ManifestChange, Error>;
    /// The object a document names, spelt as this cluster spells it.
    async fn named(&self, full_name: &str, namespace: &str) -> Result<ManifestRef, Error>;
    /// An object without secrets; `None` when there is none.
    async fn get(&self, target: &ManifestRef) -> Result<Option<Value>, Error>;
    /// Objects that match.
    async fn find(&self, query: &ManifestQuery) -> Result<Vec<FoundManifest>, Error>;
    /// Artifacts an object names, images first, and the one it is.
    fn artifacts_of(&self, manifest: &Value) -> Vec<Artifact>;
    /// `{stable, paused, available, failed}` of an object, each `{state, message}`, as expressions read them.
    fn status_of(&self, manifest: &Value) -> Value;
    /// Deletes an object; nothing happens when there is none.
    async fn delete(&self, target: &ManifestRef, options: DeleteOptions) -> Result<(), Error>;
    /// Changes an object; gives what it then is, without secrets.
    async fn patch(&self, target: &ManifestRef, patch: &ManifestPatch) -> Result<Value, Error>;
    /// Does operations (RFC 6902) that must not be done twice, unless the object bears this mark; with them it gets it,
    /// and the cause of the change where one is given.
    async fn patch_once(
        &self,
        target: &ManifestRef,
        operations: &[Value],
        mark: &str,
        cause: Option<&str>,
    ) -> Result<Value, Error>;
    /// The patch with the cause of the change, as histories of rollouts show it; operations stay as they are.
    fn with_cause(&self, patch: ManifestPatch, cause: &str) -> ManifestPatch;
    /// What a patch reads like once artifacts are in their places, and those that found one.
    fn bind(&self, manifest: &Value, artifacts: &[Artifact]) -> (Value, Vec<Artifact>);
    /// Sets the number of replicas.
    async fn scale(&self, target: &ManifestRef, replicas: u32) -> Result<(), Error>;
    /// The pod template an earlier rollout had: the patch that brings it back, and the revision it is.
    async fn rollback_patch(&self, target: &ManifestRef, to: Rollback) -> Result<(ManifestPatch, u64), Error>;
    /// The patch that restarts all pods of a workload one after the other, at this moment (RFC 3339).
    fn restart_patch(&self, target: &ManifestRef, at: &str) -> Result<ManifestPatch, Error>;
    /// The patch that pauses or resumes a rollout; `None` when it is so already.
    async fn pause_patch(&self, target: &ManifestRef, paused: bool) -> Result<Option<ManifestPatch>, Error>;
    /// The services that send traffic to a workload, as its annotation says.
    async fn services_of(&self, target: &ManifestRef) -> Result<Vec<String>, Error>;
    /// Whether traffic of a service would move if a workload were put behind it, or taken away. For plans.
    async fn moves_traffic(&self, target: &ManifestRef, service: &str, enabled: bool) -> Result<bool, Error>;
    /// Puts a workload and its pods behind services, or takes them away; whether anything was to be changed.
    async fn set_traffic(&self, target: &ManifestRef, services: &[String], enabled: bool) -> Result<bool, Error>;
    /// Waits, at most this long, until all of them are stable or one is hindered or failed; says what each waits for
    /// whenever that changes.
    async fn settle(&self, targets: &[ManifestRef], limit: Duration, tell: Tell<'_>) -> Result<Vec<Settling>, Error>;
    /// Events about an object, oldest first.
    async fn events(&self, target: &ManifestRef) -> Result<Vec<Value>, Error>;
    /// All that can be said about why an object is not as it was wished, last log lines included. For failures.
    async fn explain(&self, target: &ManifestRef) -> Vec<String>;
    /// Waits, at most this long, until they are gone; gives those that are left.
    async fn wait_gone(&self, targets: &[ManifestRef], limit: Duration) -> Result<Vec<ManifestRef>, Error>;
    /// Older versions of an object beyond those its annotation wishes to keep, oldest first.
    async fn superseded(&self, target: &ManifestRef) -> Result<Vec<ManifestRef>, Error>;
    /// How a job stands; waits at most this long for news when it runs.
    async fn job(&self, target: &ManifestRef, limit: Duration) -> Result<Option<JobState>, Error>;
    /// Lines a container of a pod wrote after `after`.
    async fn log(&self, namespace: &str, pod: &str, container: &str, after: Option<&str>) -> Result<LogPart, Error>;
}
