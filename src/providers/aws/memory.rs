//! Answers kept for a while, so that what cannot have changed is not asked twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
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

    /// Answers that grow old after another time.
    pub(super) fn kept(fresh: Duration) -> Self {
        Self { answers: Mutex::default(), fresh: Some(fresh) }
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

    /// An answer that is used once.
    pub(super) fn take(&self, question: &str) -> Option<T> {
        let found = self.get(question)?;
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(question);
        Some(found)
    }

    /// Questions that are answered, with their answers.
    pub(super) fn all(&self) -> Vec<(String, T)> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = answers.iter().filter(|(_, (at, _))| self.fresh.is_none_or(|fresh| at.elapsed() < fresh));
        fresh.map(|(question, (_, answer))| (question.clone(), answer.clone())).collect()
    }

    pub(super) fn put(&self, question: String, answer: T) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(question, (Instant::now(), answer));
    }
}

/// What was seen a moment ago: good until it is time for another look, or until something was changed.
#[derive(Debug)]
pub(super) struct Looks<T> {
    seen: Mutex<HashMap<String, (Instant, u64, T)>>,
    fresh: Duration,
}

impl<T: Clone> Looks<T> {
    pub(super) fn new(fresh: Duration) -> Self {
        Self { seen: Mutex::default(), fresh }
    }

    /// What was seen, when nothing was changed since: `changes` counts what this account changed so far.
    pub(super) fn get(&self, question: &str, changes: u64) -> Option<T> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, then, answer) = seen.get(question)?;
        (*then == changes && at.elapsed() < self.fresh).then(|| answer.clone())
    }

    /// What was seen last, however long ago.
    pub(super) fn last(&self, question: &str) -> Option<T> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(question).map(|(_, _, answer)| answer.clone())
    }

    /// Keeps an answer; `changes` is the count from before the question was asked.
    pub(super) fn put(&self, question: String, changes: u64, answer: T) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(question, (Instant::now(), changes, answer));
    }
}

/// Lets one at a time ask a question, so that who comes next finds the answer.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Arc<Turn<()>>>>);

impl Turns {
    /// Ours until it is dropped.
    pub(super) async fn wait(&self, question: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(question.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_good_until_something_changes() {
        let looks = Looks::new(Duration::from_secs(60));
        looks.put("a".to_owned(), 1, "seen");
        assert_eq!((looks.get("a", 1), looks.get("a", 2), looks.get("b", 1)), (Some("seen"), None, None));
        let old = Looks::new(Duration::ZERO);
        old.put("a".to_owned(), 1, "seen");
        assert_eq!((old.get("a", 1), old.last("a")), (None, Some("seen")));
    }

    #[test]
    fn an_answer_may_be_used_once() {
        let memory = Memory::brief();
        memory.put("a".to_owned(), 1);
        assert_eq!((memory.take("a"), memory.take("a")), (Some(1), None));
    }
}
