//! Opens connections: which cluster, as whom, and until when.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::time::Instant;

use super::account::Account;
use super::certificate::Validity;
use super::{error, exec};
use crate::providers::{Error, ErrorKind};

/// Credentials are renewed so long before they end, or when half of a shorter life is over.
const BEFORE_THE_END: SignedDuration = SignedDuration::from_secs(60);
/// How long a connection must have been there before its refusal is taken for worn-out credentials.
const FRESH: Duration = Duration::from_secs(2);

/// A connection with its credentials.
pub(super) struct Connected {
    pub(super) client: Client,
    opened: Instant,
    /// When its credentials are to be renewed.
    renewal: Option<Timestamp>,
    certificate: Option<Validity>,
}

/// Where an account is at home; the same for all its connections.
pub(super) struct Home {
    pub(super) namespace: String,
    pub(super) server: String,
}

impl Connected {
    /// Whether its credentials end, or nearly do.
    pub(super) fn is_spent(&self) -> bool {
        // One that is over from the beginning is used for what it is worth.
        self.opened.elapsed() > FRESH && self.renewal.is_some_and(|renewal| Timestamp::now() >= renewal)
    }

    /// Whether new credentials may be better ones.
    pub(super) fn may_be_renewed(&self) -> bool {
        self.opened.elapsed() > FRESH
    }

    /// What may be why the server does not know these credentials.
    pub(super) fn objection(&self) -> Option<String> {
        self.certificate?.objection(Timestamp::now())
    }
}

/// Connects an account.
pub(super) async fn open(account: &Account) -> Result<(Connected, Home), Error> {
    let what = described(account);
    let mut config = config(account, &what).await?;
    let mut renewal = None;
    let has_token = config.auth_info.token.is_some() || config.auth_info.token_file.is_some();
    // kube would run the plugin three times for a connection, and never again when the server refuses what it gave.
    if let Some(plugin) = config.auth_info.exec.take().filter(|_| !has_token) {
        let given = exec::ask(&plugin).await.map_err(|refusal| {
            let message = format!("{what}: no credentials for the cluster: {}", refusal.message);
            error::permission("connect", message).with_details(refusal.details)
        })?;
        config.auth_info.token = given.token.map(Into::into);
        if let Some((certificate, key)) = given.certificate {
            config.auth_info.client_certificate_data = Some(in_base64(&certificate));
            config.auth_info.client_key_data = Some(in_base64(&key).into());
        }
        renewal = given.ends.map(|ends| ends - BEFORE_THE_END.min(ends.duration_since(Timestamp::now()) / 2));
    }
    let certificate = Validity::of(&config.auth_info);
    let home = Home {
        namespace: account.namespace.clone().unwrap_or_else(|| config.default_namespace.clone()),
        server: config.cluster_url.to_string(),
    };
    // Files are read, and certificates parsed: not on the thread that serves everything.
    let client = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    let client = client.map_err(|cause| error::new("connect", ErrorKind::Other, cause.to_string()))?;
    let client = client.map_err(|cause| error::of_call("connect", &what, &cause))?;
    Ok((Connected { client, opened: Instant::now(), renewal, certificate }, home))
}

/// Which cluster, for errors.
fn described(account: &Account) -> String {
    let context = account.context.as_ref().map_or(String::new(), |context| format!(", context '{context}'"));
    match &account.kubeconfig {
        Some(file) => format!("account '{}' (kubeconfig {}{context})", account.name, file.display()),
        None => format!("account '{}'{context}", account.name),
    }
}

async fn config(account: &Account, what: &str) -> Result<Config, Error> {
    let wrong = |cause: &dyn std::fmt::Display| {
        error::invalid("connect", format!("{what}: {cause}"))
            .with_details(vec!["name a kubeconfig with 'kubeconfigFile' and 'context', or set KUBECONFIG".into()])
    };
    let options = KubeConfigOptions { context: account.context.clone(), ..KubeConfigOptions::default() };
    let mut config = if account.service_account {
        Config::incluster().map_err(|cause| {
            error::invalid("connect", format!("{what}: {cause}"))
                .with_details(vec![
                "'serviceAccount: true' works in a pod only, where KUBERNETES_SERVICE_HOST and _PORT are set; elsewhere \
                 name a kubeconfig"
                    .into(),
            ])
        })?
    } else if let Some(file) = &account.kubeconfig {
        let kubeconfig = Kubeconfig::read_from(file).map_err(|cause| wrong(&cause))?;
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|cause| wrong(&cause))?
    } else if account.context.is_some() {
        Config::from_kubeconfig(&options).await.map_err(|cause| wrong(&cause))?
    } else {
        Config::infer().await.map_err(|cause| wrong(&cause))?
    };
    // Audit logs name who asks.
    let agent = concat!("gennaker/", env!("CARGO_PKG_VERSION"));
    config.headers.push((header::USER_AGENT, HeaderValue::from_static(agent)));
    // Retries are ours: they know what the server asked for.
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(10));
    Ok(config)
}

fn in_base64(text: &str) -> String {
    STANDARD.encode(text)
}
