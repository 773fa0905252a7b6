//! `s3/object`: the reference is `s3://BUCKET/KEY`, the version one of the object. Account: `awsAccessKeyId` and
//! `awsSecretAccessKey` (and `sessionToken`), a `profile`, a role to assume (`assumeRole`), else whatever AWS's own tools
//! would use; `region`; `apiEndpoint` of another server. With `anonymous: true`, or when there are no credentials, the
//! request is not signed.

use async_trait::async_trait;

use super::web::Web;
use super::{Account, Fetch, reference};
use crate::aws::{Call, Connection, Error, ErrorKind, Settings, percent_encode, service};
use crate::http::Request;
use crate::model::{Artifact, Failure, FailureKind};

pub(super) struct S3Object;

fn bucket_and_key(reference: &str) -> Result<(&str, &str), Failure> {
    let rest = reference.strip_prefix("s3://").unwrap_or(reference);
    let parts = rest.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    parts.ok_or_else(|| Failure::user(format!("'{reference}' is no reference of an object: write s3://BUCKET/KEY")))
}

fn failure(error: Error) -> Failure {
    let failure = Failure::new(error.message);
    match error.kind {
        ErrorKind::Settings | ErrorKind::Invalid => failure.of_kind(FailureKind::User),
        ErrorKind::Credentials | ErrorKind::Denied => failure.of_kind(FailureKind::Permission),
        ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Unreachable => failure.retryable(),
        _ => failure,
    }
}

#[async_trait]
impl Fetch for S3Object {
    fn kinds(&self) -> &'static [&'static str] {
        &["s3/object"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let (bucket, key) = bucket_and_key(reference(artifact)?)?;
        let mut settings = Settings::read(&account.name, &account.settings).map_err(failure)?;
        settings.fallback_region = Some("us-east-1".to_owned());
        settings.timeout = Some(account.timeout()?);
        let mut call = Call::new(&service::S3, "GetObject", "GET", format!("/{}", percent_encode(key, true)));
        call.bucket = Some(bucket);
        call.resource = format!("s3://{bucket}/{key}");
        call.body_limit = account.size_limit();
        // Deck writes the object's name here when there is no version.
        if let Some(version) = Artifact::filled(&artifact.version).filter(|version| !version.contains('/')) {
            call = call.with_query("versionId", version);
        }
        let connection = Connection::open(settings.clone()).await.map_err(failure)?;
        let place = connection.place(&service::S3, Some(bucket));
        let url = format!("{}{}{}", place.origin, place.base, call.path);
        web.check(&Request::new("GET", url))?;
        let mut answer = connection.send(&call).await;
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::Credentials && error.status == 0) {
            // There are none; the object may be public.
            let anonymous = Connection::open(Settings { anonymous: true, ..settings }).await.map_err(failure)?;
            match anonymous.send(&call).await {
                Err(error) if error.kind == ErrorKind::Denied => {}
                other => answer = other,
            }
        }
        Ok(answer.map_err(failure)?.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_places() {
        assert_eq!(bucket_and_key("s3://b/a/k").unwrap(), ("b", "a/k"));
        assert!(bucket_and_key("s3://b").is_err() && bucket_and_key("s3:///k").is_err());
    }
}
