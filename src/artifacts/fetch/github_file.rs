//! `github/file`: the reference is a URL of GitHub's contents API (`…/repos/OWNER/REPO/contents/PATH`), the version a
//! branch, tag or commit; without one the default branch. Account: `token` or `username` and `password`; `baseUrl` of
//! another server than https://api.github.com.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::web::{Get, Web, absolute, with_query};
use super::{Account, Fetch, reference};
use crate::http::Response;
use crate::model::{Artifact, Failure};

pub(super) struct GithubFile;

#[async_trait]
impl Fetch for GithubFile {
    fn kinds(&self) -> &'static [&'static str] {
        &["github/file"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let base = account.url("baseUrl", "https://api.github.com");
        let mut url = absolute(reference(artifact)?, base);
        if let Some(version) = Artifact::filled(&artifact.version) {
            url = with_query(&url, "ref", version);
        }
        let get = Get::new(&url)
            .header("Accept", "application/vnd.github.v3.raw")
            .authorized(account.authorization("token"))
            .only_to(base);
        content(web.get(get, account).await?)
    }
}

/// The file itself: servers that do not know the raw form describe it in JSON with the content in it.
fn content(response: Response) -> Result<Vec<u8>, Failure> {
    let described = response.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let description = described.then(|| serde_json::from_slice::<Value>(&response.body).ok()).flatten();
    let is_entry = |entry: &Value| ["name", "path", "sha"].iter().all(|key| entry[*key].is_string());
    if description.as_ref().and_then(Value::as_array).is_some_and(|list| list.iter().any(is_entry)) {
        return Err(
            Failure::user("the reference names a folder; only files can be fetched").detail("git/repo fetches folders")
        );
    }
    let Some(description) = description.filter(|value| value["encoding"] == "base64" && value["type"] == "file") else {
        return Ok(response.body);
    };
    let text: String = description["content"].as_str().unwrap_or_default().split_whitespace().collect();
    STANDARD.decode(text).map_err(|error| Failure::new(format!("the server's base64 cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_file_is_taken_out_of_its_description() {
        let answer = |kind: &str, body: &str| {
            content(Response {
                headers: vec![("content-type".into(), kind.into())],
                body: body.into(),
                ..Response::default()
            })
        };
        let description = r#"{"type": "file", "encoding": "base64", "content": "aGVs\nbG8="}"#;
        assert_eq!(answer("application/json; charset=utf-8", description).unwrap(), b"hello");
        assert_eq!(
            answer("application/vnd.github.v3.raw; charset=utf-8", description).unwrap(),
            description.as_bytes()
        );
        assert_eq!(answer("application/json", "{\"a\": 1}").unwrap(), b"{\"a\": 1}");
        let folder = r#"[{"name": "x", "path": "d/x", "sha": "1"}]"#;
        assert!(answer("application/json", folder).unwrap_err().message.contains("folder"));
    }
}
