//! The operators: Spring's arithmetic, comparison and equality.

use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::Binary;
use super::convert::{bad_cast, convert_to_text, converts_to_text, double_value, integral, to_text};
use super::error::{ARITHMETIC, ExprError, Result};
use super::machine::Machine;
use super::regex::JavaRegex;
use super::value::Value;

/// Longest text a repetition may make, in UTF-16 units.
const MAX_REPEATED: usize = 256;
/// Longest text a concatenation may make, in UTF-16 units.
const MAX_CONCATENATED: usize = 100_000;

/// Applies an operator whose operands are both evaluated (not `and`, `or`).
pub(crate) fn apply<'a>(machine: &Machine<'a>, op: Binary, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>> {
    let relation = |test: fn(Ordering) -> bool| less(machine, &left, &right, test).map(Value::Bool);
    match op {
        Binary::Or | Binary::And => unreachable!("the evaluator decides and/or itself, without both operands"),
        Binary::Eq => equal(machine, &left, &right).map(Value::Bool),
        Binary::Ne => equal(machine, &left, &right).map(|same| Value::Bool(!same)),
        Binary::Lt => relation(Ordering::is_lt),
        Binary::Le => relation(Ordering::is_le),
        Binary::Gt => relation(Ordering::is_gt),
        Binary::Ge => relation(Ordering::is_ge),
        Binary::InstanceOf => instance_of(&left, &right),
        Binary::Matches => matches(machine, &left, &right),
        Binary::Between => between(machine, &left, &right),
        Binary::Plus => plus(machine, &left, &right),
        Binary::Minus => minus(&left, &right),
        Binary::Multiply => multiply(&left, &right),
        Binary::Divide => divide(&left, &right),
        Binary::Modulus => modulus(&left, &right),
        Binary::Power => power(&left, &right),
    }
}

/// The error for operands an operator does not know; an absent right operand is `null`.
fn unsupported(name: &str, left: &Value<'_>, right: &Value<'_>) -> ExprError {
    let error = ExprError::spel(format!(
        "EL1030E: The operator '{name}' is not supported between objects of type '{}' and '{}'",
        left.class().shown(),
        right.class().shown()
    ));
    if left.str().is_some() || right.str().is_some() {
        error.hint("texts become numbers with #toInt('…') or #toFloat('…')")
    } else {
        error
    }
}

/// The widest of two number types, as Java promotes them.
enum Wide {
    Double(f64, f64),
    Float(f32, f32),
    Big(i128, i128),
    Long(i64, i64),
    Int(i32, i32),
}

fn widen(left: &Value<'_>, right: &Value<'_>) -> Option<Wide> {
    if !left.is_number() || !right.is_number() {
        return None;
    }
    let either = |test: fn(&Value<'_>) -> bool| test(left) || test(right);
    if either(|v| matches!(v, Value::Double(_))) {
        return Some(Wide::Double(double_value(left), double_value(right)));
    }
    if either(|v| matches!(v, Value::Float(_))) {
        return Some(Wide::Float(double_value(left) as f32, double_value(right) as f32));
    }
    let (a, b) = (integral(left)?, integral(right)?);
    Some(if either(|v| matches!(v, Value::BigInt(_))) {
        Wide::Big(a, b)
    } else if either(|v| matches!(v, Value::Long(_))) {
        Wide::Long(a as i64, b as i64)
    } else {
        Wide::Int(a as i32, b as i32)
    })
}

fn plus<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    match widen(left, right) {
        Some(Wide::Double(a, b)) => return Ok(Value::Double(a + b)),
        Some(Wide::Float(a, b)) => return Ok(Value::Float(a + b)),
        Some(Wide::Big(a, b)) => return Ok(Value::BigInt(a.wrapping_add(b))),
        Some(Wide::Long(a, b)) => return Ok(Value::Long(a.wrapping_add(b))),
        Some(Wide::Int(a, b)) => return Ok(Value::Int(a.wrapping_add(b))),
        None => {}
    }
    if left.str().is_none() && right.str().is_none() {
        return Err(unsupported("ADD", left, right));
    }
    let mut text = operand_text(machine, left)?;
    text.push_str(&operand_text(machine, right)?);
    machine.charge(text.len() as u64 / 64)?;
    if text.len() > MAX_CONCATENATED && text.encode_utf16().count() > MAX_CONCATENATED {
        return Err(ExprError::spel(
            "EL1078E: Concatenated string is too long, exceeding the threshold of '100,000' characters",
        ));
    }
    Ok(Value::text(text))
}

