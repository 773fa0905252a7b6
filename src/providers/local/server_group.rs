//! Server groups: N copies of a program, started once each, drained before they stop.

use async_trait::async_trait;
use futures_util::future::{join_all, try_join_all};

use super::cluster::Cluster;
use super::command::{Program, instance_mark};
use super::error::{self, during};
use super::group::{Birth, Group, Slot};
use super::launch::{self, Presence};
use super::world;
use super::{Local, instance};
use crate::model::{Capacity, Map, ServerGroup, ServerGroupRef, parse_name};
use crate::providers::{Error, NewServerGroup, ServerGroupQuery, ServerGroups};

impl Local {
    /// Reads a group that must be there.
    pub(super) fn existing(&self, location: &str, name: &str) -> Result<Group, Error> {
        let found = Group::read(&self.world, name)?.filter(|group| location.is_empty() || group.region == location);
        found.ok_or_else(|| {
            let account = &self.account.name;
            error::not_found(format!("there is no server group '{name}' in {location} of account '{account}'"))
        })
    }

    /// Changes what is recorded of a group, under the lock.
    pub(super) fn change(
        &self,
        reference: &ServerGroupRef,
        edit: impl FnOnce(&mut Group) -> Result<(), Error>,
    ) -> Result<Group, Error> {
        let _lock = self.world.lock()?;
        let mut group = self.existing(&reference.location, &reference.name)?;
        edit(&mut group)?;
        group.write(&self.world)?;
        Ok(group)
    }

    /// Everything that can be known to be wrong before anything is done.
    fn check_new(&self, new: &NewServerGroup) -> Result<Cluster, Error> {
        world::check_name("server group", &new.name)?;
        let cluster = Cluster::parse(&new.cluster)?;
        for name in &cluster.load_balancers {
            if self.description(name)?.is_none() {
                return Err(error::invalid(format!(
                    "load balancer '{name}' does not exist in account '{}'; create it first (upsertLoadBalancer), or \
                     take it out of 'loadBalancers'",
                    self.account.name
                )));
            }
        }
        self.account.executable()?;
        Ok(cluster)
    }

    async fn create_group(&self, new: &NewServerGroup) -> Result<(), Error> {
        let cluster = self.check_new(new)?;
        let release = self.release(&cluster).await?;
        let folder = release.as_ref().map(|release| release.folder.clone());
        Program::find(&cluster, folder.as_deref(), &self.account.project)?;
        let birth = Birth {
            name: new.name.clone(),
            region: if new.location.is_empty() { self.account.region.clone() } else { new.location.clone() },
            moniker: if new.moniker.app.is_some() { new.moniker.clone() } else { parse_name(&new.name) },
            owner: new.owner.clone(),
            cluster: new.cluster.clone(),
            release: folder,
            image: release.map(|release| release.image),
        };
        let group = self.record(birth, new.capacity)?;
        if let Err(error) = self.start_instances(&group).await {
            // A creation that fails leaves nothing behind; why it failed matters more than what cleaning up met.
            let _ = self.destroy_group(&self.reference(&group)).await;
            return Err(error);
        }
        self.apply_balancers(&cluster.load_balancers).await
    }

    /// Writes down a new group with the ids and ports of its instances, or finds it written by the same owner.
    fn record(&self, birth: Birth, capacity: Capacity) -> Result<Group, Error> {
        let _lock = self.world.lock()?;
        let name = birth.name.clone();
        if let Some(found) = Group::read(&self.world, &name)? {
            if found.owner == birth.owner && !found.destroying {
                for slot in &found.instances {
                    launch::void_dead_claim(&self.world.instance(&name, &slot.id))?;
                }
                return Ok(found);
            }
            return Err(error::taken(format!(
                "server group '{name}' exists already in account '{}' and belongs to another stage; destroy it first or \
                 deploy under another name",
                self.account.name
            )));
        }
        let mut group = Group::new(birth);
        group.capacity = capacity;
        group.grow(&self.world, capacity.desired as usize)?;
        group.write(&self.world).inspect_err(|_| {
            // Perhaps there is nothing to remove, and the disk that cannot be written cannot be cleaned.
            let _ = world::remove_folder(&self.world.group(&name));
        })?;
        Ok(group)
    }

    fn reference(&self, group: &Group) -> ServerGroupRef {
        ServerGroupRef { account: self.account.name.clone(), location: group.region.clone(), name: group.name.clone() }
    }

