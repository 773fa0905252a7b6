//! Runs a command or a script file on this machine.
//!
//! `command` is text for `sh -c` (or for `shell`), or a list of program and arguments; `scriptPath` is a file run with
//! `arguments`. It runs in `workingDirectory` below the project's root and sees gennaker's environment, `environment`,
//! and `GENNAKER_EXECUTION_ID`, `GENNAKER_STAGE_ID`, `GENNAKER_APPLICATION`, `GENNAKER_PIPELINE` and
//! `GENNAKER_PARAM_<NAME>` for each parameter. Put parameters into `environment` rather than into the command's text:
//! there they cannot be mistaken for code. Values may be `{fromEnv: NAME}` or `{fromFile: path}`; those are read when
//! the script starts and hidden in its output.
//!
//! What it writes is shown and kept. `key=value` lines or a JSON object written to the file `$GENNAKER_OUTPUT` become
//! outputs, visible to later stages by their bare keys; so do those of `propertyFile` (Java properties, JSON or YAML).
//!
//! The script outlives gennaker: after a crash a resumed execution finds it running, or finds how it ended, and never
//! starts it twice. When the stage is canceled all its processes are asked to end, and killed after 5 seconds.
//!
//! ```yaml
//! - name: Run the migrations
//!   type: script
//!   command: |
//!     ./migrate --to "$VERSION"
//!     echo "schema=$(./migrate --current)" >> "$GENNAKER_OUTPUT"
//!   environment:
//!     VERSION: ${trigger.parameters.version}
//!     DB_PASSWORD: {fromEnv: DB_PASSWORD}
//!   workingDirectory: db
//!   stageTimeoutMs: 600000
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use ulid::Ulid;

use super::script_process::ScriptFolder;
use super::script_supervisor::{Exit, Job};
use super::secrets::Secrets;
use super::tasks::BindProducedArtifacts;
use super::{Services, Stage, Task, properties, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};

/// The `script` stage.
pub(super) struct Script;

const FIELDS: &[Field] = &[
    optional("command", Shape::Any, "what to run: text for the shell, or a list of program and arguments"),
    optional("scriptPath", Shape::Text, "script file to run instead, below the project's root"),
    optional("arguments", Shape::List(&Shape::Text), "arguments of scriptPath"),
    optional("shell", Shape::Text, "shell of the command, with its options; default sh"),
    optional("environment", Shape::Map, "environment variables; values may be {fromEnv: NAME} or {fromFile: path}"),
    optional("workingDirectory", Shape::Text, "where it runs, below the project's root; default the root"),
    optional("successExitCodes", Shape::List(&Shape::Integer), "exit codes that are success; default [0]"),
    optional("propertyFile", Shape::Text, "file it writes whose properties become outputs, in the working directory"),
    optional("waitForCompletion", Shape::Boolean, "whether to wait until it has ended; default true"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "artifacts this stage produces: 'artifacts' it puts out"),
    optional("image", Shape::Text, JENKINS),
    optional("region", Shape::Text, JENKINS),
    optional("account", Shape::Text, JENKINS),
    optional("cluster", Shape::Text, JENKINS),
    optional("cmc", Shape::Text, JENKINS),
    optional("repoUrl", Shape::Text, JENKINS),
    optional("repoBranch", Shape::Text, JENKINS),
    optional("job", Shape::Text, JENKINS),
];

const JENKINS: &str = "a parameter of the Jenkins job Spinnaker runs scripts with; not used here";
/// Fields that only make sense for Spinnaker's Jenkins job.
const JENKINS_FIELDS: &[&str] = &["cluster", "cmc", "image", "job", "repoBranch", "repoUrl"];

/// Marks the stage that ends another one's script.
const END: &str = "endScript";
const FOLDER: &str = "scriptFolder";
const OFFSET: &str = "scriptOutputOffset";

