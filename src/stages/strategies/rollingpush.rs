//! Rolling push: no new server group; the one there is gets another launch template, and its instances are replaced.

use serde_json::{Value, json};

use super::{Rollout, Strategy};
use crate::engine::ports::NewStage;
use crate::model::{Failure, Map, ServerGroup, ServerGroupRef};
use crate::stages::forecast::Effect;
use crate::stages::reading;
use crate::stages::update_launch_template::CHANGES;

/// Keys of a cluster that a rolling push knows.
const PUSH: &[&str] =
    &["instanceWarmup", "interestingHealthProviderNames", "minHealthyPercentage", "skipMatching", "termination"];

pub(super) struct RollingPush;

impl Strategy for RollingPush {
    fn key(&self) -> &'static str {
        "rollingpush"
    }

    fn replaces_creation(&self) -> bool {
        true
    }

    fn changes_source(&self) -> bool {
        true
    }

    fn after(&self, rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        let source = source(rollout)?;
        let mut changes = taken(rollout.context, CHANGES);
        for key in ["amiName", "imageId"] {
            if let Some(image) = rollout.image.get(key).filter(|_| !changes.contains_key(key)) {
                changes.insert(key.to_owned(), image.clone());
            }
        }
        let target = json!({
            "asgName": source.name,
            "serverGroupName": source.name,
            "region": source.location,
            "credentials": source.account,
        });
        let context = |more: Map| {
            let mut context = rollout.with(target.clone());
            context.extend(more);
            context
        };
        let kind = "updateLaunchTemplate";
        let mut stages = vec![NewStage::new(kind, "modifyLaunchConfiguration", context(changes))];
        if relaunches(rollout.context) {
            stages.push(NewStage::new("rollingPush", "rollingPush", context(taken(rollout.context, PUSH))));
        }
        Ok(stages)
    }

    fn preview(&self, rollout: &Rollout<'_>, _groups: &[ServerGroup]) -> Vec<Effect> {
        let Ok(source) = source(rollout) else {
            return vec![Effect::unseen(format!(
                "fail, for cluster {} has no server group to push to",
                rollout.cluster()
            ))];
        };
        let mut effects = vec![Effect::unseen(format!("change the launch template of {}", source.name))];
        if relaunches(rollout.context) {
            effects.push(Effect::unseen(format!("replace instances of {}", source.name)));
        }
        effects
    }
}

fn source<'a>(rollout: &'a Rollout<'_>) -> Result<&'a ServerGroupRef, Failure> {
    rollout.source.as_ref().ok_or_else(|| {
        Failure::user(format!("cluster {} has no server group for a rolling push", rollout.cluster()))
            .detail("deploy the first one with another strategy")
    })
}

/// Whether instances are replaced at once, and not only those that start from now on.
fn relaunches(context: &Map) -> bool {
    let Some(termination) = reading::object(context, "termination") else { return false };
    reading::flag(termination, "relaunchAllInstances")
        || reading::integer(termination, "totalRelaunches").is_some_and(|total| total > 0)
}

fn taken(context: &Map, keys: &[&str]) -> Map {
    let present = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    let wanted = context.iter().filter(|(key, value)| keys.contains(&key.as_str()) && present(value));
    wanted.map(|(key, value)| (key.clone(), value.clone())).collect()
}
