//! Dinghyfiles (Armory): pipelines as Go templates of JSON, put together from modules.

use std::sync::Arc;

use serde_json::Value;

use super::Loader;
use super::go_eval::{Functions, Machine};
use super::go_functions::{call, show};
use super::go_parse::parse;
use super::origin::Origin;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::model::Map;
use crate::pipeline::derived_id;

/// Modules inside of modules, and all of one dinghyfile.
const DEEPEST: usize = 30;
const MOST_MODULES: usize = 2_000;
/// Bytes of all modules' results together.
const MOST_BYTES: usize = 32 << 20;

/// What only dinghyfiles and their modules call.
const CALLS: &[&str] = &["module", "local_module", "appModule", "var", "pipelineID"];

/// Whether a text is a dinghyfile or a module of one.
#[must_use]
pub fn is_dinghyfile(source: &Source) -> bool {
    let name = source.name.rsplit('/').next().unwrap_or_default();
    let named = name.eq_ignore_ascii_case("dinghyfile") || name.ends_with(".dinghyfile") || name.ends_with(".module");
    let calls = source.text.match_indices("{{").any(|(at, _)| {
        let action = source.text[at + 2..].trim_start_matches(['-', '(']).trim_start();
        CALLS.iter().any(|call| action.strip_prefix(call).is_some_and(|rest| rest.trim_start().starts_with('"')))
    });
    calls || (named && source.text.contains("{{"))
}

/// What a dinghyfile is rendered with.
#[derive(Clone, Debug, Default)]
pub struct Dinghyfile {
    /// Variables that win over its `globals`.
    pub variables: Map,
    /// What actions see as `.`: `Org`, `Repo`, `Path`, `Branch`, `RawData`.
    pub data: Map,
}

impl Dinghyfile {
    /// Renders a dinghyfile and its modules to JSON text.
    ///
    /// # Errors
    /// What is wrong, at its place in the dinghyfile or in a module.
    pub fn render(&self, source: &Arc<Source>, loader: &dyn Loader) -> Result<Source, Vec<Diagnostic>> {
        let mut data = self.data.clone();
        for key in ["Org", "Repo", "Branch"] {
            data.entry(key).or_insert_with(|| "".into());
        }
        data.entry("Path").or_insert_with(|| source.name.clone().into());
        data.entry("RawData").or_insert_with(|| Value::Object(Map::new()));
        let mut shared = Shared { loader, data: Value::Object(data), modules: 0, bytes: 0, ids: 0, failed: None };
        let globals = shared.globals(source)?;
        let mut scopes = vec![self.variables.clone(), globals];
        scopes.retain(|scope| !scope.is_empty());
        let text = shared.render(source, &scopes, 0)?;
        Ok(Source::new(format!("{} (rendered)", source.name), text))
    }
}

/// What a dinghyfile and all its modules share.
struct Shared<'a> {
    loader: &'a dyn Loader,
    data: Value,
    modules: usize,
    bytes: usize,
    /// How many ids were made up.
    ids: usize,
    /// What is wrong in a module, with its own place.
    failed: Option<Vec<Diagnostic>>,
}

impl Shared<'_> {
    fn render(&mut self, source: &Arc<Source>, scopes: &[Map], depth: usize) -> Result<String, Vec<Diagnostic>> {
        let wrong = |(message, at): (String, usize)| {
            let mark = at..(at + 2).min(source.text.len());
            let help = match message.starts_with("module '") && message.contains("is not there") {
                true => "render it in a copy of its repository, or put the module into modules/ of the project",
                false => "it is a Go template of JSON; 'gennaker explain GNK0099' tells what it may call",
            };
            let finding = Diagnostic::error("GNK0099", format!("'{}' cannot be rendered: {message}", source.name));
            vec![finding.help(help).at(source, Place::file(mark))]
        };
        let nodes = parse(&source.text).map_err(wrong)?;
        let data = self.data.clone();
        let mut calls = Calls { shared: self, source, scopes, depth };
        let mut machine = Machine::new(&mut calls, data);
        let result = machine.nodes(&nodes);
        let text = std::mem::take(&mut machine.out);
        match (result, self.failed.take()) {
            (Ok(()), _) => Ok(text),
            (Err(_), Some(inner)) => Err(inner),
            (Err(failed), None) => Err(wrong(failed)),
        }
    }

    /// `globals` of a dinghyfile, read with every call blanked out.
    fn globals(&mut self, source: &Arc<Source>) -> Result<Map, Vec<Diagnostic>> {
        let blank = parse(&source.text).ok().and_then(|nodes| {
            let mut blank = Blank;
            let mut machine = Machine::new(&mut blank, self.data.clone());
            machine.nodes(&nodes).ok()?;
            serde_json::from_str::<Value>(&machine.out).ok()
        });
        let globals = match blank {
            Some(document) => document.get("globals").cloned(),
            None => written_globals(&source.text),
        };
        match globals {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(globals)) => Ok(globals),
            Some(_) => {
                let origin = Origin::new(source, Place::file(0..0));
                Err(vec![*origin.error("GNK0099", "'globals' of a dinghyfile is no object", "write {\"name\": value}")])
            }
        }
    }
}

