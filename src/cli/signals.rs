//! Ctrl-C and SIGTERM: the first Ctrl-C cancels, the second leaves at once; SIGTERM leaves without canceling.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit_code::Exit;
use crate::engine::Signal;
use crate::report::Screen;

/// Lets a write beyond the limit of file sizes (`ulimit -f`) fail with an error that says so, rather than end the
/// process without a word. Children get the usual behaviour back.
pub fn report_file_size_limit() {
    // Where it cannot be listened to, the process ends as it would have.
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
}

/// Which signals came.
#[derive(Clone, Default)]
pub struct Received(Arc<AtomicU8>);

impl Received {
    /// What the process ends with because of a signal, when it left an execution unfinished.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        match self.0.load(Ordering::Relaxed) {
            2 => Some(Exit::Interrupted),
            15 => Some(Exit::Terminated),
            _ => None,
        }
    }
}

/// Listens from now on.
pub fn listen(user: &str, id: &str, screen: Arc<dyn Screen>) -> std::io::Result<(watch::Receiver<Signal>, Received)> {
    let (sender, receiver) = watch::channel(Signal::None);
    let received = Received::default();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (user, id, kept) = (user.to_owned(), id.to_owned(), received.clone());
    tokio::spawn(async move {
        let mut interrupts = 0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {
                    interrupts += 1;
                    kept.0.store(2, Ordering::Relaxed);
                    if interrupts > 1 {
                        // Crash-only: everything needed to go on is on disk already.
                        screen.suspend(&mut || eprintln!("left at once; go on with: gennaker resume {id}"));
                        std::process::exit(i32::from(Exit::Interrupted as u8));
                    }
                    screen.suspend(&mut || eprintln!("canceling {id} … (Ctrl-C again leaves at once, resumable)"));
                    let _ = sender.send(Signal::Cancel(user.clone()));
                }
                _ = terminate.recv() => {
                    kept.0.store(15, Ordering::Relaxed);
                    let _ = sender.send(Signal::Leave);
                }
            }
        }
    });
    Ok((receiver, received))
}
