//! A small cloud in memory, and pipelines run on it through the real engine.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::testing::{Children, Notes, Nowhere, object};
use super::{Accounts, ClusterLock, ClusterLocks, Services, Table, TrafficGuard};
use crate::artifacts::Store;
use crate::engine::ports::{Call, NewStage, Observe, Plan, Stages, TaskPolicy, TaskResult};
use crate::engine::{Ended, Engine, Held, LeaseKeeper, Signal, State};
use crate::expr::Host;
use crate::history::{Event, FileHistory, History, Record, Runner};
use crate::model::{
    Capacity, Execution, Failure, HealthState, Image, Instance, Map, ServerGroup, ServerGroupRef, StageExecution,
    Status,
};
use crate::providers::{
    Error, ErrorKind, Images, Instances, NewServerGroup, Provider, RunningInstance, ServerGroupQuery, ServerGroups,
};

/// The only region.
pub(super) const REGION: &str = "here";

/// One server group: how it is wished, and how often its instances were looked at.
#[derive(Clone, Debug)]
struct Group {
    shown: ServerGroup,
    owner: String,
    cluster: Map,
    /// Looks since each instance was started; it is up from the second on.
    looks: Vec<u32>,
    /// Instances out of traffic, the first ones.
    out: usize,
}

/// A cloud without machines. Instances come up at the second look; those of a cluster with `command: die` end at once.
#[derive(Default)]
pub(super) struct TestCloud {
    groups: Mutex<Vec<Group>>,
    clock: Mutex<i64>,
    calls: Mutex<Vec<String>>,
    /// Names somebody else takes just before they are asked for.
    pub(super) snatched: Mutex<BTreeSet<String>>,
}

impl TestCloud {
    /// Mutations that changed something, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// `v000 disabled 2, v001 3`: what stands there, oldest first.
    pub(super) fn standing(&self) -> String {
        let groups = self.groups.lock().unwrap();
        let one = |group: &Group| {
            let disabled = if group.shown.disabled { " disabled" } else { "" };
            let partly =
                if group.out > 0 && !group.shown.disabled { format!(" out {}", group.out) } else { String::new() };
            let capacity = group.shown.capacity;
            let bounds =
                if capacity.is_pinned() { String::new() } else { format!("({}-{})", capacity.min, capacity.max) };
            let name = group.shown.name.rsplit('-').next().unwrap_or_default();
            format!("{name}{disabled}{partly} {}{bounds}", capacity.desired)
        };
        groups.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn cluster_of(&self, name: &str) -> Map {
        let groups = self.groups.lock().unwrap();
        groups.iter().find(|group| group.shown.name == name).map(|group| group.cluster.clone()).unwrap()
    }

    fn look(group: &mut Group) -> ServerGroup {
        let dies = group.cluster.get("command").and_then(Value::as_str) == Some("die");
        let size = group.looks.len();
        let instance = |(position, looks): (usize, &mut u32)| {
            *looks += 1;
            // As real ones: the process goes on running well when its traffic is taken away.
            let (own, reason) = match () {
                () if dies => (HealthState::Down, Some("exited with status 1".to_owned())),
                () if *looks < 2 => (HealthState::Starting, Some("GET /health answered 503".to_owned())),
                () => (HealthState::Up, None),
            };
            let out = group.shown.disabled || position < group.out;
            let traffic = if out { HealthState::OutOfService } else { own };
            let source = |kind: &str, state: HealthState| object(json!({"type": kind, "state": state}));
            Instance {
                id: format!("{}-{position}", group.shown.name),
                health_state: if own == HealthState::Up { traffic } else { own },
                health: vec![source("Test", own), source("Traffic", traffic)],
                reason,
                ..Instance::default()
            }
        };
        let instances = group.looks.iter_mut().enumerate().map(instance).collect();
        debug_assert_eq!(size, group.looks.len());
        ServerGroup { instances, ..group.shown.clone() }
    }

    fn change(&self, verb: &str, name: &str, change: impl FnOnce(&mut Group) -> bool) -> Result<(), Error> {
        let mut groups = self.groups.lock().unwrap();
        let Some(group) = groups.iter_mut().find(|group| group.shown.name == name) else {
            return Err(Error::new("test", "change", ErrorKind::NotFound, format!("there is no {name}")));
        };
        if change(group) {
            self.calls.lock().unwrap().push(format!("{verb} {name}"));
        }
        Ok(())
    }
}

/// The cloud as a provider.
pub(super) struct TestProvider(pub(super) Arc<TestCloud>);

impl Provider for TestProvider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn settle_time(&self) -> Duration {
        Duration::ZERO
    }

