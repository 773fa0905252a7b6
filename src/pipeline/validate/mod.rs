//! Everything that is wrong with a pipeline, at once.

mod artifacts;
mod expressions;
mod fields;
mod header;
mod parameters;
mod project;
mod relations;
mod traps;

use std::sync::Arc;

pub use self::project::validate_in_project;
use super::Pipeline;
use crate::diagnostic::{Diagnostic, Place, Source, nearest};
use crate::expr::{Known, Mistake};
use crate::model::StageCatalogue;

/// Finds the mistakes in a text's expressions.
pub type Expressions<'a> = Option<&'a dyn Fn(&str, &Known<'_>) -> Vec<Mistake>>;

/// Searching for what was meant costs the product of stages and names: after so many, findings go without.
const MOST_SUGGESTIONS: usize = 40;

/// Checks a pipeline against the stage types there are. What `parse` has found already is not repeated.
#[must_use]
pub fn validate(pipeline: &Pipeline, catalogue: &dyn StageCatalogue, expressions: Expressions<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings { source: &pipeline.source, list: Vec::new(), suggestions: 0 };
    header::check(pipeline, &mut findings);
    parameters::check(pipeline, &mut findings);
    relations::check(pipeline, &mut findings);
    fields::check(pipeline, catalogue, &mut findings);
    traps::check(pipeline, &mut findings);
    artifacts::check(pipeline, &mut findings);
    expressions::check(pipeline, expressions, &mut findings);
    findings.list
}

/// The findings of one text.
struct Findings<'a> {
    source: &'a Arc<Source>,
    list: Vec<Diagnostic>,
    suggestions: usize,
}

impl Findings<'_> {
    fn add(&mut self, finding: Diagnostic, place: Place) {
        self.list.push(finding.at(self.source, place));
    }

    /// `did you mean 'x'?`, while it is cheap enough.
    fn did_you_mean<'c>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
        self.suggestions += 1;
        if self.suggestions > MOST_SUGGESTIONS {
            return None;
        }
        nearest(word, candidates).map(|candidate| format!("did you mean '{candidate}'?"))
    }
}

/// The finding with help, when there is any.
fn with_help(finding: Diagnostic, help: Option<String>) -> Diagnostic {
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

#[cfg(test)]
mod tests;
