//! The programs that render manifests: found, asked for their version, run with a limit.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::bake_command::Renderer;
use super::{Services, reading};
use crate::engine::ports::Call;
use crate::model::{Failure, Map};

/// Time a program has for rendering.
pub(super) const LIMIT: Duration = Duration::from_secs(10 * 60);
/// Time it has for telling its version.
const VERSION_LIMIT: Duration = Duration::from_secs(20);
/// Most bytes of manifests, and of a program's complaints that are shown.
const MOST_OUTPUT: u64 = 100 << 20;
const MOST_WORDS: usize = 40;

/// A program fit for a renderer.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// Words before the renderer's own, as in `kubectl kustomize`.
    prefix: Option<&'static str>,
    version: String,
    /// The helm a helmfile is rendered with.
    helm: Option<Box<Self>>,
}

/// One of the programs that can serve a renderer.
struct Candidate {
    /// Key of the settings, and its name.
    name: &'static str,
    /// Major versions that are right.
    majors: std::ops::RangeInclusive<u32>,
    version: &'static [&'static str],
    prefix: Option<&'static str>,
}

const HELM_VERSION: &[&str] = &["version", "--short", "--client"];
/// Helm 4 has no client and server any more, and no word for it.
const HELM_VERSIONS: &[&[&str]] = &[&["version", "--short"], HELM_VERSION];

const fn candidate(name: &'static str, first: u32, last: u32, version: &'static [&'static str]) -> Candidate {
    Candidate { name, majors: first..=last, version, prefix: None }
}

fn candidates(renderer: Renderer) -> Vec<Candidate> {
    let helm = |name, first, last| candidate(name, first, last, HELM_VERSION);
    let kustomize = |first| {
        let kubectl = candidate("kubectl", first, u32::MAX, &["version", "--client"]);
        vec![candidate("kustomize", first, u32::MAX, &["version"]), Candidate { prefix: Some("kustomize"), ..kubectl }]
    };
    match renderer {
        Renderer::Helm2 => vec![helm("helm2", 2, 2), helm("helm", 2, 2)],
        Renderer::Helm3 => vec![helm("helm3", 3, 3), helm("helm", 3, 4), helm("helm4", 4, 4)],
        Renderer::Helm4 => vec![helm("helm4", 4, 4), helm("helm", 4, 4)],
        Renderer::Helmfile => vec![candidate("helmfile", 0, u32::MAX, &["--version"])],
        Renderer::Kustomize => kustomize(2),
        Renderer::Kustomize4 => kustomize(4),
    }
}

impl Program {
    /// Finds the program: as the settings name it, else on the PATH.
    pub(super) async fn find(renderer: Renderer, services: &Services) -> Result<Self, Failure> {
        let mut program = Self::find_one(renderer, services).await?;
        if renderer == Renderer::Helmfile {
            program.helm = Some(Box::new(Self::find_one(Renderer::Helm3, services).await?));
        }
        Ok(program)
    }

    async fn find_one(renderer: Renderer, services: &Services) -> Result<Self, Failure> {
        let none = Map::new();
        let settings = reading::object(&services.settings, "bake").unwrap_or(&none);
        let candidates = candidates(renderer);
        let mut refused = Vec::new();
        for candidate in &candidates {
            let configured = reading::filled(settings, candidate.name).map(|path| services.root.join(path));
            let Some(path) = configured.clone().or_else(|| on_path(candidate.name)) else { continue };
            match version_of(&path, candidate).await {
                Ok((version, major)) if candidate.majors.contains(&major) => {
                    return Ok(Self { path, prefix: candidate.prefix, version, helm: None });
                }
                Ok((version, _)) => refused.push(format!("{} is version {version}", path.display())),
                Err(reason) => refused.push(format!("{}: {reason}", path.display())),
            }
            if configured.is_some() {
                break;
            }
        }
        let names: Vec<&str> = candidates.iter().map(|candidate| candidate.name).collect();
        let wanted = candidates[0].majors.clone();
        let wanted =
            if *wanted.end() == u32::MAX { format!("{} or later", wanted.start()) } else { wanted.start().to_string() };
        let mut failure = Failure::user(format!(
            "no program of version {wanted} was found to render with: looked for {} on the PATH",
            names.join(", ")
        ))
        .detail(format!("install it, or name it in gennaker.yaml: 'services: bake: {}: /path/to/it'", names[0]));
        for reason in refused {
            failure = failure.detail(reason);
        }
        Err(failure)
    }

    /// Path of the helm that a helmfile is rendered with.
    pub(super) fn helm(&self) -> Option<PathBuf> {
        self.helm.as_ref().map(|helm| helm.path.clone())
    }

    /// What it writes; the process ends with the call.
    pub(super) async fn run(&self, arguments: &[String], folder: &Path, call: &Call<'_>) -> Result<String, Failure> {
        let mut command = Command::new(&self.path);
        // `kubectl kustomize <folder>` is `kustomize build <folder>`.
        let own = if self.prefix.is_some() { &arguments[1..] } else { arguments };
        command.args(self.prefix).args(own).current_dir(folder);
        let shown = format!("{} {}", self.name(), self.prefix.unwrap_or(&arguments[0]));
        let running = output(&mut command, LIMIT);
        let (good, out, words) = tokio::select! {
            done = running => done.map_err(|reason| Failure::new(format!("'{shown}': {reason}")))?,
            () = call.stop.cancelled() => return Err(Failure::new(format!("'{shown}' was stopped"))),
        };
        if good {
            return Ok(out);
        }
        let mut failure = Failure::user(format!("'{shown}' failed: {}", last_line(&words)));
        let lines: Vec<&str> = words.lines().collect();
        for line in &lines[lines.len().saturating_sub(MOST_WORDS)..] {
            failure = failure.detail((*line).to_owned());
        }
        Err(failure)
    }

    fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// `helm v3.16.4`, `kubectl kustomize v5.0.4`.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix.map(|prefix| format!(" {prefix}")).unwrap_or_default();
        write!(f, "{}{prefix} {}", self.name(), self.version)?;
        match &self.helm {
            Some(helm) => write!(f, " with {helm}"),
            None => Ok(()),
        }
    }
}

