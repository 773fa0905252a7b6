//! The Jinja engine, bent to behave as Jinjava does: unknown values are errors where they are used, chains of missing
//! keys are not, values print as Java prints them. Every rendering is bounded in steps and in size.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value as Jinja};
use serde_json::Value;

use super::filters;
use super::java_text::java_text;
use super::tags::{self, KNOWN, MODULE, PIPELINE_ID};
use crate::model::Map;

/// Bytes of a template, and of what it may render to.
const LONGEST_TEMPLATE: usize = 1 << 20;
const LONGEST_RESULT: usize = 8 << 20;
/// Bytes of one value, and items of one list, on the way.
const LONGEST_VALUE: usize = 1 << 20;
const MOST_ITEMS: usize = 100_000;
/// Steps of one rendering.
const FUEL: u64 = 500_000;

/// What stands in a rendered text for what is still to be put there.
const MARK: (char, char) = ('\u{f8f0}', '\u{f8f1}');

/// What a template asks for while it is rendered; the answer is put in afterwards.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// `{% module id key=value %}`: the values of its variables in the caller's context, and the arguments, resolved
    /// and as written.
    Module { id: String, direct: Map, arguments: Map },
    /// `{% pipelineid %}` and `{% strategyid %}`.
    PipelineId { application: String, name: String, strategy: bool },
}

/// Why a text cannot be rendered.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Line in the template, from 1.
    pub(super) line: Option<usize>,
    /// What kind of mistake it is.
    pub(super) cause: Cause,
}

/// What a text that cannot be rendered lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This expression is unknown or null.
    Unknown(String),
    /// A function, filter or test of this name is not there.
    NoFunction(String),
    /// It uses a tag that Spinnaker's templates do not have.
    NoTag,
    /// Its syntax, a bound, or anything else.
    Other,
}

/// Why a text by itself cannot be rendered.
#[derive(Clone, Debug)]
pub struct Unrendered {
    /// The reason.
    pub message: String,
    /// Line of the text, from 1.
    pub line: Option<usize>,
    /// What it lacks.
    pub cause: Cause,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) if line > 1 => write!(f, "{} (line {line} of the text)", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

/// A rendered text and what is to be put into it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) requests: Vec<Request>,
}

impl Rendered {
    /// The text with every request answered.
    pub(super) fn fill<E>(&self, mut answer: impl FnMut(&Request) -> Result<String, E>) -> Result<String, E> {
        if self.requests.is_empty() {
            return Ok(self.text.trim().to_owned());
        }
        let mut out = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some((before, behind)) = rest.split_once(MARK.0) {
            out.push_str(before);
            let asked = behind.split_once(MARK.1).and_then(|(number, rest)| {
                let request = self.requests.get(number.parse::<usize>().ok()?)?;
                Some((request, rest))
            });
            match asked {
                Some((request, behind)) => {
                    out.push_str(&answer(request)?);
                    rest = behind;
                }
                None => rest = behind,
            }
        }
        out.push_str(rest);
        Ok(out.trim().to_owned())
    }
}

#[derive(Default)]
struct Progress {
    requests: Vec<Request>,
    /// Bytes of values printed so far.
    printed: usize,
    /// The expression that was unknown.
    unknown: Option<String>,
    /// Unknown values print as nothing.
    tolerant: bool,
}

/// A Jinja engine for one pipeline template.
pub(super) struct Engine {
    environment: Environment<'static>,
    progress: Arc<Mutex<Progress>>,
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// An engine that knows modules by the names of their variables.
    pub(super) fn new(modules: HashMap<String, Vec<String>>) -> Self {
        let progress = Arc::new(Mutex::new(Progress::default()));
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(50);
        environment.set_formatter(print);
        environment.set_unknown_method_callback(filters::method);
        filters::register(&mut environment);
        let shared = Arc::clone(&progress);
        environment.add_function(KNOWN, move |value: Jinja, source: String| known(&shared, value, source));
        let shared = Arc::clone(&progress);
        environment.add_function(MODULE, move |state: &State<'_, '_>, id: String, arguments: Jinja| {
            let names = modules.get(&id).map(Vec::as_slice).unwrap_or_default();
            ask(&shared, module_request(state, id, names, &arguments))
        });
        let shared = Arc::clone(&progress);
        environment.add_function(PIPELINE_ID, move |state: &State<'_, '_>, strategy: bool, arguments: Jinja| {
            ask(&shared, pipeline_request(state, strategy, &arguments))
        });
        Self { environment, progress }
    }

