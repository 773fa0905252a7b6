//! `helm/chart` and `helm/image`: a chart of a repository (`index.yaml`) or of a registry (`oci://…`). The name is the
//! chart's, the version one or a range of them, the newest release when absent; a reference may name the repository or
//! the archive itself. Account: `repository`, and `username` and `password` or `token`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::registry::Repository;
use super::semver::{Range, Version};
use super::web::{Get, Web};
use super::{Account, Fetch, digest};
use crate::artifacts::given::image_name;
use crate::http::{self, same_origin};
use crate::model::{Artifact, Failure};

/// What a chart's archive is called in a registry.
const CHART_LAYERS: [&str; 2] = ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"];

pub(super) struct HelmChart;

/// The part of `index.yaml` that is read.
#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Clone, Deserialize)]
struct Entry {
    #[serde(default)]
    version: String,
    #[serde(default)]
    urls: Vec<String>,
    digest: Option<String>,
}

/// Where a chart is.
enum Place {
    Archive(String),
    Registry(String),
    Repository(String),
}

fn place(artifact: &Artifact, account: &Account) -> Result<Place, Failure> {
    let name = Artifact::filled(&artifact.name);
    let repository = account.text("repository");
    let reference = Artifact::filled(&artifact.reference).filter(|reference| reference.contains("://"));
    let oci = |text: &str| text.strip_prefix("oci://").map(|rest| rest.trim_end_matches('/').to_owned());
    if let Some(image) = reference.or(name).and_then(oci) {
        return Ok(Place::Registry(image));
    }
    match reference {
        Some(reference) if reference.ends_with(".tgz") => return Ok(Place::Archive(reference.to_owned())),
        Some(reference) => return Ok(Place::Repository(reference.to_owned())),
        None => {}
    }
    let name = name.ok_or_else(|| Failure::user("the chart has no 'name'"))?;
    match repository.map(|repository| oci(repository).ok_or(repository)) {
        Some(Ok(registry)) => Ok(Place::Registry(format!("{registry}/{name}"))),
        Some(Err(repository)) => Ok(Place::Repository(repository.to_owned())),
        None => Err(Failure::user("nothing says which repository the chart is in")
            .detail("configure an account of 'type: helm' with 'repository:' under 'artifacts:' in gennaker.yaml")
            .detail("or give its reference: a repository's URL, or oci://…")),
    }
}

fn wanted(artifact: &Artifact) -> &str {
    Artifact::filled(&artifact.version).filter(|version| *version != "latest").unwrap_or("*")
}

/// The version meant by what was asked for: itself when it is there, else the highest of a range.
fn choose<'v>(asked: &str, known: &[&'v str], what: &str) -> Result<&'v str, Failure> {
    if let Some(same) =
        known.iter().find(|known| **known == asked || known.trim_start_matches('v') == asked.trim_start_matches('v'))
    {
        return Ok(same);
    }
    let found = Range::parse(asked).and_then(|range| range.highest(known.iter().copied()));
    found.ok_or_else(|| {
        let mut newest: Vec<_> = known.iter().filter_map(|text| Some((Version::parse(text)?, *text))).collect();
        newest.sort_by(|one, two| two.0.cmp(&one.0));
        let newest: Vec<&str> = newest.into_iter().take(5).map(|(_, text)| text).collect();
        let failure = Failure::user(match asked {
            "*" => format!("{what} has no release"),
            asked => format!("{what} has no version '{asked}'"),
        });
        failure
            .detail(format!("newest versions: {}", if newest.is_empty() { "none".into() } else { newest.join(", ") }))
    })
}

