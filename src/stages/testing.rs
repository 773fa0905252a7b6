//! Drives one stage without an engine: plan it, look at a task, at any moment.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Accounts, Catalogue, ClusterLock, ClusterLocks, Pipelines, Services, StartPipeline, Table};
use crate::artifacts::Store;
use crate::engine::ports::{Call, Mutation, Plan, Recorder, Stages, TaskResult};
use crate::model::{Execution, Failure, Map, Millis, StageCatalogue, StageExecution, Status, SyntheticStageOwner};

/// When every driven stage begins: 2026-01-01T00:00:00Z.
pub(super) const START: Millis = 1_767_225_600_000;

/// Remembers what a stage reported.
#[derive(Default)]
pub(super) struct Notes {
    mutations: Mutex<Vec<Mutation>>,
    progress: Mutex<Vec<String>>,
}

#[async_trait]
impl Recorder for Notes {
    async fn mutation(&self, mutation: Mutation) -> Result<(), Failure> {
        self.mutations.lock().unwrap().push(mutation);
        Ok(())
    }

    fn progress(&self, text: String) {
        self.progress.lock().unwrap().push(text);
    }

    fn output(&self, _line: String) {}
}

pub(super) struct Nowhere;

impl crate::expr::Host for Nowhere {}

/// Child executions as the test wants them to be.
#[derive(Default)]
pub(super) struct Children {
    pub(super) executions: Mutex<Vec<Execution>>,
    pub(super) started: Mutex<Vec<StartPipeline>>,
    pub(super) canceled: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Pipelines for Children {
    async fn find(&self, _application: &str, pipeline: &str) -> Result<Option<String>, Failure> {
        Ok(Some(pipeline.to_owned()).filter(|name| name != "missing"))
    }

    async fn start(&self, _parent: &Execution, request: StartPipeline) -> Result<(), Failure> {
        self.started.lock().unwrap().push(request);
        Ok(())
    }

    async fn execution(&self, id: &str) -> Result<Option<Execution>, Failure> {
        Ok(self.executions.lock().unwrap().iter().find(|execution| execution.id == id).cloned())
    }

    async fn cancel(&self, id: &str, by: &str, _reason: &str) -> Result<(), Failure> {
        self.canceled.lock().unwrap().push((id.to_owned(), by.to_owned()));
        Ok(())
    }

    async fn executions(&self, _application: &str, _pipeline: &str, limit: usize) -> Result<Vec<Execution>, Failure> {
        Ok(self.executions.lock().unwrap().iter().take(limit).cloned().collect())
    }
}

struct NoLocks;

#[async_trait]
impl ClusterLocks for NoLocks {
    async fn acquire(&self, _execution: &Execution, _scope: &str) -> Result<ClusterLock, Failure> {
        Ok(ClusterLock::Held)
    }
}

/// One stage in an execution, and the world around it.
pub(super) struct Driver {
    pub(super) execution: Execution,
    pub(super) stage: StageExecution,
    pub(super) now: Millis,
    pub(super) notes: Arc<Notes>,
    pub(super) children: Arc<Children>,
    table: Arc<Table>,
}

impl Driver {
    /// A top-level stage of this type and context, just begun.
    pub(super) fn new(kind: &str, context: Value) -> Self {
        Self::with_settings(kind, context, Value::Object(Map::new()), PathBuf::from("/nonexistent"))
    }

    /// The same in a project with these settings, rooted at this folder.
    pub(super) fn with_settings(kind: &str, context: Value, settings: Value, root: PathBuf) -> Self {
        let children = Arc::<Children>::default();
        let services = Services {
            expressions: Arc::new(Nowhere),
            accounts: Accounts::default(),
            artifacts: Store::default(),
            pipelines: Arc::clone(&children) as Arc<dyn Pipelines>,
            locks: Arc::new(NoLocks),
            state: root.join("state"),
            root,
            time_zone: "America/Los_Angeles".to_owned(),
            roles: super::Roles::new(),
            traffic_guards: Vec::new(),
            settings: object(settings),
        };
        let stage = StageExecution {
            id: "01STAGE".to_owned(),
            ref_id: "1".to_owned(),
            kind: kind.to_owned(),
            name: kind.to_owned(),
            status: Status::Running,
            start_time: Some(START),
            context: object(context),
            ..StageExecution::default()
        };
        let mut execution = Execution {
            id: "01EXECUTION".to_owned(),
            application: "hello".to_owned(),
            name: "ship".to_owned(),
            start_time: Some(START),
            ..Execution::default()
        };
        execution.trigger = object(serde_json::json!({"type": "manual", "user": "ann", "parameters": {"Size": 3}}));
        execution.authentication.user = "ann".to_owned();
        let table = Arc::new(Table::new(Arc::new(services)));
        Self { execution, stage, now: START, notes: Arc::default(), children, table }
    }

    /// The same so many milliseconds later.
    pub(super) fn at(&self, elapsed: Millis) -> Self {
        Self {
            execution: self.execution.clone(),
            stage: self.stage.clone(),
            now: START + elapsed,
            notes: Arc::clone(&self.notes),
            children: Arc::clone(&self.children),
            table: Arc::clone(&self.table),
        }
    }

    /// Makes the stage a child that runs before its parent's tasks.
    pub(super) fn synthetic(mut self) -> Self {
        self.stage.parent_stage_id = Some("01PARENT".to_owned());
        self.stage.synthetic_stage_owner = Some(SyntheticStageOwner::StageBefore);
        self
    }

    pub(super) async fn plan(&self) -> Result<Plan, Failure> {
        self.with(async |table, call| table.plan(call).await).await
    }

    pub(super) async fn run(&self, task: &str) -> TaskResult {
        self.with(async |table, call| table.run(call, task).await).await
    }

    pub(super) async fn cancel(&self) -> Vec<String> {
        self.with(async |table, call| table.cancel(call).await).await
    }

    /// Runs a task and keeps what it wrote, as the engine does.
    pub(super) async fn step(&mut self, task: &str) -> TaskResult {
        let result = self.run(task).await;
        self.stage.context.extend(result.context.clone());
        self.stage.outputs.extend(result.outputs.clone());
        result
    }

    async fn with<T>(&self, act: impl AsyncFnOnce(&Table, &Call<'_>) -> T) -> T {
        let stop = CancellationToken::new();
        let call = Call {
            execution: &self.execution,
            stage: &self.stage,
            context: &self.stage.context,
            now: self.now,
            started: START,
            stop: &stop,
            recorder: self.notes.as_ref(),
        };
        act(&self.table, &call).await
    }

    pub(super) fn progress(&self) -> Vec<String> {
        self.notes.progress.lock().unwrap().clone()
    }

    pub(super) fn mutations(&self) -> Vec<Mutation> {
        self.notes.mutations.lock().unwrap().clone()
    }
}

/// The object a `json!` literal holds.
pub(super) fn object(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

#[test]
fn the_table_is_sorted_and_every_stage_is_documented() {
    let kinds: Vec<_> = super::STAGES.iter().map(|stage| stage.kind()).collect();
    assert!(kinds.windows(2).all(|pair| pair[0] < pair[1]), "{kinds:?}");
    for stage in super::STAGES {
        let text = super::documentation(*stage);
        assert!(!text.lines().next().unwrap_or_default().is_empty(), "{} has no summary", stage.kind());
        assert!(text.contains("```yaml\n"), "{} has no example", stage.kind());
        assert!(Catalogue.fields(stage.kind()).is_some());
    }
}
