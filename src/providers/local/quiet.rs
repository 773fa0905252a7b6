//! When a connection that is kept open may be closed without hurting anybody: when nothing was said on it for a while.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// A client that has just been answered asks again within this time, or is idle.
const QUIET: Duration = Duration::from_millis(300);

/// How often the silence is looked at.
const LOOK: Duration = Duration::from_millis(50);

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

    /// Returns when nothing has been said for a while. A machine that stood still meanwhile (busy, suspended) kept the
    /// client from speaking too: its silence counts from when we were woken in time again.
    pub(super) async fn wait(&self) {
        let mut begun = self.elapsed().saturating_sub(millis(QUIET - LOOK)); // one look at least
        loop {
            let silent = Duration::from_millis(self.elapsed().saturating_sub(begun.max(self.last.load(Relaxed))));
            if silent >= QUIET {
                return;
            }
            let asleep = Instant::now();
            sleep(LOOK.min(QUIET.saturating_sub(silent))).await;
            if asleep.elapsed() > 2 * LOOK {
                begun = self.elapsed();
            }
        }
    }

    fn elapsed(&self) -> u64 {
        millis(self.since.elapsed())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_machine_that_stood_still_is_no_silence() {
        let quiet = std::sync::Arc::new(Quiet::new());
        quiet.note();
        let waiting = tokio::spawn({
            let quiet = std::sync::Arc::clone(&quiet);
            async move { quiet.wait().await }
        });
        tokio::task::yield_now().await;
        std::thread::sleep(2 * QUIET); // nobody on this thread runs meanwhile
        sleep(LOOK / 2).await;
        assert!(!waiting.is_finished(), "it believed a stall to be silence");
        waiting.await.expect("it ends once it is really quiet");
    }
}