    fn replaces_instances(&self) -> bool {
        false
    }

    fn platform_health(&self) -> Option<&'static str> {
        Some("Test")
    }

    fn default_locations(&self) -> Vec<String> {
        vec![REGION.to_owned()]
    }

    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        Some(self)
    }

    fn instances(&self) -> Option<&dyn Instances> {
        Some(self)
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }
}

#[async_trait]
impl ServerGroups for TestProvider {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let mut groups = self.0.groups.lock().unwrap();
        let fits = |group: &&mut Group| {
            query.cluster.as_ref().is_none_or(|name| group.shown.moniker.cluster.as_ref() == Some(name))
        };
        Ok(groups.iter_mut().filter(fits).map(TestCloud::look).collect())
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        assert_eq!(location, REGION);
        let mut groups = self.0.groups.lock().unwrap();
        Ok(groups.iter_mut().find(|group| group.shown.name == name).map(TestCloud::look))
    }

    async fn check(&self, _new: &NewServerGroup) -> Result<(), Error> {
        Ok(())
    }

    async fn create(&self, new: &NewServerGroup) -> Result<(), Error> {
        let mut groups = self.0.groups.lock().unwrap();
        let snatched = self.0.snatched.lock().unwrap().remove(&new.name);
        let mut clock = self.0.clock.lock().unwrap();
        *clock += 1;
        let group = |owner: &str| Group {
            shown: ServerGroup {
                name: new.name.clone(),
                cloud_provider: "test".to_owned(),
                account: "test".to_owned(),
                region: new.location.clone(),
                moniker: new.moniker.clone(),
                created_time: *clock,
                capacity: new.capacity,
                image: new.cluster.get("image").and_then(Value::as_str).map(|image| Image {
                    image_id: image.to_owned(),
                    image_name: image.to_owned(),
                    region: new.location.clone(),
                    ..Image::default()
                }),
                ..ServerGroup::default()
            },
            owner: owner.to_owned(),
            cluster: new.cluster.clone(),
            looks: vec![0; new.capacity.desired as usize],
            out: 0,
        };
        if snatched {
            groups.push(group("somebody else"));
        }
        match groups.iter().find(|group| group.shown.name == new.name) {
            Some(there) if there.owner == new.owner => Ok(()),
            Some(_) => Err(Error::new("test", "create", ErrorKind::AlreadyExists, format!("{} is taken", new.name))),
            None => {
                self.0.calls.lock().unwrap().push(format!("create {} {}", new.name, new.capacity.desired));
                groups.push(group(&new.owner));
                Ok(())
            }
        }
    }

    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        Ok(self.0.cluster_of(&source.name))
    }

    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        let verb = format!("resize to {}-{}-{}", capacity.min, capacity.desired, capacity.max);
        self.0.change(&verb, &group.name, |group| {
            let changed = group.shown.capacity != capacity;
            group.shown.capacity = capacity;
            group.looks.resize(capacity.desired as usize, 0);
            changed
        })
    }

    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.0.change("enable", &group.name, |group| {
            let changed = group.shown.disabled || group.out > 0;
            (group.shown.disabled, group.out) = (false, 0);
            changed
        })
    }

    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        let verb = percentage.map_or("disable".to_owned(), |share| format!("disable {share} % of"));
        self.0.change(&verb, &group.name, |group| match percentage {
            Some(share) => {
                let out = (group.looks.len() * share as usize).div_ceil(100);
                std::mem::replace(&mut group.out, out) != out
            }
            None => !std::mem::replace(&mut group.shown.disabled, true),
        })
    }

    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.0.change("destroy", &group.name, |_| true)?;
        self.0.groups.lock().unwrap().retain(|one| one.shown.name != group.name);
        Ok(())
    }
}

#[async_trait]
impl Instances for TestProvider {
    async fn logs(&self, _location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        assert_eq!(lines, 20);
        Ok(vec![format!("{instance} cannot open its database")])
    }

    async fn terminate(&self, _location: &str, instances: &[String]) -> Result<(), Error> {
        for id in instances {
            let (name, _) = id.rsplit_once('-').unwrap();
            self.0.change("terminate an instance of", name, |group| group.looks.pop().is_some())?;
        }
        Ok(())
    }

