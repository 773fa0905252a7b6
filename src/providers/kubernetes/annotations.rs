//! What Spinnaker writes on objects and reads from them: artifact, moniker, traffic and strategy annotations, labels.

use serde_json::{Value, json};

use super::kind::{self, ObjectKind};
use crate::model::{Artifact, Map, Moniker, parse_name};

/// Cluster of an object.
pub const CLUSTER: &str = "moniker.spinnaker.io/cluster";
/// Application of an object.
pub const APPLICATION: &str = "moniker.spinnaker.io/application";
/// Services that send traffic to an object, as a JSON list of full names.
pub const LOAD_BALANCERS: &str = "traffic.spinnaker.io/load-balancers";
/// What `kubectl apply` was last given.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// How many versions of an object are kept.
pub const MAX_VERSION_HISTORY: &str = "strategy.spinnaker.io/max-version-history";

const STACK: &str = "moniker.spinnaker.io/stack";
const DETAIL: &str = "moniker.spinnaker.io/detail";
const SEQUENCE: &str = "moniker.spinnaker.io/sequence";
const ARTIFACT_TYPE: &str = "artifact.spinnaker.io/type";
const ARTIFACT_NAME: &str = "artifact.spinnaker.io/name";
const ARTIFACT_LOCATION: &str = "artifact.spinnaker.io/location";
const ARTIFACT_VERSION: &str = "artifact.spinnaker.io/version";
const REVISION: &str = "deployment.kubernetes.io/revision";
const APP_NAME: &str = "app.kubernetes.io/name";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Which labels a deployment writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Written after `spinnaker-` in `app.kubernetes.io/managed-by`.
    pub managed_by_suffix: Option<String>,
    /// Leaves the labels of the pod template alone.
    pub skip_spec_template: bool,
}

/// How an object is brought to the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deploy {
    /// As `kubectl apply` does.
    #[default]
    Apply,
    /// Deletes it first.
    Recreate,
    /// Puts it in the place of the one that is there, losing what others wrote.
    Replace,
    /// As `kubectl apply --server-side` does; `force` takes fields from other managers.
    ServerSideApply {
        /// Whether fields of other managers are taken.
        force: bool,
    },
}

/// What the `strategy.spinnaker.io` annotations of a manifest ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strategy {
    /// How it is brought to the cluster.
    pub deploy: Deploy,
    /// Whether it is versioned, where the manifest says so.
    pub versioned: Option<bool>,
    /// How many versions are kept.
    pub max_version_history: Option<usize>,
    /// Whether the number of replicas in the cluster is kept.
    pub use_source_capacity: bool,
}

/// A traffic annotation that says something else than the stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{object} has {LOAD_BALANCERS} set to {present} already; the stage would set it to {wished}: remove one of the two"
)]
pub struct TrafficConflict {
    object: String,
    present: String,
    wished: String,
}

/// Annotation of an object; values that are no text count as absent.
#[must_use]
pub fn annotation<'a>(manifest: &'a Value, key: &str) -> Option<&'a str> {
    manifest.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// Label of an object.
#[must_use]
pub fn label<'a>(manifest: &'a Value, key: &str) -> Option<&'a str> {
    manifest.get("metadata")?.get("labels")?.get(key)?.as_str()
}

/// Writes the artifact an object is, on it and on its pod template. What is written there already stays.
pub fn annotate_artifact(manifest: &mut Value, artifact: &Artifact) {
    let texts = [
        (ARTIFACT_TYPE, artifact.kind.clone()),
        (ARTIFACT_NAME, artifact.name.clone()),
        (ARTIFACT_LOCATION, artifact.location.clone()),
        (ARTIFACT_VERSION, artifact.version.clone()),
    ];
    annotate(manifest, texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect());
}

/// Writes the moniker of an object, on it and on its pod template. What is written there already stays.
pub fn annotate_moniker(manifest: &mut Value, moniker: &Moniker) {
    let texts = [
        (CLUSTER, moniker.cluster.clone()),
        (APPLICATION, moniker.app.clone()),
        (STACK, moniker.stack.clone()),
        (DETAIL, moniker.detail.clone()),
        (SEQUENCE, moniker.sequence.map(|sequence| sequence.to_string())),
    ];
    annotate(manifest, texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect());
}

