//! Kinds of objects: names, short names, groups, and what Spinnaker knows of each.

use std::fmt;

use serde_json::Value;

/// A kind as Spinnaker writes it: `replicaSet`, and with its group where that is not one of Kubernetes' own:
/// `VirtualService.networking.istio.io`.
#[derive(Clone, Debug)]
pub struct ObjectKind {
    name: String,
    group: Option<String>,
}

/// What Spinnaker knows of one of Kubernetes' own kinds.
#[derive(Debug)]
pub struct Known {
    /// Its name in documents and annotations.
    pub name: &'static str,
    /// Its short name.
    pub alias: Option<&'static str>,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Place in the order of deployment, low first; `None` where nobody deploys it.
    pub priority: Option<u32>,
    /// Whether a deployment makes a new version of it by default.
    pub versioned: bool,
    /// Whether it has a number of replicas.
    pub scalable: bool,
    /// Whether Services send traffic to its pods.
    pub receives_traffic: bool,
}

/// A manifest that lacks a part every manifest has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// Not an object.
    #[error("a manifest must be an object, but this is {0}")]
    NoObject(&'static str),
    /// A part is missing.
    #[error("the manifest {0} has no '{1}'")]
    Missing(String, &'static str),
    /// A name of the wrong form.
    #[error("'{0}' is no manifest name: write '<kind> <name>', as in 'deployment hello'")]
    FullName(String),
    /// A kind that is never deployed.
    #[error("{0} are made by Kubernetes and cannot be deployed")]
    NotDeployed(&'static str),
}

/// Groups whose kinds are named without them.
const NATIVE_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "core",
    "extensions",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "settings.k8s.io",
    "storage.k8s.io",
];

const CLUSTER: Known = Known {
    name: "",
    alias: None,
    namespaced: false,
    priority: Some(super::order::LAST),
    versioned: false,
    scalable: false,
    receives_traffic: false,
};
const NAMESPACED: Known = Known { namespaced: true, ..CLUSTER };
const BATCH: Known = Known { priority: Some(100), ..NAMESPACED };
const WORKLOAD: Known = Known { receives_traffic: true, ..BATCH };

/// Kubernetes' own kinds, sorted by name without regard to case.
pub const KINDS: &[Known] = &[
    Known { name: "apiService", priority: Some(80), ..CLUSTER },
    Known { name: "clusterRole", priority: Some(20), ..CLUSTER },
    Known { name: "clusterRoleBinding", priority: Some(30), ..CLUSTER },
    Known { name: "configMap", alias: Some("cm"), priority: Some(50), versioned: true, ..NAMESPACED },
    Known { name: "controllerRevision", priority: None, ..NAMESPACED },
    Known { name: "cronJob", ..BATCH },
    Known { name: "csiDriver", ..CLUSTER },
    Known { name: "csiNode", ..CLUSTER },
    Known { name: "customResourceDefinition", alias: Some("crd"), priority: Some(30), ..CLUSTER },
    Known { name: "daemonSet", alias: Some("ds"), ..WORKLOAD },
    Known { name: "deployment", alias: Some("deploy"), scalable: true, ..WORKLOAD },
    Known { name: "event", priority: None, ..NAMESPACED },
    Known { name: "horizontalpodautoscaler", alias: Some("hpa"), priority: Some(110), ..NAMESPACED },
    Known { name: "ingress", priority: Some(70), ..NAMESPACED },
    Known { name: "job", ..BATCH },
    Known { name: "limitRange", priority: Some(90), ..NAMESPACED },
    Known { name: "mutatingWebhookConfiguration", priority: Some(40), ..CLUSTER },
    Known { name: "namespace", alias: Some("ns"), priority: Some(0), ..CLUSTER },
    Known { name: "networkPolicy", alias: Some("netpol"), priority: Some(70), ..NAMESPACED },
    Known { name: "persistentVolume", alias: Some("pv"), priority: Some(40), ..CLUSTER },
    Known { name: "persistentVolumeClaim", alias: Some("pvc"), priority: Some(50), ..NAMESPACED },
    Known { name: "pod", alias: Some("po"), versioned: true, ..WORKLOAD },
    Known { name: "podDisruptionBudget", priority: Some(90), ..NAMESPACED },
    Known { name: "podPreset", priority: Some(90), ..NAMESPACED },
    Known { name: "podSecurityPolicy", priority: Some(90), ..CLUSTER },
    Known { name: "replicaSet", alias: Some("rs"), versioned: true, scalable: true, ..WORKLOAD },
    Known { name: "role", priority: Some(20), ..NAMESPACED },
    Known { name: "roleBinding", priority: Some(30), ..NAMESPACED },
    Known { name: "secret", priority: Some(50), versioned: true, ..NAMESPACED },
    Known { name: "service", alias: Some("svc"), priority: Some(70), ..NAMESPACED },
    Known { name: "serviceAccount", alias: Some("sa"), priority: Some(40), ..NAMESPACED },
    Known { name: "statefulSet", scalable: true, ..WORKLOAD },
    Known { name: "storageClass", alias: Some("sc"), priority: Some(40), ..CLUSTER },
    Known { name: "validatingWebhookConfiguration", priority: Some(40), ..CLUSTER },
];

impl ObjectKind {
    /// A kind by its name or short name and the group or `apiVersion` it is in.
    #[must_use]
    pub fn new(name: &str, api_version: Option<&str>) -> Self {
        // `v1` alone is the core group.
        let group = api_version.and_then(|version| version.split_once('/')).map(|(group, _)| group);
        Self::in_group(name, group.unwrap_or_default())
    }

    fn in_group(name: &str, group: &str) -> Self {
        let group = group.to_lowercase();
        if !NATIVE_GROUPS.contains(&group.as_str()) {
            return Self { name: name.to_owned(), group: Some(group) };
        }
        let known = known(name).map_or(name, |known| known.name);
        Self { name: known.to_owned(), group: None }
    }

    /// Reads what [`Display`](fmt::Display) writes, and short names: `deploy`, `Gateway.networking.istio.io`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (name, group) = text.split_once('.').unwrap_or((text, ""));
        Self::in_group(name, group)
    }

    /// The kind of a manifest.
    ///
    /// # Errors
    /// It has no `kind`.
    pub fn of(manifest: &Value) -> Result<Self, InvalidManifest> {
        let Some(map) = manifest.as_object() else { return Err(InvalidManifest::NoObject(json_type(manifest))) };
        let text = |key| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let kind = text("kind").ok_or_else(|| InvalidManifest::Missing(described(manifest), "kind"))?;
        Ok(Self::new(kind, text("apiVersion")))
    }

    /// What is known of it; `None` for custom kinds.
    #[must_use]
    pub fn known(&self) -> Option<&'static Known> {
        if self.group.is_some() { None } else { known(&self.name) }
    }

    /// The kind without its group, as [`KINDS`] spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its group, where that is not one of Kubernetes' own.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Whether it is this one of Kubernetes' own kinds.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.group.is_none() && self.name.eq_ignore_ascii_case(name)
    }

    /// Whether its objects live in a namespace; custom kinds are taken to, unless the server says otherwise.
    #[must_use]
    pub fn is_namespaced(&self) -> bool {
        self.known().is_none_or(|known| known.namespaced)
    }
}

