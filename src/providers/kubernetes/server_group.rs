//! Workloads as server groups: replicaSets (also those of deployments), statefulSets and daemonSets, with their pods.

use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::future::{try_join_all, try_join3};
use serde_json::{Value, json};

use super::annotations::{annotation, load_balancers, moniker_of};
use super::kind::{self, ObjectKind, full_name};
use super::trouble::{is_ready, of_pod, owned_by, uid};
use super::{Kubernetes, annotations, convert, error};
use crate::model::{Capacity, HealthState, Image, Instance, Map, Moniker, ServerGroup, ServerGroupRef};
use crate::providers::{
    DeleteOptions, Error, ErrorKind, Instances, ManifestPatch, ManifestRef, NewServerGroup, RunningInstance,
    ServerGroupQuery, ServerGroups,
};

const KINDS: [&str; 3] = ["replicaSet", "statefulSet", "daemonSet"];

/// A pod reduced to what is shown of it: five thousand whole ones would not be small.
pub(super) struct Member {
    /// Uids of its owners.
    owners: Vec<String>,
    namespace: String,
    labels: Map,
    instance: Instance,
}

impl From<Value> for Member {
    fn from(pod: Value) -> Self {
        let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
        let owners = owners.filter_map(|owner| owner["uid"].as_str().map(str::to_owned)).collect();
        let text = |path: &str| pod.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let trouble = of_pod(&pod);
        let health_state = match (text("/status/phase").as_deref(), is_ready(&pod)) {
            _ if pod.pointer("/metadata/deletionTimestamp").is_some() => HealthState::Draining,
            (Some("Succeeded"), _) => HealthState::Succeeded,
            (Some("Failed"), _) => HealthState::Failed,
            (_, true) => HealthState::Up,
            (Some("Pending"), _) if !trouble.serious => HealthState::Starting,
            (Some("Running"), _) if !trouble.serious => HealthState::Starting,
            (Some(_), _) => HealthState::Down,
            (None, _) => HealthState::Unknown,
        };
        let state = match health_state {
            HealthState::Up => "Up",
            HealthState::Starting => "Starting",
            HealthState::Draining => "Draining",
            HealthState::Succeeded => "Succeeded",
            HealthState::Failed => "Failed",
            HealthState::Unknown => "Unknown",
            HealthState::Down | HealthState::OutOfService => "Down",
        };
        let health: Map = [("type", "KubernetesPod"), ("state", state)]
            .map(|(key, it)| (key.to_owned(), it.into()))
            .into_iter()
            .collect();
        let launched = convert::moment(&pod["metadata"]["creationTimestamp"]);
        Self {
            owners,
            namespace: text("/metadata/namespace").unwrap_or_default(),
            labels: pod.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default(),
            instance: Instance {
                id: text("/metadata/name").unwrap_or_default(),
                health_state,
                health: vec![health],
                launch_time: (launched > 0).then_some(launched),
                zone: text("/spec/nodeName"),
                address: text("/status/podIP"),
                reason: trouble.lines.into_iter().next(),
            },
        }
    }
}

/// Pods of each workload by its uid, with their labels.
type Members = HashMap<String, Vec<(Map, Instance)>>;

/// Written on a workload that no Service sends to while it is disabled: there is nothing it could be taken out of.
const DISABLED: &str = "traffic.gennaker.io/disabled";
/// Written on objects that Spinnaker is not to see.
const IGNORE: &str = "caching.spinnaker.io/ignore";

/// What a namespace holds.
struct World {
    members: Members,
    services: Vec<Value>,
}

impl Kubernetes {
    /// Namespaces to look in; one that is empty means all at once.
    pub(super) fn namespaces(&self, location: Option<&str>) -> Vec<String> {
        match location {
            Some(location) => vec![location.to_owned()],
            None if self.cluster.account.namespaces.is_empty() => vec![String::new()],
            None => self.cluster.account.namespaces.clone(),
        }
    }

