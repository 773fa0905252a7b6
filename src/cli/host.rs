//! Drives executions in this process: the one asked for and the children its stages start.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::task::JoinSet;

use super::error::Told;
use super::exit_code::Exit;
use super::find::driver_words;
use super::project::Project;
use crate::artifacts;
use crate::engine::{Ended, Engine, Held, LeaseKeeper, LeaseShare, NewExecution, Signal, State, new_execution};
use crate::expr;
use crate::history::{self, Event, History, Holder, Record, Request, Wanted};
use crate::model::{Artifact, Execution, Failure, Fence, Map, human_duration};
use crate::pipeline::Pipeline;
use crate::stages::{ClusterLock, ClusterLocks, Pipelines, StartPipeline, seal, sealed_file};

/// The executions of this process.
pub struct Host {
    project: Arc<Project>,
    history: Arc<dyn History>,
    engine: OnceLock<Engine>,
    /// Leases of each root execution that runs here.
    shares: Mutex<HashMap<String, LeaseShare>>,
    /// Leases of each execution that is driven here.
    leases: Mutex<HashMap<String, LeaseShare>>,
    driven: Mutex<HashSet<String>>,
    /// Files that the executions of this process come from.
    origins: Mutex<Vec<String>>,
    children: AsyncMutex<JoinSet<()>>,
    itself: Weak<Self>,
}

impl Host {
    /// A host without an engine yet: the engine's stages need the host first.
    pub fn new(project: Arc<Project>, history: Arc<dyn History>) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            project,
            history,
            engine: OnceLock::new(),
            shares: Mutex::default(),
            leases: Mutex::default(),
            driven: Mutex::default(),
            origins: Mutex::default(),
            children: AsyncMutex::default(),
            itself: itself.clone(),
        })
    }

    /// Gives the host its engine.
    pub fn use_engine(&self, engine: Engine) {
        // Wired once, at the start of a command.
        let _ = self.engine.set(engine);
    }

    /// Records a new execution and returns the record.
    pub async fn record(&self, execution: &Execution) -> Result<Record, history::Error> {
        let state = &self.project.state;
        let sealed = seal(execution, state)
            .map_err(|cause| history::Error::io("keep secrets in", &sealed_file(state, &execution.id), cause))?;
        let event = Event::ExecutionRecorded { execution: Box::new(sealed) };
        let first = Record { seq: 1, at: execution.build_time, event };
        self.history.create(&execution.id, &first, 0).await?;
        Ok(first)
    }

    /// Drives an execution to its end, and the children it leaves running.
    pub async fn drive(&self, id: &str, root: &str) -> anyhow::Result<Ended> {
        let driven = self.drive_alone(id, root).await;
        loop {
            // Taken out of the lock: a child may start children of its own.
            let mut children = std::mem::take(&mut *self.children.lock().await);
            if children.is_empty() {
                break;
            }
            while children.join_next().await.is_some() {}
        }
        // Children work under these leases.
        self.shares.lock().expect("no holder of this lock can panic").remove(root);
        let (ended, keeper) = driven?;
        if let Some(keeper) = keeper {
            keeper.release().await?;
        }
        Ok(ended?)
    }

    /// Drives one execution; its leases are left to the caller.
    async fn drive_alone(
        &self,
        id: &str,
        root: &str,
    ) -> anyhow::Result<(Result<Ended, history::Error>, Option<LeaseKeeper>)> {
        let engine = self.engine.get().expect("the host is given its engine before anything is driven");
        let mut keeper = tokio::select! {
            biased;
            held = self.take(engine, id, root) => match held? {
                Held::Ours(keeper) => keeper,
                Held::By { holder, .. } => return Err(driven_by(id, &holder).into()),
            },
            () = told_to_leave(engine.signals.clone()) => return Ok((Ok(Ended::Left), None)),
        };
        // A child of an execution that runs here works under that one's leases, which outlive the child.
        {
            let mut shares = self.shares.lock().expect("no holder of this lock can panic");
            let share = shares.entry(root.to_owned()).or_insert_with(|| keeper.share()).clone();
            if root != id {
                keeper.work_under(share);
            }
        }
        self.leases.lock().expect("no holder of this lock can panic").insert(id.to_owned(), keeper.share());
        let ended = engine.drive(id, &keeper).await;
        self.leases.lock().expect("no holder of this lock can panic").remove(id);
        Ok((ended, Some(keeper)))
    }

    /// Takes the right to drive an execution, also from a process that has fallen silent.
    async fn take(&self, engine: &Engine, id: &str, root: &str) -> anyhow::Result<Held> {
        let purpose = format!("driven by {}", engine.runner.user);
        let state = read_state(&*self.history, id).await?;
        let waiting = |holder: &Holder, time_to_live: Duration| {
            let (driver, limit) = (driver_words(holder), human_duration(time_to_live));
            let text = format!("{driver} drives it; waiting up to {limit} for a sign of life from it");
            engine.observer.waiting(state.execution(), &text);
        };
        let history = Arc::clone(&self.history);
        Ok(LeaseKeeper::acquire_from_silent(history, id, root, &purpose, waiting).await?)
    }

    fn pipeline(&self, application: &str, pipeline: &str) -> Option<Pipeline> {
        let origins = self.origins.lock().expect("no holder of this lock can panic").clone();
        self.project.find_pipeline(application, pipeline, &origins)
    }

    /// Takes the file an execution comes from into the search for pipelines.
    pub fn look_beside(&self, execution: &Execution) {
        self.origins.lock().expect("no holder of this lock can panic").push(execution.origin.clone());
    }

    /// Artifacts of a pipeline's last execution, when it may take some from there.
    pub async fn prior_artifacts(&self, pipeline: &Pipeline) -> Result<Vec<Artifact>, Failure> {
        if !artifacts::wants_prior(&pipeline.expected_artifacts) {
            return Ok(Vec::new());
        }
        let wanted = Wanted { pipeline: Some(pipeline.id.clone()), ..Wanted::newest(1) };
        let last = self.history.list(&wanted).await.map_err(|e| Self::failure(&e))?;
        let Some(last) = last.first() else { return Ok(Vec::new()) };
        match self.execution(&last.id).await? {
            Some(execution) => artifacts::of_execution(&execution, None),
            None => Ok(Vec::new()),
        }
    }

    fn failure(error: &history::Error) -> Failure {
        Failure::new(error.to_string())
    }
}

