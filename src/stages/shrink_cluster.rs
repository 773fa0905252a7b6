//! Destroys server groups of a cluster until no more than `shrinkToSize` are left.
//!
//! The oldest go first. Server groups in traffic are left alone unless `allowDeleteActive` is set; then those that go
//! are taken out of traffic first.
//!
//! ```yaml
//! - name: Keep two to go back to
//!   type: shrinkCluster
//!   cluster: hello-prod
//!   shrinkToSize: 3
//! ```

use async_trait::async_trait;
use serde_json::json;

use super::cluster::{self, object};
use super::disable_cluster::{CONTINUE, preview, with_coordinates};
use super::naming::title;
use super::selection::Purpose;
use super::tasks::{ActOnSelected, SelectServerGroups, WaitForSelected};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, NewStage, Plan};
use crate::model::{Failure, Field, Shape, joined, optional};

const FIELDS: &[Field] = &joined::<6, 10, 16>(
    [
        optional("allowDeleteActive", Shape::Boolean, "destroys server groups in traffic too; false"),
        CONTINUE,
        target::HEALTH_PROVIDERS,
        optional("retainLargerOverNewer", Shape::Boolean, "keeps those with the most instances, not the newest; false"),
        optional("runDisableClusterStep", Shape::Boolean, "takes those in traffic out of it first; true"),
        optional("shrinkToSize", Shape::Integer, "how many stay; 1"),
    ],
    target::COORDINATES,
);

/// The `shrinkCluster` stage.
pub(super) struct ShrinkCluster;

#[async_trait]
impl Stage for ShrinkCluster {
    fn kind(&self) -> &'static str {
        "shrinkCluster"
    }

    fn source(&self) -> &'static str {
        include_str!("shrink_cluster.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&SelectServerGroups(Purpose::Shrink), &ActOnSelected(Purpose::Shrink), &WaitForSelected(Purpose::Shrink)]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        let mut plan = with_coordinates(call, self.tasks());
        let disables = reading::optional_flag(call.context, "runDisableClusterStep").unwrap_or(true);
        if disables && reading::flag(call.context, "allowDeleteActive") {
            let size = reading::integer(call.context, "shrinkToSize").unwrap_or(1);
            let own = object(json!({
                "remainingEnabledServerGroups": size,
                "preferLargerOverNewer": reading::flag(call.context, "retainLargerOverNewer"),
                "continueIfClusterNotFound": size == 0 || reading::flag(call.context, "continueIfClusterNotFound"),
            }));
            let context = cluster::over(&own, &cluster::over(&plan.context, call.context));
            let subject = cluster::name(&context).unwrap_or_default();
            plan.before.push(NewStage::new("disableCluster", title("disableCluster", &subject), context));
        }
        Ok(plan)
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        preview(call, services, Purpose::Shrink).await
    }
}