fn operand_text<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<String> {
    if converts_to_text(value) { convert_to_text(machine, value) } else { to_text(machine, value) }
}

/// `+x`: a number.
pub(crate) fn positive<'a>(value: Value<'a>) -> Result<Value<'a>> {
    if value.is_number() { Ok(value) } else { Err(unsupported("ADD", &value, &Value::Null)) }
}

/// `-x`: a number.
pub(crate) fn negative<'a>(value: &Value<'a>) -> Result<Value<'a>> {
    Ok(match value {
        Value::Byte(n) => Value::Int(-i32::from(*n)),
        Value::Int(n) => Value::Int(n.wrapping_neg()),
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::BigInt(n) => Value::BigInt(n.wrapping_neg()),
        Value::Float(n) => Value::Float(-n),
        Value::Double(n) => Value::Double(-n),
        other => return Err(unsupported("SUBTRACT", other, &Value::Null)),
    })
}

fn minus<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    if let (Some(text), Value::Int(n)) = (left.str(), right) {
        let mut units = text.encode_utf16();
        if let (Some(unit), None) = (units.next(), units.next()) {
            // A text of one character minus a number is the character that far before it.
            let moved = i32::from(unit).wrapping_sub(*n) as u16;
            return Ok(Value::text(String::from_utf16_lossy(&[moved])));
        }
    }
    Ok(match widen(left, right).ok_or_else(|| unsupported("SUBTRACT", left, right))? {
        Wide::Double(a, b) => Value::Double(a - b),
        Wide::Float(a, b) => Value::Float(a - b),
        Wide::Big(a, b) => Value::BigInt(a.wrapping_sub(b)),
        Wide::Long(a, b) => Value::Long(a.wrapping_sub(b)),
        Wide::Int(a, b) => Value::Int(a.wrapping_sub(b)),
    })
}

fn multiply<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    if let (Some(text), Value::Int(n)) = (left.str(), right) {
        let times = usize::try_from(*n)
            .map_err(|_| ExprError::spel(format!("EL1081E: Cannot repeat text a negative number of times: '{n}'")))?;
        if text.encode_utf16().count().saturating_mul(times) > MAX_REPEATED {
            return Err(ExprError::spel(
                "EL1076E: Repeated text is too long, exceeding the threshold of '256' characters",
            ));
        }
        return Ok(if text.is_empty() { Value::text("") } else { Value::text(text.repeat(times)) });
    }
    Ok(match widen(left, right).ok_or_else(|| unsupported("MULTIPLY", left, right))? {
        Wide::Double(a, b) => Value::Double(a * b),
        Wide::Float(a, b) => Value::Float(a * b),
        Wide::Big(a, b) => Value::BigInt(a.wrapping_mul(b)),
        Wide::Long(a, b) => Value::Long(a.wrapping_mul(b)),
        Wide::Int(a, b) => Value::Int(a.wrapping_mul(b)),
    })
}

/// `/ by zero`.
pub(crate) fn by_zero() -> ExprError {
    ExprError::java(ARITHMETIC, "/ by zero")
}

fn divide<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    Ok(match widen(left, right).ok_or_else(|| unsupported("DIVIDE", left, right))? {
        Wide::Double(a, b) => Value::Double(a / b),
        Wide::Float(a, b) => Value::Float(a / b),
        Wide::Big(_, 0) | Wide::Long(_, 0) | Wide::Int(_, 0) => return Err(by_zero()),
        Wide::Big(a, b) => Value::BigInt(a.wrapping_div(b)),
        Wide::Long(a, b) => Value::Long(a.wrapping_div(b)),
        Wide::Int(a, b) => Value::Int(a.wrapping_div(b)),
    })
}

fn modulus<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    Ok(match widen(left, right).ok_or_else(|| unsupported("MODULUS", left, right))? {
        Wide::Double(a, b) => Value::Double(a % b),
        Wide::Float(a, b) => Value::Float(a % b),
        Wide::Big(_, 0) | Wide::Long(_, 0) | Wide::Int(_, 0) => return Err(by_zero()),
        Wide::Big(a, b) => Value::BigInt(a.wrapping_rem(b)),
        Wide::Long(a, b) => Value::Long(a.wrapping_rem(b)),
        Wide::Int(a, b) => Value::Int(a.wrapping_rem(b)),
    })
}

