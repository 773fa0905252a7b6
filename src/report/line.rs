//! Plain lines with timestamps, for logs and CI.

use crate::engine::ports::Observe;
use crate::history::Record;
use crate::model::{Execution, StageExecution};

/// Writes lines to standard error.
pub struct Line;

impl Observe for Line {
    fn recorded(&self, _execution: &Execution, record: &Record) {
        eprintln!("{}", serde_json::to_string(record).unwrap_or_default().chars().take(300).collect::<String>());
    }
    fn progress(&self, _execution: &Execution, stage: &StageExecution, text: &str) {
        eprintln!("{}: {text}", stage.name);
    }
    fn output(&self, _execution: &Execution, stage: &StageExecution, line: &str) {
        eprintln!("{} | {line}", stage.name);
    }
    fn waiting(&self, _execution: &Execution, text: &str) {
        eprintln!("{text}");
    }
}
