//! `gennaker init`: a first pipeline and settings in this repository.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::project::Project;
use crate::pipeline::json_schema;

const PIPELINE: &str = include_str!("../../pipelines/quickstart.yaml");

/// Write a first pipeline, settings and the schema for editors into this repository
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker init                       here
  gennaker init --application shop    with this application's name
  gennaker init --history s3://example-history/shop    with a history that machines share; the bucket is tried out")]
pub struct InitArgs {
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

/// Runs the command. Writes all files or none.
pub async fn run(args: &InitArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let here = std::env::current_dir().context("finding the current folder")?;
    let application = match &project.application {
        Some(application) => application.clone(),
        None => application_name(&here),
    };
    let mut settings = format!(
        "# Settings of this project; 'gennaker config example' shows all there are.\napplication: {application}\n\
         # Spinnaker's default zone is America/Los_Angeles, which surprises everybody else.\ntimeZone: UTC\n"
    );
    if let Some(place) = &global.history {
        settings.push_str(&format!("history: {}\n", place.display()));
    }
    let header = "# yaml-language-server: $schema=.schema.json\n";
    let pipeline = PIPELINE.replace("application: hello", &format!("application: {application}"));
    let schema = serde_json::to_string_pretty(&json_schema(&project.types))? + "\n";
    let files: [(PathBuf, String); 3] = [
        (here.join("gennaker.yaml"), settings),
        (here.join("pipelines/quickstart.yaml"), format!("{header}{pipeline}")),
        (here.join("pipelines/.schema.json"), schema),
    ];
    let there: Vec<String> =
        files.iter().filter(|(path, _)| path.exists()).map(|(path, _)| path.display().to_string()).collect();
    if !there.is_empty() && !args.force {
        return Err(Told::usage(format!("{} is there already; nothing was written", there.join(", ")))
            .hint("overwrite with --force")
            .into());
    }
    // A store that cannot hold history is refused before anything relies on it.
    let history = project.open_history()?;
    if history.is_shared() {
        history.prepare().await?;
        eprintln!("{} can hold history", history.location());
    }
    std::fs::create_dir_all(here.join("pipelines")).context("creating pipelines/")?;
    for (path, text) in &files {
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
        println!("{}", path.strip_prefix(&here).unwrap_or(path).display());
    }
    eprintln!("next: gennaker run quickstart");
    Ok(Exit::Succeeded)
}

/// The folder's name, as far as an application's name can hold it.
fn application_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')).collect();
    if name.is_empty() { "app".to_owned() } else { name }
}
