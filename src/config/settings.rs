//! All settings in effect, read from flags, environment and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::account::Account;
use super::file::{File, find_files, read};
use super::origin::{Origin, Sourced};
use crate::diagnostic::{Diagnostic, Place, nearest, one_of};
use crate::model::Map;

/// Every key a file may have, sorted.
const KEYS: &[&str] = &[
    "accounts",
    "application",
    "artifacts",
    "color",
    "defaults",
    "history",
    "roles",
    "services",
    "spelEvaluator",
    "timeZone",
    "trafficGuards",
    "urlPolicy",
    "user",
];

/// Values given as flags.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--application`
    pub application: Option<String>,
    /// `--color`
    pub color: Option<String>,
    /// `--history`
    pub history: Option<String>,
    /// `--time-zone`
    pub time_zone: Option<String>,
    /// `--user`
    pub user: Option<String>,
}

/// What settings are read from.
#[derive(Clone, Copy)]
pub struct LoadOptions<'a> {
    /// The folder the program works in, absolute.
    pub directory: &'a Path,
    /// Values given as flags.
    pub flags: &'a Flags,
    /// Looks up an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Which URLs documents may call; empty `allow` means all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlRules {
    /// Regular expressions, one of which must match.
    pub allow: Vec<String>,
    /// Regular expressions, none of which may match.
    pub deny: Vec<String>,
    /// Whether names and addresses of this machine and its network may be called.
    pub allow_private: bool,
}

/// The settings in effect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project's root: paths in the project's file are relative to it.
    pub root: PathBuf,
    /// The files that were read, the project's first.
    pub files: Vec<PathBuf>,
    /// Accounts by name; one of provider `local` is always among them.
    pub accounts: BTreeMap<String, Account>,
    /// Accounts that artifacts are fetched with, by name: their settings as written.
    pub artifacts: BTreeMap<String, Sourced<Map>>,
    /// The application of pipelines that name none.
    pub application: Sourced<Option<String>>,
    /// `auto`, `always` or `never`.
    pub color: Sourced<String>,
    /// Values for fields that stages leave out, by stage type.
    pub defaults: BTreeMap<String, Sourced<Map>>,
    /// Where executions are recorded: a folder, relative to the root, or `s3://BUCKET/PREFIX`.
    pub history: Sourced<String>,
    /// How a history that is no folder is reached, as written.
    pub history_options: Map,
    /// Roles by user.
    pub roles: Sourced<BTreeMap<String, Vec<String>>>,
    /// Settings of services by name.
    pub services: BTreeMap<String, Sourced<Map>>,
    /// The evaluator of pipelines that name none.
    pub spel_evaluator: Sourced<String>,
    /// IANA name of the zone of windows and cron triggers; Spinnaker's `America/Los_Angeles` unless set.
    pub time_zone: Sourced<String>,
    /// Clusters that must keep an enabled server group.
    pub traffic_guards: Sourced<Vec<Value>>,
    /// Which URLs may be called.
    pub url_policy: Sourced<UrlRules>,
    /// Who runs executions.
    pub user: Sourced<String>,
}

impl Settings {
    /// Reads all settings. Values that cannot be read count as not given, beside an error.
    #[must_use]
    pub fn load(options: &LoadOptions<'_>) -> (Self, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let found = find_files(options.directory, options.environment);
        let mut files = Vec::new();
        let mut paths = Vec::new();
        for path in found.project.iter().chain(&found.user) {
            files.extend(read(path, options.directory, &mut findings));
            paths.push(path.clone());
        }
        let settings = Self::assemble(options, found.root, paths, &files, &mut findings);
        (settings, findings)
    }

