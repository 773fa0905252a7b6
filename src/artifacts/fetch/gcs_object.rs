//! `gcs/object`: the reference is `gs://BUCKET/OBJECT`, with `#GENERATION` or the version for a certain generation.
//! Account: `jsonPath`, the file of a service account's key, or the key's text as `json`; else `token` (as `gcloud auth
//! print-access-token` gives); `baseUrl` of another server. Public objects need none.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::web::{Get, Web, percent_encode, with_query};
use super::{Account, Fetch, reference};
use crate::http::{ServiceAccountKey, token_of};
use crate::model::{Artifact, Failure, FailureKind};

/// The right that is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_only";

pub(super) struct GcsObject;

/// The URL of an object's content below a server.
fn url(base: &str, reference: &str, version: Option<&str>) -> Result<String, Failure> {
    let rest = reference.strip_prefix("gs://").unwrap_or(reference);
    let parts = rest.split_once('/').filter(|(bucket, object)| !bucket.is_empty() && !object.is_empty());
    let (bucket, object) = parts.ok_or_else(|| {
        Failure::user(format!("'{reference}' is no reference of an object: write gs://BUCKET/OBJECT"))
    })?;
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (object, generation) = match object.rsplit_once('#').filter(|(_, generation)| is_number(generation)) {
        Some((object, generation)) => (object, Some(generation)),
        None => (object, version.filter(is_number)),
    };
    let url =
        format!("{base}/storage/v1/b/{}/o/{}?alt=media", percent_encode(bucket, false), percent_encode(object, false));
    Ok(generation.map_or_else(|| url.clone(), |generation| with_query(&url, "generation", generation)))
}

/// The service account's key, if the account has one.
fn key(account: &Account) -> Result<Option<ServiceAccountKey>, Failure> {
    let (text, from) = match (account.text("jsonPath"), account.text("json")) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::user(format!("the key '{path}' of artifact account '{}': {error}", account.name))
            })?;
            (text, format!("'{path}'"))
        }
        (None, Some(text)) => (text.to_owned(), "'json'".to_owned()),
        (None, None) => return Ok(None),
    };
    ServiceAccountKey::parse(&text).map(Some).map_err(|why| {
        Failure::user(format!("{from} of artifact account '{}' is no service account's key: {why}", account.name))
    })
}

async fn token(key: &ServiceAccountKey, account: &Account, web: &Web) -> Result<String, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let request = key.token_request(SCOPE, i64::try_from(now).unwrap_or(i64::MAX)).map_err(Failure::new)?;
    let uri = &key.token_uri;
    let response = web.exchange(request, account).await?;
    token_of(&response).map_err(|why| Failure::new(format!("{uri}: {why}")).of_kind(FailureKind::Permission))
}

#[async_trait]
impl Fetch for GcsObject {
    fn kinds(&self) -> &'static [&'static str] {
        &["gcs/object"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "https://storage.googleapis.com");
        let url = url(base, reference(artifact)?, Artifact::filled(&artifact.version))?;
        let authorization = match key(account)? {
            Some(key) => Some(format!("Bearer {}", token(&key, account, web).await?)),
            None => account.authorization("Bearer"),
        };
        let get = Get::new(&url).authorized(authorization).only_to(base);
        Ok(web.get(get, account).await?.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_urls() {
        let at = |reference, version| url("https://s", reference, version);
        assert_eq!(at("gs://b/a/o.yml", None).unwrap(), "https://s/storage/v1/b/b/o/a%2Fo.yml?alt=media");
        assert_eq!(at("gs://b/o#17", None).unwrap(), "https://s/storage/v1/b/b/o/o?alt=media&generation=17");
        assert_eq!(at("gs://b/o", Some("17")).unwrap(), "https://s/storage/v1/b/b/o/o?alt=media&generation=17");
        assert_eq!(at("gs://b/o#x", Some("y")).unwrap(), "https://s/storage/v1/b/b/o/o%23x?alt=media");
        assert!(at("gs://b", None).is_err());
    }
}