async fn find_entry(
    artifact: &Artifact,
    repository: &str,
    account: &Account,
    web: &Web,
) -> Result<(String, Entry), Failure> {
    let base = format!("{}/", repository.trim_end_matches('/').trim_end_matches("/index.yaml"));
    let url = format!("{base}index.yaml");
    let home = account.url("repository", &base);
    let get = Get::new(&url).authorized(account.authorization("Bearer")).only_to(home);
    let text = web.get(get, account).await?.body;
    let index: Index = serde_yaml::from_slice(&text)
        .map_err(|error| Failure::new(format!("{url} is no index of a chart repository: {error}")))?;
    let name = Artifact::filled(&artifact.name).ok_or_else(|| Failure::user("the chart has no 'name'"))?;
    let entries = index.entries.get(name).ok_or_else(|| {
        let mut names: Vec<&str> = index.entries.keys().map(String::as_str).collect();
        names.truncate(10);
        Failure::user(format!("repository {repository} has no chart '{name}'"))
            .detail(format!("it has, among others: {}", names.join(", ")))
    })?;
    let known: Vec<&str> = entries.iter().map(|entry| entry.version.as_str()).collect();
    let chosen = choose(wanted(artifact), &known, &format!("chart '{name}'"))?;
    let entry = entries.iter().find(|entry| entry.version == chosen).cloned();
    Ok((base, entry.ok_or_else(|| Failure::new("the index changed while it was read"))?))
}

async fn from_repository(
    artifact: &Artifact,
    repository: &str,
    account: &Account,
    web: &Web,
) -> Result<Vec<u8>, Failure> {
    let (base, entry) = find_entry(artifact, repository, account, web).await?;
    let first = entry.urls.first().and_then(|url| http::resolve(&base, url));
    let url = first.ok_or_else(|| Failure::new(format!("version {} has no URL in the index", entry.version)))?;
    let body = archive(&url, &base, account, web).await?;
    if let Some(promised) = entry.digest.as_deref().filter(|promised| !promised.is_empty()) {
        digest::check(&body, promised)?;
    }
    Ok(body)
}

async fn archive(url: &str, home: &str, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
    let home = account.url("repository", home);
    let credentials = account.authorization("Bearer").filter(|_| same_origin(home, url));
    Ok(web.get(Get::new(url).authorized(credentials), account).await?.body)
}

/// The tag meant, of the chart in a registry. Tags cannot hold the `+` of a version; Helm writes `_`.
async fn find_tag(image: &str, artifact: &Artifact, repository: &Repository<'_>) -> Result<String, Failure> {
    if let (_, Some(tag)) = image_name(image) {
        return Ok(tag.to_owned());
    }
    let asked = wanted(artifact);
    if Version::parse(asked).is_some() && asked.split('.').count() >= 3 {
        return Ok(asked.replace('+', "_"));
    }
    let tags = repository.tags().await?;
    let known: Vec<&str> = tags.iter().map(String::as_str).collect();
    Ok(choose(asked, &known, &format!("chart '{image}'"))?.to_owned())
}

async fn from_registry(image: &str, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
    let (name, _) = image_name(image);
    let repository = Repository::of(name, account, web)?;
    let tag = find_tag(image, artifact, &repository).await?;
    let manifest: Value = serde_json::from_slice(&repository.manifest(&tag).await?)
        .map_err(|error| Failure::new(format!("the manifest is no JSON: {error}")))?;
    let mut layers = manifest["layers"].as_array().into_iter().flatten();
    let layer = layers.find(|layer| layer["mediaType"].as_str().is_some_and(|kind| CHART_LAYERS.contains(&kind)));
    let digest = layer
        .and_then(|layer| layer["digest"].as_str())
        .ok_or_else(|| Failure::user(format!("{name}:{tag} is no chart: its manifest has no chart layer")))?;
    repository.blob(digest).await
}

#[async_trait]
impl Fetch for HelmChart {
    fn kinds(&self) -> &'static [&'static str] {
        &["helm/chart", "helm/image"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        match place(artifact, account)? {
            Place::Archive(url) => archive(&url, account.url("repository", &url), account, web).await,
            Place::Registry(image) => from_registry(&image, artifact, account, web).await,
            Place::Repository(url) => from_repository(artifact, &url, account, web).await,
        }
    }

    async fn resolve(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Artifact, Failure> {
        let version = match place(artifact, account)? {
            Place::Archive(_) => return Ok(artifact.clone()),
            Place::Registry(image) => {
                let (name, _) = image_name(&image);
                find_tag(&image, artifact, &Repository::of(name, account, web)?).await?
            }
            Place::Repository(url) => find_entry(artifact, &url, account, web).await?.1.version,
        };
        Ok(Artifact { version: Some(version), ..artifact.clone() })
    }
}
