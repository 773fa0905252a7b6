//! Jobs: how one stands, and what its pods write.

use std::time::Duration;

use serde_json::{Value, json};

use super::annotations::annotation;
use super::client::Ask;
use super::kind::{self, ObjectKind};
use super::status::{Stability, Status};
use super::trouble::{is_ready, of_pod};
use super::{Kubernetes, convert};
use crate::model::Map;
use crate::providers::{Error, JobState, LogPart, ManifestRef};

/// Annotation that says where the logs of a job are to be looked at.
const LOGS: &str = "job.spinnaker.io/logs";

impl Kubernetes {
    /// How a job stands, after at most this long without news.
    pub(super) async fn job_state(&self, target: &ManifestRef, limit: Duration) -> Result<Option<JobState>, Error> {
        let has_ended = |job: &Value| matches!(Status::of(job).stability(), Stability::Stable | Stability::Failed(_));
        let Some(job) = self.until(target, limit, has_ended).await? else { return Ok(None) };
        let succeeded = match Status::of(&job).stability() {
            Stability::Stable => Some(true),
            Stability::Failed(_) => Some(false),
            Stability::Waiting(_) | Stability::Paused(_) => None,
        };
        let mut pods = self.pods_of(&job).await.unwrap_or_default();
        pods.sort_by_key(|pod| convert::moment(&pod["metadata"]["creationTimestamp"]));
        let mut reasons = Vec::new();
        if let Stability::Failed(message) = Status::of(&job).stability() {
            reasons.push(message);
        }
        reasons.extend(pods.iter().filter(|pod| !is_ready(pod)).flat_map(|pod| of_pod(pod).lines));
        if succeeded == Some(false) {
            reasons.extend(
                self.full_trouble_of(&job).await.into_iter().filter(|line| !reasons.contains(line)).collect::<Vec<_>>(),
            );
        }
        let newest = pods.last();
        let containers = |pod: &Value| {
            let list = pod.pointer("/spec/containers").and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(|it| it["name"].as_str().map(str::to_owned)).collect()
        };
        Ok(Some(JobState {
            status: self.status_of(&job, succeeded, newest),
            succeeded,
            reasons,
            pod: newest.and_then(|pod| kind::name(pod)).map(str::to_owned),
            containers: newest.map(containers).unwrap_or_default(),
            logs: annotation(&job, LOGS).map(str::to_owned),
        }))
    }

    fn status_of(&self, job: &Value, succeeded: Option<bool>, pod: Option<&Value>) -> Map {
        let state = match succeeded {
            Some(true) => "Succeeded",
            Some(false) => "Failed",
            None => "Running",
        };
        let number = |path: &str| job.pointer(path).and_then(Value::as_i64).unwrap_or(0);
        let text = |value: Option<&Value>| match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let ended = |key: &str| {
            text(pod.and_then(|pod| pod.pointer(&format!("/status/containerStatuses/0/state/terminated/{key}"))))
        };
        let value = json!({
            "account": self.cluster.account.name,
            "name": kind::name(job),
            "location": kind::namespace(job),
            "provider": "kubernetes",
            "type": "kubernetes",
            "jobState": state,
            "createdTime": convert::moment(&job["metadata"]["creationTimestamp"]),
            "completedTime": convert::moment(&job["status"]["completionTime"]),
            "succeeded": number("/status/succeeded"),
            "failed": number("/status/failed"),
            "active": number("/status/active"),
            "mostRecentPodName": pod.and_then(|pod| kind::name(pod)),
            "completionDetails": {
                "succeeded": number("/status/succeeded").to_string(),
                "failed": number("/status/failed").to_string(),
                "message": text(job.pointer("/status/conditions/0/message")),
                "reason": text(job.pointer("/status/conditions/0/reason")),
                "exitCode": ended("exitCode"),
                "signal": ended("signal"),
            },
        });
        value.as_object().cloned().unwrap_or_default()
    }

    /// Lines a container wrote after the moment `after`.
    pub(super) async fn log_after(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        after: Option<&str>,
    ) -> Result<LogPart, Error> {
        let mut query = vec![("container", container.to_owned()), ("timestamps", "true".to_owned())];
        query.extend(after.map(|after| ("sinceTime", after.to_owned())));
        let pods = self.cluster.resource_of(&ObjectKind::parse("pod")).await?;
        let path = format!("{}/log", pods.path(namespace, pod));
        let what = format!("log of container {container} of pod {pod} in {namespace}");
        let ask = Ask { query: &query, accept: "*/*", ..Ask::get("read", &what, &path) };
        Ok(part(&self.cluster.ask_text(&ask).await?, after))
    }
}

/// The lines of a log with times; `sinceTime` gives whole seconds only, so those seen already are left out.
fn part(text: &str, after: Option<&str>) -> LogPart {
    let mut part = LogPart { lines: Vec::new(), after: after.map(str::to_owned) };
    for line in text.lines() {
        let (time, rest) = line.split_once(' ').unwrap_or((line, ""));
        if part.after.as_deref().is_some_and(|last| at(time) <= at(last))
            && after.is_some()
            && at(time) <= after.map_or(0, at)
        {
            continue;
        }
        part.lines.push(rest.to_owned());
        part.after = Some(time.to_owned());
    }
    part
}

/// Nanoseconds of an RFC 3339 time.
fn at(time: &str) -> i128 {
    time.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_nanosecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_seen_before_are_left_out() {
        let text = "2026-01-01T00:00:00.1Z one\n2026-01-01T00:00:00.2Z two\n2026-01-01T00:00:00.3Z three words\n";
        let first = part(text, None);
        assert_eq!(first.lines, ["one", "two", "three words"]);
        let more = part(text, Some("2026-01-01T00:00:00.2Z"));
        assert_eq!(
            (more.lines, more.after.as_deref()),
            (vec!["three words".to_owned()], Some("2026-01-01T00:00:00.3Z"))
        );
        let none = part(text, first.after.as_deref());
        assert!(none.lines.is_empty());
    }
}
