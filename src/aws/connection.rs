//! One account's way to AWS: signs, sends, waits, repeats, counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use jiff::fmt::rfc2822;
use tokio::time::sleep;

use super::count::Counter;
use super::credentials::{Keys, load};
use super::endpoint::{Endpoints, Place};
use super::error::{is_busy, is_expired};
use super::limit::Limit;
use super::sign::{self, Signature};
use super::{Call, Counts, Error, ErrorKind, Service, Settings};
use crate::http::{Client, Request, Response, full_jitter};
use crate::model::Fence;

/// How long one try may take when the account does not say.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Tries of a call that fails for other reasons than being throttled.
const TRIES: u32 = 6;
/// For how long a call is tried again when it is throttled or meets others.
const PATIENCE: Duration = Duration::from_secs(300);
/// Ceilings of waits.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const FIRST_WAIT_THROTTLED: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// An account's way to AWS in one region. Clones share credentials, limits, counts and open connections.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
    region: String,
    /// Asked before anything is changed.
    fence: Option<Arc<dyn Fence>>,
}

struct Shared {
    settings: Settings,
    client: Client,
    keys: Keys,
    endpoints: Endpoints,
    limits: Mutex<HashMap<&'static str, Arc<Limit>>>,
    counter: Counter,
    /// Milliseconds that the services' clock is ahead of ours.
    skew: AtomicI64,
}

impl Connection {
    /// Reads profiles and environment. Credentials are fetched with the first call. Fails when no region is known and
    /// none is needed to find a configured endpoint.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let config = load(&settings).await;
        let keys = Keys::new(&settings, &config).await;
        let region = config.region().map(ToString::to_string);
        let endpoints = Endpoints::new(&settings, config);
        let region = match region {
            Some(region) => region,
            // Another server does not care.
            None if endpoints.is_configured(&super::service::STS) => "us-east-1".to_owned(),
            None => {
                let whose = settings.shown();
                let text =
                    format!("{whose}: no region is given: set 'region' in its settings, AWS_REGION, or the profile's");
                return Err(Error::new(ErrorKind::Settings, text));
            }
        };
        let shared = Shared {
            settings,
            client: Client::keeping_connections(),
            keys,
            endpoints,
            limits: Mutex::default(),
            counter: Counter::default(),
            skew: AtomicI64::new(0),
        };
        Ok(Self { shared: Arc::new(shared), region, fence: None })
    }

    /// The same account in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// The same, but a call that changes something is only sent with this one's leave.
    #[must_use]
    pub fn behind(self, fence: Option<Arc<dyn Fence>>) -> Self {
        Self { fence, ..self }
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// What was asked so far, in all regions.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counter.read()
    }

    /// Where calls of a service go, and those for a bucket.
    #[must_use]
    pub fn place(&self, service: &Service, bucket: Option<&str>) -> Place {
        self.shared.endpoints.place(service, &self.region, bucket)
    }

    /// Sends a call until there is an answer to give back. Any status from 300 on is an error.
    pub async fn send(&self, call: &Call<'_>) -> Result<Response, Error> {
        let limit = self.limit(call.service);
        let begun = Instant::now();
        let mut tries = 0;
        let mut renewed = false;
        loop {
            sleep(limit.reserve(Instant::now())).await;
            let timeout = self.time_for(call).await?;
            tries += 1;
            let mut error = match self.try_once(call, timeout, tries > 1).await? {
                Ok(answer) => {
                    limit.answered(Instant::now());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            error.tries = tries;
            let wait = match error.kind {
                ErrorKind::Throttled if begun.elapsed() < PATIENCE => {
                    self.shared.counter.throttle();
                    limit.throttled(Instant::now());
                    full_jitter(FIRST_WAIT_THROTTLED, LONGEST_WAIT, tries - 1)
                }
                ErrorKind::Conflict if is_busy(&error) && begun.elapsed() < PATIENCE => {
                    full_jitter(FIRST_WAIT, LONGEST_WAIT, tries - 1)
                }
                ErrorKind::Unavailable | ErrorKind::Unreachable
                    if tries < TRIES && (call.is_repeatable || was_never_sent(&error)) =>
                {
                    full_jitter(FIRST_WAIT, LONGEST_WAIT, tries - 1)
                }
                ErrorKind::Credentials if !renewed && (is_expired(&error) || error.is("RequestTimeTooSkewed")) => {
                    renewed = true;
                    self.shared.keys.forget().await;
                    Duration::ZERO
                }
                _ => return Err(error),
            };
            sleep(wait).await;
        }
    }

    /// How long an answer is waited for. What changes something is not sent when the right to do so may end before: calls
    /// are given up earlier where leases are short, but for those that say themselves how long their work takes.
    async fn time_for(&self, call: &Call<'_>) -> Result<Duration, Error> {
        let settings = &self.shared.settings;
        let timeout = call.timeout.or(settings.timeout).unwrap_or(TIMEOUT);
        let Some(fence) = self.fence.as_ref().filter(|_| call.is_change()) else { return Ok(timeout) };
        match fence.pass(timeout).await {
            Ok(granted) => Ok(call.timeout.unwrap_or(granted)),
            Err(failure) => {
                let text = format!("{}: {} was not sent: {}", settings.shown(), call.shown(), failure.message);
                Err(Error::new(ErrorKind::Unavailable, text))
            }
        }
    }

    /// One try. The outer error is one that no other try can mend.
    async fn try_once(
        &self,
        call: &Call<'_>,
        timeout: Duration,
        is_retry: bool,
    ) -> Result<Result<Response, Error>, Error> {
        let Shared { settings, client, keys, counter, skew, .. } = &*self.shared;
        let place = self.place(call.service, call.bucket);
        let mut request = Request::new(call.method, format!("{}{}", place.origin, call.target(&place.base)));
        request.headers.clone_from(&call.headers);
        request.body = (!matches!(call.method, "GET" | "HEAD" | "DELETE")).then(|| call.body.clone());
        request.timeout = timeout;
        request.body_limit = call.body_limit;
        if let Some(credentials) = keys.get().await? {
            let time = ahead(SystemTime::now(), skew.load(Ordering::Relaxed));
            let service = call.service.name;
            sign::add(&mut request, &Signature { credentials: &credentials, region: &place.region, service, time })?;
        }
        counter.call(is_retry);
        let whose = settings.shown();
        Ok(match client.send_once_only(&request).await {
            Ok(answer) if answer.status < 300 => Ok(answer),
            Ok(answer) => {
                let error = Error::refused(&whose, &self.region, call, &answer);
                if error.is("RequestTimeTooSkewed") {
                    skew.store(skew_of(&answer), Ordering::Relaxed);
                }
                Err(error)
            }
            Err(error) => Err(Error::unreachable(&whose, call, &error)),
        })
    }

    fn limit(&self, service: &Service) -> Arc<Limit> {
        let mut limits = self.shared.limits.lock().expect("no holder of this lock can panic");
        Arc::clone(limits.entry(service.id).or_default())
    }
}

/// Whether a call reached nobody: it does no harm to send it again, whatever it does.
fn was_never_sent(error: &Error) -> bool {
    error.kind == ErrorKind::Unavailable && error.status == 0
}

fn ahead(time: SystemTime, millis: i64) -> SystemTime {
    let span = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 { time - span } else { time + span }
}

/// Milliseconds that the server's clock is ahead of ours, as its answer's date tells.
fn skew_of(answer: &Response) -> i64 {
    let date = answer.header("date").and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
    date.map_or(0, |date| date.as_millisecond() - jiff::Timestamp::now().as_millisecond())
}