/// The line people look at first.
fn last_line(words: &str) -> &str {
    let error = words.lines().find(|line| line.to_lowercase().starts_with("error"));
    error.or_else(|| words.lines().rev().find(|line| !line.trim().is_empty())).unwrap_or("it said nothing")
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

async fn version_of(path: &Path, candidate: &Candidate) -> Result<(String, u32), String> {
    let tries: &[&[&str]] = if candidate.version == HELM_VERSION { HELM_VERSIONS } else { &[candidate.version] };
    let mut said = String::new();
    for arguments in tries {
        // Helm 2 looks for its server unless it is told not to.
        let (good, out, words) = output(Command::new(path).args(*arguments), VERSION_LIMIT).await?;
        // `kubectl version` tells its kustomize's version on a line of its own.
        let line = if candidate.prefix.is_some() {
            out.lines().find(|line| line.contains("Kustomize"))
        } else {
            Some(out.as_str())
        };
        if let Some(found) = line.filter(|_| good).and_then(version_in) {
            return Ok(found);
        }
        said = format!("{out}{words}");
    }
    Err(format!("its version could not be found out: {}", last_line(&said)))
}

/// The first `v1.2.3` or `1.2.3` in a text, and its major.
fn version_in(text: &str) -> Option<(String, u32)> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))).find_map(|word| {
        let numbers = word.strip_prefix('v').unwrap_or(word);
        let (major, rest) = numbers.split_once('.')?;
        rest.contains('.').then_some(())?;
        Some((format!("v{}", numbers.split('+').next()?), major.parse().ok()?))
    })
}

/// Whether a program ended well, what it wrote, and what it said.
async fn output(command: &mut Command, limit: Duration) -> Result<(bool, String, String), String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let (out, err) = (child.stdout.take().expect("it is piped"), child.stderr.take().expect("it is piped"));
    let read = async {
        let (mut text, mut words) = (Vec::new(), Vec::new());
        let mut out = out.take(MOST_OUTPUT + 1);
        let mut err = err.take(1 << 20);
        tokio::try_join!(out.read_to_end(&mut text), err.read_to_end(&mut words))?;
        Ok::<_, std::io::Error>((child.wait().await?, text, words))
    };
    let done = timeout(limit, read).await.map_err(|_| format!("it did not end within {} seconds", limit.as_secs()))?;
    let (status, text, words) = done.map_err(|error| error.to_string())?;
    if u64::try_from(text.len()).is_ok_and(|length| length > MOST_OUTPUT) {
        return Err(format!("it wrote more than {MOST_OUTPUT} bytes"));
    }
    let text = String::from_utf8(text).map_err(|_| "what it wrote is no UTF-8 text".to_owned())?;
    Ok((status.success(), text, String::from_utf8_lossy(&words).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let cases = [
            ("v4.3.1+gc0d08d0\n", "v4.3.1", 4),
            ("Client: v2.17.0+ga690bad\n", "v2.17.0", 2),
            ("helmfile version 0.166.0", "v0.166.0", 0),
            ("{Version:kustomize/v3.5.4 GitCommit:x}", "v3.5.4", 3),
            ("Kustomize Version: v5.0.4-0.20230601165947-6ce0bf390ce3", "v5.0.4-0.20230601165947-6ce0bf390ce3", 5),
        ];
        for (said, version, major) in cases {
            assert_eq!(version_in(said), Some((version.to_owned(), major)), "{said}");
        }
        assert_eq!(version_in("no version"), None);
    }

    #[tokio::test]
    async fn programs_that_hang_or_write_no_text_are_given_up() {
        let mut hanging = Command::new("sleep");
        assert_eq!(
            output(hanging.arg("60"), Duration::from_millis(50)).await.unwrap_err(),
            "it did not end within 0 seconds"
        );
        let mut binary = Command::new("printf");
        assert_eq!(output(binary.arg("\\377"), LIMIT).await.unwrap_err(), "what it wrote is no UTF-8 text");
        let missing = output(&mut Command::new("/nonexistent/helm"), LIMIT).await.unwrap_err();
        assert!(missing.starts_with("it cannot be started:"), "{missing}");
    }
}
