//! The keys of a cluster in a deploy: those of every cloud, and after them those of each provider in this build.

use super::cluster::{CAPACITY, MONIKER};
use super::strategies::KEYS;
use crate::model::{Field, Shape, Unit, optional};
use crate::providers::PROVIDERS;

const ROLLBACK: &[Field] = &[
    optional(
        "onFailure",
        Shape::Boolean,
        "goes back to the old server group when the deploy fails (redblack, rollingredblack)",
    ),
    optional("destroyLatest", Shape::Boolean, "destroys the new server group when the deploy fails"),
];

const VALIDATION: &[Field] = &[
    optional("application", Shape::Text, "application of the pipeline"),
    optional("pipelineId", Shape::Text, "the pipeline's id or name"),
    optional("pipelineParameters", Shape::Map, "its parameters; the server groups and percentageComplete are added"),
];

const SOURCE: &[Field] = &[
    optional("account", Shape::Text, "account"),
    optional("region", Shape::Text, "where it is"),
    optional("serverGroupName", Shape::Text, "its name"),
    optional("asgName", Shape::Text, "the same as serverGroupName"),
    optional("clusterName", Shape::Text, "its cluster, together with target"),
    optional("target", Shape::Text, "its place in that cluster"),
    optional("useSourceCapacity", Shape::Boolean, "whether its size is taken over"),
];

const COMMON: &[Field] = &[
    optional("account", Shape::Text, "account; the project's only one when left out"),
    optional("allowDeleteActive", Shape::Boolean, "redblack: maxRemainingAsgs may destroy server groups in traffic"),
    optional("allowScaleDownActive", Shape::Boolean, "redblack: scaleDown may take server groups in traffic"),
    optional("application", Shape::Text, "application; the pipeline's when left out"),
    optional("availabilityZones", Shape::Map, "zones by region"),
    optional("capacity", Shape::Object(CAPACITY), "size of the new server group; one instance when left out"),
    optional("cloudProvider", Shape::Text, "provider of the account"),
    optional("credentials", Shape::Text, "the same as account"),
    optional("delayBeforeCleanup", Shape::Duration(Unit::Seconds), "wait before old server groups are disabled; none"),
    optional("delayBeforeDisableSec", Shape::Duration(Unit::Seconds), "the same, when delayBeforeCleanup is not set"),
    optional("delayBeforeScaleDownSec", Shape::Duration(Unit::Seconds), "wait before they are scaled down; none"),
    optional("desiredPercentage", Shape::Integer, "share of the bounds that must be up, 0-100"),
    optional("freeFormDetails", Shape::Text, "detail: third part of the cluster's name"),
    optional("ignoreSequence", Shape::Boolean, "names the server group like the cluster, without -v000"),
    optional("imageArtifact", Shape::Map, "the image as an artifact"),
    optional("imageArtifactId", Shape::Text, "id of the expected artifact that is the image; wins over imageArtifact"),
    optional("imageSource", Shape::Text, "'artifact' takes imageArtifact also where an image is named"),
    optional(
        "interestingHealthProviderNames",
        Shape::List(&Shape::Text),
        "health sources that count; all when left out, an empty list waits for no health",
    ),
    optional("loadBalancers", Shape::List(&Shape::Text), "load balancers it stands behind"),
    optional("maxRemainingAsgs", Shape::Integer, "redblack: server groups to keep, the new one included; 0 keeps all"),
    optional("moniker", Shape::Object(MONIKER), "the cluster's name in parts; wins over application, stack, detail"),
    optional("namespace", Shape::Text, "where to deploy, for clouds with namespaces"),
    optional("pipelineBeforeCleanup", Shape::Object(VALIDATION), "rollingredblack: pipeline that judges each step"),
    optional("pipelineParameters", Shape::Map, "custom: parameters of the strategy pipeline"),
    optional("platformHealthOnly", Shape::Boolean, "an instance that runs counts as healthy"),
    optional("preferSourceCapacity", Shape::Boolean, "useSourceCapacity falls back to capacity on the first deploy"),
    optional("provider", Shape::Text, "the same as cloudProvider"),
    optional("reason", Shape::Text, "free text"),
    optional("region", Shape::Text, "where to deploy; the provider's default when left out"),
    optional("rollback", Shape::Object(ROLLBACK), "what happens when the deploy fails"),
    optional("scaleDown", Shape::Boolean, "redblack, rollingredblack: scales the old server groups to nothing"),
    optional("securityGroups", Shape::List(&Shape::Text), "firewalls"),
    optional("source", Shape::Object(SOURCE), "the server group it replaces; the newest enabled when left out"),
    optional("stack", Shape::Text, "stack: second part of the cluster's name"),
    optional("strategy", Shape::OneOf(KEYS), "what happens to the old server groups; none when left out"),
    optional("strategyApplication", Shape::Text, "custom: application of the strategy pipeline"),
    optional("strategyPipeline", Shape::Text, "custom: id or name of the strategy pipeline"),
    optional("suspendedProcesses", Shape::List(&Shape::Text), "scaling processes that stay off"),
    optional("tags", Shape::Map, "labels"),
    optional("targetGroups", Shape::List(&Shape::Text), "target groups it stands behind"),
    optional("targetHealthyDeployPercentage", Shape::Integer, "share of its instances that must be up, 0-100; all"),
    optional("targetPercentages", Shape::List(&Shape::Integer), "rollingredblack: steps in percent; 100 is added"),
    optional("targetSize", Shape::Integer, "size, when capacity is not set"),
    optional("termination", Shape::Map, "rollingpush: kept, not used"),
    optional("useSourceCapacity", Shape::Boolean, "takes the size of the server group it replaces"),
];

