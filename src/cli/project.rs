//! The project a command works on: its root, settings, history and pipelines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};

use super::GlobalOptions;
use super::error::Findings;
use super::templates::ProjectTemplates;
use crate::artifacts::Store;
use crate::config::{Flags, LoadOptions, Origin, Settings, Sourced, resolve_secrets};
use crate::diagnostic::{self, Diagnostic};
use crate::history::{FileHistory, History};
#[cfg(feature = "aws")]
use crate::history::{S3History, S3Options};
use crate::http::UrlPolicy;
use crate::model::{Failure, Map};
use crate::pipeline::{FindOptions, Found, ParseOptions, Pipeline, find_pipeline};
use crate::providers::Connection;
use crate::stages::{Accounts, ProjectTypes, TrafficGuard, check_configured};
use crate::template::Inputs;

/// Everything a command needs to know of where it was called.
pub struct Project {
    /// The repository's root, or the current folder outside of one.
    pub root: PathBuf,
    /// Where this machine keeps what is its own: the history's folder, when it is in one.
    pub state: PathBuf,
    /// Who calls.
    pub user: String,
    /// Application of documents that name none.
    pub application: Option<String>,
    /// The settings in effect.
    pub settings: Settings,
    /// The stage types there are, those that the settings configure among them.
    pub types: ProjectTypes,
}

