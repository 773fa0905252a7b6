//! HTTPRoute of the Gateway API: `spec.rules[].backendRefs[].weight`, one Service a version.
//!
//! <https://gateway-api.sigs.k8s.io/api-types/httproute/>

use serde_json::Value;

use super::weighted::{Backend, Edit, Seen, Weighted};
use super::weights::{Rule, Wish, Writing, reweighed};

/// HTTPRoutes.
pub(super) struct HttpRoute;

const WRITING: Writing = Writing { name, renamed };

fn name(backend: &Value) -> Option<String> {
    let is_service = backend.get("kind").and_then(Value::as_str).is_none_or(|kind| kind == "Service");
    is_service.then(|| backend["name"].as_str().map(str::to_owned)).flatten()
}

fn renamed(backend: &Value, version: &str) -> Value {
    let mut other = backend.clone();
    other["name"] = version.into();
    other
}

fn backends(rule: &Value) -> &[Value] {
    rule["backendRefs"].as_array().map_or(&[], Vec::as_slice)
}

impl Weighted for HttpRoute {
    fn kind(&self) -> &'static str {
        "HTTPRoute"
    }

    fn served_as(&self) -> &'static str {
        "HTTPRoute.gateway.networking.k8s.io"
    }

    fn rules(&self, seen: &Seen) -> Result<Vec<Rule>, String> {
        let read = |rule: &Value| Rule {
            name: rule["name"].as_str().map(str::to_owned),
            backends: backends(rule)
                .iter()
                // What is left out weighs 1.
                .filter_map(|it| Some((name(it)?, it.get("weight").and_then(Value::as_u64).unwrap_or(1))))
                .collect(),
        };
        Ok(seen.list("/spec/rules").iter().map(read).collect())
    }

    fn edits(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Result<Vec<Edit>, String> {
        let mut operations = Vec::new();
        for at in rules {
            let path = format!("/spec/rules/{at}/backendRefs");
            operations.extend(reweighed(&path, backends(&seen.list("/spec/rules")[*at]), wish, &WRITING)?);
        }
        Ok(Edit::of_operations(operations))
    }

    fn backend(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Backend {
        let listed = rules.iter().flat_map(|at| backends(&seen.list("/spec/rules")[*at]));
        let of = |version: &str| listed.clone().find(|it| name(it).as_deref() == Some(version));
        let like = of(wish.to).or_else(|| wish.from.and_then(of));
        let namespace = like.and_then(|it| it["namespace"].as_str()).unwrap_or(&seen.namespace);
        Backend { service: Some((namespace.to_owned(), wish.to.to_owned())), subset: None }
    }

    /// Each gateway says of the generation it has seen whether it accepts the route and finds its backends.
    fn unobserved(&self, seen: &Seen) -> Option<String> {
        let generation = seen.object["metadata"]["generation"].as_i64().unwrap_or(0);
        for parent in seen.list("/status/parents") {
            let gateway = parent["parentRef"]["name"].as_str().unwrap_or("a gateway");
            for condition in parent["conditions"].as_array().into_iter().flatten() {
                let text = |key: &str| condition[key].as_str().unwrap_or_default();
                if condition["observedGeneration"].as_i64().is_some_and(|seen| seen < generation) {
                    return Some(format!("gateway {gateway} has not seen it yet"));
                }
                if ["Accepted", "ResolvedRefs"].contains(&text("type")) && text("status") == "False" {
                    return Some(format!("gateway {gateway} says {}: {}", text("reason"), text("message")));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::kubernetes::weighted::Change;

    fn seen(generation: i64) -> Seen {
        Seen::of(json!({"metadata": {"namespace": "prod", "generation": 2}, "spec": {"rules": [
            {"name": "shop", "backendRefs": [{"name": "v1", "port": 80}, {"name": "cache", "kind": "Bucket", "weight": 5}]},
            {"backendRefs": [{"name": "v1", "weight": 90}, {"name": "v2", "weight": 10, "namespace": "next"}]}]},
            "status": {"parents": [{"parentRef": {"name": "edge"}, "conditions": [
                {"type": "Accepted", "status": "True", "observedGeneration": generation},
                {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "v2 is not there", "observedGeneration": 2}]}]}}))
    }

    #[test]
    fn weights_are_read_and_set_in_place() {
        let seen = seen(2);
        let rules = HttpRoute.rules(&seen).unwrap();
        assert_eq!(rules[0], Rule { name: Some("shop".into()), backends: vec![("v1".into(), 1)] });
        assert_eq!(rules[1].backends, [("v1".to_owned(), 90), ("v2".to_owned(), 10)]);
        let wish = Wish { from: Some("v1"), to: "v2", percent: 50, delist: false };
        let edits = HttpRoute.edits(&seen, &[1], wish).unwrap();
        let Change::Patch(operations) = &edits[0].change else { panic!("{edits:?}") };
        assert_eq!(operations[0], json!({"op": "add", "path": "/spec/rules/1/backendRefs/0/weight", "value": 50}));
        assert_eq!(HttpRoute.backend(&seen, &[1], wish).service, Some(("next".into(), "v2".into())));
        assert_eq!(HttpRoute.backend(&seen, &[0], wish).service, Some(("prod".into(), "v2".into())));
    }

    #[test]
    fn gateways_say_whether_they_follow() {
        assert_eq!(HttpRoute.unobserved(&seen(1)).unwrap(), "gateway edge has not seen it yet");
        assert_eq!(HttpRoute.unobserved(&seen(2)).unwrap(), "gateway edge says BackendNotFound: v2 is not there");
        assert_eq!(HttpRoute.unobserved(&Seen::of(json!({}))), None);
    }
}
