//! Stage types that a project configures as Spinnaker does: preconfigured webhooks and jobs, below `services` of
//! gennaker.yaml.

use std::sync::Arc;

use serde_json::Value;

use super::preconfigured_job::{self, PreconfiguredJob};
use super::preconfigured_webhook::PreconfiguredWebhook;
use super::table::{documentation, stage};
use super::{Catalogue, Stage, reading, webhook};
use crate::diagnostic::{Diagnostic, Place, Source, nearest};
use crate::model::{ConfiguredType, Field, Map, StageCatalogue};

/// What a configured type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Job,
    Webhook,
}

const FAMILIES: [Family; 2] = [Family::Job, Family::Webhook];

/// Keys of a configured type that are about it and not of the stage.
pub(super) const ABOUT: &[&str] = &[
    "description",
    "enabled",
    "label",
    "order",
    "parameters",
    "permissions",
    "producesArtifacts",
    "props",
    "sensitiveHeaders",
    "type",
    "uiType",
];

impl Family {
    /// The stage type behind every type of the family.
    fn stage(self) -> &'static dyn Stage {
        match self {
            Self::Job => &PreconfiguredJob,
            Self::Webhook => &PreconfiguredWebhook,
        }
    }

    /// The list of its types, below `services`.
    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Job => &["job", "preconfigured", "kubernetes"],
            Self::Webhook => &["webhook", "preconfigured"],
        }
    }

    /// The field in which a stage gives values for the parameters.
    fn values_field(self) -> &'static str {
        match self {
            Self::Job => "parameters",
            Self::Webhook => "parameterValues",
        }
    }

    /// What a configured type may say.
    fn has_key(self, key: &str) -> bool {
        let fields = match self {
            Self::Job => preconfigured_job::CONFIGURED,
            Self::Webhook => webhook::FIELDS,
        };
        ABOUT.contains(&key) || key == "parameterValues" || fields.iter().any(|field| field.name == key)
    }

    fn keys(self) -> impl Iterator<Item = &'static str> {
        let fields = match self {
            Self::Job => preconfigured_job::CONFIGURED,
            Self::Webhook => webhook::FIELDS,
        };
        ABOUT.iter().copied().chain(fields.iter().map(|field| field.name))
    }

    fn list(self, services: &Map) -> &[Value] {
        let (list, way) = self.path().split_last().expect("the path of every family has a part");
        let found = way.iter().try_fold(services, |map, part| reading::object(map, part));
        found.map(|map| reading::list(map, list)).unwrap_or_default()
    }
}

/// The settings of the configured type of this name, unless it is switched off.
pub(super) fn find<'s>(services: &'s Map, kind: &str) -> Option<(Family, &'s Map)> {
    each(services).find(|(_, settings)| reading::text(settings, "type").as_deref() == Some(kind))
}

/// The settings of a type of this family.
pub(super) fn of_family<'s>(services: &'s Map, kind: &str, family: Family) -> Option<&'s Map> {
    let is_it = |settings: &&Map| reading::text(settings, "type").as_deref() == Some(kind);
    each(services).filter(|(found, _)| *found == family).map(|(_, settings)| settings).find(is_it)
}

fn each(services: &Map) -> impl Iterator<Item = (Family, &Map)> {
    let settings =
        |family: Family| family.list(services).iter().filter_map(Value::as_object).map(move |map| (family, map));
    let is_on = |(_, settings): &(Family, &Map)| reading::optional_flag(settings, "enabled").unwrap_or(true);
    FAMILIES.into_iter().flat_map(settings).filter(is_on)
}

/// The stage type that runs a stage: the one registered for its `alias` when there is one, as in Spinnaker, then the
/// one of its type, then what the project configures.
#[must_use]
pub fn working_stage(kind: &str, context: &Map, services: &Map) -> Option<&'static dyn Stage> {
    let alias = context.get("alias").and_then(Value::as_str).and_then(stage);
    alias.or_else(|| stage(kind)).or_else(|| find(services, kind).map(|(family, _)| family.stage()))
}

/// A type that a project configures.
#[derive(Clone, Debug)]
struct OwnType {
    name: String,
    family: Family,
    /// Its label and description, for people.
    summary: String,
    configured: ConfiguredType,
    /// Name, default and description of each parameter, a line.
    parameters: Vec<String>,
}

