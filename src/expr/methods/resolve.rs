//! Finds the method a call means, as Spring does: exact before close before converted, and never by guessing.

use crate::expr::convert::{
    Number, convert_to_text, converts_to_number, converts_to_text, to_array_items, to_bool, to_number,
};
use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, Result};
use crate::expr::machine::Machine;
use crate::expr::value::{Type, Value};

use super::table::{Method, tables};

/// Type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Param {
    Int,
    Long,
    Float,
    Double,
    Bool,
    Char,
    Byte,
    Str,
    /// `CharSequence`.
    Chars,
    /// `Object`, and interfaces only null or a text can stand for.
    Any,
    Collection,
    Iterable,
    Map,
    /// Exactly this class.
    Of(&'static str),
    CharArray,
    /// `Object...`
    AnyRest,
    /// `CharSequence...`
    CharsRest,
}

/// How well an argument fits; least is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    Close(u8),
    Converted,
}

fn fit(value: &Value<'_>, param: Param) -> Option<Fit> {
    use Fit::{Close, Converted, Exact};
    let primitive = |is: bool, converts: bool, distance: u8| match (is, converts) {
        (true, _) => Some(Close(distance)),
        (false, true) => Some(Converted),
        (false, false) => None,
    };
    let number = |is: bool| primitive(is, converts_to_number(value), 4);
    match param {
        Param::Int => number(matches!(value, Value::Int(_))),
        Param::Long => number(matches!(value, Value::Long(_))),
        Param::Float => number(matches!(value, Value::Float(_))),
        Param::Double => number(matches!(value, Value::Double(_))),
        Param::Byte => number(matches!(value, Value::Byte(_))),
        Param::Bool => primitive(matches!(value, Value::Bool(_)), value.str().is_some() || value.items().is_some(), 2),
        Param::Char => {
            let converts = value.str().is_some() || value.is_number() || value.items().is_some();
            primitive(matches!(value, Value::Char(_)), converts, 2)
        }
        _ if value.is_null() => Some(Exact),
        Param::Str => match value {
            Value::Text(_) => Some(Exact),
            other => converts_to_text(other).then_some(Converted),
        },
        Param::Chars => match value {
            Value::Text(_) | Value::Status(_) => Some(Close(1)),
            other => converts_to_text(other).then_some(Converted),
        },
        Param::Any => Some(Close(4)),
        Param::Collection => match value {
            Value::JsonList(_) | Value::List(_) => Some(Close(1)),
            _ => Some(Converted),
        },
        Param::Iterable => match value {
            Value::JsonList(_) | Value::List(_) => Some(Close(1)),
            _ => None,
        },
        Param::Map => value.is_map().then_some(Close(1)),
        Param::Of(class) if value.class() == Type::of(class) => Some(Exact),
        Param::Of(class) => {
            let converts = match class {
                "java.lang.Integer" | "java.lang.Long" | "java.lang.Double" | "java.lang.Byte" | "java.lang.Float" => {
                    converts_to_number(value)
                }
                "java.lang.Boolean" | "java.lang.Character" => value.str().is_some(),
                "java.time.temporal.ChronoUnit" | "java.time.DayOfWeek" | "java.util.UUID" => value.str().is_some(),
                _ => false,
            };
            converts.then_some(Converted)
        }
        Param::CharArray => match value {
            Value::Array(array) if array.of == Type::of("char") => Some(Exact),
            Value::Text(_) => Some(Converted),
            _ => None,
        },
        Param::AnyRest => Some(Close(4)),
        Param::CharsRest => match value {
            Value::Text(_) | Value::Status(_) => Some(Close(1)),
            other => converts_to_text(other).then_some(Converted),
        },
    }
}

fn fit_all(params: &[Param], args: &[Value<'_>]) -> Option<Fit> {
    let rest = params.last().filter(|param| matches!(param, Param::AnyRest | Param::CharsRest));
    if rest.is_none() && params.len() != args.len() || rest.is_some() && args.len() + 1 < params.len() {
        return None;
    }
    let mut distance = 0;
    let mut worst = Fit::Exact;
    for (i, arg) in args.iter().enumerate() {
        let fit = fit(arg, params.get(i).copied().unwrap_or_else(|| params[params.len() - 1]))?;
        if let Fit::Close(far) = fit {
            distance += far;
        }
        worst = worst.max(fit);
    }
    Some(if let Fit::Close(_) = worst { Fit::Close(distance) } else { worst })
}

/// The arguments converted to these parameters; `None` when they do not fit.
pub(crate) fn matched<'a>(
    machine: &Machine<'a>,
    params: &[Param],
    args: &[Value<'a>],
) -> Result<Option<Vec<Value<'a>>>> {
    match fit_all(params, args) {
        None => Ok(None),
        Some(_) => convert_all(machine, params, args).map(Some),
    }
}

