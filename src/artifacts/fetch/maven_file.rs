//! `maven/file`: the reference is `GROUP:ARTIFACT[:EXTENSION[:CLASSIFIER]]:VERSION`; the version may be a range
//! (`[1.0,2.0)`), `LATEST`, `RELEASE` or a snapshot. Account: `repositoryUrl`, and `username` and `password` or
//! `token`.

use async_trait::async_trait;

use super::maven_version::{compare, in_range, is_range};
use super::web::{Get, Web, percent_encode};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

pub(super) struct MavenFile;

/// Coordinates of a file.
#[derive(Debug, PartialEq, Eq)]
struct Coordinates {
    group: String,
    artifact: String,
    extension: String,
    classifier: Option<String>,
    version: String,
}

impl Coordinates {
    fn parse(text: &str) -> Result<Self, Failure> {
        let parts: Vec<&str> = text.split(':').collect();
        let (group, artifact, extension, classifier, version) = match parts.as_slice() {
            [group, artifact, version] => (group, artifact, "jar", None, version),
            [group, artifact, extension, version] => (group, artifact, *extension, None, version),
            [group, artifact, extension, classifier, version] => {
                (group, artifact, *extension, Some(*classifier), version)
            }
            _ => return Err(wrong(text)),
        };
        let named = [*group, *artifact, extension, *version];
        if named.iter().any(|part| part.is_empty() || part.contains('/') || *part == "..") {
            return Err(wrong(text));
        }
        Ok(Self {
            group: (*group).to_owned(),
            artifact: (*artifact).to_owned(),
            extension: extension.to_owned(),
            classifier: classifier.filter(|classifier| !classifier.is_empty()).map(str::to_owned),
            version: (*version).to_owned(),
        })
    }

    /// The path of all its versions below a repository.
    fn folder(&self) -> String {
        percent_encode(&format!("{}/{}", self.group.replace('.', "/"), self.artifact), true)
    }

    fn file_name(&self, version: &str) -> String {
        let classifier = self.classifier.as_ref().map(|classifier| format!("-{classifier}")).unwrap_or_default();
        percent_encode(&format!("{}-{version}{classifier}.{}", self.artifact, self.extension), false)
    }
}

fn wrong(text: &str) -> Failure {
    Failure::user(format!("'{text}' is no reference of a Maven file")).detail(
        "write GROUP:ARTIFACT:VERSION, GROUP:ARTIFACT:EXTENSION:VERSION or with a classifier before the version",
    )
}

/// A repository with the account that reads it.
struct Repository<'a> {
    url: &'a str,
    account: &'a Account,
    web: &'a Web,
}

impl Repository<'_> {
    async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let url = format!("{}/{path}", self.url);
        let get = Get::new(&url).authorized(self.account.authorization("Bearer")).only_to(self.url);
        Ok(self.web.get(get, self.account).await?.body)
    }

    async fn metadata(&self, folder: &str) -> Result<String, Failure> {
        let body = self.get(&format!("{folder}/maven-metadata.xml")).await?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The version meant: ranges and words are looked up.
    async fn version(&self, at: &Coordinates) -> Result<String, Failure> {
        let word = at.version.as_str();
        if !is_range(word) && !matches!(word, "LATEST" | "RELEASE" | "latest.release") {
            return Ok(word.to_owned());
        }
        let metadata = self.metadata(&at.folder()).await?;
        let known = elements(&metadata, "version");
        let mut fitting = Vec::new();
        for version in &known {
            let fits = match word {
                "LATEST" => true,
                _ if !is_range(word) => !version.ends_with("-SNAPSHOT"),
                range => in_range(version, range)
                    .ok_or_else(|| Failure::user(format!("'{range}' is no range of versions: write [1.0,2.0)")))?,
            };
            if fits {
                fitting.push(version);
            }
        }
        fitting.into_iter().max_by(|one, two| compare(one, two)).cloned().ok_or_else(|| {
            Failure::user(format!("{}:{} has no version in {word}", at.group, at.artifact))
                .detail(format!("its versions: {}", known.join(", ")))
        })
    }

    /// What stands in a snapshot's file name: its time and build number, when the repository keeps them.
    async fn snapshot(&self, at: &Coordinates, version: &str) -> Result<String, Failure> {
        let folder = format!("{}/{}", at.folder(), percent_encode(version, false));
        // A repository that keeps one file per snapshot has no metadata of them.
        let Ok(metadata) = self.metadata(&folder).await else { return Ok(version.to_owned()) };
        for file in elements(&metadata, "snapshotVersion") {
            let one = |name| elements(&file, name).into_iter().next();
            if one("extension").as_deref() == Some(&at.extension) && one("classifier") == at.classifier {
                return Ok(one("value").unwrap_or_else(|| version.to_owned()));
            }
        }
        let one = |name| elements(&metadata, name).into_iter().next();
        Ok(match (one("timestamp"), one("buildNumber")) {
            (Some(time), Some(build)) => version.replace("SNAPSHOT", &format!("{time}-{build}")),
            _ => version.to_owned(),
        })
    }
}

/// The texts inside the elements of this name, in order. Enough for Maven's metadata, which has no attributes.
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((inside, remaining)) = after.split_once(&close) else { break };
        found.push(inside.trim().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
        rest = remaining;
    }
    found
}

fn repository<'a>(account: &'a Account, web: &'a Web) -> Result<Repository<'a>, Failure> {
    let url = account.text("repositoryUrl").ok_or_else(|| {
        Failure::user("nothing says which repository the file is in")
            .detail("configure an account of 'type: maven' with 'repositoryUrl:' under 'artifacts:' in gennaker.yaml")
    })?;
    Ok(Repository { url: url.trim_end_matches('/'), account, web })
}

#[async_trait]
impl Fetch for MavenFile {
    fn kinds(&self) -> &'static [&'static str] {
        &["maven/file"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let at = Coordinates::parse(reference(artifact)?)?;
        let repository = repository(account, web)?;
        let version = repository.version(&at).await?;
        let in_name = match version.ends_with("-SNAPSHOT") {
            true => repository.snapshot(&at, &version).await?,
            false => version.clone(),
        };
        let path = format!("{}/{}/{}", at.folder(), percent_encode(&version, false), at.file_name(&in_name));
        repository.get(&path).await
    }

    async fn resolve(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Artifact, Failure> {
        let text = reference(artifact)?;
        let at = Coordinates::parse(text)?;
        let version = repository(account, web)?.version(&at).await?;
        let before = text.strip_suffix(at.version.as_str()).unwrap_or(text);
        Ok(Artifact { reference: Some(format!("{before}{version}")), version: Some(version), ..artifact.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_become_paths() {
        let at = Coordinates::parse("com.example.app:web:war:sources:1.2").unwrap();
        assert_eq!(at.folder(), "com/example/app/web");
        assert_eq!(at.file_name("1.2"), "web-1.2-sources.war");
        assert_eq!(Coordinates::parse("g:a:[1,2)").unwrap().file_name("1.5"), "a-1.5.jar");
        for text in ["", "g:a", "g::1", "g:../x:1", "a:b:c:d:e:f"] {
            assert!(Coordinates::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn elements_are_read() {
        let xml = "<m><versions><version> 1.0 </version><version>2&lt;</version></versions><version>3";
        assert_eq!(elements(xml, "version"), ["1.0", "2<"]);
    }
}
