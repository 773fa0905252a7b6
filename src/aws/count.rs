//! Counts calls, so that a run can say what it asked of AWS.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was asked of AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests sent, repeated ones included.
    pub calls: u64,
    /// Of these, how many were told to come later.
    pub throttles: u64,
    /// Of these, how many were sent again because the one before was throttled, failed or lost.
    pub retries: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.calls == 1 { "" } else { "s" };
        write!(f, "{} AWS API call{plural}", self.calls)?;
        match (self.throttles, self.retries) {
            (0, 0) => Ok(()),
            (throttles, retries) => write!(f, " ({throttles} throttled, {retries} repeated)"),
        }
    }
}

/// Counts as they grow.
#[derive(Debug, Default)]
pub(super) struct Counter {
    calls: AtomicU64,
    throttles: AtomicU64,
    retries: AtomicU64,
}

impl Counter {
    pub(super) fn call(&self, is_retry: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(is_retry), Ordering::Relaxed);
    }

    pub(super) fn throttle(&self) {
        self.throttles.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counts {
        Counts {
            calls: self.calls.load(Ordering::Relaxed),
            throttles: self.throttles.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }
}
