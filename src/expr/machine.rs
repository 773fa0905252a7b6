//! The state of one evaluation: the working copy of the root, the clock, and the bounds.

use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use crate::model::text_hash;

use super::error::{ExprError, Result};
use super::explain::Trace;
use super::scope::{Scope, inherited};
use super::value::{MapClass, Text, Value};

/// Steps an evaluation may take; a step is a node, or an item that is looked at.
const MAX_STEPS: u64 = 2_000_000;

/// What evaluating one text needs beside the expression.
pub(crate) struct Machine<'a> {
    pub(crate) scope: &'a Scope<'a>,
    steps: Cell<u64>,
    draws: Cell<i64>,
    root: RefCell<Option<Value<'a>>>,
    variables: RefCell<Vec<(String, Value<'a>)>>,
    items: RefCell<Vec<Value<'a>>>,
    /// What each part gave, when somebody wants to know.
    pub(crate) trace: Option<Trace>,
}

impl<'a> Machine<'a> {
    /// A fresh evaluation; `mutates` when the expression may change lists or maps, which needs a deep copy.
    pub(crate) fn new(scope: &'a Scope<'a>, mutates: bool) -> Self {
        let machine = Self {
            scope,
            steps: Cell::new(0),
            draws: Cell::new(0),
            root: RefCell::new(None),
            variables: RefCell::default(),
            items: RefCell::default(),
            trace: None,
        };
        if mutates {
            machine.root.replace(Some(machine.copy_root(true)));
        }
        machine
    }

    /// Tells the trace, if there is one, what a part gave.
    pub(crate) fn saw(&self, span: &std::ops::Range<usize>, value: &Value<'a>) {
        if let Some(trace) = &self.trace {
            trace.saw(self, span, value);
        }
    }

    /// Counts work; an error once there was too much of it.
    pub(crate) fn charge(&self, steps: u64) -> Result<()> {
        let total = self.steps.get().saturating_add(steps);
        self.steps.set(total);
        if total > MAX_STEPS {
            return Err(ExprError::limit("the expression takes too long: it was stopped after 2,000,000 steps"));
        }
        Ok(())
    }

    /// Now, in epoch milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.scope.now().unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    /// A number that looks random and is the same whenever the clock is.
    pub(crate) fn random_bits(&self) -> u64 {
        self.draws.set(self.draws.get() + 1);
        let clock = match self.scope.now() {
            Some(now) => now as u64,
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64,
        };
        // SplitMix64.
        let mut z = clock.wrapping_add((self.draws.get() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// The item of the innermost selection or projection, else the root: what arguments and indices are read from.
    pub(crate) fn item(&self) -> Value<'a> {
        self.items.borrow().last().cloned().unwrap_or(Value::Root)
    }

    /// Runs something with an item of a selection or projection in scope.
    pub(crate) fn within<T>(&self, item: &Value<'a>, run: impl FnOnce() -> Result<T>) -> Result<T> {
        self.items.borrow_mut().push(item.clone());
        let result = run();
        self.items.borrow_mut().pop();
        result
    }

    /// `#name = value`: Spring keeps it for the rest of the evaluation.
    pub(crate) fn set_variable(&self, name: &str, value: Value<'a>) {
        self.variables.borrow_mut().push((name.to_owned(), value));
    }

    /// A variable set before.
    pub(crate) fn variable(&self, name: &str) -> Option<Value<'a>> {
        self.variables.borrow().iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The root as a map of its own.
    pub(crate) fn root_map(&self) -> Value<'a> {
        if let Some(root) = self.root.borrow().as_ref() {
            return root.clone();
        }
        let root = self.copy_root(false);
        self.root.replace(Some(root.clone()));
        root
    }

    fn copy_root(&self, deep: bool) -> Value<'a> {
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for key in self.scope.keys() {
            let value = match self.scope.get(key).unwrap_or(Value::Null) {
                Value::JsonMap(map) if deep && key != "trigger" => Value::map(
                    MapClass::Linked,
                    map.iter().map(|(k, v)| (Value::text(k.as_str()), Value::copy_json(v))).collect(),
                ),
                Value::JsonList(items) if deep => Value::list(items.iter().map(Value::copy_json).collect()),
                other => other,
            };
            entries.push((Value::Text(Text::Borrowed(key)), value));
        }
        hash_order(&mut entries);
        Value::map(MapClass::Root, entries)
    }

