//! How lists in Kubernetes' own kinds are merged: by which key of their items, or as a whole.

use super::kind::ObjectKind;

/// What becomes of a list when two manifests are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListMerge {
    /// One list takes the other's place.
    Replace,
    /// Items of the same key are merged.
    ByKey(&'static str),
    /// Plain values are put together.
    Set,
}

/// Lists of pod specs and containers, wherever they lie.
const POD_LISTS: &[(&str, &str)] = &[
    ("containers", "name"),
    ("ephemeralContainers", "name"),
    ("hostAliases", "ip"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("topologySpreadConstraints", "topologyKey"),
    ("volumes", "name"),
];
const CONTAINER_LISTS: &[(&str, &str)] =
    &[("env", "name"), ("ports", "containerPort"), ("volumeDevices", "devicePath"), ("volumeMounts", "mountPath")];
const CONTAINERS: &[&str] = &["containers", "ephemeralContainers", "initContainers"];

/// How the list at a path is merged; the path holds field names only, items of lists add nothing to it.
pub(super) fn list_merge(kind: &ObjectKind, path: &[&str]) -> ListMerge {
    let by = |table: &[(&str, &'static str)], field: &str| {
        table.iter().find(|(name, _)| *name == field).map_or(ListMerge::Replace, |(_, key)| ListMerge::ByKey(key))
    };
    match path {
        [.., "metadata", "finalizers"] => ListMerge::Set,
        [.., "metadata", "ownerReferences"] => ListMerge::ByKey("uid"),
        ["spec", "ports"] if kind.is("service") => ListMerge::ByKey("port"),
        ["secrets" | "imagePullSecrets"] if kind.is("serviceAccount") => ListMerge::ByKey("name"),
        ["webhooks"] => ListMerge::ByKey("name"),
        [.., "status", "conditions"] => ListMerge::ByKey("type"),
        [.., container, field] if CONTAINERS.contains(container) && is_pod_spec(kind, &path[..path.len() - 2]) => {
            by(CONTAINER_LISTS, field)
        }
        [above @ .., field] if is_pod_spec(kind, above) => by(POD_LISTS, field),
        _ => ListMerge::Replace,
    }
}

/// Whether the object at a path is kept to the keys the manifest has: one kind of volume takes the place of another.
pub(super) fn retains_keys(kind: &ObjectKind, path: &[&str]) -> bool {
    match path {
        ["spec", "strategy"] => kind.is("deployment"),
        [above @ .., "volumes"] => is_pod_spec(kind, above),
        _ => false,
    }
}

fn is_pod_spec(kind: &ObjectKind, path: &[&str]) -> bool {
    path.ends_with(&["template", "spec"]) || path == ["spec"] && kind.is("pod")
}