    /// Puts the layers together; `files` has the project's before the user's.
    pub(super) fn assemble(
        options: &LoadOptions<'_>,
        root: PathBuf,
        paths: Vec<PathBuf>,
        files: &[File],
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        for file in files {
            Reader { file, findings }.check_keys();
        }
        let flags = options.flags;
        let mut layers = Layers { environment: options.environment, files, findings };
        let application = layers.text("application", ("--application", &flags.application), "GENNAKER_APPLICATION");
        let color = layers.text("color", ("--color", &flags.color), "GENNAKER_COLOR");
        let history = layers.text("history", ("--history", &flags.history), "GENNAKER_HISTORY");
        let evaluator = layers.text("spelEvaluator", ("", &None), "GENNAKER_SPEL_EVALUATOR");
        let time_zone = layers.text("timeZone", ("--time-zone", &flags.time_zone), "GENNAKER_TIMEZONE");
        let user = layers.text("user", ("--user", &flags.user), "GENNAKER_USER").or_else(|| layers.login_name());
        let time_zone = or_default(time_zone, "America/Los_Angeles");
        let color = or_default(color, "auto");
        let spel_evaluator = or_default(evaluator, "v3");
        layers.check_zone(&time_zone);
        layers.check_choice("color", &color, &["auto", "always", "never"]);
        layers.check_choice("spelEvaluator", &spel_evaluator, &["v2", "v3", "v4"]);
        Self {
            root,
            files: paths,
            accounts: layers.accounts(),
            application: match application {
                Some(found) => Sourced { value: Some(found.value), origin: found.origin },
                None => Sourced { value: None, origin: Origin::BuiltIn },
            },
            artifacts: layers.objects("artifacts"),
            color,
            defaults: layers.objects("defaults"),
            history: or_default(history, ".gennaker"),
            history_options: files
                .iter()
                .find_map(|file| file.map.get("history")?.as_object())
                .cloned()
                .unwrap_or_default(),
            roles: layers.first("roles", BTreeMap::new(), |reader, value, place| reader.roles(value, place)),
            services: layers.objects("services"),
            spel_evaluator,
            time_zone,
            traffic_guards: layers.first("trafficGuards", Vec::new(), |reader, value, place| reader.list(value, place)),
            url_policy: layers
                .first("urlPolicy", UrlRules::open(), |reader, value, place| reader.url_rules(value, place)),
            // Spinnaker's name for nobody.
            user: or_default(user, "[anonymous]"),
        }
    }
}

impl Settings {
    /// The settings of all services in one object, as stages and notifications read them.
    #[must_use]
    pub fn service_settings(&self) -> Map {
        self.services.iter().map(|(name, settings)| (name.clone(), Value::Object(settings.value.clone()))).collect()
    }
}

impl UrlRules {
    const fn open() -> Self {
        Self { allow: Vec::new(), deny: Vec::new(), allow_private: true }
    }
}

fn or_default(found: Option<Sourced<String>>, default: &str) -> Sourced<String> {
    found.unwrap_or_else(|| Sourced { value: default.to_owned(), origin: Origin::BuiltIn })
}

/// Everything values come from, in the order they win.
struct Layers<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    files: &'a [File],
    findings: &'a mut Vec<Diagnostic>,
}

