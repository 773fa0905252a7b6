//! Dinghyfiles and their modules, separated by a record separator (U+001E): recognised, rendered, read as pipelines.
#![no_main]

use std::sync::Arc;

use gennaker::diagnostic::{Source, read_documents, render};
use gennaker::model::Map;
use gennaker::pipeline::{ParseOptions, parse, validate};
use gennaker::stages::Catalogue;
use gennaker::template::{Dinghyfile, Loader, Reference, is_dinghyfile};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// The modules, by their number in the input when they are named by one, else the next; the last may ask for itself.
struct Modules<'t>(Vec<&'t str>);

impl Loader for Modules<'_> {
    fn load(&self, _: &Reference, _: &str) -> Result<Source, String> {
        Err("there are no templates".to_owned())
    }

    fn pipeline_id(&self, application: &str, name: &str, _: bool) -> Option<String> {
        (!name.is_empty()).then(|| format!("{application}-{name}"))
    }

    fn module(&self, path: &str, local: bool, beside: &str) -> Result<Source, String> {
        if path.is_empty() {
            return Err("is not there: no such file".to_owned());
        }
        let next = || beside.parse::<usize>().unwrap_or(0) + usize::from(!local);
        let wanted = path.parse().unwrap_or_else(|_| next()).min(self.0.len() - 1);
        Ok(Source::new(wanted.to_string(), self.0[wanted]))
    }
}

fuzz_target!(|text: &str| {
    let modules = Modules(text.split('\u{1e}').collect());
    let source = Arc::new(Source::new("0", modules.0[0]));
    let _ = is_dinghyfile(&source);
    let variables: Map =
        json!({"name": "n", "list": [1, {"a": "b"}], "wait": 3}).as_object().expect("an object").clone();
    let data: Map = json!({"RawData": {"pusher": {"name": "ann"}}, "Org": "o"}).as_object().expect("an object").clone();
    match (Dinghyfile { variables, data }).render(&source, &modules) {
        Err(findings) => drop(render(&findings, false)),
        Ok(rendered) => {
            let rendered = Arc::new(rendered);
            let _ = render(&read_documents(&rendered).1, false);
            let options =
                ParseOptions { application: Some("shop"), catalogue: Some(&Catalogue), ..ParseOptions::default() };
            let parsed = parse(&rendered, &options);
            let mut findings = parsed.diagnostics;
            for pipeline in &parsed.pipelines {
                findings.extend(validate(pipeline, &Catalogue, None));
            }
            let _ = render(&findings, false);
        }
    }
});
