//! Settings of a local account: where its world lies and which binary serves it.

use std::env;
use std::path::{Path, PathBuf};

use super::error;
use crate::model::{Field, Shape, optional};
use crate::providers::{Connection, Error};

/// Region of everything when a document names none.
pub(super) const DEFAULT_REGION: &str = "local";

/// Settings that an account of this kind knows.
pub(super) const ACCOUNT_FIELDS: &[Field] = &[
    optional(
        "executable",
        Shape::Text,
        "gennaker binary that serves instances and load balancers; this one by default",
    ),
    optional("region", Shape::Text, "name of the one region; `local` by default"),
    optional("root", Shape::Text, "folder of this account's world; `<state>/local/<account>` by default"),
];

/// An account, read from its settings.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) region: String,
    /// Folder of its world, absolute.
    pub(super) root: PathBuf,
    /// The project's root: relative paths of documents start here.
    pub(super) project: PathBuf,
    executable: Option<PathBuf>,
}

impl Account {
    pub(super) fn from_connection(connection: &Connection) -> Result<Self, Error> {
        let text = |key: &str| match connection.settings.get(key) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => {
                Err(error::invalid(format!("'{key}' of account '{}' must be text, not {other}", connection.account)))
            }
        };
        let root = match text("root")? {
            Some(root) => connection.root.join(root),
            None => connection.state.join("local").join(&connection.account),
        };
        if !root.is_absolute() {
            return Err(error::invalid(format!(
                "'root' of account '{}' is the relative path {}; make it absolute",
                connection.account,
                root.display()
            )));
        }
        Ok(Self {
            name: connection.account.clone(),
            region: text("region")?.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
            root,
            project: connection.root.clone(),
            executable: text("executable")?
                .map(|path| connection.root.join(path))
                .or_else(|| env::var_os("GENNAKER_EXECUTABLE").map(PathBuf::from)),
        })
    }

    /// The binary that instances and balancers are started with: the setting, `GENNAKER_EXECUTABLE`, or this one,
    /// also when its file was replaced by an upgrade meanwhile.
    pub(super) fn executable(&self) -> Result<PathBuf, Error> {
        if let Some(path) = &self.executable {
            return if path.is_file() {
                Ok(path.clone())
            } else {
                Err(error::invalid(format!(
                    "the gennaker binary {} does not exist; correct 'executable' of account '{}' or GENNAKER_EXECUTABLE",
                    path.display(),
                    self.name
                )))
            };
        }
        let own = env::current_exe().unwrap_or_default();
        let replaced = Path::new("/proc/self/exe");
        if !own.is_file() && replaced.exists() {
            return Ok(replaced.to_owned());
        }
        Ok(own)
    }
}