fn annotate(manifest: &mut Value, texts: Vec<(&str, String)>) {
    let store = |annotations: &mut Map| {
        for (key, text) in &texts {
            annotations.entry(*key).or_insert_with(|| text.clone().into());
        }
    };
    if let Some(annotations) = entries(manifest.get_mut("metadata"), "annotations") {
        store(annotations);
    }
    if let Some(annotations) = entries(manifest.pointer_mut("/spec/template/metadata"), "annotations") {
        store(annotations);
    }
}

/// Writes the labels of a deployment on an object and on its pod template.
pub fn apply_labels(manifest: &mut Value, moniker: &Moniker, labels: &Labels) {
    let manager = match labels.managed_by_suffix.as_deref().filter(|suffix| !suffix.is_empty()) {
        Some(suffix) => format!("spinnaker-{suffix}"),
        None => "spinnaker".to_owned(),
    };
    let store = |map: &mut Map| {
        if let Some(app) = &moniker.app {
            map.entry(APP_NAME).or_insert_with(|| app.clone().into());
        }
        map.insert(MANAGED_BY.to_owned(), manager.clone().into());
        if let Some(sequence) = moniker.sequence {
            map.insert(SEQUENCE.to_owned(), sequence.to_string().into());
        }
    };
    if let Some(map) = entries(manifest.get_mut("metadata"), "labels") {
        store(map);
    }
    if !labels.skip_spec_template
        && let Some(map) = entries(manifest.pointer_mut("/spec/template/metadata"), "labels")
    {
        store(map);
    }
}

/// The map `key` of a metadata object, made when it is not there; `None` without metadata.
fn entries<'a>(metadata: Option<&'a mut Value>, key: &str) -> Option<&'a mut Map> {
    let map = metadata?.as_object_mut()?.entry(key).or_insert(Value::Null);
    if map.is_null() {
        *map = json!({});
    }
    map.as_object_mut()
}

/// The artifact an object is, as its annotations say; its metadata holds the account.
#[must_use]
pub fn artifact_of(manifest: &Value, account: &str) -> Option<Artifact> {
    let text = |key| annotation(manifest, key).map(unquoted);
    let kind = text(ARTIFACT_TYPE).filter(|kind| !kind.is_empty())?;
    let mut metadata = Map::new();
    metadata.insert("account".to_owned(), account.into());
    Some(Artifact {
        kind: Some(kind),
        name: text(ARTIFACT_NAME),
        location: text(ARTIFACT_LOCATION),
        version: text(ARTIFACT_VERSION),
        metadata,
        ..Artifact::default()
    })
}

/// The moniker of an object: from its annotations, else from its name.
#[must_use]
pub fn moniker_of(manifest: &Value) -> Moniker {
    let parsed = moniker_of_name(kind::name(manifest).unwrap_or_default());
    let text = |key| annotation(manifest, key).map(unquoted);
    let number = |key| text(key).and_then(|text| text.parse().ok());
    let replica_set = ObjectKind::of(manifest).is_ok_and(|kind| kind.is("replicaSet"));
    let revision = || if replica_set { number(REVISION) } else { None };
    Moniker {
        app: text(APPLICATION).or(parsed.app),
        cluster: text(CLUSTER).or(parsed.cluster),
        stack: text(STACK),
        detail: text(DETAIL),
        sequence: number(SEQUENCE).or_else(revision).or(parsed.sequence),
    }
}

/// Names of Kubernetes' own objects, `system:…`, follow their own rule.
fn moniker_of_name(name: &str) -> Moniker {
    if !name.starts_with("system:") {
        return parse_name(name);
    }
    let push = name
        .rsplit_once("-v")
        .filter(|(_, digits)| (3..=6).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()));
    let (cluster, sequence) = push.map_or((name, None), |(cluster, digits)| (cluster, digits.parse().ok()));
    Moniker { app: Some("system".to_owned()), cluster: Some(cluster.to_owned()), sequence, ..Moniker::default() }
}

