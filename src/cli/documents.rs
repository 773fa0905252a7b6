//! The documents that a person means by a path: a file, or what lies in a folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders inside of folders that are looked through; links may lead around in circles.
const DEEPEST: usize = 24;
/// Endings of files that hold documents, or what documents are made of.
const ENDINGS: &[&str] = &["json", "yaml", "yml", "j2", "tmpl", "module", "jsonnet", "dinghyfile"];
/// The settings of the project, which are no document.
const SETTINGS: &[&str] = &["gennaker.yaml", "gennaker.yml"];

/// A file that may hold documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFile {
    /// The file, or `-`.
    pub path: PathBuf,
    /// It was found in a folder; nobody named it.
    pub found: bool,
}

/// The documents of some paths: files as they are named, and everything in folders that looks like one.
pub fn collect(paths: &[PathBuf]) -> Vec<DocumentFile> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            look_through(path, 0, &mut files);
        } else {
            files.push(DocumentFile { path: path.clone(), found: false });
        }
    }
    files
}

fn look_through(folder: &Path, depth: usize, files: &mut Vec<DocumentFile>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < DEEPEST {
                look_through(&path, depth + 1, files);
            }
        } else if path.is_file() && looks_like_document(&path, &name) {
            files.push(DocumentFile { path, found: true });
        }
    }
}

fn looks_like_document(path: &Path, name: &str) -> bool {
    if SETTINGS.contains(&name) {
        return false;
    }
    // Exports name parts and versions of a file by what stands behind such a sign: 'pipelines.json#3'.
    let plain = name.split(['#', '@']).next().unwrap_or(name);
    let ending = plain.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if plain.eq_ignore_ascii_case("dinghyfile") || ending.as_deref().is_some_and(|ending| ENDINGS.contains(&ending)) {
        return true;
    }
    (ending.is_none() || plain != name) && begins_as_json(path)
}

fn begins_as_json(path: &Path) -> bool {
    let mut begin = [0; 64];
    let Ok(length) = File::open(path).and_then(|mut file| file.read(&mut begin)) else { return false };
    let first = begin[..length].iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_what_looks_like_a_document() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        for name in
            ["a.yaml", "b.json", "c.json#4", "d.yml@ab12", "dinghyfile", "e.stage.module", "gennaker.yaml", "f.md"]
        {
            write(name, "x");
        }
        write("partial", " {}");
        write("LICENSE", "Apache");
        write(".hidden.json", "{}");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("around")).expect("a link");
        let found = collect(&[folder.path().to_owned()]);
        let direct: Vec<String> = found
            .iter()
            .filter(|file| file.path.parent() == Some(folder.path()))
            .map(|file| file.path.file_name().expect("a name").to_string_lossy().into_owned())
            .collect();
        assert_eq!(direct, ["a.yaml", "b.json", "c.json#4", "d.yml@ab12", "dinghyfile", "e.stage.module", "partial"]);
        assert!(found.iter().all(|file| file.found));
        let named = PathBuf::from("f.md");
        assert_eq!(collect(std::slice::from_ref(&named)), [DocumentFile { path: named, found: false }]);
    }
}
