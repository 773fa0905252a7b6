//! Connections to targets that are kept open between requests.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::target::Counted;

/// More than this many idle connections to one target are not worth their memory.
const IDLE_LIMIT: usize = 256;

/// Body of a request on its way to a target.
pub(super) type RequestBody = BoxBody<Bytes, hyper::Error>;

/// Connections to a target that wait for their next request, the last used first.
#[derive(Default)]
pub(super) struct IdleConnections {
    open: Mutex<Vec<SendRequest<RequestBody>>>,
}

impl IdleConnections {
    /// One that is still open.
    pub(super) fn take(&self) -> Option<SendRequest<RequestBody>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| open.pop()).find(|connection| !connection.is_closed())
    }

    /// Closes them all.
    pub(super) fn clear(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn put(&self, connection: SendRequest<RequestBody>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() < IDLE_LIMIT && !connection.is_closed() {
            open.push(connection);
        }
    }
}

/// Speaks HTTP over a fresh connection.
pub(super) async fn open(stream: TcpStream) -> hyper::Result<SendRequest<RequestBody>> {
    let (sender, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await?;
    // Ends with its socket, which the sender holds: what goes wrong on it is told to the request.
    tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    });
    Ok(sender)
}

/// A target's answer on its way to the client. Its connection is used again once all of it was read.
pub(super) struct Answer {
    body: Incoming,
    ended: bool,
    sender: Option<SendRequest<RequestBody>>,
    counted: Counted,
}

impl Answer {
    pub(super) fn new(body: Incoming, sender: SendRequest<RequestBody>, counted: Counted) -> Self {
        Self { body, ended: false, sender: Some(sender), counted }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.ended |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let target = &self.counted.0;
        if (self.ended || self.body.is_end_stream())
            && !target.left.is_cancelled()
            && let Some(sender) = self.sender.take()
        {
            target.idle.put(sender);
        }
    }
}
