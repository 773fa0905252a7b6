//! `java.lang.String`.

use std::cmp::Ordering;

use crate::expr::convert::{scalar_text, to_text};
use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, INDEX, NULL_POINTER, Result, STRING_INDEX};
use crate::expr::format::format;
use crate::expr::machine::Machine;
use crate::expr::regex::JavaRegex;
use crate::expr::value::{Array, Type, Value};

use super::resolve::Param;
use super::resolve::Param::{
    Any, AnyRest, Bool, Char, CharArray, Chars, CharsRest, Double, Float, Int, Iterable, Long, Str,
};
use super::table::{Method, m, refused, s};

pub(super) const STRING: &[Method] = &[
    m("length", &[], |_, t, _| Ok(count(utf16_len(text(t)?)))),
    m("isEmpty", &[], |_, t, _| Ok(Value::Bool(text(t)?.is_empty()))),
    m("isBlank", &[], |_, t, _| Ok(Value::Bool(text(t)?.chars().all(char::is_whitespace)))),
    m("charAt", &[Int], |_, t, a| {
        let units = units(text(t)?);
        let at = int(&a[0]);
        let unit = usize::try_from(at).ok().and_then(|i| units.get(i));
        unit.map(|unit| Value::Char(*unit))
            .ok_or_else(|| ExprError::java(STRING_INDEX, format!("String index out of range: {at}")))
    }),
    m("codePointAt", &[Int], |_, t, a| {
        let units = units(text(t)?);
        let at = usize::try_from(int(&a[0])).ok().filter(|i| *i < units.len());
        let at =
            at.ok_or_else(|| ExprError::java(STRING_INDEX, format!("index {}, length {}", int(&a[0]), units.len())))?;
        let first = char::decode_utf16(units[at..].iter().copied()).next();
        Ok(Value::Int(first.map_or(0, |c| c.map_or(i32::from(units[at]), |c| c as i32))))
    }),
    m("compareTo", &[Str], |_, t, a| Ok(Value::Int(compare(text(t)?, text(&a[0])?)))),
    m("compareToIgnoreCase", &[Str], |_, t, a| Ok(Value::Int(compare(&fold(text(t)?), &fold(text(&a[0])?))))),
    m("concat", &[Str], |c, t, a| joined(c, [text(t)?, text(&a[0])?].concat())),
    m("contains", &[Chars], |_, t, a| Ok(Value::Bool(text(t)?.contains(text(&a[0])?)))),
    m("contentEquals", &[Chars], |_, t, a| Ok(Value::Bool(text(t)? == text(&a[0])?))),
    m("endsWith", &[Str], |_, t, a| Ok(Value::Bool(text(t)?.ends_with(text(&a[0])?)))),
    m("startsWith", &[Str], |_, t, a| Ok(Value::Bool(text(t)?.starts_with(text(&a[0])?)))),
    m("startsWith", &[Str, Int], |_, t, a| {
        let (all, part) = (units(text(t)?), units(text(&a[0])?));
        let from = usize::try_from(int(&a[1])).ok();
        Ok(Value::Bool(from.and_then(|i| all.get(i..)).is_some_and(|rest| rest.starts_with(&part))))
    }),
    m("equalsIgnoreCase", &[Str], |_, t, a| Ok(Value::Bool(!a[0].is_null() && fold(text(t)?) == fold(text(&a[0])?)))),
    m("getBytes", &[], |_, t, _| Ok(bytes(text(t)?))),
    m("getBytes", &[Str], |_, t, a| encoded(text(t)?, text(&a[0])?)),
    m("indexOf", &[Int], |_, t, a| {
        Ok(code_point(&a[0]).map_or(Value::Int(-1), |point| find(t.chars().unwrap_or_default(), &point, 0)))
    }),
    m("indexOf", &[Str], |_, t, a| Ok(find(text(t)?, text(&a[0])?, 0))),
    m("indexOf", &[Int, Int], |_, t, a| {
        Ok(code_point(&a[0]).map_or(Value::Int(-1), |point| find(t.chars().unwrap_or_default(), &point, int(&a[1]))))
    }),
    m("indexOf", &[Str, Int], |_, t, a| Ok(find(text(t)?, text(&a[0])?, int(&a[1])))),
    m("lastIndexOf", &[Int], |_, t, a| {
        Ok(code_point(&a[0]).map_or(Value::Int(-1), |point| find_last(t.chars().unwrap_or_default(), &point, i32::MAX)))
    }),
    m("lastIndexOf", &[Str], |_, t, a| Ok(find_last(text(t)?, text(&a[0])?, i32::MAX))),
    m("lastIndexOf", &[Int, Int], |_, t, a| {
        Ok(code_point(&a[0])
            .map_or(Value::Int(-1), |point| find_last(t.chars().unwrap_or_default(), &point, int(&a[1]))))
    }),
    m("lastIndexOf", &[Str, Int], |_, t, a| Ok(find_last(text(t)?, text(&a[0])?, int(&a[1])))),
    m("intern", &[], |_, t, _| Ok(t.clone())),
    m("matches", &[Str], |_, t, a| JavaRegex::new(text(&a[0])?)?.matches(text(t)?).map(Value::Bool)),
    m("regionMatches", &[Int, Str, Int, Int], |_, t, a| region(t, false, a)),
    m("regionMatches", &[Bool, Int, Str, Int, Int], |_, t, a| region(t, matches!(a[0], Value::Bool(true)), &a[1..])),
    m("repeat", &[Int], |c, t, a| {
        let n = int(&a[0]);
        let times =
            usize::try_from(n).map_err(|_| ExprError::java(ILLEGAL_ARGUMENT, format!("count is negative: {n}")))?;
        let text = text(t)?;
        c.charge(text.len().saturating_mul(times) as u64 / 8)?;
        Ok(Value::text(if text.is_empty() { String::new() } else { text.repeat(times) }))
    }),
    m("replace", &[Char, Char], |_, t, a| Ok(Value::text(text(t)?.replace(&scalar_text(&a[0]), &scalar_text(&a[1]))))),
    m("replace", &[Chars, Chars], |c, t, a| {
        let (all, from, to) = (text(t)?, text(&a[0])?, text(&a[1])?);
        c.charge((all.len() as u64 + 1) * (to.len() as u64 + 1) / 64)?;
        joined(c, all.replace(from, to))
    }),
    m("replaceAll", &[Str, Str], |c, t, a| {
        joined(c, JavaRegex::new(text(&a[0])?)?.replace(text(t)?, text(&a[1])?, true)?)
    }),
    m("replaceFirst", &[Str, Str], |c, t, a| {
        joined(c, JavaRegex::new(text(&a[0])?)?.replace(text(t)?, text(&a[1])?, false)?)
    }),
    m("split", &[Str], |_, t, a| split(text(t)?, text(&a[0])?, 0)),
    m("split", &[Str, Int], |_, t, a| split(text(t)?, text(&a[0])?, int(&a[1]))),
    m("strip", &[], |_, t, _| Ok(Value::text(text(t)?.trim()))),
    m("stripLeading", &[], |_, t, _| Ok(Value::text(text(t)?.trim_start()))),
    m("stripTrailing", &[], |_, t, _| Ok(Value::text(text(t)?.trim_end()))),
    m("stripIndent", &[], |_, t, _| Ok(Value::text(strip_indent(text(t)?)))),
    m("substring", &[Int], |_, t, a| substring(text(t)?, int(&a[0]), None)),
    m("substring", &[Int, Int], |_, t, a| substring(text(t)?, int(&a[0]), Some(int(&a[1])))),
    m("toCharArray", &[], |_, t, _| {
        Ok(Value::array(Type::of("char"), units(text(t)?).into_iter().map(Value::Char).collect()))
    }),
    m("toLowerCase", &[], |_, t, _| Ok(Value::text(text(t)?.to_lowercase()))),
    m("toUpperCase", &[], |_, t, _| Ok(Value::text(text(t)?.to_uppercase()))),
    m("translateEscapes", &[], |_, t, _| translate_escapes(text(t)?).map(Value::text)),
    m("trim", &[], |_, t, _| Ok(Value::text(text(t)?.trim_matches(|c| c <= ' ')))),
    m("indent", &[Int], |_, t, a| {
        let n = int(&a[0]);
        let line = |line: &str| match usize::try_from(n) {
            Ok(n) => format!("{}{line}\n", " ".repeat(n.min(1000))),
            Err(_) => {
                let blank = line.chars().take_while(|c| c.is_whitespace()).count().min(n.unsigned_abs() as usize);
                format!("{}\n", line.chars().skip(blank).collect::<String>())
            }
        };
        Ok(Value::text(text(t)?.lines().map(line).collect::<String>()))
    }),
    m("formatted", &[AnyRest], |c, t, a| format(c, text(t)?, &rest(&a[0])).map(Value::text)),
    s("format", &[Str, AnyRest], |c, _, a| format(c, text(&a[0])?, &rest(&a[1])).map(Value::text)),
    s("join", &[Chars, CharsRest], |c, _, a| join(c, &a[0], &rest(&a[1]))),
    s("join", &[Chars, Iterable], |c, _, a| match a[1].is_null() {
        true => Err(ExprError::java(NULL_POINTER, "an argument is null")),
        false => join(c, &a[0], &rest(&a[1])),
    }),
    // Of the methods that take null, Spring finds that of character arrays.
    s("valueOf", &[Any], |c, _, a| match a[0].is_null() {
        true => Err(ExprError::java(NULL_POINTER, "Cannot read the array length because \"value\" is null")),
        false => to_text(c, &a[0]).map(Value::text),
    }),
    s("valueOf", &[Int], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[Long], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[Float], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[Double], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[Bool], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[Char], |_, _, a| Ok(Value::text(scalar_text(&a[0])))),
    s("valueOf", &[CharArray], |_, _, a| Ok(Value::text(of_chars(&a[0])))),
    s("copyValueOf", &[CharArray], |_, _, a| Ok(Value::text(of_chars(&a[0])))),
    refused("chars", "interface java.util.stream.IntStream"),
    refused("codePoints", "interface java.util.stream.IntStream"),
    refused("lines", "interface java.util.stream.Stream"),
    refused("describeConstable", "class java.util.Optional"),
];

