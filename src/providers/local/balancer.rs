//! The one process that lives on: it follows its table, serves connections, and is found, replaced and stopped over
//! its control socket.
//!
//! A new balancer takes the listening socket over from a running one (the very socket, with the connections that wait
//! in it), so nobody is refused while it is replaced. The old one lets its connections end and goes.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

use super::control::{Holder, Status, VERSION, holder, holder_file, socket_path};
use super::process::ProcessId;
use super::table::{Protocol, Table};
use super::target::{Counted, Target, Targets};
use super::world::World;
use super::{error, handover, log, relay, requests, world};

/// Hidden subcommand that becomes a balancer.
pub(super) const BALANCER_COMMAND: &str = "__balancer";

/// A log longer than this is begun anew, the last one kept.
const LOG_LIMIT: u64 = 1024 * 1024;

/// Lines of one second beyond these are dropped: a storm of requests must not wait for the disk.
const LOG_LINES_PER_SECOND: u32 = 10;

/// How often it looks whether its folder is still there and its own.
const OWNERSHIP_INTERVAL: Duration = Duration::from_secs(1);

/// A balancer at work.
pub(super) struct Balancer {
    folder: PathBuf,
    process: ProcessId,
    inner: Mutex<Inner>,
    log_second: AtomicI64,
    log_count: AtomicU32,
    /// Accepts nothing more; connections are to end.
    pub(super) closing: CancellationToken,
    /// Their time is over.
    pub(super) cut: CancellationToken,
}

struct Inner {
    table: Table,
    targets: Targets,
    door: Option<Door>,
    doors: JoinSet<()>,
}

/// A listening socket and the task that accepts from it.
struct Door {
    address: SocketAddr,
    listener: Arc<TcpListener>,
    shut: CancellationToken,
}

impl Balancer {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next target, counted as connected already, so that it cannot be taken for drained in between.
    pub(super) fn pick(&self, tried: &[Arc<Target>]) -> Option<Counted> {
        self.inner().targets.pick(tried).as_ref().map(Counted::new)
    }

    /// A line in the bounded log.
    pub(super) fn log(&self, line: &str) {
        let second = world::now() / 1000;
        let is_new = self.log_second.swap(second, Relaxed) != second;
        let count = if is_new { 0 } else { self.log_count.load(Relaxed) } + 1;
        self.log_count.store(count, Relaxed);
        if count <= LOG_LINES_PER_SECOND {
            // There is nobody to tell that the log cannot be written.
            let _ = write_log(&self.folder, line);
        }
    }

    /// The listening socket, for who takes over.
    pub(super) fn listener(&self) -> Option<Arc<TcpListener>> {
        self.inner().door.as_ref().map(|door| Arc::clone(&door.listener))
    }

    pub(super) fn status(&self, error: Option<String>) -> Status {
        let inner = self.inner();
        Status {
            error,
            process: self.process.clone(),
            version: VERSION.to_owned(),
            folder: self.folder.clone(),
            listen: inner.table.listen.to_string(),
            protocol: inner.table.protocol,
            targets: inner.targets.status(),
        }
    }

    /// Reads the table again and follows it. What is in force stays in force when that fails.
    pub(super) async fn apply(self: &Arc<Self>) -> Result<(), String> {
        let table = read_table(&self.folder)?;
        let listening = self.inner().door.as_ref().map(|door| door.address);
        let listener = if listening == Some(table.listen) { None } else { Some(bind(table.listen).await?) };
        let mut inner = self.inner();
        inner.targets.apply(&table.targets);
        inner.table = table;
        if let Some(listener) = listener {
            self.open(&mut inner, listener);
        }
        Ok(())
    }

    /// Accepts from this socket and no longer from the one before.
    fn open(self: &Arc<Self>, inner: &mut Inner, listener: TcpListener) {
        let listener = Arc::new(listener);
        let shut = CancellationToken::new();
        inner.doors.spawn(Arc::clone(self).accept(Arc::clone(&listener), shut.clone()));
        let door = Door { address: inner.table.listen, listener, shut };
        if let Some(before) = inner.door.replace(door) {
            before.shut.cancel();
        }
    }

