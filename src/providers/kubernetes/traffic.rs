//! Services and the workloads behind them: traffic is moved by giving pods the labels a service selects, or taking them.

use http::Method;
use serde_json::{Map, Value, json};

use super::annotations::load_balancers;
use super::client::Ask;
use super::kind::{self, ObjectKind};
use super::{Kubernetes, error};
use crate::providers::{Error, ErrorKind, ManifestRef};

/// Media type of a list of operations.
pub(super) const JSON_PATCH: &str = "application/json-patch+json";

/// Puts a workload that is yet to be sent behind a service: its pods get the labels the service selects.
pub(super) fn attach_template(manifest: &mut Value, service: &Value, name: &str) -> Result<(), Error> {
    let selector = selector_of(service, name)?;
    let what = kind::full_name(manifest).unwrap_or_default();
    let path = match manifest.pointer("/spec/template").is_some() {
        true => "/spec/template/metadata",
        false => "/metadata",
    };
    if manifest.pointer(path).is_none() {
        manifest["spec"]["template"]["metadata"] = json!({});
    }
    let metadata = manifest.pointer_mut(path).and_then(Value::as_object_mut);
    let metadata =
        metadata.ok_or_else(|| error::invalid("deploy", format!("{what} has no metadata in its template")))?;
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if labels.is_null() {
        *labels = json!({});
    }
    let labels =
        labels.as_object_mut().ok_or_else(|| error::invalid("deploy", format!("the labels of {what} are no map")))?;
    let shared: Vec<&str> = selector.keys().filter(|key| labels.contains_key(*key)).map(String::as_str).collect();
    if !shared.is_empty() {
        return Err(error::invalid(
            "deploy",
            format!("{name} selects pods by {}, which {what} has as labels itself", shared.join(", ")),
        )
        .with_details(vec![
            "traffic is moved by giving pods these labels and taking them away: leave them out of the template".into(),
        ]));
    }
    labels.extend(selector);
    Ok(())
}

fn selector_of(service: &Value, name: &str) -> Result<Map<String, Value>, Error> {
    let selector = service.pointer("/spec/selector").and_then(Value::as_object).filter(|selector| !selector.is_empty());
    selector.cloned().ok_or_else(|| {
        error::invalid("move traffic", format!("{name} has no selector, so no workload can be put behind it"))
    })
}

/// Where a workload's or a pod's labels are that services look at.
fn labels_path(object: &Value) -> &'static str {
    match object.pointer("/spec/template").is_some() {
        true => "/spec/template/metadata/labels",
        false => "/metadata/labels",
    }
}

/// The operations that put an object behind a selector or take it away; none when it is so already.
fn operations(object: &Value, selector: &Map<String, Value>, enabled: bool) -> Vec<Value> {
    let path = labels_path(object);
    let labels = object.pointer(path).and_then(Value::as_object);
    let escaped = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    let mut operations = Vec::new();
    if enabled && labels.is_none() {
        operations.push(json!({"op": "add", "path": path, "value": {}}));
    }
    for (key, value) in selector {
        match (enabled, labels.and_then(|labels| labels.get(key))) {
            (true, Some(there)) if there == value => {}
            (true, Some(_)) => operations.push(json!({"op": "replace", "path": escaped(key), "value": value})),
            (true, None) => operations.push(json!({"op": "add", "path": escaped(key), "value": value})),
            (false, Some(_)) => operations.push(json!({"op": "remove", "path": escaped(key)})),
            (false, None) => {}
        }
    }
    operations
}

impl Kubernetes {
    pub(super) async fn services_named(&self, target: &ManifestRef) -> Result<Vec<String>, Error> {
        Ok(load_balancers(&self.existing("move traffic", target).await?))
    }

    /// Whether putting a workload behind a service, or taking it away, would change the workload.
    pub(super) async fn would_move(&self, target: &ManifestRef, service: &str, enabled: bool) -> Result<bool, Error> {
        let workload = self.existing("move traffic", target).await?;
        let reference = self.reference(service, &target.namespace).await?;
        // One that a stage before it brings sends nothing yet.
        let Some(object) = self.live(&reference).await? else { return Ok(enabled) };
        Ok(!operations(&workload, &selector_of(&object, service)?, enabled).is_empty())
    }

