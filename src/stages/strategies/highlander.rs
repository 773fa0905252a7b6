//! Highlander: there can be only one; every other server group of the cluster is disabled and destroyed.

use serde_json::json;

use super::{Rollout, Strategy, selected};
use crate::engine::ports::NewStage;
use crate::model::{Failure, ServerGroup};
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
        Ok(vec![NewStage::new("shrinkCluster", "shrinkCluster", context)])
    }

    fn preview(&self, _rollout: &Rollout<'_>, groups: &[ServerGroup]) -> Vec<String> {
        let all = json!({"shrinkToSize": 1, "allowDeleteActive": true});
        selected(Purpose::Shrink, all, groups).iter().map(|name| format!("disable and destroy {name}")).collect()
    }
}
