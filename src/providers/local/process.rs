//! Processes recognised by pid *and* start time *and* boot, so that a number used again is never mistaken for them.

#[cfg(target_os = "linux")]
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

/// Which process it is, across reuse of its number and reboots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessId {
    /// Number of the process; it leads a session and a process group of the same number.
    pub(super) pid: i32,
    /// When it started, in the system's own unit.
    started: String,
    /// The boot it belongs to.
    boot: String,
}

impl ProcessId {
    /// This process.
    pub(super) fn current() -> Option<Self> {
        Self::of(rustix::process::getpid().as_raw_nonzero().get())
    }

    /// The process that has this number now; `None` when there is none, or only its remains.
    pub(super) fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)?, boot: boot() })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Signals it alone; `false` when it is gone.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        self.is_alive() && Pid::from_raw(self.pid).is_some_and(|pid| kill_process(pid, signal).is_ok())
    }

    /// Signals it and what it started; `false` when it is gone.
    fn signal_group(&self, signal: Signal) -> bool {
        self.is_alive() && Pid::from_raw(self.pid).is_some_and(|pid| kill_process_group(pid, signal).is_ok())
    }

    /// Waits until it is gone; `false` when it still runs at the end of the time given.
    pub(super) async fn wait(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut pause = Duration::from_millis(1);
        while self.is_alive() {
            if Instant::now() >= end {
                return false;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        true
    }

    /// Stops it and its children: politely first, then for sure. `mark` is a line `NAME=value` that the environment
    /// of everything it started holds; what stays behind in its session after its death is found by it.
    pub(super) async fn stop(&self, signal: Signal, limit: Duration, mark: &str) {
        if self.signal_group(signal) && !self.wait(limit).await {
            self.signal_group(Signal::KILL);
            self.wait(Duration::from_secs(5)).await;
        }
        if self.boot == boot() {
            for pid in session_members(self.pid, mark) {
                if let Some(pid) = Pid::from_raw(pid) {
                    // Gone meanwhile is as good.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
        }
    }
}

/// The id of the running boot; a pid of another boot says nothing.
#[cfg(target_os = "linux")]
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn boot() -> String {
    command_output("sysctl", &["-n", "kern.boottime"]).unwrap_or_default()
}

/// Start time of a process that runs. A zombie does not, unless threads of it still end: until the last of them has,
/// its sockets are open.
#[cfg(target_os = "linux")]
fn start_time(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = stat_fields(&stat)?;
    let has_ended = matches!(fields[0], "Z" | "X") && fields[17].parse::<u32>().is_ok_and(|threads| threads <= 1);
    (!has_ended).then(|| fields[19].to_owned())
}

#[cfg(not(target_os = "linux"))]
fn start_time(pid: i32) -> Option<String> {
    let line = command_output("ps", &["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
    let (state, started) = line.split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// Fields of `/proc/<pid>/stat` from the state on: the name before them may hold anything, even brackets.
#[cfg(target_os = "linux")]
fn stat_fields(stat: &str) -> Option<Vec<&str>> {
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    (fields.len() > 19).then_some(fields)
}

/// Processes of a session whose environment holds this line.
#[cfg(target_os = "linux")]
fn session_members(session: i32, mark: &str) -> Vec<i32> {
    let session = session.to_string();
    let is_member = |pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat_fields(&stat).is_some_and(|fields| fields[3] == session && fields[0] != "Z")
            && fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|line| line == mark.as_bytes()))
    };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(is_member).collect()
}

#[cfg(not(target_os = "linux"))]
fn session_members(_session: i32, _mark: &str) -> Vec<i32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn command_output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_start_time_is_another_process() {
        let own = ProcessId::current().unwrap();
        assert!(own.is_alive());
        assert!(!ProcessId { started: "1".into(), ..own.clone() }.is_alive());
        assert!(!ProcessId { boot: "another".into(), ..own }.is_alive());
    }

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = format!("7 (a) b (c) S {}", (1..30).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
        assert_eq!(stat_fields(&stat).unwrap()[..2], ["S", "1"]);
    }
}
