//! What is recorded of a server group: its description, its instances and their ports, before any of them starts.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::world::{self, World};
use super::{error, port};
use crate::model::{Capacity, Image, Map, Millis, Moniker};
use crate::providers::Error;

/// `group.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) moniker: Moniker,
    /// The stage that made it.
    pub(super) owner: String,
    pub(super) created_time: Millis,
    pub(super) capacity: Capacity,
    /// Kept out of traffic as a whole.
    pub(super) disabled: bool,
    /// On its way out; a second `destroy` finishes what a first one began.
    pub(super) destroying: bool,
    /// The cluster it was made from, as written.
    pub(super) cluster: Map,
    /// Release folder, when it has an image.
    pub(super) release: Option<PathBuf>,
    pub(super) image: Option<Image>,
    /// Number of the next instance; never used twice.
    next_instance: u32,
    pub(super) instances: Vec<Slot>,
}

/// An instance that is, or is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) port: u16,
    pub(super) launch_time: Millis,
    /// Taken out of traffic by itself, as `disable` by percentage does.
    pub(super) out_of_traffic: bool,
    /// To be drained, stopped and forgotten.
    pub(super) stopping: bool,
}

/// What a group is made from, beside its description.
pub(super) struct Birth {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) moniker: Moniker,
    pub(super) owner: String,
    pub(super) cluster: Map,
    pub(super) release: Option<PathBuf>,
    pub(super) image: Option<Image>,
}

impl Group {
    /// A group without instances yet.
    pub(super) fn new(birth: Birth) -> Self {
        Self {
            name: birth.name,
            region: birth.region,
            moniker: birth.moniker,
            owner: birth.owner,
            created_time: world::now(),
            capacity: Capacity::default(),
            disabled: false,
            destroying: false,
            cluster: birth.cluster,
            release: birth.release,
            image: birth.image,
            next_instance: 0,
            instances: Vec::new(),
        }
    }

    pub(super) fn read(world: &World, name: &str) -> Result<Option<Self>, Error> {
        // A name that cannot be one is the name of nothing.
        if world::check_name("server group", name).is_err() {
            return Ok(None);
        }
        world::read_json(&world.group_file(name))
    }

    pub(super) fn read_all(world: &World) -> Result<Vec<Self>, Error> {
        let names = world::names(&world.groups())?;
        // A folder without the file is a creation cut short before it promised anything.
        names.iter().filter_map(|name| Self::read(world, name).transpose()).collect()
    }

    /// Writes it; the caller holds the lock of the world.
    pub(super) fn write(&self, world: &World) -> Result<(), Error> {
        world::create_folder(&world.group(&self.name))?;
        world::write_json(&world.group_file(&self.name), self)
    }

    /// The typed form of what it was made from.
    pub(super) fn description(&self) -> Result<Cluster, Error> {
        Cluster::parse(&self.cluster)
    }

    /// Promises ids and ports to so many more instances.
    pub(super) fn grow(&mut self, world: &World, count: usize) -> Result<(), Error> {
        let range = self.description()?.ports;
        let mut promised: HashSet<u16> =
            Self::read_all(world)?.iter().flat_map(|group| &group.instances).map(|slot| slot.port).collect();
        promised.extend(self.instances.iter().map(|slot| slot.port));
        for port in port::allocate(&range, count, &promised)? {
            self.instances.push(Slot {
                id: format!("{}-{:04}", self.name, self.next_instance),
                port,
                launch_time: world::now(),
                out_of_traffic: false,
                stopping: false,
            });
            self.next_instance += 1;
        }
        Ok(())
    }

    /// Whether an instance is to get traffic, its health aside.
    pub(super) fn is_in_traffic(&self, slot: &Slot) -> bool {
        !self.disabled && !self.destroying && !slot.out_of_traffic && !slot.stopping
    }
}

/// The name of the server group an instance belongs to.
pub(super) fn group_of(instance: &str) -> Result<&str, Error> {
    let split = instance.rsplit_once('-').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    split.map(|(group, _)| group).ok_or_else(|| {
        error::not_found(format!("there is no instance '{instance}'; instances are named like app-prod-v000-0001"))
    })
}
