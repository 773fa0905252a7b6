//! Plain lines with the time in front, each written once: for logs, pipes and CI.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Screen;
use super::github::GitHub;
use super::style::{Role, Style};
use super::summary::summary;
use super::tell::{Said, Weight, clean_output, depth, elapsed, tell};
use crate::engine::ports::Observe;
use crate::history::{Event, Mutation, Record};
use crate::model::{Execution, Millis, StageExecution, Status};

/// Something is written at least this often while a stage runs: GitLab and CircleCI end silent jobs.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// A stage's progress is written at most this often.
const LEAST_BETWEEN_PROGRESS: Duration = Duration::from_secs(5);

/// Writes lines.
pub struct Line {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    out: Box<dyn Write + Send>,
    style: Style,
    quiet: bool,
    zone: TimeZone,
    clock: fn() -> Millis,
    /// Whether what is written happened before; then nothing is summed up at the end.
    replay: bool,
    /// The day of the last line, once there is one.
    day: Option<Date>,
    last_written: Instant,
    /// The execution the report is about; others are its children, and lines about them name them.
    main: Option<String>,
    running: Vec<Running>,
    progress: HashMap<String, Progress>,
    github: Option<GitHub>,
}

struct Running {
    stage: String,
    name: String,
    since: Millis,
}

/// The last progress of a stage.
struct Progress {
    text: String,
    written: Instant,
    /// Time until the same text with other numbers is worth a line.
    patience: Duration,
}

impl Line {
    /// Lines to standard error, with a heartbeat, and with what GitHub's runner understands where it is one.
    #[must_use]
    pub fn new(style: Style, quiet: bool) -> Self {
        let line = Self::to(Box::new(std::io::stderr()), style, quiet, TimeZone::system());
        line.with(|inner| inner.github = GitHub::from_environment());
        keep_alive(Arc::downgrade(&line.inner), HEARTBEAT);
        line
    }

    /// Lines of what was recorded before, to standard output, in the zone of this machine.
    #[must_use]
    pub fn replay(style: Style) -> Self {
        let line = Self::to(Box::new(std::io::stdout()), style, false, TimeZone::system());
        line.with(|inner| inner.replay = true);
        line
    }

    fn to(out: Box<dyn Write + Send>, style: Style, quiet: bool, zone: TimeZone) -> Self {
        let inner = Inner {
            out,
            style,
            quiet,
            zone,
            clock: now,
            replay: false,
            day: None,
            last_written: Instant::now(),
            main: None,
            running: Vec::new(),
            progress: HashMap::new(),
            github: None,
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    fn with<R>(&self, act: impl FnOnce(&mut Inner) -> R) -> R {
        act(&mut self.inner.lock().expect("no holder of this lock can panic"))
    }
}

/// Writes a line whenever nothing was written for `every` although something runs, for as long as the report lives.
fn keep_alive(inner: Weak<Mutex<Inner>>, every: Duration) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(every / 30);
            let Some(inner) = inner.upgrade() else { return };
            let mut inner = inner.lock().expect("no holder of this lock can panic");
            if inner.last_written.elapsed() >= every {
                inner.beat();
            }
        }
    });
}

impl Inner {
    fn beat(&mut self) {
        let now = (self.clock)();
        let still: Vec<String> = self
            .running
            .iter()
            .filter(|running| !running.name.is_empty())
            .map(|running| {
                let time = elapsed(Some(running.since), Some(now)).unwrap_or_default();
                match self.progress.get(&running.stage) {
                    Some(progress) => format!("{} ({time}: {})", running.name, progress.text),
                    None => format!("{} ({time})", running.name),
                }
            })
            .collect();
        if !still.is_empty() {
            self.say(now, &Said::new(0, "…", Role::Dim, format!("still running: {}", still.join(", "))));
        }
    }

    /// What stands before lines about an execution that is not the one the report is about.
    fn about(&mut self, execution: &Execution) -> String {
        let main = self.main.get_or_insert_with(|| execution.id.clone());
        if *main == execution.id { String::new() } else { format!("[{}] ", execution.name) }
    }

    fn say(&mut self, at: Millis, said: &Said) {
        if self.quiet && said.weight < Weight::Alarm {
            return;
        }
        let indent = "  ".repeat(said.depth);
        let mark = if said.mark.is_empty() { String::new() } else { format!("{} ", said.mark) };
        let text = self.style.paint(said.role, &format!("{mark}{}", said.text));
        self.write(at, &format!("{indent}{text}"));
        for line in said.details.iter().flat_map(|detail| detail.lines()) {
            self.write(at, &format!("{indent}    {line}"));
        }
    }

    fn write(&mut self, at: Millis, line: &str) {
        if let Some(end) = self.github.as_mut().and_then(GitHub::end_group) {
            let _ = writeln!(self.out, "{end}");
        }
        self.write_inside(at, line);
    }

