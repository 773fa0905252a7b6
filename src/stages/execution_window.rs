//! When a stage may run: days and hours in the project's time zone. Only computes; waits for nothing.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::Value;

use super::reading;
use crate::model::{Failure, Map, Millis};

/// The days and hours of a `restrictedExecutionWindow`.
#[derive(Debug)]
pub(super) struct ExecutionWindow {
    days: Vec<Weekday>,
    hours: Vec<(Time, Time)>,
    zone: TimeZone,
}

impl ExecutionWindow {
    /// Reads `restrictedExecutionWindow` of a stage's context.
    pub(super) fn read(context: &Map, zone: &str) -> Result<Self, Failure> {
        let zone = TimeZone::get(zone).map_err(|_| {
            Failure::user(format!("there is no time zone '{zone}'"))
                .detail("set 'timeZone' in gennaker.yaml to a name such as Europe/Berlin")
        })?;
        let window = reading::object(context, "restrictedExecutionWindow")
            .ok_or_else(|| wrong("'restrictedExecutionWindow' is missing"))?;
        let days = reading::list(window, "days").iter().map(day).collect::<Result<Vec<_>, _>>()?;
        let mut hours = Vec::new();
        for span in reading::list(window, "whitelist") {
            let span = span.as_object().ok_or_else(|| wrong("an item of 'whitelist' is no object"))?;
            let (start, end) = (time(span, "startHour", "startMin")?, time(span, "endHour", "endMin")?);
            // Spinnaker compares the hours only: 22:30–22:10 is no window over midnight but one that never opens.
            if start.hour() > end.hour() {
                hours.push((start, LAST_MINUTE));
                hours.push((Time::midnight(), end));
            } else {
                hours.push((start, end));
            }
        }
        if hours.is_empty() {
            if days.is_empty() {
                return Err(wrong("neither days nor hours are given"));
            }
            hours.push((Time::midnight(), LAST_MINUTE));
        }
        if hours.iter().all(|(start, end)| start > end) {
            return Err(wrong("no hour of a day is in it"));
        }
        hours.sort_unstable();
        Ok(Self { days, hours, zone })
    }

    /// Whether the window is open at this moment; both ends count, to the minute.
    pub(super) fn is_open(&self, now: Millis) -> bool {
        let local = self.local(now);
        let minute = minute_of(&local);
        self.allows(local.weekday()) && self.hours.iter().any(|(start, end)| (*start..=*end).contains(&minute))
    }

    /// The next moment it opens; only to be shown and to be looked at again, [`Self::is_open`] decides.
    pub(super) fn opens(&self, now: Millis) -> Option<Millis> {
        let local = self.local(now);
        let today = local.date();
        // A window may be missing on the day the clocks go forward, so the same weekday a week later counts too.
        let days = (0..=7).filter_map(|ahead| today.checked_add(SignedDuration::from_hours(24 * ahead)).ok());
        days.filter(|day| self.allows(day.weekday()))
            .flat_map(|day| {
                self.hours.iter().filter(|(start, end)| start <= end).map(move |(start, _)| day.to_datetime(*start))
            })
            .filter_map(|opening| opening.to_zoned(self.zone.clone()).ok())
            .map(|opening| opening.timestamp().as_millisecond())
            .find(|opening| *opening > now)
    }

    fn allows(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }

    fn local(&self, now: Millis) -> Zoned {
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone())
    }
}

const LAST_MINUTE: Time = Time::constant(23, 59, 0, 0);

fn minute_of(moment: &Zoned) -> Time {
    Time::constant(moment.hour(), moment.minute(), 0, 0)
}

/// A day as Java's calendar counts: 1 is Sunday, 7 is Saturday.
fn day(value: &Value) -> Result<Weekday, Failure> {
    reading::as_integer(value)
        .and_then(|number| i8::try_from(number).ok())
        .and_then(|number| Weekday::from_sunday_one_offset(number).ok())
        .ok_or_else(|| wrong(format!("day {value} is none of 1 (Sunday) to 7 (Saturday)")))
}

