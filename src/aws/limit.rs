//! How fast a service may be called: as fast as one likes until it throttles, then as fast as it bears, found out as
//! AWS's SDKs do in their adaptive mode (a token bucket whose rate is cut on every throttle and grows back as a cubic).

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is left of the rate after a throttle.
const CUT: f64 = 0.7;
/// Growth of the cubic.
const SCALE: f64 = 0.4;
/// Calls per second that are always allowed.
const LEAST: f64 = 0.5;
/// Span over which the present rate is measured.
const SPAN: Duration = Duration::from_millis(500);

/// The rate of one service.
#[derive(Debug, Default)]
pub(super) struct Limit(Mutex<Option<Bucket>>, Mutex<Pace>);

/// A bucket that is there once a service has throttled.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
    /// Rate at the last throttle, and when that was.
    most: f64,
    throttled: Instant,
}

/// Calls per second as they are made.
#[derive(Debug, Default)]
struct Pace {
    since: Option<Instant>,
    calls: u32,
    rate: f64,
}

impl Pace {
    fn call(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        self.calls += 1;
        let span = now.duration_since(since);
        if span >= SPAN {
            let rate = f64::from(self.calls) / span.as_secs_f64();
            self.rate = if self.rate == 0.0 { rate } else { 0.8 * rate + 0.2 * self.rate };
            (self.since, self.calls) = (Some(now), 0);
        }
    }

    fn rate(&self, now: Instant) -> f64 {
        let span = self.since.map_or(SPAN, |since| now.duration_since(since)).max(SPAN);
        self.rate.max(f64::from(self.calls) / span.as_secs_f64()).max(LEAST)
    }
}

impl Limit {
    /// How long to wait before the next call; the call counts as made.
    pub(super) fn reserve(&self, now: Instant) -> Duration {
        self.1.lock().expect("no holder of this lock can panic").call(now);
        let mut bucket = self.0.lock().expect("no holder of this lock can panic");
        let Some(bucket) = bucket.as_mut() else { return Duration::ZERO };
        let new = now.duration_since(bucket.filled).as_secs_f64() * bucket.rate;
        bucket.tokens = (bucket.tokens + new).min(bucket.rate.max(1.0)) - 1.0;
        bucket.filled = now;
        if bucket.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-bucket.tokens / bucket.rate) }
    }

    /// The service throttled.
    pub(super) fn throttled(&self, now: Instant) {
        let pace = self.1.lock().expect("no holder of this lock can panic").rate(now);
        let mut slot = self.0.lock().expect("no holder of this lock can panic");
        let most = slot.as_ref().map_or(pace, |bucket| bucket.rate.min(pace));
        let rate = (most * CUT).max(LEAST);
        let tokens = slot.as_ref().map_or(0.0, |bucket| bucket.tokens.min(0.0));
        *slot = Some(Bucket { rate, tokens, filled: now, most, throttled: now });
    }

    /// The service answered.
    pub(super) fn answered(&self, now: Instant) {
        let pace = self.1.lock().expect("no holder of this lock can panic").rate(now);
        let mut slot = self.0.lock().expect("no holder of this lock can panic");
        let Some(bucket) = slot.as_mut() else { return };
        let window = (bucket.most * (1.0 - CUT) / SCALE).cbrt();
        let since = now.duration_since(bucket.throttled).as_secs_f64();
        let wanted = SCALE * (since - window).powi(3) + bucket.most;
        // No faster than twice what is really called, so that a pause saves nothing up.
        bucket.rate = wanted.clamp(LEAST, (2.0 * pace).max(LEAST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_service_is_called_slower_and_later_faster_again() {
        let limit = Limit::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(limit.reserve(now), Duration::ZERO);
            now += Duration::from_millis(10);
        }
        limit.throttled(now);
        let wait = (0..10).map(|_| limit.reserve(now)).max().unwrap();
        assert!(wait > Duration::from_millis(50), "{wait:?}");
        for _ in 0..1000 {
            now += limit.reserve(now).max(Duration::from_millis(10));
            limit.answered(now);
        }
        now += Duration::from_secs(1);
        assert_eq!(limit.reserve(now), Duration::ZERO);
    }
}
