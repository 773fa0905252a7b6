//! `UUID`, `Random`, `URLEncoder`, hash codes and enum constants.

use std::cell::Cell;

use crate::expr::calendar::{UNITS, day_name};
use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, Result};
use crate::expr::machine::Machine;
use crate::expr::value::{ListClass, Value};
use crate::model::text_hash;

use super::resolve::Param::{Int, Of, Str};
use super::string::{int, text};
use super::table::{Method, m, s};

pub(super) const UUID: &[Method] = &[
    s("randomUUID", &[], |c, _, _| {
        let bits = u128::from(c.random_bits()) << 64 | u128::from(c.random_bits());
        Ok(Value::Uuid(bits & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62))
    }),
    s("fromString", &[Str], |_, _, a| parse_uuid(text(&a[0])?)),
    m("getMostSignificantBits", &[], |_, t, _| Ok(Value::Long((bits(t) >> 64) as i64))),
    m("getLeastSignificantBits", &[], |_, t, _| Ok(Value::Long(bits(t) as i64))),
    m("version", &[], |_, t, _| Ok(Value::Int((bits(t) >> 76 & 0xf) as i32))),
    m("variant", &[], |_, t, _| {
        let top = (bits(t) >> 61 & 7) as i32;
        Ok(Value::Int(if top < 4 {
            0
        } else if top < 6 {
            2
        } else {
            top
        }))
    }),
    m("timestamp", &[], |_, t, _| {
        let high = time_based(t)? >> 64;
        Ok(Value::Long(((high & 0xfff) << 48 | (high >> 16 & 0xffff) << 32 | high >> 32) as i64))
    }),
    m("clockSequence", &[], |_, t, _| Ok(Value::Int((time_based(t)? >> 48 & 0x3fff) as i32))),
    m("node", &[], |_, t, _| Ok(Value::Long((time_based(t)? & 0xffff_ffff_ffff) as i64))),
    m("compareTo", &[Of("java.util.UUID")], |c, t, a| {
        crate::expr::operators::compare(c, t, &a[0]).map(|order| Value::Int(order as i32))
    }),
];

pub(super) const RANDOM: &[Method] = &[
    m("nextInt", &[], |_, t, _| Ok(Value::Int(next(t, 32)))),
    m("nextInt", &[Int], |_, t, a| {
        let bound = int(&a[0]);
        if bound <= 0 {
            return Err(ExprError::java(ILLEGAL_ARGUMENT, "bound must be positive"));
        }
        Ok(Value::Int(next_below(t, bound)))
    }),
    m("nextInt", &[Int, Int], |_, t, a| {
        let (from, to) = (int(&a[0]), int(&a[1]));
        match to.checked_sub(from) {
            Some(range) if range > 0 => Ok(Value::Int(from + next_below(t, range))),
            _ => Err(ExprError::java(ILLEGAL_ARGUMENT, "bound must be greater than origin")),
        }
    }),
    m("nextLong", &[], |_, t, _| Ok(Value::Long((i64::from(next(t, 32)) << 32).wrapping_add(i64::from(next(t, 32)))))),
    m("nextBoolean", &[], |_, t, _| Ok(Value::Bool(next(t, 1) != 0))),
    m("nextDouble", &[], |_, t, _| Ok(Value::Double(next_double(t)))),
    m("nextFloat", &[], |_, t, _| Ok(Value::Float(next(t, 24) as f32 / (1 << 24) as f32))),
    m("nextGaussian", &[], |_, t, _| {
        loop {
            let (a, b) = (2.0 * next_double(t) - 1.0, 2.0 * next_double(t) - 1.0);
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                return Ok(Value::Double(a * (-2.0 * square.ln() / square).sqrt()));
            }
        }
    }),
];

pub(super) const URL_ENCODER: &[Method] = &[
    s("encode", &[Str], |_, _, a| Ok(Value::text(url_encode(text(&a[0])?)))),
    s("encode", &[Str, Str], |_, _, a| {
        let charset = text(&a[1])?;
        if charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8") {
            return Ok(Value::text(url_encode(text(&a[0])?)));
        }
        Err(ExprError::java("java.io.UnsupportedEncodingException", charset).hint("use 'UTF-8'"))
    }),
];

fn bits(value: &Value<'_>) -> u128 {
    if let Value::Uuid(bits) = value { *bits } else { 0 }
}

/// The bits of a UUID of version 1; others have no time.
fn time_based(value: &Value<'_>) -> Result<u128> {
    let bits = bits(value);
    if bits >> 76 & 0xf == 1 {
        return Ok(bits);
    }
    Err(ExprError::java("java.lang.UnsupportedOperationException", "Not a time-based UUID"))
}

