//! A wall clock in a time zone that takes any number for any field, as Java's lenient calendar does.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;

use crate::model::Millis;

/// Date and time of day in a zone. Fields may be set out of their range (minute 60, day 31 of April, month 13);
/// [`settle`](Self::settle) makes them a time that exists.
///
/// Where clocks go back, it is the second of two equal times; where they go forward, a time that does not exist is as
/// much later as the clocks jump.
pub(super) struct Calendar<'z> {
    zone: &'z TimeZone,
    pub(super) year: i64,
    /// 1 to 12 once settled.
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl<'z> Calendar<'z> {
    /// The wall clock at an instant, to the second; `None` beyond the years that can be told.
    pub(super) fn at(instant: Millis, zone: &'z TimeZone) -> Option<Self> {
        let timestamp = Timestamp::from_second(instant.div_euclid(1000)).ok()?;
        let mut calendar = Self { zone, year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
        calendar.show(zone.to_datetime(timestamp));
        Some(calendar)
    }

    fn show(&mut self, now: DateTime) {
        self.year = now.year().into();
        self.month = now.month().into();
        self.day = now.day().into();
        self.hour = now.hour().into();
        self.minute = now.minute().into();
        self.second = now.second().into();
    }

    /// Carries what is out of range into the next larger field and steps over gaps of the zone.
    pub(super) fn settle(&mut self) -> Option<()> {
        let timestamp = self.timestamp()?;
        self.show(self.zone.to_datetime(timestamp));
        Some(())
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let seconds = (self.hour * 60 + self.minute) * 60 + self.second;
        let day =
            first_of(self.year, self.month)?.checked_add(days(self.day - 1 + seconds.div_euclid(86_400))?).ok()?;
        let of_day = u32::try_from(seconds.rem_euclid(86_400)).ok()?;
        let part = |n: u32| i8::try_from(n).ok();
        let wall = day.at(part(of_day / 3600)?, part(of_day / 60 % 60)?, part(of_day % 60)?, 0);
        self.zone.to_ambiguous_timestamp(wall).later().ok()
    }

    /// The instant, in epoch milliseconds.
    pub(super) fn instant(&self) -> Option<Millis> {
        self.timestamp().map(|timestamp| timestamp.as_millisecond())
    }

    /// The instant of another day and time of the same year and month.
    pub(super) fn instant_on(&self, month: i64, day: i64) -> Option<Millis> {
        Self { month, day, ..*self }.instant()
    }

    /// Sets the time of day to midnight.
    pub(super) fn midnight(&mut self) {
        (self.hour, self.minute, self.second) = (0, 0, 0);
    }

    /// 1 for Sunday to 7 for Saturday.
    pub(super) fn weekday(&self, day: i64) -> Option<i64> {
        let date = first_of(self.year, self.month)?.checked_add(days(day - 1)?).ok()?;
        Some(i64::from(date.weekday().to_sunday_one_offset()))
    }

    /// How many days the month has.
    pub(super) fn last_day(&self) -> Option<i64> {
        first_of(self.year, self.month).map(|first| i64::from(first.days_in_month()))
    }
}

fn days(count: i64) -> Option<jiff::Span> {
    jiff::Span::new().try_days(count).ok()
}

/// The first day of a month; month 13 is January of the next year.
fn first_of(year: i64, month: i64) -> Option<Date> {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
    (0..=9998).contains(&year).then(|| date(year, month, 1))
}