fn driven_by(id: &str, holder: &Holder) -> Told {
    Told::usage(format!("execution {id} is driven by {}, which is alive", driver_words(holder)))
        .exit(Exit::Refused)
        .hint(format!("to see what it does: gennaker history show {id}"))
        .hint(format!("to end it: gennaker cancel {id}"))
}

/// Returns when a signal asks this process to end.
async fn told_to_leave(mut signals: watch::Receiver<Signal>) {
    // A sender that is gone will never ask.
    if signals.wait_for(|signal| *signal != Signal::None).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Pipelines for Host {
    async fn find(&self, application: &str, pipeline: &str) -> Result<Option<String>, Failure> {
        Ok(self.pipeline(application, pipeline).map(|pipeline| pipeline.id))
    }

    async fn start(&self, parent: &Execution, request: StartPipeline) -> Result<(), Failure> {
        let id = request.execution_id.clone();
        if !self.driven.lock().expect("no holder of this lock can panic").insert(id.clone()) {
            return Ok(());
        }
        match self.history.read(&id).await {
            // Started before this process began: go on with it.
            Ok(_) => {}
            Err(error) if error.kind == history::ErrorKind::NotFound => {
                let application = match request.application.as_str() {
                    "" => parent.application.as_str(),
                    given => given,
                };
                let pipeline = self
                    .pipeline(application, &request.pipeline)
                    .ok_or_else(|| Failure::user(format!("there is no pipeline '{}'", request.pipeline)))?;
                let mut trigger = request.trigger;
                super::artifact_args::ask_for_received(&pipeline, Some(parent), &mut trigger);
                let given = trigger.get("parameters").and_then(|p| p.as_object()).cloned().unwrap_or_default();
                let new = NewExecution {
                    id: Some(id.clone()),
                    trigger,
                    parameters: given,
                    user: request.user,
                    prior_artifacts: self.prior_artifacts(&pipeline).await?,
                    root_id: Some(parent.root_id.clone()),
                };
                let execution = new_execution(&pipeline, new)?;
                self.record(&execution).await.map_err(|e| Self::failure(&e))?;
            }
            Err(error) => return Err(Self::failure(&error)),
        }
        let host = self.itself.upgrade().expect("a host outlives the calls it serves");
        let root = parent.root_id.clone();
        self.children.lock().await.spawn(async move {
            // How it ended is read from its history by the stage that waits for it.
            if let Ok((_, Some(keeper))) = host.drive_alone(&id, &root).await {
                let _ = keeper.release().await;
            }
            host.driven.lock().expect("no holder of this lock can panic").remove(&id);
        });
        Ok(())
    }

    async fn execution(&self, id: &str) -> Result<Option<Execution>, Failure> {
        match self.history.read(id).await {
            Ok(recorded) => {
                let state = State::replay(&recorded.records).map_err(|e| Failure::new(e.to_string()))?;
                Ok(Some((**state.execution()).clone()))
            }
            Err(error) if error.kind == history::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Self::failure(&error)),
        }
    }

    async fn cancel(&self, id: &str, by: &str, reason: &str) -> Result<(), Failure> {
        let request = Request::Cancel { by: by.to_owned(), reason: reason.to_owned() };
        self.history.submit(id, &request).await.map_err(|e| Self::failure(&e))
    }

    async fn executions(&self, application: &str, pipeline: &str, limit: usize) -> Result<Vec<Execution>, Failure> {
        let wanted = self.find(application, pipeline).await?;
        let mut found = Vec::new();
        for summary in self.history.list(&Wanted::default()).await.map_err(|e| Self::failure(&e))? {
            let is_it = summary.name == pipeline || Some(&summary.pipeline_config_id) == wanted.as_ref();
            if is_it && found.len() < limit {
                found.extend(self.execution(&summary.id).await?);
            }
        }
        Ok(found)
    }
}

