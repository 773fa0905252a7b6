//! Highlander: there can be only one; every other server group of the cluster is disabled and destroyed.

use serde_json::json;

use super::{Rollout, Strategy, selected, title};
use crate::engine::ports::NewStage;
use crate::model::{Failure, ServerGroup};
use crate::stages::forecast::{Change, Effect};
use crate::stages::selection::Purpose;

pub(super) struct Highlander;

impl Strategy for Highlander {
    fn key(&self) -> &'static str {
        "highlander"
    }

    fn after(&self, rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        let context = rollout.with_health(json!({
            "shrinkToSize": 1,
            "allowDeleteActive": true,
            "retainLargerOverNewer": false,
        }));
        Ok(vec![NewStage::new("shrinkCluster", title("shrinkCluster", rollout.cluster()), context)])
    }

    fn preview(&self, rollout: &Rollout<'_>, groups: &[ServerGroup]) -> Vec<Effect> {
        let all = json!({"shrinkToSize": 1, "allowDeleteActive": true});
        let effect = |name: &String| {
            Effect::new(format!("disable and destroy {name}"), Change::Removed(rollout.reference(name)))
        };
        selected(Purpose::Shrink, all, groups).iter().map(effect).collect()
    }
}
