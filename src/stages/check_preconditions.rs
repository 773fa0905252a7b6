//! Checks that the world is as it should be before going on.
//!
//! Each precondition becomes a stage of its own; all are checked at the same time. Their types:
//!
//! - `expression`: `expression`, written without `${}`, is true; `failureMessage` is shown when it is not.
//! - `stageStatus`: the stage named `stageName` ended with `stageStatus`.
//! - `clusterSize`: the number of server groups of `cluster` in each of `regions` is `comparison` (`<`, `<=`, `==`,
//!   `>=`, `>`) `expected`; with `onlyEnabledServerGroups` disabled ones do not count.
//! - `noop`: always holds.
//!
//! A precondition with `failPipeline: false` only ends its branch.
//!
//! ```yaml
//! - name: Ready to ship
//!   type: checkPreconditions
//!   preconditions:
//!     - type: expression
//!       context:
//!         expression: trigger.user == 'ann' || parameters.force == 'true'
//!         failureMessage: only ann may do this without force
//!     - type: stageStatus
//!       failPipeline: false
//!       context: {stageName: Smoke test, stageStatus: SUCCEEDED}
//!     - type: clusterSize
//!       context: {cluster: hello-prod, credentials: local, regions: [local], comparison: <=, expected: 3}
//! ```

use async_trait::async_trait;
use serde_json::Value;

use super::{Services, Stage, Task, expressions, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, Status, optional, parse_name, required};
use crate::providers::{Error, ServerGroupQuery};

/// The `checkPreconditions` stage, and each of its preconditions (those have a `preconditionType`).
pub(super) struct CheckPreconditions;

const KIND: &str = "checkPreconditions";
const TYPES: &[&str] = &["clusterSize", "expression", "noop", "stageStatus"];
/// What a precondition takes from its stage when it does not say.
const INHERITED: &[&str] = &["cluster", "regions", "credentials", "zones"];

const CHECK: &[Field] = &[
    optional("expression", Shape::Text, "expression: what must be true, without ${}; default false"),
    optional("failureMessage", Shape::Text, "expression: shown when it is not true"),
    optional("stageName", Shape::Text, "stageStatus: name of the stage"),
    optional("stageStatus", Shape::Text, "stageStatus: the status it must have ended with"),
    optional("cluster", Shape::Text, "clusterSize: name of the cluster; the stage's when absent"),
    optional(
        "moniker",
        Shape::Map,
        "clusterSize: application, stack and detail, where the cluster's name does not tell",
    ),
    optional("credentials", Shape::Text, "clusterSize: account; the stage's when absent"),
    optional(
        "regions",
        Shape::List(&Shape::Text),
        "clusterSize: where to count, each by itself; the stage's when absent",
    ),
    optional("zones", Shape::List(&Shape::Text), "clusterSize: kept for Spinnaker's documents"),
    optional("comparison", Shape::OneOf(&["<", "<=", "==", ">=", ">"]), "clusterSize: how to compare; default =="),
    optional("expected", Shape::Integer, "clusterSize: number of server groups; default 1"),
    optional("onlyEnabledServerGroups", Shape::Boolean, "clusterSize: leave disabled ones out; default false"),
];

const PRECONDITION: &[Field] = &[
    required("type", Shape::OneOf(TYPES), "what is checked"),
    optional("context", Shape::Object(CHECK), "what the check needs"),
    optional("failPipeline", Shape::Boolean, "whether a failure ends the pipeline; default true"),
    optional("cloudProvider", Shape::Text, "clusterSize: kept for Spinnaker's documents, the account knows it"),
    optional("name", Shape::Text, "kept for people"),
];

const FIELDS: &[Field] = &[
    required("preconditions", Shape::List(&Shape::Object(PRECONDITION)), "what must hold, all checked at once"),
    optional("cluster", Shape::Text, "cluster of the preconditions that name none"),
    optional("credentials", Shape::Text, "account of the preconditions that name none"),
    optional("regions", Shape::List(&Shape::Text), "regions of the preconditions that name none"),
    optional("zones", Shape::List(&Shape::Text), "zones of the preconditions that name none"),
];

