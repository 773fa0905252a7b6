//! `when`: stages that a condition takes out, and those behind them (contract 1.5).

use super::refs::Refs;
use super::stage::Stage;

/// Marks the stages of which a condition is anything but `true`. Conditions are rendered by now.
pub(super) fn decide(stages: &mut [Stage]) {
    for stage in stages {
        stage.removed |= stage.when.iter().any(|condition| !condition.eq_ignore_ascii_case("true"));
    }
}

/// Takes marked stages out; those that required them require what they required.
pub(super) fn trim(stages: &mut Vec<Stage>) {
    while let Some(at) = stages.iter().position(|stage| stage.removed) {
        let gone = stages.remove(at);
        let instead: &Refs = &gone.requisites;
        for stage in stages.iter_mut() {
            if stage.requisites.remove(&gone.id) {
                stage.requisites.extend(instead.iter().cloned());
            }
        }
    }
}
