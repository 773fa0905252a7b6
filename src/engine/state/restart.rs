//! Going back: loops of tasks, restarts of stages, synthetic stages that are dropped.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{IllegalEvent, State};
use crate::model::{Map, Millis, StageExecution, Status};

impl State {
    /// A redirected task list begins again at the start of its loop.
    pub(super) fn rewind(&mut self, position: usize) {
        let record = self.edit_stage(position);
        let first = record.tasks.iter().position(|task| task.loop_start).unwrap_or(0);
        for task in &mut record.tasks[first..] {
            task.status = Status::NotStarted;
            task.start_time = None;
            task.end_time = None;
        }
        self.nodes[position].task = first;
    }

    /// Positions of a stage and of all stages after it.
    fn from(&self, position: usize) -> Vec<usize> {
        let mut again = vec![position];
        let mut known: BTreeSet<usize> = again.iter().copied().collect();
        let mut next = 0;
        while let Some(at) = again.get(next) {
            again.extend(self.nodes[*at].downstream.clone().into_iter().filter(|at| known.insert(*at)));
            next += 1;
        }
        again
    }

    /// The stages that a restart of this one runs again: itself first, then all after it.
    pub fn restarted_with(&self, stage: &str) -> impl Iterator<Item = &StageExecution> {
        let positions = self.position(stage).map(|position| self.from(position)).unwrap_or_default();
        positions.into_iter().map(|position| self.stage(position))
    }

    pub(super) fn restart<'a>(
        &mut self,
        stage: &str,
        by: &str,
        forget_of: impl Fn(&str) -> Option<&'a Vec<String>>,
        queued: bool,
        at: Millis,
    ) -> Result<(), IllegalEvent> {
        let again = self.from(self.known(stage)?);
        let ids: Vec<String> = again.iter().map(|at| self.stage(*at).id.clone()).collect();
        for position in again {
            let first = self.stage(position).id == stage;
            let record = self.edit_stage(position);
            let exception = record.context.shift_remove("exception").unwrap_or(Value::Null);
            record.context.shift_remove("beforeStagePlanningFailed");
            let mut details = Map::from_iter([
                ("restartedBy".to_owned(), by.into()),
                ("restartTime".to_owned(), at.into()),
                ("previousException".to_owned(), exception),
            ]);
            for key in forget_of(&record.id).into_iter().flatten() {
                if let Some(before) = record.context.shift_remove(key) {
                    details.entry(key.clone()).or_insert(before);
                }
            }
            if first {
                record.context.insert("restartDetails".into(), details.into());
            }
            record.status = Status::NotStarted;
            record.tasks.clear();
            record.start_time = None;
            record.end_time = None;
        }
        let execution = self.edit();
        let mut gone: Vec<String> = ids;
        loop {
            let before = execution.stages.len();
            let parents = gone.clone();
            execution.stages.retain(|stage| {
                let drop = stage.parent_stage_id.as_ref().is_some_and(|parent| parents.contains(parent));
                if drop {
                    gone.push(stage.id.clone());
                }
                !drop
            });
            if execution.stages.len() == before {
                break;
            }
        }
        let goes_on = execution.start_time.is_some() && !queued;
        execution.status = if goes_on { Status::Running } else { Status::NotStarted };
        execution.end_time = None;
        execution.canceled = false;
        execution.canceled_by = None;
        execution.cancellation_reason = None;
        self.cancel_requested = false;
        self.reindex();
        self.attend_all();
        Ok(())
    }

    /// Drops the synthetic stages of a failed stage that have not begun.
    pub(super) fn drop_unstarted(&mut self, position: usize) {
        let id = self.stage(position).id.clone();
        let before = self.execution.stages.len();
        self.edit()
            .stages
            .retain(|stage| stage.parent_stage_id.as_ref() != Some(&id) || stage.status != Status::NotStarted);
        if self.execution.stages.len() != before {
            self.reindex();
            self.attend_all();
        }
    }
}
