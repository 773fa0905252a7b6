//! Reads an expression: six or seven fields, taken or refused exactly as Quartz 2.5 does.

use std::ops::Range;
use std::str::FromStr;

use super::field::{ALL, FROM_END, Field, LAST_DAY, LAST_YEAR, NO_MATTER, Values};

/// A cron expression of Quartz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    pub(super) values: Values,
}

/// Why an expression is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CronError {
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// Which bytes of the text.
    pub span: Range<usize>,
}

impl CronError {
    pub(super) fn too_short(text: &str, found: usize) -> Self {
        let message = format!(
            "a cron expression has six fields and perhaps a seventh (seconds minutes hours day-of-month month \
             day-of-week [year]), here are {found}"
        );
        Self { message, span: 0..text.len() }
    }
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// How far before the last day of a month `L-…` may reach.
const MOST_BEFORE_LAST: i32 = 30;

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::parse(text)
    }
}

impl Cron {
    /// Reads an expression; upper and lower case are the same. `H` is no part of it: resolve it first
    /// ([`resolve_hash_tokens`](super::resolve_hash_tokens)).
    ///
    /// # Errors
    /// When Quartz refuses it, with the place.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields = split(text, 0, |c| matches!(c, ' ' | '\t'));
        if !(6..=7).contains(&fields.len()) {
            return Err(CronError::too_short(text, fields.len()));
        }
        let mut values = Values::default();
        for (field, (at, written)) in Field::ORDER.into_iter().zip(&fields) {
            let wrong = |span: Range<usize>, message: String| CronError { message, span };
            let whole = *at..at + written.len();
            let written = written.trim_matches(|c| c <= ' ');
            let at = at + (whole.len() - written.len());
            if field == Field::DayOfWeek {
                let upper = upper_case(written);
                if upper.len() > 1 && upper.contains('L') && upper.contains(',') {
                    return Err(wrong(whole, "a last weekday (L) cannot stand in a list of weekdays".to_owned()));
                }
                if upper.matches('#').count() > 1 {
                    return Err(wrong(whole, "only one weekday can be counted with '#'".to_owned()));
                }
            }
            for (at, item) in split(written, at, |c| c == ',') {
                let upper = upper_case(item);
                let mut item_reader = Item { field, text: upper.chars().collect(), values: &mut values };
                item_reader.read().map_err(|what| {
                    wrong(at..at + item.len(), format!("'{item}' cannot be the {}: {what}", field.name()))
                })?;
            }
        }
        if fields.len() == 6 {
            values.fill(Field::Year, ALL, None, 1).map_err(|message| CronError { message, span: 0..text.len() })?;
        }
        if values.matters(Field::DayOfMonth) == values.matters(Field::DayOfWeek) {
            let message = "exactly one of day of month and day of week must be '?'".to_owned();
            return Err(CronError { message, span: fields[3].0..fields[5].0 + fields[5].1.len() });
        }
        Ok(Self { values })
    }
}

/// The parts between separators, empty ones left out, with their places.
fn split(text: &str, base: usize, separates: impl Fn(char) -> bool) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (end, separator) in text.match_indices(&separates).chain([(text.len(), "")]) {
        if end > start {
            parts.push((base + start, &text[start..end]));
        }
        start = end + separator.len();
    }
    parts
}

fn upper_case(text: &str) -> String {
    text.to_uppercase()
}

/// One item of a field: `5`, `1-5/2`, `MON-FRI`, `L-3W`.
struct Item<'v> {
    field: Field,
    text: Vec<char>,
    values: &'v mut Values,
}

/// A reason without its place; the caller knows the item and the field.
type Read<T> = Result<T, String>;

