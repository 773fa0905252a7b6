//! One JSON document per line on standard output, for programs (docs/output.md, version 1).
//!
//! - first `{"format":"gennaker-events","version":1}`
//! - a recorded event: `{"executionId","seq","at","event",…}`, as it stands in history
//! - `{"executionId","at","progress":{"stage","name","text"}}`: what a stage waits for; may be missing
//! - `{"executionId","at","output":{"stage","name","line"}}`: a line that a stage wrote
//! - `{"executionId","at","waiting":{"text"}}`: what an execution waits for before it begins
//! - last `{"execution":{…},"mutations":[{"stage","operation","target","detail"}],"next":[…]}`
//!
//! Keys may be added within a version. Executions that stages start are in the same stream, under their own id.

use std::io::Write;
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Screen;
use super::summary::next_commands;
use crate::engine::ports::Observe;
use crate::history::{Mutation, Record};
use crate::model::{Execution, StageExecution};

/// Writes JSON lines.
pub struct Json {
    out: Mutex<Box<dyn Write + Send>>,
}

impl Json {
    /// Lines to standard output.
    #[must_use]
    pub fn new() -> Self {
        Self::to(Box::new(std::io::stdout()))
    }

    fn to(out: Box<dyn Write + Send>) -> Self {
        let json = Self { out: Mutex::new(out) };
        json.write(&json!({"format": "gennaker-events", "version": 1}));
        json
    }

    fn write(&self, line: &Value) {
        let mut out = self.out.lock().expect("no holder of this lock can panic");
        // A reader that went away does not stop a deployment.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    fn lossy(&self, execution: &Execution, key: &str, value: Value) {
        let mut line = json!({"executionId": execution.id, "at": Timestamp::now().as_millisecond()});
        line[key] = value;
        self.write(&line);
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::new()
    }
}

/// The line of a recorded event.
#[must_use]
pub fn event_line(execution: &str, record: &Record) -> Value {
    let mut line = json!({"executionId": execution});
    if let (Some(line), Ok(Value::Object(record))) = (line.as_object_mut(), serde_json::to_value(record)) {
        line.extend(record);
    }
    line
}

/// The document that ends a report.
#[must_use]
pub fn summary_document(execution: &Execution, mutations: &[(String, Mutation)]) -> Value {
    let change = |(stage, mutation): &(String, Mutation)| {
        let Mutation { operation, target, detail } = mutation;
        json!({"stage": stage, "operation": operation, "target": target, "detail": detail})
    };
    let mutations: Vec<Value> = mutations.iter().map(change).collect();
    json!({"execution": execution, "mutations": mutations, "next": next_commands(execution)})
}

impl Observe for Json {
    fn recorded(&self, execution: &Execution, record: &Record) {
        self.write(&event_line(&execution.id, record));
    }

    fn progress(&self, execution: &Execution, stage: &StageExecution, text: &str) {
        self.lossy(execution, "progress", json!({"stage": stage.id, "name": stage.name, "text": text}));
    }

    fn output(&self, execution: &Execution, stage: &StageExecution, line: &str) {
        self.lossy(execution, "output", json!({"stage": stage.id, "name": stage.name, "line": line}));
    }

    fn waiting(&self, execution: &Execution, text: &str) {
        self.lossy(execution, "waiting", json!({"text": text}));
    }
}

impl Screen for Json {
    fn suspend(&self, act: &mut dyn FnMut()) {
        act();
    }

    fn asked(&self, execution: &Execution, lines: &[String]) {
        self.lossy(execution, "asked", json!({"lines": lines}));
    }

    fn finish(&self, execution: &Execution, mutations: &[(String, Mutation)]) {
        self.write(&summary_document(execution, mutations));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::sample::Story;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_a_document_and_the_last_is_the_execution() {
        let shared = Shared::default();
        let json = Json::to(Box::new(shared.clone()));
        let story = Story::of_a_failed_deployment();
        story.tell(&json);
        let text = String::from_utf8(shared.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], json!({"format": "gennaker-events", "version": 1}));
        assert_eq!((&lines[1]["executionId"], &lines[1]["seq"]), (&json!("01E"), &json!(1)));
        assert_eq!(lines[1]["event"], "executionRecorded");
        let last = lines.last().unwrap();
        assert_eq!(last["execution"]["status"], "TERMINAL");
        assert_eq!(last["mutations"][0]["operation"], "createServerGroup");
        assert!(lines.iter().any(|line| line["progress"]["text"] == "waiting for 3 of 3 instances"));
        assert!(lines.iter().any(|line| line["output"]["line"] == "compiling"));
    }
}
