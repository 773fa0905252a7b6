//! Lists of ended executions, from the keys of the index and from pages.
//!
//! Keys are listed before it is read which pages count: what goes into a page meanwhile is seen twice rather than not at
//! all, and what was removed is not seen again.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;

use super::bucket::{Bucket, MOST_LISTED};
use super::index::{self, Entry};
use super::pages::{Manifest, Page};
use crate::history::{Error, ErrorKind, Summary, Wanted};

/// Pages read at the same time.
const AT_ONCE: usize = 8;
/// How often pages are replaced while they are read, before something must be wrong.
const TRIES: usize = 8;

/// What is found.
#[derive(Clone, Default)]
struct Found {
    /// That fit, by id.
    fitting: BTreeMap<String, Summary>,
    /// How often the executions that keys tell of have ended; whatever pages say of them is older. `None` of those that
    /// were removed.
    told: HashMap<String, Option<u64>>,
}

impl Found {
    fn take(&mut self, wanted: &Wanted, summary: Summary) {
        if self.told.get(&summary.id).is_some_and(|ends| ends.is_some_and(|ends| ends > summary.ends)) {
            return;
        }
        self.told.insert(summary.id.clone(), Some(summary.ends));
        self.take_fitting(wanted, summary);
    }

    fn take_of_page(&mut self, wanted: &Wanted, summary: Summary) {
        let newer = |other: &Summary| other.ends >= summary.ends;
        if !self.told.contains_key(&summary.id) && !self.fitting.get(&summary.id).is_some_and(newer) {
            self.take_fitting(wanted, summary);
        }
    }

    fn take_fitting(&mut self, wanted: &Wanted, summary: Summary) {
        match wanted.fits(&summary) {
            true => drop(self.fitting.insert(summary.id.clone(), summary)),
            false => drop(self.fitting.remove(&summary.id)),
        }
    }

    /// Whether there are enough of them that are newer than this one.
    fn has_enough(&self, wanted: &Wanted, id: &str) -> bool {
        let newer = || self.fitting.keys().rev().take_while(|newer| newer.as_str() > id);
        wanted.limit.is_some_and(|limit| self.fitting.len() >= limit && newer().take(limit).count() >= limit)
    }
}

/// Ended executions that fit, newest first, and how many keys were looked at.
pub(super) async fn ended(bucket: &Bucket, wanted: &Wanted) -> Result<(Vec<Summary>, usize), Error> {
    let (told, keys) = of_keys(bucket, wanted).await?;
    for _ in 0..TRIES {
        let (manifest, _) = Manifest::read(bucket).await?;
        if let Some(found) = of_pages(bucket, &manifest, wanted, told.clone()).await? {
            let newest = found.fitting.into_values().rev().take(wanted.limit.unwrap_or(usize::MAX));
            return Ok((newest.collect(), keys));
        }
    }
    Err(restless(bucket))
}

fn restless(bucket: &Bucket) -> Error {
    let place = bucket.options.shown();
    let text = format!("{place}: pages of the index are gone; does something else remove objects there?");
    Error::new(ErrorKind::Corrupt, text)
}

async fn of_keys(bucket: &Bucket, wanted: &Wanted) -> Result<(Found, usize), Error> {
    let (mut found, mut keys, mut after) = (Found::default(), 0, String::new());
    // What is between two ends of an execution may be there twice.
    let enough = wanted.limit.filter(|_| wanted.wants_all()).map_or(MOST_LISTED, |limit| limit + 10);
    loop {
        let (page, is_more) = bucket.page(index::PREFIX, &after, enough).await?;
        let Some(last) = page.last() else { return Ok((found, keys)) };
        after.clone_from(&last.key);
        keys += page.len();
        for listed in &page {
            let summary = match Entry::read(&listed.key) {
                None => continue,
                Some(Entry::Gone(id)) => {
                    found.told.entry(id).or_insert(None);
                    continue;
                }
                Some(entry) => summary_of(bucket, &listed.key, entry).await?,
            };
            let Some(summary) = summary else { continue };
            if wanted.is_past(&summary) || found.has_enough(wanted, &summary.id) {
                return Ok((found, keys));
            }
            found.take(wanted, summary);
        }
        if !is_more {
            return Ok((found, keys));
        }
    }
}

