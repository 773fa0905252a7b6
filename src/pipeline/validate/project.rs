//! What a pipeline needs of its project: accounts, and stage types that the project configures. Only asked of a
//! pipeline that is to run: a document may be checked where its project is not.

use serde_json::Value;

use super::fields::working_kind;
use super::{Findings, with_help};
use crate::diagnostic::{Diagnostic, Place, one_of};
use crate::model::{Map, StageCatalogue};
use crate::pipeline::Pipeline;

/// Keys under which a stage or a cluster names its account.
const KEYS: [&str; 2] = ["account", "credentials"];

/// Checks that every account a stage names for sure, in a stage that runs for sure, is one of these, and that every
/// preconfigured webhook and job is configured.
#[must_use]
pub fn validate_in_project(pipeline: &Pipeline, catalogue: &dyn StageCatalogue, accounts: &[&str]) -> Vec<Diagnostic> {
    let mut findings = Findings { source: &pipeline.source, list: Vec::new(), suggestions: 0 };
    for stage in &pipeline.stages {
        let kind = working_kind(stage);
        if let Some(list) = catalogue.configured_under(kind).filter(|_| catalogue.configured(&stage.kind).is_none()) {
            let title = format!("stage type '{}' is not configured", stage.kind);
            let finding = Diagnostic::error("GNK0033", title).label("not configured");
            let help = format!("configure it in gennaker.yaml under '{list}', as it is in Spinnaker");
            findings.add(finding.help(help), stage.place.key("type"));
        }
        let fields = catalogue.fields(kind).unwrap_or_default();
        let has = |name: &str| fields.iter().any(|field| field.name == name);
        if stage.context.contains_key("stageEnabled") {
            continue;
        }
        if has("credentials") && !catalogue.configured(&stage.kind).is_some_and(|configured| configured.names_account) {
            check(&stage.context, &stage.place, accounts, &mut findings);
        }
        if has("clusters") {
            if let Some(Value::Object(cluster)) = stage.context.get("cluster") {
                check(cluster, &stage.place.key("cluster"), accounts, &mut findings);
            }
            let clusters = stage.context.get("clusters").and_then(Value::as_array);
            for (index, cluster) in clusters.into_iter().flatten().enumerate() {
                if let Some(cluster) = cluster.as_object() {
                    check(cluster, &stage.place.key("clusters").index(index), accounts, &mut findings);
                }
            }
        }
    }
    findings.list
}

fn check(map: &Map, place: &Place, accounts: &[&str], findings: &mut Findings<'_>) {
    for key in KEYS {
        let Some(name) = map.get(key).and_then(Value::as_str) else { continue };
        if name.is_empty() || name.contains("${") || accounts.contains(&name) {
            continue;
        }
        let meant = findings.did_you_mean(name, accounts.iter().copied());
        let provider = map.get("cloudProvider").and_then(Value::as_str).filter(|name| is_plain(name));
        let known = format!(
            "add it to gennaker.yaml: 'accounts: {{{}: {{provider: {}, …}}}}'; there {}",
            if is_plain(name) { name.to_owned() } else { format!("{name:?}") },
            provider.unwrap_or("…"),
            match accounts {
                [] => "is none yet".to_owned(),
                [one] => format!("is '{one}'"),
                several => format!("are {}", one_of(several.iter().copied()).replace(" or ", " and ")),
            }
        );
        let title = format!("there is no account '{name}'");
        let finding = Diagnostic::error("GNK0032", title).label("no such account");
        findings.add(with_help(finding, meant.or(Some(known))), place.key(key));
    }
}

/// Whether a name can stand in YAML as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Source;
    use crate::model::{Field, Shape, optional};
    use crate::pipeline::{ParseOptions, parse};

    struct Catalogue;

    impl StageCatalogue for Catalogue {
        fn kinds(&self) -> Vec<&str> {
            vec!["deploy", "destroyServerGroup", "script"]
        }

        fn fields(&self, kind: &str) -> Option<&'static [Field]> {
            match kind {
                "deploy" => Some(const { &[optional("clusters", Shape::Any, "")] }),
                "destroyServerGroup" => Some(const { &[optional("credentials", Shape::Text, "")] }),
                _ => Some(const { &[optional("account", Shape::Text, "")] }),
            }
        }

        fn summary(&self, _: &str) -> Option<&str> {
            None
        }

        fn unsupported(&self, _: &str) -> Option<&'static str> {
            None
        }
    }

    fn titles(stage: &str) -> Vec<String> {
        let text = format!("name: p\napplication: a\nstages:\n- {stage}\n");
        let source = Arc::new(Source::new("p.yaml", text));
        let parsed = parse(&source, &ParseOptions::default());
        let findings = validate_in_project(&parsed.pipelines[0], &Catalogue, &["local", "prod"]);
        findings.into_iter().map(|finding| finding.title).collect()
    }

    #[test]
    fn accounts_that_are_named_for_sure_must_be_there() {
        for (stage, wanted) in [
            ("{type: deploy, clusters: [{account: loca}, {account: local}]}", vec!["there is no account 'loca'"]),
            ("{type: deploy, clusters: [{account: \"${parameters.account}\"}]}", vec![]),
            (
                "{type: deploy, stageEnabled: {type: expression, expression: \"false\"}, clusters: [{account: x}]}",
                vec![],
            ),
            ("{type: destroyServerGroup, credentials: pord}", vec!["there is no account 'pord'"]),
            ("{type: script, account: jenkins, command: x}", vec![]),
        ] {
            assert_eq!(titles(stage), wanted, "{stage}");
        }
    }
}
