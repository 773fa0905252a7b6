//! Which bucket, under which prefix, reached how, encrypted how.

use serde_json::Value;

use crate::aws::Settings;
use crate::history::{Error, ErrorKind};
use crate::model::Map;

/// Settings of AWS that a location may have as well.
const OF_AWS: &[&str] = &[
    "accessKeyId",
    "anonymous",
    "assumeRole",
    "endpoint",
    "pathStyle",
    "profile",
    "region",
    "secretAccessKey",
    "sessionName",
    "sessionToken",
    "timeout",
];

/// Where history is in S3.
#[derive(Clone)]
pub struct S3Options {
    /// Bucket.
    pub bucket: String,
    /// What every key begins with: empty, or with a slash at its end.
    pub prefix: String,
    /// How AWS is called.
    pub aws: Settings,
    /// `AES256`, `aws:kms` or `aws:kms:dsse`; the bucket's own when absent.
    pub encryption: Option<String>,
    /// Key of KMS; AWS's own when absent.
    pub kms_key_id: Option<String>,
}

impl S3Options {
    /// Reads `s3://BUCKET/PREFIX`, options behind a `?` as in `?region=eu-west-1&endpoint=http://127.0.0.1:9000`, and
    /// the same options as settings: `region`, `endpoint`, `pathStyle`, `profile`, `assumeRole`, keys, `encryption`,
    /// `kmsKeyId`. Those of the location win.
    pub fn read(location: &str, options: &Map) -> Result<Self, Error> {
        let wrong = |what: String| Error::new(ErrorKind::Unavailable, format!("history '{location}': {what}"));
        let rest = location.strip_prefix("s3://").unwrap_or(location);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(wrong("it names no bucket; write s3://BUCKET/PREFIX".to_owned()));
        }
        let mut options = options.clone();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, "true"));
            let value = value.parse().map_or_else(|_| Value::String(value.to_owned()), Value::Bool);
            options.insert(key.to_owned(), value);
        }
        options.remove("url");
        let mut text = |key: &str| match options.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(format!("'{key}' must be text, but is {other}"))),
        };
        let encryption = text("encryption")?;
        let kms_key_id = text("kmsKeyId")?;
        let encryption = encryption.or_else(|| kms_key_id.as_ref().map(|_| "aws:kms".to_owned()));
        let kinds = ["AES256", "aws:kms", "aws:kms:dsse"];
        if let Some(kind) = encryption.as_deref().filter(|kind| !kinds.contains(kind)) {
            return Err(wrong(format!("'{kind}' is no encryption; it is one of {}", kinds.join(", "))));
        }
        if let Some(unknown) = options.keys().find(|key| !OF_AWS.contains(&key.as_str())) {
            return Err(wrong(format!(
                "there is no option '{unknown}'; 'gennaker config example' shows all there are"
            )));
        }
        let mut aws = Settings::read("", &options).map_err(|error| wrong(error.message))?;
        aws.label = Some("history".to_owned());
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix, aws, encryption, kms_key_id })
    }

    /// The location without options, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/')).trim_end_matches('/').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(location: &str, options: Value) -> Result<S3Options, String> {
        S3Options::read(location, options.as_object().unwrap()).map_err(|error| error.message)
    }

    #[test]
    fn a_location_has_a_bucket_a_prefix_and_options() {
        let options = read("s3://b/a/p/?region=eu-west-1&pathStyle", json!({"region": "x", "kmsKeyId": "k"})).unwrap();
        assert_eq!((options.bucket.as_str(), options.prefix.as_str()), ("b", "a/p/"));
        assert_eq!((options.aws.region.as_deref(), options.aws.path_style), (Some("eu-west-1"), Some(true)));
        assert_eq!(options.encryption.as_deref(), Some("aws:kms"));
        assert_eq!(options.shown(), "s3://b/a/p");
        assert_eq!(read("s3://b", json!({})).unwrap().shown(), "s3://b");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(read("s3:///p", json!({})).err().unwrap().contains("names no bucket"));
        assert!(read("s3://b", json!({"reigon": "x"})).err().unwrap().contains("no option 'reigon'"));
        assert!(read("s3://b", json!({"encryption": "rot13"})).err().unwrap().contains("'rot13' is no encryption"));
    }
}
