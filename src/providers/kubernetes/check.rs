//! `account check`: who the account is and what it may do, as the API server itself says.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::try_join_all;
use http::Method;
use serde_json::{Value, json};

use super::client::{Ask, JSON};
use super::kind::ObjectKind;
use super::{Kubernetes, error};
use crate::providers::{AccountDeed, Error, ErrorKind};

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

    /// Whether the API server answers at all.
    pub(super) async fn reach_within(&self, limit: Duration) -> Result<(), Error> {
        let asked = self.cluster.ask(Ask::get("reach", "the API server", "/version"));
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => answer.map(drop),
            Err(_) => {
                // The address comes from the kubeconfig: nothing is asked for it.
                let server = match tokio::time::timeout(limit, self.cluster.server()).await {
                    Ok(Ok(server)) => server.to_owned(),
                    _ => format!("of account '{}'", self.cluster.account.name),
                };
                let message = format!("the API server {server} does not answer within {} s", limit.as_secs());
                Err(error::new("reach", ErrorKind::Unavailable, message))
            }
        }
    }

    /// Those of the deeds that the account may not do. The rules of a namespace are read at once, and only what they do
    /// not say is asked for itself.
    pub(super) async fn not_allowed(&self, deeds: &[AccountDeed]) -> Result<Vec<AccountDeed>, Error> {
        let mut rules: HashMap<&str, Vec<Value>> = HashMap::new();
        for deed in deeds.iter().filter(|deed| !deed.place.is_empty()) {
            if !rules.contains_key(deed.place.as_str()) {
                rules.insert(&deed.place, self.rules_in(&deed.place).await?);
            }
        }
        let rules = &rules;
        let asked = deeds.iter().map(|deed| async move {
            let (kind, below) = deed.kind.split_once('/').unwrap_or((&deed.kind, ""));
            let resource = match self.cluster.resource_of(&ObjectKind::parse(kind)).await {
                Ok(resource) => resource,
                // A kind that is not served yet: its definition may come with the pipeline.
                Err(error) if error.kind == ErrorKind::Invalid => return Ok(None),
                Err(error) => return Err(error),
            };
            let group = resource.api_version.split_once('/').map_or("", |(group, _)| group);
            let asked = Asked { verb: &deed.verb, group, resource: &resource.plural, below, name: &deed.name };
            let known = rules.get(deed.place.as_str()).is_some_and(|rules| asked.is_allowed_by(rules));
            let allowed = known || self.is_allowed(&asked, &deed.place).await?;
            Ok::<_, Error>((!allowed).then(|| deed.clone()))
        });
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// What the account may do in a namespace, as far as the server can list it.
    async fn rules_in(&self, namespace: &str) -> Result<Vec<Value>, Error> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace},
        });
        let what = format!("what the account may do in {namespace}");
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let ask = Ask { method: Method::POST, body: Some((JSON, body)), ..Ask::get("check account", &what, path) };
        let answer = self.cluster.ask(ask).await?;
        Ok(answer["status"]["resourceRules"].as_array().cloned().unwrap_or_default())
    }

    async fn is_allowed(&self, asked: &Asked<'_>, namespace: &str) -> Result<bool, Error> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": asked.verb, "group": asked.group, "resource": asked.resource, "subresource": asked.below,
                "name": asked.name, "namespace": namespace,
            }},
        });
        let what = format!("whether the account may {} {}", asked.verb, asked.resource);
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let ask = Ask { method: Method::POST, body: Some((JSON, body)), ..Ask::get("check account", &what, path) };
        Ok(self.cluster.ask(ask).await?["status"]["allowed"] == Value::Bool(true))
    }
}

/// One thing asked for, in the words of the API server.
struct Asked<'a> {
    verb: &'a str,
    group: &'a str,
    resource: &'a str,
    below: &'a str,
    name: &'a str,
}

impl Asked<'_> {
    /// Whether one of the rules allows it.
    fn is_allowed_by(&self, rules: &[Value]) -> bool {
        let has = |rule: &Value, key: &str, wanted: &[&str]| {
            let listed = rule[key].as_array();
            listed.into_iter().flatten().filter_map(Value::as_str).any(|it| wanted.contains(&it))
        };
        let full =
            if self.below.is_empty() { self.resource.to_owned() } else { format!("{}/{}", self.resource, self.below) };
        let any_of_below = format!("*/{}", self.below);
        rules.iter().any(|rule| {
            let names = rule["resourceNames"].as_array().is_some_and(|names| !names.is_empty());
            has(rule, "verbs", &[self.verb, "*"])
                && has(rule, "apiGroups", &[self.group, "*"])
                && has(rule, "resources", &[&full, "*", &any_of_below])
                && (!names || has(rule, "resourceNames", &[self.name]))
        })
    }
}

/// Whether the API server does not know who asks.
fn is_unknown(error: &Error) -> bool {
    error.message.contains("Unauthorized")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_the_server_reads_them() {
        let rules = [
            json!({"verbs": ["get", "list"], "apiGroups": ["*"], "resources": ["*"]}),
            json!({"verbs": ["patch"], "apiGroups": ["apps"], "resources": ["deployments/scale"]}),
            json!({"verbs": ["*"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["settings"]}),
        ];
        let asked =
            |verb, group, resource, below, name| Asked { verb, group, resource, below, name }.is_allowed_by(&rules);
        assert!(asked("get", "apps", "deployments", "", ""));
        assert!(!asked("patch", "apps", "deployments", "", ""));
        assert!(asked("patch", "apps", "deployments", "scale", ""));
        assert!(asked("delete", "", "configmaps", "", "settings"));
        assert!(!asked("delete", "", "configmaps", "", ""));
        assert!(!asked("create", "", "secrets", "", ""));
    }
}
