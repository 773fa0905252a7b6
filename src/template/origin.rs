//! Where a part of a template was written, so that a finding about it shows the line.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, Source};

/// A finding, boxed: errors travel far here.
pub(super) type Finding = Box<Diagnostic>;

/// A place of a text.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) source: Arc<Source>,
    pub(super) place: Place,
}

impl Origin {
    pub(super) fn new(source: &Arc<Source>, place: Place) -> Self {
        Self { source: Arc::clone(source), place }
    }

    pub(super) fn key(&self, key: &str) -> Self {
        Self { source: Arc::clone(&self.source), place: self.place.key(key) }
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self { source: Arc::clone(&self.source), place: self.place.index(index) }
    }

    /// An error here, with what to do about it.
    pub(super) fn error(&self, code: &'static str, title: impl Into<String>, help: impl Into<String>) -> Finding {
        Box::new(Diagnostic::error(code, title).help(help).at(&self.source, self.place.clone()))
    }

    /// A warning here, with what to do about it.
    pub(super) fn warning(&self, code: &'static str, title: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, title).help(help).at(&self.source, self.place.clone())
    }
}
