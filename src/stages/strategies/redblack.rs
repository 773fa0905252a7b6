//! Red/black: when the new server group is up, the old ones are disabled, and kept for a rollback.

use serde_json::{Value, json};

use super::{BEFORE_DISABLE, Rollout, Strategy, disabled, selected, title};
use crate::engine::ports::NewStage;
use crate::model::{Capacity, Failure, Map, ServerGroup};
use crate::stages::forecast::{Change, Effect};
use crate::stages::reading;
use crate::stages::selection::Purpose;

pub(super) struct RedBlack;

impl Strategy for RedBlack {
    fn key(&self) -> &'static str {
        "redblack"
    }

    fn after(&self, rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        let mut stages = Vec::new();
        if rollout.source.is_none() {
            return Ok(stages);
        }
        // Before anything is disabled, and counting the new server group: so Spinnaker does it.
        if let Some(shrink) = shrink(rollout.context) {
            stages.push(NewStage::new(
                "shrinkCluster",
                title("shrinkCluster", rollout.cluster()),
                rollout.with_health(shrink),
            ));
        }
        stages.extend(rollout.wait("Wait Before Disable", BEFORE_DISABLE)?);
        stages.push(NewStage::new(
            "disableCluster",
            title("disableCluster", rollout.cluster()),
            rollout.with_health(disable()),
        ));
        if reading::flag(rollout.context, "scaleDown") {
            stages.extend(rollout.wait("Wait Before Scale Down", &["delayBeforeScaleDownSec"])?);
            let context = rollout.with_health(scale_down(rollout.context));
            stages.push(NewStage::new("scaleDownCluster", title("scaleDownCluster", rollout.cluster()), context));
        }
        Ok(stages)
    }

    fn preview(&self, rollout: &Rollout<'_>, groups: &[ServerGroup]) -> Vec<Effect> {
        let mut lines = Vec::new();
        if rollout.source.is_none() {
            return lines;
        }
        let mut left = groups.to_vec();
        if let Some(shrink) = shrink(rollout.context) {
            let gone = selected(Purpose::Shrink, shrink, &left);
            left.retain(|group| !gone.contains(&group.name));
            let destroy =
                |name: &String| Effect::new(format!("destroy {name}"), Change::Removed(rollout.reference(name)));
            lines.extend(gone.iter().map(destroy));
        }
        let out = selected(Purpose::Disable, disable(), &left);
        let disable = |name: &String| Effect::new(format!("disable {name}"), Change::Disabled(rollout.reference(name)));
        lines.extend(out.iter().map(disable));
        if reading::flag(rollout.context, "scaleDown") {
            let left = disabled(&left, &out);
            for name in selected(Purpose::ScaleDown, scale_down(rollout.context), &left) {
                let size = left.iter().find(|group| group.name == name).map_or(0, |group| group.capacity.desired);
                if size > 0 {
                    let nothing = Change::Resized(rollout.reference(&name), Capacity::exactly(0));
                    lines.push(Effect::new(format!("scale {name} from {size} to 0"), nothing));
                }
            }
        }
        lines
    }
}

fn shrink(context: &Map) -> Option<Value> {
    let size = reading::integer(context, "maxRemainingAsgs").filter(|size| *size > 0)?;
    Some(json!({
        "shrinkToSize": size,
        "allowDeleteActive": reading::flag(context, "allowDeleteActive"),
        "retainLargerOverNewer": false,
    }))
}

fn disable() -> Value {
    json!({"remainingEnabledServerGroups": 1, "preferLargerOverNewer": false})
}

fn scale_down(context: &Map) -> Value {
    json!({
        "allowScaleDownActive": reading::flag(context, "allowScaleDownActive"),
        "remainingFullSizeServerGroups": 1,
        "preferLargerOverNewer": false,
    })
}
