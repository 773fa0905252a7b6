//! The engine: one loop that folds recorded events into a state, decides what comes next, and acts.
//!
//! `state` is the fold, `step` the rules, `run` the loop, `ports` what it asks of the world above. It knows no stage
//! type and no cloud.

mod admission;
mod clock;
mod context;
mod job;
mod lease;
mod new_execution;
mod outcome;
pub mod ports;
mod run;
mod state;
mod step;
mod synthetic;
#[cfg(test)]
mod tests;

pub use self::clock::Clock;
pub use self::context::previewed_context;
pub use self::lease::{Held, LeaseKeeper, LeaseShare};
pub use self::new_execution::{NewExecution, new_execution};
pub use self::run::{Ended, Engine, Signal};
pub use self::state::{IllegalEvent, State};
