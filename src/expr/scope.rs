//! What an expression sees: the root object of contract 6.4, read lazily from an execution and a stage.

use std::fmt;

use serde_json::Value as Json;

use crate::model::{Execution, ExecutionKind, Map, StageExecution};

use super::host::{Host, Nowhere};
use super::value::{MapClass, Value};

/// The root of an evaluation. Cheap to make: nothing is copied or computed until an expression asks for it.
pub struct Scope<'a> {
    source: Source<'a>,
    strict: bool,
    host: &'a dyn Host,
    now: Option<i64>,
}

enum Source<'a> {
    Document(Map),
    Execution(&'a Execution),
    Stage { execution: &'a Execution, stage: &'a StageExecution, context: &'a Map },
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("strict", &self.strict).field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Scope<'a> {
    /// A stage: its context, its ancestors' outputs, `execution`, `trigger`, `parameters`, `templateVariables`,
    /// `scmInfo`.
    #[must_use]
    pub fn of_stage(execution: &'a Execution, stage: &'a StageExecution) -> Self {
        Self::of_stage_with_context(execution, stage, &stage.context)
    }

    /// The same with another context than the stage's own.
    #[must_use]
    pub fn of_stage_with_context(execution: &'a Execution, stage: &'a StageExecution, context: &'a Map) -> Self {
        Self::new(Source::Stage { execution, stage, context })
    }

    /// A plain root: `{trigger, templateVariables}` at submission. `parameters` and `scmInfo` are derived from it.
    #[must_use]
    pub fn of_document(root: Map) -> Self {
        Self::new(Source::Document(root))
    }

    /// An execution without a stage: notifications.
    #[must_use]
    pub fn of_execution(execution: &'a Execution) -> Self {
        Self::new(Source::Execution(execution))
    }

    fn new(source: Source<'a>) -> Self {
        Self { source, strict: false, host: &Nowhere, now: None }
    }

    /// Makes unknown keys of maps an error, as at submission; otherwise they are null.
    #[must_use]
    pub fn unknown_keys_forbidden(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Gives functions a way outside.
    #[must_use]
    pub fn with_host(mut self, host: &'a dyn Host) -> Self {
        self.host = host;
        self
    }

    /// Sets the clock of `new Date()`, `Instant.now()` and their like, in epoch milliseconds; without it the
    /// system's clock is read. Random numbers and identifiers depend on it alone, so an evaluation can be repeated.
    #[must_use]
    pub fn at(mut self, now_millis: i64) -> Self {
        self.now = Some(now_millis);
        self
    }

    pub(crate) fn strict(&self) -> bool {
        self.strict
    }

    pub(crate) fn host(&self) -> &'a dyn Host {
        self.host
    }

    pub(crate) fn now(&self) -> Option<i64> {
        self.now
    }

    /// The stage being executed.
    pub(crate) fn stage(&self) -> Option<(&'a Execution, &'a StageExecution)> {
        match &self.source {
            Source::Stage { execution, stage, .. } => Some((execution, stage)),
            _ => None,
        }
    }

    fn execution(&self) -> Option<&'a Execution> {
        match &self.source {
            Source::Stage { execution, .. } | Source::Execution(execution) => Some(execution),
            Source::Document(_) => None,
        }
    }

    fn context(&self) -> Option<&Map> {
        match &self.source {
            Source::Document(root) => Some(root),
            Source::Stage { context, .. } => Some(context),
            Source::Execution(_) => None,
        }
    }

    /// The trigger as a map, where there is one.
    fn trigger(&self) -> Option<&Map> {
        match self.execution() {
            Some(execution) => Some(&execution.trigger),
            None => self.context()?.get("trigger")?.as_object(),
        }
    }

    /// A key of the root; `None` when the root has no such key.
    pub(crate) fn get(&self, key: &str) -> Option<Value<'_>> {
        match key {
            "parameters" => return Some(self.parameters()),
            "scmInfo" => return Some(self.scm_info()),
            _ => {}
        }
        if let Some(execution) = self.execution().filter(|execution| execution.kind == ExecutionKind::Pipeline) {
            match key {
                "execution" => return Some(Value::Execution(execution)),
                "trigger" => return Some(Value::JsonMap(&execution.trigger)),
                "templateVariables" => {
                    if let Some(variables) = &execution.template_variables {
                        return Some(Value::JsonMap(variables));
                    }
                }
                _ => {}
            }
        }
        self.context()?.get(key).map(Value::from_json)
    }

    /// An output of the nearest ancestor that has it.
    pub(crate) fn inherited(&self, key: &str) -> Option<Value<'_>> {
        let (execution, stage) = self.stage()?;
        inherited(execution, stage, key)
    }

    fn parameters(&self) -> Value<'_> {
        let given = self.trigger().and_then(|trigger| trigger.get("parameters")).and_then(Json::as_object);
        match given.filter(|parameters| !parameters.is_empty()) {
            Some(parameters) => Value::JsonMap(parameters),
            None => self
                .context()
                .and_then(|context| context.get("parameters"))
                .map_or_else(|| Value::map(MapClass::Empty, Vec::new()), Value::from_json),
        }
    }

    /// The first source that is neither `master` nor `develop`, else the first.
    fn scm_info(&self) -> Value<'_> {
        let of_build = |build: &'_ Json| build.get("scm").and_then(Json::as_array).is_some();
        let from_context = || self.context()?.get("buildInfo").filter(|build| of_build(build));
        let from_trigger = || {
            let trigger = self.trigger()?;
            let known = matches!(trigger.get("type")?.as_str()?, "jenkins" | "concourse");
            trigger.get("buildInfo").filter(|build| known && of_build(build))
        };
        let sources = from_context().or_else(from_trigger).and_then(|build| build.get("scm")?.as_array());
        let Some(sources) = sources else { return Value::Null };
        let is_main = |scm: &&Json| matches!(scm.get("branch").and_then(Json::as_str), Some("master" | "develop"));
        let chosen = sources.iter().find(|scm| !is_main(scm)).or_else(|| sources.first());
        chosen.and_then(Json::as_object).map_or(Value::Null, Value::SourceControl)
    }

    /// The names of the root's keys.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> =
            self.context().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default();
        let mut derived = vec!["scmInfo", "parameters"];
        if let Some(execution) = self.execution().filter(|execution| execution.kind == ExecutionKind::Pipeline) {
            derived.extend(["execution", "trigger"]);
            derived.extend(execution.template_variables.as_ref().map(|_| "templateVariables"));
        }
        for key in derived {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The root's keys and the outputs it inherits: what a mistyped key may have meant.
    pub(crate) fn known_names(&self) -> Vec<&str> {
        let mut names = self.keys();
        if let Some((execution, stage)) = self.stage() {
            let ancestors = execution.ancestors(stage);
            names.extend(ancestors.into_iter().flat_map(|ancestor| ancestor.outputs.keys().map(String::as_str)));
        }
        names
    }
}

/// An output of the stage, or of its nearest ancestor that has it.
pub(crate) fn inherited<'a>(execution: &'a Execution, stage: &StageExecution, key: &str) -> Option<Value<'a>> {
    // The stage counts as its own nearest ancestor.
    let own = execution.stage(&stage.id).and_then(|stage| stage.outputs.get(key));
    let found = own.or_else(|| execution.ancestors(stage).into_iter().find_map(|ancestor| ancestor.outputs.get(key)));
    found.map(Value::from_json)
}
