//! Chooses the versions manifests are deployed as, under their clusters' locks; recorded before anything is sent.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::deploy_manifest::WARNINGS;
use super::{acting, patient, unreachable};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Artifact, Failure, Map, Status};
use crate::providers::{ManifestDeploy, PreparedManifest};
use crate::stages::manifest::{self, Objects};
use crate::stages::{Services, Task, cluster, manifest_source, reading};

/// Context key of what was chosen: versions, and names made for a `generateName`.
pub(crate) const CHOSEN: &str = "manifestVersions";
/// Context key of versions that turned out to be somebody else's.
pub(crate) const TAKEN: &str = "takenManifestVersions";

/// Gives [`CHOSEN`].
pub(crate) struct ChooseManifestVersions;

#[async_trait]
impl Task for ChooseManifestVersions {
    fn name(&self) -> &'static str {
        "chooseManifestVersions"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        if let Some(failure) = unreachable(call, services).await {
            return Some(failure);
        }
        match look(call, services).await {
            Err(failure) => Some(failure),
            Ok(result) if result.status == Status::Running => Some(
                Failure::new("another execution deploys to the same cluster")
                    .detail("'gennaker lock list' says which; its lock is given back when it ends"),
            ),
            Ok(_) => None,
        }
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let manifests = manifest_source::resolved(call, services, &objects).await?;
    let deploy = description(call, manifests)?;
    let mut prepared = objects.manifests().prepare(&deploy).await?;
    check(call.context, &prepared)?;
    let mut locked = false;
    for manifest in prepared.iter().filter(|it| it.choice.is_some()) {
        let target = &manifest.target;
        let scope = manifest.key.rsplit('/').next().unwrap_or_default();
        if let Some(waiting) = cluster::lock(call, services, &objects.cloud, &target.namespace, scope).await? {
            return Ok(waiting);
        }
        locked = true;
    }
    if locked {
        // Whoever held a cluster until now may have deployed a version.
        prepared = objects.manifests().prepare(&deploy).await?;
    }
    let warnings: Vec<&String> = prepared.iter().flat_map(|it| &it.warnings).collect();
    warnings.iter().for_each(|warning| call.progress(warning.as_str()));
    let result = TaskResult::succeeded().with_context(CHOSEN, choices(&prepared));
    Ok(if warnings.is_empty() { result } else { result.with_context(WARNINGS, json!(warnings)) })
}

/// What was chosen, by key.
pub(crate) fn choices(prepared: &[PreparedManifest]) -> Value {
    let chosen = prepared.iter().filter_map(|it| Some((it.key.clone(), it.choice.clone()?)));
    json!(chosen.collect::<BTreeMap<_, _>>())
}

/// What the stage deploys, for its provider.
pub(crate) fn description(call: &Call<'_>, manifests: Vec<Value>) -> Result<ManifestDeploy, Failure> {
    let context = call.context;
    let artifacts = |key: &str| {
        let read =
            |value: &Value| Artifact::from_value(value).map_err(|wrong| Failure::user(format!("'{key}': {wrong}")));
        reading::list(context, key).iter().map(read).collect::<Result<Vec<_>, _>>()
    };
    let traffic = Traffic::of(context)?;
    let read_map = |key: &str| reading::object(context, key).cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    Ok(ManifestDeploy {
        manifests,
        application: manifest::application(call),
        moniker: manifest::moniker(context),
        namespace: reading::filled(context, "namespaceOverride"),
        versioned: reading::optional_flag(context, "versioned"),
        bind: reading::optional_flag(context, "enableArtifactBinding").unwrap_or(true),
        required: artifacts("requiredArtifacts")?,
        optional: artifacts("optionalArtifacts")?,
        skip_spec_template_labels: reading::flag(context, "skipSpecTemplateLabels"),
        selectors: manifest::selectors(context),
        services: traffic.services,
        enable_traffic: traffic.enable,
        planned: false,
        chosen: read_map(CHOSEN).iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        taken: read_map(TAKEN).iter().map(|(key, value)| (key.clone(), texts(value))).collect(),
    })
}

