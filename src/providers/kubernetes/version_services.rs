//! Services for single versions, where the user has one that selects all of them: weights need something to be set on.
//!
//! `shop-v003` selects what `shop` selects, of version 3 only: by the label that Spinnaker gives to the pods of versioned
//! workloads. The version owns it: whatever deletes the version, the cluster deletes its Service as well.

use http::Method;
use serde_json::{Value, json};

use super::annotations::{annotation, artifact_of};
use super::client::{Ask, JSON};
use super::kind::{self, ObjectKind};
use super::traffic_route::{MANAGER, OPERATION, Routed};
use super::weights::{Wish, chosen};
use super::{Kubernetes, error};
use crate::model::Map;
use crate::providers::{
    Error, ErrorKind, ManifestRef, PreparedManifest, TrafficRoute, VersionService, VersionServices,
};

/// Annotation that names the Service of all versions.
const BASE: &str = "traffic.gennaker.io/service";
/// Label of pods that tells versions apart.
const SEQUENCE: &str = "moniker.spinnaker.io/sequence";
/// What a Service has that another one for fewer pods takes over.
const KEPT: &[&str] =
    &["internalTrafficPolicy", "publishNotReadyAddresses", "sessionAffinity", "sessionAffinityConfig"];

fn invalid(message: String, hint: &str) -> Error {
    error::invalid(OPERATION, message).with_details(vec![hint.to_owned()])
}

/// The Service of a backend: `shop` of `shop.prod.svc.cluster.local`.
fn service_of(backend: &str) -> &str {
    backend.split('.').next().unwrap_or(backend)
}

/// A backend with another Service, written alike.
fn renamed(backend: &str, service: &str) -> String {
    backend.split_once('.').map_or_else(|| service.to_owned(), |(_, rest)| format!("{service}.{rest}"))
}

fn selector_of(service: &Value) -> Option<&Map> {
    service.pointer("/spec/selector").and_then(Value::as_object).filter(|selector| !selector.is_empty())
}

/// Labels of the pods of a workload.
fn pod_labels(workload: &Value) -> Option<&Map> {
    let template = workload.pointer("/spec/template/metadata/labels");
    let own = || workload.pointer("/metadata/labels").filter(|_| workload.pointer("/spec/template").is_none());
    template.or_else(own)?.as_object()
}

