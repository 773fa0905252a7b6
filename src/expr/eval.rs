//! Walks the tree of an expression.

use std::ops::Range;

use super::ast::{Binary, Expr, Literal, Node, Selection, Unary};
use super::convert::to_bool;
use super::error::{ExprError, Result};
use super::machine::Machine;
use super::operators::{apply, negative, positive};
use super::value::{ListClass, MapClass, Value};
use super::{access, construct, functions, methods};

/// Evaluates an expression against the root.
pub(crate) fn evaluate<'a>(machine: &Machine<'a>, node: &Node) -> Result<Value<'a>> {
    eval(machine, node, &Value::Root)
}

/// Evaluates a node; bare names are read from `active`.
pub(crate) fn eval<'a>(machine: &Machine<'a>, node: &Node, active: &Value<'a>) -> Result<Value<'a>> {
    machine.charge(1)?;
    match eval_inner(machine, node, active) {
        Ok(value) => {
            // A chain and a row of operators tell of their parts themselves.
            if !matches!(node.expr, Expr::Literal(_) | Expr::Compound(_) | Expr::Binary { .. }) {
                machine.saw(&node.span, &value);
            }
            Ok(value)
        }
        Err(error) => Err(error.at(&node.span)),
    }
}

/// Evaluates what is read from the value before it: `.name`, `[key]`. `whole` reaches from the start of the chain.
fn link<'a>(machine: &Machine<'a>, node: &Node, active: &Value<'a>, whole: &Range<usize>) -> Result<Value<'a>> {
    machine.charge(1)?;
    let value = eval_inner(machine, node, active).map_err(|error| error.at(&node.span))?;
    machine.saw(whole, &value);
    Ok(value)
}

fn eval_inner<'a>(machine: &Machine<'a>, node: &Node, active: &Value<'a>) -> Result<Value<'a>> {
    match &node.expr {
        Expr::Literal(literal) => Ok(constant(literal)),
        Expr::Compound(links) => {
            let mut value = eval(machine, &links[0], active)?;
            for node in &links[1..] {
                value = link(machine, node, &value, &(links[0].span.start..node.span.end))?;
            }
            Ok(value)
        }
        Expr::Property { name, null_safe } => access::property(machine, active, name, *null_safe),
        Expr::Method { name, args, null_safe } => {
            if active.is_null() && *null_safe {
                return Ok(Value::Null);
            }
            methods::call(machine, active, name, &arguments(machine, args)?)
        }
        Expr::Variable(name) => variable(machine, name, active),
        Expr::Function { name, args } => {
            // Spring reads a function's arguments from where it stands, a method's from the item or the root.
            let args = args.iter().map(|arg| eval(machine, arg, active)).collect::<Result<Vec<_>>>()?;
            functions::call(machine, name, &args)
        }
        Expr::Index { index, null_safe } => {
            if active.is_null() && *null_safe {
                return Ok(Value::Null);
            }
            let key = index_key(machine, index, active)?;
            access::index(machine, active, &key)
        }
        Expr::Selection { kind, condition, null_safe } => select(machine, *kind, condition, *null_safe, active),
        Expr::Projection { each, null_safe } => project(machine, each, *null_safe, active),
        Expr::Type { name, dimensions } => construct::type_reference(name, *dimensions),
        Expr::New { name, args } => construct::object(machine, name, &arguments(machine, args)?),
        Expr::NewArray { name, dimensions, items } => {
            let evaluated: Result<Vec<_>> = dimensions
                .iter()
                .map(|dimension| dimension.as_ref().map(|node| eval(machine, node, &Value::Root)).transpose())
                .collect();
            let items = items.as_ref().map(|node| eval(machine, node, &Value::Root)).transpose()?;
            construct::array(machine, name, &evaluated?, items)
        }
        Expr::Bean(name) => Err(ExprError::spel(format!(
            "EL1057E: No bean resolver registered in the context to resolve access to bean '{name}'"
        ))),
        Expr::List { items, constant } => {
            let items = items.iter().map(|item| eval(machine, item, active)).collect::<Result<_>>()?;
            let class = if *constant { ListClass::Inline } else { ListClass::ArrayList };
            Ok(Value::collection(class, items))
        }
        Expr::Map { entries, constant } => inline_map(machine, entries, *constant, active),
        Expr::Binary { .. } => binary(machine, node, active),
        Expr::Unary { op, operand } => {
            let value = eval(machine, operand, active)?;
            match op {
                Unary::Plus => positive(value),
                Unary::Minus => negative(&value),
                Unary::Not => to_bool(&value).map(|b| Value::Bool(!b)),
            }
        }
        Expr::Step { by, prefix, operand } => access::step(machine, operand, *by, *prefix, active),
        Expr::Assign { target, value } => {
            let value = eval(machine, value, active)?;
            access::assign(machine, target, active, value.clone())?;
            Ok(value)
        }
        Expr::Ternary { condition, yes, no } => {
            let chosen = if to_bool(&eval(machine, condition, active)?)? { yes } else { no };
            eval(machine, chosen, active)
        }
        Expr::Elvis { value, default } => {
            let value = eval(machine, value, active)?;
            if value.is_null() || value.str().is_some_and(str::is_empty) {
                eval(machine, default, active)
            } else {
                Ok(value)
            }
        }
    }
}

