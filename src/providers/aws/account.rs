//! Settings of an AWS account: who to be, where, and what stands for what a document leaves out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::error::invalid;
use super::reading;
use crate::model::{Field, Map, Shape, Unit, optional, parse_duration};
use crate::providers::{Connection, Error};

/// Settings that an account of this kind knows.
pub(super) const ACCOUNT_FIELDS: &[Field] = &[
    optional("accountId", Shape::Text, "number of the account; calls go nowhere else, and it completes assumeRole"),
    optional("assumeRole", Shape::Text, "role to act as: role/NAME of accountId, or an ARN; none by default"),
    optional("defaultKeyPair", Shape::Text, "key pair of instances whose cluster names none"),
    optional("defaultSecurityGroups", Shape::List(&Shape::Text), "security groups every instance gets besides its own"),
    optional("discovery", Shape::OneOf(&["all", "targeted"]), DISCOVERY),
    optional("endpoint", Shape::Text, "URL of another server for all services; endpoints of the AWS profile by default"),
    optional("endpoints", Shape::Map, "URLs by service: autoscaling, ec2, elasticloadbalancing, sts"),
    optional("externalId", Shape::Text, "external id the role asks for"),
    optional("imageOwners", Shape::List(&Shape::Text), "accounts whose images are found by name; self by default"),
    optional("pollInterval", Shape::Duration(Unit::Seconds), "wait between two looks at the same thing; 5 s"),
    optional("profile", Shape::Text, "profile of the AWS configuration; AWS_PROFILE or default when left out"),
    optional("regions", Shape::List(&Shape::Any), "regions, the default one first: names, or {name}; AWS_REGION"),
    optional("sessionName", Shape::Text, "name of the role's session; gennaker by default"),
    optional("settleTime", Shape::Duration(Unit::Seconds), "wait after traffic was taken off server groups; 5 s"),
];

const DISCOVERY: &str = "how a cluster's server groups are found: `targeted` (by tag and by their instances), or `all` \
                         (every group of the region is read); targeted";

/// An account, read from its settings.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) account_id: Option<String>,
    /// ARN of the role to assume.
    pub(super) role: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) session_name: String,
    pub(super) profile: Option<String>,
    /// Never empty; the first is the default.
    pub(super) regions: Vec<String>,
    pub(super) key_pair: Option<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) image_owners: Vec<String>,
    /// Endpoints by service, `*` for all.
    pub(super) endpoints: BTreeMap<String, String>,
    pub(super) reads_all: bool,
    pub(super) poll_interval: Duration,
    pub(super) settle_time: Duration,
}

impl Account {
    pub(super) fn from_connection(connection: &Connection) -> Result<Self, Error> {
        let settings = &connection.settings;
        Self::read(&connection.account, settings).map_err(|error| Error {
            message: format!("account '{}': {}", connection.account, error.message),
            ..error
        })
    }

    fn read(name: &str, settings: &Map) -> Result<Self, Error> {
        let account_id = reading::text(settings, "accountId")?;
        Ok(Self {
            name: name.to_owned(),
            role: role(reading::text(settings, "assumeRole")?, account_id.as_deref())?,
            account_id,
            external_id: reading::text(settings, "externalId")?,
            session_name: reading::text(settings, "sessionName")?.unwrap_or_else(|| "gennaker".to_owned()),
            profile: reading::text(settings, "profile")?,
            regions: regions(settings)?,
            key_pair: reading::text(settings, "defaultKeyPair")?,
            security_groups: reading::texts(settings, "defaultSecurityGroups")?,
            image_owners: reading::texts(settings, "imageOwners")?,
            endpoints: endpoints(settings)?,
            reads_all: reading::text(settings, "discovery")?.is_some_and(|word| word == "all"),
            poll_interval: duration(settings, "pollInterval")?.unwrap_or(Duration::from_secs(5)),
            settle_time: duration(settings, "settleTime")?.unwrap_or(Duration::from_secs(5)),
        })
    }

    /// The region a document names, which must be one of the account's.
    pub(super) fn region(&self, location: &str) -> Result<String, Error> {
        if location.is_empty() {
            return Ok(self.regions[0].clone());
        }
        if self.regions.iter().any(|region| region == location) {
            return Ok(location.to_owned());
        }
        let known = self.regions.join(", ");
        Err(invalid(format!(
            "account '{}' has no region '{location}', only {known}; correct 'region', or add it to the account's 'regions'",
            self.name
        )))
    }
}