/// The stage types of a project: those of the program, and those that the project configures.
#[derive(Clone, Debug, Default)]
pub struct ProjectTypes {
    own: Vec<OwnType>,
}

impl ProjectTypes {
    /// The types of a project with these settings of services.
    #[must_use]
    pub fn of(services: &Map) -> Self {
        let own = each(services).filter_map(|(family, settings)| {
            let name = reading::filled(settings, "type")?;
            let said = ["label", "description"].iter().filter_map(|key| reading::filled(settings, key));
            let summary = said.collect::<Vec<_>>().join(": ");
            let parameters = || reading::list(settings, "parameters").iter().filter_map(Value::as_object);
            let names = parameters().filter_map(|parameter| reading::filled(parameter, "name")).collect();
            let text = (family == Family::Webhook).then(|| Value::Object(settings.clone()).to_string());
            let names_account = ["account", "credentials"].iter().any(|key| reading::filled(settings, key).is_some());
            Some(OwnType {
                name,
                family,
                summary,
                configured: ConfiguredType { field: family.values_field(), names, used_in: text, names_account },
                parameters: parameters().filter_map(parameter_line).collect(),
            })
        });
        Self { own: own.collect() }
    }

    /// Name and summary of each type that the project configures.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.iter().map(|own| (own.name.as_str(), own.summary.as_str()))
    }

    /// Documentation of a type that the project configures.
    #[must_use]
    pub fn documentation(&self, kind: &str) -> Option<String> {
        let own = self.own.iter().find(|own| own.name == kind)?;
        let behind = own.family.stage();
        let (list, field) = (own.family.path().join(": "), own.family.values_field());
        let mut text = format!("{}\n\nConfigured in gennaker.yaml under 'services: {list}:'.\n\n", own.summary);
        if own.parameters.is_empty() {
            text.push_str("It has no parameters.\n");
        } else {
            text.push_str(&format!("## Parameters, given under '{field}'\n\n{}\n", own.parameters.join("\n")));
        }
        text.push_str(&format!("\n## What it is made of: {}\n\n{}", behind.kind(), documentation(behind)));
        Some(text)
    }
}

fn parameter_line(parameter: &Map) -> Option<String> {
    let name = reading::filled(parameter, "name")?;
    let about = reading::filled(parameter, "description").or_else(|| reading::filled(parameter, "label"));
    let default = reading::text(parameter, "defaultValue").map(|value| format!(" (default '{value}')"));
    let about = about.map(|about| format!(": {about}"));
    Some(format!("- `{name}`{}{}", default.unwrap_or_default(), about.unwrap_or_default()))
}

impl StageCatalogue for ProjectTypes {
    fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Catalogue.kinds();
        kinds.extend(self.own.iter().map(|own| own.name.as_str()));
        kinds.sort_unstable();
        kinds
    }

    fn fields(&self, kind: &str) -> Option<&'static [Field]> {
        let own = || self.own.iter().find(|own| own.name == kind).map(|own| own.family.stage().fields());
        Catalogue.fields(kind).or_else(own)
    }

    fn summary(&self, kind: &str) -> Option<&str> {
        let own = || self.own.iter().find(|own| own.name == kind).map(|own| own.summary.as_str());
        Catalogue.summary(kind).or_else(own)
    }

    fn unsupported(&self, kind: &str) -> Option<&'static str> {
        Catalogue.unsupported(kind)
    }

    fn configured(&self, kind: &str) -> Option<&ConfiguredType> {
        self.own.iter().find(|own| own.name == kind).map(|own| &own.configured)
    }

    fn configured_under(&self, kind: &str) -> Option<String> {
        let family = FAMILIES.into_iter().find(|family| family.stage().kind() == kind)?;
        Some(format!("services: {}", family.path().join(": ")))
    }
}

