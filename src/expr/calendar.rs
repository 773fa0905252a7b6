//! Days and clocks as `java.time` counts them, in UTC.

/// Nanoseconds of a day.
pub(crate) const DAY_NANOS: i64 = 86_400_000_000_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The units of `ChronoUnit` in their order, with their lengths in nanoseconds (0: counted in months or days).
pub(crate) const UNITS: [(&str, i64); 16] = [
    ("NANOS", 1),
    ("MICROS", 1_000),
    ("MILLIS", 1_000_000),
    ("SECONDS", 1_000_000_000),
    ("MINUTES", 60_000_000_000),
    ("HOURS", 3_600_000_000_000),
    ("HALF_DAYS", 43_200_000_000_000),
    ("DAYS", DAY_NANOS),
    ("WEEKS", 7 * DAY_NANOS),
    ("MONTHS", 0),
    ("YEARS", 0),
    ("DECADES", 0),
    ("CENTURIES", 0),
    ("MILLENNIA", 0),
    ("ERAS", 0),
    ("FOREVER", 0),
];
/// Their names for people.
pub(crate) const UNIT_NAMES: [&str; 16] = [
    "Nanos",
    "Micros",
    "Millis",
    "Seconds",
    "Minutes",
    "Hours",
    "HalfDays",
    "Days",
    "Weeks",
    "Months",
    "Years",
    "Decades",
    "Centuries",
    "Millennia",
    "Eras",
    "Forever",
];

/// A date and a time of day without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DateTime {
    /// Days since 1970-01-01.
    pub(crate) day: i64,
    /// Nanoseconds since midnight.
    pub(crate) nanos: i64,
}

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) seconds: i64,
    /// Nanoseconds of the second.
    pub(crate) nanos: i32,
}

/// Year, month (1–12) and day of month of a day.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// The day of a date; months and days outside their ranges roll over.
pub(crate) fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let months = year * 12 + month - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468 + day - 1
}

/// Whether February has 29 days.
pub(crate) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
pub(crate) fn month_length(year: i64, month: i64) -> i64 {
    day_of(year, month + 1, 1) - day_of(year, month, 1)
}

/// 0 for Monday.
pub(crate) fn weekday(day: i64) -> u8 {
    u8::try_from((day + 3).rem_euclid(7)).expect("a remainder of 7 fits")
}

/// `Monday`.
pub(crate) fn day_name(weekday: u8) -> &'static str {
    DAYS[usize::from(weekday % 7)]
}

/// `January`.
pub(crate) fn month_name(month: i64) -> &'static str {
    MONTHS[usize::try_from((month - 1).rem_euclid(12)).expect("a remainder of 12 fits")]
}

/// The same day so many months later; the day of month shrinks to fit.
pub(crate) fn plus_months(day: i64, months: i64) -> i64 {
    let (year, month, dom) = civil(day);
    let total = year * 12 + month - 1 + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    day_of(year, month, dom.min(month_length(year, month)))
}

/// Whole months between two moments given as days and nanoseconds of the day.
pub(crate) fn months_between(from: DateTime, to: DateTime) -> i64 {
    let (fy, fm, fd) = civil(from.day);
    let (ty, tm, td) = civil(to.day);
    let packed = |y: i64, m: i64, d: i64| (y * 12 + m - 1) * 32 + d;
    let mut end = packed(ty, tm, td);
    if to.day > from.day && to.nanos < from.nanos {
        let (y, m, d) = civil(to.day - 1);
        end = packed(y, m, d);
    } else if to.day < from.day && to.nanos > from.nanos {
        let (y, m, d) = civil(to.day + 1);
        end = packed(y, m, d);
    }
    (end - packed(fy, fm, fd)) / 32
}

/// `2024-02-29`.
pub(crate) fn date_text(day: i64) -> String {
    let (year, month, dom) = civil(day);
    if year > 9999 {
        format!("+{year}-{month:02}-{dom:02}")
    } else if year < 0 {
        format!("-{:04}-{month:02}-{dom:02}", -year)
    } else {
        format!("{year:04}-{month:02}-{dom:02}")
    }
}

/// `15:30`, `15:30:45`, `15:30:45.123`: as much as is not zero.
pub(crate) fn time_text(nanos: i64) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let mut text = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 > 0 || rest > 0 {
        text.push_str(&format!(":{:02}", seconds % 60));
        text.push_str(&fraction(rest));
    }
    text
}

fn fraction(nanos: i64) -> String {
    match nanos {
        0 => String::new(),
        n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => format!(".{:06}", n / 1_000),
        n => format!(".{n:09}"),
    }
}

