//! Names of clusters and server groups by Frigga's rules (contract 5.1, corrections 28–31).

use serde::{Deserialize, Serialize};

/// What a server group's name says: application, stack, detail, and its sequence in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Moniker {
    /// Application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The name without its push number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Stack: `test`, `prod`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Free-form detail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Number of the push, 0–999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u32>,
}

/// Why a name cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// No application was given.
    #[error("a server group needs an application")]
    EmptyApplication,
    /// A character that server group names cannot hold.
    #[error("{part} '{value}' may only hold letters, digits, dots and underscores{}", if *.part == "detail" { ", '-', '~' and '^'" } else { "" })]
    Character {
        /// `application`, `stack` or `detail`.
        part: &'static str,
        /// What was given.
        value: String,
    },
    /// All thousand numbers of the cluster are in use.
    #[error("all 1000 sequence numbers of cluster '{0}' are taken")]
    NoFreeSequence(String),
}

impl Moniker {
    /// The moniker of an application's cluster.
    pub fn of(app: &str, stack: Option<&str>, detail: Option<&str>) -> Result<Self, InvalidName> {
        let keep = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
        Ok(Self {
            app: Some(app.to_owned()),
            cluster: Some(cluster_name(app, stack.unwrap_or(""), detail.unwrap_or(""))?),
            stack: keep(stack),
            detail: keep(detail),
            sequence: None,
        })
    }
}

fn cluster_name(app: &str, stack: &str, detail: &str) -> Result<String, InvalidName> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    if app.is_empty() {
        return Err(InvalidName::EmptyApplication);
    }
    let check = |part, value: &str, allowed: &dyn Fn(char) -> bool| {
        if value.chars().all(allowed) { Ok(()) } else { Err(InvalidName::Character { part, value: value.to_owned() }) }
    };
    check("application", app, &word)?;
    check("stack", stack, &word)?;
    check("detail", detail, &|c| word(c) || matches!(c, '-' | '~' | '^'))?;
    Ok(match (stack, detail) {
        ("", "") => app.to_owned(),
        (stack, "") => format!("{app}-{stack}"),
        (stack, detail) => format!("{app}-{stack}-{detail}"),
    })
}

/// `app-stack-detail-v007`.
pub fn build_server_group_name(cluster: &str, sequence: u32) -> String {
    format!("{cluster}-v{sequence:03}")
}

/// Reads a server group's name; every part is absent when the name does not follow the rules.
#[must_use]
pub fn parse_name(name: &str) -> Moniker {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '^');
    if name.is_empty() || !name.chars().all(allowed) {
        return Moniker::default();
    }
    let (cluster, sequence) = split_push(name);
    let mut parts = cluster.splitn(3, '-');
    let app = parts.next().unwrap_or("");
    let stack = parts.next().unwrap_or("");
    let detail = parts.next().unwrap_or("");
    if cluster_name(app, stack, detail).is_err() {
        return Moniker::default();
    }
    let keep = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Moniker { app: keep(app), cluster: keep(cluster), stack: keep(stack), detail: keep(detail), sequence }
}

/// Splits `cluster-v007`; a push has three to six digits.
fn split_push(name: &str) -> (&str, Option<u32>) {
    name.rsplit_once("-v")
        .filter(|(_, digits)| (3..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
        .map_or((name, None), |(cluster, digits)| (cluster, digits.parse().ok()))
}

/// The number of a cluster's next server group. `taken` holds each existing one's sequence and creation time;
/// the latest created decides, not the highest number (contract 5.1).
pub fn next_sequence(cluster: &str, taken: &[(Option<u32>, i64)]) -> Result<u32, InvalidName> {
    let mut latest: Option<&(Option<u32>, i64)> = None;
    for slot in taken {
        if latest.is_none_or(|l| slot.1 > l.1) {
            latest = Some(slot);
        }
    }
    let Some((sequence, _)) = latest else { return Ok(0) };
    let first = (sequence.unwrap_or(0) + 1) % 1000;
    (0..1000)
        .map(|step| (first + step) % 1000)
        .find(|candidate| !taken.iter().any(|(sequence, _)| *sequence == Some(*candidate)))
        .ok_or_else(|| InvalidName::NoFreeSequence(cluster.to_owned()))
}
