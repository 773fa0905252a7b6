//! `s3/object`: the reference is `s3://BUCKET/KEY`, the version one of the object. Account: `awsAccessKeyId` and
//! `awsSecretAccessKey` (and `sessionToken`), else those of the environment or of `~/.aws/credentials`; `region`;
//! `apiEndpoint` of another server. Without credentials the request is not signed.

use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;

use super::sigv4::{Credentials, Unsigned, signed_headers};
use super::web::{Get, Web, percent_encode};
use super::{Account, Fetch, reference};
use crate::model::{Artifact, Failure};

pub(super) struct S3Object;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Credentials of the account, the environment, or the user's file.
async fn credentials(account: &Account) -> Option<Credentials> {
    let own = |key: &str| account.text(key).map(str::to_owned);
    if let Some(key_id) = own("awsAccessKeyId") {
        let secret = own("awsSecretAccessKey").unwrap_or_default();
        return Some(Credentials { key_id, secret, session_token: own("sessionToken") });
    }
    if account.flag("anonymous") {
        return None;
    }
    if let (Some(key_id), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        return Some(Credentials { key_id, secret, session_token: variable("AWS_SESSION_TOKEN") });
    }
    let file = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let file = file.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".aws/credentials")))?;
    let text = tokio::fs::read_to_string(file).await.ok()?;
    let profile = own("profile").or_else(|| variable("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
    of_profile(&text, &profile)
}

/// Credentials of a profile in a file of AWS's form.
fn of_profile(text: &str, profile: &str) -> Option<Credentials> {
    let mut found = Credentials::default();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = name.trim() == profile;
        } else if let (true, Some((key, value))) = (inside, line.split_once('=')) {
            let value = value.trim().to_owned();
            match key.trim() {
                "aws_access_key_id" => found.key_id = value,
                "aws_secret_access_key" => found.secret = value,
                "aws_session_token" => found.session_token = Some(value),
                _ => {}
            }
        }
    }
    (!found.key_id.is_empty() && !found.secret.is_empty()).then_some(found)
}

fn bucket_and_key(reference: &str) -> Result<(&str, &str), Failure> {
    let rest = reference.strip_prefix("s3://").unwrap_or(reference);
    let parts = rest.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    parts.ok_or_else(|| Failure::user(format!("'{reference}' is no reference of an object: write s3://BUCKET/KEY")))
}

/// Scheme, host and path of an object.
fn place(bucket: &str, key: &str, endpoint: Option<&str>, region: &str) -> Result<(String, String, String), Failure> {
    let key = percent_encode(key, true);
    let in_path = format!("/{}/{key}", percent_encode(bucket, false));
    if let Some(endpoint) = endpoint {
        let parts = endpoint.trim_end_matches('/').split_once("://");
        let (scheme, host) =
            parts.ok_or_else(|| Failure::user(format!("'apiEndpoint' is '{endpoint}', which is no URL")))?;
        return Ok((scheme.to_owned(), host.to_owned(), in_path));
    }
    // A bucket with a dot in its name has no certificate of its own.
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    if bucket.contains('.') {
        return Ok(("https".to_owned(), format!("s3.{region}.{domain}"), in_path));
    }
    Ok(("https".to_owned(), format!("{bucket}.s3.{region}.{domain}"), format!("/{key}")))
}

#[async_trait]
impl Fetch for S3Object {
    fn kinds(&self) -> &'static [&'static str] {
        &["s3/object"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let (bucket, key) = bucket_and_key(reference(artifact)?)?;
        let set = |keys: [&str; 2], variables: [&str; 2]| {
            let own = keys.iter().find_map(|key| account.text(key).map(str::to_owned));
            own.or_else(|| variables.iter().find_map(|name| variable(name)))
        };
        let region = set(["region", "apiRegion"], ["AWS_REGION", "AWS_DEFAULT_REGION"])
            .unwrap_or_else(|| "us-east-1".to_owned());
        let endpoint = set(["apiEndpoint", "endpoint"], ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
        let (scheme, host, path) = place(bucket, key, endpoint.as_deref(), &region)?;
        // Deck writes the object's name here when there is no version.
        let version = Artifact::filled(&artifact.version).filter(|version| !version.contains('/'));
        let query = version.map(|version| format!("versionId={}", percent_encode(version, false))).unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{scheme}://{host}{path}{mark}{query}");
        let mut get = Get::new(&url);
        if let Some(credentials) = credentials(account).await {
            let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
            let request = Unsigned { host: &host, path: &path, query: &query, region: &region, time: &time };
            for (name, value) in signed_headers(&request, &credentials) {
                get = get.header(&name, value);
            }
        }
        Ok(web.get(get, account).await?.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_places() {
        assert_eq!(bucket_and_key("s3://b/a/k").unwrap(), ("b", "a/k"));
        assert!(bucket_and_key("s3://b").is_err() && bucket_and_key("s3:///k").is_err());
        let at = |bucket, endpoint| {
            place(bucket, "a b/ä", endpoint, "eu-west-1").map(|(scheme, host, path)| format!("{scheme}://{host}{path}"))
        };
        assert_eq!(at("b", None).unwrap(), "https://b.s3.eu-west-1.amazonaws.com/a%20b/%C3%A4");
        assert_eq!(at("b.c", None).unwrap(), "https://s3.eu-west-1.amazonaws.com/b.c/a%20b/%C3%A4");
        assert_eq!(at("b", Some("http://127.0.0.1:9/")).unwrap(), "http://127.0.0.1:9/b/a%20b/%C3%A4");
        assert!(at("b", Some("nowhere")).is_err());
    }

    #[test]
    fn credentials_are_read_from_a_profile() {
        let text = "[default]\naws_access_key_id = A\naws_secret_access_key=S\n[other]\naws_access_key_id=B\n";
        let found = of_profile(text, "default").unwrap();
        assert_eq!((found.key_id.as_str(), found.secret.as_str()), ("A", "S"));
        assert!(of_profile(text, "other").is_none());
    }
}
