//! A recorded run for the tests of this folder.

use serde_json::json;

use super::Screen;
use crate::engine::State;
use crate::history::{Event, Mutation, Phase, Record, Runner};
use crate::model::{Execution, Failure, Map, Millis, StageExecution, Status, SyntheticStageOwner};

/// 2026-03-01T10:00:00Z.
pub(super) const START: Millis = 1_772_359_200_000;

pub(super) fn stage(id: &str, name: &str, kind: &str) -> StageExecution {
    let (id, name, kind) = (id.to_owned(), name.to_owned(), kind.to_owned());
    StageExecution { ref_id: id.clone(), id, name, kind, ..StageExecution::default() }
}

/// Events with what was said between them.
pub(super) struct Story {
    records: Vec<Record>,
}

impl Story {
    /// A build that goes well, and a deployment whose server group never gets healthy.
    pub(super) fn of_a_failed_deployment() -> Self {
        let mut deploy = stage("2", "Deploy", "deploy");
        deploy.requisite_stage_ref_ids = vec!["1".into()];
        let mut after = stage("3", "Tell people", "wait");
        after.requisite_stage_ref_ids = vec!["2".into()];
        let execution = Execution {
            id: "01E".into(),
            root_id: "01E".into(),
            name: "hello".into(),
            application: "shop".into(),
            build_time: START,
            authentication: crate::model::Authentication { user: "ann".into(), allowed_accounts: Vec::new() },
            stages: [stage("1", "Build", "script"), deploy, after].into_iter().map(Into::into).collect(),
            ..Execution::default()
        };
        let mut child = stage("2a", "Create", "createServerGroup");
        child.parent_stage_id = Some("2".into());
        child.synthetic_stage_owner = Some(SyntheticStageOwner::StageBefore);
        let started = |stage: &str, tasks: &[&str], before: Vec<StageExecution>| Event::StageStarted {
            stage: stage.into(),
            context: Map::new(),
            tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
            before,
            failure: None,
        };
        let task = |stage: &str| Event::TaskStarted { stage: stage.into(), task: "1".into() };
        let done = |stage: &str, status, failure| Event::TaskCompleted {
            stage: stage.into(),
            task: "1".into(),
            status,
            context: Map::new(),
            outputs: Map::new(),
            failure,
            unmade: Vec::new(),
        };
        let ended = |stage: &str, status| Event::StageCompleted { stage: stage.into(), status };
        let failure = Failure::new("2 of 3 instances are up after 5m").detail("i-3: answered 500 on /health");
        let mutation = Mutation {
            operation: "createServerGroup".into(),
            target: "local/local/hello-v001".into(),
            detail: "3 instances".into(),
        };
        let events = vec![
            Event::ExecutionRecorded { execution: Box::new(execution) },
            Event::RunnerAttached { runner: Runner { pid: 7, host: "ci".into(), ..Runner::default() } },
            Event::ExecutionStarted,
            started("1", &["run"], vec![]),
            task("1"),
            done("1", Status::Succeeded, None),
            ended("1", Status::Succeeded),
            started("2", &[], vec![child]),
            started("2a", &["create"], vec![]),
            task("2a"),
            Event::MutationRecorded { stage: "2a".into(), task: "1".into(), mutation },
            done("2a", Status::Terminal, Some(failure)),
            Event::StagesAdded { stage: "2a".into(), phase: Phase::OnFailure, stages: vec![] },
            ended("2a", Status::Terminal),
            ended("2", Status::Terminal),
            Event::ExecutionCompleted { status: Status::Terminal },
        ];
        let record = |(index, event)| Record { seq: index as u64 + 1, at: START + 1500 * index as Millis, event };
        Self { records: events.into_iter().enumerate().map(record).collect() }
    }

    /// Plays it to a screen, as the engine would.
    pub(super) fn tell(&self, screen: &dyn Screen) {
        self.tell_until(screen, self.records.len());
        screen.finish(&self.end(), &self.mutations());
    }

    /// Plays its first records.
    pub(super) fn tell_until(&self, screen: &dyn Screen, count: usize) {
        let mut state = State::default();
        for record in &self.records[..count] {
            state.apply(record).unwrap();
            screen.recorded(state.execution(), record);
            if let Event::TaskStarted { stage, .. } = &record.event {
                let stage = state.execution().stage(stage).unwrap();
                match stage.kind.as_str() {
                    "script" => screen.output(state.execution(), stage, "compiling"),
                    _ => screen.progress(state.execution(), stage, "waiting for 3 of 3 instances"),
                }
            }
        }
    }

    fn state(&self) -> State {
        State::replay(&self.records).unwrap()
    }

    /// The execution at its end.
    pub(super) fn end(&self) -> Execution {
        let mut execution = (**self.state().execution()).clone();
        execution.trigger = json!({"type": "manual"}).as_object().unwrap().clone();
        execution
    }

    /// What it changed.
    pub(super) fn mutations(&self) -> Vec<(String, Mutation)> {
        self.state().mutations().to_vec()
    }
}
