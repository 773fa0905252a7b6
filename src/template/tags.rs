//! Rewrites Jinjava's syntax into what the Jinja engine here reads: Spinnaker's tags become calls, every expression
//! says when it is unknown, and the operators that Jinjava has from Java become Jinja's.

/// Why a template cannot be rewritten: the reason, and the byte it is about.
pub(super) type Rejected = (String, usize);

/// Operators in one expression beyond which it is refused: it could build texts of any size.
const MOST_OPERATORS: usize = 200;

/// The function that a printed or tested value goes through.
pub(super) const KNOWN: &str = "__known";
/// The functions that Spinnaker's tags become.
pub(super) const MODULE: &str = "__module";
pub(super) const PIPELINE_ID: &str = "__pipelineid";

const DISABLED: &[&str] = &["from", "import", "include", "extends", "macro", "call", "block"];

/// Rewrites a template.
pub(super) fn rewrite(text: &str) -> Result<String, Rejected> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while let Some(found) = text[at..].find(['{']).map(|found| at + found) {
        out.push_str(&text[at..found]);
        let rest = &text[found..];
        at = if rest.starts_with("{#") && text[..found].ends_with('$') {
            // An expression of Spinnaker's. Jinjava swallows it as a comment, which nobody can mean.
            out.push_str("{{ '{#' }}");
            found + 2
        } else if rest.starts_with("{#") {
            let end = rest.find("#}").ok_or_else(|| ("a comment '{#' is never closed".to_owned(), found))?;
            out.push_str(&rest[..end + 2]);
            found + end + 2
        } else if rest.starts_with("{{") {
            let end = end_of(text, found + 2, "}}")?;
            print(&text[found + 2..end], found, &mut out)?;
            end + 2
        } else if rest.starts_with("{%") {
            let end = end_of(text, found + 2, "%}")?;
            let inside = &text[found + 2..end];
            if trimmed(inside).1.split_whitespace().next() == Some("raw") {
                let close = raw_end(text, end + 2).ok_or_else(|| ("{% raw %} is never closed".to_owned(), found))?;
                out.push_str(&text[found..close]);
                close
            } else {
                tag(inside, found, &mut out)?;
                end + 2
            }
        } else {
            out.push('{');
            found + 1
        };
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Where `close` ends what begins at `from`, quoted texts passed over.
fn end_of(text: &str, from: usize, close: &str) -> Result<usize, Rejected> {
    let mut quote = None;
    let mut escaped = false;
    for (offset, c) in text[from..].char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if text[from + offset..].starts_with(close) => return Ok(from + offset),
            _ => {}
        }
    }
    // A quote that is never closed is one of the text, as in `{{ it's }}`; the engine explains it better.
    text[from..].find(close).map(|offset| from + offset).ok_or_else(|| (format!("'{close}' is missing"), from - 2))
}

fn raw_end(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let open = at + text[at..].find("{%")?;
        let close = open + text[open..].find("%}")?;
        if trimmed(&text[open + 2..close]).1.trim() == "endraw" {
            return Some(close + 2);
        }
        at = close + 2;
    }
}

/// The whitespace controls before and behind, and what is between them.
fn trimmed(inside: &str) -> (&str, &str, &str) {
    let before = if inside.starts_with(['-', '+']) { &inside[..1] } else { "" };
    let rest = &inside[before.len()..];
    let behind = if rest.ends_with('-') { "-" } else { "" };
    (before, rest[..rest.len() - behind.len()].trim(), behind)
}

fn print(inside: &str, at: usize, out: &mut String) -> Result<(), Rejected> {
    let (before, source, behind) = trimmed(inside);
    if !source.is_empty() {
        out.push_str(&format!("{{{{{before} {} {behind}}}}}", known(source, at)?));
    }
    Ok(())
}

fn known(source: &str, at: usize) -> Result<String, Rejected> {
    Ok(format!("{KNOWN}(({}), {})", expression(source, at)?, literal(source)))
}

/// A text as a literal of the engine.
fn literal(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn tag(inside: &str, at: usize, out: &mut String) -> Result<(), Rejected> {
    let (before, source, behind) = trimmed(inside);
    let (name, arguments) = source.split_once(char::is_whitespace).unwrap_or((source, ""));
    let arguments = arguments.trim();
    let lower = name.to_ascii_lowercase();
    let statement = |body: String| format!("{{%{before} {body} {behind}%}}");
    let call = |body: String| format!("{{{{{before} {body} {behind}}}}}");
    let text = match lower.as_str() {
        "module" => call(module(arguments, at)?),
        "pipelineid" | "strategyid" => call(pipeline_id(&lower, arguments, at)?),
        "if" | "elif" => statement(format!("{lower} {}", known(arguments, at)?)),
        "unless" => statement(format!("if not {}", known(arguments, at)?)),
        "endunless" => statement("endif".to_owned()),
        "for" => match arguments.split_once(" in ") {
            Some((names, list)) => statement(format!("for {names} in {}", known(list, at)?)),
            None => return Err((format!("'for {arguments}' names no list; write 'for x in list'"), at)),
        },
        "set" => match arguments.split_once('=') {
            Some((names, value)) if !value.starts_with('=') => {
                statement(format!("set {names} = {}", known(value.trim(), at)?))
            }
            _ => return Err(("'set' without '=' is not supported here".to_owned(), at)),
        },
        _ if DISABLED.contains(&lower.as_str()) => {
            return Err((format!("the tag '{name}' is disabled in pipeline templates"), at));
        }
        _ => statement(source.to_owned()),
    };
    out.push_str(&text);
    Ok(())
}

/// `id key=value, key=value`, split as orca does: at whitespace, pieces without `=` joined to what stands before.
fn module(arguments: &str, at: usize) -> Result<String, Rejected> {
    let tokens = words(arguments);
    let Some((id, rest)) = tokens.split_first() else {
        return Err(("the tag 'module' expects the id of a module".to_owned(), at));
    };
    let mut pairs: Vec<String> = Vec::new();
    for token in rest {
        match pairs.last_mut() {
            Some(last) if !is_pair(token) => {
                last.push_str(token);
            }
            _ => pairs.push(token.clone()),
        }
    }
    let mut given = Vec::new();
    for pair in &pairs {
        let pair = pair.trim_end_matches(',');
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err((format!("the tag 'module' expects 'key=value', but got '{pair}'"), at));
        };
        let resolved = if is_hyphenated(value) { "none".to_owned() } else { expression(value, at)? };
        given.push(format!("[{}, {}, ({resolved})]", literal(key), literal(value)));
    }
    Ok(format!("{MODULE}({}, [{}])", literal(id.trim_end_matches(',')), given.join(", ")))
}

