//! Runs a job that the project has configured under a name of its own.
//!
//! `services: job: preconfigured: kubernetes:` in gennaker.yaml lists them, as Spinnaker's `job.preconfigured` does: each
//! has a `type`, a `label`, the job's `manifest`, its `account` and `application`, and `parameters` with `name`,
//! `mapping` (where in the stage the value goes) and `defaultValue`. A stage names one by its `type`; documents of
//! Spinnaker add `alias: preconfiguredJob`. It gives values by the parameters' names under `parameters`, and by
//! mappings of its own under `dynamicParameters`. Else it is a `runJobManifest` stage: what is configured replaces what
//! the stage says, and `propertyFile` and `waitForCompletion` mean the same.
//!
//! ```yaml
//! - name: Migrate the database
//!   type: migrate
//!   alias: preconfiguredJob
//!   parameters:
//!     Schema: "42"
//! ```

use async_trait::async_trait;
use serde_json::Value;

use super::configured::{Family, of_family};
use super::run_job::{FIELDS as RUN_JOB_FIELDS, RunJob};
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, Plan};
use crate::model::{Failure, Field, Map, Shape, joined, optional};

/// The stage type behind every configured job.
pub(super) struct PreconfiguredJob;

const OWN: [Field; 4] = [
    optional("dynamicParameters", Shape::Map, "values by mapping, for what the configured parameters leave out"),
    optional("parameters", Shape::Map, "values for the configured job's parameters, by name"),
    optional("preconfiguredJobParameters", Shape::Any, "the configured parameters, as Spinnaker records them"),
    optional("region", Shape::Text, "kept for Spinnaker's documents"),
];

const FIELDS: &[Field] = &joined::<4, { RUN_JOB_FIELDS.len() }, { RUN_JOB_FIELDS.len() + 4 }>(OWN, RUN_JOB_FIELDS);

/// What the configuration of a job says of the stage; it wins where it is set.
pub(super) const CONFIGURED: &[Field] = &[
    optional("account", Shape::Text, "account of the job"),
    optional("application", Shape::Text, "application of the job"),
    optional("cloudProvider", Shape::Text, "`kubernetes`"),
    optional("credentials", Shape::Text, "the same as account"),
    optional("manifest", Shape::Map, "the job"),
    optional("propertyFile", Shape::Text, "container whose log holds the properties"),
    optional("region", Shape::Text, "kept for Spinnaker's configuration"),
    optional("waitForCompletion", Shape::Boolean, "whether to wait until it has ended; true"),
];

#[async_trait]
impl Stage for PreconfiguredJob {
    fn kind(&self) -> &'static str {
        "preconfiguredJob"
    }

    fn source(&self) -> &'static str {
        include_str!("preconfigured_job.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        RunJob.tasks()
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        RunJob.leaves_unevaluated()
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        RunJob.forget_on_restart()
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let overlay = overlay(call, services)?;
        let context = with(call.context, &overlay);
        let mut plan = RunJob.plan(&in_context(call, &context), services).await?;
        plan.context = overlay;
        Ok(plan)
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        RunJob.cancel(call, services).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let context = with(call.context, &overlay(call, services)?);
        RunJob.preview(&in_context(call, &context), services).await
    }
}

fn with(context: &Map, overlay: &Map) -> Map {
    let mut all = context.clone();
    all.extend(overlay.clone());
    all
}

fn in_context<'a>(call: &Call<'a>, context: &'a Map) -> Call<'a> {
    Call {
        execution: call.execution,
        stage: call.stage,
        context,
        now: call.now,
        started: call.started,
        stop: call.stop,
        recorder: call.recorder,
    }
}

