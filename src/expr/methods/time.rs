//! `java.time`, `java.util.Date` and `SimpleDateFormat`, all in UTC.

use crate::expr::calendar::{
    DAY_NANOS, DateTime, Instant, UNITS, civil, date_text, day_of, is_leap, month_length, month_name, months_between,
    plus_months, read_date, read_time, weekday,
};
use crate::expr::error::{DATE_TIME, ExprError, NULL_POINTER, Result};
use crate::expr::value::{Type, Value};
use crate::expr::{calendar, date_format};

use super::number::long;
use super::resolve::Param::{Any, Chars, Int, Long, Of, Str};
use super::string::{int, text};
use super::table::{Call, Method, m, refused, s};
use super::utility::parse_constant;

const PARSE: &str = "java.time.format.DateTimeParseException";
const UNSUPPORTED_UNIT: &str = "java.time.temporal.UnsupportedTemporalTypeException";
const UNIT: super::Param = Of("java.time.temporal.ChronoUnit");
const DATE_TYPE: super::Param = Of("java.time.LocalDate");
const DATE_TIME_TYPE: super::Param = Of("java.time.LocalDateTime");
const INSTANT_TYPE: super::Param = Of("java.time.Instant");
const UTIL_DATE: super::Param = Of("java.util.Date");
const WEEKDAY: super::Param = Of("java.time.DayOfWeek");

const BEFORE: Call = |c, t, a| crate::expr::operators::compare(c, t, &a[0]).map(|o| Value::Bool(o.is_lt()));
const AFTER: Call = |c, t, a| crate::expr::operators::compare(c, t, &a[0]).map(|o| Value::Bool(o.is_gt()));
const EQUAL: Call = |c, t, a| crate::expr::operators::compare(c, t, &a[0]).map(|o| Value::Bool(o.is_eq()));
const ORDER: Call = |c, t, a| crate::expr::operators::compare(c, t, &a[0]).map(|o| Value::Int(o as i32));
const YEAR: Call = |_, t, _| Ok(Value::Int(parts(t).0 as i32));
const MONTH: Call = |_, t, _| Ok(Value::Int(parts(t).1 as i32));
const DAY: Call = |_, t, _| Ok(Value::Int(parts(t).2 as i32));
const DAY_OF_YEAR: Call = |_, t, _| Ok(Value::Int((at(t).day - day_of(parts(t).0, 1, 1) + 1) as i32));
const WEEK_DAY: Call = |_, t, _| Ok(Value::DayOfWeek(weekday(at(t).day)));
const PLUS_DAYS: Call = |_, t, a| shift(t, 7, long(&a[0]));
const PLUS_WEEKS: Call = |_, t, a| shift(t, 8, long(&a[0]));
const PLUS_MONTHS: Call = |_, t, a| shift(t, 9, long(&a[0]));
const PLUS_YEARS: Call = |_, t, a| shift(t, 10, long(&a[0]));
const MINUS_DAYS: Call = |_, t, a| shift(t, 7, long(&a[0]).wrapping_neg());
const MINUS_WEEKS: Call = |_, t, a| shift(t, 8, long(&a[0]).wrapping_neg());
const MINUS_MONTHS: Call = |_, t, a| shift(t, 9, long(&a[0]).wrapping_neg());
const MINUS_YEARS: Call = |_, t, a| shift(t, 10, long(&a[0]).wrapping_neg());
const PLUS_UNIT: Call = |_, t, a| shift(t, unit(&a[1])?, long(&a[0]));
const MINUS_UNIT: Call = |_, t, a| shift(t, unit(&a[1])?, long(&a[0]).wrapping_neg());
const UNTIL: Call = |_, t, a| between(unit(&a[1])?, t, &a[0]);
const WITH_YEAR: Call = |_, t, a| {
    let (_, month, day) = parts(t);
    let year = i64::from(int(&a[0]));
    with_day(t, day_of(year, month, day.min(month_length(year, month))))
};
const WITH_MONTH: Call = |_, t, a| {
    let (year, _, day) = parts(t);
    let month = field("MonthOfYear", i64::from(int(&a[0])), 1, 12)?;
    with_day(t, day_of(year, month, day.min(month_length(year, month))))
};
const WITH_DAY: Call = |_, t, a| {
    let (year, month, _) = parts(t);
    with_day(t, date(year, month, i64::from(int(&a[0])))?)
};
const WITH_DAY_OF_YEAR: Call = |_, t, a| with_day(t, day_in_year(parts(t).0, int(&a[0]))?);
const WITH_WEEKDAY: Call = |_, t, a| match &a[0] {
    Value::DayOfWeek(day) => with_day(t, at(t).day - i64::from(weekday(at(t).day)) + i64::from(*day)),
    _ => Err(null("adjuster")),
};

