//! Sets tags of images: those named, or those an earlier stage found.
//!
//! ```yaml
//! - name: Mark as tested
//!   type: upsertImageTags
//!   imageNames: [hello-1.4]
//!   tags: {stage: tested}
//! ```

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::cloud::{Cloud, texts};

use super::tasks::Acting;
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};
use crate::providers::ErrorKind;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("imageIds", Shape::List(&Shape::Text), "ids, each in one of the regions"),
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
        Ok(images(call)?.iter().map(|wish| format!("tag image {}", wish.image)).collect())
    }
}

/// An image to tag.
struct Wish {
    /// Its name or id.
    image: String,
    /// Where it is, when that is known.
    location: Option<String>,
    /// Whether it is an id, which is one place's own.
    is_id: bool,
}

/// The images the stage names, or those an earlier stage found.
fn images(call: &Call<'_>) -> Result<Vec<Wish>, Failure> {
    let of = |key: &str, is_id: bool| {
        texts(call.context, key).into_iter().map(move |image| Wish { image, location: None, is_id })
    };
    let named: Vec<Wish> = of("imageNames", false).chain(of("imageIds", true)).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let details =
        call.execution.ancestors(call.stage).into_iter().flat_map(|stage| reading::list(&stage.context, "amiDetails"));
    let found = details.filter_map(|detail| detail.as_object()).filter_map(|detail| {
        let location = reading::filled(detail, "region");
        Some(Wish { image: reading::filled(detail, "imageId")?, location, is_id: true })
    });
    match found.collect::<Vec<Wish>>() {
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
    let wishes = images(call)?;
    let locations = cloud.cluster_locations(call.context);
    let (mut targets, mut unseen) = (Vec::new(), BTreeMap::new());
    for location in &locations {
        let here = |wish: &&Wish| wish.location.as_ref().is_none_or(|place| place == location);
        // Where an id is nobody knows: it must be in one of several places.
        let is_sure = |wish: &&Wish| !wish.is_id || wish.location.is_some() || locations.len() == 1;
        let (sure, others): (Vec<&Wish>, Vec<&Wish>) = wishes.iter().filter(here).partition(|wish| is_sure(wish));
        let sure: Vec<String> = sure.into_iter().map(|wish| wish.image.clone()).collect();
        let batches = std::iter::once(sure).chain(others.into_iter().map(|wish| vec![wish.image.clone()]));
        for (position, batch) in batches.enumerate().filter(|(_, batch)| !batch.is_empty()) {
            let detail = tags.keys().cloned().collect::<Vec<_>>().join(", ");
            let target = format!("{}/{location}/{}", cloud.account, batch.join(", "));
            call.mutation("upsertImageTags", target, detail).await?;
            match upkeep.tag(location, &batch, &tags).await {
                Err(error) if position > 0 && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => {
                    unseen.insert(batch.join(", "), error);
                }
                tagged => targets.extend(tagged?.into_iter().map(|image| (image, location))),
            }
        }
    }
    for (id, error) in unseen {
        if !targets.iter().any(|(image, _)| image.image_id == id) {
            return Err(error.into());
        }
    }
    if targets.is_empty() {
        return Err(Failure::user(format!("none of the images found is in {}", locations.join(", ")))
            .detail("name their regions in 'regions'"));
    }
    let targets: Vec<Value> = targets
        .into_iter()
        .map(|(image, location)| {
            json!({"imageName": image.image_name, "imageId": image.image_id, "regions": [location], "account": cloud.account})
        })
        .collect();
    let mut result = operation::accepted(call, "upsertImageTags", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("targets", targets))
}
