//! Many namespaces at once: nothing is throttled, neither here nor by the server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Cluster, Space, cluster};
use crate::manifests::{config_map, deployment, stage};

/// Requests that the server has told to come later.
fn throttled(cluster: &Cluster) -> u64 {
    let metrics = cluster.kubectl(&["get", "--raw", "/metrics"]);
    let told =
        metrics.lines().filter(|line| line.starts_with("apiserver_request_total") && line.contains("code=\"429\""));
    told.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).map(|count| count as u64).sum()
}

#[test]
fn fifty_namespaces_are_deployed_to_at_once() {
    let space = Space::new();
    let count = if cluster().stands_in { 50 } else { 10 };
    let names: Vec<String> = (0..count).map(|number| format!("{}-{number}", space.namespace)).collect();
    let namespaces = names.iter().map(|name| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"));
    space.cluster.apply(&namespaces.collect::<Vec<_>>().join("---\n"));
    let stages: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let mut web = deployment("web", "nginx:1", 1);
            web["metadata"]["namespace"] = name.as_str().into();
            let mut settings = config_map("settings", name);
            settings["metadata"]["namespace"] = name.as_str().into();
            let more = json!({"source": "text", "moniker": {"app": "shop"}, "manifests": [web, settings],
                "refId": number.to_string(), "requisiteStageRefIds": []});
            stage("deployManifest", name, more)
        })
        .collect();
    let pipeline = json!({"name": "many", "application": "shop", "stages": stages});
    space.project.write("pipelines/many.json", &pipeline.to_string());
    let before = throttled(space.cluster);
    let started = Instant::now();
    let output = space.project.run(&["run", "pipelines/many.json"]);
    let took = started.elapsed();
    let ran = space.ended(&output).ok();
    assert_eq!(ran.execution["stages"].as_array().unwrap().len(), count);
    assert_eq!(throttled(space.cluster), before, "the server told nobody to come later");
    // Two objects a namespace are looked for, created and looked at: a client held to the five requests a second that
    // client-go allows by default would still be at it.
    let throttled = Duration::from_secs_f64(6.0 * count as f64 / 5.0);
    assert!(took < throttled, "{count} namespaces took {took:?}");
    let all = space.cluster.kubectl(&[
        "get",
        "deployments",
        "-A",
        "-o",
        "jsonpath={range .items[*]}{.metadata.namespace} {.status.readyReplicas}{'\\n'}{end}",
    ]);
    for name in &names {
        assert!(all.lines().any(|line| line == format!("{name} 1")), "{name} is not ready:\n{all}");
    }
    let mut delete = vec!["delete", "namespace", "--wait=false"];
    delete.extend(names.iter().map(String::as_str));
    space.cluster.kubectl(&delete);
}
