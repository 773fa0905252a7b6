//! gennaker: Spinnaker's work without Spinnaker's servers, in one binary.
//!
//! The floors, lowest first; imports point down only, and `tests/layering.rs` holds them to it.
//!
//! - F0 [`model`] nouns · [`http`] one HTTP client
//! - F1 [`history`] recorded executions
//! - F2 [`engine`] the loop · [`providers`] what a cloud can do
//! - F3 [`stages`] the stage types

pub mod engine;
pub mod history;
pub mod http;
pub mod model;
pub mod providers;
pub mod stages;
