//! Deep rendering of schema 1: every text of a value, and again what it renders to, five levels deep.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::Value;

use super::convert::convert;
use super::java_text::java_text;
use super::jinja::{Cause, Engine, Failure, Request};
use super::load::Loader;
use super::modules;
use super::origin::{Finding, Origin};
use super::stage::Module;
use super::variables::Variable;
use crate::model::Map;

/// How often the result of a rendering may be rendered again.
const DEEPEST: usize = 5;
/// Modules inside of modules.
const DEEPEST_MODULES: usize = 20;
/// Texts one template may render, and the bytes of their results.
const MOST_TEXTS: usize = 100_000;
const MOST_BYTES: usize = 32 << 20;

/// Renders the texts of one pipeline.
pub(super) struct Renderer<'a> {
    pub(super) application: &'a str,
    pub(super) trigger: Map,
    pub(super) modules: &'a [Module],
    pub(super) variables: &'a [Variable],
    loader: &'a dyn Loader,
    engine: Engine,
    depth: Cell<usize>,
    texts: Cell<usize>,
    bytes: Cell<usize>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(
        application: &'a str,
        trigger: Map,
        modules: &'a [Module],
        variables: &'a [Variable],
        loader: &'a dyn Loader,
    ) -> Self {
        let names = |module: &Module| {
            let name = |variable: &Map| variable.get("name").and_then(Value::as_str).map(str::to_owned);
            (module.id.clone(), module.variables.iter().filter_map(name).collect())
        };
        let engine = Engine::new(modules.iter().map(names).collect::<HashMap<_, _>>());
        Self {
            application,
            trigger,
            modules,
            variables,
            loader,
            engine,
            depth: Cell::new(0),
            texts: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    /// What every text sees: the application, the trigger, and the defaults of the template's variables.
    pub(super) fn context(&self) -> Map {
        let mut context = Map::from_iter([
            ("application".to_owned(), self.application.into()),
            ("trigger".to_owned(), Value::Object(self.trigger.clone())),
        ]);
        for variable in self.variables.iter().filter(|variable| variable.nullable || !variable.default.is_null()) {
            context.insert(variable.name.clone(), variable.default.clone());
        }
        context
    }

    /// The rendered text, without white space around it.
    pub(super) fn text(&self, text: &str, context: &Map, origin: &Origin) -> Result<String, Finding> {
        self.texts.set(self.texts.get() + 1);
        let failed = |failure: Failure| {
            let help = match &failure.cause {
                Cause::Unknown(_) => {
                    "values come from the 'variables' of the template and of its configuration; \
                     'name|default(value)' is for what may be missing"
                }
                Cause::NoFunction(_) => "it is neither one of Jinja's nor one that Spinnaker adds",
                Cause::NoTag => "put the text in its place, or make it a module or a partial of the template",
                Cause::Other => "it is Jinja: {{ value }}, {% tag %}, {# comment #}",
            };
            origin.error("GNK0094", format!("the template cannot be rendered: {failure}"), help)
        };
        let rendered = self.engine.render(text, context).map_err(failed)?;
        let text = rendered.fill(|request| self.answer(request, origin))?;
        self.bytes.set(self.bytes.get() + text.len());
        if self.texts.get() > MOST_TEXTS || self.bytes.get() > MOST_BYTES {
            let title = format!("the template renders more than {MOST_TEXTS} texts or {} MiB", MOST_BYTES >> 20);
            return Err(origin.error("GNK0098", title, "do its loops go over huge lists?"));
        }
        Ok(text)
    }

    /// The value a text renders to.
    pub(super) fn value(&self, text: &str, context: &Map, origin: &Origin) -> Result<Value, Finding> {
        convert(self.text(text, context, origin)?).map_err(|reason| {
            let title = format!("the template renders to something that looks like a value, but is no YAML: {reason}");
            origin.error("GNK0094", title, "quote its texts; 'noexpand:' before it keeps it a text")
        })
    }

    /// A value with all its texts rendered.
    pub(super) fn deep(&self, value: &Value, context: &Map, origin: &Origin) -> Result<Value, Finding> {
        self.deep_at(value, context, origin, 0)
    }

    fn deep_at(&self, value: &Value, context: &Map, origin: &Origin, depth: usize) -> Result<Value, Finding> {
        if depth >= DEEPEST {
            let title = format!("what a template renders to may hold templates, but not {DEEPEST} levels deep");
            return Err(origin.error("GNK0098", title, "split it into smaller pieces with modules"));
        }
        match value {
            Value::String(text) => match self.value(text, context, origin)? {
                again @ (Value::Array(_) | Value::Object(_)) => self.deep_at(&again, context, origin, depth + 1),
                scalar => Ok(scalar),
            },
            Value::Array(items) => {
                let item =
                    |(index, item)| self.deep_at(item, context, &below(origin, depth, || origin.index(index)), depth);
                items.iter().enumerate().map(item).collect()
            }
            Value::Object(map) => {
                let mut rendered = Map::with_capacity(map.len());
                for (key, value) in map {
                    let origin = below(origin, depth, || origin.key(key));
                    let key = match self.deep_at(&Value::String(key.clone()), context, &origin, depth)? {
                        Value::String(key) => key,
                        other => java_text(&other),
                    };
                    rendered.insert(key, self.deep_at(value, context, &origin, depth)?);
                }
                Ok(Value::Object(rendered))
            }
            scalar => Ok(scalar.clone()),
        }
    }

    /// Renders a property of a stage: whatever it becomes is a text again, or nothing.
    pub(super) fn property(&self, text: &str, context: &Map, origin: &Origin) -> Result<Option<String>, Finding> {
        Ok(match self.deep(&Value::String(text.to_owned()), context, origin)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(java_text(&other)),
        })
    }

    /// Renders every value of the objects of a list.
    pub(super) fn entries(&self, items: &[Value], context: &Map, origin: &Origin) -> Result<Vec<Value>, Finding> {
        let entry = |(index, item): (usize, &Value)| {
            let origin = origin.index(index);
            let Value::Object(map) = item else { return Ok(item.clone()) };
            let rendered = map
                .iter()
                .map(|(key, value)| self.deep(value, context, &origin.key(key)).map(|value| (key.clone(), value)));
            rendered.collect::<Result<Map, Finding>>().map(Value::Object)
        };
        items.iter().enumerate().map(entry).collect()
    }

    fn answer(&self, request: &Request, origin: &Origin) -> Result<String, Finding> {
        match request {
            Request::Module { id, direct, arguments } => {
                let depth = self.depth.get();
                if depth >= DEEPEST_MODULES {
                    let title = format!("module '{id}' is called by itself, or {DEEPEST_MODULES} modules deep");
                    return Err(origin.error("GNK0098", title, "a module cannot contain itself"));
                }
                self.depth.set(depth + 1);
                let rendered = modules::render(self, id, direct, arguments, origin);
                self.depth.set(depth);
                rendered
            }
            Request::PipelineId { application, name, strategy } => {
                let noun = if *strategy { "strategy" } else { "pipeline" };
                self.loader.pipeline_id(application, name, *strategy).ok_or_else(|| {
                    let title = format!("there is no {noun} '{name}' in application '{application}'");
                    origin.error("GNK0094", title, "it is looked for by its name among the pipelines of the project")
                })
            }
        }
    }
}

/// Inside of what was rendered there is no place to point to but the text that rendered to it.
fn below(origin: &Origin, depth: usize, inner: impl FnOnce() -> Origin) -> Origin {
    if depth == 0 { inner() } else { origin.clone() }
}