    async fn running(&self, _location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error> {
        let groups = self.0.groups.lock().unwrap();
        let ids = groups.iter().flat_map(|group| {
            (0..group.looks.len())
                .map(|position| (format!("{}-{position}", group.shown.name), group.shown.name.clone()))
        });
        let running = ids.map(|(id, server_group)| RunningInstance { id, server_group });
        Ok(running.filter(|one| instances.contains(&one.id)).collect())
    }
}

#[async_trait]
impl Images for TestProvider {
    async fn find(&self, _name: Option<&str>, _tags: &Map) -> Result<Vec<Image>, Error> {
        Ok(Vec::new())
    }
}

/// Locks that always are ours, unless the cluster is `busy`.
struct Locks;

#[async_trait]
impl ClusterLocks for Locks {
    async fn acquire(&self, _execution: &Execution, scope: &str) -> Result<ClusterLock, Failure> {
        Ok(if scope == "test/here/busy" { ClusterLock::HeldBy("another".to_owned()) } else { ClusterLock::Held })
    }
}

/// Stage types of which every look is made twice, as after a kill between the deed and its record.
struct Twice(Table);

#[async_trait]
impl Stages for Twice {
    async fn plan(&self, call: &Call<'_>) -> Result<Plan, Failure> {
        self.0.plan(call).await
    }

    async fn plan_after(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        self.0.plan_after(call).await
    }

    async fn plan_on_failure(&self, call: &Call<'_>) -> Result<Vec<NewStage>, Failure> {
        self.0.plan_on_failure(call).await
    }

    async fn run(&self, call: &Call<'_>, task: &str) -> TaskResult {
        self.0.run(call, task).await;
        self.0.run(call, task).await
    }

    fn policy(&self, stage: &StageExecution, task: &str) -> TaskPolicy {
        self.0.policy(stage, task)
    }

    async fn cancel(&self, call: &Call<'_>) -> Vec<String> {
        self.0.cancel(call).await
    }

    fn forget_on_restart(&self, stage: &StageExecution) -> Vec<&'static str> {
        self.0.forget_on_restart(stage)
    }

    fn host(&self) -> &dyn Host {
        self.0.host()
    }

    fn leaves_unevaluated(&self, stage: &StageExecution) -> &'static [&'static str] {
        self.0.leaves_unevaluated(stage)
    }
}

struct Silent;

impl Observe for Silent {
    fn recorded(&self, _: &Execution, _: &Record) {}
    fn progress(&self, _: &Execution, _: &StageExecution, _: &str) {}
    fn output(&self, _: &Execution, _: &StageExecution, _: &str) {}
    fn waiting(&self, _: &Execution, _: &str) {}
}

/// The cloud and a project with one account in it.
#[derive(Default)]
pub(super) struct World {
    pub(super) cloud: Arc<TestCloud>,
    pub(super) guards: Vec<TrafficGuard>,
    /// Whether every look is made twice.
    pub(super) twice: bool,
}

impl World {
    pub(super) fn services(&self) -> Services {
        Services {
            artifacts: Store::default(),
            accounts: Accounts::default().with("test", Arc::new(TestProvider(Arc::clone(&self.cloud)))),
            pipelines: Arc::new(Children::default()),
            locks: Arc::new(Locks),
            expressions: Arc::new(Nowhere),
            root: PathBuf::from("/nonexistent"),
            state: PathBuf::from("/nonexistent"),
            time_zone: "America/Los_Angeles".to_owned(),
            roles: super::Roles::new(),
            traffic_guards: self.guards.clone(),
            settings: Map::new(),
        }
    }

    /// Runs stages to their end; each is an object with `refId`, `type` and its context, and needs the one before it.
    pub(super) async fn run(&self, stages: Value) -> (Status, Execution) {
        let folder = tempfile::tempdir().unwrap();
        let history: Arc<dyn History> = Arc::new(FileHistory::open(folder.path()).unwrap());
        let table = Table::new(Arc::new(self.services()));
        let stages_code: Arc<dyn Stages> = if self.twice { Arc::new(Twice(table)) } else { Arc::new(table) };
        let (_signal, signals) = watch::channel(Signal::None);
        let engine = Engine {
            history: Arc::clone(&history),
            stages: stages_code,
            observer: Arc::new(Silent),
            signals,
            runner: Runner::default(),
            suspend_on_judgment: false,
            wait_in_queue: true,
        };
        let execution = execution(&stages);
        let event = Event::ExecutionRecorded { execution: Box::new(execution) };
        history.create("X", &Record { seq: 1, at: 1, event }, 0).await.unwrap();
        let keeper = LeaseKeeper::acquire(Arc::clone(&history), "X", "X", "test").await.unwrap();
        let Held::Ours(keeper) = keeper else { panic!("held") };
        let Ended::Completed(status) = engine.drive("X", &keeper).await.unwrap() else { panic!("did not end") };
        keeper.release().await.unwrap();
        let state = State::replay(&history.read("X").await.unwrap().records).unwrap();
        (status, (**state.execution()).clone())
    }

