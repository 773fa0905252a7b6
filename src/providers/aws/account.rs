//! Settings of an AWS account: who to be, where, and what stands for what a document leaves out.

use std::time::Duration;

use serde_json::{Value, json};

use super::error::invalid;
use super::reading;
use crate::aws::Settings;
use crate::model::{Field, Map, Shape, Unit, optional, parse_duration};
use crate::providers::{Connection, Error};

/// Settings that an account of this kind knows.
pub(in crate::providers) const ACCOUNT_FIELDS: &[Field] = &[
    optional("accessKeyId", Shape::Text, "access key; the environment's, the profile's or the machine's when left out"),
    optional("accountId", Shape::Text, "number of the account; calls go nowhere else, and it completes assumeRole"),
    optional("assumeRole", Shape::Any, "role to act as: role/NAME of accountId, an ARN, or a list of {roleArn, …}"),
    optional("defaultKeyPair", Shape::Text, "key pair of instances whose cluster names none"),
    optional("defaultSecurityGroups", Shape::List(&Shape::Text), "security groups every instance gets besides its own"),
    optional("discovery", Shape::OneOf(&["all", "targeted"]), DISCOVERY),
    optional(
        "endpoint",
        Shape::Text,
        "URL of another server for all services; endpoints of the AWS profile by default",
    ),
    optional("endpoints", Shape::Map, "URLs by service: autoscaling, ec2, elasticloadbalancing, sts"),
    optional("externalId", Shape::Text, "external id the role asks for"),
    optional("imageOwners", Shape::List(&Shape::Text), "accounts whose images are found by name; self by default"),
    optional("pollInterval", Shape::Duration(Unit::Seconds), "wait between two looks at the same thing; 5 s"),
    optional("profile", Shape::Text, "profile of the AWS configuration; AWS_PROFILE or default when left out"),
    optional("regions", Shape::List(&Shape::Any), "regions, the default one first: names, or {name}; AWS_REGION"),
    optional("secretAccessKey", Shape::Text, "secret of accessKeyId; name it as ${…} or with secret://"),
    optional("sessionName", Shape::Text, "name of the role's session; gennaker-EXECUTION by default"),
    optional("sessionToken", Shape::Text, "session token of accessKeyId"),
    optional("settleTime", Shape::Duration(Unit::Seconds), SETTLE_ABOUT),
    optional("timeout", Shape::Duration(Unit::Seconds), "time for one answer of AWS; 30 s"),
];

/// Balancers say what they still send where: no more than their own delay in saying so is to be waited for.
const SETTLE: Duration = Duration::from_secs(5);
/// Spinnaker's, for callers who find instances by a registry or DNS.
const SETTLE_UNBALANCED: Duration = Duration::from_secs(90);
const SETTLE_ABOUT: &str =
    "least wait after traffic was taken off server groups; 5 s for those behind balancers, 90 s for others";
const DISCOVERY: &str = "how a cluster's server groups are found: `targeted` (by tag and by their instances), or `all` \
                         (every group of the region is read); targeted";

/// An account, read from its settings.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) account_id: Option<String>,
    /// How AWS is called.
    pub(super) settings: Settings,
    /// Never empty; the first is the default.
    pub(super) regions: Vec<String>,
    pub(super) key_pair: Option<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) image_owners: Vec<String>,
    pub(super) reads_all: bool,
    pub(super) poll_interval: Duration,
    pub(super) settle_time: Duration,
    pub(super) settle_time_unbalanced: Duration,
}

impl Account {
    pub(super) fn from_connection(connection: &Connection) -> Result<Self, Error> {
        let mut settings = connection.settings.clone();
        if let Some(execution) = &connection.execution {
            // CloudTrail then tells which run did what.
            settings.entry("sessionName").or_insert_with(|| format!("gennaker-{execution}").into());
        }
        let place = format!("account '{}': ", connection.account);
        Self::read(&connection.account, &settings).map_err(|error| match error.message.starts_with(&place) {
            true => error,
            false => Error { message: format!("{place}{}", error.message), ..error },
        })
    }

    fn read(name: &str, settings: &Map) -> Result<Self, Error> {
        let account_id = reading::text(settings, "accountId")?;
        let regions = regions(settings)?;
        Ok(Self {
            name: name.to_owned(),
            settings: calling(name, settings, account_id.as_deref(), &regions[0])?,
            account_id,
            regions,
            key_pair: reading::text(settings, "defaultKeyPair")?,
            security_groups: reading::texts(settings, "defaultSecurityGroups")?,
            image_owners: reading::texts(settings, "imageOwners")?,
            reads_all: reading::text(settings, "discovery")?.is_some_and(|word| word == "all"),
            poll_interval: duration(settings, "pollInterval")?.unwrap_or(Duration::from_secs(5)),
            settle_time: duration(settings, "settleTime")?.unwrap_or(SETTLE),
            settle_time_unbalanced: duration(settings, "settleTime")?.unwrap_or(SETTLE_UNBALANCED),
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

/// The settings of calls. A role may be written as Spinnaker writes it: `role/NAME` of the account.
fn calling(name: &str, settings: &Map, account_id: Option<&str>, region: &str) -> Result<Settings, Error> {
    let mut map = settings.clone();
    if let Some(Value::String(role)) = settings.get("assumeRole") {
        let arn = role_arn(role, account_id)?;
        let external_id = reading::text(settings, "externalId")?;
        map.insert("assumeRole".to_owned(), json!({"roleArn": arn, "externalId": external_id}));
    }
    map.insert("region".to_owned(), region.into());
    Settings::read(name, &map).map_err(|error| invalid(error.message))
}

fn role_arn(role: &str, account_id: Option<&str>) -> Result<String, Error> {
    if role.starts_with("arn:") {
        return Ok(role.to_owned());
    }
    let Some(account_id) = account_id else {
        return Err(invalid(format!(
            "'assumeRole' is '{role}', which needs 'accountId'; or write the role's whole ARN"
        )));
    };
    let path = if role.starts_with("role/") { role.to_owned() } else { format!("role/{role}") };
    Ok(format!("arn:aws:iam::{account_id}:{path}"))
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
        assert_eq!(account.settings.roles[0].role_arn, "arn:aws:iam::123456789012:role/spinnakerManaged");
        assert_eq!(account.regions, ["us-west-2", "eu-west-1"]);
        assert_eq!(account.poll_interval, Duration::from_millis(200));
        assert_eq!(account.region("").unwrap(), "us-west-2");
        assert!(account.region("us-east-1").unwrap_err().message.contains("only us-west-2, eu-west-1"));
    }

    #[test]
    fn wrong_settings_name_account_and_key() {
        for (settings, part) in [
            (
                json!({"regions": ["us-east-1"], "assumeRole": "r"}),
                "account 'prod': 'assumeRole' is 'r', which needs 'accountId'",
            ),
            (json!({"regions": ["Virginia"]}), "'Virginia' is no name of a region"),
            (json!({"regions": ["us-east-1"], "endpoint": "localhost"}), "the endpoint 'localhost' is no URL"),
            (json!({"regions": ["us-east-1"], "settleTime": "soon"}), "'settleTime' is 'soon'"),
        ] {
            let error = read(settings.clone()).map(|_| ()).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
    }
}