pub(super) const LOCAL_DATE: &[Method] = &[
    s("now", &[], |c, _, _| Ok(Value::LocalDate(Instant::of_millis(c.now()).date_time().day))),
    s("parse", &[Chars], |_, _, a| parse_date(text(&a[0])?)),
    s("of", &[Int, Int, Int], |_, _, a| {
        date(i64::from(int(&a[0])), i64::from(int(&a[1])), i64::from(int(&a[2]))).map(Value::LocalDate)
    }),
    s("ofEpochDay", &[Long], |_, _, a| Ok(Value::LocalDate(long(&a[0])))),
    s("ofYearDay", &[Int, Int], |_, _, a| day_in_year(i64::from(int(&a[0])), int(&a[1])).map(Value::LocalDate)),
    m("getYear", &[], YEAR),
    m("getMonthValue", &[], MONTH),
    m("getDayOfMonth", &[], DAY),
    m("getDayOfYear", &[], DAY_OF_YEAR),
    m("getDayOfWeek", &[], WEEK_DAY),
    m("isLeapYear", &[], |_, t, _| Ok(Value::Bool(is_leap(parts(t).0)))),
    m("lengthOfMonth", &[], |_, t, _| Ok(Value::Int(month_length(parts(t).0, parts(t).1) as i32))),
    m("lengthOfYear", &[], |_, t, _| Ok(Value::Int(if is_leap(parts(t).0) { 366 } else { 365 }))),
    m("plusDays", &[Long], PLUS_DAYS),
    m("plusWeeks", &[Long], PLUS_WEEKS),
    m("plusMonths", &[Long], PLUS_MONTHS),
    m("plusYears", &[Long], PLUS_YEARS),
    m("minusDays", &[Long], MINUS_DAYS),
    m("minusWeeks", &[Long], MINUS_WEEKS),
    m("minusMonths", &[Long], MINUS_MONTHS),
    m("minusYears", &[Long], MINUS_YEARS),
    m("plus", &[Long, UNIT], PLUS_UNIT),
    m("minus", &[Long, UNIT], MINUS_UNIT),
    m("until", &[DATE_TYPE, UNIT], UNTIL),
    m("withYear", &[Int], WITH_YEAR),
    m("withMonth", &[Int], WITH_MONTH),
    m("withDayOfMonth", &[Int], WITH_DAY),
    m("withDayOfYear", &[Int], WITH_DAY_OF_YEAR),
    m("with", &[WEEKDAY], WITH_WEEKDAY),
    m("atStartOfDay", &[], |_, t, _| Ok(Value::LocalDateTime(DateTime { day: at(t).day, nanos: 0 }))),
    m("atTime", &[Int, Int], at_time),
    m("atTime", &[Int, Int, Int], at_time),
    m("atTime", &[Int, Int, Int, Int], at_time),
    m("toEpochDay", &[], |_, t, _| Ok(Value::Long(at(t).day))),
    m("isBefore", &[DATE_TYPE], BEFORE),
    m("isAfter", &[DATE_TYPE], AFTER),
    m("isEqual", &[DATE_TYPE], EQUAL),
    m("compareTo", &[DATE_TYPE], |_, t, a| match &a[0] {
        Value::LocalDate(_) => Ok(Value::Int(date_order(t, &a[0]))),
        _ => Err(null("other")),
    }),
    m("format", &[Any], |_, _, _| Err(null("formatter"))),
    refused("getMonth", "class java.time.Month"),
    refused("getEra", "class java.time.chrono.IsoEra"),
    refused("getChronology", "class java.time.chrono.IsoChronology"),
];

