//! What lists show of an execution, and which executions a list is wanted of.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{Event, Record};
use crate::model::{Execution, Millis, Status};

/// What a list shows of an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// Execution id.
    pub id: String,
    /// Application.
    pub application: String,
    /// Pipeline name.
    pub name: String,
    /// Pipeline id.
    pub pipeline_config_id: String,
    /// Where it stands as recorded; `Running` also when its process is gone.
    pub status: Status,
    /// When it was recorded.
    pub build_time: Millis,
    /// When it began.
    pub start_time: Option<Millis>,
    /// When it ended.
    pub end_time: Option<Millis>,
    /// Who ran it.
    pub user: String,
    /// Type of its trigger.
    pub trigger: String,
    /// How often it has ended: more than once after a restart.
    pub ends: u64,
}

impl Summary {
    /// Of an execution as it is recorded first.
    #[must_use]
    pub fn of(execution: &Execution) -> Self {
        Self {
            id: execution.id.clone(),
            application: execution.application.clone(),
            name: execution.name.clone(),
            pipeline_config_id: execution.pipeline_config_id.clone(),
            status: Status::NotStarted,
            build_time: execution.build_time,
            user: execution.authentication.user.clone(),
            trigger: execution.trigger.get("type").and_then(|t| t.as_str()).unwrap_or("manual").to_owned(),
            ..Self::default()
        }
    }

    /// Takes the next record in.
    pub fn note(&mut self, record: &Record) {
        match &record.event {
            Event::ExecutionRecorded { execution } => *self = Self::of(execution),
            Event::StageRestarted { queued: true, .. } => {
                self.status = Status::NotStarted;
                self.end_time = None;
            }
            Event::ExecutionStarted | Event::ExecutionUnpaused { .. } | Event::StageRestarted { .. } => {
                self.start_time.get_or_insert(record.at);
                self.status = Status::Running;
                self.end_time = None;
            }
            Event::ExecutionPaused { .. } => self.status = Status::Paused,
            Event::ExecutionCompleted { status } => {
                self.status = *status;
                self.end_time = Some(record.at);
                self.ends += 1;
            }
            _ => {}
        }
    }
}

/// Which executions are wanted; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this application.
    pub application: Option<String>,
    /// Of the pipeline with this name or id.
    pub pipeline: Option<String>,
    /// With one of these; all when empty.
    pub statuses: Vec<Status>,
    /// Recorded at this time or later.
    pub since: Option<Millis>,
    /// Recorded after this one.
    pub after: Option<String>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

impl Wanted {
    /// The newest so many.
    #[must_use]
    pub fn newest(limit: usize) -> Self {
        Self { limit: Some(limit), ..Self::default() }
    }

    /// Whether an execution is one of them, apart from the limit.
    #[must_use]
    pub fn fits(&self, summary: &Summary) -> bool {
        let is = |wanted: &Option<String>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted == actual);
        let is_pipeline = is(&self.pipeline, &summary.name) || is(&self.pipeline, &summary.pipeline_config_id);
        is_pipeline
            && is(&self.application, &summary.application)
            && (self.statuses.is_empty() || self.statuses.contains(&summary.status))
            && self.since.is_none_or(|since| summary.build_time >= since)
            && self.after.as_ref().is_none_or(|after| summary.id > *after)
    }

    /// Whether neither this one nor any older one can be one of them.
    #[must_use]
    pub fn is_past(&self, summary: &Summary) -> bool {
        // Ids sort by the time at which they were made, which is a little before that of the record.
        let made = |id: &str| Ulid::from_string(id).ok().and_then(|id| Millis::try_from(id.timestamp_ms()).ok());
        self.after.as_ref().is_some_and(|after| summary.id <= *after)
            || self.since.zip(made(&summary.id)).is_some_and(|(since, made)| made < since - MADE_BEFORE)
    }
}

/// Most time between an id and its record.
const MADE_BEFORE: Millis = 60_000;
