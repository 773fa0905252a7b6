//! Where every value of a text stands: the text is parsed once more, with marks, when the first place is asked for.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Place, Source, Spot, Step};

/// The marked tree of a text.
pub(super) struct Layout {
    nodes: Vec<Node>,
    documents: Vec<usize>,
}

struct Node {
    span: Range<usize>,
    content: Content,
}

enum Content {
    Scalar(ScalarStyle, String),
    List(Vec<usize>),
    Object(Vec<Entry>),
    Alias(usize),
}

struct Entry {
    key: usize,
    value: usize,
}

/// A value found by its path: its node and the node of the key it hangs on.
#[derive(Clone, Copy)]
struct Found {
    node: usize,
    key: Option<usize>,
}

impl Layout {
    /// Marks a text. What stands behind an error of syntax is not in it.
    pub(super) fn of(source: &Source) -> Self {
        let readable = if source.is_json() { plain_for_yaml(&source.text) } else { source.text.clone() };
        let bytes = ByteOffsets::of(&readable);
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(&readable);
        while let Some(Ok((event, span))) = parser.next_event() {
            let range = bytes.range(span);
            let event = match event {
                Event::Scalar(text, ScalarStyle::DoubleQuoted, anchor, tag) if source.is_json() => {
                    // Half code units were made harmless above: the text itself is decoded by JSON's rules.
                    let decoded = serde_json::from_str::<String>(&source.text[range.clone()]);
                    Event::Scalar(decoded.map_or(text, Into::into), ScalarStyle::DoubleQuoted, anchor, tag)
                }
                event => event,
            };
            builder.take(event, range);
        }
        builder.layout
    }

    /// The bytes a place means.
    pub(super) fn resolve(&self, place: &Place, text: &str) -> Option<Range<usize>> {
        let mut found = Found { node: *self.documents.get(place.document)?, key: None };
        let mut complete = true;
        for step in &place.steps {
            match self.step(found.node, step) {
                Some(next) => found = next,
                None => {
                    complete = false;
                    break;
                }
            }
        }
        let node = self.nodes.get(found.node)?;
        let key = found.key.map(|key| self.nodes[key].span.clone());
        match (&place.spot, key) {
            (Spot::Key, Some(key)) if complete => return Some(key),
            (Spot::Within(range), _) if complete => {
                if let Content::Scalar(style, value) = &node.content
                    && let Some(range) = align(&text[node.span.clone()], value, *style, range)
                {
                    return Some(node.span.start + range.start..node.span.start + range.end);
                }
            }
            _ => {}
        }
        Some(self.mark(found, text))
    }

    fn step(&self, node: usize, step: &Step) -> Option<Found> {
        match (&self.nodes.get(node)?.content, step) {
            (Content::Alias(target), step) => self.step(*target, step),
            (Content::List(items), Step::Index(index)) => {
                items.get(*index).map(|node| Found { node: *node, key: None })
            }
            (Content::Object(entries), Step::Key(key)) => {
                // The last of doubled keys is the one that counts and the one to point to.
                let own = entries.iter().rev().find(|entry| self.text_of(entry.key) == Some(key));
                if let Some(entry) = own {
                    return Some(Found { node: entry.value, key: Some(entry.key) });
                }
                let merges = entries.iter().filter(|entry| self.text_of(entry.key) == Some("<<"));
                merges.into_iter().find_map(|entry| self.step_merged(entry.value, step))
            }
            _ => None,
        }
    }

    fn step_merged(&self, node: usize, step: &Step) -> Option<Found> {
        match &self.nodes.get(node)?.content {
            Content::Alias(target) => self.step_merged(*target, step),
            Content::List(items) => items.iter().find_map(|item| self.step_merged(*item, step)),
            Content::Object(_) => self.step(node, step),
            Content::Scalar(..) => None,
        }
    }

    fn text_of(&self, node: usize) -> Option<&str> {
        match &self.nodes.get(node)?.content {
            Content::Scalar(_, text) => Some(text),
            _ => None,
        }
    }

    /// What to underline for a value: itself when it is short, else the key it hangs on or its first line.
    fn mark(&self, found: Found, text: &str) -> Range<usize> {
        let node = &self.nodes[found.node];
        let span = node.span.clone();
        let one_line = !span.is_empty() && !text[span.clone()].trim_end().contains('\n');
        match &node.content {
            Content::Scalar(..) | Content::Alias(_) if one_line => span.start..span.start + text[span].trim_end().len(),
            Content::List(_) | Content::Object(_) if one_line && is_bracket(text, span.start) && span.len() <= 80 => {
                span
            }
            _ => match (found.key, &node.content) {
                (Some(key), _) => self.nodes[key].span.clone(),
                (None, Content::Object(entries)) if !entries.is_empty() => self.first_entry(&entries[0], text),
                _ => first_line(span, text),
            },
        }
    }

