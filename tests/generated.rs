//! `completions/` and `man/` are what this program prints, file by file.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::TestProject;

/// Shells and the files that hold their completions, named as each shell looks for them.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "gennaker.bash"),
    ("elvish", "gennaker.elv"),
    ("fish", "gennaker.fish"),
    ("powershell", "_gennaker.ps1"),
    ("zsh", "_gennaker"),
];

/// Files of a folder by name; none when there is no folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
    entries.map(|entry| read(entry.unwrap())).collect()
}

fn assert_fresh(folder: &str, wanted: &BTreeMap<String, String>) {
    let committed = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let mut stale: Vec<&str> = wanted
        .iter()
        .filter(|(name, text)| committed.get(*name) != Some(text))
        .map(|(name, _)| name.as_str())
        .collect();
    stale.extend(committed.keys().filter(|name| !wanted.contains_key(*name)).map(String::as_str));
    assert!(stale.is_empty(), "stale in {folder}/: {}; run .ci/generate and commit what it wrote", stale.join(", "));
}

#[test]
fn completions_are_those_of_this_program() {
    let project = TestProject::new();
    let print = |(shell, name): &(&str, &str)| ((*name).to_owned(), project.ok(&["completions", shell]));
    assert_fresh("completions", &COMPLETIONS.iter().map(print).collect());
}

#[test]
fn man_pages_are_those_of_this_program() {
    let project = TestProject::new();
    project.ok(&["man", "--folder", "man"]);
    assert_fresh("man", &files(&project.path().join("man")));
}
