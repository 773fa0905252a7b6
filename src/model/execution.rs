//! The execution document (contract 2.7): what history shows and expressions see.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Map, Millis, Status};

/// What an execution runs: a pipeline or a single operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionKind {
    /// A pipeline document.
    #[default]
    Pipeline,
    /// One ad-hoc operation.
    Orchestration,
}

/// Where the stage asked for last was found. Those who follow an execution ask for neighbours, also in one of many
/// thousand stages: the next search goes on from there.
#[derive(Debug, Default)]
pub struct LastFound(AtomicUsize);

impl Clone for LastFound {
    fn clone(&self) -> Self {
        Self(AtomicUsize::new(self.0.load(Relaxed)))
    }
}

/// One run of a pipeline. Times are epoch milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Execution {
    /// `PIPELINE` or `ORCHESTRATION`.
    #[serde(rename = "type")]
    pub kind: ExecutionKind,
    /// ULID.
    pub id: String,
    /// Id of the top-most parent execution; its own when it has none.
    pub root_id: String,
    /// Owning application.
    pub application: String,
    /// Pipeline name.
    pub name: String,
    /// When it was recorded.
    pub build_time: Millis,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Millis>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Millis>,
    /// After this moment it is canceled instead of started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time_expiry: Option<Millis>,
    /// Speeds up [`Execution::stage`]; no part of the document.
    #[serde(skip)]
    pub last_found: LastFound,
    /// Where it stands.
    pub status: Status,
    /// Whether a cancellation was asked for.
    pub canceled: bool,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_by: Option<String>,
    /// And why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_reason: Option<String>,
    /// At most one running execution of this pipeline.
    pub limit_concurrent: bool,
    /// At most so many running executions; 0 means no limit.
    pub max_concurrent_executions: u32,
    /// Queued executions wait their turn instead of giving way to the newest.
    pub keep_waiting_pipelines: bool,
    /// Who runs it.
    pub authentication: Authentication,
    /// The last pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Where the document came from: a path, `stdin`, a parent pipeline.
    pub origin: String,
    /// The trigger as a map; every original key survives.
    pub trigger: Map,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The pipeline's id; other pipelines reference it.
    pub pipeline_config_id: String,
    /// Template source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    /// Notification settings of the document.
    pub notifications: Vec<Value>,
    /// The document as it was handed in, less its stages.
    pub initial_config: Map,
    /// Notifications added by the engine.
    pub system_notifications: Vec<Value>,
    /// `v2`, `v3` or `v4`; absent means v3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spel_evaluator: Option<String>,
    /// Template variables, visible to expressions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_variables: Option<Map>,
    /// All stages, synthetic ones behind the stage that planned them.
    pub stages: Vec<Arc<StageExecution>>,
}

/// Who runs an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Authentication {
    /// Login name.
    pub user: String,
    /// Accounts the user may write to.
    pub allowed_accounts: Vec<String>,
}

/// A pause and its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Paused {
    /// Who paused.
    pub paused_by: String,
    /// When.
    pub pause_time: Millis,
    /// Who resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_time: Option<Millis>,
}

/// Whether a synthetic stage runs before or after its parent's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SyntheticStageOwner {
    /// Before the tasks.
    StageBefore,
    /// After the tasks, also when it runs because they failed.
    StageAfter,
}

/// One stage of an execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StageExecution {
    /// ULID.
    pub id: String,
    /// The name other stages require it by; synthetic ones are `1<1`, `1>2`.
    pub ref_id: String,
    /// Stage type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name for people and for `#stage('…')`.
    pub name: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Millis>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Millis>,
    /// After this moment it is skipped instead of started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time_expiry: Option<Millis>,
    /// Where it stands.
    pub status: Status,
    /// What the user wrote plus what its tasks added.
    pub context: Map,
    /// What later stages see by bare name.
    pub outputs: Map,
    /// Its tasks, planned when it starts.
    pub tasks: Vec<TaskExecution>,
    /// Present on synthetic stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthetic_stage_owner: Option<SyntheticStageOwner>,
    /// Present on synthetic stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_stage_id: Option<String>,
    /// Stages that must have ended before it starts.
    pub requisite_stage_ref_ids: Vec<String>,
    /// When a window lets it begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_time: Option<Millis>,
    /// Who patched it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<Value>,
}

