//! A batch of records as an object: a header line, then a line per record, as in the files of a folder's history.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::history::{Error, ErrorKind, FORMAT_VERSION, Record, Summary};

const FORMAT: &str = "gennaker-history";

/// The first line of a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    format: String,
    version: u32,
    /// 1, 2, 3, … without a gap.
    pub(super) batch: u64,
    /// Epoch of the lease it was written under. A batch without records only says that this epoch has begun.
    pub(super) epoch: u64,
    /// Tells a writer whose answer was lost whether it was heard.
    pub(super) nonce: String,
    /// The execution after the batch.
    pub(super) summary: Summary,
}

/// A batch.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) header: Header,
    pub(super) records: Vec<Record>,
}

impl Batch {
    pub(super) fn new(number: u64, epoch: u64, summary: Summary, records: Vec<Record>) -> Self {
        let nonce = Ulid::generate().to_string();
        let format = FORMAT.to_owned();
        Self { header: Header { format, version: FORMAT_VERSION, batch: number, epoch, nonce, summary }, records }
    }

    /// Its key.
    pub(super) fn key(id: &str, number: u64) -> String {
        format!("{}{number:08}", Self::prefix(id))
    }

    /// What the keys of an execution's batches begin with.
    pub(super) fn prefix(id: &str) -> String {
        format!("executions/{id}/journal/")
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = serde_json::to_vec(&self.header).expect("a header is plain data");
        body.push(b'\n');
        for record in &self.records {
            serde_json::to_writer(&mut body, record).expect("a record is plain data");
            body.push(b'\n');
        }
        body
    }

    /// Reads an object; `place` is for people.
    pub(super) fn read(body: &[u8], place: &str) -> Result<Self, Error> {
        let corrupt = |line: usize, what: String| Error::new(ErrorKind::Corrupt, format!("{place}:{line}: {what}"));
        let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate();
        let first = lines.next().map(|(_, line)| line).unwrap_or_default();
        let version = serde_json::from_slice::<serde_json::Value>(first).ok();
        let version = version.filter(|header| header["format"] == FORMAT).and_then(|header| header["version"].as_u64());
        match version {
            None => return Err(corrupt(1, "is not the header of a batch of gennaker's history".to_owned())),
            Some(version) if version > u64::from(FORMAT_VERSION) => {
                let text = format!(
                    "{place} is written by a newer gennaker (format {version}, this one reads {FORMAT_VERSION}); \
                     update gennaker"
                );
                return Err(Error::new(ErrorKind::NewerVersion, text));
            }
            Some(_) => {}
        }
        let header: Header = serde_json::from_slice(first).map_err(|error| corrupt(1, error.to_string()))?;
        let mut records = Vec::new();
        for (index, line) in lines {
            let record = serde_json::from_slice(line);
            records.push(record.map_err(|error| corrupt(index + 1, format!("not a record ({error})")))?);
        }
        Ok(Self { header, records })
    }
}
