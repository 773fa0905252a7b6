//! Sets tags of images: those named, or those an earlier stage found.
//!
//! ```yaml
//! - name: Mark as tested
//!   type: upsertImageTags
//!   imageNames: [hello-1.4]
//!   tags: {stage: tested}
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::json;

use super::cloud::{Cloud, texts};

use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("imageNames", Shape::List(&Shape::Text), "names or ids; those found by an earlier stage when left out"),
    target::REGION,
    target::REGIONS,
    required("tags", Shape::Map, "tags to set"),
];

/// The `upsertImageTags` stage.
pub(super) struct UpsertImageTags;

#[async_trait]
impl Stage for UpsertImageTags {
    fn kind(&self) -> &'static str {
        "upsertImageTags"
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_image_tags.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&TAG]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(images(call)?.iter().map(|image| format!("tag image {image}")).collect())
    }
}

/// Names or ids of the images.
fn images(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let named = texts(call.context, "imageNames");
    if !named.is_empty() {
        return Ok(named);
    }
    let details =
        call.execution.ancestors(call.stage).into_iter().flat_map(|stage| reading::list(&stage.context, "amiDetails"));
    let found = details.filter_map(|detail| detail.as_object()).filter_map(|detail| reading::filled(detail, "imageId"));
    match found.collect::<Vec<String>>() {
        found if found.is_empty() => {
            Err(Failure::user("the stage names no images").detail("add imageNames: [<name>, …]"))
        }
        found => Ok(found),
    }
}

const TAG: Acting = Acting { name: "upsertImageTags", look: |call, services| tag(call, services).boxed() };

async fn tag(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let upkeep = cloud.provider.image_upkeep().ok_or_else(|| cloud.lacks("changes of images"))?;
    let tags = reading::object(call.context, "tags").cloned().unwrap_or_default();
    if tags.is_empty() {
        return Err(Failure::user("the stage has no tags").detail("add tags: {<key>: <value>}"));
    }
    let names = images(call)?;
    let mut targets = Vec::new();
    for location in cloud.cluster_locations(call.context) {
        let detail = tags.keys().cloned().collect::<Vec<_>>().join(", ");
        call.mutation("upsertImageTags", format!("{}/{location}/{}", cloud.account, names.join(", ")), detail).await?;
        for image in upkeep.tag(&location, &names, &tags).await? {
            targets.push(json!({"imageName": image.image_name, "imageId": image.image_id, "regions": [location], "account": cloud.account}));
        }
    }
    let mut result = operation::accepted(call, "upsertImageTags", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("targets", targets))
}
