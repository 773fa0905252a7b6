//! Keys at the top of a pipeline.

use super::{Findings, with_help};
use crate::diagnostic::Diagnostic;
use crate::pipeline::Pipeline;

/// Every key Spinnaker knows at the top of a pipeline (contract 1.1), sorted.
pub(in crate::pipeline) const TOP_LEVEL_KEYS: &[&str] = &[
    "appConfig",
    "application",
    "config",
    "constraints",
    "createTs",
    "description",
    "disabled",
    "email",
    "entityTags",
    "exclude",
    "executionEngine",
    "executionId",
    "expectedArtifacts",
    "fromCard",
    "id",
    "index",
    "inherited",
    "isNew",
    "keepWaitingPipelines",
    "lastModified",
    "lastModifiedBy",
    "limitConcurrent",
    "locked",
    "manualStartAlert",
    "maxConcurrentExecutions",
    "migrationStatus",
    "name",
    "notifications",
    "origin",
    "parallel",
    "parameterConfig",
    "payloadConstraints",
    "pipelineConfigId",
    "plan",
    "respectQuietPeriod",
    "roles",
    "schema",
    "serviceAccount",
    "source",
    "spelEvaluator",
    "stageCounter",
    "stages",
    "startTimeExpiry",
    "strategy",
    "tags",
    "template",
    "templateVariables",
    "trigger",
    "triggers",
    "type",
    "updateTs",
    "user",
    "variables",
    "version",
];

pub(super) fn check(pipeline: &Pipeline, findings: &mut Findings<'_>) {
    for key in pipeline.document.keys() {
        // Keys with a leading `x-` or `.` are where people keep YAML anchors.
        if TOP_LEVEL_KEYS.binary_search(&key.as_str()).is_ok() || key.starts_with("x-") || key.starts_with('.') {
            continue;
        }
        let finding =
            Diagnostic::warning("GNK0011", format!("a pipeline has no key '{key}'")).label("nothing reads this");
        let candidates = TOP_LEVEL_KEYS.iter().copied().chain(["parameters"]);
        let help = findings.did_you_mean(key, candidates);
        findings.add(with_help(finding, help), pipeline.place.key(key).on_key());
    }
    if let Some(version) = &pipeline.spel_evaluator
        && !["v2", "v3", "v4"].contains(&version.to_ascii_lowercase().as_str())
    {
        let finding = Diagnostic::warning("GNK0043", format!("there is no expression evaluator '{version}'"))
            .label("taken as v3")
            .help("write 'v4'");
        findings.add(finding, pipeline.place.key("spelEvaluator"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted() {
        assert!(TOP_LEVEL_KEYS.is_sorted());
    }
}
