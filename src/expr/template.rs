//! Texts with `${…}`: splitting them as Spring does, and the result rules of contract 6.2.

use std::ops::Range;

use serde_json::Value as Json;

use super::ast::Node;
use super::convert::convert_to_text;
use super::error::{ExprError, PARSE, Result};
use super::eval::evaluate;
use super::explain::{Explained, Trace};
use super::failure::{Evaluated, ExpressionFailure, Level, SyntaxError};
use super::functions::{document_json, execution_aware};
use super::machine::Machine;
use super::parser::parse;
use super::scope::Scope;
use super::value::Value;

/// A part of a template.
enum Piece {
    Literal(Range<usize>),
    /// The trimmed expression's place.
    Expression(Range<usize>, Node),
}

/// Whether a text holds an expression at all: the cheap test before anything else.
#[must_use]
pub fn contains_expression(text: &str) -> bool {
    text.contains("${")
}

/// Evaluates one text. Without `${` it is given back as it is; a single `${…}` gives its value; anything else around
/// it makes a text. What cannot be evaluated stays as it was written, with the reason among the failures.
#[must_use]
pub fn evaluate_text(text: &str, scope: &Scope<'_>) -> Evaluated {
    if !contains_expression(text) {
        return Evaluated::plain(Json::String(text.to_owned()));
    }
    let (rewritten, moves) = rewrite(text);
    let rewritten = rewritten.as_deref().unwrap_or(text);
    let (key, result) = match split(rewritten) {
        Ok(pieces) => (escaped(rewritten, &pieces), run(rewritten, &pieces, scope)),
        Err(error) => (escaped_simply(text), Err(error)),
    };
    let failure = |level, description: String, exception_type: &str, span: Option<Range<usize>>, hints: &[String]| {
        ExpressionFailure {
            expression: key.clone(),
            level,
            description: description.replace('$', ""),
            exception_type: exception_type.to_owned(),
            span: span.map(|span| moved_back(&moves, span, text.len())),
            hints: hints.to_vec(),
        }
    };
    match result {
        Err(error) => {
            let found = failure(Level::Error, error.description(), error.exception(), error.span(), error.hints());
            Evaluated { value: Json::String(text.to_owned()), is_json: true, failures: vec![found] }
        }
        Ok(Outcome { value, is_json, missing }) => {
            let failures = missing
                .map(|(span, hints)| failure(Level::Info, format!(": {key} not found"), "", Some(span), &hints))
                .into_iter()
                .collect();
            Evaluated { value: value.unwrap_or_else(|| Json::String(text.to_owned())), is_json, failures }
        }
    }
}

struct Outcome {
    value: Option<Json>,
    is_json: bool,
    /// Where the first null came from, and what may have been meant.
    missing: Option<(Range<usize>, Vec<String>)>,
}

/// What each part of a text's expressions gives.
pub(crate) fn trace_text(text: &str, scope: &Scope<'_>) -> Vec<Explained> {
    let (rewritten, moves) = rewrite(text);
    let rewritten = rewritten.as_deref().unwrap_or(text);
    let Ok(pieces) = split(rewritten) else { return Vec::new() };
    let back = |part: Explained| Explained { span: moved_back(&moves, part.span, text.len()), ..part };
    traced(&pieces, scope).into_iter().map(back).filter(|part| !part.span.is_empty()).collect()
}

/// What was read and is not there, each with the nearest name that is: what a null inside of a larger expression may
/// have meant. Places are byte ranges of the text.
#[must_use]
pub fn near_misses(text: &str, scope: &Scope<'_>) -> Vec<(Range<usize>, String)> {
    let (rewritten, moves) = rewrite(text);
    let rewritten = rewritten.as_deref().unwrap_or(text);
    let Ok(pieces) = split(rewritten) else { return Vec::new() };
    let nulls: Vec<Range<usize>> =
        traced(&pieces, scope).into_iter().filter(|part| part.value == "null").map(|part| part.span).collect();
    let machine = Machine::new(scope, mutates(&pieces));
    let mut misses: Vec<(Range<usize>, String)> = Vec::new();
    for piece in &pieces {
        let Piece::Expression(place, node) = piece else { continue };
        for reading in super::hints::readings(node) {
            let span = place.start + reading.span.start..place.start + reading.span.end;
            if !nulls.iter().any(|null| null.start == span.start && null.end <= span.end) {
                continue;
            }
            let found = super::hints::nearest_keys(&machine, reading).into_iter().next();
            if let Some(hint) = found.filter(|hint| misses.iter().all(|(_, known)| known != hint)) {
                misses.push((moved_back(&moves, span, text.len()), hint));
            }
        }
    }
    misses
}

