//! Templates of schema 1 (Jinja), in the order Spinnaker transforms them (contract 1.5).

use std::sync::Arc;

use serde_json::Value;

use super::generate::{Parts, generate};
use super::inject::{inject, inject_own, ordered};
use super::load::{Loader, chain, template};
use super::merge::{by_id, by_name, deep, distinct};
use super::origin::{Finding, Origin};
use super::read::{Configuration, lists_word, object, schema_of, text};
use super::render::Renderer;
use super::stage::{Module, Partial, Stage};
use super::variables::{Variable, assign, merge_variables};
use super::{Inputs, Resolved, conditions, convert, inherit, loops, partials};
use crate::diagnostic::{Diagnostic, Document, Source};
use crate::model::Map;

/// A template and all its ancestors, merged.
pub(super) struct Template {
    pub(super) source: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) configuration: Map,
    pub(super) stages: Vec<Stage>,
    pub(super) modules: Vec<Module>,
    pub(super) partials: Vec<Partial>,
    pub(super) protect: bool,
    /// Where the last of them stands.
    origin: Origin,
}

/// The sections of `configuration` that are dropped unless the configuration says to inherit them.
const INHERITABLE: &[&str] = &["concurrentExecutions", "triggers", "parameters", "expectedArtifacts", "notifications"];

/// What the configuration of a pipeline says.
struct Given {
    pipeline: Map,
    configuration: Map,
    stages: Vec<Stage>,
    modules: Vec<Module>,
    partials: Vec<Partial>,
    application: String,
}

impl Given {
    fn of(configuration: &Configuration, inputs: &Inputs) -> Result<Self, Vec<Diagnostic>> {
        let one = |finding: Finding| vec![*finding];
        let (body, request, origin) = (&configuration.body, &configuration.request, &configuration.origin);
        let mut pipeline = object(body, "pipeline", origin).map_err(one)?;
        // What the stored pipeline says of itself wins.
        for (key, own) in [("id", "pipelineConfigId"), ("name", "name"), ("application", "application")] {
            if let Some(value) = request.get(key).filter(|value| value.is_string()) {
                pipeline.insert(own.into(), value.clone());
            }
        }
        let mut variables = object(&pipeline, "variables", &origin.key("pipeline")).map_err(one)?;
        variables.extend(inputs.variables.clone());
        pipeline.insert("variables".into(), Value::Object(variables));
        let mut sections = object(body, "configuration", origin).map_err(one)?;
        if let Some(Value::Array(notifications)) = request.get("notifications") {
            let own = sections.get("notifications").and_then(Value::as_array).cloned().unwrap_or_default();
            sections.insert("notifications".into(), own.into_iter().chain(notifications.clone()).collect());
        }
        let mut findings = Vec::new();
        let Some(application) = text(&pipeline, "application").map(str::to_owned) else {
            let help = "write pipeline: {application: NAME}";
            return Err(one(origin.key("pipeline").error("GNK0012", "the configuration names no 'application'", help)));
        };
        let stages = Stage::list(body.get("stages"), &origin.key("stages"), &mut findings);
        let modules = Module::list(body, origin).map_err(one)?;
        let partials = Partial::list(body, origin, &mut findings).map_err(one)?;
        if findings.is_empty() {
            Ok(Self { pipeline, configuration: sections, stages, modules, partials, application })
        } else {
            Err(findings)
        }
    }

