//! What the CloudFormation stages have in common: reading their stack and its template, waiting with its events in
//! sight, and telling why it failed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::object;
use super::secrets::Secrets;
use super::{Services, cloud, operation, reading};
use crate::artifacts;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional, required};
use crate::providers::{Accepted, ChangeSet, Stack, StackPhase, StackWish, Stacks, Template};

/// Context key: id of the stack that the stage works on.
pub(super) const STACK_ID: &str = "stackId";
/// Context key: the token of the operation that is waited for.
pub(super) const TOKEN: &str = "cloudFormationToken";
/// Where the region of an `s3://` template is not known, this host finds it.
const S3: &str = "https://s3.amazonaws.com/";
/// How deep stacks within stacks are looked into for the reason of a failure.
const NESTING: usize = 3;
/// Failures of one stack that are told.
const TOLD: usize = 5;

pub(super) const STACK_NAME: Field = required("stackName", Shape::Text, "its name");
pub(super) const REGIONS: Field =
    optional("regions", Shape::List(&Shape::Text), "its region; only the first counts, as in Spinnaker");
pub(super) const CHANGE_SET_NAME: Field =
    optional("changeSetName", Shape::Text, "name of the change set; ChangeSet-<execution> when left out");

/// A stage's stack: where it is, and what asks for it.
pub(super) struct Target {
    pub(super) cloud: Cloud,
    pub(super) location: String,
    pub(super) name: String,
}

impl Target {
    pub(super) fn of(call: &Call<'_>, services: &Services) -> Result<Self, Failure> {
        let cloud = Cloud::of(call.context, services)?;
        let name = reading::filled(call.context, "stackName")
            .ok_or_else(|| Failure::user("the stage names no stack").detail("add stackName: <name>"))?;
        let mut locations = cloud.cluster_locations(call.context);
        if locations.len() > 1 {
            call.progress(format!("only the first of the regions {} counts", locations.join(", ")));
        }
        let location = if locations.is_empty() { String::new() } else { locations.swap_remove(0) };
        let target = Self { cloud, location, name };
        target.stacks()?;
        Ok(target)
    }

    pub(super) fn stacks(&self) -> Result<&dyn Stacks, Failure> {
        self.cloud.provider.stacks().ok_or_else(|| self.cloud.lacks("stacks"))
    }

    /// `prod/us-east-1/shop`
    pub(super) fn path(&self) -> String {
        format!("{}/{}/{}", self.cloud.account, self.location, self.name)
    }

    /// The stack that the stage began to work on: by its id, so that no later one of its name is taken for it.
    pub(super) fn stack_id(&self, call: &Call<'_>) -> String {
        reading::filled(call.context, STACK_ID).unwrap_or_else(|| self.name.clone())
    }

    /// The operation is accepted, or what it waits for.
    pub(super) fn accepted(&self, call: &Call<'_>, verb: &str, accepted: Accepted) -> TaskResult {
        let id = match accepted {
            Accepted::Busy(status) => {
                call.progress(format!("stack {} is busy: {status}", self.name));
                return self.cloud.look_again();
            }
            Accepted::Begun(id) | Accepted::Unchanged(id) => id,
        };
        let results = vec![json!({STACK_ID: id})];
        let mut result = operation::accepted_with(call, verb, &self.cloud, &[], results).with_context(STACK_ID, id);
        result.context.shift_remove("deploy.server.groups");
        result
    }
}

/// Names what a stage asks of a cloud: the same stage asks the same again after a crash, and something new after a
/// restart.
pub(super) fn token(call: &Call<'_>, step: &str) -> String {
    let begun = call.stage.start_time.unwrap_or_default();
    format!("gennaker-{}-{}-{begun}-{step}", call.execution.id, call.stage.id)
}

/// The change set's name.
pub(super) fn change_set_name(call: &Call<'_>) -> String {
    reading::filled(call.context, "changeSetName").unwrap_or_else(|| format!("ChangeSet-{}", call.execution.id))
}

/// What the stage wants its stack to be.
pub(super) async fn wish(call: &Call<'_>, services: &Services, target: &Target) -> Result<StackWish, Failure> {
    Ok(StackWish {
        location: target.location.clone(),
        name: target.name.clone(),
        template: template(call, services).await?,
        parameters: values(call, services, "parameters")?,
        tags: values(call, services, "tags")?,
        capabilities: cloud::texts(call.context, "capabilities"),
        role: reading::filled(call.context, "roleARN"),
        notifications: cloud::texts(call.context, "notificationARNs"),
        token: token(call, "deploy"),
    })
}

