//! Leases: who may write what, for how long, and in which epoch.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::ci::job_url;
use super::{Error, ProcessIdentity};

/// Who holds a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Holder {
    /// On whose behalf: an execution's (root) id. The same owner may take a lease over from its own dead process.
    pub owner: String,
    /// The process.
    pub process: ProcessIdentity,
    /// For people: user and purpose.
    pub purpose: String,
    /// For people: the page of the CI job it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_url: Option<String>,
}

impl Holder {
    /// This process, on behalf of an execution.
    #[must_use]
    pub fn current(owner: &str, purpose: &str) -> Self {
        let (process, ci_url) = (ProcessIdentity::current(), job_url());
        Self { owner: owner.to_owned(), process, purpose: purpose.to_owned(), ci_url }
    }
}

/// A lease that is ours. The epoch grows with every change of holder and fences whoever had it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it is for: `execution/<id>`, `cluster/<account>/<location>/<name>`.
    pub scope: String,
    /// Grows with every change of holder.
    pub epoch: u64,
}

/// What asking for a lease gave.
#[derive(Clone, Debug)]
pub enum Acquired {
    /// It is ours until released or not renewed for its time to live.
    Ours(Lease),
    /// Somebody else's; asking again later may take it over once it was not renewed for its time to live, measured on
    /// our own monotonic clock.
    HeldBy {
        /// Who has it.
        holder: Holder,
        /// For how long it is theirs without renewal, as they said.
        time_to_live: Duration,
        /// Epoch and renewals: one that changes is the sign of a living holder.
        beat: (u64, u64),
    },
}

/// The leases of a store.
#[async_trait]
pub trait Leases: Send + Sync {
    /// How long a lease of ours lives without renewal.
    fn time_to_live(&self) -> Duration;
    /// Asks for a lease. Takes it over at once when its holder's process is known to be dead.
    async fn acquire(&self, scope: &str, holder: &Holder) -> Result<Acquired, Error>;
    /// Renews it; `Fenced` when it is somebody else's by now.
    async fn renew(&self, lease: &Lease) -> Result<(), Error>;
    /// Gives it back; nothing happens when it is somebody else's by now.
    async fn release(&self, lease: &Lease) -> Result<(), Error>;
    /// All leases with their holders.
    async fn list(&self) -> Result<Vec<(Lease, Holder)>, Error>;
}

/// How long a lease lives without renewal: two thirds of it, which are left when it is renewed in time, are as long as a
/// provider's answer is waited for.
const TIME_TO_LIVE: Duration = Duration::from_secs(45);

/// Time a lease lives without renewal; a shorter one is for tests of take-over between machines.
pub(super) fn time_to_live() -> Duration {
    let asked = std::env::var("GENNAKER_LEASE_TTL_MS").ok().and_then(|text| text.parse().ok());
    asked.map_or(TIME_TO_LIVE, Duration::from_millis)
}

/// A time to live as leases carry it.
pub(super) fn in_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The time to live a lease carries; `ours` when it says none, as those of older versions.
pub(super) fn said_or(millis: u64, ours: Duration) -> Duration {
    if millis == 0 { ours } else { Duration::from_millis(millis) }
}