pub(super) const LOCAL_DATE_TIME: &[Method] = &[
    s("now", &[], |c, _, _| Ok(Value::LocalDateTime(Instant::of_millis(c.now()).date_time()))),
    s("parse", &[Chars], |_, _, a| parse_date_time(text(&a[0])?).map(Value::LocalDateTime)),
    s("of", &[Int, Int, Int, Int, Int], of_parts),
    s("of", &[Int, Int, Int, Int, Int, Int], of_parts),
    s("of", &[Int, Int, Int, Int, Int, Int, Int], of_parts),
    m("getYear", &[], YEAR),
    m("getMonthValue", &[], MONTH),
    m("getDayOfMonth", &[], DAY),
    m("getDayOfYear", &[], DAY_OF_YEAR),
    m("getDayOfWeek", &[], WEEK_DAY),
    m("getHour", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[5].1) as i32))),
    m("getMinute", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[4].1 % 60) as i32))),
    m("getSecond", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[3].1 % 60) as i32))),
    m("getNano", &[], |_, t, _| Ok(Value::Int((at(t).nanos % UNITS[3].1) as i32))),
    m("plusDays", &[Long], PLUS_DAYS),
    m("plusWeeks", &[Long], PLUS_WEEKS),
    m("plusMonths", &[Long], PLUS_MONTHS),
    m("plusYears", &[Long], PLUS_YEARS),
    m("plusHours", &[Long], |_, t, a| shift(t, 5, long(&a[0]))),
    m("plusMinutes", &[Long], |_, t, a| shift(t, 4, long(&a[0]))),
    m("plusSeconds", &[Long], |_, t, a| shift(t, 3, long(&a[0]))),
    m("plusNanos", &[Long], |_, t, a| shift(t, 0, long(&a[0]))),
    m("minusDays", &[Long], MINUS_DAYS),
    m("minusWeeks", &[Long], MINUS_WEEKS),
    m("minusMonths", &[Long], MINUS_MONTHS),
    m("minusYears", &[Long], MINUS_YEARS),
    m("minusHours", &[Long], |_, t, a| shift(t, 5, long(&a[0]).wrapping_neg())),
    m("minusMinutes", &[Long], |_, t, a| shift(t, 4, long(&a[0]).wrapping_neg())),
    m("minusSeconds", &[Long], |_, t, a| shift(t, 3, long(&a[0]).wrapping_neg())),
    m("minusNanos", &[Long], |_, t, a| shift(t, 0, long(&a[0]).wrapping_neg())),
    m("plus", &[Long, UNIT], PLUS_UNIT),
    m("minus", &[Long, UNIT], MINUS_UNIT),
    m("until", &[DATE_TIME_TYPE, UNIT], UNTIL),
    m("withYear", &[Int], WITH_YEAR),
    m("withMonth", &[Int], WITH_MONTH),
    m("withDayOfMonth", &[Int], WITH_DAY),
    m("withDayOfYear", &[Int], WITH_DAY_OF_YEAR),
    m("with", &[WEEKDAY], WITH_WEEKDAY),
    m("withHour", &[Int], |_, t, a| with_part(t, "HourOfDay", int(&a[0]), 24, UNITS[5].1)),
    m("withMinute", &[Int], |_, t, a| with_part(t, "MinuteOfHour", int(&a[0]), 60, UNITS[4].1)),
    m("withSecond", &[Int], |_, t, a| with_part(t, "SecondOfMinute", int(&a[0]), 60, UNITS[3].1)),
    m("withNano", &[Int], |_, t, a| with_part(t, "NanoOfSecond", int(&a[0]), 1_000_000_000, 1)),
    m("truncatedTo", &[UNIT], |_, t, a| {
        let length = truncation(unit(&a[0])?)?;
        let at = at(t);
        Ok(Value::LocalDateTime(DateTime { nanos: at.nanos / length * length, ..at }))
    }),
    m("toLocalDate", &[], |_, t, _| Ok(Value::LocalDate(at(t).day))),
    m("isBefore", &[DATE_TIME_TYPE], BEFORE),
    m("isAfter", &[DATE_TIME_TYPE], AFTER),
    m("isEqual", &[DATE_TIME_TYPE], EQUAL),
    m("compareTo", &[DATE_TIME_TYPE], |_, t, a| match &a[0] {
        Value::LocalDateTime(other) => {
            let days = date_order(t, &a[0]);
            Ok(Value::Int(if days == 0 { at(t).nanos.cmp(&other.nanos) as i32 } else { days }))
        }
        _ => Err(null("other")),
    }),
    m("format", &[Any], |_, _, _| Err(null("formatter"))),
    refused("getMonth", "class java.time.Month"),
    refused("toLocalTime", "class java.time.LocalTime"),
];

