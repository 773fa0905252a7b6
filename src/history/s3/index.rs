//! Keys that say what a list shows: listing reads no objects. They begin with the id turned round, so that the newest
//! come first.

use crate::aws::percent_encode;
use crate::history::Summary;

/// What the keys begin with.
pub(super) const PREFIX: &str = "index/";
/// Longest key that says it all; a longer one's object says it.
const LONGEST: usize = 700;
const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id whose order is the other way round. Turned twice, it is itself; ids that are no ULIDs stay as they are.
pub(super) fn turned(id: &str) -> String {
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    let turned: Option<String> = id.bytes().map(|byte| Some(char::from(DIGITS[31 - digit(byte)?]))).collect();
    turned.unwrap_or_else(|| id.to_owned())
}

/// The key of an execution that has ended.
pub(super) fn key(summary: &Summary) -> String {
    let time = |time: Option<i64>| time.map(|time| time.to_string()).unwrap_or_default();
    let fields = [
        summary.ends.to_string(),
        summary.status.to_string(),
        summary.build_time.to_string(),
        time(summary.start_time),
        time(summary.end_time),
        encode(&summary.application),
        encode(&summary.name),
        encode(&summary.pipeline_config_id),
        encode(&summary.user),
        encode(&summary.trigger),
    ];
    let key = format!("{PREFIX}{}~{}", turned(&summary.id), fields.join("~"));
    if key.len() <= LONGEST { key } else { format!("{PREFIX}{}~{}", turned(&summary.id), summary.ends) }
}

/// What the keys of an execution begin with.
pub(super) fn keys_of(id: &str) -> String {
    format!("{PREFIX}{}~", turned(id))
}

/// What a key says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// All.
    Whole(Summary),
    /// Only whose it is, and how often that has ended; the object says the rest.
    Short(String, u64),
}

impl Entry {
    /// Reads a key; `None` when it is none of ours.
    pub(super) fn read(key: &str) -> Option<Self> {
        let fields: Vec<&str> = key.strip_prefix(PREFIX)?.split('~').collect();
        let id = turned(fields[0]);
        if let [_, ends] = fields.as_slice() {
            return Some(Self::Short(id, ends.parse().ok()?));
        }
        let [_, ends, status, build, start, end, application, name, config, user, trigger] = fields.as_slice() else {
            return None;
        };
        Some(Self::Whole(Summary {
            id,
            ends: ends.parse().ok()?,
            status: status.parse().ok()?,
            build_time: build.parse().ok()?,
            start_time: start.parse().ok(),
            end_time: end.parse().ok(),
            application: decode(application)?,
            name: decode(name)?,
            pipeline_config_id: decode(config)?,
            user: decode(user)?,
            trigger: decode(trigger)?,
        }))
    }
}

fn encode(text: &str) -> String {
    percent_encode(text, false).replace('~', "%7E")
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn summary(id: &str, name: &str) -> Summary {
        Summary {
            id: id.into(),
            name: name.into(),
            application: "shop".into(),
            pipeline_config_id: "shop/ä~b".into(),
            status: Status::FailedContinue,
            build_time: 5,
            start_time: Some(6),
            ends: 2,
            ..Summary::default()
        }
    }

    #[test]
    fn a_key_says_what_a_list_shows_newest_first() {
        let older = summary("01K7ZZZZZZZZZZZZZZZZZZZZZZ", "a/b c");
        let newer = summary("01K8000000000000000000000", "a");
        assert_eq!(Entry::read(&key(&older)), Some(Entry::Whole(older.clone())));
        assert!(key(&newer) < key(&older) && key(&older).starts_with(&keys_of(&older.id)));
        assert_eq!(turned(&turned("01K7XYZ")), "01K7XYZ");
    }

    #[test]
    fn what_is_too_long_for_a_key_stands_in_its_object() {
        let long = summary("01K7ZZZZZZZZZZZZZZZZZZZZZZ", &"ä".repeat(300));
        assert_eq!(Entry::read(&key(&long)), Some(Entry::Short(long.id, 2)));
        assert_eq!(Entry::read("index/nonsense~1~2"), None);
    }
}
