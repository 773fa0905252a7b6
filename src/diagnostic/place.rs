//! A place in a document: the path to a value, and which part of it is meant.

use std::fmt;
use std::ops::Range;

/// One step down a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list, counted from 0.
    Index(usize),
}

/// What is meant at the end of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spot {
    /// The value.
    #[default]
    Value,
    /// The key that leads to it.
    Key,
    /// Bytes of the text that the value is, counted in the decoded text.
    Within(Range<usize>),
    /// Bytes of the file, when there is no value to point to.
    File(Range<usize>),
}

/// The path to a value of a file, such as `stages[2].clusters[0].account`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of several YAML documents of the file, from 0.
    pub document: usize,
    /// The way down.
    pub steps: Vec<Step>,
    /// What is meant there.
    pub spot: Spot,
}

impl Place {
    /// The top of the n-th document of a file.
    #[must_use]
    pub fn document(document: usize) -> Self {
        Self { document, ..Self::default() }
    }

    /// Bytes of the file.
    #[must_use]
    pub fn file(range: Range<usize>) -> Self {
        Self { spot: Spot::File(range), ..Self::default() }
    }

    /// The value of a key below this place.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// An item of the list at this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.steps.len() + 1);
        steps.extend_from_slice(&self.steps);
        steps.push(step);
        Self { document: self.document, steps, spot: Spot::Value }
    }

    /// The key that leads here instead of the value.
    #[must_use]
    pub fn on_key(mut self) -> Self {
        self.spot = Spot::Key;
        self
    }

    /// Bytes inside the text that stands here.
    #[must_use]
    pub fn within(mut self, range: Range<usize>) -> Self {
        self.spot = Spot::Within(range);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
                    match (plain, i) {
                        (true, 0) => f.write_str(key)?,
                        (true, _) => write!(f, ".{key}")?,
                        (false, _) => write!(f, "[{key:?}]")?,
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_path() {
        let place = Place::default().key("stages").index(2).key("clusters").index(0).key("account");
        assert_eq!(place.to_string(), "stages[2].clusters[0].account");
        assert_eq!(Place::default().key("a.b").key("c").to_string(), r#"["a.b"].c"#);
    }
}
