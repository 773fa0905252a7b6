//! Settings of a Kubernetes account, spelt as Spinnaker spells them.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::error;
use super::kind::ObjectKind;
use crate::model::{Field, Shape, Unit, optional, parse_duration};
use crate::providers::{Connection, Error};

/// Settings that an account of this kind knows.
pub(super) const ACCOUNT_FIELDS: &[Field] = &[
    optional("context", Shape::Text, "context of the kubeconfig; its current one by default"),
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

    fn flag(&self, key: &str) -> Result<bool, Error> {
        match self.value(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => Ok(text == "true"),
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
        ] {
            assert!(account(settings).unwrap_err().message.contains(part), "{part}");
        }
    }
}