#[async_trait]
impl Stage for Script {
    fn kind(&self) -> &'static str {
        "script"
    }

    fn source(&self) -> &'static str {
        include_str!("script.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&BindProducedArtifacts, &ChooseFolder, &EndScript, &MonitorScript, &StartScript]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        if reading::flag(call.context, END) {
            return Ok(Plan::of_tasks([EndScript.name()]));
        }
        argv(call.context, &services.root)?;
        let mut tasks = vec![ChooseFolder.name(), StartScript.name()];
        if reading::optional_flag(call.context, "waitForCompletion").unwrap_or(true) {
            tasks.push(MonitorScript.name());
        }
        if BindProducedArtifacts::is_needed(call.context) {
            tasks.push(BindProducedArtifacts.name());
        }
        Ok(Plan::of_tasks(tasks))
    }

    async fn on_failure(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        // After a timeout the script still runs.
        match folder(call, services) {
            Ok(folder) if folder.is_running() => {
                let mut context = Map::new();
                context.insert(FOLDER.to_owned(), call.context.get(FOLDER).cloned().unwrap_or_default());
                context.insert(END.to_owned(), true.into());
                Ok(vec![NewStage::new(self.kind(), "End the script", context)])
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        match folder(call, services) {
            Ok(folder) => folder.cancel().await,
            Err(_) => Vec::new(),
        }
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[FOLDER, OFFSET, "exitCode", "propertyFileContents"]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let argv = argv(call.context, &services.root)?;
        Ok(vec![format!("run {}", argv.join(" ").lines().next().unwrap_or_default())])
    }
}

/// Program and arguments.
fn argv(context: &Map, root: &Path) -> Result<Vec<String>, Failure> {
    let shell: Vec<String> =
        reading::filled(context, "shell").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    match context.get("command") {
        Some(Value::Array(parts)) if !parts.is_empty() => parts.iter().map(|part| word(part, "command")).collect(),
        Some(Value::String(text)) if !text.trim().is_empty() => {
            let shell = if shell.is_empty() { vec!["sh".to_owned()] } else { shell };
            Ok(shell.into_iter().chain(["-c".to_owned(), text.clone()]).collect())
        }
        None | Some(Value::Null | Value::String(_)) => script_file(context, shell, root),
        Some(other) => Err(Failure::user(format!("'command' is {other}, neither text nor a list of words"))),
    }
}

fn script_file(context: &Map, shell: Vec<String>, root: &Path) -> Result<Vec<String>, Failure> {
    let foreign: Vec<&str> =
        JENKINS_FIELDS.iter().copied().filter(|key| reading::filled(context, key).is_some()).collect();
    if !foreign.is_empty() {
        return Err(Failure::user("this 'script' stage is written for a Jenkins job")
            .detail(format!("Spinnaker runs this through a Jenkins job, which its {} belong to", foreign.join(", ")))
            .detail("give 'command:' to run it here"));
    }
    let path = reading::filled(context, "scriptPath")
        .ok_or_else(|| Failure::user("the script stage has neither 'command' nor 'scriptPath'"))?;
    let file = root.join(&path).to_string_lossy().into_owned();
    let arguments = reading::list(context, "arguments").iter().map(|part| word(part, "arguments"));
    shell.into_iter().chain([file]).map(Ok).chain(arguments).collect()
}

fn word(value: &Value, key: &str) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err(Failure::user(format!("an item of '{key}' is {value}, which is no word"))),
    }
}

fn folder(call: &Call<'_>, services: &Services) -> Result<ScriptFolder, Failure> {
    reading::filled(call.context, FOLDER)
        .map(|relative| ScriptFolder::new(services.state.join(relative)))
        .ok_or_else(|| Failure::new("no folder was chosen for the script").detail("restart the stage"))
}

/// Chooses the folder of this run, below the state folder; recorded, it leads a resumed execution to its script.
struct ChooseFolder;

#[async_trait]
impl Task for ChooseFolder {
    fn name(&self) -> &'static str {
        "chooseFolder"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        let folder = format!("scripts/{}/{}/{}", call.execution.id, call.stage.id, Ulid::generate());
        TaskResult::succeeded().with_context(FOLDER, folder)
    }
}

struct StartScript;

#[async_trait]
impl Task for StartScript {
    fn name(&self) -> &'static str {
        "startScript"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        start(call, services).await.into()
    }
}

async fn start(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let folder = folder(call, services)?;
    if folder.supervisor().is_some() {
        return Ok(TaskResult::succeeded());
    }
    let argv = argv(call.context, &services.root)?;
    let place = reading::filled(call.context, "workingDirectory").unwrap_or_default();
    let working_directory = services.root.join(&place);
    if !working_directory.is_dir() {
        return Err(Failure::user(format!("the working directory '{place}' is not there"))
            .detail(format!("looked for {}", working_directory.display())));
    }
    let mut secrets = Secrets::default();
    let OwnEnvironment { mut variables, secret_names } = own_environment(call, services, &mut secrets)?;
    variables.push(("GENNAKER_OUTPUT".to_owned(), folder.outputs_file().to_string_lossy().into_owned()));
    let property_file = reading::filled(call.context, "propertyFile").map(|name| working_directory.join(name));
    let shown = secrets.clean(argv.last().map(String::as_str).unwrap_or_default());
    let job = Job { argv, working_directory, property_file, secret_names };

    call.mutation("runScript", call.stage.name.clone(), shown.lines().next().unwrap_or_default()).await?;
    folder
        .start(&binary(services)?, &job, &variables)
        .await
        .map_err(|error| Failure::new(format!("the script could not be started: {error}")))?;
    Ok(TaskResult::succeeded())
}

