//! Pages of the index: when there are many keys, all but the newest go into objects of many lines, so that a list of ten
//! thousand executions takes few requests.
//!
//! `pages.json`, the manifest, says which pages count, and is replaced only if unchanged. That one write takes new pages
//! in and old ones out; everything before it is invisible, everything after it is tidying that anybody can do again:
//!
//! 1. read the manifest, then list keys;
//! 2. write pages, which never change;
//! 3. replace the manifest;
//! 4. remove the keys that the pages say now;
//! 5. remove pages that do not count any more.
//!
//! Of two that do it at once, one finds the manifest changed, and leaves it at that. Whoever dies under way leaves keys
//! that say the same as a page (lists tell them apart by id) or pages that nobody names; their names carry the
//! generation of the manifest that could have named them, so that the next one knows that nobody ever will.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::bucket::{Bucket, Condition, Written};
use super::index::{self, Entry};
use super::listing::summary_of;
#[cfg(debug_assertions)]
use crate::history::crash;
use crate::history::{Error, ErrorKind, FORMAT_VERSION, Summary};

/// From so many keys on it is worth a page: a list still takes one request for them.
pub(super) const MANY: usize = 600;
/// The newest keys stay, so that short lists need no page.
const STAY: usize = 100;
/// Executions of a page.
const FULL: usize = 2000;
/// Most keys that are put into pages at once.
const AT_MOST: usize = 4000;
/// Pages on their way at the same time.
const AT_ONCE: usize = 8;
const MANIFEST: &str = "pages.json";
const PREFIX: &str = "pages/";
const FORMAT: &str = "gennaker-index";

/// Which pages count.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: String,
    version: u32,
    /// Counts its changes.
    generation: u64,
    /// No two are alike, so that a writer whose answer was lost knows its own.
    nonce: String,
    /// Newest first.
    pub(super) pages: Vec<Page>,
}

/// A page, as the manifest has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) key: String,
    /// Id of its newest execution.
    pub(super) newest: String,
    /// Id of its oldest.
    pub(super) oldest: String,
    pub(super) executions: usize,
}

impl Manifest {
    /// The manifest and its tag; an empty one when there is none yet.
    pub(super) async fn read(bucket: &Bucket) -> Result<(Self, Option<String>), Error> {
        let Some(object) = bucket.get(MANIFEST).await? else { return Ok((Self::default(), None)) };
        let place = format!("{}/{MANIFEST}", bucket.options.shown());
        let manifest: Self = serde_json::from_slice(&object.body)
            .ok()
            .filter(|manifest: &Self| manifest.format == FORMAT)
            .ok_or_else(|| Error::new(ErrorKind::Corrupt, format!("{place} does not say which pages there are")))?;
        if manifest.version > FORMAT_VERSION {
            let text = format!("{place} is written by a newer gennaker; update gennaker");
            return Err(Error::new(ErrorKind::NewerVersion, text));
        }
        Ok((manifest, Some(object.tag)))
    }

    /// Pages that do not count, and never will.
    fn is_left_over(&self, key: &str) -> bool {
        let generation = key.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u64>().ok());
        generation.is_some_and(|generation| generation <= self.generation)
            && !self.pages.iter().any(|page| page.key == key)
    }
}

impl Page {
    /// Its executions; `None` when it is gone.
    pub(super) async fn read(&self, bucket: &Bucket) -> Result<Option<Vec<Summary>>, Error> {
        let Some(object) = bucket.get(&self.key).await? else { return Ok(None) };
        let mut text = String::new();
        let unreadable =
            |what: &str| Error::new(ErrorKind::Corrupt, format!("{}/{}: {what}", bucket.options.shown(), self.key));
        let unpacked = GzDecoder::new(object.body.as_slice()).read_to_string(&mut text);
        unpacked.map_err(|error| unreadable(&error.to_string()))?;
        let lines =
            text.lines().map(|line| index::read_line(line).ok_or_else(|| unreadable("is no page of the index")));
        lines.collect::<Result<_, _>>().map(Some)
    }

