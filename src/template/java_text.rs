//! Values as Java prints them, which is what Jinjava puts into a text: `[a, b]`, `{k=v}`.

use std::fmt::Write as _;

use serde_json::Value;

/// The text of a value.
pub(super) fn java_text(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::String(string) => text.push_str(string),
        Value::Bool(_) | Value::Number(_) => write!(text, "{value}").expect("writing to a text cannot fail"),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write_value(text, item);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                text.push_str(key);
                text.push('=');
                write_value(text, value);
            }
            text.push('}');
        }
    }
}
