//! Ingress of ingress-nginx: a second Ingress with `nginx.ingress.kubernetes.io/canary-weight`, one Service a version.
//!
//! The canary Ingress gets a share of what the main one gets. A version that gets everything becomes the backend of the
//! main Ingress, and the canary gets nothing.
//!
//! <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary>

use serde_json::{Value, json};

use super::weighted::{Backend, Change, Edit, Place, Seen, Weighted};
use super::weights::{Rule, Wish};
use crate::model::Map;
use crate::providers::TrafficRoute;

/// Ingresses of ingress-nginx.
pub(super) struct NginxIngress;

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const WEIGHT: &str = "nginx.ingress.kubernetes.io/canary-weight";
const TOTAL: &str = "nginx.ingress.kubernetes.io/canary-weight-total";
const CLASS: &str = "kubernetes.io/ingress.class";

/// A path of an Ingress: where its backend is, what it answers to, and the Service behind it.
struct Route {
    pointer: String,
    answers: String,
    service: String,
}

fn routes(ingress: &Value) -> Vec<Route> {
    let mut found = Vec::new();
    let service = |backend: &Value| backend["service"]["name"].as_str().map(str::to_owned);
    if let Some(service) = service(&ingress["spec"]["defaultBackend"]) {
        found.push(Route { pointer: "/spec/defaultBackend".into(), answers: String::new(), service });
    }
    for (at, rule) in ingress["spec"]["rules"].as_array().into_iter().flatten().enumerate() {
        for (index, path) in rule["http"]["paths"].as_array().into_iter().flatten().enumerate() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            found.extend(service(&path["backend"]).map(|service| Route {
                pointer: format!("/spec/rules/{at}/http/paths/{index}/backend"),
                answers: format!("{}{}", text(&rule["host"]), text(&path["path"])),
                service,
            }));
        }
    }
    found
}

/// What the canary Ingress gets, in percent, and its Service.
fn canary(seen: &Seen) -> Option<(u32, String)> {
    let ingress = seen.companion.as_ref()?;
    let annotation = |key: &str| ingress["metadata"]["annotations"].get(key).and_then(Value::as_str);
    let number = |key: &str| annotation(key).and_then(|text| text.trim().parse::<u32>().ok());
    let on = annotation(CANARY) == Some("true");
    let total = number(TOTAL).filter(|total| *total > 0).unwrap_or(100);
    let weight = if on { number(WEIGHT).unwrap_or(0).saturating_mul(100) / total } else { 0 };
    Some((weight.min(100), routes(ingress).into_iter().next()?.service))
}

impl Weighted for NginxIngress {
    fn kind(&self) -> &'static str {
        "Ingress"
    }

    fn served_as(&self) -> &'static str {
        "ingress"
    }

    fn companion(&self, route: &TrafficRoute) -> Option<String> {
        Some(route.canary.clone().unwrap_or_else(|| format!("{}-canary", route.name)))
    }

    /// A rule for each Service of the main Ingress: it, and the canary's where that answers to the same.
    fn rules(&self, seen: &Seen) -> Result<Vec<Rule>, String> {
        let beside = canary(seen);
        let answered: Vec<String> = seen.companion.iter().flat_map(routes).map(|route| route.answers).collect();
        let mut rules: Vec<Rule> = Vec::new();
        for route in routes(&seen.object) {
            if rules.iter().any(|rule| rule.name.as_ref() == Some(&route.service)) {
                continue;
            }
            let backends = match &beside {
                Some((weight, service)) if *service != route.service && answered.contains(&route.answers) => {
                    vec![(route.service.clone(), u64::from(100 - weight)), (service.clone(), u64::from(*weight))]
                }
                _ => vec![(route.service.clone(), 100)],
            };
            rules.push(Rule { name: Some(route.service), backends });
        }
        Ok(rules)
    }

    fn edits(&self, seen: &Seen, _rules: &[usize], wish: Wish<'_>) -> Result<Vec<Edit>, String> {
        let whole = wish.percent == 0 || wish.percent >= 100;
        let main = if wish.percent >= 100 { wish.to } else { serving(wish)? };
        let versions = [wish.from.unwrap_or(wish.to), wish.to];
        let main = Edit::of_operations(pointed(&seen.object, &versions, main));
        let share = if whole { 0 } else { wish.percent };
        let beside: Vec<Edit> = match &seen.companion {
            None if whole => Vec::new(),
            None => vec![Edit { place: Place::Companion, change: Change::Create(new_canary(seen, wish, &versions)) }],
            Some(canary) => {
                // One that gets nothing may stay at whatever Service it has.
                let mut operations = weighed(canary, share);
                if !whole {
                    let there: Vec<String> = routes(canary).into_iter().map(|route| route.service).collect();
                    let there: Vec<&str> = there.iter().map(String::as_str).collect();
                    operations.splice(0..0, pointed(canary, &there, wish.to));
                }
                Edit::of_operations(operations).into_iter().map(Edit::of_companion).collect()
            }
        };
        // At every moment in between, the shares are the old ones or the new ones.
        Ok(if whole { main.into_iter().chain(beside).collect() } else { beside.into_iter().chain(main).collect() })
    }

    fn backend(&self, seen: &Seen, _rules: &[usize], wish: Wish<'_>) -> Backend {
        Backend { service: Some((seen.namespace.clone(), wish.to.to_owned())), subset: None }
    }

    /// The controller says nothing of weights.
    fn unobserved(&self, _seen: &Seen) -> Option<String> {
        None
    }
}

