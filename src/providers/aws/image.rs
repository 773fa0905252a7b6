//! Images: found by id, name or tags; tagged; removed.

use std::cmp::Reverse;

use async_trait::async_trait;
use futures_util::future::try_join_all;

use super::Aws;
use super::client::Service;
use super::error::{during, invalid};
use super::params::Params;
use super::xml::{Answer, Node};
use crate::model::{Image, Map};
use crate::providers::{Error, ErrorKind, ImageUpkeep, Images};

impl Aws {
    /// The image a document names by id or name; of several of one name the newest.
    pub(super) async fn image(&self, region: &str, wish: &str) -> Result<Image, Error> {
        if wish.starts_with("ami-") {
            return self.image_by_id(region, wish).await;
        }
        if let Some(found) = self.ahead.images.take(&format!("{region} {wish}")) {
            return found;
        }
        let name = [wish.to_owned()];
        let available = ["available".to_owned()];
        let params = Params::ec2().with_filters(&[("name", &name[..]), ("state", &available[..])]);
        let found = self.describe_images(region, params.with_list("Owner", self.owners())).await?;
        found.into_iter().next().ok_or_else(|| {
            invalid(format!(
                "image '{wish}' does not exist in {region} among those of {}; correct 'amiName', or add its owner to the \
                 account's 'imageOwners'",
                self.owners().join(", ")
            ))
        })
    }

    pub(super) async fn image_by_id(&self, region: &str, id: &str) -> Result<Image, Error> {
        let key = format!("{region} {id}");
        if let Some(known) = self.images.get(&key) {
            return Ok(known);
        }
        let found = self.describe_images(region, Params::ec2().with_list("ImageId", [id])).await;
        let image = match found {
            Ok(found) => found.into_iter().next(),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => None,
            Err(error) => return Err(error),
        };
        let image = image.ok_or_else(|| {
            invalid(format!(
                "image '{id}' does not exist in {region}, or account '{}' may not use it; correct 'amiName'",
                self.account.name
            ))
        })?;
        self.images.put(key, image.clone());
        Ok(image)
    }

    fn owners(&self) -> Vec<String> {
        match self.account.image_owners.is_empty() {
            true => vec!["self".to_owned()],
            false => self.account.image_owners.clone(),
        }
    }

    /// Images, newest first.
    async fn describe_images(&self, region: &str, params: Params) -> Result<Vec<Image>, Error> {
        let call = (Service::Ec2, region, "DescribeImages");
        let found = self.calls.pages(call, params, "imagesSet", ("nextToken", "NextToken")).await?;
        let mut images: Vec<Image> = found.iter().map(|node| image_of(node, region)).collect();
        images.sort_by_key(|image| Reverse((image.created_time, image.image_id.clone())));
        Ok(images)
    }

    async fn find_images(&self, name: Option<&str>, wanted: &Map) -> Result<Vec<Image>, Error> {
        let mut filters: Vec<(String, Vec<String>)> = vec![("state".to_owned(), vec!["available".to_owned()])];
        if let Some(name) = name {
            filters.push(("name".to_owned(), vec![format!("{}*", literal(name))]));
        }
        for (key, value) in wanted {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            filters.push((format!("tag:{key}"), vec![value]));
        }
        let filters: Vec<(&str, &[String])> =
            filters.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
        let params = Params::ec2().with_filters(&filters).with_list("Owner", self.owners());
        let regions = self.account.regions.iter().map(|region| self.describe_images(region, params.clone()));
        let mut found: Vec<Image> = try_join_all(regions).await?.into_iter().flatten().collect();
        found.sort_by_key(|image| Reverse((image.created_time, image.image_id.clone())));
        Ok(found)
    }

    async fn ids(&self, region: &str, images: &[String]) -> Result<Vec<String>, Error> {
        Ok(try_join_all(images.iter().map(|wish| self.image(region, wish)))
            .await?
            .into_iter()
            .map(|i| i.image_id)
            .collect())
    }
}

/// A name without EC2's wildcards.
fn literal(name: &str) -> String {
    name.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?")
}

fn image_of(node: &Node, region: &str) -> Image {
    let created = node.text("creationDate").and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let tags = node.tags("tagSet");
    let version = tags.get("appversion").or(tags.get("version")).and_then(|value| value.as_str()).map(str::to_owned);
    Image {
        image_id: node.string("imageId"),
        image_name: node.text("name").unwrap_or(node.text("imageId").unwrap_or_default()).to_owned(),
        version,
        region: region.to_owned(),
        created_time: created.map(jiff::Timestamp::as_millisecond).unwrap_or_default(),
        tags,
    }
}

#[async_trait]
impl Images for Aws {
    async fn find(&self, name: Option<&str>, tags: &Map) -> Result<Vec<Image>, Error> {
        self.find_images(name, tags).await.map_err(during("find images"))
    }
}

#[async_trait]
impl ImageUpkeep for Aws {
    async fn tag(&self, location: &str, images: &[String], tags: &Map) -> Result<Vec<Image>, Error> {
        let tag = async {
            let region = self.account.region(location)?;
            let ids = self.ids(&region, images).await?;
            let mut params = Params::ec2().with_list("ResourceId", &ids);
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            params.tags("Tag", tags.iter().map(|(key, value)| (key.as_str(), text(value))));
            self.calls.query(Service::Ec2, &region, "CreateTags", &params).await?;
            self.describe_images(&region, Params::ec2().with_list("ImageId", &ids)).await
        };
        tag.await.map_err(during("tag images"))
    }

    async fn delete(&self, location: &str, images: &[String]) -> Result<(), Error> {
        let delete = async {
            let region = self.account.region(location)?;
            for id in images {
                let params = Params::ec2().with("ImageId", id);
                match self.calls.query(Service::Ec2, &region, "DeregisterImage", &params).await {
                    Err(fault)
                        if fault.error.kind == ErrorKind::NotFound || fault.code == "InvalidAMIID.Unavailable" => {}
                    Err(fault) => return Err(fault.into()),
                    Ok(_) => {}
                }
            }
            Ok(())
        };
        delete.await.map_err(during("delete images"))
    }
}
