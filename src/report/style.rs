//! Roles of text: what something means decides how it looks, here and nowhere else.

use crate::model::Status;

/// What a piece of text means to its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Went well.
    Ok,
    /// Went wrong.
    Fail,
    /// Still going, or waits for somebody.
    Wait,
    /// What to do next.
    Hint,
    /// Of less interest.
    Dim,
    /// A name or a title.
    Strong,
}

/// Whether roles become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether the place written to shows colours.
    pub colors: bool,
}

impl Style {
    /// The text, in the colour of its role.
    #[must_use]
    pub fn paint(self, role: Role, text: &str) -> String {
        let code = match role {
            Role::Plain => return text.to_owned(),
            Role::Ok => "32",
            Role::Fail => "1;31",
            Role::Wait => "33",
            Role::Hint => "36",
            Role::Dim => "2",
            Role::Strong => "1",
        };
        if self.colors && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A status in its colour.
    #[must_use]
    pub fn status(self, status: Status) -> String {
        self.paint(role_of(status), status.as_str())
    }
}

/// The role of a status.
#[must_use]
pub fn role_of(status: Status) -> Role {
    match status {
        Status::Succeeded => Role::Ok,
        Status::Terminal | Status::Stopped | Status::FailedContinue => Role::Fail,
        Status::Running | Status::Paused | Status::Suspended | Status::Redirect | Status::Canceled => Role::Wait,
        Status::NotStarted | Status::Skipped | Status::Buffered => Role::Dim,
    }
}

/// One sign for a status, for the left edge of lists.
#[must_use]
pub fn mark_of(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "✓",
        Status::Terminal | Status::Stopped | Status::FailedContinue => "✗",
        Status::Canceled => "⊘",
        Status::Skipped => "-",
        Status::Paused | Status::Suspended => "‖",
        Status::Running | Status::Redirect => "▸",
        Status::NotStarted | Status::Buffered => "·",
    }
}

/// A status as a verb for people: `succeeded`, `failed`, `failed, the pipeline goes on`.
#[must_use]
pub fn words_of(status: Status) -> &'static str {
    match status {
        Status::NotStarted => "has not begun",
        Status::Running => "is running",
        Status::Paused => "is paused",
        Status::Suspended => "is suspended",
        Status::Succeeded => "succeeded",
        Status::FailedContinue => "failed, the pipeline goes on",
        Status::Terminal => "failed",
        Status::Canceled => "was canceled",
        Status::Redirect => "begins its loop again",
        Status::Stopped => "failed, its branch stops",
        Status::Skipped => "was skipped",
        Status::Buffered => "is buffered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_only_written_where_they_are_seen() {
        assert_eq!(Style { colors: false }.status(Status::Terminal), "TERMINAL");
        assert_eq!(Style { colors: true }.paint(Role::Ok, "fine"), "\x1b[32mfine\x1b[0m");
        assert_eq!(Style { colors: true }.paint(Role::Ok, ""), "");
    }
}
