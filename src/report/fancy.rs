//! A live display for terminals: what ended scrolls away above, what runs is a tree below that moves.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::Screen;
use super::style::{Role, Style};
use super::summary::summary;
use super::tell::{Said, Weight, clean_output, depth, elapsed, tell};
use crate::engine::ports::Observe;
use crate::history::{Event, Mutation, Record};
use crate::model::{Execution, Millis, StageExecution, Status};

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(100);
/// What turns in front of a running stage.
const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⢰", "⣠", "⣄", "⡆", "⠇"];

/// Draws on standard error.
pub struct Fancy {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// Its message is the whole moving part, several lines of it.
    bar: ProgressBar,
    style: Style,
    view: View,
}

/// What is running, in the order shown: children behind their parents.
#[derive(Default)]
struct View {
    /// The execution the report is about; lines about others name them.
    main: Option<String>,
    rows: Vec<Row>,
    waiting: Option<String>,
    paused: bool,
    frame: usize,
}

struct Row {
    stage: String,
    parent: Option<String>,
    name: String,
    depth: usize,
    since: Millis,
    progress: String,
}

impl Fancy {
    /// A display on standard error, redrawn by itself.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is a constant"));
        let inner = Arc::new(Mutex::new(Inner { bar, style, view: View::default() }));
        animate(Arc::downgrade(&inner));
        Self { inner }
    }

    fn with<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> R {
        act(&mut self.inner.lock().expect("no holder of this lock can panic"))
    }
}

fn animate(inner: Weak<Mutex<Inner>>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(FRAME);
            let Some(inner) = inner.upgrade() else { return };
            inner.lock().expect("no holder of this lock can panic").draw();
        }
    });
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Inner {
    fn draw(&mut self) {
        self.view.frame += 1;
        let (height, width) = terminal_size();
        // Part of the screen stays free for what scrolls by.
        let lines = self.view.lines(self.style, now(), width, height.saturating_sub(4).max(4));
        self.bar.set_message(lines.join("\n"));
    }

    /// Prints above the moving part.
    fn print(&mut self, lines: &[String]) {
        self.bar.suspend(|| {
            for line in lines {
                eprintln!("{line}");
            }
        });
    }

    fn say(&mut self, said: &Said) {
        let indent = "  ".repeat(said.depth);
        let mark = if said.mark.is_empty() { String::new() } else { format!("{} ", said.mark) };
        let mut lines = vec![format!("{indent}{}", self.style.paint(said.role, &format!("{mark}{}", said.text)))];
        let details = said.details.iter().flat_map(|detail| detail.lines());
        lines.extend(details.map(|line| format!("{indent}    {line}")));
        self.print(&lines);
    }

    fn about(&mut self, execution: &Execution) -> String {
        let main = self.view.main.get_or_insert_with(|| execution.id.clone());
        if *main == execution.id { String::new() } else { format!("[{}] ", execution.name) }
    }
}

impl View {
    /// Keeps the rows.
    fn follow(&mut self, execution: &Execution, record: &Record, about: &str) {
        match &record.event {
            Event::StageStarted { stage, .. } => {
                if let Some(stage) = execution.stage(stage) {
                    self.add(execution, stage, about);
                }
            }
            Event::RunnerAttached { .. } => {
                for stage in execution.stages.iter().filter(|stage| stage.status == Status::Running) {
                    self.add(execution, stage, about);
                }
            }
            Event::StageCompleted { stage, .. } => self.rows.retain(|row| row.stage != *stage),
            Event::ExecutionStarted => self.waiting = None,
            Event::ExecutionPaused { .. } => self.paused = true,
            Event::ExecutionUnpaused { .. } => self.paused = false,
            _ => {}
        }
    }

    fn add(&mut self, execution: &Execution, stage: &StageExecution, about: &str) {
        let row = Row {
            stage: stage.id.clone(),
            parent: stage.parent_stage_id.clone(),
            name: format!("{about}{}", stage.name),
            depth: depth(execution, stage) - 1,
            since: stage.start_time.unwrap_or_else(now),
            progress: String::new(),
        };
        let at = self.place_for(&row);
        self.rows.insert(at, row);
    }

    /// Behind the last descendant of its parent.
    fn place_for(&self, row: &Row) -> usize {
        let Some(parent) = row.parent.as_ref() else { return self.rows.len() };
        let Some(at) = self.rows.iter().position(|other| other.stage == *parent) else { return self.rows.len() };
        let below = self.rows[at + 1..].iter().take_while(|other| other.depth > self.rows[at].depth).count();
        at + 1 + below
    }

