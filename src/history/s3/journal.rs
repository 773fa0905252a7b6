//! The appending end of an execution. A batch is created only if its number is free: whoever opened the execution after
//! us has taken our next number, and we fail.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::bucket::{Bucket, Condition, Written};
use super::chain::{Chain, Chains};
#[cfg(debug_assertions)]
use crate::history::crash;
use crate::history::{Error, ErrorKind, Journal, Record};

/// The epoch that may append to an execution.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Head {
    /// The lease's.
    pub(super) epoch: u64,
    /// Where it begins: the number of its first batch, which has no records.
    pub(super) batch: u64,
}

impl Head {
    pub(super) fn key(id: &str) -> String {
        format!("executions/{id}/head")
    }

    /// The head and its tag; that of an execution which nobody has opened yet has none.
    pub(super) async fn read(bucket: &Bucket, id: &str) -> Result<(Self, Option<String>), Error> {
        let Some(object) = bucket.get(&Self::key(id)).await? else { return Ok((Self::default(), None)) };
        let head = serde_json::from_slice(&object.body).map_err(|error| {
            Error::new(ErrorKind::Corrupt, format!("{}/{}: {error}", bucket.options.shown(), Self::key(id)))
        })?;
        Ok((head, Some(object.tag)))
    }
}

fn fenced(id: &str) -> Error {
    Error::new(ErrorKind::Fenced, format!("execution {id} was taken over by another process; this one stops"))
}

/// The appending end.
pub(super) struct S3Journal {
    id: String,
    epoch: u64,
    bucket: Arc<Bucket>,
    chains: Arc<Chains>,
    chain: Chain,
    pending: Vec<Record>,
}

impl S3Journal {
    /// A journal behind nothing: of an execution to be created.
    pub(super) fn new(id: &str, epoch: u64, bucket: &Arc<Bucket>, chains: &Arc<Chains>) -> Self {
        Self {
            id: id.to_owned(),
            epoch,
            bucket: Arc::clone(bucket),
            chains: Arc::clone(chains),
            chain: Chain::default(),
            pending: Vec::new(),
        }
    }

    /// Begins an epoch: moves the head, then takes the number that the writer before would use next.
    pub(super) async fn open(
        id: &str,
        epoch: u64,
        bucket: &Arc<Bucket>,
        chains: &Arc<Chains>,
    ) -> Result<Option<Self>, Error> {
        let Some(chain) = chains.read(id).await? else { return Ok(None) };
        let mut journal = Self { chain, ..Self::new(id, epoch, bucket, chains) };
        let (head, tag) = Head::read(bucket, id).await?;
        if head.epoch >= epoch.max(1) || journal.chain.epoch > epoch {
            return Err(fenced(id));
        }
        let next = serde_json::to_vec(&Head { epoch, batch: journal.chain.batches + 1 }).expect("plain data");
        let condition = tag.as_deref().map_or(Condition::Absent, Condition::Unchanged);
        if bucket.put(&Head::key(id), next, condition).await? == Written::Refused {
            // Somebody moved it, or we did and the answer was lost.
            let (now, _) = Head::read(bucket, id).await?;
            if now.epoch != epoch {
                return Err(fenced(id));
            }
        }
        loop {
            let fence = Batch::new(journal.chain.batches + 1, epoch, journal.chain.summary.clone(), Vec::new());
            if journal.write(fence).await? {
                return Ok(Some(journal));
            }
            // The writer before has appended meanwhile; that counts, but it is its last.
            journal.chain = chains.read(id).await?.ok_or_else(|| fenced(id))?;
            if journal.chain.epoch > epoch {
                return Err(fenced(id));
            }
        }
    }

    /// Everything that is recorded.
    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Writes a batch; `false` when its number is taken by somebody else.
    async fn write(&mut self, batch: Batch) -> Result<bool, Error> {
        let key = Batch::key(&self.id, batch.header.batch);
        if self.bucket.put(&key, batch.body(), Condition::Absent).await? == Written::Refused {
            // It may be our own: an answer was lost, and the request was sent again.
            let place = format!("{}/{key}", self.bucket.options.shown());
            let other = self.bucket.get(&key).await?;
            let other = other.map(|object| Batch::read(&object.body, &place)).transpose()?;
            if other.is_none_or(|other| other.header.nonce != batch.header.nonce) {
                return Ok(false);
            }
        }
        self.chain.push(batch, &key)?;
        self.chains.keep(&self.id, &self.chain);
        Ok(true)
    }
}

#[async_trait]
impl Journal for S3Journal {
    fn append(&mut self, record: &Record) {
        self.pending.push(record.clone());
    }

    async fn sync(&mut self) -> Result<(), Error> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let records = self.pending.clone();
        #[cfg(debug_assertions)]
        let (records, is_last) = crash::cut(records);
        let mut summary = self.chain.summary.clone();
        for record in &records {
            summary.note(record);
        }
        #[cfg(debug_assertions)]
        if is_last && records.is_empty() {
            crash::kill();
        }
        let written = self.write(Batch::new(self.chain.batches + 1, self.epoch, summary, records)).await?;
        #[cfg(debug_assertions)]
        if is_last {
            crash::kill();
        }
        if !written {
            return Err(fenced(&self.id));
        }
        self.pending.clear();
        Ok(())
    }
}
