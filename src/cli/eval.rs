//! `gennaker eval`: expressions tried out, on a context or on a recorded execution.

use std::io::{BufRead, IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::error::Told;
use super::exit_code::Exit;
use super::host::Host;
use super::pipeline_args::read_object;
use super::project::Project;
use super::{GlobalOptions, find, out};
use crate::diagnostic::{self, Diagnostic, Place, Source};
use crate::expr::{
    Evaluated, Explained, ExpressionFailure, Level, Scope, contains_expression, evaluate_text, explain, near_misses,
};
use crate::model::{Execution, Map, StageExecution};

/// Evaluate an expression
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker eval '1 + 1'                                          with or without ${}
  gennaker eval --context context.json 'parameters.count > 2'
  gennaker eval --execution 01J9 \"#stage('Deploy').status\"       on a recorded execution
  gennaker eval --execution 01J9 --stage Deploy 'clusters[0]'    as that stage sees it
  gennaker eval --execution spinnaker.json '${trigger.user}'     on an execution saved from Spinnaker
  gennaker eval --explain --context c.yaml 'a.b ?: c'            with the value of every part
  gennaker eval --execution 01J9                                 one expression a line

An expression that fails or gives null ends with exit code 2.")]
pub struct EvalArgs {
    /// The expression, or a text with ${…}; lines of standard input when absent
    expression: Option<String>,
    /// The recorded execution to evaluate on: its id, the first letters of it, or a JSON file
    #[arg(long, value_name = "ID", conflicts_with = "context")]
    execution: Option<String>,
    /// The stage of the execution whose context is seen: its name, refId or id
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// A JSON or YAML file with the context
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// Show the value of every part
    #[arg(long)]
    explain: bool,
}

/// What an expression is evaluated on.
enum Subject {
    Context(Map),
    Execution(Box<Execution>),
    Stage { execution: Box<Execution>, stage: Arc<StageExecution>, context: Map },
}

impl Subject {
    fn scope(&self) -> Scope<'_> {
        match self {
            Self::Context(context) => Scope::of_document(context.clone()),
            Self::Execution(execution) => Scope::of_execution(execution),
            Self::Stage { execution, stage, context } => Scope::of_stage_with_context(execution, stage, context),
        }
    }
}

/// Runs the command.
pub async fn run(args: &EvalArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Arc::new(Project::find(global)?);
    let history = project.open_history()?;
    let subject = match (&args.execution, &args.context) {
        (Some(wanted), _) => {
            let file = Path::new(wanted);
            let execution = match file.is_file() {
                true => read_execution(Value::Object(read_object(file, "an execution")?), wanted)?,
                false => find::execution(&*history, Some(wanted)).await?.execution().clone(),
            };
            on_execution(execution, args.stage.as_deref())?
        }
        (None, Some(path)) => on_context(read_object(path, "a context")?, path, args.stage.as_deref())?,
        (None, None) => Subject::Context(Map::new()),
    };
    let host = Host::new(project, history);
    let scope = subject.scope().with_host(&*host);
    let evaluation = Evaluation { scope, explain: args.explain, global };
    match &args.expression {
        Some(expression) => Ok(evaluation.one(expression, false)),
        None => evaluation.lines(),
    }
}

fn read_execution(document: Value, name: &str) -> anyhow::Result<Execution> {
    serde_json::from_value(document).map_err(|error| {
        Told::usage(format!("{name} does not hold an execution: {error}"))
            .hint("it is what Spinnaker's API gives for /pipelines/ID; for a plain context use --context")
            .into()
    })
}

fn on_execution(execution: Execution, stage: Option<&str>) -> anyhow::Result<Subject> {
    let Some(wanted) = stage else { return Ok(Subject::Execution(Box::new(execution))) };
    let stage = Arc::new(find::stage(&execution, wanted, |_| true)?.clone());
    Ok(Subject::Stage { context: stage.context.clone(), execution: Box::new(execution), stage })
}

/// A context may bring its execution along, under `execution`; what else it has is seen as a stage's context.
fn on_context(mut context: Map, path: &Path, stage: Option<&str>) -> anyhow::Result<Subject> {
    let has_stages = context.get("execution").is_some_and(|execution| execution.get("stages").is_some());
    if !has_stages {
        return match stage {
            None => Ok(Subject::Context(context)),
            Some(_) => Err(Told::usage(format!("{} holds no execution that could have stages", path.display()))
                .hint("--stage goes with --execution")
                .into()),
        };
    }
    let document = context.remove("execution").unwrap_or_default();
    let execution = read_execution(document, &format!("'execution' of {}", path.display()))?;
    let (stage, seen) = match stage {
        Some(wanted) => {
            let stage = Arc::new(find::stage(&execution, wanted, |_| true)?.clone());
            let mut seen = stage.context.clone();
            seen.extend(context);
            (stage, seen)
        }
        None => (Arc::default(), context),
    };
    Ok(Subject::Stage { execution: Box::new(execution), stage, context: seen })
}

/// Evaluates and shows.
struct Evaluation<'a> {
    scope: Scope<'a>,
    explain: bool,
    global: &'a GlobalOptions,
}