fn role(wish: Option<String>, account_id: Option<&str>) -> Result<Option<String>, Error> {
    let Some(role) = wish else { return Ok(None) };
    if role.starts_with("arn:") {
        return Ok(Some(role));
    }
    let Some(account_id) = account_id else {
        return Err(invalid(format!("'assumeRole' is '{role}', which needs 'accountId'; or write the role's whole ARN")));
    };
    let path = if role.starts_with("role/") { role } else { format!("role/{role}") };
    Ok(Some(format!("arn:aws:iam::{account_id}:{path}")))
}

fn regions(settings: &Map) -> Result<Vec<String>, Error> {
    let named = |value: &Value| match value {
        Value::Object(region) => reading::text(region, "name"),
        Value::String(name) => Ok(Some(name.clone())),
        other => Err(invalid(format!("'regions' holds {other}; write names as us-east-1"))),
    };
    let listed = match settings.get("regions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(named).collect::<Result<Vec<_>, _>>()?,
        Some(one) => vec![named(one)?],
    };
    let mut regions: Vec<String> = listed.into_iter().flatten().collect();
    if regions.is_empty() {
        let environment = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| std::env::var(name).ok());
        regions.extend(environment.filter(|region| !region.is_empty()));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(odd) = regions.iter().find(|region| !region.contains('-') || !region.chars().all(plain)) {
        return Err(invalid(format!("'{odd}' is no name of a region; write it as us-east-1")));
    }
    match regions.is_empty() {
        true => Err(invalid("it has no region; add regions: [us-east-1], or set AWS_REGION")),
        false => Ok(regions),
    }
}

fn endpoints(settings: &Map) -> Result<BTreeMap<String, String>, Error> {
    let mut endpoints = BTreeMap::new();
    if let Some(all) = reading::text(settings, "endpoint")? {
        endpoints.insert("*".to_owned(), all);
    }
    for (service, url) in reading::object(settings, "endpoints")?.into_iter().flatten() {
        let url = url.as_str().ok_or_else(|| invalid(format!("'endpoints.{service}' is {url}, but must be a URL")))?;
        endpoints.insert(service.clone(), url.to_owned());
    }
    if let Some((service, url)) = endpoints.iter().find(|(_, url)| !url.contains("://")) {
        return Err(invalid(format!("the endpoint of {service} is '{url}', which is no URL")));
    }
    Ok(endpoints)
}

fn duration(settings: &Map, key: &str) -> Result<Option<Duration>, Error> {
    let Some(text) = reading::text(settings, key)? else { return Ok(None) };
    let seconds = || text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let found = seconds().or_else(|| parse_duration(&text));
    found.map(Some).ok_or_else(|| invalid(format!("'{key}' is '{text}'; write seconds, or a length as 500ms")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(settings: Value) -> Result<Account, Error> {
        Account::from_connection(&Connection {
            account: "prod".into(),
            settings: settings.as_object().unwrap().clone(),
            ..Connection::default()
        })
    }

    #[test]
    fn settings_are_those_of_spinnaker() {
        let account = read(json!({
            "accountId": "123456789012",
            "assumeRole": "role/spinnakerManaged",
            "regions": [{"name": "us-west-2"}, "eu-west-1"],
            "defaultKeyPair": "keys",
            "pollInterval": "200ms",
        }))
        .unwrap();
        assert_eq!(account.role.as_deref(), Some("arn:aws:iam::123456789012:role/spinnakerManaged"));
        assert_eq!(account.regions, ["us-west-2", "eu-west-1"]);
        assert_eq!(account.poll_interval, Duration::from_millis(200));
        assert_eq!(account.region("").unwrap(), "us-west-2");
        assert!(account.region("us-east-1").unwrap_err().message.contains("only us-west-2, eu-west-1"));
    }

    #[test]
    fn wrong_settings_name_account_and_key() {
        for (settings, part) in [
            (json!({"regions": ["a"], "assumeRole": "r"}), "account 'prod': 'assumeRole' is 'r', which needs 'accountId'"),
            (json!({"regions": ["Virginia"]}), "'Virginia' is no name of a region"),
            (json!({"regions": ["us-east-1"], "endpoint": "localhost"}), "the endpoint of * is 'localhost'"),
            (json!({"regions": ["us-east-1"], "settleTime": "soon"}), "'settleTime' is 'soon'"),
        ] {
            let error = read(settings.clone()).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
    }
}
