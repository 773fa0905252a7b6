//! Launch templates: what a server group's instances are made from, and the claim on its name.
//!
//! A template has its server group's name and its owner's tag. It is made first: whoever has the template may make the
//! group, so two deploys that chose the same name find out before either has started an instance.

use serde_json::{Value, json};

use super::Aws;
use super::client::{Service, once_visible};
use super::cluster::Cluster;
use super::error::{Fault, PROVIDER};
use super::params::Params;
use super::resolve::Resolved;
use super::tags;
use super::xml::{Answer, Node};
use crate::model::Map;
use crate::providers::{Error, ErrorKind, NewServerGroup};

const NAME_TAKEN: &str = "InvalidLaunchTemplateName.AlreadyExistsException";

/// A template's id and the version a group uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) id: String,
    pub(super) version: String,
}

/// Name of a server group's template: characters that templates cannot have are replaced.
pub(super) fn template_name(group: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | ')' | '.' | '-' | '/' | '_');
    group.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

impl Aws {
    /// Makes a new group's template, or finds the one the same owner made.
    pub(super) async fn create_template(
        &self,
        region: &str,
        new: &NewServerGroup,
        resolved: &Resolved,
    ) -> Result<Template, Error> {
        let name = template_name(&new.name);
        let mut params = Params::ec2().with("LaunchTemplateName", &name);
        template_data(&mut params, resolved, self.account.key_pair.as_deref());
        params.set("TagSpecification.1.ResourceType", "launch-template");
        for (position, (key, value)) in tags::of_new(new, &resolved.image).into_iter().enumerate() {
            let tag = format!("TagSpecification.1.Tag.{}", position + 1);
            params.set(&format!("{tag}.Key"), key).set(&format!("{tag}.Value"), value);
        }
        params.set("ClientToken", token(&new.owner, &params));
        match self.calls.query(Service::Ec2, region, "CreateLaunchTemplate", &params).await {
            Ok(answer) => {
                let template = answer.child("launchTemplate").cloned().unwrap_or_default();
                Ok(Template { id: template.string("launchTemplateId"), version: "1".to_owned() })
            }
            Err(fault) if fault.code == NAME_TAKEN => self.adopt_template(region, &name, new).await,
            Err(fault) => Err(fault.into()),
        }
    }

    async fn adopt_template(&self, region: &str, name: &str, new: &NewServerGroup) -> Result<Template, Error> {
        let params = Params::ec2().with_list("LaunchTemplateName", [name]);
        let answer =
            once_visible(|| self.calls.query(Service::Ec2, region, "DescribeLaunchTemplates", &params)).await?;
        let template = answer.items("launchTemplates").next().cloned().unwrap_or_default();
        let theirs = template.tags("tagSet");
        if theirs.get(tags::OWNER).and_then(Value::as_str) == Some(&new.owner) {
            let epoch = theirs.get(tags::EPOCH).and_then(Value::as_str).and_then(|epoch| epoch.parse().ok());
            if epoch.is_some_and(|epoch: u64| epoch > new.epoch) {
                let message = format!("another runner has taken over the execution that makes '{name}'");
                return Err(Error::new(PROVIDER, "create launch template", ErrorKind::Other, message));
            }
            let version = template.text("latestVersionNumber").unwrap_or("1").to_owned();
            return Ok(Template { id: template.string("launchTemplateId"), version });
        }
        Err(Error::new(
            PROVIDER,
            "create launch template",
            ErrorKind::AlreadyExists,
            format!(
                "launch template '{name}' exists already in {region} and belongs to another stage; destroy its server \
                 group first or deploy under another name"
            ),
        ))
    }

