//! How the tool and a balancer's process talk: a line of JSON each way over a unix socket.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::process::ProcessId;
use super::table::{Protocol, TargetStatus};
use super::{error, world};
use crate::providers::Error;

/// A balancer of another version is replaced.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The system refuses longer socket paths (108 bytes, 104 elsewhere); room for a suffix is left.
const SOCKET_PATH_LIMIT: usize = 90;

/// Longest wait for an answer; a balancer has nothing slow to do.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What can be asked of a balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "command")]
pub(super) enum Request {
    /// Read the table again; answered when it is in force.
    Apply,
    /// Pass the listening socket to the asker, beside a byte.
    HandOver,
    /// Somebody else serves now: accept nothing more, let connections end, go.
    Retire,
    /// Say how it is.
    Status,
    /// Accept nothing more, let connections end, go.
    Stop,
}

/// What it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    /// Why the request failed; what was in force still is.
    pub(super) error: Option<String>,
    pub(super) process: ProcessId,
    pub(super) version: String,
    /// Folder it serves: a socket found by a hash is no proof.
    pub(super) folder: PathBuf,
    pub(super) listen: String,
    pub(super) protocol: Protocol,
    pub(super) targets: Vec<TargetStatus>,
}

/// `balancer.json`: who serves, for when nobody answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Holder {
    pub(super) process: ProcessId,
    pub(super) version: String,
    /// Where it answers. Recorded, for another process may see another `XDG_RUNTIME_DIR`.
    pub(super) socket: PathBuf,
}

/// Who serves a load balancer's folder, as far as it is recorded.
pub(super) fn holder(folder: &Path) -> Result<Option<Holder>, Error> {
    world::read_json(&holder_file(folder))
}

/// The record of who serves a load balancer's folder.
pub(super) fn holder_file(folder: &Path) -> PathBuf {
    folder.join("balancer.json")
}

/// Where a new balancer of a folder is to answer: in the folder, or elsewhere under a hash where that path would be too long.
pub(super) fn socket_path(folder: &Path) -> Result<PathBuf, Error> {
    let near = folder.join("control.sock");
    if near.as_os_str().len() <= SOCKET_PATH_LIMIT {
        return Ok(near);
    }
    let name = format!("{:016x}.sock", fnv1a(folder.as_os_str().as_encoded_bytes()));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(|path| PathBuf::from(path).join("gennaker"));
    let far = match runtime.filter(|path| path.is_absolute() && path.as_os_str().len() + 30 <= SOCKET_PATH_LIMIT) {
        Some(path) => path,
        None => PathBuf::from(format!("/tmp/gennaker-{}", rustix::process::getuid().as_raw())),
    };
    world::create_folder(&far)?;
    let found = std::fs::symlink_metadata(&far).map_err(|cause| error::io("read", &far, &cause))?;
    if !found.is_dir() || found.uid() != rustix::process::getuid().as_raw() || found.mode() & 0o077 != 0 {
        return Err(error::other(format!(
            "{} is not a folder of this user alone; remove it, or give the account a shorter 'root'",
            far.display()
        )));
    }
    Ok(far.join(name))
}

/// Asks the balancer of a folder; `None` when none answers there, be it gone or hung.
pub(super) async fn ask(folder: &Path, request: Request) -> Result<Option<Status>, Error> {
    let Some(holder) = holder(folder)? else { return Ok(None) };
    let answer = async {
        let mut stream = BufReader::new(UnixStream::connect(&holder.socket).await?);
        stream.write_all(&request_line(request)).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        io::Result::Ok(line)
    };
    let line = match timeout(ANSWER_LIMIT, answer).await {
        Ok(Ok(line)) if !line.is_empty() => line,
        // Refused, no such socket, cut off in mid-answer, or hung.
        _ => return Ok(None),
    };
    let status: Status = serde_json::from_str(&line).map_err(|cause| {
        error::other(format!("the load balancer of {} answered nonsense: {cause}", folder.display()))
    })?;
    Ok(Some(status).filter(|status| status.folder == folder))
}

/// A request as it goes over the wire.
pub(super) fn request_line(request: Request) -> Vec<u8> {
    let mut line = serde_json::to_vec(&request).expect("a unit variant is JSON");
    line.push(b'\n');
    line
}

/// FNV-1a: the same in every build, which std's hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_root_gets_its_socket_elsewhere() {
        let short = socket_path(Path::new("/state/load-balancers/web")).unwrap();
        assert_eq!(short, Path::new("/state/load-balancers/web/control.sock"));
        let long = format!("/{}/load-balancers/web", "a".repeat(100));
        let path = socket_path(Path::new(&long)).unwrap();
        assert!(path.as_os_str().len() <= SOCKET_PATH_LIMIT, "{}", path.display());
        assert_eq!(path, socket_path(Path::new(&long)).unwrap());
    }
}