/// One task of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskExecution {
    /// `1`, `2`, … inside its stage.
    pub id: String,
    /// The name in the stage's plan; finds the code that runs it.
    pub name: String,
    /// Spinnaker's key for the same thing.
    pub implementing_class: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Millis>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Millis>,
    /// Where it stands.
    pub status: Status,
    /// First task of the stage.
    pub stage_start: bool,
    /// Last task of the stage.
    pub stage_end: bool,
    /// First task of a loop.
    pub loop_start: bool,
    /// Last task of a loop.
    pub loop_end: bool,
    /// Failure of the task itself.
    pub task_exception_details: Map,
}

impl Execution {
    /// The stage with this id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&StageExecution> {
        let is_it = |stage: &Arc<StageExecution>| stage.id == id;
        let (before, after) = self.stages.split_at(self.last_found.0.load(Relaxed).min(self.stages.len()));
        let found = after.iter().position(is_it).map(|at| at + before.len());
        let found = found.or_else(|| before.iter().rposition(is_it))?;
        self.last_found.0.store(found, Relaxed);
        Some(&self.stages[found])
    }

    /// The first stage, synthetic ones included, with this name or id.
    #[must_use]
    pub fn stage_named(&self, name_or_id: &str) -> Option<&StageExecution> {
        self.stages.iter().find(|stage| stage.name == name_or_id || stage.id == name_or_id).map(AsRef::as_ref)
    }

    /// Stages whose nearest comes first: requisites, their synthetic children, and so on; for a synthetic stage
    /// first its siblings that ran before it, then its parent (contract 2.5). The stage itself is not in it.
    #[must_use]
    pub fn ancestors(&self, stage: &StageExecution) -> Vec<&StageExecution> {
        let mut found: Vec<&StageExecution> = Vec::new();
        self.collect_ancestors(stage, &mut found);
        found
    }

    fn collect_ancestors<'a>(&'a self, stage: &StageExecution, found: &mut Vec<&'a StageExecution>) {
        let known = |found: &[&StageExecution], id: &str| found.iter().any(|s| s.id == id);
        if !stage.requisite_stage_ref_ids.is_empty() {
            for requisite in &self.stages {
                if requisite.parent_stage_id != stage.parent_stage_id
                    || !stage.requisite_stage_ref_ids.contains(&requisite.ref_id)
                    || known(found, &requisite.id)
                {
                    continue;
                }
                found.push(requisite);
                for child in &self.stages {
                    if child.parent_stage_id.as_ref() == Some(&requisite.id) && !known(found, &child.id) {
                        found.push(child);
                    }
                }
                self.collect_ancestors(requisite, found);
            }
        }
        if let Some(parent_id) = &stage.parent_stage_id {
            if stage.synthetic_stage_owner == Some(SyntheticStageOwner::StageAfter) {
                for sibling in &self.stages {
                    if sibling.parent_stage_id.as_ref() == Some(parent_id)
                        && sibling.synthetic_stage_owner == Some(SyntheticStageOwner::StageBefore)
                        && !known(found, &sibling.id)
                    {
                        found.push(sibling);
                    }
                }
            }
            if let Some(parent) = self.stage(parent_id)
                && !known(found, parent_id)
            {
                found.push(parent);
                self.collect_ancestors(parent, found);
            }
        }
    }

    /// A context value: the stage's own, or the nearest ancestor's output of that name (contract 2.5).
    #[must_use]
    pub fn lookup<'a>(&'a self, stage: &'a StageExecution, key: &str) -> Option<&'a Value> {
        stage
            .context
            .get(key)
            .or_else(|| self.ancestors(stage).into_iter().find_map(|ancestor| ancestor.outputs.get(key)))
    }

    /// `execution.context`: outputs of the top-level stages in order; lists and maps that meet are joined without
    /// doubles, anything else is replaced by the later one (contract 2.5).
    #[must_use]
    pub fn context(&self) -> Map {
        let mut merged = Map::new();
        for stage in self.stages.iter().filter(|stage| stage.parent_stage_id.is_none()) {
            for (key, value) in &stage.outputs {
                match (merged.get_mut(key), value) {
                    (Some(Value::Array(old)), Value::Array(new)) => {
                        for item in new {
                            if !old.contains(item) {
                                old.push(item.clone());
                            }
                        }
                    }
                    _ => {
                        merged.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        merged
    }
}
