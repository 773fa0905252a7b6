//! Server groups as ECS services: sized, stopped and started, cloned, removed.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::service::Service;
use super::{Ecs, PROVIDER, tags, task_definition};
use crate::model::{Capacity, Map, ServerGroup, ServerGroupRef};
use crate::providers::aws::during;
use crate::providers::{Error, ErrorKind, NewServerGroup, ServerGroupQuery, ServerGroups};

/// Events and stopped tasks that are shown.
const SHOWN: usize = 10;
/// Events that tell no problem.
const FINE: &[&str] =
    &["has reached a steady state", "has started", "registered", "deregistered", "has begun draining", "has stopped"];

impl Ecs {
    async fn set_desired(&self, service: &Service, desired: u32) -> Result<(), Error> {
        if service.count("desiredCount") == desired {
            return Ok(());
        }
        let body = json!({"cluster": service.cluster, "service": service.name, "desiredCount": desired});
        self.ask(&service.region, "UpdateService", body).await?;
        Ok(())
    }

    async fn resize_service(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        let region = self.aws.region(&group.location)?;
        let service = self.existing(&region, &group.name).await?;
        self.bound(&service, capacity, false).await?;
        self.set_desired(&service, capacity.desired).await
    }

    async fn enable_service(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.aws.region(&group.location)?;
        let service = self.existing(&region, &group.name).await?;
        if service.count("desiredCount") == 0 {
            let kept = service.tags().get(tags::DESIRED).and_then(Value::as_str).and_then(|text| text.parse().ok());
            let desired = match kept {
                Some(desired) => desired,
                // Disabled by another tool, which brings it back at its largest.
                None => self.scalable_target(&service).await?.map_or(1, |target| target.max),
            };
            self.set_desired(&service, desired).await?;
        }
        self.suspend(&service, false).await
    }

    async fn disable_service(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        if percentage.is_some_and(|share| share < 100) {
            let message = format!(
                "{}: services of ECS are taken out of traffic as a whole; use strategy redblack or highlander",
                group.name
            );
            return Err(Error::new(PROVIDER, "disable server group", ErrorKind::Unsupported, message));
        }
        let region = self.aws.region(&group.location)?;
        let service = self.existing(&region, &group.name).await?;
        let desired = service.count("desiredCount");
        if desired > 0 {
            // Kept before it is lost: being killed in between changes nothing.
            let tag = json!([{"key": tags::DESIRED, "value": desired.to_string()}]);
            let body = json!({"resourceArn": service.text("serviceArn"), "tags": tag});
            self.ask(&region, "TagResource", body).await?;
        }
        self.suspend(&service, true).await?;
        self.set_desired(&service, 0).await
    }

    async fn destroy_service(&self, group: &ServerGroupRef) -> Result<(), Error> {
        let region = self.aws.region(&group.location)?;
        let Some(service) = self.find(&region, &group.name).await? else { return Ok(()) };
        self.unbound(&service).await?;
        if service.is_active() {
            let body = json!({"cluster": service.cluster, "service": service.name, "force": true});
            match self.ask(&region, "DeleteService", body).await {
                Err(fault) if fault.code != "ServiceNotFoundException" => return Err(fault.into()),
                _ => {}
            }
        }
        let arn = service.text("taskDefinition");
        let owned = self.describe_task_definition(&region, arn).await?;
        let is_own = tags::read(&owned).get(tags::OWNER) == service.tags().get(tags::OWNER);
        if is_own && owned["taskDefinition"]["status"] == "ACTIVE" {
            self.ask(&region, "DeregisterTaskDefinition", json!({"taskDefinition": arn})).await?;
        }
        Ok(())
    }

