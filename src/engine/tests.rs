//! The engine on scripted stages: what a stage does is written in its context.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::ports::{Awaits, Call, NewStage, Observe, Plan, Stages, TaskPolicy, TaskResult, in_sequence};
use super::{Ended, Engine, Held, LeaseKeeper, Signal, State};
use crate::history::{Event, FileHistory, History, Record, Request, Runner};
use crate::model::{Execution, Failure, Map, StageExecution, Status};

/// `result`: how its task ends; `polls`: how often it is RUNNING before; `before`/`after`/`onFailure`: kinds of children
/// as contexts; `tasks`: how many tasks; `awaits`: waits for a judgment; `gated`: answers when the gate opens.
#[derive(Default)]
struct Script {
    log: Mutex<Vec<String>>,
    gate: tokio::sync::Notify,
}

fn children(context: &Map, key: &str) -> Vec<NewStage> {
    let list = context.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let child = |value: &Value| {
        let context = value.as_object().cloned().unwrap_or_default();
        let name = context.get("name").and_then(Value::as_str).unwrap_or("child").to_owned();
        NewStage::new("scripted", name, context)
    };
    let stages = list.iter().map(child).collect();
    if context.get("parallel") == Some(&Value::Bool(true)) { stages } else { in_sequence(stages) }
}

#[async_trait]
impl Stages for Script {
    async fn plan(&self, call: &Call<'_>) -> Result<Plan, Failure> {
        if call.context.get("unplannable").is_some() {
            return Err(Failure::user("cannot be planned"));
        }
        let tasks = call.context.get("tasks").and_then(Value::as_u64).unwrap_or(1);
        let tasks = (1..=tasks).map(|number| format!("task{number}")).collect();
        Ok(Plan { tasks, before: children(call.context, "before"), context: Map::new() })
    }

    async fn plan_after(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        Ok(children(call.context, "after"))
    }

    async fn plan_on_failure(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        Ok(children(call.context, "onFailure"))
    }

    async fn run(&self, call: &Call<'_>, task: &str) -> TaskResult {
        self.log.lock().unwrap().push(format!("{}.{task}", call.stage.name));
        if let Some(target) = call.context.get("mutates").and_then(Value::as_str)
            && let Err(failure) = call.mutation("mutate", target, "").await
        {
            return TaskResult::terminal(failure);
        }
        if call.context.get("panics").is_some() {
            panic!("scripted panic");
        }
        if call.context.get("hangs").is_some() {
            call.stop.cancelled().await;
            return TaskResult::running();
        }
        if call.context.get("gated").is_some() && call.context.get("judgmentStatus").is_none() {
            self.gate.notified().await;
        }
        let seen = call.context.get("seen").and_then(Value::as_u64).unwrap_or(0);
        let polls = call.context.get("polls").and_then(Value::as_u64).unwrap_or(0);
        if call.context.get("awaits").is_some() {
            return match call.context.get("judgmentStatus").and_then(Value::as_str) {
                Some("continue") => TaskResult::succeeded(),
                Some(_) => TaskResult::terminal(Failure::new("stopped")),
                None => TaskResult { awaits: Some(Awaits::Judgment), ..TaskResult::running() },
            };
        }
        if seen < polls {
            return TaskResult::running().with_context("seen", seen + 1);
        }
        let result = call.context.get("result").and_then(Value::as_str).unwrap_or("SUCCEEDED");
        let status: Status = result.parse().unwrap();
        let failure = (status == Status::Terminal).then(|| Failure::new("scripted failure"));
        TaskResult { status, failure, ..TaskResult::default() }.with_output("from", call.stage.name.clone())
    }

    async fn timed_out(&self, call: &Call<'_>, _task: &str) -> Option<Failure> {
        let reason = call.context.get("reason").and_then(Value::as_str)?;
        Some(Failure::new(reason).detail("the pool is empty"))
    }

