//! Expressions in a pipeline: their syntax, what can never resolve, and the stages they name.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

use super::{Expressions, Findings, with_help};
use crate::diagnostic::{Diagnostic, Place, Step};
use crate::expr::{Known, Mistake, Problem};
use crate::pipeline::Pipeline;

/// Functions that look a stage up by its name and fail when there is none.
const STAGE_FUNCTIONS: &[&str] = &["#stage(", "#judgment(", "#judgement("];

pub(super) fn check(pipeline: &Pipeline, expressions: Expressions<'_>, findings: &mut Findings<'_>) {
    let names: HashSet<&str> = pipeline.stages.iter().map(|stage| stage.name.as_str()).collect();
    let mut walk = Walk {
        check: expressions,
        names,
        parameters: pipeline.parameters.iter().map(|parameter| parameter.name.as_str()).collect(),
        place: pipeline.place.clone(),
        strict: false,
        wrapped: false,
        late: None,
        findings,
    };
    for (key, value) in &pipeline.document {
        walk.down(Step::Key(key.clone()), value);
    }
    for stage in &pipeline.stages {
        walk.place = stage.place.clone();
        walk.wrapped = stage.kind == "checkPreconditions";
        walk.strict = stage.context.get("failOnFailedExpressions") == Some(&Value::Bool(true));
        for (key, value) in &stage.context {
            walk.down(Step::Key(key.clone()), value);
        }
        walk.down(Step::Key("name".to_owned()), &Value::String(stage.name.clone()));
    }
    let late = walk.late;
    if let (None, Some(place)) = (&pipeline.spel_evaluator, late) {
        let finding =
            Diagnostic::hint("GNK0042", "this expression is about a stage, and the pipeline names no evaluator").help(
                "write 'spelEvaluator: v4' at the top: v3, the default, evaluates it before any stage has run as well",
            );
        findings.add(finding, place);
    }
}

/// A walk over every text of a pipeline.
struct Walk<'a, 'f> {
    check: Expressions<'a>,
    names: HashSet<&'a str>,
    parameters: Vec<&'a str>,
    place: Place,
    /// A failing expression fails the stage.
    strict: bool,
    /// `expression` keys hold an expression without `${}`.
    wrapped: bool,
    /// The first expression that only makes sense once stages have run.
    late: Option<Place>,
    findings: &'a mut Findings<'f>,
}

impl Walk<'_, '_> {
    fn down(&mut self, step: Step, value: &Value) {
        let has_text = |step: &Step| matches!(step, Step::Key(key) if key.contains("${"));
        if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) && !has_text(&step) {
            return;
        }
        self.place.steps.push(step);
        self.key();
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.down(Step::Index(index), item);
                }
            }
            Value::Object(map) => {
                for (key, value) in map {
                    self.down(Step::Key(key.clone()), value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        self.place.steps.pop();
    }

    /// Keys are evaluated as well.
    fn key(&mut self) {
        let Some(Step::Key(key)) = self.place.steps.last() else { return };
        let (Some(check), true) = (self.check, key.contains("${")) else { return };
        let place = self.place.clone().on_key();
        for mistake in check(key, &Known { parameters: &self.parameters }) {
            self.mistake(mistake, place.clone());
        }
    }

    fn text(&mut self, text: &str) {
        let bare = matches!(self.place.steps.last(), Some(Step::Key(key)) if key == "expression");
        if !bare && !text.contains("${") {
            return;
        }
        self.stages_named(text);
        let Some(check) = self.check else { return };
        let known = Known { parameters: &self.parameters };
        if text.contains("${") {
            for mistake in check(text, &known) {
                let place = self.place.clone().within(mistake.span.clone());
                self.mistake(mistake, place);
            }
        } else if self.wrapped {
            for mistake in check(&format!("${{{text}}}"), &known) {
                let within = |place: usize| place.saturating_sub(2).min(text.len());
                let span = within(mistake.span.start)..within(mistake.span.end);
                let place = self.place.clone().within(span);
                self.mistake(mistake, place);
            }
        }
    }

    fn mistake(&mut self, mistake: Mistake, place: Place) {
        let Mistake { problem, message, mut hints, .. } = mistake;
        if problem == Problem::Syntax && self.ends_at_comment() {
            hints.push("' #' starts a comment in YAML: put the text in quotes".to_owned());
        }
        let finding = match problem {
            Problem::Syntax => {
                let title = format!("the expression cannot be read: {message}");
                if self.strict {
                    Diagnostic::error("GNK0040", title).label(message)
                } else {
                    hints.push("the text stays as it is when the stage runs".to_owned());
                    Diagnostic::warning("GNK0040", title).label(message)
                }
            }
            Problem::NeverResolves => {
                Diagnostic::warning("GNK0046", format!("the expression can never be evaluated: {message}"))
                    .label("here")
            }
            Problem::UndeclaredParameter if self.parameters.is_empty() => {
                hints.push("the pipeline declares none; it is there only when a trigger brings it along".to_owned());
                Diagnostic::hint("GNK0047", message).label("not declared")
            }
            Problem::UndeclaredParameter => Diagnostic::warning("GNK0047", message).label("not declared"),
        };
        let help = (!hints.is_empty()).then(|| hints.join("; "));
        self.findings.add(with_help(finding, help), place);
    }

    /// Whether the text stands without quotes and a comment follows: `a == b && #stage('x')`.
    fn ends_at_comment(&self) -> bool {
        let source = self.findings.source;
        let Some(range) = source.resolve(&self.place).filter(|_| !source.is_json()) else { return false };
        let is_quoted = source.text[range.clone()].starts_with(['\'', '"']);
        !is_quoted && source.text[range.end..].trim_start_matches([' ', '\t']).starts_with('#')
    }

    fn stages_named(&mut self, text: &str) {
        for function in STAGE_FUNCTIONS {
            for (at, _) in text.match_indices(function) {
                if self.late.is_none() {
                    self.late = Some(self.place.clone().within(at..at + function.len() - 1));
                }
                if let Some((name, range)) = literal(text, at + function.len())
                    && !self.names.contains(name)
                {
                    self.no_stage(name, range);
                }
            }
        }
    }

    fn no_stage(&mut self, name: &str, range: Range<usize>) {
        let finding = Diagnostic::warning("GNK0041", format!("no stage of this pipeline is called '{name}'"))
            .label("no such stage");
        let names: Vec<&str> = self.names.iter().copied().collect();
        let help = self.findings.did_you_mean(name, names);
        self.findings.add(with_help(finding, help), self.place.clone().within(range));
    }
}

/// The text literal that is a function's only argument, and where it stands; `None` for anything computed.
fn literal(text: &str, from: usize) -> Option<(&str, Range<usize>)> {
    let argument = text[from..].trim_start();
    let start = text.len() - argument.len();
    let quote = argument.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let length = argument[1..].find(quote)?;
    let name = &argument[1..=length];
    let rest = argument[length + 2..].trim_start();
    let whole = rest.starts_with(')') && !name.contains("${");
    whole.then_some((name, start + 1..start + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_literals_are_looked_up() {
        assert_eq!(literal("#stage('Deploy EU')", 7), Some(("Deploy EU", 8..17)));
        assert_eq!(literal("#stage( \"x\" )", 7), Some(("x", 9..10)));
        for text in ["#stage('a' + b)", "#stage(name)", "#stage('open", "#stage("] {
            assert_eq!(literal(text, 7), None, "{text}");
        }
    }
}
