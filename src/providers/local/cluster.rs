//! What a deploy stage says of a local cluster, read and checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error;
use crate::model::{Field, Map, Shape, Unit, optional, parse_duration, required};
use crate::providers::Error;

/// Keys of a cluster that only this provider knows.
pub(super) const CLUSTER_FIELDS: &[Field] = &[
    required(
        "command",
        Shape::Any,
        "program and arguments as a list, or text for `sh -c`; $PORT, $HOST and $GENNAKER_* are in the environment, \
         nothing is substituted in the text itself",
    ),
    optional("drainTimeout", Shape::Duration(Unit::Seconds), "longest wait for open connections before a stop; 10 s"),
    optional("environment", Shape::Map, "variables of every instance"),
    optional(
        "healthCheck",
        Shape::Object(HEALTH_CHECK_FIELDS),
        "when an instance is up; `tcp` on its port if it has load balancers, else that it runs",
    ),
    optional("image", Shape::Text, "name of an image, or path of a release folder or .tar/.tar.gz archive"),
    optional("inheritEnvironment", Shape::List(&Shape::Text), "names of variables passed on from this process"),
    optional("loadBalancers", Shape::List(&Shape::Text), "names of the load balancers it stands behind"),
    optional("portRange", Shape::Text, "ports given to instances, `first-last`; 18000-18999"),
    optional("securityGroups", Shape::List(&Shape::Text), "firewalls, kept as a note; load balancers apply theirs"),
    optional("stopSignal", Shape::Text, "what asks an instance to stop; TERM"),
    optional("stopTimeout", Shape::Duration(Unit::Seconds), "wait after it before KILL; 10 s"),
    optional("version", Shape::Text, "version of the image"),
    optional("weight", Shape::Integer, "share of traffic of each instance relative to others, 0-1000; 100"),
    optional("workingDirectory", Shape::Text, "where it runs; the release folder, else the project's root"),
];

const HEALTH_CHECK_FIELDS: &[Field] = &[
    optional("expectedStatus", Shape::Integer, "the one HTTP status that is healthy; any of 200-399"),
    optional("gracePeriod", Shape::Duration(Unit::Seconds), "how long a failing instance counts as starting; 60 s"),
    optional("healthyThreshold", Shape::Integer, "successes in a row that make it up; 1"),
    optional("interval", Shape::Duration(Unit::Seconds), "time between checks; 1 s"),
    optional("path", Shape::Text, "path of the HTTP request; /health"),
    optional("port", Shape::Integer, "port to check instead of the instance's own"),
    optional("timeout", Shape::Duration(Unit::Seconds), "longest time for one check; 2 s"),
    optional("type", Shape::OneOf(&["http", "none", "tcp"]), "what is asked"),
    optional("unhealthyThreshold", Shape::Integer, "failures in a row that take it out of traffic; 2"),
];

const DEFAULT_PORTS: RangeInclusive<u16> = 18000..=18999;

/// What an instance runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Program and arguments.
    Arguments(Vec<String>),
    /// Text for `sh -c`.
    Shell(String),
}

/// What is asked of an instance to know its health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum CheckKind {
    /// A GET must be answered well.
    Http,
    /// That it runs is enough.
    None,
    /// A connection must be accepted.
    Tcp,
}

/// A health check, ready to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HealthCheck {
    pub(super) kind: CheckKind,
    pub(super) path: String,
    pub(super) port: Option<u16>,
    pub(super) expected_status: Option<u16>,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) grace_period: Duration,
    pub(super) healthy_threshold: u32,
    pub(super) unhealthy_threshold: u32,
}

/// A cluster in a deploy stage, as far as this provider reads it.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) command: Command,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) inherit_environment: Vec<String>,
    pub(super) working_directory: Option<String>,
    pub(super) image: Option<String>,
    pub(super) version: Option<String>,
    pub(super) ports: RangeInclusive<u16>,
    pub(super) health_check: HealthCheck,
    pub(super) load_balancers: Vec<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) stop_signal: Signal,
    pub(super) stop_timeout: Duration,
    pub(super) drain_timeout: Duration,
    pub(super) weight: u32,
}