impl Evaluation<'_> {
    /// Evaluates the lines of standard input; a person is prompted for them.
    fn lines(&self) -> anyhow::Result<Exit> {
        let asks = stdin().is_terminal();
        if asks && self.global.no_input {
            return Err(Told::usage("there is no expression").hint("give one: gennaker eval '1 + 1'").into());
        }
        let mut exit = Exit::Succeeded;
        let mut lines = stdin().lock().lines();
        loop {
            if asks {
                eprint!("> ");
            }
            let Some(line) = lines.next() else { break };
            let line = line?;
            match line.trim() {
                "" => {}
                "exit" | "quit" if asks => break,
                expression if asks => drop(self.one(expression, true)),
                expression if self.one(expression, true) != Exit::Succeeded => exit = Exit::Usage,
                _ => {}
            }
        }
        Ok(exit)
    }

    fn one(&self, expression: &str, one_of_many: bool) -> Exit {
        let bare = !contains_expression(expression);
        let text = if bare { format!("${{{expression}}}") } else { expression.to_owned() };
        let shown = Shown { text: expression, shift: if bare { 2 } else { 0 } };
        let Evaluated { value, failures, .. } = evaluate_text(&text, &self.scope);
        let resolved = failures.is_empty() || value.as_str() != Some(text.as_str());
        let parts = match self.explain || !failures.is_empty() {
            true => explain(&text, &self.scope).into_iter().map(|part| shown.part(part)).collect(),
            false => Vec::new(),
        };
        let misses: Vec<Miss> = near_misses(&text, &self.scope)
            .into_iter()
            .filter(|(_, hint)| !failures.iter().any(|failure| failure.hints.contains(hint)))
            .map(|(span, hint)| Miss { span: shown.place(span.start)..shown.place(span.end), hint })
            .collect();
        if self.global.is_json() {
            let mut document = shown.document(resolved.then_some(&value), &failures, &parts);
            if !misses.is_empty() {
                let miss = |miss: &Miss| json!({"span": [miss.span.start, miss.span.end], "hint": miss.hint});
                document["misses"] = misses.iter().map(miss).collect();
            }
            if one_of_many { out::json_line(&document) } else { out::json(&document) }
        } else {
            self.print(&shown, resolved.then_some(&value), &failures, &parts);
            if !misses.is_empty() && !self.global.quiet {
                let source = Arc::new(Source::new("expression", shown.text));
                let findings: Vec<_> = misses.iter().map(|miss| miss.finding(&source)).collect();
                eprintln!("{}", diagnostic::render(&findings, super::use_colors(self.global.color)).trim_end());
            }
        }
        if failures.is_empty() { Exit::Succeeded } else { Exit::Usage }
    }

    fn print(&self, shown: &Shown<'_>, value: Option<&Value>, failures: &[ExpressionFailure], parts: &[Explained]) {
        if !failures.is_empty() {
            let source = Arc::new(Source::new("expression", shown.text));
            let findings: Vec<_> = failures.iter().map(|failure| shown.finding(failure, &source)).collect();
            eprintln!("{}", diagnostic::render(&findings, super::use_colors(self.global.color)).trim_end());
        }
        let part = |part: &Explained| shown.text[part.span.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let width = parts.iter().map(|of| part(of).chars().count()).max().unwrap_or(0).min(60);
        for of in parts {
            let times = if of.times > 1 { format!("  (the first of {})", of.times) } else { String::new() };
            eprintln!("  {:width$}  = {}{times}", part(of), of.value);
        }
        match value {
            Some(Value::String(text)) => out::lines([text]),
            Some(other) => out::json(other),
            None => {}
        }
    }
}

/// A name that is not there, inside of an expression, and the one that may be meant.
struct Miss {
    span: std::ops::Range<usize>,
    hint: String,
}

impl Miss {
    fn finding(&self, source: &Arc<Source>) -> Diagnostic {
        let (missing, meant) = self.hint.split_once("; ").unwrap_or((&self.hint, ""));
        let finding = Diagnostic::hint("GNK0045", format!("{missing}, so this is null")).help(meant);
        finding.at(source, Place::file(self.span.clone()))
    }
}

/// The expression as it was written, and how many bytes were put before it.
struct Shown<'t> {
    text: &'t str,
    shift: usize,
}

impl Shown<'_> {
    fn place(&self, place: usize) -> usize {
        let mut place = place.saturating_sub(self.shift).min(self.text.len());
        while !self.text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }

    fn part(&self, part: Explained) -> Explained {
        Explained { span: self.place(part.span.start)..self.place(part.span.end), ..part }
    }

    fn finding(&self, failure: &ExpressionFailure, source: &Arc<Source>) -> Diagnostic {
        let finding = match failure.level {
            Level::Error => Diagnostic::error("GNK0044", failure.reason()),
            Level::Info => Diagnostic::warning("GNK0045", "the expression gives null, so a pipeline keeps the text"),
        };
        let finding = match &failure.span {
            Some(span) => finding.at(source, Place::file(self.place(span.start)..self.place(span.end))),
            None => finding,
        };
        match failure.hints.is_empty() {
            true => finding,
            false => finding.help(failure.hints.join("; ")),
        }
    }

    fn document(&self, value: Option<&Value>, failures: &[ExpressionFailure], parts: &[Explained]) -> Value {
        let failure = |failure: &ExpressionFailure| {
            let span = failure.span.as_ref().map(|span| [self.place(span.start), self.place(span.end)]);
            json!({
                "level": failure.level.as_str(),
                "message": failure.description,
                "exceptionType": failure.exception_type,
                "span": span,
                "hints": failure.hints,
            })
        };
        let mut document = json!({
            "value": value,
            "failures": failures.iter().map(failure).collect::<Vec<_>>(),
        });
        if !parts.is_empty() {
            let part = |part: &Explained| {
                json!({
                    "expression": &self.text[part.span.clone()],
                    "span": [part.span.start, part.span.end],
                    "value": part.value,
                    "times": part.times,
                })
            };
            document["parts"] = parts.iter().map(part).collect();
        }
        document
    }
}
