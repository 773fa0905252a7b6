//! Finds what a command names: an execution by a few letters, a stage by name, reference or id.

use std::collections::HashMap;
use std::time::Duration;

use super::error::Told;
use super::host::read_state;
use crate::diagnostic::nearest;
use crate::engine::State;
use crate::history::{History, Holder, Wanted};
use crate::model::{Execution, Millis, StageExecution, parse_duration};
use crate::report::quoted;

/// An execution as it is recorded, and who drives it.
pub struct Found {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// The process that drives it, if one is alive.
    pub driver: Option<Holder>,
}

impl Found {
    /// Its document.
    pub fn execution(&self) -> &Execution {
        self.state.execution()
    }
}

/// The execution of this id or of which these are the first letters; the newest when nothing is given.
pub async fn execution(history: &dyn History, wanted: Option<&str>) -> anyhow::Result<Found> {
    let id = match wanted {
        Some(prefix) => history.resolve(prefix).await?,
        None => match history.list(&Wanted::newest(1)).await?.pop() {
            Some(newest) => newest.id,
            None => {
                let place = history.location();
                return Err(Told::usage(format!("no execution is recorded in {place}"))
                    .hint("run one with: gennaker run PIPELINE")
                    .into());
            }
        },
    };
    let state = read_state(history, &id).await?;
    let driver = drivers(history).await?.remove(&id);
    Ok(Found { id, state, driver })
}

/// The living processes that drive executions, by execution.
pub async fn drivers(history: &dyn History) -> anyhow::Result<HashMap<String, Holder>> {
    let leases = history.leases().list().await?;
    let alive = leases.into_iter().filter(|(_, holder)| !holder.process.is_certainly_dead());
    let of = alive.filter_map(|(lease, holder)| Some((lease.scope.strip_prefix("execution/")?.to_owned(), holder)));
    Ok(of.collect())
}

/// `process 12 on host`.
pub fn driver_words(holder: &Holder) -> String {
    let page = holder.ci_url.as_deref().map(|page| format!(", {page}")).unwrap_or_default();
    format!("process {} on {}{page}", holder.process.pid, holder.process.host)
}

/// The stage of this name, reference or id, among those that fit; what does not fit is found too when nothing else
/// has the name, so that the caller can say why it will not do.
pub fn stage<'a>(
    execution: &'a Execution,
    wanted: &str,
    fits: impl Fn(&StageExecution) -> bool,
) -> anyhow::Result<&'a StageExecution> {
    let stages = || execution.stages.iter().map(AsRef::as_ref);
    if let Some(stage) = stages().find(|stage| stage.id.eq_ignore_ascii_case(wanted)) {
        return Ok(stage);
    }
    let named = |same: &dyn Fn(&StageExecution) -> bool| stages().filter(|stage| same(stage)).collect::<Vec<_>>();
    let mut candidates = named(&|stage| stage.ref_id == wanted && stage.parent_stage_id.is_none());
    for same in [
        &(|stage: &StageExecution| stage.name == wanted || stage.ref_id == wanted) as &dyn Fn(&StageExecution) -> bool,
        &|stage| stage.name.eq_ignore_ascii_case(wanted),
    ] {
        if candidates.is_empty() {
            candidates = named(same);
        }
    }
    let fitting: Vec<&StageExecution> = candidates.iter().copied().filter(|stage| fits(stage)).collect();
    match (fitting.as_slice(), candidates.as_slice()) {
        ([only], _) | ([], [only]) => Ok(only),
        ([], []) => Err(unknown_stage(execution, wanted).into()),
        (several, all) => {
            let several = if several.is_empty() { all } else { several };
            let mut told =
                Told::usage(format!("'{wanted}' names {} stages of execution {}", several.len(), execution.id));
            for stage in several {
                told = told.hint(format!("{} is '{}' ({}), {}", stage.id, stage.name, stage.kind, stage.status));
            }
            Err(told.into())
        }
    }
}

fn unknown_stage(execution: &Execution, wanted: &str) -> Told {
    let names: Vec<&str> = execution.stages.iter().map(|stage| stage.name.as_str()).collect();
    let told = Told::usage(format!("execution {} has no stage '{wanted}'", execution.id));
    match nearest(wanted, names.iter().copied()) {
        Some(meant) => told.hint(format!("did you mean {}?", quoted(meant))),
        None => {
            let tops = execution.stages.iter().filter(|stage| stage.parent_stage_id.is_none());
            let tops: Vec<String> = tops.map(|stage| quoted(&stage.name)).collect();
            told.hint(format!("its stages: {}", tops.join(", ")))
        }
    }
}

/// A duration on the command line.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as 90s, 15m, 2h, 30d or 1h30m".to_owned())
}

/// The present, epoch milliseconds.
pub fn now() -> Millis {
    crate::engine::Clock::starting(0).now()
}

/// A span in the unit of recorded times.
pub fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn execution() -> Execution {
        let stage = |id: &str, reference: &str, name: &str, status, parent: Option<&str>| StageExecution {
            id: id.into(),
            ref_id: reference.into(),
            name: name.into(),
            status,
            parent_stage_id: parent.map(str::to_owned),
            ..StageExecution::default()
        };
        let stages = [
            stage("S1", "1", "Ship it?", Status::Succeeded, None),
            stage("S2", "2", "Wait", Status::Running, None),
            stage("S3", "3", "Wait", Status::NotStarted, None),
            stage("S4", "1<1", "window", Status::Succeeded, Some("S1")),
        ];
        Execution { id: "E".into(), stages: stages.map(Into::into).into(), ..Execution::default() }
    }

    fn found(wanted: &str) -> Result<String, Told> {
        let execution = execution();
        let found = stage(&execution, wanted, |stage| stage.status == Status::Running);
        found.map(|stage| stage.id.clone()).map_err(|error| error.downcast().unwrap())
    }

    #[test]
    fn a_stage_has_several_names() {
        for (wanted, id) in [("s1", "S1"), ("1", "S1"), ("ship it?", "S1"), ("1<1", "S4"), ("Wait", "S2")] {
            assert_eq!(found(wanted).unwrap(), id, "{wanted}");
        }
    }

    #[test]
    fn a_mistyped_stage_is_guessed_or_all_are_named() {
        assert_eq!(found("Wiat").unwrap_err().hints, ["did you mean Wait?"]);
        assert_eq!(found("deployment").unwrap_err().hints, ["its stages: 'Ship it?', Wait, Wait"]);
    }

    #[test]
    fn one_name_for_several_stages_is_asked_back() {
        let execution = execution();
        let error = stage(&execution, "Wait", |_| true).unwrap_err();
        assert_eq!(error.to_string(), "'Wait' names 2 stages of execution E");
    }
}
