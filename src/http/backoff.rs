//! How long to wait before another try.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ulid::Ulid;

use super::Response;

/// A random time between nothing and `base · 2^attempt`, at most `most`; attempts count from 0.
#[must_use]
pub fn full_jitter(base: Duration, most: Duration, attempt: u32) -> Duration {
    let ceiling = base.checked_mul(2_u32.saturating_pow(attempt)).unwrap_or(most).min(most);
    let millis = u64::try_from(Ulid::generate().random() % (ceiling.as_millis() + 1));
    Duration::from_millis(millis.unwrap_or(u64::MAX))
}

/// What `Retry-After` asks for, in seconds or as a date; `now` is epoch milliseconds.
#[must_use]
pub fn retry_after(response: &Response, now: i64) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment: Timestamp = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::from_millis(u64::try_from(moment.as_millisecond() - now).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_below_its_ceiling() {
        let (base, most) = (Duration::from_millis(100), Duration::from_secs(5));
        for attempt in [0, 1, 5, 40] {
            let ceiling = base.saturating_mul(2_u32.saturating_pow(attempt)).min(most);
            assert!((0..100).all(|_| full_jitter(base, most, attempt) <= ceiling));
        }
    }

    #[test]
    fn the_server_may_say_when() {
        let answer =
            |value: &str| Response { headers: vec![("retry-after".into(), value.into())], ..Response::default() };
        let now = 1_767_225_600_000; // Thu, 01 Jan 2026 00:00:00 GMT
        assert_eq!(retry_after(&answer("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&answer("Thu, 01 Jan 2026 00:01:00 GMT"), now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after(&answer("Wed, 31 Dec 2025 00:00:00 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after(&answer("soon"), now), None);
    }
}
