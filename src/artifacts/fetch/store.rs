//! All places artifacts are fetched from: the project's accounts and the table of kinds.

use std::collections::BTreeMap;

use super::web::Web;
use super::{Account, FETCHERS, Fetch};
use crate::http::UrlPolicy;
use crate::model::{Artifact, Failure, Map};

/// Names of accounts that Spinnaker brings along; they need no configuration.
const BUILT_IN: &[&str] = &["custom-artifact", "embedded-artifact", "no-auth-http-account"];

/// Fetches artifacts.
pub struct Store {
    /// The settings of accounts by name, or why they cannot be read.
    accounts: BTreeMap<String, Result<Map, Failure>>,
    web: Web,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(BTreeMap::new(), UrlPolicy::default())
    }
}

impl Store {
    /// A store with these accounts (settings with their secrets in place, or why those could not be read), which sends
    /// requests where the policy allows.
    #[must_use]
    pub fn new(accounts: BTreeMap<String, Result<Map, Failure>>, policy: UrlPolicy) -> Self {
        Self { accounts, web: Web { policy } }
    }

    /// The artifact's content, at most as long as its account allows (100 MiB).
    pub async fn fetch(&self, artifact: &Artifact) -> Result<Vec<u8>, Failure> {
        let fetcher = fetcher(artifact)?;
        let account = self.account(artifact)?;
        fetcher.fetch(artifact, &account, &self.web).await.map_err(|failure| in_context(artifact, failure))
    }

    /// The same artifact with what may change said exactly: an image's tag by its digest, a range by a version.
    pub async fn resolve(&self, artifact: &Artifact) -> Result<Artifact, Failure> {
        let fetcher = fetcher(artifact)?;
        let account = self.account(artifact)?;
        fetcher.resolve(artifact, &account, &self.web).await.map_err(|failure| in_context(artifact, failure))
    }

    /// The account the artifact names; else the only one for its type; else none.
    fn account(&self, artifact: &Artifact) -> Result<Account, Failure> {
        let name = Artifact::filled(&artifact.artifact_account);
        if let Some(name) = name.filter(|name| !BUILT_IN.contains(name) || self.accounts.contains_key(*name)) {
            let Some(settings) = self.accounts.get(name) else {
                let known: Vec<&str> = self.accounts.keys().map(String::as_str).collect();
                let failure = Failure::user(format!("there is no artifact account '{name}'"));
                let failure = match known.as_slice() {
                    [] => failure.detail("no accounts are configured under 'artifacts:' in gennaker.yaml"),
                    known => failure.detail(format!("artifact accounts of this project: {}", known.join(", "))),
                };
                return Err(failure.detail(format!("needed for {artifact}")));
            };
            let account = Account { name: name.to_owned(), settings: settings.clone()? };
            if !account.serves(artifact.kind()) {
                return Err(Failure::user(format!(
                    "artifact account '{name}' is for {}, not for {}",
                    account.kind(),
                    artifact.kind()
                )));
            }
            return Ok(account);
        }
        let mut serving = self.accounts.iter().filter_map(|(name, settings)| {
            let settings = settings.clone().ok()?;
            let account = Account { name: name.clone(), settings };
            (!account.kind().is_empty() && account.serves(artifact.kind())).then_some(account)
        });
        match (serving.next(), serving.next()) {
            (Some(only), None) => Ok(only),
            _ => Ok(Account::default()),
        }
    }
}

fn fetcher(artifact: &Artifact) -> Result<&'static dyn Fetch, Failure> {
    let kind = artifact.kind();
    FETCHERS.iter().find(|fetcher| fetcher.keeps(kind)).copied().ok_or_else(|| {
        let kinds: Vec<&str> = FETCHERS.iter().flat_map(|fetcher| fetcher.kinds()).copied().collect();
        let failure = match kind {
            "" => Failure::user("the artifact has no 'type', so there is no way to fetch it"),
            kind => Failure::user(format!("artifacts of type '{kind}' cannot be fetched")),
        };
        failure.detail(format!("types that can: {}", kinds.join(", ")))
    })
}

fn in_context(artifact: &Artifact, mut failure: Failure) -> Failure {
    failure.message = format!("fetching {artifact}: {}", failure.message);
    failure
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn artifact(kind: &str, account: Option<&str>) -> Artifact {
        Artifact {
            kind: Some(kind.to_owned()),
            reference: Some("aGk=".to_owned()),
            artifact_account: account.map(str::to_owned),
            ..Artifact::default()
        }
    }

    #[tokio::test]
    async fn the_account_is_the_one_named_or_the_only_one() {
        let settings = |kind: &str| Ok(json!({"type": kind}).as_object().unwrap().clone());
        let accounts = [
            ("one".to_owned(), settings("s3")),
            ("two".to_owned(), settings("http")),
            ("three".to_owned(), settings("http")),
            ("broken".to_owned(), Err(Failure::user("no secret"))),
        ];
        let store = Store::new(accounts.into(), UrlPolicy::default());
        let name = |kind, account| store.account(&artifact(kind, account)).map(|account| account.name);
        assert_eq!(name("s3/object", None).unwrap(), "one");
        assert_eq!(name("http/file", None).unwrap(), "");
        assert_eq!(name("http/file", Some("two")).unwrap(), "two");
        assert_eq!(name("http/file", Some("no-auth-http-account")).unwrap(), "");
        assert!(name("http/file", Some("one")).unwrap_err().message.contains("is for s3, not for http/file"));
        assert!(name("http/file", Some("other")).unwrap_err().details[0].contains("broken, one, three, two"));
        assert_eq!(name("http/file", Some("broken")).unwrap_err().message, "no secret");
    }

    #[tokio::test]
    async fn content_is_embedded_and_unknown_types_are_named() {
        let store = Store::default();
        assert_eq!(store.fetch(&artifact("embedded/base64", Some("embedded-artifact"))).await.unwrap(), b"hi");
        let unknown = store.fetch(&artifact("ivy/file", None)).await.unwrap_err();
        assert_eq!(unknown.message, "artifacts of type 'ivy/file' cannot be fetched");
        let manifest = store.fetch(&artifact("kubernetes/configMap", None)).await.unwrap_err();
        assert!(manifest.message.ends_with("names an object of a cluster and has no content to fetch"), "{manifest}");
    }
}
