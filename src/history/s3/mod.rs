//! History in S3 or a store that speaks like it. `docs/history-s3.md` has the layout and the protocol.
//!
//! ```text
//! gennaker.json                      format, and what the store was found to be able to do
//! executions/<ULID>/journal/<NUMBER> a batch of records, created only if absent: the number is the fence
//! executions/<ULID>/head             the epoch that may append, moved only if unchanged
//! executions/<ULID>/log/<TIME>~<STAGE>
//! executions/<ULID>/requests/<ULID>
//! active/<ULID>                      a mark per execution that has not ended
//! index/<ULID INVERTED>~<SUMMARY>    a key per execution that has: lists read no objects, newest first
//! pages/<GENERATION>-…               many such keys in an object, once there are many
//! pages.json                         which pages count
//! leases/<SCOPE>                     who drives what
//! ```

mod batch;
mod bucket;
mod chain;
mod history;
mod index;
mod journal;
mod lease;
mod listing;
mod log;
mod options;
mod pages;
mod probe;

pub use self::history::S3History;
pub use self::options::S3Options;
