//! `gennaker validate`: everything that is wrong with documents, at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::documents::collect;
use super::error::Told;
use super::exit_code::Exit;
use super::project::Project;
use super::templates::ProjectTemplates;
use super::{GlobalOptions, OutputForm, out};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::pipeline::{DocumentKind, Expressions, ParseOptions, parse, read_source, validate, validate_in_project};
use crate::template::Inputs;

/// Check pipeline documents without running them
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker validate                       everything under pipelines/
  gennaker validate deploy.json           one file, YAML or JSON
  gennaker validate pipelines/ -o json    findings for programs
  gennaker validate -o sarif > out.sarif  findings for code scanning
  jsonnet deploy.jsonnet | gennaker validate -")]
pub struct ValidateArgs {
    /// Files, folders, or - for standard input; pipelines/ when absent
    paths: Vec<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
}

/// The check of expressions that documents are validated with.
pub const EXPRESSIONS: Expressions<'static> = Some(&crate::expr::check);

/// Runs the command.
pub fn run(args: &ValidateArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let usual = project.root.join("pipelines");
    if args.paths.is_empty() && !usual.is_dir() {
        let told = Told::usage(format!("there is no folder {} to check", usual.display()));
        return Err(told.hint("name files or folders: gennaker validate deploy.json").into());
    }
    let paths = if args.paths.is_empty() { vec![usual] } else { args.paths.clone() };
    let files = collect(&paths);
    let mut findings = Vec::new();
    let mut pipelines = 0;
    let mut templates_checked = 0;
    let mut passed_over = 0;
    let templates = ProjectTemplates { project: &project, inputs: Inputs::default() };
    let options = project.parse_options(&templates);
    let accounts: Vec<&str> = project.settings.accounts.keys().map(String::as_str).collect();
    for file in &files {
        let source = match read_source(&file.path) {
            Ok(source) => Arc::new(source),
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let parsed = parse(&source, &ParseOptions { found: file.found, ..options });
        findings.extend(parsed.diagnostics);
        pipelines += parsed.pipelines.len();
        let is_template = |kind| matches!(kind, DocumentKind::Template | DocumentKind::TemplatedPipeline);
        templates_checked += parsed.others.iter().filter(|(kind, _)| *kind == DocumentKind::Template).count();
        let is_other = parsed.pipelines.is_empty() && !parsed.others.iter().any(|(kind, _)| is_template(*kind));
        passed_over += usize::from(file.found && is_other);
        for pipeline in &parsed.pipelines {
            findings.extend(validate(pipeline, &project.types, EXPRESSIONS));
            if is_ours(&file.path, &project) {
                findings.extend(validate_in_project(pipeline, &project.types, &accounts));
            }
        }
    }
    diagnostic::sort(&mut findings);
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if global.output == OutputForm::Sarif {
        println!("{}", serde_json::to_string_pretty(&diagnostic::sarif(&findings))?);
    } else if global.output == OutputForm::Json {
        let list: Vec<_> = findings.iter().map(Diagnostic::to_json).collect();
        let result = json!({
            "version": 1, "files": files.len(), "pipelines": pipelines,
            "templates": templates_checked, "passedOver": passed_over, "findings": list,
        });
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        if global.quiet {
            findings.retain(Diagnostic::is_error);
        }
        eprint!("{}", diagnostic::render(&findings, super::use_colors(global.color)));
        let templates = match templates_checked {
            0 => String::new(),
            _ => format!(" and {}", out::counted(templates_checked, "template")),
        };
        let others = match passed_over {
            0 => String::new(),
            1 => "; 1 file holds something else".to_owned(),
            _ => format!("; {passed_over} files hold something else"),
        };
        println!(
            "{}{templates} in {}: {}, {}{others}",
            out::counted(pipelines, "pipeline"),
            out::counted(files.len(), "file"),
            out::counted(errors, "error"),
            out::counted(warnings, "warning"),
        );
    }
    Ok(if errors > 0 || (args.strict && warnings > 0) { Exit::Usage } else { Exit::Succeeded })
}

/// Whether a file is of this project, whose settings say which accounts there are. Documents from elsewhere may be
/// checked where nobody could run them.
fn is_ours(file: &Path, project: &Project) -> bool {
    let below = |file: PathBuf| project.root.canonicalize().is_ok_and(|root| file.starts_with(root));
    !project.settings.files.is_empty() && file.canonicalize().is_ok_and(below)
}
