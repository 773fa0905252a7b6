//! What stages may use of the world: accounts, other pipelines, locks, settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::forecast::Forecast;
use super::judges::Roles;
use crate::artifacts::Store;
use crate::expr::Host;
use crate::model::{Execution, Failure, Fence, Map};
use crate::providers::{self, Connection, Provider};

/// What every stage call is given.
pub struct Services {
    /// Accounts of the project.
    pub accounts: Accounts,
    /// Where the content of artifacts comes from.
    pub artifacts: Store,
    /// Other pipelines and their executions.
    pub pipelines: Arc<dyn Pipelines>,
    /// Who works on which cluster.
    pub locks: Arc<dyn ClusterLocks>,
    /// What functions of expressions ask.
    pub expressions: Arc<dyn Host>,
    /// The project's root: relative paths start here.
    pub root: PathBuf,
    /// The project's state folder.
    pub state: PathBuf,
    /// Time zone of execution windows.
    pub time_zone: String,
    /// Clusters that must keep a server group in traffic.
    pub traffic_guards: Vec<TrafficGuard>,
    /// Who has which role.
    pub roles: Roles,
    /// Settings of the project that a stage reads by name (`webhook`, `script`, …).
    pub settings: Map,
}

/// A cluster that must keep a server group in traffic (Spinnaker's application attribute `trafficGuards`). Empty parts
/// match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficGuard {
    /// Account.
    pub account: Option<String>,
    /// Region, namespace or zone.
    pub location: Option<String>,
    /// Stack.
    pub stack: Option<String>,
    /// Detail.
    pub detail: Option<String>,
    /// Application it belongs to.
    pub application: Option<String>,
}

/// The accounts of the project, each opened when first used.
#[derive(Default)]
pub struct Accounts {
    known: BTreeMap<String, (String, Connection)>,
    open: Mutex<BTreeMap<String, Arc<dyn Provider>>>,
    forecast: Option<Arc<Forecast>>,
}

impl Accounts {
    /// Accounts by name, each with its provider's name and settings.
    #[must_use]
    pub fn new(known: BTreeMap<String, (String, Connection)>) -> Self {
        Self { known, ..Self::default() }
    }

    /// The same accounts and one that is open already, in place of one of this name.
    #[must_use]
    pub fn with(mut self, account: &str, provider: Arc<dyn Provider>) -> Self {
        self.known.insert(account.to_owned(), (provider.name().to_owned(), Connection::default()));
        self.open.get_mut().expect("no holder of this lock can panic").insert(account.to_owned(), provider);
        self
    }

    /// What accounts do is done for this execution; clouds whose sessions have names carry it in them.
    pub fn act_for(&mut self, execution: &str) {
        for (_, connection) in self.known.values_mut() {
            connection.execution = Some(execution.to_owned());
        }
    }

    /// Accounts change something only with this one's leave.
    pub fn act_behind(&mut self, fence: &Arc<dyn Fence>) {
        for (_, connection) in self.known.values_mut() {
            connection.fence = Some(Arc::clone(fence));
        }
    }

    /// From now on previews see the world as the previews before them would have left it.
    pub fn plan_ahead(&mut self) {
        self.forecast = Some(Arc::default());
    }

    pub(crate) fn forecast(&self) -> Option<&Arc<Forecast>> {
        self.forecast.as_ref()
    }

    /// How many calls what was planned takes, about, by account; without accounts whose calls cost nothing.
    #[must_use]
    pub fn planned_calls(&self) -> BTreeMap<String, u64> {
        self.forecast.as_ref().map(|forecast| forecast.calls()).unwrap_or_default()
    }

    /// Names of all accounts, with their provider's name.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().map(|(name, (provider, _))| (name.as_str(), provider.as_str()))
    }

    /// What was asked of the accounts that were opened, a line each, for people.
    #[must_use]
    pub fn usage(&self) -> Vec<String> {
        let open = self.open.lock().expect("no holder of this lock can panic");
        let line = |(name, provider): (&String, &Arc<dyn Provider>)| {
            let usage = provider.usage()?;
            let plural = if usage.calls == 1 { "" } else { "s" };
            let throttled = match usage.throttled {
                0 => "none throttled".to_owned(),
                count => format!("{count} throttled and repeated"),
            };
            Some(format!("account {name}: {} API call{plural}, {throttled}", usage.calls))
        };
        open.iter().filter_map(line).collect()
    }

    /// Opens an account.
    pub fn open(&self, name: &str) -> Result<Arc<dyn Provider>, Failure> {
        let mut open = self.open.lock().expect("no holder of this lock can panic");
        if let Some(provider) = open.get(name) {
            return Ok(Arc::clone(provider));
        }
        let Some((provider, connection)) = self.known.get(name) else {
            let known: Vec<&str> = self.known.keys().map(String::as_str).collect();
            return Err(Failure::user(format!("there is no account '{name}'"))
                .detail(format!("accounts of this project: {}", known.join(", ")))
                .detail("add it to gennaker.yaml under 'accounts:'"));
        };
        let Some(kind) = providers::kind(provider) else {
            return Err(Failure::user(format!("account '{name}' names provider '{provider}', which this build lacks")));
        };
        let opened: Arc<dyn Provider> = (kind.connect)(connection.clone())?.into();
        open.insert(name.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }
}

/// A child execution to be.
#[derive(Clone, Debug, Default)]
pub struct StartPipeline {
    /// Id of the child, chosen and recorded beforehand: a second start with it is the same start.
    pub execution_id: String,
    /// Application of the pipeline; empty means the parent's.
    pub application: String,
    /// The pipeline's id or name.
    pub pipeline: String,
    /// On whose behalf it runs.
    pub user: String,
    /// The child's trigger: `{type: "pipeline", parentExecution, parentPipelineStageId, parameters, …}`.
    pub trigger: Map,
}

/// Other pipelines of the project and their executions.
#[async_trait]
pub trait Pipelines: Send + Sync {
    /// The id of the pipeline with this id or name, or `None`.
    async fn find(&self, application: &str, pipeline: &str) -> Result<Option<String>, Failure>;
    /// Starts the child, or takes care that one already started is running in this process.
    async fn start(&self, parent: &Execution, request: StartPipeline) -> Result<(), Failure>;
    /// An execution as it stands, by id.
    async fn execution(&self, id: &str) -> Result<Option<Execution>, Failure>;
    /// Asks an execution to cancel.
    async fn cancel(&self, id: &str, by: &str, reason: &str) -> Result<(), Failure>;
    /// Executions of a pipeline, newest first, at most `limit`.
    async fn executions(&self, application: &str, pipeline: &str, limit: usize) -> Result<Vec<Execution>, Failure>;
}

/// What asking for a cluster gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterLock {
    /// It is ours until the top-level stage ends.
    Held,
    /// Somebody else works on it: who, for people.
    HeldBy(String),
}

/// Two executions never work on one cluster at once.
#[async_trait]
pub trait ClusterLocks: Send + Sync {
    /// Asks for a cluster on behalf of an execution's root (a child works under its parent's lock); asked twice, it is
    /// still ours.
    async fn acquire(&self, execution: &Execution, scope: &str) -> Result<ClusterLock, Failure>;
}
