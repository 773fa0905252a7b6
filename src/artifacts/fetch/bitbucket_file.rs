//! `bitbucket/file`: the reference is a URL of the raw file, in Bitbucket Cloud's API or of a Bitbucket Server, whose
//! branch is `version`. Account: `username` and `password`, or `token`; `baseUrl` of another server than
//! https://api.bitbucket.org.

use async_trait::async_trait;

use super::web::{Get, Web, absolute, with_query};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

pub(super) struct BitbucketFile;

#[async_trait]
impl Fetch for BitbucketFile {
    fn kinds(&self) -> &'static [&'static str] {
        &["bitbucket/file"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "https://api.bitbucket.org");
        let mut url = absolute(reference(artifact)?, base);
        // Cloud has the branch in the path; a server takes it beside.
        let of_server = url.contains("/rest/") || url.contains("/projects/");
        if let Some(version) = Artifact::filled(&artifact.version).filter(|_| of_server && !url.contains("at=")) {
            url = with_query(&url, "at", version);
        }
        let get = Get::new(&url).authorized(account.authorization("Bearer")).only_to(base);
        Ok(web.get(get, account).await?.body)
    }
}
