//! When a connection that is kept open may be closed without hurting anybody: when nothing was said on it for a while.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// A client that has just been answered asks again within this time, or is idle.
const QUIET: Duration = Duration::from_millis(300);

/// Remembers when something was said last.
pub(super) struct Quiet {
    since: Instant,
    last: AtomicU64,
}

impl Quiet {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), last: AtomicU64::new(0) }
    }

    /// Something was said.
    pub(super) fn note(&self) {
        self.last.store(self.elapsed(), Relaxed);
    }

    /// Returns when nothing has been said for a while.
    pub(super) async fn wait(&self) {
        loop {
            let silent = Duration::from_millis(self.elapsed().saturating_sub(self.last.load(Relaxed)));
            let Some(rest) = QUIET.checked_sub(silent).filter(|rest| !rest.is_zero()) else { return };
            sleep(rest).await;
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
