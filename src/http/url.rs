//! The few things callers ask about URLs.

use reqwest::Url;

/// The absolute URL of a reference found in an answer from `base`; `None` when there is none.
#[must_use]
pub fn resolve(base: &str, reference: &str) -> Option<String> {
    Url::parse(base).ok()?.join(reference).ok().map(String::from)
}

/// The same URL with the scheme of `base` when both name the same host: servers behind a proxy often do not know that
/// they are called by https.
#[must_use]
pub fn keep_scheme(base: &str, url: &str) -> String {
    let parsed = Url::parse(base).ok().zip(Url::parse(url).ok());
    match parsed {
        Some((base, other)) if base.host_str() == other.host_str() && base.scheme() != other.scheme() => {
            let rest = url.trim_start().get(other.scheme().len()..).unwrap_or_default();
            format!("{}{rest}", base.scheme())
        }
        _ => url.to_owned(),
    }
}

/// Whether both URLs lead to the same scheme, host and port: credentials for one may be sent to the other.
#[must_use]
pub fn same_origin(one: &str, other: &str) -> bool {
    Url::parse(one).ok().zip(Url::parse(other).ok()).is_some_and(|(one, other)| one.origin() == other.origin())
}

/// The URL without user and password, for people and records; as it is when it is none.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| super::url_policy::shown(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(same_origin("https://a.com/x", "https://A.com:443/y?z"));
        assert!(
            !same_origin("https://a.com/", "http://a.com/") && !same_origin("https://a.com/", "https://a.com.evil/")
        );
        assert!(!same_origin("https://a.com/", "https://a.com@evil.com/") && !same_origin("x", "x"));
    }

    #[test]
    fn references_become_absolute_and_keep_their_scheme() {
        assert_eq!(resolve("https://a.com/jobs/1", "../status").as_deref(), Some("https://a.com/status"));
        assert_eq!(resolve("https://a.com/", "http://b.com/x").as_deref(), Some("http://b.com/x"));
        assert_eq!(keep_scheme("https://a.com/", "http://a.com:8080/x?y"), "https://a.com:8080/x?y");
        assert_eq!(keep_scheme("https://a.com/", "http://b.com/x"), "http://b.com/x");
    }
}
