//! Settings: `gennaker.yaml` of the project and of the user, the environment, flags, and what is built in.
//!
//! Precedence: flag, environment, project file, user file, built in. Every value knows where it comes from.

mod account;
mod file;
mod origin;
mod secret;
mod settings;
mod show;

pub use account::Account;
pub use file::{Files, find_files};
pub use origin::{Origin, Sourced};
pub use secret::resolve_secrets;
pub use settings::{Flags, LoadOptions, Settings, UrlRules};
pub use show::Shown;

/// The commented example that documents every setting.
pub const EXAMPLE: &str = include_str!("example.yaml");