/// Texts by key; `{fromEnv: NAME}` and `{fromFile: path}` stand for what must not be recorded.
fn values(call: &Call<'_>, services: &Services, key: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut secrets = Secrets::default();
    let mut found = BTreeMap::new();
    for (name, value) in reading::object(call.context, key).into_iter().flatten() {
        let what = format!("'{key}.{name}'");
        let text = match value {
            Value::Null => continue,
            // A list of values is written with commas.
            Value::Array(items) => {
                let texts = items.iter().map(|item| secrets.resolve(item, &what, &services.root));
                texts.collect::<Result<Vec<_>, _>>()?.join(",")
            }
            value => secrets.resolve(value, &what, &services.root)?,
        };
        found.insert(name.clone(), text);
    }
    Ok(found)
}

async fn template(call: &Call<'_>, services: &Services) -> Result<Template, Failure> {
    let is_artifact =
        reading::filled(call.context, "source").is_some_and(|source| source.eq_ignore_ascii_case("artifact"));
    if !is_artifact {
        return written(call.context).map(Template::Body);
    }
    let found = artifacts::consumed(call.execution, call.stage, call.context, ("stackArtifactId", "stackArtifact"))?;
    let mut artifact = found.ok_or_else(|| {
        Failure::user("the stage takes its template from an artifact, but names none")
            .detail("add stackArtifactId or stackArtifact, or write source: text")
    })?;
    if let Some(path) = artifact.reference.as_deref().and_then(|reference| reference.strip_prefix("s3://")) {
        return Ok(Template::Url(format!("{S3}{path}")));
    }
    if let Some(account) = reading::filled(call.context, "stackArtifactAccount") {
        artifact.artifact_account.get_or_insert(account);
    }
    let bytes = services.artifacts.fetch(&artifact).await?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::user(format!("{artifact} is no text in UTF-8")))?;
    Ok(Template::Body(text))
}

/// The template in the stage: text as it is, anything else as JSON, which CloudFormation reads as well.
fn written(context: &Map) -> Result<String, Failure> {
    let body = match context.get("templateBody") {
        // Deck keeps a YAML text as the list of its documents.
        Some(Value::Array(documents)) => match documents.as_slice() {
            [one] => one,
            many => {
                let failure = format!("'templateBody' has {} documents, and a stack is made from one", many.len());
                return Err(Failure::user(failure));
            }
        },
        Some(body) => body,
        None => &Value::Null,
    };
    match body {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Object(template) if !template.is_empty() => Ok(body.to_string()),
        _ => Err(Failure::user("the stage has no template")
            .detail("write it under templateBody, or add source: artifact with stackArtifactId or stackArtifact")),
    }
}

/// The stack as expressions read it in the stage's outputs.
pub(super) fn outputs(target: &Target, stack: &Stack, set: Option<&ChangeSet>) -> Map {
    let mut shown = object(json!({
        "type": target.cloud.provider_name,
        "stackId": stack.id,
        "tags": stack.tags,
        "outputs": stack.outputs,
        "stackName": stack.name,
        "region": stack.location,
        "stackStatus": stack.status,
        "accountName": target.cloud.account,
        "accountId": stack.id.split(':').nth(4).unwrap_or_default(),
        "creationTime": stack.created,
    }));
    if let Some(reason) = &stack.reason {
        shown.insert("stackStatusReason".into(), json!(reason));
    }
    if let Some(set) = set {
        let change = |change: &crate::providers::StackChange| {
            json!({"type": "Resource", "resourceChange": {
                "action": change.action, "logicalResourceId": change.resource, "resourceType": change.kind,
                "replacement": change.replacement,
            }})
        };
        let changes: Vec<Value> = set.changes.iter().map(change).collect();
        let set = json!({"name": set.name, "status": set.status, "statusReason": set.reason, "changes": changes});
        shown.insert("changeSets".into(), json!([set]));
    }
    shown
}

