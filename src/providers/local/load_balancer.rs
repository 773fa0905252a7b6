//! Load balancers: a listening address each, and the table its process follows.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::{sleep, timeout};

use super::balancer::{BALANCER_COMMAND, cannot_listen, table_file};
use super::cluster::Keys;
use super::control::{Request, Status, VERSION, ask, holder};
use super::error::{self, PROVIDER, during};
use super::firewall::source_ranges;
use super::group::Group;
use super::launch::inherited_environment;
use super::table::{Protocol, Table, TableTarget};
use super::{Local, health, port, world};
use crate::model::{HealthState, LoadBalancer, LoadBalancerInstance, Map};
use crate::providers::{Error, LoadBalancers};

/// Longest wait for a balancer's process to serve.
const START_LIMIT: Duration = Duration::from_secs(10);

/// `load-balancer.json`: what a person wished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) listen: SocketAddr,
    pub(super) protocol: Protocol,
    pub(super) security_groups: Vec<String>,
    pub(super) drain_timeout: Duration,
}

impl Description {
    fn parse(map: &Map, default_region: &str) -> Result<Self, Error> {
        let keys = Keys { map, place: "load balancer" };
        let name = keys.text("name")?.unwrap_or_default();
        world::check_name("load balancer", &name)?;
        let protocol = match keys.text("protocol")?.unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "tcp" => Protocol::Tcp,
            "http" => Protocol::Http,
            other => {
                return Err(error::invalid(format!(
                    "'protocol' of load balancer '{name}' is '{other}'; use tcp or http"
                )));
            }
        };
        Ok(Self {
            listen: listen_address(&name, &keys.text("listen")?.unwrap_or_default())?,
            region: keys.text("region")?.unwrap_or_else(|| default_region.to_owned()),
            protocol,
            security_groups: keys.texts("securityGroups")?,
            drain_timeout: keys.duration("drainTimeout", Duration::from_secs(10))?,
            name,
        })
    }
}

fn listen_address(name: &str, text: &str) -> Result<SocketAddr, Error> {
    let text = text.trim();
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    let address = numeric.parse::<SocketAddr>().ok().filter(|address| address.port() != 0);
    address.ok_or_else(|| {
        error::invalid(format!(
            "'listen' of load balancer '{name}' is '{text}'; write an address and a port other than 0, as 127.0.0.1:8080"
        ))
    })
}

impl Local {
    fn description_file(&self, name: &str) -> std::path::PathBuf {
        self.world.balancer(name).join("load-balancer.json")
    }

    /// What was wished of a load balancer; `None` when there is none.
    pub(super) fn description(&self, name: &str) -> Result<Option<Description>, Error> {
        if world::check_name("load balancer", name).is_err() {
            return Ok(None);
        }
        world::read_json(&self.description_file(name))
    }

    pub(super) fn descriptions(&self) -> Result<Vec<Description>, Error> {
        let names = world::names(&self.world.balancers())?;
        names.iter().filter_map(|name| self.description(name).transpose()).collect()
    }

    /// What the process is to do, from everything wished so far.
    fn compose(&self, description: &Description) -> Result<Table, Error> {
        let mut targets = Vec::new();
        for group in Group::read_all(&self.world)? {
            let cluster = group.description()?;
            if !cluster.load_balancers.contains(&description.name) {
                continue;
            }
            targets.extend(group.instances.iter().map(|slot| TableTarget {
                id: slot.id.clone(),
                server_group: group.name.clone(),
                port: slot.port,
                weight: cluster.weight,
                in_traffic: group.is_in_traffic(slot),
                health_check: cluster.health_check.clone(),
            }));
        }
        Ok(Table {
            listen: description.listen,
            protocol: description.protocol,
            sources: source_ranges(&self.world, &description.security_groups)?,
            drain_timeout: description.drain_timeout,
            targets,
        })
    }

    /// Writes the table anew from what is wished now; `false` when there is no such load balancer.
    fn write_table(&self, name: &str) -> Result<bool, Error> {
        let _lock = self.world.lock()?;
        let Some(description) = self.description(name)? else { return Ok(false) };
        let table = self.compose(&description)?;
        let path = table_file(&self.world.balancer(name));
        // A damaged table is one to be written anew.
        if !matches!(world::read_json::<Table>(&path), Ok(Some(before)) if before == table) {
            world::write_json(&path, &table)?;
        }
        Ok(true)
    }

