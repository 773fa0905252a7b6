//! Finds the newest image of a package by its tags, for a later deploy.
//!
//! A deploy after this stage whose cluster names no image uses the one found.
//!
//! ```yaml
//! - name: The tested one
//!   type: findImageFromTags
//!   packageName: hello
//!   tags: {stage: tested}
//! ```

use async_trait::async_trait;
use fancy_regex::Regex;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Image, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("imageNamePattern", Shape::Text, "regular expression the whole name of the image must match"),
    optional("packageName", Shape::Text, "how the name of the image begins"),
    target::REGION,
    target::REGIONS,
    optional("tags", Shape::Map, "tags the image must have"),
];

/// The `findImageFromTags` stage.
pub(super) struct FindImageFromTags;

#[async_trait]
impl Stage for FindImageFromTags {
    fn kind(&self) -> &'static str {
        "findImageFromTags"
    }

    fn source(&self) -> &'static str {
        include_str!("find_image_from_tags.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&FIND]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let (_, found) = newest(call, services).await?;
        Ok(found.iter().map(|image| format!("find image {} in {}", image.image_name, image.region)).collect())
    }
}

const FIND: Acting = Acting { name: "findImage", look: |call, services| find(call, services).boxed() };

/// The newest fitting image of every location.
async fn newest(call: &Call<'_>, services: &Services) -> Result<(Cloud, Vec<Image>), Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let package = reading::filled(call.context, "packageName");
    let tags = reading::object(call.context, "tags").cloned().unwrap_or_default();
    if package.is_none() && tags.is_empty() {
        return Err(Failure::user("the stage says nothing of the image").detail("add packageName, tags, or both"));
    }
    let pattern = match reading::filled(call.context, "imageNamePattern") {
        None => None,
        Some(text) => Some(
            Regex::new(&format!("^(?:{text})$"))
                .map_err(|error| Failure::user(format!("'imageNamePattern' is no regular expression: {error}")))?,
        ),
    };
    let images = cloud.images()?.find(package.as_deref(), &tags).await?;
    let fits =
        |image: &&Image| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&image.image_name).unwrap_or(false));
    let mut found = Vec::new();
    for location in cloud.cluster_locations(call.context) {
        let image = images.iter().filter(fits).find(|image| image.region == location).cloned();
        found.push(image.ok_or_else(|| {
            let what = package.as_deref().map(|name| format!(" '{name}'")).unwrap_or_default();
            let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            Failure::new(format!("there is no image{what} in {location} with tags {}", tags.join(", ")))
        })?);
    }
    Ok((cloud, found))
}

async fn find(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (cloud, found) = newest(call, services).await?;
    let provider = &cloud.provider_name;
    let detail = |image: &Image| {
        json!({
            "ami": image.image_id,
            "imageId": image.image_id,
            "imageName": image.image_name,
            "cloudProvider": provider,
            "refId": call.stage.ref_id,
            "region": image.region,
            "version": image.version,
            "tags": image.tags,
        })
    };
    let artifact = |image: &Image| {
        json!({
            "type": format!("{provider}/image"),
            "reference": image.image_id,
            "name": image.image_name,
            "location": image.region,
            "uuid": format!("{}-{}-{}", call.stage.ref_id, image.region, image.image_id),
        })
    };
    let details: Vec<Value> = found.iter().map(detail).collect();
    Ok(TaskResult::succeeded()
        .with_context("amiDetails", details.clone())
        .with_context("artifacts", found.iter().map(artifact).collect::<Vec<_>>())
        .with_output("deploymentDetails", details))
}
