//! CloudFormation: stacks and change sets, each made or changed once for a wish.
//!
//! A wish's token is CloudFormation's client request token: it marks the events of the operation it began, which is how
//! a wish that was cut short is recognized as begun.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Aws;
use super::client::Service;
use super::error::{Fault, PROVIDER, during, invalid};
use super::params::Params;
use super::xml::{Answer, Node};
use crate::providers::{
    Accepted, ChangeSet, Error, ErrorKind, Stack, StackChange, StackEvent, StackPhase, StackWish, Stacks, Template,
};

/// The largest template that goes into a call.
const BODY_LIMIT: usize = 51_200;
/// Events that are looked through for those of one operation: pages of a hundred.
const EVENT_PAGES: usize = 20;

impl Aws {
    pub(super) async fn cloud_formation(&self, region: &str, action: &str, params: &Params) -> Result<Node, Fault> {
        self.calls.query(Service::CloudFormation, region, action, params).await
    }

    async fn stack(&self, region: &str, name: &str) -> Result<Option<Node>, Error> {
        let params = Params::query().with("StackName", name);
        match self.cloud_formation(region, "DescribeStacks", &params).await {
            Ok(answer) => Ok(answer.items("Stacks").next().cloned()),
            Err(fault) if is_unknown(&fault) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Events of a stack, newest first, until `is_last` says so of one.
    async fn stack_events(
        &self,
        region: &str,
        id: &str,
        is_last: impl Fn(&[Node]) -> bool,
    ) -> Result<Vec<Node>, Error> {
        let mut found = Vec::new();
        let mut params = Params::query().with("StackName", id);
        for _ in 0..EVENT_PAGES {
            let answer = self.cloud_formation(region, "DescribeStackEvents", &params).await?;
            found.extend(answer.items("StackEvents").cloned());
            match answer.text("NextToken") {
                Some(next) if !is_last(&found) => {
                    params = Params::query().with("StackName", id).with("NextToken", next);
                }
                _ => break,
            }
        }
        Ok(found)
    }

    /// Whether a wish's operation has begun on a stack.
    async fn has_begun(&self, region: &str, id: &str, token: &str) -> Result<bool, Error> {
        let events = self.stack_events(region, id, |_| true).await?;
        Ok(events.iter().any(|event| event.text("ClientRequestToken") == Some(token)))
    }

    async fn begin(&self, wish: &StackWish) -> Result<Accepted, Error> {
        let region = self.account.region(&wish.location)?;
        let params = write(wish)?.with("ClientRequestToken", &wish.token);
        let existing = self.stack(&region, &wish.name).await?.map(|node| stack_of(&node, &region));
        let Some(stack) = existing else {
            let made = self.cloud_formation(&region, "CreateStack", &params).await;
            return match made {
                Ok(answer) => Ok(Accepted::Begun(answer.string("StackId"))),
                // Somebody made it at this moment: look again.
                Err(fault) if fault.code == "AlreadyExistsException" => Ok(Accepted::Busy("somebody made it".into())),
                Err(fault) => Err(explained(fault, wish)),
            };
        };
        if self.has_begun(&region, &stack.id, &wish.token).await? {
            return Ok(Accepted::Begun(stack.id));
        }
        if stack.phase == StackPhase::Busy {
            return Ok(Accepted::Busy(stack.status));
        }
        refuse_ruined(&stack)?;
        match self.cloud_formation(&region, "UpdateStack", &params).await {
            Ok(_) => Ok(Accepted::Begun(stack.id)),
            Err(fault) if fault.error.message.contains("No updates are to be performed") => {
                Ok(Accepted::Unchanged(stack.id))
            }
            Err(fault) if fault.code == "TokenAlreadyExistsException" => Ok(Accepted::Begun(stack.id)),
            Err(fault) if fault.error.message.contains("_IN_PROGRESS state") => Ok(Accepted::Busy(stack.status)),
            Err(fault) => Err(explained(fault, wish)),
        }
    }

    async fn begin_proposal(&self, wish: &StackWish, name: &str) -> Result<Accepted, Error> {
        let region = self.account.region(&wish.location)?;
        let existing = self.stack(&region, &wish.name).await?.map(|node| stack_of(&node, &region));
        if existing.is_some()
            && let Some(there) = self.described_change_set(&region, &wish.name, name).await?
        {
            return match there.token.as_deref() == Some(wish.token.as_str()) {
                true => Ok(Accepted::Begun(there.stack_id)),
                false => Err(Error::new(
                    PROVIDER,
                    "create change set",
                    ErrorKind::AlreadyExists,
                    format!(
                        "stack {} has a change set '{name}' already, made by somebody else; choose another \
                         'changeSetName', or delete it with 'deleteCloudFormationChangeSet'",
                        wish.name
                    ),
                )),
            };
        }
        let kind = match existing.as_ref().map(|stack| stack.phase) {
            None | Some(StackPhase::Reviewed) => "CREATE",
            Some(StackPhase::Busy) => return Ok(Accepted::Busy(existing.map(|it| it.status).unwrap_or_default())),
            Some(StackPhase::Done | StackPhase::Failed) => "UPDATE",
        };
        existing.as_ref().map_or(Ok(()), refuse_ruined)?;
        let params = write(wish)?
            .with("ChangeSetName", name)
            .with("ChangeSetType", kind)
            .with("ClientToken", &wish.token)
            .with("Description", description(&wish.token));
        match self.cloud_formation(&region, "CreateChangeSet", &params).await {
            Ok(answer) => Ok(Accepted::Begun(answer.string("StackId"))),
            Err(fault) => Err(explained(fault, wish)),
        }
    }

    async fn described_change_set(&self, region: &str, stack: &str, name: &str) -> Result<Option<ChangeSet>, Error> {
        let mut params = Params::query().with("StackName", stack).with("ChangeSetName", name);
        let mut set: Option<ChangeSet> = None;
        loop {
            let answer = match self.cloud_formation(region, "DescribeChangeSet", &params).await {
                Ok(answer) => answer,
                Err(fault) if fault.code.starts_with("ChangeSetNotFound") || is_unknown(&fault) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            };
            let changes = answer.items("Changes").map(change_of);
            match &mut set {
                Some(set) => set.changes.extend(changes),
                None => set = Some(ChangeSet { changes: changes.collect(), ..change_set_of(&answer) }),
            }
            match answer.text("NextToken") {
                Some(next) => {
                    params = Params::query().with("StackName", stack).with("ChangeSetName", name);
                    params.set("NextToken", next);
                }
                None => return Ok(set),
            }
        }
    }
}

#[async_trait]
impl Stacks for Aws {
    async fn get(&self, location: &str, name: &str) -> Result<Option<Stack>, Error> {
        let region = self.account.region(location)?;
        let found = self.stack(&region, name).await.map_err(during("read stack"))?;
        let stack = found.map(|node| stack_of(&node, &region));
        // A name stands for a stack that is there; what was is only found by its id.
        Ok(stack.filter(|stack| name.starts_with("arn:") || stack.status != "DELETE_COMPLETE"))
    }

    async fn foresee(&self, wish: &StackWish) -> Result<Vec<String>, Error> {
        self.foresee_stack(wish).await.map_err(during("plan stack"))
    }

    async fn deploy(&self, wish: &StackWish) -> Result<Accepted, Error> {
        self.begin(wish).await.map_err(during("deploy stack"))
    }

    async fn events(&self, location: &str, id: &str, token: Option<&str>) -> Result<Vec<StackEvent>, Error> {
        let region = self.account.region(location)?;
        let is_ours = |event: &Node| token.is_none() || event.text("ClientRequestToken") == token;
        // The operation's own events end where another's begin.
        let is_last = |found: &[Node]| token.is_none() || found.last().is_some_and(|event| !is_ours(event));
        let found = self.stack_events(&region, id, is_last).await.map_err(during("read stack events"))?;
        Ok(found.iter().filter(|event| is_ours(event)).rev().map(event_of).collect())
    }

    async fn delete(&self, location: &str, name: &str, role: Option<&str>, token: &str) -> Result<Accepted, Error> {
        let region = self.account.region(location)?;
        let Some(stack) = Stacks::get(self, location, name).await? else {
            return Ok(Accepted::Unchanged(String::new()));
        };
        let is_begun = stack.status == "DELETE_IN_PROGRESS" || self.has_begun(&region, &stack.id, token).await?;
        if is_begun {
            return Ok(Accepted::Begun(stack.id));
        }
        // By its id: should somebody make another one of its name meanwhile, that one stays.
        let mut params = Params::query().with("StackName", &stack.id).with("ClientRequestToken", token);
        params.set_some("RoleARN", role);
        match self.cloud_formation(&region, "DeleteStack", &params).await {
            Ok(_) => Ok(Accepted::Begun(stack.id)),
            Err(fault) if fault.code == "TokenAlreadyExistsException" => Ok(Accepted::Begun(stack.id)),
            Err(fault) => Err(during("delete stack")(fault.into())),
        }
    }

    async fn propose(&self, wish: &StackWish, name: &str) -> Result<Accepted, Error> {
        self.begin_proposal(wish, name).await.map_err(during("create change set"))
    }

    async fn change_set(&self, location: &str, stack: &str, name: &str) -> Result<Option<ChangeSet>, Error> {
        let region = self.account.region(location)?;
        self.described_change_set(&region, stack, name).await.map_err(during("read change set"))
    }

    async fn execute(&self, location: &str, stack: &str, name: &str, token: &str) -> Result<Accepted, Error> {
        let region = self.account.region(location)?;
        let set = self.described_change_set(&region, stack, name).await.map_err(during("execute change set"))?;
        // A change set that was carried out to its end is gone; the stack's events still tell.
        let Some(set) = set else {
            return match self.has_begun(&region, stack, token).await? {
                true => Ok(Accepted::Begun(stack.to_owned())),
                false => Err(invalid(format!("stack {stack} has no change set '{name}'; somebody deleted it"))),
            };
        };
        if set.is_executed {
            return Ok(Accepted::Begun(set.stack_id));
        }
        let params = Params::query().with("StackName", stack).with("ChangeSetName", name);
        match self.cloud_formation(&region, "ExecuteChangeSet", &params.with("ClientRequestToken", token)).await {
            Ok(_) => Ok(Accepted::Begun(set.stack_id)),
            Err(fault) if fault.code == "TokenAlreadyExistsException" => Ok(Accepted::Begun(set.stack_id)),
            Err(fault) => Err(during("execute change set")(fault.into())),
        }
    }

    async fn discard(&self, location: &str, stack: &str, name: &str) -> Result<(), Error> {
        let region = self.account.region(location)?;
        let Some(set) = self.described_change_set(&region, stack, name).await? else { return Ok(()) };
        let params = Params::query().with("StackName", stack).with("ChangeSetName", name);
        match self.cloud_formation(&region, "DeleteChangeSet", &params).await {
            Err(fault) if !fault.code.starts_with("ChangeSetNotFound") => {
                return Err(during("delete change set")(fault.into()));
            }
            _ => {}
        }
        let is_bare = Stacks::get(self, location, &set.stack_id).await?;
        if is_bare.is_some_and(|stack| stack.phase == StackPhase::Reviewed) {
            // It was only there to be reviewed; AWS keeps such a stack until somebody removes it.
            let params = Params::query().with("StackName", &set.stack_id);
            self.cloud_formation(&region, "DeleteStack", &params).await.map_err(Error::from)?;
        }
        Ok(())
    }
}

/// A wish as the parameters that all calls share.
pub(super) fn write(wish: &StackWish) -> Result<Params, Error> {
    let mut params = Params::query().with("StackName", &wish.name);
    write_template(&mut params, wish)?;
    for (position, (key, value)) in wish.parameters.iter().enumerate() {
        let item = params.item("Parameters", position);
        params.set(&format!("{item}.ParameterKey"), key).set(&format!("{item}.ParameterValue"), value);
    }
    params.tags("Tags", wish.tags.iter().map(|(key, value)| (key.as_str(), value.clone())));
    params.list("Capabilities", &wish.capabilities);
    params.list("NotificationARNs", &wish.notifications);
    params.set_some("RoleARN", wish.role.as_ref());
    Ok(params)
}

pub(super) fn write_template(params: &mut Params, wish: &StackWish) -> Result<(), Error> {
    match &wish.template {
        Template::Url(url) => params.set("TemplateURL", url),
        Template::Body(text) if text.len() > BODY_LIMIT => {
            return Err(invalid(format!(
                "the template of stack {} has {} bytes, and a call takes {BODY_LIMIT}; put it into a bucket and name it \
                 as an artifact s3://BUCKET/KEY",
                wish.name,
                text.len()
            )));
        }
        Template::Body(text) => params.set("TemplateBody", text),
    };
    Ok(())
}

/// What CloudFormation says of a stack that is not there.
fn is_unknown(fault: &Fault) -> bool {
    fault.error.kind == ErrorKind::NotFound
        || fault.code == "ValidationError" && fault.error.message.contains("does not exist")
}

/// A stack whose creation failed takes no change.
fn refuse_ruined(stack: &Stack) -> Result<(), Error> {
    if !stack.is_ruined {
        return Ok(());
    }
    let why = stack.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    Err(invalid(format!(
        "stack {} is {}{why} and cannot be changed; delete it with 'deleteCloudFormation' first",
        stack.name, stack.status
    )))
}

/// A refused wish, with what to change in the stage.
pub(super) fn explained(fault: Fault, wish: &StackWish) -> Error {
    let mut error = fault.error;
    match fault.code.as_str() {
        "InsufficientCapabilitiesException" => {
            let named = error.message.split(['[', ']']).nth(1).unwrap_or("CAPABILITY_IAM").to_owned();
            error.message = format!(
                "the template of stack {} makes what needs your word; add capabilities: [{named}] to the stage",
                wish.name
            );
            error.kind = ErrorKind::Invalid;
        }
        "ValidationError" if error.message.contains("Template") => {
            error.message = format!("{}; correct the template of stack {}", error.message, wish.name);
        }
        _ => {}
    }
    error
}

/// Where a stack stands, by CloudFormation's word.
fn phase_of(status: &str) -> StackPhase {
    match status {
        "REVIEW_IN_PROGRESS" => StackPhase::Reviewed,
        status if status.ends_with("_IN_PROGRESS") || status == "CREATE_PENDING" => StackPhase::Busy,
        status if status.contains("ROLLBACK") || status.ends_with("_FAILED") => StackPhase::Failed,
        _ => StackPhase::Done,
    }
}

fn stack_of(node: &Node, region: &str) -> Stack {
    let status = node.string("StackStatus");
    let outputs: BTreeMap<String, String> =
        node.items("Outputs").map(|one| (one.string("OutputKey"), one.string("OutputValue"))).collect();
    let tags = node.items("Tags").map(|tag| (tag.string("Key"), tag.string("Value"))).collect();
    Stack {
        id: node.string("StackId"),
        name: node.string("StackName"),
        location: region.to_owned(),
        reason: node.text("StackStatusReason").map(str::to_owned),
        phase: phase_of(&status),
        is_ruined: matches!(
            status.as_str(),
            "CREATE_FAILED" | "DELETE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "UPDATE_ROLLBACK_FAILED"
        ),
        status,
        outputs,
        tags,
        created: node.string("CreationTime"),
    }
}

fn event_of(node: &Node) -> StackEvent {
    StackEvent {
        id: node.string("EventId"),
        resource: node.string("LogicalResourceId"),
        kind: node.string("ResourceType"),
        status: node.string("ResourceStatus"),
        reason: node.text("ResourceStatusReason").map(str::to_owned),
    }
}

fn change_of(node: &Node) -> StackChange {
    let text = |key: &str| node.string(&format!("ResourceChange/{key}"));
    StackChange {
        action: text("Action"),
        resource: text("LogicalResourceId"),
        kind: text("ResourceType"),
        replacement: text("Replacement"),
    }
}

/// A change set's description, by which its wish is known again.
fn description(token: &str) -> String {
    format!("wish {token}")
}

fn change_set_of(node: &Node) -> ChangeSet {
    let status = node.string("Status");
    let reason = node.text("StatusReason").map(str::to_owned);
    let is_empty = status == "FAILED"
        && reason.as_deref().is_some_and(|reason| {
            reason.starts_with("The submitted information didn't contain changes")
                || reason.starts_with("No updates are to be performed")
        });
    let executed = node.string("ExecutionStatus");
    ChangeSet {
        name: node.string("ChangeSetName"),
        phase: match status.as_str() {
            "CREATE_COMPLETE" => StackPhase::Done,
            "FAILED" | "DELETE_FAILED" => StackPhase::Failed,
            _ => StackPhase::Busy,
        },
        status,
        reason,
        is_empty,
        is_executed: executed.starts_with("EXECUTE_"),
        token: node.text("Description").and_then(|text| text.strip_prefix("wish ")).map(str::to_owned),
        stack_id: node.string("StackId"),
        changes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        for (status, phase) in [
            ("CREATE_IN_PROGRESS", StackPhase::Busy),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", StackPhase::Busy),
            ("UPDATE_ROLLBACK_IN_PROGRESS", StackPhase::Busy),
            ("REVIEW_IN_PROGRESS", StackPhase::Reviewed),
            ("CREATE_COMPLETE", StackPhase::Done),
            ("UPDATE_COMPLETE", StackPhase::Done),
            ("DELETE_COMPLETE", StackPhase::Done),
            ("IMPORT_COMPLETE", StackPhase::Done),
            ("CREATE_FAILED", StackPhase::Failed),
            ("ROLLBACK_COMPLETE", StackPhase::Failed),
            ("UPDATE_ROLLBACK_COMPLETE", StackPhase::Failed),
            ("DELETE_FAILED", StackPhase::Failed),
        ] {
            assert_eq!(phase_of(status), phase, "{status}");
        }
    }

    #[test]
    fn a_missing_capability_is_named() {
        let wish = StackWish {
            location: String::new(),
            name: "shop".into(),
            template: Template::Body("{}".into()),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            capabilities: Vec::new(),
            role: None,
            notifications: Vec::new(),
            token: "t".into(),
        };
        let words = "Requires capabilities : [CAPABILITY_NAMED_IAM]";
        let error = Error::new(PROVIDER, "call", ErrorKind::Invalid, words);
        let fault = Fault { code: "InsufficientCapabilitiesException".into(), error };
        let said = explained(fault, &wish).message;
        assert!(said.ends_with("add capabilities: [CAPABILITY_NAMED_IAM] to the stage"), "{said}");
        let large = StackWish { template: Template::Body("x".repeat(BODY_LIMIT + 1)), ..wish };
        assert!(write(&large).unwrap_err().message.contains("has 51201 bytes"));
    }

    #[test]
    fn failures_that_follow_from_others_are_told_apart() {
        let event = |reason: &str| StackEvent {
            id: "1".into(),
            resource: "Queue".into(),
            kind: "AWS::SQS::Queue".into(),
            status: "CREATE_FAILED".into(),
            reason: Some(reason.into()),
        };
        assert!(!event("Resource creation cancelled").is_failure());
        let failed = event("name taken");
        assert!(failed.is_failure());
        assert_eq!(failed.told(), "Queue (AWS::SQS::Queue) CREATE_FAILED: name taken");
    }
}
