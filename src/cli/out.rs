//! Results on standard output. A reader that went away early is no error.

use std::io::{Write, stdout};

use serde::Serialize;

/// Writes lines.
pub fn lines<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) {
    let mut out = stdout().lock();
    for line in lines {
        if writeln!(out, "{}", line.as_ref()).is_err() {
            return;
        }
    }
}

/// Writes one JSON document, laid out for people who look at it all the same.
pub fn json(document: &impl Serialize) {
    let text = serde_json::to_string_pretty(document).expect("results are plain data");
    lines([text]);
}

/// Writes one JSON document on one line.
pub fn json_line(document: &impl Serialize) {
    lines([serde_json::to_string(document).expect("results are plain data")]);
}

/// `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
