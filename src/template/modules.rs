//! `{% module id key=value %}`: renders a module in a context of its own (contract 1.5).

use serde_json::Value;

use super::origin::{Finding, Origin};
use super::render::Renderer;
use crate::diagnostic::nearest;
use crate::model::Map;

/// The text a module renders to; anything but a text as JSON.
pub(super) fn render(
    renderer: &Renderer<'_>,
    id: &str,
    direct: &Map,
    arguments: &Map,
    caller: &Origin,
) -> Result<String, Finding> {
    let Some(module) = renderer.modules.iter().find(|module| module.id == id) else {
        let help = match nearest(id, renderer.modules.iter().map(|module| module.id.as_str())) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "define it below 'modules' of the template or of the configuration".to_owned(),
        };
        return Err(caller.error("GNK0094", format!("there is no module '{id}'"), help));
    };
    let mut context = renderer.context();
    let mut missing = Vec::new();
    for variable in &module.variables {
        let Some(name) = variable.get("name").and_then(Value::as_str) else { continue };
        // The caller's own value wins over the argument: Spinnaker looks there first.
        let known = |map: &Map, key: &str| map.get(key).filter(|value| !value.is_null()).cloned();
        let value = known(direct, name).or_else(|| known(arguments, name)).or_else(|| known(variable, "defaultValue"));
        match value {
            Some(value) => drop(context.insert(name.to_owned(), value)),
            None => missing.push(name),
        }
    }
    if !missing.is_empty() {
        let title = format!("module '{id}' misses {}", crate::diagnostic::one_of(missing).replace(" or ", " and "));
        return Err(caller.error("GNK0094", title, format!("write {{% module {id} name=value %}}")));
    }
    Ok(match renderer.deep(&module.definition, &context, &module.origin.key("definition"))? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}
