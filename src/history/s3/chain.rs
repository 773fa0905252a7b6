//! The batches of an execution as far as they are known. Batches never change: what was read once is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::batch::Batch;
use super::bucket::Bucket;
use crate::history::{Error, ErrorKind, Record, Recorded, Summary};

/// The batches of one execution, from the first on.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    /// How many.
    pub(super) batches: u64,
    /// Epoch of the last.
    pub(super) epoch: u64,
    pub(super) records: Vec<Record>,
    pub(super) summary: Summary,
}

impl Chain {
    /// Adds the next batch.
    pub(super) fn push(&mut self, batch: Batch, place: &str) -> Result<(), Error> {
        let corrupt = |what: String| Error::new(ErrorKind::Corrupt, format!("{place}: {what}"));
        if batch.header.batch != self.batches + 1 {
            let text = format!("batch {} stands where batch {} belongs", batch.header.batch, self.batches + 1);
            return Err(corrupt(text));
        }
        for record in batch.records {
            let wanted = self.records.len() as u64 + 1;
            if record.seq != wanted {
                return Err(corrupt(format!("record {} stands where record {wanted} belongs", record.seq)));
            }
            self.records.push(record);
        }
        self.batches += 1;
        self.epoch = self.epoch.max(batch.header.epoch);
        self.summary = batch.header.summary;
        Ok(())
    }
}

/// The chains that this process has read.
pub(super) struct Chains {
    bucket: Arc<Bucket>,
    known: Mutex<HashMap<String, Chain>>,
}

impl Chains {
    pub(super) fn new(bucket: Arc<Bucket>) -> Self {
        Self { bucket, known: Mutex::default() }
    }

    fn get(&self, id: &str) -> Option<Chain> {
        self.known.lock().expect("no holder of this lock can panic").get(id).cloned()
    }

    /// Keeps a chain, unless a longer one is known.
    pub(super) fn keep(&self, id: &str, chain: &Chain) {
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        if known.get(id).is_none_or(|other| other.batches < chain.batches) {
            known.insert(id.to_owned(), chain.clone());
        }
    }

    /// Forgets what is known of an execution.
    pub(super) fn forget(&self, id: &str) {
        self.known.lock().expect("no holder of this lock can panic").remove(id);
    }

    fn place(&self, key: &str) -> String {
        format!("{}/{key}", self.bucket.options.shown())
    }

    /// Reads an execution as it is now; `None` when it is not there.
    pub(super) async fn read(&self, id: &str) -> Result<Option<Chain>, Error> {
        let Some(mut chain) = self.get(id) else { return self.read_whole(id).await };
        let before = chain.batches;
        loop {
            let key = Batch::key(id, chain.batches + 1);
            let Some(object) = self.bucket.get(&key).await? else { break };
            let place = self.place(&key);
            chain.push(Batch::read(&object.body, &place)?, &place)?;
        }
        if chain.batches > before {
            self.keep(id, &chain);
        }
        Ok(Some(chain))
    }

    async fn read_whole(&self, id: &str) -> Result<Option<Chain>, Error> {
        let listed = self.bucket.list(&Batch::prefix(id), "").await?;
        let mut chain = Chain::default();
        for (key, object) in self.bucket.get_all(listed.into_iter().map(|listed| listed.key).collect()).await? {
            let place = self.place(&key);
            chain.push(Batch::read(&object.body, &place)?, &place)?;
        }
        if chain.records.is_empty() {
            return Ok(None);
        }
        self.keep(id, &chain);
        Ok(Some(chain))
    }

    /// What a list shows of an execution, from its last batch alone.
    pub(super) async fn summary(&self, id: &str) -> Result<Option<Summary>, Error> {
        if self.get(id).is_some() {
            return Ok(self.read(id).await?.map(|chain| chain.summary));
        }
        let Some(last) = self.bucket.list(&Batch::prefix(id), "").await?.pop() else { return Ok(None) };
        let Some(object) = self.bucket.get(&last.key).await? else { return Ok(None) };
        Ok(Some(Batch::read(&object.body, &self.place(&last.key))?.header.summary))
    }
}

impl From<Chain> for Recorded {
    fn from(chain: Chain) -> Self {
        // An object is there as a whole or not at all.
        Self { records: chain.records, torn: false }
    }
}
