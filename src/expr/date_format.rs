//! `SimpleDateFormat` in UTC and English.

use super::calendar::{Instant, civil, day_name, day_of, month_name, weekday};
use super::error::{ExprError, ILLEGAL_ARGUMENT, Result};

const PARSE: &str = "java.text.ParseException";
const LETTERS: &str = "GyMwWDdFEuaHkKhmsSzZYLX";

enum Part {
    Literal(String),
    Field(char, usize),
}

fn parts(pattern: &str) -> Result<Vec<Part>> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut parts = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '\'' {
            if chars.get(i + 1) == Some(&'\'') {
                parts.push(Part::Literal("'".to_owned()));
                i += 2;
                continue;
            }
            let mut text = String::new();
            i += 1;
            loop {
                match (chars.get(i), chars.get(i + 1)) {
                    (Some('\''), Some('\'')) => {
                        text.push('\'');
                        i += 2;
                    }
                    (Some('\''), _) => break,
                    (Some(c), _) => {
                        text.push(*c);
                        i += 1;
                    }
                    (None, _) => return Err(ExprError::java(ILLEGAL_ARGUMENT, "Unterminated quote")),
                }
            }
            i += 1;
            parts.push(Part::Literal(text));
        } else if c.is_ascii_alphabetic() {
            if !LETTERS.contains(c) {
                return Err(ExprError::java(ILLEGAL_ARGUMENT, format!("Illegal pattern character '{c}'"))
                    .hint("put plain letters between single quotes, doubled inside a quoted text"));
            }
            let count = chars[i..].iter().take_while(|d| **d == c).count();
            parts.push(Part::Field(c, count));
            i += count;
        } else {
            parts.push(Part::Literal(c.to_string()));
            i += 1;
        }
    }
    Ok(parts)
}

/// Whether the pattern is one; the error is Java's.
pub(crate) fn check(pattern: &str) -> Result<()> {
    parts(pattern).map(|_| ())
}

/// Writes a moment, in epoch milliseconds.
pub(crate) fn format(pattern: &str, millis: i64) -> Result<String> {
    let at = Instant::of_millis(millis).date_time();
    let (year, month, day) = civil(at.day);
    let seconds = at.nanos / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let week_day = i64::from(weekday(at.day));
    let mut out = String::new();
    for part in parts(pattern)? {
        let (letter, count) = match part {
            Part::Literal(text) => {
                out.push_str(&text);
                continue;
            }
            Part::Field(letter, count) => (letter, count),
        };
        let number = |n: i64| format!("{n:0count$}");
        out.push_str(&match letter {
            'G' => if year > 0 { "AD" } else { "BC" }.to_owned(),
            'y' | 'Y' => {
                let year = if letter == 'Y' { week_year(at.day) } else { year };
                let year = if year > 0 { year } else { 1 - year };
                if count == 2 { format!("{:02}", year % 100) } else { number(year) }
            }
            'M' | 'L' if count >= 4 => month_name(month).to_owned(),
            'M' | 'L' if count == 3 => month_name(month)[..3].to_owned(),
            'M' | 'L' => number(month),
            'w' => number(week_of_year(at.day)),
            'W' => number(week_of_month(at.day)),
            'D' => number(at.day - day_of(year, 1, 1) + 1),
            'd' => number(day),
            'F' => number((day - 1) / 7 + 1),
            'E' if count >= 4 => day_name(weekday(at.day)).to_owned(),
            'E' => day_name(weekday(at.day))[..3].to_owned(),
            'u' => number(week_day + 1),
            'a' => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            'H' => number(hour),
            'k' => number(if hour == 0 { 24 } else { hour }),
            'K' => number(hour % 12),
            'h' => number(if hour % 12 == 0 { 12 } else { hour % 12 }),
            'm' => number(minute),
            's' => number(second),
            'S' => number(at.nanos / 1_000_000 % 1000),
            'z' if count >= 4 => "Coordinated Universal Time".to_owned(),
            'z' => "UTC".to_owned(),
            'Z' => "+0000".to_owned(),
            _ => "Z".to_owned(),
        });
    }
    Ok(out)
}

/// Days since the Sunday that begins the week of a day.
fn since_sunday(day: i64) -> i64 {
    (i64::from(weekday(day)) + 1) % 7
}

/// The year whose weeks hold the day: weeks begin on Sunday, and the first one holds January 1st.
fn week_year(day: i64) -> i64 {
    civil(day - since_sunday(day) + 6).0
}

fn week_of_year(day: i64) -> i64 {
    let first = day_of(week_year(day), 1, 1);
    (day - since_sunday(day) - (first - since_sunday(first))) / 7 + 1
}

fn week_of_month(day: i64) -> i64 {
    let (year, month, _) = civil(day);
    let first = day_of(year, month, 1);
    (day - since_sunday(day) - (first - since_sunday(first))) / 7 + 1
}

