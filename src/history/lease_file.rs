//! Leases as files: one JSON file per scope, changed under a lock that is held for the change only.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::lease::{in_millis, said_or, time_to_live};
use super::{Acquired, Error, ErrorKind, Holder, Lease, Leases};

/// The leases of a state folder.
pub(crate) struct LeaseFiles {
    folder: PathBuf,
    time_to_live: Duration,
    /// When each lease was last seen to change, on our own monotonic clock.
    seen: Mutex<HashMap<String, Seen>>,
}

/// Epoch and renewals of a lease, and when they were first seen.
type Seen = ((u64, u64), Instant);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeaseFile {
    scope: String,
    epoch: u64,
    /// Counts renewals; a contender watches it, and no wall clock.
    renewals: u64,
    /// How long the holder counts on having it after a renewal; 0 when it did not say.
    #[serde(default)]
    ttl_ms: u64,
    /// Absent once released; the file stays, so that the epoch goes on growing.
    holder: Option<Holder>,
}

impl LeaseFiles {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, time_to_live: time_to_live(), seen: Mutex::default() }
    }

    fn path(&self, scope: &str) -> PathBuf {
        let mut name = String::with_capacity(scope.len() + 5);
        for c in scope.chars() {
            match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => name.push(c),
                other => {
                    let mut bytes = [0; 4];
                    for byte in other.encode_utf8(&mut bytes).bytes() {
                        name.push_str(&format!("%{byte:02x}"));
                    }
                }
            }
        }
        self.folder.join(name + ".json")
    }

    /// Runs a change of one lease with everybody else shut out.
    fn change<T>(
        &self,
        scope: &str,
        change: impl FnOnce(Option<LeaseFile>) -> (Option<LeaseFile>, T),
    ) -> Result<T, Error> {
        fs::create_dir_all(&self.folder).map_err(|e| Error::io("create", &self.folder, e))?;
        let lock_path = self.folder.join(".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|e| Error::io("open", &lock_path, e))?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|e| Error::io("lock", &lock_path, e.into()))?;
        let path = self.path(scope);
        let current = match fs::read(&path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|e| Error::corrupt(&path, 1, e))?),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io("read", &path, e)),
        };
        let (next, result) = change(current);
        if let Some(next) = next {
            write_atomically(&path, &next)?;
        }
        Ok(result)
    }

    /// Whether a lease was not renewed for its time to live while we watched.
    fn is_expired(&self, file: &LeaseFile) -> bool {
        let mut seen = self.seen.lock().expect("no holder of this lock can panic");
        let mark = (file.epoch, file.renewals);
        let entry = seen.entry(file.scope.clone()).or_insert_with(|| (mark, Instant::now()));
        if entry.0 != mark {
            *entry = (mark, Instant::now());
        }
        entry.1.elapsed() >= said_or(file.ttl_ms, self.time_to_live)
    }
}

fn write_atomically(path: &Path, file: &LeaseFile) -> Result<(), Error> {
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut out = File::create(&temporary)?;
        out.write_all(&serde_json::to_vec(file)?)?;
        out.sync_data()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|e| {
        // What could not be written whole is of no use to anybody.
        let _ = fs::remove_file(&temporary);
        Error::io("write", path, e)
    })
}

#[async_trait]
impl Leases for LeaseFiles {
    fn time_to_live(&self) -> Duration {
        self.time_to_live
    }

    async fn acquire(&self, scope: &str, holder: &Holder) -> Result<Acquired, Error> {
        self.change(scope, |current| {
            let epoch = current.as_ref().map_or(0, |file| file.epoch);
            if let Some(LeaseFile { holder: Some(other), .. }) = &current {
                let ours = other.process == holder.process && other.owner == holder.owner;
                let free = other.process.is_certainly_dead()
                    || current.as_ref().is_some_and(|file| !ours && self.is_expired(file));
                if ours {
                    return (None, Acquired::Ours(Lease { scope: scope.to_owned(), epoch }));
                }
                if !free {
                    let (beat, ttl_ms) =
                        current.as_ref().map_or(((0, 0), 0), |file| ((file.epoch, file.renewals), file.ttl_ms));
                    let time_to_live = said_or(ttl_ms, self.time_to_live);
                    return (None, Acquired::HeldBy { holder: other.clone(), time_to_live, beat });
                }
            }
            let next = LeaseFile {
                scope: scope.to_owned(),
                epoch: epoch + 1,
                renewals: 0,
                ttl_ms: in_millis(self.time_to_live),
                holder: Some(holder.clone()),
            };
            (Some(next), Acquired::Ours(Lease { scope: scope.to_owned(), epoch: epoch + 1 }))
        })
    }

