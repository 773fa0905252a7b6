//! The floors of `src/` and the crates each may use. The tables here are the architecture; changing one is a decision.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each top module and the ones it may use, besides itself.
const FLOORS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("artifacts", &["model", "aws", "http", "expr"]),
    ("aws", &["model", "http"]),
    ("diagnostic", &["model"]),
    ("http", &["model"]),
    ("config", &["model", "diagnostic"]),
    ("expr", &["model"]),
    ("pipeline", &["model", "diagnostic", "expr"]),
    ("template", &["model", "diagnostic", "expr", "pipeline"]),
    ("history", &["model", "aws"]),
    ("providers", &["model", "aws", "http"]),
    ("engine", &["model", "artifacts", "expr", "history", "pipeline"]),
    ("stages", &["model", "artifacts", "diagnostic", "http", "expr", "engine", "history", "providers", "pipeline"]),
    ("report", &["model", "diagnostic", "engine", "history"]),
    (
        "cli",
        &[
            "model",
            "artifacts",
            "aws",
            "diagnostic",
            "http",
            "config",
            "expr",
            "pipeline",
            "history",
            "providers",
            "engine",
            "stages",
            "report",
            "template",
        ],
    ),
];

/// Crates that only these paths (below `src/`, by prefix) may name.
const FENCES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diagnostic"]),
    ("anyhow", &["cli"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_sigv4", &["aws"]),
    ("aws_smithy_runtime_api", &["aws", "providers/aws"]),
    ("aws_smithy_types", &["aws", "providers/aws"]),
    ("aws_types", &["aws"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["report", "cli"]),
    ("dialoguer", &["cli"]),
    ("hyper", &["providers/local"]),
    ("hyper_util", &["providers/local"]),
    ("indicatif", &["report", "cli"]),
    ("k8s_openapi", &["providers/kubernetes"]),
    ("kube", &["providers/kubernetes"]),
    ("minijinja", &["template"]),
    ("quick_xml", &["aws"]),
    ("reqwest", &["http"]),
    ("saphyr_parser", &["diagnostic", "expr", "providers/kubernetes"]),
    ("tar", &["providers/local", "stages/bake_input"]),
];

/// Longest file there may be, tests in it included.
const MOST_LINES: usize = 800;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// Path below `src/`, with its text without comments.
fn tree() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (path.strip_prefix(&root).unwrap().display().to_string(), code.join("\n"))
    };
    files.into_iter().map(read).collect()
}

fn floor_of(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap()
}

/// Top modules named by `crate::…` in a text, also inside `use crate::{…}`.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + 7..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(group.split('}').next().unwrap().split(',').map(|part| word(part.trim())));
        } else {
            found.insert(word(rest));
        }
    }
    found.remove("");
    found
}

#[test]
fn imports_point_down_only() {
    let mut offenders = Vec::new();
    for (path, code) in tree() {
        let floor = floor_of(&path);
        if matches!(floor, "main" | "lib") {
            continue;
        }
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
            offenders.push(format!("{path}: '{floor}' stands on no floor"));
            continue;
        };
        for used in used_modules(&code) {
            let is_floor = FLOORS.iter().any(|(name, _)| *name == used);
            if is_floor && used != floor && !allowed.contains(&used.as_str()) {
                offenders.push(format!("{path}: {floor} may not use {used}"));
            }
        }
        if floor == "stages" && (code.contains("providers::local") || code.contains("providers::kubernetes")) {
            offenders.push(format!("{path}: stages know no cloud by name"));
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

#[test]
fn crates_stay_behind_their_fences() {
    let mut offenders = Vec::new();
    for (path, code) in tree() {
        for (name, allowed) in FENCES {
            let named = code
                .match_indices(&format!("{name}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
            if named && !allowed.iter().any(|prefix| path.starts_with(prefix)) {
                offenders.push(format!("{path}: {name} is not for {}", floor_of(&path)));
            }
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}

#[test]
fn files_open_with_what_they_are_for_and_stay_readable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut offenders = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(&root).unwrap().display().to_string();
        if !text.starts_with("//!") {
            offenders.push(format!("{shown}: the first line says what the file is for"));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            offenders.push(format!("{shown}: {lines} lines, more than {MOST_LINES}"));
        }
        if shown.matches('/').count() > 2 {
            offenders.push(format!("{shown}: deeper than src/<module>/<folder>/<file>.rs"));
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n"));
}
