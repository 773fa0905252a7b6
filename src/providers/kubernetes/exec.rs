//! Credentials from exec plugins of a kubeconfig (`aws eks get-token`, `gke-gcloud-auth-plugin`, `kubelogin`, …).
//!
//! The plugin runs once for a connection and again when what it gave ends or is refused.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use std::io::IsTerminal;
use std::process::{Output, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

/// How long a plugin that asks nobody anything may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Lines of what a failing plugin wrote that are told.
const LINES: usize = 5;

/// What a plugin gave.
#[derive(Debug, Default)]
pub(super) struct Credential {
    pub(super) token: Option<String>,
    /// Certificate and key, PEM.
    pub(super) certificate: Option<(String, String)>,
    /// When it ends; `None` when the plugin does not say.
    pub(super) ends: Option<Timestamp>,
}

/// Why a plugin gave nothing.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    /// What it wrote, or how it is installed.
    pub(super) details: Vec<String>,
}

/// The plugin's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    api_version: String,
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    expiration_timestamp: Option<Timestamp>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs the plugin.
pub(super) async fn ask(exec: &ExecConfig) -> Result<Credential, Refusal> {
    let program = exec.command.as_deref().unwrap_or_default();
    let refused = |message: String, details: Vec<String>| Refusal {
        message: format!("exec plugin '{}' {message}", described(exec)),
        details,
    };
    if program.is_empty() {
        return Err(refused("names no command".into(), Vec::new()));
    }
    let interactive = match exec.interactive_mode {
        Some(ExecInteractiveMode::Always) => true,
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::IfAvailable) | None => std::io::stdin().is_terminal(),
    };
    let mut command = Command::new(program);
    command.args(exec.args.iter().flatten()).kill_on_drop(true).stdout(Stdio::piped());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    command.env("KUBERNETES_EXEC_INFO", question(exec, interactive).to_string());
    match interactive {
        true => command.stdin(Stdio::inherit()).stderr(Stdio::inherit()),
        false => command.stdin(Stdio::null()).stderr(Stdio::piped()),
    };
    let child = command.spawn().map_err(|cause| {
        let hint = exec.install_hint.iter().map(|hint| hint.trim().to_owned());
        refused(format!("does not start: {cause}"), hint.collect())
    })?;
    let limit = if interactive { Duration::MAX } else { LIMIT };
    let Ok(output) = tokio::time::timeout(limit, child.wait_with_output()).await else {
        return Err(refused(format!("gave nothing within {} s", LIMIT.as_secs()), Vec::new()));
    };
    let output = output.map_err(|cause| refused(format!("cannot be waited for: {cause}"), Vec::new()))?;
    read(exec, &output).map_err(|(message, details)| refused(message, details))
}

/// The command, without its environment: that may hold secrets.
fn described(exec: &ExecConfig) -> String {
    let words = exec.command.iter().chain(exec.args.iter().flatten());
    words.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn question(exec: &ExecConfig, interactive: bool) -> Value {
    let mut spec = json!({"interactive": interactive});
    if let Some(cluster) = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = json!(cluster);
    }
    json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec})
}

fn read(exec: &ExecConfig, output: &Output) -> Result<Credential, (String, Vec<String>)> {
    if !output.status.success() {
        let wrote = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = wrote.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        return Err((format!("failed ({})", output.status), last.iter().map(|line| (*line).to_owned()).collect()));
    }
    // Some plugins write YAML, which kubectl reads too. What they wrote is a secret: it is never told.
    let text = String::from_utf8_lossy(&output.stdout);
    let answer: Answer = serde_yaml::from_str(&text)
        .map_err(|_| ("wrote something else than an ExecCredential".to_owned(), Vec::new()))?;
    if let Some(wanted) = exec.api_version.as_ref().filter(|wanted| **wanted != answer.api_version) {
        return Err((format!("answers as {}, its user asks for {wanted}", answer.api_version), Vec::new()));
    }
    let status = answer.status.unwrap_or_default();
    let credential = Credential {
        token: status.token.filter(|token| !token.is_empty()),
        certificate: status.client_certificate_data.zip(status.client_key_data),
        ends: status.expiration_timestamp,
    };
    if credential.token.is_none() && credential.certificate.is_none() {
        return Err(("gave neither a token nor a certificate".into(), Vec::new()));
    }
    Ok(credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(script: &str) -> ExecConfig {
        ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: Some("sh".into()),
            args: Some(vec!["-c".into(), script.into()]),
            interactive_mode: Some(ExecInteractiveMode::Never),
            ..ExecConfig::default()
        }
    }

    #[tokio::test]
    async fn tokens_and_certificates_are_taken_with_their_end() {
        let given = ask(&plugin(
            "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":\
             {\"expirationTimestamp\":\"2030-01-02T03:04:05Z\",\"token\":\"t\"}}'",
        ))
        .await
        .unwrap();
        assert_eq!((given.token.as_deref(), given.ends), (Some("t"), Some("2030-01-02T03:04:05Z".parse().unwrap())));
        let given = ask(&plugin(
            "printf 'apiVersion: client.authentication.k8s.io/v1\\nstatus: {clientCertificateData: c, clientKeyData: k}'",
        ))
        .await
        .unwrap();
        assert_eq!(given.certificate, Some(("c".into(), "k".into())));
    }

    #[tokio::test]
    async fn what_goes_wrong_names_the_plugin_and_never_what_it_gave() {
        for (script, part) in [
            ("echo one >&2; echo denied >&2; exit 3", "failed (exit status: 3)"),
            ("echo secret-token", "something else than an ExecCredential"),
            (
                "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'",
                "asks for client.authentication.k8s.io/v1",
            ),
            ("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\"}'", "neither a token nor a certificate"),
        ] {
            let refusal = ask(&plugin(script)).await.unwrap_err();
            assert!(refusal.message.contains(part), "{refusal:?}");
            assert!(!refusal.details.concat().contains("secret-token"), "{refusal:?}");
        }
        let missing = ExecConfig {
            command: Some("no-such-plugin".into()),
            install_hint: Some("install it".into()),
            ..ExecConfig::default()
        };
        let refusal = ask(&missing).await.unwrap_err();
        assert!(refusal.message.contains("'no-such-plugin' does not start"), "{refusal:?}");
        assert_eq!(refusal.details, ["install it"]);
    }
}
