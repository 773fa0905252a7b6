//! Settings of a Kubernetes account, spelt as Spinnaker spells them.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::annotations::Labels;
use super::bind::Binding;
use super::error;
use super::kind::ObjectKind;
use crate::model::{Field, Shape, Unit, optional, parse_duration};
use crate::providers::{Connection, Error};

/// Settings that an account of this kind knows.
pub(super) const ACCOUNT_FIELDS: &[Field] = &[
    optional(
        "applyAppLabels",
        Shape::Boolean,
        "writes the labels app.kubernetes.io/name, app.kubernetes.io/managed-by and moniker.spinnaker.io/sequence; true",
    ),
    optional("context", Shape::Text, "context of the kubeconfig; its current one by default"),
    optional(
        "dockerImageBinding",
        Shape::OneOf(IMAGE_BINDINGS),
        "how an image finds its artifact: by its name, tag or digest left out, or only as it is written; \
         match-name-and-tag",
    ),
    optional(
        "fieldValidation",
        Shape::OneOf(FIELD_VALIDATIONS),
        "what becomes of manifests with fields that the cluster does not know: strict refuses them; warn",
    ),
    optional(
        "kinds",
        Shape::List(&Shape::Text),
        "kinds the account may touch; all by default. Custom kinds with their group: Gateway.networking.istio.io",
    ),
    optional(
        "kubeconfigFile",
        Shape::Text,
        "kubeconfig; $KUBECONFIG, else ~/.kube/config, else the pod's own service account by default",
    ),
    optional("managedBySuffix", Shape::Text, "written after `spinnaker-` in the label app.kubernetes.io/managed-by"),
    optional("namespace", Shape::Text, "namespace of manifests that name none; the context's by default"),
    optional("namespaces", Shape::List(&Shape::Text), "namespaces the account may touch; all by default"),
    optional("omitKinds", Shape::List(&Shape::Text), "kinds it may not touch"),
    optional("omitNamespaces", Shape::List(&Shape::Text), "namespaces it may not touch"),
    optional(
        "onlySpinnakerManaged",
        Shape::Boolean,
        "shows only what Spinnaker or gennaker deployed, not everything that runs; false",
    ),
    optional(
        "rolloutTolerance",
        Shape::Duration(Unit::Seconds),
        "how long a rollout may be hindered (image cannot be pulled, container crashes, quota, no node has room) before \
         its stage fails; 120 s",
    ),
    optional("serviceAccount", Shape::Boolean, "uses the service account of the pod it runs in; false"),
];

/// What `kubernetes.artifact-binding.docker-image` of Spinnaker may be.
const IMAGE_BINDINGS: &[&str] = &["match-name-and-tag", "match-name-only"];
const FIELD_VALIDATIONS: &[&str] = &["ignore", "strict", "warn"];

/// What becomes of fields that the cluster does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// Nobody is told.
    Ignore,
    /// The manifest is refused.
    Strict,
    /// People are told.
    #[default]
    Warn,
}

/// Time a hindered rollout gets by default.
const TOLERANCE: Duration = Duration::from_secs(120);

/// An account, read from its settings.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) kubeconfig: Option<PathBuf>,
    pub(super) context: Option<String>,
    pub(super) service_account: bool,
    pub(super) namespace: Option<String>,
    pub(super) namespaces: Vec<String>,
    pub(super) only_spinnaker_managed: bool,
    pub(super) tolerance: Duration,
    pub(super) field_validation: FieldValidation,
    apply_app_labels: bool,
    managed_by_suffix: Option<String>,
    match_name_only: bool,
    omit_namespaces: Vec<String>,
    kinds: Vec<ObjectKind>,
    omit_kinds: Vec<ObjectKind>,
}

impl Account {
    pub(super) fn from_connection(connection: &Connection) -> Result<Self, Error> {
        let read = Reader { connection };
        let kinds = |key| Ok::<_, Error>(read.list(key)?.iter().map(|kind| ObjectKind::parse(kind)).collect());
        let kubeconfig = read.text("kubeconfigFile")?.map(|file| match file.strip_prefix("~/") {
            Some(below) => std::env::home_dir().unwrap_or_default().join(below),
            None => connection.root.join(file),
        });
        let account = Self {
            name: connection.account.clone(),
            kubeconfig,
            context: read.text("context")?,
            service_account: read.flag("serviceAccount")?,
            namespace: read.text("namespace")?,
            namespaces: read.list("namespaces")?,
            only_spinnaker_managed: read.flag("onlySpinnakerManaged")?,
            tolerance: read.seconds("rolloutTolerance")?.unwrap_or(TOLERANCE),
            field_validation: match read.one_of("fieldValidation", FIELD_VALIDATIONS)? {
                Some("ignore") => FieldValidation::Ignore,
                Some("strict") => FieldValidation::Strict,
                _ => FieldValidation::Warn,
            },
            apply_app_labels: read.optional_flag("applyAppLabels")?.unwrap_or(true),
            managed_by_suffix: read.text("managedBySuffix")?,
            match_name_only: read.one_of("dockerImageBinding", IMAGE_BINDINGS)? == Some("match-name-only"),
            omit_namespaces: read.list("omitNamespaces")?,
            kinds: kinds("kinds")?,
            omit_kinds: kinds("omitKinds")?,
        };
        if !account.namespaces.is_empty() && !account.omit_namespaces.is_empty() {
            return Err(read.wrong("names both 'namespaces' and 'omitNamespaces'; leave one of them out"));
        }
        if !account.kinds.is_empty() && !account.omit_kinds.is_empty() {
            return Err(read.wrong("names both 'kinds' and 'omitKinds'; leave one of them out"));
        }
        Ok(account)
    }

