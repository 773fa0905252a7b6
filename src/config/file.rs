//! Finds the files of settings and reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Place, Source, read_documents};
use crate::model::Map;

/// Name of the project's file.
const PROJECT_FILE: &str = "gennaker.yaml";

/// The files of settings, and the project's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Folder of the project's file; else the repository's root; else the folder itself.
    pub root: PathBuf,
    /// `gennaker.yaml`, when there is one.
    pub project: Option<PathBuf>,
    /// `config.yaml` of the user, when there is one.
    pub user: Option<PathBuf>,
}

/// Looks for `gennaker.yaml` from a folder up to the root of its repository (the folder with `.git`), outside of one in
/// the folder only, and for the user's file. `GENNAKER_CONFIG` names the project's file instead.
#[must_use]
pub fn find_files(directory: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Files {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let user = folder.map(|folder| folder.join("gennaker/config.yaml")).filter(|path| path.is_file());
    let repository = directory.ancestors().find(|folder| folder.join(".git").exists());
    let last = repository.unwrap_or(directory);
    if let Some(named) = set("GENNAKER_CONFIG") {
        let path = directory.join(named);
        let root = path.parent().map_or_else(|| last.to_owned(), Path::to_owned);
        return Files { root, project: Some(path), user };
    }
    let mut searched = directory.ancestors().take_while(|folder| folder.starts_with(last));
    let project = searched.find_map(|folder| Some(folder.join(PROJECT_FILE)).filter(|path| path.is_file()));
    let root = project.as_deref().and_then(Path::parent).unwrap_or(last).to_owned();
    Files { root, project, user }
}

/// A file of settings.
pub(super) struct File {
    pub(super) source: Arc<Source>,
    pub(super) map: Map,
}

/// Reads a file of settings; one that cannot be read counts as empty.
pub(super) fn read(path: &Path, directory: &Path, findings: &mut Vec<Diagnostic>) -> Option<File> {
    let name = path.strip_prefix(directory).unwrap_or(path).display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => read_text(Source::new(name, text), findings),
        Err(error) => {
            findings.push(Diagnostic::error("GNK0072", format!("cannot read '{name}': {error}")));
            None
        }
    }
}

pub(super) fn read_text(source: Source, findings: &mut Vec<Diagnostic>) -> Option<File> {
    let source = Arc::new(source);
    let (documents, mut wrong) = read_documents(&source);
    findings.append(&mut wrong);
    match documents.into_iter().next()?.value {
        Value::Object(map) => Some(File { source, map }),
        Value::Null => None,
        _ => {
            let title = format!("'{}' must hold 'SETTING: VALUE' lines", source.name);
            findings.push(Diagnostic::error("GNK0081", title).at(&source, Place::default()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_below_the_repository_is_the_projects() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("outer/repo/.git")).expect("folders");
        fs::create_dir_all(at("outer/repo/team/app")).expect("folders");
        fs::create_dir_all(at("home/.config/gennaker")).expect("folders");
        fs::write(at("outer/gennaker.yaml"), "").expect("a file");
        fs::write(at("home/.config/gennaker/config.yaml"), "").expect("a file");
        let home = at("home").display().to_string();
        let environment = |name: &str| (name == "HOME").then(|| home.clone());
        let files = find_files(&at("outer/repo/team/app"), &environment);
        assert_eq!((files.root, files.project), (at("outer/repo"), None));
        assert_eq!(files.user, Some(at("home/.config/gennaker/config.yaml")));
        fs::write(at("outer/repo/team/gennaker.yaml"), "").expect("a file");
        assert_eq!(find_files(&at("outer/repo/team/app"), &environment).root, at("outer/repo/team"));
    }
}
