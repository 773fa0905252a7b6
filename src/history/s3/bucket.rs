//! Objects: written with conditions, read, listed, removed. Knows no execution.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::S3Options;
use crate::aws::{self, Call, Connection, Counts, Element, percent_encode, service};
use crate::history::{Error, ErrorKind};

/// Requests on their way at the same time.
const AT_ONCE: usize = 16;
/// Most keys that S3 lists with one request.
pub(super) const MOST_LISTED: usize = 1000;
/// Most keys that S3 removes with one request.
const MOST_REMOVED: usize = 1000;

/// What must be so for a write to happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition<'a> {
    Always,
    /// There is no object of this key.
    Absent,
    /// The object has this tag.
    Unchanged(&'a str),
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It happened; the object has this tag now.
    Done(String),
    /// Its condition does not hold.
    Refused,
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) body: Vec<u8>,
    pub(super) tag: String,
}

/// A key below the prefix, as lists have it.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
}

/// The objects below a prefix of a bucket.
pub(super) struct Bucket {
    pub(super) options: S3Options,
    connection: OnceCell<Connection>,
}

impl Bucket {
    pub(super) fn new(options: S3Options) -> Self {
        Self { options, connection: OnceCell::new() }
    }

    async fn connection(&self) -> Result<&Connection, Error> {
        let open = || async { Connection::open(self.options.aws.clone()).await.map_err(|error| self.failed(error)) };
        self.connection.get_or_try_init(open).await
    }

    /// What was asked of the store so far.
    pub(super) fn counts(&self) -> Counts {
        self.connection.get().map(Connection::counts).unwrap_or_default()
    }