    /// Which labels its deployments write; `None` for none at all.
    pub(super) fn labels(&self, skip_spec_template: bool) -> Option<Labels> {
        let managed_by_suffix = self.managed_by_suffix.clone();
        self.apply_app_labels.then_some(Labels { managed_by_suffix, skip_spec_template })
    }

    /// How its manifests are bound to artifacts.
    pub(super) fn binding(&self) -> Binding<'_> {
        Binding { account: &self.name, match_name_only: self.match_name_only }
    }

    /// Whether the account may touch objects of a namespace.
    pub(super) fn allows_namespace(&self, namespace: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == namespace);
        (self.namespaces.is_empty() || named(&self.namespaces)) && !named(&self.omit_namespaces)
    }

    /// Whether the account may touch objects of a kind.
    pub(super) fn allows_kind(&self, kind: &ObjectKind) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(kind)) && !self.omit_kinds.contains(kind)
    }

    /// Refuses what the settings do not allow.
    pub(super) fn check(&self, operation: &'static str, kind: &ObjectKind, namespace: &str) -> Result<(), Error> {
        if !self.allows_kind(kind) {
            let message =
                format!("account '{}' may not touch kind '{kind}': see its 'kinds' and 'omitKinds'", self.name);
            return Err(error::permission(operation, message));
        }
        if !namespace.is_empty() && !self.allows_namespace(namespace) {
            let message = format!(
                "account '{}' may not touch namespace '{namespace}': see its 'namespaces' and 'omitNamespaces'",
                self.name
            );
            return Err(error::permission(operation, message));
        }
        Ok(())
    }
}

/// Reads settings and names them in errors.
struct Reader<'a> {
    connection: &'a Connection,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> Error {
        error::invalid("connect", format!("account '{}' {what}", self.connection.account))
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.connection.settings.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Result<Option<String>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(&format!("has {other} as '{key}', which must be text"))),
        }
    }

    fn one_of(&self, key: &str, words: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
        known
            .map(|word| Some(*word))
            .ok_or_else(|| self.wrong(&format!("has '{text}' as '{key}', which must be one of {}", words.join(", "))))
    }

    fn flag(&self, key: &str) -> Result<bool, Error> {
        Ok(self.optional_flag(key)?.unwrap_or(false))
    }

    fn optional_flag(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => Ok(Some(text == "true")),
            Some(other) => Err(self.wrong(&format!("has {other} as '{key}', which must be true or false"))),
        }
    }

    fn list(&self, key: &str) -> Result<Vec<String>, Error> {
        let wrong = |value: &Value| self.wrong(&format!("has {value} in '{key}', which must be a list of names"));
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong(item))).collect()
            }
            Some(other) => Err(wrong(other)),
        }
    }

    fn seconds(&self, key: &str) -> Result<Option<Duration>, Error> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let read = match value {
            Value::Number(number) => number.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            Value::String(text) => text
                .parse()
                .ok()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .or_else(|| parse_duration(text)),
            _ => None,
        };
        read.map(Some).ok_or_else(|| {
            self.wrong(&format!("has {value} as '{key}', which must be a length of time such as 120 or 2m"))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(settings: Value) -> Result<Account, Error> {
        let settings = settings.as_object().unwrap().clone();
        Account::from_connection(&Connection {
            account: "k".into(),
            settings,
            root: "/p".into(),
            ..Connection::default()
        })
    }

    #[test]
    fn settings_limit_namespaces_and_kinds() {
        let account = account(json!({"namespaces": ["a"], "omitKinds": ["Secret", "Gateway.networking.istio.io"],
            "kubeconfigFile": "kube/config", "rolloutTolerance": "1m"}))
        .unwrap();
        assert!(account.allows_namespace("a") && !account.allows_namespace("b"));
        let allows = |kind: &str| account.allows_kind(&ObjectKind::parse(kind));
        assert!(allows("deployment") && !allows("secret") && !allows("gateway.networking.istio.io"));
        assert_eq!(account.kubeconfig.as_deref(), Some(std::path::Path::new("/p/kube/config")));
        assert_eq!(account.tolerance, Duration::from_secs(60));
        assert!(account.check("deploy", &ObjectKind::parse("cm"), "").is_ok());
        let refused = account.check("deploy", &ObjectKind::parse("cm"), "b").unwrap_err();
        assert!(refused.message.contains("namespace 'b'"), "{refused}");
    }

    #[test]
    fn wrong_settings_are_named() {
        for (settings, part) in [
            (json!({"namespaces": "a"}), "in 'namespaces'"),
            (json!({"kinds": ["a"], "omitKinds": ["b"]}), "both 'kinds'"),
            (json!({"context": 3}), "as 'context'"),
            (json!({"serviceAccount": "maybe"}), "true or false"),
            (json!({"rolloutTolerance": "soon"}), "length of time"),
            (json!({"dockerImageBinding": "exact"}), "one of match-name-and-tag, match-name-only"),
            (json!({"fieldValidation": "loud"}), "one of ignore, strict, warn"),
        ] {
            assert!(account(settings).unwrap_err().message.contains(part), "{part}");
        }
    }
}
