//! gennaker: Spinnaker's work without Spinnaker's servers, in one binary.
//!
//! The floors, lowest first; imports point down only, and `tests/layering.rs` holds them to it.
//!
//! - F0 [`model`] nouns, [`diagnostic`] findings and where they stand
//! - F1 [`pipeline`] documents
pub mod diagnostic;
pub mod model;
pub mod pipeline;
