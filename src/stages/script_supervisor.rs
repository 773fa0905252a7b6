//! The small process that runs one script and outlives the gennaker that started it.
//!
//! It is gennaker's own binary, started as `gennaker __script <folder>` in a session of its own. The folder is all that
//! the two share:
//!
//! - `job.json`: what to run; written before the supervisor starts.
//! - `claim.json`: who supervises; only one process can make it, so a script never runs twice.
//! - `output.log`: what the script wrote, without secrets.
//! - `outputs`, `properties`: what it left behind, without secrets.
//! - `cancel`: made by gennaker; a supervisor that finds it runs nothing.
//! - `exit.json`: how it ended; renamed into place when everything else is complete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secrets::Secrets;
use crate::history::ProcessIdentity;

/// First argument that makes gennaker a supervisor.
pub(super) const SUBCOMMAND: &str = "__script";
/// What is left to read after the script ended may take so long; longer, something it left behind still writes.
const DRAIN: Duration = Duration::from_secs(1);

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job {
    /// Program and arguments.
    pub(super) argv: Vec<String>,
    /// Where it runs.
    pub(super) working_directory: PathBuf,
    /// The property file it writes, absolute.
    pub(super) property_file: Option<PathBuf>,
    /// Names of the environment variables whose values must not be seen.
    pub(super) secret_names: Vec<String>,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Exit {
    /// Exit code, when it exited.
    pub(super) code: Option<i32>,
    /// Signal, when one ended it.
    pub(super) signal: Option<i32>,
    /// Why it could not be run at all.
    pub(super) error: Option<String>,
}

/// Runs the supervisor when the arguments (program name first) ask for one; `None` when they do not.
pub fn hidden_command(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    let folder = PathBuf::from(arguments.next()?);
    Some(match supervise(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("script supervisor in {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    })
}

fn supervise(folder: &Path) -> io::Result<()> {
    // Fails only for the leader of a process group, which a child never is.
    let _ = rustix::process::setsid();
    if !claim(folder)? {
        return Ok(());
    }
    let job: Job = read_json(&folder.join("job.json"))?;
    let exit = if folder.join("cancel").exists() {
        Exit { error: Some("canceled before it began".to_owned()), ..Exit::default() }
    } else {
        run(folder, &job).unwrap_or_else(|error| Exit { error: Some(error.to_string()), ..Exit::default() })
    };
    write_json(folder, "exit.json", &exit)
}

/// Makes this process the script's one supervisor; `false` when another one is.
fn claim(folder: &Path) -> io::Result<bool> {
    let own = folder.join(format!("claim.{}", std::process::id()));
    fs::write(&own, serde_json::to_vec(&ProcessIdentity::current())?)?;
    // A link appears with its content or not at all.
    let linked = fs::hard_link(&own, folder.join("claim.json"));
    fs::remove_file(&own)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn run(folder: &Path, job: &Job) -> io::Result<Exit> {
    let secrets = Secrets::of_environment(&job.secret_names);
    let (reader, writer) = io::pipe()?;
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join("output.log"))?;
    let (program, arguments) = job.argv.split_first().ok_or_else(|| io::Error::other("there is nothing to run"))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&job.working_directory)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        // Its own group: a signal for the script does not end its supervisor.
        .process_group(0);
    let mut child = command.spawn().map_err(|error| {
        let folder = job.working_directory.display();
        let text = match error.kind() {
            io::ErrorKind::NotFound => {
                format!("'{program}' exists neither in {folder} nor on the PATH; correct 'command' or install it")
            }
            _ => format!("cannot run '{program}' in {folder}: {error}"),
        };
        io::Error::new(error.kind(), text)
    })?;
    // Our ends of the pipe go with the command: what remains open is the script's.
    drop(command);
    let drained = copy_output(reader, log, secrets.clone());
    let status = child.wait()?;
    // Nobody to tell when it does not end in time: what comes later is not the script's.
    let _ = drained.recv_timeout(DRAIN);
    keep_clean(&folder.join("outputs"), &folder.join("outputs"), &secrets)?;
    if let Some(file) = &job.property_file {
        keep_clean(file, &folder.join("properties"), &secrets)?;
    }
    Ok(Exit { code: status.code(), signal: status.signal(), error: None })
}

/// Copies lines into the log, secrets hidden, until everyone has closed the pipe; then the receiver is told.
fn copy_output(reader: PipeReader, mut log: File, secrets: Secrets) -> mpsc::Receiver<()> {
    let (done, drained) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = secrets.clean(&String::from_utf8_lossy(&line));
            if log.write_all(text.as_bytes()).is_err() {
                break;
            }
            line.clear();
        }
        // The supervisor may have stopped waiting.
        let _ = done.send(());
    });
    drained
}

/// Copies a file, secrets hidden; one that is not there is none.
fn keep_clean(from: &Path, to: &Path, secrets: &Secrets) -> io::Result<()> {
    match fs::read(from) {
        Ok(bytes) => fs::write(to, secrets.clean(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Puts a file in place at once and durably.
pub(super) fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    let draft = folder.join(format!("{name}.{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(name))
}
