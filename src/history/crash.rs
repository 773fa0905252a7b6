//! Fault injection for the crash tests, in debug builds only: `GENNAKER_CRASH=before:7` or `after:7` kills this process
//! as `kill -9` would, just before or just after record 7 became durable; `pages:2` at a place of the code that calls
//! itself so.

#[cfg(feature = "aws")]
use super::Record;

/// The record that was asked for, and whether the process is to die before it.
fn asked() -> Option<(bool, u64)> {
    let asked = std::env::var("GENNAKER_CRASH").ok()?;
    let (moment, seq) = asked.split_once(':')?;
    matches!(moment, "before" | "after").then_some(())?;
    Some((moment == "before", seq.parse().ok()?))
}

/// Kills this process when `GENNAKER_CRASH` names this place, as in `pages:2`.
#[cfg(feature = "aws")]
pub(super) fn at(place: &str) {
    if std::env::var("GENNAKER_CRASH").is_ok_and(|asked| asked == place) {
        kill();
    }
}

/// Of lines to be written, how many bytes become durable before the process is to die now.
pub(super) fn end(pending: &[u8]) -> Option<usize> {
    let (before, seq) = asked()?;
    let wanted = format!("{{\"seq\":{seq},");
    let mut end = 0;
    for line in pending.split_inclusive(|byte| *byte == b'\n') {
        let found = line.starts_with(wanted.as_bytes());
        if !(found && before) {
            end += line.len();
        }
        if found {
            return Some(end);
        }
    }
    None
}

/// The records that become durable before the process is to die, and whether it is to die now.
#[cfg(feature = "aws")]
pub(super) fn cut(mut records: Vec<Record>) -> (Vec<Record>, bool) {
    let Some((before, seq)) = asked() else { return (records, false) };
    let Some(found) = records.iter().position(|record| record.seq == seq) else { return (records, false) };
    records.truncate(found + usize::from(!before));
    (records, true)
}

/// Kills this process.
pub(super) fn kill() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    std::thread::sleep(std::time::Duration::from_secs(60));
}
