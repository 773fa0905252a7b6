//! The leases of one drive: the execution's own and those of the clusters it works on, renewed while it lives.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::history::{Acquired, Error, ErrorKind, History, Holder, Lease, ProcessIdentity};

/// Keeps leases alive in the background and gives them back in [`LeaseKeeper::release`]. When the process dies, they
/// are free for others at once on this machine, and after their time to live elsewhere.
pub struct LeaseKeeper {
    history: Arc<dyn History>,
    holder: Holder,
    epoch: u64,
    held: Arc<Mutex<Vec<Kept>>>,
    /// The scope of the first lease that was lost.
    lost: Arc<OnceLock<String>>,
    /// The leases this execution works under besides its own: those of the execution that started it.
    above: Option<LeaseShare>,
    renewal: JoinHandle<()>,
}

/// A lease in our care.
#[derive(Clone, Debug)]
struct Kept {
    lease: Lease,
    /// When it was last known to be ours.
    renewed: Instant,
}

/// What asking for an execution gave.
#[expect(clippy::large_enum_variant, reason = "there is one of them for a run")]
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
                let held = Arc::new(Mutex::new(vec![Kept { lease, renewed: asked }]));
                let lost = Arc::new(OnceLock::new());
                let renewal = tokio::spawn(renew(Arc::clone(&history), Arc::clone(&held), Arc::clone(&lost)));
                Ok(Held::Ours(Self { history, holder: holder(root), epoch, held, lost, above: None, renewal }))
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

    /// Works under these leases, too, which are in another keeper's care.
    pub fn work_under(&mut self, share: LeaseShare) {
        self.above = Some(share);
    }

    /// Fails once a lease was lost: the drive must stop.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.lost.get() {
            Some(scope) => Err(lost(scope)),
            None => Ok(()),
        }
    }

    /// Fails unless every lease has half its time to live before it, and those of the clusters that `target` is in are
    /// ours at this moment: asked just before the world is changed, because a process that was asleep, or cut off from
    /// the store, does not know what happened meanwhile, and nobody tells it when its lock is broken.
    pub(crate) async fn ensure(&self, target: &str) -> Result<(), Error> {
        self.check()?;
        ensure(&*self.history, &self.held, target).await?;
        match &self.above {
            Some(share) => ensure(&*share.history, &share.held, target).await,
            None => Ok(()),
        }
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
        for kept in held {
            self.history.leases().release(&kept.lease).await?;
        }
        Ok(())
    }
}

/// Takes leases that are renewed and given back with those of a drive.
#[derive(Clone)]
pub struct LeaseShare {
    history: Arc<dyn History>,
    holder: Holder,
    held: Arc<Mutex<Vec<Kept>>>,
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
        other.owner == self.holder.owner && held.iter().any(|kept| kept.lease.scope == execution)
    }

    /// Asks for a lease; `None` when it is ours now, else who has it.
    pub async fn acquire(&self, scope: &str) -> Result<Option<Holder>, Error> {
        let known = |held: &Vec<Kept>| held.iter().any(|kept| kept.lease.scope == scope);
        if known(&self.held.lock().expect("no holder of this lock can panic")) {
            return Ok(None);
        }
        let asked = Instant::now();
        match self.ask(scope).await? {
            Acquired::HeldBy { holder, .. } => Ok(Some(holder)),
            Acquired::Ours(lease) => {
                let mut held = self.held.lock().expect("no holder of this lock can panic");
                if !known(&held) {
                    held.push(Kept { lease, renewed: asked });
                }
                Ok(None)
            }
        }
    }
}

fn lost(scope: &str) -> Error {
    let what = if scope.starts_with("execution/") { "this execution" } else { scope };
    Error::new(ErrorKind::Fenced, format!("another process took {what} over; this one stops"))
}

async fn ensure(history: &dyn History, held: &Mutex<Vec<Kept>>, target: &str) -> Result<(), Error> {
    let half = history.leases().time_to_live() / 2;
    let is_over = |scope: &str| scope.strip_prefix("cluster/").is_some_and(|cluster| target.starts_with(cluster));
    let mut leases = held.lock().expect("no holder of this lock can panic").clone();
    leases.retain(|kept| kept.renewed.elapsed() >= half || is_over(&kept.lease.scope));
    for kept in leases {
        renew_one(history, held, &kept.lease).await?;
    }
    Ok(())
}

async fn renew_one(history: &dyn History, held: &Mutex<Vec<Kept>>, lease: &Lease) -> Result<(), Error> {
    let asked = Instant::now();
    match history.leases().renew(lease).await {
        Err(error) if error.kind == ErrorKind::Fenced => return Err(lost(&lease.scope)),
        other => other?,
    }
    let mut held = held.lock().expect("no holder of this lock can panic");
    held.iter_mut().filter(|kept| kept.lease == *lease).for_each(|kept| kept.renewed = asked);
    Ok(())
}

async fn renew(history: Arc<dyn History>, held: Arc<Mutex<Vec<Kept>>>, lost: Arc<OnceLock<String>>) {
    loop {
        tokio::time::sleep(history.leases().time_to_live() / 3).await;
        let leases = held.lock().expect("no holder of this lock can panic").clone();
        for Kept { lease, .. } in leases {
            // A store that cannot be reached for a moment is no loss: the journal's own fence decides then.
            if let Err(error) = renew_one(&*history, &held, &lease).await
                && error.kind == ErrorKind::Fenced
            {
                // Only the first matters.
                let _ = lost.set(lease.scope);
                return;
            }
        }
    }
}
