//! Finds the server group that later stages target by its place in the cluster.
//!
//! Stages with a target such as `current_asg_dynamic` make one of these for themselves.
//!
//! ```yaml
//! - name: Find
//!   type: determineTargetServerGroup
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//! ```

use std::time::Duration;

use futures_util::FutureExt;
use serde_json::json;

use super::cloud::Cloud;
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, FailureKind, Field};

/// How long a server group is looked for, in clouds that show new things late.
const SEARCH: Duration = Duration::from_secs(15);

/// The `determineTargetServerGroup` stage.
pub(super) struct DetermineTargetServerGroup;

impl Stage for DetermineTargetServerGroup {
    fn kind(&self) -> &'static str {
        "determineTargetServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("determine_target_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &target::SERVER_GROUP
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DETERMINE]
    }
}

const DETERMINE: Acting =
    Acting { name: "determineTargetServerGroups", look: |call, services| determine(call, services).boxed() };

async fn determine(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    match target::resolve(call, services, call.context).await {
        Ok(groups) => Ok(TaskResult::succeeded().with_context("targetReferences", json!(groups))),
        Err(failure) => {
            let patience = reading::millis(cloud.provider.settle_time().min(SEARCH));
            let hopeful = failure.kind == FailureKind::World && call.now.saturating_sub(call.started) < patience;
            if !hopeful {
                return Err(failure);
            }
            call.progress(failure.message);
            Ok(cloud.look_again())
        }
    }
}
