//! `java.lang.Math`.

use crate::expr::convert::double_value;
use crate::expr::error::{ARITHMETIC, ExprError, Result};
use crate::expr::operators::by_zero;
use crate::expr::value::Value;

use super::number::{MAX, MIN, long, whole};
use super::resolve::Param::{Double, Float, Int, Long};
use super::string::int;
use super::table::{Method, s};

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
    s("absExact", &[Int], |_, _, a| match int(&a[0]).checked_abs() {
        Some(n) => Ok(Value::Int(n)),
        None => Err(ExprError::java(ARITHMETIC, "Overflow to represent absolute value of Integer.MIN_VALUE")),
    }),
    s("absExact", &[Long], |_, _, a| match long(&a[0]).checked_abs() {
        Some(n) => Ok(Value::Long(n)),
        None => Err(ExprError::java(ARITHMETIC, "Overflow to represent absolute value of Long.MIN_VALUE")),
    }),
    s("multiplyFull", &[Int, Int], |_, _, a| Ok(Value::Long(long(&a[0]) * long(&a[1])))),
    s("multiplyHigh", &[Long, Long], |_, _, a| Ok(Value::Long(((whole(&a[0]) * whole(&a[1])) >> 64) as i64))),
    s("sinh", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).sinh()))),
    s("cosh", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).cosh()))),
    s("tanh", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).tanh()))),
    s("expm1", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).exp_m1()))),
    s("log1p", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).ln_1p()))),
    s("copySign", &[Float, Float], |_, _, a| Ok(Value::Float(float(&a[0]).copysign(float(&a[1]))))),
    s("copySign", &[Double, Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).copysign(double_value(&a[1]))))),
    s("IEEEremainder", &[Double, Double], |_, _, a| {
        let (n, by) = (double_value(&a[0]), double_value(&a[1]));
        Ok(Value::Double(if by.is_infinite() && n.is_finite() { n } else { n - by * (n / by).round_ties_even() }))
    }),
    s("fma", &[Float, Float, Float], |_, _, a| Ok(Value::Float(float(&a[0]).mul_add(float(&a[1]), float(&a[2]))))),
    s("fma", &[Double, Double, Double], |_, _, a| {
        Ok(Value::Double(double_value(&a[0]).mul_add(double_value(&a[1]), double_value(&a[2]))))
    }),
    s("scalb", &[Float, Int], |_, _, a| Ok(Value::Float((f64::from(float(&a[0])) * power_of_two(int(&a[1]))) as f32))),
    s("scalb", &[Double, Int], |_, _, a| Ok(Value::Double(double_value(&a[0]) * power_of_two(int(&a[1]))))),
    s("ulp", &[Float], |_, _, a| Ok(Value::Float(float(&a[0]).abs().next_up() - float(&a[0]).abs()))),
    s("ulp", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).abs().next_up() - double_value(&a[0]).abs()))),
    s("nextUp", &[Float], |_, _, a| Ok(Value::Float(float(&a[0]).next_up()))),
    s("nextUp", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).next_up()))),
    s("nextDown", &[Float], |_, _, a| Ok(Value::Float(float(&a[0]).next_down()))),
    s("nextDown", &[Double], |_, _, a| Ok(Value::Double(double_value(&a[0]).next_down()))),
    s("getExponent", &[Float], |_, _, a| Ok(Value::Int((float(&a[0]).to_bits() >> 23 & 0xff) as i32 - 127))),
    s("getExponent", &[Double], |_, _, a| Ok(Value::Int((double_value(&a[0]).to_bits() >> 52 & 0x7ff) as i32 - 1023))),
    s("toIntExact", &[Long], |_, _, a| exact(&Value::Int(0), whole(&a[0]))),
];

fn float(value: &Value<'_>) -> f32 {
    double_value(value) as f32
}

fn power_of_two(exponent: i32) -> f64 {
    2_f64.powi(exponent.clamp(-2200, 2200))
}

fn round(n: f64) -> i64 {
    let floor = n.floor();
    if n - floor >= 0.5 { (floor + 1.0) as i64 } else { floor as i64 }
}

fn sign(n: f64) -> f64 {
    if n == 0.0 || n.is_nan() { n } else { n.signum() }
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