    /// Starts every instance that has not started yet, all at once.
    async fn start_instances(&self, group: &Group) -> Result<(), Error> {
        let cluster = group.description()?;
        let mut absent = Vec::new();
        for slot in group.instances.iter().filter(|slot| !slot.stopping) {
            if launch::presence(&self.world.instance(&group.name, &slot.id))? == Presence::Absent {
                absent.push(slot);
            }
        }
        if absent.is_empty() {
            return Ok(());
        }
        let program = Program::find(&cluster, group.release.as_deref(), &self.account.project)?;
        let executable = self.account.executable()?;
        let starts = absent.into_iter().map(|slot| {
            let folder = self.world.instance(&group.name, &slot.id);
            let launch = program.launch(&cluster, group, slot);
            let (executable, cluster) = (&executable, &cluster);
            async move {
                let child = launch::start(executable, &folder, &launch, &cluster.inherit_environment).await?;
                self.children().insert(slot.id.clone(), child);
                Result::<(), Error>::Ok(())
            }
        });
        // All of them are tried, so that none is still starting when an error is acted upon.
        join_all(starts).await.into_iter().collect()
    }

    /// Drains, stops and forgets the instances that are marked so.
    async fn stop_marked(&self, group: &Group) -> Result<(), Error> {
        let cluster = group.description()?;
        let marked: Vec<&Slot> = group.instances.iter().filter(|slot| slot.stopping).collect();
        if marked.is_empty() {
            return Ok(());
        }
        self.release_balancers(&cluster.load_balancers).await?;
        try_join_all(marked.iter().map(|slot| self.stop_instance(group, &cluster, slot))).await?;
        Ok(())
    }

    async fn stop_instance(&self, group: &Group, cluster: &Cluster, slot: &Slot) -> Result<(), Error> {
        let folder = self.world.instance(&group.name, &slot.id);
        let mark = instance_mark(&slot.id);
        match launch::bury(&folder)? {
            Presence::Running(process) => {
                self.drained(&cluster.load_balancers, &slot.id, cluster.drain_timeout).await;
                process.stop(cluster.stop_signal, cluster.stop_timeout, &mark).await;
                if process.is_alive() {
                    return Err(error::unavailable(format!(
                        "instance {} (process {}) does not die, not even of KILL; it may hang in the kernel",
                        slot.id, process.pid
                    )));
                }
            }
            // What it started may live on.
            Presence::Ended(process) => process.stop(cluster.stop_signal, cluster.stop_timeout, &mark).await,
            Presence::Absent | Presence::Buried => {}
        }
        self.children().remove(&slot.id);
        Ok(())
    }

    /// Takes stopped instances off the record, and their folders with their logs off the disk.
    fn forget_marked(&self, reference: &ServerGroupRef) -> Result<Group, Error> {
        let mut forgotten = Vec::new();
        let group = self.change(reference, |group| {
            let (gone, kept) = std::mem::take(&mut group.instances).into_iter().partition(|slot| slot.stopping);
            forgotten = gone;
            group.instances = kept;
            Ok(())
        })?;
        for slot in forgotten {
            world::remove_folder(&self.world.instance(&group.name, &slot.id))?;
        }
        Ok(group)
    }

    async fn resize_group(&self, reference: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        let desired = capacity.desired as usize;
        let (mut before, mut had) = (capacity, Vec::new());
        let group = self.change(reference, |group| {
            before = std::mem::replace(&mut group.capacity, capacity);
            had = group.instances.iter().map(|slot| slot.id.clone()).collect();
            let staying = group.instances.iter().filter(|slot| !slot.stopping).count();
            if staying < desired {
                group.grow(&self.world, desired - staying)?;
            }
            self.mark_surplus(group, staying.saturating_sub(desired))
        })?;
        for slot in &group.instances {
            let _lock = self.world.lock()?;
            launch::void_dead_claim(&self.world.instance(&group.name, &slot.id))?;
        }
        let balancers = group.description()?.load_balancers;
        if let Err(error) = self.start_instances(&group).await {
            // Why it failed matters more than what cleaning up met.
            let _ = self.take_back(reference, before, &had).await;
            return Err(error);
        }
        self.apply_balancers(&balancers).await?;
        self.stop_and_forget(reference, &group).await
    }

    /// Takes a failed growth back: what it added, and what it could not start.
    async fn take_back(&self, reference: &ServerGroupRef, capacity: Capacity, had: &[String]) -> Result<(), Error> {
        let group = self.change(reference, |group| {
            group.capacity = capacity;
            for slot in &mut group.instances {
                let presence = launch::presence(&self.world.instance(&group.name, &slot.id))?;
                slot.stopping |= presence == Presence::Absent || !had.contains(&slot.id);
            }
            Ok(())
        })?;
        self.stop_and_forget(reference, &group).await
    }

    /// Stops what is marked, forgets it, and tells the load balancers that it is no more.
    pub(super) async fn stop_and_forget(&self, reference: &ServerGroupRef, group: &Group) -> Result<(), Error> {
        if group.instances.iter().all(|slot| !slot.stopping) {
            return Ok(());
        }
        self.stop_marked(group).await?;
        let group = self.forget_marked(reference)?;
        self.release_balancers(&group.description()?.load_balancers).await
    }