    fn variables(&self) -> Map {
        self.pipeline.get("variables").and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

pub(super) fn resolve(
    configuration: Configuration,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Resolved, Vec<Diagnostic>> {
    let one = |finding: Finding| vec![*finding];
    let mut given = Given::of(&configuration, inputs)?;
    let mut template = find_template(&configuration, &given, inputs, loader)?;
    let mut findings = Vec::new();
    check_stages(&template, &given, &configuration.origin, &mut findings)?;
    let mut variables = given.variables();
    assign(&template.variables, &mut variables, &configuration.origin.key("pipeline"))?;
    given.pipeline.insert("variables".into(), Value::Object(variables));
    template.modules = by_id(template.modules, std::mem::take(&mut given.modules), |module| &module.id);
    template.partials = by_id(template.partials, std::mem::take(&mut given.partials), |partial| &partial.id);
    for section in INHERITABLE.iter().filter(|section| !lists_word(&given.configuration, "inherit", section)) {
        template.configuration.shift_remove(*section);
    }
    render(&mut template, &mut given, inputs, loader, &configuration.origin).map_err(one)?;
    graph(&mut template, std::mem::take(&mut given.stages)).map_err(one)?;
    inherit::apply(&mut template.stages).map_err(one)?;
    conditions::decide(&mut template.stages);
    conditions::trim(&mut template.stages);
    let pipeline = generate(&Parts {
        template: &template,
        request: &configuration.request,
        pipeline: &given.pipeline,
        configuration: &given.configuration,
        trigger: &inputs.trigger,
    });
    Ok(Resolved { pipeline, findings })
}

/// The template that the configuration names, merged with its ancestors.
fn find_template(
    configuration: &Configuration,
    given: &Given,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Template, Vec<Diagnostic>> {
    let one = |finding: Finding| vec![*finding];
    let origin = configuration.origin.key("pipeline").key("template").key("source");
    let source = given
        .pipeline
        .get("template")
        .and_then(|template| template.get("source").and_then(Value::as_str).or(template.as_str()).map(str::to_owned));
    let inline = configuration.request.get("template").filter(|inline| inline.get("stages").is_some());
    let mut named = None;
    let leaf = match (&inputs.template, inline, source) {
        (Some(template), ..) => template.clone(),
        (None, Some(inline), _) => {
            let place = configuration.origin.place.clone();
            (Arc::clone(&configuration.origin.source), Document { value: inline.clone(), place })
        }
        (None, None, Some(source)) => {
            // The source may depend on the trigger.
            let renderer = Renderer::new(&given.application, inputs.trigger.clone(), &[], &[], loader);
            let source = renderer.text(&source, &renderer.context(), &origin).map_err(one)?;
            let leaf = template(&source, &origin, loader)?;
            named = Some(source);
            leaf
        }
        (None, None, None) => return Ok(bare(given, &configuration.origin)),
    };
    let mut template = merged(chain(leaf, loader)?, given, inputs, loader)?;
    template.source = template.source.or(named);
    Ok(template)
}

/// A configuration without template stands for itself.
fn bare(given: &Given, origin: &Origin) -> Template {
    let variable = |(name, value): (String, Value)| {
        let declaration = Map::from_iter([("name".into(), name.into()), ("defaultValue".into(), value)]);
        Variable::of(declaration, origin.key("pipeline").key("variables")).ok()
    };
    Template {
        source: None,
        variables: given.variables().into_iter().filter_map(variable).collect(),
        configuration: Map::new(),
        stages: Vec::new(),
        modules: Vec::new(),
        partials: Vec::new(),
        protect: false,
        origin: origin.clone(),
    }
}

/// Merges templates, the root first.
fn merged(
    chain: Vec<(Arc<Source>, Document)>,
    given: &Given,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Template, Vec<Diagnostic>> {
    let one = |finding: Finding| vec![*finding];
    let mut variables = Vec::new();
    for (source, document) in &chain {
        let origin = Origin::new(source, document.place.clone());
        let schema = schema_of(&document.value);
        if schema != "1" {
            let title = format!("template schema version is unsupported: expected '1', got '{schema}'");
            return Err(one(origin.key("schema").error("GNK0092", title, "write schema: \"1\"")));
        }
        let own = Variable::list(document.value.get("variables"), &origin.key("variables")).map_err(one)?;
        variables = merge_variables(variables, own).map_err(one)?;
    }
    // The context of whole blocks of stages has the defaults as they are written; those that are Jinja are rendered
    // for everything that comes later.
    let declared = variables.clone();
    let early = Renderer::new(&given.application, inputs.trigger.clone(), &[], &declared, loader);
    let mut context = early.context();
    context.extend(given.variables());
    for variable in &mut variables {
        if let Value::String(text) = &variable.default {
            variable.default = early.value(text, &context, &variable.origin.key("defaultValue")).map_err(one)?;
        }
    }
    let (leaf, document) = chain.last().expect("a chain holds at least its leaf");
    let mut template = bare(given, &Origin::new(leaf, document.place.clone()));
    template.variables = variables;
    let mut findings = Vec::new();
    for (source, document) in &chain {
        let origin = Origin::new(source, document.place.clone());
        let Value::Object(map) = &document.value else { continue };
        let added = add(&mut template, map, &origin, &early, &context, &mut findings);
        added.map_err(one)?;
    }
    if findings.is_empty() { Ok(template) } else { Err(findings) }
}

/// Lays one template over what was merged so far.
fn add(
    merged: &mut Template,
    map: &Map,
    origin: &Origin,
    early: &Renderer<'_>,
    context: &Map,
    findings: &mut Vec<Diagnostic>,
) -> Result<(), Finding> {
    if let Some(source) = text(map, "source").filter(|source| !source.is_empty()) {
        merged.source = Some(match merged.source.take() {
            Some(before) => format!("{before},{source}"),
            None => source.to_owned(),
        });
    }
    merged.protect |= map.get("protect") == Some(&Value::Bool(true));
    let place = origin.key("stages");
    let rendered = match map.get("stages") {
        Some(Value::String(block)) => {
            let rendered = early.text(block, context, &place)?;
            let stages = convert::yaml(&rendered).map_err(|reason| {
                let title = format!("the block of stages does not render to YAML: {reason}");
                place.error("GNK0094", title, "it must render to a list of stages")
            })?;
            Some(stages)
        }
        other => other.cloned(),
    };
    let stages = Stage::list(rendered.as_ref(), &place, findings);
    merged.stages = by_id(std::mem::take(&mut merged.stages), stages, |stage| &stage.id);
    merged.modules = by_id(std::mem::take(&mut merged.modules), Module::list(map, origin)?, |module| &module.id);
    let partials = Partial::list(map, origin, findings)?;
    merged.partials = by_id(std::mem::take(&mut merged.partials), partials, |partial| &partial.id);
    merge_configuration(&mut merged.configuration, &object(map, "configuration", origin)?, &origin.key("configuration"))
}

fn merge_configuration(below: &mut Map, above: &Map, origin: &Origin) -> Result<(), Finding> {
    for (key, value) in above {
        let known = below.get(key).cloned().unwrap_or(Value::Null);
        let merged = match (key.as_str(), known, value) {
            (_, known, Value::Null) => known,
            ("concurrentExecutions", Value::Object(below), Value::Object(above)) => {
                Value::Object(deep(&below, above, &origin.key(key))?)
            }
            ("expectedArtifacts", Value::Array(below), Value::Array(above)) => {
                Value::Array(distinct(below, above.clone()))
            }
            (_, Value::Array(below), Value::Array(above)) => Value::Array(by_name(below, above.clone())),
            (_, _, value) => value.clone(),
        };
        below.insert(key.clone(), merged);
    }
    Ok(())
}

/// What a template and a configuration forbid each other.
fn check_stages(
    template: &Template,
    given: &Given,
    origin: &Origin,
    findings: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    if template.protect && !given.stages.is_empty() {
        let title = "the template is protected: its stages may not be added to, removed or changed";
        let help = "drop 'stages' from the configuration, or 'protect' from the template";
        return Err(vec![*origin.key("stages").error("GNK0096", title, help)]);
    }
    for stage in &given.stages {
        let replaces = template.stages.iter().any(|known| known.id == stage.id);
        if !template.stages.is_empty() && !replaces && stage.requisites.is_empty() && !stage.rule.is_some() {
            let title = format!("stage '{}' has neither dependsOn nor a rule of injection and is dropped", stage.id);
            let help = "write dependsOn, or inject: {first: true}, {last: true}, {before: […]} or {after: […]}";
            findings.push(stage.origin.warning("GNK0097", title, help));
        }
    }
    Ok(())
}

/// Renders stages, partials and the sections of the configuration.
fn render(
    template: &mut Template,
    given: &mut Given,
    inputs: &Inputs,
    loader: &dyn Loader,
    origin: &Origin,
) -> Result<(), Finding> {
    let (modules, variables) = (std::mem::take(&mut template.modules), std::mem::take(&mut template.variables));
    let mut renderer = Renderer::new(&given.application, inputs.trigger.clone(), &modules, &variables, loader);
    let mut context = renderer.context();
    context.extend(given.variables());
    render_sections(&renderer, &mut template.configuration, &context, &template.origin)?;
    render_sections(&renderer, &mut given.configuration, &context, origin)?;
    // Spinnaker has filled in the defaults of parameters before it looks at the template.
    let mut declared = Vec::new();
    for sections in [&template.configuration, &given.configuration] {
        let own = sections.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        declared = by_name(declared, own);
    }
    if !declared.is_empty() {
        let trigger = with_defaults(&renderer.trigger, &declared);
        context.insert("trigger".into(), Value::Object(trigger.clone()));
        renderer.trigger = trigger;
    }
    for stages in [&mut template.stages, &mut given.stages] {
        loops::expand(stages, &renderer, &context)?;
        for stage in stages.iter_mut().filter(|stage| stage.partial().is_none()) {
            render_stage(stage, &renderer, &context)?;
        }
    }
    for stages in [&mut template.stages, &mut given.stages] {
        partials::render(&mut template.partials, stages, &renderer, &context)?;
    }
    Ok(())
}

fn render_sections(renderer: &Renderer<'_>, sections: &mut Map, context: &Map, origin: &Origin) -> Result<(), Finding> {
    for key in ["parameters", "triggers", "notifications"] {
        if let Some(Value::Array(items)) = sections.get(key) {
            let rendered = renderer.entries(items, context, &origin.key("configuration").key(key))?;
            sections.insert(key.into(), Value::Array(rendered));
        }
    }
    Ok(())
}

/// The trigger with a value for every declared parameter.
fn with_defaults(trigger: &Map, declared: &[Value]) -> Map {
    let mut trigger = trigger.clone();
    let mut values = trigger.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    for parameter in declared {
        if let Some(name) = parameter.get("name").and_then(Value::as_str) {
            values.entry(name).or_insert_with(|| parameter.get("default").cloned().unwrap_or(Value::Null));
        }
    }
    trigger.insert("parameters".into(), Value::Object(values));
    trigger
}

/// Renders one stage, or those that its loop has made.
pub(super) fn render_stage(stage: &mut Stage, renderer: &Renderer<'_>, context: &Map) -> Result<(), Finding> {
    if stage.is_looping() {
        for looped in &mut stage.looped {
            let context = loops::context_of(looped, context);
            render_stage(looped, renderer, &context)?;
        }
        return Ok(());
    }
    let origin = stage.origin.key("config");
    stage.config = renderer.deep(&stage.config, context, &origin)?;
    if !stage.config.is_object() {
        let title = format!("the config of stage '{}' does not render to an object", stage.id);
        return Err(origin.error("GNK0095", title, "write an object, or a module that renders to one"));
    }
    stage.name = renderer.property(stage.shown_name(), context, &stage.origin.key("name"))?;
    let conditions = stage.when.iter().enumerate().map(|(index, condition)| {
        let rendered = renderer.property(condition, context, &stage.origin.key("when").index(index))?;
        Ok(rendered.unwrap_or_default())
    });
    stage.when = conditions.collect::<Result<_, Finding>>()?;
    Ok(())
}

/// Loops, partials, replaced stages and injected ones become one graph.
fn graph(template: &mut Template, mut given: Vec<Stage>) -> Result<(), Finding> {
    let alone = template.stages.is_empty();
    let stages = &mut template.stages;
    loops::splice(stages)?;
    partials::splice(&template.partials, stages)?;
    loops::splice(&mut given)?;
    let mut injected = Vec::new();
    for stage in given {
        match stages.iter().position(|known| known.id == stage.id) {
            Some(at) if !stage.rule.is_some() => stages[at] = stage,
            _ if stage.rule.is_some() => injected.push(stage),
            _ if !stage.requisites.is_empty() || alone => stages.push(stage),
            _ => {}
        }
    }
    let mut sorted = ordered(std::mem::take(stages))?;
    inject_own(&mut sorted)?;
    inject(injected, &mut sorted)?;
    partials::splice(&template.partials, &mut sorted)?;
    template.stages = sorted;
    Ok(())
}

/// Checks a template by itself: what does not need values for its variables.
pub(super) fn check(source: &Arc<Source>, document: &Document) -> Vec<Diagnostic> {
    let origin = Origin::new(source, document.place.clone());
    let Value::Object(map) = &document.value else {
        return vec![*origin.error("GNK0092", "a template is an object", "write schema, variables and stages")];
    };
    let mut findings = Vec::new();
    if let Err(finding) = Variable::list(map.get("variables"), &origin.key("variables")) {
        findings.push(*finding);
    }
    let stages = match map.get("stages") {
        Some(Value::String(_)) => Vec::new(),
        other => Stage::list(other, &origin.key("stages"), &mut findings),
    };
    let modules = Module::list(map, &origin).unwrap_or_else(|finding| {
        findings.push(*finding);
        Vec::new()
    });
    if let Err(finding) = Partial::list(map, &origin, &mut findings) {
        findings.push(*finding);
    }
    if text(map, "source").is_none() && !stages.iter().any(|stage| stage.rule.is_some()) {
        findings.extend(ordered(stages).err().map(|finding| *finding));
    }
    drop(modules);
    let engine = super::jinja::Engine::new(std::collections::HashMap::new());
    check_syntax(&document.value, &origin, &engine, &mut findings);
    findings
}

/// The syntax of every text.
fn check_syntax(value: &Value, origin: &Origin, engine: &super::jinja::Engine, findings: &mut Vec<Diagnostic>) {
    match value {
        Value::String(text) => {
            if let Some(failure) = engine.check(text) {
                let title = format!("the template cannot be read: {failure}");
                findings.push(*origin.error("GNK0094", title, "it is Jinja: {{ value }}, {% tag %}"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_syntax(item, &origin.index(index), engine, findings);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                check_syntax(item, &origin.key(key), engine, findings);
            }
        }
        _ => {}
    }
}
