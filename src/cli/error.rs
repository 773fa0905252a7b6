//! The only place that prints an error, and that decides whose fault it is and what the process ends with.

use std::fmt;
use std::io::Write;

use super::exit_code::Exit;
use crate::diagnostic::Diagnostic;
use crate::history;
use crate::model::{Failure, FailureKind};

/// An error with its exit code and with lines on what to do about it.
#[derive(Debug)]
pub struct Told {
    /// What the process ends with.
    pub exit: Exit,
    /// One line.
    pub message: String,
    /// What to do, a line each.
    pub hints: Vec<String>,
}

impl Told {
    /// A usage error.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hints: Vec::new() }
    }

    /// The same with another exit code.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Told {}

/// Findings in documents, printed as they are.
#[derive(Debug)]
pub struct Findings(pub Vec<Diagnostic>);

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.iter().filter(|finding| finding.is_error()).count();
        write!(f, "{errors} error{} in the document", if errors == 1 { "" } else { "s" })
    }
}

impl std::error::Error for Findings {}

/// Prints an error to standard error and returns what the process ends with.
pub fn print(error: &anyhow::Error, colors: bool) -> Exit {
    let mut out = std::io::stderr().lock();
    let (red, cyan, reset) = if colors { ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") } else { ("", "", "") };
    // A closed standard error leaves nobody to tell.
    let mut line = |text: String| drop(writeln!(out, "{text}"));
    if let Some(findings) = error.downcast_ref::<Findings>() {
        line(crate::diagnostic::render(&findings.0, colors).trim_end().to_owned());
        return Exit::Usage;
    }
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let mut text = chain[0].clone();
    for cause in &chain[1..] {
        if !text.contains(cause.as_str()) {
            text.push_str(": ");
            text.push_str(cause);
        }
    }
    line(format!("{red}error{reset}: {text}"));
    if let Some(told) = error.downcast_ref::<Told>() {
        for hint in &told.hints {
            line(format!("{cyan}hint{reset}: {hint}"));
        }
        return told.exit;
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        for detail in &failure.details {
            line(format!("  {detail}"));
        }
        return match failure.kind {
            FailureKind::User => Exit::Usage,
            FailureKind::Permission => Exit::Permission,
            _ => Exit::Internal,
        };
    }
    if error.downcast_ref::<history::Error>().is_some_and(history::Error::is_denied) {
        return Exit::Permission;
    }
    match error.downcast_ref::<history::Error>().map(|error| error.kind) {
        Some(history::ErrorKind::NotFound | history::ErrorKind::Ambiguous | history::ErrorKind::Settings) => {
            Exit::Usage
        }
        Some(history::ErrorKind::Fenced | history::ErrorKind::Corrupt | history::ErrorKind::NewerVersion) => {
            Exit::Conflict
        }
        _ => Exit::Internal,
    }
}
