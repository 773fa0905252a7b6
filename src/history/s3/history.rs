//! The history of a prefix: executions, marks, requests.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use ulid::Ulid;

use super::batch::Batch;
use super::bucket::{Bucket, Condition};
use super::chain::Chains;
use super::journal::S3Journal;
use super::lease::S3Leases;
use super::probe::{self, Store};
use super::{S3Options, index, listing, log, pages};
use crate::history::{
    Error, ErrorKind, History, Journal, Leases, LogMark, Record, Recorded, Request, RequestId, Summary, Wanted,
    ambiguous, not_found,
};

const ACTIVE: &str = "active/";
/// How often a store is asked for news: a request costs a second's wait, and money.
const LOOK: Duration = Duration::from_secs(1);
/// Executions looked at at the same time.
const AT_ONCE: usize = 8;
/// Executions that end or are removed between two looks whether the index has too many keys.
const TURNS: usize = 64;
/// Letters of an id.
const ID: usize = 26;

/// What the store can do, found out when it is first written to.
pub(super) struct Ready {
    bucket: Arc<Bucket>,
    store: OnceCell<Store>,
}

impl Ready {
    pub(super) async fn for_writing(&self) -> Result<Store, Error> {
        let find_out = || async {
            match probe::known(&self.bucket).await? {
                Some(store) => Ok(store),
                None => probe::probe(&self.bucket).await,
            }
        };
        self.store.get_or_try_init(find_out).await.copied()
    }
}

/// History in S3.
pub struct S3History {
    bucket: Arc<Bucket>,
    ready: Arc<Ready>,
    chains: Arc<Chains>,
    leases: S3Leases,
}

impl S3History {
    /// The history of a prefix. Sends nothing yet.
    #[must_use]
    pub fn new(options: S3Options) -> Self {
        let bucket = Arc::new(Bucket::new(options));
        let ready = Arc::new(Ready { bucket: Arc::clone(&bucket), store: OnceCell::new() });
        let leases = S3Leases::new(Arc::clone(&bucket), Arc::clone(&ready));
        let chains = Arc::new(Chains::new(Arc::clone(&bucket)));
        Self { bucket, ready, chains, leases }
    }

    fn missing(&self, id: &str) -> Error {
        not_found(id, &self.location())
    }

    fn requests_of(id: &str) -> String {
        format!("executions/{id}/requests/")
    }

    /// Marks that say that an execution has not ended.
    async fn marked(&self) -> Result<Vec<String>, Error> {
        let listed = self.bucket.list(ACTIVE, "").await?;
        Ok(listed.into_iter().filter_map(|listed| listed.key.strip_prefix(ACTIVE).map(str::to_owned)).collect())
    }

    /// Executions with a mark, oldest first. One whose process died between its end and taking the mark away has
    /// ended all the same; the mark is taken away now.
    async fn summaries_of_marked(&self) -> Result<Vec<Summary>, Error> {
        let look = |id: String| async move {
            let summary = self.chains.summary(&id).await?;
            // Who may only read, reads the same without it.
            let _ = match &summary {
                Some(ended) if ended.status.is_complete() => self.file(ended).await,
                // Its process died before it recorded anything.
                None if is_old(&id) => self.bucket.delete(&format!("{ACTIVE}{id}"), Condition::Always).await.map(drop),
                _ => Ok(()),
            };
            Ok::<_, Error>(summary)
        };
        let found: Vec<Option<Summary>> =
            stream::iter(self.marked().await?).map(look).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Puts an ended execution into the index and takes its mark away, in this order.
    async fn file(&self, summary: &Summary) -> Result<(), Error> {
        let key = index::key(summary);
        let body = serde_json::to_vec(summary).expect("plain data");
        self.bucket.put(&key, body, Condition::Always).await?;
        if summary.ends > 1 {
            // It ended before, was restarted, and has another key from then.
            let older = self.bucket.list(&index::keys_of(&summary.id), "").await?;
            let older: Vec<String> = older.into_iter().map(|listed| listed.key).filter(|other| *other != key).collect();
            self.bucket.delete_all(&older).await?;
        }
        self.bucket.delete(&format!("{ACTIVE}{}", summary.id), Condition::Always).await?;
        self.tidy(&summary.id).await;
        Ok(())
    }

    /// Puts keys of the index into pages when it is this execution's turn: one in so many looks after all, without
    /// a server and without everybody looking each time.
    async fn tidy(&self, id: &str) {
        if id.bytes().map(usize::from).sum::<usize>().is_multiple_of(TURNS) {
            // The next one tries again; keys say the same as pages.
            let _ = pages::fill(&self.bucket).await;
        }
    }
}

/// Whether an id was made more than an hour ago.
fn is_old(id: &str) -> bool {
    let made = Ulid::from_string(id).ok().and_then(|id| i64::try_from(id.timestamp_ms()).ok());
    made.is_some_and(|made| made < Timestamp::now().as_millisecond() - 3_600_000)
}

#[async_trait]
impl History for S3History {
    async fn prepare(&self) -> Result<(), Error> {
        self.ready.for_writing().await.map(drop)
    }

    async fn create(&self, id: &str, first: &Record, epoch: u64) -> Result<Box<dyn Journal>, Error> {
        self.ready.for_writing().await?;
        // Marked first: a mark without an execution is passed over, an execution without a mark would be forgotten.
        self.set_active(id, true).await?;
        let mut journal = S3Journal::new(id, epoch, &self.bucket, &self.chains);
        journal.append(first);
        match journal.sync().await {
            Err(error) if error.kind == ErrorKind::Fenced => {
                Err(Error::new(ErrorKind::AlreadyExists, format!("execution {id} is recorded already")))
            }
            Err(error) => Err(error),
            Ok(()) => Ok(Box::new(journal)),
        }
    }

