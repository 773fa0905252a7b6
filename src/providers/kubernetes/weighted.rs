//! Kinds that split traffic by weight: what each has to say of itself. One file a kind, one line in [`KINDS`].

use serde_json::Value;

use super::http_route::HttpRoute;
use super::nginx_ingress::NginxIngress;
use super::traffic_split::TrafficSplit;
use super::virtual_service::VirtualService;
use super::weights::{Rule, Wish};
use crate::providers::TrafficRoute;

/// A kind whose objects split traffic by weight. All of it is decided over what was read; nothing here asks a server.
pub(super) trait Weighted: Sync {
    /// `route.kind` in documents; letter case does not matter there.
    fn kind(&self) -> &'static str;
    /// The kind with its group, as the API server is asked for it.
    fn served_as(&self) -> &'static str;
    /// Name of a second object that takes part.
    fn companion(&self, _route: &TrafficRoute) -> Option<String> {
        None
    }
    /// The rules of an object, with the weights they give.
    fn rules(&self, seen: &Seen) -> Result<Vec<Rule>, String>;
    /// What to change, in this order, so that these rules give the shares wished; nothing when they do already.
    fn edits(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Result<Vec<Edit>, String>;
    /// What must be there for traffic sent to `to` to arrive.
    fn backend(&self, seen: &Seen, rules: &[usize], wish: Wish<'_>) -> Backend;
    /// What those who carry the traffic have not done yet, where they say so.
    fn unobserved(&self, seen: &Seen) -> Option<String>;
}

/// The kinds there are, sorted by name.
pub(super) const KINDS: &[&dyn Weighted] = &[&HttpRoute, &NginxIngress, &TrafficSplit, &VirtualService];

/// The kind of this name.
pub(super) fn kind(name: &str) -> Option<&'static dyn Weighted> {
    // `HTTPRoute.gateway.networking.k8s.io` names its group as well.
    let bare = name.split('.').next().unwrap_or_default();
    KINDS.iter().find(|kind| kind.kind().eq_ignore_ascii_case(bare)).copied()
}

/// What was read of a route.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) object: Value,
    /// Its second object, where it is there.
    pub(super) companion: Option<Value>,
    pub(super) companion_name: Option<String>,
    pub(super) namespace: String,
}

impl Seen {
    /// An object that needs no other.
    pub(super) fn of(object: Value) -> Self {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        Self { object, namespace, ..Self::default() }
    }

    /// The list at a place of the object.
    pub(super) fn list(&self, pointer: &str) -> &[Value] {
        self.object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// Which of the two objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The one that is named.
    Main,
    /// The second one.
    Companion,
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Operations of a JSON patch.
    Patch(Vec<Value>),
    /// It is made.
    Create(Value),
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) place: Place,
    pub(super) change: Change,
}

impl Edit {
    /// The edit of these operations; none when there are none.
    pub(super) fn of_operations(operations: Vec<Value>) -> Vec<Self> {
        match operations.is_empty() {
            true => Vec::new(),
            false => vec![Self { place: Place::Main, change: Change::Patch(operations) }],
        }
    }

    /// The same of the second object.
    pub(super) fn of_companion(self) -> Self {
        Self { place: Place::Companion, ..self }
    }
}

/// What must be there for traffic to arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Backend {
    /// Namespace and name of a Service.
    pub(super) service: Option<(String, String)>,
    /// Host and name of a subset that a DestinationRule of Istio defines.
    pub(super) subset: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_found_in_any_case() {
        assert!(KINDS.windows(2).all(|pair| pair[0].kind() < pair[1].kind()));
        assert_eq!(kind("httproute").unwrap().kind(), "HTTPRoute");
        assert_eq!(kind("VirtualService.networking.istio.io").unwrap().kind(), "VirtualService");
        assert!(kind("service").is_none());
    }
}
