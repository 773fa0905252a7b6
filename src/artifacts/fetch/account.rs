//! An account for artifacts: where they are and with which credentials they are read.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::model::{Failure, Map, parse_duration};

/// Bytes read of one artifact when the account says nothing else.
const SIZE_LIMIT: usize = 100 << 20;
/// Time for one request when the account says nothing else.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An account. Its settings hold secrets; they are sent, never shown.
#[derive(Clone, Default)]
pub struct Account {
    /// Its name; empty for the account of those that need none.
    pub name: String,
    /// Its settings, secrets in place.
    pub settings: Map,
}

impl Account {
    /// The type of artifacts it is for; empty when it says none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// Whether it is for artifacts of this type: `github` and `github/file` both are for `github/file`.
    pub(super) fn serves(&self, kind: &str) -> bool {
        let family = |kind: &str| match kind.split('/').next().unwrap_or_default() {
            "gitrepo" => "git".to_owned(),
            family => family.to_ascii_lowercase(),
        };
        let own = family(self.kind());
        own.is_empty() || own == family(kind) || (own == "docker" && kind == "helm/image")
    }

    /// A setting that is there and not blank.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// A setting, or the one that stands in for it, without slashes at its end.
    pub(super) fn url<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        self.text(key).unwrap_or(default).trim_end_matches('/')
    }

    /// Whether a setting is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        match self.settings.get(key) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// How many bytes an artifact may have.
    pub(super) fn size_limit(&self) -> usize {
        let limit = self.settings.get("sizeLimit").and_then(Value::as_u64);
        limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(SIZE_LIMIT)
    }

    /// How long one request may take.
    pub(super) fn timeout(&self) -> Result<Duration, Failure> {
        match self.settings.get("timeout") {
            None | Some(Value::Null) => Ok(TIMEOUT),
            Some(Value::Number(seconds)) if seconds.as_u64().is_some() => {
                Ok(Duration::from_secs(seconds.as_u64().unwrap_or_default()))
            }
            Some(value) => value.as_str().and_then(parse_duration).ok_or_else(|| {
                Failure::user(format!("'timeout' of artifact account '{}' is {value}, no length of time", self.name))
                    .detail("write a number of seconds, or a time such as 90s or 5m")
            }),
        }
    }

    /// `Basic …`, when it has a user name.
    pub(super) fn basic(&self) -> Option<String> {
        let user = self.text("username")?;
        let password = self.text("password").unwrap_or_default();
        Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    /// `Bearer …` (or another word) with its token, or `Basic …`.
    pub(super) fn authorization(&self, word: &str) -> Option<String> {
        self.text("token").map(|token| format!("{word} {token}")).or_else(|| self.basic())
    }
}

/// Its name and settings without secrets: nothing of it is shown but that.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).field("type", &self.kind()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(settings: Value) -> Account {
        Account { name: "a".into(), settings: settings.as_object().unwrap().clone() }
    }

    #[test]
    fn an_account_is_for_a_family_of_types() {
        for (own, kind, serves) in [
            ("github/file", "github/file", true),
            ("github", "github/file", true),
            ("gitrepo", "git/repo", true),
            ("", "s3/object", true),
            ("docker", "helm/image", true),
            ("git", "github/file", false),
            ("s3", "gcs/object", false),
        ] {
            assert_eq!(account(json!({"type": own})).serves(kind), serves, "{own} {kind}");
        }
    }

    #[test]
    fn credentials_are_sent_and_never_shown() {
        let token = account(json!({"token": "s3cret", "username": "u", "password": "p"}));
        assert_eq!(token.authorization("token").as_deref(), Some("token s3cret"));
        assert_eq!(token.basic().as_deref(), Some("Basic dTpw"));
        assert!(!format!("{token:?}").contains("s3cret"));
        assert_eq!(account(json!({"timeout": "2m"})).timeout().unwrap(), Duration::from_secs(120));
        assert!(account(json!({"timeout": "soon"})).timeout().is_err());
    }
}
