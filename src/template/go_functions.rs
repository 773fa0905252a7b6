//! Go templates: Go's own functions and the usual ones of Sprig.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Bytes one function may make.
const LONGEST: usize = 1 << 20;

/// A value as Go prints it.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", show(value))).collect();
            entries.sort();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Whether Go takes a value as true: everything but zero and empty ones.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Calls one; `None` when there is none of this name.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let result = compare(name, arguments).or_else(|| text(name, arguments)).or_else(|| number(name, arguments));
    let result = result.or_else(|| collection(name, arguments))?;
    Some(result.and_then(|value| match &value {
        Value::String(text) if text.len() > LONGEST => Err(format!("'{name}' makes a text that is too long")),
        Value::Array(items) if items.len() > LONGEST / 16 => Err(format!("'{name}' makes a list that is too long")),
        _ => Ok(value),
    }))
}

fn compare(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let pair = || match arguments {
        [first, second] => order(first, second).ok_or_else(|| format!("'{name}' cannot compare these")),
        _ => Err(format!("'{name}' takes two arguments")),
    };
    let ordered = |accept: fn(Ordering) -> bool| pair().map(|ordering| Value::Bool(accept(ordering)));
    Some(match name {
        "not" => {
            arguments.first().map(|value| Value::Bool(!is_true(value))).ok_or_else(|| "'not' misses a value".into())
        }
        "eq" => match arguments {
            [first, rest @ ..] if !rest.is_empty() => Ok(rest.iter().any(|other| equal(first, other)).into()),
            _ => Err("'eq' takes two arguments or more".to_owned()),
        },
        "ne" => match arguments {
            [first, second] => Ok((!equal(first, second)).into()),
            _ => Err("'ne' takes two arguments".to_owned()),
        },
        "lt" => ordered(Ordering::is_lt),
        "le" => ordered(Ordering::is_le),
        "gt" => ordered(Ordering::is_gt),
        "ge" => ordered(Ordering::is_ge),
        "default" => Ok(match arguments {
            [_, given] if is_true(given) => given.clone(),
            [default, ..] => default.clone(),
            [] => Value::Null,
        }),
        "coalesce" => Ok(arguments.iter().find(|value| is_true(value)).cloned().unwrap_or(Value::Null)),
        "empty" => Ok((!arguments.first().is_some_and(is_true)).into()),
        "ternary" => match arguments {
            [yes, no, condition] => Ok(if is_true(condition) { yes.clone() } else { no.clone() }),
            _ => Err("'ternary' takes three arguments".to_owned()),
        },
        "required" => match arguments {
            [_, value] if is_true(value) => Ok(value.clone()),
            [message, ..] => Err(show(message)),
            [] => Err("'required' takes a message and a value".to_owned()),
        },
        "fail" => Err(arguments.first().map_or_else(|| "it says so".to_owned(), show)),
        _ => return None,
    })
}

