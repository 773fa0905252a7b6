//! One execution as a picture: its stages with status and time, why it failed, and what it changed.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::style::{Role, Style, mark_of, role_of};
use super::summary::{change_lines, next_commands};
use super::tell::{elapsed, failure_of, title};
use super::unresolved::remarks;
use crate::history::Mutation;
use crate::model::{Execution, Millis, StageExecution, Status, SyntheticStageOwner};

/// What a picture is drawn from.
pub struct Picture<'a> {
    /// The execution.
    pub execution: &'a Execution,
    /// Its changes of the world: (stage id, change).
    pub mutations: &'a [(String, Mutation)],
    /// Who drives it, for people.
    pub driver: Option<&'a str>,
    /// The present.
    pub now: Millis,
    /// The zone of its times.
    pub zone: TimeZone,
    /// How it is written.
    pub style: Style,
}

impl Picture<'_> {
    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.head();
        lines.push(String::new());
        let tops = self.execution.stages.iter().map(AsRef::as_ref).filter(|stage| stage.parent_stage_id.is_none());
        for stage in tops {
            self.stage(stage, 1, &mut lines);
        }
        let changes = change_lines(self.execution, self.mutations);
        lines.push(String::new());
        if changes.is_empty() {
            lines.push("what changed: nothing".to_owned());
        } else {
            lines.push("what changed:".to_owned());
            lines.extend(changes.iter().map(|line| format!("  {line}")));
        }
        if !self.execution.status.is_complete() || self.execution.status != Status::Succeeded {
            lines.push(self.style.paint(Role::Hint, "next:"));
            let own = |command: &String| !command.starts_with("gennaker history show");
            // A driven execution needs nobody to resume it.
            let of_use = |command: &String| self.driver.is_none() || !command.starts_with("gennaker resume");
            let commands = next_commands(self.execution);
            lines.extend(commands.iter().filter(|c| own(c) && of_use(c)).map(|command| format!("  {command}")));
        }
        lines
    }

    fn head(&self) -> Vec<String> {
        let Execution { id, application, authentication, start_time, end_time, status, .. } = self.execution;
        let name = self.style.paint(Role::Strong, title(self.execution));
        let of = if application.is_empty() { String::new() } else { format!(" of {application}") };
        let mut lines = vec![format!("{name}{of}  {}", self.style.status(*status))];
        let mut field = |name: &str, value: String| lines.push(format!("  {name:<10}{value}"));
        field("execution", id.clone());
        if *id != self.execution.root_id {
            field("started by", format!("execution {}", self.execution.root_id));
        }
        let trigger = self.execution.trigger.get("type").and_then(|kind| kind.as_str()).unwrap_or("manual");
        field("run by", format!("{} ({trigger})", authentication.user));
        match start_time {
            Some(start) => {
                let time = elapsed(Some(*start), Some(end_time.unwrap_or(self.now))).unwrap_or_default();
                let word = if end_time.is_some() { "took" } else { "for" };
                field("began", format!("{}, {word} {time}", moment(*start, &self.zone)));
            }
            None => field("recorded", moment(self.execution.build_time, &self.zone)),
        }
        if let Some(parameters) = self.execution.trigger.get("parameters").and_then(|values| values.as_object()) {
            let shown: Vec<String> =
                parameters.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            if !shown.is_empty() {
                field("with", shown.join(" "));
            }
        }
        match self.driver {
            _ if status.is_complete() => {}
            Some(driver) => field("driven by", driver.to_owned()),
            None => field("driven by", "no process: it goes on when resumed".to_owned()),
        }
        if self.execution.canceled {
            let by = self.execution.canceled_by.as_deref().unwrap_or("somebody");
            let reason = self.execution.cancellation_reason.as_deref().unwrap_or_default();
            let separator = if reason.is_empty() { "" } else { ": " };
            field("canceled", format!("by {by}{separator}{reason}"));
        }
        lines
    }

    fn stage(&self, stage: &StageExecution, depth: usize, lines: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        let time = match (stage.start_time, stage.end_time) {
            (Some(_), Some(_)) if stage.status == Status::Skipped => String::new(),
            (start, end) => elapsed(start, end.or(Some(self.now))).map(|time| format!("  {time}")).unwrap_or_default(),
        };
        let head = self.style.paint(role_of(stage.status), &format!("{} {}", mark_of(stage.status), stage.name));
        let kind = self.style.paint(Role::Dim, &format!("({})", stage.kind));
        lines.push(format!("{indent}{head} {kind}  {}{time}", self.style.status(stage.status)));
        if let Some((message, details)) = failure_of(stage) {
            lines.push(format!("{indent}    {}", self.style.paint(Role::Fail, &message)));
            let below = details.iter().flat_map(|detail| detail.lines());
            lines.extend(below.map(|line| format!("{indent}      {line}")));
        }
        let kept = remarks(stage);
        lines.extend(kept.iter().map(|line| format!("{indent}    {}", self.style.paint(Role::Wait, line))));
        for owner in [SyntheticStageOwner::StageBefore, SyntheticStageOwner::StageAfter] {
            let children = self.execution.stages.iter().map(AsRef::as_ref).filter(|child| {
                child.parent_stage_id.as_ref() == Some(&stage.id)
                    && child.synthetic_stage_owner.unwrap_or(SyntheticStageOwner::StageBefore) == owner
            });
            for child in children {
                self.stage(child, depth + 1, lines);
            }
        }
    }
}

/// `2026-03-01 10:00:00`.
#[must_use]
pub fn moment(at: Millis, zone: &TimeZone) -> String {
    let moment = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone.clone());
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Story;

    #[test]
    fn a_failed_execution_shows_where_and_why() {
        let story = Story::of_a_failed_deployment();
        let (execution, mutations) = (story.end(), story.mutations());
        let picture = Picture {
            execution: &execution,
            mutations: &mutations,
            driver: None,
            now: 0,
            zone: TimeZone::UTC,
            style: Style::default(),
        };
        insta::assert_snapshot!(picture.lines().join("\n"), @r"
        hello of shop  TERMINAL
          execution 01E
          run by    ann (manual)
          began     2026-03-01 10:00:03, took 19.5s

          ✓ Build (script)  SUCCEEDED  4.5s
          ✗ Deploy (deploy)  TERMINAL  10.5s
            ✗ Create (createServerGroup)  TERMINAL  7.5s
                2 of 3 instances are up after 5m
                  i-3: answered 500 on /health
          · Tell people (wait)  NOT_STARTED

        what changed:
          create server group local/local/hello-v001 (3 instances)
        next:
          gennaker restart 01E Deploy
        ");
    }
}
