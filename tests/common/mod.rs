//! What tests that drive the built binary share: a folder of their own, an empty environment, a mark on every process.
#![allow(dead_code, reason = "every test binary uses its own part of this")]

pub mod suite;
pub mod terminal;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A project in a folder of its own. Every process it starts carries its mark and is killed at the end.
pub struct TestProject {
    folder: tempfile::TempDir,
    mark: String,
}

impl TestProject {
    /// An empty project.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("gennaker-test-").tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        let mark = format!("GENNAKER_TEST_MARK={}", folder.path().display());
        Self { folder, mark }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The mark as a YAML entry for a cluster's environment.
    pub fn mark_entry(&self) -> String {
        format!("GENNAKER_TEST_MARK: {}", self.path().display())
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gennaker"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path())
            .env("USER", "tester")
            .env("COLUMNS", "100")
            .env("GENNAKER_TEST_MARK", self.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed and returns what it printed on standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "gennaker {args:?} ended with {}\n{out}\n{err}", output.status);
        out
    }

    /// The newest execution's journal, a value per record.
    pub fn journal(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.path().join(".gennaker/executions"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let newest = fs::read_to_string(files.last().unwrap()).unwrap();
        newest.lines().skip(1).filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Records of every execution, oldest first, as (id, records).
    pub fn executions(&self) -> Vec<(String, Vec<Value>)> {
        let Ok(folder) = fs::read_dir(self.path().join(".gennaker/executions")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let whole = |line: &str| serde_json::from_str(line).ok();
        files
            .iter()
            .map(|path| {
                let text = fs::read_to_string(path).unwrap();
                let records = text.lines().skip(1).filter_map(whole).collect();
                (path.file_stem().unwrap().to_string_lossy().into_owned(), records)
            })
            .collect()
    }

    /// Starts a command that goes on by itself; what it says is kept.
    pub fn start(&self, command: &mut Command) -> Running {
        let said = tempfile::NamedTempFile::new_in(self.path()).unwrap();
        let child = command.stdout(Stdio::null()).stderr(said.reopen().unwrap()).spawn().unwrap();
        Running { child, said }
    }

    /// Processes that carry the mark, besides the tool itself: (pid, command line).
    pub fn processes(&self) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
            if environment.split(|byte| *byte == 0).any(|line| line == self.mark.as_bytes()) {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                found.push((pid, text(&line).replace('\0', " ").trim().to_owned()));
            }
        }
        found.sort();
        found
    }
}

/// A process of the tool that goes on by itself.
pub struct Running {
    child: Child,
    said: tempfile::NamedTempFile,
}

impl Running {
    /// What it has written to standard error so far.
    pub fn said(&self) -> String {
        fs::read_to_string(self.said.path()).unwrap()
    }

    /// Waits until it has written this.
    pub fn until_it_says(&self, part: &str) {
        eventually(&format!("'{part}' being said"), || self.said().contains(part));
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Stops it without a file lock in hand: with one, it would keep everybody out until it goes on.
    pub fn freeze(&self) {
        let pid = self.child.id().to_string();
        eventually("it being stopped without a lock in hand", || {
            self.signal("STOP");
            std::thread::sleep(Duration::from_millis(5));
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            let free = !locks.lines().any(|line| line.split_whitespace().any(|word| word == pid));
            if !free {
                self.signal("CONT");
            }
            free
        });
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end: exit code (128 + the signal that killed it) and what it said.
    pub fn end(mut self) -> (i32, String) {
        eventually("the process ending", || self.child.try_wait().unwrap().is_some());
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or_else(|| 128 + status.signal().unwrap()), self.said())
    }
}

impl Drop for TestProject {
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status();
        }
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until something is true, and fails when it is not within ten seconds.
pub fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let started = Instant::now();
    while !check() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what} did not come true");
        std::thread::sleep(Duration::from_millis(5));
    }
}