    async fn members(&self, namespace: &str) -> Result<Members, Error> {
        let pods = self.cluster.resource_of(&ObjectKind::parse("pod")).await?;
        let mut members = Members::new();
        let path = pods.collection(namespace);
        for Member { owners, instance, labels, namespace } in self.cluster.pods(&path, &[], Member::from).await? {
            if self.cluster.account.allows_namespace(&namespace) {
                for owner in owners {
                    members.entry(owner).or_default().push((labels.clone(), instance.clone()));
                }
            }
        }
        Ok(members)
    }

    /// All objects of a kind; none of one that the account may not touch.
    /// Who may not look everywhere looks at home: the namespace to look in after a refusal of all at once.
    pub(super) async fn home_instead(&self, namespace: &str, refusal: Error) -> Result<&str, Error> {
        match refusal.kind {
            ErrorKind::Permission if namespace.is_empty() => self.cluster.namespace().await,
            _ => Err(refusal),
        }
    }

    async fn objects(&self, kind: &str, namespace: &str) -> Result<Vec<Value>, Error> {
        let kind = ObjectKind::parse(kind);
        if !self.cluster.account.allows_kind(&kind) {
            return Ok(Vec::new());
        }
        let resource = self.cluster.resource_of(&kind).await?;
        Ok(self.list_all(&resource, namespace, &[]).await?.items)
    }

    async fn workloads(&self, namespace: &str, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let listed = KINDS.map(|kind| self.objects(kind, namespace));
        let (members, services, objects) =
            try_join3(self.members(namespace), self.objects("service", namespace), try_join_all(listed)).await?;
        let world = World { members, services };
        let mut groups = Vec::new();
        for object in objects.into_iter().flatten() {
            let moniker = moniker_of(&object);
            let annotated = annotation(&object, annotations::APPLICATION).is_some();
            let is = |wanted: &Option<String>, there: &Option<String>| wanted.is_none() || wanted == there;
            let wanted = is(&query.application, &moniker.app) && is(&query.cluster, &moniker.cluster);
            // What a deployment has left behind is its history, nothing that runs.
            let past = object.pointer("/spec/replicas") == Some(&json!(0)) && is_owned(&object);
            let hidden = self.cluster.account.only_spinnaker_managed && !annotated
                || annotation(&object, IGNORE).is_some_and(|ignore| ignore.eq_ignore_ascii_case("true"));
            if wanted && !past && !hidden && self.cluster.account.allows_namespace(kind::namespace(&object)) {
                groups.push(self.server_group(&object, moniker, &world));
            }
        }
        Ok(groups)
    }

