//! Takes instances away from load balancers, and waits until they have drained.
//!
//! Without names of balancers, those of the server group under `asgName` are meant.
//!
//! ```yaml
//! - name: Out of traffic
//!   type: deregisterInstancesFromLoadBalancer
//!   instanceIds: [i-0123456789abcdef0]
//!   targetGroupNames: [hello]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::balancing::{FIELDS, balanced, change, preview};
use super::tasks::{Acting, Waiting};
use super::{Services, Stage, Task};
use crate::engine::ports::Call;
use crate::model::{Failure, Field};

/// The `deregisterInstancesFromLoadBalancer` stage.
pub(super) struct DeregisterInstancesFromLoadBalancer;

#[async_trait]
impl Stage for DeregisterInstancesFromLoadBalancer {
    fn kind(&self) -> &'static str {
        "deregisterInstancesFromLoadBalancer"
    }

    fn source(&self) -> &'static str {
        include_str!("deregister_instances_from_load_balancer.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&CHANGE, &WAIT_FOR_LOAD_BALANCER_STATE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        preview(call, "take instances away from")
    }
}

const CHANGE: Acting = Acting {
    name: "deregisterInstances",
    look: |call, services| change(call, services, "deregisterInstancesFromLoadBalancer", false).boxed(),
};

const WAIT_FOR_LOAD_BALANCER_STATE: Waiting =
    Waiting { name: "waitForLoadBalancerState", look: |call, services| balanced(call, services, false).boxed() };
