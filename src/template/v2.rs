//! Templates of schema v2: an ordinary pipeline whose expressions read `templateVariables`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::inject::{Node, Rule, inject, inject_own, ordered};
use super::load::{Loader, template};
use super::merge::distinct;
use super::origin::{Finding, Origin};
use super::read::{Configuration, list, lists_word, object, schema_of, text};
use super::refs::Refs;
use super::variables::{Variable, assign};
use super::{Inputs, Resolved};
use crate::diagnostic::{Diagnostic, Document, Source};
use crate::expr::{Level, Scope, evaluate};
use crate::model::Map;

/// A stage: an ordinary one that may carry a rule of injection.
struct Stage {
    id: String,
    requisites: Refs,
    rule: Rule,
    map: Map,
    origin: Origin,
}

impl Node for Stage {
    fn id(&self) -> &str {
        &self.id
    }
    fn requisites(&self) -> &Refs {
        &self.requisites
    }
    fn requisites_mut(&mut self) -> &mut Refs {
        &mut self.requisites
    }
    fn rule(&self) -> &Rule {
        &self.rule
    }
    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Stage {
    fn list(values: &[Value], origin: &Origin) -> Result<Vec<Self>, Finding> {
        values.iter().enumerate().map(|(index, value)| Self::of(value, origin.index(index))).collect()
    }

    fn of(value: &Value, origin: Origin) -> Result<Self, Finding> {
        let Value::Object(map) = value else {
            return Err(origin.error("GNK0095", "a stage of a template is an object", "write the stage's keys"));
        };
        let id = match map.get("refId") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(origin.error("GNK0095", "a stage of a template has no refId", "give it a 'refId'")),
        };
        let requisites = list(map, "requisiteStageRefIds", &origin)?;
        let requisite = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Self {
            id,
            requisites: Refs::hashed(requisites.into_iter().map(requisite)),
            rule: Rule::of(map.get("inject")),
            map: map.clone(),
            origin,
        })
    }

    /// The stage of the resolved pipeline; its rule has done its work.
    fn into_value(mut self) -> Value {
        self.map.shift_remove("inject");
        self.map.insert("refId".into(), self.id.into());
        self.map.insert("requisiteStageRefIds".into(), self.requisites.to_value());
        Value::Object(self.map)
    }
}

/// A template as read.
struct Template {
    pipeline: Map,
    variables: Vec<Variable>,
    protect: bool,
    origin: Origin,
}

impl Template {
    fn of(source: &Arc<Source>, document: &Document) -> Result<Self, Finding> {
        let origin = Origin::new(source, document.place.clone());
        let schema = schema_of(&document.value);
        if schema != "v2" {
            let title = format!("template schema version is unsupported: expected 'v2', got '{schema}'");
            return Err(origin.key("schema").error("GNK0092", title, "write schema: v2"));
        }
        let Value::Object(map) = &document.value else {
            return Err(origin.error("GNK0092", "a template is an object", "write schema, variables and pipeline"));
        };
        Ok(Self {
            pipeline: object(map, "pipeline", &origin)?,
            variables: Variable::list(map.get("variables"), &origin.key("variables"))?,
            protect: map.get("protect") == Some(&Value::Bool(true)),
            origin,
        })
    }
}

pub(super) fn resolve(
    configuration: &Configuration,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Resolved, Vec<Diagnostic>> {
    let one = |finding: Finding| vec![*finding];
    let (body, origin) = (&configuration.body, &configuration.origin);
    let Some(application) = text(body, "application").map(str::to_owned) else {
        return Err(one(origin.error(
            "GNK0012",
            "the configuration names no 'application'",
            "add 'application: NAME'",
        )));
    };
    let mut given = object(body, "variables", origin).map_err(one)?;
    given.extend(inputs.variables.clone());
    let mut template = find_template(configuration, &application, inputs, loader)?;
    let stages = list(body, "stages", origin).map_err(one)?;
    if template.protect && !stages.is_empty() {
        let title = "the template is protected: its stages may not be added to, removed or changed";
        let help = "drop 'stages' from the configuration, or 'protect' from the template";
        return Err(one(origin.key("stages").error("GNK0096", title, help)));
    }
    let mut findings = Vec::new();
    let context = context(&template, &given, &application, &inputs.trigger);
    let rendered = template.variables.iter().map(|variable| evaluate_variable(variable, &context, &mut findings));
    template.variables = rendered.collect::<Result<_, _>>().map_err(one)?;
    for name in given.keys().filter(|name| template.variables.iter().all(|variable| variable.name != **name)) {
        let title = format!("the template declares no variable '{name}'; its value is dropped");
        let declared = template.variables.iter().map(|variable| variable.name.as_str());
        let help = match crate::diagnostic::nearest(name, declared) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "remove it, or declare it in the template".to_owned(),
        };
        findings.push(origin.key("variables").key(name).warning("GNK0093", title, help));
    }
    given.retain(|name, _| template.variables.iter().any(|variable| variable.name == *name));
    assign(&template.variables, &mut given, origin)?;
    let stages = graph(&template, &stages, origin, &mut findings).map_err(one)?;
    let pipeline = generate(template, configuration, application, given, stages, inputs).map_err(one)?;
    Ok(Resolved { pipeline, findings })
}

