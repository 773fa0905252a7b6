//! `T(…)` and `new`: the few types expressions may name.

use std::cell::Cell;
use std::rc::Rc;

use super::convert::{Number, parse_real, to_array_items, to_number, zero};
use super::error::{ExprError, ILLEGAL_ARGUMENT, NUMBER_FORMAT, Result};
use super::machine::Machine;
use super::methods::{Param, matched};
use super::value::{Type, Value};
use super::{calendar, date_format};

/// The types of contract 6.6.
const ALLOWED: [&str; 18] = [
    "java.lang.String",
    "java.util.Date",
    "java.lang.Integer",
    "java.lang.Long",
    "java.lang.Double",
    "java.lang.Byte",
    "java.lang.Boolean",
    "java.text.SimpleDateFormat",
    "java.lang.Math",
    "java.util.Random",
    "java.util.UUID",
    "java.time.LocalDate",
    "java.time.LocalDateTime",
    "java.time.DayOfWeek",
    "java.time.Instant",
    "java.time.temporal.ChronoUnit",
    "java.time.temporal.TemporalAdjusters",
    "java.net.URLEncoder",
];
const PRIMITIVES: [&str; 8] = ["int", "long", "double", "float", "byte", "char", "short", "boolean"];
/// Types of Java that people try; anything else is reported as unknown.
const KNOWN_PACKAGES: [&str; 12] = [
    "java.lang.",
    "java.util.",
    "java.time.",
    "java.text.",
    "java.net.",
    "java.math.",
    "java.io.",
    "java.nio.",
    "java.util.regex.",
    "java.time.format.",
    "java.security.",
    "java.util.stream.",
];
const JAVA_LANG: [&str; 26] = [
    "System",
    "Runtime",
    "Class",
    "Object",
    "Float",
    "Short",
    "Character",
    "Number",
    "StringBuilder",
    "StringBuffer",
    "Thread",
    "Process",
    "ProcessBuilder",
    "ClassLoader",
    "Iterable",
    "CharSequence",
    "Comparable",
    "Exception",
    "RuntimeException",
    "StrictMath",
    "Void",
    "Enum",
    "Package",
    "Module",
    "Throwable",
    "Record",
];
/// Elements an array may declare.
const MAX_ARRAY: usize = 262_144;

/// The type of this name, if expressions may use it.
pub(crate) fn find_type(name: &str) -> Result<Type> {
    if let Some(primitive) =
        PRIMITIVES.iter().find(|known| known.eq_ignore_ascii_case(name) && name.starts_with(|c: char| c.is_lowercase()))
    {
        return Ok(Type::of(primitive));
    }
    let qualified = ALLOWED.iter().find(|known| **known == name || known.strip_prefix("java.lang.") == Some(name));
    if let Some(found) = qualified {
        return Ok(Type::of(found));
    }
    let simple = name.rsplit('.').next().unwrap_or(name);
    let known = JAVA_LANG.contains(&name)
        || KNOWN_PACKAGES.iter().any(|p| name.starts_with(p)) && simple.starts_with(|c: char| c.is_ascii_uppercase());
    if known {
        return Err(ExprError::spel(format!(
            "EL1021E: A problem occurred whilst attempting to access the property '{name}': '{{1}}'"
        ))
        .hint(format!("expressions may not use {name}; they may use {}", short_names())));
    }
    let error = ExprError::spel(format!("EL1005E: Type cannot be found '{name}'"));
    match ALLOWED.iter().find(|known| known.ends_with(&format!(".{simple}"))) {
        Some(full) => Err(error.hint(format!("write the whole name: {full}"))),
        None => Err(error.near(name, ALLOWED.iter().copied())),
    }
}

fn short_names() -> String {
    ALLOWED.iter().map(|name| name.rsplit('.').next().unwrap_or(name)).collect::<Vec<_>>().join(", ")
}