    /// Writes one; `summaries` are in order of their ids.
    async fn write(bucket: &Bucket, key: String, summaries: &[Summary]) -> Result<Self, Error> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        for summary in summaries {
            writeln!(packed, "{}", index::line(summary)).expect("memory can be written to");
        }
        let body = packed.finish().expect("memory can be written to");
        bucket.put(&key, body, Condition::Absent).await?;
        let id = |summary: Option<&Summary>| summary.map(|summary| summary.id.clone()).unwrap_or_default();
        Ok(Self { key, newest: id(summaries.last()), oldest: id(summaries.first()), executions: summaries.len() })
    }
}

/// What goes from keys into pages.
#[derive(Debug, Default)]
struct Load {
    /// Of executions that have ended, by id.
    ended: BTreeMap<String, Summary>,
    /// Ids of those that were removed.
    gone: HashSet<String>,
    /// The keys that say so.
    keys: Vec<String>,
}

impl Load {
    /// Takes all keys but the newest, and at most so many.
    async fn read(bucket: &Bucket) -> Result<Self, Error> {
        let mut listed: Vec<String> = Vec::new();
        let mut is_more = true;
        while is_more && listed.len() < AT_MOST + STAY {
            let after = listed.last().cloned().unwrap_or_default();
            let (page, more) = bucket.page(index::PREFIX, &after, super::bucket::MOST_LISTED).await?;
            is_more = more && !page.is_empty();
            listed.extend(page.into_iter().map(|listed| listed.key));
        }
        let mut entries: Vec<(String, Entry)> =
            listed.into_iter().filter_map(|key| Entry::read(&key).map(|entry| (key, entry))).collect();
        if is_more && let Some(last) = entries.last().map(|(_, entry)| entry.id().to_owned()) {
            // Other keys of it may not be listed yet.
            entries.retain(|(_, entry)| entry.id() != last);
        }
        if entries.len() < MANY {
            return Ok(Self::default());
        }
        Self::of(bucket, entries).await
    }

    async fn of(bucket: &Bucket, mut entries: Vec<(String, Entry)>) -> Result<Self, Error> {
        let ids = |is_gone: bool| -> HashSet<String> {
            let fitting = entries.iter().filter(|(_, entry)| matches!(entry, Entry::Gone(_)) == is_gone);
            fitting.map(|(_, entry)| entry.id().to_owned()).collect()
        };
        let (gone, ended) = (ids(true), ids(false));
        // Somebody is removing these right now, or they are back from another history: they stay as they are.
        entries.retain(|(_, entry)| !(gone.contains(entry.id()) && ended.contains(entry.id())));
        let mut load = Self::default();
        for (key, entry) in entries.into_iter().skip(STAY) {
            if let Entry::Gone(id) = entry {
                load.gone.insert(id);
            } else if let Some(summary) = summary_of(bucket, &key, entry).await? {
                load.take(summary);
            }
            load.keys.push(key);
        }
        Ok(load)
    }

    fn take(&mut self, summary: Summary) {
        match self.ended.get(&summary.id) {
            Some(other) if other.ends >= summary.ends => {}
            _ => drop(self.ended.insert(summary.id.clone(), summary)),
        }
    }

    /// Whether a page has to be written anew: it may have one of these, or has room for them.
    fn concerns(&self, page: &Page) -> bool {
        let is_in = |id: &String| *page.oldest <= **id && **id <= *page.newest;
        page.executions < FULL / 2
            || self.ended.range(page.oldest.clone()..=page.newest.clone()).next().is_some()
            || self.gone.iter().any(is_in)
    }
}

