//! Creates a server group like another one, with what the stage says otherwise.
//!
//! The server group to clone is `source`, or the `target` of `targetCluster`, else the newest enabled one of the
//! cluster. Size and everything else are the source's unless the stage says otherwise; strategies work as in `deploy`.
//!
//! ```yaml
//! - name: Another like it
//!   type: cloneServerGroup
//!   application: hello
//!   stack: prod
//!   source: {serverGroupName: hello-prod-v003}
//!   strategy: redblack
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::cluster;
use super::cluster_fields::CLONE;
use super::create_server_group::{
    FORGOTTEN, after_creation, after_failed_creation, flattened, plan_creation, preview_creation,
};
use super::tasks::{
    CHOOSE_SERVER_GROUP_NAME, CREATE_SERVER_GROUP_TASK, DESCRIBE_SOURCE_SERVER_GROUP, DETERMINE_SOURCE_SERVER_GROUP,
    DetermineHealthProviders, MONITOR_DEPLOY, WaitForUpInstances,
};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, NewStage, Plan};
use crate::model::{Failure, Field, Map, parse_name};

/// The `cloneServerGroup` stage.
pub(super) struct CloneServerGroup;

#[async_trait]
impl Stage for CloneServerGroup {
    fn kind(&self) -> &'static str {
        "cloneServerGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["copyLastAsg"]
    }

    fn source(&self) -> &'static str {
        include_str!("clone_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        CLONE
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &DETERMINE_SOURCE_SERVER_GROUP,
            &DetermineHealthProviders,
            &DESCRIBE_SOURCE_SERVER_GROUP,
            &CHOOSE_SERVER_GROUP_NAME,
            &CREATE_SERVER_GROUP_TASK,
            &MONITOR_DEPLOY,
            &WaitForUpInstances,
        ]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        let named = named_like_source(&cluster::over(&flattened(call.context), call.context));
        let context = cluster::over(&named, call.context);
        let mut plan = plan_creation(&Call { context: &context, ..*call }, self.tasks())?;
        plan.context = cluster::over(&plan.context, &named);
        Ok(plan)
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        after_creation(call, services)
    }

    async fn on_failure(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        after_failed_creation(call, services)
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        FORGOTTEN
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let context = cluster::over(&flattened(call.context), call.context);
        let context = cluster::over(&named_like_source(&context), &context);
        preview_creation(call, services, self.kind(), &context).await
    }
}

/// Application, stack and detail of the source, and its place, where the stage says nothing of them.
fn named_like_source(context: &Map) -> Map {
    let mut named = Map::new();
    let source = reading::object(context, "source");
    let said = ["application", "stack", "freeFormDetails", "moniker"];
    let name = source.and_then(|source| target::named(source).or_else(|| reading::filled(source, "clusterName")));
    let name = name.or_else(|| reading::filled(context, "targetCluster"));
    if let Some(name) = name.filter(|_| {
        !said.iter().any(|key| reading::filled(context, key).is_some() || reading::object(context, key).is_some())
    }) {
        let moniker = parse_name(&name);
        for (key, part) in [("application", moniker.app), ("stack", moniker.stack), ("freeFormDetails", moniker.detail)]
        {
            named.extend(part.map(|part| (key.to_owned(), Value::String(part))));
        }
    }
    let placed = ["region", "namespace"].iter().any(|key| reading::filled(context, key).is_some());
    if let Some(region) = source.and_then(|source| reading::filled(source, "region")).filter(|_| !placed) {
        named.insert("region".to_owned(), json!(region));
    }
    let account = source.and_then(|source| reading::filled(source, "account"));
    if let Some(account) = account.filter(|_| super::cloud::account(context).is_none()) {
        named.insert("credentials".to_owned(), json!(account));
    }
    named
}
