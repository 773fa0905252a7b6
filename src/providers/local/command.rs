//! From a cluster's command to what an instance runs, checked before anything starts.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::cluster::{Cluster, Command};
use super::error;
use super::group::{Group, Slot};
use super::launch::{Launch, inherited_environment};
use crate::providers::Error;

/// Shell commands that need a shell to look at them: their first word may be anything.
const SHELL_CHARACTERS: &[char] =
    &['$', '`', '"', '\'', '\\', '(', ')', '{', '}', '<', '>', '|', '&', ';', '=', '*', '?', '#', '!', '~'];

/// What every instance of a group runs.
pub(super) struct Program {
    file: PathBuf,
    arguments: Vec<String>,
    working_directory: PathBuf,
}

impl Program {
    /// Finds the program and its folder; an error says what is missing and where it was looked for.
    pub(super) fn find(cluster: &Cluster, release: Option<&Path>, project: &Path) -> Result<Self, Error> {
        let base = release.unwrap_or(project);
        let working_directory = cluster.working_directory.as_ref().map_or(base.to_owned(), |path| base.join(path));
        if !working_directory.is_dir() {
            return Err(error::invalid(format!(
                "the working directory {} does not exist; correct 'workingDirectory' of the cluster",
                working_directory.display()
            )));
        }
        let search = search_path(cluster);
        let (file, arguments) = match &cluster.command {
            Command::Arguments(arguments) => {
                (find_file(&arguments[0], &working_directory, &search)?, arguments.clone())
            }
            Command::Shell(text) => {
                check_first_word(text, &working_directory, &search)?;
                let shell = find_file("sh", &working_directory, &search)?;
                (shell, vec!["sh".to_owned(), "-c".to_owned(), text.clone()])
            }
        };
        Ok(Self { file, arguments, working_directory })
    }

    /// What one instance is started with.
    pub(super) fn launch(&self, cluster: &Cluster, group: &Group, slot: &Slot) -> Launch {
        let mut environment = cluster.environment.clone();
        environment.extend(instance_environment(group, slot));
        Launch {
            program: self.file.clone(),
            arguments: self.arguments.clone(),
            working_directory: self.working_directory.clone(),
            environment,
        }
    }
}

/// The line of an instance's environment that nothing else on the machine has.
pub(super) fn instance_mark(id: &str) -> String {
    format!("GENNAKER_INSTANCE={id}")
}

fn instance_environment(group: &Group, slot: &Slot) -> BTreeMap<String, String> {
    let moniker = &group.moniker;
    [
        ("GENNAKER_APPLICATION", moniker.app.clone().unwrap_or_default()),
        ("GENNAKER_CLUSTER", moniker.cluster.clone().unwrap_or_default()),
        ("GENNAKER_INSTANCE", slot.id.clone()),
        ("GENNAKER_SERVER_GROUP", group.name.clone()),
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", slot.port.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn search_path(cluster: &Cluster) -> OsString {
    let own = || env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    cluster.environment.get("PATH").map_or_else(own, OsString::from)
}

/// The file a program name means, as the system would find it from the working directory.
fn find_file(name: &str, folder: &Path, search: &OsString) -> Result<PathBuf, Error> {
    if name.contains('/') {
        let file = folder.join(name);
        return match fs::metadata(&file) {
            Ok(found) if is_executable(&found) => Ok(file),
            Ok(found) if found.is_file() => Err(error::invalid(format!(
                "'{name}' in {} is not executable; chmod +x it or correct 'command' of the cluster",
                folder.display()
            ))),
            _ => Err(error::invalid(format!(
                "command '{name}' does not exist in {}; correct 'command' or 'workingDirectory' of the cluster",
                folder.display()
            ))),
        };
    }
    env::split_paths(search)
        .map(|place| folder.join(place).join(name))
        .find(|file| fs::metadata(file).is_ok_and(|found| is_executable(&found)))
        .ok_or_else(|| {
            error::invalid(format!(
                "command '{name}' is not on the PATH; install it, or write its path in 'command' of the cluster"
            ))
        })
}

fn is_executable(found: &fs::Metadata) -> bool {
    found.is_file() && found.permissions().mode() & 0o111 != 0
}

/// Asks the shell whether it knows the first word of a command, where that is a plain word.
fn check_first_word(text: &str, folder: &Path, search: &OsString) -> Result<(), Error> {
    let word = text.split_whitespace().next().unwrap_or_default();
    if word.contains(SHELL_CHARACTERS) {
        return Ok(());
    }
    let known = std::process::Command::new("sh")
        .args(["-c", "command -v -- \"$1\"", "sh", word])
        .env_clear()
        .envs(inherited_environment(&[]))
        .env("PATH", search)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|cause| error::io("run", Path::new("sh"), &cause))?;
    if known.success() {
        return Ok(());
    }
    Err(error::invalid(format!(
        "command '{word}' exists neither in {} nor on the PATH; correct 'command' of the cluster",
        folder.display()
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(command: serde_json::Value) -> Result<Program, String> {
        let description = json!({"command": command});
        let cluster = Cluster::parse(description.as_object().unwrap()).unwrap();
        Program::find(&cluster, None, Path::new("/")).map_err(|error| error.message)
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find(json!(["sh", "-c", "true"])).unwrap().file.is_absolute());
        assert_eq!(find(json!("cd / && exec sleep 1")).unwrap().arguments[..2], ["sh", "-c"]);
        assert!(find(json!("A=1 anything")).is_ok());
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        for (command, part) in [
            (json!(["no-such-program"]), "command 'no-such-program' is not on the PATH;"),
            (json!(["./no-such-program"]), "command './no-such-program' does not exist in /;"),
            (json!(["etc/passwd"]), "'etc/passwd' in / is not executable; chmod +x"),
            (json!("no-such-program --flag"), "command 'no-such-program' exists neither in / nor on the PATH;"),
        ] {
            let message = find(command).err().unwrap();
            assert!(message.starts_with(part), "{message}");
        }
    }
}