impl Layers<'_> {
    fn text(
        &mut self,
        key: &str,
        (flag, given): (&'static str, &Option<String>),
        variable: &'static str,
    ) -> Option<Sourced<String>> {
        if let Some(value) = given {
            return Some(Sourced { value: value.clone(), origin: Origin::Flag(flag) });
        }
        if let Some(value) = (self.environment)(variable).filter(|value| !value.is_empty()) {
            return Some(Sourced { value, origin: Origin::Environment(variable) });
        }
        for file in self.files {
            match file.map.get(key) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if !text.is_empty() => {
                    let origin = Origin::File(Arc::clone(&file.source), Place::default().key(key));
                    return Some(Sourced { value: text.clone(), origin });
                }
                // The history's place may have options beside it.
                Some(Value::Object(map)) if key == "history" && map.get("url").is_some_and(Value::is_string) => {
                    let origin = Origin::File(Arc::clone(&file.source), Place::default().key(key).key("url"));
                    let url = map["url"].as_str().unwrap_or_default().to_owned();
                    return Some(Sourced { value: url, origin });
                }
                Some(other) => {
                    let mut reader = Reader { file, findings: self.findings };
                    let wanted = if key == "history" { "text, or an object with a 'url'" } else { "text" };
                    reader.wrong(Place::default().key(key), &format!("'{key}'"), wanted, other);
                }
            }
        }
        None
    }

    fn login_name(&self) -> Option<Sourced<String>> {
        ["USER", "LOGNAME"].into_iter().find_map(|name| {
            let value = (self.environment)(name).filter(|value| !value.is_empty())?;
            Some(Sourced { value, origin: Origin::Environment(name) })
        })
    }

    /// The value of the first file that has the key.
    fn first<T>(&mut self, key: &str, default: T, read: impl Fn(&mut Reader<'_>, &Value, &Place) -> T) -> Sourced<T> {
        let found = self.files.iter().find_map(|file| Some((file, file.map.get(key).filter(|v| !v.is_null())?)));
        let Some((file, value)) = found else { return Sourced { value: default, origin: Origin::BuiltIn } };
        let place = Place::default().key(key);
        let value = read(&mut Reader { file, findings: self.findings }, value, &place);
        Sourced { value, origin: Origin::File(Arc::clone(&file.source), place.on_key()) }
    }

    /// Objects by name from all files; of the same name the first counts.
    fn objects(&mut self, key: &str) -> BTreeMap<String, Sourced<Map>> {
        let mut objects = BTreeMap::new();
        for file in self.files {
            let mut reader = Reader { file, findings: self.findings };
            for (name, value, place) in reader.entries(key) {
                if let Value::Object(map) = value {
                    let origin = Origin::File(Arc::clone(&file.source), place.on_key());
                    objects.entry(name.to_owned()).or_insert(Sourced { value: map.clone(), origin });
                } else {
                    reader.wrong(place, &format!("'{key}.{name}'"), "an object", value);
                }
            }
        }
        objects
    }

    fn accounts(&mut self) -> BTreeMap<String, Account> {
        let mut accounts = BTreeMap::new();
        for file in self.files {
            let mut reader = Reader { file, findings: self.findings };
            for (name, value, place) in reader.entries("accounts") {
                if let Some(account) = Account::read(name, value, &place, &mut reader) {
                    accounts.entry(name.to_owned()).or_insert(account);
                }
            }
        }
        if !accounts.values().any(|account| account.provider == "local") {
            accounts.entry("local".to_owned()).or_insert_with(Account::implicit_local);
        }
        accounts
    }

    fn check_zone(&mut self, zone: &Sourced<String>) {
        if jiff::tz::TimeZone::get(&zone.value).is_err() {
            let finding = Diagnostic::error("GNK0082", format!("there is no time zone '{}'", zone.value))
                .label("no such zone")
                .help("write its IANA name, such as 'Europe/Berlin' or 'UTC'");
            self.invalid(finding, &zone.origin);
        }
    }

    fn check_choice(&mut self, key: &str, setting: &Sourced<String>, choices: &[&str]) {
        if !choices.contains(&setting.value.as_str()) {
            let finding = Diagnostic::error("GNK0082", format!("'{}' is no choice for '{key}'", setting.value))
                .label("not a choice")
                .help(format!("the choices are {}", one_of(choices.iter().copied())));
            self.invalid(finding, &setting.origin);
        }
    }

    fn invalid(&mut self, finding: Diagnostic, origin: &Origin) {
        self.findings.push(match origin {
            Origin::File(source, place) => finding.at(source, place.clone()),
            other => {
                let title = format!("{} ({other})", finding.title);
                Diagnostic { title, label: String::new(), ..finding }
            }
        });
    }
}

