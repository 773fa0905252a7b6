//! This machine as a cloud: server groups are processes, load balancers are listening addresses.
//!
//! Everything there is lies in files below the account's `root`; the tool keeps nothing between calls. Instances and
//! the one balancer process per load balancer run in sessions of their own and outlive it. They are found again by pid,
//! start time and boot, and never restarted on their own: `create` and `resize` start, `destroy` and `resize` stop.
//!
//! ```text
//! <root>/lock                                   held for a few file writes at a time
//! <root>/server-groups/<name>/group.json        what is wished: instances and ports, before any of them starts
//!                     instances/<id>/           launch.json, instance.json (the claim), out.log
//! <root>/load-balancers/<name>/                 load-balancer.json (the wish), table.json (what is to be in force),
//!                                               balancer.json (who serves), control.sock, balancer.log
//! <root>/firewalls/<name>.json
//! <root>/images/<id>/                           image.json, release/
//! ```

mod account;
mod balancer;
mod cluster;
mod command;
mod control;
mod error;
mod firewall;
mod group;
mod handover;
mod health;
mod hidden;
mod image;
mod instance;
mod launch;
mod load_balancer;
mod log;
mod port;
mod process;
mod quiet;
mod relay;
mod requests;
mod respond;
mod server_group;
mod table;
mod target;
mod upstream;
mod world;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::process::Child;

use self::account::{ACCOUNT_FIELDS, Account};
use self::cluster::CLUSTER_FIELDS;
use self::error::{PROVIDER, during};
pub use self::hidden::hidden_command;
pub use self::respond::{RespondOptions, respond};
use self::world::World;
use super::{
    AccountCheck, Connection, Error, Firewalls, Images, Instances, Kind, LoadBalancers, Provider, ServerGroups,
};

/// This provider's line in the table.
pub const KIND: Kind = Kind {
    name: PROVIDER,
    about: "processes and load balancers on this machine",
    account_fields: ACCOUNT_FIELDS,
    cluster_fields: CLUSTER_FIELDS,
    connect,
};

fn connect(connection: Connection) -> Result<Box<dyn Provider>, Error> {
    let account = Account::from_connection(&connection).map_err(during("connect"))?;
    Ok(Box::new(Local { world: World::new(account.root.clone()), account, children: Mutex::default() }))
}

/// An open account of this machine.
struct Local {
    account: Account,
    world: World,
    /// Instances this very process started, by id: only their parent learns how they ended.
    children: Mutex<HashMap<String, Child>>,
}

impl Local {
    fn children(&self) -> MutexGuard<'_, HashMap<String, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for Local {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    fn poll_interval(&self) -> Duration {
        Duration::from_millis(20)
    }

    fn settle_time(&self) -> Duration {
        Duration::ZERO
    }

    fn replaces_instances(&self) -> bool {
        false
    }

    fn platform_health(&self) -> Option<&'static str> {
        Some("Local")
    }

    fn default_locations(&self) -> Vec<String> {
        vec![self.account.region.clone()]
    }

    fn server_groups(&self) -> Option<&dyn ServerGroups> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }

    fn firewalls(&self) -> Option<&dyn Firewalls> {
        Some(self)
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }

    fn instances(&self) -> Option<&dyn Instances> {
        Some(self)
    }

    fn checks(&self) -> Option<&dyn AccountCheck> {
        Some(self)
    }
}

#[async_trait]
impl AccountCheck for Local {
    async fn check(&self) -> Result<Vec<String>, Error> {
        let check = || {
            let executable = self.account.executable()?;
            drop(self.world.lock()?);
            let root = self.world.root();
            // A lock takes no space, so it says nothing of a full disk.
            let trial = root.join("writable.json");
            world::write_json(&trial, &world::now())?;
            std::fs::remove_file(&trial).map_err(|cause| error::io("remove", &trial, &cause))?;
            let disk = rustix::fs::statvfs(root).map_err(|errno| error::io("read", root, &errno.into()))?;
            let free = disk.f_bavail.saturating_mul(disk.f_frsize) / (1024 * 1024);
            Ok(vec![
                format!("folder {} is writable, {free} MiB free", root.display()),
                format!("instances are started by {}", executable.display()),
                format!(
                    "{} server groups, {} load balancers",
                    world::names(&self.world.groups())?.len(),
                    world::names(&self.world.balancers())?.len()
                ),
            ])
        };
        check().map_err(during("check account"))
    }
}