#[async_trait]
impl Stage for CheckPreconditions {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn source(&self) -> &'static str {
        include_str!("check_preconditions.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ClusterSize, &Expression, &NoopCheck, &StageStatus]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        match reading::text(call.context, "preconditionType") {
            Some(kind) => task_of(&kind).map(|task| Plan::of_tasks([task])),
            None => preconditions(call.context).map(Plan::of_stages),
        }
    }
}

fn task_of(kind: &str) -> Result<&'static str, Failure> {
    match kind {
        "clusterSize" => Ok(ClusterSize.name()),
        "expression" => Ok(Expression.name()),
        "noop" => Ok(NoopCheck.name()),
        "stageStatus" => Ok(StageStatus.name()),
        other => Err(Failure::user(format!("there is no precondition of type '{other}'"))
            .detail(format!("types: {}", TYPES.join(", ")))),
    }
}

/// One stage for each precondition, none waiting for another.
fn preconditions(context: &Map) -> Result<Vec<NewStage>, Failure> {
    let mut stages = Vec::new();
    for (position, item) in reading::list(context, "preconditions").iter().enumerate() {
        let item = item.as_object().ok_or_else(|| Failure::user(format!("preconditions[{position}] is no object")))?;
        let kind = reading::filled(item, "type")
            .ok_or_else(|| Failure::user(format!("preconditions[{position}] has no 'type'")))?;
        task_of(&kind)?;
        let mut child = context.clone();
        child.remove("preconditions");
        child.extend(
            item.iter()
                .filter(|(key, _)| *key != "type" && *key != "name")
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        let mut check = reading::object(item, "context").cloned().unwrap_or_default();
        for key in INHERITED {
            if check.get(*key).is_none_or(Value::is_null)
                && let Some(value) = context.get(*key)
            {
                check.insert((*key).to_owned(), value.clone());
            }
        }
        child.insert("context".to_owned(), Value::Object(check));
        child.insert("preconditionType".to_owned(), kind.clone().into());
        stages.push(NewStage::new(KIND, format!("Check precondition ({kind})"), child));
    }
    Ok(stages)
}

fn check_of(call: &Call<'_>) -> Map {
    reading::object(call.context, "context").cloned().unwrap_or_default()
}

struct Expression;

#[async_trait]
impl Task for Expression {
    fn name(&self) -> &'static str {
        "checkExpression"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let mut check = check_of(call);
        let expression = reading::filled(&check, "expression").unwrap_or_else(|| "false".to_owned());
        let scope = expressions::scope(call, services, call.context);
        let evaluated = expressions::evaluate(&scope, "expression", &Value::String(format!("${{{expression}}}")));
        let result = match &evaluated.value {
            Value::String(text) => {
                text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(text).to_owned()
            }
            other => other.to_string(),
        };
        let holds = result.eq_ignore_ascii_case("true");
        let message = reading::filled(&check, "failureMessage");
        check.insert("expressionResult".to_owned(), result.clone().into());
        let outcome = if holds {
            TaskResult::succeeded()
        } else {
            let kept = result == expression && !evaluated.problems().is_empty();
            let found = if kept { "could not be evaluated".to_owned() } else { format!("is {result}") };
            let plain = format!("precondition '{expression}' {found}");
            let failure = match message {
                Some(message) => Failure::user(message).detail(plain),
                None => Failure::user(plain),
            };
            TaskResult::terminal(evaluated.problems().into_iter().fold(failure, Failure::detail))
        };
        evaluated.record(call, outcome.with_context("context", check))
    }
}

struct StageStatus;

