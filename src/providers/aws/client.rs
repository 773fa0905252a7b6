//! One call to AWS: signed, paced, repeated when it may help, counted. The Auto Scaling SDK sends through here too.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_autoscaling as autoscaling;
use aws_sdk_autoscaling::config::retry::RetryConfig;
use aws_sdk_autoscaling::config::{BehaviorVersion, HttpClient, Region, RuntimeComponents};
use aws_sdk_autoscaling::error::SdkError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use tokio::time::Instant;

use super::account::Account;
use super::error::Fault;
use super::pace::Pace;
use super::params::Params;
use super::xml::Node;
use crate::http::aws::{Session, SignedRequest};
use crate::http::full_jitter;
use crate::providers::{Error, ErrorKind, Usage};

/// Tries of one call before it is given back as refused; stages go on asking after that.
const TRIES: u32 = 8;
const BASE: Duration = Duration::from_millis(200);
const MOST: Duration = Duration::from_secs(20);
/// How long something that was just made may be unknown elsewhere.
const PROPAGATION: Duration = Duration::from_secs(60);

/// The APIs used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    AutoScaling,
    Ec2,
    /// Classic load balancers.
    Elb,
    /// Application and network load balancers.
    Elbv2,
    Sts,
}

impl Service {
    /// Name in signatures and endpoints.
    fn signing_name(self) -> &'static str {
        match self {
            Self::AutoScaling => "autoscaling",
            Self::Ec2 => "ec2",
            Self::Elb | Self::Elbv2 => "elasticloadbalancing",
            Self::Sts => "sts",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::AutoScaling => "2011-01-01",
            Self::Ec2 => "2016-11-15",
            Self::Elb => "2012-06-01",
            Self::Elbv2 => "2015-12-01",
            Self::Sts => "2011-06-15",
        }
    }
}

/// All calls of one account.
pub(super) struct Calls {
    session: Session,
    paces: Mutex<BTreeMap<(Service, String), Pace>>,
    usage: Mutex<Usage>,
}