impl Cluster {
    pub(super) fn parse(map: &Map) -> Result<Self, Error> {
        let keys = Keys { map, place: "cluster" };
        let load_balancers = keys.texts("loadBalancers")?;
        Ok(Self {
            command: command(map)?,
            environment: environment(map)?,
            inherit_environment: keys.texts("inheritEnvironment")?,
            working_directory: keys.text("workingDirectory")?,
            image: keys.text("image")?,
            version: keys.text("version")?,
            ports: keys.text("portRange")?.map_or(Ok(DEFAULT_PORTS), |text| port_range(&text))?,
            health_check: health_check(map, !load_balancers.is_empty())?,
            security_groups: keys.texts("securityGroups")?,
            load_balancers,
            stop_signal: keys.text("stopSignal")?.map_or(Ok(Signal::TERM), |text| signal(&text))?,
            stop_timeout: keys.duration("stopTimeout", Duration::from_secs(10))?,
            drain_timeout: keys.duration("drainTimeout", Duration::from_secs(10))?,
            weight: keys.number("weight", 0..=1000)?.unwrap_or(100),
        })
    }
}

/// Reads keys of an object, naming place and key in every error.
pub(super) struct Keys<'a> {
    pub(super) map: &'a Map,
    /// What the object is, for messages.
    pub(super) place: &'static str,
}

impl Keys<'_> {
    fn wrong(&self, key: &str, value: &Value, wish: &str) -> Error {
        error::invalid(format!("'{key}' of the {} must be {wish}, not {value}", self.place))
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match scalar_text(value) {
            Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            None => Err(self.wrong(key, value, "text")),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Error> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let texts = value.as_array().and_then(|items| items.iter().map(scalar_text).collect::<Option<Vec<_>>>());
        texts.ok_or_else(|| self.wrong(key, value, "a list of text"))
    }

    pub(super) fn number(&self, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Error> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = scalar_text(value).and_then(|text| text.trim().parse::<u32>().ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(key, value, &format!("a whole number from {} to {}", range.start(), range.end()))),
        }
    }

    pub(super) fn duration(&self, key: &str, default: Duration) -> Result<Duration, Error> {
        let Some(value) = self.value(key) else { return Ok(default) };
        let seconds = |text: &str| text.trim().parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        scalar_text(value)
            .and_then(|text| seconds(&text).or_else(|| parse_duration(&text)))
            .ok_or_else(|| self.wrong(key, value, "a time such as 10s or 200ms, or a number of seconds"))
    }
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn command(map: &Map) -> Result<Command, Error> {
    let wrong = "write it as a list such as [\"./server\", \"--quiet\"] or as text for sh -c";
    match map.get("command") {
        None | Some(Value::Null) => Err(error::invalid(format!("the cluster has no 'command'; {wrong}"))),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Command::Shell(text.clone())),
        Some(Value::Array(items)) if !items.is_empty() => {
            let items = items.iter().map(scalar_text).collect::<Option<Vec<_>>>();
            let items = items.filter(|items| !items[0].is_empty() && items.iter().all(|item| !item.contains('\0')));
            items.map(Command::Arguments).ok_or_else(|| error::invalid(format!("'command' of the cluster: {wrong}")))
        }
        Some(other) => Err(error::invalid(format!("'command' of the cluster cannot be {other}; {wrong}"))),
    }
}

fn environment(map: &Map) -> Result<BTreeMap<String, String>, Error> {
    let Some(value) = map.get("environment").filter(|value| !value.is_null()) else { return Ok(BTreeMap::new()) };
    let Some(variables) = value.as_object() else {
        return Err(error::invalid(format!("'environment' of the cluster must be an object of text, not {value}")));
    };
    let read = |(name, value): (&String, &Value)| {
        let text = scalar_text(value).filter(|text| !text.contains('\0'));
        match text {
            Some(text) if !name.is_empty() && !name.contains(['=', '\0']) => Ok((name.clone(), text)),
            _ => Err(error::invalid(format!("'environment.{name}' of the cluster must be text, not {value}"))),
        }
    };
    variables.iter().map(read).collect()
}

fn port_range(text: &str) -> Result<RangeInclusive<u16>, Error> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) if 0 < first && first <= last => Ok(first..=last),
        _ => Err(error::invalid(format!("'portRange' of the cluster is '{text}'; write it as 18000-18999"))),
    }
}

