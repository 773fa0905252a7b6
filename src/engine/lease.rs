//! The leases of one drive: the execution's own and those of the clusters it works on, renewed while it lives.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::history::{Acquired, Error, ErrorKind, History, Holder, Lease, ProcessIdentity};

/// Keeps leases alive in the background and gives them back in [`LeaseKeeper::release`]. When the process dies, they
/// are free for others at once on this machine, and after their time to live elsewhere.
pub struct LeaseKeeper {
    history: Arc<dyn History>,
    holder: Holder,
    epoch: u64,
    held: Arc<Mutex<Vec<Lease>>>,
    lost: Arc<AtomicBool>,
    /// When the execution's lease was last known to be ours.
    renewed: Arc<Mutex<Instant>>,
    renewal: JoinHandle<()>,
}

/// What asking for an execution gave.
pub enum Held {
    /// It is ours to drive.
    Ours(LeaseKeeper),
    /// Another process drives it, or has stopped without giving it back.
    By {
        /// Which.
        holder: Holder,
        /// Changes with every sign of life.
        beat: (u64, u64),
    },
}

impl LeaseKeeper {
    /// Asks for the right to drive an execution; `root` is the execution whose cluster locks it shares.
    pub async fn acquire(history: Arc<dyn History>, id: &str, root: &str, purpose: &str) -> Result<Held, Error> {
        let holder = |owner: &str| Holder {
            owner: owner.to_owned(),
            process: ProcessIdentity::current(),
            purpose: purpose.to_owned(),
        };
        let asked = Instant::now();
        match history.leases().acquire(&format!("execution/{id}"), &holder(id)).await? {
            Acquired::HeldBy { holder, beat } => Ok(Held::By { holder, beat }),
            Acquired::Ours(lease) => {
                let epoch = lease.epoch;
                let held = Arc::new(Mutex::new(vec![lease]));
                let lost = Arc::new(AtomicBool::new(false));
                let renewed = Arc::new(Mutex::new(asked));
                let renewing = renew(Arc::clone(&history), Arc::clone(&held), Arc::clone(&lost), Arc::clone(&renewed));
                let renewal = tokio::spawn(renewing);
                Ok(Held::Ours(Self { history, holder: holder(root), epoch, held, lost, renewed, renewal }))
            }
        }
    }

    /// Asks until it is certain who drives: a holder that gives no sign of life for the time to live of a lease is
    /// taken over. `waiting` is told once whom it is waited for.
    pub async fn acquire_from_silent(
        history: Arc<dyn History>,
        id: &str,
        root: &str,
        purpose: &str,
        waiting: impl FnOnce(&Holder),
    ) -> Result<Held, Error> {
        let pause = (history.leases().time_to_live() / 20).max(Duration::from_millis(10));
        let (first, who) = match Self::acquire(Arc::clone(&history), id, root, purpose).await? {
            Held::By { holder, beat } => (beat, holder),
            ours @ Held::Ours(_) => return Ok(ours),
        };
        waiting(&who);
        loop {
            tokio::time::sleep(pause).await;
            match Self::acquire(Arc::clone(&history), id, root, purpose).await? {
                Held::By { beat, .. } if beat == first => {}
                known => return Ok(known),
            }
        }
    }

    /// Epoch of the execution's lease.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A handle by which stages take more leases into this keeper's care.
    #[must_use]
    pub fn share(&self) -> LeaseShare {
        LeaseShare { history: Arc::clone(&self.history), holder: self.holder.clone(), held: Arc::clone(&self.held) }
    }

