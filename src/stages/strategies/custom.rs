//! Custom: a pipeline of the user's does the deploy, told by its parameters what to deploy.

use serde_json::json;

use super::{Rollout, Strategy};
use crate::engine::ports::NewStage;
use crate::model::{Failure, ServerGroup};
use crate::stages::cluster::object;
use crate::stages::forecast::Effect;
use crate::stages::reading;

pub(super) struct Custom;

impl Strategy for Custom {
    fn key(&self) -> &'static str {
        "custom"
    }

    fn replaces_creation(&self) -> bool {
        true
    }

    fn after(&self, rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        let Some(pipeline) = reading::filled(rollout.context, "strategyPipeline") else {
            return Err(Failure::user("strategy 'custom' needs 'strategyPipeline'")
                .detail("add strategyPipeline: <pipeline> and strategyApplication: <application> to the cluster"));
        };
        let application = reading::filled(rollout.context, "application").or_else(|| rollout.moniker.app.clone());
        let mut parameters = rollout.with(json!({
            "application": application,
            "strategy": true,
            "clone": rollout.stage.kind == "cloneServerGroup",
            "parentPipelineId": rollout.execution_id,
            "parentStageId": rollout.stage.id,
        }));
        for key in ["amiName", "imageId"] {
            if let Some(image) = rollout.image.get(key) {
                parameters.insert(key.to_owned(), image.clone());
            }
        }
        parameters.extend(reading::object(rollout.context, "pipelineParameters").cloned().unwrap_or_default());
        let context = object(json!({
            "application": application,
            "pipelineApplication":
                reading::filled(rollout.context, "strategyApplication").or_else(|| application.clone()),
            "pipelineId": pipeline,
            "pipeline": pipeline,
            "pipelineParameters": parameters,
        }));
        Ok(vec![NewStage::new("pipeline", format!("Run Pipeline {pipeline}"), context)])
    }

    fn preview(&self, rollout: &Rollout<'_>, _groups: &[ServerGroup]) -> Vec<Effect> {
        let pipeline = reading::filled(rollout.context, "strategyPipeline").unwrap_or_default();
        vec![Effect::unseen(format!("run pipeline '{pipeline}' to deploy cluster {}", rollout.cluster()))]
    }
}