    /// The same for one stage that must succeed.
    pub(super) async fn succeed(&self, kind: &str, mut context: Value) -> Execution {
        context["type"] = json!(kind);
        let (status, execution) = self.run(json!([context])).await;
        assert_eq!(status, Status::Succeeded, "{}", failures(&execution));
        execution
    }

    /// A deploy of cluster `hello` with these keys.
    pub(super) async fn deploy(&self, cluster: Value) -> Execution {
        self.succeed("deploy", json!({"clusters": [cluster]})).await
    }

    /// What a stage type says it would do now.
    pub(super) async fn preview(&self, kind: &str, context: Value) -> Result<Vec<String>, Failure> {
        self.call(kind, context, async |table, call| super::stage(kind).unwrap().preview(call, table.services()).await)
            .await
    }

    /// The stages a stage with this context would run after its tasks.
    pub(super) async fn after(&self, kind: &str, context: Value) -> Result<Vec<NewStage>, Failure> {
        self.call(kind, context, async |table, call| table.plan_after(call).await).await
    }

    /// One call of stage code, a minute after its task began.
    pub(super) async fn call<T>(&self, kind: &str, context: Value, act: impl AsyncFnOnce(&Table, &Call<'_>) -> T) -> T {
        let stage = StageExecution {
            id: "S1".to_owned(),
            kind: kind.to_owned(),
            name: kind.to_owned(),
            context: object(context),
            ..StageExecution::default()
        };
        let execution = Execution { id: "X".to_owned(), application: "hello".to_owned(), ..Execution::default() };
        let (stop, notes) = (CancellationToken::new(), Notes::default());
        let call = Call {
            execution: &execution,
            stage: &stage,
            context: &stage.context,
            now: 60_000,
            started: 0,
            stop: &stop,
            recorder: &notes,
        };
        act(&Table::new(Arc::new(self.services())), &call).await
    }
}

fn execution(stages: &Value) -> Execution {
    let stage = |(position, value): (usize, &Value)| {
        let mut context = object(value.clone());
        let kind = context.shift_remove("type").unwrap().as_str().unwrap().to_owned();
        let requisites = if position == 0 { Vec::new() } else { vec![position.to_string()] };
        Arc::new(StageExecution {
            id: format!("S{}", position + 1),
            ref_id: (position + 1).to_string(),
            name: kind.clone(),
            kind,
            context,
            requisite_stage_ref_ids: requisites,
            ..StageExecution::default()
        })
    };
    Execution {
        id: "X".into(),
        root_id: "X".into(),
        application: "hello".into(),
        pipeline_config_id: "p".into(),
        stages: stages.as_array().unwrap().iter().enumerate().map(stage).collect(),
        ..Execution::default()
    }
}

/// What went wrong, for the message of a failed test.
pub(super) fn failures(execution: &Execution) -> String {
    let failed = execution.stages.iter().filter(|stage| stage.context.contains_key("exception"));
    failed.map(|stage| format!("{}: {}\n", stage.name, stage.context["exception"])).collect()
}

/// `kind "name"` of the stages that ran after the first create or clone of an execution, in order.
pub(super) fn after_stages(execution: &Execution) -> Vec<String> {
    let creates =
        |stage: &&Arc<StageExecution>| matches!(stage.kind.as_str(), "createServerGroup" | "cloneServerGroup");
    let create = execution.stages.iter().find(creates).unwrap();
    let prefix = format!("{}>", create.ref_id);
    let mut after: Vec<_> = execution
        .stages
        .iter()
        .filter(|stage| stage.parent_stage_id.as_ref() == Some(&create.id) && stage.ref_id.starts_with(&prefix))
        .collect();
    after.sort_by_key(|stage| stage.ref_id[prefix.len()..].parse::<u32>().unwrap());
    after.iter().map(|stage| format!("{} \"{}\"", stage.kind, stage.name)).collect()
}
