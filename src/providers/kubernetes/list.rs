//! Lists of the API server, page by page.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Ask, Cluster};
use super::{error, wire};
use crate::providers::{Error, ErrorKind};

/// Objects of a page.
const PAGE: usize = 500;
/// Pods of a page, which are small.
const PAGE_OF_PODS: usize = 1000;
/// Times a list that expires between its pages is read again.
const RESTARTS: u32 = 3;
/// Answers that take the server a third of the time; what cannot be had so comes as JSON.
const COMPACT: &str = "application/vnd.kubernetes.protobuf,application/json";

/// A page of a list, reduced to what is asked for.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMetadata,
    /// Some answers say `null` where there are none.
    #[serde(default = "none")]
    items: Option<Vec<T>>,
}

fn none<T>() -> Option<Vec<T>> {
    None
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
    resource_version: Option<String>,
}

/// A list and the moment it shows.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) resource_version: String,
}

/// A list while its pages come.
struct Pages<T> {
    items: Vec<T>,
    at: Position,
    resource_version: String,
    restarts: u32,
}

enum Position {
    First,
    After(String),
    Done,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { items: Vec::new(), at: Position::First, resource_version: String::new(), restarts: 0 }
    }
}

impl<T> Pages<T> {
    /// What the next page is asked for with; `None` when there is none.
    fn next_query(&self, query: &[(&'static str, String)], size: usize) -> Option<Vec<(&'static str, String)>> {
        let mut asked = query.to_vec();
        asked.push(("limit", size.to_string()));
        match &self.at {
            Position::First => {}
            Position::After(next) => asked.push(("continue", next.clone())),
            Position::Done => return None,
        }
        Some(asked)
    }

    fn take(&mut self, page: Page<T>) {
        self.items.extend(page.items.into_iter().flatten());
        self.resource_version = page.metadata.resource_version.unwrap_or_default();
        self.at = match page.metadata.next.filter(|next| !next.is_empty()) {
            Some(next) => Position::After(next),
            None => Position::Done,
        };
    }

    /// Reads a list again that expired between pages.
    fn begin_again(&mut self, error: Error) -> Result<(), Error> {
        if !error.retryable || !matches!(self.at, Position::After(_)) || self.restarts == RESTARTS {
            return Err(error);
        }
        *self = Self { restarts: self.restarts + 1, ..Self::default() };
        Ok(())
    }

    fn into_listed(self) -> Listed<T> {
        Listed { items: self.items, resource_version: self.resource_version }
    }
}

impl Cluster {
    /// All objects of a collection, page by page, read as `T`. One that expires between pages is read again.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Listed<T>, Error> {
        self.list_with(Ask { query, ..Ask::get("list", what, path) }).await
    }

    /// The same of a request.
    pub(super) async fn list_with<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<Listed<T>, Error> {
        let mut listed = Pages::default();
        while let Some(query) = listed.next_query(ask.query, PAGE) {
            let page = Ask { query: &query, accept: ask.accept, ..Ask::get("list", ask.what, ask.path) };
            match self.ask_as::<Page<T>>(page).await {
                Ok(page) => listed.take(page),
                Err(error) => listed.begin_again(error)?,
            }
        }
        Ok(listed.into_listed())
    }

    /// All pods of a namespace, or of all, each reduced to what [`wire::POD`] names and then to this: thousands of whole
    /// ones would not be small.
    pub(super) async fn pods<T>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
        reduce: impl Fn(Value) -> T,
    ) -> Result<Vec<T>, Error> {
        let mut listed = Pages::default();
        while let Some(query) = listed.next_query(query, PAGE_OF_PODS) {
            let page = Ask { query: &query, accept: COMPACT, ..Ask::get("list", "pods", path) };
            match self.ask_bytes(&page).await {
                Ok(answer) => {
                    let Page { metadata, items } = page_of_pods(&answer)?;
                    let items = items.map(|items| items.into_iter().map(&reduce).collect());
                    listed.take(Page { metadata, items });
                }
                Err(error) => listed.begin_again(error)?,
            }
        }
        Ok(listed.into_listed().items)
    }
}

/// A page of pods, however it was written.
fn page_of_pods(answer: &[u8]) -> Result<Page<Value>, Error> {
    let wrong =
        |cause: String| error::new("list", ErrorKind::Other, format!("pods: the answer cannot be read: {cause}"));
    match wire::list(answer, &wire::POD) {
        Some(list) => {
            let wire::List { next, resource_version, items } = list.map_err(|broken| wrong(broken.to_string()))?;
            let metadata = PageMetadata { next: Some(next), resource_version: Some(resource_version) };
            Ok(Page { metadata, items: Some(items) })
        }
        None => serde_json::from_slice(answer).map_err(|cause| wrong(cause.to_string())),
    }
}
