//! From a text to its pipelines: a file may hold one, a list of them, an application's export, or several documents.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::document::{Pipeline, StageDefinition, derived_id};
use super::header::{Reader, describe};
use super::kind::{DocumentKind, classify, not_a_pipeline};
use super::sugar;
use super::tidy::of_resource;
use crate::diagnostic::{Diagnostic, Document, Place, Severity, Source, read_documents};
use crate::model::{Map, StageCatalogue};

/// A list with more items that are no pipelines is given up.
const MOST_STRANGERS: usize = 20;

/// What a pipeline document cannot say itself.
#[derive(Clone, Copy, Default)]
pub struct ParseOptions<'a> {
    /// The application of pipelines that name none.
    pub application: Option<&'a str>,
    /// The stage types, for durations in their fields; without it only the common fields are known.
    pub catalogue: Option<&'a dyn StageCatalogue>,
    /// What makes pipelines of templates; without it they are only named.
    pub templates: Option<&'a dyn Templates>,
    /// The text was found in a folder and not named by a person: what has nothing to do with pipelines is passed over.
    pub found: bool,
}

/// Makes pipelines of what only becomes one.
pub trait Templates {
    /// The text that a whole template of text, such as a dinghyfile, renders to; `None` when it is none.
    fn render(&self, source: &Arc<Source>) -> Option<Result<Source, Vec<Diagnostic>>>;

    /// The pipeline document that the configuration of a templated pipeline means, with warnings.
    ///
    /// # Errors
    /// What is wrong with it or its templates.
    fn resolve(&self, source: &Arc<Source>, document: &Document) -> Result<(Map, Vec<Diagnostic>), Vec<Diagnostic>>;

    /// What is wrong with a template by itself.
    fn check(&self, source: &Arc<Source>, document: &Document) -> Vec<Diagnostic>;
}

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Its pipelines, as far as they can be read.
    pub pipelines: Vec<Pipeline>,
    /// Documents that are something else that Spinnaker knows, with what they are.
    pub others: Vec<(DocumentKind, Document)>,
    /// What is wrong with them; `validate` finds the rest.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text. Errors do not end it: what can be read is returned beside them.
#[must_use]
pub fn parse(source: &Arc<Source>, options: &ParseOptions<'_>) -> Parsed {
    match options.templates.and_then(|templates| templates.render(source)) {
        Some(Ok(rendered)) => {
            let mut parsed = parse_plain(&Arc::new(rendered), options);
            parsed.pipelines.iter_mut().for_each(|pipeline| pipeline.origin.clone_from(&source.name));
            if parsed.pipelines.is_empty() && is_module(source) { module(source, options) } else { parsed }
        }
        Some(Err(_)) if options.found && is_module(source) => module(source, options),
        Some(Err(diagnostics)) => Parsed { diagnostics, ..Parsed::default() },
        None => parse_plain(source, options),
    }
}

/// Whether a text with the marks of a dinghyfile is only a part of one.
fn is_module(source: &Source) -> bool {
    let name = source.name.rsplit('/').next().unwrap_or_default();
    !name.to_ascii_lowercase().contains("dinghyfile")
}

/// What a module of dinghyfiles is by itself: no pipeline.
fn module(source: &Arc<Source>, options: &ParseOptions<'_>) -> Parsed {
    let title = format!("'{}' is a module of dinghyfiles, not a pipeline", source.name);
    let finding = Diagnostic::error("GNK0008", title)
        .label("a part of something else begins here")
        .help("'gennaker template render DINGHYFILE' shows what becomes of it in the dinghyfile that names it");
    let others = vec![(DocumentKind::Text, Document { value: Value::Null, place: Place::default() })];
    let diagnostics = if options.found { Vec::new() } else { vec![finding.at(source, Place::file(0..0))] };
    Parsed { others, diagnostics, ..Parsed::default() }
}