/// The values of the parts, places counted in the rewritten text.
fn traced(pieces: &[Piece], scope: &Scope<'_>) -> Vec<Explained> {
    let mut machine = Machine::new(scope, mutates(pieces));
    machine.trace = Some(Trace::default());
    for piece in pieces {
        let Piece::Expression(span, node) = piece else { continue };
        if let Some(trace) = &machine.trace {
            trace.start_at(span.start);
        }
        if evaluate(&machine, node).is_err() {
            break;
        }
    }
    machine.trace.take().map(Trace::into_parts).unwrap_or_default()
}

fn mutates(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Expression(_, node) if node.mutates()))
}

fn run(text: &str, pieces: &[Piece], scope: &Scope<'_>) -> Result<Outcome> {
    let machine = Machine::new(scope, mutates(pieces));
    let value_of =
        |span: &Range<usize>, node: &Node| evaluate(&machine, node).map_err(|error| error.moved(span.start).at(span));
    if let [Piece::Expression(span, node)] = pieces {
        let value = value_of(span, node)?;
        if value.is_null() {
            let hints = hints_for(&machine, node);
            return Ok(Outcome { value: None, is_json: true, missing: Some((span.clone(), hints)) });
        }
        let (json, is_json) = document_json(&machine, &value)?;
        return Ok(Outcome { value: Some(json), is_json, missing: None });
    }
    let mut out = String::new();
    let mut missing = None;
    for piece in pieces {
        match piece {
            Piece::Literal(span) => out.push_str(&text[span.clone()]),
            Piece::Expression(span, node) => match value_of(span, node)? {
                Value::Null => {
                    missing.get_or_insert_with(|| (span.clone(), hints_for(&machine, node)));
                    out.push_str("${");
                    out.push_str(&text[span.clone()]);
                    out.push('}');
                }
                value => out.push_str(&convert_to_text(&machine, &value).map_err(|error| error.at(span))?),
            },
        }
    }
    Ok(Outcome { value: Some(Json::String(out)), is_json: true, missing })
}

/// The known names nearest to the keys a null expression read.
fn hints_for<'a>(machine: &Machine<'a>, node: &Node) -> Vec<String> {
    super::hints::nearest_keys(machine, node)
}

fn split(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let Some(found) = text[start..].find("${") else {
            pieces.push(Piece::Literal(start..text.len()));
            break;
        };
        let prefix = start + found;
        if prefix > start {
            pieces.push(Piece::Literal(start..prefix));
        }
        let end = end_of(text, prefix)?;
        let inner = &text[prefix + 2..end];
        let trimmed = inner.trim_matches(|c| c <= ' ');
        if trimmed.is_empty() {
            let position = utf16(text, prefix);
            return Err(template_error(
                text,
                prefix..end + 1,
                &format!("No expression defined within delimiter '${{}}' at character {position}"),
            ));
        }
        let from = prefix + 2 + inner.len() - inner.trim_start_matches(|c| c <= ' ').len();
        let span = from..from + trimmed.len();
        let node = parse(trimmed).map_err(|error| error.moved(from).at(&span))?;
        pieces.push(Piece::Expression(span, node));
        start = end + 1;
    }
    Ok(pieces)
}

/// Where the `}` of the `${` at `prefix` is: brackets come in pairs, quoted texts may hold anything.
fn end_of(text: &str, prefix: usize) -> Result<usize> {
    let bytes = text.as_bytes();
    let unclosed = || {
        let position = utf16(text, prefix);
        template_error(
            text,
            prefix..text.len(),
            &format!("No ending suffix '}}' for expression starting at character {position}: {}", &text[prefix..]),
        )
    };
    if !text[prefix + 2..].contains('}') {
        return Err(unclosed());
    }
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut pos = prefix + 2;
    while pos < bytes.len() {
        let byte = bytes[pos];
        match byte {
            b'}' if open.is_empty() => return Ok(pos),
            b'{' | b'[' | b'(' => open.push((byte, pos)),
            b'}' | b']' | b')' => {
                let shown = char::from(byte);
                // Counted only for a message: it reads the text from its start.
                let at = || utf16(text, pos);
                let opening = char::from(match byte {
                    b'}' => b'{',
                    b']' => b'[',
                    _ => b'(',
                });
                match open.pop() {
                    None => {
                        let message =
                            format!("Found closing '{shown}' at position {} without an opening '{opening}'", at());
                        return Err(template_error(text, pos..pos + 1, &message));
                    }
                    Some((last, place)) if char::from(last) != opening => {
                        let message = format!(
                            "Found closing '{shown}' at position {} but most recent opening is '{}' at position {}",
                            at(),
                            char::from(last),
                            utf16(text, place)
                        );
                        return Err(template_error(text, pos..pos + 1, &message));
                    }
                    Some(_) => {}
                }
            }
            b'\'' | b'"' => match text[pos + 1..].find(char::from(byte)) {
                Some(length) => pos += 1 + length,
                None => {
                    let at = utf16(text, pos);
                    let message = format!("Found non terminating string literal starting at position {at}");
                    return Err(template_error(text, pos..text.len(), &message));
                }
            },
            _ => {}
        }
        pos += 1;
    }
    match open.pop() {
        Some((bracket, place)) => {
            let bracket = char::from(bracket);
            let closing = match bracket {
                '{' => '}',
                '[' => ']',
                _ => ')',
            };
            let at = utf16(text, place);
            // Spring says the suffix is missing when the unclosed bracket swallowed it.
            let message = format!("Missing closing '{closing}' for '{bracket}' at position {at}");
            Err(template_error(text, place..place + 1, &message))
        }
        None => Err(unclosed()),
    }
}

