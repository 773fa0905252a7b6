//! `java.lang`'s numbers, booleans, characters, and `Math`.

use crate::expr::convert::{Number, double_value, integral, parse_real, scalar_text, to_number};
use crate::expr::error::{ARITHMETIC, ExprError, NUMBER_FORMAT, Result};
use crate::expr::operators::{by_zero, compare};
use crate::expr::value::Value;

use super::resolve::Param::{Bool, Char, Double, Float, Int, Long, Of, Str};
use super::string::int;
use super::table::{Call, Method, m, s};

const BYTE_VALUE: Call = |_, t, _| Ok(Value::Byte(whole(t) as i8));
const INT_VALUE: Call = |_, t, _| Ok(Value::Int(narrow(t) as i32));
const LONG_VALUE: Call = |_, t, _| Ok(Value::Long(narrow(t)));
const FLOAT_VALUE: Call = |_, t, _| Ok(Value::Float(double_value(t) as f32));
const DOUBLE_VALUE: Call = |_, t, _| Ok(Value::Double(double_value(t)));
const SHORT_VALUE: Call = |_, t, _| Ok(Value::Int(i32::from(whole(t) as i16)));
const COMPARE_TO: Call = |c, t, a| Ok(Value::Int(compare(c, t, &a[0])? as i32));
const COMPARE: Call = |c, _, a| Ok(Value::Int(compare(c, &a[0], &a[1])? as i32));
const SAME: Call = |_, _, a| Ok(a[0].clone());
const TEXT: Call = |_, _, a| Ok(Value::text(scalar_text(&a[0])));
const MAX: Call =
    |c, _, a| Ok(if nan(&a[0]) || compare(c, &a[0], &a[1])?.is_ge() { a[0].clone() } else { a[1].clone() });
const MIN: Call =
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
];

pub(super) const FLOAT: &[Method] = &[
    m("byteValue", &[], BYTE_VALUE),
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

pub(super) const MATH: &[Method] = &[
    s("abs", &[Int], |_, _, a| Ok(Value::Int(int(&a[0]).wrapping_abs()))),
    s("abs", &[Long], |_, _, a| Ok(Value::Long(long(&a[0]).wrapping_abs()))),
    s("abs", &[Float], |_, _, a| Ok(Value::Float(double_value(&a[0]).abs() as f32))),
    s("abs", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).abs()))),
    s("max", &[Int, Int], MAX),
    s("max", &[Long, Long], MAX),
    s("max", &[Float, Float], MAX),
    s("max", &[Double, Double], MAX),
    s("min", &[Int, Int], MIN),
    s("min", &[Long, Long], MIN),
    s("min", &[Float, Float], MIN),
    s("min", &[Double, Double], MIN),
    s("round", &[Float], |_, _, a| Ok(Value::Int((double_value(&a[0]) + 0.5).floor() as i32))),
    s("round", &[Double], |_, _, a| Ok(Value::Long(round(double_value(&a[0]))))),
    s("signum", &[Float], |_, _, a| Ok(Value::Float(sign(double_value(&a[0])) as f32))),
    s("signum", &[Double], |_, _, a| Ok(Value::Double(sign(double_value(&a[0]))))),
    s("floor", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).floor()))),
    s("ceil", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).ceil()))),
    s("rint", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).round_ties_even()))),
    s("sqrt", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).sqrt()))),
    s("cbrt", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).cbrt()))),
    s("exp", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).exp()))),
    s("log", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).ln()))),
    s("log10", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).log10()))),
    s("sin", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).sin()))),
    s("cos", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).cos()))),
    s("tan", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).tan()))),
    s("asin", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).asin()))),
    s("acos", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).acos()))),
    s("atan", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).atan()))),
    s("atan2", &[Double, Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).atan2(double_value(&a[1]))))),
    s("hypot", &[Double, Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).hypot(double_value(&a[1]))))),
    s("pow", &[Double, Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).powf(double_value(&a[1]))))),
    s("toRadians", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]) * 0.017_453_292_519_943_295))),
    s("toDegrees", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]) * 57.295_779_513_082_32))),
    s("random", &[], |c, _, _| Ok(Value::Double((c.random_bits() >> 11) as f64 / (1_u64 << 53) as f64))),
    s("floorDiv", &[Int, Int], |_, _, a| floor(&a[0], &a[1], floor_div)),
    s("floorDiv", &[Long, Int], |_, _, a| floor(&a[0], &a[1], floor_div)),
    s("floorDiv", &[Long, Long], |_, _, a| floor(&a[0], &a[1], floor_div)),
    s("floorMod", &[Int, Int], |_, _, a| floor(&a[0], &a[1], floor_mod)),
    s("floorMod", &[Long, Int], |_, _, a| floor(&a[0], &a[1], floor_mod).map(|n| Value::Int(whole(&n) as i32))),
    s("floorMod", &[Long, Long], |_, _, a| floor(&a[0], &a[1], floor_mod)),
    s("addExact", &[Int, Int], |_, _, a| exact(&a[0], whole(&a[0]) + whole(&a[1]))),
    s("addExact", &[Long, Long], |_, _, a| exact(&a[0], whole(&a[0]) + whole(&a[1]))),
    s("subtractExact", &[Int, Int], |_, _, a| exact(&a[0], whole(&a[0]) - whole(&a[1]))),
    s("subtractExact", &[Long, Long], |_, _, a| exact(&a[0], whole(&a[0]) - whole(&a[1]))),
    s("multiplyExact", &[Int, Int], |_, _, a| exact(&a[0], whole(&a[0]) * whole(&a[1]))),
    s("multiplyExact", &[Long, Int], |_, _, a| exact(&a[0], whole(&a[0]) * whole(&a[1]))),
    s("multiplyExact", &[Long, Long], |_, _, a| exact(&a[0], whole(&a[0]) * whole(&a[1]))),
    s("incrementExact", &[Int], |_, _, a| exact(&a[0], whole(&a[0]) + 1)),
    s("incrementExact", &[Long], |_, _, a| exact(&a[0], whole(&a[0]) + 1)),
    s("decrementExact", &[Int], |_, _, a| exact(&a[0], whole(&a[0]) - 1)),
    s("decrementExact", &[Long], |_, _, a| exact(&a[0], whole(&a[0]) - 1)),
    s("negateExact", &[Int], |_, _, a| exact(&a[0], -whole(&a[0]))),
    s("negateExact", &[Long], |_, _, a| exact(&a[0], -whole(&a[0]))),
    s("toIntExact", &[Long], |_, _, a| exact(&Value::Int(0), whole(&a[0]))),
];