pub(super) const INSTANT: &[Method] = &[
    s("now", &[], |c, _, _| Ok(Value::Instant(Instant::of_millis(c.now())))),
    s("parse", &[Chars], |_, _, a| parse_instant(text(&a[0])?)),
    s("ofEpochMilli", &[Long], |_, _, a| Ok(Value::Instant(Instant::of_millis(long(&a[0]))))),
    s("ofEpochSecond", &[Long], |_, _, a| Ok(Value::Instant(Instant { seconds: long(&a[0]), nanos: 0 }))),
    s("ofEpochSecond", &[Long, Long], |_, _, a| {
        Ok(Value::Instant(Instant { seconds: long(&a[0]), nanos: 0 }.plus(i128::from(long(&a[1])))))
    }),
    m("toEpochMilli", &[], |_, t, _| Ok(Value::Long((moment(t).total_nanos().div_euclid(1_000_000)) as i64))),
    m("getEpochSecond", &[], |_, t, _| Ok(Value::Long(moment(t).seconds))),
    m("getNano", &[], |_, t, _| Ok(Value::Int(moment(t).nanos))),
    m("plusSeconds", &[Long], |_, t, a| shift(t, 3, long(&a[0]))),
    m("plusMillis", &[Long], |_, t, a| shift(t, 2, long(&a[0]))),
    m("plusNanos", &[Long], |_, t, a| shift(t, 0, long(&a[0]))),
    m("minusSeconds", &[Long], |_, t, a| shift(t, 3, long(&a[0]).wrapping_neg())),
    m("minusMillis", &[Long], |_, t, a| shift(t, 2, long(&a[0]).wrapping_neg())),
    m("minusNanos", &[Long], |_, t, a| shift(t, 0, long(&a[0]).wrapping_neg())),
    m("plus", &[Long, UNIT], PLUS_UNIT),
    m("minus", &[Long, UNIT], MINUS_UNIT),
    m("until", &[INSTANT_TYPE, UNIT], UNTIL),
    m("truncatedTo", &[UNIT], |_, t, a| {
        let length = truncation(unit(&a[0])?)?;
        let at = moment(t).date_time();
        Ok(Value::Instant(Instant::of_date_time(DateTime { nanos: at.nanos / length * length, ..at })))
    }),
    m("isBefore", &[INSTANT_TYPE], BEFORE),
    m("isAfter", &[INSTANT_TYPE], AFTER),
    m("compareTo", &[INSTANT_TYPE], |_, t, a| match &a[0] {
        Value::Instant(b) if moment(t).seconds == b.seconds => Ok(Value::Int(moment(t).nanos - b.nanos)),
        Value::Instant(b) => Ok(Value::Int(moment(t).seconds.cmp(&b.seconds) as i32)),
        _ => Err(null("otherInstant")),
    }),
];