    fn call<'a>(&'a self, operation: &'a str, method: &'a str, key: Option<&str>) -> Call<'a> {
        let key = key.map(|key| format!("{}{key}", self.options.prefix)).unwrap_or_default();
        let mut call = Call::new(&service::S3, operation, method, format!("/{}", percent_encode(&key, true)));
        call.bucket = Some(&self.options.bucket);
        call.resource = format!("s3://{}/{key}", self.options.bucket);
        call
    }

    fn failed(&self, error: aws::Error) -> Error {
        let S3Options { bucket, .. } = &self.options;
        if error.is("NoSuchBucket") {
            let text = format!(
                "history: bucket '{bucket}' does not exist; create it ('aws s3 mb s3://{bucket}'), or name another \
                 with --history"
            );
            return Error::new(ErrorKind::Settings, text);
        }
        let is_denied = matches!(error.kind, aws::ErrorKind::Denied | aws::ErrorKind::Credentials);
        let kind = match error.kind {
            aws::ErrorKind::Settings | aws::ErrorKind::WrongRegion => ErrorKind::Settings,
            _ => ErrorKind::Unavailable,
        };
        let failed = Error::new(kind, error.message);
        if is_denied { failed.denied() } else { failed }
    }

    /// Writes an object if its condition holds. No two bodies that are written under a condition may be alike, or it
    /// must be all the same whose they are.
    pub(super) async fn put(&self, key: &str, body: Vec<u8>, condition: Condition<'_>) -> Result<Written, Error> {
        let mut call = self.call("PutObject", "PUT", Some(key));
        call.headers.push(("content-type".to_owned(), "application/octet-stream".to_owned()));
        if let Some(encryption) = &self.options.encryption {
            call = call.with_header("x-amz-server-side-encryption", encryption);
        }
        if let Some(key_id) = &self.options.kms_key_id {
            call = call.with_header("x-amz-server-side-encryption-aws-kms-key-id", key_id);
        }
        call = match condition {
            Condition::Always => call,
            Condition::Absent => call.with_header("if-none-match", "*"),
            Condition::Unchanged(tag) => call.with_header("if-match", tag),
        };
        call.body = body;
        match self.connection().await?.send(&call).await {
            Ok(answer) => Ok(Written::Done(answer.header("etag").unwrap_or_default().to_owned())),
            // An earlier try may have done it, and its answer was lost: then the object is as we wrote it.
            Err(error) if is_refusal(&error, condition) && error.tries > 1 => match self.get(key).await? {
                Some(object) if object.body == call.body => Ok(Written::Done(object.tag)),
                _ => Ok(Written::Refused),
            },
            Err(error) if is_refusal(&error, condition) => Ok(Written::Refused),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Reads an object, if it is there.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Object>, Error> {
        let call = self.call("GetObject", "GET", Some(key));
        match self.connection().await?.send(&call).await {
            Ok(answer) => {
                let tag = answer.header("etag").unwrap_or_default().to_owned();
                Ok(Some(Object { body: answer.body, tag }))
            }
            Err(error) if error.kind == aws::ErrorKind::NotFound && !error.is("NoSuchBucket") => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Reads objects, several at a time, in the order of the keys; those that are gone are left out.
    pub(super) async fn get_all(&self, keys: Vec<String>) -> Result<Vec<(String, Object)>, Error> {
        let read = |key: String| async move { Ok(self.get(&key).await?.map(|object| (key, object))) };
        let found: Vec<Option<(String, Object)>> =
            stream::iter(keys).map(read).buffered(AT_ONCE).try_collect().await.map_err(|error: Error| error)?;
        Ok(found.into_iter().flatten().collect())
    }

    /// One page of the keys with a prefix behind a key, in order, at most so many; and whether there are more.
    pub(super) async fn page(&self, prefix: &str, after: &str, most: usize) -> Result<(Vec<Listed>, bool), Error> {
        let mut call = self.call("ListObjectsV2", "GET", None);
        let whole = format!("{}{prefix}", self.options.prefix);
        call.resource = format!("s3://{}/{whole}*", self.options.bucket);
        call = call.with_query("list-type", "2").with_query("prefix", whole);
        if most < MOST_LISTED {
            call = call.with_query("max-keys", most.to_string());
        }
        if !after.is_empty() {
            call = call.with_query("start-after", format!("{}{after}", self.options.prefix));
        }
        let answer = self.connection().await?.send(&call).await.map_err(|error| self.failed(error))?;
        let unreadable = || {
            let text = format!("{} was listed with an answer that is no list of S3", self.options.shown());
            Error::new(ErrorKind::Unavailable, text)
        };
        let root = Element::read(&answer.text()).ok_or_else(unreadable)?;
        let listed = root.all("Contents").filter_map(|entry| {
            let key = entry.text("Key")?.strip_prefix(&self.options.prefix)?.to_owned();
            Some(Listed { key, size: entry.text("Size").and_then(|size| size.parse().ok()).unwrap_or(0) })
        });
        Ok((listed.collect(), root.text("IsTruncated") == Some("true")))
    }

    /// All keys with a prefix behind a key, in order.
    pub(super) async fn list(&self, prefix: &str, after: &str) -> Result<Vec<Listed>, Error> {
        let mut found: Vec<Listed> = Vec::new();
        loop {
            let last = found.last().map_or(after, |listed| listed.key.as_str()).to_owned();
            let (page, is_more) = self.page(prefix, &last, MOST_LISTED).await?;
            let is_empty = page.is_empty();
            found.extend(page);
            if !is_more || is_empty {
                return Ok(found);
            }
        }
    }

    /// Removes an object if its condition holds; one that is not there counts as removed.
    pub(super) async fn delete(&self, key: &str, condition: Condition<'_>) -> Result<Written, Error> {
        let mut call = self.call("DeleteObject", "DELETE", Some(key));
        if let Condition::Unchanged(tag) = condition {
            call = call.with_header("if-match", tag);
        }
        match self.connection().await?.send(&call).await {
            Ok(_) => Ok(Written::Done(String::new())),
            Err(error) if error.kind == aws::ErrorKind::NotFound && !error.is("NoSuchBucket") => {
                Ok(Written::Done(String::new()))
            }
            Err(error) if is_refusal(&error, condition) && error.tries > 1 => match self.get(key).await? {
                Some(_) => Ok(Written::Refused),
                None => Ok(Written::Done(String::new())),
            },
            Err(error) if is_refusal(&error, condition) => Ok(Written::Refused),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Removes objects, a thousand with a request, in order.
    pub(super) async fn delete_all(&self, keys: &[String]) -> Result<(), Error> {
        for part in keys.chunks(MOST_REMOVED) {
            let names: String =
                part.iter().map(|key| format!("<Object><Key>{}{key}</Key></Object>", self.options.prefix)).collect();
            let body = format!(
                "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>{names}</Delete>"
            );
            let digest = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
            let mut call = self.call("DeleteObjects", "POST", None);
            call.resource = format!("s3://{}/{}*", self.options.bucket, self.options.prefix);
            call = call
                .with_query("delete", "")
                .with_header("content-type", "application/xml")
                .with_header("x-amz-checksum-sha256", STANDARD.encode(digest));
            call.body = body.into_bytes();
            let answer = self.connection().await?.send(&call).await.map_err(|error| self.failed(error))?;
            let root = Element::read(&answer.text()).unwrap_or_default();
            if let Some(error) = root.at("Error") {
                let (key, code) = (error.text("Key").unwrap_or_default(), error.text("Code").unwrap_or_default());
                let text = format!(
                    "history: s3:DeleteObject on s3://{}/{key} failed: {} ({code})",
                    self.options.bucket,
                    error.text("Message").unwrap_or("no reason is given")
                );
                let failed = Error::new(ErrorKind::Unavailable, text);
                return Err(if code == "AccessDenied" { failed.denied() } else { failed });
            }
        }
        Ok(())
    }
}

/// Whether an error says that a condition does not hold: 412, and 404 for an object that was to be replaced.
fn is_refusal(error: &aws::Error, condition: Condition<'_>) -> bool {
    match condition {
        Condition::Always => false,
        Condition::Absent => error.kind == aws::ErrorKind::Precondition,
        Condition::Unchanged(_) => {
            error.kind == aws::ErrorKind::Precondition
                || (error.kind == aws::ErrorKind::NotFound && !error.is("NoSuchBucket"))
        }
    }
}
