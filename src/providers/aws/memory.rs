//! Answers kept for a while, so that what cannot have changed is not asked twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long an answer is good for: from one task of a stage to the next.
const FRESH: Duration = Duration::from_secs(60);

/// Answers by the words of the question.
#[derive(Debug)]
pub(super) struct Memory<T> {
    answers: Mutex<HashMap<String, (Instant, T)>>,
    fresh: Option<Duration>,
}

impl<T: Clone> Memory<T> {
    /// Answers that grow old.
    pub(super) fn brief() -> Self {
        Self { answers: Mutex::default(), fresh: Some(FRESH) }
    }

    /// Answers about what never changes.
    pub(super) fn lasting() -> Self {
        Self { answers: Mutex::default(), fresh: None }
    }

    pub(super) fn get(&self, question: &str) -> Option<T> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, answer) = answers.get(question)?;
        self.fresh.is_none_or(|fresh| at.elapsed() < fresh).then(|| answer.clone())
    }

    pub(super) fn put(&self, question: String, answer: T) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(question, (Instant::now(), answer));
    }
}
