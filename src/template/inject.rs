//! Stage injection (contract 1.5): `first`, `last`, `before` and `after`, for both schemas.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::origin::{Finding, Origin};
use super::refs::{Refs, hash_order};

/// A stage of either schema, as injection sees it.
pub(super) trait Node {
    fn id(&self) -> &str;
    fn requisites(&self) -> &Refs;
    fn requisites_mut(&mut self) -> &mut Refs;
    fn rule(&self) -> &Rule;
    fn origin(&self) -> &Origin;
}

/// Where a stage is to be injected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    first: bool,
    last: bool,
    before: Option<Vec<String>>,
    after: Option<Vec<String>>,
}

impl Rule {
    pub(super) fn of(inject: Option<&Value>) -> Self {
        let flag = |key: &str| inject.and_then(|rule| rule.get(key)).is_some_and(|flag| flag == true || flag == "true");
        let list = |key: &str| match inject.and_then(|rule| rule.get(key)) {
            Some(Value::Array(items)) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            Some(Value::String(single)) => Some(vec![single.clone()]),
            _ => None,
        };
        Self { first: flag("first"), last: flag("last"), before: list("before"), after: list("after") }
    }

    pub(super) fn count(&self) -> usize {
        [self.first, self.last, self.before.is_some(), self.after.is_some()].into_iter().filter(|given| *given).count()
    }

    pub(super) fn is_some(&self) -> bool {
        self.count() > 0
    }
}

/// Orders stages so that each comes behind those it requires, in the order Spinnaker gets.
///
/// # Errors
/// Stages that require each other, and two stages with the same id.
pub(super) fn ordered<N: Node>(stages: Vec<N>) -> Result<Vec<N>, Finding> {
    let order = walk(&stages)?.order;
    let mut slots: Vec<Option<N>> = stages.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| slots[at].take()).collect())
}

/// The ids of the stages that no other one requires.
pub(super) fn leaves<N: Node>(stages: &[N]) -> Result<Vec<String>, Finding> {
    let walk = walk(stages)?;
    let leaf = |at: &&usize| !walk.required.contains(stages[**at].id());
    Ok(walk.order.iter().filter(leaf).map(|at| stages[*at].id().to_owned()).collect())
}

struct Walk<'n> {
    order: Vec<usize>,
    required: HashSet<&'n str>,
}

/// Depth first from every stage, stages taken in the order of a Java map.
fn walk<N: Node>(stages: &[N]) -> Result<Walk<'_>, Finding> {
    let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(stages.len());
    for (at, stage) in stages.iter().enumerate() {
        if by_id.insert(stage.id(), at).is_some() {
            let title = format!("two stages have the id '{}'", stage.id());
            return Err(stage.origin().error("GNK0095", title, "give every stage an id of its own"));
        }
    }
    let mut roots: Vec<(usize, &str)> = stages.iter().map(Node::id).enumerate().collect();
    hash_order(&mut roots, |(_, id)| id);
    let mut state = vec![Visit::Not; stages.len()];
    let mut order = Vec::with_capacity(stages.len());
    for (root, _) in roots {
        visit(root, stages, &by_id, &mut state, &mut order)?;
    }
    let required = stages.iter().flat_map(|stage| stage.requisites().iter()).map(String::as_str).collect();
    Ok(Walk { order, required })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Running,
    Done,
}

/// With a stack of its own: templates may chain more stages than a thread's stack has room for.
fn visit<N: Node>(
    root: usize,
    stages: &[N],
    by_id: &HashMap<&str, usize>,
    state: &mut [Visit],
    order: &mut Vec<usize>,
) -> Result<(), Finding> {
    if state[root] != Visit::Not {
        return Ok(());
    }
    state[root] = Visit::Running;
    let mut stack = vec![(root, stages[root].requisites().iter())];
    while let Some((at, requisites)) = stack.last_mut() {
        let at = *at;
        match requisites.find_map(|id| by_id.get(id.as_str()).copied()) {
            Some(next) => match state[next] {
                Visit::Not => {
                    state[next] = Visit::Running;
                    stack.push((next, stages[next].requisites().iter()));
                }
                Visit::Running => {
                    let title = format!("stages require each other: cycle detected at stage '{}'", stages[at].id());
                    return Err(stages[at].origin().error("GNK0097", title, "remove one of the requirements"));
                }
                Visit::Done => {}
            },
            None => {
                state[at] = Visit::Done;
                order.push(at);
                stack.pop();
            }
        }
    }
    Ok(())
}

