//! Goes back from one server group to another: the old one is enabled, then the new one disabled.
//!
//! With `rollbackType: EXPLICIT` the `rollbackContext` names both. The old one is first brought to the larger size of
//! the two, unless `enableAndDisableOnly` or `disableOnly` is set. With `PREVIOUS_IMAGE` a server group with the
//! earlier image is cloned from the new one instead. `rollbackCluster` finds out which it must be.
//!
//! ```yaml
//! - name: Go back
//!   type: rollbackServerGroup
//!   rollbackType: EXPLICIT
//!   rollbackContext:
//!     rollbackServerGroupName: hello-prod-v004
//!     restoreServerGroupName: hello-prod-v003
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::capacity;
use super::cloud::Cloud;
use super::cluster::{self, object};
use super::forecast::{Change, Effect};
use super::{Services, Stage, reading, target};
use crate::engine::ports::{Call, NewStage, Plan, in_sequence};
use crate::model::{Capacity, Failure, Field, Map, ServerGroup, Shape, Unit, optional, parse_name, required};

const EXPLICIT_FIELDS: &[Field] = &[
    optional("delayBeforeDisableSeconds", Shape::Duration(Unit::Seconds), "wait between enabling and disabling; none"),
    optional("disableOnly", Shape::Boolean, "only disables the bad one; false"),
    optional("enableAndDisableOnly", Shape::Boolean, "leaves the old one's size alone; false"),
    optional("imageId", Shape::Text, "PREVIOUS_IMAGE: id of the image"),
    optional("imageName", Shape::Text, "PREVIOUS_IMAGE: name of the image"),
    optional("restoreServerGroupName", Shape::Text, "EXPLICIT: the old server group, to be enabled"),
    optional("rollbackServerGroupName", Shape::Text, "the bad server group, to be disabled"),
    optional("targetHealthyRollbackPercentage", Shape::Integer, "share of the old one that must be up, 0-100; all"),
];

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    target::MONIKER_FIELD,
    target::NAMESPACE,
    target::REGION,
    required("rollbackContext", Shape::Object(EXPLICIT_FIELDS), "what to go back from and to"),
    required("rollbackType", Shape::OneOf(&["EXPLICIT", "PREVIOUS_IMAGE", "TEST"]), "how to go back"),
];

/// The `rollbackServerGroup` stage.
pub(super) struct RollbackServerGroup;

#[async_trait]
impl Stage for RollbackServerGroup {
    fn kind(&self) -> &'static str {
        "rollbackServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("rollback_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Rollback::of(call, services)?;
        Ok(Plan::default())
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        let rollback = Rollback::of(call, services)?;
        Ok(in_sequence(match rollback.kind {
            Kind::Explicit => rollback.explicit().await?,
            Kind::PreviousImage => vec![rollback.previous_image()?],
        }))
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let rollback = Rollback::of(call, services)?;
        let bad = &rollback.bad;
        let reference = |name: &str| rollback.cloud.reference(&rollback.location, name);
        let first = match rollback.kind {
            Kind::PreviousImage => Some(Effect::unseen(format!("clone {bad} with its earlier image"))),
            Kind::Explicit if rollback.has("disableOnly") => None,
            Kind::Explicit => {
                let restored = rollback.restored()?;
                Some(Effect::new(format!("enable {restored}"), Change::Enabled(reference(&restored))))
            }
        };
        let disable = Effect::new(format!("disable {bad}"), Change::Disabled(reference(bad)));
        Ok(services.foresee_all(first.into_iter().chain([disable]).collect()))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Explicit,
    PreviousImage,
}

struct Rollback<'a> {
    kind: Kind,
    cloud: Cloud,
    location: String,
    /// The server group to be disabled.
    bad: String,
    how: &'a Map,
    context: &'a Map,
}

