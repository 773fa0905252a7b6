//! Stage types that Spinnaker has and gennaker lacks, each with the reason and what to use instead.

const KUBERNETES: &str = "Kubernetes manifests come with the kubernetes provider";
const JOBS: &str = "jobs of clouds come with the kubernetes and cloud providers; 'script' runs a command here";
const CI: &str = "gennaker drives no CI server yet; start the job with a 'webhook' and poll its status";
const CANARY: &str = "canary analysis comes with the canary judge";
const MINE: &str = "Mine-based canaries need Netflix's Mine; use a 'kayentaCanary'";
const ATLAS: &str = "a step inside of Kayenta's own pipelines, which no pipeline of Deck's has";
const AWS: &str = "this AWS operation is not there yet; run it with a 'script' and the aws command";
const QUIP: &str = "packages are patched in place by Netflix's Quip on the instances; deploy a new image instead";
const FLEX: &str = "addresses are given out by Netflix's Flex; run 'aws ec2 associate-address' in a 'script'";
const TITUS: &str = "an operation of Netflix's Titus alone, for which there is no provider";
const FRONT50: &str = "gennaker keeps no store of pipelines and applications; they are files, changed by a commit";
const CLOUDRUN: &str = "Cloud Run operations come with a cloudrun provider";
const APPENGINE: &str = "App Engine operations come with an appengine provider";
const CLOUDFOUNDRY: &str = "Cloud Foundry operations come with a cloudfoundry provider";
const ARMORY: &str = "a stage of an Armory or OpsMx plugin; call its service with a 'webhook'";
const INTERNAL: &str = "an internal step of Spinnaker's, which no document needs to name";
const BAKE: &str = "images are baked by other tools; run Packer with a 'script' and find the image with 'findImage'";
const TAGS: &str = "entity tags are kept by Clouddriver, which is not there";
const TICKETS: &str = "tickets are made by a 'webhook' to the tracker";
const PLUGIN: &str = "a plugin of Spinnaker's; run its work with a 'webhook' or a 'script'";

