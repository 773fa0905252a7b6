//! Starting an instance so that it outlives the tool and is never started twice.
//!
//! The tool writes `launch.json` into the instance's folder and starts its own binary with `__instance <folder>`. That
//! launcher leads a new session, *claims* the folder by making `instance.json` with its pid, start time and boot in
//! one step, and then becomes the program by `exec`. Whoever comes second finds the claim and goes away. A claim
//! without a process (a tombstone) says that the instance is never to start: what stops an instance that has not
//! started yet makes one. A claimant that died before `out.log` was made has not run the program, so its claim is void.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::process::Child;

use super::error;
use super::process::ProcessId;
use super::{log, world};
use crate::model::Millis;
use crate::providers::Error;

/// Hidden subcommand that becomes an instance.
pub(super) const INSTANCE_COMMAND: &str = "__instance";

/// Variables that an instance gets from this process without asking.
const INHERITED: &[&str] = &["PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER"];

/// Longest wait for a launcher to become its program.
const LAUNCH_LIMIT: Duration = Duration::from_secs(10);

/// `launch.json`: what the launcher becomes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Launch {
    /// File to run.
    pub(super) program: PathBuf,
    /// Its arguments, the name it is called by first.
    pub(super) arguments: Vec<String>,
    pub(super) working_directory: PathBuf,
    /// Variables on top of what the launcher was given.
    pub(super) environment: BTreeMap<String, String>,
}

/// `instance.json`: who runs there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claim {
    /// `None` in a tombstone.
    pub(super) process: Option<ProcessId>,
    pub(super) time: Millis,
}

/// What is known of an instance's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Never started so far.
    Absent,
    /// Runs.
    Running(ProcessId),
    /// Ran and ended.
    Ended(ProcessId),
    /// Is never to start.
    Buried,
}

/// Looks at an instance's folder.
pub(super) fn presence(folder: &Path) -> Result<Presence, Error> {
    let Some(claim) = world::read_json::<Claim>(&claim_file(folder))? else { return Ok(Presence::Absent) };
    Ok(match claim.process {
        None => Presence::Buried,
        Some(process) if process.is_alive() => Presence::Running(process),
        Some(process) => Presence::Ended(process),
    })
}

/// Takes back the claim of a launcher that died before it became the program. The caller holds the world's lock.
pub(super) fn void_dead_claim(folder: &Path) -> Result<(), Error> {
    if matches!(presence(folder)?, Presence::Ended(_)) && !log::file(folder).exists() {
        let claim = claim_file(folder);
        fs::remove_file(&claim).map_err(|cause| error::io("remove", &claim, &cause))?;
    }
    Ok(())
}

/// Sees to it that an instance that has not started never does.
pub(super) fn bury(folder: &Path) -> Result<Presence, Error> {
    world::create_folder(folder)?;
    world::create_json(&claim_file(folder), &Claim { process: None, time: world::now() })?;
    presence(folder)
}

fn claim_file(folder: &Path) -> PathBuf {
    folder.join("instance.json")
}

fn launch_file(folder: &Path) -> PathBuf {
    folder.join("launch.json")
}

/// What an instance may know of this process's environment.
pub(super) fn inherited_environment(more: &[String]) -> Vec<(String, std::ffi::OsString)> {
    let names = INHERITED.iter().copied().chain(more.iter().map(String::as_str));
    names.filter_map(|name| env::var_os(name).map(|value| (name.to_owned(), value))).collect()
}

/// Starts an instance and returns when it has become its program, or when somebody else had claimed it.
pub(super) async fn start(
    executable: &Path,
    folder: &Path,
    launch: &Launch,
    inherit: &[String],
) -> Result<Child, Error> {
    world::create_folder(folder)?;
    world::write_json(&launch_file(folder), launch)?;
    let mut child = tokio::process::Command::new(executable)
        .arg(INSTANCE_COMMAND)
        .arg(folder)
        .env_clear()
        .envs(inherited_environment(inherit))
        // So that a command can use this very binary, wherever it lies.
        .env("GENNAKER", executable)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| error::io("start", executable, &cause))?;
    let mut complaint = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        // The pipe ends when the launcher becomes the program, whose own output goes to the log.
        let read = tokio::time::timeout(LAUNCH_LIMIT, pipe.read_to_string(&mut complaint)).await;
        if read.is_err() {
            return Err(error::unavailable(format!(
                "the launcher of {} did not start its program within {} s",
                folder.display(),
                LAUNCH_LIMIT.as_secs()
            )));
        }
    }
    if !complaint.is_empty() {
        return Err(error::other(complaint.trim().to_owned()));
    }
    if presence(folder)? == Presence::Absent {
        return Err(error::other(format!(
            "{} did not start {}; it must be a gennaker binary of this version",
            executable.display(),
            folder.display()
        )));
    }
    Ok(child)
}

/// The launcher's side: becomes the instance of this folder. Returns only when it cannot, with the reason already
/// told to the tool, or when there is nothing to do because the instance is claimed.
pub(super) fn launch_instance(folder: &Path) -> Result<(), String> {
    // Only a process that leads a group already may be refused, and it is its own master then.
    let _ = rustix::process::setsid();
    // Closed by exec, which is how the tool learns of success; std's own stdout becomes the log before that.
    let pipe = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    match become_instance(folder) {
        Ok(()) => Ok(()),
        Err(message) => {
            if let Ok(mut pipe) = pipe {
                // A tool that is gone needs no answer.
                let _ = writeln!(pipe, "{message}");
            }
            Err(message)
        }
    }
}

/// Returns without an error only when somebody else has claimed the instance.
fn become_instance(folder: &Path) -> Result<(), String> {
    let text = |error: Error| error.message;
    let launch: Launch = world::read_json(&launch_file(folder))
        .map_err(text)?
        .ok_or_else(|| format!("{} has no launch.json", folder.display()))?;
    let process = ProcessId::current().ok_or("this process cannot be seen by itself; is /proc mounted?")?;
    let claim = Claim { process: Some(process), time: world::now() };
    if !world::create_json(&claim_file(folder), &claim).map_err(text)? {
        return Ok(());
    }
    let path = log::file(folder);
    let open = || {
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        Ok((log.try_clone()?, log.try_clone()?, log))
    };
    let (out, err, mut log) = open().map_err(|cause: io::Error| error::io("write", &path, &cause).message)?;
    let message = exec(&launch, out, err);
    // For who looks later; the tool that started it is told in another way.
    let _ = writeln!(log, "gennaker: {message}");
    Err(message)
}

/// Becomes the program; returns only when that fails, with the reason.
fn exec(launch: &Launch, out: File, err: File) -> String {
    let Some((name, arguments)) = launch.arguments.split_first() else { return "the command is empty".to_owned() };
    let cause = Command::new(&launch.program)
        .arg0(name)
        .args(arguments)
        .current_dir(&launch.working_directory)
        .envs(&launch.environment)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .exec();
    format!(
        "cannot run '{}' in {}: {}",
        launch.program.display(),
        launch.working_directory.display(),
        error::reason(&cause)
    )
}
