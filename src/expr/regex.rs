//! `java.util.regex` on fancy-regex: patterns and replacements translated, backtracking bounded.

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::error::{ExprError, ILLEGAL_ARGUMENT, INDEX, Result};

const SYNTAX: &str = "java.util.regex.PatternSyntaxException";
/// Steps of backtracking before a match is given up.
const BACKTRACK_LIMIT: usize = 200_000;

/// A compiled pattern.
pub(crate) struct JavaRegex {
    regex: Regex,
    whole: Regex,
}

impl JavaRegex {
    /// Compiles a pattern of Java.
    pub(crate) fn new(pattern: &str) -> Result<Self> {
        let translated = translate(pattern)?;
        let build =
            |text: &str| RegexBuilder::new(text).backtrack_limit(BACKTRACK_LIMIT).delegate_size_limit(2 << 20).build();
        let bad = |error: fancy_regex::Error| {
            let message = if pattern.ends_with('[') {
                format!(
                    "Unclosed character class near index {0}\n{pattern}\n{1}^",
                    pattern.len() - 1,
                    " ".repeat(pattern.len() - 1)
                )
            } else {
                format!("{error} near\n{pattern}")
            };
            ExprError::java(SYNTAX, message)
        };
        let regex = build(&translated).map_err(bad)?;
        // The line break ends a comment of `(?x)`, which alone ignores it.
        let end = if translated.contains("(?x") { "\n" } else { "" };
        let whole = build(&format!("^(?:{translated}{end})\\z")).map_err(bad)?;
        Ok(Self { regex, whole })
    }

    /// Whether all of the text matches.
    pub(crate) fn matches(&self, text: &str) -> Result<bool> {
        self.whole.is_match(text).map_err(too_hard)
    }

    /// `replaceAll` or `replaceFirst`.
    pub(crate) fn replace(&self, text: &str, replacement: &str, all: bool) -> Result<String> {
        let mut out = String::new();
        let mut from = 0;
        let mut search = Some(0);
        while let Some(at) = search {
            let Some(captures) = self.regex.captures_from_pos(text, at).map_err(too_hard)? else { break };
            let Some(found) = captures.get(0) else { break };
            search = next_search(text, found.start(), found.end());
            out.push_str(&text[from..found.start()]);
            expand(&captures, replacement, &mut out)?;
            from = found.end();
            if out.len() > 1_000_000 {
                return Err(ExprError::limit("the replaced text is longer than 1,000,000 bytes"));
            }
            if !all {
                break;
            }
        }
        out.push_str(&text[from..]);
        Ok(out)
    }

    /// `String.split`.
    pub(crate) fn split(&self, text: &str, limit: i32) -> Result<Vec<String>> {
        let mut parts = Vec::new();
        let mut from = 0;
        let mut search = Some(0);
        while let Some(at) = search {
            let Some(found) = self.regex.find_from_pos(text, at).map_err(too_hard)? else { break };
            search = next_search(text, found.start(), found.end());
            if limit > 0 && parts.len() as i64 == i64::from(limit) - 1 {
                break;
            }
            // An empty match at the start gives no empty first part.
            if found.end() == 0 {
                continue;
            }
            parts.push(text[from..found.start()].to_owned());
            from = found.end();
        }
        if parts.is_empty() {
            return Ok(vec![text.to_owned()]);
        }
        parts.push(text[from..].to_owned());
        if limit == 0 {
            while parts.last().is_some_and(String::is_empty) {
                parts.pop();
            }
        }
        Ok(parts)
    }
}

/// Whether all of a text matches a pattern of Java; the error is a pattern that cannot be read or takes too long.
pub fn matches_wholly(pattern: &str, text: &str) -> std::result::Result<bool, String> {
    JavaRegex::new(pattern).and_then(|regex| regex.matches(text)).map_err(|error| error.description())
}

/// Where Java looks on: right behind a match, so that an empty match may follow a longer one.
fn next_search(text: &str, start: usize, end: usize) -> Option<usize> {
    if end > start {
        return Some(end);
    }
    text[end..].chars().next().map(|c| end + c.len_utf8())
}

fn too_hard(error: fancy_regex::Error) -> ExprError {
    ExprError::limit(format!("the pattern takes too long on this text: {error}"))
}

fn expand(captures: &Captures<'_, str>, replacement: &str, out: &mut String) -> Result<()> {
    let mut chars = replacement.chars().peekable();
    let bad = |message: &str| ExprError::java(ILLEGAL_ARGUMENT, message);
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().ok_or_else(|| bad("character to be escaped is missing"))?),
            '$' if chars.peek() == Some(&'{') => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let group = captures.name(&name);
                out.push_str(group.map(|m| m.as_str()).ok_or_else(|| bad(&format!("No group with name {{{name}}}")))?);
            }
            '$' => {
                let digit = chars.peek().and_then(|c| c.to_digit(10));
                let Some(digit) = digit else {
                    let end = chars.peek().is_none();
                    return Err(bad(if end {
                        "Illegal group reference: group index is missing"
                    } else {
                        "Illegal group reference"
                    })
                    .hint("a dollar sign itself is written \\$"));
                };
                chars.next();
                let mut group = digit as usize;
                if group >= captures.len() {
                    return Err(ExprError::java(INDEX, format!("No group {group}")));
                }
                while let Some(next) = chars.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + next as usize;
                    if longer >= captures.len() {
                        break;
                    }
                    group = longer;
                    chars.next();
                }
                out.push_str(captures.get(group).map_or("", |m| m.as_str()));
            }
            c => out.push(c),
        }
    }
    Ok(())
}

