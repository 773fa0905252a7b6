//! Sends one manifest by its strategy: as `kubectl apply` does, server-side, in another's place, or anew.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::Kubernetes;
use super::account::FieldValidation;
use super::annotations::{Deploy, Strategy};
use super::client::{Ask, JSON};
use super::kind::ObjectKind;
use super::last_applied::{last_applied, patch, with_last_applied};
use super::resource::Resource;
use super::{diff, error, unknown, version};
use crate::providers::{AppliedManifest, Error, ErrorKind, ManifestChange, PreparedManifest};

const OPERATION: &str = "deploy";
/// Names under which kubectl writes, and Spinnaker through it: fields change hands between the three without conflict.
const APPLIES: &str = "kubectl-client-side-apply";
const APPLIES_SERVER_SIDE: &str = "kubectl";
/// How long a deleted object may take to be gone before it is made anew.
const GONE_LIMIT: Duration = Duration::from_secs(300);
/// Times a change is sent again because somebody else's came between.
const OVERTAKEN: u32 = 5;
/// How long a definition may take to be served.
const ESTABLISHED_LIMIT: Duration = Duration::from_secs(15);

/// A manifest on its way.
struct Sending<'a> {
    prepared: &'a PreparedManifest,
    resource: Resource,
    what: String,
    /// Whether nothing is to be changed.
    dry: bool,
    /// What the server warned of.
    told: Mutex<Vec<String>>,
}

impl Sending<'_> {
    fn path(&self) -> String {
        self.resource.path(&self.prepared.target.namespace, &self.prepared.target.name)
    }

    fn query(&self, manager: &str) -> Vec<(&'static str, String)> {
        let mut query = vec![("fieldManager", manager.to_owned())];
        if self.dry {
            query.push(("dryRun", "All".into()));
        }
        query
    }
}

/// An object that was not there.
fn made(object: Value) -> AppliedManifest {
    AppliedManifest { object, changed: true, warnings: Vec::new() }
}

/// An object after it was sent over the one there was: the server gives what changed another version.
fn after(before: Option<&Value>, object: Value) -> AppliedManifest {
    let version = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
    let changed = before.is_none_or(|before| version(before) != version(&object));
    AppliedManifest { object, changed, warnings: Vec::new() }
}

impl Kubernetes {
    /// Sends it; gives the object as it then is, secrets and all, and what is odd about it.
    pub(super) async fn send(&self, prepared: &PreparedManifest) -> Result<AppliedManifest, Error> {
        if self.cluster.account.field_validation == FieldValidation::Strict {
            self.refuse_unknown(prepared).await?;
        }
        let sending = self.sending(prepared, false).await?;
        let sent = match Strategy::of(&prepared.manifest).deploy {
            Deploy::Apply => self.apply_as_kubectl(&sending).await?,
            Deploy::Recreate => made(self.recreate(&sending).await?),
            Deploy::Replace => self.replace(&sending).await?,
            Deploy::ServerSideApply { force } => {
                let live = self.cluster.get(&sending.what, &sending.path()).await?;
                after(live.as_ref(), self.apply_server_side(&sending, force).await?)
            }
        };
        if ObjectKind::of(&prepared.manifest).is_ok_and(|kind| kind.is("customResourceDefinition")) {
            self.wait_established(&sending).await?;
        }
        Ok(AppliedManifest { warnings: self.warnings(&sending, &sent.object), ..sent })
    }

    /// Refuses a manifest with fields the cluster does not know, before anything is changed.
    async fn refuse_unknown(&self, prepared: &PreparedManifest) -> Result<(), Error> {
        let sending = self.sending(prepared, true).await?;
        let answer = match Strategy::of(&prepared.manifest).deploy {
            Deploy::ServerSideApply { .. } => self.apply_server_side(&sending, true).await.map(made),
            _ => self.apply_as_kubectl(&sending).await,
        };
        // What else is wrong is told when it is sent.
        let Ok(answer) = answer else { return Ok(()) };
        let mut unknown = unknown::dropped(&prepared.manifest, &answer.object);
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.push("the account has 'fieldValidation: strict', which refuses such manifests".into());
        let message = format!("{}: {}", sending.what, unknown.remove(0));
        Err(error::invalid(OPERATION, message).with_details(unknown))
    }

