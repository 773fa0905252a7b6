//! What `kubectl apply` would send: the difference between the last manifest, the new one and the live object.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::annotations::{LAST_APPLIED, annotation};
use super::kind::ObjectKind;
use super::merge_keys::{ListMerge, list_merge, retains_keys};
use crate::model::Map;

/// A change of a live object, in the form its kind is patched with.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// `application/strategic-merge-patch+json`: one of Kubernetes' own kinds.
    Strategic(Value),
    /// `application/merge-patch+json`: a custom kind.
    Merge(Value),
}

impl Patch {
    /// Its body.
    #[must_use]
    pub fn body(&self) -> &Value {
        match self {
            Self::Strategic(body) | Self::Merge(body) => body,
        }
    }

    /// Media type of its body.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Strategic(_) => "application/strategic-merge-patch+json",
            Self::Merge(_) => "application/merge-patch+json",
        }
    }

    /// Whether the live object is what the manifest asks for already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body().as_object().is_none_or(Map::is_empty)
    }
}

/// The manifest with itself in its annotation, as kubectl writes it: what the next apply is compared with.
#[must_use]
pub fn with_last_applied(manifest: &Value) -> Value {
    let mut applied = manifest.clone();
    if let Some(annotations) = annotations_of(&mut applied) {
        annotations.remove(LAST_APPLIED);
    }
    let text = format!("{}\n", sorted(&applied));
    if let Some(annotations) = annotations_of(&mut applied) {
        annotations.insert(LAST_APPLIED.to_owned(), text.into());
    }
    applied
}

fn annotations_of(manifest: &mut Value) -> Option<&mut Map> {
    let annotations = manifest.get_mut("metadata")?.as_object_mut()?.entry("annotations").or_insert(Value::Null);
    if annotations.is_null() {
        *annotations = json!({});
    }
    annotations.as_object_mut()
}

/// Keys in order: two equal manifests have equal texts.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, &Value> = map.iter().collect();
            Value::Object(ordered.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// What a live object was last applied as; `None` where nobody applied it.
#[must_use]
pub fn last_applied(live: &Value) -> Option<Value> {
    annotation(live, LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok())
}

/// The patch that makes a live object what a manifest asks for: it sets what the manifest has, removes what the last
/// manifest had and this one has not, and leaves the rest to others. `manifest` is one of [`with_last_applied`].
#[must_use]
pub fn patch(manifest: &Value, live: &Value) -> Patch {
    let original = last_applied(live).unwrap_or_else(|| json!({}));
    match ObjectKind::of(manifest) {
        Ok(kind) if kind.known().is_some() => {
            let differ = Differ { kind: &kind };
            let mut path = Vec::new();
            Patch::Strategic(differ.object(&original, manifest, live, &mut path).unwrap_or_else(|| json!({})))
        }
        _ => Patch::Merge(merge(&original, manifest, live).unwrap_or_else(|| json!({}))),
    }
}

fn merge(original: &Value, modified: &Value, live: &Value) -> Option<Value> {
    let modified = modified.as_object()?;
    let mut patch = Map::new();
    for (key, value) in modified {
        let (before, now) = (original.get(key), live.get(key));
        if value.is_object() && now.is_some_and(Value::is_object) {
            let before = before.cloned().unwrap_or_else(|| json!({}));
            if let Some(inner) = merge(&before, value, now.unwrap_or(&Value::Null)) {
                patch.insert(key.clone(), inner);
            }
        } else if !value.is_null() && now != Some(value) {
            patch.insert(key.clone(), value.clone());
        }
    }
    delete_dropped(original, modified, live, &mut patch);
    if patch.is_empty() { None } else { Some(Value::Object(patch)) }
}

/// `null` for what the last manifest had and this one has not, where it is still there.
fn delete_dropped(original: &Value, modified: &Map, live: &Value, patch: &mut Map) {
    for key in original.as_object().into_iter().flat_map(Map::keys) {
        let dropped = modified.get(key).is_none_or(Value::is_null);
        if dropped && live.get(key).is_some_and(|value| !value.is_null()) {
            patch.insert(key.clone(), Value::Null);
        }
    }
}

struct Differ<'a> {
    kind: &'a ObjectKind,
}

