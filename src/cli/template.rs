//! `gennaker template`: pipelines made from templates, shown before they run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::error::{Findings, Told};
use super::exit_code::Exit;
use super::project::Project;
use super::templates::ProjectTemplates;
use super::{GlobalOptions, OutputForm, out, use_colors};
use crate::diagnostic::{self, Diagnostic, Document, Place, Severity, Source, read_documents};
use crate::model::Map;
use crate::pipeline::{DocumentKind, Templates, given_as_file, given_as_pairs, parse, read_source, validate};
use crate::template::{self, Cause, Inputs, Unrendered};

/// Render, plan and check pipeline templates
#[derive(Args, Debug)]
pub struct TemplateArgs {
    #[command(subcommand)]
    command: TemplateCommand,
}

#[derive(Subcommand, Debug)]
enum TemplateCommand {
    Render(RenderArgs),
    Plan(PlanArgs),
    Validate(ValidateArgs),
}

/// Print what a template makes of these variables
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker template render bake.yml --var regions='[\"us-east-1\"]'     a template of schema 1 or v2
  gennaker template render dinghyfile                                 with its modules
  gennaker template render stage.json.j2 --var-file values.yaml       any text in Jinja")]
struct RenderArgs {
    /// A template, a configuration of one, a dinghyfile, or any text in Jinja; - for standard input
    file: PathBuf,
    #[command(flatten)]
    with: WithArgs,
}

/// Print the pipeline that a configuration and its template make, as Spinnaker's engine would get it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker template plan deploy-config.yml                       Spinnaker's JSON
  gennaker template plan deploy-config.yml -o yaml
  gennaker template plan config.yml --template template.yml      with a template that is stored nowhere yet")]
struct PlanArgs {
    /// The configuration; - for standard input
    file: PathBuf,
    /// The template to take instead of the one that is named
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    #[command(flatten)]
    with: WithArgs,
}