fn constant<'a>(literal: &Literal) -> Value<'a> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(b) => Value::Bool(*b),
        Literal::Int(n) => Value::Int(*n),
        Literal::Long(n) => Value::Long(*n),
        Literal::Float(n) => Value::Float(*n),
        Literal::Double(n) => Value::Double(*n),
        Literal::Text(text) => Value::text(text.clone()),
    }
}

fn arguments<'a>(machine: &Machine<'a>, args: &[Node]) -> Result<Vec<Value<'a>>> {
    // Arguments are read from the item inside a selection or projection, from the root elsewhere.
    let scope_root = machine.item();
    args.iter().map(|arg| eval(machine, arg, &scope_root)).collect()
}

/// The key of an index: a bare name is the key itself when a map is read.
pub(crate) fn index_key<'a>(machine: &Machine<'a>, index: &Node, active: &Value<'a>) -> Result<Value<'a>> {
    if let (true, Expr::Property { name, .. }) = (active.is_map(), &index.expr) {
        return Ok(Value::text(name.clone()));
    }
    let key = eval(machine, index, &Value::Root)?;
    if key.is_null() {
        return Err(ExprError::java(super::error::ILLEGAL_STATE, "No index").hint("the index is null").at(&index.span));
    }
    Ok(key)
}

fn variable<'a>(machine: &Machine<'a>, name: &str, active: &Value<'a>) -> Result<Value<'a>> {
    match name {
        "root" => Ok(Value::Root),
        "this" => Ok(active.clone()),
        _ => Ok(machine.variable(name).or_else(|| functions::named(name).map(Value::Function)).unwrap_or(Value::Null)),
    }
}

/// Left operands nest as deep as `a + b + c + …` is long, so they are folded in a loop.
fn binary<'a>(machine: &Machine<'a>, node: &Node, active: &Value<'a>) -> Result<Value<'a>> {
    let mut spine = Vec::new();
    let mut first = node;
    while let Expr::Binary { op, left, right } = &first.expr {
        machine.charge(1)?;
        spine.push((*op, right, &first.span));
        first = left;
    }
    let mut value = eval(machine, first, active)?;
    for (op, right, span) in spine.into_iter().rev() {
        value = match op {
            Binary::And if !to_bool(&value).map_err(|e| e.at(span))? => Value::Bool(false),
            Binary::Or if to_bool(&value).map_err(|e| e.at(span))? => Value::Bool(true),
            Binary::And | Binary::Or => {
                Value::Bool(to_bool(&eval(machine, right, active)?).map_err(|e| e.at(&right.span))?)
            }
            op => {
                let right = eval(machine, right, active)?;
                apply(machine, op, value, right).map_err(|error| error.at(span))?
            }
        };
        machine.saw(span, &value);
    }
    Ok(value)
}

