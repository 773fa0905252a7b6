//! Registries of images and charts, by their HTTP API version 2 (OCI distribution).

use serde_json::Value;

use super::Account;
use super::digest;
use super::web::{Get, Web, refused, with_query};
use crate::artifacts::given::image_name;
use crate::http::Response;
use crate::model::{Failure, FailureKind};

/// Manifests that are understood.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker's own registry, and where its API is.
const DOCKER_HUB: (&str, &str) = ("docker.io", "https://registry-1.docker.io");

/// A repository of a registry.
pub(super) struct Repository<'a> {
    /// Where the API is: scheme and host.
    base: String,
    /// Name in the registry.
    path: String,
    account: &'a Account,
    web: &'a Web,
}

impl<'a> Repository<'a> {
    /// The repository an image's or chart's name (without tag) stands for. The account's `address` is the registry of
    /// names that name none.
    pub(super) fn of(name: &str, account: &'a Account, web: &'a Web) -> Result<Self, Failure> {
        let named =
            name.split_once('/').filter(|(host, _)| host.contains('.') || host.contains(':') || *host == "localhost");
        let (base, path) = match (named, account.text("address")) {
            (Some((host, path)), _) if host == DOCKER_HUB.0 || host == "index.docker.io" => hub(path),
            (Some((host, path)), address) => (registry(host, address, account), path.to_owned()),
            (None, Some(address)) => {
                let address = address.trim_end_matches('/');
                let base = if address.contains("://") { address.to_owned() } else { registry(address, None, account) };
                (base, name.to_owned())
            }
            (None, None) => hub(name),
        };
        let valid = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        if path.is_empty() || path.contains("..") || !path.chars().all(valid) {
            return Err(Failure::user(format!("'{name}' is no name of a repository")));
        }
        Ok(Self { base, path, account, web })
    }

    /// The digest a tag has now; of a digest, itself when it is there.
    pub(super) async fn digest(&self, tag: &str) -> Result<String, Failure> {
        let url = self.url("manifests", tag);
        // Asking without taking: registries count what is taken.
        let head = self.send("HEAD", &url, MANIFESTS).await?;
        match head.header("docker-content-digest") {
            Some(digest) if digest.contains(':') => Ok(digest.to_owned()),
            _ => Ok(format!("sha256:{}", digest::sha256(&self.manifest(tag).await?))),
        }
    }

    /// The manifest of a tag or digest.
    pub(super) async fn manifest(&self, tag: &str) -> Result<Vec<u8>, Failure> {
        let body = self.send("GET", &self.url("manifests", tag), MANIFESTS).await?.body;
        if tag.contains(':') {
            digest::check(&body, tag)?;
        }
        Ok(body)
    }

    /// A blob, held to its digest.
    pub(super) async fn blob(&self, digest: &str) -> Result<Vec<u8>, Failure> {
        let body = self.send("GET", &self.url("blobs", digest), "*/*").await?.body;
        digest::check(&body, digest)?;
        Ok(body)
    }