/// Check templates and configurations without values for what they leave open
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker template validate templates/*.yml")]
struct ValidateArgs {
    /// Templates and configurations
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
struct WithArgs {
    /// A value of a template variable, YAML or text; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// A YAML or JSON file of values; --var wins over it
    #[arg(long, value_name = "FILE")]
    var_file: Option<PathBuf>,
    /// A recorded trigger, visible to templates as 'trigger'
    #[arg(long, value_name = "FILE")]
    trigger: Option<PathBuf>,
}

impl WithArgs {
    fn inputs(&self) -> anyhow::Result<Inputs> {
        let mut variables = Map::new();
        if let Some(path) = &self.var_file {
            variables = given_as_file(&read(path)?).map_err(Findings)?;
        }
        let pairs = given_as_pairs(self.variables.iter().map(String::as_str)).map_err(Findings)?;
        variables.extend(pairs.into_iter().map(|(name, value)| (name, typed(value))));
        let trigger = match &self.trigger {
            Some(path) => given_as_file(&read(path)?).map_err(Findings)?,
            None => Map::new(),
        };
        Ok(Inputs { trigger, variables, template: None })
    }
}

/// Values on the command line are text; where one reads as a number, a list and so on, that is meant.
fn typed(value: Value) -> Value {
    let Value::String(text) = &value else { return value };
    let source = Arc::new(Source::new("<value>", text.clone()));
    match read_documents(&source) {
        (mut documents, findings) if findings.is_empty() && documents.len() == 1 => match documents.remove(0).value {
            Value::Null => value,
            read => read,
        },
        _ => value,
    }
}

/// Runs the command.
pub fn run(args: &TemplateArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    match &args.command {
        TemplateCommand::Render(args) => render(args, &project, global),
        TemplateCommand::Plan(args) => plan(args, &project, global),
        TemplateCommand::Validate(args) => check(args, &project, global),
    }
}

fn read(path: &Path) -> anyhow::Result<Arc<Source>> {
    Ok(Arc::new(read_source(path).map_err(|finding| Findings(vec![finding]))?))
}

/// The documents of a text, of which none is broken.
fn documents(source: &Arc<Source>) -> anyhow::Result<Vec<Document>> {
    let (documents, findings) = read_documents(source);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Findings(findings).into());
    }
    Ok(documents)
}

fn render(args: &RenderArgs, project: &Project, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let source = read(&args.file)?;
    let inputs = args.with.inputs()?;
    let variables = inputs.variables.clone();
    let templates = ProjectTemplates { project, inputs };
    if let Some(rendered) = templates.render(&source) {
        print!("{}", rendered.map_err(Findings)?.text);
        return Ok(Exit::Succeeded);
    }
    if !template::is_jinja(&source.text) && !is_spinnaker_template(&source) {
        // Without marks of a template it is what it becomes.
        println!("{}", source.text.trim_end());
        return Ok(Exit::Succeeded);
    }
    if !is_spinnaker_template(&source) {
        let text = render_jinja(&source, &variables).map_err(|finding| Findings(vec![*finding]))?;
        println!("{}", text.trim_end());
        return Ok(Exit::Succeeded);
    }
    for document in documents(&source)? {
        let is_template = document.value.get("pipeline").is_none_or(|pipeline| pipeline.get("stages").is_some())
            && document.value.get("config").is_none()
            && document.value.get("template").is_none();
        let resolved = if is_template {
            let application = project.application.as_deref().unwrap_or("application");
            let value = template::configuration_for(&document, application, variables.clone());
            let configuration = Document { value, place: document.place.clone() };
            let inputs = Inputs { template: Some((Arc::clone(&source), document)), ..templates.inputs.clone() };
            template::resolve(&source, &configuration, &inputs, &templates)
        } else {
            template::resolve(&source, &document, &templates.inputs, &templates)
        };
        show(resolved.map_err(Findings)?, global, OutputForm::Yaml)?;
    }
    Ok(Exit::Succeeded)
}

/// Whether a text holds templates of Spinnaker, or configurations of them; else it is a text in Jinja.
fn is_spinnaker_template(source: &Arc<Source>) -> bool {
    let (documents, findings) = read_documents(source);
    let is_plain = documents.iter().all(|document| {
        let config = document.value.get("config");
        [Some(&document.value), config].into_iter().flatten().all(|part| part.get("schema").is_none())
    });
    let unreadable = findings.iter().any(Diagnostic::is_error);
    if unreadable { !template::is_jinja(&source.text) } else { !is_plain }
}

fn render_jinja(source: &Arc<Source>, variables: &Map) -> Result<String, Box<Diagnostic>> {
    template::render_text(&source.text, variables).map_err(|unrendered| {
        let title = format!("'{}' cannot be rendered: {}", source.name, unrendered.message);
        let (label, help) = match &unrendered.cause {
            Cause::Unknown(name) => ("unknown or null", format!("give a value: {}", variable_for(name))),
            Cause::NoFunction(_) => ("not there", elsewhere("functions")),
            Cause::NoTag => ("not there", elsewhere("tags")),
            Cause::Other => ("", "it is Jinja: {{ value }}, {% tag %}, {# comment #}".to_owned()),
        };
        let place = Place::file(marked(&source.text, &unrendered));
        Box::new(Diagnostic::error("GNK0094", title).label(label).help(help).at(source, place))
    })
}

fn elsewhere(what: &str) -> String {
    format!("Spinnaker's templates have no such {what}; render it with the program it is written for")
}

/// The bytes of a text that cannot be rendered: the name in its line, or the line.
fn marked(text: &str, unrendered: &Unrendered) -> std::ops::Range<usize> {
    let line = unrendered.line.unwrap_or(1).saturating_sub(1);
    let start = text.split_inclusive('\n').take(line).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let indented = line.len() - line.trim_start().len();
    let name = match &unrendered.cause {
        Cause::Unknown(name) | Cause::NoFunction(name) => name.as_str(),
        Cause::NoTag | Cause::Other => "{%",
    };
    match line.find(name) {
        Some(at) if name == "{%" => start + at..start + line.trim_end().len(),
        Some(at) => start + at..start + at + name.len(),
        None => start + indented..start + line.trim_end().len().max(indented),
    }
}

/// How the value of an expression such as `data.app.region` is given.
fn variable_for(name: &str) -> String {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        [only] if is_name(only) => format!("--var {only}=VALUE, or --var-file FILE"),
        [first, rest @ ..] if parts.iter().all(|part| is_name(part)) => {
            let inner = rest.iter().rev().fold("VALUE".to_owned(), |inner, part| format!("{{{part}: {inner}}}"));
            format!("--var {first}='{inner}', or --var-file FILE")
        }
        _ => "--var NAME=VALUE, or --var-file FILE".to_owned(),
    }
}

fn plan(args: &PlanArgs, project: &Project, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let source = read(&args.file)?;
    let mut inputs = args.with.inputs()?;
    if let Some(path) = &args.template {
        let source = read(path)?;
        let document = documents(&source)?.pop();
        let told = || Told::usage(format!("{} holds no template", path.display()));
        inputs.template = Some((Arc::clone(&source), document.ok_or_else(told)?));
    }
    let templates = ProjectTemplates { project, inputs };
    for document in documents(&source)? {
        let resolved = template::resolve(&source, &document, &templates.inputs, &templates).map_err(Findings)?;
        show(resolved, global, OutputForm::Json)?;
    }
    Ok(Exit::Succeeded)
}

/// Prints a resolved pipeline, in this form unless another one is asked for, and its warnings.
fn show(resolved: template::Resolved, global: &GlobalOptions, usual: OutputForm) -> anyhow::Result<()> {
    if !resolved.findings.is_empty() && !global.quiet {
        eprint!("{}", diagnostic::render(&resolved.findings, use_colors(global.color)));
    }
    let form = if global.output == OutputForm::Text { usual } else { global.output };
    match form {
        OutputForm::Yaml => print!("{}", serde_yaml::to_string(&resolved.pipeline)?),
        _ => println!("{}", serde_json::to_string_pretty(&resolved.pipeline)?),
    }
    Ok(())
}

fn check(args: &ValidateArgs, project: &Project, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let templates = ProjectTemplates { project, inputs: Inputs::default() };
    let mut findings = Vec::new();
    let mut checked = 0;
    for path in &args.files {
        let source = read(path)?;
        let parsed = parse(&source, &project.parse_options(&templates));
        let kinds = [DocumentKind::Template, DocumentKind::TemplatedPipeline];
        checked += parsed.others.iter().filter(|(kind, _)| kinds.contains(kind)).count();
        findings.extend(parsed.diagnostics);
        for pipeline in &parsed.pipelines {
            findings.extend(validate(pipeline, &project.types, super::validate::EXPRESSIONS));
        }
    }
    diagnostic::sort(&mut findings);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if global.output == OutputForm::Json {
        let list: Vec<Value> = findings.iter().map(Diagnostic::to_json).collect();
        let result = serde_json::json!({"version": 1, "templates": checked, "findings": list});
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        eprint!("{}", diagnostic::render(&findings, use_colors(global.color)));
        if checked == 0 && errors == 0 {
            let told = Told::usage("there is no template and no configuration of one in what was named");
            return Err(told.hint("'gennaker validate' checks ordinary pipelines").into());
        }
        println!("{}: {}", out::counted(checked, "document"), out::counted(errors, "error"));
    }
    Ok(if errors > 0 { Exit::Usage } else { Exit::Succeeded })
}
