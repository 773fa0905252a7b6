//! Finds out whether a store keeps its promises, before anything relies on them. Some stores that speak S3 ignore
//! conditions, and others check them without shutting other writers out: two runners would overwrite each other.

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::bucket::{Bucket, Condition, Written};
use crate::history::{Error, ErrorKind, FORMAT_VERSION};

const KEY: &str = "gennaker.json";
const FORMAT: &str = "gennaker-history";
/// Writers that try to create the same object at once, and how often.
const WRITERS: usize = 8;
const RACES: usize = 3;

/// What is written down about a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Store {
    /// Whether it removes objects under a condition.
    pub(super) deletes_conditionally: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    format: String,
    version: u32,
    #[serde(default)]
    conditional_delete: bool,
}

/// What is known of the store; `None` when nothing is recorded there yet.
pub(super) async fn known(bucket: &Bucket) -> Result<Option<Store>, Error> {
    let Some(object) = bucket.get(KEY).await? else { return Ok(None) };
    let place = format!("{}/{KEY}", bucket.options.shown());
    let marker: Marker = serde_json::from_slice(&object.body)
        .ok()
        .filter(|marker: &Marker| marker.format == FORMAT)
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, format!("{place} is not of gennaker; choose another prefix")))?;
    if marker.version > FORMAT_VERSION {
        let text = format!(
            "{place} is written by a newer gennaker (format {}, this one reads {FORMAT_VERSION}); update gennaker",
            marker.version
        );
        return Err(Error::new(ErrorKind::NewerVersion, text));
    }
    Ok(Some(Store { deletes_conditionally: marker.conditional_delete }))
}

/// Tries the store out and writes down what it can do; refuses one that is of no use.
pub(super) async fn probe(bucket: &Bucket) -> Result<Store, Error> {
    let key = format!("probe/{}", Ulid::generate());
    let result = conditions(bucket, &key).await;
    // The probe's objects are of no use to anybody, whatever they have shown.
    let mut left = vec![key.clone()];
    left.extend((0..RACES).map(|race| format!("{key}-{race}")));
    let cleaned = bucket.delete_all(&left).await;
    let store = result?;
    cleaned?;
    let marker =
        Marker { format: FORMAT.to_owned(), version: FORMAT_VERSION, conditional_delete: store.deletes_conditionally };
    let body = serde_json::to_vec(&marker).expect("plain data");
    // When somebody else was first, theirs says the same.
    bucket.put(KEY, body, Condition::Absent).await?;
    Ok(store)
}

async fn conditions(bucket: &Bucket, key: &str) -> Result<Store, Error> {
    let refuse = |what: &str| {
        let text = format!(
            "the store of {} {what}: two runners could overwrite each other's history; use one with conditional \
             writes (AWS S3 has them), or a folder",
            bucket.options.shown()
        );
        Err(Error::new(ErrorKind::Unavailable, text))
    };
    let body = |text: &str| text.as_bytes().to_vec();
    let Written::Done(first) = bucket.put(key, body("1"), Condition::Absent).await? else {
        return refuse("says that a new object is there already");
    };
    if bucket.put(key, body("2"), Condition::Absent).await? != Written::Refused {
        return refuse("ignores 'If-None-Match: *'");
    }
    let Written::Done(second) = bucket.put(key, body("3"), Condition::Unchanged(&first)).await? else {
        return refuse("refuses 'If-Match' with an object's own tag");
    };
    if first == second || bucket.put(key, body("4"), Condition::Unchanged(&first)).await? != Written::Refused {
        return refuse("ignores 'If-Match'");
    }
    for race in 0..RACES {
        let contested = format!("{key}-{race}");
        let put = |writer: usize| {
            let contested = contested.clone();
            async move { bucket.put(&contested, writer.to_string().into_bytes(), Condition::Absent).await }
        };
        let results = join_all((0..WRITERS).map(put)).await;
        let won = results.iter().filter(|result| matches!(result, Ok(Written::Done(_)))).count();
        if won > 1 {
            return refuse("lets several writers create one object");
        }
    }
    let refused = bucket.delete(key, Condition::Unchanged(&first)).await;
    // A store that does not know such a condition may also say that it is invalid.
    Ok(Store { deletes_conditionally: matches!(refused, Ok(Written::Refused)) })
}