    /// What is odd about a manifest: fields that were dropped, and what the server says itself.
    fn warnings(&self, sending: &Sending<'_>, answer: &Value) -> Vec<String> {
        if self.cluster.account.field_validation == FieldValidation::Ignore {
            return Vec::new();
        }
        let mut found = unknown::dropped(&sending.prepared.manifest, answer);
        let told = sending.told.lock().unwrap_or_else(PoisonError::into_inner);
        for text in told.iter() {
            // Newer servers name unknown fields themselves.
            let path = text.strip_prefix("unknown field ").map(|path| path.trim_matches('"'));
            let is_known = path.is_some_and(|path| found.iter().any(|line| line.contains(&format!("'{path}'"))));
            if !is_known && !found.contains(text) {
                found.push(text.clone());
            }
        }
        found
    }

    /// Sends a request and keeps what the server warns of.
    async fn exchange(&self, sending: &Sending<'_>, ask: Ask<'_>) -> Result<Value, Error> {
        let (object, warnings) = self.cluster.ask_warned(&ask).await?;
        sending.told.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
        Ok(object)
    }

    /// What sending it would change.
    pub(super) async fn preview(&self, prepared: &PreparedManifest) -> Result<ManifestChange, Error> {
        let created = ManifestChange { created: true, ..ManifestChange::default() };
        // A kind that is not served yet is brought by a definition in the same deployment.
        let Ok(sending) = self.sending(prepared, true).await else { return Ok(created) };
        let live = self.cluster.get(&sending.what, &sending.path()).await?;
        let after = match Strategy::of(&prepared.manifest).deploy {
            Deploy::Apply | Deploy::Recreate if live.is_none() => self.create(&sending).await.map(made),
            Deploy::Recreate => {
                let line = "deleted and created anew".to_owned();
                return Ok(ManifestChange { lines: vec![line], ..ManifestChange::default() });
            }
            Deploy::Apply => self.apply_as_kubectl(&sending).await,
            Deploy::Replace => self.replace(&sending).await,
            Deploy::ServerSideApply { force } => self.apply_server_side(&sending, force).await.map(made),
        };
        match (live, after) {
            // Its namespace is made by the same deployment.
            (None, Err(error)) if error.kind == ErrorKind::NotFound => Ok(created),
            (_, Err(error)) => Err(error),
            (None, Ok(after)) => Ok(ManifestChange { warnings: self.warnings(&sending, &after.object), ..created }),
            (Some(live), Ok(after)) => Ok(ManifestChange {
                created: false,
                lines: diff::lines(&live, &after.object),
                warnings: self.warnings(&sending, &after.object),
            }),
        }
    }

