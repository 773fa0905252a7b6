//! `String.format`.

use super::calendar::{DateTime, Instant, civil, day_name, month_name, weekday};
use super::convert::{integral, to_text};
use super::error::{ExprError, Result};
use super::machine::Machine;
use super::methods::{hash_code, hex_text};
use super::number_text::double_digits;
use super::value::Value;

/// Widest a field may be padded to.
const MAX_WIDTH: usize = 10_000;

struct Spec<'f> {
    text: &'f str,
    flags: &'f str,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

impl Spec<'_> {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

/// Writes arguments by a format of Java.
pub(crate) fn format<'a>(machine: &Machine<'a>, format: &str, args: &[Value<'a>]) -> Result<String> {
    let mut out = String::new();
    let mut rest = format;
    let mut ordinary = 0;
    let mut last = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let body = &rest[at + 1..];
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let (index, after) = match body[digits..].strip_prefix('$') {
            Some(after) if digits > 0 => (body[..digits].parse::<usize>().ok(), after),
            _ => (None, body),
        };
        let flags = after.len() - after.trim_start_matches(['-', '#', '+', ' ', '0', ',', '(', '<']).len();
        let (flags, after) = after.split_at(flags);
        let width = after.bytes().take_while(u8::is_ascii_digit).count();
        let (width, after) = after.split_at(width);
        let (precision, after) = match after.strip_prefix('.') {
            Some(digits) => {
                let count = digits.bytes().take_while(u8::is_ascii_digit).count();
                (Some(digits[..count].parse::<usize>().map_err(|_| unknown("."))?), &digits[count..])
            }
            None => (None, after),
        };
        let mut chars = after.chars();
        let conversion = chars.next().ok_or_else(|| unknown("%"))?;
        let mut length = conversion.len_utf8();
        let date_part = if matches!(conversion, 't' | 'T') { chars.next() } else { None };
        length += date_part.map_or(0, char::len_utf8);
        let end = rest.len() - after.len() + length;
        let width = width.parse::<usize>().unwrap_or(0);
        let spec = Spec { text: &rest[at..end], flags, width, precision, conversion };
        rest = &rest[end..];
        if width.max(precision.unwrap_or(0)) > MAX_WIDTH {
            return Err(ExprError::limit("a field of a format is wider than 10,000 characters"));
        }
        let text = match conversion {
            'n' => "\n".to_owned(),
            '%' => "%".to_owned(),
            _ => {
                let i = match index {
                    Some(index) => index.wrapping_sub(1),
                    None if flags.contains('<') => last,
                    None => {
                        ordinary += 1;
                        ordinary - 1
                    }
                };
                last = i;
                let value = args.get(i).ok_or_else(|| {
                    let message = format!("Format specifier '{}'", spec.text);
                    ExprError::java("java.util.MissingFormatArgumentException", message)
                })?;
                one(machine, &spec, date_part, value)?
            }
        };
        out.push_str(&padded(&spec, &text));
        machine.charge(text.len() as u64 / 8 + 1)?;
    }
    out.push_str(rest);
    Ok(out)
}

fn unknown(conversion: &str) -> ExprError {
    ExprError::java("java.util.UnknownFormatConversionException", format!("Conversion = '{conversion}'"))
}

