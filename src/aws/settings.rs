//! What an account may say about how AWS is called. Everything it leaves out is the environment's or a profile's.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Error, ErrorKind};
use crate::model::{Map, parse_duration};

/// A role to be assumed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// `arn:aws:iam::ACCOUNT:role/NAME`
    pub role_arn: String,
    /// What the role's owner asks for besides.
    pub external_id: Option<String>,
    /// Name of the session, which the owner's logs show; the connection's when absent.
    pub session_name: Option<String>,
    /// How long the session lasts; an hour when absent.
    pub duration: Option<Duration>,
}

/// How AWS is called.
#[derive(Clone, Default)]
pub struct Settings {
    /// The account's name here, for messages; empty for none.
    pub account: String,
    /// What messages call it instead of the account's name.
    pub label: Option<String>,
    /// Profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// Fixed credentials: key id, secret, session token.
    pub keys: Option<(String, String, Option<String>)>,
    /// Do not sign.
    pub anonymous: bool,
    /// Roles, each assumed with the credentials of the one before.
    pub roles: Vec<AssumeRole>,
    /// Name of sessions whose role names none.
    pub session_name: Option<String>,
    /// Region; the profile's or the environment's when absent.
    pub region: Option<String>,
    /// Region when nobody names one; without it the machine's metadata is asked, and then it is an error.
    pub fallback_region: Option<String>,
    /// URL of all services.
    pub endpoint: Option<String>,
    /// URLs by service id.
    pub endpoints: BTreeMap<String, String>,
    /// Buckets in paths rather than in hosts' names; with another endpoint they are unless this says no.
    pub path_style: Option<bool>,
    /// How long one try of a call may take.
    pub timeout: Option<Duration>,
}

impl Settings {
    /// Reads an account's settings, secrets in place:
    ///
    /// `profile`; `accessKeyId` and `secretAccessKey` (`awsAccessKeyId`, `awsSecretAccessKey`), `sessionToken`;
    /// `anonymous`; `assumeRole`, an ARN or an object `{roleArn, externalId, sessionName, duration}` or a list of such;
    /// `region`; `endpoint` (`apiEndpoint`); `endpoints` by service id; `pathStyle`; `timeout`.
    ///
    /// Other keys are the caller's.
    pub fn read(account: &str, map: &Map) -> Result<Self, Error> {
        let reader = Reader { account, map };
        let key_id = reader.text(&["accessKeyId", "awsAccessKeyId"])?;
        let secret = reader.text(&["secretAccessKey", "awsSecretAccessKey"])?;
        let keys = match (key_id, secret) {
            (Some(key_id), Some(secret)) => Some((key_id, secret, reader.text(&["sessionToken"])?)),
            (None, None) => None,
            _ => return Err(reader.wrong("needs both 'accessKeyId' and 'secretAccessKey', or neither")),
        };
        Ok(Self {
            account: account.to_owned(),
            label: None,
            profile: reader.text(&["profile"])?,
            keys,
            anonymous: reader.flag("anonymous")?.unwrap_or(false),
            roles: reader.roles()?,
            session_name: reader.text(&["sessionName"])?,
            region: reader.text(&["region", "apiRegion"])?,
            fallback_region: None,
            endpoint: reader.url(reader.text(&["endpoint", "apiEndpoint"])?)?,
            endpoints: reader.endpoints()?,
            path_style: reader.flag("pathStyle")?,
            timeout: reader.duration(map.get("timeout"), "timeout")?,
        })
    }

    /// `account 'prod'`, or its label, or `AWS`.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.label {
            Some(label) => label.clone(),
            None if self.account.is_empty() => "AWS".to_owned(),
            None => format!("account '{}'", self.account),
        }
    }
}

struct Reader<'a> {
    account: &'a str,
    map: &'a Map,
}

