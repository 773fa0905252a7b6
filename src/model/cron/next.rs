//! The next time an expression fires.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::Cron;
use super::calendar::Calendar;
use super::field::{FROM_END, Field, LAST_DAY, LAST_YEAR, Values};
use crate::model::Millis;

/// Years ahead that are searched for an expression that hardly ever fires, or never.
const MOST_YEARS: i64 = 100;
/// Steps a search may take. Every step moves on; the rarest expressions need some thousands.
const MOST_STEPS: usize = 200_000;

/// What one look at the clock gave.
enum Look {
    /// It fires now.
    Fires,
    /// The clock was moved on; look again.
    Again,
}

impl Cron {
    /// The first time after an instant (both in epoch milliseconds, the result in whole seconds) at which it fires in
    /// a zone; `None` when it does not within a hundred years.
    ///
    /// A time that the zone skips in spring does not fire that day; one that comes twice in autumn fires the second
    /// time.
    #[must_use]
    pub fn next_after(&self, instant: Millis, zone: &TimeZone) -> Option<Millis> {
        let earliest = instant.div_euclid(1000).checked_add(1)?.checked_mul(1000)?;
        let mut search = Search { values: &self.values, clock: Calendar::at(earliest, zone)?, earliest, until: 0 };
        search.clock.settle()?;
        search.until = (search.clock.year + MOST_YEARS).min(LAST_YEAR.into());
        for _ in 0..MOST_STEPS {
            if matches!(search.look()?, Look::Fires) {
                return search.clock.instant();
            }
        }
        None
    }
}

/// A clock that is moved on until every field agrees.
struct Search<'c> {
    values: &'c Values,
    clock: Calendar<'c>,
    earliest: Millis,
    /// The last year looked at.
    until: i64,
}

