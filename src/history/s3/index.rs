//! Keys that say what a list shows: listing reads no objects. They begin with the id turned round, so that the newest
//! come first. When there are many, they go into pages (`pages.rs`), whose lines say the same.

use crate::aws::percent_encode;
use crate::history::Summary;

/// What the keys begin with.
pub(super) const PREFIX: &str = "index/";
/// Longest key that says it all; a longer one's object says it.
const LONGEST: usize = 700;
/// What stands for the summary in the key of an execution that was removed.
const GONE: &str = "gone";
const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id whose order is the other way round. Turned twice, it is itself; ids that are no ULIDs stay as they are.
pub(super) fn turned(id: &str) -> String {
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    let turned: Option<String> = id.bytes().map(|byte| Some(char::from(DIGITS[31 - digit(byte)?]))).collect();
    turned.unwrap_or_else(|| id.to_owned())
}

/// The key of an execution that has ended.
pub(super) fn key(summary: &Summary) -> String {
    let key = format!("{PREFIX}{}~{}", turned(&summary.id), said(summary));
    if key.len() <= LONGEST { key } else { format!("{PREFIX}{}~{}", turned(&summary.id), summary.ends) }
}

/// The key that says that an execution was removed, whatever a page says of it.
pub(super) fn gone_key(id: &str) -> String {
    format!("{PREFIX}{}~{GONE}", turned(id))
}

/// A line of a page; no summary is too long for it.
pub(super) fn line(summary: &Summary) -> String {
    format!("{}~{}", summary.id, said(summary))
}

/// Reads a line of a page.
pub(super) fn read_line(line: &str) -> Option<Summary> {
    let fields: Vec<&str> = line.split('~').collect();
    whole(fields[0].to_owned(), &fields[1..])
}

fn said(summary: &Summary) -> String {
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
    fields.join("~")
}

fn whole(id: String, fields: &[&str]) -> Option<Summary> {
    let [ends, status, build, start, end, application, name, config, user, trigger] = fields else { return None };
    Some(Summary {
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
    })
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
    /// It was removed: what a page says of it no longer counts.
    Gone(String),
}

impl Entry {
    /// Reads a key; `None` when it is none of ours.
    pub(super) fn read(key: &str) -> Option<Self> {
        let fields: Vec<&str> = key.strip_prefix(PREFIX)?.split('~').collect();
        let id = turned(fields[0]);
        match fields.as_slice() {
            [_, GONE] => Some(Self::Gone(id)),
            [_, ends] => Some(Self::Short(id, ends.parse().ok()?)),
            _ => whole(id, &fields[1..]).map(Self::Whole),
        }
    }

    /// Whose it is.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Whole(summary) => &summary.id,
            Self::Short(id, _) | Self::Gone(id) => id,
        }
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
        assert_eq!(read_line(&line(&older)), Some(older.clone()));
        assert_eq!(Entry::read(&gone_key(&older.id)), Some(Entry::Gone(older.id)));
    }

    #[test]
    fn what_is_too_long_for_a_key_stands_in_its_object() {
        let long = summary("01K7ZZZZZZZZZZZZZZZZZZZZZZ", &"ä".repeat(300));
        assert_eq!(read_line(&line(&long)), Some(long.clone()));
        assert_eq!(Entry::read(&key(&long)), Some(Entry::Short(long.id, 2)));
        assert_eq!(Entry::read("index/nonsense~1~2"), None);
    }
}
