//! How fast an account may ask: as fast as it likes until AWS says it was too often, then slower, then faster again.

use std::time::Duration;

use tokio::time::Instant;

/// The first distance kept between calls after a throttle.
const FIRST: Duration = Duration::from_millis(100);
/// The largest distance.
const MOST: Duration = Duration::from_secs(5);
/// Below this, calls need not be spaced.
const NEGLIGIBLE: Duration = Duration::from_millis(10);

/// Calls to one service in one region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    distance: Duration,
    free: Option<Instant>,
}

impl Pace {
    /// Takes the next slot: when the call may go.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let at = self.free.map_or(now, |free| free.max(now));
        self.free = Some(at + self.distance);
        at
    }

    /// AWS said it was too often.
    pub(super) fn slow_down(&mut self) {
        self.distance = (self.distance * 2).clamp(FIRST, MOST);
    }

    /// A call went through.
    pub(super) fn speed_up(&mut self) {
        self.distance = self.distance * 9 / 10;
        if self.distance < NEGLIGIBLE {
            self.distance = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_spaced_after_a_throttle_and_recover() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert_eq!((pace.next(now), pace.next(now)), (now, now));
        pace.slow_down();
        pace.slow_down();
        assert_eq!(pace.next(now), now);
        assert_eq!(pace.next(now), now + FIRST * 2);
        (0..40).for_each(|_| pace.speed_up());
        assert_eq!(pace.distance, Duration::ZERO);
        (0..20).for_each(|_| pace.slow_down());
        assert_eq!(pace.distance, MOST);
    }
}
