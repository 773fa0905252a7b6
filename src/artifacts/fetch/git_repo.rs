//! `git/repo`: the reference is a repository's URL, the version a branch, tag or commit (its default branch when
//! absent), the location a folder in it. The content is a `.tgz` of the folder, as Spinnaker makes it, by the user's
//! own `git`. Account: `token`, or `username` and `password`; for ssh `sshPrivateKeyFilePath`, `sshKnownHostsFilePath`
//! and `sshTrustUnknownHosts: true`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};
use ulid::Ulid;

use super::web::Web;
use super::{Account, Fetch, reference};
use crate::http::without_credentials;
use crate::model::{Artifact, Failure, FailureKind};

/// How often the size of what arrives is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Fetching a repository may take longer than one request.
const PATIENCE: u32 = 10;
/// Bytes of git's own words that are shown.
const WORDS: u64 = 4096;

pub(super) struct GitRepo;

/// A folder that is removed with all that is in it.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("gennaker-git-{}", Ulid::generate()));
        std::fs::create_dir(&path)
            .map_err(|error| Failure::new(format!("cannot create '{}': {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind it harms nobody: it lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Git in a repository of its own.
struct Git<'a> {
    folder: &'a Path,
    account: &'a Account,
    url: &'a str,
    /// Whether git may follow redirects and read local folders.
    open: bool,
}

impl Git<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(self.folder).args(arguments);
        let mut settings = vec![
            ("http.followRedirects".to_owned(), if self.open { "initial" } else { "false" }.to_owned()),
            ("protocol.ext.allow".to_owned(), "never".to_owned()),
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("transfer.fsckObjects".to_owned(), "true".to_owned()),
        ];
        if let (Some(authorization), Some(origin)) = (self.authorization(), origin(self.url)) {
            // In the environment, where other users of the machine do not see it as they see arguments.
            settings.push((format!("http.{origin}.extraHeader"), format!("Authorization: {authorization}")));
        }
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (number, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), key).env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        let protocols = if self.open { "http:https:ssh:git:file" } else { "http:https:ssh" };
        command
            .env("GIT_ALLOW_PROTOCOL", protocols)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(ssh) = self.ssh() {
            command.env("GIT_SSH_COMMAND", ssh);
        }
        command
    }

    fn authorization(&self) -> Option<String> {
        let token = self.account.text("token").map(|token| {
            // Git hosts take a token as the password of any user.
            format!(
                "Basic {}",
                STANDARD.encode(format!("{}:{token}", self.account.text("username").unwrap_or("token")))
            )
        });
        token.or_else(|| self.account.basic())
    }

    fn ssh(&self) -> Option<String> {
        let quoted = |path: &str| format!("'{}'", path.replace('\'', r"'\''"));
        let mut command = "ssh -o BatchMode=yes".to_owned();
        let key = self.account.text("sshPrivateKeyFilePath");
        let hosts = self.account.text("sshKnownHostsFilePath");
        if let Some(key) = key {
            command += &format!(" -o IdentitiesOnly=yes -i {}", quoted(key));
        }
        if let Some(hosts) = hosts {
            command += &format!(" -o UserKnownHostsFile={}", quoted(hosts));
        }
        if self.account.flag("sshTrustUnknownHosts") {
            command += " -o StrictHostKeyChecking=accept-new";
        }
        Some(command)
    }

    /// Runs git within the account's time and size; gives what it wrote on standard output.
    async fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let limit = self.account.size_limit();
        let patience = self.account.timeout()? * PATIENCE;
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("cannot run 'git': {error}")).detail("install git"))?;
        let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
        let mut output = Vec::new();
        let mut words = Vec::new();
        let reading = async {
            let out = async {
                match &mut stdout {
                    Some(pipe) => pipe.take(limit as u64 + 1).read_to_end(&mut output).await.map(drop),
                    None => Ok(()),
                }
            };
            let err = async {
                if let Some(pipe) = &mut stderr {
                    // The rest is read too: git would wait for somebody to.
                    let _ = (&mut *pipe).take(WORDS).read_to_end(&mut words).await;
                    let _ = tokio::io::copy(pipe, &mut tokio::io::sink()).await;
                }
            };
            tokio::join!(out, err).0
        };
        let watched = async {
            tokio::select! {
                read = reading => read.map_err(|error| Failure::new(format!("reading what git wrote: {error}"))),
                failure = self.grown_beyond(limit) => Err(failure),
            }
        };
        let begun = Instant::now();
        let read = timeout(patience, watched).await.unwrap_or_else(|_| {
            Err(Failure::new(format!("git {} was not done after {patience:?}", arguments[0]))
                .of_kind(FailureKind::Timeout)
                .retryable())
        });
        if read.is_ok() && output.len() > limit {
            let _ = child.kill().await;
            return Err(too_large(limit));
        }
        if let Err(failure) = read {
            let _ = child.kill().await;
            return Err(failure);
        }
        let left = patience.saturating_sub(begun.elapsed()).max(LOOK);
        match timeout(left, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(output),
            _ => {
                let _ = child.kill().await;
                Err(self.refused(arguments[0], &String::from_utf8_lossy(&words)))
            }
        }
    }

    fn refused(&self, what: &str, words: &str) -> Failure {
        let shown = words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
        let mut failure = Failure::new(format!("git {what} of {} failed", without_credentials(self.url)));
        for line in shown.take(5) {
            failure = failure.detail(line.replace(self.url, &without_credentials(self.url)));
        }
        failure
    }

    /// Ends when the repository has grown beyond the limit.
    async fn grown_beyond(&self, limit: usize) -> Failure {
        loop {
            sleep(LOOK).await;
            let folder = self.folder.to_owned();
            let size = tokio::task::spawn_blocking(move || size(&folder)).await.unwrap_or(0);
            if size > limit as u64 {
                return too_large(limit);
            }
        }
    }
}

