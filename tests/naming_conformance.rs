//! Server group names against what frigga and Spinnaker's name resolver answered.

use gennaker::model::{InvalidName, Moniker, build_server_group_name, next_sequence, parse_name};
use serde_json::Value;

fn vectors(kind: &str) -> Vec<Value> {
    let folder = std::env::var("GENNAKER_CONFORMANCE");
    let folder = folder.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/naming.json"))
        .expect("the conformance data is part of the repository");
    let data: Value = serde_json::from_str(&text).expect("the conformance data is JSON");
    data[kind].as_array().expect("it has vectors").clone()
}

#[test]
fn every_name_is_read_as_frigga_reads_it() {
    let mut wrong = Vec::new();
    for vector in vectors("parse") {
        let moniker = parse_name(vector["name"].as_str().unwrap_or(""));
        let parts = [
            ("app", moniker.app.map(Value::from)),
            ("cluster", moniker.cluster.map(Value::from)),
            ("stack", moniker.stack.map(Value::from)),
            ("detail", moniker.detail.map(Value::from)),
            ("sequence", moniker.sequence.map(Value::from)),
        ];
        for (part, found) in parts {
            if found.clone().unwrap_or(Value::Null) != vector[part] {
                wrong.push(format!("{} {part}: expected {}, got {found:?}", vector["name"], vector[part]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_name_is_built_as_frigga_builds_it() {
    let mut wrong = Vec::new();
    for vector in vectors("build") {
        let cluster =
            Moniker::of(vector["app"].as_str().unwrap_or(""), vector["stack"].as_str(), vector["detail"].as_str())
                .map(|moniker| moniker.cluster.unwrap_or_default());
        for sequence in [0, 7, 999] {
            let expected = vector[format!("serverGroup_{sequence}")].as_str();
            let built = cluster.clone().map(|cluster| build_server_group_name(&cluster, sequence)).ok();
            if built.as_deref() != expected {
                wrong.push(format!("{vector}: got {built:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_next_name_is_the_one_spinnaker_takes() {
    let mut wrong = Vec::new();
    for vector in vectors("next") {
        let taken: Vec<(Option<u32>, i64)> = vector["takenSlots"]
            .as_array()
            .expect("slots")
            .iter()
            .map(|slot| (slot[1].as_u64().and_then(|n| u32::try_from(n).ok()), slot[2].as_i64().unwrap_or(0)))
            .collect();
        let next = || -> Result<String, InvalidName> {
            let text = |key: &str| vector[key].as_str();
            let cluster = Moniker::of(text("app").unwrap_or(""), text("stack"), text("detail"))?.cluster;
            let cluster = cluster.unwrap_or_default();
            if vector["ignoreSequence"] == true {
                return Ok(cluster);
            }
            let sequence = next_sequence(&cluster, &taken)?;
            Ok(build_server_group_name(&cluster, sequence))
        };
        let found = next().ok();
        if found.as_deref() != vector["next"].as_str() {
            wrong.push(format!("{vector}: got {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