/// This binary, which is also the supervisor; the settings' `script.supervisor` names another one.
fn binary(services: &Services) -> Result<PathBuf, Failure> {
    let settings = reading::object(&services.settings, "script");
    if let Some(path) = settings.and_then(|settings| reading::filled(settings, "supervisor")) {
        return Ok(services.root.join(path));
    }
    // Still this version when the file was replaced meanwhile.
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() {
        return Ok(running);
    }
    std::env::current_exe().map_err(|error| Failure::new(format!("gennaker cannot find its own binary: {error}")))
}

/// The script's own variables.
struct OwnEnvironment {
    variables: Vec<(String, String)>,
    /// Names of those that must not be seen.
    secret_names: Vec<String>,
}

/// The execution's variables first, so that the stage's own may replace them.
fn own_environment(call: &Call<'_>, services: &Services, secrets: &mut Secrets) -> Result<OwnEnvironment, Failure> {
    let mut variables = vec![
        ("GENNAKER_EXECUTION_ID".to_owned(), call.execution.id.clone()),
        ("GENNAKER_STAGE_ID".to_owned(), call.stage.id.clone()),
        ("GENNAKER_APPLICATION".to_owned(), call.execution.application.clone()),
        ("GENNAKER_PIPELINE".to_owned(), call.execution.name.clone()),
    ];
    for (name, value) in reading::object(&call.execution.trigger, "parameters").into_iter().flatten() {
        let name: String = name
            .chars()
            .map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' })
            .collect();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        variables.push((format!("GENNAKER_PARAM_{name}"), value));
    }
    let mut secret_names = Vec::new();
    for (name, value) in reading::object(call.context, "environment").into_iter().flatten() {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(Failure::user(format!("'{name}' is no name of an environment variable")));
        }
        let text = match value {
            Value::Array(_) => value.to_string(),
            _ => secrets.resolve(value, &format!("environment variable '{name}'"), &services.root)?,
        };
        if text.contains('\0') {
            return Err(Failure::user(format!("the value of environment variable '{name}' holds a zero byte")));
        }
        if value.is_object() {
            secret_names.push(name.clone());
        }
        variables.push((name.clone(), text));
    }
    Ok(OwnEnvironment { variables, secret_names })
}

/// Ends a script whose stage has failed while it ran.
struct EndScript;

#[async_trait]
impl Task for EndScript {
    fn name(&self) -> &'static str {
        "endScript"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        end(call, services).await.into()
    }
}

async fn end(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let folder = folder(call, services)?;
    call.mutation("endScript", call.stage.name.clone(), "").await?;
    folder.cancel().await.into_iter().for_each(|line| call.progress(line));
    Ok(TaskResult::succeeded())
}

struct MonitorScript;

#[async_trait]
impl Task for MonitorScript {
    fn name(&self) -> &'static str {
        "monitorScript"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { backoff: SOON, overridable: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        monitor(call, services).into()
    }
}

/// Short scripts are noticed at once, long ones are looked at less often.
const SOON: Duration = Duration::from_millis(20);
const LATER: Duration = Duration::from_millis(500);

fn monitor(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let folder = folder(call, services)?;
    // Asked before its output is read: once it is gone, nothing more comes.
    let gone = folder.supervisor().is_none_or(|supervisor| supervisor.is_certainly_dead());
    let exit = folder.exit();
    let before = reading::integer(call.context, OFFSET).and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0);
    let mut offset = before;
    loop {
        let output = folder.output(offset, exit.is_some() || gone).map_err(|error| lost(&error))?;
        output.lines.into_iter().for_each(|line| call.recorder.output(line));
        if output.offset == offset {
            break;
        }
        offset = output.offset;
    }
    let result = match exit {
        Some(exit) => ended(call, &folder, &exit),
        None if gone => TaskResult::terminal(with_last_lines(
            Failure::new("the script's supervisor died before the script ended; how it ended is not known"),
            &folder,
        )),
        None => {
            let elapsed = Duration::from_millis(call.now.abs_diff(call.started));
            TaskResult::running().retry_in((elapsed / 10).clamp(SOON, LATER))
        }
    };
    // Kept so that a resumed execution shows no line twice; unchanged, it needs no record.
    Ok(if offset == before { result } else { result.with_context(OFFSET, offset) })
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::new(format!("the script's output cannot be read: {error}"))
}

