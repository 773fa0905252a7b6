//! The project as a place of templates: files, addresses, repositories, and what lies below `templates/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::documents::collect;
use super::project::Project;
use crate::diagnostic::{Diagnostic, Document, Source, read_documents};
use crate::http::{Client, Request, UrlPolicy};
use crate::model::Map;
use crate::pipeline::{FindOptions, ParseOptions, Templates, find_pipeline, read_source};
use crate::template::{self, Dinghyfile, Inputs, Loader, Reference, StoredVersion, is_dinghyfile};

/// Folders of the project that hold templates.
const FOLDERS: &[&str] = &["templates", "pipelines"];
/// Folders of the project that hold modules of dinghyfiles.
const MODULE_FOLDERS: &[&str] = &["modules", "dinghy", "templates", ""];
/// Bytes of a template beyond which it is refused.
const LONGEST: usize = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Resolves templated pipelines with what the project has.
pub struct ProjectTemplates<'a> {
    /// The project.
    pub project: &'a Project,
    /// Trigger and variables.
    pub inputs: Inputs,
}

impl Templates for ProjectTemplates<'_> {
    fn render(&self, source: &Arc<Source>) -> Option<Result<Source, Vec<Diagnostic>>> {
        is_dinghyfile(source).then(|| {
            let data = self.inputs.trigger.clone();
            Dinghyfile { variables: self.inputs.variables.clone(), data }.render(source, self)
        })
    }

    fn resolve(&self, source: &Arc<Source>, document: &Document) -> Result<(Map, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut resolved = template::resolve(source, document, &self.inputs, self)?;
        // The execution has the trigger already.
        resolved.pipeline.shift_remove("trigger");
        Ok((resolved.pipeline, resolved.findings))
    }

    fn check(&self, source: &Arc<Source>, document: &Document) -> Vec<Diagnostic> {
        template::check_template(source, document)
    }
}

impl Loader for ProjectTemplates<'_> {
    fn load(&self, reference: &Reference, beside: &str) -> Result<Source, String> {
        match reference {
            Reference::File(path) => {
                let path = path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), home);
                let places = [folder_of(beside).join(&path), self.project.root.join(&path)];
                first_file(&places, &path.display().to_string())
            }
            Reference::Url(url) => fetch(url, self.project).map(|text| Source::new(url.clone(), text)),
            Reference::Stored { id, version } => self.stored(id, version.as_ref()),
            Reference::Git { repository, path, at } => {
                let text = git_file(repository, path, at.as_deref())?;
                Ok(Source::new(format!("{repository}//{path}"), text))
            }
        }
    }

    fn pipeline_id(&self, application: &str, name: &str, _strategy: bool) -> Option<String> {
        // Without templates: looking for a pipeline must not lead back to the template that asks for it.
        let parse = ParseOptions { application: self.project.application.as_deref(), ..ParseOptions::default() };
        let options = FindOptions { root: &self.project.root, pick: None, parse };
        let found = find_pipeline(&format!("{application}/{name}"), &options).ok()?;
        Some(found.pipeline.id)
    }

    fn module(&self, path: &str, local: bool, beside: &str) -> Result<Source, String> {
        let path = Path::new(path);
        if path.components().any(|part| part == std::path::Component::ParentDir) || path.is_absolute() {
            return Err(
                "cannot be read: it lies in the folder of modules, so its path has no '..' and no '/' before it".into(),
            );
        }
        let mut places = vec![];
        let looked = match local {
            true => "in the repository of what calls it".to_owned(),
            false => format!("beside what calls it, in {} or the root of the project", module_folders()),
        };
        if local {
            places.push(self.project.root.join(path));
            // The repository's root is one of the folders around the file; which one shows where the module lies.
            places.extend(folder_of(beside).ancestors().map(|folder| folder.join(path)));
        } else {
            places.push(folder_of(beside).join(path));
            places.extend(MODULE_FOLDERS.iter().map(|folder| self.project.root.join(folder).join(path)));
        }
        match places.iter().find(|path| path.is_file()) {
            Some(path) => read_source(path).map_err(|finding| format!("cannot be read: {}", finding.title)),
            None => Err(format!("is not there: no such file {looked}")),
        }
    }
}

/// `modules/, dinghy/, templates/`
fn module_folders() -> String {
    let named: Vec<String> =
        MODULE_FOLDERS.iter().filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}/")).collect();
    named.join(", ")
}

