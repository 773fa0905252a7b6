//! `kubernetes/<kind>`: objects of a cluster. Stages bind them by name; there is nothing to fetch.

use async_trait::async_trait;

use super::web::Web;
use super::{Account, Fetch};
use crate::model::{Artifact, Failure};

pub(super) struct Kubernetes;

#[async_trait]
impl Fetch for Kubernetes {
    fn kinds(&self) -> &'static [&'static str] {
        &["kubernetes/<kind>"]
    }

    fn keeps(&self, kind: &str) -> bool {
        kind.starts_with("kubernetes/")
    }

    async fn fetch(&self, _artifact: &Artifact, _account: &Account, _web: &Web) -> Result<Vec<u8>, Failure> {
        Err(Failure::user("it names an object of a cluster and has no content to fetch"))
    }
}
