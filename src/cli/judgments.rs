//! Asks the person at the terminal for the judgments that an execution waits for.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::project::Project;
use crate::engine::ports::Observe;
use crate::history::{Event, History, Record, Request};
use crate::model::{Execution, Map, StageExecution, Status};
use crate::report::{Screen, quoted};
use crate::stages::{Roles, asks, may_judge};

/// A question, or the end of one.
enum Ask {
    Judgment(Question),
    Settled { stage: String, by: String },
}

struct Question {
    execution: String,
    stage: String,
    name: String,
    instructions: String,
    inputs: Vec<String>,
}

/// Passes everything on to a report and asks for judgments beside it.
pub struct Asking {
    report: Arc<dyn Screen>,
    roles: Roles,
    user: String,
    questions: mpsc::UnboundedSender<Ask>,
}

impl Asking {
    /// Wraps a report. Answers are left in the history as requests, as `gennaker judge` leaves them.
    pub fn over(report: Arc<dyn Screen>, history: Arc<dyn History>, project: &Project) -> Arc<dyn Observe> {
        let user = project.user.clone();
        let roles = project.settings.roles.value.clone();
        let (questions, asked) = mpsc::unbounded_channel();
        tokio::spawn(answer(asked, history, Arc::clone(&report), user.clone()));
        Arc::new(Self { report, roles, user, questions })
    }

    fn ask(&self, execution: &Execution, stage: &StageExecution) {
        if !asks(stage) || stage.status != Status::Running {
            return;
        }
        if let Err(denied) = may_judge(&self.roles, &stage.context, Some(&self.user)) {
            let command = format!("gennaker judge {} {} continue", execution.id, quoted(&stage.name));
            self.report.suspend(&mut || eprintln!("'{}' waits for somebody else: {denied}; {command}", stage.name));
            return;
        }
        let text = |key: &str| stage.context.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let inputs = stage.context.get("judgmentInputs").and_then(Value::as_array).into_iter().flatten();
        let question = Question {
            execution: execution.id.clone(),
            stage: stage.id.clone(),
            name: stage.name.clone(),
            instructions: text("instructions"),
            inputs: inputs.filter_map(|input| input["value"].as_str().map(str::to_owned)).collect(),
        };
        // Without anybody to ask, the judgment comes from elsewhere.
        let _ = self.questions.send(Ask::Judgment(question));
    }
}

impl Observe for Asking {
    fn recorded(&self, execution: &Execution, record: &Record) {
        self.report.recorded(execution, record);
        match &record.event {
            Event::RunnerAttached { .. } => execution.stages.iter().for_each(|stage| self.ask(execution, stage)),
            Event::TaskStarted { stage, .. } => {
                if let Some(stage) = execution.stage(stage) {
                    self.ask(execution, stage);
                }
            }
            Event::StageCompleted { stage, .. } => {
                if let Some(record) = execution.stage(stage).filter(|record| asks(record)) {
                    let by = record.context.get("lastModifiedBy").and_then(Value::as_str).unwrap_or_default();
                    let _ = self.questions.send(Ask::Settled { stage: stage.clone(), by: by.to_owned() });
                }
            }
            _ => {}
        }
    }

    fn progress(&self, execution: &Execution, stage: &StageExecution, text: &str) {
        // The question says what is waited for.
        if !asks(stage) {
            self.report.progress(execution, stage, text);
        }
    }

    fn output(&self, execution: &Execution, stage: &StageExecution, line: &str) {
        self.report.output(execution, stage, line);
    }

    fn waiting(&self, execution: &Execution, text: &str) {
        self.report.waiting(execution, text);
    }
}

