//! `docker/image`: the reference is an image's name with tag or digest. Its content is its manifest; resolving it
//! gives the digest its tag has now. Account: `username` and `password`, or `token`; `address` of the registry that
//! names without one are in; `insecure: true` for one without TLS.

use async_trait::async_trait;

use super::registry::{Repository, name_and_tag};
use super::web::Web;
use super::{Account, Fetch};
use crate::model::{Artifact, Failure};

pub(super) struct DockerImage;

/// What stands for the image: its reference, or name and version.
fn image(artifact: &Artifact) -> Result<String, Failure> {
    if let Some(reference) = Artifact::filled(&artifact.reference) {
        return Ok(reference.to_owned());
    }
    let name = Artifact::filled(&artifact.name)
        .ok_or_else(|| Failure::user("the image has neither 'reference' nor 'name'"))?;
    Ok(match Artifact::filled(&artifact.version) {
        Some(version) if version.contains(':') => format!("{name}@{version}"),
        Some(version) => format!("{name}:{version}"),
        None => name.to_owned(),
    })
}

#[async_trait]
impl Fetch for DockerImage {
    fn kinds(&self) -> &'static [&'static str] {
        &["docker/image"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let image = image(artifact)?;
        let (name, tag) = name_and_tag(&image);
        Repository::of(name, account, web)?.manifest(tag).await
    }

    async fn resolve(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Artifact, Failure> {
        let image = image(artifact)?;
        let (name, tag) = name_and_tag(&image);
        let digest = Repository::of(name, account, web)?.digest(tag).await?;
        Ok(Artifact {
            name: Some(name.to_owned()),
            version: Some(tag.to_owned()),
            reference: Some(format!("{name}@{digest}")),
            ..artifact.clone()
        })
    }
}
