//! The world of an account on disk: where things lie, and how they are read and written.
//!
//! Every file is written beside its place, synced and renamed over it, so a reader sees the old or the new one.
//! Read-modify-write of group files happens under [`World::lock`], which is never held while waiting for anything.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error;
use crate::model::Millis;
use crate::providers::Error;

/// Folders of an account.
#[derive(Clone, Debug)]
pub(super) struct World {
    root: PathBuf,
}

/// Holds the account's lock until dropped; the kernel lets go of it when the process dies.
pub(super) struct Lock {
    _file: File,
}

impl World {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn groups(&self) -> PathBuf {
        self.root.join("server-groups")
    }

    pub(super) fn group(&self, name: &str) -> PathBuf {
        self.groups().join(name)
    }

    pub(super) fn group_file(&self, name: &str) -> PathBuf {
        self.group(name).join("group.json")
    }

    pub(super) fn instances(&self, group: &str) -> PathBuf {
        self.group(group).join("instances")
    }

    pub(super) fn instance(&self, group: &str, id: &str) -> PathBuf {
        self.instances(group).join(id)
    }

    pub(super) fn balancers(&self) -> PathBuf {
        self.root.join("load-balancers")
    }

    pub(super) fn balancer(&self, name: &str) -> PathBuf {
        self.balancers().join(name)
    }

    pub(super) fn firewalls(&self) -> PathBuf {
        self.root.join("firewalls")
    }

    pub(super) fn firewall_file(&self, name: &str) -> PathBuf {
        self.firewalls().join(format!("{name}.json"))
    }

    pub(super) fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// Waits for the account's lock; others hold it for a few file writes at most.
    pub(super) fn lock(&self) -> Result<Lock, Error> {
        create_folder(&self.root)?;
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|cause| error::io("open", &path, &cause))?;
        loop {
            match flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(error::io("lock", &path, &errno.into())),
            }
        }
    }
}

/// Makes a folder and its parents, for this user only.
pub(super) fn create_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|cause| error::io("create the folder", path, &cause))
}

/// Reads a file of ours; `None` when there is none.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(error::io("read", path, &cause)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|cause| error::other(format!("{} is damaged ({cause}); move it away or restore it", path.display())))
}

/// Replaces a file as a whole and durably.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let beside = write_beside(path, value)?;
    fs::rename(&beside, path).and_then(|()| sync_folder(path)).map_err(|cause| {
        // The rename may not have happened; what is left over is of no use to anybody.
        let _ = fs::remove_file(&beside);
        error::io("write", path, &cause)
    })
}

/// Makes a file with its content in one step; `false` when it was there already.
pub(super) fn create_json<T: Serialize>(path: &Path, value: &T) -> Result<bool, Error> {
    let beside = write_beside(path, value)?;
    let linked = fs::hard_link(&beside, path);
    let removed = fs::remove_file(&beside);
    match linked {
        Ok(()) => removed.and_then(|()| sync_folder(path)).map(|()| true).map_err(|c| error::io("write", path, &c)),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(error::io("write", path, &cause)),
    }
}

fn write_beside<T: Serialize>(path: &Path, value: &T) -> Result<PathBuf, Error> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = format!(".{}-{}.new", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let beside = path.with_file_name(format!("{}{unique}", path.file_name().unwrap_or_default().display()));
    let bytes =
        serde_json::to_vec_pretty(value).map_err(|cause| error::other(format!("cannot write JSON: {cause}")))?;
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&bytes)?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|cause| {
        let _ = fs::remove_file(&beside);
        error::io("write", path, &cause)
    })?;
    Ok(beside)
}

/// A rename or link is durable once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Names in a folder, sorted; hidden ones are work in progress and left out.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(error::io("read", folder, &cause)),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

/// Removes a folder so that it vanishes at once for readers.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().display().to_string();
    let hidden = path.with_file_name(format!(".{name}-removed-{}-{}", std::process::id(), now()));
    match fs::rename(path, &hidden) {
        Ok(()) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(error::io("remove", path, &cause)),
    }
    fs::remove_dir_all(&hidden).map_err(|cause| error::io("remove", &hidden, &cause))
}

/// Checks a name that becomes the name of a file.
pub(super) fn check_name(noun: &str, name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '^');
    if name.is_empty() {
        return Err(error::invalid(format!("a {noun} needs a 'name'")));
    }
    if name.starts_with('.') || name.len() > 200 || !name.chars().all(allowed) {
        return Err(error::invalid(format!(
            "'{name}' is no name for a {noun}; use letters, digits, '.', '_' and '-', not starting with a dot"
        )));
    }
    Ok(())
}

/// The clock.
pub(super) fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claim.json");
        assert!(create_json(&path, &1).unwrap());
        assert!(!create_json(&path, &2).unwrap());
        assert_eq!(read_json::<u8>(&path).unwrap(), Some(1));
        assert_eq!(names(folder.path()).unwrap(), ["claim.json"]);
    }

    #[test]
    fn a_root_that_is_a_file_is_said_to_be_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = World::new(file.path().join("world")).lock().err().unwrap();
        assert!(error.message.ends_with("not a directory; set 'root' of the account to a folder"), "{error}");
    }

    #[test]
    fn names_that_leave_their_folder_are_refused() {
        for name in ["", "..", "a/b", ".hidden", "a b"] {
            assert!(check_name("firewall", name).is_err(), "{name}");
        }
        assert!(check_name("firewall", "app-prod-v001").is_ok());
    }
}