/// Asks one question after the other and takes lines from the terminal as answers.
async fn answer(
    mut asked: mpsc::UnboundedReceiver<Ask>,
    history: Arc<dyn History>,
    report: Arc<dyn Screen>,
    user: String,
) {
    let mut open: Vec<Question> = Vec::new();
    let mut lines: Option<mpsc::UnboundedReceiver<String>> = None;
    loop {
        let line = async {
            match &mut lines {
                Some(lines) => lines.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ask = asked.recv() => match ask {
                None => return,
                Some(Ask::Judgment(question)) => {
                    lines.get_or_insert_with(read_lines);
                    if open.is_empty() {
                        report.suspend(&mut || print(&question));
                    }
                    open.push(question);
                }
                Some(Ask::Settled { stage, by }) => {
                    let first = open.first().is_some_and(|question| question.stage == stage);
                    open.retain(|question| question.stage != stage);
                    if first && by != user {
                        report.suspend(&mut || eprintln!("judged by {by}"));
                    }
                    if let (true, Some(next)) = (first, open.first()) {
                        report.suspend(&mut || print(next));
                    }
                }
            },
            line = line => {
                // When the terminal is gone, the judgment can still come from elsewhere.
                let Some(line) = line else { return };
                let Some(question) = open.first() else { continue };
                match verdict(&line, &question.inputs) {
                    Ok(patch) => {
                        let request = Request::Patch { stage: question.stage.clone(), by: user.clone(), patch };
                        if let Err(error) = history.submit(&question.execution, &request).await {
                            report.suspend(&mut || eprintln!("error: {error}"));
                        }
                    }
                    Err(problem) => report.suspend(&mut || {
                        eprintln!("{problem}");
                        print(question);
                    }),
                }
            }
        }
    }
}

/// Lines of standard input, read by a thread that may wait for ever without keeping the process.
fn read_lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn print(question: &Question) {
    eprintln!("\n? {} needs a judgment", question.name);
    for line in question.instructions.lines() {
        eprintln!("  {line}");
    }
    for (number, input) in question.inputs.iter().enumerate() {
        eprintln!("  {}) {input}", number + 1);
    }
    if question.inputs.is_empty() {
        eprintln!("  continue or stop? [c/s]");
    } else {
        eprintln!("  continue with one of these, or stop? [1-{}/s]", question.inputs.len());
    }
}

/// What a typed line means.
fn verdict(line: &str, inputs: &[String]) -> Result<Map, String> {
    let line = line.trim();
    let mut patch = Map::new();
    let chosen = line.parse::<usize>().ok().and_then(|number| inputs.get(number.checked_sub(1)?));
    let chosen = chosen.or_else(|| inputs.iter().find(|input| input.eq_ignore_ascii_case(line)));
    let status = match (line.to_ascii_lowercase().as_str(), chosen) {
        (_, Some(input)) => {
            patch.insert("judgmentInput".to_owned(), input.clone().into());
            "continue"
        }
        ("c" | "continue" | "y" | "yes", None) if inputs.is_empty() => "continue",
        ("s" | "stop" | "n" | "no", None) => "stop",
        _ if inputs.is_empty() => return Err(format!("'{line}' is neither continue nor stop")),
        _ => return Err(format!("'{line}' is neither stop nor one of the choices")),
    };
    patch.insert("judgmentStatus".to_owned(), status.into());
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_verdict_or_a_problem() {
        let inputs = ["blue".to_owned(), "green".to_owned()];
        let judged =
            |line: &str, inputs: &[String]| verdict(line, inputs).ok().map(|patch| Value::Object(patch).to_string());
        let cases = [
            (judged("c", &[]), Some(r#"{"judgmentStatus":"continue"}"#)),
            (judged(" Stop ", &[]), Some(r#"{"judgmentStatus":"stop"}"#)),
            (judged("2", &inputs), Some(r#"{"judgmentInput":"green","judgmentStatus":"continue"}"#)),
            (judged("BLUE", &inputs), Some(r#"{"judgmentInput":"blue","judgmentStatus":"continue"}"#)),
            (judged("s", &inputs), Some(r#"{"judgmentStatus":"stop"}"#)),
            (judged("c", &inputs), None),
            (judged("3", &inputs), None),
            (judged("", &[]), None),
        ];
        for (got, wanted) in cases {
            assert_eq!(got.as_deref(), wanted);
        }
    }
}
