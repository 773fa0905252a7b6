//! Templates: a configuration, its template and what that asks for, separated by a record separator (U+001E).
#![no_main]

use std::sync::Arc;

use gennaker::diagnostic::{Document, Source, read_documents, render};
use gennaker::model::Map;
use gennaker::template::{Inputs, Loader, Reference, check_template, configuration_for, render_text, resolve};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// Gives the next part of the input for whatever is asked for; the last one may ask for itself.
struct Parts<'t>(Vec<&'t str>);

impl Loader for Parts<'_> {
    fn load(&self, _: &Reference, beside: &str) -> Result<Source, String> {
        let next = beside.parse::<usize>().unwrap_or(0) + 1;
        let next = next.min(self.0.len() - 1);
        Ok(Source::new(next.to_string(), self.0[next]))
    }

    fn pipeline_id(&self, application: &str, name: &str, _: bool) -> Option<String> {
        (!name.is_empty()).then(|| format!("{application}-{name}"))
    }

    fn module(&self, _: &str, _: bool, beside: &str) -> Result<Source, String> {
        self.load(&Reference::File(String::new()), beside)
    }
}

fn documents(name: &str, text: &str) -> (Arc<Source>, Vec<Document>) {
    let source = Arc::new(Source::new(name, text));
    let (documents, findings) = read_documents(&source);
    let _ = render(&findings, false);
    (source, documents)
}

fn resolved(source: &Arc<Source>, document: &Document, loader: &Parts<'_>) {
    let trigger: Map = json!({"parameters": {"a": 1}, "user": "ann"}).as_object().expect("an object").clone();
    let inputs = Inputs { trigger, ..Inputs::default() };
    if let Err(findings) = resolve(source, document, &inputs, loader) {
        let _ = render(&findings, false);
    }
}

fuzz_target!(|text: &str| {
    let parts = Parts(text.split('\u{1e}').collect());
    let (source, found) = documents("0", parts.0[0]);
    for document in &found {
        let _ = render(&check_template(&source, document), false);
        resolved(&source, document, &parts);
        let own = configuration_for(document, "shop", Map::new()).to_string();
        let (source, configuration) = documents("0", &own);
        if let Some(configuration) = configuration.first() {
            let beside = Parts(vec![&own, parts.0[0]]);
            resolved(&source, configuration, &beside);
        }
    }
    let variables: Map = json!({"a": {"b": [1, "x", null]}, "name": "n", "list": [1, 2]}).as_object().expect("an object").clone();
    let _ = render_text(text, &variables);
});
