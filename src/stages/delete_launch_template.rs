//! Removes a launch template, by its name or id; nothing happens when there is none.
//!
//! ```yaml
//! - name: Tidy up
//!   type: deleteLaunchTemplate
//!   launchTemplateName: hello-prod-v003
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::scaling::settings;
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("launchTemplateId", Shape::Text, "the template, by its id"),
    optional("launchTemplateName", Shape::Text, "the template, by its name"),
    target::REGION,
];

/// The `deleteLaunchTemplate` stage.
pub(super) struct DeleteLaunchTemplate;

#[async_trait]
impl Stage for DeleteLaunchTemplate {
    fn kind(&self) -> &'static str {
        "deleteLaunchTemplate"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_launch_template.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(vec![format!("remove launch template {}", template(call.context)?)])
    }
}

fn template(context: &Map) -> Result<String, Failure> {
    let named = ["launchTemplateId", "launchTemplateName"].into_iter().find_map(|key| reading::filled(context, key));
    named.ok_or_else(|| Failure::user("the stage names no template").detail("add launchTemplateName: <name>"))
}

const DELETE: Acting = Acting { name: "deleteLaunchTemplate", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let name = template(call.context)?;
    let scaling = settings(&cloud)?;
    call.mutation("deleteLaunchTemplate", format!("{}/{location}/{name}", cloud.account), "").await?;
    scaling.delete_template(&location, &name).await?;
    let mut result = operation::accepted(call, "deleteLaunchTemplate", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}
