//! `gennaker artifact`: fetches and resolves artifacts as stages do.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::exit_code::Exit;
use super::project::Project;
use super::{GlobalOptions, OutputForm};
use crate::artifacts;
use crate::model::Artifact;

/// Fetch an artifact's content, or say exactly which one it is
#[derive(Args, Debug)]
pub struct ArtifactCommandArgs {
    #[command(subcommand)]
    command: ArtifactCommand,
}

#[derive(Subcommand, Debug)]
enum ArtifactCommand {
    /// Print an artifact's content, or write it to a file
    #[command(after_help = "Examples:
  gennaker artifact fetch https://example.com/manifest.yaml
  gennaker artifact fetch github/file:https://api.github.com/repos/me/app/contents/app.yaml --account github
  gennaker artifact fetch '{\"type\": \"helm/chart\", \"name\": \"nginx\", \"version\": \"^1.2\"}' --to nginx.tgz
  gennaker artifact fetch s3://bucket/key")]
    Fetch {
        #[command(flatten)]
        artifact: ArtifactArg,
        /// Where to write it; standard output when absent
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Print the artifact with what may change said exactly: a tag's digest, a branch's commit, a range's version
    #[command(after_help = "Examples:
  gennaker artifact resolve docker/image:nginx:1.25       nginx@sha256:…
  gennaker artifact resolve 'maven/file:com.example:app:[1.0,2.0)'
  gennaker artifact resolve docker/image:gcr.io/me/app:1 -o json")]
    Resolve {
        #[command(flatten)]
        artifact: ArtifactArg,
    },
}

#[derive(Args, Debug)]
struct ArtifactArg {
    /// TYPE:REFERENCE, a URL, or JSON
    #[arg(value_name = "ARTIFACT")]
    artifact: String,
    /// The artifact account of gennaker.yaml to use
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

impl ArtifactArg {
    fn read(&self) -> anyhow::Result<Artifact> {
        let mut artifact = artifacts::parse(&self.artifact)?;
        if self.account.is_some() {
            artifact.artifact_account.clone_from(&self.account);
        }
        Ok(artifact)
    }
}

/// Runs the command.
pub async fn run(args: &ArtifactCommandArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let store = Project::find(global)?.artifacts()?;
    match &args.command {
        ArtifactCommand::Fetch { artifact, to } => {
            let content = store.fetch(&artifact.read()?).await?;
            match to {
                Some(path) => {
                    std::fs::write(path, content).with_context(|| format!("writing {}", path.display()))?;
                }
                None => std::io::stdout().write_all(&content).context("writing to standard output")?,
            }
        }
        ArtifactCommand::Resolve { artifact } => {
            let resolved = store.resolve(&artifact.read()?).await?;
            match global.output {
                OutputForm::Json => println!("{}", serde_json::to_string_pretty(&resolved)?),
                OutputForm::Text => println!("{}", exact(&resolved)),
            }
        }
    }
    Ok(Exit::Succeeded)
}

/// The exact part, on one line.
fn exact(artifact: &Artifact) -> String {
    let reference = Artifact::filled(&artifact.reference);
    match (artifact.kind(), reference, Artifact::filled(&artifact.version)) {
        ("git/repo" | "helm/chart" | "helm/image", _, Some(version)) => version.to_owned(),
        (_, Some(reference), _) => reference.to_owned(),
        _ => artifact.to_string(),
    }
}
