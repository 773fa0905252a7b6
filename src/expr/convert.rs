//! Turning values into text and into other types: Java's `toString` and Spring's conversion service.

use serde_json::Value as Json;

use super::calendar::{DateTime, UNIT_NAMES, UNITS, date_text, date_to_string, day_name};
use super::error::{CLASS_CAST, ExprError, ILLEGAL_ARGUMENT, NUMBER_FORMAT, Result};
use super::machine::Machine;
use super::number_text::{double_text, float_text};
use super::value::{Array, Type, Value};

/// Deepest nesting of lists and maps that is written out.
const MAX_NESTING: usize = 200;

/// `String.valueOf(value)`.
pub(crate) fn to_text<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<String> {
    let mut out = String::new();
    write_text(machine, value, &mut out, 0)?;
    Ok(out)
}

fn write_text<'a>(machine: &Machine<'a>, value: &Value<'a>, out: &mut String, depth: usize) -> Result<()> {
    machine.charge(1)?;
    if depth > MAX_NESTING {
        return Err(ExprError::limit(format!("a list or map is nested deeper than {MAX_NESTING} levels")));
    }
    if let Some(items) = value.collection_items() {
        out.push('[');
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            write_text(machine, item, out, depth + 1)?;
        }
        out.push(']');
        return Ok(());
    }
    if value.is_map() {
        out.push('{');
        for (i, (key, item)) in machine.entries(value).iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            write_text(machine, key, out, depth + 1)?;
            out.push('=');
            write_text(machine, item, out, depth + 1)?;
        }
        out.push('}');
        return Ok(());
    }
    if let Value::Entry(entry) = value {
        write_text(machine, &entry.0, out, depth + 1)?;
        out.push('=');
        return write_text(machine, &entry.1, out, depth + 1);
    }
    out.push_str(&scalar_text(value));
    Ok(())
}

/// `toString` of anything that is no collection, map or entry.
pub(crate) fn scalar_text(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Byte(n) => n.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Long(n) => n.to_string(),
        Value::BigInt(n) => n.to_string(),
        Value::Float(n) => float_text(*n),
        Value::Double(n) => double_text(*n),
        Value::Char(unit) => String::from_utf16_lossy(&[*unit]),
        Value::Text(text) => text.as_str().to_owned(),
        Value::Status(status) => status.as_str().to_owned(),
        Value::Date(millis) => date_to_string(*millis),
        Value::LocalDate(day) => date_text(*day),
        Value::LocalDateTime(at) => DateTime::text(*at),
        Value::Instant(at) => at.text(),
        Value::DayOfWeek(day) => day_name(*day).to_uppercase(),
        Value::ChronoUnit(unit) => UNIT_NAMES[usize::from(*unit)].to_owned(),
        Value::Uuid(bits) => uuid_text(*bits),
        Value::Class(class) if class.is_primitive() => class.name.to_owned(),
        Value::Class(class) => format!("class {}", class.jvm_name()),
        Value::SourceControl(scm) => {
            let part = |key| scm.get(key).and_then(Json::as_str).unwrap_or("null");
            format!("SourceControl(name={}, branch={}, sha1={})", part("name"), part("branch"), part("sha1"))
        }
        Value::Stage(_, stage) => format!("Stage {{id='{}', type='{}', name='{}'}}", stage.id, stage.kind, stage.name),
        Value::Function(name) => format!("function #{name}"),
        other => format!("{}@1b2c3d", other.class().jvm_name()),
    }
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
pub(crate) fn uuid_text(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Whether Spring has a conversion of this value to `String`; lists may still fail at an item.
pub(crate) fn converts_to_text(value: &Value<'_>) -> bool {
    match value {
        Value::List(list) => list.class != super::value::ListClass::EntrySet,
        Value::JsonList(_)
        | Value::Array(_)
        | Value::Bool(_)
        | Value::Char(_)
        | Value::Text(_)
        | Value::Status(_)
        | Value::Date(_)
        | Value::DayOfWeek(_)
        | Value::ChronoUnit(_)
        | Value::Uuid(_) => true,
        other => other.is_number(),
    }
}

/// Spring's conversion to `String`: lists and arrays are joined with commas, maps and dates have none.
pub(crate) fn convert_to_text<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<String> {
    let mut out = String::new();
    join_text(machine, value, &mut out, 0).map_err(|error| {
        error.within(format!(
            "EL1001E: Type conversion problem, cannot convert from {} to java.lang.String",
            value.class().shown()
        ))
    })?;
    Ok(out)
}

fn join_text<'a>(machine: &Machine<'a>, value: &Value<'a>, out: &mut String, depth: usize) -> Result<()> {
    machine.charge(1)?;
    if depth > MAX_NESTING {
        return Err(ExprError::limit(format!("a list is nested deeper than {MAX_NESTING} levels")));
    }
    if !converts_to_text(value) && !value.is_null() {
        return Err(no_converter(value, "java.lang.String")
            .hint("write it with #toJson(…) or .toString(), or read a single key of it"));
    }
    let Some(items) = value.items() else {
        match value {
            // Enums are converted by their constant's name.
            Value::ChronoUnit(unit) => out.push_str(UNITS[usize::from(*unit)].0),
            other => out.push_str(&scalar_text(other)),
        }
        return Ok(());
    };
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        join_text(machine, item, out, depth + 1)?;
    }
    Ok(())
}