    async fn open(&self, id: &str, epoch: u64) -> Result<(Recorded, Box<dyn Journal>), Error> {
        let journal = S3Journal::open(id, epoch, &self.bucket, &self.chains).await?;
        let journal = journal.ok_or_else(|| self.missing(id))?;
        Ok((journal.chain().clone().into(), Box::new(journal)))
    }

    async fn read(&self, id: &str) -> Result<Recorded, Error> {
        Ok(self.chains.read(id).await?.ok_or_else(|| self.missing(id))?.into())
    }

    async fn resolve(&self, prefix: &str) -> Result<String, Error> {
        let wanted = prefix.to_ascii_uppercase();
        if wanted.len() == ID && self.bucket.get(&Batch::key(&wanted, 1)).await?.is_some() {
            return Ok(wanted);
        }
        let marked = self.marked().await?;
        let fitting = |ids: Vec<String>, fits: &dyn Fn(&str) -> bool| {
            let mut found: Vec<String> = marked.iter().cloned().chain(ids).filter(|id| fits(id)).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let mut found = fitting(listing::ids(&self.bucket, &wanted).await?, &|id| id.starts_with(&wanted));
        if found.is_empty() {
            found = fitting(listing::ids(&self.bucket, "").await?, &|id| id.ends_with(&wanted));
        }
        match found.len() {
            0 => Err(self.missing(prefix)),
            1 => Ok(found.remove(0)),
            _ => Err(ambiguous(prefix, &found)),
        }
    }

    async fn list(&self, wanted: &Wanted) -> Result<Vec<Summary>, Error> {
        let ended = listing::ended(&self.bucket, wanted);
        let (marked, (mut found, keys)) = tokio::try_join!(self.summaries_of_marked(), ended)?;
        if keys >= pages::MANY {
            // Who may only read, reads the same without it.
            let _ = pages::fill(&self.bucket).await;
        }
        let running: HashSet<&str> = marked.iter().map(|summary| summary.id.as_str()).collect();
        found.retain(|summary| !running.contains(summary.id.as_str()));
        found.extend(marked.iter().filter(|summary| !wanted.is_past(summary) && wanted.fits(summary)).cloned());
        found.sort_by(|a, b| b.id.cmp(&a.id));
        found.truncate(wanted.limit.unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn active(&self) -> Result<Vec<Summary>, Error> {
        let mut found = self.summaries_of_marked().await?;
        found.retain(|summary| !summary.status.is_complete());
        Ok(found)
    }

    async fn set_active(&self, id: &str, active: bool) -> Result<(), Error> {
        if active {
            return self.bucket.put(&format!("{ACTIVE}{id}"), Vec::new(), Condition::Always).await.map(drop);
        }
        let summary = self.chains.summary(id).await?.ok_or_else(|| self.missing(id))?;
        self.file(&summary).await
    }

    async fn remove(&self, id: &str) -> Result<(), Error> {
        let listed = self.bucket.list(&format!("executions/{id}/"), "").await?;
        let mut keys: Vec<String> = listed.into_iter().map(|listed| listed.key).collect();
        keys.push(format!("{ACTIVE}{id}"));
        self.chains.forget(id);
        self.bucket.delete_all(&keys).await?;
        // What lists show goes last: what could not be removed is found again. A page that has it, or gets it just
        // now, no longer counts for it.
        let gone = index::gone_key(id);
        let shown = self.bucket.list(&index::keys_of(id), "").await?.into_iter().map(|listed| listed.key);
        let shown: Vec<String> = shown.filter(|key| *key != gone).collect();
        self.bucket.put(&gone, Vec::new(), Condition::Always).await?;
        if !shown.is_empty() {
            self.bucket.delete_all(&shown).await?;
        }
        self.tidy(id).await;
        Ok(())
    }

    async fn submit(&self, id: &str, request: &Request) -> Result<(), Error> {
        self.ready.for_writing().await?;
        let key = format!("{}{}", Self::requests_of(id), Ulid::generate());
        let body = serde_json::to_vec(request).expect("a request is plain data");
        self.bucket.put(&key, body, Condition::Always).await.map(drop)
    }

    async fn requests(&self, id: &str) -> Result<Vec<(RequestId, Request)>, Error> {
        let prefix = Self::requests_of(id);
        let listed = self.bucket.list(&prefix, "").await?;
        let mut found = Vec::new();
        for (key, object) in self.bucket.get_all(listed.into_iter().map(|listed| listed.key).collect()).await? {
            let request = serde_json::from_slice(&object.body).map_err(|error| {
                Error::new(ErrorKind::Corrupt, format!("{}/{key}: {error}", self.bucket.options.shown()))
            })?;
            found.push((key[prefix.len()..].to_owned(), request));
        }
        Ok(found)
    }

    async fn request_done(&self, id: &str, request: &RequestId) -> Result<(), Error> {
        self.bucket.delete(&format!("{}{request}", Self::requests_of(id)), Condition::Always).await.map(drop)
    }

    async fn append_log(&self, id: &str, stage: &str, lines: &[String]) -> Result<(), Error> {
        log::append(&self.bucket, id, stage, lines).await
    }

    async fn log(
        &self,
        id: &str,
        stage: Option<&str>,
        after: &LogMark,
    ) -> Result<(Vec<(String, String)>, LogMark), Error> {
        log::read(&self.bucket, id, stage, after).await
    }

    fn leases(&self) -> &dyn Leases {
        &self.leases
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn look_interval(&self) -> Duration {
        LOOK
    }

    fn location(&self) -> String {
        self.bucket.options.shown()
    }

    fn calls(&self) -> Option<String> {
        let counts = self.bucket.counts();
        (counts.calls > 0).then(|| counts.to_string())
    }
}