    fn first_entry(&self, entry: &Entry, text: &str) -> Range<usize> {
        let key = self.nodes[entry.key].span.clone();
        let value = &self.nodes[entry.value];
        let whole = key.start..value.span.end.max(key.end);
        match value.content {
            Content::Scalar(..) if !text[whole.clone()].contains('\n') => whole,
            _ => key,
        }
    }
}

fn is_bracket(text: &str, at: usize) -> bool {
    matches!(text.as_bytes().get(at), Some(b'[' | b'{'))
}

fn first_line(span: Range<usize>, text: &str) -> Range<usize> {
    let line = text[span.start..].lines().next().unwrap_or("").trim_end();
    let end = span.start + line.len();
    if span.end > span.start { span.start..end.min(span.end) } else { span.start..end }
}

/// JSON as the YAML parser can read it, character by character at the same place: half code units and tabs, which
/// YAML refuses, become something harmless.
fn plain_for_yaml(text: &str) -> String {
    let mut plain = text.replace('\t', " ");
    let mut from = 0;
    while let Some(at) = plain[from..].find("\\u").map(|i| from + i) {
        let digits = plain.get(at + 2..at + 6).unwrap_or("");
        if digits.len() == 4
            && digits.to_ascii_lowercase().starts_with('d')
            && digits.as_bytes()[1].to_ascii_lowercase() >= b'8'
        {
            plain.replace_range(at + 2..at + 6, "fffd");
        }
        from = at + 2;
    }
    plain
}

/// Byte offsets of a text's characters: the marked parser counts characters.
struct ByteOffsets(Option<Vec<usize>>, usize);

impl ByteOffsets {
    fn of(text: &str) -> Self {
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(i, _)| i).collect());
        Self(offsets, text.len())
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    fn byte(&self, character: usize) -> usize {
        match &self.0 {
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.1),
            None => character.min(self.1),
        }
    }
}

/// Builds the tree from events, without recursion.
struct Builder {
    layout: Layout,
    open: Vec<Open>,
    anchors: Vec<(usize, usize)>,
}

struct Open {
    node: usize,
    pending_key: Option<usize>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { layout: Layout { nodes: Vec::new(), documents: Vec::new() }, open: Vec::new(), anchors: Vec::new() }
    }
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.add(span, Content::Scalar(style, text.into_owned()), anchor);
            }
            Event::Alias(anchor) => {
                let target = self.anchors.iter().rev().find(|(id, _)| *id == anchor).map(|(_, node)| *node);
                let content = match target {
                    Some(target) => Content::Alias(target),
                    None => Content::List(Vec::new()),
                };
                self.add(span, content, 0);
            }
            Event::SequenceStart(anchor, _) => self.begin(span, Content::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.begin(span, Content::Object(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let node = &mut self.layout.nodes[open.node];
                    node.span.end = node.span.end.max(span.end);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, span: Range<usize>, content: Content, anchor: usize) {
        let node = self.add(span, content, anchor);
        self.open.push(Open { node, pending_key: None });
    }

    fn add(&mut self, span: Range<usize>, content: Content, anchor: usize) -> usize {
        let node = self.layout.nodes.len();
        self.layout.nodes.push(Node { span, content });
        if anchor > 0 {
            self.anchors.push((anchor, node));
        }
        let Some(parent) = self.open.last_mut() else {
            self.layout.documents.push(node);
            return node;
        };
        match &mut self.layout.nodes[parent.node].content {
            Content::List(items) => items.push(node),
            Content::Object(entries) => match parent.pending_key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => parent.pending_key = Some(node),
            },
            Content::Scalar(..) | Content::Alias(_) => {}
        }
        node
    }
}

/// Where bytes of a decoded text stand in the raw one; `None` when the two cannot be brought together.
fn align(raw: &str, decoded: &str, style: ScalarStyle, wanted: &Range<usize>) -> Option<Range<usize>> {
    let mut at = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
        // The mark of a block begins with its first line.
        ScalarStyle::Literal | ScalarStyle::Folded | ScalarStyle::Plain => 0,
    };
    let mut start = None;
    let mut end = at;
    for (offset, wanted_char) in decoded.char_indices().chain([(decoded.len(), '\0')]) {
        if offset >= wanted.end && start.is_some() {
            break;
        }
        if offset == decoded.len() {
            break;
        }
        let (begin, next) = one_char(raw, at, wanted_char, style)?;
        if offset >= wanted.start && start.is_none() {
            start = Some(begin);
        }
        at = next;
        end = next;
    }
    let start = start.unwrap_or(end);
    Some(start..end.max(start))
}

