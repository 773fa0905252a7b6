//! What people and programs see of a run: everything is fed by the engine's one stream of events.

mod line;

use std::sync::Arc;

use crate::engine::ports::Observe;

/// The report for this run.
#[must_use]
pub fn choose(_json: bool) -> Arc<dyn Observe> {
    Arc::new(line::Line)
}
