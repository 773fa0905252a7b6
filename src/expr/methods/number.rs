//! `java.lang`'s numbers, booleans and characters.

use crate::expr::convert::{Number, double_value, integral, parse_real, scalar_text, to_number};
use crate::expr::error::{ExprError, NULL_POINTER, NUMBER_FORMAT, Result};
use crate::expr::operators::{by_zero, compare};
use crate::expr::value::Value;

use super::resolve::Param::{Bool, Char, Double, Int, Long, Of, Str};
use super::string::int;
use super::table::{Call, Method, m, s};
use super::utility::hash_code;

const BYTE_VALUE: Call = |_, t, _| Ok(Value::Byte(whole(t) as i8));
const INT_VALUE: Call = |_, t, _| Ok(Value::Int(narrow(t) as i32));
const LONG_VALUE: Call = |_, t, _| Ok(Value::Long(narrow(t)));
const FLOAT_VALUE: Call = |_, t, _| Ok(Value::Float(double_value(t) as f32));
const DOUBLE_VALUE: Call = |_, t, _| Ok(Value::Double(double_value(t)));
const SHORT_VALUE: Call = |_, t, _| Ok(Value::Int(i32::from(whole(t) as i16)));
const COMPARE_TO: Call = |c, t, a| {
    if a[0].is_null() {
        let class = t.class().shown();
        let simple = class.rsplit('.').next().unwrap_or_default();
        let message = format!("Cannot read field \"value\" because \"another{simple}\" is null");
        return Err(ExprError::java(NULL_POINTER, message));
    }
    Ok(Value::Int(compare(c, t, &a[0])? as i32))
};
const COMPARE: Call = |c, _, a| Ok(Value::Int(compare(c, &a[0], &a[1])? as i32));
const SAME: Call = |_, _, a| Ok(a[0].clone());
const HASH_CODE: Call = |c, _, a| hash_code(c, &a[0]).map(Value::Int);
const TEXT: Call = |_, _, a| Ok(Value::text(scalar_text(&a[0])));
pub(super) const MAX: Call =
    |c, _, a| Ok(if nan(&a[0]) || compare(c, &a[0], &a[1])?.is_ge() { a[0].clone() } else { a[1].clone() });
pub(super) const MIN: Call =
    |c, _, a| Ok(if nan(&a[0]) || compare(c, &a[0], &a[1])?.is_le() { a[0].clone() } else { a[1].clone() });
const BOX_INT: super::Param = Of("java.lang.Integer");
const BOX_LONG: super::Param = Of("java.lang.Long");
const BOX_DOUBLE: super::Param = Of("java.lang.Double");