/// Sorted by type.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("AddWorkNotetoChangeRequst", ARMORY),
    ("ChangeStateofChangeRequest", ARMORY),
    ("CreateServiceNowChangeRequest", ARMORY),
    ("Policy Stage", ARMORY),
    ("acaTask", MINE),
    ("addJiraIss", TICKETS),
    ("associateElasticIp", FLEX),
    ("atlasFetch", ATLAS),
    ("awsCodeBuild", CI),
    ("bake", BAKE),
    ("bakeCloudFoundryManifest", CLOUDFOUNDRY),
    ("bulkQuickPatch", QUIP),
    ("bulkUpsertEntityTags", TAGS),
    ("canary", MINE),
    ("canaryAnalysis", CANARY),
    ("canaryJudge", ATLAS),
    ("cleanupArtifacts", KUBERNETES),
    ("cloudOperation", INTERNAL),
    ("clouddriverClearAltTablespace", INTERNAL),
    ("comJiraIss", TICKETS),
    ("concourse", CI),
    ("copySecurityGroup", AWS),
    ("createApplication", FRONT50),
    ("createJiraIssue", TICKETS),
    ("createPipelineTemplate", FRONT50),
    ("createServiceBindings", CLOUDFOUNDRY),
    ("createServiceKey", CLOUDFOUNDRY),
    ("createV2PipelineTemplate", FRONT50),
    ("custom Policy Stage", ARMORY),
    ("customJobaquasecStage", ARMORY),
    ("deleteApplication", FRONT50),
    ("deleteEntityTags", TAGS),
    ("deleteLaunchConfiguration", AWS),
    ("deletePipeline", FRONT50),
    ("deletePipelineTemplate", FRONT50),
    ("deleteProject", FRONT50),
    ("deleteServiceBindings", CLOUDFOUNDRY),
    ("deleteServiceKey", CLOUDFOUNDRY),
    ("deleteSnapshot", AWS),
    ("deleteV2PipelineTemplate", FRONT50),
    ("deployAppEngineConfiguration", APPENGINE),
    ("deployCanary", MINE),
    ("deployCloudrunManifest", CLOUDRUN),
    ("deployService", CLOUDFOUNDRY),
    ("destroyJob", JOBS),
    ("destroyService", CLOUDFOUNDRY),
    ("determineTargetReference", INTERNAL),
    ("disassociateElasticIp", FLEX),
    ("dryRun", INTERNAL),
    ("extensionStage", PLUGIN),
    ("getCommits", INTERNAL),
    ("getProperties", INTERNAL),
    ("googleCloudBuild", CI),
    ("gremlin", "attacks are started by a 'webhook' to Gremlin's API"),
    ("importDeliveryConfig", "managed delivery needs Keel, which is not there"),
    ("jenkins", CI),
    ("kanikoBuild", ARMORY),
    ("kayentaCanary", CANARY),
    ("mapLoadBalancers", CLOUDFOUNDRY),
    ("metricSetMixer", ATLAS),
    ("modifyAsg", "write what it changes as resizeServerGroup, updateLaunchTemplate or modifyAwsScalingProcess"),
    ("monitorCanary", MINE),
    ("pageApplicationOwner", "people are paged by a 'webhook' to the pager's API"),
    ("pipelineSyncToGit", ARMORY),
    ("pipelineSyncToSpinnaker", ARMORY),
    ("publishDeliveryConfig", "managed delivery needs Keel, which is not there"),
    ("quickPatch", QUIP),
    ("remote", PLUGIN),
    ("reorderPipelines", FRONT50),
    ("restoreSnapshot", AWS),
    ("runCanary", CANARY),
    ("runContainerScript", ARMORY),
    ("runMultiplePipelines", "write a 'pipeline' stage for each of them"),
    ("savePipeline", FRONT50),
    ("savePipelinesFromArtifact", FRONT50),
    ("saveSnapshot", AWS),
    ("serverGroupForceCacheRefresh", INTERNAL),
    ("shareService", CLOUDFOUNDRY),
    ("terraform", "Terraform is run with a 'script'"),
    ("transJiraIss", TICKETS),
    ("travis", CI),
    ("unmapLoadBalancers", CLOUDFOUNDRY),
    ("unshareService", CLOUDFOUNDRY),
    ("updateApplication", FRONT50),
    ("updateJobProcesses", TITUS),
    ("updatePipeline", FRONT50),
    ("updatePipelineTemplate", FRONT50),
    ("updateV2PipelineTemplate", FRONT50),
    ("upsertAmazonDNS", AWS),
    ("upsertAppEngineLoadBalancers", APPENGINE),
    ("upsertApplication", FRONT50),
    ("upsertCloudrunLoadBalancers", CLOUDRUN),
    ("upsertDisruptionBudget", TITUS),
    ("upsertEntityTags", TAGS),
    ("upsertProject", FRONT50),
    ("waitForCondition", INTERNAL),
    ("waitForManifestStable", KUBERNETES),
    ("waitJiraState", TICKETS),
    ("waitServiceNowState", TICKETS),
    ("wercker", CI),
];

/// Why a type that Spinnaker has is not there.
pub(super) fn unsupported(kind: &str) -> Option<&'static str> {
    // Stages of one cloud are the stage with the cloud's name appended.
    let reason = |kind: &str| {
        let found = UNSUPPORTED.binary_search_by(|(known, _)| known.cmp(&kind));
        found.ok().map(|at| UNSUPPORTED[at].1)
    };
    reason(kind).or_else(|| reason(kind.rsplit_once('_')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::stage;

    #[test]
    fn the_table_is_sorted_and_names_nothing_that_is_there() {
        assert!(UNSUPPORTED.is_sorted_by(|a, b| a.0 < b.0));
        let there: Vec<&str> = UNSUPPORTED.iter().map(|(kind, _)| *kind).filter(|kind| stage(kind).is_some()).collect();
        assert!(there.is_empty(), "{there:?}");
    }

    #[test]
    fn types_of_real_pipelines_are_known() {
        for kind in ["deployManifest", "jenkins", "kayentaCanary", "bake", "terraform", "upsertImageTags", "deploy_gce"]
        {
            assert!(unsupported(kind).is_some() || stage(kind.split('_').next().unwrap()).is_some(), "{kind}");
        }
        assert_eq!(unsupported("deplyManifest"), None);
    }
}