fn padded(spec: &Spec<'_>, text: &str) -> String {
    let length = text.encode_utf16().count();
    let fill = " ".repeat(spec.width.saturating_sub(length));
    if spec.has('-') { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn mismatch(spec: &Spec<'_>, value: &Value<'_>) -> ExprError {
    let class = value.class().jvm_name();
    ExprError::java("java.util.IllegalFormatConversionException", format!("{} != {class}", spec.conversion))
}

fn one<'a>(machine: &Machine<'a>, spec: &Spec<'_>, date_part: Option<char>, value: &Value<'a>) -> Result<String> {
    let cut = |text: String| match spec.precision {
        Some(n) => text.chars().take(n).collect(),
        None => text,
    };
    let text = match spec.conversion.to_ascii_lowercase() {
        's' => cut(to_text(machine, value)?),
        'b' => cut(match value {
            Value::Null => "false".to_owned(),
            Value::Bool(b) => b.to_string(),
            _ => "true".to_owned(),
        }),
        'h' if value.is_null() => "null".to_owned(),
        'h' => cut(format!("{:x}", hash_code(machine, value)?)),
        'd' | 'o' | 'x' | 'c' | 'e' | 'f' | 'g' | 'a' if value.is_null() => cut("null".to_owned()),
        'd' => {
            let number = integral(value).ok_or_else(|| mismatch(spec, value))?;
            let digits = number.unsigned_abs().to_string();
            signed(spec, number < 0, if spec.has(',') { grouped(&digits) } else { digits })
        }
        'x' | 'o' => {
            let hex = spec.conversion != 'o';
            let write = |bits: u64| if hex { format!("{bits:x}") } else { format!("{bits:o}") };
            let digits = match value {
                Value::Int(n) => write(u64::from(*n as u32)),
                Value::Byte(n) => write(u64::from(*n as u8)),
                other => write(integral(other).ok_or_else(|| mismatch(spec, other))? as u64),
            };
            let prefix = if !spec.has('#') {
                ""
            } else if hex {
                "0x"
            } else {
                "0"
            };
            zero_filled(spec, prefix, &digits, "")
        }
        'c' => match value {
            Value::Char(unit) => String::from_utf16_lossy(&[*unit]),
            Value::Long(_) => return Err(mismatch(spec, value)),
            other => {
                let code = integral(other).ok_or_else(|| mismatch(spec, other))?;
                let found = u32::try_from(code).ok().and_then(char::from_u32);
                found.map(String::from).ok_or_else(|| {
                    ExprError::java("java.util.IllegalFormatCodePointException", format!("Code point = 0x{code:x}"))
                })?
            }
        },
        'f' | 'e' | 'g' => real(spec, value)?,
        'a' => match value {
            Value::Double(n) if spec.precision.is_none() => hex_text(*n),
            Value::Float(n) if spec.precision.is_none() => hex_text(f64::from(*n)),
            Value::Double(_) | Value::Float(_) => return Err(unknown(spec.text)),
            other => return Err(mismatch(spec, other)),
        },
        't' => date(spec, date_part.unwrap_or(' '), value)?,
        _ => return Err(unknown(&spec.conversion.to_string())),
    };
    Ok(if spec.conversion.is_ascii_uppercase() { text.to_uppercase() } else { text })
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn signed(spec: &Spec<'_>, negative: bool, digits: String) -> String {
    let (before, after) = match negative {
        true if spec.has('(') => ("(", ")"),
        true => ("-", ""),
        false if spec.has('+') => ("+", ""),
        false if spec.has(' ') => (" ", ""),
        false => ("", ""),
    };
    zero_filled(spec, before, &digits, after)
}

fn zero_filled(spec: &Spec<'_>, before: &str, digits: &str, after: &str) -> String {
    let taken = before.len() + digits.len() + after.len();
    let zeros = if spec.has('0') { spec.width.saturating_sub(taken) } else { 0 };
    format!("{before}{}{digits}{after}", "0".repeat(zeros))
}

fn real(spec: &Spec<'_>, value: &Value<'_>) -> Result<String> {
    let number = match value {
        Value::Double(n) => *n,
        // Formatter widens a float by its own decimal digits.
        Value::Float(n) => super::number_text::float_text(*n).parse().unwrap_or(f64::from(*n)),
        other => return Err(mismatch(spec, other)),
    };
    if number.is_nan() {
        return Ok("NaN".to_owned());
    }
    let negative = number.is_sign_negative();
    if number.is_infinite() {
        let text = if negative {
            "-Infinity"
        } else if spec.has('+') {
            "+Infinity"
        } else {
            "Infinity"
        };
        return Ok(text.to_owned());
    }
    let precision = spec.precision.unwrap_or(6);
    let decimal = double_digits(number.abs(), false);
    let scientific = |precision: usize| {
        let (digits, moved) = rounded(&decimal.digits, 1 + precision as i64);
        let exponent = if number == 0.0 { 0 } else { i64::from(decimal.point) - 1 + i64::from(moved) };
        let point = if precision > 0 { "." } else { "" };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}{point}{}e{sign}{:02}", &digits[..1], &digits[1..=precision], exponent.abs())
    };
    let fixed = |precision: usize| {
        let (digits, moved) = rounded(&decimal.digits, i64::from(decimal.point) + precision as i64);
        let point = i64::from(decimal.point) + i64::from(moved);
        let all = format!("{}{digits}", "0".repeat(usize::try_from(1 - point).unwrap_or(0)));
        let whole_length = usize::try_from(point).unwrap_or(0).max(1);
        let all = format!("{all:0<width$}", width = whole_length + precision);
        let (whole, fraction) = all.split_at(whole_length);
        let whole = if spec.has(',') { grouped(whole) } else { whole.to_owned() };
        if precision > 0 { format!("{whole}.{}", &fraction[..precision]) } else { whole }
    };
    let text = match spec.conversion.to_ascii_lowercase() {
        'f' => fixed(precision),
        'e' => scientific(precision),
        _ => {
            let precision = precision.max(1);
            let size = number.abs();
            if size == 0.0 || (1e-4..10_f64.powi(precision as i32)).contains(&size) {
                let whole = usize::try_from(decimal.point).unwrap_or(0);
                let zeros = usize::try_from(-decimal.point).unwrap_or(0);
                fixed(if size == 0.0 { precision - 1 } else { (precision + zeros).saturating_sub(whole) })
            } else {
                scientific(precision - 1)
            }
        }
    };
    Ok(signed(spec, negative, text))
}

/// The digits to so many places, rounded half up; whether the point moved one to the right.
fn rounded(digits: &[u8], places: i64) -> (String, bool) {
    let mut kept: Vec<u8> = digits.to_vec();
    let mut moved = false;
    match usize::try_from(places) {
        Ok(places) if places < digits.len() => {
            let up = digits[places] >= 5;
            kept.truncate(places);
            if up {
                let mut carry = true;
                for digit in kept.iter_mut().rev() {
                    if *digit < 9 {
                        *digit += 1;
                        carry = false;
                        break;
                    }
                    *digit = 0;
                }
                if carry {
                    kept.insert(0, 1);
                    moved = true;
                }
            }
        }
        Ok(places) => kept.resize(places, 0),
        Err(_) => kept.clear(),
    }
    (kept.iter().map(|d| char::from(b'0' + d)).collect(), moved)
}

fn date(spec: &Spec<'_>, part: char, value: &Value<'_>) -> Result<String> {
    let at: DateTime = match value {
        Value::Null => return Ok("null".to_owned()),
        Value::Date(millis) | Value::Long(millis) => Instant::of_millis(*millis).date_time(),
        Value::LocalDate(day) => DateTime { day: *day, nanos: 0 },
        Value::LocalDateTime(at) => *at,
        other => return Err(mismatch(spec, other)),
    };
    let (year, month, day) = civil(at.day);
    let seconds = at.nanos / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let again = |part| date(spec, part, value);
    Ok(match part {
        'Y' => format!("{year:04}"),
        'y' => format!("{:02}", year.rem_euclid(100)),
        'm' => format!("{month:02}"),
        'd' => format!("{day:02}"),
        'e' => day.to_string(),
        'B' => month_name(month).to_owned(),
        'b' | 'h' => month_name(month)[..3].to_owned(),
        'A' => day_name(weekday(at.day)).to_owned(),
        'a' => day_name(weekday(at.day))[..3].to_owned(),
        'j' => format!("{:03}", at.day - super::calendar::day_of(year, 1, 1) + 1),
        'H' => format!("{hour:02}"),
        'k' => hour.to_string(),
        'I' => format!("{twelve:02}"),
        'l' => twelve.to_string(),
        'M' => format!("{minute:02}"),
        'S' => format!("{second:02}"),
        'L' => format!("{:03}", at.nanos / 1_000_000 % 1000),
        'N' => format!("{:09}", at.nanos % 1_000_000_000),
        'p' => if hour < 12 { "am" } else { "pm" }.to_owned(),
        'z' => "+0000".to_owned(),
        'Z' => "UTC".to_owned(),
        's' => Instant::of_date_time(at).seconds.to_string(),
        'Q' => (Instant::of_date_time(at).total_nanos().div_euclid(1_000_000)).to_string(),
        'F' => format!("{}-{}-{}", again('Y')?, again('m')?, again('d')?),
        'T' => format!("{}:{}:{}", again('H')?, again('M')?, again('S')?),
        'R' => format!("{}:{}", again('H')?, again('M')?),
        'D' => format!("{}/{}/{}", again('m')?, again('d')?, again('y')?),
        'r' => format!("{}:{}:{} {}", again('I')?, again('M')?, again('S')?, again('p')?.to_uppercase()),
        'c' => super::calendar::date_to_string(
            i64::try_from(Instant::of_date_time(at).total_nanos() / 1_000_000).unwrap_or(0),
        ),
        other => return Err(unknown(&format!("t{other}"))),
    })
}