fn equal(first: &Value, second: &Value) -> bool {
    first == second || matches!((first, second), (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64())
}

fn order(first: &Value, second: &Value) -> Option<Ordering> {
    match (first, second) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn text(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let at = |index: usize| arguments.get(index).map(show).unwrap_or_default();
    let last = || arguments.last().map(show).unwrap_or_default();
    let count = || arguments.first().and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Some(Ok(match name {
        "print" | "cat" => {
            Value::String(arguments.iter().map(show).collect::<Vec<_>>().join(if name == "cat" { " " } else { "" }))
        }
        "println" => Value::String(format!("{}\n", arguments.iter().map(show).collect::<Vec<_>>().join(" "))),
        "printf" => return Some(printf(arguments)),
        "upper" => at(0).to_uppercase().into(),
        "lower" => at(0).to_lowercase().into(),
        "title" => title(&at(0)).into(),
        "trim" => at(0).trim().into(),
        "trimAll" => at(1).trim_matches(|c| at(0).contains(c)).into(),
        "trimPrefix" => at(1).strip_prefix(at(0).as_str()).unwrap_or(&at(1)).into(),
        "trimSuffix" => at(1).strip_suffix(at(0).as_str()).unwrap_or(&at(1)).into(),
        "replace" if !at(0).is_empty() => at(2).replace(&at(0), &at(1)).into(),
        "contains" => at(1).contains(&at(0)).into(),
        "hasPrefix" => at(1).starts_with(&at(0)).into(),
        "hasSuffix" => at(1).ends_with(&at(0)).into(),
        "quote" => {
            Value::String(arguments.iter().map(|v| Value::String(show(v)).to_string()).collect::<Vec<_>>().join(" "))
        }
        "squote" => format!("'{}'", at(0)).into(),
        "toString" => at(0).into(),
        "trunc" => last().chars().take(count()).collect::<String>().into(),
        "repeat" if count() <= LONGEST / last().len().max(1) => last().repeat(count()).into(),
        "repeat" => return Some(Err("'repeat' makes a text that is too long".to_owned())),
        "indent" | "nindent" => {
            if count() > 1_000 {
                return Some(Err(format!("'{name}' indents by more than 1000")));
            }
            let indented = last().replace('\n', &format!("\n{}", " ".repeat(count())));
            format!("{}{}{indented}", if name == "nindent" { "\n" } else { "" }, " ".repeat(count())).into()
        }
        "b64enc" => STANDARD.encode(at(0)).into(),
        "b64dec" => match STANDARD.decode(at(0)).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(text) => text.into(),
            None => return Some(Err("'b64dec' got no base64 of a text".to_owned())),
        },
        "toJson" | "mustToJson" => arguments.first().map(Value::to_string).unwrap_or_default().into(),
        "toPrettyJson" => {
            arguments.first().and_then(|v| serde_json::to_string_pretty(v).ok()).unwrap_or_default().into()
        }
        "fromJson" => match serde_json::from_str(&at(0)) {
            Ok(value) => value,
            Err(error) => return Some(Err(format!("'fromJson' got no JSON: {error}"))),
        },
        "splitList" => at(1).split(at(0).as_str()).map(str::to_owned).collect(),
        "join" => match arguments.get(1) {
            Some(Value::Array(items)) => items.iter().map(show).collect::<Vec<_>>().join(&at(0)).into(),
            _ => at(1).into(),
        },
        _ => return None,
    }))
}

fn title(text: &str) -> String {
    let mut start = true;
    let upper = |c: char| {
        let upper = if start { c.to_uppercase().collect::<String>() } else { c.to_string() };
        start = c.is_whitespace();
        upper
    };
    text.chars().map(upper).collect()
}

/// `%s`, `%d`, `%v`, `%q`, `%t` and `%%`.
fn printf(arguments: &[Value]) -> Result<Value, String> {
    let Some(Value::String(format)) = arguments.first() else { return Err("'printf' misses its format".to_owned()) };
    let mut rest = arguments[1..].iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('q') => out.push_str(&rest.next().map(|v| Value::String(show(v)).to_string()).unwrap_or_default()),
            Some('s' | 'd' | 'v' | 't') => out.push_str(&rest.next().map(show).unwrap_or_default()),
            other => return Err(format!("'printf' knows no '%{}' here", other.map(String::from).unwrap_or_default())),
        }
    }
    Ok(out.into())
}