impl Item<'_> {
    fn read(&mut self) -> Read<()> {
        match self.text[..] {
            [] => Ok(()),
            ['A'..='Z', ..] if !self.is_last_day() => self.name(),
            ['?', ..] => self.no_matter(),
            ['*' | '/', ..] => self.all(),
            ['L', ..] => self.last_day(),
            ['0'..='9', ..] => self.number(),
            _ => Err("it starts with none of digit, name, '*', '?', 'L'".to_owned()),
        }
    }

    fn at(&self, place: usize) -> Option<char> {
        self.text.get(place).copied()
    }

    fn rest(&self, from: usize) -> String {
        self.text[from.min(self.text.len())..].iter().collect()
    }

    /// `L`, `LW`, `L-3`, `L-3W`.
    fn is_last_day(&self) -> bool {
        match self.text[..] {
            ['L'] | ['L', 'W'] => true,
            ['L', '-', ref offset @ ..] => {
                let digits = offset.strip_suffix(&['W']).unwrap_or(offset);
                digits.iter().all(char::is_ascii_digit)
            }
            _ => false,
        }
    }

    /// `MON`, `MON-FRI`, `MON#2`, `FRIL`, `JAN-MAR`; what follows is not looked at.
    fn name(&mut self) -> Read<()> {
        let first = self.named(0)?;
        match (self.field, self.at(3)) {
            (_, Some('-')) => {
                let last = self.named(4)?;
                return self.values.fill(self.field, first, Some(last), 1);
            }
            (Field::DayOfWeek, Some('#')) => self.values.nth_weekday = Some(self.nth(4)?),
            (Field::DayOfWeek, Some('L')) => self.values.last_weekday = true,
            _ => {}
        }
        self.values.fill(self.field, first, None, 0)
    }

    /// The number of the three letters at a place.
    fn named(&self, from: usize) -> Read<i32> {
        let names: &[&str] = match self.field {
            Field::Month => &MONTHS,
            Field::DayOfWeek => &WEEKDAYS,
            _ => return Err("names can be given for month and day of week only".to_owned()),
        };
        let letters: String = self.text[from.min(self.text.len())..].iter().take(3).collect();
        let found = names.iter().zip(1..).find(|(name, _)| **name == letters);
        found.map(|(_, number)| number).ok_or_else(|| format!("'{letters}' is none of {}", names.join(", ")))
    }

    /// The number behind a `#`.
    fn nth(&self, from: usize) -> Read<i32> {
        let nth = self.rest(from).parse().ok().filter(|nth| (1..=5).contains(nth));
        nth.ok_or_else(|| "a number between 1 and 5 must follow '#'".to_owned())
    }

    fn no_matter(&mut self) -> Read<()> {
        if !self.field.is_day() {
            return Err("'?' can only be a day of month or a day of week".to_owned());
        }
        if self.text.len() > 2 && self.text[1] != ' ' && self.text[2] != '\t' {
            return Err("nothing can follow '?'".to_owned());
        }
        self.values.fill(self.field, NO_MATTER, None, 0)
    }

    /// `*`, `*/5`, `/5`; anything else behind the star is not looked at.
    fn all(&mut self) -> Read<()> {
        let slash = usize::from(self.text[0] == '*');
        let step = match self.at(slash) {
            Some('/') => self.rest(slash + 1).parse().map_err(|_| "a number must follow '/'".to_owned())?,
            _ => 1,
        };
        self.check_step(step)?;
        self.values.fill(self.field, ALL, None, step)
    }

    /// Days counted from a month's end; as a day of week it is Saturday.
    fn last_day(&mut self) -> Read<()> {
        match self.field {
            Field::Second | Field::Minute | Field::Hour => {
                return Err("'L' can only be a day of month or a day of week".to_owned());
            }
            Field::DayOfWeek => return self.values.fill(self.field, 7, Some(7), 0),
            // Taken, and never fires.
            Field::Month | Field::Year => return Ok(()),
            Field::DayOfMonth => {}
        }
        let (offset, end) = match self.at(1) {
            Some('-') if self.at(2).is_none() => return Err("a number must follow '-'".to_owned()),
            Some('-') => self.digits(2)?,
            _ => (0, 1),
        };
        if offset > MOST_BEFORE_LAST {
            return Err(format!("it can be at most {MOST_BEFORE_LAST} days before the last"));
        }
        let day = LAST_DAY - offset;
        if self.at(end) == Some('W') {
            self.values.near_weekday.insert(day);
        } else {
            self.values.insert(Field::DayOfMonth, day);
        }
        Ok(())
    }

    /// The number at a place and where it ends; 0 where there is none.
    fn digits(&self, from: usize) -> Read<(i32, usize)> {
        let digits: String = self.text[from..].iter().take_while(|c| c.is_ascii_digit()).collect();
        let end = from + digits.len();
        let number = format!("0{digits}").parse().map_err(|_| format!("{digits} is too large"))?;
        Ok((number, end))
    }

    /// The number that must stand at a place.
    fn some_digits(&self, from: usize, after: char) -> Read<(i32, usize)> {
        match self.at(from) {
            Some('0'..='9') => self.digits(from),
            _ => Err(format!("a number must follow '{after}'")),
        }
    }

    /// `5`, `5-10`, `5-10/2`, `5/2`, `15W`, `6L`, `6#3`; anything else behind the number is not looked at.
    fn number(&mut self) -> Read<()> {
        let (first, end) = self.digits(0)?;
        match self.at(end) {
            Some('L') => {
                if self.field != Field::DayOfWeek {
                    return Err("'L' behind a number is for a day of week".to_owned());
                }
                if !(1..=7).contains(&first) {
                    return Err("it must be between 1 (Sunday) and 7".to_owned());
                }
                self.values.last_weekday = true;
                self.values.insert(self.field, first);
                Ok(())
            }
            Some('W') => {
                if self.field != Field::DayOfMonth {
                    return Err("'W' is for a day of month".to_owned());
                }
                if first > 31 {
                    return Err("no month has so many days".to_owned());
                }
                self.values.near_weekday.insert(first);
                Ok(())
            }
            Some('#') => {
                if self.field != Field::DayOfWeek {
                    return Err("'#' is for a day of week".to_owned());
                }
                self.values.nth_weekday = Some(self.nth(end + 1)?);
                self.values.insert(self.field, first);
                Ok(())
            }
            Some('-') => self.range(first, end + 1),
            Some('/') => {
                let (step, step_end) = self.some_digits(end + 1, '/')?;
                // Behind a step of two digits Quartz does not look.
                if self.at(step_end).is_some() && step_end == end + 2 {
                    return Err("only digits can follow '/'".to_owned());
                }
                self.check_step(step)?;
                self.values.fill(self.field, first, None, step)
            }
            _ => self.values.fill(self.field, first, None, 0),
        }
    }

    fn range(&mut self, first: i32, from: usize) -> Read<()> {
        let (last, end) = self.some_digits(from, '-')?;
        let step = match self.at(end) {
            Some('/') => self.some_digits(end + 1, '/')?.0,
            _ => 1,
        };
        self.values.fill(self.field, first, Some(last), step)
    }

    fn check_step(&self, step: i32) -> Read<()> {
        let most = match self.field {
            Field::Second | Field::Minute => 59,
            Field::Hour => 23,
            Field::DayOfMonth => 31,
            Field::Month => 12,
            Field::DayOfWeek => 7,
            Field::Year => i32::MAX,
        };
        if step > most { Err(format!("a step of {step} is too large; the largest is {most}")) } else { Ok(()) }
    }
}