impl<'a> Rollback<'a> {
    fn of(call: &'a Call<'_>, services: &Services) -> Result<Self, Failure> {
        let word = reading::filled(call.context, "rollbackType").unwrap_or_default();
        let kind = match word.to_ascii_uppercase().as_str() {
            "EXPLICIT" => Kind::Explicit,
            "PREVIOUS_IMAGE" => Kind::PreviousImage,
            _ => {
                return Err(
                    Failure::user(format!("'rollbackType' is '{word}'")).detail("use EXPLICIT or PREVIOUS_IMAGE")
                );
            }
        };
        let how = reading::object(call.context, "rollbackContext")
            .ok_or_else(|| Failure::user("the stage has no 'rollbackContext'"))?;
        let bad = reading::filled(how, "rollbackServerGroupName")
            .ok_or_else(|| Failure::user("'rollbackContext' has no 'rollbackServerGroupName'"))?;
        let cloud = Cloud::of(call.context, services)?;
        let location = cloud.deploy_location(call.context)?;
        Ok(Self { kind, cloud, location, bad, how, context: call.context })
    }

    fn has(&self, key: &str) -> bool {
        reading::flag(self.how, key)
    }

    fn restored(&self) -> Result<String, Failure> {
        let name = reading::filled(self.how, "restoreServerGroupName");
        name.ok_or_else(|| Failure::user("'rollbackContext' has no 'restoreServerGroupName'"))
    }

    /// Stage keys every step of the rollback takes over, without what makes this stage this stage.
    fn base(&self) -> Map {
        let mut base = self.context.clone();
        for key in ["rollbackType", "rollbackContext", "type", "name", "target", "targetLocation"] {
            base.shift_remove(key);
        }
        base.insert("region".to_owned(), json!(self.location));
        base
    }

    fn step(&self, kind: &str, name: String, own: Value) -> NewStage {
        let mut own = object(own);
        own.retain(|_, value| !value.is_null());
        NewStage::new(kind, name, cluster::over(&own, &self.base()))
    }

    async fn explicit(&self) -> Result<Vec<NewStage>, Failure> {
        let bad = &self.bad;
        let disable =
            self.step("disableServerGroup", format!("Disable {bad} due to rollback"), json!({"serverGroupName": bad}));
        if self.has("disableOnly") {
            return Ok(vec![disable]);
        }
        let restored = self.restored()?;
        let healthy = self.how.get("targetHealthyRollbackPercentage");
        let enable = self.step(
            "enableServerGroup",
            format!("Enable {restored} due to rollback"),
            json!({"serverGroupName": restored, "targetHealthyDeployPercentage": healthy}),
        );
        if self.has("enableAndDisableOnly") {
            return Ok(vec![enable, disable]);
        }
        let larger = self.larger_size(&restored).await?;
        let mut stages = Vec::new();
        if larger.is_some() && !self.context.contains_key("sourceServerGroupCapacitySnapshot") {
            stages.push(self.capture());
        }
        stages.push(enable);
        if let Some(size) = larger {
            let name = format!(
                "Resize Server Group: {restored} to (min: {}, max: {}, desired: {})",
                size.min, size.max, size.desired
            );
            let own = json!({
                "action": "scale_exact",
                "capacity": capacity::value(size),
                "asgName": restored,
                "serverGroupName": restored,
                "targetLocation": {"type": "REGION", "value": self.location},
                "account": self.cloud.account,
                "cloudProvider": self.cloud.provider_name,
                "pinMinimumCapacity": true,
                "targetHealthyDeployPercentage": healthy,
            });
            stages.push(self.step("resizeServerGroup", name, own));
        }
        let delay = reading::duration(self.how, "delayBeforeDisableSeconds", Unit::Seconds)?.unwrap_or_default();
        if !delay.is_zero() {
            let time = object(json!({"waitTime": self.how.get("delayBeforeDisableSeconds")}));
            stages.push(NewStage::new("wait", "waitBeforeDisable", time));
        }
        stages.push(disable);
        if larger.is_some() {
            stages.push(self.restore_minimum(&restored));
        }
        Ok(stages)
    }

