//! Calls a webhook that the project has configured under a name of its own.
//!
//! `services: webhook: preconfigured:` in gennaker.yaml lists them: each has a `type`, the fields of a `webhook`
//! stage, and `parameters` with `name` and `defaultValue`. A stage names one by its `type`; documents of Spinnaker add
//! `alias: preconfiguredWebhook`. It gives values for the parameters, which the configured fields use as
//! `${parameterValues['name']}`. What is configured replaces what the stage says.
//!
//! ```yaml
//! - name: Tell the chat
//!   type: tellTheChat
//!   alias: preconfiguredWebhook
//!   parameterValues:
//!     channel: releases
//! ```

use async_trait::async_trait;
use serde_json::Value;

use super::configured::{ABOUT, Family, of_family};
use super::{Services, Stage, Task, reading, webhook};
use crate::engine::ports::{Call, NewStage, Plan};
use crate::model::{Failure, Field, Map, Shape, optional};

/// The stage type behind every configured webhook.
pub(super) struct PreconfiguredWebhook;

const FIELDS: &[Field] =
    &[optional("parameterValues", Shape::Map, "values for the configured webhook's parameters, by name")];

#[async_trait]
impl Stage for PreconfiguredWebhook {
    fn kind(&self) -> &'static str {
        "preconfiguredWebhook"
    }

    fn source(&self) -> &'static str {
        include_str!("preconfigured_webhook.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        webhook::TASKS
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let configured = of_family(&services.settings, &call.stage.kind, Family::Webhook).ok_or_else(|| {
            Failure::user(format!("there is no webhook '{}' configured", call.stage.kind))
                .detail("add it to gennaker.yaml under 'services: webhook: preconfigured'")
        })?;
        let mut overlay = Map::new();
        for (key, value) in configured.iter().filter(|(key, value)| !value.is_null() && !ABOUT.contains(&key.as_str()))
        {
            overlay.insert(key.clone(), value.clone());
        }
        overlay.insert("parameterValues".to_owned(), parameter_values(configured, call.context).into());
        let mut context = call.context.clone();
        context.extend(overlay.clone());
        let mut plan = webhook::plan(&context)?;
        plan.context = overlay;
        Ok(plan)
    }

    async fn on_failure(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<NewStage>, Failure> {
        Ok(webhook::cancel_stage(call.context).into_iter().collect())
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        webhook::cancel(call, services).await
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        webhook::FORGET
    }
}

/// The stage's values over the configured ones over the parameters' defaults.
fn parameter_values(configured: &Map, context: &Map) -> Map {
    let mut values = Map::new();
    for parameter in reading::list(configured, "parameters").iter().filter_map(Value::as_object) {
        if let Some((name, default)) = reading::text(parameter, "name").zip(parameter.get("defaultValue")) {
            values.insert(name, default.clone());
        }
    }
    for source in [configured, context] {
        values.extend(reading::object(source, "parameterValues").cloned().unwrap_or_default());
    }
    values
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::stages::testing::{Driver, object};

    #[tokio::test]
    async fn what_is_configured_replaces_what_the_stage_says() {
        let settings = json!({"webhook": {"preconfigured": [{
            "type": "tellTheChat", "label": "Chat", "url": "http://chat/", "payload": {"to": "${parameterValues['channel']}"},
            "parameters": [{"name": "channel", "defaultValue": "all"}, {"name": "size", "defaultValue": "3"}],
        }, {"type": "off", "enabled": false, "url": "http://chat/"}]}});
        let context = json!({"url": "http://mine/", "parameterValues": {"channel": "releases"}});
        let plan =
            Driver::with_settings("tellTheChat", context, settings.clone(), PathBuf::from("/")).plan().await.unwrap();
        assert_eq!(plan.tasks, ["createWebhook"]);
        assert_eq!(
            Value::Object(plan.context),
            json!({"url": "http://chat/", "payload": {"to": "${parameterValues['channel']}"},
                   "parameterValues": {"channel": "releases", "size": "3"}})
        );
        assert!(of_family(&object(settings), "off", Family::Webhook).is_none());
    }
}