pub(super) const INTEGER: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
    m("shortValue", &[], SHORT_VALUE),
    m("intValue", &[], INT_VALUE),
    m("longValue", &[], LONG_VALUE),
    m("floatValue", &[], FLOAT_VALUE),
    m("doubleValue", &[], DOUBLE_VALUE),
    m("compareTo", &[BOX_INT], COMPARE_TO),
    s("compare", &[Int, Int], COMPARE),
    s("parseInt", &[Str], |_, _, a| parse_int(&a[0], 10)),
    s("parseInt", &[Str, Int], |_, _, a| parse_int(&a[0], int(&a[1]))),
    s("valueOf", &[Str], |_, _, a| parse_int(&a[0], 10)),
    s("valueOf", &[Str, Int], |_, _, a| parse_int(&a[0], int(&a[1]))),
    s("valueOf", &[Int], SAME),
    s("decode", &[Str], |_, _, a| to_number(&a[0], Number::Int)),
    s("toString", &[Int], TEXT),
    s("toString", &[Int, Int], |_, _, a| Ok(Value::text(radix(i64::from(int(&a[0])), int(&a[1]))))),
    s("toBinaryString", &[Int], |_, _, a| Ok(Value::text(format!("{:b}", int(&a[0]))))),
    s("toHexString", &[Int], |_, _, a| Ok(Value::text(format!("{:x}", int(&a[0]))))),
    s("toOctalString", &[Int], |_, _, a| Ok(Value::text(format!("{:o}", int(&a[0]))))),
    s("bitCount", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).count_ones() as i32))),
    s("reverse", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).reverse_bits()))),
    s("signum", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).signum()))),
    s("max", &[Int, Int], MAX),
    s("min", &[Int, Int], MIN),
    s("sum", &[Int, Int], |_, _, a| Ok(Value::Int(int(&a[0]).wrapping_add(int(&a[1]))))),
    s("hashCode", &[Int], SAME),
    s("numberOfLeadingZeros", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).leading_zeros() as i32))),
    s("numberOfTrailingZeros", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).trailing_zeros() as i32))),
    s("highestOneBit", &[Int], |_, _, a| Ok(Value::Int(highest_bit(u64::from(unsigned(&a[0]))) as i32))),
    s("lowestOneBit", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]) & int(&a[0]).wrapping_neg()))),
    s("rotateLeft", &[Int, Int], |_, _, a| Ok(Value::Int(int(&a[0]).rotate_left(int(&a[1]) as u32 & 31)))),
    s("rotateRight", &[Int, Int], |_, _, a| Ok(Value::Int(int(&a[0]).rotate_right(int(&a[1]) as u32 & 31)))),
    s("reverseBytes", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).swap_bytes()))),
    s("compareUnsigned", &[Int, Int], |_, _, a| Ok(Value::Int(unsigned(&a[0]).cmp(&unsigned(&a[1])) as i32))),
    s("divideUnsigned", &[Int, Int], |_, _, a| {
        unsigned(&a[0]).checked_div(unsigned(&a[1])).map(|n| Value::Int(n as i32)).ok_or_else(by_zero)
    }),
    s("remainderUnsigned", &[Int, Int], |_, _, a| {
        unsigned(&a[0]).checked_rem(unsigned(&a[1])).map(|n| Value::Int(n as i32)).ok_or_else(by_zero)
    }),
    s("toUnsignedLong", &[Int], |_, _, a| Ok(Value::Long(i64::from(unsigned(&a[0]))))),
    s("toUnsignedString", &[Int], |_, _, a| Ok(Value::text(unsigned(&a[0]).to_string()))),
    s("toUnsignedString", &[Int, Int], |_, _, a| Ok(Value::text(radix(i64::from(unsigned(&a[0])), int(&a[1]))))),
    s("parseUnsignedInt", &[Str], |_, _, a| parse_unsigned(&a[0])),
];

pub(super) const LONG: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
    m("shortValue", &[], SHORT_VALUE),
    m("intValue", &[], |_, t, _| Ok(Value::Int(whole(t) as i32))),
    m("longValue", &[], LONG_VALUE),
    m("floatValue", &[], FLOAT_VALUE),
    m("doubleValue", &[], DOUBLE_VALUE),
    m("compareTo", &[BOX_LONG], COMPARE_TO),
    s("compare", &[Long, Long], COMPARE),
    s("parseLong", &[Str], |_, _, a| parse_long(&a[0], 10)),
    s("parseLong", &[Str, Int], |_, _, a| parse_long(&a[0], int(&a[1]))),
    s("valueOf", &[Str], |_, _, a| parse_long(&a[0], 10)),
    s("valueOf", &[Str, Int], |_, _, a| parse_long(&a[0], int(&a[1]))),
    s("valueOf", &[Long], SAME),
    s("decode", &[Str], |_, _, a| to_number(&a[0], Number::Long)),
    s("toString", &[Long], TEXT),
    s("toString", &[Long, Int], |_, _, a| Ok(Value::text(radix(long(&a[0]), int(&a[1]))))),
    s("toBinaryString", &[Long], |_, _, a| Ok(Value::text(format!("{:b}", long(&a[0]))))),
    s("toHexString", &[Long], |_, _, a| Ok(Value::text(format!("{:x}", long(&a[0]))))),
    s("toOctalString", &[Long], |_, _, a| Ok(Value::text(format!("{:o}", long(&a[0]))))),
    s("bitCount", &[Long], |_, _, a| Ok(Value::Int(long(&a[0]).count_ones() as i32))),
    s("signum", &[Long], |_, _, a| Ok(Value::Int(long(&a[0]).signum() as i32))),
    s("max", &[Long, Long], MAX),
    s("min", &[Long, Long], MIN),
    s("sum", &[Long, Long], |_, _, a| Ok(Value::Long(long(&a[0]).wrapping_add(long(&a[1]))))),
    s("hashCode", &[Long], HASH_CODE),
    s("numberOfLeadingZeros", &[Long], |_, _, a| Ok(Value::Int(long(&a[0]).leading_zeros() as i32))),
    s("numberOfTrailingZeros", &[Long], |_, _, a| Ok(Value::Int(long(&a[0]).trailing_zeros() as i32))),
    s("highestOneBit", &[Long], |_, _, a| Ok(Value::Long(highest_bit(long(&a[0]) as u64) as i64))),
    s("lowestOneBit", &[Long], |_, _, a| Ok(Value::Long(long(&a[0]) & long(&a[0]).wrapping_neg()))),
    s("rotateLeft", &[Long, Int], |_, _, a| Ok(Value::Long(long(&a[0]).rotate_left(int(&a[1]) as u32 & 63)))),
    s("rotateRight", &[Long, Int], |_, _, a| Ok(Value::Long(long(&a[0]).rotate_right(int(&a[1]) as u32 & 63)))),
    s("reverse", &[Long], |_, _, a| Ok(Value::Long(long(&a[0]).reverse_bits()))),
    s("reverseBytes", &[Long], |_, _, a| Ok(Value::Long(long(&a[0]).swap_bytes()))),
    s("compareUnsigned", &[Long, Long], |_, _, a| {
        Ok(Value::Int((long(&a[0]) as u64).cmp(&(long(&a[1]) as u64)) as i32))
    }),
    s("divideUnsigned", &[Long, Long], |_, _, a| {
        (long(&a[0]) as u64).checked_div(long(&a[1]) as u64).map(|n| Value::Long(n as i64)).ok_or_else(by_zero)
    }),
    s("remainderUnsigned", &[Long, Long], |_, _, a| {
        (long(&a[0]) as u64).checked_rem(long(&a[1]) as u64).map(|n| Value::Long(n as i64)).ok_or_else(by_zero)
    }),
    s("toUnsignedString", &[Long], |_, _, a| Ok(Value::text((long(&a[0]) as u64).to_string()))),
];