/// `T(name)`.
pub(crate) fn type_reference<'a>(name: &str, dimensions: usize) -> Result<Value<'a>> {
    let class = find_type(name)?;
    let dimensions = u8::try_from(dimensions).map_err(|_| ExprError::limit("an array has too many dimensions"))?;
    Ok(Value::Class(Type { name: class.name, dimensions }))
}

/// `new name(…)`.
pub(crate) fn object<'a>(machine: &Machine<'a>, name: &str, args: &[Value<'a>]) -> Result<Value<'a>> {
    let classes = args.iter().map(|arg| arg.class().shown()).collect::<Vec<_>>().join(",");
    let class = find_type(name).map_err(|error| {
        error.within(format!(
            "EL1003E: A problem occurred whilst attempting to construct an object of type '{name}' using arguments '({classes})'"
        ))
    })?;
    build(machine, class.name, args)?.ok_or_else(|| {
        ExprError::spel(format!(
            "EL1002E: Constructor call: No suitable constructor found on type {name} for arguments ({classes})"
        ))
    })
}

fn build<'a>(machine: &Machine<'a>, class: &str, args: &[Value<'a>]) -> Result<Option<Value<'a>>> {
    let take = |params: &[Param]| matched(machine, params, args);
    let number = |target: Number, parse: Param| -> Result<Option<Value<'a>>> {
        let [arg] = args else { return Ok(None) };
        match arg {
            Value::Text(text) => {
                let text = text.as_str();
                let bad = || ExprError::java(NUMBER_FORMAT, format!("For input string: \"{text}\""));
                if target == Number::Double {
                    return parse_real(text).map(|n| Some(Value::Double(n))).ok_or_else(bad);
                }
                let parsed = text.parse::<i64>().map_err(|_| bad())?;
                to_number(&Value::Long(parsed), target).map(Some).map_err(|_| bad())
            }
            _ => Ok(take(&[parse])?.and_then(|mut args| args.pop())),
        }
    };
    let int = |value: &Value<'a>| match value {
        Value::Int(n) => i64::from(*n),
        Value::Long(n) => *n,
        _ => 0,
    };
    Ok(match (class, args) {
        ("java.lang.String", []) => Some(Value::text("")),
        ("java.lang.String", [Value::Array(array)]) if array.of.name == "char" || array.of.name == "byte" => {
            Some(Value::text(super::methods::array_text(array)))
        }
        ("java.lang.String", [_]) => take(&[Param::Str])?.map(|mut args| args.remove(0)),
        ("java.lang.Integer", _) => number(Number::Int, Param::Int)?,
        ("java.lang.Long", _) => number(Number::Long, Param::Long)?,
        ("java.lang.Byte", _) => number(Number::Byte, Param::Byte)?,
        ("java.lang.Double", _) => number(Number::Double, Param::Double)?,
        ("java.lang.Boolean", [Value::Text(text)]) => Some(Value::Bool(text.as_str().eq_ignore_ascii_case("true"))),
        ("java.lang.Boolean", [Value::Bool(b)]) => Some(Value::Bool(*b)),
        ("java.util.Date", []) => Some(Value::Date(machine.now())),
        ("java.util.Date", [Value::Text(text)]) => {
            let millis = date_format::parse_loose(text.as_str());
            Some(Value::Date(millis.ok_or_else(|| ExprError::java(ILLEGAL_ARGUMENT, "null"))?))
        }
        ("java.util.Date", [_]) => take(&[Param::Long])?.map(|args| Value::Date(int(&args[0]))),
        ("java.util.Date", [..]) if matches!(args.len(), 3 | 5 | 6) => {
            take(&[Param::Int; 6][..args.len()])?.map(|args| {
                let part = |i: usize| args.get(i).map_or(0, &int);
                let day = calendar::day_of(part(0) + 1900, part(1) + 1, part(2));
                Value::Date(((day * 24 + part(3)) * 60 + part(4)) * 60_000 + part(5) * 1000)
            })
        }
        ("java.text.SimpleDateFormat", [_] | [_, _]) => {
            let args = if args.len() == 1 { take(&[Param::Str])? } else { take(&[Param::Str, Param::Any])? };
            match args.as_deref() {
                Some([pattern, ..]) if pattern.is_null() => {
                    return Err(ExprError::java(super::error::NULL_POINTER, "null"));
                }
                Some([pattern, ..]) => {
                    let pattern = pattern.str().unwrap_or_default();
                    date_format::check(pattern)?;
                    Some(Value::DateFormat(Rc::from(pattern)))
                }
                _ => None,
            }
        }
        ("java.util.Random", []) => Some(random(machine.random_bits() as i64)),
        ("java.util.Random", [_]) => take(&[Param::Long])?.map(|args| random(int(&args[0]))),
        ("java.util.UUID", [_, _]) => take(&[Param::Long, Param::Long])?
            .map(|args| Value::Uuid(u128::from(int(&args[0]) as u64) << 64 | u128::from(int(&args[1]) as u64))),
        _ => None,
    })
}