impl Reader<'_> {
    fn wrong(&self, what: impl std::fmt::Display) -> Error {
        let whose = if self.account.is_empty() { "AWS".to_owned() } else { format!("account '{}'", self.account) };
        Error::new(ErrorKind::Settings, format!("{whose}: {what}"))
    }

    fn text(&self, keys: &[&str]) -> Result<Option<String>, Error> {
        for key in keys {
            match self.map.get(*key) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => {}
                Some(Value::String(text)) => return Ok(Some(text.trim().to_owned())),
                // The value may be a secret: it is not shown.
                Some(_) => return Err(self.wrong(format!("'{key}' must be text"))),
            }
        }
        Ok(None)
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(format!("'{key}' must be true or false, but is {other}"))),
        }
    }

    fn duration(&self, value: Option<&Value>, key: &str) -> Result<Option<Duration>, Error> {
        let parsed = match value {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => parse_duration(text),
            Some(Value::Number(seconds)) => seconds.as_u64().map(Duration::from_secs),
            Some(_) => None,
        };
        let wrong = || self.wrong(format!("'{key}' must be a time such as 30s or 1h"));
        parsed.map(Some).ok_or_else(wrong)
    }

    fn url(&self, url: Option<String>) -> Result<Option<String>, Error> {
        match url {
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
                Err(self.wrong(format!("the endpoint '{url}' is no URL; write http://… or https://…")))
            }
            url => Ok(url.map(|url| url.trim_end_matches('/').to_owned())),
        }
    }

    fn endpoints(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut endpoints = BTreeMap::new();
        match self.map.get("endpoints") {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                for (service, url) in map {
                    let text = url.as_str().map(str::to_owned);
                    let text = text.ok_or_else(|| self.wrong(format!("'endpoints.{service}' must be a URL")))?;
                    endpoints.extend(self.url(Some(text))?.map(|url| (service.clone(), url)));
                }
            }
            Some(_) => return Err(self.wrong("'endpoints' must be an object of URLs by service")),
        }
        Ok(endpoints)
    }

    fn roles(&self) -> Result<Vec<AssumeRole>, Error> {
        match self.map.get("assumeRole") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(roles)) => roles.iter().map(|role| self.role(role)).collect(),
            Some(role) => Ok(vec![self.role(role)?]),
        }
    }

    fn role(&self, value: &Value) -> Result<AssumeRole, Error> {
        let map = match value {
            Value::String(arn) => return self.checked(AssumeRole { role_arn: arn.clone(), ..AssumeRole::default() }),
            Value::Object(map) => map,
            _ => return Err(self.wrong("'assumeRole' must be a role's ARN or an object with its 'roleArn'")),
        };
        let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        self.checked(AssumeRole {
            role_arn: text("roleArn").unwrap_or_default(),
            external_id: text("externalId"),
            session_name: text("sessionName"),
            duration: self.duration(map.get("duration"), "duration")?,
        })
    }

    fn checked(&self, role: AssumeRole) -> Result<AssumeRole, Error> {
        let is_arn = role.role_arn.starts_with("arn:") && role.role_arn.contains(":role/");
        let wrong =
            || self.wrong(format!("'{}' is no role's ARN; write arn:aws:iam::ACCOUNT:role/NAME", role.role_arn));
        is_arn.then(|| role.clone()).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Settings, String> {
        Settings::read("prod", value.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_account_may_chain_roles() {
        let role = "arn:aws:iam::123456789012:role/a";
        let settings = read(&json!({"assumeRole": [role, {"roleArn": role, "externalId": "x", "duration": "15m"}]}));
        let roles = settings.unwrap().roles;
        assert_eq!((roles[0].role_arn.as_str(), roles[1].external_id.as_deref()), (role, Some("x")));
        assert_eq!(roles[1].duration, Some(Duration::from_secs(900)));
    }

    #[test]
    fn what_is_wrong_is_said_without_showing_secrets() {
        for (settings, wanted) in [
            (json!({"assumeRole": "admin"}), "'admin' is no role's ARN"),
            (json!({"accessKeyId": "A"}), "needs both"),
            (json!({"secretAccessKey": 12345}), "'secretAccessKey' must be text"),
            (json!({"endpoint": "localhost:1"}), "is no URL"),
            (json!({"pathStyle": "yes"}), "must be true or false"),
            (json!({"timeout": "soon"}), "'timeout' must be a time"),
        ] {
            let said = read(&settings).map(|_| ()).unwrap_err();
            assert!(said.starts_with("account 'prod': ") && said.contains(wanted) && !said.contains("12345"), "{said}");
        }
    }
}
