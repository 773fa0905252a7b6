//! JSON as Jackson writes it: compact, numbers in Java's notation.

use serde_json::Value as Json;

use super::convert::{to_json, to_text};
use super::error::{ExprError, Result};
use super::machine::Machine;
use super::number_text::{double_text, float_text};
use super::value::Value;

/// `mapper.writeValueAsString(value)`.
pub(crate) fn jackson<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<String> {
    let mut out = String::new();
    write(machine, value, &mut out, 0)?;
    machine.charge(out.len() as u64 / 16)?;
    Ok(out)
}

fn write<'a>(machine: &Machine<'a>, value: &Value<'a>, out: &mut String, depth: usize) -> Result<()> {
    machine.charge(1)?;
    if depth > 200 {
        return Err(ExprError::limit("a list or map is nested deeper than 200 levels"));
    }
    let quoted = |n: f64, text: String| if n.is_finite() { text } else { format!("\"{text}\"") };
    match value {
        Value::Double(n) => out.push_str(&quoted(*n, double_text(*n))),
        Value::Float(n) => out.push_str(&quoted(f64::from(*n), float_text(*n))),
        Value::LocalDate(_) | Value::LocalDateTime(_) | Value::Instant(_) => {
            return Err(ExprError::java(
                "com.fasterxml.jackson.databind.exc.InvalidDefinitionException",
                format!("Java 8 date/time type `{}` not supported by default: add Module \"com.fasterxml.jackson.datatype:jackson-datatype-jsr310\" to enable handling", value.class().shown()),
            )
            .hint("write it as text with .toString()"));
        }
        Value::Array(array) if array.of.name == "byte" => {
            let bytes: Vec<u8> =
                array.items.borrow().iter().map(|b| if let Value::Byte(b) = b { *b as u8 } else { 0 }).collect();
            let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
            out.push_str(&format!("\"{encoded}\""));
        }
        Value::Array(array) if array.of.name == "char" => {
            out.push_str(&Json::String(super::methods::array_text(array)).to_string());
        }
        other if other.is_map() => {
            out.push('{');
            for (i, (key, item)) in machine.entries(other).iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(&Json::String(to_text(machine, key)?).to_string());
                out.push(':');
                write(machine, item, out, depth + 1)?;
            }
            out.push('}');
        }
        other => match other.items() {
            Some(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    write(machine, item, out, depth + 1)?;
                }
                out.push(']');
            }
            None => out.push_str(&to_json(machine, other, depth)?.0.to_string()),
        },
    }
    Ok(())
}
