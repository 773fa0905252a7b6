//! The fields of an expression and the values each of them holds.

use std::collections::BTreeSet;

/// A field, in the order they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
}

/// `*` as a number: `99` written out means it too.
pub(super) const ALL: i32 = 99;
/// `?` as a number: `98` written out as a day means it too.
pub(super) const NO_MATTER: i32 = 98;
/// Days of a month above 31 count from its end: this one is the last.
pub(super) const LAST_DAY: i32 = 62;
/// The smallest number that means a day counted from the month's end.
pub(super) const FROM_END: i32 = 32;
/// Nothing fires later, so no later year is kept.
pub(super) const LAST_YEAR: i32 = 2999;

impl Field {
    pub(super) const ORDER: [Self; 7] =
        [Self::Second, Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek, Self::Year];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Second => "seconds",
            Self::Minute => "minutes",
            Self::Hour => "hours",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
            Self::Year => "year",
        }
    }

    /// The smallest and the largest value.
    pub(super) const fn range(self) -> (i32, i32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (1, 7),
            Self::Year => (1970, LAST_YEAR),
        }
    }

    /// Whether `?` may stand here.
    pub(super) const fn is_day(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }
}

/// What an expression allows, field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    fields: [BTreeSet<i32>; 7],
    /// `15W`, `LW`: days that move to the nearest weekday.
    pub(super) near_weekday: BTreeSet<i32>,
    /// `6L`: the last such weekday of a month.
    pub(super) last_weekday: bool,
    /// `6#3`: the third such weekday of a month.
    pub(super) nth_weekday: Option<i32>,
}

impl Values {
    pub(super) fn of(&self, field: Field) -> &BTreeSet<i32> {
        &self.fields[field as usize]
    }

    /// Takes a single value.
    pub(super) fn insert(&mut self, field: Field, value: i32) {
        self.fields[field as usize].insert(value);
    }

    /// Whether a day field is anything but `?`.
    pub(super) fn matters(&self, field: Field) -> bool {
        !self.of(field).contains(&NO_MATTER)
    }

    /// The smallest value that is not below another.
    pub(super) fn at_least(&self, field: Field, value: i64) -> Option<i64> {
        let value = i32::try_from(value).ok()?;
        self.of(field).range(value..).next().map(|found| i64::from(*found))
    }

    /// The smallest value; a field can be empty (`,`).
    pub(super) fn first(&self, field: Field) -> Option<i64> {
        self.of(field).first().map(|found| i64::from(*found))
    }
}
