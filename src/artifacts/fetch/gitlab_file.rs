//! `gitlab/file`: the reference is a URL of GitLab's files API (`…/api/v4/projects/ID/repository/files/PATH/raw`), the
//! version a branch, tag or commit; without one the default branch. Account: `token`; `baseUrl` of another server than
//! https://gitlab.com.

use async_trait::async_trait;

use super::web::{Get, Web, absolute, with_query};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

pub(super) struct GitlabFile;

#[async_trait]
impl Fetch for GitlabFile {
    fn kinds(&self) -> &'static [&'static str] {
        &["gitlab/file"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "https://gitlab.com");
        let url = absolute(reference(artifact)?, base);
        let url = with_query(&url, "ref", Artifact::filled(&artifact.version).unwrap_or("HEAD"));
        let get = Get::new(&url).credentials("Private-Token", account.text("token").map(str::to_owned)).only_to(base);
        Ok(web.get(get, account).await?.body)
    }
}
