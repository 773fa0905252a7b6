//! What making a server group needs, looked up beside the look at its cluster: each answer waits for the one who asks next.

use futures_util::future::{join_all, join3};

use super::Aws;
use super::cluster::Cluster;
use super::group::{is_booting, is_disabled, is_going};
use super::memory::Memory;
use super::scaling::Scaling;
use super::tags;
use crate::model::{Image, Map};
use crate::providers::Error;

/// Answers that were asked for ahead of the question, refusals too. Each is used once.
pub(super) struct Ahead {
    /// Images by region and name.
    pub(super) images: Memory<Answered<Image>>,
    /// Subnets and their network, by region and what a cluster says of them.
    pub(super) subnets: Memory<Answered<(Vec<String>, String)>>,
    /// Policies and schedules by region and group.
    pub(super) scaling: Memory<Answered<Scaling>>,
}

type Answered<T> = Result<T, Error>;

/// Keeps an answer, but not that there was none for the moment.
fn keep<T: Clone>(memory: &Memory<Answered<T>>, question: String, answer: Answered<T>) {
    if !answer.as_ref().is_err_and(|error| error.retryable) {
        memory.put(question, answer);
    }
}

impl Ahead {
    pub(super) fn new() -> Self {
        Self { images: Memory::brief(), subnets: Memory::brief(), scaling: Memory::brief() }
    }
}

/// The question after subnets.
pub(super) fn about_subnets(region: &str, cluster: &Cluster) -> String {
    format!("{region} {:?} {:?} {:?}", cluster.subnet_ids, cluster.subnet_type, cluster.zones)
}

impl Aws {
    /// Asks for image, subnets and what goes over from the group in service.
    pub(super) async fn ask_ahead(&self, location: &str, cluster_name: &str, keys: &Map) {
        let Ok(region) = self.account.region(location) else { return };
        let Ok(cluster) = Cluster::parse(keys, &region) else { return };
        let wish = cluster.image.as_deref().unwrap_or_default();
        let image = async {
            keep(&self.ahead.images, format!("{region} {wish}"), self.image(&region, wish).await);
        };
        let subnets = async {
            let subnets = self.subnets(&region, &cluster).await;
            keep(&self.ahead.subnets, about_subnets(&region, &cluster), subnets);
        };
        let scaling = async {
            if cluster.copies_source && !self.account.reads_all {
                self.ask_for_scaling(&region, cluster_name).await;
            }
        };
        join3(image, subnets, scaling).await;
    }

    /// Only where it is clear which group will be replaced: one is in service.
    async fn ask_for_scaling(&self, region: &str, cluster_name: &str) {
        let Ok(groups) = self.describe_tagged(region, Some((tags::CLUSTER, cluster_name))).await else { return };
        let mut in_service = groups.iter().filter(|group| !is_disabled(group) && !is_going(group));
        if let (Some(group), None) = (in_service.next(), in_service.next())
            && let Some(name) = group.auto_scaling_group_name()
        {
            keep(&self.ahead.scaling, format!("{region} {name}"), self.read_scaling(region, name).await);
        }
    }

    /// Asks the balancers of a group for its health while the group itself is asked for, where it is known from an earlier
    /// look that they will be asked anyway.
    pub(super) async fn ask_for_health(&self, region: &str, name: &str) {
        let question = format!("{region} {name}");
        if self.groups.get(&question, self.calls.group_changes()).is_some() {
            return;
        }
        let Some(group) = self.groups.last(&question).filter(|group| !group.instances().iter().all(is_booting)) else {
            return;
        };
        // What fails is said when it is asked again.
        join_all(group.target_group_arns().iter().map(|arn| self.target_health(region, arn))).await;
    }
}
