//! From a name to a pipeline: a path, a file below `pipelines/`, or a pipeline of that name in one of them.
//!
//! The one file of this floor that reads files and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kind::not_a_pipeline;
use super::{DocumentKind, ParseOptions, Parsed, Pipeline, parse};
use crate::diagnostic::{Diagnostic, Document, Place, Source, nearest, one_of};

/// The folder pipelines are looked for in, below the project's root.
const FOLDER: &str = "pipelines";
const EXTENSIONS: &[&str] = &["yaml", "yml", "json"];
/// Folders inside folders that are looked through.
const DEEPEST: usize = 8;

/// Where and how to look.
#[derive(Clone, Copy)]
pub struct FindOptions<'a> {
    /// The project's root; `pipelines/` is below it.
    pub root: &'a Path,
    /// Which pipeline of the file, by name or id (`--pipeline`).
    pub pick: Option<&'a str>,
    /// For reading what is found.
    pub parse: ParseOptions<'a>,
}

/// A pipeline and what was found wrong while reading its file.
#[derive(Clone, Debug)]
pub struct Found {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Findings of its file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds the pipeline a person names: `-` for standard input, a path, `path:name`, the name of a file below
/// `pipelines/`, the `name` of a pipeline in one of those, or `application/name`.
pub fn find_pipeline(name: &str, options: &FindOptions<'_>) -> Result<Found, Vec<Diagnostic>> {
    if name == "-" {
        return pick(&read(Path::new("-"))?, options.pick, options);
    }
    if let Some(path) = file_of(name, options.root) {
        return pick(&read(&path)?, options.pick, options);
    }
    if let Some((file, wanted)) = name.rsplit_once(':')
        && let Some(path) = file_of(file, options.root)
    {
        return pick(&read(&path)?, Some(wanted), options);
    }
    by_pipeline_name(name, options)
}

/// Reads a file; `-` reads standard input.
#[expect(clippy::result_large_err, reason = "made once, when the program is about to end")]
pub fn read_source(path: &Path) -> Result<Source, Diagnostic> {
    if path == Path::new("-") {
        return read_stdin();
    }
    let name = path.to_string_lossy();
    let name = name.strip_prefix("./").unwrap_or(&name);
    let bytes = fs::read(path).map_err(|error| unreadable(name, &plain_error(&error)))?;
    text_of(name, bytes)
}

fn read(path: &Path) -> Result<Arc<Source>, Vec<Diagnostic>> {
    read_source(path).map(Arc::new).map_err(|finding| vec![finding])
}

#[expect(clippy::result_large_err, reason = "made once, when the program is about to end")]
fn read_stdin() -> Result<Source, Diagnostic> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| unreadable("<stdin>", &plain_error(&error)))?;
    text_of("<stdin>", bytes)
}

#[expect(clippy::result_large_err, reason = "made once, when the program is about to end")]
fn text_of(name: &str, bytes: Vec<u8>) -> Result<Source, Diagnostic> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let help = match error.as_bytes() {
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "it is UTF-16; save it as UTF-8",
                _ => "save it as UTF-8; is it compressed, or of another program?",
            };
            Err(unreadable(name, &format!("it is no UTF-8 text, byte {} is wrong", at + 1)).help(help))
        }
    }
}

fn unreadable(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("GNK0072", format!("cannot read '{name}': {why}"))
}

fn plain_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// The file a name means: itself, or one of that name below `pipelines/`.
fn file_of(name: &str, root: &Path) -> Option<PathBuf> {
    let exact = PathBuf::from(name);
    if exact.is_file() {
        return Some(exact);
    }
    let below = root.join(FOLDER).join(name);
    if below.is_file() {
        return Some(below);
    }
    let with_extension = |extension: &&str| root.join(FOLDER).join(format!("{name}.{extension}"));
    EXTENSIONS.iter().map(with_extension).find(|path| path.is_file())
}

fn pick(source: &Arc<Source>, wanted: Option<&str>, options: &FindOptions<'_>) -> Result<Found, Vec<Diagnostic>> {
    let Parsed { mut pipelines, mut diagnostics, others } = parse(source, &options.parse);
    if pipelines.is_empty() {
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let finding = |(kind, document): &(DocumentKind, Document)| {
                let map = document.value.as_object()?;
                Some(not_a_pipeline(*kind, map).at(source, document.place.clone()))
            };
            diagnostics.extend(others.iter().filter_map(finding));
        }
        return Err(diagnostics);
    }
    let names: Vec<String> = pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
    let list = || one_of(names.iter().map(String::as_str)).replace(" or ", " and ");
    let Some(wanted) = wanted else {
        if pipelines.len() > 1 {
            let title = format!("'{}' holds {} pipelines", source.name, pipelines.len());
            let help = format!("pick one with '{}:NAME' or --pipeline: {}", source.name, list());
            return Err(vec![Diagnostic::error("GNK0071", title).help(help)]);
        }
        return Ok(Found { pipeline: pipelines.remove(0), diagnostics });
    };
    let mut fitting: Vec<usize> = (0..pipelines.len()).filter(|index| is_called(&pipelines[*index], wanted)).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(index), true) => Ok(Found { pipeline: pipelines.swap_remove(index), diagnostics }),
        (Some(_), false) => {
            let title = format!("'{}' holds several pipelines called '{wanted}'", source.name);
            Err(vec![Diagnostic::error("GNK0071", title).help("pick one by its id")])
        }
        (None, _) => {
            let title = format!("'{}' holds no pipeline called '{wanted}'", source.name);
            let help = match nearest(wanted, names.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean '{meant}'?"),
                None => format!("it holds {}", list()),
            };
            Err(vec![Diagnostic::error("GNK0070", title).help(help).at(source, Place::default())])
        }
    }
}

