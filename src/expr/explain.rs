//! Shows how an expression came to its value: what each part of it gave.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use super::functions::document_json;
use super::machine::Machine;
use super::scope::Scope;
use super::template::trace_text;
use super::value::Value;

/// Parts that are kept; an expression has seldom more.
const MOST_PARTS: usize = 100;
/// Longest value shown, in characters.
const LONGEST_VALUE: usize = 80;

/// What a part of an expression gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Byte range of the part inside the text.
    pub span: Range<usize>,
    /// Its value as JSON, shortened; the first one of several.
    pub value: String,
    /// How often it was evaluated: more than once inside a selection or projection.
    pub times: usize,
}

/// Evaluates a text and tells the value of every part of its expressions that is not a constant, in the order they
/// were evaluated. Parts that failed, or were never reached, are left out.
#[must_use]
pub fn explain(text: &str, scope: &Scope<'_>) -> Vec<Explained> {
    trace_text(text, scope)
}

/// The values seen while an expression is evaluated.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Where the expression starts in its text.
    base: Cell<usize>,
    parts: RefCell<Vec<Explained>>,
    /// The part of each range.
    known: RefCell<HashMap<(usize, usize), usize>>,
}

impl Trace {
    /// Sets where the next expression starts.
    pub(crate) fn start_at(&self, base: usize) {
        self.base.set(base);
    }

    /// Takes the value of a part.
    pub(crate) fn saw<'a>(&self, machine: &Machine<'a>, span: &Range<usize>, value: &Value<'a>) {
        let range = (self.base.get() + span.start, self.base.get() + span.end);
        let mut parts = self.parts.borrow_mut();
        if let Some(part) = self.known.borrow().get(&range) {
            parts[*part].times += 1;
        } else if parts.len() < MOST_PARTS {
            self.known.borrow_mut().insert(range, parts.len());
            parts.push(Explained { span: range.0..range.1, value: shown(machine, value), times: 1 });
        }
    }

    /// What was seen.
    pub(crate) fn into_parts(self) -> Vec<Explained> {
        self.parts.into_inner()
    }
}

fn shown<'a>(machine: &Machine<'a>, value: &Value<'a>) -> String {
    match value {
        Value::Root => "the root of the context".to_owned(),
        Value::Execution(execution) => format!("execution {}", execution.id),
        Value::Stage(_, stage) => format!("stage '{}' ({})", stage.name, stage.status.as_str()),
        Value::StageContext(_, stage) => format!("context of stage '{}'", stage.name),
        Value::Function(name) => format!("function #{name}"),
        other => match document_json(machine, other) {
            Ok((json, _)) => shortened(&json.to_string()),
            Err(_) => other.class().shown().to_owned(),
        },
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