    async fn clone_keys(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        let region = self.aws.region(&source.location)?;
        let service = self.existing(&region, &source.name).await?;
        let definition = self.describe_task_definition(&region, service.text("taskDefinition")).await?;
        let network = &service.value["networkConfiguration"]["awsvpcConfiguration"];
        let balancers = service.value["loadBalancers"].as_array().into_iter().flatten();
        let mappings: Vec<Value> = balancers
            .map(|one| {
                json!({"targetGroup": one["targetGroupArn"], "containerName": one["containerName"],
                    "containerPort": one["containerPort"]})
            })
            .collect();
        let public = network["assignPublicIp"].as_str().map(|word| word == "ENABLED");
        let keys = json!({
            "ecsClusterName": service.cluster,
            "taskDefinition": task_definition::of_clone(&definition),
            "launchType": service.value["launchType"],
            "capacityProviderStrategy": service.value["capacityProviderStrategy"],
            "platformVersion": service.value["platformVersion"],
            "subnetIds": network["subnets"],
            "securityGroupNames": network["securityGroups"],
            "associatePublicIpAddress": public,
            "targetGroupMappings": mappings,
            "placementConstraints": service.value["placementConstraints"],
            "placementStrategySequence": service.value["placementStrategy"],
            "healthCheckGracePeriodSeconds": service.value["healthCheckGracePeriodSeconds"],
            "enableExecuteCommand": service.value["enableExecuteCommand"],
            "tags": tags::of_user(&service.tags()),
        });
        let mut keys = keys.as_object().cloned().unwrap_or_default();
        if service.value["capacityProviderStrategy"].as_array().is_some_and(|all| !all.is_empty()) {
            keys.shift_remove("launchType");
        }
        keys.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
        Ok(keys)
    }

    /// Why tasks do not run, newest first.
    async fn told_problems(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        let region = self.aws.region(&group.location)?;
        let Some(service) = self.find(&region, &group.name).await? else { return Ok(Vec::new()) };
        let mut lines: Vec<String> = Vec::new();
        for task in self.tasks(&service, "STOPPED").await? {
            let mut containers = task["containers"].as_array().into_iter().flatten();
            let reason = containers.find_map(|one| one["reason"].as_str());
            let exit = task["containers"][0]["exitCode"].as_i64().map(|code| format!("exit code {code}"));
            let why = task["stoppedReason"].as_str().unwrap_or("no reason given");
            let more: Vec<String> = reason.map(str::to_owned).into_iter().chain(exit).collect();
            let line = if more.is_empty() { why.to_owned() } else { format!("{why} ({})", more.join(", ")) };
            lines.push(format!("a task stopped: {line}"));
        }
        let events = service.value["events"].as_array().into_iter().flatten();
        let messages = events.filter_map(|event| event["message"].as_str());
        lines.extend(messages.filter(|message| !FINE.iter().any(|fine| message.contains(fine))).map(str::to_owned));
        let mut distinct: Vec<String> = Vec::new();
        for line in lines {
            if !distinct.contains(&line) && distinct.len() < SHOWN {
                distinct.push(line);
            }
        }
        Ok(distinct)
    }
}

#[async_trait]
impl ServerGroups for Ecs {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let regions = match query.location.as_deref() {
            Some(location) => vec![self.aws.region(location).map_err(during("list server groups"))?],
            None => self.aws.regions().to_vec(),
        };
        let found = try_join_all(regions.iter().map(|region| self.list_region(region, query))).await;
        Ok(found.map_err(during("list server groups"))?.into_iter().flatten().collect())
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        let get = async {
            let region = self.aws.region(location)?;
            match self.find(&region, name).await? {
                Some(service) => self.show(&service).await.map(Some),
                None => Ok(None),
            }
        };
        get.await.map_err(during("get server group"))
    }

    async fn check(&self, new: &NewServerGroup) -> Result<(), Error> {
        let check = async {
            let region = self.aws.region(&new.location)?;
            self.resolve(&region, new).await
        };
        check.await.map(|_| ()).map_err(during("check server group"))
    }

    async fn create(&self, new: &NewServerGroup) -> Result<(), Error> {
        self.create_service(new).await.map_err(during("create server group"))
    }

    async fn clone_description(&self, source: &ServerGroupRef) -> Result<Map, Error> {
        self.clone_keys(source).await.map_err(during("clone server group"))
    }

    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        self.resize_service(group, capacity).await.map_err(during("resize server group"))
    }

    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.enable_service(group).await.map_err(during("enable server group"))
    }

    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        self.disable_service(group, percentage).await.map_err(during("disable server group"))
    }

    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.destroy_service(group).await.map_err(during("destroy server group"))
    }

    async fn problems(&self, group: &ServerGroupRef) -> Result<Vec<String>, Error> {
        self.told_problems(group).await.map_err(during("describe services"))
    }
}
