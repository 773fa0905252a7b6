//! Kubernetes clusters: manifests deployed, versioned and watched as Spinnaker does it, on whatever the API server
//! serves.
//!
//! What a manifest becomes is decided over JSON alone (`annotations`, `bind`, `kind`, `last_applied`, `order`, `source`,
//! `status`, `version`); the other files ask the API server. Nothing is kept between calls but what it serves.

mod account;
pub mod annotations;
mod apply;
pub mod bind;
mod certificate;
mod check;
mod client;
mod connect;
mod convert;
mod deeds;
mod deploy;
mod diff;
mod error;
mod exec;
mod find;
mod firewall;
mod http_route;
mod job;
pub mod kind;
pub mod last_applied;
mod list;
mod load_balancer;
mod merge_keys;
mod nginx_ingress;
pub mod order;
mod patch_once;
mod redact;
mod resource;
mod rollout;
mod selector;
mod server_group;
pub mod source;
pub mod status;
#[cfg(test)]
mod status_newer;
mod traffic;
mod traffic_route;
mod traffic_split;
mod trouble;
mod unknown;
pub mod version;
mod version_services;
mod virtual_service;
mod watch;
mod weighted;
mod weights;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use self::account::{ACCOUNT_FIELDS, Account};
use self::client::Cluster;
use self::error::PROVIDER;
use self::redact::redacted;
use super::{
    AccountCheck, AccountDeed, AppliedManifest, Connection, DeleteOptions, Error, Firewalls, FoundManifest, Instances,
    JobState, Kind, LoadBalancers, LogPart, ManifestChange, ManifestDeploy, ManifestPatch, ManifestQuery, ManifestRef,
    Manifests, PreparedManifest, Provider, Rollback, ServerGroups, Settling, Tell, TrafficRoutes,
};
use crate::model::Artifact;

/// This provider's line in the table.
pub const KIND: Kind = Kind {
    name: PROVIDER,
    about: "objects of a Kubernetes cluster",
    account_fields: ACCOUNT_FIELDS,
    cluster_fields: &[],
    connect,
};

fn connect(connection: Connection) -> Result<Box<dyn Provider>, Error> {
    let account = Account::from_connection(&connection)?;
    Ok(Box::new(Kubernetes { cluster: Cluster::new(account, connection.fence) }))
}

/// An open account of a cluster.
struct Kubernetes {
    cluster: Cluster,
}

impl Provider for Kubernetes {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn settle_time(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn platform_health(&self) -> Option<&'static str> {
        Some("KubernetesPod")
    }

    fn default_locations(&self) -> Vec<String> {
        self.cluster.account.namespaces.clone()
    }

    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }

    fn firewalls(&self) -> Option<&dyn Firewalls> {
        Some(self)
    }

    fn instances(&self) -> Option<&dyn Instances> {
        Some(self)
    }

    fn manifests(&self) -> Option<&dyn Manifests> {
        Some(self)
    }

    fn traffic_routes(&self) -> Option<&dyn TrafficRoutes> {
        Some(self)
    }

    fn checks(&self) -> Option<&dyn AccountCheck> {
        Some(self)
    }
}

#[async_trait]
impl AccountCheck for Kubernetes {
    async fn check(&self) -> Result<Vec<String>, Error> {
        self.check_account().await
    }

    async fn reach(&self, limit: Duration) -> Result<(), Error> {
        self.reach_within(limit).await
    }

    async fn lacking(&self, deeds: &[AccountDeed]) -> Result<Vec<AccountDeed>, Error> {
        self.not_allowed(deeds).await
    }
}

#[async_trait]
impl Manifests for Kubernetes {
    fn read(&self, text: &str) -> Result<Vec<Value>, Error> {
        source::read(text).map_err(|wrong| error::invalid("read manifests", wrong.to_string()))
    }

    fn documents(&self, text: &str) -> Result<Vec<Value>, Error> {
        source::documents(text).map_err(|wrong| error::invalid("read the text", wrong.to_string()))
    }

    fn flatten(&self, items: &[Value]) -> Result<Vec<Value>, Error> {
        source::flatten_list(items).map_err(|wrong| error::invalid("read manifests", wrong.to_string()))
    }

    fn without_secrets(&self, manifest: &Value) -> Value {
        redacted(manifest)
    }

    fn tolerance(&self) -> Duration {
        self.cluster.account.tolerance
    }

    async fn default_namespace(&self) -> Result<String, Error> {
        Ok(self.cluster.namespace().await?.to_owned())
    }

    async fn prepare(&self, deploy: &ManifestDeploy) -> Result<Vec<PreparedManifest>, Error> {
        self.prepare_all(deploy).await
    }

    async fn apply(&self, prepared: &PreparedManifest) -> Result<AppliedManifest, Error> {
        let applied = self.send(prepared).await?;
        Ok(AppliedManifest { object: redacted(&applied.object), ..applied })
    }