fn power<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    let result = double_value(left).powf(double_value(right));
    Ok(match widen(left, right).ok_or_else(|| unsupported("POWER", left, right))? {
        Wide::Float(a, b) => Value::Double(f64::from(a).powf(f64::from(b))),
        Wide::Double(..) => Value::Double(result),
        Wide::Big(a, b) => Value::BigInt(a.saturating_pow(u32::try_from(b).unwrap_or(0))),
        Wide::Long(..) => Value::Long(result as i64),
        Wide::Int(..) if result > f64::from(i32::MAX) => Value::Long(result as i64),
        Wide::Int(..) => Value::Int(result as i32),
    })
}

/// `==`.
pub(crate) fn equal<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<bool> {
    match widen(left, right) {
        Some(Wide::Double(a, b)) => return Ok(a == b),
        Some(Wide::Float(a, b)) => return Ok(a == b),
        Some(Wide::Big(a, b)) => return Ok(a == b),
        Some(Wide::Long(a, b)) => return Ok(a == b),
        Some(Wide::Int(a, b)) => return Ok(a == b),
        None => {}
    }
    if let (Some(a), Some(b)) = (left.chars(), right.chars()) {
        return Ok(a == b);
    }
    same(machine, left, right)
}

/// Java's `equals`: numbers must be of the same class.
pub(crate) fn same<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<bool> {
    machine.charge(1)?;
    if let (Some(a), Some(b)) = (left.items(), right.items()) {
        if !alike(left, right) || a.len() != b.len() {
            return Ok(false);
        }
        if is_set(left) {
            for item in &a {
                if !contains(machine, &b, item)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        for (x, y) in a.iter().zip(&b) {
            if !same(machine, x, y)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if left.is_map() && right.is_map() {
        let (a, b) = (machine.entries(left), machine.entries(right));
        if a.len() != b.len() {
            return Ok(false);
        }
        for (key, value) in &a {
            match machine.get(right, key)? {
                Some(other) if same(machine, value, &other)? => {}
                _ => return Ok(false),
            }
        }
        return Ok(true);
    }
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Byte(a), Value::Byte(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Long(a), Value::Long(b)) => a == b,
        (Value::BigInt(a), Value::BigInt(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Value::Char(a), Value::Char(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a.as_str() == b.as_str(),
        (Value::Status(a), Value::Status(b)) => a == b,
        (Value::Date(a), Value::Date(b)) | (Value::LocalDate(a), Value::LocalDate(b)) => a == b,
        (Value::LocalDateTime(a), Value::LocalDateTime(b)) => a == b,
        (Value::Instant(a), Value::Instant(b)) => a == b,
        (Value::DayOfWeek(a), Value::DayOfWeek(b)) | (Value::ChronoUnit(a), Value::ChronoUnit(b)) => a == b,
        (Value::Uuid(a), Value::Uuid(b)) => a == b,
        (Value::Class(a), Value::Class(b)) => a == b,
        (Value::DateFormat(a), Value::DateFormat(b)) => a == b,
        (Value::Random(a), Value::Random(b)) => Rc::ptr_eq(a, b),
        (Value::Entry(a), Value::Entry(b)) => same(machine, &a.0, &b.0)? && same(machine, &a.1, &b.1)?,
        (Value::Execution(a), Value::Execution(b)) | (Value::Trigger(a), Value::Trigger(b)) => std::ptr::eq(*a, *b),
        (Value::Stage(_, a), Value::Stage(_, b)) => a.id == b.id,
        (Value::Artifact(a), Value::Artifact(b)) | (Value::SourceControl(a), Value::SourceControl(b)) => a == b,
        _ => false,
    })
}

fn is_set(value: &Value<'_>) -> bool {
    matches!(value, Value::List(list) if list.class.is_set())
}

/// Lists equal lists, sets sets, arrays arrays; other collections only themselves.
fn alike<'a>(left: &Value<'a>, right: &Value<'a>) -> bool {
    let kind = |value: &Value<'a>| match value {
        Value::JsonList(_) => 0,
        Value::List(list) if list.class.is_list() => 0,
        Value::List(list) if list.class.is_set() => 1,
        Value::List(_) => 2,
        _ => 3,
    };
    match (left, right) {
        (Value::List(a), Value::List(b)) if kind(left) == 2 => Rc::ptr_eq(a, b),
        _ => kind(left) == kind(right),
    }
}

/// `Collection.contains`.
pub(crate) fn contains<'a>(machine: &Machine<'a>, items: &[Value<'a>], wanted: &Value<'a>) -> Result<bool> {
    for item in items {
        if same(machine, item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn less<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>, test: fn(Ordering) -> bool) -> Result<bool> {
    match widen(left, right) {
        // Not through an ordering: nothing is less, equal or greater than NaN.
        Some(Wide::Double(a, b)) => return Ok(a.partial_cmp(&b).is_some_and(test)),
        Some(Wide::Float(a, b)) => return Ok(a.partial_cmp(&b).is_some_and(test)),
        _ => {}
    }
    compare(machine, left, right).map(test)
}

/// Spring's type comparator: null is least; otherwise both must be comparable with each other.
pub(crate) fn compare<'a>(_machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => return Ok(Ordering::Equal),
        (Value::Null, _) => return Ok(Ordering::Less),
        (_, Value::Null) => return Ok(Ordering::Greater),
        _ => {}
    }
    match widen(left, right) {
        Some(Wide::Double(a, b)) => return Ok(a.total_cmp(&b)),
        Some(Wide::Float(a, b)) => return Ok(a.total_cmp(&b)),
        Some(Wide::Big(a, b)) => return Ok(a.cmp(&b)),
        Some(Wide::Long(a, b)) => return Ok(a.cmp(&b)),
        Some(Wide::Int(a, b)) => return Ok(a.cmp(&b)),
        None => {}
    }
    if let (Some(a), Some(b)) = (left.chars(), right.chars()) {
        return Ok(a.encode_utf16().cmp(b.encode_utf16()));
    }
    Ok(match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Char(a), Value::Char(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) | (Value::LocalDate(a), Value::LocalDate(b)) => a.cmp(b),
        (Value::LocalDateTime(a), Value::LocalDateTime(b)) => a.cmp(b),
        (Value::Instant(a), Value::Instant(b)) => a.cmp(b),
        (Value::DayOfWeek(a), Value::DayOfWeek(b)) | (Value::ChronoUnit(a), Value::ChronoUnit(b)) => a.cmp(b),
        (Value::Uuid(a), Value::Uuid(b)) => (*a as i128).cmp(&(*b as i128)),
        _ => return Err(not_comparable(left, right)),
    })
}

fn not_comparable(left: &Value<'_>, right: &Value<'_>) -> ExprError {
    let (a, b) = (left.class().jvm_name(), right.class().jvm_name());
    let outer = format!("EL1013E: Cannot compare instances of class {a} and class {b}");
    let comparable = left.is_number()
        || left.chars().is_some()
        || matches!(
            left,
            Value::Bool(_)
                | Value::Char(_)
                | Value::Date(_)
                | Value::LocalDate(_)
                | Value::LocalDateTime(_)
                | Value::Instant(_)
                | Value::DayOfWeek(_)
                | Value::ChronoUnit(_)
                | Value::Uuid(_)
        );
    let error = if comparable { bad_cast(right, &a).within(outer) } else { ExprError::spel(outer) };
    if left.str().is_some() != right.str().is_some() && (left.is_number() || right.is_number()) {
        return error.hint("texts become numbers with #toInt('…') or #toFloat('…')");
    }
    error
}

fn between<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    let bounds = match right {
        Value::List(list) if list.class.is_list() => right.items(),
        Value::JsonList(_) => right.items(),
        _ => None,
    };
    match bounds.as_deref() {
        Some([low, high]) => {
            Ok(Value::Bool(compare(machine, left, low)?.is_ge() && compare(machine, left, high)?.is_le()))
        }
        _ => Err(ExprError::spel("EL1017E: Right operand for the between operator has to be a two-element list")),
    }
}

fn matches<'a>(machine: &Machine<'a>, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    if left.is_null() {
        return Err(ExprError::spel("EL1037E: First operand to matches operator must be a string. 'null' is not"));
    }
    let text = convert_to_text(machine, left)?;
    let Some(pattern) = right.str() else {
        return Err(ExprError::spel(format!(
            "EL1038E: Second operand to matches operator must be a string. '{}' is not",
            to_text(machine, right)?
        )));
    };
    if pattern.encode_utf16().count() > 1000 {
        return Err(ExprError::spel(
            "EL1077E: Regular expression is too long, exceeding the threshold of '1,000' characters",
        ));
    }
    let regex = JavaRegex::new(pattern).map_err(|e| e.within(format!("EL1018E: Pattern is not valid '{pattern}'")))?;
    regex.matches(&text).map(Value::Bool)
}

fn instance_of<'a>(left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>> {
    let Value::Class(class) = right else {
        return Err(ExprError::spel(format!(
            "EL1028E: The operator instanceof needs the right operand to be a class, not a '{}'",
            right.class().shown()
        )));
    };
    Ok(Value::Bool(!left.is_null() && left.class() == *class))
}
