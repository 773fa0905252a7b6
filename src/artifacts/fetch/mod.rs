//! Where artifacts are kept, a kind of place a file: what a reference means there and how its content is read.

mod account;
mod bitbucket_file;
mod digest;
mod docker_image;
mod embedded;
mod gcs_object;
mod git_repo;
mod github_file;
mod gitlab_file;
mod helm_chart;
mod http_file;
mod kubernetes;
mod maven_file;
mod maven_version;
mod registry;
#[cfg(feature = "aws")]
mod s3_object;
mod semver;
mod store;
mod web;

use async_trait::async_trait;

pub use self::account::Account;
pub use self::store::Store;
use self::web::Web;
use crate::model::{Artifact, Failure};

/// A kind of place.
#[async_trait]
pub(super) trait Fetch: Send + Sync {
    /// The types of artifacts kept there.
    fn kinds(&self) -> &'static [&'static str];
    /// Whether artifacts of this type are kept there.
    fn keeps(&self, kind: &str) -> bool {
        self.kinds().contains(&kind)
    }
    /// The artifact's content.
    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure>;
    /// The same artifact with what may change said exactly: a tag's digest, a range's version.
    async fn resolve(&self, artifact: &Artifact, _account: &Account, _web: &Web) -> Result<Artifact, Failure> {
        Ok(artifact.clone())
    }
}

/// The kinds of places there are, sorted by their first type.
pub(super) const FETCHERS: &[&dyn Fetch] = &[
    &bitbucket_file::BitbucketFile,
    &docker_image::DockerImage,
    &embedded::Embedded,
    &gcs_object::GcsObject,
    &git_repo::GitRepo,
    &github_file::GithubFile,
    &gitlab_file::GitlabFile,
    &helm_chart::HelmChart,
    &http_file::HttpFile,
    &kubernetes::Kubernetes,
    &maven_file::MavenFile,
    #[cfg(feature = "aws")]
    &s3_object::S3Object,
];

/// What an artifact is fetched by, or that it has none.
fn reference(artifact: &Artifact) -> Result<&str, Failure> {
    Artifact::filled(&artifact.reference)
        .ok_or_else(|| Failure::user(format!("{artifact} has no 'reference' to fetch it by")))
}

#[cfg(test)]
#[test]
fn the_table_is_sorted() {
    let first: Vec<_> = FETCHERS.iter().map(|fetcher| fetcher.kinds()[0]).collect();
    assert!(first.windows(2).all(|pair| pair[0] < pair[1]), "{first:?}");
}