pub(super) const DAY_OF_WEEK: &[Method] = &[
    s("of", &[Int], |_, _, a| {
        let day = int(&a[0]);
        let bad = || ExprError::java(DATE_TIME, format!("Invalid value for DayOfWeek: {day}"));
        u8::try_from(day).ok().filter(|d| (1..=7).contains(d)).map(|d| Value::DayOfWeek(d - 1)).ok_or_else(bad)
    }),
    s("valueOf", &[Str], |_, _, a| parse_constant("java.time.DayOfWeek", text(&a[0])?)),
    s("values", &[], |_, _, _| {
        Ok(Value::array(Type::of("java.time.DayOfWeek"), (0..7).map(Value::DayOfWeek).collect()))
    }),
    m("getValue", &[], |_, t, _| Ok(Value::Int(i32::from(ordinal(t)) + 1))),
    m("ordinal", &[], |_, t, _| Ok(Value::Int(i32::from(ordinal(t))))),
    m("name", &[], |_, t, _| Ok(Value::text(crate::expr::convert::scalar_text(t)))),
    m("plus", &[Long], |_, t, a| Ok(day_plus(t, long(&a[0])))),
    m("minus", &[Long], |_, t, a| Ok(day_plus(t, -(long(&a[0]) % 7)))),
    m("compareTo", &[WEEKDAY], |_, t, a| Ok(Value::Int(i32::from(ordinal(t)) - i32::from(ordinal(&a[0]))))),
    refused("getDeclaringClass", "class java.lang.Class"),
];

pub(super) const CHRONO_UNIT: &[Method] = &[
    s("valueOf", &[Str], |_, _, a| parse_constant("java.time.temporal.ChronoUnit", text(&a[0])?)),
    s("values", &[], |_, _, _| {
        Ok(Value::array(Type::of("java.time.temporal.ChronoUnit"), (0..16).map(Value::ChronoUnit).collect()))
    }),
    m("between", &[Any, Any], |_, t, a| between(ordinal(t), &a[0], &a[1])),
    m("name", &[], |_, t, _| Ok(Value::text(UNITS[usize::from(ordinal(t))].0))),
    m("ordinal", &[], |_, t, _| Ok(Value::Int(i32::from(ordinal(t))))),
    m("isDateBased", &[], |_, t, _| Ok(Value::Bool((7..15).contains(&ordinal(t))))),
    m("isTimeBased", &[], |_, t, _| Ok(Value::Bool(ordinal(t) < 7))),
    m("compareTo", &[UNIT], |_, t, a| Ok(Value::Int(i32::from(ordinal(t)) - i32::from(ordinal(&a[0]))))),
    refused("getDuration", "class java.time.Duration"),
];

pub(super) const DATE: &[Method] = &[
    m("getTime", &[], |_, t, _| Ok(Value::Long(millis(t)))),
    m("getYear", &[], |_, t, _| Ok(Value::Int(parts(t).0 as i32 - 1900))),
    m("getMonth", &[], |_, t, _| Ok(Value::Int(parts(t).1 as i32 - 1))),
    m("getDate", &[], DAY),
    m("getDay", &[], |_, t, _| Ok(Value::Int((i32::from(weekday(at(t).day)) + 1) % 7))),
    m("getHours", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[5].1) as i32))),
    m("getMinutes", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[4].1 % 60) as i32))),
    m("getSeconds", &[], |_, t, _| Ok(Value::Int((at(t).nanos / UNITS[3].1 % 60) as i32))),
    m("getTimezoneOffset", &[], |_, _, _| Ok(Value::Int(0))),
    m("before", &[UTIL_DATE], BEFORE),
    m("after", &[UTIL_DATE], AFTER),
    m("compareTo", &[UTIL_DATE], ORDER),
    m("toInstant", &[], |_, t, _| Ok(Value::Instant(Instant::of_millis(millis(t))))),
    m("toGMTString", &[], |_, t, _| Ok(Value::text(date_format::format("d MMM yyyy HH:mm:ss", millis(t))? + " GMT"))),
    m("toLocaleString", &[], |_, t, _| Ok(Value::text(date_format::format("MMM d, yyyy, h:mm:ss a", millis(t))?))),
    s("from", &[INSTANT_TYPE], |_, _, a| Ok(Value::Date((moment(&a[0]).total_nanos().div_euclid(1_000_000)) as i64))),
];

