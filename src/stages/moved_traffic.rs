//! What traffic a deployment of manifests moves, foreseen for a plan.

use serde_json::Value;

use super::Services;
use super::deploy_manifest::{is_stillborn, old_versions, shift};
use super::manifest::Objects;
use super::tasks::{ManifestStrategy, ManifestTraffic};
use super::traffic_route::Shift;
use crate::engine::ports::Call;
use crate::model::Failure;
use crate::providers::{ManifestRef, PreparedManifest, VersionServices};

/// What traffic would move, in order: `changed` are the manifests, and whether each changes anything.
pub(super) async fn traffic_moved(
    call: &Call<'_>,
    services: &Services,
    objects: &Objects,
    changed: &[(PreparedManifest, bool)],
) -> Result<Vec<String>, Failure> {
    let traffic = ManifestTraffic::of(call.context)?;
    let mut lines = Vec::new();
    for (prepared, _) in changed.iter().filter(|(_, changed)| *changed) {
        for service in services_of(&prepared.manifest) {
            let when = if traffic.enable { "" } else { ", once it is enabled" };
            lines.push(format!("traffic: {service} sends to {}{when}", prepared.target.full_name()));
        }
    }
    let mut derived = None;
    match shift(call.context)? {
        Some(shift) if shift.derives => {
            let prepared: Vec<PreparedManifest> = changed.iter().map(|(prepared, _)| prepared.clone()).collect();
            let found = objects.routes()?.derive(&shift.route, &prepared).await?;
            lines.extend(derived_lines(objects, &shift, &found).await?);
            let serving = found.serving.as_ref().map(|it| it.backend.as_str());
            lines.extend(shift.with(&found).preview(services, objects, serving).await?);
            derived = Some(found);
        }
        Some(shift) => lines.extend(shift.preview(services, objects, None).await?),
        None => {}
    }
    if traffic.strategy == ManifestStrategy::None {
        return Ok(lines);
    }
    for (prepared, _) in changed.iter().filter(|(it, _)| it.target.kind == "replicaSet") {
        for old in old_versions(objects, &prepared.manifest).await? {
            if traffic.strategy == ManifestStrategy::RedBlack && is_stillborn(objects, &old) {
                lines.push(format!("delete {}, which never came up", old.target));
                continue;
            }
            for service in services_of(&old.manifest) {
                if objects.manifests().moves_traffic(&old.target, &service, false).await? {
                    lines.push(format!("traffic: {service} no longer sends to {}", old.target.full_name()));
                }
            }
            if traffic.strategy == ManifestStrategy::Highlander {
                let with = derived.as_ref().and_then(|derived| service_beside(derived, &old.target));
                let with = with.map_or(String::new(), |with| format!(", and service {with} with it"));
                lines.push(format!("delete {}{with}", old.target));
            }
        }
    }
    Ok(lines)
}

/// Services that would be made for single versions, and that the route would send to the one that serves.
async fn derived_lines(objects: &Objects, shift: &Shift, derived: &VersionServices) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for version in derived.serving.iter().chain([&derived.to]) {
        if !objects.routes()?.is_derived(derived, version).await? {
            let (target, workload) = (derived.target(version), version.workload.full_name());
            lines.push(format!("create {target}: what service {} selects, of {workload} alone", derived.base));
        }
    }
    if let Some(serving) = &derived.serving {
        let route = &shift.route;
        lines.push(format!(
            "traffic: {} {} in {}: {} → {}, the same pods",
            route.kind, route.name, derived.namespace, derived.base, serving.name
        ));
    }
    Ok(lines)
}

/// The Service that goes with an old version.
fn service_beside(derived: &VersionServices, old: &ManifestRef) -> Option<String> {
    let (_, version) = old.name.rsplit_once('-')?;
    (old.kind == derived.to.workload.kind).then(|| derived.name_of(version))
}

/// The services that send traffic to a workload, as its annotation says.
fn services_of(manifest: &Value) -> Vec<String> {
    let annotation = manifest.pointer("/metadata/annotations/traffic.spinnaker.io~1load-balancers");
    annotation.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