fn signal(text: &str) -> Result<Signal, Error> {
    let upper = text.trim().to_ascii_uppercase();
    match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "HUP" => Ok(Signal::HUP),
        "INT" => Ok(Signal::INT),
        "KILL" => Ok(Signal::KILL),
        "QUIT" => Ok(Signal::QUIT),
        "TERM" => Ok(Signal::TERM),
        "USR1" => Ok(Signal::USR1),
        "USR2" => Ok(Signal::USR2),
        _ => Err(error::invalid(format!(
            "'stopSignal' of the cluster is '{text}'; use TERM, INT, QUIT, HUP, USR1, USR2 or KILL"
        ))),
    }
}

fn health_check(map: &Map, behind_load_balancer: bool) -> Result<HealthCheck, Error> {
    let empty = Map::new();
    let map = match map.get("healthCheck") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(map)) => map,
        Some(other) => {
            return Err(error::invalid(format!("'healthCheck' of the cluster must be an object, not {other}")));
        }
    };
    let keys = Keys { map, place: "health check" };
    let default = if map.contains_key("path") {
        "http"
    } else if behind_load_balancer || map.contains_key("port") {
        "tcp"
    } else {
        "none"
    };
    let kind = match keys.text("type")?.unwrap_or_else(|| default.to_owned()).to_ascii_lowercase().as_str() {
        "http" => CheckKind::Http,
        "none" => CheckKind::None,
        "tcp" => CheckKind::Tcp,
        other => {
            return Err(error::invalid(format!("'type' of the health check is '{other}'; use http, tcp or none")));
        }
    };
    let path = keys.text("path")?.unwrap_or_else(|| "/health".to_owned());
    if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(error::invalid(format!(
            "'path' of the health check is '{path}'; start it with '/', without spaces"
        )));
    }
    let narrow = |number: Option<u32>| number.and_then(|number| u16::try_from(number).ok());
    Ok(HealthCheck {
        kind,
        path,
        port: narrow(keys.number("port", 1..=65535)?),
        expected_status: narrow(keys.number("expectedStatus", 100..=599)?),
        interval: keys.duration("interval", Duration::from_secs(1))?.max(Duration::from_millis(10)),
        timeout: keys.duration("timeout", Duration::from_secs(2))?.max(Duration::from_millis(1)),
        grace_period: keys.duration("gracePeriod", Duration::from_secs(60))?,
        healthy_threshold: keys.number("healthyThreshold", 1..=100)?.unwrap_or(1),
        unhealthy_threshold: keys.number("unhealthyThreshold", 1..=100)?.unwrap_or(2),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Result<Cluster, String> {
        Cluster::parse(value.as_object().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn a_command_alone_is_a_cluster() {
        let cluster = parse(json!({"command": ["true"]})).unwrap();
        assert_eq!(cluster.command, Command::Arguments(vec!["true".into()]));
        assert_eq!(cluster.health_check.kind, CheckKind::None);
        assert_eq!((cluster.ports, cluster.weight), (18000..=18999, 100));
    }

    #[test]
    fn behind_a_load_balancer_the_port_is_checked() {
        let cluster = parse(json!({"command": "serve", "loadBalancers": ["web"]})).unwrap();
        assert_eq!(cluster.health_check.kind, CheckKind::Tcp);
    }

    #[test]
    fn durations_are_text_or_seconds() {
        let cluster = parse(json!({"command": "x", "stopTimeout": "200ms", "drainTimeout": 1.5})).unwrap();
        assert_eq!(cluster.stop_timeout, Duration::from_millis(200));
        assert_eq!(cluster.drain_timeout, Duration::from_millis(1500));
    }

    #[test]
    fn wrong_values_are_named_with_their_place() {
        for (value, part) in [
            (json!({}), "the cluster has no 'command'"),
            (json!({"command": []}), "'command' of the cluster"),
            (json!({"command": "x", "environment": {"A": []}}), "'environment.A' of the cluster"),
            (json!({"command": "x", "portRange": "20-10"}), "'portRange' of the cluster is '20-10'"),
            (json!({"command": "x", "stopSignal": "STOPP"}), "'stopSignal' of the cluster is 'STOPP'"),
            (json!({"command": "x", "weight": -1}), "'weight' of the cluster must be a whole number from 0 to 1000"),
            (json!({"command": "x", "healthCheck": {"type": "grpc"}}), "use http, tcp or none"),
            (json!({"command": "x", "healthCheck": {"path": "health"}}), "start it with '/'"),
            (json!({"command": "x", "healthCheck": {"interval": "soon"}}), "'interval' of the health check"),
        ] {
            let message = parse(value).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