    /// Renders a text.
    pub(super) fn render(&self, text: &str, context: &Map) -> Result<Rendered, Failure> {
        if !is_jinja(text) {
            return Ok(Rendered { text: text.to_owned(), requests: Vec::new() });
        }
        if text.len() > LONGEST_TEMPLATE {
            let message = format!(
                "a template of {} KiB is too long, the limit is {} KiB",
                text.len() >> 10,
                LONGEST_TEMPLATE >> 10
            );
            return Err(Failure { message, line: None, cause: Cause::Other });
        }
        let rewritten = tags::rewrite(text).map_err(|rejected| refused(text, rejected))?;
        match self.attempt(&rewritten, context, false) {
            Err(_) if self.is_nullable(context) => self.attempt(&rewritten, context, true),
            result => result,
        }
    }

    fn attempt(&self, rewritten: &str, context: &Map, tolerant: bool) -> Result<Rendered, Failure> {
        *lock(&self.progress) = Progress { tolerant, ..Progress::default() };
        let mut out = Bounded::default();
        let template = self.environment.template_from_str(rewritten);
        let result = template.and_then(|template| template.render_captured_to(Serde(context), &mut out).map(drop));
        let mut progress = lock(&self.progress);
        match result {
            Ok(()) => {
                let text = String::from_utf8_lossy(&out.bytes).into_owned();
                Ok(Rendered { text, requests: std::mem::take(&mut progress.requests) })
            }
            Err(error) => Err(explain(&error, progress.unknown.as_deref(), out.full)),
        }
    }

    /// Whether the last failure is about a variable that may be null and is: Spinnaker then tolerates all of them.
    fn is_nullable(&self, context: &Map) -> bool {
        let progress = lock(&self.progress);
        let Some(unknown) = &progress.unknown else { return false };
        context.iter().filter(|(_, value)| value.is_null()).any(|(name, _)| {
            let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '+' | ':');
            unknown.find(name.as_str()).is_some_and(|at| unknown[..at].chars().all(plain))
        })
    }

    /// What is wrong with the syntax of a text.
    pub(super) fn check(&self, text: &str) -> Option<Failure> {
        if !is_jinja(text) {
            return None;
        }
        match tags::rewrite(text) {
            Err(rejected) => Some(refused(text, rejected)),
            Ok(rewritten) => {
                let error = self.environment.template_from_str(&rewritten).err()?;
                Some(explain(&error, None, false))
            }
        }
    }
}

fn refused(text: &str, (message, at): tags::Rejected) -> Failure {
    let line = text[..at.min(text.len())].matches('\n').count() + 1;
    let cause = if message.starts_with("the tag '") { Cause::NoTag } else { Cause::Other };
    Failure { message, line: Some(line), cause }
}

/// Whether a text holds any Jinja at all. `${#` begins an expression, not a comment.
#[must_use]
pub fn is_jinja(text: &str) -> bool {
    let comment = || text.match_indices("{#").any(|(at, _)| !text[..at].ends_with('$'));
    text.contains("{{") || text.contains("{%") || comment()
}

/// Renders a text by itself, with these variables.
///
/// # Errors
/// Why it cannot be rendered, and in which line.
pub fn render_text(text: &str, variables: &Map) -> Result<String, Unrendered> {
    let rendered = Engine::new(HashMap::new()).render(text, variables).map_err(|failure| {
        let Failure { message, line, cause } = failure;
        Unrendered { message, line, cause }
    })?;
    let filled = rendered.fill(|request| match request {
        Request::Module { id, .. } => Err(format!("there is no module '{id}'")),
        Request::PipelineId { name, .. } => Err(format!("there is no pipeline '{name}'")),
    });
    filled.map_err(|message| Unrendered { message, line: None, cause: Cause::Other })
}