pub(super) const DOUBLE: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
    m("shortValue", &[], SHORT_VALUE),
    m("intValue", &[], |_, t, _| Ok(Value::Int(double_value(t) as i32))),
    m("longValue", &[], LONG_VALUE),
    m("floatValue", &[], FLOAT_VALUE),
    m("doubleValue", &[], DOUBLE_VALUE),
    m("isNaN", &[], |_, t, _| Ok(Value::Bool(double_value(t).is_nan()))),
    m("isInfinite", &[], |_, t, _| Ok(Value::Bool(double_value(t).is_infinite()))),
    m("compareTo", &[BOX_DOUBLE], COMPARE_TO),
    s("compare", &[Double, Double], COMPARE),
    s("isNaN", &[Double], |_, _, a| Ok(Value::Bool(double_value(&a[0]).is_nan()))),
    s("isInfinite", &[Double], |_, _, a| Ok(Value::Bool(double_value(&a[0]).is_infinite()))),
    s("isFinite", &[Double], |_, _, a| Ok(Value::Bool(double_value(&a[0]).is_finite()))),
    s("parseDouble", &[Str], |_, _, a| parse_double(&a[0])),
    s("valueOf", &[Str], |_, _, a| parse_double(&a[0])),
    s("valueOf", &[Double], SAME),
    s("toString", &[Double], TEXT),
    s("max", &[Double, Double], MAX),
    s("min", &[Double, Double], MIN),
    s("sum", &[Double, Double], |_, _, a| Ok(Value::Double(double_value(&a[0]) + double_value(&a[1])))),
    s("hashCode", &[Double], HASH_CODE),
    s("doubleToLongBits", &[Double], |_, _, a| Ok(Value::Long(double_value(&a[0]).to_bits() as i64))),
    s("doubleToRawLongBits", &[Double], |_, _, a| Ok(Value::Long(double_value(&a[0]).to_bits() as i64))),
    s("longBitsToDouble", &[Long], |_, _, a| Ok(Value::Double(f64::from_bits(long(&a[0]) as u64)))),
    s("toHexString", &[Double], |_, _, a| Ok(Value::text(hex_text(double_value(&a[0]))))),
];

pub(super) const FLOAT: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
    m("shortValue", &[], SHORT_VALUE),
    m("intValue", &[], |_, t, _| Ok(Value::Int(double_value(t) as i32))),
    m("longValue", &[], LONG_VALUE),
    m("floatValue", &[], FLOAT_VALUE),
    m("doubleValue", &[], DOUBLE_VALUE),
    m("isNaN", &[], |_, t, _| Ok(Value::Bool(double_value(t).is_nan()))),
    m("isInfinite", &[], |_, t, _| Ok(Value::Bool(double_value(t).is_infinite()))),
    m("compareTo", &[Of("java.lang.Float")], COMPARE_TO),
];