fn time(span: &Map, hour_key: &str, minute_key: &str) -> Result<Time, Failure> {
    let part = |key| match span.get(key) {
        None | Some(Value::Null) => Some(0),
        Some(value) => reading::as_integer(value).and_then(|number| i8::try_from(number).ok()),
    };
    let time = part(hour_key).zip(part(minute_key)).and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    time.ok_or_else(|| wrong(format!("{hour_key} and {minute_key} make no time of day")))
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::user(format!("incorrect time windows: {what}"))
        .detail("write restrictedExecutionWindow: {days: [2, 3], whitelist: [{startHour: 9, startMin: 0, endHour: 17, endMin: 0}]}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::testing::object;

    fn window(days: &[u8], hours: &[(u8, u8, u8, u8)], zone: &str) -> Result<ExecutionWindow, Failure> {
        let hours: Vec<_> = hours
            .iter()
            .map(|(a, b, c, d)| json!({"startHour": a, "startMin": b, "endHour": c, "endMin": d}))
            .collect();
        ExecutionWindow::read(&object(json!({"restrictedExecutionWindow": {"days": days, "whitelist": hours}})), zone)
    }

    fn at(text: &str) -> Millis {
        text.parse::<Zoned>().unwrap().timestamp().as_millisecond()
    }

    const LA: &str = "America/Los_Angeles";

    #[test]
    fn days_and_hours_decide() {
        // 2026-03-04 is a Wednesday: day 4.
        for (days, hours, moment, open) in [
            (&[][..], &[(9, 0, 17, 0)][..], "2026-03-04T08:59:59", false),
            (&[], &[(9, 0, 17, 0)], "2026-03-04T09:00:00", true),
            (&[], &[(9, 0, 17, 0)], "2026-03-04T17:00:59", true),
            (&[], &[(9, 0, 17, 0)], "2026-03-04T17:01:00", false),
            (&[4], &[(9, 0, 17, 0)], "2026-03-04T10:00:00", true),
            (&[3, 5], &[(9, 0, 17, 0)], "2026-03-04T10:00:00", false),
            (&[1], &[], "2026-03-08T00:00:00", true),
            (&[1], &[], "2026-03-08T23:59:59", true),
            (&[7], &[], "2026-03-07T12:00:00", true),
            // Over midnight: both halves belong to the calendar day they are in.
            (&[], &[(22, 0, 5, 0)], "2026-03-04T23:59:30", true),
            (&[], &[(22, 0, 5, 0)], "2026-03-04T04:00:00", true),
            (&[], &[(22, 0, 5, 0)], "2026-03-04T12:00:00", false),
            (&[4], &[(22, 0, 5, 0)], "2026-03-05T04:00:00", false),
            (&[4], &[(22, 0, 5, 0)], "2026-03-04T04:00:00", true),
            // Several windows, in any order.
            (&[], &[(18, 0, 19, 0), (6, 0, 7, 0)], "2026-03-04T18:30:00", true),
            (&[], &[(18, 0, 19, 0), (6, 0, 7, 0)], "2026-03-04T12:00:00", false),
        ] {
            let window = window(days, hours, LA).unwrap();
            let moment = at(&format!("{moment}[{LA}]"));
            assert_eq!(window.is_open(moment), open, "{days:?} {hours:?} at {moment}");
        }
    }

    #[test]
    fn the_next_opening_is_the_first_allowed_one() {
        for (days, hours, moment, opening) in [
            (&[][..], &[(9, 0, 17, 0)][..], "2026-03-04T08:00:00", "2026-03-04T09:00:00"),
            (&[], &[(9, 0, 17, 0)], "2026-03-04T18:00:00", "2026-03-05T09:00:00"),
            // Wednesday 21:45, window 06–10 on Wednesdays: Spinnaker shows Thursday, the window opens in a week.
            (&[4], &[(6, 0, 10, 0)], "2026-03-04T21:45:00", "2026-03-11T06:00:00"),
            (&[5], &[(6, 0, 10, 0)], "2026-03-04T21:45:00", "2026-03-05T06:00:00"),
            (&[], &[(22, 0, 5, 0)], "2026-03-04T12:00:00", "2026-03-04T22:00:00"),
            (&[1], &[], "2026-03-04T12:00:00", "2026-03-08T00:00:00"),
        ] {
            let window = window(days, hours, LA).unwrap();
            let [moment, opening] = [moment, opening].map(|text| at(&format!("{text}[{LA}]")));
            assert_eq!(window.opens(moment), Some(opening), "{days:?} {hours:?}");
            assert!(window.is_open(opening));
        }
    }

    #[test]
    fn clock_changes_are_those_of_the_zone() {
        let window = window(&[], &[(2, 0, 2, 59)], LA).unwrap();
        // Spring: 02:00 to 03:00 does not exist on 2026-03-08.
        assert!(!window.is_open(at("2026-03-08T01:59:59-08:00[America/Los_Angeles]")));
        assert!(!window.is_open(at("2026-03-08T03:00:00-07:00[America/Los_Angeles]")));
        // Autumn: 01:30 happens twice on 2026-11-01.
        let window = super::tests::window(&[], &[(1, 0, 1, 45)], LA).unwrap();
        assert!(window.is_open(at("2026-11-01T01:30:00-07:00[America/Los_Angeles]")));
        assert!(!window.is_open(at("2026-11-01T01:50:00-07:00[America/Los_Angeles]")));
        assert!(window.is_open(at("2026-11-01T01:30:00-08:00[America/Los_Angeles]")));
        // The same moment elsewhere.
        let berlin = super::tests::window(&[], &[(10, 0, 11, 0)], "Europe/Berlin").unwrap();
        assert!(berlin.is_open(at("2026-03-04T01:30:00[America/Los_Angeles]")));
    }

    #[test]
    fn wrong_windows_are_named() {
        for (result, part) in [
            (window(&[], &[], LA), "neither days nor hours"),
            (window(&[8], &[], LA), "day 8"),
            (window(&[], &[(25, 0, 26, 0)], LA), "startHour"),
            (window(&[], &[(22, 30, 22, 10)], LA), "no hour"),
            (window(&[1], &[], "Mars/Olympus"), "Mars/Olympus"),
            (ExecutionWindow::read(&Map::new(), LA), "missing"),
        ] {
            let message = result.unwrap_err().message;
            assert!(message.contains(part), "{message} lacks {part}");
        }
    }
}
