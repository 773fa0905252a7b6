//! README.md, read from top to bottom: each command of its `console` blocks is run, and prints what stands there.
//!
//! The README may leave lines out; those it shows must come, in this order. Ids, times and process numbers differ
//! from run to run, so they are compared by their place only.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{TestProject, text};

/// A command with the lines that the README shows below it.
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), shown: Vec::new() }),
                (None, Some(step)) => step.shown.push(line.to_owned()),
                (None, None) => panic!("a console block begins with '{line}', not with a command"),
            }
        }
    }
    steps
}

fn is_id(word: &str) -> bool {
    word.len() == 26 && word.starts_with("01") && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// Ids in a text, in order.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_id(word))
}

/// A line without what differs from run to run.
fn redacted(line: &str) -> String {
    let line = line.split(", in process ").next().unwrap().split(", run by ").next().unwrap();
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';', ':']);
        let is_time = bare.len() == 8 && bare.bytes().filter(|b| *b == b':').count() == 2;
        let number = bare.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let is_duration = number != bare
            && !number.is_empty()
            && matches!(&bare[number.len()..], "ms" | "s" | "m" | "h")
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        // Ports of instances depend on what else runs on this machine.
        let is_instance = bare.starts_with("127.0.0.1:1") || bare.starts_with("127.0.0.1:2");
        if is_time || is_duration || is_instance || is_id(bare) { "·".to_owned() } else { word.to_owned() }
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// A port nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a command line prints on both streams together, as a terminal would show it.
fn in_shell(project: &TestProject, search: &str, line: &str) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(project.path()).stdin(Stdio::null());
    for (name, value) in project.command(&[]).get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    text(&shell.env("PATH", search).env("GENNAKER_COLOR", "never").output().unwrap().stdout)
}

#[test]
fn the_readme_does_and_prints_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = TestProject::new();
    let address = format!("127.0.0.1:{}", free_port());
    for entry in fs::read_dir(root.join("pipelines")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        let sample = fs::read_to_string(&entry).unwrap().replace("127.0.0.1:8080", &address);
        project.write(&format!("pipelines/{name}"), &sample);
    }
    fs::create_dir(project.path().join("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_gennaker"), project.path().join("bin/gennaker")).unwrap();
    let search = format!("{}:{}", project.path().join("bin").display(), std::env::var("PATH").unwrap());

    let steps = steps(&fs::read_to_string(root.join("README.md")).unwrap());
    assert!(steps.len() >= 10, "only {} commands were found", steps.len());
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for step in steps {
        let mut command = step.command.replace("127.0.0.1:8080", &address);
        for (shown, real) in &known {
            command = command.replace(shown, real);
        }
        let printed = in_shell(&project, &search, &command).replace(&address, "127.0.0.1:8080");
        let mut lines = printed.lines();
        for shown in &step.shown {
            let found = lines.by_ref().find(|line| redacted(line) == redacted(shown));
            let Some(found) = found else {
                panic!(
                    "README.md: '{}' does not print, or not in this place:\n  {shown}\nbut:\n{printed}",
                    step.command
                )
            };
            known.extend(ids(shown).map(str::to_owned).zip(ids(found).map(str::to_owned)));
        }
    }
    let left: Vec<_> = project.processes().into_iter().filter(|(_, line)| line.contains("gennaker")).collect();
    assert!(left.is_empty(), "the README leaves processes behind: {left:?}");
}