/// Everything wrong with the stage types that the settings of a service configure; `place` leads to those settings.
#[must_use]
pub fn check_configured(service: &str, settings: &Map, source: &Arc<Source>, place: &Place) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut find = |finding: Diagnostic, place: Place| findings.push(finding.at(source, place));
    if service == "job"
        && let Some(Value::Object(providers)) = settings.get("preconfigured")
    {
        for provider in providers.keys().filter(|provider| *provider != "kubernetes") {
            let finding = Diagnostic::error("GNK0080", format!("jobs of '{provider}' cannot be configured"))
                .label("no such provider of jobs")
                .help("jobs run in a cluster: list them under 'kubernetes'");
            find(finding, place.key("preconfigured").key(provider).on_key());
        }
    }
    let family = FAMILIES.into_iter().find(|family| family.path()[0] == service);
    let Some(family) = family else { return findings };
    let below = &family.path()[1..];
    let place = below.iter().fold(place.clone(), |place, key| place.key(key));
    let (last, way) = below.split_last().expect("the path of every family has two parts");
    let Some(parent) = way.iter().try_fold(settings, |map, part| reading::object(map, part)) else { return findings };
    match parent.get(*last) {
        None | Some(Value::Null) => {}
        Some(Value::Array(types)) => {
            for (index, found) in types.iter().enumerate() {
                let place = place.index(index);
                let Value::Object(map) = found else {
                    let finding = Diagnostic::error("GNK0081", format!("'{place}' must be an object"));
                    find(finding.label("an object with a 'type' belongs here"), place);
                    continue;
                };
                let earlier = types[..index].iter().filter_map(|earlier| earlier.get("type"));
                let doubled = earlier.filter(|earlier| Some(*earlier) == map.get("type")).count() > 0;
                check_type(family, map, doubled, &place, &mut find);
            }
        }
        Some(_) => {
            let finding = Diagnostic::error("GNK0081", format!("'{place}' must be a list"));
            find(finding.label("a list of stage types belongs here"), place);
        }
    }
    findings
}

fn check_type(family: Family, map: &Map, doubled: bool, place: &Place, find: &mut impl FnMut(Diagnostic, Place)) {
    let wrong = |title: String| Diagnostic::error("GNK0082", title);
    match reading::filled(map, "type") {
        None => {
            let finding = wrong("a configured stage type has no 'type'".to_owned()).label("'type' is missing");
            find(finding.help("write the name that stages give as their type"), place.clone());
        }
        Some(name) if stage(&name).is_some() => {
            let finding = wrong(format!("'{name}' is a stage type already")).label("taken");
            find(finding.help("give it a name of its own"), place.key("type"));
        }
        Some(name) if doubled => {
            let finding = wrong(format!("'{name}' is configured twice")).label("the first one counts");
            find(finding.help("give it a name of its own"), place.key("type"));
        }
        Some(_) => {}
    }
    for key in map.keys().filter(|key| !family.has_key(key)) {
        let finding = Diagnostic::warning("GNK0080", format!("a configured {} has no setting '{key}'", family.noun()))
            .label("nothing reads this");
        let finding = match nearest(key, family.keys()) {
            Some(meant) => finding.help(format!("did you mean '{meant}'?")),
            None => finding,
        };
        find(finding, place.key(key).on_key());
    }
    if family == Family::Job && !map.get("manifest").is_some_and(Value::is_object) {
        let finding = wrong("a configured job has no 'manifest'".to_owned()).label("'manifest' is missing");
        find(finding.help("write the job's manifest: apiVersion, kind, metadata and spec"), place.clone());
    }
    for (index, parameter) in reading::list(map, "parameters").iter().enumerate() {
        check_parameter(family, map, parameter, &place.key("parameters").index(index), find);
    }
}

fn check_parameter(
    family: Family,
    settings: &Map,
    parameter: &Value,
    place: &Place,
    find: &mut impl FnMut(Diagnostic, Place),
) {
    let Some(name) = parameter.as_object().and_then(|parameter| reading::filled(parameter, "name")) else {
        let finding = Diagnostic::error("GNK0082", "a parameter of a configured stage type has no 'name'");
        return find(finding.label("'name' is missing"), place.clone());
    };
    if family == Family::Webhook {
        return;
    }
    let Some(mapping) = parameter.get("mapping").and_then(Value::as_str) else {
        let finding = Diagnostic::warning("GNK0082", format!("parameter '{name}' goes nowhere"))
            .label("it has no 'mapping'")
            .help("write where its value belongs: manifest.spec.template.spec.containers[0].env[0].value");
        return find(finding, place.clone());
    };
    // What leads elsewhere leads into the stage, which is not there yet.
    let mut trial: Map =
        settings.iter().filter(|(key, _)| *key == "manifest").map(|(k, v)| (k.clone(), v.clone())).collect();
    if mapping.starts_with("manifest.")
        && let Err(why) = preconfigured_job::put(&mut trial, mapping, Value::Null)
    {
        let finding = Diagnostic::error("GNK0082", format!("parameter '{name}' cannot be put at '{mapping}': {why}"))
            .label("leads nowhere")
            .help("a mapping is a path of keys that the manifest has, the last of which may be new");
        find(finding, place.key("mapping"));
    }
}

