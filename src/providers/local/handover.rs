//! The balancer's end of the control socket: answering requests, and passing the listening socket to a successor.

use std::io::{self, BufRead, BufReader as StdBufReader, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Interest};
use tokio::net::{UnixListener, UnixStream};
use tokio::select;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::balancer::Balancer;
use super::control::{Request, Status, holder, request_line};
use super::error;

/// How long a running balancer may take to answer its successor before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(2);

/// The socket that requests come in on.
pub(super) struct Control(UnixListener);

impl Control {
    /// Takes the path over from whoever had it, in one step.
    pub(super) fn bind(path: &Path) -> Result<Self, String> {
        let beside = path.with_extension(std::process::id().to_string());
        let bind = || {
            let listener = UnixListener::bind(&beside)?;
            std::fs::rename(&beside, path)?;
            Ok(listener)
        };
        bind().map(Self).map_err(|cause: io::Error| error::io("create the socket", path, &cause).message)
    }
}

/// Answers requests until one of them ends the balancer.
pub(super) async fn answer_requests(balancer: &Arc<Balancer>, control: Control) {
    let ended = CancellationToken::new();
    let mut talks = JoinSet::new();
    loop {
        select! {
            () = ended.cancelled() => break,
            accepted = control.0.accept() => match accepted {
                Ok((stream, _)) => {
                    talks.spawn(talk(Arc::clone(balancer), stream, ended.clone()));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = talks.join_next(), if !talks.is_empty() => {}
        }
    }
    // The answer to the last request is on its way; others get what they ask for a moment more.
    let _ =
        tokio::time::timeout(Duration::from_millis(200), async { while talks.join_next().await.is_some() {} }).await;
}

/// One asker; what it breaks off is its own business.
async fn talk(balancer: Arc<Balancer>, stream: UnixStream, ended: CancellationToken) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while let Ok(1..) = stream.read_line(&mut line).await {
        let request = serde_json::from_str::<Request>(&line);
        line.clear();
        let error = match request {
            Err(cause) => Some(format!("no such request: {cause}")),
            Ok(Request::Apply) => balancer.apply().await.err(),
            Ok(Request::Status) => None,
            Ok(Request::HandOver) => {
                if pass_listener(&balancer, stream.get_ref()).await.is_err() {
                    return;
                }
                continue;
            }
            Ok(Request::Retire | Request::Stop) => {
                balancer.close();
                ended.cancel();
                None
            }
        };
        let Ok(mut answer) = serde_json::to_vec(&balancer.status(error)) else { return };
        answer.push(b'\n');
        if stream.write_all(&answer).await.is_err() || ended.is_cancelled() {
            return;
        }
    }
}

/// Sends a byte with the listening socket beside it; the byte alone when there is none.
async fn pass_listener(balancer: &Balancer, stream: &UnixStream) -> io::Result<()> {
    let listener = balancer.listener();
    stream
        .async_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut beside = SendAncillaryBuffer::new(&mut space);
            let sockets: Vec<_> = listener.iter().map(|listener| listener.as_fd()).collect();
            if !sockets.is_empty() {
                beside.push(SendAncillaryMessage::ScmRights(&sockets));
            }
            sendmsg(stream, &[IoSlice::new(b"\n")], &mut beside, SendFlags::empty())?;
            Ok(())
        })
        .await
}

/// A running balancer as its successor sees it.
pub(super) struct Predecessor {
    stream: StdUnixStream,
    status: Status,
}

impl Predecessor {
    /// The running balancer of a folder, when it answers; one that hangs is ended, for its port is needed.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, String> {
        let Some(holder) = holder(folder).map_err(|error| error.message)? else { return Ok(None) };
        if let Ok(stream) = StdUnixStream::connect(&holder.socket)
            && let Ok(status) = greet(&stream)
            && status.folder == folder
        {
            return Ok(Some(Self { stream, status }));
        }
        if holder.process.signal(rustix::process::Signal::KILL) {
            while holder.process.is_alive() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(None)
    }

    pub(super) fn version(&self) -> &str {
        &self.status.version
    }

    /// Its listening socket, shared from now on; `None` when it has none.
    pub(super) fn listener(&self) -> Result<Option<TcpListener>, String> {
        let receive = || -> io::Result<Option<TcpListener>> {
            (&self.stream).write_all(&request_line(Request::HandOver))?;
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut beside = RecvAncillaryBuffer::new(&mut space);
            let mut byte = [0];
            recvmsg(&self.stream, &mut [IoSliceMut::new(&mut byte)], &mut beside, RecvFlags::empty())?;
            let socket: Option<OwnedFd> = beside.drain().find_map(|message| match message {
                RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
                _ => None,
            });
            let Some(socket) = socket else { return Ok(None) };
            let listener = TcpListener::from(socket);
            listener.set_nonblocking(true)?;
            Ok(Some(listener))
        };
        receive()
            .map_err(|cause| format!("the running load balancer did not pass its socket: {}", error::reason(&cause)))
    }

    /// Tells it to go. One that is gone already needs no telling, and one that hangs finds itself disowned.
    pub(super) fn retire(self) {
        let mut answer = String::new();
        if (&self.stream).write_all(&request_line(Request::Retire)).is_ok() {
            let _ = StdBufReader::new(&self.stream).read_line(&mut answer);
        }
    }
}

fn greet(stream: &StdUnixStream) -> io::Result<Status> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    (&mut &*stream).write_all(&request_line(Request::Status))?;
    let mut line = String::new();
    StdBufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
