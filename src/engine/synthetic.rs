//! Synthetic stages: from what a stage asked for to records with ids and references (contract 2.5).

use super::ports::NewStage;
use crate::model::{StageExecution, SyntheticStageOwner};

/// Keys that belong to the stage itself and are not handed to its children.
const OWN_KEYS: [&str; 3] = ["restrictExecutionDuringTimeWindow", "stageEnabled", "exception"];

/// Records of new children of a stage; their references go on after its `existing` ones of the same side.
pub(crate) fn synthetic_stages(
    parent: &StageExecution,
    owner: SyntheticStageOwner,
    new: Vec<NewStage>,
    existing: usize,
) -> Vec<StageExecution> {
    let side = match owner {
        SyntheticStageOwner::StageBefore => '<',
        SyntheticStageOwner::StageAfter => '>',
    };
    let reference = |position: usize| format!("{}{side}{}", parent.ref_id, existing + position + 1);
    let references: Vec<String> = new
        .iter()
        .enumerate()
        .map(|(position, stage)| match &stage.ref_id {
            Some(suffix) => format!("{}{side}{suffix}", parent.ref_id),
            None => reference(position),
        })
        .collect();
    let child = |(position, mut stage): (usize, NewStage)| {
        for key in OWN_KEYS {
            stage.context.shift_remove(key);
        }
        StageExecution {
            id: ulid::Ulid::generate().to_string(),
            ref_id: references[position].clone(),
            name: if stage.name.is_empty() { stage.kind.clone() } else { stage.name },
            kind: stage.kind,
            context: stage.context,
            synthetic_stage_owner: Some(owner),
            parent_stage_id: Some(parent.id.clone()),
            requisite_stage_ref_ids: stage.after.iter().map(|at| references[*at].clone()).collect(),
            ..StageExecution::default()
        }
    };
    new.into_iter().enumerate().map(child).collect()
}
