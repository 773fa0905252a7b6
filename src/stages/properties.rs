//! Reads the files a script leaves behind: Java properties, JSON or YAML.

use serde_json::Value;

use crate::model::{Failure, Map};

/// The properties in a file; its name tells the format, and text that opens with `{` is JSON whatever its name.
pub(super) fn read(name: &str, text: &str) -> Result<Map, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::user(format!("property file '{name}' cannot be read: {error}"));
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    if extension == "json" || text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| wrong(&error));
    }
    if matches!(extension.as_str(), "yaml" | "yml") {
        let value: Option<Map> = serde_yaml::from_str(text).map_err(|error| wrong(&error))?;
        return Ok(value.unwrap_or_default());
    }
    Ok(java_properties(text))
}

/// `key=value`, `key: value` or `key value` lines, with comments, continued lines and escapes.
fn java_properties(text: &str) -> Map {
    let mut properties = Map::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim_start().to_owned();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while line.chars().rev().take_while(|sign| *sign == '\\').count() % 2 == 1 {
            line.pop();
            match lines.next() {
                Some(more) => line.push_str(more.trim_start()),
                None => break,
            }
        }
        let (key, value) = split(&line);
        properties.insert(unescape(key), Value::String(unescape(value)));
    }
    properties
}

/// Key and value of a line: the key ends at the first `=`, `:` or blank that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.find(|sign: char| {
        let ends = !escaped && (matches!(sign, '=' | ':') || sign.is_whitespace());
        escaped = sign == '\\' && !escaped;
        ends
    });
    let Some(end) = end else { return (line, "") };
    let rest = line[end..].trim_start();
    (&line[..end], rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start())
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            plain.push(sign);
            continue;
        }
        match signs.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let digits: String = signs.by_ref().take(4).collect();
                let decoded = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                plain.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_formats_are_read() {
        let text = "# comment\n! too\na=1\nb : two words \n c\\ d\\=e\tf\nlong=x\\\n   y\nempty\nu=\\u00e9\\n\n";
        assert_eq!(
            Value::Object(read("build.properties", text).unwrap()),
            json!({"a": "1", "b": "two words ", "c d=e": "f", "long": "xy", "empty": "", "u": "é\n"})
        );
        assert_eq!(Value::Object(read("x.json", r#"{"a": 1}"#).unwrap()), json!({"a": 1}));
        assert_eq!(Value::Object(read("outputs", " {\"a\": [1]}").unwrap()), json!({"a": [1]}));
        assert_eq!(Value::Object(read("x.yml", "a: 1\nb: [2]").unwrap()), json!({"a": 1, "b": [2]}));
        assert!(read("x.yaml", "").unwrap().is_empty());
        assert!(read("x.json", "[").unwrap_err().message.contains("x.json"));
    }
}
