//! Whether an object is what its manifest asked for: stable, available, paused, failed, decided from its status.

use serde_json::{Value, json};

use super::kind::ObjectKind;

/// Waiting for controllers to see the newest manifest.
const OLD_GENERATION: &str = "Waiting for status generation to match updated object generation";
const AVAILABLE_REPLICAS: &str = "Waiting for all replicas to be available";
const FULLY_LABELED_REPLICAS: &str = "Waiting for all replicas to be fully-labeled";
const OLD_REPLICAS: &str = "Waiting for old replicas to finish termination";
const READY_REPLICAS: &str = "Waiting for all replicas to be ready";
const UPDATED_REPLICAS: &str = "Waiting for all replicas to be updated";

/// What a stage makes of an object's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stability {
    /// It is what was asked for.
    Stable,
    /// Not yet; why.
    Waiting(String),
    /// Not yet, and it will not move until somebody resumes it.
    Paused(String),
    /// It never will be.
    Failed(String),
}

/// One of the four answers, with what the object says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The answer.
    pub state: bool,
    /// Why.
    pub message: Option<String>,
}

/// Status of an object in Spinnaker's four answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// It is what its manifest asks for.
    pub stable: Condition,
    /// Its rollout is paused.
    pub paused: Condition,
    /// It serves.
    pub available: Condition,
    /// It failed for good.
    pub failed: Condition,
}

impl Condition {
    fn of(state: bool) -> Self {
        Self { state, message: None }
    }

    fn because(state: bool, message: impl Into<String>) -> Self {
        Self { state, message: Some(message.into()) }
    }

    fn to_value(&self) -> Value {
        json!({"state": self.state, "message": self.message})
    }
}

impl Status {
    fn good() -> Self {
        let (yes, no) = (|| Condition::of(true), || Condition::of(false));
        Self { stable: yes(), paused: no(), available: yes(), failed: no() }
    }

    fn none_reported() -> Self {
        Self::good().unstable("No status reported yet").unavailable("No availability reported")
    }

    fn unstable(mut self, message: impl Into<String>) -> Self {
        self.stable = Condition::because(false, message);
        self
    }

    fn unavailable(mut self, message: impl Into<String>) -> Self {
        self.available = Condition::because(false, message);
        self
    }

    /// Status of a live object; kinds Spinnaker does not watch are stable once they are there.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let kind = ObjectKind::of(object).ok();
        match kind.as_ref().and_then(ObjectKind::known).map(|known| known.name) {
            Some("cronJob") => reported(object).map_or_else(Self::none_reported, |_| Self::good()),
            Some("daemonSet") => daemon_set(object),
            Some("deployment") => deployment(object),
            Some("horizontalpodautoscaler") => scaler(object),
            Some("job") => job(object),
            Some("pod") => pod(object),
            Some("replicaSet") => replica_set(object),
            Some("statefulSet") => stateful_set(object),
            _ => Self::good(),
        }
    }

    /// What a stage that waits makes of it: failed before unstable, as Spinnaker asks them.
    #[must_use]
    pub fn stability(&self) -> Stability {
        let text = |condition: &Condition, or: &str| condition.message.clone().unwrap_or_else(|| or.to_owned());
        if self.failed.state {
            Stability::Failed(text(&self.failed, "the object failed"))
        } else if self.stable.state {
            Stability::Stable
        } else if self.paused.state {
            Stability::Paused(text(&self.paused, "its rollout is paused"))
        } else {
            Stability::Waiting(text(&self.stable, "it is not stable yet"))
        }
    }

    /// As expressions read it: `manifest.status.stable.state`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"stable": self.stable.to_value(), "paused": self.paused.to_value(),
            "available": self.available.to_value(), "failed": self.failed.to_value()})
    }
}

fn reported(object: &Value) -> Option<&Value> {
    object.get("status").filter(|status| !status.is_null())
}

