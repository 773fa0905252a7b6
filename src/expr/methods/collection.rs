//! `java.util`'s lists, sets and maps.

use std::rc::Rc;

use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, INDEX, Result, UNSUPPORTED};
use crate::expr::machine::Machine;
use crate::expr::operators::{contains, same};
use crate::expr::value::{List, ListClass, MapClass, Value};

use super::resolve::Param::{Any, Collection, Int, Map};
use super::string::{ANY, int, out_of_bounds};
use super::table::{Method, m, refused};

pub(super) const COLLECTION: &[Method] = &[
    m("size", &[], |_, t, _| Ok(size(&items(t)))),
    m("isEmpty", &[], |_, t, _| Ok(Value::Bool(items(t).is_empty()))),
    m("contains", ANY, |c, t, a| contains(c, &items(t), &a[0]).map(Value::Bool)),
    m("containsAll", &[Collection], |c, t, a| {
        let all = items(t);
        for item in items(&a[0]) {
            if !contains(c, &all, &item)? {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    }),
    m("add", ANY, |c, t, a| {
        change(t, |class, items| {
            if class.is_set() || class == ListClass::Values {
                return Err(unmodifiable());
            }
            c.charge(1)?;
            items.push(a[0].clone());
            Ok(true)
        })
    }),
    m("addAll", &[Collection], |c, t, a| {
        let more = self::items(&a[0]);
        change(t, |class, items| {
            if class.is_set() || class == ListClass::Values {
                return Err(unmodifiable());
            }
            c.charge(more.len() as u64)?;
            let any = !more.is_empty();
            items.extend(more.iter().cloned());
            Ok(any)
        })
    }),
    m("remove", ANY, |c, t, a| {
        change(t, |_, items| {
            for i in 0..items.len() {
                if same(c, &items[i], &a[0])? {
                    items.remove(i);
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }),
    m("removeAll", &[Collection], |c, t, a| {
        let gone = self::items(&a[0]);
        change(t, |_, items| keep(c, items, |c, item| Ok(!contains(c, &gone, item)?)))
    }),
    m("retainAll", &[Collection], |c, t, a| {
        let kept = self::items(&a[0]);
        change(t, |_, items| keep(c, items, |c, item| contains(c, &kept, item)))
    }),
    m("clear", &[], |_, t, _| {
        change(t, |_, items| {
            items.clear();
            Ok(true)
        })?;
        Ok(Value::Null)
    }),
    refused("stream", "interface java.util.stream.Stream"),
    refused("parallelStream", "interface java.util.stream.Stream"),
    refused("iterator", "interface java.util.Iterator"),
    refused("spliterator", "interface java.util.Spliterator"),
    refused("toArray", "class [Ljava.lang.Object;"),
];

pub(super) const LIST: &[Method] = &[
    m("indexOf", ANY, |c, t, a| position(c, &items(t), &a[0], false)),
    m("lastIndexOf", ANY, |c, t, a| position(c, &items(t), &a[0], true)),
    m("subList", &[Int, Int], |_, t, a| {
        let all = items(t);
        let (from, to) = (int(&a[0]), int(&a[1]));
        let start = usize::try_from(from).map_err(|_| ExprError::java(INDEX, format!("fromIndex = {from}")))?;
        let end = usize::try_from(to).ok().filter(|end| *end <= all.len());
        let end = end.ok_or_else(|| ExprError::java(INDEX, format!("toIndex = {to}")))?;
        if start > end {
            return Err(ExprError::java(ILLEGAL_ARGUMENT, format!("fromIndex({from}) > toIndex({to})")));
        }
        Ok(Value::collection(ListClass::SubList, all[start..end].to_vec()))
    }),
    m("add", &[Int, Any], |_, t, a| {
        let at = int(&a[0]);
        change(t, |_, items| {
            let index = usize::try_from(at).ok().filter(|i| *i <= items.len());
            items.insert(index.ok_or_else(|| out_of_bounds(at, items.len()))?, a[1].clone());
            Ok(true)
        })?;
        Ok(Value::Null)
    }),
    m("addAll", &[Int, Collection], |_, t, a| {
        let (at, more) = (int(&a[0]), self::items(&a[1]));
        change(t, |_, items| {
            let index = usize::try_from(at).ok().filter(|i| *i <= items.len());
            let index = index.ok_or_else(|| out_of_bounds(at, items.len()))?;
            items.splice(index..index, more.iter().cloned());
            Ok(!more.is_empty())
        })
    }),
    m("sort", ANY, |c, t, a| {
        if !a[0].is_null() {
            return Err(ExprError::java(ILLEGAL_ARGUMENT, "expressions cannot make a comparator"));
        }
        change(t, |_, items| {
            let mut failed = None;
            items.sort_by(|x, y| {
                crate::expr::operators::compare(c, x, y).unwrap_or_else(|error| {
                    failed = Some(error);
                    std::cmp::Ordering::Equal
                })
            });
            failed.map_or(Ok(true), Err)
        })?;
        Ok(Value::Null)
    }),
    refused("listIterator", "interface java.util.ListIterator"),
];

pub(super) const MAP: &[Method] = &[
    m("size", &[], |c, t, _| Ok(size(&c.entries(t)))),
    m("isEmpty", &[], |c, t, _| Ok(Value::Bool(c.entries(t).is_empty()))),
    m("containsKey", ANY, |c, t, a| c.contains_key(t, &a[0]).map(Value::Bool)),
    m("containsValue", ANY, |c, t, a| {
        let values: Vec<_> = c.entries(t).into_iter().map(|entry| entry.1).collect();
        contains(c, &values, &a[0]).map(Value::Bool)
    }),
    m("keySet", &[], |c, t, _| {
        let class = match t {
            Value::Map(map) if matches!(map.class, MapClass::Hash | MapClass::Root) => ListClass::HashKeySet,
            Value::Root => ListClass::HashKeySet,
            _ => ListClass::LinkedKeySet,
        };
        Ok(Value::collection(class, c.entries(t).into_iter().map(|entry| entry.0).collect()))
    }),
    m("values", &[], |c, t, _| {
        Ok(Value::collection(ListClass::Values, c.entries(t).into_iter().map(|entry| entry.1).collect()))
    }),
    m("entrySet", &[], |c, t, _| {
        let entries = c.entries(t).into_iter().map(|entry| Value::Entry(Rc::new(entry))).collect();
        Ok(Value::collection(ListClass::EntrySet, entries))
    }),
    m("clear", &[], |c, t, _| {
        match t {
            Value::Map(map) if map.class == MapClass::Inline => return Err(unmodifiable()),
            Value::Map(map) => map.entries.borrow_mut().clear(),
            Value::Root => {
                if let Value::Map(map) = c.root_map() {
                    map.entries.borrow_mut().clear();
                }
            }
            _ => {}
        }
        Ok(Value::Null)
    }),
    m("remove", &[Any, Any], |c, t, a| {
        let holds = match c.get(t, &a[0])? {
            Some(value) => same(c, &value, &a[1])?,
            None => false,
        };
        let target = if matches!(t, Value::Root) { c.root_map() } else { t.clone() };
        if let (true, Value::Map(map)) = (holds, &target) {
            if map.class == MapClass::Inline {
                return Err(unmodifiable());
            }
            let found = crate::expr::machine::find(c, &map.entries.borrow(), &a[0])?;
            if let Some(i) = found {
                map.entries.borrow_mut().remove(i);
            }
        }
        Ok(Value::Bool(holds))
    }),
    m("putAll", &[Map], |c, t, a| {
        let target = if matches!(t, Value::Root) { c.root_map() } else { t.clone() };
        let more = c.entries(&a[0]);
        c.charge(more.len() as u64)?;
        if let Value::Map(map) = &target {
            if matches!(map.class, MapClass::Inline | MapClass::Empty) {
                return Err(unmodifiable());
            }
            for (key, value) in more {
                let found = crate::expr::machine::find(c, &map.entries.borrow(), &key)?;
                let mut entries = map.entries.borrow_mut();
                match found {
                    Some(i) => entries[i].1 = value,
                    None => entries.push((key, value)),
                }
            }
        }
        Ok(Value::Null)
    }),
];

pub(super) const ENTRY: &[Method] =
    &[refused("getKey", "class java.lang.Object"), refused("getValue", "class java.lang.Object")];

fn items<'a>(value: &Value<'a>) -> Vec<Value<'a>> {
    value.collection_items().unwrap_or_default()
}

fn size<'a, T>(items: &[T]) -> Value<'a> {
    Value::Int(i32::try_from(items.len()).unwrap_or(i32::MAX))
}

fn unmodifiable() -> ExprError {
    ExprError::java(UNSUPPORTED, "null").hint("this list or map cannot be changed")
}

/// Changes a list; what is borrowed from the scope is changed as a copy that nobody sees.
fn change<'a>(
    target: &Value<'a>,
    run: impl FnOnce(ListClass, &mut Vec<Value<'a>>) -> Result<bool>,
) -> Result<Value<'a>> {
    match target {
        Value::List(list) => {
            let List { class, items } = list.as_ref();
            if matches!(class, ListClass::Inline | ListClass::ImmutableSet) {
                return Err(unmodifiable());
            }
            let mut copy = items.borrow().clone();
            let changed = run(*class, &mut copy)?;
            items.replace(copy);
            Ok(Value::Bool(changed))
        }
        other => run(ListClass::ArrayList, &mut items(other)).map(Value::Bool),
    }
}

fn keep<'a>(
    machine: &Machine<'a>,
    items: &mut Vec<Value<'a>>,
    test: impl Fn(&Machine<'a>, &Value<'a>) -> Result<bool>,
) -> Result<bool> {
    let before = items.len();
    let mut kept = Vec::with_capacity(before);
    for item in items.drain(..) {
        if test(machine, &item)? {
            kept.push(item);
        }
    }
    *items = kept;
    Ok(items.len() != before)
}

fn position<'a>(machine: &Machine<'a>, items: &[Value<'a>], wanted: &Value<'a>, last: bool) -> Result<Value<'a>> {
    let mut found = -1;
    for (i, item) in items.iter().enumerate() {
        if same(machine, item, wanted)? {
            found = i32::try_from(i).unwrap_or(i32::MAX);
            if !last {
                break;
            }
        }
    }
    Ok(Value::Int(found))
}
