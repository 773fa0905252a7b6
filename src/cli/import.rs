//! `gennaker import`: Spinnaker's JSON as tidy YAML that means the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::documents::collect;
use super::error::{Findings, Told};
use super::exit_code::Exit;
use super::project::Project;
use super::{GlobalOptions, OutputForm, out, use_colors};
use crate::diagnostic::{self, Diagnostic, Source};
use crate::model::StageCatalogue;
use crate::pipeline::{
    DocumentKind, ParseOptions, Parsed, Pipeline, StageDefinition, parse, read_source, same_meaning, tidy,
};
use crate::stages::ProjectTypes;

/// Turn Spinnaker's pipelines into tidy YAML that means the same
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker import deploy.json                                  prints YAML
  spin pipeline list -a shop | gennaker import - --out pipelines
  gennaker import export/ --out pipelines                      a file per pipeline, below its application
  gennaker import export/ --check                              only reports what is not supported, and why

Dropped is only what means nothing to an engine: updateTs, lastModifiedBy, lastModified, createTs, index, \
stageCounter, executionEngine, parallel, isNew, appConfig, migrationStatus, and defaults written out. That the rest \
means the same is proved by reading the YAML again before it is written.")]
pub struct ImportArgs {
    /// A file, a folder, or - for standard input: a pipeline, a list of them, an application's export
    from: PathBuf,
    /// Write a file per pipeline below this folder instead of printing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Only report what is not supported, per stage
    #[arg(long, conflicts_with = "out")]
    check: bool,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// A document to be written.
struct Imported {
    /// Folder and file it gets, below `--out`.
    path: PathBuf,
    yaml: String,
}

/// Runs the command.
pub fn run(args: &ImportArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let options = ParseOptions {
        application: project.application.as_deref(),
        catalogue: Some(&project.types),
        ..ParseOptions::default()
    };
    let mut pipelines = Vec::new();
    let mut others = Vec::new();
    let mut findings = Vec::new();
    for file in collect(std::slice::from_ref(&args.from)) {
        let source = Arc::new(read_source(&file.path).map_err(|finding| Findings(vec![finding]))?);
        let options = ParseOptions { found: file.found, ..options };
        let Parsed { pipelines: found, others: more, diagnostics } = parse(&source, &options);
        pipelines.extend(found);
        findings.extend(diagnostics.into_iter().filter(|finding| finding.code != "GNK0008"));
        others.extend(more.into_iter().map(|(kind, document)| (kind, Arc::clone(&source), document.value)));
    }
    if args.check {
        return check(&pipelines, &findings, &project.types, global);
    }
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Findings(findings).into());
    }
    let mut imported = Vec::new();
    for pipeline in &pipelines {
        let folder = PathBuf::from(file_name(&pipeline.application));
        let path = folder.join(format!("{}.yaml", file_name(&pipeline.name)));
        imported.push(Imported { path, yaml: proved(pipeline, &options, &project.types)? });
    }
    for (kind, source, value) in &others {
        if matches!(kind, DocumentKind::Template | DocumentKind::TemplatedPipeline) {
            let folder = if *kind == DocumentKind::Template { "templates" } else { "templated" };
            let name = value.get("id").or_else(|| value.get("name")).and_then(Value::as_str).unwrap_or(&source.name);
            let path = Path::new(folder).join(format!("{}.yaml", file_name(name)));
            imported.push(Imported { path, yaml: serde_yaml::to_string(value)? });
        }
    }
    if imported.is_empty() {
        return Err(Told::usage(format!("{} holds no pipeline", args.from.display())).into());
    }
    match &args.out {
        Some(folder) => write(distinct(imported), folder, args.force, global),
        None => {
            let texts: Vec<String> = imported.into_iter().map(|imported| imported.yaml).collect();
            print!("{}", texts.join("---\n"));
            Ok(Exit::Succeeded)
        }
    }
}

/// The YAML of a pipeline, read again and compared with it.
fn proved(pipeline: &Pipeline, options: &ParseOptions<'_>, types: &ProjectTypes) -> anyhow::Result<String> {
    let yaml = serde_yaml::to_string(&tidy(pipeline, types))?;
    let again = parse(&Arc::new(Source::new(format!("{}.yaml", pipeline.name), yaml.clone())), options);
    match again.pipelines.as_slice() {
        [same] if same_meaning(pipeline, same) => Ok(yaml),
        // Our forms cannot say it: Spinnaker's own can.
        _ => {
            let plain = serde_yaml::to_string(&pipeline.to_value())?;
            let again = parse(&Arc::new(Source::new(format!("{}.yaml", pipeline.name), plain.clone())), options);
            match again.pipelines.as_slice() {
                [same] if same_meaning(pipeline, same) => Ok(plain),
                _ => {
                    Err(Told::usage(format!("'{}' cannot be written as YAML that means the same", pipeline.name))
                        .into())
                }
            }
        }
    }
}

