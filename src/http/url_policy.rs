//! Where documents may send requests to.

use std::net::IpAddr;

use fancy_regex::Regex;
use reqwest::Url;

use super::{Error, ErrorKind};

/// Which URLs may be called. The default lets everything pass: on somebody's own machine the document's author could
/// reach the same with `curl`.
#[derive(Debug)]
pub struct UrlPolicy {
    allow: Vec<Regex>,
    deny: Vec<Regex>,
    allow_private: bool,
}

impl Default for UrlPolicy {
    fn default() -> Self {
        Self { allow: Vec::new(), deny: Vec::new(), allow_private: true }
    }
}

impl UrlPolicy {
    /// URLs must match one of `allow`, when there are any, and none of `deny`; without `allow_private` neither names
    /// nor addresses of this machine or its network are called. An error names the pattern that cannot be read.
    pub fn new(allow: &[String], deny: &[String], allow_private: bool) -> Result<Self, Error> {
        Ok(Self { allow: patterns(allow)?, deny: patterns(deny)?, allow_private })
    }

    /// Whether only public addresses may be connected to, whatever the name resolves to.
    pub(super) fn public_only(&self) -> bool {
        !self.allow_private
    }

    /// Checks the URL of a request that another program will make: as `check`, and `allowed_schemes` say which besides
    /// http and https may stand there. Such a program resolves names itself: see [`Self::is_open`].
    pub fn check_foreign(&self, url: &str, allowed_schemes: &[&str]) -> Result<(), Error> {
        let mut parsed = Url::parse(url)
            .map_err(|error| Error { kind: ErrorKind::Invalid, message: format!("'{url}' is no URL: {error}") })?;
        if allowed_schemes.contains(&parsed.scheme()) {
            // The parser lets nobody turn a foreign scheme into http: the rest is put behind it.
            let rest = &url[parsed.scheme().len()..];
            parsed = Url::parse(&format!("https{rest}")).unwrap_or(parsed);
        }
        self.check(&parsed)
    }

    /// Whether private addresses may be called.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.allow_private
    }

    /// Checks an absolute URL before anything is sent.
    pub(super) fn check(&self, url: &Url) -> Result<(), Error> {
        let refuse =
            |why: String| Err(Error { kind: ErrorKind::Forbidden, message: format!("'{}' {why}", shown(url)) });
        if !matches!(url.scheme(), "http" | "https") {
            return refuse(format!("has scheme '{}'; only http and https can be called", url.scheme()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("names no host".to_owned());
        }
        let matches = |pattern: &Regex| pattern.is_match(url.as_str()).unwrap_or(false);
        if let Some(pattern) = self.deny.iter().find(|pattern| matches(pattern)) {
            return refuse(format!("may not be called: it matches '{}' of the denied URLs", pattern.as_str()));
        }
        if !self.allow.is_empty() && !self.allow.iter().any(matches) {
            return refuse("may not be called: it matches none of the allowed URLs".to_owned());
        }
        if !self.allow_private && is_private_host(url) {
            return refuse("may not be called: it is an address or a name of a private network".to_owned());
        }
        Ok(())
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Regex>, Error> {
    let read = |text: &String| {
        Regex::new(text).map_err(|error| Error {
            kind: ErrorKind::Invalid,
            message: format!("'{text}' of the allowed or denied URLs is no regular expression: {error}"),
        })
    };
    texts.iter().map(read).collect()
}

/// The URL without user and password, for people.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for URLs that cannot have them.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

/// Names and addresses Spinnaker refuses by default: localhost, addresses written out, names of one word and of
/// private domains.
fn is_private_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let written_out = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let private = ["internal", "local", "localdomain", "localhost", "spinnaker"];
    let last = host.rsplit('.').next().unwrap_or_default();
    written_out || !host.contains('.') || private.contains(&last)
}

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let carrier_grade = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || a == 0
                || carrier_grade)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(policy: &UrlPolicy, url: &str) -> bool {
        policy.check(&url.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_local_tool_may_call_its_own_machine() {
        let policy = UrlPolicy::default();
        assert!(allowed(&policy, "http://localhost:8080/hook") && allowed(&policy, "https://10.0.0.1/"));
        assert!(!allowed(&policy, "file:///etc/passwd") && !allowed(&policy, "ftp://example.com/"));
    }

    #[test]
    fn private_hosts_can_be_refused() {
        let policy = UrlPolicy::new(&[], &[], false).unwrap();
        for url in [
            "http://localhost/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://jenkins/",
            "http://db.internal/",
            "http://a.local./",
        ] {
            assert!(!allowed(&policy, url), "{url}");
        }
        assert!(allowed(&policy, "https://example.com/hook"));
        for (address, public) in [
            ("10.1.2.3", false),
            ("169.254.169.254", false),
            ("::ffff:127.0.0.1", false),
            ("fd00::1", false),
            ("93.184.216.34", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn patterns_allow_and_deny() {
        let policy = UrlPolicy::new(&["^https://.*\\.example\\.com/".into()], &["/admin".into()], true).unwrap();
        assert!(allowed(&policy, "https://a.example.com/x"));
        assert!(!allowed(&policy, "https://a.example.com/admin") && !allowed(&policy, "https://b.org/"));
        assert!(UrlPolicy::new(&["(".into()], &[], true).unwrap_err().message.contains("'('"));
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown(&"http://ann:secret@example.com/x".parse().unwrap()), "http://example.com/x");
    }
}