    fn lines(&self, style: Style, now: Millis, width: usize, height: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if let Some(waiting) = &self.waiting {
            lines.push(style.paint(Role::Wait, &cut(waiting, width)));
        }
        let spinner = if self.paused { "‖" } else { SPINNER[self.frame % SPINNER.len()] };
        let shown = if self.rows.len() > height { height - 1 } else { self.rows.len() };
        for row in &self.rows[..shown] {
            let time = elapsed(Some(row.since), Some(now)).unwrap_or_default();
            let indent = "  ".repeat(row.depth);
            let head = cut(&format!("{} {time}", row.name), width.saturating_sub(indent.len() + 4));
            let left = width.saturating_sub(indent.len() + 4 + head.chars().count());
            let progress = if row.progress.is_empty() { String::new() } else { format!("  {}", row.progress) };
            let progress = style.paint(Role::Dim, &cut(&progress, left));
            lines.push(format!("{indent}{} {head}{progress}", style.paint(Role::Wait, spinner)));
        }
        if self.rows.len() > shown {
            lines.push(style.paint(Role::Dim, &format!("… and {} more", self.rows.len() - shown)));
        }
        lines
    }
}

/// At most so many characters of a line.
fn cut(text: &str, width: usize) -> String {
    let text = text.replace(['\n', '\r', '\t'], " ");
    if text.chars().count() <= width {
        return text;
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn terminal_size() -> (usize, usize) {
    rustix::termios::tcgetwinsize(std::io::stderr())
        .ok()
        .filter(|size| size.ws_row > 0 && size.ws_col > 0)
        .map_or((24, 80), |size| (size.ws_row.into(), size.ws_col.into()))
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

impl Observe for Fancy {
    fn recorded(&self, execution: &Execution, record: &Record) {
        self.with(|inner| {
            let about = inner.about(execution);
            inner.view.follow(execution, record, &about);
            // What runs is shown by the moving part,
            // and the summary begins with the end.
            let is_the_end = matches!(record.event, Event::ExecutionCompleted { .. }) && about.is_empty();
            let is_shown = |said: &Said| said.weight > Weight::Beginning && !is_the_end;
            if let Some(mut said) = tell(execution, record).filter(is_shown) {
                said.text.insert_str(0, &about);
                inner.say(&said);
            }
        });
    }

    fn progress(&self, _execution: &Execution, stage: &StageExecution, text: &str) {
        self.with(|inner| {
            if let Some(row) = inner.view.rows.iter_mut().find(|row| row.stage == stage.id) {
                text.clone_into(&mut row.progress);
            }
        });
    }

    fn output(&self, execution: &Execution, stage: &StageExecution, line: &str) {
        self.with(|inner| {
            let about = inner.about(execution);
            let name = inner.style.paint(Role::Dim, &format!("{about}{} |", stage.name));
            inner.print(&[format!("{name} {}", clean_output(line))]);
        });
    }

    fn waiting(&self, execution: &Execution, text: &str) {
        self.with(|inner| {
            let about = inner.about(execution);
            inner.view.waiting = Some(format!("{about}{text}"));
        });
    }
}

impl Screen for Fancy {
    fn suspend(&self, act: &mut dyn FnMut()) {
        // Held, so that nothing is drawn between a question and its answer.
        self.with(|inner| inner.bar.suspend(act));
    }

    fn asked(&self, _execution: &Execution, lines: &[String]) {
        self.with(|inner| lines.iter().for_each(|line| inner.say(&Said::new(0, "", Role::Plain, line))));
    }

    fn finish(&self, execution: &Execution, mutations: &[(String, Mutation)]) {
        self.with(|inner| {
            inner.view.rows.clear();
            inner.view.waiting = None;
            inner.draw();
            for said in summary(execution, mutations) {
                inner.say(&said);
            }
            inner.bar.finish_and_clear();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{START, stage};

    fn view(names: &[(&str, &str, Option<&str>)]) -> View {
        let mut execution = Execution::default();
        let mut view = View::default();
        for (id, name, parent) in names {
            let mut stage = stage(id, name, "wait");
            stage.parent_stage_id = parent.map(str::to_owned);
            stage.start_time = Some(START);
            execution.stages.push(stage.into());
        }
        for stage in execution.stages.clone() {
            view.add(&execution, &stage, "");
        }
        view
    }

    fn lines(view: &View, width: usize, height: usize) -> Vec<String> {
        view.lines(Style::default(), START + 65_000, width, height)
    }

    #[test]
    fn children_stand_below_their_parent_whenever_they_begin() {
        let mut view = view(&[("a", "Deploy", None), ("b", "Wait", None), ("c", "Create", Some("a"))]);
        view.rows[1].progress = "2 of 3 instances are up".into();
        assert_eq!(
            lines(&view, 60, 10),
            ["⠋ Deploy 1m 05s", "  ⠋ Create 1m 05s  2 of 3 instances are up", "⠋ Wait 1m 05s"]
        );
    }

    #[test]
    fn what_does_not_fit_is_cut_or_counted() {
        let mut view = view(&[("a", "A very long name of a stage", None), ("b", "B", None), ("c", "C", None)]);
        view.rows[1].progress = "x".repeat(100);
        let lines = lines(&view, 20, 2);
        assert_eq!(lines, ["⠋ A very long nam…", "… and 2 more"]);
        assert!(lines.iter().all(|line| line.chars().count() <= 20));
    }
}
