//! Deploys server groups: one new server group for each cluster, all at the same time.
//!
//! Each cluster becomes a new server group named `<application>-<stack>-<detail>-v<number>`, started beside what stands
//! there; the deploy waits until its instances are up and then does with the old server groups what the `strategy` says:
//!
//! - `none`: they stay, and take traffic together with the new one.
//! - `highlander`: they are disabled and destroyed.
//! - `redblack`: they are disabled and kept; `scaleDown` takes their instances, `maxRemainingAsgs` destroys the oldest.
//! - `rollingredblack`: the new one grows by `targetPercentages`, the old one gives up as much traffic at each step.
//! - `custom`: a pipeline of yours does all of it.
//!
//! Keys of the stage besides `clusters` are defaults for all of them. Which other keys a cluster has depends on its
//! provider. With `rollback: {onFailure: true}` a deploy that fails puts the old server group back into traffic.
//!
//! ```yaml
//! - name: Deploy
//!   type: deploy
//!   clusters:
//!     - application: hello
//!       stack: prod
//!       strategy: redblack
//!       capacity: {min: 2, max: 2, desired: 2}
//!       loadBalancers: [hello]
//!       command: ["./server"]
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::cloud::{self, Cloud};
use super::cluster;
use super::cluster_fields::CLUSTER;
use super::create_server_group::preview_creation;
use super::{Services, Stage, reading};
use crate::engine::ports::{Call, NewStage, Plan};
use crate::model::{Failure, Field, Map, Shape, optional};

const FIELDS: &[Field] = &[
    optional("clusters", Shape::List(&Shape::Object(CLUSTER)), "what to deploy, a server group each"),
    optional("cluster", Shape::Object(CLUSTER), "the same when there is one"),
    optional(
        "trafficOptions",
        Shape::OneOf(&["inherit", "enable", "disable"]),
        "in a strategy pipeline: whether \
        the new server group takes traffic at once; as the parent's cluster says",
    ),
];

/// The `deploy` stage.
pub(super) struct Deploy;

#[async_trait]
impl Stage for Deploy {
    fn kind(&self) -> &'static str {
        "deploy"
    }

    fn source(&self) -> &'static str {
        include_str!("deploy.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Ok(Plan::of_stages(children(call, services).await?))
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        for child in children(call, services).await? {
            let cluster = reading::object(&child.context, "cluster").cloned().unwrap_or_default();
            let context = cluster::over(&cluster, &child.context);
            lines.extend(preview_creation(call, services, &child.kind, &context).await?);
        }
        Ok(lines)
    }
}

/// One stage per cluster, none waiting for another.
async fn children(call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
    let parameters = reading::object(&call.execution.trigger, "parameters");
    let clone = parameters.is_some_and(|parameters| reading::flag(parameters, "clone"));
    let (kind, verb) = if clone { ("cloneServerGroup", "Clone") } else { ("createServerGroup", "Deploy") };
    let clusters = match cluster::strategy_parameters(call.execution) {
        Some(parameters) => vec![parents_cluster(call, services, parameters).await?],
        None => clusters(call.context)?,
    };
    let mut defaults = call.context.clone();
    for key in ["clusters", "cluster"] {
        defaults.shift_remove(key);
    }
    let mut children = Vec::new();
    for cluster in clusters {
        cloud::check_account(&cluster)?;
        let merged = cluster::over(&cluster, &defaults);
        let cloud = Cloud::of(&merged, services)?;
        let name = format!("{verb} in {}", cloud.deploy_location(&merged)?);
        let mut context = defaults.clone();
        context.insert("account".to_owned(), json!(cloud.account));
        context.insert("cluster".to_owned(), Value::Object(cluster));
        context.insert("type".to_owned(), json!(kind));
        context.insert("name".to_owned(), json!(name));
        children.push(NewStage::new(kind, name, context));
    }
    Ok(children)
}

fn clusters(context: &Map) -> Result<Vec<Map>, Failure> {
    let listed = reading::list(context, "clusters");
    let all = if listed.is_empty() { reading::list(context, "cluster") } else { listed };
    if all.is_empty() {
        return Err(Failure::user("the deploy has no cluster").detail("add clusters: with at least one cluster"));
    }
    let object = |value: &Value| {
        let cluster = value.as_object().cloned();
        cluster.ok_or_else(|| Failure::user(format!("a cluster of the deploy is {value}, which is no object")))
    };
    all.iter().map(object).collect()
}

/// In a strategy pipeline the cluster is the one of the deploy that started it, deployed without a strategy.
async fn parents_cluster(call: &Call<'_>, services: &Services, parameters: &Map) -> Result<Map, Failure> {
    let lost = || Failure::user("the deploy that started this strategy pipeline is not to be found");
    let execution = reading::filled(parameters, "parentPipelineId").ok_or_else(lost)?;
    let stage = reading::filled(parameters, "parentStageId").ok_or_else(lost)?;
    let parent = services.pipelines.execution(&execution).await?.ok_or_else(lost)?;
    let context = &parent.stage(&stage).ok_or_else(lost)?.context;
    let mut cluster = reading::object(context, "cluster").unwrap_or(context).clone();
    cluster.insert("strategy".to_owned(), json!("none"));
    for key in ["amiName", "imageId"] {
        if let Some(image) = reading::filled(parameters, key).filter(|_| reading::filled(&cluster, key).is_none()) {
            cluster.insert(key.to_owned(), json!(image));
        }
    }
    let process = "AddToLoadBalancer";
    let mut suspended = cloud::texts(&cluster, "suspendedProcesses");
    match reading::filled(call.context, "trafficOptions").unwrap_or_default().as_str() {
        "enable" => suspended.retain(|name| name != process),
        "disable" if !suspended.iter().any(|name| name == process) => suspended.push(process.to_owned()),
        _ => {}
    }
    if !suspended.is_empty() || cluster.contains_key("suspendedProcesses") {
        cluster.insert("suspendedProcesses".to_owned(), json!(suspended));
    }
    Ok(cluster)
}
