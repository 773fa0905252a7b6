//! Webhook stages against a real HTTP server (`tests/servers/webhook.py`), one look at a time.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gennaker::engine::ports::{Call, Mutation, Recorder, Stages, TaskResult};
use gennaker::expr::Host;
use gennaker::model::{Execution, Failure, Map, StageExecution, Status};
use gennaker::stages::{Accounts, ClusterLock, ClusterLocks, Pipelines, Services, StartPipeline, Table};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/servers/webhook.py");
        let mut process = Command::new("python3")
            .arg(script)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed by tests/run");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { process, url: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[derive(Default)]
struct Notes {
    mutations: Mutex<Vec<Mutation>>,
    progress: Mutex<Vec<String>>,
}

#[async_trait]
impl Recorder for Notes {
    async fn mutation(&self, mutation: Mutation) -> Result<(), Failure> {
        self.mutations.lock().unwrap().push(mutation);
        Ok(())
    }

    fn progress(&self, text: String) {
        self.progress.lock().unwrap().push(text);
    }

    fn output(&self, _line: String) {}
}

/// No other pipelines and no clusters.
struct Nothing;

#[async_trait]
impl Pipelines for Nothing {
    async fn find(&self, _: &str, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
    async fn start(&self, _: &Execution, _: StartPipeline) -> Result<(), Failure> {
        Ok(())
    }
    async fn execution(&self, _: &str) -> Result<Option<Execution>, Failure> {
        Ok(None)
    }
    async fn cancel(&self, _: &str, _: &str, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    async fn executions(&self, _: &str, _: &str, _: usize) -> Result<Vec<Execution>, Failure> {
        Ok(Vec::new())
    }
}

impl Host for Nothing {}

#[async_trait]
impl ClusterLocks for Nothing {
    async fn acquire(&self, _: &Execution, _: &str) -> Result<ClusterLock, Failure> {
        Ok(ClusterLock::Held)
    }
}

fn map(value: Value) -> Map {
    value.as_object().unwrap().clone()
}

/// One webhook stage.
struct Hook {
    table: Table,
    stage: StageExecution,
    notes: Notes,
    /// Milliseconds since its task began.
    elapsed: i64,
    stop: CancellationToken,
}

impl Hook {
    fn new(context: Value) -> Self {
        Self::in_project(context, json!({}), PathBuf::from("/"))
    }

    fn in_project(context: Value, settings: Value, root: PathBuf) -> Self {
        let services = Services {
            accounts: Accounts::default(),
            artifacts: gennaker::artifacts::Store::default(),
            expressions: Arc::new(Nothing),
            pipelines: Arc::new(Nothing),
            locks: Arc::new(Nothing),
            state: root.join("state"),
            root,
            time_zone: "UTC".into(),
            roles: gennaker::stages::Roles::new(),
            traffic_guards: Vec::new(),
            settings: map(settings),
        };
        let stage = StageExecution {
            id: "1".into(),
            kind: "webhook".into(),
            name: "hook".into(),
            context: map(context),
            ..StageExecution::default()
        };
        let table = Table::new(Arc::new(services));
        Self { table, stage, notes: Notes::default(), elapsed: 0, stop: CancellationToken::new() }
    }

    async fn with<T>(&self, act: impl AsyncFnOnce(&Table, &Call<'_>) -> T) -> T {
        let execution = Execution::default();
        let call = Call {
            execution: &execution,
            stage: &self.stage,
            context: &self.stage.context,
            now: self.elapsed,
            started: 0,
            stop: &self.stop,
            recorder: &self.notes,
        };
        act(&self.table, &call).await
    }

    async fn look(&mut self, task: &str) -> TaskResult {
        let result = self.with(async |table, call| table.run(call, task).await).await;
        self.stage.context.extend(result.context.clone());
        result
    }

    async fn create(&mut self) -> TaskResult {
        self.look("createWebhook").await
    }

    async fn monitor(&mut self) -> TaskResult {
        self.look("monitorWebhook").await
    }

    /// Looks until it has ended, without waiting in between.
    async fn monitor_to_end(&mut self) -> TaskResult {
        loop {
            let result = self.monitor().await;
            if result.status != Status::Running {
                return result;
            }
        }
    }

    fn recorded(&self, pointer: &str) -> Value {
        self.stage.context["webhook"].pointer(pointer).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_call_sends_what_the_stage_says_and_records_the_answer() {
    let server = Server::start();
    let mut hook = Hook::new(json!({
        "url": format!("{}/echo", server.url), "method": "put", "payload": {"version": 3},
        "customHeaders": {"X-One": "1", "X-Many": ["a", "b"], "X-SPINNAKER-USER": "root"},
    }));
    assert_eq!(hook.create().await.status, Status::Succeeded);
    assert_eq!(hook.recorded("/statusCode"), "OK");
    assert_eq!(hook.recorded("/statusCodeValue"), 200);
    assert_eq!(hook.recorded("/headers/Content-Type"), "application/json");
    assert_eq!(hook.recorded("/body/method"), "PUT");
    assert_eq!(hook.recorded("/body/body"), r#"{"version":3}"#);
    let sent = hook.recorded("/body/headers");
    assert_eq!(sent["x-one"], "1");
    assert_eq!(sent["content-type"], "application/json");
    assert!(sent["user-agent"].as_str().unwrap().starts_with("gennaker/"));
    assert!(sent.get("x-spinnaker-user").is_none());
    let mutations = hook.notes.mutations.lock().unwrap();
    assert_eq!((mutations[0].operation.as_str(), mutations[0].detail.as_str()), ("invokeWebhook", "PUT"));
}

#[tokio::test]
async fn secrets_are_sent_but_recorded_nowhere() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "hunter2\n").unwrap();
    let context = json!({
        "url": format!("{}/echo", server.url), "customHeaders": {"Authorization": {"fromFile": "token"}},
    });
    let mut hook = Hook::in_project(context, json!({}), folder.path().to_owned());
    let result = hook.create().await;
    assert_eq!(hook.recorded("/body/headers/authorization"), "***");
    assert!(!format!("{result:?} {:?}", hook.stage).contains("hunter2"));

    let mut missing = Hook::new(json!({"url": server.url, "customHeaders": {"A": {"fromEnv": "GENNAKER_NO_SUCH"}}}));
    assert!(missing.create().await.failure.unwrap().message.contains("GENNAKER_NO_SUCH"));
}

#[tokio::test]
async fn each_status_fails_or_is_tried_again() {
    let server = Server::start();
    for (code, extra, status, retry) in [
        (404, json!({}), Status::Terminal, None),
        (404, json!({"webhookRetryStatusCodes": [404]}), Status::Running, Some(10)),
        (500, json!({}), Status::Running, Some(10)),
        (429, json!({}), Status::Running, Some(10)),
        (504, json!({}), Status::Terminal, None),
        (504, json!({"failFastStatusCodes": []}), Status::Running, Some(10)),
        (500, json!({"failFastStatusCodes": [500]}), Status::Terminal, None),
        (304, json!({}), Status::Succeeded, None),
    ] {
        let mut context = json!({"url": format!("{}/status/{code}", server.url)});
        context.as_object_mut().unwrap().extend(map(extra.clone()));
        let mut hook = Hook::new(context);
        let result = hook.create().await;
        assert_eq!((result.status, result.retry_in.map(|wait| wait.as_secs())), (status, retry), "{code} {extra}");
        assert_eq!(hook.recorded("/statusCodeValue"), code);
        if status != Status::Succeeded {
            assert!(hook.recorded("/error").as_str().unwrap().contains(&code.to_string()));
        }
    }
    let mut later = Hook::new(json!({"url": format!("{}/status/503?later", server.url)}));
    assert_eq!(later.create().await.retry_in.unwrap().as_secs(), 30);
    let mut refused = Hook::new(json!({"url": format!("{}/status/400", server.url)}));
    let failure = refused.create().await.failure.unwrap();
    assert!(failure.details.iter().any(|line| line.contains("as asked")), "{failure:?}");
}

#[tokio::test]
async fn no_answer_fails_or_is_tried_again() {
    let server = Server::start();
    let slow = json!({"webhook": {"timeout": "100ms"}});
    for (url, method, status) in [
        ("http://nowhere.invalid/".to_owned(), "POST", Status::Running),
        ("http://127.0.0.1:1/".to_owned(), "POST", Status::Terminal),
        (format!("{}/slow", server.url), "GET", Status::Running),
        (format!("{}/slow", server.url), "POST", Status::Terminal),
        (format!("{}/loop", server.url), "GET", Status::Terminal),
        (format!("{}/big", server.url), "GET", Status::Terminal),
    ] {
        let settings = if url.contains("slow") { slow.clone() } else { json!({}) };
        let mut hook = Hook::in_project(json!({"url": url, "method": method}), settings, PathBuf::from("/"));
        assert_eq!(hook.create().await.status, status, "{method} {url}");
        assert!(!hook.recorded("/error").is_null());
    }
    let mut big = Hook::new(json!({"url": format!("{}/big", server.url), "method": "GET"}));
    assert!(big.create().await.failure.unwrap().message.contains("10485760 bytes"));
}

#[tokio::test]
async fn redirects_are_followed_within_the_policy() {
    let server = Server::start();
    let mut hook = Hook::new(json!({"url": format!("{}/redirect/echo", server.url), "payload": {"a": 1}}));
    hook.create().await;
    assert_eq!((hook.recorded("/body/method"), hook.recorded("/body/body")), (json!("GET"), json!("")));

    let policy = json!({"webhook": {"urls": {"deny": ["/echo"]}}});
    let context = json!({"url": format!("{}/redirect/echo", server.url)});
    let denied = Hook::in_project(context, policy, PathBuf::from("/")).create().await;
    assert!(denied.failure.unwrap().message.contains("may not be called"));
    let private = json!({"webhook": {"urls": {"allowPrivate": false}}});
    let refused = Hook::in_project(json!({"url": server.url}), private, PathBuf::from("/")).create().await;
    assert!(refused.failure.unwrap().message.contains("private network"));
}

#[tokio::test]
async fn the_status_url_is_found_in_each_place() {
    let server = Server::start();
    for (resolution, path, url) in [
        ("getMethod", "", "/jobs/done"),
        ("locationHeader", "", "/jobs/done"),
        ("webhookResponse", "$.statusUrl", "/jobs/done"),
    ] {
        let mut hook = Hook::new(json!({
            "url": format!("{}/jobs/done", server.url), "waitForCompletion": true, "statusUrlResolution": resolution,
            "statusUrlJsonPath": path, "statusJsonPath": "$.job.my-status", "successStatuses": "Done",
        }));
        assert_eq!(hook.create().await.status, Status::Succeeded, "{resolution}");
        assert_eq!(hook.recorded("/statusEndpoint"), format!("{}{url}", server.url));
        assert_eq!(hook.monitor().await.status, Status::Succeeded, "{resolution}");
        assert_eq!(hook.recorded("/monitor/statusCode"), "OK");
        assert_eq!(hook.recorded("/statusCode"), "CREATED");
    }
    let mut nowhere = Hook::new(json!({
        "url": format!("{}/echo", server.url), "waitForCompletion": true, "statusUrlResolution": "locationHeader",
    }));
    let result = nowhere.create().await;
    assert_eq!(result.status, Status::Terminal);
    assert!(result.failure.unwrap().message.contains("names no status URL"));
}

#[tokio::test]
async fn the_status_is_looked_up_in_the_lists() {
    let server = Server::start();
    let wait = |path: &str, extra: Value| {
        let mut context = json!({
            "url": "http://unused/", "statusEndpoint": format!("{}/jobs/{path}", server.url), "monitorOnly": true,
            "waitForCompletion": true, "statusJsonPath": "$.job.my-status", "progressJsonPath": "$.job.message",
            "successStatuses": "passed, done", "canceledStatuses": "aborted", "terminalStatuses": "FAILED",
        });
        context.as_object_mut().unwrap().extend(map(extra));
        Hook::new(context)
    };
    for (path, status) in [
        ("queued,running,Passed", Status::Succeeded),
        ("queued,aborted", Status::Canceled),
        ("failed", Status::Terminal),
        ("10,99.5,100", Status::Succeeded),
    ] {
        assert_eq!(wait(path, json!({})).monitor_to_end().await.status, status, "{path}");
    }
    // Only the whole number is done.
    let mut almost = wait("100.0", json!({}));
    assert_eq!(almost.monitor().await.status, Status::Running);
    assert_eq!(almost.recorded("/monitor/percentComplete"), 100.0);
    assert_eq!(almost.recorded("/monitor/progressMessage"), "look 1");
    almost.elapsed = 61_000;
    assert_eq!(almost.monitor().await.retry_in.unwrap().as_secs(), 15);
    for (extra, part) in [
        (json!({"statusJsonPath": "$.nothing"}), "no status at '$.nothing'"),
        (json!({"statusJsonPath": "$.job"}), "no single value"),
        (json!({"progressJsonPath": "$.job"}), "no text"),
        (json!({"successStatuses": null}), "no 'successStatuses'"),
    ] {
        let mut hook = wait("other", extra);
        let result = hook.monitor().await;
        assert_eq!(result.status, Status::Terminal);
        assert!(result.failure.unwrap().message.contains(part), "{part}");
        assert!(hook.recorded("/monitor/error").as_str().unwrap().contains(part));
    }
    assert_eq!(wait("whatever", json!({"statusJsonPath": null})).monitor().await.status, Status::Succeeded);
}

#[tokio::test]
async fn reading_the_status_is_tried_again_as_often_as_told() {
    let server = Server::start();
    let hook = |path: &str, extra: Value| {
        let mut context = json!({"statusEndpoint": format!("{}/{path}", server.url)});
        context.as_object_mut().unwrap().extend(map(extra));
        Hook::new(context)
    };
    let mut flaky = hook("flaky/2", json!({}));
    assert_eq!(flaky.monitor_to_end().await.status, Status::Succeeded);
    assert_eq!(flaky.recorded("/monitor/pastStatusCodes"), json!([503, 503]));
    assert_eq!(
        hook("flaky/3", json!({"retries": {"503": {"maxAttempts": 2}}})).monitor_to_end().await.status,
        Status::Terminal
    );
    assert_eq!(hook("status/404", json!({})).monitor().await.status, Status::Terminal);
    assert_eq!(hook("status/404", json!({"retryStatusCodes": ["404"]})).monitor().await.status, Status::Running);
    assert_eq!(
        hook("status/500", json!({"retries": {"500": {"maxAttempts": 0}}})).monitor().await.status,
        Status::Terminal
    );
}

#[tokio::test]
async fn a_started_call_is_canceled_at_its_endpoint() {
    let server = Server::start();
    let context = json!({
        "url": format!("{}/text", server.url), "cancelEndpoint": format!("{}/cancel", server.url),
        "cancelPayload": {"why": "told to"}, "cancelMethod": "put",
    });
    let mut hook = Hook::new(context.clone());
    assert!(hook.with(async |table, call| table.cancel(call).await).await.is_empty(), "nothing was started");
    assert!(hook.with(async |table, call| table.plan_on_failure(call).await).await.unwrap().is_empty());
    hook.create().await;
    assert_eq!(hook.recorded("/body"), "just text");
    assert_eq!(hook.with(async |table, call| table.cancel(call).await).await.len(), 1);
    let mut look = Hook::new(json!({"url": format!("{}/canceled", server.url), "method": "GET"}));
    look.create().await;
    assert_eq!(look.recorded("/body"), json!([{"method": "PUT", "body": r#"{"why":"told to"}"#}]));
    let after = hook.with(async |table, call| table.plan_on_failure(call).await).await.unwrap();
    assert_eq!((after[0].kind.as_str(), &after[0].context["method"]), ("webhook", &json!("put")));
}

#[tokio::test]
async fn a_canceled_execution_does_not_wait_for_an_answer() {
    let server = Server::start();
    let mut hook = Hook::new(json!({"url": format!("{}/slow", server.url)}));
    hook.stop.cancel();
    let begun = std::time::Instant::now();
    assert_eq!(hook.create().await.status, Status::Running);
    assert!(begun.elapsed().as_secs() < 2);
}

#[tokio::test]
async fn produced_artifacts_are_those_of_the_answer() {
    let server = Server::start();
    let context = |path: &str| json!({"url": format!("{}/{path}", server.url), "expectedArtifacts": [{"id": "a"}]});
    let mut hook = Hook::new(context("artifacts"));
    assert_eq!(hook.create().await.context["artifacts"], json!([{"type": "docker/image", "name": "hello"}]));
    assert_eq!(Hook::new(context("echo")).create().await.status, Status::Terminal);
}

#[tokio::test]
async fn the_plan_follows_the_fields() {
    let plan = async |context| {
        Hook::new(context).with(async |table, call| table.plan(call).await).await.map(|plan| plan.tasks)
    };
    assert_eq!(plan(json!({"url": "http://a/"})).await.unwrap(), ["createWebhook"]);
    let waiting = json!({"url": "http://a/", "waitForCompletion": "true", "waitBeforeMonitor": 3});
    assert_eq!(plan(waiting).await.unwrap(), ["createWebhook", "waitBeforeMonitorWebhook", "monitorWebhook"]);
    let only = json!({"statusEndpoint": "http://a/", "waitForCompletion": true, "monitorOnly": true});
    assert_eq!(plan(only).await.unwrap(), ["monitorWebhook"]);
    assert!(plan(json!({"url": "http://a/", "monitorOnly": true})).await.is_err());
    assert!(plan(json!({})).await.is_err());
}