fn with_last_lines(failure: Failure, folder: &ScriptFolder) -> Failure {
    folder.last_lines(20).into_iter().fold(failure, Failure::detail)
}

fn ended(call: &Call<'_>, folder: &ScriptFolder, exit: &Exit) -> TaskResult {
    let good: Vec<i64> =
        reading::list(call.context, "successExitCodes").iter().filter_map(reading::as_integer).collect();
    let good = if good.is_empty() { vec![0] } else { good };
    let failure = match (exit.code, exit.signal, &exit.error) {
        (_, _, Some(error)) => Some(Failure::new(format!("the script could not be run: {error}"))),
        (Some(code), _, _) if good.contains(&i64::from(code)) => None,
        (Some(code), _, _) => Some(Failure::new(format!("the script exited with code {code}"))),
        (None, signal, _) => {
            let signal = signal.map_or_else(|| "a signal".to_owned(), signal_name);
            Some(Failure::new(format!("the script was ended by {signal}")))
        }
    };
    let result = match failure {
        Some(failure) => TaskResult::terminal(with_last_lines(failure, folder)),
        None => left_behind(call.context, folder).unwrap_or_else(TaskResult::terminal),
    };
    match exit.code {
        Some(code) => result.with_context("exitCode", code),
        None => result,
    }
}

/// What the script left behind, as outputs and context.
fn left_behind(context: &Map, folder: &ScriptFolder) -> Result<TaskResult, Failure> {
    let mut result = TaskResult::succeeded();
    if let Some(text) = folder.left_behind("outputs") {
        result.outputs.extend(properties::read("GENNAKER_OUTPUT", &text)?);
    }
    if let Some(name) = reading::filled(context, "propertyFile") {
        let text = folder
            .left_behind("properties")
            .ok_or_else(|| Failure::new(format!("the script wrote no property file '{name}'")))?;
        let read = properties::read(&name, &text)?;
        if read.is_empty() {
            return Err(Failure::new(format!("the property file '{name}' is empty")));
        }
        for (key, value) in &read {
            result.context.insert(key.clone(), value.clone());
            result.outputs.insert(key.clone(), value.clone());
        }
        result.context.insert("propertyFileContents".to_owned(), read.clone().into());
        result.outputs.insert("propertyFileContents".to_owned(), read.into());
    }
    Ok(result)
}

fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        6 => "ABRT",
        9 => "KILL",
        11 => "SEGV",
        13 => "PIPE",
        15 => "TERM",
        _ => return format!("signal {number}"),
    };
    format!("signal {number} ({name})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::testing::{Driver, object};

    #[test]
    fn what_runs_is_a_shell_a_list_or_a_file() {
        let read = |context: Value| argv(&object(context), Path::new("/root"));
        assert_eq!(read(json!({"command": "a b"})).unwrap(), ["sh", "-c", "a b"]);
        assert_eq!(read(json!({"command": "a", "shell": "bash -e"})).unwrap(), ["bash", "-e", "-c", "a"]);
        assert_eq!(read(json!({"command": ["a", 1, true]})).unwrap(), ["a", "1", "true"]);
        assert_eq!(read(json!({"scriptPath": "x.sh", "arguments": ["y z"]})).unwrap(), ["/root/x.sh", "y z"]);
        assert!(read(json!({})).unwrap_err().message.contains("neither"));
        let jenkins = read(json!({"scriptPath": "x.sh", "repoUrl": "git", "job": "j"})).unwrap_err();
        assert!(jenkins.details[0].contains("job, repoUrl"), "{jenkins:?}");
        assert!(read(json!({"command": "a", "repoUrl": "git"})).is_ok());
    }

    #[tokio::test]
    async fn it_waits_unless_told_not_to() {
        let plan = async |context| Driver::new("script", context).plan().await.unwrap().tasks;
        assert_eq!(plan(json!({"command": "a"})).await, ["chooseFolder", "startScript", "monitorScript"]);
        assert_eq!(plan(json!({"command": "a", "waitForCompletion": false})).await, ["chooseFolder", "startScript"]);
    }

    #[tokio::test]
    async fn each_run_has_a_folder_of_its_own() {
        let driver = Driver::new("script", json!({"command": "a"}));
        let [first, second] = [driver.run("chooseFolder").await, driver.run("chooseFolder").await];
        assert!(first.context[FOLDER].as_str().unwrap().starts_with("scripts/01EXECUTION/01STAGE/"));
        assert_ne!(first.context[FOLDER], second.context[FOLDER]);
    }
}