/// Names of kinds are compared without regard to case.
impl PartialEq for ObjectKind {
    fn eq(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name) && self.group == other.group
    }
}

impl Eq for ObjectKind {}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => write!(f, "{}.{group}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

fn known(name: &str) -> Option<&'static Known> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    KINDS.iter().find(|known| is(known.name) || known.alias.is_some_and(is))
}

/// `metadata.name` of a manifest.
#[must_use]
pub fn name(manifest: &Value) -> Option<&str> {
    metadata_text(manifest, "name")
}

/// `metadata.namespace` of a manifest; empty when it has none.
#[must_use]
pub fn namespace(manifest: &Value) -> &str {
    metadata_text(manifest, "namespace").unwrap_or_default()
}

/// `metadata.generateName`, where there is no name: such an object can only be created.
#[must_use]
pub fn generate_name(manifest: &Value) -> Option<&str> {
    if name(manifest).is_some() { None } else { metadata_text(manifest, "generateName") }
}

/// `deployment hello`: how documents, outputs and people name an object.
///
/// # Errors
/// The manifest has no kind or no name.
pub fn full_name(manifest: &Value) -> Result<String, InvalidManifest> {
    let kind = ObjectKind::of(manifest)?;
    let name = name(manifest).or_else(|| generate_name(manifest));
    let name = name.ok_or_else(|| InvalidManifest::Missing(described(manifest), "metadata.name"))?;
    Ok(format!("{kind} {name}"))
}