    /// Removes a template; nothing happens when there is none.
    pub(super) async fn delete_template(&self, region: &str, key: &str, value: &str) -> Result<(), Error> {
        let params = Params::ec2().with(key, value);
        match self.calls.query(Service::Ec2, region, "DeleteLaunchTemplate", &params).await {
            Err(fault) if fault.error.kind != ErrorKind::NotFound => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// The data of a version of a template. Versions never change.
    pub(super) async fn template_version(&self, region: &str, template: &Template) -> Result<Node, Error> {
        let key = format!("{region} {} {}", template.id, template.version);
        let is_number = template.version.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(known) = self.versions.get(&key).filter(|_| is_number) {
            return Ok(known);
        }
        let by = if template.id.starts_with("lt-") { "LaunchTemplateId" } else { "LaunchTemplateName" };
        let params = Params::ec2().with(by, &template.id).with_list("LaunchTemplateVersion", [&template.version]);
        let answer = self.calls.query(Service::Ec2, region, "DescribeLaunchTemplateVersions", &params).await;
        let answer = answer.map_err(|fault: Fault| Error {
            message: format!("launch template {} cannot be read: {}", template.id, fault.error.message),
            ..fault.error
        })?;
        let version = answer.items("launchTemplateVersionSet").next().cloned().unwrap_or_default();
        self.versions.put(key, version.clone());
        Ok(version)
    }
}

/// A token that makes the same wish of the same owner one call. Other words make it another.
fn token(owner: &str, params: &Params) -> String {
    let words = params.pairs().iter().flat_map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes(), b"&"]);
    // FNV-1a: the same in every build.
    let hash = words
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let owner: String = owner.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("{owner}-{hash:016x}")
}

/// `LaunchTemplateData` of a new group.
pub(super) fn template_data(params: &mut Params, resolved: &Resolved, key_pair: Option<&str>) {
    let cluster = &resolved.cluster;
    let data = |name: &str| format!("LaunchTemplateData.{name}");
    params.set(&data("ImageId"), &resolved.image.image_id);
    params.set_some(&data("InstanceType"), cluster.instance_type.as_deref());
    params.set_some(&data("KeyName"), cluster.key_pair.as_deref().or(key_pair));
    params.set_some(&data("UserData"), cluster.user_data.as_deref());
    params.set_some(&data("EbsOptimized"), cluster.ebs_optimized);
    params.set_some(&data("Monitoring.Enabled"), cluster.monitoring);
    if let Some(role) = &cluster.iam_role {
        let key = if role.starts_with("arn:") { "IamInstanceProfile.Arn" } else { "IamInstanceProfile.Name" };
        params.set(&data(key), role);
    }
    match cluster.public_address {
        // Public addresses belong to a network interface, and then the groups do too.
        Some(public) => {
            params.set(&data("NetworkInterface.1.DeviceIndex"), 0);
            params.set(&data("NetworkInterface.1.AssociatePublicIpAddress"), public);
            params.list(&data("NetworkInterface.1.SecurityGroupId"), &resolved.security_groups);
        }
        None => {
            params.list(&data("SecurityGroupId"), &resolved.security_groups);
        }
    }
    let tokens = if cluster.imds_v2 { "required" } else { "optional" };
    params.set(&data("MetadataOptions.HttpTokens"), tokens);
    if let Some(unlimited) = cluster.unlimited_credits {
        params.set(&data("CreditSpecification.CpuCredits"), if unlimited { "unlimited" } else { "standard" });
    }
    // With mixed instances the group says what spot may cost.
    if let Some(price) = cluster.spot_price.as_deref().filter(|_| !cluster.mixed.is_wanted()) {
        params.set(&data("InstanceMarketOptions.MarketType"), "spot");
        params.set(&data("InstanceMarketOptions.SpotOptions.MaxPrice"), price);
    }
    params.json(&data("BlockDeviceMapping"), &Value::Array(cluster.block_devices.iter().map(mapping).collect()));
    volume_tags(params, cluster);
}

/// Volumes carry the cluster's tags too.
fn volume_tags(params: &mut Params, cluster: &Cluster) {
    if cluster.tags.is_empty() {
        return;
    }
    let specification = "LaunchTemplateData.TagSpecification.1";
    params.set(&format!("{specification}.ResourceType"), "volume");
    let tags = cluster.tags.iter().map(|(key, value)| (key.as_str(), value.clone()));
    params.tags(&format!("{specification}.Tag"), tags);
}

/// A block device as EC2 writes it, from Spinnaker's flat form.
fn mapping(device: &Map) -> Value {
    let get = |key: &str| device.get(key).filter(|value| !value.is_null()).cloned();
    if let Some(name) = get("virtualName") {
        return json!({"deviceName": get("deviceName"), "virtualName": name});
    }
    let volume = json!({
        "volumeSize": get("size"),
        "volumeType": get("volumeType"),
        "deleteOnTermination": get("deleteOnTermination").unwrap_or(Value::Bool(true)),
        "iops": get("iops"),
        "throughput": get("throughput"),
        "snapshotId": get("snapshotId"),
        "encrypted": get("encrypted"),
        "kmsKeyId": get("kmsKeyId"),
    });
    json!({"deviceName": get("deviceName"), "ebs": volume})
}

