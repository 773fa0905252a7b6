//! What is rendered, brought into a folder of its own: charts, values files, repositories, kustomizations file by file.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;
use ulid::Ulid;

use super::Services;
use crate::model::{Artifact, Failure};

/// Names a kustomization file may have, in the order they are tried.
const KUSTOMIZATIONS: &[&str] = &["kustomization.yaml", "kustomization.yml", "kustomization", "Kustomization"];
/// Most files a kustomization may be made of when they are fetched one by one.
const MOST_FILES: usize = 500;
/// Most bytes a repository may unpack to.
const MOST_BYTES: u64 = 1 << 30;

/// A folder that is removed with all that is in it.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("gennaker-bake-{}", Ulid::generate()));
        let mut builder = fs::DirBuilder::new();
        // Values files may hold secrets.
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| Failure::new(format!("cannot create '{}': {error}", path.display())))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn write(&self, name: &Path, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        let parent = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| Failure::new(format!("cannot write '{}': {error}", path.display())))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind it harms nobody: it lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The chart or helmfile of an artifact: the file itself, or a path in a repository.
pub(super) async fn chart(
    scratch: &Scratch,
    services: &Services,
    artifact: &Artifact,
    path: Option<String>,
) -> Result<PathBuf, Failure> {
    if artifact.kind() != "git/repo" {
        return scratch.write(Path::new("template"), &services.artifacts.fetch(artifact).await?);
    }
    let repository = repository(scratch, services, artifact).await?;
    within(&repository, &path.unwrap_or_default())
}

/// Values files, in their order.
pub(super) async fn values(
    scratch: &Scratch,
    services: &Services,
    artifacts: &[Artifact],
) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        let content = services.artifacts.fetch(artifact).await?;
        files.push(scratch.write(Path::new(&format!("values-{}.yaml", index + 1)), &content)?);
    }
    Ok(files)
}

/// The folder of a kustomization: one in a repository, or a file and those it names, fetched one by one.
pub(super) async fn kustomization(
    scratch: &Scratch,
    services: &Services,
    artifact: &Artifact,
    path: Option<String>,
) -> Result<PathBuf, Failure> {
    if artifact.kind() == "git/repo" {
        let path = path
            .ok_or_else(|| Failure::user("'kustomizeFilePath' must name the kustomization file in the repository"))?;
        let file = within(&repository(scratch, services, artifact).await?, &path)?;
        let is_folder = file.is_dir();
        return Ok(if is_folder { file } else { file.parent().unwrap_or(scratch.path()).to_owned() });
    }
    Tree::of(artifact)?.fetch(scratch, services).await
}

async fn repository(scratch: &Scratch, services: &Services, artifact: &Artifact) -> Result<PathBuf, Failure> {
    let archive = services.artifacts.fetch(artifact).await?;
    let folder = scratch.path().join("repository");
    let broken = |error: std::io::Error| Failure::user(format!("{artifact} is no .tgz archive: {error}"));
    fs::create_dir(&folder).map_err(broken)?;
    let mut unpacking = tar::Archive::new(GzDecoder::new(archive.as_slice()).take(MOST_BYTES));
    // Nothing is written outside the folder, whatever the archive says.
    unpacking.unpack(&folder).map_err(broken)?;
    Ok(folder)
}

/// A path below a folder; nothing above it.
fn within(folder: &Path, path: &str) -> Result<PathBuf, Failure> {
    let relative = normalized(Path::new(path.trim_start_matches('/')))
        .ok_or_else(|| Failure::user(format!("'{path}' lies outside the repository")))?;
    let found = folder.join(relative);
    let inside = found.canonicalize().is_ok_and(|real| folder.canonicalize().is_ok_and(|root| real.starts_with(root)));
    if inside { Ok(found) } else { Err(Failure::user(format!("there is no '{path}' in the repository"))) }
}