    /// Brings what is wished into force, starting the process where none runs; nothing when there is no such load
    /// balancer.
    pub(super) async fn apply_balancer(&self, name: &str) -> Result<(), Error> {
        if !self.write_table(name)? {
            return Ok(());
        }
        let folder = self.world.balancer(name);
        match ask(&folder, Request::Apply).await? {
            Some(status) if status.version == VERSION => accepted(name, status),
            // Nobody serves, or a balancer of another version that hands over to ours.
            _ => {
                self.start_balancer(&folder).await?;
                let status = ask(&folder, Request::Apply).await?;
                status.map_or_else(|| Err(silent(name)), |status| accepted(name, status))
            }
        }
    }

    /// The same for several, and without starting what does not run: for what takes targets away.
    pub(super) async fn release_balancers(&self, names: &[String]) -> Result<(), Error> {
        for name in names {
            if self.write_table(name)?
                && let Some(status) = ask(&self.world.balancer(name), Request::Apply).await?
            {
                accepted(name, status)?;
            }
        }
        Ok(())
    }

    pub(super) async fn apply_balancers(&self, names: &[String]) -> Result<(), Error> {
        for name in names {
            self.apply_balancer(name).await?;
        }
        Ok(())
    }

    /// What a load balancer's process says; `None` when it does not run or hangs.
    pub(super) async fn balancer_status(&self, name: &str) -> Option<Status> {
        ask(&self.world.balancer(name), Request::Status).await.ok().flatten()
    }