/// The keys of a cluster that would make another template like this version.
pub(super) fn cluster_keys(version: &Node) -> Map {
    let Some(data) = version.child("launchTemplateData") else { return Map::new() };
    let interface = data.items("networkInterfaceSet").next();
    let groups = interface.map_or(data, |interface| interface);
    let list = if interface.is_some() { "groupSet" } else { "securityGroupIdSet" };
    let groups: Vec<String> = groups
        .items(list)
        .map(|item| item.text("groupId").unwrap_or(&item.content).to_owned())
        .filter(|id| !id.is_empty())
        .collect();
    let flag = |path: &str| data.text(path).map(|text| Value::Bool(text == "true"));
    let devices: Vec<Value> = data.items("blockDeviceMappingSet").map(flat).collect();
    let keys = json!({
        "amiName": data.text("imageId"),
        "instanceType": data.text("instanceType"),
        "keyPair": data.text("keyName"),
        "iamRole": data.text("iamInstanceProfile/name").or(data.text("iamInstanceProfile/arn")),
        "base64UserData": data.text("userData"),
        "ebsOptimized": flag("ebsOptimized"),
        "instanceMonitoring": flag("monitoring/enabled"),
        "securityGroups": groups,
        "associatePublicIpAddress": interface.and_then(|one| one.text("associatePublicIpAddress")).map(|text| text == "true"),
        "requireIMDSv2": data.text("metadataOptions/httpTokens") == Some("required"),
        "unlimitedCpuCredits": data.text("creditSpecification/cpuCredits").map(|word| word == "unlimited"),
        "spotPrice": data.text("instanceMarketOptions/spotOptions/maxPrice"),
        "blockDevices": devices,
    });
    let Value::Object(keys) = keys else { return Map::new() };
    keys.into_iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
        .collect()
}

fn flat(device: &Node) -> Value {
    let number = |path: &str| device.text(path).and_then(|text| text.parse::<i64>().ok());
    let flag = |path: &str| device.text(path).map(|text| text == "true");
    let flat = json!({
        "deviceName": device.text("deviceName"),
        "virtualName": device.text("virtualName"),
        "size": number("ebs/volumeSize"),
        "volumeType": device.text("ebs/volumeType"),
        "deleteOnTermination": flag("ebs/deleteOnTermination"),
        "iops": number("ebs/iops"),
        "throughput": number("ebs/throughput"),
        "snapshotId": device.text("ebs/snapshotId"),
        "encrypted": flag("ebs/encrypted"),
        "kmsKeyId": device.text("ebs/kmsKeyId"),
    });
    let Value::Object(flat) = flat else { return Value::Null };
    Value::Object(flat.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_only_characters_that_templates_may_have() {
        assert_eq!(template_name("app-stack-d~1^2-v003"), "app-stack-d_1_2-v003");
    }

    #[test]
    fn the_same_wish_has_the_same_token() {
        let one = Params::ec2().with("A", 1);
        let two = Params::ec2().with("A", 2);
        assert_eq!(token("01HZ", &one), token("01HZ", &one));
        assert_ne!(token("01HZ", &one), token("01HZ", &two));
        assert!(token(&"x".repeat(90), &one).len() <= 64);
    }

    #[test]
    fn a_template_is_read_back_as_the_cluster_it_was_made_from() {
        let version = Node::read(
            "<item><launchTemplateData><imageId>ami-1</imageId><instanceType>t3.micro</instanceType>\
              <securityGroupIdSet><item>sg-1</item></securityGroupIdSet><metadataOptions><httpTokens>required</httpTokens>\
              </metadataOptions><blockDeviceMappingSet><item><deviceName>/dev/sdb</deviceName><ebs><volumeSize>8</volumeSize>\
              <encrypted>true</encrypted></ebs></item></blockDeviceMappingSet></launchTemplateData></item>",
        )
        .unwrap();
        assert_eq!(
            Value::Object(cluster_keys(&version)),
            json!({"amiName": "ami-1", "instanceType": "t3.micro", "securityGroups": ["sg-1"], "requireIMDSv2": true,
                   "blockDevices": [{"deviceName": "/dev/sdb", "size": 8, "encrypted": true}]})
        );
    }
}