fn serving(wish: Wish<'_>) -> Result<&str, String> {
    wish.from.ok_or_else(|| format!("it sends to {} only: say with 'from' what gets the rest", wish.to))
}

/// Operations that point the paths of some Services to another.
fn pointed(ingress: &Value, services: &[&str], to: &str) -> Vec<Value> {
    let moved = |route: &Route| services.contains(&route.service.as_str()) && route.service != to;
    let operation =
        |route: Route| json!({"op": "replace", "path": format!("{}/service/name", route.pointer), "value": to});
    routes(ingress).into_iter().filter(moved).map(operation).collect()
}

fn weighed(canary: &Value, share: u32) -> Vec<Value> {
    let there = canary["metadata"]["annotations"].as_object();
    let annotation = |key: &str| there.and_then(|there| there.get(key)).and_then(Value::as_str);
    let total = annotation(TOTAL).and_then(|text| text.parse::<u32>().ok()).filter(|total| *total > 0).unwrap_or(100);
    let share = (u64::from(share) * u64::from(total) / 100).to_string();
    let mut operations = Vec::new();
    if there.is_none() {
        operations.push(json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
    }
    for (key, value) in [(CANARY, "true"), (WEIGHT, share.as_str())] {
        if annotation(key) != Some(value) {
            let path = format!("/metadata/annotations/{}", key.replace('/', "~1"));
            operations.push(json!({"op": "add", "path": path, "value": value}));
        }
    }
    operations
}

/// A canary Ingress beside the main one, which it goes with when that is deleted.
fn new_canary(seen: &Seen, wish: Wish<'_>, versions: &[&str]) -> Value {
    let main = &seen.object;
    let is_version = |backend: &Value| backend["service"]["name"].as_str().is_some_and(|name| versions.contains(&name));
    let mut spec = Map::new();
    if let Some(class) = main["spec"].get("ingressClassName") {
        spec.insert("ingressClassName".into(), class.clone());
    }
    if is_version(&main["spec"]["defaultBackend"]) {
        spec.insert("defaultBackend".into(), main["spec"]["defaultBackend"].clone());
    }
    let mut rules = main["spec"]["rules"].as_array().cloned().unwrap_or_default();
    for rule in &mut rules {
        if let Some(paths) = rule.pointer_mut("/http/paths").and_then(Value::as_array_mut) {
            paths.retain(|path| is_version(&path["backend"]));
        }
    }
    rules.retain(|rule| rule["http"]["paths"].as_array().is_some_and(|paths| !paths.is_empty()));
    if !rules.is_empty() {
        spec.insert("rules".into(), Value::Array(rules));
    }
    let mut annotations = json!({CANARY: "true", WEIGHT: wish.percent.to_string()});
    if let Some(class) = main["metadata"]["annotations"].get(CLASS) {
        annotations[CLASS] = class.clone();
    }
    let mut ingress = json!({
        "apiVersion": main["apiVersion"],
        "kind": "Ingress",
        "metadata": {
            "name": seen.companion_name,
            "namespace": seen.namespace,
            "labels": {"app.kubernetes.io/managed-by": "gennaker"},
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": main["apiVersion"], "kind": "Ingress",
                "name": main["metadata"]["name"], "uid": main["metadata"]["uid"],
            }],
        },
        "spec": spec,
    });
    for route in routes(&ingress) {
        ingress.pointer_mut(&route.pointer).expect("the path was just read")["service"]["name"] = wish.to.into();
    }
    ingress
}