    /// All tags.
    pub(super) async fn tags(&self) -> Result<Vec<String>, Failure> {
        let url = format!("{}/v2/{}/tags/list", self.base, self.path);
        let body = self.send("GET", &url, "application/json").await?.body;
        let list: Value = serde_json::from_slice(&body)
            .map_err(|error| Failure::new(format!("the registry's list of tags is no JSON: {error}")))?;
        let tags = list["tags"].as_array().into_iter().flatten();
        Ok(tags.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn url(&self, what: &str, reference: &str) -> String {
        format!("{}/v2/{}/{what}/{reference}", self.base, self.path)
    }

    /// Sends, and once more with what the registry asks for.
    async fn send(&self, method: &str, url: &str, accept: &str) -> Result<Response, Failure> {
        let get = || Get::new(url).header("Accept", accept);
        let first = self.web.send(method, &get(), self.account).await?;
        let response = match (first.status, first.header("www-authenticate").map(str::to_owned)) {
            (401, Some(challenge)) => {
                let authorization = self.answer(&challenge).await?;
                let get = get().authorized(Some(authorization)).only_to(&self.base);
                self.web.send(method, &get, self.account).await?
            }
            _ => first,
        };
        if response.status == 200 {
            return Ok(response);
        }
        let get = get().authorized(self.account.authorization("Bearer"));
        let mut failure = refused(&get, self.account, &response);
        if response.status == 404 {
            failure.message = format!("{} has no such image: {url} was not found", self.base);
        }
        Err(failure)
    }

    /// What to send for a challenge: a token got with the account's credentials, or these.
    async fn answer(&self, challenge: &str) -> Result<String, Failure> {
        let credentials = self.account.basic();
        let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return credentials.ok_or_else(|| {
                Failure::new(format!("registry {} wants a user name and a password", self.base))
                    .of_kind(FailureKind::Permission)
                    .detail("configure an account of 'type: docker' under 'artifacts:' in gennaker.yaml")
            });
        }
        if let Some(token) = self.account.text("token") {
            return Ok(format!("Bearer {token}"));
        }
        let realm = parameter(parameters, "realm")
            .ok_or_else(|| Failure::new(format!("registry {} asks for '{scheme}', which is not known", self.base)))?;
        // Credentials that went to the registry encrypted go on encrypted.
        if self.base.starts_with("https://") && !realm.starts_with("https://") && credentials.is_some() {
            return Err(Failure::new(format!(
                "registry {} wants the credentials sent in the clear to {realm}",
                self.base
            )));
        }
        let mut url = realm;
        for key in ["service", "scope"] {
            if let Some(value) = parameter(parameters, key) {
                url = with_query(&url, key, &value);
            }
        }
        let body = self.web.get(Get::new(&url).authorized(credentials), self.account).await?.body;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|key| answer[*key].as_str());
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| Failure::new(format!("the token service of registry {} gave no token", self.base)))
    }
}

/// Name and tag (or digest) of an image; the tag is `latest` when it names none.
pub(super) fn name_and_tag(reference: &str) -> (&str, &str) {
    let (name, tag) = image_name(reference);
    (name, tag.unwrap_or("latest"))
}

fn hub(path: &str) -> (String, String) {
    let path = if path.contains('/') { path.to_owned() } else { format!("library/{path}") };
    (DOCKER_HUB.1.to_owned(), path)
}

/// Where a registry's API is: as the account says of this very host; else encrypted, except on this machine.
fn registry(host: &str, address: Option<&str>, account: &Account) -> String {
    if let Some(address) = address.map(|address| address.trim_end_matches('/'))
        && address.split_once("://").is_some_and(|(_, own)| own == host)
    {
        return address.to_owned();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = name == "localhost" || name.starts_with("127.");
    format!("{}://{host}", if here || account.flag("insecure") { "http" } else { "https" })
}

/// `key="value"` of a challenge.
fn parameter(parameters: &str, key: &str) -> Option<String> {
    let mut rest = parameters;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, remaining) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if name.trim_matches([' ', ',']).eq_ignore_ascii_case(key) {
            return Some(value.to_owned());
        }
        rest = remaining;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::UrlPolicy;

    #[test]
    fn names_lead_to_registries() {
        let web = Web { policy: UrlPolicy::default() };
        let at = |name: &str, settings: Value| {
            let account = Account { name: String::new(), settings: settings.as_object().unwrap().clone() };
            Repository::of(name, &account, &web).map(|repository| format!("{} {}", repository.base, repository.path))
        };
        for (name, settings, place) in [
            ("nginx", json!({}), "https://registry-1.docker.io library/nginx"),
            ("docker.io/a/b", json!({}), "https://registry-1.docker.io a/b"),
            ("gcr.io/p/hello", json!({}), "https://gcr.io p/hello"),
            ("localhost:5000/x", json!({}), "http://localhost:5000 x"),
            ("reg:5000/x", json!({"insecure": true}), "http://reg:5000 x"),
            ("reg.io/x", json!({"address": "http://reg.io"}), "http://reg.io x"),
            ("team/x", json!({"address": "https://reg.io/"}), "https://reg.io team/x"),
        ] {
            assert_eq!(at(name, settings).unwrap(), place, "{name}");
        }
        for name in ["gcr.io/", "gcr.io/../x", "gcr.io/a?b"] {
            assert!(at(name, json!({})).is_err(), "{name}");
        }
    }

    #[test]
    fn challenges_are_read() {
        let challenge = r#"realm="https://auth.x/token",service="reg",scope="repository:a/b:pull,push""#;
        assert_eq!(parameter(challenge, "realm").as_deref(), Some("https://auth.x/token"));
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(parameter(challenge, "error"), None);
        assert_eq!(parameter("realm=x, service=y", "service").as_deref(), Some("y"));
    }
}
