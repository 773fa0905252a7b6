//! Firewalls: source ranges that may connect to the load balancers naming them.

use std::fs;
use std::io;

use async_trait::async_trait;

use super::Local;
use super::error::{self, PROVIDER, during};
use super::table::SourceRange;
use super::world::{self, World};
use crate::model::{Firewall, Map};
use crate::providers::{Error, Firewalls};

/// What the named firewalls let in together; `None`, so everybody, when none is named. One that is not there lets
/// nobody in.
pub(super) fn source_ranges(world: &World, names: &[String]) -> Result<Option<Vec<SourceRange>>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut ranges = Vec::new();
    for name in names {
        if let Some(firewall) = world::read_json::<Firewall>(&world.firewall_file(name))? {
            for range in &firewall.source_ranges {
                ranges.push(SourceRange::parse(range)?);
            }
        }
    }
    Ok(Some(ranges))
}

impl Local {
    /// Names of the load balancers a firewall stands before.
    fn behind(&self, firewall: &str) -> Result<Vec<String>, Error> {
        let before = self.descriptions()?.into_iter();
        Ok(before.filter(|d| d.security_groups.iter().any(|name| name == firewall)).map(|d| d.name).collect())
    }

    async fn upsert_firewall(&self, firewall: &Firewall) -> Result<(), Error> {
        check_firewall(firewall)?;
        let firewall = Firewall {
            cloud_provider: PROVIDER.to_owned(),
            account: self.account.name.clone(),
            region: if firewall.region.is_empty() { self.account.region.clone() } else { firewall.region.clone() },
            details: Map::new(),
            ..firewall.clone()
        };
        {
            let _lock = self.world.lock()?;
            world::create_folder(&self.world.firewalls())?;
            world::write_json(&self.world.firewall_file(&firewall.name), &firewall)?;
        }
        self.apply_balancers(&self.behind(&firewall.name)?).await
    }

    fn delete_firewall(&self, location: &str, name: &str) -> Result<(), Error> {
        world::check_name("firewall", name)?;
        let _lock = self.world.lock()?;
        let path = self.world.firewall_file(name);
        let found = world::read_json::<Firewall>(&path)?;
        if found.is_none_or(|found| !location.is_empty() && found.region != location) {
            return Ok(());
        }
        let users = self.behind(name)?;
        if !users.is_empty() {
            return Err(error::invalid(format!(
                "firewall '{name}' protects load balancer {}; take it out of 'securityGroups' there first",
                users.join(", ")
            )));
        }
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(error::io("remove", &path, &cause)),
            _ => Ok(()),
        }
    }
}

fn check_firewall(firewall: &Firewall) -> Result<(), Error> {
    world::check_name("firewall", &firewall.name)?;
    for range in &firewall.source_ranges {
        SourceRange::parse(range)
            .map_err(|error| error::invalid(format!("firewall '{}': {}", firewall.name, error.message)))?;
    }
    Ok(())
}

#[async_trait]
impl Firewalls for Local {
    async fn list(&self) -> Result<Vec<Firewall>, Error> {
        let read = || -> Result<Vec<Firewall>, Error> {
            let folder = self.world.firewalls();
            let names = world::names(&folder)?.into_iter().filter(|name| name.ends_with(".json"));
            names.filter_map(|name| world::read_json(&folder.join(name)).transpose()).collect()
        };
        read().map_err(during("list firewalls"))
    }

    async fn check(&self, firewall: &Firewall) -> Result<(), Error> {
        check_firewall(firewall).map_err(during("check firewall"))
    }

    async fn upsert(&self, firewall: &Firewall) -> Result<(), Error> {
        self.upsert_firewall(firewall).await.map_err(during("upsert firewall"))
    }

    async fn delete(&self, location: &str, name: &str) -> Result<(), Error> {
        self.delete_firewall(location, name).map_err(during("delete firewall"))
    }
}