/// Kind and name of a full name.
///
/// # Errors
/// It is not two words.
pub fn parse_full_name(text: &str) -> Result<(ObjectKind, String), InvalidManifest> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(kind), Some(name), None) => Ok((ObjectKind::parse(kind), name.to_owned())),
        _ => Err(InvalidManifest::FullName(text.to_owned())),
    }
}

/// Whatever names a manifest that may lack kind or name, for messages.
#[must_use]
pub fn described(manifest: &Value) -> String {
    let kind = manifest.get("kind").and_then(Value::as_str);
    match (kind, name(manifest)) {
        (Some(kind), Some(name)) => format!("'{kind} {name}'"),
        (Some(kind), None) => format!("of kind '{kind}'"),
        (None, Some(name)) => format!("'{name}'"),
        (None, None) => {
            let keys: Vec<&str> = manifest.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            if keys.is_empty() { "that is empty".to_owned() } else { format!("with the keys {}", keys.join(", ")) }
        }
    }
}

fn metadata_text<'a>(manifest: &'a Value, key: &str) -> Option<&'a str> {
    manifest.get("metadata")?.get(key)?.as_str().filter(|text| !text.is_empty())
}

pub(super) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(KINDS.windows(2).all(|pair| pair[0].name.to_lowercase() < pair[1].name.to_lowercase()));
    }

    #[test]
    fn short_names_and_any_case_name_the_same_kind() {
        for (text, kind) in [("deploy", "deployment"), ("ReplicaSet", "replicaSet"), ("rs", "replicaSet")] {
            assert_eq!(ObjectKind::parse(text).to_string(), kind);
        }
        assert_eq!(ObjectKind::parse("HPA").to_string(), "horizontalpodautoscaler");
        assert_eq!(ObjectKind::parse("Endpoints").to_string(), "Endpoints");
    }

    #[test]
    fn groups_other_than_kubernetes_own_belong_to_the_name() {
        let calico = json!({"apiVersion": "crd.projectcalico.org/v1", "kind": "NetworkPolicy"});
        let kind = ObjectKind::of(&calico).unwrap();
        assert_eq!(kind.to_string(), "NetworkPolicy.crd.projectcalico.org");
        assert!(kind.known().is_none() && !kind.is("networkPolicy"));
        let own = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"});
        assert_eq!(ObjectKind::of(&own).unwrap().to_string(), "networkPolicy");
        let core = json!({"apiVersion": "v1", "kind": "ConfigMap"});
        assert_eq!(ObjectKind::of(&core).unwrap(), ObjectKind::parse("cm"));
    }

    #[test]
    fn full_names_are_read_and_written() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "app"}});
        assert_eq!(full_name(&service).unwrap(), "service app");
        let generated = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "pi-"}});
        assert_eq!(full_name(&generated).unwrap(), "job pi-");
        let (kind, name) = parse_full_name("deploy hello").unwrap();
        assert_eq!((kind.name(), name.as_str()), ("deployment", "hello"));
        for wrong in ["deployment", "deployment a b", ""] {
            assert!(parse_full_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = |manifest| full_name(&manifest).unwrap_err().to_string();
        assert_eq!(message(json!({"metadata": {"name": "a"}})), "the manifest 'a' has no 'kind'");
        assert_eq!(message(json!({"kind": "Pod"})), "the manifest of kind 'Pod' has no 'metadata.name'");
        assert_eq!(message(json!({"data": {}})), "the manifest with the keys data has no 'kind'");
        assert_eq!(message(json!([])), "a manifest must be an object, but this is a list");
    }
}