    async fn sending<'a>(&self, prepared: &'a PreparedManifest, dry: bool) -> Result<Sending<'a>, Error> {
        let what = prepared.target.to_string();
        let text = |key: &str| prepared.manifest[key].as_str().unwrap_or_default();
        let resource = self.cluster.resource(&what, text("apiVersion"), text("kind")).await?;
        Ok(Sending { prepared, resource, what, dry, told: Mutex::default() })
    }

    /// As kubectl, it is compared and sent again when somebody else changed the object in the very moment.
    async fn apply_as_kubectl(&self, sending: &Sending<'_>) -> Result<AppliedManifest, Error> {
        let mut tries = 0;
        loop {
            match self.apply_once(sending).await {
                Err(error) if error::is_overtaken(&error) && tries < OVERTAKEN => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
                }
                other => return other,
            }
        }
    }

    async fn apply_once(&self, sending: &Sending<'_>) -> Result<AppliedManifest, Error> {
        let Some(live) = self.cluster.get(&sending.what, &sending.path()).await? else {
            return match self.create(sending).await {
                // Made in between, perhaps by ourselves through a request whose answer was lost.
                Err(error) if error.kind == ErrorKind::AlreadyExists && !sending.dry => {
                    let live = self.existing(OPERATION, &sending.prepared.target).await?;
                    self.apply_over(sending, &live).await
                }
                other => other.map(made),
            };
        };
        self.apply_over(sending, &live).await
    }

    async fn apply_over(&self, sending: &Sending<'_>, live: &Value) -> Result<AppliedManifest, Error> {
        let prepared = sending.prepared;
        let own = || last_applied(live).is_some_and(|last| version::same_but_metadata(&last, &prepared.manifest));
        if prepared.version.is_some() && !prepared.reused && !own() {
            let message = format!("{} exists and holds something else", sending.what);
            return Err(error::new(OPERATION, ErrorKind::AlreadyExists, message));
        }
        let patch = patch(&with_last_applied(&prepared.manifest), live);
        if patch.is_empty() {
            return Ok(AppliedManifest { object: live.clone(), ..AppliedManifest::default() });
        }
        let query = sending.query(APPLIES);
        let path = sending.path();
        let body = Some((patch.media_type(), patch.body().clone()));
        let ask = Ask { method: Method::PATCH, query: &query, body, ..Ask::get(OPERATION, &sending.what, &path) };
        Ok(after(Some(live), self.exchange(sending, ask).await?))
    }

    async fn create(&self, sending: &Sending<'_>) -> Result<Value, Error> {
        let query = sending.query(APPLIES);
        let path = sending.resource.collection(&sending.prepared.target.namespace);
        let body = Some((JSON, with_last_applied(&sending.prepared.manifest)));
        let ask = Ask { method: Method::POST, query: &query, body, ..Ask::get(OPERATION, &sending.what, &path) };
        self.exchange(sending, ask).await
    }

    async fn apply_server_side(&self, sending: &Sending<'_>, force: bool) -> Result<Value, Error> {
        let mut query = sending.query(APPLIES_SERVER_SIDE);
        query.push(("force", force.to_string()));
        let path = sending.path();
        let body = Some(("application/apply-patch+yaml", sending.prepared.manifest.clone()));
        let ask = Ask { method: Method::PATCH, query: &query, body, ..Ask::get(OPERATION, &sending.what, &path) };
        self.exchange(sending, ask).await
    }

    async fn replace(&self, sending: &Sending<'_>) -> Result<AppliedManifest, Error> {
        let path = sending.path();
        let Some(live) = self.cluster.get(&sending.what, &path).await? else {
            return self.create(sending).await.map(made);
        };
        let mut manifest = with_last_applied(&sending.prepared.manifest);
        manifest["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        let query = sending.query(APPLIES);
        let ask = Ask {
            method: Method::PUT,
            query: &query,
            body: Some((JSON, manifest)),
            ..Ask::get(OPERATION, &sending.what, &path)
        };
        Ok(after(Some(&live), self.exchange(sending, ask).await?))
    }

    async fn recreate(&self, sending: &Sending<'_>) -> Result<Value, Error> {
        let prepared = sending.prepared;
        let target = &prepared.target;
        if let Some(replaced) = &prepared.replaces {
            let live = self.cluster.get(&sending.what, &sending.path()).await?;
            let is_new = |live: &Value| live["metadata"]["uid"].as_str() != Some(replaced);
            let is_ours =
                |live: &Value| last_applied(live).is_some_and(|it| version::same_but_metadata(&it, &prepared.manifest));
            if let Some(made) = live.filter(|live| is_new(live) && is_ours(live)) {
                return Ok(made);
            }
        }
        self.remove(target, crate::providers::DeleteOptions::default()).await?;
        let left = self.gone(std::slice::from_ref(target), GONE_LIMIT).await?;
        if !left.is_empty() {
            let message = format!("{} was deleted and is not gone after {} s", sending.what, GONE_LIMIT.as_secs());
            return Err(error::new(OPERATION, ErrorKind::Unavailable, message)
                .with_details(vec!["its finalizers or its pods hold it; it is made anew once they let go".into()]));
        }
        self.create(sending).await
    }

    /// New kinds are served a moment after their definition was accepted.
    async fn wait_established(&self, sending: &Sending<'_>) -> Result<(), Error> {
        let is_established = |object: &Value| {
            let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
            conditions.into_iter().flatten().any(|it| it["type"] == "Established" && it["status"] == "True")
        };
        self.until(&sending.prepared.target, ESTABLISHED_LIMIT, is_established).await?;
        self.cluster.forget_resources();
        Ok(())
    }
}