/// Older versions of Spinnaker wrote texts as JSON.
fn unquoted(text: &str) -> String {
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    if quoted && let Ok(inner) = serde_json::from_str(text) {
        return inner;
    }
    text.to_owned()
}

/// Services that send traffic to an object, as full names.
#[must_use]
pub fn load_balancers(manifest: &Value) -> Vec<String> {
    annotation(manifest, LOAD_BALANCERS).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Writes the services that send traffic to an object; none writes nothing.
///
/// # Errors
/// The object names other services already.
pub fn set_load_balancers(manifest: &mut Value, services: &[String]) -> Result<(), TrafficConflict> {
    if services.is_empty() {
        return Ok(());
    }
    let wished = json!(services).to_string();
    if let Some(present) = annotation(manifest, LOAD_BALANCERS) {
        if load_balancers(manifest) == services {
            return Ok(());
        }
        let object = kind::full_name(manifest).unwrap_or_default();
        return Err(TrafficConflict { object, present: present.to_owned(), wished });
    }
    if let Some(annotations) = entries(manifest.get_mut("metadata"), "annotations") {
        annotations.insert(LOAD_BALANCERS.to_owned(), wished.into());
    }
    Ok(())
}

impl Strategy {
    /// What a manifest asks for.
    #[must_use]
    pub fn of(manifest: &Value) -> Self {
        let get = |name: &str| annotation(manifest, &format!("strategy.spinnaker.io/{name}"));
        let is = |name: &str| get(name).is_some_and(truth);
        let deploy = match get("server-side-apply") {
            _ if is("recreate") => Deploy::Recreate,
            _ if is("replace") => Deploy::Replace,
            Some("force-conflicts") => Deploy::ServerSideApply { force: true },
            Some(text) if truth(text) => Deploy::ServerSideApply { force: false },
            _ => Deploy::Apply,
        };
        Self {
            deploy,
            versioned: get("versioned").map(truth),
            max_version_history: annotation(manifest, MAX_VERSION_HISTORY).and_then(|text| text.parse().ok()),
            use_source_capacity: is("use-source-capacity"),
        }
    }
}

fn truth(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {CLUSTER: "mine"}},
            "spec": {"template": {"metadata": {"labels": {"app": "web", MANAGED_BY: "helm"}}}}})
    }

    fn moniker() -> Moniker {
        Moniker {
            app: Some("shop".into()),
            cluster: Some("deployment web".into()),
            sequence: Some(3),
            ..Moniker::default()
        }
    }

    #[test]
    fn annotations_are_never_overwritten_and_reach_the_template() {
        let mut manifest = deployment();
        annotate_moniker(&mut manifest, &moniker());
        let expected = json!({CLUSTER: "mine", APPLICATION: "shop", SEQUENCE: "3"});
        assert_eq!(manifest["metadata"]["annotations"], expected);
        let template = json!({CLUSTER: "deployment web", APPLICATION: "shop", SEQUENCE: "3"});
        assert_eq!(manifest["spec"]["template"]["metadata"]["annotations"], template);
    }

    #[test]
    fn an_artifact_is_read_back() {
        let text = |text: &str| Some(text.to_owned());
        let mut manifest = deployment();
        let artifact = Artifact {
            kind: text("kubernetes/deployment"),
            name: text("web"),
            location: text("prod"),
            version: text(""),
            ..Artifact::default()
        };
        annotate_artifact(&mut manifest, &artifact);
        let read = artifact_of(&manifest, "k").unwrap();
        assert_eq!(
            (read.kind, read.name, read.location, read.version),
            (text("kubernetes/deployment"), text("web"), text("prod"), text(""))
        );
        assert_eq!(artifact_of(&json!({"metadata": {}}), "k"), None);
    }

    #[test]
    fn managed_by_and_sequence_are_overwritten_but_the_app_is_not() {
        let mut manifest = deployment();
        manifest["metadata"]["labels"] = json!({APP_NAME: "other", MANAGED_BY: "helm", SEQUENCE: "1"});
        let skipping = Labels { managed_by_suffix: Some("eu".into()), skip_spec_template: true };
        apply_labels(&mut manifest, &moniker(), &skipping);
        let expected = json!({APP_NAME: "other", MANAGED_BY: "spinnaker-eu", SEQUENCE: "3"});
        assert_eq!(manifest["metadata"]["labels"], expected);
        assert_eq!(manifest["spec"]["template"]["metadata"]["labels"][MANAGED_BY], "helm");
        apply_labels(&mut manifest, &moniker(), &Labels::default());
        let template = json!({"app": "web", APP_NAME: "shop", MANAGED_BY: "spinnaker", SEQUENCE: "3"});
        assert_eq!(manifest["spec"]["template"]["metadata"]["labels"], template);
    }

    #[test]
    fn objects_without_a_template_get_none() {
        let mut manifest = json!({"kind": "Service", "metadata": {"name": "a"}, "spec": {"template": {}}});
        annotate_moniker(&mut manifest, &moniker());
        assert_eq!(manifest["spec"], json!({"template": {}}));
    }

    #[test]
    fn monikers_come_from_annotations_then_revision_then_name() {
        let read = |manifest: Value| moniker_of(&manifest);
        let named = read(json!({"kind": "ReplicaSet", "metadata": {"name": "shop-prod-v012"}}));
        assert_eq!(
            (named.app.as_deref(), named.cluster.as_deref(), named.sequence),
            (Some("shop"), Some("shop-prod"), Some(12))
        );
        let revised =
            read(json!({"kind": "ReplicaSet", "metadata": {"name": "web-5d", "annotations": {REVISION: "4"}}}));
        assert_eq!(revised.sequence, Some(4));
        let annotated = read(json!({"kind": "Pod", "metadata": {"name": "x",
            "annotations": {CLUSTER: "\"replicaSet web\"", APPLICATION: "shop", SEQUENCE: "7", REVISION: "4"}}}));
        assert_eq!(annotated.cluster.as_deref(), Some("replicaSet web"));
        assert_eq!((annotated.app.as_deref(), annotated.sequence), (Some("shop"), Some(7)));
        let system = read(json!({"kind": "ClusterRole", "metadata": {"name": "system:coredns-v003"}}));
        assert_eq!(
            (system.app.as_deref(), system.cluster.as_deref(), system.sequence),
            (Some("system"), Some("system:coredns"), Some(3))
        );
    }

    #[test]
    fn services_are_written_once_and_must_not_contradict() {
        let mut manifest = deployment();
        let services = vec!["service web".to_owned()];
        set_load_balancers(&mut manifest, &services).unwrap();
        assert_eq!(annotation(&manifest, LOAD_BALANCERS), Some(r#"["service web"]"#));
        set_load_balancers(&mut manifest, &services).unwrap();
        let error = set_load_balancers(&mut manifest, &["service other".to_owned()]).unwrap_err();
        assert!(
            error.to_string().starts_with("deployment web has traffic.spinnaker.io/load-balancers set to"),
            "{error}"
        );
    }

    #[test]
    fn strategies_have_an_order() {
        let of = |annotations: Value| Strategy::of(&json!({"metadata": {"annotations": annotations}}));
        let key = |name: &str| format!("strategy.spinnaker.io/{name}");
        let all = json!({key("recreate"): "true", key("replace"): "true", key("server-side-apply"): "true"});
        assert_eq!(of(all).deploy, Deploy::Recreate);
        assert_eq!(of(json!({key("replace"): "TRUE", key("server-side-apply"): "true"})).deploy, Deploy::Replace);
        assert_eq!(
            of(json!({key("server-side-apply"): "force-conflicts"})).deploy,
            Deploy::ServerSideApply { force: true }
        );
        assert_eq!(of(json!({key("server-side-apply"): "true"})).deploy, Deploy::ServerSideApply { force: false });
        assert_eq!(of(json!({key("server-side-apply"): "yes"})).deploy, Deploy::Apply);
        let rest = of(json!({key("versioned"): "no", MAX_VERSION_HISTORY: "2", key("use-source-capacity"): "true"}));
        assert_eq!((rest.versioned, rest.max_version_history, rest.use_source_capacity), (Some(false), Some(2), true));
        assert_eq!(of(json!({MAX_VERSION_HISTORY: "two"})).max_version_history, None);
    }
}
