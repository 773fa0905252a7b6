//! TrafficSplit of the Service Mesh Interface: `spec.backends[].weight`, one Service a version.
//!
//! <https://github.com/servicemeshinterface/smi-spec/blob/main/apis/traffic-split/v1alpha4/traffic-split.md>

use serde_json::Value;

use super::weighted::{Backend, Edit, Seen, Weighted};
use super::weights::{Rule, Wish, Writing, reweighed};

/// TrafficSplits.
pub(super) struct TrafficSplit;

const PATH: &str = "/spec/backends";
const WRITING: Writing = Writing { name, renamed };

fn name(backend: &Value) -> Option<String> {
    backend["service"].as_str().map(str::to_owned)
}

fn renamed(backend: &Value, version: &str) -> Value {
    let mut other = backend.clone();
    other["service"] = version.into();
    other
}

/// The first version of the interface wrote thousandths as Kubernetes writes quantities: `900m`.
fn weight(backend: &Value) -> u64 {
    match &backend["weight"] {
        Value::String(text) => match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse().unwrap_or(0),
            None => text.parse::<u64>().map_or(0, |whole| whole * 1000),
        },
        number => number.as_u64().map_or(0, |whole| whole * 1000),
    }
}

impl Weighted for TrafficSplit {
    fn kind(&self) -> &'static str {
        "TrafficSplit"
    }

    fn served_as(&self) -> &'static str {
        "TrafficSplit.split.smi-spec.io"
    }

    fn rules(&self, seen: &Seen) -> Result<Vec<Rule>, String> {
        let read = |backend: &Value| Some((name(backend)?, weight(backend)));
        Ok(vec![Rule { name: None, backends: seen.list(PATH).iter().filter_map(read).collect() }])
    }

    fn edits(&self, seen: &Seen, _rules: &[usize], wish: Wish<'_>) -> Result<Vec<Edit>, String> {
        Ok(Edit::of_operations(reweighed(PATH, seen.list(PATH), wish, &WRITING)?))
    }

    fn backend(&self, seen: &Seen, _rules: &[usize], wish: Wish<'_>) -> Backend {
        Backend { service: Some((seen.namespace.clone(), wish.to.to_owned())), subset: None }
    }

    /// Meshes that read it write no status.
    fn unobserved(&self, _seen: &Seen) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_writing_weights_are_read() {
        let seen = Seen::of(json!({"spec": {"service": "web", "backends": [
            {"service": "v1", "weight": 90}, {"service": "v2", "weight": 10}]}}));
        assert_eq!(
            TrafficSplit.rules(&seen).unwrap()[0].backends,
            [("v1".to_owned(), 90_000), ("v2".to_owned(), 10_000)]
        );
        let seen = Seen::of(
            json!({"spec": {"backends": [{"service": "v1", "weight": "900m"}, {"service": "v2", "weight": "1"}]}}),
        );
        assert_eq!(TrafficSplit.rules(&seen).unwrap()[0].backends, [("v1".to_owned(), 900), ("v2".to_owned(), 1000)]);
        let wish = Wish { from: Some("v1"), to: "v2", percent: 10, delist: false };
        assert_eq!(TrafficSplit.edits(&seen, &[0], wish).unwrap().len(), 1);
    }
}