fn no_converter(value: &Value<'_>, target: &str) -> ExprError {
    let class = value.class().shown();
    let generics = match value {
        v if v.is_map() => "<?, ?>",
        Value::Class(_) => "<?>",
        _ => "",
    };
    ExprError::java(
        "org.springframework.core.convert.ConverterNotFoundException",
        format!("No converter found capable of converting from type [{class}{generics}] to type [{target}]"),
    )
}

/// Boolean context: booleans, the eight words, and the first item of a list.
pub(crate) fn to_bool(value: &Value<'_>) -> Result<bool> {
    const TARGET: &str = "java.lang.Boolean";
    let problem = |from: &str| format!("EL1001E: Type conversion problem, cannot convert from {from} to {TARGET}");
    let null = || ExprError::spel("EL1001E: Type conversion problem, cannot convert from null to boolean");
    let class = value.class().shown();
    match value {
        Value::Bool(b) => Ok(*b),
        Value::Null => Err(null().hint("test it with != null")),
        Value::Text(text) => match text.as_str().trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            "" => Err(null()),
            _ => Err(ExprError::java(ILLEGAL_ARGUMENT, format!("Invalid boolean value '{}'", text.as_str()))
                .within(problem("java.lang.String"))),
        },
        _ => match value.items().map(|items| items.into_iter().next()) {
            Some(None) => Err(null()),
            Some(Some(first)) => match to_bool(&first) {
                Ok(b) => Ok(b),
                Err(_) => Err(no_converter(&first, TARGET).within(problem(&class))),
            },
            None => Err(no_converter(value, TARGET).within(problem(&class)).hint("compare it with == or !=")),
        },
    }
}

/// A number type Spring converts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Byte,
    Int,
    Long,
    Float,
    Double,
}

impl Number {
    /// `java.lang.Integer`.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Byte => "java.lang.Byte",
            Self::Int => "java.lang.Integer",
            Self::Long => "java.lang.Long",
            Self::Float => "java.lang.Float",
            Self::Double => "java.lang.Double",
        }
    }
}

/// Whether Spring has a conversion of this value to a number type; it may still fail.
pub(crate) fn converts_to_number(value: &Value<'_>) -> bool {
    value.is_number() || matches!(value, Value::Text(_) | Value::Char(_)) || value.items().is_some()
}

/// Spring's conversion to a number.
pub(crate) fn to_number<'a>(value: &Value<'a>, target: Number) -> Result<Value<'a>> {
    let class = value.class().shown();
    convert_number(value, target).map_err(|error| {
        error.within(format!("EL1001E: Type conversion problem, cannot convert from {class} to {}", target.class()))
    })
}

fn convert_number<'a>(value: &Value<'a>, target: Number) -> Result<Value<'a>> {
    match value {
        Value::Text(text) => {
            let trimmed: String = text.as_str().chars().filter(|c| !c.is_whitespace()).collect();
            if trimmed.is_empty() { Ok(Value::Null) } else { parse_number(&trimmed, target) }
        }
        Value::Char(unit) => cast(i128::from(*unit), f64::from(*unit), target),
        Value::Double(n) => cast(*n as i128, *n, target),
        Value::Float(n) => cast(*n as i128, f64::from(*n), target),
        other => match integral(other) {
            Some(n) => cast(n, n as f64, target),
            None => match other.items().map(|items| items.into_iter().next()) {
                Some(Some(first)) => convert_number(&first, target),
                Some(None) | None if other.is_null() || other.items().is_some() => Ok(Value::Null),
                _ => Err(no_converter(other, target.class())),
            },
        },
    }
}