impl Family {
    fn noun(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Webhook => "webhook",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diagnostic::render;
    use crate::stages::testing::object;

    fn services() -> Map {
        object(json!({
            "webhook": {"preconfigured": [
                {"type": "tellTheChat", "label": "Chat", "url": "http://chat/${parameterValues['room']}",
                 "parameters": [{"name": "channel"}]},
                {"type": "off", "enabled": false, "url": "http://chat/"}
            ]},
            "job": {"preconfigured": {"kubernetes": [
                {"type": "migrate", "label": "Migrate", "manifest": {"kind": "Job"}, "parameters": [
                    {"name": "Version", "mapping": "manifest.spec", "defaultValue": "1", "description": "of the schema"}
                ]}
            ]}}
        }))
    }

    #[test]
    fn types_of_a_project_are_known_by_name_and_by_alias() {
        let services = services();
        let kind = |kind: &str, context: Value| working_stage(kind, &object(context), &services).map(Stage::kind);
        assert_eq!(kind("tellTheChat", json!({})), Some("preconfiguredWebhook"));
        assert_eq!(kind("migrate", json!({})), Some("preconfiguredJob"));
        assert_eq!(kind("migrate", json!({"alias": "preconfiguredJob"})), Some("preconfiguredJob"));
        assert_eq!(kind("anything", json!({"alias": "runJob"})), Some("runJobManifest"));
        assert_eq!(kind("off", json!({})), None);
        let types = ProjectTypes::of(&services);
        assert_eq!(types.own().collect::<Vec<_>>(), [("migrate", "Migrate"), ("tellTheChat", "Chat")]);
        assert!(types.kinds().contains(&"migrate") && types.kinds().is_sorted());
        assert!(types.configured("tellTheChat").unwrap().takes("channel"));
        assert!(types.configured("tellTheChat").unwrap().takes("room"), "its URL uses it");
        assert!(!types.configured("migrate").unwrap().takes("version"));
        let page = types.documentation("migrate").unwrap();
        assert!(page.contains("- `Version` (default '1'): of the schema"), "{page}");
        assert_eq!(types.configured_under("preconfiguredJob").unwrap(), "services: job: preconfigured: kubernetes");
    }

    #[test]
    fn what_is_wrong_with_a_configured_type_is_found_where_it_stands() {
        let text = "services:\n  job:\n    preconfigured:\n      titus: []\n      kubernetes:\n      - type: wait\n        \
                    manifest: {spec: {a: [{b: c}]}}\n        manifst: 1\n        parameters:\n        \
                    - {name: one, mapping: 'manifest.spec.a[0].b'}\n        - {name: two, mapping: 'manifest.spec.a[1].b'}\n        \
                    - {name: three}\n        - {}\n      - {label: x}\n";
        let source = Arc::new(Source::new("gennaker.yaml", text));
        let document: Map = serde_yaml::from_str(text).unwrap();
        let place = Place::default().key("services").key("job");
        let found = check_configured("job", document["services"]["job"].as_object().unwrap(), &source, &place);
        let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "jobs of 'titus' cannot be configured",
                "'wait' is a stage type already",
                "a configured job has no setting 'manifst'",
                "parameter 'two' cannot be put at 'manifest.spec.a[1].b': 'a' has no item 1",
                "parameter 'three' goes nowhere",
                "a parameter of a configured stage type has no 'name'",
                "a configured stage type has no 'type'",
                "a configured job has no 'manifest'",
            ]
        );
        assert!(render(&found, false).contains("gennaker.yaml:11:"), "{}", render(&found, false));
    }
}