fn random<'a>(seed: i64) -> Value<'a> {
    Value::Random(Rc::new(Cell::new((seed ^ 0x5_deec_e66d) & ((1 << 48) - 1))))
}

/// `new name[n]`, `new name[]{…}`.
pub(crate) fn array<'a>(
    machine: &Machine<'a>,
    name: &str,
    dimensions: &[Option<Value<'a>>],
    items: Option<Value<'a>>,
) -> Result<Value<'a>> {
    let class = find_type(name)?;
    let of = Type { name: class.name, dimensions: u8::try_from(dimensions.len() - 1).unwrap_or(u8::MAX) };
    let size = |value: &Value<'a>| -> Result<usize> {
        match to_number(value, Number::Int)? {
            Value::Int(n) => {
                let size = usize::try_from(n)
                    .map_err(|_| ExprError::java("java.lang.NegativeArraySizeException", n.to_string()))?;
                if size > MAX_ARRAY { Err(too_many()) } else { Ok(size) }
            }
            _ => Err(too_many()),
        }
    };
    if let Some(items) = items {
        if dimensions.len() > 1 {
            return Err(ExprError::spel(
                "EL1063E: Using an initializer to build a multi-dimensional array is not currently supported",
            ));
        }
        let items = items.items().unwrap_or_default();
        if let Some(declared) = dimensions[0].as_ref().map(size).transpose()?
            && declared != items.len()
        {
            return Err(ExprError::spel("EL1064E: Array initializer size does not match array dimensions"));
        }
        return Ok(Value::array(of, to_array_items(machine, items, of)?));
    }
    let sizes: Option<Vec<usize>> =
        dimensions.iter().map(|d| d.as_ref().map(size)).collect::<Option<Result<_>>>().transpose()?;
    let Some(sizes) = sizes else {
        return Err(ExprError::spel("EL1062E: A required array dimension has not been specified"));
    };
    if sizes.iter().try_fold(1_usize, |total, size| total.checked_mul(*size)).is_none_or(|total| total > MAX_ARRAY) {
        return Err(too_many());
    }
    machine.charge(sizes.iter().product::<usize>() as u64)?;
    Ok(filled(of, &sizes))
}

fn filled<'a>(of: Type, sizes: &[usize]) -> Value<'a> {
    let (size, deeper) = sizes.split_first().expect("an array has a dimension");
    let inner = Type { name: of.name, dimensions: of.dimensions.saturating_sub(1) };
    let item = || if deeper.is_empty() { zero(of) } else { filled(inner, deeper) };
    Value::array(of, std::iter::repeat_with(item).take(*size).collect())
}

fn too_many() -> ExprError {
    ExprError::spel("EL1075E: Array declares too many elements, exceeding the threshold of '262,144'")
}