pub(super) const DATE_FORMAT: &[Method] = &[
    m("format", &[UTIL_DATE], |_, t, a| match (t, &a[0]) {
        (Value::DateFormat(pattern), Value::Date(millis)) => date_format::format(pattern, *millis).map(Value::text),
        _ => Err(null("date")),
    }),
    m("parse", &[Str], |_, t, a| match t {
        Value::DateFormat(pattern) => date_format::parse(pattern, text(&a[0])?).map(Value::Date),
        _ => Err(null("source")),
    }),
    m("toPattern", &[], |_, t, _| Ok(if let Value::DateFormat(p) = t { Value::text(p.clone()) } else { Value::Null })),
    refused("getTimeZone", "class java.util.TimeZone"),
    refused("getCalendar", "class java.util.Calendar"),
];

fn null(name: &str) -> ExprError {
    ExprError::java(NULL_POINTER, name)
}

/// Days and nanoseconds of whatever has a date.
fn at(value: &Value<'_>) -> DateTime {
    match value {
        Value::LocalDate(day) => DateTime { day: *day, nanos: 0 },
        Value::LocalDateTime(at) => *at,
        Value::Instant(at) => at.date_time(),
        Value::Date(millis) => Instant::of_millis(*millis).date_time(),
        _ => DateTime { day: 0, nanos: 0 },
    }
}

fn parts(value: &Value<'_>) -> (i64, i64, i64) {
    civil(at(value).day)
}

fn moment(value: &Value<'_>) -> Instant {
    Instant::of_date_time(at(value))
}

fn millis(value: &Value<'_>) -> i64 {
    if let Value::Date(millis) = value { *millis } else { 0 }
}

fn ordinal(value: &Value<'_>) -> u8 {
    if let Value::DayOfWeek(n) | Value::ChronoUnit(n) = value { *n } else { 0 }
}

fn day_plus<'a>(day: &Value<'a>, days: i64) -> Value<'a> {
    Value::DayOfWeek(((i64::from(ordinal(day)) + days % 7 + 7) % 7) as u8)
}

fn unit(value: &Value<'_>) -> Result<u8> {
    if let Value::ChronoUnit(unit) = value { Ok(*unit) } else { Err(null("unit")) }
}

fn unsupported(unit: u8) -> ExprError {
    ExprError::java(UNSUPPORTED_UNIT, format!("Unsupported unit: {}", calendar::UNIT_NAMES[usize::from(unit)]))
}

fn truncation(unit: u8) -> Result<i64> {
    let length = UNITS[usize::from(unit)].1;
    if unit <= 7 { Ok(length) } else { Err(unsupported(unit)) }
}

fn with_day<'a>(value: &Value<'a>, day: i64) -> Result<Value<'a>> {
    Ok(match value {
        Value::LocalDate(_) => Value::LocalDate(day),
        other => Value::LocalDateTime(DateTime { day, nanos: at(other).nanos }),
    })
}

fn with_part<'a>(value: &Value<'a>, name: &str, part: i32, range: i64, length: i64) -> Result<Value<'a>> {
    let part = field(name, i64::from(part), 0, range - 1)?;
    let at = at(value);
    let old = at.nanos / length % range;
    Ok(Value::LocalDateTime(DateTime { nanos: at.nanos + (part - old) * length, ..at }))
}