fn is_called(pipeline: &Pipeline, wanted: &str) -> bool {
    pipeline.name == wanted
        || pipeline.id == wanted
        || wanted
            .split_once('/')
            .is_some_and(|(application, name)| pipeline.application == application && pipeline.name == name)
}

/// Looks through all files below `pipelines/`. Files that cannot be read are passed over: they are not asked for. Nor are
/// templated pipelines of other names: their templates may have to be fetched.
fn by_pipeline_name(name: &str, options: &FindOptions<'_>) -> Result<Found, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let folder = options.root.join(FOLDER);
    collect_files(&folder, 0, &mut files);
    let mut fitting: Vec<Found> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut unresolved = Vec::new();
    for path in &files {
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        let Ok(source) = read(path) else { continue };
        let mut parsed = parse(&source, &ParseOptions { templates: None, ..options.parse });
        if options.parse.templates.is_some() && parsed.others.iter().any(|other| may_be_called(other, name, &mut names))
        {
            parsed = parse(&source, &options.parse);
            unresolved.extend(parsed.diagnostics.iter().filter(|finding| finding.is_error()).cloned());
        }
        for pipeline in parsed.pipelines {
            if is_called(&pipeline, name) && options.pick.is_none_or(|wanted| is_called(&pipeline, wanted)) {
                fitting.push(Found { pipeline, diagnostics: parsed.diagnostics.clone() });
            } else {
                names.push(pipeline.name);
            }
        }
    }
    if fitting.is_empty() && !unresolved.is_empty() {
        return Err(unresolved);
    }
    if fitting.len() > 1 {
        let places = fitting.iter().map(|found| found.pipeline.source.name.as_str());
        let help = format!("name the file: {}", one_of(places));
        return Err(vec![Diagnostic::error("GNK0071", format!("several pipelines are called '{name}'")).help(help)]);
    }
    fitting.pop().ok_or_else(|| vec![not_found(name, &names, &folder)])
}

/// Whether a templated pipeline may be called this, as far as its configuration tells; its name joins the known ones.
fn may_be_called((kind, document): &(DocumentKind, Document), wanted: &str, names: &mut Vec<String>) -> bool {
    if *kind != DocumentKind::TemplatedPipeline {
        return false;
    }
    let parts = ["", "/pipeline", "/config/pipeline", "/config"].map(|path| document.value.pointer(path));
    let texts = |key: &str| parts.iter().flatten().filter_map(|part| part.get(key)?.as_str()).collect::<Vec<_>>();
    let (called, applications) = (texts("name"), texts("application"));
    names.extend(called.iter().map(|name| (*name).to_owned()));
    let fits = |name: &&str| {
        let in_application = |application: &&str| wanted.strip_prefix(*application) == Some(&format!("/{name}"));
        **name == *wanted || name.contains("{{") || name.contains("${") || applications.iter().any(in_application)
    };
    called.is_empty()
        || called.iter().any(fits)
        || ["id", "pipelineConfigId"].iter().any(|key| texts(key).contains(&wanted))
}

fn not_found(name: &str, names: &[String], folder: &Path) -> Diagnostic {
    let looks_like_path = EXTENSIONS.iter().any(|extension| name.ends_with(&format!(".{extension}")));
    let title = if looks_like_path {
        format!("there is no file '{name}'")
    } else {
        format!("there is no file and no pipeline called '{name}'")
    };
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let help = match nearest(name, names.iter().copied()) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None if names.is_empty() => format!("'{}' holds no pipelines; name a file by its path", folder.display()),
        None => format!("'{}' holds {}", folder.display(), one_of(names).replace(" or ", " and ")),
    };
    Diagnostic::error("GNK0070", title).help(help)
}

fn collect_files(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() && depth < DEEPEST {
            collect_files(&path, depth + 1, files);
        } else if path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known)) {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "name: Deploy to prod\napplication: shop\nstages: [{type: wait}]\n";
    const TWO: &str = "- {name: first, application: a, stages: [{type: wait}]}\n- {name: second, application: a, stages: [{type: wait}]}\n";

    fn ask(name: &str, pick: Option<&str>) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("pipelines/shop")).expect("folders");
        fs::write(folder.path().join("pipelines/shop/deploy.yaml"), ONE).expect("a file");
        fs::write(folder.path().join("pipelines/many.yml"), TWO).expect("a file");
        fs::write(folder.path().join("pipelines/broken.json"), "{").expect("a file");
        let options = FindOptions { root: folder.path(), pick, parse: ParseOptions::default() };
        match find_pipeline(name, &options) {
            Ok(found) => found.pipeline.name,
            Err(findings) => {
                findings.iter().map(|f| format!("{} {}", f.code, f.help.as_deref().unwrap_or(""))).collect()
            }
        }
    }

    #[test]
    fn a_name_finds_its_pipeline() {
        for (name, pick, expected) in [
            ("shop/deploy", None, "Deploy to prod"),
            ("shop/deploy.yaml", None, "Deploy to prod"),
            ("Deploy to prod", None, "Deploy to prod"),
            ("shop/Deploy to prod", None, "Deploy to prod"),
            ("second", None, "second"),
            ("many:second", None, "second"),
            ("many.yml", Some("a/first"), "first"),
            ("Deploy to prd", None, "GNK0070 did you mean 'Deploy to prod'?"),
            ("many:frist", None, "GNK0070 did you mean 'first'?"),
            ("broken", None, "GNK0001 the file is cut off, or a '}' is missing"),
        ] {
            assert_eq!(ask(name, pick), expected, "{name}");
        }
        assert!(ask("many", None).starts_with("GNK0071"));
    }
}
