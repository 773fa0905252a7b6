//! Reading and writing what a value holds: properties, indices, assignments.

use super::ast::{Expr, Node};
use super::convert::{Number, to_number};
use super::error::{ExprError, ILLEGAL_ARGUMENT, INDEX, Result};
use super::eval::{eval, index_key};
use super::machine::{Machine, find};
use super::operators::apply;
use super::value::{MapClass, Value};
use super::{ast, methods};

/// `target.name`.
pub(crate) fn property<'a>(
    machine: &Machine<'a>,
    target: &Value<'a>,
    name: &str,
    null_safe: bool,
) -> Result<Value<'a>> {
    if target.is_null() {
        if null_safe {
            return Ok(Value::Null);
        }
        return Err(ExprError::spel(format!("EL1007E: Property or field '{name}' cannot be found on null"))
            .hint(format!("what stands before '{name}' is null; '?.{name}' lets it be")));
    }
    if target.is_map() {
        let key = Value::text(name);
        if !machine.scope.strict() || machine.contains_key(target, &key)? {
            return Ok(machine.get(target, &key)?.unwrap_or(Value::Null));
        }
    }
    if let (Value::Array(array), "length") = (target, name) {
        return Ok(Value::Int(i32::try_from(array.items.borrow().len()).unwrap_or(i32::MAX)));
    }
    methods::read(machine, target, name).map_err(|error| {
        let message = error.description();
        let error = error.within(format!(
            "EL1021E: A problem occurred whilst attempting to access the property '{name}': '{message}'"
        ));
        if target.is_map() {
            let keys = machine.key_names(target);
            return error.near(name, keys.iter().map(String::as_str));
        }
        error
    })
}

/// `target[key]`.
pub(crate) fn index<'a>(machine: &Machine<'a>, target: &Value<'a>, key: &Value<'a>) -> Result<Value<'a>> {
    if target.is_null() {
        return Err(ExprError::spel("EL1012E: Cannot index into a null value")
            .hint("what stands before the '[' is null; '?.[' lets it be"));
    }
    if target.is_map() {
        return Ok(machine.get(target, key)?.unwrap_or(Value::Null));
    }
    if let Value::Text(text) = target {
        let at = position(key)?;
        let units: Vec<u16> = text.as_str().encode_utf16().collect();
        if at >= units.len() as i64 {
            let length = units.len();
            return Err(ExprError::spel(format!(
                "EL1026E: The string has '{length}' characters, index '{at}' is invalid"
            )));
        }
        let unit = usize::try_from(at)
            .map_err(|_| ExprError::java(super::error::STRING_INDEX, format!("String index out of range: {at}")))?;
        return Ok(Value::text(String::from_utf16_lossy(&[units[unit]])));
    }
    if let Some(items) = target.items() {
        let at = position(key)?;
        let length = items.len();
        if at >= length as i64 {
            let (code, what) = match target {
                Value::Array(_) => ("EL1024E", "array"),
                _ => ("EL1025E", "collection"),
            };
            return Err(ExprError::spel(format!(
                "{code}: The {what} has '{length}' elements, index '{at}' is invalid"
            )));
        }
        let at = usize::try_from(at)
            .map_err(|_| ExprError::java(INDEX, format!("Index {at} out of bounds for length {length}")))?;
        return Ok(items[at].clone());
    }
    match key.str() {
        Some(name) => methods::read(machine, target, name),
        None => {
            Err(ExprError::spel(format!("EL1027E: Indexing into type '{}' is not supported", target.class().shown())))
        }
    }
}

fn position(key: &Value<'_>) -> Result<i64> {
    match to_number(key, Number::Int)? {
        Value::Int(n) => Ok(i64::from(n)),
        _ => Err(ExprError::java(ILLEGAL_ARGUMENT, "the index is empty")),
    }
}

/// `operand++` and its like.
pub(crate) fn step<'a>(
    machine: &Machine<'a>,
    operand: &Node,
    by: i8,
    prefix: bool,
    active: &Value<'a>,
) -> Result<Value<'a>> {
    let (code, what) = if by > 0 { ("EL1066E", "increment") } else { ("EL1067E", "decrement") };
    if !is_assignable(operand) {
        return Err(ExprError::spel(format!(
            "EL1068E: The expression component '{}' is not assignable",
            shown(operand)
        )));
    }
    let old = eval(machine, operand, active)?;
    if !old.is_number() {
        let shown = shown(operand);
        return Err(ExprError::spel(format!("{code}: The expression component '{shown}' does not support {what}")));
    }
    let new = apply(machine, ast::Binary::Plus, old.clone(), Value::Int(i32::from(by)))?;
    assign(machine, operand, active, new.clone())?;
    Ok(if prefix { new } else { old })
}

