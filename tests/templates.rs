//! Pipeline templates of other people: orca's own integration tests with what orca expects of them, Netflix's and
//! sponnet's templates, and templates of nobody, which must never bring the engine down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gennaker::diagnostic::{Diagnostic, Document, Source, read_documents, render};
use gennaker::model::Map;
use gennaker::template::{Inputs, Loader, Reference, check_template, configuration_for, render_text, resolve};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Files of one folder, and the pipelines `Bake` and `Deploy` of every application.
struct Folder(PathBuf);

impl Loader for Folder {
    fn load(&self, reference: &Reference, _: &str) -> Result<Source, String> {
        let name = match reference {
            Reference::File(path) => path.clone(),
            Reference::Url(url) => url.rsplit('/').next().unwrap_or_default().to_owned(),
            Reference::Stored { id, .. } => format!("{id}.json"),
            Reference::Git { path, .. } => path.clone(),
        };
        let path = self.0.join(&name);
        fs::read_to_string(&path).map(|text| Source::new(name, text)).map_err(|_| "there is no such file".to_owned())
    }

    fn pipeline_id(&self, application: &str, name: &str, _: bool) -> Option<String> {
        matches!(name, "Bake" | "Deploy").then(|| format!("{application}-{name}"))
    }

    fn module(&self, path: &str, _: bool, _: &str) -> Result<Source, String> {
        fs::read_to_string(self.0.join(path))
            .map(|text| Source::new(path, text))
            .map_err(|_| "there is no such file".to_owned())
    }
}

fn corpus(folder: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let root = std::env::var_os("GENNAKER_CORPUS").map_or_else(|| own.clone(), PathBuf::from);
    [root, own].iter().map(|root| root.join(folder)).find(|folder| folder.is_dir()).unwrap()
}

fn read(name: &str, text: &str) -> (Arc<Source>, Document) {
    let source = Arc::new(Source::new(name, text));
    let (mut documents, findings) = read_documents(&source);
    assert!(documents.len() == 1, "{name}: {}", render(&findings, false));
    (source, documents.remove(0))
}

fn read_file(path: &Path) -> (Arc<Source>, Document) {
    read(&path.file_name().unwrap().to_string_lossy(), &fs::read_to_string(path).unwrap())
}

/// A configuration and what is resolved with it, the way orca's integration test puts them together: a configuration
/// that names no template gets the one of its name inline.
fn orca(folder: &Path, name: &str) -> Result<Map, Vec<Diagnostic>> {
    let (source, document) = read_file(&folder.join(format!("{name}-config.yml")));
    let named = document.value.pointer("/pipeline/template/source").is_some();
    let inline = ["template", "root"].map(|kind| folder.join(format!("{name}-{kind}.yml")));
    let template = inline.iter().find(|path| path.is_file()).filter(|_| !named).map(|path| read_file(path));
    let inputs = Inputs { template, ..Inputs::default() };
    resolve(&source, &document, &inputs, &Folder(folder.to_owned())).map(|resolved| resolved.pipeline)
}

/// Without the ids that orca draws at random, and with the one it invents.
fn comparable(mut pipeline: Map) -> Value {
    pipeline.entry("id").or_insert_with(|| "unknown".into());
    for stage in pipeline.get_mut("stages").and_then(Value::as_array_mut).into_iter().flatten() {
        stage.as_object_mut().unwrap().remove("id");
    }
    Value::Object(pipeline)
}

#[test]
fn orcas_own_templates_give_what_orca_expects() {
    let folder = corpus("templates/v1");
    let names: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_string_lossy().strip_suffix("-expected.json").map(str::to_owned))
        .collect();
    assert!(!names.is_empty());
    let mut wrong = Vec::new();
    for name in &names {
        let expected: Map = serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}-expected.json"))).unwrap()).unwrap();
        match (orca(&folder, name), expected.get("errors").and_then(Value::as_array)) {
            (Ok(pipeline), None) => {
                let (found, expected) = (comparable(pipeline), comparable(expected));
                if found != expected {
                    wrong.push(format!("{name}:\n{found:#}\nexpected:\n{expected:#}"));
                }
            }
            (Err(findings), Some(errors)) if findings.len() == errors.len() => {}
            (Err(findings), Some(errors)) => wrong.push(format!("{name}: {findings:?}, expected {errors:?}")),
            (Err(findings), None) => wrong.push(format!("{name}: {}", render(&findings, false))),
            (Ok(_), Some(errors)) => wrong.push(format!("{name}: expected {errors:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), names.len(), wrong.join("\n"));
}
