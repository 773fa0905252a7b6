//! Changes the bounds of a server group's size without waiting for the effect.
//!
//! Strategies use it to keep the old server group from shrinking while its traffic moves; it takes the keys of
//! `resizeServerGroup`.
//!
//! ```yaml
//! - name: Keep its size
//!   type: pinServerGroup
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   pinMinimumCapacity: true
//! ```

use async_trait::async_trait;

use super::capacity::Action;
use super::resize_server_group::{CALCULATE_CAPACITY, FIELDS, RESIZE, preview_resize};
use super::tasks::DetermineHealthProviders;
use super::{Services, Stage, Task, target};
use crate::engine::ports::{Call, Plan};
use crate::model::{Failure, Field};

/// The `pinServerGroup` stage.
pub(super) struct PinServerGroup;

#[async_trait]
impl Stage for PinServerGroup {
    fn kind(&self) -> &'static str {
        "pinServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("pin_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineHealthProviders, &CALCULATE_CAPACITY, &RESIZE]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        Action::of(call.context)?;
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        preview_resize(call, services).await
    }
}