    fn server_group(&self, object: &Value, moniker: Moniker, world: &World) -> ServerGroup {
        let namespace = kind::namespace(object);
        let wished = object.pointer("/spec/replicas").or_else(|| object.pointer("/status/desiredNumberScheduled"));
        let wished = wished.and_then(Value::as_u64).and_then(|wished| u32::try_from(wished).ok()).unwrap_or(0);
        let selecting = selecting(object, &world.services);
        let named = load_balancers(object);
        let marked = named.is_empty() && selecting.is_empty() && annotation(object, DISABLED).is_some();
        let sending: Vec<&Value> = world
            .services
            .iter()
            .filter(|service| kind::namespace(service) == namespace)
            .filter(|service| full_name(service).is_ok_and(|name| named.contains(&name)))
            .collect();
        let members = world.members.get(uid(object)).into_iter().flatten();
        let instances = members.map(|(labels, instance)| {
            let reached = sending.iter().any(|service| selects(service, Some(labels)));
            match (named.is_empty(), reached) {
                (false, false) => out_of_traffic(instance.clone(), "LoadBalancer"),
                // Without a Service nobody else can say so.
                _ if marked => out_of_traffic(instance.clone(), "Traffic"),
                _ => instance.clone(),
            }
        });
        let instances = instances.collect();
        let image = object.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str);
        ServerGroup {
            name: full_name(object).unwrap_or_default(),
            cloud_provider: error::PROVIDER.to_owned(),
            account: self.cluster.account.name.clone(),
            region: namespace.to_owned(),
            created_time: convert::moment(&object["metadata"]["creationTimestamp"]),
            disabled: marked || !named.is_empty() && !named.iter().any(|service| selecting.contains(service)),
            capacity: Capacity::exactly(wished),
            instances,
            load_balancers: if named.is_empty() { selecting } else { named },
            image: image.map(|image| Image {
                image_id: image.to_owned(),
                image_name: image.to_owned(),
                version: image.rsplit_once(':').map(|(_, tag)| tag.to_owned()).filter(|tag| !tag.contains('/')),
                ..Image::default()
            }),
            tags: object.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default(),
            moniker,
            ..ServerGroup::default()
        }
    }

    async fn target_of(&self, group: &ServerGroupRef) -> Result<ManifestRef, Error> {
        self.reference(&group.name, &group.location).await
    }

    async fn switch(&self, group: &ServerGroupRef, enabled: bool) -> Result<(), Error> {
        let target = self.target_of(group).await?;
        let object = self.existing("move traffic", &target).await?;
        let named = load_balancers(&object);
        if !named.is_empty() {
            return self.route_traffic(&target, &named, enabled).await.map(drop);
        }
        let services = self.objects("service", &target.namespace).await?;
        if let Some(service) = selecting(&object, &services).first() {
            return Err(error::invalid("move traffic", format!("{target} does not say that {service} sends to it"))
                .with_details(vec![format!("annotate it {}: '[\"{service}\"]'", annotations::LOAD_BALANCERS)]));
        }
        // Marked and to be enabled, or not marked and to be disabled.
        if annotation(&object, DISABLED).is_some() == enabled {
            let mark = if enabled { Value::Null } else { "true".into() };
            let patch = ManifestPatch::Merge(json!({"metadata": {"annotations": {DISABLED: mark}}}));
            self.change("move traffic", &target, &patch).await?;
        }
        Ok(())
    }
}

fn is_owned(object: &Value) -> bool {
    object.pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|owners| !owners.is_empty())
}

/// Services of a workload's namespace that send traffic to the pods its template makes, as full names.
fn selecting(object: &Value, services: &[Value]) -> Vec<String> {
    let labels = object.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    let near = services.iter().filter(|service| kind::namespace(service) == kind::namespace(object));
    near.filter(|service| selects(service, labels)).filter_map(|service| full_name(service).ok()).collect()
}

/// The instance, which this source says is out of traffic.
fn out_of_traffic(mut instance: Instance, source: &str) -> Instance {
    let said = [("type", source.into()), ("state", json!(HealthState::OutOfService))];
    instance.health.push(said.map(|(key, it)| (key.to_owned(), it)).into_iter().collect());
    // What ends or has failed says more.
    if matches!(instance.health_state, HealthState::Up | HealthState::Starting | HealthState::Unknown) {
        instance.health_state = HealthState::OutOfService;
    }
    instance
}