fn number(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let whole = |value: &Value| match value {
        Value::String(text) => text.trim().parse::<i64>().ok(),
        #[expect(clippy::cast_possible_truncation, reason = "Go truncates here as well")]
        other => other.as_i64().or_else(|| other.as_f64().map(|real| real as i64)),
    };
    let fold = |start: Option<i64>, step: fn(i64, i64) -> Option<i64>| {
        let mut numbers = arguments.iter().map(|value| whole(value).ok_or_else(|| format!("'{name}' needs numbers")));
        let first = match start {
            Some(start) => Ok(start),
            None => numbers.next().unwrap_or_else(|| Err(format!("'{name}' needs numbers"))),
        };
        numbers
            .try_fold(first?, |total, number| {
                step(total, number?).ok_or_else(|| format!("'{name}' has no result here"))
            })
            .map(Value::from)
    };
    Some(match name {
        "add" => fold(Some(0), i64::checked_add),
        "add1" => fold(Some(1), i64::checked_add),
        "sub" => fold(None, i64::checked_sub),
        "mul" => fold(Some(1), i64::checked_mul),
        "div" => fold(None, i64::checked_div),
        "mod" => fold(None, i64::checked_rem),
        "max" => fold(None, |a, b| Some(a.max(b))),
        "min" => fold(None, |a, b| Some(a.min(b))),
        "int" | "int64" | "atoi" => Ok(arguments.first().and_then(whole).unwrap_or(0).into()),
        "until" => match arguments.first().and_then(whole) {
            Some(end @ 0..10_000) => Ok((0..end).collect::<Vec<_>>().into()),
            _ => Err("'until' counts to 10000 at most".to_owned()),
        },
        _ => return None,
    })
}

fn collection(name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
    let list = |index: usize| match arguments.get(index) {
        Some(Value::Array(items)) => items.as_slice(),
        _ => &[],
    };
    Some(Ok(match name {
        "list" | "makeSlice" | "tuple" => arguments.to_vec().into(),
        "dict" => {
            let mut map = Map::new();
            for pair in arguments.chunks(2) {
                map.insert(show(&pair[0]), pair.get(1).cloned().unwrap_or_else(|| "".into()));
            }
            Value::Object(map)
        }
        "len" => match arguments.first() {
            Some(Value::String(text)) => text.len().into(),
            Some(Value::Array(items)) => items.len().into(),
            Some(Value::Object(map)) => map.len().into(),
            _ => return Some(Err("'len' takes a text, a list or a map".to_owned())),
        },
        "index" | "get" => return Some(index(arguments)),
        "first" => list(0).first().cloned().unwrap_or(Value::Null),
        "last" => list(0).last().cloned().unwrap_or(Value::Null),
        "rest" => list(0).iter().skip(1).cloned().collect(),
        "append" => list(0).iter().chain(arguments.get(1)).cloned().collect(),
        "has" => list(1).contains(arguments.first().unwrap_or(&Value::Null)).into(),
        "hasKey" => arguments.first().and_then(|map| map.get(show(arguments.get(1)?))).is_some().into(),
        "keys" => {
            let mut keys: Vec<String> =
                arguments.first().and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect();
            keys.sort();
            json!(keys)
        }
        "uniq" => {
            let mut unique: Vec<Value> = Vec::new();
            for item in list(0) {
                if !unique.contains(item) {
                    unique.push(item.clone());
                }
            }
            unique.into()
        }
        "kindOf" => match arguments.first() {
            Some(Value::String(_)) => "string",
            Some(Value::Array(_)) => "slice",
            Some(Value::Object(_)) => "map",
            Some(Value::Bool(_)) => "bool",
            Some(Value::Number(number)) if number.is_f64() => "float64",
            Some(Value::Number(_)) => "int",
            _ => "invalid",
        }
        .into(),
        _ => return None,
    }))
}

fn index(arguments: &[Value]) -> Result<Value, String> {
    let mut value = arguments.first().cloned().unwrap_or(Value::Null);
    for key in arguments.get(1..).unwrap_or_default() {
        value = match (&value, key) {
            (Value::Object(map), key) => map.get(&show(key)).cloned().unwrap_or(Value::Null),
            (Value::Array(items), Value::Number(at)) => {
                let found = at.as_u64().and_then(|at| items.get(usize::try_from(at).ok()?));
                found.cloned().ok_or_else(|| format!("'index' {at} is out of the list of {}", items.len()))?
            }
            _ => return Err("'index' takes a list and a number, or a map and a key".to_owned()),
        };
    }
    Ok(value)
}
