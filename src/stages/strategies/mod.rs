//! Deployment strategies: what runs around the creation of a server group (contract 4). They return stages and call
//! no cloud.

mod custom;
mod highlander;
mod none;
mod redblack;
mod rollingpush;
mod rollingredblack;
mod unsupported;

use serde_json::{Value, json};

use super::cloud::Cloud;
use super::cluster::{self, object};
use super::forecast::Effect;
pub(crate) use super::naming::title;
use super::selection::{self, Purpose};
use super::{Services, image, reading, source};
use crate::engine::ports::{Call, NewStage};
use crate::model::{Failure, HealthState, Map, Moniker, ServerGroup, ServerGroupRef, StageExecution, Unit};

/// A deployment strategy.
pub(crate) trait Strategy: Sync {
    /// `strategy` in documents; compared without regard to letter case.
    fn key(&self) -> &'static str;
    /// Why a deploy with it cannot be planned.
    fn unsupported(&self) -> Option<Failure> {
        None
    }
    /// Whether something else makes the server group.
    fn replaces_creation(&self) -> bool {
        false
    }
    /// Whether it does its work on the server group that others replace, which then must be found.
    fn changes_source(&self) -> bool {
        false
    }
    /// Context keys to change before the server group is made.
    fn prepare(&self, _context: &Map) -> Map {
        Map::new()
    }
    /// Stages after the server group is up, one after the other.
    fn after(&self, _rollout: &Rollout<'_>) -> Result<Vec<NewStage>, Failure> {
        Ok(Vec::new())
    }
    /// Stages when the deploy failed, one after the other.
    fn on_failure(&self, _rollout: &Rollout<'_>) -> Vec<NewStage> {
        Vec::new()
    }
    /// What it would do once the server group is up, for people. `groups` has the new one in front.
    fn preview(&self, _rollout: &Rollout<'_>, _groups: &[ServerGroup]) -> Vec<Effect> {
        Vec::new()
    }
}

/// The strategies there are, sorted by key.
pub(crate) const STRATEGIES: &[&dyn Strategy] = &[
    &unsupported::CF_ROLLING_RED_BLACK,
    &custom::Custom,
    &highlander::Highlander,
    &unsupported::MONITORED,
    &none::None,
    &redblack::RedBlack,
    &rollingpush::RollingPush,
    &rollingredblack::RollingRedBlack,
];

/// Keys of all strategies, for documentation and validation.
pub(crate) const KEYS: &[&str] =
    &["cfrollingredblack", "custom", "highlander", "monitored", "none", "redblack", "rollingpush", "rollingredblack"];

/// The strategy a context names; none when it names none or an unknown one.
pub(crate) fn of(context: &Map) -> &'static dyn Strategy {
    let key = reading::text(context, "strategy").unwrap_or_default().trim().to_ascii_lowercase();
    STRATEGIES.iter().find(|strategy| strategy.key() == key).copied().unwrap_or(&none::None)
}

/// A deploy whose server group is made or about to be made.
pub(crate) struct Rollout<'a> {
    /// Context of the create or clone stage.
    pub(crate) context: &'a Map,
    /// That stage.
    pub(crate) stage: &'a StageExecution,
    /// Id of its execution.
    pub(crate) execution_id: &'a str,
    /// Through which account.
    pub(crate) cloud: Cloud,
    /// Where.
    pub(crate) location: String,
    /// Application, cluster, stack, detail.
    pub(crate) moniker: Moniker,
    /// What it replaces.
    pub(crate) source: Option<ServerGroupRef>,
    /// Image keys an earlier stage found.
    pub(crate) image: Map,
}

impl<'a> Rollout<'a> {
    /// The deploy of this call's stage, with `context` as its context.
    pub(crate) fn of(call: &'a Call<'_>, services: &Services, context: &'a Map) -> Result<Self, Failure> {
        let cloud = Cloud::of(context, services)?;
        let location = cloud.deploy_location(context)?;
        let mut image = Map::new();
        image::inherit(call, &cloud, &location, &mut image)?;
        Ok(Self {
            context,
            stage: call.stage,
            execution_id: &call.execution.id,
            moniker: cluster::moniker(call.execution, context)?,
            source: source::of(&cloud, context),
            cloud,
            location,
            image,
        })
    }

