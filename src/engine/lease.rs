//! The leases of one drive: the execution's own and those of the clusters it works on, renewed while it lives.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::history::{Acquired, Error, ErrorKind, History, Holder, Lease, since_boot};

/// Renewals within a time to live.
const RENEWALS: u32 = 3;

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
    /// When it was last known to be ours, since boot.
    renewed: Duration,
}

impl Kept {
    /// For how long it is ours still, when it lives so long without renewal.
    fn left(&self, time_to_live: Duration) -> Duration {
        time_to_live.saturating_sub(since_boot().saturating_sub(self.renewed))
    }
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
        /// For how long it is theirs without a sign of life.
        time_to_live: Duration,
        /// Changes with every sign of life.
        beat: (u64, u64),
    },
}

impl LeaseKeeper {
    /// Asks for the right to drive an execution; `root` is the execution whose cluster locks it shares.
    pub async fn acquire(history: Arc<dyn History>, id: &str, root: &str, purpose: &str) -> Result<Held, Error> {
        let holder = |owner: &str| Holder::current(owner, purpose);
        let asked = since_boot();
        match history.leases().acquire(&format!("execution/{id}"), &holder(id)).await? {
            Acquired::HeldBy { holder, time_to_live, beat } => Ok(Held::By { holder, time_to_live, beat }),
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
    /// taken over. `waiting` is told once whom it is waited for, and for how long at most.
    pub async fn acquire_from_silent(
        history: Arc<dyn History>,
        id: &str,
        root: &str,
        purpose: &str,
        waiting: impl FnOnce(&Holder, Duration),
    ) -> Result<Held, Error> {
        let (first, pause) = match Self::acquire(Arc::clone(&history), id, root, purpose).await? {
            Held::By { holder, time_to_live, beat } => {
                waiting(&holder, time_to_live);
                (beat, (time_to_live / 20).max(Duration::from_millis(10)))
            }
            ours @ Held::Ours(_) => return Ok(ours),
        };
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
        LeaseShare {
            history: Arc::clone(&self.history),
            holder: self.holder.clone(),
            held: Arc::clone(&self.held),
            lost: Arc::clone(&self.lost),
        }
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

    /// Fails unless every lease has most of its time to live before it, and those of the clusters that `target` is in
    /// are ours at this moment: asked just before the world is changed, because a process that was asleep, or cut off
    /// from the store, does not know what happened meanwhile, and nobody tells it when its lock is broken.
    pub(crate) async fn ensure(&self, target: &str) -> Result<(), Error> {
        let is_over = |scope: &str| scope.strip_prefix("cluster/").is_some_and(|cluster| target.starts_with(cluster));
        let share = self.share();
        let most = most_left(share.history.leases().time_to_live());
        share.ensure(most, is_over).await?;
        match &self.above {
            Some(share) => share.ensure(most, is_over).await,
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
    lost: Arc<OnceLock<String>>,
}

impl LeaseShare {
    /// Returns once every lease lasts longer than a call of at most `limit`, and how long the call may take: leases that
    /// are renewed in time always have two thirds of their time to live left, and no call may take longer. Fails when one
    /// was lost, or cannot be renewed.
    pub async fn pass(&self, limit: Duration) -> Result<Duration, Error> {
        let granted = limit.min(most_left(self.history.leases().time_to_live()));
        self.ensure(granted, |_| false).await?;
        Ok(granted)
    }

    /// Renews leases that do not have so much time left, and those whose scope `must_be_ours` now.
    async fn ensure(&self, least: Duration, must_be_ours: impl Fn(&str) -> bool) -> Result<(), Error> {
        if let Some(scope) = self.lost.get() {
            return Err(lost(scope));
        }
        let time_to_live = self.history.leases().time_to_live();
        let mut leases = self.held.lock().expect("no holder of this lock can panic").clone();
        leases.retain(|kept| kept.left(time_to_live) < least || must_be_ours(&kept.lease.scope));
        for Kept { lease, .. } in leases {
            let renewed = renew_one(&*self.history, &self.held, &lease).await;
            if let Err(error) = renewed {
                if error.kind == ErrorKind::Fenced {
                    // Only the first matters.
                    let _ = self.lost.set(lease.scope);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Asks for a lease. What a process held on behalf of an execution that is ours by now is ours as well: that
    /// process is gone, or stops before its next change because it no longer has the execution.
    async fn ask(&self, scope: &str) -> Result<Acquired, Error> {
        let leases = self.history.leases();
        match leases.acquire(scope, &self.holder).await? {
            Acquired::HeldBy { holder, beat: (epoch, _), .. } if self.took_over_from(&holder) => {
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
        let asked = since_boot();
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

/// How much time a lease that is renewed in time always has left.
fn most_left(time_to_live: Duration) -> Duration {
    time_to_live - time_to_live / RENEWALS
}

async fn renew_one(history: &dyn History, held: &Mutex<Vec<Kept>>, lease: &Lease) -> Result<(), Error> {
    let asked = since_boot();
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
        tokio::time::sleep(history.leases().time_to_live() / RENEWALS).await;
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