/// The characters of a text argument; null is an error, as in Java.
pub(super) fn text<'v>(value: &'v Value<'_>) -> Result<&'v str> {
    value.chars().ok_or_else(|| ExprError::java(NULL_POINTER, "an argument is null"))
}

/// The number of an `int` argument.
pub(super) fn int(value: &Value<'_>) -> i32 {
    match value {
        Value::Int(n) => *n,
        _ => 0,
    }
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

fn count<'a>(n: usize) -> Value<'a> {
    Value::Int(i32::try_from(n).unwrap_or(i32::MAX))
}

fn joined<'a>(machine: &Machine<'a>, text: String) -> Result<Value<'a>> {
    machine.charge(text.len() as u64 / 8)?;
    Ok(Value::text(text))
}

/// Java's comparison: the difference of the first units that differ, else of the lengths.
fn compare(a: &str, b: &str) -> i32 {
    let (a, b) = (units(a), units(b));
    for (x, y) in a.iter().zip(&b) {
        if x.cmp(y) != Ordering::Equal {
            return i32::from(*x) - i32::from(*y);
        }
    }
    a.len() as i32 - b.len() as i32
}

fn fold(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}

fn bytes<'a>(text: &str) -> Value<'a> {
    Value::array(Type::of("byte"), text.bytes().map(|byte| Value::Byte(byte as i8)).collect())
}

