//! `loopWith`: a stage for each item of a list (contract 1.5).

use serde_json::{Value, json};

use super::inject::leaves;
use super::origin::Finding;
use super::render::Renderer;
use super::stage::Stage;
use crate::model::Map;

/// Stages one loop may make.
const MOST_STAGES: usize = 2_000;

/// The context of a stage that a loop has made.
pub(super) fn context_of(stage: &Stage, context: &Map) -> Map {
    let mut context = context.clone();
    if let Some(value) = &stage.loop_value {
        context.insert("templateLoop".to_owned(), json!({ "value": value }));
    }
    context
}

/// Makes the stages of every loop; they are kept in the stage that loops until [`splice`].
pub(super) fn expand(stages: &mut [Stage], renderer: &Renderer<'_>, context: &Map) -> Result<(), Finding> {
    for stage in stages {
        let Some(list) = &stage.loop_with else { continue };
        let origin = stage.origin.key("loopWith");
        let Value::Array(values) = renderer.deep(&Value::String(list.clone()), context, &origin)? else {
            let title = format!("'loopWith' of stage '{}' does not render to a list", stage.id);
            return Err(origin.error("GNK0094", title, "write '{{ variable }}' with a variable that is a list"));
        };
        if values.len() > MOST_STAGES {
            let title = format!("the loop of stage '{}' makes {} stages", stage.id, values.len());
            return Err(origin.error("GNK0098", title, format!("the limit is {MOST_STAGES}")));
        }
        for (index, value) in values.into_iter().enumerate() {
            let mut made = Stage { loop_with: None, looped: Vec::new(), loop_value: Some(value), ..stage.clone() };
            made.id = match stage.id.contains("{{") && stage.id.contains("}}") {
                true => renderer.text(&stage.id, &context_of(&made, context), &stage.origin.key("id"))?,
                false => format!("{}{index}", stage.id),
            };
            stage.looped.push(made);
        }
    }
    Ok(())
}

/// Puts the stages of loops in the place of the stages that loop.
pub(super) fn splice(stages: &mut Vec<Stage>) -> Result<(), Finding> {
    let looping = stages.iter().filter(|stage| stage.is_looping()).map(|stage| stage.id.clone()).collect::<Vec<_>>();
    for id in looping {
        let at = stages.iter().position(|stage| stage.id == id && stage.is_looping());
        let Some(at) = at else { continue };
        let placeholder = stages.remove(at);
        replace(stages, &placeholder, placeholder.looped.clone())?;
    }
    Ok(())
}

/// Puts a group of stages in the place of one: its roots require what the one required, and what required the one
/// requires its leaves.
pub(super) fn replace(stages: &mut Vec<Stage>, placeholder: &Stage, mut group: Vec<Stage>) -> Result<(), Finding> {
    let leaves = leaves(&group)?;
    for stage in group.iter_mut().filter(|stage| stage.requisites.is_empty()) {
        stage.requisites = placeholder.requisites.clone();
    }
    // An empty group lets through what it required itself.
    let instead = if group.is_empty() { placeholder.requisites.iter().cloned().collect() } else { leaves };
    for stage in stages.iter_mut() {
        if stage.requisites.remove(&placeholder.id) {
            stage.requisites.extend(instead.iter().cloned());
        }
    }
    stages.append(&mut group);
    Ok(())
}