/// A path without `.` and `..`; `None` when it leads above its start.
fn normalized(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            _ => return None,
        }
    }
    Some(clean)
}

/// A kustomization whose files are fetched one by one, from where the first is kept.
struct Tree<'a> {
    artifact: &'a Artifact,
    /// What stands before the paths of all files.
    base: String,
    /// The first file, below the base.
    first: PathBuf,
    version_suffix: String,
}

impl<'a> Tree<'a> {
    fn of(artifact: &'a Artifact) -> Result<Self, Failure> {
        let reference = Artifact::filled(&artifact.reference)
            .ok_or_else(|| Failure::user(format!("{artifact} has no 'reference' to fetch the kustomization by")))?;
        // A query after the path belongs to every file.
        let (whole, suffix) = reference.find('?').map_or((reference, ""), |at| reference.split_at(at));
        let name = Artifact::filled(&artifact.name).filter(|name| whole.ends_with(*name));
        let name = name.or_else(|| whole.rsplit('/').next()).unwrap_or_default();
        let file = name.rsplit('/').next().unwrap_or_default();
        if !file.to_lowercase().contains("kustomization") {
            return Err(Failure::user(format!(
                "{artifact} is no kustomization file: a kustomization.yaml, or a git/repo with 'kustomizeFilePath'"
            )));
        }
        let first = normalized(Path::new(name)).unwrap_or_else(|| PathBuf::from(file));
        Ok(Self {
            artifact,
            base: whole[..whole.len() - name.len()].to_owned(),
            first,
            version_suffix: suffix.to_owned(),
        })
    }

    async fn fetch(&self, scratch: &Scratch, services: &Services) -> Result<PathBuf, Failure> {
        let folder = self.first.parent().unwrap_or(Path::new("")).to_owned();
        let own = self.first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut folders = vec![folder.clone()];
        let mut seen = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            if !seen.insert(folder.clone()) {
                continue;
            }
            let (path, content) = self.kustomization_in(&folder, &own, services).await?;
            scratch.write(&path, &content)?;
            for name in files_of(&content, &path)? {
                if name.contains("://") {
                    continue;
                }
                let found = normalized(&folder.join(&name)).ok_or_else(|| {
                    Failure::user(format!("'{}' names '{name}', which lies above where it is kept", path.display()))
                })?;
                // As Spinnaker does: what has no extension is a folder with a kustomization of its own.
                if found.extension().is_none() {
                    folders.push(found);
                } else if seen.insert(found.clone()) {
                    let content = self.fetch_file(&found, services).await?;
                    scratch.write(&found, &content)?;
                }
                if seen.len() > MOST_FILES {
                    return Err(Failure::user(format!(
                        "the kustomization consists of more than {MOST_FILES} files: use a git/repo artifact"
                    )));
                }
            }
        }
        Ok(scratch.path().join(folder))
    }

    async fn kustomization_in(
        &self,
        folder: &Path,
        own: &str,
        services: &Services,
    ) -> Result<(PathBuf, Vec<u8>), Failure> {
        let others = KUSTOMIZATIONS.iter().copied().filter(|name| *name != own);
        let mut first = None;
        for name in std::iter::once(own).chain(others) {
            let path = folder.join(name);
            match self.fetch_file(&path, services).await {
                Ok(content) => return Ok((path, content)),
                Err(failure) => first = first.or(Some(failure)),
            }
        }
        let failure = Failure::user(format!("there is no kustomization file in '{}'", folder.display()));
        Err(first.map_or(failure.clone(), |first| failure.detail(first.message)))
    }

    async fn fetch_file(&self, path: &Path, services: &Services) -> Result<Vec<u8>, Failure> {
        let mut artifact = self.artifact.clone();
        artifact.reference = Some(format!("{}{}{}", self.base, path.display(), self.version_suffix));
        artifact.name = Some(path.display().to_string());
        services.artifacts.fetch(&artifact).await
    }
}