fn convert_all<'a>(machine: &Machine<'a>, params: &[Param], args: &[Value<'a>]) -> Result<Vec<Value<'a>>> {
    let mut converted = Vec::with_capacity(params.len());
    for (i, param) in params.iter().enumerate() {
        if matches!(param, Param::AnyRest | Param::CharsRest) {
            converted.push(rest(machine, *param, args.get(i..).unwrap_or_default())?);
        } else {
            converted.push(convert(machine, *param, &args[i])?);
        }
    }
    Ok(converted)
}

/// The arguments of a `…` parameter as a list. One argument alone is converted to an array first: lists and arrays
/// are spread, and a text is cut at its commas.
fn rest<'a>(machine: &Machine<'a>, param: Param, args: &[Value<'a>]) -> Result<Value<'a>> {
    let mut items = match args {
        [Value::Text(text)] if text.as_str().is_empty() => Vec::new(),
        [Value::Text(text)] if text.as_str().contains(',') => {
            text.as_str().split(',').map(|part| Value::text(part.trim())).collect()
        }
        [Value::Text(text)] => vec![Value::text(text.as_str().trim())],
        [one] => one.items().unwrap_or_else(|| vec![one.clone()]),
        many => many.to_vec(),
    };
    if param == Param::CharsRest {
        for item in &mut items {
            *item = convert(machine, Param::Chars, item)?;
        }
    }
    Ok(Value::list(items))
}

fn convert<'a>(machine: &Machine<'a>, param: Param, value: &Value<'a>) -> Result<Value<'a>> {
    let number = |target: Number| match to_number(value, target)? {
        Value::Null => Err(ExprError::java(ILLEGAL_ARGUMENT, "an empty text is no number")),
        number => Ok(number),
    };
    match param {
        Param::Int => number(Number::Int),
        Param::Long => number(Number::Long),
        Param::Float => number(Number::Float),
        Param::Double => number(Number::Double),
        Param::Byte => number(Number::Byte),
        Param::Bool => to_bool(value).map(Value::Bool),
        Param::Char => {
            let mut items = match value {
                Value::Int(n) => vec![Value::Char(*n as u16)],
                other => to_array_items(machine, vec![other.clone()], Type::of("char"))?,
            };
            Ok(items.pop().unwrap_or(Value::Null))
        }
        _ if value.is_null() => Ok(Value::Null),
        Param::Str if value.str().is_none() => convert_to_text(machine, value).map(Value::text),
        Param::Chars if value.chars().is_none() => convert_to_text(machine, value).map(Value::text),
        Param::Collection => Ok(match value {
            Value::JsonList(_) | Value::List(_) => value.clone(),
            Value::Text(text) => Value::list(text.as_str().split(',').map(|part| Value::text(part.trim())).collect()),
            other => Value::list(other.items().unwrap_or_else(|| vec![other.clone()])),
        }),
        Param::Of(class) if value.class() != Type::of(class) => match class {
            "java.lang.Integer" => to_number(value, Number::Int),
            "java.lang.Long" => to_number(value, Number::Long),
            "java.lang.Double" => to_number(value, Number::Double),
            "java.lang.Float" => to_number(value, Number::Float),
            "java.lang.Byte" => to_number(value, Number::Byte),
            "java.lang.Boolean" => to_bool(value).map(Value::Bool),
            _ => super::utility::parse_constant(class, value.str().unwrap_or_default()),
        },
        Param::CharArray if value.str().is_some() => {
            let items = value.str().unwrap_or_default().split(',').filter(|part| !part.is_empty());
            let items = items.map(|part| Value::text(part.trim())).collect();
            Ok(Value::array(Type::of("char"), to_array_items(machine, items, Type::of("char"))?))
        }
        _ => Ok(value.clone()),
    }
}

/// `target.name(args)`.
pub(crate) fn call<'a>(machine: &Machine<'a>, target: &Value<'a>, name: &str, args: &[Value<'a>]) -> Result<Value<'a>> {
    let classes = || args.iter().map(|arg| arg.class().shown()).collect::<Vec<_>>().join(",");
    if target.is_null() {
        return Err(ExprError::spel(format!(
            "EL1011E: Method call: Attempted to call method {name}({}) on null context object",
            classes()
        ))
        .hint(format!("what stands before '{name}' is null; '?.{name}(…)' lets it be")));
    }
    let mut best: Option<(Fit, &Method)> = None;
    let mut ambiguous = false;
    for method in methods_of(target).filter(|method| method.name == name && method.refused.is_none()) {
        let Some(fit) = fit_all(method.params, args) else { continue };
        match &best {
            Some((Fit::Converted, _)) if fit == Fit::Converted => ambiguous = true,
            Some((known, _)) if *known <= fit => {}
            _ => best = Some((fit, method)),
        }
    }
    let owner = match target {
        Value::Class(class) => class.shown(),
        other => other.class().shown(),
    };
    match best {
        Some((Fit::Converted, _)) if ambiguous => Err(ExprError::spel(format!(
            "EL1033E: Method call of '{name}' is ambiguous, supported type conversions allow multiple variants to match"
        ))
        .within(format!("EL1031E: Problem locating method {name}({}) on type {owner}", classes()))
        .hint("give all arguments the same type: 1.0, 1L or #toInt('1')")),
        Some((_, method)) => (method.call)(machine, target, &convert_all(machine, method.params, args)?),
        None => {
            let error = ExprError::spel(format!(
                "EL1004E: Method call: Method {name}({}) cannot be found on type {owner}",
                classes()
            ));
            Err(explain(error, target, name))
        }
    }
}

