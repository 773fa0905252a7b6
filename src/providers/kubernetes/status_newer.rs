//! Tests of kinds and fields that the API server of the tests is too old for: objects as servers of today write them.

use serde_json::Value;

use super::bind::artifacts_in;
use super::kind::{ObjectKind, full_name};
use super::order::priority;
use super::resource::Resource;
use super::status::{Stability, Status};

/// What a fixture of `tests/fixtures/kubernetes` is: a YAML of one object, as `kubectl get -o yaml` writes it.
fn fixture(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn stability(object: &Value) -> Stability {
    Status::of(object).stability()
}

fn waiting(message: &str) -> Stability {
    Stability::Waiting(message.to_owned())
}

#[test]
fn cron_jobs_of_batch_v1_are_stable_once_they_are_there() {
    let mut job = fixture(include_str!("../../../tests/fixtures/kubernetes/cronjob-batch-v1.yaml"));
    assert_eq!(full_name(&job).unwrap(), "cronJob hello");
    assert_eq!(stability(&job), Stability::Stable);
    let images = artifacts_in(&job);
    assert!(images.iter().any(|image| image.reference.as_deref() == Some("busybox:1.28")), "{images:?}");
    job["status"] = serde_json::json!({});
    assert_eq!(stability(&job), Stability::Stable, "one that has never run");
    job["status"] = Value::Null;
    assert_eq!(stability(&job), waiting("No status reported yet"));
}

#[test]
fn autoscalers_of_both_versions_are_stable_when_they_have_scaled() {
    for text in [
        include_str!("../../../tests/fixtures/kubernetes/hpa-autoscaling-v1.yaml"),
        include_str!("../../../tests/fixtures/kubernetes/hpa-autoscaling-v2.yaml"),
    ] {
        let mut scaler = fixture(text);
        assert_eq!(full_name(&scaler).unwrap(), "horizontalpodautoscaler php-apache");
        assert_eq!(stability(&scaler), Stability::Stable);
        scaler["status"]["desiredReplicas"] = 7.into();
        assert_eq!(stability(&scaler), waiting("Waiting for HPA to complete a scale up, current: 1 desired: 7"));
        scaler["status"]["desiredReplicas"] = 0.into();
        assert_eq!(stability(&scaler), waiting("Waiting for HPA to complete a scale down, current: 1 desired: 0"));
    }
    // Before its first look, an autoscaler of v2 has no number of replicas at all.
    let fresh = fixture(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, status: {currentMetrics: null, desiredReplicas: 0}}",
    );
    assert_eq!(stability(&fresh), Stability::Stable);
}

#[test]
fn suspended_jobs_are_paused_until_somebody_resumes_them() {
    let mut job = fixture(include_str!("../../../tests/fixtures/kubernetes/job-suspended.yaml"));
    assert_eq!(stability(&job), Stability::Paused("Job is suspended".into()));
    assert_eq!(Status::of(&job).to_value()["stable"]["state"], false);
    job["spec"]["suspend"] = false.into();
    job["status"]["conditions"][0]["status"] = "False".into();
    assert_eq!(stability(&job), waiting("Waiting for jobs to finish"));
}

#[test]
fn jobs_are_complete_when_their_success_policy_says_so() {
    let job = fixture(include_str!("../../../tests/fixtures/kubernetes/job-success-policy.yaml"));
    assert_eq!(stability(&job), Stability::Stable, "one of five indexes was enough");
    let job = fixture(include_str!("../../../tests/fixtures/kubernetes/job-failed-indexed.yaml"));
    assert_eq!(stability(&job), Stability::Failed("Job has failed indexes".into()));
}

#[test]
fn budgets_and_slices_are_stable_once_they_are_there() {
    let budget = fixture(include_str!("../../../tests/fixtures/kubernetes/pdb-policy-v1.yaml"));
    assert_eq!(full_name(&budget).unwrap(), "podDisruptionBudget zk-pdb");
    assert_eq!(priority(&ObjectKind::of(&budget).unwrap()).unwrap(), 90);
    assert_eq!(stability(&budget), Stability::Stable);
    let slice = fixture(include_str!("../../../tests/fixtures/kubernetes/endpointslice-v1.yaml"));
    assert_eq!(full_name(&slice).unwrap(), "EndpointSlice.discovery.k8s.io example-abc");
    assert_eq!(stability(&slice), Stability::Stable);
    assert_eq!(priority(&ObjectKind::of(&slice).unwrap()).unwrap(), 1000, "after all that is known");
}

#[test]
fn deployments_of_today_are_read_as_those_of_old() {
    let mut deployment = fixture(include_str!("../../../tests/fixtures/kubernetes/deployment-1.34.yaml"));
    assert_eq!(stability(&deployment), Stability::Stable, "pods that are still going away do not count");
    deployment["status"]["observedGeneration"] = 3.into();
    assert_eq!(stability(&deployment), waiting("Waiting for status generation to match updated object generation"));
}

#[test]
fn resources_are_found_in_what_servers_of_today_list() {
    let list: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/kubernetes/resources-autoscaling-v2.json")).unwrap();
    let resources = Resource::of_list("autoscaling/v2", &list);
    let paths: Vec<String> = resources.iter().map(|resource| resource.path("prod", "web")).collect();
    assert_eq!(paths, ["/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/web"]);
}