/// The files and folders a kustomization names.
fn files_of(content: &[u8], path: &Path) -> Result<BTreeSet<String>, Failure> {
    let kustomization: Value = serde_yaml::from_slice(content)
        .map_err(|error| Failure::user(format!("'{}' is no YAML: {error}", path.display())))?;
    let mut files = BTreeSet::new();
    let list = |key: &str| kustomization.get(key).and_then(Value::as_array).into_iter().flatten();
    for key in
        ["bases", "components", "configurations", "crds", "generators", "resources", "transformers", "validators"]
    {
        files.extend(list(key).filter_map(Value::as_str).map(str::to_owned));
    }
    // An inline patch is a text of several lines.
    let inline = |text: &&str| !text.contains('\n') && !text.contains(": ");
    files.extend(list("patchesStrategicMerge").filter_map(Value::as_str).filter(inline).map(str::to_owned));
    for key in ["patches", "patchesJson6902", "replacements"] {
        files.extend(list(key).filter_map(|patch| patch.get("path").and_then(Value::as_str)).map(str::to_owned));
    }
    for generator in list("configMapGenerator").chain(list("secretGenerator")) {
        let named =
            ["files", "envs"].into_iter().filter_map(|key| generator.get(key).and_then(Value::as_array)).flatten();
        // `key=file` gives a file another name.
        let file = |text: &str| text.split_once('=').map_or(text, |(_, file)| file).to_owned();
        files.extend(named.filter_map(Value::as_str).map(file));
        files.extend(generator.get("env").and_then(Value::as_str).map(str::to_owned));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_a_kustomization_names_are_found() {
        let text = b"resources: [../base, a.yaml]\npatches: [{path: p.yaml}, {patch: 'x'}]\npatchesStrategicMerge: ['kind: A\n']\nconfigMapGenerator: [{name: c, files: [f.txt, k=g.txt], envs: [e.env]}]\n";
        let files: Vec<String> = files_of(text, Path::new("k")).unwrap().into_iter().collect();
        assert_eq!(files, ["../base", "a.yaml", "e.env", "f.txt", "g.txt", "p.yaml"]);
    }

    #[test]
    fn where_files_are_kept_is_taken_from_reference_and_name() {
        let of = |reference: &str, name: Option<&str>| {
            let artifact = Artifact {
                reference: Some(reference.to_owned()),
                name: name.map(str::to_owned),
                ..Artifact::default()
            };
            Tree::of(&artifact)
                .map(|tree| (tree.base.clone(), tree.first.display().to_string()))
                .map_err(|failure| failure.message)
        };
        let url = "https://api.example.com/repos/o/r/contents/overlays/prod/kustomization.yml";
        let base = "https://api.example.com/repos/o/r/contents/";
        assert_eq!(
            of(url, Some("overlays/prod/kustomization.yml")).unwrap(),
            (base.to_owned(), "overlays/prod/kustomization.yml".to_owned())
        );
        assert_eq!(of(url, None).unwrap(), (format!("{base}overlays/prod/"), "kustomization.yml".to_owned()));
        assert!(of("https://example.com/values.yaml", None).unwrap_err().contains("is no kustomization file"));
    }

    #[test]
    fn nothing_outside_is_reached() {
        assert_eq!(normalized(Path::new("a/../b/./c")), Some(PathBuf::from("b/c")));
        assert_eq!(normalized(Path::new("../a")), None);
        assert_eq!(normalized(Path::new("/a")), None);
        let scratch = Scratch::new().unwrap();
        scratch.write(Path::new("in/a.yaml"), b"a").unwrap();
        assert!(within(scratch.path(), "/in/a.yaml").is_ok());
        std::os::unix::fs::symlink("/etc", scratch.path().join("in/out")).unwrap();
        assert!(within(scratch.path(), "in/out/passwd").unwrap_err().message.contains("there is no"));
        assert!(within(scratch.path(), "../x").unwrap_err().message.contains("outside"));
    }
}