/// Writes a Java pattern in fancy-regex's dialect.
fn translate(pattern: &str) -> Result<String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut i = 0;
    let mut class_depth = 0_usize;
    let mut dot_all = false;
    let mut multi_line = false;
    while i < chars.len() {
        let c = chars[i];
        i += 1;
        match c {
            '\\' => {
                let Some(&next) = chars.get(i) else {
                    out.push('\\');
                    break;
                };
                i += 1;
                if next == 'Q' {
                    while i < chars.len() && !(chars[i] == '\\' && chars.get(i + 1) == Some(&'E')) {
                        push_literal(&mut out, chars[i]);
                        i += 1;
                    }
                    i += 2;
                } else if matches!(next, 'p' | 'P') {
                    i = property(&chars, i, next == 'P', class_depth > 0, &mut out);
                } else if next == 'c' && chars.get(i).is_some() {
                    push_literal(&mut out, char::from_u32(chars[i] as u32 ^ 64).unwrap_or(chars[i]));
                    i += 1;
                } else {
                    escape(next, class_depth > 0, &mut out);
                }
            }
            // A class of POSIX in brackets is a class of these letters to Java.
            '[' if class_depth > 0 && chars.get(i) == Some(&':') => {
                out.push_str("[\\:");
                class_depth += 1;
                i += 1;
            }
            '[' => {
                out.push('[');
                class_depth += 1;
                if chars.get(i) == Some(&'^') {
                    out.push('^');
                    i += 1;
                }
                if chars.get(i) == Some(&']') {
                    out.push_str("\\]");
                    i += 1;
                }
            }
            ']' if class_depth > 0 => {
                out.push(']');
                class_depth -= 1;
            }
            ']' => out.push_str("\\]"),
            '-' | '~' if class_depth > 0 && chars.get(i) == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            '.' if class_depth == 0 && !dot_all => out.push_str("[^\\n\\r\\u{85}\\u{2028}\\u{2029}]"),
            '$' if class_depth == 0 && !multi_line => out.push_str("(?=(?:\\r?\\n)?\\z)"),
            '(' if class_depth == 0 => {
                out.push('(');
                if chars.get(i) == Some(&'?') {
                    let end = chars[i..].iter().position(|c| matches!(c, ')' | ':' | '<' | '=' | '!' | '>'));
                    let flags: String = chars[i + 1..i + end.unwrap_or(1).max(1)].iter().collect();
                    let on = flags.split('-').next().unwrap_or("");
                    dot_all |= on.contains('s');
                    multi_line |= on.contains('m');
                    if end.is_some() && flags.chars().all(|c| "idmsuxU-".contains(c)) {
                        let kept: String = flags.chars().filter(|c| "imsx-".contains(*c)).collect();
                        out.push('?');
                        out.push_str(kept.trim_end_matches('-'));
                        i += 1 + flags.chars().count();
                        // `(?u)` alone sets nothing here.
                        if kept.is_empty() && chars.get(i) == Some(&')') {
                            out.truncate(out.len() - 2);
                            i += 1;
                        }
                    }
                }
            }
            '{' if class_depth == 0 && !chars.get(i).is_some_and(char::is_ascii_digit) => {
                let caret = if i < chars.len() { format!("\n{}^", " ".repeat(i)) } else { String::new() };
                let message = format!("Illegal repetition near index {i}\n{pattern}{caret}");
                return Err(ExprError::java(SYNTAX, message));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

/// Java's shorthand classes are ASCII only.
fn escape(c: char, in_class: bool, out: &mut String) {
    let class = match c {
        'd' => "0-9",
        'w' => "a-zA-Z0-9_",
        's' => " \\t\\n\\x0B\\f\\r",
        'h' => " \\xA0\\u{1680}\\u{180e}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{3000}\\t",
        'v' => "\\n\\x0B\\f\\r\\x85\\u{2028}\\u{2029}",
        'D' | 'W' | 'S' => {
            let mut inner = String::new();
            escape(c.to_ascii_lowercase(), true, &mut inner);
            out.push_str(&format!("[^{inner}]"));
            return;
        }
        'X' => {
            out.push_str("(?:\\r\\n|\\P{M}\\p{M}*|\\p{M}+)");
            return;
        }
        'R' => {
            out.push_str("(?:\\r\\n|[\\n\\x0B\\f\\r\\x85\\u{2028}\\u{2029}])");
            return;
        }
        'Z' => {
            out.push_str("(?=(?:\\r?\\n)?\\z)");
            return;
        }
        'e' => {
            out.push_str("\\x1B");
            return;
        }
        c if c.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(c);
            return;
        }
        c => {
            push_literal(out, c);
            return;
        }
    };
    if in_class { out.push_str(class) } else { out.push_str(&format!("[{class}]")) }
}

fn property(chars: &[char], mut i: usize, negated: bool, in_class: bool, out: &mut String) -> usize {
    let mut name = String::new();
    if chars.get(i) == Some(&'{') {
        i += 1;
        while i < chars.len() && chars[i] != '}' {
            name.push(chars[i]);
            i += 1;
        }
        i += 1;
    } else if let Some(c) = chars.get(i) {
        name.push(*c);
        i += 1;
    }
    let posix = match name.as_str() {
        "Lower" | "javaLowerCase" => "a-z",
        "Upper" | "javaUpperCase" => "A-Z",
        "ASCII" => "\\x00-\\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => "!-/:-@\\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => " \\t",
        "Cntrl" => "\\x00-\\x1F\\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => " \\t\\n\\x0B\\f\\r",
        _ => "",
    };
    if posix.is_empty() {
        let name = name.strip_prefix("Is").unwrap_or(&name);
        out.push_str(&format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }));
    } else if in_class && !negated {
        out.push_str(posix);
    } else {
        out.push_str(&format!("[{}{posix}]", if negated { "^" } else { "" }));
    }
    i
}
