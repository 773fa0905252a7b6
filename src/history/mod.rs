//! Recorded executions: the events, where they are kept, and who may write them.
//!
//! The events of an execution are the only truth about it; everything shown or decided is a fold over them. An event
//! is durable before the act that it announces, so a process may die anywhere and another goes on from the events.

mod ci;
#[cfg(debug_assertions)]
mod crash;
mod error;
mod event;
mod file;
mod journal;
mod lease;
mod lease_file;
mod process;
mod request;
#[cfg(feature = "aws")]
mod s3;
mod summary;

pub use self::error::{Error, ErrorKind};
pub use self::event::{Event, Mutation, Phase, Record, Runner};
pub use self::file::FileHistory;
pub use self::journal::{History, Journal, LogMark, Recorded};
pub use self::lease::{Acquired, Holder, Lease, Leases};
pub use self::process::{ProcessIdentity, since_boot};
pub use self::request::{Request, RequestId};
#[cfg(feature = "aws")]
pub use self::s3::{S3History, S3Options};
pub use self::summary::{Summary, Wanted};

use self::error::{ambiguous, not_found};

/// Version of the record format; a reader refuses what is newer.
pub const FORMAT_VERSION: u32 = 1;