    /// Puts a workload behind services or takes it away: first its template, so that new pods are right, then its pods.
    /// Whether anything was to be changed.
    pub(super) async fn route_traffic(
        &self,
        target: &ManifestRef,
        services: &[String],
        enabled: bool,
    ) -> Result<bool, Error> {
        let mut changed = false;
        for service in services {
            // Services may select the same label: what the one before has changed is seen.
            let workload = self.existing("move traffic", target).await?;
            let reference = self.reference(service, &target.namespace).await?;
            if !ObjectKind::parse(&reference.kind).is("service") {
                let message = format!("'{service}' is no service, so no traffic can be moved from or to it");
                return Err(error::invalid("move traffic", message));
            }
            let selector = selector_of(&self.existing("move traffic", &reference).await?, service)?;
            let own = workload.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
            let shared: Vec<&str> = selector
                .keys()
                .filter(|key| own.is_some_and(|own| own.contains_key(*key)))
                .map(String::as_str)
                .collect();
            if !enabled && !shared.is_empty() {
                return Err(error::invalid(
                    "move traffic",
                    format!("{target} selects its own pods by {}, which {service} selects too", shared.join(", ")),
                )
                .with_details(vec![
                    "pods without this label would no longer be its own: select them by another label".into(),
                ]));
            }
            changed |= self.relabel(target, &workload, &selector, enabled).await?;
            for pod in self.pods_of(&workload).await? {
                let pod_target = ManifestRef {
                    kind: "pod".into(),
                    name: kind::name(&pod).unwrap_or_default().to_owned(),
                    namespace: target.namespace.clone(),
                };
                match self.relabel(&pod_target, &pod, &selector, enabled).await {
                    // Pods come and go.
                    Err(error) if error.kind == ErrorKind::NotFound => {}
                    other => changed |= other?,
                }
            }
        }
        Ok(changed)
    }

    /// Whether labels were to be changed.
    async fn relabel(
        &self,
        target: &ManifestRef,
        object: &Value,
        selector: &Map<String, Value>,
        enabled: bool,
    ) -> Result<bool, Error> {
        let operations = operations(object, selector, enabled);
        if operations.is_empty() {
            return Ok(false);
        }
        let what = target.to_string();
        let path = self.path_of(target).await?;
        let body = Some((JSON_PATCH, Value::Array(operations)));
        let ask = Ask { method: Method::PATCH, body, ..Ask::get("move traffic", &what, &path) };
        self.cluster.ask(ask).await.map(|_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(selector: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": selector}})
    }

    fn set() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
            "spec": {"template": {"metadata": {"labels": {"app": "web"}}}}})
    }

    #[test]
    fn a_workload_gets_the_labels_a_service_selects() {
        let mut manifest = set();
        attach_template(&mut manifest, &service(json!({"lb": "web"})), "service web").unwrap();
        assert_eq!(manifest["spec"]["template"]["metadata"]["labels"], json!({"app": "web", "lb": "web"}));
        let shared = attach_template(&mut set(), &service(json!({"app": "web"})), "service web").unwrap_err();
        assert_eq!(shared.message, "service web selects pods by app, which replicaSet web has as labels itself");
        let empty = attach_template(&mut set(), &service(Value::Null), "service web").unwrap_err();
        assert!(empty.message.contains("has no selector"), "{empty}");
    }

    #[test]
    fn moving_traffic_twice_does_nothing() {
        let selector = json!({"a/b": "1"}).as_object().unwrap().clone();
        let mut pod = json!({"metadata": {"labels": {"x": "y"}}});
        let add = operations(&pod, &selector, true);
        assert_eq!(add, [json!({"op": "add", "path": "/metadata/labels/a~1b", "value": "1"})]);
        assert!(operations(&pod, &selector, false).is_empty());
        pod["metadata"]["labels"]["a/b"] = "1".into();
        assert!(operations(&pod, &selector, true).is_empty());
        assert_eq!(operations(&pod, &selector, false), [json!({"op": "remove", "path": "/metadata/labels/a~1b"})]);
        assert_eq!(operations(&json!({"metadata": {}}), &selector, true).len(), 2);
    }
}
