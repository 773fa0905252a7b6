//! The project a command works on: its root, settings, history and pipelines.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::GlobalOptions;
use super::error::Findings;
use crate::history::{FileHistory, History};
use crate::model::Map;
use crate::pipeline::{FindOptions, Found, ParseOptions, Pipeline, find_pipeline};
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
    /// Application of documents that name none.
    pub application: Option<String>,
}

impl Project {
    /// Finds the project of the current folder.
    pub fn find(options: &GlobalOptions) -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("finding the current folder")?;
        let root = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here).to_owned();
        let history = options.history.clone().unwrap_or_else(|| ".gennaker".into());
        let history = root.join(history);
        let user = std::env::var("USER").unwrap_or_default();
        Ok(Self { root, history, user, application: None })
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

    fn find_options<'a>(&'a self, pick: Option<&'a str>) -> FindOptions<'a> {
        let parse = ParseOptions { application: self.application.as_deref(), catalogue: Some(&Catalogue) };
        FindOptions { root: &self.root, pick, parse }
    }

    /// The pipeline that a command names.
    pub fn pipeline(&self, name: &str, pick: Option<&str>) -> anyhow::Result<Found> {
        Ok(find_pipeline(name, &self.find_options(pick)).map_err(Findings)?)
    }

    /// The pipeline with this id or name, for stages that start others: below `pipelines/`, or in the files that the
    /// running executions come from.
    pub fn find_pipeline(&self, application: &str, pipeline: &str, origins: &[String]) -> Option<Pipeline> {
        let names = [format!("{application}/{pipeline}"), pipeline.to_owned()];
        let beside = origins.iter().map(|file| format!("{file}:{pipeline}"));
        beside
            .chain(names)
            .find_map(|name| find_pipeline(&name, &self.find_options(None)).ok())
            .map(|found| found.pipeline)
    }
}