/// How a rollout strategy moves traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Not at all.
    None,
    /// Old versions are disabled.
    RedBlack,
    /// Old versions are disabled and deleted.
    Highlander,
}

/// `trafficManagement` of a stage (contract 4.10).
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    services: Vec<String>,
    pub(crate) enable: bool,
    pub(crate) strategy: Strategy,
}

impl Traffic {
    /// Reads it.
    pub(crate) fn of(context: &Map) -> Result<Self, Failure> {
        let none = Map::new();
        let management = reading::object(context, "trafficManagement").unwrap_or(&none);
        if !reading::flag(management, "enabled") {
            return Ok(Self { services: Vec::new(), enable: true, strategy: Strategy::None });
        }
        let options = reading::object(management, "options").unwrap_or(&none);
        let strategy = match reading::filled(options, "strategy").map(|word| word.to_ascii_lowercase()).as_deref() {
            None | Some("none") => Strategy::None,
            Some("redblack" | "bluegreen") => Strategy::RedBlack,
            Some("highlander") => Strategy::Highlander,
            Some(other) => {
                return Err(Failure::user(format!("'trafficManagement.options.strategy' is '{other}'"))
                    .detail("use none, redblack, bluegreen or highlander"));
            }
        };
        let service = |name: String| if name.contains(' ') { name } else { format!("service {name}") };
        let services = crate::stages::cloud::texts(options, "services").into_iter().map(service).collect();
        // Traffic that is to move to a new version must reach it first.
        let enable = reading::flag(options, "enableTraffic") || strategy != Strategy::None;
        Ok(Self { services, enable, strategy })
    }
}

/// Refuses what a stage cannot do with these manifests.
fn check(context: &Map, prepared: &[PreparedManifest]) -> Result<(), Failure> {
    let selects = !manifest::selectors(context).is_empty();
    if prepared.is_empty() && selects && !reading::flag(context, "allowNothingSelected") {
        return Err(Failure::user("the stage deploys nothing")
            .detail("its label selectors select none of its manifests; allowNothingSelected: true allows that"));
    }
    let traffic = Traffic::of(context)?;
    if traffic.strategy != Strategy::RedBlack {
        return Ok(());
    }
    let too_few = |prepared: &&PreparedManifest| {
        let annotations = prepared.manifest.pointer("/metadata/annotations");
        let history = annotations.and_then(|it| it.get("strategy.spinnaker.io/max-version-history"));
        history.and_then(Value::as_str).and_then(|kept| kept.parse::<u32>().ok()).is_some_and(|kept| kept < 2)
    };
    if let Some(prepared) = prepared.iter().find(too_few) {
        return Err(Failure::user(format!(
            "red/black keeps the old version, but {} has strategy.spinnaker.io/max-version-history less than 2",
            prepared.target
        ))
        .detail("set it to 2 or more, or use the strategy highlander"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::testing::object;

    #[test]
    fn traffic_is_read_as_deck_writes_it() {
        let read = |value: Value| Traffic::of(&object(json!({"trafficManagement": value})));
        let off =
            read(json!({"enabled": false, "options": {"strategy": "redblack", "services": ["service a"]}})).unwrap();
        assert!(off.enable && off.services.is_empty() && off.strategy == Strategy::None);
        let on = read(
            json!({"enabled": true, "options": {"strategy": "bluegreen", "services": ["service a"], "enableTraffic": true}}),
        );
        let on = on.unwrap();
        assert!(on.enable && on.services == ["service a"] && on.strategy == Strategy::RedBlack);
        let dark = read(json!({"enabled": true, "options": {"services": ["a"]}})).unwrap();
        assert!(!dark.enable && dark.services == ["service a"]);
        assert!(read(json!({"enabled": true, "options": {"strategy": "canary"}})).is_err());
    }
}