impl DateTime {
    /// The moment so many nanoseconds later.
    pub(crate) fn plus(self, nanos: i128) -> Self {
        let total = i128::from(self.nanos) + nanos;
        let day = i128::from(DAY_NANOS);
        Self {
            day: self.day.saturating_add(i64::try_from(total.div_euclid(day)).unwrap_or(i64::MAX / 4)),
            nanos: i64::try_from(total.rem_euclid(day)).expect("less than a day"),
        }
    }

    /// `2024-03-10T15:30:45`.
    pub(crate) fn text(self) -> String {
        format!("{}T{}", date_text(self.day), time_text(self.nanos))
    }
}

impl Instant {
    /// Of epoch milliseconds.
    pub(crate) fn of_millis(millis: i64) -> Self {
        let nanos = i32::try_from(millis.rem_euclid(1000) * 1_000_000).expect("less than a second");
        Self { seconds: millis.div_euclid(1000), nanos }
    }

    /// The moment so many nanoseconds later.
    pub(crate) fn plus(self, nanos: i128) -> Self {
        let total = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos) + nanos;
        Self {
            seconds: i64::try_from(total.div_euclid(1_000_000_000)).unwrap_or(i64::MAX),
            nanos: i32::try_from(total.rem_euclid(1_000_000_000)).expect("less than a second"),
        }
    }

    /// Nanoseconds since the epoch.
    pub(crate) fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// In UTC.
    pub(crate) fn date_time(self) -> DateTime {
        DateTime {
            day: self.seconds.div_euclid(86_400),
            nanos: self.seconds.rem_euclid(86_400) * 1_000_000_000 + i64::from(self.nanos),
        }
    }

    /// Of a moment in UTC.
    pub(crate) fn of_date_time(at: DateTime) -> Self {
        Self {
            seconds: at.day.saturating_mul(86_400).saturating_add(at.nanos / 1_000_000_000),
            nanos: i32::try_from(at.nanos % 1_000_000_000).expect("less than a second"),
        }
    }

    /// `2024-03-10T10:00:00Z`.
    pub(crate) fn text(self) -> String {
        let at = self.date_time();
        let seconds = at.nanos / 1_000_000_000;
        format!(
            "{}T{:02}:{:02}:{:02}{}Z",
            date_text(at.day),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            fraction(i64::from(self.nanos))
        )
    }
}

/// `Thu Jan 01 00:00:00 UTC 1970`: what `java.util.Date` says.
pub(crate) fn date_to_string(millis: i64) -> String {
    let at = Instant::of_millis(millis).date_time();
    let (year, month, dom) = civil(at.day);
    let seconds = at.nanos / 1_000_000_000;
    format!(
        "{} {} {dom:02} {:02}:{:02}:{:02} UTC {year:04}",
        &day_name(weekday(at.day))[..3],
        &month_name(month)[..3],
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Reads `2024-02-29`; the rest of the text is given back. The error is the index of the first character that
/// does not fit.
pub(crate) fn read_date(text: &str) -> Result<(i64, i64, i64, &str), usize> {
    let bytes = text.as_bytes();
    let (sign, start) = match bytes.first() {
        Some(b'-') => (-1, 1),
        Some(b'+') => (1, 1),
        _ => (1, 0),
    };
    let digits = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits < 4 || (start == 0 && digits > 4) || digits > 9 {
        return Err(0);
    }
    let year: i64 = text[start..start + digits].parse().map_err(|_| 0usize)?;
    let mut at = start + digits;
    let mut part = || -> Result<i64, usize> {
        if bytes.get(at) != Some(&b'-') {
            return Err(at);
        }
        let number = two_digits(bytes, at + 1)?;
        at += 3;
        Ok(number)
    };
    let (month, day) = (part()?, part()?);
    Ok((sign * year, month, day, &text[at..]))
}

/// Reads `15:30[:45[.123]]` as nanoseconds and gives the rest back; errors as [`read_date`].
pub(crate) fn read_time(text: &str) -> Result<(i64, i64, i64, i64, &str), usize> {
    let bytes = text.as_bytes();
    let hour = two_digits(bytes, 0)?;
    if bytes.get(2) != Some(&b':') {
        return Err(2);
    }
    let minute = two_digits(bytes, 3)?;
    if bytes.get(5) != Some(&b':') {
        return Ok((hour, minute, 0, 0, &text[5..]));
    }
    let second = two_digits(bytes, 6)?;
    if bytes.get(8) != Some(&b'.') {
        return Ok((hour, minute, second, 0, &text[8..]));
    }
    let digits = bytes[9..].iter().take_while(|b| b.is_ascii_digit()).count().min(9);
    let nanos: i64 = format!("{:0<9}", &text[9..9 + digits]).parse().map_err(|_| 9usize)?;
    Ok((hour, minute, second, nanos, &text[9 + digits..]))
}

fn two_digits(bytes: &[u8], at: usize) -> Result<i64, usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(a @ b'0'..=b'9'), Some(b @ b'0'..=b'9')) => Ok(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => Err(at),
    }
}