    async fn renew(&self, lease: &Lease) -> Result<(), Error> {
        self.change(&lease.scope, |current| match current {
            Some(file) if file.epoch == lease.epoch && file.holder.is_some() => {
                (Some(LeaseFile { renewals: file.renewals + 1, ..file }), Ok(()))
            }
            _ => (None, Err(Error::new(ErrorKind::Fenced, format!("the lease on {} was taken over", lease.scope)))),
        })?
    }

    async fn release(&self, lease: &Lease) -> Result<(), Error> {
        self.change(&lease.scope, |current| match current {
            Some(file) if file.epoch == lease.epoch => (Some(LeaseFile { holder: None, ..file }), ()),
            _ => (None, ()),
        })
    }

    async fn list(&self) -> Result<Vec<(Lease, Holder)>, Error> {
        let mut found = Vec::new();
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(found) };
        for entry in entries.flatten().filter(|entry| entry.path().extension().is_some_and(|e| e == "json")) {
            let Ok(bytes) = fs::read(entry.path()) else { continue };
            let file: LeaseFile = serde_json::from_slice(&bytes).map_err(|e| Error::corrupt(&entry.path(), 1, e))?;
            if let Some(holder) = file.holder {
                found.push((Lease { scope: file.scope, epoch: file.epoch }, holder));
            }
        }
        found.sort_by(|a, b| a.0.scope.cmp(&b.0.scope));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::ProcessIdentity;

    fn holder(owner: &str, host: &str) -> Holder {
        let process = ProcessIdentity { host: host.into(), ..ProcessIdentity::current() };
        Holder { owner: owner.into(), process, ..Holder::default() }
    }

    #[tokio::test]
    async fn a_lease_excludes_until_released_and_its_epoch_grows() {
        let folder = tempfile::tempdir().unwrap();
        let leases = LeaseFiles::new(folder.path().into());
        let Acquired::Ours(first) = leases.acquire("cluster/a", &holder("one", "far")).await.unwrap() else { panic!() };
        assert!(matches!(leases.acquire("cluster/a", &holder("two", "far")).await.unwrap(), Acquired::HeldBy { .. }));
        leases.release(&first).await.unwrap();
        let Acquired::Ours(second) = leases.acquire("cluster/a", &holder("two", "far")).await.unwrap() else {
            panic!()
        };
        assert!(second.epoch > first.epoch);
        assert_eq!(leases.renew(&first).await.unwrap_err().kind, ErrorKind::Fenced);
    }

    #[tokio::test]
    async fn a_contender_waits_as_long_as_the_lease_says() {
        let folder = tempfile::tempdir().unwrap();
        let with = |time_to_live| LeaseFiles { time_to_live, ..LeaseFiles::new(folder.path().into()) };
        let (short, long) = (with(Duration::from_millis(1)), with(Duration::from_secs(3600)));
        let Acquired::Ours(lease) = short.acquire("x", &holder("one", "far")).await.unwrap() else { panic!() };
        let Acquired::HeldBy { time_to_live, .. } = long.acquire("x", &holder("two", "far")).await.unwrap() else {
            panic!()
        };
        assert_eq!(time_to_live, Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(matches!(long.acquire("x", &holder("two", "far")).await.unwrap(), Acquired::Ours(_)));
        assert_eq!(short.renew(&lease).await.unwrap_err().kind, ErrorKind::Fenced);
        // One of a version that said nothing lives as long as ours.
        let old = short.path("old");
        fs::write(&old, r#"{"scope":"old","epoch":4,"renewals":2,"holder":{"owner":"one"}}"#).unwrap();
        let asked = long.acquire("old", &holder("two", "far")).await.unwrap();
        let Acquired::HeldBy { time_to_live, beat, .. } = asked else { panic!() };
        assert_eq!((time_to_live, beat), (Duration::from_secs(3600), (4, 2)));
    }

    #[tokio::test]
    async fn a_silent_holder_of_another_machine_is_taken_over_after_its_time_to_live() {
        let folder = tempfile::tempdir().unwrap();
        let mut leases = LeaseFiles::new(folder.path().into());
        leases.time_to_live = Duration::ZERO;
        let Acquired::Ours(first) = leases.acquire("x", &holder("one", "far")).await.unwrap() else { panic!() };
        assert!(matches!(leases.acquire("x", &holder("two", "far")).await.unwrap(), Acquired::Ours(_)));
        assert_eq!(leases.renew(&first).await.unwrap_err().kind, ErrorKind::Fenced);
    }
}