impl Differ<'_> {
    fn object<'p>(
        &self,
        original: &'p Value,
        modified: &'p Value,
        live: &'p Value,
        path: &mut Vec<&'p str>,
    ) -> Option<Value> {
        let modified = modified.as_object()?;
        let mut patch = Map::new();
        for (key, value) in modified {
            path.push(key);
            let (before, now) = (original.get(key).unwrap_or(&Value::Null), live.get(key).unwrap_or(&Value::Null));
            match (value, now) {
                (Value::Object(_), Value::Object(_)) => {
                    if let Some(mut inner) = self.object(before, value, now, path) {
                        if retains_keys(self.kind, path) {
                            retain(&mut inner, value);
                        }
                        patch.insert(key.clone(), inner);
                    }
                }
                (Value::Array(items), Value::Array(live_items)) => {
                    let old = before.as_array().map(Vec::as_slice).unwrap_or_default();
                    self.list(key, [old, items, live_items], path, &mut patch);
                }
                (Value::Null, _) => {}
                _ if value != now => {
                    patch.insert(key.clone(), value.clone());
                }
                _ => {}
            }
            path.pop();
        }
        delete_dropped(original, modified, live, &mut patch);
        if patch.is_empty() { None } else { Some(Value::Object(patch)) }
    }

    /// Original, modified and live items of the list `key`.
    fn list<'p>(
        &self,
        key: &str,
        [original, modified, live]: [&'p [Value]; 3],
        path: &mut Vec<&'p str>,
        patch: &mut Map,
    ) {
        match list_merge(self.kind, path) {
            ListMerge::ByKey(merge_key) if modified.iter().all(|item| item.get(merge_key).is_some()) => {
                let mut changes = Vec::new();
                let find = |items: &'p [Value], item: &Value| {
                    items.iter().find(|other| other.get(merge_key) == item.get(merge_key))
                };
                for item in modified {
                    let Some(now) = find(live, item) else {
                        changes.push(item.clone());
                        continue;
                    };
                    let before = find(original, item).unwrap_or(&Value::Null);
                    if let Some(mut inner) = self.object(before, item, now, path) {
                        if retains_keys(self.kind, path) {
                            retain(&mut inner, item);
                        }
                        inner[merge_key] = item[merge_key].clone();
                        changes.push(inner);
                    }
                }
                let order: Vec<Value> = modified.iter().map(|item| json!({ merge_key: item[merge_key] })).collect();
                for gone in original.iter().filter(|item| find(modified, item).is_none() && find(live, item).is_some())
                {
                    changes.push(json!({"$patch": "delete", merge_key: gone[merge_key]}));
                }
                put_ordered(key, changes, order, patch);
            }
            ListMerge::Set => {
                let added: Vec<Value> = modified.iter().filter(|item| !live.contains(item)).cloned().collect();
                let dropped = |item: &&Value| !modified.contains(item) && live.contains(item);
                let gone: Vec<Value> = original.iter().filter(dropped).cloned().collect();
                if !gone.is_empty() {
                    patch.insert(format!("$deleteFromPrimitiveList/{key}"), gone.into());
                }
                put_ordered(key, added, modified.to_vec(), patch);
            }
            _ if modified != live => {
                patch.insert(key.to_owned(), modified.into());
            }
            _ => {}
        }
    }
}

/// A change of a list also says in which order its items are wanted.
fn put_ordered(key: &str, changes: Vec<Value>, order: Vec<Value>, patch: &mut Map) {
    if !changes.is_empty() {
        patch.insert(format!("$setElementOrder/{key}"), order.into());
        patch.insert(key.to_owned(), changes.into());
    }
}