impl Search<'_> {
    /// Looks at the fields from the smallest to the largest; `None` when it will never fire.
    fn look(&mut self) -> Option<Look> {
        self.clock.settle()?;
        if self.clock.year > self.until {
            return None;
        }
        let steps = [Self::second, Self::minute, Self::hour, Self::day, Self::month, Self::year];
        for step in steps {
            if matches!(step(self)?, Look::Again) {
                return Some(Look::Again);
            }
            self.clock.settle()?;
        }
        Some(Look::Fires)
    }

    fn second(&mut self) -> Option<Look> {
        match self.values.at_least(Field::Second, self.clock.second) {
            Some(second) => self.clock.second = second,
            None => {
                self.clock.second = self.values.first(Field::Second)?;
                self.clock.minute += 1;
            }
        }
        Some(Look::Fires)
    }

    fn minute(&mut self) -> Option<Look> {
        let found = self.values.at_least(Field::Minute, self.clock.minute);
        if found == Some(self.clock.minute) {
            return Some(Look::Fires);
        }
        let hour = self.clock.hour + i64::from(found.is_none());
        self.clock.second = 0;
        self.clock.minute = found.or_else(|| self.values.first(Field::Minute))?;
        self.set_hour(hour)?;
        Some(Look::Again)
    }

    fn hour(&mut self) -> Option<Look> {
        let found = self.values.at_least(Field::Hour, self.clock.hour);
        if found == Some(self.clock.hour) {
            return Some(Look::Fires);
        }
        self.clock.day += i64::from(found.is_none());
        (self.clock.minute, self.clock.second) = (0, 0);
        self.set_hour(found.or_else(|| self.values.first(Field::Hour))?)?;
        Some(Look::Again)
    }

    /// Sets the hour, or the next when the zone skips it.
    fn set_hour(&mut self, hour: i64) -> Option<()> {
        self.clock.hour = hour;
        self.clock.settle()?;
        if self.clock.hour != hour && hour != 24 {
            self.clock.hour = hour + 1;
        }
        Some(())
    }

    fn day(&mut self) -> Option<Look> {
        if self.values.matters(Field::DayOfMonth) { self.day_of_month() } else { self.day_of_week() }
    }

    fn day_of_month(&mut self) -> Option<Look> {
        let today = self.clock.day;
        let last = self.clock.last_day()?;
        let plain = smallest_day(self.values.of(Field::DayOfMonth), today, last);
        let moved = smallest_day(&self.values.near_weekday, today, last);
        let moved = match moved {
            Some(day) => Some(self.nearest_weekday(day, last)?),
            None => None,
        };
        // A day that moved back before the search began has had its turn.
        let moved = moved.filter(|day| {
            let instant = self.clock.instant_on(self.clock.month, *day);
            instant.is_some_and(|instant| instant >= self.earliest)
        });
        let (day, month) = match (plain, moved) {
            (Some(plain), moved) if moved.is_none_or(|moved| plain < moved) => (plain, self.clock.month),
            (_, Some(moved)) => {
                // As in Quartz, the time of day is kept here: on the day before, an earlier one could have matched.
                self.clock.day = moved;
                return Some(Look::Fires);
            }
            _ => (1, self.clock.month + 1),
        };
        if (day, month) == (today, self.clock.month) {
            return Some(Look::Fires);
        }
        Some(self.go_to(month, day))
    }

    /// The weekday nearest to a day, within the month.
    fn nearest_weekday(&self, day: i64, last: i64) -> Option<i64> {
        const SUNDAY: i64 = 1;
        const SATURDAY: i64 = 7;
        Some(match self.clock.weekday(day)? {
            SATURDAY if day == 1 => day + 2,
            SATURDAY => day - 1,
            SUNDAY if day == last => day - 2,
            SUNDAY => day + 1,
            _ => day,
        })
    }

    fn day_of_week(&mut self) -> Option<Look> {
        let (today, last) = (self.clock.day, self.clock.last_day()?);
        let now = self.clock.weekday(today)?;
        let first = self.values.first(Field::DayOfWeek)?;
        let days_to = |wanted: i64| if now > wanted { wanted + 7 - now } else { wanted - now };
        let day = if self.values.last_weekday {
            let mut day = today + days_to(first);
            while day + 7 <= last {
                day += 7;
            }
            day
        } else if let Some(nth) = self.values.nth_weekday {
            let day = today + days_to(first);
            let week = (day + 6) / 7;
            let day = day + (i64::from(nth) - week) * 7;
            if week > i64::from(nth) {
                return Some(self.next_month());
            }
            day
        } else {
            today + days_to(self.values.at_least(Field::DayOfWeek, now).unwrap_or(first))
        };
        match day {
            day if day > last => Some(self.next_month()),
            day if day > today => Some(self.go_to(self.clock.month, day)),
            _ => {
                self.clock.day = day;
                Some(Look::Fires)
            }
        }
    }

    fn month(&mut self) -> Option<Look> {
        if self.clock.year > self.until {
            return None;
        }
        let found = self.values.at_least(Field::Month, self.clock.month);
        if found == Some(self.clock.month) {
            return Some(Look::Fires);
        }
        self.clock.year += i64::from(found.is_none());
        let month = found.or_else(|| self.values.first(Field::Month))?;
        Some(self.go_to(month, 1))
    }

    fn year(&mut self) -> Option<Look> {
        let found = self.values.at_least(Field::Year, self.clock.year)?;
        if found == self.clock.year {
            return Some(Look::Fires);
        }
        self.clock.year = found;
        Some(self.go_to(1, 1))
    }

    fn next_month(&mut self) -> Look {
        self.go_to(self.clock.month + 1, 1)
    }

    /// Moves on to the start of a day.
    fn go_to(&mut self, month: i64, day: i64) -> Look {
        self.clock.midnight();
        (self.clock.month, self.clock.day) = (month, day);
        Look::Again
    }
}

/// The first of the days that is not before another, in a month that ends with `last`.
fn smallest_day(days: &BTreeSet<i32>, from: i64, last: i64) -> Option<i64> {
    let place = |day: i64| i32::try_from(day).ok();
    // Days counted from the end stand above the others, in the order of the month.
    let shift = i64::from(LAST_DAY) - last;
    let from_end = days.range(place(from + shift)?..).next().map(|day| i64::from(*day) - shift);
    let plain = days.range(place(from)?..FROM_END).next().map(|day| i64::from(*day)).filter(|day| *day <= last);
    from_end.into_iter().chain(plain).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_fires_later_or_never(
            fields in proptest::collection::vec("[0-9*?/,LW#-]{1,6}|MON|FRI-TUE|\\*|\\?|[1-9]", 6..8),
            instant in -5_000_000_000_000_i64..40_000_000_000_000,
        ) {
            if let Ok(cron) = Cron::parse(&fields.join(" ")) {
                let next = cron.next_after(instant, &TimeZone::get("Europe/Berlin").expect("the zone exists"));
                prop_assert!(next.is_none_or(|next| next > instant && next % 1000 == 0));
            }
        }
    }

    #[test]
    fn extreme_instants_never_fire() {
        let cron = Cron::parse("0 0 0 1 1 ?").expect("it is valid");
        for instant in [i64::MIN, i64::MAX, i64::MAX / 1000, 253_402_300_800_000] {
            assert_eq!(cron.next_after(instant, &TimeZone::UTC), None);
        }
    }
}