    /// Writes a line without ending the group it may stand in.
    fn write_inside(&mut self, at: Millis, line: &str) {
        let moment = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone());
        // A closed standard error leaves nobody to tell; the journal has it all.
        if self.day.replace(moment.date()).is_some_and(|day| day != moment.date()) {
            let _ = writeln!(self.out, "{}", self.style.paint(Role::Dim, &moment.strftime("%Y-%m-%d").to_string()));
        }
        let time = self.style.paint(Role::Dim, &moment.strftime("%H:%M:%S").to_string());
        let _ = writeln!(self.out, "{time} {line}");
        self.last_written = Instant::now();
    }

    /// Keeps the list of what runs.
    fn follow(&mut self, execution: &Execution, record: &Record) {
        let add = |running: &mut Vec<Running>, stage: &StageExecution| {
            let since = stage.start_time.unwrap_or(record.at);
            running.push(Running { stage: stage.id.clone(), name: stage.name.clone(), since });
        };
        match &record.event {
            Event::StageStarted { stage, .. } => {
                if let Some(stage) = execution.stage(stage) {
                    // Only what is deepest is worth naming; its parents run because it does.
                    let parent = stage.parent_stage_id.as_deref();
                    for running in self.running.iter_mut().filter(|running| Some(running.stage.as_str()) == parent) {
                        running.name.clear();
                    }
                    add(&mut self.running, stage);
                }
            }
            Event::RunnerAttached { .. } => {
                for stage in execution.stages.iter().filter(|stage| stage.status == Status::Running) {
                    add(&mut self.running, stage);
                }
            }
            Event::StageCompleted { stage, .. } => {
                self.running.retain(|running| running.stage != *stage);
                self.progress.remove(stage);
                let parent = execution.stage(stage).and_then(|stage| stage.parent_stage_id.as_deref());
                if let Some(parent) = parent.and_then(|parent| execution.stage(parent)) {
                    for running in self.running.iter_mut().filter(|running| running.stage == parent.id) {
                        running.name.clone_from(&parent.name);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether this progress is worth a line now: new words soon, the same words with other numbers ever more rarely.
    fn is_worth_a_line(&mut self, stage: &str, text: &str) -> bool {
        let Some(last) = self.progress.get_mut(stage) else {
            let patience = LEAST_BETWEEN_PROGRESS;
            let progress = Progress { text: text.to_owned(), written: Instant::now(), patience };
            self.progress.insert(stage.to_owned(), progress);
            return true;
        };
        let words = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        let same_words = words(&last.text) == words(text);
        let wait = if same_words { last.patience } else { LEAST_BETWEEN_PROGRESS };
        if last.text == text || last.written.elapsed() < wait {
            // The heartbeat shows the newest numbers.
            if same_words {
                text.clone_into(&mut last.text);
            }
            return false;
        }
        last.patience = if same_words { (last.patience * 2).min(HEARTBEAT) } else { LEAST_BETWEEN_PROGRESS };
        text.clone_into(&mut last.text);
        last.written = Instant::now();
        true
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

impl Observe for Line {
    fn recorded(&self, execution: &Execution, record: &Record) {
        self.with(|inner| {
            let about = inner.about(execution);
            inner.follow(execution, record);
            if let Some(github) = &mut inner.github
                && about.is_empty()
                && matches!(record.event, Event::RunnerAttached { .. })
            {
                github.begin(execution);
            }
            // The summary begins with the end of what the report is about.
            let is_the_end = matches!(record.event, Event::ExecutionCompleted { .. }) && about.is_empty();
            if let Some(mut said) = tell(execution, record).filter(|_| inner.replay || !is_the_end) {
                said.text.insert_str(0, &about);
                inner.say(record.at, &said);
                if said.weight == Weight::Alarm
                    && let Some(command) = inner.github.as_mut().and_then(|github| github.annotate(&said))
                {
                    let _ = writeln!(inner.out, "{command}");
                }
            }
        });
    }

    fn progress(&self, execution: &Execution, stage: &StageExecution, text: &str) {
        self.with(|inner| {
            if inner.is_worth_a_line(&stage.id, text) {
                let about = inner.about(execution);
                let text = format!("{about}{}: {text}", stage.name);
                inner.say((inner.clock)(), &Said::new(depth(execution, stage) + 1, "…", Role::Dim, text));
            }
        });
    }

    fn output(&self, execution: &Execution, stage: &StageExecution, line: &str) {
        self.with(|inner| {
            if inner.quiet {
                return;
            }
            let about = inner.about(execution);
            if let Some(lines) = inner.github.as_mut().and_then(|github| github.group(&stage.id, &stage.name)) {
                let _ = writeln!(inner.out, "{lines}");
            }
            let name = inner.style.paint(Role::Dim, &format!("{about}{} |", stage.name));
            inner.write_inside((inner.clock)(), &format!("{name} {}", clean_output(line)));
        });
    }

    fn waiting(&self, execution: &Execution, text: &str) {
        self.with(|inner| {
            let about = inner.about(execution);
            inner.say((inner.clock)(), &Said::new(0, "…", Role::Wait, format!("{about}{text}")));
        });
    }
}

impl Screen for Line {
    fn suspend(&self, act: &mut dyn FnMut()) {
        // Held, so that no line comes between a question and its answer.
        self.with(|_| act());
    }

    fn asked(&self, _execution: &Execution, lines: &[String]) {
        self.with(|inner| {
            let at = (inner.clock)();
            lines.iter().for_each(|line| inner.say(at, &Said::new(0, "", Role::Plain, line)));
        });
    }

    fn finish(&self, execution: &Execution, mutations: &[(String, Mutation)]) {
        self.with(|inner| {
            inner.running.clear();
            let at = (inner.clock)();
            for said in summary(execution, mutations) {
                inner.say(at, &said);
            }
            if let Some(github) = &mut inner.github {
                github.finish(execution, mutations);
            }
            let _ = inner.out.flush();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{START, Story, stage};

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

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn line(quiet: bool) -> (Line, Shared) {
        let shared = Shared::default();
        let line = Line::to(Box::new(shared.clone()), Style::default(), quiet, TimeZone::UTC);
        line.with(|inner| inner.clock = || START + 23_000);
        (line, shared)
    }

    #[test]
    fn a_run_reads_as_a_story() {
        let (line, shared) = line(false);
        Story::of_a_failed_deployment().tell(&line);
        insta::assert_snapshot!(shared.text(), @r"
        10:00:03 ▸ hello begins: execution 01E, run by ann
        10:00:04   ▸ Build (script) begins
        10:00:23 Build | compiling
        10:00:09   ✓ Build succeeded after 4.5s
        10:00:10   ▸ Deploy (deploy) begins
        10:00:12     ▸ Create (createServerGroup) begins
        10:00:23       … Create: waiting for 3 of 3 instances
        10:00:15       ~ create server group local/local/hello-v001 (3 instances)
        10:00:16       ! Create: 2 of 3 instances are up after 5m
        10:00:16           i-3: answered 500 on /health
        10:00:19     ✗ Create failed after 7.5s
        10:00:21   ✗ Deploy failed after 10.5s
        10:00:23 ✗ hello failed after 19.5s
        10:00:23     'Create': 2 of 3 instances are up after 5m
        10:00:23 what changed:
        10:00:23     create server group local/local/hello-v001 (3 instances)
        10:00:23 next:
        10:00:23     gennaker restart 01E Deploy
        10:00:23     gennaker history show 01E
        ");
    }

    #[test]
    fn quiet_keeps_what_went_wrong() {
        let (line, shared) = line(true);
        Story::of_a_failed_deployment().tell(&line);
        insta::assert_snapshot!(shared.text(), @r"
        10:00:16       ! Create: 2 of 3 instances are up after 5m
        10:00:16           i-3: answered 500 on /health
        10:00:19     ✗ Create failed after 7.5s
        10:00:21   ✗ Deploy failed after 10.5s
        10:00:23 ✗ hello failed after 19.5s
        10:00:23     'Create': 2 of 3 instances are up after 5m
        10:00:23 next:
        10:00:23     gennaker restart 01E Deploy
        10:00:23     gennaker history show 01E
        ");
    }

    #[test]
    fn progress_is_written_when_its_words_change_and_not_for_every_number() {
        let (line, shared) = line(false);
        let execution = Execution::default();
        for text in ["59s left", "58s left", "57s left"] {
            line.progress(&execution, &stage("a", "Wait", "wait"), text);
        }
        assert_eq!(shared.text().lines().count(), 1);
        line.with(|inner| inner.progress.get_mut("a").unwrap().written -= LEAST_BETWEEN_PROGRESS);
        line.progress(&execution, &stage("a", "Wait", "wait"), "a window opens");
        assert_eq!(shared.text().lines().count(), 2);
    }

    #[test]
    fn silence_is_broken_while_something_runs() {
        let (line, shared) = line(false);
        let story = Story::of_a_failed_deployment();
        story.tell_until(&line, 8);
        keep_alive(Arc::downgrade(&line.inner), Duration::from_millis(60));
        let deadline = Instant::now() + Duration::from_secs(5);
        while !shared.text().contains("still running: Deploy (") && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(shared.text().contains("still running: Deploy ("), "{}", shared.text());
    }

    #[test]
    fn lines_of_another_day_say_so() {
        let (line, shared) = line(false);
        line.with(|inner| {
            inner.write(0, "one");
            inner.write(86_400_000, "two");
        });
        assert_eq!(shared.text(), "00:00:00 one\n1970-01-02\n00:00:00 two\n");
    }
}