    /// The size the restored one must get; `None` when it has it, or one of the two is gone.
    async fn larger_size(&self, restored: &str) -> Result<Option<Capacity>, Failure> {
        let groups = self.cloud.server_groups()?;
        let bad = groups.get(&self.location, &self.bad).await?;
        let old = groups.get(&self.location, restored).await?;
        Ok(bad.zip(old).and_then(|(bad, old)| larger(&bad, &old)))
    }

    fn capture(&self) -> NewStage {
        let context = json!({"useSourceCapacity": true, "source": self.coordinates(&self.bad)});
        NewStage::new("captureSourceServerGroupCapacity", "Snapshot Source Server Group", object(context))
    }

    fn restore_minimum(&self, restored: &str) -> NewStage {
        let context = json!({
            "credentials": self.cloud.account,
            "cloudProvider": self.cloud.provider_name,
            "target": self.coordinates(restored),
        });
        let name = "Restore Min Capacity From Snapshot due to rollback";
        NewStage::new("applySourceServerGroupCapacity", name, object(context))
    }

    fn coordinates(&self, name: &str) -> Value {
        json!({
            "asgName": name,
            "serverGroupName": name,
            "region": self.location,
            "account": self.cloud.account,
            "cloudProvider": self.cloud.provider_name,
        })
    }

    fn previous_image(&self) -> Result<NewStage, Failure> {
        let image = reading::filled(self.how, "imageName").ok_or_else(|| {
            Failure::user(format!("it is not known which image {} replaced", self.bad))
                .detail("name it in rollbackContext.imageName")
        })?;
        let moniker = reading::object(self.context, "moniker");
        let parsed = parse_name(&self.bad);
        let part = |key, parsed: Option<String>| moniker.and_then(|moniker| reading::filled(moniker, key)).or(parsed);
        let snapshot = self.context.get("sourceServerGroupCapacitySnapshot");
        let mut source = object(self.coordinates(&self.bad));
        source.insert("useSourceCapacity".to_owned(), json!(snapshot.is_none()));
        let id = reading::filled(self.how, "imageId");
        let mut context = object(json!({
            "targetHealthyDeployPercentage": self.how.get("targetHealthyRollbackPercentage"),
            "imageId": id,
            "imageName": image,
            // An image of another owner is not found by its name.
            "amiName": id.as_deref().filter(|id| id.starts_with("ami-")).unwrap_or(&image),
            "image": id.as_deref().unwrap_or(&image),
            "strategy": "redblack",
            "application": part("app", parsed.app),
            "stack": part("stack", parsed.stack),
            "freeFormDetails": part("detail", parsed.detail),
            "region": self.location,
            "credentials": self.cloud.account,
            "cloudProvider": self.cloud.provider_name,
            "delayBeforeDisableSec": self.how.get("delayBeforeDisableSeconds").unwrap_or(&json!(0)),
            "source": source,
            "capacity": snapshot,
            "interestingHealthProviderNames": self.context.get("interestingHealthProviderNames"),
        }));
        context.retain(|_, value| !value.is_null());
        Ok(NewStage::new("cloneServerGroup", "clone", context))
    }
}

/// The larger of both sizes with a pinned minimum; `None` when the old one has it already.
fn larger(bad: &ServerGroup, old: &ServerGroup) -> Option<Capacity> {
    let desired = bad.capacity.desired.max(old.capacity.desired);
    let size = Capacity { min: desired, max: bad.capacity.max.max(old.capacity.max), desired };
    (size != old.capacity).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_restored_one_gets_the_larger_size() {
        let group =
            |min, max, desired| ServerGroup { capacity: Capacity { min, max, desired }, ..ServerGroup::default() };
        for (bad, old, expected) in [
            (group(1, 3, 2), group(1, 5, 1), Some(Capacity { min: 2, max: 5, desired: 2 })),
            (group(1, 3, 2), group(4, 4, 4), None),
            (group(2, 2, 2), group(0, 2, 2), Some(Capacity::exactly(2))),
        ] {
            assert_eq!(larger(&bad, &old), expected);
        }
    }
}
