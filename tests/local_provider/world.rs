//! A world of its own for a test: a folder, ports nobody else uses, and a look for orphans at the end.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use gennaker::model::{Capacity, HealthState, Map, Moniker, ServerGroup, ServerGroupRef};
use gennaker::providers::{Connection, NewServerGroup, Provider, ServerGroupQuery, kind};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_gennaker");

/// Ports per test.
const PORTS: u16 = 40;

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) provider: Box<dyn Provider>,
    first_port: u16,
}

pub(crate) fn map(value: Value) -> Map {
    value.as_object().unwrap().clone()
}

/// Waits for something that happens soon, looking often.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn open(folder: &Path, executable: &str) -> Box<dyn Provider> {
    let settings = map(json!({"executable": executable, "root": folder.join("world")}));
    let connection = Connection {
        account: "here".into(),
        settings,
        state: folder.join("state"),
        root: folder.to_owned(),
        ..Connection::default()
    };
    (kind("local").unwrap().connect)(connection).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let folder = tempfile::tempdir().unwrap();
        // Another run of these tests at the same time starts elsewhere.
        let offset = (std::process::id() % 50) as u16 * 600;
        let first_port = 2000 + (offset + NEXT.fetch_add(PORTS, Ordering::Relaxed)) % 30000;
        Self { provider: open(folder.path(), BINARY), folder, first_port }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("world")
    }

    /// The address load balancers of this world listen on.
    pub(crate) fn listen(&self) -> String {
        let port = (self.first_port + PORTS - 5..self.first_port + PORTS)
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .unwrap();
        format!("127.0.0.1:{port}")
    }

    pub(crate) fn port_range(&self) -> String {
        format!("{}-{}", self.first_port, self.first_port + PORTS - 6)
    }

    /// A cluster that answers `body`, changed by `more`.
    pub(crate) fn cluster(&self, body: &str, more: Value) -> Map {
        let options = json!({"body": body}).to_string();
        let mut cluster = map(json!({
            "command": [BINARY, "__respond", options],
            "environment": {"TEST_WORLD": self.folder.path()},
            "portRange": self.port_range(),
            "healthCheck": {"type": "http", "interval": "50ms"},
            "stopTimeout": "5s",
            "drainTimeout": "300ms",
        }));
        cluster.extend(map(more));
        cluster
    }

    pub(crate) fn new_group(&self, name: &str, count: u32, cluster: Map) -> NewServerGroup {
        NewServerGroup {
            name: name.into(),
            location: "local".into(),
            moniker: Moniker::default(),
            capacity: Capacity::exactly(count),
            owner: format!("stage of {name}"),
            execution: String::new(),
            epoch: 0,
            source: None,
            cluster,
        }
    }

    pub(crate) async fn create(&self, name: &str, count: u32, cluster: Map) {
        self.provider.server_groups().unwrap().create(&self.new_group(name, count, cluster)).await.unwrap();
    }

    pub(crate) async fn balance(&self, name: &str, listen: &str, more: Value) {
        let mut description = map(json!({"name": name, "listen": listen}));
        description.extend(map(more));
        self.provider.load_balancers().unwrap().upsert(&description).await.unwrap();
    }

    pub(crate) fn reference(&self, name: &str) -> ServerGroupRef {
        ServerGroupRef { account: "here".into(), location: "local".into(), name: name.into() }
    }

    pub(crate) async fn get(&self, name: &str) -> ServerGroup {
        self.provider.server_groups().unwrap().get("local", name).await.unwrap().unwrap()
    }

    pub(crate) async fn until_up(&self, name: &str, count: usize) {
        until(&format!("{name} has {count} up"), async || (self.get(name).await.up() == count).then_some(())).await;
    }

    /// What all instances are, once they are all this.
    pub(crate) async fn until_all(&self, name: &str, state: HealthState) -> ServerGroup {
        until(&format!("{name} is {state:?}"), async || {
            let group = self.get(name).await;
            group.instances.iter().all(|instance| instance.health_state == state).then_some(group)
        })
        .await
    }

    pub(crate) async fn destroy(&self, name: &str) {
        self.provider.server_groups().unwrap().destroy(&self.reference(name)).await.unwrap();
    }

    /// The process recorded in a file of ours.
    pub(crate) fn recorded_pid(&self, file: &str) -> i32 {
        let record: Value = serde_json::from_slice(&fs::read(self.root().join(file)).unwrap()).unwrap();
        record["process"]["pid"].as_i64().unwrap() as i32
    }

    pub(crate) fn balancer_pid(&self, name: &str) -> i32 {
        self.recorded_pid(&format!("load-balancers/{name}/balancer.json"))
    }

    /// Processes that belong to this world: instances by their environment, others by their arguments.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = self.folder.path().to_str().unwrap().as_bytes();
        let holds = |bytes: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
        let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let found = entries.filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse::<u32>().ok().filter(|pid| *pid != std::process::id())?;
            let arguments = fs::read(entry.path().join("cmdline")).ok()?;
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            (holds(&arguments) || holds(&environment)).then(|| format!("{pid} {}", String::from_utf8_lossy(&arguments)))
        });
        found.collect()
    }

    /// Takes everything down and sees that nothing is left.
    pub(crate) async fn finish(self) {
        let groups = self.provider.server_groups().unwrap();
        for group in groups.list(&ServerGroupQuery::default()).await.unwrap() {
            groups.destroy(&group.reference()).await.unwrap();
        }
        let balancers = self.provider.load_balancers().unwrap();
        for balancer in balancers.list(None).await.unwrap() {
            balancers.delete("local", &balancer.name).await.unwrap();
        }
        self.assert_empty().await;
    }

    /// No process, no server group, no load balancer is left.
    pub(crate) async fn assert_empty(&self) {
        until("no process is left", async || self.processes().is_empty().then_some(())).await;
        for folder in ["server-groups", "load-balancers"] {
            let left: Vec<_> = fs::read_dir(self.root().join(folder)).into_iter().flatten().collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

pub(crate) fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