fn parse_plain(source: &Arc<Source>, options: &ParseOptions<'_>) -> Parsed {
    if source.text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Parsed { diagnostics: vec![empty(source)], ..Parsed::default() };
    }
    let (documents, mut diagnostics) = read_documents(source);
    let mut others = Vec::new();
    if options.found && diagnostics.iter().any(|finding| finding.code == "GNK0008") {
        // A text that another program makes a document of, such as Jinja or Jsonnet.
        diagnostics.clear();
        others.push((DocumentKind::Text, Document { value: Value::Null, place: Place::default() }));
        return Parsed { others, ..Parsed::default() };
    }
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    let mut parser = Parser { source, options, parsed: Parsed { diagnostics, ..Parsed::default() }, strangers: 0 };
    if !broken && documents.iter().all(|document| document.value.is_null()) {
        parser.parsed.diagnostics.push(empty(source));
    }
    for document in documents {
        parser.document(document, options.application);
    }
    parser.parsed
}

fn empty(source: &Arc<Source>) -> Diagnostic {
    let finding = Diagnostic::error("GNK0006", format!("'{}' is empty", source.name));
    finding.help("a pipeline has a name and a list of stages").at(source, Place::file(0..0))
}

struct Parser<'a> {
    source: &'a Arc<Source>,
    options: &'a ParseOptions<'a>,
    parsed: Parsed,
    /// Items of lists that are not even objects.
    strangers: usize,
}

