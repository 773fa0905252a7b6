//! The engine's clock: wall time when a run begins, the monotonic clock from there on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::model::Millis;

/// Epoch milliseconds that never go back: neither when the system's clock is set back nor below what was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base: Millis,
    since: Instant,
}

impl Clock {
    /// A clock that shows the present, or `not_before` if the system's clock is behind it.
    #[must_use]
    pub fn starting(not_before: Millis) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let wall = Millis::try_from(wall.as_millis()).unwrap_or(Millis::MAX);
        Self { base: wall.max(not_before), since: Instant::now() }
    }

    /// How far the system's clock is behind this one.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        let wall = Self::starting(0).base;
        Duration::from_millis(u64::try_from(self.now() - wall).unwrap_or(0))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.base + Millis::try_from(self.since.elapsed().as_millis()).unwrap_or(0)
    }

    /// How long until a moment; zero when it has passed.
    #[must_use]
    pub fn until(&self, moment: Millis) -> Duration {
        Duration::from_millis(u64::try_from(moment - self.now()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_from_the_last_record_when_the_clock_was_set_back() {
        let real = Clock::starting(0);
        assert!(real.ahead() < Duration::from_secs(1));
        let recorded = real.now() + 3_600_000;
        let clock = Clock::starting(recorded);
        assert!(clock.now() >= recorded && clock.now() < recorded + 1000);
        assert!(clock.ahead() > Duration::from_secs(3590));
    }
}
