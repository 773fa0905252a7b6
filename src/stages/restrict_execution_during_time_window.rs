//! Holds a stage until its execution window opens.
//!
//! Every stage with `restrictExecutionDuringTimeWindow: true` gets one of these in front of everything else it does.
//! It looks every 30 seconds whether the window is open in the project's time zone (days: 1 is Sunday, 7 is Saturday;
//! the end of a window counts to the minute). With `jitter` it then waits a random number of seconds between
//! `minDelay` and `maxDelay`, counted from the beginning of the hold. No timeout applies.
//! `gennaker skip <execution> <stage>` ends the hold at once.
//!
//! ```yaml
//! - name: Deploy in office hours
//!   type: wait
//!   restrictExecutionDuringTimeWindow: true
//!   restrictedExecutionWindow:
//!     days: [2, 3, 4, 5, 6]
//!     whitelist:
//!       - {startHour: 9, startMin: 0, endHour: 16, endMin: 30}
//!     jitter: {enabled: true, minDelay: 0, maxDelay: 600, skipManual: true}
//! ```

use std::time::Duration;

use async_trait::async_trait;
use ulid::Ulid;

use super::execution_window::ExecutionWindow;
use super::wait::wait_for;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Awaits, Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, human_duration, optional};

/// The stage type that holds another one.
pub(super) struct RestrictExecutionDuringTimeWindow;

const KIND: &str = "restrictExecutionDuringTimeWindow";
const WINDOW: &str = "restrictedExecutionWindow";
/// Where the chosen delay is kept; not `waitTime`, which a held `wait` stage has of its own.
const JITTER: &str = "jitterWaitTime";

/// The stage that holds one with this context until its window opens; `None` when it asks for no window.
#[must_use]
pub(super) fn window_stage(context: &Map) -> Option<NewStage> {
    if !reading::flag(context, KIND) {
        return None;
    }
    let mut held = context.clone();
    for key in [KIND, "stageTimeoutMs", "alias"] {
        held.remove(key);
    }
    Some(NewStage { ref_id: Some("0".to_owned()), ..NewStage::new(KIND, KIND, held) })
}

/// Takes out of a child's context what makes its parent wait for a window.
pub(super) fn strip_window_keys(context: &mut Map) {
    context.remove(KIND);
    context.remove(WINDOW);
}

/// Puts the window in front of a plan and keeps the plan's own stages from waiting for it again.
pub(super) fn hold(mut plan: Plan, context: &Map) -> Plan {
    for child in &mut plan.before {
        strip_window_keys(&mut child.context);
    }
    if let Some(window) = window_stage(context) {
        for (position, child) in plan.before.iter_mut().enumerate() {
            // The window is number 0; the others count from 1 as they would without it.
            child.ref_id.get_or_insert_with(|| (position + 1).to_string());
            child.after = match child.after.as_slice() {
                [] => vec![0],
                siblings => siblings.iter().map(|position| position + 1).collect(),
            };
        }
        plan.before.insert(0, window);
    }
    plan
}

const SPAN: &[Field] = &[
    optional("startHour", Shape::Integer, "hour it opens, 0 to 23"),
    optional("startMin", Shape::Integer, "minute it opens"),
    optional("endHour", Shape::Integer, "hour it closes; less than startHour means over midnight"),
    optional("endMin", Shape::Integer, "last minute it is open"),
];

const DELAY: &[Field] = &[
    optional("enabled", Shape::Boolean, "whether to wait a random time after the window opened"),
    optional("minDelay", Shape::Integer, "least seconds; default 0"),
    optional("maxDelay", Shape::Integer, "most seconds; 0 means no delay"),
    optional("skipManual", Shape::Boolean, "no delay for executions started by hand; default false"),
];

const WINDOW_FIELDS: &[Field] = &[
    optional("days", Shape::List(&Shape::Integer), "days it opens, 1 (Sunday) to 7 (Saturday); empty means every day"),
    optional("whitelist", Shape::List(&Shape::Object(SPAN)), "hours it is open; empty means all day"),
    optional("jitter", Shape::Object(DELAY), "a random wait after the window opened"),
];

const FIELDS: &[Field] = &[
    optional(WINDOW, Shape::Object(WINDOW_FIELDS), "when it is open, in the project's time zone"),
    optional("skipRemainingWait", Shape::Boolean, "ends the hold at once; set while it waits"),
];

#[async_trait]
impl Stage for RestrictExecutionDuringTimeWindow {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn source(&self) -> &'static str {
        include_str!("restrict_execution_during_time_window.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&SuspendExecutionDuringTimeWindow, &WaitForJitter]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        let mut plan = Plan::of_tasks([SuspendExecutionDuringTimeWindow.name()]);
        if let Some(seconds) = choose_jitter(call) {
            // Chosen here, recorded with the plan: a resumed hold keeps the delay it had.
            plan.context.insert(JITTER.to_owned(), seconds.into());
            plan.tasks.push(WaitForJitter.name().to_owned());
        }
        Ok(plan)
    }
}

/// A random number of seconds, when the window asks for one.
fn choose_jitter(call: &Call<'_>) -> Option<i64> {
    let jitter = reading::object(call.context, WINDOW).and_then(|window| reading::object(window, "jitter"))?;
    let most = reading::integer(jitter, "maxDelay").unwrap_or(0);
    let least = reading::integer(jitter, "minDelay").unwrap_or(0).clamp(0, most.max(0));
    let by_hand = reading::text(&call.execution.trigger, "type").as_deref() == Some("manual");
    if !reading::flag(jitter, "enabled") || most <= 0 || (reading::flag(jitter, "skipManual") && by_hand) {
        return None;
    }
    let choices = u128::from(most.abs_diff(least)) + 1;
    let step = i64::try_from(Ulid::generate().random() % choices).expect("less than the number of choices");
    Some(least + step)
}