impl Parser<'_> {
    fn find(&mut self, finding: Diagnostic, place: Place) {
        self.parsed.diagnostics.push(finding.at(self.source, place));
    }

    fn document(&mut self, document: Document, application: Option<&str>) {
        match document.value {
            Value::Array(items) => {
                for (index, value) in items.into_iter().enumerate() {
                    if self.parsed.others.len() + self.strangers > MOST_STRANGERS {
                        return;
                    }
                    self.single(Document { value, place: document.place.index(index) }, application);
                }
            }
            Value::Null => {}
            value => self.single(Document { value, place: document.place }, application),
        }
    }

    fn single(&mut self, document: Document, application: Option<&str>) {
        let Value::Object(map) = &document.value else {
            self.strangers += 1;
            let title = format!("a pipeline is an object, but this is {}", describe(&document.value));
            return self.stranger(DocumentKind::Unknown, Diagnostic::error("GNK0007", title), document);
        };
        if let Some(pipeline) = of_resource(map) {
            return self.derived(pipeline, "its pipeline", application);
        }
        if let Some(Value::Array(pipelines)) = map.get("pipelines").filter(|_| !map.contains_key("stages")) {
            let own = map.get("application").and_then(Value::as_str).or(application).map(str::to_owned);
            let place = document.place.key("pipelines");
            for (index, value) in pipelines.clone().into_iter().enumerate() {
                self.single(Document { value, place: place.index(index) }, own.as_deref());
            }
            return;
        }
        match classify(map) {
            DocumentKind::Pipeline => {
                let Value::Object(map) = document.value else { unreachable!("matched above") };
                self.pipeline(map, document.place, application);
            }
            DocumentKind::TemplatedPipeline if self.options.templates.is_some() => {
                self.templated(document, application)
            }
            DocumentKind::Template if self.options.templates.is_some() => {
                let templates = self.options.templates.expect("just asked");
                self.parsed.diagnostics.extend(templates.check(self.source, &document));
                self.parsed.others.push((DocumentKind::Template, document));
            }
            kind => self.stranger(kind, not_a_pipeline(kind, map), document),
        }
    }

    /// A document that is no pipeline. In a folder, what is known to be something else is nobody's mistake.
    fn stranger(&mut self, kind: DocumentKind, mut finding: Diagnostic, document: Document) {
        if self.options.found {
            finding.severity = Severity::Hint;
        }
        if !self.options.found || kind == DocumentKind::Unknown {
            self.find(finding, document.place.clone());
        }
        self.parsed.others.push((kind, document));
    }

    /// A pipeline that another document holds or means. Findings about it show its own text.
    fn derived(&mut self, map: Map, what: &str, application: Option<&str>) {
        let text = serde_json::to_string_pretty(&map).unwrap_or_default();
        let source = Arc::new(Source::new(format!("{} ({what})", self.source.name), text));
        let options = self.options;
        let mut parser = Parser { source: &source, options, parsed: Parsed::default(), strangers: 0 };
        parser.pipeline(map, Place::default(), application);
        let mut parsed = parser.parsed;
        parsed.pipelines.iter_mut().for_each(|pipeline| pipeline.origin.clone_from(&self.source.name));
        self.parsed.diagnostics.append(&mut parsed.diagnostics);
        self.parsed.pipelines.append(&mut parsed.pipelines);
    }

    /// A templated pipeline becomes the pipeline it means.
    fn templated(&mut self, document: Document, application: Option<&str>) {
        let Some(templates) = self.options.templates else { return };
        match templates.resolve(self.source, &document) {
            Ok((map, findings)) => {
                self.parsed.diagnostics.extend(findings);
                self.derived(map, "resolved", application);
            }
            Err(findings) => self.parsed.diagnostics.extend(findings),
        }
        self.parsed.others.push((DocumentKind::TemplatedPipeline, document));
    }

    fn pipeline(&mut self, mut map: Map, place: Place, application: Option<&str>) {
        let declared = sugar::parameters(&mut map, &place, self.source, &mut self.parsed.diagnostics);
        let stages = map.get("stages").cloned();
        let mut header =
            Reader { map: &map, place: &place, source: self.source, findings: &mut self.parsed.diagnostics };
        let name = header.text("name").filter(|name| !name.is_empty()).unwrap_or_else(|| file_stem(&self.source.name));
        let named = header.text("application").filter(|application| !application.is_empty());
        let application = named.or_else(|| application.map(str::to_owned)).unwrap_or_default();
        let mut pipeline = Pipeline {
            id: header.text("id").filter(|id| !id.is_empty()).unwrap_or_else(|| derived_id(&application, &name)),
            name,
            application,
            stages: Vec::new(),
            parameters: declared,
            limit_concurrent: header.flag("limitConcurrent").unwrap_or(false),
            max_concurrent_executions: header.whole("maxConcurrentExecutions").unwrap_or(0),
            keep_waiting: header.flag("keepWaitingPipelines").unwrap_or(false),
            spel_evaluator: header.text("spelEvaluator"),
            disabled: header.flag("disabled").unwrap_or(false),
            template_variables: header.object("templateVariables"),
            start_time_expiry: header.whole::<u64>("startTimeExpiry").and_then(|millis| i64::try_from(millis).ok()),
            description: header.text("description"),
            expected_artifacts: header.list("expectedArtifacts"),
            notifications: header.list("notifications"),
            triggers: header.list("triggers"),
            origin: self.source.name.clone(),
            source: Arc::clone(self.source),
            place: place.clone(),
            document: Map::new(),
        };
        pipeline.stages = self.stages(stages.as_ref(), &pipeline);
        map.shift_remove("stages");
        pipeline.document = map;
        if pipeline.application.is_empty() {
            let title = format!("pipeline '{}' belongs to no application", pipeline.name);
            let finding = Diagnostic::error("GNK0012", title).label("no application");
            self.find(finding.help("write 'application: NAME' in it, or give --application"), place);
        }
        self.parsed.pipelines.push(pipeline);
    }

    fn stages(&mut self, stages: Option<&Value>, pipeline: &Pipeline) -> Vec<StageDefinition> {
        let place = pipeline.place.key("stages");
        let items = match stages {
            Some(Value::Array(items)) if !items.is_empty() => items,
            None | Some(Value::Null | Value::Array(_)) => {
                let title = format!("pipeline '{}' has no stages", pipeline.name);
                self.find(Diagnostic::error("GNK0030", title).label("no stages"), place);
                return Vec::new();
            }
            Some(other) => {
                let title = format!("'stages' must be a list of stages, but is {}", describe(other));
                self.find(Diagnostic::error("GNK0010", title).label("a list belongs here"), place);
                return Vec::new();
            }
        };
        let mut drafts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::Object(map) => {
                    let place = place.index(index);
                    let findings = &mut self.parsed.diagnostics;
                    drafts.push(sugar::draft(map, place, self.source, self.options.catalogue, findings));
                }
                other => {
                    let title = format!("stage {} is {}, not an object with a 'type'", index + 1, describe(other));
                    let finding = Diagnostic::error("GNK0020", title).label("a stage belongs here");
                    self.find(finding.help("remove the empty item or write the stage"), place.index(index));
                }
            }
        }
        sugar::connect(drafts, self.source, &mut self.parsed.diagnostics)
    }
}

fn file_stem(name: &str) -> String {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|_| !name.starts_with('<')).unwrap_or_else(|| "pipeline".to_owned())
}
