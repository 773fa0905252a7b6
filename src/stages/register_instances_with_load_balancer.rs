//! Puts instances behind load balancers, and waits until those find them healthy.
//!
//! Without names of balancers, those of the server group under `asgName` are meant.
//!
//! ```yaml
//! - name: Into traffic
//!   type: registerInstancesWithLoadBalancer
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

/// The `registerInstancesWithLoadBalancer` stage.
pub(super) struct RegisterInstancesWithLoadBalancer;

#[async_trait]
impl Stage for RegisterInstancesWithLoadBalancer {
    fn kind(&self) -> &'static str {
        "registerInstancesWithLoadBalancer"
    }

    fn source(&self) -> &'static str {
        include_str!("register_instances_with_load_balancer.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&CHANGE, &WAIT_FOR_LOAD_BALANCER_STATE]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        preview(call, "put instances behind")
    }
}

const CHANGE: Acting = Acting {
    name: "registerInstances",
    look: |call, services| change(call, services, "registerInstancesWithLoadBalancer", true).boxed(),
};

const WAIT_FOR_LOAD_BALANCER_STATE: Waiting =
    Waiting { name: "waitForLoadBalancerState", look: |call, services| balanced(call, services, true).boxed() };