fn encoded<'a>(value: &str, charset: &str) -> Result<Value<'a>> {
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(bytes(value)),
        "us-ascii" | "ascii" | "iso-8859-1" | "latin1" if value.is_ascii() => Ok(bytes(value)),
        _ => Err(ExprError::java("java.io.UnsupportedEncodingException", charset).hint("use 'UTF-8'")),
    }
}

/// The text of a code point; one that is none is in no text.
fn code_point(value: &Value<'_>) -> Option<String> {
    u32::try_from(int(value)).ok().and_then(char::from_u32).map(String::from)
}

fn find<'a>(text: &str, part: &str, from: i32) -> Value<'a> {
    let (all, part) = (units(text), units(part));
    let from = usize::try_from(from).unwrap_or(0).min(all.len());
    let found = (from..=all.len()).find(|i| all[*i..].starts_with(&part));
    found.map_or(Value::Int(-1), count)
}

fn find_last<'a>(text: &str, part: &str, from: i32) -> Value<'a> {
    let (all, part) = (units(text), units(part));
    let Ok(from) = usize::try_from(from) else { return Value::Int(-1) };
    let found = (0..=from.min(all.len())).rev().find(|i| all[*i..].starts_with(&part));
    found.map_or(Value::Int(-1), count)
}

fn region<'a>(target: &Value<'a>, ignore_case: bool, args: &[Value<'a>]) -> Result<Value<'a>> {
    let part = |value: &Value<'_>, from: i32, length: i32| {
        let units = units(value.chars()?);
        let (from, length) = (usize::try_from(from).ok()?, usize::try_from(length).unwrap_or(0));
        units.get(from..from.checked_add(length)?).map(String::from_utf16_lossy)
    };
    let length = int(&args[3]);
    let (a, b) = (part(target, int(&args[0]), length), part(&args[1], int(&args[2]), length));
    Ok(Value::Bool(match (a, b) {
        (Some(a), Some(b)) if ignore_case => fold(&a) == fold(&b),
        (Some(a), Some(b)) => a == b,
        _ => false,
    }))
}

