//! Disables a server group, then stops its instances and removes it.
//!
//! With `skipDisableBeforeDestroy` it goes at once, connections and all. A traffic guard of the project refuses to
//! destroy the last server group with traffic.
//!
//! ```yaml
//! - name: Remove the oldest
//!   type: destroyServerGroup
//!   cluster: hello-prod
//!   target: oldest_asg_dynamic
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::forecast::{Change, Effect};
use super::naming::title;
use super::tasks::{Acting, Deed, WaitForDestroyed, act_on_target};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, NewStage, Plan};
use crate::model::{Failure, Field, ServerGroup, Shape, joined, optional};

const FIELDS: &[Field] = &joined::<2, 13, 15>(
    [
        target::HEALTH_PROVIDERS,
        optional("skipDisableBeforeDestroy", Shape::Boolean, "destroys without taking it out of traffic first; false"),
    ],
    target::SERVER_GROUP,
);

/// The `destroyServerGroup` stage.
pub(super) struct DestroyServerGroup;

#[async_trait]
impl Stage for DestroyServerGroup {
    fn kind(&self) -> &'static str {
        "destroyServerGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["destroyAsg"]
    }

    fn source(&self) -> &'static str {
        include_str!("destroy_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DESTROY, &WaitForDestroyed]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let mut before = Vec::new();
        let name = target::named(call.context).unwrap_or_default();
        if !reading::flag(call.context, "skipDisableBeforeDestroy") {
            before.push(NewStage::new("disableServerGroup", title("disableServerGroup", &name), call.context.clone()));
        }
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), before).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        let verb = match reading::flag(call.context, "skipDisableBeforeDestroy") {
            true => "destroy",
            false => "disable and destroy",
        };
        let effect =
            |group: &ServerGroup| Effect::new(format!("{verb} {}", group.name), Change::Removed(group.reference()));
        Ok(services.foresee_all(groups.iter().map(effect).collect()))
    }
}

const DESTROY: Acting =
    Acting { name: "destroyServerGroup", look: |call, services| act_on_target(call, services, Deed::Destroy).boxed() };
