//! None: the new server group stands beside the old ones, and all take traffic.

use super::Strategy;

pub(super) struct None;

impl Strategy for None {
    fn key(&self) -> &'static str {
        "none"
    }
}