/// The date or time moved by an amount of a unit.
fn shift<'a>(value: &Value<'a>, unit: u8, amount: i64) -> Result<Value<'a>> {
    const FAR: i64 = 365_243_219_162;
    let months = match unit {
        9 => Some(1),
        10 => Some(12),
        11 => Some(120),
        12 => Some(1200),
        13 => Some(12_000),
        _ => None,
    };
    let far = || ExprError::java(DATE_TIME, "the date is outside what can be counted");
    let checked = |day: i64| if day.abs() > FAR { Err(far()) } else { Ok(day) };
    match (value, months) {
        (Value::Instant(_), Some(_)) => Err(unsupported(unit)),
        (Value::LocalDate(_) | Value::LocalDateTime(_), Some(months)) => {
            let months = amount.checked_mul(months).filter(|m| m.abs() < FAR / 28).ok_or_else(far)?;
            with_day(value, checked(plus_months(at(value).day, months))?)
        }
        _ if unit > 8 => Err(unsupported(unit)),
        (Value::LocalDate(_), _) if unit < 7 => Err(unsupported(unit)),
        (Value::Instant(at), _) if unit < 8 => {
            let moved = at.plus(i128::from(amount) * i128::from(UNITS[usize::from(unit)].1));
            checked(moved.seconds / 86_400)?;
            Ok(Value::Instant(moved))
        }
        (Value::Instant(_), _) => Err(unsupported(unit)),
        _ => {
            let moved = at(value).plus(i128::from(amount) * i128::from(UNITS[usize::from(unit)].1));
            checked(moved.day)?;
            Ok(match value {
                Value::LocalDate(_) => Value::LocalDate(moved.day),
                _ => Value::LocalDateTime(moved),
            })
        }
    }
}

/// Whole units from one to the other.
fn between<'a>(unit: u8, from: &Value<'a>, to: &Value<'a>) -> Result<Value<'a>> {
    let dated = |value: &Value<'_>| matches!(value, Value::LocalDate(_) | Value::LocalDateTime(_) | Value::Instant(_));
    if !dated(from) || !dated(to) {
        return Err(ExprError::java(DATE_TIME, "ChronoUnit.between needs two dates, date-times or instants"));
    }
    let (start, end) = (at(from), at(to));
    let per = match unit {
        9 => 1,
        10 => 12,
        11 => 120,
        12 => 1200,
        13 => 12_000,
        _ => 0,
    };
    if per > 0 && !matches!(from, Value::Instant(_)) {
        return Ok(Value::Long(months_between(start, end) / per));
    }
    let is_date = matches!(from, Value::LocalDate(_));
    if per > 0 || unit > 8 || is_date && unit < 7 || matches!(from, Value::Instant(_)) && unit == 8 {
        return Err(unsupported(unit));
    }
    let nanos = (i128::from(end.day) - i128::from(start.day)) * i128::from(DAY_NANOS)
        + if is_date { 0 } else { i128::from(end.nanos) - i128::from(start.nanos) };
    Ok(Value::Long((nanos / i128::from(UNITS[usize::from(unit)].1)) as i64))
}

fn date_order(a: &Value<'_>, b: &Value<'_>) -> i32 {
    let ((ay, am, ad), (by, bm, bd)) = (parts(a), parts(b));
    let first = [ay - by, am - bm, ad - bd].into_iter().find(|difference| *difference != 0);
    first.unwrap_or(0) as i32
}

fn field(name: &str, value: i64, min: i64, max: i64) -> Result<i64> {
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    let range = if name == "DayOfMonth" { "1 - 28/31".to_owned() } else { format!("{min} - {max}") };
    Err(ExprError::java(DATE_TIME, format!("Invalid value for {name} (valid values {range}): {value}")))
}

fn date(year: i64, month: i64, day: i64) -> Result<i64> {
    field("Year", year, -999_999_999, 999_999_999)?;
    field("MonthOfYear", month, 1, 12)?;
    field("DayOfMonth", day, 1, 31)?;
    if day > month_length(year, month) {
        let message = if day == 29 {
            format!("Invalid date 'February 29' as '{year}' is not a leap year")
        } else {
            format!("Invalid date '{} {day}'", month_name(month).to_uppercase())
        };
        return Err(ExprError::java(DATE_TIME, message));
    }
    Ok(day_of(year, month, day))
}