fn inline_map<'a>(
    machine: &Machine<'a>,
    entries: &[(Node, Node)],
    constant: bool,
    active: &Value<'a>,
) -> Result<Value<'a>> {
    let mut map: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = match &key.expr {
            Expr::Property { name, .. } => Value::text(name.clone()),
            _ => eval(machine, key, active)?,
        };
        let value = eval(machine, value, active)?;
        match super::machine::find(machine, &map, &key)? {
            Some(i) => map[i].1 = value,
            None => map.push((key, value)),
        }
    }
    Ok(Value::map(if constant { MapClass::Inline } else { MapClass::Linked }, map))
}

fn select<'a>(
    machine: &Machine<'a>,
    kind: Selection,
    condition: &Node,
    null_safe: bool,
    active: &Value<'a>,
) -> Result<Value<'a>> {
    let keeps = |item: &Value<'a>| match machine.within(item, || eval(machine, condition, item))? {
        Value::Bool(keep) => Ok(keep),
        _ => Err(ExprError::spel("EL1016E: Result of selection criteria is not boolean").at(&condition.span)),
    };
    let (items, of_map) = match active.items() {
        Some(items) => (items, false),
        None if active.is_map() => {
            let entries = machine.entries(active);
            (entries.into_iter().map(|entry| Value::Entry(entry.into())).collect(), true)
        }
        None if active.is_null() && null_safe => return Ok(Value::Null),
        None => {
            return Err(ExprError::spel(format!(
                "EL1015E: Cannot perform selection on input data of type '{}'",
                active.class().shown()
            )));
        }
    };
    let mut kept = Vec::new();
    for item in items {
        if keeps(&item)? {
            kept.push(item);
            if kind == Selection::First {
                break;
            }
        }
    }
    if kind == Selection::Last {
        kept = kept.pop().into_iter().collect();
    }
    let entry = |value: Value<'a>| match value {
        Value::Entry(entry) => (entry.0.clone(), entry.1.clone()),
        other => (other, Value::Null),
    };
    match (of_map, kind) {
        (true, Selection::All) => {
            let mut entries: Vec<_> = kept.into_iter().map(entry).collect();
            super::machine::hash_order(&mut entries);
            Ok(Value::map(MapClass::Hash, entries))
        }
        (true, _) if kept.is_empty() => Ok(Value::Null),
        (true, _) => Ok(Value::map(MapClass::Hash, kept.into_iter().map(entry).collect())),
        (false, Selection::All) => Ok(match active {
            Value::Array(array) => Value::array(array.of, kept),
            _ => Value::list(kept),
        }),
        (false, _) => Ok(kept.pop().unwrap_or(Value::Null)),
    }
}

fn project<'a>(machine: &Machine<'a>, each: &Node, null_safe: bool, active: &Value<'a>) -> Result<Value<'a>> {
    let run = |item: &Value<'a>| machine.within(item, || eval(machine, each, item));
    if active.is_map() {
        let entries = machine.entries(active).into_iter().map(|entry| Value::Entry(entry.into()));
        return Ok(Value::list(entries.map(|entry| run(&entry)).collect::<Result<_>>()?));
    }
    match (active.items(), active) {
        (Some(items), Value::Array(_)) => {
            let items: Vec<_> = items.iter().map(run).collect::<Result<_>>()?;
            Ok(Value::array(common_class(&items), items))
        }
        (Some(items), _) => Ok(Value::list(items.iter().map(run).collect::<Result<_>>()?)),
        (None, Value::Null) if null_safe => Ok(Value::Null),
        (None, other) => Err(ExprError::spel(format!(
            "EL1019E: Projection is not supported on the type '{}'",
            other.class().shown()
        ))),
    }
}

fn common_class(items: &[Value<'_>]) -> super::value::Type {
    let mut classes = items.iter().filter(|item| !item.is_null()).map(Value::class);
    let object = super::value::Type::of("java.lang.Object");
    let Some(first) = classes.next() else { return object };
    if classes.all(|class| class == first) { first } else { object }
}
