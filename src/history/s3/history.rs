//! The history of a prefix: executions, marks, requests.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;
use ulid::Ulid;

use super::batch::Batch;
use super::bucket::{Bucket, Condition};
use super::chain::Chains;
use super::index::{self, Entry};
use super::journal::S3Journal;
use super::lease::S3Leases;
use super::probe::{self, Store};
use super::{S3Options, log};
use crate::history::{
    Error, ErrorKind, History, Journal, Leases, LogMark, Record, Recorded, Request, RequestId, Summary, Wanted,
    ambiguous, not_found,
};

const ACTIVE: &str = "active/";
/// How often a store is asked for news: a request costs a second's wait, and money.
const LOOK: Duration = Duration::from_secs(1);
/// Executions looked at at the same time.
const AT_ONCE: usize = 8;
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
            if let Some(ended) = summary.as_ref().filter(|summary| summary.status.is_complete()) {
                // Who may only read, reads the same without it.
                let _ = self.file(ended).await;
            }
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
        self.bucket.delete(&format!("{ACTIVE}{}", summary.id), Condition::Always).await.map(drop)
    }

    /// Ended executions that fit, newest first, without those named.
    async fn indexed(&self, wanted: &Wanted, without: &HashSet<&str>) -> Result<Vec<Summary>, Error> {
        let mut found: Vec<Summary> = Vec::new();
        let mut after = String::new();
        loop {
            let (page, is_more) = self.bucket.page(index::PREFIX, &after).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after.clone_from(&last.key);
            for listed in &page {
                let Some(summary) = self.indexed_one(&listed.key).await? else { continue };
                if wanted.is_past(&summary) || wanted.limit.is_some_and(|limit| found.len() >= limit) {
                    return Ok(found);
                }
                if found.last().is_some_and(|newer| newer.id == summary.id) {
                    // Between two ends of it; the later one counts.
                    found.pop_if(|newer| newer.ends < summary.ends);
                }
                let is_known = found.last().is_some_and(|newer| newer.id == summary.id);
                if !is_known && !without.contains(summary.id.as_str()) && wanted.fits(&summary) {
                    found.push(summary);
                }
            }
            if !is_more {
                return Ok(found);
            }
        }
    }

    async fn indexed_one(&self, key: &str) -> Result<Option<Summary>, Error> {
        match Entry::read(key) {
            None => Ok(None),
            Some(Entry::Whole(summary)) => Ok(Some(summary)),
            Some(Entry::Short(..)) => {
                let object = self.bucket.get(key).await?;
                Ok(object.and_then(|object| serde_json::from_slice(&object.body).ok()))
            }
        }
    }

    /// Ids in the index that begin so.
    async fn indexed_ids(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let listed = self.bucket.list(&format!("{}{}", index::PREFIX, index::turned(prefix)), "").await?;
        let ids = listed.into_iter().filter_map(|listed| match Entry::read(&listed.key)? {
            Entry::Whole(summary) => Some(summary.id),
            Entry::Short(id, _) => Some(id),
        });
        Ok(ids.collect())
    }
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
        let mut found = fitting(self.indexed_ids(&wanted).await?, &|id| id.starts_with(&wanted));
        if found.is_empty() {
            found = fitting(self.indexed_ids("").await?, &|id| id.ends_with(&wanted));
        }
        match found.len() {
            0 => Err(self.missing(prefix)),
            1 => Ok(found.remove(0)),
            _ => Err(ambiguous(prefix, &found)),
        }
    }

    async fn list(&self, wanted: &Wanted) -> Result<Vec<Summary>, Error> {
        let marked = self.summaries_of_marked().await?;
        let without: HashSet<&str> = marked.iter().map(|summary| summary.id.as_str()).collect();
        let mut found = self.indexed(wanted, &without).await?;
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
        // What lists show goes last: what could not be removed is found again.
        keys.extend(self.bucket.list(&index::keys_of(id), "").await?.into_iter().map(|listed| listed.key));
        self.chains.forget(id);
        self.bucket.delete_all(&keys).await
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