#[cfg(test)]
mod tests {
    use super::*;

    fn main(service: &str) -> Value {
        let path = |path: &str, service: &str| json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop", "namespace": "prod", "uid": "u",
            "annotations": {CLASS: "nginx", "nginx.ingress.kubernetes.io/rewrite-target": "/"}},
            "spec": {"rules": [{"host": "shop.test", "http": {"paths": [path("/", service), path("/api", "api")]}}]}})
    }

    fn wish(percent: u32) -> Wish<'static> {
        Wish { from: Some("v1"), to: "v2", percent, delist: false }
    }

    fn seen(service: &str, canary: Option<(&str, u32)>) -> Seen {
        let mut seen = Seen::of(main(service));
        seen.companion_name = Some("shop-canary".into());
        seen.companion = canary.map(|(service, share)| {
            let mut canary =
                new_canary(&seen, Wish { from: None, to: service, percent: share, delist: false }, &["v1", "v2"]);
            canary["metadata"]["annotations"][WEIGHT] = share.to_string().into();
            canary
        });
        seen
    }

    fn shares(seen: &Seen) -> Vec<(String, u64)> {
        NginxIngress.rules(seen).unwrap().remove(0).backends
    }

    #[test]
    fn the_canary_gets_its_share_of_the_main_ingress() {
        assert_eq!(shares(&seen("v1", None)), [("v1".to_owned(), 100)]);
        assert_eq!(shares(&seen("v1", Some(("v2", 30)))), [("v1".to_owned(), 70), ("v2".to_owned(), 30)]);
        assert_eq!(shares(&seen("v2", Some(("v2", 30)))), [("v2".to_owned(), 100)]);
        let mut other = seen("v1", Some(("v2", 30)));
        other.companion.as_mut().unwrap()["spec"]["rules"][0]["host"] = "elsewhere".into();
        assert_eq!(shares(&other), [("v1".to_owned(), 100)]);
        let mut thousandths = seen("v1", Some(("v2", 300)));
        thousandths.companion.as_mut().unwrap()["metadata"]["annotations"][TOTAL] = "1000".into();
        assert_eq!(shares(&thousandths)[1], ("v2".to_owned(), 30));
    }

    #[test]
    fn a_canary_is_made_with_the_paths_of_the_version() {
        let edits = NginxIngress.edits(&seen("v1", None), &[], wish(10)).unwrap();
        let [Edit { place: Place::Companion, change: Change::Create(canary) }] = edits.as_slice() else {
            panic!("{edits:?}")
        };
        assert_eq!(canary["metadata"]["annotations"], json!({CANARY: "true", WEIGHT: "10", CLASS: "nginx"}));
        let paths = canary["spec"]["rules"][0]["http"]["paths"].as_array().unwrap();
        assert_eq!((paths.len(), &paths[0]["backend"]["service"]["name"]), (1, &json!("v2")));
        assert_eq!(canary["metadata"]["ownerReferences"][0]["uid"], "u");
    }

    #[test]
    fn the_share_never_jumps_in_between() {
        let places = |service, canary, percent| {
            let edits = NginxIngress.edits(&seen(service, canary), &[], wish(percent)).unwrap();
            edits.iter().map(|edit| edit.place).collect::<Vec<_>>()
        };
        assert_eq!(places("v1", Some(("v2", 10)), 50), [Place::Companion]);
        assert_eq!(places("v1", Some(("v2", 50)), 100), [Place::Main, Place::Companion]);
        assert_eq!(places("v2", Some(("v2", 0)), 50), [Place::Companion, Place::Main]);
        assert_eq!(places("v1", Some(("v2", 10)), 0), [Place::Companion]);
        assert!(places("v1", Some(("v0", 0)), 0).is_empty());
        assert!(places("v1", None, 0).is_empty());
        assert!(places("v2", None, 100).is_empty());
    }
}