    /// The value of a key of a map; `None` when it has no such key (fallbacks to ancestors' outputs count).
    pub(crate) fn get(&self, map: &Value<'a>, key: &Value<'a>) -> Result<Option<Value<'a>>> {
        match map {
            Value::JsonMap(map) => Ok(key.str().and_then(|key| map.get(key)).map(Value::from_json)),
            Value::Root => match self.root.borrow().as_ref() {
                Some(root) => self.get(root, key),
                None => Ok(key.str().and_then(|key| self.scope.get(key).or_else(|| self.scope.inherited(key)))),
            },
            Value::StageContext(execution, stage) => Ok(key.str().and_then(|key| {
                stage.context.get(key).map(Value::from_json).or_else(|| inherited(execution, stage, key))
            })),
            Value::Map(map) => {
                let found = find(self, &map.entries.borrow(), key)?;
                let value = found.map(|i| map.entries.borrow()[i].1.clone());
                Ok(match (value, map.class, key.str()) {
                    (None, MapClass::Root, Some(key)) => self.scope.inherited(key),
                    (value, ..) => value,
                })
            }
            _ => Ok(None),
        }
    }

    /// `Map.containsKey`: the map's own keys only.
    pub(crate) fn contains_key(&self, map: &Value<'a>, key: &Value<'a>) -> Result<bool> {
        Ok(match map {
            Value::JsonMap(map) => key.str().is_some_and(|key| map.contains_key(key)),
            Value::StageContext(_, stage) => key.str().is_some_and(|key| stage.context.contains_key(key)),
            Value::Root if self.root.borrow().is_none() => key.str().is_some_and(|key| self.scope.get(key).is_some()),
            Value::Root => return self.contains_key(&self.root_map(), key),
            Value::Map(map) => find(self, &map.entries.borrow(), key)?.is_some(),
            _ => false,
        })
    }

    /// A map's entries in Java's order.
    pub(crate) fn entries(&self, map: &Value<'a>) -> Vec<(Value<'a>, Value<'a>)> {
        let of_json = |map: &'a serde_json::Map<String, Json>| {
            map.iter().map(|(k, v)| (Value::Text(Text::Borrowed(k.as_str())), Value::from_json(v))).collect()
        };
        match map {
            Value::JsonMap(map) => of_json(map),
            Value::StageContext(_, stage) => of_json(&stage.context),
            Value::Root => self.entries(&self.root_map()),
            Value::Map(map) => map.entries.borrow().clone(),
            _ => Vec::new(),
        }
    }

    /// The keys a map has, for hints.
    pub(crate) fn key_names(&self, map: &Value<'a>) -> Vec<String> {
        match map {
            Value::Root => self.scope.known_names().into_iter().map(str::to_owned).collect(),
            other => self.entries(other).iter().filter_map(|(key, _)| key.str().map(str::to_owned)).collect(),
        }
    }
}

/// Where a key is.
pub(crate) fn find<'a>(
    machine: &Machine<'a>,
    entries: &[(Value<'a>, Value<'a>)],
    key: &Value<'a>,
) -> Result<Option<usize>> {
    machine.charge(entries.len() as u64 / 16)?;
    if let Some(key) = key.str() {
        return Ok(entries.iter().position(|(known, _)| known.str() == Some(key)));
    }
    for (i, (known, _)) in entries.iter().enumerate() {
        if super::operators::same(machine, known, key)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

/// Sorts entries with text keys as a `java.util.HashMap` of Java iterates over them.
pub(crate) fn hash_order(entries: &mut [(Value<'_>, Value<'_>)]) {
    let mut buckets = 16_u32;
    while entries.len() as u64 * 4 > u64::from(buckets) * 3 {
        buckets *= 2;
    }
    entries.sort_by_key(|(key, _)| {
        let hash = key.str().map_or(0, text_hash) as u32;
        (hash ^ hash >> 16) & (buckets - 1)
    });
}
