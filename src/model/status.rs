//! The twelve statuses of executions, stages and tasks (contract 2.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Status of an execution, a stage or a task, with orca's names and meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Not begun, or queued behind other executions of its pipeline.
    #[default]
    NotStarted,
    /// Begun; its tasks are polled.
    Running,
    /// Held by a person; time does not count against timeouts.
    Paused,
    /// Waiting for an event from outside.
    Suspended,
    /// Done as wished.
    Succeeded,
    /// Failed, but what comes after it runs.
    FailedContinue,
    /// Failed fatally: the execution ends.
    Terminal,
    /// Stopped by a person or a policy.
    Canceled,
    /// The task loop goes back to its first task.
    Redirect,
    /// Failed: this branch ends, the others go on.
    Stopped,
    /// Not run on purpose; what comes after it runs.
    Skipped,
    /// Waiting to become `NotStarted`.
    Buffered,
}

impl Status {
    /// Whether nothing more happens without a restart.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::FailedContinue | Self::Terminal | Self::Canceled | Self::Stopped | Self::Skipped
        )
    }

    /// Whether it ends its branch: complete, and nothing behind it starts.
    #[must_use]
    pub const fn is_halt(self) -> bool {
        matches!(self, Self::Terminal | Self::Canceled | Self::Stopped)
    }

    /// Whether orca counts it as a success; a stopped branch is in both sets.
    #[must_use]
    pub const fn is_successful(self) -> bool {
        matches!(self, Self::Succeeded | Self::Stopped | Self::Skipped)
    }

    /// Whether orca counts it as a failure; a cancellation is none.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Terminal | Self::Stopped | Self::FailedContinue)
    }

    /// Whether stages that require this one may start.
    #[must_use]
    pub const fn lets_downstream_start(self) -> bool {
        matches!(self, Self::Succeeded | Self::FailedContinue | Self::Skipped)
    }

    /// The name in documents and output: `SUCCEEDED`, `FAILED_CONTINUE`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Suspended => "SUSPENDED",
            Self::Succeeded => "SUCCEEDED",
            Self::FailedContinue => "FAILED_CONTINUE",
            Self::Terminal => "TERMINAL",
            Self::Canceled => "CANCELED",
            Self::Redirect => "REDIRECT",
            Self::Stopped => "STOPPED",
            Self::Skipped => "SKIPPED",
            Self::Buffered => "BUFFERED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        serde_json::from_value(serde_json::Value::String(text.to_ascii_uppercase())).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_orcas_and_read_back() {
        for (status, name) in [(Status::NotStarted, "NOT_STARTED"), (Status::FailedContinue, "FAILED_CONTINUE")] {
            assert_eq!(status.to_string(), name);
            assert_eq!(serde_json::to_value(status).unwrap(), name);
            assert_eq!(name.parse(), Ok(status));
        }
    }

    #[test]
    fn a_stopped_branch_is_success_and_failure() {
        assert!(Status::Stopped.is_successful() && Status::Stopped.is_failure());
        assert!(!Status::Canceled.is_failure() && Status::Canceled.is_halt());
    }
}
