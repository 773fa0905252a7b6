//! Partials: a stage of type `partial.<id>` stands for a group of stages (contract 1.5).

use super::loops::{context_of, replace};
use super::origin::Finding;
use super::refs::Refs;
use super::render::Renderer;
use super::stage::{Partial, Stage};
use crate::diagnostic::nearest;
use crate::model::Map;

/// Renders the group of every stage that calls a partial.
pub(super) fn render(
    partials: &mut [Partial],
    stages: &mut [Stage],
    renderer: &Renderer<'_>,
    context: &Map,
) -> Result<(), Finding> {
    for stage in stages.iter_mut().filter(|stage| stage.partial().is_some()) {
        let id = stage.partial().unwrap_or_default().to_owned();
        let Some(at) = partials.iter().position(|partial| partial.id == id) else {
            let help = match nearest(&id, partials.iter().map(|partial| partial.id.as_str())) {
                Some(meant) => format!("did you mean '{meant}'?"),
                None => "define it below 'partials' of the template or of the configuration".to_owned(),
            };
            return Err(stage.origin.key("type").error("GNK0094", format!("there is no partial '{id}'"), help));
        };
        if stage.is_looping() {
            for looped in &mut stage.looped {
                render_one(&mut partials[at], looped, renderer, &context_of(looped, context))?;
            }
        } else {
            render_one(&mut partials[at], stage, renderer, context)?;
        }
    }
    Ok(())
}

fn render_one(
    partial: &mut Partial,
    caller: &mut Stage,
    renderer: &Renderer<'_>,
    context: &Map,
) -> Result<(), Finding> {
    super::v1::render_stage(caller, renderer, context)?;
    let mut context = context.clone();
    if let Some(config) = caller.config.as_object() {
        context.extend(config.clone());
    }
    let group = format!("{}: {}", partial.name, caller.shown_name());
    let mut rendered = Vec::with_capacity(partial.stages.len());
    for stage in &partial.stages {
        if stage.partial().is_some() {
            let title = format!("partial '{}' calls another partial, which is not possible", partial.id);
            return Err(stage.origin.key("type").error("GNK0095", title, "write that partial's stages here"));
        }
        let mut stage = stage.clone();
        stage.id = format!("{}.{}", caller.id, stage.id);
        stage.requisites = Refs::hashed(stage.requisites.iter().map(|id| format!("{}.{id}", caller.id)));
        stage.group = Some(group.clone());
        super::v1::render_stage(&mut stage, renderer, &context)?;
        rendered.push(stage);
    }
    partial.rendered.insert(caller.id.clone(), rendered);
    Ok(())
}

/// Puts the rendered groups in the place of the stages that call them.
pub(super) fn splice(partials: &[Partial], stages: &mut Vec<Stage>) -> Result<(), Finding> {
    let callers: Vec<String> =
        stages.iter().filter(|stage| stage.partial().is_some()).map(|stage| stage.id.clone()).collect();
    for id in callers {
        let Some(at) = stages.iter().position(|stage| stage.id == id) else { continue };
        let caller = stages.remove(at);
        let group = partials.iter().find_map(|partial| partial.rendered.get(&id)).cloned().unwrap_or_default();
        replace(stages, &caller, group)?;
    }
    Ok(())
}