/// The object behind `"globals":` in a text that is no JSON as a whole.
fn written_globals(text: &str) -> Option<Value> {
    let at = text.find("\"globals\"")?;
    let behind = text[at + "\"globals\"".len()..].trim_start().strip_prefix(':')?;
    serde_json::Deserializer::from_str(behind).into_iter::<Value>().next()?.ok()
}

/// Every call answers with something that is JSON.
struct Blank;

impl Functions for Blank {
    fn call(&mut self, name: &str, arguments: Vec<Value>) -> Option<Result<Value, String>> {
        Some(Ok(match name {
            "module" | "local_module" => r#"{ "a": "b" }"#.into(),
            "appModule" => r#""a": "b""#.into(),
            "var" | "pipelineID" | "uuidv4" => "1".into(),
            _ => return call(name, &arguments),
        }))
    }
}

/// The functions of one file.
struct Calls<'c, 'a> {
    shared: &'c mut Shared<'a>,
    source: &'c Arc<Source>,
    /// Variables, the innermost first.
    scopes: &'c [Map],
    depth: usize,
}

impl Functions for Calls<'_, '_> {
    fn call(&mut self, name: &str, arguments: Vec<Value>) -> Option<Result<Value, String>> {
        Some(match name {
            "module" | "appModule" => self.module(&arguments, false),
            "local_module" => self.module(&arguments, true),
            "var" => Ok(self.variable(&arguments)),
            "pipelineID" => self.pipeline_id(&arguments),
            "uuidv4" => {
                self.shared.ids += 1;
                // Dinghy draws it at random; here the same file gives the same id.
                Ok(derived_id(&self.source.name, &self.shared.ids.to_string()).into())
            }
            "env" | "expandenv" | "getHostByName" | "now" | "randAlphaNum" => {
                Err(format!("'{name}' is not available: what a dinghyfile renders to depends on nothing around it"))
            }
            _ => return call(name, &arguments),
        })
    }
}

impl Calls<'_, '_> {
    fn find(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().find_map(|scope| scope.get(name))
    }

    /// `var "name" ?: default`; a default `@other` is another variable.
    fn variable(&self, arguments: &[Value]) -> Value {
        let name = arguments.first().map(show).unwrap_or_default();
        if let Some(value) = self.find(&name) {
            return written(value);
        }
        let Some(default) = arguments.get(1) else { return "".into() };
        let other = default.as_str().and_then(|text| text.strip_prefix('@')).and_then(|other| self.find(other));
        other.map_or_else(|| default.clone(), written)
    }

    fn module(&mut self, arguments: &[Value], local: bool) -> Result<Value, String> {
        let Some((Value::String(path), rest)) = arguments.split_first() else {
            return Err("a module is named by a text".to_owned());
        };
        self.shared.modules += 1;
        if self.depth >= DEEPEST || self.shared.modules > MOST_MODULES {
            return Err(format!("module '{path}' contains itself, or there are too many"));
        }
        let mut variables = Map::new();
        for pair in rest.chunks(2) {
            let [key, value] = pair else { continue };
            let Value::String(key) = key else { return Err(format!("the variables of module '{path}' have no names")) };
            variables.insert(key.clone(), self.read(value));
        }
        let loaded = self.shared.loader.module(path, local, &self.source.name);
        let source = Arc::new(loaded.map_err(|why| format!("module '{path}' {why}"))?);
        let scopes: Vec<Map> = std::iter::once(variables).chain(self.scopes.iter().cloned()).collect();
        match self.shared.render(&source, &scopes, self.depth + 1) {
            Ok(text) => {
                self.shared.bytes += text.len();
                if self.shared.bytes > MOST_BYTES {
                    return Err(format!("the modules make more than {} MiB", MOST_BYTES >> 20));
                }
                Ok(text.into())
            }
            Err(findings) => {
                self.shared.failed = Some(findings);
                Err(format!("module '{path}' cannot be rendered"))
            }
        }
    }

    /// A variable's value: JSON in a text is that JSON, `{{var name}}` in a text is that variable.
    fn read(&self, value: &Value) -> Value {
        let Some(text) = value.as_str() else { return value.clone() };
        let deep = text.strip_prefix("{{var").and_then(|rest| rest.strip_suffix("}}"));
        if let Some(found) = deep.and_then(|name| self.find(name.trim().trim_matches('"'))) {
            return found.clone();
        }
        if text.starts_with(['{', '[']) {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        } else {
            value.clone()
        }
    }

    fn pipeline_id(&self, arguments: &[Value]) -> Result<Value, String> {
        let given = |variable: &str, at: usize| {
            self.find(variable).map(show).or_else(|| arguments.get(at).map(show)).unwrap_or_default()
        };
        let (application, name) = (given("triggerApp", 0), given("triggerPipeline", 1));
        let id = self.shared.loader.pipeline_id(&application, &name, false);
        // Dinghy makes pipelines that are not there yet; their ids here come from their names.
        Ok(id.unwrap_or_else(|| derived_id(&application, &name)).into())
    }
}

/// A variable as it is put into the text: lists and objects as JSON.
fn written(value: &Value) -> Value {
    if value.is_array() || value.is_object() { value.to_string().into() } else { value.clone() }
}
