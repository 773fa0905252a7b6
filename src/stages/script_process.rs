//! A script's folder as gennaker sees it: starts its supervisor, reads what it wrote, ends its processes.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::script_supervisor::{Exit, Job, SUBCOMMAND, read_json, write_json};
use crate::history::ProcessIdentity;

/// Most bytes of output read at one look.
const CHUNK: u64 = 256 << 10;
/// A line longer than this is shown in parts.
const LONGEST_LINE: usize = 64 << 10;
/// Time between asking a script to end and ending it.
const GRACE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(20);

/// The folder of one run of a script.
pub(super) struct ScriptFolder {
    path: PathBuf,
}

/// New output: lines, and where the next look begins.
pub(super) struct Output {
    pub(super) lines: Vec<String>,
    pub(super) offset: u64,
}

impl ScriptFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file the script writes its outputs to.
    pub(super) fn outputs_file(&self) -> PathBuf {
        self.path.join("outputs")
    }

    /// Starts a supervisor, unless one has been started before; a second one would find the first one's claim.
    pub(super) async fn start(&self, binary: &Path, job: &Job, environment: &[(String, String)]) -> io::Result<()> {
        if self.supervisor().is_some() {
            return Ok(());
        }
        // Only for the user: what a script writes is nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        write_json(&self.path, "job.json", job)?;
        let mut command = tokio::process::Command::new(binary);
        command
            .arg(SUBCOMMAND)
            .arg(&self.path)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.path.join("supervisor.log"))?);
        let mut supervisor = command.spawn()?;
        let deadline = Instant::now() + GRACE;
        while self.supervisor().is_none() {
            if supervisor.try_wait()?.is_some() && self.supervisor().is_none() {
                let said = fs::read_to_string(self.path.join("supervisor.log")).unwrap_or_default();
                return Err(io::Error::other(format!("the supervisor ended before it began: {}", said.trim())));
            }
            if Instant::now() > deadline {
                return Err(io::Error::other("the supervisor did not begin within 5 seconds"));
            }
            sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Who supervises the script, once somebody does.
    pub(super) fn supervisor(&self) -> Option<ProcessIdentity> {
        read_json(&self.path.join("claim.json")).ok()
    }

    /// Whether it has been started and has not ended.
    pub(super) fn is_running(&self) -> bool {
        self.supervisor().is_some() && self.exit().is_none()
    }

    /// How it ended, once it has.
    pub(super) fn exit(&self) -> Option<Exit> {
        read_json(&self.path.join("exit.json")).ok()
    }

    /// What it wrote from this byte on: complete lines, and the rest once it has ended.
    pub(super) fn output(&self, offset: u64, ended: bool) -> io::Result<Output> {
        let mut bytes = Vec::new();
        match File::open(self.path.join("output.log")) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(offset))?;
                file.take(CHUNK).read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let full = u64::try_from(bytes.len()).is_ok_and(|read| read == CHUNK);
        let end = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => last + 1,
            None if bytes.len() > LONGEST_LINE => bytes.len(),
            None => 0,
        };
        let end = if ended && !full { bytes.len() } else { end };
        let text = String::from_utf8_lossy(&bytes[..end]);
        let lines = text.lines().map(str::to_owned).collect();
        Ok(Output { lines, offset: offset + u64::try_from(end).unwrap_or(0) })
    }

    /// The last lines it wrote.
    pub(super) fn last_lines(&self, count: usize) -> Vec<String> {
        let path = self.path.join("output.log");
        let start = fs::metadata(&path).map_or(0, |file| file.len().saturating_sub(CHUNK));
        let lines = self.output(start, true).map(|output| output.lines).unwrap_or_default();
        lines[lines.len().saturating_sub(count)..].to_vec()
    }

    /// A file it left behind, by its name in the folder.
    pub(super) fn left_behind(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path.join(name)).ok()
    }

    /// Ends everything of the script: asks first, then ends it; returns what was done.
    pub(super) async fn cancel(&self) -> Vec<String> {
        if !self.path.exists() || self.exit().is_some() {
            return Vec::new();
        }
        // A supervisor that has not begun yet will find this and run nothing.
        if let Err(error) = fs::write(self.path.join("cancel"), "") {
            return vec![format!("could not mark the script as canceled: {error}")];
        }
        let Some(supervisor) = self.supervisor() else { return Vec::new() };
        self.signal_all(&supervisor, Signal::TERM);
        if self.wait_for_end(&supervisor, GRACE).await {
            return vec!["asked the script to end, and it did".to_owned()];
        }
        self.signal_all(&supervisor, Signal::KILL);
        if self.wait_for_end(&supervisor, GRACE).await {
            return vec![format!("the script did not end within {} seconds and was killed", GRACE.as_secs())];
        }
        vec![format!("processes of the script are left in session {}", supervisor.pid)]
    }

    async fn wait_for_end(&self, supervisor: &ProcessIdentity, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while !session_members(supervisor).is_empty() || !(self.exit().is_some() || supervisor.is_certainly_dead()) {
            if Instant::now() > deadline {
                return false;
            }
            sleep(STEP).await;
        }
        true
    }

    fn signal_all(&self, supervisor: &ProcessIdentity, signal: Signal) {
        for member in session_members(supervisor) {
            // One that has just gone needs no signal.
            let _ = kill_process(member, signal);
        }
    }
}

/// The script's processes: all of the supervisor's session but itself. A session's number is not given away while
/// somebody is in it, so these are never strangers, unless a stranger leads a session of that number.
fn session_members(supervisor: &ProcessIdentity) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let leader = i32::try_from(supervisor.pid).unwrap_or(-1);
    let mut members = Vec::new();
    for number in numbers {
        let Some((state, session)) = state_and_session(number) else { continue };
        if session != leader {
            continue;
        }
        if number == leader {
            if supervisor.is_certainly_dead() && !matches!(state, 'Z' | 'X') {
                return Vec::new();
            }
        } else if !matches!(state, 'Z' | 'X') {
            members.extend(Pid::from_raw(number));
        }
    }
    members
}

/// Fields 3 and 6 of `/proc/<pid>/stat`.
fn state_and_session(number: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    Some((fields.next()?.chars().next()?, fields.nth(2)?.parse().ok()?))
}