/// Time for a document that an expression fetches: shorter than a lease lives, because nothing else happens meanwhile.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

impl expr::Host for Host {
    fn fetch_url(&self, url: &str) -> Result<String, String> {
        let settings = self.project.service_settings();
        let url = url.to_owned();
        // Expressions are evaluated without waiting; the request waits on a thread of its own.
        let fetch = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(crate::stages::fetch_text(&settings, &url, FETCH_LIMIT))
        });
        fetch.join().unwrap_or_else(|_| Err("the request failed unexpectedly".to_owned()))
    }

    fn pipeline_id(&self, application: &str, name: &str) -> Result<Option<String>, String> {
        Ok(self.pipeline(application, name).map(|pipeline| pipeline.id))
    }

    fn application(&self, name: &str) -> Result<Option<Map>, String> {
        let mut attributes = Map::new();
        attributes.insert("name".to_owned(), name.into());
        Ok(Some(attributes))
    }

    fn current_user(&self) -> Option<String> {
        Some(self.project.user.clone())
    }
}

#[async_trait]
impl ClusterLocks for Host {
    async fn acquire(&self, execution: &Execution, scope: &str) -> Result<ClusterLock, Failure> {
        let share = self.shares.lock().expect("no holder of this lock can panic").get(&execution.root_id).cloned();
        let Some(share) = share else {
            return Err(Failure::new(format!("execution {} is not driven by this process", execution.root_id)));
        };
        match share.acquire(&format!("cluster/{scope}")).await.map_err(|e| Self::failure(&e))? {
            None => Ok(ClusterLock::Held),
            Some(holder) => Ok(ClusterLock::HeldBy(format!("execution {} ({})", holder.owner, driver_words(&holder)))),
        }
    }
}

#[async_trait]
impl Fence for Host {
    async fn pass(&self, limit: Duration) -> Result<Duration, Failure> {
        let leases: Vec<LeaseShare> =
            self.leases.lock().expect("no holder of this lock can panic").values().cloned().collect();
        let mut granted = limit;
        for share in leases {
            granted = granted.min(share.pass(limit).await.map_err(|error| Self::failure(&error))?);
        }
        Ok(granted)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Host")
    }
}

/// Reads an execution's state.
pub async fn read_state(history: &dyn History, id: &str) -> anyhow::Result<State> {
    let recorded = history.read(id).await?;
    Ok(State::replay(&recorded.records).map_err(|illegal| history::Error::corrupt_execution(id, &illegal))?)
}