fn explain(error: &Error, unknown: Option<&str>, full: bool) -> Failure {
    let mut message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let mut cause = Cause::Other;
    let missing = match error.kind() {
        ErrorKind::UnknownFunction => Some("function"),
        ErrorKind::UnknownFilter => Some("filter"),
        ErrorKind::UnknownTest => Some("test"),
        _ => None,
    };
    if full {
        message = format!("the result is larger than {} MiB", LONGEST_RESULT >> 20);
    } else if error.kind() == ErrorKind::OutOfFuel {
        message = "rendering takes too many steps; does a loop go over a huge list?".to_owned();
    } else if let Some(unknown) = unknown {
        message = format!("'{unknown}' is unknown or null");
        cause = Cause::Unknown(unknown.to_owned());
    } else if let Some(what) = missing {
        let name = message.strip_suffix(" is unknown").unwrap_or(&message);
        let name = name.strip_prefix(what).map_or(name, str::trim_start).to_owned();
        message = format!("there is no {what} '{name}'");
        cause = Cause::NoFunction(name);
    }
    Failure { message, line: error.line(), cause }
}

/// Lets a value through that is known, and small enough.
fn known(progress: &Mutex<Progress>, value: Jinja, source: String) -> Result<Jinja, Error> {
    let refuse = |what: &str| Error::new(ErrorKind::InvalidOperation, format!("'{source}' {what}"));
    if value.is_undefined() || value.is_none() {
        let mut progress = lock(progress);
        if progress.tolerant {
            return Ok(Jinja::from(()));
        }
        let message = format!("'{source}' is unknown or null");
        progress.unknown = Some(source);
        return Err(Error::new(ErrorKind::UndefinedError, message));
    }
    if let Some(text) = value.as_str() {
        let mut progress = lock(progress);
        progress.printed += text.len();
        if text.len() > LONGEST_VALUE || progress.printed > LONGEST_RESULT {
            return Err(refuse("makes the result too large"));
        }
    } else if value.len().is_some_and(|length| length > MOST_ITEMS) {
        return Err(refuse(&format!("has more than {MOST_ITEMS} items")));
    }
    Ok(value)
}

/// Prints as Java does.
fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Jinja) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(()),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            out.write_str(&java_text(&to_json(value))).map_err(Error::from)
        }
        _ => write!(out, "{value}").map_err(Error::from),
    }
}

/// A value of the engine as JSON; what has no form there is null.
pub(super) fn to_json(value: &Jinja) -> Value {
    if value.is_undefined() { Value::Null } else { serde_json::to_value(value).unwrap_or(Value::Null) }
}

fn ask(progress: &Mutex<Progress>, request: Request) -> Jinja {
    let mut progress = lock(progress);
    progress.requests.push(request);
    Jinja::from(format!("{}{}{}", MARK.0, progress.requests.len() - 1, MARK.1))
}

fn module_request(state: &State<'_, '_>, id: String, names: &[String], arguments: &Jinja) -> Request {
    let lookup = |name: &String| state.lookup(name).map(|value| (name.clone(), to_json(&value)));
    let direct = names.iter().filter_map(lookup).collect();
    let mut given = Map::new();
    for argument in arguments.try_iter().into_iter().flatten() {
        let part = |index: usize| argument.get_item_by_index(index).unwrap_or_default();
        let (key, written) = (part(0).to_string(), part(1).to_string());
        let value = match to_json(&part(2)) {
            Value::Null => Value::String(written),
            value => value,
        };
        given.insert(key, value);
    }
    Request::Module { id, direct, arguments: given }
}

fn pipeline_request(state: &State<'_, '_>, strategy: bool, arguments: &Jinja) -> Request {
    let text = |value: Option<Jinja>| value.and_then(|value| value.as_str().map(str::to_owned));
    // Both may be the names of variables.
    let resolved = |key: &str| {
        let given = text(arguments.get_attr(key).ok())?;
        Some(text(state.lookup(&given)).unwrap_or(given))
    };
    let application = resolved("application").or_else(|| text(state.lookup("application"))).unwrap_or_default();
    Request::PipelineId { application, name: resolved("name").unwrap_or_default(), strategy }
}

/// A buffer that is full at some time.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LONGEST_RESULT {
            self.full = true;
            return Err(io::Error::other("the result is too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