    async fn deeds(&self, deploy: &ManifestDeploy) -> Result<Vec<AccountDeed>, Error> {
        self.deeds_of(deploy).await
    }

    async fn diff(&self, prepared: &PreparedManifest) -> Result<ManifestChange, Error> {
        self.preview(prepared).await
    }

    async fn patch_diff(&self, target: &ManifestRef, patch: &ManifestPatch) -> Result<ManifestChange, Error> {
        self.preview_patch(target, patch).await
    }

    async fn named(&self, full_name: &str, namespace: &str) -> Result<ManifestRef, Error> {
        self.reference(full_name, namespace).await
    }

    async fn get(&self, target: &ManifestRef) -> Result<Option<Value>, Error> {
        Ok(self.live(target).await?.as_ref().map(redacted))
    }

    async fn find(&self, query: &ManifestQuery) -> Result<Vec<FoundManifest>, Error> {
        self.matching(query).await
    }

    fn artifacts_of(&self, manifest: &Value) -> Vec<Artifact> {
        bind::artifacts_in(manifest)
    }

    fn status_of(&self, manifest: &Value) -> Value {
        status::Status::of(manifest).to_value()
    }

    async fn delete(&self, target: &ManifestRef, options: DeleteOptions) -> Result<(), Error> {
        self.remove(target, options).await
    }

    async fn patch(&self, target: &ManifestRef, patch: &ManifestPatch) -> Result<Value, Error> {
        Ok(redacted(&self.change("patch", target, patch).await?))
    }

    async fn patch_once(
        &self,
        target: &ManifestRef,
        operations: &[Value],
        mark: &str,
        cause: Option<&str>,
    ) -> Result<Value, Error> {
        Ok(redacted(&self.change_once(target, operations, &patch_once::marks(mark, cause)).await?))
    }

    fn with_cause(&self, patch: ManifestPatch, cause: &str) -> ManifestPatch {
        patch_once::with_cause(patch, cause)
    }

    fn bind(&self, manifest: &Value, artifacts: &[Artifact]) -> (Value, Vec<Artifact>) {
        let mut manifest = manifest.clone();
        let bound = bind::bind(&mut manifest, artifacts, &self.cluster.account.binding());
        (manifest, bound)
    }

    async fn scale(&self, target: &ManifestRef, replicas: u32) -> Result<(), Error> {
        self.resize_to(target, replicas).await
    }

    async fn rollback_patch(&self, target: &ManifestRef, to: Rollback) -> Result<(ManifestPatch, u64), Error> {
        self.template_of(target, to).await
    }

    fn restart_patch(&self, target: &ManifestRef, at: &str) -> Result<ManifestPatch, Error> {
        rollout::restart(target, at)
    }

    async fn pause_patch(&self, target: &ManifestRef, paused: bool) -> Result<Option<ManifestPatch>, Error> {
        rollout::pause(target, &self.existing("pause rollout", target).await?, paused)
    }

    async fn services_of(&self, target: &ManifestRef) -> Result<Vec<String>, Error> {
        self.services_named(target).await
    }

    async fn moves_traffic(&self, target: &ManifestRef, service: &str, enabled: bool) -> Result<bool, Error> {
        self.would_move(target, service, enabled).await
    }

    async fn set_traffic(&self, target: &ManifestRef, services: &[String], enabled: bool) -> Result<bool, Error> {
        self.route_traffic(target, services, enabled).await
    }

    async fn settle(&self, targets: &[ManifestRef], limit: Duration, tell: Tell<'_>) -> Result<Vec<Settling>, Error> {
        self.settled(targets, limit, tell).await
    }

    async fn events(&self, target: &ManifestRef) -> Result<Vec<Value>, Error> {
        match self.live(target).await? {
            Some(object) => self.events_of(&object).await,
            None => Ok(Vec::new()),
        }
    }

    async fn explain(&self, target: &ManifestRef) -> Vec<String> {
        match self.live(target).await {
            Ok(Some(object)) => self.full_trouble_of(&object).await,
            Ok(None) => vec![format!("{target} is gone")],
            Err(error) => vec![error.message],
        }
    }

    async fn wait_gone(&self, targets: &[ManifestRef], limit: Duration) -> Result<Vec<ManifestRef>, Error> {
        self.gone(targets, limit).await
    }

    async fn superseded(&self, target: &ManifestRef) -> Result<Vec<ManifestRef>, Error> {
        self.surplus(target).await
    }

    async fn job(&self, target: &ManifestRef, limit: Duration) -> Result<Option<JobState>, Error> {
        self.job_state(target, limit).await
    }

    async fn log(&self, namespace: &str, pod: &str, container: &str, after: Option<&str>) -> Result<LogPart, Error> {
        self.log_after(namespace, pod, container, after).await
    }
}