fn selects(service: &Value, labels: Option<&Map>) -> bool {
    let selector = service.pointer("/spec/selector").and_then(Value::as_object).filter(|it| !it.is_empty());
    let Some((selector, labels)) = selector.zip(labels) else { return false };
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Making one is the business of `deployManifest`.
fn made_by_manifest(operation: &'static str, noun: &str) -> Error {
    error::new(operation, ErrorKind::Unsupported, format!("{noun} of kubernetes are made from manifests"))
        .with_details(vec!["use the 'deployManifest' stage".into()])
}

#[async_trait]
impl ServerGroups for Kubernetes {
    async fn list(&self, query: &ServerGroupQuery) -> Result<Vec<ServerGroup>, Error> {
        let mut found = Vec::new();
        for namespace in self.namespaces(query.location.as_deref()) {
            let groups = match self.workloads(&namespace, query).await {
                Err(error) => self.workloads(self.home_instead(&namespace, error).await?, query).await?,
                Ok(groups) => groups,
            };
            found.extend(groups);
        }
        Ok(found)
    }

    async fn get(&self, location: &str, name: &str) -> Result<Option<ServerGroup>, Error> {
        let target = self.reference(name, location).await?;
        let Some(object) = self.live(&target).await? else { return Ok(None) };
        let pods = self.pods_of(&object).await?.into_iter().map(Member::from);
        let members = pods.map(|member| (member.labels, member.instance)).collect();
        let services = self.objects("service", &target.namespace).await?;
        let world = World { members: HashMap::from([(uid(&object).to_owned(), members)]), services };
        Ok(Some(self.server_group(&object, moniker_of(&object), &world)))
    }

    async fn check(&self, _new: &NewServerGroup) -> Result<(), Error> {
        Err(made_by_manifest("create server group", "server groups"))
    }

    async fn create(&self, _new: &NewServerGroup) -> Result<(), Error> {
        Err(made_by_manifest("create server group", "server groups"))
    }

    async fn clone_description(&self, _source: &ServerGroupRef) -> Result<Map, Error> {
        Err(made_by_manifest("clone server group", "server groups"))
    }

    async fn resize(&self, group: &ServerGroupRef, capacity: Capacity) -> Result<(), Error> {
        self.resize_to(&self.target_of(group).await?, capacity.desired).await
    }

    async fn enable(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.switch(group, true).await
    }

    async fn disable(&self, group: &ServerGroupRef, percentage: Option<u32>) -> Result<(), Error> {
        if percentage.is_some_and(|percentage| percentage < 100) {
            let message = format!("{} can only be disabled as a whole", group.name);
            return Err(error::new("disable server group", ErrorKind::Unsupported, message));
        }
        self.switch(group, false).await
    }

    async fn destroy(&self, group: &ServerGroupRef) -> Result<(), Error> {
        self.remove(&self.target_of(group).await?, DeleteOptions::default()).await
    }
}

#[async_trait]
impl Instances for Kubernetes {
    async fn logs(&self, location: &str, instance: &str, lines: usize) -> Result<Vec<String>, Error> {
        let target = ManifestRef { kind: "pod".into(), name: instance.into(), namespace: location.into() };
        let pod = self.existing("read the log", &target).await?;
        let container = pod.pointer("/spec/containers/0/name").and_then(Value::as_str).unwrap_or_default();
        let mut read = self.log_after(location, instance, container, None).await?.lines;
        Ok(read.split_off(read.len().saturating_sub(lines)))
    }

    async fn terminate(&self, location: &str, instances: &[String]) -> Result<(), Error> {
        for instance in instances {
            let target = ManifestRef { kind: "pod".into(), name: instance.clone(), namespace: location.into() };
            self.remove(&target, DeleteOptions::default()).await?;
        }
        Ok(())
    }

    async fn running(&self, location: &str, instances: &[String]) -> Result<Vec<RunningInstance>, Error> {
        let query = ServerGroupQuery { location: Some(location.to_owned()), ..ServerGroupQuery::default() };
        let groups = ServerGroups::list(self, &query).await?;
        let ended = [HealthState::Down, HealthState::Failed, HealthState::Succeeded];
        let all = groups.iter().flat_map(|group| group.instances.iter().map(move |one| (group, one)));
        let running = all.filter(|(_, one)| instances.contains(&one.id) && !ended.contains(&one.health_state));
        let found =
            running.map(|(group, one)| RunningInstance { id: one.id.clone(), server_group: group.name.clone() });
        Ok(found.collect())
    }
}

/// Pods of a workload that a service sends traffic to, for load balancers.
pub(super) fn members_of(service: &Value, pods: &[Value], owners: &[Value]) -> Vec<(String, String, Instance)> {
    let behind = pods.iter().filter(|pod| {
        let labels = pod.pointer("/metadata/labels").and_then(Value::as_object);
        kind::namespace(pod) == kind::namespace(service) && selects(service, labels)
    });
    behind
        .map(|pod| {
            let owner = owners.iter().find(|owner| owned_by(pod, uid(owner)));
            let group = owner.and_then(|owner| full_name(owner).ok()).unwrap_or_default();
            let instance = Member::from(pod.clone()).instance;
            (instance.id.clone(), group, instance)
        })
        .collect()
}
