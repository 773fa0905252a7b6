//! What people and programs see of a run: everything is fed by the engine's one stream of events.
//!
//! `tell` puts records into words, `line` writes them one below the other, `fancy` draws what runs, `json` passes them
//! on; `tree`, `table` and `style` serve the commands that show what was recorded.

mod fancy;
mod github;
mod json;
mod line;
#[cfg(test)]
mod sample;
mod style;
mod summary;
mod table;
mod tell;
mod tree;
mod unresolved;

use std::io::IsTerminal;
use std::sync::Arc;

pub use self::fancy::Fancy;
pub use self::json::{Json, event_line, summary_document};
pub use self::line::Line;
pub use self::style::{Role, Style, mark_of, role_of, words_of};
pub use self::summary::quoted;
pub use self::table::Table;
pub use self::tell::{failure_of, mutation_words};
pub use self::tree::{Picture, moment};
use crate::engine::ports::Observe;
use crate::history::Mutation;
use crate::model::Execution;

/// A report that can make room for a question, and that says how it all ended.
pub trait Screen: Observe {
    /// Runs something that writes to the terminal or reads from it; nothing is drawn meanwhile.
    fn suspend(&self, act: &mut dyn FnMut());
    /// What was asked of outside services, a line each; just before the end.
    fn asked(&self, execution: &Execution, lines: &[String]);
    /// Ends the report: how the execution stands, what it changed by (stage id, change), what to do next.
    fn finish(&self, execution: &Execution, mutations: &[(String, Mutation)]);
}

/// What decides on the kind of report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// JSON lines for programs.
    pub json: bool,
    /// Only what went wrong, and the end.
    pub quiet: bool,
    /// Whether standard error gets colours.
    pub colors: bool,
}

/// The report for this run: JSON where asked for, a moving picture on a terminal that people look at, else lines.
#[must_use]
pub fn choose(wanted: Wanted) -> Arc<dyn Screen> {
    let style = Style { colors: wanted.colors };
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "false");
    let is_watched = std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    if wanted.json {
        Arc::new(Json::new())
    } else if is_watched && !wanted.quiet && !set("CI") && !set("GITHUB_ACTIONS") {
        Arc::new(Fancy::new(style))
    } else {
        Arc::new(Line::new(style, wanted.quiet))
    }
}