    /// Marks so many instances to be stopped: those that ended first, then those out of traffic, then the newest.
    fn mark_surplus(&self, group: &mut Group, count: usize) -> Result<(), Error> {
        let mut order = Vec::new();
        for (index, slot) in group.instances.iter().enumerate().filter(|(_, slot)| !slot.stopping) {
            let presence = launch::presence(&self.world.instance(&group.name, &slot.id))?;
            let is_of_use = matches!(presence, Presence::Running(_) | Presence::Absent);
            order.push((is_of_use, !slot.out_of_traffic, std::cmp::Reverse(index)));
        }
        order.sort_unstable();
        for (_, _, std::cmp::Reverse(index)) in order.into_iter().take(count) {
            group.instances[index].stopping = true;
        }
        Ok(())
    }

    async fn disable_group(&self, reference: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        let percentage = percentage.unwrap_or(100).min(100) as usize;
        let group = self.change(reference, |group| {
            group.disabled = percentage == 100;
            let count = (group.instances.len() * percentage).div_ceil(100);
            for (index, slot) in group.instances.iter_mut().enumerate() {
                slot.out_of_traffic = index < count;
            }
            Ok(())
        })?;
        self.apply_balancers(&group.description()?.load_balancers).await
    }

    async fn enable_group(&self, reference: &ServerGroupRef) -> Result<(), Error> {
        let group = self.change(reference, |group| {
            if group.destroying {
                return Err(error::not_found(format!("server group '{}' is being destroyed", group.name)));
            }
            group.disabled = false;
            group.instances.iter_mut().for_each(|slot| slot.out_of_traffic = false);
            Ok(())
        })?;
        self.apply_balancers(&group.description()?.load_balancers).await
    }

    async fn destroy_group(&self, reference: &ServerGroupRef) -> Result<(), Error> {
        let found = Group::read(&self.world, &reference.name)?;
        if found.is_none_or(|found| !reference.location.is_empty() && found.region != reference.location) {
            return Ok(());
        }
        let group = self.change(reference, |group| {
            group.destroying = true;
            group.disabled = true;
            group.instances.iter_mut().for_each(|slot| slot.stopping = true);
            Ok(())
        })?;
        self.stop_marked(&group).await?;
        {
            let _lock = self.world.lock()?;
            world::remove_folder(&self.world.group(&group.name))?;
        }
        self.release_balancers(&group.description()?.load_balancers).await
    }

    /// Starts the load balancers' processes that ended since, as after a reboot.
    async fn revive_balancers(&self, group: &Group) -> Result<(), Error> {
        for name in group.description()?.load_balancers {
            if self.balancer_status(&name).await.is_none() {
                self.apply_balancer(&name).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ServerGroups for Local {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let list = async {
            let groups = Group::read_all(&self.world)?;
            let matching = |wish: &Option<String>, value: Option<&String>| wish.is_none() || wish.as_ref() == value;
            let wanted: Vec<Group> = groups
                .into_iter()
                .filter(|group| matching(&query.application, group.moniker.app.as_ref()))
                .filter(|group| matching(&query.cluster, group.moniker.cluster.as_ref()))
                .filter(|group| matching(&query.location, Some(&group.region)))
                .collect();
            instance::show_groups(self, wanted).await
        };
        list.await.map_err(during("list server groups"))
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        let get = async {
            let found = Group::read(&self.world, name)?.filter(|group| location.is_empty() || group.region == location);
            let Some(group) = found else { return Ok(None) };
            self.revive_balancers(&group).await?;
            Ok(instance::show_groups(self, vec![group]).await?.pop())
        };
        get.await.map_err(during("get server group"))
    }

    async fn check(&self, new: &NewServerGroup) -> Result<(), Error> {
        let check = || {
            let cluster = self.check_new(new)?;
            let folder = self.find_release(&cluster)?;
            if cluster.image.is_none() || folder.is_some() {
                Program::find(&cluster, folder.as_deref(), &self.account.project)?;
            }
            let mut trial = Group::new(Birth {
                name: new.name.clone(),
                region: String::new(),
                moniker: parse_name(&new.name),
                owner: String::new(),
                cluster: new.cluster.clone(),
                release: None,
                image: None,
            });
            trial.grow(&self.world, new.capacity.desired as usize)
        };
        check().map_err(during("check server group"))
    }

    async fn create(&self, new: &NewServerGroup) -> Result<(), Error> {
        self.create_group(new).await.map_err(during("create server group"))
    }

    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        let group = self.existing(&source.location, &source.name).map_err(during("clone server group"))?;
        let mut cluster = group.cluster;
        if let Some(image) = group.image {
            // The very release it runs, also when its archive was replaced or the newest of its name is another.
            cluster.insert("image".to_owned(), image.image_id.into());
        }
        Ok(cluster)
    }

    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        self.resize_group(group, capacity).await.map_err(during("resize server group"))
    }

    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.enable_group(group).await.map_err(during("enable server group"))
    }

    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        self.disable_group(group, percentage).await.map_err(during("disable server group"))
    }

    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.destroy_group(group).await.map_err(during("destroy server group"))
    }
}
