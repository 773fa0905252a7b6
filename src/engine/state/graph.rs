//! The graph of the stages, kept beside the document it is derived from.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Node, State, Tally};
use crate::model::{StageExecution, Status, SyntheticStageOwner};

impl State {
    pub(super) fn add(&mut self, parent: usize, stages: &[StageExecution], because_of_failure: bool) {
        if stages.is_empty() {
            return;
        }
        let first = self.nodes.len();
        self.edit().stages.extend(stages.iter().cloned().map(Arc::new));
        for (offset, stage) in stages.iter().enumerate() {
            let at = first + offset;
            self.positions.insert(stage.id.clone(), at);
            self.nodes.push(Node { parent: Some(parent), because_of_failure, ..Node::default() });
            match stage.synthetic_stage_owner {
                Some(SyntheticStageOwner::StageAfter) => self.nodes[parent].after.push(at),
                _ => self.nodes[parent].before.push(at),
            }
        }
        for (offset, stage) in stages.iter().enumerate() {
            let siblings = stages.iter().enumerate().filter(|(_, s)| stage.requisite_stage_ref_ids.contains(&s.ref_id));
            for (requisite, _) in siblings {
                self.link(first + requisite, first + offset);
            }
            if self.nodes[first + offset].open == 0 {
                self.attention.insert(first + offset);
            }
        }
    }

    fn link(&mut self, requisite: usize, stage: usize) {
        self.nodes[requisite].downstream.push(stage);
        self.nodes[stage].requisites.push(requisite);
        if !self.execution.stages[requisite].status.lets_downstream_start() {
            self.nodes[stage].open += 1;
        }
    }

    /// Derives the graph from the document.
    pub(super) fn reindex(&mut self) {
        let old: HashMap<String, Node> =
            self.positions.iter().map(|(id, at)| (id.clone(), self.nodes[*at].clone())).collect();
        let stages = self.execution.stages.clone();
        self.nodes = vec![Node::default(); stages.len()];
        self.positions = stages.iter().enumerate().map(|(at, stage)| (stage.id.clone(), at)).collect();
        self.attention.clear();
        self.top = Tally::default();
        let mut references: HashMap<(Option<&str>, &str), usize> = HashMap::new();
        for (at, stage) in stages.iter().enumerate() {
            references.insert((stage.parent_stage_id.as_deref(), &stage.ref_id), at);
            let node = &mut self.nodes[at];
            if let Some(old) = old.get(&stage.id) {
                node.because_of_failure = old.because_of_failure;
            }
            if let Some(old) = old.get(&stage.id).filter(|_| stage.status != Status::NotStarted) {
                node.after_planned = old.after_planned;
                node.on_failure_planned = old.on_failure_planned;
                node.plan_failed = old.plan_failed;
                node.task = old.task;
            }
            if let Some(parent) = stage.parent_stage_id.as_ref().and_then(|id| self.positions.get(id)).copied() {
                self.nodes[at].parent = Some(parent);
                match stage.synthetic_stage_owner {
                    Some(SyntheticStageOwner::StageAfter) => self.nodes[parent].after.push(at),
                    _ => self.nodes[parent].before.push(at),
                }
            } else {
                self.top.total += 1;
                self.count_top(at, Status::NotStarted, stage.status);
            }
        }
        for (at, stage) in stages.iter().enumerate() {
            for requisite in &stage.requisite_stage_ref_ids {
                if let Some(requisite) = references.get(&(stage.parent_stage_id.as_deref(), requisite.as_str())) {
                    self.link(*requisite, at);
                }
            }
        }
    }
}