    /// Fails once a lease was lost: the drive must stop.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.lost.load(Ordering::Acquire) {
            let text = "another process took this execution over; this one stops";
            return Err(Error::new(ErrorKind::Fenced, text));
        }
        Ok(())
    }

    /// Fails unless the execution's lease has half its time to live before it: asked just before the world is changed,
    /// because a process that was asleep, or cut off from the store, does not know what happened meanwhile.
    pub(crate) async fn ensure(&self) -> Result<(), Error> {
        self.check()?;
        let time_to_live = self.history.leases().time_to_live();
        let age = self.renewed.lock().expect("no holder of this lock can panic").elapsed();
        let lease = self.held.lock().expect("no holder of this lock can panic").first().cloned();
        let (Some(lease), true) = (lease, age >= time_to_live / 2) else { return Ok(()) };
        let asked = Instant::now();
        self.history.leases().renew(&lease).await?;
        *self.renewed.lock().expect("no holder of this lock can panic") = asked;
        Ok(())
    }

    /// Takes a lease for a moment; `None` when somebody else has it.
    pub(crate) async fn try_hold(&self, scope: &str) -> Result<Option<Lease>, Error> {
        match self.share().ask(scope).await? {
            Acquired::Ours(lease) => Ok(Some(lease)),
            Acquired::HeldBy { .. } => Ok(None),
        }
    }

    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        self.history.leases().release(lease).await
    }

    /// Gives everything back.
    pub async fn release(self) -> Result<(), Error> {
        self.renewal.abort();
        let held = std::mem::take(&mut *self.held.lock().expect("no holder of this lock can panic"));
        for lease in held {
            self.history.leases().release(&lease).await?;
        }
        Ok(())
    }
}

/// Takes leases that are renewed and given back with those of a drive.
#[derive(Clone)]
pub struct LeaseShare {
    history: Arc<dyn History>,
    holder: Holder,
    held: Arc<Mutex<Vec<Lease>>>,
}

impl LeaseShare {
    /// Asks for a lease. What a process held on behalf of an execution that is ours by now is ours as well: that
    /// process is gone, or stops before its next change because it no longer has the execution.
    async fn ask(&self, scope: &str) -> Result<Acquired, Error> {
        let leases = self.history.leases();
        match leases.acquire(scope, &self.holder).await? {
            Acquired::HeldBy { holder, beat: (epoch, _) } if self.took_over_from(&holder) => {
                leases.release(&Lease { scope: scope.to_owned(), epoch }).await?;
                leases.acquire(scope, &self.holder).await
            }
            known => Ok(known),
        }
    }

    fn took_over_from(&self, other: &Holder) -> bool {
        let execution = format!("execution/{}", self.holder.owner);
        let held = self.held.lock().expect("no holder of this lock can panic");
        other.owner == self.holder.owner && held.iter().any(|lease| lease.scope == execution)
    }

    /// Asks for a lease; `None` when it is ours now, else who has it.
    pub async fn acquire(&self, scope: &str) -> Result<Option<Holder>, Error> {
        let known = |held: &Vec<Lease>| held.iter().any(|lease| lease.scope == scope);
        if known(&self.held.lock().expect("no holder of this lock can panic")) {
            return Ok(None);
        }
        match self.ask(scope).await? {
            Acquired::HeldBy { holder, .. } => Ok(Some(holder)),
            Acquired::Ours(lease) => {
                let mut held = self.held.lock().expect("no holder of this lock can panic");
                if !known(&held) {
                    held.push(lease);
                }
                Ok(None)
            }
        }
    }
}

async fn renew(
    history: Arc<dyn History>,
    held: Arc<Mutex<Vec<Lease>>>,
    lost: Arc<AtomicBool>,
    renewed: Arc<Mutex<Instant>>,
) {
    loop {
        tokio::time::sleep(history.leases().time_to_live() / 3).await;
        let leases = held.lock().expect("no holder of this lock can panic").clone();
        for (position, lease) in leases.iter().enumerate() {
            let asked = Instant::now();
            match history.leases().renew(lease).await {
                // The first is the execution's.
                Ok(()) if position == 0 => *renewed.lock().expect("no holder of this lock can panic") = asked,
                // A store that cannot be reached for a moment is no loss: the journal's own fence decides then.
                Err(error) if error.kind == ErrorKind::Fenced => {
                    lost.store(true, Ordering::Release);
                    return;
                }
                _ => {}
            }
        }
    }
}