fn parse_number<'a>(text: &str, target: Number) -> Result<Value<'a>> {
    let bad = || ExprError::java(NUMBER_FORMAT, format!("For input string: \"{text}\""));
    let unsigned = text.trim_start_matches('-');
    let hex =
        unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")).or_else(|| unsigned.strip_prefix('#'));
    let whole = || -> Result<i128> {
        let parsed = match hex {
            Some(hex) => i128::from_str_radix(hex, 16).map(|n| if text.starts_with('-') { -n } else { n }),
            None => text.parse(),
        };
        parsed.map_err(|_| bad())
    };
    match target {
        Number::Byte => i8::try_from(whole()?).map(Value::Byte).map_err(|_| bad()),
        Number::Int => i32::try_from(whole()?).map(Value::Int).map_err(|_| bad()),
        Number::Long => i64::try_from(whole()?).map(Value::Long).map_err(|_| bad()),
        Number::Float => parse_real(text).map(|n| Value::Float(n as f32)).ok_or_else(bad),
        Number::Double => parse_real(text).map(Value::Double).ok_or_else(bad),
    }
}

/// `Double.parseDouble`: white space around, `NaN`, `Infinity` and a type suffix are allowed.
pub(crate) fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c| c <= ' ');
    let unsigned = text.trim_start_matches(['+', '-']);
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    let number = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    let plain = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if plain { number.parse().ok() } else { None }
}

fn cast<'a>(whole: i128, real: f64, target: Number) -> Result<Value<'a>> {
    let overflow = || {
        ExprError::java(
            ILLEGAL_ARGUMENT,
            format!("Could not convert number [{whole}] to target class [{}]: overflow", target.class()),
        )
    };
    match target {
        Number::Byte => i8::try_from(whole).map(Value::Byte).map_err(|_| overflow()),
        Number::Int => i32::try_from(whole).map(Value::Int).map_err(|_| overflow()),
        Number::Long => i64::try_from(whole).map(Value::Long).map_err(|_| overflow()),
        Number::Float => Ok(Value::Float(real as f32)),
        Number::Double => Ok(Value::Double(real)),
    }
}

/// The number, if it is a whole one.
pub(crate) fn integral(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Byte(n) => Some(i128::from(*n)),
        Value::Int(n) => Some(i128::from(*n)),
        Value::Long(n) => Some(i128::from(*n)),
        Value::BigInt(n) => Some(*n),
        _ => None,
    }
}

/// `Number.doubleValue()`.
pub(crate) fn double_value(value: &Value<'_>) -> f64 {
    match value {
        Value::Float(n) => f64::from(*n),
        Value::Double(n) => *n,
        other => integral(other).map_or(f64::NAN, |n| n as f64),
    }
}

/// `class A cannot be cast to class B`.
pub(crate) fn bad_cast(from: &Value<'_>, to: &str) -> ExprError {
    let from = from.class().jvm_name();
    ExprError::java(
        CLASS_CAST,
        format!(
            "class {from} cannot be cast to class {to} ({from} and {to} are in module java.base of loader 'bootstrap')"
        ),
    )
}

/// A new array of this type from a list of values, each converted.
pub(crate) fn to_array_items<'a>(machine: &Machine<'a>, items: Vec<Value<'a>>, of: Type) -> Result<Vec<Value<'a>>> {
    items
        .into_iter()
        .map(|item| {
            if of.dimensions > 0 {
                return Ok(item);
            }
            match of.name {
                "int" | "java.lang.Integer" | "short" => to_number(&item, Number::Int),
                "long" | "java.lang.Long" => to_number(&item, Number::Long),
                "float" => to_number(&item, Number::Float),
                "double" | "java.lang.Double" => to_number(&item, Number::Double),
                "byte" | "java.lang.Byte" => to_number(&item, Number::Byte),
                "boolean" | "java.lang.Boolean" => to_bool(&item).map(Value::Bool),
                "char" => item
                    .str()
                    .and_then(|text| text.encode_utf16().next())
                    .map(Value::Char)
                    .or_else(|| matches!(item, Value::Char(_)).then(|| item.clone()))
                    .ok_or_else(|| no_converter(&item, "java.lang.Character")),
                "java.lang.String" if item.is_null() => Ok(item),
                "java.lang.String" => convert_to_text(machine, &item).map(Value::text),
                name if item.is_null() || item.class() == Type::of(name) => Ok(item),
                name => Err(no_converter(&item, name)),
            }
        })
        .collect()
}