/// Reads values of one file, with a finding for everything wrong.
pub(super) struct Reader<'a> {
    pub(super) file: &'a File,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(super) fn find(&mut self, finding: Diagnostic, place: Place) {
        self.findings.push(finding.at(&self.file.source, place));
    }

    pub(super) fn wrong(&mut self, place: Place, what: &str, wanted: &str, found: &Value) {
        let found = match found {
            Value::Null => "null".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            scalar => scalar.to_string(),
        };
        let finding = Diagnostic::error("GNK0081", format!("{what} must be {wanted}, but is {found}"));
        self.find(finding.label(format!("{wanted} belongs here")), place);
    }

    pub(super) fn unknown(&mut self, key: &str, known: &[&str], owner: &str, place: &Place) {
        let finding = Diagnostic::warning("GNK0080", format!("{owner} no setting '{key}'")).label("nothing reads this");
        let help = match nearest(key, known.iter().copied()) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "'gennaker docs config' prints all settings".to_owned(),
        };
        self.find(finding.help(help), place.key(key).on_key());
    }

    fn check_keys(&mut self) {
        for (key, value) in &self.file.map {
            if KEYS.binary_search(&key.as_str()).is_err() && !key.starts_with("x-") {
                self.unknown(key, KEYS, "there is", &Place::default());
            }
            // Those two are parts of stages: expressions in them are evaluated there.
            if !matches!(key.as_str(), "defaults" | "services") {
                self.check_expressions(value, &Place::default().key(key));
            }
        }
    }

    fn check_expressions(&mut self, value: &Value, place: &Place) {
        match value {
            Value::String(text) => {
                if let Some(at) = text.find("${") {
                    let finding = Diagnostic::warning("GNK0085", "expressions are not evaluated in settings")
                        .label("taken as it is")
                        .help("use {fromEnv: NAME} for values of the environment");
                    self.find(finding, place.clone().within(at..text.len()));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_expressions(item, &place.index(index));
                }
            }
            Value::Object(map) => {
                for (key, value) in map {
                    self.check_expressions(value, &place.key(key));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Names, values and places of the object at a key.
    fn entries(&mut self, key: &str) -> Vec<(&'a str, &'a Value, Place)> {
        let place = Place::default().key(key);
        match self.file.map.get(key) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(map)) => {
                map.iter().map(|(name, value)| (name.as_str(), value, place.key(name))).collect()
            }
            Some(other) => {
                self.wrong(place, &format!("'{key}'"), "an object of names", other);
                Vec::new()
            }
        }
    }

    /// A list of texts, or one text.
    pub(super) fn texts(&mut self, value: &Value, place: &Place, key: &str) -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::String(text) => vec![text.clone()],
            Value::Array(items) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            other => {
                self.wrong(place.clone(), &format!("'{key}'"), "a list of texts", other);
                Vec::new()
            }
        }
    }

    fn list(&mut self, value: &Value, place: &Place) -> Vec<Value> {
        if let Value::Array(items) = value {
            return items.clone();
        }
        self.wrong(place.clone(), &format!("'{place}'"), "a list", value);
        Vec::new()
    }

    fn roles(&mut self, value: &Value, place: &Place) -> BTreeMap<String, Vec<String>> {
        let Value::Object(map) = value else {
            self.wrong(place.clone(), "'roles'", "an object of lists of roles", value);
            return BTreeMap::new();
        };
        map.iter().map(|(user, roles)| (user.clone(), self.texts(roles, &place.key(user), user))).collect()
    }

    fn url_rules(&mut self, value: &Value, place: &Place) -> UrlRules {
        let mut rules = UrlRules::open();
        let Value::Object(map) = value else {
            self.wrong(place.clone(), "'urlPolicy'", "an object", value);
            return rules;
        };
        for (key, value) in map {
            match (key.as_str(), value) {
                ("allow", value) => rules.allow = self.texts(value, &place.key(key), key),
                ("deny", value) => rules.deny = self.texts(value, &place.key(key), key),
                ("allowPrivate", Value::Bool(flag)) => rules.allow_private = *flag,
                ("allowPrivate", other) => self.wrong(place.key(key), "'allowPrivate'", "true or false", other),
                _ => self.unknown(key, &["allow", "allowPrivate", "deny"], "urlPolicy has", place),
            }
        }
        rules
    }
}

#[cfg(test)]
mod tests;