/// Puts keys into pages when there are many. Others may do the same at the same time.
pub(super) async fn fill(bucket: &Bucket) -> Result<(), Error> {
    // The manifest first: a key that is listed now and in no page of this manifest can only get into a page of a later
    // one, and then this one is not replaced.
    let (manifest, tag) = Manifest::read(bucket).await?;
    let mut load = Load::read(bucket).await?;
    if load.keys.is_empty() {
        return Ok(());
    }
    let (old, kept): (Vec<Page>, Vec<Page>) = manifest.pages.iter().cloned().partition(|page| load.concerns(page));
    let mut reads = stream::iter(old).map(|page| async move { page.read(bucket).await }).buffered(AT_ONCE);
    while let Some(page) = reads.try_next().await? {
        // Gone: somebody else has replaced the manifest.
        let Some(page) = page else { return Ok(()) };
        for summary in page {
            if !load.gone.contains(&summary.id) {
                load.take(summary);
            }
        }
    }
    let nonce = Ulid::generate().to_string();
    let generation = manifest.generation + 1;
    let keys = std::mem::take(&mut load.keys);
    let pages = write(bucket, load, &format!("{PREFIX}{generation:08}-{nonce}")).await?;
    #[cfg(debug_assertions)]
    crash::at("pages:1");
    let mut next = Manifest { format: FORMAT.to_owned(), version: FORMAT_VERSION, generation, nonce, pages };
    let written: Vec<String> = next.pages.iter().map(|page| page.key.clone()).collect();
    next.pages.extend(kept);
    next.pages.sort_by(|a, b| b.newest.cmp(&a.newest));
    let body = serde_json::to_vec(&next).expect("plain data");
    let condition = tag.as_deref().map_or(Condition::Absent, Condition::Unchanged);
    if bucket.put(MANIFEST, body, condition).await? == Written::Refused {
        return bucket.delete_all(&written).await;
    }
    #[cfg(debug_assertions)]
    crash::at("pages:2");
    bucket.delete_all(&keys).await?;
    #[cfg(debug_assertions)]
    crash::at("pages:3");
    let there = bucket.list(PREFIX, "").await?.into_iter().map(|listed| listed.key);
    let left: Vec<String> = there.filter(|key| next.is_left_over(key)).collect();
    bucket.delete_all(&left).await
}

/// Writes pages of what there is, the newest of them being the one with room.
async fn write(bucket: &Bucket, load: Load, name: &str) -> Result<Vec<Page>, Error> {
    let all: Vec<Summary> = load.ended.into_values().collect();
    let parts: Vec<(String, Vec<Summary>)> =
        all.chunks(FULL).enumerate().map(|(number, part)| (format!("{name}-{number}"), part.to_vec())).collect();
    let write = |(key, part): (String, Vec<Summary>)| async move { Page::write(bucket, key, &part).await };
    let mut pages: Vec<Page> = stream::iter(parts).map(write).buffered(AT_ONCE).try_collect().await?;
    pages.reverse();
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(key: &str, oldest: &str, newest: &str, executions: usize) -> Page {
        Page { key: key.into(), newest: newest.into(), oldest: oldest.into(), executions }
    }

    #[test]
    fn only_pages_that_no_manifest_can_name_any_more_are_left_over() {
        let pages = vec![page("pages/00000003-A-0", "a", "b", 1)];
        let manifest = Manifest { generation: 5, pages, ..Manifest::default() };
        for (key, expected) in [
            ("pages/00000003-A-0", false),
            ("pages/00000003-B-0", true),
            ("pages/00000005-C-1", true),
            ("pages/00000006-D-0", false),
            ("pages/readme", false),
        ] {
            assert_eq!(manifest.is_left_over(key), expected, "{key}");
        }
    }

    #[test]
    fn full_pages_are_written_anew_only_for_what_lies_between_their_ends() {
        let summary = Summary { id: "C".into(), ends: 1, ..Summary::default() };
        let mut load = Load { gone: HashSet::from(["G".to_owned()]), ..Load::default() };
        load.take(summary.clone());
        load.take(Summary { ends: 0, ..summary });
        assert_eq!(load.ended["C"].ends, 1);
        assert!(load.concerns(&page("p", "A", "D", FULL)) && load.concerns(&page("p", "F", "H", FULL)));
        assert!(!load.concerns(&page("p", "D", "F", FULL)) && load.concerns(&page("p", "X", "Y", 3)));
    }
}
