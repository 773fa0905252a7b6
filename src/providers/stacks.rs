//! Stacks: resources that a cloud makes, changes and removes together from one template.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Error;

/// Where a template is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// Its text.
    Body(String),
    /// Where the cloud itself reads it.
    Url(String),
}

/// What a stack is to be.
#[derive(Clone, Debug)]
pub struct StackWish {
    /// Region.
    pub location: String,
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub template: Template,
    /// Values of the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What the caller knows the template to need: `CAPABILITY_IAM`.
    pub capabilities: Vec<String>,
    /// Role the cloud acts as; the caller's own when absent.
    pub role: Option<String>,
    /// Topics that are told of events.
    pub notifications: Vec<String>,
    /// Names the wish: the same one is fulfilled once.
    pub token: String,
}

/// Where a stack, or a change set of it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackPhase {
    /// Something goes on.
    Busy,
    /// What was wished is so.
    Done,
    /// It is not, and was undone where possible.
    Failed,
    /// It only has change sets yet.
    Reviewed,
}

/// A stack.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The cloud's id, which tells it from an earlier one of its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Region.
    pub location: String,
    /// The cloud's own word: `UPDATE_ROLLBACK_COMPLETE`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// What the status means.
    pub phase: StackPhase,
    /// Whether its creation failed, so that it can only be deleted.
    pub is_ruined: bool,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made, as the cloud writes it.
    pub created: String,
}

/// One thing that happened to a resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// The cloud's id.
    pub id: String,
    /// Name in the template; the stack's own for the stack itself.
    pub resource: String,
    /// `AWS::SQS::Queue`.
    pub kind: String,
    /// `CREATE_FAILED`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

impl StackEvent {
    /// Whether it tells a failure of its own, not one that follows from another resource's.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        let follows = self.reason.as_deref().is_some_and(|reason| reason.contains("cancelled"));
        self.status.ends_with("_FAILED") && !follows
    }

    /// `Queue (AWS::SQS::Queue) CREATE_FAILED: reason`
    #[must_use]
    pub fn told(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} ({}) {}{reason}", self.resource, self.kind, self.status)
    }
}

/// What a change set does to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackChange {
    /// `Add`, `Modify`, `Remove`, …
    pub action: String,
    /// Name in the template.
    pub resource: String,
    /// `AWS::SQS::Queue`.
    pub kind: String,
    /// `True`, `False` or `Conditional`: whether a new one takes its place.
    pub replacement: String,
}

/// Changes to a stack that are worked out and not made.
#[derive(Clone, Debug)]
pub struct ChangeSet {
    /// Its name.
    pub name: String,
    /// The cloud's own word: `CREATE_COMPLETE`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// What the status means.
    pub phase: StackPhase,
    /// Whether there is nothing to change.
    pub is_empty: bool,
    /// Whether it was carried out, or begun to be.
    pub is_executed: bool,
    /// The wish it was made for.
    pub token: Option<String>,
    /// The stack's id.
    pub stack_id: String,
    /// What it does.
    pub changes: Vec<StackChange>,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The cloud works on it; the stack's id.
    Begun(String),
    /// There is nothing to do; the stack's id.
    Unchanged(String),
    /// The stack is busy with something else: ask again.
    Busy(String),
}

/// Stacks of an account.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// A stack by name or id; `None` when there is none (one that was deleted is only found by its id).
    async fn get(&self, location: &str, name: &str) -> Result<Option<Stack>, Error>;
    /// What a deployment would do, a line each, without changing anything; an error is one that the deployment would
    /// meet.
    async fn foresee(&self, wish: &StackWish) -> Result<Vec<String>, Error>;
    /// Makes the stack or changes it.
    async fn deploy(&self, wish: &StackWish) -> Result<Accepted, Error>;
    /// What happened to a stack since the wish of this token began, oldest first; with `None` its newest events.
    async fn events(&self, location: &str, id: &str, token: Option<&str>) -> Result<Vec<StackEvent>, Error>;
    /// Removes a stack. `Unchanged` when there is none.
    async fn delete(&self, location: &str, name: &str, role: Option<&str>, token: &str) -> Result<Accepted, Error>;
    /// Works out a change set of this name; `Unchanged` never.
    async fn propose(&self, wish: &StackWish, name: &str) -> Result<Accepted, Error>;
    /// A change set; `None` when there is none.
    async fn change_set(&self, location: &str, stack: &str, name: &str) -> Result<Option<ChangeSet>, Error>;
    /// Carries a change set out.
    async fn execute(&self, location: &str, stack: &str, name: &str, token: &str) -> Result<Accepted, Error>;
    /// Removes a change set, and with it a stack that has nothing else; nothing happens when there is none.
    async fn discard(&self, location: &str, stack: &str, name: &str) -> Result<(), Error>;
}
