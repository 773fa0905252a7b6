//! Does nothing: a place in the graph, for joining branches or trying out a pipeline.
//!
//! ```yaml
//! - name: All regions done
//!   type: noop
//! ```

use async_trait::async_trait;

use super::{Services, Stage, Task};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::Field;

/// The `noop` stage.
pub(super) struct Noop;

impl Stage for Noop {
    fn kind(&self) -> &'static str {
        "noop"
    }

    fn source(&self) -> &'static str {
        include_str!("noop.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &[]
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&NoopTask]
    }
}

struct NoopTask;

#[async_trait]
impl Task for NoopTask {
    fn name(&self) -> &'static str {
        "noop"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, _call: &Call<'_>, _services: &Services) -> TaskResult {
        TaskResult::succeeded()
    }
}
