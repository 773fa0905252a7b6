//! The project a command works on: its root, settings, history and pipelines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::GlobalOptions;
use super::error::{Findings, Told};
use crate::diagnostic::Source;
use crate::history::{FileHistory, History};
use crate::model::Map;
use crate::pipeline::{ParseOptions, Pipeline, parse};
use crate::providers::Connection;
use crate::stages::{Accounts, Catalogue};

/// Everything a command needs to know of where it was called.
pub struct Project {
    /// The repository's root, or the current folder outside of one.
    pub root: PathBuf,
    /// Where history is kept.
    pub history: PathBuf,
    /// Who calls.
    pub user: String,
}

impl Project {
    /// Finds the project of the current folder.
    pub fn find(options: &GlobalOptions) -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("finding the current folder")?;
        let root = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here).to_owned();
        let history = options.history.clone().unwrap_or_else(|| ".gennaker".into());
        let history = root.join(history);
        let user = std::env::var("USER").unwrap_or_default();
        Ok(Self { root, history, user })
    }

    /// Opens the history.
    pub fn open_history(&self) -> anyhow::Result<Arc<dyn History>> {
        Ok(Arc::new(FileHistory::open(&self.history)?))
    }

    /// The accounts of the project.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        let connection = Connection {
            account: "local".into(),
            settings: Map::new(),
            state: self.history.clone(),
            root: self.root.clone(),
        };
        Accounts::new([("local".to_owned(), ("local".to_owned(), connection))].into())
    }

    /// Reads the pipelines of a file.
    pub fn read(&self, path: &Path) -> anyhow::Result<Vec<Pipeline>> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let source = Arc::new(Source::new(path.display().to_string(), text));
        let parsed = parse(&source, &ParseOptions { application: None, catalogue: Some(&Catalogue) });
        if parsed.diagnostics.iter().any(crate::diagnostic::Diagnostic::is_error) {
            return Err(Findings(parsed.diagnostics).into());
        }
        Ok(parsed.pipelines)
    }

    /// The pipeline that a command names.
    pub fn pipeline(&self, name: &str) -> anyhow::Result<Pipeline> {
        let mut pipelines = self.read(Path::new(name))?;
        match pipelines.len() {
            1 => Ok(pipelines.remove(0)),
            count => Err(Told::usage(format!("{name} holds {count} pipelines")).into()),
        }
    }

    /// The pipeline with this id or name, for stages that start others.
    pub fn find_pipeline(&self, application: &str, pipeline: &str) -> anyhow::Result<Option<Pipeline>> {
        let _ = (application, pipeline);
        Ok(None)
    }
}
