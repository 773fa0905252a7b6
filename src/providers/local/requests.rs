//! Balancing of HTTP requests, each on its own: a client's kept-alive connection survives every deployment behind it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::select;

use super::balancer::Balancer;
use super::quiet::Quiet;
use super::relay;
use super::target::{Counted, Target};
use super::upstream::{self, Answer, RequestBody};

/// Body of an answer on its way to a client.
type AnswerBody = http_body_util::combinators::BoxBody<Bytes, hyper::Error>;

/// Headers that speak of one connection only.
const HOP_BY_HOP: &[&str] = &["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Serves a client's connection.
pub(super) async fn serve(balancer: Arc<Balancer>, client: TcpStream, peer: IpAddr) {
    // Latency before packet size; a socket that cannot do it works all the same.
    let _ = client.set_nodelay(true);
    let quiet = Arc::new(Quiet::new());
    let service = {
        let (balancer, quiet) = (Arc::clone(&balancer), Arc::clone(&quiet));
        service_fn(move |request| {
            quiet.note();
            let balancer = Arc::clone(&balancer);
            async move { Ok::<_, Infallible>(answer(&balancer, request, peer).await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .half_close(true)
        .serve_connection(TokioIo::new(client), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let goodbye = async {
        balancer.closing.cancelled().await;
        // Whoever asks now is told to close; who does not ask is closed without a word.
        quiet.wait().await;
    };
    select! {
        biased; // what has arrived counts before the silence
        // A client that goes away in mid-request is its own business.
        _ = connection.as_mut() => return,
        () = goodbye => connection.as_mut().graceful_shutdown(),
    }
    select! {
        _ = connection => {}
        () = balancer.cut.cancelled() => {}
    }
}

/// Answers one request, by a target where there is one.
async fn answer(balancer: &Balancer, request: Request<Incoming>, peer: IpAddr) -> Response<AnswerBody> {
    let mut response = forward(balancer, request, peer).await.unwrap_or_else(|problem| {
        balancer.log(&problem.text);
        let mut response = Response::new(Full::new(Bytes::from(problem.text + "\n")).map_err(|e| match e {}).boxed());
        *response.status_mut() = problem.status;
        response
    });
    if balancer.closing.is_cancelled() {
        // The client opens its next connection with whoever serves then.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Why a request was not answered by a target.
struct Problem {
    status: StatusCode,
    text: String,
}

impl Problem {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

/// A request that may have to be sent more than once.
struct Outgoing {
    /// What is sent again when the first try is lost.
    parts: Parts,
    /// `None` once it was sent and cannot be sent again.
    body: Option<Incoming>,
    /// Whether it has no body: then it can be made again from its parts.
    is_empty: bool,
    is_upgrade: bool,
}

impl Outgoing {
    fn new(request: Request<Incoming>, peer: IpAddr) -> Self {
        let is_empty = request.body().is_end_stream();
        let is_upgrade = is_upgrade(request.headers());
        let (mut parts, body) = request.into_parts();
        let upgrade = parts.headers.get(header::UPGRADE).cloned().filter(|_| is_upgrade);
        strip(&mut parts.headers);
        if let Some(upgrade) = upgrade {
            parts.headers.insert(header::UPGRADE, upgrade);
            parts.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        }
        if let Ok(value) = HeaderValue::from_str(&peer.to_string()) {
            parts.headers.append(FORWARDED_FOR, value);
        }
        parts.version = Version::HTTP_11;
        Self { parts, body: Some(body), is_empty, is_upgrade }
    }

    /// Whether it may be sent though it may have been done already.
    fn is_repeatable(&self) -> bool {
        self.is_empty
            && [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE].contains(&self.parts.method)
    }

    fn next_try(&mut self) -> Option<Request<RequestBody>> {
        let body = match self.body.take() {
            Some(body) if !self.is_empty => body.boxed(),
            _ if self.is_empty => Empty::new().map_err(|e: Infallible| match e {}).boxed(),
            _ => return None,
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = self.parts.uri.clone();
        *request.version_mut() = self.parts.version;
        *request.headers_mut() = self.parts.headers.clone();
        Some(request)
    }
}

async fn forward(
    balancer: &Balancer,
    mut request: Request<Incoming>,
    peer: IpAddr,
) -> Result<Response<AnswerBody>, Problem> {
    let client_upgrade = is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    let mut outgoing = Outgoing::new(request, peer);
    let what = format!("{} {}", outgoing.parts.method, outgoing.parts.uri.path());
    let mut message = outgoing.next_try();
    let mut tried: Vec<Arc<Target>> = Vec::new();
    // A connection kept open may turn out dead; such a try says nothing of the target, so it may be tried again.
    let mut stale = 0;
    while let Some(counted) = balancer.pick(&tried) {
        let Some(ready) = message.take() else { break };
        let kept = if outgoing.is_repeatable() && stale < 3 { counted.0.idle.take() } else { None };
        let was_kept = kept.is_some();
        match send(kept, &counted, ready).await {
            Ok((response, sender)) => {
                return Ok(back(response, sender, counted, client_upgrade.filter(|_| outgoing.is_upgrade)));
            }
            Err(Lost { unsent }) => {
                message = unsent.or_else(|| outgoing.is_repeatable().then(|| outgoing.next_try()).flatten());
                if was_kept {
                    stale += 1;
                } else {
                    tried.push(Arc::clone(&counted.0));
                }
                if message.is_none() {
                    let id = counted.0.id();
                    return Err(Problem::new(StatusCode::BAD_GATEWAY, format!("{id} broke off in {what}")));
                }
            }
        }
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("no healthy instance for {what}")))
}

/// A try that brought no answer.
struct Lost {
    /// The request, when no byte of it was sent.
    unsent: Option<Request<RequestBody>>,
}

type Sender = hyper::client::conn::http1::SendRequest<RequestBody>;

async fn send(
    kept: Option<Sender>,
    counted: &Counted,
    request: Request<RequestBody>,
) -> Result<(Response<Incoming>, Sender), Lost> {
    let mut sender = match kept {
        Some(sender) => sender,
        None => {
            let Ok(stream) = relay::connect_to(&counted.0).await else { return Err(Lost { unsent: Some(request) }) };
            match upstream::open(stream).await {
                Ok(sender) => sender,
                Err(_) => return Err(Lost { unsent: Some(request) }),
            }
        }
    };
    if sender.ready().await.is_err() {
        return Err(Lost { unsent: Some(request) });
    }
    match sender.try_send_request(request).await {
        Ok(response) => Ok((response, sender)),
        Err(mut lost) => Err(Lost { unsent: lost.take_message() }),
    }
}

/// Makes a target's response the client's.
fn back(
    mut response: Response<Incoming>,
    sender: Sender,
    counted: Counted,
    client_upgrade: Option<hyper::upgrade::OnUpgrade>,
) -> Response<AnswerBody> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(client_upgrade) = client_upgrade
    {
        let target_upgrade = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let (Ok(client), Ok(target)) = tokio::join!(client_upgrade, target_upgrade) {
                let (mut client, mut target) = (TokioIo::new(client), TokioIo::new(target));
                // Either side may end it.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut target).await;
                drop(counted);
            }
        });
        return response.map(|body| body.boxed());
    }
    strip(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    response.map(|body| Answer::new(body, sender, counted).boxed())
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
        && headers.get_all(header::CONNECTION).iter().any(|value| {
            value.to_str().is_ok_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("upgrade")))
        })
}

/// Takes out what speaks of one connection only, and what `Connection` names.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
    for name in named {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_connection_go_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "keep-alive, X-Mine"), ("x-mine", "1"), ("keep-alive", "5"), ("accept", "*")]
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        strip(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn an_upgrade_needs_both_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        assert!(!is_upgrade(&headers));
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        assert!(is_upgrade(&headers));
    }
}