/// The template the configuration names, or an empty one that declares what the configuration gives.
fn find_template(
    configuration: &Configuration,
    application: &str,
    inputs: &Inputs,
    loader: &dyn Loader,
) -> Result<Template, Vec<Diagnostic>> {
    let one = |finding: Finding| vec![*finding];
    if let Some((source, document)) = &inputs.template {
        return Template::of(source, document).map_err(one);
    }
    let origin = configuration.origin.key("template");
    let artifact = match configuration.body.get("template") {
        None | Some(Value::Null) => {
            let variables = object(&configuration.body, "variables", &configuration.origin).map_err(one)?;
            let variable = |(name, value): (&String, &Value)| {
                Variable::of(
                    Map::from_iter([("name".into(), name.clone().into()), ("defaultValue".into(), value.clone())]),
                    origin.clone(),
                )
            };
            let variables = variables.iter().map(variable).collect::<Result<_, _>>().map_err(one)?;
            return Ok(Template { pipeline: Map::new(), variables, protect: false, origin });
        }
        Some(Value::Object(inline)) if inline.contains_key("pipeline") => {
            let document = Document { value: Value::Object(inline.clone()), place: origin.place.clone() };
            return Template::of(&origin.source, &document).map_err(one);
        }
        Some(artifact) => artifact,
    };
    let root = Map::from_iter([
        ("application".to_owned(), application.into()),
        ("trigger".to_owned(), Value::Object(inputs.trigger.clone())),
    ]);
    let artifact = evaluate(artifact, &Scope::of_document(root)).value;
    let Some(reference) = artifact.get("reference").and_then(Value::as_str).or(artifact.as_str()) else {
        let help = "write template: {type: front50/pipelineTemplate, reference: 'spinnaker://ID'}";
        return Err(one(origin.error("GNK0090", "the template artifact has no 'reference'", help)));
    };
    let (source, document) = template(reference, &origin.key("reference"), loader)?;
    Template::of(&source, &document).map_err(one)
}

/// What the expressions of variable declarations see.
fn context(template: &Template, given: &Map, application: &str, trigger: &Map) -> Map {
    let mut context = Map::from_iter([
        ("application".to_owned(), application.into()),
        ("trigger".to_owned(), Value::Object(trigger.clone())),
    ]);
    for variable in template.variables.iter().filter(|variable| variable.nullable || !variable.default.is_null()) {
        context.insert(variable.name.clone(), variable.default.clone());
    }
    context.extend(given.clone());
    context
}

fn evaluate_variable(variable: &Variable, context: &Map, findings: &mut Vec<Diagnostic>) -> Result<Variable, Finding> {
    if variable.nullable && variable.default.is_null() {
        return Ok(variable.clone());
    }
    let declaration = Value::Object(variable.declaration.clone());
    let evaluated = evaluate(&declaration, &Scope::of_document(context.clone()));
    for failure in evaluated.failures.iter().filter(|failure| failure.level == Level::Error) {
        let title = format!("the declaration of '{}' cannot be evaluated: {}", variable.name, failure.description);
        findings.push(variable.origin.warning("GNK0040", title, "the text stays as it is"));
    }
    match evaluated.value {
        Value::Object(declaration) => Variable::of(declaration, variable.origin.clone()),
        _ => Ok(variable.clone()),
    }
}

