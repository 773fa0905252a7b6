//! What functions need from outside the expression language.

use crate::model::Map;

const UNAVAILABLE: &str = "not available here";

/// The world behind `#fromUrl`, `#pipelineId` and their like. Every method may be left out: the function then
/// answers with an error that says so.
pub trait Host: Send + Sync {
    /// The body behind a URL, as text; used by `#fromUrl`, `#jsonFromUrl`, `#yamlFromUrl`, `#propertiesFromUrl`.
    fn fetch_url(&self, _url: &str) -> Result<String, String> {
        Err(format!("fetching URLs is {UNAVAILABLE}"))
    }

    /// The text behind an artifact-store reference (`ref://…`).
    fn fetch_reference(&self, _reference: &str) -> Result<String, String> {
        Err(format!("the artifact store is {UNAVAILABLE}"))
    }

    /// Id of a pipeline by name; `Ok(None)` when the application has none of that name.
    fn pipeline_id(&self, _application: &str, _name: &str) -> Result<Option<String>, String> {
        Err(format!("looking up pipelines is {UNAVAILABLE}"))
    }

    /// Attributes of an application; `Ok(None)` when there is none.
    fn application(&self, _name: &str) -> Result<Option<Map>, String> {
        Err(format!("looking up applications is {UNAVAILABLE}"))
    }

    /// Id of a canary configuration by name and application.
    fn canary_config_id(&self, _name: &str, _application: &str) -> Result<Option<String>, String> {
        Err(format!("looking up canary configurations is {UNAVAILABLE}"))
    }

    /// Who runs it, when the execution does not say.
    fn current_user(&self) -> Option<String> {
        None
    }
}

/// The host of a scope that was given none.
pub(crate) struct Nowhere;

impl Host for Nowhere {}
