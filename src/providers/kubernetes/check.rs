//! `account check`: who the account is and what it may do, as the API server itself says.

use futures_util::future::try_join_all;

use super::Kubernetes;
use super::client::Ask;
use super::error;
use crate::providers::{Error, ErrorKind};

/// What stages need: group, resource, verbs, and for what.
const NEEDS: &[(&str, &str, &[&str], &str)] = &[
    ("apps", "deployments", &["get", "list", "watch", "create", "patch", "delete"], "deploying and undoing rollouts"),
    ("apps", "deployments/scale", &["patch"], "scaling"),
    ("apps", "replicasets", &["get", "list", "watch", "create", "patch", "delete"], "red/black and undoing rollouts"),
    ("apps", "statefulsets", &["get", "list", "watch", "create", "patch", "delete"], "deploying"),
    ("apps", "daemonsets", &["get", "list", "watch", "create", "patch", "delete"], "deploying"),
    ("batch", "jobs", &["get", "list", "watch", "create", "delete"], "running jobs"),
    ("", "pods", &["get", "list", "patch"], "moving traffic and saying what is waited for"),
    ("", "pods/log", &["get"], "showing logs"),
    ("", "events", &["list"], "saying why pods do not come up"),
    ("", "services", &["get", "list", "create", "patch", "delete"], "deploying and moving traffic"),
    ("", "configmaps", &["get", "list", "create", "patch", "delete"], "deploying"),
    ("", "secrets", &["get", "list", "create", "patch", "delete"], "deploying"),
];

impl Kubernetes {
    pub(super) async fn check_account(&self) -> Result<Vec<String>, Error> {
        let server = self.cluster.server().await?.to_owned();
        let version = self.cluster.ask(Ask::get("check account", "the API server", "/version")).await?;
        let version = version["gitVersion"].as_str().unwrap_or("of unknown version").to_owned();
        let mut lines = vec![format!("API server {server} is {version}")];
        let account = &self.cluster.account;
        let namespaces = match account.namespaces.as_slice() {
            [] => vec![self.cluster.namespace().await?.to_owned()],
            several => several.to_vec(),
        };
        let mut missing = Vec::new();
        let mut helpless = true;
        for namespace in &namespaces {
            let path = format!("/api/v1/namespaces/{namespace}");
            match self.cluster.get(&format!("namespace {namespace}"), &path).await {
                Ok(Some(_)) => lines.push(format!("namespace {namespace} is there")),
                Ok(None) => lines.push(format!("namespace {namespace} is not there yet")),
                // Being allowed in a namespace does not mean being allowed to read it.
                Err(error) if error.kind == ErrorKind::Permission && !is_unknown(&error) => {}
                Err(error) => return Err(error),
            }
            let asked = NEEDS.iter().flat_map(|(group, resource, verbs, purpose)| {
                let namespace = namespace.as_str();
                verbs.iter().map(move |verb| async move {
                    let allowed = self.cluster.may(verb, group, resource, namespace).await?;
                    Ok::<_, Error>((!allowed).then_some((*resource, *verb, *purpose)))
                })
            });
            let mut lacking: Vec<(&str, Vec<&str>, &str)> = Vec::new();
            let answers = try_join_all(asked).await?;
            for (resource, verb, purpose) in answers.iter().flatten() {
                match lacking.last_mut().filter(|(last, ..)| last == resource) {
                    Some((_, verbs, _)) => verbs.push(verb),
                    None => lacking.push((resource, vec![verb], purpose)),
                }
            }
            let may = answers.iter().filter(|answer| answer.is_none()).count();
            helpless &= may == 0;
            lines.push(format!("in {namespace} it may do {may} of the {} things stages need", answers.len()));
            missing.extend(lacking.into_iter().map(|(resource, verbs, purpose)| {
                format!("in {namespace} it may not {} {resource}: needed for {purpose}", verbs.join(", "))
            }));
        }
        if helpless {
            let message = format!("account '{}' may do nothing in {}", account.name, namespaces.join(", "));
            return Err(error::permission("check account", message).with_details(missing));
        }
        lines.extend(missing);
        Ok(lines)
    }
}

/// Whether the API server does not know who asks.
fn is_unknown(error: &Error) -> bool {
    error.message.contains("Unauthorized")
}
