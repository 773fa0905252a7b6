//! Kubernetes: what a manifest becomes when Spinnaker deploys it, decided over JSON alone.

pub mod annotations;
pub mod bind;
pub mod kind;
pub mod last_applied;
mod merge_keys;
pub mod order;
pub mod source;
pub mod status;
pub mod version;
