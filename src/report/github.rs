//! What GitHub's runner understands besides text: groups, annotations, the job's summary and outputs.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use super::style::words_of;
use super::summary::{change_lines, next_commands};
use super::tell::{Said, completed_words, elapsed, failure_of, title};
use crate::history::Mutation;
use crate::model::{Execution, StageExecution};

/// GitHub shows ten annotations of a kind per step and drops the rest.
const MOST_ANNOTATIONS: usize = 10;
/// The summary of a step may have 1 MiB in all; ours leaves room for others.
const LONGEST_SUMMARY: usize = 256 * 1024;

/// A job of GitHub's runner.
pub(super) struct GitHub {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    /// The stage whose output stands in the open group.
    group: Option<String>,
    annotations: usize,
}

impl GitHub {
    /// The job this process runs in, if it does.
    pub(super) fn from_environment() -> Option<Self> {
        let path = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_one = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        is_one.then(|| Self::new(path("GITHUB_STEP_SUMMARY"), path("GITHUB_OUTPUT")))
    }

    fn new(summary: Option<PathBuf>, output: Option<PathBuf>) -> Self {
        Self { summary, output, group: None, annotations: 0 }
    }

    /// Sets the output `execution`, at once: a job that is killed has it.
    pub(super) fn begin(&mut self, execution: &Execution) {
        append(self.output.as_ref(), &format!("execution={}\n", execution.id));
    }

    /// What to write before a line of this stage's output, if the open group is another's or none.
    pub(super) fn group(&mut self, stage: &str, name: &str) -> Option<String> {
        if self.group.as_deref() == Some(stage) {
            return None;
        }
        let end = if self.group.is_some() { "::endgroup::\n" } else { "" };
        self.group = Some(stage.to_owned());
        Some(format!("{end}::group::{}", one_line(name)))
    }

    /// What to write before a line that belongs to no group.
    pub(super) fn end_group(&mut self) -> Option<&'static str> {
        self.group.take().map(|_| "::endgroup::")
    }

    /// The annotation of something that went wrong.
    pub(super) fn annotate(&mut self, said: &Said) -> Option<String> {
        // Only failures with a cause: the ends of stages and of the execution would repeat it.
        if said.mark != "!" || self.annotations >= MOST_ANNOTATIONS {
            return None;
        }
        self.annotations += 1;
        let mut text = said.text.clone();
        for detail in said.details.iter().take(20) {
            text.push('\n');
            text.push_str(detail);
        }
        let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        Some(format!("::error title=gennaker::{text}"))
    }

    /// Writes the summary and the output `status`.
    pub(super) fn finish(&mut self, execution: &Execution, mutations: &[(String, Mutation)]) {
        append(self.output.as_ref(), &format!("status={}\n", execution.status));
        append(self.summary.as_ref(), &markdown(execution, mutations));
    }
}

/// Adds to a file of the runner; one that cannot be written changes nothing about the run.
fn append(path: Option<&PathBuf>, text: &str) {
    if let Some(path) = path {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// The run as a page: status, stages, failures, changes, next commands.
fn markdown(execution: &Execution, mutations: &[(String, Mutation)]) -> String {
    let mut page = format!(
        "### {} {}\n\nExecution `{}`\n\n| Stage | Type | Status | Time |\n|---|---|---|---|\n",
        cell(title(execution)),
        completed_words(execution, execution.status),
        execution.id
    );
    let is_top = |stage: &&StageExecution| stage.parent_stage_id.is_none();
    for stage in execution.stages.iter().map(AsRef::as_ref).filter(is_top) {
        let time = elapsed(stage.start_time, stage.end_time).unwrap_or_default();
        let (name, words) = (cell(&stage.name), words_of(stage.status));
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {name} | {} | {words} | {time} |", cell(&stage.kind));
    }
    for stage in &execution.stages {
        if let Some((message, details)) = failure_of(stage) {
            let _ = write!(page, "\n**{}**: {}\n", cell(&stage.name), cell(&message));
            if !details.is_empty() {
                let _ = write!(page, "\n```text\n{}\n```\n", details.join("\n").replace("```", "'''"));
            }
        }
    }
    let list = |page: &mut String, title: &str, lines: &[String]| {
        if !lines.is_empty() {
            let _ = write!(page, "\n{title}\n\n```sh\n{}\n```\n", lines.join("\n"));
        }
    };
    list(&mut page, "What changed", &change_lines(execution, mutations));
    list(&mut page, "Next", &next_commands(execution));
    if page.len() > LONGEST_SUMMARY {
        let end = (0..=LONGEST_SUMMARY).rev().find(|at| page.is_char_boundary(*at)).unwrap_or(0);
        page.truncate(end);
        page.push_str("\n\n… cut short\n");
    }
    page.push('\n');
    page
}

fn cell(text: &str) -> String {
    one_line(text).replace('|', r"\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Story;
    use crate::report::style::Role;

    #[test]
    fn output_of_one_stage_stands_in_one_group_until_something_else_is_said() {
        let mut github = GitHub::new(None, None);
        assert_eq!(github.group("a", "Build").as_deref(), Some("::group::Build"));
        assert_eq!(github.group("a", "Build"), None);
        assert_eq!(github.group("b", "Test").as_deref(), Some("::endgroup::\n::group::Test"));
        assert_eq!(github.end_group(), Some("::endgroup::"));
        assert_eq!(github.end_group(), None);
    }

    #[test]
    fn a_failure_is_one_annotation_and_ten_are_enough() {
        let mut github = GitHub::new(None, None);
        let mut said = Said::new(1, "!", Role::Fail, "Deploy: 100% down");
        said.details.push("line".into());
        assert_eq!(github.annotate(&said).as_deref(), Some("::error title=gennaker::Deploy: 100%25 down%0Aline"));
        assert_eq!((0..20).filter_map(|_| github.annotate(&said)).count(), 9);
    }

    #[test]
    fn the_page_shows_stages_failures_and_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (page, outputs) = (folder.path().join("summary"), folder.path().join("output"));
        let mut github = GitHub::new(Some(page.clone()), Some(outputs.clone()));
        let story = Story::of_a_failed_deployment();
        github.begin(&story.end());
        github.finish(&story.end(), &story.mutations());
        assert_eq!(std::fs::read_to_string(outputs).unwrap(), "execution=01E\nstatus=TERMINAL\n");
        insta::assert_snapshot!(std::fs::read_to_string(page).unwrap(), @r"
        ### hello failed after 19.5s

        Execution `01E`

        | Stage | Type | Status | Time |
        |---|---|---|---|
        | Build | script | succeeded | 4.5s |
        | Deploy | deploy | failed | 10.5s |
        | Tell people | wait | has not begun |  |

        **Create**: 2 of 3 instances are up after 5m

        ```text
        i-3: answered 500 on /health
        ```

        What changed

        ```sh
        create server group local/local/hello-v001 (3 instances)
        ```

        Next

        ```sh
        gennaker restart 01E Deploy
        gennaker history show 01E
        ```
        ");
    }
}
