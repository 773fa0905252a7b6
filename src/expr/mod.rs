//! Spinnaker's expressions: Spring's expression language with Spinnaker's restrictions and functions (contract 6).
//!
//! A text is split at `${…}` ([`template`]), each expression is cut into tokens ([`lexer`]), parsed into a tree with
//! byte spans ([`parser`]) and walked ([`eval`]) over values that behave as Java's do ([`value`], [`convert`],
//! [`operators`], [`methods`]). Nothing reads a file, reaches a process or a network; what a function needs from
//! outside it asks the [`Host`]. Everything is bounded: length, depth, steps, backtracking.

mod access;
mod ast;
mod calendar;
mod check;
mod construct;
mod convert;
mod date_format;
mod document;
mod error;
mod eval;
mod explain;
mod failure;
mod format;
mod functions;
mod hints;
mod host;
mod json_text;
mod lexer;
mod machine;
mod methods;
mod number_text;
mod operators;
mod parser;
mod regex;
mod scope;
mod template;
#[cfg(test)]
mod tests;
mod token;
mod value;
mod yaml;

pub use check::{Known, Mistake, Problem, check};
pub use document::{evaluate, evaluate_map};
pub use explain::{Explained, explain};
pub use failure::{Evaluated, ExpressionFailure, Level};
pub use host::Host;
pub use regex::matches_wholly;
pub use scope::Scope;
pub use template::{contains_expression, evaluate_text, near_misses};
