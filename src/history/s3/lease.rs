//! Leases as objects, changed only if nobody else has. A contender counts the time to live of a silent holder on its own
//! clock, from when it first saw the lease as it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::bucket::{Bucket, Condition, Written};
use super::history::Ready;
use super::journal::Head;
use crate::aws::percent_encode;
use crate::history::lease::{in_millis, said_or, time_to_live};
use crate::history::{Acquired, Error, ErrorKind, Holder, Lease, Leases, ProcessIdentity};

const PREFIX: &str = "leases/";
/// Leases of executions; the next epoch of one that is gone is known from the execution's head.
const OF_EXECUTION: &str = "execution/";
/// Bytes that no lease with a holder is short enough for.
const RELEASED: u64 = 64;
/// How often a change is tried that others get in the way of.
const TRIES: u32 = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeaseObject {
    epoch: u64,
    /// Absent once released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<HeldLease>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeldLease {
    scope: String,
    /// Counts renewals.
    renewals: u64,
    /// How long the holder counts on having it after a renewal; 0 when it did not say.
    #[serde(default)]
    ttl_ms: u64,
    /// No two writes are alike, and so no two tags.
    nonce: String,
    holder: Holder,
}

/// The leases of a store.
pub(super) struct S3Leases {
    bucket: Arc<Bucket>,
    ready: Arc<Ready>,
    time_to_live: Duration,
    /// Tags of leases that are ours, as we wrote them last.
    ours: Mutex<HashMap<String, (LeaseObject, String)>>,
    /// When each lease of somebody else was first seen to be as it is.
    seen: Mutex<HashMap<String, (String, Instant)>>,
}

impl S3Leases {
    pub(super) fn new(bucket: Arc<Bucket>, ready: Arc<Ready>) -> Self {
        let (ours, seen) = (Mutex::default(), Mutex::default());
        Self { bucket, ready, time_to_live: time_to_live(), ours, seen }
    }

    fn key(scope: &str) -> String {
        format!("{PREFIX}{}", percent_encode(scope, true))
    }

    async fn read(&self, scope: &str) -> Result<Option<(LeaseObject, String)>, Error> {
        let key = Self::key(scope);
        let Some(object) = self.bucket.get(&key).await? else { return Ok(None) };
        let lease = serde_json::from_slice(&object.body).map_err(|error| self.corrupt(&key, &error))?;
        Ok(Some((lease, object.tag)))
    }

    fn corrupt(&self, key: &str, error: &serde_json::Error) -> Error {
        Error::new(ErrorKind::Corrupt, format!("{}/{key}: {error}", self.bucket.options.shown()))
    }

    async fn write(&self, scope: &str, lease: &LeaseObject, condition: Condition<'_>) -> Result<bool, Error> {
        let body = serde_json::to_vec(lease).expect("plain data");
        match self.bucket.put(&Self::key(scope), body, condition).await? {
            Written::Refused => Ok(false),
            Written::Done(tag) => {
                let mut ours = self.ours.lock().expect("no holder of this lock can panic");
                ours.insert(scope.to_owned(), (lease.clone(), tag));
                Ok(true)
            }
        }
    }

    fn known(&self, scope: &str) -> Option<(LeaseObject, String)> {
        self.ours.lock().expect("no holder of this lock can panic").get(scope).cloned()
    }

    fn forget(&self, scope: &str) {
        self.ours.lock().expect("no holder of this lock can panic").remove(scope);
    }

    /// Whether a lease was not renewed for its time to live while we watched.
    fn is_expired(&self, scope: &str, tag: &str, time_to_live: Duration) -> bool {
        let mut seen = self.seen.lock().expect("no holder of this lock can panic");
        let entry = seen.entry(scope.to_owned()).or_insert_with(|| (tag.to_owned(), Instant::now()));
        if entry.0 != tag {
            *entry = (tag.to_owned(), Instant::now());
        }
        entry.1.elapsed() >= time_to_live
    }

    /// A lease as it is when it was just taken.
    fn taken(&self, scope: &str, epoch: u64, holder: &Holder) -> LeaseObject {
        let (nonce, ttl_ms) = (Ulid::generate().to_string(), in_millis(self.time_to_live));
        let held = HeldLease { scope: scope.to_owned(), renewals: 0, ttl_ms, nonce, holder: holder.clone() };
        LeaseObject { epoch, held: Some(held) }
    }

    /// The last epoch of a lease that is not there.
    async fn last_epoch(&self, scope: &str) -> Result<u64, Error> {
        match scope.strip_prefix(OF_EXECUTION) {
            Some(id) => Ok(Head::read(&self.bucket, id).await?.0.epoch),
            None => Ok(0),
        }
    }
}

fn taken_over(scope: &str) -> Error {
    Error::new(ErrorKind::Fenced, format!("the lease on {scope} was taken over"))
}