fn at_time<'a>(_: &crate::expr::machine::Machine<'a>, target: &Value<'a>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let nanos = time_of(args)?;
    Ok(Value::LocalDateTime(DateTime { day: at(target).day, nanos }))
}

fn of_parts<'a>(_: &crate::expr::machine::Machine<'a>, _: &Value<'a>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let part = |i: usize| i64::from(int(&args[i]));
    let day = date(part(0), part(1), part(2))?;
    Ok(Value::LocalDateTime(DateTime { day, nanos: time_of(&args[3..])? }))
}

/// The day of a year by its number, from 1.
fn day_in_year(year: i64, number: i32) -> Result<i64> {
    let first = day_of(year, 1, 1);
    let days = day_of(year + 1, 1, 1) - first;
    if !(1..=366).contains(&number) {
        let message = format!("Invalid value for DayOfYear (valid values 1 - 365/366): {number}");
        return Err(ExprError::java(DATE_TIME, message));
    }
    if i64::from(number) > days {
        let message = format!("Invalid date 'DayOfYear 366' as '{year}' is not a leap year");
        return Err(ExprError::java(DATE_TIME, message));
    }
    Ok(first + i64::from(number) - 1)
}

fn time_of(args: &[Value<'_>]) -> Result<i64> {
    let part = |i: usize| args.get(i).map_or(0, |value| i64::from(int(value)));
    let hour = field("HourOfDay", part(0), 0, 23)?;
    let minute = field("MinuteOfHour", part(1), 0, 59)?;
    let second = field("SecondOfMinute", part(2), 0, 59)?;
    Ok(((hour * 60 + minute) * 60 + second) * UNITS[3].1 + part(3))
}

fn unparsable(text: &str, index: usize) -> ExprError {
    ExprError::java(PARSE, format!("Text '{text}' could not be parsed at index {index}"))
}

fn left_over(text: &str, rest: &str) -> ExprError {
    let index = text.len() - rest.len();
    ExprError::java(PARSE, format!("Text '{text}' could not be parsed, unparsed text found at index {index}"))
}

fn parse_date<'a>(text: &str) -> Result<Value<'a>> {
    let (year, month, day, rest) = read_date(text).map_err(|index| unparsable(text, index))?;
    if !rest.is_empty() {
        return Err(left_over(text, rest).hint("a date alone is read with .substring(0,10)"));
    }
    within(text, date(year, month, day)).map(Value::LocalDate)
}

fn within<T>(text: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        ExprError::java(DATE_TIME, error.description())
            .within(format!("Text '{text}' could not be parsed: {}", error.description()))
    })
}

fn parse_date_time(text: &str) -> Result<DateTime> {
    let (at, rest) = read_date_time(text)?;
    if rest.is_empty() { Ok(at) } else { Err(left_over(text, rest)) }
}

fn read_date_time(text: &str) -> Result<(DateTime, &str)> {
    let (year, month, day, rest) = read_date(text).map_err(|index| unparsable(text, index))?;
    let here = text.len() - rest.len();
    let Some(time) = rest.strip_prefix(['T', 't']) else { return Err(unparsable(text, here)) };
    let (hour, minute, second, nanos, rest) = read_time(time).map_err(|index| unparsable(text, here + 1 + index))?;
    let day = within(text, date(year, month, day))?;
    let parts = [hour, minute, second].map(|part| Value::Int(part as i32));
    let time = within(text, time_of(&parts))?;
    Ok((DateTime { day, nanos: time + nanos }, rest))
}

fn parse_instant<'a>(text: &str) -> Result<Value<'a>> {
    let (at, rest) = read_date_time(text)?;
    if rest != "Z" && rest != "z" {
        return Err(unparsable(text, text.len() - rest.len()));
    }
    if text.len() < date_text(at.day).len() + 10 {
        return Err(unparsable(text, text.len() - 1));
    }
    Ok(Value::Instant(Instant::of_date_time(at)))
}