    fn policy(&self, stage: &StageExecution, _task: &str) -> TaskPolicy {
        let pure = stage.context.get("pure") == Some(&Value::Bool(true));
        let timeout = stage.context.get("limit").and_then(Value::as_u64).map(Duration::from_millis);
        TaskPolicy { backoff: Duration::from_millis(1), timeout, overridable: true, pure }
    }

    async fn cancel(&self, call: &Call<'_>) -> Vec<String> {
        self.log.lock().unwrap().push(format!("{}.cancel", call.stage.name));
        Vec::new()
    }

    fn forget_on_restart(&self, _stage: &StageExecution) -> Vec<&'static str> {
        vec!["seen"]
    }

    fn host(&self) -> &dyn crate::expr::Host {
        &NoHost
    }

    fn leaves_unevaluated(&self, _stage: &StageExecution) -> &'static [&'static str] {
        &[]
    }
}

struct NoHost;

impl crate::expr::Host for NoHost {}

#[derive(Default)]
struct Silent;

impl Observe for Silent {
    fn recorded(&self, _: &Execution, _: &Record) {}
    fn progress(&self, _: &Execution, _: &StageExecution, _: &str) {}
    fn output(&self, _: &Execution, _: &StageExecution, _: &str) {}
    fn waiting(&self, _: &Execution, _: &str) {}
}

fn execution(id: &str, stages: Value) -> Execution {
    let stage = |value: &Value| {
        let mut context = value.as_object().cloned().unwrap();
        let ref_id = context.shift_remove("refId").unwrap().as_str().unwrap().to_owned();
        let requisites = context.shift_remove("needs").unwrap_or_else(|| json!([]));
        Arc::new(StageExecution {
            id: format!("{id}-{ref_id}"),
            name: ref_id.clone(),
            ref_id,
            kind: "scripted".into(),
            requisite_stage_ref_ids: serde_json::from_value(requisites).unwrap(),
            context,
            ..StageExecution::default()
        })
    };
    let stages = stages.as_array().unwrap().iter().map(stage).collect();
    Execution { id: id.into(), root_id: id.into(), pipeline_config_id: "p".into(), stages, ..Execution::default() }
}

struct World {
    _folder: tempfile::TempDir,
    engine: Engine,
    script: Arc<Script>,
    signal: watch::Sender<Signal>,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let history: Arc<dyn History> = Arc::new(FileHistory::open(folder.path()).unwrap());
    let script = Arc::new(Script::default());
    let (signal, signals) = watch::channel(Signal::None);
    let engine = Engine {
        history,
        stages: script.clone(),
        observer: Arc::new(Silent),
        signals,
        runner: Runner::default(),
        suspend_on_judgment: false,
        wait_in_queue: true,
    };
    World { _folder: folder, engine, script, signal }
}

async fn record(world: &World, execution: &Execution) {
    let event = Event::ExecutionRecorded { execution: Box::new(execution.clone()) };
    world.engine.history.create(&execution.id, &Record { seq: 1, at: 1, event }, 0).await.unwrap();
}

async fn drive(world: &World, id: &str) -> Ended {
    let keeper = LeaseKeeper::acquire(world.engine.history.clone(), id, id, "test").await.unwrap();
    let Held::Ours(keeper) = keeper else { panic!("held") };
    let ended = world.engine.drive(id, &keeper).await.unwrap();
    keeper.release().await.unwrap();
    ended
}

async fn run(stages: Value) -> (Status, Execution, Vec<String>) {
    let world = world();
    record(&world, &execution("X", stages)).await;
    let ended = drive(&world, "X").await;
    let Ended::Completed(status) = ended else { panic!("{ended:?}") };
    let records = world.engine.history.read("X").await.unwrap().records;
    let state = State::replay(&records).unwrap();
    let log = world.script.log.lock().unwrap().clone();
    (status, (**state.execution()).clone(), log)
}

