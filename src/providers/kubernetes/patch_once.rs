//! Lists of operations (RFC 6902) are done once: with them the object is marked, and a mark that is there is looked for.
//!
//! Other patches say what the object is to be, and may be sent again. Operations say what to do with it: sent again
//! after a kill or a lost answer, they would add a second time or remove what came after.

use serde_json::{Value, json};

use super::{Kubernetes, annotations};
use crate::model::Map;
use crate::providers::{Error, ErrorKind, ManifestPatch, ManifestRef};

/// Annotation that says which patch an object had last.
const MARK: &str = "gennaker.io/patched-by";
/// Annotation that says why an object was changed: `kubectl rollout history` shows it.
const CAUSE: &str = "kubernetes.io/change-cause";
const ANNOTATIONS: &str = "/metadata/annotations";
/// Times an object that keeps changing is read again.
const TRIES: u32 = 8;

impl Kubernetes {
    /// Does the operations unless the object bears the mark; gives the object as it then is.
    pub(super) async fn change_once(
        &self,
        target: &ManifestRef,
        operations: &[Value],
        marks: &Map,
    ) -> Result<Value, Error> {
        let mut tries = 0;
        let mut live = self.existing("patch", target).await?;
        loop {
            if annotations::annotation(&live, MARK) == marks.get(MARK).and_then(Value::as_str) {
                return Ok(live);
            }
            let marked = ManifestPatch::Json(Value::Array(marked(&live, operations, marks)));
            let error = match self.change("patch", target, &marked).await {
                Ok(changed) => return Ok(changed),
                Err(error) => error,
            };
            // The server does not say which operation it refused; that of the version, when the object has another now.
            let again = self.existing("patch", target).await?;
            tries += 1;
            if error.kind != ErrorKind::Invalid || version(&again) == version(&live) || tries == TRIES {
                return Err(error);
            }
            live = again;
        }
    }
}

fn version(object: &Value) -> &Value {
    &object["metadata"]["resourceVersion"]
}

/// Annotations that go with operations: which they are, and why they are done.
pub(super) fn marks(mark: &str, cause: Option<&str>) -> Map {
    let marks = [Some((MARK, mark)), cause.map(|cause| (CAUSE, cause))];
    marks.into_iter().flatten().map(|(key, text)| (key.to_owned(), text.into())).collect()
}

/// A patch that also writes why it is made.
pub(super) fn with_cause(patch: ManifestPatch, cause: &str) -> ManifestPatch {
    let with = |mut body: Value| {
        let metadata = body.as_object_mut().map(|map| map.entry("metadata").or_insert_with(|| json!({})));
        let annotations = metadata
            .and_then(Value::as_object_mut)
            .map(|metadata| metadata.entry("annotations").or_insert_with(|| json!({})));
        if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
            annotations.insert(CAUSE.to_owned(), cause.into());
        }
        body
    };
    match patch {
        ManifestPatch::Strategic(body) => ManifestPatch::Strategic(with(body)),
        ManifestPatch::Merge(body) => ManifestPatch::Merge(with(body)),
        ManifestPatch::Json(operations) => ManifestPatch::Json(operations),
    }
}

/// The operations, for this version of the object and no other, and with them the marks.
fn marked(live: &Value, operations: &[Value], marks: &Map) -> Vec<Value> {
    let path = |operation: &Value| operation["path"].as_str().unwrap_or_default().to_owned();
    let drops = |operation: &Value| operation["op"] == "remove" && path(operation) == ANNOTATIONS;
    let adds = |operation: &Value| operation["op"] != "remove" && path(operation) == ANNOTATIONS;
    let had = live["metadata"]["annotations"].is_object();
    let has = operations.iter().fold(had, |has, operation| (has || adds(operation)) && !drops(operation));
    let mut all = vec![json!({"op": "test", "path": "/metadata/resourceVersion", "value": version(live)})];
    all.extend(operations.iter().cloned());
    if !has {
        all.push(json!({"op": "add", "path": ANNOTATIONS, "value": marks}));
        return all;
    }
    let add = |(key, text): (&String, &Value)| json!({"op": "add", "path": format!("{ANNOTATIONS}/{}", key.replace('/', "~1")), "value": text});
    all.extend(marks.iter().map(add));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_for_one_version_and_leave_a_mark() {
        let bare = json!({"metadata": {"resourceVersion": "7"}});
        let add = json!({"op": "add", "path": "/spec/containers/-", "value": {}});
        let marks = marks("m", None);
        let all = marked(&bare, std::slice::from_ref(&add), &marks);
        assert_eq!(all[0], json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}));
        assert_eq!(all[1..], [add, json!({"op": "add", "path": ANNOTATIONS, "value": {MARK: "m"}})]);
        let annotated = json!({"metadata": {"annotations": {"a": "b"}}});
        let last = |operations: &[Value]| marked(&annotated, operations, &marks).pop().unwrap()["path"].clone();
        assert_eq!(last(&[]), "/metadata/annotations/gennaker.io~1patched-by");
        assert_eq!(last(&[json!({"op": "remove", "path": ANNOTATIONS})]), ANNOTATIONS);
    }
}