    async fn accept(self: Arc<Self>, listener: Arc<TcpListener>, shut: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            select! {
                () = shut.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        if let Some(protocol) = self.admit(peer.ip()) {
                            connections.spawn(Arc::clone(&self).serve(protocol, stream, peer.ip()));
                        }
                    }
                    Err(cause) => {
                        // Mostly too many open files: some connection has to end first.
                        self.log(&format!("cannot accept: {}", error::reason(&cause)));
                        sleep(Duration::from_millis(20)).await;
                    }
                },
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    /// How to serve this client; `None` when no source range lets it in.
    fn admit(&self, peer: IpAddr) -> Option<Protocol> {
        let inner = self.inner();
        let admitted =
            inner.table.sources.as_ref().is_none_or(|ranges| ranges.iter().any(|range| range.contains(peer)));
        let protocol = inner.table.protocol;
        drop(inner);
        if !admitted {
            self.log(&format!("refused {peer}: in no source range of the firewalls"));
        }
        admitted.then_some(protocol)
    }

    async fn serve(self: Arc<Self>, protocol: Protocol, stream: TcpStream, peer: IpAddr) {
        match protocol {
            Protocol::Http => requests::serve(self, stream, peer).await,
            Protocol::Tcp => relay::serve(&self, stream, peer).await,
        }
    }

    /// Accepts nothing more from now on.
    pub(super) fn close(&self) {
        if let Some(door) = self.inner().door.take() {
            door.shut.cancel();
        }
        self.closing.cancel();
    }

    /// Waits for the connections to end, or for the time they have.
    async fn drain(&self) {
        let (mut doors, limit) = {
            let mut inner = self.inner();
            (std::mem::take(&mut inner.doors), inner.table.drain_timeout)
        };
        let ended = async { while doors.join_next().await.is_some() {} };
        select! { () = ended => {}, () = sleep(limit) => {} }
        self.cut.cancel();
    }

    /// The socket recorded for this process; `None` when none or another process is on record.
    fn held_socket(&self) -> Option<PathBuf> {
        let holder = holder(&self.folder).ok().flatten().filter(|holder| holder.process == self.process);
        holder.map(|holder| holder.socket)
    }

    /// Returns when the folder is gone or somebody else's: a balancer nobody can find must not live on.
    async fn disowned(&self) {
        let mut ticks = interval(OWNERSHIP_INTERVAL);
        loop {
            ticks.tick().await;
            if self.held_socket().is_none() {
                return;
            }
            // Nobody else of ours is always there.
            if let Some(account) = self.folder.parent().and_then(Path::parent) {
                let world = World::new(account.to_owned());
                // Off the threads that serve; what goes wrong with a log is no matter of the balancer's.
                let _ = tokio::task::spawn_blocking(move || log::bound_all(&world)).await;
            }
        }
    }
}

/// Runs the balancer of a folder until it is stopped or replaced. `ready` is told once, when it serves or cannot.
/// With `replace` it takes over from a running one of the same version too.
pub(super) async fn run_balancer(folder: &Path, replace: bool, ready: impl FnOnce(&str)) -> Result<(), String> {
    let started = start(folder, replace).await;
    let (balancer, control) = match started {
        Ok(Some(started)) => started,
        Ok(None) => {
            ready("ok");
            return Ok(());
        }
        Err(message) => {
            ready(&message);
            return Err(message);
        }
    };
    ready("ok");
    balancer.log("serving");
    let mut terminate = signal(SignalKind::terminate()).map_err(|cause| error::reason(&cause))?;
    let reason = select! {
        () = handover::answer_requests(&balancer, control) => "asked to stop",
        _ = terminate.recv() => "terminated",
        () = balancer.disowned() => "its folder is gone or served by another",
    };
    balancer.log(&format!("stopping: {reason}"));
    balancer.close();
    // Before the last connections end: whoever starts meanwhile has the port for itself and nobody to take over from.
    forget(&balancer);
    balancer.drain().await;
    Ok(())
}

