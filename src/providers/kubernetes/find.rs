//! Reads objects: one, those a query selects, the versions of one.

use serde_json::Value;

use super::Kubernetes;
use super::annotations::{Strategy, moniker_of};
use super::client::Ask;
use super::kind::{self, ObjectKind, parse_full_name};
use super::list::Listed;
use super::redact::redacted;
use super::resource::Resource;
use super::{error, selector, version};
use crate::providers::{Error, FoundManifest, ManifestQuery, ManifestRef};

/// Answers that hold metadata only, where the server can give them.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

impl Kubernetes {
    /// The object a document names.
    pub(super) async fn reference(&self, full_name: &str, namespace: &str) -> Result<ManifestRef, Error> {
        let (kind, name) = parse_full_name(full_name).map_err(error::of_manifest("read"))?;
        let resource = self.cluster.resource_of(&kind).await?;
        let namespace = match (resource.namespaced, namespace) {
            (false, _) => String::new(),
            (true, "") => self.cluster.namespace().await?.to_owned(),
            (true, given) => given.to_owned(),
        };
        let kind = resource.spinnaker_kind();
        self.cluster.account.check("read", &kind, &namespace)?;
        Ok(ManifestRef { kind: kind.to_string(), name, namespace })
    }

    /// Where an object is.
    pub(super) async fn path_of(&self, target: &ManifestRef) -> Result<String, Error> {
        Ok(self.cluster.resource_for(target).await?.path(&target.namespace, &target.name))
    }

    /// An object with all it holds.
    pub(super) async fn live(&self, target: &ManifestRef) -> Result<Option<Value>, Error> {
        let path = self.path_of(target).await?;
        self.cluster.get(&target.to_string(), &path).await
    }

    /// The same, or the error that it is not there.
    pub(super) async fn existing(&self, operation: &'static str, target: &ManifestRef) -> Result<Value, Error> {
        self.live(target).await?.ok_or_else(|| error::not_found(operation, &target.to_string()))
    }

    /// Objects of a resource, complete, with kind and version filled in.
    pub(super) async fn list_all(
        &self,
        resource: &Resource,
        namespace: &str,
        query: &[(&'static str, String)],
    ) -> Result<Listed<Value>, Error> {
        let what = match namespace {
            "" => resource.plural.clone(),
            namespace => format!("{} in {namespace}", resource.plural),
        };
        let mut listed = self.cluster.list(&what, &resource.collection(namespace), query).await?;
        listed.items.iter_mut().for_each(|item| complete(item, resource));
        Ok(listed)
    }

    /// Metadata of the objects of a resource, with kind and version filled in.
    pub(super) async fn list_metadata(&self, resource: &Resource, namespace: &str) -> Result<Vec<Value>, Error> {
        let what = format!("{} in {namespace}", resource.plural);
        let path = resource.collection(namespace);
        let ask = Ask { accept: METADATA_ONLY, ..Ask::get("list", &what, &path) };
        let mut listed = self.cluster.list_with::<Value>(ask).await?;
        listed.items.iter_mut().for_each(|item| complete(item, resource));
        Ok(listed.items)
    }

    pub(super) async fn matching(&self, query: &ManifestQuery) -> Result<Vec<FoundManifest>, Error> {
        let resource = self.cluster.resource_of(&ObjectKind::parse(&query.kind)).await?;
        let kind = resource.spinnaker_kind();
        self.cluster.account.check("list", &kind, &query.namespace)?;
        let labels = selector::to_query(&query.selectors)?;
        let asked: Vec<_> = (!labels.is_empty()).then_some(("labelSelector", labels)).into_iter().collect();
        let namespace = if resource.namespaced { query.namespace.as_str() } else { "" };
        let listed = self.list_all(&resource, namespace, &asked).await?;
        let fits = |object: &Value| {
            let moniker = moniker_of(object);
            let is = |wanted: &Option<String>, there: &Option<String>| wanted.is_none() || wanted == there;
            is(&query.application, &moniker.app) && is(&query.cluster, &moniker.cluster)
        };
        Ok(listed.items.iter().filter(|object| fits(object)).map(|object| found(object, &kind)).collect())
    }

    /// Versions beyond those the object's annotation wishes to keep, oldest first.
    pub(super) async fn surplus(&self, target: &ManifestRef) -> Result<Vec<ManifestRef>, Error> {
        let Some(object) = self.live(target).await? else { return Ok(Vec::new()) };
        let Some(keep) = Strategy::of(&object).max_version_history else { return Ok(Vec::new()) };
        let Some(artifact) = super::annotations::artifact_of(&object, "") else { return Ok(Vec::new()) };
        let resource = self.cluster.resource_for(target).await?;
        let live = self.list_metadata(&resource, &target.namespace).await?;
        let mut unversioned = object.clone();
        unversioned["metadata"]["name"] = artifact.name.unwrap_or_default().into();
        let prior = version::prior_versions(&unversioned, &live).map_err(error::of_manifest("clean up"))?;
        let names = version::surplus(&prior, keep);
        Ok(names.into_iter().map(|name| ManifestRef { name, ..target.clone() }).collect())
    }
}

/// Items of a list say neither kind nor version.
pub(super) fn complete(item: &mut Value, resource: &Resource) {
    if let Some(map) = item.as_object_mut() {
        map.insert("apiVersion".into(), resource.api_version.clone().into());
        map.insert("kind".into(), resource.kind.clone().into());
    }
}

fn found(object: &Value, kind: &ObjectKind) -> FoundManifest {
    let text = |part: &str| part.to_owned();
    FoundManifest {
        target: ManifestRef {
            kind: kind.to_string(),
            name: text(kind::name(object).unwrap_or_default()),
            namespace: text(kind::namespace(object)),
        },
        created: super::convert::moment(&object["metadata"]["creationTimestamp"]),
        replicas: object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0),
        manifest: redacted(object),
    }
}
