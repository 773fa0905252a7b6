//! A pipeline as read from its document: a typed header, its stages, and everything else as it was written.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Place, Source};
use crate::model::Map;

/// A pipeline document (contract 1.1).
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The pipeline's id; derived from application and name when the document has none, see [`derived_id`].
    pub id: String,
    /// Name, unique in its application; the stem of the file's name when the document has none.
    pub name: String,
    /// Owning application; empty when neither the document nor the settings name one, which is an error finding.
    pub application: String,
    /// Its stages, in the order written.
    pub stages: Vec<StageDefinition>,
    /// What `parameterConfig` (or `parameters`) declares.
    pub parameters: Vec<Parameter>,
    /// At most one running execution.
    pub limit_concurrent: bool,
    /// At most so many running executions; 0 means no limit.
    pub max_concurrent_executions: u32,
    /// Queued executions wait their turn instead of giving way to the newest (`keepWaitingPipelines`).
    pub keep_waiting: bool,
    /// `v2`, `v3` or `v4` as written; absent means v3.
    pub spel_evaluator: Option<String>,
    /// Whether starting it is refused.
    pub disabled: bool,
    /// Template variables, visible to expressions.
    pub template_variables: Option<Map>,
    /// After this moment (epoch milliseconds) it is canceled instead of started.
    pub start_time_expiry: Option<i64>,
    /// Free text.
    pub description: Option<String>,
    /// Artifacts it expects from its trigger.
    pub expected_artifacts: Vec<Value>,
    /// Whom to tell.
    pub notifications: Vec<Value>,
    /// What starts it.
    pub triggers: Vec<Value>,
    /// Where the document came from: the name of its source.
    pub origin: String,
    /// The text it was read from.
    pub source: Arc<Source>,
    /// Where in the text it stands.
    pub place: Place,
    /// Every key of the document but `stages`, in the order written, with our sugar replaced by Spinnaker's keys.
    pub document: Map,
}

/// One stage of a pipeline document.
#[derive(Clone, Debug)]
pub struct StageDefinition {
    /// The name other stages require it by.
    pub ref_id: String,
    /// Stage type, with `_<providerType>` appended as Spinnaker does; empty when the document has none.
    pub kind: String,
    /// Name for people and for `#stage('…')`; the type when the document has none.
    pub name: String,
    /// The refIds of the stages it waits for.
    pub requisites: Vec<String>,
    /// The key the requisites were written in.
    pub requisites_key: &'static str,
    /// After this moment (epoch milliseconds) it is skipped instead of started.
    pub start_time_expiry: Option<i64>,
    /// Every other key, in the order written.
    pub context: Map,
    /// Where it stands.
    pub place: Place,
}

/// A declared parameter (contract 1.3).
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Key in `trigger.parameters`.
    pub name: String,
    /// Name for people.
    pub label: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The value when none is given; `null` counts as none for `required`.
    pub default: Option<Value>,
    /// Whether people must give a value.
    pub required: bool,
    /// The values to choose from, when there is a choice.
    pub options: Option<Vec<Value>>,
    /// Deck's constraint, such as `date`.
    pub constraint: Option<String>,
    /// Asked for only when this holds: parameter, comparator, value.
    pub condition: Option<(String, String, Value)>,
    /// Where it stands.
    pub place: Place,
}

impl Pipeline {
    /// The first stage with this refId.
    #[must_use]
    pub fn stage(&self, ref_id: &str) -> Option<&StageDefinition> {
        self.stages.iter().find(|stage| stage.ref_id == ref_id)
    }

    /// The whole document as Spinnaker's JSON, without our sugar.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut document = self.document.clone();
        for (key, value) in [("name", &self.name), ("application", &self.application), ("id", &self.id)] {
            document.entry(key).or_insert_with(|| Value::String(value.clone()));
        }
        document.insert("stages".into(), self.stages.iter().map(StageDefinition::to_value).collect());
        Value::Object(document)
    }
}

impl StageDefinition {
    /// The stage as Spinnaker's JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut stage = Map::new();
        stage.insert("refId".into(), self.ref_id.clone().into());
        stage.insert("requisiteStageRefIds".into(), self.requisites.clone().into());
        stage.insert("type".into(), self.kind.clone().into());
        stage.insert("name".into(), self.name.clone().into());
        if let Some(expiry) = self.start_time_expiry {
            stage.insert("startTimeExpiry".into(), expiry.to_string().into());
        }
        for (key, value) in &self.context {
            stage.insert(key.clone(), value.clone());
        }
        Value::Object(stage)
    }
}

/// The id of a pipeline whose document has none: the 128 bit FNV-1a hash of the application, a zero byte and the name,
/// written as a version 8 UUID. So it stays the same wherever the file lies and whatever else changes in it.
#[must_use]
pub fn derived_id(application: &str, name: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = application.bytes().chain([0]).chain(name.bytes());
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    // Version 8 (custom) and the variant of RFC 9562.
    let hash = (hash & !(0xf << 76) & !(0x3 << 62)) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{hash:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_uuids_and_never_change() {
        assert_eq!(derived_id("shop", "deploy"), derived_id("shop", "deploy"));
        assert_ne!(derived_id("shop", "deploy"), derived_id("shopdeploy", ""));
        let id = derived_id("shop", "deploy");
        assert_eq!((id.len(), &id[14..15], &id[19..20] >= "8"), (36, "8", true), "{id}");
    }
}
