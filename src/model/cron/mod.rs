//! When a cron trigger fires: Quartz's expressions, as Spinnaker schedules them (contract 7.1).
//!
//! No library of the ecosystem reads what Quartz reads (`?`, `L-3W`, `6#3`, but also `1.5`, `MON,,TUE` and `15WW`, which
//! stored pipelines contain) nor fires around changes of the clock as it does, so its rules are written out here.
//! `tests/cron_conformance.rs` holds them to what the original answered.

mod calendar;
mod field;
mod hash;
mod next;
mod parse;

pub use hash::resolve_hash_tokens;
pub use parse::{Cron, CronError};