impl Project {
    /// Finds the project of the current folder and reads its settings; what is wrong with them ends the command.
    pub fn find(options: &GlobalOptions) -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("finding the current folder")?;
        let flags = Flags {
            application: options.application.clone(),
            history: options.history.as_ref().map(|path| path.display().to_string()),
            time_zone: options.time_zone.clone(),
            ..Flags::default()
        };
        let (settings, mut findings) =
            Settings::load(&LoadOptions { directory: &here, flags: &flags, environment: &variable });
        for (name, service) in &settings.services {
            if let Origin::File(source, place) = &service.origin {
                findings.extend(check_configured(name, &service.value, source, place));
            }
        }
        if findings.iter().any(Diagnostic::is_error) {
            return Err(Findings(findings).into());
        }
        if !findings.is_empty() && !options.quiet {
            eprint!("{}", diagnostic::render(&findings, super::use_colors(options.color)));
        }
        let root = settings.root.clone();
        let is_folder = !is_in_s3(&settings.history.value);
        let state = root.join(if is_folder { &settings.history.value } else { STATE });
        let user = match settings.user.origin {
            Origin::BuiltIn => login_name().unwrap_or_else(|| settings.user.value.clone()),
            _ => settings.user.value.clone(),
        };
        let types = ProjectTypes::of(&settings.service_settings());
        Ok(Self { root, state, user, application: settings.application.value.clone(), settings, types })
    }

    /// Opens the history.
    pub fn open_history(&self) -> anyhow::Result<Arc<dyn History>> {
        self.open_history_at(&self.settings.history.value)
    }

    /// Opens the history of another place, with the options of the project's own.
    pub fn open_history_at(&self, place: &str) -> anyhow::Result<Arc<dyn History>> {
        if is_in_s3(place) {
            return self.open_s3(place);
        }
        Ok(Arc::new(FileHistory::open(self.root.join(place))?))
    }

    #[cfg(feature = "aws")]
    fn open_s3(&self, place: &str) -> anyhow::Result<Arc<dyn History>> {
        let options = resolve_secrets(&self.settings.history_options, &self.root, &variable)
            .map_err(|finding| Findings(vec![finding.help("the history needs it")]))?;
        Ok(Arc::new(S3History::new(S3Options::read(place, &options)?)))
    }

    #[cfg(not(feature = "aws"))]
    fn open_s3(&self, place: &str) -> anyhow::Result<Arc<dyn History>> {
        let text = format!("history '{place}': this gennaker is built without the feature 'aws'");
        Err(super::error::Told::usage(text).hint("choose a folder with --history").into())
    }

    /// The accounts of the project, their secrets resolved.
    pub fn accounts(&self) -> anyhow::Result<Accounts> {
        let mut known = BTreeMap::new();
        for account in self.settings.accounts.values() {
            let settings = resolve_secrets(&account.settings, &self.root, &variable).map_err(|finding| {
                Findings(vec![finding.help(format!("account '{}' needs it; {}", account.name, account.origin))])
            })?;
            let connection = Connection {
                account: account.name.clone(),
                settings,
                state: self.state.clone(),
                root: self.root.clone(),
                execution: None,
                fence: None,
            };
            known.insert(account.name.clone(), (account.provider.clone(), connection));
        }
        Ok(Accounts::new(known))
    }

    /// Where artifacts are fetched from. A secret that cannot be read only matters to who uses its account.
    pub fn artifacts(&self) -> anyhow::Result<Store> {
        let rules = &self.settings.url_policy.value;
        let policy = UrlPolicy::new(&rules.allow, &rules.deny, rules.allow_private)?;
        let read = |(name, account): (&String, &Sourced<Map>)| {
            let settings = resolve_secrets(&account.value, &self.root, &variable).map_err(|finding| {
                Failure::user(finding.title).detail(format!("artifact account '{name}' needs it; {}", account.origin))
            });
            (name.clone(), settings.map(|settings| below(&self.root, settings)))
        };
        Ok(Store::new(self.settings.artifacts.iter().map(read).collect(), policy))
    }

    /// Settings that stages read by name.
    pub fn service_settings(&self) -> Map {
        let mut services = self.settings.service_settings();
        let rules = &self.settings.url_policy.value;
        let urls = json!({"allow": rules.allow, "deny": rules.deny, "allowPrivate": rules.allow_private});
        let webhook = services.entry("webhook").or_insert_with(|| Value::Object(Map::new()));
        if let Some(webhook) = webhook.as_object_mut() {
            webhook.entry("urls").or_insert(urls);
        }
        services
    }

    /// Clusters that must keep a server group in traffic.
    pub fn traffic_guards(&self) -> Vec<TrafficGuard> {
        let guard = |value: &Value| {
            let part = |key: &str| {
                let text = value.get(key).and_then(Value::as_str);
                text.filter(|text| !text.is_empty() && *text != "*").map(str::to_owned)
            };
            (value.get("enabled") != Some(&Value::Bool(false))).then(|| TrafficGuard {
                account: part("account"),
                location: part("location"),
                stack: part("stack"),
                detail: part("detail"),
                application: part("application"),
            })
        };
        self.settings.traffic_guards.value.iter().filter_map(guard).collect()
    }

    fn find_options<'a>(&'a self, pick: Option<&'a str>, templates: &'a ProjectTemplates<'a>) -> FindOptions<'a> {
        FindOptions { root: &self.root, pick, parse: self.parse_options(templates) }
    }

    /// How documents of this project are read.
    pub fn parse_options<'a>(&'a self, templates: &'a ProjectTemplates<'a>) -> ParseOptions<'a> {
        ParseOptions {
            application: self.application.as_deref(),
            catalogue: Some(&self.types),
            templates: Some(templates),
            found: false,
        }
    }

    /// The pipeline that a command names, with the project's defaults for what it leaves out.
    pub fn pipeline(&self, name: &str, pick: Option<&str>) -> anyhow::Result<Found> {
        self.pipeline_with(name, pick, Inputs::default())
    }

    /// The same, where the trigger is known that a templated pipeline is resolved with.
    pub fn pipeline_with(&self, name: &str, pick: Option<&str>, inputs: Inputs) -> anyhow::Result<Found> {
        let templates = ProjectTemplates { project: self, inputs };
        let mut found = find_pipeline(name, &self.find_options(pick, &templates)).map_err(Findings)?;
        self.fill_in(&mut found.pipeline);
        Ok(found)
    }

    /// The pipeline with this id or name, for stages that start others: below `pipelines/`, or in the files that the
    /// running executions come from.
    pub fn find_pipeline(&self, application: &str, pipeline: &str, origins: &[String]) -> Option<Pipeline> {
        let templates = ProjectTemplates { project: self, inputs: Inputs::default() };
        let names = [format!("{application}/{pipeline}"), pipeline.to_owned()];
        let beside = origins.iter().map(|file| format!("{file}:{pipeline}"));
        let mut found = beside
            .chain(names)
            .find_map(|name| find_pipeline(&name, &self.find_options(None, &templates)).ok())
            .map(|found| found.pipeline)?;
        self.fill_in(&mut found);
        Some(found)
    }

    fn fill_in(&self, pipeline: &mut Pipeline) {
        if pipeline.spel_evaluator.is_none() {
            pipeline.spel_evaluator = Some(self.settings.spel_evaluator.value.clone());
        }
        for stage in &mut pipeline.stages {
            let Some(defaults) = self.settings.defaults.get(&stage.kind) else { continue };
            for (key, value) in &defaults.value {
                stage.context.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

/// Files that an account names lie below the project's root, wherever the command was called.
fn below(root: &Path, mut settings: Map) -> Map {
    for key in ["jsonPath", "sshKnownHostsFilePath", "sshPrivateKeyFilePath"] {
        if let Some(path) = settings.get(key).and_then(Value::as_str).filter(|path| !path.is_empty()) {
            let path = root.join(path).display().to_string();
            settings.insert(key.to_owned(), path.into());
        }
    }
    settings
}

/// Folder of what is this machine's own when history is elsewhere.
const STATE: &str = ".gennaker";

fn is_in_s3(place: &str) -> bool {
    place.starts_with("s3://")
}

/// The name of this process's user, also where the environment does not tell (cron, containers).
fn login_name() -> Option<String> {
    let user = rustix::process::getuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let entry = passwd.lines().find(|line| line.split(':').nth(2) == Some(user.as_str()))?;
    entry.split(':').next().map(str::to_owned)
}

/// Looks up an environment variable; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