/// What an array holds before anything is put in.
pub(crate) fn zero<'a>(of: Type) -> Value<'a> {
    match (of.dimensions, of.name) {
        (0, "int" | "short") => Value::Int(0),
        (0, "long") => Value::Long(0),
        (0, "float") => Value::Float(0.0),
        (0, "double") => Value::Double(0.0),
        (0, "byte") => Value::Byte(0),
        (0, "char") => Value::Char(0),
        (0, "boolean") => Value::Bool(false),
        _ => Value::Null,
    }
}

/// JSON of a value as Jackson writes it, and whether all of it has a form in JSON.
pub(crate) fn to_json<'a>(machine: &Machine<'a>, value: &Value<'a>, depth: usize) -> Result<(Json, bool)> {
    // Made nodes outlive the evaluation: they cost more than looking.
    machine.charge(4)?;
    if depth > MAX_NESTING {
        return Err(ExprError::limit(format!("a list or map is nested deeper than {MAX_NESTING} levels")));
    }
    let real = |n: f64, text: String| match serde_json::Number::from_f64(n) {
        Some(number) => (Json::Number(number), true),
        None => (Json::String(text), false),
    };
    Ok(match value {
        Value::Null => (Json::Null, true),
        Value::Bool(b) => (Json::Bool(*b), true),
        Value::JsonList(items) => (Json::Array(items.to_vec()), true),
        Value::JsonMap(map) => (Json::Object((*map).clone()), true),
        Value::Float(n) => real(float_text(*n).parse().unwrap_or(f64::NAN), float_text(*n)),
        Value::Double(n) => real(*n, double_text(*n)),
        Value::Date(millis) => ((*millis).into(), false),
        Value::Text(_) | Value::Status(_) => (scalar_text(value).into(), true),
        Value::Artifact(map) | Value::BuildInfo(map) | Value::SourceControl(map) => {
            (Json::Object((*map).clone()), matches!(value, Value::Artifact(_)))
        }
        Value::Execution(execution) => (as_json(execution), false),
        Value::Stage(_, stage) => (as_json(stage), false),
        Value::Task(task) => (as_json(task), false),
        Value::Trigger(execution) => (Json::Object(execution.trigger.clone()), false),
        Value::Authentication(authentication) => (as_json(authentication), true),
        Value::Paused(paused) => (as_json(paused), true),
        Value::NotEvaluable(inner) => (to_json(machine, inner, depth + 1)?.0, false),
        Value::Array(array) => array_json(machine, array, depth)?,
        other if integral(other).is_some() => {
            let n = integral(other).unwrap_or_default();
            let number = i64::try_from(n).map(Json::from).or_else(|_| u64::try_from(n).map(Json::from));
            (number.unwrap_or_else(|_| Json::from(n as f64)), true)
        }
        other if other.is_map() => {
            let mut map = serde_json::Map::new();
            let mut whole = true;
            for (key, item) in machine.entries(other) {
                let (json, plain) = to_json(machine, &item, depth + 1)?;
                whole &= plain;
                map.insert(to_text(machine, &key)?, json);
            }
            (Json::Object(map), whole)
        }
        other => match other.collection_items() {
            Some(items) => list_json(machine, &items, depth)?,
            None => (scalar_text(other).into(), false),
        },
    })
}

fn array_json<'a>(machine: &Machine<'a>, array: &Array<'a>, depth: usize) -> Result<(Json, bool)> {
    list_json(machine, &array.items.borrow(), depth)
}

fn list_json<'a>(machine: &Machine<'a>, items: &[Value<'a>], depth: usize) -> Result<(Json, bool)> {
    let mut whole = true;
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let (json, plain) = to_json(machine, item, depth + 1)?;
        whole &= plain;
        list.push(json);
    }
    Ok((Json::Array(list), whole))
}

fn as_json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}
