//! YAML as SnakeYAML reads it: YAML 1.1, where `yes` is true, `010` is eight and `12:30` is 750.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::calendar::{day_of, read_date, read_time};
use super::convert::parse_real;
use super::error::{ExprError, Result};
use super::machine::{Machine, find};
use super::value::{MapClass, Value};

const SCANNER: &str = "org.yaml.snakeyaml.scanner.ScannerException";
const CONSTRUCTOR: &str = "org.yaml.snakeyaml.constructor.ConstructorException";
const MAX_DEPTH: usize = 100;

/// All documents of a text.
pub(crate) fn documents<'a>(machine: &Machine<'a>, text: &str) -> Result<Vec<Value<'a>>> {
    let open_end = (!text.ends_with('\n')).then(|| text.chars().count());
    let mut reader = Reader { machine, events: Parser::new_from_str(text), anchors: HashMap::new(), open_end };
    let mut documents = Vec::new();
    while let Some(event) = reader.events.next() {
        if let (Event::DocumentStart(_), _) = event.map_err(|error| scan(&error))? {
            let first = reader.event()?;
            documents.push(reader.node(first, 0)?);
        }
    }
    Ok(documents)
}

fn scan(error: &ScanError) -> ExprError {
    let mark = error.marker();
    ExprError::java(SCANNER, format!("{}\n in 'string', line {}, column {}", error.info(), mark.line(), mark.col() + 1))
}

struct Reader<'m, 't, 'a> {
    machine: &'m Machine<'a>,
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Value<'a>>,
    /// Where the text ends, when it does so without a line break: a block scalar there has none either.
    open_end: Option<usize>,
}

impl<'t, 'a> Reader<'_, 't, 'a> {
    fn event(&mut self) -> Result<(Event<'t>, Span)> {
        match self.events.next() {
            Some(event) => event.map_err(|error| scan(&error)),
            None => Err(ExprError::java(SCANNER, "the document ends too early")),
        }
    }

    fn node(&mut self, (event, span): (Event<'t>, Span), depth: usize) -> Result<Value<'a>> {
        self.machine.charge(1)?;
        if depth > MAX_DEPTH {
            return Err(ExprError::limit(format!("the YAML is nested deeper than {MAX_DEPTH} levels")));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let open = block && self.open_end.is_some_and(|end| span.end.index() >= end);
                let text = if open { text.strip_suffix('\n').unwrap_or(&text) } else { &text };
                (anchor, scalar(text, style, tag.as_deref())?)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.event()? {
                        (Event::SequenceEnd, _) => break,
                        item => items.push(self.node(item, depth + 1)?),
                    }
                }
                (anchor, Value::list(items))
            }
            Event::MappingStart(anchor, _) => (anchor, self.mapping(depth)?),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                return known.ok_or_else(|| ExprError::java(SCANNER, "found undefined alias"));
            }
            _ => return Ok(Value::Null),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value<'a>> {
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        let mut merged: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        loop {
            let key = match self.event()? {
                (Event::MappingEnd, _) => break,
                key => self.node(key, depth + 1)?,
            };
            let next = self.event()?;
            let value = self.node(next, depth + 1)?;
            if key.str() == Some("<<") {
                let sources = if value.is_map() { vec![value] } else { value.items().unwrap_or_default() };
                merged.extend(sources.iter().flat_map(|source| self.machine.entries(source)));
                continue;
            }
            match find(self.machine, &entries, &key)? {
                Some(i) => entries[i].1 = value,
                None => entries.push((key, value)),
            }
        }
        for (key, value) in merged {
            if find(self.machine, &entries, &key)?.is_none() {
                entries.push((key, value));
            }
        }
        Ok(Value::map(MapClass::Linked, entries))
    }
}

fn scalar<'a>(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value<'a>> {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    if core.is_none() && tag.is_some_and(|tag| !tag.suffix.is_empty()) {
        let tag = tag.map(ToString::to_string).unwrap_or_default();
        return Err(ExprError::java(CONSTRUCTOR, format!("could not determine a constructor for the tag {tag}")));
    }
    Ok(match core {
        Some("str") => Value::text(text),
        Some("float") => resolve(text)
            .filter(Value::is_number)
            .map_or_else(|| Value::text(text), |number| Value::Double(super::convert::double_value(&number))),
        Some(_) => resolve(text).unwrap_or_else(|| Value::text(text)),
        None if style == ScalarStyle::Plain && tag.is_none() => resolve(text).unwrap_or_else(|| Value::text(text)),
        None => Value::text(text),
    })
}

/// The value of a plain scalar; `None` when it is text.
fn resolve<'a>(text: &str) -> Option<Value<'a>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Some(Value::Bool(true)),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Some(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Double(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Value::Double(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Value::Double(f64::NEG_INFINITY)),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    whole(text).or_else(|| real(text)).or_else(|| timestamp(text))
}

fn whole<'a>(text: &str) -> Option<Value<'a>> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain = digits.replace('_', "");
    let number = if let Some(binary) = plain.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()?
    } else if let Some(hex) = plain.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok()?
    } else if plain.len() > 1 && plain.starts_with('0') && !plain.contains(':') {
        i128::from_str_radix(&plain, 8).ok()?
    } else if plain.contains(':') {
        if plain.starts_with('0') {
            return None;
        }
        let mut parts = plain.split(':');
        let first: i128 = parts.next()?.parse().ok()?;
        parts.try_fold(first, |total, part| {
            let part: i128 = part.parse().ok().filter(|n| (0..60).contains(n))?;
            total.checked_mul(60)?.checked_add(part)
        })?
    } else {
        plain.parse().ok()?
    };
    let number = number * sign;
    Some(match (i32::try_from(number), i64::try_from(number)) {
        (Ok(n), _) => Value::Int(n),
        (_, Ok(n)) => Value::Long(n),
        _ => Value::BigInt(number),
    })
}

fn real<'a>(text: &str) -> Option<Value<'a>> {
    let plain = text.replace('_', "");
    let simple = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if !simple || !plain.contains(['.', 'e', 'E']) || plain.trim_start_matches(['+', '-']) == "." {
        return None;
    }
    parse_real(&plain).map(Value::Double)
}

fn timestamp<'a>(text: &str) -> Option<Value<'a>> {
    let (year, month, day, rest) = read_date(text).ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = day_of(year, month, day) * 86_400_000;
    if rest.is_empty() {
        return (text.len() == 10).then_some(Value::Date(midnight));
    }
    let time = rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start());
    let (hour, minute, second, nanos, zone) = read_time(time).ok()?;
    let offset = match zone.trim() {
        "" | "Z" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let mut parts = zone.trim_start_matches(['+', '-']).split(':');
            let hours: i64 = parts.next()?.parse().ok()?;
            let minutes: i64 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
            sign * (hours * 60 + minutes)
        }
    };
    let seconds = (hour * 60 + minute - offset) * 60 + second;
    Some(Value::Date(midnight + seconds * 1000 + nanos / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_those_of_yaml_1_1() {
        let shown = |text| resolve(text).map(|value| format!("{value:?}"));
        for (text, value) in [
            ("yes", "Bool(true)"),
            ("010", "Int(8)"),
            ("0b101", "Int(5)"),
            ("12:30", "Int(750)"),
            ("1_000", "Int(1000)"),
            ("4294967296", "Long(4294967296)"),
            ("1e3", "Double(1000.0)"),
            ("-.inf", "Double(-inf)"),
            ("1970-01-02", "Date(86400000)"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(value), "{text}");
        }
        for text in ["1.2.3", "v1", "089", "y", "1-2", "10.0.0.1", "-", "+", "."] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
