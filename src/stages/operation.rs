//! What a stage leaves in its context when it asked a cloud for something (contract 3.0): expressions read these keys.

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::object;
use super::reading;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Map, ServerGroupRef};

/// Names a mutation of a server group in the journal; only then it may be made.
pub(crate) async fn announce(
    call: &Call<'_>,
    operation: &str,
    group: &ServerGroupRef,
    detail: impl Into<String>,
) -> Result<(), Failure> {
    let target = format!("{}/{}/{}", group.account, group.location, group.name);
    call.mutation(operation, target, detail).await
}

/// `{<location>: [names]}` as `deploy.server.groups` holds it.
pub(crate) fn by_location(groups: &[ServerGroupRef]) -> Value {
    let mut map = Map::new();
    for group in groups {
        if let Value::Array(names) = map.entry(group.location.clone()).or_insert_with(|| json!([])) {
            names.push(json!(group.name));
        }
    }
    Value::Object(map)
}

/// The server groups an earlier task of the stage recorded under `deploy.server.groups`.
pub(crate) fn recorded(cloud: &Cloud, context: &Map) -> Vec<ServerGroupRef> {
    let Some(map) = reading::object(context, "deploy.server.groups") else { return Vec::new() };
    map.iter()
        .flat_map(|(location, names)| {
            let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
            names.iter().filter_map(Value::as_str).map(|name| cloud.reference(location, name))
        })
        .collect()
}

/// The operation is accepted: done, with the record of it.
pub(crate) fn accepted(call: &Call<'_>, operation: &str, cloud: &Cloud, groups: &[ServerGroupRef]) -> TaskResult {
    accepted_with(call, operation, cloud, groups, Vec::new())
}

/// The same with what the operation made.
pub(crate) fn accepted_with(
    call: &Call<'_>,
    operation: &str,
    cloud: &Cloud,
    groups: &[ServerGroupRef],
    results: Vec<Value>,
) -> TaskResult {
    let id = format!("{}:{operation}", call.stage.id);
    let expected = !results.is_empty();
    let mut tasks = reading::list(call.context, "kato.tasks").to_vec();
    tasks.retain(|task| task.get("id").and_then(Value::as_str) != Some(&id));
    tasks.push(json!({
        "id": id,
        "status": {"completed": true, "failed": false, "retryable": false},
        "history": [],
        "resultObjects": results,
        "outputs": [],
    }));
    let context = object(json!({
        "kato.last.task.id": {"id": id},
        "kato.tasks": tasks,
        "kato.result.expected": expected,
        "kato.task.lastStatus": "SUCCEEDED",
        "deploy.account.name": cloud.account,
        "deploy.server.groups": by_location(groups),
        "notification.type": operation.to_lowercase(),
    }));
    TaskResult { context, ..TaskResult::succeeded() }
}