/// Different files for different pipelines, also when their names differ only in signs.
fn distinct(imported: Vec<Imported>) -> BTreeMap<PathBuf, String> {
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for Imported { path, yaml } in imported {
        let stem = path.with_extension("");
        let mut candidate = path.clone();
        let mut number = 2;
        while files.contains_key(&candidate) {
            candidate = PathBuf::from(format!("{}-{number}.yaml", stem.display()));
            number += 1;
        }
        files.insert(candidate, yaml);
    }
    files
}

fn write(files: BTreeMap<PathBuf, String>, out: &Path, force: bool, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let there: Vec<String> = files
        .keys()
        .map(|path| out.join(path))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if !there.is_empty() && !force {
        let told = Told::usage(format!("{} would be overwritten; nothing was written", there.join(", ")));
        return Err(told.hint("--force overwrites").into());
    }
    for (path, yaml) in &files {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        fs::write(&path, yaml).with_context(|| format!("writing {}", path.display()))?;
        if !global.quiet {
            println!("{}", path.display());
        }
    }
    Ok(Exit::Succeeded)
}

/// Reports what the engine lacks for these pipelines.
fn check(
    pipelines: &[Pipeline],
    findings: &[Diagnostic],
    types: &ProjectTypes,
    global: &GlobalOptions,
) -> anyhow::Result<Exit> {
    let mut lines = Vec::new();
    let mut stages = 0;
    for pipeline in pipelines {
        stages += pipeline.stages.len();
        for stage in &pipeline.stages {
            if let Some(reason) = lacking(stage, types) {
                lines.push((pipeline, stage, reason));
            }
        }
    }
    if global.output == OutputForm::Json {
        let line = |(pipeline, stage, reason): &(&Pipeline, &StageDefinition, String)| {
            json!({
                "application": pipeline.application, "pipeline": pipeline.name, "refId": stage.ref_id,
                "stage": stage.name, "type": stage.kind, "reason": reason,
            })
        };
        let errors: Vec<Value> = findings.iter().filter(|f| f.is_error()).map(Diagnostic::to_json).collect();
        let result = json!({
            "version": 1, "pipelines": pipelines.len(), "stages": stages,
            "unsupported": lines.iter().map(line).collect::<Vec<_>>(), "findings": errors,
        });
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        eprint!("{}", diagnostic::render(findings, use_colors(global.color)));
        for (pipeline, stage, reason) in &lines {
            println!("{}/{}: stage '{}' ({}): {reason}", pipeline.application, pipeline.name, stage.name, stage.kind);
        }
        let (pipelines, stages) = (out::counted(pipelines.len(), "pipeline"), out::counted(stages, "stage"));
        println!("{pipelines}, {stages}, {} of them not supported", lines.len());
    }
    let broken = findings.iter().any(Diagnostic::is_error);
    Ok(if broken || !lines.is_empty() { Exit::Usage } else { Exit::Succeeded })
}

/// Why a stage cannot run, if so.
fn lacking(stage: &StageDefinition, types: &ProjectTypes) -> Option<String> {
    let alias = stage.context.get("alias").and_then(Value::as_str).filter(|alias| !alias.is_empty());
    let kind = alias.unwrap_or(&stage.kind);
    if let Some(list) = types.configured_under(kind).filter(|_| types.configured(&stage.kind).is_none()) {
        return Some(format!("configure '{}' in gennaker.yaml under '{list}', as it is in Spinnaker", stage.kind));
    }
    if types.fields(kind).is_some() {
        return None;
    }
    let reason = types.unsupported(kind).map(str::to_owned);
    Some(reason.unwrap_or_else(|| {
        "no stage type of Spinnaker's; one of a plugin, or a preconfigured webhook or job that gennaker.yaml lacks"
            .to_owned()
    }))
}

/// A name as the name of a file.
fn file_name(name: &str) -> String {
    let mut text: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    while text.contains("--") {
        text = text.replace("--", "-");
    }
    let text = text.trim_matches(['-', '.']).to_owned();
    if text.is_empty() { "pipeline".to_owned() } else { text }
}