/// What a key, or its object, says.
pub(super) async fn summary_of(bucket: &Bucket, key: &str, entry: Entry) -> Result<Option<Summary>, Error> {
    match entry {
        Entry::Whole(summary) => Ok(Some(summary)),
        Entry::Gone(_) => Ok(None),
        Entry::Short(..) => {
            let object = bucket.get(key).await?;
            Ok(object.and_then(|object| serde_json::from_slice(&object.body).ok()))
        }
    }
}

/// Adds what pages say; `None` when one of them was replaced meanwhile.
async fn of_pages(
    bucket: &Bucket,
    manifest: &Manifest,
    wanted: &Wanted,
    mut found: Found,
) -> Result<Option<Found>, Error> {
    let at_once = if wanted.limit.is_some() && wanted.wants_all() { 1 } else { AT_ONCE };
    for pages in manifest.pages.chunks(at_once) {
        let newest = Summary { id: pages[0].newest.clone(), ..Summary::default() };
        if wanted.is_past(&newest) || found.has_enough(wanted, &newest.id) {
            break;
        }
        for page in try_join_all(pages.iter().map(|page| page.read(bucket))).await? {
            let Some(page) = page else { return Ok(None) };
            page.into_iter().for_each(|summary| found.take_of_page(wanted, summary));
        }
    }
    Ok(Some(found))
}

/// Ids of ended executions that begin so.
pub(super) async fn ids(bucket: &Bucket, prefix: &str) -> Result<Vec<String>, Error> {
    let listed = bucket.list(&format!("{}{}", index::PREFIX, index::turned(prefix)), "").await?;
    let mut told = Found::default();
    for entry in listed.iter().filter_map(|listed| Entry::read(&listed.key)) {
        let (id, ends) = match entry {
            Entry::Whole(summary) => (summary.id, Some(summary.ends)),
            Entry::Short(id, ends) => (id, Some(ends)),
            Entry::Gone(id) => (id, None),
        };
        let known = told.told.entry(id).or_insert(ends);
        *known = known.or(ends);
    }
    for _ in 0..TRIES {
        let (mut manifest, _) = Manifest::read(bucket).await?;
        manifest.pages.retain(|page| page.may_have(prefix));
        if let Some(found) = of_pages(bucket, &manifest, &Wanted::default(), told.clone()).await? {
            let is_there = |(id, ends): (String, Option<u64>)| ends.map(|_| id);
            return Ok(found.told.into_iter().filter_map(is_there).chain(found.fitting.into_keys()).collect());
        }
    }
    Err(restless(bucket))
}

impl Page {
    /// Whether ids that begin so may be in it.
    fn may_have(&self, prefix: &str) -> bool {
        let head = |id: &str| id.get(..prefix.len()).unwrap_or(id).to_owned();
        head(&self.oldest).as_str() <= prefix && prefix <= head(&self.newest).as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_win_over_pages_and_later_ends_over_earlier_ones() {
        let summary = |id: &str, ends| Summary { id: id.into(), ends, ..Summary::default() };
        let (mut found, all) = (Found::default(), Wanted::default());
        found.told.insert("D".into(), None);
        found.take(&all, summary("A", 2));
        found.take(&all, summary("A", 1));
        for (id, ends) in [("A", 1), ("B", 2), ("B", 1), ("D", 1)] {
            found.take_of_page(&all, summary(id, ends));
        }
        let ends: Vec<(&str, u64)> = found.fitting.values().map(|one| (one.id.as_str(), one.ends)).collect();
        assert_eq!(ends, [("A", 2), ("B", 2)]);
        assert!(found.has_enough(&Wanted::newest(1), "A") && !found.has_enough(&Wanted::newest(2), "A"));
    }

    #[test]
    fn a_page_may_have_what_begins_like_something_between_its_ends() {
        let page = Page { newest: "01K9".into(), oldest: "01K5".into(), ..Page::default() };
        assert!(page.may_have("") && page.may_have("01") && page.may_have("01K5") && page.may_have("01K7AB"));
        assert!(!page.may_have("01KA") && !page.may_have("00"));
    }
}
