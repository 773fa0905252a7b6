//! What another process asks of the one that drives an execution.

use serde::{Deserialize, Serialize};

use crate::model::Map;

/// A request, kept in the store until the driving process has recorded what it asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// End it.
    Cancel {
        /// Who asks.
        by: String,
        /// Why.
        reason: String,
    },
    /// Start nothing new.
    Pause {
        /// Who asks.
        by: String,
    },
    /// Go on.
    Unpause {
        /// Who asks.
        by: String,
    },
    /// Change a stage's context.
    Patch {
        /// Id of the stage.
        stage: String,
        /// Who asks.
        by: String,
        /// Merged into its context.
        patch: Map,
    },
}

/// Names a stored request, so that it can be removed once recorded.
pub type RequestId = String;