/// The raw bytes that stand for one decoded character, looked for from `at` on.
fn one_char(raw: &str, mut at: usize, wanted: char, style: ScalarStyle) -> Option<(usize, usize)> {
    loop {
        let rest = raw.get(at..)?;
        let found = rest.chars().next()?;
        if style == ScalarStyle::DoubleQuoted && found == '\\' {
            let width = escape_width(rest);
            if rest[1..].starts_with(['\n', '\r']) {
                at += width;
                continue;
            }
            return Some((at, at + width));
        }
        if style == ScalarStyle::SingleQuoted && rest.starts_with("''") {
            return Some((at, at + 2));
        }
        if found == wanted {
            return Some((at, at + found.len_utf8()));
        }
        if wanted == ' ' && matches!(found, '\n' | '\r') {
            // A folded line break: it and the indentation behind it are one space.
            let blank = rest.len() - rest.trim_start().len();
            return Some((at, at + blank));
        }
        if !found.is_whitespace() {
            return None;
        }
        at += found.len_utf8();
    }
}

fn escape_width(rest: &str) -> usize {
    let width = match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') if is_surrogate_pair(rest) => 12,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(_) => 1 + rest[1..].chars().next().map_or(1, char::len_utf8),
        None => 1,
    };
    if rest.is_char_boundary(width.min(rest.len())) { width.min(rest.len()) } else { 1 }
}

fn is_surrogate_pair(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.len() >= 12
        && matches!(bytes[2], b'd' | b'D')
        && bytes[3].to_ascii_lowercase() >= b'8'
        && &bytes[6..8] == b"\\u"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &str, text: &str, place: &Place) -> String {
        let source = Source::new(name, text);
        source.text[source.resolve(place).expect("a range")].to_owned()
    }

    #[test]
    fn finds_values_in_yaml_and_json() {
        let top = Place::default();
        let yaml = "\u{feff}a: 1\r\nb:\r\n  - x: ünï\r\n    y: [1, 2]\r\n  - ~\r\n";
        assert_eq!(marked("p.yaml", yaml, &top.key("a")), "1");
        assert_eq!(marked("p.yaml", yaml, &top.key("b").index(0).key("x")), "ünï");
        assert_eq!(marked("p.yaml", yaml, &top.key("b").index(0).key("y")), "[1, 2]");
        assert_eq!(marked("p.yaml", yaml, &top.key("b").index(0)), "x: ünï");
        assert_eq!(marked("p.yaml", yaml, &top.key("b")), "b");
        assert_eq!(marked("p.yaml", yaml, &top.key("b").index(0).key("x").on_key()), "x");
        let json = "{\t\"a\" : \"\\ud83d\\ude00 ${ x }\",\n\t\"b\":[{\"c\":null}]}";
        assert_eq!(marked("p.json", json, &top.key("b").index(0).key("c")), "null");
        assert_eq!(marked("p.json", json, &top.key("a").within(5..11)), "${ x }");
    }

    #[test]
    fn what_is_missing_points_to_what_is_there() {
        let place = Place::default().key("stages").index(0).key("account");
        assert_eq!(marked("p.yaml", "stages:\n- type: deploy\n  name: d\n", &place), "type: deploy");
    }

    #[test]
    fn follows_aliases_and_merge_keys() {
        let yaml = "base: &b\n  account: prod\nstage:\n  <<: *b\n  other: *b\n";
        let stage = Place::default().key("stage");
        assert_eq!(marked("p.yaml", yaml, &stage.key("account")), "prod");
        assert_eq!(marked("p.yaml", yaml, &stage.key("other").key("account")), "prod");
        assert_eq!(marked("p.yaml", yaml, &stage.key("other")), "*b");
    }

    #[test]
    fn marks_inside_every_style_of_scalar() {
        let place = |text: &str, part: &str| {
            let at = text.find(part).expect("part of it");
            Place::default().key("v").within(at..at + part.len())
        };
        let cases = [
            ("v: plain ${bad} end\n", "plain ${bad} end"),
            ("v: 'it''s ${bad}'\n", "it's ${bad}"),
            ("v: \"tab\\t \\u00fc ${bad}\"\n", "tab\t ü ${bad}"),
            ("v: |\n  first\n  second ${bad}\nw: 1\n", "first\nsecond ${bad}\n"),
            ("v: >-\n  first\n  second ${bad}\nw: 1\n", "first second ${bad}"),
            ("v: first\n  second ${bad}\nw: 1\n", "first second ${bad}"),
        ];
        for (yaml, decoded) in cases {
            assert_eq!(marked("p.yaml", yaml, &place(decoded, "${bad}")), "${bad}", "{yaml}");
        }
    }

    #[test]
    fn tells_several_documents_apart() {
        let yaml = "a: 1\n---\na: 2\n";
        assert_eq!(marked("p.yaml", yaml, &Place::document(1).key("a")), "2");
    }
}