/// Reads a date; fields that are absent are those of 1970-01-01T00:00.
pub(crate) fn parse(pattern: &str, text: &str) -> Result<i64> {
    let unparsable = || ExprError::java(PARSE, format!("Unparseable date: \"{text}\""));
    let parts = parts(pattern)?;
    let (mut year, mut month, mut day) = (1970, 1, 1);
    let (mut hour, mut minute, mut second, mut milli) = (0, 0, 0, 0);
    let (mut afternoon, mut offset, mut day_of_year) = (None, 0, None);
    let mut rest = text;
    for (i, part) in parts.iter().enumerate() {
        let (letter, count) = match part {
            Part::Literal(literal) => {
                rest = rest.strip_prefix(literal.as_str()).ok_or_else(unparsable)?;
                continue;
            }
            Part::Field(letter, count) => (*letter, *count),
        };
        let names = |names: &mut dyn Iterator<Item = &'static str>, rest: &str| {
            let lower = rest.to_lowercase();
            names.enumerate().find_map(|(i, name)| {
                let full = name.to_lowercase();
                let length = if lower.starts_with(&full) { full.len() } else { 3 };
                (lower.starts_with(&full) || lower.starts_with(&full[..3])).then_some((i as i64, length))
            })
        };
        match letter {
            'M' | 'L' if count >= 3 => {
                let (found, length) = names(&mut (1..=12).map(month_name), rest).ok_or_else(unparsable)?;
                month = found + 1;
                rest = &rest[length..];
            }
            'E' => {
                let (_, length) = names(&mut (0..7).map(day_name), rest).ok_or_else(unparsable)?;
                rest = &rest[length..];
            }
            'a' | 'G' => {
                let sign = rest.get(..2).ok_or_else(unparsable)?;
                if letter == 'a' {
                    afternoon = Some(sign.eq_ignore_ascii_case("pm"));
                }
                rest = &rest[2..];
            }
            'Z' | 'X' | 'z' => {
                let (found, length) = zone(rest).ok_or_else(unparsable)?;
                offset = found;
                rest = &rest[length..];
            }
            _ => {
                let trimmed = rest.trim_start();
                let followed = matches!(parts.get(i + 1), Some(Part::Field(next, _)) if !"EaGZXz".contains(*next));
                let most = if followed { count } else { 18 };
                let signed = usize::from(trimmed.starts_with('-'));
                let digits = trimmed[signed..].bytes().take_while(u8::is_ascii_digit).count().min(most);
                if digits == 0 {
                    return Err(unparsable());
                }
                let number: i64 = trimmed[..signed + digits].parse().map_err(|_| unparsable())?;
                rest = &trimmed[signed + digits..];
                if number.abs() > 1_000_000_000_000 {
                    return Err(unparsable());
                }
                match letter {
                    'y' | 'Y' if count <= 2 && digits == 2 => year = number + if number < 47 { 2000 } else { 1900 },
                    'y' | 'Y' => year = number.clamp(-1_000_000, 1_000_000),
                    'M' | 'L' => month = number.clamp(-100_000, 100_000),
                    'd' => day = number,
                    'D' => day_of_year = Some(number),
                    'H' | 'K' => hour = number,
                    'k' => hour = number % 24,
                    'h' => hour = number % 12,
                    'm' => minute = number,
                    's' => second = number,
                    'S' => milli = number,
                    _ => {}
                }
            }
        }
    }
    if afternoon == Some(true) && hour < 12 {
        hour += 12;
    }
    let day = match day_of_year {
        Some(number) => day_of(year, 1, 1) + number - 1,
        None => day_of(year, month, day),
    };
    let clock = ((i128::from(day) * 24 + i128::from(hour)) * 60 + i128::from(minute)) * 60 + i128::from(second);
    let total = (clock - i128::from(offset)) * 1000 + i128::from(milli);
    i64::try_from(total).map_err(|_| unparsable())
}

/// Seconds east of UTC, and how many bytes say so.
fn zone(text: &str) -> Option<(i64, usize)> {
    for name in ["UTC", "GMT", "Z"] {
        if text.starts_with(name) {
            return Some((0, name.len()));
        }
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours: i64 = text.get(1..3)?.parse().ok()?;
    let (minutes, length) = match text.get(3..6).and_then(|rest| rest.strip_prefix(':')) {
        Some(minutes) => (minutes.parse().ok()?, 6),
        None => match text.get(3..5).and_then(|minutes| minutes.parse().ok()) {
            Some(minutes) => (minutes, 5),
            None => (0, 3),
        },
    };
    Some((sign * (hours * 3600 + minutes * 60), length))
}

/// What `new Date(text)` understands: the usual forms of a date.
pub(crate) fn parse_loose(text: &str) -> Option<i64> {
    const FORMS: [&str; 8] = [
        "EEE MMM dd HH:mm:ss z yyyy",
        "EEE, dd MMM yyyy HH:mm:ss z",
        "dd MMM yyyy HH:mm:ss",
        "MMM dd, yyyy HH:mm:ss",
        "MM/dd/yyyy HH:mm:ss",
        "dd MMM yyyy",
        "MMM dd, yyyy",
        "MM/dd/yyyy",
    ];
    FORMS.iter().find_map(|form| parse(form, text).ok())
}