fn graph(
    template: &Template,
    from_configuration: &[Value],
    configuration: &Origin,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Stage>, Finding> {
    let pipeline_origin = template.origin.key("pipeline");
    let mut stages =
        Stage::list(&list(&template.pipeline, "stages", &pipeline_origin)?, &pipeline_origin.key("stages"))?;
    let origin = configuration.key("stages");
    let mut injected = Vec::new();
    for stage in Stage::list(from_configuration, &origin)? {
        if let Some(at) = stages.iter().position(|known| known.id == stage.id) {
            if !stage.rule.is_some() {
                stages[at] = stage;
                continue;
            }
        }
        if stage.rule.is_some() {
            injected.push(stage);
        } else if !stage.requisites.is_empty() || template.pipeline.is_empty() {
            stages.push(stage);
        } else {
            let title = format!("stage '{}' has neither requisites nor a rule of injection and is dropped", stage.id);
            let help =
                "write requisiteStageRefIds, or inject: {first: true}, {last: true}, {before: […]} or {after: […]}";
            findings.push(stage.origin.warning("GNK0097", title, help));
        }
    }
    let mut stages = ordered(stages)?;
    inject_own(&mut stages)?;
    inject(injected, &mut stages)?;
    Ok(stages)
}

fn generate(
    template: Template,
    configuration: &Configuration,
    application: String,
    variables: Map,
    stages: Vec<Stage>,
    inputs: &Inputs,
) -> Result<Map, Finding> {
    let (body, request, origin) = (&configuration.body, &configuration.request, &configuration.origin);
    let mut pipeline = template.pipeline;
    let id = text(request, "id").or_else(|| text(body, "pipelineConfigId")).or_else(|| text(body, "id"));
    match id {
        Some(id) => drop(pipeline.insert("id".into(), id.into())),
        None => drop(pipeline.shift_remove("id")),
    }
    pipeline.insert("application".into(), application.into());
    pipeline.insert("name".into(), text(body, "name").unwrap_or("Unnamed Execution").into());
    for (key, default) in [
        ("limitConcurrent", json!(true)),
        ("maxConcurrentExecutions", json!(0)),
        ("keepWaitingPipelines", json!(false)),
    ] {
        let wanted = request.get(key).cloned().unwrap_or(default);
        pipeline.entry(key).or_insert(wanted);
    }
    for (section, own_key, key) in [
        ("notifications", "notifications", "notifications"),
        ("parameters", "parameters", "parameterConfig"),
        ("triggers", "triggers", "triggers"),
    ] {
        let own = list(body, own_key, origin)?;
        let inherited = match lists_word(body, "exclude", section) {
            true => Vec::new(),
            false => inherited(list(&pipeline, key, &template.origin.key("pipeline"))?),
        };
        pipeline.insert(key.into(), Value::Array(distinct(inherited, own)));
    }
    let artifacts = list(&pipeline, "expectedArtifacts", &template.origin.key("pipeline"))?;
    let artifacts = distinct(artifacts, list(body, "expectedArtifacts", origin)?);
    pipeline.insert("expectedArtifacts".into(), Value::Array(artifacts));
    for key in ["spelEvaluator", "description"] {
        if let Some(value) = body.get(key) {
            pipeline.entry(key).or_insert_with(|| value.clone());
        }
    }
    pipeline.insert("templateVariables".into(), Value::Object(variables));
    pipeline.insert("stages".into(), stages.into_iter().map(Stage::into_value).collect());
    if !inputs.trigger.is_empty() {
        pipeline.insert("trigger".into(), Value::Object(inputs.trigger.clone()));
    }
    Ok(pipeline)
}

/// The template's items, marked as such.
fn inherited(items: Vec<Value>) -> Vec<Value> {
    let mark = |mut item: Value| {
        if let Value::Object(map) = &mut item {
            map.insert("inherited".into(), true.into());
        }
        item
    };
    items.into_iter().map(mark).collect()
}

/// Checks a template by itself.
pub(super) fn check(source: &Arc<Source>, document: &Document) -> Vec<Diagnostic> {
    let template = match Template::of(source, document) {
        Ok(template) => template,
        Err(finding) => return vec![*finding],
    };
    let mut findings = Vec::new();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for variable in template.variables.iter().filter(|variable| !variable.name.chars().all(is_word)) {
        let title = format!("'{}' is no name for a template variable", variable.name);
        findings.push(*variable.origin.key("name").error("GNK0093", title, "use letters, digits and '_' only"));
    }
    if let Some(name) = document.value.pointer("/metadata/name").and_then(Value::as_str)
        && !name.chars().all(|c| c.is_ascii_alphanumeric() || c.is_whitespace() || "[\\]^_`-&".contains(c))
    {
        let origin = template.origin.key("metadata").key("name");
        findings.push(*origin.error(
            "GNK0092",
            format!("'{name}' is no name for a template"),
            "use letters, digits and '-'",
        ));
    }
    let origin = template.origin.key("pipeline");
    if template.pipeline.is_empty() {
        findings.push(*origin.error("GNK0092", "the template has no 'pipeline'", "write the pipeline it makes"));
    }
    let graph = list(&template.pipeline, "stages", &origin)
        .and_then(|stages| Stage::list(&stages, &origin.key("stages")))
        .and_then(ordered);
    findings.extend(graph.err().map(|finding| *finding));
    findings
}
