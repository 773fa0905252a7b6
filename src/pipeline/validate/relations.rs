//! RefIds and what requires what.

use std::collections::{HashMap, HashSet};

use super::{Findings, with_help};
use crate::diagnostic::{Diagnostic, one_of};
use crate::pipeline::{Graph, Pipeline, StageDefinition};

/// So many names of a circle, or of stages behind it, are shown.
const MOST_NAMES: usize = 12;
/// The refIds of larger pipelines are not listed.
const MOST_LISTED: usize = 100;

pub(super) fn check(pipeline: &Pipeline, findings: &mut Findings<'_>) {
    let stages = &pipeline.stages;
    let mut first: HashMap<&str, &StageDefinition> = HashMap::with_capacity(stages.len());
    for stage in stages {
        if let Some(before) = first.get(stage.ref_id.as_str()) {
            let title = format!("two stages have the refId '{}'", stage.ref_id);
            let finding = Diagnostic::error("GNK0024", title)
                .label("used again")
                .help("give each stage its own refId")
                .related(before.place.key("refId"), "used here first");
            findings.add(finding, stage.place.key("refId"));
        } else {
            first.insert(&stage.ref_id, stage);
        }
    }
    let mut stuck: HashSet<usize> = HashSet::new();
    for (number, stage) in stages.iter().enumerate() {
        for requisite in &stage.requisites {
            if !first.contains_key(requisite.as_str()) {
                unknown_requisite(pipeline, stage, requisite, findings);
                stuck.insert(number);
            }
        }
    }
    let requisites = |stage: &StageDefinition| stage.requisites.clone();
    let edges: Vec<Vec<String>> = stages.iter().map(requisites).collect();
    let graph = Graph::new(
        stages.iter().zip(&edges).map(|(stage, edges)| (stage.ref_id.as_str(), edges.iter().map(String::as_str))),
    );
    for cycle in graph.cycles() {
        circle(stages, &cycle, findings);
        stuck.extend(cycle);
    }
    never_started(stages, &graph, &stuck, findings);
}

fn unknown_requisite(pipeline: &Pipeline, stage: &StageDefinition, requisite: &str, findings: &mut Findings<'_>) {
    let stages = &pipeline.stages;
    let title = format!("stage '{}' requires '{requisite}', which no stage is called", stage.name);
    let named = stages.iter().find(|other| other.name == requisite);
    let help = match named {
        Some(other) => Some(format!("requisiteStageRefIds takes refIds: write '{}', or use 'needs'", other.ref_id)),
        None => {
            // Nobody means the stage itself.
            let others = stages.iter().filter(|other| other.ref_id != stage.ref_id);
            let names = others.flat_map(|other| [other.ref_id.as_str(), other.name.as_str()]);
            let guess = findings.did_you_mean(requisite, names);
            guess.or_else(|| {
                if stages.len() > MOST_LISTED {
                    return None;
                }
                let others = stages.iter().filter(|other| other.ref_id != stage.ref_id);
                Some(format!("there are {}", one_of(others.map(|other| other.ref_id.as_str()))))
            })
        }
    };
    let index = stage.requisites.iter().position(|r| r == requisite).unwrap_or(0);
    let place = stage.place.key(stage.requisites_key).index(index);
    findings.add(with_help(Diagnostic::error("GNK0025", title).label("no such stage"), help), place);
}

fn circle(stages: &[StageDefinition], cycle: &[usize], findings: &mut Findings<'_>) {
    let Some(first) = cycle.first().map(|number| &stages[*number]) else { return };
    let finding = if cycle.len() == 1 {
        Diagnostic::error("GNK0026", format!("stage '{}' requires itself", first.ref_id)).label("waits for itself")
    } else {
        let mut names: Vec<&str> = cycle.iter().map(|number| stages[*number].ref_id.as_str()).collect();
        let left_out = names.len().saturating_sub(MOST_NAMES);
        names.truncate(MOST_NAMES);
        if left_out > 0 {
            names.push("…");
        }
        names.push(&first.ref_id);
        Diagnostic::error("GNK0026", format!("stages wait for each other in a circle: {}", names.join(" → ")))
            .label("part of the circle")
            .help("remove one of the requirements")
    };
    findings.add(finding, first.place.key(first.requisites_key));
}

/// One word for all stages behind those that can never start.
fn never_started(stages: &[StageDefinition], graph: &Graph, stuck: &HashSet<usize>, findings: &mut Findings<'_>) {
    let mut seen: HashSet<usize> = stuck.clone();
    let mut queue: Vec<usize> = stuck.iter().copied().collect();
    let mut behind = Vec::new();
    while let Some(node) = queue.pop() {
        for next in graph.downstream(node) {
            if seen.insert(*next) {
                behind.push(*next);
                queue.push(*next);
            }
        }
    }
    behind.sort_unstable();
    let Some(first) = behind.first() else { return };
    let names = one_of(behind.iter().map(|number| stages[*number].name.as_str())).replace(" or ", " and ");
    let plural = if behind.len() == 1 { "stage" } else { "stages" };
    let finding = Diagnostic::hint("GNK0056", format!("{plural} {names} can never start"))
        .help("each waits for a stage that can never start");
    findings.add(finding, stages[*first].place.key("name"));
}