#[async_trait]
impl Task for StageStatus {
    fn name(&self) -> &'static str {
        "checkStageStatus"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        let check = check_of(call);
        let Some((name, wanted)) = reading::filled(&check, "stageName").zip(reading::filled(&check, "stageStatus"))
        else {
            return TaskResult::terminal(Failure::user("precondition stageStatus needs stageName and stageStatus"));
        };
        let Ok(status) = wanted.parse::<Status>() else {
            return TaskResult::terminal(Failure::user(format!("'{wanted}' is no status of a stage")));
        };
        match call.execution.stages.iter().find(|stage| stage.name == name) {
            None => TaskResult::terminal(Failure::user(format!("there is no stage named '{name}'"))),
            Some(stage) if stage.status == status => TaskResult::succeeded(),
            Some(stage) => {
                TaskResult::terminal(Failure::new(format!("stage '{name}' is {}, not {status}", stage.status)))
            }
        }
    }
}

struct NoopCheck;

#[async_trait]
impl Task for NoopCheck {
    fn name(&self) -> &'static str {
        "checkNothing"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, _call: &Call<'_>, _services: &Services) -> TaskResult {
        TaskResult::succeeded()
    }
}

struct ClusterSize;

#[async_trait]
impl Task for ClusterSize {
    fn name(&self) -> &'static str {
        "checkClusterSize"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        check_cluster_size(&check_of(call), services).await.into()
    }
}

async fn check_cluster_size(check: &Map, services: &Services) -> Result<TaskResult, Failure> {
    let cluster =
        reading::filled(check, "cluster").ok_or_else(|| Failure::user("precondition clusterSize names no cluster"))?;
    let account = reading::filled(check, "credentials")
        .or_else(|| reading::filled(check, "account"))
        .ok_or_else(|| Failure::user("precondition clusterSize names no account").detail("give 'credentials:'"))?;
    let comparison = reading::filled(check, "comparison").unwrap_or_else(|| "==".to_owned());
    let expected = reading::integer(check, "expected").unwrap_or(1);
    let enabled_only = reading::flag(check, "onlyEnabledServerGroups");

    let provider = services.accounts.open(&account)?;
    let server_groups = provider.server_groups().ok_or_else(|| Error::unsupported(provider.name(), "server groups"))?;
    let application = reading::object(check, "moniker").and_then(|moniker| reading::filled(moniker, "app"));
    let application = application.or_else(|| parse_name(&cluster).app);
    let query = ServerGroupQuery { application, cluster: Some(cluster.clone()), location: None };
    let found = server_groups.list(&query).await?;
    let mut regions: Vec<String> =
        reading::list(check, "regions").iter().filter_map(|region| region.as_str().map(str::to_owned)).collect();
    if regions.is_empty() {
        regions = provider.default_locations();
    }
    let mut wrong = Vec::new();
    for region in regions {
        let names: Vec<&str> = found
            .iter()
            .filter(|group| group.region == region && !(enabled_only && group.disabled))
            .map(|group| group.name.as_str())
            .collect();
        let actual = i64::try_from(names.len()).unwrap_or(i64::MAX);
        if !holds(actual, &comparison, expected)? {
            let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            wrong.push(format!("expected {comparison} {expected} server groups in {region} but found {actual}{names}"));
        }
    }
    match wrong.as_slice() {
        [] => Ok(TaskResult::succeeded()),
        lines => Err(lines
            .iter()
            .fold(Failure::new(format!("cluster '{cluster}' has not the size asked for")), |failure, line| {
                failure.detail(line.clone())
            })),
    }
}

