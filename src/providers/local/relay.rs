//! Balancing of connections as a whole: bytes go both ways until one side ends.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::select;
use tokio::time::{sleep, timeout};

use super::balancer::Balancer;
use super::error;
use super::health::address;
use super::quiet::Quiet;
use super::target::{Counted, Target};

/// Longest wait for a target of this machine to accept.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How often a connection of a target on its way out is looked at while its client waits for an answer.
const PAUSE: Duration = Duration::from_millis(50);

/// Large enough for throughput, small enough for many connections.
const BUFFER: usize = 8 * 1024;

/// Connects to the next target that accepts; the count of the connection comes with it.
pub(super) async fn connect(balancer: &Balancer) -> Option<(TcpStream, Counted)> {
    let mut tried: Vec<Arc<Target>> = Vec::new();
    while let Some(counted) = balancer.pick(&tried) {
        match connect_to(&counted.0).await {
            Ok(stream) => return Some((stream, counted)),
            Err(()) => tried.push(Arc::clone(&counted.0)),
        }
    }
    None
}

/// Connects to this target; a failure is told to its health.
pub(super) async fn connect_to(target: &Target) -> Result<TcpStream, ()> {
    let address = address(target.port());
    let reason = match timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            // Latency before packet size; a socket that cannot do it works all the same.
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
        Ok(Err(cause)) if cause.kind() == io::ErrorKind::ConnectionRefused => {
            format!("connection refused on {address}")
        }
        Ok(Err(cause)) => format!("cannot connect to {address}: {}", error::reason(&cause)),
        Err(_) => format!("{address} did not accept within {} s", CONNECT_LIMIT.as_secs()),
    };
    target.failed(reason);
    Err(())
}

/// Serves a client's connection.
pub(super) async fn serve(balancer: &Balancer, client: TcpStream, peer: IpAddr) {
    let Some((server, counted)) = connect(balancer).await else {
        balancer.log(&format!("no healthy target for a connection from {peer}"));
        return;
    };
    let target = &counted.0;
    let leaving = async {
        select! { () = target.left.cancelled() => {}, () = balancer.closing.cancelled() => {} }
    };
    relay(client, server, leaving, balancer.cut.cancelled()).await;
}

/// Who spoke last on a connection, and when.
struct Talk {
    quiet: Quiet,
    client_spoke_last: AtomicBool,
}

impl Talk {
    fn note(&self, client: bool) {
        self.quiet.note();
        self.client_spoke_last.store(client, Relaxed);
    }

    /// Returns when the last word was the server's, a while ago: a client that waits for an answer keeps waiting.
    async fn wait(&self) {
        self.quiet.wait().await;
        while self.client_spoke_last.load(Relaxed) {
            sleep(PAUSE).await;
            self.quiet.wait().await;
        }
    }
}

/// Copies both ways until both sides have ended, one fails, the target leaves and it is quiet, or the balancer ends.
/// A busy connection of a target that left is not cut: only the service itself knows where its answers end, and says
/// goodbye when it is stopped.
async fn relay(mut client: TcpStream, mut server: TcpStream, leaving: impl Future, cut: impl Future) {
    let talk = Talk { quiet: Quiet::new(), client_spoke_last: AtomicBool::new(false) };
    let (client_reader, client_writer) = client.split();
    let (server_reader, server_writer) = server.split();
    let both = async {
        tokio::try_join!(
            pump(client_reader, server_writer, || talk.note(true)),
            pump(server_reader, client_writer, || talk.note(false)),
        )
    };
    let quiet = async {
        leaving.await;
        talk.wait().await;
    };
    select! {
        biased; // what has arrived counts before the silence
        // A side that fails ends the other; there is nobody left to tell.
        _ = both => {}
        () = quiet => {}
        _ = cut => {}
    }
}

/// Copies until the reader ends, then says so to the writer: the other direction may go on.
async fn pump(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    note: impl Fn(),
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = reader.read(&mut buffer).await?;
        if count == 0 {
            return writer.shutdown().await;
        }
        note();
        writer.write_all(&buffer[..count]).await?;
    }
}
