//! Who a process is, so that a dead one is never mistaken for a living one of the same number.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// A process by host, boot, number and start: no other process ever has the same four.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProcessIdentity {
    /// Process number.
    pub pid: u32,
    /// Start in clock ticks since boot; 0 where the system does not tell.
    pub started: u64,
    /// The boot it belongs to; empty where the system does not tell.
    pub boot: String,
    /// Machine name.
    pub host: String,
    /// Id of the installation, which machines of one name may differ by; empty where there is none.
    pub machine: String,
    /// The name space of process numbers it belongs to: containers have their own; empty where there are none.
    pub namespace: String,
}

impl ProcessIdentity {
    /// This process.
    #[must_use]
    pub fn current() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            started: start_ticks(pid).unwrap_or(0),
            boot: boot_id(),
            host: host_name(),
            machine: machine_id(),
            namespace: namespace(),
        }
    }

    /// Whether it is certainly gone: it ran on this machine, and its boot, its number or its start say so. A process
    /// of another machine is never certainly gone; nor is one of another container, or of a machine that only has the
    /// same name.
    #[must_use]
    pub fn is_certainly_dead(&self) -> bool {
        if self.host != host_name() || self.machine != machine_id() {
            return false;
        }
        if !self.boot.is_empty() && self.boot != boot_id() {
            return true;
        }
        if self.namespace != namespace() {
            return false;
        }
        match start_ticks(self.pid) {
            Some(started) => self.started != 0 && started != self.started,
            None => cfg!(target_os = "linux"),
        }
    }
}

/// Time since this machine was started, the time it was asleep included: what a holder of a lease counts in. A contender
/// that was asleep merely waits longer, so it counts in [`std::time::Instant`], as everything else does.
#[must_use]
pub fn since_boot() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    // The monotonic clock of other systems does not stop while they sleep, or nothing else is there.
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    clock_gettime(clock).try_into().unwrap_or_default()
}

/// Field 22 of `/proc/<pid>/stat`; a zombie counts as gone.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold anything, so count from its end.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

fn machine_id() -> String {
    std::fs::read_to_string("/etc/machine-id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

fn namespace() -> String {
    std::fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default()
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_its_number_reused_does_not() {
        let current = ProcessIdentity::current();
        assert!(!current.is_certainly_dead());
        assert!(ProcessIdentity { started: current.started + 1, ..current.clone() }.is_certainly_dead());
        assert!(ProcessIdentity { boot: "another".into(), ..current.clone() }.is_certainly_dead());
        let reused = ProcessIdentity { started: current.started + 1, ..current.clone() };
        assert!(!ProcessIdentity { host: "elsewhere".into(), ..reused.clone() }.is_certainly_dead());
        assert!(!ProcessIdentity { machine: "of the same name".into(), ..reused.clone() }.is_certainly_dead());
        assert!(!ProcessIdentity { namespace: "a container's".into(), ..reused }.is_certainly_dead());
    }
}