const OF_CLONE: &[Field] = &[
    optional("target", Shape::Text, "place of the server group to clone: current_asg_dynamic, ancestor_asg_dynamic"),
    optional("targetCluster", Shape::Text, "cluster of that place; the cluster itself when left out"),
];

/// Every key of a cluster.
pub(crate) const CLUSTER: &[Field] = &ALL;

/// The same for a clone.
pub(crate) const CLONE: &[Field] = &{
    let mut all = [optional("", Shape::Any, ""); COUNT + OF_CLONE.len()];
    let mut filled = 0;
    while filled < all.len() {
        all[filled] = if filled < COUNT { ALL[filled] } else { OF_CLONE[filled - COUNT] };
        filled += 1;
    }
    all
};

const ALL: [Field; COUNT] = {
    let mut all = [optional("", Shape::Any, ""); COUNT];
    let mut filled = 0;
    while filled < COMMON.len() {
        all[filled] = COMMON[filled];
        filled += 1;
    }
    let mut provider = 0;
    while provider < PROVIDERS.len() {
        let fields = PROVIDERS[provider].cluster_fields;
        let mut field = 0;
        while field < fields.len() {
            if is_new(provider, fields[field].name) {
                // What one cloud cannot do without, another may not know.
                all[filled] = Field { required: false, ..fields[field] };
                filled += 1;
            }
            field += 1;
        }
        provider += 1;
    }
    all
};

const COUNT: usize = {
    let mut count = COMMON.len();
    let mut provider = 0;
    while provider < PROVIDERS.len() {
        let fields = PROVIDERS[provider].cluster_fields;
        let mut field = 0;
        while field < fields.len() {
            if is_new(provider, fields[field].name) {
                count += 1;
            }
            field += 1;
        }
        provider += 1;
    }
    count
};

/// Whether neither the common keys nor an earlier provider have the name.
const fn is_new(provider: usize, name: &str) -> bool {
    if has(COMMON, name) {
        return false;
    }
    let mut earlier = 0;
    while earlier < provider {
        if has(PROVIDERS[earlier].cluster_fields, name) {
            return false;
        }
        earlier += 1;
    }
    true
}

const fn has(fields: &[Field], name: &str) -> bool {
    let mut position = 0;
    while position < fields.len() {
        if same(fields[position].name.as_bytes(), name.as_bytes()) {
            return true;
        }
        position += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut position = 0;
    while position < a.len() {
        if a[position] != b[position] {
            return false;
        }
        position += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_is_there_once() {
        let names: BTreeSet<_> = CLUSTER.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), CLUSTER.len());
        assert!(PROVIDERS.iter().flat_map(|kind| kind.cluster_fields).all(|field| names.contains(field.name)));
        assert!(COMMON.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