fn selects(selector: &Map, workload: &Value) -> bool {
    pod_labels(workload).is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

fn sequence_of(workload: &Value) -> Option<&str> {
    pod_labels(workload)?.get(SEQUENCE)?.as_str()
}

impl Kubernetes {
    pub(super) async fn derived(
        &self,
        route: &TrafficRoute,
        prepared: &[PreparedManifest],
    ) -> Result<VersionServices, Error> {
        let routed = self.routed(route).await?;
        let namespace = routed.seen.namespace.clone();
        let (backend, base) = self.base(&routed, route, &namespace).await?;
        let among = prepared.iter().find(|it| it.target.kind == "service" && it.target.name == base);
        let object = match self.live(&service(&base, &namespace)).await? {
            Some(object) => object,
            None => among
                .map(|it| it.manifest.clone())
                .ok_or_else(|| error::not_found(OPERATION, &service(&base, &namespace).to_string()))?,
        };
        let selector = selector_of(&object).ok_or_else(|| {
            invalid(
                format!("service {base} has no selector, so its versions cannot be told apart"),
                "name the Service of the new version with 'route.to'",
            )
        })?;
        let new = new_version(prepared, &base, selector, &namespace)?;
        let version = new.version.as_deref().unwrap_or_default();
        let sequence = sequence_of(&new.manifest).ok_or_else(|| {
            invalid(
                format!("pods of {} bear no label {SEQUENCE}, so a Service cannot select them alone", new.target),
                "leave out 'skipSpecTemplateLabels' and 'applyAppLabels: false', or name a Service with 'route.to'",
            )
        })?;
        let of = |version: &str, workload: &ManifestRef, sequence: &str| {
            let name = format!("{base}-{version}");
            let backend = renamed(&backend, &name);
            VersionService { name, backend, workload: workload.clone(), sequence: sequence.to_owned() }
        };
        let to = of(version, &new.target, sequence);
        let sends_to_base = service_of(&backend) == base;
        let serving = match sends_to_base {
            true => self.serving(new, selector, route, &base).await?,
            false => None,
        };
        let serving = serving.map(|(version, workload, sequence)| of(&version, &workload, &sequence));
        let is_first = sends_to_base && serving.is_none();
        Ok(VersionServices { base_backend: renamed(&backend, &base), base, namespace, to, serving, is_first })
    }

    /// The backend that serves, and the Service of all versions that it stands for.
    async fn base(&self, routed: &Routed, route: &TrafficRoute, namespace: &str) -> Result<(String, String), Error> {
        let all = TrafficRoute { from: None, to: String::new(), ..route.clone() };
        let wrong = |message: String| error::invalid(OPERATION, format!("{}: {message}", routed.what));
        let rules = chosen(&routed.rules, &all).map_err(wrong)?;
        let mut found: Vec<(String, String)> = Vec::new();
        for (backend, weight) in rules.iter().flat_map(|at| &routed.rules[*at].backends) {
            if *weight == 0 || found.iter().any(|(known, _)| known == backend) {
                continue;
            }
            let wish = Wish { from: None, to: backend, percent: 100, delist: false };
            if routed.kind.backend(&routed.seen, &rules, wish).subset.is_some() {
                return Err(invalid(
                    format!("{} sends to subsets, which a DestinationRule defines", routed.what),
                    "name the subset of the new version with 'route.to'",
                ));
            }
            let name = service_of(backend);
            let live = self.live(&service(name, namespace)).await?;
            let base = live.as_ref().and_then(|live| annotation(live, BASE)).unwrap_or(name).to_owned();
            if route.service.as_ref().is_none_or(|wanted| *wanted == base) {
                found.push((backend.clone(), base));
            }
        }
        // The one that serves most comes last of those that share what they stand for.
        match found.as_slice() {
            [] => {
                let wanted = route.service.as_deref().map_or(String::new(), |wanted| format!(" of service {wanted}"));
                Err(wrong(format!("it sends to nothing{wanted}")))
            }
            [first, rest @ ..] if rest.iter().all(|(_, base)| *base == first.1) => Ok(first.clone()),
            several => {
                let names: Vec<&str> = several.iter().map(|(_, base)| base.as_str()).collect();
                Err(invalid(
                    format!("{} sends to {}", routed.what, names.join(", ")),
                    "say with 'route.service' which of them selects all versions",
                ))
            }
        }
    }

    /// The one live version behind the Service of all of them: its version, itself, its number.
    async fn serving(
        &self,
        new: &PreparedManifest,
        selector: &Map,
        route: &TrafficRoute,
        base: &str,
    ) -> Result<Option<(String, ManifestRef, String)>, Error> {
        let resource = self.cluster.resource_for(&new.target).await?;
        let listed = self.list_all(&resource, &new.target.namespace, &[]).await?;
        let mut found = Vec::new();
        for live in &listed.items {
            let Some(version) =
                artifact_of(live, "").filter(|it| it.name == new.artifact.name).and_then(|it| it.version)
            else {
                continue;
            };
            let name = kind::name(live).unwrap_or_default();
            let is_there = live.pointer("/metadata/deletionTimestamp").is_none()
                && live.pointer("/spec/replicas").and_then(Value::as_i64) != Some(0);
            let is_meant = route.from.as_ref().is_none_or(|from| *from == format!("{base}-{version}"));
            if name != new.target.name && is_there && is_meant && selects(selector, live) {
                let Some(sequence) = sequence_of(live) else { continue };
                let target = ManifestRef { name: name.to_owned(), ..new.target.clone() };
                found.push((version, target, sequence.to_owned()));
            }
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => {
                let names: Vec<&str> = found.iter().map(|(_, target, _)| target.name.as_str()).collect();
                Err(invalid(
                    format!("service {base} sends to several versions: {}", names.join(", ")),
                    "say with 'route.from' which of them is to serve, as in from: <service>-v001, or delete the others",
                ))
            }
        }
    }

    pub(super) async fn has_service(
        &self,
        services: &VersionServices,
        version: &VersionService,
    ) -> Result<bool, Error> {
        let target = services.target(version);
        let Some(live) = self.live(&target).await? else { return Ok(false) };
        let selected = selector_of(&live).and_then(|selector| selector.get(SEQUENCE)).and_then(Value::as_str);
        if annotation(&live, BASE) == Some(&services.base) && selected == Some(&version.sequence) {
            return Ok(true);
        }
        Err(invalid(
            format!("{target} is there, and is not the one that gennaker makes for {}", version.workload),
            "rename it, or name the Service of the new version with 'route.to'",
        ))
    }

    pub(super) async fn make_service(&self, services: &VersionServices, version: &VersionService) -> Result<(), Error> {
        if self.has_service(services, version).await? {
            return Ok(());
        }
        let base = self.existing(OPERATION, &service(&services.base, &services.namespace)).await?;
        let workload = self.existing(OPERATION, &version.workload).await?;
        let target = services.target(version);
        let resource = self.cluster.resource_for(&target).await?;
        let body = Some((JSON, service_for(&base, &workload, services, version)));
        let (what, path) = (target.to_string(), resource.collection(&target.namespace));
        let query = [("fieldManager", MANAGER.to_owned())];
        let ask = Ask { method: Method::POST, query: &query, body, ..Ask::get(OPERATION, &what, &path) };
        match self.cluster.ask(ask).await {
            // Made in between, perhaps by a request of ours whose answer was lost.
            Err(error) if error.kind == ErrorKind::AlreadyExists => self.has_service(services, version).await.map(drop),
            other => other.map(drop),
        }
    }
}

fn service(name: &str, namespace: &str) -> ManifestRef {
    ManifestRef { kind: "service".into(), name: name.to_owned(), namespace: namespace.to_owned() }
}

/// The one workload among the manifests whose versions the Service selects.
fn new_version<'a>(
    prepared: &'a [PreparedManifest],
    base: &str,
    selector: &Map,
    namespace: &str,
) -> Result<&'a PreparedManifest, Error> {
    let is_behind = |it: &&PreparedManifest| {
        let known = ObjectKind::of(&it.manifest).ok();
        let receives = known.as_ref().and_then(ObjectKind::known).is_some_and(|known| known.receives_traffic);
        receives && it.target.namespace == namespace && selects(selector, &it.manifest)
    };
    let behind: Vec<&PreparedManifest> = prepared.iter().filter(is_behind).collect();
    let versioned: Vec<&PreparedManifest> = behind.iter().copied().filter(|it| it.version.is_some()).collect();
    match (versioned.as_slice(), behind.first()) {
        ([one], _) => Ok(one),
        ([], Some(plain)) => Err(invalid(
            format!("{} is changed in place, so there are no two versions to split traffic between", plain.target),
            "deploy a replicaSet, annotate it strategy.spinnaker.io/versioned: \"true\", or name a Service with 'route.to'",
        )),
        ([], None) => Err(invalid(
            format!("the stage deploys nothing in {namespace} that service {base} selects"),
            "its pod template needs the labels of the Service's selector; or name a Service with 'route.to'",
        )),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|it| it.target.full_name()).collect();
            Err(invalid(
                format!("service {base} selects several workloads of the stage: {}", names.join(", ")),
                "deploy them in stages of their own, or name a Service with 'route.to'",
            ))
        }
    }
}