/// `key=…`, but not a comparison.
fn is_pair(token: &str) -> bool {
    token.split_once('=').is_some_and(|(key, value)| {
        !value.starts_with('=') && !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// A word such as `us-east-1`, which is no difference of three variables.
fn is_hyphenated(value: &str) -> bool {
    value.contains('-')
        && value.starts_with(|c: char| c.is_alphabetic())
        && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn pipeline_id(tag: &str, arguments: &str, at: usize) -> Result<String, Rejected> {
    let mut given = Vec::new();
    for token in words(&arguments.replace(',', " ")) {
        let Some((key, value)) = token.split_once('=') else {
            return Err((format!("the tag '{tag}' expects 'key=value', but got '{token}'"), at));
        };
        given.push(format!("{}: {}", literal(key), literal(value.trim_matches(['"', '\'']))));
    }
    Ok(format!("{PIPELINE_ID}({}, {{{}}})", tag == "strategyid", given.join(", ")))
}

/// Splits at whitespace outside of quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().expect("there is always one").push(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Java's operators become Jinja's.
fn expression(source: &str, at: usize) -> Result<String, Rejected> {
    let mut out = String::with_capacity(source.len());
    let mut depth = 0usize;
    let mut operators = 0;
    let mut condition = None;
    let mut otherwise = None;
    let mut chars = source.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        let next = source[index + c.len_utf8()..].chars().next();
        if matches!(c, '+' | '~' | '*') {
            operators += 1;
        }
        match c {
            '"' | '\'' => {
                let end = quoted(source, index, c);
                out.push_str(&source[index..end]);
                while chars.peek().is_some_and(|(next, _)| *next < end) {
                    chars.next();
                }
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '&' if next == Some('&') => {
                chars.next();
                out.push_str(" and ");
                continue;
            }
            '|' if next == Some('|') => {
                chars.next();
                out.push_str(" or ");
                continue;
            }
            '!' if next != Some('=') => {
                out.push_str(" not ");
                continue;
            }
            '?' if depth == 0 && condition.is_none() => {
                condition = Some(std::mem::take(&mut out));
                continue;
            }
            ':' if depth == 0 && condition.is_some() && otherwise.is_none() => {
                otherwise = Some(std::mem::take(&mut out));
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    if operators > MOST_OPERATORS {
        return Err((format!("an expression has more than {MOST_OPERATORS} operators"), at));
    }
    Ok(match (condition, otherwise) {
        (Some(condition), Some(then)) => format!("({then}) if ({condition}) else ({out})"),
        _ => out,
    })
}

/// The byte behind the text literal at `from`.
fn quoted(source: &str, from: usize, quote: char) -> usize {
    let mut escaped = false;
    for (offset, c) in source[from + 1..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return from + 1 + offset + 1,
            _ => {}
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spinnakers_tags_become_calls() {
        for (text, expected) in [
            ("a {{ b }}", "a {{ __known((b), \"b\") }}"),
            ("{%- if a && !b %}", "{%- if __known((a  and   not b), \"a && !b\") %}"),
            ("{{ a ? 'x' : 'y' }}", "{{ __known((( 'x' ) if (a ) else ( 'y')), \"a ? 'x' : 'y'\") }}"),
            (
                "{% module m a=b, c=d['e' + 'f'] %}",
                "{{ __module(\"m\", [[\"a\", \"b\", (b)], [\"c\", \"d['e'+'f']\", (d['e'+'f'])]]) }}",
            ),
            ("{% module m r=us-east-1 %}", "{{ __module(\"m\", [[\"r\", \"us-east-1\", (none)]]) }}"),
            ("{% pipelineId name='Bake and Tag' %}", "{{ __pipelineid(false, {\"name\": \"Bake and Tag\"}) }}"),
            ("{% raw %}{{ x }}{% endraw %}", "{% raw %}{{ x }}{% endraw %}"),
        ] {
            assert_eq!(rewrite(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["{% include 'x' %}", "{{ a", "{% module %}", "{% set a %}", "{# x"] {
            assert!(rewrite(text).is_err(), "{text}");
        }
    }
}
