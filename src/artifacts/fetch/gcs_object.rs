//! `gcs/object`: the reference is `gs://BUCKET/OBJECT`, with `#GENERATION` or the version for a certain generation.
//! Account: `token` (as `gcloud auth print-access-token` gives); `baseUrl` of another server. Public objects need none.

use async_trait::async_trait;

use super::web::{Get, Web, percent_encode, with_query};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

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

#[async_trait]
impl Fetch for GcsObject {
    fn kinds(&self) -> &'static [&'static str] {
        &["gcs/object"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "https://storage.googleapis.com");
        let url = url(base, reference(artifact)?, Artifact::filled(&artifact.version))?;
        let get = Get::new(&url).authorized(account.authorization("Bearer")).only_to(base);
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