/// Becomes the one balancer of the folder; `None` when a running one is as good.
async fn start(folder: &Path, replace: bool) -> Result<Option<(Arc<Balancer>, handover::Control)>, String> {
    raise_file_limit();
    let _lock = lock(folder)?;
    let table = read_table(folder)?;
    let predecessor = handover::Predecessor::find(folder)?;
    if let Some(running) = &predecessor
        && running.version() == VERSION
        && !replace
    {
        return Ok(None);
    }
    let inherited = match &predecessor {
        Some(running) => running.listener()?.filter(|listener| listener.local_addr().ok() == Some(table.listen)),
        None => None,
    };
    let listener = match inherited {
        Some(listener) => TcpListener::from_std(listener).map_err(|cause| error::reason(&cause))?,
        None => bind(table.listen).await?,
    };
    let balancer = Arc::new(Balancer {
        folder: folder.to_owned(),
        process: ProcessId::current().ok_or("this process cannot be seen by itself; is /proc mounted?")?,
        inner: Mutex::new(Inner { table, targets: Targets::default(), door: None, doors: JoinSet::new() }),
        log_second: AtomicI64::new(0),
        log_count: AtomicU32::new(0),
        closing: CancellationToken::new(),
        cut: CancellationToken::new(),
    });
    let socket = socket_path(folder).map_err(|error| error.message)?;
    let control = handover::Control::bind(&socket)?;
    let holder = Holder { process: balancer.process.clone(), version: VERSION.to_owned(), socket };
    world::write_json(&holder_file(folder), &holder).map_err(|error| error.message)?;
    {
        let mut inner = balancer.inner();
        let lines = inner.table.targets.clone();
        inner.targets.apply(&lines);
        drop(inner);
    }
    // Nobody is sent away while the first checks are made: the old one still serves, or connections wait.
    settle(&balancer).await;
    {
        let mut inner = balancer.inner();
        balancer.open(&mut inner, listener);
    }
    if let Some(running) = predecessor {
        running.retire();
    }
    Ok(Some((balancer, control)))
}

/// Waits for the first checks of all targets, for a moment at most.
async fn settle(balancer: &Balancer) {
    let checked = async {
        while balancer.inner().targets.is_unchecked() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    select! { () = checked => {}, () = sleep(Duration::from_millis(500)) => {} }
}

/// A connection takes two files; the usual soft limit of 1024 is for programs that use `select`.
fn raise_file_limit() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    // With the lower limit it serves fewer at a time.
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit { current: limit.maximum, ..limit },
    );
}

/// Two balancers that start at once for one folder take turns; the second takes over from the first, or goes.
fn lock(folder: &Path) -> Result<fs::File, String> {
    let path = folder.join("balancer.lock");
    let open = || -> io::Result<fs::File> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
        Ok(file)
    };
    open().map_err(|cause| error::io("lock", &path, &cause).message)
}

fn read_table(folder: &Path) -> Result<Table, String> {
    let path = table_file(folder);
    let table = world::read_json(&path).map_err(|error| error.message)?;
    table.ok_or_else(|| format!("{} does not exist", path.display()))
}

/// The table of a load balancer's folder.
pub(super) fn table_file(folder: &Path) -> PathBuf {
    folder.join("table.json")
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|cause| cannot_listen(address, &cause))
}

/// Why an address cannot be had, with the remedy.
pub(super) fn cannot_listen(address: SocketAddr, cause: &io::Error) -> String {
    let remedy = match cause.kind() {
        io::ErrorKind::AddrInUse => "; stop the program that listens there, or choose another port in 'listen'",
        io::ErrorKind::PermissionDenied => "; choose a port above 1023 in 'listen'",
        io::ErrorKind::AddrNotAvailable => "; choose an address of this machine in 'listen'",
        _ => "",
    };
    format!("cannot listen on {address}: {}{remedy}", error::reason(cause))
}

/// Removes what names this process, unless it names another by now.
fn forget(balancer: &Balancer) {
    if let Some(socket) = balancer.held_socket() {
        // Left behind they do no harm: nobody answers at the socket, and the process is recognised as gone.
        let _ = fs::remove_file(holder_file(&balancer.folder));
        let _ = fs::remove_file(socket);
    }
}

fn write_log(folder: &Path, line: &str) -> io::Result<()> {
    let path = folder.join("balancer.log");
    if fs::metadata(&path).is_ok_and(|found| found.len() > LOG_LIMIT) {
        fs::rename(&path, folder.join("balancer.log.1"))?;
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
    writeln!(
        file,
        "{} {} {line}",
        jiff::Timestamp::now().round(jiff::Unit::Millisecond).map_err(io::Error::other)?,
        std::process::id()
    )
}
