//! Credentials: an account's own, or what AWS's SDK finds (environment, profiles with SSO, roles and processes, web
//! identity, containers, instances), and the roles that are assumed with them.

use std::time::{Duration, SystemTime};

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::region::Region;
use tokio::sync::Mutex;

use super::connector::http_client;
use super::{Error, ErrorKind, Settings};

/// Credentials are renewed this long before they expire.
const AHEAD: Duration = Duration::from_secs(120);
/// Name of sessions when nobody gives one.
const SESSION: &str = "gennaker";

/// What the environment and profiles say, with the account's settings over it.
pub(super) async fn load(settings: &Settings) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client());
    // Bodies are read at once and the client has its own patience: nothing stalls that the SDK could see.
    let mut loader = loader.stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    } else if let Some(fallback) = &settings.fallback_region {
        // Nobody asks the machine's metadata for a region that need not be known.
        let mut profile = ProfileFileRegionProvider::builder();
        if let Some(name) = &settings.profile {
            profile = profile.profile_name(name);
        }
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
        loader = loader.region(region.region().await.unwrap_or_else(|| Region::new(fallback.clone())));
    }
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some((key_id, secret, token)) = &settings.keys {
        let fixed = Credentials::new(key_id, secret, token.clone(), None, "account");
        loader = loader.credentials_provider(fixed);
    } else if settings.anonymous {
        loader = loader.no_credentials();
    }
    loader.load().await
}

/// Gives out credentials and renews them in time.
pub(super) struct Keys {
    provider: Option<SharedCredentialsProvider>,
    current: Mutex<Option<Credentials>>,
    settings: Settings,
}

impl Keys {
    pub(super) async fn new(settings: &Settings, config: &SdkConfig) -> Self {
        let mut provider = config.credentials_provider().filter(|_| !settings.anonymous);
        for role in &settings.roles {
            let Some(source) = provider.take() else { break };
            let session = role.session_name.as_deref().or(settings.session_name.as_deref()).unwrap_or(SESSION);
            let mut builder =
                AssumeRoleProvider::builder(&role.role_arn).session_name(session_name(session)).configure(config);
            if let Some(external_id) = &role.external_id {
                builder = builder.external_id(external_id);
            }
            if let Some(duration) = role.duration {
                builder = builder.session_length(duration);
            }
            provider = Some(SharedCredentialsProvider::new(builder.build_from_provider(source).await));
        }
        Self { provider, current: Mutex::default(), settings: settings.clone() }
    }

    /// The credentials to sign with; `None` when nothing is signed.
    pub(super) async fn get(&self) -> Result<Option<Credentials>, Error> {
        let Some(provider) = &self.provider else { return Ok(None) };
        // Held while credentials are fetched, so that a hundred calls at once fetch them once.
        let mut current = self.current.lock().await;
        let soon = SystemTime::now() + AHEAD;
        if let Some(known) = current.as_ref().filter(|known| known.expiry().is_none_or(|expiry| expiry > soon)) {
            return Ok(Some(known.clone()));
        }
        let fresh = provider.provide_credentials().await.map_err(|error| self.convert(&error))?;
        *current = Some(fresh.clone());
        Ok(Some(fresh))
    }

    /// Fetches new ones the next time: the service says that these have expired.
    pub(super) async fn forget(&self) {
        *self.current.lock().await = None;
    }

    fn convert(&self, error: &CredentialsError) -> Error {
        let whose = self.settings.shown();
        let cause = innermost(error);
        let message = match error {
            CredentialsError::CredentialsNotLoaded(_) if self.settings.roles.is_empty() => {
                let profile = self.settings.profile.as_deref().unwrap_or("default");
                format!(
                    "{whose}: there are no credentials: none in the environment (AWS_ACCESS_KEY_ID), in profile \
                     '{profile}', of a web identity, a container or an instance; set some, or log in with 'aws sso login'"
                )
            }
            CredentialsError::ProviderTimedOut(_) => {
                format!("{whose}: the source of its credentials gave no answer in time: {cause}")
            }
            _ => {
                let roles: Vec<&str> = self.settings.roles.iter().map(|role| role.role_arn.as_str()).collect();
                let by =
                    if roles.is_empty() { String::new() } else { format!(" by assuming {}", roles.join(", then ")) };
                let cause = match token_file(error) {
                    Some(file) => {
                        format!("the token file {file} (AWS_WEB_IDENTITY_TOKEN_FILE) cannot be read: {cause}")
                    }
                    None => cause,
                };
                let remedy = if cause.to_lowercase().contains("sso") { "; log in with 'aws sso login'" } else { "" };
                format!("{whose}: its credentials could not be got{by}: {cause}{remedy}")
            }
        };
        Error::new(ErrorKind::Credentials, message)
    }
}

/// The file of a web identity's token, when reading it is what failed.
fn token_file(error: &dyn std::error::Error) -> Option<String> {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<std::io::Error>() {
            return std::env::var("AWS_WEB_IDENTITY_TOKEN_FILE").ok();
        }
        next = cause.source();
    }
    None
}

/// The cause that says most: the last that says anything.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !text.is_empty() {
            said = text;
        }
        next = cause.source();
    }
    said
}

/// A name as sessions may have it: 2 to 64 letters, digits and `=,.@_-`.
fn session_name(wanted: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "=,.@_-".contains(c) { c } else { '-' };
    let name: String = wanted.chars().map(fits).take(64).collect();
    if name.len() < 2 { SESSION.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_fit() {
        assert_eq!(session_name("gennaker 01K7/x"), "gennaker-01K7-x");
        assert_eq!(session_name("x"), "gennaker");
        assert_eq!(session_name(&"y".repeat(80)).len(), 64);
    }
}