struct SuspendExecutionDuringTimeWindow;

#[async_trait]
impl Task for SuspendExecutionDuringTimeWindow {
    fn name(&self) -> &'static str {
        "suspendExecutionDuringTimeWindow"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { backoff: LOOK, pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let window = match ExecutionWindow::read(call.context, &services.time_zone) {
            Ok(window) => window,
            Err(failure) => return TaskResult::terminal(failure),
        };
        if window.is_open(call.now) || reading::flag(call.context, "skipRemainingWait") {
            return TaskResult::succeeded();
        }
        let Some(opening) = window.opens(call.now) else { return TaskResult::running() };
        let left = Duration::from_millis(opening.abs_diff(call.now));
        call.progress(format!("the window opens in {} ({})", human_duration(left), services.time_zone));
        // Looks again in time for the opening, but trusts no computed moment: clocks are set and laptops sleep.
        TaskResult { awaits: Some(Awaits::Until(opening)), ..TaskResult::running() }.retry_in(left.min(LOOK))
    }
}

const LOOK: Duration = Duration::from_secs(30);

struct WaitForJitter;

#[async_trait]
impl Task for WaitForJitter {
    fn name(&self) -> &'static str {
        "waitForJitter"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        wait_for(call, JITTER, call.stage.start_time.unwrap_or(call.started)).into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Status;
    use crate::stages::testing::{Driver, object};

    // The driven stages begin on 2025-12-31 at 16:00 in Los Angeles, a Wednesday.
    fn context(jitter: Value) -> Value {
        json!({"restrictedExecutionWindow": {
            "days": [4], "whitelist": [{"startHour": 16, "startMin": 10, "endHour": 17, "endMin": 0}], "jitter": jitter,
        }})
    }

    #[tokio::test]
    async fn holds_until_the_window_opens() {
        let driver = Driver::new(KIND, context(json!({})));
        let task = "suspendExecutionDuringTimeWindow";
        assert_eq!(driver.plan().await.unwrap().tasks, [task]);
        for (elapsed, status, retry) in [
            (0, Status::Running, Some(LOOK)),
            (599_000, Status::Running, Some(Duration::from_secs(1))),
            (600_000, Status::Succeeded, None),
            (3_659_000, Status::Succeeded, None),
            (3_660_000, Status::Running, Some(LOOK)),
        ] {
            let result = driver.at(elapsed).run(task).await;
            assert_eq!((result.status, result.retry_in), (status, retry), "after {elapsed} ms");
        }
        let mut skipped = driver;
        skipped.stage.context.insert("skipRemainingWait".to_owned(), true.into());
        assert_eq!(skipped.run(task).await.status, Status::Succeeded);
    }

    #[tokio::test]
    async fn jitter_is_chosen_once_and_counted_from_the_start() {
        let jitter = json!({"enabled": true, "minDelay": 5, "maxDelay": 7});
        for _ in 0..50 {
            let plan = Driver::new(KIND, context(jitter.clone())).plan().await.unwrap();
            assert!((5..=7).contains(&plan.context[JITTER].as_i64().unwrap()));
            assert_eq!(plan.tasks[1], "waitForJitter");
        }
        let mut driver = Driver::new(KIND, context(jitter));
        driver.stage.context.insert(JITTER.to_owned(), 700.into());
        assert_eq!(driver.at(699_999).run("waitForJitter").await.status, Status::Running);
        assert_eq!(driver.at(700_000).run("waitForJitter").await.status, Status::Succeeded);
    }

    #[tokio::test]
    async fn jitter_can_be_off() {
        for jitter in [
            json!({"enabled": false, "maxDelay": 9}),
            json!({"enabled": true, "maxDelay": 0}),
            json!({"enabled": true, "maxDelay": 9, "skipManual": true}),
        ] {
            assert_eq!(Driver::new(KIND, context(jitter.clone())).plan().await.unwrap().tasks.len(), 1, "{jitter}");
        }
    }

    #[tokio::test]
    async fn every_stage_is_held_before_all_else() {
        let mut held = object(context(json!({})));
        held.extend(object(
            json!({"restrictExecutionDuringTimeWindow": true, "stageTimeoutMs": 5, "alias": "x", "waitTime": 1}),
        ));
        let driver = Driver::new("wait", Value::Object(held.clone()));
        let plan = driver.plan().await.unwrap();
        assert_eq!((plan.before.len(), plan.tasks.as_slice()), (1, &["wait".to_owned()][..]));
        assert_eq!(plan.before[0].kind, KIND);
        assert_eq!(plan.before[0].context.keys().collect::<Vec<_>>(), [WINDOW, "waitTime"]);

        let child = |after: Vec<usize>| NewStage { after, ..NewStage::new("wait", "child", held.clone()) };
        let plan = hold(Plan::of_stages(vec![child(vec![]), child(vec![0])]), &held);
        assert_eq!(plan.before.iter().map(|stage| stage.after.clone()).collect::<Vec<_>>(), [vec![], vec![0], vec![1]]);
        assert!(!plan.before[1].context.contains_key(WINDOW) && !plan.before[1].context.contains_key(KIND));
        assert!(hold(Plan::default(), &Map::new()).before.is_empty());
    }
}