impl Values {
    /// Takes the values from one to another in steps; one value alone without a step, all values of the field for
    /// [`ALL`]. A range that ends before it starts goes over the field's end.
    fn fill(&mut self, field: Field, first: i32, last: Option<i32>, step: i32) -> Read<()> {
        let (smallest, largest) = field.range();
        let special = first == ALL || first == NO_MATTER && field.is_day();
        // Quartz takes any year, and a weekday range from anywhere below 0 cannot be written.
        if field != Field::Year && !special && (first < smallest || first > largest || last > Some(largest)) {
            return Err(format!("it must be between {smallest} and {largest}"));
        }
        if step <= 0 && first != ALL {
            self.insert(field, first);
            return Ok(());
        }
        let first = if first == ALL { smallest } else { first };
        let mut last = last.unwrap_or(largest);
        let mut around = None;
        if last < first {
            if field == Field::Year {
                return Err("the range ends before it starts".to_owned());
            }
            let length = largest - smallest + 1;
            around = Some(length);
            last += length;
        }
        let step = usize::try_from(step.max(1)).unwrap_or(1);
        for value in (first..=last.min(LAST_YEAR)).step_by(step) {
            let value = match around {
                Some(length) if value % length == 0 && smallest == 1 => length,
                Some(length) => value % length,
                None => value,
            };
            self.insert(field, value);
        }
        Ok(())
    }
}

// Days from the end start right above the days a month can have.
const _: () = assert!(LAST_DAY - MOST_BEFORE_LAST == FROM_END);

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (&str, String) {
        let error = Cron::parse(text).expect_err("it is refused");
        (&text[error.span], error.message)
    }

    #[test]
    fn refusals_name_the_item_and_the_reason() {
        for (text, place, reason) in [
            ("0 0 24 * * ?", "24", "'24' cannot be the hours: it must be between 0 and 23"),
            ("0 0/61 * * * ?", "0/61", "'0/61' cannot be the minutes: a step of 61 is too large; the largest is 59"),
            ("0 0 0 ? * MON,XYZ", "XYZ", "'XYZ' cannot be the day of week: 'XYZ' is none of SUN, MON,"),
            ("0 0 0 1 * MON", "1 * MON", "exactly one of day of month and day of week must be '?'"),
            ("0 9 * * *", "0 9 * * *", "a cron expression has six fields and perhaps a seventh"),
        ] {
            let (found, message) = refused(text);
            assert_eq!(found, place, "{text}");
            assert!(message.starts_with(reason), "{text}: {message}");
        }
    }
}