pub(super) const BIG_INTEGER: &[Method] = &[
    m("intValue", &[], |_, t, _| Ok(Value::Int(whole(t) as i32))),
    m("longValue", &[], |_, t, _| Ok(Value::Long(whole(t) as i64))),
    m("doubleValue", &[], DOUBLE_VALUE),
    m("signum", &[], |_, t, _| Ok(Value::Int(whole(t).signum() as i32))),
];

pub(super) const BYTE: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
    m("shortValue", &[], SHORT_VALUE),
    m("floatValue", &[], FLOAT_VALUE),
    m("compareTo", &[Of("java.lang.Byte")], |_, t, a| Ok(Value::Int((whole(t) - whole(&a[0])) as i32))),
    s("compare", &[super::Param::Byte, super::Param::Byte], |_, _, a| {
        Ok(Value::Int((whole(&a[0]) - whole(&a[1])) as i32))
    }),
    s("decode", &[Str], |_, _, a| to_number(&a[0], Number::Byte)),
    s("hashCode", &[super::Param::Byte], HASH_CODE),
    s("toString", &[super::Param::Byte], TEXT),
    s("toUnsignedLong", &[super::Param::Byte], |_, _, a| Ok(Value::Long(i64::from(whole(&a[0]) as u8)))),
    m("intValue", &[], INT_VALUE),
    m("longValue", &[], LONG_VALUE),
    m("doubleValue", &[], DOUBLE_VALUE),
    s("parseByte", &[Str], |_, _, a| to_number(&a[0], Number::Byte)),
    s("valueOf", &[Str], |_, _, a| to_number(&a[0], Number::Byte)),
    s("toUnsignedInt", &[super::Param::Byte], |_, _, a| Ok(Value::Int(i32::from(whole(&a[0]) as u8)))),
];

pub(super) const BOOLEAN: &[Method] = &[
    m("booleanValue", &[], |_, t, _| Ok(t.clone())),
    m("compareTo", &[Of("java.lang.Boolean")], COMPARE_TO),
    s("compare", &[Bool, Bool], COMPARE),
    s("parseBoolean", &[Str], |_, _, a| Ok(is_true(&a[0]))),
    s("valueOf", &[Str], |_, _, a| Ok(is_true(&a[0]))),
    s("valueOf", &[Bool], SAME),
    s("toString", &[Bool], TEXT),
    s("logicalAnd", &[Bool, Bool], |_, _, a| Ok(Value::Bool(truth(&a[0]) && truth(&a[1])))),
    s("logicalOr", &[Bool, Bool], |_, _, a| Ok(Value::Bool(truth(&a[0]) || truth(&a[1])))),
    s("hashCode", &[Bool], HASH_CODE),
    s("logicalXor", &[Bool, Bool], |_, _, a| Ok(Value::Bool(truth(&a[0]) != truth(&a[1])))),
];

pub(super) const CHARACTER: &[Method] = &[
    m("charValue", &[], |_, t, _| Ok(t.clone())),
    m("compareTo", &[Of("java.lang.Character")], |_, t, a| match (t, &a[0]) {
        (Value::Char(a), Value::Char(b)) => Ok(Value::Int(i32::from(*a) - i32::from(*b))),
        _ => Ok(Value::Int(0)),
    }),
    s("isDigit", &[Char], |_, _, a| Ok(Value::Bool(scalar_text(&a[0]).chars().all(|c| c.is_ascii_digit())))),
    s("isLetter", &[Char], |_, _, a| Ok(Value::Bool(scalar_text(&a[0]).chars().all(char::is_alphabetic)))),
    s("isUpperCase", &[Char], |_, _, a| Ok(Value::Bool(scalar_text(&a[0]).chars().all(char::is_uppercase)))),
    s("isLowerCase", &[Char], |_, _, a| Ok(Value::Bool(scalar_text(&a[0]).chars().all(char::is_lowercase)))),
];

/// The number of a `long` argument.
pub(super) fn long(value: &Value<'_>) -> i64 {
    whole(value) as i64
}