/// Applies the rules of the stages that stand in the graph already: a template's own.
pub(super) fn inject_own<N: Node>(stages: &mut Vec<N>) -> Result<(), Finding> {
    let ruled: Vec<String> =
        stages.iter().filter(|stage| stage.rule().is_some()).map(|stage| stage.id().to_owned()).collect();
    for id in ruled {
        if let Some(at) = stages.iter().position(|stage| stage.id() == id) {
            let stage = stages.remove(at);
            inject_one(stage, stages)?;
        }
    }
    Ok(())
}

/// Injects stages that come from outside, those that have a rule.
pub(super) fn inject<N: Node>(candidates: Vec<N>, stages: &mut Vec<N>) -> Result<(), Finding> {
    for stage in candidates.into_iter().filter(|stage| stage.rule().is_some()) {
        stages.retain(|known| known.id() != stage.id());
        inject_one(stage, stages)?;
    }
    Ok(())
}

fn inject_one<N: Node>(stage: N, stages: &mut Vec<N>) -> Result<(), Finding> {
    let rule = stage.rule().clone();
    if rule.first {
        first(stage, stages);
        walk(stages).map(|_| ())
    } else if rule.last {
        last(stage, stages)
    } else if let Some(targets) = rule.before {
        before(stage, &targets, stages)
    } else if let Some(targets) = rule.after {
        after(stage, &targets, stages)
    } else {
        stages.push(stage);
        Ok(())
    }
}

fn first<N: Node>(stage: N, stages: &mut Vec<N>) {
    for other in stages.iter_mut().filter(|other| other.requisites().is_empty()) {
        other.requisites_mut().extend([stage.id().to_owned()]);
    }
    stages.insert(0, stage);
}

fn last<N: Node>(mut stage: N, stages: &mut Vec<N>) -> Result<(), Finding> {
    let leaves = leaves(stages)?;
    stage.requisites_mut().extend(leaves);
    stages.push(stage);
    walk(stages).map(|_| ())
}

fn before<N: Node>(mut stage: N, targets: &[String], stages: &mut Vec<N>) -> Result<(), Finding> {
    let mut position = 0;
    let mut taken_over = Vec::new();
    for target in targets {
        let at = target_of(&stage, target, stages)?;
        let requisites = stages[at].requisites_mut();
        taken_over.extend(requisites.take());
        requisites.extend([stage.id().to_owned()]);
        position = position.max(at);
    }
    stage.requisites_mut().extend(taken_over);
    stages.insert(position, stage);
    walk(stages).map(|_| ())
}

fn after<N: Node>(mut stage: N, targets: &[String], stages: &mut Vec<N>) -> Result<(), Finding> {
    let mut position = 0;
    for target in targets {
        let at = target_of(&stage, target, stages)?;
        position = position.max(at + 1);
        stage.requisites_mut().extend([target.clone()]);
        for other in stages.iter_mut() {
            if other.requisites_mut().remove(target) {
                other.requisites_mut().extend([stage.id().to_owned()]);
            }
        }
    }
    stages.insert(position, stage);
    walk(stages).map(|_| ())
}

fn target_of<N: Node>(stage: &N, target: &str, stages: &[N]) -> Result<usize, Finding> {
    stages.iter().position(|known| known.id() == target).ok_or_else(|| {
        let title = format!("could not inject stage '{}': unknown target stage '{target}'", stage.id());
        let known = crate::diagnostic::one_of(stages.iter().map(Node::id));
        let help = match crate::diagnostic::nearest(target, stages.iter().map(Node::id)) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => format!("the template has {known}"),
        };
        stage.origin().key("inject").error("GNK0097", title, help)
    })
}
