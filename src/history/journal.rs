//! Where executions are recorded, as the engine and the command line see it. A store is one file of this folder.

use std::time::Duration;

use async_trait::async_trait;

use super::{Error, Leases, Record, Request, RequestId, Summary, Wanted};

/// A store of executions.
///
/// Crash meaning: what `create` and [`Journal::sync`] returned `Ok` for survives the death of process and machine.
/// What was appended but not synced may be lost as a whole or from some record on, never in the middle.
#[async_trait]
pub trait History: Send + Sync {
    /// Makes sure that the store can be written to, and that it keeps what this trait promises.
    async fn prepare(&self) -> Result<(), Error>;
    /// Records a new execution by its first record and opens it for appending.
    async fn create(&self, id: &str, first: &Record, epoch: u64) -> Result<Box<dyn Journal>, Error>;
    /// Opens an execution for appending. The caller holds the lease of this epoch; records of a writer with an older
    /// one can no longer be appended.
    async fn open(&self, id: &str, epoch: u64) -> Result<(Recorded, Box<dyn Journal>), Error>;
    /// Reads an execution.
    async fn read(&self, id: &str) -> Result<Recorded, Error>;
    /// The execution of this id or of which this is the only prefix.
    async fn resolve(&self, prefix: &str) -> Result<String, Error>;
    /// Executions, newest first.
    async fn list(&self, wanted: &Wanted) -> Result<Vec<Summary>, Error>;
    /// Executions that have not ended, oldest first.
    async fn active(&self) -> Result<Vec<Summary>, Error>;
    /// Notes that an execution has ended (or runs again), so that `active` need not look at it.
    async fn set_active(&self, id: &str, active: bool) -> Result<(), Error>;
    /// Removes an execution with its log.
    async fn remove(&self, id: &str) -> Result<(), Error>;
    /// Leaves a request for the process that drives an execution.
    async fn submit(&self, id: &str, request: &Request) -> Result<(), Error>;
    /// Requests left and not yet done, oldest first.
    async fn requests(&self, id: &str) -> Result<Vec<(RequestId, Request)>, Error>;
    /// Removes a request whose effect is recorded.
    async fn request_done(&self, id: &str, request: &RequestId) -> Result<(), Error>;
    /// Appends lines a stage wrote. Not synced: output may be lost with the machine.
    async fn append_log(&self, id: &str, stage: &str, lines: &[String]) -> Result<(), Error>;
    /// Lines behind a mark, of all stages or of one, in the order they were written: (stage id, line); and the mark
    /// behind them.
    async fn log(
        &self,
        id: &str,
        stage: Option<&str>,
        after: &LogMark,
    ) -> Result<(Vec<(String, String)>, LogMark), Error>;
    /// Who drives what.
    fn leases(&self) -> &dyn Leases;
    /// Whether other machines see it too.
    fn is_shared(&self) -> bool;
    /// How often it is worth asking for news: requests, the end of an execution.
    fn look_interval(&self) -> Duration;
    /// For people: what was asked of a store that counts, such as `12 AWS API calls`.
    fn calls(&self) -> Option<String> {
        None
    }
    /// For people: where it is.
    fn location(&self) -> String;
}

/// The appending end of an execution.
#[async_trait]
pub trait Journal: Send {
    /// Adds a record to what the next `sync` writes.
    fn append(&mut self, record: &Record);
    /// Makes everything appended durable. An error means that nothing since the last `Ok` may be relied on: the act
    /// announced must not happen.
    async fn sync(&mut self) -> Result<(), Error>;
}

/// The records of an execution.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// In order.
    pub records: Vec<Record>,
    /// Whether a last, torn line was left out.
    pub torn: bool,
}

/// How far a log was read; the default is its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogMark(pub(super) String);