fn split<'a>(text: &str, pattern: &str, limit: i32) -> Result<Value<'a>> {
    let parts = JavaRegex::new(pattern)?.split(text, limit)?;
    Ok(Value::array(Type::of("java.lang.String"), parts.into_iter().map(Value::text).collect()))
}

fn substring<'a>(text: &str, begin: i32, end: Option<i32>) -> Result<Value<'a>> {
    let length = utf16_len(text);
    let last = end.unwrap_or(length as i32);
    let range = usize::try_from(begin).ok().zip(usize::try_from(last).ok());
    match range.filter(|(begin, end)| begin <= end && *end <= length) {
        Some((begin, end)) if text.is_ascii() => Ok(Value::text(&text[begin..end])),
        Some((begin, end)) => Ok(Value::text(String::from_utf16_lossy(&units(text)[begin..end]))),
        None => Err(ExprError::java(STRING_INDEX, format!("begin {begin}, end {last}, length {length}"))),
    }
}

fn strip_indent(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len() - 1;
    let blank = |line: &str| line.trim().is_empty();
    let counted = lines.iter().enumerate().filter(|(i, line)| !blank(line) || *i == last);
    let indent = counted.map(|(_, line)| line.chars().take_while(|c| c.is_whitespace()).count()).min().unwrap_or(0);
    let strip = |line: &&str| line.chars().skip(indent).collect::<String>().trim_end().to_owned();
    lines.iter().map(strip).collect::<Vec<_>>().join("\n")
}

fn translate_escapes(text: &str) -> Result<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('s') => out.push(' '),
            Some(c @ ('\'' | '"' | '\\')) => out.push(c),
            Some('\n') => {}
            Some(digit @ '0'..='7') => out.push(char::from(digit as u8 - b'0')),
            other => {
                let shown = other.map(String::from).unwrap_or_default();
                return Err(ExprError::java(ILLEGAL_ARGUMENT, format!("Invalid escape sequence: \\{shown}")));
            }
        }
    }
    Ok(out)
}

fn rest<'a>(value: &Value<'a>) -> Vec<Value<'a>> {
    value.items().unwrap_or_default()
}

fn join<'a>(machine: &Machine<'a>, separator: &Value<'a>, items: &[Value<'a>]) -> Result<Value<'a>> {
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::Null => parts.push("null"),
            item => {
                parts.push(item.chars().ok_or_else(|| crate::expr::convert::bad_cast(item, "java.lang.CharSequence"))?)
            }
        }
    }
    joined(machine, parts.join(text(separator)?))
}

fn of_chars(value: &Value<'_>) -> String {
    match value {
        Value::Array(array) => array_text(array),
        _ => "null".to_owned(),
    }
}

/// The text an array of chars or bytes spells.
pub(crate) fn array_text(array: &Array<'_>) -> String {
    let items = array.items.borrow();
    if array.of == Type::of("byte") {
        let bytes: Vec<u8> = items.iter().map(|item| if let Value::Byte(b) = item { *b as u8 } else { 0 }).collect();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let units: Vec<u16> = items.iter().map(|item| if let Value::Char(unit) = item { *unit } else { 0 }).collect();
    String::from_utf16_lossy(&units)
}

/// `Index 5 out of bounds for length 3`.
pub(super) fn out_of_bounds(index: i32, length: usize) -> ExprError {
    ExprError::java(INDEX, format!("Index {index} out of bounds for length {length}"))
}

/// A parameter list of one `Object`.
pub(super) const ANY: &[Param] = &[Any];