impl ProjectTemplates<'_> {
    /// The template with this id below the project's folders.
    fn stored(&self, id: &str, version: Option<&StoredVersion>) -> Result<Source, String> {
        let folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| self.project.root.join(folder)).collect();
        let mut other_versions = 0;
        for file in collect(&folders) {
            let Ok(source) = read_source(&file.path) else { continue };
            // Most files are not it; only those that name the id are read.
            if !source.text.contains(id) {
                continue;
            }
            let source = Arc::new(source);
            for document in read_documents(&source).0 {
                let has = |key: &str| document.value.get(key).and_then(Value::as_str);
                if has("id") != Some(id)
                    || document.value.get("schema").is_none()
                    || document.value.get("template").is_some()
                {
                    continue;
                }
                if version.is_none_or(|version| is_version(&document.value, version)) {
                    return Ok(Source::new(source.name.clone(), source.text.clone()));
                }
                other_versions += 1;
            }
        }
        Err(match other_versions {
            0 => format!("no file below {} has the id '{id}'", FOLDERS.join("/ or ") + "/"),
            _ => format!("'{id}' is there, but not in this version: its 'tag' or 'digest' is another"),
        })
    }
}

/// Whether a template says to be of a version; one that says nothing is of every tag.
fn is_version(template: &Value, version: &StoredVersion) -> bool {
    match version {
        StoredVersion::Tag(tag) => match template.get("tag") {
            Some(Value::String(own)) => own == tag,
            Some(Value::Array(tags)) => tags.iter().any(|own| own == tag.as_str()),
            _ => true,
        },
        StoredVersion::Digest(digest) => template
            .get("digest")
            .and_then(Value::as_str)
            .is_some_and(|own| own.trim_start_matches("sha256:") == digest),
    }
}

fn folder_of(name: &str) -> PathBuf {
    Path::new(name).parent().map(Path::to_owned).unwrap_or_default()
}

fn home(rest: &str) -> PathBuf {
    std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default().join(rest)
}

fn first_file(places: &[PathBuf], name: &str) -> Result<Source, String> {
    match places.iter().find(|path| path.is_file()) {
        Some(path) => read_source(path).map_err(|finding| finding.title),
        None => Err(format!("there is no file '{name}'")),
    }
}

/// The text behind an address. Templates are resolved where nothing can wait, so a thread waits for it.
fn fetch(url: &str, project: &Project) -> Result<String, String> {
    let url = url.to_owned();
    let rules = &project.settings.url_policy.value;
    let policy = UrlPolicy::new(&rules.allow, &rules.deny, rules.allow_private).map_err(|error| error.to_string())?;
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let request = Request { timeout: PATIENCE, ..Request::new("get", &url) };
            let answer = Client::new().send(request, &policy).await.map_err(|error| error.to_string())?;
            if !(200..300).contains(&answer.status) {
                return Err(format!("the server answers {}", answer.status));
            }
            Ok(answer.body)
        })
    };
    let body = std::thread::spawn(work).join().map_err(|_| "fetching it failed".to_owned())??;
    text_of(body)
}

fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > LONGEST {
        return Err(format!("it is larger than {} MiB", LONGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned())
}

/// A file of a repository, by the git that is installed.
fn git_file(repository: &str, path: &str, at: Option<&str>) -> Result<String, String> {
    let known = ["https://", "http://", "ssh://", "file://"];
    if !known.iter().any(|scheme| repository.starts_with(scheme)) || at.is_some_and(|at| at.starts_with('-')) {
        return Err("a repository is read through https, http, ssh or file".to_owned());
    }
    let folder = std::env::temp_dir().join(format!("gennaker-template-{}-{}", std::process::id(), fresh_number()));
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let result = git(&folder, &["init", "--quiet"])
        .and_then(|_| git(&folder, &["fetch", "--quiet", "--depth", "1", "--", repository, at.unwrap_or("HEAD")]))
        .and_then(|_| git(&folder, &["show", &format!("FETCH_HEAD:{path}")]));
    // What is left of it does no harm in the folder of temporary files.
    drop(std::fs::remove_dir_all(&folder));
    text_of(result?)
}

fn fresh_number() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("git says: {}", said.lines().last().unwrap_or("nothing").trim_start_matches("fatal: ")))
}
