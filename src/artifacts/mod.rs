//! Artifacts: found for those who expect them, bound, and fetched from where they are kept.
//!
//! [`matching`](matches) says whether an artifact is the one expected, `resolve` finds what a pipeline expects when it
//! begins, `bind` what a stage produces, `find` what a stage sees; `given` reads what people write, and
//! [`Store`] fetches content from where it is kept.

mod bind;
mod fetch;
mod find;
mod given;
mod matching;
mod resolve;

pub use self::bind::bind;
pub use self::fetch::Store;
pub use self::find::{bound, consumed, of_execution, visible};
pub use self::given::parse;
pub use self::matching::matches;
pub use self::resolve::{Resolved, matched_ids, resolve_trigger, wants_prior};