fn utf16(text: &str, at: usize) -> usize {
    text[..at].encode_utf16().count()
}

fn template_error(text: &str, span: Range<usize>, message: &str) -> ExprError {
    let position = utf16(text, span.start);
    ExprError::java(PARSE, format!("Expression [{text}] @{position}: {message}")).at(&span)
}

/// Every expression of a text, parsed, with where it starts; also those behind one that cannot be parsed.
pub(crate) fn expressions(text: &str) -> Vec<std::result::Result<(usize, Node), SyntaxError>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(at) = text[start..].find("${") {
        let prefix = start + at;
        let pieces = match end_of(text, prefix) {
            Err(error) => {
                start = prefix + 2;
                Err(error)
            }
            Ok(end) => {
                start = end + 1;
                split(&text[prefix..=end]).map_err(|error| error.moved(prefix))
            }
        };
        match pieces {
            Ok(pieces) => found.extend(pieces.into_iter().filter_map(|piece| match piece {
                Piece::Expression(span, node) => Some(Ok((prefix + span.start, node))),
                Piece::Literal(_) => None,
            })),
            Err(error) => found.push(Err(SyntaxError {
                message: without_text(&error.description()).to_owned(),
                span: error.span().unwrap_or(prefix..text.len()),
                hints: error.hints().to_vec(),
            })),
        }
    }
    found
}

/// The reason alone: Spring puts `Expression [the whole text] @12: ` before it, which says less than a marked place.
pub(crate) fn without_text(description: &str) -> &str {
    let reason = || {
        let (_, rest) = description.strip_prefix("Expression [")?.rsplit_once("] @")?;
        let (place, reason) = rest.split_once(": ")?;
        place.bytes().all(|byte| byte.is_ascii_digit()).then_some(reason)
    };
    reason().unwrap_or(description)
}

/// Adds the execution to calls that need it, as Spinnaker does with the whole text, and remembers where.
fn rewrite(text: &str) -> (Option<String>, Vec<(usize, usize, usize)>) {
    let mut current: Option<String> = None;
    let mut moves = Vec::new();
    if text.contains('#') {
        for name in execution_aware() {
            let call = format!("#{name}(");
            let done = format!("#{name}( #root.execution, ");
            let now = current.as_deref().unwrap_or(text);
            if now.contains(&call) && !now.contains(&done) {
                let replaced = replace(now, &call, &done, &mut moves);
                current = Some(replaced);
            }
        }
    }
    const ALIAS: &str = "deployedServerGroups";
    let now = current.as_deref().unwrap_or(text);
    if now.contains(ALIAS) && !now.contains("#deployedServerGroups( #root.execution, ") {
        let replaced = replace(now, ALIAS, "#deployedServerGroups( #root.execution)", &mut moves);
        current = Some(replaced);
    }
    (current, moves)
}

/// Replaces and remembers: place in the new text, old length, new length. Later rounds move earlier places.
fn replace(text: &str, from: &str, to: &str, moves: &mut Vec<(usize, usize, usize)>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = 0;
    for (at, _) in text.match_indices(from) {
        out.push_str(&text[rest..at]);
        moves.push((out.len(), from.len(), to.len()));
        out.push_str(to);
        rest = at + from.len();
    }
    out.push_str(&text[rest..]);
    out
}

/// A span of the rewritten text as a span of the original; replacements are undone last first.
fn moved_back(moves: &[(usize, usize, usize)], span: Range<usize>, length: usize) -> Range<usize> {
    let back = |mut place: usize| {
        for (at, old, new) in moves.iter().rev() {
            if place >= at + new {
                place = place + old - new;
            } else if place > at + old {
                place = at + old;
            }
        }
        place.min(length)
    };
    let start = back(span.start);
    start..back(span.end).max(start)
}

/// `${a} and ${b}` without its `${` and `}`.
fn escaped(text: &str, pieces: &[Piece]) -> String {
    let part = |piece: &Piece| match piece {
        Piece::Literal(span) | Piece::Expression(span, _) => text[span.clone()].to_owned(),
    };
    pieces.iter().map(part).collect()
}

/// The same for a text that cannot be parsed.
fn escaped_simply(text: &str) -> String {
    match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) if !inner.contains('\n') => inner.trim_matches(|c| c <= ' ').to_owned(),
        _ => text.replace('$', ""),
    }
}
