//! Changes of server groups that are neither size nor traffic: tags, warm pools, firewalls.

use async_trait::async_trait;
use aws_sdk_autoscaling::types::Tag;

use super::Aws;
use super::client::{Service, fault};
use super::cluster::tags;
use super::error::{during, invalid};
use super::params::Params;
use super::tags::PREFIX;
use crate::model::{Map, ServerGroupRef};
use crate::providers::{Error, ErrorKind, ServerGroupUpkeep};

/// Settings of a warm pool, in Spinnaker's words and in AWS's.
const WARM_POOL: [(&str, &str); 4] = [
    ("maxGroupPreparedCapacity", "MaxGroupPreparedCapacity"),
    ("minSize", "MinSize"),
    ("poolState", "PoolState"),
    ("reuseOnScaleIn", "InstanceReusePolicy.ReuseOnScaleIn"),
];

impl Aws {
    async fn set_tags(&self, group: &ServerGroupRef, wished: &Map) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        // Which tags are gennaker's own decides what is done with a group.
        if let Some(key) = wished.keys().find(|key| key.starts_with(PREFIX) || key.starts_with("aws:")) {
            return Err(invalid(format!("tag '{key}' is not for stages to set; choose another key")));
        }
        let found = self.existing(&region, &group.name).await?;
        let name = found.auto_scaling_group_name().unwrap_or_default();
        let wished = tags(&Map::from_iter([("tags".to_owned(), wished.clone().into())]))?;
        let tag = |(key, value): (&String, &String)| {
            let tag = Tag::builder().resource_id(name).resource_type("auto-scaling-group").key(key).value(value);
            tag.propagate_at_launch(true).build()
        };
        let call = self.calls.autoscaling(&region).create_or_update_tags();
        call.set_tags(Some(wished.iter().map(tag).collect())).send().await.map_err(fault)?;
        Ok(())
    }

    async fn put_pool(&self, group: &ServerGroupRef, settings: &Map) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        let mut params = Params::query().with("AutoScalingGroupName", &group.name);
        for (key, param) in WARM_POOL {
            params.set_some(param, super::reading::text(settings, key)?);
        }
        self.calls.query(Service::AutoScaling, &region, "PutWarmPool", &params).await?;
        Ok(())
    }

    async fn delete_pool(&self, group: &ServerGroupRef, by_force: bool) -> Result<(), Error> {
        let region = self.account.region(&group.location)?;
        if self.existing(&region, &group.name).await?.warm_pool_configuration().is_none() {
            return Ok(());
        }
        let params = Params::query().with("AutoScalingGroupName", &group.name).with("ForceDelete", by_force);
        match self.calls.query(Service::AutoScaling, &region, "DeleteWarmPool", &params).await {
            Err(fault) if fault.error.kind != ErrorKind::NotFound => Err(fault.into()),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl ServerGroupUpkeep for Aws {
    async fn put_tags(&self, group: &ServerGroupRef, tags: &Map) -> Result<(), Error> {
        self.set_tags(group, tags).await.map_err(during("put tags"))
    }

    async fn put_warm_pool(&self, group: &ServerGroupRef, settings: &Map) -> Result<(), Error> {
        self.put_pool(group, settings).await.map_err(during("put warm pool"))
    }

    async fn delete_warm_pool(&self, group: &ServerGroupRef, by_force: bool) -> Result<(), Error> {
        self.delete_pool(group, by_force).await.map_err(during("delete warm pool"))
    }

    async fn has_warm_pool(&self, group: &ServerGroupRef) -> Result<bool, Error> {
        let look = async {
            let region = self.account.region(&group.location)?;
            self.existing(&region, &group.name).await
        };
        let found = look.await.map_err(during("get server group"))?;
        Ok(found.warm_pool_configuration().is_some())
    }

    async fn set_firewalls(&self, group: &ServerGroupRef, names: &[String], adds: bool) -> Result<(), Error> {
        self.change_firewalls(group, names, adds).await.map_err(during("change security groups"))
    }
}