/// The number of a `long` argument.
pub(super) fn long(value: &Value<'_>) -> i64 {
    whole(value) as i64
}

fn whole(value: &Value<'_>) -> i128 {
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

fn round(n: f64) -> i64 {
    let floor = n.floor();
    if n - floor >= 0.5 { (floor + 1.0) as i64 } else { floor as i64 }
}

fn sign(n: f64) -> f64 {
    if n == 0.0 || n.is_nan() { n } else { n.signum() }
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
    let text = value.str().ok_or_else(|| ExprError::java(super::super::error::NULL_POINTER, "null"))?;
    parse_real(text).map(Value::Double).ok_or_else(|| {
        let empty = text.trim().is_empty();
        let message = if empty { "empty String".to_owned() } else { format!("For input string: \"{text}\"") };
        ExprError::java(NUMBER_FORMAT, message)
    })
}

fn floor_div(a: i128, b: i128) -> i128 {
    a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0)
}

fn floor_mod(a: i128, b: i128) -> i128 {
    a - floor_div(a, b) * b
}

fn floor<'a>(a: &Value<'a>, b: &Value<'a>, operation: fn(i128, i128) -> i128) -> Result<Value<'a>> {
    let (x, y) = (whole(a), whole(b));
    if y == 0 {
        return Err(by_zero());
    }
    let result = operation(x, y);
    Ok(if matches!(a, Value::Int(_)) { Value::Int(result as i32) } else { Value::Long(result as i64) })
}

/// The result in the type of `like`, or Java's overflow error.
fn exact<'a>(like: &Value<'a>, result: i128) -> Result<Value<'a>> {
    let overflow = |kind: &str| ExprError::java(ARITHMETIC, format!("{kind} overflow"));
    match like {
        Value::Int(_) => i32::try_from(result).map(Value::Int).map_err(|_| overflow("integer")),
        _ => i64::try_from(result).map(Value::Long).map_err(|_| overflow("long")),
    }
}