fn retain(patch: &mut Value, modified: &Value) {
    let mut keys: Vec<&String> = modified.as_object().into_iter().flat_map(Map::keys).collect();
    keys.sort();
    patch["$retainKeys"] = json!(keys);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(spec: &Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2, "template": {"spec": spec}}})
    }

    /// The patch from one manifest to the next over an object to which the server added `defaults`.
    fn pod_patch(before: &Value, after: &Value, live: &Value) -> Value {
        let mut object = deployment(live);
        object["metadata"] = with_last_applied(&deployment(before))["metadata"].clone();
        let patch = patch(&with_last_applied(&deployment(after)), &object);
        assert_eq!(patch.media_type(), "application/strategic-merge-patch+json");
        patch.body()["spec"]["template"]["spec"].clone()
    }

    #[test]
    fn what_was_applied_is_written_as_kubectl_does() {
        let manifest =
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"z": "1", "b": "2"}});
        let applied = with_last_applied(&manifest);
        let expected = "{\"apiVersion\":\"v1\",\"data\":{\"b\":\"2\",\"z\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"a\"}}\n";
        assert_eq!(annotation(&applied, LAST_APPLIED), Some(expected));
        assert_eq!(with_last_applied(&applied), applied);
        assert!(patch(&applied, &applied).is_empty());
    }

    #[test]
    fn fields_of_others_stay_and_dropped_ones_go() {
        let before = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"old": "1", "kept": "1"}});
        let after = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"kept": "2"}});
        let mut live = with_last_applied(&before);
        live["data"]["theirs"] = "x".into();
        let patch = patch(&with_last_applied(&after), &live);
        assert_eq!(patch.body()["data"], json!({"old": null, "kept": "2"}));
    }

    #[test]
    fn containers_are_merged_by_name_and_their_lists_by_key() {
        let before = json!({"containers": [
            {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}], "ports": [{"containerPort": 80}], "args": ["x"]},
            {"name": "gone", "image": "g:1"}]});
        let live = json!({"dnsPolicy": "ClusterFirst", "containers": [
            {"name": "a", "image": "a:1", "imagePullPolicy": "Always", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}],
             "ports": [{"containerPort": 80, "protocol": "TCP"}], "args": ["x"]},
            {"name": "gone", "image": "g:1"}, {"name": "injected", "image": "i:1"}]});
        let after = json!({"containers": [
            {"name": "a", "image": "a:2", "env": [{"name": "X", "value": "2"}], "ports": [{"containerPort": 80}], "args": ["y"]},
            {"name": "new", "image": "n:1"}]});
        let expected = json!({
        "$setElementOrder/containers": [{"name": "a"}, {"name": "new"}],
        "containers": [
            {"image": "a:2", "$setElementOrder/env": [{"name": "X"}], "env": [{"value": "2", "name": "X"}, {"$patch": "delete", "name": "Y"}], "args": ["y"], "name": "a"},
            {"name": "new", "image": "n:1"},
            {"$patch": "delete", "name": "gone"},
        ]});
        assert_eq!(pod_patch(&before, &after, &live), expected);
    }

    #[test]
    fn another_kind_of_volume_drops_the_first() {
        let before = json!({"volumes": [{"name": "v", "emptyDir": {}}]});
        let after = json!({"volumes": [{"name": "v", "configMap": {"name": "m"}}]});
        let live = json!({"volumes": [{"name": "v", "emptyDir": {}}]});
        let expected =
            json!([{"configMap": {"name": "m"}, "emptyDir": null, "$retainKeys": ["configMap", "name"], "name": "v"}]);
        assert_eq!(pod_patch(&before, &after, &live)["volumes"], expected);
    }

    #[test]
    fn ports_of_services_are_merged_by_port() {
        let service = |ports: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": ports}});
        let mut live = with_last_applied(&service(json!([{"port": 80}])));
        live["spec"]["ports"] = json!([{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": 31000}]);
        let patch = patch(&with_last_applied(&service(json!([{"port": 80, "targetPort": 8080}]))), &live);
        assert_eq!(patch.body()["spec"]["ports"], json!([{"targetPort": 8080, "port": 80}]));
    }

    #[test]
    fn custom_kinds_take_lists_as_a_whole() {
        let custom = |routes: Value| json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "v"}, "spec": {"http": routes}});
        let mut live = with_last_applied(&custom(json!([{"name": "a", "weight": 1}])));
        live["spec"]["theirs"] = true.into();
        let manifest = with_last_applied(&custom(json!([{"name": "a", "weight": 2}])));
        let patch = patch(&manifest, &live);
        assert_eq!(patch.media_type(), "application/merge-patch+json");
        assert_eq!(patch.body()["spec"], json!({"http": [{"name": "a", "weight": 2}]}));
    }

    #[test]
    fn an_object_nobody_applied_loses_nothing() {
        let live = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"theirs": "1"}});
        let manifest =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"ours": "1"}});
        let patch = patch(&with_last_applied(&manifest), &live);
        assert_eq!(patch.body()["data"], json!({"ours": "1"}));
        assert!(patch.body()["metadata"]["annotations"][LAST_APPLIED].is_string());
    }

    #[test]
    fn finalizers_are_a_set() {
        let with = |finalizers: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "finalizers": finalizers}});
        let mut live = with_last_applied(&with(json!(["x/a", "x/b"])));
        live["metadata"]["finalizers"] = json!(["x/a", "x/b", "x/theirs"]);
        let patch = patch(&with_last_applied(&with(json!(["x/b", "x/c"]))), &live);
        let metadata = &patch.body()["metadata"];
        assert_eq!(metadata["finalizers"], json!(["x/c"]));
        assert_eq!(metadata["$deleteFromPrimitiveList/finalizers"], json!(["x/a"]));
    }
}