impl fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Calls")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Calls {
    pub(super) fn new(account: &Account) -> Result<Self, Error> {
        Ok(Self { session: account.session()?, paces: Mutex::default(), usage: Mutex::default() })
    }

    /// What was asked so far.
    pub(super) fn usage(&self) -> Usage {
        locked(&self.usage).clone()
    }

    /// Calls an action of a query API; the answer's root element.
    pub(super) async fn query(
        &self,
        service: Service,
        region: &str,
        action: &str,
        params: &Params,
    ) -> Result<Node, Fault> {
        let body = params.encode(action, service.version());
        let answer = self.send(service, region, action, body).await?;
        let node = Node::parse(&answer).map_err(|problem| {
            let place = place(service, region, action);
            Fault::without_answer(ErrorKind::Unavailable, format!("the answer to {place} cannot be read: {problem}"))
        })?;
        // Query APIs wrap the result in an element of its own.
        Ok(node.child(&format!("{action}Result")).cloned().unwrap_or(node))
    }

    /// All pages of a list: `list` is its name in the answer, `tokens` those of the marker in answer and request.
    pub(super) async fn pages(
        &self,
        (service, region, action): (Service, &str, &str),
        params: Params,
        list: &str,
        tokens: (&str, &str),
    ) -> Result<Vec<Node>, Fault> {
        let mut found = Vec::new();
        let mut page = params.clone();
        loop {
            let mut answer = self.query(service, region, action, &page).await?;
            let next = answer.text(tokens.0).map(str::to_owned);
            if let Some(at) = answer.children.iter().position(|child| child.name == list) {
                found.append(&mut answer.children[at].children);
            }
            match next {
                Some(token) => page = params.clone().with(tokens.1, token),
                None => return Ok(found),
            }
        }
    }

    /// Sends one form until there is an answer, or no hope of one.
    async fn send(&self, service: Service, region: &str, action: &str, body: String) -> Result<Vec<u8>, Fault> {
        let pace = (service, region.to_owned());
        let mut tried = 0;
        loop {
            let at = locked(&self.paces).entry(pace.clone()).or_default().next(Instant::now());
            tokio::time::sleep_until(at).await;
            let fault = match self.send_once(service, region, action, &body).await {
                Ok(answer) => {
                    locked(&self.paces).entry(pace.clone()).or_default().speed_up();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.error.kind == ErrorKind::Throttled {
                locked(&self.usage).throttled += 1;
                locked(&self.paces).entry(pace.clone()).or_default().slow_down();
            }
            tried += 1;
            if !fault.error.retryable || tried == TRIES {
                return Err(fault);
            }
            tokio::time::sleep(full_jitter(BASE, MOST, tried - 1)).await;
        }
    }

    async fn send_once(&self, service: Service, region: &str, action: &str, body: &str) -> Result<Vec<u8>, Fault> {
        {
            let mut usage = locked(&self.usage);
            usage.calls += 1;
            *usage.by_action.entry(format!("{}:{action}", service.signing_name())).or_default() += 1;
        }
        let request = SignedRequest::form(service.signing_name(), region, body.to_owned());
        let response = self.session.send(request).await.map_err(|error| {
            let place = place(service, region, action);
            Fault::without_answer(error_kind(&error), format!("{place} was not answered: {error}"))
        })?;
        match response.status {
            200..=299 => Ok(response.body),
            status => Err(Fault::of_answer(status, &response.body, &place(service, region, action))),
        }
    }

    /// The Auto Scaling SDK of a region, sending through this.
    pub(super) fn autoscaling(self: &Arc<Self>, region: &str) -> autoscaling::Client {
        let connector = Connector { calls: Arc::clone(self), region: region.to_owned() };
        let config = autoscaling::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            // Signed, sent to the right place and repeated by the connector.
            .allow_no_auth()
            .retry_config(RetryConfig::disabled())
            .http_client(connector);
        autoscaling::Client::from_conf(config.build())
    }
}

/// Repeats a call that names something made a moment ago until it is known everywhere.
pub(super) async fn once_visible<T, F: Future<Output = Result<T, Fault>>>(
    mut call: impl FnMut() -> F,
) -> Result<T, Fault> {
    let begun = Instant::now();
    let mut tried = 0;
    loop {
        match call().await {
            Err(fault) if fault.may_be_unseen() && begun.elapsed() < PROPAGATION => {
                tokio::time::sleep(full_jitter(BASE * 2, MOST / 4, tried) + BASE).await;
                tried += 1;
            }
            other => return other,
        }
    }
}

fn place(service: Service, region: &str, action: &str) -> String {
    format!("{}:{action} in {region}", service.signing_name())
}

/// What the SDK's error says.
pub(super) fn fault<E>(error: SdkError<E, HttpResponse>) -> Fault {
    let unread = |what: String| Fault::without_answer(ErrorKind::Other, format!("autoscaling: {what}"));
    match error {
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().and_then(std::error::Error::source);
            let known = source.and_then(|source| source.downcast_ref::<Fault>()).cloned();
            known.unwrap_or_else(|| unread("the call could not be sent".to_owned()))
        }
        SdkError::ConstructionFailure(_) => unread("a required parameter is missing".to_owned()),
        SdkError::TimeoutError(_) => unread("no answer in time".to_owned()),
        _ => unread("the answer cannot be read".to_owned()),
    }
}

/// Our client in the place of the SDK's.
#[derive(Clone, Debug)]
struct Connector {
    calls: Arc<Calls>,
    region: String,
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let Self { calls, region } = self.clone();
        HttpConnectorFuture::new(async move {
            let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned();
            let answer = calls.send(Service::AutoScaling, &region, &action, body).await;
            let answer = answer.map_err(|fault| ConnectorError::other(Box::new(fault), None))?;
            let status = 200_u16.try_into().expect("200 is a status");
            Ok(HttpResponse::new(status, SdkBody::from(answer)))
        })
    }
}
