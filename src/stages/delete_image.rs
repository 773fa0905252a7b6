//! Removes images; nothing happens to those that are gone already.
//!
//! ```yaml
//! - name: Forget the broken build
//!   type: deleteImage
//!   imageIds: [ami-0123456789abcdef0]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::{Cloud, texts};
use super::tasks::Acting;
use super::{Services, Stage, Task, operation, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    required("imageIds", Shape::List(&Shape::Text), "the images, by id"),
    target::REGION,
];

/// The `deleteImage` stage.
pub(super) struct DeleteImage;

#[async_trait]
impl Stage for DeleteImage {
    fn kind(&self) -> &'static str {
        "deleteImage"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_image.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(texts(call.context, "imageIds").iter().map(|image| format!("delete image {image}")).collect())
    }
}

const DELETE: Acting = Acting { name: "deleteImage", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let upkeep = cloud.provider.image_upkeep().ok_or_else(|| cloud.lacks("changes of images"))?;
    let location = cloud.deploy_location(call.context)?;
    let ids = texts(call.context, "imageIds");
    if ids.is_empty() {
        return Err(Failure::user("the stage names no images").detail("add imageIds: [<id>, …]"));
    }
    for id in &ids {
        call.mutation("deleteImage", format!("{}/{location}/{id}", cloud.account), "").await?;
    }
    upkeep.delete(&location, &ids).await?;
    let mut result = operation::accepted(call, "deleteImage", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}
