//! Where requests go: the URLs of settings, environment and profiles, else those of AWS.

use std::collections::BTreeMap;

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::{Service, Settings};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Scheme and host: `https://ec2.eu-west-1.amazonaws.com`.
    pub origin: String,
    /// Path before the request's own, without a slash at its end.
    pub base: String,
    /// Region in signatures.
    pub region: String,
}

/// Knows the URLs of services.
pub(super) struct Endpoints {
    own: Option<String>,
    own_by_service: BTreeMap<String, String>,
    config: SdkConfig,
    path_style: Option<bool>,
}

impl Endpoints {
    pub(super) fn new(settings: &Settings, config: SdkConfig) -> Self {
        Self {
            own: settings.endpoint.clone(),
            own_by_service: settings.endpoints.clone(),
            config,
            path_style: settings.path_style,
        }
    }

    /// The URL that somebody has set for a service.
    fn configured(&self, service: &Service) -> Option<String> {
        let of = |env, profile| {
            let key = ServiceConfigKey::builder().service_id(service.id).env(env).profile(profile).build().ok()?;
            self.config.service_config()?.load_config(key)
        };
        let own = self.own_by_service.get(service.id).or(self.own.as_ref()).cloned();
        let is_ignored =
            || of("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls").as_deref() == Some("true");
        let url = own.or_else(|| of("AWS_ENDPOINT_URL", "endpoint_url").filter(|_| !is_ignored()))?;
        Some(url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty())
    }

    /// Whether anybody has set a URL for a service.
    pub(super) fn is_configured(&self, service: &Service) -> bool {
        self.configured(service).is_some()
    }

    /// Where requests for a service go, and those for a bucket of it.
    pub(super) fn place(&self, service: &Service, region: &str, bucket: Option<&str>) -> Place {
        let configured = self.configured(service);
        let in_path = self.path_style.unwrap_or(configured.is_some());
        let region_signed = if service.is_global { "us-east-1" } else { region };
        let url = configured.unwrap_or_else(|| {
            let fips = self.config.use_fips().unwrap_or(false);
            let dual = self.config.use_dual_stack().unwrap_or(false);
            url_of_aws(service, region, fips, dual)
        });
        let (origin, base) = split(&url);
        // A bucket with a dot in its name has no certificate of its own.
        let (origin, base) = match bucket {
            None => (origin, base),
            Some(bucket) if in_path || bucket.contains('.') => {
                (origin, format!("{base}/{}", percent_encode(bucket, false)))
            }
            Some(bucket) => (origin.replacen("://", &format!("://{bucket}."), 1), base),
        };
        Place { origin, base, region: region_signed.to_owned() }
    }
}

/// Scheme with host, and path, of a URL.
fn split(url: &str) -> (String, String) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    (url[..end].to_owned(), url[end..].trim_end_matches('/').to_owned())
}

fn url_of_aws(service: &Service, region: &str, fips: bool, dual: bool) -> String {
    let domain = match region {
        region if region.starts_with("cn-") => "amazonaws.com.cn",
        region if region.starts_with("us-isob-") => "sc2s.sgov.gov",
        region if region.starts_with("us-iso-") => "c2s.ic.gov",
        region if region.starts_with("eusc-") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let host = if fips { format!("{}-fips", service.host) } else { service.host.to_owned() };
    if service.is_global && domain == "amazonaws.com" {
        return format!("https://{host}.{domain}");
    }
    match (dual, service.id) {
        (false, _) => format!("https://{host}.{region}.{domain}"),
        (true, "s3") => format!("https://{host}.dualstack.{region}.{domain}"),
        (true, _) => format!("https://{host}.{region}.{}", domain.replacen("amazonaws.com", "api.aws", 1)),
    }
}

/// Text with everything but letters, digits and `-._~` written as `%XX`; `/` stays when `slash` is set.
#[must_use]
pub fn percent_encode(text: &str, slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            b'/' if slash => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service;

    fn place(settings: &Settings, region: &str, bucket: Option<&str>) -> String {
        let endpoints = Endpoints::new(settings, SdkConfig::builder().build());
        let place = endpoints.place(&service::S3, region, bucket);
        format!("{}{}", place.origin, place.base)
    }

    #[test]
    fn buckets_have_hosts_or_paths() {
        let aws = Settings::default();
        let other = Settings { endpoint: Some("http://127.0.0.1:9/s3".into()), ..Settings::default() };
        let virtual_host = Settings { path_style: Some(false), ..other.clone() };
        assert_eq!(place(&aws, "eu-west-1", Some("b")), "https://b.s3.eu-west-1.amazonaws.com");
        assert_eq!(place(&aws, "eu-west-1", Some("b.c")), "https://s3.eu-west-1.amazonaws.com/b.c");
        assert_eq!(place(&aws, "cn-north-1", None), "https://s3.cn-north-1.amazonaws.com.cn");
        assert_eq!(place(&other, "eu-west-1", Some("b")), "http://127.0.0.1:9/s3/b");
        assert_eq!(place(&virtual_host, "eu-west-1", Some("b")), "http://b.127.0.0.1:9/s3");
    }

    #[test]
    fn services_have_hosts() {
        assert_eq!(url_of_aws(&service::IAM, "eu-west-1", false, false), "https://iam.amazonaws.com");
        assert_eq!(
            url_of_aws(&service::EC2, "us-gov-west-1", true, false),
            "https://ec2-fips.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(url_of_aws(&service::EC2, "eu-west-1", false, true), "https://ec2.eu-west-1.api.aws");
        assert_eq!(url_of_aws(&service::S3, "eu-west-1", false, true), "https://s3.dualstack.eu-west-1.amazonaws.com");
    }
}
