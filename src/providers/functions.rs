//! Functions: code that a cloud runs when it is called, in numbered versions behind named aliases.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use super::Error;
use crate::model::Map;

/// Which function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    /// Region.
    pub location: String,
    /// Its name.
    pub name: String,
}

/// Where a function's code is.
#[derive(Clone, PartialEq, Eq)]
pub enum FunctionCode {
    /// An archive in a bucket, which the cloud reads itself.
    Bucket {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Version of the object, where it has some.
        version: Option<String>,
    },
    /// The archive's bytes.
    Archive(Vec<u8>),
    /// An image in a registry.
    Image(String),
}

/// How ready a function is for the next change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionPhase {
    /// It can be called and changed.
    Ready,
    /// A change is under way.
    Busy(String),
    /// The last change failed, and why.
    Failed(String),
}

/// A function, or a version of one.
#[derive(Clone, Debug)]
pub struct Function {
    /// The cloud's id.
    pub arn: String,
    /// Changes with every change of it.
    pub revision: String,
    /// Digest of its code.
    pub digest: String,
    /// Whether it is ready.
    pub phase: FunctionPhase,
    /// All there is to know of it but the values of its environment.
    pub shown: Map,
}

/// A name for a version, or for two that share its calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionAlias {
    /// Its name.
    pub name: String,
    /// The version behind it.
    pub version: String,
    /// Another version, and its share of the calls from 0 to 1.
    pub other: Option<(String, f64)>,
    /// Changes with every change of it; empty for one that is to be made.
    pub revision: String,
}

/// What feeds a function with events.
#[derive(Clone, Debug, Default)]
pub struct FunctionTriggers {
    /// Ids of queues and streams; those that are not named here are disconnected.
    pub sources: Vec<String>,
    /// How they are read, as Spinnaker writes it: `batchsize`, `startingPosition`, …
    pub settings: Map,
}

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Version or alias that is called; the code as it is now when absent.
    pub qualifier: Option<String>,
    /// What it is given; JSON.
    pub payload: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
    /// Names the call to the function, which is called again when it is not known what became of the first.
    pub token: String,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// What it answered.
    pub payload: String,
    /// Why it failed, when it did: the error's type and words.
    pub error: Option<String>,
    /// The last lines that it wrote.
    pub logs: Vec<String>,
    /// The version that was called.
    pub version: String,
}

/// Functions of an account: what they are.
#[async_trait]
pub trait Functions: FunctionTraffic {
    /// A function, or the version or alias of it; `None` when there is none.
    async fn get(&self, function: &FunctionRef, qualifier: Option<&str>) -> Result<Option<Function>, Error>;
    /// Checks settings without applying them.
    async fn check(&self, function: &FunctionRef, settings: &Map) -> Result<(), Error>;
    /// Makes one. Nothing happens when there is one of this name.
    async fn create(&self, function: &FunctionRef, code: &FunctionCode, settings: &Map) -> Result<(), Error>;
    /// Changes its code, unless somebody changed the function since `revision`.
    async fn update_code(&self, function: &FunctionRef, code: &FunctionCode, revision: &str) -> Result<(), Error>;
    /// Changes its settings, unless they are so already; names of those that were changed.
    async fn configure(&self, function: &FunctionRef, settings: &Map) -> Result<Vec<String>, Error>;
    /// Makes a version of the code with this digest; the newest one when nothing was changed since.
    async fn publish(&self, function: &FunctionRef, description: &str, digest: &str) -> Result<String, Error>;
    /// Numbers of its versions, newest first.
    async fn versions(&self, function: &FunctionRef) -> Result<Vec<u64>, Error>;
    /// Removes it, or one version. Nothing happens when there is none.
    async fn delete(&self, function: &FunctionRef, version: Option<&str>) -> Result<(), Error>;
}

/// Functions of an account: who calls which version.
#[async_trait]
pub trait FunctionTraffic: Send + Sync {
    /// An alias; `None` when there is none.
    async fn alias(&self, function: &FunctionRef, name: &str) -> Result<Option<FunctionAlias>, Error>;
    /// Makes an alias or changes it, unless somebody changed it since its revision.
    async fn put_alias(&self, function: &FunctionRef, alias: &FunctionAlias) -> Result<(), Error>;
    /// Keeps so many simultaneous calls for it; none in particular with `None`.
    async fn reserve(&self, function: &FunctionRef, count: Option<i64>) -> Result<(), Error>;
    /// Keeps so many instances of an alias warm; none with `None`. Whether they are.
    async fn provision(&self, function: &FunctionRef, alias: &str, count: Option<i64>) -> Result<bool, Error>;
    /// Connects the function, or its alias, with what feeds it; lines say what was changed.
    async fn connect(
        &self,
        function: &FunctionRef,
        alias: Option<&str>,
        triggers: &FunctionTriggers,
    ) -> Result<Vec<String>, Error>;
    /// Puts it behind a target group of this name.
    async fn register(&self, function: &FunctionRef, target_group: &str) -> Result<(), Error>;
    /// Calls it.
    async fn invoke(&self, function: &FunctionRef, invocation: &Invocation) -> Result<Invoked, Error>;
}

impl FunctionAlias {
    /// `3`, or `3 and 10 % of calls to 4`.
    #[must_use]
    pub fn told(&self) -> String {
        match &self.other {
            Some((version, share)) => format!("{}, and {:.0} % of calls to {version}", self.version, share * 100.0),
            None => self.version.clone(),
        }
    }

    /// The versions with their shares, for expressions.
    #[must_use]
    pub fn shares(&self) -> BTreeMap<String, f64> {
        let rest = self.other.as_ref().map_or(1.0, |(_, share)| 1.0 - share);
        let other = self.other.iter().cloned();
        std::iter::once((self.version.clone(), rest)).chain(other).collect()
    }
}
