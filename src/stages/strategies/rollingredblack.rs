//! Rolling red/black: the new server group starts empty and grows in steps, and at each step the old one gives up as
//! much of its traffic.

use serde_json::{Value, json};

use super::{BEFORE_DISABLE, Rollout, Strategy, title};
use crate::engine::ports::NewStage;
use crate::model::{Capacity, Failure, Map, ServerGroup, ServerGroupRef};
use crate::providers::Work;
use crate::stages::cluster::object;
use crate::stages::forecast::{Change, Effect};
use crate::stages::{operation, reading};

/// How long unpinning the old server group may take after a deploy that may itself have failed by a time-out.
const UNPIN_TIMEOUT_MS: u64 = 20 * 60 * 1000;

pub(super) struct RollingRedBlack;

impl Strategy for RollingRedBlack {
    fn key(&self) -> &'static str {
        "rollingredblack"
    }

    fn prepare(&self, context: &Map) -> Map {
        let first = |key: &str| context.get(key).filter(|value| !value.is_null()).cloned();
        // A stage that runs again has its first capacity saved already.
        let saved = first("savedCapacity")
            .or_else(|| first("capacity"))
            .or_else(|| first("targetSize").map(|size| json!({"min": size, "max": size, "desired": size})))
            .unwrap_or_else(|| json!({"min": 1, "max": 1, "desired": 1}));
        let mut prepared = object(json!({
            "useSourceCapacity": false,
            "savedCapacity": saved,
            "capacity": {"min": 0, "max": 0, "desired": 0},
        }));
        if context.contains_key("targetSize") {
            prepared.insert("targetSize".to_owned(), json!(0));
        }
        prepared
    }

    fn after(&self, rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        let location = json!({"type": "REGION", "value": rollout.location});
        let find = rollout.with(json!({"target": "current_asg_dynamic", "targetLocation": location}));
        let mut stages = vec![NewStage::new("determineTargetServerGroup", "Determine Deployed Server Group", find)];
        if let Some(source) = &rollout.source {
            stages.push(pin(rollout, source));
        }
        for percentage in rollout.percentages() {
            stages.push(grow(rollout, percentage, &location));
            stages.extend(rollout.wait("wait", BEFORE_DISABLE)?);
            stages.extend(validation(rollout, percentage));
            if let Some(source) = &rollout.source {
                let context =
                    rollout.with_health(json!({"desiredPercentage": percentage, "serverGroupName": source.name}));
                let name = format!("Disable {percentage}% of Traffic on {}", source.name);
                stages.push(NewStage::new("disableServerGroup", name, context));
            }
        }
        let Some(source) = &rollout.source else { return Ok(stages) };
        if reading::flag(rollout.context, "scaleDown") {
            stages.extend(rollout.wait("Wait Before Scale Down", &["delayBeforeScaleDownSec"])?);
            let context = rollout.with(json!({
                "allowScaleDownActive": false,
                "remainingFullSizeServerGroups": 1,
                "preferLargerOverNewer": false,
            }));
            stages.push(NewStage::new("scaleDownCluster", title("scaleDownCluster", rollout.cluster()), context));
        } else {
            stages.push(unpin(rollout, source, Value::Null));
        }
        Ok(stages)
    }

    fn on_failure(&self, rollout: &Rollout<'_>) -> Vec<NewStage> {
        rollout.source.iter().map(|source| unpin(rollout, source, json!(UNPIN_TIMEOUT_MS))).collect()
    }

    fn preview(&self, rollout: &Rollout<'_>, groups: &[ServerGroup]) -> Vec<Effect> {
        let Some(new) = groups.first() else { return Vec::new() };
        let mut lines = Vec::new();
        for percentage in rollout.percentages() {
            let grown = Change::Touched(new.reference(), Work::Resize);
            lines.push(Effect::new(format!("grow {} to {percentage} % of its size", new.name), grown));
            lines.extend(rollout.source.iter().map(|source| {
                let change = match percentage {
                    100 => Change::Disabled(source.clone()),
                    _ => Change::Touched(source.clone(), Work::Disable),
                };
                Effect::new(format!("disable {percentage} % of {}", source.name), change)
            }));
        }
        if let Some(source) = rollout.source.as_ref().filter(|_| reading::flag(rollout.context, "scaleDown")) {
            let size = groups.iter().find(|group| group.name == source.name).map_or(0, |group| group.capacity.desired);
            let nothing = Change::Resized(source.clone(), Capacity::exactly(0));
            lines.push(Effect::new(format!("scale {} from {size} to 0", source.name), nothing));
        }
        lines
    }
}

