//! gennaker: Spinnaker's work without Spinnaker's servers, in one binary.
//!
//! The floors, lowest first; imports point down only, and `tests/layering.rs` holds them to it.
//!
//! - F0 [`model`] nouns · [`diagnostic`] findings and their places · [`http`] the one HTTP client · [`aws`] calls of AWS
//! - F1 [`config`] settings and accounts · [`expr`] `${…}` · [`pipeline`] documents · [`template`] pipeline templates · [`history`] recorded executions
//! - F2 [`engine`] the loop · [`artifacts`] what executions are given and make · [`providers`] what a cloud can do
//! - F3 [`stages`] the stage types · [`report`] what people see of a run
//! - F4 [`cli`] the commands; it alone sees all and wires it

pub mod artifacts;
#[cfg(feature = "aws")]
pub mod aws;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod engine;
pub mod expr;
pub mod history;
pub mod http;
pub mod model;
pub mod pipeline;
pub mod providers;
pub mod report;
pub mod stages;
pub mod template;
