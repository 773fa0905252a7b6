//! What instances write: one file each, which never grows beyond bounds.
//!
//! An instance writes to its file itself, appending, so that nobody has to live for it. Whoever looks at it (the tool,
//! or once a second a load balancer of the account) puts a file that has become too long aside and empties it. What is
//! written in the moment between is lost; a program that must not lose a line writes its own log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::world::{World, names};

/// A longer log is put aside; with what was put aside before, an instance keeps at most about twice as much.
const LIMIT: u64 = 16 * 1024 * 1024;

/// How much of the end of a log is read for its last lines.
const TAIL: u64 = 256 * 1024;

/// Where an instance's output goes.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("out.log")
}

fn put_aside(folder: &Path) -> PathBuf {
    folder.join("out.log.1")
}

/// Puts an instance's log aside when it is too long. A log that cannot be bounded is no reason to fail for.
pub(super) fn bound(folder: &Path) {
    let path = file(folder);
    if fs::metadata(&path).is_ok_and(|found| found.len() > LIMIT) {
        let _ = rotate(&path, &put_aside(folder));
    }
}

/// The same for every instance of an account.
pub(super) fn bound_all(world: &World) {
    for group in names(&world.groups()).unwrap_or_default() {
        for id in names(&world.instances(&group)).unwrap_or_default() {
            bound(&world.instance(&group, &id));
        }
    }
}

fn rotate(path: &Path, aside: &Path) -> io::Result<()> {
    let log = OpenOptions::new().read(true).write(true).open(path)?;
    // Two that see it at once: one is enough.
    flock(&log, FlockOperation::NonBlockingLockExclusive)?;
    if log.metadata()?.len() > LIMIT {
        fs::copy(path, aside)?;
        log.set_len(0)?;
    }
    Ok(())
}

/// The last lines of an instance's log, oldest first.
pub(super) fn tail(folder: &Path, lines: usize) -> io::Result<Vec<String>> {
    let mut last = tail_of(&file(folder), lines)?;
    if last.len() < lines {
        let mut before = tail_of(&put_aside(folder), lines - last.len())?;
        before.append(&mut last);
        last = before;
    }
    Ok(last)
}

fn tail_of(path: &Path, lines: usize) -> io::Result<Vec<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    Ok(all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_tail_of_a_log_is_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(tail(folder.path(), 2).unwrap(), Vec::<String>::new());
        fs::write(file(folder.path()), "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(folder.path(), 2).unwrap(), ["two", "three"]);
    }

    #[test]
    fn a_log_that_is_too_long_is_put_aside_while_its_writer_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = OpenOptions::new().create(true).append(true).open(file(folder.path())).unwrap();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        for _ in 0..=LIMIT / 1024 {
            writer.write_all(&line).unwrap();
        }
        writer.write_all(b"last of the old\n").unwrap();
        bound(folder.path());
        writer.write_all(b"first of the new\n").unwrap();
        assert_eq!(fs::read_to_string(file(folder.path())).unwrap(), "first of the new\n");
        assert_eq!(tail(folder.path(), 2).unwrap(), ["last of the old", "first of the new"]);
        bound(folder.path());
        assert_eq!(fs::read_to_string(file(folder.path())).unwrap(), "first of the new\n");
    }
}