fn number(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn conditions(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten()
}

/// Whether the controller has seen the newest manifest.
fn is_observed(object: &Value) -> bool {
    let observed = object.pointer("/status/observedGeneration").and_then(Value::as_i64);
    observed.is_some() && observed == object.pointer("/metadata/generation").and_then(Value::as_i64)
}

fn deployment(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    if !is_observed(object) {
        return Status::good().unstable(OLD_GENERATION);
    }
    let mut status = Status::good();
    let reason = |condition: &Value, reason: &str| text(condition, "/reason").eq_ignore_ascii_case(reason);
    if let Some(paused) = conditions(object).find(|condition| reason(condition, "DeploymentPaused")) {
        status.paused = Condition::because(true, text(paused, "/message"));
    }
    if let Some(unavailable) = conditions(object).find(|condition| {
        text(condition, "/type").eq_ignore_ascii_case("Available") && text(condition, "/status") == "False"
    }) {
        let message = text(unavailable, "/message");
        status = status.unstable(message).unavailable(message);
    }
    let late = |condition: &&Value| {
        text(condition, "/type").eq_ignore_ascii_case("Progressing") && reason(condition, "ProgressDeadlineExceeded")
    };
    if conditions(object).any(|condition| late(&condition)) {
        status.failed = Condition::because(true, "Deployment exceeded its progress deadline");
    }
    let (desired, updated) = (number(object, "/spec/replicas"), number(object, "/status/updatedReplicas"));
    if updated < desired {
        status.unstable(UPDATED_REPLICAS)
    } else if number(object, "/status/replicas") > updated {
        status.unstable(OLD_REPLICAS)
    } else if number(object, "/status/availableReplicas") < desired {
        status.unstable(AVAILABLE_REPLICAS)
    } else if number(object, "/status/readyReplicas") < desired {
        status.unstable(READY_REPLICAS)
    } else {
        status
    }
}

fn replica_set(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    let desired = number(object, "/spec/replicas");
    let counts = [
        ("/status/fullyLabeledReplicas", FULLY_LABELED_REPLICAS),
        ("/status/readyReplicas", READY_REPLICAS),
        ("/status/availableReplicas", AVAILABLE_REPLICAS),
    ];
    for (path, reason) in counts {
        if desired > number(object, path) {
            return Status::good().unstable(reason).unavailable(reason);
        }
    }
    if !is_observed(object) {
        return Status::good().unstable("Waiting for replicaset spec update to be observed");
    }
    Status::good()
}

fn stateful_set(object: &Value) -> Status {
    let strategy = text(object, "/spec/updateStrategy/type");
    if strategy.eq_ignore_ascii_case("OnDelete") {
        return Status::good();
    }
    if reported(object).is_none() {
        return Status::none_reported();
    }
    if !is_observed(object) {
        return Status::good().unstable(OLD_GENERATION);
    }
    let desired = number(object, "/spec/replicas");
    if desired > number(object, "/status/replicas") {
        return Status::good().unstable("Waiting for at least the desired replica count to be met");
    }
    if desired > number(object, "/status/readyReplicas") {
        return Status::good().unstable("Waiting for all updated replicas to be ready");
    }
    let count = |path: &str| object.pointer(path).and_then(Value::as_i64);
    let rolling = object.pointer("/spec/updateStrategy/rollingUpdate").is_some_and(|update| !update.is_null());
    if strategy.eq_ignore_ascii_case("RollingUpdate")
        && rolling
        && let Some(updated) = count("/status/updatedReplicas")
    {
        let expected = count("/status/replicas").zip(count("/spec/updateStrategy/rollingUpdate/partition"));
        if expected.is_some_and(|(replicas, partition)| updated < replicas - partition) {
            return Status::good().unstable("Waiting for partitioned roll out to finish");
        }
        let stable = Condition::because(true, "Partitioned roll out complete");
        return Status { stable, ..Status::good() };
    }
    if desired > number(object, "/status/currentReplicas") {
        return Status::good().unstable("Waiting for all updated replicas to be scheduled");
    }
    if text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        return Status::good().unstable("Waiting for the updated revision to match the current revision");
    }
    Status::good()
}

fn daemon_set(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    if !is_observed(object) {
        return Status::good().unstable(OLD_GENERATION);
    }
    if !text(object, "/spec/updateStrategy/type").eq_ignore_ascii_case("RollingUpdate") {
        return Status::good();
    }
    let desired = number(object, "/status/desiredNumberScheduled");
    let counts = [
        ("/status/currentNumberScheduled", "Waiting for all replicas to be scheduled"),
        ("/status/updatedNumberScheduled", "Waiting for all updated replicas to be scheduled"),
        ("/status/numberAvailable", AVAILABLE_REPLICAS),
        ("/status/numberReady", READY_REPLICAS),
    ];
    match counts.iter().find(|(path, _)| desired > number(object, path)) {
        Some((_, reason)) => Status::good().unstable(*reason),
        None => Status::good(),
    }
}