fn is_assignable(node: &Node) -> bool {
    match &node.expr {
        Expr::Property { .. } | Expr::Index { .. } | Expr::Variable(_) => true,
        Expr::Compound(links) => links.last().is_some_and(is_assignable),
        _ => false,
    }
}

fn shown(node: &Node) -> String {
    match &node.expr {
        Expr::Property { name, .. } => name.to_string(),
        Expr::Variable(name) => format!("#{name}"),
        Expr::Literal(ast::Literal::Int(n)) => n.to_string(),
        Expr::Literal(ast::Literal::Text(text)) => format!("'{text}'"),
        Expr::Literal(ast::Literal::Null) => "null".to_owned(),
        _ => "…".to_owned(),
    }
}

/// `target = value`, on the working copy.
pub(crate) fn assign<'a>(machine: &Machine<'a>, target: &Node, active: &Value<'a>, value: Value<'a>) -> Result<()> {
    match &target.expr {
        Expr::Property { name, .. } => put(machine, active, Value::text(name.clone()), value),
        Expr::Index { index, .. } => {
            let key = index_key(machine, index, active)?;
            put(machine, active, key, value)
        }
        Expr::Variable(name) => {
            machine.set_variable(name, value);
            Ok(())
        }
        Expr::Compound(links) => {
            let (last, first) = links.split_last().expect("a compound has links");
            let mut holder = active.clone();
            for link in first {
                holder = eval(machine, link, &holder)?;
            }
            assign(machine, last, &holder, value)
        }
        expr => {
            let class = match expr {
                Expr::Literal(ast::Literal::Int(_)) => "IntLiteral",
                Expr::Literal(ast::Literal::Text(_)) => "StringLiteral",
                Expr::Literal(_) => "Literal",
                Expr::Method { .. } => "MethodReference",
                Expr::Function { .. } => "FunctionReference",
                _ => "SpelNodeImpl",
            };
            Err(ExprError::spel(format!(
                "EL1032E: setValue(ExpressionState, Object) not supported for 'class org.springframework.expression.spel.ast.{class}'"
            ))
            .at(&target.span)
            .hint("did you mean '=='?"))
        }
    }
}

fn put<'a>(machine: &Machine<'a>, holder: &Value<'a>, key: Value<'a>, value: Value<'a>) -> Result<()> {
    let unmodifiable = || ExprError::java(super::error::UNSUPPORTED, "null");
    match holder {
        Value::Root => put(machine, &machine.root_map(), key, value),
        Value::Map(map) => {
            if matches!(map.class, MapClass::Inline | MapClass::Empty) {
                return Err(unmodifiable());
            }
            let found = find(machine, &map.entries.borrow(), &key)?;
            let mut entries = map.entries.borrow_mut();
            match found {
                Some(i) => entries[i].1 = value,
                None => entries.push((key, value)),
            }
            Ok(())
        }
        // What is borrowed is no part of the working copy: the change is lost with the evaluation anyway.
        Value::JsonMap(_) | Value::StageContext(..) => Ok(()),
        Value::List(list) if !list.class.is_list() => {
            Err(ExprError::spel(format!("EL1027E: Indexing into type '{}' is not supported", list.class.name())))
        }
        Value::List(_) | Value::Array(_) | Value::JsonList(_) => {
            let at = position(&key)?;
            index(machine, holder, &Value::Int(i32::try_from(at).unwrap_or(-1)))?;
            let at = usize::try_from(at).unwrap_or(0);
            match holder {
                Value::List(list) if list.class == super::value::ListClass::Inline => return Err(unmodifiable()),
                Value::List(list) => list.items.borrow_mut()[at] = value,
                Value::Array(array) => {
                    let mut converted = super::convert::to_array_items(machine, vec![value], array.of)?;
                    array.items.borrow_mut()[at] = converted.pop().unwrap_or(Value::Null);
                }
                _ => {}
            }
            Ok(())
        }
        Value::Null => Err(ExprError::spel("EL1012E: Cannot index into a null value")),
        other => Err(ExprError::spel(format!(
            "EL1010E: Property or field '{}' cannot be set on object of type '{}' - maybe not public or not writable?",
            key.str().unwrap_or("?"),
            other.class().shown()
        ))),
    }
}
