//! A small HTTP service to try things with: it answers the same text to everybody.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::balancer::cannot_listen;
use super::error;
use super::quiet::Quiet;

/// How long requests may go on after SIGTERM.
const GOODBYE: Duration = Duration::from_secs(5);

/// What the service is to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RespondOptions {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Answer to every path but `/health`.
    pub body: String,
    /// Its status.
    pub status: u16,
    /// Time before it listens, in milliseconds.
    pub start_delay: u64,
    /// After so many requests `/health` answers 503; never when absent.
    pub unhealthy_after: Option<u64>,
}

impl Default for RespondOptions {
    /// Listens where the environment's `HOST` and `PORT` say, else on 127.0.0.1:8080.
    fn default() -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let host = variable("HOST").and_then(|host| host.parse().ok()).unwrap_or([127, 0, 0, 1].into());
        let port = variable("PORT").and_then(|port| port.parse().ok()).unwrap_or(8080);
        Self {
            listen: SocketAddr::new(host, port),
            body: "hello".to_owned(),
            status: 200,
            start_delay: 0,
            unhealthy_after: None,
        }
    }
}

/// Serves until SIGTERM or Ctrl-C, then lets requests under way end. The error says why it cannot listen.
pub async fn respond(options: RespondOptions) -> Result<(), String> {
    let status = StatusCode::from_u16(options.status).map_err(|_| format!("{} is no HTTP status", options.status))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|cause| error::reason(&cause))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|cause| error::reason(&cause))?;
    let delayed = select! {
        () = sleep(Duration::from_millis(options.start_delay)) => true,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    if !delayed {
        return Ok(());
    }
    let listen = options.listen;
    let listener = TcpListener::bind(listen).await.map_err(|cause| cannot_listen(listen, &cause))?;
    // It serves as well when its log cannot be written.
    let _ = writeln!(std::io::stdout(), "listening on {listen}");
    let service = Arc::new(Service { options, status, requests: AtomicU64::new(0) });
    let goodbye = CancellationToken::new();
    let mut connections = JoinSet::new();
    loop {
        select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(Arc::clone(&service), stream, goodbye.clone()));
                }
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    goodbye.cancel();
    // What has not ended by then is cut off.
    let _ = timeout(GOODBYE, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

struct Service {
    options: RespondOptions,
    status: StatusCode,
    requests: AtomicU64,
}

impl Service {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let count = self.requests.fetch_add(1, Relaxed) + 1;
        let (status, text) = match request.uri().path() {
            "/health" if self.options.unhealthy_after.is_some_and(|limit| count > limit) => {
                (StatusCode::SERVICE_UNAVAILABLE, format!("unhealthy after {count} requests\n"))
            }
            "/health" => (StatusCode::OK, "healthy\n".to_owned()),
            _ => (self.status, format!("{}\n", self.options.body)),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response
    }
}

async fn serve(service: Arc<Service>, stream: TcpStream, goodbye: CancellationToken) {
    // Latency before packet size; a socket that cannot do it works all the same.
    let _ = stream.set_nodelay(true);
    let quiet = Arc::new(Quiet::new());
    let noted = Arc::clone(&quiet);
    let ending = goodbye.clone();
    let answer = service_fn(move |request| {
        noted.note();
        let mut response = service.answer(&request);
        if ending.is_cancelled() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
    let mut connection = std::pin::pin!(connection);
    select! {
        biased; // what has arrived counts before the silence
        // A client that goes away is its own business.
        _ = connection.as_mut() => return,
        () = async {
            goodbye.cancelled().await;
            // A request may be on its way: it is answered, and told that it was the last.
            quiet.wait().await;
        } => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
