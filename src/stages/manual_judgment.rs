//! Asks a person whether the pipeline goes on.
//!
//! It waits until somebody says `continue` or `stop`: at the terminal that runs the pipeline, or from another one with
//! `gennaker judge <execution> <stage> continue`. `stop` fails the stage, which then follows its failure options. When
//! `judgmentInputs` are given, the judge picks one; later stages read it as `${#judgment('Name of the stage')}`.
//! Without an answer it fails after 3 days, or after `stageTimeoutMs`.
//!
//! Where `gennaker.yaml` gives users `roles`, only those with one of the `selectedStageRoles` may judge; without any
//! roles there, everybody may. With `propagateAuthenticationContext` child pipelines of later stages run in the name of
//! the judge.
//!
//! ```yaml
//! - name: Ship it?
//!   type: manualJudgment
//!   instructions: Look at the dashboards of hello before going on.
//!   judgmentInputs:
//!     - value: roll out slowly
//!     - value: roll out at once
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::judges::may_judge;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Awaits, Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};

/// The `manualJudgment` stage.
pub(super) struct ManualJudgment;

const INPUT: &[Field] = &[optional("value", Shape::Text, "an answer to choose from")];

const FIELDS: &[Field] = &[
    optional("instructions", Shape::Text, "what the judge should look at"),
    optional("judgmentInputs", Shape::List(&Shape::Object(INPUT)), "answers the judge chooses from"),
    optional(
        "selectedStageRoles",
        Shape::List(&Shape::Text),
        "roles that may judge, unless requiredJudgmentRoles are given",
    ),
    optional("requiredJudgmentRoles", Shape::List(&Shape::Text), "roles that may judge"),
    optional("propagateAuthenticationContext", Shape::Boolean, "later stages run as the judge; default false"),
    optional("judgmentStatus", Shape::Text, "the judge's word, continue or stop; set while it waits"),
    optional("judgmentInput", Shape::Text, "the answer chosen; set while it waits"),
];

impl Stage for ManualJudgment {
    fn kind(&self) -> &'static str {
        "manualJudgment"
    }

    fn source(&self) -> &'static str {
        include_str!("manual_judgment.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&WaitForJudgment]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["judgmentStatus", "judgmentInput", "lastModifiedBy"]
    }
}

struct WaitForJudgment;

#[async_trait]
impl Task for WaitForJudgment {
    fn name(&self) -> &'static str {
        "waitForJudgment"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy {
            backoff: Duration::from_millis(200),
            timeout: Some(Duration::from_secs(3 * 24 * 3600)),
            overridable: true,
            pure: true,
        }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let word = reading::text(call.context, "judgmentStatus").unwrap_or_default().trim().to_ascii_lowercase();
        let judge = judge(call.context);
        let by = reading::filled(call.context, "lastModifiedBy");
        match (word.as_str(), may_judge(&services.roles, call.context, by.as_deref())) {
            // As in Spinnaker, the word of somebody who may not is no word; the wait goes on.
            ("continue" | "stop", Err(denied)) => {
                call.progress(denied);
                let waiting = TaskResult { awaits: Some(Awaits::Judgment), ..TaskResult::running() };
                waiting.with_context("judgmentStatus", "")
            }
            ("continue", _) => approved(call.context),
            ("stop", _) => TaskResult::terminal(Failure::new(format!("judged 'stop'{judge}"))),
            // Other words are no judgment.
            _ => {
                call.progress(question(call.context));
                TaskResult { awaits: Some(Awaits::Judgment), ..TaskResult::running() }
            }
        }
    }
}

/// Succeeds unless the answer is not one of those asked for.
fn approved(context: &Map) -> TaskResult {
    let choices = choices(context);
    match reading::filled(context, "judgmentInput") {
        Some(input) if !choices.is_empty() && !choices.contains(&input) => TaskResult::terminal(
            Failure::user(format!("the judgment's input '{input}' is not one of those asked for"))
                .detail(format!("choose one of: {}", choices.join(", "))),
        ),
        Some(input) => TaskResult::succeeded().with_context("judgmentInput", input),
        None => TaskResult::succeeded(),
    }
}

fn judge(context: &Map) -> String {
    reading::filled(context, "lastModifiedBy").map(|user| format!(" by {user}")).unwrap_or_default()
}

/// The answers a judge chooses from; Spinnaker writes them as `{value: …}`.
fn choices(context: &Map) -> Vec<String> {
    let choice = |item: &Value| match item {
        Value::Object(item) => reading::text(item, "value"),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    reading::list(context, "judgmentInputs").iter().filter_map(choice).collect()
}

fn question(context: &Map) -> String {
    let mut text = reading::filled(context, "instructions").unwrap_or_else(|| "waiting for a judgment".to_owned());
    let choices = choices(context);
    if !choices.is_empty() {
        text.push_str(&format!(" [{}]", choices.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Status;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn any_case_of_the_two_words_decides() {
        for (word, status) in [
            (json!("continue"), Status::Succeeded),
            (json!("Continue"), Status::Succeeded),
            (json!("STOP"), Status::Terminal),
            (json!(""), Status::Running),
            (json!("maybe"), Status::Running),
            (json!(null), Status::Running),
        ] {
            let driver = Driver::new("manualJudgment", json!({"judgmentStatus": word}));
            assert_eq!(driver.run("waitForJudgment").await.status, status, "{word}");
        }
    }

    #[tokio::test]
    async fn waiting_says_what_is_asked_and_awaits_a_person() {
        let driver = Driver::new(
            "manualJudgment",
            json!({"instructions": "ship?", "judgmentInputs": [{"value": "a"}, {"value": "b"}]}),
        );
        assert_eq!(driver.run("waitForJudgment").await.awaits, Some(Awaits::Judgment));
        assert_eq!(driver.progress(), ["ship? [a | b]"]);
    }

    #[tokio::test]
    async fn the_answer_must_be_one_of_those_asked_for() {
        let context = |input: &str| json!({"judgmentStatus": "continue", "judgmentInput": input, "judgmentInputs": [{"value": "a"}]});
        let good = Driver::new("manualJudgment", context("a")).run("waitForJudgment").await;
        assert_eq!((good.status, &good.context["judgmentInput"]), (Status::Succeeded, &json!("a")));
        let bad = Driver::new("manualJudgment", context("c")).run("waitForJudgment").await;
        assert_eq!(bad.status, Status::Terminal);
        assert_eq!(bad.failure.unwrap().details, ["choose one of: a"]);
    }

    #[tokio::test]
    async fn a_stop_names_the_judge() {
        let driver = Driver::new("manualJudgment", json!({"judgmentStatus": "stop", "lastModifiedBy": "ann"}));
        assert_eq!(driver.run("waitForJudgment").await.failure.unwrap().message, "judged 'stop' by ann");
    }
}
