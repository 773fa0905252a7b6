//! Whether an execution's turn has come: concurrency limits and queues of a pipeline, across processes (contract 2.6).

use crate::history::{Error, History, Summary, Wanted};
use crate::model::{Execution, Millis, Status};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may start.
    Start,
    /// It waits, for this reason.
    Wait(String),
    /// It gives way, for this reason.
    GiveWay(String),
}

/// Whether the pipeline has limits at all. One without need not ask for its turn.
pub(crate) fn is_limited(execution: &Execution) -> bool {
    execution.limit_concurrent || execution.max_concurrent_executions > 0
}

/// Asks for an execution that has not begun, or is to run again, and that waits since a moment if it was asked for
/// before. The caller holds the pipeline's admission lease.
pub(crate) async fn admit(
    history: &dyn History,
    execution: &Execution,
    waits_since: Option<Millis>,
) -> Result<Admission, Error> {
    let limit = if execution.limit_concurrent { 1 } else { execution.max_concurrent_executions as usize };
    let of_this_pipeline =
        |summary: &Summary| summary.pipeline_config_id == execution.pipeline_config_id && summary.id != execution.id;
    let others: Vec<Summary> = history.active().await?.into_iter().filter(of_this_pipeline).collect();
    let leases = history.leases().list().await?;
    let is_driven = |id: &str| {
        leases
            .iter()
            .any(|(lease, holder)| lease.scope == format!("execution/{id}") && !holder.process.is_certainly_dead())
    };
    let running: Vec<&Summary> = others.iter().filter(|other| other.status != Status::NotStarted).collect();
    if running.len() >= limit {
        let first = running[0];
        let hint = if is_driven(&first.id) {
            String::new()
        } else {
            format!(", whose process is gone: 'gennaker resume {0}' or 'gennaker cancel {0}'", first.id)
        };
        return Ok(Admission::Wait(format!("waiting for execution {} of this pipeline{hint}", first.id)));
    }
    // A queued execution that nobody drives takes part in no queue.
    let mut queued = others.iter().filter(|other| other.status == Status::NotStarted && is_driven(&other.id));
    if execution.keep_waiting_pipelines {
        if let Some(older) = queued.find(|other| other.id < execution.id) {
            return Ok(Admission::Wait(format!("waiting behind execution {} of this pipeline", older.id)));
        }
    } else {
        let newer = queued.find(|other| other.id > execution.id).cloned();
        // One that had its turn while this one waited counts as well, also when it has ended by now.
        let newer = match (newer, waits_since) {
            (None, Some(since)) => history
                .list(&Wanted { after: Some(execution.id.clone()), ..Wanted::default() })
                .await?
                .into_iter()
                .find(|other| of_this_pipeline(other) && other.start_time.is_some_and(|start| start >= since)),
            (newer, _) => newer,
        };
        if let Some(newer) = newer {
            return Ok(Admission::GiveWay(format!("execution {} of this pipeline is newer", newer.id)));
        }
    }
    Ok(Admission::Start)
}
