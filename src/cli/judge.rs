//! `gennaker judge`: the word that a manual judgment waits for.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::GlobalOptions;
use super::error::Told;
use super::exit_code::Exit;
use super::find;
use super::project::Project;
use super::requests;
use crate::diagnostic::{nearest, one_of};
use crate::history::Request;
use crate::model::{Map, StageExecution, Status};
use crate::report::quoted;
use crate::stages::{asks, may_judge};

/// Answer a manual judgment
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker judge 01K7 'Ship it?' continue
  gennaker judge 01K7 'Which way?' continue --input 'roll out slowly'
  gennaker judge 01K7 'Ship it?' stop")]
pub struct JudgeArgs {
    /// The execution's id or the first letters of it
    execution: String,
    /// The judgment's name, reference or id
    stage: String,
    /// The word
    #[arg(value_enum)]
    word: Word,
    /// The answer chosen from the judgment's inputs
    #[arg(long, short, value_name = "ANSWER")]
    input: Option<String>,
}

/// The two words of a judgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Word {
    /// The pipeline goes on
    Continue,
    /// The stage fails
    Stop,
}

impl Word {
    fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Stop => "stop",
        }
    }
}

pub async fn run(args: JudgeArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let found = find::execution(&*history, Some(&args.execution)).await?;
    let is_open = |stage: &StageExecution| asks(stage) && stage.status == Status::Running;
    let stage = find::stage(found.execution(), &args.stage, is_open)?;
    check_open(stage, &found.id)?;
    may_judge(&project.settings.roles.value, &stage.context, Some(&project.user)).map_err(|denied| {
        Told::usage(denied).exit(Exit::Permission).hint("roles are given to users in gennaker.yaml under 'roles:'")
    })?;
    if let Some(input) = &args.input {
        check_input(stage, input)?;
    }
    let word = args.word.as_str();
    let mut patch = Map::new();
    patch.insert("judgmentStatus".into(), word.into());
    if let Some(input) = args.input {
        patch.insert("judgmentInput".into(), input.into());
    }
    let request = Request::Patch { stage: stage.id.clone(), by: project.user.clone(), patch };
    let taken = requests::submit(&*history, &found, &request).await?;
    let done = format!("'{}' was judged '{word}'", stage.name);
    let wanted = format!("judgment '{word}' of '{}'", stage.name);
    requests::tell(&found, taken, &done, &wanted, global);
    Ok(Exit::Succeeded)
}

fn check_open(stage: &StageExecution, execution: &str) -> Result<(), Told> {
    let (name, kind) = (&stage.name, &stage.kind);
    if !asks(stage) {
        return Err(Told::usage(format!("'{name}' is a {kind} stage; only manualJudgment stages are judged")));
    }
    match stage.status {
        Status::Running => Ok(()),
        Status::NotStarted => Err(Told::usage(format!("'{name}' has not begun; it is judged when it waits"))
            .exit(Exit::Conflict)
            .hint(format!("to see what runs: gennaker history show {execution}"))),
        status => {
            let word = stage.context.get("judgmentStatus").and_then(Value::as_str).unwrap_or_default();
            let by = stage.context.get("lastModifiedBy").and_then(Value::as_str);
            let told = match by {
                Some(by) => format!("'{name}' was judged '{word}' by {by} already ({status})"),
                None => format!("'{name}' has ended already ({status})"),
            };
            Err(Told::usage(told)
                .exit(Exit::Conflict)
                .hint(format!("to ask again: gennaker restart {execution} {}", quoted(name))))
        }
    }
}

/// The answer must be one of those asked for, where some are.
fn check_input(stage: &StageExecution, input: &str) -> Result<(), Told> {
    let listed = stage.context.get("judgmentInputs").and_then(Value::as_array);
    let answer = |item: &Value| item.get("value").unwrap_or(item).as_str().map(str::to_owned);
    let answers: Vec<String> = listed.into_iter().flatten().filter_map(answer).collect();
    if answers.is_empty() || answers.iter().any(|answer| answer == input) {
        return Ok(());
    }
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let told = Told::usage(format!("'{input}' is no answer to '{}'", stage.name));
    Err(match nearest(input, answers.iter().copied()) {
        Some(meant) => told.hint(format!("did you mean --input {}?", quoted(meant))),
        None => told.hint(format!("choose {}", one_of(answers))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judgment(status: Status, context: Value) -> StageExecution {
        let context = context.as_object().unwrap().clone();
        let (name, kind) = ("Ship it?".to_owned(), "manualJudgment".to_owned());
        StageExecution { name, kind, status, context, ..StageExecution::default() }
    }

    #[test]
    fn only_a_waiting_judgment_can_be_answered() {
        let error = |status, context| check_open(&judgment(status, context), "E").unwrap_err().to_string();
        assert!(check_open(&judgment(Status::Running, json!({})), "E").is_ok());
        assert_eq!(error(Status::NotStarted, json!({})), "'Ship it?' has not begun; it is judged when it waits");
        assert_eq!(
            error(Status::Succeeded, json!({"judgmentStatus": "continue", "lastModifiedBy": "ann"})),
            "'Ship it?' was judged 'continue' by ann already (SUCCEEDED)"
        );
        let wait = StageExecution { kind: "wait".into(), ..judgment(Status::Running, json!({})) };
        assert!(check_open(&wait, "E").unwrap_err().to_string().contains("is a wait stage"));
    }

    #[test]
    fn an_answer_is_one_of_those_asked_for() {
        let stage = judgment(Status::Running, json!({"judgmentInputs": [{"value": "slowly"}, {"value": "at once"}]}));
        assert!(check_input(&stage, "slowly").is_ok());
        assert_eq!(check_input(&stage, "slowyl").unwrap_err().hints, ["did you mean --input slowly?"]);
        assert_eq!(check_input(&stage, "never").unwrap_err().hints, ["choose 'slowly' or 'at once'"]);
        assert!(check_input(&judgment(Status::Running, json!({})), "anything").is_ok());
    }
}