fn statuses(execution: &Execution) -> String {
    let one = |stage: &Arc<StageExecution>| format!("{}={}", stage.ref_id, stage.status);
    execution.stages.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn statuses_follow_from_failure_options() {
    let fail = |extra: Value| {
        let mut stage = json!({"refId": "a", "result": "TERMINAL"});
        stage.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        stage
    };
    let b = || json!({"refId": "b", "needs": ["a"]});
    let cases = [
        (json!([{"refId": "a"}, b()]), Status::Succeeded, "a=SUCCEEDED b=SUCCEEDED"),
        (json!([fail(json!({})), b()]), Status::Terminal, "a=TERMINAL b=NOT_STARTED"),
        (json!([fail(json!({"continuePipeline": true})), b()]), Status::Succeeded, "a=FAILED_CONTINUE b=SUCCEEDED"),
        (json!([fail(json!({"failPipeline": false})), b()]), Status::Succeeded, "a=STOPPED b=NOT_STARTED"),
        (
            json!([fail(json!({"failPipeline": false, "completeOtherBranchesThenFail": true})), b(), {"refId": "c", "polls": 3}]),
            Status::Terminal,
            "a=STOPPED b=NOT_STARTED c=SUCCEEDED",
        ),
        (json!([fail(json!({})), {"refId": "c", "hangs": true}]), Status::Terminal, "a=TERMINAL c=CANCELED"),
        (json!([fail(json!({"result": "CANCELED"})), b()]), Status::Canceled, "a=CANCELED b=NOT_STARTED"),
        (json!([{"refId": "a", "unplannable": 1}, b()]), Status::Terminal, "a=TERMINAL b=NOT_STARTED"),
        (json!([{"refId": "a", "panics": 1}]), Status::Terminal, "a=TERMINAL"),
        (json!([{"refId": "a", "tasks": 0}, b()]), Status::Succeeded, "a=SKIPPED b=SUCCEEDED"),
        (json!([{"refId": "a", "result": "SKIPPED"}, b()]), Status::Succeeded, "a=SUCCEEDED b=SUCCEEDED"),
    ];
    for (stages, status, wanted) in cases {
        let (got, execution, _) = run(stages.clone()).await;
        assert_eq!((got, statuses(&execution).as_str()), (status, wanted), "{stages}");
    }
}

#[tokio::test]
async fn children_run_before_and_after_the_tasks_of_their_parent() {
    let (status, execution, log) = run(json!([{
        "refId": "1", "before": [{"name": "one"}, {"name": "two"}], "after": [{"name": "three"}, {"name": "four"}],
    }]))
    .await;
    assert_eq!(status, Status::Succeeded);
    assert_eq!(statuses(&execution), "1=SUCCEEDED 1<1=SUCCEEDED 1<2=SUCCEEDED 1>1=SUCCEEDED 1>2=SUCCEEDED");
    assert_eq!(log, ["one.task1", "two.task1", "1.task1", "three.task1", "four.task1"]);
}

#[tokio::test]
async fn a_failed_child_ends_its_parent_and_its_siblings() {
    let (status, execution, _) = run(json!([{
        "refId": "1", "parallel": true, "before": [{"name": "bad", "result": "TERMINAL"}, {"name": "slow", "hangs": 1}],
    }]))
    .await;
    assert_eq!((status, statuses(&execution).as_str()), (Status::Terminal, "1=TERMINAL 1<1=TERMINAL 1<2=CANCELED"));
}

#[tokio::test]
async fn on_failure_stages_run_and_the_stage_still_fails() {
    let (status, execution, log) = run(json!([{
        "refId": "1", "after": [{"name": "bad", "result": "TERMINAL"}, {"name": "never"}],
        "onFailure": [{"name": "undo"}, {"name": "tidy"}],
    }]))
    .await;
    assert_eq!(status, Status::Terminal);
    assert_eq!(statuses(&execution), "1=TERMINAL 1>1=TERMINAL 1>2=SUCCEEDED 1>3=SUCCEEDED");
    assert_eq!(log, ["1.task1", "bad.task1", "undo.task1", "tidy.task1"]);
}

#[tokio::test]
async fn a_task_past_its_time_fails_or_succeeds_as_asked() {
    for (extra, wanted) in [(false, "1=TERMINAL"), (true, "1=SUCCEEDED")] {
        let stage = json!({"refId": "1", "polls": 1_000_000, "limit": 20, "markSuccessfulOnTimeout": extra});
        assert_eq!(statuses(&run(json!([stage])).await.1), wanted);
    }
    let (_, execution, _) = run(json!([{"refId": "1", "polls": 1_000_000, "stageTimeoutMs": 20}])).await;
    assert_eq!(statuses(&execution), "1=TERMINAL");
    let error = execution.stages[0].context["exception"]["details"]["error"].as_str().unwrap();
    assert!(error.contains("'task1' was not done after 20ms"), "{error}");
}

#[tokio::test]
async fn a_task_that_is_cut_short_is_asked_why() {
    let why = async |stage: Value| {
        let (_, execution, _) = run(json!([stage])).await;
        assert_eq!(statuses(&execution), "1=TERMINAL");
        execution.stages[0].context["exception"]["details"].to_string()
    };
    let told = why(json!({"refId": "1", "hangs": true, "stageTimeoutMs": 20, "reason": "no machine is free"})).await;
    assert!(told.contains("no machine is free") && told.contains("the pool is empty"), "{told}");
    let bare = why(json!({"refId": "1", "hangs": true, "stageTimeoutMs": 20})).await;
    assert!(bare.contains("'task1' did not answer in time"), "{bare}");
}

#[tokio::test]
async fn a_judgment_arrives_as_a_request_and_without_a_person_the_run_suspends() {
    let mut world = world();
    record(&world, &execution("X", json!([{"refId": "1", "awaits": true}, {"refId": "2", "needs": ["1"]}]))).await;
    world.engine.suspend_on_judgment = true;
    assert_eq!(drive(&world, "X").await, Ended::Suspended);
    let patch = json!({"judgmentStatus": "continue"}).as_object().unwrap().clone();
    let request = Request::Patch { stage: "X-1".into(), by: "ann".into(), patch };
    world.engine.history.submit("X", &request).await.unwrap();
    assert_eq!(drive(&world, "X").await, Ended::Completed(Status::Succeeded));
    assert!(world.engine.history.requests("X").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_judgment_that_arrives_during_a_look_is_seen() {
    let mut world = world();
    record(&world, &execution("X", json!([{"refId": "1", "awaits": true, "gated": true}]))).await;
    world.engine.suspend_on_judgment = true;
    let history = world.engine.history.clone();
    let (ended, ()) = tokio::join!(drive(&world, "X"), async {
        while world.script.log.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let patch = json!({"judgmentStatus": "continue"}).as_object().unwrap().clone();
        let request = Request::Patch { stage: "X-1".into(), by: "ann".into(), patch };
        history.submit("X", &request).await.unwrap();
        while !history.requests("X").await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        world.script.gate.notify_one();
    });
    assert_eq!(ended, Ended::Completed(Status::Succeeded));
}

#[tokio::test]
async fn cancel_stops_what_runs_and_starts_nothing() {
    let world = world();
    record(&world, &execution("X", json!([{"refId": "1", "hangs": 1}, {"refId": "2", "needs": ["1"]}]))).await;
    let signal = world.signal.clone();
    let (ended, ()) = tokio::join!(drive(&world, "X"), async {
        while world.script.log.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        signal.send(Signal::Cancel("ann".into())).unwrap();
    });
    assert_eq!(ended, Ended::Completed(Status::Canceled));
    let state = State::replay(&world.engine.history.read("X").await.unwrap().records).unwrap();
    assert_eq!(statuses(state.execution()), "1=CANCELED 2=NOT_STARTED");
    assert_eq!(state.execution().canceled_by.as_deref(), Some("ann"));
    assert_eq!(world.script.log.lock().unwrap().last().unwrap(), "1.cancel");
}

#[tokio::test]
async fn only_one_of_a_limited_pipeline_runs_and_the_newest_goes_next() {
    let world = world();
    let limited = |id: &str, stages: Value| Execution { limit_concurrent: true, ..execution(id, stages) };
    record(&world, &limited("A", json!([{"refId": "1", "awaits": true}]))).await;
    record(&world, &limited("B", json!([{"refId": "1"}]))).await;
    record(&world, &limited("C", json!([{"refId": "1"}]))).await;
    let (first, second, third, ()) = tokio::join!(drive(&world, "A"), drive(&world, "B"), drive(&world, "C"), async {
        while world.script.log.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        let patch = json!({"judgmentStatus": "continue"}).as_object().unwrap().clone();
        let request = Request::Patch { stage: "A-1".into(), by: "ann".into(), patch };
        world.engine.history.submit("A", &request).await.unwrap();
    });
    assert_eq!(first, Ended::Completed(Status::Succeeded));
    assert_eq!(second, Ended::Completed(Status::Canceled));
    assert_eq!(third, Ended::Completed(Status::Succeeded));
}

/// Cut after any record, the rest of the run ends in the same state, and no mutation is lost or undone.
#[tokio::test]
async fn a_run_cut_after_any_record_ends_the_same() {
    let stages = json!([
        {"refId": "1", "polls": 2, "mutates": "x", "before": [{"name": "b1"}, {"name": "b2"}], "after": [{"name": "a1"}]},
        {"refId": "2", "needs": ["1"], "result": "TERMINAL", "continuePipeline": true},
        {"refId": "3", "needs": ["2"], "tasks": 2},
    ]);
    let whole = world();
    record(&whole, &execution("X", stages.clone())).await;
    drive(&whole, "X").await;
    let records = whole.engine.history.read("X").await.unwrap().records;
    let wanted = statuses(State::replay(&records).unwrap().execution());
    for length in 1..records.len() {
        let cut = world();
        let mut journal = cut.engine.history.create("X", &records[0], 0).await.unwrap();
        for record in &records[1..length] {
            journal.append(record);
        }
        journal.sync().await.unwrap();
        assert_eq!(drive(&cut, "X").await, Ended::Completed(Status::Succeeded), "cut after {length}");
        let again = cut.engine.history.read("X").await.unwrap().records;
        let state = State::replay(&again).unwrap();
        assert_eq!(statuses(state.execution()), wanted, "cut after {length}");
    }
}

#[tokio::test]
async fn a_restart_runs_a_stage_and_what_comes_after_it_again() {
    let world = world();
    let stages = json!([{"refId": "1"}, {"refId": "2", "needs": ["1"], "awaits": true, "before": [{"name": "b"}]}, {"refId": "3", "needs": ["2"]}]);
    record(&world, &execution("X", stages)).await;
    let judge = async |verdict: &str| {
        let patch = json!({"judgmentStatus": verdict}).as_object().unwrap().clone();
        let request = Request::Patch { stage: "X-2".into(), by: "ann".into(), patch };
        world.engine.history.submit("X", &request).await.unwrap();
    };
    let (ended, ()) = tokio::join!(drive(&world, "X"), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        judge("stop").await;
    });
    assert_eq!(ended, Ended::Completed(Status::Terminal));
    let (recorded, mut journal) = world.engine.history.open("X", 9).await.unwrap();
    let last = recorded.records.last().unwrap();
    let forget = vec!["judgmentStatus".into()];
    let (forget_after, queued) = (std::collections::BTreeMap::new(), true);
    let event = Event::StageRestarted { stage: "X-2".into(), by: "ann".into(), forget, forget_after, queued };
    journal.append(&Record { seq: last.seq + 1, at: last.at, event });
    journal.sync().await.unwrap();
    let (ended, ()) = tokio::join!(drive(&world, "X"), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        judge("continue").await;
    });
    assert_eq!(ended, Ended::Completed(Status::Succeeded));
    let state = State::replay(&world.engine.history.read("X").await.unwrap().records).unwrap();
    assert_eq!(statuses(state.execution()), "1=SUCCEEDED 2=SUCCEEDED 3=SUCCEEDED 2<1=SUCCEEDED");
    let log = world.script.log.lock().unwrap();
    assert_eq!(log.iter().filter(|line| *line == "1.task1").count(), 1);
    assert_eq!(log.iter().filter(|line| *line == "b.task1").count(), 2);
}