/// A Service like the one of all versions, for one of them.
fn service_for(base: &Value, workload: &Value, services: &VersionServices, version: &VersionService) -> Value {
    let mut selector = selector_of(base).cloned().unwrap_or_default();
    selector.insert(SEQUENCE.to_owned(), version.sequence.clone().into());
    let mut ports = base["spec"]["ports"].clone();
    for port in ports.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        port.shift_remove("nodePort");
    }
    let mut spec = json!({"type": "ClusterIP", "selector": selector, "ports": ports});
    for key in KEPT {
        if let Some(value) = base["spec"].get(*key) {
            spec[*key] = value.clone();
        }
    }
    if base["spec"]["clusterIP"] == "None" {
        spec["clusterIP"] = "None".into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": version.name,
            "namespace": services.namespace,
            "labels": {"app.kubernetes.io/managed-by": "gennaker"},
            "annotations": {BASE: services.base},
            "ownerReferences": [{
                "apiVersion": workload["apiVersion"], "kind": workload["kind"],
                "name": workload["metadata"]["name"], "uid": workload["metadata"]["uid"],
            }],
        },
        "spec": spec,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services() -> (VersionServices, VersionService) {
        let version = VersionService {
            name: "shop-v003".into(),
            backend: "shop-v003".into(),
            sequence: "3".into(),
            ..VersionService::default()
        };
        let services = VersionServices { base: "shop".into(), namespace: "prod".into(), ..VersionServices::default() };
        (services, version)
    }

    #[test]
    fn a_version_has_the_ports_and_the_pods_of_its_own() {
        let base = json!({"metadata": {"name": "shop"}, "spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1",
            "sessionAffinity": "ClientIP", "selector": {"app": "shop"}, "ports": [{"port": 80, "nodePort": 30080}]}});
        let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-v003", "uid": "u"}});
        let (services, version) = services();
        let made = service_for(&base, &set, &services, &version);
        let selector = json!({"app": "shop", SEQUENCE: "3"});
        assert_eq!(
            made["spec"],
            json!({"type": "ClusterIP", "selector": selector, "ports": [{"port": 80}], "sessionAffinity": "ClientIP"})
        );
        assert_eq!(made["metadata"]["ownerReferences"][0]["uid"], "u");
    }

    #[test]
    fn backends_keep_the_form_the_route_writes_them_in() {
        assert_eq!(renamed("shop", "shop-v1"), "shop-v1");
        assert_eq!(renamed("shop.prod.svc.cluster.local", "shop-v1"), "shop-v1.prod.svc.cluster.local");
        assert_eq!(service_of("shop.prod"), "shop");
    }

    #[test]
    fn one_versioned_workload_must_be_behind_the_service() {
        let selector = json!({"app": "shop"}).as_object().unwrap().clone();
        let workload = |kind: &str, name: &str, version: Option<&str>| PreparedManifest {
            target: ManifestRef { kind: kind.into(), name: name.into(), namespace: "prod".into() },
            manifest: json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
                "spec": {"template": {"metadata": {"labels": {"app": "shop", "x": "y"}}}}}),
            version: version.map(str::to_owned),
            key: String::new(),
            choice: None,
            reused: false,
            priority: 0,
            artifact: crate::model::Artifact::default(),
            bound: Vec::new(),
            verb: "apply",
            replaces: None,
            warnings: Vec::new(),
        };
        let one = [workload("ReplicaSet", "web-v000", Some("v000"))];
        assert_eq!(new_version(&one, "shop", &selector, "prod").unwrap().target.name, "web-v000");
        let wrong = |prepared: &[PreparedManifest], part: &str| {
            let error = new_version(prepared, "shop", &selector, "prod").unwrap_err();
            assert!(error.message.contains(part), "{error}");
        };
        wrong(&[], "deploys nothing in prod that service shop selects");
        wrong(&[workload("Deployment", "web", None)], "changed in place");
        wrong(&[one[0].clone(), workload("ReplicaSet", "b-v000", Some("v000"))], "several workloads");
    }
}
