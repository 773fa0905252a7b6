//! Pipeline documents: read, checked, shown.
#![no_main]

use std::sync::Arc;

use gennaker::diagnostic::{Diagnostic, Source, render};
use gennaker::expr::check;
use gennaker::pipeline::{ParseOptions, parse, validate};
use gennaker::stages::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let name = if text.len().is_multiple_of(2) { "p.yaml" } else { "p.json" };
    let source = Arc::new(Source::new(name, text));
    let parsed = parse(&source, &ParseOptions { application: Some("shop"), catalogue: Some(&Catalogue), ..ParseOptions::default() });
    let mut findings = parsed.diagnostics;
    for pipeline in &parsed.pipelines {
        findings.extend(validate(pipeline, &Catalogue, Some(&check)));
        let _ = pipeline.to_value();
    }
    let _ = render(&findings, false);
    let _: Vec<_> = findings.iter().map(Diagnostic::to_json).collect();
});
