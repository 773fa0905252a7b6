//! gennaker: Spinnaker's work without Spinnaker's servers, in one binary.
//!
//! The floors, lowest first; imports point down only, and `tests/layering.rs` holds them to it.
//!
//! - F0 [`model`] nouns
//! - F1 [`expr`] expressions
pub mod expr;
pub mod model;