fn holds(actual: i64, comparison: &str, expected: i64) -> Result<bool, Failure> {
    Ok(match comparison {
        "<" => actual < expected,
        "<=" => actual <= expected,
        "==" => actual == expected,
        ">=" => actual >= expected,
        ">" => actual > expected,
        other => return Err(Failure::user(format!("'{other}' is no comparison")).detail("one of: < <= == >= >")),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::StageExecution;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn each_precondition_is_a_stage_of_its_own() {
        let driver = Driver::new(
            KIND,
            json!({"cluster": "hello-prod", "credentials": "local", "preconditions": [
                {"type": "clusterSize", "context": {"cluster": "hello-test", "expected": 2}},
                {"type": "noop", "failPipeline": false},
            ]}),
        );
        let plan = driver.plan().await.unwrap();
        assert!(plan.tasks.is_empty());
        let names: Vec<_> = plan.before.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["Check precondition (clusterSize)", "Check precondition (noop)"]);
        assert!(plan.before.iter().all(|stage| stage.kind == KIND && stage.after.is_empty()));
        assert_eq!(
            Value::Object(plan.before[0].context.clone()),
            json!({"cluster": "hello-prod", "credentials": "local", "preconditionType": "clusterSize",
                   "context": {"cluster": "hello-test", "expected": 2, "credentials": "local"}})
        );
        assert_eq!(plan.before[1].context["failPipeline"], json!(false));

        let child = Driver::new(KIND, Value::Object(plan.before[1].context.clone())).synthetic();
        assert_eq!(child.plan().await.unwrap().tasks, ["checkNothing"]);
        assert_eq!(child.run("checkNothing").await.status, Status::Succeeded);
    }

    #[tokio::test]
    async fn unknown_types_are_named() {
        let driver = Driver::new(KIND, json!({"preconditions": [{"type": "moonPhase"}]}));
        assert!(driver.plan().await.unwrap_err().message.contains("moonPhase"));
    }

    #[tokio::test]
    async fn a_stage_must_have_the_status_exactly() {
        for (status, wanted, result) in [
            (Status::Succeeded, "SUCCEEDED", Status::Succeeded),
            (Status::FailedContinue, "SUCCEEDED", Status::Terminal),
            (Status::FailedContinue, "FAILED_CONTINUE", Status::Succeeded),
            (Status::Succeeded, "FINE", Status::Terminal),
        ] {
            let mut driver = Driver::new(KIND, json!({"context": {"stageName": "bake", "stageStatus": wanted}}));
            let bake = StageExecution { name: "bake".to_owned(), status, ..StageExecution::default() };
            driver.execution.stages.push(Arc::new(bake));
            assert_eq!(driver.run("checkStageStatus").await.status, result, "{status} {wanted}");
        }
        let missing = Driver::new(KIND, json!({"context": {"stageName": "bake", "stageStatus": "SUCCEEDED"}}));
        assert_eq!(missing.run("checkStageStatus").await.status, Status::Terminal);
    }

    #[tokio::test]
    async fn an_expression_must_be_true() {
        for (expression, status, result) in [
            ("trigger.user == 'ann'", Status::Succeeded, "true"),
            ("1 > 2", Status::Terminal, "false"),
            ("'TRUE'", Status::Succeeded, "TRUE"),
            ("true", Status::Succeeded, "true"),
            ("no.such.thing()", Status::Terminal, "no.such.thing()"),
        ] {
            let check = json!({"context": {"expression": expression, "failureMessage": "only ann"}});
            let seen = Driver::new(KIND, check).run("checkExpression").await;
            assert_eq!(
                (seen.status, &seen.context["context"]["expressionResult"]),
                (status, &json!(result)),
                "{expression}"
            );
            if status == Status::Terminal {
                assert_eq!(seen.failure.as_ref().unwrap().message, "only ann");
            }
            assert_eq!(seen.context.contains_key("expressionEvaluationSummary"), expression.starts_with("no."));
        }
        let none = Driver::new(KIND, json!({"context": {}})).run("checkExpression").await;
        assert_eq!(none.failure.unwrap().message, "precondition 'false' is false");
    }

    #[test]
    fn comparisons_are_the_five_of_spinnaker() {
        for (comparison, result) in [
            ("<", [true, false, false]),
            ("<=", [true, true, false]),
            ("==", [false, true, false]),
            (">=", [false, true, true]),
            (">", [false, false, true]),
        ] {
            assert_eq!([1, 2, 3].map(|actual| holds(actual, comparison, 2).unwrap()), result, "{comparison}");
        }
        assert!(holds(1, "!=", 2).is_err());
    }
}