/// One look at a stack that is worked on: its outputs when it is done, why when it failed.
pub(super) async fn settled(call: &Call<'_>, target: &Target, is_deletion: bool) -> Result<TaskResult, Failure> {
    let id = target.stack_id(call);
    let Some(stack) = target.stacks()?.get(&target.location, &id).await? else {
        return match is_deletion {
            true => Ok(TaskResult::succeeded()),
            false => Err(Failure::new(format!("stack {} is gone", target.name))
                .detail("somebody deleted it while the stage waited")),
        };
    };
    let token = reading::filled(call.context, TOKEN);
    match stack.phase {
        StackPhase::Busy | StackPhase::Reviewed => {
            let newest = newest_event(target, &stack).await;
            call.progress(format!("stack {} {}{newest}", stack.name, stack.status));
            Ok(target.cloud.look_again())
        }
        StackPhase::Done => Ok(TaskResult { outputs: outputs(target, &stack, None), ..TaskResult::succeeded() }),
        StackPhase::Failed => Err(why(target, &stack, token.as_deref()).await),
    }
}

/// The newest thing that happened to a resource, for people; nothing when it cannot be asked.
async fn newest_event(target: &Target, stack: &Stack) -> String {
    let Ok(stacks) = target.stacks() else { return String::new() };
    let events = stacks.events(&stack.location, &stack.id, None).await.unwrap_or_default();
    events.last().map(|event| format!(": {}", event.told())).unwrap_or_default()
}

/// Why a stack failed: in the words of the resource that failed first, however deep it lies.
pub(super) async fn why(target: &Target, stack: &Stack, token: Option<&str>) -> Failure {
    let mut causes = Vec::new();
    let mut open = vec![(stack.id.clone(), String::new(), 0)];
    while let Some((id, path, depth)) = open.pop() {
        let Ok(stacks) = target.stacks() else { break };
        // A stack within a stack has tokens of its own.
        let token = if depth == 0 { token } else { None };
        for event in stacks.events(&stack.location, &id, token).await.unwrap_or_default() {
            if !event.is_failure() || event.resource == stack.name {
                continue;
            }
            let nested = event.reason.as_deref().and_then(nested_stack).filter(|_| depth < NESTING);
            match nested {
                Some(inner) => open.push((inner, format!("{path}{} > ", event.resource), depth + 1)),
                None => causes.push(format!("{path}{}", event.told())),
            }
        }
    }
    let reason = stack.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut failure = match causes.first() {
        Some(first) => Failure::new(format!("stack {}: {first}", stack.name)),
        None => Failure::new(format!("stack {} is {}{reason}", stack.name, stack.status)),
    };
    for cause in causes.iter().skip(1).take(TOLD) {
        failure = failure.detail(cause.clone());
    }
    let left = match stack.is_ruined {
        true => "it can only be deleted, with 'deleteCloudFormation', before it is deployed again",
        false => "what it was before is restored",
    };
    failure.detail(format!("the stack is {}; {left}", stack.status))
}

/// The id of the stack within a stack that an event blames: `Embedded stack arn:… was not successfully created: …`.
fn nested_stack(reason: &str) -> Option<String> {
    let id = reason.strip_prefix("Embedded stack ")?.split_whitespace().next()?;
    id.starts_with("arn:").then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_template_may_be_text_an_object_or_a_list_of_one() {
        let text = |body: Value| written(&map(json!({"templateBody": body}))).map_err(|failure| failure.message);
        assert_eq!(text(json!("Resources: {}")).unwrap(), "Resources: {}");
        assert_eq!(text(json!({"Resources": {}})).unwrap(), "{\"Resources\":{}}");
        assert_eq!(text(json!([{"Resources": {}}])).unwrap(), "{\"Resources\":{}}");
        assert_eq!(text(json!([{}, {}])).unwrap_err(), "'templateBody' has 2 documents, and a stack is made from one");
        assert_eq!(text(json!(" ")).unwrap_err(), "the stage has no template");
        assert_eq!(text(json!({})).unwrap_err(), "the stage has no template");
    }

    #[test]
    fn a_nested_stack_is_found_in_words() {
        let words =
            "Embedded stack arn:aws:cloudformation:us-east-1:1:stack/a/b was not successfully created: The following";
        assert_eq!(nested_stack(words).as_deref(), Some("arn:aws:cloudformation:us-east-1:1:stack/a/b"));
        assert_eq!(nested_stack("name taken"), None);
    }
}