    async fn start_balancer(&self, folder: &Path) -> Result<(), Error> {
        let executable = self.account.executable()?;
        let mut child = tokio::process::Command::new(&executable)
            .arg(BALANCER_COMMAND)
            .arg(folder)
            .env_clear()
            .envs(inherited_environment(&["XDG_RUNTIME_DIR".to_owned()]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|cause| error::io("start", &executable, &cause))?;
        let mut answer = String::new();
        if let Some(pipe) = child.stdout.take() {
            // Silence is judged below like any other wrong answer.
            let _ = timeout(START_LIMIT, BufReader::new(pipe).read_line(&mut answer)).await;
        }
        match answer.trim() {
            "ok" => Ok(()),
            "" => Err(error::unavailable(format!(
                "{} did not start the load balancer of {}; it must be a gennaker binary of this version",
                executable.display(),
                folder.display()
            ))),
            problem => Err(error::other(problem)),
        }
    }

    /// Waits until a target has no connection left at any of these load balancers, for so long at most.
    pub(super) async fn drained(&self, balancers: &[String], instance: &str, limit: Duration) {
        let end = Instant::now() + limit;
        for name in balancers {
            while let Some(status) = self.balancer_status(name).await {
                let busy = status.targets.iter().any(|target| target.id == instance && target.connections > 0);
                if !busy || Instant::now() >= end {
                    break;
                }
                sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Stops a load balancer's process, letting its connections end, and makes sure that it is gone.
    async fn stop_balancer(&self, description: &Description) -> Result<(), Error> {
        let folder = self.world.balancer(&description.name);
        let recorded = holder(&folder)?;
        let answer = ask(&folder, Request::Stop).await.ok().flatten();
        let Some(recorded) = recorded else { return Ok(()) };
        let process = answer.map_or(recorded.process, |status| status.process);
        if !process.wait(description.drain_timeout + Duration::from_secs(2)).await {
            process.signal(rustix::process::Signal::KILL);
            process.wait(Duration::from_secs(2)).await;
        }
        match std::fs::remove_file(&recorded.socket) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                Err(error::io("remove", &recorded.socket, &cause))
            }
            _ => Ok(()),
        }
    }

    /// Checks a wish against the machine and the account as they are.
    fn check_description(&self, description: &Description) -> Result<(), Error> {
        let name = &description.name;
        let others = self.descriptions()?;
        if let Some(other) = others.iter().find(|other| other.name != *name && other.listen == description.listen) {
            return Err(error::invalid(format!(
                "load balancer '{}' listens on {} already; choose another port for '{name}'",
                other.name, other.listen
            )));
        }
        let known = world::names(&self.world.firewalls())?;
        for firewall in &description.security_groups {
            if !known.contains(&format!("{firewall}.json")) {
                return Err(error::invalid(format!(
                    "load balancer '{name}' names firewall '{firewall}', which does not exist; create it first"
                )));
            }
        }
        let is_own = others.iter().any(|other| other.name == *name && other.listen == description.listen);
        match port::in_use(description.listen) {
            Some(cause) if !is_own => Err(error::invalid(cannot_listen(description.listen, &cause))),
            _ => Ok(()),
        }
    }

    async fn upsert_balancer(&self, map: &Map) -> Result<LoadBalancer, Error> {
        let description = Description::parse(map, &self.account.region)?;
        let name = &description.name;
        let before = {
            let _lock = self.world.lock()?;
            self.check_description(&description)?;
            let before = self.description(name)?;
            world::create_folder(&self.world.balancer(name))?;
            if before.as_ref() != Some(&description) {
                world::write_json(&self.description_file(name), &description)?;
            }
            before
        };
        if let Err(error) = self.apply_balancer(name).await {
            self.restore(name, before.as_ref())?;
            return Err(error);
        }
        Ok(self.show(&description).await)
    }

    /// Takes a wish back that could not be brought into force.
    fn restore(&self, name: &str, before: Option<&Description>) -> Result<(), Error> {
        match before {
            None => {
                let _lock = self.world.lock()?;
                world::remove_folder(&self.world.balancer(name))
            }
            Some(before) => {
                let lock = self.world.lock()?;
                world::write_json(&self.description_file(name), before)?;
                drop(lock);
                self.write_table(name).map(drop)
            }
        }
    }

    /// A load balancer as it is now.
    async fn show(&self, description: &Description) -> LoadBalancer {
        let status = self.balancer_status(&description.name).await;
        let table = world::read_json::<Table>(&table_file(&self.world.balancer(&description.name))).ok().flatten();
        let told = status.iter().flat_map(|status| &status.targets);
        let instances = table.iter().flat_map(|table| &table.targets).map(|line| {
            let told = told.clone().find(|target| target.id == line.id);
            LoadBalancerInstance {
                id: line.id.clone(),
                server_group: line.server_group.clone(),
                address: health::address(line.port).to_string(),
                weight: line.weight,
                health_state: told.map_or(HealthState::Unknown, |target| target.state),
                connections: told.map_or(0, |target| target.connections),
            }
        });
        LoadBalancer {
            name: description.name.clone(),
            cloud_provider: PROVIDER.to_owned(),
            account: self.account.name.clone(),
            region: description.region.clone(),
            listeners: vec![description.listen.to_string()],
            health_state: if status.is_some() { HealthState::Up } else { HealthState::Down },
            instances: instances.collect(),
            security_groups: description.security_groups.clone(),
        }
    }
}

fn accepted(name: &str, status: Status) -> Result<(), Error> {
    match status.error {
        None => Ok(()),
        Some(problem) => Err(error::other(format!("load balancer '{name}': {problem}"))),
    }
}

fn silent(name: &str) -> Error {
    error::unavailable(format!("load balancer '{name}' ended right after its start; see its balancer.log"))
}

#[async_trait]
impl LoadBalancers for Local {
    async fn list(&self, name: Option<&str>) -> Result<Vec<LoadBalancer>, Error> {
        let mut found = Vec::new();
        for description in self.descriptions().map_err(during("list load balancers"))? {
            let wanted = name.is_none_or(|name| description.name == name);
            if wanted {
                found.push(self.show(&description).await);
            }
        }
        Ok(found)
    }

    async fn upsert(&self, description: &Map) -> Result<LoadBalancer, Error> {
        self.upsert_balancer(description).await.map_err(during("upsert load balancer"))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        let delete = async {
            let found = self.description(name)?.filter(|found| location.is_empty() || found.region == location);
            let Some(description) = found else { return Ok(()) };
            self.stop_balancer(&description).await?;
            let _lock = self.world.lock()?;
            world::remove_folder(&self.world.balancer(name))
        };
        delete.await.map_err(during("delete load balancer"))
    }

    async fn check(&self, description: &Map) -> Result<(), Error> {
        Description::parse(description, &self.account.region)
            .and_then(|description| self.check_description(&description))
            .map_err(during("check load balancer"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_listener_needs_an_address_and_a_port() {
        for (listen, whole) in [
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("localhost:80", Some("127.0.0.1:80")),
            ("[::1]:8080", Some("[::1]:8080")),
            ("127.0.0.1:0", None),
            ("8080", None),
            ("", None),
        ] {
            let map = json!({"name": "web", "listen": listen});
            let parsed = Description::parse(map.as_object().unwrap(), "local");
            assert_eq!(parsed.ok().map(|description| description.listen.to_string()).as_deref(), whole, "{listen}");
        }
    }
}