fn job(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    let completions = object.pointer("/spec/completions").and_then(Value::as_i64).unwrap_or(1);
    let has_ended = |kind: &str| {
        conditions(object).find(|condition| {
            text(condition, "/type").eq_ignore_ascii_case(kind)
                && text(condition, "/status").eq_ignore_ascii_case("True")
        })
    };
    // A success policy (1.31) completes a job before all its pods have succeeded.
    if number(object, "/status/succeeded") >= completions || has_ended("Complete").is_some() {
        return Status::good();
    }
    if let Some(condition) = has_ended("Failed") {
        let message = condition.get("message").and_then(Value::as_str).map(str::to_owned);
        return Status { failed: Condition { state: true, message }, ..Status::good() };
    }
    let mut status = Status::good().unstable("Waiting for jobs to finish");
    if object.pointer("/spec/suspend") == Some(&Value::Bool(true)) {
        status.paused = Condition::because(true, "Job is suspended");
    }
    status
}

fn pod(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    let message = match text(object, "/status/phase") {
        "Running" | "Succeeded" => return Status::good(),
        "Pending" => "Pod is pending",
        "Failed" => "Pod has failed",
        _ => "Pod phase is unknown",
    };
    Status::good().unstable(message).unavailable(message)
}

fn scaler(object: &Value) -> Status {
    if reported(object).is_none() {
        return Status::none_reported();
    }
    let (desired, current) = (number(object, "/status/desiredReplicas"), number(object, "/status/currentReplicas"));
    let direction = match desired.cmp(&current) {
        std::cmp::Ordering::Greater => "up",
        std::cmp::Ordering::Less => "down",
        std::cmp::Ordering::Equal => return Status::good(),
    };
    Status::good()
        .unstable(format!("Waiting for HPA to complete a scale {direction}, current: {current} desired: {desired}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, spec: &Value, status: &Value) -> Value {
        let api = match kind {
            "Pod" => "v1",
            "Job" | "CronJob" => "batch/v1",
            "HorizontalPodAutoscaler" => "autoscaling/v2",
            _ => "apps/v1",
        };
        json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a", "generation": 2}, "spec": spec, "status": status})
    }

    fn stability(kind: &str, spec: &Value, status: &Value) -> Stability {
        Status::of(&object(kind, spec, status)).stability()
    }

    fn waiting(reason: &str) -> Stability {
        Stability::Waiting(reason.to_owned())
    }

    #[test]
    fn deployments_count_replicas_in_order() {
        let spec = json!({"replicas": 2});
        let at = |status: Value| stability("Deployment", &spec, &status);
        assert_eq!(at(Value::Null), waiting("No status reported yet"));
        assert_eq!(at(json!({"observedGeneration": 1})), waiting(OLD_GENERATION));
        let counts = |updated, replicas, available, ready| {
            at(
                json!({"observedGeneration": 2, "updatedReplicas": updated, "replicas": replicas, "availableReplicas": available, "readyReplicas": ready}),
            )
        };
        assert_eq!(counts(1, 2, 2, 2), waiting(UPDATED_REPLICAS));
        assert_eq!(counts(2, 3, 2, 2), waiting(OLD_REPLICAS));
        assert_eq!(counts(2, 2, 1, 2), waiting(AVAILABLE_REPLICAS));
        assert_eq!(counts(2, 2, 2, 1), waiting(READY_REPLICAS));
        assert_eq!(counts(2, 2, 2, 2), Stability::Stable);
    }

    #[test]
    fn deployments_fail_at_their_deadline_and_say_when_they_are_paused() {
        let spec = json!({"replicas": 1});
        let with = |condition: Value| {
            stability("Deployment", &spec, &json!({"observedGeneration": 2, "conditions": [condition]}))
        };
        let late = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"});
        assert_eq!(with(late), Stability::Failed("Deployment exceeded its progress deadline".into()));
        let paused = json!({"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused", "message": "Deployment is paused"});
        assert_eq!(with(paused), Stability::Paused("Deployment is paused".into()));
        let unavailable = json!({"type": "Available", "status": "False", "message": "minimum availability"});
        let status = Status::of(&object(
            "Deployment",
            &json!({"replicas": 0}),
            &json!({"observedGeneration": 2, "conditions": [unavailable]}),
        ));
        assert_eq!(status.stability(), waiting("minimum availability"));
        assert_eq!(status.to_value()["available"], json!({"state": false, "message": "minimum availability"}));
    }

    #[test]
    fn replica_sets_are_unavailable_until_they_are_ready() {
        let spec = json!({"replicas": 1});
        let status =
            Status::of(&object("ReplicaSet", &spec, &json!({"observedGeneration": 2, "fullyLabeledReplicas": 1})));
        assert_eq!((status.stability(), status.available.state), (waiting(READY_REPLICAS), false));
        let counts =
            json!({"observedGeneration": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1});
        assert_eq!(
            stability("ReplicaSet", &spec, &counts),
            waiting("Waiting for replicaset spec update to be observed")
        );
        assert_eq!(
            stability("ReplicaSet", &json!({"replicas": 0}), &json!({"observedGeneration": 2})),
            Stability::Stable
        );
    }

    #[test]
    fn stateful_sets_follow_their_strategy() {
        let rolling =
            json!({"replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}});
        let counts = |updated: i64| json!({"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "updatedReplicas": updated});
        assert_eq!(
            stability("StatefulSet", &rolling, &counts(1)),
            waiting("Waiting for partitioned roll out to finish")
        );
        assert_eq!(stability("StatefulSet", &rolling, &counts(2)), Stability::Stable);
        assert_eq!(
            stability("StatefulSet", &json!({"updateStrategy": {"type": "OnDelete"}}), &Value::Null),
            Stability::Stable
        );
        let plain = json!({"replicas": 1, "updateStrategy": {"type": "RollingUpdate"}});
        let revisions = json!({"observedGeneration": 2, "replicas": 1, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "a", "updateRevision": "b"});
        assert_eq!(
            stability("StatefulSet", &plain, &revisions),
            waiting("Waiting for the updated revision to match the current revision")
        );
    }

    #[test]
    fn daemon_sets_count_nodes() {
        let spec = json!({"updateStrategy": {"type": "RollingUpdate"}});
        let at = |current: i64, updated: i64, available: i64| {
            let status = json!({"observedGeneration": 2, "desiredNumberScheduled": 1, "currentNumberScheduled": current,
                "updatedNumberScheduled": updated, "numberAvailable": available, "numberReady": available});
            stability("DaemonSet", &spec, &status)
        };
        assert_eq!(at(0, 0, 0), waiting("Waiting for all replicas to be scheduled"));
        assert_eq!(at(1, 0, 0), waiting("Waiting for all updated replicas to be scheduled"));
        assert_eq!(at(1, 1, 0), waiting(AVAILABLE_REPLICAS));
        assert_eq!(at(1, 1, 1), Stability::Stable);
    }

    #[test]
    fn jobs_finish_or_fail() {
        let at = |spec: Value, status: Value| stability("Job", &spec, &status);
        assert_eq!(at(json!({}), json!({"active": 1})), waiting("Waiting for jobs to finish"));
        assert_eq!(at(json!({"completions": 2}), json!({"succeeded": 1})), waiting("Waiting for jobs to finish"));
        assert_eq!(at(json!({}), json!({"succeeded": 1})), Stability::Stable);
        let failed = json!({"conditions": [{"type": "Failed", "status": "True", "message": "BackoffLimitExceeded"}]});
        assert_eq!(at(json!({}), failed), Stability::Failed("BackoffLimitExceeded".into()));
    }

    #[test]
    fn pods_scalers_and_the_rest() {
        assert_eq!(stability("Pod", &json!({}), &json!({"phase": "Pending"})), waiting("Pod is pending"));
        assert_eq!(stability("Pod", &json!({}), &json!({"phase": "Failed"})), waiting("Pod has failed"));
        assert_eq!(stability("Pod", &json!({}), &json!({"phase": "Running"})), Stability::Stable);
        let scaling = json!({"desiredReplicas": 3, "currentReplicas": 1});
        let expected = "Waiting for HPA to complete a scale up, current: 1 desired: 3";
        assert_eq!(stability("HorizontalPodAutoscaler", &json!({}), &scaling), waiting(expected));
        for (api, kind) in [
            ("v1", "Service"),
            ("v1", "PersistentVolumeClaim"),
            ("networking.k8s.io/v1", "Ingress"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ("apiregistration.k8s.io/v1", "APIService"),
            ("example.com/v1", "Thing"),
        ] {
            let object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a"}});
            assert_eq!(Status::of(&object).stability(), Stability::Stable, "{kind}");
        }
    }
}