#[async_trait]
impl Leases for S3Leases {
    fn time_to_live(&self) -> Duration {
        self.time_to_live
    }

    async fn acquire(&self, scope: &str, holder: &Holder) -> Result<Acquired, Error> {
        self.ready.for_writing().await?;
        for _ in 0..TRIES {
            let (epoch, condition, tag) = match self.read(scope).await? {
                None => (self.last_epoch(scope).await?, Condition::Absent, None),
                Some((lease, tag)) => {
                    let Some(other) = lease.held.clone() else {
                        let epoch = lease.epoch;
                        let taken = self.taken(scope, epoch + 1, holder);
                        if self.write(scope, &taken, Condition::Unchanged(&tag)).await? {
                            return Ok(Acquired::Ours(Lease { scope: scope.to_owned(), epoch: epoch + 1 }));
                        }
                        continue;
                    };
                    if other.holder.process == holder.process && other.holder.owner == holder.owner {
                        let mut ours = self.ours.lock().expect("no holder of this lock can panic");
                        ours.insert(scope.to_owned(), (lease.clone(), tag));
                        return Ok(Acquired::Ours(Lease { scope: scope.to_owned(), epoch: lease.epoch }));
                    }
                    let time_to_live = said_or(other.ttl_ms, self.time_to_live);
                    if !other.holder.process.is_certainly_dead() && !self.is_expired(scope, &tag, time_to_live) {
                        let beat = (lease.epoch, other.renewals);
                        return Ok(Acquired::HeldBy { holder: other.holder, time_to_live, beat });
                    }
                    (lease.epoch, Condition::Always, Some(tag))
                }
            };
            let condition = tag.as_deref().map_or(condition, Condition::Unchanged);
            if self.write(scope, &self.taken(scope, epoch + 1, holder), condition).await? {
                return Ok(Acquired::Ours(Lease { scope: scope.to_owned(), epoch: epoch + 1 }));
            }
            // Somebody was faster, or it was us and the answer was lost: the next look tells.
        }
        let text = format!("the lease on {scope} changes hands too fast to be got; try again");
        Err(Error::new(ErrorKind::Unavailable, text))
    }

    async fn renew(&self, lease: &Lease) -> Result<(), Error> {
        let scope = &lease.scope;
        for _ in 0..TRIES {
            let current = match self.known(scope) {
                Some(known) => Some(known),
                None => self.read(scope).await?,
            };
            let (object, tag) = current.ok_or_else(|| taken_over(scope))?;
            let Some(ours) = object
                .held
                .filter(|ours| object.epoch == lease.epoch && ours.holder.process == ProcessIdentity::current())
            else {
                self.forget(scope);
                return Err(taken_over(scope));
            };
            let nonce = Ulid::generate().to_string();
            let next = HeldLease { renewals: ours.renewals + 1, nonce, ..ours };
            let next = LeaseObject { epoch: lease.epoch, held: Some(next) };
            if self.write(scope, &next, Condition::Unchanged(&tag)).await? {
                return Ok(());
            }
            // What we know is out of date: taken over, or an answer was lost. The object itself tells.
            self.forget(scope);
        }
        Err(taken_over(scope))
    }

    async fn release(&self, lease: &Lease) -> Result<(), Error> {
        let scope = &lease.scope;
        let store = self.ready.for_writing().await?;
        for _ in 0..TRIES {
            let current = match self.known(scope) {
                Some(known) => Some(known),
                None => self.read(scope).await?,
            };
            self.forget(scope);
            let Some((object, tag)) = current else { return Ok(()) };
            if object.epoch != lease.epoch || object.held.is_none() {
                return Ok(());
            }
            let condition = Condition::Unchanged(&tag);
            let is_done = if store.deletes_conditionally && scope.starts_with(OF_EXECUTION) {
                self.bucket.delete(&Self::key(scope), condition).await? != Written::Refused
            } else {
                let released = LeaseObject { epoch: object.epoch, held: None };
                let body = serde_json::to_vec(&released).expect("plain data");
                self.bucket.put(&Self::key(scope), body, condition).await? != Written::Refused
            };
            if is_done {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<(Lease, Holder)>, Error> {
        let listed = self.bucket.list(PREFIX, "").await?;
        let keys = listed.into_iter().filter(|listed| listed.size > RELEASED).map(|listed| listed.key).collect();
        let mut found = Vec::new();
        for (key, object) in self.bucket.get_all(keys).await? {
            let lease: LeaseObject =
                serde_json::from_slice(&object.body).map_err(|error| self.corrupt(&key, &error))?;
            if let Some(held) = lease.held {
                found.push((Lease { scope: held.scope, epoch: lease.epoch }, held.holder));
            }
        }
        found.sort_by(|a, b| a.0.scope.cmp(&b.0.scope));
        Ok(found)
    }
}
