//! Pipeline documents: from YAML or JSON text to a checked [`Pipeline`], its parameters, its graph and its drawings.
//!
//! Knows documents, not what stages do: stage types come as a [`StageCatalogue`](crate::model::StageCatalogue).

mod document;
mod graph;
mod header;
mod parse;
mod stage_fields;
mod sugar;
mod validate;

pub use document::{Parameter, Pipeline, StageDefinition, derived_id};
pub use graph::Graph;
pub use parse::{DocumentKind, ParseOptions, Parsed, parse};
pub use stage_fields::COMMON_FIELDS;
pub use validate::{Expressions, validate};
