//! Scales server groups of a cluster to no instances, all but the newest.
//!
//! `remainingFullSizeServerGroups` says how many keep their size. Server groups in traffic are left alone unless
//! `allowScaleDownActive` is set.
//!
//! ```yaml
//! - name: Free the machines of disabled server groups
//!   type: scaleDownCluster
//!   cluster: hello-prod
//!   remainingFullSizeServerGroups: 1
//! ```

use async_trait::async_trait;

use super::disable_cluster::{CONTINUE, preview, with_coordinates};
use super::selection::Purpose;
use super::tasks::{ActOnSelected, SelectServerGroups, WaitForSelected};
use super::{Services, Stage, Task, target};
use crate::engine::ports::{Call, Plan};
use crate::model::{Failure, Field, Shape, joined, optional};

const FIELDS: &[Field] = &joined::<4, 10, 14>(
    [
        optional("allowScaleDownActive", Shape::Boolean, "takes server groups in traffic too; false"),
        CONTINUE,
        optional("preferLargerOverNewer", Shape::Boolean, "keeps those with the most instances, not the newest; false"),
        optional("remainingFullSizeServerGroups", Shape::Integer, "how many keep their size; 1"),
    ],
    target::COORDINATES,
);

/// The `scaleDownCluster` stage.
pub(super) struct ScaleDownCluster;

#[async_trait]
impl Stage for ScaleDownCluster {
    fn kind(&self) -> &'static str {
        "scaleDownCluster"
    }

    fn source(&self) -> &'static str {
        include_str!("scale_down_cluster.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &SelectServerGroups(Purpose::ScaleDown),
            &ActOnSelected(Purpose::ScaleDown),
            &WaitForSelected(Purpose::ScaleDown),
        ]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        Ok(with_coordinates(call, self.tasks()))
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        preview(call, services, Purpose::ScaleDown).await
    }
}