fn parse_uuid<'a>(text: &str) -> Result<Value<'a>> {
    let bad = || ExprError::java(ILLEGAL_ARGUMENT, format!("Invalid UUID string: {text}"));
    let parts: Vec<&str> = text.split('-').collect();
    if parts.len() != 5 || text.len() > 36 {
        return Err(bad());
    }
    let mut bits = 0_u128;
    for (part, width) in parts.iter().zip([8, 4, 4, 4, 12]) {
        let number = u64::from_str_radix(part, 16).map_err(|_| bad())?;
        bits = bits << (width * 4) | u128::from(number) & ((1_u128 << (width * 4)) - 1);
    }
    Ok(Value::Uuid(bits))
}

/// `valueOf` of the enums, and of `UUID`.
pub(super) fn parse_constant<'a>(class: &'static str, name: &str) -> Result<Value<'a>> {
    let unknown = |known: Vec<String>| {
        ExprError::java(ILLEGAL_ARGUMENT, format!("No enum constant {class}.{name}"))
            .near(name, known.iter().map(String::as_str))
    };
    match class {
        "java.time.temporal.ChronoUnit" => {
            let found = UNITS.iter().position(|(unit, _)| *unit == name);
            found
                .map(|i| Value::ChronoUnit(i as u8))
                .ok_or_else(|| unknown(UNITS.iter().map(|u| u.0.to_owned()).collect()))
        }
        "java.time.DayOfWeek" => {
            let found = (0..7).find(|day| day_name(*day).to_uppercase() == name);
            found.map(Value::DayOfWeek).ok_or_else(|| unknown((0..7).map(|d| day_name(d).to_uppercase()).collect()))
        }
        "java.util.UUID" => parse_uuid(name),
        _ => Err(unknown(Vec::new())),
    }
}

fn seed<'v>(value: &'v Value<'_>) -> Option<&'v Cell<i64>> {
    if let Value::Random(seed) = value { Some(seed) } else { None }
}

fn next(value: &Value<'_>, wanted: u32) -> i32 {
    let Some(seed) = seed(value) else { return 0 };
    let new = seed.get().wrapping_mul(0x5_deec_e66d).wrapping_add(0xb) & ((1 << 48) - 1);
    seed.set(new);
    (new >> (48 - wanted)) as i32
}

fn next_below(value: &Value<'_>, bound: i32) -> i32 {
    let mut drawn = next(value, 31);
    if bound & (bound - 1) == 0 {
        return ((i64::from(bound) * i64::from(drawn)) >> 31) as i32;
    }
    let mut result = drawn % bound;
    while drawn.wrapping_sub(result).wrapping_add(bound - 1) < 0 {
        drawn = next(value, 31);
        result = drawn % bound;
    }
    result
}

fn next_double(value: &Value<'_>) -> f64 {
    let bits = (i64::from(next(value, 26)) << 27) + i64::from(next(value, 27));
    bits as f64 / (1_u64 << 53) as f64
}

fn url_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// `Object.hashCode`, as far as Java defines it.
pub(crate) fn hash_code<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<i32> {
    machine.charge(1)?;
    let fold = |bits: u64| (bits ^ bits >> 32) as i32;
    Ok(match value {
        Value::Null => 0,
        Value::Bool(b) => {
            if *b {
                1231
            } else {
                1237
            }
        }
        Value::Byte(n) => i32::from(*n),
        Value::Int(n) => *n,
        Value::Long(n) => fold(*n as u64),
        Value::Float(n) => n.to_bits() as i32,
        Value::Double(n) => fold(if n.is_nan() { f64::NAN.to_bits() } else { n.to_bits() }),
        Value::Char(unit) => i32::from(*unit),
        Value::Text(text) => text_hash(text.as_str()),
        Value::Date(millis) => fold(*millis as u64),
        Value::LocalDate(day) => {
            let (year, month, dom) = crate::expr::calendar::civil(*day);
            let year = year as i32;
            (year & !0x7ff) ^ ((year << 11).wrapping_add((month as i32) << 6).wrapping_add(dom as i32))
        }
        Value::LocalDateTime(at) => hash_code(machine, &Value::LocalDate(at.day))? ^ fold(at.nanos as u64),
        Value::Instant(at) => fold(at.seconds as u64).wrapping_add(at.nanos.wrapping_mul(51)),
        Value::Uuid(bits) => fold((*bits >> 64) as u64 ^ *bits as u64),
        Value::Entry(entry) => hash_code(machine, &entry.0)? ^ hash_code(machine, &entry.1)?,
        other if other.is_map() => {
            let mut hash = 0_i32;
            for (key, item) in machine.entries(other) {
                hash = hash.wrapping_add(hash_code(machine, &key)? ^ hash_code(machine, &item)?);
            }
            hash
        }
        other => {
            let set = matches!(other, Value::List(list) if list.class.is_set() || list.class == ListClass::Values);
            let mut hash = i32::from(!set);
            for item in other.items().unwrap_or_default() {
                hash = hash.wrapping_mul(if set { 1 } else { 31 }).wrapping_add(hash_code(machine, &item)?);
            }
            hash
        }
    })
}
