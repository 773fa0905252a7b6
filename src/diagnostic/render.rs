//! Draws findings the way rustc does: title, file, line, the marked text, help.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Source, sort};

/// More findings than this are counted, not drawn.
const MOST_SHOWN: usize = 200;
/// Lines shown around a marked place.
const CONTEXT_LINES: usize = 1;
/// Bytes of a line that are shown around a place in a text without line breaks.
const LONGEST_LINE: usize = 2_000;

/// Draws findings in the order of their places, with a count below when there are several.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], colors: bool) -> String {
    let mut sorted = diagnostics.to_vec();
    sort(&mut sorted);
    let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in sorted.iter().take(MOST_SHOWN) {
        text.push_str(&draw(diagnostic, &renderer));
        text.push_str("\n\n");
    }
    if sorted.len() > MOST_SHOWN {
        writeln!(text, "… and {} more\n", sorted.len() - MOST_SHOWN).expect("text grows");
    }
    if sorted.len() > 1 {
        text.push_str(&count(&sorted));
        text.push('\n');
    }
    text
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")] {
        let count = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        if count > 0 {
            let separator = if text.is_empty() { "" } else { ", " };
            let plural = if count == 1 { "" } else { "s" };
            write!(text, "{separator}{count} {word}{plural}").expect("text grows");
        }
    }
    text
}

fn draw(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name(Some("hint")),
    };
    let mut group: Group<'_> = Group::with_title(level.primary_title(one_line(&diagnostic.title)).id(diagnostic.code));
    if let Some(source) = &diagnostic.source {
        if let Some(snippet) = snippet(diagnostic, source) {
            group = group.element(snippet);
        } else {
            group = group.element(annotate_snippets::Origin::path(source.shown()));
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(one_line(help)));
    }
    renderer.render(&[group])
}

/// Control characters of a document must not reach the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The lines around the places, marked.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    source: &'a Source,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let primary = source.resolve(&diagnostic.place)?;
    let related: Vec<(Range<usize>, &str)> = diagnostic
        .related
        .iter()
        .filter_map(|(place, label)| Some((source.resolve(place)?, label.as_str())))
        .filter(|(range, _)| *range != primary)
        .collect();
    let first = related.iter().map(|(range, _)| range.start).chain([primary.start]).min()?;
    let last = related.iter().map(|(range, _)| range.end).chain([primary.end]).max()?;
    let window = window(&source.text, first..last);
    let line = source.location(&window).line;
    let shift = |range: &Range<usize>| {
        let start = range.start.clamp(window.start, window.end);
        start - window.start..range.end.clamp(start, window.end) - window.start
    };
    let mut snippet = Snippet::source(&source.text[window.clone()])
        .line_start(line)
        .path(source.shown())
        .annotation(AnnotationKind::Primary.span(shift(&primary)).label(diagnostic.label.as_str()));
    for (range, label) in &related {
        snippet = snippet.annotation(AnnotationKind::Context.span(shift(range)).label(*label));
    }
    Some(snippet)
}

/// The whole lines that hold a range and one more around; of endless lines only a part.
fn window(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start;
    for _ in 0..=CONTEXT_LINES {
        start = text[..start].rfind('\n').unwrap_or(0);
    }
    if text[start..].starts_with('\n') {
        start += 1;
    }
    let mut end = range.end;
    for _ in 0..=CONTEXT_LINES {
        end = text[end..].find('\n').map_or(text.len(), |i| (end + i + 1).min(text.len()));
    }
    let mut start = start.min(range.start);
    let mut end = text[..end].trim_end_matches('\n').len().max(range.end);
    if range.start - start > LONGEST_LINE {
        start = boundary(text, range.start - LONGEST_LINE / 4);
    }
    if end - range.end > LONGEST_LINE {
        end = boundary(text, range.end + LONGEST_LINE / 4);
    }
    start..end
}

fn boundary(text: &str, mut byte: usize) -> usize {
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Place;

    #[test]
    fn draws_the_line_and_the_place() {
        let text = "name: Deploy\nstages:\n  - type: depoly\n    account: \"${ trigger..x }\"\n";
        let source = Arc::new(Source::new("pipelines/deploy.yaml", text));
        let stage = Place::default().key("stages").index(0);
        let findings = [
            Diagnostic::error("GNK0040", "the expression cannot be read: unexpected '.'")
                .at(&source, stage.key("account").within(11..12))
                .label("unexpected '.'"),
            Diagnostic::error("GNK0022", "unknown stage type 'depoly'")
                .at(&source, stage.key("type"))
                .label("no such type")
                .help("did you mean 'deploy'?"),
        ];
        insta::assert_snapshot!(render(&findings, false), @r#"
        error[GNK0022]: unknown stage type 'depoly'
         --> pipelines/deploy.yaml:3:11
          |
        3 |   - type: depoly
          |           ^^^^^^ no such type
          |
          = help: did you mean 'deploy'?

        error[GNK0040]: the expression cannot be read: unexpected '.'
         --> pipelines/deploy.yaml:4:26
          |
        4 |     account: "${ trigger..x }"
          |                          ^ unexpected '.'

        2 errors
        "#);
    }

    #[test]
    fn counts_lines_of_a_place_far_down() {
        let mut text = "{\"stages\":[".to_owned();
        for _ in 0..5_000 {
            text.push_str("{\"type\":\"wait\"},");
        }
        text.push_str("{\"type\":\"depoly\"}]}");
        let source = Arc::new(Source::new("p.json", text));
        let finding = Diagnostic::error("GNK0022", "unknown stage type 'depoly'")
            .at(&source, Place::default().key("stages").index(5_000).key("type"));
        assert!(render(std::slice::from_ref(&finding), false).contains("\"depoly\""));
        assert_eq!(finding.to_json()["column"], 80_020);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert!(!render(&[Diagnostic::error("GNK0022", "unknown type '\u{1b}[31m'")], false).contains('\u{1b}'));
    }
}
