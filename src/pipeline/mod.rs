//! Pipeline documents: from YAML or JSON text to a checked [`Pipeline`], its parameters, its graph and its drawings.
//!
//! Knows documents, not what stages do: stage types come as a [`StageCatalogue`](crate::model::StageCatalogue).

mod document;
mod draw;
mod find;
mod graph;
mod header;
mod kind;
mod parameters;
mod parse;
mod schema;
mod stage_fields;
mod sugar;
mod svg;
mod tidy;
mod validate;

pub use document::{Parameter, Pipeline, StageDefinition, derived_id};
pub use draw::{DrawNode, dot, draw, mermaid};
pub use find::{FindOptions, Found, find_pipeline, read_source};
pub use graph::Graph;
pub use kind::DocumentKind;
pub use parameters::{ParameterValues, given_as_file, given_as_pairs, resolve};
pub use parse::{ParseOptions, Parsed, Templates, parse};
pub use schema::json_schema;
pub use stage_fields::COMMON_FIELDS;
pub use svg::svg;
pub use tidy::{same_meaning, tidy};
pub use validate::{Expressions, validate, validate_in_project};
