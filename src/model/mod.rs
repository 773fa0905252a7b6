//! The nouns of the trade, as plain data: no I/O, no clock, no cloud.

mod artifact;
mod capacity;
mod cron;
mod duration;
mod execution;
mod failure;
mod fence;
mod field;
mod moniker;
mod server_group;
mod status;
mod text_hash;

pub use artifact::{Artifact, ExpectedArtifact, InvalidArtifact};
pub use capacity::Capacity;
pub use cron::{Cron, CronError, resolve_hash_tokens};
pub use duration::{human_duration, parse_duration};
pub use execution::{
    Authentication, Execution, ExecutionKind, LastFound, Paused, StageExecution, SyntheticStageOwner, TaskExecution,
};
pub use failure::{Failure, FailureKind};
pub use fence::Fence;
pub use field::{ConfiguredType, Field, Shape, StageCatalogue, Unit, joined, optional, required};
pub use moniker::{InvalidName, Moniker, build_server_group_name, next_sequence, parse_name};
pub use server_group::{
    Firewall, HealthState, Image, Instance, LoadBalancer, LoadBalancerInstance, ServerGroup, ServerGroupRef,
};
pub use status::Status;
pub use text_hash::text_hash;

/// A JSON object that keeps the order of its keys: stage contexts, outputs, triggers.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// Milliseconds since the Unix epoch, the unit of every recorded time (contract 2.7).
pub type Millis = i64;
