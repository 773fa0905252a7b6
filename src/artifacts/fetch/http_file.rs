//! `http/file`: the reference is a URL. Account: `username` and `password` or `token`; with `baseUrl` references may
//! be relative, and the credentials are only sent there.

use async_trait::async_trait;

use super::web::{Get, Web, absolute};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

pub(super) struct HttpFile;

#[async_trait]
impl Fetch for HttpFile {
    fn kinds(&self) -> &'static [&'static str] {
        &["http/file"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "");
        let url = absolute(reference(artifact)?, base);
        let mut get = Get::new(&url).authorized(account.authorization("Bearer"));
        if !base.is_empty() {
            get = get.only_to(base);
        }
        Ok(web.get(get, account).await?.body)
    }
}
