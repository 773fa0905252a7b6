//! What the process ends with: a published table that scripts rely on (docs/exit-codes.md).

use std::process::ExitCode;

use serde_json::Value;

use crate::engine::State;
use crate::model::Status;

/// Exit codes, frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done as wished.
    Succeeded = 0,
    /// Internal or unexpected error.
    Internal = 1,
    /// Usage or invalid configuration or document.
    Usage = 2,
    /// `plan --exit-code`: there are changes.
    Changes = 3,
    /// The pipeline failed; nothing was changed, or what was changed was rolled back.
    FailedRestored = 4,
    /// The pipeline failed and what it changed is still there: needs a person.
    FailedNotRestored = 5,
    /// Canceled by a person or a policy.
    Canceled = 6,
    /// Suspended: resumable, waits for a person, a window or a timer.
    Suspended = 7,
    /// A lock or a concurrency limit refused it.
    Refused = 8,
    /// Credentials or permissions.
    Permission = 9,
    /// The state in the store is another than expected.
    Conflict = 10,
    /// Ended by Ctrl-C.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The code for an execution that ended.
    #[must_use]
    pub fn of(state: &State) -> Self {
        match state.execution().status {
            Status::Succeeded | Status::Skipped => Self::Succeeded,
            Status::Canceled => Self::Canceled,
            _ if is_restored(state) => Self::FailedRestored,
            _ => Self::FailedNotRestored,
        }
    }
}

/// Whether a failed execution left nothing of its changes: it made none, every stage that made one was followed by a
/// rollback that went through, or what was announced left no trace.
fn is_restored(state: &State) -> bool {
    let execution = state.execution();
    let top_of = |id: &str| {
        let mut stage = execution.stage(id)?;
        while let Some(parent) = stage.parent_stage_id.as_deref().and_then(|parent| execution.stage(parent)) {
            stage = parent;
        }
        Some(stage)
    };
    let is_rollback = |kind: &str| matches!(kind, "rollbackCluster" | "rollbackServerGroup");
    state.mutations().iter().all(|(stage, _)| {
        let Some(top) = top_of(stage) else { return false };
        if execution.stage(stage).is_some_and(|stage| stage.context.get("leftNothing") == Some(&Value::Bool(true))) {
            return true;
        }
        let rolled_back = execution.stages.iter().any(|other| {
            is_rollback(&other.kind)
                && other.status == Status::Succeeded
                && (top_of(&other.id).is_some_and(|of| of.id == top.id) || other.parent_stage_id.is_none())
        });
        let given_back = top.kind == "shiftTraffic"
            && execution.stages.iter().any(|other| {
                other.parent_stage_id.as_ref() == Some(&top.id)
                    && other.status == Status::Succeeded
                    && other.context.get("restores") == Some(&Value::Bool(true))
            });
        rolled_back || given_back || top.status == Status::Succeeded && top.kind.starts_with("upsert")
    })
}