/// What the configuration puts into the stage: its own fields, then the parameters' defaults, then the stage's values.
fn overlay(call: &Call<'_>, services: &Services) -> Result<Map, Failure> {
    let job = of_family(&services.settings, &call.stage.kind, Family::Job).ok_or_else(|| {
        Failure::user(format!("there is no job '{}' configured", call.stage.kind))
            .detail("add it to gennaker.yaml under 'services: job: preconfigured: kubernetes'")
    })?;
    let mut overlay = Map::new();
    for field in CONFIGURED {
        if let Some(value) = job.get(field.name).filter(|value| !value.is_null()) {
            overlay.insert(field.name.to_owned(), value.clone());
        }
    }
    // Both words mean the account; what the stage says of it counts no more than the other.
    for (one, other) in [("account", "credentials"), ("credentials", "account")] {
        if let Some(account) = overlay.get(one).cloned() {
            overlay.entry(other).or_insert(account);
        }
    }
    let parameters = || reading::list(job, "parameters").iter().filter_map(Value::as_object);
    // A value may go into what only the stage has; of that the whole is recorded.
    let mut set = |mapping: &str, value: Value| {
        let top = mapping.split(['.', '[']).next().unwrap_or_default();
        if !overlay.contains_key(top)
            && let Some(own) = call.context.get(top).filter(|_| top != mapping)
        {
            overlay.insert(top.to_owned(), own.clone());
        }
        put(&mut overlay, mapping, value).map_err(|why| {
            Failure::user(format!("a value of job '{}' cannot be put at '{mapping}': {why}", call.stage.kind))
                .detail("a mapping is a path of keys that are there, the last of which may be new")
        })
    };
    for parameter in parameters() {
        let default = parameter.get("defaultValue").filter(|value| !value.is_null());
        if let (Some(default), Some(mapping)) = (default, reading::filled(parameter, "mapping")) {
            set(&mapping, default.clone())?;
        }
    }
    for (name, value) in reading::object(call.context, "parameters").into_iter().flatten() {
        let parameter = parameters().find(|it| reading::text(it, "name").as_deref() == Some(name));
        if let Some(mapping) = parameter.and_then(|parameter| reading::filled(parameter, "mapping")) {
            set(&mapping, as_text(value))?;
        }
    }
    for (mapping, value) in reading::object(call.context, "dynamicParameters").into_iter().flatten() {
        set(mapping, as_text(value))?;
    }
    overlay.insert("preconfiguredJobParameters".into(), job.get("parameters").cloned().unwrap_or_default());
    Ok(overlay)
}

/// Spinnaker puts values in as text.
fn as_text(value: &Value) -> Value {
    match value {
        Value::String(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

/// Puts a value at a path such as `manifest.spec.containers[0].env[0].value`; all but the last key must be there.
pub(super) fn put(root: &mut Map, mapping: &str, value: Value) -> Result<(), String> {
    let (way, last) = mapping.rsplit_once('.').unwrap_or(("", mapping));
    if last.is_empty() || last.contains('[') {
        return Err("it must end with a key".to_owned());
    }
    let mut here = root;
    for part in way.split('.').filter(|part| !part.is_empty()) {
        let (name, index) = match part.split_once('[') {
            None => (part, None),
            Some((name, rest)) => {
                let index = rest.strip_suffix(']').and_then(|index| index.parse::<usize>().ok());
                (name, Some(index.ok_or_else(|| format!("'{part}' has no number in its brackets"))?))
            }
        };
        let found =
            here.get_mut(name).filter(|value| !value.is_null()).ok_or_else(|| format!("there is no '{name}'"))?;
        let found = match index {
            None => found,
            Some(index) => {
                let items = found.as_array_mut().ok_or_else(|| format!("'{name}' is no list"))?;
                items.get_mut(index).ok_or_else(|| format!("'{name}' has no item {index}"))?
            }
        };
        here = found.as_object_mut().ok_or_else(|| format!("'{part}' is no object"))?;
    }
    here.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::stages::testing::{Driver, object};

    #[test]
    fn values_are_put_where_their_mapping_leads() {
        let mut root = object(json!({"manifest": {"spec": {"containers": [{"env": [{"name": "A"}]}]}}}));
        put(&mut root, "manifest.spec.containers[0].env[0].value", json!("x")).unwrap();
        put(&mut root, "namespaceOverride", json!("other")).unwrap();
        assert_eq!(root["manifest"]["spec"]["containers"][0]["env"][0], json!({"name": "A", "value": "x"}));
        assert_eq!(root["namespaceOverride"], "other");
        for (mapping, why) in [
            ("manifest.nope.x", "there is no 'nope'"),
            ("manifest.spec[0].x", "'spec' is no list"),
            ("manifest.spec.containers.x", "'containers' is no object"),
            ("manifest.spec.containers[1].x", "'containers' has no item 1"),
            ("manifest.spec.containers[a].x", "'containers[a]' has no number in its brackets"),
            ("manifest.spec.containers[0]", "it must end with a key"),
            ("", "it must end with a key"),
        ] {
            assert_eq!(put(&mut root, mapping, Value::Null).unwrap_err(), why, "{mapping}");
        }
    }

    #[tokio::test]
    async fn a_job_that_is_not_configured_is_named() {
        let settings = json!({"job": {"preconfigured": {"kubernetes": [{"type": "other", "manifest": {}}]}}});
        let context = json!({"alias": "preconfiguredJob"});
        let driver = Driver::with_settings("migrate", context, settings, PathBuf::from("/"));
        assert_eq!(driver.plan().await.unwrap_err().message, "there is no job 'migrate' configured");
    }
}
