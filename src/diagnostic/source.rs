//! A text with a name, and where in it a place is.

use std::ops::Range;
use std::sync::OnceLock;

use super::layout::Layout;
use super::{Place, Spot};

/// A text that documents were read from.
pub struct Source {
    /// Path as the user gave it, or `<stdin>`.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: String,
    layout: OnceLock<Layout>,
}

/// Where a place begins and ends; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// First line.
    pub line: usize,
    /// Column in it.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
}

impl Source {
    /// A text and its name. A byte order mark is dropped.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Self { name: name.into(), text, layout: OnceLock::new() }
    }

    /// The name as it is shown: a path below the working folder relative to it.
    #[must_use]
    pub fn shown(&self) -> &str {
        let folder = std::env::current_dir().unwrap_or_default();
        let below = std::path::Path::new(&self.name).strip_prefix(folder).ok().and_then(|path| path.to_str());
        below.filter(|path| !path.is_empty()).unwrap_or(&self.name)
    }

    /// Whether the text is to be read as JSON first: by its name or by how it begins.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.is_named_json() || self.text.trim_start().starts_with(['{', '['])
    }

    pub(super) fn is_named_json(&self) -> bool {
        self.name.to_ascii_lowercase().ends_with(".json")
    }

    /// The bytes of the text a place means; the nearest value above it when it is not there itself.
    #[must_use]
    pub fn resolve(&self, place: &Place) -> Option<Range<usize>> {
        if let Spot::File(range) = &place.spot {
            let end = self.floor(range.end);
            return Some(self.floor(range.start).min(end)..end);
        }
        self.layout.get_or_init(|| Layout::of(self)).resolve(place, &self.text)
    }

    /// Line and column of a range of bytes.
    #[must_use]
    pub fn location(&self, range: &Range<usize>) -> Location {
        let (line, column) = self.line_and_column(range.start);
        let (end_line, end_column) = self.line_and_column(range.end);
        Location { line, column, end_line, end_column }
    }

    fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..self.floor(byte)];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.bytes().filter(|b| *b == b'\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The byte at a line and a column, both counted from 1.
    pub(super) fn byte_at(&self, line: usize, column: usize) -> usize {
        let mut start = 0;
        for _ in 1..line {
            match self.text[start..].find('\n') {
                Some(i) => start += i + 1,
                None => return self.text.len(),
            }
        }
        let rest = &self.text[start..];
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(i, _)| i)
    }

    fn floor(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}
