//! VirtualService of Istio: `spec.http[].route[].weight`, a version by the subset or the host of its destination.
//!
//! <https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination>

use serde_json::Value;

use super::weighted::{Backend, Edit, Seen, Weighted};
use super::weights::{Rule, Wish, Writing, reweighed};

/// VirtualServices.
pub(super) struct VirtualService;

const WRITING: Writing = Writing { name, renamed };

/// A destination goes by its subset, and by its host where it has none.
fn name(backend: &Value) -> Option<String> {
    let destination = &backend["destination"];
    destination["subset"].as_str().or_else(|| destination["host"].as_str()).map(str::to_owned)
}

fn renamed(backend: &Value, version: &str) -> Value {
    let mut other = backend.clone();
    let key = if other["destination"]["subset"].is_string() { "subset" } else { "host" };
    other["destination"][key] = version.into();
    other
}

fn backends(rule: &Value) -> &[Value] {
    rule["route"].as_array().map_or(&[], Vec::as_slice)
}

impl Weighted for VirtualService {
    fn kind(&self) -> &'static str {
        "VirtualService"
    }

    fn served_as(&self) -> &'static str {
        "VirtualService.networking.istio.io"
    }

    fn rules(&self, seen: &Seen) -> Result<Vec<Rule>, String> {
        let read = |rule: &Value| {
            let backends = backends(rule);
            // One destination gets everything, whatever it weighs; of several, one that does not say gets nothing.
            let default = u64::from(backends.len() == 1);
            let weight = |it: &Value| it.get("weight").and_then(Value::as_u64).filter(|_| backends.len() > 1);
            let read = |it: &Value| Some((name(it)?, weight(it).unwrap_or(default)));
            Rule {
                name: rule["name"].as_str().map(str::to_owned),
                backends: backends.iter().filter_map(read).collect(),
            }
        };
        Ok(seen.list("/spec/http").iter().map(read).collect())
    }

    fn edits(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Result<Vec<Edit>, String> {
        let mut operations = Vec::new();
        for at in rules {
            let path = format!("/spec/http/{at}/route");
            operations.extend(reweighed(&path, backends(&seen.list("/spec/http")[*at]), wish, &WRITING)?);
        }
        Ok(Edit::of_operations(operations))
    }

    fn backend(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Backend {
        let listed = rules.iter().flat_map(|at| backends(&seen.list("/spec/http")[*at]));
        let of = |version: &str| listed.clone().find(|it| name(it).as_deref() == Some(version));
        let like = of(wish.to).or_else(|| wish.from.and_then(of));
        let destination = like.map(|it| renamed(it, wish.to)["destination"].clone()).unwrap_or_default();
        let host = destination["host"].as_str().unwrap_or(wish.to);
        let subset = destination["subset"].as_str().map(|subset| (host.to_owned(), subset.to_owned()));
        Backend { service: service_of(host, &seen.namespace), subset }
    }

    fn unobserved(&self, seen: &Seen) -> Option<String> {
        let generation = seen.object["metadata"]["generation"].as_i64().unwrap_or(0);
        // Istio says so only where it is told to (PILOT_ENABLE_STATUS); some versions write it as text.
        let observed = &seen.object["status"]["observedGeneration"];
        let observed = observed.as_i64().or_else(|| observed.as_str()?.parse().ok());
        if observed.is_some_and(|observed| observed < generation) {
            return Some("Istio has not seen it yet".into());
        }
        let failed = seen.list("/status/conditions").iter().find(|it| it["status"] == "False");
        failed.map(|condition| {
            let text = |key: &str| condition[key].as_str().unwrap_or_default();
            format!("Istio says it is not {}: {}", text("type"), text("message"))
        })
    }
}

/// The Service of a host: `web`, `web.prod.svc.cluster.local`; none for a host outside the cluster.
fn service_of(host: &str, namespace: &str) -> Option<(String, String)> {
    let mut parts = host.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => Some((namespace.to_owned(), name.to_owned())),
        (Some(name), Some(namespace), Some("svc")) => Some((namespace.to_owned(), name.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::kubernetes::weighted::Change;

    #[test]
    fn subsets_and_hosts_are_versions() {
        let seen = Seen::of(json!({"metadata": {"namespace": "prod"}, "spec": {"http": [
            {"name": "by-subset", "route": [{"destination": {"host": "web", "subset": "v1"}}]},
            {"route": [{"destination": {"host": "web-v1.prod.svc.cluster.local"}, "weight": 75}, {"destination": {"host": "web-v2"}, "weight": 25}]}]}}));
        let rules = VirtualService.rules(&seen).unwrap();
        assert_eq!(rules[0].backends, [("v1".to_owned(), 1)]);
        assert_eq!(rules[1].backends[1], ("web-v2".to_owned(), 25));
        let wish = Wish { from: Some("v1"), to: "v2", percent: 10, delist: false };
        let edits = VirtualService.edits(&seen, &[0], wish).unwrap();
        let Change::Patch(operations) = &edits[0].change else { panic!("{edits:?}") };
        assert_eq!(
            operations[0],
            json!({"op": "replace", "path": "/spec/http/0/route", "value": [
                {"destination": {"host": "web", "subset": "v1"}, "weight": 90},
                {"destination": {"host": "web", "subset": "v2"}, "weight": 10}]})
        );
        let backend = VirtualService.backend(&seen, &[0], wish);
        assert_eq!(backend.service, Some(("prod".into(), "web".into())));
        assert_eq!(backend.subset, Some(("web".into(), "v2".into())));
        assert_eq!(service_of("shop.example.com", "prod"), None);
        assert_eq!(service_of("web.next.svc.cluster.local", "prod"), Some(("next".into(), "web".into())));
    }

    #[test]
    fn istio_says_what_it_saw_where_it_does() {
        let seen = |status: Value| Seen::of(json!({"metadata": {"generation": 3}, "status": status}));
        assert_eq!(VirtualService.unobserved(&seen(json!({}))), None);
        assert!(VirtualService.unobserved(&seen(json!({"observedGeneration": "2"}))).is_some());
        let wrong = json!({"observedGeneration": 3, "conditions": [{"type": "Reconciled", "status": "False", "message": "1/2 proxies"}]});
        assert_eq!(VirtualService.unobserved(&seen(wrong)).unwrap(), "Istio says it is not Reconciled: 1/2 proxies");
    }
}
