//! Decides which health sources count where the application asks for the platform's word only.

use async_trait::async_trait;
use serde_json::json;

use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::stages::cloud::Cloud;
use crate::stages::{Services, Task, reading};

/// Fills `interestingHealthProviderNames` when `platformHealthOnly` is set in the stage or the project's settings.
pub(crate) struct DetermineHealthProviders;

#[async_trait]
impl Task for DetermineHealthProviders {
    fn name(&self) -> &'static str {
        "determineHealthProviders"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let key = "platformHealthOnly";
        let said = call.context.get("interestingHealthProviderNames").is_some_and(|names| !names.is_null());
        let wanted =
            reading::optional_flag(call.context, key).unwrap_or_else(|| reading::flag(&services.settings, key));
        if said || !wanted {
            return TaskResult::succeeded();
        }
        match Cloud::of(call.context, services) {
            Ok(cloud) => match cloud.provider.platform_health() {
                Some(name) => TaskResult::succeeded().with_context("interestingHealthProviderNames", json!([name])),
                None => TaskResult::succeeded(),
            },
            Err(failure) => TaskResult::terminal(failure),
        }
    }
}