pub(super) fn whole(value: &Value<'_>) -> i128 {
    integral(value).unwrap_or_else(|| double_value(value) as i128)
}

/// Java's narrowing of reals saturates, that of whole numbers wraps.
fn narrow(value: &Value<'_>) -> i64 {
    integral(value).map_or_else(|| double_value(value) as i64, |n| n as i64)
}

fn nan(value: &Value<'_>) -> bool {
    double_value(value).is_nan()
}

fn truth(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(true))
}

fn is_true<'a>(value: &Value<'a>) -> Value<'a> {
    Value::Bool(value.str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// The bits of an `int` argument.
fn unsigned(value: &Value<'_>) -> u32 {
    int(value) as u32
}

fn highest_bit(bits: u64) -> u64 {
    bits.checked_ilog2().map_or(0, |bit| 1 << bit)
}

fn parse_unsigned<'a>(value: &Value<'a>) -> Result<Value<'a>> {
    let n = parse_whole(value, 10)?;
    let text = value.str().unwrap_or_default();
    u32::try_from(n).map(|n| Value::Int(n as i32)).map_err(|_| {
        let message = match n < 0 {
            true => format!("Illegal leading minus sign on unsigned string {text}."),
            false => format!("String value {text} exceeds range of unsigned int."),
        };
        ExprError::java(NUMBER_FORMAT, message)
    })
}

/// `Double.toHexString`.
pub(crate) fn hex_text(n: f64) -> String {
    let sign = if n.is_sign_negative() && !n.is_nan() { "-" } else { "" };
    if n.is_nan() {
        return "NaN".to_owned();
    }
    if n.is_infinite() {
        return format!("{sign}Infinity");
    }
    let (exponent, fraction) = ((n.to_bits() >> 52 & 0x7ff) as i32, n.to_bits() & ((1 << 52) - 1));
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    match exponent {
        0 if fraction == 0 => format!("{sign}0x0.0p0"),
        0 => format!("{sign}0x0.{digits}p-1022"),
        _ => format!("{sign}0x1.{digits}p{}", exponent - 1023),
    }
}

fn radix(number: i64, radix: i32) -> String {
    let radix = if (2..=36).contains(&radix) { radix.unsigned_abs() } else { 10 };
    let mut left = number.unsigned_abs();
    let mut digits = Vec::new();
    while left > 0 || digits.is_empty() {
        digits.push(char::from_digit((left % u64::from(radix)) as u32, radix).unwrap_or('0'));
        left /= u64::from(radix);
    }
    digits.extend((number < 0).then_some('-'));
    digits.into_iter().rev().collect()
}

fn parse_whole(value: &Value<'_>, radix: i32) -> Result<i64> {
    let Some(text) = value.str() else {
        return Err(ExprError::java(NUMBER_FORMAT, "Cannot parse null string"));
    };
    let suffix = if radix == 10 { String::new() } else { format!(" under radix {radix}") };
    let bad = || ExprError::java(NUMBER_FORMAT, format!("For input string: \"{text}\"{suffix}"));
    let radix = u32::try_from(radix).ok().filter(|r| (2..=36).contains(r)).ok_or_else(bad)?;
    i64::from_str_radix(text, radix).map_err(|_| bad())
}

/// `Integer.parseInt`.
pub(crate) fn parse_int<'a>(value: &Value<'a>, radix: i32) -> Result<Value<'a>> {
    let n = parse_whole(value, radix)?;
    let suffix = if radix == 10 { String::new() } else { format!(" under radix {radix}") };
    i32::try_from(n).map(Value::Int).map_err(|_| {
        let text = value.str().unwrap_or_default();
        ExprError::java(NUMBER_FORMAT, format!("For input string: \"{text}\"{suffix}"))
    })
}

fn parse_long<'a>(value: &Value<'a>, radix: i32) -> Result<Value<'a>> {
    parse_whole(value, radix).map(Value::Long)
}

fn parse_double<'a>(value: &Value<'a>) -> Result<Value<'a>> {
    let text = value.str().ok_or_else(|| ExprError::java(NULL_POINTER, "null"))?;
    parse_real(text).map(Value::Double).ok_or_else(|| {
        let empty = text.trim().is_empty();
        let message = if empty { "empty String".to_owned() } else { format!("For input string: \"{text}\"") };
        ExprError::java(NUMBER_FORMAT, message)
    })
}
