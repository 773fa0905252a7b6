//! Calls of one account. What signs, paces, repeats and counts them is `aws`; the Auto Scaling SDK sends through it too.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_autoscaling as autoscaling;
use aws_sdk_autoscaling::config::retry::RetryConfig;
use aws_sdk_autoscaling::config::timeout::TimeoutConfig;
use aws_sdk_autoscaling::config::{
    BehaviorVersion, HttpClient, Region, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_autoscaling::error::SdkError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::error::Fault;
use super::params::Params;
use super::xml::{Answer, Node};
use crate::aws::{self, Call, Connection, Settings, service};
use crate::http::{Response, full_jitter};
use crate::model::Fence;
use crate::providers::Usage;

/// Ceilings of waits for what was just made.
const BASE: Duration = Duration::from_millis(200);
const MOST: Duration = Duration::from_secs(5);
/// How long something that was just made may be unknown elsewhere.
pub(super) const PROPAGATION: Duration = Duration::from_secs(60);

/// The query APIs used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    AutoScaling,
    CloudFormation,
    /// Alarms.
    CloudWatch,
    Ec2,
    /// Classic load balancers.
    Elb,
    /// Application and network load balancers.
    Elbv2,
    Sts,
}

impl Service {
    fn api(self) -> &'static aws::Service {
        match self {
            Self::AutoScaling => &service::AUTO_SCALING,
            Self::CloudFormation => &service::CLOUD_FORMATION,
            Self::CloudWatch => &service::CLOUD_WATCH,
            Self::Ec2 => &service::EC2,
            Self::Elb => &service::ELB,
            Self::Elbv2 => &service::ELB_V2,
            Self::Sts => &service::STS,
        }
    }
}

/// All calls of one account.
pub(super) struct Calls {
    settings: Settings,
    /// Asked before anything is changed.
    fence: Option<Arc<dyn Fence>>,
    /// Opened with the first call.
    connection: OnceCell<Connection>,
    /// Calls that may have changed something, counted when they begin and when they end.
    changes: AtomicU64,
    /// Of these, those after which Auto Scaling may say something else.
    group_changes: AtomicU64,
}

/// Changes of which Auto Scaling knows nothing: who is registered where, and templates that nobody uses yet.
const NOT_OF_GROUPS: [&str; 9] = [
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "DeleteAlarms",
    "DeleteLaunchTemplate",
    "DeregisterInstancesFromLoadBalancer",
    "DeregisterTargets",
    "PutMetricAlarm",
    "RegisterInstancesWithLoadBalancer",
    "RegisterTargets",
];

impl fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Calls")
    }
}

impl Calls {
    pub(super) fn new(settings: Settings, fence: Option<Arc<dyn Fence>>) -> Self {
        let (changes, group_changes) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { settings, fence, connection: OnceCell::new(), changes, group_changes }
    }

    async fn connection(&self, region: &str) -> Result<Connection, aws::Error> {
        let open = || async { Ok(Connection::open(self.settings.clone()).await?.behind(self.fence.clone())) };
        let connection = self.connection.get_or_try_init(open).await?;
        Ok(connection.in_region(region))
    }

    /// What was asked so far.
    pub(super) fn usage(&self) -> Option<Usage> {
        let counts = self.connection.get()?.counts();
        Some(Usage { calls: counts.calls, throttled: counts.throttles })
    }

    /// How often something may have been changed so far: what was seen before is old when this has moved.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// The same of what Auto Scaling says.
    pub(super) fn group_changes(&self) -> u64 {
        self.group_changes.load(Ordering::SeqCst)
    }

    fn note(&self, action: &str) {
        if action.starts_with("Describe") || action.starts_with("Get") {
            return;
        }
        self.changes.fetch_add(1, Ordering::SeqCst);
        if !NOT_OF_GROUPS.contains(&action) {
            self.group_changes.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Calls an action of a query API; its result.
    pub(super) async fn query(
        &self,
        service: Service,
        region: &str,
        action: &str,
        params: &Params,
    ) -> Result<Node, Fault> {
        let connection = self.connection(region).await?;
        let pairs = params.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.note(action);
        let node = connection.query(service.api(), action, pairs).await;
        self.note(action);
        let node = node?;
        // All but EC2 wrap the result in an element of its own.
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

    /// Sends any other call.
    pub(super) async fn send(&self, region: &str, call: &Call<'_>) -> Result<Response, Fault> {
        let connection = self.connection(region).await?;
        self.note(call.operation);
        let answer = connection.send(call).await;
        self.note(call.operation);
        Ok(answer?)
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
            // It waits out throttles, too: the SDK would give up on a call from which it hears nothing for seconds.
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(connector);
        autoscaling::Client::from_conf(config.build())
    }

    /// Sends a form of the Auto Scaling API.
    async fn send_form(&self, region: &str, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let text = String::from_utf8_lossy(&body).into_owned();
        let action = text.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
        let call = Call::new(&service::AUTO_SCALING, action, "POST", "/");
        let mut call = call.with_header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        for (key, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            call.note_resource(key, value);
        }
        call.body = body;
        let connection = self.connection(region).await?;
        self.note(action);
        let answer = connection.send(&call).await;
        self.note(action);
        Ok(answer?.body)
    }
}

/// A pause before something that was made a moment ago is looked for again; with each it gets longer.
pub(super) async fn pause(tried: u32) {
    tokio::time::sleep(full_jitter(BASE, MOST, tried) + BASE).await;
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
                pause(tried).await;
                tried += 1;
            }
            other => return other,
        }
    }
}

/// What the SDK's error says.
pub(super) fn fault<E>(error: SdkError<E, HttpResponse>) -> Fault {
    let unread = |what: &str| Fault::other(format!("autoscaling: {what}"));
    match error {
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().and_then(std::error::Error::source);
            let known = source.and_then(|source| source.downcast_ref::<Fault>()).cloned();
            known.unwrap_or_else(|| unread("the call could not be sent"))
        }
        SdkError::ConstructionFailure(_) => unread("a required parameter is missing"),
        SdkError::TimeoutError(_) => unread("no answer in time"),
        _ => unread("the answer cannot be read"),
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
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let Self { calls, region } = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = calls.send_form(&region, body).await;
            let answer = answer.map_err(|fault| ConnectorError::other(Box::new(fault), None))?;
            let status = StatusCode::try_from(200).expect("200 is a status");
            Ok(HttpResponse::new(status, SdkBody::from(answer)))
        })
    }
}