fn explain(error: ExprError, target: &Value<'_>, name: &str) -> ExprError {
    match name {
        "get" | "getOrDefault" if target.is_map() => error.hint("read a key with ['key'] and a default with ?:"),
        "get" => error.hint("read an item with [0]"),
        "stream" | "iterator" | "forEach" => error.hint("use .?[condition] to filter and .![expression] to map"),
        "subSequence" => error.hint("use substring"),
        "put" => error.hint("expressions may not put into maps"),
        _ => {
            if let Some(refused) =
                methods_of(target).find(|method| method.name == name).and_then(|method| method.refused)
            {
                return error.hint(format!("{name}() returns a {refused}, which expressions may not use"));
            }
            let names: Vec<&str> = methods_of(target).filter(|m| m.refused.is_none()).map(|m| m.name).collect();
            error.near(name, names)
        }
    }
}

fn methods_of(target: &Value<'_>) -> impl Iterator<Item = &'static Method> {
    let statics_only = matches!(target, Value::Class(_));
    tables(target).into_iter().flatten().filter(move |method| method.is_static || !statics_only)
}

/// A property that is no key: `getName()`, `isName()` or `name()` without arguments.
pub(crate) fn read<'a>(machine: &Machine<'a>, target: &Value<'a>, name: &str) -> Result<Value<'a>> {
    let class = match target {
        Value::Class(class) => *class,
        other => other.class(),
    };
    let kind = if class.is_primitive() { "" } else { "class " };
    let is_getter = |method: &Method, prefix: &str| {
        method.params.is_empty()
            && method
                .name
                .strip_prefix(prefix)
                .is_some_and(|rest| if prefix.is_empty() { rest == name } else { same_property(rest, name) })
    };
    let getter =
        ["get", "is", ""].iter().find_map(|prefix| methods_of(target).find(|method| is_getter(method, prefix)));
    match getter {
        Some(Method { refused: None, call, .. }) => call(machine, target, &[]),
        Some(Method { refused: Some(refused), .. }) => Err(ExprError::java(
            ILLEGAL_ARGUMENT,
            format!("found getter for requested {name} but rejected due to return type {refused}"),
        )
        .hint("the type is not one expressions may use")),
        None => {
            let error = ExprError::java(
                ILLEGAL_ARGUMENT,
                format!("requested getter {name} not found on type {kind}{}", class.jvm_name()),
            );
            if let Value::Class(class) = target {
                let constants = matches!(class.name, "java.time.DayOfWeek" | "java.time.temporal.ChronoUnit");
                let hint = if constants {
                    format!("static fields cannot be read; T({}).valueOf('{name}') can be called", class.name)
                } else {
                    "static fields cannot be read in expressions".to_owned()
                };
                return Err(error.hint(hint));
            }
            if matches!(target, Value::JsonList(_) | Value::List(_)) {
                return Err(error.hint(format!("it is a list: .![{name}] reads '{name}' of every item")));
            }
            let names: Vec<String> = methods_of(target)
                .filter(|method| method.params.is_empty() && method.refused.is_none())
                .map(|method| property_name(method.name))
                .collect();
            Err(error.near(name, names.iter().map(String::as_str)))
        }
    }
}

fn same_property(rest: &str, name: &str) -> bool {
    let mut chars = name.chars();
    let Some(first) = chars.next() else { return false };
    let upper: String = first.to_uppercase().chain(chars).collect();
    rest == upper
}

fn property_name(method: &str) -> String {
    let rest = method.strip_prefix("get").or_else(|| method.strip_prefix("is")).unwrap_or(method);
    let mut chars = rest.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