fn pin(rollout: &Rollout<'_>, source: &ServerGroupRef) -> NewStage {
    let context = rollout.with(json!({
        "serverGroupName": source.name,
        "action": "scale_to_server_group",
        "source": source_of(rollout, source),
        "useNameAsLabel": true,
        "pinMinimumCapacity": true,
    }));
    NewStage::new("pinServerGroup", format!("Pin {}", source.name), context)
}

fn unpin(rollout: &Rollout<'_>, source: &ServerGroupRef, timeout: Value) -> NewStage {
    let mut context = rollout.with(json!({
        "serverGroupName": source.name,
        "action": "scale_to_server_group",
        "source": source_of(rollout, source),
        "useNameAsLabel": true,
        "unpinMinimumCapacity": true,
        "stageTimeoutMs": timeout,
    }));
    context.retain(|_, value| !value.is_null());
    NewStage::new("pinServerGroup", format!("Unpin {}", source.name), context)
}

fn grow(rollout: &Rollout<'_>, percentage: i64, location: &Value) -> NewStage {
    let last = percentage == 100;
    let mut context = rollout.with_health(json!({
        "target": "current_asg_dynamic",
        "targetLocation": location,
        "scalePct": percentage,
        "pinCapacity": percentage < 100,
        "unpinMinimumCapacity": last,
        "pinMinimumCapacity": percentage < 100,
        "useNameAsLabel": true,
        "targetHealthyDeployPercentage": rollout.context.get("targetHealthyDeployPercentage"),
        "savedCapacity": rollout.context.get("savedCapacity"),
    }));
    match &rollout.source {
        Some(source) => {
            context.insert("action".to_owned(), json!("scale_to_server_group"));
            context.insert("source".to_owned(), source_of(rollout, source));
        }
        None => {
            context.insert("action".to_owned(), json!("scale_exact"));
            context.insert("capacity".to_owned(), json!(rollout.context.get("savedCapacity")));
        }
    }
    context.retain(|_, value| !value.is_null());
    NewStage::new("resizeServerGroup", format!("Grow to {percentage}% of Desired Size"), context)
}

fn source_of(rollout: &Rollout<'_>, source: &ServerGroupRef) -> Value {
    json!({
        "region": source.location,
        "serverGroupName": source.name,
        "credentials": source.account,
        "cloudProvider": rollout.cloud.provider_name,
    })
}

/// The pipeline that judges a step, told which server groups it is about.
fn validation(rollout: &Rollout<'_>, percentage: i64) -> Option<NewStage> {
    let wanted = reading::object(rollout.context, "pipelineBeforeCleanup")?;
    let application = reading::filled(wanted, "application")?;
    let pipeline = reading::filled(wanted, "pipelineId")?;
    let deployed = operation::recorded(&rollout.cloud, rollout.context);
    let group = |name: Option<&str>| {
        json!({
            "region": rollout.location,
            "account": rollout.cloud.account,
            "cloudProvider": rollout.cloud.provider_name,
            "serverGroupName": name,
        })
    };
    let mut parameters = reading::object(wanted, "pipelineParameters").cloned().unwrap_or_default();
    parameters.extend(object(json!({
        "deployedServerGroup": group(deployed.first().map(|group| group.name.as_str())),
        "sourceServerGroup": group(rollout.source.as_ref().map(|source| source.name.as_str())),
        "percentageComplete": percentage,
    })));
    let context = object(json!({
        "application": application,
        "pipelineApplication": application,
        "pipeline": pipeline,
        "pipelineParameters": parameters,
    }));
    Some(NewStage::new("pipeline", "Run Validation Pipeline", context))
}