    /// The server group of this name in the cluster's place.
    pub(crate) fn reference(&self, name: &str) -> ServerGroupRef {
        self.cloud.reference(&self.location, name)
    }

    /// Name of the cluster.
    pub(crate) fn cluster(&self) -> &str {
        self.moniker.cluster.as_deref().unwrap_or_default()
    }

    /// `namespace` where the cluster is in one, else `region`.
    fn location_key(&self) -> &'static str {
        if reading::filled(self.context, "namespace").is_some() { "namespace" } else { "region" }
    }

    /// What every stage of the strategy is told of the cluster.
    pub(crate) fn base(&self) -> Map {
        let moniker = json!({
            "app": self.moniker.app,
            "cluster": self.moniker.cluster,
            "stack": self.moniker.stack,
            "detail": self.moniker.detail,
        });
        let mut base = object(json!({
            (self.location_key()): self.location,
            "cluster": self.cluster(),
            "moniker": moniker,
            "credentials": self.cloud.account,
            "cloudProvider": self.cloud.provider_name,
        }));
        if let Some(Value::Object(moniker)) = base.get_mut("moniker") {
            moniker.retain(|_, part| !part.is_null());
        }
        base
    }

    /// The base with these keys on top.
    pub(crate) fn with(&self, own: Value) -> Map {
        cluster::over(&object(own), &self.base())
    }

    /// The same, told which health sources count when the deploy was.
    pub(crate) fn with_health(&self, own: Value) -> Map {
        let mut context = self.with(own);
        if let Some(names) = self.context.get("interestingHealthProviderNames").filter(|names| !names.is_null()) {
            context.insert("interestingHealthProviderNames".to_owned(), names.clone());
        }
        context
    }

    /// A `wait` for the time under the first of these keys that holds one; nothing when none does.
    pub(crate) fn wait(&self, name: &str, keys: &[&str]) -> Result<Option<NewStage>, Failure> {
        for key in keys {
            let time = reading::duration(self.context, key, Unit::Seconds)?.unwrap_or_default();
            if let Some(value) = self.context.get(*key).filter(|_| !time.is_zero()) {
                return Ok(Some(NewStage::new("wait", name, object(json!({"waitTime": value})))));
            }
        }
        Ok(None)
    }

    /// The share keys in whole percent; 100 is the last always.
    pub(crate) fn percentages(&self) -> Vec<i64> {
        let listed = reading::list(self.context, "targetPercentages");
        let mut percentages: Vec<_> = listed.iter().filter_map(reading::as_integer).collect();
        if percentages.last() != Some(&100) {
            percentages.push(100);
        }
        percentages
    }
}

/// The time before the old server groups leave traffic: the general key, then the particular one.
pub(crate) const BEFORE_DISABLE: &[&str] = &["delayBeforeCleanup", "delayBeforeDisableSec"];

/// Names the rules select in a cluster whose newest group was just deployed.
pub(crate) fn selected(purpose: Purpose, own: Value, groups: &[ServerGroup]) -> Vec<String> {
    let deployed: Vec<_> = groups.first().map(|group| group.name.clone()).into_iter().collect();
    let selected = selection::select(purpose, &object(own), groups, &deployed);
    selected.into_iter().map(|group| group.name.clone()).collect()
}

/// The cluster after these server groups were taken out of traffic.
pub(crate) fn disabled(groups: &[ServerGroup], names: &[String]) -> Vec<ServerGroup> {
    let mut after = groups.to_vec();
    for group in after.iter_mut().filter(|group| names.contains(&group.name)) {
        group.disabled = true;
        for instance in &mut group.instances {
            instance.health_state = HealthState::OutOfService;
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_complete() {
        let keys: Vec<_> = STRATEGIES.iter().map(|strategy| strategy.key()).collect();
        assert_eq!(keys, KEYS);
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn letter_case_is_ignored_and_unknown_is_none() {
        for (text, key) in [("RedBlack", "redblack"), ("", "none"), ("bluegreen", "none")] {
            assert_eq!(of(&object(json!({"strategy": text}))).key(), key);
        }
        assert_eq!(of(&Map::new()).key(), "none");
    }
}
