//! Services as ECS tells them: found by name, shown as server groups.

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::task_definition::images;
use super::{Ecs, PROVIDER, tags};
use crate::model::{Capacity, Image, Map, ServerGroup, parse_name};
use crate::providers::{Error, ErrorKind, ServerGroupQuery};

/// Services that ECS describes in one call.
const DESCRIBED: usize = 10;

/// A service of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) region: String,
    /// The ECS cluster's name.
    pub(super) cluster: String,
    pub(super) name: String,
    /// As ECS describes it.
    pub(super) value: Value,
}

impl Service {
    pub(super) fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap_or_default()
    }

    pub(super) fn count(&self, key: &str) -> u32 {
        self.value[key].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
    }

    pub(super) fn tags(&self) -> Map {
        tags::read(&self.value)
    }

    /// Whether it is there: a deleted one is, until its last task has stopped.
    fn is_there(&self) -> bool {
        match self.text("status") {
            "ACTIVE" => true,
            "DRAINING" => self.count("runningCount") + self.count("pendingCount") > 0,
            _ => false,
        }
    }

    /// Whether it takes wishes.
    pub(super) fn is_active(&self) -> bool {
        self.text("status") == "ACTIVE"
    }

    /// `service/<cluster>/<name>`, as Application Auto Scaling names it.
    pub(super) fn resource(&self) -> String {
        format!("service/{}/{}", self.cluster, self.name)
    }

    /// ARNs of target groups before it.
    pub(super) fn target_groups(&self) -> Vec<String> {
        let balancers = self.value["loadBalancers"].as_array().into_iter().flatten();
        balancers.filter_map(|one| one["targetGroupArn"].as_str().map(str::to_owned)).collect()
    }
}

impl Ecs {
    /// Names of the account's ECS clusters in a region.
    async fn clusters(&self, region: &str) -> Result<Vec<String>, Error> {
        let found = self.list_all(region, "ListClusters", json!({"maxResults": 100}), "clusterArns").await?;
        Ok(found.iter().filter_map(|arn| arn.as_str()?.rsplit('/').next().map(str::to_owned)).collect())
    }

    /// Services of these names in a cluster; those that are not there are left out.
    pub(super) async fn describe(&self, region: &str, cluster: &str, names: &[String]) -> Result<Vec<Service>, Error> {
        let mut found = Vec::new();
        for names in names.chunks(DESCRIBED) {
            let body = json!({"cluster": cluster, "services": names, "include": ["TAGS"]});
            let mut answer = match self.ask(region, "DescribeServices", body).await {
                Err(fault) if fault.code == "ClusterNotFoundException" => return Ok(Vec::new()),
                other => other?,
            };
            if let Some(Value::Array(services)) = answer.get_mut("services").map(Value::take) {
                found.extend(services.into_iter().map(|value| Service {
                    region: region.to_owned(),
                    cluster: cluster.to_owned(),
                    name: value["serviceName"].as_str().unwrap_or_default().to_owned(),
                    value,
                }));
            }
        }
        found.retain(Service::is_there);
        Ok(found)
    }

    /// The service of this name, in whichever cluster it is.
    pub(super) async fn find(&self, region: &str, name: &str) -> Result<Option<Service>, Error> {
        let names = [name.to_owned()];
        let clusters = self.clusters(region).await?;
        let looks = clusters.iter().map(|cluster| self.describe(region, cluster, &names));
        let found: Vec<Service> = try_join_all(looks).await?.into_iter().flatten().collect();
        match found.as_slice() {
            [one, other, ..] => Err(Error::new(
                PROVIDER,
                "look",
                ErrorKind::Other,
                format!(
                    "service {name} is in two clusters of {region}, {} and {}; a server group's name must be in one",
                    one.cluster, other.cluster
                ),
            )),
            _ => Ok(found.into_iter().next()),
        }
    }

    /// A service that must be there and take wishes.
    pub(super) async fn existing(&self, region: &str, name: &str) -> Result<Service, Error> {
        let found = self.find(region, name).await?.filter(Service::is_active);
        found.ok_or_else(|| {
            let message = format!("there is no server group '{name}' in {region}");
            Error::new(PROVIDER, "look", ErrorKind::NotFound, message)
        })
    }

    /// Server groups of a region that are asked for.
    pub(super) async fn list_region(&self, region: &str, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let mut groups = Vec::new();
        for cluster in self.clusters(region).await? {
            let body = json!({"cluster": cluster, "maxResults": 100});
            let arns = self.list_all(region, "ListServices", body, "serviceArns").await?;
            let names = arns.iter().filter_map(|arn| arn.as_str()?.rsplit('/').next().map(str::to_owned));
            let wanted: Vec<String> = names
                .filter(|name| {
                    let moniker = parse_name(name);
                    let group = ServerGroup { moniker, region: region.to_owned(), ..ServerGroup::default() };
                    query.is_met_by(&group)
                })
                .collect();
            let services = self.describe(region, &cluster, &wanted).await?;
            groups.extend(try_join_all(services.iter().filter(|it| it.is_active()).map(|it| self.show(it))).await?);
        }
        Ok(groups)
    }

    /// A service as a server group, with its tasks and what target groups say of them.
    pub(super) async fn show(&self, service: &Service) -> Result<ServerGroup, Error> {
        let definition = self.describe_task_definition(&service.region, service.text("taskDefinition"));
        let (instances, definition, target) =
            tokio::try_join!(self.instances_of(service), definition, self.scalable_target(service))?;
        let desired = service.count("desiredCount");
        let capacity = match &target {
            Some(target) => Capacity { min: target.min, max: target.max, desired },
            None => Capacity::exactly(desired),
        };
        let tags = service.tags();
        let image = images(&definition).into_iter().next().unwrap_or_default();
        let arn_name = |arn: &String| arn.split('/').nth(1).unwrap_or(arn).to_owned();
        let created = service.value["createdAt"].as_f64().unwrap_or_default();
        let network = &service.value["networkConfiguration"]["awsvpcConfiguration"];
        let groups = network["securityGroups"].as_array().into_iter().flatten();
        let mut zones: Vec<String> = instances.iter().filter_map(|instance| instance.zone.clone()).collect();
        zones.sort();
        zones.dedup();
        Ok(ServerGroup {
            name: service.name.clone(),
            cloud_provider: PROVIDER.to_owned(),
            account: self.aws.account_name().to_owned(),
            region: service.region.clone(),
            zones,
            moniker: parse_name(&service.name),
            // Seconds with a fraction; far below the range where that loses milliseconds.
            created_time: (created * 1000.0) as i64,
            disabled: desired == 0,
            capacity,
            instances,
            load_balancers: service.target_groups().iter().map(arn_name).collect(),
            security_groups: groups.filter_map(|group| group.as_str().map(str::to_owned)).collect(),
            image: Some(Image {
                image_id: image.clone(),
                image_name: image,
                region: service.region.clone(),
                ..Image::default()
            }),
            tags: tags::of_user(&tags),
            launch_config: [("ecsClusterName".to_owned(), service.cluster.as_str().into())].into_iter().collect(),
        })
    }
}