fn too_large(limit: usize) -> Failure {
    Failure::new(format!("the repository has more than {limit} bytes, which is the most that is read"))
        .detail("'sizeLimit' of the artifact's account says how many bytes are read")
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Scheme and host of an http URL.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let host = rest.split('/').next()?;
    Some(format!("{scheme}://{}/", host.rsplit('@').next()?))
}

/// The URL git is given: `git@host:path` becomes `ssh://git@host/path`.
fn git_url(reference: &str) -> String {
    match reference.split_once(':') {
        Some((host, path)) if !reference.contains("://") && host.contains('@') && !path.starts_with('/') => {
            format!("ssh://{host}/{path}")
        }
        _ => reference.to_owned(),
    }
}

fn checked<'a>(what: &str, text: &'a str) -> Result<&'a str, Failure> {
    let bad = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    if text.starts_with('-') || text.contains("..") || text.chars().any(bad) {
        return Err(Failure::user(format!("'{text}' cannot be the {what} of a git/repo")));
    }
    Ok(text)
}

fn is_commit(version: &str) -> bool {
    version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[async_trait]
impl Fetch for GitRepo {
    fn kinds(&self) -> &'static [&'static str] {
        &["git/repo"]
    }

    async fn fetch(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Vec<u8>, Failure> {
        let url = git_url(reference(artifact)?);
        let open = web.policy.is_open();
        let local = url.starts_with('/') || url.starts_with("file://");
        if !(local && open) {
            web.policy
                .check_foreign(&url, &["ssh", "git"])
                .map_err(|error| Failure::user(error.message).detail("see 'urlPolicy' in gennaker.yaml"))?;
        }
        let version = checked("version", Artifact::filled(&artifact.version).unwrap_or("HEAD"))?;
        let folder = artifact.metadata.get("subPath").and_then(|path| path.as_str());
        let folder = Artifact::filled(&artifact.location).or(folder).unwrap_or_default().trim_matches('/');
        let folder = checked("location", folder)?;
        let scratch = Scratch::new()?;
        let git = Git { folder: &scratch.0, account, url: &url, open };
        git.run(&["init", "--bare", "--quiet"]).await?;
        let fetched = git.run(&["fetch", "--quiet", "--depth", "1", "--no-tags", "--", &url, version]).await;
        let tree = match fetched {
            Ok(_) => "FETCH_HEAD",
            // A server may give branches only; then the commit is somewhere in them.
            Err(_) if is_commit(version) => {
                git.run(&["fetch", "--quiet", "--", &url, "+refs/heads/*:refs/heads/*"]).await?;
                version
            }
            Err(failure) => return Err(failure),
        };
        let tree = if folder.is_empty() { tree.to_owned() } else { format!("{tree}:{folder}") };
        git.run(&["archive", "--format=tgz", &tree]).await
    }

    /// The commit a branch or tag is at.
    async fn resolve(&self, artifact: &Artifact, account: &Account, web: &Web) -> Result<Artifact, Failure> {
        let url = git_url(reference(artifact)?);
        let open = web.policy.is_open();
        if !(open && (url.starts_with('/') || url.starts_with("file://"))) {
            web.policy.check_foreign(&url, &["ssh", "git"]).map_err(|error| Failure::user(error.message))?;
        }
        let version = checked("version", Artifact::filled(&artifact.version).unwrap_or("HEAD"))?;
        if is_commit(version) {
            return Ok(artifact.clone());
        }
        let scratch = Scratch::new()?;
        let git = Git { folder: &scratch.0, account, url: &url, open };
        git.run(&["init", "--bare", "--quiet"]).await?;
        let listed = git.run(&["ls-remote", "--", &url, version]).await?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let commit = listed.split_whitespace().next().map(str::to_owned);
        let commit = commit.ok_or_else(|| Failure::user(format!("the repository has no branch or tag '{version}'")))?;
        Ok(Artifact { version: Some(commit), ..artifact.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_document_do_not_become_options() {
        for text in ["--upload-pack=x", "a b", "a..b", "a\nb", "HEAD:secret"] {
            assert!(checked("version", text).is_err(), "{text}");
        }
        assert!(checked("version", "feature/x-1.2").is_ok() && checked("location", "").is_ok());
        assert_eq!(git_url("git@github.com:a/b.git"), "ssh://git@github.com/a/b.git");
        assert_eq!(git_url("https://github.com/a/b"), "https://github.com/a/b");
        assert_eq!(origin("https://u:p@host:8/x/y").as_deref(), Some("https://host:8/"));
        assert_eq!(origin("ssh://host/x"), None);
    }
}
